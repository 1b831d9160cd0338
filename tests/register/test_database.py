"""Faults of the register: each is said in words, with nothing lost and nothing made by accident."""

import hashlib
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import textwrap
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from riskgen.core.visit import Happened, Who
from riskgen.register import database, schema, store
from riskgen.register.database import Connection, RegisterFault, connect_sqlite
from riskgen.register.store import Register, create_register, open_register

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
NEEDS_POSIX = pytest.mark.skipif(os.name != "posix", reason="Windows keeps permissions in another way")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed register of SQLite with enough in it to fill some pages."""
    where = tmp_path / "a school" / "register#1?.db"
    where.parent.mkdir()
    with create_register(where, AT, {}, Who()) as register, register.write() as writer:
        for number in range(60):
            writer.append(f"F-{number:04}", Happened.MARKED, AT, Who(), {"x": noise(number, 900).hex()})
    return where


def noise(seed: int, size: int) -> bytes:
    """Bytes that do not compress, and are the same each time."""
    return hashlib.shake_128(bytes([seed])).digest(size)


def fault_of_opening(where: Path | str, code: str, *, read_only: bool = False) -> str:
    """Open what cannot be opened, see the code, and give the message."""
    with pytest.raises(RegisterFault) as raised:
        open_register(where, read_only=read_only)
    assert raised.value.code == code
    assert str(raised.value).endswith("Nothing was changed.")
    return str(raised.value)


# --- files that are no register, or no longer one ----------------------------------------------------


@pytest.mark.parametrize("read_only", [True, False])
def test_a_missing_register_is_said_and_never_made(tmp_path: Path, read_only: bool) -> None:
    where = tmp_path / "register.db"
    assert str(where) in fault_of_opening(where, "missing", read_only=read_only)
    assert list(tmp_path.iterdir()) == []


def _text(path: Path) -> None:
    path.write_text("Dear all, " * 1000)


def _other_database(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE song (name TEXT)")


def _other_mark(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA application_id = 7")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"PRAGMA user_version = {len(schema.STEPS) + 1}")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _half(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _cut_within_a_page(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _head_only(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _random_page(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for page in range(len(content) // 4096 - 8, len(content) // 4096):  # where the events are
        content[page * 4096 : page * 4096 + 200] = noise(page, 200)
    path.write_bytes(content)


def _no_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE meta")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_text, "foreign"),
        (_other_database, "foreign"),
        (_other_mark, "foreign"),
        (_folder, "foreign"),
        (_newer, "newer"),
        (_empty, "damaged"),
        (_half, "damaged"),
        (_cut_within_a_page, "damaged"),
        (_head_only, "damaged"),
        (_random_page, "damaged"),
        (_no_tables, "damaged"),
    ],
)
@pytest.mark.parametrize("read_only", [True, False])
def test_what_is_no_sound_register_is_left_as_it_is(path: Path, spoil: object, code: str, read_only: bool) -> None:
    assert callable(spoil)
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    message = fault_of_opening(path, code, read_only=read_only)
    assert path.name in message
    assert ("riskgen backup" in message) is (code == "damaged")
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_large_register_has_its_small_tables_looked_at(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_CHECKED", 0)
    _random_page(path)
    open_register(path).close()
    connection = connect_sqlite(path, read_only=True)
    with pytest.raises(RegisterFault, match="is damaged"), closing(connection), connection.reading():
        schema.sound(connection, whole=True)


def test_a_register_is_looked_through_once_while_nobody_writes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked, look = [], schema.sound

    def counted(connection: Connection) -> bool:
        looked.append(connection)
        return look(connection)

    monkeypatch.setattr(schema, "sound", counted)
    open_register(path).close()
    open_register(path).close()
    assert len(looked) == 2  # it was written a moment ago, and the next write might not show
    long_ago = path.stat().st_mtime - 60
    os.utime(path, (long_ago, long_ago))
    open_register(path).close()
    open_register(path, read_only=True).close()
    assert len(looked) == 3
    status = path.stat()
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
    copy.replace(path)  # another file, of the same size and time
    open_register(path).close()
    assert len(looked) == 4
    with path.open("ab") as file:
        file.write(b"\0")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))  # another size
    open_register(path).close()
    assert len(looked) == 5
    _random_page(path)
    fault_of_opening(path, "damaged")
    assert len(looked) == 6


def test_whoever_watches_looks_again_even_where_nothing_shows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.utime(path, ns=(0, 0))
    open_register(path).close()
    _random_page(path)
    os.utime(path, ns=(0, 0))
    open_register(path).close()
    monkeypatch.setattr(schema, "_HOLDS", 0)
    fault_of_opening(path, "damaged")


def test_a_page_that_cannot_be_read_later_is_a_fault_in_words(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "sound", lambda *_: True)
    _random_page(path)
    with open_register(path) as register, pytest.raises(RegisterFault) as raised, register.read() as reader:
        list(reader.all_events())
    assert raised.value.code == "damaged"


# --- who may read and write ---------------------------------------------------------------------------


@contextmanager
def as_nobody() -> Iterator[None]:
    """As somebody whom permissions stop, if the tests run as root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that an ordinary user can reach, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="rg-") as name:
        Path(name).chmod(0o777)  # it is theirs for a moment
        yield Path(name)
        Path(name).chmod(0o700)


