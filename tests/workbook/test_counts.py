"""Counting by a formula and by the program: both of one declaration."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from riskgen.core.audit import AuditLine
from riskgen.core.struct import names_of
from riskgen.core.yearly import AttemptRow, HazardRow, SurpriseRow, VisitRow
from riskgen.library.load import Library
from riskgen.workbook.annual import rounded
from riskgen.workbook.blocks import CUTS, heat_map, predicted, summary
from riskgen.workbook.columns import COUNTED, ROW_SHEETS, SHOWN
from riskgen.workbook.counts import MONTH, Count, Tally, formula_of, months


@dataclass(frozen=True)
class Row:
    day: date | None
    purpose: str
    made: str


CUTS_HERE = {"Register": ((), ("purpose",), ("purpose", "made"), (MONTH,))}


def test_rows_are_counted_as_they_go_by() -> None:
    tally = Tally(CUTS_HERE)
    for row in (
        Row(date(2026, 1, 31), "a", "Yes"),
        Row(date(2026, 1, 1), "a", "No"),
        Row(date(2026, 2, 1), "b", "Yes"),
        Row(None, "b", "No"),
    ):
        tally.add("Register", row)
    assert tally[Count("Register")] == 4
    assert tally[Count("Register", (("purpose", "a"),))] == 2
    assert tally[Count("Register", (("purpose", "a"), ("made", "Yes")))] == 1
    assert tally[Count("Register", ((MONTH, date(2026, 1, 1)),))] == 2
    assert tally[Count("Register", (("purpose", "c"),))] == 0
    assert tally.values("Register", "purpose") == ("a", "b")


def test_values_that_a_formula_takes_for_one_are_counted_as_one() -> None:
    """COUNTIFS knows no capitals, and compares the beginning of what is longer than a criterion can be."""
    tally = Tally(CUTS_HERE)
    for purpose in ("Talk", "TALK", "x" * 130 + "a", "x" * 130 + "b"):
        tally.add("Register", Row(None, purpose, "No"))
    assert tally.values("Register", "purpose") == ("Talk", "x" * 130 + "a")
    assert tally[Count("Register", (("purpose", "talk"),))] == 2
    assert tally[Count("Register", (("purpose", "x" * 130 + "b"),))] == 2


def test_what_a_formula_asks() -> None:
    assert formula_of(Count("Register")) == "SUM(Register[Counted])"
    assert (
        formula_of(Count("Register", (("made", "Yes"),))) == 'COUNTIFS(Register[Went out],"=Yes",Register[Counted],1)'
    )
    assert formula_of(Count("Register", ((MONTH, date(2026, 12, 1)),))) == (
        'COUNTIFS(Register[Date],">="&DATE(2026,12,1),Register[Date],"<"&DATE(2027,1,1),Register[Counted],1)'
    )


@pytest.mark.parametrize(
    ("value", "criterion"),
    [
        ("Why?", '"=Why~?"'),
        ("*", '"=~*"'),
        ("a~b", '"=a~~b"'),
        ('say "no"', '"=say ""no"""'),
        (">5", '"=>5"'),
        ("x" * 300, f'"={"x" * 120}*"'),
        ("?" * 300, f'"={"~?" * 120}*"'),
    ],
)
def test_signs_of_a_value_mean_nothing_in_a_formula(value: str, criterion: str) -> None:
    assert f"Register[Purpose],{criterion}," in formula_of(Count("Register", (("purpose", value),)))


def test_months_run_over_the_end_of_a_year() -> None:
    assert list(months(date(2025, 11, 30), date(2026, 2, 1))) == [
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    ]


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "fewer than 5"),
        (1, "fewer than 5"),
        (4, "fewer than 5"),
        (5, 5),
        (7, 5),
        (8, 10),
        (12, 10),
        (13, 15),
        (100, 100),
    ],
)
def test_governors_see_rounded_numbers(count: int, shown: int | str) -> None:
    assert rounded(count) == shown


@pytest.mark.parametrize("kind", ROW_SHEETS, ids=lambda kind: kind.title)
def test_every_field_of_a_row_has_its_column(kind: object) -> None:
    rows = {"Register": VisitRow, "Hazards": HazardRow, "Compliance": AuditLine, "Seen": SurpriseRow}
    row = rows.get(kind.table, AttemptRow)  # type: ignore[attr-defined]
    columns = [column.field for column in kind.columns if column is not SHOWN]  # type: ignore[attr-defined]
    assert sorted(columns) == sorted(names_of(row))
    heads = [column.head for column in kind.columns]  # type: ignore[attr-defined]
    assert len(set(heads)) == len(heads)
    assert not [head for head in heads if set(head) & set("[]#'@")]


def test_every_count_of_the_workbook_is_kept_and_no_other_is(library: Library) -> None:
    """A count of fields that are not counted together would come to nought, and nobody would notice."""
    tally = Tally(CUTS)
    empty: dict[str, Any] = dict.fromkeys(names_of(VisitRow), "")
    tally.add("Register", VisitRow(**{**empty, "day": date(2026, 1, 1), "purpose": "A purpose"}))
    empty = dict.fromkeys(names_of(HazardRow), "")
    tally.add("Hazards", HazardRow(**{**empty, "hazard": "A hazard"}))
    matrix = next(iter(library.matrices.values()))
    blocks = (
        *summary(tally, date(2026, 1, 1), date(2026, 1, 31), ["Low"]),
        predicted(["Low"]),
        *(heat_map(matrix, matrix.name, residual=residual) for residual in (False, True)),
    )
    counts = [count for block in blocks for line in block.lines for count in line.counts]
    asked = {(count.table, tuple(field for field, _ in count.criteria)) for count in counts}
    assert asked == {(table, cut) for table, cuts in CUTS.items() for cut in cuts}


def test_whatever_is_counted_is_a_column() -> None:
    for table, cuts in CUTS.items():
        for field in {field for cut in cuts for field in cut if field != MONTH}:
            assert COUNTED[table].head(field)
