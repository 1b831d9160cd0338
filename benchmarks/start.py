"""How long a command takes from nothing, beside what it is made of: `python benchmarks/start.py --help`."""

import base64
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime
from functools import partial
from pathlib import Path

import click
import msgspec
from results import Figure, in_turn, keep, machine, ratios

from riskgen.files.cache import VARIABLE
from riskgen.forms.paper import form_context
from riskgen.register.key import KEY_VARIABLE
from riskgen.service.homes import Home, make_home, open_home
from riskgen.service.paper import case_of, forms_of
from riskgen.service.visits import Request, decide, gather

FAMILY, VISIT, START = "families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "2090-12-06 10:30"
FORMS = ("risk-assessment", "intent-to-visit-office", "intent-to-visit-travelling")
WORD = "sampleword"
CLICK, HELP = 'python -c "import click"', "riskgen --help"
ASSESS, PEER = "riskgen assess, {} forms", "docxtpl, the same {} forms"
COUNTS = {2: "two", 3: "three"}
"""How many of these forms are written: a school says in forms.yaml which, and with stock forms it is all three."""
PLAIN = """
import json, sys
from types import SimpleNamespace
from docxtpl import DocxTemplate
for form in {forms!r}:
    with open(form + ".json", encoding="utf-8") as file:
        values = vars(json.load(file, object_hook=lambda entries: SimpleNamespace(**entries)))
    template = DocxTemplate("templates/forms/" + form + ".docx")
    template.render(values, autoescape=True)
    template.save(form + ".docx")
"""
"""What somebody would write who has docxtpl and nothing else: no decision, no register, no check of the forms."""


@click.command()
@click.option("--times", default=30, show_default=True, help="How often each command is run, in turn.")
def main(times: int) -> None:
    """Run whole commands in a school that is made for it, each in a process of its own, in turn with its peer."""
    click.echo(machine())
    with tempfile.TemporaryDirectory(prefix="riskgen-benchmark-") as folder:
        riskgen = _riskgen()
        commands = {
            CLICK: (Path(folder), [sys.executable, "-c", "import click"]),
            HELP: (Path(folder), [*riskgen, "--help"]),
        }
        schools = {}
        for count, name in COUNTS.items():
            school = schools[count] = _school(Path(folder, name), count)
            commands[PEER.format(name)] = school, [sys.executable, "plain.py"]
            assess = [*riskgen, "assess", FAMILY, VISIT, "--start", START, "--no-input"]
            commands[ASSESS.format(name)] = school, assess
        taken = _measure(commands, _environment(Path(folder)), times)
        written = {count: len(list((school / "visits").rglob("*.docx"))) for count, school in schools.items()}
    if written != {count: count * (times + 1) for count in COUNTS}:
        raise SystemExit(f"Not as many forms were written as there should be: {written}.")
    for name, seconds in taken.items():
        middle, least, most = (1000 * each for each in (statistics.median(seconds), min(seconds), max(seconds)))
        click.echo(f"{name:<30} {middle:6.0f} ms   ({least:.0f} to {most:.0f})")
    pairs = [(ASSESS.format(name), PEER.format(name), "faster, though it does more") for name in COUNTS.values()]
    for one, other, reach in ((HELP, CLICK, "within 1.5 times"), *pairs):
        found = ratios(taken[one], taken[other])
        click.echo(f"{one} takes {statistics.median(found):.2f} times as long as {other}")
        keep(Figure(f"{one}, whole process", other, reach, found, faster=False))


def _riskgen() -> list[str]:
    """The command as it is installed beside this Python; else the package."""
    script = Path(sys.executable).with_name("riskgen.exe" if os.name == "nt" else "riskgen")
    return [str(script)] if script.exists() else [sys.executable, "-m", "riskgen"]


def _environment(folder: Path) -> dict[str, str]:
    """A key and a cache for this alone, and compiled modules, as any installation has them."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        KEY_VARIABLE: base64.b64encode(secrets.token_bytes(32)).decode(),
        VARIABLE: str(folder / "cache"),
    }


def _school(folder: Path, count: int) -> Path:
    """A school that has so many forms written at `assess`, and a plain script beside it that fills in the same."""
    make_home(folder, "bchs", force=False)
    forms = folder / "templates" / "forms.yaml"
    text = forms.read_text(encoding="utf-8")
    for left_out in FORMS[count:]:
        text = text.replace(f"- id: {left_out}\n", f"- id: {left_out}\n  at_assess: no\n")
    forms.write_text(text, encoding="utf-8")
    (folder / "plain.py").write_text(PLAIN.format(forms=FORMS[:count]), encoding="utf-8")
    _prepare(open_home(folder))
    return folder


def _prepare(home: Home) -> None:
    """What the plain script prints, worked out beforehand: everything that riskgen hands to these forms."""
    request = Request((home.folder / FAMILY, home.folder / VISIT), start=START)
    case = case_of(home, decide(home, gather(home, request)), "RA-2090-0001", datetime(2090, 12, 1, 9, 0))
    for form in forms_of(home):
        if form.id in FORMS:
            values = msgspec.json.encode(form_context(case, form, WORD if form.secret else None))
            (home.folder / f"{form.id}.json").write_bytes(values)


def _measure(
    commands: dict[str, tuple[Path, list[str]]], environment: dict[str, str], times: int
) -> dict[str, list[float]]:
    """Seconds of each command from its start to its end, in turn."""

    def run(name: str) -> None:
        folder, command = commands[name]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)  # noqa: S603
        if done.returncode:
            raise SystemExit(f"{name} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")

    return in_turn({name: partial(run, name) for name in commands}, times)


if __name__ == "__main__":
    main()
