"""How long records are kept: the schedule as it is shipped and read, and the days counted from it."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgen.files.yaml import parse_yaml
from riskgen.library.retention import (
    RETENTION_FILE,
    RetentionRule,
    Schedule,
    Since,
    What,
    When,
    due_on,
    load_schedule,
    read_schedule,
)
from riskgen.library.source import Source

DATA = Path(__file__).parents[2] / "data"


def rule(years: int, since: Since = Since.BIRTH) -> RetentionRule:
    return RetentionRule("some", "Some", What.VISIT, When.ANY, years, since, "Ours")


@pytest.fixture(scope="module")
def shipped() -> Schedule:
    schedule, problems = load_schedule(DATA)
    assert problems == ()
    assert schedule is not None
    return schedule


# --- the schedule that comes with riskgen --------------------------------------------------------


@pytest.mark.parametrize(
    ("was", "line"),
    [
        ((), "visit-other"),
        ((When.CANCELLED,), "visit-cancelled"),
        ((When.INCIDENT,), "visit-incident"),
        ((When.CANCELLED, When.CONCERN), "visit-concern"),
        ((When.INCIDENT, When.CONCERN), "visit-concern"),
    ],
)
def test_the_first_line_that_is_about_a_visit_counts(shipped: Schedule, was: tuple[When, ...], line: str) -> None:
    assert shipped.rule_for(What.VISIT, was).id == line


def test_a_marker_has_a_line_of_its_own(shipped: Schedule) -> None:
    assert (shipped.rule_for(What.MARKER).id, shipped.rule_for(What.MARKER).since) == ("marker", Since.LAPSED)


def test_child_protection_is_kept_until_25_years_after_birth(shipped: Schedule) -> None:
    concern = shipped.rule_for(What.VISIT, (When.CONCERN,))
    assert due_on(concern, date(2014, 5, 17)) == date(2039, 5, 17)


def test_nothing_that_was_worse_is_kept_for_less(shipped: Schedule) -> None:
    years = [shipped.rule_for(What.VISIT, was).keep_years for was in ((When.CONCERN,), (When.INCIDENT,), ())]
    assert years == sorted(years, reverse=True)


def test_the_note_says_whose_schedule_governs(shipped: Schedule) -> None:
    assert "your school's own retention schedule governs" in shipped.note


def test_a_period_that_nobody_could_confirm_is_marked_so(shipped: Schedule) -> None:
    sure = {each.id for each in shipped.rules if "unconfirmed" not in each.source}
    assert sure == {"visit-concern"}
    assert "second-hand" in shipped.rule_for(What.VISIT, (When.CONCERN,)).source


# --- counting ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "years", "due"),
    [
        (date(2026, 8, 31), 1, date(2027, 8, 31)),
        (date(2008, 2, 29), 25, date(2033, 3, 1)),
        (date(2008, 2, 29), 4, date(2012, 2, 29)),
        (date(2096, 2, 29), 4, date(2100, 3, 1)),  # 2100 is no leap year
        (date(2008, 2, 28), 25, date(2033, 2, 28)),
        (date(9998, 12, 31), 1, date(9999, 12, 31)),
    ],
)
def test_years_are_counted_to_the_same_day(since: date, years: int, due: date) -> None:
    assert due_on(rule(years), since) == due


def test_what_is_counted_from_an_unknown_day_is_never_due() -> None:
    assert due_on(rule(25), None) is None


@pytest.mark.parametrize("since", [date(9999, 1, 1), date(9996, 2, 29)])
def test_years_beyond_the_calendar_are_never_over(since: date) -> None:
    assert due_on(rule(25), since) is None


@given(st.dates(max_value=date(9899, 12, 31)), st.integers(1, 99))
def test_nothing_is_due_before_its_years_are_over(since: date, years: int) -> None:
    due = due_on(rule(years), since)
    assert due is not None
    assert (due.year, (due.month, due.day) >= (since.month, since.day)) == (since.year + years, True)
    assert (due_on(rule(years + 1), since) or date.min) > due


def test_each_day_to_count_from_has_words_of_its_own() -> None:
    assert len({since.words for since in Since}) == len(Since)


# --- reading -------------------------------------------------------------------------------------


def test_a_line_without_a_condition_is_about_every_record_left() -> None:
    text = """
records:
  - {id: short, label: Any visit, what: visit, keep_years: 3, from: visit, source: Ours}
  - {id: long, label: Any marker, what: marker, when: any, keep_years: 1, from: lapsed, source: Ours}
"""
    source = Source(parse_yaml(text, RETENTION_FILE))
    schedule = read_schedule(source)
    assert source.problems == []
    assert schedule == Schedule(
        "",
        (
            RetentionRule("short", "Any visit", What.VISIT, When.ANY, 3, Since.VISIT, "Ours"),
            RetentionRule("long", "Any marker", What.MARKER, When.ANY, 1, Since.LAPSED, "Ours"),
        ),
    )
    assert schedule.rule_for(What.VISIT, tuple(When)).id == "short"


def test_a_schedule_with_a_fault_is_not_used(tmp_path: Path) -> None:
    good = (DATA / RETENTION_FILE).read_text(encoding="utf-8")
    (tmp_path / RETENTION_FILE).write_text(good.replace("from: lapsed", "from: birth"), encoding="utf-8")
    schedule, (problem,) = load_schedule(tmp_path)
    assert schedule is None
    assert (problem.code, problem.path) == ("retention-from", f"{tmp_path.name}/{RETENTION_FILE}")


def test_a_folder_without_a_schedule_is_told_how_to_get_one(tmp_path: Path) -> None:
    schedule, (problem,) = load_schedule(tmp_path)
    assert schedule is None
    assert problem.code == "retention-missing"
    assert "riskgen init with --force" in problem.hint
