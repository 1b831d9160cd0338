"""How long deciding one visit takes, and what takes it: `python benchmarks/decide.py --help`."""

import random
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from unittest.mock import patch

import click
from results import Figure, keep, machine

from riskgen.core.assess import assess
from riskgen.core.derive import derived_facts
from riskgen.core.model import Catalogue, Intake, Policy
from riskgen.core.remedies import MOST_TRIES
from riskgen.core.struct import replace
from riskgen.library.check import check_library

DATA = Path(__file__).parents[1] / "data"
PARTS = {
    "riskgen.core.assess.derived_facts": "facts: answers and derived questions",
    "riskgen.core.assess.find": "clauses: what became of each",
    "riskgen.core.rules.facts_behind": "the facts behind it, in words",
    "riskgen.core.assess.rate": "hazards: ratings and their reasons",
    "riskgen.core.assess.silences": "topics on which the policy is silent",
    "riskgen.core.assess.contradictions": "contradictions",
    "riskgen.core.assess._to_confirm": "open questions",
    "riskgen.core.assess.find_remedies": "remedies",
}
"""What an assessment is made of, by the function that makes it."""
WHOLE = "riskgen.core.assess.find_remedies"
"""The part of which all counts that is done within it: a search decides again."""
REST = "the rest: reasons, decision, conditions"

Visit = tuple[Intake, Policy, Catalogue]


@click.command()
@click.option("--times", default=50, show_default=True, help="How often each visit is decided.")
@click.option("--altered", default=1000, show_default=True, help="Visits with answers forgotten and turned.")
def main(times: int, altered: int) -> None:
    """Decide the worked cases of all policies again and again, with the library loaded."""
    click.echo(f"{machine()}\n")
    visits = worked_visits()
    click.echo(f"{'ms a visit':<20}{'visits':>8}{'median':>9}{'9 of 10':>9}{'slowest':>9}")
    middles: dict[str, float] = {}
    for policy in sorted({visit[1].id for visit in visits}):
        own = [visit for visit in visits if visit[1].id == policy]
        taken = [median(_took(visit) for _ in range(times)) for visit in own]
        _tell(policy, taken)
        middles[policy] = 1000 * median(taken)
    others = _altered(visits, altered)
    _tell("all, altered", [min(_took(visit) for _ in range(3)) for visit in others])
    most = max(map(_sets_tried, others), default=0)
    click.echo(
        f"\nThe longest search for remedies of an altered visit tried {most:,} sets; {MOST_TRIES:,} is the most."
    )
    parts = _parts(visits, times)
    whole = sum(parts.values())
    click.echo(f"\n{'where the time of a worked case goes':<42}{'ms':>7}{'%':>6}")
    for part, seconds in sorted(parts.items(), key=lambda part: -part[1]):
        click.echo(f"{part:<42}{1000 * seconds:>7.3f}{100 * seconds / whole:>6.1f}")
    said = ", ".join(f"{policy} {taken:.2f}" for policy, taken in middles.items())
    most_of_it = ", ".join(f"{part.partition(':')[0]} {100 * parts[part] / whole:.0f} %" for part in _largest(parts))
    note = f"Where it goes: {most_of_it}"
    keep(Figure("Decide one visit under one policy, library loaded", "", "stated", said=f"{said} ms", note=note))


def _largest(parts: dict[str, float]) -> list[str]:
    return sorted(parts, key=lambda part: -parts[part])[:4]


def worked_visits() -> list[Visit]:
    """Each worked case with the policy and catalogue under which `riskgen check` decides it."""
    seen: list[Visit] = []

    def noted(*visit: *Visit) -> object:
        seen.append(visit)
        return assess(*visit)

    with patch("riskgen.library.examples.assess", noted):
        check_library(DATA)
    return seen


def _altered(visits: list[Visit], number: int) -> list[Visit]:
    """Worked cases of which some answers are forgotten, and some turned: what makes a search for remedies long."""
    found = []
    chance = random.Random(5)  # noqa: S311  # the same visits each time
    for _ in range(number):
        intake, policy, catalogue = chance.choice(visits)
        forgotten, turned = chance.choice((0, 0.2, 0.5, 0.8, 1)), chance.choice((0, 0.3))
        answers = {
            name: not value if isinstance(value, bool) and chance.random() < turned else value
            for name, value in intake.answers.items()
            if chance.random() >= forgotten
        }
        found.append((replace(intake, answers=answers), policy, catalogue))
    return found


def _took(visit: Visit) -> float:
    began = time.perf_counter()
    assess(*visit)
    return time.perf_counter() - began


def _sets_tried(visit: Visit) -> int:
    with patch("riskgen.core.remedies.derived_facts", wraps=derived_facts) as tried:
        assess(*visit)
    return tried.call_count


def _parts(visits: list[Visit], times: int) -> dict[str, float]:
    """Seconds for each part of a decision, on average. What one part does within another counts for it alone."""
    spent: dict[str, float] = defaultdict(float)
    within: list[tuple[str, float]] = []

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            if within and within[-1][0] == WHOLE:
                return function(*args, **kwargs)
            began = time.perf_counter()
            if within:
                spent[within[-1][0]] += began - within[-1][1]
            within.append((name, began))
            try:
                return function(*args, **kwargs)
            finally:
                ended = time.perf_counter()
                spent[name] += ended - within.pop()[1]
                if within:
                    within[-1] = (within[-1][0], ended)

        return run

    with ExitStack() as patched:
        for name in PARTS:
            module, _, function = name.rpartition(".")
            plain = getattr(__import__(module, fromlist=[function]), function)
            patched.enter_context(patch(name, timed(name, plain)))
        whole = timed(REST, assess)
        for visit in visits:
            for _ in range(times):
                whole(*visit)
    return {PARTS.get(name, name): seconds / (len(visits) * times) for name, seconds in spent.items()}


def _tell(name: str, seconds: list[float]) -> None:
    milliseconds = [1000 * each for each in seconds]
    tenths = quantiles(milliseconds, n=10) if len(milliseconds) > 1 else milliseconds
    click.echo(
        f"{name:<20}{len(milliseconds):>8}{median(milliseconds):>9.2f}{tenths[-1]:>9.2f}{max(milliseconds):>9.2f}"
    )


if __name__ == "__main__":
    main()
