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
    """riskgen will not do this as things stand. The message says why and how to mend it."""

    def __init__(self, message: str, paths: Iterable[Path] = ()) -> None:
        super().__init__(message)
        self.paths = tuple(paths)


class EnvironmentFault(Exception):  # noqa: N818  # it says what happened
    """The machine is in the way: a disk, a folder, a file in use."""
