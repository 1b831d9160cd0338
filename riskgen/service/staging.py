"""Forms and register in step: both have a visit, or neither has.

The forms are written in full to a folder beside their own, while the register is held; then the register is
committed; then, with the register held again, the folder gets its name. Whoever uses the register next finishes
what a run that died in between has left: forms that the register knows are put in place, others are removed.
"""

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from riskgen.core.visit import Happened, Visit
from riskgen.files.disk import settle_names
from riskgen.files.publish import PublishError, publish
from riskgen.register.database import RegisterFault
from riskgen.register.store import Register, Writer
from riskgen.service.faults import EnvironmentFault
from riskgen.service.references import VISITS, is_reference

_STAGED = ".riskgen-{}.tmp"
PACK = "pack"
"""Where the pack of a visit lies, within the folder of its forms."""
_STALE = 3600
"""Seconds after which a temporary file can only be left over from a run that died."""


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """The SHA-256 of each file, by name."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def stage(home: Path, writer: Writer, reference: str, files: Mapping[str, bytes]) -> None:
    """Write all forms to the folder beside their own, safely on the disk.

    What an earlier run has left there is finished first, and never lost. Raises `EnvironmentFault`.
    """
    folder = _staged(home, reference)
    if folder.exists():
        _finish_one(home, writer, reference)
    try:
        publish({folder / name: content for name, content in files.items()})
    except PublishError as fault:
        words = str(fault).replace(str(folder), str(home / VISITS / reference))
        raise EnvironmentFault(f"{words} Nothing was saved.") from fault
    settle_names(folder.parent)


def settle(home: Path, register: Register, visit: Visit, names: tuple[str, ...], target: Path) -> tuple[Path, ...]:
    """Put the staged forms of a visit in place, as it was committed; they are returned in the order of `names`.

    Names of an earlier edition of the pack are kept as `.bak`. Raises `EnvironmentFault`, which says that the visit
    is in the register.
    """
    reference = visit.reference
    try:
        with register.write() as writer:
            if _staged(home, reference).exists():
                _place(home, writer.by_now(visit), target)
            elif not all((target / name).exists() for name in names):
                target = home / VISITS / reference  # somebody else's command has finished it meanwhile
    except RegisterFault as fault:
        raise EnvironmentFault(
            _unfinished(reference, f"the register could not be used again ({fault.code})")
        ) from fault
    return tuple(target / name for name in names)


def finish(home: Path, register: Register) -> tuple[str, ...]:
    """Finish what runs that died have left. Returns the references whose forms are now in place.

    What cannot be put in place yet, because a form is open in another program, say, is left for the next time; see
    `unfinished`. Raises `RegisterFault`.
    """
    _sweep(home)
    if not unfinished(home):
        return ()
    finished = []
    with register.write() as writer:  # nobody is in the middle of staging while this is held
        for reference in unfinished(home):
            with suppress(OSError, EnvironmentFault):
                if _finish_one(home, writer, reference):
                    finished.append(reference)
    return tuple(finished)


def unfinished(home: Path) -> tuple[str, ...]:
    """References whose forms are written and not in place: of a run that is at it just now, or that died."""
    before, after = _STAGED.split("{}")
    names = (path.name for path in (home / VISITS).glob(_STAGED.format("RA-*")))
    return tuple(sorted(ref for name in names if is_reference(ref := name.removeprefix(before).removesuffix(after))))


def _finish_one(home: Path, writer: Writer, reference: str) -> bool:
    """Put staged forms in place where the register has them, else remove them. Raises `OSError` and
    `EnvironmentFault`."""
    staged = _staged(home, reference)
    visit = writer.visits([reference]).get(reference)
    if visit is not None and _is_of(staged, visit):
        _place(home, visit, home / VISITS / reference)
        return True
    shutil.rmtree(staged)
    return False


def _place(home: Path, visit: Visit, target: Path) -> None:
    """Give staged forms their names. With the register held. Raises `EnvironmentFault`."""
    staged = _staged(home, visit.reference)
    *earlier, latest = _editions(visit)
    try:
        set_aside(home / VISITS / visit.reference / PACK)  # its forms, and perhaps its safe word, hold no longer
        if os.path.lexists(target) or not _moved(staged, target):
            before = {name for edition in earlier for name in edition}
            for name in before - set(latest):
                set_aside(target / name)
            for name in before:
                set_aside((target / name).with_suffix(".pdf"))
            for left in (home / VISITS / visit.reference).glob(_STAGED.format("*")):  # of a run that died just here
                left.unlink()
            content = {target / name: (staged / name).read_bytes() for name in latest}
            publish({path: data for path, data in content.items() if not holds(path, data)}, force=True)
            shutil.rmtree(staged, ignore_errors=True)
        settle_names(staged.parent)
    except (OSError, PublishError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        raise EnvironmentFault(_unfinished(visit.reference, reason)) from error


def _moved(staged: Path, target: Path) -> bool:
    """Give a folder of staged forms its name at once, if that can be: where it is in another folder, that has to be on
    the same disk; and Windows would leave it to those who may read the old one."""
    beside = target.parent == staged.parent
    if not beside and not (os.name == "posix" and target.parent.is_dir()):
        return False
    try:
        staged.rename(target)
    except OSError as error:
        if beside or error.errno != errno.EXDEV:
            raise
        return False
    if not beside:
        settle_names(target.parent)
    return True


def _editions(visit: Visit) -> Iterator[Mapping[str, str]]:
    """The forms of each time that a visit was assessed: names and hashes."""
    for event in visit.events:
        if event.happened is Happened.ASSESSED:
            yield (event.body or {}).get("files") or {}


def _is_of(staged: Path, visit: Visit) -> bool:
    """Whether staged forms are those of the visit's last assessment. Raises `OSError`."""
    *_, latest = ({}, *_editions(visit))
    names = sorted(path.name for path in staged.iterdir())
    return names == sorted(latest) and hashes({name: (staged / name).read_bytes() for name in names}) == latest


