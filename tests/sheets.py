"""Sheets of planned visits as people fill them in: answers put under the names of their columns, then saved."""

import warnings
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from riskgen.core.conditions import Value
from riskgen.core.model import Question
from riskgen.core.words import answer_words

NAME_ROW, EXAMPLE_AT, FIRST = 3, 4, 5
ROUTINE: Mapping[str, Any] = {
    "family.reference": "F-0123",
    "visit.purpose": "There is an attendance concern",
    "visit.start": datetime(2026, 12, 2, 10, 30),
    "visit.minutes": 40,
    "visit.visitors.1": "S-07 Gray Invented",
    "visit.visitors.2": "S-12",
}
"""A row that lacks nothing which a visit cannot be without."""


class Filled:
    """A workbook that is being filled in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the area to be printed, which is worked out
            self.book: Workbook = load_workbook(path)
        self.page = self.book["Visits"]
        self.columns = {str(cell.value): cell.column for cell in self.page[NAME_ROW] if cell.value}

    def put(self, row: int, values: Mapping[str, Any]) -> "Filled":
        """Type answers into a row, as the cells of their columns take them."""
        for name, value in values.items():
            cell = self.page.cell(row, self.columns[name])
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
            if not cell.has_style:
                cell._style = self.page.column_dimensions[cell.column_letter]._style
        return self

    def save(self) -> Path:
        self.book.save(self.path)
        return self.path


def typed(question: Question, value: Value | None) -> Any:
    """An answer as somebody types it into its cell."""
    if value is None:
        return "Not known"
    if isinstance(value, tuple):
        return "; ".join(f"{each:%H:%M}" for each in value) or "None"
    if isinstance(value, frozenset):
        return "; ".join(option.label for option in question.options if option.id in value) or "None"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return value if isinstance(value, (int, date, time)) else answer_words(question, value)
