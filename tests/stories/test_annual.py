"""A year of a school in one workbook: what is counted, what the audit finds, and what nobody is to read."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

pytestmark = pytest.mark.of_a_file("the workbook is a file")

PLAN = {"visit__leave_at": "10:10", "visit__back_at": "11:30"}
ATTACK = '=HYPERLINK("http://127.0.0.1/","calm")'
USUAL = {
    "bchs": ("attendance", ("S-07", "S-12")),
    "st-patricks": ("attendance", ("S-07", "S-12")),
    "heather-avenue": ("reception-induction", ("S-05", "S-04")),
    "le-rocquier": ("school-refusal", ("S-08",)),
    "robert-ogden": ("return-to-school", ("S-05", "S-07")),
}


@dataclass
class Year:
    """A school with a year of visits, and how to make and read its workbook."""

    school: Any
    policy: str
    made: int = 0

    def visit(self, day: str, family: str = "F-2001", **changes: object) -> str:
        """Assess a visit two days before, at nine; its start is at half past ten."""
        purpose, visitors = USUAL[self.policy]
        who = changes.pop("visitors", visitors)
        answers = {**PLAN, "family__reference": family, **changes}
        plan = self.school.intake(purpose, who, **answers)
        before = date.fromisoformat(day).toordinal() - 2
        self.school.at(f"{date.fromordinal(before).isoformat()} 09:00")
        self.school.assess(*plan, start=f"{day} 10:30")
        self.made += 1
        return f"RA-{day[:4]}-{self.made:04}"

    def goes(self, reference: str, day: str, back: str = "11:20") -> None:
        """Authorised, signed out, and back."""
        self.school.authorise(reference, "S-01")
        self.school.at(f"{day} 10:10")
        self.school("depart", reference)
        self.school.at(f"{day} {back}")
        self.school("return", reference)

    def recorded(self, reference: str, at: str, **said: object) -> None:
        self.school.at(at)
        self.school("record", reference, "--answers", self.school.went(reference, **said), "--no-input")

    def workbook(self, *arguments: str, name: str = "annual.xlsx") -> Path:
        self.school("annual", *arguments, "-o", name)
        return Path(self.school.folder / name)


@pytest.fixture
def year(open_school: Callable[..., Any]) -> Iterator[Callable[[str], Year]]:
    yield lambda policy: Year(open_school(policy), policy)


def full_year(found: Year) -> Year:
    """A year in which everything happens that an auditor would ask about."""
    went = found.visit("2026-01-14")
    found.goes(went, "2026-01-14")
    found.recorded(went, "2026-01-14 13:00")

    incident = found.visit("2026-01-21", "F-2002")
    found.goes(incident, "2026-01-21", back="12:00")
    text = "A visitor was shouted at on the doorstep."
    found.recorded(incident, "2026-01-21 13:00", incident="yes", incident_text=text, concern="yes")

    for day in ("2026-02-04", "2026-02-11"):
        nobody = found.visit(day, "F-2003", child__name="-1 Sample child")
        found.goes(nobody, day)
        found.recorded(nobody, f"{day} 13:00", outcome="nobody-in", agreed=ATTACK, seen="#N/A")

    cancelled = found.visit("2026-02-18", "F-2004")
    found.school("cancel", cancelled, "--reason", "The family asked for another day.", typed="y\n")

    refused = found.visit("2026-03-04", "F-2005", staff__objects="yes", history__weapons_reported="yes")
    assert refused

    late = found.visit("2026-03-11", "F-2006")
    found.goes(late, "2026-03-11")
    found.recorded(late, "2026-03-16 09:00")

    forgotten = found.visit("2026-03-18", "F-2007")
    found.goes(forgotten, "2026-03-18")

    found.school.at("2026-03-25 12:00")
    purpose, visitors = USUAL[found.policy]
    plan = found.school.intake(purpose, visitors, **PLAN, family__reference="F-2008")
    found.school("assess", *plan, "--start", "2026-03-25 10:30", "--no-input", "--after-the-fact", "An emergency.")
    found.made += 1

    out = found.visit("2026-04-01", "F-2009")
    found.school.authorise(out, "S-01")
    found.school.at("2026-04-01 10:10")
    found.school("depart", out)
    found.school.at("2026-04-20 09:00")
    return found


def rows(sheet: Worksheet, head: int = 1) -> list[dict[str, Any]]:
    """The rows of a table by the heads of its columns."""
    heads, *found = sheet.iter_rows(min_row=head, values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in found if any(value is not None for value in row)]


def head_of(sheet: Worksheet, first: str) -> int:
    """The last row that begins with this text."""
    return max(cell.row for cell in sheet["A"] if cell.value == first)


def numbers(sheet: Worksheet, title: str) -> dict[Any, tuple[Any, ...]]:
    """A small table of a page: what stands beside each label."""
    begins = next(cell.row for cell in sheet["A"] if cell.value == title) + 2
    found = {}
    for row in sheet.iter_rows(min_row=begins, values_only=True):
        if row[0] is None:
            break
        found[row[0]] = tuple(value for value in row[1:] if value is not None)
    return found


@pytest.mark.parametrize("policy", USUAL)
def test_a_year_is_counted_and_audited(year: Callable[[str], Year], policy: str) -> None:
    found = full_year(year(policy))
    shutil.copy(found.workbook("2025-26"), f"/tmp/annual-{policy}.xlsx")
    shutil.copy(found.workbook("2025-26", "--for", "governors", name="g.xlsx"), f"/tmp/governors-{policy}.xlsx")
