"""An assessment, and advice for the moment, on a screen of 80 columns."""

from collections.abc import Iterable, Mapping

import click

from riskgen.cli.words import heading, item, wrapped
from riskgen.core.model import Advice, Assessment, CalledFor, Do, Outcome, Rating, Remedy
from riskgen.core.truth import Truth

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
DO_WORDS = {
    Do.LEAVE: "Leave",
    Do.CANCEL: "Call the visit off",
    Do.DO_NOT_GO_IN: "Do not go in",
    Do.RING: "Ring",
    Do.WAIT: "Wait",
    Do.LEAVE_CARD: "Leave a calling card",
    Do.ASK: "Ask",
    Do.REFRAIN: "Refrain from",
    Do.GO_IN: "You may go in",
    Do.RECORD: "Write down",
}
MOST_SHOWN = 12
"""Open questions on the screen; the form and --json list all."""


def show_assessment(assessment: Assessment, reference: str, roles: Mapping[str, str], names: Mapping[str, str]) -> None:
    """The whole result: decision first, then what follows from it."""
    stamp, decision = assessment.policy, assessment.decision
    click.echo(f"{reference}  {stamp.name}, edition of {stamp.edition}")
    if stamp.review_overdue:
        click.echo(wrapped(f"The policy's own review date ({stamp.review_due}) has passed."))
    click.echo()
    click.secho(OUTCOMES[decision.outcome], bold=True, fg=COLOURS[decision.outcome])
    if decision.instead:
        click.echo(wrapped(f"Instead: {decision.instead}", 2))
    _reasons(assessment, names)
    _hazards(assessment)
    _listed(
        "Conditions still open",
        (f"{todo.condition} ({todo.who}; {names.get(todo.source, todo.source)})" for todo in assessment.conditions),
    )
    _authorise(assessment, roles)
    _open_questions(assessment, names)
    _listed(
        "The policy says nothing on",
        (silence.label for silence in assessment.silences if silence.outcome is Outcome.PROCEED),
    )
    _remedies(assessment)


def _reasons(assessment: Assessment, names: Mapping[str, str]) -> None:
    if assessment.decision.outcome is Outcome.PROCEED_WITH_CONDITIONS:
        return  # the conditions themselves are the reasons, and follow
    click.echo(heading("Because"))
    for reason in assessment.decision.because:
        named = "" if reason.source in names else f"{reason.source}: "  # hazards and topics are named by what is said
        click.echo(item(f"{named}{reason.says}"))
        for fact in reason.facts:
            click.echo(wrapped(fact, 6))


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


def _open_questions(assessment: Assessment, names: Mapping[str, str]) -> None:
    questions = assessment.to_confirm
    shown = (
        f"{item.label} (needed by {', '.join(names.get(by, by) for by in item.needed_by)})"
        for item in questions[:MOST_SHOWN]
    )
    more = len(questions) - MOST_SHOWN
    _listed("Questions still open", [*shown, *([f"and {more} more; the form lists them all"] if more > 0 else [])])


def _remedies(assessment: Assessment) -> None:
    if assessment.remedies:
        click.echo(heading("What would let the visit go ahead"))
        for remedy in assessment.remedies:
            click.echo(item(_remedy(remedy)))
    if assessment.remedy_note:
        click.echo(("" if assessment.remedies else "\n") + wrapped(assessment.remedy_note))


def _remedy(remedy: Remedy) -> str:
    changes = "; and ".join(change.how for change in remedy.changes)
    return f"{changes} (then: {OUTCOMES[remedy.outcome].lower()})"


def _listed(title: str, entries: Iterable[str]) -> None:
    found = list(entries)
    if found:
        click.echo(heading(title))
        for entry in found:
            click.echo(item(entry))


def show_advice(advice: Advice, policy: str) -> None:
    """What to do now, strictest first, each with its clause."""
    entry = {
        Truth.YES: ("You may go in", "green"),
        Truth.NO: ("Do not go in", "red"),
        Truth.UNKNOWN: ("Not known whether you may go in: stay out until a person decides", "yellow"),
    }
    words, colour = entry[advice.may_enter]
    click.echo(policy)
    click.echo()
    click.secho(words.upper(), bold=True, fg=colour)
    if advice.actions:
        click.echo(heading("What to do"))
    for action in advice.actions:
        click.echo(item(_action(action)))
        click.echo(wrapped(action.says, 6))
        for fact in action.because:
            click.echo(wrapped(fact, 6))
    _listed("The policy says nothing on", (silence.label for silence in advice.silences))
    _listed(
        "Clauses that collide", (f"{' and '.join(found.clauses)}: {found.because}" for found in advice.contradictions)
    )
    shown = [f"{found.label} (needed by {', '.join(found.needed_by)})" for found in advice.to_confirm[:MOST_SHOWN]]
    more = len(advice.to_confirm) - MOST_SHOWN
    _listed("Find out", [*shown, *([f"and {more} more; --json lists them all"] if more > 0 else [])])


def _action(action: CalledFor) -> str:
    detail = action.detail[:1].lower() + action.detail[1:]
    colon = ":" if detail and action.do in (Do.CANCEL, Do.DO_NOT_GO_IN, Do.LEAVE, Do.GO_IN) else ""
    return f"{DO_WORDS[action.do]}{colon} {detail}".rstrip() + f" ({action.clause})"
