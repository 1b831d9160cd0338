"""`riskgen fields`: everything that a Word form may print."""

import json

import click

from riskgen.cli.options import JSON
from riskgen.cli.words import wrapped
from riskgen.forms.contract import documented_fields


@click.command("fields")
@click.argument("beginning", default="", metavar="[BEGINNING]")
@JSON
def fields_command(beginning: str, as_json: bool) -> None:
    """List everything that a Word form may print, with help.

    BEGINNING lists only the fields whose names begin with it, for example hazards.

    \b
    Example:
      riskgen fields visit
    """
    found = [row for row in documented_fields() if row[0].startswith(beginning)]
    if as_json:
        click.echo(json.dumps([{"field": path, "type": kind, "help": text} for path, kind, text in found], indent=2))
        return
    for path, kind, text in found:
        click.echo(f"{path}  ({kind})")
        click.echo(wrapped(text, 4))
    if not found:
        click.echo(f"No field begins with '{beginning}'.", err=True)
