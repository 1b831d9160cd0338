"""The key of a register: 32 random bytes that seal its safe words, kept apart from the register itself.

The environment variable `RISKGEN_KEY` (base64) wins where it is set. Otherwise the key lies where `school.yaml`
says: in a file that only its owner can read, or in the keyring of the operating system's user. No message here
holds a key, or any part of one.
"""

import base64
import binascii
import errno
import hashlib
import hmac
import os
import re
import secrets
import shlex
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from riskgen.core.struct import Struct
from riskgen.files.disk import settle_names, temporary_beside
from riskgen.register.database import RegisterFault

KEY_VARIABLE = "RISKGEN_KEY"
SERVICE = "riskgen"
"""The name of the service in a keyring; the user name there is the id of the register."""
LENGTH = 32
"""Bytes."""

_REGISTER_ID = re.compile("[0-9a-f]{32}")
_NOTHING_SAVED = "Nothing was saved."
_WAY_OUT = (
    "Get the key from whoever set the register up, or from the backup of the key. Until then safe words cannot be "
    "shown or kept; those of open visits are also on the office's copies of their forms."
)


class KeyPlace(Struct, frozen=True):
    """Where the school keeps the key: in a `file`, at `path` or the usual place of this user, or in the `keyring`."""

    kind: Literal["file", "keyring"] = "file"
    path: Path | None = None


def read_key(register_id: str, place: KeyPlace, environment: Mapping[str, str] = os.environ) -> bytes:
    """The key, 32 bytes. Raises `RegisterFault`: key-missing, key-wrong (what is there is no key), or key-open."""
    found = _kept_key(register_id, place, environment)
    if found is None:
        raise RegisterFault(
            "key-missing",
            f"The key of the register is missing: it is not in {where_key_is(register_id, place, environment)}, "
            f"and {KEY_VARIABLE} is not set. {_WAY_OUT} {_NOTHING_SAVED}",
        )
    return found


def make_key(register_id: str, place: KeyPlace, environment: Mapping[str, str] = os.environ) -> bytes:
    """The key that is there already, or a new one that is kept for good before this returns.

    A key file is put in place whole and never over another, so two processes at once end with the same key. A
    keyring can only be overwritten: ask for its key within a write transaction of the register. Where the
    environment gives the key nothing is stored. Raises `RegisterFault` as `read_key` does, and if the key cannot
    be kept.
    """
    found = _kept_key(register_id, place, environment)
    if found is not None:
        return found
    text = base64.b64encode(secrets.token_bytes(LENGTH)).decode("ascii")
    if place.kind == "keyring":
        _keyring("set_password", SERVICE, _checked(register_id), text)
    else:
        _create(_file(register_id, place), f"{text}\n".encode("ascii"))
    return read_key(register_id, place, environment)


def key_name(key: bytes) -> str:
    """Sixteen hex digits that name a key without giving it away; the register keeps the name of its own."""
    return hashlib.sha256(b"riskgen key" + key).hexdigest()[:16]


def require_key(key: bytes, name: str) -> None:
    """Raise `RegisterFault` key-wrong unless the key is the one of that name."""
    if not hmac.compare_digest(key_name(key), name):
        raise RegisterFault(
            "key-wrong",
            f"This is not the key of this register: the register was sealed with the key named {name}, "
            f"and this one is named {key_name(key)}. {_WAY_OUT} {_NOTHING_SAVED}",
        )


def where_key_is(register_id: str, place: KeyPlace, environment: Mapping[str, str] = os.environ) -> str:
    """Where the key is looked for, in words; never the key."""
    if _given(environment):
        return f"the environment variable {KEY_VARIABLE}"
    if place.kind == "keyring":
        return f"the keyring of this user (service {SERVICE}, name {_checked(register_id)})"
    return f"the key file {_file(register_id, place)}"


