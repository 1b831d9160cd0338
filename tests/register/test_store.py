"""The register on both databases: what is kept, how it is found, who may write, and that tampering shows."""

import sqlite3
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import peewee
import pytest

from riskgen.core.struct import replace
from riskgen.core.visit import Entry, Happened, State, Who
from riskgen.files.publish import WouldOverwrite
from riskgen.register.chain import NOTHING_BEFORE
from riskgen.register.database import RegisterFault
from riskgen.register.store import Register, create_register, open_register

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
WHO = Who("S-01", "DESK\\one", "account")
REFERENCE = "RA-2026-0001"
ENTRY = Entry(
    REFERENCE, State.DRAFT, "F-0123", "welfare", "go", ("S-02", "S-01"), AT, AT + timedelta(hours=1), True,
    "bchs", "2024", "abc", "def",
)  # fmt: skip


def add_visit(register: Register, reference: str = REFERENCE, *more: Happened, **changed: object) -> None:
    """A drafted visit, what happened to it after, and its line in the index."""
    with register.write() as writer:
        for happened in (Happened.DRAFTED, *more):
            writer.append(reference, happened, AT, WHO, {"said": f"{reference} {happened}"})
        state = writer.visits([reference])[reference].state
        writer.put_entry(replace(ENTRY, reference=reference, state=state, **changed))  # type: ignore[arg-type]


# --- making and opening ---------------------------------------------------------------------------


def test_a_new_register_begins_with_its_first_event(register: Register) -> None:
    with register.read() as reader:
        (first,) = reader.all_events()
        assert reader.verify() == ()
    assert (first.number, first.subject, first.happened, first.body) == (1, "", Happened.STARTED, {"school": "example"})
    assert len(register.id) == 32


def test_opening_it_again_finds_the_same_register(register: Register, where: Path | str) -> None:
    with open_register(where) as again, again.read() as reader:
        assert (again.id, again.dialect, again.path) == (register.id, register.dialect, register.path)
        assert reader.last() is not None


def test_a_register_is_not_made_over_another(register: Register, where: Path | str) -> None:
    with pytest.raises(WouldOverwrite, match=r"already|Already"):
        create_register(where, AT, {}, WHO)
    with open_register(where) as again:
        assert again.id == register.id


def test_an_opening_for_reading_only_reads_and_does_not_write(register: Register, where: Path | str) -> None:
    add_visit(register)
    with open_register(where, read_only=True) as again:
        with again.read() as reader:
            assert reader.entry(REFERENCE) == ENTRY
        with pytest.raises(RegisterFault) as raised, again.write():
            pass
    assert raised.value.code == "read-only"


# --- events ---------------------------------------------------------------------------------------


def test_events_come_back_as_they_were_added(register: Register) -> None:
    body = {"text": "a\x00b £ 🙂", "list": [1, 2.5, None, True], "nested": {"z": {}, "a": ""}}
    with register.write() as writer:
        added = writer.append(REFERENCE, Happened.DRAFTED, AT, WHO, body)
        assert writer.last() == added
    with register.read() as reader:
        assert reader.events(REFERENCE) == (added,)
        assert reader.events("RA-2026-0009") == ()
        assert reader.events_of(["", REFERENCE, "F-1"]).keys() == {"", REFERENCE, "F-1"}
    assert (added.number, added.at, added.who, added.body) == (2, AT, WHO, body)


def test_events_of_many_subjects_come_at_once(register: Register) -> None:
    subjects = [f"F-{number:04}" for number in range(1203)]
    with register.write() as writer:
        for subject in subjects:
            writer.append(subject, Happened.MARKED, AT, WHO, {})
    with register.read() as reader:
        found = reader.events_of(subjects)
        assert [len(events) for events in found.values()] == [1] * 1203
        assert [event.number for event in reader.all_events()] == list(range(1, 1205))
        assert [event.number for event in reader.all_events(after=1202)] == [1203, 1204]
        assert reader.verify() == ()


