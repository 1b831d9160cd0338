"""Asking at the terminal how a visit went: only what is open, one thing at a time, in the order of the visit."""

import sys
from collections.abc import Callable
from datetime import date
from typing import TypeVar

import click

from riskgen.cli.words import wrapped
from riskgen.core.record import Ending, Further, Kept, Ticked, VisitRecord, added, still_open
from riskgen.core.record import done as with_done
from riskgen.core.result import Finding
from riskgen.core.struct import replace
from riskgen.core.terms import Kind
from riskgen.files.schema import parse_date
from riskgen.service.record_file import tidy
from riskgen.service.records import Recording

T = TypeVar("T")
STOP = "stop"
INTRODUCTION = (
    f"Press Enter where you do not know: it stays open. Type {STOP} to stop asking; what you have said until then is "
    "recorded."
)
_TICKS = {"y": Kept.DONE, "n": Kept.NOT_DONE, "-": Kept.DID_NOT_ARISE}
_TICKS |= {"yes": Kept.DONE, "no": Kept.NOT_DONE, "kept": Kept.DONE, "not kept": Kept.NOT_DONE}
_TICKS |= {kept.value: kept for kept in Kept} | {kept.words.lower(): kept for kept in Kept}


class _NoMoreInput(Exception):  # noqa: N818  # it says what happened
    """The person stopped, or input ended."""


def ask_record(recording: Recording, record: VisitRecord) -> VisitRecord:
    """A record with what the person says to everything that it lacks."""
    lacking = {item.what for item in still_open(record, recording.asked)}
    if not lacking:
        return record
    click.echo(wrapped(INTRODUCTION), err=True)
    steps: list[Callable[[VisitRecord], VisitRecord]] = []
    if {"outcome", "why"} & lacking:
        steps.append(_ending)
    if "seen" in lacking:
        steps.append(_seen)
    if "agreed" in lacking:
        steps.append(_agreed)
    asked = [finding for finding in recording.asked if finding.id in lacking]
    steps += [_clause(finding, len(asked) - place) for place, finding in enumerate(asked, 1)]
    if "concern" in lacking:
        steps.append(_concern)
    if {"incident", "incident_text"} & lacking:
        steps.append(_incident)
    if "actions" in lacking:
        steps.append(_actions)
    further = enumerate(record.further or (), 1)
    steps += [_action(number, action) for number, action in further if f"action {number}" in lacking]
    try:
        for step in steps:
            record = step(record)
    except _NoMoreInput as stopped:
        return stopped.args[0] if stopped.args else record
    return record


def _ending(record: VisitRecord) -> VisitRecord:
    ending = record.ending
    if ending is None:
        _question("How did the visit end?")
        for each in Ending:
            click.echo(wrapped(each.words, 6, f"    {each.value}: "), err=True)
        known = {each.value: each for each in Ending}
        ending = _line("one of these words", lambda typed: (known.get(typed.casefold()), "Use one of the words above."))
    if ending is None:
        return record
    record = replace(record, ending=ending)
    if ending.needs_why and not record.why:
        _question("Why was it not made as planned?")
        record = _keeping(record, lambda so_far: replace(so_far, why=_words("why")))
    return record


def _seen(record: VisitRecord) -> VisitRecord:
    _question("What was seen?")
    return added(record, VisitRecord(seen=_words("seen")))


def _agreed(record: VisitRecord) -> VisitRecord:
    _question("What was agreed, and with whom? Type nothing if nothing was.")
    return added(record, VisitRecord(agreed=_words("agreed")))


