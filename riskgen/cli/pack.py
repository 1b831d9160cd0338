"""`riskgen pack` and `riskgen schedule`: the paper of a visit, and the visits of a day or a term."""

import json
from datetime import date
from pathlib import Path

import click

from riskgen.cli.at_desk import full_desk
from riskgen.cli.options import AS, FORCE, HOME, JSON, WRITTEN
from riskgen.cli.people import TerminalProof
from riskgen.cli.problems import counted
from riskgen.cli.show import listed
from riskgen.cli.words import wrapped
from riskgen.files.schema import parse_date
from riskgen.forms.catalogue import Pack
from riskgen.service.desk import who_asks
from riskgen.service.pack_folder import can_pack, loses_word, place_pack
from riskgen.service.pack_state import usual_place
from riskgen.service.packing import Made, Written, make_pack, pack_report
from riskgen.service.pdfs import PdfMissing, pdfs_of, print_pack
from riskgen.service.scheduling import write_schedule

_NEXT = {
    Pack.VISIT: "print it. What is for the office stays at school; the visitors take what is theirs, and no more.",
    Pack.DECISION: "nobody goes. 'riskgen show {reference}' says what stands in the way.",
    Pack.RECORD: "file the record, and paste the text for the log where your policy wants it. {destroy}",
    Pack.CANCELLATION: "file it. {destroy}",
}


_DESTROY = "Destroy what was printed for the visit, and the earlier packs: they hold an address, and the safe word."
_NOT_RECORDED = "say how it went: riskgen record {reference}, or fill in the visit record and riskgen read it."


@click.command("pack")
@click.argument("reference", metavar="REF")
@click.option("--pdf", is_flag=True, help="Write a PDF for each holder too, with LibreOffice.")
@click.option("--print", "to_print", is_flag=True, help="Send the pack to the default printer too.")
@click.option("--output", type=WRITTEN, metavar="DIR", help="Where to put it. Otherwise visits/REF.")
@click.option("--dry-run", is_flag=True, help="Say what would be in it; write nothing.")
@FORCE
@AS
@JSON
@HOME
def pack_command(
    reference: str,
    pdf: bool,
    to_print: bool,
    output: Path | None,
    dry_run: bool,
    force: bool,
    as_: str,
    as_json: bool,
    home: str | None,
) -> None:
    """Write every form that the policy and the visit call for, with a cover sheet.

    The forms say how the visit stands now. The form with the safe word is in
    the pack only if you may know it, and show who you are: add --as.

    \b
    Example:
      riskgen pack RA-2026-0001 --as S-10
      riskgen pack RA-2026-0001 --as S-10 --pdf
    """
    with full_desk(home) as (school, desk):
        before = usual_place(desk.folder, desk.visit(reference).reference)
        replaced = (output or before).resolve() == before.resolve() and before.exists() and not dry_run
        if not dry_run:
            can_pack(school, desk, reference, output, force)
        who = who_asks(desk, as_, TerminalProof())
        made = make_pack(school, desk, reference, who, dry_run=dry_run)
        if dry_run:
            _tell(made, (), as_json)
            return
        without_word = loses_word(desk, made, output, force)
        pdfs: tuple[Written, ...] = ()
        missing: PdfMissing | None = None
        if pdf or to_print:
            try:
                pdfs = pdfs_of(made, school)
            except PdfMissing as fault:
                missing = fault  # the Word files are wanted all the same
        paths = place_pack(school, desk, made, pdfs if pdf else (), who, output, force)
    _tell(made, paths, as_json)
    if replaced:
        keep = "Keep its office copy, which has the safe word, and destroy the rest." if without_word else ""
        click.echo(
            wrapped(f"The pack before it was put aside as pack.bak, or pack.bak2 and so on. {keep or 'Destroy it.'}"),
            err=True,
        )
    if missing:
        raise missing
    if to_print:
        print_pack(made, pdfs)
        click.echo("Sent to the default printer. Collect it at once: it holds an address.", err=True)


def _tell(made: Made, paths: tuple[Path, ...], as_json: bool) -> None:
    reference = made.papers.visit.reference
    if as_json:
        click.echo(json.dumps(pack_report(made, paths), indent=2, ensure_ascii=False))
        return
    plan = made.case.pack
    click.echo(wrapped(f"{reference}: {plan.line}"))
    listed(
        counted(len(plan.forms), "form"),
        (
            f"{form.number}. {form.title} ({form.holder}{f'; {form.clause}' if form.clause else ''})"
            for form in plan.forms
        ),
    )
    listed(
        "Still to be done before anybody leaves",
        (f"{todo.condition} ({todo.who}; {todo.source})" for todo in made.case.assessment.conditions),
    )
    listed("Left out", (f"{title}: {because}" for title, because in plan.left_out))
    listed("Beside them", (each.title for each in made.files if not each.form))
    if not paths:
        click.echo("\nNothing was written.", err=True)
        return
    click.echo(f"\n{counted(len(paths), 'file')} in {paths[0].parent}")
    click.echo(wrapped(f"Next: {_next(made)}"), err=True)


def _next(made: Made) -> str:
    reference, progress = made.papers.visit.reference, made.case.progress
    if made.pack is Pack.RECORD and progress.record is None:
        return _NOT_RECORDED.format(reference=reference)
    words = _NEXT[made.pack].format(reference=reference, destroy=_DESTROY)
    if made.pack is Pack.VISIT and made.case.assessment.conditions:
        return f"settle what is still to be done ('riskgen show {reference}'). Then make the pack again, and {words}"
    return words


@click.command("schedule")
@click.option("--from", "since", metavar="DATE", default="", help="First day; left out: today.")
@click.option("--to", "until", metavar="DATE", default="", help="Last day; left out: the same day.")
@click.option("--output", type=WRITTEN, metavar="FILE", help="Where to put it.")
@FORCE
@HOME
def schedule_command(since: str, until: str, output: Path | None, force: bool, home: str | None) -> None:
    """Write the schedule of a day or a term: names, dates, times and places of all visits.

    It holds several families. It is for the head and the office, and stays at school.

    \b
    Example:
      riskgen schedule --from 2026-12-01 --to 2026-12-18
    """
    if output and output.suffix.lower() != ".docx":
        raise click.UsageError("The schedule is a Word document: give it a name that ends in .docx.")
    with full_desk(home) as (school, desk):
        first = _day("--from", since) or desk.wall(desk.now()).date()
        last = _day("--to", until) or first
        if last < first:
            raise click.UsageError(f"--to ({last}) comes before --from ({first}).")
        path = write_schedule(school, desk, first, last, output, force)
    click.echo(f"The schedule is in {path}")
    click.echo("Next: leave a copy with the head and one with the office. It stays at school.", err=True)


def _day(option: str, text: str) -> date | None:
    found = parse_date(text.strip()) if text else None
    if text and found is None:
        raise click.UsageError(f"{option} is not a date: {text}. Write it like 2026-12-02.")
    return found
