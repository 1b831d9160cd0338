"""Asking people at the terminal who they are, and whether they mean it."""

import click

from riskgen.cli.words import wrapped
from riskgen.core.model import Staff
from riskgen.service.desk import Desk
from riskgen.service.surroundings import warnings_of


class TerminalProof:
    """A person types their passphrase where nobody can read it. One is made each time that somebody is asked."""

    def __init__(self) -> None:
        self._asked: set[str] = set()

    def passphrase(self, person: Staff) -> str:
        if person.id in self._asked:
            click.echo("That is not it.", err=True)
        self._asked.add(person.id)
        typed: str = click.prompt(f"Passphrase of {person.id} (not shown)", hide_input=True, err=True)
        return typed

    def new_passphrase(self, person: Staff, why_not: str) -> str:
        first = (
            f"{person.id} has no passphrase yet. {person.name}, choose one now, of at least ten characters: it shows "
            "from here on that it is you. It is kept once you have typed it twice, whatever comes after."
        )
        click.echo(wrapped(why_not or first), err=True)
        typed: str = click.prompt(
            f"New passphrase of {person.id} (not shown)", hide_input=True, confirmation_prompt=True, err=True
        )
        return typed


def confirmed(question: str) -> bool:
    """Whether the person says yes. No answer is a no."""
    return click.confirm(wrapped(question), default=False, err=True)


def tell_warnings(desk: Desk) -> None:
    """Say what could harm the register that is about to be written to."""
    for warning in warnings_of(desk):
        click.echo(wrapped(f"Warning: {warning}"), err=True)
