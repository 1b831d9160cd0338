"""`riskgen review`: what is due to be looked at again."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.plain import to_plain
from riskgen.core.record import Ending, Further, VisitRecord
from riskgen.core.visit import Happened, Who
from riskgen.service import clock
from riskgen.service.desk import open_desk
from riskgen.service.homes import Home
from riskgen.service.moves import append_move

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REF = "RA-2026-0001"
OFFICE = Who("S-10", "office", "account")
HEAD = Who("S-01", "head", "account")


def move(home: Path, happened: Happened, who: Who = OFFICE, **body: Any) -> None:
    with open_desk(home) as opened, opened.register.write() as writer:
        append_move(writer, opened, writer.visits([REF])[REF], happened, who, body)


def later(monkeypatch: pytest.MonkeyPatch, **time: int) -> None:
    moment = NOW + timedelta(**time)
    monkeypatch.setattr(clock, "utc_now", lambda: moment)
    monkeypatch.setattr(Home, "now", lambda self: moment.replace(tzinfo=None))


def reasons(riskgen: Callable[..., Any], subject: str = REF) -> list[str]:
    result = riskgen("review", "--json")
    assert result.code == 0, result.said
    return [due["why"] for due in json.loads(result.out) if due["subject"] == subject]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def assessed(home: Path, riskgen: Callable[..., Any], quick_forms: None) -> Path:
    result = riskgen(
        *("assess", "families/F-0123.yaml", "visits-planned/visit-F-0123.yaml"),
        *("--start", "2026-12-02 10:30", "--no-input"),
    )
    assert result.code == 0, result.said
    return home


@pytest.fixture
def authorised(assessed: Path) -> Path:
    with open_desk(assessed) as opened:
        given = opened.visit(REF).assessed
    assert given
    move(
        assessed, Happened.AUTHORISED, HEAD, assessment=given.number, roles=["headteacher"], clause="BC-04", accepts=[]
    )
    return assessed


def test_nothing_is_due_of_a_visit_that_is_as_it_was_assessed(assessed: Path, riskgen: Callable[..., Any]) -> None:
    assert reasons(riskgen) == []
    assert "Nothing is due to be looked at again." in riskgen("review").said


def test_a_visit_that_never_left_is_due_once_its_start_has_passed(
    assessed: Path, riskgen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch, days=12, hours=1)
    assert reasons(riskgen) == []
    later(monkeypatch, days=12, hours=2)
    assert reasons(riskgen) == ["start-passed"]
    assert f"riskgen cancel {REF}" in riskgen("review").said


def test_a_visit_is_due_when_its_policy_or_the_hazards_have_changed(
    assessed: Path, riskgen: Callable[..., Any]
) -> None:
    policy = next((assessed / "data" / "policies" / "bchs").glob("2*.yaml"))
    edit(policy, "Dress suitably for the visit.", "Dress well for the visit.")
    assert reasons(riskgen) == ["changed"]
    said = riskgen("review").said
    assert "somebody has changed the policy. " in said
    assert f"riskgen assess --reference {REF} --force" in said
    hazard = assessed / "data" / "hazards" / "animal.yaml"
    edit(hazard, "source: Appendix 1 of", "source: The first appendix of")
    assert "the policy and the hazards, the risk matrix or the questions" in riskgen("review").said


def test_an_authorised_visit_is_due_once_its_approval_has_lapsed(authorised: Path, riskgen: Callable[..., Any]) -> None:
    assert reasons(riskgen) == []
    edit(authorised / "school.yaml", "id: S-07, name: Gray Invented, roles: [attendance-officer]",
         "id: S-07, name: Gray Invented, roles: [pastoral]")  # fmt: skip
    assert reasons(riskgen) == ["approval-lapsed"]
    assert "S-07 (pastoral)" in riskgen("review").said


def test_a_visit_whose_visitor_has_left_the_school_is_due(authorised: Path, riskgen: Callable[..., Any]) -> None:
    edit(authorised / "school.yaml", "id: S-07, name: Gray", "id: S-77, name: Gray")
    assert "No longer in the staff directory" in riskgen("review").said
    assert reasons(riskgen) == ["approval-lapsed"]


def test_a_draft_is_due(assessed: Path, riskgen: Callable[..., Any]) -> None:
    riskgen("repeat", REF)
    assert reasons(riskgen, "RA-2026-0002") == ["draft"]


def test_a_visit_that_is_back_is_due_once_the_hours_of_the_school_have_passed(
    assessed: Path, riskgen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    move(assessed, Happened.DEPARTED, outing={})
    move(assessed, Happened.RETURNED, where="school", at=NOW.isoformat())
    later(monkeypatch, hours=24)
    assert reasons(riskgen) == []
    later(monkeypatch, hours=25)
    assert reasons(riskgen) == ["not-recorded"]


@pytest.mark.parametrize(("days", "done", "due"), [(5, False, []), (6, False, ["action-open"]), (6, True, [])])
def test_a_further_action_is_due_the_day_after_it_was_to_be_done(
    days: int, done: bool, due: list[str], assessed: Path, riskgen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    move(assessed, Happened.DEPARTED, outing={})
    move(assessed, Happened.RETURNED, where="school", at=NOW.isoformat())
    action = Further("Send the minutes", "S-07", date(2026, 11, 25), done)
    move(assessed, Happened.RECORDED, record=to_plain(VisitRecord(Ending.AS_PLANNED, further=(action,))), late=False)
    later(monkeypatch, days=days)
    assert reasons(riskgen) == due
    if due:
        said = riskgen("review").said
        assert "1 further action is past the agreed day, 2026-11-25." in said
        assert "Send the minutes" not in said


def test_the_policy_is_due_the_day_after_its_own_review_date(
    assessed: Path, riskgen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Home, "now", lambda self: datetime(2027, 9, 30, 12, 0))
    assert reasons(riskgen, "bchs") == []
    monkeypatch.setattr(Home, "now", lambda self: datetime(2027, 10, 1, 12, 0))
    assert reasons(riskgen, "bchs") == ["policy-review"]


def test_a_marker_is_due_on_its_review_date(
    assessed: Path, riskgen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_desk(assessed) as opened, opened.register.write() as writer:
        body = {
            "kind": "violence",
            "what": "Shouted at a colleague",
            "on": "2026-11-02",
            "reported_by": "S-07",
            "decided_by": "S-03",
            "review_on": "2026-12-01",
            "told": True,
            "why_not_told": "",
        }
        writer.append("F-0456", Happened.MARKED, NOW, OFFICE, body)
    assert reasons(riskgen, "F-0456") == []
    later(monkeypatch, days=20)
    assert reasons(riskgen, "F-0456") == ["marker-review"]
    said = riskgen("review").said
    assert "riskgen marker list F-0456" in said
    assert "Shouted" not in said


def test_the_keys_of_review_are_those_that_are_documented(assessed: Path, riskgen: Callable[..., Any]) -> None:
    riskgen("repeat", REF)
    for due in json.loads(riskgen("review", "--json").out):
        assert set(due) == {"why", "subject", "says", "since", "next"}
