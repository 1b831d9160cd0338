"""The decision: the strictest of what everything calls for, with its reasons, conditions and open questions."""

from datetime import date, datetime
from typing import Any

import pytest

from riskgen.core.assess import assess, to_ask
from riskgen.core.conditions import All
from riskgen.core.model import AuthoriseRule, Clause, Contradiction, Control, Effect, Factor, Staff
from riskgen.core.result import Assessment
from riskgen.core.struct import replace
from riskgen.core.terms import Kind, Outcome, Phase, Stage, Status

PROCEED, CONDITIONS, REFER, FORBID = Outcome
TEACHER = Staff("S-05", "Ellis Invented", ("teacher",))
LEADER = Staff("S-02", "Blair Invented", ("senior-leader",))


def decided(
    make: Any, *clauses: Clause, policy: Any = None, hazards: Any = (), topics: Any = (), **answers: Any
) -> Assessment:
    questions = [make.question(f"a.{letter}") for letter in "abcd"]
    questions += [
        make.question("door.open", stage=Stage.DOOR),
        make.question("visit.start", "moment"),
        make.question("policy.review_overdue", derived="review_overdue"),
    ]
    catalogue = make.catalogue(*questions, hazards=hazards, topics=topics)
    found: Assessment = assess(make.intake(TEACHER, **answers), policy or make.policy(*clauses), catalogue)
    return found


def weighing(make: Any, outcome: Outcome, letter: str, name: str = "") -> Clause:
    clause: Clause = make.clause(name or f"ML-{letter}", outcome, met=make.is_(f"a.{letter}"))
    return clause


# --- the outcome ---------------------------------------------------------------------------------


def test_nothing_against_it_means_proceed_and_says_why(make: Any) -> None:
    found = decided(make, weighing(make, FORBID, "a"), a__a=True)
    (reason,) = found.decision.because
    assert (found.decision.outcome, found.decision.instead) == (PROCEED, "")
    assert (reason.source, reason.facts, reason.outcome) == ("moor-lane", (), PROCEED)
    assert reason.says == "Nothing in the policy or in the ratings stands in the way."


@pytest.mark.parametrize("strictest", [CONDITIONS, REFER, FORBID])
def test_strictest_reason_decides_and_milder_ones_are_not_among_the_reasons(make: Any, strictest: Outcome) -> None:
    clauses = [weighing(make, outcome, "a", f"ML-{outcome.id}") for outcome in Outcome if outcome <= strictest]
    found = decided(make, *clauses, a__a=False)
    assert found.decision.outcome is strictest
    assert [reason.source for reason in found.decision.because] == [f"ML-{strictest.id}"]


def test_all_reasons_of_the_strictest_kind_are_given_with_their_facts(make: Any) -> None:
    found = decided(
        make, weighing(make, REFER, "a"), weighing(make, FORBID, "b"), weighing(make, REFER, "c"), a__a=False, a__b=True
    )
    assert found.decision.outcome is REFER
    assert [(reason.source, reason.facts) for reason in found.decision.because] == [
        ("ML-a", ("About a.a? No",)),
        ("ML-c", ("About a.c? Not recorded",)),
    ]


def test_reasons_that_alone_would_refer_stand_beside_those_that_forbid(make: Any) -> None:
    clauses = [weighing(make, outcome, "a", f"ML-{outcome.id}") for outcome in Outcome]
    found = decided(make, *clauses, a__a=False)
    assert [reason.source for reason in found.decision.also] == ["ML-refer"]
    assert decided(make, *clauses[:3], a__a=False).decision.also == ()
    assert decided(make, *clauses[:2], a__a=False).decision.also == ()


def test_broken_clause_that_changes_nothing_is_a_finding_and_no_reason(make: Any) -> None:
    found = decided(make, weighing(make, PROCEED, "a"), a__a=False)
    assert found.decision.outcome is PROCEED
    assert found.findings[0].status is Status.BROKEN
    assert found.decision.because[0].source == "moor-lane"


def test_unknown_that_could_forbid_refers(make: Any) -> None:
    found = decided(make, weighing(make, FORBID, "a"))
    assert found.decision.outcome is REFER
    assert found.decision.instead == ""


def test_what_to_do_instead_comes_from_broken_deciding_clauses_once_each_as_sentences(make: Any) -> None:
    def clause(name: str, instead: str, outcome: Outcome = FORBID) -> Clause:
        return replace(weighing(make, outcome, "a", name), broken=Effect(outcome, instead=instead))

    found = decided(
        make,
        clause("ML-01", "Meet at school"),
        clause("ML-02", "Ring the family."),
        clause("ML-03", "Meet at school"),
        clause("ML-04", "Ask somebody", REFER),
        a__a=False,
    )
    assert found.decision.instead == "Meet at school. Ring the family."


