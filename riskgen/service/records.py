"""Writing down how a visit went. A visit of which everything has been said, and nothing is left to do, is over."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from riskgen.core.plain import to_plain
from riskgen.core.record import Ending, Open, VisitRecord, duties, still_open
from riskgen.core.result import Assessment, Finding
from riskgen.core.terms import Phase
from riskgen.core.visit import Event, Happened, Visit, Who, at_of
from riskgen.service.bodies import read_back
from riskgen.service.desk import Desk
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.homes import Home, open_home
from riskgen.service.moves import append_move, check_move
from riskgen.service.standing import assessed_event, basis_of

RECORD_TOPIC = "record"
"""The topic of clauses on what is to be recorded after a visit, where and by when."""


@dataclass(frozen=True)
class Recording:
    """A visit about to be recorded: what was recorded before, and the clauses to be answered for."""

    visit: Visit
    assessment: Assessment
    record: VisitRecord
    asked: tuple[Finding, ...]

    @property
    def open(self) -> tuple[Open, ...]:
        return still_open(self.record, self.asked)


@dataclass(frozen=True)
class Written:
    """A record as the register has it now. `hours` are whole ones from the return to this record.

    `late_clauses` are what the policy says of when to record, shown beside a record that is late.
    """

    visit: Visit
    record: VisitRecord
    open: tuple[Open, ...]
    late: bool
    hours: int
    within_hours: int
    late_clauses: tuple[Finding, ...]
    notes: tuple[str, ...]


def record_of(visit: Visit) -> VisitRecord | None:
    """What has been recorded of a visit so far; None where nothing has, or it was erased.

    Each event of recording holds the whole record as it stood from then on.
    """
    body = visit.records[-1].body if visit.records else None
    return read_back(VisitRecord, body, "record", visit.reference) if body else None


def late_records(visit: Visit) -> tuple[Event, ...]:
    """The events in which a visit was recorded late."""
    return tuple(event for event in visit.records if (event.body or {}).get("late"))


def returned_at(visit: Visit) -> datetime | None:
    """When everybody was back or safe, as it was told; aware."""
    return at_of(visit.returned) if visit.returned else None


def ready_to_record(desk: Desk, reference: str) -> Recording:
    """A visit and what its record lacks. Raises `Refused` for one that is still out, has not left, or is over."""
    visit = desk.visit(reference)
    check_move(visit, Happened.RECORDED)
    assessment = basis_of(assessed_event(visit)).assessment
    record = record_of(visit) or _to_begin_with(visit)
    return Recording(visit, assessment, record, duties(assessment))


def _to_begin_with(visit: Visit) -> VisitRecord:
    """What is known before anybody is asked: a visit that was called off says so, and why."""
    body = visit.called_off.body if visit.called_off else None
    if not body:
        return VisitRecord()
    ending = Ending.CALLED_OFF_FOR_SAFETY if body.get("for_safety") else Ending.CALLED_OFF
    return VisitRecord(ending, str(body.get("reason") or ""))


def record_visit(desk: Desk, recording: Recording, record: VisitRecord, who: Who) -> Written:
    """Record how a visit went, and close it if nothing is open. Raises `Refused` where nothing new was said."""
    visit = recording.visit
    if record == recording.record and (visit.records or record == VisitRecord()):
        raise Refused(f"Nothing new was said of {visit.reference}. Nothing was saved.")
    now = desk.now()
    back = returned_at(visit) or now
    hours = max(now - back, timedelta()) // timedelta(hours=1)
    limit = desk.school.record_within_hours
    late = now - back > timedelta(hours=limit) and not _only_actions(recording.record, record)
    clauses = _on_recording(desk, recording) if late else ()
    body: dict[str, Any] = {
        "record": to_plain(record),
        "concern": record.concern,
        "incident": record.incident,
        "late": late,
        "hours": hours,
        "within_hours": limit,
        "late_clauses": [finding.id for finding in clauses],
    }
    missing = still_open(record, recording.asked)
    with desk.register.write() as writer:
        current = writer.visits([visit.reference])[visit.reference]
        _same(visit, current)
        current = append_move(writer, desk, current, Happened.RECORDED, who, body)
        if not missing:
            current = append_move(writer, desk, current, Happened.CLOSED, who, {})
    return Written(current, record, missing, late, hours, limit, clauses, notes_on(current, recording.assessment))


def _same(seen: Visit, current: Visit) -> None:
    """Raise `Refused` where somebody else has changed the visit while this record was made out."""
    if current.events[-1].number != seen.events[-1].number:
        raise Refused(
            f"Somebody else has just changed {seen.reference}. Look at it again with 'riskgen show {seen.reference}', "
            "and record what is still open. Nothing was saved."
        )


def _only_actions(before: VisitRecord, after: VisitRecord) -> bool:
    """Whether all that is new is that further actions were done: that comes when it comes, and is never late."""
    same = len(before.further or ()) == len(after.further or ())
    return bool(before.further) and same and replace(after, further=before.further) == before


def _on_recording(desk: Desk, recording: Recording) -> tuple[Finding, ...]:
    """What the applied policy says of recording. The topics of clauses are in the school's data; without them, none."""
    try:
        home = open_home(desk.folder)
    except InvalidInput:
        return ()
    named = _topical(home, recording.assessment)
    return tuple(finding for finding in recording.asked if Phase.AFTER in finding.phases and finding.id in named)


def _topical(home: Home, assessment: Assessment) -> frozenset[str]:
    stamp = assessment.policy
    editions = home.library.policies.get(stamp.id, ())
    policy = next((edition for edition in editions if edition.edition == stamp.edition), None)
    clauses = policy.clauses if policy else ()
    return frozenset(clause.id for clause in clauses if RECORD_TOPIC in clause.topics)


def notes_on(visit: Visit, assessment: Assessment) -> tuple[str, ...]:
    """What is to be said of how a visit came to go out, for as long as it is kept."""
    notes = []
    left, authorised = visit.departed, visit.authorised
    if visit.after_the_fact:
        notes.append("It went out before it was assessed.")
    if authorised is None and assessment.authorise.by:
        notes.append(f"Nobody has authorised it ({assessment.authorise.clause}).")
    if authorised and left and authorised.number > left.number:
        notes.append("It was authorised only after it had gone out.")
    body: Mapping[str, Any] = (left.body if left else None) or {}
    if body.get("signed_out") is False:
        notes.append("Nobody had signed it out when its safe word was heard.")
    return tuple(notes)


def written_report(written: Written) -> dict[str, Any]:
    """A record in the shape of `riskgen record --json`."""
    record = written.record
    return {
        "reference": written.visit.reference,
        "state": written.visit.state.value,
        "outcome": record.ending.value if record.ending else None,
        "late": written.late,
        "hours_after_return": written.hours,
        "within_hours": written.within_hours,
        "late_clauses": [{"clause": finding.id, "says": finding.says} for finding in written.late_clauses],
        "open": [{"what": item.what, "says": item.says} for item in written.open],
        "notes": list(written.notes),
    }
