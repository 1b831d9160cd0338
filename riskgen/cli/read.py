"""`riskgen read`: take in a Word form that was filled in, after showing what it would change."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from riskgen.cli.at_desk import full_desk
from riskgen.cli.authorise import what_it_rests_on
from riskgen.cli.options import AS, HOME, JSON
from riskgen.cli.people import TerminalProof, confirmed
from riskgen.cli.record import tell_written
from riskgen.cli.show import listed
from riskgen.cli.show_alarm import show_standing_alarm
from riskgen.cli.show_move import show_authorised, show_proposal
from riskgen.cli.words import item, wrapped
from riskgen.core.visit import Who
from riskgen.service.desk import NO_REGISTER, Desk, desk_if_any, register_to_come, who_asks
from riskgen.service.faults import Refused
from riskgen.service.handed_in import Line, NotTaken, handed_in, open_form
from riskgen.service.homes import Home, find_home, open_home
from riskgen.service.reading import (
    Reading,
    Taken,
    WhoAuthorises,
    read_form,
    reading_report,
    ready_to_take,
    take_in,
)

NOT_TAKEN = 4
"""The exit code where something on the form could not be taken in."""


@click.command("read")
@click.argument("form", type=click.Path(path_type=Path), metavar="FORM.docx")
@click.option("--yes", is_flag=True, help="Do not ask whether to take it in.")
@click.option("--dry-run", is_flag=True, help="Show what it would change, and store nothing.")
@AS
@JSON
@HOME
@click.pass_context
def read_command(
    ctx: click.Context, form: Path, yes: bool, dry_run: bool, as_: str, as_json: bool, home: str | None
) -> None:
    """Take in a Word form that was filled in, after showing what it would change.

    It may be the record of a visit, an Intent-to-Visit form, or one on which a
    visit is authorised. What it changes is done as the commands for it do it, so
    whoever authorises shows who they are: add --as.

    \b
    Example:
      riskgen read RA-2026-0001_visit-record.docx
      riskgen read RA-2026-0001_intent-to-visit-office.docx --as S-02
    """
    school = open_home(find_home(home))
    fields = open_form(form)
    with _desk(school, dry_run) as desk:
        handed = handed_in(desk, fields)
        show_standing_alarm(desk, handed.visit, "a form", to_stderr=as_json)
        try:
            reading = read_form(school, desk, handed, as_ or who_asks(desk).staff)
        except WhoAuthorises:
            message = "The form authorises the visit. Say who you are with --as ID: a name on a form is no proof."
            raise click.UsageError(wrapped(message)) from None
        if as_json and reading.proposal and not dry_run:
            message = (
                "The form authorises the visit, and with --json nobody is shown what that rests on. Leave --json out, "
                "or look first with --dry-run. Nothing was saved."
            )
            raise click.UsageError(wrapped(message))
        if not as_json or (reading.lines and not yes and not dry_run):
            _show(school, desk, reading, to_stderr=as_json)
        taken = None
        if reading.lines and not dry_run:
            ready_to_take(school, desk, reading)
            who = who_asks(desk, as_, TerminalProof())
            _confirm(reading, who, yes)
            taken = take_in(school, desk, reading, who)
    if as_json:
        click.echo(json.dumps(reading_report(reading, taken), indent=2, ensure_ascii=False))
    else:
        _tell(reading, taken, dry_run)
    if taken.not_taken if taken else reading.not_taken:
        ctx.exit(NOT_TAKEN)


@contextmanager
def _desk(school: Home, dry_run: bool) -> Iterator[Desk]:
    """The register, which a form never makes; only to look at, where nothing is to be stored."""
    if register_to_come(school.folder, school.school):
        raise Refused(f"{NO_REGISTER} So there is no visit that the form could be of. Nothing was saved.")
    if not dry_run:
        with full_desk(str(school.folder)) as (_, desk):
            yield desk
        return
    with desk_if_any(school.folder, school.school) as found:
        if found is None:
            raise Refused(f"{NO_REGISTER} So there is no visit that the form could be of. Nothing was saved.")
        yield found


def _confirm(reading: Reading, who: Who, yes: bool) -> None:
    if yes and not reading.proposal:  # nobody authorises without having been asked
        return
    reference = reading.visit.reference
    question = f"\nDo you, {who.staff}, authorise {reference}?" if reading.proposal else "\nTake this in?"
    if not confirmed(question):
        raise Refused(f"The form of {reference} was not taken in: the answer was no. Nothing was saved.")


# --- before -----------------------------------------------------------------------------------------


def _show(school: Home, desk: Desk, reading: Reading, to_stderr: bool) -> None:
    """What the form would change, before anybody is asked."""

    def say(text: str) -> None:
        click.echo(text, err=to_stderr)

    reference = reading.visit.reference
    if reading.lines:
        say(wrapped(f"The form '{reading.handed.form}' of {reference} would change:"))
    elif not reading.not_taken:
        say(wrapped(f"The form '{reading.handed.form}' of {reference} changes nothing."))
    for line in reading.lines:
        say(item(line_words(line)))
    for heading, words in (("Then", () if reading.proposal else reading.again), ("Note", reading.notes)):
        if words:
            say(f"\n{heading}:")
        for each in words:
            say(item(each))
    _show_not_taken(reading.not_taken, to_stderr)
    if reading.proposal:
        click.echo()
        show_proposal(school, desk, reading.proposal)
        what_it_rests_on(reading.proposal)


def line_words(line: Line) -> str:
    """One change in words; of a personal text only that it changes."""
    return f"{line.title}: {line.how}" if line.private else f"{line.title}: {line.before} -> {line.after}"


def _show_not_taken(left: tuple[NotTaken, ...], err: bool) -> None:
    if left:
        click.echo("\nCannot be taken in:", err=err)
    for each in left:
        click.echo(item(f"{each.what}: {each.because[0] if each.because else ''}"), err=err)
        for because in each.because[1:]:
            click.echo(item(because, indent=4), err=err)


# --- after ------------------------------------------------------------------------------------------


def _tell(reading: Reading, taken: Taken | None, dry_run: bool) -> None:
    """What was stored, and the next step. What cannot be taken in has been told already, but for what came up since."""
    reference = reading.visit.reference
    if taken is None:
        why = " (--dry-run)" if dry_run and reading.lines else ""
        click.echo(wrapped(f"\nNothing was saved{why}."), err=True)
        return
    listed("Taken in", taken.stored)
    new = tuple(each for each in taken.not_taken if each not in reading.not_taken)
    _show_not_taken(new, err=False)
    if taken.authorised:
        show_authorised(taken.authorised)
    if taken.written:
        tell_written(taken.written)
        return
    if taken.recorded:
        word = "The safe word is still the same." if taken.recorded.kept_word else "The safe word is a new one."
        click.echo(wrapped(f"\n{word} Destroy the earlier forms of {reference}, on paper and as .bak."), err=True)
    if not taken.authorised:
        fresh = f"print its paper anew: riskgen pack {reference}. It" if taken.recorded else "it"
        words = f"Next: {fresh} is {taken.visit.state.value} now; 'riskgen show {reference}' says what is still open."
        click.echo(wrapped(words), err=True)
