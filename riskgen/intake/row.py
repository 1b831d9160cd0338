"""One row of a sheet of planned visits as the answers of one visit.

Columns are known by the names of their questions, wherever they stand. What a cell holds is brought into the shape
that a file of answers has, and is then held against the questions in the same way. Nothing of a cell is repeated in a
message, and no heading that may be somebody's answer.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import MAXYEAR, date, datetime, time, timedelta
from difflib import get_close_matches
from itertools import takewhile
from typing import Any, Protocol

from riskgen.core.model import Question, School
from riskgen.core.problem import Problem
from riskgen.core.struct import Struct, field, replace
from riskgen.core.terms import QuestionType
from riskgen.files.answers import read_answers, written_answer
from riskgen.files.controls import NOBODY, UNSAID, VISITORS
from riskgen.files.figures import REFERENCE_AS_TEXT, REFERENCE_SPOILT, as_shown, reference_typed, shows_noughts
from riskgen.files.schema import nearest
from riskgen.files.text import folded
from riskgen.files.visit_columns import (
    HEAD_ROWS,
    MOST_VISITORS,
    NEEDED,
    NEEDED_MARK,
    REFERENCE,
    RESULT_LABELS,
    RESULT_REFERENCE,
    RESULTS,
    STILL_MISSING,
    WHO_GOES,
    column_letter,
    column_number,
    is_visitor_column,
    looks_like_a_name,
    visitor_column,
    visitor_label,
)
from riskgen.files.yaml import Document
from riskgen.intake.said import MOST_NAMED, how_to_answer, person_said, raw_said
from riskgen.intake.sheet import Sheet

_CLOSE = 0.8
"""How alike a heading and the name of a question are, from 0 to 1, so that one was most likely meant for the other."""
_AS_TEXT = "Give the cell the format Text, and type it again."
_FRESH = "Take a fresh sheet ('riskgen intake-sheet'), and copy the rows into it."
_HARD_SPACES = re.compile("[\u00a0\u2007\u202f]")
_PLAIN_NUMBER = ("General", "0", "@")
_WRONG = {
    QuestionType.YES_NO: "does not say yes, no or not known",
    QuestionType.CHOICE: "does not hold one of the answers that there are",
    QuestionType.CHOICES: "does not hold answers that there are, with semicolons between them",
    QuestionType.DATE: "does not hold a date",
    QuestionType.TIME: "does not hold a time of day",
    QuestionType.TIMES: "does not hold times of day",
    QuestionType.MOMENT: "does not hold a date and a time",
    QuestionType.STAFF: "names nobody of the staff directory, or a reference with the name of another",
    QuestionType.TEXT: "does not hold text",
}


class Cell(Protocol):
    """One cell with something in it, of whatever kind of file."""

    @property
    def row(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def value(self) -> Any: ...
    @property
    def number_format(self) -> str: ...


class Head(Struct, frozen=True):
    """What the columns of a sheet are. `columns` gives the name of each that is known, by its number.

    `row` is where the names stand; `others` are the numbers of columns that are none of riskgen's, `faulty` those of
    columns whose heading is a fault.
    """

    shown: str
    row: int = 0
    columns: Mapping[int, str] = field(default_factory=dict)
    others: frozenset[int] = frozenset()
    faulty: frozenset[int] = frozenset()
    problems: tuple[Problem, ...] = ()

    def column(self, name: str) -> int:
        """The number of the column of that name, or 0. `visit.visitors` is the first of those for visitors."""
        named = (number for number, each in self.columns.items() if each == name)
        first = (number for number, each in self.columns.items() if name == VISITORS and is_visitor_column(each))
        return next(named, next(first, 0))

    def note(self, column: int) -> Problem:
        """What is told of a column that is left alone. Its heading is not: that may be somebody's answer."""
        message = f"Column {column_letter(column)} is none of riskgen's, and is left alone."
        return Problem(self.shown, self.row, "sheet-column-extra", message, severity="note")


# --- the columns ----------------------------------------------------------------------------------


