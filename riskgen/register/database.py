"""Connections to SQLite and PostgreSQL: opened with care, one writer at a time, and every fault in words.

SQLite keeps the register in one file, which only its owner may read. PostgreSQL keeps it on a server, for
several people at several desks. Above this module the two look the same.
"""

import errno
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from riskgen.files.disk import name_unless_taken, settle_names, temporary_beside
from riskgen.files.publish import WouldOverwrite
from riskgen.register.orm import ServerDatabase, peewee
from riskgen.register.statements import Statement

logging.getLogger("peewee").setLevel(logging.WARNING)  # it would log what is stored, word by word

WAIT = 15.0
"""Seconds to wait for another writer."""
_CONNECT_WAIT = 10
_STATEMENT_WAIT = 60
"""Seconds after which a server that does not answer, or is busy with one question, is given up."""
_LOCK = 0x5249534B  # RISK
"""The advisory lock that the one writer to PostgreSQL holds."""
_PRAGMAS = {
    "foreign_keys": "ON",
    "recursive_triggers": "ON",  # else INSERT OR REPLACE would delete without the triggers knowing
    "secure_delete": "ON",
    "trusted_schema": "OFF",
    "temp_store": "MEMORY",  # no answers in temporary files
    "synchronous": "FULL",
}
UNCHANGED = "Nothing was changed."
_UNSAVED = "Nothing was saved."
_UNKNOWN = "Whether the last step was saved is not known: look it up with `riskgen list` before you do it again."
_WORDS = {
    "missing": "There is no register at {place}. The first `riskgen assess` makes one; or check the address in "
    "school.yaml.",
    "foreign": "{place} is not a register of riskgen. Check the address of the register in school.yaml.",
    "damaged": "{place} is damaged. Restore the last backup (`riskgen backup` makes them), or ask for help with a "
    "copy of the file; do not mend the file itself.",
    "locked": "{place} was in use by another program for {wait:g} seconds. Try again in a minute. If it goes on, see "
    "whether riskgen or a backup program still runs on any computer that uses this register.",
    "read-only": "{place} cannot be opened or written to by you. Ask who looks after the folder or the server.",
    "full": "The disk of {place} is full. Make room, and try again.",
    "unreachable": "The server of the register does not answer, or does not let you in. Check the network and the "
    "address in school.yaml; a password may come from PGPASSWORD or .pgpass. Then try again.",
    "driver": 'A register on PostgreSQL needs one more library. Install it with `pip install "riskgen[postgresql]"`.',
    "other": "{place} could not do what was asked ({name}). Try again; if it happens again, ask for help.",
}
_SQLITE = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_READONLY: "read-only",
    sqlite3.SQLITE_PERM: "read-only",
    sqlite3.SQLITE_CANTOPEN: "read-only",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "foreign",
    sqlite3.SQLITE_FULL: "full",
}
_POSTGRESQL = {
    "08": "unreachable",
    "25006": "read-only",
    "28": "unreachable",
    "3D000": "missing",
    "40": "locked",
    "42501": "read-only",
    "42703": "damaged",
    "42P01": "damaged",
    "53100": "full",
    "53300": "unreachable",
    "55P03": "locked",
    "57014": "locked",
    "57P": "unreachable",
    "XX001": "damaged",
    "XX002": "damaged",
}
"""Faults by the beginning of the server's SQLSTATE."""
_ERRNO = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EACCES: "read-only",
    errno.EPERM: "read-only",
    errno.EROFS: "read-only",
    errno.ENOENT: "missing",
}


