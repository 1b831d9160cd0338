"""A page of small tables, notes and headings: its rows, and where each table came to stand."""

from collections.abc import Callable, Sequence
from datetime import date

from riskgen.core.struct import Struct, field
from riskgen.workbook.blocks import Block
from riskgen.workbook.cells import RISKY_LEADS, Cell, Value, height_of, row_xml
from riskgen.workbook.counts import Count
from riskgen.workbook.stream import Rows
from riskgen.workbook.styles import WRAPPED, Look, Styles

_HEIGHTS = {Look.TITLE: 27.0, Look.SECTION: 20.0}
"""Points."""

Shown = Callable[[Count], Value]
"""How a count is shown: as a formula, or as a rounded number."""


class Placed(Struct, frozen=True):
    """Where a table came to stand: the row of its head, and how many lines are below it."""

    block: Block
    head: int
    lines: int


class Page(Struct):
    """The rows of a page, in order."""

    styles: Styles
    widths: Sequence[float]
    rows: list[tuple[tuple[Cell, ...], float]] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)

    @property
    def columns(self) -> int:
        """How many columns the widest row has."""
        return max((len(cells) for cells, _ in self.rows), default=1)

    def title(self, text: str) -> None:
        self.row([(text, Look.TITLE)])

    def section(self, text: str) -> None:
        """A heading, with a row of space before it."""
        self.row([])
        self.row([(text, Look.SECTION)])

    def note(self, text: str) -> None:
        self.row([(text, Look.NOTE)])

    def row(self, cells: Sequence[tuple[Value, Look]]) -> None:
        wrapped = zip(cells, self.widths, strict=False)
        height = height_of((value, width) for (value, look), width in wrapped if look in WRAPPED)
        height = max([height, *(_HEIGHTS.get(look, 0) for _, look in cells)])
        self.rows.append((tuple(self._cell(value, look) for value, look in cells), height))

    def block(self, block: Block, shown: Shown, fills: Sequence[Sequence[tuple[str, str]]] = ()) -> None:
        """A small table under its heading. `fills` are the colour and the word of each cell of a heat map."""
        self.section(block.title)
        self.placed.append(Placed(block, len(self.rows) + 1, len(block.lines)))
        self.row([(text, Look.HEAD) for text in block.over])
        for number, line in enumerate(block.lines):
            look = Look.MONTH if isinstance(line.label, date) else Look.LABEL
            cells = [self._cell(line.label, look)]
            for place, count in enumerate(line.counts):
                fill, word = fills[number][place] if fills else ("", "")
                value = shown(count)
                if word and isinstance(value, str):  # a text has no format to put the word behind it
                    value = f"{value} · {word}"
                cells.append(Cell(value, self.styles.number(Look.COUNT, fill, word)))
            self.rows.append((tuple(cells), height_of([(line.label, self.widths[0])])))

    def _cell(self, value: Value, look: Look) -> Cell:
        quoted = isinstance(value, str) and value.startswith(RISKY_LEADS)
        return Cell(value, self.styles.number(look, quoted=quoted))

    def write(self, rows: Rows) -> None:
        """Put the page at the next row of a sheet."""
        for cells, height in self.rows:
            rows.add(row_xml(rows.next, cells, height))
