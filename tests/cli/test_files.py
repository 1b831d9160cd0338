"""What is written: names that give nobody away, nothing overwritten, files complete or absent whatever happens."""

import errno
import json
import os
import stat
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.visit import Event
from riskgen.register.store import open_register
from riskgen.service import clock
from riskgen.service.homes import Home

Run = Callable[..., Any]
VISIT = ("families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-12-02 10:30")
ASSESS = ("assess", *VISIT, "--no-input")
FORMS = ("intent-to-visit-office", "intent-to-visit-travelling", "risk-assessment")
needs_posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions, links or clocks of folders")

pytestmark = pytest.mark.usefixtures("quick_forms")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def pack(reference: str) -> list[str]:
    return [f"{reference}_{form}_2026-12-02.docx" for form in FORMS]


def complete(folder: Path) -> bool:
    """Whether a reference's folder holds its whole pack, each form with all that belongs into it."""
    return names(folder) == pack(folder.name) and all(
        path.read_text() == f"{path.name.split('_')[1]} of {folder.name}" for path in folder.iterdir()
    )


def referenced(riskgen: Run, *more: str) -> str:
    """Assess a visit; the reference that it got."""
    return str(json.loads(riskgen(*ASSESS, *more, "--json").out)["reference"])


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def history(home: Path) -> tuple[Event, ...]:
    """All that the register says has happened. It has to be sound."""
    with open_register(home / "register.db", read_only=True) as register, register.read() as reader:
        assert reader.verify() == ()
        return tuple(reader.all_events())


# --- names --------------------------------------------------------------------------------------


def test_names_carry_the_reference_the_form_and_the_date_and_no_name(riskgen: Run, home: Path) -> None:
    (home / "family.yaml").write_text('family: {name: ../../Escapade, reference: CON}\nchild: {name: "a/b\\\\c:d"}\n')
    result = riskgen("assess", "family.yaml", *VISIT[1:], "--no-input")
    assert result.code == 0, result.err
    assert names(home / "visits") == ["RA-2026-0001"]
    assert complete(home / "visits" / "RA-2026-0001")
    written = {path.name for path in home.rglob("*.docx") if "templates" not in path.parts}
    assert written == set(pack("RA-2026-0001"))


