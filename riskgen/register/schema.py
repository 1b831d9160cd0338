"""The tables of the register, and the steps by which they came about: forward only, each whole or not at all."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from riskgen.core.struct import Struct
from riskgen.register.database import UNCHANGED, Connection, RegisterFault, fault
from riskgen.register.orm import peewee
from riskgen.register.statements import Slot, statement

APPLICATION = 0x5249534B  # RISK
"""What marks a file of SQLite as a register."""

EVENT = peewee.Table("event")
VISIT = peewee.Table("visit")
VISITOR = peewee.Table("visit_visitor")
SAFE_WORD = peewee.Table("safe_word")
SPENT_WORD = peewee.Table("spent_word")
PASSPHRASE = peewee.Table("passphrase")
META = peewee.Table("meta")
TABLES = ("event", "visit", "visit_visitor", "safe_word", "spent_word", "passphrase", "meta")
_CHECKED = 200_000_000
"""Bytes that can be looked through by each command without anybody waiting for it."""
_SETTLED = 2_000_000_000
"""Nanoseconds after which another write shows in the time of a file, however coarsely the system keeps it."""
_HOLDS = 60
"""Seconds for which a register that was found sound is not looked through again: as long as most commands take."""
_FOUND_SOUND: dict[Path, tuple[float, tuple[int, int, int]]] = {}
"""When this process last found each register sound; and which file that was, how large, and when written."""
OWN = frozenset({"application", "schema", "id", "head"})
"""Names in the table `meta` that the register keeps for itself. The first two only where no file can hold them."""


class Step(Struct, frozen=True):
    """What takes the tables from one version to the next, as statements in the words of each dialect."""

    sqlite: tuple[str, ...]
    postgresql: tuple[str, ...]


_EVENT_UNCHANGED = ["number", "subject", "happened", "at", "staff", "account", "proof", "digest", "previous", "hash"]
_COMMON = (
    "CREATE TABLE meta (name {text} PRIMARY KEY, value {text} NOT NULL)",
    """CREATE TABLE event (
        number INTEGER PRIMARY KEY, subject {text} NOT NULL, happened {text} NOT NULL, at {text} NOT NULL,
        staff {text} NOT NULL, account {text} NOT NULL, proof {text} NOT NULL, salt {blob}, body {blob},
        digest {text} NOT NULL, previous {text} NOT NULL, hash {text} NOT NULL)""",
    "CREATE INDEX event_of_subject ON event (subject, number)",
    "CREATE INDEX event_happened ON event (happened, subject)",
    """CREATE TABLE visit (
        reference {text} PRIMARY KEY, year INTEGER NOT NULL, number INTEGER NOT NULL, state {text} NOT NULL,
        family {text} NOT NULL, purpose {text} NOT NULL, outcome {text} NOT NULL, start {text} NOT NULL,
        due_back {text} NOT NULL, after_the_fact INTEGER NOT NULL, policy {text} NOT NULL, edition {text} NOT NULL,
        catalogue {text} NOT NULL, fingerprint {text} NOT NULL, UNIQUE (year, number))""",
    "CREATE INDEX visit_state ON visit (state, start)",
    "CREATE INDEX visit_start ON visit (start)",
    "CREATE INDEX visit_family ON visit (family, start)",
    "CREATE INDEX visit_outcome ON visit (outcome, start)",
    "CREATE INDEX visit_purpose ON visit (purpose, start)",
    """CREATE TABLE visit_visitor (
        reference {text} NOT NULL REFERENCES visit (reference) ON DELETE CASCADE, place INTEGER NOT NULL,
        staff {text} NOT NULL, PRIMARY KEY (reference, place))""",
    "CREATE INDEX visitor_of ON visit_visitor (staff, reference)",
    "CREATE TABLE safe_word (reference {text} PRIMARY KEY, sealed {blob} NOT NULL, mark {text} NOT NULL)",
    "CREATE TABLE spent_word (mark {text} PRIMARY KEY, used_at {text} NOT NULL)",
    "CREATE INDEX spent_when ON spent_word (used_at)",
    "CREATE TABLE passphrase (staff {text} PRIMARY KEY, hashed {text} NOT NULL)",
)
_UNCHANGED = " AND ".join(
    f"NEW.{name} {{same}} OLD.{name}"
    for name in ("number", "subject", "happened", "at", "staff", "account", "proof", "digest", "previous", "hash")
)
_ONLY_ERASED = f"NEW.salt IS NULL AND NEW.body IS NULL AND {_UNCHANGED}"
_SQLITE_TRIGGERS = (
    """CREATE TRIGGER event_in_turn BEFORE INSERT ON event
        WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM event)
        BEGIN SELECT RAISE(ABORT, 'events are added one after another'); END""",
    f"""CREATE TRIGGER event_kept BEFORE UPDATE ON event WHEN NOT ({_ONLY_ERASED.format(same="IS")})
        BEGIN SELECT RAISE(ABORT, 'events are never changed'); END""",
    """CREATE TRIGGER event_stays BEFORE DELETE ON event
        BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END""",
)
_POSTGRESQL_TRIGGERS = (
    f"""CREATE FUNCTION event_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.number = (SELECT coalesce(max(number), 0) + 1 FROM event) THEN RETURN NEW; END IF;
        ELSIF TG_OP = 'UPDATE' THEN
            IF {_ONLY_ERASED.format(same="IS NOT DISTINCT FROM")} THEN RETURN NEW; END IF;
        END IF;
        RAISE EXCEPTION 'events are added one after another, and never changed or deleted';
    END $$""",  # noqa: S608  # our own names
    """CREATE TRIGGER event_kept BEFORE INSERT OR UPDATE OR DELETE ON event
        FOR EACH ROW EXECUTE FUNCTION event_guard()""",
    """CREATE TRIGGER event_stays BEFORE TRUNCATE ON event
        FOR EACH STATEMENT EXECUTE FUNCTION event_guard()""",
)
STEPS: tuple[Step, ...] = (
    Step(
        tuple(statement.format(text="TEXT", blob="BLOB") for statement in _COMMON) + _SQLITE_TRIGGERS,
        # by bytes, as SQLite sorts, whatever the language of the server
        tuple(statement.format(text='TEXT COLLATE "C"', blob="BYTEA") for statement in _COMMON) + _POSTGRESQL_TRIGGERS,
    ),
)
"""The version of the tables is the number of steps that have been taken."""


def build(connection: Connection, version: int) -> None:
    """All tables of a version, in an empty database, within a transaction of the caller's."""
    for number in range(1, version + 1):
        _take(connection, number)
    if connection.path:
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
    else:
        put_meta(connection, "application", str(APPLICATION))


