"""Writing the forms of a visit: a reference, a safe word, and every form complete or none."""

import os
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from riskgen.core.problem import Problem
from riskgen.files.publish import PublishError, check_folder
from riskgen.forms.catalogue import FormEntry, load_forms
from riskgen.forms.steps import StepPlan, load_steps
from riskgen.library.load import Library
from riskgen.library.safe_words import NoSafeWordLeft, acceptable_safe_word, choose_safe_word
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.homes import Home, read_safe_words, remove_empty
from riskgen.service.visits import Decided, put_in_place

VISITS = "visits"
MOST_VISITS = 9_999
"""References of one year; four digits."""
_REFERENCE = re.compile(r"RA-(\d{4})-(\d{4})\Z", re.ASCII)
_UNFINISHED = ".riskgen-{}.tmp"
"""A reference's folder while it is being filled."""
_STALE = 3600
"""Seconds after which such a folder can only be left over from a run that died."""
_KEPT_APART = ("family.name", "family.address", "child.name", "family.needs", "family.phone")
"""Answers that a safe word must have nothing to do with."""


def forms_of(home: Home) -> tuple[FormEntry, ...]:
    """The forms of the school. Raises `InvalidInput` with the faults of forms.yaml."""
    forms, problems = load_forms(home.templates, "templates/forms.yaml")
    if problems:
        raise InvalidInput(problems)
    return forms


def check_forms(folder: Path, library: Library) -> tuple[Problem, ...]:
    """Every fault of forms.yaml, steps.yaml and each Word form."""
    from riskgen.forms.preflight import preflight

    forms, problems = load_forms(folder / "templates", "templates/forms.yaml")
    found = list(problems)
    if library.questions:
        found += _steps(folder / "templates", library)[1]
    for form in forms:
        found += (problem for problem in preflight(form) if problem not in found)
    return tuple(found)


def _steps(templates: Path, library: Library) -> tuple[tuple[StepPlan, ...], tuple[Problem, ...]]:
    topics = [topic.id for topic in library.topics]
    return load_steps(templates, topics, library.hazards, "templates/steps.yaml")


def can_write(folder: Path) -> None:
    """Raise `EnvironmentFault` if a folder cannot be written to, before anybody is asked anything."""
    try:
        check_folder(folder)
    except PublishError as error:
        raise EnvironmentFault(str(error)) from error


def can_place(home: Home, decided: Decided, folder: Path, reference: str, force: bool) -> None:
    """As `can_write`, and raise `Refused` where a form of a known reference would be overwritten."""
    can_write(folder)
    forms = forms_of(home)
    if reference and decided.intake.start and not force:
        paths = [folder / file_name(reference, form.id, decided.intake.start) for form in forms]
        _refuse_to_replace([path for path in paths if os.path.lexists(path)])


def can_keep(path: Path, force: bool) -> None:
    """Raise `Refused` or `EnvironmentFault` if answers cannot be kept there, before anybody is asked anything."""
    if path.is_dir():
        raise EnvironmentFault(f"There is a folder of the name {path}. Nothing was saved.")
    if not force:
        _refuse_to_replace([path] if os.path.lexists(path) else [])
    can_write(path.parent)


def _refuse_to_replace(present: list[Path]) -> None:
    if present:
        names = ", ".join(map(str, present))
        raise Refused(f"Already there: {names}. Use --force to replace; the old file is then kept as .bak.", present)


def sound_paper(home: Home) -> None:
    """Raise `InvalidInput` with the faults of forms and safe words, before anybody is asked anything."""
    problems = check_forms(home.folder, home.library) + read_safe_words(home.folder)[1]
    if problems:
        raise InvalidInput(problems)


def known_reference(visits: Path, text: str) -> str:
    """The reference of a visit that has one, as typed. Raises `InvalidInput` for any other."""
    if not _REFERENCE.match(text):
        hint = "References look like RA-2026-0001."
        raise InvalidInput([Problem("the command line", 0, "reference-form", f"'{text}' is not a reference.", hint)])
    if not (visits / text).is_dir():
        hint = "Leave --reference out, and the next free one is taken."
        message = f"There is no visit of the reference {text} in {visits}."
        raise InvalidInput([Problem("the command line", 0, "reference-unknown", message, hint)])
    return text


