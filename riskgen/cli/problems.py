"""Faults and notes in words: where, what, and how to mend it."""

from collections.abc import Iterable

import click

from riskgen.cli.words import wrapped
from riskgen.core.problem import Problem


def print_problems(problems: Iterable[Problem]) -> None:
    """Every problem on stderr, those of a file together, and how many there are."""
    found = list(dict.fromkeys(problems))
    for problem in found:
        mark = "Note: " if problem.severity == "note" else ""
        click.echo(f"{where(problem)}\n{wrapped(f'{mark}{problem.message} {problem.hint}'.strip(), 4)}", err=True)
    faults = sum(problem.severity == "fault" for problem in found)
    if faults:
        click.echo(f"\n{counted(faults, 'problem')}.", err=True)


def where(problem: Problem) -> str:
    return f"{problem.path}:{problem.line}" if problem.line else problem.path


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
