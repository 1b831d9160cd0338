"""Writing the forms of a visit: a reference, a safe word, and every form complete or none."""

import re
from datetime import datetime
from pathlib import Path

from riskgen.core.model import Problem
from riskgen.files.publish import PublishError, check_folder
from riskgen.forms.catalogue import FormEntry, load_forms
from riskgen.forms.steps import StepPlan, load_steps
from riskgen.library.load import Library
from riskgen.library.safe_words import NoSafeWordLeft, acceptable_safe_word, choose_safe_word, load_safe_words
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.homes import Home, remove_empty
from riskgen.service.visits import Decided, put_in_place

VISITS = "visits"
MOST_VISITS = 9_999
"""References of one year; four digits."""
_REFERENCE = re.compile(r"RA-(\d{4})-(\d{4})\Z", re.ASCII)
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


def known_reference(text: str) -> str:
    """A reference as typed, or `InvalidInput`."""
    if not _REFERENCE.match(text):
        hint = "References look like RA-2026-0001."
        raise InvalidInput([Problem("the command line", 0, "reference-form", f"'{text}' is not a reference.", hint)])
    return text


def take_reference(visits: Path, year: int) -> str:
    """The next free reference of a year, taken by making its folder, which only one process can do."""
    try:
        visits.mkdir(parents=True, exist_ok=True)
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
    words = load_safe_words(home.folder / "data" / "safe-words.txt")
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
    files = {}
    for form in forms_of(home):
        try:
            content = render(form, form_context(case, form, safe_word if form.secret else None), made_at)
        except FormFault as error:
            raise InvalidInput(error.problems) from error
        files[folder / file_name(reference, form.id, start)] = content
    put_in_place(files, force)
    return tuple(files)


def file_name(reference: str, form: str, start: datetime) -> str:
    """Reference, form and date; never a name."""
    return f"{reference}_{form}_{start:%Y-%m-%d}.docx"


def give_up(folder: Path) -> None:
    """Hand a reference back whose forms could not be written."""
    remove_empty(folder)
