"""Advice for the moment, on a screen of 80 columns: what matters most stands first and is short."""

from collections.abc import Mapping

import click

from riskgen.cli.show import listed
from riskgen.cli.words import heading, item, wrapped
from riskgen.core.approval import APPROVAL
from riskgen.core.model import Ladders, Rung
from riskgen.core.result import Advice
from riskgen.core.terms import Do, Phase
from riskgen.core.truth import Truth
from riskgen.core.words import action_words

_ENTRY = {
    Truth.YES: ("You may go in", "green"),
    Truth.NO: ("Do not go in", "red"),
    Truth.UNKNOWN: ("Not known whether you may go in: stay out until a person decides", "yellow"),
}


def show_advice(advice: Advice, policy: str, fallback: Mapping[str, tuple[Rung, ...]], recorded: bool = False) -> None:
    """What to do now, strictest first, each with its clause; then the school's own steps where the policy is silent.

    Of a `recorded` visit the register knows who has authorised it: nobody is to ask that at the doorstep.
    """
    words, colour = headline(advice)
    click.echo(policy)
    click.echo()
    click.secho(words.upper(), bold=True, fg=colour)
    if advice.actions:
        click.echo(heading("What to do"))
    for action in advice.actions:
        click.echo(item(f"{action_words(action)} ({action.clause})"))
        click.echo(wrapped(action.says, 6))
        for fact in action.because:
            click.echo(wrapped(fact, 6))
    to_ask = [found for found in advice.to_confirm if not (recorded and found.question.partition(".")[0] == APPROVAL)]
    unauthorised = len(to_ask) < len(advice.to_confirm)
    if advice.unmet or unauthorised:
        click.echo(heading("Left undone before the visit"))
    if unauthorised:
        click.echo(item("By the register, nobody's authorisation of this visit holds."))
    for reason in advice.unmet:
        click.echo(item(f"{reason.source}: {reason.says}"))
        for fact in reason.facts:
            click.echo(wrapped(fact, 6))
    listed("The policy says nothing on", (silence.label for silence in advice.silences))
    for silence in advice.silences:
        steps = fallback.get(silence.topic, ())
        listed("The school's own steps, from school.yaml (not the policy's)", (rung_words(rung) for rung in steps))
        if silence.topic in fallback and not steps:
            click.echo(wrapped("\nThe school has written down no steps of its own either ('fallback' in school.yaml)."))
    listed(
        "Clauses that collide", (f"{' and '.join(found.clauses)}: {found.because}" for found in advice.contradictions)
    )
    listed(
        "Find out", (f"{found.label} ({found.question}, needed by {', '.join(found.needed_by)})" for found in to_ask)
    )


def headline(advice: Advice) -> tuple[str, str]:
    """The one thing to read, and its colour. Whether staff may go in matters only while they are at the door."""
    called = {action.do for action in advice.actions}
    if Do.LEAVE in called:
        return "Leave now", "red"
    if advice.phase is Phase.EMERGENCY:
        return (
            "Do this now" if advice.actions else "The policy does not say what to do: a person must decide now"
        ), "red"
    if Do.CANCEL in called:
        return "Call the visit off", "red"
    return ("After the visit", "white") if advice.phase is Phase.AFTER else _ENTRY[advice.may_enter]


def rung_words(rung: Rung) -> str:
    """One step of a ladder: when, what, who."""
    when = f"After {rung.after_minutes} minutes" if rung.after_minutes else "At once"
    return f"{when}: {rung.do} ({rung.who})"


def fallback_by_topic(ladders: Ladders) -> dict[str, tuple[Rung, ...]]:
    """The school's own ladders by the topic on which a policy may be silent."""
    return {
        "overdue": ladders.overdue,
        "missed-check-in": ladders.missed_check_in,
        "safe-word-response": ladders.safe_word,
    }
