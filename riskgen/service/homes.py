"""A school's own folder: making one, finding it, opening it."""

import os
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import riskgen
from riskgen.core.model import Catalogue, Policy, School
from riskgen.core.plain import fingerprint
from riskgen.core.problem import Problem
from riskgen.core.struct import Struct
from riskgen.files.publish import PublishError, WouldOverwrite, check_folder, publish
from riskgen.library.kept import sound_library
from riskgen.library.load import Library
from riskgen.library.safe_words import acceptable_safe_word, load_safe_words
from riskgen.library.school import read_school
from riskgen.library.source import Source
from riskgen.register.place import synced_by
from riskgen.service import clock
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused

if TYPE_CHECKING:
    from riskgen.forms.catalogue import FormEntry
    from riskgen.forms.steps import StepPlan

HOME_VARIABLE = "RISKGEN_HOME"
SCHOOL_FILE = "school.yaml"
FORMS_FILE, STEPS_FILE = "templates/forms.yaml", "templates/steps.yaml"
SAFE_WORDS = "safe-words.txt"
EXAMPLE_FAMILIES = ("F-0123.yaml", "F-0456.yaml", "F-0789.yaml")


class Home(Struct, frozen=True, dict=True):
    """An opened school folder, its data read and sound."""

    folder: Path
    library: Library
    school: School

    @property
    def templates(self) -> Path:
        return self.folder / "templates"

    @cached_property
    def catalogue(self) -> Catalogue:
        return self.library.catalogue(self.school.matrix)

    @cached_property
    def catalogue_print(self) -> str:
        """The fingerprint of hazards, matrix, questions and topics."""
        return fingerprint(self.catalogue)

    @cached_property
    def forms(self) -> "tuple[tuple[FormEntry, ...], tuple[Problem, ...]]":
        """What `load_forms` finds. Read once, like the data: a batch asks for each visit."""
        from riskgen.forms.catalogue import load_forms

        return load_forms(self.templates, FORMS_FILE, kept=True)

    @cached_property
    def steps(self) -> "tuple[tuple[StepPlan, ...], tuple[Problem, ...]]":
        """What `load_steps` finds."""
        from riskgen.forms.steps import load_steps

        topics = [topic.id for topic in self.library.topics]
        return load_steps(self.templates, topics, self.library.hazards, STEPS_FILE, kept=True)

    def now(self) -> datetime:
        """The wall time at the school, to the minute, as visits are timed."""
        here = clock.utc_now().astimezone(ZoneInfo(self.school.timezone))
        return here.replace(tzinfo=None, second=0, microsecond=0)


def packaged(name: str) -> Path:
    """The copy of `data` or `templates` that came with riskgen.

    In an installed wheel it lies inside the package; in a checkout, installed or not, beside it.
    """
    package = Path(riskgen.__file__).resolve().parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name


def find_home(given: str | None, environment: Mapping[str, str] = os.environ) -> Path:
    """The school's folder: the one given, else `$RISKGEN_HOME`, else the working folder.

    Raises `InvalidInput` where that is no school's folder. There is no other fallback: another school's
    policy must never be applied by accident.
    """
    said = given or environment.get(HOME_VARIABLE)
    folder = Path(said) if said else Path.cwd()
    if not (folder / SCHOOL_FILE).is_file():
        where = f"--home {given}" if given else f"{HOME_VARIABLE}={said}" if said else "this folder"
        hint = "Change to the school's folder, name it with --home, or make one: riskgen init myschool --policy bchs"
        raise InvalidInput([Problem(str(folder), 0, "home-missing", f"There is no {SCHOOL_FILE} in {where}.", hint)])
    return folder


def open_home(folder: Path) -> Home:
    """Read a school's folder. Raises `InvalidInput` with every fault of its data and school.yaml."""
    library, problems = sound_library(folder / "data")
    source = Source.read(folder / SCHOOL_FILE, SCHOOL_FILE)
    school = read_school(source, library.questions, library.policies, library.matrices) if not problems else None
    problems += tuple(source.problems)
    if school is None or problems:
        raise InvalidInput(problems)
    return Home(folder, library, school)


