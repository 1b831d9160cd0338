"""The 181 rules of the five policies are there, and every one can come out each way that it should."""

import csv
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from riskgen.core import conditions
from riskgen.core.conditions import All, Condition, Not, Test, Value
from riskgen.core.model import Clause
from riskgen.core.rules import find, known_before_leaving
from riskgen.core.terms import Kind, Phase, Status
from riskgen.core.truth import Truth
from riskgen.library.load import Library
from riskgen.library.reach import reachable, telling_values

RULES = list(csv.DictReader((Path(__file__).parent / "rules.csv").open(encoding="utf-8")))
NUMBERS = {
    "RO-07": {"minutes": 120},
    "RO-14": {"days": 5},
    "RO-20": {"staff": 2},
    "RO-21": {"staff": 2},
    "RO-22": {"minutes": 20},
    "RO-24": {"minutes": 30},
    "SP-12": {"staff": 2},
    "BC-11": {"staff": 2},
    "HA-02": {"staff": 2},
}
"""The numbers that the rules themselves name."""


def clauses(library: Library) -> Iterator[Clause]:
    for editions in library.policies.values():
        yield from editions[-1].clauses


def test_every_rule_is_a_clause_of_its_policy_and_there_is_no_other(library: Library) -> None:
    written = {(name, clause.id) for name, editions in library.policies.items() for clause in editions[-1].clauses}
    assert len(RULES) == 181
    assert written == {(rule["policy"], rule["id"]) for rule in RULES}


def test_every_clause_has_the_kind_and_the_phases_of_its_rule(library: Library) -> None:
    """Ten rules about the policy itself name no phase; ours stand before the visit."""
    wrong = {}
    for rule in RULES:
        clause = library.policies[rule["policy"]][-1].clause(rule["id"])
        assert clause is not None
        found = (clause.kind, set(clause.phases))
        if found != (Kind(rule["kind"]), {Phase(word) for word in rule["phase"].split() or ["before"]}):
            wrong[rule["id"]] = found
    assert wrong == {}


@pytest.mark.parametrize("name", NUMBERS)
def test_number_of_a_rule_is_data(library: Library, name: str) -> None:
    (clause,) = [clause for clause in clauses(library) if clause.id == name]
    assert {key: clause.numbers.get(key) for key in NUMBERS[name]} == NUMBERS[name]


def test_every_clause_says_where_it_stands_and_says_its_rule_in_whole_sentences(library: Library) -> None:
    wrong = [
        clause.id
        for clause in clauses(library)
        if not clause.location or not clause.topics or not clause.says[0].isupper() or clause.says[-1] != "."
    ]
    assert wrong == []
    assert [clause.id for clause in clauses(library) if "!" in clause.says or "{" in clause.says] == []


def test_no_two_clauses_of_a_policy_say_the_same(library: Library) -> None:
    for editions in library.policies.values():
        says = [clause.says for clause in editions[-1].clauses]
        assert len(set(says)) == len(says)


# --- every clause can come out each way that it should -------------------------------------------


def statuses(clause: Clause, library: Library, wanted: set[Status]) -> set[Status]:
    """What becomes of a clause over all telling answers, until all that is wanted has been seen."""
    keep = known_before_leaving(library.questions)
    asked: dict[str, list[Test]] = {}
    for part in (clause.applies, clause.unless, clause.met):
        for test in conditions.tests(part):
            if keep(test.question):
                asked.setdefault(test.question, []).append(test)
    values = [telling_values(library.questions[name], found) for name, found in asked.items()]
    seen = {find(clause, {}, library.questions, keep).status}
    for chosen in product(*values):
        facts: dict[str, Value] = dict(zip(asked, chosen, strict=True))
        seen.add(find(clause, facts, library.questions, keep).status)
        if seen >= wanted:
            break
    return seen


def test_every_clause_that_weighs_can_be_met_broken_and_left_open_and_set_aside_where_it_says_so(
    library: Library,
) -> None:
    short = {}
    for clause in clauses(library):
        if clause.met and clause.broken:
            wanted = {Status.MET, Status.BROKEN, Status.TO_CONFIRM}
            if clause.applies or clause.unless:
                wanted.add(Status.NOT_APPLICABLE)
            missing = wanted - statuses(clause, library, wanted)
            if missing:
                short[clause.id] = missing
    assert short == {}


def test_every_clause_that_does_not_weigh_applies_for_some_visit(library: Library) -> None:
    never = [
        clause.id
        for clause in clauses(library)
        if not (clause.met and clause.broken)
        and clause.applies
        and Truth.YES not in reachable(clause.applies, library.questions)
    ]
    assert never == []


def together(*parts: Condition | None) -> Condition:
    return All(tuple(part for part in parts if part))


def test_every_entry_of_the_moment_can_be_set_off_where_its_clause_applies(library: Library) -> None:
    never = [
        (clause.id, action.do)
        for clause in clauses(library)
        for action in clause.actions
        if Truth.YES
        not in reachable(
            together(clause.applies, Not(clause.unless) if clause.unless else None, action.when), library.questions
        )
    ]
    assert never == []


def test_every_duty_that_cannot_be_settled_beforehand_and_needs_a_moment_has_one(library: Library) -> None:
    """Clauses of an emergency are acted on when it comes: each says what sets it off."""
    silent = [clause.id for clause in clauses(library) if clause.phases == (Phase.EMERGENCY,) and not clause.actions]
    assert silent == []


def test_every_contradiction_and_every_topic_can_be_raised(library: Library) -> None:
    declared = [item for editions in library.policies.values() for item in editions[-1].contradictions]
    assert declared
    conditions = [(item.clauses, item.when) for item in declared]
    conditions += [((topic.id,), topic.raised_by) for topic in library.topics]
    never = [name for name, when in conditions if when and Truth.YES not in reachable(when, library.questions)]
    assert never == []


def test_exemption_never_rests_on_what_can_be_known_only_later_as_well(library: Library) -> None:
    """Before leaving such tests are left out; what is left of an `all` would prove the exemption by half."""
    mixed = []
    for clause in clauses(library):
        if clause.unless and clause.met and clause.broken:
            early = {library.questions[test.question].stage.before_leaving for test in conditions.tests(clause.unless)}
            if len(early) == 2:
                mixed.append(clause.id)
    assert mixed == []
