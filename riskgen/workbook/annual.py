"""The annual workbook of a school: rows as they come, then the totals over them, in an Excel file.

The school's own has a row for each visit, and totals that are formulas over those rows. The governors' has totals
alone, rounded, with small numbers withheld: see `rounded`.
"""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import date, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any

from riskgen.core.audit import AuditLine
from riskgen.core.model import Matrix, Question
from riskgen.core.struct import replace
from riskgen.core.yearly import AttemptRow, HazardRow, SurpriseRow, VisitRow
from riskgen.files.visit_columns import column_letter
from riskgen.workbook import blocks
from riskgen.workbook.about import About, about_page, dictionary
from riskgen.workbook.cells import Formula, height_of, row_of
from riskgen.workbook.columns import COMPLIANCE, HAZARDS, MISSING, REGISTER, ROW_SHEETS, SHOWN, SURPRISES, RowSheet
from riskgen.workbook.counts import Tally
from riskgen.workbook.pages import Page, Shown
from riskgen.workbook.skeleton import CONFIDENTIAL, charts, counted_formula, page_sheet, rows_sheet, with_words
from riskgen.workbook.stream import Rows, assemble
from riskgen.workbook.styles import WRAPPED, Look, Styles
from riskgen.workbook.valid import new_workbook

SMALL = 5
"""Governors see no number below this, nought neither, and all others rounded to a multiple of it."""
FEW = f"fewer than {SMALL}"
_NONE = "There is none in these days."
_NO_NAMES = "Totals only, rounded, without names"
_SUMMARY_WIDTHS = (50.0, *[13.0] * 5)
_CHARTS_FROM = 6
"""The row at which charts begin: below the notes, which run across the page."""
_MATRIX_WIDTHS = (34.0, *[25.0] * 5)
_SEEN_WIDTHS = (*(float(column.width) for column in SURPRISES.columns), *[16.0] * 6)
"""Of a page whose rows of visits stand below its counts."""
_FORMULAS = (
    "The numbers are formulas over the sheets Register, Hazards and Compliance, and count the rows that are shown.",
    "Set a filter there, or correct a cell, and they follow.",
)
_ROUNDED = (
    "Every number is rounded to the nearest 5, and 0 to 4 are not told apart, so that nobody can be recognised.",
    "Totals are rounded on their own and need not add up. In a chart, a line without a bar has fewer than 5.",
)


class _TableRows:
    """The rows of one table on their way to a file; its head comes first."""

    def __init__(self, kind: RowSheet, rows: Rows, styles: Styles) -> None:
        self.kind, self.rows = kind, rows
        self.head = 0
        self._head_style = styles.number(Look.HEAD)
        looks = [column.look for column in kind.columns]
        self._styles = [styles.number(look) for look in looks]
        self._quoted = [styles.number(look, quoted=True) for look in looks]
        self._long = [place for place, look in enumerate(looks) if look in WRAPPED]
        self._widths = [float(column.width) for column in kind.columns]
        self._get = attrgetter(*(column.field for column in kind.columns if column is not SHOWN))
        self._counted = (Formula(counted_formula(kind), 1),) if SHOWN in kind.columns else ()

    def begin(self) -> None:
        """Put the head at the next row."""
        heads = [column.head for column in self.kind.columns]
        self.head = self.rows.next
        height = height_of(zip(heads, self._widths, strict=True))
        self.rows.add(row_of(self.head, heads, [self._head_style] * len(heads), height))

    def add(self, row: Any) -> None:
        """Put a row of the table's kind at the next row of the sheet."""
        values = (*self._get(row), *self._counted)
        height = height_of((values[place], self._widths[place]) for place in self._long) if self._long else 0
        self.rows.add(row_of(self.rows.next, values, self._styles, height, self._quoted))


