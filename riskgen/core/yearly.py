"""What one visit adds to the account of a year: a row of the register, a row for each hazard, and what was seen.

Words are those that are printed. What nobody recorded says so; what has not happened, such as the return of a visit
that never left, is None.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from riskgen.core.audit import Rules
from riskgen.core.conditions import Value
from riskgen.core.matrix import band_of
from riskgen.core.model import Intake, Matrix
from riskgen.core.record import Ending, VisitRecord
from riskgen.core.result import Assessment, RatedHazard
from riskgen.core.struct import Struct
from riskgen.core.terms import Outcome, Status
from riskgen.core.timers import to_utc, to_wall
from riskgen.core.truth import Truth
from riskgen.core.visit import Entry, Event, State, Visit, at_of, entry_of
from riskgen.core.words import NOT_RECORDED, OUTCOMES, YES, yes_no

NOT_RATED = "Not rated"
"""Of a visit to which no hazard applies, and of one that was never assessed."""
SHORT_NOTICE = timedelta(hours=24)
"""A visit that was entered less than a day before its start was made at short notice. No policy of the five gives a
number; a day is what a line manager has who reads the risk assessment the evening before."""
SATURDAY = 5
SURPRISES = (Ending.CALLED_OFF_FOR_SAFETY,)
"""Endings that say that more was met with than was foreseen."""
NOBODY_MET = (Ending.NOBODY_IN, Ending.NOT_LET_IN)
"""Endings after which nobody at the school can say that the child was seen."""
STATES = {
    State.DRAFT: "Draft",
    State.ASSESSED: "Assessed",
    State.AUTHORISED: "Authorised",
    State.OUT: "Out",
    State.RETURNED: "Back, nothing recorded",
    State.RECORDED: "Back, record open",
    State.CLOSED: "Over",
    State.CANCELLED: "Cancelled",
}
"""Every state of a visit in words."""
RECORDED_BEFORE, ERASED = "Back again, recorded before", "Erased"
"""Two more: an alarm came after the record; and nothing is left to read."""


class VisitRead(Struct, frozen=True):
    """One visit as the register has it, with the parts of its events that a year is made of."""

    visit: Visit
    intake: Intake | None = None
    assessment: Assessment | None = None
    record: VisitRecord | None = None
    listed: datetime | None = None

    @property
    def day(self) -> date | None:
        """The day for which the visit was planned, at the school. Of one that was erased the index knows it still."""
        start = self.intake.start if self.intake else self.listed
        return start.date() if start else None

    @property
    def ending(self) -> Ending | None:
        """How it ended, as recorded; or that it was called off on the way, which is known before anybody records it."""
        if self.record and self.record.ending:
            return self.record.ending
        called_off = self.visit.called_off.body if self.visit.called_off else None
        if called_off is None:
            return None
        return Ending.CALLED_OFF_FOR_SAFETY if called_off.get("for_safety") else Ending.CALLED_OFF


class VisitRow(Struct, frozen=True):
    """A row of the register. Times are wall times of the school."""

    reference: str
    state: str
    day: date | None
    start: time | None
    minutes: int | None
    purpose: str
    family: str
    visitors: str
    visitor_count: int | None
    alone: str
    notice_hours: int | None
    short_notice: str
    after_hours: str
    made: str
    initial: str
    residual: str
    rating: str
    decision: str
    outcome: str
    overridden: str
    to_confirm: int | None
    authorised_by: str
    authorised_at: datetime | None
    left_at: datetime | None
    due_back: datetime | None
    back_at: datetime | None
    minutes_late: int | None
    check_ins: int
    alarm: str
    ending: str
    concern: str
    incident: str
    recorded_at: datetime | None
    recorded_late: str
    actions_open: int
    to_look_at: int
    after_the_fact: str
    policy: str
    edition: str


class HazardRow(Struct, frozen=True):
    """One hazard of one visit, rated before and after its control measures. Levels and ratings by their names."""

    reference: str
    day: date | None
    hazard: str
    applies: str
    matrix: str
    likelihood: str
    severity: str
    score: int
    rating: str
    residual_likelihood: str
    residual_severity: str
    residual_score: int
    residual_rating: str
    in_place: int
    not_confirmed: int


class SurpriseRow(Struct, frozen=True):
    """A visit on which more was met with than its rating foresaw, or at which something went wrong."""

    reference: str
    day: date | None
    rating: str
    outcome: str
    ending: str
    incident: str
    concern: str
    alarm: str


class AttemptRow(Struct, frozen=True):
    """One visit to a child of whom nobody can say that the child was seen, as a referral asks for it."""

    family: str
    child: str
    born_on: date | None
    year_group: str
    address: str
    attempt: int
    reference: str
    day: date | None
    start: time | None
    visitors: str
    purpose: str
    ending: str
    why: str
    seen: str
    agreed: str
    concern: str
    follows: str


def visit_row(read: VisitRead, rules: Rules, purposes: dict[str, str], to_look_at: int) -> VisitRow:
    """The row of one visit. `purposes` are their labels by id; `to_look_at` counts the lines of its audit."""
    visit, entry = read.visit, entry_of(read.visit)
    assessment, record = read.assessment, read.record
    start, made = read.intake.start if read.intake else None, visit.departed is not None
    back = at_of(visit.returned) if visit.returned else None
    entered = visit.events[0].at if visit.events else None
    notice = to_utc(start, rules.zone) - entered if start and entered else None
    approval = visit.authorised if visit.approval_stands and not visit.erased else None
    return VisitRow(
        reference=visit.reference,
        state=_state(visit),
        day=read.day,
        start=start.time() if start else None,
        minutes=_number(_answer(read, "visit.minutes")),
        purpose=purposes.get(entry.purpose, entry.purpose) or NOT_RECORDED,
        family=entry.family or NOT_RECORDED,
        visitors=_visitors(read) or NOT_RECORDED,
        visitor_count=len(entry.visitors) or None,
        alone=NOT_RECORDED if not entry.visitors else yes_no(len(entry.visitors) == 1),
        notice_hours=max(notice, timedelta()) // timedelta(hours=1) if notice is not None else None,
        short_notice=NOT_RECORDED if notice is None else yes_no(notice < SHORT_NOTICE),
        after_hours=_after_hours(read, start),
        made=yes_no(made),
        initial=_highest(assessment, residual=False),
        residual=_highest(assessment, residual=True),
        rating=_rating_that_stood(read),
        decision=OUTCOMES[assessment.decision.outcome] if assessment else NOT_RECORDED,
        outcome=_outcome(entry),
        overridden=NOT_RECORDED if visit.erased else yes_no(bool(visit.standing_overrides)),
        to_confirm=_unconfirmed(assessment),
        authorised_by=rules.name(approval.who.staff) if approval else "",
        authorised_at=to_wall(approval.at, rules.zone) if approval else None,
        left_at=_wall(visit.departed, rules),
        due_back=to_wall(entry.due_back, rules.zone) if entry.due_back else None,
        back_at=to_wall(back, rules.zone) if back else None,
        minutes_late=_minutes(entry.due_back, back),
        check_ins=len(visit.check_ins),
        alarm=yes_no(bool(visit.alarms)),
        ending=_ending(read),
        concern=_said(record.concern if record else None, made),
        incident=_said(record.incident if record else None, made),
        recorded_at=to_wall(visit.records[0].at, rules.zone) if visit.records else None,
        recorded_late=_recorded_late(visit, made),
        actions_open=sum(not action.done for action in (record.further or ())) if record else 0,
        to_look_at=to_look_at,
        after_the_fact=yes_no(bool(visit.after_the_fact)),
        policy=assessment.policy.name if assessment else "",
        edition=assessment.policy.edition if assessment else "",
    )


def hazard_rows(read: VisitRead) -> tuple[HazardRow, ...]:
    """A row for each hazard that applies to a visit, or may."""
    if read.assessment is None:
        return ()
    matrix = read.assessment.matrix.name
    return tuple(
        HazardRow(
            read.visit.reference,
            read.day,
            hazard.name,
            NOT_RECORDED if hazard.applies is Truth.UNKNOWN else YES,
            matrix,
            hazard.initial.likelihood,
            hazard.initial.severity,
            hazard.initial.score,
            hazard.initial.name,
            hazard.residual.likelihood,
            hazard.residual.severity,
            hazard.residual.score,
            hazard.residual.name,
            sum(control.in_place is Truth.YES for control in hazard.controls),
            sum(control.in_place is Truth.UNKNOWN for control in hazard.controls),
        )
        for hazard in read.assessment.hazards
    )


def surprise_row(read: VisitRead, row: VisitRow) -> SurpriseRow | None:
    """The visit's row among the surprises; None where nothing is recorded that was one."""
    called_off = read.ending in SURPRISES
    if called_off or YES in (row.incident, row.concern, row.alarm):
        return SurpriseRow(
            row.reference, row.day, row.rating, row.outcome, row.ending, row.incident, row.concern, row.alarm
        )
    return None


