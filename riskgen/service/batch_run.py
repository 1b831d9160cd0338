"""A batch from beginning to end, and what it has come to whatever stopped it."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from riskgen.core.problem import Problem
from riskgen.core.struct import Struct
from riskgen.core.terms import Outcome
from riskgen.core.visit import Who
from riskgen.service.batch import NOT_DONE, check_rows
from riskgen.service.batch_record import bring_here, make_pdfs, record_rows
from riskgen.service.batch_rows import Entered, RowState
from riskgen.service.desk import Desk, desk_if_any, open_desk, register_to_come
from riskgen.service.faults import EnvironmentFault, Refused
from riskgen.service.homes import Home
from riskgen.service.workers import Crew, Stopped, Workers

Tick = Callable[[int], object]
Progress = Callable[[int, str], AbstractContextManager[Tick]]
"""Shows how far a stretch of work has come: so many steps, under a name. What it gives is told of each that is done."""


class Wanted(Struct, frozen=True):
    """What a person asked for. `finished` are visits that an earlier run left unfinished."""

    output: Path
    pdf: bool = False
    keep_going: bool = False
    dry_run: bool = False
    finished: tuple[str, ...] = ()


class Run(Struct):
    """What a batch has come to by now: of each row what became of it, and what brought it to its end early.

    `key` says where the key of a register lies that it made.
    """

    states: dict[int, RowState]
    pdfs: int = 0
    stopped: bool = False
    fault: Refused | EnvironmentFault | None = None
    key: str = ""

    @property
    def recorded(self) -> tuple[RowState, ...]:
        return tuple(each for each in self.states.values() if each.reference and not each.before)

    @property
    def before(self) -> tuple[RowState, ...]:
        return tuple(each for each in self.states.values() if each.before)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for each in self.states.values() for problem in each.problems)

    @property
    def not_done(self) -> bool:
        """Whether a row could not be worked on, through no fault of its own."""
        return any(problem.code in NOT_DONE for problem in self.problems)

    @property
    def left(self) -> tuple[RowState, ...]:
        """The rows without a fault that are not in the register."""
        return tuple(each for each in self.states.values() if not each.reference and not each.problems)

    def outcomes(self) -> dict[Outcome, int]:
        """How many rows came to each outcome: those that were recorded, or, where none was, those that could be."""
        counted = Counter(each.outcome for each in self.recorded or self.left)
        return {outcome: counted[outcome.id] for outcome in Outcome if counted[outcome.id]}


def run_batch(
    home: Home,
    rows: Sequence[Entered],
    wanted: Wanted,
    crew: Callable[[], AbstractContextManager[Crew]],
    who: Callable[[Desk], Who],
    stopped: Callable[[], bool],
    progress: Progress,
) -> Run:
    """Check all rows; then record those that can be, unless some are faulty and that is to stop it.

    Raises `Stopped`, `EnvironmentFault` and `Refused` while nothing has been recorded. Afterwards the result says
    what was in the way, beside all that was done.
    """
    with Workers(crew, stopped) as workers:
        with desk_if_any(home.folder, home.school) as desk, progress(len(rows), "Checking") as tick:
            checked = check_rows(home, desk, rows, workers, tick)
        run = Run(dict(checked.states))
        if wanted.dry_run or (checked.faulty and not wanted.keep_going):
            return run
        makes = register_to_come(home.folder, home.school)
        with open_desk(home.folder, home.school) as desk:
            by = who(desk)
            run.key = desk.where_key_is() if makes else ""
            try:
                with progress(len(checked.to_record), "Recording") as tick:
                    for state in record_rows(home, desk, by, checked, workers, wanted.output, stopped):
                        run.states[state.number] = state
                        tick(1)
                references = [each.reference for each in run.states.values() if each.reference]
                bring_here(home, set(references) & set(wanted.finished), wanted.output)
                if wanted.pdf:
                    with progress(len(references), "Making PDFs") as tick:
                        for made in make_pdfs(home, desk, references, wanted.output, stopped, tick):
                            run.pdfs += made
            except Stopped:
                run.stopped = True
            except (Refused, EnvironmentFault) as fault:
                run.fault = fault
    return run


def batch_report(run: Run, sheet: str, dry_run: bool, output: Path, copy: Path | None) -> dict[str, Any]:
    """The shape of `riskgen batch --json`."""
    return {
        "sheet": sheet,
        "dry_run": dry_run,
        "stopped": run.stopped,
        "outcomes": {outcome.id: number for outcome, number in run.outcomes().items()},
        "rows": [_row_report(each) for each in run.states.values()],
        "pdfs": run.pdfs,
        "output": None if dry_run else str(output),
        "result": str(copy) if copy else None,
    }


def state_of(state: RowState) -> str:
    """What became of a row, in a word."""
    if state.problems:
        return "not-done" if any(problem.code in NOT_DONE for problem in state.problems) else "faulty"
    if state.reference:
        return "before" if state.before else "recorded"
    return "left"


def _row_report(state: RowState) -> dict[str, Any]:
    return {
        "row": state.number,
        "state": state_of(state),
        "reference": state.reference or None,
        "outcome": state.outcome or None,
        "stands": state.stands.value if state.stands else None,
        "holds": state.holds,
        "files": [str(path) for path in state.files],
        "notes": list(state.notes),
        "problems": [
            {"code": each.code, "field": each.field or None, "message": each.message, "hint": each.hint}
            for each in state.problems
        ],
    }