class AnnualRows(ExitStack):
    """The rows of a year on their way to a workbook. A context: its files in `folder`, which is private, are closed."""

    def __init__(self, folder: Path, title: str, made_at: datetime, *, governors: bool = False) -> None:
        super().__init__()
        self._folder, self._governors = folder, governors
        self._tally = Tally(blocks.CUTS)
        self._matrices: dict[Matrix, str] = {}
        self._surprises: list[SurpriseRow] = []
        self._book = new_workbook(title, made_at)
        self._styles = Styles(self._book)
        kinds = () if governors else ROW_SHEETS
        self._tables = {
            kind.table: _TableRows(kind, self._file(kind.table, len(kind.columns)), self._styles) for kind in kinds
        }
        for table in self._tables.values():
            if table.kind is not SURPRISES:
                table.begin()

    def _file(self, name: str, columns: int) -> Rows:
        return self.enter_context(Rows(self._folder / name, columns))

    def add(
        self,
        row: VisitRow,
        hazards: Iterable[HazardRow],
        audit: Iterable[AuditLine],
        surprise: SurpriseRow | None,
        matrix: Matrix | None,
    ) -> None:
        """Take one visit in."""
        called = self._called(matrix) if matrix else ""
        self._put(REGISTER, row)
        for hazard in hazards:
            self._put(HAZARDS, hazard if hazard.matrix == called else replace(hazard, matrix=called))
        for line in audit:
            self._put(COMPLIANCE, line)
        if surprise:
            self._surprises.append(surprise)

    def _called(self, matrix: Matrix) -> str:
        """What a matrix is called here: one that was edited since goes by its name and a number."""
        if matrix not in self._matrices:
            same = sum(other.name == matrix.name for other in self._matrices)
            self._matrices[matrix] = f"{matrix.name} ({same + 1})" if same else matrix.name
        return self._matrices[matrix]

    def add_audit(self, line: AuditLine) -> None:
        """Take in a line of the audit that is of no single visit."""
        self._put(COMPLIANCE, line)

    def add_attempt(self, row: AttemptRow) -> None:
        """Take in a visit to a child whom nobody may have seen."""
        if not self._governors:
            self._tables[MISSING.table].add(row)

    def _put(self, kind: RowSheet, row: Any) -> None:
        self._tally.add(kind.table, row)
        if not self._governors:
            self._tables[kind.table].add(row)

    def write(self, about: About, questions: Mapping[str, Question], target: Path) -> None:
        """Write the workbook to a file that is not there yet. Raises `OSError`."""
        shown: Shown = (lambda count: rounded(self._tally[count])) if self._governors else self._tally.formula
        sheets: list[Rows] = []
        told: list[str] = []

        def page(title: str, made: Page) -> None:
            sheet = page_sheet(self._book, title, made.widths, _NO_NAMES if self._governors else CONFIDENTIAL)
            rows = self._file(title, made.columns)
            made.write(rows)
            sheets.append(rows)
            told.extend(charts(sheet, made.placed, column_letter(len(made.widths) + 2), _CHARTS_FROM))

        def table(kind: RowSheet, above: Page | None = None) -> None:
            if self._governors:
                return
            theirs = self._tables[kind.table]
            if above:
                above.write(theirs.rows)
                theirs.begin()
                for row in self._surprises:
                    theirs.add(row)
            widths = above.widths if above else [column.width for column in kind.columns]
            rows_sheet(self._book, kind, theirs.rows.last, theirs.head, widths)
            if theirs.rows.last == theirs.head:
                theirs.rows.last += 1  # the empty row that a table has to have
                theirs.rows.add(row_of(theirs.rows.next, [_NONE], [self._styles.number(Look.NOTE)]))
            sheets.append(theirs.rows)

        page("Summary", self._summary(about, shown))
        table(REGISTER)
        table(HAZARDS)
        page("Matrix", self._matrix(shown))
        table(COMPLIANCE)
        seen = self._predicted(shown)
        if self._governors:
            page(SURPRISES.title, seen)
        table(SURPRISES, seen)
        table(MISSING)
        page("Dictionary", dictionary(self._styles, questions, self._governors))
        page("About", about_page(self._styles, about, self._governors))
        self.close()
        skeleton, amended = with_words(self._book, told)
        assemble(skeleton, dict(enumerate(sheets, 1)), target, amended)

    def _ratings(self) -> tuple[str, ...]:
        """The names of the ratings of every matrix that was used, the lowest first."""
        return tuple(dict.fromkeys(band.name for matrix in self._matrices for band in matrix.ratings))

    def _summary(self, about: About, shown: Shown) -> Page:
        page = Page(self._styles, _SUMMARY_WIDTHS)
        page.title(f"{about.title}: {about.school}")
        page.note(f"Visits planned from {_day(about.first)} to {_day(about.last)}.")
        for note in _ROUNDED if self._governors else _FORMULAS:
            page.note(note)
        for block in blocks.summary(self._tally, about.first, about.last, self._ratings()):
            page.block(block, shown)
        return page

    def _matrix(self, shown: Shown) -> Page:
        page = Page(self._styles, _MATRIX_WIDTHS)
        page.title("The risk matrix, with the hazards of the year in it")
        page.note("Each cell has the number of hazards that were rated so, and the name of the rating.")
        for matrix, called in self._matrices.items():
            bands = {band.id: (band.colour, band.name) for band in matrix.ratings}
            fills = [[bands[rating] for rating in row] for row in reversed(matrix.grid)]
            for residual in (False, True):
                page.block(blocks.heat_map(matrix, called, residual=residual), shown, fills)
        return page

    def _predicted(self, shown: Shown) -> Page:
        page = Page(self._styles, _SEEN_WIDTHS)
        page.title("Predicted and seen")
        page.block(blocks.predicted(self._ratings()), shown)
        if not self._governors:
            page.section(
                "Visits that were not as foreseen: an incident, a concern, an alarm, or called off as not safe"
            )
        return page


def rounded(count: int) -> int | str:
    """A number as governors see it: 0 to 4 are not told apart, and all others are rounded to the nearest 5.

    Were a nought told, a group of one could be known in all that it is not; and a total of small numbers, each from 1
    to 4, could give away that each is 1.
    """
    return FEW if count < SMALL else SMALL * ((count + SMALL // 2) // SMALL)


def _day(value: date) -> str:
    return f"{value.day} {value:%B %Y}"
