"""`riskgen annual`: the workbook of a year, which adds up and audits itself."""

import json
from pathlib import Path

import click

from riskgen.cli.at_desk import full_desk
from riskgen.cli.options import AS, FORCE, HOME, JSON, WRITTEN
from riskgen.cli.people import TerminalProof
from riskgen.cli.problems import counted
from riskgen.cli.words import wrapped
from riskgen.service.annual import Made, make_annual, span_of
from riskgen.service.desk import who_asks

SCHOOL, GOVERNORS = "school", "governors"


@click.command("annual")
@click.argument("year", required=False, default="", metavar="[YEAR]")
@click.option("-o", "--output", required=True, type=WRITTEN, metavar="FILE", help="Where to put it.")
@click.option("--from", "since", metavar="DATE", default="", help="From this day on, instead of a school year.")
@click.option("--to", "until", metavar="DATE", default="", help="Up to this day, and with it.")
@click.option("--calendar-year", metavar="YEAR", default="", help="From January to December, for example 2026.")
@click.option(
    "--for",
    "audience",
    type=click.Choice([SCHOOL, GOVERNORS]),
    default=SCHOOL,
    help="governors: totals alone, rounded, with no names. Otherwise everything, for the school.",
)
@FORCE
@AS
@JSON
@HOME
def annual_command(
    year: str,
    output: Path,
    since: str,
    until: str,
    calendar_year: str,
    audience: str,
    force: bool,
    as_: str,
    as_json: bool,
    home: str | None,
) -> None:
    """Write the visits of a year to an Excel workbook that adds up.

    YEAR is a school year, from 1 September to 31 August, such as 2025-26.

    \b
    Example:
      riskgen annual 2025-26 -o annual.xlsx
      riskgen annual 2025-26 --for governors -o governors.xlsx
      riskgen annual --from 2026-01-01 --to 2026-03-31 -o spring.xlsx
    """
    if output.suffix.lower() != ".xlsx":
        raise click.UsageError("--output must be the name of an Excel workbook, ending in .xlsx. Nothing was saved.")
    span = span_of(year, since, until, calendar_year)
    with full_desk(home) as (school, desk):
        who = who_asks(desk, as_, TerminalProof())
        made = make_annual(school, desk, span, who, output, governors=audience == GOVERNORS, force=force)
    _tell(made, audience, as_json)


def _tell(made: Made, audience: str, as_json: bool) -> None:
    if as_json:
        report = {
            "file": str(made.path),
            "for": audience,
            "from": made.span.first.isoformat(),
            "to": made.span.last.isoformat(),
            "visits": made.visits,
            "to_look_at": made.to_look_at,
        }
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
        return
    click.echo(f"{made.span.title}: {counted(made.visits, 'visit')}.")
    click.echo(f"Written: {made.path}", err=True)
    if not made.visits:
        words = "Next: check the days. No visit was planned for any of them; 'riskgen list' shows those that there are."
    elif audience == GOVERNORS:
        words = "Next: read it before you send it: a purpose or a hazard of your own may say more than a number."
    elif made.to_look_at:
        words = (
            f"Next: {counted(made.to_look_at, 'line')} of the sheet Compliance to look at; filter it by “To look at”. "
            "The workbook names families' references, staff and children: keep it as you keep the register."
        )
    else:
        words = (
            "Next: nothing is left to look at. The workbook names staff and children: keep it as you keep the register."
        )
    click.echo(wrapped(words), err=True)
