"""All that the forms of one visit are made from, as plain data: the case itself, and what people have done since."""

from collections.abc import Mapping
from datetime import datetime

from riskgen.core.apart import OfAnyFamily
from riskgen.core.conditions import Value
from riskgen.core.model import Intake, Policy, Question, School, Staff
from riskgen.core.record import VisitRecord
from riskgen.core.result import Advice, Assessment
from riskgen.core.struct import Struct, field
from riskgen.core.terms import Outcome
from riskgen.core.words import NOT_RECORDED
from riskgen.forms.emergencies import EmergencyPlan
from riskgen.forms.phrases import answer, local
from riskgen.forms.steps import StepPlan

ROLES = "visit.visitor_roles"


class Deed(Struct, frozen=True):
    """Who did something, by name, and when by the school's clock."""

    by: str
    at: datetime


class Overridden(Struct, frozen=True):
    """What a person decided against the result, in words; of a rating also of which hazard, and what it demands."""

    what: str
    computed: str
    to: str
    reason: str
    deed: Deed
    holds: bool
    hazard: str = ""
    demands: Outcome = Outcome.PROCEED


class CalledOff(Struct, frozen=True):
    """That a visit was called off. `for_safety` is None where nobody has said."""

    deed: Deed
    reason: str
    had_left: bool
    for_safety: bool | None


class Progress(Struct, frozen=True):
    """What people have done about a visit by now; nothing, for one that has only just been assessed.

    `outcome` is the one that stands once their decisions are counted in. `lapsed_by` is what has changed since the
    authorisation, where it is known. Moments are those of the school's clock.
    """

    outcome: Outcome | None = None
    authorised: Deed | None = None
    lapsed: bool = False
    lapsed_by: tuple[str, ...] = ()
    overrides: tuple[Overridden, ...] = ()
    called_off: CalledOff | None = None
    left: datetime | None = None
    back: datetime | None = None
    record: VisitRecord | None = None
    recorded: Deed | None = None
    notes: tuple[str, ...] = ()


class Planned(Struct, frozen=True):
    """One visit of a schedule: what its index line and its assessment say, all in words."""

    reference: str
    start: datetime | None
    leave: str
    end: str
    back: str
    family: str
    place: str
    visitors: tuple[Staff, ...]
    vehicle: str
    state: str


class InPack(Struct, frozen=True):
    """A form of a pack: its number, its title, who holds it, and the clause that calls for it, if one does."""

    number: int
    form: str
    title: str
    holder: str
    clause: str


class PackPlan(Struct, frozen=True):
    """What a pack is for, its forms in print order, and those that are left out, each with the reason."""

    line: str = "These forms were written when the visit was assessed. They are not a whole pack."
    forms: tuple[InPack, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


class Case(Struct, frozen=True, eq=False):
    """All that a form is made from. `groups` are the labels of the groups of questions. Two are never the same case.

    `of_any_family` is what paper that leaves the school may be made from: see `core.apart`.
    """

    reference: str
    made_at: datetime
    school: School
    policy: Policy
    intake: Intake
    assessment: Assessment
    questions: Mapping[str, Question]
    groups: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[StepPlan, ...] = ()
    of_any_family: OfAnyFamily = field(default_factory=OfAnyFamily)
    emergencies: tuple[tuple[EmergencyPlan, Advice], ...] = ()
    fingerprint: str = ""
    logo: bytes = b""
    progress: Progress = Progress()
    pack: PackPlan = PackPlan()
    schedule: tuple[Planned, ...] = ()
    period: str = ""

    @property
    def directory(self) -> tuple[Staff, ...]:
        return (*self.intake.visitors, *self.intake.directory, *self.school.staff)

    @property
    def start(self) -> datetime | None:
        value = self.assessment.facts.get("visit.start")
        return local(value, self.school.timezone) if isinstance(value, datetime) else None

    def value(self, name: str) -> Value | None:
        return self.assessment.facts.get(name)

    def words(self, name: str) -> str:
        """The answer to a question, in words."""
        question = self.questions.get(name)
        return answer(question, self.value(name), self.directory) if question else NOT_RECORDED

    def role(self, role: str) -> str:
        """What a role is called: the policy's word, or else the label of the option."""
        question = self.questions.get(ROLES)
        labels = {option.id: option.label for option in question.options} if question else {}
        return self.policy.words.get(role) or labels.get(role, role)
