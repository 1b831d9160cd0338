"""The empty workbook for planned visits: a column a question, a row a visit, and sheets that explain it.

The first columns are not for answers: what a row still lacks, and, folded away until a copy of the sheet comes back,
what became of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import ceil
from typing import Any

from riskgen.core.struct import Struct
from riskgen.core.terms import QuestionType
from riskgen.files.visit_columns import (
    EXAMPLE_ROW,
    NEEDED_MARK,
    NOTHING_MISSING,
    RESULT_DECISION,
    RESULT_LABELS,
    RESULT_PROBLEMS,
    RESULT_REFERENCE,
    RESULTS,
    ROWS,
    STILL_MISSING,
    VISITS_SHEET,
    column_letter,
)
from riskgen.workbook.cells import LINE, height_of
from riskgen.workbook.how_to_fill import HOW_TO_FILL
from riskgen.workbook.valid import cut, new_workbook, put_text, saved, set_margins

LISTS, HOW, DICTIONARY = "Lists", "How to fill this in", "Dictionary"
GROUP_ROW, LABEL_ROW, NAME_ROW, EXAMPLE_AT, FIRST_VISIT = range(1, 6)
FIRST_QUESTION = 2 + len(RESULTS)
"""The column after what still is missing and what became of the row."""
RESULT_WIDTHS = {RESULT_REFERENCE: 14, RESULT_DECISION: 16, RESULT_PROBLEMS: 36}
"""Narrow: once unfolded they stand still beside the questions, and a small screen has to have room for those."""
_OF_RESULTS = "Filled in by riskgen: leave it empty"
LONGEST_TITLE, LONGEST_PROMPT, LONGEST_ERROR = 32, 255, 225
"""Excel's own limits for the messages of a validation."""
PAGE_WIDTH = 150
"""Characters that stand side by side on a page, A4 across, in a size that can still be read."""
_WIDTHS = {
    QuestionType.YES_NO: 15,
    QuestionType.CHOICE: 30,
    QuestionType.CHOICES: 30,
    QuestionType.NUMBER: 13,
    QuestionType.TEXT: 24,
    QuestionType.DATE: 14,
    QuestionType.TIME: 14,
    QuestionType.TIMES: 17,
    QuestionType.MOMENT: 19,
    QuestionType.STAFF: 22,
}
_FIRST_WIDTH, _LONG_TEXT_WIDTH = 40, 36
_LINE, _FITS = 12.8, 1.25
"""Points that a line of 10-point text takes, and how many of its characters stand on a unit of a column's width."""
_FORMATS = {
    QuestionType.NUMBER: "0",
    QuestionType.DATE: "d mmm yyyy",
    QuestionType.TIME: "hh:mm",
    QuestionType.MOMENT: "d mmm yyyy hh:mm",
}
_TEXT = "@"
_INK, _GREY, _WHITE = "1F2933", "595959", "FFFFFF"
_DARK, _NEEDED, _TINTS, _SAMPLE, _LACKING = "1F3A5F", "7A3E00", ("E3EBF4", "F1F5F9"), "EDEDED", "FFE0B2"


class Column(Struct, frozen=True):
    """One column. `needed` is what its lack is called; columns of the same words make up for each other.

    `how` says how to answer; `entries` names the list of its drop-down, from which one may stray where it is `open`.
    """

    name: str
    group: str
    label: str
    kind: QuestionType
    how: str
    hint: str = ""
    answers: str = ""
    asked_by: str = ""
    needed: str = ""
    entries: str = ""
    open: bool = False
    least: int = 0
    most: int = 0
    longest: int = 200
    lines: bool = False
    example: Any = None


class Entries(Struct, frozen=True):
    """What a drop-down offers, under its title on the sheet of lists."""

    title: str
    entries: tuple[str, ...]


