"""A school's folder that is quick to work in, children that die, and what has to hold whatever happened to them."""

import hashlib
import io
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import peewee
import pytest
from click.testing import CliRunner

from riskgen.cli.main import run
from riskgen.core.model import Intake
from riskgen.core.struct import replace
from riskgen.core.visit import Visit, Who
from riskgen.intake.interview import answers_file
from riskgen.library.load import Library
from riskgen.register.store import Register, open_register
from riskgen.service import clock
from riskgen.service.authorising import authorise, propose
from riskgen.service.desk import open_desk, place_of, school_alone
from riskgen.service.homes import Home, make_home, open_home
from riskgen.service.paper import ready_to_fill

FORMS = ("intent-to-visit-office", "intent-to-visit-travelling", "risk-assessment")
ASSESS = ("assess", "answers.yaml", "--no-input")
DIED = 77
MOST_POINTS = 1000


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return " ".join((self.out + self.err).split())


@pytest.fixture(autouse=True)
def _only_where_there_is_fork(request: pytest.FixtureRequest) -> None:
    if not hasattr(os, "fork") and "fork" in request.fixturenames:
        pytest.skip("needs fork, which only POSIX has")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, library: Library, routine: Mapping[str, Intake]) -> Path:
    """A school's folder, with the answers of a visit that may go ahead. Not to be changed."""
    folder = tmp_path_factory.mktemp("faults") / "school"
    make_home(folder, "bchs", force=False)
    intake = routine["bchs"]
    text = answers_file(intake.answers, tuple(person.id for person in intake.visitors), library.questions)
    (folder / "answers.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def home(
    made: Path, tmp_path: Path, library: Library, routine: Mapping[str, Intake], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A school's folder of one's own, an hour before its visit starts. Its data is read and its forms are quick."""
    folder = tmp_path / "school"
    _copy(made, folder)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("RISKGEN_HOME", raising=False)
    start = routine["bchs"].start
    assert start is not None
    now = start - timedelta(hours=1)  # in winter, when the clocks at school show UTC
    monkeypatch.setattr(Home, "now", lambda self: now)
    monkeypatch.setattr(clock, "utc_now", lambda: now.replace(tzinfo=UTC))
    monkeypatch.setattr("riskgen.service.homes.sound_library", lambda data: (replace(library, folder=data), ()))
    monkeypatch.setattr("riskgen.forms.paper.form_context", lambda case, form, word: case)
    ready_to_fill()
    _render(monkeypatch.setattr, "first")
    return folder


def _copy(made: Path, folder: Path) -> Path:
    """A school's folder that shares what nothing here changes with the one that was made."""
    folder.mkdir()
    for path in made.iterdir():
        (folder / path.name).symlink_to(path) if path.is_dir() else shutil.copy(path, folder)
    return folder


@pytest.fixture
def on_both(home: Path, register_url: str) -> str:
    """The register of that school on each of the two databases: its URL, or nothing for its own file."""
    _say_where(home, register_url)
    return register_url


def _say_where(home: Path, url: str) -> None:
    if url:
        with (home / "school.yaml").open("a", encoding="utf-8") as school:
            school.write(f"register:\n  url: {url}\n")


@pytest.fixture
def another_home(
    made: Path, home: Path, on_both: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Callable[[], Path]:
    """Go to a further school's folder, in which nothing has happened yet; on a server it has a database of its own."""
    numbers = iter(range(MOST_POINTS))
    new_database = request.getfixturevalue("new_database") if on_both else lambda: ""

    def make() -> Path:
        folder = _copy(made, home.with_name(f"school-{next(numbers)}"))
        _say_where(folder, new_database().replace(":@", "@"))
        monkeypatch.chdir(folder)
        return folder

    return make


def _render(put: Callable[..., None], edition: str) -> None:
    def render(form: Any, context: Any, made_at: datetime, logo: bytes) -> bytes:
        return f"{form.id} of {context.reference}, {edition}".encode()

    put("riskgen.forms.render.render", render)


@pytest.fixture
def edition(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """From now on forms say that they are of this edition."""
    return lambda name: _render(monkeypatch.setattr, name)


def call(*arguments: object, typed: str = "") -> Result:
    with CliRunner().isolation(input=typed) as (out, err, _):
        code = run([str(argument) for argument in arguments])
        sys.stdout.flush()
        sys.stderr.flush()
        return Result(code, out.getvalue().decode(), err.getvalue().decode())


@pytest.fixture
def riskgen() -> Callable[..., Result]:
    return call


@pytest.fixture
def authorised(home: Path) -> Callable[[], str]:
    """Assess a visit and have it authorised; its reference."""

    def make() -> str:
        reference = str(json.loads(call(*ASSESS, "--json").out)["reference"])
        school = open_home(home)
        with open_desk(home, school.school) as desk:
            authorise(desk, propose(school, desk, reference, "S-01"), Who("S-01", "", "passphrase"))
        return reference

    return make


# --- children -----------------------------------------------------------------------------------


class Child:
    """A process that does a piece of work and may be killed. What it says with `tell` outlives it."""

    def __init__(self, work: Callable[[Callable[[str], None]], int]) -> None:
        mine, its = os.pipe()
        self.process = os.fork()
        if not self.process:
            code = 70
            try:
                os.close(mine)
                sys.stdin = sys.stdout = sys.stderr = io.StringIO()
                code = work(lambda words: _say(its, words))
            except BaseException as error:  # told to the parent, which has the assertions
                _say(its, f"{type(error).__name__}: {error}")
            finally:
                os._exit(code)
        os.close(its)
        self._reading = os.fdopen(mine, encoding="utf-8")

    def wait_for_a_word(self) -> str:
        return self._reading.readline().rstrip("\n")

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)

    def end(self) -> tuple[int, list[str]]:
        """Wait for its end: the exit code, negative for a signal, and all that it said."""
        with self._reading as lines:
            said = [line.rstrip("\n") for line in lines]
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1]), said


