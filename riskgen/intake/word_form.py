"""Answers that people filled in on a Word form, in the fields tagged `answer.<question>`.

What a field shows is brought into the shape that a file of answers has, and is then held against the questions in
the same way, so that a fault has the same words. What cannot be brought into that shape is left as it stands, and so
is refused: nothing is guessed. A field that nobody has touched says nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import Any

from riskgen.core.model import Question, School
from riskgen.core.problem import Problem
from riskgen.core.struct import replace
from riskgen.core.terms import QuestionType
from riskgen.files.answers import UNKNOWN, read_answers, written_answer
from riskgen.files.controls import ANSWER, NOBODY, UNSAID, VISITORS, Control, Kind, named, read_fields, uncounted
from riskgen.files.spoken import date_said, time_said
from riskgen.files.text import folded
from riskgen.files.yaml import Document
from riskgen.intake.said import person_said, raw_said
from riskgen.intake.sheet import Sheet

REFERENCE = "form.reference"


def read_word_form(path: Path, questions: Mapping[str, Question], school: School) -> Sheet:
    """The answers of a form that belongs to no visit yet. One that belongs to a visit is refused: `read` takes it."""
    fields = read_fields(path)
    problems = fields.faults(ANSWER, REFERENCE)
    controls = fields.of(ANSWER)
    if any(control.text.strip() for control in fields.of(REFERENCE)):
        message = "This form belongs to a visit of the register, and is not a blank one."
        problems += (
            _fault(fields.shown, "form-of-a-visit", message, f"To take it in: riskgen read {quote(str(path))}"),
        )
    elif fields.controls and not controls:
        message = "There is no field in it that holds an answer about a visit to come."
        hint = "For a blank form: riskgen forms blank FILE.docx. To take in a form of a visit: riskgen read FILE.docx."
        problems += (_fault(fields.shown, "form-no-answers", message, hint),)
    elif fields.controls and not fields.counts:
        problems += (uncounted(fields.shown),)
    sheet = sheet_of(fields.shown, controls, questions, school)
    faulty = {problem.field for problem in problems}
    kept = tuple(each for each in sheet.problems if f"{ANSWER}{each.field}" not in faulty)
    named_so = tuple(replace(each, field=each.field.removeprefix(ANSWER)) for each in problems)
    # What a form that is not whole, or not a blank one, leaves out, nobody can say is missing.
    return replace(sheet, problems=named_so + kept, unread=not controls or any(not each.field for each in problems))


def sheet_of(shown: str, controls: Iterable[Control], questions: Mapping[str, Question], school: School) -> Sheet:
    """The answers of fields tagged `answer.<question>`. Several of one question are one answer, or a fault."""
    groups: dict[str, list[Control]] = {}
    for control in controls:
        if is_said(control):
            groups.setdefault(control.tag.removeprefix(ANSWER), []).append(control)
    places = {name: (named(shown, found[0].title), 0) for name, found in groups.items()}
    visitors, problems = _visitors(shown, groups.pop(VISITORS, []), school)
    data: dict[str, Any] = {}
    for name, found in groups.items():
        question = questions.get(name)
        data[name] = _raw(question, found, school) if question else found[0].text
        if question and data[name] is _TWICE:
            data.pop(name)
            message = f"'{name}' is answered twice, and not the same."
            problems += (Problem(named(shown, found[1].title), 0, "answer-twice", message, "Keep one.", field=name),)
    # What stands in a form is often free text, whatever is asked: nothing of it is repeated in a message.
    staff = [person.id for person in school.staff]
    answers = read_answers(Document(shown, data), questions, staff, private=frozenset(data))
    problems += tuple(_at_its_field(problem, places) for problem in answers.problems)
    given = answers.given | ({VISITORS} if visitors else frozenset())
    return Sheet(shown, answers.values, given, visitors, places, problems)


def is_said(control: Control) -> bool:
    """Whether somebody has filled a field in. A box that is not ticked says nothing: it never means no."""
    return bool(control.ticked) if control.kind is Kind.TICK else bool(control.text.strip())


_TWICE: Any = object()


def _fault(shown: str, code: str, message: str, hint: str) -> Problem:
    return Problem(shown, 0, code, message, hint)


def _at_its_field(problem: Problem, places: Mapping[str, tuple[str, int]]) -> Problem:
    """A fault with the title of the field in place of a line."""
    path, line = places.get(problem.field.partition("/")[0], (problem.path, 0))
    hint = "riskgen works it out from other answers." if problem.code == "answer-derived" else problem.hint
    return replace(problem, path=path, line=line, hint=hint)


def _visitors(shown: str, controls: Iterable[Control], school: School) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """Who goes, one field for each; and a fault for each field that names nobody of the staff directory."""
    found, problems = [], []
    for control in controls:
        if folded(control.text) in UNSAID | {NOBODY.casefold()}:
            continue
        person = person_said(control.text, school.staff)
        if person:
            found.append(person)
            continue
        message = "It names nobody of the staff directory in school.yaml, or a reference with the name of another."
        hint = f"Write the reference first. It has: {', '.join(person.id for person in school.staff)}."
        problems.append(Problem(named(shown, control.title), 0, "visitor-unknown", message, hint, field=VISITORS))
    return tuple(found), tuple(problems)


# --- from what a field shows to what a file would say -------------------------------------------------


def _raw(question: Question, controls: list[Control], school: School) -> Any:
    """What a file would say for the fields of one question; `_TWICE` where they say different things."""
    said = [_one(question, control, school) for control in controls]
    if question.type is QuestionType.CHOICES and all(isinstance(each, list) for each in said):
        return list(dict.fromkeys(option for each in said for option in each))
    if question.type is QuestionType.MOMENT and len(controls) == 2 and (moment := _day_and_time(controls)):
        return moment
    return said[0] if all(each == said[0] for each in said) else _TWICE


def _one(question: Question, control: Control, school: School) -> Any:
    if control.kind is Kind.TICK:
        return "yes"
    said = raw_said(question, control.text, school.staff, control.value)
    if question.type is QuestionType.DATE and control.moment and said != UNKNOWN and not date_said(control.text):
        return written_answer(control.moment.date())
    return said


def _day_and_time(controls: list[Control]) -> str:
    """A moment in two fields, one for the day and one for the time; empty where they are anything else."""
    texts = [control.text for control in controls]
    for day, clock in (texts, reversed(texts)):
        on, at = date_said(day), time_said(clock)
        if on and at:
            return str(written_answer(datetime.combine(on, at)))
    return ""
