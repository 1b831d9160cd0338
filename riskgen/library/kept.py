"""The library of a school as it was read and found sound before: to read and to check it all takes half a second.

What is kept is plain data under a key of every file that the library comes from, so that a changed file is read at
once. Only a library without a fault is kept; what is wrong with one is found anew each time.
"""

import json
import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import riskgen
from riskgen.core.model import Hazard, Matrix, Policy, Question, Topic
from riskgen.core.plain import from_plain, to_plain
from riskgen.core.problem import Problem
from riskgen.core.struct import Struct, replace
from riskgen.files.cache import edition_of, key_of, sound
from riskgen.library.load import Library, load_library
from riskgen.library.questions import Group

Places = tuple[str, tuple[tuple[str, int], ...]]
"""The file of an edition of a policy, and the file and line of each of its clauses."""
_CODE = ("riskgen.core", "riskgen.files", "riskgen.library", "cerberus", "ruamel.yaml")
"""The packages by which a library is read, checked and kept."""


class _Kept(Struct, frozen=True):
    """All of a library but its folder. `places` has what `to_plain` leaves out, for every policy and its editions."""

    questions: Mapping[str, Question]
    groups: Mapping[str, Group]
    topics: tuple[Topic, ...]
    hazards: tuple[Hazard, ...]
    matrices: Mapping[str, Matrix]
    policies: Mapping[str, tuple[Policy, ...]]
    places: Mapping[str, tuple[Places, ...]]


def sound_library(folder: Path) -> tuple[Library, tuple[Problem, ...]]:
    """The library of `data/`, and every fault of it: of its files, or else of its laws. With any, it is not to be used.

    The worked cases are not run; `check_library` does that, and looks at nothing that was kept.
    """
    return sound(partial(_key, folder), partial(_unpacked, folder), partial(_read, folder), _packed)


def _read(folder: Path) -> tuple[Library, tuple[Problem, ...]]:
    from riskgen.library.check import library_laws

    library, problems = load_library(folder)
    return library, problems or tuple(library_laws(library))


def _key(folder: Path) -> str:
    """What a library follows from: the names and the YAML of its folder, and the code. Empty where none can be made."""
    try:
        parts: list[bytes | str] = [riskgen.__version__, edition_of(*_CODE)]
        for path in _everything(folder):
            parts += [path.relative_to(folder.parent).as_posix()]
            if path.suffix.casefold() in (".yaml", ".yml") and not path.is_dir():
                parts += [path.read_bytes()]
        return key_of("library", *parts)
    except (OSError, ValueError):
        return ""


def _everything(folder: Path) -> Iterator[Path]:
    """Every file and folder below one, in the same order each time.

    Raises ValueError for a folder that is a link, since what is behind it is not looked at here but may well be read.
    """
    for where, folders, files in os.walk(folder):
        folders.sort()
        for name in (*folders, *sorted(files)):
            path = Path(where, name)
            if name in folders and path.is_symlink():
                raise ValueError(f"{name} is a link to a folder.")
            yield path


def _packed(library: Library) -> bytes:
    held = _Kept(
        library.questions,
        library.groups,
        library.topics,
        library.hazards,
        library.matrices,
        library.policies,
        {name: tuple(_places(edition) for edition in editions) for name, editions in library.policies.items()},
    )
    return json.dumps(to_plain(held), ensure_ascii=False, separators=(",", ":")).encode()


def _unpacked(folder: Path, data: bytes) -> Library:
    """A library that was kept. Raises `ValueError` if it is not one."""
    held = from_plain(_Kept, json.loads(data))
    if held.places.keys() != held.policies.keys():
        raise ValueError("Policies without places, or places without policies.")
    policies = {
        name: tuple(_put_back(*each) for each in zip(editions, held.places[name], strict=True))
        for name, editions in held.policies.items()
    }
    return Library(folder, held.questions, held.groups, held.topics, held.hazards, held.matrices, policies)


def _places(policy: Policy) -> Places:
    return policy.path, tuple((clause.path, clause.line) for clause in policy.clauses)


def _put_back(policy: Policy, places: Places) -> Policy:
    path, lines = places
    clauses = zip(policy.clauses, lines, strict=True)
    return replace(
        policy, path=path, clauses=tuple(replace(clause, path=file, line=line) for clause, (file, line) in clauses)
    )
