"""`riskgen assess`: decide on a visit, asking for what is missing and matters, and write its forms."""

import json
from pathlib import Path

import click

from riskgen.cli.ask import ask_for_the_visit, ask_open_questions, ask_safe_word
from riskgen.cli.options import EDITION, FORCE, HOME, JSON, visit_options
from riskgen.cli.show import show_assessment, tell_lapsed
from riskgen.cli.words import wrapped
from riskgen.core.report import assessment_report
from riskgen.core.terms import Outcome
from riskgen.service.homes import find_home, open_home
from riskgen.service.paper import (
    VISITS,
    can_keep,
    can_place,
    can_write,
    give_up,
    known_reference,
    pick_safe_word,
    sound_paper,
    take_reference,
    write_forms,
)
from riskgen.service.visits import Request, decide, gather, role_names, save_answers, source_names

_PAPER = (
    "print the office copy of the Intent-to-Visit form and keep it at school: it alone carries the safe word. "
    "Give the visitors their travelling copy."
)
NEXT = {
    Outcome.PROCEED: _PAPER,
    Outcome.PROCEED_WITH_CONDITIONS: f"settle the conditions above. Then {_PAPER}",
    Outcome.REFER: (
        "nobody goes yet. Settle the open questions and assess the visit again, or take the risk assessment to the "
        "person who decides. Keep the office copy of the Intent-to-Visit form at school: it carries the safe word."
    ),
    Outcome.DO_NOT_VISIT: (
        "nobody goes. File the risk assessment as the record of why, and destroy the two Intent-to-Visit forms. "
        "If the plan changes, assess the visit again."
    ),
}
DRY = "RA-DRAFT"
"""Stands for the reference where nothing is written."""


@click.command("assess")
@visit_options
@EDITION
@click.option("--no-input", is_flag=True, help="Never ask; what is not known stays unknown.")
@click.option(
    "--save-answers",
    "keep_at",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep the answers, to use again with --answers.",
)
@click.option(
    "--type-safe-word", is_flag=True, help="Type the safe word at a hidden prompt instead of having one chosen."
)
@click.option("--reference", default="", metavar="REF", help="Write the forms of this reference again.")
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="DIR", help="Where to put the forms. Otherwise visits/REF."
)
@click.option("--dry-run", is_flag=True, help="Decide, but write no forms.")
@FORCE
@JSON
@HOME
def assess_command(
    request: Request,
    no_input: bool,
    keep_at: Path | None,
    type_safe_word: bool,
    reference: str,
    output: Path | None,
    dry_run: bool,
    force: bool,
    as_json: bool,
    home: str | None,
) -> None:
    """Decide on a visit under the school's policy, and write its forms.

    FILE holds what is known of the family, and may hold the visit as well.

    \b
    Example:
      riskgen assess families/F-0123.yaml --purpose attendance \\
        --start "2026-12-02 10:30" --minutes 40 --visitor S-07 --visitor S-12
    """
    if no_input and type_safe_word:
        raise click.UsageError("--type-safe-word asks for the safe word, and --no-input forbids asking. Choose one.")
    school = open_home(find_home(home))
    visits = school.folder / VISITS
    again = bool(reference)
    reference = known_reference(visits, reference) if again else ""
    given = gather(school, request)
    replaces = force or keep_at in request.files  # answers that were taken up are kept up; the old file stays as .bak
    if not given.problems:  # what is wrong with what was given is told first, and before anything is asked
        if keep_at:
            can_keep(keep_at, replaces)
        if not dry_run:
            can_write(visits)
        if not no_input:
            given = ask_for_the_visit(school, given, keep_at, replaces)
    tell_lapsed(given)
    decided = decide(school, given, edition=request.edition)
    asks = not no_input and bool(decided.assessment.to_confirm)
    if not dry_run:
        can_place(school, decided, output or visits / reference, reference, force)
        if asks or keep_at:
            sound_paper(school)
    if asks:
        given = ask_open_questions(school, given, decided, keep_at, replaces)
        decided = decide(school, given, edition=request.edition)
    if keep_at:
        save_answers(school, given, keep_at, replaces)
        click.echo(f"Your answers are in {keep_at}.", err=True)
    files: tuple[Path, ...] = ()
    if not dry_run:
        word = ask_safe_word(decided) if type_safe_word else pick_safe_word(school, decided)
        made_at = school.now()
        taken = reference or take_reference(visits, made_at.year)
        try:
            files = write_forms(school, decided, output or visits / taken, taken, word, made_at, force)
        except BaseException:
            if not again:
                give_up(visits / taken)
            raise
        reference = taken
    if as_json:
        report = assessment_report(decided.assessment, reference or DRY, [str(path) for path in files])
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
        return
    show_assessment(decided.assessment, reference or DRY, role_names(school, decided.policy), source_names(school))
    _next_step(files, dry_run, decided.assessment.decision.outcome)
    if again and not type_safe_word and not dry_run:
        words = "The safe word is a new one: tell the visitors, and destroy the earlier copies, on paper and as .bak."
        click.echo(wrapped(words), err=True)


def _next_step(files: tuple[Path, ...], dry_run: bool, outcome: Outcome) -> None:
    """Where the forms are, and what to do with them."""
    if dry_run:
        click.echo("\nNo forms were written (--dry-run).", err=True)
        return
    click.echo("\nWritten:", err=True)
    for path in files:
        click.echo(f"  {path}", err=True)
    click.echo(wrapped(f"Next: {NEXT[outcome]}"), err=True)