class RegisterFault(Exception):  # noqa: N818  # named for what it is
    """The register cannot be used. `str()` of it is a whole message for people; `code` is one of a fixed set:

    missing, foreign, newer, damaged, locked, read-only, full, synced, unreachable, driver, key-missing,
    key-wrong, key-open, other.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def fault(code: str, place: str, ending: str, name: str = "", wait: float | None = None) -> RegisterFault:
    """A fault in the words of this module; `ending` says what was saved."""
    words = _WORDS[code].format(place=place, wait=WAIT if wait is None else wait, name=name)
    return RegisterFault(code, f"{words[0].upper()}{words[1:]} {ending}")


class Connection:
    """One open connection. Queries are Peewee's; `reading` and `writing` are the only ways to run them."""

    def __init__(self, database: peewee.Database, path: Path | None, read_only: bool, wait: float) -> None:
        self.database: Any = database  # its stubs leave most of it untyped
        self.path = path
        self.read_only = read_only
        self.wait = wait
        self.dialect = "postgresql" if path is None else "sqlite"
        self.place = "the register on the server" if path is None else f"the register {path}"
        self._busy = False

    def execute(self, statement: str, *values: Any) -> Any:
        """Run a statement as it stands, with the dialect's own marks for values; a cursor."""
        return self.database.execute_sql(statement, values)

    def run(self, query: Any) -> Any:
        """Run a query of Peewee that changes something; the number of rows where that is known."""
        return query.execute(self.database)

    def rows(self, query: Any) -> list[tuple[Any, ...]]:
        """What a query of Peewee finds."""
        return list(query.tuples().execute(self.database))

    def do(self, statement: Statement, **values: Any) -> int:
        """As `run`, by a statement and the values for its slots."""
        return int(self.database.execute_sql(*statement.in_sql(self.database, values)).rowcount)

    def ask(self, statement: Statement, **values: Any) -> list[tuple[Any, ...]]:
        """As `rows`, by a statement and the values for its slots."""
        found: list[tuple[Any, ...]] = self.database.execute_sql(*statement.in_sql(self.database, values)).fetchall()
        return found

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One snapshot: nothing that others write meanwhile is seen."""
        with self._transaction(UNCHANGED, "BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"):
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One writer at a time. All of it is saved at the end, or nothing."""
        if self.read_only:
            message = f"Nothing can be written: {self.place} was opened for reading only. {_UNSAVED}"
            raise RegisterFault("read-only", message)
        # READ COMMITTED, because a snapshot would be older than the lock that was waited for
        with self._transaction(_UNSAVED, "BEGIN IMMEDIATE", "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE"):
            if self.path is None:
                self.execute("SELECT pg_advisory_xact_lock(%s)", _LOCK)
            yield

    @contextmanager
    def in_words(self, ending: str) -> Iterator[None]:
        """Turn what the drivers raise into `RegisterFault`. Their own words may hold answers or a password."""
        try:
            yield
        except Exception as error:
            known = _fault_of(error, self.place, ending, self.wait)
            if known is None:
                raise
            if known.code == "unreachable":
                self.close()  # the next transaction makes a new connection
            raise known from None

    def close(self) -> None:
        with suppress(Exception):  # a connection that is broken already
            self.database.close()

    @contextmanager
    def _transaction(self, ending: str, sqlite: str, postgresql: str) -> Iterator[None]:
        if self._busy:
            raise RuntimeError("A transaction is open already.")
        with self.in_words(ending):
            self.database.connect(reuse_if_open=True)
            self._busy = True
            try:
                if self.path:
                    self.execute(sqlite)
                else:
                    self.execute(postgresql)
                    self.execute(
                        "SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true), "
                        "set_config('idle_in_transaction_session_timeout', %s, true), "
                        "set_config('synchronous_commit', 'on', true)",
                        str(int(self.wait * 1000)),
                        *(2 * [str(_STATEMENT_WAIT * 1000)]),
                    )
                yield
                self._commit()
            except BaseException:
                with suppress(Exception):  # SQLite has rolled back by itself after some faults
                    self.execute("ROLLBACK")
                raise
            finally:
                self._busy = False

    def _commit(self) -> None:
        with self.in_words(_UNSAVED if self.path else _UNKNOWN):
            done = self.execute("COMMIT")
        if getattr(done, "statusmessage", "COMMIT") != "COMMIT":  # so PostgreSQL answers after a fault inside
            raise fault("other", self.place, _UNSAVED, "a step failed")


