"""What a person is asked to confirm, and what a move has come to, on a screen of 80 columns."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import click

from riskgen.cli.show import COLOURS, OUTCOMES, listed
from riskgen.cli.words import item, wrapped
from riskgen.core.approval import DECISION, Override, Standing
from riskgen.core.matrix import band_of
from riskgen.core.model import Staff
from riskgen.core.outing import Outing
from riskgen.core.result import Assessment
from riskgen.core.terms import Outcome
from riskgen.core.timers import Trouble, Wait, ladder_for, next_check_in, wait_until
from riskgen.core.words import answer_words, moment_words
from riskgen.service.authorising import OverrideProposal, Proposal
from riskgen.service.desk import Desk
from riskgen.service.homes import Home
from riskgen.service.standing import reasons_in_words
from riskgen.service.visits import role_names

_INDENT = 11


def entry(name: str, words: str) -> str:
    """One line of a short table: a name, and what there is to say."""
    return wrapped(words, _INDENT, f"  {name:<{_INDENT - 2}}")


def people(staff: Iterable[Staff]) -> str:
    return ", ".join(f"{person.id} {person.name}" for person in staff)


def when(desk: Desk, moment: datetime) -> str:
    """A moment on the school's wall: `10:30` today, else with its day."""
    wall = desk.wall(moment)
    return moment_words(wall.time() if wall.date() == desk.wall(desk.now()).date() else wall)


# --- what a person decides --------------------------------------------------------------------------


def show_proposal(home: Home, desk: Desk, proposal: Proposal) -> None:
    """What is to be authorised, in a few lines."""
    assessment, intake = proposal.assessment, proposal.weighed.now.intake
    _title(proposal.visit.reference, assessment)
    click.echo(entry("Decision", OUTCOMES[proposal.standing.outcome]))
    click.echo(entry("Ratings", _ratings(assessment, proposal.standing.overrides)))
    click.echo(entry("Who goes", people(intake.visitors)))
    start, minutes = intake.start, intake.answers.get("visit.minutes")
    lasts = f", {minutes} minutes" if minutes else ""
    click.echo(entry("When", f"{moment_words(start) if start else 'not known'}{lasts}"))
    purpose = home.library.questions["visit.purpose"]
    click.echo(entry("Purpose", answer_words(purpose, intake.answers.get("visit.purpose"))))
    click.echo(entry("Under", _under(home, proposal)))
    if proposal.visit.authorised and proposal.weighed.approval:
        given = proposal.visit.authorised
        click.echo(entry("Before", f"{given.who.staff} authorised it, {when(desk, given.at)}. This takes its place."))
    if proposal.visit.after_the_fact:
        click.echo(entry("Note", "The visit went out first. This is marked as given afterwards."))
    listed("Decided by a person", decided_words(proposal.standing, assessment))
    names = {hazard.id: hazard for hazard in assessment.hazards}
    listed(
        "You accept these ratings, on their conditions",
        (_accepted(assessment, names[each].name, each, proposal.standing.overrides) for each in proposal.accepts),
    )
    listed("Conditions that remain, to be settled before it leaves", _conditions(proposal))
    if not proposal.conditions and not proposal.accepts and not proposal.standing.overrides:
        click.echo("\nNo condition remains.")


def show_authorised(proposal: Proposal) -> None:
    reference = proposal.visit.reference
    afterwards = ", afterwards" if proposal.visit.after_the_fact else ""
    under = f" under {proposal.rule.clause}" if proposal.by_policy else " by the school's own rule"
    click.echo(wrapped(f"{reference} is authorised by {proposal.person.id}{under}{afterwards}."))
    if proposal.visit.after_the_fact:
        return
    if proposal.conditions:
        listed("Still to be settled", _conditions(proposal))
        words = f"Next: say what has been settled with 'riskgen assess --reference {reference} --force'. "
        click.echo(wrapped(f"{words}Then print its paper: riskgen pack {reference}"), err=True)
    else:
        click.echo(
            wrapped(f"Next: print its paper: riskgen pack {reference}. When they leave: riskgen depart {reference}"),
            err=True,
        )


def show_override(home: Home, proposal: OverrideProposal) -> None:
    """How the visit stands without the override and with it."""
    assessment, given = proposal.assessment, proposal.override
    _title(proposal.visit.reference, assessment)
    if given.what == DECISION:
        click.echo(entry("Referred", "What follows would be decided by you, and kept beside your reason:"))
        for words in reasons_in_words((r for r in proposal.before.open if r.outcome is Outcome.REFER), assessment):
            click.echo(item(words, indent=_INDENT))
    else:
        click.echo(entry("Hazard", next(each.name for each in assessment.hazards if each.id == given.what)))
        click.echo(entry("Rating", f"{_band(assessment, proposal.rated)}, to become {_band(assessment, given.to)}"))
    click.echo(entry("Now", OUTCOMES[proposal.before.outcome]))
    click.echo(entry("Then", OUTCOMES[proposal.after.outcome]))
    clause = given.clause or "the school's own rule, as the policy names nobody"
    click.echo(entry("Under", clause))