def _say(pipe: int, words: str) -> None:
    os.write(pipe, f"{' '.join(words.split())}\n".encode())  # short enough to be written in one go


@pytest.fixture
def fork() -> type[Child]:
    return Child


# --- death at a point ---------------------------------------------------------------------------

_CHANGES = frozenset({"os.rename", "os.link", "os.symlink", "os.mkdir", "os.remove", "os.rmdir", "os.truncate"})
_CHANGING = (
    "INSERT",
    "UPDATE",
    "DELETE",
    "CREATE",
    "DROP",
    "PRAGMA APPLICATION_ID =",
    "PRAGMA USER_VERSION =",
    "COMMIT",
)


def die_at(number: int, tell: Callable[[str], None], statements_only: bool = False) -> None:
    """From now on count everything that changes the disk or the register, and die at the one of that number.

    Before each file operation; before and after each statement that writes; and in the middle of writing a file.
    Or at statements only; then after a COMMIT alone, for to die after any other is to die before the next.
    """
    passed = 0

    def point(name: str, last_act: Callable[[], object] = lambda: None) -> None:
        nonlocal passed
        passed += 1
        if passed == number:
            last_act()
            tell(f"died {name}")
            os._exit(DIED)

    def heard(event: str, given: tuple[Any, ...]) -> None:
        changes = event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if event in _CHANGES or changes:
            point(f"before {event}")

    def executing(self: Any, statement: str, *rest: Any, **named: Any) -> Any:
        changing = statement.lstrip().upper().startswith(_CHANGING)
        if changing:
            point(f"before {statement.split()[0]}")
        done = execute(self, statement, *rest, **named)
        if changing and (not statements_only or statement == "COMMIT"):
            point(f"after {statement.split()[0]}")
        return done

    def syncing(handle: int) -> None:
        point("before fsync")
        fsync(handle)

    class Torn(io.BufferedWriter):
        def write(self, content: Any) -> int:
            if content:
                point("while writing", lambda: os.write(self.fileno(), content[: len(content) // 2]))
            return super().write(content)

    def opening(handle: int, mode: str = "r", *rest: Any, **named: Any) -> Any:
        return Torn(io.FileIO(handle, mode)) if mode == "wb" else fdopen(handle, mode, *rest, **named)

    database: Any = peewee.Database
    execute, fsync, fdopen = database.execute_sql, os.fsync, os.fdopen
    database.execute_sql = executing
    if statements_only:
        return
    os.fsync, os.fdopen = syncing, opening  # type: ignore[assignment]
    sys.addaudithook(heard)


@pytest.fixture
def at_every_point(on_both: str) -> Callable[..., list[str]]:
    """Run a command in a child that dies at its first point, then in one that dies at its second, and so on.

    With the register on a server only what is said to the server counts: what is done to files is the same as with the
    register in a file, where all of it counts.

    `prepare` gets things ready for each and gives the command; `look` looks at what is left, and is told whether the
    command went through. Returns the names of the points.
    """

    def go(prepare: Callable[[], tuple[str, ...]], look: Callable[[bool], object]) -> list[str]:
        names: list[str] = []
        for number in range(1, MOST_POINTS):
            command = prepare()

            def work(tell: Callable[[str], None], at: int = number, line: tuple[str, ...] = command) -> int:
                die_at(at, tell, statements_only=bool(on_both))
                return run(list(line))

            code, said = Child(work).end()
            assert code in (0, DIED), (code, said)
            look(code == 0)
            if code == 0:
                return names
            names += [words.removeprefix("died ") for words in said]
        raise AssertionError("it never came to an end")

    return go


# --- what has to hold ---------------------------------------------------------------------------


def opened(home: Path) -> Register:
    return open_register(place_of(home, school_alone(home)))


@pytest.fixture
def visits() -> Callable[[Path], dict[str, Visit]]:
    """The visits of a register. It has to be sound, with references that follow each other."""

    def read(home: Path) -> dict[str, Visit]:
        with opened(home) as register, register.read() as reader:
            assert reader.verify() == ()
            numbers = [event.number for event in reader.all_events()]
            found = reader.visits(entry.reference for entry in reader.find())
            assert all(reader.safe_word(reference) for reference in found)
        assert numbers == list(range(1, len(numbers) + 1))
        assert sorted(found) == [f"RA-2026-{number:04}" for number in range(1, len(found) + 1)]
        return found

    return read


@pytest.fixture
def in_step(visits: Callable[[Path], dict[str, Visit]]) -> Callable[[Path], dict[str, Visit]]:
    """The visits of a register, each with exactly the forms that it knows, and no forms beside those."""

    def look(home: Path) -> dict[str, Visit]:
        found = visits(home)
        for reference, visit in found.items():
            folder = home / "visits" / reference
            there = {path.name: path.read_bytes() for path in forms_in(folder) if ".bak" not in path.suffix}
            assert sorted(name.split("_")[1] for name in there) == sorted(FORMS)
            hashes = {name: hashlib.sha256(content).hexdigest() for name, content in there.items()}
            assert visit.assessed is not None
            assert hashes == (visit.assessed.body or {})["files"]
        if (home / "visits").exists():
            assert {path.name for path in forms_in(home / "visits")} == set(found)
        return found

    def forms_in(folder: Path) -> list[Path]:
        """All but the empty files that tried whether anything can be written there."""
        trials = {path for path in folder.glob(".riskgen-*.tmp") if path.is_file() and not path.stat().st_size}
        return [path for path in folder.iterdir() if path not in trials]

    return look


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Tell a count, which is printed after all tests, and put it into the report of the tests."""

    def tell(words: str, **counts: int) -> None:
        for name, count in counts.items():
            record_property(name, count)
        record_property("told", words.format(**counts))

    return tell
