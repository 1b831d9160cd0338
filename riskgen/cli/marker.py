"""`riskgen marker`: markers of violence and animals on a family."""

import json
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import click

from riskgen.cli.options import AS, HOME, JSON
from riskgen.cli.people import TerminalProof, confirmed
from riskgen.cli.words import heading, item, wrapped
from riskgen.core.marker import Kind, Marker, due
from riskgen.core.words import NOT_RECORDED
from riskgen.service.desk import Desk, open_desk, who_asks
from riskgen.service.doorstep import Touched, touched_by_marker
from riskgen.service.homes import find_home, open_home
from riskgen.service.markers import (
    add_marker,
    all_markers,
    due_markers,
    family_markers,
    family_named,
    find_marker,
    made_of,
    markers_report,
    one_who_decides,
    read_details,
    review_marker,
    was_told,
    wrong_with,
)
from riskgen.service.staging import finish

ASKS = {
    "on": "On which day did it happen, such as 2026-12-02",
    "what": "What happened: one incident, just as it was reported",
    "reported_by": "Who reported it",
    "review_on": "When is the marker to be looked at again, such as 2027-06-30",
    "told": "Has the person been told of the marker (yes or no)",
    "why_not_told": "Why not: how would telling them raise the risk",
}
"""In the order in which they are asked."""
LABELS = {
    "what": "What happened",
    "on": "When",
    "reported_by": "Reported by",
    "review_on": "To be looked at again on",
    "told": "Person told",
    "why_not_told": "Why not",
}


@click.group("marker")
def marker_command() -> None:
    """Markers of violence and animals on a family.

    \b
    Example:
      riskgen marker add F-0123 --kind violence --as S-03
      riskgen marker list F-0123
      riskgen marker review M-12 --as S-03
    """


@marker_command.command("add")
@click.argument("family")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), required=True, help="What it warns of.")
@click.option("--on", metavar="DATE", help="The day on which it happened.")
@click.option("--review", "review_on", metavar="DATE", help="When the marker is to be looked at again.")
@click.option("--told", type=click.Choice(["yes", "no"]), help="Whether the person has been told of it.")
@click.option("--answers", type=click.Path(path_type=Path), metavar="FILE", help="All of this in a file instead.")
@AS
@HOME
def add_command(
    family: str,
    kind: str,
    on: str | None,
    review_on: str | None,
    told: str | None,
    answers: Path | None,
    as_: str,
    home: str | None,
) -> None:
    """Put a marker on a family. You decide on it, and are recorded as having done so.

    FAMILY is the family's reference. What happened and who reported it are
    asked here, or stand in FILE: what, on, reported_by, review_on, told,
    why_not_told.

    \b
    Example:
      riskgen marker add F-0123 --kind violence --as S-03
    """
    school = open_home(find_home(home))
    with open_desk(school.folder, school.school) as desk:
        _finish(desk)
        today = desk.wall(desk.now()).date()
        reference, known = family_named(school, desk, family)
        details = read_details(answers, today) if answers else {}
        details |= {k: v for k, v in {"on": on, "review_on": review_on, "told": told}.items() if v is not None}
        for name, raw in details.items():
            if wrong := wrong_with(name, raw, today):
                raise click.UsageError(f"--{name.removesuffix('_on')}: {wrong}")
        who = who_asks(desk, as_, TerminalProof())
        one_who_decides(school, desk, who)
        if not known:
            message = (
                f"Neither the register nor the folder 'families' knows {reference}. A marker works only under the "
                "reference that the family's file has."
            )
            click.echo(wrapped(message), err=True)
        for name, asks in ASKS.items():
            if name not in details and not (name == "why_not_told" and was_told(details)):
                details[name] = ask(asks, name, today)
        draft = made_of(reference, Kind(kind), details, today)
        _show_draft(details)
        if not confirmed(f"Put this marker ({kind}) on {reference}?"):
            raise click.Abort
        marker = add_marker(desk, draft, who)
        click.echo(f"{marker.id} is on {marker.family}.")
        _tell_visits(touched_by_marker(school, desk, marker.family))
    click.echo(wrapped(f"Next: look at it again by {marker.review_on}: riskgen marker review {marker.id}."), err=True)


def _tell_visits(touched: Iterable[Touched]) -> None:
    """Every visit to the family that is out, or has yet to leave: somebody may be on the doorstep by now."""
    for visit in touched:
        reference = visit.reference
        if visit.out:
            mobiles = ", ".join(f"{each.id} {each.mobile or 'no mobile recorded'}" for each in visit.visitors)
            click.secho(wrapped(f"{reference} IS OUT: ring the visitors now: {mobiles or NOT_RECORDED}."), bold=True)
        elif visit.lapsed:
            words = f"{reference} is planned: its authorisation has lapsed, and riskgen depart will refuse. "
            click.echo(wrapped(f"{words}To decide anew: riskgen authorise {reference}"))
        else:
            click.echo(wrapped(f"{reference} is planned: from now on the marker counts in it."))


def ask(asks: str, name: str, today: date) -> str:
    """Ask for a detail until it can be taken."""
    return str(click.prompt(asks, value_proc=_taken(name, today), err=True))


def _taken(name: str, today: date) -> Callable[[str], str]:
    def take(raw: str) -> str:
        if wrong := wrong_with(name, raw, today):
            raise click.UsageError(wrong)
        return raw.strip()

    return take


def _show_draft(details: dict[str, str]) -> None:
    click.echo(err=True)
    for name, label in LABELS.items():
        if name in details:
            click.echo(wrapped(f"{label}: {details[name].strip()}", 4, "  "), err=True)


