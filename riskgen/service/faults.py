"""The few ways in which a use case ends without doing what was asked. `cli/` turns each into words and an exit code."""

from collections.abc import Iterable
from pathlib import Path

from riskgen.core.problem import Problem


class InvalidInput(Exception):  # noqa: N818  # it says what is wrong
    """Data or input with faults; `problems` holds all of them. Nothing was written."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problems")


class Refused(Exception):  # noqa: N818  # it says what happened
    """riskgen will not do this as things stand. The message says why and how to mend it.

    `reasons` lists what stands in the way, one by one; `after` is what is said below that list.
    """

    def __init__(self, message: str, paths: Iterable[Path] = (), reasons: Iterable[str] = (), after: str = "") -> None:
        super().__init__(message)
        self.paths = tuple(paths)
        self.reasons = tuple(reasons)
        self.after = after


class EnvironmentFault(Exception):  # noqa: N818  # it says what happened
    """The machine is in the way: a disk, a folder, a file in use."""
