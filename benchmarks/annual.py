"""How long a year's workbook takes, and how much memory: `python benchmarks/annual.py --help`."""

import base64
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import click
from filling import fill, samples, utc_now
from results import Figure, keep, ratios, spread

from riskgen.core.struct import replace
from riskgen.core.yearly import VisitRow
from riskgen.register.key import KEY_VARIABLE
from riskgen.workbook.columns import REGISTER, SHOWN, RowSheet

WRITERS = ("riskgen", "openpyxl", "openpyxl, write-only")
FIRST = datetime(2025, 9, 1, 10, 30)
LEFT_OUT = frozenset(
    {"minutes", "visitor_count", "to_confirm", "due_back", "minutes_late"}
    | {"check_ins", "actions_open", "to_look_at", "policy", "edition"}
)
"""Fields of the sheet Register that are not written where writing alone is measured; no total counts by them."""
DIFFERENT = 1000
COLUMNS = len(REGISTER.columns) - len(LEFT_OUT)


@click.command()
@click.option("--visits", "sizes", multiple=True, type=int, default=(1000, 10_000, 100_000), show_default=True)
@click.option("--times", default=3, show_default=True, help="How often each is measured.")
@click.option("--most-plain", default=10_000, show_default=True, help="Rows up to which plain openpyxl is measured.")
@click.option("--alone", is_flag=True, help="Measure writing alone, without the command.")
@click.option("--only", hidden=True, type=click.Choice(WRITERS))
@click.option("--rows", hidden=True, type=int)
@click.option("--to", "target", hidden=True)
def main(sizes: tuple[int, ...], times: int, most_plain: int, alone: bool, only: str, rows: int, target: str) -> None:
    """Measure the command over a register, and writing alone beside openpyxl. All is made in a temporary folder."""
    if only:
        write_rows(only, rows, Path(target))
        return
    os.environ[KEY_VARIABLE] = base64.b64encode(secrets.token_bytes(32)).decode()
    if not alone:
        click.echo("the whole command, over a register")
    for size in () if alone else sizes:
        whole_command(size, times)
    click.echo(f"\nwriting alone: rows of the sheet Register, {COLUMNS} columns, each time in a process of its own")
    for size in sizes:
        writers = [name for name in WRITERS if name != "openpyxl" or size <= most_plain]
        interleaved(size, times, writers)


def whole_command(size: int, times: int) -> None:
    """`riskgen annual` as a process, over a register with so many visits."""
    with tempfile.TemporaryDirectory(prefix="riskgen-benchmark-") as folder:
        now = utc_now()
        home, kinds = samples(Path(folder, "school"), (now + timedelta(days=2)).replace(hour=10, minute=30))
        (home.folder / "register.db").unlink()
        fill(home.folder / "register.db", kinds, size, 0, now).close()
        first, last = now - timedelta(days=3, minutes=30 * size), now + timedelta(days=3)
        days = ("--from", f"{first.date()}", "--to", f"{last.date()}")  # the intakes of all samples start two days on
        command = [sys.executable, "-m", "riskgen", "annual", *days, "--force", "-o", "annual.xlsx"]
        found = [measured(command, home.folder, f" {size} visits") for _ in range(times)]
        weight = (home.folder / "annual.xlsx").stat().st_size
    tell(f"{size:,} visits", size, found, weight)


def interleaved(size: int, times: int, writers: list[str]) -> None:
    """Each writer in turn, so that what else the machine does meets all of them."""
    with tempfile.TemporaryDirectory(prefix="riskgen-benchmark-") as folder:
        found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in writers}
        for turn in range(times):
            for place, name in enumerate(writers):
                target = Path(folder, f"{turn}-{place}.xlsx")
                command = [sys.executable, __file__, "--only", name, "--rows", f"{size}", "--to", f"{target}"]
                found[name].append(measured(command, Path(folder)))
        for name in writers:
            target = Path(folder, f"0-{writers.index(name)}.xlsx")
            tell(f"{size:,} rows, {name}", size, found[name], target.stat().st_size)
        for name in writers[1:]:
            theirs, ours = zip(*found[name], strict=True), zip(*found["riskgen"], strict=True)
            took, core = (ratios(one, other) for one, other in islice(zip(theirs, ours, strict=True), 2))
            click.echo(
                f"    {name} takes {spread(took)} times as long as riskgen, {spread(core)} times as much of a core"
            )
    peak = max(memory for *_, memory in found["riskgen"])
    work = f"Rows of the annual workbook, {size:,} visits, {COLUMNS} columns"
    reach, note = "at least 5 times faster, under 100 MB", f"peak {peak:.0f} MiB, Python with openpyxl among it"
    keep(Figure(work, "openpyxl write-only, same cells", reach, took, note=note))


