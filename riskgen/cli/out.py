"""`riskgen depart`, `checkin`, `return`, `alarm` and `cancel`: a visit on its way."""

from datetime import timedelta
from pathlib import Path

import click

from riskgen.cli.at_desk import ask_reason, full_desk, quick_desk, who_or_nobody
from riskgen.cli.options import AS, HOME
from riskgen.cli.people import TerminalProof, tell_warnings
from riskgen.cli.show import listed
from riskgen.cli.show_alarm import show_alarm, show_minimum
from riskgen.cli.show_move import call_words, show_out, show_waits, when
from riskgen.cli.words import wrapped
from riskgen.core.visit import Happened, State, Visit, Who, at_of
from riskgen.service import alarms
from riskgen.service.desk import Desk, open_desk, unknown_reference, who_asks
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.homes import find_home
from riskgen.service.moves import (
    call_off,
    check_in,
    come_back,
    depart,
    how_called_off,
    may_leave,
    moment_given,
    out_now,
    outing_from,
)
from riskgen.service.safety import Wanted, wanted_of_a_visit_called_off

PLACES = ("on-the-way", "at-the-door", "inside", "left")
_REFERENCE = click.argument("reference", metavar="REF")
_AT = click.option(
    "--at", metavar="HH:MM", default="", help="When it was, if not now; today, or with its date before it."
)


@click.command("depart")
@_REFERENCE
@_AT
@AS
@HOME
def depart_command(reference: str, at: str, as_: str, home: str | None) -> None:
    """Sign a visit out.

    Refused while anything that the policy wants before leaving is open, or while
    an authorisation is missing or has lapsed; says everything that is.

    \b
    Example:
      riskgen depart RA-2026-0001
      riskgen depart RA-2026-0001 --at 10:10
    """
    with full_desk(home) as (school, desk):
        leaving = may_leave(school, desk, reference, at)
        depart(desk, leaving, who_asks(desk, as_, TerminalProof()))
        show_out(desk, reference, leaving.outing, leaving.at)


@click.command("checkin")
@_REFERENCE
@click.option("--where", type=click.Choice(PLACES), default=None, help="Where the visitors are by now.")
@_AT
@AS
@HOME
def checkin_command(reference: str, where: str | None, at: str, as_: str, home: str | None) -> None:
    """Record that the visitors were heard of.

    Says when they should ring next and, at the door, until when to wait there.

    \b
    Example:
      riskgen checkin RA-2026-0001 --where at-the-door
    """
    with quick_desk(home) as desk:
        visit = desk.visit(reference)
        departed = out_now(visit, Happened.CHECKED_IN)
        left = at_of(departed)
        heard = moment_given(desk, at, left)
        after = check_in(desk, visit, who_or_nobody(desk, as_), where or "", heard)
        click.echo(wrapped(f"{reference} was heard of at {when(desk, heard)}{_place(where)}."))
        if departed.body is None:
            return
        outing = outing_from(departed)
        if where == "at-the-door":
            show_waits(desk, outing, heard)
        calls = tuple(at_of(event) for event in after.check_ins)
        click.echo(wrapped(f"Next call: {call_words(desk, outing, left, calls)}."))
        if outing.due_back:
            click.echo(wrapped(f"Due back: {when(desk, outing.due_back)}."))
        click.echo(wrapped(f"Next: riskgen return {reference} once everybody is safe."), err=True)


def _place(where: str | None) -> str:
    return {"on-the-way": ", on the way", "at-the-door": ", at the door", "left": ", having left"}.get(
        where or "", f", {where}" if where else ""
    )


@click.command("return")
@_REFERENCE
@click.option("--gone-home", is_flag=True, help="They went home from there, and are safe.")
@_AT
@AS
@HOME
def return_command(reference: str, gone_home: bool, at: str, as_: str, home: str | None) -> None:
    """Record that everybody is safe: back at school, or gone home.

    \b
    Example:
      riskgen return RA-2026-0001
      riskgen return RA-2026-0001 --gone-home --at 16:40
    """
    with quick_desk(home) as desk:
        visit = desk.visit(reference)
        back = moment_given(desk, at, at_of(out_now(visit, Happened.RETURNED)))
        come_back(desk, visit, who_or_nobody(desk, as_), "home" if gone_home else "school", back)
        where = "safe at home" if gone_home else "back at school"
        click.echo(wrapped(f"{reference}: everybody is {where}, {when(desk, back)}."))
        hours = desk.school.record_within_hours
        by = when(desk, back + timedelta(hours=hours))
        click.echo(wrapped(f"The record is due by {by}: the school's own rule, within {hours} hours of the return."))
        click.echo(wrapped(f"Next: riskgen record {reference}"), err=True)