def make_intake_sheet(
    title: str,
    columns: Sequence[Column],
    lists: Mapping[str, Entries],
    made_at: datetime,
    rows: int = ROWS,
) -> bytes:
    """The workbook: the bytes of an .xlsx. `lists` are the drop-downs by the names that columns call them by. Text that
    looks like a formula stays text.
    """
    book = new_workbook(title, made_at)
    visits, explained, dictionary, held = (book.create_sheet(name) for name in (VISITS_SHEET, HOW, DICTIONARY, LISTS))
    _fill_lists(book, held, lists)
    _fill_visits(visits, title, columns, lists, rows)
    _explain(explained, title)
    _fill_dictionary(dictionary, columns)
    for sheet in (visits, explained, dictionary):
        _settle_page(sheet, title)
    visits.page_setup.fitToWidth = max(1, ceil(sum(map(_width, columns)) / PAGE_WIDTH))  # results are folded away
    return saved(book)


# --- the lists ------------------------------------------------------------------------------------


def _list_name(name: str) -> str:
    return f"list_{name.replace('.', '_')}"


def _fill_lists(book: Any, sheet: Any, lists: Mapping[str, Entries]) -> None:
    from openpyxl.workbook.defined_name import DefinedName

    sheet.sheet_state = "hidden"
    for number, (name, offered) in enumerate(lists.items(), 1):
        letter = column_letter(number)
        put_text(sheet.cell(1, number), offered.title)
        for row, entry in enumerate(offered.entries, 2):
            put_text(sheet.cell(row, number), entry)
        area = f"{LISTS}!${letter}$2:${letter}${len(offered.entries) + 1}"
        book.defined_names[_list_name(name)] = DefinedName(_list_name(name), attr_text=area)
        sheet.column_dimensions[letter].width = 40


# --- the visits -----------------------------------------------------------------------------------


def _fill_visits(sheet: Any, title: str, columns: Sequence[Column], lists: Mapping[str, Entries], rows: int) -> None:
    last, end = FIRST_VISIT + rows - 1, column_letter(FIRST_QUESTION + len(columns) - 1)
    tints = {group: _TINTS[number % 2] for number, group in enumerate(dict.fromkeys(each.group for each in columns))}
    _head_of_first(sheet, title)
    _head_of_results(sheet)
    for number, column in enumerate(columns, FIRST_QUESTION):
        _head(sheet, number, column, tints[column.group])
        _settle_column(sheet, number, column)
        _put_example(sheet.cell(EXAMPLE_AT, number), column)
        letter = column_letter(number)
        sheet.add_data_validation(
            _validation(column, lists, f"{letter}{EXAMPLE_AT}", f"{letter}{EXAMPLE_AT}:{letter}{last}")
        )
    _fold(sheet, columns)
    _say_what_is_missing(sheet, columns, last, end)
    for row, height in _heights(columns).items():
        sheet.row_dimensions[row].height = height
    sheet.freeze_panes = f"{column_letter(FIRST_QUESTION + 1)}{EXAMPLE_AT}"
    sheet.auto_filter.ref = f"A{NAME_ROW}:{end}{last}"
    first = column_letter(FIRST_QUESTION)
    sheet.print_title_rows, sheet.print_title_cols = f"{GROUP_ROW}:{NAME_ROW}", f"{first}:{first}"
    _print_begun_rows(sheet, last, end)


def _head_of_first(sheet: Any, title: str) -> None:
    words = (
        (GROUP_ROW, f"{title}. By the names in row {NAME_ROW} riskgen knows the columns: leave them as they are."),
        (LABEL_ROW, "Still missing\n(fills itself in)"),
        (NAME_ROW, STILL_MISSING),
    )
    for row, text in words:
        _dress_head(sheet.cell(row, 1), text, row, _DARK, _DARK)
    sheet.cell(GROUP_ROW, 1).font = _font(9, _WHITE)
    put_text(sheet.cell(EXAMPLE_AT, 1), EXAMPLE_ROW)
    _dress_example(sheet.cell(EXAMPLE_AT, 1))
    sheet.column_dimensions["A"].width = _FIRST_WIDTH


