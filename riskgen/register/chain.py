"""The chain of events: how an event is written down, how it is tied to the one before, and how a break is found.

The body of an event is hashed with a random salt into a digest, and the chain runs over the digest. So
retention can erase body and salt, and the chain stays whole; and nobody can guess back an erased body
from its digest. The chain shows every edit within the register. It cannot show that the whole file was
put back to an older copy: only a head written down elsewhere shows that.
"""

import hashlib
import json
import secrets
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from riskgen.core.struct import Struct
from riskgen.core.visit import Event, Happened, Who
from riskgen.register.database import RegisterFault

NOTHING_BEFORE = "0" * 64
"""What stands as the hash before the first event."""
_SALT = 32
_KINDS = frozenset(happened.value for happened in Happened)
_UNREADABLE = (ValueError, TypeError, RecursionError, zlib.error)


class Row(NamedTuple):
    """An event as it stands in the table `event`. Times are text in UTC; `body` is compressed canonical JSON."""

    number: int
    subject: str
    happened: str
    at: str
    staff: str
    account: str
    proof: str
    salt: bytes | None
    body: bytes | None
    digest: str
    previous: str
    hash: str


class ChainFault(Struct, frozen=True):
    """Something in the register that is not as it was written. `number` is the event's, or 0 for the register."""

    number: int
    message: str


def canonical(value: Any) -> bytes:
    """The one way to write a value of JSON types. Raises `ValueError` or `TypeError` for what JSON cannot hold."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def written(at: datetime) -> str:
    """An aware time as text in UTC that sorts as the times do. Raises `ValueError` for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("A time in the register needs its zone.")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment(text: str) -> datetime:
    """The other way: an aware time in UTC. Raises `ValueError`."""
    return datetime.fromisoformat(text).astimezone(UTC)


def next_row(
    number: int, previous: str, subject: str, happened: Happened, at: datetime, who: Who, body: Mapping[str, Any]
) -> Row:
    """An event that follows on `previous`, the hash of the event before it."""
    salt, content = secrets.token_bytes(_SALT), canonical(body)
    row = Row(
        number, subject, happened.value, written(at), who.staff, who.account, who.proof,
        salt, zlib.compress(content), _digest(salt, content), previous, "",
    )  # fmt: skip
    return row._replace(hash=_hash(row))


def event_of(row: Row) -> Event:
    """An event from its row. Raises `RegisterFault` for a row that cannot be read; it is not checked otherwise."""
    try:
        body = None if row.body is None else json.loads(zlib.decompress(row.body))
        return _event(row, body)
    except _UNREADABLE:
        message = (
            f"Event {row.number} of the register cannot be read: it has been changed, or a newer riskgen wrote it. "
            "`riskgen history --verify` tells more. Nothing was changed."
        )
        raise RegisterFault("damaged", message) from None


def what_can_be_read(row: Row) -> Event | None:
    """An event from its row, without its body where that cannot be read; None where nothing of it can.

    For those who look after people who are out: one spoilt event must not keep the others from being seen.
    """
    try:
        return event_of(row)
    except RegisterFault:
        try:
            return _event(row, None)
        except _UNREADABLE:
            return None


def event_with(row: Row, body: Mapping[str, Any]) -> Event:
    """The event of a row that was made of this body just now."""
    return _event(row, dict(body))


def _event(row: Row, body: Any) -> Event:
    if not isinstance(body, dict | None):
        raise ValueError("A body is a mapping.")
    who = Who(row.staff, row.account, row.proof)
    return Event(row.number, row.subject, Happened(row.happened), moment(row.at), who, body)


def faults(rows: Iterable[Row], head: str) -> Iterator[ChainFault]:
    """What is wrong with all events, given in the order of their numbers; `head` is what `head_of` said last."""
    number, previous = 0, NOTHING_BEFORE
    gone: defaultdict[str, list[int]] = defaultdict(list)
    for row in rows:
        yield from _broken_link(row, number, previous)
        number, previous = row.number, row.hash
        if row.happened == Happened.ERASED:
            gone.pop(row.subject, None)
        if row.body is None and row.salt is None:
            gone[row.subject].append(row.number)
        elif not _says_what_it_said(row):
            yield ChainFault(row.number, f"What event {row.number} says is not what was written.")
        if row.happened not in _KINDS:
            yield ChainFault(row.number, f"Event {row.number} is of a kind that this riskgen does not know.")
    for missing in sorted(number for numbers in gone.values() for number in numbers):
        yield ChainFault(missing, f"What event {missing} said is gone, and no later event says that it was erased.")
    if head != head_of(number, previous):
        last = head.partition(":")[0] or "none"
        message = f"The register ends with event {number}, but the last that was written down is {last}, or another."
        yield ChainFault(0, message)


def head_of(number: int, link: str) -> str:
    """What is kept beside the chain, so that events taken off its end are missed."""
    return f"{number}:{link}"


def _broken_link(row: Row, number: int, previous: str) -> Iterator[ChainFault]:
    """What is wrong between an event and the one before it, whose number and hash are given."""
    if row.number != number + 1:
        missing = (
            f"Event {number + 1} is" if row.number == number + 2 else f"Events {number + 1} to {row.number - 1} are"
        )
        yield ChainFault(row.number, f"{missing} missing.")
    elif row.previous != previous:
        yield ChainFault(row.number, f"Event {row.number} does not follow on the event before it: one was replaced.")
    if row.hash != _hash(row):
        yield ChainFault(row.number, f"Event {row.number} was changed after it was written.")


def _says_what_it_said(row: Row) -> bool:
    if row.salt is None or row.body is None:
        return False
    try:
        return _digest(row.salt, zlib.decompress(row.body)) == row.digest
    except zlib.error:
        return False


def _digest(salt: bytes, content: bytes) -> str:
    return hashlib.sha256(salt + content).hexdigest()


def _hash(row: Row) -> str:
    bound = (row.number, row.subject, row.happened, row.at, row.staff, row.account, row.proof, row.digest, row.previous)
    return hashlib.sha256(canonical(bound)).hexdigest()
