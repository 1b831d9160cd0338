"""A sheet of visits, a row each: all rows checked before any is recorded, each recorded once, however often it is run.

This process alone writes to the register. What takes long, deciding and filling in forms, is handed out (`workers`);
what comes back is recorded in the order of the rows, each in a transaction of its own, by the steps of
`record_assessment`. The transaction also keeps a keyed mark of what the row says, by which it is known when the sheet
is run again.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from riskgen.core.plain import to_plain
from riskgen.core.problem import Problem
from riskgen.core.timers import to_utc
from riskgen.core.visit import Entry, State, Visit
from riskgen.intake.gather import REFERENCE, Given
from riskgen.register.cipher import mark_of_row
from riskgen.register.store import Reader
from riskgen.service.batch_work import Answer, Answers, Asked, Bundle, Task, bundle_of, open_here
from riskgen.service.desk import Desk
from riskgen.service.erasing import rows_of
from riskgen.service.homes import Home
from riskgen.service.intake_sheet import Row
from riskgen.service.markers import looked_up, same_family
from riskgen.service.workers import Workers

AT_A_TIME = 4
"""Rows in one task: some seconds of work, so that little is lost when somebody stops or a process dies."""
START = "visit.start"
NOT_DONE = ("row-died", "row-failed")
"""Codes of problems that are not faults of a row: it could not be worked on."""


@dataclass(frozen=True)
class RowState:
    """What became of a row. With a `reference` it is in the register, since `before` this run or by now.

    `notes` say what markers changed; one without reference, outcome and problems has not been come to.
    """

    number: int
    reference: str = ""
    outcome: str = ""
    before: bool = False
    files: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Entered:
    """A row as it was entered: all that it says, and a text that is the same for all rows that say the same."""

    number: int
    given: Given
    reference: str
    shown: str
    says: str

    def problem(self, code: str, message: str, hint: str, field: str = "") -> Problem:
        path, line = self.given.origins.get(field, (self.shown, self.number))
        return Problem(path, line, code, message, hint, field=field)


@dataclass(frozen=True, repr=False)
class Checked:
    """The rows that can be recorded, and what is known of each row of the sheet by now."""

    bundle: Bundle
    to_record: tuple[Entered, ...]
    states: Mapping[int, RowState]

    @property
    def faulty(self) -> tuple[RowState, ...]:
        return tuple(state for state in self.states.values() if state.problems)


def entered(rows: Iterable[Row]) -> tuple[Entered, ...]:
    """Rows as they go on. They are all that is kept of a sheet: it may be large."""
    found = []
    for row in rows:
        given = Given().with_sheet(row.sheet)
        found.append(Entered(row.number, given, row.reference.strip().upper(), row.sheet.shown, _says(given)))
    return tuple(found)


def _says(given: Given) -> str:
    """What a row says, in a hash: answers, and who goes in whatever order. Ways of writing a reference make no odds."""
    answers = dict(given.answers)
    if family := answers.get(REFERENCE):
        answers[REFERENCE] = same_family(str(family))
    plain = [to_plain(answers), sorted(given.visitors)]
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


# --- checking -------------------------------------------------------------------------------------


def check_rows(
    home: Home, desk: Desk | None, rows: Sequence[Entered], workers: Workers, tick: Callable[[int], object]
) -> Checked:
    """Find every fault of every row, and the rows that are in the register already. Nothing is written.

    `tick` is told how many rows more have been decided on. Raises `Stopped`, `EnvironmentFault` and `RegisterFault`.
    """
    found = _known(home, desk, rows)
    open_rows = [row for row in rows if not found.get(row.number, RowState(row.number)).before]
    tick(len(rows) - len(open_rows))
    bundle = bundle_of(home)
    open_here(bundle, home)
    notes: dict[int, tuple[str, ...]] = {}

    def tasks() -> Iterator[Task]:
        for some in in_tasks(open_rows):
            yield Task(bundle, home.now(), asked_of(desk, some, notes))

    for task, answers in workers.in_order(tasks()):
        for answer in of_each(task, answers):
            before = found[answer.number].problems if answer.number in found else ()
            found[answer.number] = RowState(
                answer.number,
                outcome=answer.outcome,
                problems=(*before, *answer.problems),
                notes=notes.get(answer.number, ()),
            )
        tick(len(task.rows))
    to_record = tuple(row for row in open_rows if not found[row.number].problems)
    return Checked(bundle, to_record, {row.number: found[row.number] for row in rows})


def in_tasks(rows: Sequence[Entered]) -> Iterator[Sequence[Entered]]:
    """Rows, so many at a time as one task holds."""
    return (rows[start : start + AT_A_TIME] for start in range(0, len(rows), AT_A_TIME))


def asked_of(desk: Desk | None, rows: Sequence[Entered], notes: dict[int, tuple[str, ...]]) -> tuple[Asked, ...]:
    """What workers are asked of rows: what they say, and what the markers on the families say by now."""
    if desk is None:
        return tuple(Asked(row.number, row.given) for row in rows)
    found = []
    with desk.register.read() as reader:
        for row in rows:
            given, notes[row.number] = looked_up(reader, row.given)
            found.append(Asked(row.number, given))
    return tuple(found)


def of_each(task: Task, answers: Answers | None) -> Iterator[Answer]:
    """The answer to each row; where there is none, or riskgen itself failed, a problem that says so."""
    said = {answer.number: answer for answer in answers.rows} if answers else {}
    for row in task.rows:
        answer = said.get(row.number)
        if answer is None:
            words = "Whatever process worked on this row died. Nothing of the row was saved."
            yield _not_done(row, "row-died", words, "Try it again, with --jobs 1.")
        elif answer.failed:
            words = f"riskgen failed on this row ({answer.failed}). Nothing of the row was saved."
            yield _not_done(row, "row-failed", words, "Try it by itself: riskgen assess.")
        else:
            yield answer


def _not_done(row: Asked, code: str, words: str, hint: str) -> Answer:
    path, line = next(iter(row.given.origins.values()), ("", row.number))
    return Answer(row.number, problems=(Problem(path, line, code, words, hint),))


def _known(home: Home, desk: Desk | None, rows: Sequence[Entered]) -> dict[int, RowState]:
    """The rows that are in the register already, and those that cannot be, for what is in it or in the sheet."""
    found: dict[int, RowState] = {}
    problems: defaultdict[int, list[Problem]] = defaultdict(list)
    if desk:
        key = desk.key()
        with desk.register.read() as reader:
            for row in rows:
                result = _looked_for(home, reader, row, mark_of_row(key, row.says))
                if result:
                    found[row.number] = result
    for number, problem in _twice(rows):
        problems[number].append(problem)
    for number, more in problems.items():
        before = found[number].problems if number in found else ()
        found[number] = RowState(number, problems=(*before, *more))
    return found


def _looked_for(home: Home, reader: Reader, row: Entered, mark: str) -> RowState | None:
    """A row that is in the register, or that is at odds with it; None for one that is new to it."""
    reference = reader.recorded_row(mark)
    visit = reader.visits([reference]).get(reference) if reference else None
    if visit and mark in rows_of(visit.events) and row.reference in ("", visit.reference):
        return _recorded_before(reader, row, visit)
    if row.reference:
        return RowState(row.number, problems=(_at_odds(reader, row, mark),))
    others = [entry.reference for entry in _same_visit(home, reader, row)]
    if not others:
        return None
    words = f"{others[0]} is a visit to this family at this time, and was not recorded from this row as it stands."
    hint = (
        f"If it is the same visit, assess that again: riskgen assess --reference {others[0]}. Otherwise correct the "
        "row; or take it out."
    )
    return RowState(row.number, problems=(row.problem("row-visit-known", words, hint, START),))


def _recorded_before(reader: Reader, row: Entered, visit: Visit) -> RowState:
    entry = reader.entry(visit.reference)
    return RowState(row.number, visit.reference, entry.outcome if entry else "", before=True)


def _at_odds(reader: Reader, row: Entered, mark: str) -> Problem:
    """What is wrong with a row that says as which visit it was recorded."""
    visit = reader.visits([row.reference]).get(row.reference)
    if visit is None:
        words = f"The row has the reference {row.reference}, and the register has no such visit."
        return row.problem("reference-unknown", words, "Take the reference out of the row, to have it recorded.")
    if visit.erased:
        words = f"The row was recorded as {row.reference}, whose records have been erased."
        return row.problem("row-erased", words, "Take the row out of the sheet.")
    words = f"The row has the reference {row.reference}, and says something else than was recorded."
    hint = (
        f"To have the visit as the row says it, assess it again: riskgen assess --reference {row.reference}. If the "
        "row is another visit, take the reference out of it."
    )
    return row.problem("row-changed", words, hint)


def _same_visit(home: Home, reader: Reader, row: Entered) -> Iterator[Entry]:
    """The visits of the register to the same family at the same time, but for those that were called off."""
    family, start = _whom_and_when(row)
    if not family or start is None:
        return
    at = to_utc(start, home.school.timezone)
    for entry in reader.find(since=at, until=at + timedelta(minutes=1)):
        if entry.state is not State.CANCELLED and same_family(entry.family) == family:
            yield entry


def _whom_and_when(row: Entered) -> tuple[str, datetime | None]:
    family, start = row.given.answers.get(REFERENCE), row.given.answers.get(START)
    return same_family(str(family or "")), start if isinstance(start, datetime) else None


def _twice(rows: Iterable[Entered]) -> Iterator[tuple[int, Problem]]:
    """A fault for each row that an earlier one leaves no place for."""
    said: dict[str, int] = {}
    visits: dict[tuple[str, datetime], int] = {}
    for row in rows:
        family, start = _whom_and_when(row)
        earlier = said.setdefault(row.says, row.number)
        if earlier != row.number:
            words = f"The row says the same as row {earlier}."
            yield row.number, row.problem("row-twice", words, "Take one of them out.")
        elif family and start and (earlier := visits.setdefault((family, start), row.number)) != row.number:
            words = f"The row is a visit to the same family at the same time as row {earlier}."
            yield row.number, row.problem("row-twice", words, "Correct one of them, or take it out.", START)
