"""The clocks of a visit that is out, to the second, and over both nights on which the clocks change."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskgen.core.model import Ladders, Rung
from riskgen.core.struct import replace
from riskgen.core.timers import (
    AGREED_RETURN,
    DOUBTED_RETURN,
    EARLY_ENOUGH,
    PLANNED_END,
    Trouble,
    Wait,
    agreed_times,
    clock_of,
    due_back,
    ladder_for,
    ladder_now,
    next_check_in,
    to_utc,
    to_wall,
    wait_until,
    waits,
)
from riskgen.library.load import Library

ZONES = pytest.mark.parametrize("zone", ["Europe/London", "Europe/Jersey"])
LONDON = "Europe/London"
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
"""At 01:00 the clocks went forward to 02:00; at 02:00 they went back to 01:00. Both at 01:00 UTC."""
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def utc(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC)


def wall(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute)


DAY = date(2026, 12, 2)
OUT = utc(DAY, 10)


# --- wall times ----------------------------------------------------------------------------------


@ZONES
@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        (wall(DAY, 10, 30), utc(DAY, 10, 30)),
        (wall(date(2026, 7, 1), 10, 30), utc(date(2026, 7, 1), 9, 30)),
        (wall(SPRING, 0, 59), utc(SPRING, 0, 59)),
        (wall(SPRING, 1, 0), utc(SPRING, 1)),
        (wall(SPRING, 1, 30), utc(SPRING, 1)),
        (wall(SPRING, 1, 59), utc(SPRING, 1)),
        (wall(SPRING, 2, 0), utc(SPRING, 1)),
        (wall(SPRING, 2, 1), utc(SPRING, 1, 1)),
        (wall(AUTUMN, 0, 59), utc(date(2026, 10, 24), 23, 59)),
        (wall(AUTUMN, 1, 0), utc(AUTUMN, 0)),
        (wall(AUTUMN, 1, 30), utc(AUTUMN, 0, 30)),
        (wall(AUTUMN, 1, 30).replace(fold=1), utc(AUTUMN, 0, 30)),
        (wall(AUTUMN, 2, 0), utc(AUTUMN, 2)),
    ],
)
def test_wall_time_is_the_first_moment_that_it_can_mean(zone: str, typed: datetime, moment: datetime) -> None:
    assert to_utc(typed, zone) == moment
    assert to_utc(typed, zone).tzinfo is UTC


@ZONES
def test_both_half_past_ones_of_the_autumn_night_look_alike(zone: str) -> None:
    shown = [to_wall(utc(AUTUMN, hour, 30), zone) for hour in (0, 1)]
    assert shown == [wall(AUTUMN, 1, 30)] * 2
    assert [each.tzinfo for each in shown] == [None, None]
    assert to_wall(utc(SPRING, 0, 59), zone) + 61 * MINUTE == to_wall(utc(SPRING, 1), zone)


def test_moment_of_change_is_found_to_the_second_in_any_zone() -> None:
    # Lord Howe Island goes forward by half an hour, at 02:00 of the clock that shows UTC+10:30.
    changed = datetime(2026, 10, 3, 15, 30, tzinfo=UTC)
    for minute in (0, 1, 29):
        assert to_utc(datetime(2026, 10, 4, 2, minute, 7, 5), "Australia/Lord_Howe") == changed


def test_naive_moments_and_aware_wall_times_are_refused() -> None:
    naive = datetime(2026, 12, 2, 10, 30)
    with pytest.raises(ValueError, match="without a time zone"):
        to_utc(OUT, LONDON)
    for call in (
        lambda: to_wall(naive, LONDON),
        lambda: next_check_in(naive, (), 120, ()),
        lambda: next_check_in(OUT, (naive,), 120, ()),
        lambda: next_check_in(OUT, (), 120, (naive,)),
        lambda: clock_of(OUT, (), (), None, None, (), naive),
        lambda: clock_of(OUT, (), (), naive, None, (), OUT),
        lambda: clock_of(OUT, (), (naive,), None, None, (), OUT),
        lambda: ladder_now((), naive, OUT),
        lambda: ladder_now((), OUT, naive),
    ):
        with pytest.raises(ValueError, match="without a time zone"):
            call()


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
)
def test_wall_times_keep_their_order_and_come_back(one: datetime, two: datetime) -> None:
    earlier, later = sorted((one, two))
    assert to_utc(earlier, LONDON) <= to_utc(later, LONDON)
    spring = {date(2026, 3, 29), date(2027, 3, 28)}
    if not (one.hour == 1 and one.date() in spring):
        assert to_wall(to_utc(one, LONDON), LONDON) == one


# --- when the visitors are due back --------------------------------------------------------------


def due(
    make: Any, start: datetime | None, zone: str = LONDON, back: time | None = None, minutes: int | None = 40
) -> Any:
    answers = {"visit__start": start, "visit__back_at": back, "visit__minutes": minutes}
    return due_back(make.intake(**{name: value for name, value in answers.items() if value is not None}), zone)


def test_agreed_return_counts_and_without_one_the_planned_end(make: Any) -> None:
    start = wall(DAY, 10, 30)
    assert due(make, start, back=time(12)) == (utc(DAY, 12), AGREED_RETURN)
    assert due(make, start, back=time(12), minutes=None) == (utc(DAY, 12), AGREED_RETURN)
    assert due(make, start, back=time(10, 30)) == (utc(DAY, 10, 30), AGREED_RETURN)
    assert due(make, start) == (utc(DAY, 11, 10), PLANNED_END)


def test_nobody_is_due_when_nothing_says_when(make: Any) -> None:
    assert due(make, None) == (None, "")
    assert due(make, None, back=time(12)) == (None, "")
    assert due(make, wall(DAY, 10, 30), minutes=None) == (None, "")


def test_return_after_midnight_is_on_the_next_day(make: Any) -> None:
    assert due(make, wall(DAY, 22), back=time(0, 15)) == (utc(date(2026, 12, 3), 0, 15), AGREED_RETURN)


def test_return_half_a_day_or_more_after_the_start_is_not_waited_for(make: Any) -> None:
    start = wall(DAY, 10, 30)
    assert due(make, start, back=time(22, 29)) == (utc(DAY, 22, 29), AGREED_RETURN)
    assert due(make, start, back=time(22, 30)) == (utc(DAY, 11, 10), DOUBTED_RETURN)
    assert due(make, start, back=time(9, 30)) == (utc(DAY, 11, 10), DOUBTED_RETURN)
    assert due(make, start, back=time(9, 30), minutes=None) == (utc(date(2026, 12, 3), 9, 30), AGREED_RETURN)


@ZONES
def test_due_times_on_the_night_the_clocks_go_forward(make: Any, zone: str) -> None:
    before, start = date(2026, 3, 28), wall(date(2026, 3, 28), 23, 30)
    assert due(make, start, zone) == (utc(SPRING, 0, 10), PLANNED_END)
    assert due(make, start, zone, minutes=120)[0] == utc(SPRING, 1, 30)
    assert to_wall(utc(SPRING, 1, 30), zone) == wall(SPRING, 2, 30)
    assert due(make, start, zone, back=time(0, 30))[0] == utc(SPRING, 0, 30)
    assert due(make, start, zone, back=time(1, 30))[0] == utc(SPRING, 1)
    assert due(make, start, zone, back=time(2, 30))[0] == utc(SPRING, 1, 30)
    assert due(make, start, zone, back=time(23, 45))[0] == utc(before, 23, 45)


@ZONES
def test_due_times_on_the_night_the_clocks_go_back(make: Any, zone: str) -> None:
    start = wall(date(2026, 10, 24), 23, 30)  # 22:30 UTC
    assert due(make, start, zone, minutes=180)[0] == utc(AUTUMN, 1, 30)
    assert to_wall(utc(AUTUMN, 1, 30), zone) == wall(AUTUMN, 1, 30)
    assert due(make, start, zone, back=time(0, 30))[0] == utc(date(2026, 10, 24), 23, 30)
    assert due(make, start, zone, back=time(1, 30))[0] == utc(AUTUMN, 0, 30)
    assert due(make, start, zone, back=time(2, 30))[0] == utc(AUTUMN, 2, 30)
    # Back at half past one, from a visit at a quarter to two: the hour comes again that same night.
    assert due(make, wall(AUTUMN, 1, 45), zone, back=time(1, 30))[0] == utc(AUTUMN, 1, 30)


# --- overdue --------------------------------------------------------------------------------------


def at(now: datetime, due_at: datetime | None = None, **more: Any) -> Any:
    given = {"check_ins": (), "alarms": (), "every_minutes": None, "agreed": (), "departed": OUT, **more}
    return clock_of(due_back=due_at, now=now, **given)


@pytest.mark.parametrize(
    ("late", "overdue", "minutes"),
    [
        (-HOUR, False, 0),
        (-SECOND, False, 0),
        (timedelta(0), False, 0),
        (timedelta(microseconds=1), True, 0),
        (SECOND, True, 0),
        (59 * SECOND, True, 0),
        (60 * SECOND, True, 1),
        (61 * SECOND, True, 1),
        (25 * HOUR, True, 1500),
    ],
)
def test_overdue_begins_once_the_time_is_past(late: timedelta, overdue: bool, minutes: int) -> None:
    found = at(OUT + HOUR + late, OUT + HOUR)
    assert (found.overdue, found.overdue_by_minutes) == (overdue, minutes)
    call = at(OUT + HOUR + late, every_minutes=60)
    assert (call.check_in_missed, call.missed_by_minutes) == (overdue, minutes)
    assert (call.overdue, found.check_in_missed) == (False, False)


def test_nobody_is_late_without_a_time_to_be_late_for() -> None:
    found = at(OUT + timedelta(days=400))
    assert (found.overdue, found.overdue_by_minutes, found.check_in_missed, found.missed_by_minutes) == (
        *(False, 0),
        *(False, 0),
    )
    assert (found.due_back, found.next_check_in, found.alarm, found.alarm_at, found.troubles) == (
        *(None, None, False),
        *(None, ()),
    )


@ZONES
@pytest.mark.parametrize("night", [SPRING, AUTUMN])
def test_visitors_are_as_late_as_the_minutes_that_have_passed_when_clocks_change(
    make: Any, zone: str, night: date
) -> None:
    start = wall(night, 0, 0)
    back, _ = due(make, start, zone, back=time(0, 45))
    assert back == to_utc(wall(night, 0, 45), zone)
    for passed in (0, 1, 30, 75, 135):
        now = (back + passed * MINUTE).astimezone(
            ZoneInfo(zone)
        )  # an aware wall time, which misleads if not put in UTC
        assert at(now, back.astimezone(ZoneInfo(zone))).overdue_by_minutes == passed
        assert at(now, back).overdue is (passed > 0)


# --- check-ins ------------------------------------------------------------------------------------


def test_check_in_is_due_an_interval_after_the_last_contact() -> None:
    assert next_check_in(OUT, (), 120, ()) == OUT + 2 * HOUR
    assert next_check_in(OUT, (OUT + 3 * HOUR, OUT + HOUR), 120, ()) == OUT + 5 * HOUR
    assert next_check_in(OUT, (OUT - HOUR,), 120, ()) == OUT + 2 * HOUR
    assert next_check_in(OUT, (OUT + HOUR,), None, ()) is None


def test_agreed_time_and_interval_count_whichever_comes_first() -> None:
    agreed = (OUT + 3 * HOUR, OUT + HOUR)
    assert next_check_in(OUT, (), 120, agreed) == OUT + HOUR
    assert next_check_in(OUT, (), 30, agreed) == OUT + 30 * MINUTE
    assert next_check_in(OUT, (OUT + HOUR,), 180, agreed) == OUT + 3 * HOUR
    assert next_check_in(OUT, (OUT + HOUR,), None, agreed) == OUT + 3 * HOUR
    assert next_check_in(OUT, (OUT + 3 * HOUR,), None, agreed) is None


def test_call_shortly_before_an_agreed_time_counts_for_it_and_for_no_other() -> None:
    agreed = (OUT + HOUR, OUT + HOUR + 5 * MINUTE)
    early = OUT + HOUR - EARLY_ENOUGH
    assert next_check_in(OUT, (early - SECOND,), None, agreed) == OUT + HOUR
    assert next_check_in(OUT, (early,), None, agreed) == OUT + HOUR + 5 * MINUTE
    assert next_check_in(OUT, (OUT + HOUR - SECOND,), None, agreed[:1]) is None
    assert EARLY_ENOUGH == 10 * MINUTE


def test_leaving_shortly_before_an_agreed_time_does_not_count_for_it() -> None:
    assert next_check_in(OUT, (), None, (OUT + 5 * MINUTE,)) == OUT + 5 * MINUTE
    assert next_check_in(OUT, (OUT - MINUTE,), None, (OUT + 5 * MINUTE,)) == OUT + 5 * MINUTE


def test_missed_check_in_is_made_good_by_ringing_and_overdue_is_not() -> None:
    now = OUT + 3 * HOUR
    missed = at(now, OUT + HOUR, every_minutes=120)
    rung = at(now, OUT + HOUR, every_minutes=120, check_ins=(now - MINUTE,))
    assert (missed.check_in_missed, missed.overdue) == (True, True)
    assert (rung.check_in_missed, rung.overdue) == (False, True)
    assert rung.next_check_in == now - MINUTE + 2 * HOUR


def test_agreed_times_are_the_first_such_after_leaving_in_order(make: Any) -> None:
    intake = make.intake(safety__check_in_times=(time(0, 30), time(23), time(22), time(21, 59), time(23)))
    next_day = date(2026, 12, 3)
    assert agreed_times(intake, LONDON, utc(DAY, 22)) == (
        *(utc(DAY, 22), utc(DAY, 23)),
        *(utc(next_day, 0, 30), utc(next_day, 21, 59)),
    )
    assert agreed_times(make.intake(), LONDON, OUT) == ()


@ZONES
def test_agreed_times_on_both_nights_when_the_clocks_change(make: Any, zone: str) -> None:
    intake = make.intake(safety__check_in_times=(time(0, 30), time(1, 30), time(2, 30)))
    left = to_utc(wall(date(2026, 3, 28), 23), zone)
    assert agreed_times(intake, zone, left) == (utc(SPRING, 0, 30), utc(SPRING, 1), utc(SPRING, 1, 30))
    left = to_utc(wall(date(2026, 10, 24), 23), zone)
    assert agreed_times(intake, zone, left) == (
        *(utc(date(2026, 10, 24), 23, 30), utc(AUTUMN, 0, 30)),
        utc(AUTUMN, 2, 30),
    )


@ZONES
@pytest.mark.parametrize(
    ("night", "shown"),
    [
        (SPRING, [wall(SPRING, 0, 30), wall(SPRING, 3, 30), wall(SPRING, 5, 30)]),
        (AUTUMN, [wall(AUTUMN, 0, 30), wall(AUTUMN, 1, 30), wall(AUTUMN, 3, 30)]),
    ],
)
def test_two_hourly_check_ins_stay_two_hours_apart_when_the_clocks_change(
    zone: str, night: date, shown: list[datetime]
) -> None:
    departed = to_utc(shown[0] - 2 * HOUR, zone).astimezone(ZoneInfo(zone))
    calls: list[datetime] = []
    for _ in shown:
        call = next_check_in(departed, calls, 120, ())
        assert call is not None
        assert call - (calls[-1] if calls else departed.astimezone(UTC)) == 2 * HOUR
        before, after = (
            at(call + gap, departed=departed, check_ins=calls, every_minutes=120) for gap in (-SECOND, SECOND)
        )
        assert (before.check_in_missed, after.check_in_missed) == (False, True)
        calls.append(call)
    assert [to_wall(call, zone) for call in calls] == shown


# --- which trouble comes first ---------------------------------------------------------------------


def test_safe_word_comes_before_lateness_and_lateness_before_a_missed_call() -> None:
    now, alarms = OUT + 3 * HOUR, (OUT + 50 * MINUTE, OUT + 40 * MINUTE)
    found = at(now, OUT + 2 * HOUR, every_minutes=60, alarms=alarms)
    assert found.troubles == (
        (Trouble.SAFE_WORD, OUT + 40 * MINUTE),
        (Trouble.OVERDUE, OUT + 2 * HOUR),
        (Trouble.MISSED_CHECK_IN, OUT + HOUR),
    )
    assert (found.alarm, found.alarm_at) == (True, OUT + 40 * MINUTE)
    assert at(now, OUT + 2 * HOUR, every_minutes=60).troubles == found.troubles[1:]
    assert at(now, now, every_minutes=60).troubles == found.troubles[2:]


def test_each_trouble_has_its_own_ladder() -> None:
    one, two, three = ((Rung(name, "", ""),) for name in "abc")
    ladders = Ladders(overdue=one, missed_check_in=two, safe_word=three)
    assert [ladder_for(trouble, ladders) for trouble in Trouble] == [three, one, two]
    assert [trouble.value for trouble in Trouble] == ["safe_word", "overdue", "missed_check_in"]


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    due_in=st.none() | st.integers(-500, 500),
    calls=st.lists(st.integers(0, 500), max_size=4),
    agreed=st.lists(st.integers(0, 500), max_size=4),
    every=st.none() | st.integers(1, 240),
    alarms=st.lists(st.integers(0, 500), max_size=2),
    nows=st.tuples(st.integers(0, 60_000), st.integers(0, 60_000)),
    offset=st.integers(-12, 14),
)
def test_time_alone_never_takes_trouble_away(
    due_in: int | None,
    calls: list[int],
    agreed: list[int],
    every: int | None,
    alarms: list[int],
    nows: tuple[int, int],
    offset: int,
) -> None:
    """Whatever zone the moments are given in, what is wrong stays wrong as time goes on, and lateness only grows."""
    left = utc(date(2026, 10, 24), 22)
    place = timezone(offset * HOUR)

    def after(minutes: list[int]) -> list[datetime]:
        return [(left + each * MINUTE).astimezone(place) for each in minutes]

    back = None if due_in is None else after([due_in])[0]
    earlier, later = (
        clock_of(left, after(calls), after(alarms), back, every, after(agreed), left + now * SECOND)
        for now in sorted(nows)
    )
    assert set(earlier.troubles) <= set(later.troubles)
    assert earlier.overdue_by_minutes <= later.overdue_by_minutes
    assert earlier.missed_by_minutes <= later.missed_by_minutes
    assert earlier.next_check_in == later.next_check_in
    assert (later.next_check_in is None) or later.next_check_in > max([left, *after(calls)])
    assert later.overdue is (due_in is not None and max(nows) > due_in * 60)


# --- ladders --------------------------------------------------------------------------------------


def rung(name: str, minutes: int | None) -> Rung:
    return Rung(name, "School office", "", minutes)


RING, TELL, BOTH, POLICE = rung("ring", 0), rung("tell", 15), rung("both", 15), rung("police", None)
LADDER = (RING, POLICE, TELL, BOTH, rung("last", 60))


@pytest.mark.parametrize(
    ("passed", "names", "next_name", "next_minute"),
    [
        (-SECOND, [], "ring", 0),
        (timedelta(0), ["ring"], "tell", 15),
        (15 * MINUTE - SECOND, ["ring"], "tell", 15),
        (15 * MINUTE, ["ring", "tell", "both"], "last", 60),
        (HOUR - SECOND, ["ring", "tell", "both"], "last", 60),
        (HOUR, ["ring", "tell", "both", "last"], None, None),
        (90 * HOUR, ["ring", "tell", "both", "last"], None, None),
    ],
)
def test_rungs_are_due_from_exactly_their_minutes(
    passed: timedelta, names: list[str], next_name: str | None, next_minute: int | None
) -> None:
    found = ladder_now(LADDER, OUT, OUT + passed)
    assert [each.do for each in found.due] == names
    assert (found.current and found.current.do) == (names[-1] if names else None)
    assert (found.next and found.next.do) == next_name
    assert found.next_at == (None if next_minute is None else OUT + next_minute * MINUTE)
    assert found.judged == (POLICE,)


def test_rungs_written_out_of_order_are_climbed_by_their_minutes() -> None:
    found = ladder_now((TELL, RING), OUT, OUT + MINUTE)
    assert (found.due, found.next) == ((RING,), TELL)


def test_ladder_that_is_empty_or_all_judgement_has_nothing_due() -> None:
    assert ladder_now((), OUT, OUT + HOUR) == replace(ladder_now((POLICE,), OUT, OUT + HOUR), judged=())
    assert ladder_now((POLICE,), OUT, OUT + HOUR).due == ()


@ZONES
@pytest.mark.parametrize("night", [SPRING, AUTUMN])
def test_ladders_count_minutes_that_have_passed_when_the_clocks_change(zone: str, night: date) -> None:
    started = to_utc(wall(night, 0, 50), zone)
    there = started.astimezone(ZoneInfo(zone))
    for minutes, due_now in ((14, 1), (15, 3), (59, 3), (60, 4)):
        now = (started + minutes * MINUTE).astimezone(ZoneInfo(zone))
        assert len(ladder_now(LADDER, there, now).due) == due_now
    assert ladder_now(LADDER, there, there).next_at == started + 15 * MINUTE


def test_ladders_of_heather_avenue_ring_at_once_and_leave_the_police_to_judgement(library: Library) -> None:
    ladders = library.policies["heather-avenue"][-1].ladders
    late = ladder_now(ladder_for(Trouble.OVERDUE, ladders), OUT, OUT)
    assert ([each.clause for each in late.due], [each.clause for each in late.judged]) == (["HA-31"], ["HA-32"])
    word = ladder_now(ladder_for(Trouble.SAFE_WORD, ladders), OUT, OUT)
    assert [each.clause for each in word.due] == ["HA-33", "HA-34", "HA-35"]
    assert ladder_for(Trouble.MISSED_CHECK_IN, ladders) == ()


# --- waiting at the door ---------------------------------------------------------------------------


def test_robert_ogden_waits_twenty_minutes_or_thirty(library: Library) -> None:
    edition = library.policies["robert-ogden"][-1]
    found = waits(edition.clauses)
    assert [(each.clause, each.minutes, each.counting) for each in found] == [
        ("RO-22", 20, "door.minutes_waited"),
        ("RO-24", 30, "door.minutes_late"),
    ]
    clauses = [edition.clause(each.clause) for each in found]
    assert [each.says for each in found] == [clause.says for clause in clauses if clause]
    others = [name for name, editions in library.policies.items() if any(waits(each.clauses) for each in editions)]
    assert others == ["robert-ogden"]


def test_wait_without_a_limit_is_not_a_limit(make: Any) -> None:
    assert waits((make.clause("ML-01", actions=(make.act("wait"), make.act("ring", detail="Them"))),)) == ()


def test_visitors_who_came_early_wait_from_the_agreed_time_and_late_ones_from_when_they_came() -> None:
    waited, late = (Wait("ML-01", "", 20, f"door.minutes_{what}") for what in ("waited", "late"))
    for arrived, until in ((-10, 20), (0, 20), (5, 25)):
        assert wait_until(waited, OUT + arrived * MINUTE, OUT) == OUT + until * MINUTE
        assert wait_until(late, OUT + arrived * MINUTE, OUT) == OUT + 20 * MINUTE


def test_wait_over_the_hour_that_occurs_twice_is_no_longer_than_said() -> None:
    start = to_utc(wall(AUTUMN, 1, 50), LONDON)
    there = start.astimezone(ZoneInfo(LONDON))
    assert wait_until(Wait("ML-01", "", 20, "door.minutes_waited"), there, there) == start + 20 * MINUTE


def test_wait_that_counts_something_else_is_refused_by_its_clause() -> None:
    with pytest.raises(ValueError, match=r"ML-01 counts minutes by 'inside\.minutes_since_check_in'"):
        wait_until(Wait("ML-01", "", 20, "inside.minutes_since_check_in"), OUT, OUT)
