"""A visit held against its own policy and its own record: what was broken, decided otherwise, late, or never done.

Every line names the clause that it is about, where the policy has one. Nothing is judged here that the register does
not hold: a clause that nobody answered for is told as that, and not as kept.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from riskgen.core.approval import DECISION
from riskgen.core.record import Kept, VisitRecord, duties, still_open
from riskgen.core.result import Assessment, Finding
from riskgen.core.struct import Struct, field
from riskgen.core.terms import Kind, Outcome, Status
from riskgen.core.timers import to_wall
from riskgen.core.visit import Event, State, Visit, at_of, entry_of
from riskgen.core.words import OUTCOMES, moment_words, yes_no

RECORD, OVERDUE, ASSESSMENT = "record", "overdue", "risk-assessment"
"""Topics of `topics.yaml` whose clauses are named beside what was recorded, brought back or assessed too late."""
_SETTLED_BY = timedelta(days=1)
"""After its start a visit that neither left nor was cancelled waits this long for somebody to say so."""


class What(StrEnum):
    """What a line of the audit is about. The values are what is printed."""

    BROKEN = "Clause broken"
    OVERRIDDEN = "Decided otherwise"
    NEVER_ASSESSED = "Never assessed"
    ASSESSED_LATE = "Assessed after it had gone out"
    AGAINST_POLICY = "Went out though it was not to be made"
    UNDECIDED = "Went out though nobody had decided it"
    DECIDED_LATE = "Decided only after it had gone out"
    NO_APPROVAL = "No authorisation"
    APPROVED_LATE = "Authorised only after it had gone out"
    LAPSED = "Authorisation lapsed before it went out"
    NO_RETURN = "No return recorded"
    NO_RECORD = "No record"
    RECORDED_LATE = "Recorded late"
    NOT_DONE = "Clause not kept on the visit"
    RECORD_OPEN = "Record not complete"
    ACTION_LATE = "Action past its day"
    UNSETTLED = "Neither left nor cancelled"
    REVIEW_PAST = "Policy past its review date"

    @property
    def meaning(self) -> str:
        return _MEANINGS[self]


_MEANINGS: Mapping[What, str] = {
    What.BROKEN: "The facts of the last assessment break the clause.",
    What.OVERRIDDEN: "A person decided against the result, or changed a rating, with the reason given.",
    What.NEVER_ASSESSED: "It went out without ever having been assessed.",
    What.ASSESSED_LATE: "It went out before it was assessed.",
    What.AGAINST_POLICY: "It went out though it was not to be made (do not visit).",
    What.UNDECIDED: "It went out though it was referred, and nobody has decided it.",
    What.DECIDED_LATE: "It went out though it was referred, and was decided only afterwards.",
    What.NO_APPROVAL: "It went out, and nobody has authorised it.",
    What.APPROVED_LATE: "It was authorised only after it had gone out.",
    What.LAPSED: "Its authorisation had lapsed before it went out.",
    What.NO_RETURN: "It is out and past the time at which it was due back.",
    What.NO_RECORD: "Everybody is back, and nothing was recorded within the hours that the school allows.",
    What.RECORDED_LATE: "The first record came later than the hours that the school allows.",
    What.NOT_DONE: "The record says that the clause was not kept, and why.",
    What.RECORD_OPEN: "The record lacks an answer, or nobody has answered for a clause.",
    What.ACTION_LATE: "An action that the record promised is not done, and its day is past.",
    What.UNSETTLED: "Its start is more than a day past, and nobody has signed it out or cancelled it.",
    What.REVIEW_PAST: "Visits were decided under an edition of the policy whose own review date had passed.",
}


class Rules(Struct, frozen=True):
    """What a visit is held against, beside its own policy. Times are in the zone of the school.

    `topics` are the ids of clauses by policy, edition and topic. `own_rule` says that school.yaml names who authorises
    where the policy names nobody. `names` are those of the staff, by reference.
    """

    zone: str
    now: datetime
    record_within_hours: int
    own_rule: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    topics: Mapping[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)

    def name(self, staff: str) -> str:
        """The name of a member of staff; the reference of one who has left the directory."""
        return self.names.get(staff, staff)


class AuditLine(Struct, frozen=True):
    """One thing that the audit has to say of a visit.

    `clause` may name several, and is empty where the policy has none; `says` is what the clause says. `made` (Yes or
    No) is whether the visit went out, and `look` that somebody should look at it: nothing explains it, or it is still
    to be done.
    """

    reference: str
    day: date | None
    what: What
    clause: str
    says: str
    found: str
    who: str
    at: datetime | None
    made: str
    look: str


def before_leaving(visit: Visit, assessment: Assessment | None, own_rule: bool) -> tuple[What, ...]:
    """What was wrong with the way in which a visit that went out came to go out."""
    if visit.departed is None:
        return ()
    found = [What.ASSESSED_LATE] if visit.after_the_fact else []
    if assessment is None:
        return (*found, What.NEVER_ASSESSED)
    stood = entry_of(visit).outcome
    if stood == Outcome.DO_NOT_VISIT.id:
        found.append(What.AGAINST_POLICY)
    elif stood == Outcome.REFER.id:
        found.append(What.UNDECIDED)
    elif assessment.decision.outcome is Outcome.REFER and _decided_at(visit) > visit.departed.number:
        found.append(What.DECIDED_LATE)
    if visit.authorised is None:
        found += [What.NO_APPROVAL] if assessment.authorise.by or own_rule else []
    elif visit.authorised.number > visit.departed.number:
        found.append(What.APPROVED_LATE)
    elif not visit.approval_stands:
        found.append(What.LAPSED)
    return tuple(found)


def _decided_at(visit: Visit) -> int:
    """The number of the event that decided a referral; 0 where none stands."""
    return max((event.number for event in visit.standing_overrides if _is_on_the_decision(event)), default=0)


def _is_on_the_decision(event: Event) -> bool:
    return (event.body or {}).get("what") == DECISION


def audit(
    visit: Visit, assessment: Assessment | None, record: VisitRecord | None, day: date | None, rules: Rules
) -> Iterator[AuditLine]:
    """Every line that one visit adds, in the order in which things happen. An erased visit adds none."""
    if not visit.erased:
        yield from _Audit(visit, assessment, record, day, rules).lines()


class _Audit(Struct, frozen=True):
    visit: Visit
    assessment: Assessment | None
    record: VisitRecord | None
    day: date | None
    rules: Rules

    def lines(self) -> Iterator[AuditLine]:
        yield from self._broken()
        yield from self._overridden()
        for what in before_leaving(self.visit, self.assessment, self.rules.own_rule):
            yield self._line(what, self._clause_of(what), look=True)
        yield from self._unsettled()
        yield from self._came_back()
        yield from self._recorded()

    def _line(self, what: What, clause: str = "", found: str = "", by: Event | None = None, *, look: bool) -> AuditLine:
        return AuditLine(
            self.visit.reference,
            self.day,
            what,
            clause,
            self._says(clause),
            found or what.meaning,
            self.rules.name(by.who.staff) if by else "",
            to_wall(by.at, self.rules.zone) if by else None,
            yes_no(self.visit.departed is not None),
            yes_no(look),
        )

    def _broken(self) -> Iterator[AuditLine]:
        """A visit does not leave while a clause that weighs is broken, unless a person has decided its referral."""
        decided = any(_is_on_the_decision(event) for event in self.visit.standing_overrides)
        for finding in self._findings():
            if finding.status is Status.BROKEN:
                explained = finding.outcome is Outcome.PROCEED or (decided and finding.outcome is Outcome.REFER)
                look = self.visit.departed is not None and not explained
                yield self._line(What.BROKEN, finding.id, "; ".join(finding.because), look=look)

    def _overridden(self) -> Iterator[AuditLine]:
        for event in self.visit.overrides:
            body = event.body or {}
            about = "The referral" if _is_on_the_decision(event) else f"The rating of {self._hazard(body)}"
            found = f"{about} was made “{self._made_into(body)}”: {body.get('reason') or 'no reason is kept'}"
            yield self._line(What.OVERRIDDEN, str(body.get("clause") or ""), found, event, look=False)

    def _hazard(self, body: Mapping[str, object]) -> str:
        hazards = self.assessment.hazards if self.assessment else ()
        return next((hazard.name.lower() for hazard in hazards if hazard.id == body.get("what")), str(body.get("what")))

    def _made_into(self, body: Mapping[str, object]) -> str:
        if body.get("what") == DECISION:
            return OUTCOMES[Outcome.from_id(str(body.get("to")))]
        bands = self.assessment.matrix.ratings if self.assessment else ()
        return next((band.name for band in bands if band.id == body.get("to")), str(body.get("to")))

    def _unsettled(self) -> Iterator[AuditLine]:
        start = entry_of(self.visit).start
        waiting = self.visit.state in (State.DRAFT, State.ASSESSED, State.AUTHORISED)
        if waiting and start and self.rules.now - start > _SETTLED_BY:
            yield self._line(What.UNSETTLED, look=True)

    def _came_back(self) -> Iterator[AuditLine]:
        due = entry_of(self.visit).due_back
        if self.visit.state is State.OUT and (due is None or self.rules.now > due):
            yield self._line(What.NO_RETURN, self._topical(OVERDUE), look=True)

    def _recorded(self) -> Iterator[AuditLine]:
        visit, clause = self.visit, self._topical(RECORD)
        if visit.returned is None:
            return
        hours = (self.rules.now - at_of(visit.returned)) // timedelta(hours=1)
        returned = visit.returned.number
        since = any(record.number > returned for record in visit.records)
        if not since and hours >= self.rules.record_within_hours:
            again = " since" if visit.records else ""
            found = f"{hours} hours after the return nothing is recorded{again}; the school allows "
            yield self._line(What.NO_RECORD, clause, f"{found}{self.rules.record_within_hours} hours.", look=True)
        if not visit.records:
            return
        first = visit.records[0].body or {}
        if first.get("late"):
            named = ", ".join(first.get("late_clauses") or ()) or clause
            found = f"Recorded {first.get('hours')} hours after the return; the school allows "
            found += f"{first.get('within_hours')} hours."
            yield self._line(What.RECORDED_LATE, named, found, visit.records[0], look=False)
        yield from self._said_in_the_record(self.record or VisitRecord(), visit.records[-1])

    def _said_in_the_record(self, record: VisitRecord, by: Event) -> Iterator[AuditLine]:
        kinds = {finding.id: finding.kind for finding in self._findings()}
        for tick in record.clauses:
            if tick.answer is Kept.NOT_DONE:
                look = kinds.get(tick.clause) in (Kind.REQUIRED, Kind.FORBIDDEN)
                yield self._line(What.NOT_DONE, tick.clause, tick.why or "No reason is given.", by, look=look)
        if self.visit.state is State.CLOSED:
            return
        today = to_wall(self.rules.now, self.rules.zone).date()
        late = [action for action in record.further or () if not action.done and action.by < today]
        for action in late:
            found = f"{action.what} ({self.rules.name(action.who)}), by {moment_words(action.by)}"
            yield self._line(What.ACTION_LATE, found=found, by=by, look=True)
        asked = duties(self.assessment) if self.assessment else ()
        for missing in still_open(record, asked):
            if not missing.what.startswith("action "):
                clause = missing.what if missing.what in kinds else ""
                found = "Nobody has answered for it." if clause else missing.says
                yield self._line(What.RECORD_OPEN, clause, found, by, look=True)

    def _findings(self) -> tuple[Finding, ...]:
        return self.assessment.findings if self.assessment else ()

    def _says(self, clause: str) -> str:
        named = clause.split(", ")
        return " ".join(finding.says for finding in self._findings() if finding.id in named)

    def _clause_of(self, what: What) -> str:
        if what in (What.ASSESSED_LATE, What.NEVER_ASSESSED):
            return self._topical(ASSESSMENT)
        return self.assessment.authorise.clause if self.assessment else ""

    def _topical(self, topic: str) -> str:
        """The clauses of the applied policy on a topic, as far as they apply to this visit."""
        if self.assessment is None:
            return ""
        stamp = self.assessment.policy
        theirs = self.rules.topics.get((stamp.id, stamp.edition, topic), ())
        apply = {finding.id for finding in self._findings() if finding.status is not Status.NOT_APPLICABLE}
        return ", ".join(clause for clause in theirs if clause in apply)
