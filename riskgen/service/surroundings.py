"""What is around a register and could harm it: the clock, the disk it lies on, and who else may read it."""

import os
import shlex
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from riskgen.core.struct import Struct
from riskgen.register.place import network_share, open_to_others
from riskgen.service.desk import Desk

BEHIND = timedelta(minutes=1)
"""How far the clocks of two computers may be apart before somebody is told."""
AHEAD = timedelta(days=180)
"""How long nothing may have happened before the clock is doubted; longer than any holiday."""


class Status(StrEnum):
    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    FAULT = "fault"


class Finding(Struct, frozen=True):
    """What a look at one thing has shown, and what to do about it. `check` names the thing, for programs."""

    check: str
    status: Status
    message: str
    hint: str = ""


def warnings_of(desk: Desk) -> tuple[str, ...]:
    """What somebody who is about to write into the register should know; quick to find out."""
    with desk.register.read() as reader:
        last = reader.last()
    found = [clock_finding(desk.now(), last.at if last else None, desk.wall)]
    if path := desk.register.path:
        found += [share_finding(path.parent), rights_finding([path])]
    return tuple(f"{each.message} {each.hint}" for each in found if each.status is Status.WARNING)


def clock_finding(now: datetime, latest: datetime | None, wall: Callable[[datetime], datetime]) -> Finding:
    """Whether the clock can be right, given the time of the latest event. `wall` gives the time to show."""
    shown = f"{wall(now):%Y-%m-%d %H:%M}"
    if latest and latest - now > BEHIND:
        message = (
            f"The clock of this computer says {shown}, {in_words(latest - now)} before the latest event in the "
            f"register ({wall(latest):%Y-%m-%d %H:%M})."
        )
        return Finding(
            "clock", Status.WARNING, message, "Set the clock; until then times of events cannot be relied on."
        )
    if latest and now - latest > AHEAD:
        message = f"The clock of this computer says {shown}, and nothing has happened for {in_words(now - latest)}."
        return Finding("clock", Status.WARNING, message, "If the date is wrong, set the clock.")
    return Finding("clock", Status.OK, f"The clock says {shown}, and no event is later.")


def share_finding(folder: Path) -> Finding:
    """Whether a register in a file lies on this computer's own disk."""
    share = network_share(folder)
    if share is None:
        return Finding("share", Status.OK, "The register lies on a disk of this computer, as far as can be told.")
    message = f"The register lies on {share}. A file there is only as safe as the locks of the share."
    hint = "Let one computer write to it at a time, or use PostgreSQL."
    return Finding("share", Status.WARNING, message, hint)


def rights_finding(paths: Iterable[Path]) -> Finding:
    """Whether others who use the computer have any right to these files and folders, as far as they are there."""
    if os.name != "posix":
        message = "Who else may read the register and its folders cannot be told on this system."
        return Finding("permissions", Status.NOTE, message, "See to the permissions of the school's folder.")
    found = [path for path in paths if path.exists() and open_to_others(path)]
    if not found:
        return Finding("permissions", Status.OK, "Nobody but the owner may read the register and its folders.")
    names = ", ".join(path.resolve().name for path in found)
    message = f"Others who use this computer have rights to: {names}."
    hint = f"Unless that is meant, run: chmod go= {shlex.join(map(str, found))}"
    return Finding("permissions", Status.WARNING, message, hint)


def in_words(span: timedelta) -> str:
    """About how long: `3 days`, `2 hours`, `5 minutes`."""
    for name, size in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if span >= size:
            return f"{(count := span // size)} {name}{'' if count == 1 else 's'}"
    return "less than a minute"
