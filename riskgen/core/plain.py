"""Frozen structs of the core to and from the types of JSON, so that a result can be kept and read years later.

What is written follows the type hints of the classes. A struct is an object of its fields; a tuple a list; a set
a sorted list; an enum its value, or its `id` or name where the value is a number; dates and times ISO 8601; a path its
text. Where a hint allows several kinds, an object with one key says which: {"date": "2026-12-02"} among the answers,
{"all": {"parts": [...]}} among the conditions.

What is read may be of another edition of the program: a field that is not there takes its default, and one that the
class does not have is passed over. An aware datetime keeps its instant and its offset, not the name of its zone.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from hashlib import sha256
from itertools import repeat
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from riskgen.core.conditions import Value
from riskgen.core.model import Clause, Policy
from riskgen.core.struct import Struct, is_struct, names_of, optional_of

T = TypeVar("T")
Way = Callable[[Any], Any]
Hint = Any
"""What a field is declared to be: a class, or a form such as `tuple[str, ...]`."""

NOT_KEPT: Mapping[type, frozenset[str]] = {Clause: frozenset({"path", "line"}), Policy: frozenset({"path"})}
"""Where in which file something was written is no part of what it says: it is neither kept nor in a fingerprint."""


class Form(NamedTuple):
    """How values of one hint are written and read. Both raise `_KindError` for a value of another kind."""

    write: Way
    read: Way


class _KindError(Exception):
    """What is wrong, and where, from the inside out. Never with the value: it may be personal."""

    def __init__(self, what: str, where: str = "") -> None:
        super().__init__(what, where)
        self.what, self.where = what, where

    def within(self, step: str) -> "_KindError":
        return _KindError(self.what, step + self.where)


def to_plain(value: Any) -> Any:
    """A struct of the core, an enum or a `Value`, or a tuple, list or mapping of such, in the types of JSON.

    Raises ValueError naming the field, never its value, where a value is not of the kind that its class declares.
    """
    try:
        return _write_anything(value)
    except _KindError as fault:
        name = type(value).__name__
        raise ValueError(f"{name}{fault.where} cannot be kept: it {fault.what}.") from None


def from_plain(cls: type[T], data: Any) -> T:
    """The struct that `to_plain` wrote.

    Raises ValueError naming the field, never its value, where a field without a default is missing or a value is of
    the wrong kind.
    """
    try:
        found: T = _form(cls).read(data)
    except _KindError as fault:
        raise ValueError(f"{cls.__name__}{fault.where} cannot be read: it {fault.what}.") from None
    return found


def fingerprint(*values: Any) -> str:
    """SHA-256, in hex, of values in canonical JSON: the same in every process, another when what is said changes.

    The order of a mapping does not count, nor does where in a file something is written. Raises ValueError as
    `to_plain` does.
    """
    plain = [to_plain(value) for value in values]
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(canonical.encode("ascii")).hexdigest()


def _write_anything(value: Any) -> Any:
    """By what the value is, where no hint says what it should be."""
    if value is None:
        return None
    kind: Hint = type(value)
    if isinstance(value, Struct | Enum):
        return _form(kind).write(value)
    if isinstance(value, Mapping):
        return _mapping(_ANYTHING).write(value)
    if isinstance(value, list) or (isinstance(value, tuple) and not all(isinstance(item, time) for item in value)):
        return [_write_anything(item) for item in value]
    return _VALUE.write(value)


def _refuse(data: Any) -> Any:
    raise _KindError("was written without saying what it is")


_ANYTHING = Form(_write_anything, _refuse)


# --- forms: one for each kind of hint -------------------------------------------------------------


def _form(hint: Hint) -> Form:
    return _LEAVES.get(hint) or _made(hint)


@cache
def _made(hint: Hint) -> Form:
    origin: Any = get_origin(hint)
    args = get_args(hint)
    if origin in (Union, UnionType):
        return _union(args)
    if origin is tuple:
        return _tuple(_form(args[0])) if args[-1] is Ellipsis else _row(tuple(_form(arg) for arg in args))
    if origin is frozenset:
        return _set(_form(args[0]))
    if origin is not None and issubclass(origin, Mapping) and args[0] is str:
        return _mapping(_form(args[1]))
    if is_struct(hint):
        return _struct(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _enum(hint)
    raise TypeError(f"{hint} is not a kind of value that can be kept.")


def _exact(kind: type, name: str) -> Form:
    """A kind that JSON has as well. `type` and not `isinstance`: to Python, True is a number."""

    def same(value: Any) -> Any:
        if type(value) is not kind:
            if not (kind is str and isinstance(value, str)):
                raise _KindError(f"is not {name}")
            return str(value)
        return value

    return Form(same, same)


def _iso(kind: type[date] | type[time], name: str) -> Form:
    """Dates and times as ISO 8601; seconds only where there are any."""

    def write(value: Any) -> str:
        if type(value) is not kind:
            raise _KindError(f"is not {name}")
        if isinstance(value, datetime | time) and not (value.second or value.microsecond):
            return value.isoformat(timespec="minutes")
        text: str = value.isoformat()
        return text

    def read(data: Any) -> Any:
        if not isinstance(data, str) or (kind is datetime and "T" not in data):
            raise _KindError(f"is not {name}")
        try:
            return kind.fromisoformat(data)
        except ValueError:
            raise _KindError(f"is not {name}") from None

    return Form(write, read)


def _enum(kind: type[Enum]) -> Form:
    written = {member: _name(member) for member in kind}
    members = {name: member for member, name in written.items()}

    def write(value: Any) -> str:
        if not isinstance(value, kind):
            raise _KindError(f"is not one of {kind.__name__}")
        return written[value]

    def read(data: Any) -> Any:
        if not isinstance(data, str) or data not in members:
            raise _KindError(f"is not one of {kind.__name__}")
        return members[data]

    return Form(write, read)


def _name(member: Enum) -> str:
    if isinstance(member.value, str):
        return member.value
    return str(getattr(member, "id", member.name))


def _tuple(item: Form) -> Form:
    return Form(
        lambda value: _each(repeat(item.write), value, tuple),
        lambda data: tuple(_each(repeat(item.read), data, list)),
    )


def _row(items: tuple[Form, ...]) -> Form:
    """A tuple of a fixed length."""

    def fits(value: Any) -> Any:
        if isinstance(value, tuple | list) and len(value) != len(items):
            raise _KindError(f"is not a list of {len(items)}")
        return value

    return Form(
        lambda value: _each((form.write for form in items), fits(value), tuple),
        lambda data: tuple(_each((form.read for form in items), fits(data), list)),
    )


def _set(item: Form) -> Form:
    return Form(
        lambda value: sorted(_each(repeat(item.write), value, frozenset)),
        lambda data: frozenset(_each(repeat(item.read), data, list)),
    )


def _each(ways: Iterable[Way], items: Any, kind: Hint) -> list[Any]:
    if not isinstance(items, kind):
        raise _KindError("is not a list")
    found: list[Any] = []
    try:
        for way, item in zip(ways, items, strict=False):
            found.append(way(item))  # one by one: how many there are tells where it fails
    except _KindError as fault:
        raise fault.within(f"[{len(found)}]") from None
    return found


def _mapping(item: Form) -> Form:
    def each(value: Any, way: Way) -> dict[str, Any]:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise _KindError("is not an object with names")
        found = {}
        for index, (key, held) in enumerate(value.items()):
            try:
                found[str(key)] = way(held)
            except _KindError as fault:
                raise fault.within(f"[{key if key.isascii() and len(key) <= 60 else index}]") from None
        return found

    return Form(lambda value: each(value, item.write), lambda data: each(data, item.read))


def _union(args: tuple[Hint, ...]) -> Form:
    """`X | None`; the kinds of a `Value`; or several structs, told apart by their names."""
    kinds = tuple(arg for arg in args if arg is not NoneType)
    if len(kinds) == 1:
        form = _form(kinds[0])
    elif frozenset(kinds) == frozenset(get_args(Value)):
        form = _VALUE
    else:
        form = _tagged({kind.__name__.lower(): kind for kind in kinds})
    if len(kinds) == len(args):
        return form
    return Form(
        lambda value: None if value is None else form.write(value),
        lambda data: None if data is None else form.read(data),
    )


def _tagged(kinds: Mapping[str, Hint]) -> Form:
    tags = {kind: tag for tag, kind in kinds.items()}

    def write(value: Any) -> dict[str, Any]:
        if type(value) not in tags:
            raise _KindError(f"is none of {', '.join(kinds)}")
        return {tags[type(value)]: _form(type(value)).write(value)}

    def read(data: Any) -> Any:
        tag, held = _only(data)
        if tag not in kinds:
            raise _KindError(f"is none of {', '.join(kinds)}")
        return _form(kinds[tag]).read(held)

    return Form(write, read)


def _only(data: Any) -> tuple[str, Any]:
    """The one key of a tagged value, and what it holds; an empty key if that is not what it is."""
    if not isinstance(data, dict) or len(data) != 1:
        return "", None
    return next(iter(data.items()))


def _struct(cls: type[Struct]) -> Form:
    def write(value: Any) -> dict[str, Any]:
        if value.__class__ is not cls:
            raise _KindError(f"is not of the kind {cls.__name__}")
        plain = {}
        for name, form in _fields(cls).items():
            try:
                plain[name] = form.write(getattr(value, name))
            except _KindError as fault:
                raise fault.within(f".{name}") from None
        return plain

    def read(data: Any) -> Any:
        if not isinstance(data, dict):
            raise _KindError("is not an object")
        given = {}
        for name, form in _fields(cls).items():
            if name in data:
                try:
                    given[name] = form.read(data[name])
                except _KindError as fault:
                    raise fault.within(f".{name}") from None
            elif name not in optional_of(cls):
                raise _KindError("is missing", f".{name}")
        return cls(**given)

    return Form(write, read)


@cache
def _fields(cls: type[Struct]) -> Mapping[str, Form]:
    """Worked out when first needed and not with the form: a condition holds conditions."""
    hints, left_out = get_type_hints(cls), NOT_KEPT.get(cls, ())
    return {name: _form(hints[name]) for name in names_of(cls) if name not in left_out}


def _write_path(value: Any) -> str:
    if not isinstance(value, Path):
        raise _KindError("is not the name of a file")
    return value.as_posix()


def _read_path(data: Any) -> Path:
    if not isinstance(data, str):
        raise _KindError("is not the name of a file")
    return Path(data)


_LEAVES: Mapping[Hint, Form] = {
    bool: _exact(bool, "yes or no"),
    int: _exact(int, "a whole number"),
    str: _exact(str, "text"),
    date: _iso(date, "a date"),
    time: _iso(time, "a time of day"),
    datetime: _iso(datetime, "a date and time"),
    Path: Form(_write_path, _read_path),
    Any: Form(lambda value: value, lambda data: data),
}
"""Kinds that hold no others. What may be anything (the body of an event) is in the types of JSON already."""


# --- answers and operands -------------------------------------------------------------------------

_KINDS: Mapping[type, tuple[str, Form]] = {
    date: ("date", _LEAVES[date]),
    datetime: ("moment", _LEAVES[datetime]),
    time: ("time", _LEAVES[time]),
    tuple: ("times", _tuple(_LEAVES[time])),
    frozenset: ("choices", _set(_LEAVES[str])),
}
_BY_TAG = dict(_KINDS.values())


def _write_value(value: Any) -> Any:
    kind = type(value)
    if kind in _KINDS:
        tag, form = _KINDS[kind]
        return {tag: form.write(value)}
    if kind in (bool, int):
        return value
    if isinstance(value, str):
        return str(value)
    raise _KindError("is not of a kind that an answer can have")


def _read_value(data: Any) -> Any:
    if type(data) in (bool, int, str):
        return data
    tag, held = _only(data)
    if tag not in _BY_TAG:
        raise _KindError("is not of a kind that an answer can have")
    return _BY_TAG[tag].read(held)


_VALUE = Form(_write_value, _read_value)
