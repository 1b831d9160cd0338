"""`riskgen now`: what the policy asks at this moment."""

import json

import click

from riskgen.cli.options import EDITION, HOME, JSON, visit_options
from riskgen.cli.show import tell_lapsed
from riskgen.cli.show_advice import fallback_by_topic, show_advice
from riskgen.core.report import advice_report
from riskgen.service.homes import find_home, open_home
from riskgen.service.visits import Request, advise_now, gather


@click.command("now")
@visit_options
@EDITION
@JSON
@HOME
def now_command(request: Request, as_json: bool, home: str | None) -> None:
    """Say what the policy asks at this moment: staff ring in from the doorstep.

    Give what is known of the family and the visit as for 'riskgen assess', and what the visitors report with --set.
    Writes nothing.

    \b
    Example:
      riskgen now families/F-0123.yaml --answers visit.yaml \\
        --set door.parent_present=no --set door.minutes_waited=20
    """
    school = open_home(find_home(home))
    given = gather(school, request)
    tell_lapsed(given)
    advice, policy = advise_now(school, given, edition=request.edition)
    if as_json:
        click.echo(json.dumps(advice_report(advice), indent=2, ensure_ascii=False))
        return
    show_advice(advice, f"{policy.name}, edition of {policy.edition}", fallback_by_topic(school.school.fallback))
