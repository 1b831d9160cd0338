"""The clocks of a visit that is out: when it is due back, when it should ring, and what the office does by now.

All reckoning is in UTC; wall times, naive and in the school's own zone, are only what people typed and are shown.
No clock is read here: `now` is always given. Where there is doubt the earlier moment is taken, since an alarm that
comes too early is the safe mistake. Every function that takes a moment raises ValueError if it is naive.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from riskgen.core.model import Clause, Intake, Ladders, Rung
from riskgen.core.struct import Struct
from riskgen.core.terms import Do

AGREED_RETURN = "the agreed return"
PLANNED_END = "the planned end of the visit, because no return was agreed"
DOUBTED_RETURN = "the planned end of the visit, because the agreed return is half a day or more after its start"

HALF_A_DAY = timedelta(hours=12)
"""A visit lasts eight hours at most (questions.yaml). A return this long after its start was not meant for the next
day: the hour was mistyped, or stands before the start, and to wait for it would keep the office quiet all night."""

EARLY_ENOUGH = timedelta(minutes=10)
"""A call this long before an agreed time is that call: nobody rings to the minute, and the office would otherwise
raise a miss against visitors whom it has only just heard. It is short beside the times agreed, so that a call about
something else does not pass for it."""

WAITED, LATE = "door.minutes_waited", "door.minutes_late"


# --- wall times ----------------------------------------------------------------------------------


def to_utc(wall: datetime, zone: str) -> datetime:
    """The moment, in UTC, of a naive wall time in `zone`.

    An hour that occurs twice is taken as the first of the two. One that the clocks leave out is taken as the moment
    at which they went forward. Raises ValueError for a datetime that is not naive.
    """
    return _moments(wall, zone)[0]


def midnight(day: date, zone: str) -> datetime:
    """The moment, in UTC, at which a day begins in `zone`."""
    return to_utc(datetime.combine(day, time()), zone)


def to_wall(moment: datetime, zone: str) -> datetime:
    """The naive wall time in `zone` of an aware moment, to show to people."""
    return _utc(moment).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("A moment without a time zone cannot be reckoned with.")
    return moment.astimezone(UTC)


def _moments(wall: datetime, zone: str) -> tuple[datetime, ...]:
    """Every moment at which clocks in `zone` show `wall`, earliest first; for an hour left out, when they sprang."""
    if wall.tzinfo is not None:
        raise ValueError("A wall time must be without a time zone.")
    place = ZoneInfo(zone)
    before, after = (wall.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    if before <= after:
        return (before,) if before == after else (before, after)
    # Left out: read by the clocks as they were it comes after the change, read as they became before it.
    start = after.replace(microsecond=0)
    seconds = range(int((before - start).total_seconds()) + 1)
    old = start.astimezone(place).utcoffset()
    changed = bisect_left(
        seconds, True, key=lambda second: (start + timedelta(seconds=second)).astimezone(place).utcoffset() != old
    )
    return (start + timedelta(seconds=changed),)


def _first_from(moment: datetime, clock: time, zone: str) -> datetime:
    """The first moment, at or after the given one, at which clocks in `zone` show this time of day."""
    day = to_wall(moment, zone).date()
    walls = (datetime.combine(day + timedelta(days=days), clock) for days in range(3))
    return next(each for wall in walls for each in _moments(wall, zone) if each >= moment)


# --- when the visitors are due -------------------------------------------------------------------


def due_back(intake: Intake, zone: str) -> tuple[datetime | None, str]:
    """When the visitors are expected back, in UTC, and what that rests on; None and no words if nothing says.

    The agreed return is a time of day: the first such at or after the start. Without one, and where it is so late
    that it cannot have been meant (`HALF_A_DAY`), the planned end stands in: the start and the minutes of the visit.
    """
    if intake.start is None:
        return None, ""
    start = to_utc(intake.start, zone)
    back, minutes = intake.answers.get("visit.back_at"), intake.answers.get("visit.minutes")
    end = start + timedelta(minutes=minutes) if isinstance(minutes, int) else None
    if isinstance(back, time):
        agreed = _first_from(start, back, zone)
        return (end, DOUBTED_RETURN) if end and agreed - start >= HALF_A_DAY else (agreed, AGREED_RETURN)
    return (end, PLANNED_END) if end else (None, "")


def agreed_times(intake: Intake, zone: str, departed: datetime) -> tuple[datetime, ...]:
    """The moments, in UTC and in order, at which the visitors said that they would ring after leaving.

    Each time of day counts as the first such at or after leaving, so also after midnight.
    """
    times = intake.answers.get("safety.check_in_times")
    if not isinstance(times, tuple):
        return ()
    return tuple(sorted({_first_from(_utc(departed), each, zone) for each in times}))


def next_check_in(
    departed: datetime, check_ins: Sequence[datetime], every_minutes: int | None, agreed: Sequence[datetime]
) -> datetime | None:
    """When the visitors should ring next, in UTC; None if nothing asks them to.

    The earlier of the last contact (leaving, or a check-in) and the policy's interval, and the first agreed time
    after the last contact. A check-in up to `EARLY_ENOUGH` before an agreed time counts for that one; leaving
    counts for none.
    """
    rung = max(map(_utc, check_ins), default=None)
    heard = max(_utc(departed), rung) if rung else _utc(departed)
    ahead = sorted(each for each in map(_utc, agreed) if each > heard)
    if ahead and heard == rung and ahead[0] - heard <= EARLY_ENOUGH:
        ahead = ahead[1:]
    calls = ahead[:1]
    if every_minutes is not None:
        calls.append(heard + timedelta(minutes=every_minutes))
    return min(calls, default=None)


# --- what is wrong by now -------------------------------------------------------------------------


class Trouble(StrEnum):
    """What calls for a ladder, most urgent first. The values are the names of the ladders in a policy."""

    SAFE_WORD = "safe_word"
    OVERDUE = "overdue"
    MISSED_CHECK_IN = "missed_check_in"


class Clock(Struct, frozen=True):
    """How a visit that is out stands at one moment. Times are in UTC; minutes are whole ones that have passed.

    `alarm_at` is when the safe word was first heard. A visit is overdue, or a check-in missed, once its time is
    past: not yet at that time itself.
    """

    due_back: datetime | None
    overdue: bool
    overdue_by_minutes: int
    next_check_in: datetime | None
    check_in_missed: bool
    missed_by_minutes: int
    alarm: bool
    alarm_at: datetime | None

    @property
    def troubles(self) -> tuple[tuple[Trouble, datetime], ...]:
        """What is wrong, and from when its ladder counts; the one to act on comes first."""
        found = (
            (Trouble.SAFE_WORD, self.alarm_at if self.alarm else None),
            (Trouble.OVERDUE, self.due_back if self.overdue else None),
            (Trouble.MISSED_CHECK_IN, self.next_check_in if self.check_in_missed else None),
        )
        return tuple((trouble, since) for trouble, since in found if since is not None)


def clock_of(
    departed: datetime,
    check_ins: Sequence[datetime],
    alarms: Sequence[datetime],
    due_back: datetime | None,
    every_minutes: int | None,
    agreed: Sequence[datetime],
    now: datetime,
) -> Clock:
    """How a visit that is out stands at `now`. `every_minutes` is the policy's interval between check-ins."""
    now, due = _utc(now), due_back and _utc(due_back)
    call = next_check_in(departed, check_ins, every_minutes, agreed)
    alarm_at = min(map(_utc, alarms), default=None)
    return Clock(
        due,
        due is not None and now > due,
        _minutes_past(due, now),
        call,
        call is not None and now > call,
        _minutes_past(call, now),
        alarm_at is not None,
        alarm_at,
    )


