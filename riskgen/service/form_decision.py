"""What an authoriser wrote on the form of a visit. A name there is no proof of who wrote it."""

from riskgen.core.model import Staff
from riskgen.core.problem import Problem
from riskgen.core.struct import Struct
from riskgen.core.visit import NOT_LEFT, State, Visit
from riskgen.core.words import NOT_RECORDED, moment_words
from riskgen.files.controls import AUTHORISE, Control
from riskgen.files.spoken import date_said
from riskgen.files.text import folded
from riskgen.intake.said import person_said
from riskgen.service.desk import Desk
from riskgen.service.faults import InvalidInput
from riskgen.service.handed_in import HandedIn, Line, said

AUTHORISED = ("authorised", "authorised with the conditions above")
NOT_AUTHORISED = "not authorised"
CHOICES = ("Authorised", "Authorised with the conditions above", "Not authorised")
_DECISION, _REASON, _NAME, _DATE = (f"{AUTHORISE}{name}" for name in ("decision", "reason", "name", "date"))


class Decision(Struct, frozen=True):
    """What a form says was decided; `yes` that the visit is authorised. `name` is whom it names, if anybody."""

    yes: bool
    words: str
    title: str
    name: str
    reason: bool
    date: str

    @property
    def line(self) -> Line:
        return Line(_DECISION, self.title, NOT_RECORDED, self.words)


def decision_on(handed: HandedIn) -> Decision | None:
    """The decision on a form; None while nobody has decided there. Raises `InvalidInput` for what is none."""
    found = [control for control in handed.fields.of(AUTHORISE) if control.tag == _DECISION and said(control)]
    if not found:
        return None
    control = found[0]
    texts = {folded(said(each)) for each in found}
    if len(texts) > 1 or not texts <= {*AUTHORISED, NOT_AUTHORISED}:
        message = "It is not clear what was decided." if len(texts) == 1 else "It is decided twice, and not the same."
        hint = f"Choose one of: {'; '.join(CHOICES)}."
        raise InvalidInput([Problem(handed.where(control), 0, "authorise-decision", message, hint, field=_DECISION)])
    words = next(each for each in CHOICES if each.casefold() in texts)
    return Decision(
        texts != {NOT_AUTHORISED},
        words,
        control.title,
        _text(handed, _NAME),
        bool(_text(handed, _REASON)),
        _text(handed, _DATE),
    )


def _text(handed: HandedIn, tag: str) -> str:
    found: list[Control] = [control for control in handed.fields.of(tag) if control.tag == tag]
    return next((text for control in found if (text := said(control))), "")


def names_another(decision: Decision, person: Staff, desk: Desk) -> bool:
    """Whether the form names somebody else than the person who is asked to authorise."""
    if not decision.name or decision.name.casefold() == person.name.casefold():
        return False
    return person_said(decision.name, desk.school.staff) != person.id


def notes_on_authorising(decision: Decision, person: Staff, desk: Desk) -> tuple[str, ...]:
    """What is to be said before a person confirms what a form says."""
    notes = []
    if names_another(decision, person, desk):
        notes.append(
            f"The form names somebody else than {person.id} as the authoriser. A name on a form is no proof: what is "
            f"recorded is who shows who they are, {person.id}."
        )
    today = desk.wall(desk.now()).date()
    on = date_said(decision.date) if decision.date else None
    if on and on != today:
        notes.append(f"The form is dated {moment_words(on)}. The register has the authorisation as of today.")
    if decision.reason:
        notes.append("The reason stays on the form: the register keeps none with an authorisation. File the form.")
    return tuple(notes)


def what_to_do_instead(visit: Visit) -> tuple[str, ...]:
    """What a form that refuses a visit leads to: nothing by itself, since each way on is a decision of its own."""
    reference = visit.reference
    notes = [f"The form says that {reference} is not authorised. The register keeps no such decision by itself."]
    if visit.approval_stands and visit.state is State.AUTHORISED:
        who = visit.authorised.who.staff if visit.authorised else ""
        notes.append(f"It has an authorisation by {who}, which stands until the visit changes or is called off.")
    if visit.state in NOT_LEFT:
        notes.append(f"If the visit is not to be made: riskgen cancel {reference}, with the reason.")
        notes.append(
            f"If it is to be made otherwise: riskgen assess --reference {reference} --force, and then "
            f"riskgen authorise {reference} --by ID."
        )
        notes.append(f"If a rating or the referral is to be decided otherwise: riskgen override {reference} --by ID.")
    elif visit.state is State.OUT:
        notes.append(f"It is out all the same. Ring the visitors; to call it off: riskgen cancel {reference}.")
    else:
        notes.append("It was made all the same: tell whoever decided.")
    return tuple(notes)
