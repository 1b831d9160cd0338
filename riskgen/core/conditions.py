"""Conditions: the closed vocabulary in which schools say when a clause, factor or control holds.

`all`, `any`, `not`, and on a question `is`, `one_of`, `includes`, `at_least`, `at_most`, `before`,
`after`. There is no operator that asks whether something is known: with one, forgetting an answer
could make a visit look safer.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from riskgen.core.truth import Truth, all_, any_, not_, of

Value = bool | int | str | date | time | datetime | frozenset[str] | tuple[time, ...]


class Operator(StrEnum):
    IS = "is"
    ONE_OF = "one_of"
    INCLUDES = "includes"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Test:
    """One question held against an operand. `before` and `after` exclude the operand itself."""

    __test__ = False  # not a test for pytest to collect

    question: str
    operator: Operator
    operand: Value


@dataclass(frozen=True)
class All:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Any:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Not:
    part: "Condition"


Condition = Test | All | Any | Not


def evaluate(condition: Condition | None, facts: Mapping[str, Value]) -> Truth:
    """The truth of a condition; no condition at all holds always. An absent fact is Unknown."""
    match condition:
        case None:
            return Truth.YES
        case All(parts):
            return all_(evaluate(part, facts) for part in parts)
        case Any(parts):
            return any_(evaluate(part, facts) for part in parts)
        case Not(part):
            return not_(evaluate(part, facts))
        case Test():
            value = facts.get(condition.question)
            return Truth.UNKNOWN if value is None else of(_holds(condition, value))


def _holds(test: Test, value: Value) -> bool:
    operand = test.operand
    match test.operator:
        case Operator.IS:
            return value == operand
        case Operator.ONE_OF:
            return isinstance(operand, frozenset) and value in operand
        case Operator.INCLUDES:
            return isinstance(value, frozenset) and operand in value
        case Operator.AT_LEAST:
            return bool(value >= operand)  # type: ignore[operator]  # types are checked when data is loaded
        case Operator.AT_MOST:
            return bool(value <= operand)  # type: ignore[operator]
        case Operator.BEFORE:
            return bool(value < operand)  # type: ignore[operator]
        case Operator.AFTER:
            return bool(value > operand)  # type: ignore[operator]


def tests(condition: Condition | None) -> Iterator[Test]:
    """Every test in a condition, in the order written."""
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from tests(part)
        case Not(part):
            yield from tests(part)
        case Test():
            yield condition


def questions(condition: Condition | None) -> tuple[str, ...]:
    """The names of the questions that a condition rests on, each once, in the order written."""
    return tuple(dict.fromkeys(test.question for test in tests(condition)))


def unknowns(condition: Condition | None, facts: Mapping[str, Value]) -> tuple[str, ...]:
    """The unanswered questions that keep a condition Unknown; none if it is already decided."""
    if evaluate(condition, facts) is not Truth.UNKNOWN:
        return ()
    match condition:
        case All(parts) | Any(parts):
            return tuple(dict.fromkeys(name for part in parts for name in unknowns(part, facts)))
        case Not(part):
            return unknowns(part, facts)
        case Test():
            return (condition.question,)
        case None:
            return ()


def deciding(condition: Condition | None, facts: Mapping[str, Value]) -> tuple[str, ...]:
    """The questions whose answers make a condition come out as it does, each once.

    Of an `any` that is Yes the parts that are Yes, of an `all` that is No the parts that are No, and of what
    is Unknown the parts that are Unknown; otherwise every part had its say.
    """
    match condition:
        case All(parts) | Any(parts):
            whole = evaluate(condition, facts)
            alike = [part for part in parts if evaluate(part, facts) is whole]
            return tuple(dict.fromkeys(name for part in alike for name in deciding(part, facts)))
        case Not(part):
            return deciding(part, facts)
        case Test():
            return (condition.question,)
        case None:
            return ()


def restrict(condition: Condition | None, keep: Callable[[str], bool]) -> Condition | None:
    """The condition without its tests on questions that `keep` refuses; None if no test is left."""
    match condition:
        case All(parts) | Any(parts):
            left = tuple(part for part in (restrict(part, keep) for part in parts) if part is not None)
            return type(condition)(left) if left else None
        case Not(part):
            inner = restrict(part, keep)
            return None if inner is None else Not(inner)
        case Test():
            return condition if keep(condition.question) else None
        case None:
            return None
