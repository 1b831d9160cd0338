"""The nouns: what schools write down (questions, hazards, policies) and what is known of one visit.

Everything is frozen and plain, so that a result can be stored, compared and printed years later
as it was. A fact that is not in `Facts` is Unknown; there is no other way to say so.
"""

from collections.abc import Mapping
from datetime import date, datetime, time

from riskgen.core.conditions import Condition, Value
from riskgen.core.struct import Struct, field
from riskgen.core.terms import Do, Kind, Outcome, Phase, QuestionType, Stage

Facts = Mapping[str, Value]


# --- what schools write down -------------------------------------------------------------------


class Option(Struct, frozen=True):
    """One answer of a closed list. `to_family` is how a letter to the family says it, within a sentence."""

    id: str
    label: str
    to_family: str = ""


class Change(Struct, frozen=True):
    """A change to the plan that could still be made before the visit."""

    to: Value
    how: str


class Question(Struct, frozen=True):
    """One fact that may be asked. `name` is `group.word`; `derived` names the function that computes it.

    A no counts only once the question that it `rests_on` is answered yes; a yes `implies` a yes to another. The answer
    to one `of_family` says what is known of the family, whatever its group.
    """

    name: str
    label: str
    type: QuestionType
    stage: Stage
    hint: str = ""
    options: tuple[Option, ...] = ()
    unit: str = ""
    least: int = 0
    most: int = 0
    longest: int = 200
    lines: bool = False
    personal: bool = False
    of_family: bool = False
    worse: str = ""
    emergency: bool = False
    rests_on: str = ""
    implies: str = ""
    changes: tuple[Change, ...] = ()
    derived: str = ""
    derived_from: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        return self.name.partition(".")[0]


class Topic(Struct, frozen=True):
    """A subject that a policy may be silent on.

    `raised_by` is what makes the silence a matter for a person (the visit is referred);
    `every_visit` says that the silence is reported even when nothing raises it.
    """

    id: str
    label: str
    question: str
    raised_by: Condition | None
    every_visit: bool


class Effect(Struct, frozen=True):
    """What follows when a clause is broken."""

    outcome: Outcome = Outcome.PROCEED
    condition: str = ""
    who: str = ""
    instead: str = ""


class Action(Struct, frozen=True):
    """What a clause asks of staff at one moment, when `when` is true."""

    do: Do
    when: Condition | None
    detail: str = ""
    minutes: int = 0
    counting: str = ""


class Clause(Struct, frozen=True):
    """One rule of a policy.

    It applies unless `applies` is refuted or `unless` is proved. It is met only if `met` is proved.
    With `met` and `broken` it weighs in the decision; with neither it is a duty that forms print.
    """

    id: str
    location: str
    kind: Kind
    phases: tuple[Phase, ...]
    topics: tuple[str, ...]
    says: str
    applies: Condition | None = None
    unless: Condition | None = None
    unless_clause: str = ""
    met: Condition | None = None
    broken: Effect | None = None
    actions: tuple[Action, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)
    who: str = ""
    path: str = ""
    line: int = 0


class AuthoriseRule(Struct, frozen=True):
    """Who authorises: `by` roles, when a visitor holds one of `visitors` (empty: any visitor)."""

    by: tuple[str, ...]
    clause: str
    visitors: tuple[str, ...] = ()


class Contradiction(Struct, frozen=True):
    clauses: tuple[str, ...]
    because: str
    phases: tuple[Phase, ...]
    when: Condition | None


class Rung(Struct, frozen=True):
    """One step of a ladder. `after_minutes` counts from the moment the ladder starts."""

    do: str
    who: str
    clause: str
    after_minutes: int | None = None


class Ladders(Struct, frozen=True):
    """What the office does when visitors are overdue, miss a check-in, or give the safe word.

    An empty ladder means that the policy says nothing.
    """

    overdue: tuple[Rung, ...] = ()
    missed_check_in: tuple[Rung, ...] = ()
    safe_word: tuple[Rung, ...] = ()


class FormCall(Struct, frozen=True):
    """A Word form that a policy calls for, unless `when` is refuted, and the clause that asks for it.

    `title` is what the policy calls the form, where it has a name of its own for it; `contact` is the role whose
    holders the form gives as the people to ring.
    """

    form: str
    clause: str
    when: Condition | None = None
    title: str = ""
    contact: str = ""


