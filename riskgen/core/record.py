"""How a visit went, as it is written down afterwards; and what is still missing from that.

Nothing is taken for granted: what nobody has said is open, and a record is complete only when nothing is.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from riskgen.core.result import Assessment, Finding
from riskgen.core.struct import Struct, asdict, replace
from riskgen.core.terms import Phase, Status


class Ending(StrEnum):
    """How a visit ended. The values stand in the register for ever."""

    AS_PLANNED = "as-planned"
    IN_PART = "in-part"
    NOBODY_IN = "nobody-in"
    NOT_LET_IN = "not-let-in"
    CALLED_OFF_FOR_SAFETY = "called-off-for-safety"
    CALLED_OFF = "called-off"
    OTHER = "other"

    @property
    def words(self) -> str:
        return _ENDINGS[self]

    @property
    def needs_why(self) -> bool:
        return self not in (Ending.AS_PLANNED, Ending.NOBODY_IN)

    @property
    def gravity(self) -> int:
        """0 where all went as planned, 2 where it was not safe, 1 for everything else."""
        return {Ending.AS_PLANNED: 0, Ending.CALLED_OFF_FOR_SAFETY: 2}.get(self, 1)


_ENDINGS = {
    Ending.AS_PLANNED: "Made as planned",
    Ending.IN_PART: "Made in part",
    Ending.NOBODY_IN: "Nobody was in, or nobody opened",
    Ending.NOT_LET_IN: "Somebody was in, but the visitors were not let in",
    Ending.CALLED_OFF_FOR_SAFETY: "Called off because it was not safe",
    Ending.CALLED_OFF: "Called off for another reason",
    Ending.OTHER: "Something else",
}


class Kept(StrEnum):
    """What became of one clause during the visit or after it. `not-done` needs a reason."""

    DONE = "done"
    NOT_DONE = "not-done"
    DID_NOT_ARISE = "did-not-arise"

    @property
    def words(self) -> str:
        return {"done": "Done", "not-done": "Not done", "did-not-arise": "Did not arise"}[self.value]


class Ticked(Struct, frozen=True):
    """What somebody said of one clause. `why` is for what was not done."""

    clause: str
    answer: Kept
    why: str = ""


class Further(Struct, frozen=True):
    """Something still to be done after the visit: what, by whom, until which day, and whether it has been done."""

    what: str
    who: str
    by: date
    done: bool = False


class VisitRecord(Struct, frozen=True):
    """How a visit went. None, and empty text, mean that nobody has said.

    `concern` is whether it left a safeguarding concern. `further` is empty where it was said that nothing is to follow.
    """

    ending: Ending | None = None
    why: str = ""
    seen: str = ""
    agreed: str = ""
    clauses: tuple[Ticked, ...] = ()
    concern: bool | None = None
    incident: bool | None = None
    incident_text: str = ""
    further: tuple[Further, ...] | None = None


class Open(Struct, frozen=True):
    """Something that a record still lacks. `what` is a field of the record, a clause, or `action 1`."""

    what: str
    says: str

    @property
    def words(self) -> str:
        """What is lacking, with the number of the clause or the action where it is one."""
        return f"{self.what}: {self.says}" if self.what[:1].isupper() or self.what.startswith("action ") else self.says


def duties(assessment: Assessment) -> tuple[Finding, ...]:
    """The clauses for during and then after the visit that the facts do not rule out."""
    found = [finding for finding in assessment.findings if finding.status is not Status.NOT_APPLICABLE]
    during = [finding for finding in found if Phase.DURING in finding.phases]
    after = [finding for finding in found if Phase.AFTER in finding.phases and finding not in during]
    return (*during, *after)


def still_open(record: VisitRecord, asked: Iterable[Finding]) -> tuple[Open, ...]:
    """What a record still lacks, in the order in which it is asked for."""
    missing: list[Open] = []
    if record.ending is None:
        missing.append(Open("outcome", "How the visit ended."))
    elif record.ending.needs_why and not record.why:
        missing.append(Open("why", "Why it was not made as planned."))
    if not record.seen:
        missing.append(Open("seen", "What was seen."))
    if not record.agreed:
        missing.append(Open("agreed", "What was agreed."))
    ticked = {tick.clause for tick in record.clauses if tick.answer is not Kept.NOT_DONE or tick.why}
    missing += [Open(duty.id, duty.says) for duty in asked if duty.id not in ticked]
    if record.concern is None:
        missing.append(Open("concern", "Whether it left a safeguarding concern."))
    if record.incident is None:
        missing.append(Open("incident", "Whether there was an incident."))
    elif record.incident and not record.incident_text:
        missing.append(Open("incident_text", "What happened in the incident."))
    if record.further is None:
        missing.append(Open("actions", "Whether anything further is to be done."))
    for number, action in enumerate(record.further or (), 1):
        if not action.done:
            missing.append(Open(f"action {number}", f"{action.what} ({action.who}, by {action.by.isoformat()})"))
    return tuple(missing)


def added(record: VisitRecord, more: VisitRecord) -> VisitRecord:
    """A record with what was said since. What is said again replaces what was said; further actions are added."""
    given = asdict(more)
    ticks = {tick.clause: tick for tick in (*record.clauses, *more.clauses)}
    further = record.further if more.further is None else (*(record.further or ()), *more.further)
    said = {name: value for name, value in given.items() if value not in (None, "", ())}
    return replace(record, **{**said, "clauses": tuple(ticks.values()), "further": further})


def done(record: VisitRecord, numbers: Iterable[int]) -> VisitRecord:
    """A record with further actions done, by their numbers from 1. Raises `LookupError` for one that there is not."""
    actions = list(record.further or ())
    for number in numbers:
        if not 0 < number <= len(actions):
            raise LookupError(number)
        actions[number - 1] = replace(actions[number - 1], done=True)
    return replace(record, further=tuple(actions)) if actions else record
