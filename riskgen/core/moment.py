"""What the policy asks at this moment: the visitors ring in from the doorstep, or the office acts.

The same engine as before leaving, with the questions of the door, the home and the office answered.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from riskgen.core.assess import assess, to_ask
from riskgen.core.conditions import evaluate, questions, restrict, unknowns
from riskgen.core.model import Action, Catalogue, Clause, Facts, Intake, Policy
from riskgen.core.result import Advice, Assessment, CalledFor, Reason, ToConfirm
from riskgen.core.rules import contradictions, open_topic_questions, silences
from riskgen.core.terms import Do, Kind, Outcome, Phase, Stage, Status
from riskgen.core.truth import Truth
from riskgen.core.words import facts_behind, moment_words

KEEPS_OUT = frozenset({Do.LEAVE, Do.CANCEL, Do.DO_NOT_GO_IN, Do.WAIT, Do.LEAVE_CARD})
ENTERING = "visit.will_enter"
"""The question whether the visitors mean to go in."""
NOT_PLANNING = frozenset({Phase.DURING, Phase.AFTER, Phase.EMERGENCY, Phase.ALWAYS})


def advise(intake: Intake, policy: Policy, catalogue: Catalogue) -> Advice:
    """What to do now, each with its clause; and whether the visitors may go in."""
    plan = assess(intake, policy, catalogue)
    facts = plan.facts
    reached = _reached(facts, catalogue)

    def keep(name: str) -> bool:
        return name in reached

    called, doubtful = _actions(policy, facts, catalogue, keep_names=reached)
    forbidden = _forbidden_by_plan(plan)
    called = forbidden + called
    silent = silences(policy, catalogue.topics, facts, catalogue.questions, keep)
    entry_silent = any(silence.topic == "entry" for silence in silent)
    collisions = contradictions(policy, facts, catalogue.questions, keep, NOT_PLANNING)
    doorstep = _may_stay_outside(facts, catalogue)
    unsettled = (
        doorstep or entry_silent or any(silence.outcome is Outcome.REFER for silence in silent) or bool(collisions)
    )
    may_enter = _may_enter(plan, called, doubtful, unsettled)
    if may_enter is not Truth.YES:
        called = tuple(item for item in called if item.do is not Do.GO_IN)
    called = _strictest(called)
    phase = _phase(policy, called, facts, catalogue)
    if phase in (Phase.EMERGENCY, Phase.AFTER):  # what the plan forbade no longer matters; may_enter still holds it
        called = tuple(item for item in called if item not in forbidden)
    if any(item.do is Do.LEAVE for item in called):
        called = tuple(item for item in called if item.do is not Do.DO_NOT_GO_IN)
    urgent = phase is Phase.EMERGENCY or any(item.do in (Do.LEAVE, Do.CANCEL) for item in called)
    return Advice(
        phase,
        may_enter,
        called,
        tuple(silence for silence in silent if silence.raised is Truth.YES or silence.topic == "entry"),
        tuple(collision for collision in collisions if collision.raised is Truth.YES),
        _to_confirm(plan, policy, doubtful, facts, catalogue, reached, urgent),
        () if urgent or phase is Phase.AFTER else _unmet(plan),
    )


def _reached(facts: Facts, catalogue: Catalogue) -> frozenset[str]:
    """The questions that can be answered by now.

    Those of before leaving always can. Those of the home, the journey, afterwards and the office count once
    one of their group has been answered: before that, they have not come up. Those of the door count until
    the visitors have left or the office has something to report.
    """
    come_up = {name.partition(".")[0] for name in facts}
    if not come_up & {Stage.AFTER, Stage.OFFICE}:
        come_up.add(Stage.DOOR)
    return frozenset(
        question.name
        for question in catalogue.questions.values()
        if question.stage.before_leaving or question.group in come_up
    )


def _actions(
    policy: Policy, facts: Facts, catalogue: Catalogue, keep_names: frozenset[str]
) -> tuple[tuple[CalledFor, ...], tuple[tuple[Clause, Action], ...]]:
    """What clauses call for, and the entries of clauses that an unanswered question leaves open."""
    called: list[CalledFor] = []
    doubtful: list[tuple[Clause, Action]] = []
    for clause in policy.clauses:
        applies = evaluate(clause.applies, facts)
        if applies is Truth.NO or (clause.unless and evaluate(clause.unless, facts) is Truth.YES):
            continue
        for action in clause.actions:
            match evaluate(action.when, facts):
                # A permission counts only if it is proved to apply; a duty unless that is refuted.
                case Truth.YES if applies is Truth.YES or action.do is not Do.GO_IN:
                    because = facts_behind((clause.applies, action.when), facts, catalogue.questions)
                    called.append(CalledFor(action.do, _detail(action, facts), clause.id, clause.says, because))
                case Truth.YES | Truth.UNKNOWN if set(_open(clause, action, facts)) & keep_names:
                    doubtful.append((clause, action))
    return tuple(called), tuple(doubtful)


def _open(clause: Clause, action: Action, facts: Facts) -> tuple[str, ...]:
    parts = (clause.applies, clause.unless, action.when)
    return tuple(dict.fromkeys(name for part in parts for name in unknowns(part, facts) if part))


def _detail(action: Action, facts: Facts) -> str:
    """Whom to ring, what to record; or until when to wait, in minutes and on the clock where it is known."""
    if not action.counting:
        return action.detail
    so_far = facts.get(action.counting)
    words = f"until {action.minutes} minutes in all"
    if isinstance(so_far, int):
        words += f"; {max(action.minutes - so_far, 0)} more"
    start = facts.get("visit.start")
    if isinstance(start, datetime) and action.counting == "door.minutes_late":
        words += f" (until {moment_words((start + timedelta(minutes=action.minutes)).time())})"
    return f"{action.detail}: {words}" if action.detail else words


def _forbidden_by_plan(plan: Assessment) -> tuple[CalledFor, ...]:
    """A visit that the policy forbids before leaving does not become allowed at the door."""
    if plan.decision.outcome is not Outcome.DO_NOT_VISIT:
        return ()
    return tuple(
        CalledFor(Do.DO_NOT_GO_IN, plan.decision.instead, reason.source, reason.says, reason.facts)
        for reason in plan.decision.because
    )


def _may_enter(
    plan: Assessment, called: Iterable[CalledFor], doubtful: Iterable[tuple[Clause, Action]], unsettled: bool
) -> Truth:
    """Yes only if a clause lets the visitors in, nothing keeps them out, and nothing is in doubt."""
    do = {item.do for item in called}
    if do & KEEPS_OUT:
        return Truth.NO
    doubt = any(action.do in KEEPS_OUT for _, action in doubtful)
    open_duty = any(
        finding.status in (Status.BROKEN, Status.TO_CONFIRM)
        and finding.outcome > Outcome.PROCEED
        and finding.kind in (Kind.REQUIRED, Kind.FORBIDDEN)
        for finding in plan.findings
    )
    if plan.decision.outcome >= Outcome.REFER or unsettled or doubt or open_duty or Do.GO_IN not in do:
        return Truth.UNKNOWN
    return Truth.YES


def _strictest(called: Iterable[CalledFor]) -> tuple[CalledFor, ...]:
    """In order of strictness; nobody is told to wait, or to ask, beside being told to go."""
    items = sorted(called, key=lambda item: list(Do).index(item.do))
    going = any(item.do in (Do.LEAVE, Do.CANCEL) for item in items)
    return tuple(item for item in items if not (going and item.do in (Do.WAIT, Do.ASK)))


def _phase(policy: Policy, called: Iterable[CalledFor], facts: Facts, catalogue: Catalogue) -> Phase:
    """Emergency if one has been reported or an emergency clause calls for something; after once they have left."""
    if any(facts.get(question.name) is True for question in catalogue.questions.values() if question.emergency):
        return Phase.EMERGENCY
    clauses = {item.clause for item in called}
    if any(
        clause.id in clauses and Phase.EMERGENCY in clause.phases and Phase.DURING not in clause.phases
        for clause in policy.clauses
    ):
        return Phase.EMERGENCY
    return Phase.AFTER if facts.get("after.left") is True else Phase.DURING


def _to_confirm(
    plan: Assessment,
    policy: Policy,
    doubtful: Iterable[tuple[Clause, Action]],
    facts: Facts,
    catalogue: Catalogue,
    reached: frozenset[str],
    urgent: bool,
) -> tuple[ToConfirm, ...]:
    """What to find out at the door first, then what was still open before leaving.

    When it is urgent nobody is to stop for questions, except those about what has been reported.
    """
    needed: dict[str, list[str]] = {}

    def need(name: str, by: str) -> None:
        for asked in to_ask(name, catalogue, facts):
            if by not in needed.setdefault(asked, []):
                needed[asked].append(by)

    for clause, action in doubtful:
        if not urgent or _reported(clause, action, facts, catalogue):
            for name in _open(clause, action, facts):
                if name in reached:
                    need(name, clause.id)
    for item in _open_duties(policy, facts, catalogue, reached):
        for by in item.needed_by:
            need(item.question, by)
    if not urgent:
        for topic, names in open_topic_questions(policy, catalogue.topics, facts, reached.__contains__).items():
            for name in names:
                need(name, topic)
    now = tuple(
        ToConfirm(name, catalogue.questions[name].label, tuple(by), Outcome.REFER)
        for name, by in needed.items()
        if not catalogue.questions[name].stage.before_leaving
    )
    if urgent:
        return now
    asked = {item.question for item in plan.to_confirm}
    if _may_stay_outside(facts, catalogue) and ENTERING not in facts and ENTERING not in asked:
        now += (ToConfirm(ENTERING, catalogue.questions[ENTERING].label, ("entry",), Outcome.REFER),)
    return now + plan.to_confirm


def _may_stay_outside(facts: Facts, catalogue: Catalogue) -> bool:
    """Whether what was weighed and authorised is, or may be, a visit that stays on the doorstep."""
    return ENTERING in catalogue.questions and facts.get(ENTERING) is not True


def _unmet(plan: Assessment) -> tuple[Reason, ...]:
    """The clauses that are known to be broken before anybody left, short of those that forbid the visit."""
    broken = (finding for finding in plan.findings if finding.status is Status.BROKEN)
    return tuple(
        Reason(finding.id, finding.says, finding.because, finding.outcome)
        for finding in broken
        if Outcome.PROCEED < finding.outcome < Outcome.DO_NOT_VISIT
    )


def _reported(clause: Clause, action: Action, facts: Facts, catalogue: Catalogue) -> bool:
    """Whether a clause's entry rests on something that has been reported from the visit."""
    names = (*questions(clause.applies), *questions(action.when))
    return any(name in facts and not catalogue.questions[name].stage.before_leaving for name in names)


def _open_duties(policy: Policy, facts: Facts, catalogue: Catalogue, reached: frozenset[str]) -> tuple[ToConfirm, ...]:
    """What is not known of duties that are called for all the same, because nothing refutes that they apply."""
    needed: dict[str, list[str]] = {}
    for clause in policy.clauses:
        if evaluate(clause.applies, facts) is Truth.NO or (
            clause.unless and evaluate(clause.unless, facts) is Truth.YES
        ):
            continue
        if any(evaluate(action.when, facts) is Truth.YES for action in clause.actions):
            for part in (clause.applies, clause.unless):
                for name in unknowns(restrict(part, reached.__contains__), facts):
                    for asked in to_ask(name, catalogue, facts):
                        needed.setdefault(asked, []).append(clause.id)
    return tuple(
        ToConfirm(name, catalogue.questions[name].label, tuple(dict.fromkeys(by)), Outcome.REFER)
        for name, by in needed.items()
    )