def attempt_row(read: VisitRead, row: VisitRow, attempt: int, rules: Rules) -> AttemptRow:
    """A visit as one of the attempts to see a child. `attempt` counts those that went out, from 1."""
    record = read.record or VisitRecord()
    born_on = _answer(read, "child.born_on")
    follows = "; ".join(
        f"{action.what} ({rules.name(action.who)}, by {action.by:%d/%m/%Y}{', done' if action.done else ''})"
        for action in record.further or ()
    )
    return AttemptRow(
        row.family,
        _text(read, "child.name"),
        born_on if isinstance(born_on, date) else None,
        _text(read, "child.year_group"),
        _text(read, "family.address"),
        attempt,
        row.reference,
        row.day,
        row.start,
        row.visitors,
        row.purpose,
        row.ending,
        record.why,
        record.seen or NOT_RECORDED,
        record.agreed or NOT_RECORDED,
        row.concern,
        follows or ("Nothing further" if record.further == () else NOT_RECORDED),
    )


def nobody_met(read: VisitRead) -> bool:
    """Whether a visit was made and ended without anybody at the home having been met."""
    return read.ending in NOBODY_MET


def _state(visit: Visit) -> str:
    if visit.erased:
        return ERASED
    if visit.state is State.RETURNED and visit.records:
        return RECORDED_BEFORE
    return STATES[visit.state]


