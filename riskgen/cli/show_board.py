"""The board, on a screen of 80 columns: who is in trouble stands first, and colour says nothing that words do not."""

from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from riskgen.cli.problems import counted
from riskgen.cli.words import heading, item, wrapped
from riskgen.core.marker import Kind, Marker
from riskgen.core.model import Contact, Rung, Staff
from riskgen.core.timers import Trouble
from riskgen.core.words import NOT_RECORDED, moment_words
from riskgen.service.board import Board, Out, Steps, Whose

PLACES = {
    "on-the-way": "on the way there",
    "at-the-door": "at the door",
    "inside": "inside the home",
    "left": "having left the home",
}
TOPICS = {
    Trouble.SAFE_WORD: "what to do when the safe word is heard",
    Trouble.OVERDUE: "what to do when visitors are overdue",
    Trouble.MISSED_CHECK_IN: "what to do when a check-in is missed",
}
MARKERS = {Kind.VIOLENCE: "A marker of violence", Kind.ANIMAL: "A marker of a dangerous animal"}
_SPACE = "\N{NO-BREAK SPACE}"
MOST_UNRECORDED = 10
"""Visits to be recorded on the screen; the board is about who is out."""


def show_board(board: Board, most: int = 0) -> None:
    """The picture, whole; or its first lines, and how many more there are, where it must fit on a screen."""
    lines = "\n".join(_picture(board)).split("\n")
    click.echo("\n".join(lines[: most - 1] if 0 < most < len(lines) else lines))
    if 0 < most < len(lines):
        unseen = counted(len(lines) - most + 1, "more line").upper()
        click.echo(_strong(f"AND {unseen}: make the window taller, or run 'riskgen board'."))


def _picture(board: Board) -> Iterator[str]:
    at = ClockWords(board)
    yield wrapped(f"Who is out: {moment_words(at.wall(board.at))} ({board.timezone})")
    if board.clock_behind:
        words = (
            "CLOCK WRONG: the register holds something that by this computer's clock has yet to happen. Set the "
            "clock right. Until then visitors may be late who do not seem so."
        )
        yield _strong(wrapped(words), "red")
    yield wrapped(_count(board))
    for out in board.out:
        yield ""
        yield from _out_lines(out, at)
    if board.out and board.contacts:
        yield heading("The school's contacts")
        for contact in board.contacts:
            yield item(contact_words(contact))
    yield from _unrecorded_lines(board, at)


def _strong(text: str, colour: str | None = None) -> str:
    """Each line on its own, so that a picture may end after any of them."""
    return "\n".join(click.style(line, bold=True, fg=colour) for line in text.split("\n"))


class ClockWords:
    """Times of day in the school's own zone; with the day where it is not that of the picture."""

    def __init__(self, board: Board) -> None:
        self._zone = ZoneInfo(board.timezone)
        self._today = self.wall(board.at).date()

    def wall(self, moment: datetime) -> datetime:
        return moment.astimezone(self._zone).replace(tzinfo=None, fold=0)

    def __call__(self, moment: datetime) -> str:
        """`10:30`, or `10:30 on Friday 20 November`; in the hour that comes twice also by which clock."""
        local = moment.astimezone(self._zone)
        words = f"{local:%H:%M}"
        if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
            words += f" {local:%Z}"
        return words if local.date() == self._today else f"{words} on {local:%A} {local.day} {local:%B}"


def _count(board: Board) -> str:
    if not board.out:
        return "Nobody is out."
    troubles = [out.steps[0].trouble for out in board.out if out.steps]
    parts = [
        f"{troubles.count(trouble)} {words}"
        for trouble, words in (
            (Trouble.SAFE_WORD, "with the safe word heard"),
            (Trouble.OVERDUE, "late"),
            (Trouble.MISSED_CHECK_IN, "with a check-in missed"),
        )
        if trouble in troubles
    ]
    visits = "1 visit is out" if len(board.out) == 1 else f"{len(board.out)} visits are out"
    return f"{visits}: {', '.join(parts)}." if parts else f"{visits}, none of them late."


