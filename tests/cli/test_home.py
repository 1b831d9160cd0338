"""A school's own folder: made once, found in three ways, and never replaced by another school's."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
ROOT = Path(__file__).parents[2]
NEEDING_A_HOME = [("assess",), ("now",)]
VISIT = ("families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-12-02 10:30")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- init ---------------------------------------------------------------------------------------


def test_init_makes_a_school_of_its_own_that_works(riskgen: Run, away: Path) -> None:
    result = riskgen("init", "myschool", "--policy", "st-patricks")
    assert result.code == 0
    assert "riskgen check" in result.err
    school = away / "myschool"
    assert "\npolicy: st-patricks\n" in (school / "school.yaml").read_text()
    for name in ("data", "templates"):
        shipped = {each: content for each, content in files(ROOT / name).items() if "__pycache__" not in each}
        assert files(school / name) == shipped
    assert {path.name for path in (school / "families").iterdir()} == {"F-0123.yaml", "F-0456.yaml", "F-0789.yaml"}
    if os.name == "posix":
        assert all(path.stat().st_mode & 0o077 == 0 for path in [school, *school.rglob("*")])
    found = riskgen("assess", "--home", school, *(school / name for name in VISIT[:2]), *VISIT[2:], "--dry-run")
    assert found.out.startswith("RA-DRAFT  St Patrick")


@pytest.mark.parametrize("policy", ["bchs", "heather-avenue", "le-rocquier", "robert-ogden", "st-patricks"])
def test_a_new_school_can_assess_the_example_families_at_once(
    policy: str, riskgen: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (home / "school.yaml").read_text().replace("policy: bchs", f"policy: {policy}")
    (home / "school.yaml").write_text(text)
    for family in ("F-0123", "F-0456", "F-0789"):
        result = riskgen("assess", f"families/{family}.yaml", *VISIT[1:], "--no-input", "--dry-run", "--json")
        assert json.loads(result.out)["policy"]["id"] == policy


def test_init_refuses_a_folder_that_holds_a_school(riskgen: Run, home: Path) -> None:
    before = files(home)
    result = riskgen("init", ".", "--policy", "bchs")
    assert result.code == 4
    assert "Nothing was changed." in result.said
    assert "--force" in result.said
    assert files(home) == before


def test_init_with_force_adds_only_what_is_missing(riskgen: Run, home: Path) -> None:
    before = files(home)
    (home / "school.yaml").write_text("policy: mine\n")
    (home / "data" / "topics.yaml").write_text("edited\n")
    (home / "templates" / "forms" / "risk-assessment.docx").unlink()
    (home / "families" / "F-0123.yaml").unlink()
    result = riskgen("init", ".", "--policy", "le-rocquier", "--force")
    assert result.code == 0
    assert "2 files" in result.err
    wanted = {**before, "school.yaml": b"policy: mine\n", "data/topics.yaml": b"edited\n"}
    assert files(home) == wanted


def test_init_knows_only_the_policies_that_there_are(riskgen: Run, away: Path) -> None:
    result = riskgen("init", "myschool", "--policy", "bhcs")
    assert result.code == 3
    assert "There is no policy 'bhcs'." in result.said
    assert "bchs, heather-avenue, le-rocquier, robert-ogden, st-patricks" in result.said
    assert list(away.iterdir()) == []


def test_init_below_a_file_says_so_and_leaves_nothing(riskgen: Run, away: Path) -> None:
    (away / "file").write_text("here\n")
    assert riskgen("init", "file", "--policy", "bchs").code == 2
    result = riskgen("init", "file/school", "--policy", "bchs")
    assert result.code == 5
    assert "A file stands where a folder is needed." in result.said
    assert files(away) == {"file": b"here\n"}


# --- finding it ---------------------------------------------------------------------------------


def policy_used(result: Any) -> str:
    return str(json.loads(result.out)["policy"]["id"])


def test_the_option_goes_before_the_variable_and_that_before_the_working_folder(
    riskgen: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("le-rocquier", "st-patricks"):
        shutil.copytree(home, tmp_path / name)
        text = (home / "school.yaml").read_text().replace("policy: bchs", f"policy: {name}")
        (tmp_path / name / "school.yaml").write_text(text)
    arguments = ("assess", *VISIT, "--no-input", "--dry-run", "--json")
    assert policy_used(riskgen(*arguments)) == "bchs"
    monkeypatch.setenv("RISKGEN_HOME", str(tmp_path / "le-rocquier"))
    assert policy_used(riskgen(*arguments)) == "le-rocquier"
    assert policy_used(riskgen(*arguments, "--home", tmp_path / "st-patricks")) == "st-patricks"


@pytest.mark.parametrize("command", NEEDING_A_HOME)
def test_without_a_school_nothing_is_decided(command: tuple[str, ...], riskgen: Run, away: Path) -> None:
    result = riskgen(*command)
    assert result.code == 3
    assert "There is no school.yaml in this folder." in result.said
    assert "riskgen init myschool" in result.said
    assert list(away.iterdir()) == []


@pytest.mark.parametrize("command", [*NEEDING_A_HOME, ("compare",), ("check",), ("policy", "list")])
def test_a_school_that_was_named_and_is_not_there_is_never_replaced_by_another(
    command: tuple[str, ...], riskgen: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_option = riskgen(*command, "--home", "elsewhere")
    assert by_option.code == 3
    assert "There is no school.yaml in --home elsewhere." in by_option.said
    monkeypatch.setenv("RISKGEN_HOME", "/not/there")
    by_variable = riskgen(*command)
    assert by_variable.code == 3
    assert "There is no school.yaml in RISKGEN_HOME=/not/there." in by_variable.said


def test_a_school_with_a_fault_in_its_data_decides_nothing_and_shows_every_fault(riskgen: Run, home: Path) -> None:
    hazard = home / "data" / "hazards" / "animal.yaml"
    hazard.write_text(hazard.read_text().replace("likelihood: possible", "likelihood: posible", 1))
    matrix = home / "data" / "matrices" / "somerset.yaml"
    matrix.write_text(matrix.read_text() + "surplus: yes\n")
    text = (home / "school.yaml").read_text().replace("timezone: Europe/London", "timezone: Europe/Londinium")
    (home / "school.yaml").write_text(text)
    result = riskgen("assess", *VISIT, "--no-input")
    assert result.code == 3
    for words in ("data/hazards/animal.yaml:", "data/matrices/somerset.yaml:", "posible", "surplus"):
        assert words in result.said
    assert not (home / "visits").exists()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("policy: bchs", "policy: bhcs", "There is no policy 'bhcs' in data/policies. Did you mean 'bchs'?"),
        ("Europe/London", "Europe/Londinium", "'Europe/Londinium' is not a time zone."),
        ("id: S-02", "id: S-01", "Two people have the reference 'S-01'."),
        ("roles: [office]", "roles: [ofice]", "There is no role 'ofice'. Did you mean 'office'?"),
        ("office_phone: 01632 960001", "phone: 01632 960001", "office_phone"),
        ("name: Jules Invented", 'name: "Jules\\x07"', "U+0007"),
        ("expires: 2026-01-31", "expires: 31/01/2026", "2026-12-02"),
        ("class: social", "class: pleasure", "business, social"),
        ("staff:", "staff: []\nstuff:", "staff"),
    ],
)
def test_a_fault_in_school_yaml_is_named_with_its_line(
    old: str, new: str, words: str, riskgen: Run, home: Path
) -> None:
    text = (home / "school.yaml").read_text()
    assert old in text
    changed = text.replace(old, new, 1)
    (home / "school.yaml").write_text(changed)
    result = riskgen("now")
    assert result.code == 3
    assert words in result.said
    assert "school.yaml:" in result.err


def test_a_school_is_not_made_where_a_service_keeps_folders_in_step(riskgen: Run, tmp_path: Path) -> None:
    folder = tmp_path / "Dropbox" / "school"
    result = riskgen("init", folder, "--policy", "bchs")
    assert (result.code, "Dropbox" in result.said, "Nothing was made." in result.said) == (5, True, True)
    assert not folder.exists()
