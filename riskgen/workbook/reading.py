"""Reading a table from a workbook or a CSV file that somebody else made, in bounded time and memory."""

import csv
import io
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from riskgen.core.problem import Problem
from riskgen.core.struct import Discreet, Struct, replace
from riskgen.files.text import clean, folded, in_two, mend
from riskgen.files.visit_columns import column_letter
from riskgen.workbook.package import (
    LARGEST_FILE,
    MOST_MERGED,
    SAVE_AGAIN,
    Extent,
    Merged,
    Package,
    Refused,
    damaged,
    look_into,
)

MOST_ROWS = 5_000
MOST_COLUMNS = 300
MOST_CELLS = 500_000
"""Cells with something in them; as Python keeps them, about 100 MB."""
LONGEST_TEXT = 32_767
"""Characters; Excel itself has no more in a cell."""
MOST_FAULTS = 5_000
"""Cells that cannot be read: one in every row that is."""
MOST_TITLES, LONGEST_TITLE = 10, 31
"""Sheets that a message names, and the characters that Excel allows in a title."""
_WORKBOOK_ENDINGS = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls"})
_OTHER_ENDINGS = {
    ".ods": "an OpenDocument spreadsheet",
    ".fods": "an OpenDocument spreadsheet",
    ".numbers": "a Numbers spreadsheet",
    ".gsheet": "a link to a Google sheet",
    ".docx": "a Word document",
    ".doc": "a Word document",
    ".pdf": "a PDF",
}
_FROM_ELSEWHERE = "Open it in the program that it is from, and save or export it as an Excel workbook (.xlsx)."
_TEXT_ENDINGS = frozenset({".csv", ".txt", ".tsv"})
_FIRST_SURE_DAY = datetime(1900, 3, 1)
"""Excel counts a 29 February 1900 that there was not, so what it shows for the days before is not what was meant."""
_LONGEST_EXACT = 10**15
_NOT_SHOWN_SO = re.compile(r'\[[^\]]*\]|"[^"]*"|\\.')
"""What in the format of a number is no letter of a date: colours and languages, text, and single characters."""
_HAS_A_TIME = re.compile("[hs]", re.IGNORECASE)

Value = str | int | float | bool | datetime | date | time


class Cell(Struct, frozen=True):
    """One cell with something in it. `row` and `column` count from 1; the number format is as Excel writes it.

    Text has been through `files.text.clean` and is never empty. Dates are right for the workbook's epoch; a cell that
    is formatted as a date alone is a `date`, one with a time too a `datetime`.
    """

    row: int
    column: int
    value: Value
    number_format: str = "General"

    @property
    def address(self) -> str:
        return f"{column_letter(self.column)}{self.row}"


class Table(Discreet, frozen=True):
    """The rows of one sheet in order, empty ones left out; a row has only its cells that hold something.

    `shown` is the file as messages name it, `sheet` the title of the sheet; empty for CSV. What is hidden in the
    sheet, or filtered away, is among the rows. Of `merged` cells only the first of each range can hold something.
    `content` is what the file of a workbook held.
    """

    shown: str
    sheet: str
    rows: Sequence[tuple[Cell, ...]]
    merged: tuple[Merged, ...] = ()
    content: bytes = b""


