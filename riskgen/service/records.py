"""Writing down how a visit went. A visit of which everything has been said, and nothing is left to do, is over."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from riskgen.core.audit import RECORD, What, before_leaving
from riskgen.core.model import Contact, School
from riskgen.core.plain import to_plain
from riskgen.core.record import Ending, Open, VisitRecord, duties, still_open
from riskgen.core.result import Assessment, Finding
from riskgen.core.struct import Struct, replace
from riskgen.core.terms import Phase
from riskgen.core.visit import Happened, State, Visit, Who, at_of
from riskgen.service.bodies import read_back
from riskgen.service.desk import Desk
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.homes import Home, open_home
from riskgen.service.moves import append_move, check_move
from riskgen.service.standing import basis_of

CONCERN_TOPICS = frozenset({"child-danger", "child-immediate-danger"})
"""The topics of clauses on what becomes of a safeguarding concern."""
INCIDENT_TOPICS = frozenset({"accusation", "threat", "ill-visitor"})
"""The topics of clauses on what becomes of an incident."""


class Recording(Struct, frozen=True):
    """A visit about to be recorded: what was recorded before, and the clauses to be answered for.

    There is no assessment, and so no clause, where an alarm was the first that was heard of a draft.
    """

    visit: Visit
    assessment: Assessment | None
    record: VisitRecord
    asked: tuple[Finding, ...]

    @property
    def open(self) -> tuple[Open, ...]:
        return still_open(self.record, self.asked)


class Written(Struct, frozen=True):
    """A record as the register has it now. `hours` are whole ones from the return to this record.

    `late_clauses` are what the policy says of when to record, shown beside a record that is late. `tell` is whom to
    tell of a concern or an incident, by school.yaml, and `tell_clauses` what the policy says of it; both are empty
    where there is neither.
    """

    visit: Visit
    record: VisitRecord
    open: tuple[Open, ...]
    late: bool
    hours: int
    within_hours: int
    late_clauses: tuple[Finding, ...]
    notes: tuple[str, ...]
    tell: tuple[Contact, ...]
    tell_clauses: tuple[Finding, ...]

    @property
    def alarming(self) -> bool:
        """Whether somebody is to be told at once."""
        return bool(self.record.concern or self.record.incident)


def record_of(visit: Visit) -> VisitRecord | None:
    """What has been recorded of a visit so far; None where nothing has, or it was erased.

    Each event of recording holds the whole record as it stood from then on.
    """
    body = visit.records[-1].body if visit.records else None
    return read_back(VisitRecord, body, "record", visit.reference) if body else None


def returned_at(visit: Visit) -> datetime | None:
    """When everybody was back or safe, as it was told; aware."""
    return at_of(visit.returned) if visit.returned else None


def ready_to_record(desk: Desk, reference: str) -> Recording:
    """A visit and what its record lacks. Raises `Refused` for one that is still out, has not left, or is over."""
    visit = desk.visit(reference)
    check_move(visit, Happened.RECORDED)
    return recording_of(visit)


def recording_of(visit: Visit) -> Recording:
    """A visit and what its record lacks, whether or not it may be recorded as it stands."""
    assessment = basis_of(visit.assessed).assessment if visit.assessed else None
    record = record_of(visit) or _to_begin_with(visit)
    return Recording(visit, assessment, record, duties(assessment) if assessment else ())


def _to_begin_with(visit: Visit) -> VisitRecord:
    """What is known before anybody is asked: a visit that was called off says so, and why."""
    body = visit.called_off.body if visit.called_off else None
    if not body:
        return VisitRecord()
    ending = Ending.CALLED_OFF_FOR_SAFETY if body.get("for_safety") else Ending.CALLED_OFF
    return VisitRecord(ending, str(body.get("reason") or ""))


def record_visit(desk: Desk, recording: Recording, record: VisitRecord, who: Who) -> Written:
    """Record how a visit went, and close it if nothing is open.

    Raises `Refused` where nothing new was said; but a visit that was over before an alarm is over again.
    """
    visit = recording.visit
    missing = still_open(record, recording.asked)
    over_again = visit.state is State.RETURNED and not missing
    if record == recording.record and (visit.records or record == VisitRecord()) and not over_again:
        raise Refused(f"Nothing new was said of {visit.reference}. Nothing was saved.")
    now = desk.now()
    back = returned_at(visit) or now
    hours = max(now - back, timedelta()) // timedelta(hours=1)
    limit = desk.school.record_within_hours
    late = now - back > timedelta(hours=limit) and not _only_actions(recording.record, record)
    clauses = _on(desk, recording, {RECORD}) if late else ()
    notes = notes_on(visit, recording.assessment, desk.school)
    body: dict[str, Any] = {
        "record": to_plain(record),
        "concern": record.concern,
        "incident": record.incident,
        "late": late,
        "hours": hours,
        "within_hours": limit,
        "late_clauses": [finding.id for finding in clauses],
        "notes": list(notes),
    }
    with desk.register.write() as writer:
        current = writer.visits([visit.reference])[visit.reference]
        _same(visit, current)
        current = append_move(writer, desk, current, Happened.RECORDED, who, body)
        if not missing:
            current = append_move(writer, desk, current, Happened.CLOSED, who, {})
    heard = [*(CONCERN_TOPICS if record.concern else ()), *(INCIDENT_TOPICS if record.incident else ())]
    tell = desk.school.contacts if heard else ()
    return Written(current, record, missing, late, hours, limit, clauses, notes, tell, _on(desk, recording, heard))


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


def _on(desk: Desk, recording: Recording, topics: Collection[str]) -> tuple[Finding, ...]:
    """What the applied policy says of these topics for afterwards. The school's data has the topics; else none."""
    if not topics or recording.assessment is None:
        return ()
    try:
        home = open_home(desk.folder)
    except InvalidInput:
        return ()
    stamp, by_topic = recording.assessment.policy, clauses_by_topic(home)
    named = {clause for topic in topics for clause in by_topic.get((stamp.id, stamp.edition, topic), ())}
    return tuple(finding for finding in recording.asked if Phase.AFTER in finding.phases and finding.id in named)


def clauses_by_topic(home: Home) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """The ids of the clauses of every policy, by policy, edition and topic."""
    found: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for policy in (edition for editions in home.library.policies.values() for edition in editions):
        for clause in policy.clauses:
            for topic in clause.topics:
                key = (policy.id, policy.edition, topic)
                found[key] = (*found.get(key, ()), clause.id)
    return found


def notes_on(visit: Visit, assessment: Assessment | None, school: School) -> tuple[str, ...]:
    """What is to be said of how a visit came to go out and went, for as long as it is kept."""
    notes = [
        f"Nobody has authorised it ({_whose_rule(assessment)})." if what is What.NO_APPROVAL else what.meaning
        for what in before_leaving(visit, assessment, bool(school.fallback_authorise))
    ]
    body: Mapping[str, Any] = (visit.departed.body if visit.departed else None) or {}
    if body.get("signed_out") is False:
        notes.append("Nobody had signed it out when its safe word was heard.")
    elif visit.alarms:
        notes.append("Its safe word was heard.")
    return tuple(notes)


def _whose_rule(assessment: Assessment | None) -> str:
    rule = assessment.authorise if assessment else None
    return rule.clause if rule and rule.by else "the school's own rule in school.yaml"


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
        "tell": [{"role": each.role, "name": each.name, "phone": each.phone} for each in written.tell],
        "tell_clauses": [{"clause": finding.id, "says": finding.says} for finding in written.tell_clauses],
    }
