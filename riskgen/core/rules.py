"""What becomes of each clause, topic and contradiction of a policy in one case."""

from collections.abc import Callable, Iterable, Mapping

from riskgen.core.conditions import Condition, evaluate, restrict, unknowns
from riskgen.core.model import Clause, Contradiction, Effect, Facts, Policy, Question, Topic
from riskgen.core.result import Finding, RaisedContradiction, Silence
from riskgen.core.terms import Kind, Outcome, Phase, Status
from riskgen.core.truth import Truth
from riskgen.core.words import facts_behind

Keep = Callable[[str], bool]

NO_EFFECT = Effect()
_WHEN = {
    Phase.DURING: "To be kept during the visit.",
    Phase.AFTER: "To be done after the visit.",
    Phase.EMERGENCY: "To be done if it happens.",
}


def known_before_leaving(catalogue: Mapping[str, Question]) -> Keep:
    """Which questions can be answered before anybody leaves."""
    return lambda name: catalogue[name].stage.before_leaving


def find(clause: Clause, facts: Facts, catalogue: Mapping[str, Question], keep: Keep) -> Finding:
    """What became of one clause. Tests on questions that `keep` refuses are left out of its conditions."""
    applies, unless, met = (restrict(part, keep) for part in (clause.applies, clause.unless, clause.met))
    scope = evaluate(applies, facts) if applies else Truth.YES
    effect = clause.broken or NO_EFFECT

    def finding(status: Status, because: Iterable[str], outcome: Outcome = Outcome.PROCEED) -> Finding:
        return Finding(
            clause.id,
            status,
            tuple(because),
            clause.says,
            clause.location,
            clause.kind,
            clause.phases,
            outcome,
            effect,
            clause.who,
        )

    def behind(*parts: Condition | None) -> tuple[str, ...]:
        return facts_behind(parts, facts, catalogue)

    if scope is Truth.NO:
        return finding(Status.NOT_APPLICABLE, behind(applies))
    if unless is not None and evaluate(unless, facts) is Truth.YES:
        return finding(Status.NOT_APPLICABLE, (f"Excepted by {clause.unless_clause}.", *behind(unless)))
    if met is None or clause.broken is None:
        return _not_weighed(clause, scope, finding, behind(applies, met))
    verdict = evaluate(met, facts)
    if verdict is Truth.YES:
        return finding(Status.MET, behind(met))
    reasons = behind(applies, unless, met)
    if verdict is Truth.NO and scope is Truth.YES:
        return finding(Status.BROKEN, reasons, effect.outcome)
    return finding(Status.TO_CONFIRM, reasons, min(effect.outcome, Outcome.REFER))


def _not_weighed(
    clause: Clause, scope: Truth, finding: Callable[[Status, Iterable[str]], Finding], reasons: tuple[str, ...]
) -> Finding:
    """A permission, a statement about the policy, or a duty for a later moment: shown, not weighed."""
    if clause.kind is Kind.HOUSEKEEPING:
        return finding(Status.MET, ("It is a statement about the policy itself.",))
    if clause.kind in (Kind.PERMITTED, Kind.SCOPE):
        return finding(Status.MET if scope is Truth.YES else Status.TO_CONFIRM, reasons or ("It may be relied on.",))
    when = next((_WHEN[phase] for phase in clause.phases if phase in _WHEN), "To be kept at all times.")
    return finding(Status.TO_CONFIRM, (when, *reasons))


def open_questions(clause: Clause, facts: Facts, keep: Keep) -> tuple[str, ...]:
    """The unanswered questions that keep a clause from being settled."""
    parts = (restrict(part, keep) for part in (clause.applies, clause.unless, clause.met))
    return tuple(dict.fromkeys(name for part in parts if part for name in unknowns(part, facts)))


def silences(
    policy: Policy, topics: Iterable[Topic], facts: Facts, catalogue: Mapping[str, Question], keep: Keep
) -> tuple[Silence, ...]:
    """The topics on which the policy says nothing, where the facts raise them or every visit does.

    A topic that the facts raise, or may raise, refers the visit; one that only every visit raises is
    reported and no more.
    """
    found = (silence(topic, facts, catalogue, keep) for topic in unspoken(policy, topics))
    return tuple(each for each in found if each is not None)


def unspoken(policy: Policy, topics: Iterable[Topic]) -> list[Topic]:
    """The topics on which the policy says nothing."""
    spoken = {topic for clause in policy.clauses for topic in clause.topics}
    return [topic for topic in topics if topic.id not in spoken]


def silence(topic: Topic, facts: Facts, catalogue: Mapping[str, Question], keep: Keep) -> Silence | None:
    """What comes of a policy that says nothing on a topic; None where nothing does."""
    raised_by = restrict(topic.raised_by, keep)
    raised = evaluate(raised_by, facts) if raised_by else Truth.NO
    if raised is not Truth.NO:
        doubt = "" if raised is Truth.YES else "may "
        verb = "raises" if raised is Truth.YES else "raise"
        reasons = "; ".join(facts_behind((raised_by,), facts, catalogue))
        because = f"The policy does not say: {topic.question} This visit {doubt}{verb} it: {reasons}"
        return Silence(topic.id, topic.label, because, Outcome.REFER, raised)
    if topic.every_visit:
        return Silence(topic.id, topic.label, f"The policy does not say: {topic.question}", Outcome.PROCEED, raised)
    return None


def open_topic_questions(
    policy: Policy, topics: Iterable[Topic], facts: Facts, keep: Keep
) -> dict[str, tuple[str, ...]]:
    """For each topic on which the policy is silent: the unanswered questions that may raise it."""
    silent = unspoken(policy, topics)
    return {topic.id: unknowns(part, facts) for topic in silent if (part := restrict(topic.raised_by, keep))}


def contradictions(
    policy: Policy, facts: Facts, catalogue: Mapping[str, Question], keep: Keep, phases: frozenset[Phase]
) -> tuple[RaisedContradiction, ...]:
    """The declared contradictions that the facts raise, or may raise, at these phases. A person decides."""
    found = (collision(declared, policy, facts, catalogue, keep) for declared in declared_at(policy, phases))
    return tuple(each for each in found if each is not None)


def declared_at(policy: Policy, phases: frozenset[Phase]) -> list[Contradiction]:
    """The contradictions that a policy declares at these phases."""
    return [declared for declared in policy.contradictions if phases & set(declared.phases)]


def collision(
    declared: Contradiction, policy: Policy, facts: Facts, catalogue: Mapping[str, Question], keep: Keep
) -> RaisedContradiction | None:
    """A declared contradiction, if the facts raise it or may raise it."""
    when = restrict(declared.when, keep)
    if declared.when and when is None:
        return None
    truth = evaluate(when, facts)
    if truth is Truth.NO:
        return None
    says = tuple(clause.says for name in declared.clauses if (clause := policy.clause(name)))
    doubt = "" if truth is Truth.YES else " Whether they collide here is not known."
    reasons = "; ".join(facts_behind((when,), facts, catalogue))
    because = f"{declared.because}{doubt}{' ' + reasons if reasons else ''}"
    return RaisedContradiction(declared.clauses, says, because, Outcome.REFER, truth)
