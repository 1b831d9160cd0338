"""A fault in data or input, as a value: collected and shown together, never raised one by one."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["fault", "note"]


@dataclass(frozen=True)
class Problem:
    """A fault in data or input, as a value.

    `path`, `line` and `field` (the entry, with / between levels) say where; `hint` says how to mend it.
    """

    path: str
    line: int
    code: str
    message: str
    hint: str = ""
    severity: Severity = "fault"
    field: str = ""
