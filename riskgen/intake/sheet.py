"""What one file says of a visit, however it is written: the answers, who goes, and where each of them stands."""

from collections.abc import Mapping

from riskgen.core.conditions import Value
from riskgen.core.problem import Problem
from riskgen.core.struct import Struct, field


class Sheet(Struct, frozen=True):
    """The answers of one file. `given` names all that it answers, also as not known; `visitors` are references.

    `places` say at which file and line each stood. `unread` that the file could not be made out, so that nobody can
    say what is missing from it.
    """

    shown: str
    values: Mapping[str, Value] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    visitors: tuple[str, ...] = ()
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    unread: bool = False

    def place(self, name: str) -> tuple[str, int]:
        """Where an answer stands, or else the file."""
        return self.places.get(name, (self.shown, 0))
