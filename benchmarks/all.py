"""Run every benchmark and write down what came of it: `python benchmarks/all.py --help`."""

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from statistics import median

import click
from results import ROWS, Figure, machine

HERE = Path(__file__).parent
PICTURE = HERE.parent / "docs" / "images" / "speed.svg"
RUNS = {
    "forms.py": ("--times 30", "--times 1"),
    "start.py": ("--times 20", "--times 1"),
    "decide.py": ("", "--times 1 --altered 5"),
    "batch.py": ("--rows 2000 --times 3 --growth 500 --growth 8000", "--rows 2 --times 1 --growth 1"),
    "annual.py": ("--visits 100000 --alone", "--visits 5 --times 1 --alone"),
}
"""Each benchmark with what it is told, and what it is told to be done at once."""


@click.command()
@click.option("--tiny", is_flag=True, help="Only see that all still run: the figures mean nothing.")
@click.option("--only", multiple=True, type=click.Choice(list(RUNS)), help="Run these; keep what is known of others.")
@click.option("--to", "results", type=click.Path(path_type=Path), default=HERE / "RESULTS.md", show_default=False)
@click.option("--picture", type=click.Path(path_type=Path), default=PICTURE, show_default=False)
def main(tiny: bool, only: tuple[str, ...], results: Path, picture: Path) -> None:
    """Run all benchmarks, one after another, and write the table and a picture of it."""
    kept = results.with_suffix(".json")
    known = json.loads(kept.read_text(encoding="utf-8")) if only and kept.exists() else {}
    for name in only or RUNS:
        full, small = RUNS[name]
        click.echo(f"\n== {name}")
        known[name] = _run(name, (small if tiny else full).split())
    kept.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    figures = [Figure(**row) for name in RUNS for row in known.get(name, ())]
    results.write_text(_table(figures), encoding="utf-8")
    picture.write_text(_picture([each for each in figures if each.ratios and each.faster]), encoding="utf-8")


def _run(name: str, given: list[str]) -> list[dict[str, object]]:
    """What a benchmark has measured."""
    with tempfile.TemporaryDirectory(prefix="riskgen-benchmark-") as folder:
        rows = Path(folder, "rows")
        done = subprocess.run(  # noqa: S603  # ours
            [sys.executable, str(HERE / name), *given], env={**os.environ, ROWS: str(rows)}, check=False
        )
        if done.returncode:
            raise SystemExit(f"{name} ended with {done.returncode}.")
        lines = rows.read_text(encoding="utf-8").splitlines() if rows.exists() else []
    return [json.loads(line) for line in lines]


def _table(figures: list[Figure]) -> str:
    head = (
        "# Results\n\n"
        f"Written by `python benchmarks/all.py` on {datetime.now(UTC):%Y-%m-%d}. {machine()}.\n\n"
        "Each ratio is the median of turns in which both were run one after the other, with the least and the most in\n"
        "brackets. What is measured, and how, is in [README.md](README.md).\n\n"
        "| Work | Against | Reach | Measured | |\n|---|---|---|---|---|\n"
    )
    rows = (f"| {each.work} | {each.against} | {each.reach} | {each.words} | {each.note} |" for each in figures)
    return head + "\n".join(rows) + "\n"


# --- the picture ------------------------------------------------------------------------------------

_WIDE, _HIGH, _LABEL, _ROOM = 760, 34, 380, 70


def _picture(figures: list[Figure]) -> str:
    """Bars: how many times as long the other takes. Words stand beside each, so that nothing hangs on a colour."""
    longest = max((median(each.ratios) for each in figures), default=1)
    high = _HIGH * len(figures) + 40
    bars = []
    for place, each in enumerate(figures):
        top, middle = 34 + place * _HIGH, median(each.ratios)
        long = max(2, round((_WIDE - _LABEL - _ROOM) * middle / longest))
        bars += [
            f'<text x="{_LABEL - 10}" y="{top + 11}" text-anchor="end">{escape(each.work)}</text>',
            f'<text x="{_LABEL - 10}" y="{top + 23}" text-anchor="end" fill="#555">{escape(each.against)}</text>',
            f'<rect x="{_LABEL}" y="{top}" width="{long}" height="22" fill="#1f4e79"/>',
            f'<text x="{_LABEL + long + 6}" y="{top + 15}" font-weight="bold">{middle:.3g} ×</text>',
        ]
    words = "; ".join(f"{each.work}, against {each.against}: {median(each.ratios):.3g} times" for each in figures)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {high}" font-family="sans-serif" '
        f'font-size="11" role="img" aria-label="{escape(words)}">\n<rect width="100%" height="100%" fill="white"/>\n'
        '<text x="10" y="18" font-size="13" font-weight="bold">How many times as long the other takes</text>\n'
        + "\n".join(bars)
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    main()
