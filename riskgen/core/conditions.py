"""Conditions: the closed vocabulary in which schools say when a clause, factor or control holds.

`all`, `any`, `not`, and on a question `is`, `one_of`, `includes`, `at_least`, `at_most`, `before`,
`after`. There is no operator that asks whether something is known: with one, forgetting an answer
could make a visit look safer.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from enum import StrEnum
from functools import cached_property
from operator import eq, ge, gt, le, lt
from typing import Any as Anything

from riskgen.core.struct import Struct
from riskgen.core.truth import Truth, all_, any_, not_, of

Value = bool | int | str | date | time | datetime | frozenset[str] | tuple[time, ...]
TruthOf = Callable[[Mapping[str, Value]], Truth]


class Operator(StrEnum):
    IS = "is"
    ONE_OF = "one_of"
    INCLUDES = "includes"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BEFORE = "before"
    AFTER = "after"


_HOLDS: Mapping[Operator, Callable[[Anything, Anything], bool]] = {
    Operator.IS: eq,
    Operator.ONE_OF: lambda value, operand: isinstance(operand, frozenset) and value in operand,
    Operator.INCLUDES: lambda value, operand: isinstance(value, frozenset) and operand in value,
    Operator.AT_LEAST: ge,
    Operator.AT_MOST: le,
    Operator.BEFORE: lt,
    Operator.AFTER: gt,
}
"""How an answer is held against an operand. That the two can be compared is checked when data is loaded."""


class _Ready(Struct, frozen=True, dict=True):
    """A condition works out `truth` and `questions` when it is first asked, and keeps them: a library holds the same
    conditions for every visit. Neither is a field, so that conditions are compared, kept and sent to other processes
    as they were written.
    """


class Test(_Ready, frozen=True):
    """One question held against an operand. `before` and `after` exclude the operand itself."""

    __test__ = False  # not a test for pytest to collect

    question: str
    operator: Operator
    operand: Value

    @cached_property
    def truth(self) -> TruthOf:
        question, operand, holds = self.question, self.operand, _HOLDS[self.operator]

        def truth(facts: Mapping[str, Value]) -> Truth:
            value = facts.get(question)
            return Truth.UNKNOWN if value is None else of(holds(value, operand))

        return truth

    @property
    def questions(self) -> tuple[str, ...]:
        return (self.question,)


class _Parts(_Ready, frozen=True):
    parts: tuple["Condition", ...]

    @cached_property
    def questions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for part in self.parts for name in part.questions))


class All(_Parts, frozen=True):
    @cached_property
    def truth(self) -> TruthOf:
        truths = tuple(part.truth for part in self.parts)
        return lambda facts: all_(truth(facts) for truth in truths)


class Any(_Parts, frozen=True):
    @cached_property
    def truth(self) -> TruthOf:
        truths = tuple(part.truth for part in self.parts)
        return lambda facts: any_(truth(facts) for truth in truths)


class Not(_Ready, frozen=True):
    part: "Condition"

    @cached_property
    def truth(self) -> TruthOf:
        truth = self.part.truth
        return lambda facts: not_(truth(facts))

    @property
    def questions(self) -> tuple[str, ...]:
        return self.part.questions


Condition = Test | All | Any | Not


def evaluate(condition: Condition | None, facts: Mapping[str, Value]) -> Truth:
    """The truth of a condition; no condition at all holds always. An absent fact is Unknown."""
    return Truth.YES if condition is None else condition.truth(facts)


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
    return () if condition is None else condition.questions


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
    if all(map(keep, questions(condition))):
        return condition
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
