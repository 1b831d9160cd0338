"""Opening the register of a school: where it may lie, who makes it, its key, and who is at it.

On both databases.
"""

import base64
import os
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from riskgen.core.model import RegisterPlace, School, Staff
from riskgen.core.struct import replace
from riskgen.core.visit import Happened, Who
from riskgen.register import database
from riskgen.register.key import KEY_VARIABLE
from riskgen.register.records import digest_of
from riskgen.register.store import create_register, open_register
from riskgen.service import clock, desk
from riskgen.service.desk import (
    KEY_NAME,
    REGISTER_FILE,
    Desk,
    desk_if_any,
    open_desk,
    place_of,
    start_register,
    who_asks,
)
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.references import highest_folders
from riskgen.service.surroundings import warnings_of

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PHRASE = "seven teaspoons of rain"


@pytest.fixture(autouse=True)
def _still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOW)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "school"
    made.mkdir(mode=0o700)
    return made


@pytest.fixture
def school(example_school: School, register_url: str) -> School:
    return replace(example_school, register=RegisterPlace(register_url))


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, school: School) -> School:
    """The school with its key in a file, and nothing in the environment."""
    monkeypatch.delenv(KEY_VARIABLE)
    return replace(school, register=RegisterPlace(school.register.url, key_file=str(tmp_path / "keys" / "school.key")))


def none_there(folder: Path, school: School) -> bool:
    """Whether there is still no register, and not a table of one."""
    with pytest.raises(database.RegisterFault) as told:
        open_register(place_of(folder, school))
    return told.value.code == "missing"


def forms_of(folder: Path, reference: str) -> None:
    place = folder / "visits" / reference
    place.mkdir(parents=True)
    (place / f"{reference}_form.docx").write_bytes(b"form")


# --- making and opening ---------------------------------------------------------------------------


def test_the_first_to_ask_makes_the_register_and_its_key(folder: Path, key_file: School) -> None:
    with open_desk(folder, key_file) as made:
        name, key = made.register.id, made.key()
    with open_desk(folder, key_file) as again:
        assert (again.register.id, again.key()) == (name, key)
    assert Path(key_file.register.key_file).read_bytes().strip() == base64.b64encode(key)


def test_no_register_is_made_where_only_one_that_is_there_will_do(folder: Path, school: School) -> None:
    with pytest.raises(EnvironmentFault, match="no register yet"), open_desk(folder, school, make=False):
        pass
    assert list(folder.iterdir()) == []
    assert none_there(folder, school)


def test_processes_at_once_end_with_one_register_and_one_key(tmp_path: Path, folder: Path, register_url: str) -> None:
    text = textwrap.dedent("""
        import sys
        from pathlib import Path
        from riskgen.core.struct import replace
        from riskgen.core.model import RegisterPlace, School
        from riskgen.service.desk import open_desk
        place = RegisterPlace(sys.argv[3], key_file=sys.argv[2])
        school = School("x", "", "Europe/London", "bchs", (), register=place)
        sys.stdin.read()
        with open_desk(Path(sys.argv[1]), school) as desk:
            print(desk.register.id, desk.key().hex())
    """)
    environment = {name: value for name, value in os.environ.items() if name != KEY_VARIABLE}
    arguments = [sys.executable, "-c", text, str(folder), str(tmp_path / "keys" / "one.key"), register_url]
    running = [
        subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(4)
    ]
    for process in running:  # all have been started before any may go on
        assert process.stdin
        process.stdin.close()
    said = []
    for process in running:
        assert process.stdout
        said.append(process.stdout.read().split())
        assert process.wait() == 0
    assert len(said[0]) == 2
    assert all(each == said[0] for each in said)


def test_whoever_comes_second_takes_the_register_of_the_first(folder: Path, school: School) -> None:
    with start_register(folder, school) as first, start_register(folder, school) as second:
        assert first.id == second.id


