"""A fault in data or input, as a value: collected and shown together, never raised one by one."""

from typing import Literal

from riskgen.core.struct import Struct

Severity = Literal["fault", "note"]


class Problem(Struct, frozen=True):
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
