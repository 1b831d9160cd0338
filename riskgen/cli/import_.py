"""`riskgen import`: staff and families from an export of the school's own system."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from riskgen.cli.options import HOME, JSON
from riskgen.cli.people import confirmed
from riskgen.cli.problems import counted, where
from riskgen.cli.words import item, wrapped
from riskgen.library.imports import Sort
from riskgen.library.policies import ROLES_QUESTION
from riskgen.service.faults import Refused
from riskgen.service.homes import Home, find_home, open_home
from riskgen.service.import_columns import Column, Export, Match, Unclear, match, open_export, refuse_unclear
from riskgen.service.import_families import plan_families
from riskgen.service.import_staff import plan_staff, read_people, refuse_unknown_titles
from riskgen.service.importing import (
    Line,
    Plan,
    Written,
    carry_out,
    plan_report,
    refuse_renamed,
    what_a_reference_keeps,
)

F = TypeVar("F", bound=Callable[..., Any])
LEFT = 4
"""The exit code where families' files would change and were left as they are."""
NONE = "none"
MOST_SHOWN = 40
"""Of a long list of changes the terminal shows so many; --json has all of them."""


@click.group("import")
def import_command() -> None:
    """Take staff or families in from an export of the school's own system.

    \b
    Example:
      riskgen import staff staff.xlsx
      riskgen import families pupils.csv --dry-run
    """


def _options(function: F) -> F:
    """The file, and what both commands take."""
    for option in (
        click.argument("path", type=click.Path(path_type=Path), metavar="FILE"),
        click.option(
            "--column",
            "columns",
            multiple=True,
            metavar="FIELD=HEADER",
            help="Which column holds a field; several of one field are joined. Empty: the file does not have it.",
        ),
        click.option("--sheet", default="", metavar="TITLE", help="Which sheet of a workbook; otherwise the first."),
        click.option("--no-input", is_flag=True, help="Ask nothing. What is not clear is refused."),
        click.option("--dry-run", is_flag=True, help="Show what it would change, and store nothing."),
        JSON,
        HOME,
    )[::-1]:
        function = option(function)
    return function


@click.command("staff")
@_options
@click.option("--remove-missing", is_flag=True, help="Remove whom the file does not have; never a visitor on a visit.")
def staff_command(
    path: Path,
    columns: tuple[str, ...],
    sheet: str,
    no_input: bool,
    dry_run: bool,
    as_json: bool,
    home: str | None,
    remove_missing: bool,
) -> None:
    """Take staff into the staff directory of school.yaml, after showing what changes.

    FILE is an Excel workbook (.xlsx) or CSV. People are matched by their
    reference; nobody is removed, and nothing else in school.yaml is touched.

    \b
    Example:
      riskgen import staff staff.xlsx --dry-run
      riskgen import staff staff.csv --column "mobile=Work Mobile" --no-input
    """
    school = open_home(find_home(home))
    export, found = _columns(school, Sort.STAFF, path, sheet, _given(columns), no_input)
    people = read_people(school, export, found)
    if no_input:
        refuse_unknown_titles(export, people)
    roles = {title: _ask_roles(school, title) for title in people.titles}
    _carry_out(plan_staff(school, export, found, people, roles, remove_missing), no_input, dry_run, as_json)


@click.command("families")
@_options
@click.option("--force", is_flag=True, help="Change families' files that are there; the old ones stay as .bak.")
@click.pass_context
def families_command(
    ctx: click.Context,
    path: Path,
    columns: tuple[str, ...],
    sheet: str,
    no_input: bool,
    dry_run: bool,
    as_json: bool,
    home: str | None,
    force: bool,
) -> None:
    """Take families into the folder 'families', one file each, after showing what changes.

    FILE is an Excel workbook (.xlsx) or CSV, with a row for each family. Only
    names, address, telephone, year group and date of birth are taken; what the
    school found out itself is never touched.

    \b
    Example:
      riskgen import families pupils.xlsx --dry-run
      riskgen import families pupils.csv --column "family.reference=Adno" --force
    """
    school = open_home(find_home(home))
    export, found = _columns(school, Sort.FAMILIES, path, sheet, _given(columns), no_input)
    plan = plan_families(school, export, found, force, school.now().date())
    _carry_out(plan, no_input, dry_run, as_json)
    if plan.left:
        ctx.exit(LEFT)


