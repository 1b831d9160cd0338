"""The blank Intent to Visit: its lists set to the school's own options and staff, for people to fill in in Word."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from riskgen.core.model import Question, School
from riskgen.core.problem import Problem
from riskgen.core.terms import QuestionType
from riskgen.core.words import NOT_WORKED_OUT
from riskgen.files.answers import unknown_question
from riskgen.files.controls import (
    ANSWER,
    BRINGS_BACK,
    COUNT,
    NOBODY,
    VISITORS,
    Fields,
    fields_of,
    named,
    uncounted,
)
from riskgen.files.text import mend
from riskgen.files.word import open_parts
from riskgen.forms.finish import as_handed_out, parts_with_elements, protect, settle_logo
from riskgen.forms.tags import unfilled

BLANK_FORM = "intent-to-visit-blank"
BLANK_FILE = f"forms/{BLANK_FORM}.docx"
"""Where it lies among the templates. It is no form of a pack, and so not in forms.yaml."""


def blank_faults(data: bytes, shown: str, questions: Mapping[str, Question]) -> tuple[Problem, ...]:
    """Every fault of a blank form: of the document, and of fields that no question is behind."""
    parts, problems = open_parts(data, shown)
    if problems:
        return problems
    fields = fields_of(parts, shown)
    found = list(fields.faults(ANSWER))
    if any(unfilled(part) for part in parts):
        message = "There is a tag such as {{ field }} in it, and nothing is filled in on a blank form."
        found.append(Problem(shown, 0, "form-blank-tag", message, "Take the tag out."))
    return (*found, *uncounted_faults(fields), *answer_faults(fields, questions))


def uncounted_faults(fields: Fields) -> tuple[Problem, ...]:
    """A fault where a form has fields that are read, and none in which it could say with which it was written."""
    if not fields.of(*BRINGS_BACK) or fields.of(COUNT):
        return ()
    hint = f"Copy the line 'For riskgen' of a stock form, which has it: a locked text field with the tag {COUNT}."
    return (uncounted(fields.shown, hint),)


def answer_faults(fields: Fields, questions: Mapping[str, Question]) -> tuple[Problem, ...]:
    """A fault for each field for an answer whose tag names no question that can be answered."""
    found = []
    for control in fields.of(ANSWER):
        name = control.tag.removeprefix(ANSWER)
        question = questions.get(name)
        at, words = named(fields.shown, control.title), f"Its tag is '{control.tag[:80]}'."
        if name != VISITORS and question is None:
            message, hint = unknown_question(name[:80], questions)
            found.append(Problem(at, 0, "form-answer", f"{words} {message}", hint, field=control.tag))
        elif question is not None and question.derived:
            message = f"{words} '{name}' is worked out from other answers and cannot be answered."
            found.append(Problem(at, 0, "form-answer", message, "Take the field out.", field=control.tag))
    return tuple(dict.fromkeys(found))


def make_blank(data: bytes, school: School, questions: Mapping[str, Question], logo: bytes = b"") -> bytes:
    """A blank form for one school: the bytes of a .docx. The form has no `blank_faults`.

    Only the fields of it can be filled in, as on a printed form.
    """
    from docx import Document

    document = Document(io.BytesIO(data))
    for part in parts_with_elements(document):
        for properties in part.element.iter(_w("sdtPr")):
            _set_list(properties, school, questions)
    _put_name(document, mend(school.name))
    settle_logo(document, logo, school.name)
    protect(document)
    return as_handed_out(document)


def choices(name: str, school: School, questions: Mapping[str, Question]) -> tuple[tuple[str, str], ...]:
    """The entries of the list of a question, as they show and what stands behind them; none for one without a list."""
    question = questions.get(name)
    people = tuple((f"{person.id} {person.name}", person.id) for person in school.staff)
    if name == VISITORS:
        return (*people, (NOBODY, NOBODY))
    match question.type if question else None:
        case QuestionType.YES_NO:
            found: Sequence[tuple[str, str]] = (("Yes", "yes"), ("No", "no"))
        case QuestionType.CHOICE | QuestionType.CHOICES:
            found = tuple((option.label, option.id) for option in (question.options if question else ()))
        case QuestionType.STAFF:
            found = people
        case _:
            return ()
    return (*found, (NOT_WORKED_OUT, "unknown"))


# --- the document -----------------------------------------------------------------------------------


def _w(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(f"w:{name}"))


def _set_list(properties: Any, school: School, questions: Mapping[str, Question]) -> None:
    """Give a drop-down its entries. Word wants each to show, and to stand for, something else than the others."""
    tag = properties.find(_w("tag"))
    name = (tag.get(_w("val")) or "").strip().removeprefix(ANSWER) if tag is not None else ""
    wanted = choices(name, school, questions)
    for kind in ("dropDownList", "comboBox"):
        element = properties.find(_w(kind))
        if element is None or not wanted:
            continue
        for item in list(element):
            element.remove(item)
        for shows, value in _each_once(wanted):
            item = element.makeelement(_w("listItem"), {_w("displayText"): shows, _w("value"): value})
            element.append(item)


def _each_once(entries: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    shown: set[str] = set()
    for shows, value in entries:
        if shows not in shown:
            shown.add(shows)
            yield mend(shows), mend(value)


def _put_name(document: Any, name: str) -> None:
    """The school's name at the head of each page, before what stands there."""
    for section in document.sections:
        if section.header.is_linked_to_previous:
            continue
        first = section.header.paragraphs[0] if section.header.paragraphs else section.header.add_paragraph()
        if name in first.text:
            continue
        before = first.runs[0]._r if first.runs else None
        run = first.add_run(f"{name}\t" if before is not None else name)
        if before is not None:
            if before.rPr is not None:
                run._r.insert(0, deepcopy(before.rPr))
            before.addprevious(run._r)
