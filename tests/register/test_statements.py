"""Statements: put into SQL once, and then asked with one value after another."""

from datetime import UTC, datetime

import pytest

from riskgen.core.visit import Happened, Who
from riskgen.register.schema import META, get_meta, put_meta
from riskgen.register.statements import Slot, Statement, numbered, slots, statement
from riskgen.register.store import Register

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


@statement
def _values(count: int, most: int = 10) -> object:
    query = META.select(META.c.value).where((META.c.name != "id") & META.c.name.in_(slots(count)))
    return query.order_by(META.c.value).limit(most)


def test_a_statement_is_made_once_and_serves_whatever_values_come(register: Register) -> None:
    connection = register.connection
    with connection.writing():
        for name in ("a", "b", "c?%s"):
            put_meta(connection, name, f"{name} is kept")
        put_meta(connection, "a", "a is another")
        assert get_meta(connection, "c?%s") == "c?%s is kept"
        assert connection.ask(_values(2), **numbered(("b", "a"))) == [("a is another",), ("b is kept",)]
        assert connection.ask(_values(2), **numbered(("id", "c?%s"))) == [("c?%s is kept",)]
        assert connection.ask(_values(2, most=1), **numbered(("b", "a"))) == [("a is another",)]
        assert connection.ask(_values(0)) == []
        assert connection.do(Statement(META.delete().where(META.c.name == Slot("name"))), name="b") == 1
        assert connection.do(Statement(META.delete().where(META.c.name == Slot("name"))), name="b") == 0
    assert _values(2) is _values(2)
    assert _values(2) is not _values(3)


def test_a_slot_without_a_value_is_an_error(register: Register) -> None:
    with register.connection.reading(), pytest.raises(KeyError):
        register.connection.ask(_values(1), name="id")


def test_a_visit_that_is_known_is_read_again_only_where_something_happened_since(register: Register) -> None:
    with register.write() as writer:
        writer.append("RA-2026-0001", Happened.DRAFTED, AT, Who(), {"reason": "one"})
        known = writer.visits(["RA-2026-0001"])["RA-2026-0001"]
        assert writer.by_now(known) is known
        writer.append("RA-2026-0002", Happened.DRAFTED, AT, Who(), {})
        assert writer.by_now(known) is known
        writer.append("RA-2026-0001", Happened.CANCELLED, AT, Who(), {"reason": "two"})
        assert [event.happened for event in writer.by_now(known).events] == [Happened.DRAFTED, Happened.CANCELLED]


def test_an_event_that_was_just_written_is_the_one_that_would_be_read_back(register: Register) -> None:
    body = {"reason": "é\n", "forms": ["a", {"b": None}], "count": 3, "share": 0.5, "sure": True}
    with register.write() as writer:
        events = (
            writer.append("RA-2026-0001", Happened.DRAFTED, AT, Who("S-01", "office", "account"), body),
            writer.append("RA-2026-0001", Happened.CANCELLED, AT, Who(), {}),
        )
        assert writer.events_of(["RA-2026-0001"])["RA-2026-0001"] == events