def show_overridden(proposal: OverrideProposal) -> None:
    reference, after = proposal.visit.reference, proposal.after
    click.echo(wrapped(f"Recorded. {reference} now stands at:"))
    click.secho(f"  {OUTCOMES[after.outcome]}", bold=True, fg=COLOURS[after.outcome])
    if after.outcome is not proposal.before.computed:
        click.echo(wrapped(f"Worked out, and kept beside it: {OUTCOMES[proposal.before.computed]}.", 2))
    listed("Still open", reasons_in_words(after.open, proposal.assessment))
    if after.outcome <= Outcome.PROCEED_WITH_CONDITIONS and not proposal.visit.departed:
        click.echo(wrapped(f"Next: riskgen authorise {reference} --by {proposal.person.id}"), err=True)
    else:
        click.echo(wrapped(f"Next: riskgen show {reference}"), err=True)


def decided_words(standing: Standing, assessment: Assessment) -> tuple[str, ...]:
    """What people have decided against the result, each with who did."""
    names = {hazard.id: hazard.name for hazard in assessment.hazards}
    return tuple(
        f"The referral, by {given.by}"
        if given.what == DECISION
        else f"{names.get(given.what, given.what)}: rated {_band(assessment, given.to)} by {given.by}"
        for given in standing.overrides
    )


def _title(reference: str, assessment: Assessment) -> None:
    click.echo(wrapped(f"{reference}  {assessment.policy.name}, edition of {assessment.policy.edition}"))


def _under(home: Home, proposal: Proposal) -> str:
    names = role_names(home, proposal.weighed.policy)
    roles = ", ".join(names.get(role, role) for role in proposal.person.roles if role in proposal.rule.by)
    if proposal.by_policy:
        return f"{proposal.rule.clause}: {proposal.person.id} is {roles}"
    return f"the school's own rule in school.yaml ({roles}): this policy does not say who authorises a visit"


def _ratings(assessment: Assessment, overrides: Iterable[Override]) -> str:
    """How many hazards have which rating, the highest first, and which they are but for the lowest."""
    held = {given.what: given.to for given in overrides}
    rated = [(held.get(hazard.id, hazard.residual.rating), hazard.name) for hazard in assessment.hazards]
    counts = Counter(rating for rating, _ in rated)
    parts = []
    for position, band in reversed(list(enumerate(assessment.matrix.ratings))):
        named = "; ".join(name for rating, name in rated if rating == band.id) if position else ""
        if counts[band.id]:
            parts.append(f"{counts[band.id]} {band.name}" + (f" ({named})" if named else ""))
    return ", ".join(parts) or "no hazard applies"


def _accepted(assessment: Assessment, name: str, hazard: str, overrides: Iterable[Override]) -> str:
    held = {given.what: given.to for given in overrides}
    rating = held.get(hazard) or next(each.residual.rating for each in assessment.hazards if each.id == hazard)
    return f"{name}: {_band(assessment, rating)}. {band_of(assessment.matrix, rating).guidance}"


def _band(assessment: Assessment, rating: str) -> str:
    return band_of(assessment.matrix, rating).name


def _conditions(proposal: Proposal) -> tuple[str, ...]:
    return reasons_in_words(proposal.standing.open, proposal.assessment)


# --- on its way -------------------------------------------------------------------------------------


def show_out(desk: Desk, reference: str, outing: Outing, left: datetime) -> None:
    """What the office needs to know once a visit has left."""
    click.echo(wrapped(f"{reference} is out since {when(desk, left)}: {people(outing.visitors)}."))
    if outing.due_back:
        click.echo(entry("Back by", f"{when(desk, outing.due_back)} ({outing.due_rests_on})"))
    else:
        click.echo(entry("Back by", "not known: no return was agreed. Ask them, and write it down."))
    click.echo(entry("Ring in", call_words(desk, outing, left, ())))
    click.echo(entry("If late", _late(outing)))
    click.echo(
        wrapped(
            f"Next: riskgen checkin {reference} when they ring; riskgen return {reference} once everybody is safe. "
            f"If the safe word is heard: riskgen alarm {reference}"
        ),
        err=True,
    )


def call_words(desk: Desk, outing: Outing, left: datetime, heard: tuple[datetime, ...]) -> str:
    """When the visitors should ring next, and what that rests on."""
    due = next_check_in(left, heard, outing.check_in_minutes, outing.agreed)
    if due is None:
        return (
            "no further call was agreed, and the policy asks for none"
            if outing.agreed
            else "no calls were agreed, and the policy asks for none"
        )
    minutes = outing.check_in_minutes
    every = f"at least every {'minute' if minutes == 1 else f'{minutes} minutes'} ({outing.check_in_clause})"
    if due in outing.agreed:
        return f"by {when(desk, due)}, as agreed" + (f"; {every}" if outing.check_in_minutes else "")
    return f"by {when(desk, due)}: {every}"


def _late(outing: Outing) -> str:
    own, fallback = (ladder_for(Trouble.OVERDUE, ladders) for ladders in (outing.ladders, outing.fallback))
    if not (own or fallback):
        return "neither the policy nor the school says what to do; ring them, then 999"
    first = (own or fallback)[0]
    step = f"{first.do} ({first.who}" + (f", {first.clause})" if own else ")")
    whose = "" if own else "; the school's own rule, as the policy says nothing"
    return f"{step}{whose}. 'riskgen board' shows every step."


def show_waits(desk: Desk, outing: Outing, arrived: datetime) -> None:
    """Until when to wait at the door, under which clause."""
    for wait in outing.waits:
        until = wait_until(wait, arrived, outing.start or arrived)
        click.echo(item(f"{_wait(wait)} (until {when(desk, until)}, {wait.clause})"))
    if not outing.waits:
        click.echo(item("The policy does not say how long to wait at the door."))


def _wait(wait: Wait) -> str:
    return wait.says.rstrip(".")
