"""Statements that are run again and again: Peewee puts each into SQL once, and later runs only bring other values.

To put a query into SQL takes Peewee several times as long as SQLite takes to answer it.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, ParamSpec, cast

from riskgen.core.struct import Struct

P = ParamSpec("P")
_KEPT = 64
"""Statements of one kind: a list of values makes another with each length that it has."""


class Slot(Struct, frozen=True):
    """Where a value is to come in a query of Peewee, by its name."""

    name: str


class Statement:
    """A query of Peewee with a `Slot` wherever a value is to come. It is the same for every database."""

    def __init__(self, query: Any) -> None:
        self._query = query
        self._in_sql: dict[type, tuple[str, tuple[Any, ...]]] = {}

    def in_sql(self, database: Any, values: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
        """The statement in the words of a database, and the values in the order of its marks.

        Raises `KeyError` where there is no value for a slot.
        """
        kind = type(database)
        if kind not in self._in_sql:
            text, held = database.get_sql_context().sql(self._query).query()
            self._in_sql[kind] = text, tuple(held)
        text, held = self._in_sql[kind]
        return text, tuple(values[each.name] if isinstance(each, Slot) else each for each in held)


def statement(query: Callable[P, Any]) -> Callable[P, Statement]:
    """Decorates a function that makes a query of Peewee: the statement is made once for the same arguments."""

    def made(*args: P.args, **kwargs: P.kwargs) -> Statement:
        return Statement(query(*args, **kwargs))

    return cast(Callable[P, Statement], lru_cache(_KEPT)(made))  # whose type forgets what the arguments are


def slots(count: int) -> list[Slot]:
    """Room for so many values of a list, which `numbered` gives."""
    return [Slot(str(number)) for number in range(count)]


def numbered(values: Iterable[Any]) -> dict[str, Any]:
    return {str(number): value for number, value in enumerate(values)}
