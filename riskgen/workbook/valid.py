"""Workbooks that are what the standard says: mends for what openpyxl writes, and how a workbook is saved.

openpyxl writes the elements of a font in an order of its own. Excel lets that pass; Microsoft's Open XML SDK does not.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from riskgen.files.text import mend
from riskgen.workbook.cells import RISKY_LEADS

FONT_ORDER = (
    "b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color", "name", "family",
    "charset", "scheme",
)  # fmt: skip
"""The elements of a font as CT_Font has them."""
LANGUAGE = "en-GB"
_APP = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties xmlns="http://schemas.openxmlformats.org/'
    b'officeDocument/2006/extended-properties"><Application>riskgen</Application></Properties>'
)
_FORMULA = re.compile(rb'<c r="([A-Z]{1,3}[0-9]+)"([^>]*)>(<f[^>]*>[^<]*</f>)<v\s*(?:/>|></v>)</c>')

_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})

Shown = Mapping[tuple[str, str], Any]
"""What formulas come to, by the part of the package and the cell: ("xl/worksheets/sheet1.xml", "A5")."""


def mend_fonts() -> None:
    """Have openpyxl write the elements of a font in the order of the standard, in this process."""
    from openpyxl.styles.fonts import Font

    Font.__elements__ = FONT_ORDER


def new_workbook(title: str, made_at: datetime) -> Any:
    """An empty workbook of openpyxl, without sheets, that names its title and its language and no author."""
    from openpyxl import Workbook

    mend_fonts()
    book = Workbook()
    book.remove(book.active)
    now = made_at.astimezone(UTC).replace(tzinfo=None)
    book.properties.title, book.properties.language = title, LANGUAGE
    book.properties.creator = book.properties.lastModifiedBy = None
    book.properties.created = book.properties.modified = now
    return book


def set_margins(sheet: Any) -> None:
    """The margins of a page, in inches, with room for the letters of its foot."""
    margins = sheet.page_margins
    margins.left = margins.right = 0.4
    margins.top, margins.bottom = 0.6, 0.8
    margins.header = margins.footer = 0.3


def saved(book: Any, shown: Shown | None = None) -> bytes:
    """The bytes of a workbook of openpyxl.

    A formula is saved with what it comes to, as `shown` says: programs that do not work out formulas, such as the
    protected view of Excel, show that. Without `shown`, each comes to an empty text.
    """
    mend_fonts()
    raw, result = io.BytesIO(), io.BytesIO()
    book.save(raw)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = _APP if name == "docProps/app.xml" else old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                content = _FORMULA.sub(partial(_with_value, name, shown), content)
            new.writestr(name, content)
    return result.getvalue()


def _with_value(part: str, shown: Shown | None, found: re.Match[bytes]) -> bytes:
    """A cell with a formula, and what it comes to, where that is known."""
    at, style, formula = found[1], found[2], found[3]
    value = "" if shown is None else shown.get((part, at.decode()))
    if value is None:
        return b'<c r="%b"%b>%b</c>' % (at, style, formula)
    kind, text = b"str", str(value)
    if isinstance(value, bool):
        kind, text = b"b", str(int(value))
    elif isinstance(value, int | float):
        kind = b"n"
    elif value in _ERRORS:
        kind = b"e"
    return b'<c r="%b"%b t="%b">%b<v>%b</v></c>' % (at, style, kind, formula, escape(text).encode())


def put_text(cell: Any, text: str) -> None:
    """Put a text into a cell. It stays text, whatever it begins with; what XML cannot hold becomes U+FFFD, visibly."""
    cell.value = text = mend(text)
    cell.data_type = "s"
    if text.startswith(RISKY_LEADS):
        cell.quotePrefix = True


def cut(text: str, longest: int) -> str:
    """Text for a place that holds only so many characters, with an ellipsis where something was left out."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