import_command.add_command(staff_command)
import_command.add_command(families_command)


def _given(columns: tuple[str, ...]) -> dict[str, list[str]]:
    """What `--column` says, by field."""
    given: dict[str, list[str]] = {}
    for each in columns:
        field, equals, header = each.partition("=")
        if not equals:
            raise click.UsageError(f"Write --column as FIELD=HEADER, not as '{each}'.")
        given.setdefault(field.strip(), []).extend([header.strip()] if header.strip() else [])
    return given


# --- asking -------------------------------------------------------------------------------------------


def _columns(
    school: Home, sort: Sort, path: Path, sheet: str, given: dict[str, list[str]], no_input: bool
) -> tuple[Export, Match]:
    """The export, and in which columns everything is: what is not clear is asked, or refused."""
    export = open_export(school, sort, path, sheet, given)
    found = match(export, given)
    if no_input:
        refuse_unclear(found)
    for unclear in found.unclear:
        found = found.with_choice(unclear.wanted.field, _ask_columns(export, unclear))
    _show_columns(export, found)
    return export, found


def _show_columns(export: Export, found: Match) -> None:
    where_from = f"the sheet '{export.sheet}' of {export.shown}" if export.sheet else export.shown
    click.echo(wrapped(f"Columns of {where_from}, {counted(len(export.rows), 'row')}:"), err=True)
    for wanted in export.wanted:
        columns = found.columns.get(wanted.field, ())
        headers = " + ".join(f"{each.letters} '{each.header}'" for each in columns)
        click.echo(item(f"{wanted.field}: {headers or 'not in the file'}"), err=True)
    left = export.not_read(found)
    named = ", ".join(f"{each.letters} '{each.header}'" for each in left[:MOST_SHOWN])
    more = f", and {len(left) - MOST_SHOWN} more" if len(left) > MOST_SHOWN else ""
    if left:
        click.echo(wrapped(f"Not read: {named}{more}."), err=True)


def _ask_columns(export: Export, unclear: Unclear) -> tuple[Column, ...]:
    """The columns that somebody names by their letters, in the order in which they are to be joined."""
    wanted = unclear.wanted
    click.echo(err=True)
    click.echo(wrapped(f"Which column holds: {wanted.label}", 2, "? "), err=True)
    click.echo(wrapped(f"'{wanted.field}': {unclear.why}.", 2), err=True)
    for column in unclear.candidates or export.columns:
        click.echo(f"    {column.letters}: {column.header}", err=True)
    letters = {column.letters: column for column in export.columns}
    or_none = "" if wanted.needed else f", or '{NONE}'"

    def chosen(raw: str) -> tuple[Column, ...]:
        parts = [part.strip().upper() for part in raw.split(",") if part.strip()]
        if parts == [NONE.upper()] and not wanted.needed:
            return ()
        if not parts or not set(parts) <= set(letters):
            raise click.UsageError(f"Type the letter of a column, several with commas{or_none}.")
        return tuple(letters[part] for part in parts)

    found: tuple[Column, ...] = click.prompt(f"  letters, with commas{or_none}", value_proc=chosen, err=True)
    return found


def _ask_roles(school: Home, title: str) -> tuple[str, ...]:
    """The roles that a job title stands for, as somebody at the terminal says."""
    options = school.library.questions[ROLES_QUESTION].options
    click.echo(err=True)
    click.echo(wrapped(f"Which roles has somebody with the job title '{title}'?", 2, "? "), err=True)
    for option in options:
        click.echo(wrapped(option.label, 6, f"    {option.id}: "), err=True)
    known = [option.id for option in options]

    def chosen(raw: str) -> tuple[str, ...]:
        parts = tuple(dict.fromkeys(part.strip().casefold() for part in raw.split(",") if part.strip()))
        if not parts or not set(parts) <= set(known):
            raise click.UsageError("Type words of the list above, several with commas.")
        return parts

    found: tuple[str, ...] = click.prompt("  words of these, with commas", value_proc=chosen, err=True)
    return found


