"""How commands come to the register: the desk opened, what is amiss told, and who is asking."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click

from riskgen.cli.people import TerminalProof, tell_warnings
from riskgen.cli.problems import where
from riskgen.cli.words import item, wrapped
from riskgen.core.model import Staff
from riskgen.core.problem import Problem
from riskgen.core.visit import Who
from riskgen.files.text import clean
from riskgen.service.desk import (
    NO_REGISTER,
    Desk,
    desk_if_any,
    open_desk,
    register_to_come,
    school_alone,
    who_asks,
)
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.homes import Home, find_home, open_home
from riskgen.service.makeshift import school_or_makeshift
from riskgen.service.references import VISITS
from riskgen.service.staging import finish

LONGEST_REASON = 2000
"""Characters."""


@contextmanager
def full_desk(given: str | None) -> Iterator[tuple[Home, Desk]]:
    """The register with the school's policy: what earlier runs left unfinished is finished, and told."""
    home = open_home(find_home(given))
    with open_desk(home.folder, home.school) as desk:
        put_in_order(desk)
        yield home, desk


def put_in_order(desk: Desk) -> tuple[str, ...]:
    """Finish what earlier runs left unfinished, and tell of it and of what could harm the register.

    The references whose forms are in place only now.
    """
    finished = finish(desk.folder, desk.register)
    for reference in finished:
        click.echo(wrapped(f"The forms of {reference}, left unfinished by an earlier run, are in place."), err=True)
    tell_warnings(desk)
    return finished


def ready_to_record(school: Home, named: str, proof: TerminalProof | None) -> Who | None:
    """Find what would go wrong in the end before anything is asked, and learn who is asking.

    None where there is no register yet: it is made only once there is something to put into it.
    """
    from riskgen.service.paper import can_write  # with all that forms say, for which a board has no use

    can_write(school.folder / VISITS)
    if register_to_come(school.folder, school.school):
        return None
    with open_desk(school.folder, school.school) as desk:
        put_in_order(desk)
        desk.key()
        return who_asks(desk, named, proof)


@contextmanager
def quick_desk(given: str | None) -> Iterator[Desk]:
    """The register alone, if there is one: no fault of school.yaml, a policy, a hazard or a form stands in the way."""
    folder = find_home(given)
    school, problems = school_or_makeshift(folder)
    if problems:
        tell_makeshift(problems)
    with open_desk(folder, school, make=False) as desk:
        tell_warnings(desk)
        yield desk


def tell_makeshift(problems: Iterable[Problem], err: bool = True) -> None:
    """That school.yaml cannot be read, and that what has been recorded is gone on with all the same."""
    words = "Warning: school.yaml cannot be read, so staff, contacts and the school's own steps are not known here:"
    click.echo(wrapped(words), err=err)
    for each in problems:
        click.echo(item(f"{where(each)}: {each.message} {each.hint}".strip()), err=err)


@contextmanager
def reading_desk(given: str | None) -> Iterator[Desk]:
    """The register for looking something up: nothing is made or changed. Raises `Refused` where there is none yet."""
    folder = find_home(given)
    with desk_if_any(folder, school_alone(folder)) as desk:
        if desk is None:
            raise Refused(NO_REGISTER)
        yield desk


def who_or_nobody(desk: Desk, named: str) -> Who:
    """Who is asking; nobody where that cannot be shown. For what is recorded whoever says it: that people are safe."""
    try:
        return who_asks(desk, named, _OnlyKnown())
    except click.Abort as stopped:
        if isinstance(stopped.__context__, KeyboardInterrupt):
            raise
    except (Refused, InvalidInput):
        pass
    click.echo(wrapped(f"It was not shown that {named} is at the desk, so no name is recorded."), err=True)
    return who_asks(desk)


class _OnlyKnown(TerminalProof):
    """Nobody chooses a first passphrase while others wait for word of the visitors."""

    def new_passphrase(self, person: Staff, why_not: str) -> str:
        raise Refused(f"{person.id} has no passphrase yet.")


def ask_reason(question: str, given: str) -> str:
    """A reason in words: the one given, else asked until there is one. Nothing that cannot be printed gets past."""
    reason = given
    while True:
        if not reason.strip():
            reason = click.prompt(question, err=True)
        reason, why_not = clean(reason, one_line=True, longest=LONGEST_REASON)
        if reason:
            return reason
        if why_not:
            click.echo(wrapped(why_not), err=True)
        reason = ""
