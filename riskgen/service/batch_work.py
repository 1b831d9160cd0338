"""What is done of a batch in another process, perhaps on another machine: rows decided on, and their forms filled in.

All that it needs comes with the task, the school's own files too, so that it may run where there is no school's
folder. It neither knows the register nor any safe word. What goes in and what comes out hold what families told the
school, and neither shows any of it where it is printed: a scheduler writes what it was given into its log.
"""

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from multiprocessing.util import Finalize
from pathlib import Path

from riskgen import __version__
from riskgen.core.model import Intake, RegisterPlace, School
from riskgen.core.plain import fingerprint
from riskgen.core.problem import Problem
from riskgen.core.result import Assessment
from riskgen.core.struct import Discreet, replace
from riskgen.files.private import new_private_folder, remove_private_folder
from riskgen.intake.gather import Given
from riskgen.library.kept import sound_library
from riskgen.service.faults import EnvironmentFault, InvalidInput
from riskgen.service.homes import SAFE_WORDS, Home
from riskgen.service.paper import Filled, fill_beforehand
from riskgen.service.visits import Decided, decide

_PARTS = (("data", (".yaml", ".txt")), ("templates", (".yaml", ".docx")))


class Bundle(Discreet, frozen=True):
    """A school's files as one, and what school.yaml says but for where the register is. Made by `bundle_of`."""

    digest: str
    files: bytes
    school: School


class Asked(Discreet, frozen=True):
    """A row, and the reference that its visit is likely to get; without one its forms are not filled in."""

    number: int
    given: Given
    reference: str = ""


class Task(Discreet, frozen=True):
    """Some rows. `now` is the school's wall time; `blank` stands in forms where the safe word belongs."""

    bundle: Bundle
    now: datetime
    rows: tuple[Asked, ...]
    blank: str = ""
    version: str = __version__

    def singly(self) -> Iterator["Task"]:
        """The same, a row at a time."""
        return (replace(self, rows=(row,)) for row in self.rows)


class Answer(Discreet, frozen=True):
    """What came of a row: its faults; else the outcome, and where forms were asked for all that there is to record.

    `failed` names the kind of a fault of riskgen's own, never what it was about. The policy is not sent: it is
    there already where the answer goes.
    """

    number: int
    problems: tuple[Problem, ...] = ()
    outcome: str = ""
    intake: Intake | None = None
    assessment: Assessment | None = None
    filled: Filled | None = None
    failed: str = ""

    def decided(self, home: Home) -> Decided | None:
        """The decision, under the policy as it is here. Raises `EnvironmentFault` where it is another one by now."""
        if self.intake is None or self.assessment is None:
            return None
        stamp = self.assessment.policy
        for policy in home.library.policies.get(stamp.id, ()):
            if policy.fingerprint == stamp.fingerprint:
                return Decided(self.intake, policy, self.assessment)
        raise EnvironmentFault("The school's policies were changed while the rows were worked on. Start it again.")


class Answers(Discreet, frozen=True):
    """What came of a task. `version` is that of the riskgen that did it; another one's answers are none."""

    rows: tuple[Answer, ...]
    version: str = __version__


def bundle_of(home: Home) -> Bundle:
    """What a worker has to know of a school. Neither the list of safe words nor where the register is are in it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in _files(home):
            name = zipfile.ZipInfo(path.relative_to(home.folder).as_posix())
            bundle.writestr(name, path.read_bytes(), zipfile.ZIP_DEFLATED)
    school = replace(home.school, register=RegisterPlace())
    digest = hashlib.sha256(packed.getvalue() + fingerprint(school).encode()).hexdigest()
    return Bundle(digest, packed.getvalue(), school)


def _files(home: Home) -> Iterator[Path]:
    for part, kinds in _PARTS:
        for path in sorted((home.folder / part).rglob("*")):
            if path.is_file() and path.suffix in kinds and path.name != SAFE_WORDS:
                yield path
    if home.school.logo:
        yield home.folder / home.school.logo


def work(task: Task) -> Answers:
    """Decide on each row of a task, and fill in its forms where they are asked for. No fault of a row is raised."""
    if task.version != __version__:
        return Answers(())
    home = _opened(task.bundle)
    return Answers(tuple(_done(home, task, row) for row in task.rows))


def _done(home: Home, task: Task, row: Asked) -> Answer:
    try:
        decided = decide(home, row.given, now=task.now)
        outcome = decided.assessment.decision.outcome.id
        if not row.reference:
            return Answer(row.number, outcome=outcome)
        filled = fill_beforehand(home, decided, row.reference, task.blank, task.now)
        return Answer(row.number, (), outcome, decided.intake, decided.assessment, filled)
    except InvalidInput as fault:
        return Answer(row.number, problems=fault.problems)
    except Exception as error:  # the other rows are to be done all the same, and its words may say whom it is about
        return Answer(row.number, failed=type(error).__name__)


# --- the school, opened in this process -----------------------------------------------------------

_MOST_OPEN = 4
"""Schools that a worker which serves several keeps open."""
_OPEN: dict[str, tuple[Home, ExitStack]] = {}
_OPENING = threading.Lock()


def _opened(bundle: Bundle) -> Home:
    """The school of a bundle, unpacked and read once in each process."""
    with _OPENING:
        if bundle.digest not in _OPEN:
            _make_room()
            with ExitStack() as closing:
                folder = new_private_folder()
                closing.callback(remove_private_folder, folder)
                with zipfile.ZipFile(io.BytesIO(bundle.files)) as files:
                    files.extractall(folder)
                library, problems = sound_library(folder / "data")
                if problems:
                    raise InvalidInput(problems)
                _OPEN[bundle.digest] = Home(folder, library, bundle.school), closing.pop_all()
        return _OPEN[bundle.digest][0]


def open_here(bundle: Bundle, home: Home) -> None:
    """Let this very process work with a school that it has open already."""
    with _OPENING:
        _make_room()
        _OPEN[bundle.digest] = home, ExitStack()


def _make_room() -> None:
    while len(_OPEN) >= _MOST_OPEN:
        _OPEN.pop(next(iter(_OPEN)))[1].close()


def close_all() -> None:
    """Remove what was unpacked in this process."""
    while _OPEN:
        _OPEN.popitem()[1][1].close()


Finalize(None, close_all, exitpriority=10)