def folder_to_check(given: str | None) -> tuple[Path, str]:
    """The folder to check, and how to call it: the school's, a checkout's, or what came with riskgen.

    Checking applies no policy to anybody, so it may fall back on the packaged copies; it says so.
    """
    if given or os.environ.get(HOME_VARIABLE) or Path(SCHOOL_FILE).is_file():
        folder = find_home(given)
        return folder, f"the school's folder {folder.resolve().name}"
    if Path("data", "questions.yaml").is_file():
        return Path(), "data and templates in this folder"
    return packaged("data").parent, "the data and forms that came with riskgen"


def check_data(folder: Path) -> tuple[Library, tuple[Problem, ...]]:
    """Every fault and note of a folder's data, worked cases, school.yaml and imports.yaml; not those of its forms."""
    from riskgen.library.check import check_library
    from riskgen.library.imports import IMPORTS_FILE, read_chosen

    library, problems = check_library(folder / "data")
    problems += read_safe_words(folder)[1]
    if library.questions and (folder / SCHOOL_FILE).exists():
        source = Source.read(folder / SCHOOL_FILE, SCHOOL_FILE)
        # A policy that cannot be made out has been told of already; it is there all the same.
        folders = {path.name: path for path in (folder / "data" / "policies").glob("*")}
        read_school(source, library.questions, folders, library.matrices)
        problems += tuple(source.problems) + _steps_that_nobody_wrote(source, library)
    if library.questions and (folder / IMPORTS_FILE).exists():
        kept = Source.read(folder / IMPORTS_FILE, IMPORTS_FILE)
        read_chosen(kept, library.questions)
        problems += tuple(kept.problems)
    return library, problems


def _steps_that_nobody_wrote(source: Source, library: Library) -> tuple[Problem, ...]:
    """A note for each ladder on which both the school's policy and its fallback say nothing."""
    data = source.document.data
    policy = str(data.get("policy")) if isinstance(data, dict) else ""
    editions = library.policies.get(policy, ())
    school = read_school(Source(source.document), library.questions, None, library.matrices)
    if not editions or school is None:
        return ()
    missing = [
        words
        for words, own, ladder in (
            ("when visitors are overdue", editions[-1].ladders.overdue, school.fallback.overdue),
            ("when a check-in is missed", editions[-1].ladders.missed_check_in, school.fallback.missed_check_in),
            ("when the safe word is heard", editions[-1].ladders.safe_word, school.fallback.safe_word),
        )
        if not own and not ladder
    ]
    hint = "Write the school's own steps under 'fallback'."
    return tuple(
        Problem(
            SCHOOL_FILE,
            source.document.line(("fallback",)),
            "fallback-none",
            f"Neither the policy nor the school says what to do {words}.",
            hint,
            "note",
        )
        for words in missing
    )


def read_safe_words(folder: Path) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """The safe words to draw from, and every fault of their list. No message repeats a word."""
    path = folder / "data" / SAFE_WORDS
    try:
        words = load_safe_words(path)
        lines = {line.strip(): number for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1)}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        message = f"The list of safe words cannot be read: {reason}."
        return (), (_safe_word_fault(1, message, "Put the file back, with one word on each line."),)
    problems = tuple(
        _safe_word_fault(lines[word], reason, "Change the word, or take it out.")
        for word in words
        if (reason := _fault_of_word(word))
    )
    return words, problems


@lru_cache(1024)
def _fault_of_word(word: str) -> str | None:
    """Why a word of the list will not do: the list is read for every visit, and its words are the same."""
    return acceptable_safe_word(word, ())


def _safe_word_fault(line: int, message: str, hint: str) -> Problem:
    return Problem(f"data/{SAFE_WORDS}", line, "safe-words", message, hint)


def packaged_home() -> Home:
    """The invented school over the packaged data, for `demo` and for `check` outside a school's folder."""
    from riskgen.library.check import example_school

    library, problems = sound_library(packaged("data"))
    if problems:
        raise InvalidInput(problems)
    school, problems = example_school(packaged("data"), library)
    if school is None:
        raise InvalidInput(problems)
    return Home(packaged("data").parent, library, school)