class Policy(Struct, frozen=True):
    """One edition of a school's home visit policy.

    `gone` are clauses of an edition as the register has it of which the school's data no longer say when they apply.
    """

    id: str
    name: str
    in_force: date
    clauses: tuple[Clause, ...]
    review_due: date | None = None
    withdrawn: date | None = None
    note: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    authorise: tuple[AuthoriseRule, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    check_in_minutes: int | None = None
    check_in_clause: str = ""
    ladders: Ladders = Ladders()
    fingerprint: str = ""
    path: str = ""
    forms: tuple[FormCall, ...] = ()
    gone: frozenset[str] = frozenset()

    @property
    def edition(self) -> str:
        return self.in_force.isoformat()

    def clause(self, clause_id: str) -> Clause | None:
        return next((clause for clause in self.clauses if clause.id == clause_id), None)

    def call(self, form: str) -> FormCall | None:
        """What the policy says of a form that it calls for; None where it does not."""
        return next((call for call in self.forms if call.form == form), None)


class Factor(Struct, frozen=True):
    """Something that makes a hazard more likely or more severe, in steps of the five-step scale."""

    when: Condition
    because: str
    likelihood: int = 0
    severity: int = 0


class Control(Struct, frozen=True):
    """A control measure. `kind` is its place in the hierarchy of control."""

    id: str
    kind: str
    measure: str
    in_place: Condition
    likelihood: int = 0
    severity: int = 0
    answers: tuple[str, ...] = ()
    who: str = ""
    source: str = ""


class Harm(Struct, frozen=True):
    id: str
    label: str


class Hazard(Struct, frozen=True):
    """A hazard; `likelihood` and `severity` are baseline steps, 1 to 5, of the five-step scale."""

    id: str
    name: str
    persons_at_risk: tuple[str, ...]
    harms: tuple[Harm, ...]
    likelihood: int
    severity: int
    applies: Condition | None = None
    factors: tuple[Factor, ...] = ()
    controls: tuple[Control, ...] = ()
    source: str = ""
    order: int = 0


class Level(Struct, frozen=True):
    """A named level of likelihood or severity; `steps` are the steps (1 to 5) that it covers."""

    name: str
    guidance: str
    steps: tuple[int, ...]


class RatingBand(Struct, frozen=True):
    """A risk rating of a matrix, and what it demands of the visit (its risk criterion)."""

    id: str
    name: str
    guidance: str
    colour: str
    demands: Outcome


class Matrix(Struct, frozen=True):
    """A risk matrix: `grid[likelihood][severity]` names a rating; both axes run low to high."""

    id: str
    name: str
    source: str
    likelihood: tuple[Level, ...]
    severity: tuple[Level, ...]
    ratings: tuple[RatingBand, ...]
    grid: tuple[tuple[str, ...], ...]


class Catalogue(Struct, frozen=True):
    """What is decided with, apart from the policy itself."""

    questions: Mapping[str, Question]
    topics: tuple[Topic, ...]
    hazards: tuple[Hazard, ...]
    matrix: Matrix


# --- what is known of one visit -----------------------------------------------------------------


class Staff(Struct, frozen=True):
    """One entry of the staff directory. Empty text and `None` mean not recorded.

    `accounts` are the login names of the computer that are this person and nobody else.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    mobile: str = ""
    vehicle: str = ""
    registration: str = ""
    insurance_class: str = ""
    insurance_expires: date | None = None
    accounts: tuple[str, ...] = ()


class Intake(Struct, frozen=True):
    """All that is known of one visit: answers by question name, who goes, and who has authorised it."""

    answers: Facts
    visitors: tuple[Staff, ...]
    directory: tuple[Staff, ...] = ()
    evening_from: time | None = None

    @property
    def start(self) -> datetime | None:
        value = self.answers.get("visit.start")
        return value if isinstance(value, datetime) else None


class Contact(Struct, frozen=True):
    role: str
    name: str
    phone: str


class RegisterPlace(Struct, frozen=True):
    """Where the register is, and where the key of its safe words is kept.

    An empty `url` means a file in the school's folder. `key` is `file` or `keyring`; an empty `key_file` means the
    usual place in the user's own account.
    """

    url: str = ""
    key: str = "file"
    key_file: str = ""


RECORD_WITHIN_HOURS = 24
"""How soon a visit is to be recorded after the return, where the school says nothing else."""


class School(Struct, frozen=True):
    """What `school.yaml` says. `fallback` is what the school itself does where its policy says nothing.

    `fallback_authorise` are the roles that decide where the policy names nobody. A visit recorded more than
    `record_within_hours` after the return was recorded late, as the school sees it. `logo` is a picture in the
    school's folder for the head of its forms; `libreoffice` is the program that makes PDFs, where it is not found by
    itself.
    """

    name: str
    office_phone: str
    timezone: str
    policy: str
    staff: tuple[Staff, ...]
    contacts: tuple[Contact, ...] = ()
    fallback: Ladders = Ladders()
    matrix: str = ""
    evening_from: time | None = None
    register: RegisterPlace = RegisterPlace()
    record_within_hours: int = RECORD_WITHIN_HOURS
    fallback_authorise: tuple[str, ...] = ()
    logo: str = ""
    libreoffice: str = ""
