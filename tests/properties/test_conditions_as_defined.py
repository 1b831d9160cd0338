"""Conditions are asked by functions made once; here each is held against what the words of a condition mean."""

import operator
import pickle
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any as Anything

import pytest

from riskgen.core import conditions
from riskgen.core.assess import assess
from riskgen.core.conditions import All, Any, Condition, Not, Operator, Test, Value, evaluate
from riskgen.core.model import Intake, Policy, Question
from riskgen.core.plain import to_plain
from riskgen.core.truth import Truth
from riskgen.library.load import Library
from riskgen.library.reach import telling_values

POLICIES = ("bchs", "heather-avenue", "le-rocquier", "robert-ogden", "st-patricks")
TRIES = 150
"""Sets of answers for each condition; on average a third of the answers is missing."""
HEIGHT = (Truth.NO, Truth.UNKNOWN, Truth.YES)
HOLDS: Mapping[Operator, Callable[[Anything, Anything], bool]] = {
    Operator.IS: operator.eq,
    Operator.ONE_OF: lambda value, operand: value in operand,
    Operator.INCLUDES: lambda value, operand: operand in value,
    Operator.AT_LEAST: operator.ge,
    Operator.AT_MOST: operator.le,
    Operator.BEFORE: operator.lt,
    Operator.AFTER: operator.gt,
}


def height(condition: Condition, facts: Mapping[str, Value]) -> int:
    """Kleene's truth of a condition by walking through it, as a height: No, Unknown, Yes."""
    if isinstance(condition, All):
        return min((height(part, facts) for part in condition.parts), default=2)
    if isinstance(condition, Any):
        return max((height(part, facts) for part in condition.parts), default=0)
    if isinstance(condition, Not):
        return 2 - height(condition.part, facts)
    if condition.question not in facts:
        return 1
    return 2 * HOLDS[condition.operator](facts[condition.question], condition.operand)


def of_policy(policy: Policy) -> Iterator[Condition | None]:
    for clause in policy.clauses:
        yield from (clause.applies, clause.unless, clause.met)
        yield from (action.when for action in clause.actions)
    yield from (declared.when for declared in policy.contradictions)
    yield from (call.when for call in policy.forms)


def of_all_policies(library: Library) -> Iterator[Condition | None]:
    yield from (topic.raised_by for topic in library.topics)
    for hazard in library.hazards:
        yield hazard.applies
        yield from (factor.when for factor in hazard.factors)
        yield from (control.in_place for control in hazard.controls)


def answers(condition: Condition, asked: Mapping[str, Question], chance: random.Random) -> dict[str, Value]:
    """Answers at which the tests of the condition change their mind, some of them forgotten."""
    found: dict[str, list[Test]] = {}
    for test in conditions.tests(condition):
        found.setdefault(test.question, []).append(test)
    return {
        name: chance.choice(telling_values(asked[name], held))
        for name, held in found.items()
        if chance.random() < 2 / 3
    }


@pytest.mark.parametrize("whose", [*POLICIES, "all"])
def test_every_condition_comes_out_as_it_is_defined(library: Library, whose: str) -> None:
    written = of_all_policies(library) if whose == "all" else of_policy(library.policies[whose][-1])
    chance = random.Random(7)  # noqa: S311  # the same answers on every run
    seen = set()
    for condition in (condition for condition in written if condition is not None):
        for _ in range(TRIES):
            facts = answers(condition, library.questions, chance)
            truth = evaluate(condition, facts)
            assert (condition, facts, truth) == (condition, facts, HEIGHT[height(condition, facts)])
            seen.add(truth)
    assert seen == set(Truth)


def test_a_condition_is_made_ready_once_for_all_visits(
    library: Library, intakes: Mapping[str, Mapping[str, Intake]], monkeypatch: pytest.MonkeyPatch
) -> None:
    policy, catalogue = library.policies["bchs"][-1], library.catalogue()
    visits = list(intakes["bchs"].values())
    for intake in visits:  # which parts are looked at depends on the visit
        assess(intake, policy, catalogue)
    made: list[Test] = []
    ready: Anything = vars(Test)["truth"].func
    monkeypatch.setattr(vars(Test)["truth"], "func", lambda test: made.append(test) or ready(test))
    for intake in visits:
        assess(intake, policy, catalogue)
    assert made == []
    evaluate(Test("home.dog", Operator.IS, True), {})
    assert len(made) == 1


def test_what_a_condition_has_made_ready_is_no_part_of_it() -> None:
    def written() -> Condition:
        return Not(All((Test("home.dog", Operator.IS, True), Any((Test("visit.count", Operator.AT_LEAST, 2),)))))

    asked, fresh = written(), written()
    assert evaluate(asked, {"home.dog": False}) is Truth.YES
    assert asked.questions == ("home.dog", "visit.count")
    assert (asked, hash(asked), repr(asked), to_plain(asked)) == (fresh, hash(fresh), repr(fresh), to_plain(fresh))
    brought = pickle.loads(pickle.dumps(asked))  # noqa: S301  # what was just made
    assert (brought, vars(brought)) == (fresh, vars(written()))
    assert evaluate(brought, {"home.dog": False}) is Truth.YES
