"""A file of YAML that is a list of entries, such as forms.yaml: read, held against its schema and what it names, kept.

A list that was found sound is kept under all that it was found sound by, and taken from there as long as that is the
same: to hold it against its schema takes Cerberus as long as to decide on a visit does.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from riskgen import __version__
from riskgen.core.problem import Problem
from riskgen.files.cache import edition_of, keep, kept, key_of
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
    rows, problems = _read(path, shown, schema, of, faults)
    return tuple(map(make, rows)), problems


def sound_list(
    path: Path,
    shown: str,
    schema: Schema,
    of: str,
    faults: Faults,
    make: Callable[[Row], T],
    *,
    names: Iterable[str] = (),
) -> Found[T]:
    """As `read_list`, or as it was found sound before. `names` are those that faults are looked for by."""
    names = tuple(names)
    key = _key(path, of, names)
    try:
        if key and (held := kept(key)):
            return tuple(map(make, json.loads(held))), ()
    except (ValueError, TypeError, LookupError, AttributeError):
        pass  # whoever could write there has put something else in its place
    rows, problems = _read(path, shown, schema, of, faults)
    if key and not problems and _key(path, of, names) == key:  # nobody has saved the file while it was read
        keep(key, json.dumps(rows).encode())
    return tuple(map(make, rows)), problems


def _read(path: Path, shown: str, schema: Schema, of: str, faults: Faults) -> tuple[Rows, tuple[Problem, ...]]:
    document = read_yaml(path, shown)
    rows, problems = check_rows(document, schema, of)
    problems = problems or tuple(faults(document, rows))
    return ([] if problems else rows), problems


def _key(path: Path, of: str, names: Iterable[str]) -> str:
    """Empty where the file cannot be read."""
    try:
        return key_of("list", __version__, edition_of(*_CODE), of, json.dumps([*names]), path.read_bytes())
    except OSError:
        return ""
