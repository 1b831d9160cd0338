"""Whether a condition can come out true, and false, for some answers at all."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import product

from riskgen.core.conditions import Condition, Operator, Test, Value, evaluate, tests
from riskgen.core.model import Question
from riskgen.core.terms import QuestionType
from riskgen.core.truth import Truth

MOST_TRIED = 20_000
"""Combinations of answers tried; the widest shipped condition needs 2,048."""


def reachable(condition: Condition, questions: Mapping[str, Question]) -> frozenset[Truth]:
    """Which of Yes and No a condition comes to over all telling combinations of answers.

    For each question the values tried are those at which one of its tests changes its mind, so nothing
    is missed; beyond `MOST_TRIED` combinations both are taken to be reachable.
    """
    asked: dict[str, list[Test]] = {}
    for test in tests(condition):
        asked.setdefault(test.question, []).append(test)
    values = [telling_values(questions[name], found) for name, found in asked.items()]
    seen: set[Truth] = set()
    for count, chosen in enumerate(product(*values)):
        if count == MOST_TRIED:
            return frozenset({Truth.YES, Truth.NO})
        seen.add(evaluate(condition, dict(zip(asked, chosen, strict=True))))
        if len(seen) == 2:
            break
    return frozenset(seen)


def telling_values(question: Question, found: list[Test]) -> tuple[Value, ...]:
    """Answers to a question, one at least for each way that these tests on it can come out."""
    if question.type is QuestionType.YES_NO:
        return (True, False)
    if question.type is QuestionType.CHOICE:
        return tuple(option.id for option in question.options)
    if question.type is QuestionType.CHOICES:
        named = [str(test.operand) for test in found]
        return (frozenset(), frozenset(named), *(frozenset({name}) for name in named))
    values: dict[Value, None] = {}
    for test in found:
        for value in _around(test):
            if not isinstance(value, int) or isinstance(value, bool) or question.least <= value <= question.most:
                values[value] = None
    return tuple(values)


def _around(test: Test) -> Iterator[Value]:
    """The operand of a test, and its neighbours on either side."""
    operand = test.operand
    if test.operator is Operator.ONE_OF or isinstance(operand, (bool, frozenset, tuple)):
        return
    yield operand
    if isinstance(operand, int):
        yield from (operand - 1, operand + 1)
    elif isinstance(operand, datetime):
        yield from (operand - timedelta(minutes=1), operand + timedelta(minutes=1))
    elif isinstance(operand, date):
        yield from (operand - timedelta(days=1), operand + timedelta(days=1))
    elif isinstance(operand, time):
        minute = operand.hour * 60 + operand.minute
        for other in (minute - 1, minute + 1):
            if 0 <= other < 1440:
                yield time(other // 60, other % 60)
    else:
        yield f"not {operand}"
