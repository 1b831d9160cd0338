"""What other programs are given to work with: a folder that is gone afterwards, and surroundings without secrets."""

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from riskgen.files.cache import VARIABLE as CACHE_VARIABLE

_PREFIX = "riskgen-private-"
_SECRETS = ("RISKGEN_", "PG")
"""How variables begin that may hold the register's key or the password of its server."""
_STALE = 6 * 3600
"""Seconds after which such a folder can only be left over from a run that died."""
_PAUSES = (0.1, 0.2, 0.5, 1.0, 0.0)
"""Seconds between tries while Windows still holds a file of a program that has just ended."""


def without_secrets() -> dict[str, str]:
    """The environment of this program without what no other program has to know."""
    return {
        name: value
        for name, value in os.environ.items()
        if name == CACHE_VARIABLE or not name.upper().startswith(_SECRETS)
    }


@contextmanager
def secrets_aside() -> Iterator[None]:
    """Have no process that is started meanwhile find in its environment what no other program has to know."""
    aside = {name: value for name, value in os.environ.items() if name not in without_secrets()}
    for name in aside:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(aside)


class StillThere(Exception):  # noqa: N818  # it says what happened
    """A private folder could not be removed. The message names it, since it may hold addresses."""


@contextmanager
def private_folder() -> Iterator[Path]:
    """A new folder that only this account may open. It goes however the work in it ends.

    That includes Ctrl-C, and being told to end (as when the window is closed). What a run has left that was killed
    outright is removed by the next one. Raises `OSError` where no folder can be made, `StillThere`.
    """
    with ended_in_good_order():
        folder = new_private_folder()
        try:
            yield folder
        finally:
            remove_private_folder(folder)


def new_private_folder() -> Path:
    """A new folder that only this account may open, for as long as a process lasts that sees to its end itself.

    Raises `OSError` where none can be made.
    """
    _sweep()
    return Path(tempfile.mkdtemp(prefix=_PREFIX))


@contextmanager
def ended_in_good_order() -> Iterator[None]:
    """Let the signals that tell a program to end do so as an exception, which passes through every `finally`."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        names = (name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
        for number in (signal.Signals[name] for name in names):
            if signal.getsignal(number) is signal.SIG_DFL:  # whoever ignores one, as nohup does, goes on ignoring it
                before[number] = signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


def remove_private_folder(folder: Path) -> None:
    """Remove it with all that is in it. Raises `StillThere`."""
    for pause in _PAUSES:
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(pause)
    raise StillThere(f"The folder {folder} could not be removed. Remove it by hand: it may hold addresses.")


def _sweep() -> None:
    """Remove old private folders of this account; `rmtree` follows no symbolic link."""
    with suppress(OSError):
        for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
            found = left.lstat()
            mine = found.st_uid == os.getuid() if sys.platform != "win32" else True
            if mine and time.time() - found.st_mtime > _STALE:
                shutil.rmtree(left, ignore_errors=True)
