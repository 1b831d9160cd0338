"""`riskgen backup` and `riskgen doctor`: a safe copy of the register, and a look at all that it rests on."""

import json
from pathlib import Path
from typing import Any

import click

from riskgen.cli.options import HOME, JSON, WRITTEN
from riskgen.cli.people import confirmed, tell_warnings
from riskgen.cli.problems import counted
from riskgen.cli.words import wrapped
from riskgen.core.struct import asdict
from riskgen.service.desk import REGISTER_FILE, open_desk, school_alone, who_asks
from riskgen.service.doctor import Examined, examine_school
from riskgen.service.homes import find_home
from riskgen.service.surroundings import Finding, Status
from riskgen.service.upkeep import Kept, keep_copy, lost_key, new_register, replace_key

_ENVIRONMENT = 5
_MARKS = {Status.OK: "OK", Status.NOTE: "Note", Status.WARNING: "Warning", Status.FAULT: "FAULT"}
_COLUMN = 9


@click.command("backup")
@click.argument("target", type=WRITTEN, metavar="FILE")
@JSON
@HOME
def backup_command(target: Path, as_json: bool, home: str | None) -> None:
    """Copy the register to FILE, complete and checked, while others go on with their work.

    The copy is a register of its own in one file of SQLite, also where the
    register is on PostgreSQL. The key of the safe words and the Word forms in
    'visits' are not in it. A file that is there is never replaced.

    \b
    Example:
      riskgen backup /media/stick/bchs-2026-11-20.db
    """
    with open_desk(find_home(home), make=False) as desk:
        tell_warnings(desk)
        kept = keep_copy(desk, target, who_asks(desk))
    for warning in kept.warnings:
        click.echo(wrapped(f"Warning: {warning}"), err=True)
    if as_json:
        click.echo(json.dumps(_backup_report(kept), indent=2, ensure_ascii=False))
        return
    events, visits = counted(kept.events, "event"), counted(kept.visits, "visit")
    click.echo(wrapped(f"Copied the register to {kept.path} and checked the copy: {events}, {visits}."))
    click.echo(f"Head of its chain:\n  {kept.head}")
    click.echo(
        wrapped(
            f"Not in it: the key of the safe words, which is in {kept.key_at}; and the forms in the folder 'visits'. "
            "Copy both by other means, and keep the key apart from the copy."
        )
    )
    click.echo(wrapped(f"\nTo restore it: {_how_to_restore(kept)}"), err=True)


def _how_to_restore(kept: Kept) -> str:
    steps = (
        f"have everybody stop, put the file in place of {REGISTER_FILE} in the school's folder (and remove "
        f"{REGISTER_FILE}-journal if it is there), then run 'riskgen doctor'."
    )
    if kept.dialect == "postgresql":
        return (
            f"take 'url' out of school.yaml, {steps} The register is then in that file. To restore the server itself, "
            "use its own pg_dump and pg_restore."
        )
    return steps


def _backup_report(kept: Kept) -> dict[str, Any]:
    return {
        "file": str(kept.path),
        "bytes": kept.size,
        "events": kept.events,
        "visits": kept.visits,
        "head": kept.head,
        "register": kept.dialect,
        "key_at": kept.key_at,
        "warnings": list(kept.warnings),
    }


@click.command("doctor")
@click.option("--new-register", is_flag=True, help="Start a register where there are only forms of visits.")
@click.option("--new-key", is_flag=True, help="The key is lost: make a new one, and erase the safe words it sealed.")
@JSON
@HOME
@click.pass_context
def doctor_command(ctx: click.Context, new_register: bool, new_key: bool, as_json: bool, home: str | None) -> None:
    """Look at the register and all that it rests on, and say what to do about it.

    Puts forms in place that a run has left half done. Ends with 5 if there is
    a fault, and with 0 if there are only warnings and notes.

    \b
    Example:
      riskgen doctor
    """
    if new_register and new_key:
        raise click.UsageError("--new-register makes a key as well; leave --new-key out.")
    folder = find_home(home)
    if new_register:
        _start(folder)
    if new_key:
        _replace_key(folder)
    examined = examine_school(folder, school_alone(folder))
    if as_json:
        click.echo(json.dumps(_doctor_report(folder, examined), indent=2, ensure_ascii=False))
    else:
        for finding in examined.findings:
            click.echo(_line(finding))
        click.echo(wrapped(f"\n{_verdict(examined)}"), err=True)
    ctx.exit(0 if examined.sound else _ENVIRONMENT)


def _start(folder: Path) -> None:
    new_register(folder, school_alone(folder))
    click.echo(wrapped("Started a register. References go on after those of the forms that are there."), err=True)


def _replace_key(folder: Path) -> None:
    with open_desk(folder, make=False) as desk:
        lost = lost_key(desk)
        what = "The key is lost, and a new one will be made." if lost.replaces else "The key is there and stays."
        words = f" The safe words of these visits will be erased from the register: {', '.join(lost.shut)}."
        copies = " From then on they are on the office copies of the forms only."
        click.echo(wrapped(what + (words + copies if lost.shut else " No safe word is lost with it.")), err=True)
        if lost.replaces:
            click.echo(
                wrapped(
                    "A backup or another account may still have the old key: look there first. That a word was used "
                    "within the last twelve months is no longer known."
                ),
                err=True,
            )
        if not confirmed("Go on"):
            raise click.Abort
        replace_key(desk, lost, who_asks(desk))
    click.echo(wrapped("Done. Give the new key to every account that shares the register.\n"), err=True)


def _line(finding: Finding) -> str:
    text = f"{finding.message} {finding.hint}".strip()
    return wrapped(text, _COLUMN, _MARKS[finding.status].ljust(_COLUMN))


def _verdict(examined: Examined) -> str:
    number = {status: sum(finding.status is status for finding in examined.findings) for status in Status}
    warnings = counted(number[Status.WARNING], "warning")
    if examined.sound:
        return f"No fault; {warnings}." if number[Status.WARNING] else "No fault."
    faults = counted(number[Status.FAULT], "fault")
    return f"{faults}; {warnings}. Mend the faults before the next visit goes out, then run 'riskgen doctor' again."


def _doctor_report(folder: Path, examined: Examined) -> dict[str, Any]:
    health = examined.health
    register = health and {
        "dialect": examined.dialect,
        "version": health.version,
        "events": health.events,
        "visits": health.visits,
        "head": examined.head,
    }
    return {
        "folder": str(folder),
        "sound": examined.sound,
        "register": register,
        "findings": [asdict(finding) for finding in examined.findings],
    }
