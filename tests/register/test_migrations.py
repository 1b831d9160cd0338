"""New versions of the tables: each step whole or not at all, and a copy first."""

import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.visit import Happened, Who
from riskgen.register import schema
from riskgen.register.database import RegisterFault
from riskgen.register.schema import STEPS, Step
from riskgen.register.store import Register, create_register, open_register

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
WRONG = "ALTER TABLE nowhere ADD COLUMN x TEXT"
SECOND = (
    "CREATE TABLE note (name TEXT PRIMARY KEY)",
    "ALTER TABLE visit ADD COLUMN x TEXT",
    "INSERT INTO note VALUES ('x')",
)
THIRD = ("CREATE TABLE other (name TEXT PRIMARY KEY)",)


def steps(monkeypatch: pytest.MonkeyPatch, *more: tuple[str, ...]) -> None:
    """What the program knows: the steps there are, and some more."""
    monkeypatch.setattr("riskgen.register.schema.STEPS", (*STEPS, *(Step(step, step) for step in more)))
    monkeypatch.setattr("riskgen.register.store.STEPS", schema.STEPS)


def looks(register: Register) -> tuple[Any, ...]:
    """The version, all tables and columns, and the events."""
    columns = (
        "SELECT m.name, m.sql, '' FROM sqlite_master m ORDER BY 1"
        if register.path
        else "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' "
        "ORDER BY 1, 2"
    )
    with register.read() as reader:
        return (
            schema.version_of(register.connection),
            tuple(register.connection.execute(columns).fetchall()),
            tuple(reader.all_events()),
            reader.verify(),
        )


def test_steps_that_are_due_are_taken_on_opening(
    register: Register, where: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = looks(register)
    register.close()
    steps(monkeypatch, SECOND, THIRD)
    with open_register(where, copies=tmp_path) as opened:
        version, _, *events = looks(opened)
        with opened.write() as writer:
            writer.append("", Happened.REPAIRED, AT, Who(), {})
    assert version == len(STEPS) + 2
    assert tuple(events) == before[2:]
    copy = tmp_path / f"register.db.before-v{len(STEPS) + 1}"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    monkeypatch.undo()
    with open_register(copy) as kept:
        assert (kept.id, looks(kept)[0], looks(kept)[2:]) == (register.id, before[0], before[2:])


@pytest.mark.parametrize("at", range(len(SECOND) + 1))
def test_a_step_that_fails_anywhere_leaves_all_as_it_was(
    register: Register, where: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    before = looks(register)
    register.close()
    steps(monkeypatch, (*SECOND[:at], WRONG, *SECOND[at:]))
    for _ in range(2):
        with pytest.raises(RegisterFault, match=r"Nothing was saved\.$"):
            open_register(where, copies=tmp_path)
    monkeypatch.undo()
    with open_register(where) as opened:
        assert looks(opened) == before
    copies = sorted(path.name for path in tmp_path.glob("*before*"))
    assert copies == [f"register.db.before-v{len(STEPS) + 1}{more}" for more in ("", "-2")]


def test_steps_before_one_that_fails_stay(
    register: Register, where: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.close()
    steps(monkeypatch, SECOND, (*THIRD, WRONG))
    with pytest.raises(RegisterFault):
        open_register(where, copies=tmp_path)
    steps(monkeypatch, SECOND)
    with open_register(where) as opened:
        assert looks(opened)[0] == len(STEPS) + 1
    steps(monkeypatch, SECOND, THIRD)
    with open_register(where, copies=tmp_path) as opened:
        assert looks(opened)[0] == len(STEPS) + 2


@pytest.mark.parametrize("at", [0, 1, len(STEPS[0].sqlite) // 2, len(STEPS[0].sqlite), len(STEPS[0].postgresql)])
def test_a_making_that_fails_anywhere_makes_nothing(
    where: Path | str, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    first = Step(*((*old[:at], WRONG, *old[at:]) for old in (STEPS[0].sqlite, STEPS[0].postgresql)))
    monkeypatch.setattr("riskgen.register.schema.STEPS", (first, *STEPS[1:]))
    with pytest.raises(RegisterFault):
        create_register(where, AT, {}, Who())
    monkeypatch.undo()
    with pytest.raises(RegisterFault) as raised:
        open_register(where)
    assert raised.value.code == "missing"
    create_register(where, AT, {}, Who()).close()


def test_a_step_is_not_taken_if_the_copy_fails(
    register: Register, where: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = looks(register)
    register.close()
    steps(monkeypatch, SECOND)
    with pytest.raises(RegisterFault):
        open_register(where, copies=tmp_path / "nowhere" / "deep")
    monkeypatch.undo()
    with open_register(where) as opened:
        assert looks(opened) == before


def test_the_folder_for_copies_is_made(
    register: Register, where: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.close()
    steps(monkeypatch, SECOND)
    open_register(where, copies=tmp_path / "register-copies").close()
    assert [path.name for path in (tmp_path / "register-copies").iterdir()] == [f"register.db.before-v{len(STEPS) + 1}"]


def test_a_copy_of_a_server_needs_a_folder(
    register: Register, where: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.close()
    steps(monkeypatch, SECOND)
    if register.path:
        open_register(where).close()
        assert list(tmp_path.glob("*before*"))
    else:
        with pytest.raises(RegisterFault, match="no folder is named"):
            open_register(where)


def test_an_older_register_is_not_brought_up_to_date_for_reading_only(
    register: Register, where: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = looks(register)
    steps(monkeypatch, SECOND)
    with pytest.raises(RegisterFault, match="command that writes"):
        open_register(where, read_only=True)
    assert looks(register) == before


def test_a_newer_register_is_left_alone(
    register: Register, where: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps(monkeypatch, SECOND)
    open_register(where, copies=tmp_path).close()
    before = looks(register)
    monkeypatch.undo()
    with pytest.raises(RegisterFault, match="newer riskgen") as raised:
        open_register(where)
    assert raised.value.code == "newer"
    assert looks(register) == before
