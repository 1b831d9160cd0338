"""The worked cases of each policy: they show what they must, and together they prove every stop and condition."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.assess import assess
from riskgen.core.model import Intake
from riskgen.core.moment import advise
from riskgen.core.result import Assessment
from riskgen.core.terms import Outcome, Status
from riskgen.core.truth import Truth
from riskgen.library.check import check_library
from riskgen.library.load import Library

DATA = Path(__file__).parents[2] / "data"
POLICIES = sorted(path.name for path in (DATA / "policies").iterdir())
Cases = Mapping[str, Mapping[str, Any]]
Intakes = Mapping[str, Mapping[str, Intake]]


def shown(case: Mapping[str, Any]) -> set[str]:
    """A case may show several things."""
    shows = case["shows"]
    return set(shows) if isinstance(shows, list) else {shows}


@pytest.fixture(scope="module")
def results(library: Library, intakes: Intakes) -> Mapping[str, Mapping[str, Assessment]]:
    catalogue = library.catalogue()
    return {
        policy: {name: assess(intake, library.policies[policy][-1], catalogue) for name, intake in cases.items()}
        for policy, cases in intakes.items()
    }


def test_every_worked_case_comes_out_as_its_policy_says() -> None:
    _, problems = check_library(DATA)
    assert [problem for problem in problems if problem.severity == "fault"] == []


def test_there_are_five_policies() -> None:
    assert POLICIES == ["bchs", "heather-avenue", "le-rocquier", "robert-ogden", "st-patricks"]


@pytest.mark.parametrize("policy", POLICIES)
def test_no_two_cases_of_a_policy_share_a_name(worked_cases: Cases, intakes: Intakes, policy: str) -> None:
    names = [str(case["name"]) for case in worked_cases[policy]["cases"]]
    assert len(names) >= 8
    assert sorted(names) == sorted(set(names)) == sorted(intakes[policy])


@pytest.mark.parametrize("policy", POLICIES)
def test_cases_show_all_that_an_owner_must_see(library: Library, worked_cases: Cases, policy: str) -> None:
    shows = set().union(*(shown(case) for case in worked_cases[policy]["cases"]))
    wanted = {"go", "stop", "condition", "silence", "unknown", "boundary"}
    if library.policies[policy][-1].contradictions:
        wanted.add("contradiction")
    assert wanted - shows == set()


@pytest.mark.parametrize("policy", POLICIES)
def test_cases_show_what_they_claim_to(
    library: Library,
    worked_cases: Cases,
    intakes: Intakes,
    results: Mapping[str, Mapping[str, Assessment]],
    policy: str,
) -> None:
    catalogue, edition = library.catalogue(), library.policies[policy][-1]
    wrong = {}
    for case in worked_cases[policy]["cases"]:
        name = str(case["name"])
        result, advice = results[policy][name], advise(intakes[policy][name], edition, catalogue)
        now, outcome = "now" in case, result.decision.outcome
        holds = {
            "go": advice.may_enter is Truth.YES or outcome <= Outcome.PROCEED_WITH_CONDITIONS,
            "stop": bool(advice.actions) if now else outcome >= Outcome.REFER,
            "condition": bool(result.conditions or advice.actions),
            "silence": bool(result.silences or advice.silences),
            "contradiction": bool(result.contradictions or advice.contradictions),
            "unknown": bool(result.to_confirm or advice.to_confirm) or advice.may_enter is Truth.UNKNOWN,
            "boundary": True,
        }
        if not all(holds[what] for what in shown(case)):
            wrong[name] = shown(case)
    assert wrong == {}


@pytest.mark.parametrize("policy", POLICIES)
def test_every_clause_that_stops_or_refers_a_visit_is_broken_in_some_case(
    library: Library, results: Mapping[str, Mapping[str, Assessment]], policy: str
) -> None:
    stops = {
        clause.id
        for clause in library.policies[policy][-1].clauses
        if clause.broken and clause.broken.outcome >= Outcome.REFER
    }
    broken = {
        finding.id
        for result in results[policy].values()
        for finding in result.findings
        if finding.status is Status.BROKEN
    }
    assert stops - broken == set()


@pytest.mark.parametrize("policy", POLICIES)
def test_every_declared_contradiction_is_raised_in_some_case(
    library: Library, intakes: Intakes, results: Mapping[str, Mapping[str, Assessment]], policy: str
) -> None:
    catalogue, edition = library.catalogue(), library.policies[policy][-1]
    raised = {item.clauses for result in results[policy].values() for item in result.contradictions}
    raised |= {
        item.clauses
        for intake in intakes[policy].values()
        for item in advise(intake, edition, catalogue).contradictions
    }
    assert {item.clauses for item in edition.contradictions} - raised == set()


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_has_a_case_that_simply_goes(results: Mapping[str, Mapping[str, Assessment]], policy: str) -> None:
    assert [name for name, result in results[policy].items() if result.decision.outcome is Outcome.PROCEED]


def test_known_contradictions_and_silences_of_the_five_policies_are_declared(library: Library) -> None:
    declared = {
        name: {item.clauses for item in editions[-1].contradictions} for name, editions in library.policies.items()
    }
    assert declared["st-patricks"] >= {("SP-04", "SP-07")}
    assert declared["bchs"] >= {("BC-21", "BC-23"), ("BC-26", "BC-33")}
    assert declared["robert-ogden"] >= {("RO-08", "RO-25")}
    spoken = {
        name: {topic for clause in editions[-1].clauses for topic in clause.topics}
        for name, editions in library.policies.items()
    }
    silent_on = {
        "st-patricks": {"safe-word", "overdue", "animals", "vehicle", "evening", "head-visitor"},
        "bchs": {"safe-word-response", "overdue", "senior-visitor"},
        "heather-avenue": {"approval", "violence", "rooms"},
        "le-rocquier": {
            "approval",
            "background",
            "risk-assessment",
            "safe-word",
            "overdue",
            "violence",
            "animals",
            "entry",
            "record",
        },
        "robert-ogden": {"missed-check-in", "evening", "safe-word"},
    }
    topics = {topic.id for topic in library.topics}
    for policy, silences in silent_on.items():
        assert silences <= topics
        assert (policy, silences & spoken[policy]) == (policy, set())
