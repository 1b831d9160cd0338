"""Which visits are found, on both databases; which are overdue; and events in words."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.model import RegisterPlace, School
from riskgen.core.struct import replace
from riskgen.core.visit import Entry, Event, Happened, State, Who
from riskgen.service import clock
from riskgen.service.desk import Desk, open_desk
from riskgen.service.faults import InvalidInput
from riskgen.service.finding import Wanted, find_visits, is_overdue
from riskgen.service.history import WORDS, at_school, in_words, who_words

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SUMMER_MIDNIGHT = datetime(2026, 6, 30, 23, 0, tzinfo=UTC)
"""When 1 July begins at a school in London."""


def line(number: int, state: State = State.ASSESSED, **more: Any) -> Entry:
    return Entry(f"RA-2026-{number:04}", state, **more)


LINES = (
    line(1, start=SUMMER_MIDNIGHT - timedelta(microseconds=1), purpose="attendance", family="F-1"),
    line(2, start=SUMMER_MIDNIGHT, visitors=("S-07", "S-12"), outcome="refer", family="f-1"),
    line(3, State.OUT, start=NOW, due_back=NOW, visitors=("S-12",)),
    line(4, State.OUT, start=NOW, due_back=NOW - timedelta(seconds=1), visitors=("S-99",)),
    line(5, State.CLOSED, start=SUMMER_MIDNIGHT + timedelta(days=1), purpose="of-years-ago", family="F-2"),
    line(6, State.DRAFT),
)


@pytest.fixture
def desk(tmp_path: Path, example_school: School, register_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(clock, "utc_now", lambda: NOW)
    with open_desk(tmp_path, replace(example_school, register=RegisterPlace(register_url))) as opened:
        with opened.register.write() as writer:
            for each in reversed(LINES):
                writer.put_entry(each)
        yield opened


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, "612534"),
        ({"until": "2026-06-30"}, "1"),
        ({"since": "2026-07-01", "until": "2026-07-01"}, "2"),
        ({"since": "2026-07-01"}, "2534"),
        ({"since": "2026-07-01", "until": "9999-12-31"}, "2534"),
        ({"state": "draft"}, "6"),
        ({"state": "out"}, "34"),
        ({"state": "overdue"}, "4"),
        ({"visitor": "S-12"}, "23"),
        ({"visitor": "S-12", "outcome": "refer"}, "2"),
        ({"visitor": "S-99"}, "4"),
        ({"visitor": "S-08"}, ""),
        ({"purpose": "of-years-ago"}, "5"),
        ({"family": "F-1"}, "1"),
        ({"family": "F-_"}, ""),
    ],
)
def test_visits_are_found_by_what_the_index_has_of_them(desk: Desk, wanted: dict[str, str], found: str) -> None:
    assert "".join(entry.reference[-1] for entry in find_visits(desk, Wanted(**wanted))) == found


def test_a_line_of_the_index_comes_back_as_it_was_put_in(desk: Desk) -> None:
    assert set(find_visits(desk, Wanted())) == set(LINES)


@pytest.mark.parametrize(
    "wanted",
    [
        {"since": "2026-07-02", "until": "2026-07-01"},
        {"since": "yesterday"},
        {"state": "lost"},
        {"outcome": "perhaps"},
        {"visitor": "S-100"},
    ],
)
def test_what_cannot_be_looked_for_is_told(desk: Desk, wanted: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        find_visits(desk, Wanted(**wanted))


@pytest.mark.parametrize("state", State)
def test_only_a_visit_that_is_out_past_its_time_is_overdue(state: State) -> None:
    late = Entry("RA-2026-0001", state, due_back=NOW - timedelta(seconds=1))
    assert is_overdue(late, NOW) is (state is State.OUT)
    assert not is_overdue(Entry("RA-2026-0001", state, due_back=NOW), NOW)
    assert not is_overdue(Entry("RA-2026-0001", state), NOW)


def test_everything_that_can_happen_has_words() -> None:
    assert set(WORDS) == set(Happened)
    assert len(set(WORDS.values())) == len(WORDS)


@pytest.mark.parametrize("happened", Happened)
def test_an_event_whose_words_were_erased_is_still_told(happened: Happened) -> None:
    event = Event(1, "RA-2026-0001", happened, NOW, Who(), None)
    assert in_words(event) == f"{WORDS[happened]} (what was said has been erased)"


def test_reasons_are_no_part_of_the_words() -> None:
    for happened in (Happened.CANCELLED, Happened.CALLED_OFF, Happened.HELD, Happened.RELEASED):
        body = {"reason": "private words", "for_safety": True}
        assert "private" not in in_words(Event(1, "RA-2026-0001", happened, NOW, Who(), body))


def test_who_did_it_is_told_as_well_as_it_is_known() -> None:
    def by(who: Who) -> str:
        return who_words(Event(1, "", Happened.STARTED, NOW, who, {}))

    assert by(Who("S-02", "office", "passphrase")) == "S-02 (passphrase)"
    assert by(Who("", "office", "")) == "account office"
    assert by(Who()) == "nobody named"


def test_a_moment_is_told_by_the_clock_of_the_school() -> None:
    assert at_school(datetime(2026, 7, 1, 9, 0, 5, tzinfo=UTC), "Europe/London") == "2026-07-01 10:00:05"
    twice = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert at_school(twice, "Europe/Jersey") == "2026-10-25 01:30:00 +0100"
    assert at_school(twice + timedelta(hours=1), "Europe/Jersey") == "2026-10-25 01:30:00 +0000"
    assert at_school(twice + timedelta(hours=2), "Europe/Jersey") == "2026-10-25 02:30:00"
