"""Cells as Excel stores them: what each kind of value becomes in the XML of a sheet.

Text is text, whatever it begins with: it is written as a string of its own, never as a formula, a number or an error.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from html import escape
from math import ceil

from riskgen.core.struct import Struct
from riskgen.files.text import mend
from riskgen.files.visit_columns import column_letter

LONGEST_TEXT = 32_767
"""Characters that Excel keeps in one cell; it drops what is longer without a word."""
LINE = 15.0
"""Points that a line of 11-point text takes."""
_FITS = 1 / 1.05
"""Characters of 11-point text that stand on a unit of width: words do not fill a line to its end."""
RISKY_LEADS = ("=", "+", "-", "@", "\t", "\r")
"""How text begins that Excel takes for a formula when somebody edits its cell. Such cells say that they are text."""
_EPOCH = date(1899, 12, 30)
_DAY = 86_400
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_AS_IT_STANDS = re.compile(r"[0-9A-Za-z][ !-%'-;=?-^`-~\xa0-\u2027\u202a-\ud7ff]{0,1000}(?<! )").fullmatch
"""Text that needs no second look, as nearly all: it begins with a letter or a digit, ends with no space, and has
nothing that would have to be escaped, mended or cut."""
_CUT = " … (cut here: it is longer than a cell can hold)"

Plain = str | int | float | date | time | datetime | None
"""What a cell may hold; None leaves it empty."""


class Formula(Struct, frozen=True):
    """A formula, without its equals sign, and the value that it has now: viewers that do not calculate show that."""

    text: str
    value: str | int | float = ""


Value = Plain | Formula


class Cell(Struct, frozen=True):
    """A value and the number of its style in the workbook."""

    value: Value
    style: int = 0


def row_xml(number: int, cells: Iterable[Cell], height: float = 0) -> str:
    """The XML of one row, `number` from 1, its cells from column A. Empty cells that have a style are written too.

    `height` is in points; without one it is that of a single line.
    """
    found = [
        _cell(f"{column_letter(column)}{number}", cell)
        for column, cell in enumerate(cells, 1)
        if cell.value is not None or cell.style
    ]
    return f'<row r="{number}"{_tall(height)}>{"".join(found)}</row>'


def row_of(
    number: int, values: Sequence[Value], styles: Sequence[int], height: float = 0, quoted: Sequence[int] = ()
) -> str:
    """As `row_xml`, for rows by the thousand: values beside the styles of their columns, empty ones left out.

    `quoted` are the styles for texts that begin as a formula does, where they have others.
    """
    cells = []
    for value, (name, style, risky, text, plain) in zip(values, _columns(tuple(styles), tuple(quoted)), strict=True):
        if isinstance(value, str) and _AS_IT_STANDS(value):
            cells.append(f'<c r="{name}{number}{text}{value}</t></is></c>')
        elif type(value) is int:
            cells.append(f'<c r="{name}{number}{plain}{value}</v></c>')
        elif isinstance(value, (date, time)):
            cells.append(f'<c r="{name}{number}{plain}{serial(value)!r}</v></c>')
        elif value is not None and value != "":
            leads = isinstance(value, str) and value.startswith(RISKY_LEADS)
            cells.append(_xml(f"{name}{number}", value, risky if leads else style))
    return f'<row r="{number}"{_tall(height)}>{"".join(cells)}</row>'


@lru_cache(maxsize=16)
def _columns(styles: tuple[int, ...], quoted: tuple[int, ...]) -> tuple[tuple[str, int, int, str, str], ...]:
    """Of each column its letter, its styles, and how a cell of text and one of a number go on after their address."""
    return tuple(
        (column_letter(column), style, risky, f'" s="{style}" t="inlineStr"><is><t>', f'" s="{style}"><v>')
        for column, (style, risky) in enumerate(zip(styles, quoted or styles, strict=True), 1)
    )


def _tall(height: float) -> str:
    return f' ht="{height:g}"' if height else ""


def height_of(texts: Iterable[tuple[Value, float]], line: float = LINE, fits: float = _FITS) -> float:
    """The height in points that wrapped texts need, each beside the width of its column; 0 for a single line.

    `line` is how high one of them is, and `fits` how many characters of the font stand on a unit of width. Excel works
    the height out anew when it opens a workbook, unless it is told otherwise; other programs show it as it stands.
    """
    lines = max((_lines(text, width * fits) for text, width in texts if isinstance(text, str)), default=1)
    return line * lines if lines > 1 else 0


def _lines(text: str, characters: float) -> int:
    return sum(max(ceil(len(line) / characters), 1) for line in text.split("\n"))


def serial(value: date | time | datetime) -> float | int:
    """A date or a time as Excel counts it: days since 30 December 1899, and parts of a day."""
    if isinstance(value, time):
        return (value.hour * 3600 + value.minute * 60 + value.second) / _DAY
    if isinstance(value, datetime):
        return (value.date() - _EPOCH).days + (value.hour * 3600 + value.minute * 60 + value.second) / _DAY
    return (value - _EPOCH).days


def text_xml(text: str) -> str:
    """Text as the content of an element: what XML cannot hold is marked, and what Excel would unpack is kept whole."""
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT - len(_CUT)] + _CUT
    if not text.isprintable():  # most text is, and then there is nothing to look for
        text = mend(text)
    if "_x" in text:
        text = _LOOKS_ESCAPED.sub("_x005F_", text)
    return escape(text, quote=False)


def _cell(address: str, cell: Cell) -> str:
    if cell.value is None:
        return f'<c r="{address}" s="{cell.style}"/>'
    return _xml(address, cell.value, cell.style)


def _xml(address: str, value: Value, style: int) -> str:
    if isinstance(value, str):
        return f'<c r="{address}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text_xml(value)}</t></is></c>'
    if isinstance(value, Formula):
        kind = ' t="str"' if isinstance(value.value, str) else ""
        shown = text_xml(value.value) if isinstance(value.value, str) else repr(value.value)
        return f'<c r="{address}" s="{style}"{kind}><f>{escape(value.text, quote=False)}</f><v>{shown}</v></c>'
    if isinstance(value, (date, time)):
        return f'<c r="{address}" s="{style}"><v>{serial(value)!r}</v></c>'
    return f'<c r="{address}" s="{style}"><v>{value!r}</v></c>'
