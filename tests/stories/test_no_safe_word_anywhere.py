"""No safe word in any file, table, log or output but the ones meant to carry it.

One word, typed and found nowhere else, goes through a whole story in which every command is run; then everything that
was left behind is searched, in every spelling in which it could hide. A PostgreSQL is told to log every statement with
all that comes with it; then its log and its own files are searched as well.
"""

import base64
import gzip
import io
import logging
import re
import sqlite3
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from riskgen.cli.main import COMMANDS
from riskgen.register.store import open_register

sys.path.insert(0, str(Path(__file__).parents[1]))

from sheets import FIRST, ROUTINE, Filled

WORD = "Marzipanquagga"
OFFICE_COPY = "intent-to-visit-office"
REF, OTHER = "RA-2026-0001", "RA-2026-0002"
PLAN = ("families/F-2001.yaml", "visits-planned/F-2001.yaml", "--start", "2026-12-02 10:30")
ZLIB_BEGINS = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
DEEPEST = 4
SENT = re.compile(rb"'\\x((?:[0-9a-f]{2})+)'")
"""How a server logs bytes that it was sent."""
Search = Callable[[str], set[str]]


# --- the search -----------------------------------------------------------------------------------


def spellings(word: str) -> Iterator[bytes]:
    """A word as it may stand in bytes, in small letters: plain, in UTF-16, reversed, and in hexadecimal digits."""
    for text in (word.lower(), word.lower()[::-1]):
        for code in ("utf-8", "utf-16-le", "utf-16-be"):
            yield text.encode(code)
    yield from (case.encode().hex().encode() for case in (word, word.lower(), word.upper()))


def in_base64(word: str) -> Iterator[bytes]:
    """The part of a word's Base64 that is the same wherever in a text the word stands."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + word.encode())
        yield coded[4 if before else 0 : -4]


def holds(content: bytes, word: str, depth: int = 0) -> bool:
    """Whether a word stands in bytes, or in what is packed in them."""
    small = content.lower()
    if any(spelt in small for spelt in spellings(word)) or any(coded in content for coded in in_base64(word)):
        return True
    return depth < DEEPEST and any(holds(inner, word, depth + 1) for inner in unpacked(content))


def unpacked(content: bytes) -> Iterator[bytes]:
    """The parts of an archive with their names and comments, and every stretch that Zlib or gzip has packed."""
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield archive.comment
            for entry in archive.infolist():
                yield entry.filename.encode() + b"\0" + entry.comment + b"\0" + entry.extra
                yield archive.read(entry)
        return
    if content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    for begins in ZLIB_BEGINS.finditer(content):
        try:  # what is cut off later in the file is read as far as it goes
            inner = zlib.decompressobj().decompress(content[begins.start() :], 1_000_000)
        except zlib.error:
            continue
        if len(inner) >= len(WORD):
            yield inner


def in_files(folder: Path, word: str) -> dict[str, Path]:
    """The files whose names or contents hold a word."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.name: path for path in files if holds(path.read_bytes(), word) or holds(str(path).encode(), word)}


def in_server(folder: Path, word: str, since: float, logged: int) -> set[str]:
    """What a server has written since then and holds a word: its log from that length on, tables, what it writes ahead.

    The log has whatever was sent, byte for byte, so what is packed is unpacked there; other files are looked into for
    spellings alone, since a server packs in ways of its own and leaves pieces about.
    """
    found = set()
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # which the server has removed meanwhile
            if path.is_file() and path.stat().st_mtime >= since:
                log = path == folder / "log"
                content = path.read_bytes()[logged if log else 0 :]
                sent = [bytes.fromhex(digits.decode()) for digits in SENT.findall(content)] if log else []
                if holds(content, word, DEEPEST) or any(holds(value, word) for value in sent):
                    found.add(path.relative_to(folder).parts[0])
    return found


