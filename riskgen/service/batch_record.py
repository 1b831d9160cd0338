"""Recording the rows of a batch: each in a transaction of its own, with forms that others have filled in."""

import os
import secrets
import shutil
import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from riskgen.core.struct import replace
from riskgen.core.visit import Who
from riskgen.files.disk import TEMPORARY
from riskgen.register.cipher import mark_of_row
from riskgen.register.database import RegisterFault
from riskgen.service.batch import Checked, asked_of, in_tasks, of_each
from riskgen.service.batch_again import visit_known
from riskgen.service.batch_rows import Entered, RowState
from riskgen.service.batch_work import Answer, Task
from riskgen.service.desk import Desk
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.homes import Home
from riskgen.service.pdfs import PdfMissing
from riskgen.service.recording import RecordedMeanwhile, TakenMeanwhile, record_assessment
from riskgen.service.references import VISITS, later_reference, next_reference
from riskgen.service.staging import holds
from riskgen.service.visits import put_in_place
from riskgen.service.workers import Stopped, Workers

BLANK = 32
"""Letters of what stands in forms where the safe word belongs. They are drawn anew for every run."""
FORMS_AT_ONCE = 50
"""How many forms are made into PDFs in one run of LibreOffice."""
_ALL_THE_SAME = "The Word files are there all the same."


def record_rows(
    home: Home,
    desk: Desk,
    who: Who,
    checked: Checked,
    workers: Workers,
    output: Path,
    stopped: Callable[[], bool],
) -> Iterator[RowState]:
    """Record each row that can be, and write its forms to a folder of its reference in `output`.

    Results come in the order of the rows, each once it is final. Raises `Stopped` between two rows; `Refused` and
    `EnvironmentFault` for what stands in the way of all rows to come. What has come stays.
    """
    with _told():
        key = desk.key()
        blank = "".join(secrets.choice(string.ascii_lowercase) for _ in range(BLANK))
        rows = {row.number: row for row in checked.to_record}
        told: dict[int, RowState] = {}
        handed_out = 0

        def tasks() -> Iterator[Task]:
            nonlocal handed_out
            for some in in_tasks(checked.to_record):
                asked = asked_of(desk, some, told)
                first = _next(desk)
                references = (later_reference(first, handed_out + place) for place in count())
                named = tuple(replace(each, reference=name) for each, name in zip(asked, references, strict=False))
                handed_out += len(named)
                yield Task(checked.bundle, desk.wall(desk.now()), named, blank)

        for task, answers in workers.in_order(tasks()):
            for answer in of_each(task, answers, rows):
                if stopped():
                    raise Stopped
                row = rows[answer.number]
                mark = mark_of_row(key, row.says)
                try:
                    result = _recorded(home, desk, who, row, answer, mark, output)
                except (Refused, EnvironmentFault, RegisterFault):
                    yield from _all_the_same(desk, answer, mark)
                    raise
                handed_out -= 1
                yield replace(result, notes=told[answer.number].notes, marked=told[answer.number].marked)


@contextmanager
def _told() -> Iterator[None]:
    """Tell a fault of the register as one of a use case."""
    try:
        yield
    except RegisterFault as fault:
        raise EnvironmentFault(str(fault)) from fault


def _next(desk: Desk) -> str:
    """The reference that would be given out just now."""
    with desk.register.read() as reader:
        return next_reference(reader, desk.wall(desk.now()).year)


def _recorded(home: Home, desk: Desk, who: Who, row: Entered, answer: Answer, mark: str, output: Path) -> RowState:
    decided = answer.decided(home)
    if decided is None:
        return RowState(answer.number, problems=answer.problems)
    try:
        recorded = record_assessment(home, desk, decided, who, within=output, row=mark, filled=answer.filled)
    except RecordedMeanwhile as other:
        return RowState(answer.number, other.reference, answer.outcome, before=True)
    except TakenMeanwhile as other:
        return RowState(answer.number, problems=(visit_known(row, other.reference),))
    except InvalidInput as fault:
        return RowState(answer.number, problems=tuple(map(row.its_own, fault.problems)))
    return RowState(answer.number, recorded.reference, answer.outcome, files=recorded.files)


def _all_the_same(desk: Desk, answer: Answer, mark: str) -> Iterator[RowState]:
    """A row that is in the register though something went wrong: its forms are not in place yet, say."""
    with suppress(RegisterFault), desk.register.read() as reader:
        if reference := reader.recorded_row(mark):
            yield RowState(answer.number, reference, answer.outcome)


# --- forms of earlier runs, and PDFs --------------------------------------------------------------


def bring_here(home: Home, references: Iterable[str], output: Path) -> None:
    """Put the forms of visits that a run left unfinished where it would have put them.

    They have been finished by now, in `visits`, since nobody else knew where they were to go. The run may have put some
    there before it died. Where others are there, they stay in `visits`.
    """
    if output.resolve() == (home.folder / VISITS).resolve():
        return
    for reference in references:
        there, wanted = home.folder / VISITS / reference, output / reference
        if not there.is_dir():
            continue
        try:
            for left in wanted.glob(TEMPORARY.format("*")):
                left.unlink()
            forms = {wanted / path.name: path.read_bytes() for path in there.iterdir()}
            lacking = {path: content for path, content in forms.items() if not holds(path, content)}
            if any(map(os.path.lexists, lacking)):
                continue
            put_in_place(lacking, force=False, otherwise=f"The forms of {reference} stay in {there}.")
            shutil.rmtree(there)
        except OSError as error:
            words = f"The forms of {reference} stay in {there}, since they cannot be moved: {error.strerror}."
            raise EnvironmentFault(words) from error


def folder_of(home: Home, reference: str, output: Path) -> Path:
    """Where the forms of a visit are, as far as that is known here."""
    wanted = output / reference
    return wanted if wanted.is_dir() else home.folder / VISITS / reference


def make_pdfs(
    home: Home,
    desk: Desk,
    references: Sequence[str],
    output: Path,
    stopped: Callable[[], bool],
    tick: Callable[[int], object],
) -> Iterator[int]:
    """Make a PDF beside each form that has none, so many forms in one run of LibreOffice: how many, run by run.

    `tick` is told how many visits more have been looked at. Raises `PdfMissing`, and `Stopped` between two runs.
    """
    from riskgen.forms.pdf import PdfFault, find_libreoffice, to_pdf

    try:
        program = find_libreoffice(home.school.libreoffice, home.folder)
        for paths in _without_pdf(home, desk, references, output, tick):
            if stopped():
                raise Stopped
            pages = to_pdf({path.name: path.read_bytes() for path in paths}, program)
            made = {path.with_suffix(".pdf"): pages[path.name] for path in paths}
            put_in_place(made, force=False, otherwise=_ALL_THE_SAME)
            yield len(paths)
    except PdfFault as fault:
        raise PdfMissing(f"Not all PDFs were made: {fault} {_ALL_THE_SAME}") from fault


def _without_pdf(
    home: Home, desk: Desk, references: Sequence[str], output: Path, tick: Callable[[int], object]
) -> Iterator[list[Path]]:
    found: list[Path] = []
    for reference in references:
        with desk.register.read() as reader:
            visit = reader.visits([reference])[reference]
        names = (visit.assessed.body or {}).get("files") or {} if visit.assessed else {}
        paths = (folder_of(home, reference, output) / name for name in names)
        found += (path for path in paths if path.is_file() and not path.with_suffix(".pdf").exists())
        while len(found) >= FORMS_AT_ONCE:
            yield found[:FORMS_AT_ONCE]
            del found[:FORMS_AT_ONCE]
        tick(1)
    if found:
        yield found