def read_table(path: Path, sheets: Sequence[str] = ()) -> tuple[Table | None, tuple[Problem, ...]]:
    """The table in a file, and what is wrong with it. Never raises for what a file may hold.

    The first sheet of those titles is read; without any, the first that is not hidden. Capitals and spaces make no
    difference where no title is just that. None stands for a file that cannot be read. Single cells that cannot be are
    left out of the table: their problems have the row as `line` and the address, such as C5, as `field`. Of a formula
    the result that was last saved is read; nothing is worked out, and no link to another workbook is followed.
    """
    shown = str(path)
    try:
        if other := _OTHER_ENDINGS.get(path.suffix.lower()):
            raise Refused("not-workbook", f"The file is {other} ({path.suffix.lower()}).", _FROM_ELSEWHERE)
        data = _bytes(path)
        if data.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
            table, problems = _read_workbook(look_into(data), shown, sheets)
            return replace(table, content=data) if table else None, problems
        if path.suffix.lower() in _TEXT_ENDINGS:
            return _read_csv(data, shown)
        kind = "an Excel workbook" if path.suffix.lower() in _WORKBOOK_ENDINGS else "an Excel workbook or a CSV file"
        raise Refused("not-workbook", f"The file is not {kind}.", SAVE_AGAIN)
    except Refused as refused:
        return None, (Problem(shown, 0, refused.code, refused.message, refused.hint),)


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise Refused("missing", "This is a folder, not a file.", "Name a file inside it.")
        if path.exists() and not path.is_file():  # a pipe or a device may never end
            raise Refused("missing", "This is not a file.", "Name a file on a disk.")
        if path.stat().st_size > LARGEST_FILE:
            hint = "Copy the sheet's table alone into a new workbook, as values."
            raise Refused("size", f"The file is larger than {LARGEST_FILE // 1_000_000} MB.", hint)
        data = path.read_bytes()
    except (FileNotFoundError, ValueError):  # of a name that no file can have
        raise Refused("missing", "There is no such file.", "Check the name and the folder.") from None
    except OSError as error:
        hint = "Close it in Excel, or check who may read it."
        raise Refused("unreadable", f"The file cannot be read: {error.strerror}.", hint) from error
    if not data.strip():
        raise Refused("empty", "The file is empty.", "Check that it is the right one.")
    return data


class _Collected:
    """The cells that were read, and what is wrong with others, up to the limits."""

    def __init__(self, shown: str) -> None:
        self._shown = shown
        self._cells = 0
        self.rows: list[tuple[Cell, ...]] = []
        self.problems: list[Problem] = []

    def add(self, cells: Iterable[Cell]) -> None:
        """Add a row of cells. Raises `Refused` if it is one too many."""
        row = tuple(cell for cell in cells if self._held(cell))
        self._cells += len(row)
        if row:
            self.rows.append(row)
        if len(self.rows) > MOST_ROWS:
            raise _too_far(f"more than {MOST_ROWS:,} rows")
        if self._cells > MOST_CELLS:
            raise _too_far(f"more than {MOST_CELLS:,} cells")

    def fault(self, row: int, column: int, message: str, hint: str) -> None:
        address = f"{column_letter(column)}{row}"
        if len(self.problems) >= MOST_FAULTS:
            message = f"More than {MOST_FAULTS:,} cells cannot be read. {self.problems[0].message}"
            raise Refused("faults", message, hint)
        self.problems.append(Problem(self._shown, row, "table-cell", f"{address} {message}", hint, field=address))

    def table(self, sheet: str, merged: tuple[Merged, ...] = ()) -> tuple[Table | None, tuple[Problem, ...]]:
        if not self.rows and not self.problems:
            what = f"The sheet {_named(sheet)}" if sheet else "The file"
            raise Refused("empty", f"{what} is empty.", "Check that it is the right one.")
        return Table(self._shown, sheet, tuple(self.rows), merged), tuple(self.problems)

    def _held(self, cell: Cell) -> bool:
        return cell.value != ""


def _too_far(what: str) -> Refused:
    return Refused("size", f"The table has {what}.", "Split it into several files, or delete what is not needed.")


# --- CSV --------------------------------------------------------------------------------------------


def _read_csv(data: bytes, shown: str) -> tuple[Table | None, tuple[Problem, ...]]:
    """A row is a record, as Excel numbers it; lines within quotes do not count."""
    text = _decoded(data)
    found = _Collected(shown)
    csv.field_size_limit(LARGEST_FILE)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for number, record in enumerate(reader, 1):
            if len(record) > MOST_COLUMNS and any(each.strip() for each in record[MOST_COLUMNS:]):
                raise _too_far(f"more than {MOST_COLUMNS} columns")
            values = ((column, _text(found, number, column, raw)) for column, raw in enumerate(record, 1) if raw)
            found.add(Cell(number, column, value) for column, value in values)
    except csv.Error:
        hint = "Look at the quotation marks on this line: each that opens must close, and those in a text are doubled."
        problem = Problem(shown, reader.line_num, "table-csv", "A line cannot be read as CSV.", hint)
        return None, (problem,)
    return found.table("")


