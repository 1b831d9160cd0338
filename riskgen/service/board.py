"""Who is out, and what is to be done about it by now: the picture of one moment, most urgent first.

All of it follows from what has happened to the visits that are out and from what was copied when they left, so that
no fault in the data, and no later edit of it, hides anybody. The safe word has no part in it.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from riskgen.core.marker import Marker
from riskgen.core.model import Contact, Ladders, Rung, School, Staff
from riskgen.core.outing import Outing
from riskgen.core.struct import Struct, field
from riskgen.core.timers import (
    LATE,
    WAITED,
    Clock,
    LadderNow,
    Trouble,
    clock_of,
    ladder_for,
    ladder_now,
    wait_until,
)
from riskgen.core.visit import Entry, Happened, State, Visit, at_of
from riskgen.core.words import NOT_RECORDED
from riskgen.service.desk import Desk
from riskgen.service.faults import EnvironmentFault
from riskgen.service.markers import same_family, standing_markers
from riskgen.service.moves import outing_from
from riskgen.service.surroundings import BEHIND

AT_THE_DOOR, INSIDE = "at-the-door", "inside"
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Whose(StrEnum):
    """Whose ladder it is. Where neither the policy nor the school has one, nobody's."""

    POLICY = "policy"
    SCHOOL = "school"
    NOBODY = "nobody"


class Steps(Struct, frozen=True):
    """What to do about one trouble. `since` is when its ladder began to count."""

    trouble: Trouble
    since: datetime
    whose: Whose
    ladder: LadderNow

    @property
    def current(self) -> tuple[Rung, ...]:
        """The rungs that came due last. Several may share a minute, and then all of them are to be done now."""
        last = self.ladder.current
        return tuple(rung for rung in self.ladder.due if last and rung.after_minutes == last.after_minutes)

    @property
    def earlier(self) -> tuple[Rung, ...]:
        return self.ladder.due[: len(self.ladder.due) - len(self.current)]

    def due_at(self, rung: Rung) -> datetime | None:
        """When a rung comes due; None where that is left to judgement."""
        return None if rung.after_minutes is None else self.since + timedelta(minutes=rung.after_minutes)


class Heard(Struct, frozen=True):
    """When the visitors were last heard of, and where they were: as check-ins say it, or empty."""

    at: datetime
    where: str


class Waiting(Struct, frozen=True):
    """Until when a clause has the visitors wait at the door."""

    until: datetime
    clause: str
    says: str


class Out(Struct, frozen=True):
    """One visit that is out. Moments are aware.

    `left_at` is None where nobody wrote down when they left, `heard` where nobody has checked in. `said_back` is when
    the visit was recorded as back, and `cancelled` as cancelled, where an alarm has been raised since. `whole` is
    False where something of what was written down cannot be read, or does not make it out; `from_index` says that
    this was the outing, which is then only what the index of the register has. `policy_known` is False where no
    policy could be read for it. `marked` are the markers put on the family since they left.
    """

    reference: str
    outing: Outing
    left_at: datetime | None
    clock: Clock
    heard: Heard | None
    waiting: tuple[Waiting, ...]
    steps: tuple[Steps, ...]
    called_off: bool
    after_the_fact: bool
    signed_out: bool
    said_back: datetime | None
    cancelled: datetime | None
    whole: bool
    from_index: bool
    policy_known: bool
    marked: tuple[Marker, ...]

    @property
    def check_in_clause(self) -> str:
        """The clause behind the next check-in; empty where its time was agreed for this visit."""
        return "" if self.clock.next_check_in in (None, *self.outing.agreed) else self.outing.check_in_clause

    @property
    def drivers(self) -> tuple[Staff, ...]:
        """Who drives; all visitors with a vehicle where that is not known."""
        named = tuple(person for person in self.outing.visitors if person.id == self.outing.driver)
        return named or tuple(person for person in self.outing.visitors if person.vehicle or person.registration)


