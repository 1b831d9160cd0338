"""What becomes of a clause, a topic and a declared contradiction."""

from collections.abc import Mapping
from typing import Any

import pytest

from riskgen.core.conditions import All, Condition
from riskgen.core.model import Clause, Contradiction, Facts, Question
from riskgen.core.result import Finding
from riskgen.core.rules import (
    contradictions,
    find,
    known_before_leaving,
    open_questions,
    open_topic_questions,
    silences,
)
from riskgen.core.terms import Kind, Outcome, Phase, Stage, Status
from riskgen.core.truth import Truth

PROCEED, CONDITIONS, REFER, FORBID = Outcome
BEFORE = frozenset({Phase.BEFORE, Phase.ALWAYS})


@pytest.fixture(scope="module")
def asked(make: Any) -> Mapping[str, Question]:
    return make.catalogue(
        make.question("a.applies"),
        make.question("a.unless"),
        make.question("a.met"),
        make.question("a.also"),
        make.question("door.met", stage=Stage.DOOR),
    ).questions


def found(clause: Clause, facts: Facts, asked: Mapping[str, Question]) -> Finding:
    return find(clause, facts, asked, known_before_leaving(asked))


def test_only_background_and_plan_can_be_known_before_leaving(make: Any) -> None:
    questions = {stage.value: make.question(stage.value, stage=stage) for stage in Stage}
    keep = known_before_leaving(questions)
    assert [name for name in questions if keep(name)] == ["background", "plan"]


# --- one clause ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("applies", "met", "status", "outcome"),
    [
        (True, True, Status.MET, PROCEED),
        (True, False, Status.BROKEN, FORBID),
        (True, None, Status.TO_CONFIRM, REFER),
        (False, False, Status.NOT_APPLICABLE, PROCEED),
        (False, None, Status.NOT_APPLICABLE, PROCEED),
        (None, True, Status.MET, PROCEED),
        (None, False, Status.TO_CONFIRM, REFER),
        (None, None, Status.TO_CONFIRM, REFER),
    ],
)
def test_clause_that_forbids_comes_out_by_what_is_known(
    make: Any, asked: Mapping[str, Question], applies: bool | None, met: bool | None, status: Status, outcome: Outcome
) -> None:
    clause = make.clause("ML-01", FORBID, applies=make.is_("a.applies"), met=make.is_("a.met"))
    facts = {name: value for name, value in (("a.applies", applies), ("a.met", met)) if value is not None}
    result = found(clause, facts, asked)
    assert (result.status, result.outcome) == (status, outcome)


@pytest.mark.parametrize("outcome", [PROCEED, CONDITIONS, REFER])
def test_unknown_costs_as_much_as_a_breach_up_to_a_referral(
    make: Any, asked: Mapping[str, Question], outcome: Outcome
) -> None:
    clause = make.clause("ML-01", outcome, met=make.is_("a.met"))
    assert found(clause, {"a.met": False}, asked).outcome is outcome
    assert found(clause, {}, asked).outcome is outcome
    assert found(clause, {}, asked).status is Status.TO_CONFIRM


def test_exemption_counts_only_when_proved_and_names_its_clause(make: Any, asked: Mapping[str, Question]) -> None:
    clause = make.clause("ML-01", FORBID, met=make.is_("a.met"), unless=make.is_("a.unless"), unless_clause="ML-09")
    proved = found(clause, {"a.met": False, "a.unless": True}, asked)
    assert (proved.status, proved.outcome) == (Status.NOT_APPLICABLE, PROCEED)
    assert proved.because == ("Excepted by ML-09.", "About a.unless? Yes")
    assert found(clause, {"a.met": False, "a.unless": False}, asked).status is Status.BROKEN
    assert found(clause, {"a.met": False}, asked).outcome is FORBID


def test_exemption_that_only_the_door_could_prove_does_not_excuse_beforehand(
    make: Any, asked: Mapping[str, Question]
) -> None:
    clause = make.clause("ML-01", FORBID, met=make.is_("a.met"), unless=make.is_("door.met"), unless_clause="ML-09")
    assert found(clause, {"a.met": False, "door.met": True}, asked).status is Status.BROKEN


def test_what_can_be_known_only_later_is_left_out_of_a_clause(make: Any, asked: Mapping[str, Question]) -> None:
    both = All((make.is_("a.met"), make.is_("door.met")))
    clause = make.clause("ML-01", FORBID, met=both)
    assert found(clause, {"a.met": True}, asked).status is Status.MET
    later = make.clause("ML-01", FORBID, met=make.is_("door.met"))
    assert found(later, {}, asked).status is Status.TO_CONFIRM
    assert found(later, {}, asked).outcome is PROCEED
    reached = find(later, {}, asked, lambda name: True)
    assert (reached.status, reached.outcome) == (Status.TO_CONFIRM, REFER)