def _decoded(data: bytes) -> str:
    """Text as Excel, or a system of a school, writes it: UTF-8 or UTF-16 if it says so, else the one for Windows."""
    encodings = ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    hint = "Save it again as 'CSV UTF-8'."
    raise Refused("not-text", "The file is not text as Excel saves it.", hint)


def _delimiter(text: str) -> str:
    """What stands between the fields of the first line that holds something, outside of quotation marks."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside = "".join(first.split('"')[::2])
    return max(",;\t", key=outside.count)


def _text(found: _Collected, row: int, column: int, raw: str) -> str:
    """The text of a cell as it is stored; empty, with a fault, if it cannot be."""
    value, reason = clean(raw, one_line=False, longest=LONGEST_TEXT)
    if reason:
        message, hint = in_two(reason)
        found.fault(row, column, message.removeprefix("It "), hint)
    return value


# --- workbooks --------------------------------------------------------------------------------------


def _read_workbook(package: Package, shown: str, sheets: Sequence[str]) -> tuple[Table | None, tuple[Problem, ...]]:
    found = _Collected(shown)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what openpyxl leaves out, none of which is read
        try:
            book = _opened(package)
            try:
                sheet = _chosen(book, sheets)
                extent = _extent_of(sheet, package)
                _collect(sheet, extent, found)
                return found.table(str(sheet.title), extent.merged)
            finally:
                book.close()
        except Refused:
            raise
        except Exception as error:  # openpyxl raises of every kind for a workbook that is not as it should be
            raise damaged() from error


def _opened(package: Package) -> Any:
    import openpyxl

    if not openpyxl.DEFUSEDXML:
        message = "The variable OPENPYXL_DEFUSEDXML turns off what makes it safe to open workbooks of others."
        raise Refused("unsafe", message, "Take it out of the environment.")
    return openpyxl.load_workbook(package.content, read_only=True, data_only=True, keep_links=False)


def _chosen(book: Any, sheets: Sequence[str]) -> Any:
    """The sheet to read. Raises `Refused` where there is none of the titles, or it is hidden or one of several."""
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not sheets:
        if not visible:
            raise Refused("sheet", "The workbook has no sheet that can be seen.", "Check that it is the right one.")
        return visible[0]
    for title in sheets:
        alike = [sheet for sheet in book.worksheets if folded(sheet.title) == folded(title)]
        found = [sheet for sheet in alike if sheet.title == title] or alike
        if len(found) > 1:
            message = f"Several sheets differ only in spaces or capitals: {_titles(found)}."
            raise Refused("sheet", message, f"Name the one that is meant '{title}', just so.")
        for sheet in found:
            if sheet not in visible:
                hint = "Show it in Excel, see that it is the right one, and save the workbook."
                raise Refused("hidden", f"The sheet {_named(sheet.title)} is hidden.", hint)
            return sheet
    there = _titles(visible) or "none that can be seen"
    wanted = " or ".join(f"'{title}'" for title in sheets)
    raise Refused("sheet", f"There is no sheet {wanted}.", f"The workbook has: {there}. Rename the sheet that it is.")


def _titles(sheets: Sequence[Any]) -> str:
    names = [_named(sheet.title) for sheet in sheets[:MOST_TITLES]]
    return ", ".join((*names, "and others") if len(sheets) > MOST_TITLES else names)


def _named(title: str) -> str:
    """The title of a sheet as messages give it: no longer than Excel allows, without what cannot be printed."""
    tidy, _ = clean(mend(title)[:LONGEST_TITLE], one_line=True, longest=LONGEST_TITLE)
    return f"'{tidy}'"


def _extent_of(sheet: Any, package: Package) -> Extent:
    """How far the sheet reaches; refused, before any of it is read, if that is too far."""
    extent = package.extents.get(sheet._worksheet_path, Extent())
    if extent.last_column > MOST_COLUMNS:
        hint = "Delete what stands far to the right of the table, such as a stray cell."
        where = f"The table has something in {extent.farthest}, and at most {MOST_COLUMNS} columns are read."
        raise Refused("size", where, hint)
    if len(extent.rows) > MOST_ROWS:
        raise _too_far(f"{len(extent.rows):,} rows; at most {MOST_ROWS:,} are read")
    if extent.cells > MOST_CELLS:
        raise _too_far(f"{extent.cells:,} cells; at most {MOST_CELLS:,} are read")
    if len(extent.merged) > MOST_MERGED:
        hint = "Unmerge them in Excel (Merge & Centre), and save it again."
        raise Refused("merged", f"The sheet has more than {MOST_MERGED:,} groups of merged cells.", hint)
    return extent


def _collect(sheet: Any, extent: Extent, found: _Collected) -> None:
    """Every cell up to the last that holds something. What stands after it, such as merged ranges, is never read."""
    if not extent.rows:
        return
    last = max(extent.rows)
    sheet.reset_dimensions()  # what it says of its own size may be wrong
    rows = sheet.iter_rows(min_row=1, min_col=1, max_row=last, max_col=extent.last_column)
    for number, row in enumerate(rows, 1):
        if number in extent.rows:  # all others are empty, and there may be a million of them
            found.add(_cells(row, number, extent, found))
        if number == last:
            break
    rows.close()


def _cells(row: Iterable[Any], number: int, extent: Extent, found: _Collected) -> Iterator[Cell]:
    for column, cell in enumerate(row, 1):
        if (number, column) in extent.uncomputed:
            found.fault(number, column, "holds a formula without a result.", "Open the file in Excel, and save it.")
        elif cell.value is not None:
            yield Cell(number, column, _value(cell, number, column, found), cell.number_format)


def _value(cell: Any, row: int, column: int, found: _Collected) -> Value:
    """What a cell holds; empty, with a fault, if it cannot be told."""
    value = cell.value
    if cell.data_type == "e":
        message = "holds an error of Excel in place of a value."
        found.fault(row, column, message, "Put in what belongs there, or empty the cell.")
        return ""
    if isinstance(value, str):
        from openpyxl.utils.escape import unescape

        return _text(found, row, column, unescape(value))
    if isinstance(value, (datetime, time, timedelta)):
        return _moment(value, cell, row, column, found)
    if isinstance(value, float):
        return _number(value, row, column, found)
    return value if isinstance(value, (bool, int, date)) else str(value)


def _number(value: float, row: int, column: int, found: _Collected) -> Value:
    if not -_LONGEST_EXACT < value < _LONGEST_EXACT:
        found.fault(row, column, "holds a number too long for Excel to keep exactly.", "Write it as text.")
        return ""
    return int(value) if value.is_integer() else value


def _moment(value: datetime | time | timedelta, cell: Any, row: int, column: int, found: _Collected) -> Value:
    from openpyxl.utils.datetime import WINDOWS_EPOCH

    day_alone = not _HAS_A_TIME.search(_NOT_SHOWN_SO.sub("", cell.number_format))
    if isinstance(value, timedelta):
        if timedelta(0) <= value < timedelta(days=1):
            return (datetime.min + value).time()
        found.fault(row, column, "holds a length of time, not a time of day.", "Write it as a time, such as 15:30.")
        return ""
    early = isinstance(value, datetime) and value < _FIRST_SURE_DAY and cell.parent.parent.epoch == WINDOWS_EPOCH
    if early or (isinstance(value, time) and day_alone):
        found.fault(row, column, "holds a day before March 1900.", "Excel counts those wrongly. Write it as text.")
        return ""
    if isinstance(value, datetime) and day_alone and value.time() == time():
        return value.date()
    return value
