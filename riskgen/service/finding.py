"""Finding visits: by date, purpose, outcome, visitor, state or family, from the index alone."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from riskgen.core.problem import Problem
from riskgen.core.struct import Struct
from riskgen.core.terms import Outcome
from riskgen.core.timers import midnight
from riskgen.core.visit import Entry, State
from riskgen.files.schema import nearest, parse_date
from riskgen.library.questions import read_questions
from riskgen.library.source import Source
from riskgen.service.desk import Desk
from riskgen.service.faults import InvalidInput
from riskgen.service.homes import open_home
from riskgen.service.reviews import changed_since

OVERDUE = "overdue"
"""No state of its own, but a visit that is out and past the time at which it was due back."""
PURPOSE = "visit.purpose"


class Wanted(Struct, frozen=True):
    """What visits are looked for. Days are as typed, inclusive, at the school; empty text asks for nothing."""

    since: str = ""
    until: str = ""
    purpose: str = ""
    outcome: str = ""
    visitor: str = ""
    state: str = ""
    family: str = ""


def find_visits(desk: Desk, wanted: Wanted) -> tuple[Entry, ...]:
    """The visits wanted, by their start. Raises `InvalidInput` for words that there are not, and days that are none.

    A purpose or a visitor of years ago may have left the school's data since, so those are held against it only
    where nothing is found.
    """
    zone = desk.school.timezone
    problems: list[Problem] = []
    first, last = _day("--from", wanted.since, problems), _day("--to", wanted.until, problems)
    if first and last and first > last:
        problems.append(_problem("dates-order", "--from is later than --to.", "Put the earlier day first."))
    states = [state.value for state in State]
    _known("--state", wanted.state, [*states, OVERDUE], problems)
    _known("--outcome", wanted.outcome, [outcome.id for outcome in Outcome], problems)
    if problems:
        raise InvalidInput(problems)
    state = State.OUT if wanted.state == OVERDUE else State(wanted.state) if wanted.state else None
    with desk.register.read() as reader:
        found = reader.find(
            states=(state,) if state else (),
            since=midnight(first, zone) if first else None,
            until=midnight(last + timedelta(days=1), zone) if last and last < date.max else None,
            purpose=wanted.purpose,
            outcome=wanted.outcome,
            visitor=wanted.visitor,
            family=wanted.family,
        )
    if not found:
        _known("--visitor", wanted.visitor, [person.id for person in desk.school.staff], problems)
        _known("--purpose", wanted.purpose, _purposes(desk) if wanted.purpose else (), problems)
        if problems:
            raise InvalidInput(problems)
    now = desk.now()
    return tuple(entry for entry in found if wanted.state != OVERDUE or is_overdue(entry, now))


def is_overdue(entry: Entry, now: datetime) -> bool:
    """Whether a visit is out and past the time at which it was due back."""
    return entry.state is State.OUT and entry.due_back is not None and now > entry.due_back


def lapsed_by_data(desk: Desk, found: Iterable[Entry]) -> frozenset[str]:
    """The references of authorised visits whose authorisation has lapsed because policy, hazards, matrix or questions
    are others by now. None where today's data cannot be read. 'riskgen review' weighs the answers, too."""
    authorised = [entry for entry in found if entry.state is State.AUTHORISED]
    if not authorised:
        return frozenset()
    try:
        home = open_home(desk.folder)
    except InvalidInput:
        return frozenset()
    printed = home.catalogue_print
    return frozenset(entry.reference for entry in authorised if changed_since(home, entry, printed))


def entry_report(entry: Entry, now: datetime) -> dict[str, Any]:
    """A line of `riskgen list --json`. Times are in UTC."""
    return {
        "reference": entry.reference,
        "state": entry.state.value,
        "overdue": is_overdue(entry, now),
        "family": entry.family,
        "purpose": entry.purpose,
        "outcome": entry.outcome,
        "visitors": list(entry.visitors),
        "start": entry.start.isoformat() if entry.start else None,
        "due_back": entry.due_back.isoformat() if entry.due_back else None,
        "after_the_fact": entry.after_the_fact,
        "policy": entry.policy,
        "edition": entry.edition,
    }


def _purposes(desk: Desk) -> tuple[str, ...]:
    """The purposes that the school's questions know; none where they cannot be read."""
    questions, _ = read_questions(Source.read(desk.folder / "data" / "questions.yaml", "data/questions.yaml"))
    question = questions.get(PURPOSE)
    return tuple(option.id for option in question.options) if question else ()


def _day(option: str, text: str, problems: list[Problem]) -> date | None:
    found = parse_date(text) if text else None
    if text and found is None:
        problems.append(_problem("date-form", f"{option} must be a day such as 2026-12-02.", ""))
    return found


def _known(option: str, word: str, known: Iterable[str], problems: list[Problem]) -> None:
    words = tuple(known)
    if not word or not words or word in words:
        return
    close = nearest(word, words)
    hint = f"Did you mean '{close}'?" if close else f"There is: {', '.join(words)}."
    problems.append(_problem("option-value", f"'{word}' is nothing that {option} knows.", hint))


def _problem(code: str, message: str, hint: str) -> Problem:
    return Problem("the command line", 0, code, message, hint)
