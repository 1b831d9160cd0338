"""`riskgen batch`: a sheet of visits, every row assessed and recorded, and its forms written."""

import io
import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TextIO, cast

import click

from riskgen.cli.at_desk import put_in_order
from riskgen.cli.options import AS, HOME, JSON, WRITTEN
from riskgen.cli.people import TerminalProof
from riskgen.cli.problems import counted, print_problems, where
from riskgen.cli.show import outcome_name
from riskgen.cli.words import item, wrapped
from riskgen.core.problem import Problem
from riskgen.core.terms import Outcome
from riskgen.core.visit import NOT_LEFT, Who
from riskgen.core.words import STATES
from riskgen.service.batch_rows import Entered, RowState, entered
from riskgen.service.batch_run import Run, Wanted, batch_report, run_batch
from riskgen.service.desk import Desk, open_desk, register_to_come, who_asks
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.homes import Home, find_home, open_home
from riskgen.service.intake_sheet import Original, RowWords, marked_copy, read_rows
from riskgen.service.paper import can_keep, can_stage, can_write, sound_paper
from riskgen.service.references import VISITS
from riskgen.service.visits import put_in_place
from riskgen.service.workers import Crew, Stopped, cluster, cores, here, processes

MOST_TOLD = 20
"""Faults on the screen; the marked copy has all of them."""
FEW = 8
"""Rows for which no process is started unless that is asked for: it would take longer than they do."""
INVALID, REFUSED, ENVIRONMENT, INTERRUPTED = 3, 4, 5, 130
"""Exit codes."""


@click.command("batch")
@click.argument("sheet", type=click.Path(path_type=Path), metavar="SHEET.xlsx")
@click.option(
    "-o",
    "--output",
    type=WRITTEN,
    metavar="DIR",
    help="Where to put the forms, in a folder for each visit, out of reach of 'riskgen retention'. Otherwise visits.",
)
@click.option("--pdf", is_flag=True, help="Make a PDF beside each form.")
@click.option("--keep-going", is_flag=True, help="Record the rows that have no fault, though others have.")
@click.option("--dry-run", is_flag=True, help="Decide on every row, but record nothing and write nothing.")
@click.option(
    "--result",
    type=WRITTEN,
    metavar="FILE",
    help="Where to put the copy of the sheet with what became of each row. Otherwise SHEET.checked.xlsx.",
)
@click.option(
    "--jobs", type=click.IntRange(1), metavar="N", help="How many processes share the work. Otherwise one a core."
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    default="",
    help="Share the work with a Dask cluster, as tcp://HOST:PORT. Families' data goes to its machines.",
)
@AS
@JSON
@HOME
@click.pass_context
def batch_command(
    ctx: click.Context,
    sheet: Path,
    output: Path | None,
    pdf: bool,
    keep_going: bool,
    dry_run: bool,
    result: Path | None,
    jobs: int | None,
    scheduler: str,
    as_: str,
    as_json: bool,
    home: str | None,
) -> None:
    """Assess and record every row of an intake sheet, and write its forms.

    All rows are checked before any is recorded. Run it again, after an
    interruption say, and it does what is not done.

    \b
    Example:
      riskgen batch visits.xlsx --dry-run
      riskgen batch visits.xlsx
    """
    if jobs and scheduler:
        raise click.UsageError("--jobs is for this machine, and --scheduler for a cluster. Choose one.")
    if dry_run and (pdf or result):
        raise click.UsageError("--dry-run writes nothing; leave --pdf and --result out.")
    school = open_home(find_home(home))
    rows, original = _rows(school, sheet)
    sound_paper(school)
    output = output or school.folder / VISITS
    copy = result or sheet.with_name(f"{sheet.stem.removesuffix('.checked')}.checked.xlsx")
    proof = TerminalProof()
    who, finished = (None, ()) if dry_run else _prepare(school, output, copy, as_, proof)
    wanted = Wanted(output, pdf, keep_going, dry_run, finished)
    crew = _crew(len(rows), jobs, scheduler)
    if scheduler and not scheduler.startswith("tls://"):
        words = (
            f"Warning: what families told the school goes to the workers of {scheduler}, and can be read on the way."
        )
        click.echo(wrapped(words), err=True)
    with _stoppable() as stop:

        def by(desk: Desk) -> Who:
            with stop.at_once():
                return who or who_asks(desk, as_, proof)

        try:
            run = run_batch(school, rows, wanted, crew, by, stop.wanted, _bar)
        except Stopped:
            raise click.Abort from None
        written = None if dry_run else _put_copy(original, run, copy)
    if as_json:
        click.echo(json.dumps(batch_report(run, sheet.name, dry_run, output, written), indent=2, ensure_ascii=False))
    else:
        _tell(run, sheet)
    _tell_problems(run.problems)
    _tell_end(run, wanted, written, school.folder)
    ctx.exit(_code(run))