def _head_of_results(sheet: Any) -> None:
    """Columns for what becomes of a row. They are empty and folded away, and unfolded in a copy that says it."""
    for number, name in enumerate(RESULTS, 2):
        for row, text in ((GROUP_ROW, _OF_RESULTS), (LABEL_ROW, RESULT_LABELS[name]), (NAME_ROW, name)):
            _dress_head(sheet.cell(row, number), text, row, _DARK, _DARK)
        sheet.cell(GROUP_ROW, number).font = _font(9, _WHITE)
        _dress_example(sheet.cell(EXAMPLE_AT, number))
        settled = sheet.column_dimensions[column_letter(number)]
        settled.width, settled.number_format, settled.alignment = RESULT_WIDTHS[name], _TEXT, _aligned("top")
        settled.outlineLevel, settled.hidden = 1, True
    sheet.column_dimensions["A"].collapsed = True


def _head(sheet: Any, number: int, column: Column, tint: str) -> None:
    for row, text in ((GROUP_ROW, column.group), (LABEL_ROW, column.label), (NAME_ROW, column.name)):
        _dress_head(sheet.cell(row, number), text, row, _NEEDED if column.needed else _DARK, tint)


def _dress_head(cell: Any, text: str, row: int, dark: str, tint: str) -> None:
    put_text(cell, text)
    cell.alignment = _aligned("top" if row != GROUP_ROW else "center")
    if row == GROUP_ROW or tint == _DARK:
        cell.fill, cell.font = _fill(dark), _font(8 if row == NAME_ROW else 10, _WHITE, bold=row != NAME_ROW)
    elif row == LABEL_ROW:
        cell.fill, cell.font = _fill(tint), _font(10, _INK, bold=dark == _NEEDED)
    else:
        cell.fill, cell.font = _fill(tint), _font(8, _GREY)
    cell.border = _line()


def _settle_column(sheet: Any, number: int, column: Column) -> None:
    """Width, format and alignment of a whole column, so that each cell of it has them without being written."""
    settled = sheet.column_dimensions[column_letter(number)]
    settled.width = _width(column)
    settled.number_format = _FORMATS.get(column.kind, _TEXT)
    settled.alignment = _aligned("top")


def _width(column: Column) -> int:
    return _LONG_TEXT_WIDTH if column.lines else _WIDTHS[column.kind]


def _heights(columns: Sequence[Column]) -> dict[int, float]:
    widths = {column.name: _width(column) for column in columns}
    labels = height_of(((column.label, widths[column.name]) for column in columns), _LINE, 0.88)  # some are bold
    # Names have no spaces to break at; the buttons of the filter want a line of their own.
    names = height_of(((column.name, widths[column.name]) for column in columns), 11.0, 1.2)
    example = height_of(((str(column.example or ""), widths[column.name]) for column in columns), _LINE, _FITS)
    return {GROUP_ROW: 42, LABEL_ROW: max(45, labels + 4), NAME_ROW: names + 20, EXAMPLE_AT: max(30, example)}


def _put_example(cell: Any, column: Column) -> None:
    if isinstance(column.example, str):
        put_text(cell, column.example)
    else:
        cell.value = column.example
    _dress_example(cell)
    cell.number_format = _FORMATS.get(column.kind, _TEXT)


def _dress_example(cell: Any) -> None:
    cell.font, cell.fill, cell.alignment = _font(10, _GREY, italic=True), _fill(_SAMPLE), _aligned("top")
    cell.border = _line()


def _fold(sheet: Any, columns: Sequence[Column]) -> None:
    """Groups of columns that fold away under the first of their group. What is needed never folds."""
    sheet.sheet_properties.outlinePr.summaryRight = False
    before = ""
    for number, column in enumerate(columns, FIRST_QUESTION):
        if not column.needed and column.group == before:
            sheet.column_dimensions[column_letter(number)].outlineLevel = 1
        before = "" if column.needed else column.group


