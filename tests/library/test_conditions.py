"""Conditions as schools write them, made into those of the core; and what answers they can come to."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgen.core.conditions import All, Any, Condition, Not, Operator, Test, Value, evaluate
from riskgen.core.model import Option, Question
from riskgen.core.terms import QuestionType, Stage
from riskgen.core.truth import Truth
from riskgen.files.yaml import parse_yaml
from riskgen.library.reach import MOST_TRIED, reachable, telling_values
from riskgen.library.source import Source

OPTIONS = (Option("red", "Red"), Option("green", "Green"), Option("blue", "Blue"))
QUESTIONS = {
    question.name: question
    for question in (
        Question("q.yes", "?", QuestionType.YES_NO, Stage.PLAN),
        Question("q.other", "?", QuestionType.YES_NO, Stage.PLAN),
        Question("q.choice", "?", QuestionType.CHOICE, Stage.PLAN, options=OPTIONS),
        Question("q.choices", "?", QuestionType.CHOICES, Stage.PLAN, options=OPTIONS),
        Question("q.number", "?", QuestionType.NUMBER, Stage.PLAN, least=0, most=30),
        Question("q.date", "?", QuestionType.DATE, Stage.PLAN),
        Question("q.time", "?", QuestionType.TIME, Stage.PLAN),
        Question("q.moment", "?", QuestionType.MOMENT, Stage.PLAN),
        Question("q.staff", "?", QuestionType.STAFF, Stage.PLAN),
        *(Question(f"q.y{number}", "?", QuestionType.YES_NO, Stage.PLAN) for number in range(16)),
    )
}


def read(text: str, **numbers: int) -> Condition:
    source = Source(parse_yaml(f"c: {text}\n", "a.yaml"))
    assert isinstance(source.document.data, dict)
    condition = source.condition(source.document.data["c"], ("c",), QUESTIONS, numbers)
    assert source.problems == []
    return condition


# --- as written ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("{q.yes: {is: yes}}", Test("q.yes", Operator.IS, True)),
        ("{q.yes: {is: no}}", Test("q.yes", Operator.IS, False)),
        ("{q.choice: {is: red}}", Test("q.choice", Operator.IS, "red")),
        ("{q.choice: {one_of: [red, blue]}}", Test("q.choice", Operator.ONE_OF, frozenset({"red", "blue"}))),
        ("{q.choice: {one_of: red}}", Test("q.choice", Operator.ONE_OF, frozenset({"red"}))),
        ("{q.choices: {includes: red}}", Test("q.choices", Operator.INCLUDES, "red")),
        ("{q.number: {at_least: 20}}", Test("q.number", Operator.AT_LEAST, 20)),
        ("{q.number: {at_most: minutes}}", Test("q.number", Operator.AT_MOST, 15)),
        ("{q.number: {is: 0}}", Test("q.number", Operator.IS, 0)),
        ("{q.time: {before: 08:00}}", Test("q.time", Operator.BEFORE, time(8, 0))),
        ('{q.time: {after: "18:00"}}', Test("q.time", Operator.AFTER, time(18, 0))),
        ("{q.date: {after: 2026-12-02}}", Test("q.date", Operator.AFTER, date(2026, 12, 2))),
        ("{q.moment: {is: 2026-12-02 10:30}}", Test("q.moment", Operator.IS, datetime(2026, 12, 2, 10, 30))),
        ("{q.staff: {is: S-07}}", Test("q.staff", Operator.IS, "S-07")),
        ("{not: {q.yes: {is: yes}}}", Not(Test("q.yes", Operator.IS, True))),
    ],
)
def test_condition_is_read_as_it_is_written(text: str, condition: Condition) -> None:
    assert read(text, minutes=15) == condition


def test_all_and_any_may_hold_each_other() -> None:
    yes, no = Test("q.yes", Operator.IS, True), Test("q.other", Operator.IS, False)
    text = "{all: [{q.yes: {is: yes}}, {any: [{q.other: {is: no}}, {not: {q.yes: {is: yes}}}]}]}"
    assert read(text) == All((yes, Any((no, Not(yes)))))


def test_every_fault_of_a_condition_is_found_at_its_line() -> None:
    text = (
        "c:\n  all:\n    - {q.yes: {is: maybe}}\n    - {q.no: {is: yes}}\n    - {not: {q.number: {is: x}}}\n    - 5\n"
    )
    source = Source(parse_yaml(text, "a.yaml"))
    assert isinstance(source.document.data, dict)
    source.condition(source.document.data["c"], ("c",), QUESTIONS)
    assert [(problem.line, problem.code) for problem in source.problems] == [
        (3, "schema-allowed"),
        (4, "condition-question"),
        (5, "condition-number"),
        (6, "condition-form"),
    ]


# --- what it can come to -------------------------------------------------------------------------

YES, NO, BOTH = {Truth.YES}, {Truth.NO}, {Truth.YES, Truth.NO}


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        ("{q.yes: {is: yes}}", BOTH),
        ("{all: [{q.yes: {is: yes}}, {q.yes: {is: no}}]}", NO),
        ("{any: [{q.yes: {is: yes}}, {q.yes: {is: no}}]}", YES),
        ("{all: [{q.number: {at_least: 20}}, {q.number: {at_most: 19}}]}", NO),
        ("{all: [{q.number: {at_least: 20}}, {q.number: {at_most: 20}}]}", BOTH),
        ("{q.number: {at_least: 0}}", YES),
        ("{q.number: {at_most: 30}}", YES),
        ("{not: {q.number: {at_most: 30}}}", NO),
        ("{q.choice: {one_of: [red, green, blue]}}", YES),
        ("{all: [{q.choices: {includes: red}}, {q.choices: {includes: blue}}]}", BOTH),
        ("{all: [{q.time: {before: 08:00}}, {q.time: {after: 08:00}}]}", NO),
        ("{all: [{q.time: {before: 08:00}}, {q.time: {after: 07:58}}]}", BOTH),
        ("{q.time: {before: 00:00}}", NO),
        ("{all: [{q.date: {after: 2026-01-01}}, {q.date: {before: 2026-01-02}}]}", NO),
        ("{all: [{q.staff: {is: S-07}}, {q.staff: {is: S-12}}]}", NO),
        ("{all: [{q.staff: {is: S-07}}, {not: {q.staff: {is: S-12}}}]}", BOTH),
    ],
)
def test_what_a_condition_can_come_to(text: str, verdicts: set[Truth]) -> None:
    assert reachable(read(text), QUESTIONS) == verdicts


def test_condition_too_wide_to_try_out_is_given_the_benefit_of_the_doubt() -> None:
    parts = ", ".join(f"{{q.y{number}: {{is: yes}}}}" for number in range(16))
    assert MOST_TRIED < 2**16
    assert reachable(read(f"{{all: [{parts}, {{q.y0: {{is: no}}}}]}}"), QUESTIONS) == BOTH


TESTS = st.one_of(
    st.builds(Test, st.just("q.yes"), st.just(Operator.IS), st.booleans()),
    st.builds(Test, st.just("q.choice"), st.just(Operator.IS), st.sampled_from(["red", "green", "blue"])),
    st.builds(Test, st.just("q.choices"), st.just(Operator.INCLUDES), st.sampled_from(["red", "green"])),
    st.builds(
        Test,
        st.just("q.number"),
        st.sampled_from([Operator.IS, Operator.AT_LEAST, Operator.AT_MOST]),
        st.integers(0, 30),
    ),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    TESTS,
    lambda below: st.one_of(
        below.map(Not),
        st.lists(below, min_size=1, max_size=3).map(tuple).map(All),
        st.lists(below, min_size=1, max_size=3).map(tuple).map(Any),
    ),
    max_leaves=6,
)
FACTS: st.SearchStrategy[dict[str, Value]] = st.fixed_dictionaries(
    {
        "q.yes": st.booleans(),
        "q.choice": st.sampled_from(["red", "green", "blue"]),
        "q.choices": st.frozensets(st.sampled_from(["red", "green"])),
        "q.number": st.integers(0, 30),
    }
)


@given(CONDITIONS, FACTS)
def test_no_answers_come_to_anything_that_is_called_unreachable(condition: Condition, facts: dict[str, Value]) -> None:
    assert evaluate(condition, facts) in reachable(condition, QUESTIONS)


@given(CONDITIONS)
def test_telling_values_are_answers_that_the_question_takes(condition: Condition) -> None:
    numbers = telling_values(QUESTIONS["q.number"], [Test("q.number", Operator.AT_LEAST, 0)])
    assert all(isinstance(value, int) and 0 <= value <= 30 for value in numbers)
    assert reachable(condition, QUESTIONS)