def measured(command: list[str], folder: Path, says: str = "") -> tuple[float, float, float]:
    """Seconds, those of a core, and peak MiB of a process, which must say so."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)  # noqa: S603  # this program itself
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - began
        said.seek(0)
        words = said.read().decode()
    if status or says not in words:
        raise SystemExit(words)
    return took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / (1024 * (1024 if sys.platform == "darwin" else 1))


def tell(what: str, size: int, found: list[tuple[float, float, float]], weight: int) -> None:
    took, cores, memory = zip(*found, strict=True)
    click.echo(
        f"  {what}: {spread(took)} s, {median(cores):.1f} of a core, "
        f"{size / median(took):,.0f} a second, peak {max(memory):.0f} MiB, "
        f"{weight / 2**20:.1f} MiB in the file"
    )


def write_rows(writer: str, count: int, target: Path) -> None:
    """Write the rows of the register alone, by one writer."""
    {"riskgen": ours, "openpyxl": plain, "openpyxl, write-only": write_only}[writer](count, target)


def a_year(count: int) -> Iterator[VisitRow]:
    """So many rows of the register, invented. They are made beforehand and taken in turn: writing is measured."""
    row = VisitRow(
        reference="",
        state="Over",
        day=None,
        start=FIRST.time(),
        minutes=40,
        purpose="There is an attendance concern",
        family="",
        visitors="Gray Invented, Lane Invented",
        visitor_count=2,
        alone="No",
        notice_hours=49,
        short_notice="No",
        after_hours="No",
        made="Yes",
        initial="Medium",
        residual="Low",
        rating="Low",
        decision="Proceed with conditions",
        outcome="Proceed with conditions",
        overridden="No",
        to_confirm=25,
        authorised_by="Avery Invented",
        authorised_at=FIRST,
        left_at=FIRST,
        due_back=FIRST,
        back_at=FIRST,
        minutes_late=0,
        check_ins=1,
        alarm="No",
        ending="Made as planned",
        concern="No",
        incident="No",
        recorded_at=FIRST,
        recorded_late="No",
        actions_open=0,
        to_look_at=0,
        after_the_fact="No",
        policy="An invented policy",
        edition="2025-09-01",
    )
    made = []
    for number in range(DIFFERENT):
        day = FIRST.date() + timedelta(days=number % 365)
        made.append(replace(row, reference=f"RA-2025-{number + 1:06}", day=day, family=f"F-{number % 400:04}"))
    return islice(cycle(made), count)


def the_sheet() -> RowSheet:
    """The sheet Register, without the columns that are left out."""
    return replace(REGISTER, columns=tuple(column for column in REGISTER.columns if column.field not in LEFT_OUT))


def ours(count: int, target: Path) -> None:
    from riskgen.workbook import annual
    from riskgen.workbook.about import About

    sheet = the_sheet()
    annual.REGISTER, annual.ROW_SHEETS = sheet, (sheet, *annual.ROW_SHEETS[1:])
    with tempfile.TemporaryDirectory() as folder, annual.AnnualRows(Path(folder), "A year", utc_now()) as rows:
        for row in a_year(count):
            rows.add(row, (), (), None, None)
        about = About("School", "A year", FIRST.date(), date(2026, 8, 31), FIRST, "", "", 0, "")
        rows.write(about, {}, target)


def plain(count: int, target: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    fill_sheet(book.active, count)
    book.save(target)


def write_only(count: int, target: Path) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    fill_sheet(book.create_sheet(), count)
    book.save(target)


def fill_sheet(sheet: Any, count: int) -> None:
    """The same cells as ours: the fields of each row, and the formula of its last column."""
    from operator import attrgetter

    from riskgen.workbook.skeleton import counted_formula

    columns = the_sheet().columns
    get = attrgetter(*(column.field for column in columns if column is not SHOWN))
    formula = f"={counted_formula(REGISTER)}"
    sheet.append([column.head for column in columns])
    for row in a_year(count):
        sheet.append([*get(row), formula])


if __name__ == "__main__":
    main()
