"""What events say, read back into the nouns of the core."""

from typing import Any, TypeVar

from riskgen.core.plain import from_plain
from riskgen.service.faults import EnvironmentFault

T = TypeVar("T")


def read_back(kind: type[T], body: Any, name: str, reference: str) -> T:
    """The part `name` of an event's body. Raises `EnvironmentFault` where this edition of riskgen cannot read it."""
    try:
        return from_plain(kind, body[name])
    except (KeyError, TypeError, ValueError) as error:
        raise EnvironmentFault(
            f"What the register holds of {reference} cannot be read: a newer riskgen wrote it, or it was changed. "
            "'riskgen history --verify' tells which. Nothing was saved."
        ) from error
