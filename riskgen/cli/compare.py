"""`riskgen compare`: the same visit under every policy, side by side."""

import json

import click

from riskgen.cli.options import HOME, JSON, visit_options
from riskgen.cli.show import COLOURS, tell_lapsed
from riskgen.cli.words import WIDTH, wrapped
from riskgen.core.report import assessment_report
from riskgen.service.homes import find_home_or_packaged
from riskgen.service.visits import Decided, Request, compare, gather

SHORT = 7
"""Letters of a hazard's id that fit above its column."""


@click.command("compare")
@visit_options
@JSON
@HOME
def compare_command(request: Request, as_json: bool, home: str | None) -> None:
    """Hold the same visit against every policy: decision, the clauses that decide, ratings.

    Writes nothing. Outside a school's folder it uses the policies and the invented staff that came with riskgen.

    \b
    Example:
      riskgen compare families/F-0123.yaml --purpose attendance \\
        --start "2026-12-02 10:30" --minutes 40 --visitor S-07
    """
    school, whose = find_home_or_packaged(home)
    given = gather(school, request)
    tell_lapsed(given)
    results = compare(school, given)
    if as_json:
        reports = {found.policy.id: assessment_report(found.assessment, "", []) for found in results}
        click.echo(json.dumps(reports, indent=2, ensure_ascii=False))
        return
    if whose:
        click.echo(whose, err=True)
    _table(results)


def _table(results: tuple[Decided, ...]) -> None:
    hazards = [hazard.id for hazard in max((found.assessment.hazards for found in results), key=len, default=())]
    widest = max((len(found.policy.id) for found in results), default=0) + 2
    short = {name: name if len(name) <= SHORT else f"{name[: SHORT - 1]}…" for name in hazards}
    click.echo(f"{'Policy':<{widest}}{'Decision':<26}{''.join(f'{short[name]:<8}' for name in hazards)}".rstrip())
    click.echo("-" * WIDTH)
    for found in results:
        result = found.assessment
        rated = {hazard.id: hazard.residual.rating for hazard in result.hazards}
        ratings = "".join(f"{rated.get(name, '-'):<8}" for name in hazards)
        decision = click.style(f"{result.decision.outcome.id:<26}", fg=COLOURS[result.decision.outcome])
        click.echo(f"{found.policy.id:<{widest}}{decision}{ratings}".rstrip())
        sources = ", ".join(
            dict.fromkeys(reason.source for reason in result.decision.because if reason.source != found.policy.id)
        )
        if sources:
            click.echo(wrapped(f"by {sources}", widest))
    legend = ", ".join(f"{short[name]}: {name}" for name in hazards if short[name] != name)
    click.echo(wrapped(f"\nRatings are residual. {legend}".strip()))