def _out_lines(out: Out, at: ClockWords) -> Iterator[str]:
    outing, clock = out.outing, out.clock
    alarming = bool(out.steps)
    for number, line in enumerate(_headlines(out, at)):
        lead = f"{out.reference}  " if number == 0 else " " * (len(out.reference) + 2)
        yield _strong(wrapped(line, len(lead), lead), "red" if alarming else None)
    for note in _notes(out, at):
        yield wrapped(note, 2)
    yield _unbroken(wrapped(f"Who: {'; '.join(map(_person, outing.visitors)) or NOT_RECORDED}", 2))
    yield _unbroken(wrapped(f"Where: {_address(out)} (family {outing.family}, {_phone(outing.family_phone)})", 2))
    yield wrapped(f"Purpose: {outing.purpose}", 2)
    times = [_left(out, at), _heard(out, at)]
    if clock.next_check_in and not clock.check_in_missed:
        times.append(f"next check-in by {at(clock.next_check_in)} ({_call_rests_on(out)})")
    elif clock.next_check_in is None:
        times.append("no other check-in agreed")
    yield wrapped(f"Times: {'; '.join(times)}", 2)
    for waiting in out.waiting:
        yield wrapped(f"At the door: to wait until {at(waiting.until)} ({waiting.clause}: {waiting.says})", 2)
    for steps in _to_show(out):
        yield from _steps_lines(steps, out, at)
    if alarming:
        yield from _facts_lines(out, at)


def _headlines(out: Out, at: ClockWords) -> Iterator[str]:
    clock = out.clock
    if clock.alarm_at:
        yield f"SAFE WORD HEARD at {at(clock.alarm_at)}"
    if clock.due_back is None:
        yield "DUE TIME NOT KNOWN"
    elif clock.overdue:
        yield f"LATE by {_long(clock.overdue_by_minutes)}, due back {at(clock.due_back)} ({out.outing.due_rests_on})"
    if clock.next_check_in and clock.check_in_missed:
        late, due = _long(clock.missed_by_minutes), at(clock.next_check_in)
        yield f"CHECK-IN MISSED by {late}, due {due} ({_call_rests_on(out)})"
    if clock.due_back and not clock.overdue:
        yield f"due back {at(clock.due_back)} ({out.outing.due_rests_on})"


def _call_rests_on(out: Out) -> str:
    return out.check_in_clause or "as agreed"


def _notes(out: Out, at: ClockWords) -> Iterator[str]:
    if out.clock.due_back is None:
        yield "To settle: no time to be back was written down, so no clock tells that they are late. Ask them."
    if out.called_off:
        yield "CALLED OFF, and still out: not back until 'riskgen return' says so."
    if out.after_the_fact:
        yield "AFTER THE FACT: went out before it was assessed."
    since = "an alarm has been raised since." if out.clock.alarm else "the register's index has it as out. Ask them."
    if out.said_back:
        yield f"RECORDED AS BACK at {at(out.said_back)}, but {since}"
    elif out.cancelled:
        yield f"CANCELLED at {at(out.cancelled)}, but {since}"
    elif not out.signed_out:
        yield "NOT SIGNED OUT: nobody wrote down that they left; an alarm was raised."
    if out.from_index:
        yield (
            "What was written down at sign-out cannot be read. What follows is from the register's index and "
            "school.yaml; look for the office copy of the Intent-to-Visit form."
        )
    elif not out.whole:
        yield (
            "Something that was written down of it cannot be read, so more may have happened than stands here. "
            "Ask them; 'riskgen history --verify' tells more."
        )
    for marker in out.marked:
        yield marker_words(marker, at)


def _to_show(out: Out) -> tuple[Steps, ...]:
    """The steps for what is most urgent; beside them only what the policy itself says on the rest."""
    if out.clock.alarm:
        return out.steps[:1]
    return out.steps[:1] + tuple(steps for steps in out.steps[1:] if steps.whose is Whose.POLICY)


def _steps_lines(steps: Steps, out: Out, at: ClockWords) -> Iterator[str]:
    policy = f"{out.outing.policy}, edition of {out.outing.edition}"
    if steps.whose is Whose.POLICY:
        yield wrapped(f"What to do, by the policy ({policy}):", 2)
    else:
        silence = f"The policy says nothing on {TOPICS[steps.trouble]} ({policy})."
        unread = f"What the policy says on {TOPICS[steps.trouble]} cannot be told here. Look it up."
        yield wrapped(silence if out.policy_known else unread, 2)
    if steps.whose is Whose.SCHOOL:
        yield wrapped("The school's own steps, from school.yaml (not the policy's):", 2)
    if steps.whose is Whose.NOBODY:
        words = (
            "The school has written down no steps of its own either ('fallback' in school.yaml), so nobody has said "
            "what to do. A person must decide now. If in doubt about anybody's safety, ring 999."
        )
        yield _strong(wrapped(words, 2))
        return
    ladder = steps.ladder
    for rung in steps.earlier:
        yield item(f"due since {_due(rung, steps, at)}: {rung_words(rung)}", indent=4)
    for rung in steps.current:
        yield _strong(item(f"NOW, since {_due(rung, steps, at)}: {rung_words(rung)}", ">", 4))
    for rung in ladder.judged:
        yield item(f"when you judge it right: {rung_words(rung)}", indent=4)
    if ladder.next and ladder.next_at:
        yield item(f"next, at {at(ladder.next_at)}: {rung_words(ladder.next)}", indent=4)


