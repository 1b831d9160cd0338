"""A visit of the register, a list of visits, and a list of events, on a screen of 80 columns."""

import textwrap
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import click

from riskgen.cli.problems import counted
from riskgen.cli.show import listed, outcome_name, show_assessment, to_do
from riskgen.cli.words import WIDTH, heading, item, wrapped
from riskgen.core.record import Kept, VisitRecord
from riskgen.core.result import ToDo
from riskgen.core.terms import Outcome
from riskgen.core.timers import to_wall
from riskgen.core.visit import NOT_LEFT, Entry, Event, State, at_of
from riskgen.core.words import moment_words
from riskgen.service.finding import is_overdue
from riskgen.service.history import at_school, in_words, who_words
from riskgen.service.moves import STATES
from riskgen.service.showing import Shown, open_items
from riskgen.service.standing import changes_in_words

SHORT = {
    Outcome.PROCEED.id: "proceed",
    Outcome.PROCEED_WITH_CONDITIONS.id: "conditions",
    Outcome.REFER.id: "refer",
    Outcome.DO_NOT_VISIT.id: "do not visit",
    "": "-",
}
"""Outcomes as a column of twelve has room for."""
_FLAG = "*"
_AFTER_THE_FACT = f"{_FLAG} went out before it was assessed"
_UNAUTHORISED = "assessed: not authorised, or no longer"
_LAPSED = (
    "LAPSED: authorised once; the policy, the hazards or the questions are others by now ('riskgen review' says how)"
)


# --- a list of visits -----------------------------------------------------------------------------


def show_entries(found: tuple[Entry, ...], zone: str, now: datetime, lapsed: Collection[str] = frozenset()) -> None:
    """A table of visits, and how many there are. `lapsed` are those whose authorisation holds no longer."""
    if not found:
        click.echo("No visit fits; leave out an option to see more.")
        return
    click.echo(f"{'Reference':<15}{'Start':<18}{'State':<12}{'Decision':<14}Visitors, family")
    for entry in found:
        _line(entry, zone, now, entry.reference in lapsed)
    click.echo(f"\n{counted(len(found), 'visit')}.")
    if any(entry.after_the_fact for entry in found):
        click.echo(_AFTER_THE_FACT)
    if any(entry.state is State.ASSESSED for entry in found):
        click.echo(_UNAUTHORISED)
    if lapsed:
        click.echo(wrapped(_LAPSED))
    click.echo("Next: riskgen show REF shows one of them.", err=True)


def _line(entry: Entry, zone: str, now: datetime, lapsed: bool) -> None:
    overdue = is_overdue(entry, now)
    state = "OVERDUE" if overdue else "LAPSED" if lapsed else entry.state.value
    start = f"{to_wall(entry.start, zone):%Y-%m-%d %H:%M}" if entry.start else "no date yet"
    flagged = entry.reference + (f" {_FLAG}" if entry.after_the_fact else "")
    fixed = f"{flagged:<15}{start:<18}{state:<12}"
    fixed += f"{SHORT.get(entry.outcome, entry.outcome):<14}"
    last = " ".join(entry.visitors) + (f", {entry.family}" if entry.family else "")
    lead = " " * len(fixed)
    lines = textwrap.wrap(last, WIDTH - len(fixed)) or [""]
    for number, line in enumerate(lines):
        click.secho(((lead if number else fixed) + line).rstrip(), fg="red" if overdue else None)


# --- a list of events -----------------------------------------------------------------------------


def show_events(events: Iterable[Event], zone: str, named: bool) -> None:
    """One event after the other. `named` says of which visit each is."""
    for event in events:
        of = f"{event.subject or 'the register'}: " if named else ""
        lead = f"{event.number:>6}  {at_school(event.at, zone)}  "
        click.echo(wrapped(f"{of}{in_words(event)}, by {who_words(event)}", len(lead), lead))


# --- one visit ------------------------------------------------------------------------------------


