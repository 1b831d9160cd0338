"""Appendix 1 of the bchs policy: five hazards, four of them low on a routine visit, and the fifth computed."""

from datetime import datetime
from pathlib import Path

import pytest

from riskgen.core import conditions
from riskgen.core.assess import assess
from riskgen.core.conditions import Value
from riskgen.core.model import Intake, School
from riskgen.core.result import Assessment
from riskgen.core.terms import Outcome
from riskgen.library.check import check_library
from riskgen.library.load import Library

DATA = Path(__file__).parents[2] / "data"
APPENDIX_1 = {
    "aggression": ({"Injury", "Emotional distress"}, "BC-H1"),
    "driving": (
        {"Breakdown of the vehicle", "Accident on the road", "Use of a mobile phone at the wheel", "Fatigue"},
        "BC-H2",
    ),
    "public-areas": ({"Attack", "Theft of belongings"}, "BC-H3"),
    "illness": ({"Illness", "Injury"}, "BC-H4"),
    "animal": ({"Bite or scratch", "Being knocked over"}, "BC-H5"),
}
"""The hazards of Appendix 1 in its order, with our words for the harms that it names."""


def routine_answers(library: Library) -> dict[str, Value]:
    """No concern of any kind, and of the control measures those of Appendix 1 alone, all of them in place."""
    answers: dict[str, Value] = {
        "visit.purpose": "attendance",
        "visit.start": datetime(2026, 12, 2, 10, 30),
        "visit.minutes": 40,
        "travel.by_car": True,
        "household.animals": True,
    }
    for hazard in library.hazards:
        for factor in hazard.factors:
            for name in conditions.questions(factor.when):
                if not library.questions[name].derived:
                    answers[name] = library.questions[name].worse == "no"
        for control in hazard.controls:
            if "BC-H" in control.source:
                for test in conditions.tests(control.in_place):
                    if not library.questions[test.question].derived:
                        answers[test.question] = test.operand
    return answers


def decided(
    library: Library, school: School, people: tuple[str, ...] = ("S-07", "S-12"), **changes: Value
) -> Assessment:
    visitors = tuple(person for person in school.staff if person.id in people)
    answers = routine_answers(library) | {name.replace("__", "."): value for name, value in changes.items()}
    return assess(Intake(answers, visitors, school.staff), library.policies["bchs"][-1], library.catalogue())


def residual(result: Assessment) -> dict[str, str]:
    return {hazard.id: hazard.residual.rating for hazard in result.hazards}


def test_hazards_are_those_of_appendix_1_in_its_order_with_its_harms(library: Library) -> None:
    found = {hazard.id: {harm.label for harm in hazard.harms} for hazard in library.hazards}
    assert list(found) == list(APPENDIX_1)
    assert found == {name: harms for name, (harms, _) in APPENDIX_1.items()}
    assert all(hazard.persons_at_risk == ("Visiting staff",) for hazard in library.hazards)
    assert all(APPENDIX_1[hazard.id][1] in hazard.source for hazard in library.hazards)


def test_every_hazard_has_control_measures_of_appendix_1_and_says_who_sees_to_each(library: Library) -> None:
    for hazard in library.hazards:
        assert [control.id for control in hazard.controls if APPENDIX_1[hazard.id][1] in control.source]
        assert [control.id for control in hazard.controls if not control.who or not control.source] == []


def test_routine_visit_reproduces_the_four_lows_of_appendix_1_and_rates_the_animal(
    library: Library, example_school: School
) -> None:
    rated = residual(decided(library, example_school))
    assert [rated[name] for name in list(APPENDIX_1)[:4]] == ["L", "L", "L", "L"]
    assert rated["animal"] == "L"


def test_four_lows_are_owed_to_the_controls(library: Library, example_school: School) -> None:
    initial = {hazard.id: hazard.initial.rating for hazard in decided(library, example_school).hazards}
    assert initial == dict.fromkeys(APPENDIX_1, "M")