def _rows(school: Home, sheet: Path) -> tuple[tuple[Entered, ...], Original]:
    """The rows of the sheet, after what is to be told of it as a whole, and the sheet itself.

    Raises `InvalidInput` also where no copy of it can be made: once rows are recorded it would be too late to say so.
    """
    rows, original, problems = read_rows(school, sheet)
    if original is None or any(problem.severity == "fault" for problem in problems):
        raise InvalidInput(problems)
    print_problems(problems)
    found = entered(school, rows)
    if not found:
        raise InvalidInput([Problem(str(sheet), 0, "sheet-rows", "The sheet holds no visit.", "Fill in a row.")])
    marked_copy(original, (), {row.number: RowWords() for row in found})
    return found, original


def _prepare(
    school: Home, output: Path, copy: Path, named: str, proof: TerminalProof
) -> tuple[Who | None, tuple[str, ...]]:
    """Find what would go wrong in the end before the work is begun, learn who is asking, and finish earlier runs.

    Nobody where there is no register yet: it is made only once there is something to put into it.
    """
    can_write(output)
    can_stage(school)
    can_keep(copy, force=True)
    if register_to_come(school.folder, school.school):
        return None, ()
    with open_desk(school.folder, school.school) as desk:
        finished = put_in_order(desk)
        desk.key()
        return who_asks(desk, named, proof), finished


def _crew(rows: int, jobs: int | None, scheduler: str) -> Callable[[], AbstractContextManager[Crew]]:
    """Who does the work."""
    if scheduler:
        return partial(cluster, scheduler)
    count = jobs or (1 if rows <= FEW else cores())
    return here if count == 1 else partial(processes, count)


class _Stop:
    """Whether somebody wants to stop: heard at once while a person is asked something, otherwise between two rows."""

    def __init__(self) -> None:
        self._heard, self._at_once = False, False

    def hear(self, number: int, frame: FrameType | None) -> None:
        self._heard = True
        if self._at_once:
            raise KeyboardInterrupt

    def wanted(self) -> bool:
        return self._heard

    @contextmanager
    def at_once(self) -> Iterator[None]:
        self._at_once = True
        try:
            yield
        finally:
            self._at_once = False