def test_a_register_that_got_no_key_is_given_one_when_it_is_opened(folder: Path, key_file: School) -> None:
    create_register(place_of(folder, key_file), NOW, {}, Who()).close()
    with open_desk(folder, key_file) as opened, opened.register.read() as reader:
        assert reader.meta(KEY_NAME)
    with open_desk(folder, key_file) as opened:
        assert len(opened.key()) == 32


def test_a_missing_register_is_not_made_anew_where_there_are_forms(folder: Path, school: School) -> None:
    forms_of(folder, "RA-2026-0012")
    with pytest.raises(EnvironmentFault, match="--new-register"), open_desk(folder, school):
        pass
    assert none_there(folder, school)


def test_references_go_on_after_forms_from_before_the_register(folder: Path, school: School) -> None:
    forms_of(folder, "RA-2026-0012")
    forms_of(folder, "RA-2025-0003")
    (folder / "visits" / "RA-2026-0900").mkdir()  # nothing was ever printed from an empty folder
    assert highest_folders(folder) == {"2026": 12, "2025": 3}
    with start_register(folder, school) as register, register.write() as writer:
        assert writer.next_reference(2026) == "RA-2026-0013"
        assert writer.next_reference(2025) == "RA-2025-0004"
        assert writer.next_reference(2027) == "RA-2027-0001"


@pytest.mark.of_a_file("where it may lie")
def test_a_folder_that_a_service_keeps_in_step_is_refused(tmp_path: Path, school: School) -> None:
    place = tmp_path / "Dropbox" / "school"
    place.mkdir(parents=True)
    with pytest.raises(EnvironmentFault, match=r"Dropbox.*Nothing was saved"), open_desk(place, school):
        pass
    assert list(place.iterdir()) == []


@pytest.mark.of_a_file("what lies beside it")
def test_a_second_copy_beside_the_register_is_refused(folder: Path, school: School) -> None:
    with open_desk(folder, school):
        pass
    (folder / "register (1).db").write_bytes(b"")
    with pytest.raises(EnvironmentFault, match=r"register \(1\)\.db"), open_desk(folder, school):
        pass


