"""Filled-in sheets of planned visits: read row by row, and given back with what is wrong marked in them."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from riskgen.core.problem import Problem
from riskgen.core.struct import Discreet, Struct, replace
from riskgen.core.terms import QuestionType
from riskgen.files.controls import VISITORS
from riskgen.files.visit_columns import (
    REFERENCE,
    RESULT_LABELS,
    RESULT_REFERENCE,
    RESULTS,
    STILL_MISSING,
    VISITS_SHEET,
    column_letter,
    column_number,
    is_visitor_column,
)
from riskgen.intake.example import is_of_the_example, is_the_example
from riskgen.intake.row import (
    Cell,
    Head,
    answers_above,
    fault_of_cell,
    is_begun,
    label_of,
    missing_from,
    read_head,
    sheet_of_row,
    text_in,
)
from riskgen.intake.sheet import Sheet
from riskgen.service.faults import InvalidInput
from riskgen.service.homes import Home
from riskgen.service.references import is_reference

if TYPE_CHECKING:
    from riskgen.workbook.package import Merged

SHEET_FILES = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv"})
"""Endings of files that are taken for sheets of visits. Of those that cannot be read it is said why not."""
MOST_MERGED_TOLD = 20
"""Merged ranges that are told of one by one."""
_ADDRESS = re.compile("([A-Z]{1,3})([1-9][0-9]{0,6}) ")


class Row(Struct, frozen=True):
    """One visit of a sheet. `reference` is that under which it was recorded, if it was, as the sheet says.

    What stands there and is no reference is a fault of the row, and is not in it.
    """

    number: int
    sheet: Sheet
    reference: str = ""


class RowWords(Struct, frozen=True):
    """What became of one row, in words: the reference and the decision of its visit, or what went wrong."""

    reference: str = ""
    decision: str = ""
    problems: str = ""

    def by_column(self) -> dict[str, str]:
        return dict(zip(RESULTS, (self.reference, self.decision, self.problems), strict=True))


def is_sheet_file(path: Path) -> bool:
    return path.suffix.lower() in SHEET_FILES


class Original(Discreet, frozen=True):
    """A sheet as it was when it was read, to be given back with marks: somebody may have saved it anew since.

    `first` says in which column the first answer of each row stands.
    """

    title: str
    head: Head
    content: bytes
    first: Mapping[int, int]


def read_rows(home: Home, path: Path) -> tuple[Iterator[Row], Original | None, tuple[Problem, ...]]:
    """The visits of a sheet, the sheet itself, and every fault and note that is not of one row.

    With such a fault there are no visits, and without the names of its columns no sheet. What a visit cannot be
    without, and a row lacks, is a fault of the row.
    """
    opened, problems = _opened(home, path)
    if opened is None or not opened.head.row:
        return iter(()), None, problems
    head = opened.head
    first = {
        number: next((cell.column for cell in cells if is_begun(head, [cell])), 0)
        for number, cells in opened.rows.items()
    }
    original = Original(opened.title, head, opened.content, first)
    faulty = any(problem.severity == "fault" for problem in problems)
    return iter(()) if faulty else _visits(home, opened), original, problems


def one_visit(home: Home, path: Path) -> Sheet:
    """The answers of a sheet with one visit, like those of any other file: what they lack may still be given."""
    opened, problems = _opened(home, path)
    problems = tuple(problem for problem in problems if problem.severity == "fault")
    if opened is None or problems:
        return Sheet(str(path), problems=problems, unread=True)
    visits = list(_visits(home, opened, whole=False))
    if len(visits) == 1:
        return visits[0].sheet
    words = "holds no visit" if not visits else f"holds {len(visits)} visits, and one is assessed at a time"
    hint = "Fill in a row." if not visits else f"To assess all of them: riskgen batch {quote(str(path))}"
    problem = Problem(str(path), 0, "sheet-rows", f"The sheet {words}.", hint)
    return Sheet(str(path), problems=(problem,), unread=True)


class _Opened(Struct, frozen=True):
    """A sheet whose columns are known. `rows` stand below their names, by number; `faults` are of cells of these."""

    title: str
    head: Head
    rows: Mapping[int, Sequence[Cell]]
    faults: Mapping[int, tuple[Problem, ...]]
    content: bytes


def _opened(home: Home, path: Path) -> tuple[_Opened | None, tuple[Problem, ...]]:
    """A sheet, and what is to be told of the file and its columns."""
    from riskgen.workbook.reading import read_table

    table, problems = read_table(path, (VISITS_SHEET,))
    if table is None:
        return None, problems
    head = read_head(table.shown, table.rows, home.library.questions)
    rows = {cells[0].row: cells for cells in table.rows if cells[0].row > head.row}
    faults: dict[int, tuple[Problem, ...]] = {}
    of_the_head = []
    for problem in problems:
        if problem.line == head.row or not problem.field:
            of_the_head.append(problem)
        elif problem.line > head.row and (fault := fault_of_cell(head, problem, home.library.questions)):
            faults[problem.line] = (*faults.get(problem.line, ()), fault)
    groups = [group.label for group in home.library.groups.values()]
    above = answers_above(head, table.rows, home.library.questions, groups, home.school)
    merged = _merged(home, head, table.merged)
    others = {cell.column for cells in rows.values() for cell in cells}.union(head.others) - set(head.columns)
    told = (column for column in sorted(others) if column not in head.faulty)
    notes = tuple(head.note(column) for column in told) if head.row else ()
    return _Opened(table.sheet, head, rows, faults, table.content), (
        *of_the_head,
        *head.problems,
        *above,
        *merged,
        *notes,
    )


def _merged(home: Home, head: Head, ranges: "Iterable[Merged]") -> Iterator[Problem]:
    """A fault for each merged range among the visits: what shows in several rows or columns is only of its first."""
    read = {number: name for number, name in head.columns.items() if name != STILL_MISSING}
    hint = "Unmerge them in Excel (Merge & Centre), and fill in each cell."
    told = 0
    for each in ranges:
        name = next((read[number] for number in sorted(read) if each.left <= number <= each.right), "")
        if not name or each.bottom <= head.row:
            continue
        told += 1
        if told > MOST_MERGED_TOLD:
            message = f"More than {MOST_MERGED_TOLD} groups of cells are merged."
            yield Problem(head.shown, 0, "sheet-merged", message, hint)
            break
        label = label_of(name, home.library.questions) or RESULT_LABELS[name]
        message = f"{each.cells} ({label}) are merged, so that only the first of them says what all of them show."
        yield Problem(head.shown, max(each.top, head.row + 1), "sheet-merged", message, hint, field=name)


def _visits(home: Home, opened: _Opened, whole: bool = True) -> Iterator[Row]:
    """Each row that is a visit. With `whole`, what a visit cannot be without is a fault where a row lacks it."""
    questions, head = home.library.questions, opened.head
    for number in sorted({*opened.rows, *opened.faults}):
        cells, faults = opened.rows.get(number, ()), opened.faults.get(number, ())
        if not (faults or is_begun(head, cells)):
            continue
        sheet = sheet_of_row(head, number, cells, questions, home.school)
        sheet = replace(sheet, problems=(*faults, *sheet.problems))
        if is_of_the_example(sheet):
            names = [str(cell.value) for cell in cells if _names_somebody(home, head.columns.get(cell.column, ""))]
            if is_the_example(sheet, names, questions) and not faults:
                continue
            sheet = replace(sheet, problems=(*sheet.problems, _over_the_example(head, number)))
        lacking = missing_from(head, number, sheet, questions) if whole else ()
        sheet = replace(sheet, problems=(*sheet.problems, *lacking))
        reference = text_in(head, cells, RESULT_REFERENCE).upper()
        if reference and not is_reference(reference):
            sheet, reference = replace(sheet, problems=(*sheet.problems, _no_reference(head, number))), ""
        yield Row(number, sheet, reference)


def _names_somebody(home: Home, name: str) -> bool:
    """Whether a column is for members of staff."""
    question = home.library.questions.get(name)
    return is_visitor_column(name) or (question is not None and question.type is QuestionType.STAFF)


def _no_reference(head: Head, row: int) -> Problem:
    """What is said of something else where riskgen puts the reference. It may be personal, and is not repeated."""
    at = f"{column_letter(head.column(RESULT_REFERENCE))}{row}"
    message = f"{at} ({RESULT_LABELS[RESULT_REFERENCE]}) holds no reference of a visit."
    hint = "Put the reference back that stood there, such as RA-2026-0001; or empty the cell, if there was none."
    return Problem(head.shown, row, "sheet-reference", message, hint, field=RESULT_REFERENCE)


def _over_the_example(head: Head, row: int) -> Problem:
    at = f"{column_letter(head.column(REFERENCE))}{row}"
    message = f"{at} has the reference of the example, and other answers stand beside it."
    hint = "Give the family's own reference; or clear the row, if it is not meant as a visit."
    return Problem(head.shown, row, "sheet-example", message, hint, field=REFERENCE)


# --- given back -----------------------------------------------------------------------------------


def marked_copy(original: Original, problems: Iterable[Problem], results: Mapping[int, RowWords]) -> bytes:
    """A copy of a sheet with the faulty cells coloured and commented, and what became of its rows in three columns.

    Those columns are added where the sheet has none yet. All else stays as it is; marks of an earlier copy go. A fault
    that is of no cell is marked at the first answer of its row. Raises `InvalidInput` for a sheet of which no copy can
    be made.
    """
    from riskgen.workbook.marking import is_merged_too_far, mark

    head = original.head
    if not original.title:
        message = "This is a CSV file, in which nothing can be marked."
        raise _no_copy(head, "sheet-csv", message, "Save it as an Excel workbook (.xlsx), and use that.")
    marks: dict[tuple[int, int], list[str]] = {}
    said: dict[int, list[str]] = {}
    for problem in (each for each in problems if each.severity == "fault"):
        words = f"{problem.message} {problem.hint}".strip()
        if problem.line:
            said.setdefault(problem.line, []).append(words)
        if at := _place(original, problem):
            marks.setdefault(at, []).append(words)
    rows = dict(results)
    for row, sentences in said.items():
        before = rows.get(row, RowWords())
        if row > head.row and not before.problems:
            rows[row] = replace(before, problems="\n".join(sentences))
    written = {row: each.by_column() for row, each in rows.items()}
    for row, texts in written.items():
        if (row, head.column(RESULT_REFERENCE)) in marks:  # it stays, to be put right by somebody who sees it
            del texts[RESULT_REFERENCE]
    columns = {name: head.column(name) for name in RESULTS}
    try:
        merged = is_merged_too_far(io.BytesIO(original.content))
        if not merged:
            return mark(io.BytesIO(original.content), original.title, head.row, columns, marks, written)
    except Exception as error:  # openpyxl raises of every kind for a workbook that it cannot load whole
        message = f"The workbook cannot be loaded whole ({type(error).__name__}), so no copy with marks can be made."
        hint = "Copy its table into a fresh sheet ('riskgen intake-sheet'), as values."
        raise _no_copy(head, "sheet-copy", message, hint) from error
    message = "So many of its cells are merged that no copy with marks can be made of it."
    raise _no_copy(head, "sheet-merged", message, "Unmerge the cells, and save it again.")


def _no_copy(head: Head, code: str, message: str, hint: str) -> InvalidInput:
    return InvalidInput([Problem(head.shown, 0, code, message, hint)])


def _place(original: Original, problem: Problem) -> tuple[int, int] | None:
    """The cell that a fault is about, as row and column: the one that it names, or else that of its question, or else
    the first answer of its row. None where it is of no row."""
    if named := _ADDRESS.match(problem.message):
        return int(named[2]), column_number(named[1])
    name, _, number = problem.field.partition("/")
    column = original.head.column(f"{name}.{number}" if name == VISITORS and number else name) if name else 0
    column = column or original.first.get(problem.line, 0)
    return (problem.line, column) if problem.line and column else None