@marker_command.command("review")
@click.argument("marker_id", metavar="MARKER")
@click.argument("family", default="")
@click.option("--keep-until", metavar="DATE", help="Keep it, to be looked at again on that day.")
@click.option("--lift", is_flag=True, help="Lift it: it no longer counts.")
@click.option("--reason", default="", metavar="TEXT", help="Why. No names; left out, it is asked.")
@AS
@HOME
def review_command(
    marker_id: str, family: str, keep_until: str | None, lift: bool, reason: str, as_: str, home: str | None
) -> None:
    """Look at a marker again: keep it until a new date, or lift it.

    MARKER is its id, such as M-12.

    \b
    Example:
      riskgen marker review M-12 --keep-until 2027-06-30 --as S-03
      riskgen marker review M-12 --lift --as S-03
    """
    if lift and keep_until:
        raise click.UsageError("--lift and --keep-until exclude each other. Choose one.")
    school = open_home(find_home(home))
    with open_desk(school.folder, school.school) as desk:
        _finish(desk)
        today = desk.wall(desk.now()).date()
        if keep_until and (wrong := wrong_with("review_on", keep_until, today)):
            raise click.UsageError(f"--keep-until: {wrong}")
        if reason and (wrong := wrong_with("what", reason, today)):
            raise click.UsageError(f"--reason: {wrong}")
        marker = find_marker(desk, marker_id, family)
        who = who_asks(desk, as_, TerminalProof())
        one_who_decides(school, desk, who)
        _show(desk, marker, today, whole=True, err=True)
        click.echo(err=True)
        if not (lift or keep_until):
            lift = confirmed("Is it to be lifted?")
        if not (lift or keep_until):
            keep_until = ask(ASKS["review_on"], "review_on", today)
        reason = reason or ask("Why is it lifted" if lift else "Why is it kept", "what", today)
        until = None if lift else date.fromisoformat((keep_until or "").strip())
        marker = review_marker(desk, marker, until, reason.strip(), who)
    if until:
        click.echo(f"{marker.id} stands, to be looked at again on {until}.")
    else:
        click.echo(f"{marker.id} is lifted.")
        message = (
            "Next: take what it said out of the family's file, if it is no longer so. "
            "'riskgen retention due' says when its record may be erased."
        )
        click.echo(wrapped(message), err=True)


@marker_command.command("list")
@click.argument("family", default="")
@click.option("--due", "only_due", is_flag=True, help="Only those whose review date has come.")
@JSON
@HOME
def list_command(family: str, only_due: bool, as_json: bool, home: str | None) -> None:
    """List markers: those that stand, or all that one family has had.

    What happened is shown for one family only.

    \b
    Example:
      riskgen marker list --due
      riskgen marker list F-0123
    """
    with open_desk(find_home(home)) as desk:
        today = desk.wall(desk.now()).date()
        with desk.register.read() as reader:
            if family:
                markers = family_markers(reader, family)
            elif only_due:
                markers = due_markers(reader, today)
            else:
                markers = tuple(marker for marker in all_markers(reader) if marker.stands)
        if only_due:
            markers = tuple(marker for marker in markers if due(marker, today))
        if as_json:
            click.echo(json.dumps(markers_report(desk, markers, bool(family)), indent=2, ensure_ascii=False))
            return
        for marker in markers:
            _show(desk, marker, today, whole=bool(family))
    if not markers:
        click.echo("There is no marker that is due." if only_due else "There is no marker.")
        return
    waiting = [marker.id for marker in markers if due(marker, today)]
    if waiting:
        message = f"Next: {', '.join(waiting)} to be looked at again: riskgen marker review {waiting[0]}."
        click.echo(wrapped(f"\n{message}"), err=True)
    elif not family:
        click.echo(wrapped(f"\nNext: what happened is told by riskgen marker list {markers[0].family}."), err=True)


def _show(desk: Desk, marker: Marker, today: date, whole: bool, err: bool = False) -> None:
    if marker.lifted:
        state = f"lifted on {desk.wall(marker.lifted):%Y-%m-%d}"
    elif due(marker, today):
        state = f"stands, and was to be looked at again by {marker.review_on}"
    else:
        state = f"stands, to be looked at again on {marker.review_on}"
    line = f"{marker.id}  {marker.family}  {marker.kind.value}, {state}"
    if not whole:
        click.echo(item(line, "", 0).lstrip(), err=err)
        return
    click.echo(wrapped(heading(line)), err=err)
    told = "yes" if marker.told else f"no: {marker.why_not_told}"
    for label, text in (
        (LABELS["what"], marker.what),
        (LABELS["on"], marker.on.isoformat()),
        (LABELS["reported_by"], marker.reported_by),
        ("Decided by", f"{marker.decided_by}, on {desk.wall(marker.added):%Y-%m-%d}"),
        (LABELS["told"], told),
    ):
        click.echo(wrapped(f"{label}: {text}", 4, "  "), err=err)
    for review in marker.reviews:
        did = f"kept until {review.until}" if review.until else "lifted"
        text = f"Reviewed on {desk.wall(review.at):%Y-%m-%d} by {review.by}, {did}: {review.reason}"
        click.echo(wrapped(text, 4, "  "), err=err)


def _finish(desk: Desk) -> None:
    """Finish what a run that died has left, and say so."""
    if placed := finish(desk.folder, desk.register):
        click.echo(f"Forms put in place that an earlier run had not: {', '.join(placed)}.", err=True)