# --- showing and writing ------------------------------------------------------------------------------


def _carry_out(plan: Plan, no_input: bool, dry_run: bool, as_json: bool) -> None:
    _show(plan)
    written: Written | None = None
    if not dry_run:
        if no_input:
            refuse_renamed(plan)
        elif plan.changes and not (_still_the_same(plan) and confirmed("\nTake this in?")):
            raise Refused("It was not taken in: the answer was no. Nothing was saved.")
        written = carry_out(plan) if plan.changes or plan.choices else None
    if as_json:
        click.echo(json.dumps(plan_report(plan, written), indent=2, ensure_ascii=False))
    _tell(plan, written, dry_run)


def _still_the_same(plan: Plan) -> bool:
    """Whether everybody whose name changes is who they were, as somebody at the terminal says."""
    whose, _ = what_a_reference_keeps(plan)
    who = ", ".join(dict.fromkeys(each.who for each in plan.renamed))
    question = f"\n{who}: is each the same {whose} as before, with a new name?"
    return not plan.renamed or confirmed(question)


def _show(plan: Plan) -> None:
    """What would change, before anybody is asked. What stands in the cells is not repeated."""
    _listed("\nNew", [", ".join(plan.new)] if plan.new else [])
    _listed("\nChanged", [f"{each.who}: {each.field} {each.how} ({each.cell})" for each in plan.lines])
    _listed("\nAnother name under the same reference", [_renamed(plan, each) for each in plan.renamed])
    _listed("\nRemoved", [", ".join(plan.removed)] if plan.removed else [])
    _listed("\nNot in the file, and kept all the same", [f"{who}: {because}" for who, because in plan.kept])
    _listed("\nNote", [f"{where(each)}: {each.message} {each.hint}".strip() for each in plan.notes])
    click.echo(f"\nAs before: {plan.unchanged}.", err=True)


def _renamed(plan: Plan, line: Line) -> str:
    whose, keeps = what_a_reference_keeps(plan)
    return (
        f"{line.who} ({line.cell}) keeps {keeps}. If it is another {whose}, give them another reference: the register "
        "knows people by it."
    )


def _listed(title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    click.echo(f"{title}:", err=True)
    for line in lines[:MOST_SHOWN]:
        click.echo(item(line), err=True)
    if len(lines) > MOST_SHOWN:
        click.echo(item(f"and {len(lines) - MOST_SHOWN} more; --json has all of them."), err=True)


def _tell(plan: Plan, written: Written | None, dry_run: bool) -> None:
    """What was written, what was left, and the next step."""
    if written is None:
        click.echo(f"\nNothing was saved{' (--dry-run)' if dry_run else ': there is nothing to change'}.", err=True)
    elif not plan.changes:
        click.echo(
            wrapped("\nThere is nothing to change. Which columns were chosen was kept in imports.yaml."), err=True
        )
    else:
        click.echo(f"\nWritten: {counted(len(written.paths), 'file')}.", err=True)
        if written.kept:
            names = ", ".join(path.name for path in written.kept[:3]) + (", ..." if len(written.kept) > 3 else "")
            click.echo(wrapped(f"The old ones stay beside them: {names}. Delete them once all is well."), err=True)
    if plan.left:
        words = f"Left as they are: {counted(len(plan.left), 'file')} of families that are there already. "
        click.echo(
            wrapped(f"{words}To change them, import again with --force; the old ones are kept as .bak."), err=True
        )
    if written and plan.changes:
        check = "Next: 'riskgen check', and assess visits again that rest on what has changed."
        click.echo(wrapped(check), err=True)