def test_the_head_changes_with_every_event(register: Register) -> None:
    heads = {NOTHING_BEFORE}
    for _ in range(3):
        with register.write() as writer:
            writer.append("", Happened.BACKED_UP, AT, WHO, {})
            heads.add(writer.head())
    assert len(heads) == 4


def test_nothing_is_saved_if_anything_is_raised(register: Register) -> None:
    def begin_and_fail() -> None:
        with register.write() as writer:
            writer.append(REFERENCE, Happened.DRAFTED, AT, WHO, {})
            writer.put_entry(ENTRY)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        begin_and_fail()
    with register.read() as reader:
        assert (reader.entry(REFERENCE), reader.events(REFERENCE), reader.verify()) == (None, (), ())


def test_a_body_that_json_cannot_hold_saves_nothing(register: Register) -> None:
    with pytest.raises(ValueError, match="JSON"), register.write() as writer:
        writer.append(REFERENCE, Happened.DRAFTED, AT, WHO, {"x": float("nan")})
    with register.read() as reader:
        assert reader.events(REFERENCE) == ()


def test_a_fault_that_was_passed_over_inside_is_still_no_half_saving(register: Register) -> None:
    """PostgreSQL takes the whole transaction back after any fault inside, and SQLite after some."""

    def write_on_after_a_fault() -> None:
        with register.write() as writer:
            writer.append(REFERENCE, Happened.DRAFTED, AT, WHO, {})
            with suppress(peewee.PeeweeException):
                register.connection.execute("ROLLBACK" if register.path else "SELECT 1 / 0")

    with pytest.raises(RegisterFault, match=r"Nothing was saved\.$"):
        write_on_after_a_fault()
    with register.read() as reader:
        assert reader.events(REFERENCE) == ()


def test_a_reader_sees_one_moment_while_others_write(register: Register, where: Path | str) -> None:
    with open_register(where) as other, other.read() as reader:
        assert reader.last() is not None
        if register.dialect == "postgresql":  # in SQLite a writer waits for the readers instead
            add_visit(register)
        assert [event.number for event in reader.all_events()] == [1]
    add_visit(register, "RA-2026-0002")
    with open_register(where) as other, other.read() as reader:
        assert reader.events("RA-2026-0002")


def test_a_transaction_within_another_is_refused(register: Register) -> None:
    with register.read(), pytest.raises(RuntimeError), register.write():
        pass
    add_visit(register)


# --- references -----------------------------------------------------------------------------------


def test_references_count_on_within_their_year(register: Register) -> None:
    for expected in ("RA-2026-0001", "RA-2026-0002", "RA-2027-0001", "RA-2026-0003"):
        with register.write() as writer:
            reference = writer.next_reference(int(expected[3:7]))
            assert reference == expected
            writer.put_entry(replace(ENTRY, reference=reference))


def test_a_reference_that_was_not_taken_is_given_again(register: Register) -> None:
    for _ in range(2):
        with register.write() as writer:
            assert writer.next_reference(2026) == REFERENCE


def test_a_trust_goes_on_beyond_four_digits(register: Register) -> None:
    with register.write() as writer:
        writer.put_entry(replace(ENTRY, reference="RA-2026-9999"))
        assert writer.next_reference(2026) == "RA-2026-10000"
        writer.put_entry(replace(ENTRY, reference="RA-2026-10000"))
        assert writer.next_reference(2026) == "RA-2026-10001"


def test_references_of_a_year_run_out(register: Register) -> None:
    with register.write() as writer:
        writer.put_entry(replace(ENTRY, reference="RA-2026-999999"))
        with pytest.raises(LookupError, match="2026"):
            writer.next_reference(2026)
        assert writer.next_reference(2027) == "RA-2027-0001"


@pytest.mark.parametrize("reference", ["", "RA-2026-1", "RA-2026-00001", "F-0123", "RA-2026-0001x", "RA-٢٠٢٦-0001"])
def test_only_the_reference_of_a_visit_is_in_the_index(register: Register, reference: str) -> None:
    with pytest.raises(ValueError, match="reference"), register.write() as writer:
        writer.put_entry(replace(ENTRY, reference=reference))


