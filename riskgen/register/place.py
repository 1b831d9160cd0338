"""Where a register in a file may lie: not in a synchronised folder, with a warning on a network share.

A service that synchronises copies the file while it is written, and keeps two versions where two people wrote at
once. A share is as good as its locks. Everything here looks only at names, marker files and the list of mounts.
"""

import os
import re
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path, PurePath, PureWindowsPath

_CLOUD_STORAGE = ("library", "cloudstorage")
"""Where macOS puts the folders of every service."""
_NAMES = {
    "OneDrive": {"onedrive"},
    "Dropbox": {"dropbox"},
    "Google Drive": {"google drive", "googledrive", "my drive", "drivefs"},
    "iCloud": {"mobile documents", "com~apple~clouddocs", "icloud drive", "iclouddrive"},
    "Nextcloud": {"nextcloud"},
    "ownCloud": {"owncloud"},
    "Box": {"box", "box sync", "box-box"},
    "pCloud": {"pcloud", "pclouddrive", "pcloud drive", "pcloudsync"},
    "Syncthing": {"syncthing"},
}
"""Whole names of folders, in small letters."""
_BEGINNINGS = {
    "OneDrive": ("onedrive - ", "onedrive-"),
    "Dropbox": ("dropbox (", "dropbox-"),
    "Google Drive": ("google drive (", "google drive - ", "googledrive-"),
    "iCloud": ("com~apple~", "iclouddrive-"),
}
"""How folders begin that carry the name of an account or a school after it."""
_ONEDRIVE_VARIABLES = ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")
_MARKERS: Mapping[str, tuple[str, Callable[[int], bool]]] = {
    ".dropbox": ("Dropbox", stat.S_ISREG),  # a folder of this name is in every home: the settings of Dropbox
    ".dropbox.cache": ("Dropbox", stat.S_ISDIR),
    ".nextcloudsync.log": ("Nextcloud", stat.S_ISREG),
    ".owncloudsync.log": ("ownCloud", stat.S_ISREG),
    ".stfolder": ("Syncthing", lambda mode: True),
    ".shortcut-targets-by-id": ("Google Drive", stat.S_ISDIR),
    ".tmp.drivedownload": ("Google Drive", stat.S_ISDIR),
    ".tmp.driveupload": ("Google Drive", stat.S_ISDIR),
}
_JOURNAL = re.compile(r"\._?sync_\w+\.db")
"""The journal that Nextcloud and ownCloud keep at the top of what they synchronise."""

_CONFLICT = re.compile(r"[\W_].*conflict.*| ?\(\d+\)| \d+|-(desktop|laptop)-[0-9a-z]{7}", re.IGNORECASE | re.DOTALL)
"""What services put between the name and the ending of a second version."""

_SHARES = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "ncpfs", "davfs", "sshfs", "afs", "auristorfs", "coda"),
        *("ceph", "glusterfs", "lustre", "beegfs", "fuse.sshfs", "fuse.smbnetfs", "fuse.gvfsd-fuse"),
        *("fuse.davfs2", "fuse.ceph", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs"),
    }
)
"""Kinds of file systems whose files are on another computer. Not 9p: by it WSL shows the disks of its own one."""
_OCTAL = re.compile(r"\\([0-7]{3})")


def synced_by(folder: Path, environment: Mapping[str, str] = os.environ) -> str | None:
    """The service that synchronises a folder, or one that it lies in; None if there is no sign of any.

    The folder is looked at as it was named and as it is once links are followed; it need not exist.
    """
    for path in dict.fromkeys((folder.absolute(), _real(folder))):
        found = _by_name(path) or _by_environment(path, environment) or _by_marker(path)
        if found:
            return found
    return None


def conflicted_copies(path: Path) -> tuple[Path, ...]:
    """The files beside a register that a synchronising service made out of it, in order of their names."""
    found = []
    with suppress(OSError):
        for other in path.parent.iterdir():
            name = other.name
            if name.lower().startswith(path.stem.lower()) and other.suffix.lower() == path.suffix.lower():
                between = name[len(path.stem) : len(name) - len(path.suffix)]
                if _CONFLICT.fullmatch(between) and other.is_file():
                    found.append(other)
    return tuple(sorted(found))


def network_share(
    folder: Path, mounts: Callable[[], str] | None = None, real: Callable[[Path], PurePath] | None = None
) -> str | None:
    """The network share that a folder lies on, in words; None if it lies on this computer, as far as can be told.

    `mounts` gives the text of /proc/mounts, and `real` the folder behind links and mapped drives. macOS tells of
    its mounts only through another program, and riskgen starts none: there a share is not noticed.
    """
    # On Windows the true name of a folder on a mapped drive is that of the share, so no other question is needed.
    path = (real or _real)(folder)
    for name in (str(folder), str(path)):
        plain = "\\\\" + name[8:] if name.upper().startswith("\\\\?\\UNC\\") else name
        if plain.startswith("\\\\") and not plain.startswith(("\\\\?\\", "\\\\.\\")):
            return f"the share {PureWindowsPath(plain).drive}"
    return _share_of_mount(PurePath(path), (mounts or _proc_mounts)())


def open_to_others(path: Path) -> bool:
    """Whether users of this computer other than the owner have any right to a file or folder.

    On Windows, where rights are not in these bits, this is never so. Raises `OSError` if there is no such path.
    """
    return os.name == "posix" and bool(path.stat().st_mode & 0o077)


def _real(folder: Path) -> Path:
    return Path(os.path.realpath(folder))


# --- signs of a service ----------------------------------------------------------------------------


def _by_name(path: PurePath) -> str | None:
    parts = tuple(part.casefold() for part in path.parts)
    for part in parts:
        for service, names in _NAMES.items():
            if part in names or part.startswith(_BEGINNINGS.get(service, ())):
                return service
    if any(parts[at : at + 2] == _CLOUD_STORAGE for at in range(len(parts) - 2)):
        return "a cloud service"
    return None


def _by_environment(path: Path, environment: Mapping[str, str]) -> str | None:
    for name in _ONEDRIVE_VARIABLES:
        root = Path(environment.get(name, "").strip())
        if not root.is_absolute():
            continue
        # Libraries of SharePoint and Teams lie beside "OneDrive - School", in a folder "School".
        _, _, school = root.name.partition(" - ")
        if _within(path, root) or (school and _within(path, root.with_name(school))):
            return "OneDrive"
    return None


def _within(path: Path, root: Path) -> bool:
    return any(
        tuple(part.casefold() for part in path.parts[: len(top.parts)]) == tuple(part.casefold() for part in top.parts)
        for top in (root, _real(root))
    )


def _by_marker(path: Path) -> str | None:
    for folder in (path, *path.parents):
        for marker, (service, is_kind) in _MARKERS.items():
            with suppress(OSError):
                if is_kind((folder / marker).stat().st_mode):
                    return service
        with suppress(OSError):
            if any(_JOURNAL.fullmatch(other.name) for other in folder.iterdir()):
                return "Nextcloud or ownCloud"
    return None


# --- mounts ----------------------------------------------------------------------------------------


def _proc_mounts() -> str:
    """The mounts of Linux; nothing on other systems."""
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def _share_of_mount(path: PurePath, mounts: str) -> str | None:
    depth, kind = 0, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        mounted = PurePath(_OCTAL.sub(lambda found: chr(int(found[1], 8)), fields[1]))
        # Of two at one place the later hides the earlier.
        if path.is_relative_to(mounted) and len(mounted.parts) >= depth:
            depth, kind = len(mounted.parts), fields[2]
    return f"a network share ({kind})" if kind in _SHARES else None
