"""`riskgen intake-sheet`: an empty Excel workbook for planned visits."""

from pathlib import Path

import click

from riskgen.cli.options import FORCE, HOME, WRITTEN
from riskgen.cli.words import wrapped
from riskgen.files.visit_columns import MOST_ROWS, ROWS
from riskgen.service.homes import find_home, open_home
from riskgen.service.new_intake_sheet import write_intake_sheet


@click.command("intake-sheet")
@click.option(
    "-o",
    "--output",
    type=WRITTEN,
    metavar="FILE.xlsx",
    required=True,
    help="Where to put the workbook.",
)
@click.option(
    "--rows",
    type=click.IntRange(1, MOST_ROWS),
    default=ROWS,
    metavar="N",
    help=f"For how many visits there is room, at most {MOST_ROWS}. Otherwise {ROWS}.",
)
@FORCE
@HOME
def intake_sheet_command(output: Path, rows: int, force: bool, home: str | None) -> None:
    """Write an empty Excel sheet to fill in: a row a visit, a column a question.

    It has lists of the school's own staff and the policy's own purposes,
    hints, and an example row that is never read.

    \b
    Example:
      riskgen intake-sheet -o visits.xlsx
    """
    if output.suffix.lower() != ".xlsx":
        words = "The sheet is an Excel workbook: give it a name that ends in .xlsx. Nothing was saved."
        raise click.UsageError(words)
    write_intake_sheet(open_home(find_home(home)), output, rows, force)
    click.echo(f"Written: {output}")
    words = (
        "Next: have it filled in with Excel or LibreOffice, a row a visit, and assess its visits: "
        f"riskgen batch {output}. It has room for {rows} visits; --rows makes more. Filled in, it holds personal data: "
        "keep it as you keep pupils' files."
    )
    click.echo(wrapped(words), err=True)