WORK = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from riskgen.core.visit import Entry, Happened, State, Who
from riskgen.register.store import open_register

where = sys.argv[1] if sys.argv[1].startswith("postgresql:") else Path(sys.argv[1])
at = datetime(2026, 3, 2, tzinfo=UTC)
for _ in range(25):
    with open_register(where) as register:
        with register.write() as writer:
            reference = writer.next_reference(2026)
            writer.append(reference, Happened.DRAFTED, at, Who(), {})
            writer.put_entry(Entry(reference, State.DRAFT))
        print(reference, flush=True)
"""


def test_eight_processes_take_references_without_gap_or_duplicate(register: Register, where: Path | str) -> None:
    command = [sys.executable, "-c", textwrap.dedent(WORK), str(where)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    taken = Counter(line for worker in workers for line in worker.communicate()[0].split())
    assert [worker.returncode for worker in workers] == [0] * 8
    assert taken == Counter(f"RA-2026-{number:04}" for number in range(1, 201))
    with register.read() as reader:
        assert [event.number for event in reader.all_events()] == list(range(1, 202))
        assert {entry.reference for entry in reader.find()} == set(taken)
        assert reader.verify() == ()


# --- finding --------------------------------------------------------------------------------------


@pytest.fixture
def found(register: Register) -> Callable[..., list[str]]:
    """Finds among four visits, by the last digit of their references."""
    hours = {"1": None, "2": 2, "3": 1, "4": 3}
    for digit, hour in hours.items():
        add_visit(
            register,
            f"RA-2026-000{digit}",
            *((Happened.CANCELLED,) if digit == "4" else ()),
            start=None if hour is None else AT + timedelta(hours=hour),
            family="F-1" if digit in "12" else "F-2",
            purpose="welfare" if digit == "1" else "attendance",
            outcome="stop" if digit == "3" else "go",
            policy="other" if digit == "2" else "bchs",
            visitors=("S-03",) if digit in "23" else ("S-01", "S-03") if digit == "4" else (),
        )

    def find(**wanted: object) -> list[str]:
        with register.read() as reader:
            return [entry.reference[-1] for entry in reader.find(**wanted)]  # type: ignore[arg-type]

    return find


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, "1324"),
        ({"states": {State.DRAFT}}, "132"),
        ({"states": {State.DRAFT, State.CANCELLED}}, "1324"),
        ({"states": {State.OUT}}, ""),
        ({"since": AT + timedelta(hours=1), "until": AT + timedelta(hours=3)}, "32"),
        ({"since": AT + timedelta(hours=2)}, "24"),
        ({"until": AT + timedelta(hours=2)}, "3"),
        ({"purpose": "welfare"}, "1"),
        ({"outcome": "stop"}, "3"),
        ({"visitor": "S-03"}, "324"),
        ({"visitor": "S-01", "states": {State.DRAFT}}, ""),
        ({"family": "F-1"}, "12"),
        ({"policy": "other"}, "2"),
        ({"family": "F-2", "outcome": "go"}, "4"),
    ],
)
def test_visits_are_found_by_what_is_asked(
    found: Callable[..., list[str]], wanted: dict[str, object], expected: str
) -> None:
    assert found(**wanted) == list(expected)


def test_a_line_of_the_index_comes_back_whole_and_can_change(register: Register) -> None:
    add_visit(register)
    changed = replace(ENTRY, state=State.OUT, visitors=("S-03",), start=None, after_the_fact=False)
    with register.read() as reader:
        assert reader.entry(REFERENCE) == ENTRY
        assert reader.find() == (ENTRY,)
    with register.write() as writer:
        writer.put_entry(changed)
    with register.read() as reader:
        assert reader.entry(REFERENCE) == changed
        assert reader.entry("RA-2026-0002") is None


def test_visits_are_added_up_from_their_events(register: Register) -> None:
    add_visit(register, REFERENCE, Happened.ASSESSED, Happened.DEPARTED)
    with register.read() as reader:
        (visit,) = reader.visits([REFERENCE, "RA-2026-0002"]).values()
    assert (visit.state, len(visit.events), visit.body["said"]) == (State.OUT, 3, f"{REFERENCE} assessed")


def test_subjects_are_found_by_what_happened_to_them(register: Register) -> None:
    add_visit(register, "RA-2026-0002", Happened.ASSESSED, Happened.ASSESSED)
    add_visit(register, "RA-2026-0001", Happened.CANCELLED)
    with register.read() as reader:
        assert reader.subjects_with(Happened.ASSESSED) == ("RA-2026-0002",)
        assert reader.subjects_with(Happened.CANCELLED, Happened.ASSESSED) == ("RA-2026-0001", "RA-2026-0002")
        assert reader.subjects_with(Happened.HELD) == ()


@pytest.mark.parametrize(
    "asked",
    [
        "state IN ('out', 'returned')",
        "start >= 'a' AND start < 'b'",
        "family = 'a'",
        "outcome = 'a'",
        "purpose = 'a'",
        "reference IN (SELECT reference FROM visit_visitor WHERE staff = 'a')",
    ],
)
def test_the_index_is_never_read_through_from_end_to_end(tmp_path: Path, asked: str) -> None:
    with create_register(tmp_path / "register.db", AT, {}, WHO) as register, register.read():
        query = f"EXPLAIN QUERY PLAN SELECT * FROM visit WHERE {asked} ORDER BY start, reference"  # noqa: S608  # ours
        plan = [row[3] for row in register.connection.execute(query).fetchall()]
    assert not [step for step in plan if step.startswith("SCAN visit")], plan


# --- safe words, passphrases, words about the register ---------------------------------------------


def test_a_safe_word_is_kept_replaced_and_erased(register: Register) -> None:
    with register.write() as writer:
        writer.put_safe_word(REFERENCE, b"\x00sealed", "mark-1", AT)
        assert writer.safe_word(REFERENCE) == b"\x00sealed"
        writer.put_safe_word(REFERENCE, b"again", "mark-2", AT)
    with register.read() as reader:
        assert (reader.safe_word(REFERENCE), reader.safe_word("RA-2026-0002")) == (b"again", None)
    with register.write() as writer:
        writer.erase_safe_word(REFERENCE)
        assert writer.safe_word(REFERENCE) is None


def test_a_word_is_spent_while_in_use_and_since_the_day_that_is_asked(register: Register) -> None:
    with register.write() as writer:
        writer.put_safe_word("RA-2025-0001", b"x", "old", AT - timedelta(days=400))
        writer.put_safe_word("RA-2025-0002", b"x", "old-in-use", AT - timedelta(days=400))
        writer.put_safe_word("RA-2026-0001", b"x", "new", AT)
        writer.erase_safe_word("RA-2025-0001")
        writer.erase_safe_word("RA-2026-0001")
    with register.read() as reader:
        assert reader.spent_words(AT) == {"old-in-use", "new"}
        assert reader.spent_words(AT + timedelta(days=1)) == {"old-in-use"}
        assert reader.spent_words(AT - timedelta(days=500)) == {"old", "old-in-use", "new"}


def test_marks_of_long_ago_can_be_forgotten(register: Register) -> None:
    with register.write() as writer:
        writer.put_safe_word("RA-2025-0001", b"x", "old", AT - timedelta(days=400))
        writer.erase_safe_word("RA-2025-0001")
        writer.put_safe_word("RA-2026-0001", b"x", "new", AT)
        writer.forget_marks(AT)
        assert writer.spent_words(AT - timedelta(days=500)) == {"new"}


def test_passphrases_and_words_about_the_register_are_kept(register: Register) -> None:
    with register.write() as writer:
        for value in ("one", "two"):
            writer.put_passphrase("S-01", f"hash {value}")
            writer.put_meta("key", value)
    with register.read() as reader:
        assert (reader.passphrase("S-01"), reader.passphrase("S-02")) == ("hash two", None)
        assert (reader.meta("key"), reader.meta("other")) == ("two", None)


@pytest.mark.parametrize("name", ["id", "head", "schema", "application"])
def test_what_the_register_says_of_itself_is_not_written_over(register: Register, name: str) -> None:
    with pytest.raises(ValueError, match=name), register.write() as writer:
        writer.put_meta(name, "x")


# --- erasing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("tombstone_first", [True, False])
def test_what_was_said_is_erased_and_the_chain_stays_whole(register: Register, tombstone_first: bool) -> None:
    add_visit(register, REFERENCE, Happened.ASSESSED)
    add_visit(register, "RA-2026-0002")
    with register.write() as writer:
        if tombstone_first:
            writer.append(REFERENCE, Happened.ERASED, AT, WHO, {"rule": "x"})
        assert writer.erase_bodies(REFERENCE) == 2
        if not tombstone_first:
            writer.append(REFERENCE, Happened.ERASED, AT, WHO, {"rule": "x"})
        writer.forget_entry(REFERENCE)
        assert writer.erase_bodies(REFERENCE) == 0
    with register.read() as reader:
        assert [event.body for event in reader.events(REFERENCE)] == [None, None, {"rule": "x"}]
        assert reader.events("RA-2026-0002")[0].body
        visit, entry = reader.visits([REFERENCE])[REFERENCE], reader.entry(REFERENCE)
        assert visit.erased
        assert (visit.state, visit.body) == (State.ASSESSED, {})
        assert entry == replace(ENTRY, state=State.ASSESSED, family="", purpose="", visitors=())
        assert reader.verify() == ()


# --- tampering ------------------------------------------------------------------------------------

COPY = "subject, happened, at, staff, account, proof, salt, body, digest, previous, hash FROM event WHERE number ="


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM event",
        "DELETE FROM event WHERE number = 2",
        "UPDATE event SET subject = 'x' WHERE number = 2",
        "UPDATE event SET number = 9 WHERE number = 2",
        "UPDATE event SET salt = NULL, body = NULL, at = 'x' WHERE number = 2",
        "UPDATE event SET body = salt WHERE number = 2",
        "UPDATE event SET body = NULL WHERE number = 2",
        f"INSERT INTO event SELECT 9, {COPY} 2",
        f"INSERT OR REPLACE INTO event SELECT 2, {COPY} 1",
        "REPLACE INTO event SELECT * FROM event WHERE number = 2",
        "UPDATE OR REPLACE event SET number = 1 WHERE number = 2",
        "TRUNCATE event",
    ],
)
def test_the_database_itself_refuses_to_change_what_happened(register: Register, statement: str) -> None:
    add_visit(register)
    with register.read() as reader:
        before = tuple(reader.all_events())
    with pytest.raises(RegisterFault), register.write():
        register.connection.execute(statement)
    with register.read() as reader:
        assert tuple(reader.all_events()) == before
        assert reader.verify() == ()


def tamper(register: Register, *statements: str) -> tuple[str, ...]:
    """Change rows behind the back of the triggers, and give what `verify` finds then."""
    kind = register.dialect == "sqlite"
    drop = ("event_in_turn", "event_kept", "event_stays") if kind else ("event_kept", "event_stays")
    with register.write():
        for trigger in drop:
            register.connection.execute(f"DROP TRIGGER {trigger}" + ("" if kind else " ON event"))
        for statement in statements:
            register.connection.execute(statement)
    with register.read() as reader:
        return tuple(fault.message for fault in reader.verify())


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (["UPDATE event SET staff = 'S-09' WHERE number = 3"], "Event 3 was changed after it was written."),
        (["UPDATE event SET at = '2026-03-02T09:00:00.000001Z' WHERE number = 3"], "Event 3 was changed after"),
        (["UPDATE event SET happened = 'returned' WHERE number = 3"], "Event 3 was changed after"),
        (["UPDATE event SET body = salt WHERE number = 3"], "What event 3 says is not what was written."),
        (["UPDATE event SET salt = NULL, body = NULL WHERE number = 3"], "What event 3 said is gone"),
        (["DELETE FROM event WHERE number = 3"], "Event 3 is missing."),
        (["DELETE FROM event WHERE number = 1"], "Event 1 is missing."),
        (["DELETE FROM event WHERE number = 5"], "The register ends with event 4"),
        (["DELETE FROM event"], "The register ends with event 0"),
        (
            [
                "UPDATE event SET number = -number WHERE number IN (3, 4)",
                "UPDATE event SET number = number + 7 WHERE number < 0",
            ],
            "Event 3 does not follow on the event before it: one was replaced.",
        ),
        (
            ["DELETE FROM event WHERE number = 3", f"INSERT INTO event SELECT 3, {COPY} 4"],
            "Event 3 was changed after it was written.",
        ),
        ([f"INSERT INTO event SELECT 6, {COPY} 5"], "Event 6 was changed after it was written."),
        (["UPDATE visit SET state = 'closed'"], f"The index has {REFERENCE} as closed"),
        (["DELETE FROM visit_visitor", "DELETE FROM visit"], f"{REFERENCE} is missing from the index of visits."),
        (
            ["UPDATE visit SET reference = 'RA-2026-0009'"],
            "The index has RA-2026-0009, and nothing is written that happened to it.",
        ),
    ],
)
def test_rows_that_were_changed_behind_the_triggers_are_found(
    register: Register, statements: list[str], message: str
) -> None:
    add_visit(register, REFERENCE, Happened.ASSESSED, Happened.DEPARTED, Happened.CHECKED_IN, visitors=())
    with register.read() as reader:
        assert reader.verify() == ()
    assert any(found.startswith(message) for found in tamper(register, *statements))


def test_an_index_that_cannot_be_read_is_a_fault(register: Register) -> None:
    add_visit(register)
    with register.write():
        register.connection.execute("UPDATE visit SET state = 'flown'")
    with register.read() as reader, pytest.raises(RegisterFault, match=REFERENCE) as raised:
        reader.find()
    assert raised.value.code == "damaged"


# --- what can still be read -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoilt", "left"),
    [("body = salt", [Happened.ASSESSED]), ("happened = 'flown'", []), ("at = 'yesterday'", [])],
)
def test_a_lenient_reader_loses_one_spoilt_event_and_no_other(
    register: Register, spoilt: str, left: list[Happened]
) -> None:
    add_visit(register, REFERENCE, Happened.ASSESSED, Happened.DEPARTED)
    add_visit(register, "RA-2026-0002")
    tamper(register, f"UPDATE event SET {spoilt} WHERE number = 3")  # noqa: S608  # no word from outside
    both = (REFERENCE, "RA-2026-0002")
    with register.read() as reader:
        for ask in (reader.events_of, reader.visits):
            with pytest.raises(RegisterFault, match="Event 3 "):
                ask(both)
        found, visits = reader.events_of(both, lenient=True), reader.visits(both, lenient=True)
    kinds = [event.happened for event in found[REFERENCE]]
    assert kinds == [Happened.DRAFTED, *left, Happened.DEPARTED]
    assert [event.happened for event in found[REFERENCE] if event.body is None] == left
    assert all(event.body for event in found["RA-2026-0002"])
    assert visits[REFERENCE].state is State.OUT


@pytest.mark.parametrize(("spoilt", "number"), [("body = salt", 3), ("happened = 'flown'", None)])
def test_the_last_event_is_told_as_far_as_it_can_be_read(register: Register, spoilt: str, number: int | None) -> None:
    add_visit(register, REFERENCE, Happened.ASSESSED)
    tamper(register, f"UPDATE event SET {spoilt} WHERE number = 3")  # noqa: S608  # no word from outside
    with register.read() as reader:
        last = reader.last()
    assert (last.number if last else None) == number
    assert last is None or (last.body, last.at) == (None, AT)


def test_a_register_in_use_is_waited_for_as_long_as_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    create_register(path, AT, {}, WHO).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(RegisterFault, match=r"for 0\.25 seconds") as raised:
        open_register(path, read_only=True, wait=0.25)
    other.close()
    assert raised.value.code == "locked"
