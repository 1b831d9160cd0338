"""`riskgen check`: every fault in what a school edits."""

import json

import click

from riskgen.cli.options import HOME, JSON
from riskgen.cli.problems import counted, print_problems
from riskgen.cli.words import wrapped
from riskgen.core.struct import asdict
from riskgen.service.homes import check_data, folder_to_check
from riskgen.service.paper import check_forms
from riskgen.service.school_forms import check_blank


@click.command("check")
@JSON
@HOME
@click.pass_context
def check_command(ctx: click.Context, as_json: bool, home: str | None) -> None:
    """Find every fault in questions, topics, hazards, matrices, policies, worked cases and Word forms.

    Changes nothing. Outside a school's folder it checks what came with riskgen.

    \b
    Example:
      riskgen check --home myschool
    """
    folder, whose = folder_to_check(home)
    library, problems = check_data(folder)
    problems += check_forms(folder, library) + check_blank(folder, library)
    faults = [problem for problem in problems if problem.severity == "fault"]
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "problems": [asdict(problem) for problem in problems]}, indent=2))
    else:
        click.echo(f"Checked {whose}.", err=True)
        print_problems(problems)
        if not faults:
            clauses = sum(len(editions[-1].clauses) for editions in library.policies.values())
            things = [counted(len(library.questions), "question"), counted(len(library.hazards), "hazard")]
            things += [f"{len(library.matrices)} matrices", f"{len(library.policies)} policies"]
            click.echo(wrapped(f"No problems: {', '.join(things)} with {counted(clauses, 'clause')}."))
    ctx.exit(3 if faults else 0)
