"""What an approval or an override covers, when it lapses, and what stands in the way of leaving.

An approval is given to one result under one edition of the data. It lapses when the policy, the hazards, the
visitors or an answer change. One kind of change it foresees: that a condition which it was given subject to is met.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from riskgen.core.assess import reasons_of
from riskgen.core.conditions import Value, evaluate, questions
from riskgen.core.matrix import band_of
from riskgen.core.model import Catalogue, Clause, Intake, Policy, Question, Staff
from riskgen.core.result import Assessment, RatedHazard, Reason
from riskgen.core.struct import Struct, replace
from riskgen.core.terms import Outcome, QuestionType, Status
from riskgen.core.truth import Truth
from riskgen.core.words import answer_words

DECISION = "decision"
"""Stands for the referral of a visit where an override names what it overrides; else it names a hazard."""
APPROVAL = "approval"
"""The group of questions that the register answers itself."""
UNKNOWN = "not known"
WHICH_VISIT = frozenset(
    {"visit.start", "visit.minutes", "visit.purpose", "visit.leave_at", "visit.back_at", "safety.check_in_times"}
)
"""Answers that say which visit was approved, and when the office begins to worry: no condition is met by them."""
_SURER = (Truth.NO, Truth.UNKNOWN, Truth.YES)


class Basis(Struct, frozen=True):
    """What was decided on, with what: the answers, the result, and the fingerprint of hazards, matrix and questions."""

    intake: Intake
    assessment: Assessment
    catalogue: str


class Change(Struct, frozen=True):
    """Something that is no longer as it was. `what` is a question's name, `visitors`, `policy` or `hazards`.

    Of a personal answer `before` and `after` are empty: that it changed is enough for a message.
    """

    what: str
    label: str
    before: str
    after: str


class Override(Struct, frozen=True):
    """A person's decision against the result. `to` is a rating of the matrix, or an outcome for the referral."""

    what: str
    to: str
    reason: str
    by: str
    clause: str


class Standing(Struct, frozen=True):
    """How a visit stands once people's decisions are counted in. `computed` is what the policy and the ratings say.

    `open` is what still keeps the visitors from leaving, `decided` what a person has decided, and `overrides` are
    those that hold.
    """

    outcome: Outcome
    computed: Outcome
    open: tuple[Reason, ...]
    decided: tuple[Reason, ...]
    overrides: tuple[Override, ...]


def changes(before: Basis, now: Basis, asked: Mapping[str, Question]) -> tuple[Change, ...]:
    """Everything that differs. What the register itself answers (who has approved) is no change.

    What is worked out from the staff directory or from school.yaml, such as a driver's insurance, is an answer too.
    """
    found = []
    old, new = before.assessment.policy, now.assessment.policy
    if (old.id, old.fingerprint) != (new.id, new.fingerprint):
        after = f"{new.name}, {new.edition}" if (old.id, old.edition) != (new.id, new.edition) else "edited since"
        found.append(Change("policy", "The policy", f"{old.name}, {old.edition}", after))
    if before.catalogue != now.catalogue:
        label = "The hazards, the risk matrix or the questions"
        found.append(Change("hazards", label, "as they were", "edited since"))
    if _going(before.intake.visitors) != _going(now.intake.visitors):
        found.append(Change("visitors", "Who goes", _named(before.intake), _named(now.intake)))
    one, other = before.intake.answers, now.intake.answers
    for name in dict.fromkeys((*one, *other)):
        if one.get(name) != other.get(name) and name.partition(".")[0] != APPROVAL:
            question = asked.get(name)
            label = question.label if question else name
            found.append(Change(name, label, _words(question, one.get(name)), _words(question, other.get(name))))
    return (*found, *_worked_out(before, now, asked, {change.what for change in found}))


def _worked_out(before: Basis, now: Basis, asked: Mapping[str, Question], changed: Collection[str]) -> Iterator[Change]:
    """Derived answers that differ though nothing that has been told of already explains it."""
    if {"policy", "hazards", "visitors"} & set(changed):
        return
    one, other = before.assessment.facts, now.assessment.facts
    for question in asked.values():
        explained = question.group == APPROVAL or set(question.derived_from) & set(changed)
        if question.derived and not explained and one.get(question.name) != other.get(question.name):
            old, new = (_words(question, facts.get(question.name)) for facts in (one, other))
            yield Change(question.name, question.label, old, new)


def lapses(approved: Basis, now: Basis, policy: Policy, catalogue: Catalogue) -> tuple[Change, ...]:
    """The changes by which an approval no longer holds; empty where it does.

    An answer that meets a condition of the approved result is what the approval waits for, so long as it makes
    nothing worse: the approver saw that condition, and approved the visit subject to it.
    """
    found = changes(approved, now, catalogue.questions)
    if not found:
        return ()
    foreseen = all(_meets_a_condition(change.what, approved, now, policy, catalogue) for change in found)
    if foreseen and not _worse(approved.assessment, now.assessment, policy, catalogue):
        return ()
    return found


def _meets_a_condition(name: str, approved: Basis, now: Basis, policy: Policy, catalogue: Catalogue) -> bool:
    """Whether a changed answer does no more than bring an open condition of the approved result nearer to being met.

    What an answer warns of is never that, though it may rate like the Unknown that stood there before.
    """
    question = catalogue.questions.get(name)
    value = now.intake.answers.get(name)
    if question is None or name in WHICH_VISIT or value is None or _warns(question, value):
        return False
    waiting = [clause for clause in _open_clauses(approved.assessment, policy) if name in _asked_by(clause, catalogue)]
    return bool(waiting) and all(
        _SURER.index(evaluate(clause.met, now.assessment.facts))
        >= _SURER.index(evaluate(clause.met, approved.assessment.facts))
        for clause in waiting
    )


