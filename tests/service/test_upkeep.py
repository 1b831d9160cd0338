"""Copies of the register, and what the doctor sees and mends, on both databases."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from riskgen.core.model import RegisterPlace, School
from riskgen.core.struct import replace
from riskgen.core.visit import Entry, Happened, State, Who, entry_of
from riskgen.library.load import Library
from riskgen.register import database
from riskgen.register.cipher import mark, open_sealed, seal
from riskgen.register.key import KEY_VARIABLE
from riskgen.register.store import create_register, open_register
from riskgen.service import clock
from riskgen.service.desk import COPIES, KEY_NAME, REGISTER_FILE, Desk, open_desk
from riskgen.service.doctor import Examined, examine_school
from riskgen.service.faults import EnvironmentFault, Refused
from riskgen.service.surroundings import Finding, Status
from riskgen.service.upkeep import keep_copy, lost_key, new_register, replace_key

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
WHO = Who("S-01", "desk", "account")
WORD = "Marzipanquagga"
FORM = b"the form as it was written"


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch, library: Library) -> None:
    """A clock that stands still, and policies that are read once."""
    monkeypatch.setattr(clock, "utc_now", lambda: NOW)
    monkeypatch.setattr("riskgen.service.doctor.load_library", lambda folder: (library, ()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "school"
    made.mkdir(mode=0o700)
    return made


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that asks for a school runs on both databases, but for those of a file."""
    if "dialect" in metafunc.fixturenames:
        both = ["sqlite", "postgresql"]
        metafunc.parametrize("dialect", both[:1] if "in_file" in metafunc.fixturenames else both)


@pytest.fixture
def school(dialect: str, request: pytest.FixtureRequest, tmp_path: Path, example_school: School) -> School:
    """A school with its key in a file."""
    url = ""
    if dialect == "postgresql":
        new_database: Callable[[], str] = request.getfixturevalue("new_database")
        url = new_database()
    return replace(example_school, register=RegisterPlace(url, "file", str(tmp_path / "keys" / "school.key")))


@pytest.fixture
def in_file(school: School) -> School:
    """The same, its register in a file."""
    return school


@pytest.fixture(autouse=True)
def _key_in_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)


def key_file(school: School) -> Path:
    return Path(school.register.key_file)


def add_visit(desk: Desk, reference: str = "RA-2026-0001") -> None:
    """An assessed visit with a safe word and one form in its place."""
    key, name = desk.key(), f"{reference}_form.docx"
    intake = {"answers": {"family.reference": "F-0123"}, "visitors": []}
    body = {"files": {name: sha256(FORM).hexdigest()}, "intake": intake, "start": NOW.isoformat()}
    with desk.register.write() as writer:
        writer.append(reference, Happened.ASSESSED, NOW, WHO, body)
        writer.put_entry(entry_of(writer.visits([reference])[reference]))
        writer.put_safe_word(reference, seal(key, desk.register.id, reference, WORD), mark(key, WORD), NOW)
    place = desk.folder / "visits" / reference
    place.mkdir(parents=True, mode=0o700)
    (desk.folder / "visits").chmod(0o700)
    (place / name).write_bytes(FORM)


KEYS: dict[str, bytes] = {}


@pytest.fixture
def made(folder: Path, school: School) -> Path:
    """The folder of a school with one visit in its register."""
    with open_desk(folder, school) as desk:
        KEYS[desk.register.id] = desk.key()
        add_visit(desk)
    return folder


def look(folder: Path, school: School) -> Examined:
    return examine_school(folder, school)


def found(examined: Examined, check: str) -> list[Finding]:
    return [finding for finding in examined.findings if finding.check == check]


def one(examined: Examined, check: str) -> Finding:
    (finding,) = found(examined, check)
    return finding


# --- backup ---------------------------------------------------------------------------------------