class Board(Struct, frozen=True):
    """The picture at one moment. `unrecorded` are back, but nobody has written down how it went in the time given.

    `clock_behind` says that something is in the register that, by this computer's clock, has yet to happen: then
    nobody may seem late who is.
    """

    at: datetime
    timezone: str
    out: tuple[Out, ...]
    unrecorded: tuple[Entry, ...]
    record_within_hours: int
    contacts: tuple[Contact, ...]
    clock_behind: bool


class Seen(Struct, frozen=True):
    """What the register had at one moment, to make pictures of. `markers` are those that stand, by `same_family`."""

    school: School
    entries: tuple[Entry, ...]
    visits: Mapping[str, Visit]
    markers: Mapping[str, tuple[Marker, ...]] = field(default_factory=dict)


def look(desk: Desk) -> Seen:
    """Read from the register what the board shows: the index lines, and what happened to those that are out."""
    with desk.register.read() as reader:
        entries = reader.find(states=(State.OUT, State.RETURNED))
        out = [entry for entry in entries if entry.state is State.OUT]
        # What was known when they left is in the departure, so the assessments need not be read.
        visits = reader.visits((entry.reference for entry in out), unread=(Happened.ASSESSED,), lenient=True)
        markers = standing_markers(reader, (entry.family for entry in out))
    return Seen(desk.school, entries, visits, markers)


def board_of(seen: Seen, now: datetime) -> Board:
    """The picture at a moment (aware): the safe word heard, the late, the missed check-ins, those whose due time is
    not known, and the rest; each by its time."""
    lines = [entry for entry in seen.entries if entry.state is State.OUT]
    out = sorted((_out(line, seen, now) for line in lines), key=_urgency)
    latest = max((event.at for visit in seen.visits.values() for event in visit.events), default=now)
    return Board(
        now,
        seen.school.timezone,
        tuple(out),
        tuple(entry for entry in seen.entries if _unrecorded(entry, seen.school, now)),
        seen.school.record_within_hours,
        seen.school.contacts,
        latest - now > BEHIND,
    )


def check_ins(visit: Visit) -> tuple[Heard, ...]:
    """When the visitors were heard of, in order of time: a call may be written down after a later one."""
    calls = (Heard(at_of(event), str((event.body or {}).get("where") or "")) for event in visit.check_ins)
    return tuple(sorted(calls, key=lambda call: call.at))


def arrived_at(calls: tuple[Heard, ...]) -> datetime | None:
    """Since when the visitors have been at the door; None if that is not where they were last."""
    arrived = None
    for call in reversed(calls):
        if call.where != AT_THE_DOOR:
            break
        arrived = call.at
    return arrived


def left_at(visit: Visit) -> datetime:
    """When a visit that is or was out left, in so far as anybody wrote it down."""
    if visit.departed is None:
        raise ValueError(f"{visit.reference} has not left.")
    return at_of(visit.departed)


def was_signed_out(visit: Visit) -> bool:
    """Whether anybody ever signed a visit out that has left: an alarm makes one out, too."""
    departures = [event for event in visit.events if event.happened is Happened.DEPARTED]
    return not departures or any((event.body or {}).get("signed_out") is not False for event in departures)


def marked_since(markers: Iterable[Marker], left: datetime | None) -> tuple[Marker, ...]:
    """The markers that were put on a family after visitors had left for it; all of them where nobody knows when."""
    return tuple(marker for marker in markers if left is None or marker.added > left)


def out_already(desk: Desk, outing: Outing, reference: str) -> tuple[tuple[Staff, str], ...]:
    """Those who go on a visit and are out on another by the register; each with its reference."""
    with desk.register.read() as reader:
        entries = reader.find(states=(State.OUT,))
    return tuple(
        (person, entry.reference)
        for person in outing.visitors
        for entry in entries
        if person.id in entry.visitors and entry.reference != reference
    )


