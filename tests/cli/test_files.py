"""What is written: names that give nobody away, nothing overwritten, files complete or absent whatever happens."""

import errno
import io
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from riskgen.cli.main import run

Run = Callable[..., Any]
VISIT = ("families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-12-02 10:30")
ASSESS = ("assess", *VISIT, "--no-input")
FORMS = ("intent-to-visit-office", "intent-to-visit-travelling", "risk-assessment")
needs_posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions, links or clocks of folders")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, which only POSIX has")

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
    (home / "visits" / "RA-2025-0815").mkdir(parents=True)
    (home / "visits" / "RA-2026-0041").mkdir()
    (home / "visits" / "RA-2026-oops").mkdir()
    (home / "visits" / "notes.txt").touch()
    references = [json.loads(riskgen(*ASSESS, "--json").out)["reference"] for _ in range(2)]
    assert references == ["RA-2026-0042", "RA-2026-0043"]


def test_forms_that_go_elsewhere_take_a_reference_all_the_same(riskgen: Run, home: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert riskgen(*ASSESS, "--output", tmp_path / "out").code == 0
    assert names(tmp_path / "out") == sorted(pack("RA-2026-0001") + pack("RA-2026-0002"))
    assert names(home / "visits") == ["RA-2026-0001", "RA-2026-0002"]


@needs_posix
def test_what_is_written_is_for_its_owner_alone(riskgen: Run, home: Path) -> None:
    riskgen(*ASSESS)
    assert all(path.stat().st_mode & 0o077 == 0 for path in [home / "visits", *(home / "visits").rglob("*")])


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
    assert "The safe word is a new one: tell the visitors" in result.said
    assert edited.with_name(f"{edited.name}.bak").read_text() == "edited by staff"
    assert edited.read_text() == "risk-assessment of RA-2026-0001"
    assert names(home / "visits") == ["RA-2026-0001"]


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
@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_full_disk_leaves_nothing_behind(
    at: int, output: tuple[str, ...], riskgen: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(path for path in home.rglob("*") if path.is_file())
    real, calls = os.fsync, iter(range(1, 100))

    def full(handle: int) -> None:
        if os.fstat(handle).st_size and next(calls) >= at:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    result = riskgen(*ASSESS, *output)
    if at == 4 and result.code == 0:
        return  # only three files hold anything
    assert result.code == 5
    assert "The disk is full. Make room, and try again." in result.said
    assert ".riskgen-" not in result.err
    assert result.out == ""
    assert sorted(path for path in home.rglob("*") if path.is_file()) == before
    assert names(home / "visits") == []


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
    monkeypatch.setattr(Path, "replace", replace)
    result = riskgen(*ASSESS, "--reference", "RA-2026-0001", "--force")
    assert result.code == 5
    assert "Close it in Word" in result.said
    assert 2 <= sum(waited) <= 3
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


# --- death --------------------------------------------------------------------------------------

_CALLS = ("open", "fsync", "link", "replace", "rename", "mkdir", "unlink", "rmdir")
_DIED = 77


def _die_at(number: int) -> None:
    """Have this process end at once, as by SIGKILL, before the given one of the calls that change a disk."""
    so_far = iter(range(1, 10_000))

    def deadly(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            reading = real is opening and not given[1] & os.O_CREAT
            if not reading and next(so_far) == number:
                os._exit(_DIED)
            return real(*given, **named)

        return call

    opening = os.open
    for name in _CALLS:
        setattr(os, name, deadly(getattr(os, name)))


def _in_child(work: Callable[[], int]) -> int:
    child = os.fork()
    if not child:
        code = 70
        try:
            sys.stdout = sys.stderr = io.StringIO()
            code = work()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@needs_fork
def test_whatever_call_it_dies_at_a_pack_is_complete_or_absent(riskgen: Run, home: Path) -> None:
    riskgen(*ASSESS, "--dry-run")  # so that the data is read already
    ends: list[bool] = []
    for number in range(1, 200):
        shutil.rmtree(home / "visits", ignore_errors=True)

        def work(at: int = number) -> int:
            _die_at(at)
            return run(list(ASSESS))

        code = _in_child(work)
        assert code in (0, _DIED)
        folder = home / "visits" / "RA-2026-0001"
        assert not folder.exists() or names(folder) == [] or complete(folder), names(folder)
        ends.append(complete(folder))
        if code == 0:
            break
    assert len(ends) > 12, "the calls were not counted"
    assert ends == sorted(ends), "a pack that was there is there no more"
    assert riskgen(*ASSESS).code == 0, "what was left behind is in the way"


@needs_fork
def test_whatever_call_it_dies_at_no_edited_form_is_lost(riskgen: Run, home: Path) -> None:
    riskgen(*ASSESS)
    folder = home / "visits" / "RA-2026-0001"
    for name in names(folder):
        (folder / name).write_text("edited by staff")
    kept = home.with_name("kept")
    shutil.copytree(folder, kept)
    for number in range(1, 200):
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)

        def work(at: int = number) -> int:
            _die_at(at)
            return run([*ASSESS, "--reference", "RA-2026-0001", "--force"])

        code = _in_child(work)
        for name in pack("RA-2026-0001"):
            there = [path.read_text() for path in (folder / name, folder / f"{name}.bak") if path.exists()]
            assert "edited by staff" in there
            assert not set(there) - {"edited by staff", f"{name.split('_')[1]} of RA-2026-0001"}
        if code == 0:
            return
    raise AssertionError("it never came to an end")


@needs_posix
def test_what_a_run_that_died_has_left_is_cleared_away_in_time(riskgen: Run, home: Path) -> None:
    for name in ("old", "new"):
        (home / "visits" / f".riskgen-{name}.tmp").mkdir(parents=True)
        (home / "visits" / f".riskgen-{name}.tmp" / "form.docx").write_text("an address")
    old = home / "visits" / ".riskgen-old.tmp"
    os.utime(old, (time.time() - 7200,) * 2)
    riskgen(*ASSESS)
    assert names(home / "visits") == [".riskgen-new.tmp", "RA-2026-0001"]


# --- several at once ----------------------------------------------------------------------------


@needs_fork
def test_eight_at_once_get_eight_references(riskgen: Run, home: Path) -> None:
    riskgen(*ASSESS, "--dry-run")
    ready, go = os.pipe(), os.pipe()
    children = []
    for _ in range(8):
        child = os.fork()
        if not child:
            code = 70
            try:
                sys.stdout = sys.stderr = io.StringIO()
                os.write(ready[1], b".")
                os.read(go[0], 1)
                code = max(run(list(ASSESS)) for _ in range(3))
            finally:
                os._exit(code)
        children.append(child)
    for _ in children:
        os.read(ready[0], 1)
    os.write(go[1], b"." * 8)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 8
    assert names(home / "visits") == [f"RA-2026-{number:04}" for number in range(1, 25)]
    assert all(complete(folder) for folder in (home / "visits").iterdir())


def test_a_year_whose_references_are_all_taken_is_refused(riskgen: Run, home: Path) -> None:
    (home / "visits" / "RA-2026-9999").mkdir(parents=True)
    result = riskgen(*ASSESS)
    assert result.code == 4
    assert "All 9,999 references of 2026 are taken." in result.said
