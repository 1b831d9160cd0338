"""The safe word was heard: what to do, what to tell the police, whom to ring. Short, and in that order."""

from collections.abc import Callable, Iterable
from datetime import datetime

import click

from riskgen.cli.problems import counted
from riskgen.cli.show_board import PLACES, contact_words, rung_words
from riskgen.cli.show_move import when
from riskgen.cli.words import heading, item, wrapped
from riskgen.core.model import Rung, School, Staff
from riskgen.core.outing import Outing
from riskgen.core.timers import to_wall
from riskgen.core.visit import Entry, Visit
from riskgen.core.words import NOT_RECORDED, moment_words
from riskgen.service.alarms import Alarm
from riskgen.service.board import readable_outing
from riskgen.service.desk import Desk
from riskgen.service.makeshift import is_makeshift

_INDENT = 15
_OWN_STEPS = "The school's own steps, from school.yaml (not the policy's):"
_POLICE = "999 (police, ambulance, fire)"


def show_heard(reference: str) -> None:
    """What can be said before anything has been looked up."""
    click.secho(f"SAFE WORD HEARD{f': {reference}' if reference else ''}", bold=True, fg="red")
    click.secho("If anybody may be in danger, ring 999 now.", bold=True)


def show_alarm(alarm: Alarm, zone: str) -> None:
    """Everything that the office needs, from what was written down when the visit left."""
    if not alarm.whole:
        words = (
            "Not all that the register has of this visit can be read. Hold what follows against the office copy of "
            "the Intent-to-Visit form."
        )
        click.secho(wrapped(words), bold=True)
    _what_to_do(alarm)
    _facts(alarm, lambda moment: moment_words(to_wall(moment, zone)))
    click.echo(heading("Numbers to ring"))
    click.echo(item(_POLICE))
    for contact in alarm.outing.contacts:
        click.echo(item(contact_words(contact)))


def show_standing_alarm(desk: Desk, visit: Visit, what: str, to_stderr: bool = False) -> None:
    """That the safe word was heard, if it was and nobody is known to be safe since: before all else. `what` is what
    is at hand, and does not end it."""
    if not visit.standing_alarms:
        return
    at = when(desk, visit.standing_alarms[0].at)
    click.secho(f"SAFE WORD HEARD at {at}: {what} does not end it", bold=True, fg="red", err=to_stderr)
    outing = readable_outing(visit)
    ladder = (outing.ladders.safe_word or outing.fallback.safe_word) if outing else ()
    first = f"First: {rung_words(ladder[0])}. " if ladder else "If anybody may be in danger, ring 999. "
    click.echo(wrapped(f"{first}All that is to be done: riskgen alarm {visit.reference}"), err=to_stderr)


def show_minimum(school: School) -> None:
    """What holds for every visit, where nothing can be read of this one; and what the school itself says."""
    click.echo(item(f"Ring {_POLICE}.", "1."))
    click.echo(item("The office copy of the Intent-to-Visit form has the facts for them: who, where, which car.", "2."))
    click.echo(item("Tell the headteacher or a senior leader.", "3."))
    if is_makeshift(school):
        click.echo(wrapped("school.yaml cannot be read, so the school's own steps and numbers cannot be told."))
    if school.fallback.safe_word:
        click.echo(_OWN_STEPS)
        _steps(school.fallback.safe_word)
    if school.contacts:
        click.echo(heading("Numbers to ring, from school.yaml"))
        for contact in school.contacts:
            click.echo(item(contact_words(contact)))


def show_who_is_out(out: Iterable[Entry], school: School) -> None:
    """Every visit that is out, for somebody to find the one that is meant."""
    directory = {person.id: person for person in school.staff}
    entries = tuple(out)
    if not entries:
        click.echo("\nBy the register nobody is out.")
        return
    click.echo(heading("Out now"))
    for entry in entries:
        people = (f"{directory[each].name} ({each})" if each in directory else each for each in entry.visitors)
        click.echo(item(f"{entry.reference}: {', '.join(people) or NOT_RECORDED}"))
    click.echo(wrapped(f"For the facts: riskgen alarm {entries[0].reference}"))


def _what_to_do(alarm: Alarm) -> None:
    outing = alarm.outing
    own, fallback = outing.ladders.safe_word, outing.fallback.safe_word
    if own:
        click.echo(wrapped(f"What {outing.policy} says, edition of {outing.edition}:"))
        _steps(own)
        return
    if alarm.policy_known:
        click.echo(wrapped(f"{outing.policy} does not say what to do."))
    else:
        click.echo(wrapped("What the policy says cannot be told: its files cannot be read."))
    if fallback:
        click.echo(_OWN_STEPS)
        _steps(fallback)
    else:
        click.echo("The school has written down no steps of its own either. So:")
        click.echo(item("Ring 999, and give them what stands below.", "1."))


def _steps(rungs: Iterable[Rung]) -> None:
    for number, rung in enumerate(rungs, 1):
        clause = f"; {rung.clause}" if rung.clause else ""
        when = f"After {counted(rung.after_minutes, 'minute')}: " if rung.after_minutes else ""
        click.echo(item(f"{when}{rung.do} ({rung.who}{clause})", f"{number}."))


def _facts(alarm: Alarm, at: Callable[[datetime], str]) -> None:
    outing = alarm.outing
    click.echo(heading("For the police"))
    for person in outing.visitors:
        _fact("Visitor", f"{person.name} ({person.id}), mobile {person.mobile or NOT_RECORDED.lower()}")
    for person in drivers(outing):
        _fact(
            "Vehicle", f"{person.vehicle or NOT_RECORDED}, registration {person.registration or NOT_RECORDED.lower()}"
        )
    if not drivers(outing):
        _fact("Vehicle", NOT_RECORDED)
    _fact("Address", outing.address.replace("\n", ", "))
    _fact("Family", f"{outing.family}, telephone {outing.family_phone}")
    _fact("Purpose", outing.purpose)
    _fact("Left", at(alarm.left_at) if alarm.left_at else _not_signed_out(alarm))
    if alarm.said_back:
        _fact("But", f"recorded as back at {at(alarm.said_back)}")
    if alarm.cancelled:
        _fact("But", f"cancelled at {at(alarm.cancelled)}")
    _fact("Planned start", at(outing.start) if outing.start else NOT_RECORDED)
    _fact("Due back", at(outing.due_back) if outing.due_back else NOT_RECORDED)
    where = f", {PLACES[alarm.heard_where]}" if alarm.heard_where in PLACES else ""
    never = "not since they left" if alarm.left_at else "not at all"
    _fact("Last heard of", f"{at(alarm.heard_at)}{where}" if alarm.heard_at else never)
    _fact("The school", outing.office_phone or NOT_RECORDED)


def _not_signed_out(alarm: Alarm) -> str:
    if alarm.said_back or not alarm.whole:
        return NOT_RECORDED
    if alarm.cancelled:
        return f"{NOT_RECORDED}; what follows is the plan of the visit, which was cancelled"
    return "nobody signed this visit out; what follows is its plan"


def drivers(outing: Outing) -> tuple[Staff, ...]:
    """Who drives; everybody who has a vehicle, where that was not said."""
    named = tuple(person for person in outing.visitors if person.id == outing.driver)
    return named or tuple(person for person in outing.visitors if person.vehicle or person.registration)


def _fact(name: str, words: str) -> None:
    click.echo(wrapped(words, _INDENT + 2, f"  {name:<{_INDENT}}"))
