"""The register: opened, made, and brought up to date.

All reading and writing goes through `Register.read` and `Register.write`. What has happened is only ever
added to; the index of visits follows from it, and is kept so that nothing has to be added up to be found.
"""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from riskgen.core.visit import Happened, Who
from riskgen.files.publish import PublishError, WouldOverwrite, check_folder
from riskgen.register.backup import copy
from riskgen.register.database import (
    UNCHANGED,
    Connection,
    RegisterFault,
    connect_postgresql,
    connect_sqlite,
    fault,
    making,
)
from riskgen.register.records import Reader, Writer
from riskgen.register.schema import STEPS, build, check, get_meta, migrate, put_meta, tables

__all__ = ["Reader", "Register", "Writer", "create_register", "open_register"]


class Register:
    """An open register. Made by `open_register` and `create_register`; closed by `close`, or as a context manager.

    `id` is a random name of 32 hexadecimal digits; `dialect` is `sqlite` or `postgresql`; `path` is SQLite's file.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        self.connection = connection
        self.id = name
        self.dialect = connection.dialect
        self.path = connection.path

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """One snapshot. Raises `RegisterFault`."""
        with self.connection.reading():
            yield Reader(self.connection)

    @contextmanager
    def write(self) -> Iterator[Writer]:
        """One writer at a time, after a wait of up to 15 seconds. All is saved at the end, or nothing if anything
        is raised. Raises `RegisterFault`.
        """
        with self.connection.writing():
            yield Writer(self.connection)

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def create_register(where: str | Path, at: datetime, started: Mapping[str, Any], who: Who) -> Register:
    """Make a register, at a path or in an empty database of a server, and open it. Its first event says so.

    Raises `WouldOverwrite` if there is one already, and `RegisterFault`.
    """
    if isinstance(where, Path):
        with making(where) as temporary, closing(connect_sqlite(temporary, fresh=True)) as connection:
            _fill(connection, at, started, who)
    else:
        with closing(connect_postgresql(where)) as connection:
            _fill(connection, at, started, who)
    return open_register(where)


def open_register(
    where: str | Path, *, read_only: bool = False, copies: Path | None = None, wait: float | None = None
) -> Register:
    """Open the register at a path or on a server; none is ever made. Raises `RegisterFault`.

    `wait`: seconds for which another writer is waited for, if not the usual ones.

    Tables of an older version are brought up to date, unless it is for reading only, after a copy has been
    taken: beside the file, or of a server's register into the folder `copies`.
    """
    connection = (
        _connect_file(where, read_only, wait)
        if isinstance(where, Path)
        else connect_postgresql(where, read_only=read_only, wait=wait)
    )
    try:
        with connection.reading():
            version = check(connection)
        if version < len(STEPS):
            if read_only:
                message = (
                    f"An older riskgen wrote {connection.place}. Open it once with a command that writes, which brings "
                    f"it up to date. {UNCHANGED}"
                )
                raise RegisterFault("older", message)
            migrate(connection, partial(_keep, connection, copies))
        with connection.reading():
            name = get_meta(connection, "id")
        if not name:
            raise fault("damaged", connection.place, UNCHANGED)
        return Register(connection, name)
    except BaseException:
        connection.close()
        raise


def _fill(connection: Connection, at: datetime, started: Mapping[str, Any], who: Who) -> None:
    with connection.writing():
        if connection.path is None and tables(connection):
            message = f"There are tables of a register in that database already. Name another database. {UNCHANGED}"
            raise WouldOverwrite(message, ())
        build(connection, len(STEPS))
        put_meta(connection, "id", secrets.token_hex(16))
        Writer(connection).append("", Happened.STARTED, at, who, started)


def _connect_file(path: Path, read_only: bool, wait: float | None) -> Connection:
    place = f"the register {path}"
    if not path.exists():
        raise fault("missing", str(path), UNCHANGED)
    if not path.is_file():
        raise fault("foreign", str(path), UNCHANGED)
    if not path.stat().st_size:
        raise fault("damaged", place, UNCHANGED)
    if not read_only:
        effective = os.access in os.supports_effective_ids
        # SQLite would open it for reading only, and say so at the first change.
        if not os.access(path, os.W_OK, effective_ids=effective):
            raise fault("read-only", place, UNCHANGED)
        try:
            check_folder(path.parent)
        except PublishError as error:
            raise RegisterFault("read-only", f"{error} {UNCHANGED}") from None
    elif path.with_name(f"{path.name}-journal").exists():
        with suppress(RegisterFault), closing(connect_sqlite(path, wait=wait)) as connection, connection.reading():
            connection.execute("PRAGMA user_version")  # undoes what a program that died has left half done
    return connect_sqlite(path, read_only=read_only, wait=wait)


def _keep(connection: Connection, copies: Path | None, step: int) -> None:
    """A copy from before a step, under the first such name that is free."""
    name = f"{connection.path.name if connection.path else 'register.db'}.before-v{step}"
    folder = copies or (connection.path.parent if connection.path else None)
    if folder is None:
        message = f"The tables of the register need a new version, and no folder is named for the copy. {UNCHANGED}"
        raise RegisterFault("other", message)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        message = f"The folder {folder} for a copy of the register cannot be made: {error.strerror}. {UNCHANGED}"
        raise RegisterFault("read-only", message) from None
    number, target = 1, folder / name
    while os.path.lexists(target):
        number += 1
        target = folder / f"{name}-{number}"
    copy(connection, target)
