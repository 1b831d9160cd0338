"""How long a batch takes, with one process and with two, and how much memory: `python benchmarks/batch.py --help`."""

import base64
import json
import os
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import click
from results import Figure, in_turn, keep, machine, ratios

from riskgen.core.visit import Who
from riskgen.files.cache import VARIABLE
from riskgen.intake.sheet import Sheet
from riskgen.register.key import KEY_VARIABLE
from riskgen.service.batch import check_rows
from riskgen.service.batch_record import record_rows
from riskgen.service.batch_rows import Entered, entered
from riskgen.service.desk import open_desk
from riskgen.service.homes import Home, make_home, open_home
from riskgen.service.intake_sheet import Row
from riskgen.service.visits import Request, gather
from riskgen.service.workers import Workers, here, processes

FAMILY, VISIT = "families/F-0123.yaml", "visits-planned/visit-F-0123.yaml"
OFFICE = Who("S-10", "office", "account")
MEBIBYTE = 2**20 if sys.platform == "darwin" else 2**10
"""Units of what the system says of memory."""


@click.command()
@click.option("--rows", default=2000, show_default=True, help="Rows with one process and with two, in turn.")
@click.option("--times", default=3, show_default=True, help="How often, in turn.")
@click.option("--growth", multiple=True, type=int, help="So many rows too, with two processes, once each.")
@click.option("--one", type=int, hidden=True, help="Measure this many rows in this very process.")
@click.option("--jobs", default=1, hidden=True)
def main(rows: int, times: int, growth: tuple[int, ...], one: int | None, jobs: int) -> None:
    """Assess and record rows, their forms filled, in a school that is made for it and taken away again."""
    if one:
        click.echo(json.dumps(_measure(one, jobs)))
        return
    click.echo(machine())
    names = ("rows", "jobs", "check s", "record s", "rows/s", "ms here", "ms workers", "MiB here", "MiB a worker")
    click.echo("\n" + "".join(f"{name:>13}" for name in names))
    with tempfile.TemporaryDirectory(prefix="riskgen-benchmark-") as folder:
        os.environ[VARIABLE] = folder  # warm for all but the first
        taken = in_turn({"one": lambda: _told(rows, 1), "two": lambda: _told(rows, 2)}, times)
        grown = {count: _told(count, 2) for count in growth}
    work = f"Batch of {rows:,} visits, three forms each, two processes"
    keep(Figure(work, "the same with one", "at least 1.8 times", ratios(taken["one"], taken["two"])))
    if grown:
        each = ", ".join(f"{count:,}: {1000 * seconds / count:.1f}" for count, seconds in grown.items())
        keep(Figure("Batch, two processes, milliseconds a visit", "", "growth linear from 500 to 8,000", said=each))


def _told(count: int, jobs: int) -> float:
    """Seconds that so many rows took, in a process of its own."""
    command = [sys.executable, __file__, "--one", str(count), "--jobs", str(jobs)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603  # this very file
    found = json.loads(done.stdout)
    seconds: float = found[0] + found[1]
    figures = [*(f"{each:.1f}" for each in found[:2]), f"{count / seconds:.2f}", *(f"{each:.0f}" for each in found[2:])]
    click.echo("".join(f"{each:>13}" for each in (count, jobs, *figures)))
    sys.stdout.flush()
    return seconds


def _measure(count: int, jobs: int) -> tuple[float, ...]:
    """Seconds to check and to record; milliseconds of a core for each row, here and in processes that were started, and
    the most memory of this process and of any of those.
    """
    os.environ[KEY_VARIABLE] = base64.b64encode(secrets.token_bytes(32)).decode()
    with tempfile.TemporaryDirectory(prefix="riskgen-benchmark-") as folder:
        make_home(Path(folder, "school"), "bchs", force=False)
        home = open_home(Path(folder, "school"))
        rows = _rows(home, count)
        crew = here if jobs == 1 else partial(processes, jobs)
        with open_desk(home.folder, home.school) as desk, Workers(crew, lambda: False) as workers:
            began = time.perf_counter()
            checked = check_rows(home, desk, rows, workers, lambda _: None)
            between = time.perf_counter()
            output = Path(folder, "packs")
            done = sum(1 for _ in record_rows(home, desk, OFFICE, checked, workers, output, lambda: False))
            ended = time.perf_counter()
        if done != count or len(list(output.iterdir())) != count:
            raise SystemExit(f"{done} rows were recorded instead of {count}.")
    used = [resource.getrusage(kind) for kind in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    busy = [(each.ru_utime + each.ru_stime) * 1000 / count for each in used]
    return between - began, ended - between, *busy, *(each.ru_maxrss / MEBIBYTE for each in used)


def _rows(home: Home, count: int) -> tuple[Entered, ...]:
    """Well-prepared visits, each to a family of its own, half an hour apart."""
    given = gather(home, Request((home.folder / FAMILY, home.folder / VISIT)))
    first = (home.now() + timedelta(days=30)).replace(hour=10, minute=30)

    def row(number: int) -> Row:
        new = {"family.reference": f"F-{number:05}", "visit.start": _school_day(first, number)}
        values = {**given.answers, **new}
        places = dict.fromkeys(values, ("visits.xlsx", number))
        return Row(number + 5, Sheet("visits.xlsx", values, frozenset(values), given.visitors, places))

    return entered(home, map(row, range(count)))


def _school_day(first: datetime, number: int) -> datetime:
    return first + timedelta(days=number % 365, minutes=number // 365 % 3 * 10)


if __name__ == "__main__":
    main()