def _out(line: Entry, seen: Seen, now: datetime) -> Out:
    """A visit that the index has as out. Whatever is wrong with what was written down of it, it is shown."""
    visit = seen.visits.get(line.reference) or Visit(line.reference, State.DRAFT)
    written = readable_outing(visit)
    outing, readable = written or outing_in_index(line, seen.school), written is not None
    calls, left = check_ins(visit), at_of(visit.departed) if visit.departed else None
    back = visit.returned  # and out all the same: an alarm counts for more
    clock = clock_of(
        left or line.start or now,
        [call.at for call in calls],
        tuple(event.at for event in visit.standing_alarms),
        outing.due_back,
        outing.check_in_minutes,
        outing.agreed,
        now,
    )
    signed_out = was_signed_out(visit)
    lost = any(event.body is None and event.happened is not Happened.ASSESSED for event in visit.events)
    marked = marked_since(seen.markers.get(same_family(line.family), ()), left)
    return Out(
        visit.reference,
        outing,
        left if signed_out else None,
        clock,
        calls[-1] if calls else None,
        _waiting(outing, arrived_at(calls)),
        tuple(_steps(trouble, since, outing, now) for trouble, since in clock.troubles),
        visit.called_off is not None,
        line.after_the_fact or bool(visit.after_the_fact),
        signed_out,
        at_of(back) if back else None,
        at_of(visit.cancelled) if visit.cancelled else None,
        readable and not lost and visit.state is State.OUT,
        not readable,
        readable and bool(outing.edition),
        marked,
    )


def _steps(trouble: Trouble, since: datetime, outing: Outing, now: datetime) -> Steps:
    own, fallback = ladder_for(trouble, outing.ladders), ladder_for(trouble, outing.fallback)
    whose = Whose.POLICY if own else Whose.SCHOOL if fallback else Whose.NOBODY
    return Steps(trouble, since, whose, ladder_now(own or fallback, since, now))


def _waiting(outing: Outing, arrived: datetime | None) -> tuple[Waiting, ...]:
    if arrived is None:
        return ()
    return tuple(
        Waiting(wait_until(wait, arrived, outing.start or arrived), wait.clause, wait.says)
        for wait in outing.waits
        if wait.counting in (WAITED, LATE)
    )


def outing_of_visit(visit: Visit | None, line: Entry, school: School) -> Outing:
    """What was written down at sign-out; where that cannot be read, what the index has: nobody is left out."""
    return readable_outing(visit) or outing_in_index(line, school)


def readable_outing(visit: Visit | None) -> Outing | None:
    """What the office was left with when a visit departed; None where that cannot be read, or it has not."""
    try:
        return outing_from(visit.departed) if visit and visit.departed else None
    except EnvironmentFault:  # damaged, or of an edition that wrote it otherwise
        return None


def outing_in_index(line: Entry, school: School) -> Outing:
    """Who went where, as far as a line of the register's index and school.yaml say."""
    directory = {person.id: person for person in school.staff}
    return Outing(
        "",
        line.edition,
        line.start,
        line.due_back,
        "the index of the register",
        None,
        "",
        (),
        (),
        Ladders(),
        school.fallback,
        tuple(directory.get(each) or Staff(each, each, ()) for each in line.visitors),
        "",
        line.purpose or NOT_RECORDED,
        line.family or NOT_RECORDED,
        NOT_RECORDED,
        NOT_RECORDED,
        school.office_phone,
        school.contacts,
    )


def _urgency(out: Out) -> tuple[int, datetime, str]:
    ranks = list(Trouble)
    if out.steps:
        return ranks.index(out.steps[0].trouble), out.steps[0].since, out.reference
    if out.clock.due_back is None:
        return len(ranks), out.left_at or LONG_AGO, out.reference
    return len(ranks) + 1, out.clock.due_back, out.reference


def _unrecorded(entry: Entry, school: School, now: datetime) -> bool:
    over = entry.due_back or entry.start
    late = over is not None and now - over > timedelta(hours=school.record_within_hours)
    return entry.state is State.RETURNED and late