def read_head(shown: str, rows: Iterable[Sequence[Cell]], questions: Mapping[str, Question]) -> Head:
    """What the columns are, from the first rows of a sheet, with every fault of the names."""
    top = [cells for cells in rows if cells and cells[0].row <= HEAD_ROWS]
    known = {*(name for name, question in questions.items() if not question.derived), STILL_MISSING, *RESULTS}
    found = max(top, key=lambda cells: sum(_is_known(_heading(cell), known) for cell in cells), default=())
    if not any(_is_known(_heading(cell), known) for cell in found):
        message = "There is no row with the names of the questions, such as visit.start, within the first rows."
        return Head(shown, problems=(Problem(shown, 0, "sheet-head", message, _FRESH),))
    row = found[0].row
    labels: dict[int, set[str]] = {}
    for cell in (cell for cells in top if cells[0].row < row for cell in cells):
        labels.setdefault(cell.column, set()).add(_label(cell))
    names = {cell.column: str(cell.value).strip() for cell in found}
    return _Headings(shown, row, names, labels, questions, known).head()


def _heading(cell: Cell) -> str:
    return str(cell.value).strip().casefold()


def _label(cell: Cell) -> str:
    return folded(str(cell.value).removeprefix(NEEDED_MARK))


def _is_known(name: str, known: set[str]) -> bool:
    return name in known or is_visitor_column(name)


class _Headings(Struct, frozen=True):
    """The names of the columns of one sheet, by number, and what stands above each name."""

    shown: str
    row: int
    names: Mapping[int, str]
    labels: Mapping[int, set[str]]
    questions: Mapping[str, Question]
    known: set[str]

    def head(self) -> Head:
        columns: dict[int, str] = {}
        others: set[int] = set()
        problems: list[Problem] = []
        for number in sorted({*self.names, *self.labels}):
            name = self.names.get(number, "").casefold()
            if name in columns.values():
                problems.append(self._twice(number, name, columns))
            elif _is_known(name, self.known):
                columns[number] = name
            elif fault := self._misnamed(number, name):
                problems.append(fault)
            else:
                others.add(number)
        problems += self._absent(columns, {problem.field for problem in problems})
        faulty = frozenset({*self.names, *self.labels} - {*columns, *others})
        return Head(self.shown, self.row, columns, frozenset(others), faulty, tuple(problems))

    def _fault(self, number: int, code: str, words: str, hint: str, name: str) -> Problem:
        at = f"{column_letter(number)}{self.row}"
        return Problem(self.shown, self.row, code, f"{at} {words}", hint, field=name)

    def _twice(self, number: int, name: str, columns: Mapping[int, str]) -> Problem:
        first = next(column_letter(column) for column, each in columns.items() if each == name)
        words = f"has the name '{name}', and so has column {first}."
        return self._fault(number, "sheet-column-twice", words, "Keep one of the two columns.", name)

    def _misnamed(self, number: int, name: str) -> Problem | None:
        """A fault of a heading that was meant for a question, most likely; None of one that was not."""
        question = self.questions.get(name)
        if question and question.derived:
            words = f"({question.label}) is worked out from other answers, and cannot be answered."
            return self._fault(number, "sheet-column-derived", words, "Take the column out.", name)
        free = [each for each in self.known if not self._column_of(each)]
        close = get_close_matches(name, free, 1, _CLOSE) if name else []
        if meant := self._labelled(number, name) or next(iter(close), ""):
            label = f" ({label})" if (label := self._label_of(meant)) else ""
            was = "has another name than that of a question" if name else "has no name"
            words = f"{was}. It was '{meant}'{label}, most likely."
            hint = f"If so, write {meant} into the cell."
            if there := self._column_of(meant):
                hint = f"Column {there} has that name. Keep one of the two; or give this one a heading of your own."
            return self._fault(number, "sheet-column-renamed", words, hint, _field(meant))
        if name and looks_like_a_name(name):
            words = f"has the name '{name[:60]}', and there is no question of that name."
            hint = "Put the name right. If the column is your own, give it a heading without full stops."
            return self._fault(number, "sheet-column-unknown", words, hint, name[:60])
        return None

    def _labelled(self, number: int, name: str) -> str:
        """The name of the column whose label this one has; one that is not there, if several have the same."""
        said = {folded(name), *self.labels.get(number, ())} - {""}
        asked = [each for each in self.known if each in self.questions]
        visitors = map(visitor_column, range(1, MOST_VISITORS + 1))
        meant = [each for each in (*asked, *visitors) if folded(self._label_of(each)) in said]
        return next((each for each in meant if not self._column_of(each)), next(iter(meant), ""))

    def _label_of(self, name: str) -> str:
        if name in self.questions:
            return self.questions[name].label
        return visitor_label(int(name.rpartition(".")[2])) if is_visitor_column(name) else ""

    def _column_of(self, name: str) -> str:
        """The letters of the column of a name; empty where there is none."""
        return next((column_letter(number) for number, each in self.names.items() if each.casefold() == name), "")

    def _absent(self, columns: Mapping[int, str], faulty: set[str]) -> Iterator[Problem]:
        """A fault for each column that no sheet can be without."""
        for name in NEEDED:
            there = any(each == name or (name == VISITORS and is_visitor_column(each)) for each in columns.values())
            faulted = name in {each.partition("/")[0] for each in faulty}
            if there or faulted or (name != VISITORS and name not in self.questions):
                continue
            called, write = (
                ("who goes", visitor_column(1)) if name == VISITORS else (f"'{self.questions[name].label}'", name)
            )
            message = f"There is no column for {called}."
            hint = f"Write {write} into row {self.row} of the column that it is, or of a new one."
            yield Problem(self.shown, self.row, "sheet-column-missing", message, hint, field=name)


