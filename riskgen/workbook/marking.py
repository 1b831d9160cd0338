"""A copy of somebody's workbook with cells marked, and columns for what became of its rows."""

import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Any, BinaryIO

from riskgen.files.visit_columns import RESULT_LABELS, RESULT_PROBLEMS, column_letter
from riskgen.workbook.cells import LINE, height_of
from riskgen.workbook.intake_sheet import RESULT_WIDTHS
from riskgen.workbook.valid import mend_fonts, put_text, saved

AUTHOR = "riskgen"
"""Of a comment that a mark has; by it the marks of an earlier copy are known."""
MOST_MERGED = 200_000
_FAULTY = "FFFFC6CE"
"""Next to the red that Excel has for bad cells, and not the same: a fill of somebody's own is left alone."""
_OWN = "\n\nThe comment that was here already, by "
_HAS_OWN = re.compile(rf"{_OWN}(.*?):\n(.*)\Z", re.DOTALL)
"""How a comment goes on that was put over somebody's own, with whose it was."""
_HIGHEST = 225
"""How high a row may get."""
_PRINT_AREA = "_xlnm.Print_Area"
_COMMENT_WIDTH, _CHARACTERS, _LINE = 320, 45, 19
"""How large a comment opens, in pixels, and how many characters a line of it holds."""


def mark(
    source: BinaryIO,
    sheet: str,
    head: int,
    columns: Mapping[str, int],
    marks: Mapping[tuple[int, int], Sequence[str]],
    results: Mapping[int, Mapping[str, str]],
) -> bytes:
    """The bytes of a copy. Where there is no sheet of that name, it is the first one that shows.

    `marks` are comments for cells, by row and column; `results` are texts for rows, by the names of result columns: of
    a name that is left out the cell stays as it was. `columns` says where those stand, with 0 for one that is to be
    added. Their names go into the row `head`. The file was found safe to read.
    """
    from openpyxl import load_workbook

    mend_fonts()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it does not keep, print areas that are worked out are put back below
        book, values = load_workbook(source), load_workbook(source, data_only=True)
    page = book[sheet] if sheet in book.sheetnames else next(each for each in book if each.sheet_state == "visible")
    _put_print_areas_back(source, book)
    _clear(page)
    for (row, column), sentences in marks.items():
        _mark(page.cell(row, column), sentences)
    _write_results(page, head, columns, results)
    return saved(book, dict(_worked_out(book, values)))


def is_merged_too_far(source: BinaryIO) -> bool:
    """Whether so many cells of a sheet are merged that loading it whole would take minutes, and the memory with it."""
    from openpyxl.utils import range_boundaries
    from openpyxl.xml.functions import iterparse

    with zipfile.ZipFile(source) as package:
        for name in (
            each for each in package.namelist() if each.startswith("xl/worksheets/") and each.endswith(".xml")
        ):
            merged = 0
            with package.open(name) as part:
                for _, element in iterparse(part):
                    if element.tag.endswith("}mergeCell"):
                        left, top, right, bottom = range_boundaries(element.get("ref"))
                        merged += (right - left + 1) * (bottom - top + 1)
                    element.clear()
            if merged > MOST_MERGED:
                return True
    return False


def _clear(page: Any) -> None:
    """Take off the marks of an earlier copy, and nothing of anybody's own."""
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    for cell in [cell for cell in page._cells.values() if cell.comment and cell.comment.author == AUTHOR]:
        own = _HAS_OWN.search(cell.comment.text)
        cell.comment = Comment(own[2], own[1]) if own else None
        if cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb == _FAULTY:
            cell.fill = PatternFill()


