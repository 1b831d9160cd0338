"""`riskgen now`: what the policy asks at this moment."""

import json

import click

from riskgen.cli.options import EDITION, HOME, JSON, visit_options
from riskgen.cli.show import tell_lapsed
from riskgen.cli.show_advice import fallback_by_topic, show_advice
from riskgen.core.report import advice_report
from riskgen.core.struct import replace
from riskgen.intake.gather import Given
from riskgen.service.desk import desk_if_any, unknown_reference
from riskgen.service.doorstep import given_now
from riskgen.service.homes import Home, find_home, open_home
from riskgen.service.references import is_reference
from riskgen.service.visits import Request, advise_now, gather


@click.command("now")
@visit_options
@EDITION
@JSON
@HOME
def now_command(request: Request, as_json: bool, home: str | None) -> None:
    """Say what the policy asks at this moment: staff ring in from the doorstep.

    FILE may be the reference of a visit in the register: its answers count, and the minutes at the door, or since
    the last call, are counted from its check-ins. Or give what is known of the family and the visit as for 'riskgen
    assess'. What the visitors report comes with --set. Writes nothing.

    \b
    Example:
      riskgen now RA-2026-0001 --set door.parent_present=no
      riskgen now families/F-0123.yaml --answers visit.yaml \\
        --set door.parent_present=no --set door.minutes_waited=20
    """
    school = open_home(find_home(home))
    given = _given(school, request)
    tell_lapsed(given)
    advice, policy = advise_now(school, given, edition=request.edition)
    if as_json:
        click.echo(json.dumps(advice_report(advice), indent=2, ensure_ascii=False))
        return
    recorded = any(is_reference(str(path)) for path in request.files)
    named = f"{policy.name}, edition of {policy.edition}"
    show_advice(advice, named, fallback_by_topic(school.school.fallback), recorded)


def _given(school: Home, request: Request) -> Given:
    """What is known of the visit: from the register where a reference is given, then files, then options."""
    references = [path.name for path in request.files if is_reference(str(path))]
    if not references:
        return gather(school, request)
    if len(references) > 1:
        raise click.UsageError(f"Name one visit at a time, not {' and '.join(references)}.")
    files = tuple(path for path in request.files if not is_reference(str(path)))
    with desk_if_any(school.folder, school.school) as desk:
        if desk is None:
            raise unknown_reference(references[0], "Nothing has been recorded here yet.")
        return given_now(school, desk, references[0], replace(request, files=files))
