"""Counting rows twice over: by a formula, for whoever filters or corrects the workbook, and here, for its first value.

Both come of one declaration, so that they cannot say different things.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cache, cached_property
from operator import attrgetter
from typing import Any

from riskgen.core.struct import Struct
from riskgen.workbook.cells import Formula
from riskgen.workbook.columns import COUNTED, SHOWN

MONTH = "month"
"""Stands for the field `day` where months are counted; its value is the first of the month."""
_LONGEST_CRITERION = 120
"""Characters; a formula of Excel takes up to 255, and each may need another one before it."""


class Count(Struct, frozen=True):
    """How many rows of a table are so: each field has its value. None stands for a row without a day."""

    table: str
    criteria: tuple[tuple[str, str | date | None], ...] = ()


class Tally:
    """Rows, counted as they go by. `cuts` are the sets of fields that are counted together, by table.

    Values are counted as they are, which costs the least for each row, and put together as Excel compares them when
    the first count is asked for; from then on no row is added.
    """

    def __init__(self, cuts: dict[str, tuple[tuple[str, ...], ...]]) -> None:
        self._cuts = {table: [(cut, _getter(cut), Counter[Any]()) for cut in theirs] for table, theirs in cuts.items()}

    def add(self, table: str, row: Any) -> None:
        """Count one row of a table."""
        for _, get, found in self._cuts[table]:
            found[get(row)] += 1

    def __getitem__(self, count: Count) -> int:
        criteria = tuple((name, as_excel_compares(value)) for name, value in count.criteria)
        return self._folded[Count(count.table, criteria)]

    @cached_property
    def _folded(self) -> Counter[Count]:
        folded: Counter[Count] = Counter()
        for table, cuts in self._cuts.items():
            for cut, _, found in cuts:
                for values, many in found.items():
                    folded[Count(table, tuple(map(_criterion_of, cut, _together(cut, values))))] += many
        return folded

    def values(self, table: str, field: str) -> tuple[str, ...]:
        """Every value that a field had, as it first came; those that Excel counts as one are one."""
        found = next(found for cut, _, found in self._cuts[table] if cut == (field,))
        first: dict[str, str] = {}
        for value in found:
            if value is not None:
                first.setdefault(as_excel_compares(value), value)
        return tuple(first.values())

    def formula(self, count: Count) -> Formula:
        """The formula that counts so among the rows that are shown, with the value that it has now."""
        return Formula(formula_of(count), self[count])


@cache
def as_excel_compares(value: Any) -> Any:
    """A value as a formula compares it: text without regard to capitals, and no longer than a criterion can be."""
    return value[:_LONGEST_CRITERION].casefold() if isinstance(value, str) else value


def formula_of(count: Count) -> str:
    """`COUNTIFS` over the columns of the table."""
    shown = f"{count.table}[{SHOWN.head}]"
    if not count.criteria:
        return f"SUM({shown})"
    parts: list[str] = []
    for field, value in count.criteria:
        head = COUNTED[count.table].head("day" if field == MONTH else field)
        column = f"{count.table}[{head}]"
        if field == MONTH and isinstance(value, date):
            following = date(value.year + value.month // 12, value.month % 12 + 1, 1)
            parts += [f'{column},">="&{_day(value)}', f'{column},"<"&{_day(following)}']
        else:
            parts.append(f"{column},{_criterion(value)}")
    return f"COUNTIFS({','.join(parts)},{shown},1)"


def _day(value: date) -> str:
    return f"DATE({value.year},{value.month},{value.day})"


def _criterion(value: str | date | None) -> str:
    """Exactly this text: without a meaning for its question marks, stars and signs."""
    text = str(value or "")
    shortened = "*" if len(text) > _LONGEST_CRITERION else ""
    text = text[:_LONGEST_CRITERION]
    for sign in "~*?":
        text = text.replace(sign, f"~{sign}")
    return '"={}{}"'.format(text.replace('"', '""'), shortened)


def _getter(cut: Sequence[str]) -> Callable[[Any], Any]:
    """A function that takes the values of the fields out of a row: as a tuple, or the value of a single one."""
    return attrgetter(*("day" if field == MONTH else field for field in cut)) if cut else lambda row: ()


def _together(cut: Sequence[str], values: Any) -> Sequence[Any]:
    """What `_getter` took, as a tuple of any length."""
    return (values,) if len(cut) == 1 else values


def _criterion_of(field: str, value: Any) -> tuple[str, Any]:
    return field, _month(value) if field == MONTH else as_excel_compares(value)


def _month(day: date | None) -> date | None:
    return day.replace(day=1) if day else None


def months(first: date, last: date) -> Iterable[date]:
    """The first day of each month from one day to another."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
