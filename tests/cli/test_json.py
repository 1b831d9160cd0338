"""The shapes of --json are public: what is documented is there, all of it, and nothing else is on stdout."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
VISIT = ("families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-12-02 10:30")
TRUTHS = {"yes", "no", "unknown"}
OUTCOMES = {"proceed", "proceed-with-conditions", "refer", "do-not-visit"}
RATING = {"likelihood", "severity", "score", "rating"}


def keys(items: Iterable[dict[str, Any]]) -> set[str]:
    """The keys that every item has; the items must agree, and there must be some."""
    found = {frozenset(item) for item in items}
    assert len(found) == 1, found
    return set(found.pop())


@pytest.fixture
def reports(riskgen: Run, home: Path) -> list[dict[str, Any]]:
    """Assessments under every policy of visits that raise everything: violence, no appointment, gaps, the evening."""
    found: list[dict[str, Any]] = []
    for family, setting in (
        ("F-0123", "visit.unannounced=yes"),
        ("F-0123", "visit.start=2026-12-02 18:30"),
        ("F-0456", "travel.dark=unknown"),
    ):
        times = ("--set", "visit.leave_at=unknown", "--set", "visit.back_at=unknown")
        result = riskgen("compare", f"families/{family}.yaml", *VISIT[1:], "--set", setting, *times, "--json")
        assert result.code == 0
        found += json.loads(result.out).values()
    return found


def test_an_assessment_has_the_documented_shape_all_the_way_down(reports: list[dict[str, Any]]) -> None:
    assert keys(reports) == {
        *("reference", "policy", "decision", "authorise", "hazards", "findings", "silences", "contradictions"),
        *("conditions", "to_confirm", "remedies", "remedy_note", "files"),
    }
    assert keys(report["policy"] for report in reports) == {"id", "edition", "fingerprint", "review_overdue"}
    assert keys(report["decision"] for report in reports) == {"outcome", "instead", "because", "also"}
    for name in ("because", "also"):
        assert keys(reason for report in reports for reason in report["decision"][name]) == {"clause", "says", "facts"}
    assert keys(report["authorise"] for report in reports) == {"by", "clause"}
    hazards = [hazard for report in reports for hazard in report["hazards"]]
    assert keys(hazards) == {"id", "applies", "initial", "residual", "because", "controls"}
    assert keys(hazard[name] for hazard in hazards for name in ("initial", "residual")) == RATING
    assert keys(control for hazard in hazards for control in hazard["controls"]) == {"id", "measure", "in_place"}
    for name, wanted in {
        "findings": {"id", "status", "because"},
        "silences": {"topic", "because", "calls_for"},
        "contradictions": {"clauses", "says", "because"},
        "conditions": {"condition", "who", "source", "because"},
        "to_confirm": {"question", "label", "needed_by"},
        "remedies": {"changes", "outcome"},
    }.items():
        assert keys(item for report in reports for item in report[name]) == wanted, name
    assert keys(change for report in reports for remedy in report["remedies"] for change in remedy["changes"]) == {
        *("question", "to", "how"),
    }


def test_an_assessment_holds_only_the_documented_words(reports: list[dict[str, Any]]) -> None:
    for report in reports:
        assert report["decision"]["outcome"] in OUTCOMES
        assert type(report["policy"]["review_overdue"]) is bool
        assert {hazard["applies"] for hazard in report["hazards"]} <= {"yes", "unknown"}
        assert all(type(hazard["initial"]["score"]) is int for hazard in report["hazards"])
        controls = [control for hazard in report["hazards"] for control in hazard["controls"]]
        assert {control["in_place"] for control in controls} <= TRUTHS
        statuses = {finding["status"] for finding in report["findings"]}
        assert statuses <= {"met", "broken", "to-confirm", "not-applicable"}
        assert {remedy["outcome"] for remedy in report["remedies"]} <= {"proceed", "proceed-with-conditions"}
        assert (
            bool(report["remedies"])
            or bool(report["remedy_note"])
            or report["decision"]["outcome"]
            in {
                "proceed",
                "proceed-with-conditions",
            }
        )


def test_every_reason_names_its_source_and_every_broken_clause_its_facts(reports: list[dict[str, Any]]) -> None:
    for report in reports:
        assert all(reason["clause"] and reason["says"] for reason in report["decision"]["because"])
        broken = [finding for finding in report["findings"] if finding["status"] == "broken"]
        assert all(finding["because"] for finding in broken)
        assert all(hazard["because"] for hazard in report["hazards"])


def test_assess_prints_the_same_shape_with_reference_and_files(riskgen: Run, home: Path, quick_forms: None) -> None:
    result = riskgen("assess", *VISIT, "--no-input", "--json")
    report = json.loads(result.out)
    assert report["reference"] == "RA-2026-0001"
    assert report["policy"]["id"] == "bchs"
    assert len(report["policy"]["fingerprint"]) == 64
    assert [Path(name).name for name in report["files"]] == [
        "RA-2026-0001_intent-to-visit-office_2026-12-02.docx",
        "RA-2026-0001_risk-assessment_2026-12-02.docx",
        "RA-2026-0001_intent-to-visit-travelling_2026-12-02.docx",
    ]
    assert all(Path(name).is_file() for name in report["files"])
    dry = json.loads(riskgen("assess", *VISIT, "--no-input", "--json", "--dry-run").out)
    assert dry == {**report, "reference": "RA-DRAFT", "files": []}


def test_assess_and_compare_agree(riskgen: Run, home: Path) -> None:
    alone = json.loads(riskgen("assess", *VISIT, "--no-input", "--json", "--dry-run").out)
    beside = json.loads(riskgen("compare", *VISIT, "--json").out)["bchs"]
    assert {**alone, "reference": ""} == beside


def test_the_same_visit_gives_the_same_words_every_time(riskgen: Run, home: Path) -> None:
    first = riskgen("assess", *VISIT, "--no-input", "--json", "--dry-run")
    assert riskgen("assess", *VISIT, "--no-input", "--json", "--dry-run") == first


def test_a_routine_visit_is_rated_low_all_round_under_bchs(riskgen: Run, home: Path) -> None:
    report = json.loads(riskgen("assess", *VISIT, "--no-input", "--json", "--dry-run").out)
    ratings = {hazard["id"]: hazard["residual"]["rating"] for hazard in report["hazards"]}
    assert len(ratings) == 5
    assert set(ratings.values()) == {"L"}


def test_a_policy_past_its_review_date_is_said_to_be(riskgen: Run, home: Path) -> None:
    arguments = (*VISIT[:2], "--start", "2027-12-02 10:30", "--no-input", "--dry-run")
    assert json.loads(riskgen("assess", *arguments, "--json").out)["policy"]["review_overdue"] is True
    assert "The policy's own review date (2027-09-30) has passed." in riskgen("assess", *arguments).out


def test_advice_has_the_documented_shape(riskgen: Run, home: Path) -> None:
    door = ("--set", "door.parent_present=no", "--set", "door.delegated_adult=yes", "--set", "door.minutes_waited=20")
    advice = json.loads(riskgen("now", *VISIT, *door, "--json").out)
    assert set(advice) == {"phase", "may_enter", "actions", "silences", "contradictions", "to_confirm", "unmet"}
    assert advice["may_enter"] in TRUTHS
    assert keys(advice["actions"]) == {"do", "detail", "clause", "says", "because"}
    assert keys(advice["silences"]) == {"topic", "because", "calls_for"}
    assert keys(advice["contradictions"]) == {"clauses", "says", "because"}
    assert ["BC-21", "BC-23"] in [found["clauses"] for found in advice["contradictions"]]
    assert keys(advice["to_confirm"]) == {"question", "label", "needed_by"}


def test_check_tells_each_problem_with_its_place(riskgen: Run, home: Path) -> None:
    (home / "data" / "topics.yaml").write_text("- id: x\n  oops: y\n")
    result = riskgen("check", "--json")
    assert result.code == 3
    found = json.loads(result.out)
    assert set(found) == {"folder", "problems"}
    assert keys(found["problems"]) == {"path", "line", "code", "message", "hint", "severity", "field"}
    assert "data/topics.yaml" in {problem["path"] for problem in found["problems"]}


def test_faults_leave_stdout_empty(riskgen: Run, home: Path) -> None:
    result = riskgen("assess", "families/none.yaml", "--no-input", "--json")
    assert (result.code, result.out) == (3, "")