def test_residual_rating_decides_as_its_matrix_demands(make: Any) -> None:
    hazard = make.hazard(likelihood=5, severity=3, controls=(Control("c", "isolate", "Do c", make.is_("a.a"), 2),))
    forbidden = decided(make, hazards=(hazard,), a__a=False)
    assert forbidden.decision.outcome is FORBID
    (reason,) = forbidden.decision.because
    assert (reason.source, reason.says) == ("dog", "Harm by dog: the residual rating is High.")
    conditional = decided(make, hazards=(hazard,), a__a=True)
    assert conditional.decision.outcome is CONDITIONS
    (item,) = conditional.conditions
    assert (item.condition, item.who, item.source, item.because) == (
        "Harm by dog: guidance for Medium.",
        "Line manager",
        "dog",
        "The residual rating is Medium.",
    )


def test_silence_that_the_facts_raise_refers_and_one_of_every_visit_does_not(make: Any) -> None:
    topics = (make.topic("animals", make.is_("a.a")), make.topic("overdue", every_visit=True))
    raised = decided(make, topics=topics, a__a=True)
    assert raised.decision.outcome is REFER
    assert [reason.source for reason in raised.decision.because] == ["animals"]
    quiet = decided(make, topics=topics, a__a=False)
    assert quiet.decision.outcome is PROCEED
    assert [silence.topic for silence in quiet.silences] == ["overdue"]


def test_contradiction_refers_and_gives_both_clauses(make: Any) -> None:
    declared = Contradiction(("ML-a", "ML-b"), "They collide.", (Phase.BEFORE,), make.is_("a.c"))
    clauses = (weighing(make, FORBID, "a"), weighing(make, FORBID, "b"))
    policy = make.policy(*clauses, contradictions=(declared,))
    found = decided(make, policy=policy, a__a=True, a__b=True, a__c=True)
    assert found.decision.outcome is REFER
    (reason,) = found.decision.because
    assert (reason.source, reason.facts) == ("ML-a and ML-b", ("They collide. About a.c? Yes",))
    assert decided(make, policy=policy, a__a=True, a__b=True, a__c=False).decision.outcome is PROCEED


def test_contradiction_of_the_visit_itself_does_not_decide_before_leaving(make: Any) -> None:
    declared = Contradiction(("ML-a",), "They collide.", (Phase.DURING,), make.is_("a.c"))
    policy = make.policy(weighing(make, FORBID, "a"), contradictions=(declared,))
    assert decided(make, policy=policy, a__a=True, a__c=True).decision.outcome is PROCEED


# --- conditions ----------------------------------------------------------------------------------


def test_conditions_are_listed_with_who_does_them_and_why_even_when_something_stricter_decides(make: Any) -> None:
    found = decided(
        make,
        weighing(make, FORBID, "a"),
        weighing(make, CONDITIONS, "b"),
        weighing(make, CONDITIONS, "c"),
        a__a=False,
        a__b=False,
    )
    assert [(item.condition, item.who, item.source, item.because) for item in found.conditions] == [
        ("Mend ML-b", "Visitors", "ML-b", "About a.b? No"),
        ("Mend ML-c", "Visitors", "ML-c", "About a.c? Not recorded"),
    ]


def test_condition_that_is_met_or_does_not_apply_is_not_listed(make: Any) -> None:
    aside = make.clause("ML-x", CONDITIONS, met=make.is_("a.b"), applies=make.is_("a.c"))
    assert decided(make, weighing(make, CONDITIONS, "a"), aside, a__a=True, a__c=False).conditions == ()


# --- questions still open ------------------------------------------------------------------------


def test_open_questions_come_heaviest_first_with_everything_that_needs_them(make: Any) -> None:
    found = decided(
        make,
        weighing(make, CONDITIONS, "a"),
        weighing(make, CONDITIONS, "b", "ML-light"),
        weighing(make, FORBID, "b", "ML-heavy"),
        weighing(make, CONDITIONS, "b", "ML-late"),
        weighing(make, FORBID, "c"),
        a__c=True,
    )
    assert [(item.question, item.label, item.needed_by, item.outcome) for item in found.to_confirm] == [
        ("a.b", "About a.b?", ("ML-light", "ML-heavy", "ML-late"), REFER),
        ("a.a", "About a.a?", ("ML-a",), CONDITIONS),
    ]


def test_duties_of_later_phases_ask_nothing_before_leaving(make: Any) -> None:
    duty = make.clause("ML-01", phases=(Phase.DURING,), applies=make.is_("a.a"))
    later = make.clause("ML-02", FORBID, met=All((make.is_("a.b"), make.is_("door.open"))))
    assert [item.question for item in decided(make, duty, later).to_confirm] == ["a.b"]