def test_references_follow_each_other_and_begin_anew_each_year(
    riskgen: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [referenced(riskgen) for _ in range(2)] == ["RA-2026-0001", "RA-2026-0002"]
    (home / "visits" / "RA-2026-0041").mkdir()  # the register counts, not the folder
    assert referenced(riskgen) == "RA-2026-0003"
    monkeypatch.setattr(clock, "utc_now", lambda: datetime(2027, 1, 1, 0, 30, tzinfo=UTC))
    monkeypatch.setattr(Home, "now", lambda self: datetime(2027, 1, 1, 0, 30))
    start = ("--start", "2027-01-12 10:30")
    assert [referenced(riskgen, *start) for _ in range(2)] == ["RA-2027-0001", "RA-2027-0002"]


def test_references_go_on_after_those_of_forms_from_before_the_register(riskgen: Run, home: Path) -> None:
    for name in ("RA-2025-0815", "RA-2026-0041", "RA-2026-0007", "RA-2026-oops"):
        (home / "visits" / name).mkdir(parents=True)
        (home / "visits" / name / "form.docx").touch()
    (home / "visits" / "notes.txt").touch()
    before = files(home)
    refused = riskgen(*ASSESS)
    assert refused.code == 5
    assert "there are forms of visits in the folder 'visits'" in refused.said
    assert "riskgen doctor --new-register" in refused.said
    assert "Nothing was saved." in refused.said
    assert files(home) == before
    assert riskgen("doctor", "--new-register", typed="y\n").code == 0
    assert [referenced(riskgen) for _ in range(2)] == ["RA-2026-0042", "RA-2026-0043"]


def test_forms_that_go_elsewhere_take_a_reference_all_the_same(riskgen: Run, home: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert riskgen(*ASSESS, "--output", tmp_path / "out").code == 0
    assert names(tmp_path / "out") == sorted(pack("RA-2026-0001") + pack("RA-2026-0002"))
    assert names(home / "visits") == []
    assert referenced(riskgen) == "RA-2026-0003"


@needs_posix
def test_what_is_written_is_for_its_owner_alone(riskgen: Run, home: Path) -> None:
    riskgen(*ASSESS)
    written = [home / "register.db", home / "visits", *(home / "visits").rglob("*")]
    assert all(path.stat().st_mode & 0o077 == 0 for path in written)


# --- overwriting --------------------------------------------------------------------------------


def test_nothing_is_overwritten_without_force_and_this_is_said_before_asking(riskgen: Run, home: Path) -> None:
    riskgen(*ASSESS)
    folder = home / "visits" / "RA-2026-0001"
    edited = folder / pack("RA-2026-0001")[2]
    edited.write_text("edited by staff")
    result = riskgen("assess", *VISIT, "--reference", "RA-2026-0001", typed="S-03\n")
    assert result.code == 4
    assert "--force" in result.err
    assert "?" not in result.err
    assert edited.read_text() == "edited by staff"
    assert names(folder) == pack("RA-2026-0001")


def test_force_keeps_the_old_forms(riskgen: Run, home: Path) -> None:
    riskgen(*ASSESS)
    folder = home / "visits" / "RA-2026-0001"
    edited = folder / pack("RA-2026-0001")[2]
    edited.write_text("edited by staff")
    result = riskgen(*ASSESS, "--reference", "RA-2026-0001", "--force")
    assert result.code == 0
    assert "The safe word is still the same." in result.said
    assert edited.with_name(f"{edited.name}.bak").read_text() == "edited by staff"
    assert edited.read_text() == "risk-assessment of RA-2026-0001"
    assert names(home / "visits") == ["RA-2026-0001"]


def test_forms_of_another_day_replace_those_of_the_day_before(riskgen: Run, home: Path) -> None:
    riskgen(*ASSESS)
    moved = riskgen("assess", "--reference", "RA-2026-0001", "--start", "2026-12-03 10:30", "--no-input", "--force")
    assert moved.code == 0, moved.err
    later = [name.replace("12-02", "12-03") for name in pack("RA-2026-0001")]
    outdated = [f"{name}.bak" for name in pack("RA-2026-0001")]
    assert names(home / "visits" / "RA-2026-0001") == sorted(later + outdated)


@needs_posix
def test_a_link_where_a_form_goes_is_not_written_through(riskgen: Run, home: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "out").mkdir()
    link = tmp_path / "out" / pack("RA-2026-0001")[0]
    link.symlink_to(victim)
    result = riskgen(*ASSESS, "--output", tmp_path / "out")
    assert result.code == 4
    assert victim.read_text() == "precious"
    assert names(home / "visits") == []
    assert "Nothing was saved." in result.said
    assert riskgen(*ASSESS, "--output", tmp_path / "out", "--force").code == 0
    assert victim.read_text() == "precious"
    assert not link.is_symlink()


# --- where nothing can be written ---------------------------------------------------------------


@pytest.mark.parametrize("arguments", [(), ("--output", "school.yaml"), ("--output", "school.yaml/below")])
def test_a_place_where_nothing_can_be_written_is_told_before_asking(
    arguments: tuple[str, ...], riskgen: Run, home: Path
) -> None:
    if not arguments:
        (home / "visits").write_text("a file in place of the folder")
    before = sorted(home.rglob("*"))
    result = riskgen("assess", *VISIT, *arguments, typed="S-03\n")
    assert result.code == 5
    assert "A file stands where a folder is needed." in result.said
    assert "? " not in result.err
    assert sorted(home.rglob("*")) == before


def test_a_folder_that_may_only_be_read_is_told_before_asking(
    riskgen: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def read_only(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        if flags & os.O_WRONLY:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, flags, *rest, **more)

    monkeypatch.setattr(os, "open", read_only)
    for command in (("assess", *VISIT), ("demo",), ("init", "new", "--policy", "bchs")):
        result = riskgen(*command, typed="S-03\n")
        assert result.code == 5, command
        assert "You may not write there." in result.said
        assert "? " not in result.err
    assert not (home / "visits").exists()
    assert not (home / "new").exists()
    assert not (home / "riskgen-demo").exists()


def test_visits_that_may_only_be_read_are_told_even_where_the_forms_go_elsewhere(
    riskgen: Run, home: Path, tmp_path: Path
) -> None:
    (home / "visits").write_text("a file in place of the folder")
    result = riskgen("assess", *VISIT, "--output", tmp_path / "out", typed="S-03\n")
    assert result.code == 5
    assert "? " not in result.err


@pytest.mark.parametrize("output", [(), ("--output", "out")])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_full_disk_leaves_no_forms_and_no_visit(
    at: int, output: tuple[str, ...], riskgen: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert referenced(riskgen) == "RA-2026-0001"
    before, events = files(home), history(home)
    real, calls = os.fsync, iter(range(1, 100))

    def full(handle: int) -> None:
        if os.fstat(handle).st_size and next(calls) >= at and not stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        result = riskgen(*ASSESS, *output)
    assert result.code == 5
    assert "The disk is full. Make room, and try again." in result.said
    assert "Nothing was saved." in result.said
    assert ".riskgen-" not in result.err
    assert result.out == ""
    assert files(home) == before
    assert names(home / "visits") == ["RA-2026-0001"]
    assert history(home) == events
    assert referenced(riskgen) == "RA-2026-0002"


def test_a_form_that_is_open_in_word_is_told_after_some_patience(
    riskgen: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    riskgen(*ASSESS)
    folder = home / "visits" / "RA-2026-0001"
    held = folder / pack("RA-2026-0001")[1]
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    real = Path.replace

    def replace(self: Path, target: Any) -> Path:
        if Path(target) == held:
            raise PermissionError(errno.EACCES, "The process cannot access the file", str(target))
        return real(self, target)

    before = {path: path.read_bytes() for path in folder.iterdir()}
    for path in before:
        path.write_text("edited by staff")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        result = riskgen(*ASSESS, "--reference", "RA-2026-0001", "--force")
    assert result.code == 5
    assert "Close it in Word" in result.said
    assert "The visit is in the register as RA-2026-0001, but its forms are not in place" in result.said
    assert 2 <= sum(waited) <= 3
    assert {path: path.read_text() for path in folder.iterdir()} == dict.fromkeys(before, "edited by staff")
    again = riskgen("assess", *VISIT, "--no-input")  # whatever comes next puts them in place
    assert again.code == 0
    assert "The forms of RA-2026-0001" in again.said
    assert {path: path.read_bytes() for path in before} == before
    assert all(path.with_name(f"{path.name}.bak").read_text() == "edited by staff" for path in before)


# --- what was left behind, and what is used up -----------------------------------------------------


@needs_posix
def test_what_a_run_that_died_has_left_is_cleared_away_in_time(riskgen: Run, home: Path) -> None:
    riskgen(*ASSESS)
    for name in ("old", "new"):
        (home / "visits" / f".riskgen-{name}.tmp").mkdir(parents=True)
        (home / "visits" / f".riskgen-{name}.tmp" / "form.docx").write_text("an address")
    old = home / "visits" / ".riskgen-old.tmp"
    os.utime(old, (time.time() - 7200,) * 2)
    riskgen(*ASSESS)
    assert names(home / "visits") == [".riskgen-new.tmp", "RA-2026-0001", "RA-2026-0002"]


def test_a_year_whose_references_are_all_taken_is_refused(riskgen: Run, home: Path) -> None:
    (home / "visits" / "RA-2026-999998").mkdir(parents=True)
    (home / "visits" / "RA-2026-999998" / "form.docx").touch()
    assert riskgen("doctor", "--new-register", typed="y\n").code == 0
    assert referenced(riskgen) == "RA-2026-999999"
    events = history(home)
    result = riskgen(*ASSESS)
    assert result.code == 4
    assert "All references of 2026 have been taken. Nothing was saved." in result.said
    assert history(home) == events
