"""`riskgen review`: what is due to be looked at again."""

import json

import click

from riskgen.cli.options import HOME, JSON
from riskgen.cli.words import heading, item, wrapped
from riskgen.service.desk import open_desk
from riskgen.service.homes import find_home, open_home
from riskgen.service.reviews import Why, due_for_review, due_report
from riskgen.service.staging import finish

TITLES = {
    Why.NOT_GONE: "Their start has passed, and they never left",
    Why.DRAFT: "Drafts",
    Why.CHANGED: "No longer what was assessed",
    Why.LAPSED: "Authorisation lapsed",
    Why.NOT_RECORDED: "Back, and not recorded within the school's own hours",
    Why.ACTION: "Further actions past their day",
    Why.POLICY: "The policy itself",
    Why.MARKER: "Markers on families",
}


@click.command("review")
@JSON
@HOME
def review_command(as_json: bool, home: str | None) -> None:
    """List what is due to be looked at again, and what to do about it.

    Visits that never left or are no longer what was decided on, further actions
    past their day, and the policy and the markers past their review dates.

    \b
    Example:
      riskgen review
    """
    school = open_home(find_home(home))
    with open_desk(school.folder, school.school, make=False) as desk:
        for reference in finish(school.folder, desk.register):
            click.echo(f"The forms of {reference} were left unfinished; they are in place now.", err=True)
        found = due_for_review(school, desk)
    if as_json:
        click.echo(json.dumps([due_report(due) for due in found], indent=2, ensure_ascii=False))
        return
    if not found:
        click.echo("Nothing is due to be looked at again.")
    for why, title in TITLES.items():
        due_now = [due for due in found if due.why is why]
        if due_now:
            click.echo(heading(title))
        for due in due_now:
            click.echo(item(f"{due.subject}: {due.says}"))
            click.echo(wrapped(f"Next: {due.next_step}", 4))