@contextmanager
def _stoppable() -> Iterator[_Stop]:
    """Have Ctrl-C, and being told to end (as when the window is closed), only say that it is time to stop: no row is
    left half done."""
    stop = _Stop()
    named = (getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP"))
    heard = [number for number in named if number and signal.getsignal(number) is not signal.SIG_IGN]  # as with nohup
    before = {number: signal.signal(number, stop.hear) for number in heard}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Terminal(io.TextIOBase):
    """The terminal, which nobody looks on any more once its window is closed: that is no reason to fail."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()
        return len(text)

    def isatty(self) -> bool:
        return True


@contextmanager
def _bar(steps: int, label: str) -> Iterator[Callable[[int], object]]:
    """A progress bar on a terminal; nothing where nobody looks on."""
    if not steps or not sys.stderr.isatty():
        yield lambda count: None
        return
    with click.progressbar(length=steps, label=label, file=cast("TextIO", _Terminal())) as bar:
        yield bar.update


# --- what is said ---------------------------------------------------------------------------------


def _put_copy(original: Original, run: Run, copy: Path) -> Path | None:
    """Write the copy of the sheet, and say where it is. Where that fails, what was recorded is told of all the same."""
    results = {number: RowWords(each.reference, _decision(each), _remarks(each)) for number, each in run.states.items()}
    saved = "What was recorded is in the register all the same." if run.recorded else ""
    try:
        put_in_place({copy: marked_copy(original, run.problems, results)}, force=True, otherwise=saved)
        return copy
    except InvalidInput as fault:
        reason = " ".join(f"{each.message} {each.hint}".strip() for each in fault.problems) + f" {saved}"
    except (Refused, EnvironmentFault) as fault:
        reason = str(fault)
    words = f"The copy of the sheet was not written: {reason}".strip()
    run.fault = EnvironmentFault(f"{run.fault} {words}" if run.fault else words)
    return None


def _decision(state: RowState) -> str:
    """What was decided on a row's visit, or how it has gone on since; and whether that still holds."""
    if state.stands and state.stands not in NOT_LEFT:
        return STATES[state.stands]
    decision = outcome_name(Outcome.from_id(state.outcome)).capitalize() if state.outcome else ""
    return decision if state.holds else f"{decision}, when it was assessed: see what is said of it"


def _remarks(state: RowState) -> str:
    faults = [f"{each.message} {each.hint}".strip() for each in state.problems]
    return "\n".join((*faults, *state.notes))


def _tell(run: Run, sheet: Path) -> None:
    """How many rows came to what."""
    click.echo(f"{sheet.name}: {counted(len(run.states), 'row')}")
    for outcome, number in run.outcomes().items():
        click.echo(item(f"{number}: {outcome_name(outcome)}{'' if run.recorded else ' (not recorded)'}"))
    for number, words in (
        (len(run.left) if run.recorded else 0, "not recorded"),
        (len(run.before), "in the register already"),
        (sum(bool(each.problems) for each in run.states.values()), "with faults"),
        (run.pdfs, "PDFs made"),
    ):
        if number:
            click.echo(item(f"{number}: {words}"))


def _tell_problems(problems: Sequence[Problem]) -> None:
    """The first faults by row and column, and how many there are."""
    for each in problems[:MOST_TOLD]:
        column = f" ({each.field})" if each.field else ""
        click.echo(f"{where(each)}{column}\n{wrapped(f'{each.message} {each.hint}'.strip(), 4)}", err=True)
    more = len(problems) - MOST_TOLD
    if more > 0:
        click.echo(f"... and {more} more.", err=True)
    if problems:
        click.echo(f"\n{counted(len(problems), 'problem')}.", err=True)


def _tell_end(run: Run, wanted: Wanted, copy: Path | None, folder: Path) -> None:
    """What was saved, where it is, and what comes next."""
    for states, words in (
        ([each for each in run.states.values() if each.marked], "Markers in the register changed answers of"),
        ([each for each in run.before if not each.holds], "What was recorded may hold no longer for"),
    ):
        if states:
            numbers = ", ".join(str(each.number) for each in states)
            click.echo(wrapped(f"{words} {counted(len(states), 'row')}: {numbers}."), err=True)
    if wanted.dry_run:
        click.echo("Nothing was recorded and nothing was written (--dry-run).", err=True)
        return
    if copy:
        click.echo(wrapped(f"What became of each row: {copy}"), err=True)
    if run.recorded:
        words = f"The forms are in {wanted.output}, in a folder for each visit."
        if wanted.output.resolve() != (folder / VISITS).resolve():
            words += " There they are out of reach of 'riskgen retention': see to it yourself that they go in time."
        click.echo(wrapped(words), err=True)
    if run.key:
        words = f"A register was made, and a key for its safe words: {run.key}. Keep a copy of the key elsewhere."
        click.echo(wrapped(words), err=True)
    if run.stopped or run.fault:
        _tell_why_it_ended(run)
    elif run.problems and not run.recorded:
        good = "" if wanted.keep_going else "; or record the rows without a fault now, with --keep-going"
        words = f"Nothing was recorded. Next: correct the rows in the sheet, and run it again{good}."
        click.echo(wrapped(words), err=True)
    elif run.problems:
        click.echo(wrapped("Next: correct the other rows, and run it again: what is recorded is left alone."), err=True)
    else:
        words = "Next: 'riskgen list' shows the visits; each goes on by its reference, as any other."
        click.echo(wrapped(words), err=True)


def _tell_why_it_ended(run: Run) -> None:
    if run.fault:
        click.echo(wrapped(str(run.fault).replace("Nothing was saved.", "Nothing of that row was saved.")), err=True)
    saved = f"{counted(len(run.recorded), 'row')} recorded by this run"
    words = f"Stopped: {saved}, {len(run.left)} not come to. Run the same command again: it goes on with those."
    click.echo(wrapped(words), err=True)


def _code(run: Run) -> int:
    if run.stopped:
        return INTERRUPTED
    if run.fault:
        return REFUSED if isinstance(run.fault, Refused) else ENVIRONMENT
    if run.not_done:
        return ENVIRONMENT
    return INVALID if run.problems else 0
