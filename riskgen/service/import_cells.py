"""What the cells of an export say: the text that somebody typed, or a fault where Excel made it something else."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time

from riskgen.core.problem import Problem
from riskgen.core.struct import Struct, field
from riskgen.files.answers import UNKNOWN
from riskgen.files.figures import REFERENCE_AS_TEXT, REFERENCE_SPOILT, as_shown, reference_typed
from riskgen.files.spoken import date_said
from riskgen.files.text import folded
from riskgen.files.visit_columns import REFERENCE
from riskgen.library.imports import Kind, Wanted
from riskgen.service.faults import InvalidInput
from riskgen.service.import_columns import Column, Export, Match, kind_of, on_the_line_of_the_next
from riskgen.workbook.reading import Cell

_AS_TEXT = "Format the column as text in Excel, type it again, and export it anew."
_AS_WORKBOOK = f"{_AS_TEXT} Or export it as an Excel workbook (.xlsx): there a nought that is lost can be put back."
_TIME_OF_DAY = re.compile(r"[ T][0-9]{1,2}:[0-9]{2}.*")
_DIGITS_ALONE = re.compile(r"[1-9][0-9 ]{7,}")
_NATIONAL = (9, 10)
"""Digits of a number of the United Kingdom or the Channel Islands after its leading nought."""
_WITH_COUNTRY = re.compile("44[0-9]{9,10}")


class Found(Struct, frozen=True):
    """What one row says: its fields that say something, with the first cell of each."""

    row: int
    values: dict[str, str] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)


class Rows(Struct, frozen=True):
    """All rows, what is wrong with single cells, and what was mended in others."""

    found: tuple[Found, ...]
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


class _Fault(Exception):  # noqa: N818  # it never leaves this module
    def __init__(self, message: str, hint: str = _AS_TEXT) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def read_rows(export: Export, columns: Match) -> Rows:
    """Every row as texts by field. A cell that is empty says nothing; one that cannot be told is a fault."""
    used = {column.letters for each in columns.columns.values() for column in each}
    problems = [problem for problem in export.unread if problem.field.rstrip("0123456789") in used]
    notes: list[Problem] = []
    rows = []
    for cells in export.rows:
        by_column = {cell.column: cell for cell in cells}
        row = Found(cells[0].row)
        for wanted in export.wanted:
            pieces = []
            for column in columns.columns.get(wanted.field, ()):
                cell = by_column.get(column.number)
                if cell is None:
                    continue
                try:
                    kind = kind_of(wanted, column)
                    text, mended = _reference(cell) if wanted.field == REFERENCE else _text(cell, kind)
                except _Fault as fault:
                    problems.append(export.problem(cell, "import-cell", fault.message, fault.hint))
                    continue
                if mended:
                    notes.append(export.problem(cell, "import-mended", mended))
                if text and folded(text) != UNKNOWN:
                    pieces.append((column, text))
                    row.cells.setdefault(wanted.field, cell)
            if pieces:
                row.values[wanted.field] = _joined(wanted, pieces)
        if row.values:
            rows.append(row)
    return Rows(tuple(rows), tuple(problems), tuple(notes))


def _joined(wanted: Wanted, pieces: Iterable[tuple[Column, str]]) -> str:
    """The pieces of a field as one text. A postcode that stands in the address already is not said twice."""
    whole, between = "", ""
    for column, text in pieces:
        if kind_of(wanted, column) is Kind.POSTCODE and whole and folded(text) in folded(whole):
            continue
        whole += f"{between if whole else ''}{text}"
        between = " " if on_the_line_of_the_next(wanted, column) else wanted.join.between
    return whole


def _text(cell: Cell, kind: Kind) -> tuple[str, str]:
    """What a cell says as text, and what was mended in it, in words. Raises `_Fault`."""
    value = cell.value
    if kind is Kind.DATE:
        return _day(value).isoformat(), ""
    if isinstance(value, (datetime, date, time)):
        what = "a postcode" if kind is Kind.POSTCODE else "a telephone number" if kind is Kind.PHONE else "text"
        raise _Fault(f"holds a date or a time where {what} belongs. Excel may have made it of what was typed.")
    if isinstance(value, bool):
        raise _Fault("holds TRUE or FALSE where text belongs.")
    if isinstance(value, str):
        return (_phone_text(value) if kind is Kind.PHONE else value), ""
    if kind is Kind.POSTCODE:
        raise _Fault("holds a number where a postcode belongs. Excel may have made it of what was typed.")
    return _phone_number(value, cell.number_format) if kind is Kind.PHONE else (as_shown(value, cell.number_format), "")


def _reference(cell: Cell) -> tuple[str, str]:
    """What a cell says as the reference of a family. Raises `_Fault` where Excel may have made it that of another."""
    if isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool):
        if text := reference_typed(cell.value, cell.number_format):
            return text, ""
        raise _Fault(f"{REFERENCE_SPOILT}.", REFERENCE_AS_TEXT)
    return _text(cell, Kind.TEXT)


def _phone_number(value: float, number_format: str) -> tuple[str, str]:
    """A telephone number that Excel keeps as a number, and so without its nought or its plus.

    Mended only where it can have been nothing else; that it was is said.
    """
    digits = as_shown(value, number_format)
    if digits.startswith("0") and digits.isdigit():
        return digits, ""
    if digits.isdigit() and len(digits) in _NATIONAL:
        return f"0{digits}", "was a number without its leading nought, which was put back. Check it."
    if _WITH_COUNTRY.fullmatch(digits):
        return f"+{digits}", "was a number without its leading plus, which was put back. Check it."
    if digits.isdigit() and len(digits) < min(_NATIONAL):
        return digits, ""
    raise _Fault("holds a number that may be a telephone number which lost its beginning or its end in Excel.")


def _phone_text(text: str) -> str:
    digits = text.replace(" ", "")
    if _DIGITS_ALONE.fullmatch(text) and (len(digits) in _NATIONAL or _WITH_COUNTRY.fullmatch(digits)):
        message = "is a telephone number without its leading nought or plus. A program has dropped it."
        raise _Fault(message, _AS_WORKBOOK)
    return text


def _day(value: object) -> date:
    """A day, of a cell that is one or of text; a time of day after it is passed over. Raises `_Fault`."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    hint = "Write it like 2012-03-04, or 04/03/2012 with the day first."
    if not isinstance(value, str):
        raise _Fault("holds a number where a date belongs.", "Format the column as a date in Excel, and look at it.")
    day = date_said(_TIME_OF_DAY.sub("", value))
    if day is None:
        raise _Fault("holds no date.", hint)
    return day