def _say_what_is_missing(sheet: Any, columns: Sequence[Column], last: int, end: str) -> None:
    """The first column in words, and the cells that are still empty by colour."""
    from openpyxl.formatting.rule import FormulaRule

    needed: dict[str, list[str]] = {}
    answers = column_letter(FIRST_QUESTION)
    for number, column in enumerate(columns, FIRST_QUESTION):
        if column.needed:
            needed.setdefault(column.needed, []).append(column_letter(number))

    def empty(letters: Iterable[str], row: int) -> str:
        return f"LEN(TRIM({'&'.join(f'${letter}{row}' for letter in letters)}))=0"

    for row in range(FIRST_VISIT, last + 1):
        lacks = "&".join(f'IF({empty(letters, row)},"; {words}","")' for words, letters in needed.items())
        whole = "+".join(f"({empty(letters, row)})" for letters in needed.values())
        begun = f"COUNTA(${answers}{row}:${end}{row})=0"
        cell = sheet.cell(row, 1, f'=IF({begun},"",IF({whole}=0,"{NOTHING_MISSING}",MID({lacks},3,200)))')
        cell.font, cell.alignment = _font(10, _INK), _aligned("top")
    first = FIRST_VISIT
    begun = f"COUNTA(${answers}{first}:${end}{first})>0"
    for letters in needed.values():
        rule = FormulaRule([f"AND({begun},{empty(letters, first)})"], fill=_marked())
        sheet.conditional_formatting.add(f"{letters[0]}{first}:{letters[0]}{last}", rule)
    lacking = FormulaRule(
        [f'AND($A{first}<>"",$A{first}<>"{NOTHING_MISSING}")'], fill=_marked(), font=_font(10, _INK, bold=True)
    )
    sheet.conditional_formatting.add(f"A{first}:A{last}", lacking)


def _print_begun_rows(sheet: Any, last: int, end: str) -> None:
    """Print down to the last row with a family's reference: the empty rows would be pages of nothing."""
    from openpyxl.workbook.defined_name import DefinedName

    references = column_letter(FIRST_QUESTION)
    begun = f"{VISITS_SHEET}!${references}${FIRST_VISIT}:${references}${last}"
    down_to = f'MAX({EXAMPLE_AT},SUMPRODUCT(MAX(({begun}<>"")*ROW({begun}))))'
    area = f"{VISITS_SHEET}!$A$1:INDEX({VISITS_SHEET}!${end}$1:${end}${last},{down_to})"
    sheet.defined_names["_xlnm.Print_Area"] = DefinedName("_xlnm.Print_Area", attr_text=area)


# --- what a cell takes ----------------------------------------------------------------------------


def _validation(column: Column, lists: Mapping[str, Entries], first: str, cells: str) -> Any:
    from openpyxl.worksheet.datavalidation import DataValidation

    rule: dict[str, Any] = {}
    match column.kind:
        case _ if column.entries and lists[column.entries].entries:
            rule = {"type": "list", "formula1": _list_name(column.entries)}
        case QuestionType.NUMBER:
            rule = {"type": "whole", "operator": "between", "formula1": column.least, "formula2": column.most}
        case QuestionType.DATE:
            rule = {"type": "date", "operator": "between", "formula1": "DATE(1900,3,1)", "formula2": "DATE(2199,12,31)"}
        case QuestionType.TIME:
            rule = {"type": "time", "operator": "between", "formula1": 0, "formula2": "0.999988425925926"}
        case QuestionType.MOMENT:  # a day alone has no time of day, which is midnight to Excel
            rule = {"type": "custom", "formula1": f"AND(ISNUMBER({first}),{first}>=DATE(2000,1,1),MOD({first},1)>0)"}
        case QuestionType.TEXT:
            rule = {"type": "textLength", "operator": "lessThanOrEqual", "formula1": column.longest}
        case _:
            rule = {"type": "textLength", "operator": "lessThanOrEqual", "formula1": 1000}
    made = DataValidation(allow_blank=True, showInputMessage=True, showErrorMessage=True, **rule)
    made.errorStyle = "warning" if column.open else "stop"
    made.promptTitle, made.prompt = (
        cut(column.group, LONGEST_TITLE),
        cut(f"{column.hint} {column.how}".strip(), LONGEST_PROMPT),
    )
    made.errorTitle = "Not one of the list" if rule["type"] == "list" else "Not an answer"
    made.error = cut(f"{column.how} Or leave the cell empty: that counts as not known.", LONGEST_ERROR)
    made.add(cells)
    return made


