"""What paper may say of a visit that leaves the school: the same, whatever is known of the family."""

from collections.abc import Mapping
from typing import Any

import pytest

from riskgen.core.apart import apart, of_any_family, told_of_family
from riskgen.core.conditions import All, Not, Value
from riskgen.core.conditions import Any as Either
from riskgen.core.model import Intake, Policy, Question
from riskgen.core.terms import Stage


@pytest.fixture
def questions(make: Any) -> Mapping[str, Question]:
    return make.catalogue(
        make.question("household.animals", stage=Stage.BACKGROUND),
        make.question("background.checked", stage=Stage.BACKGROUND),
        make.question("visit.warned", rests_on="background.checked"),
        make.question("visit.car"),
        make.question("door.animal", stage=Stage.DOOR),
    ).questions


def ids(make: Any, questions: Mapping[str, Question], facts: Mapping[str, Value], *clauses: Any) -> frozenset[str]:
    return of_any_family(Intake(facts, (), ()), make.policy(*clauses), questions, ()).named


def test_what_rests_on_an_answer_about_the_family_tells_of_it_too(questions: Mapping[str, Question]) -> None:
    assert told_of_family(questions) == {"household.animals", "background.checked", "visit.warned"}
    left = apart(Intake({"household.animals": True, "visit.car": True, "visit.warned": False}, (), ()), questions)
    assert left.answers == {"visit.car": True}


@pytest.mark.parametrize("known", [{}, {"household.animals": True}, {"household.animals": False}])
def test_a_clause_that_only_the_family_brings_in_is_left_out_whatever_is_known(
    make: Any, questions: Mapping[str, Question], known: dict[str, Value]
) -> None:
    animals, car = make.is_("household.animals"), make.is_("visit.car")
    clauses = (
        make.clause("always"),
        make.clause("family", applies=animals),
        make.clause("not-family", applies=Not(animals)),
        make.clause("both", applies=All((animals, car))),
        make.clause("either", applies=Either((animals, car))),
        make.clause("excepted", unless=animals, unless_clause="family"),
        make.clause("door", applies=make.is_("door.animal")),
    )
    assert ids(make, questions, {**known, "visit.car": True}, *clauses) == {"always", "either", "door"}
    assert ids(make, questions, {**known, "visit.car": False}, *clauses) == {"always", "door"}


def test_what_may_apply_for_another_reason_is_not_left_out(make: Any, questions: Mapping[str, Question]) -> None:
    car = make.is_("visit.car")
    by_car, excepted = make.clause("by-car", applies=car), make.clause("excepted", unless=car, unless_clause="by-car")
    assert ids(make, questions, {}, by_car, excepted) == {"by-car", "excepted"}
    assert ids(make, questions, {"visit.car": True}, by_car, excepted) == {"by-car"}
    assert ids(make, questions, {"visit.car": False}, by_car, excepted) == {"excepted"}


def test_hazards_are_told_apart_as_clauses_are(make: Any, questions: Mapping[str, Question]) -> None:
    policy: Policy = make.policy()
    hazards = (make.hazard("dog", applies=make.is_("household.animals")), make.hazard("road"))
    assert of_any_family(Intake({"household.animals": True}, (), ()), policy, questions, hazards).named == {"road"}


def test_whether_a_clause_is_kept_may_be_told_only_where_nothing_known_of_the_family_could_say_so(
    make: Any, questions: Mapping[str, Question]
) -> None:
    animals, car = make.is_("household.animals"), make.is_("visit.car")
    clauses = (
        make.clause("car", met=car),
        make.clause("animals", met=animals),
        make.clause("either", met=Either((animals, car))),
        make.clause("door", met=make.is_("door.animal")),
        make.clause("family", applies=animals, met=car),
    )
    for known in ({}, {"household.animals": True}, {"household.animals": False}):
        for by_car, settled in ((True, {"car", "either", "door"}), (False, {"car", "door"})):
            intake = Intake({**known, "visit.car": by_car}, (), ())
            found = of_any_family(intake, make.policy(*clauses), questions, (make.hazard("road"),))
            assert found.settled == settled
            assert found.named == {"car", "animals", "either", "door", "road"}


def test_a_question_may_be_marked_as_one_on_the_family(make: Any) -> None:
    questions = make.catalogue(
        make.question("agency.involved", of_family=True), make.question("agency.told", rests_on="agency.involved")
    ).questions
    assert told_of_family(questions) == {"agency.involved", "agency.told"}


@pytest.mark.parametrize("seen", [{}, {"door.animal": True}, {"door.animal": False}])
def test_what_only_shows_at_the_door_leaves_nothing_out(make: Any, seen: dict[str, Value]) -> None:
    questions = make.catalogue(
        make.question("household.animals", stage=Stage.BACKGROUND),
        make.question("door.animal", stage=Stage.DOOR),
        make.question("door.dog", stage=Stage.DOOR, rests_on="household.animals"),
    ).questions
    animal, dog = make.is_("door.animal"), make.is_("door.dog")
    clauses = (
        make.clause("animal", applies=animal),
        make.clause("dog", applies=dog, met=dog),
        make.clause("excepted", unless=animal, unless_clause="animal"),
        make.clause("but-for-a-dog", unless=dog, unless_clause="dog"),
    )
    found = of_any_family(Intake(seen, (), ()), make.policy(*clauses), questions, ())
    assert found.named == found.settled == {"animal", "dog", "excepted", "but-for-a-dog"}


def test_a_clause_of_which_nobody_knows_any_more_when_it_applied_is_not_named(
    make: Any, questions: Mapping[str, Question]
) -> None:
    policy = make.policy(make.clause("gone"), make.clause("kept"), gone=frozenset({"gone"}))
    found = of_any_family(Intake({}, (), ()), policy, questions, ())
    assert found.named == found.settled == {"kept"}