def without_reference(export: Export, row: Found) -> Problem:
    """What is wrong with a row of which nobody can tell whom it is of."""
    message = f"stands in a row without a reference (row {row.row})."
    hint = "Fill in the reference, or leave the row out."
    return export.problem(next(iter(row.cells.values())), "import-reference", message, hint)


def refuse_no_rows(export: Export, rows: Iterable[Found]) -> None:
    """Raise `InvalidInput` where there is nothing to take in."""
    if not tuple(rows):
        message = "Below its headers the file has no row."
        raise InvalidInput([Problem(export.shown, 0, "import-rows", message, "Check that it is the right one.")])


def one_of_each(export: Export, rows: Iterable[Found], key: str) -> tuple[tuple[Found, ...], tuple[Problem, ...]]:
    """The rows put together that have the same reference, capitals apart; a fault for each that contradicts another.

    Rows without a reference are left out.
    """
    by_key: dict[str, Found] = {}
    problems = []
    for row in rows:
        if key not in row.values:
            continue
        above = by_key.setdefault(folded(row.values[key]), row)
        if other := [
            name for name, value in row.values.items() if name != key and above.values.get(name, value) != value
        ]:
            message = f"says otherwise than row {above.row}, which has the same reference."
            hint = "Leave one of the two rows out, or give each a reference of its own."
            problems.append(export.problem(row.cells[other[0]], "import-twice", message, hint))
        for name, value in row.values.items():
            above.values.setdefault(name, value)
            above.cells.setdefault(name, row.cells[name])
    return tuple(by_key.values()), tuple(problems)
