"""What plain data is made of here: the `Struct` of msgspec, which behaves as a dataclass of Python does.

A class of it is made in a fortieth of the time of a frozen dataclass, which is half a millisecond, and `assess` begins
by making 180; an instance in a sixth. This is the only module that knows the library (decision 26).
"""

from collections.abc import Sequence
from typing import Any, TypeGuard

from msgspec import Struct, field
from msgspec.structs import asdict, replace

__all__ = ["Discreet", "Struct", "asdict", "field", "is_struct", "names_of", "optional_of", "replace"]


class Discreet(Struct, frozen=True):
    """One that may hold what is said of a family: its values do not show in the words of an error."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """For those who print errors with the library Rich: nothing either."""
        return []


def is_struct(kind: object) -> TypeGuard[type[Struct]]:
    """Whether something is a class of this kind."""
    return isinstance(kind, type) and issubclass(kind, Struct)


def names_of(kind: type[Struct] | Struct) -> Sequence[str]:
    """The names of the fields, in the order in which they are written."""
    return kind.__struct_fields__


def optional_of(kind: type[Struct]) -> Sequence[str]:
    """The names of the fields that have a default."""
    names, defaults = kind.__struct_fields__, kind.__struct_defaults__
    return names[len(names) - len(defaults) :]
