"""`riskgen depart`, `checkin`, `return`, `alarm` and `cancel`: a visit on its way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import click

from riskgen.cli.at_desk import ask_reason, full_desk, quick_desk, who_or_nobody
from riskgen.cli.options import AS, HOME
from riskgen.cli.people import TerminalProof, tell_warnings
from riskgen.cli.problems import counted
from riskgen.cli.show import listed
from riskgen.cli.show_alarm import show_alarm, show_heard, show_minimum, show_standing_alarm, show_who_is_out
from riskgen.cli.show_board import marker_words
from riskgen.cli.show_move import call_words, show_out, show_waits, when
from riskgen.cli.words import to_destroy, wrapped
from riskgen.core.model import School
from riskgen.core.outing import Outing
from riskgen.core.visit import Happened, State, Visit, Who, at_of
from riskgen.service import alarms
from riskgen.service.board import marked_since, out_already
from riskgen.service.desk import Desk, open_desk, unknown_reference, who_asks
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.homes import find_home
from riskgen.service.makeshift import is_makeshift, makeshift
from riskgen.service.markers import same_family, standing_markers
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
EARLY = timedelta(hours=2)
"""How long before its planned start a visit may leave without anybody wondering."""
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
        for words in _odd_about(desk, reference, leaving.outing, leaving.at):
            click.echo(wrapped(f"Warning: {words}"), err=True)
        depart(school, desk, leaving, who_asks(desk, as_, TerminalProof()))
        if leaving.nobody:
            words = "Nobody has authorised this visit: neither the policy nor school.yaml says who does."
            click.echo(wrapped(words))
        show_out(desk, reference, leaving.outing, leaving.at)


def _odd_about(desk: Desk, reference: str, outing: Outing, left: datetime) -> tuple[str, ...]:
    """What may be a mistake about a visit that leaves, and need not be one."""
    words = [
        f"{person.id} is already out on {other}. If they are back: riskgen return {other}"
        for person, other in out_already(desk, outing, reference)
    ]
    if outing.start and outing.start - left > EARLY:
        hours = counted(int((outing.start - left) / timedelta(hours=1)), "hour")
        start = when(desk, outing.start)
        words.append(
            f"it leaves more than {hours} before its planned start, {start}. If the plan is another by now: "
            f"riskgen assess --reference {reference}"
        )
    return tuple(words)


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
        visit = desk.visit(reference, lenient=True)
        departed = out_now(visit, Happened.CHECKED_IN)
        left = at_of(departed)
        show_standing_alarm(desk, visit, "a check-in")
        outing = outing_from(departed) if departed.body is not None else None
        if outing:
            _tell_markers(desk, outing.family, left)
        heard = moment_given(desk, at, left)
        after = check_in(desk, visit, who_or_nobody(desk, as_), where or "", heard)
        click.echo(wrapped(f"{reference} was heard of at {when(desk, heard)}{_place(where)}."))
        if outing is None:
            return
        if where == "at-the-door":
            show_waits(desk, outing, heard)
        calls = tuple(at_of(event) for event in after.check_ins)
        click.echo(wrapped(f"Next call: {call_words(desk, outing, left, calls)}."))
        if outing.due_back:
            click.echo(wrapped(f"Due back: {when(desk, outing.due_back)}."))
        click.echo(wrapped(f"Next: riskgen return {reference} once everybody is safe."), err=True)


def _tell_markers(desk: Desk, family: str, left: datetime) -> None:
    with desk.register.read() as reader:
        standing = standing_markers(reader, [family]).get(same_family(family), ())
    for marker in marked_since(standing, left):
        click.secho(wrapped(marker_words(marker, lambda moment: when(desk, moment))), bold=True)


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
        visit = desk.visit(reference, lenient=True)
        back = moment_given(desk, at, at_of(out_now(visit, Happened.RETURNED)))
        come_back(desk, visit, who_or_nobody(desk, as_), "home" if gone_home else "school", back)
        where = "safe at home" if gone_home else "back at school"
        click.echo(wrapped(f"{reference}: everybody is {where}, {when(desk, back)}."))
        if is_makeshift(desk.school):
            click.echo("By when the record is due stands in school.yaml, which cannot be read.")
        else:
            hours = desk.school.record_within_hours
            by, within = when(desk, back + timedelta(hours=hours)), counted(hours, "hour")
            click.echo(wrapped(f"The record is due by {by}: the school's own rule, within {within} of the return."))
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
        words = (
            f"Next: destroy what still bears it: {to_destroy(reference)}. The record of why: riskgen pack {reference}. "
            f"For another visit like it: riskgen repeat {reference}"
        )
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


class _Say:
    """Prints, and keeps a fault of the output for later: an alarm is recorded whether or not anybody can read it."""

    def __init__(self) -> None:
        self.fault: BaseException | None = None

    def __call__(self, show: Callable[[], None]) -> None:
        try:
            show()
        except BaseException as fault:
            self.fault = self.fault or fault

    def settle(self) -> None:
        if self.fault:
            raise self.fault


@click.command("alarm")
@click.argument("reference", metavar="REF", default="")
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
    reference, say = reference.strip().upper(), _Say()
    say(lambda: show_heard(reference))
    school = makeshift()
    try:
        folder = find_home(home)
        school = alarms.school_or_bare(folder)
        found = alarms.look_up(folder, school, reference)
    except alarms.InUse:
        say(lambda: show_minimum(school))
        if reference:
            say(lambda: click.echo(wrapped("\nThe register is in use. The alarm is recorded as soon as it is free.")))
            _record_when_free(folder, school, reference, as_, say)
    except BaseException as fault:
        say(lambda: show_minimum(school))
        if reference or not isinstance(fault, (EnvironmentFault, InvalidInput, OSError)):
            raise
    else:
        if found.alarm:
            _show_and_record(folder, school, found.alarm, as_, say)
        else:
            say(lambda: show_minimum(school))
            say(lambda: show_who_is_out(found.out, school))
            if reference:
                raise unknown_reference(reference, "Ring 999 all the same.")
    say.settle()
    if not reference:
        raise click.UsageError("Nothing is recorded, since no visit was named. Name it: riskgen alarm REF")


def _show_and_record(folder: Path, school: School, alarm: alarms.Alarm, named: str, say: _Say) -> None:
    say(lambda: show_alarm(alarm, school.timezone))
    with _recording(folder, school, say) as desk:
        alarms.raise_alarm(desk, alarm, _who(desk, named), named)
    _tell_recorded(alarm.visit.reference, say)


def _record_when_free(folder: Path, school: School, reference: str, named: str, say: _Say) -> None:
    with _recording(folder, school, say) as desk:
        alarm = alarms.look(desk, reference).alarm
        if alarm:
            alarms.raise_alarm(desk, alarm, _who(desk, named), named)
    if alarm is None:
        raise unknown_reference(reference, "Ring 999 all the same.")
    say(lambda: show_alarm(alarm, school.timezone))
    _tell_recorded(reference, say)


@contextmanager
def _recording(folder: Path, school: School, say: _Say) -> Iterator[Desk]:
    try:
        with open_desk(folder, school, make=False) as desk:
            say(lambda: tell_warnings(desk))
            yield desk
    except (EnvironmentFault, OSError) as fault:
        words = "The alarm is not in the register. Do what stands above, and write down the time by hand."
        raise EnvironmentFault(f"\n{wrapped(words)}\n{fault}") from fault


def _tell_recorded(reference: str, say: _Say) -> None:
    words = f"\nRecorded. 'riskgen board' shows it until: riskgen return {reference}"
    say(lambda: click.echo(wrapped(words), err=True))


def _who(desk: Desk, named: str) -> Who:
    """Who is at the desk, if that can be told without asking."""
    try:
        return who_asks(desk, named)
    except (Refused, InvalidInput):
        return who_asks(desk)
