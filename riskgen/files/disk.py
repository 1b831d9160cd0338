"""What several rooms ask of a disk: a name of one's own, a name nobody else has, names that outlast a power cut."""

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path

_NO_LINKS = frozenset(
    {errno.EPERM, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV}
)
"""How file systems without hard links, such as that of a USB stick, answer."""
TEMPORARY = ".riskgen-{}.tmp"
"""What is called so and is old was left by a run that died."""


def temporary_beside(path: Path) -> Path:
    """A name in the same folder that nothing else has."""
    return path.parent / TEMPORARY.format(secrets.token_hex(8))


def link_unless_taken(finished: Path, path: Path) -> bool:
    """Give a finished file a second name by a hard link, never in place of another. False where there are no links.

    Raises `FileExistsError` if the name is taken.
    """
    try:
        path.hardlink_to(finished)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return False
    return True


def name_unless_taken(finished: Path, path: Path) -> None:
    """Give a finished file its name. Raises `FileExistsError` if the name is taken."""
    if link_unless_taken(finished, path):
        return
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    finished.replace(path)


def settle_names(folder: Path) -> None:
    """Have the names in a folder on the disk too, where the system can."""
    if os.name == "posix":
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
