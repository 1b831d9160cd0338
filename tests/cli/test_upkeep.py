"""`backup` and `doctor` as somebody at a terminal meets them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from riskgen.cli.words import WIDTH
from riskgen.register.key import KEY_VARIABLE
from riskgen.service import clock

VISIT = (
    *("assess", "families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-12-02 10:30"),
    "--no-input",
)
Run = Callable[..., Any]


@pytest.fixture
def recorded(home: Path, riskgen: Run, quick_forms: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A school with one visit in its register, and the key in a file."""
    monkeypatch.delenv(KEY_VARIABLE)
    text = (home / "school.yaml").read_text(encoding="utf-8")
    (home / "school.yaml").write_text(f"{text}register: {{key_file: {tmp_path / 'the.key'}}}\n", encoding="utf-8")
    assert riskgen(*VISIT).code == 0
    return home


def key_of(tmp_path: Path) -> str:
    return (tmp_path / "the.key").read_text(encoding="ascii").strip()


def test_backup_says_what_it_holds_and_what_not(recorded: Path, riskgen: Run, tmp_path: Path) -> None:
    result = riskgen("backup", tmp_path / "copy.db")
    assert result.code == 0
    assert "2 events, 1 visit." in result.said
    assert "Not in it: the key of the safe words" in result.said
    assert "the forms in the folder 'visits'" in result.said
    assert "in place of register.db" in result.said
    assert key_of(tmp_path) not in result.said
    assert (tmp_path / "copy.db").is_file()


def test_backup_as_json_has_these_keys(recorded: Path, riskgen: Run, tmp_path: Path) -> None:
    result = riskgen("backup", tmp_path / "copy.db", "--json")
    report = json.loads(result.out)
    assert set(report) == {"file", "bytes", "events", "visits", "head", "register", "key_at", "warnings"}
    assert (report["events"], report["visits"], report["register"], report["warnings"]) == (2, 1, "sqlite", [])
    assert len(report["head"]) == 64