def test_a_copy_is_a_whole_register_without_the_key(made: Path, school: School, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    with open_desk(made, school) as desk:
        kept = keep_copy(desk, target, WHO)
        with desk.register.read() as reader:
            last = reader.last()
    assert (kept.path, kept.events, kept.visits, kept.size) == (target, 2, 1, target.stat().st_size)
    assert str(key_file(school)) in kept.key_at
    assert KEYS[desk.register.id].hex() not in target.read_bytes().hex()
    assert last
    assert last.happened is Happened.BACKED_UP
    assert last.body == {"file": "copy.db", "events": 2, "head": kept.head}
    with open_register(target) as copy, copy.read() as reader:
        assert (copy.dialect, copy.id, reader.head(), reader.verify()) == ("sqlite", desk.register.id, kept.head, ())
    if os.name == "posix":
        assert target.stat().st_mode & 0o077 == 0


def test_a_copy_never_replaces_a_file(made: Path, school: School, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_bytes(b"of somebody else")
    with open_desk(made, school) as desk:
        with pytest.raises(Refused, match="Nothing was written"):
            keep_copy(desk, target, WHO)
        with desk.register.read() as reader:
            last = reader.last()
    assert target.read_bytes() == b"of somebody else"
    assert last
    assert last.happened is Happened.ASSESSED


def test_a_copy_beside_the_register_may_not_look_like_it(made: Path, school: School) -> None:
    with open_desk(made, school) as desk:
        with pytest.raises(Refused, match="taken for the register"):
            keep_copy(desk, made / "Register 2.db", WHO)
        kept = keep_copy(desk, made / "kept.db", WHO)
    assert ["own folder" in warning for warning in kept.warnings] == [True]
    with open_desk(made, school):
        pass


def test_a_copy_in_a_folder_that_leaves_the_computer_is_warned_of(made: Path, school: School, tmp_path: Path) -> None:
    (tmp_path / "Dropbox").mkdir()
    with open_desk(made, school) as desk:
        kept = keep_copy(desk, tmp_path / "Dropbox" / "copy.db", WHO)
    assert ["Dropbox" in warning for warning in kept.warnings] == [True]


def test_a_restored_copy_takes_up_where_it_was_made(made: Path, in_file: School, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    with open_desk(made, in_file) as desk:
        kept = keep_copy(desk, target, WHO)
        add_visit(desk, "RA-2026-0002")
    (made / REGISTER_FILE).unlink()
    shutil.copy(target, made / REGISTER_FILE)
    examined = look(made, in_file)
    assert examined.sound
    assert "RA-2026-0002" in one(examined, "folders").message
    with open_desk(made, in_file) as desk:
        with desk.register.read() as reader:
            sealed = reader.safe_word("RA-2026-0001")
        assert sealed
        assert open_sealed(desk.key(), desk.register.id, "RA-2026-0001", sealed) == WORD
        with desk.register.write() as writer:
            assert writer.next_reference(2026) == "RA-2026-0003"  # the paper of 0002 is about
            assert [event.number for event in writer.all_events()][: kept.events] == [1, 2]
    assert one(look(made, in_file), "folders").status is Status.NOTE


def test_the_copy_of_a_server_is_a_register_of_its_own(made: Path, school: School, tmp_path: Path) -> None:
    with open_desk(made, school) as desk:
        keep_copy(desk, tmp_path / "copy.db", WHO)
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    shutil.copytree(made / "visits", other / "visits")
    shutil.copy(tmp_path / "copy.db", other / REGISTER_FILE)
    alone = replace(school, register=RegisterPlace("", "file", school.register.key_file))
    examined = look(other, alone)
    assert examined.sound
    assert examined.dialect == "sqlite"
    assert one(examined, "words").status is Status.OK


def test_a_copy_that_the_register_cannot_be_told_of_is_still_said_to_be_there(
    made: Path, in_file: School, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "copy.db"
    monkeypatch.setattr(database, "WAIT", 0.05)
    with (
        open_desk(made, in_file) as desk,
        closing(sqlite3.connect(made / REGISTER_FILE, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(EnvironmentFault, match=r"copy\.db is complete"):
            keep_copy(desk, target, WHO)
    with open_register(target, read_only=True) as copy, copy.read() as reader:
        assert reader.verify() == ()


# --- doctor: what is well -------------------------------------------------------------------------


def test_all_is_well_with_a_register_that_was_just_made(made: Path, school: School) -> None:
    examined = look(made, school)
    assert examined.sound
    assert {finding.check for finding in examined.findings if finding.status is Status.WARNING} == {"backup"}
    assert examined.health
    assert (examined.dialect == "postgresql") == bool(school.register.url)
    assert (examined.health.version, examined.health.events, examined.health.visits) == (1, 2, 1)
    assert examined.head in one(examined, "chain").message


def test_looking_changes_nothing(made: Path, in_file: School) -> None:
    before = (made / REGISTER_FILE).read_bytes()
    look(made, in_file)
    assert (made / REGISTER_FILE).read_bytes() == before


def test_no_register_and_no_forms_is_a_school_that_has_not_begun(folder: Path, in_file: School) -> None:
    examined = look(folder, in_file)
    assert examined.sound
    assert one(examined, "register").status is Status.NOTE
    assert list(folder.iterdir()) == []


# --- doctor: the register -------------------------------------------------------------------------


def test_forms_without_a_register_are_a_fault(folder: Path, school: School) -> None:
    (folder / "visits" / "RA-2026-0012").mkdir(parents=True)
    (folder / "visits" / "RA-2026-0012" / "form.docx").write_bytes(FORM)
    examined = look(folder, school)
    assert not examined.sound
    assert "--new-register" in one(examined, "register").message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "damaged"),
        (b"no database at all" * 300, "not a register"),
        (b"SQLite format 3\0" + bytes(5000), "register"),
    ],
)
def test_a_file_that_is_no_register_is_a_finding(folder: Path, in_file: School, content: bytes, says: str) -> None:
    (folder / REGISTER_FILE).write_bytes(content)
    examined = look(folder, in_file)
    assert one(examined, "register").status is Status.FAULT
    assert says in one(examined, "register").message
    assert (folder / REGISTER_FILE).read_bytes() == content


def test_a_register_of_a_newer_riskgen_is_a_finding(made: Path, in_file: School) -> None:
    with closing(sqlite3.connect(made / REGISTER_FILE)) as raw:
        raw.execute("PRAGMA user_version = 99")
    assert "newer riskgen" in one(look(made, in_file), "register").message


def test_a_damaged_page_is_a_finding(made: Path, in_file: School) -> None:
    content = bytearray((made / REGISTER_FILE).read_bytes())
    content[4096 * 2 : 4096 * 6] = b"\xa5" * 4096 * 4
    (made / REGISTER_FILE).write_bytes(content)
    examined = look(made, in_file)
    assert not examined.sound
    assert "damaged" in one(examined, "register").message


def test_a_register_in_use_is_a_finding(made: Path, in_file: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "WAIT", 0.05)
    with closing(sqlite3.connect(made / REGISTER_FILE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        examined = look(made, in_file)
    assert "in use" in one(examined, "register").message


def test_a_server_that_does_not_answer_is_a_finding(folder: Path, example_school: School) -> None:
    pytest.importorskip("psycopg")
    away = replace(example_school, register=RegisterPlace("postgresql://nobody@127.0.0.1:1/riskgen"))
    examined = look(folder, away)
    assert "does not answer" in one(examined, "register").message


def test_a_register_in_a_synchronised_folder_is_a_fault_and_is_looked_at_all_the_same(
    made: Path, in_file: School
) -> None:
    (made / ".dropbox").write_bytes(b"")
    before = (made / REGISTER_FILE).read_bytes()
    examined = look(made, in_file)
    assert "Dropbox" in one(examined, "place").message
    assert one(examined, "place").status is Status.FAULT
    assert one(examined, "chain").status is Status.OK
    assert (made / REGISTER_FILE).read_bytes() == before


def test_a_second_copy_beside_it_is_a_fault(made: Path, in_file: School) -> None:
    (made / "register (1).db").write_bytes(b"")
    assert one(look(made, in_file), "place").status is Status.FAULT


def test_a_register_that_cannot_be_written_to_is_read(
    made: Path, in_file: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riskgen.register.store.os.access", lambda *_, **__: False)
    examined = look(made, in_file)
    assert one(examined, "register").status is Status.FAULT
    assert one(examined, "chain").status is Status.OK


def test_an_event_that_was_changed_is_a_fault(made: Path, school: School) -> None:
    with open_desk(made, school) as desk, desk.register.write():
        connection = desk.register.connection
        table = "" if desk.register.path else " ON event"
        connection.execute(f"DROP TRIGGER event_kept{table}")
        connection.execute("UPDATE event SET staff = 'S-09' WHERE number = 2")
    examined = look(made, school)
    assert not examined.sound
    assert "Event 2 was changed" in found(examined, "chain")[0].message
    assert "event_kept" in one(examined, "database").message


def test_an_index_that_says_something_else_is_a_fault(made: Path, school: School) -> None:
    with open_desk(made, school) as desk, desk.register.write() as writer:
        writer.put_entry(Entry("RA-2026-0001", State.OUT))
    (finding,) = found(look(made, school), "chain")
    assert finding.status is Status.FAULT
    assert "RA-2026-0001" in finding.message


# --- doctor: the key and the words ----------------------------------------------------------------


def test_a_lost_key_is_a_fault(made: Path, school: School) -> None:
    key_file(school).unlink()
    examined = look(made, school)
    assert one(examined, "key").status is Status.FAULT
    assert "missing" in one(examined, "key").message
    assert "--new-key" in one(examined, "key").hint
    assert not key_file(school).exists()


def test_a_key_that_others_may_read_is_a_fault(made: Path, school: School) -> None:
    if os.name != "posix":
        pytest.skip("Windows keeps rights elsewhere")
    key_file(school).chmod(0o644)
    assert "chmod 600" in one(look(made, school), "key").message


def test_a_word_that_was_moved_to_another_visit_is_a_fault(made: Path, school: School) -> None:
    with open_desk(made, school) as desk, desk.register.write() as writer:
        other = seal(KEYS[desk.register.id], desk.register.id, "RA-2026-0009", WORD)
        writer.put_safe_word("RA-2026-0001", other, "mark", NOW)
    finding = one(look(made, school), "words")
    assert finding.status is Status.FAULT
    assert "RA-2026-0001" in finding.message
    assert WORD not in str(finding)


def test_a_register_without_a_key_is_given_one(folder: Path, in_file: School) -> None:
    create_register(folder / REGISTER_FILE, NOW, {}, WHO).close()
    assert one(look(folder, in_file), "key").status is Status.OK
    with open_register(folder / REGISTER_FILE) as register, register.read() as reader:
        assert reader.meta(KEY_NAME)


def test_a_new_key_erases_the_words_of_the_old_and_says_so_for_ever(made: Path, school: School) -> None:
    key_file(school).unlink()
    with open_desk(made, school) as desk:
        lost = lost_key(desk)
        assert (lost.shut, lost.replaces) == (("RA-2026-0001",), True)
        replace_key(desk, lost, WHO)
        with desk.register.read() as reader:
            last = reader.last()
            assert reader.safe_word("RA-2026-0001") is None
            assert last
            assert (last.happened, last.who) == (Happened.KEY_REPLACED, WHO)
            assert last.body == {"words_erased": ["RA-2026-0001"], "key": reader.meta(KEY_NAME)}
        assert desk.key() != KEYS[desk.register.id]
    examined = look(made, school)
    assert examined.sound
    assert [finding.status for finding in found(examined, "words")] == [Status.OK, Status.NOTE]


def test_a_key_that_is_there_is_not_replaced(made: Path, school: School) -> None:
    with open_desk(made, school) as desk, pytest.raises(Refused, match="every safe word opens"):
        lost_key(desk)


def test_the_key_of_another_register_has_to_be_moved_away_first(
    made: Path, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "A" * 43 + "=")
    with open_desk(made, school) as desk, pytest.raises(Refused, match="unset RISKGEN_KEY"):
        lost_key(desk)


def test_a_word_that_was_damaged_is_erased_and_the_key_stays(made: Path, school: School) -> None:
    with open_desk(made, school) as desk:
        with desk.register.write() as writer:
            writer.put_safe_word("RA-2026-0001", b"damaged", "mark", NOW)
        lost = lost_key(desk)
        assert (lost.shut, lost.replaces) == (("RA-2026-0001",), False)
        replace_key(desk, lost, WHO)
        assert desk.key() == KEYS[desk.register.id]
        with desk.register.read() as reader:
            last = reader.last()
    assert last
    assert (last.happened, last.body) == (Happened.REPAIRED, {"words_erased": ["RA-2026-0001"]})
    assert look(made, school).sound


# --- doctor: forms --------------------------------------------------------------------------------


def test_forms_that_a_run_left_are_put_in_place_and_others_removed(made: Path, school: School) -> None:
    (made / "visits" / "RA-2026-0001").rename(made / "visits" / ".riskgen-RA-2026-0001.tmp")
    shutil.copytree(made / "visits" / ".riskgen-RA-2026-0001.tmp", made / "visits" / ".riskgen-RA-2026-0002.tmp")
    examined = look(made, school)
    assert len(found(examined, "unfinished")) == 2
    assert one(examined, "forms").status is Status.OK
    assert [path.name for path in (made / "visits").iterdir()] == ["RA-2026-0001"]
    with open_desk(made, school) as desk, desk.register.read() as reader:
        last = reader.last()
    assert last
    assert last.happened is Happened.REPAIRED
    assert last.body == {"forms_in_place": ["RA-2026-0001"], "removed": 1}
    assert one(look(made, school), "unfinished").status is Status.OK


def test_forms_that_cannot_be_put_in_place_yet_are_told_of(made: Path, in_file: School) -> None:
    (made / "visits" / "RA-2026-0001").rename(made / "visits" / ".riskgen-RA-2026-0001.tmp")
    (made / "visits" / "RA-2026-0001").write_bytes(b"a file where the folder should be")
    finding = one(look(made, in_file), "unfinished")
    assert finding.status is Status.WARNING
    assert "RA-2026-0001" in finding.message
    (made / "visits" / "RA-2026-0001").unlink()
    assert one(look(made, in_file), "unfinished").status is Status.NOTE


def test_what_a_run_has_just_left_is_named_before_it_is_old_enough_to_be_removed(made: Path, school: School) -> None:
    left = made / "visits" / ".riskgen-0123456789abcdef.tmp"
    left.mkdir()
    (left / "RA-2026-0001_01-cover-sheet.docx").write_bytes(b"an address")
    finding = one(look(made, school), "unfinished")
    assert finding.status is Status.WARNING
    assert "visits/.riskgen-0123456789abcdef.tmp" in finding.message
    os.utime(left, (0, 0))
    assert one(look(made, school), "unfinished").status is Status.OK
    assert not left.exists()


def test_a_form_that_was_changed_is_a_note_and_one_that_is_gone_more(made: Path, school: School) -> None:
    form = made / "visits" / "RA-2026-0001" / "RA-2026-0001_form.docx"
    form.write_bytes(b"with a note by staff")
    assert one(look(made, school), "forms").status is Status.NOTE
    form.unlink()
    finding = one(look(made, school), "forms")
    assert "RA-2026-0001" in finding.message
    assert finding.status is (Status.NOTE if school.register.url else Status.WARNING)


def test_a_new_register_goes_on_after_the_forms_that_are_there(folder: Path, school: School) -> None:
    (folder / "visits" / "RA-2026-0012").mkdir(parents=True)
    (folder / "visits" / "RA-2026-0012" / "form.docx").write_bytes(FORM)
    new_register(folder, school)
    with open_desk(folder, school) as desk, desk.register.write() as writer:
        assert writer.next_reference(2026) == "RA-2026-0013"
        assert [event.happened for event in writer.all_events()] == [Happened.STARTED]
    assert one(look(folder, school), "folders").status is Status.NOTE
    with pytest.raises(Refused, match="a register already"):
        new_register(folder, school)


def test_a_new_register_is_not_started_over_a_damaged_one(folder: Path, in_file: School) -> None:
    (folder / REGISTER_FILE).write_bytes(b"")
    with pytest.raises(EnvironmentFault, match="damaged"):
        new_register(folder, in_file)
    assert (folder / REGISTER_FILE).read_bytes() == b""


def test_a_new_register_is_not_started_in_a_synchronised_folder(folder: Path, in_file: School) -> None:
    (folder / ".dropbox").write_bytes(b"")
    with pytest.raises(EnvironmentFault, match="Dropbox"):
        new_register(folder, in_file)
    assert not (folder / REGISTER_FILE).exists()


# --- doctor: what is around it --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("off", "status", "says"),
    [
        (timedelta(minutes=-1), Status.OK, "no event is later"),
        (timedelta(days=-2), Status.WARNING, "2 days before"),
        (timedelta(days=30), Status.OK, "no event is later"),
        (timedelta(days=400), Status.WARNING, "400 days"),
    ],
)
def test_the_clock_is_held_against_the_latest_event(
    made: Path, in_file: School, monkeypatch: pytest.MonkeyPatch, off: timedelta, status: Status, says: str
) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOW + off)
    finding = one(look(made, in_file), "clock")
    assert finding.status is status
    assert says in finding.message


def test_a_folder_that_others_may_read_is_a_warning(made: Path, in_file: School) -> None:
    if os.name != "posix":
        pytest.skip("Windows keeps rights elsewhere")
    (made / COPIES).mkdir(mode=0o755)
    finding = one(look(made, in_file), "permissions")
    assert finding.status is Status.WARNING
    assert COPIES in finding.message


def test_a_network_share_is_a_warning(made: Path, in_file: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskgen.service.surroundings.network_share", lambda folder: "a network share (cifs)")
    assert one(look(made, in_file), "share").status is Status.WARNING


def test_another_time_zone_is_a_note(made: Path, in_file: School) -> None:
    finding = one(look(made, replace(in_file, timezone="Europe/Jersey")), "timezone")
    assert finding.status is Status.NOTE
    assert "Europe/Jersey" in finding.message


def test_those_who_can_show_who_they_are_are_counted(made: Path, in_file: School) -> None:
    assert "None of those who may authorise (4) can" in one(look(made, in_file), "staff").message
    head, deputy = (person for person in in_file.staff if person.id in ("S-01", "S-02"))
    with open_desk(made, in_file) as desk, desk.register.write() as writer:
        writer.put_passphrase(deputy.id, "a hash")
    people = tuple(replace(each, accounts=("head",)) if each is head else each for each in in_file.staff)
    assert "2 of those who may authorise (4) can" in one(look(made, replace(in_file, staff=people)), "staff").message


def test_policies_with_faults_stop_nothing(made: Path, in_file: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskgen.service.doctor.load_library", lambda folder: (None, ("a fault",)))
    examined = look(made, in_file)
    assert examined.sound
    assert "riskgen check" in one(examined, "staff").message


def test_a_backup_is_asked_for_each_week(
    made: Path, school: School, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_desk(made, school) as desk:
        keep_copy(desk, tmp_path / "copy.db", WHO)
    assert one(look(made, school), "backup").status is Status.OK
    monkeypatch.setattr(clock, "utc_now", lambda: NOW + timedelta(days=7))
    assert one(look(made, school), "backup").status is Status.OK
    monkeypatch.setattr(clock, "utc_now", lambda: NOW + timedelta(days=8))
    assert "8 days old" in one(look(made, school), "backup").message


def test_whether_pdfs_can_be_made_is_told_and_is_no_fault(
    made: Path, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = replace(school, libreoffice="/nowhere/soffice")
    found = one(look(made, named), "pdf")
    assert found.status is Status.NOTE
    assert "/nowhere/soffice" in found.message
    monkeypatch.setattr("riskgen.forms.pdf.find_libreoffice", lambda named, apart_from: Path("/usr/bin/soffice"))
    assert one(look(made, school), "pdf").message == "PDFs are made with /usr/bin/soffice."
    unopened = made.parent / "new"
    unopened.mkdir()
    assert one(look(unopened, school), "pdf").status is Status.OK  # also where there is no register yet


def test_what_a_pack_would_not_run_the_doctor_does_not_praise(made: Path, school: School) -> None:
    program = made / "soffice"
    program.write_bytes(b"#!/bin/sh\n")
    program.chmod(0o755)
    found = one(look(made, replace(school, libreoffice=str(program))), "pdf")
    assert found.status is Status.NOTE
    assert "lies in the school's folder, and is not run" in found.message
