"""The example row of an intake sheet: an invented visit, and how it is told from one that somebody means."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time

from riskgen.core.conditions import Value
from riskgen.core.model import Question
from riskgen.core.terms import QuestionType
from riskgen.files.text import folded
from riskgen.files.visit_columns import EXAMPLE, PURPOSE, REFERENCE, asked_in_sheet
from riskgen.intake.sheet import Sheet

EXAMPLE_VISITORS = ("S-07 Gray Invented", "S-12 Lane Invented")
"""Invented: the example shows nobody of the school's own staff."""
# Nothing that fits only some purposes: the example has whichever the school's policy knows first.
_INVENTED: Mapping[str, Value] = {
    REFERENCE: EXAMPLE,
    "family.name": "Sample family (invented)",
    "family.address": "1 Example Street\nSampletown\nZZ1 1ZZ",
    "family.phone": "01632 960123",
    "family.needs": "Shoes off at the door.",
    "child.name": "Sample child (invented)",
    "visit.start": datetime(2026, 12, 2, 10, 30),
    "visit.minutes": 40,
    "visit.leave_at": time(10, 10),
    "visit.back_at": time(11, 30),
    "visit.unannounced": False,
    "visit.appointment": True,
    "visit.will_enter": True,
    "travel.by_car": True,
    "travel.driver": EXAMPLE_VISITORS[0],
    "safety.check_in_times": (time(10, 25), time(11, 15)),
    "assessment.updated_on": date(2026, 11, 20),
}


def example_answers(questions: Mapping[str, Question], purpose: str = "") -> dict[str, Value]:
    """The answers of the example row, by question. Where nothing was invented, yes-no questions get the safe answer.

    `purpose` is one that the school's policy knows.
    """
    found: dict[str, Value] = {PURPOSE: purpose} if purpose else {}
    for question in asked_in_sheet(questions.values()):
        if question.name in _INVENTED:
            found[question.name] = _INVENTED[question.name]
        elif question.type is QuestionType.YES_NO and question.worse:
            found[question.name] = question.worse == "no"
    return {name: value for name, value in found.items() if _may_be(questions[name], value)}


def is_of_the_example(sheet: Sheet) -> bool:
    """Whether a row bears the reference of the example: it is that, or was copied from it or written over it."""
    return folded(str(sheet.values.get(REFERENCE, ""))) == folded(EXAMPLE)


def is_the_example(sheet: Sheet, staff: Iterable[str], questions: Mapping[str, Question]) -> bool:
    """Whether the answers of a row are those of the example, and nobody has put their own among them.

    `staff` are the people in it as they are written. The purpose is not looked at: it is whichever the school's policy
    knew.
    """
    invented = example_answers(questions)
    looked_at = (name for name in sheet.values if name != PURPOSE and questions[name].type is not QuestionType.STAFF)
    same = all(sheet.values[name] == invented.get(name) for name in looked_at)
    return same and {folded(each) for each in staff} <= {folded(each) for each in EXAMPLE_VISITORS}


def _may_be(question: Question, value: Value) -> bool:
    """Whether a school's own question of that name still takes the invented answer."""
    kinds = {
        QuestionType.YES_NO: bool,
        QuestionType.NUMBER: int,
        QuestionType.DATE: date,
        QuestionType.TIME: time,
        QuestionType.TIMES: tuple,
        QuestionType.MOMENT: datetime,
        QuestionType.TEXT: str,
        QuestionType.STAFF: str,
    }
    if question.type is QuestionType.CHOICE:
        return value in {option.id for option in question.options}
    return type(value) is kinds.get(question.type)
