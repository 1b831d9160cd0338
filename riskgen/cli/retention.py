"""`riskgen retention`: what may be erased, and erasing it; legal holds."""

import json
from collections.abc import Iterable

import click

from riskgen.cli.options import AS, HOME, JSON
from riskgen.cli.people import TerminalProof, confirmed
from riskgen.cli.words import heading, item, wrapped
from riskgen.core.visit import Happened
from riskgen.files.text import clean
from riskgen.library.retention import RetentionRule, Since
from riskgen.service.desk import Desk, open_desk, who_asks
from riskgen.service.erasing import Plan, erase, erased_report, give_back_room, plan
from riskgen.service.homes import find_home, open_home
from riskgen.service.retention import Due, Item, due_now, due_report, held_subject, refuse_hold, who_erases
from riskgen.service.retention import hold as set_hold
from riskgen.service.retention import release as lift_hold
from riskgen.service.staging import finish

_LONGEST = 2000
REASON = click.option("--reason", default="", metavar="TEXT", help="Why. No names; left out, it is asked.")


@click.group("retention")
def retention_command() -> None:
    """What may be erased by the school's schedule, and erasing it.

    \b
    Example:
      riskgen retention due
      riskgen retention apply CODE --as S-01
      riskgen retention hold RA-2026-0001 --as S-01
    """


@retention_command.command("due")
@JSON
@HOME
def due_command(as_json: bool, home: str | None) -> None:
    """List what data/retention.yaml says may be erased as of today, and what not.

    \b
    Example:
      riskgen retention due
    """
    school = open_home(find_home(home))
    with open_desk(school.folder, school.school) as desk:
        _finish(desk)
        with desk.register.read() as reader:
            due = due_now(school, desk, reader)
        if as_json:
            click.echo(json.dumps(due_report(desk, due), indent=2, ensure_ascii=False))
            return
        _show_due(desk, due)


@retention_command.command("apply")
@click.argument("code")
@click.option("--dry-run", is_flag=True, help="Show what would be erased, and erase nothing.")
@AS
@JSON
@HOME
def apply_command(code: str, dry_run: bool, as_: str, as_json: bool, home: str | None) -> None:
    """Erase what 'riskgen retention due' lists, for good.

    CODE is the code of that list. The headteacher or the safeguarding lead may.

    \b
    Example:
      riskgen retention apply 3f9ac21b07 --as S-01
    """
    school = open_home(find_home(home))
    with open_desk(school.folder, school.school) as desk:
        _finish(desk)
        code = code.strip().lower()
        if dry_run:
            done = plan(school, desk, code)
        else:
            who = who_asks(desk, as_, TerminalProof())
            who_erases(school, desk, who)
            seen = plan(school, desk, code)
            _show_plan(seen, err=True)
            if not confirmed(f"Erase {_records(len(seen.due.erase))} for good? This cannot be undone."):
                raise click.Abort
            done = erase(school, desk, code, who)
    if as_json:
        click.echo(json.dumps(erased_report(done, dry_run), indent=2, ensure_ascii=False))
    elif dry_run:
        _show_plan(done, err=False)
    else:
        click.echo(f"\nErased: {', '.join(each.subject for each in done.due.erase)}.")
    if dry_run:
        click.echo("\nNothing was erased (--dry-run).", err=True)
    elif not as_json:
        _show_left(done)


@retention_command.command("hold")
@click.argument("reference", metavar="REF")
@REASON
@AS
@HOME
def hold_command(reference: str, reason: str, as_: str, home: str | None) -> None:
    """Keep a record whatever the schedule says: an inquiry, a claim, a request.

    REF is the reference of a visit, or of a family that has markers.

    \b
    Example:
      riskgen retention hold RA-2026-0001 --as S-01
    """
    school = open_home(find_home(home))
    with open_desk(school.folder, school.school) as desk:
        _finish(desk)
        record = held_subject(desk, reference)
        refuse_hold(desk, record, Happened.HELD)
        who = who_asks(desk, as_, TerminalProof())
        set_hold(desk, record, _reason(reason, "Why is it to be kept"), who)
    click.echo(f"{record.reference} is under legal hold.")
    click.echo(wrapped(f"Next: lift it once it is over: riskgen retention release {record.reference}."), err=True)


@retention_command.command("release")
@click.argument("reference", metavar="REF")
@REASON
@AS
@HOME
def release_command(reference: str, reason: str, as_: str, home: str | None) -> None:
    """Lift a legal hold. The headteacher or the safeguarding lead may.

    \b
    Example:
      riskgen retention release RA-2026-0001 --as S-01
    """
    school = open_home(find_home(home))
    with open_desk(school.folder, school.school) as desk:
        _finish(desk)
        record = held_subject(desk, reference)
        refuse_hold(desk, record, Happened.RELEASED)
        who = who_asks(desk, as_, TerminalProof())
        who_erases(school, desk, who)
        lift_hold(school, desk, record, _reason(reason, "Why is the hold lifted"), who)
    click.echo(f"{record.reference} is no longer under legal hold.")
    click.echo("Next: riskgen retention due says whether it may be erased.", err=True)