@NEEDS_POSIX
@pytest.mark.parametrize(
    ("file", "folder"), [(0o400, 0o700), (0o600, 0o500)], ids=["a file that is read-only", "a folder that is read-only"]
)
def test_a_register_that_may_not_be_written_is_said_on_opening(open_folder: Path, file: int, folder: int) -> None:
    with as_nobody():
        home = open_folder / "school"
        home.mkdir()
        where = home / "register.db"
        create_register(where, AT, {}, Who()).close()
        where.chmod(file)
        home.chmod(folder)
        try:
            fault_of_opening(where, "read-only")
            with open_register(where, read_only=True) as register, register.read() as reader:
                assert reader.last() is not None
        finally:
            home.chmod(0o700)


@NEEDS_POSIX
def test_a_register_that_may_not_even_be_read_is_said(open_folder: Path) -> None:
    with as_nobody():
        where = open_folder / "register.db"
        create_register(where, AT, {}, Who()).close()
        where.chmod(0)
        fault_of_opening(where, "read-only", read_only=True)


@NEEDS_POSIX
def test_only_its_owner_may_read_the_register_and_its_journal(path: Path) -> None:
    with open_register(path) as register, register.write() as writer:
        writer.append("", Happened.BACKED_UP, AT, Who(), {})
        register.connection.execute("PRAGMA cache_spill = 1")
        modes = {item.name: stat.S_IMODE(item.stat().st_mode) for item in path.parent.iterdir()}
    assert modes == {path.name: 0o600, f"{path.name}-journal": 0o600}


def test_sqlite_is_set_to_lose_and_to_leave_nothing(path: Path) -> None:
    wanted = {"journal_mode": "delete", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}
    wanted |= {"secure_delete": 1, "trusted_schema": 0, "temp_store": 2, "busy_timeout": 15000}
    with open_register(path) as register, register.read():
        assert {name: register.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted} == wanted


# --- while it is in use -----------------------------------------------------------------------------


def test_who_waits_too_long_for_another_writer_is_told(
    register: Register, where: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAIT", 0.2)
    with register.write() as writer:
        writer.append("", Happened.BACKED_UP, AT, Who(), {})
        with open_register(where) as other, pytest.raises(RegisterFault) as raised, other.write():
            pytest.fail("two writers at once")
    assert raised.value.code == "locked"
    assert "0.2 seconds" in str(raised.value)
    assert str(raised.value).endswith("Nothing was saved.")
    with register.read() as reader:
        assert [event.happened for event in reader.all_events()] == [Happened.STARTED, Happened.BACKED_UP]


def test_a_writer_whom_a_reader_keeps_waiting_saves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "WAIT", 0.2)
    with open_register(path) as register, open_register(path) as other:
        with other.read() as reader:
            assert len(list(reader.all_events())) == 61
            with pytest.raises(RegisterFault) as raised, register.write() as writer:
                writer.append("", Happened.BACKED_UP, AT, Who(), {})
        assert raised.value.code == "locked"
        with register.write() as writer:
            assert writer.append("", Happened.BACKED_UP, AT, Who(), {}).number == 62


def test_a_full_disk_saves_nothing(path: Path) -> None:
    with open_register(path) as register:
        pages = register.connection.execute("PRAGMA page_count").fetchone()[0]
        register.connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(RegisterFault) as raised, register.write() as writer:
            writer.append("", Happened.BACKED_UP, AT, Who(), {"x": noise(1, 400_000).hex()})
        assert raised.value.code == "full"
        assert str(raised.value).endswith("Nothing was saved.")
        with register.read() as reader:
            assert len(list(reader.all_events())) == 61
            assert reader.verify() == ()


DIE = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from riskgen.core.visit import Happened, Who
from riskgen.register.store import open_register

register = open_register(Path(sys.argv[1]))
with register.write() as writer:
    register.connection.execute("PRAGMA cache_size = 2")
    for number in range(300):
        writer.append("F-0001", Happened.MARKED, datetime(2026, 3, 2, tzinfo=UTC), Who(), {"x": os.urandom(900).hex()})
    os.kill(os.getpid(), signal.SIGKILL)
