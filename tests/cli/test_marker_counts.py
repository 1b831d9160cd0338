"""A marker on a family counts in every assessment, and stops a visit that was approved without it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from riskgen.service import clock

Run = Callable[..., Any]
ASSESS = ("assess", "families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-12-02 10:30")
SAME_MORNING = datetime(2026, 12, 2, 9, 30, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("quick_forms")


@pytest.fixture(autouse=True)
def _lead_at_the_desk(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskgen.service.desk.account_name", lambda: "lead")
    path = home / "school.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("{id: S-03,", "{id: S-03, account: lead,"), "utf-8")
    (home / "marker.yaml").write_text(
        "what: Quaggathrew a chair\non: 2026-11-02\nreported_by: S-08\nreview_on: 2027-06-30\ntold: yes\n", "utf-8"
    )


def mark(riskgen: Run, family: str = "F-0123") -> None:
    result = riskgen("marker", "add", family, "--kind", "violence", "--answers", "marker.yaml", typed="y\n")
    assert result.code == 0, result.err


def decided(riskgen: Run, *more: str) -> Any:
    return json.loads(riskgen(*ASSESS, *more, "--no-input", "--json").out)


def test_a_marker_answers_yes_whatever_the_family_file_says(riskgen: Run) -> None:
    assert decided(riskgen)["decision"]["outcome"] == "proceed-with-conditions"
    mark(riskgen)
    assert decided(riskgen, "--set", "history.violence_reported=no")["decision"]["outcome"] != "proceed-with-conditions"
    assert decided(riskgen, "--dry-run")["decision"]["outcome"] != "proceed-with-conditions"


def test_it_is_said_which_answer_a_marker_has_set_and_not_why(riskgen: Run) -> None:
    mark(riskgen)
    result = riskgen(*ASSESS, "--no-input")
    assert "'history.violence_reported' is yes because of a marker in the register" in result.said
    assert "Quaggathrew" not in result.out + result.err


def test_a_marker_on_another_family_changes_nothing(riskgen: Run) -> None:
    mark(riskgen, "F-0456")
    assert decided(riskgen)["decision"]["outcome"] == "proceed-with-conditions"


def test_an_empty_reference_on_a_blank_form_is_said_to_leave_markers_out(riskgen: Run, home: Path) -> None:
    assert riskgen("forms", "blank", "blank.docx").code == 0
    given = ("--purpose", "attendance", "--start", "2026-11-20 10:30", "--minutes", "40", "--visitor", "S-07")
    for more in (("--dry-run",), ()):
        result = riskgen("assess", "blank.docx", *given, "--no-input", *more)
        assert result.code == 0, result.said
        assert "Nobody says which family it is ('family.reference'), so markers cannot be looked up." in result.said
    named = riskgen("assess", "blank.docx", "families/F-0123.yaml", *given, "--no-input")
    assert "looked up" not in named.said


def test_a_reference_left_out_does_not_hide_a_marker(riskgen: Run, home: Path) -> None:
    path = home / "families" / "F-0123.yaml"
    path.write_text(path.read_text("utf-8").replace("  reference: F-0123\n", ""), "utf-8")
    before = decided(riskgen, "--set", "history.violence_reported=no")
    assert before["decision"]["outcome"] == "proceed-with-conditions"
    mark(riskgen, "F-0456")
    result = riskgen(*ASSESS, "--set", "history.violence_reported=no", "--no-input")
    assert "markers cannot be looked up" in result.said
    assert "history.violence_reported" in result.said
    report = decided(riskgen, "--set", "history.violence_reported=no")
    assert report["decision"]["outcome"] == "refer"
    assert "history.violence_reported" in {item["question"] for item in report["to_confirm"]}
    departed = riskgen("depart", "RA-2026-0001")  # assessed before there was a marker
    assert (departed.code, "it is now “not known”" in departed.said) == (4, True)


def test_a_marker_set_after_the_approval_lapses_it(riskgen: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert riskgen(*ASSESS, "--no-input").code == 0
    assert riskgen("authorise", "RA-2026-0001", "--by", "S-03", typed="y\n").code == 0
    mark(riskgen)
    monkeypatch.setattr(clock, "utc_now", lambda: SAME_MORNING)
    result = riskgen("depart", "RA-2026-0001")
    assert result.code == 4
    assert "has lapsed" in result.said
    assert "violence" in result.said
    assert "Quaggathrew" not in result.out + result.err
    assert "lapsed" in riskgen("show", "RA-2026-0001").said
