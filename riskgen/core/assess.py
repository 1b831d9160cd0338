"""The decision on one visit under one policy: rate, find, decide, and say why.

Pure: the same intake, policy and catalogue give the same assessment, which is a value.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from riskgen.core.conditions import Condition, evaluate, questions, restrict, unknowns
from riskgen.core.derive import APPROVED_BY, NAMES_STAFF, RIGHT_PERSON, authorise_rule, derived_facts
from riskgen.core.matrix import band_of, hazard_questions, rate
from riskgen.core.model import Catalogue, Facts, Intake, Policy
from riskgen.core.remedies import Piece, find_remedies
from riskgen.core.result import (
    Assessment,
    Authorisation,
    Decision,
    Finding,
    PolicyStamp,
    RaisedContradiction,
    RatedHazard,
    Reason,
    Silence,
    ToConfirm,
    ToDo,
)
from riskgen.core.rules import (
    Keep,
    collision,
    contradictions,
    declared_at,
    find,
    known_before_leaving,
    open_questions,
    open_topic_questions,
    silence,
    silences,
    unspoken,
)
from riskgen.core.struct import replace
from riskgen.core.terms import Outcome, Phase, Status
from riskgen.core.truth import Truth
from riskgen.core.words import facts_behind, lower_first

BEFORE_LEAVING = frozenset({Phase.BEFORE, Phase.ALWAYS})
AUTHORISED_BY: Facts = {APPROVED_BY: "", RIGHT_PERSON: True, NAMES_STAFF: True}
"""What an authorisation in the register says, but for by whom it is: it always names those who go."""


def assess(intake: Intake, policy: Policy, catalogue: Catalogue) -> Assessment:
    """Decide on a visit before anybody leaves."""
    facts = derived_facts(intake, policy, catalogue.questions)
    keep = known_before_leaving(catalogue.questions)
    findings = tuple(find(clause, facts, catalogue.questions, keep) for clause in policy.clauses)
    rated = {hazard.id: rate(hazard, facts, catalogue.matrix, catalogue.questions) for hazard in catalogue.hazards}
    hazards = tuple(hazard for hazard in rated.values() if hazard is not None)
    silent = silences(policy, catalogue.topics, facts, catalogue.questions, keep)
    collisions = contradictions(policy, facts, catalogue.questions, keep, BEFORE_LEAVING)
    reasons = reasons_of(findings, hazards, silent, collisions)
    decision = _decide(reasons, findings, policy.id)
    to_confirm = _to_confirm(policy, catalogue, facts, keep, findings, hazards)
    remedies, remedy_note = (
        find_remedies(
            intake,
            policy,
            catalogue,
            facts,
            _pieces(policy, catalogue, facts, keep, findings, rated),
            unsettled=any(item.outcome >= Outcome.REFER for item in to_confirm),
        )
        if decision.outcome >= Outcome.REFER
        else ((), "")
    )
    return Assessment(
        _stamp(policy, facts),
        facts,
        decision,
        _authorisation(policy, intake),
        hazards,
        tuple(
            (hazard.name, "; ".join(facts_behind((hazard.applies,), facts, catalogue.questions)))
            for hazard in catalogue.hazards
            if rated[hazard.id] is None
        ),
        findings,
        silent,
        collisions,
        _conditions(findings, hazards, catalogue),
        to_confirm,
        remedies,
        remedy_note,
        catalogue.matrix,
    )


def _pieces(
    policy: Policy,
    catalogue: Catalogue,
    facts: Facts,
    keep: Keep,
    findings: Iterable[Finding],
    rated: Mapping[str, RatedHazard | None],
) -> Iterator[Piece]:
    """All that weighs in a decision, so that remedies can be tried on it."""
    asked = catalogue.questions
    for clause, finding in zip(policy.clauses, findings, strict=True):
        rests_on = _names(clause.applies, clause.unless, clause.met)
        yield Piece(rests_on, partial(find, clause, catalogue=asked, keep=keep), finding)
    for hazard in catalogue.hazards:
        rests_on = frozenset(hazard_questions(hazard))
        yield Piece(rests_on, partial(rate, hazard, matrix=catalogue.matrix, catalogue=asked), rated[hazard.id])
    for topic in unspoken(policy, catalogue.topics):
        raised = partial(silence, topic, catalogue=asked, keep=keep)
        yield Piece(_names(topic.raised_by), raised, raised(facts))
    for declared in declared_at(policy, BEFORE_LEAVING):
        collides = partial(collision, declared, policy, catalogue=asked, keep=keep)
        yield Piece(_names(declared.when), collides, collides(facts))


def reasons_of(
    findings: Iterable[Finding],
    hazards: Iterable[RatedHazard],
    silent: Iterable[Silence],
    collisions: Iterable[RaisedContradiction],
) -> list[Reason]:
    """Everything that speaks against going without more ado, strictest first."""
    reasons = [
        Reason(finding.id, finding.says, finding.because, finding.outcome)
        for finding in findings
        if finding.status in (Status.BROKEN, Status.TO_CONFIRM) and finding.outcome > Outcome.PROCEED
    ]
    reasons += [
        Reason(
            hazard.id, f"{hazard.name}: the residual rating is {hazard.residual.name}.", hazard.because, hazard.outcome
        )
        for hazard in hazards
        if hazard.outcome > Outcome.PROCEED
    ]
    reasons += [
        Reason(silence.topic, f"{silence.label}: the policy says nothing.", (silence.because,), silence.outcome)
        for silence in silent
        if silence.outcome > Outcome.PROCEED
    ]
    reasons += [
        Reason(
            " and ".join(collision.clauses),
            "These clauses collide; a person must decide.",
            (collision.because,),
            collision.outcome,
        )
        for collision in collisions
    ]
    return sorted(reasons, key=lambda reason: -reason.outcome)


def _decide(reasons: list[Reason], findings: Iterable[Finding], policy: str) -> Decision:
    """The strictest of what all reasons call for, with the reasons that call for it."""
    if not reasons:
        says = "Nothing in the policy or in the ratings stands in the way."
        return Decision(Outcome.PROCEED, "", (Reason(policy, says, (), Outcome.PROCEED),))
    outcome = reasons[0].outcome
    deciding = tuple(reason for reason in reasons if reason.outcome is outcome)
    also = tuple(reason for reason in reasons if Outcome.REFER <= reason.outcome < outcome)
    sources = {reason.source for reason in deciding}
    instead = dict.fromkeys(
        finding.effect.instead
        for finding in findings
        if finding.id in sources and finding.status is Status.BROKEN and finding.effect.instead
    )
    return Decision(outcome, " ".join(_sentence(text) for text in instead), deciding, also)


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def as_authorised(assessment: Assessment, by: str, policy: Policy) -> Assessment:
    """An assessment with an authorisation that was rightly given on it counted in, whatever the data say by now.

    Of a `policy` that knows no more what meets a clause, those count as met that waited for the authorisation alone.
    """
    facts = {**assessment.facts, **AUTHORISED_BY, APPROVED_BY: by}
    about = {item.question for item in assessment.to_confirm} & AUTHORISED_BY.keys()
    others = tuple(item for item in assessment.to_confirm if item.question not in about)
    waiting = {name for item in assessment.to_confirm if item.question in about for name in item.needed_by}
    waiting -= {name for item in others for name in item.needed_by}

    def is_met(finding: Finding) -> bool:
        clause = policy.clause(finding.id)
        if finding.status not in (Status.BROKEN, Status.TO_CONFIRM):
            return False
        if clause is None or clause.met is None:
            return finding.id in waiting
        return bool(AUTHORISED_BY.keys() & set(questions(clause.met))) and evaluate(clause.met, facts) is Truth.YES

    findings = tuple(
        replace(finding, status=Status.MET, outcome=Outcome.PROCEED, because=("The register has the authorisation.",))
        if is_met(finding)
        else finding
        for finding in assessment.findings
    )
    met = {finding.id for finding in findings if finding.status is Status.MET}
    reasons = reasons_of(findings, assessment.hazards, assessment.silences, assessment.contradictions)
    return replace(
        assessment,
        facts=facts,
        findings=findings,
        decision=_decide(reasons, findings, assessment.policy.id),
        conditions=tuple(todo for todo in assessment.conditions if todo.source not in met),
        to_confirm=others,
    )


def _authorisation(policy: Policy, intake: Intake) -> Authorisation:
    rule = authorise_rule(policy, intake.visitors)
    if rule is None:
        return Authorisation((), "", "The policy does not say who authorises the visit.")
    clause = policy.clause(rule.clause)
    going = {visitor.id for visitor in intake.visitors}
    eligible = (person.id for person in intake.directory if set(person.roles) & set(rule.by) and person.id not in going)
    return Authorisation(rule.by, rule.clause, clause.says if clause else "", tuple(eligible))


def _conditions(findings: Iterable[Finding], hazards: Iterable[RatedHazard], catalogue: Catalogue) -> tuple[ToDo, ...]:
    """What is still to be done before leaving, each once, with who does it and what asks for it."""
    asked = [
        ToDo(finding.effect.condition or finding.says, finding.who, finding.id, " ".join(finding.because))
        for finding in findings
        if finding.status in (Status.BROKEN, Status.TO_CONFIRM)
        and finding.effect.outcome is Outcome.PROCEED_WITH_CONDITIONS
    ]
    asked += [
        ToDo(
            f"{hazard.name}: {lower_first(band_of(catalogue.matrix, hazard.residual.rating).guidance)}",
            "Line manager",
            hazard.id,
            f"The residual rating is {hazard.residual.name}.",
        )
        for hazard in hazards
        if hazard.outcome is Outcome.PROCEED_WITH_CONDITIONS
    ]
    return tuple(asked)


def _to_confirm(
    policy: Policy,
    catalogue: Catalogue,
    facts: Facts,
    keep: Keep,
    findings: Iterable[Finding],
    hazards: Iterable[RatedHazard],
) -> tuple[ToConfirm, ...]:
    """Every open question that matters, and what needs its answer; what weighs most comes first."""
    needed: dict[str, list[str]] = {}
    weight: dict[str, Outcome] = {}

    def need(names: Iterable[str], by: str, outcome: Outcome) -> None:
        for name in names:
            for asked in to_ask(name, catalogue, facts):
                if by not in needed.setdefault(asked, []):
                    needed[asked].append(by)
                weight[asked] = max(weight.get(asked, Outcome.PROCEED), outcome)

    clauses = {clause.id: clause for clause in policy.clauses}
    for finding in findings:
        if finding.status is Status.TO_CONFIRM and clauses[finding.id].broken is not None:
            need(open_questions(clauses[finding.id], facts, keep), finding.id, finding.outcome)
    rated = {hazard.id: hazard for hazard in hazards}
    for hazard in catalogue.hazards:
        if hazard.id in rated:
            parts = [hazard.applies, *(factor.when for factor in hazard.factors)]
            need((name for part in parts for name in unknowns(part, facts)), hazard.id, rated[hazard.id].outcome)
            if rated[hazard.id].outcome > Outcome.PROCEED:
                need(
                    (name for control in hazard.controls for name in unknowns(control.in_place, facts)),
                    hazard.id,
                    rated[hazard.id].outcome,
                )
    for topic, names in open_topic_questions(policy, catalogue.topics, facts, keep).items():
        need(names, topic, Outcome.REFER)
    for declared in policy.contradictions:
        if BEFORE_LEAVING & set(declared.phases):
            need(unknowns(restrict(declared.when, keep), facts), " and ".join(declared.clauses), Outcome.REFER)
    order = list(catalogue.questions)
    heaviest_first = sorted(needed, key=lambda name: (-weight[name], order.index(name)))
    return tuple(
        ToConfirm(name, catalogue.questions[name].label, tuple(needed[name]), weight[name]) for name in heaviest_first
    )


def to_ask(name: str, catalogue: Catalogue, facts: Facts) -> tuple[str, ...]:
    """The questions to put to a person in order to learn a fact: itself, or what it is derived from."""
    question = catalogue.questions[name]
    if question.rests_on and question.rests_on not in facts:
        return (question.rests_on,)
    if not question.derived:
        return (name,)
    return tuple(base for base in question.derived_from if base not in facts) or (name,)


def _names(*parts: Condition | None) -> frozenset[str]:
    return frozenset(name for part in parts for name in questions(part))


def _stamp(policy: Policy, facts: Facts) -> PolicyStamp:
    overdue = facts.get("policy.review_overdue") is True
    return PolicyStamp(policy.id, policy.name, policy.edition, policy.fingerprint, policy.review_due, overdue)
