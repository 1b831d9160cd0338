"""Dates and times as people write them, and what is left alone because it could mean two things."""

from datetime import date, datetime, time

import pytest

from riskgen.files.spoken import date_said, minutes_said, moment_said, pictured, time_said

DAY = date(2026, 12, 2)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-12-02", "2 December 2026", "02 December 2026", "2nd December 2026", "2 Dec 2026", "2 dec. 2026"),
        *("Wednesday 2 December 2026", "Wed, 2 December 2026", "2 December, 2026", "2/12/2026", "02.12.2026"),
        *("  2   December  2026 ", "2-12-2026", "2nd of December 2026"),
    ],
)
def test_a_date_is_read_with_the_day_before_the_month(text: str) -> None:
    assert date_said(text) == DAY


@pytest.mark.parametrize(
    "text",
    [
        *("", "tomorrow", "2/12/26", "Tuesday 2 December 2026", "31 February 2026", "2/12-2026", "2 Decembre 2026"),
        *("December 2026", "12/25/2026", "２ December 2026", "2 December 2026 maybe"),
    ],
)
def test_what_is_no_date_or_two_dates_is_none(text: str) -> None:
    assert date_said(text) is None


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        *(("10:30", time(10, 30)), ("9.05", time(9, 5)), ("10.30am", time(10, 30)), ("2 pm", time(14, 0))),
        *(("12:15 a.m.", time(0, 15)), ("12 pm", time(12, 0)), ("23:59", time(23, 59))),
    ],
)
def test_a_time_is_read(text: str, clock: time) -> None:
    assert time_said(text) == clock


@pytest.mark.parametrize("text", ["", "10", "1030", "24:00", "14:30 pm", "0 am", "half past ten", "10:60"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert time_said(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("2026-12-02 10:30", "2026-12-02T10:30", "2 December 2026, 10:30", "Wednesday 2 December 2026, 10:30"),
        *("2 December 2026 at 10.30 am", "2/12/2026 10:30"),
    ],
)
def test_a_moment_is_read(text: str) -> None:
    assert moment_said(text) == datetime(2026, 12, 2, 10, 30)


@pytest.mark.parametrize(
    "text", ["", "2 December 2026", "10:30", "Tuesday 2 December 2026, 10:30", "2 December 2026 10"]
)
def test_half_a_moment_is_none(text: str) -> None:
    assert moment_said(text) is None


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        *(("40 minutes", 40), ("1 minute", 1), ("1 hour", 60), ("1 hour 30 minutes", 90), ("2 hours and 5 mins", 125)),
        *(("90", None), ("", None), ("an hour", None)),
    ],
)
def test_a_length_of_time_is_read_in_minutes(text: str, minutes: int | None) -> None:
    assert minutes_said(text) == minutes


def test_a_picture_of_word_is_followed() -> None:
    moment = datetime(2026, 12, 2, 14, 5)
    assert pictured(moment, "dddd, d MMMM yyyy 'at' HH:mm") == "Wednesday, 2 December 2026 at 14:05"
    assert pictured(moment, "dd/MM/yy h:mm am/pm") == "02/12/26 2:05 PM"
