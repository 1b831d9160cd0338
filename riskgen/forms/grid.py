"""The columns of a table whose number of cells depends on what is filled in: as many as its longest row has cells.

docxtpl sees to that in every table of every document. Here a table is looked at once, when its form is compiled, and
again only where filling it in can change how many cells a row has. The widths come out as docxtpl works them out.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

VARIES = "\x0f"
"""Stands before the columns of a table that are to be fitted. XML cannot hold it, so that nothing else does."""
_PIECE = re.compile(
    r'(?P<table><w:tbl[ >])|(?P<grid><w:tblGrid>)|(?P<row><w:tr[ >])|(?P<cell><w:tc[ >])|<w:gridSpan[^>]*? w:val="'
    r'(?P<span>[^"]*)"|(?P<column><w:gridCol[ /])|(?P<endrow></w:tr>)|(?P<endcell></w:tc>)|(?P<endtable></w:tbl>)'
    r"|(?P<odd><w:(?:sdt|customXml|tcPrChange|tblGridChange)[ />]|<w:tc/>)"
    r"|\{%-?\s*(?P<word>\w+)"
)
_SPAN = re.compile(r'<w:gridSpan[^>]*? w:val="(\d+)"')
_GRID = re.compile(r"<w:tblGrid>(.*?)</w:tblGrid>", re.DOTALL)
_WIDTH = re.compile(r'<w:gridCol w:w="(\d+)"/>')


class OddTable(Exception):  # noqa: N818  # it says what was found
    """A table of which docxtpl does not count the cells as they stand in the text."""


class _Row(NamedTuple):
    cells: int
    spans: int
    certain: bool
    """Whether it is there whatever is filled in."""


class _Table:
    """A table as it is read. `loose` once the number of its cells can change."""

    def __init__(self) -> None:
        self.grid = -1
        self.columns = 0
        self.rows: list[_Row] = []
        self.loose = False

    @property
    def settled(self) -> bool:
        """Whether its columns are right whatever is filled in."""
        whole = all(row.spans == self.columns and row.cells <= self.columns for row in self.rows)
        return not self.loose and whole and any(row.certain for row in self.rows)


def with_marks(source: str) -> str:
    """The XML of a form, its tags in place, with a mark in each table whose columns have to be fitted each time.

    Raises `OddTable`.
    """
    marked = []
    for table in _tables(source):
        if not table.settled:
            columns = _GRID.match(source, table.grid)
            if columns is None or _WIDTH.sub("", columns[1]).strip() or not columns[1]:
                raise OddTable("a table whose number of columns can change has columns without a width")
            marked.append(table.grid)
    for at in reversed(marked):
        source = source[:at] + VARIES + source[at:]
    return source


def _tables(source: str) -> Iterator[_Table]:
    table: _Table | None = None
    depth = cells = spans = 0
    inside = ""
    begun = 0
    for piece in _PIECE.finditer(source):
        kind = piece.lastgroup
        if kind == "table":
            if table is not None:
                raise OddTable("it has a table within a table")
            table, depth = _Table(), 0
        elif table is None:
            continue
        elif kind == "endtable":
            yield table
            table = None
        elif kind == "grid":
            table.grid = piece.start()
        elif kind == "column":
            table.columns += 1
        elif kind == "row":
            cells = spans = 0
            inside, begun = "row", depth
        elif kind == "endrow":
            table.rows.append(_Row(cells, spans, begun == 0))
            inside = ""
        elif kind == "cell":
            cells, spans, inside = cells + 1, spans + 1, "cell"
        elif kind == "endcell":
            inside = "row"
        elif kind == "odd":
            if inside == "row" or "Change" in piece[0] or piece[0] == "<w:tc/>":
                raise OddTable("a table holds cells within something else, or changes that are tracked")
        elif kind == "span":
            fixed = piece["span"].isdecimal()
            if not fixed and "{" not in piece["span"]:
                raise OddTable("a cell spans a number of columns that is not written as a number")
            table.loose = table.loose or not fixed
            spans += int(piece["span"]) - 1 if fixed else 0
        elif kind == "word":
            table.loose = table.loose or inside == "row"
            if piece["word"] in ("for", "if"):
                depth += 1
            elif piece["word"] in ("endfor", "endif"):
                depth -= 1


def fitted(text: str) -> str:
    """A filled part with the columns of its marked tables fitted to their rows, and without the marks."""
    pieces: list[str] = []
    done = 0
    while (at := text.find(VARIES, done)) >= 0:
        grid = _GRID.match(text, at + 1)
        if grid is None:
            raise ValueError("A table lost its columns.")
        rows = text[grid.end() : text.index("</w:tbl>", at)].split("</w:tr>")
        pieces += text[done:at], _columns([int(width) for width in _WIDTH.findall(grid[1])], rows)
        done = grid.end()
    return "".join((*pieces, text[done:]))


def _columns(widths: list[int], rows: list[str]) -> str:
    """The columns of a table, of its old widths and what stands in its rows."""
    cells = [row.count("</w:tc>") for row in rows]
    spans = [count + sum(int(span) - 1 for span in _spans(row)) for count, row in zip(cells, rows, strict=True)]
    widths = _fewer(_more(widths, max(cells, default=0)), max(spans, default=0))
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return f"<w:tblGrid>{columns}</w:tblGrid>"


def _spans(row: str) -> list[str]:
    return _SPAN.findall(row) if "<w:gridSpan" in row else []


def _more(widths: list[int], cells: int) -> list[int]:
    """As many columns as the longest row has cells, in the table's old width."""
    added = cells - len(widths)
    if added <= 0:
        return widths
    whole = sum(widths)
    if not whole:  # nothing that could be shared out
        return widths
    before, after = whole / len(widths), whole / (len(widths) + added)
    return [int(width * after / before) for width in widths] + [int(after)] * added


def _fewer(widths: list[int], spans: int) -> list[int]:
    """No more columns than the widest row spans; the width of those taken out goes to the others, in equal shares."""
    kept, removed = widths[:spans], widths[spans:]
    share = int(sum(removed) / len(kept)) if kept and removed else 0
    return [width + share for width in kept]
