"""A school's own Word forms: what there is, copies to edit, checking one of them, and the blank one."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from riskgen.core.problem import Problem
from riskgen.core.struct import replace
from riskgen.files.controls import AS_PROMPT, fields_of
from riskgen.files.word import open_parts, read_document
from riskgen.forms.blank import BLANK_FILE, answer_faults, blank_faults, make_blank, uncounted_faults
from riskgen.forms.catalogue import FormEntry, Holder
from riskgen.forms.preflight import examine
from riskgen.library.load import Library
from riskgen.service.faults import InvalidInput
from riskgen.service.homes import Home
from riskgen.service.paper import forms_of, read_logo
from riskgen.service.visits import put_in_place

_ANY = "any"
"""What a form is checked as that is none of the school's: it may print what the office may see."""


def export_forms(home: Home, folder: Path, force: bool) -> tuple[Path, ...]:
    """Copy the Word forms of a school into a folder, to be edited there. Returns the copies.

    Raises `InvalidInput` for a form that is not there, `Refused` rather than overwrite one, and `EnvironmentFault`.
    """
    wanted = [(entry.file, entry.called) for entry in forms_of(home)]
    if has_blank(home):
        wanted.append((home.templates / BLANK_FILE, f"{home.templates.name}/{BLANK_FILE}"))
    files: dict[Path, bytes] = {}
    problems: list[Problem] = []
    for path, called in wanted:
        data, faults = read_document(path, called)
        problems += faults
        files[folder / path.name] = data
    if problems:
        raise InvalidInput(problems)
    put_in_place(files, force)
    return tuple(files)


def has_blank(home: Home) -> bool:
    """Whether the school has a blank form beside those of forms.yaml."""
    return (home.templates / BLANK_FILE).exists()


def form_to_check(home: Home, path: Path, as_form: str = "") -> FormEntry:
    """What a file is checked as: the form of that id, else the one whose file has its name, else no form in particular.

    Raises `InvalidInput` for an id that there is not.
    """
    entries = forms_of(home)
    if as_form:
        found = next((entry for entry in entries if entry.id == as_form), None)
        if found is None:
            hint = f"There is: {', '.join(entry.id for entry in entries)}."
            message = f"There is no form of the id '{as_form}' in forms.yaml."
            raise InvalidInput([Problem("the command line", 0, "form-unknown", message, hint)])
    else:
        found = next((entry for entry in entries if entry.file.name == path.name), None)
    return replace(found or FormEntry(_ANY, "A form", path, 0, (Holder.OFFICE,)), file=path, shown=str(path))


def is_form(entry: FormEntry) -> bool:
    """Whether a file is checked as a form of forms.yaml."""
    return entry.id != _ANY


def check_form(home: Home, entry: FormEntry) -> tuple[Problem, ...]:
    """Every fault of one file as that form."""
    data, problems = read_document(entry.file, entry.called)
    if problems:
        return tuple(replace(each, hint="Check the name and the folder.") for each in problems)
    if not is_form(entry) and entry.file.name == Path(BLANK_FILE).name:
        return blank_faults(data, entry.called, home.library.questions)
    parts, faults = open_parts(data, entry.called)
    if faults:
        return examine(entry, data)
    fields = fields_of(parts, entry.called)
    as_prompt = (each for each in fields.faults("") if each.code == AS_PROMPT)
    answers = answer_faults(fields, home.library.questions)
    return (*examine(entry, data), *answers, *uncounted_faults(fields), *as_prompt)


def check_blank(folder: Path, library: Library) -> tuple[Problem, ...]:
    """Every fault of the blank form; none where the school has none, or there are no questions to hold it against."""
    path, shown = folder / "templates" / BLANK_FILE, f"templates/{BLANK_FILE}"
    if not path.exists() or not library.questions:
        return ()
    data, problems = read_document(path, shown)
    return problems or blank_faults(data, shown, library.questions)


def write_blank(home: Home, path: Path, force: bool) -> None:
    """Write the blank form of a school.

    Raises `InvalidInput` where the school has no such form yet, or it has faults; `Refused` and `EnvironmentFault`.
    """
    source, shown = home.templates / BLANK_FILE, f"{home.templates.name}/{BLANK_FILE}"
    if not source.exists():
        message = "The blank form is not in the school's folder, which was made by an older riskgen."
        hint = (
            f"Add what is missing, and keep all else as it is: riskgen init {home.folder} "
            f"--policy {home.school.policy} --force"
        )
        raise InvalidInput([Problem(shown, 0, "form-missing", message, hint)])
    data, problems = read_document(source, shown)
    problems = problems or blank_faults(data, shown, home.library.questions)
    if problems:
        raise InvalidInput(problems)
    logo = read_logo(home.folder, home.school)
    put_in_place({path: make_blank(data, home.school, home.library.questions, logo)}, force)


def forms_report(entries: Iterable[FormEntry]) -> list[dict[str, Any]]:
    """The forms of a school in the shape of `riskgen forms list --json`."""
    return [
        {
            "id": entry.id,
            "title": entry.title,
            "holders": [holder.value for holder in entry.holders],
            "packs": [pack.value for pack in entry.packs],
            "at_assess": entry.at_assess,
            "if_called_for": entry.if_called_for,
            "safe_word": entry.secret,
            "file": entry.called,
        }
        for entry in entries
    ]