def check(connection: Connection) -> int:
    """The version of the tables. Raises `RegisterFault` for what is no register, is damaged or is newer than this.

    Within a transaction of the caller's.
    """
    if connection.path:
        marked, version = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
        )
        if marked != APPLICATION:
            raise fault("foreign", connection.place, UNCHANGED)
        if not _still_sound(connection, connection.path):
            raise fault("damaged", connection.place, UNCHANGED)
    else:
        if not (there := tables(connection)):
            raise fault("missing", "the address in school.yaml", UNCHANGED)
        if not {"event", "meta"} <= there or get_meta(connection, "application") != str(APPLICATION):
            raise fault("foreign", connection.place, UNCHANGED)
        version = version_of(connection)
    if version > len(STEPS):
        message = (
            f"A newer riskgen wrote {connection.place} (version {version} of its tables; this one knows {len(STEPS)}). "
            f"Install the newer riskgen on this computer too. {UNCHANGED}"
        )
        raise RegisterFault("newer", message)
    return int(version)


def _still_sound(connection: Connection, path: Path) -> bool:
    """`sound`, not looked into again for a while if nobody has written: a command opens its register three times."""
    status, now = path.stat(), time.monotonic()
    state = (status.st_ino, status.st_size, status.st_mtime_ns)
    when, before = _FOUND_SOUND.get(path, (now, None))
    if before == state and now - when < _HOLDS:
        return True
    if not sound(connection):
        return False
    if time.time_ns() - status.st_mtime_ns > _SETTLED:
        _FOUND_SOUND[path] = now, state
    return True