def connect_sqlite(
    path: Path, *, read_only: bool = False, fresh: bool = False, wait: float | None = None
) -> Connection:
    """Open a file that is there; none is ever made. `fresh` is for one that is being built under another name.

    `wait`: seconds for which another writer is waited for, if not the usual ones.
    """
    wait = WAIT if wait is None else wait
    absolute = path.absolute()
    posix = absolute.as_posix()
    name = f"file://{'' if posix.startswith('/') else '/'}{quote(posix)}?mode={'ro' if read_only else 'rw'}"
    pragmas = {**_PRAGMAS, "journal_mode": "MEMORY" if fresh else "DELETE"}
    database = peewee.SqliteDatabase(name, pragmas=pragmas, timeout=wait, uri=True, thread_safe=False)
    connection = Connection(database, absolute, read_only, wait)
    with connection.in_words(UNCHANGED):
        database.connect()
    return connection


def connect_postgresql(url: str, *, read_only: bool = False, wait: float | None = None) -> Connection:
    """Connect to the server; `wait` as for a file. No message ever tells the address, which may hold a password."""
    if not url.startswith("postgresql://"):
        message = f"The address of a register on a server begins with postgresql://, and this does not. {UNCHANGED}"
        raise RegisterFault("other", message)
    wait = WAIT if wait is None else wait
    try:
        database = ServerDatabase(url, thread_safe=False, connect_timeout=min(_CONNECT_WAIT, int(wait)))
    except ImportError:
        raise fault("driver", "", UNCHANGED) from None
    connection = Connection(database, None, read_only, wait)
    with connection.in_words(UNCHANGED):
        database.connect()
    return connection


@contextmanager
def making(target: Path) -> Iterator[Path]:
    """An empty file beside the target, for its owner only. It gets the target's name if all goes well, else it goes.

    Raises `WouldOverwrite` if something of that name is there, at the beginning or at the end.
    """
    temporary = temporary_beside(target)
    taken = WouldOverwrite(f"Already there: {target}. Choose another name. Nothing was written.", (target,))
    if os.path.lexists(target):
        raise taken
    try:
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield temporary
        try:
            name_unless_taken(temporary, target)
        except FileExistsError:
            raise taken from None
        settle_names(target.parent)
    except OSError as error:
        code = _ERRNO.get(error.errno or 0, "other")
        if code == "missing":
            message = f"There is no folder {target.parent}. Make it first. Nothing was written."
            raise RegisterFault(code, message) from None
        raise fault(code, str(target), "Nothing was written.", error.strerror or "") from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def _fault_of(error: Exception, place: str, ending: str, wait: float) -> RegisterFault | None:
    """The fault that a driver's exception stands for; None if it is none of theirs."""
    error = getattr(error, "orig", error)  # what Peewee has wrapped
    if isinstance(error, sqlite3.Error):
        number = getattr(error, "sqlite_errorcode", 0)
        code = _SQLITE.get(number & 0xFF, "damaged" if "no such" in str(error) else "other")
        return fault(code, place, ending, getattr(error, "sqlite_errorname", type(error).__name__), wait)
    if type(error).__module__.partition(".")[0] == "psycopg":  # which is not imported for SQLite
        state = getattr(error, "sqlstate", None) or ""
        lost = (
            "unreachable"
            if not state and type(error).__name__ in ("OperationalError", "ConnectionTimeout")
            else "other"
        )
        code = next((code for prefix, code in _POSTGRESQL.items() if state.startswith(prefix)), lost)
        return fault(code, place, ending, state or type(error).__name__, wait)
    if isinstance(error, peewee.PeeweeException):
        return fault("other", place, ending, type(error).__name__)
    return None