def _answer(read: VisitRead, name: str) -> Value | None:
    return read.intake.answers.get(name) if read.intake else None


def _text(read: VisitRead, name: str) -> str:
    value = _answer(read, name)
    return value if isinstance(value, str) and value else NOT_RECORDED


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _visitors(read: VisitRead) -> str:
    """Those who go, by name as they were called when the visit was assessed."""
    return ", ".join(person.name for person in read.intake.visitors) if read.intake else ""


def _after_hours(read: VisitRead, start: datetime | None) -> str:
    """In the evening as the school has it, or at a weekend."""
    if start and start.weekday() >= SATURDAY:
        return YES
    evening = read.assessment.facts.get("visit.evening") if read.assessment else None
    return NOT_RECORDED if evening is None else yes_no(bool(evening))


def _highest(assessment: Assessment | None, *, residual: bool) -> str:
    if assessment is None or not assessment.hazards:
        return NOT_RATED
    found = [(hazard.residual if residual else hazard.initial).rating for hazard in assessment.hazards]
    return _highest_name(assessment.matrix, found)


def _highest_name(matrix: Matrix, ratings: list[str]) -> str:
    order = [band.id for band in matrix.ratings]
    return band_of(matrix, max(ratings, key=order.index)).name


def _rating_that_stood(read: VisitRead) -> str:
    """The highest residual rating, with what people have made of single ratings counted in."""
    assessment = read.assessment
    if assessment is None or not assessment.hazards:
        return NOT_RATED
    made = {str((event.body or {}).get("what")): event for event in read.visit.standing_overrides}
    return _highest_name(assessment.matrix, [_stood(hazard, made.get(hazard.id)) for hazard in assessment.hazards])


def _stood(hazard: RatedHazard, override: Event | None) -> str:
    return str((override.body or {})["to"]) if override else hazard.residual.rating


def _outcome(entry: Entry) -> str:
    return OUTCOMES[Outcome.from_id(entry.outcome)] if entry.outcome else NOT_RECORDED


def _unconfirmed(assessment: Assessment | None) -> int | None:
    if assessment is None:
        return None
    return sum(finding.status is Status.TO_CONFIRM for finding in assessment.findings)


def _wall(event: Event | None, rules: Rules) -> datetime | None:
    return to_wall(at_of(event), rules.zone) if event else None


def _minutes(due: datetime | None, back: datetime | None) -> int | None:
    """Minutes by which everybody was back later than due; none are counted where they were early."""
    return max((back - due) // timedelta(minutes=1), 0) if due and back else None


def _ending(read: VisitRead) -> str:
    if read.ending:
        return read.ending.words
    return NOT_RECORDED if read.visit.departed else "Not made"


def _said(answer: bool | None, made: bool) -> str:
    """What a record says; of a visit that never went out there is nothing to say."""
    if answer is None:
        return NOT_RECORDED if made else "Not made"
    return yes_no(answer)


def _recorded_late(visit: Visit, made: bool) -> str:
    if visit.erased:
        return NOT_RECORDED
    if not visit.records:
        return NOT_RECORDED if made else "Not made"
    return yes_no(bool((visit.records[0].body or {}).get("late")))