def _warns(question: Question, value: Value) -> bool:
    return bool(question.worse) and value is (question.worse == "yes")


def _open_clauses(assessment: Assessment, policy: Policy) -> tuple[Clause, ...]:
    """The clauses that a result was subject to."""
    clauses = {clause.id: clause for clause in policy.clauses}
    return tuple(
        clauses[finding.id]
        for finding in assessment.findings
        if finding.id in clauses
        and finding.status is not Status.MET
        and finding.outcome is Outcome.PROCEED_WITH_CONDITIONS
    )


def _asked_by(clause: Clause, catalogue: Catalogue) -> frozenset[str]:
    """The questions whose answers meet a clause, with those that these are worked out from or rest on."""
    wanted = set(questions(clause.met))
    for name in tuple(wanted):
        question = catalogue.questions[name]
        wanted.update(question.derived_from)
        wanted.update([question.rests_on] if question.rests_on else [])
    return frozenset(wanted)


def standing(
    assessment: Assessment, overrides: Iterable[Override] = (), accepted: Collection[str] = frozenset()
) -> Standing:
    """How a visit stands. `accepted` are the hazards whose rating somebody has approved with its condition."""
    held = {override.what: override for override in overrides}
    found = [
        (reason, reason.outcome, False)
        for reason in reasons_of(assessment.findings, (), assessment.silences, assessment.contradictions)
    ]
    found += [
        (
            _rated(assessment, hazard, held.get(hazard.id)),
            _demands(assessment, hazard, held.get(hazard.id)),
            hazard.id in accepted,
        )
        for hazard in assessment.hazards
    ]
    outcome = Outcome.PROCEED
    still_open: list[Reason] = []
    decided: list[Reason] = []
    for reason, calls_for, is_accepted in found:
        by_hand = is_accepted and calls_for is Outcome.PROCEED_WITH_CONDITIONS
        if calls_for is Outcome.REFER and DECISION in held:
            calls_for, by_hand = Outcome.PROCEED_WITH_CONDITIONS, True
        if calls_for > Outcome.PROCEED:
            (decided if by_hand else still_open).append(replace(reason, outcome=calls_for))
        outcome = max(outcome, calls_for)
    still_open.sort(key=lambda reason: -reason.outcome)
    return Standing(outcome, assessment.decision.outcome, tuple(still_open), tuple(decided), tuple(held.values()))


def _rated(assessment: Assessment, hazard: RatedHazard, override: Override | None) -> Reason:
    if override is None:
        says = f"{hazard.name}: the residual rating is {hazard.residual.name}."
        return Reason(hazard.id, says, hazard.because, hazard.outcome)
    made = band_of(assessment.matrix, override.to).name
    says = f"{hazard.name}: the residual rating is {hazard.residual.name}; a person has made it {made}."
    return Reason(hazard.id, says, (override.reason,), hazard.outcome)


def hazards_to_accept(assessment: Assessment, overrides: Iterable[Override] = ()) -> tuple[str, ...]:
    """The hazards whose rating lets the visit go ahead on a condition that only a person can say is met."""
    held = {override.what: override for override in overrides}
    return tuple(
        hazard.id
        for hazard in assessment.hazards
        if _demands(assessment, hazard, held.get(hazard.id)) is Outcome.PROCEED_WITH_CONDITIONS
    )


def _demands(assessment: Assessment, hazard: RatedHazard, override: Override | None) -> Outcome:
    return band_of(assessment.matrix, override.to).demands if override else hazard.outcome


def _worse(approved: Assessment, now: Assessment, policy: Policy, catalogue: Catalogue) -> bool:
    """Whether anything speaks against the visit that did not when it was approved."""
    order = [band.id for band in now.matrix.ratings]
    before = {hazard.id: hazard for hazard in approved.hazards}
    if any(
        hazard.id not in before
        or order.index(hazard.residual.rating) > order.index(before[hazard.id].residual.rating)
        or order.index(hazard.initial.rating) > order.index(before[hazard.id].initial.rating)
        for hazard in now.hazards
    ):
        return True
    return bool(_sources(now, policy, catalogue) - _sources(approved, policy, catalogue))


def _sources(assessment: Assessment, policy: Policy, catalogue: Catalogue) -> set[tuple[str, Outcome]]:
    """Each source of a reason, with everything no stricter than what it calls for; as if the visit were approved, so
    that what was claimed of an approval, or is not claimed any more, makes nothing better or worse."""
    granted = {**assessment.facts}
    granted |= {
        question.name: True
        for question in catalogue.questions.values()
        if question.group == APPROVAL and question.type is QuestionType.YES_NO
    }
    clauses = {clause.id: clause for clause in policy.clauses}
    findings = [
        finding
        for finding in assessment.findings
        if not (
            finding.id in clauses
            and any(name.partition(".")[0] == APPROVAL for name in questions(clauses[finding.id].met))
            and evaluate(clauses[finding.id].met, granted) is Truth.YES
        )
    ]
    found = reasons_of(findings, assessment.hazards, assessment.silences, assessment.contradictions)
    return {(reason.source, outcome) for reason in found for outcome in Outcome if outcome <= reason.outcome}


def _going(visitors: Iterable[Staff]) -> frozenset[tuple[str, tuple[str, ...]]]:
    return frozenset((person.id, tuple(sorted(person.roles))) for person in visitors)


def _named(intake: Intake) -> str:
    return ", ".join(f"{person.id} ({', '.join(person.roles)})" for person in intake.visitors)


def _words(question: Question | None, value: Value | None) -> str:
    if question and question.personal:
        return ""
    if value is None:
        return UNKNOWN
    return answer_words(question, value) if question else str(value)