def _clause(finding: Finding, left: int) -> Callable[[VisitRecord], VisitRecord]:
    def ask(record: VisitRecord) -> VisitRecord:
        _question(f"{finding.id}: {finding.says}")
        if left:
            more = "1 more clause" if left == 1 else f"{left} more clauses"
            click.echo(f"  {more} to ask.", err=True)
        word = "kept" if finding.kind is Kind.FORBIDDEN else "done"
        answer = _line(
            f"y {word}, n not {word}, - did not arise",
            lambda typed: (_TICKS.get(typed.casefold()), "Type y, n or -, or press Enter if you do not know."),
        )
        if answer is None:
            return record
        tick = Ticked(finding.id, answer)
        record = added(record, VisitRecord(clauses=(tick,)))
        if answer is not Kept.NOT_DONE:
            return record
        click.echo("  Why not?", err=True)
        return _keeping(record, lambda so_far: added(so_far, VisitRecord(clauses=(replace(tick, why=_words("why")),))))

    return ask


def _concern(record: VisitRecord) -> VisitRecord:
    _question("Did the visit leave a safeguarding concern?")
    return added(record, VisitRecord(concern=_yes_no()))


def _incident(record: VisitRecord) -> VisitRecord:
    if record.incident is None:
        _question("Was there an incident?")
        record = added(record, VisitRecord(incident=_yes_no()))
    if record.incident:
        _question("What happened?")
        record = _keeping(record, lambda so_far: added(so_far, VisitRecord(incident_text=_words("incident_text"))))
    return record


def _actions(record: VisitRecord) -> VisitRecord:
    _question("Is anything further to be done?")
    answer = _yes_no()
    if answer is False:
        return added(record, VisitRecord(further=()))
    while answer:
        click.echo("  What is to be done?", err=True)
        what = _keeping(record, lambda _: _words("what"))
        if not what:
            break
        click.echo("  By whom?", err=True)
        who = _keeping(record, lambda _: _words("who"))
        by = _keeping(record, lambda _: _line("by which day, such as 2026-12-09", _day)) if who else None
        if not by:
            click.echo("  Somebody has to do it, by some day. It is not recorded.", err=True)
            break
        record = added(record, VisitRecord(further=(Further(what, who, by),)))
        click.echo("  Anything else?", err=True)
        answer = _keeping(record, lambda _: _yes_no())
    return record


def _action(number: int, action: Further) -> Callable[[VisitRecord], VisitRecord]:
    def ask(record: VisitRecord) -> VisitRecord:
        _question(f"Has this been done: {action.what} ({action.who}, by {action.by.isoformat()})?")
        return with_done(record, [number]) if _yes_no() else record

    return ask


def _keeping(record: VisitRecord, ask: Callable[[VisitRecord], T]) -> T:
    """What is asked next; if the person stops there, what was said until then is kept."""
    try:
        return ask(record)
    except _NoMoreInput:
        raise _NoMoreInput(record) from None


def _question(text: str) -> None:
    click.echo(err=True)
    click.echo(wrapped(text, 2, "? "), err=True)


def _yes_no() -> bool | None:
    known = {"yes": True, "y": True, "no": False, "n": False}
    return _line("yes or no", lambda typed: (known.get(typed.casefold()), "Type yes or no, or press Enter."))


def _words(name: str) -> str:
    return _line("your answer", lambda typed: _tidied(name, typed)) or ""


def _tidied(name: str, typed: str) -> tuple[str | None, str]:
    cleaned, reason = tidy(name, typed)
    return (None, reason) if reason else (cleaned, "")


def _day(typed: str) -> tuple[date | None, str]:
    return parse_date(typed), "Type a day such as 2026-12-09."


def _line(expected: str, understood: Callable[[str], tuple[T | None, str]]) -> T | None:
    """What somebody types, once it is understood; None where they press Enter. Raises `_NoMoreInput`."""
    while True:
        click.echo(f"  {expected}: ", nl=False, err=True)
        line = sys.stdin.readline() if sys.stdin else ""
        typed = line.strip()
        if not line or typed.casefold() == STOP:
            raise _NoMoreInput
        if not typed:
            return None
        value, reason = understood(typed)
        if value is not None:
            return value
        click.echo(wrapped(reason, 2), err=True)
