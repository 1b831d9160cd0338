"""Enough of a school to open its register where school.yaml cannot be read: those who are out do not wait for that."""

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from riskgen.core.model import School
from riskgen.core.problem import Problem
from riskgen.core.visit import Happened
from riskgen.library.school import DEFAULT_TIMEZONE
from riskgen.service.desk import REGISTER_FILE, desk_if_any, school_alone
from riskgen.service.faults import EnvironmentFault, InvalidInput
from riskgen.service.homes import SCHOOL_FILE

SHORT_WAIT = 2.0
"""Seconds for which a register in use is waited for by somebody who has no time."""


def school_or_makeshift(folder: Path) -> tuple[School, tuple[Problem, ...]]:
    """The school. Where school.yaml cannot be read, one that knows nothing but its time zone, and what is wrong.

    Raises `InvalidInput` where school.yaml cannot be read and the register is not known to be a file in the folder.
    """
    try:
        return school_alone(folder), ()
    except InvalidInput as fault:
        if not (folder / REGISTER_FILE).is_file() or _names_a_server(folder):
            raise
        return makeshift(_timezone(folder)), fault.problems


def makeshift(timezone: str = DEFAULT_TIMEZONE) -> School:
    return School("", "", timezone, "", ())


def is_makeshift(school: School) -> bool:
    return not school.name


def _names_a_server(folder: Path) -> bool:
    """Whether the register seems to be on a server, and a file of that name is one that was left behind."""
    try:
        return b"postgresql://" in (folder / SCHOOL_FILE).read_bytes()
    except OSError:
        return False


def _timezone(folder: Path) -> str:
    """The zone that the register was started with; the usual one where it does not say, or cannot be read."""
    try:
        with desk_if_any(folder, makeshift(), SHORT_WAIT) as desk:
            if desk is None:
                return DEFAULT_TIMEZONE
            with desk.register.read() as reader:
                events = reader.events_of([""], lenient=True)[""]
        bodies = (event.body or {} for event in events if event.happened is Happened.STARTED)
        named = str(next(bodies, {}).get("timezone") or "")
        return ZoneInfo(named).key if named else DEFAULT_TIMEZONE
    except (EnvironmentFault, ZoneInfoNotFoundError, ValueError, OSError):
        return DEFAULT_TIMEZONE