def test_hazards_topics_and_contradictions_ask_for_what_they_need(make: Any) -> None:
    hazard = make.hazard(
        likelihood=1,
        factors=(Factor(make.is_("a.a"), "a.a is so", 1),),
        controls=(Control("c", "isolate", "Do c", make.is_("a.d"), 1),),
    )
    declared = Contradiction(("ML-01",), "It collides.", (Phase.BEFORE,), make.is_("a.c"))
    later = Contradiction(("ML-01",), "It collides later.", (Phase.DURING,), make.is_("a.d"))
    policy = make.policy(make.clause("ML-01"), contradictions=(declared, later))
    topics = (make.topic("animals", make.is_("a.b")),)
    found = decided(make, policy=policy, hazards=(hazard,), topics=topics)
    assert {item.question: item.needed_by for item in found.to_confirm} == {
        "a.a": ("dog",),
        "a.b": ("animals",),
        "a.c": ("ML-01",),
    }


def test_controls_are_asked_after_only_where_the_rating_matters(make: Any) -> None:
    control = Control("c", "isolate", "Do c", make.is_("a.d"), 1)
    asked = [
        [
            item.question
            for item in decided(make, hazards=(make.hazard(likelihood=step, controls=(control,)),)).to_confirm
        ]
        for step in (1, 3)
    ]
    assert asked == [[], ["a.d"]]


def test_derived_fact_is_learnt_by_asking_what_it_is_worked_out_from(make: Any) -> None:
    derived = make.question("a.sum", "number", derived="longest_gap", derived_from=("a.from", "a.to"))
    catalogue = make.catalogue(derived, make.question("a.from"), make.question("a.to"))
    assert to_ask("a.sum", catalogue, {}) == ("a.from", "a.to")
    assert to_ask("a.sum", catalogue, {"a.from": True}) == ("a.to",)
    assert to_ask("a.sum", catalogue, {"a.from": True, "a.to": True}) == ("a.sum",)
    assert to_ask("a.from", catalogue, {}) == ("a.from",)


# --- the rest of the result ----------------------------------------------------------------------


def test_who_authorises_follows_the_visitors_and_quotes_its_clause(make: Any) -> None:
    rules = (AuthoriseRule(("headteacher",), "ML-02", ("senior-leader",)), AuthoriseRule(("senior-leader",), "ML-01"))
    policy = make.policy(make.clause("ML-01"), make.clause("ML-02"), authorise=rules)
    by = [assess(make.intake(who), policy, make.catalogue()).authorise for who in (TEACHER, LEADER)]
    assert [(each.by, each.clause, each.says) for each in by] == [
        (("senior-leader",), "ML-01", "ML-01 says so."),
        (("headteacher",), "ML-02", "ML-02 says so."),
    ]


def test_people_who_may_authorise_hold_such_a_role_and_stay_at_school(make: Any) -> None:
    policy = make.policy(make.clause("ML-01"), authorise=(AuthoriseRule(("senior-leader", "headteacher"), "ML-01"),))
    head, other = make.staff("S-01", "headteacher"), make.staff("S-03", "senior-leader", "teacher")
    intake = make.intake(TEACHER, LEADER, also=(head, other, make.staff("S-06", "teacher")))
    assert assess(intake, policy, make.catalogue()).authorise.eligible == ("S-01", "S-03")
    assert assess(intake, make.policy(), make.catalogue()).authorise.eligible == ()


def test_policy_that_names_nobody_says_so(make: Any) -> None:
    authorise = decided(make).authorise
    assert (authorise.by, authorise.clause, authorise.says) == (
        (),
        "",
        "The policy does not say who authorises the visit.",
    )


def test_every_clause_has_a_finding_in_the_order_of_the_policy(make: Any) -> None:
    clauses = (weighing(make, REFER, "b"), make.clause("ML-z", kind=Kind.PERMITTED), weighing(make, REFER, "a"))
    assert [finding.id for finding in decided(make, *clauses).findings] == ["ML-b", "ML-z", "ML-a"]


def test_hazard_that_is_ruled_out_is_named_with_the_facts_that_rule_it_out(make: Any) -> None:
    found = decided(make, hazards=(make.hazard(applies=make.is_("a.a")), make.hazard("road")), a__a=False)
    assert [hazard.id for hazard in found.hazards] == ["road"]
    assert found.excluded_hazards == (("Harm by dog", "About a.a? No"),)


def test_stamp_names_the_edition_and_whether_its_review_is_overdue(make: Any) -> None:
    policy = make.policy(review_due=date(2026, 12, 1))
    on_time = decided(make, policy=policy, visit__start=datetime(2026, 12, 1, 10)).policy
    late = decided(make, policy=policy, visit__start=datetime(2026, 12, 2, 10)).policy
    assert (on_time.id, on_time.name, on_time.edition, on_time.fingerprint, on_time.review_due) == (
        "moor-lane",
        "Moor Lane School policy",
        "2026-09-01",
        "abc",
        date(2026, 12, 1),
    )
    assert (on_time.review_overdue, late.review_overdue) == (False, True)


def test_result_holds_the_facts_and_the_matrix_that_it_rests_on(make: Any) -> None:
    found = decided(make, a__a=True)
    assert found.facts == {"a.a": True, "policy.review_overdue": False}
    assert found.matrix == make.matrix()
