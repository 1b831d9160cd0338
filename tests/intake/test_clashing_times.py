"""Times out and back that cannot belong to the visit are told, and only those."""

from datetime import datetime, time

import pytest

from riskgen.core.conditions import Value
from riskgen.core.model import Intake
from riskgen.intake.gather import Given, visit_problems

PLAN: dict[str, Value] = {
    "visit.purpose": "attendance",
    "visit.start": datetime(2026, 12, 2, 10, 30),
    "visit.minutes": 40,
}


def codes(**times: Value) -> list[str]:
    answers = {**PLAN, **{f"visit.{name}": value for name, value in times.items()}}
    given = Given(answers, ("S-07",), origins={"visit.leave_at": ("visit.yaml", 4), "visit.back_at": ("visit.yaml", 5)})
    found = visit_problems(given, Intake(answers, ()), None)
    return [f"{problem.code} {problem.field} {problem.path}:{problem.line}" for problem in found]


@pytest.mark.parametrize("leave", [time(9, 0), time(10, 30)])
@pytest.mark.parametrize("back", [time(11, 10), time(12, 0)])
def test_times_around_the_visit_are_taken(leave: time, back: time) -> None:
    assert codes(leave_at=leave, back_at=back) == []


def test_leaving_after_the_visit_starts_is_told_with_its_file_and_line() -> None:
    assert codes(leave_at=time(10, 31)) == ["visit-times visit.leave_at visit.yaml:4"]


def test_being_back_before_the_visit_ends_is_told_with_its_file_and_line() -> None:
    assert codes(back_at=time(11, 9)) == ["visit-times visit.back_at visit.yaml:5"]


def test_a_visit_that_runs_past_midnight_is_left_alone() -> None:
    assert codes(start=datetime(2026, 12, 2, 23, 50), leave_at=time(23, 0), back_at=time(1, 0)) == []