def _staged(home: Path, reference: str) -> Path:
    return home / VISITS / _STAGED.format(reference)


def holds(path: Path, content: bytes) -> bool:
    """Whether a form stands there as it was written."""
    return path.is_file() and not path.is_symlink() and path.read_bytes() == content


def set_aside(path: Path) -> Path | None:
    """Keep a form, or a folder of them, of an earlier date under a name that nobody takes for the one that counts.

    Where it is now; None where there was none.
    """
    if not os.path.lexists(path):
        return None
    kept = name_aside(path)
    path.rename(kept)
    return kept


def name_aside(path: Path) -> Path:
    """The first name that is free for what stands at a path, once that is put aside."""
    number = 1
    while os.path.lexists(kept := path.with_name(f"{path.name}.bak{number if number > 1 else ''}")):
        number += 1
    return kept


def put_pack_aside(home: Path, reference: str) -> Path | None:
    """Have nobody take the pack of a visit for the one that counts; where it is now, if there was one.

    Where it cannot be moved, `show` still tells.
    """
    with suppress(OSError):
        return set_aside(home / VISITS / reference / PACK)
    return None


def _sweep(home: Path) -> None:
    """Remove what else a run that died has left in the folder, once it is old: it may hold addresses."""
    for left in leftovers(home):
        with suppress(OSError):
            if time.time() - left.lstat().st_mtime > _STALE:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def leftovers(home: Path) -> tuple[Path, ...]:
    """What else has no name of its own yet: of a run that is at it just now, or that died."""
    found = (left for folder in (home, home / VISITS) for left in sorted(folder.glob(_STAGED.format("*"))))
    return tuple(left for left in found if not left.name.startswith(_STAGED.format("RA-").removesuffix(".tmp")))


def _unfinished(reference: str, reason: str) -> str:
    return (
        f"The visit is in the register as {reference}, but its forms are not in place: {reason.rstrip('.')}. "
        "Mend that, then run 'riskgen doctor': it puts them in place."
    )
