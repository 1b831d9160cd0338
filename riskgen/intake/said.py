"""What people write for an answer on a form or in a sheet, as a file of answers would have it.

What cannot be brought into that shape is left as it stands, and so is refused: nothing is guessed.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from riskgen.core.model import Question, Staff
from riskgen.core.terms import QuestionType
from riskgen.files.answers import UNKNOWN, written_answer
from riskgen.files.controls import UNSAID
from riskgen.files.spoken import date_said, minutes_said, moment_said, time_said
from riskgen.files.text import folded

MOST_NAMED = 8
"""Options that a fault names. Of more, nobody finds theirs in a paragraph."""
NONE_AGREED = ("none agreed", "none")
_NUMBER = re.compile(r"-?[0-9]{1,9}")
_PART = re.compile(r",|;|&|\n|\band\b")


def raw_said(question: Question, text: str, staff: Iterable[Staff], value: str = "") -> Any:
    """What a file would say for a text that answers a question. `value` is what a list has behind its entry."""
    said = text.strip()
    if folded(said) in UNSAID:
        return UNKNOWN
    match question.type:
        case QuestionType.YES_NO:
            return said.casefold()
        case QuestionType.CHOICE:
            return _option(question, said, value) or said
        case QuestionType.CHOICES:
            return _options(question, said, value)
        case QuestionType.NUMBER:
            return _number(question, said)
        case QuestionType.STAFF:
            return person_said(said, staff) or said
        case QuestionType.TIMES:
            return _times(said)
        case QuestionType.TIME:
            return _written(time_said(said)) or said
        case QuestionType.DATE:
            return _written(date_said(said)) or said
        case QuestionType.MOMENT:
            return _written(moment_said(said)) or said
        case QuestionType.TEXT:
            return text


def person_said(text: str, staff: Iterable[Staff]) -> str:
    """The reference of whom a text names: `S-07 Gray Invented`, `S-07`, or the whole name, where one person has it.

    Empty where it is nobody, or the reference and the name are not of one person.
    """
    said = folded(text)
    for person in staff:
        if said in (folded(person.id), folded(f"{person.id} {person.name}")):
            return person.id
    called = [person.id for person in staff if said == folded(person.name)]
    return called[0] if len(called) == 1 else ""


def how_to_answer(question: Question, every_option: bool = False) -> str:
    """How to answer a question in a cell of a sheet, as an instruction; with `every_option` it names all options."""
    labels = "; ".join(option.label for option in question.options)
    match question.type:
        case QuestionType.YES_NO:
            return "Choose Yes, No or Not known."
        case QuestionType.CHOICE:
            return f"Choose one of: {labels}." if every_option else "Choose one of the list."
        case QuestionType.CHOICES:
            these = f"any of these, with semicolons between them: {labels}"
            named = every_option or len(question.options) <= MOST_NAMED
            return f"Write {these}." if named else "Write answers of the Dictionary, with semicolons between them."
        case QuestionType.NUMBER:
            unit = f" ({question.unit})" if question.unit else ""
            return f"Type a whole number from {question.least} to {question.most}{unit}."
        case QuestionType.DATE:
            return "Type a date, such as 2 Dec 2026."
        case QuestionType.TIME:
            return "Type a time of day, such as 10:30."
        case QuestionType.TIMES:
            return "Type times of day with semicolons between them, such as 11:30; 13:15."
        case QuestionType.MOMENT:
            return "Type a date and a time, such as 2 Dec 2026 10:30."
        case QuestionType.STAFF:
            return "Choose somebody of the list, or type a reference of the staff directory."
        case QuestionType.TEXT:
            lines = "one or several lines (Alt+Enter)" if question.lines else "one line"
            return f"Type text on {lines}, at most {question.longest} characters."


def _written(value: date | datetime | time | None) -> Any:
    return written_answer(value) if value is not None else None


def _option(question: Question, text: str, value: str) -> str:
    """The option that a text names by its label or its id.

    What shows is what was chosen. What the list has behind it counts only where two options read the same.
    """
    said = folded(text)
    labelled = [option.id for option in question.options if said == folded(option.label)]
    if len(labelled) == 1:
        return labelled[0]
    if labelled:
        return value if value in labelled else ""
    return next((option.id for option in question.options if said == option.id.casefold()), "")


def _options(question: Question, text: str, value: str) -> Any:
    """The options that a text names, with commas or semicolons between them; labels may hold some of their own."""
    if whole := _option(question, text, value):
        return [whole]
    if folded(text) == "none":
        return []
    found: list[str] = []
    rest = folded(text)
    names = sorted(
        ((folded(name), option.id) for option in question.options for name in (option.label, option.id)),
        key=lambda pair: -len(pair[0]),
    )
    while rest:
        name, option = next(((name, option) for name, option in names if re.match(_ended(name), rest)), ("", ""))
        if not name:
            return [part.strip() for part in text.split(",")]
        found.append(option)
        rest = rest[len(name) :].lstrip(" ,;")
    return found


def _ended(name: str) -> str:
    return rf"{re.escape(name)}(?=\s*(?:[,;]|$))"


def _number(question: Question, text: str) -> Any:
    plain = folded(text)
    if question.unit == "minutes" and (minutes := minutes_said(text)) is not None:
        return minutes
    for unit in (question.unit, question.unit.removesuffix("s")):
        plain = plain.removesuffix(unit.casefold()).strip() if unit else plain
    return int(plain) if _NUMBER.fullmatch(plain) else text


def _times(text: str) -> Any:
    if folded(text) in NONE_AGREED:
        return []
    parts = [part.strip() for part in _PART.split(text) if part.strip()]
    return [_written(time_said(part)) or part for part in parts]
