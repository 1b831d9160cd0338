"""Families from an export into the folder `families`: one file a family, and never what the school found out itself."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from riskgen.core.conditions import Value
from riskgen.core.problem import Problem
from riskgen.files.answers import parse_answer, read_answers, written_answer
from riskgen.files.controls import VISITORS
from riskgen.files.edit import CannotEdit, edit_yaml
from riskgen.files.text import folded, in_two
from riskgen.files.visit_columns import REFERENCE
from riskgen.files.yaml import Place, Plain, parse_yaml
from riskgen.intake.interview import answers_file
from riskgen.service.family_files import FAMILIES, Known, known_families
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.homes import Home
from riskgen.service.import_cells import Found, one_of_each, read_rows, refuse_no_rows, without_reference
from riskgen.service.import_columns import Export, Match, kept_choices
from riskgen.service.importing import NOTHING_SAVED, Line, Plan, is_another, lines_for
from riskgen.service.markers import same_family
from riskgen.service.references import is_reference

_SAFE = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9-]{0,39}\Z", re.ASCII)
_SHORTEST_WORD = 3
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(10))}
)
"""Names that Windows keeps for itself."""
_NAMES = ("family.name", "child.name")
"""By which people know of whom a reference is."""
_ABOUT = "# A family, from the school's own system. It holds personal data: keep it as you keep the pupil's file."


def plan_families(home: Home, export: Export, columns: Match, force: bool, today: date) -> Plan:
    """What the folder `families` would become. A file that is there changes only with `force`.

    Only answers that the export has are put in, and an empty cell never takes one out. Raises `InvalidInput` with
    every cell that cannot be taken in and every family's file that cannot be read.
    """
    read = read_rows(export, columns)
    rows, twice = one_of_each(export, read.found, REFERENCE)
    answers: list[tuple[Found, dict[str, Value]]] = []
    lost = (without_reference(export, row) for row in read.found if REFERENCE not in row.values)
    problems = [*read.problems, *twice, *lost]
    for row in rows:
        found, faults = _answers(home, export, row, today)
        problems += faults
        answers.append((row, found))
    known, faults = known_families(home)
    problems += faults
    problems += _two_files(export, answers, known)
    problems += _names_taken(export, answers, known)
    if problems:
        raise InvalidInput(problems)
    refuse_no_rows(export, rows)
    return _planned(home, export, columns, answers, known, force, read.notes)


def _planned(
    home: Home,
    export: Export,
    columns: Match,
    answers: Iterable[tuple[Found, dict[str, Value]]],
    known: Mapping[str, list[Known]],
    force: bool,
    notes: tuple[Problem, ...],
) -> Plan:
    made: dict[Path, bytes] = {}
    replaced: dict[Path, tuple[bytes, bytes]] = {}
    lines: list[Line] = []
    renamed: list[Line] = []
    new, changed, unchanged = [], [], 0
    for row, values in answers:
        reference = str(values[REFERENCE])
        there = known.get(same_family(reference), [])
        if not there:
            text = answers_file(values, (), home.library.questions, _ABOUT)
            made[home.folder / FAMILIES / f"{reference}.yaml"] = text.encode()
            new.append(reference)
            continue
        differences = list(_differences(there[0], row, values))
        lines += (line for _, _, line in differences)
        if not differences:
            unchanged += 1
            continue
        changed.append(reference)
        if force:
            puts = {place: value for place, value, _ in differences}
            replaced[there[0].path] = (there[0].before, _edited(home, there[0], puts))
            held = there[0].values
            renamed += (
                line
                for _, _, line in differences
                if line.field in _NAMES and is_another(str(held.get(line.field, "")), str(values[line.field]))
            )
    return Plan(
        export,
        columns,
        tuple(lines),
        tuple(new),
        tuple(changed),
        renamed=tuple(renamed),
        left=() if force else tuple(changed),
        unchanged=unchanged,
        notes=notes,
        made=made,
        replaced=replaced,
        choices=kept_choices(home, export, columns),
    )


# --- what the rows say --------------------------------------------------------------------------------


def _answers(home: Home, export: Export, row: Found, today: date) -> tuple[dict[str, Value], list[Problem]]:
    """What a row says, as answers, and what is wrong with it. No message repeats what stands in a cell."""
    values: dict[str, Value] = {}
    problems = []
    for name, raw in row.values.items():
        question = home.library.questions[name]
        value, reason = parse_answer(question, raw)
        if reason:
            words, hint = in_two(reason)
            words = words.removeprefix(f"'{name}' ")
            problems.append(export.problem(row.cells[name], "import-text", words, hint))
        elif value is not None:
            values[name] = value
        if isinstance(value, date) and value > today:
            hint = "Look at the order of day and month."
            problems.append(export.problem(row.cells[name], "import-date", "holds a day that is still to come.", hint))
    if wrong := _wrong_with_reference(row.values[REFERENCE], row):
        problems.append(export.problem(row.cells[REFERENCE], "import-reference", *wrong))
    return values, problems


def _wrong_with_reference(reference: str, row: Found) -> tuple[str, str] | None:
    """Why a text cannot be the reference of a family, and so the name of a file; None if it can."""
    if not _SAFE.fullmatch(reference) or reference.casefold() in _DEVICES:
        hint = "It takes letters, digits and hyphens, at most 40 in all, with a digit among them, such as F-0123."
        return "is not of the right form for a reference.", hint
    if is_reference(reference):
        return "looks like the reference of a visit.", "Give families references of another form, such as F-0123."
    names = f"{row.values.get('family.name', '')} {row.values.get('child.name', '')}"
    words = [word for word in re.findall(r"\w+", folded(names)) if len(word) >= _SHORTEST_WORD and word.isalpha()]
    if any(word in reference.casefold() for word in words):
        hint = "A reference stands in the names of files and in lists. Take another column for it."
        return "is a reference that holds a name.", hint
    return None


# --- the files that are there -------------------------------------------------------------------------


def _staff(home: Home) -> tuple[str, ...]:
    return tuple(person.id for person in home.school.staff)


def _two_files(
    export: Export, answers: Iterable[tuple[Found, Mapping[str, Value]]], known: Mapping[str, list[Known]]
) -> Iterator[Problem]:
    for row, values in answers:
        there = known.get(same_family(str(values.get(REFERENCE, ""))), [])
        if len(there) > 1:
            names = " and ".join(each.document.path for each in there)
            message = f"is a reference that {names} both have."
            hint = "Give each file a reference of its own."
            yield export.problem(row.cells[REFERENCE], "import-files", message, hint)


def _names_taken(
    export: Export, answers: Iterable[tuple[Found, Mapping[str, Value]]], known: Mapping[str, list[Known]]
) -> Iterator[Problem]:
    """A fault for each new family whose file would have the name of another's, without regard to capitals."""
    names = {each.path.stem.casefold(): each.document.path for files in known.values() for each in files}
    for row, values in answers:
        reference = str(values.get(REFERENCE, ""))
        if same_family(reference) not in known and (taken := names.get(reference.casefold())):
            message = f"is the name of {taken}, which is of a family of another reference."
            hint = "Rename that file after the reference in it."
            yield export.problem(row.cells[REFERENCE], "import-files", message, hint)


