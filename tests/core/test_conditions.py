"""Every operator at its boundaries, and what a condition rests on."""

from datetime import date, datetime, time

import pytest

from riskgen.core import conditions
from riskgen.core.conditions import (
    All,
    Any,
    Condition,
    Not,
    Operator,
    Test,
    Value,
    deciding,
    evaluate,
    questions,
    restrict,
    unknowns,
)
from riskgen.core.truth import Truth

DOG = Test("home.dog", Operator.IS, True)
CALM = Test("home.calm", Operator.IS, True)
PAIR = Test("visit.count", Operator.AT_LEAST, 2)


def held(operator: str, operand: Value, value: Value) -> Truth:
    return evaluate(Test("a.b", Operator(operator), operand), {"a.b": value})


@pytest.mark.parametrize(
    ("operator", "operand", "holds", "fails"),
    [
        ("is", True, True, False),
        ("is", False, False, True),
        ("is", "attendance", "attendance", "other"),
        ("is", 2, 2, 3),
        ("is", date(2026, 12, 2), date(2026, 12, 2), date(2026, 12, 3)),
        ("one_of", frozenset({"a", "b"}), "b", "c"),
        ("includes", "teacher", frozenset({"teacher", "office"}), frozenset({"office"})),
        ("includes", "teacher", frozenset({"teacher"}), frozenset()),
        ("at_least", 20, 20, 19),
        ("at_least", 0, 0, -1),
        ("at_most", 30, 30, 31),
        ("at_most", 0, 0, 1),
        ("before", time(8), time(7, 59), time(8)),
        ("after", time(8), time(8, 1), time(8)),
        ("before", date(2026, 12, 2), date(2026, 12, 1), date(2026, 12, 2)),
        ("after", date(2026, 12, 2), date(2026, 12, 3), date(2026, 12, 2)),
        ("before", datetime(2026, 12, 2, 10), datetime(2026, 12, 2, 9, 59), datetime(2026, 12, 2, 10)),
        ("after", datetime(2026, 12, 2, 10), datetime(2026, 12, 2, 10, 1), datetime(2026, 12, 2, 10)),
    ],
)
def test_operator_turns_exactly_at_its_operand(operator: str, operand: Value, holds: Value, fails: Value) -> None:
    assert held(operator, operand, holds) is Truth.YES
    assert held(operator, operand, fails) is Truth.NO


@pytest.mark.parametrize("operator", list(Operator))
def test_unanswered_question_makes_every_operator_unknown(operator: Operator) -> None:
    assert evaluate(Test("a.b", operator, True), {}) is Truth.UNKNOWN


def test_answers_that_look_like_nothing_are_answers() -> None:
    assert held("is", False, False) is Truth.YES
    assert held("at_most", 0, 0) is Truth.YES
    assert held("includes", "teacher", frozenset()) is Truth.NO


def test_no_condition_at_all_holds_always() -> None:
    assert evaluate(None, {}) is Truth.YES


def test_over_thirty_is_what_the_handbook_says_it_is() -> None:
    over = Not(Test("door.minutes_late", Operator.AT_MOST, 30))
    assert [evaluate(over, {"door.minutes_late": minutes}) for minutes in (29, 30, 31)] == ["no", "no", "yes"]


@pytest.mark.parametrize(
    ("condition", "facts", "truth"),
    [
        (All((DOG, CALM)), {"home.dog": True}, Truth.UNKNOWN),
        (All((DOG, CALM)), {"home.dog": False}, Truth.NO),
        (Any((DOG, CALM)), {"home.dog": True}, Truth.YES),
        (Any((DOG, CALM)), {"home.dog": False}, Truth.UNKNOWN),
        (Not(DOG), {}, Truth.UNKNOWN),
        (Not(All((DOG, CALM))), {"home.calm": False}, Truth.YES),
        (All((DOG, Any((CALM, PAIR)))), {"home.dog": True, "visit.count": 2}, Truth.YES),
        (All((DOG, Any((CALM, PAIR)))), {"home.dog": True, "visit.count": 1}, Truth.UNKNOWN),
    ],
)
def test_parts_are_put_together(condition: Condition, facts: dict[str, Value], truth: Truth) -> None:
    assert evaluate(condition, facts) is truth


def test_questions_come_once_each_in_the_order_written() -> None:
    condition = All((DOG, Any((CALM, Not(DOG))), PAIR))
    assert questions(condition) == ("home.dog", "home.calm", "visit.count")
    assert [test.question for test in conditions.tests(condition)] == [
        "home.dog",
        "home.calm",
        "home.dog",
        "visit.count",
    ]
    assert questions(None) == ()


@pytest.mark.parametrize(
    ("condition", "facts", "names"),
    [
        (DOG, {}, ("home.dog",)),
        (DOG, {"home.dog": False}, ()),
        (Not(DOG), {}, ("home.dog",)),
        (All((DOG, CALM)), {}, ("home.dog", "home.calm")),
        (All((DOG, CALM)), {"home.dog": True}, ("home.calm",)),
        (All((DOG, CALM)), {"home.dog": False}, ()),
        (Any((DOG, CALM)), {"home.dog": True}, ()),
        (All((DOG, Any((CALM, DOG)))), {}, ("home.dog", "home.calm")),
        (None, {}, ()),
    ],
)
def test_unknowns_are_the_answers_that_would_still_tell(
    condition: Condition | None, facts: dict[str, Value], names: tuple[str, ...]
) -> None:
    assert unknowns(condition, facts) == names


@pytest.mark.parametrize(
    ("condition", "facts", "names"),
    [
        (Any((DOG, CALM)), {"home.dog": True, "home.calm": False}, ("home.dog",)),
        (Any((DOG, CALM)), {"home.dog": False, "home.calm": False}, ("home.dog", "home.calm")),
        (All((DOG, CALM)), {"home.dog": True, "home.calm": False}, ("home.calm",)),
        (All((DOG, CALM)), {"home.dog": True}, ("home.calm",)),
        (Not(Any((DOG, CALM))), {"home.dog": True}, ("home.dog",)),
        (None, {}, ()),
    ],
)
def test_deciding_questions_are_those_that_made_it_come_out_so(
    condition: Condition | None, facts: dict[str, Value], names: tuple[str, ...]
) -> None:
    assert deciding(condition, facts) == names


def test_restricting_leaves_out_tests_and_what_becomes_empty_by_it() -> None:
    def at_home(name: str) -> bool:
        return name.startswith("home.")

    assert restrict(All((DOG, PAIR)), at_home) == All((DOG,))
    assert restrict(Any((PAIR, Not(CALM))), at_home) == Any((Not(CALM),))
    assert restrict(All((Any((PAIR,)), DOG)), at_home) == All((DOG,))
    assert restrict(Not(PAIR), at_home) is None
    assert restrict(Any((PAIR, All((PAIR,)))), at_home) is None
    assert restrict(DOG, at_home) == DOG
    assert restrict(None, at_home) is None
