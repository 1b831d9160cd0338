"""`riskgen intake-sheet`, and a sheet with one visit given to `riskgen assess`."""

import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from sheets import FIRST, ROUTINE, Filled

Run = Callable[..., Any]


def test_it_writes_a_sheet_and_says_what_to_do_next(home: Path, riskgen: Run) -> None:
    result = riskgen("intake-sheet", "-o", "visits.xlsx")
    assert (result.code, result.out) == (0, "Written: visits.xlsx\n")
    assert "riskgen batch visits.xlsx" in result.said
    rows = Filled(home / "visits.xlsx").page.auto_filter.ref
    assert rows.endswith(str(FIRST + 99))
    assert "room for 100 visits" in result.said
    assert stat.S_IMODE((home / "visits.xlsx").stat().st_mode) & 0o077 == 0


def test_it_has_room_for_as_many_visits_as_are_asked_for(home: Path, riskgen: Run) -> None:
    assert riskgen("intake-sheet", "--output", "visits.xlsx", "--rows", "7").code == 0
    page = Filled(home / "visits.xlsx").page
    assert page.auto_filter.ref.endswith(str(FIRST + 6))
    assert page.cell(FIRST + 6, 1).data_type == "f"
    assert page.cell(FIRST + 7, 1).value is None


@pytest.mark.parametrize("rows", ["0", "-1", "4901", "many"])
def test_no_rows_too_many_and_no_number_are_wrong_usage(home: Path, riskgen: Run, rows: str) -> None:
    assert riskgen("intake-sheet", "-o", "visits.xlsx", "--rows", rows).code == 2
    assert not (home / "visits.xlsx").exists()


@pytest.mark.parametrize("name", ["visits.csv", "visits.xls", "visits"])
def test_only_a_workbook_is_written(home: Path, riskgen: Run, name: str) -> None:
    result = riskgen("intake-sheet", "-o", name)
    assert result.code == 2
    assert "ends in .xlsx. Nothing was saved." in result.said


def test_a_sheet_that_is_there_is_replaced_by_force_alone_and_kept(home: Path, riskgen: Run) -> None:
    path = home / "visits.xlsx"
    path.write_bytes(b"filled in")
    assert riskgen("intake-sheet", "-o", "visits.xlsx").code == 4
    assert path.read_bytes() == b"filled in"
    assert riskgen("intake-sheet", "-o", "visits.xlsx", "--force").code == 0
    assert (home / "visits.xlsx.bak").read_bytes() == b"filled in"


def one_row(home: Path, riskgen: Run, **more: Any) -> None:
    assert riskgen("intake-sheet", "-o", "one.xlsx", "--rows", "5").code == 0
    filled = Filled(home / "one.xlsx").put(FIRST, ROUTINE)
    filled.put(FIRST, {name.replace("__", "."): value for name, value in more.items()}).save()


def test_assess_takes_a_sheet_with_one_visit_like_any_file(home: Path, riskgen: Run) -> None:
    one_row(home, riskgen, history__violence_reported="Yes")
    by_sheet = riskgen("assess", "one.xlsx", "--dry-run", "--no-input", "--json")
    (home / "one.yaml").write_text(
        "family.reference: F-0123\nhistory.violence_reported: yes\nvisit:\n  purpose: attendance\n"
        "  start: 2026-12-02 10:30\n  minutes: 40\n  visitors: [S-07, S-12]\n"
    )
    by_file = riskgen("assess", "one.yaml", "--dry-run", "--no-input", "--json")
    assert by_sheet.code == by_file.code == 0
    assert json.loads(by_sheet.out) == json.loads(by_file.out)


def test_assess_names_the_cell_that_is_faulty(home: Path, riskgen: Run) -> None:
    one_row(home, riskgen, history__concern="perhaps, says Aunt Philomena")
    result = riskgen("assess", "one.xlsx", "--dry-run", "--no-input")
    assert result.code == 3
    assert f"one.xlsx:{FIRST}" in result.said
    assert "does not say yes, no or not known" in result.said
    assert "Philomena" not in result.said


def test_assess_does_not_take_several_visits(home: Path, riskgen: Run) -> None:
    one_row(home, riskgen)
    Filled(home / "one.xlsx").put(FIRST + 1, ROUTINE).save()
    result = riskgen("assess", "one.xlsx", "--dry-run", "--no-input")
    assert result.code == 3
    assert "holds 2 visits" in result.said
    assert "riskgen batch one.xlsx" in result.said


def test_answers_are_not_saved_as_a_workbook(home: Path, riskgen: Run) -> None:
    result = riskgen("assess", "families/F-0123.yaml", "--dry-run", "--no-input", "--save-answers", "kept.xlsx")
    assert result.code == 2
    assert not (home / "kept.xlsx").exists()
