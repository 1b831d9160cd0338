"""`riskgen init` and `riskgen demo`: a school's own folder, and a first look without one."""

import shlex
from pathlib import Path

import click

from riskgen.cli.options import FORCE, WRITTEN_FOLDER
from riskgen.cli.show import show_assessment
from riskgen.cli.words import wrapped
from riskgen.service.demo import DEMO_FOLDER, run_demo
from riskgen.service.homes import make_home
from riskgen.service.visits import role_names, source_names


@click.command("init")
@click.argument("folder", type=WRITTEN_FOLDER, metavar="DIR")
@click.option("--policy", required=True, metavar="ID", help="The policy that the school uses, for example bchs.")
@FORCE
def init_command(folder: Path, policy: str, force: bool) -> None:
    """Make a school's own folder: school.yaml, data, Word forms, example families.

    With --force, adds to a folder what it lacks and changes nothing that is there.

    \b
    Example:
      riskgen init myschool --policy bchs
    """
    written = make_home(folder, policy, force)
    files = "1 file" if len(written) == 1 else f"{len(written)} files"
    click.echo(f"Made in {folder.resolve().name}: {files}, readable by you alone.", err=True)
    click.echo(
        f"\nNext:\n"
        f"  1. Put your school, contacts and staff into {folder / 'school.yaml'}.\n"
        f"  2. cd {shlex.quote(str(folder))}\n"
        f"  3. riskgen check\n"
        f"  4. riskgen assess families/F-0123.yaml --purpose attendance \\\n"
        f'       --start "2026-12-02 10:30" --minutes 40 --visitor S-07 --visitor S-12',
        err=True,
    )


@click.command("demo")
@click.option(
    "--output",
    type=WRITTEN_FOLDER,
    metavar="DIR",
    help=f"Where to put the forms. Otherwise {DEMO_FOLDER}.",
)
@FORCE
def demo_command(output: Path | None, force: bool) -> None:
    """See it work: a sample family, visit and policy, and the filled forms. Everything in it is invented.

    \b
    Example:
      riskgen demo
    """
    home, decided, reference, files = run_demo(output or Path(DEMO_FOLDER), force)
    show_assessment(decided.assessment, reference, role_names(home, decided.policy), source_names(home))
    click.echo("\nWritten:", err=True)
    for path in files:
        click.echo(f"  {path}", err=True)
    click.echo(
        wrapped(
            "Next: open the forms in Word or LibreOffice. Then make your own school's folder: "
            "riskgen init myschool --policy bchs"
        ),
        err=True,
    )
