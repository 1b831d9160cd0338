"""The chain of events: what is written down, and that every break in it is found."""

import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from riskgen.core.visit import Happened, Who
from riskgen.register import chain
from riskgen.register.chain import NOTHING_BEFORE, Row, canonical, event_of, faults, head_of, moment, next_row, written
from riskgen.register.database import RegisterFault

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def rows() -> list[Row]:
    """Six events of one visit; nothing is wrong with them."""
    made: list[Row] = []
    for number in range(1, 7):
        previous = made[-1].hash if made else NOTHING_BEFORE
        at = AT + timedelta(minutes=number)
        made.append(next_row(number, previous, "RA-2026-0001", Happened.CHECKED_IN, at, Who("S-01"), {"n": number}))
    return made


def found(rows: list[Row], head: str = "") -> list[str]:
    end = head or head_of(rows[-1].number, rows[-1].hash)
    return [fault.message for fault in faults(rows, end)]


def test_a_sound_chain_has_no_faults(rows: list[Row]) -> None:
    assert found(rows) == []


def test_no_events_at_all_are_a_sound_chain() -> None:
    assert list(faults([], head_of(0, NOTHING_BEFORE))) == []


def test_values_are_written_in_one_way_only() -> None:
    assert canonical({"b": [1, None], "a": "é\x00"}) == '{"a":"é\\u0000","b":[1,null]}'.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {"a": {1, 2}}, AT])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        canonical(value)


def test_times_are_text_in_utc_that_sorts_and_comes_back() -> None:
    there = datetime(2026, 7, 1, 10, 0, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    assert written(there) == "2026-07-01T09:00:00.000005Z"
    assert moment(written(there)) == there
    assert written(AT) < written(AT + timedelta(microseconds=1))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        written(datetime(2026, 7, 1))


def test_an_event_comes_back_as_it_was_written(rows: list[Row]) -> None:
    event = event_of(rows[2])
    assert (event.number, event.happened, event.at) == (3, Happened.CHECKED_IN, AT + timedelta(minutes=3))
    assert (event.who, event.body) == (Who("S-01"), {"n": 3})


def test_the_same_body_twice_has_two_digests(rows: list[Row]) -> None:
    again = next_row(1, NOTHING_BEFORE, "RA-2026-0001", Happened.CHECKED_IN, AT, Who("S-01"), {"n": 1})
    assert again.digest != rows[0].digest


@pytest.mark.parametrize("column", [name for name in Row._fields if name not in ("number", "salt", "body")])
def test_an_edit_of_any_column_is_found(rows: list[Row], column: str) -> None:
    rows[3] = rows[3]._replace(**{column: f"{getattr(rows[3], column)}x"})
    assert any("4" in message for message in found(rows))


@pytest.mark.parametrize("column", ["salt", "body"])
def test_an_edit_of_what_an_event_says_is_found(rows: list[Row], column: str) -> None:
    old = getattr(rows[3], column)
    rows[3] = rows[3]._replace(**{column: bytes([old[0] ^ 1]) + old[1:]})
    assert found(rows) == ["What event 4 says is not what was written."]


def test_another_body_of_the_right_form_is_found(rows: list[Row]) -> None:
    rows[3] = rows[3]._replace(body=zlib.compress(canonical({"n": 5})))
    assert found(rows) == ["What event 4 says is not what was written."]


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ([0], "Event 1 is missing."),
        ([3], "Event 4 is missing."),
        ([2, 3], "Events 3 to 4 are missing."),
        ([5], "The register ends with event 5, but the last that was written down is 6, or another."),
    ],
)
def test_events_that_were_taken_out_are_named(rows: list[Row], missing: list[int], message: str) -> None:
    head = head_of(6, rows[-1].hash)
    assert found([row for index, row in enumerate(rows) if index not in missing], head) == [message]


def test_two_events_that_changed_places_are_found(rows: list[Row]) -> None:
    rows[2], rows[3] = rows[3]._replace(number=3), rows[2]._replace(number=4)
    assert "Event 3 was changed after it was written." in found(rows)


def test_an_event_that_was_replaced_by_a_sound_one_is_found(rows: list[Row]) -> None:
    rows[3] = next_row(4, rows[2].hash, "RA-2026-0001", Happened.CALLED_OFF, AT, Who("S-02"), {"n": 4})
    assert found(rows) == ["Event 5 does not follow on the event before it: one was replaced."]


def test_the_last_event_replaced_is_found_by_the_head(rows: list[Row]) -> None:
    head = head_of(6, rows[-1].hash)
    rows[5] = next_row(6, rows[4].hash, "RA-2026-0001", Happened.CALLED_OFF, AT, Who("S-02"), {"n": 6})
    assert len(found(rows, head)) == 1


def _erase(row: Row) -> Row:
    return row._replace(salt=None, body=None)


def test_what_was_erased_without_a_word_is_found(rows: list[Row]) -> None:
    rows[1] = _erase(rows[1])
    assert found(rows) == ["What event 2 said is gone, and no later event says that it was erased."]


@pytest.mark.parametrize(("subject", "sound"), [("RA-2026-0001", True), ("RA-2026-0002", False)])
def test_what_was_erased_is_in_order_if_its_own_subject_says_so_later(
    rows: list[Row], subject: str, sound: bool
) -> None:
    erased = [_erase(row) for row in rows]
    tombstone = next_row(7, rows[-1].hash, subject, Happened.ERASED, AT, Who("S-01"), {"rule": "x"})
    assert (found([*erased, tombstone]) == []) is sound


def test_a_word_of_erasure_does_not_cover_what_comes_after_it(rows: list[Row]) -> None:
    tombstone = next_row(7, rows[-1].hash, "RA-2026-0001", Happened.ERASED, AT, Who(), {})
    later = next_row(8, tombstone.hash, "RA-2026-0001", Happened.HELD, AT, Who(), {})
    assert [fault.number for fault in faults([*rows, tombstone, _erase(later)], head_of(8, later.hash))] == [8]


@pytest.mark.parametrize("change", [{"salt": None}, {"body": None}])
def test_half_an_erasure_is_found(rows: list[Row], change: dict[str, None]) -> None:
    rows[1] = rows[1]._replace(**change)
    assert found(rows) == ["What event 2 says is not what was written."]


def test_a_kind_of_event_that_is_not_known_is_said() -> None:
    row = next_row(1, NOTHING_BEFORE, "", Happened.STARTED, AT, Who(), {})._replace(happened="flown")
    row = row._replace(hash=chain._hash(row))
    assert found([row]) == ["Event 1 is of a kind that this riskgen does not know."]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda row: row._replace(happened="flown"),
        lambda row: row._replace(at="yesterday"),
        lambda row: row._replace(body=b"plain"),
        lambda row: row._replace(body=zlib.compress(b"{")),
    ],
)
def test_an_event_that_cannot_be_read_is_a_fault_that_names_it(rows: list[Row], spoil: Callable[[Row], Row]) -> None:
    with pytest.raises(RegisterFault, match="Event 3 ") as raised:
        event_of(spoil(rows[2]))
    assert raised.value.code == "damaged"
