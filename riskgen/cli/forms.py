"""`riskgen forms`: a school's own Word forms: list them, copy them to edit, check one, make a blank one."""

import json
from pathlib import Path

import click

from riskgen.cli.options import FORCE, HOME, JSON, WRITTEN, WRITTEN_FOLDER
from riskgen.cli.problems import counted, print_problems
from riskgen.cli.words import wrapped
from riskgen.core.struct import asdict
from riskgen.service.homes import Home, find_home, find_home_or_packaged, open_home
from riskgen.service.paper import forms_of
from riskgen.service.school_forms import (
    check_form,
    export_forms,
    form_to_check,
    forms_report,
    has_blank,
    is_form,
    write_blank,
)

_OUTSIDE = "No school's folder here: these are the forms that came with riskgen."


@click.group("forms")
def forms_command() -> None:
    """A school's own Word forms: list, export, check, a blank one.

    \b
    Example:
      riskgen forms list
    """


def _school(home: str | None) -> Home:
    """The school's folder, else what came with riskgen, and says so."""
    school, outside = find_home_or_packaged(home)
    if outside:
        click.echo(_OUTSIDE, err=True)
    return school


def _how_many(school: Home, count: int) -> str:
    return counted(count, "form") + (" and the blank form" if has_blank(school) else "")


@forms_command.command("list")
@JSON
@HOME
def list_command(as_json: bool, home: str | None) -> None:
    """List the forms, who holds each, and in which packs it is.

    \b
    Example:
      riskgen forms list
    """
    school = _school(home)
    entries = forms_of(school)
    if as_json:
        click.echo(json.dumps(forms_report(entries), indent=2, ensure_ascii=False))
        return
    for entry in entries:
        click.echo(wrapped(f"{entry.id}: {entry.title}"))
        only = ", only if the policy calls for it" if entry.if_called_for else ""
        word = "; carries the safe word" if entry.secret else ""
        click.echo(wrapped(f"For: {'; '.join(holder.words for holder in entry.holders)}{word}", 4))
        click.echo(wrapped(f"Packs: {', '.join(entry.packs)}{only}", 4))
        click.echo(wrapped(f"File: {entry.called}", 4))
    click.echo(f"\n{_how_many(school, len(entries))}.")


@forms_command.command("export")
@click.argument("folder", type=WRITTEN_FOLDER, metavar="DIR")
@FORCE
@HOME
def export_command(folder: Path, force: bool, home: str | None) -> None:
    """Copy the Word forms into a folder, to edit them there.

    \b
    Example:
      riskgen forms export forms-to-edit
    """
    school = _school(home)
    export_forms(school, folder, force)
    click.echo(f"{_how_many(school, len(forms_of(school)))} in {folder}.")
    click.echo(
        wrapped(
            "Next: edit one in Word, check it with 'riskgen forms check FILE', and put it back into templates/forms."
        ),
        err=True,
    )


@forms_command.command("check")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.docx")
@click.option("--as-form", default="", metavar="ID", help="As which form; otherwise the one whose file has that name.")
@JSON
@HOME
@click.pass_context
def check_command(ctx: click.Context, file: Path, as_form: str, as_json: bool, home: str | None) -> None:
    """Find every fault in one Word form before it is put among the others.

    A file that is none of the school's forms may print what the office may see,
    without the safe word.

    \b
    Example:
      riskgen forms check forms-to-edit/risk-assessment.docx
    """
    school = _school(home)
    entry = form_to_check(school, file, as_form)
    problems = check_form(school, entry)
    known = is_form(entry)
    if as_json:
        report = {
            "file": str(file),
            "form": entry.id if known else None,
            "problems": [asdict(problem) for problem in problems],
        }
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        what = f"the form '{entry.id}'" if known else "a form of no particular kind, held by the office"
        click.echo(wrapped(f"Checked {file} as {what}."), err=True)
        print_problems(problems)
        if not problems:
            click.echo("No problems.")
    ctx.exit(3 if problems else 0)


@forms_command.command("blank")
@click.argument("file", type=WRITTEN, metavar="FILE.docx")
@FORCE
@HOME
def blank_command(file: Path, force: bool, home: str | None) -> None:
    """Write a blank Intent-to-Visit form, with the school's own purposes and staff.

    Staff fill it in with Word, and 'riskgen assess' takes it in.

    \b
    Example:
      riskgen forms blank intent-to-visit.docx
    """
    if file.suffix.lower() != ".docx":
        raise click.UsageError("The form is a Word document: give it a name that ends in .docx.")
    write_blank(open_home(find_home(home)), file, force)
    click.echo(f"Written: {file}")
    click.echo(
        wrapped(
            f"Next: have it filled in with Word, or LibreOffice 24.2 or later, and assess the visit with it: "
            f"riskgen assess {file}"
        ),
        err=True,
    )
