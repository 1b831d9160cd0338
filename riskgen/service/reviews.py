"""What is due to be looked at again: visits, further actions, the policy, and markers."""

import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from riskgen.core.struct import Struct
from riskgen.core.timers import to_wall
from riskgen.core.visit import Entry, State, Visit
from riskgen.register.store import Reader
from riskgen.service.desk import Desk
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.homes import Home
from riskgen.service.markers import due_markers
from riskgen.service.records import record_of, returned_at
from riskgen.service.standing import changes_in_words, weigh


class Why(StrEnum):
    """Why something is to be looked at again."""

    NOT_GONE = "start-passed"
    DRAFT = "draft"
    CHANGED = "changed"
    LAPSED = "approval-lapsed"
    NOT_RECORDED = "not-recorded"
    ACTION = "action-open"
    POLICY = "policy-review"
    MARKER = "marker-review"


class Due(Struct, frozen=True):
    """Something to be looked at again. `subject` is a visit, a family, or a policy; `since` an ISO date or empty."""

    why: Why
    subject: str
    says: str
    since: str
    next_step: str


def due_for_review(home: Home, desk: Desk) -> tuple[Due, ...]:
    """Everything that is due, in the order of `Why`, and within that by reference."""
    now = desk.now()
    with desk.register.read() as reader:
        planned = reader.find(states=(State.DRAFT, State.ASSESSED, State.AUTHORISED))
        back = reader.find(states=(State.RETURNED, State.RECORDED))
        named = (entry.reference for entry in (*planned, *back) if entry.state is not State.DRAFT)
        visits = {name: visit for name, visit in reader.visits(named).items() if not visit.erased}
        found = [*_planned(home, reader, planned, visits, now), *_back(desk, back, visits, now), *_policy(home)]
        found += _markers(home, reader)
    order = list(Why)
    return tuple(sorted(found, key=lambda due: (order.index(due.why), due.subject)))


def _planned(
    home: Home, reader: Reader, planned: tuple[Entry, ...], visits: dict[str, Visit], now: datetime
) -> Iterator[Due]:
    """Visits that have not left: too late for their start, or no longer what was decided on."""
    printed = home.catalogue_print
    for entry in planned:
        reference = entry.reference
        again = f"riskgen assess --reference {reference} --force"
        if entry.state is State.DRAFT:
            says = "It is a draft: nobody has assessed it."
            step = f'riskgen assess --reference {reference} --start "2026-12-09 10:30", or riskgen cancel {reference}'
            yield Due(Why.DRAFT, reference, says, "", step)
        elif reference not in visits:
            continue
        elif entry.start and entry.start < now:
            day = f"{to_wall(entry.start, home.school.timezone):%Y-%m-%d}"
            says = f"It was to start on {day}, and nobody has signed it out."
            step = f"riskgen cancel {reference} if it was not made; riskgen show {reference} says how it stands"
            yield Due(Why.NOT_GONE, reference, says, day, step)
        elif visits[reference].authorised and (lapsed := _lapsed(home, reader, visits[reference])):
            yield Due(Why.LAPSED, reference, f"Its authorisation has lapsed. {' '.join(lapsed)}", "", again)
        elif changed := changed_since(home, entry, printed):
            yield Due(Why.CHANGED, reference, changed, "", again)


def _lapsed(home: Home, reader: Reader, visit: Visit) -> tuple[str, ...]:
    try:
        return changes_in_words(weigh(home, reader, visit).lapsed)
    except InvalidInput as fault:
        return tuple(problem.message for problem in fault.problems)
    except Refused as refusal:
        return (str(refusal),)


def changed_since(home: Home, entry: Entry, printed: str) -> str:
    """What of the school's data is no longer as it was when a visit was assessed; empty where all is.

    `printed` is the fingerprint of today's hazards, matrix and questions.
    """
    if entry.start is None:
        return ""
    policy = home.library.edition_on(home.school.policy, to_wall(entry.start, home.school.timezone).date())
    if policy is None:
        return "No edition of the school's policy is in force on its day any more."
    parts = []
    if (policy.id, policy.fingerprint) != (entry.policy, entry.fingerprint):
        parts.append("the policy")
    if entry.catalogue != printed:
        parts.append("the hazards, the risk matrix or the questions")
    return f"Since it was assessed, somebody has changed {' and '.join(parts)}." if parts else ""


def _back(desk: Desk, back: tuple[Entry, ...], visits: dict[str, Visit], now: datetime) -> Iterator[Due]:
    """Visits that are back: not recorded though the school's own hours have passed, or with actions past their day."""
    zone, today = desk.school.timezone, desk.wall(now).date()
    for entry in back:
        visit = visits.get(entry.reference)
        if visit is None:
            continue
        record, at = record_of(visit), returned_at(visit)
        step = f"riskgen record {entry.reference}"
        if record is None and at and now - at > timedelta(hours=desk.school.record_within_hours):
            day = f"{to_wall(at, zone):%Y-%m-%d}"
            says = f"It came back on {day}, and nobody has recorded how it went."
            yield Due(Why.NOT_RECORDED, entry.reference, says, day, step)
        late = [action for action in (record.further or () if record else ()) if not action.done and action.by < today]
        if late:
            first = min(action.by for action in late).isoformat()
            says = f"{len(late)} further action{'s are' if len(late) > 1 else ' is'} past the agreed day, {first}."
            yield Due(Why.ACTION, entry.reference, says, first, step)


def _policy(home: Home) -> Iterator[Due]:
    policy = home.library.edition_on(home.school.policy, home.now().date())
    if policy is None:
        says = "No edition of the school's policy is in force today."
        yield Due(Why.POLICY, home.school.policy, says, "", "put the edition in force into data/policies")
    elif policy.review_due and policy.review_due < home.now().date():
        day = policy.review_due.isoformat()
        says = f"{policy.name}, edition of {policy.edition}: the policy's own review date was {day}."
        yield Due(Why.POLICY, policy.id, says, day, "put the reviewed edition into data/policies once there is one")


def _markers(home: Home, reader: Reader) -> Iterator[Due]:
    for marker in due_markers(reader, home.now().date()):
        day = marker.review_on.isoformat()
        says = f"A marker ({marker.kind.value}) was to be looked at again by {day}."
        step = f"riskgen marker list {shlex.quote(marker.family)}"
        yield Due(Why.MARKER, marker.family, says, day, step)


def due_report(due: Due) -> dict[str, Any]:
    """One entry of `riskgen review --json`."""
    return {
        "why": due.why.value,
        "subject": due.subject,
        "says": due.says,
        "since": due.since or None,
        "next": due.next_step,
    }
