"""Which visits are overdue, and events in words."""

from datetime import UTC, datetime, timedelta

import pytest

from riskgen.core.visit import Entry, Event, Happened, State, Who
from riskgen.service.finding import is_overdue
from riskgen.service.history import WORDS, at_school, in_words, who_words

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


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