def find_home_or_packaged(given: str | None) -> tuple[Home, str]:
    """The school's folder where there is one; else the packaged copies, and a sentence that says so.

    For commands that read policies side by side and write nothing.
    """
    if given or os.environ.get(HOME_VARIABLE) or Path(SCHOOL_FILE).is_file():
        return open_home(find_home(given)), ""
    return packaged_home(), "No school's folder here: using the policies and the invented staff that came with riskgen."


def policy_on(home: Home, policy: str, when: datetime, edition: str = "") -> Policy:
    """The edition of a policy in force on the day of a visit.

    Raises `InvalidInput` if there is none, or if the edition named is not the one in force that day.
    """
    found = home.library.edition_on(policy, when.date())
    editions = home.library.policies.get(policy, ())
    if not editions:
        known = ", ".join(home.library.policies)
        raise InvalidInput(
            [Problem(SCHOOL_FILE, 0, "policy-unknown", f"There is no policy '{policy}'.", f"There is: {known}.")]
        )
    in_words = "; ".join(f"{each.edition}{f' until {each.withdrawn}' if each.withdrawn else ''}" for each in editions)
    if found is None:
        message = f"No edition of the policy '{policy}' is in force on {when:%Y-%m-%d}."
        raise InvalidInput([Problem(editions[-1].path, 1, "edition-none", message, f"Editions: {in_words}.")])
    if edition and found.edition != edition:
        message = (
            f"The edition {edition} of the policy '{policy}' is not in force on {when:%Y-%m-%d}; {found.edition} is."
        )
        raise InvalidInput([Problem(found.path, 1, "edition-other", message, f"Editions: {in_words}.")])
    return found


def make_home(folder: Path, policy: str, force: bool) -> tuple[Path, ...]:
    """Make a school's folder with its own copy of data and forms. Returns what was written, folders first.

    Raises `InvalidInput` for a policy that is not packaged, `Refused` if the folder holds a school already.
    """
    library, problems = sound_library(packaged("data"))
    if problems:
        raise InvalidInput(problems)
    if policy not in library.policies:
        known = ", ".join(library.policies)
        raise InvalidInput(
            [
                Problem(
                    "the command line",
                    0,
                    "policy-unknown",
                    f"There is no policy '{policy}'.",
                    f"Choose one of: {known}.",
                )
            ]
        )
    taken = [name for name in (SCHOOL_FILE, "data", "templates") if (folder / name).exists()]
    if taken and not force:
        raise Refused(
            f"{folder} holds {' and '.join(taken)} already. Nothing was changed. "
            "Choose another folder, or use --force to add what is missing."
        )
    if service := synced_by(folder.resolve()):
        raise EnvironmentFault(
            f"{folder} is kept in step by {service}, which would mix two people's work or lose it. Choose a folder on "
            "this computer's own disk or on a server's share. Nothing was made."
        )
    examples = packaged("data") / "examples"
    files = {folder / SCHOOL_FILE: _school_file(policy)}
    files |= {folder / "families" / name: (examples / name).read_bytes() for name in EXAMPLE_FAMILIES}
    files |= {
        folder / "visits-planned" / name.name: name.read_bytes() for name in sorted(examples.glob("visit-*.yaml"))
    }
    for name in ("data", "templates"):
        files |= _copies(packaged(name), folder / name)
    wanted = {path: content for path, content in files.items() if not path.exists()}  # what somebody edited stays
    try:
        check_folder(folder)
        publish(wanted)
    except WouldOverwrite as error:
        raise Refused(str(error), error.paths) from error
    except PublishError as error:
        raise EnvironmentFault(str(error)) from error
    return tuple(wanted)


def _copies(source: Path, target: Path) -> dict[Path, bytes]:
    wanted = (
        path for path in sorted(source.rglob("*")) if path.is_file() and path.suffix in (".yaml", ".txt", ".docx")
    )
    return {target / path.relative_to(source): path.read_bytes() for path in wanted}


def _school_file(policy: str) -> bytes:
    from riskgen.library.check import EXAMPLE_SCHOOL

    text = (packaged("data") / EXAMPLE_SCHOOL).read_text(encoding="utf-8")
    text = text.replace("policy: bchs\n", f"policy: {policy}\n", 1)
    note = (
        "# Your school. Everything here is invented: put in your own school, contacts and staff.\n"
        "# docs/school.md says what each entry means.\n"
    )
    body = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return (note + body + "\n").encode()
