"""What cannot be true of one visit is told: times on the wrong side of it, answers that contradict each other,
two families, and what was agreed for another visit."""

from datetime import datetime, time
from pathlib import Path

import pytest

from riskgen.core.conditions import Value
from riskgen.core.model import Intake, School
from riskgen.intake.gather import Given, intake_of, visit_problems
from riskgen.library.load import Library

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


@pytest.mark.parametrize(("leave", "back", "wrong"), [(time(23, 0), time(1, 0), 0), (time(10, 10), time(11, 30), 2)])
def test_a_visit_that_runs_past_midnight_has_its_times_about_it_too(leave: time, back: time, wrong: int) -> None:
    assert len(codes(start=datetime(2026, 12, 2, 23, 50), leave_at=leave, back_at=back)) == wrong


@pytest.mark.parametrize(("call", "wrong"), [(time(10, 0), 0), (time(12, 0), 0), (time(9, 59), 1), (time(12, 1), 1)])
def test_a_check_in_is_planned_for_a_time_out(call: time, wrong: int) -> None:
    answers = {**PLAN, "visit.leave_at": time(10, 0), "visit.back_at": time(12, 0), "safety.check_in_times": (call,)}
    found = visit_problems(Given(answers, ("S-07",)), Intake(answers, ()), None)
    assert [problem.field for problem in found] == ["safety.check_in_times"] * wrong


@pytest.mark.parametrize(
    ("animals", "fierce", "clash"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_a_yes_beside_the_no_that_it_rules_out_is_told(
    library: Library, example_school: School, animals: bool, fierce: bool, clash: bool
) -> None:
    answers = {"household.animals": animals, "household.animal_known_aggressive": fierce}
    _, problems = intake_of(Given(answers), example_school, library.questions)
    assert [problem.code for problem in problems] == ["answers-clash"] * clash


class TestFiles:
    """Files of one visit after another."""

    @pytest.fixture(autouse=True)
    def _at_hand(self, tmp_path: Path, library: Library, example_school: School) -> None:
        self.folder, self.library, self.school = tmp_path, library, example_school

    def given(self, *texts: str) -> Given:
        given = Given()
        for number, text in enumerate(texts):
            path = self.folder / f"{number}.yaml"
            path.write_text(text, encoding="utf-8")
            given = given.with_file(path, self.library.questions, self.school)
        return given

    def test_two_families_never_mix(self) -> None:
        found = self.given("family: {reference: F-1}", "history: {concern: no}", "family: {reference: F-2}").problems
        assert [(problem.code, problem.field) for problem in found] == [("family-mixed", "family.reference")]
        assert "0.yaml" in found[0].message

    def test_two_files_of_one_family_do(self) -> None:
        assert self.given("family: {reference: F-1}", "family: {reference: F-1, name: Sample}").problems == ()

    SAVED = (
        "visit: {purpose: attendance, start: 2026-12-02 10:30, visitors: [S-07, S-12]}\n"
        "approval: {by: S-03}\ntold: {manager_address: yes}\nhistory: {concern: no}\n"
    )

    @pytest.mark.parametrize(
        "setting", ["visit.start=2027-03-09 10:30", "visit.purpose=suspected-holiday", "visitors", "another file"]
    )
    def test_what_was_agreed_for_another_visit_lapses(self, setting: str) -> None:
        given = self.given(self.SAVED)
        if setting == "visitors":
            given = given.with_visitors(("S-07", "S-06"))
        elif setting == "another file":
            given = self.given(self.SAVED, "visit: {purpose: suspected-holiday}")
        else:
            given = given.with_settings([setting], self.library.questions, self.school)
        assert set(given.lapsed) == {"approval.by", "told.manager_address"}
        assert not {"approval.by", "told.manager_address"} & set(given.answers)
        assert given.answers["history.concern"] is False

    @pytest.mark.parametrize("setting", ["visit.start=2026-12-02 10:30", "visit.minutes=50", "travel.dark=no"])
    def test_what_leaves_the_visit_the_same_lets_it_stand(self, setting: str) -> None:
        given = self.given(self.SAVED).with_settings([setting], self.library.questions, self.school)
        given = given.with_visitors(("S-12", "S-07"))
        assert (given.lapsed, given.answers["approval.by"]) == ((), "S-03")

    def test_what_is_said_of_the_new_visit_counts(self) -> None:
        settings = ["visit.purpose=suspected-holiday", "approval.by=S-02"]
        given = self.given(self.SAVED).with_settings(settings, self.library.questions, self.school)
        assert given.answers["approval.by"] == "S-02"


@pytest.mark.parametrize(("hour", "wrong"), [(22, 0), (23, 1), (0, 1), (2, 1), (3, 0)])
def test_nobody_goes_by_daylight_at_night(hour: int, wrong: int) -> None:
    answers = {**PLAN, "visit.start": datetime(2026, 6, 17, hour, 0), "travel.dark": False}
    found = visit_problems(Given(answers, ("S-07",)), Intake(answers, ()), None)
    assert [problem.field for problem in found] == ["travel.dark"] * wrong