def test_clause_whose_scope_is_known_only_later_applies(make: Any, asked: Mapping[str, Question]) -> None:
    clause = make.clause("ML-01", FORBID, applies=make.is_("door.met"), met=make.is_("a.met"))
    assert found(clause, {"a.met": False}, asked).status is Status.BROKEN


@pytest.mark.parametrize(
    ("kind", "phase", "applies", "status", "because"),
    [
        (Kind.HOUSEKEEPING, Phase.BEFORE, None, Status.MET, ("It is a statement about the policy itself.",)),
        (Kind.PERMITTED, Phase.BEFORE, True, Status.MET, ("About a.applies? Yes",)),
        (Kind.PERMITTED, Phase.BEFORE, None, Status.TO_CONFIRM, ("About a.applies? Not recorded",)),
        (Kind.PERMITTED, Phase.BEFORE, False, Status.NOT_APPLICABLE, ("About a.applies? No",)),
        (Kind.SCOPE, Phase.BEFORE, True, Status.MET, ("About a.applies? Yes",)),
        (
            Kind.REQUIRED,
            Phase.DURING,
            True,
            Status.TO_CONFIRM,
            ("To be kept during the visit.", "About a.applies? Yes"),
        ),
        (Kind.ADVISED, Phase.AFTER, True, Status.TO_CONFIRM, ("To be done after the visit.", "About a.applies? Yes")),
        (
            Kind.FORBIDDEN,
            Phase.EMERGENCY,
            True,
            Status.TO_CONFIRM,
            ("To be done if it happens.", "About a.applies? Yes"),
        ),
        (Kind.REQUIRED, Phase.ALWAYS, True, Status.TO_CONFIRM, ("To be kept at all times.", "About a.applies? Yes")),
        (Kind.REQUIRED, Phase.DURING, False, Status.NOT_APPLICABLE, ("About a.applies? No",)),
    ],
)
def test_clause_that_does_not_weigh_is_shown_and_costs_nothing(
    make: Any,
    asked: Mapping[str, Question],
    kind: Kind,
    phase: Phase,
    applies: bool | None,
    status: Status,
    because: tuple[str, ...],
) -> None:
    clause = make.clause("ML-01", kind=kind, phases=(phase,), applies=make.is_("a.applies"))
    result = found(clause, {} if applies is None else {"a.applies": applies}, asked)
    assert (result.status, result.because, result.outcome) == (status, because, PROCEED)


def test_permission_without_conditions_may_be_relied_on(make: Any, asked: Mapping[str, Question]) -> None:
    clause = make.clause("ML-01", kind=Kind.PERMITTED)
    assert found(clause, {}, asked).because == ("It may be relied on.",)


def test_finding_carries_what_the_clause_says_so_that_it_outlives_the_edition(
    make: Any, asked: Mapping[str, Question]
) -> None:
    clause = make.clause("ML-01", CONDITIONS, met=make.is_("a.met"), phases=(Phase.BEFORE, Phase.DURING))
    result = found(clause, {"a.met": False}, asked)
    assert (result.id, result.says, result.location, result.kind, result.phases, result.effect, result.who) == (
        clause.id,
        clause.says,
        clause.location,
        clause.kind,
        clause.phases,
        clause.broken,
        clause.who,
    )
    assert result.because == ("About a.met? No",)


def test_open_questions_of_a_clause_are_those_that_would_still_settle_it(
    make: Any, asked: Mapping[str, Question]
) -> None:
    clause = make.clause(
        "ML-01",
        FORBID,
        applies=make.is_("a.applies"),
        unless=make.is_("a.unless"),
        met=All((make.is_("a.met"), make.is_("door.met"))),
    )
    keep = known_before_leaving(asked)
    assert open_questions(clause, {}, keep) == ("a.applies", "a.unless", "a.met")
    assert open_questions(clause, {"a.applies": True, "a.met": False}, keep) == ("a.unless",)
    assert open_questions(clause, {"a.applies": True, "a.unless": False, "a.met": True}, keep) == ()


# --- silences ------------------------------------------------------------------------------------


def silent_on(make: Any, asked: Mapping[str, Question], facts: Facts, **topic: Any) -> list[tuple[str, Outcome, Truth]]:
    policy = make.policy(make.clause("ML-01", topics=("spoken",)))
    topics = (make.topic("spoken", make.is_("a.met"), True), make.topic("animals", **topic))
    found_silences = silences(policy, topics, facts, asked, known_before_leaving(asked))
    return [(silence.topic, silence.outcome, silence.raised) for silence in found_silences]