def _differences(known: Known, row: Found, values: Mapping[str, Value]) -> Iterator[tuple[Place, Plain, Line]]:
    """What a row says otherwise of a family than its file, and where in the file it goes."""
    reference = str(known.values.get(REFERENCE) or values[REFERENCE])
    for name, value in values.items():
        held = known.values.get(name)
        if (name == REFERENCE and held is not None) or value == held:
            continue
        line = lines_for(reference, name, "" if held is None else str(held), row.cells[name].address)
        yield _place(known.document.data, name), written_answer(value), line


def _place(data: Any, name: str) -> Place:
    """Where an answer stands in a file, or belongs: under its group, or by its whole name where people write it so."""
    group, _, word = name.partition(".")
    return (name,) if name in data else (group, word)


def _edited(home: Home, known: Known, puts: Mapping[Place, Plain]) -> bytes:
    """A family's file with other answers in it, which can be read again."""
    try:
        text = edit_yaml(known.before.decode(), puts)
    except (CannotEdit, UnicodeDecodeError) as error:
        message = (
            f"{known.document.path} is written in a way that riskgen cannot change without harm to the rest of it."
        )
        raise Refused(f"{message} Change it by hand, or leave its row out. {NOTHING_SAVED}") from error
    again = parse_yaml(text.removeprefix("\ufeff"), known.document.path)
    problems = read_answers(
        again, home.library.questions, _staff(home), beside=(VISITORS, f"visit.{VISITORS}")
    ).problems
    if problems:
        raise InvalidInput(problems)
    return text.encode()
