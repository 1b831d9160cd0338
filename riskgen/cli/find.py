"""`riskgen show`, `list` and `history`: what the register has, found and shown."""

import json

import click

from riskgen.cli.at_desk import reading_desk
from riskgen.cli.options import AS, HOME, JSON
from riskgen.cli.people import TerminalProof
from riskgen.cli.problems import counted
from riskgen.cli.show_visit import show_entries, show_events, show_visit
from riskgen.cli.words import item, wrapped
from riskgen.service.desk import open_desk, who_asks
from riskgen.service.finding import Wanted, entry_report, find_visits, lapsed_by_data
from riskgen.service.history import event_report, history, verified_report, verify
from riskgen.service.homes import find_home
from riskgen.service.showing import show, show_word, shown_report

DAMAGED = 5
"""The exit code for a chain that is not whole: the register itself is in the way, not what was typed."""


@click.command("show")
@click.argument("reference", metavar="REF")
@click.option("--safe-word", is_flag=True, help="Show the safe word alone. That it was shown is recorded.")
@AS
@JSON
@HOME
def show_command(reference: str, safe_word: bool, as_: str, as_json: bool, home: str | None) -> None:
    """Show a visit as it was recorded, and how it stands today.

    The safe word is shown only to the visitors, the office, and whoever
    authorised the visit.

    \b
    Example:
      riskgen show RA-2026-0001
      riskgen show RA-2026-0001 --safe-word --as S-10
    """
    if safe_word and as_json:
        raise click.UsageError("A safe word is never part of JSON. Leave one of --safe-word and --json out.")
    if safe_word:
        with open_desk(find_home(home), make=False) as desk:
            word = show_word(desk, reference, who_asks(desk, as_, TerminalProof()))
        click.echo("Keep it in your head and off paper; say it to nobody else.", err=True)
        click.echo(word)
        return
    with reading_desk(home) as desk:
        shown = show(desk, reference)
        if as_json:
            click.echo(json.dumps(shown_report(shown, desk.now()), indent=2, ensure_ascii=False))
            return
        show_visit(shown, desk.school.timezone, desk.now())


@click.command("list")
@click.option("--from", "since", metavar="DATE", default="", help="From this day on, for example 2026-12-01.")
@click.option("--to", "until", metavar="DATE", default="", help="Up to this day, and with it.")
@click.option("--purpose", metavar="P", default="", help="What the visit is for, for example attendance.")
@click.option("--outcome", metavar="O", default="", help="What was decided, for example refer.")
@click.option("--visitor", metavar="ID", default="", help="Who goes, for example S-07.")
@click.option("--state", metavar="S", default="", help="For example assessed, out, overdue or closed.")
@click.option("--family", metavar="REF", default="", help="The family's reference.")
@JSON
@HOME
def list_command(
    since: str,
    until: str,
    purpose: str,
    outcome: str,
    visitor: str,
    state: str,
    family: str,
    as_json: bool,
    home: str | None,
) -> None:
    """Find visits.

    \b
    Example:
      riskgen list --from 2026-12-01 --to 2026-12-31 --visitor S-07
      riskgen list --state overdue
    """
    wanted = Wanted(since, until, purpose, outcome, visitor, state, family)
    with reading_desk(home) as desk:
        found, now = find_visits(desk, wanted), desk.now()
        zone, lapsed = desk.school.timezone, frozenset() if as_json else lapsed_by_data(desk, found)
        empty = not found and not find_visits(desk, Wanted())
    if as_json:
        click.echo(json.dumps([entry_report(entry, now) for entry in found], indent=2, ensure_ascii=False))
        return
    if empty:
        click.echo("No visit has been recorded yet.")
        click.echo("Next: riskgen assess, with what is known of the family and the visit.", err=True)
        return
    show_entries(found, zone, now, lapsed)


@click.command("history")
@click.argument("reference", metavar="[REF]", required=False, default="")
@click.option("--verify", "check", is_flag=True, help="Check that no event was changed, removed or put in.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the latest N events.")
@JSON
@HOME
def history_command(reference: str, check: bool, limit: int | None, as_json: bool, home: str | None) -> None:
    """List every event of a visit, or of the whole register, the latest last.

    With --verify it ends with the number of events and the hash of the last.
    Write both down elsewhere: only they show that the whole register was put
    back to an older copy. A chain that is not whole ends with exit code 5.

    \b
    Example:
      riskgen history RA-2026-0001
      riskgen history --verify --limit 20
    """
    with reading_desk(home) as desk:
        verified = verify(desk) if check else None
        broken = verified is not None and bool(verified.faults)
        events = () if broken else history(desk, reference, limit or 0)
        zone = desk.school.timezone
    if as_json:
        report = {
            "events": [event_report(event) for event in events],
            "verified": verified_report(verified) if verified else None,
        }
        click.echo(json.dumps(report, indent=2))
    else:
        show_events(events, zone, named=not reference)
    if verified and broken:
        click.echo("The register is not as it was written:", err=True)
        for fault in verified.faults:
            click.echo(item(fault.message), err=True)
        advice = "Keep a copy of it as it is, put back the last sound backup, and find out who had the file meanwhile."
        click.echo(wrapped(f"{advice} Nothing was changed."), err=True)
        raise click.exceptions.Exit(DAMAGED)
    if verified and not as_json:
        click.echo(
            f"\nThe chain is whole: {counted(verified.count, 'event')}. The hash of the last is\n{verified.head}"
        )
        click.echo("Next: write the number and the hash down elsewhere.", err=True)
