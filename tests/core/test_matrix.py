"""Ratings: initial, residual, and what they demand."""

from typing import Any

import pytest

from riskgen.core.matrix import band_of, hazard_questions, rate, rating_at
from riskgen.core.model import Control, Factor, Facts, Harm, Hazard, Level, Matrix
from riskgen.core.result import RatedHazard
from riskgen.core.terms import Outcome
from riskgen.core.truth import Truth

REFER, FORBID = Outcome.REFER, Outcome.DO_NOT_VISIT


def rated(make: Any, hazard: Hazard, facts: Facts, matrix: Matrix | None = None) -> RatedHazard:
    names = hazard_questions(hazard)
    found = rate(hazard, facts, matrix or make.matrix(), {name: make.question(name) for name in names})
    assert found is not None
    return found


def cell(found: RatedHazard) -> tuple[tuple[str, str], tuple[str, str]]:
    return (found.initial.likelihood, found.initial.severity), (found.residual.likelihood, found.residual.severity)


def factor(make: Any, name: str, likelihood: int = 0, severity: int = 0) -> Factor:
    return Factor(make.is_(name), f"{name} is so", likelihood, severity)


def control(make: Any, name: str, likelihood: int = 0, severity: int = 0, answers: tuple[str, ...] = ()) -> Control:
    return Control(name, "isolate", f"Do {name}", make.is_(name), likelihood, severity, answers, "Visitors")


# --- the grid ------------------------------------------------------------------------------------


def test_rating_is_read_from_the_grid_by_likelihood_and_then_severity(make: Any) -> None:
    matrix = make.matrix()
    crooked = Matrix(
        "crooked",
        "Crooked",
        "",
        matrix.likelihood,
        matrix.severity,
        matrix.ratings,
        (("L", "M", "M", "M", "H"), *matrix.grid[1:]),
    )
    assert rating_at(crooked, 1, 5).rating == "H"
    assert rating_at(crooked, 5, 1).rating == "L"
    found = rating_at(crooked, 1, 2)
    assert (found.likelihood, found.severity, found.score, found.rating, found.name, found.colour) == (
        "One",
        "Two",
        2,
        "M",
        "Medium",
        "C6E0B4",
    )


def test_level_covers_its_steps_and_score_counts_levels(make: Any) -> None:
    three = (Level("Low", "", (1, 2)), Level("Mid", "", (3,)), Level("Top", "", (4, 5)))
    matrix = Matrix(
        "three", "Three", "", three, three, make.matrix().ratings, (("L", "L", "M"), ("L", "M", "H"), ("M", "H", "H"))
    )
    assert [rating_at(matrix, step, 1).likelihood for step in (1, 2, 3, 4, 5)] == ["Low", "Low", "Mid", "Top", "Top"]
    assert rating_at(matrix, 4, 3).score == 6


def test_band_of_a_rating_that_the_matrix_lacks_is_a_fault(make: Any) -> None:
    assert band_of(make.matrix(), "H").name == "High"
    with pytest.raises(StopIteration):
        band_of(make.matrix(), "E")


# --- the initial rating --------------------------------------------------------------------------


def test_hazard_that_the_facts_rule_out_is_not_rated(make: Any) -> None:
    hazard = make.hazard(applies=make.is_("home.dog"))
    questions = {"home.dog": make.question("home.dog")}
    assert rate(hazard, {"home.dog": False}, make.matrix(), questions) is None


def test_hazard_that_may_apply_is_rated_and_says_so(make: Any) -> None:
    hazard = make.hazard(applies=make.is_("home.dog"))
    unknown, known = rated(make, hazard, {}), rated(make, hazard, {"home.dog": True})
    assert (unknown.applies, known.applies) == (Truth.UNKNOWN, Truth.YES)
    assert unknown.initial == known.initial
    assert unknown.because == (
        "It counts until it is ruled out: About home.dog? Not recorded",
        "It starts at likelihood possible and severity moderate.",
    )
    assert known.because == ("It starts at likelihood possible and severity moderate.",)


def test_factor_counts_if_it_holds_and_if_nobody_knows_but_not_if_it_is_ruled_out(make: Any) -> None:
    hazard = make.hazard(factors=(factor(make, "home.fierce", 1, 1),))
    assert cell(rated(make, hazard, {"home.fierce": True}))[0] == ("Four", "Four")
    assert cell(rated(make, hazard, {}))[0] == ("Four", "Four")
    assert cell(rated(make, hazard, {"home.fierce": False}))[0] == ("Three", "Three")


def test_each_step_keeps_its_reason(make: Any) -> None:
    hazard = make.hazard(
        factors=(factor(make, "a.known", 1, 1), factor(make, "a.open", likelihood=1), factor(make, "a.not", 1)),
        controls=(
            control(make, "c.done", likelihood=2),
            control(make, "c.open", likelihood=1),
            control(make, "c.shown"),
        ),
    )
    found = rated(make, hazard, {"a.known": True, "a.not": False, "c.done": True, "c.shown": True})
    assert found.because == (
        "It starts at likelihood possible and severity moderate.",
        "Raised (likelihood +1, severity +1): a.known is so.",
        "Raised (likelihood +1) until it is ruled out that a.open is so.",
        "Lowered (likelihood −2): do c.done.",
    )