def test_backup_never_replaces_a_file(recorded: Path, riskgen: Run, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(b"of somebody else")
    result = riskgen("backup", tmp_path / "copy.db")
    assert result.code == 4
    assert "Nothing was written" in result.said
    assert (tmp_path / "copy.db").read_bytes() == b"of somebody else"


def test_backup_into_a_folder_that_is_not_there_writes_nothing(recorded: Path, riskgen: Run, tmp_path: Path) -> None:
    result = riskgen("backup", tmp_path / "no" / "copy.db")
    assert result.code == 5
    assert "Make it first" in result.said


def test_backup_of_no_register_makes_none(home: Path, riskgen: Run, tmp_path: Path) -> None:
    result = riskgen("backup", tmp_path / "copy.db")
    assert result.code == 5
    assert "no register yet" in result.said
    assert not (home / "register.db").exists()
    assert not (tmp_path / "copy.db").exists()


def test_a_policy_that_is_broken_keeps_nobody_from_backup_and_doctor(
    recorded: Path, riskgen: Run, tmp_path: Path
) -> None:
    for policy in (recorded / "data" / "policies").rglob("*.yaml"):
        policy.write_text("broken: [", encoding="utf-8")
    assert riskgen("backup", tmp_path / "copy.db").code == 0
    result = riskgen("doctor")
    assert result.code == 0
    assert "riskgen check" in result.said


def test_backup_warns_of_a_clock_that_is_behind(
    recorded: Path, riskgen: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: datetime(2026, 11, 1, tzinfo=UTC))
    result = riskgen("backup", tmp_path / "copy.db", "--json")
    assert "Warning: The clock of this computer" in result.err
    assert json.loads(result.out)["events"] == 2


def test_doctor_tells_one_line_of_each_thing(recorded: Path, riskgen: Run) -> None:
    result = riskgen("doctor")
    assert result.code == 0
    marks = {line.split()[0] for line in result.out.splitlines() if not line.startswith(" ")}
    assert marks == {"OK", "Note", "Warning"}
    assert "No backup of this register" in result.said
    assert "No fault; 1 warning." in result.err
    assert max(len(line) for line in result.out.splitlines() if "/" not in line) <= WIDTH


def test_doctor_as_json_has_these_keys(recorded: Path, riskgen: Run) -> None:
    result = riskgen("doctor", "--json")
    report = json.loads(result.out)
    assert set(report) == {"folder", "sound", "register", "findings"}
    assert set(report["register"]) == {"dialect", "version", "events", "visits", "head"}
    assert [set(finding) for finding in report["findings"]] == [{"check", "status", "message", "hint"}] * len(
        report["findings"]
    )
    checks = (
        "place share permissions register database clock chain key words unfinished forms folders timezone staff "
        "backup pdf"
    )
    assert [finding["check"] for finding in report["findings"]] == checks.split()
    assert {finding["status"] for finding in report["findings"]} == {"ok", "note", "warning"}
    assert report["sound"] is True


def test_doctor_ends_with_5_at_a_fault(recorded: Path, riskgen: Run) -> None:
    (recorded / "register.db").write_bytes(b"no database at all" * 300)
    result = riskgen("doctor", "--json")
    report = json.loads(result.out)
    assert (result.code, report["sound"], report["register"]) == (5, False, None)
    assert "fault" in {finding["status"] for finding in report["findings"]}


def test_doctor_starts_a_register_where_there_were_only_forms(recorded: Path, riskgen: Run) -> None:
    (recorded / "register.db").unlink()
    (recorded / ".." / "the.key").resolve().unlink()
    assert riskgen("doctor").code == 5
    assert riskgen(*VISIT).code == 5
    result = riskgen("doctor", "--new-register")
    assert result.code == 0
    assert "Started a register" in result.said
    assert riskgen("doctor", "--new-register").code == 4
    assert riskgen(*VISIT).code == 0
    assert (recorded / "visits" / "RA-2026-0002").is_dir()


def test_doctor_makes_a_new_key_once_somebody_says_so(recorded: Path, riskgen: Run, tmp_path: Path) -> None:
    before = key_of(tmp_path)
    assert riskgen("doctor", "--new-key", typed="y\n").code == 4
    (tmp_path / "the.key").unlink()
    assert riskgen("doctor").code == 5
    refused = riskgen("doctor", "--new-key", typed="n\n")
    assert refused.code != 0
    assert not (tmp_path / "the.key").exists()
    result = riskgen("doctor", "--new-key", typed="y\n")
    assert result.code == 0
    assert "erased from the register: RA-2026-0001" in result.said
    assert "look there first" in result.said
    assert key_of(tmp_path) not in (before, "")
    assert key_of(tmp_path) not in result.said
    assert riskgen("doctor").code == 0


def test_a_visit_whose_word_was_lost_is_given_a_new_one(recorded: Path, riskgen: Run, tmp_path: Path) -> None:
    (tmp_path / "the.key").unlink()
    assert riskgen("doctor", "--new-key", typed="y\n").code == 0
    again = riskgen("assess", "--reference", "RA-2026-0001", "--no-input", "--force")
    assert again.code == 0, again.err
    report = json.loads(riskgen("doctor", "--json").out)
    assert [(each["check"], each["status"]) for each in report["findings"] if each["check"] == "words"] == [
        ("words", "ok")
    ]


def test_the_two_repairs_are_not_asked_for_together(recorded: Path, riskgen: Run) -> None:
    assert riskgen("doctor", "--new-key", "--new-register").code == 2


def test_the_forms_that_a_run_left_are_put_in_place(recorded: Path, riskgen: Run) -> None:
    visits = recorded / "visits"
    (visits / "RA-2026-0001").rename(visits / ".riskgen-RA-2026-0001.tmp")
    result = riskgen("doctor")
    assert result.code == 0
    assert "Put in place: the forms of RA-2026-0001" in result.said
    assert (visits / "RA-2026-0001").is_dir()
