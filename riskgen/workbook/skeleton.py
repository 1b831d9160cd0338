"""The skeleton of a workbook, by openpyxl: sheets, tables, charts and print settings, and no row."""

import io
import re
from collections.abc import Sequence
from html import escape
from math import ceil
from typing import IO
from zipfile import ZipFile

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.table import Table, TableColumn, TableFormula, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from riskgen.core.words import lower_first
from riskgen.files.visit_columns import column_letter
from riskgen.workbook.columns import SHOWN, RowSheet
from riskgen.workbook.pages import Placed
from riskgen.workbook.valid import saved, set_margins

A3, A4 = 8, 9
_ON_A4, _ON_A3 = 170, 280
"""Characters of width that can still be read across one page of such paper, on its side."""
CONFIDENTIAL = "Confidential: holds personal data"
_CHART_WIDTH, _CHART_HEIGHT, _CHART_ROWS = 17, 7.5, 17
_ROWS_OF_A_PAGE = 58
"""Rows of a page of tables and charts that go on one sheet of paper, as wide as such a page is."""
_CHART_NAME = re.compile(rb'<xdr:cNvPr id="(\d+)" name="Chart (\d+)"\s*/>')


def page_sheet(book: Workbook, title: str, widths: Sequence[float], foot: str = CONFIDENTIAL) -> Worksheet:
    """A sheet for a page. `widths` are those of its columns, in characters; `foot` stands at the foot of the paper."""
    sheet = book.create_sheet(title)
    _widen(sheet, widths)
    sheet.sheet_view.showGridLines = False
    _print_set_up(sheet, sum(widths), foot)
    return sheet


def rows_sheet(book: Workbook, kind: RowSheet, last: int, head: int, widths: Sequence[float]) -> Worksheet:
    """A sheet with a table of rows from its head to the last, or to an empty one: a table has at least one row."""
    sheet = book.create_sheet(kind.title)
    _widen(sheet, widths)
    sheet.freeze_panes = f"B{head + 1}"
    width = sum(widths)
    _print_set_up(sheet, width, CONFIDENTIAL)
    if head == 1:
        sheet.print_title_rows = "1:1"
    if width > _ON_A3:
        sheet.print_title_cols = "A:A"
    extent = f"A{head}:{column_letter(len(kind.columns))}{max(last, head + 1)}"
    table = Table(displayName=kind.table, name=kind.table, ref=extent)
    table.tableColumns = [_table_column(kind, number) for number in range(1, len(kind.columns) + 1)]
    table.autoFilter = AutoFilter(ref=extent)
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
    sheet.add_table(table)
    return sheet


def _widen(sheet: Worksheet, widths: Sequence[float]) -> None:
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[column_letter(column)].width = width


def counted_formula(kind: RowSheet) -> str:
    """The formula of the last column: whether the row is shown."""
    return f"SUBTOTAL(103,{kind.table}[[#This Row],[{kind.head(kind.never_empty)}]])"


def _table_column(kind: RowSheet, number: int) -> TableColumn:
    column = kind.columns[number - 1]
    made = TableColumn(id=number, name=column.head)
    if column is SHOWN:
        made.calculatedColumnFormula = TableFormula(attr_text=counted_formula(kind))
    return made


def _print_set_up(sheet: Worksheet, width: float, foot: str) -> None:
    """Landscape, as many pages across as it takes to read it, and down as many as there are."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A3 if width > _ON_A4 else A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = ceil(width / _ON_A3), 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    set_margins(sheet)
    sheet.oddFooter.left.text = foot
    sheet.oddFooter.center.text = "&A"
    sheet.oddFooter.right.text = "Page &P of &N"


def _breaks(placed: Sequence[Placed]) -> list[int]:
    """The rows before which another sheet of paper begins, so that no table is torn that fits on one."""
    found: list[int] = []
    begins = 1
    for table in placed:
        heading = table.head - 1
        if table.head + table.lines - begins >= _ROWS_OF_A_PAGE and heading > begins:
            found.append(heading)
            begins = heading
    return found


def charts(sheet: Worksheet, placed: Sequence[Placed], column: str, first: int) -> tuple[str, ...]:
    """A bar chart for each table that asks for one, one below the other, and none across two sheets of paper.

    Returns what each shows, in words.
    """
    told = []
    breaks = _breaks(placed)
    for row in breaks:
        sheet.row_breaks.append(Break(id=row - 1))
    for table in placed:
        if not table.block.chart or not table.lines:
            continue
        top, last = table.head, table.head + table.lines
        chart = BarChart()
        chart.type, chart.style, chart.title = "bar", 2, f"Visits {lower_first(table.block.title)}"
        chart.add_data(Reference(sheet, min_col=2, min_row=top, max_row=last), titles_from_data=True)
        chart.set_categories(Reference(sheet, min_col=1, min_row=top + 1, max_row=last))
        chart.legend = None
        chart.gapWidth = 60
        chart.width, chart.height = _CHART_WIDTH, max(_CHART_HEIGHT, 0.62 * table.lines + 2)
        chart.x_axis.delete = chart.y_axis.delete = False
        chart.x_axis.scaling.orientation = "maxMin"
        chart.y_axis.majorGridlines, chart.y_axis.number_format = None, "0"
        chart.y_axis.crosses = "max"  # the categories run down, and so their axis would otherwise stand on top
        chart.series[0].graphicalProperties.solidFill = "1F3864"
        rows = max(_CHART_ROWS, int(chart.height * 2) + 2)
        first = next((row + 1 for row in breaks if first <= row < first + rows), first)  # clear of the edge
        sheet.add_chart(chart, f"{column}{first}")
        first += rows
        told.append(f"Bar chart of the table “{table.block.title}”: a bar for each line, as long as its visits.")
    return tuple(told)


def with_words(book: Workbook, told: Sequence[str]) -> tuple[IO[bytes], dict[str, bytes]]:
    """The skeleton as a file, and the parts that are to be written otherwise: charts with what they show in words."""
    book.calculation.fullCalcOnLoad = True
    content = io.BytesIO(saved(book))
    amended = {}
    with ZipFile(content) as parts:
        for name in parts.namelist():
            if name.startswith("xl/drawings/drawing"):
                amended[name] = _CHART_NAME.sub(lambda found: _described(found, told), parts.read(name))
    content.seek(0)
    return content, amended


def _described(found: re.Match[bytes], told: Sequence[str]) -> bytes:
    number, place = found[1].decode(), int(found[2])
    return f'<xdr:cNvPr id="{number}" name="Chart {place}" descr="{escape(told[place - 1])}"/>'.encode()
