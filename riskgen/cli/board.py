"""`riskgen board`: who is out, and who is late."""

import json
import sys
import time
from datetime import datetime
from pathlib import Path
from shutil import get_terminal_size

import click

from riskgen.cli.at_desk import tell_makeshift
from riskgen.cli.options import HOME, JSON
from riskgen.cli.problems import counted, where
from riskgen.cli.show_board import show_board
from riskgen.cli.words import item, wrapped
from riskgen.core.problem import Problem
from riskgen.service import clock
from riskgen.service.board import Out, Seen, board_of, look
from riskgen.service.board_report import board_report
from riskgen.service.desk import desk_if_any
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.homes import find_home
from riskgen.service.makeshift import school_or_makeshift

EVERY = 15
LEAST, MOST = 5, 300
"""Seconds between two pictures. More seldom than the last would hide for minutes that somebody is late."""


BESIDE, ABOVE, LEAST_LINES = 4, 8, 10
"""Lines of a screen kept for what stands below the picture, and above it in trouble; and the fewest it may have."""


@click.command("board")
@click.option("--watch", is_flag=True, help="Draw the board again and again, until Ctrl-C.")
@click.option(
    "--every",
    type=click.IntRange(LEAST, MOST),
    default=EVERY,
    show_default=True,
    metavar="SECONDS",
    help="How often, with --watch.",
)
@JSON
@HOME
def board_command(watch: bool, every: int, as_json: bool, home: str | None) -> None:
    """Say who is out, where, with whom and until when; and what to do about those who are late.

    Those in trouble stand first, with the step that is due now, the numbers to ring and the facts for the police.
    Works whatever is wrong with the policy's files.

    \b
    Example:
      riskgen board --watch
    """
    if watch and as_json:
        raise click.UsageError("--json prints one picture, and --watch many. Choose one.")
    folder = find_home(home)
    if watch:
        _watch(folder, every)
        return
    seen, problems = _look(folder)
    if problems:
        tell_makeshift(problems)
    board = board_of(seen, clock.utc_now())
    if as_json:
        click.echo(json.dumps(board_report(board), indent=2, ensure_ascii=False))
        return
    show_board(board)
    if board.out:
        click.echo(wrapped(f"\n{_next(board.out[0])}"), err=True)


def _next(out: Out) -> str:
    """What to do about the visit that stands first."""
    reference = out.reference
    if out.clock.alarm:
        return (
            f"Next: 'riskgen alarm {reference}' for all the facts and numbers; 'riskgen return {reference}' once "
            "everybody is safe."
        )
    return (
        f"Next, for example: 'riskgen checkin {reference}' when they ring, 'riskgen return {reference}' once "
        f"everybody is safe, 'riskgen alarm {reference}' if the safe word is heard."
    )


def _look(folder: Path) -> tuple[Seen, tuple[Problem, ...]]:
    """What the register has, and what is wrong with school.yaml where it was read without that."""
    school, problems = school_or_makeshift(folder)
    with desk_if_any(folder, school) as desk:
        return look(desk) if desk else Seen(school, (), {}), problems


def _watch(folder: Path, every: int) -> None:
    """Picture after picture. A register that cannot be read leaves the last that was seen, and says so.

    It is opened anew each time, so that nobody is kept from writing to it or from moving it meanwhile.
    """
    last: tuple[Seen, datetime] | None = None
    problems: tuple[Problem, ...] = ()
    try:
        while True:
            trouble: tuple[str, ...] = ()
            try:
                seen, problems = _look(folder)
                last = seen, clock.utc_now()
            except (EnvironmentFault, InvalidInput, Refused, OSError) as fault:
                trouble = _in_words(fault)
            on_screen = sys.stdout.isatty()
            if on_screen:
                click.clear()
            if trouble:
                _tell(trouble, last)
            elif problems:
                tell_makeshift(problems[:1], err=False)
            if last:
                # What is most urgent stands first, and must not be pushed off the top of the screen.
                above = ABOVE if trouble or problems else 0
                room = max(get_terminal_size().lines - BESIDE - above, LEAST_LINES) if on_screen else 0
                show_board(board_of(last[0], clock.utc_now()), room)
            click.echo(f"\nDrawn again every {every} seconds; Ctrl-C ends it.\n")
            sys.stdout.flush()
            time.sleep(every)
    except KeyboardInterrupt:
        click.echo()


def _in_words(fault: Exception) -> tuple[str, ...]:
    if isinstance(fault, InvalidInput):
        return tuple(f"{where(each)}: {each.message} {each.hint}".strip() for each in fault.problems)
    if isinstance(fault, OSError):
        return (f"{fault.strerror or 'The folder cannot be read'}.",)
    return (str(fault), *getattr(fault, "reasons", ()))


def _tell(trouble: tuple[str, ...], last: tuple[Seen, datetime] | None) -> None:
    """Why there is no new picture, and how old the one that follows is."""
    click.secho("THE REGISTER CANNOT BE READ JUST NOW", bold=True, fg="red")
    for words in trouble:
        click.echo(item(words))
    if last:
        _, at = last
        minutes = max(int((clock.utc_now() - at).total_seconds() // 60), 0)
        age = counted(minutes, "minute") if minutes else "less than a minute"
        words = f"What follows was read {age} ago; who has left, rung or come back since then is not in it."
        click.echo(wrapped(words) + "\n")
    else:
        click.echo(wrapped("Nobody can tell from here who is out. Look at the paper copies in the office."))
