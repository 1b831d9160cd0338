"""The styles of our workbooks: one set, by what a cell is for. Nothing is told by colour alone."""

from collections.abc import Mapping
from enum import StrEnum

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

_FONT = "Calibri"
_INK, _HEAD, _LINE = "1F3864", "D9E2F3", "BFBFBF"


class Look(StrEnum):
    """What a cell is for."""

    TITLE = "title"
    SECTION = "section"
    NOTE = "note"
    HEAD = "head"
    TEXT = "text"
    LONG = "long"
    LABEL = "label"
    DATE = "date"
    TIME = "time"
    MOMENT = "moment"
    MONTH = "month"
    NUMBER = "number"
    COUNT = "count"


_FORMATS: Mapping[Look, str] = {
    Look.DATE: "dd/mm/yyyy",
    Look.TIME: "hh:mm",
    Look.MOMENT: "dd/mm/yyyy hh:mm",
    Look.MONTH: "mmmm yyyy",
    Look.NUMBER: "0",
    Look.COUNT: "#,##0",
}
_TABLED = frozenset({Look.HEAD, Look.LABEL, Look.COUNT, Look.MONTH})
"""What stands in the small tables of a page and has lines about it."""
WRAPPED = frozenset({Look.HEAD, Look.LONG, Look.LABEL})
"""What goes on in the next line where it is too long for its column."""
_ALIGNED: Mapping[Look, str] = {
    **dict.fromkeys((Look.DATE, Look.TIME, Look.MOMENT, Look.NUMBER), "center"),
    **dict.fromkeys((Look.COUNT,), "right"),
    Look.MONTH: "left",
}
"""Where other looks than text stand in their cells: numbers beside texts would otherwise run into them."""


class Styles:
    """The numbers that styles have in one workbook; each is put into it when it is first asked for."""

    def __init__(self, book: Workbook) -> None:
        # A style is put into a workbook through a cell, and this one is in none of its sheets.
        self._cell = Cell(Worksheet(book), row=1, column=1)
        self._found: dict[tuple[Look, str, str, bool], int] = {}

    def number(self, look: Look, fill: str = "", suffix: str = "", *, quoted: bool = False) -> int:
        """The number of a style. `fill` colours the cell; `suffix` is a word that stands after its number; `quoted` is
        for a text that begins as a formula does."""
        key = (look, fill, suffix, quoted)
        if key not in self._found:
            self._found[key] = self._make(look, fill, suffix, quoted)
        return self._found[key]

    def _make(self, look: Look, fill: str, suffix: str, quoted: bool) -> int:
        cell = self._cell
        cell.style = "Normal"
        bold = look in (Look.TITLE, Look.SECTION, Look.HEAD)
        size = {Look.TITLE: 18, Look.SECTION: 13}.get(look, 11)
        cell.font = Font(name=_FONT, size=size, bold=bold, color=_INK if bold else "000000")
        cell.alignment = Alignment(
            horizontal=_ALIGNED.get(look), vertical="center" if look is Look.HEAD else "top", wrap_text=look in WRAPPED
        )
        colour = fill or (_HEAD if look is Look.HEAD else "")
        cell.fill = PatternFill("solid", start_color=colour, end_color=colour) if colour else PatternFill()
        edge = Side(style="thin", color=_LINE)
        cell.border = Border(edge, edge, edge, edge) if look in _TABLED else Border()
        cell.number_format = _FORMATS.get(look, "General")
        if suffix:
            words = suffix.replace('"', "")
            cell.number_format = f'#,##0" · {words}"'
        cell.quotePrefix = quoted
        return int(cell.style_id)
