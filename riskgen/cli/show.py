"""An assessment, and advice for the moment, on a screen of 80 columns."""

from collections.abc import Iterable, Mapping

import click

from riskgen.cli.words import heading, item, wrapped
from riskgen.core.result import Assessment, Rating, Remedy, ToDo
from riskgen.core.terms import Outcome
from riskgen.core.truth import Truth
from riskgen.intake.gather import Given

OUTCOMES = {
    Outcome.PROCEED: "PROCEED",
    Outcome.PROCEED_WITH_CONDITIONS: "PROCEED WITH CONDITIONS",
    Outcome.REFER: "REFER: a person must decide",
    Outcome.DO_NOT_VISIT: "DO NOT VISIT",
}
COLOURS = {
    Outcome.PROCEED: "green",
    Outcome.PROCEED_WITH_CONDITIONS: "yellow",
    Outcome.REFER: "yellow",
    Outcome.DO_NOT_VISIT: "red",
}
MOST_SHOWN = 12
"""Open questions on the screen; the form and --json list all."""


def outcome_name(outcome: Outcome) -> str:
    """The outcome alone, for use within a sentence."""
    return OUTCOMES[outcome].partition(":")[0]


def tell_lapsed(given: Given) -> None:
    """Say which answers no longer count, because they were given for another visit."""
    if given.lapsed:
        words = (
            "The date, the purpose or the visitors are not those that the answers were given for. What was agreed, "
            f"told and authorised for that visit does not count for this one: {', '.join(given.lapsed)}."
        )
        click.echo(wrapped(words) + "\n", err=True)


def show_assessment(assessment: Assessment, reference: str, roles: Mapping[str, str], names: Mapping[str, str]) -> None:
    """The whole result: decision first, then what follows from it."""
    stamp, decision = assessment.policy, assessment.decision
    click.echo(wrapped(f"{stamp.name}, edition of {stamp.edition}", len(reference) + 2, f"{reference}  "))
    if stamp.review_overdue:
        click.echo(wrapped(f"The policy's own review date ({stamp.review_due}) has passed."))
    click.echo()
    click.secho(OUTCOMES[decision.outcome], bold=True, fg=COLOURS[decision.outcome])
    if decision.instead:
        click.echo(wrapped(f"Instead: {decision.instead}", 2))
    _reasons(assessment, names)
    _collisions(assessment)
    _hazards(assessment)
    listed("Conditions still open", (to_do(each, names) for each in assessment.conditions))
    _authorise(assessment, roles)
    _open_questions(assessment, names)
    listed(
        "The policy says nothing on",
        (silence.label for silence in assessment.silences if silence.outcome is Outcome.PROCEED),
    )
    _remedies(assessment)


def _reasons(assessment: Assessment, names: Mapping[str, str]) -> None:
    if assessment.decision.outcome is Outcome.PROCEED_WITH_CONDITIONS:
        return  # the conditions themselves are the reasons, and follow
    for title, reasons in (
        ("Because", assessment.decision.because),
        ("Also for a person to decide", assessment.decision.also),
    ):
        if reasons:
            click.echo(heading(title))
        for reason in reasons:
            # Hazards and topics are named by what is said, and so is a visit that nothing stands in the way of.
            unnamed = reason.source in names or reason.source == assessment.policy.id
            click.echo(item(reason.says if unnamed else f"{reason.source}: {reason.says}"))
            for fact in reason.facts:
                click.echo(wrapped(fact, 6))


def _collisions(assessment: Assessment) -> None:
    shown = {reason.source for reason in (*assessment.decision.because, *assessment.decision.also)}
    entries = [(found, " and ".join(found.clauses)) for found in assessment.contradictions]
    listed("Clauses that collide", (f"{named}: {found.because}" for found, named in entries if named not in shown))


def _hazards(assessment: Assessment) -> None:
    click.echo(heading(f"Risk ratings ({assessment.matrix.name})"))
    for hazard in assessment.hazards:
        doubt = "" if hazard.applies is Truth.YES else "  (not ruled out)"
        click.echo(wrapped(f"{hazard.name}{doubt}", 4, "  - "))
        click.echo(f"      initial {_rating(hazard.initial)}, residual {_rating(hazard.residual)}")
    for name, because in assessment.excluded_hazards:
        click.echo(wrapped(f"{name}: ruled out. {because}", 4, "  - "))


def _rating(rating: Rating) -> str:
    return f"{rating.name} ({rating.rating}, {rating.score})"


def _authorise(assessment: Assessment, roles: Mapping[str, str]) -> None:
    authorise = assessment.authorise
    click.echo(heading("Who authorises"))
    if not authorise.by:
        click.echo(item(authorise.says))
        return
    by = " or ".join(roles.get(role, role) for role in authorise.by)
    click.echo(item(f"{by}, but never one of the visitors ({authorise.clause})"))
    if not authorise.eligible:
        click.echo(item("Nobody in the staff directory holds such a role and is not one of the visitors."))


def _open_questions(assessment: Assessment, names: Mapping[str, str]) -> None:
    questions = assessment.to_confirm
    shown = (
        f"{item.label} (needed by {'; '.join(names.get(by, by) for by in item.needed_by)})"
        for item in questions[:MOST_SHOWN]
    )
    more = len(questions) - MOST_SHOWN
    listed("Questions still open", [*shown, *([f"and {more} more; the form lists them all"] if more > 0 else [])])


def _remedies(assessment: Assessment) -> None:
    if assessment.remedies:
        click.echo(heading("What would let the visit go ahead"))
        for remedy in assessment.remedies:
            click.echo(item(_remedy(remedy)))
    if assessment.remedy_note:
        click.echo(("" if assessment.remedies else "\n") + wrapped(assessment.remedy_note))
    if assessment.decision.outcome is Outcome.REFER and not assessment.to_confirm:
        click.echo(("" if assessment.remedy_note else "\n") + wrapped(_may_decide(assessment)))


def _may_decide(assessment: Assessment) -> str:
    """Who may decide a visit that is referred, though nothing is left to find out."""
    rule = assessment.authorise
    if rule.eligible:
        return f"As it is planned, a person may decide it in writing: {' or '.join(rule.eligible)} ({rule.clause})."
    if rule.by:
        return "As it is planned, a person may decide it in writing, but nobody in the staff directory may."
    return (
        "As it is planned, a person may decide it in writing: whoever holds one of the school's own roles, in "
        "school.yaml under fallback, authorise."
    )


def _remedy(remedy: Remedy) -> str:
    changes = "; and ".join(change.how for change in remedy.changes)
    return f"{changes} (then: {OUTCOMES[remedy.outcome].lower()})"


def to_do(todo: ToDo, names: Mapping[str, str]) -> str:
    """What is to be done, by whom, and which clause or hazard asks for it."""
    return f"{todo.condition} ({todo.who}; {names.get(todo.source, todo.source)})"


def listed(title: str, entries: Iterable[str]) -> None:
    """A heading and its entries; nothing where there are none."""
    found = list(entries)
    if found:
        click.echo(heading(title))
        for entry in found:
            click.echo(item(entry))