def take_reference(visits: Path, year: int) -> str:
    """The next free reference of a year, taken by making its folder, which only one process can do."""
    try:
        visits.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(visits)
        taken = [
            int(found[2])
            for path in visits.iterdir()
            if (found := _REFERENCE.match(path.name)) and int(found[1]) == year
        ]
        number = max(taken, default=0)
        while number < MOST_VISITS:
            number += 1
            reference = f"RA-{year}-{number:04}"
            try:
                (visits / reference).mkdir(mode=0o700)
            except FileExistsError:
                continue
            return reference
    except OSError as error:
        raise EnvironmentFault(
            f"The folder {visits} cannot be written to: {error.strerror}. Nothing was saved."
        ) from error
    raise Refused(f"All {MOST_VISITS:,} references of {year} are taken. Nothing was saved.")


def pick_safe_word(home: Home, decided: Decided) -> str:
    """A safe word that has nothing to do with the family, by the system's own randomness."""
    words, problems = read_safe_words(home.folder)
    if problems:
        raise InvalidInput(problems)
    try:
        return choose_safe_word(words, words_to_avoid(decided))
    except NoSafeWordLeft as error:
        raise EnvironmentFault(f"{error} Add words to data/safe-words.txt. Nothing was saved.") from error


def refuse_safe_word(word: str, decided: Decided) -> str | None:
    """Why a safe word that somebody typed will not do, or None."""
    return acceptable_safe_word(word, words_to_avoid(decided))


def words_to_avoid(decided: Decided) -> tuple[str, ...]:
    answers = decided.intake.answers
    return tuple(str(answers[name]) for name in _KEPT_APART if name in answers) + tuple(
        person.name for person in decided.intake.visitors
    )


def write_forms(
    home: Home, decided: Decided, folder: Path, reference: str, safe_word: str, made_at: datetime, force: bool
) -> tuple[Path, ...]:
    """Fill every form and put them all in place, or none. Returns the files, in print order.

    Raises `InvalidInput` for a form that cannot be filled, `Refused` where files would be overwritten.
    """
    from riskgen.forms.paper import Case, form_context
    from riskgen.forms.render import FormFault, render

    steps, problems = _steps(home.templates, home.library)
    if problems:
        raise InvalidInput(problems)
    case = Case(
        reference,
        made_at,
        home.school,
        decided.policy,
        decided.intake,
        decided.assessment,
        home.library.questions,
        {group.id: group.label for group in home.library.groups.values()},
        steps,
    )
    start = decided.intake.start or made_at
    files: dict[Path, bytes] = {}
    for form in forms_of(home):
        try:
            content = render(form, form_context(case, form, safe_word if form.secret else None), made_at)
        except FormFault as error:
            raise InvalidInput(error.problems) from error
        files[folder / file_name(reference, form.id, start)] = content
    if folder == home.folder / VISITS / reference:
        _fill(folder, files, force)
    else:
        put_in_place(files, force)
    return tuple(files)


def _fill(folder: Path, files: Mapping[Path, bytes], force: bool) -> None:
    """Put the forms into a reference's folder: all at once if it is empty, so that nobody ever sees half a pack."""
    if os.name == "posix" and folder.is_dir() and not any(folder.iterdir()):  # elsewhere no folder replaces another
        work = folder.with_name(_UNFINISHED.format(secrets.token_hex(8)))
        try:
            put_in_place({work / path.name: content for path, content in files.items()}, force)
            work.rename(folder)
            return
        except EnvironmentFault as error:
            raise EnvironmentFault(str(error).replace(str(work), str(folder))) from error
        except OSError:
            pass  # a file system that will not do it; then one by one
        finally:
            shutil.rmtree(work, ignore_errors=True)
    put_in_place(files, force)


def _sweep(visits: Path) -> None:
    """Remove what a run that died has left: it may hold addresses."""
    for left in visits.glob(_UNFINISHED.format("*")):
        with suppress(FileNotFoundError):  # another process has just put it in place
            if time.time() - left.lstat().st_mtime > _STALE:
                shutil.rmtree(left, ignore_errors=True)


def file_name(reference: str, form: str, start: datetime) -> str:
    """Reference, form and date; never a name."""
    return f"{reference}_{form}_{start:%Y-%m-%d}.docx"


def give_up(folder: Path) -> None:
    """Hand a reference back whose forms could not be written."""
    remove_empty(folder)
