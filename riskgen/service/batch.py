"""A sheet of visits, a row each: all rows checked before any is recorded, each recorded once, however often it is run.

This process alone writes to the register. What takes long, deciding and filling in forms, is handed out (`workers`);
what comes back is recorded in the order of the rows, each in a transaction of its own, by the steps of
`record_assessment`. The transaction also keeps a keyed mark of what the row says, by which it is known when the sheet
is run again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from riskgen.core.problem import Problem
from riskgen.core.struct import Discreet, replace
from riskgen.register.cipher import mark_of_row
from riskgen.service.batch_again import held_against
from riskgen.service.batch_rows import START, Entered, RowState
from riskgen.service.batch_work import Answer, Answers, Asked, Bundle, Task, bundle_of, open_here
from riskgen.service.desk import Desk
from riskgen.service.homes import Home
from riskgen.service.markers import looked_up
from riskgen.service.workers import Workers

AT_A_TIME = 16
"""Rows in one task: a quarter of a second of work, so that little is lost when somebody stops or a process dies. The
school's files go with each, which with fewer rows would be felt."""
NOT_DONE = ("row-died", "row-failed")
"""Codes of problems that are not faults of a row: it could not be worked on."""


class Checked(Discreet, frozen=True):
    """The rows that can be recorded, and what is known of each row of the sheet by now."""

    bundle: Bundle
    to_record: tuple[Entered, ...]
    states: Mapping[int, RowState]

    @property
    def faulty(self) -> tuple[RowState, ...]:
        return tuple(state for state in self.states.values() if state.problems)


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
    told: dict[int, RowState] = {}

    def tasks() -> Iterator[Task]:
        for some in in_tasks(open_rows):
            yield Task(bundle, home.now(), asked_of(desk, some, told))

    by_number = {row.number: row for row in open_rows}
    for task, answers in workers.in_order(tasks()):
        for answer in of_each(task, answers, by_number):
            before = found[answer.number].problems if answer.number in found else ()
            problems = (*before, *answer.problems)
            found[answer.number] = replace(told[answer.number], outcome=answer.outcome, problems=problems)
        tick(len(task.rows))
    to_record = tuple(row for row in open_rows if not found[row.number].problems)
    return Checked(bundle, to_record, {row.number: found[row.number] for row in rows})


def in_tasks(rows: Sequence[Entered]) -> Iterator[Sequence[Entered]]:
    """Rows, so many at a time as one task holds."""
    return (rows[start : start + AT_A_TIME] for start in range(0, len(rows), AT_A_TIME))


def asked_of(desk: Desk | None, rows: Sequence[Entered], told: dict[int, RowState]) -> tuple[Asked, ...]:
    """What workers are asked of rows: what they and their families' files say, and what the markers say by now.

    What is to be told of each, whatever comes of it, goes to `told`.
    """
    if desk is None:
        told |= {row.number: RowState(row.number, notes=row.notes) for row in rows}
        return tuple(Asked(row.number, row.given) for row in rows)
    found = []
    with desk.register.read() as reader:
        for row in rows:
            given, sentences = looked_up(reader, row.given)
            family, _ = row.whom_and_when
            marked = bool(family) and given.answers != row.given.answers
            told[row.number] = RowState(row.number, notes=(*row.notes, *sentences), marked=marked)
            found.append(Asked(row.number, given))
    return tuple(found)


def of_each(task: Task, answers: Answers | None, rows: Mapping[int, Entered]) -> Iterator[Answer]:
    """The answer to each row, with every fault as one of the row; where there is no answer, or riskgen itself failed, a
    problem that says so."""
    said = {answer.number: answer for answer in answers.rows} if answers else {}
    for row in (rows[asked.number] for asked in task.rows):
        answer = said.get(row.number)
        if answer is None:
            words = "Whatever process worked on this row died. Nothing of the row was saved."
            problems = [row.problem("row-died", words, "Try it again, with --jobs 1.")]
        elif answer.failed:
            words = f"riskgen failed on this row ({answer.failed}). Nothing of the row was saved."
            problems = [row.problem("row-failed", words, "Try it by itself: riskgen assess.")]
        else:
            problems = [row.its_own(problem) for problem in answer.problems]
        yield replace(answer or Answer(row.number), problems=tuple(problems))


def _known(home: Home, desk: Desk | None, rows: Sequence[Entered]) -> dict[int, RowState]:
    """The rows that are in the register already, and those that cannot be, for what is in it or in the sheet."""
    found: dict[int, RowState] = {}
    problems: defaultdict[int, list[Problem]] = defaultdict(list)
    if desk:
        key = desk.key()
        with desk.register.read() as reader:
            for row in rows:
                result = held_against(home, reader, row, mark_of_row(key, row.says))
                if result:
                    found[row.number] = result
    for number, problem in _twice(rows):
        problems[number].append(problem)
    for number, more in problems.items():
        before = found[number].problems if number in found else ()
        found[number] = RowState(number, problems=(*before, *more))
    return found


def _twice(rows: Iterable[Entered]) -> Iterator[tuple[int, Problem]]:
    """A fault for each row that an earlier one leaves no place for."""
    said: dict[str, int] = {}
    visits: dict[tuple[str, datetime], int] = {}
    for row in rows:
        family, start = row.whom_and_when
        earlier = said.setdefault(row.says, row.number)
        if earlier != row.number:
            words = f"The row says the same as row {earlier}."
            yield row.number, row.problem("row-twice", words, "Take one of them out.")
        elif family and start and (earlier := visits.setdefault((family, start), row.number)) != row.number:
            words = f"The row is a visit to the same family at the same time as row {earlier}."
            yield row.number, row.problem("row-twice", words, "Correct one of them, or take it out.", START)
