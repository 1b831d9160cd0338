"""The smallest sets of changes to the plan that would let a visit go ahead."""

import random
from itertools import combinations
from typing import Any

import pytest

from riskgen.core import remedies as module
from riskgen.core.assess import assess
from riskgen.core.conditions import All, Condition, Value
from riskgen.core.conditions import Any as Any_
from riskgen.core.model import Change, Clause, Contradiction, Question, Staff
from riskgen.core.result import Assessment
from riskgen.core.terms import Outcome, Phase

TEACHER = Staff("S-05", "Ellis Invented", ("teacher",))
FIXED = ("home.violent",)


def result(make: Any, *clauses: Clause, **answers: Value) -> Assessment:
    """Decide under these clauses. Each yes-no question but `home.violent` can still be changed to yes."""
    names = [f"plan.{letter}" for letter in "abcdef"]
    questions: list[Question] = [make.question(name, changes=(Change(True, f"Do {name}"),)) for name in names]
    questions += [make.question(name) for name in FIXED]
    questions.append(
        make.question("visit.staff_count", "number", derived="staff_count", changes=(Change(2, "Send two"),))
    )
    found: Assessment = assess(make.intake(TEACHER, **answers), make.policy(*clauses), make.catalogue(*questions))
    return found


def sets(found: Assessment) -> list[tuple[str, ...]]:
    return [tuple(change.question for change in remedy.changes) for remedy in found.remedies]


def forbids(make: Any, name: str, met: Condition) -> Clause:
    clause: Clause = make.clause(name, Outcome.DO_NOT_VISIT, met=met)
    return clause


def test_visit_that_may_go_ahead_needs_no_remedy(make: Any) -> None:
    found = result(make, make.clause("ML-01", Outcome.PROCEED_WITH_CONDITIONS, met=make.is_("plan.a")), plan__a=False)
    assert (found.remedies, found.remedy_note) == ((), "")


def test_remedy_says_what_to_change_how_and_what_follows(make: Any) -> None:
    clauses = (
        forbids(make, "ML-01", make.test("visit.staff_count", "at_least", 2)),
        make.clause("ML-02", Outcome.PROCEED_WITH_CONDITIONS, met=make.is_("plan.a")),
    )
    (remedy,) = result(make, *clauses, plan__a=False).remedies
    (change,) = remedy.changes
    assert (change.question, change.to, change.how) == ("visit.staff_count", "2", "Send two")
    assert remedy.outcome is Outcome.PROCEED_WITH_CONDITIONS
    assert result(make, *clauses, plan__a=True).remedies[0].outcome is Outcome.PROCEED


def test_smallest_sets_come_first_and_no_set_holds_a_smaller_one(make: Any) -> None:
    plan = {letter: make.is_(f"plan.{letter}") for letter in "abc"}
    found = result(make, forbids(make, "ML-01", Any_((All((plan["a"], plan["b"])), plan["c"]))))
    assert sets(found) == [("plan.c",), ("plan.a", "plan.b")]


def test_every_reason_is_dealt_with_in_each_set(make: Any) -> None:
    clauses = (
        forbids(make, "ML-01", make.is_("plan.a")),
        forbids(make, "ML-02", Any_((make.is_("plan.b"), make.is_("plan.c")))),
    )
    assert sets(result(make, *clauses)) == [("plan.a", "plan.b"), ("plan.a", "plan.c")]


def test_change_that_is_so_already_is_not_proposed(make: Any) -> None:
    clause = forbids(make, "ML-01", All((make.is_("plan.a"), make.is_("plan.b"))))
    assert sets(result(make, clause, plan__a=True)) == [("plan.b",)]
    hopeless = forbids(make, "ML-01", All((make.is_("plan.a"), make.is_("home.violent", False))))
    found = result(make, hopeless, plan__a=True, home__violent=True)
    assert found.remedy_note == module.NOTHING_TO_CHANGE


def test_change_that_brings_a_new_reason_is_not_a_remedy(make: Any) -> None:
    clauses = (
        forbids(make, "ML-01", Any_((make.is_("plan.a"), make.is_("plan.b")))),
        make.clause("ML-02", Outcome.REFER, met=make.is_("plan.a", False)),
    )
    assert sets(result(make, *clauses, plan__a=False, plan__b=False)) == [("plan.b",)]


