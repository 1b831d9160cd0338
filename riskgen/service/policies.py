"""Reading policies as people do: one policy, one clause, its conditions in words."""

from collections.abc import Mapping
from typing import Any

from riskgen.core.conditions import All, Condition, Not, Operator, Test
from riskgen.core.conditions import Any as AnyOf
from riskgen.core.model import Action, Clause, Policy, Question
from riskgen.core.problem import Problem
from riskgen.core.terms import Do, Outcome
from riskgen.core.words import answer_words, lower_first
from riskgen.library.source import near
from riskgen.service.faults import InvalidInput
from riskgen.service.homes import Home

_OPERATORS = {
    Operator.IS: "is",
    Operator.ONE_OF: "is one of",
    Operator.INCLUDES: "includes",
    Operator.AT_LEAST: "is at least",
    Operator.AT_MOST: "is at most",
    Operator.BEFORE: "is before",
    Operator.AFTER: "is after",
}
_EFFECTS = {
    Outcome.PROCEED: "It is shown, and changes nothing.",
    Outcome.PROCEED_WITH_CONDITIONS: "The visit may go ahead once this is done: ",
    Outcome.REFER: "A person must decide. ",
    Outcome.DO_NOT_VISIT: "The visit is not to be made. Instead: ",
}


def policy_named(home: Home, policy: str, edition: str = "") -> Policy:
    """A policy's latest edition, or the one named. Raises `InvalidInput`."""
    editions = home.library.policies.get(policy)
    if not editions:
        raise _unknown(
            f"There is no policy '{policy}'.",
            near(policy, home.library.policies) or f"There is: {', '.join(home.library.policies)}.",
        )
    if not edition:
        return editions[-1]
    found = next((each for each in editions if each.edition == edition), None)
    if found is None:
        known = ", ".join(each.edition for each in editions)
        raise _unknown(f"The policy '{policy}' has no edition of {edition}.", f"There is: {known}.")
    return found


def clause_named(home: Home, name: str) -> tuple[Policy, Clause]:
    """A clause by id, in the latest edition that has it. Raises `InvalidInput`."""
    clauses = {
        clause.id: (policy, clause)
        for editions in home.library.policies.values()
        for policy in editions
        for clause in policy.clauses
    }
    if name.upper() not in clauses:
        raise _unknown(
            f"There is no clause '{name}'.",
            near(name.upper(), clauses) or "'riskgen policy show ID' lists a policy's clauses.",
        )
    return clauses[name.upper()]


def silent_topics(home: Home, policy: Policy) -> dict[str, str]:
    """The topics on which no clause of the policy speaks: label by id."""
    spoken = {topic for clause in policy.clauses for topic in clause.topics}
    return {topic.id: topic.label for topic in home.library.topics if topic.id not in spoken}


def conditions_in_words(clause: Clause, questions: Mapping[str, Question]) -> dict[str, Any]:
    """When a clause applies, what meets it and what follows, in words; empty where it says nothing."""
    effect = clause.broken
    unless = _in_words(clause.unless, questions)
    return {
        "applies": _in_words(clause.applies, questions) or "Always.",
        "unless": f"{unless} ({clause.unless_clause})" if unless else "",
        "met": _in_words(clause.met, questions),
        "broken": f"{_EFFECTS[effect.outcome]}{effect.condition or effect.instead}".strip() if effect else "",
        "now": [f"{_action(action)}: {_in_words(action.when, questions) or 'always'}" for action in clause.actions],
    }


def _action(action: Action) -> str:
    until = f"until {action.minutes} minutes" if action.minutes else ""
    do = "refrain from" if action.do is Do.REFRAIN else action.do.value.replace("-", " ")
    return " ".join(word for word in (do, lower_first(action.detail), until) if word)


def _in_words(condition: Condition | None, questions: Mapping[str, Question]) -> str:
    match condition:
        case All(parts):
            return "; and ".join(_bracketed(part, questions, AnyOf) for part in parts)
        case AnyOf(parts):
            return "; or ".join(_bracketed(part, questions, All) for part in parts)
        case Not(part):
            return f"not ({_in_words(part, questions)})"
        case Test():
            return _test(condition, questions[condition.question])
        case None:
            return ""


def _bracketed(condition: Condition, questions: Mapping[str, Question], other: type) -> str:
    words = _in_words(condition, questions)
    return f"({words})" if isinstance(condition, other) else words


def _test(test: Test, question: Question) -> str:
    if test.operator is Operator.ONE_OF and isinstance(test.operand, frozenset):
        labels = [option.label for option in question.options if option.id in test.operand]
        operand = ", ".join(f"“{label}”" for label in labels)
    elif test.operator is Operator.INCLUDES:
        operand = next((option.label for option in question.options if option.id == test.operand), str(test.operand))
    else:
        operand = answer_words(question, test.operand)
    return f"“{question.label}” {_OPERATORS[test.operator]} {operand}"


def _unknown(message: str, hint: str) -> InvalidInput:
    return InvalidInput([Problem("the command line", 0, "name-unknown", message, hint)])
