"""Copies of the register: of one moment, read back, complete or absent; and erased words leave the file."""

import os
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from riskgen.core.visit import Entry, Happened, State, Who
from riskgen.files.publish import WouldOverwrite
from riskgen.register import backup
from riskgen.register.backup import back_up, compact
from riskgen.register.database import RegisterFault
from riskgen.register.store import Reader, Register, open_register

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
REFERENCE = "RA-2026-0001"


@pytest.fixture
def filled(register: Register) -> Register:
    """A register with something in every table, and more events than are copied at a time."""
    with register.write() as writer:
        writer.append(REFERENCE, Happened.DRAFTED, AT, Who("S-01"), {"text": "sentinelanswer\x00é"})
        writer.put_entry(Entry(REFERENCE, State.DRAFT, "F-1", visitors=("S-02", "S-01"), start=AT))
        for number in range(backup._ROWS + 10):
            writer.append(f"F-{number}", Happened.MARKED, AT, Who(), {})
        writer.put_safe_word(REFERENCE, b"\x00\xff", "mark", AT)
        writer.put_passphrase("S-01", "hashed")
        writer.put_meta("key", "word")
    return register


def everything(reader: Reader) -> tuple[object, ...]:
    return (
        tuple(reader.all_events()), reader.head(), reader.find(), reader.safe_word(REFERENCE), reader.spent_words(AT),
        reader.passphrase("S-01"), reader.meta("key"), reader.meta("head"), reader.verify(),
    )  # fmt: skip


def test_a_copy_holds_all_that_the_register_does(filled: Register, tmp_path: Path) -> None:
    target = tmp_path / "copies #1?" / "copy.db"
    target.parent.mkdir()
    result = back_up(filled, target)
    assert [path.name for path in target.parent.iterdir()] == ["copy.db"]
    with filled.read() as old, open_register(target) as made, made.read() as new:
        assert made.id == filled.id
        assert everything(new) == everything(old)
        assert (result.path, result.events, result.head) == (target, backup._ROWS + 12, new.head())
    assert result.size == target.stat().st_size
    if os.name == "posix":
        assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_copy_can_be_gone_on_with(filled: Register, tmp_path: Path) -> None:
    back_up(filled, tmp_path / "copy.db")
    with open_register(tmp_path / "copy.db") as made:
        with made.write() as writer:
            assert writer.next_reference(2026) == "RA-2026-0002"
            writer.append("", Happened.BACKED_UP, AT, Who(), {})
        with made.read() as reader:
            assert reader.verify() == ()


def test_a_copy_is_taken_from_a_register_that_is_open_for_reading_only(
    filled: Register, where: Path | str, tmp_path: Path
) -> None:
    with open_register(where, read_only=True) as reading:
        assert back_up(reading, tmp_path / "copy.db").events == backup._ROWS + 12


def test_a_copy_never_takes_the_place_of_a_file(filled: Register, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("mine")
    with pytest.raises(WouldOverwrite):
        back_up(filled, target)
    assert target.read_text() == "mine"


def test_a_file_that_comes_in_between_is_kept(
    filled: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "copy.db"
    sound = backup.sound

    def come_in_between(*args: object, **more: object) -> bool:
        target.write_text("mine")
        return sound(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(backup, "sound", come_in_between)
    with pytest.raises(WouldOverwrite):
        back_up(filled, target)
    assert target.read_text() == "mine"
    assert not list(tmp_path.glob(".riskgen*"))


@pytest.mark.parametrize("wrong", ["sound", "_end"])
def test_a_copy_that_did_not_turn_out_the_same_is_not_kept(
    filled: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    answers = iter([(1, "x"), (2, "y")])
    monkeypatch.setattr(backup, wrong, (lambda *_, **__: False) if wrong == "sound" else lambda *_: next(answers))
    target = tmp_path / "copies"
    target.mkdir()
    with pytest.raises(RegisterFault, match="did not turn out the same"):
        back_up(filled, target / "copy.db")
    assert list(target.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(filled: Register, tmp_path: Path) -> None:
    with pytest.raises(RegisterFault, match="Make it first"):
        back_up(filled, tmp_path / "none" / "copy.db")


def test_a_file_system_without_links_gets_its_copy_too(
    filled: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    back_up(filled, tmp_path / "copy.db")
    with open_register(tmp_path / "copy.db") as made:
        assert made.id == filled.id


def test_what_was_erased_is_in_no_byte_of_the_file(filled: Register, tmp_path: Path) -> None:
    with filled.write() as writer:
        writer.append("F-9999", Happened.MARKED, AT, Who(), {"text": "kept"})
        digest_of_text = next(iter(writer.events(REFERENCE)))
        assert digest_of_text.body
        rows = filled.connection.execute("SELECT salt, body FROM event WHERE number = 2").fetchone()
    salt, body = map(bytes, rows)
    back_up(filled, tmp_path / "before.db")
    with filled.write() as writer:
        writer.append(REFERENCE, Happened.ERASED, AT, Who(), {})
        assert writer.erase_bodies(REFERENCE) == 1
    compact(filled)
    back_up(filled, tmp_path / "after.db")
    files = {"before.db": True, "after.db": False}
    if filled.path:
        shutil.copy(filled.path, tmp_path / "file.db")
        files["file.db"] = False
    for name, there in files.items():
        content = (tmp_path / name).read_bytes()
        assert (salt in content, body in content) == (there, there), name
    with filled.read() as reader:
        assert reader.verify() == ()


def test_the_room_of_what_was_erased_is_given_back(register: Register) -> None:
    size = "SELECT pg_total_relation_size('event')"
    with register.write() as writer:
        for _ in range(100):
            writer.append(REFERENCE, Happened.MARKED, AT, Who(), {"x": os.urandom(3000).hex()})
        writer.append(REFERENCE, Happened.ERASED, AT, Who(), {})
    with register.write() as writer:
        writer.erase_bodies(REFERENCE)
    before = register.path.stat().st_size if register.path else register.connection.execute(size).fetchone()[0]
    compact(register)
    after = register.path.stat().st_size if register.path else register.connection.execute(size).fetchone()[0]
    assert after < before / 3
