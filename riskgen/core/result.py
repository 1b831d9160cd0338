"""What riskgen concludes: frozen and plain, so that a result can be stored, compared and printed years later as it was.

A result copies the words that it rests on, so that it outlives later editions of the data.
"""

from dataclasses import dataclass
from datetime import date

from riskgen.core.model import Effect, Facts, Matrix
from riskgen.core.terms import Do, Kind, Outcome, Phase, Status
from riskgen.core.truth import Truth


@dataclass(frozen=True)
class Finding:
    """What became of one clause in one case. It copies the clause, so that it survives later editions."""

    id: str
    status: Status
    because: tuple[str, ...]
    says: str
    location: str
    kind: Kind
    phases: tuple[Phase, ...]
    outcome: Outcome
    effect: Effect
    who: str


@dataclass(frozen=True)
class Rating:
    likelihood: str
    severity: str
    score: int
    rating: str
    name: str
    colour: str


@dataclass(frozen=True)
class RatedControl:
    id: str
    kind: str
    measure: str
    in_place: Truth
    who: str


@dataclass(frozen=True)
class RatedHazard:
    id: str
    name: str
    persons_at_risk: tuple[str, ...]
    harms: tuple[str, ...]
    applies: Truth
    initial: Rating
    residual: Rating
    outcome: Outcome
    because: tuple[str, ...]
    controls: tuple[RatedControl, ...]
    unanswered_harms: tuple[str, ...]


@dataclass(frozen=True)
class Reason:
    """Why the decision is what it is. `source` is a clause id, a hazard id, or a topic id."""

    source: str
    says: str
    facts: tuple[str, ...]
    outcome: Outcome


@dataclass(frozen=True)
class Silence:
    """A topic on which the policy says nothing. `raised` says whether the facts of the visit raise it."""

    topic: str
    label: str
    because: str
    outcome: Outcome
    raised: Truth


@dataclass(frozen=True)
class RaisedContradiction:
    clauses: tuple[str, ...]
    says: tuple[str, ...]
    because: str
    outcome: Outcome
    raised: Truth


@dataclass(frozen=True)
class ToDo:
    """A condition of the visit: what is still to be done, by whom, and which clause or hazard asks for it."""

    condition: str
    who: str
    source: str
    because: str


@dataclass(frozen=True)
class ToConfirm:
    """A question still open, and the clauses, hazards and topics that need its answer."""

    question: str
    label: str
    needed_by: tuple[str, ...]
    outcome: Outcome


@dataclass(frozen=True)
class RemedyChange:
    question: str
    to: str
    how: str


@dataclass(frozen=True)
class Remedy:
    changes: tuple[RemedyChange, ...]
    outcome: Outcome


@dataclass(frozen=True)
class Authorisation:
    """Who may authorise, as roles, under which clause. Empty `by`: the policy names nobody.

    `eligible` are the people of the directory, by reference, who hold such a role and are not visitors.
    """

    by: tuple[str, ...]
    clause: str
    says: str
    eligible: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """The outcome, and the reasons that call for it. `also` are reasons that by themselves would refer."""

    outcome: Outcome
    instead: str
    because: tuple[Reason, ...]
    also: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class PolicyStamp:
    """Which edition decided, so that a stored result can be held against a later one."""

    id: str
    name: str
    edition: str
    fingerprint: str
    review_due: date | None
    review_overdue: bool


@dataclass(frozen=True)
class Assessment:
    """The whole result for one visit under one policy."""

    policy: PolicyStamp
    facts: Facts
    decision: Decision
    authorise: Authorisation
    hazards: tuple[RatedHazard, ...]
    excluded_hazards: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    silences: tuple[Silence, ...]
    contradictions: tuple[RaisedContradiction, ...]
    conditions: tuple[ToDo, ...]
    to_confirm: tuple[ToConfirm, ...]
    remedies: tuple[Remedy, ...]
    remedy_note: str
    matrix: Matrix


@dataclass(frozen=True)
class CalledFor:
    do: Do
    detail: str
    clause: str
    says: str
    because: tuple[str, ...]


@dataclass(frozen=True)
class Advice:
    """What the policy asks at this moment of a visit. `unmet` is what is known to have been left undone before."""

    phase: Phase
    may_enter: Truth
    actions: tuple[CalledFor, ...]
    silences: tuple[Silence, ...]
    contradictions: tuple[RaisedContradiction, ...]
    to_confirm: tuple[ToConfirm, ...]
    unmet: tuple[Reason, ...] = ()
