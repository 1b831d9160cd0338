"""What a policy wants of a visit that was called off because it was not safe."""

from riskgen.core.conditions import questions
from riskgen.core.model import Intake
from riskgen.core.plain import from_plain
from riskgen.core.struct import Struct
from riskgen.core.visit import Visit
from riskgen.service.desk import Desk
from riskgen.service.faults import InvalidInput
from riskgen.service.homes import open_home, policy_on

CALLED_OFF = "after.cancelled_for_safety"


class Step(Struct, frozen=True):
    detail: str
    who: str
    clause: str


class Wanted(Struct, frozen=True):
    """The policy by name, and what its clauses call for; nothing where it says nothing."""

    policy: str
    steps: tuple[Step, ...]


def wanted_of_a_visit_called_off(desk: Desk, visit: Visit) -> Wanted | None:
    """What the policy's edition of the visit's day wants; None where its files cannot be read."""
    try:
        home = open_home(desk.folder)
        intake = from_plain(Intake, visit.body["intake"]) if "intake" in visit.body else None
        start = intake.start if intake else None
        policy = policy_on(home, home.school.policy, start or home.now())
    except InvalidInput:
        return None
    steps = tuple(
        Step(action.detail, clause.who, clause.id)
        for clause in policy.clauses
        for action in clause.actions
        if CALLED_OFF in (*questions(clause.applies), *questions(action.when))
    )
    return Wanted(policy.name, steps)
