"""A first look: an invented family and visit under the bchs policy, and its filled forms."""

from datetime import datetime, time, timedelta
from pathlib import Path

from riskgen.service.homes import Home, packaged, packaged_home
from riskgen.service.paper import can_write, forms_of, pick_safe_word, write_forms
from riskgen.service.visits import Decided, Request, decide, gather

DEMO_FOLDER = "riskgen-demo"
REFERENCE = "RA-0000-0001"
"""A reference that no real visit can have: there is no year 0000."""
START = time(10, 30)
_SATURDAY = 5


def run_demo(folder: Path, force: bool) -> tuple[Home, Decided, str, tuple[Path, ...]]:
    """Decide on the sample visit and write its forms. Raises as `paper.write_forms` does."""
    home = packaged_home()
    can_write(folder)
    forms_of(home)
    examples = packaged("data") / "examples"
    start = next_weekday(home.now())
    request = Request(files=(examples / "F-0123.yaml", examples / "visit-F-0123.yaml"), start=f"{start:%Y-%m-%d %H:%M}")
    decided = decide(home, gather(home, request))
    files = write_forms(home, decided, folder, REFERENCE, pick_safe_word(home, decided), home.now(), force)
    return home, decided, REFERENCE, files


def next_weekday(now: datetime) -> datetime:
    """Half past ten on the next day from Monday to Friday."""
    day = now.date() + timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return datetime.combine(day, START)