# --- a row ----------------------------------------------------------------------------------------


def sheet_of_row(
    head: Head, row: int, cells: Sequence[Cell], questions: Mapping[str, Question], school: School
) -> Sheet:
    """The answers of one row, and every fault of its cells."""
    data: dict[str, Any] = {}
    addresses: dict[str, str] = {}
    visitors: list[str] = []
    problems: list[Problem] = []
    for cell in cells:
        name = head.columns.get(cell.column, "")
        question = questions.get(name)
        if _is_blank(cell):
            continue
        if is_visitor_column(name):
            found, faults = _visitors(head, cell, name, school)
            visitors += found
            problems += faults
        elif question:
            addresses[name] = f"{column_letter(cell.column)}{row}"
            data[name], wrong, hint = _raw(question, cell, school)
            if wrong:
                data.pop(name)
                problems.append(_fault(head.shown, row, addresses[name], question, wrong, hint))
    document = Document(head.shown, data, {(name,): row for name in data})
    answers = read_answers(document, questions, [person.id for person in school.staff], private=frozenset(data))
    problems += _in_cells(answers.problems, head.shown, row, addresses, data, questions)
    in_order = [head.columns.get(cell.column, "") for cell in cells]
    problems.sort(key=lambda problem: in_order.index(problem.field.replace("/", ".")))
    given = frozenset(addresses) | ({VISITORS} if visitors else frozenset())
    places = dict.fromkeys(given, (head.shown, row))
    return Sheet(head.shown, answers.values, given, tuple(visitors), places, tuple(problems))


def fault_of_cell(head: Head, problem: Problem, questions: Mapping[str, Question]) -> Problem | None:
    """A fault of a cell that could not be read, as one of its question; None where it stands under none.

    The `field` of the fault is the address of the cell, with which its message begins.
    """
    name = head.columns.get(column_number(problem.field.rstrip("0123456789")), "")
    if not (label := label_of(name, questions)):
        return None
    message = problem.message.replace(problem.field, f"{problem.field} ({label})", 1)
    return replace(problem, message=message, field=_field(name))


def label_of(name: str, questions: Mapping[str, Question]) -> str:
    """What a fault calls the column of a name; empty for one from which nothing is read."""
    if is_visitor_column(name):
        return WHO_GOES
    return questions[name].label if name in questions else RESULT_LABELS[name] if name == RESULT_REFERENCE else ""


def _field(name: str) -> str:
    """How a fault names a column: `visit.visitors/2` for one of several, as entries of a list are named."""
    return name.replace(f"{VISITORS}.", f"{VISITORS}/")


def is_begun(head: Head, cells: Iterable[Cell]) -> bool:
    """Whether a row answers anything; one with nothing but what riskgen or somebody else notes there does not."""
    kept = {STILL_MISSING, *RESULTS}
    return any(head.columns.get(cell.column, STILL_MISSING) not in kept and not _is_blank(cell) for cell in cells)


