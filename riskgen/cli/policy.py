"""`riskgen policy`: list policies, show one, explain a clause."""

import json
from typing import Any

import click

from riskgen.cli.options import HOME, JSON
from riskgen.cli.words import heading, item, wrapped
from riskgen.core.model import Clause, Policy
from riskgen.core.terms import Phase
from riskgen.service.homes import find_home_or_packaged
from riskgen.service.policies import clause_named, conditions_in_words, policy_named, silent_topics

_PHASES = click.Choice([phase.value for phase in Phase])


@click.group("policy")
def policy_command() -> None:
    """List policies, show one, explain a clause.

    \b
    Example:
      riskgen policy show bchs
    """


@policy_command.command("list")
@JSON
@HOME
def list_command(as_json: bool, home: str | None) -> None:
    """List the policies and their editions.

    \b
    Example:
      riskgen policy list
    """
    school, whose = find_home_or_packaged(home)
    today = school.now().date()
    rows = [(policy, len(policy.clauses)) for editions in school.library.policies.values() for policy in editions]
    if as_json:
        click.echo(json.dumps([_header(policy) for policy, _ in rows], indent=2, ensure_ascii=False))
        return
    if whose:
        click.echo(whose, err=True)
    for policy, count in rows:
        passed = policy.review_due is not None and policy.review_due < today
        due = f"review {'was due' if passed else 'due'} {policy.review_due}" if policy.review_due else "no review date"
        click.echo(f"{policy.id:<16}{policy.edition}  {count:>3} clauses  {due}")
        click.echo(wrapped(policy.name, 4))


@policy_command.command("show")
@click.argument("policy_id", metavar="ID")
@click.option("--phase", type=_PHASES, help="Only the clauses of one phase.")
@click.option("--edition", default="", metavar="DATE", help="An edition other than the latest.")
@JSON
@HOME
def show_command(policy_id: str, phase: str | None, edition: str, as_json: bool, home: str | None) -> None:
    """Show every clause of a policy, and what it is silent on.

    \b
    Example:
      riskgen policy show bchs --phase before
    """
    school, whose = find_home_or_packaged(home)
    policy = policy_named(school, policy_id, edition)
    clauses = [clause for clause in policy.clauses if phase is None or Phase(phase) in clause.phases]
    silent = silent_topics(school, policy)
    if as_json:
        report = {**_header(policy), "clauses": [_clause(clause) for clause in clauses], "silent_on": list(silent)}
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
        return
    if whose:
        click.echo(whose, err=True)
    click.echo(f"{policy.name}, edition of {policy.edition}")
    for clause in clauses:
        phases = ", ".join(clause.phases)
        click.echo(f"\n{clause.id}  {clause.kind.value}, {phases}  ({clause.location})")
        click.echo(wrapped(clause.says, 4))
    click.echo(heading("The policy says nothing on"))
    for label in silent.values():
        click.echo(item(label))


@policy_command.command("explain")
@click.argument("clause_id", metavar="CLAUSE")
@JSON
@HOME
def explain_command(clause_id: str, as_json: bool, home: str | None) -> None:
    """Explain a clause: what it says, when it applies, what meets it, and what follows if it is broken.

    \b
    Example:
      riskgen policy explain RO-22
    """
    school, _ = find_home_or_packaged(home)
    policy, clause = clause_named(school, clause_id)
    parts = conditions_in_words(clause, school.library.questions)
    if as_json:
        click.echo(json.dumps({"policy": policy.id, **_clause(clause), **parts}, indent=2, ensure_ascii=False))
        return
    click.echo(f"{clause.id}  {policy.name}, edition of {policy.edition}")
    click.echo(f"{clause.location}; {clause.kind.value}, {', '.join(clause.phases)}")
    click.echo(f"\n{wrapped(clause.says)}")
    for title, key in (("Applies", "applies"), ("Except", "unless"), ("Met when", "met"), ("If broken", "broken")):
        if parts[key]:
            click.echo(f"\n{title}\n{wrapped(parts[key], 4)}")
    if parts["now"]:
        click.echo(heading("At the moment"))
        for entry in parts["now"]:
            click.echo(item(entry))
    click.echo(f"\nWritten in {clause.path}, line {clause.line}.")


def _header(policy: Policy) -> dict[str, Any]:
    return {
        "id": policy.id,
        "name": policy.name,
        "edition": policy.edition,
        "review_due": policy.review_due.isoformat() if policy.review_due else None,
        "withdrawn": policy.withdrawn.isoformat() if policy.withdrawn else None,
        "fingerprint": policy.fingerprint,
    }


def _clause(clause: Clause) -> dict[str, Any]:
    return {
        "id": clause.id,
        "location": clause.location,
        "kind": clause.kind.value,
        "phases": [phase.value for phase in clause.phases],
        "topics": list(clause.topics),
        "says": clause.says,
    }
