"""Staff from an export into the staff directory of school.yaml, which stays as it was written in all else."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from riskgen.core.problem import Problem
from riskgen.core.struct import Struct
from riskgen.core.visit import OPEN
from riskgen.files.edit import CannotEdit, edit_yaml
from riskgen.files.text import clean, folded, in_two
from riskgen.files.yaml import Place, Plain, parse_yaml
from riskgen.library.imports import STAFF_FIELDS
from riskgen.library.school import LONGEST_TEXT, SCHOOL_SCHEMA, read_school
from riskgen.library.source import Source, text
from riskgen.service.desk import desk_if_any
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.homes import SCHOOL_FILE, Home
from riskgen.service.import_cells import Found, one_of_each, read_rows, refuse_no_rows, without_reference
from riskgen.service.import_columns import Export, Match, kept_choices
from riskgen.service.importing import NOTHING_SAVED, Line, Plan, is_another, known_titles, lines_for, roles_of
from riskgen.workbook.reading import Cell

_ID: Mapping[str, Any] = SCHOOL_SCHEMA["staff"]["schema"]["schema"]["id"]
_MADE_OF = ("id", "name", "roles")
"""What nobody can be put into the directory without."""


class People(Struct, frozen=True):
    """The people of an export, and the job titles that nobody has said the roles of, each with its first cell."""

    rows: tuple[Found, ...]
    titles: Mapping[str, Cell]
    notes: tuple[Problem, ...]


def read_people(home: Home, export: Export, columns: Match) -> People:
    """The people of an export. Raises `InvalidInput` with every cell that cannot be taken in, job titles apart."""
    read = read_rows(export, columns)
    problems = [*read.problems]
    have = {person.id.casefold(): person.id for person in home.school.staff}
    for row in read.found:
        for name, value in row.values.items():
            tidy, reason = clean(value, one_line=True, longest=LONGEST_TEXT) if name != "roles" else (value, None)
            row.values[name] = tidy
            if reason:
                words, hint = in_two(reason)
                problems.append(export.problem(row.cells[name], "import-text", words.removeprefix("It "), hint))
        if "id" in row.values:
            row.values["id"] = have.get(row.values["id"].casefold(), row.values["id"])
        problems += _wrong_with_reference(export, row)
    people, twice = one_of_each(export, read.found, "id")
    incomplete = (problem for row in people for problem in _lacking(export, row, have))
    if problems := [*problems, *twice, *incomplete]:
        raise InvalidInput(problems)
    refuse_no_rows(export, people)
    known = known_titles(export)
    unknown: dict[str, Cell] = {}
    for row in people:
        title = row.values.get("roles")
        if title and not roles_of(title, known):
            unknown.setdefault(" ".join(title.split()), row.cells["roles"])
    return People(people, unknown, read.notes)


def _wrong_with_reference(export: Export, row: Found) -> Iterable[Problem]:
    given = row.values.get("id")
    if given is None:
        yield without_reference(export, row)
    elif not re.fullmatch(_ID["regex"], given):
        hint = f"It takes {_ID['meta']['form']}."
        yield export.problem(row.cells["id"], "import-reference", "is not of the right form for a reference.", hint)


def _lacking(export: Export, row: Found, have: Mapping[str, str]) -> Iterable[Problem]:
    """What somebody new cannot be put into the directory without."""
    for name in _MADE_OF[1:] if row.values["id"].casefold() not in have else ():
        if name not in row.values:
            what = "name" if name == "name" else "job title"
            message = f"is a new person without a {what}."
            hint = f"Fill it in, or put the person into {SCHOOL_FILE} yourself."
            yield export.problem(row.cells["id"], "import-incomplete", message, hint)


def refuse_unknown_titles(export: Export, people: People) -> None:
    """Raise `InvalidInput` for job titles that nobody has said the roles of, where nobody can be asked."""
    hint = "Write under 'staff: roles:' in imports.yaml what it stands for, or import without --no-input and be asked."
    message = "holds a job title of which no role is known."
    if people.titles:
        raise InvalidInput(export.problem(cell, "import-title", message, hint) for cell in people.titles.values())


def plan_staff(
    home: Home,
    export: Export,
    columns: Match,
    people: People,
    roles: Mapping[str, tuple[str, ...]],
    remove_missing: bool,
) -> Plan:
    """What the directory would become. `roles` are those of titles that were asked for; all are known by now.

    Nobody is removed unless that is wished, and no visitor of an open visit is. Roles are added and never taken away:
    an export has one job title, and a school gives more roles than that. Raises `InvalidInput` if the school's folder
    would no longer be sound, and `Refused` where school.yaml is written so that it cannot be changed by a program.
    """
    path = home.folder / SCHOOL_FILE
    before = path.read_bytes()
    document = parse_yaml(before.decode("utf-8-sig"), SCHOOL_FILE)
    data: Any = document.data
    entries: list[Mapping[str, Any]] = data["staff"]
    at = {str(entry["id"]): index for index, entry in enumerate(entries)}
    known = {**known_titles(export), **{folded(title): named for title, named in roles.items()}}
    puts: dict[Place, Plain] = {}
    lines: list[Line] = []
    new: list[str] = []
    renamed: list[Line] = []
    for row in people.rows:
        who = row.values["id"]
        held = roles_of(row.values["roles"], known) if "roles" in row.values else ()
        if who not in at:
            puts[("staff", len(entries) + len(new))] = _entry(row, held)
            new.append(who)
            continue
        for name, value, line in _differences(export, row, entries[at[who]], held):
            puts[("staff", at[who], name)] = value
            lines.append(line)
            if name == "name" and is_another(text(entries[at[who]].get(name)), row.values[name]):
                renamed.append(line)
    there = {row.values["id"] for row in people.rows}
    missing = [who for who in at if who not in there] if remove_missing else []
    kept = _visitors_of_open_visits(home, missing) if missing else {}
    removed = [who for who in missing if who not in kept]
    after = _edited(before, puts, [("staff", at[who]) for who in removed])
    _refuse_unsound(home, after)
    changed = tuple(dict.fromkeys(line.who for line in lines))
    return Plan(
        export,
        columns,
        tuple(lines),
        tuple(new),
        changed,
        tuple(removed),
        tuple(kept.items()),
        renamed=tuple(renamed),
        unchanged=len(people.rows) - len(new) - len(changed),
        notes=people.notes,
        made={},
        replaced={path: (before, after)} if after != before else {},
        choices=kept_choices(home, export, columns, roles),
    )


def _entry(row: Found, roles: Iterable[str]) -> dict[str, Plain]:
    entry: dict[str, Plain] = {name: row.values[name] for name in STAFF_FIELDS if name in row.values}
    return {name: list(roles) if name == "roles" else value for name, value in entry.items()}


def _differences(
    export: Export, row: Found, entry: Mapping[str, Any], roles: Iterable[str]
) -> Iterable[tuple[str, Plain, Line]]:
    """What a row says otherwise of somebody than their entry."""
    who = row.values["id"]
    for name in STAFF_FIELDS[1:]:
        if name not in row.values:
            continue
        cell = row.cells[name].address
        if name == "roles":
            has = [str(role) for role in entry["roles"]]
            if more := [role for role in roles if role not in has]:
                yield name, [*has, *more], Line(who, name, f"added {', '.join(more)}", cell)
        elif row.values[name] != (held := text(entry.get(name))):
            yield name, row.values[name], lines_for(who, name, held, cell)


def _visitors_of_open_visits(home: Home, people: Iterable[str]) -> dict[str, str]:
    """Of some people those who are visitors of a visit that is not over, and of which."""
    with desk_if_any(home.folder, home.school) as desk:
        if desk is None:
            return {}
        with desk.register.read() as reader:
            entries = reader.find(states=OPEN)
    visits = {who: [entry.reference for entry in entries if who in entry.visitors] for who in people}
    return {who: f"visitor of {', '.join(found)}" for who, found in visits.items() if found}


def _edited(before: bytes, puts: Mapping[Place, Plain], takes: list[Place]) -> bytes:
    if not puts and not takes:
        return before
    try:
        return edit_yaml(before.decode(), puts, takes).encode()
    except CannotEdit as error:
        message = f"{SCHOOL_FILE} is written in a way that riskgen cannot change without harm to the rest of it."
        raise Refused(f"{message} Enter the staff by hand. {NOTHING_SAVED}") from error


def _refuse_unsound(home: Home, after: bytes) -> None:
    """Raise `InvalidInput` if the school's folder would no longer pass `riskgen check` with the new directory."""
    source = Source(parse_yaml(after.decode("utf-8-sig"), SCHOOL_FILE))
    library = home.library
    if read_school(source, library.questions, library.policies, library.matrices) is None or source.problems:
        raise InvalidInput(source.problems or source.document.problems)
