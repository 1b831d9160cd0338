"""What the school's schedule says may be erased as of today, what may not, and why; and legal holds."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from riskgen.core.conditions import Value
from riskgen.core.marker import markers_of
from riskgen.core.plain import from_plain
from riskgen.core.problem import Problem
from riskgen.core.struct import Struct, field, replace
from riskgen.core.visit import OPEN, Event, Happened, Visit, Who, visit_of
from riskgen.files.answers import read_answers
from riskgen.files.controls import VISITORS
from riskgen.files.text import folded
from riskgen.files.visit_columns import REFERENCE
from riskgen.files.yaml import read_yaml
from riskgen.intake.gather import COMMAND_LINE
from riskgen.library.retention import RetentionRule, Schedule, Since, What, When, due_on, load_schedule
from riskgen.register.store import Reader
from riskgen.service.desk import Desk
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.homes import Home
from riskgen.service.markers import deciders, identified, refuse_others, same_family

ERASERS = ("headteacher", "safeguarding-lead")
BORN, CHILD = "child.born_on", "child.name"
_PAGE = 200
"""Visits that are looked into at a time."""
_WHY = {
    When.CONCERN: "Its record says that it left a safeguarding concern.",
    When.CANCELLED: "It was cancelled.",
    When.ANY: "",
}


class Item(Struct, frozen=True):
    """A record of the register: of one visit, or of all markers of one family.

    `state` is that of the visit, or `lifted` or `stands`. `rule`, `since` and `due` are None while the record is not
    over; `since` and `due` also where the day to count from is not known. `last` is the number of its last event;
    `hold` that which set a legal hold.
    """

    subject: str
    what: What
    state: str
    why: str = ""
    rule: RetentionRule | None = None
    since: date | None = None
    due: date | None = None
    markers: tuple[str, ...] = ()
    last: int = 0
    hold: Event | None = None


class Due(Struct, frozen=True):
    """Everything in the register as the schedule sees it on a day. `later` counts what is over and not due yet.

    `code` stands for precisely the list `erase`; empty where there is nothing to erase.
    """

    today: date
    schedule: Schedule
    erase: tuple[Item, ...]
    held: tuple[Item, ...]
    unknown: tuple[Item, ...]
    not_over: tuple[Item, ...]
    later: int
    code: str


def due_now(home: Home, desk: Desk, reader: Reader) -> Due:
    """What may be erased today. Raises `InvalidInput` for faults of the schedule."""
    schedule, problems = load_schedule(home.folder / "data")
    if schedule is None:
        raise InvalidInput(problems)
    today = desk.wall(desk.now()).date()
    births = _Births(home)
    items = [*_visits(desk, reader, schedule, births), *_families(desk, reader, schedule)]
    free = [item for item in items if not item.hold]
    over = [item for item in free if item.rule]
    erase = tuple(item for item in over if item.due and item.due <= today)
    return Due(
        today,
        schedule,
        erase,
        tuple(item for item in items if item.hold),
        tuple(item for item in over if item.since is None),
        tuple(item for item in free if not item.rule),
        sum(item.since is not None for item in over) - len(erase),
        code_of(desk, erase),
    )


def code_of(desk: Desk, erase: Iterable[Item]) -> str:
    """A short digest of a list, by what is erased and why: another event, rule or day makes another code."""
    rows = [
        (item.subject, item.last, item.rule.id if item.rule else "", item.due.isoformat() if item.due else "")
        for item in erase
    ]
    if not rows:
        return ""
    return hashlib.sha256(json.dumps([desk.register.id, rows]).encode()).hexdigest()[:10]


def who_erases(home: Home, desk: Desk, who: Who) -> None:
    """Raise `Refused` unless a person who may erase records, and lift a legal hold, has shown who they are.

    That is the headteacher or the safeguarding lead: what is gone is gone, so not everybody who may authorise a visit
    may. Where nobody in the staff directory holds either role, it is those who may decide on a marker.
    """
    person = identified(desk, who)
    there = {role for each in home.school.staff for role in each.roles}
    roles = ERASERS if there & set(ERASERS) else deciders(home, desk.wall(desk.now()).date())
    refuse_others(home, person, roles, "erases records or lifts a legal hold")


# --- visits ---------------------------------------------------------------------------------------


def _visits(desk: Desk, reader: Reader, schedule: Schedule, births: "_Births") -> Iterator[Item]:
    references = [entry.reference for entry in reader.find()]
    for start in range(0, len(references), _PAGE):
        for visit in reader.visits(references[start : start + _PAGE]).values():
            if not visit.erased:
                yield _of_visit(desk, schedule, visit, births)


def _of_visit(desk: Desk, schedule: Schedule, visit: Visit, births: "_Births") -> Item:
    item = Item(visit.reference, What.VISIT, visit.state.value, last=visit.events[-1].number, hold=_hold(visit))
    if visit.state in OPEN:
        return item
    was = was_of(visit)
    rule = schedule.rule_for(What.VISIT, was)
    closed = desk.wall(visit.cancelled.at if visit.cancelled else _closed(visit).at).date()
    since: date | None = closed
    if rule.since is Since.VISIT:
        since = _day_of(desk, visit) or closed  # called off before it had a day: what is later is kept longer
    elif rule.since is Since.BIRTH:
        since = births.of(visit)
    why = _WHY.get(rule.when, "") or _incident(visit)
    return replace(item, why=why, rule=rule, since=since, due=due_on(rule, since))


def was_of(visit: Visit) -> frozenset[When]:
    """What was true of a visit that is over, as the schedule asks it.

    An alarm is an incident whatever the record says; so is a visit that was called off for safety while it was out.
    """
    said = [event.body or {} for event in visit.records[-1:]]
    found = {When.CONCERN} if any(body.get("concern") for body in said) else set()
    if visit.alarms or _called_off_for_safety(visit) or any(body.get("incident") for body in said):
        found.add(When.INCIDENT)
    if visit.cancelled:
        found.add(When.CANCELLED)
    return frozenset(found)


def _called_off_for_safety(visit: Visit) -> bool:
    return bool(visit.called_off and (visit.called_off.body or {}).get("for_safety"))


def _incident(visit: Visit) -> str:
    if When.INCIDENT not in was_of(visit):
        return ""
    if visit.alarms:
        return "Its safe word was heard."
    return "It was called off for safety." if _called_off_for_safety(visit) else "Its record says: an incident."


def _closed(visit: Visit) -> Event:
    return next((event for event in reversed(visit.events) if event.happened is Happened.CLOSED), visit.events[-1])


def _day_of(desk: Desk, visit: Visit) -> date | None:
    start = visit.body.get("start")
    return desk.wall(datetime.fromisoformat(start)).date() if start else None


def _answer(visit: Visit, name: str) -> Value | None:
    raw = ((visit.body.get("intake") or {}).get("answers") or {}).get(name)
    return None if raw is None else from_plain(Value, raw)  # type: ignore[arg-type]  # a union of kinds


class _Births(Struct):
    """Dates of birth: as a visit has them, else as the family's file has them of the same child.

    The file counts because a visit that is over takes no more answers.
    """

    home: Home
    known: dict[tuple[str, str], set[date]] = field(default_factory=dict)
    read: bool = False

    def of(self, visit: Visit) -> date | None:
        born = _answer(visit, BORN)
        if isinstance(born, date):
            return born
        found = self._of_files().get(_child(_answer(visit, REFERENCE), _answer(visit, CHILD)), set())
        return next(iter(found)) if len(found) == 1 else None  # two dates for one child are none

    def _of_files(self) -> dict[tuple[str, str], set[date]]:
        folder = self.home.folder / "families"
        for path in sorted(folder.glob("*.yaml")) if folder.is_dir() and not self.read else ():
            document = read_yaml(path)
            if document.data is None:
                continue
            values = read_answers(document, self.home.library.questions, beside=(VISITORS,)).values
            child, born = _child(values.get(REFERENCE), values.get(CHILD)), values.get(BORN)
            if all(child) and isinstance(born, date):
                self.known.setdefault(child, set()).add(born)
        self.read = True
        return self.known


def _child(family: Value | None, name: Value | None) -> tuple[str, str]:
    return same_family(str(family or "")), folded(str(name or ""))


# --- markers --------------------------------------------------------------------------------------


def _families(desk: Desk, reader: Reader, schedule: Schedule) -> Iterator[Item]:
    """The markers of each family are one record: they are erased together, once the last of them has ended."""
    for family, events in reader.events_of(reader.subjects_with(Happened.MARKED)).items():
        markers = markers_of(events)
        if not markers:
            continue
        ends = [desk.wall(marker.lifted).date() for marker in markers if marker.lifted]
        over = len(ends) == len(markers)
        rule = schedule.rule_for(What.MARKER) if over else None
        since = max(ends) if over else None
        yield Item(
            family,
            What.MARKER,
            "lifted" if over else "stands",
            "" if over else "A marker stands until it is lifted; the family's others are kept with it.",
            rule,
            since,
            due_on(rule, since) if rule else None,
            tuple(marker.id for marker in markers),
            events[-1].number,
            _hold(visit_of(family, events)),
        )


# --- legal hold -----------------------------------------------------------------------------------


def _hold(visit: Visit) -> Event | None:
    """The event that set the hold a record is under."""
    if not visit.held:
        return None
    return next(event for event in reversed(visit.events) if event.happened is Happened.HELD)


def held_subject(desk: Desk, named: str) -> Visit:
    """The visit, or the markers of the family, that a hold is about. Raises `InvalidInput`, or `Refused` if erased."""
    with desk.register.read() as reader:
        marked = [name for name in reader.subjects_with(Happened.MARKED) if same_family(name) == same_family(named)]
        if marked and markers_of(reader.events(marked[0])):
            return visit_of(marked[0], reader.events(marked[0]))
        if reader.entry(named) is None:
            message = "The register has neither a visit of that reference nor markers on a family of it."
            hint = "'riskgen list' shows the visits, 'riskgen marker list' the families."
            raise InvalidInput([Problem(COMMAND_LINE, 0, "reference-unknown", message, hint)])
    visit = desk.visit(named)
    if visit.erased:
        raise Refused(f"{named} was erased on {desk.wall(visit.erased.at):%Y-%m-%d}. Nothing was saved.")
    return visit


def hold(desk: Desk, record: Visit, reason: str, who: Who) -> None:
    """Keep a record whatever the schedule says. Anybody who has shown who they are may: it destroys nothing."""
    identified(desk, who)
    _change_hold(desk, record, Happened.HELD, reason, who)


def release(home: Home, desk: Desk, record: Visit, reason: str, who: Who) -> None:
    """Lift a legal hold, for those who may erase."""
    who_erases(home, desk, who)
    _change_hold(desk, record, Happened.RELEASED, reason, who)


def refuse_hold(desk: Desk, record: Visit, happened: Happened) -> None:
    """Raise `Refused` where a hold is set already, or there is none to lift."""
    held = _hold(record)
    if happened is Happened.HELD and held:
        since = f"{desk.wall(held.at):%Y-%m-%d}"
        raise Refused(f"{record.reference} has been under legal hold since {since}. Nothing was saved.")
    if happened is Happened.RELEASED and not held:
        raise Refused(f"{record.reference} is not under legal hold. Nothing was saved.")


def _change_hold(desk: Desk, record: Visit, happened: Happened, reason: str, who: Who) -> None:
    with desk.register.write() as writer:
        refuse_hold(desk, visit_of(record.reference, writer.events(record.reference)), happened)
        writer.append(record.reference, happened, desk.now(), who, {"reason": reason})


# --- telling --------------------------------------------------------------------------------------


def due_report(desk: Desk, due: Due) -> dict[str, Any]:
    """The shape of `riskgen retention due --json`."""
    return {
        "today": due.today.isoformat(),
        "code": due.code,
        "note": due.schedule.note,
        "erase": [item_row(item) for item in due.erase],
        "held": [_held_row(desk, item) for item in due.held],
        "unknown": [item_row(item) for item in due.unknown],
        "not_over": [item_row(item) for item in due.not_over],
        "later": due.later,
    }


def item_row(item: Item) -> dict[str, Any]:
    """One record in JSON. A date of birth is not told, so `since` is null where years count from one."""
    rule = item.rule
    born = rule is not None and rule.since is Since.BIRTH
    return {
        "reference": item.subject,
        "what": item.what.value,
        "state": item.state,
        "rule": rule.id if rule else None,
        "label": rule.label if rule else None,
        "keep_years": rule.keep_years if rule else None,
        "from": rule.since.value if rule else None,
        "source": rule.source if rule else None,
        "since": item.since.isoformat() if item.since and not born else None,
        "due_on": item.due.isoformat() if item.due else None,
        "why": item.why,
        "markers": list(item.markers),
    }


def _held_row(desk: Desk, item: Item) -> dict[str, Any]:
    hold = item.hold
    return {
        **item_row(item),
        "held_since": f"{desk.wall(hold.at):%Y-%m-%d}" if hold else None,
        "held_by": hold.who.staff if hold else None,
    }
