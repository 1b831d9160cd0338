"""Filled-in sheets of planned visits: read row by row, and given back with what is wrong marked in them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

from riskgen.core.problem import Problem
from riskgen.files.controls import VISITORS
from riskgen.files.visit_columns import (
    REFERENCE,
    RESULT_REFERENCE,
    RESULTS,
    VISITS_SHEET,
    column_letter,
    is_visitor_column,
)
from riskgen.intake.example import is_of_the_example, is_the_example
from riskgen.intake.row import Cell, Head, is_begun, missing_from, read_head, sheet_of_row, text_in
from riskgen.intake.sheet import Sheet
from riskgen.service.faults import InvalidInput
from riskgen.service.homes import Home

SHEET_FILES = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv"})
"""Endings of files that are taken for sheets of visits. Of those that cannot be read it is said why not."""
_ADDRESS = re.compile(r"([A-Z]{1,3}[1-9][0-9]{0,6}) ")


@dataclass(frozen=True)
class Row:
    """One visit of a sheet. `reference` is that under which it was recorded, if it was, as the sheet says."""

    number: int
    sheet: Sheet
    reference: str = ""


@dataclass(frozen=True)
class RowWords:
    """What became of one row, in words: the reference and the decision of its visit, or what went wrong."""

    reference: str = ""
    decision: str = ""
    problems: str = ""

    def by_column(self) -> dict[str, str]:
        return dict(zip(RESULTS, (self.reference, self.decision, self.problems), strict=True))


def is_sheet_file(path: Path) -> bool:
    return path.suffix.lower() in SHEET_FILES


def read_rows(home: Home, path: Path) -> tuple[Iterator[Row], tuple[Problem, ...]]:
    """The visits of a sheet, and every fault and note that is not of one row. With such a fault there are no rows.

    What a visit cannot be without, and a row lacks, is a fault of the row.
    """
    head, rows, problems = _opened(home, path)
    if head is None or any(problem.severity == "fault" for problem in problems):
        return iter(()), problems
    return _visits(home, head, rows), problems


def one_visit(home: Home, path: Path) -> Sheet:
    """The answers of a sheet with one visit, like those of any other file: what they lack may still be given."""
    head, rows, problems = _opened(home, path)
    problems = tuple(problem for problem in problems if problem.severity == "fault")
    if head is None or problems:
        return Sheet(str(path), problems=problems, unread=True)
    visits = list(_visits(home, head, rows, whole=False))
    if len(visits) == 1:
        return visits[0].sheet
    words = "holds no visit" if not visits else f"holds {len(visits)} visits, and one is assessed at a time"
    hint = "Fill in a row." if not visits else f"To assess all of them: riskgen batch {quote(str(path))}"
    problem = Problem(head.shown, 0, "sheet-rows", f"The sheet {words}.", hint)
    return Sheet(head.shown, problems=(problem,), unread=True)


def _opened(home: Home, path: Path) -> tuple[Head | None, Sequence[Sequence[Cell]], tuple[Problem, ...]]:
    """What the columns are, the rows below their names, and what is to be told of the file and its columns."""
    from riskgen.workbook.reading import read_table

    table, problems = read_table(path, (VISITS_SHEET,))
    if table is None:
        return None, (), problems
    rows = tuple(table.rows)
    head = read_head(table.shown, rows, home.library.questions)
    below = [cells for cells in rows if cells and cells[0].row > head.row]
    used = {cell.column for cells in below for cell in cells}
    others = sorted(used.union(head.others) - set(head.columns)) if head.row else []
    told = {column for column in others if not any(_is_at(problem, column, head.row) for problem in head.problems)}
    notes = tuple(head.note(column) for column in sorted(told))
    return head, below, (*problems, *head.problems, *notes)


def _is_at(problem: Problem, column: int, row: int) -> bool:
    return problem.message.startswith(f"{column_letter(column)}{row} ")


def _visits(home: Home, head: Head, rows: Iterable[Sequence[Cell]], whole: bool = True) -> Iterator[Row]:
    """Each row that is a visit. With `whole`, what a visit cannot be without is a fault where a row lacks it."""
    questions = home.library.questions
    for cells in rows:
        if not is_begun(head, cells):
            continue
        number, sheet = cells[0].row, sheet_of_row(head, cells, questions, home.school)
        if is_of_the_example(sheet):
            names = [str(cell.value) for cell in cells if is_visitor_column(head.columns.get(cell.column, ""))]
            if is_the_example(sheet, names, questions):
                continue
            sheet = replace(sheet, problems=(*sheet.problems, _over_the_example(head, number)))
        lacking = missing_from(head, number, sheet, questions) if whole else ()
        sheet = replace(sheet, problems=(*sheet.problems, *lacking))
        yield Row(number, sheet, text_in(head, cells, RESULT_REFERENCE))


def _over_the_example(head: Head, row: int) -> Problem:
    at = f"{column_letter(head.column(REFERENCE))}{row}"
    message = f"{at} has the reference of the example, and other answers stand beside it."
    hint = "Give the family's own reference; or clear the row, if it is not meant as a visit."
    return Problem(head.shown, row, "sheet-example", message, hint, field=REFERENCE)


# --- given back -----------------------------------------------------------------------------------


def marked_copy(
    home: Home, path: Path, problems: Iterable[Problem], results: Mapping[int, RowWords] | None = None
) -> bytes:
    """A copy of a sheet with the faulty cells coloured and commented, and what became of its rows in three columns.

    Those columns are added where the sheet has none yet. All else stays as it is; marks of an earlier copy go. The
    faults of a row are also said in its column of problems. Raises `InvalidInput` for a file that cannot be read.
    """
    from riskgen.workbook.marking import is_merged_too_far, mark

    head, _, found = _opened(home, path)
    if head is None:
        raise InvalidInput(found)
    if is_merged_too_far(path):
        message = "So many of its cells are merged that no copy with marks can be made of it."
        raise InvalidInput([Problem(head.shown, 0, "sheet-merged", message, "Unmerge the cells, and save it again.")])
    marks: dict[tuple[int, int], list[str]] = {}
    said: dict[int, list[str]] = {}
    for problem in (each for each in problems if each.line and each.severity == "fault"):
        words = f"{problem.message} {problem.hint}".strip()
        said.setdefault(problem.line, []).append(words)
        if at := _place(head, problem):
            marks.setdefault(at, []).append(words)
    rows = dict(results or {})
    for row, sentences in said.items():
        before = rows.get(row, RowWords())
        if row > head.row and not before.problems:
            rows[row] = replace(before, problems="\n".join(sentences))
    written = {row: each.by_column() for row, each in rows.items()}
    return mark(path, VISITS_SHEET, head.row, {name: head.column(name) for name in RESULTS}, marks, written)


def _place(head: Head, problem: Problem) -> tuple[int, int] | None:
    """The cell that a fault is about, as row and column: the one that it names, or else that of its question."""
    if named := _ADDRESS.match(problem.message):
        letters = named[1].rstrip("0123456789")
        return int(named[1][len(letters) :]), _number(letters)
    name, _, number = problem.field.partition("/")
    column = head.column(f"{name}.{number}" if name == VISITORS and number else name)
    return (problem.line, column) if column else None


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
