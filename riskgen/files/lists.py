"""A file of YAML that is a list of entries, such as forms.yaml: read, held against its schema and what it names, kept.

A list that was found sound is kept under all that it was found sound by, and taken from there as long as that is the
same: to hold it against its schema takes Cerberus as long as to decide on a visit does.
"""

import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from riskgen import __version__
from riskgen.core.plain import from_plain, to_plain
from riskgen.core.problem import Problem
from riskgen.files.cache import edition_of, key_of, sound
from riskgen.files.schema import Schema, check_rows
from riskgen.files.yaml import Document, read_yaml

T = TypeVar("T")
Row = dict[str, Any]
Rows = list[Row]
Found = tuple[tuple[T, ...], tuple[Problem, ...]]
Faults = Callable[[Document, Rows], Iterable[Problem]]
"""What else is wrong with entries that fit their schema."""
_CODE = ("riskgen.core", "riskgen.files", "riskgen.forms", "cerberus", "ruamel.yaml")
"""The packages by which a list is read and checked."""


def read_list(path: Path, shown: str, schema: Schema, of: str, faults: Faults, make: Callable[[Row], T]) -> Found[T]:
    """What `make` makes of each entry of a file that must be a list `of` something, and every fault of it; with any,
    of none."""
    document = read_yaml(path, shown)
    rows, problems = check_rows(document, schema, of)
    problems = problems or tuple(faults(document, rows))
    return (() if problems else tuple(map(make, rows))), problems


def sound_list(path: Path, of: str, kind: type[T], names: Iterable[str], read: Callable[[], Found[T]]) -> Found[T]:
    """What `read_list` finds, by `read`; or what it found before. `kind` is that of the entries, and `names` are those
    that faults are looked for by."""
    key = partial(_key, path, of, tuple(names))
    return sound(key, partial(_taken, kind), read, _kept)


def _taken(kind: type[T], data: bytes) -> tuple[T, ...]:
    entries = json.loads(data)
    if not isinstance(entries, list):
        raise ValueError("It is no list.")
    return tuple(from_plain(kind, entry) for entry in entries)


def _kept(entries: tuple[T, ...]) -> bytes:
    return json.dumps([to_plain(entry) for entry in entries]).encode()


def _key(path: Path, of: str, names: tuple[str, ...]) -> str:
    """Empty where the file cannot be read."""
    try:
        return key_of("list", __version__, edition_of(*_CODE), of, json.dumps(names), path.read_bytes())
    except OSError:
        return ""