# --- the sheets that explain it -------------------------------------------------------------------


def _explain(sheet: Any, title: str) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 26, 92
    sheet.sheet_view.showGridLines = False
    put_text(sheet["A1"], title)
    sheet["A1"].font = _font(16, _DARK, bold=True)
    sheet.row_dimensions[1].height = 26
    for row, (heading, text) in enumerate(HOW_TO_FILL, 3):
        put_text(sheet.cell(row, 1), heading)
        put_text(sheet.cell(row, 2), text)
        sheet.cell(row, 1).font, sheet.cell(row, 2).font = _font(11, _DARK, bold=True), _font(11, _INK)
        for cell in (sheet.cell(row, 1), sheet.cell(row, 2)):
            cell.alignment = _aligned("top")
        sheet.row_dimensions[row].height = max(height_of(((heading, 24), (text, 92)), LINE, 1.05), LINE) + 6


_MEANINGS: tuple[tuple[str, int], ...] = (
    ("Question", 36),
    ("Hint", 32),
    ("How to answer", 44),
    ("Group", 20),
    ("Needed", 10),
    ("Asked by", 30),
    ("Name in row 3", 28),
)


def _fill_dictionary(sheet: Any, columns: Sequence[Column]) -> None:
    for number, (heading, width) in enumerate(_MEANINGS, 1):
        _dress_head(sheet.cell(1, number), heading, GROUP_ROW, _DARK, _DARK)
        sheet.column_dimensions[column_letter(number)].width = width
    for row, column in enumerate(columns, 2):
        label = column.label.removeprefix(NEEDED_MARK)
        needed = "Needed" if label != column.label else ""
        said = (
            label,
            column.hint,
            column.answers or column.how,
            column.group,
            needed,
            column.asked_by,
            column.name,
        )
        for number, text in enumerate(said, 1):
            cell = sheet.cell(row, number)
            put_text(cell, text)
            cell.font, cell.alignment, cell.border = _font(10, _INK), _aligned("top"), _line()
        texts = ((text, width) for text, (_, width) in zip(said, _MEANINGS, strict=True))
        sheet.row_dimensions[row].height = min(400, max(height_of(texts, _LINE, _FITS), _LINE) + 3)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{column_letter(len(_MEANINGS))}{len(columns) + 1}"
    sheet.print_title_rows = "1:1"


def _settle_page(sheet: Any, title: str) -> None:
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    set_margins(sheet)
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = title.replace("&", "&&"), "&A, page &P of &N"
    sheet.print_options.gridLines = sheet.title == VISITS_SHEET


# --- how it looks ---------------------------------------------------------------------------------


def _font(size: int, colour: str, bold: bool = False, italic: bool = False) -> Any:
    from openpyxl.styles import Font

    return Font(name="Calibri", size=size, color=f"FF{colour}", bold=bold, italic=italic)


def _fill(colour: str) -> Any:
    from openpyxl.styles import PatternFill

    return PatternFill("solid", fgColor=f"FF{colour}")


def _marked() -> Any:
    """The fill of what a rule marks: there Excel takes the background for the colour."""
    from openpyxl.styles import PatternFill

    return PatternFill("solid", bgColor=f"FF{_LACKING}")


def _aligned(vertical: str) -> Any:
    from openpyxl.styles import Alignment

    return Alignment(wrap_text=True, vertical=vertical)


def _line() -> Any:
    from openpyxl.styles import Border, Side

    side = Side("thin", color="FFBFC7D1")
    return Border(left=side, right=side, top=side, bottom=side)
