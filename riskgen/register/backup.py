"""Copies of the register, and the room that erased words leave."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from riskgen.core.struct import Struct
from riskgen.register.chain import NOTHING_BEFORE
from riskgen.register.database import UNCHANGED, WAIT, Connection, RegisterFault, connect_sqlite, making
from riskgen.register.schema import EVENT, OWN, TABLES, build, sound, version_of

if TYPE_CHECKING:
    from riskgen.register.store import Register

_ROWS = 500
"""Rows that are taken from the server at a time."""
_OF_THE_SERVER = OWN - {"id", "head"}
"""What a file of SQLite keeps in its head, and a server in the table `meta`."""


class BackupResult(Struct, frozen=True):
    """A copy that was read back: how many events it holds, the hash of the last, and its size in bytes."""

    path: Path
    events: int
    head: str
    size: int


def back_up(register: "Register", target: Path) -> BackupResult:
    """A copy as a file of SQLite, as the register stood at one moment: complete or absent, for its owner only.

    Raises `WouldOverwrite` if something of that name is there, and `RegisterFault`.
    """
    return copy(register.connection, target)


def copy(connection: Connection, target: Path) -> BackupResult:
    """The same, before there is a register to speak of: a copy that is taken before a migration."""
    with making(target) as temporary:
        with connection.reading():
            end = _end(connection)
            if connection.path:
                with closing(connect_sqlite(temporary, fresh=True)) as into:
                    connection.database.connection().backup(into.database.connection())
            else:
                _copy_rows(connection, temporary)
        with closing(connect_sqlite(temporary, read_only=True)) as made, made.reading():
            if not sound(made, whole=True) or _end(made) != end:
                message = f"The copy did not turn out the same as {connection.place}. Try again. Nothing was written."
                raise RegisterFault("other", message)
        size = temporary.stat().st_size
    return BackupResult(target, *end, size)


def compact(register: "Register") -> None:
    """Give back the room of what was erased, so that nothing of it stays. Nobody else can use it meanwhile."""
    connection = register.connection
    with connection.in_words(UNCHANGED):
        connection.database.connect(reuse_if_open=True)
        if connection.path:
            connection.execute("VACUUM")
        else:
            connection.execute(f"SET lock_timeout = {int(WAIT * 1000)}")
            for table in TABLES:
                connection.execute(f"VACUUM FULL {table}")


def _end(connection: Connection) -> tuple[int, str]:
    """The number and the hash of the last event. Events have no gaps, so that the number counts them."""
    found = connection.rows(EVENT.select(EVENT.c.number, EVENT.c.hash).order_by(EVENT.c.number.desc()).limit(1))
    return (int(found[0][0]), str(found[0][1])) if found else (0, NOTHING_BEFORE)


def _copy_rows(connection: Connection, path: Path) -> None:
    """All rows of the server, into tables of the same version, be it old or new."""
    with closing(connect_sqlite(path, fresh=True)) as into, into.writing():
        into.execute("PRAGMA defer_foreign_keys = ON")  # in whatever order the tables come
        build(into, version_of(connection))
        kept = into.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in kept:
            if table != "event":
                into.execute(f"DELETE FROM {table}")  # noqa: S608  # what a step has put in
            columns = into.execute("SELECT name, pk FROM pragma_table_info(?)", table).fetchall()
            names = ", ".join(name for name, _ in columns)
            keys = ", ".join(name for name, place in sorted(columns, key=lambda column: column[1]) if place)
            marks = ", ".join("?" * len(columns))
            insert = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  # our own names
            every = f"SELECT {names} FROM {table} ORDER BY {keys}"  # noqa: S608  # our own names
            connection.execute(f"DECLARE rows_of_{table} CURSOR FOR {every}")
            while rows := connection.execute(f"FETCH {_ROWS} FROM rows_of_{table}").fetchall():
                if table == "meta":
                    rows = [row for row in rows if row[0] not in _OF_THE_SERVER]
                into.database.connection().executemany(insert, rows)
