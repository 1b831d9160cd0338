"""`riskgen assess`: decide on a visit, asking for what is missing and matters, and write its forms."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from riskgen.cli.ask import ask_for_the_visit, ask_open_questions, ask_safe_word
from riskgen.cli.at_desk import ask_reason, ready_to_record
from riskgen.cli.options import AS, EDITION, FORCE, HOME, JSON, WRITTEN, visit_options
from riskgen.cli.people import TerminalProof
from riskgen.cli.show import show_assessment, tell_lapsed
from riskgen.cli.words import wrapped
from riskgen.core.report import assessment_report
from riskgen.core.terms import Outcome
from riskgen.core.visit import Visit
from riskgen.core.words import lower_first
from riskgen.files.controls import is_word_file
from riskgen.intake.gather import Given
from riskgen.service.desk import Desk, desk_if_any, open_desk, unknown_reference, who_asks
from riskgen.service.homes import Home, find_home, open_home
from riskgen.service.intake_sheet import is_sheet_file
from riskgen.service.markers import looked_up, said_of_no_family
from riskgen.service.paper import can_keep, can_place, sound_paper
from riskgen.service.recording import Recorded, can_assess, given_again, record_assessment
from riskgen.service.references import VISITS, is_reference
from riskgen.service.standing import who_authorises
from riskgen.service.visits import Decided, Request, decide, gather, role_names, save_answers, source_names

if TYPE_CHECKING:
    from riskgen.service.showing import Shown

NEXT = {
    Outcome.PROCEED: "",
    Outcome.PROCEED_WITH_CONDITIONS: "settle the conditions above. ",
    Outcome.REFER: (
        "nobody goes yet. {settle}ave it decided in writing: riskgen override {reference} --by ID. Keep the office "
        "copy of the Intent-to-Visit form at school: it carries the safe word."
    ),
    Outcome.DO_NOT_VISIT: (
        "nobody goes. File the risk assessment as the record of why, and destroy the two Intent-to-Visit forms. If the "
        "plan changes, assess the visit again ('riskgen assess --reference {reference} --force'); if it is given up: "
        "riskgen cancel {reference}."
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
    type=WRITTEN,
    metavar="FILE",
    help="Keep the answers, to use again with --answers.",
)
@click.option(
    "--type-safe-word", is_flag=True, help="Type the safe word at a hidden prompt instead of having one chosen."
)
@click.option("--reference", default="", metavar="REF", help="Assess this visit again, from the answers it has.")
@click.option(
    "--after-the-fact",
    default="",
    metavar="REASON",
    help="The visit went out before it was assessed: why. No names; '-' asks for the reason.",
)
@click.option("--output", type=WRITTEN, metavar="DIR", help="Where to put the forms. Otherwise visits/REF.")
@click.option("--dry-run", is_flag=True, help="Decide, but record nothing and write no forms.")
@FORCE
@AS
@JSON
@HOME
def assess_command(
    request: Request,
    no_input: bool,
    keep_at: Path | None,
    type_safe_word: bool,
    reference: str,
    after_the_fact: str,
    output: Path | None,
    dry_run: bool,
    force: bool,
    as_: str,
    as_json: bool,
    home: str | None,
) -> None:
    """Decide on a visit under the school's policy, record it, and write its forms.

    FILE holds what is known of the family, and may hold the visit as well.

    \b
    Example:
      riskgen assess families/F-0123.yaml --purpose attendance \\
        --start "2026-12-02 10:30" --minutes 40 --visitor S-07 --visitor S-12
    """
    if no_input and type_safe_word:
        raise click.UsageError("--type-safe-word asks for the safe word, and --no-input forbids asking. Choose one.")
    if after_the_fact and reference:
        raise click.UsageError("--after-the-fact records a visit that has no reference yet; leave --reference out.")
    if keep_at and (is_word_file(keep_at) or is_sheet_file(keep_at)):
        raise click.UsageError(
            "--save-answers writes a text file, not a Word form or a workbook. Name it like answers.yaml."
        )
    school = open_home(find_home(home))
    proof = None if no_input else TerminalProof()
    who = None if dry_run else ready_to_record(school, as_, proof)
    if after_the_fact == "-":
        after_the_fact = ask_reason("Why did the visit go out before it was assessed", "")
    with desk_if_any(school.folder, school.school) as desk:
        before = _visit_before(desk, reference)
        given = _marked(desk, gather(school, request, given_again(before) if before else None), told=True)
        replaces = force or keep_at in request.files  # what was taken up is kept up; the old file stays as .bak
        if not given.problems:  # what is wrong with what was given is told first, and before anything is asked
            if keep_at:
                can_keep(keep_at, replaces)
            if not no_input:
                given = _marked(desk, ask_for_the_visit(school, given, keep_at, replaces))
    tell_lapsed(given)
    decided = decide(school, given, edition=request.edition, after_the_fact=bool(after_the_fact))
    asks = not no_input and bool(decided.assessment.to_confirm)
    if not dry_run:
        can_place(school, decided, output or school.folder / VISITS / reference, reference, force)
        if asks or keep_at:
            sound_paper(school)
    if asks:
        given = ask_open_questions(school, given, decided, keep_at, replaces)
        decided = decide(school, given, edition=request.edition, after_the_fact=bool(after_the_fact))
    if keep_at:
        save_answers(school, given, keep_at, replaces)
        click.echo(f"Your answers are in {keep_at}.", err=True)
    recorded, stands, key = None, None, ""
    if not dry_run:
        safe_word = ask_safe_word(decided) if type_safe_word else ""
        with open_desk(school.folder, school.school) as desk:
            recorded = record_assessment(
                school,
                desk,
                decided,
                who or who_asks(desk, as_, proof),
                reference=reference,
                output=output,
                safe_word=safe_word,
                after_the_fact=after_the_fact,
                force=force,
                seen=before,
            )
            if before and before.decided_on:
                from riskgen.service.showing import show  # most visits have no history yet

                stands = show(desk, reference)
            key = "" if who else desk.where_key_is()
    _tell(school, decided, recorded, stands, reference, after_the_fact, as_json)
    if recorded and key:
        words = f"A register was made, and a key for its safe words: {key}. Keep a copy of the key elsewhere."
        click.echo(wrapped(words), err=True)


def _marked(desk: Desk | None, given: Given, told: bool = False) -> Given:
    """With what the markers on the family say, whatever the answers say."""
    if desk is None:
        _tell_sentences(said_of_no_family(given.answers, ()) if told else ())
        return given
    with desk.register.read() as reader:
        given, sentences = looked_up(reader, given)
    _tell_sentences(sentences if told else ())
    return given


def _tell_sentences(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        click.echo(wrapped(sentence), err=True)


def _visit_before(desk: Desk | None, reference: str) -> Visit | None:
    """The visit that is to be assessed again. Raises `InvalidInput` and `Refused`."""
    if not reference:
        return None
    if desk is None:
        looks = (
            "Nothing has been recorded here yet." if is_reference(reference) else "References look like RA-2026-0001."
        )
        raise unknown_reference(reference, looks)
    visit = desk.visit(reference)
    can_assess(visit)
    return visit


def _tell(
    school: Home,
    decided: Decided,
    recorded: Recorded | None,
    stands: "Shown | None",
    reference: str,
    after_the_fact: str,
    as_json: bool,
) -> None:
    """What was worked out and what to do next; of a visit that people have decided on also how it `stands` now."""
    shown = recorded.reference if recorded else reference or DRY
    files = recorded.files if recorded else ()
    if as_json:
        report = assessment_report(decided.assessment, shown, [str(path) for path in files])
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
        return
    names = source_names(school)
    if recorded and stands:
        from riskgen.cli.show_visit import show_standing

        show_standing(stands, recorded.still_to_do, names, school.school.timezone)
    show_assessment(decided.assessment, shown, role_names(school, decided.policy), names)
    if recorded is None:
        click.echo("\nNothing was recorded and no forms were written (--dry-run).", err=True)
        return
    outcome = Outcome.from_id(stands.stands.outcome) if stands else decided.assessment.decision.outcome
    _next_step(school, recorded, decided, outcome, bool(after_the_fact))
    if reference:
        word = "The safe word is still the same." if recorded.kept_word else "The safe word is a new one."
        click.echo(wrapped(f"{word} Destroy the earlier copies, on paper and as .bak."), err=True)


def _next_step(school: Home, recorded: Recorded, decided: Decided, outcome: Outcome, after_the_fact: bool) -> None:
    """Where the forms are, and what to do with them, by the outcome that stands."""
    click.echo("\nWritten:", err=True)
    for path in recorded.files:
        click.echo(f"  {path}", err=True)
    reference, assessment = recorded.reference, decided.assessment
    if after_the_fact:
        words = (
            f"this visit is now out, and the board counts it. When everybody is safe: riskgen return {reference}. "
            "That it went out before it was assessed stays with it for ever."
        )
    else:
        again = f"riskgen assess --reference {reference} --force"
        may_settle_it = any(item.outcome >= Outcome.REFER for item in assessment.to_confirm)
        settle = f"Settle the open questions and assess the visit again ({again}), or h" if may_settle_it else "H"
        words = NEXT[outcome].format(reference=reference, settle=settle)
        if not recorded.still_to_do and outcome is Outcome.PROCEED_WITH_CONDITIONS:
            words = ""
        if outcome < Outcome.REFER:
            words += _leaving(school, recorded, decided)
    holds = "The authorisation still holds. " if recorded.kept_approval else ""
    click.echo(wrapped(f"{holds}Next: {lower_first(words)}"), err=True)


def _leaving(school: Home, recorded: Recorded, decided: Decided) -> str:
    """How the visit gets on its way: authorised where the policy or else the school wants that, then signed out."""
    rule, by_policy = who_authorises(school, decided.assessment, decided.intake.visitors)
    whose = "" if by_policy else ", by the school's own rule, as the policy names nobody"
    by = " or ".join(rule.eligible)
    approve = f"Have it authorised{whose}: riskgen authorise {recorded.reference} --by {by}. " if by else ""
    if recorded.kept_approval:
        approve = ""
    reference = recorded.reference
    return (
        f"{approve}Print its paper: riskgen pack {reference}. The office copy of the Intent-to-Visit form alone "
        f"carries the safe word, and stays at school. When they leave: riskgen depart {reference}."
    )