def show_visit(shown: Shown, zone: str, now: datetime) -> None:
    """The whole record: what happened, what people decided, how it went, and what was assessed."""
    visit, entry = shown.visit, shown.entry
    overdue = entry is not None and is_overdue(entry, now)
    click.secho(
        f"{visit.reference} is {STATES.get(visit.state, visit.state.value)}{', and OVERDUE' if overdue else ''}",
        bold=True,
    )
    if entry:
        _plan(entry, zone)
    if shown.stands.outcome and not visit.erased:
        click.secho(wrapped(_standing(shown), 2), bold=True)
    for note in shown.notes:
        click.echo(wrapped(note, 2))
    if visit.after_the_fact:
        click.echo(wrapped(f"Why it went out first: {visit.after_the_fact}", 2))
    if visit.held:
        click.echo(wrapped(f"Under a legal hold: {visit.held}", 2))
    click.echo(heading("What happened"))
    for event in visit.events:
        when = f"{to_wall(event.at, zone):%Y-%m-%d %H:%M}"
        click.echo(wrapped(f"{in_words(event)}, by {who_words(event)}", 20, f"  {when}  "))
    if visit.erased:
        click.echo(wrapped("\nThe records were erased under the retention schedule; this is what stays."))
        return
    _decisions(shown, zone)
    _way(shown, zone)
    _record(shown, zone)
    _assessed(shown, zone)
    listed("Forms", (f"{name}: {_FILES[state]}" for name, state in shown.files))
    if words := _PACK.get(shown.pack):
        click.echo(wrapped(words.format(reference=visit.reference)))


def show_standing(shown: Shown, still_to_do: Iterable[ToDo], names: Mapping[str, str], zone: str) -> None:
    """How a visit that people have decided on stands by now, what they decided, and what is still to be done."""
    click.secho(wrapped(_standing(shown)), bold=True)
    _decisions(shown, zone)
    listed("Still to be done", (to_do(each, names) for each in still_to_do))
    click.echo(heading("As it is assessed"))
    click.echo()


def _decisions(shown: Shown, zone: str) -> None:
    _authorised(shown, zone)
    _overrides(shown)


def _standing(shown: Shown) -> str:
    """How the visit stands once people's decisions are counted in, and what was computed."""
    stands, visit = shown.stands, shown.visit
    outcome, computed = (outcome_name(Outcome.from_id(each)) for each in (stands.outcome, stands.computed))
    verb = "Now stands at" if visit.state in NOT_LEFT else "Stood at"
    if stands.decided_by:
        whose = " and ".join(f"{each}'s" for each in stands.decided_by)
        many = "decisions" if len(stands.decided_by) > 1 else "decision"
        words = f"{verb} {outcome}, by {whose} {many}; computed: {computed}."
    elif outcome != computed:
        by = f", as authorised by {stands.authorised_by}" if stands.authorised_by else ""
        words = f"{verb} {outcome}{by}; computed: {computed}."
    else:
        words = f"{verb} {outcome}, as computed."
    if shown.approval.lapsed_overrides:
        words += " What a person decided on it before no longer holds."
    if shown.approval.stands == "lapsed":
        words += " Its authorisation has lapsed."
    return words


_PACK = {
    "outdated": "The pack is out of date: something has happened or changed since, or it is gone from its place. "
    "Anew: riskgen pack {reference}",
    "not-known": "Whether the pack still holds cannot be told: 'riskgen check' says why.",
}
_FILES = {
    "unchanged": "there, as it was written",
    "changed": "there, but changed since it was written",
    "missing": "not in its usual place",
}


def _plan(entry: Entry, zone: str) -> None:
    start = moment_words(to_wall(entry.start, zone)) if entry.start else "No date yet"
    due = f", due back {to_wall(entry.due_back, zone):%H:%M}" if entry.due_back else ""
    click.echo(wrapped(f"{start}{due}", 2))
    parts = [entry.purpose, f"family {entry.family}" if entry.family else "", ", ".join(entry.visitors)]
    if any(parts):
        click.echo(wrapped("; ".join(filter(None, parts)), 2))


def _authorised(shown: Shown, zone: str) -> None:
    event, approval = shown.visit.authorised, shown.approval
    if event is None:
        return
    body = event.body or {}
    rule = (
        f"under {body.get('clause')}" if body.get("by_policy") else "by the school's own rule, the policy naming nobody"
    )
    click.echo(heading("Authorised"))
    when = moment_words(to_wall(event.at, zone))
    assessed = (shown.visit.assessed.body if shown.visit.assessed else None) or {}
    named, hazards = assessed.get("roles") or {}, assessed.get("sources") or {}
    roles = " and ".join(named.get(role, role) for role in body.get("roles") or ())
    click.echo(item(f"By {event.who.staff}, as {roles}, {rule}; {when}."))
    if body.get("after_the_fact"):
        click.echo(item("Given after the visit had gone out."))
    for condition in body.get("conditions") or ():
        click.echo(item(f"Subject to: {condition}"))
    for hazard in body.get("accepts") or ():
        click.echo(item(f"With the rating accepted of: {hazards.get(hazard, hazard)}"))
    words = {
        "holds": "It holds today.",
        "lapsed": "It has lapsed, since this changed:",
        "used": "",
        "over": "",
        "not-known": "It could not be held against today's data: 'riskgen check' says why.",
    }[approval.stands]
    if words:
        click.echo(item(words))
    for change in changes_in_words(approval.lapsed):
        click.echo(item(change, indent=4))