def _mark(cell: Any, sentences: Sequence[str]) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    text = "\n".join(dict.fromkeys(sentences))
    if cell.comment:
        text = f"{text}{_OWN}{cell.comment.author}:\n{cell.comment.text}"
    lines = sum(1 + len(part) // _CHARACTERS for part in text.split("\n"))
    if not cell.has_style:
        _dress_like_its_column(cell)
    cell.comment = Comment(text, AUTHOR, height=_LINE * (lines + 1), width=_COMMENT_WIDTH)
    if cell.fill.fill_type is None:
        cell.fill = PatternFill("solid", fgColor=_FAULTY)


def _dress_like_its_column(cell: Any) -> None:
    """A cell that was not in the file has the style of its column; a new one would have none."""
    column = _settings(cell.parent, cell.column)
    if column.has_style:
        cell._style = copy(column._style)


def _write_results(page: Any, head: int, columns: Mapping[str, int], results: Mapping[int, Mapping[str, str]]) -> None:
    from openpyxl.styles import Alignment

    if not results:
        return
    merged = (each.max_col for each in page.merged_cells.ranges)
    after = max((*(column for row, column in page._cells if row <= head), *merged), default=0)
    for name, column in columns.items():
        if not column:
            after = column = after + 1
            _head(page, head, column, name)
            _split_off(page, column)
            page.column_dimensions[column_letter(column)].width = RESULT_WIDTHS[name]
        settings = _settings(page, column)
        settings.hidden = False
        for row, texts in results.items():
            if name not in texts:
                continue
            cell, text = page.cell(row, column), texts[name]
            if name == RESULT_PROBLEMS and (text or cell.value):  # and no higher once that is gone
                height = height_of([(text, settings.width)])
                page.row_dimensions[row].height = min(_HIGHEST, height + LINE) if height else None
            put_text(cell, text)
            cell.number_format, cell.alignment = "@", Alignment(wrap_text=True, vertical="top")
    _settings(page, 1).collapsed = False


def _settings(page: Any, column: int) -> Any:
    """How a column is set. One that is set like those before it stands with them, under the letter of the first."""
    there = [each for each in page.column_dimensions.values() if each.min and each.min <= column <= each.max]
    return there[0] if there else page.column_dimensions[column_letter(column)]


def _split_off(page: Any, column: int) -> None:
    """Have a column, and what is right of it, no longer stand with those before it."""
    settings = _settings(page, column)
    if settings.max and settings.max >= column:
        settings.max = max(settings.min, column - 1)


def _head(page: Any, head: int, column: int, name: str) -> None:
    """The label and the name of a result column, dressed as those of the first column are."""
    for row, text in ((head - 2, ""), (head - 1, RESULT_LABELS[name]), (head, name)):
        if row > 0:
            cell = page.cell(row, column)
            put_text(cell, text)
            cell._style = copy(page.cell(row, 1)._style)


def _worked_out(book: Any, values: Any) -> Iterator[tuple[tuple[str, str], Any]]:
    """What the formulas of a workbook came to when it was saved last."""
    from openpyxl.utils.datetime import to_excel

    for number, page in enumerate(book.worksheets, 1):
        for cell in page._cells.values():
            if cell.data_type != "f":
                continue
            value = values[page.title].cell(cell.row, cell.column).value
            if hasattr(value, "year") or hasattr(value, "hour"):
                value = to_excel(value, book.epoch)
            yield (f"xl/worksheets/sheet{number}.xml", cell.coordinate), value


def _put_print_areas_back(source: BinaryIO, book: Any) -> None:
    """Areas to be printed that are worked out by a formula: openpyxl reads only plain ones."""
    from openpyxl.packaging.workbook import WorkbookPackage
    from openpyxl.workbook.defined_name import DefinedName
    from openpyxl.worksheet.print_settings import PrintArea
    from openpyxl.xml.functions import fromstring

    with zipfile.ZipFile(source) as package:
        names = WorkbookPackage.from_tree(fromstring(package.read("xl/workbook.xml"))).definedNames
    for name in names.definedName if names else ():
        if name.name == _PRINT_AREA and "(" in name.value and name.localSheetId is not None:
            page = book.worksheets[name.localSheetId]
            page._print_area = PrintArea()
            page.defined_names[_PRINT_AREA] = DefinedName(_PRINT_AREA, attr_text=name.value)
