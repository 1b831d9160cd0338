"""`riskgen retention` as somebody at the terminal sees it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.visit import Happened, Who
from riskgen.service.desk import open_desk
from riskgen.service.moves import append_move

REPORT = {"today", "code", "note", "erase", "held", "unknown", "not_over", "later"}
ROW = {
    *("reference", "what", "state", "rule", "label", "keep_years", "from", "source"),
    *("since", "due_on", "why", "markers"),
}
ERASED = {"erased", "would_erase", "files", "left", "beyond"}
REFERENCE = "RA-2026-0001"


@pytest.fixture(autouse=True)
def _known_account(home: Path, monkeypatch: pytest.MonkeyPatch, quick_forms: None) -> None:
    """Whoever sits at this computer is the headteacher."""
    monkeypatch.setattr("riskgen.service.desk.account_name", lambda: "head")
    path = home / "school.yaml"
    text = path.read_text(encoding="utf-8").replace("{id: S-01,", "{id: S-01, account: head,")
    path.write_text(text, encoding="utf-8")


def on(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    now = datetime.fromisoformat(day).replace(hour=9, tzinfo=UTC)
    monkeypatch.setattr("riskgen.service.clock.utc_now", lambda: now)


@pytest.fixture
def cancelled(home: Path, riskgen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A visit that was assessed and cancelled, three years ago by now; its folder of forms."""
    answers = ("families/F-0123.yaml", "visits-planned/visit-F-0123.yaml")
    result = riskgen("assess", *answers, "--start", "2026-12-02 10:30", "--no-input")
    assert result.code == 0, result.err
    with open_desk(home) as desk, desk.register.write() as writer:
        body = {"reason": "Quaggareason", "for_safety": False}
        visit = writer.visits([REFERENCE])[REFERENCE]
        append_move(writer, desk, visit, Happened.CANCELLED, Who("S-01", "head", "account"), body)
    on(monkeypatch, "2029-11-20")
    return home / "visits" / REFERENCE


def code_of(riskgen: Callable[..., Any]) -> str:
    return str(json.loads(riskgen("retention", "due", "--json").out)["code"])


def test_nothing_is_due_in_an_empty_register(riskgen: Callable[..., Any]) -> None:
    result = riskgen("retention", "due")
    assert result.code == 0
    assert "Nothing may be erased today." in result.out
    assert "code" not in result.out


def test_due_says_what_by_which_rule_since_when_and_why(riskgen: Callable[..., Any], cancelled: Path) -> None:
    result = riskgen("retention", "due")
    assert "Visit that was cancelled (visit-cancelled): 3 years from the day" in result.said
    assert "Source: Our own choice" in result.said
    expected = f"- {REFERENCE} (cancelled), since 2026-11-20, due on 2029-11-20. It was cancelled."
    assert expected in result.said
    assert f"riskgen retention apply {code_of(riskgen)}, with --as" in result.said


def test_json_has_these_keys_and_no_others(riskgen: Callable[..., Any], cancelled: Path, home: Path) -> None:
    found = json.loads(riskgen("retention", "due", "--json").out)
    assert set(found) == REPORT
    assert [set(row) for row in found["erase"]] == [ROW]
    assert riskgen("retention", "hold", REFERENCE, "--reason", "A claim").code == 0
    (held,) = json.loads(riskgen("retention", "due", "--json").out)["held"]
    assert set(held) == ROW | {"held_since", "held_by"}
    assert (held["held_since"], held["held_by"]) == ("2029-11-20", "S-01")
    assert riskgen("retention", "release", REFERENCE, "--reason", "Over").code == 0
    code = code_of(riskgen)
    tried = json.loads(riskgen("retention", "apply", code, "--dry-run", "--json").out)
    done = json.loads(riskgen("retention", "apply", code, "--json", typed="y\n").out)
    assert (set(tried), set(done)) == (ERASED, ERASED)
    assert [row["reference"] for row in tried["would_erase"]] == [REFERENCE] == [r["reference"] for r in done["erased"]]
    assert (tried["erased"], done["would_erase"]) == ([], [])


