"""The shapes of `--json`: the keys are a promise, compared as sets."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from riskgen.core.assess import assess
from riskgen.core.model import Intake
from riskgen.core.moment import advise
from riskgen.core.report import advice_report, assessment_report
from riskgen.core.result import Assessment
from riskgen.core.struct import replace
from riskgen.library.load import Library


@pytest.fixture(scope="module")
def full(library: Library, routine: Mapping[str, Intake]) -> Assessment:
    """An assessment in which no list is empty."""
    base = routine["robert-ogden"]
    answers = {
        **base.answers,
        "visit.unannounced": True,
        "visit.will_enter": True,
        "visit.appointment": False,
        "told.mobile_numbers": False,
        "visit.unannounced_ground": "other",
    }
    del answers["staff.know_child_protection"]
    return assess(replace(base, answers=answers), library.policies["robert-ogden"][-1], library.catalogue())


@pytest.fixture(scope="module")
def report(full: Assessment) -> dict[str, Any]:
    return assessment_report(full, "F-0123-2026-12-02", ["risk-assessment.docx"])


def keys(*words: str) -> set[str]:
    return set(words)


def each(items: list[dict[str, Any]]) -> set[str]:
    """The keys of the entries of a list, which must not be empty and must agree."""
    assert items
    assert len({frozenset(item) for item in items}) == 1
    return set(items[0])


def test_assessment_has_the_promised_keys_at_the_top(report: dict[str, Any]) -> None:
    assert set(report) == keys(
        "reference",
        "policy",
        "decision",
        "authorise",
        "hazards",
        "findings",
        "silences",
        "contradictions",
        "conditions",
        "to_confirm",
        "remedies",
        "remedy_note",
        "files",
    )


def test_assessment_has_the_promised_keys_below(report: dict[str, Any]) -> None:
    assert set(report["policy"]) == keys("id", "edition", "fingerprint", "review_overdue")
    assert set(report["decision"]) == keys("outcome", "instead", "because", "also")
    assert each(report["decision"]["because"]) == each(report["decision"]["also"]) == keys("clause", "says", "facts")
    assert set(report["authorise"]) == keys("by", "clause")
    assert each(report["hazards"]) == keys("id", "applies", "initial", "residual", "because", "controls")
    for hazard in report["hazards"]:
        for rating in (hazard["initial"], hazard["residual"]):
            assert set(rating) == keys("likelihood", "severity", "score", "rating")
        assert each(hazard["controls"]) == keys("id", "measure", "in_place")
    assert each(report["findings"]) == keys("id", "status", "because")
    assert each(report["silences"]) == keys("topic", "because", "calls_for")
    assert each(report["contradictions"]) == keys("clauses", "says", "because")
    assert each(report["conditions"]) == keys("condition", "who", "source", "because")
    assert each(report["to_confirm"]) == keys("question", "label", "needed_by")
    assert each(report["remedies"]) == keys("changes", "outcome")
    assert each(report["remedies"][0]["changes"]) == keys("question", "to", "how")


def test_words_of_the_report_are_the_promised_ones(report: dict[str, Any]) -> None:
    assert report["decision"]["outcome"] == "do-not-visit"
    assert {finding["status"] for finding in report["findings"]} == {"met", "broken", "to-confirm", "not-applicable"}
    assert {hazard["applies"] for hazard in report["hazards"]} <= {"yes", "unknown"}
    assert {control["in_place"] for hazard in report["hazards"] for control in hazard["controls"]} <= {
        "yes",
        "no",
        "unknown",
    }
    assert {silence["calls_for"] for silence in report["silences"]} <= {"proceed", "refer"}
    assert {remedy["outcome"] for remedy in report["remedies"]} <= {"proceed", "proceed-with-conditions"}


def test_report_says_what_the_assessment_says(report: dict[str, Any], full: Assessment) -> None:
    assert (report["reference"], report["files"]) == ("F-0123-2026-12-02", ["risk-assessment.docx"])
    assert report["policy"]["fingerprint"] == full.policy.fingerprint
    assert report["policy"]["edition"] == "2024-11-01"
    assert report["decision"]["instead"] == full.decision.instead
    assert [reason["clause"] for reason in report["decision"]["because"]] == ["RO-08"]
    assert report["decision"]["because"][0]["facts"] == list(full.decision.because[0].facts)
    assert report["authorise"] == {"by": ["headteacher"], "clause": "RO-10"}
    assert [hazard["id"] for hazard in report["hazards"]] == [hazard.id for hazard in full.hazards]
    first, hazard = report["hazards"][0], full.hazards[0]
    assert first["initial"]["score"] == hazard.initial.score
    assert first["residual"]["score"] == hazard.residual.score != hazard.initial.score
    assert report["contradictions"][0]["clauses"] == ["RO-08", "RO-25"]
    assert [item["source"] for item in report["conditions"]] == [item.source for item in full.conditions]
    assert [item["question"] for item in report["to_confirm"]] == ["staff.know_child_protection"]


def test_advice_has_the_promised_keys(library: Library, routine: Mapping[str, Intake]) -> None:
    base = routine["bchs"]
    door = {"door.delegated_adult": True, "door.parent_present": False, "door.anyone_answers": False}
    answers = {**base.answers, **door, "staff.know_policy": False}
    advice = advise(replace(base, answers=answers), library.policies["bchs"][-1], library.catalogue())
    shape = advice_report(advice)
    assert set(shape) == keys("phase", "may_enter", "actions", "silences", "contradictions", "to_confirm", "unmet")
    assert each(shape["unmet"]) == keys("clause", "says", "facts")
    assert [item["clause"] for item in shape["unmet"]] == ["BC-07", "BC-H1"]
    assert each(shape["actions"]) == keys("do", "detail", "clause", "says", "because")
    assert each(shape["silences"]) == keys("topic", "because", "calls_for")
    assert each(shape["contradictions"]) == keys("clauses", "says", "because")
    assert each(shape["to_confirm"]) == keys("question", "label", "needed_by")
    assert (shape["phase"], shape["may_enter"]) == ("during", "unknown")
    assert shape["actions"][0]["clause"] == advice.actions[0].clause
    assert shape["actions"][0]["do"] == "refrain"


def test_reports_are_plain_json_and_come_back_unchanged(report: dict[str, Any]) -> None:
    assert json.loads(json.dumps(report)) == report