def _reason(given: str, asks: str) -> str:
    def take(raw: str) -> str:
        tidy, wrong = clean(raw, one_line=False, longest=_LONGEST)
        if wrong or not tidy:
            raise click.UsageError(wrong or "It is empty. Write it down.")
        return tidy

    return take(given) if given else str(click.prompt(asks, value_proc=take, err=True))


def _finish(desk: Desk) -> None:
    """Finish what a run that died has left, and say so."""
    if placed := finish(desk.folder, desk.register):
        click.echo(f"Forms put in place that an earlier run had not: {', '.join(placed)}.", err=True)
    if not give_back_room(desk):
        click.echo("Somebody is using the register: the room of what was erased is given back later.", err=True)


# --- showing --------------------------------------------------------------------------------------


def _show_due(desk: Desk, due: Due) -> None:
    click.echo(wrapped(f"On {due.today}, by the schedule in data/retention.yaml:"))
    if due.schedule.note:
        click.echo(wrapped(due.schedule.note.strip(), 2))
    _show_list("May be erased:", due.erase)
    if due.held:
        click.echo(heading("Under legal hold, so kept:"))
    for each in due.held:
        by = f" by {each.hold.who.staff}" if each.hold and each.hold.who.staff else ""
        since = f" since {desk.wall(each.hold.at):%Y-%m-%d}" if each.hold else ""
        until = f"; else due on {each.due}" if each.due else ""
        click.echo(item(f"{_named(each)}, held{since}{by}{until}"))
    if due.unknown:
        _show_list("Cannot be told, so kept; the child's date of birth is not recorded:", due.unknown)
        message = (
            "What to do: put child.born_on into the family's file in the folder 'families', beside the same "
            "family.reference and child.name that the visit has."
        )
        click.echo(wrapped(message, 2))
    if due.not_over:
        click.echo(heading("Not over, so kept:"))
        click.echo(wrapped(f"{', '.join(_named(each) for each in due.not_over)}.", 2))
    if due.later:
        click.echo(wrapped(f"\nOver and not due yet: {_records(due.later)}."))
    if due.code:
        click.echo(f"\nThe code of this list: {due.code}")
        message = f"Next: look through the list; then riskgen retention apply {due.code}, with --as and your reference."
        click.echo(wrapped(message), err=True)
    else:
        click.echo("\nNothing may be erased today.")


def _show_list(title: str, items: Iterable[Item]) -> None:
    """Records under the line of the schedule that each comes under."""
    rules: dict[RetentionRule, list[Item]] = {}
    for each in items:
        if each.rule:
            rules.setdefault(each.rule, []).append(each)
    if rules:
        click.echo(heading(title))
    for rule, found in rules.items():
        click.echo(wrapped(f"{rule.label} ({rule.id}): {rule.keep_years} years from {rule.since.words}.", 2))
        click.echo(wrapped(f"Source: {rule.source}.", 2))
        for each in found:
            since = "" if rule.since is Since.BIRTH or not each.since else f", since {each.since}"
            until = f", due on {each.due}" if each.due else ""
            click.echo(item(f"{_named(each)}{since}{until}. {each.why}".strip(), indent=4))


def _named(each: Item) -> str:
    return f"{each.subject} ({', '.join((*each.markers, each.state))})"


def _show_plan(seen: Plan, err: bool) -> None:
    text = [f"These records may be erased as of {seen.due.today}:"]
    for each in seen.due.erase:
        rule = each.rule.label if each.rule else ""
        text.append(item(f"{_named(each)}, due on {each.due}: {rule}. {each.why}".strip()))
    if seen.files:
        text += ["", "And these files:", *(f"  {path}" for path in seen.files)]
    if seen.left:
        text += ["", wrapped("Not riskgen's, so left where they are; see to them yourself:")]
        text += [f"  {path}" for path in seen.left]
    click.echo("\n".join(text), err=err)


def _show_left(done: Plan) -> None:
    click.echo(wrapped(f"\n{len(done.files)} files were deleted. What riskgen cannot reach, see to yourself:"))
    for path in done.left:
        click.echo(item(f"{path}: somebody else put it there."))
    for line in done.beyond:
        click.echo(item(line))
    message = (
        f"Next: take a new backup. What was erased when, by which rule: riskgen history {done.due.erase[0].subject}."
    )
    click.echo(wrapped(f"\n{message}"), err=True)


def _records(count: int) -> str:
    return f"{count} record{'' if count == 1 else 's'}"
