"""A register that cannot be used: every command says so and what to do, changes nothing, and touches nothing."""

import errno
import io
import os
import resource
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from riskgen.cli.main import run
from riskgen.register import database

ASSESS = ("assess", "answers.yaml", "--no-input")
REF = "RA-2026-0001"
COMMANDS: dict[str, tuple[str, ...]] = {
    "assess": ASSESS,
    "assess again": (*ASSESS, "--reference", REF, "--force"),
    "depart": ("depart", REF),
    "board": ("board",),
    "show": ("show", REF),
    "list": ("list",),
}
WRITING = ("assess", "assess again", "depart")
RIGHTS = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind this user, or are not POSIX"
)


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below, links followed no further than to what was shipped."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5000])


def cut_to_its_first_page(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096])


def a_page_overwritten(path: Path) -> None:
    """Not the first page, which says what the file is, but the next that holds a table."""
    content = bytearray(path.read_bytes())
    content[4096:8192] = bytes(range(256)) * 16
    path.write_bytes(bytes(content))


def another_programs(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as database:
        database.executescript("CREATE TABLE song (name TEXT); INSERT INTO song VALUES ('one'); PRAGMA user_version=1")


def a_text_file(path: Path) -> None:
    path.write_text("Visits of this term\n" * 500)


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def a_folder_of_that_name(path: Path) -> None:
    path.unlink()
    path.mkdir()


def missing(path: Path) -> None:
    path.unlink()


HARM: dict[Callable[[Path], None], tuple[str, str]] = {
    truncated: ("is damaged", "Restore the last backup"),
    cut_to_its_first_page: ("is damaged", "Restore the last backup"),
    a_page_overwritten: ("is damaged", "Restore the last backup"),
    another_programs: ("is not a register of riskgen", "Check the address"),
    a_text_file: ("is not a register of riskgen", "Check the address"),
    newer: ("A newer riskgen wrote", "Install the newer riskgen"),
    empty: ("is damaged", "Restore the last backup"),
    a_folder_of_that_name: ("is not a register of riskgen", "Check the address"),
    missing: ("The register is not there", "riskgen doctor --new-register"),
}


@pytest.fixture
def kept(home: Path, authorised: Callable[[], str]) -> Path:
    """A school's folder with one visit in the register, authorised and ready to leave."""
    assert authorised() == REF
    return home


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("harm", HARM, ids=lambda harm: harm.__name__.replace("_", " "))
def test_a_register_that_is_not_as_it_should_be_stops_every_command(
    harm: Callable[[Path], None], command: str, riskgen: Any, kept: Path
) -> None:
    harm(kept / "register.db")
    before = contents(kept)
    result = riskgen(*COMMANDS[command])
    assert result.code == 5, result.said
    what, hint = HARM[harm]
    assert what in result.said
    assert hint in result.said
    assert "Nothing was saved." in result.said or "Nothing was changed." in result.said
    assert result.out == ""
    assert contents(kept) == before


@pytest.mark.parametrize("command", WRITING)
def test_nothing_is_written_beside_a_second_copy_of_the_register(command: str, riskgen: Any, kept: Path) -> None:
    shutil.copy(kept / "register.db", kept / "register (conflicted copy 2026-03-02).db")
    before = contents(kept)
    result = riskgen(*COMMANDS[command])
    assert result.code == 5
    assert "register (conflicted copy 2026-03-02).db" in result.said
    assert "move the other one out" in result.said
    assert contents(kept) == before


@contextmanager
def held(path: Path, fork: Any) -> Iterator[None]:
    """Another process is in the middle of writing to the register."""

    def hold(tell: Callable[[str], None]) -> int:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("BEGIN EXCLUSIVE")
            tell("held")
            while True:
                os.read(forever, 1)

    forever, _ = os.pipe()
    child = fork(hold)
    assert child.wait_for_a_word() == "held"
    try:
        yield
    finally:
        child.kill()
        child.end()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_register_that_another_program_holds_is_waited_for_and_then_told(
    command: str, riskgen: Any, kept: Path, fork: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAIT", 0.2)
    before = contents(kept)
    with held(kept / "register.db", fork):
        result = riskgen(*COMMANDS[command])
    assert result.code == 5, result.said
    assert "was in use by another program for 0.2 seconds. Try again in a minute." in result.said
    assert "Nothing was saved." in result.said or "Nothing was changed." in result.said
    assert {name: data for name, data in contents(kept).items() if "-journal" not in name} == before
    assert riskgen("depart", REF).code == 0  # whoever held it is gone


@pytest.mark.parametrize("command", WRITING)
@RIGHTS
def test_a_register_or_folder_that_may_only_be_read_is_told(command: str, riskgen: Any, kept: Path) -> None:
    for place, mode in ((kept / "register.db", 0o400), (kept, 0o500)):
        usual = place.stat().st_mode
        before = contents(kept)
        place.chmod(mode)
        try:
            result = riskgen(*COMMANDS[command])
        finally:
            place.chmod(usual)
        assert result.code == 5, result.said
        assert "written to by you" in result.said or "You may not write there." in result.said
        assert contents(kept) == before


@pytest.mark.parametrize("command", COMMANDS)
def test_a_register_that_the_system_lets_nobody_write_to_is_told(
    command: str, riskgen: Any, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the one before, and for those whom permissions do not bind."""
    real = os.access

    def no_writing(path: Any, *mode: Any, **more: Any) -> bool:
        return Path(path).name != "register.db" and real(path, *mode, **more)

    monkeypatch.setattr(os, "access", no_writing)
    monkeypatch.setattr(os, "supports_effective_ids", {no_writing} | os.supports_effective_ids)
    before = contents(kept)
    result = riskgen(*COMMANDS[command])
    if command in WRITING:
        assert result.code == 5, result.said
        assert "cannot be opened or written to by you. Ask who looks after the folder" in result.said
    assert contents(kept) == before


@pytest.mark.parametrize("command", WRITING)
def test_a_folder_that_the_system_lets_nobody_write_to_is_told(
    command: str, riskgen: Any, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def read_only(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR):
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        return real(path, flags, *rest, **more)

    monkeypatch.setattr(os, "open", read_only)
    before = contents(kept)
    result = riskgen(*COMMANDS[command])
    assert result.code == 5, result.said
    assert "You may not write there." in result.said
    assert contents(kept) == before


@pytest.mark.parametrize("command", WRITING)
def test_a_full_disk_under_the_register_leaves_what_was_there(
    command: str, riskgen: Any, kept: Path, in_step: Callable[[Path], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite is allowed no page more than it has."""
    execute = database.Connection.execute

    def no_room(self: database.Connection, statement: str, *values: Any) -> Any:
        if statement.startswith("BEGIN"):
            execute(self, "PRAGMA max_page_count = 1")  # SQLite takes what the file has already
        return execute(self, statement, *values)

    before = in_step(kept)
    with monkeypatch.context() as patch:
        patch.setattr(database.Connection, "execute", no_room)
        for _ in range(50):  # there may be room left within the last pages
            result = riskgen(*COMMANDS[command])
            if result.code:
                break
            before = in_step(kept)
            if command == "depart":
                return
    assert result.code == 5, result.said
    assert "is full. Make room, and try again." in result.said
    assert "Nothing was saved." in result.said
    assert in_step(kept) == before


@pytest.mark.parametrize("room", range(0, 200_000, 8_000))
def test_a_disk_that_fills_up_anywhere_leaves_register_and_forms_in_step(
    room: int, riskgen: Any, kept: Path, in_step: Callable[[Path], dict[str, Any]], fork: Any
) -> None:
    """No file may grow beyond a limit, wherever in the work that comes; the journal, the register, or a form."""
    before = in_step(kept)

    def work(tell: Callable[[str], None]) -> int:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that writing fails with an error
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        sys.stderr = io.StringIO()
        code = run(list(ASSESS))
        tell(sys.stderr.getvalue())
        return code

    code, said = fork(work).end()
    assert code in (0, 5), said
    assert riskgen("depart", REF).code == 0  # finishes what SQLite could not even take back
    now = in_step(kept)
    if code:
        assert set(now) == set(before)
        assert "Nothing was saved." in " ".join(said) or "Nothing was changed." in " ".join(said)
    else:
        assert len(now) == len(before) + 1


def test_a_pack_that_is_half_written_is_never_taken_for_one(
    riskgen: Any, kept: Path, in_step: Callable[[Path], dict[str, Any]]
) -> None:
    staged = kept / "visits" / ".riskgen-RA-2026-0002.tmp"
    staged.mkdir()
    (staged / "RA-2026-0002_risk-assessment_2026-12-02.docx").write_text("half")
    (staged / "below").mkdir()
    before = in_step_without(kept, staged, in_step)
    assert riskgen("depart", REF).code == 0
    assert not staged.exists()
    assert set(in_step(kept)) == set(before)


def in_step_without(home: Path, staged: Path, in_step: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    aside = staged.rename(home / "aside")
    found = in_step(home)
    aside.rename(staged)
    return found


def test_a_whole_pack_that_no_visit_has_is_removed_and_one_that_a_visit_has_is_put_in_place(
    riskgen: Any, kept: Path, in_step: Callable[[Path], dict[str, Any]]
) -> None:
    folder = kept / "visits" / REF
    folder.rename(kept / "visits" / f".riskgen-{REF}.tmp")
    shutil.copytree(kept / "visits" / f".riskgen-{REF}.tmp", kept / "visits" / ".riskgen-RA-2026-0007.tmp")
    result = riskgen("depart", REF)
    assert result.code == 0
    assert f"The forms of {REF}, left unfinished by an earlier run, are in place." in result.said
    assert set(in_step(kept)) == {REF}


def test_a_register_that_is_whole_is_read_by_every_command(riskgen: Any, kept: Path) -> None:
    """So that the faults above are those of the register."""
    for name, command in COMMANDS.items():
        assert riskgen(*command).code == 0, name
