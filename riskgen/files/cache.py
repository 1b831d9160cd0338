"""What was worked out once and can be had again: data in the user's own cache folder, and never more than that.

Whatever goes wrong here is as if nothing had been kept: a folder that cannot be written to, a file that is damaged or
half gone, two programs at once. What is kept is the school's own data and forms made ready; nothing of a family.
"""

import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from riskgen.core.problem import Problem

T = TypeVar("T")

VARIABLE = "RISKGEN_CACHE"
"""Names another folder; `off` for none."""
_ENDING = ".kept"
_OURS = re.compile(r"[a-z]+-[0-9a-f]{64}\.kept|\.riskgen-[0-9a-f]{16}\.tmp")
_DIGEST = 32
"""Bytes of the SHA-256 that stands before what is kept."""
MOST_KEPT = 200
"""Files. A school has two libraries and twenty forms, each anew with every change; what was used longest ago goes."""


def key_of(kind: str, *parts: bytes | str) -> str:
    """A name for what is worked out from these parts, and from nothing else. `kind` says what it is, in letters."""
    digest = sha256()
    for part in parts:
        held = part.encode() if isinstance(part, str) else part
        digest.update(len(held).to_bytes(8, "big") + held)
    return f"{kind}-{digest.hexdigest()}"


def edition_of(*packages: str) -> str:
    """Which edition of the code of some packages this is: what was worked out by another one is not used.

    Neither are they imported nor their modules read: names, sizes and times tell. What lies in folders within a package
    is not looked at. One that is not installed is of no edition.
    """
    return ";".join(map(_stamp, packages))


@cache
def _stamp(package: str) -> str:
    found = find_spec(package)
    folders = (found and found.submodule_search_locations) or ()
    files = sorted(path for folder in folders for path in Path(folder).glob("*.py"))
    return ";".join((package, *(f"{path.name}:{_state_of(path)}" for path in files)))


def _state_of(path: Path) -> str:
    """Size and time; of what is not there, such as the end of a link that an editor has left, nothing."""
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_size}:{status.st_mtime_ns}"


def kept(key: str) -> bytes | None:
    """What was kept under a key, or None: also where it is damaged, or somebody else could have written it."""
    folder = _folder()
    if folder is None:
        return None
    path = folder / f"{key}{_ENDING}"
    try:
        held = path.read_bytes()
        digest, data = held[:_DIGEST], held[_DIGEST:]
        if sha256(data).digest() != digest or not _is_ours(folder):
            return None
    except OSError:
        return None
    with suppress(OSError):
        os.utime(path)  # so that it is not among those used longest ago
    return data


def keep(key: str, data: bytes) -> None:
    """Keep something for next time, if that is possible; whole or not at all."""
    from riskgen.files.disk import temporary_beside

    folder = _folder()
    if folder is None:
        return
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_ours(folder):
            return
        finished = temporary_beside(folder / "any")
        try:
            finished.write_bytes(sha256(data).digest() + data)
            finished.replace(folder / f"{key}{_ENDING}")
        finally:
            finished.unlink(missing_ok=True)
        _make_room(folder)


def sound(
    key: Callable[[], str],
    take: Callable[[bytes], T],
    read: Callable[[], tuple[T, tuple[Problem, ...]]],
    put: Callable[[T], bytes],
) -> tuple[T, tuple[Problem, ...]]:
    """What `take` makes of what was kept; else what is read now, with its faults, and kept by `put` if it has none.

    `key` makes the key of all that it follows from, empty where it cannot; what gives another one once it was read was
    saved meanwhile, and is not kept. `take` raises `ValueError` or `RecursionError` for what `put` did not make.
    """
    before = key()
    if before and (held := kept(before)):
        with suppress(ValueError, RecursionError):
            return take(held), ()
    value, problems = read()
    if before and not problems and key() == before:
        keep(before, put(value))
    return value, problems


def found() -> tuple[Path | None, tuple[Path, ...]]:
    """The folder, None where none is used, and every file of riskgen's own in it: what is kept, and what a run that
    died has left half written."""
    folder = _folder()
    there = folder.iterdir() if folder and folder.is_dir() else ()
    return folder, tuple(sorted(path for path in there if _OURS.fullmatch(path.name)))


def clear() -> tuple[Path | None, int]:
    """Remove all that is kept: the folder, None where none is used, and how many files went.

    Raises `OSError` where one cannot be removed.
    """
    folder, files = found()
    for path in files:
        path.unlink(missing_ok=True)
    return folder, len(files)


def _folder() -> Path | None:
    said = os.environ.get(VARIABLE, "")
    if said:
        return None if said == "off" else Path(said)
    return _usual()


@cache
def _usual() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("riskgen", appauthor=False)


def _is_ours(folder: Path) -> bool:
    """Whether nobody else may write there. On Windows the user's own folder is the user's own."""
    if sys.platform == "win32":
        return True
    status = folder.stat()
    return status.st_uid == os.getuid() and not status.st_mode & 0o022


def _make_room(folder: Path) -> None:
    files = list(folder.glob(f"*{_ENDING}"))
    if len(files) > MOST_KEPT:
        for path in sorted(files, key=lambda path: path.stat().st_mtime)[: len(files) - MOST_KEPT]:
            path.unlink(missing_ok=True)