def _due(rung: Rung, steps: Steps, at: ClockWords) -> str:
    due = steps.due_at(rung)
    return at(due) if due else ""


def _facts_lines(out: Out, at: ClockWords) -> Iterator[str]:
    """What the police ask for, in the order in which they ask."""
    outing, clock = out.outing, out.clock
    yield wrapped("Facts for the police:", 2)
    facts = [
        f"Names: {', '.join(person.name for person in outing.visitors) or NOT_RECORDED}",
        f"Went to: {_address(out)}",
        f"Vehicle: {'; '.join(map(_vehicle, out.drivers)) or NOT_RECORDED}{_doubt_about_driver(out)}",
        f"Times: {_left(out, at)}; due back {at(clock.due_back) if clock.due_back else 'at a time not known'}",
        f"Contact: {_heard(out, at)}",
    ]
    for fact in facts:
        yield _unbroken(item(fact, indent=4))
    if outing.family_phone != NOT_RECORDED:
        yield wrapped("Ring the family's number only if that can put nobody in danger.", 2)


def _doubt_about_driver(out: Out) -> str:
    known = any(person.id == out.outing.driver for person in out.outing.visitors)
    return "" if known or not out.drivers else " (who drives was not recorded)"


def _vehicle(person: Staff) -> str:
    return (
        f"{person.vehicle or 'vehicle not recorded'}, registration {_whole(person.registration or 'not recorded')} "
        f"({person.name})"
    )


def _left(out: Out, at: ClockWords) -> str:
    return f"left {at(out.left_at)}" if out.left_at else "when they left is not recorded"


def _heard(out: Out, at: ClockWords) -> str:
    words = "not heard of since leaving"
    if out.heard:
        words = f"last heard of {at(out.heard.at)}, {PLACES.get(out.heard.where, 'place not said')}"
    return f"{words}; safe word heard {at(out.clock.alarm_at)}" if out.clock.alarm_at else words


def _person(person: Staff) -> str:
    return f"{person.name}, {_whole(person.mobile or 'no mobile recorded')}"


def _phone(number: str) -> str:
    return "telephone not recorded" if number == NOT_RECORDED else f"telephone {_whole(number)}"


def _whole(text: str) -> str:
    """A number that is to stand on one line, to be read out; `_unbroken` gives it its spaces back."""
    return text.replace(" ", _SPACE)


def _unbroken(lines: str) -> str:
    return lines.replace(_SPACE, " ")


def _address(out: Out) -> str:
    return ", ".join(line.strip() for line in out.outing.address.splitlines() if line.strip()) or NOT_RECORDED


def _unrecorded_lines(board: Board, at: ClockWords) -> Iterator[str]:
    if not board.unrecorded:
        return
    hours = f"{board.record_within_hours} hour{'' if board.record_within_hours == 1 else 's'}"
    yield wrapped(f"\nBack, and how it went is not written down (the school asks for it within {hours}):")
    for entry in board.unrecorded[:MOST_UNRECORDED]:
        over = entry.due_back or entry.start
        words = f"was due back {at(over)}" if over else "no time recorded"
        yield item(f"{entry.reference}, {words}: riskgen record {entry.reference}")
    if (more := len(board.unrecorded) - MOST_UNRECORDED) > 0:
        yield item(f"and {more} more")


def marker_words(marker: Marker, at: Callable[[datetime], str]) -> str:
    """That a marker was put on the family while the visitors were out."""
    return f"{MARKERS[marker.kind]} stands on this family since {at(marker.added)}, after they left. Tell them."


def contact_words(contact: Contact) -> str:
    return f"{contact.role}{f', {contact.name}' if contact.name else ''}: {contact.phone}"


def rung_words(rung: Rung) -> str:
    """One step: what, who, and under which clause."""
    return f"{rung.do} ({rung.who}{f', {rung.clause}' if rung.clause else ''})"


def _long(minutes: int) -> str:
    """A stretch of whole minutes, in words."""
    if minutes < 1:
        return "less than a minute"
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} hour{'' if hours == 1 else 's'}"] if hours else []
    parts += [f"{rest} minute{'' if rest == 1 else 's'}"] if rest else []
    return " ".join(parts)