"""


@NEEDS_POSIX
@pytest.mark.parametrize("read_only", [True, False])
def test_what_a_program_that_was_killed_left_half_done_is_undone(path: Path, read_only: bool) -> None:
    size = path.stat().st_size
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(DIE), str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.stat().st_size > size  # half of it was in the file already
    assert path.with_name(f"{path.name}-journal").exists()
    with open_register(path, read_only=read_only) as register, register.read() as reader:
        assert len(list(reader.all_events())) == 61
        assert reader.verify() == ()
    assert path.stat().st_size == size


# --- a making that fails ----------------------------------------------------------------------------


def test_a_making_that_fails_leaves_nothing_behind(where: Path | str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.Writer, "append", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        create_register(where, AT, {}, Who())
    if isinstance(where, Path):
        assert list(where.parent.iterdir()) == []
    fault_of_opening(where, "missing")
    monkeypatch.undo()
    create_register(where, AT, {}, Who()).close()


def test_a_register_is_not_made_where_no_folder_is(tmp_path: Path) -> None:
    with pytest.raises(RegisterFault, match="Make it first") as raised:
        create_register(tmp_path / "none" / "register.db", AT, {}, Who())
    assert raised.value.code == "missing"


@NEEDS_POSIX
def test_a_register_is_not_made_in_a_folder_that_is_read_only(open_folder: Path) -> None:
    with as_nobody():
        home = open_folder / "school"
        home.mkdir(mode=0o500)
        with pytest.raises(RegisterFault) as raised:
            create_register(home / "register.db", AT, {}, Who())
    assert raised.value.code == "read-only"


# --- servers -----------------------------------------------------------------------------------------

PASSWORD = "sentinel"  # noqa: S105  # that is the point


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (f"postgresql://one:{PASSWORD}@127.0.0.1:1/register", "unreachable"),
        (f"postgresql://one:{PASSWORD}/%2Fx@127.0.0.1:1/register", "unreachable"),
        (f"postgresql://one:{PASSWORD}@{PASSWORD}.invalid/register", "unreachable"),
        (f"postgresql://one:%{PASSWORD}@127.0.0.1:1/register", "other"),
        (f"postgresql://one@127.0.0.1:1/register?password={PASSWORD}&{PASSWORD}=1", "other"),
        (f"mysql://one:{PASSWORD}@127.0.0.1/register", "other"),
        (f"register-{PASSWORD}.db", "other"),
    ],
)
def test_no_message_tells_the_password_of_an_address(url: str, code: str) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(RegisterFault) as raised:
        open_register(url)
    assert raised.value.code in (code, "unreachable")
    shown = "".join(traceback.format_exception(raised.value))
    assert PASSWORD not in shown.replace(f'open_register("{PASSWORD}', "")


def test_a_missing_driver_is_said_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(RegisterFault, match=r"riskgen\[postgresql\]") as raised:
        open_register("postgresql://127.0.0.1/register")
    assert raised.value.code == "driver"


def test_sqlite_needs_no_driver_for_servers(path: Path) -> None:
    work = (
        "import sys; sys.modules['psycopg'] = None; from pathlib import Path;"
        "from riskgen.register.store import open_register; open_register(Path(sys.argv[1])).close()"
    )
    subprocess.run([sys.executable, "-c", work, str(path)], check=True)


def test_sqlite_imports_no_driver_for_servers_and_hides_none(path: Path) -> None:
    pytest.importorskip("psycopg")
    work = (
        "import sys; from pathlib import Path;"
        "from riskgen.register.store import open_register; open_register(Path(sys.argv[1])).close();"
        "assert 'psycopg' not in sys.modules; import psycopg; assert psycopg.connect"
    )
    subprocess.run([sys.executable, "-c", work, str(path)], check=True)


@pytest.fixture
def server(new_database: object) -> Iterator[Register]:
    assert callable(new_database)
    with create_register(new_database(), AT, {}, Who()) as register:
        yield register


def test_a_database_without_a_register_is_missing_one(new_database: object) -> None:
    assert callable(new_database)
    fault_of_opening(new_database(), "missing")


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE meta SET value = '99' WHERE name = 'schema'", "newer"),
        ("UPDATE meta SET value = 'x' WHERE name = 'application'", "foreign"),
        ("DROP TABLE event", "foreign"),
        ("ALTER TABLE meta RENAME COLUMN value TO other", "damaged"),
        ("DELETE FROM meta WHERE name = 'id'", "damaged"),
    ],
)
def test_tables_on_a_server_that_are_not_right_are_said(new_database: object, statement: str, code: str) -> None:
    assert callable(new_database)
    url = new_database()
    with create_register(url, AT, {}, Who()) as register, register.write():
        register.connection.execute(statement)
    fault_of_opening(url, code)


def test_a_server_that_went_away_is_said_and_asked_again(server: Register) -> None:
    pid = "SELECT pg_terminate_backend(pg_backend_pid())"
    with pytest.raises(RegisterFault) as raised, server.write():
        server.connection.execute(pid)
    assert raised.value.code == "unreachable"
    assert str(raised.value).endswith("Nothing was saved.")
    with server.read() as reader:
        assert len(list(reader.all_events())) == 1


def test_a_connection_lost_while_saving_does_not_pretend_to_know(
    server: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute = server.connection.execute

    def lose(statement: str, *values: object) -> object:
        return execute("SELECT pg_terminate_backend(pg_backend_pid())" if statement == "COMMIT" else statement, *values)

    monkeypatch.setattr(server.connection, "execute", lose)
    with pytest.raises(RegisterFault, match="is not known") as raised, server.write() as writer:
        writer.append("", Happened.BACKED_UP, AT, Who(), {})
    assert raised.value.code == "unreachable"