@pytest.mark.of_a_file("a lock that keeps even readers out")
def test_a_register_that_another_program_keeps_to_itself_is_waited_for_and_then_told_of(
    folder: Path, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_desk(folder, school):
        pass
    monkeypatch.setattr(database, "WAIT", 0.05)
    with closing(sqlite3.connect(folder / REGISTER_FILE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(EnvironmentFault, match="in use by another program"), open_desk(folder, school):
            pass


@pytest.mark.of_a_file("rights of a file and of its folder")
def test_a_folder_that_cannot_be_written_to_is_told_of_at_once(
    folder: Path, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("riskgen.register.database.os.open", refuse)
        with pytest.raises(EnvironmentFault, match="written to by you"), open_desk(folder, school):
            pass
    with open_desk(folder, school):
        pass
    monkeypatch.setattr("riskgen.register.store.os.access", lambda *_, **__: False)
    with pytest.raises(EnvironmentFault, match="written to by you"), open_desk(folder, school):
        pass


def test_of_two_writers_one_is_waited_for_and_then_told_of_and_nobody_waits_to_read(
    folder: Path, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_desk(folder, school) as one, one.register.write() as writer:
        writer.append("", Happened.BACKED_UP, NOW, Who(), {})
        monkeypatch.setattr(database, "WAIT", 0.05)
        in_use = pytest.raises(EnvironmentFault, match="in use by another program")
        with in_use, open_desk(folder, school) as other:
            with other.register.read() as reader:
                assert reader.head()
            with other.register.write():
                pass


def test_a_dry_run_makes_no_register_and_reads_the_one_there_is(folder: Path, school: School) -> None:
    with desk_if_any(folder, school) as none:
        assert none is None
    assert list(folder.iterdir()) == []
    assert none_there(folder, school)
    with open_desk(folder, school) as made, made.register.read() as reader:
        before = made.register.path.read_bytes() if made.register.path else reader.head()
    with desk_if_any(folder, school) as found:
        assert found is not None
        with pytest.raises(database.RegisterFault, match="reading only"), found.register.write():
            pass
        with found.register.read() as reader:
            assert (found.register.path.read_bytes() if found.register.path else reader.head()) == before


@pytest.mark.of_a_file("whatever else is in it")
def test_a_dry_run_tells_of_a_register_that_cannot_be_read(folder: Path, school: School) -> None:
    (folder / REGISTER_FILE).write_bytes(b"no database" * 500)
    with pytest.raises(EnvironmentFault, match="not a register"), desk_if_any(folder, school):
        pass


# --- the key --------------------------------------------------------------------------------------


def test_the_key_of_the_environment_goes_before_the_file(
    folder: Path, key_file: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = bytes(reversed(range(32)))
    monkeypatch.setenv(KEY_VARIABLE, base64.b64encode(key).decode())
    with open_desk(folder, key_file) as made:
        assert made.key() == key
    assert not Path(key_file.register.key_file).exists()


def test_a_wrong_key_is_told_from_the_right_one(
    folder: Path, key_file: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_desk(folder, key_file):
        pass
    wrong = base64.b64encode(bytes(32)).decode()
    monkeypatch.setenv(KEY_VARIABLE, wrong)
    refused = pytest.raises(EnvironmentFault, match="not the key of this register")
    with refused as told, open_desk(folder, key_file) as opened:
        opened.key()
    assert wrong not in str(told.value)


def test_a_key_that_is_gone_is_told_of_and_not_made_anew(folder: Path, key_file: School) -> None:
    with open_desk(folder, key_file):
        pass
    Path(key_file.register.key_file).unlink()
    with pytest.raises(EnvironmentFault, match="register is missing"), open_desk(folder, key_file) as opened:
        opened.key()
    assert not Path(key_file.register.key_file).exists()


def test_a_key_that_cannot_be_kept_is_made_by_the_next_start(folder: Path, key_file: School, tmp_path: Path) -> None:
    (tmp_path / "keys").write_bytes(b"a file where the folder should be")
    with pytest.raises(EnvironmentFault, match="cannot be kept"), open_desk(folder, key_file):
        pass
    (tmp_path / "keys").unlink()
    with open_desk(folder, key_file) as opened:
        assert len(opened.key()) == 32


# --- who is at it ---------------------------------------------------------------------------------


class Typed:
    """Somebody who types these, one after another."""

    def __init__(self, passphrases: Iterable[str] = (), new: Iterable[str] = ()) -> None:
        self.passphrases, self.new = list(passphrases), list(new)
        self.why: list[str] = []

    def passphrase(self, person: Staff) -> str:
        return self.passphrases.pop(0)

    def new_passphrase(self, person: Staff, why_not: str) -> str:
        self.why.append(why_not)
        return self.new.pop(0)


def with_account(opened: Desk, staff: str, account: str) -> Desk:
    people = tuple(
        replace(person, accounts=(account,)) if person.id == staff else person for person in opened.school.staff
    )
    return replace(opened, school=replace(opened.school, staff=people))


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "account_name", lambda: "Desk1")


def test_an_account_that_school_yaml_knows_is_that_person(folder: Path, school: School) -> None:
    with open_desk(folder, school) as opened:
        assert who_asks(opened) == Who("", "Desk1", "")
        known = with_account(opened, "S-02", "desk1")
        assert who_asks(known) == Who("S-02", "Desk1", "account")
        assert who_asks(known, "S-02") == Who("S-02", "Desk1", "account")


def test_whoever_is_named_at_another_account_has_to_show_it(folder: Path, school: School) -> None:
    with open_desk(folder, school) as opened:
        known = with_account(opened, "S-02", "desk1")
        with pytest.raises(Refused, match="S-03 has to type a passphrase"):
            who_asks(known, "S-03")


def test_the_first_passphrase_is_chosen_and_kept_as_a_hash(folder: Path, school: School) -> None:
    typed = Typed(new=["short", PHRASE])
    with open_desk(folder, school) as opened:
        assert who_asks(opened, "S-02", typed) == Who("S-02", "Desk1", "passphrase")
        with opened.register.read() as reader:
            last, hashed = reader.last(), reader.passphrase("S-02")
        assert last
        assert hashed
        assert (last.happened, last.body) == (Happened.PASSPHRASE_SET, {"staff": "S-02", "digest": digest_of(hashed)})
        assert PHRASE not in hashed
        assert who_asks(opened, "S-02", Typed([PHRASE])).proof == "passphrase"
    assert typed.why[0] == ""
    assert typed.why[1] != ""
    if opened.register.path:
        assert PHRASE.encode() not in opened.register.path.read_bytes()


def test_three_wrong_passphrases_are_enough(folder: Path, school: School) -> None:
    with open_desk(folder, school) as opened:
        who_asks(opened, "S-02", Typed(new=[PHRASE]))
        wrong = Typed(["one", "two", "three", PHRASE])
        with pytest.raises(Refused, match="not the passphrase of S-02"):
            who_asks(opened, "S-02", wrong)
        assert wrong.passphrases == [PHRASE]
        assert who_asks(opened, "S-02", Typed(["one", "two", PHRASE])).staff == "S-02"


def test_a_first_passphrase_that_somebody_else_has_chosen_meanwhile_stays(folder: Path, school: School) -> None:
    with open_desk(folder, school) as opened:

        class Slow(Typed):
            def new_passphrase(self, person: Staff, why_not: str) -> str:
                with open_register(place_of(folder, school)) as other, other.write() as writer:
                    writer.put_passphrase(person.id, "of the other")
                return PHRASE

        with pytest.raises(Refused, match="meanwhile"):
            who_asks(opened, "S-02", Slow())
        with opened.register.read() as reader:
            assert reader.passphrase("S-02") == "of the other"


def test_nobody_is_taken_for_a_person_that_school_yaml_does_not_have(folder: Path, school: School) -> None:
    with open_desk(folder, school) as opened, pytest.raises(InvalidInput) as told:
        who_asks(opened, "S-99", Typed())
    assert [problem.code for problem in told.value.problems] == ["staff-unknown"]


# --- the clock ------------------------------------------------------------------------------------


def test_a_clock_behind_the_last_event_is_told_of(
    folder: Path, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_desk(folder, school) as opened:
        assert warnings_of(opened) == ()
        monkeypatch.setattr(clock, "utc_now", lambda: NOW - timedelta(hours=3, minutes=5))
        (warning,) = warnings_of(opened)
    assert "3 hours before the latest event" in warning


def test_a_clock_within_a_minute_is_as_good_as_another(
    folder: Path, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_desk(folder, school) as opened:
        monkeypatch.setattr(clock, "utc_now", lambda: NOW - timedelta(minutes=1))
        assert warnings_of(opened) == ()


@pytest.mark.of_a_file("the disk under it")
def test_a_register_on_a_share_is_told_of(folder: Path, school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskgen.service.surroundings.network_share", lambda folder: "a network share (nfs)")
    with open_desk(folder, school) as opened:
        (warning,) = warnings_of(opened)
    assert "share (nfs)" in warning
    assert "PostgreSQL" in warning


@pytest.mark.of_a_file("who may read it")
@pytest.mark.skipif(os.name != "posix", reason="Windows keeps rights elsewhere")
def test_a_register_that_others_may_read_is_told_of(folder: Path, school: School) -> None:
    with open_desk(folder, school) as opened:
        (folder / REGISTER_FILE).chmod(0o644)
        (warning,) = warnings_of(opened)
    assert REGISTER_FILE in warning


def test_times_are_shown_as_on_the_wall_of_the_school(folder: Path, school: School) -> None:
    with open_desk(folder, school) as opened:
        assert opened.wall(datetime(2026, 7, 1, 9, 30, 59, tzinfo=UTC)) == datetime(2026, 7, 1, 10, 30)
        assert opened.wall(NOW) == datetime(2026, 11, 20, 9, 0)
