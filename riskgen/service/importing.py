"""Taking in an export of a school's own system: first what it would change, then, once confirmed, changing it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from riskgen.core.problem import Problem
from riskgen.core.struct import Struct, field
from riskgen.files.text import folded
from riskgen.library.imports import Sort
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.import_columns import Export, Match
from riskgen.service.visits import put_in_place

NOTHING_SAVED = "Nothing was saved."


class Line(Struct, frozen=True):
    """One thing that would change: of whom, which field, and how. What stands there is not repeated."""

    who: str
    field: str
    how: str
    cell: str = ""


class Plan(Struct, frozen=True):
    """What an import would do. `replaced` are files that are there, with what they were and what they would become.

    `renamed` are those of the lines by which a reference would be that of somebody of another name. `left` are the
    references of families whose files would change, and may not without `--force`; `kept` are people who would be
    removed, and why they stay.
    """

    export: Export
    columns: Match
    lines: tuple[Line, ...] = ()
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    renamed: tuple[Line, ...] = ()
    left: tuple[str, ...] = ()
    unchanged: int = 0
    notes: tuple[Problem, ...] = ()
    made: Mapping[Path, bytes] = field(default_factory=dict)
    replaced: Mapping[Path, tuple[bytes, bytes]] = field(default_factory=dict)
    choices: Mapping[Path, bytes] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether there is anything to write but the choice of columns."""
        return bool(self.made or self.replaced)


class Written(Struct, frozen=True):
    """The files that were written, and the old ones that were kept beside them."""

    paths: tuple[Path, ...]
    kept: tuple[Path, ...]


def refuse_renamed(plan: Plan) -> None:
    """Raise `InvalidInput` for each reference that would be somebody else's, where nobody can be asked."""
    whose, keeps = what_a_reference_keeps(plan)
    hint = (
        f"The reference keeps {keeps}. If it is the same {whose} with a new name, import without --no-input, and say "
        "so; otherwise leave the row out, or give it a reference of its own."
    )
    if plan.renamed:
        raise InvalidInput(
            Problem(
                plan.export.shown,
                int(each.cell.lstrip(ascii_uppercase)),
                "import-renamed",
                f"{each.cell} is another name than {each.who} has ({each.field}).",
                hint,
                field=each.cell,
            )
            for each in plan.renamed
        )


def carry_out(plan: Plan) -> Written:
    """Write what was planned: all of it, or nothing. The choice of columns comes last.

    Raises `Refused` where somebody has changed a file meanwhile.
    """
    for path, (before, _) in plan.replaced.items():
        if not path.exists() or path.read_bytes() != before:
            raise Refused(f"{path.name} was changed meanwhile. Import again. {NOTHING_SAVED}")
    files = {**plan.made, **{path: after for path, (_, after) in plan.replaced.items()}}
    kept = put_in_place(files, force=bool(plan.replaced)) if files else ()
    kept += put_in_place(plan.choices, force=True) if plan.choices else ()
    return Written((*files, *plan.choices), kept)


def plan_report(plan: Plan, written: Written | None) -> dict[str, Any]:
    """What an import did, or would do, as `--json` has it. Personal texts are not in it."""
    export = plan.export
    return {
        "sort": export.sort.value,
        "file": export.shown,
        "sheet": export.sheet,
        "not_read": [each.header for each in plan.export.not_read(plan.columns)],
        "columns": {field: [each.header for each in columns] for field, columns in plan.columns.columns.items()},
        "rows": len(export.rows),
        "new": list(plan.new),
        "changed": [{"who": each.who, "field": each.field, "how": each.how, "cell": each.cell} for each in plan.lines],
        "renamed": [each.who for each in plan.renamed],
        "removed": list(plan.removed),
        "kept": [{"who": who, "because": because} for who, because in plan.kept],
        "left": list(plan.left),
        "unchanged": plan.unchanged,
        "notes": [{"cell": each.field, "message": f"{each.message} {each.hint}".strip()} for each in plan.notes],
        "written": [str(path) for path in written.paths] if written else [],
    }


def lines_for(who: str, field: str, before: str, cell: str) -> Line:
    return Line(who, field, "changed" if before else "filled in", cell)


def what_a_reference_keeps(plan: Plan) -> tuple[str, str]:
    """What somebody is who has a reference, and what stays with it under another name."""
    if plan.export.sort is Sort.STAFF:
        return "person", "roles, mobile, car, insurance and account"
    return "family", "all that the school has found out about the home, and the visits and markers of the register"


def is_another(before: str, after: str) -> bool:
    """Whether a name is another than the one that was there. Capitals and spaces do not make it one."""
    return bool(before) and folded(before) != folded(after)


def known_titles(export: Export) -> Mapping[str, tuple[str, ...]]:
    """The roles of job titles: as chosen by the school, else as the list of headers has them."""
    return {**export.guide.titles, **export.chosen.roles}


def roles_of(title: str, known: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The roles of a job title, or of several with commas or the like between; none where one of them is not known."""
    whole = known.get(folded(title), ())
    if whole:
        return whole
    found = [known.get(part, ()) for each in _split(title) if (part := folded(each))]
    return tuple(dict.fromkeys(role for roles in found for role in roles)) if all(found) else ()


def _split(title: str) -> Iterable[str]:
    for mark in ";/&\n":
        title = title.replace(mark, ",")
    return title.split(",")
