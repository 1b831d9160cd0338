"""Asking at the terminal for what is missing and matters."""

import sys
from pathlib import Path
from typing import NoReturn

import click

from riskgen.cli.words import wrapped
from riskgen.core.conditions import Value
from riskgen.core.model import Question
from riskgen.core.result import ToConfirm
from riskgen.core.struct import replace
from riskgen.core.terms import Outcome, QuestionType
from riskgen.files.answers import typed_answer
from riskgen.intake.gather import Given
from riskgen.intake.interview import next_question, why_asked
from riskgen.service.homes import Home
from riskgen.service.paper import refuse_safe_word
from riskgen.service.visits import Decided, decide, save_answers, source_names

STOP = "stop"
NEEDED = ("visit.purpose", "visit.start", "visit.minutes")
"""What no visit can be decided on without, beside who goes."""
INTRODUCTION = (
    f"Some answers are missing. Press Enter where you do not know; type {STOP} to stop asking. "
    "Nothing is taken for granted."
)


def ask_for_the_visit(home: Home, given: Given, keep_at: Path | None, force: bool) -> Given:
    """Ask for what every visit needs and nobody has given yet: purpose, start, length, and who goes.

    An interruption keeps what was answered, as in `ask_open_questions`.
    """
    try:
        for name in NEEDED:
            if name not in given.answers:
                found = ToConfirm(name, home.library.questions[name].label, (), Outcome.REFER)
                value = _ask(home, found, "every visit", 0)
                if value is not None:
                    given = replace(given, answers={**given.answers, name: value})
        if not given.visitors:
            given = given.with_visitors(_ask_visitors(home))
    except _NoMoreInput:
        return given
    except KeyboardInterrupt:
        _interrupted(home, given, keep_at, force)
    return given


def _interrupted(home: Home, given: Given, keep_at: Path | None, force: bool) -> NoReturn:
    """Stop, with what was answered kept if the person asked for it."""
    if not keep_at:
        raise click.Abort from None
    save_answers(home, given, keep_at, force)
    again = f"--answers {keep_at} --save-answers {keep_at}"
    click.echo(f"\nStopped. Your answers are in {keep_at}. Go on with {again}", err=True)
    raise click.exceptions.Exit(130) from None


def _ask_visitors(home: Home) -> tuple[str, ...]:
    click.echo("\n? Who goes?", err=True)
    for person in home.school.staff:
        click.echo(f"    {person.id}: {person.name}", err=True)
    known = {person.id for person in home.school.staff}
    while True:
        click.echo("  staff references, with commas: ", nl=False, err=True)
        line = sys.stdin.readline() if sys.stdin else ""
        named = tuple(part.strip() for part in line.split(",") if part.strip())
        if not line or line.strip().casefold() == STOP:
            raise _NoMoreInput
        if named and set(named) <= known:
            return named
        click.echo(wrapped("Use the references above, for example S-07, S-12.", 2), err=True)


def ask_open_questions(home: Home, given: Given, decided: Decided, keep_at: Path | None, force: bool) -> Given:
    """Ask, what weighs most first, until nothing is open, or the person stops, or input ends.

    Each answer is weighed at once, so that a question that no longer matters is not asked. With
    `keep_at`, an interrupted interview keeps what was answered.
    """
    asked: frozenset[str] = frozenset()
    names = source_names(home)
    if next_question(decided.assessment, asked):
        click.echo(wrapped(INTRODUCTION), err=True)
    try:
        while found := next_question(decided.assessment, asked):
            asked |= {found.question}
            left = sum(item.question not in asked for item in decided.assessment.to_confirm)
            value = _ask(home, found, why_asked(found, names), left)
            if value is not None:
                given = replace(given, answers={**given.answers, found.question: value})
                decided = decide(home, given, edition=decided.policy.edition)
    except _NoMoreInput:
        return given
    except KeyboardInterrupt:
        _interrupted(home, given, keep_at, force)
    return given


class _NoMoreInput(Exception):  # noqa: N818  # it says what happened
    """The person stopped, or input ended."""


def _ask(home: Home, found: ToConfirm, why: str, left: int) -> Value | None:
    """The value answered, or None where the person does not know. Raises `_NoMoreInput`."""
    question = home.library.questions[found.question]
    staff = tuple(person.id for person in home.school.staff)
    click.echo(err=True)
    click.echo(wrapped(question.label, 2, "? "), err=True)
    if question.hint:
        click.echo(wrapped(question.hint, 2), err=True)
    click.echo(wrapped(f"Needed by {why}. {left} more to ask." if left else f"Needed by {why}.", 2), err=True)
    for option in question.options:
        click.echo(wrapped(option.label, 6, f"    {option.id}: "), err=True)
    while True:
        click.echo(f"  {_expected(question)}: ", nl=False, err=True)
        line = sys.stdin.readline() if sys.stdin else ""
        if not line or line.strip().casefold() == STOP:
            raise _NoMoreInput
        value, reason = typed_answer(question, line, staff)
        if reason:
            plain = question.type is QuestionType.YES_NO
            click.echo(wrapped("Type yes or no, or press Enter if you do not know." if plain else reason, 2), err=True)
            continue
        return value


def _expected(question: Question) -> str:
    words = {
        QuestionType.YES_NO: "yes or no",
        QuestionType.CHOICE: "one of these words",
        QuestionType.CHOICES: "words of these, with commas",
        QuestionType.NUMBER: question.unit or "a number",
        QuestionType.DATE: "a date such as 2026-12-02",
        QuestionType.TIME: "a time such as 12:30",
        QuestionType.TIMES: "times such as 11:30, 13:15",
        QuestionType.MOMENT: "such as 2026-12-02 10:30",
        QuestionType.STAFF: "a staff reference such as S-07",
    }
    return words.get(question.type, "your answer")


def ask_safe_word(decided: Decided) -> str:
    """The safe word, typed twice where nobody can read it. It is never an argument and never shown."""
    while True:
        word: str = click.prompt("Safe word (not shown)", hide_input=True, confirmation_prompt=True, err=True)
        reason = refuse_safe_word(word.strip(), decided)
        if reason is None:
            return word.strip()
        click.echo(wrapped(reason), err=True)