@click.command("cancel")
@_REFERENCE
@click.option("--for-safety", is_flag=True, help="It is called off because it is not safe.")
@click.option("--reason", metavar="TEXT", default="", help="Why, without names. Asked for if it is left out.")
@AS
@HOME
def cancel_command(reference: str, for_safety: bool, reason: str, as_: str, home: str | None) -> None:
    """Call a visit off. One that is out is still out until it returns.

    \b
    Example:
      riskgen cancel RA-2026-0001
      riskgen cancel RA-2026-0001 --for-safety
    """
    with quick_desk(home) as desk:
        visit = desk.visit(reference)
        how_called_off(visit)
        who = who_asks(desk, as_, TerminalProof())
        after = call_off(desk, visit, who, ask_reason("Why is it called off (no names)", reason), for_safety)
        _tell_called_off(after)
        if for_safety:
            _tell_wanted(wanted_of_a_visit_called_off(desk, after))


def _tell_called_off(visit: Visit) -> None:
    reference = visit.reference
    if visit.state is State.OUT:
        click.echo(wrapped(f"{reference} is called off, and still out."))
        click.echo(wrapped(f"Next: tell the visitors. Once everybody is safe: riskgen return {reference}"), err=True)
        return
    if visit.assessed:
        click.echo(wrapped(f"{reference} is cancelled, and its safe word forgotten."))
        words = f"Next: destroy its forms. For another visit like it: riskgen repeat {reference}"
    else:
        click.echo(wrapped(f"{reference} is cancelled."))
        words = "Next: nothing. A draft has no safe word and no forms."
    click.echo(wrapped(words), err=True)


def _tell_wanted(wanted: Wanted | None) -> None:
    if wanted is None:
        words = (
            "What the policy wants of a visit that was called off for safety cannot be told: its files cannot be read. "
            "Run riskgen check."
        )
        click.echo(wrapped(words), err=True)
        return
    listed(f"{wanted.policy} wants", (f"{each.detail} ({each.who}; {each.clause})" for each in wanted.steps))
    if not wanted.steps:
        click.echo(wrapped(f"\n{wanted.policy} says nothing of a visit that was called off for safety."))


@click.command("alarm")
@_REFERENCE
@AS
@HOME
def alarm_command(reference: str, as_: str, home: str | None) -> None:
    """The safe word was heard: what to do, at once.

    Asks nothing. Prints what the policy says, the facts for the police and the
    numbers to ring, and then records that the word was heard.

    \b
    Example:
      riskgen alarm RA-2026-0001
    """
    reference = reference.strip().upper()
    try:
        folder = find_home(home)
        school = alarms.school_or_bare(folder)
        alarm, out = alarms.look_up(folder, school, reference)
    except BaseException:
        show_minimum(reference, ())
        raise
    if alarm is None:
        show_minimum(reference, out)
        raise unknown_reference(reference, "Ring 999 all the same.")
    show_alarm(alarm, school.timezone)
    _record_alarm(folder, alarm, as_)


def _record_alarm(folder: Path, alarm: alarms.Alarm, named: str) -> None:
    reference = alarm.visit.reference
    try:
        with open_desk(folder, alarms.school_or_bare(folder)) as desk:
            tell_warnings(desk)
            alarms.raise_alarm(desk, alarm, _who(desk, named), named)
    except (EnvironmentFault, OSError) as fault:
        words = "The alarm is not in the register. Do what stands above, and write down the time by hand."
        raise EnvironmentFault(f"\n{wrapped(words)}\n{fault}") from fault
    click.echo(wrapped(f"\nRecorded. 'riskgen board' shows it until: riskgen return {reference}"), err=True)


def _who(desk: Desk, named: str) -> Who:
    """Who is at the desk, if that can be told without asking."""
    try:
        return who_asks(desk, named)
    except (Refused, InvalidInput):
        return who_asks(desk)