def test_steps_stop_at_the_ends_of_the_scale(make: Any) -> None:
    up = make.hazard(likelihood=4, severity=5, factors=(factor(make, "a.one", 2, 2), factor(make, "a.two", 1)))
    assert cell(rated(make, up, {}))[0] == ("Five", "Five")
    down = make.hazard(likelihood=1, severity=2, controls=(control(make, "c.one", 3, 3),))
    assert cell(rated(make, down, {"c.one": True})) == (("One", "Two"), ("One", "One"))


def test_what_lies_above_the_scale_is_not_kept_for_controls_to_take_away(make: Any) -> None:
    hazard = make.hazard(likelihood=5, factors=(factor(make, "a.one", 3),), controls=(control(make, "c.one", 1),))
    assert cell(rated(make, hazard, {"a.one": True, "c.one": True})) == (("Five", "Three"), ("Four", "Three"))


def test_what_lies_below_the_scale_is_not_kept_either(make: Any) -> None:
    hazard = make.hazard(likelihood=2, controls=(control(make, "c.one", 3), control(make, "c.two", 3)))
    assert cell(rated(make, hazard, {"c.one": True, "c.two": True}))[1] == ("One", "Three")


# --- controls and the residual rating ------------------------------------------------------------


def test_control_lowers_only_the_residual_rating_and_only_when_proved(make: Any) -> None:
    hazard = make.hazard(controls=(control(make, "c.one", 1, 1),))
    assert cell(rated(make, hazard, {"c.one": True})) == (("Three", "Three"), ("Two", "Two"))
    for facts in ({}, {"c.one": False}):
        assert cell(rated(make, hazard, facts)) == (("Three", "Three"), ("Three", "Three"))


def test_controls_are_listed_with_what_is_known_of_each(make: Any) -> None:
    hazard = make.hazard(controls=tuple(control(make, name) for name in ("c.yes", "c.no", "c.open")))
    listed = rated(make, hazard, {"c.yes": True, "c.no": False}).controls
    assert [(item.id, item.in_place) for item in listed] == [("c.yes", "yes"), ("c.no", "no"), ("c.open", "unknown")]
    assert (listed[0].measure, listed[0].kind, listed[0].who) == ("Do c.yes", "isolate", "Visitors")


def test_harms_that_no_control_answers_are_named_whether_or_not_controls_are_in_place(make: Any) -> None:
    hazard = make.hazard(
        harms=(Harm("bite", "Bite"), Harm("fall", "Fall")), controls=(control(make, "c.one", answers=("bite",)),)
    )
    found = rated(make, hazard, {})
    assert (found.harms, found.unanswered_harms) == (("Bite", "Fall"), ("Fall",))


def test_questions_of_a_hazard_are_all_that_its_rating_rests_on(make: Any) -> None:
    hazard = make.hazard(
        applies=make.is_("home.dog"),
        factors=(factor(make, "a.one"),),
        controls=(control(make, "c.one"), control(make, "home.dog")),
    )
    assert hazard_questions(hazard) == ("home.dog", "a.one", "c.one")


# --- what the residual rating demands ------------------------------------------------------------


def high(make: Any, **more: Any) -> Hazard:
    """Five by three: high with nothing in place."""
    hazard: Hazard = make.hazard(likelihood=5, **more)
    return hazard


def test_rating_that_forbids_on_known_facts_forbids(make: Any) -> None:
    assert rated(make, high(make), {}).outcome is FORBID


def test_rating_that_only_unknown_answers_raise_refers_and_does_not_forbid(make: Any) -> None:
    hazard = make.hazard(factors=(factor(make, "a.one", likelihood=2),))
    assert rated(make, hazard, {"a.one": True}).outcome is FORBID
    assert rated(make, hazard, {}).outcome is REFER
    assert rated(make, hazard, {"a.one": False}).outcome is Outcome.PROCEED_WITH_CONDITIONS


def test_hazard_that_may_not_be_there_refers_and_does_not_forbid(make: Any) -> None:
    hazard = high(make, applies=make.is_("home.dog"))
    assert rated(make, hazard, {"home.dog": True}).outcome is FORBID
    assert rated(make, hazard, {}).outcome is REFER


def test_control_that_is_not_proved_does_not_soften_a_known_high(make: Any) -> None:
    hazard = high(make, controls=(control(make, "c.one", 4),))
    assert rated(make, hazard, {}).outcome is FORBID
    assert rated(make, hazard, {"c.one": True}).outcome is Outcome.PROCEED


def test_matrix_says_what_each_rating_demands(make: Any) -> None:
    mild = make.matrix(Outcome.PROCEED, Outcome.PROCEED, REFER)
    assert rated(make, high(make), {}, mild).outcome is REFER
    assert rated(make, make.hazard(), {}, mild).outcome is Outcome.PROCEED