def _minutes_past(moment: datetime | None, now: datetime) -> int:
    return 0 if moment is None or now <= moment else (now - moment) // timedelta(minutes=1)


# --- ladders --------------------------------------------------------------------------------------


class LadderNow(Struct, frozen=True):
    """How far up a ladder the office should be. `judged` are the rungs whose time is left to judgement.

    `due` are all rungs whose time has come, earliest first, and `current` the last of these; `next` comes at
    `next_at`, in UTC.
    """

    due: tuple[Rung, ...]
    current: Rung | None
    judged: tuple[Rung, ...]
    next: Rung | None
    next_at: datetime | None


def ladder_for(trouble: Trouble, ladders: Ladders) -> tuple[Rung, ...]:
    """The ladder for this trouble; empty if the policy (or the school) says nothing."""
    return {
        Trouble.SAFE_WORD: ladders.safe_word,
        Trouble.OVERDUE: ladders.overdue,
        Trouble.MISSED_CHECK_IN: ladders.missed_check_in,
    }[trouble]


def ladder_now(rungs: Iterable[Rung], started: datetime, now: datetime) -> LadderNow:
    """How far up a ladder that started at one moment the office should be at another.

    A rung is due from exactly its minutes after the start. Rungs of the same minute keep the order written.
    """
    started, now, rungs = _utc(started), _utc(now), tuple(rungs)
    timed = [
        (started + timedelta(minutes=rung.after_minutes), rung) for rung in rungs if rung.after_minutes is not None
    ]
    timed.sort(key=lambda item: item[0])
    due = tuple(rung for at, rung in timed if at <= now)
    next_at, following = timed[len(due)] if len(due) < len(timed) else (None, None)
    judged = tuple(rung for rung in rungs if rung.after_minutes is None)
    return LadderNow(due, due[-1] if due else None, judged, following, next_at)


# --- waiting at the door --------------------------------------------------------------------------


class Wait(Struct, frozen=True):
    """How long a clause has visitors wait at the door: minutes, and the question that counts them."""

    clause: str
    says: str
    minutes: int
    counting: str


def waits(clauses: Iterable[Clause]) -> tuple[Wait, ...]:
    """The limits to waiting at the door that a policy has, in the order of its clauses."""
    return tuple(
        Wait(clause.id, clause.says, action.minutes, action.counting)
        for clause in clauses
        for action in clause.actions
        if action.do is Do.WAIT and action.counting
    )


def wait_until(wait: Wait, arrived: datetime, agreed_start: datetime) -> datetime:
    """Until when, in UTC, a clause has the visitors wait.

    Minutes waited count from the arrival or the agreed start, whichever is later: to be early is not to wait for
    somebody late. Minutes late count from the agreed start. Raises ValueError for a wait that counts anything else.
    """
    arrived, agreed_start = _utc(arrived), _utc(agreed_start)
    if wait.counting not in (WAITED, LATE):
        raise ValueError(f"{wait.clause} counts minutes by '{wait.counting}', which no clock can tell.")
    since = max(arrived, agreed_start) if wait.counting == WAITED else agreed_start
    return since + timedelta(minutes=wait.minutes)