def missing_from(head: Head, row: int, sheet: Sheet, questions: Mapping[str, Question]) -> tuple[Problem, ...]:
    """A fault for each cell of a row that is empty, or not known, and that no visit can be without."""
    faulty = {problem.field.partition("/")[0] for problem in sheet.problems}
    found = []
    for name in NEEDED:
        column = head.column(name)
        there = bool(sheet.visitors) if name == VISITORS else name in sheet.values
        if there or name in faulty or not column:
            continue
        label = label_of(name, questions)
        state = "is not known" if name in sheet.given else "is empty"
        message = f"{column_letter(column)}{row} ({label}) {state}, and no visit can be without it."
        hint = "Choose a member of staff from the list." if name == VISITORS else how_to_answer(questions[name])
        found.append(Problem(head.shown, row, "sheet-missing", message, hint, field=name))
    return tuple(found)


def answers_above(
    head: Head, rows: Iterable[Sequence[Cell]], questions: Mapping[str, Question], groups: Iterable[str], school: School
) -> Iterator[Problem]:
    """A fault for each row above the names that answers something: it is a visit that would be lost.

    A row whose texts are, half of them or more, labels of questions or `groups` is one of our own sheet. One that
    answers nothing but questions that take any text is a title.
    """
    own = {folded(each) for each in groups}
    for cells in takewhile(lambda cells: cells[0].row < head.row, rows):
        named = ((cell, head.columns.get(cell.column, "")) for cell in cells if not _is_blank(cell))
        asked = [(cell, name) for cell, name in named if label_of(name, questions)]
        labels = sum(_label(cell) in own or _is_label_of(name, _label(cell), questions) for cell, name in asked)
        if 2 * labels >= len(asked):
            continue
        row = cells[0].row
        sheet = sheet_of_row(head, row, cells, questions, school)
        faulty = {problem.field for problem in sheet.problems}
        if any(name == VISITORS or questions[name].type is not QuestionType.TEXT for name in sheet.given - faulty):
            message = f"Row {row} answers questions and stands above the row of names, where no visit is read."
            hint = f"Move it below row {head.row}; or delete it, if it is not meant as a visit."
            yield Problem(head.shown, row, "sheet-row-above", message, hint)


def _is_label_of(name: str, text: str, questions: Mapping[str, Question]) -> bool:
    """Whether our own sheet has a text above a name. Visitors are counted in it."""
    label = folded(label_of(name, questions))
    return text.startswith(label) if is_visitor_column(name) else text == label


def text_in(head: Head, cells: Iterable[Cell], name: str) -> str:
    """What stands in a row's cell of one column, as text; empty where nothing does."""
    return next((str(cell.value).strip() for cell in cells if head.columns.get(cell.column) == name), "")


def _is_blank(cell: Cell) -> bool:
    return isinstance(cell.value, str) and not cell.value.strip()


def _fault(shown: str, row: int, address: str, question: Question, wrong: str, hint: str) -> Problem:
    return Problem(shown, row, "sheet-answer", f"{address} ({question.label}) {wrong}.", hint, field=question.name)


def _in_cells(
    problems: Iterable[Problem],
    shown: str,
    row: int,
    addresses: Mapping[str, str],
    data: Mapping[str, Any],
    questions: Mapping[str, Question],
) -> Iterator[Problem]:
    """Faults of answers as faults of their cells, one for each cell."""
    for name in dict.fromkeys(problem.field.partition("/")[0] for problem in problems):
        question = questions[name]
        first = next(problem for problem in problems if problem.field.partition("/")[0] == name)
        if first.code == "answer-text":
            wrong, hint = first.message.removeprefix(f"'{name}' ").rstrip("."), first.hint
        else:
            wrong, hint = _wrong(question), _how(question, data[name])
        yield _fault(shown, row, addresses[name], question, wrong, hint)


def _wrong(question: Question) -> str:
    if question.type is QuestionType.NUMBER:
        return f"does not hold a whole number from {question.least} to {question.most}"
    return _WRONG[question.type]


def _how(question: Question, raw: Any) -> str:
    how = how_to_answer(question, every_option=len(question.options) <= MOST_NAMED)
    if question.type is not QuestionType.CHOICE:
        return how
    close = nearest(str(raw), [option.label for option in question.options])
    return f"Did you mean '{close}'?" if close else how


