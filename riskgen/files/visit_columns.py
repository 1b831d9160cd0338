"""The columns of a sheet of planned visits: by what names they are known to whoever makes one and whoever reads it."""

import re
from collections.abc import Iterable

from riskgen.core.model import Question
from riskgen.files.controls import VISITORS

VISITS_SHEET = "Visits"
REFERENCE, PURPOSE = "family.reference", "visit.purpose"
NEEDED = (REFERENCE, PURPOSE, "visit.start", "visit.minutes", VISITORS)
"""What a visit cannot be without."""
WHO_GOES = "Who goes?"
"""What is asked over the columns for visitors."""
VISITOR_PLACES = 4
"""Columns for visitors, one person in each. A sheet may have more, as far as `MOST_VISITORS`."""
MOST_VISITORS = 99
STILL_MISSING = "sheet.missing"
"""The column that says what a row still lacks."""
NOTHING_MISSING = "Nothing"
RESULTS = RESULT_REFERENCE, RESULT_DECISION, RESULT_PROBLEMS = (
    "result.reference",
    "result.decision",
    "result.problems",
)
RESULT_LABELS = dict(zip(RESULTS, ("Reference", "Decision", "Problems"), strict=True))
"""The columns in which the sheet comes back with what became of each row."""
NEEDED_MARK = "Needed. "
"""How the heading of a column begins that no visit can be without."""
EXAMPLE_ROW = "Example, not a visit"
EXAMPLE = "EXAMPLE"
"""The family's reference on the example row."""
ROWS, MOST_ROWS = 100, 4_900
"""Empty rows of a new sheet, unless told otherwise; and how many it may have, so that it can be read again."""
HEAD_ROWS = 20
"""The row with the names stands within so many."""
_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")
_VISITOR = re.compile(rf"{re.escape(VISITORS)}(?:\.[0-9]{{1,2}})?")


def asked_in_sheet(questions: Iterable[Question]) -> tuple[Question, ...]:
    """The questions of an intake sheet: those that can be answered before leaving, what a visit needs first.

    The others stand by their groups, in the order in which they are written.
    """
    asked = {
        question.name: question for question in questions if question.stage.before_leaving and not question.derived
    }
    first = [asked.pop(name) for name in NEEDED if name in asked]
    groups: dict[str, list[Question]] = {}
    for question in asked.values():
        groups.setdefault(question.group, []).append(question)
    return (*first, *(question for group in groups.values() for question in group))


def visitor_column(number: int) -> str:
    """The name of the column for one visitor, counted from 1."""
    return f"{VISITORS}.{number}"


def visitor_label(number: int) -> str:
    """The label of the column for one visitor, counted from 1."""
    return f"{WHO_GOES} Visitor {number}"


def is_visitor_column(name: str) -> bool:
    return bool(_VISITOR.fullmatch(name))


def looks_like_a_name(text: str) -> bool:
    """Whether a heading has the shape of a question's name, such as `visit.start`."""
    return bool(_NAME.fullmatch(text))


def column_letter(number: int) -> str:
    """What a column is called, counted from 1: A, B, ..., Z, AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The number of the column of these capital letters: 1 for A."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