def _kept_key(register_id: str, place: KeyPlace, environment: Mapping[str, str]) -> bytes | None:
    """The key, or None where there is nothing; a fault where there is something else."""
    where = where_key_is(register_id, place, environment)
    text: bytes | None
    if given := _given(environment):
        text = given.encode("utf-8", "surrogatepass")
    elif place.kind == "keyring":
        kept = _keyring("get_password", SERVICE, _checked(register_id))
        text = None if kept is None else str(kept).encode()
    else:
        text = _contents(_file(register_id, place))
    if text is None:
        return None
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != LENGTH:
        raise RegisterFault(
            "key-wrong",
            f"There is no key of a register in {where}: a key is {LENGTH} bytes written as base64, on one line. "
            f"{_WAY_OUT} {_NOTHING_SAVED}",
        )
    return key


def _given(environment: Mapping[str, str]) -> str:
    return environment.get(KEY_VARIABLE, "").strip()


def _checked(register_id: str) -> str:
    """The id, which comes from the register and so may be anything in a file that somebody made up."""
    if not _REGISTER_ID.fullmatch(register_id):
        raise RegisterFault("foreign", f"The register has an id that riskgen does not give. {_NOTHING_SAVED}")
    return register_id


# --- in a file -------------------------------------------------------------------------------------


def _file(register_id: str, place: KeyPlace) -> Path:
    if place.path is not None:
        return place.path
    from platformdirs import user_data_path

    return user_data_path("riskgen", appauthor=False) / "keys" / f"{_checked(register_id)}.key"


def _contents(path: Path) -> bytes | None:
    """The contents of a key file that only its owner can read; None if there is no such file."""
    try:
        # A named pipe must not make us wait; the permissions are those of the very file that is read.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error.strerror) from error
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise _unreadable(path, "it is not a file")
        if os.name == "posix" and state.st_mode & 0o077:
            raise RegisterFault(
                "key-open",
                f"The key file {path} is open to other users of this computer, so it was not used. "
                f"Run: chmod 600 {shlex.quote(str(path))} "
                "(if that changes nothing, keep the key on a disk that has permissions, and name it in school.yaml). "
                f"{_NOTHING_SAVED}",
            )
        return os.read(descriptor, 1024)
    except OSError as error:
        raise _unreadable(path, error.strerror) from error
    finally:
        os.close(descriptor)


def _unreadable(path: Path, reason: str | None) -> RegisterFault:
    words = f"The key file {path} cannot be read: {reason or 'no reason was given'}."
    return RegisterFault("key-missing", f"{words} {_WAY_OUT} {_NOTHING_SAVED}")


def _create(path: Path, content: bytes) -> None:
    """Put a key file in place, whole and owner-only, unless another process was first."""
    temporary = temporary_beside(path)
    try:
        for folder in reversed([folder for folder in path.parents if not folder.exists()]):
            folder.mkdir(mode=0o700, exist_ok=True)
        try:
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                # Neither replaces a file: Windows refuses such a rename, POSIX such a link.
                temporary.rename(path) if os.name == "nt" else path.hardlink_to(temporary)
        finally:
            with suppress(OSError):
                temporary.unlink()
        settle_names(path.parent)
    except OSError as error:
        code = "full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "other"
        raise RegisterFault(
            code,
            f"The key of the register cannot be kept at {path}: {error.strerror}. "
            f"Make room there, or name another place for the key in school.yaml. {_NOTHING_SAVED}",
        ) from error


def _keyring(verb: Literal["get_password", "set_password"], *given: str) -> Any:
    try:
        import keyring
    except ImportError:
        raise RegisterFault(
            "key-missing",
            "school.yaml says that the key of the register is in the keyring, but the library for keyrings is not "
            f"installed. Install riskgen[keyring], or put the key into {KEY_VARIABLE}. {_NOTHING_SAVED}",
        ) from None
    try:
        return getattr(keyring, verb)(*given)
    except Exception as error:  # each backend raises errors of its own; their words might hold what was stored
        raise RegisterFault(
            "key-missing",
            f"The keyring of this user cannot be used ({type(error).__name__}): it may be locked, or this computer "
            f"has none. Unlock it, or name a key file in school.yaml, or put the key into {KEY_VARIABLE}. "
            f"{_NOTHING_SAVED}",
        ) from None
