"""Putting finished files in their place: each complete or absent, all or none, nothing lost.

The bytes go to a temporary file beside the target first. A new file then gets its name by a hard
link, which fails if somebody else has taken the name meanwhile; a replaced one by a rename, after the
old one has been kept as `.bak`. Neither writes through a symbolic link that stands at the target.
"""

import errno
import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from riskgen.files.disk import TEMPORARY, link_unless_taken, name_unless_taken, settle_names, temporary_beside

_PAUSES = (0.1, 0.2, 0.3, 0.4, 0.5, 1.0)
"""Seconds between tries while another program, such as Word on Windows, holds a file open."""
_STALE = 3600
"""Seconds after which a temporary file can only be left over from a run that died."""
REPLACE = "Use --force to replace; the old file is then kept as .bak."
"""What to do where files are there already."""


class PublishError(Exception):
    """Nothing was written, or something is `left` that could not be undone, and the message says what.

    `paths` are the files it is about.
    """

    def __init__(self, message: str, paths: Iterable[Path], left: bool = False) -> None:
        super().__init__(message)
        self.paths = tuple(paths)
        self.left = left


class WouldOverwrite(PublishError):  # noqa: N818  # named for what happened
    """Files of those names are there already, and nobody said to replace them."""


class FileInUse(PublishError):  # noqa: N818  # named for what happened
    """Another program holds a file open."""


class CannotWrite(PublishError):  # noqa: N818  # named for what happened
    """The folder is read-only, the disk is full, or the like."""


Content = bytes | Path
"""What a file is to hold: the bytes, or a file that is copied."""


def publish(files: Mapping[Path, Content], force: bool = False) -> tuple[Path, ...]:
    """Write all files, or none. Returns the `.bak` files that were kept."""
    present = tuple(path for path in files if os.path.lexists(path))
    if folders := [path for path in present if path.is_dir() and not path.is_symlink()]:
        raise CannotWrite(f"There is a folder of the name {folders[0]}.", folders)
    if present and not force:
        raise _would_overwrite(present)
    work = _Work()
    try:
        for path, content in files.items():
            work.prepare(path, content)
        for path in files:
            work.place(path, force)
    except PublishError as error:
        left = work.undo()
        raise type(error)(f"{error}{left}", error.paths, bool(left)) from error.__cause__
    except OSError as error:
        words, left = _in_words(error, work.at), work.undo()
        raise CannotWrite(f"{words}{left}", words.paths, bool(left)) from error
    except BaseException:
        work.undo()
        raise
    for folder in {path.parent for path in files}:
        settle_names(folder)
        _sweep(folder)
    return tuple(kept for _, kept in work.placed if kept)


def check_folder(folder: Path) -> None:
    """Raise `CannotWrite` if nothing can be written there. To be asked before people are asked anything."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    trial = temporary_beside(folder / "any")
    try:
        _write(trial, b"")
        trial.unlink(missing_ok=True)  # whoever puts forms in place there sweeps up what looks left over
    except OSError as error:
        raise _in_words(error, folder) from error


class _Work:
    """What has been done so far, so that it can be undone."""

    def __init__(self) -> None:
        self.at = Path()
        self.made: list[Path] = []
        self.temporary: dict[Path, Path] = {}
        self.placed: list[tuple[Path, Path | None]] = []

    def prepare(self, path: Path, content: Content) -> None:
        self.at = path
        missing = [folder for folder in path.parents if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
            self.made.append(folder)
        self.temporary[path] = temporary_beside(path)
        _write(self.temporary[path], content)

    def place(self, path: Path, force: bool) -> None:
        self.at = path
        kept = _keep_old(path) if force and os.path.lexists(path) else None
        try:
            if kept:
                _patiently(path, partial(_rename_over, self.temporary[path], path))
            else:
                _patiently(path, partial(_name_new, self.temporary[path], path))
        except BaseException:
            if kept:
                with suppress(OSError):
                    _bring_back(kept, path)
            raise
        self.placed.append((path, kept))
        with suppress(FileNotFoundError):
            self.temporary[path].unlink()

    def undo(self) -> str:
        """Put everything back, and say in a sentence what would not go back."""
        left = []
        for path, kept in reversed(self.placed):
            try:
                _bring_back(kept, path) if kept else path.unlink()
            except OSError:
                left.append(f"{path} is in place already{f', and what it replaced is {kept}' if kept else ''}")
        for temporary in self.temporary.values():
            with suppress(OSError):
                temporary.unlink()
        for folder in reversed(self.made):
            with suppress(OSError):
                folder.rmdir()
        return f" {'; '.join(left)}." if left else ""


def _write(path: Path, content: Content) -> None:
    """A new file that only its owner may read (forms hold addresses), safely on the disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            if isinstance(content, Path):
                with content.open("rb") as source:
                    shutil.copyfileobj(source, file)
            else:
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def _name_new(temporary: Path, path: Path) -> None:
    """Give a finished file its name, unless the name is taken."""
    try:
        name_unless_taken(temporary, path)
    except FileExistsError:
        raise _would_overwrite((path,)) from None


def _rename_over(temporary: Path, path: Path) -> None:
    temporary.replace(path)


def _keep_old(path: Path) -> Path:
    """Keep what stands at the target under the first `.bak` name that is free."""
    number = 1
    while True:
        kept = path.with_name(f"{path.name}.bak{number if number > 1 else ''}")
        number += 1
        if os.path.lexists(kept):
            continue
        if not path.is_symlink():  # a link to a symbolic link would be another symbolic link on some systems only
            try:
                if link_unless_taken(path, kept):
                    return kept
            except FileExistsError:
                continue
        _patiently(path, partial(_rename_over, path, kept))
        return kept


def _bring_back(kept: Path, path: Path) -> None:
    """Undo `_keep_old`. Renaming one hard link over another of the same file would do nothing at all."""
    if os.path.lexists(path) and os.path.samestat(kept.lstat(), path.lstat()):
        kept.unlink()
    else:
        kept.replace(path)


def _patiently(path: Path, act: Callable[[], None]) -> None:
    """Try for about two and a half seconds while another program holds the file."""
    for pause in _PAUSES:
        try:
            return act()
        except PermissionError:
            time.sleep(pause)
    try:
        act()
    except PermissionError as error:
        message = f"{path} cannot be replaced. Close it in Word or any other program, and try again."
        raise FileInUse(message, (path,)) from error


def _sweep(folder: Path) -> None:
    """Remove what a run that died has left: it may hold addresses."""
    with suppress(OSError):
        for left in folder.glob(TEMPORARY.format("*")):
            if time.time() - left.lstat().st_mtime > _STALE:
                left.unlink()


def _would_overwrite(paths: Iterable[Path]) -> WouldOverwrite:
    names = ", ".join(map(str, paths))
    return WouldOverwrite(f"Already there: {names}. {REPLACE}", paths)


def _in_words(error: OSError, path: Path) -> CannotWrite:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            reason = "The disk is full. Make room, and try again."
        case errno.EACCES | errno.EPERM | errno.EROFS:
            reason = "You may not write there. Choose another folder, or ask who looks after this one."
        case errno.ENAMETOOLONG:
            reason = "The name is too long for this system. Choose a folder nearer to the top."
        case errno.ENOTDIR | errno.EEXIST:
            reason = "A file stands where a folder is needed. Choose another folder."
        case _:
            reason = f"{error.strerror or error}."
    return CannotWrite(f"{path} cannot be written. {reason}", (path,))
