"""How a register is, below what it says: its version, its size, and whether the database is as it was made."""

from datetime import datetime
from typing import TYPE_CHECKING

from riskgen.core.struct import Struct
from riskgen.register.chain import moment
from riskgen.register.orm import peewee
from riskgen.register.schema import EVENT, TABLES, VISIT, tables, version_of

if TYPE_CHECKING:
    from riskgen.register.store import Register

_GUARDS = {"sqlite": {"event_in_turn", "event_kept", "event_stays"}, "postgresql": {"event_kept", "event_stays"}}
"""The triggers that keep events from being changed."""
_SHOWN = 5
"""Faults that the database is asked to name."""


class Health(Struct, frozen=True):
    """`version` is that of the tables; `latest` the latest time of any event, aware, in UTC; `wrong` says in words
    what is not as it was made.
    """

    version: int
    events: int
    visits: int
    latest: datetime | None
    wrong: tuple[str, ...]


def examine(register: "Register") -> Health:
    """Look at the whole database. Takes longer than opening it does. Raises `RegisterFault`."""
    connection = register.connection
    with connection.reading():
        wrong = []
        if register.path:
            found = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({_SHOWN})").fetchall()]
            if found != ["ok"]:
                wrong.append("the database itself is damaged")
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        else:
            missing = sorted(set(TABLES) - tables(connection))
            wrong += [f"the table {name} is missing" for name in missing]
            rows = connection.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass('event') AND tgenabled IN ('O', 'A')"
            ).fetchall()
        gone = sorted(_GUARDS[register.dialect] - {str(row[0]) for row in rows})
        wrong += [f"the guard {name}, which keeps events from being changed, is gone" for name in gone]
        events, latest = connection.rows(EVENT.select(peewee.fn.COUNT(EVENT.c.number), peewee.fn.MAX(EVENT.c.at)))[0]
        visits = connection.rows(VISIT.select(peewee.fn.COUNT(VISIT.c.reference)))[0][0]
        return Health(version_of(connection), events, visits, _moment(latest), tuple(wrong))


def _moment(text: str | None) -> datetime | None:
    """A time as it is written, or None where somebody has written something else; the check of the chain tells."""
    try:
        return moment(text) if text else None
    except ValueError:
        return None
