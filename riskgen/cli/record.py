"""`riskgen record` and `riskgen repeat`: how a visit went, and another like it."""

import json
from pathlib import Path

import click

from riskgen.cli.ask_record import ask_record
from riskgen.cli.options import AS, HOME, JSON
from riskgen.cli.people import TerminalProof
from riskgen.cli.problems import counted
from riskgen.cli.show import listed
from riskgen.cli.words import heading, item, to_destroy, wrapped
from riskgen.core.record import Ending, added, done
from riskgen.core.visit import State
from riskgen.service.desk import open_desk, who_asks
from riskgen.service.homes import find_home, open_home
from riskgen.service.record_file import read_record, record_template
from riskgen.service.records import Written, ready_to_record, record_visit, written_report
from riskgen.service.repeating import Repeated, group_counts, repeat
from riskgen.service.staging import finish

_REFERENCE = click.argument("reference", metavar="REF")


@click.command("record")
@_REFERENCE
@click.option(
    "--answers", "file", type=click.Path(path_type=Path), metavar="FILE", help="A file that says how it went."
)
@click.option("--template", is_flag=True, help="Print such a file, to fill in for this visit. Records nothing.")
@click.option("--no-input", is_flag=True, help="Never ask; what the file does not say stays open.")
@AS
@JSON
@HOME
def record_command(
    reference: str, file: Path | None, template: bool, no_input: bool, as_: str, as_json: bool, home: str | None
) -> None:
    """Write down how a visit went: what was seen and agreed, clause by clause.

    Asks what is still open, one thing at a time. Once nothing is open the visit
    is closed and its safe word erased; until then, record it again to add to it.

    \b
    Example:
      riskgen record RA-2026-0001
      riskgen record RA-2026-0001 --template > went.yaml
      riskgen record RA-2026-0001 --answers went.yaml --no-input
    """
    if no_input and not file and not template:
        raise click.UsageError("--no-input forbids asking, so say how it went in a file: add --answers FILE.")
    with open_desk(find_home(home)) as desk:
        recording = ready_to_record(desk, reference)
        if template:
            click.echo(record_template(recording), nl=False)
            return
        who = who_asks(desk, as_, None if no_input else TerminalProof())
        before = recording.record
        record = before
        if file:
            said = read_record(file, recording.asked, len(before.further or ()))
            record = added(done(before, said.done), said.record)
        if not no_input:
            record = ask_record(recording, record)
        written = record_visit(desk, recording, record, who)
    if as_json:
        click.echo(json.dumps(written_report(written), indent=2, ensure_ascii=False))
        return
    tell_written(written)


def tell_written(written: Written) -> None:
    """What was recorded, whom to tell, and what is still open."""
    reference, closed = written.visit.reference, written.visit.state is State.CLOSED
    ending = written.record.ending
    click.echo(f"\n{reference} is recorded{f': {ending.words.lower()}' if ending else ''}.")
    if written.alarming:
        _whom_to_tell(written)
    if written.late:
        click.echo(
            wrapped(
                f"Late: {counted(written.hours, 'hour')} after the return. The school's own rule in school.yaml is "
                f"{counted(written.within_hours, 'hour')}. The record stays marked as late."
            )
        )
    listed("And yet" if ending is Ending.AS_PLANNED else "To be kept with it", written.notes)
    listed("What the policy says of recording", (f"{found.id}: {found.says}" for found in written.late_clauses))
    if closed:
        click.echo("\nNothing is open: the visit is closed, and its safe word is erased.")
        click.echo(wrapped(f"Destroy what still bears it: {to_destroy(reference)}."))
        first = "tell those named above, if nobody has yet" if written.alarming else "nothing"
        click.echo(
            wrapped(
                f"Next: {first}. 'riskgen show {reference}' shows the whole record; 'riskgen pack {reference}' "
                "prints it."
            ),
            err=True,
        )
        return
    listed(f"Still open ({len(written.open)})", (item.words for item in written.open))
    first = "tell those named above, if nobody has yet; then record" if written.alarming else "record"
    click.echo(wrapped(f"\nNext: {first} the rest when you can: riskgen record {reference}"), err=True)


def _whom_to_tell(written: Written) -> None:
    """Whom to tell of a concern or an incident, and what the policy says of it; before anything else."""
    said = [("a safeguarding concern", written.record.concern), ("an incident", written.record.incident)]
    what = " and ".join(words for words, there in said if there)
    click.secho(heading(f"It left {what}. Tell these now, if nobody has yet"), bold=True)
    for contact in written.tell:
        click.echo(item(f"{contact.role}: {contact.name + ', ' if contact.name else ''}{contact.phone}"))
    if not written.tell:
        click.echo(item("school.yaml names nobody to ring (under contacts): ask the headteacher whom to tell."))
    listed("What the policy says of that", (f"{found.id}: {found.says}" for found in written.tell_clauses))


@click.command("repeat")
@_REFERENCE
@AS
@JSON
@HOME
def repeat_command(reference: str, as_: str, as_json: bool, home: str | None) -> None:
    """Make a new visit from an old one: undated and unapproved.

    What warned is taken over; what reassured, and every check made before the
    old visit, is to be asked again.

    \b
    Example:
      riskgen repeat RA-2026-0001
    """
    school = open_home(find_home(home))
    with open_desk(school.folder, school.school) as desk:
        for found in finish(school.folder, desk.register):
            click.echo(f"The forms of {found} were left unfinished; they are in place now.", err=True)
        repeated = repeat(school, desk, reference, who_asks(desk, as_, TerminalProof()))
    if as_json:
        report = {
            "reference": repeated.reference,
            "from": repeated.origin,
            "again": [question.name for question in repeated.again],
            "warns": [question.name for question in repeated.warns],
        }
        click.echo(json.dumps(report, indent=2))
        return
    _tell_repeated(repeated, {group.id: group.label for group in school.library.groups.values()})


def _tell_repeated(repeated: Repeated, groups: dict[str, str]) -> None:
    click.echo(f"{repeated.reference} is drafted from {repeated.origin}: undated, and nobody has approved it.")
    if repeated.gone:
        click.echo(wrapped(f"No longer in the staff directory, and left out: {', '.join(repeated.gone)}."))
    listed("Taken over, because it warns", (question.label for question in repeated.warns))
    counts = group_counts(repeated.again, groups)
    listed("To be asked again", (f"{label} ({count})" for label, count in counts.items()))
    click.echo(
        wrapped("\nNext: look up the family's background again, and assess the visit:")
        + f'\n  riskgen assess --reference {repeated.reference} --start "2026-12-09 10:30"',
        err=True,
    )
