"""A visit as the register knows it: what has happened, in which state that leaves it, and what may happen next.

Nothing is ever changed in the register; things happen, and each is an `Event`. The state of a visit is
what its events add up to (`visit_of`). Overdue is not a state but a reading of the clock (`core.timers`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from riskgen.core.struct import Struct, replace

Body = Mapping[str, Any]
"""What an event says, in the types of JSON only."""


class State(StrEnum):
    DRAFT = "draft"
    ASSESSED = "assessed"
    AUTHORISED = "authorised"
    OUT = "out"
    RETURNED = "returned"
    RECORDED = "recorded"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Happened(StrEnum):
    """What can happen to a visit, a family, or the register itself. The values stand in the register for ever."""

    DRAFTED = "drafted"
    ASSESSED = "assessed"
    OVERRIDDEN = "overridden"
    AUTHORISED = "authorised"
    APPROVAL_KEPT = "approval-kept"
    DEPARTED = "departed"
    CHECKED_IN = "checked-in"
    ALARM = "alarm-raised"
    CALLED_OFF = "called-off"
    RETURNED = "returned"
    RECORDED = "recorded"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    WORD_SHOWN = "safe-word-shown"
    PACKED = "pack-made"
    HELD = "legal-hold-set"
    RELEASED = "legal-hold-lifted"
    ERASED = "erased"
    MARKED = "marker-added"
    MARKER_REVIEWED = "marker-reviewed"
    STARTED = "register-started"
    PASSPHRASE_SET = "passphrase-set"  # noqa: S105  # the name of an event
    KEY_REPLACED = "key-replaced"
    BACKED_UP = "backed-up"
    REPAIRED = "repaired"


OPEN = frozenset({State.DRAFT, State.ASSESSED, State.AUTHORISED, State.OUT, State.RETURNED, State.RECORDED})
"""States of a visit that is not over: it still has its safe word."""
NOT_LEFT = frozenset({State.ASSESSED, State.AUTHORISED})
"""States of a visit that is still to go: its paper has to be that of today."""
MAY_HAPPEN: Mapping[Happened, frozenset[State]] = {
    Happened.ASSESSED: frozenset({State.DRAFT, State.ASSESSED, State.AUTHORISED}),
    Happened.OVERRIDDEN: frozenset({State.ASSESSED, State.AUTHORISED}),
    Happened.AUTHORISED: frozenset({State.ASSESSED, State.AUTHORISED}),
    Happened.APPROVAL_KEPT: frozenset({State.ASSESSED}),
    Happened.DEPARTED: frozenset({State.ASSESSED, State.AUTHORISED}),
    Happened.CHECKED_IN: frozenset({State.OUT}),
    Happened.CALLED_OFF: frozenset({State.OUT}),
    Happened.RETURNED: frozenset({State.OUT}),
    Happened.RECORDED: frozenset({State.RETURNED, State.RECORDED}),
    Happened.CLOSED: frozenset({State.RETURNED, State.RECORDED}),
    Happened.CANCELLED: frozenset({State.DRAFT, State.ASSESSED, State.AUTHORISED}),
}
"""In which states each move may be made. What is not named here may happen to any visit, and moves nothing."""
AFTER_THE_FACT: Mapping[Happened, frozenset[State]] = {
    Happened.OVERRIDDEN: frozenset({State.OUT, State.RETURNED, State.RECORDED}),
    Happened.AUTHORISED: frozenset({State.OUT, State.RETURNED, State.RECORDED}),
}
"""States in which a visit that went out before it was assessed may be authorised all the same."""
_LEADS_TO = {
    Happened.DRAFTED: State.DRAFT,
    Happened.ASSESSED: State.ASSESSED,
    Happened.APPROVAL_KEPT: State.AUTHORISED,
    Happened.DEPARTED: State.OUT,
    Happened.RETURNED: State.RETURNED,
    Happened.RECORDED: State.RECORDED,
    Happened.CLOSED: State.CLOSED,
    Happened.CANCELLED: State.CANCELLED,
}


class Who(Struct, frozen=True):
    """Who did something: a staff reference, where that is known; the account of the computer; and how it was shown.

    `proof` is `account` where school.yaml gives that account to that person, `passphrase` where they typed theirs,
    and empty where nobody is named.
    """

    staff: str = ""
    account: str = ""
    proof: str = ""


class Event(Struct, frozen=True):
    """One thing that happened, as the register keeps it. `body` is None once it has been erased.

    `number` counts all events of the register from 1 without a gap; `subject` is the reference of a visit or a
    family, or empty for the register itself; `at` is aware, in UTC.
    """

    number: int
    subject: str
    happened: Happened
    at: datetime
    who: Who
    body: Body | None


class Visit(Struct, frozen=True):
    """What the events of one visit add up to. Events are kept whole, the latest of a kind where one counts."""

    reference: str
    state: State
    events: tuple[Event, ...] = ()
    draft: Event | None = None
    assessed: Event | None = None
    overrides: tuple[Event, ...] = ()
    authorised: Event | None = None
    departed: Event | None = None
    check_ins: tuple[Event, ...] = ()
    alarms: tuple[Event, ...] = ()
    called_off: Event | None = None
    returned: Event | None = None
    records: tuple[Event, ...] = ()
    cancelled: Event | None = None
    after_the_fact: str = ""
    held: str = ""
    erased: Event | None = None

    @property
    def decided_on(self) -> bool:
        """Whether a person has decided anything on the visit, whether that still holds or not."""
        return bool(self.authorised or self.overrides)

    @property
    def approval_stands(self) -> bool:
        """Whether the visit was authorised, and each assessment since has left that standing."""
        if self.authorised is None or self.assessed is None:
            return False
        return self.authorised.number > self.assessed.number or any(
            event.happened is Happened.APPROVAL_KEPT and event.number > self.assessed.number for event in self.events
        )

    @property
    def standing_overrides(self) -> tuple[Event, ...]:
        """The overrides that no assessment since has put an end to."""
        since = self.assessed.number if self.assessed else 0
        kept = ((self.assessed.body if self.assessed else None) or {}).get("overrides") or ()
        return tuple(each for each in self.overrides if each.number > since or each.number in kept)

    @property
    def standing_alarms(self) -> tuple[Event, ...]:
        """The alarms since the visit was last back, if ever it was: the safe word was heard, and nobody is safe yet."""
        back = self.returned.number if self.returned else 0
        return tuple(event for event in self.alarms if event.number > back)

    @property
    def body(self) -> Body:
        """What was last assessed or drafted; empty once erased."""
        return ((self.assessed or self.draft or _NOTHING).body) or {}


_NOTHING = Event(0, "", Happened.DRAFTED, datetime.min, Who(), {})


class Entry(Struct, frozen=True):
    """A line of the register's index: what visits are found by. Times are aware, in UTC."""

    reference: str
    state: State
    family: str = ""
    purpose: str = ""
    outcome: str = ""
    visitors: tuple[str, ...] = ()
    start: datetime | None = None
    due_back: datetime | None = None
    after_the_fact: bool = False
    policy: str = ""
    edition: str = ""
    catalogue: str = ""
    fingerprint: str = ""