def values_of(file: Path | None, url: str) -> Iterator[tuple[str, bytes]]:
    """Every value of every table of a database, as bytes."""
    if url:
        import psycopg

        with psycopg.connect(url) as connection:
            names = connection.execute(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
                "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchall()
            tables = {str(name): connection.execute(f"TABLE {name}").fetchall() for (name,) in names}
    else:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as reader:
            found = reader.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            every = "SELECT * FROM "
            tables = {str(name): reader.execute(f'{every}"{name}"').fetchall() for (name,) in found}
    for name, rows in tables.items():
        for row in rows:
            for value in row:
                yield name, value if isinstance(value, bytes) else str(value).encode()


def in_tables(file: Path | None, url: str, word: str) -> set[str]:
    return {name for name, value in values_of(file, url) if holds(value, word)}


@pytest.mark.parametrize(
    "hide",
    [
        lambda word: word.encode(),
        lambda word: word.upper().encode(),
        lambda word: b"x" + word.encode("utf-16-le"),
        lambda word: word.encode("utf-16-be"),
        lambda word: base64.b64encode(b"the word is " + word.encode() + b", keep it"),
        lambda word: word.encode().hex().encode(),
        lambda word: b"head" + zlib.compress(b'{"word": "' + word.encode() + b'"}') + b"tail",
        lambda word: gzip.compress(word.encode()),
        lambda word: zipped(word.encode()),
        lambda word: zipped(zipped(word.encode("utf-16-le"))),
    ],
)
def test_the_search_finds_a_word_in_whatever_it_is_packed(hide: Callable[[str], bytes], tmp_path: Path) -> None:
    (tmp_path / "hidden").write_bytes(hide(WORD))
    (tmp_path / "innocent").write_bytes(hide("Nougatokapi"))
    assert set(in_files(tmp_path, WORD)) == {"hidden"}


def test_the_search_finds_a_word_in_a_table(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE plain (said TEXT)")
        connection.execute("CREATE TABLE packed (body BLOB)")
        connection.execute("INSERT INTO plain VALUES (?)", (f"it is {WORD}",))
        connection.execute("INSERT INTO packed VALUES (?)", (zlib.compress(WORD.encode()),))
    assert in_tables(path, "", WORD) == {"plain", "packed"}


@pytest.mark.parametrize(("word", "sent"), [("Nougatokapi", "of Nougatokapi"), ("Toffeetapir", b"of Toffeetapir")])
def test_the_search_finds_a_word_that_a_server_was_sent(
    server_log: Callable[[str], Search], new_database: Callable[[], str], word: str, sent: str | bytes
) -> None:
    import psycopg

    search = server_log(url := new_database())
    with psycopg.connect(url) as connection:
        connection.execute("SELECT %s", (sent,))
    assert search(word) == {"log"}
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE TABLE kept (said {'text' if isinstance(sent, str) else 'bytea'})")
        connection.execute("INSERT INTO kept VALUES (%s)", (sent,))
    assert search(word) == {"log", "base", "pg_wal"}


def zipped(content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("part.xml", content)
    return target.getvalue()


@pytest.fixture
def server_log(request: pytest.FixtureRequest) -> Callable[[str], Search]:
    """Has a database log everything from now on, and gives the search of what the server has written since."""

    def begin(url: str) -> Search:
        server: Any = request.getfixturevalue("postgresql")
        server.run(f"ALTER DATABASE {urlsplit(url).path[1:]} SET log_statement = 'all'")
        since, logged = time.time(), (server.folder / "log").stat().st_size

        def search(word: str) -> set[str]:
            server.run("CHECKPOINT")  # so that all of it is in files
            return in_server(server.folder, word, since, logged)

        return search

    return begin


# --- the story ------------------------------------------------------------------------------------


def both(school: Any, *arguments: object) -> None:
    """A command that reports, in words and as JSON."""
    school(*arguments)
    assert school(*arguments, "--json").json is not None


def looked_at(school: Any) -> None:
    """Every command that only reads, whatever has happened so far."""
    for words in (f"show {REF}", "list", f"history {REF}", "history --verify", "board", "review"):
        both(school, *words.split())
    for words in ("marker list", "marker list F-2001", "retention due"):
        both(school, *words.split())


def before_they_leave(school: Any) -> None:
    for words in ("policy list", "policy show bchs", "policy explain BC-44", "fields"):
        both(school, *words.split())
    school.intake(
        "attendance",
        ("S-07", "S-12"),
        visit__leave_at="10:10",
        visit__back_at="11:30",
        child__born_on="2013-05-01",
    )
    both(school, "compare", *PLAN)
    both(school, "assess", *PLAN, "--no-input", "--dry-run")
    typed = f"cat\ncat\n{WORD}\n{WORD}s\n{WORD}\n{WORD}\n"  # too weak; a slip of the keys; then right
    school("assess", *PLAN, "--type-safe-word", "--save-answers", "saved.yaml", typed=f"\n{typed}")
    again = ("assess", "--reference", REF, "--force", "--no-input")
    assert "The safe word is still the same." in school(*again)
    school(*again, "--json", "--save-answers", "saved-again.yaml")
    # The same word for another visit is refused, and so is whoever types it where their passphrase belongs.
    taken = school("assess", *PLAN, "--type-safe-word", typed=f"\n{WORD}\n{WORD}\n", ends=4)
    assert "in use for another visit" in taken
    school("assess", *PLAN, "--no-input")
    school.as_("S-10", "passphrase")
    school("show", REF, "--safe-word", "--as", "S-10", typed=f"{WORD}\n" * 3, ends=4)
    both(school, "now", REF, "--set", "door.parent_present=no")
    marker = (
        "marker",
        "add",
        "F-2001",
        "--kind",
        "animal",
        "--on",
        "2026-11-02",
        "--review",
        "2027-11-01",
        "--told",
        "yes",
    )
    added = school.as_("S-03", *marker, typed="A dog bit a visitor\nA neighbour\ny\n")
    school.as_(
        "S-03",
        "marker",
        "review",
        added.out.split(" is on ")[0].split()[-1],
        "--lift",
        "--reason",
        "The dog is gone",
        typed="y\n",
    )
    school.may_not("S-03", "override", REF)
    school.again(REF, household__animals="no")
    school.authorise(REF, "S-03")
    both(school, "pack", REF, "--dry-run")
    school("pack", REF)  # as nobody in particular, who may not know the word
    school.as_("S-10", "pack", REF, "--force", "--json")
    school.as_("S-10", "pack", REF, "--force")
    school("schedule", "--from", "2026-12-01", "--to", "2026-12-18")
    both(school, "forms", "list")
    school("forms", "export", "our-forms")
    both(school, "forms", "check", "our-forms/intent-to-visit-office.docx")
    school("forms", "blank", "blank.docx")
    from_excel(school)
    looked_at(school)


def from_excel(school: Any) -> None:
    """Families and visits out of sheets; a visit of a sheet gets a safe word of its own."""
    (school.folder / "pupils.csv").write_text("Family Reference,Pupil Name\nF-3001,Quagga Invented\n", encoding="utf-8")
    school("import", "families", "pupils.csv", "--dry-run", "--json")
    school("import", "families", "pupils.csv", typed="y\n")
    school("intake-sheet", "-o", "visits.xlsx")
    row = {**ROUTINE, "family.reference": "F-3001", "visit.start": datetime(2027, 1, 13, 10, 30)}
    Filled(school.folder / "visits.xlsx").put(FIRST, row).save()
    school("batch", "visits.xlsx", "-o", "packs", "--dry-run", "--json")
    school("batch", "visits.xlsx", "-o", "packs")


def out_and_back(school: Any) -> None:
    school("depart", REF)
    school.at("2026-12-02 10:31")
    school("checkin", REF, "--where", "inside")
    both(school, "board")
    school.at("2026-12-02 11:45")
    both(school, "board")
    school("alarm", REF)
    looked_at(school)
    school("return", REF)
    both(school, "doctor")
    pack = school.folder / "visits" / REF / "pack"
    for form in ("visit-record", "intent-to-visit-travelling", "intent-to-visit-office"):
        school("read", next(pack.glob(f"*{form}*")), "--dry-run", "--json")
    school("backup", "before.db")


def afterwards(school: Any) -> None:
    went = school.went(REF, agreed="")
    school.as_("S-07", "record", REF, "--answers", went, typed="stop\n")
    (school.folder / "rest.yaml").write_text("agreed: To talk again\n", encoding="utf-8")
    school.as_("S-07", "record", REF, "--answers", "rest.yaml", "--json", typed="stop\n")
    assert school.state(REF) == "closed"
    school.as_("S-07", "cancel", OTHER, "--for-safety", "--reason", "No longer needed")
    school.as_("S-07", "repeat", REF)
    school.as_("S-07", "repeat", REF, "--json")
    school.as_("S-01", "retention", "hold", REF, "--reason", "An inquiry")
    school.as_("S-01", "retention", "release", REF, "--reason", "It is over")
    school("show", REF, "--safe-word", "--as", "S-10", typed="S-10 walks the long way round\n", ends=4)
    looked_at(school)
    both(school, "doctor")
    both(school, "check")
    school("annual", "2026-27", "-o", "annual.xlsx")
    school("annual", "2026-27", "-o", "governors.xlsx", "--for", "governors", "--json")
    school("backup", "after.db")
    school("backup", "after-too.db", "--json")
    school("init", "other", "--policy", "bchs")
    school("demo")
    school("cache")


def when_it_may_be_erased(school: Any) -> None:
    school.at("2060-01-07 09:00")
    code = school("retention", "due", "--json").json["code"]
    both(school, "retention", "apply", code, "--dry-run")
    school.as_("S-01", "retention", "apply", code, typed="y\n")
    for words in (f"show {REF}", "list", "history", "history --verify"):
        both(school, *words.split())


def test_a_safe_word_is_on_the_office_copy_and_on_the_screen_of_who_may_know_it_and_nowhere_else(
    open_school: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    recwarn: pytest.WarningsRecorder,
    server_log: Callable[[str], Search],
) -> None:
    caplog.set_level(logging.NOTSET)
    caplog.handler.setLevel(logging.NOTSET)
    logging.getLogger("peewee").setLevel(logging.DEBUG)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    school = open_school("bchs")
    register = None if school.url else school.folder / "register.db"
    on_server = server_log(school.url) if school.url else None
    school.at("2026-12-02 09:00")

    before_they_leave(school)
    assert school.word(REF, "S-10") == WORD  # who may know it reads it, so it is there to be found
    shown = school.said[-1]
    out_and_back(school)
    sealed = sealed_word(school)
    assert sealed is not None
    assert not holds(sealed, WORD)
    if register:
        assert sealed in register.read_bytes()
    assert_only_where_it_belongs(school, tmp_path, register)

    afterwards(school)
    assert_only_where_it_belongs(school, tmp_path, register)
    assert sealed_word(school) is None
    assert sealed not in {value for _, value in values_of(register, school.url)}
    if register:
        assert sealed not in register.read_bytes()
    assert sealed not in (school.folder / "after.db").read_bytes()

    when_it_may_be_erased(school)
    assert in_files(tmp_path, WORD) == {}  # and with the visit its office copies

    assert {said.arguments[0] for said in school.said} == set(COMMANDS)
    told = [said for said in school.said if holds((said.out + said.err).encode(), WORD)]
    assert told == [shown]
    if on_server:
        assert on_server("F-2001") >= {"log", "base", "pg_wal"}  # what was sent is there to be found
        assert on_server("Storybook family") >= {"log"}
        assert on_server(WORD) == set()
        assert on_server("walks the long way round") == set()
    assert not holds(shown.err.encode(), WORD)
    assert not any(holds(" ".join(said.arguments).encode(), WORD) for said in school.said)
    logged = [
        *(record.getMessage() + repr(record.args) for record in caplog.records),
        *(str(w.message) for w in recwarn),
    ]
    assert logged  # somebody did log
    assert not any(holds(line.encode(), WORD) for line in (*logged, caplog.text))


def sealed_word(school: Any) -> bytes | None:
    place = school.url or school.folder / "register.db"
    with open_register(place, read_only=True) as register, register.read() as reader:
        return reader.safe_word(REF)


def assert_only_where_it_belongs(school: Any, everything: Path, register: Path | None) -> None:
    found = in_files(everything, WORD)
    current = next((school.folder / "visits" / REF).glob(f"*{OFFICE_COPY}*.docx"))
    assert current.name in found  # the search does find it where it is
    assert all(OFFICE_COPY in name and REF in name for name in found), sorted(found)
    assert in_tables(register, school.url, WORD) == set()
    for backup in school.folder.glob("*.db"):
        assert in_tables(backup, "", WORD) == set()
    # Passphrases are kept no better: nothing that anybody typed to show who they are is anywhere.
    assert in_files(everything, "walks the long way round") == {}
    assert in_tables(register, school.url, "walks the long way round") == set()
