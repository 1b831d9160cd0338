"""A form of the pack that comes back filled in: which form of which assessment it is, and whether that still holds."""

import re
from collections.abc import Iterable
from pathlib import Path
from shlex import quote

from riskgen.core.approval import Basis
from riskgen.core.problem import Problem
from riskgen.core.struct import Struct, replace
from riskgen.core.visit import Visit
from riskgen.core.words import NOT_RECORDED
from riskgen.files.controls import (
    ANSWER,
    BRINGS_BACK,
    NOT_LISTED,
    UNSAID,
    Control,
    Fields,
    Kind,
    named,
    read_fields,
    uncounted,
)
from riskgen.files.text import folded
from riskgen.service.desk import Desk
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.paper import case_print
from riskgen.service.references import is_reference
from riskgen.service.standing import assessed_event, basis_of

FORM_ID, REFERENCE, FINGERPRINT = "form.id", "form.reference", "form.fingerprint"
SIGN = "sign."
"""How the tags begin of what people sign and tick on paper, for each other."""
AUTHORISER = f"{SIGN}authoriser"
"""How those begin by which an authoriser signs."""
_FORM = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_ID = 60


class Line(Struct, frozen=True):
    """Something that a form would change, in words. Of a `private` text only that it changes is told, never what."""

    what: str
    title: str
    before: str
    after: str
    private: bool = False

    @property
    def how(self) -> str:
        return "changed" if self.before and self.before != NOT_RECORDED else "filled in"


class NotTaken(Struct, frozen=True):
    """Something on a form that cannot be taken in, and why not, line by line."""

    what: str
    because: tuple[str, ...]


class HandedIn(Struct, frozen=True):
    """A form, the visit that it is of, and what that was assessed with."""

    fields: Fields
    form: str
    visit: Visit
    basis: Basis

    def where(self, control: Control, row: str = "") -> str:
        return where(self.fields, control, row)


def where(fields: Fields, control: Control, row: str = "") -> str:
    """Where a field stands, for messages; `row` tells one of several that have the same title."""
    return named(fields.shown, control.title) + (f" ({row})" if row else "")


def kept_on_paper(handed: HandedIn) -> tuple[Control, ...]:
    """Ticks and signatures that somebody made, and from which nothing follows in the register."""
    return tuple(
        control for control in handed.fields.of(SIGN) if control.ticked or (control.ticked is None and said(control))
    )


def said(control: Control) -> str:
    """What a field says; nothing where it shows its prompt, or that something is not recorded or not known."""
    text = control.text.strip()
    return "" if folded(text) in UNSAID else text


def open_form(path: Path) -> Fields:
    """The fields of a form that was handed in. Raises `InvalidInput` with every fault, also where it brings nothing.

    A drop-down that shows what is not in its list is none yet: it may show what was printed there.
    """
    fields = read_fields(path)
    faults = fields.faults("form.", *BRINGS_BACK)
    problems = [each for each in faults if not (each.code == NOT_LISTED and each.field.startswith(ANSWER))]
    if fields.controls:
        problems += _identity(fields, path)
    if problems:
        raise InvalidInput(problems)
    return fields


def handed_in(desk: Desk, fields: Fields) -> HandedIn:
    """The visit that a form is of.

    Raises `InvalidInput` for a reference that the register does not have, and `Refused` where the form was made from
    another assessment than the last, or there is none.
    """
    reference = _one(fields, REFERENCE)
    control = fields.of(REFERENCE)[0]
    try:
        visit = desk.visit(reference)
    except InvalidInput as error:
        at = where(fields, control)
        raise InvalidInput(replace(each, path=at, line=0) for each in error.problems) from error
    basis = basis_of(assessed_event(visit))
    if _one(fields, FINGERPRINT) != case_print(visit.reference, basis.intake, basis.assessment, basis.catalogue):
        raise Refused(
            f"This form does not belong to {reference} as it was last assessed: either it is out of date, since "
            f"{reference} has been assessed again, or it is the form of another school's visit. If it is of this "
            f"school, take a fresh one (riskgen pack {reference}), and fill that in with what still holds. Nothing "
            "was saved."
        )
    return HandedIn(fields, _one(fields, FORM_ID), visit, basis)


def _identity(fields: Fields, path: Path) -> Iterable[Problem]:
    """What is wrong with what a form says of itself."""
    brings = fields.of(*BRINGS_BACK)
    if not brings:
        name = _one(fields, FORM_ID)
        form = f"The form '{name}'" if _fits(FORM_ID, name) else "This form"
        message = f"{form} has nothing to bring back: what people write on it stays on the paper."
        hint = "The record of the visit, the Intent-to-Visit form and an authorisation can be taken in."
        yield Problem(fields.shown, 0, "form-nothing", message, hint)
        return
    if not fields.counts:
        yield uncounted(fields.shown)
    names = (
        (FORM_ID, "which form it is"),
        (REFERENCE, "which visit it is of"),
        (FINGERPRINT, "which assessment it was made from"),
    )
    for tag, what in names:
        texts = {said(control) for control in fields.of(tag)}
        if texts <= {""}:
            hint = "Take a fresh form: riskgen pack REF."
            if any(control.tag.startswith(ANSWER) for control in brings) and not fields.of(REFERENCE):
                hint = f"A blank form, of no visit yet, is taken in with: riskgen assess {quote(str(path))}"
            yield Problem(fields.shown, 0, "form-identity", f"The form does not say {what}.", hint)
        elif len(texts) > 1 or not _fits(tag, next(iter(texts))):
            message = f"The form does not say clearly {what}: its field has been changed."
            yield Problem(where(fields, fields.of(tag)[0]), 0, "form-identity", message, "Take a fresh form.")


def _one(fields: Fields, tag: str) -> str:
    return next((text for control in fields.of(tag) if (text := said(control))), "")


def _fits(tag: str, text: str) -> bool:
    if tag == FORM_ID:
        return len(text) <= _LONGEST_ID and bool(_FORM.fullmatch(text))
    return is_reference(text) if tag == REFERENCE else bool(re.fullmatch(r"[0-9a-f]{4}(-[0-9a-f]{4}){2}", text))


def is_filled(control: Control) -> bool:
    """Whether somebody has put something into a field."""
    return bool(control.ticked) if control.kind is Kind.TICK else bool(said(control))


def refusal(error: Refused | InvalidInput) -> tuple[str, ...]:
    """Why something was refused, line by line."""
    if isinstance(error, InvalidInput):
        return tuple(f"{each.message} {each.hint}".strip() for each in error.problems)
    found = (str(error), *error.reasons, error.after)
    return tuple(tidy for each in found if (tidy := each.replace("Nothing was saved.", "").strip()))