@pytest.mark.parametrize("piece", ["topic", "contradiction", "hazard"])
def test_change_that_raises_what_did_not_count_before_is_not_a_remedy(make: Any, piece: str) -> None:
    clause, raised = forbids(make, "ML-01", Any_((make.is_("plan.a"), make.is_("plan.b")))), make.is_("plan.a")
    questions = [make.question(name, changes=(Change(True, f"Do {name}"),)) for name in ("plan.a", "plan.b")]
    more = {
        "topic": {"topics": (make.topic("animals", raised),)},
        "hazard": {"hazards": (make.hazard("dog", 5, 5, applies=raised),)},
        "contradiction": {},
    }[piece]
    collide = (Contradiction(("ML-01",), "They collide.", (Phase.BEFORE,), raised),) if piece == "contradiction" else ()
    policy = make.policy(clause, contradictions=collide)
    found = assess(
        make.intake(TEACHER, plan__a=False, plan__b=False),
        policy,
        make.catalogue(*questions, **more),
    )
    assert sets(found) == [("plan.b",)]


def test_a_question_is_changed_to_one_thing_at_a_time(make: Any) -> None:
    changes = (Change("morning", "Go in the morning"), Change("noon", "Go at noon"))
    when = make.choice("plan.when", "morning", "noon", "night")
    question = Question(when.name, when.label, when.type, when.stage, options=when.options, changes=changes)
    clauses = (
        forbids(make, "ML-01", make.test("plan.when", "one_of", frozenset({"morning", "noon"}))),
        make.clause("ML-02", Outcome.REFER, met=make.is_("plan.a", True)),
    )
    catalogue = make.catalogue(question, make.question("plan.a", changes=(Change(True, "Do plan.a"),)))
    found = assess(make.intake(TEACHER, plan__when="night"), make.policy(*clauses), catalogue)
    assert [[(change.question, change.to) for change in remedy.changes] for remedy in found.remedies] == [
        [("plan.when", "Morning"), ("plan.a", "Yes")],
        [("plan.when", "Noon"), ("plan.a", "Yes")],
    ]


def test_where_a_reason_cannot_be_changed_it_is_said_that_nothing_helps(make: Any) -> None:
    clauses = (
        forbids(make, "ML-01", make.is_("home.violent", False)),
        forbids(make, "ML-02", make.is_("plan.a")),
    )
    known = {"home__violent": True, "plan__a": False}
    for answers, note in ((known, module.NOTHING_TO_CHANGE), ({}, module.SETTLE_FIRST)):
        found = result(make, *clauses, **answers)
        assert (found.remedies, found.remedy_note) == ((), note)


def test_where_changes_are_tried_in_vain_the_note_says_how_many(make: Any) -> None:
    clause = forbids(make, "ML-01", All((make.is_("plan.a"), make.is_("home.violent", False))))
    found = result(make, clause, home__violent=True)
    assert (found.remedies, found.remedy_note) == ((), "No set of up to 4 changes to the plan would allow this visit.")


@pytest.mark.parametrize(("needed", "found_any"), [(4, True), (5, False)])
def test_sets_of_up_to_four_changes_are_looked_for(make: Any, needed: int, found_any: bool) -> None:
    clause = forbids(make, "ML-01", All(tuple(make.is_(f"plan.{letter}") for letter in "abcdef"[:needed])))
    found = result(make, clause)
    assert bool(found.remedies) is found_any
    assert bool(found.remedy_note) is not found_any


def test_search_that_grows_too_long_stops_and_says_so(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = [make.is_(f"plan.{letter}") for letter in "abc"]
    clause = forbids(make, "ML-01", Any_((plan[0], All((plan[1], plan[2])))))
    assert sets(result(make, clause)) == [("plan.a",), ("plan.b", "plan.c")]
    monkeypatch.setattr(module, "MOST_TRIES", 3)
    found = result(make, clause)
    assert sets(found) == [("plan.a",)]
    assert found.remedy_note == "The search stopped after 3 sets of changes; there may be others."


def test_only_sets_that_touch_every_reason_are_gone_through_and_none_is_left_out() -> None:
    chance = random.Random(3)  # noqa: S311  # the same sets on every run
    for _ in range(200):
        candidates = tuple((name, index) for name in "abcdefg" for index in range(chance.randint(0, 2)))
        reasons = [frozenset(chance.sample("abcdefg", chance.randint(1, 4))) for _ in range(chance.randint(0, 4))]
        places = [frozenset(at for at, (name, _) in enumerate(candidates) if name in asked) for asked in reasons]
        for size in range(1, 5) if all(places) else ():
            touching = [
                chosen
                for chosen in combinations(candidates, size)
                if len(named := {name for name, _ in chosen}) == size and all(named & asked for asked in reasons)
            ]
            assert list(module._sets(candidates, places, size)) == touching