@pytest.mark.parametrize(
    ("change", "hazard", "rating"),
    [
        ({"history__violence_reported": True}, "aggression", "M"),
        ({"history__weapons_reported": True}, "aggression", "M"),
        ({"history__violence_reported": True, "history__weapons_reported": True}, "aggression", "H"),
        ({"visit__animal_will_be_moved": False}, "animal", "M"),
        ({"visit__animal_will_be_moved": False, "household__animal_known_aggressive": True}, "animal", "H"),
        ({"travel__bad_weather": True}, "driving", "M"),
        ({"travel__area_concern": True, "travel__dark": True, "travel__valuables_hidden": False}, "public-areas", "M"),
        ({"household__infectious_illness": True}, "illness", "M"),
    ],
)
def test_visit_that_is_not_routine_is_not_low(
    library: Library, example_school: School, change: dict[str, Value], hazard: str, rating: str
) -> None:
    looked_up = {"background__cpoms_checked": True}
    assert residual(decided(library, example_school, **looked_up, **change))[hazard] == rating


def test_home_without_an_animal_has_no_animal_hazard(library: Library, example_school: School) -> None:
    assert "animal" not in residual(decided(library, example_school, household__animals=False))


def test_lone_visitor_is_at_more_risk_than_two(library: Library, example_school: School) -> None:
    two = {hazard.id: hazard.residual.score for hazard in decided(library, example_school).hazards}
    one = {hazard.id: hazard.residual.score for hazard in decided(library, example_school, ("S-07",)).hazards}
    assert {name for name in two if one[name] > two[name]} == {"aggression", "public-areas", "illness"}
    assert all(one[name] >= two[name] for name in two)


def test_known_high_forbids_and_a_feared_one_refers(library: Library, example_school: School) -> None:
    def outcome(result: Assessment) -> Outcome:
        return next(hazard.outcome for hazard in result.hazards if hazard.id == "aggression")

    armed = decided(library, example_school, history__violence_reported=True, history__weapons_reported=True)
    assert outcome(armed) is Outcome.DO_NOT_VISIT
    answers = routine_answers(library) | {"history.violence_reported": True}
    del answers["history.weapons_reported"]
    visitors = tuple(person for person in example_school.staff if person.id in ("S-07", "S-12"))
    feared = assess(Intake(answers, visitors, example_school.staff), library.policies["bchs"][-1], library.catalogue())
    assert residual(feared)["aggression"] == "H"
    assert outcome(feared) is Outcome.REFER


def test_harms_that_no_control_answers_are_reported_by_the_check(library: Library) -> None:
    _, problems = check_library(DATA)
    (note,) = problems
    assert (note.code, note.severity, note.path) == ("harm-unanswered", "note", "data/hazards/driving.yaml")
    assert "use of a mobile phone at the wheel or fatigue" in note.message
    driving = next(hazard for hazard in library.hazards if hazard.id == "driving")
    answered = {harm for control in driving.controls for harm in control.answers}
    assert {harm.id for harm in driving.harms} - answered == {"phone-at-wheel", "fatigue"}


def test_every_factor_and_every_control_can_be_asked_after_before_leaving(library: Library) -> None:
    parts = [(hazard.id, factor.when) for hazard in library.hazards for factor in hazard.factors]
    parts += [(hazard.id, control.in_place) for hazard in library.hazards for control in hazard.controls]
    late = [
        (hazard, name)
        for hazard, part in parts
        for name in conditions.questions(part)
        if not library.questions[name].stage.before_leaving
    ]
    assert late == []


def test_no_factor_lowers_and_no_control_raises(library: Library) -> None:
    """Forgetting is safe only while factors go one way and controls the other."""
    factors = [factor for hazard in library.hazards for factor in hazard.factors]
    controls = [control for hazard in library.hazards for control in hazard.controls]
    assert all(item.likelihood >= 0 and item.severity >= 0 for item in (*factors, *controls))
    assert all(factor.likelihood or factor.severity for factor in factors)
