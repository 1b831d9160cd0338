"""References of visits, and the folders that carry them."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from riskgen.service.faults import Refused

if TYPE_CHECKING:
    from riskgen.register.store import Reader  # whoever looks at a reference alone has no use for a database

VISITS = "visits"
_REFERENCE = re.compile(r"RA-(\d{4})-(\d{4}|[1-9]\d{4,5})\Z", re.ASCII)


def is_reference(text: str) -> bool:
    """Whether a text looks like `RA-2026-0001`. A number of more than four digits has no nought in front."""
    return _REFERENCE.match(text) is not None


def highest_folders(folder: Path) -> dict[str, int]:
    """The highest number of each year among the folders of forms that are there: `{"2026": 12}`."""
    highest: dict[str, int] = {}
    for reference in folders(folder):
        year, number = year_and_number(reference)
        highest[year] = max(highest.get(year, 0), number)
    return highest


def folders(folder: Path) -> tuple[str, ...]:
    """The references of the folders that hold forms, in their order. An empty folder holds none."""
    visits = folder / VISITS
    there = visits.iterdir() if visits.is_dir() else ()
    return tuple(
        sorted(path.name for path in there if is_reference(path.name) and path.is_dir() and any(path.iterdir()))
    )


def year_and_number(reference: str) -> tuple[str, int]:
    """What a reference is made of: `RA-2026-0012` is `("2026", 12)`."""
    _, year, number = reference.split("-")
    return year, int(number)


def later_reference(reference: str, by: int) -> str:
    """The reference so many numbers after another of its year."""
    year, number = year_and_number(reference)
    return f"RA-{year}-{number + by:04}"


def next_reference(reader: "Reader", year: int) -> str:
    """The next reference of a year, to be taken in the same transaction. Raises `Refused` when all are taken."""
    try:
        return reader.next_reference(year)
    except LookupError as error:
        raise Refused(f"{error} Nothing was saved.") from error
