"""A school for each story: its folder, its clock, its people, and everything that its commands ever said."""

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from riskgen.cli.main import run
from riskgen.core.timers import to_wall
from riskgen.files.yaml import read_yaml
from riskgen.library.load import WORKED_CASES
from riskgen.service import clock
from riskgen.service.homes import Home, make_home

LONDON = "Europe/London"
REFUSED, INVALID = 4, 3
FAMILY = {
    "family.reference": "F-2001",
    "family.name": "Storybook family",
    "family.address": "7 Example Street\nSampletown\nZZ1 1ZZ",
    "family.phone": "01632 960777",
    "child.name": "Storybook child",
    "child.year_group": "Year 8",
}
KNOWN_OF_THE_FAMILY = ("family", "child", "history", "household", "background")
"""Groups of questions that are answered in the file of the family; the others are in the plan of the visit."""


@dataclass(frozen=True)
class Said:
    """One command as it was given, how it ended, and what it said."""

    arguments: tuple[str, ...]
    code: int
    out: str
    err: str

    def __contains__(self, words: str) -> bool:
        """Whether it said this, wherever lines were broken."""
        return " ".join(words.split()) in " ".join((self.out + self.err).split())

    def __str__(self) -> str:
        return f"riskgen {' '.join(self.arguments)}\nended with {self.code}\n{self.out}{self.err}"

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class School:
    """A school's folder and its register. Call it to run a command there; `at` moves its clock.

    Everybody has a passphrase of their own, chosen the first time that it is asked for.
    """

    folder: Path
    policy: str
    zone: str
    url: str
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    said: list[Said] = field(default_factory=list)
    chosen: set[str] = field(default_factory=set)

    def at(self, when: str, fold: int = 0) -> None:
        """Set the clock on the wall: `2026-12-02 10:30`, with seconds where they matter; `fold` for the second of two
        such hours."""
        wall = datetime.fromisoformat(when).replace(tzinfo=ZoneInfo(self.zone), fold=fold)
        self.now = wall.astimezone(UTC)

    def later(self, **passed: float) -> None:
        self.now += timedelta(**passed)

    def __call__(self, *arguments: object, typed: str = "", ends: int = 0) -> Said:
        """Run a command as somebody at a terminal would. It has to end with the exit code given."""
        words = tuple(map(str, arguments))
        with CliRunner().isolation(input=typed) as (out, err, _):
            code = run([*words])
            sys.stdout.flush()
            sys.stderr.flush()
            said = Said(words, code, out.getvalue().decode(), err.getvalue().decode())
        self.said.append(said)
        assert said.code == ends, str(said)
        return said

    def as_(self, person: str, *arguments: object, typed: str = "", ends: int = 0) -> Said:
        """Run a command as somebody who shows who they are, and then types `typed`."""
        phrase = f"{person} walks the long way round\n"
        proof = phrase if person in self.chosen else phrase * 2
        said = self(*arguments, "--as", person, typed=proof + typed, ends=ends)
        if "New passphrase" in said:
            self.chosen.add(person)
        return said

    def authorise(self, reference: str, by: str) -> Said:
        """Somebody authorises a visit in person, and means it."""
        return self.as_(by, "authorise", reference, typed="y\n")

    def may_not(self, person: str, *arguments: object) -> Said:
        """Somebody is refused before anybody asks them for a passphrase."""
        return self(*arguments, "--as", person, ends=REFUSED)

    def refused(self, *arguments: object) -> Said:
        return self(*arguments, ends=REFUSED)

    def intake(self, purpose: str, visitors: tuple[str, ...], minutes: int = 40, **changes: object) -> tuple[str, ...]:
        """Write down what is known of a family and what is planned, and give the arguments that take both in.

        Everything that matters is answered as in the policy's worked case of a visit that may go ahead, except what is
        given here; two underscores stand for the dot in a question's name, and None for what nobody has answered.
        """
        base = dict(_plain(self.folder / "data" / "policies" / self.policy / WORKED_CASES)["base"])
        base.pop("approval.by", None)
        answers = {**FAMILY, **base, **{name.replace("__", "."): value for name, value in changes.items()}}
        answers = {name: value for name, value in answers.items() if value is not None}
        family = {name: value for name, value in answers.items() if name.split(".")[0] in KNOWN_OF_THE_FAMILY}
        plan = {name: value for name, value in answers.items() if name not in family}
        plan |= {"visit.purpose": purpose, "visit.minutes": minutes, "visit.visitors": list(visitors)}
        named = f"{family['family.reference']}.yaml"
        for folder, content in (("families", family), ("visits-planned", plan)):
            self.write(f"{folder}/{named}", content)
        return f"families/{named}", f"visits-planned/{named}"

    def write(self, name: str, answers: Mapping[str, object]) -> str:
        """A file of answers, as somebody would have typed it."""
        lines = [f"{question}: {json.dumps(answer)}\n" for question, answer in answers.items()]
        (self.folder / name).write_text("".join(lines), encoding="utf-8")
        return name

    def assess(self, *arguments: object, start: str = "", typed: str = "") -> Said:
        when = ("--start", start) if start else ()
        return self("assess", *arguments, *when, "--no-input", typed=typed)

    def again(self, reference: str, **settled: str) -> Said:
        """Assess a visit again, now that something has been settled or has changed."""
        answers = [word for name, value in settled.items() for word in ("--set", f"{name.replace('__', '.')}={value}")]
        return self.assess("--reference", reference, "--force", *answers)

    def state(self, reference: str) -> str:
        found = next(line for line in self("list", "--json").json if line["reference"] == reference)
        return str(found["state"])

    def happened(self, reference: str) -> list[str]:
        return [event["happened"] for event in self("history", reference, "--json").json["events"]]

    def sound(self) -> None:
        """Nothing in the register was changed, removed or put in; and nothing else is amiss."""
        assert self("history", "--verify", "--json").json["verified"]["sound"] is True
        assert self("doctor", "--json").json["sound"] is True

    def went(self, reference: str, **said: object) -> str:
        """The record's own file, filled in: everything was done, but for the clauses given by their name."""
        empty = self("record", reference, "--template").out
        filled = re.sub(r"^(  [A-Z]{2}-\w+):$", r"\1: done", empty, flags=re.M)
        answers = {
            "outcome": "as-planned",
            "seen": "All was calm.",
            "agreed": "nothing",
            "concern": "no",
            "incident": "no",
            "actions": "none",
        }
        for name, value in {**answers, **said}.items():
            key = name.replace("_", "-") if re.match("[A-Z]{2}_", name) else name
            lead = "  " if key[0].isupper() else ""
            filled = re.sub(rf"^{lead}{key}:.*$", f"{lead}{key}: {value}", filled, flags=re.M)
        (self.folder / "went.yaml").write_text(filled, encoding="utf-8")
        return "went.yaml"

    def refuses_to_show_the_word_to(self, reference: str, *people: str) -> None:
        for person in people:
            assert f"The safe word of {reference} is shown only to" in self.as_(
                person, "show", reference, "--safe-word", ends=REFUSED
            )

    def word(self, reference: str, person: str) -> str:
        """The safe word, as somebody reads it who may."""
        return self.as_(person, "show", reference, "--safe-word").out.strip()


def _plain(path: Path) -> Mapping[str, Any]:
    data: Any = read_yaml(path).data
    assert isinstance(data, dict)
    return data


OpenSchool = Callable[..., School]


@pytest.fixture
def open_school(
    register_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    data_is_read_once: None,
    forms_are_examined_once: None,
    quick_passphrases: None,
) -> OpenSchool:
    """Opens a school of a policy, in its own time zone, on each of the two databases."""
    for name in ("RISKGEN_HOME", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def open_it(policy: str, zone: str = LONDON) -> School:
        folder = tmp_path / "school"
        make_home(folder, policy, force=False)
        written = folder / "school.yaml"
        text = written.read_text(encoding="utf-8").replace(f"timezone: {LONDON}", f"timezone: {zone}")
        if register_url:
            text += f"register:\n  url: {register_url}\n"
        written.write_text(text, encoding="utf-8")
        school = School(folder, policy, zone, register_url)
        monkeypatch.setattr(clock, "utc_now", lambda: school.now)
        monkeypatch.setattr(Home, "now", lambda home: to_wall(school.now, zone).replace(second=0))
        monkeypatch.chdir(folder)
        return school

    return open_it
