"""What the benchmarks share: runs in turn, medians with their spread, and figures that `all.py` puts into a table."""

import json
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

ROWS = "RISKGEN_BENCHMARK_ROWS"
"""Names the file to which a benchmark adds its figures, if any."""


@dataclass(frozen=True)
class Figure:
    """One line of the table: how many times as long the other takes, turn by turn; or a figure of its own."""

    work: str
    against: str
    reach: str
    ratios: tuple[float, ...] = ()
    said: str = ""
    note: str = ""
    faster: bool = True
    """Whether the ratio says how much faster riskgen is; else how many times as long it takes."""

    @property
    def words(self) -> str:
        return self.said or f"{spread(self.ratios)} times"


def in_turn(tasks: Mapping[str, Callable[[], float | None]], times: int) -> dict[str, list[float]]:
    """Seconds of each task in each turn, or what it says itself. The first turn is for warming up."""
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(times + 1):
        for name, task in tasks.items():
            began = time.perf_counter()
            said = task()
            took = time.perf_counter() - began if said is None else said
            if turn:
                taken[name].append(took)
    return taken


def ratios(longer: Sequence[float], shorter: Sequence[float]) -> tuple[float, ...]:
    """How many times as long one takes as the other, turn by turn."""
    return tuple(one / other for one, other in zip(longer, shorter, strict=True))


def spread(figures: Sequence[float]) -> str:
    """The median, and the least and the most."""
    middle, least, most = (f"{each:.3g}" for each in (median(figures), min(figures), max(figures)))
    return f"{middle} ({least} to {most})"


def machine() -> str:
    """The machine and what is measured on it, in a line."""
    names = ("docxtpl", "openpyxl", "jinja2", "click")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    system = f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores"
    return f"riskgen {version('riskgen')}; Python {platform.python_version()}, {versions}; {system}"


def keep(*figures: Figure) -> None:
    """Add figures to the table, where somebody makes one."""
    if name := os.environ.get(ROWS):
        with Path(name).open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(figure)) + "\n" for figure in figures)