def _visitors(head: Head, cell: Cell, name: str, school: School) -> tuple[list[str], list[Problem]]:
    """Whom a cell names, several with semicolons between them; or a fault."""
    text = _tidy(cell.value) if isinstance(cell.value, str) else ""
    if text and folded(text) in UNSAID | {NOBODY.casefold()}:
        return [], []
    parts = [text] if person_said(text, school.staff) else [part for part in re.split("[;\n]", text) if part.strip()]
    found = [person_said(part, school.staff) for part in parts]
    if found and all(found):
        return found, []
    message = f"{column_letter(cell.column)}{cell.row} ({WHO_GOES}) {_WRONG[QuestionType.STAFF]}."
    there = [person.id for person in school.staff]
    such = f", such as {there[0]}" if len(there) > MOST_NAMED else f". There is: {', '.join(there)}"
    hint = f"Choose from the list, or write the reference alone{such}."
    return [], [Problem(head.shown, cell.row, "visitor-unknown", message, hint, field=_field(name))]


# --- from what a cell holds to what a file would say ------------------------------------------------


def _raw(question: Question, cell: Cell, school: School) -> tuple[Any, str, str]:
    """What a file would say for a cell; or else what is wrong with it, and how to mend it."""
    value = cell.value
    if isinstance(value, str):
        return raw_said(question, _tidy(value), school.staff), "", ""
    if isinstance(value, bool):
        if question.type is QuestionType.YES_NO:
            return written_answer(value), "", ""
        return None, "holds TRUE or FALSE, which Excel makes of a word", _AS_TEXT
    if isinstance(value, (date, time)):
        return _of_a_day(question, value)
    return _of_a_number(question, cell, school)


def _of_a_day(question: Question, value: datetime | date | time) -> tuple[Any, str, str]:
    match question.type:
        case QuestionType.TIME if isinstance(value, time):
            return f"{value:%H:%M}", "", ""
        case QuestionType.TIMES if isinstance(value, time):
            return [f"{value:%H:%M}"], "", ""
        case QuestionType.DATE if isinstance(value, datetime):
            return value.date().isoformat(), "", ""
        case QuestionType.DATE if isinstance(value, date):
            return value.isoformat(), "", ""
        case QuestionType.MOMENT if isinstance(value, datetime) and (exact := _to_the_minute(value)).time() != time():
            return written_answer(exact), "", ""
        case QuestionType.MOMENT if isinstance(value, date):
            return None, "holds a date and no time of day", how_to_answer(question)
        case QuestionType.TIME | QuestionType.TIMES | QuestionType.DATE | QuestionType.MOMENT:
            return None, _wrong(question), how_to_answer(question)
        case _:
            return None, "holds a date or a time, into which Excel has turned what was typed", _AS_TEXT


def _to_the_minute(value: datetime) -> datetime:
    """A moment without the fractions that Excel's way of counting days leaves."""
    if value.second == 59 and value.year < MAXYEAR:
        value += timedelta(seconds=1)
    return value.replace(second=0, microsecond=0)


def _of_a_number(question: Question, cell: Cell, school: School) -> tuple[Any, str, str]:
    value, shows = cell.value, cell.number_format
    is_whole = isinstance(value, int) or value.is_integer()
    digits = as_shown(value, shows)
    match question.type:
        case QuestionType.NUMBER if is_whole:
            return int(value), "", ""
        case QuestionType.TEXT if question.name == REFERENCE and not reference_typed(value, shows):
            return None, REFERENCE_SPOILT, REFERENCE_AS_TEXT
        case QuestionType.TEXT if shows_noughts(value, shows):
            return digits, "", ""
        case QuestionType.TEXT if question.personal and is_whole and 9 <= len(digits) <= 10:
            return None, "holds a number, and the nought that it may have begun with is lost", _AS_TEXT
        case QuestionType.TEXT if shows in _PLAIN_NUMBER:
            return digits, "", ""
        case QuestionType.TEXT:
            return None, "holds a number, into which Excel has turned what was typed", _AS_TEXT
        case QuestionType.CHOICE | QuestionType.CHOICES | QuestionType.STAFF:
            return raw_said(question, digits, school.staff), "", ""
        case _:
            return None, _wrong(question), how_to_answer(question)


def _tidy(text: str) -> str:
    return _HARD_SPACES.sub(" ", text).strip()