def test_apply_shows_asks_erases_and_names_what_it_cannot_reach(riskgen: Callable[..., Any], cancelled: Path) -> None:
    (cancelled / "letter.txt").write_text("theirs", encoding="utf-8")
    forms = [path for path in cancelled.iterdir() if path.suffix == ".docx"]
    result = riskgen("retention", "apply", code_of(riskgen).upper(), typed="y\n")
    assert result.code == 0, result.err
    assert all(path.name in result.err for path in forms)
    assert f"Erased: {REFERENCE}." in result.out
    assert "letter.txt: somebody else put it there." in result.said
    assert "Paper copies" in result.said
    assert [path.name for path in cancelled.iterdir()] == ["letter.txt"]
    assert "were erased under the retention schedule" in riskgen("show", REFERENCE).said
    assert riskgen("history", "--verify").code == 0
    assert "Nothing may be erased today." in riskgen("retention", "due").out


@pytest.mark.parametrize("typed", ["n\n", "\n", ""])
def test_apply_erases_nothing_without_a_yes(riskgen: Callable[..., Any], cancelled: Path, typed: str) -> None:
    before = code_of(riskgen)
    assert riskgen("retention", "apply", before, typed=typed).code == 130
    assert code_of(riskgen) == before
    assert list(cancelled.iterdir())


def test_a_dry_run_shows_and_erases_nothing(riskgen: Callable[..., Any], cancelled: Path) -> None:
    before = code_of(riskgen)
    result = riskgen("retention", "apply", before, "--dry-run")
    assert result.code == 0
    assert REFERENCE in result.out
    assert "Nothing was erased (--dry-run)." in result.err
    assert code_of(riskgen) == before


def test_another_code_is_refused(riskgen: Callable[..., Any], cancelled: Path) -> None:
    result = riskgen("retention", "apply", "0123456789", typed="y\n")
    assert result.code == 4
    assert "Nothing was erased." in result.said


def test_somebody_unseen_is_refused_before_anything_is_shown(
    riskgen: Callable[..., Any], cancelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riskgen.service.desk.account_name", lambda: "")
    result = riskgen("retention", "apply", code_of(riskgen), typed="y\n")
    assert result.code == 4
    assert REFERENCE not in result.said


def test_a_hold_asks_for_its_reason_and_never_repeats_it(riskgen: Callable[..., Any], cancelled: Path) -> None:
    result = riskgen("retention", "hold", REFERENCE, typed="\n  \nQuaggareason\n")
    assert (result.code, result.out) == (0, f"{REFERENCE} is under legal hold.\n")
    shown = riskgen("retention", "due")
    assert f"- {REFERENCE} (cancelled), held since 2029-11-20 by S-01" in shown.said
    assert "Quagga" not in shown.said
    assert riskgen("retention", "hold", REFERENCE, "--reason", "x").code == 4
    assert (
        riskgen("retention", "release", REFERENCE, typed="Over\n").out
        == f"{REFERENCE} is no longer under legal hold.\n"
    )
    assert riskgen("retention", "release", REFERENCE).code == 4


def test_a_date_of_birth_is_never_told(
    home: Path, riskgen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, cancelled: Path
) -> None:
    schedule = home / "data" / "retention.yaml"
    schedule.write_text(schedule.read_text(encoding="utf-8").replace("from: closed", "from: birth"), encoding="utf-8")
    on(monkeypatch, "2026-11-20")
    assert [row["since"] for row in json.loads(riskgen("retention", "due", "--json").out)["unknown"]] == [None]
    assert "put child.born_on into the family's file" in riskgen("retention", "due").said
    with (home / "families" / "F-0123.yaml").open("a", encoding="utf-8") as file:
        file.write("\nchild.born_on: 2012-03-04\n")
    found = riskgen("retention", "due", "--json")
    assert json.loads(found.out)["erase"][0]["since"] is None
    for said in (found.said, riskgen("retention", "due").said):
        assert "2012" not in said


@pytest.mark.parametrize("command", [(), ("due",), ("apply",), ("hold",), ("release",)])
def test_help_has_an_example_and_fits_the_screen(riskgen: Callable[..., Any], command: tuple[str, ...]) -> None:
    shown = riskgen("retention", *command, "--help").out
    assert "Example:" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_lists_fit_the_screen(riskgen: Callable[..., Any], cancelled: Path) -> None:
    result = riskgen("retention", "due")
    assert max(map(len, (result.out + result.err).splitlines())) <= 80
