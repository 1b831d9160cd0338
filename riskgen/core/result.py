"""What riskgen concludes: frozen and plain, so that a result can be stored, compared and printed years later as it was.

A result copies the words that it rests on, so that it outlives later editions of the data.
"""

from datetime import date

from riskgen.core.model import Effect, Facts, Matrix
from riskgen.core.struct import Struct
from riskgen.core.terms import Do, Kind, Outcome, Phase, Status
from riskgen.core.truth import Truth


class Finding(Struct, frozen=True):
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


class Rating(Struct, frozen=True):
    likelihood: str
    severity: str
    score: int
    rating: str
    name: str
    colour: str


class RatedControl(Struct, frozen=True):
    id: str
    kind: str
    measure: str
    in_place: Truth
    who: str


class RatedHazard(Struct, frozen=True):
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


class Reason(Struct, frozen=True):
    """Why the decision is what it is. `source` is a clause id, a hazard id, or a topic id."""

    source: str
    says: str
    facts: tuple[str, ...]
    outcome: Outcome


class Silence(Struct, frozen=True):
    """A topic on which the policy says nothing. `raised` says whether the facts of the visit raise it."""

    topic: str
    label: str
    because: str
    outcome: Outcome
    raised: Truth


class RaisedContradiction(Struct, frozen=True):
    clauses: tuple[str, ...]
    says: tuple[str, ...]
    because: str
    outcome: Outcome
    raised: Truth


class ToDo(Struct, frozen=True):
    """A condition of the visit: what is still to be done, by whom, and which clause or hazard asks for it."""

    condition: str
    who: str
    source: str
    because: str


class ToConfirm(Struct, frozen=True):
    """A question still open, and the clauses, hazards and topics that need its answer."""

    question: str
    label: str
    needed_by: tuple[str, ...]
    outcome: Outcome


class RemedyChange(Struct, frozen=True):
    question: str
    to: str
    how: str


class Remedy(Struct, frozen=True):
    changes: tuple[RemedyChange, ...]
    outcome: Outcome


class Authorisation(Struct, frozen=True):
    """Who may authorise, as roles, under which clause. Empty `by`: the policy names nobody.

    `eligible` are the people of the directory, by reference, who hold such a role and are not visitors.
    """

    by: tuple[str, ...]
    clause: str
    says: str
    eligible: tuple[str, ...] = ()


class Decision(Struct, frozen=True):
    """The outcome, and the reasons that call for it. `also` are reasons that by themselves would refer."""

    outcome: Outcome
    instead: str
    because: tuple[Reason, ...]
    also: tuple[Reason, ...] = ()


class PolicyStamp(Struct, frozen=True):
    """Which edition decided, so that a stored result can be held against a later one."""

    id: str
    name: str
    edition: str
    fingerprint: str
    review_due: date | None
    review_overdue: bool


class Assessment(Struct, frozen=True):
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


class CalledFor(Struct, frozen=True):
    do: Do
    detail: str
    clause: str
    says: str
    because: tuple[str, ...]


class Advice(Struct, frozen=True):
    """What the policy asks at this moment of a visit. `unmet` is what is known to have been left undone before."""

    phase: Phase
    may_enter: Truth
    actions: tuple[CalledFor, ...]
    silences: tuple[Silence, ...]
    contradictions: tuple[RaisedContradiction, ...]
    to_confirm: tuple[ToConfirm, ...]
    unmet: tuple[Reason, ...] = ()