def _overrides(shown: Shown) -> None:
    if not shown.visit.overrides:
        return
    click.echo(heading("Overridden by a person"))
    rated = {hazard.id: hazard for hazard in shown.assessment.hazards} if shown.assessment else {}
    for event in shown.visit.overrides:
        body = event.body or {}
        what = str(body.get("what"))
        hazard = rated.get(what)
        name, was = (hazard.name, hazard.residual.rating) if hazard else ("The decision", str(body.get("computed")))
        rule = body.get("clause") or "the school's own rule"
        click.echo(item(f"{name}: it was {was}, and {event.who.staff} made it {body.get('to')} ({rule})."))
        click.echo(wrapped(f"Reason: {body.get('reason')}", 4))
        if event.number in shown.approval.lapsed_overrides:
            click.echo(wrapped("It no longer holds: what it was given for has changed.", 4))
    click.echo(wrapped("The ratings below are as they were before.", 2))


def _way(shown: Shown, zone: str) -> None:
    """Out and back, by the times that were told; entering them may have come later."""
    visit = shown.visit
    found = [(visit.departed, "Left")]
    found += [(event, "Heard of") for event in visit.check_ins]
    found += [(event, "Safe word heard") for event in visit.alarms]
    found += [(visit.called_off, "Called off"), (visit.returned, "Back or safe"), (visit.cancelled, "Cancelled")]
    told = sorted(((at_of(event), words, event) for event, words in found if event), key=lambda entry: entry[0])
    if not told:
        return
    click.echo(heading("Out and back" if visit.departed else "Called off"))
    for at, words, event in told:
        body: Mapping[str, Any] = event.body or {}
        where = f", {body['where']}" if body.get("where") else ""
        why = f": {body['reason']}" if body.get("reason") else ""
        safety = " because it was not safe" if body.get("for_safety") else ""
        when = f"{to_wall(at, zone):%Y-%m-%d %H:%M}"
        click.echo(wrapped(f"{words}{where}{safety}{why}", 20, f"  {when}  "))


def _record(shown: Shown, zone: str) -> None:
    record = shown.record
    if record is None:
        return
    click.echo(heading("How it went"))
    for event in shown.visit.records:
        body = event.body or {}
        if body.get("late"):
            clauses = f" See {', '.join(body['late_clauses'])}." if body.get("late_clauses") else ""
            rule = f"the school's own rule is {counted(body['within_hours'], 'hour')}"
            click.echo(item(f"Recorded late, {counted(body['hours'], 'hour')} after the return; {rule}.{clauses}"))
        for note in body.get("notes") or ():
            if note not in shown.notes:  # what was so at the time, and somebody has mended since
                click.echo(item(f"As it stood when it was recorded: {note}"))
    for label, text in _told(record):
        click.echo(item(f"{label}: {text}"))
    _clauses(shown, record)
    listed("Still open", (entry.words for entry in open_items(shown)))


def _told(record: VisitRecord) -> Iterable[tuple[str, str]]:
    ending = record.ending.words if record.ending else "not said"
    yield "Outcome", f"{ending}. {record.why}".strip() if record.why else ending
    yield "Seen", record.seen or "not said"
    yield "Agreed", record.agreed or "not said"
    yield "Safeguarding concern", _yes_no(record.concern)
    yield "Incident", record.incident_text or _yes_no(record.incident)
    for action in record.further or ():
        state = "done" if action.done else "open"
        yield "To do", f"{action.what} ({action.who}, by {action.by.isoformat()}; {state})"
    if record.further == ():
        yield "To do", "nothing"


def _yes_no(value: bool | None) -> str:
    return "not said" if value is None else "yes" if value else "no"


def _clauses(shown: Shown, record: VisitRecord) -> None:
    says = {finding.id: finding.says for finding in shown.assessment.findings} if shown.assessment else {}
    for kept in Kept:
        ticks = [tick for tick in record.clauses if tick.answer is kept]
        listed(kept.words, (f"{tick.clause}: {says.get(tick.clause, '')}{_because(tick.why)}" for tick in ticks))


def _because(why: str) -> str:
    return f" Why not: {why}" if why else ""


def _assessed(shown: Shown, zone: str) -> None:
    event = shown.visit.assessed
    if shown.assessment is None or event is None or event.body is None:
        return
    click.echo(heading(f"As it was assessed on {moment_words(to_wall(event.at, zone))}"))
    click.echo()
    show_assessment(shown.assessment, shown.visit.reference, event.body["roles"], event.body["sources"])
