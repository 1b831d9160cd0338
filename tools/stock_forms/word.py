"""WordprocessingML in small pieces: runs, paragraphs, cells, rows and tables, each a string of XML.

Text may hold docxtpl tags. Two rules keep the documents valid once the tags are filled in: a cell whose
colour comes from a field has no width of its own (docxtpl writes the colour first, where the schema wants
the width), and every cell ends with a paragraph that no tag can remove.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape, quoteattr

Xml = str

GREY = "BFBFBF"
HEAD_FILL = "DEE6F0"
LABEL_FILL = "F3F5F8"
AMBER = "FFF4CC"
SIGNATURE_HEIGHT = 500


def run(text: str, *, bold: bool = False, style: str = "", colour: str = "") -> Xml:
    properties = (
        (f"<w:rStyle w:val={quoteattr(style)}/>" if style else "")
        + ("<w:b/><w:bCs/>" if bold else "")
        + (f'<w:color w:val="{colour}"/>' if colour else "")
    )
    wrapped = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{wrapped}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def bold(text: str) -> Xml:
    return run(text, bold=True)


def tag(text: str) -> Xml:
    """A docxtpl tag in a run of its own, which docxtpl removes or replaces as a whole."""
    return f"<w:r><w:t>{escape(text)}</w:t></w:r>"


def paragraph(*runs: Xml, style: str = "", keep_next: bool = False, centred: bool = False) -> Xml:
    properties = (
        (f"<w:pStyle w:val={quoteattr(style)}/>" if style else "")
        + ("<w:keepNext/>" if keep_next else "")
        + ('<w:jc w:val="center"/>' if centred else "")
    )
    wrapped = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f"<w:p>{wrapped}{''.join(runs)}</w:p>"


def text(words: str, style: str = "", *, keep_next: bool = False) -> Xml:
    return paragraph(run(words), style=style, keep_next=keep_next)


def tight(paragraph: Xml, after: int = 0, before: int = 0) -> Xml:
    """A styled paragraph with less space above and below it than its style gives, or none."""
    return paragraph.replace("</w:pPr>", f'<w:spacing w:before="{before}" w:after="{after}"/></w:pPr>', 1)


def on_a_new_page(paragraph: Xml) -> Xml:
    """A styled paragraph that begins a page."""
    return paragraph.replace("</w:pPr>", "<w:pageBreakBefore/></w:pPr>", 1)


def heading(words: str, level: int = 1) -> Xml:
    return text(words, f"Heading{level}")


def paragraph_tag(expression: str) -> Xml:
    """`{%p … %}` alone in its own paragraph."""
    return paragraph(tag(f"{{%p {expression} %}}"))


def when(condition: str, *content: Xml) -> Xml:
    return paragraph_tag(f"if {condition}") + "".join(content) + paragraph_tag("endif")


def either(condition: str, yes: Xml, no: Xml) -> Xml:
    return paragraph_tag(f"if {condition}") + yes + paragraph_tag("else") + no + paragraph_tag("endif")


def each(loop: str, *content: Xml) -> Xml:
    return paragraph_tag(f"for {loop}") + "".join(content) + paragraph_tag("endfor")


@dataclass(frozen=True)
class Cell:
    """A table cell. `fill_field` names the field that holds its colour."""

    content: Xml
    fill: str = ""
    fill_field: str = ""
    span: int = 1
    middle: bool = False

    def xml(self, width: int) -> Xml:
        align = '<w:vAlign w:val="center"/>' if self.middle else '<w:vAlign w:val="top"/>'
        if self.fill_field:
            # The tag stands in the last paragraph, so that docxtpl finds it inside this cell.
            content = _append_run(self.content, tag(f"{{% cellbg {self.fill_field} %}}"))
            return f"<w:tc><w:tcPr>{align}</w:tcPr>{content}</w:tc>"
        size = f'<w:tcW w:w="{width}" w:type="dxa"/>' if width else ""
        span = f'<w:gridSpan w:val="{self.span}"/>' if self.span > 1 else ""
        fill = f'<w:shd w:val="clear" w:color="auto" w:fill="{self.fill}"/>' if self.fill else ""
        return f"<w:tc><w:tcPr>{size}{span}{fill}{align}</w:tcPr>{self.content}</w:tc>"


def _append_run(content: Xml, last: Xml) -> Xml:
    body, closing, after = content.rpartition("</w:p>")
    return f"{body}{last}{closing}{after}"


@dataclass(frozen=True)
class Row:
    """A table row, never split across pages. A tall one leaves room for a signature.

    A row goes with the next one to the same page only if each of its paragraphs says so.
    """

    cells: Sequence[Cell]
    header: bool = False
    tall: bool = False
    with_next: bool = False

    def xml(self, widths: Sequence[int], loose: bool = False) -> Xml:
        properties = "<w:cantSplit/>" + (
            f'<w:trHeight w:val="{SIGNATURE_HEIGHT}" w:hRule="atLeast"/>' if self.tall else ""
        )
        properties += "<w:tblHeader/>" if self.header else ""
        cells, column = [], 0
        for cell in self.cells:
            cells.append(cell.xml(0 if loose else sum(widths[column : column + cell.span])))
            column += cell.span
        content = "".join(cells)
        if self.with_next:
            content = re.sub(r"(<w:pStyle [^>]*/>)(?!<w:keepNext/>)", r"\1<w:keepNext/>", content)
        return f"<w:tr><w:trPr>{properties}</w:trPr>{content}</w:tr>"


def together(rows: Sequence[Row]) -> list[Row]:
    """Rows that stay on one page: each but the last goes with the next."""
    return [*(replace(row, with_next=True) for row in rows[:-1]), rows[-1]]


def row_tag(expression: str, columns: int) -> Row:
    """`{%tr … %}` alone in its own row, which docxtpl removes."""
    return Row([Cell(paragraph(tag(f"{{%tr {expression} %}}"), style="TableText"), span=columns)])


def each_row(loop: str, columns: int, *rows: Row) -> list[Row]:
    return [row_tag(f"for {loop}", columns), *rows, row_tag("endfor", columns)]


def if_row(condition: str, columns: int, row: Row) -> list[Row]:
    return [row_tag(f"if {condition}", columns), row, row_tag("endif", columns)]


def either_row(condition: str, columns: int, yes: Row, no: Row) -> list[Row]:
    return [row_tag(f"if {condition}", columns), yes, row_tag("else", columns), no, row_tag("endif", columns)]


def words(content: str, *, strong: bool = False) -> Cell:
    """A cell of plain words."""
    return Cell(paragraph(run(content, bold=strong), style="TableText"))


def by_hand(*content: Xml) -> Cell:
    """A cell that people fill in."""
    return Cell(paragraph(*content, style="TableText"))


def label(content: str) -> Cell:
    return Cell(text(content, "TableLabel"), fill=LABEL_FILL)


def header_row(*names: str) -> Row:
    return Row([Cell(text(name, "TableHead"), fill=HEAD_FILL) for name in names], header=True)


def table(
    widths: Sequence[int], rows: Sequence[Row], *, caption: str, style: str = "FormTable", loose: bool = False
) -> Xml:
    """A table of fixed column widths (twentieths of a point); `caption` is its name for screen readers.

    A loose table has columns that repeat: its cells name no width, so that the grid alone decides.
    """
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    properties = (
        f'<w:tblStyle w:val="{style}"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
        f'<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="1"'
        f' w:noVBand="1"/><w:tblCaption w:val={quoteattr(caption)}/>'
    )
    body = "".join(row.xml(widths, loose) for row in rows)
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{body}</w:tbl>"


def gap() -> Xml:
    """A paragraph too thin to see: it ends a cell whose other paragraphs may all be left out, and the document."""
    return paragraph(style="Gap")


def listed(loop: str, item: str) -> Cell:
    """A cell of bullet points, one for each entry of a list."""
    return Cell(each(loop, text(item, "TableList")) + gap())


def field(instruction: str) -> Xml:
    """A field that Word works out by itself, such as the page number."""
    return f'<w:fldSimple w:instr="{instruction}">{run("1")}</w:fldSimple>'