def test_silence_that_the_facts_raise_or_may_raise_is_for_a_person(make: Any, asked: Mapping[str, Question]) -> None:
    raised_by = make.is_("a.applies")
    assert silent_on(make, asked, {"a.applies": True}, raised_by=raised_by) == [("animals", REFER, Truth.YES)]
    assert silent_on(make, asked, {}, raised_by=raised_by) == [("animals", REFER, Truth.UNKNOWN)]
    assert silent_on(make, asked, {"a.applies": False}, raised_by=raised_by) == []


def test_silence_of_every_visit_is_reported_and_costs_nothing_unless_raised(
    make: Any, asked: Mapping[str, Question]
) -> None:
    always = {"raised_by": make.is_("a.applies"), "every_visit": True}
    assert silent_on(make, asked, {"a.applies": False}, **always) == [("animals", PROCEED, Truth.NO)]
    assert silent_on(make, asked, {"a.applies": True}, **always) == [("animals", REFER, Truth.YES)]
    assert silent_on(make, asked, {}, every_visit=True) == [("animals", PROCEED, Truth.NO)]


def test_topic_that_nothing_raises_is_no_silence(make: Any, asked: Mapping[str, Question]) -> None:
    assert silent_on(make, asked, {}) == []


def test_what_only_the_door_could_raise_is_no_silence_beforehand(make: Any, asked: Mapping[str, Question]) -> None:
    assert silent_on(make, asked, {"door.met": True}, raised_by=make.is_("door.met")) == []


def test_silence_says_what_is_not_said_and_what_raises_it(make: Any, asked: Mapping[str, Question]) -> None:
    topics = (make.topic("animals", make.is_("a.applies"), every_visit=True),)

    def because(facts: Facts) -> str:
        return silences(make.policy(), topics, facts, asked, known_before_leaving(asked))[0].because

    assert (
        because({"a.applies": True})
        == "The policy does not say: What of animals? This visit raises it: About a.applies? Yes"
    )
    assert (
        because({})
        == "The policy does not say: What of animals? This visit may raise it: About a.applies? Not recorded"
    )
    assert because({"a.applies": False}) == "The policy does not say: What of animals?"


def test_open_questions_of_topics_are_asked_only_where_the_policy_is_silent(
    make: Any, asked: Mapping[str, Question]
) -> None:
    policy = make.policy(make.clause("ML-01", topics=("spoken",)))
    topics = (
        make.topic("spoken", make.is_("a.met")),
        make.topic("animals", make.is_("a.applies")),
        make.topic("plain"),
    )
    keep = known_before_leaving(asked)
    assert open_topic_questions(policy, topics, {}, keep) == {"animals": ("a.applies",)}
    assert open_topic_questions(policy, topics, {"a.applies": True}, keep) == {"animals": ()}


# --- contradictions ------------------------------------------------------------------------------


def collided(
    make: Any, asked: Mapping[str, Question], facts: Facts, when: Condition, *phases: Phase
) -> list[tuple[tuple[str, ...], tuple[str, ...], str, Outcome, Truth]]:
    declared = Contradiction(("ML-01", "ML-02"), "They collide.", phases or (Phase.BEFORE,), when)
    policy = make.policy(make.clause("ML-01"), make.clause("ML-02"), contradictions=(declared,))
    found_collisions = contradictions(policy, facts, asked, known_before_leaving(asked), BEFORE)
    return [(each.clauses, each.says, each.because, each.outcome, each.raised) for each in found_collisions]


def test_contradiction_that_the_facts_raise_shows_both_clauses_and_is_for_a_person(
    make: Any, asked: Mapping[str, Question]
) -> None:
    (raised,) = collided(make, asked, {"a.met": True}, make.is_("a.met"))
    clauses, says = ("ML-01", "ML-02"), ("ML-01 says so.", "ML-02 says so.")
    assert raised == (clauses, says, "They collide. About a.met? Yes", REFER, Truth.YES)


def test_contradiction_that_may_be_raised_is_for_a_person_too(make: Any, asked: Mapping[str, Question]) -> None:
    (raised,) = collided(make, asked, {}, make.is_("a.met"))
    assert raised[2:] == (
        "They collide. Whether they collide here is not known. About a.met? Not recorded",
        REFER,
        Truth.UNKNOWN,
    )


def test_contradiction_is_ruled_out_by_facts_by_phase_and_by_what_is_not_yet_known(
    make: Any, asked: Mapping[str, Question]
) -> None:
    assert collided(make, asked, {"a.met": False}, make.is_("a.met")) == []
    assert collided(make, asked, {"a.met": True}, make.is_("a.met"), Phase.DURING, Phase.AFTER) == []
    assert collided(make, asked, {"door.met": True}, make.is_("door.met")) == []
    assert len(collided(make, asked, {"a.met": True}, make.is_("a.met"), Phase.DURING, Phase.ALWAYS)) == 1