def sound(connection: Connection, *, whole: bool = False) -> bool:
    """Whether SQLite finds its file in order. Of a large file only the small tables are looked at, unless `whole`."""
    if connection.path is None:
        return True  # a server looks after itself
    size, count = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count"))
    if connection.path.stat().st_size < size * count:  # SQLite would read a last page that is cut as if it were blank
        return False
    parts = [""] if whole or size * count <= _CHECKED else [f"({table})" for table in TABLES if table != "event"]
    return all(connection.execute(f"PRAGMA quick_check{part}").fetchone()[0] == "ok" for part in parts)


def tables(connection: Connection) -> set[str]:
    """Those of the register's tables that are there, on PostgreSQL, as the transaction sees it.

    `to_regclass` would not do: it sees a table that somebody else has made since the transaction began, and then not
    what is in it.
    """
    found = connection.execute(
        "SELECT relname::text FROM pg_catalog.pg_class "
        "WHERE relkind = 'r' AND relname = ANY(%s) AND pg_catalog.pg_table_is_visible(oid)",
        list(TABLES),
    )
    return {str(name) for (name,) in found.fetchall()}


def version_of(connection: Connection) -> int:
    if connection.path:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    return int(get_meta(connection, "schema") or 0)


def migrate(connection: Connection, keep: Callable[[int], object]) -> None:
    """Take the steps that are due, each in its own transaction, after `keep` has made a copy for the first of them."""
    with connection.reading():
        taken = version_of(connection)
    if taken < len(STEPS):
        keep(taken + 1)
    for number in range(taken + 1, len(STEPS) + 1):
        with connection.writing():
            if version_of(connection) == number - 1:  # else somebody else was quicker
                _take(connection, number)


@statement
def _meta() -> Any:
    return META.select(META.c.value).where(META.c.name == Slot("name"))


def get_meta(connection: Connection, name: str) -> str | None:
    found = connection.ask(_meta(), name=name)
    return str(found[0][0]) if found else None


def put_meta(connection: Connection, name: str, value: str) -> None:
    upsert(connection, META, "name", {"name": name, "value": value})


def upsert(connection: Connection, table: peewee.Table, key: str, values: Mapping[str, object]) -> None:
    """Put a row in, or change all of the row that has its key."""
    connection.do(_upsert(table, key, tuple(values)), **values)


@statement
def _upsert(table: peewee.Table, key: str, names: tuple[str, ...]) -> Any:
    others = [getattr(table.c, name) for name in names if name != key]
    return _inserting(table, names).on_conflict(conflict_target=[getattr(table.c, key)], preserve=others)


def insert(connection: Connection, table: peewee.Table, values: Mapping[str, object]) -> None:
    """Put a row in."""
    connection.do(_insert(table, tuple(values)), **values)


@statement
def _insert(table: peewee.Table, names: tuple[str, ...]) -> Any:
    return _inserting(table, names)


def _inserting(table: peewee.Table, names: tuple[str, ...]) -> Any:
    return table.insert({getattr(table.c, name): Slot(name) for name in names})


def _take(connection: Connection, number: int) -> None:
    step = STEPS[number - 1]
    for text in step.sqlite if connection.path else step.postgresql:
        connection.execute(text)
    if connection.path:
        connection.execute(f"PRAGMA user_version = {number}")
    else:
        put_meta(connection, "schema", str(number))
