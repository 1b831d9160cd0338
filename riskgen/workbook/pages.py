"""A page of small tables, notes and headings: its rows, and where each table came to stand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from riskgen.workbook.blocks import Block
from riskgen.workbook.cells import Cell, Value, row_xml
from riskgen.workbook.counts import Count
from riskgen.workbook.stream import Rows
from riskgen.workbook.styles import Look, Styles

Shown = Callable[[Count], Value]
"""How a count is shown: as a formula, or as a rounded number."""


@dataclass(frozen=True)
class Placed:
    """Where a table came to stand: the row of its head, and how many lines are below it."""

    block: Block
    head: int
    lines: int


@dataclass
class Page:
    """The rows of a page, in order."""

    styles: Styles
    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    widest: int = 1

    def title(self, text: str) -> None:
        self.row([(text, Look.TITLE)])

    def section(self, text: str) -> None:
        """A heading, with a row of space before it."""
        self.row([])
        self.row([(text, Look.SECTION)])

    def note(self, text: str) -> None:
        self.row([(text, Look.NOTE)])

    def row(self, cells: Sequence[tuple[Value, Look]]) -> None:
        self._add(tuple(Cell(value, self.styles.number(look)) for value, look in cells))

    def block(self, block: Block, shown: Shown, fills: Sequence[Sequence[tuple[str, str]]] = ()) -> None:
        """A small table under its heading. `fills` are the colour and the word of each cell of a heat map."""
        self.section(block.title)
        head = len(self.rows) + 1
        self.row([(text, Look.HEAD) for text in block.over])
        for number, line in enumerate(block.lines):
            look = Look.MONTH if isinstance(line.label, date) else Look.LABEL
            cells = [Cell(line.label, self.styles.number(look))]
            for place, count in enumerate(line.counts):
                fill, word = fills[number][place] if fills else ("", "")
                cells.append(Cell(shown(count), self.styles.number(Look.COUNT, fill, word)))
            self._add(tuple(cells))
        self.placed.append(Placed(block, head, len(block.lines)))

    def _add(self, cells: tuple[Cell, ...]) -> None:
        self.rows.append(cells)
        self.widest = max(self.widest, len(cells))

    def write(self, rows: Rows) -> None:
        """Put the page at the next row of a sheet."""
        for cells in self.rows:
            rows.add(row_xml(rows.next, cells))