def entry_of(visit: Visit) -> Entry:
    """The index line that the events of a visit add up to. Of an erased visit only the state is left.

    The outcome is the one that stands: what people have decided is counted in.
    """
    intake: Body = visit.body.get("intake") or {}
    answers: Body = intake.get("answers") or {}
    assessed: Body = (visit.assessed.body if visit.assessed else None) or {}
    result: Body = assessed.get("assessment") or {}
    decision, policy = result.get("decision") or {}, result.get("policy") or {}
    overridden = visit.standing_overrides
    outcome = (overridden[-1].body or {}).get("outcome") if overridden else decision.get("outcome")
    return Entry(
        visit.reference,
        visit.state,
        str(answers.get("family.reference") or ""),
        str(answers.get("visit.purpose") or ""),
        str(outcome or ""),
        tuple(str(person["id"]) for person in intake.get("visitors") or ()),
        _moment(assessed.get("start")),
        _moment(assessed.get("due_back")),
        bool(visit.after_the_fact),
        str(policy.get("id") or ""),
        str(policy.get("edition") or ""),
        str(assessed.get("catalogue") or ""),
        str(policy.get("fingerprint") or ""),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def at_of(event: Event) -> datetime:
    """When something happened, aware, as it was told; else when it was entered."""
    body = event.body or {}
    try:
        told = datetime.fromisoformat(str(body.get("left_at") or body.get("at")))
    except ValueError:
        return event.at
    return told if told.utcoffset() is not None else event.at


def visit_of(reference: str, events: Iterable[Event]) -> Visit:
    """What the events of one visit, in their order, add up to."""
    visit = Visit(reference, State.DRAFT)
    for event in events:
        visit = _after(visit, event)
    return visit


def _after(visit: Visit, event: Event) -> Visit:
    happened, body = event.happened, event.body or {}
    state = _LEADS_TO.get(happened, visit.state)
    if happened is Happened.AUTHORISED and visit.state in (State.ASSESSED, State.AUTHORISED):
        state = State.AUTHORISED
    visit = replace(visit, state=state, events=(*visit.events, event))
    match happened:
        case Happened.DRAFTED:
            return replace(visit, draft=event)
        case Happened.ASSESSED:
            return replace(
                visit, assessed=event, after_the_fact=str(body.get("after_the_fact") or "") or visit.after_the_fact
            )
        case Happened.OVERRIDDEN:
            return replace(visit, overrides=(*visit.overrides, event))
        case Happened.AUTHORISED:
            return replace(visit, authorised=event)
        case Happened.DEPARTED:
            return replace(visit, departed=event)
        case Happened.CHECKED_IN:
            return replace(visit, check_ins=(*visit.check_ins, event))
        case Happened.ALARM:
            return replace(visit, alarms=(*visit.alarms, event))
        case Happened.CALLED_OFF:
            return replace(visit, called_off=event)
        case Happened.RETURNED:
            return replace(visit, returned=event)
        case Happened.RECORDED:
            return replace(visit, records=(*visit.records, event))
        case Happened.CANCELLED:
            return replace(visit, cancelled=event)
        case Happened.HELD:
            return replace(visit, held=str(body.get("reason") or "yes"))
        case Happened.RELEASED:
            return replace(visit, held="")
        case Happened.ERASED:
            return replace(visit, erased=event, after_the_fact=str(body.get("after_the_fact") or visit.after_the_fact))
    return visit


def may_happen(visit: Visit, happened: Happened) -> bool:
    """Whether a move may be made in the state that the visit is in."""
    if visit.erased:
        return False
    states = MAY_HAPPEN.get(happened)
    if states is None:
        return True
    return visit.state in states or bool(visit.after_the_fact and visit.state in AFTER_THE_FACT.get(happened, ()))
