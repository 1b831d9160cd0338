"""Answers and moments as they are printed."""

from datetime import date, datetime, time
from typing import Any

import pytest

from riskgen.core.conditions import All, Value
from riskgen.core.conditions import Any as Any_
from riskgen.core.model import Option, Question
from riskgen.core.terms import QuestionType, Stage
from riskgen.core.words import answer_words, fact, facts_behind, moment_words


def asked(kind: str, **more: Any) -> Question:
    return Question("a.b", "Is it so?", QuestionType(kind), Stage.PLAN, **more)


OPTIONS = (Option("one", "The first"), Option("two", "The second"))


@pytest.mark.parametrize(
    ("question", "value", "words"),
    [
        (asked("yes-no"), True, "Yes"),
        (asked("yes-no"), False, "No"),
        (asked("yes-no"), None, "Not recorded"),
        (asked("number", unit="minutes"), 20, "20 minutes"),
        (asked("number", unit="minutes"), 1, "1 minute"),
        (asked("number", unit="minutes"), 0, "0 minutes"),
        (asked("number", derived="longest_gap"), None, "Not known"),
        (asked("number"), 3, "3"),
        (asked("choice", options=OPTIONS), "two", "The second"),
        (asked("choice", options=OPTIONS), "withdrawn-option", "withdrawn-option"),
        (asked("choices", options=OPTIONS), frozenset({"two", "one"}), "The first, The second"),
        (asked("choices", options=OPTIONS), frozenset(), "None"),
        (asked("text"), "Shoes off", "Shoes off"),
        (asked("staff"), "S-07", "S-07"),
        (asked("date"), date(2026, 12, 2), "2 December 2026"),
        (asked("time"), time(9, 5), "09:05"),
        (asked("times"), (time(10, 30), time(11, 10)), "10:30, 11:10"),
        (asked("times"), (), "None"),
        (asked("moment"), datetime(2026, 12, 2, 10, 30), "Wednesday 2 December 2026, 10:30"),
    ],
)
def test_answer_is_printed_in_words(question: Question, value: Value | None, words: str) -> None:
    assert answer_words(question, value) == words


def test_midnight_is_a_time_and_not_nothing() -> None:
    assert moment_words(time(0, 0)) == "00:00"
    assert answer_words(asked("time"), time(0, 0)) == "00:00"


def test_fact_is_the_question_and_its_answer() -> None:
    assert fact(asked("yes-no"), {"a.b": False}) == "Is it so? No"
    assert fact(asked("yes-no"), {}) == "Is it so? Not recorded"


def test_facts_behind_conditions_come_once_and_leave_personal_text_out(make: Any) -> None:
    catalogue = {
        each.name: each
        for each in (make.question("a.one"), make.question("a.two"), make.question("a.name", "text", personal=True))
    }
    first, second, personal = make.is_("a.one"), make.is_("a.two"), make.is_("a.name", "Sample")
    behind = facts_behind((All((second, first)), None, personal, first), {"a.one": True, "a.name": "Sample"}, catalogue)
    assert behind == ("About a.two? Not recorded", "About a.one? Yes")


def test_only_the_facts_that_decide_are_given_as_reasons(make: Any) -> None:
    catalogue = {each.name: each for each in (make.question("a.one"), make.question("a.two"))}
    either = Any_((make.is_("a.one"), make.is_("a.two")))
    assert facts_behind((either,), {"a.one": False, "a.two": True}, catalogue) == ("About a.two? Yes",)
    assert facts_behind((either,), {"a.one": False}, catalogue) == ("About a.two? Not recorded",)
    assert facts_behind((either,), {"a.one": False, "a.two": False}, catalogue) == (
        "About a.one? No",
        "About a.two? No",
    )
