"""The guide works: every command in it, in its order, in one school's folder; and every picture in it is there."""

import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from riskgen.library.kept import sound_library
from riskgen.service import clock
from riskgen.service.homes import Home

sys.path.insert(0, str(Path(__file__).parents[1]))

from sheets import FIRST, ROUTINE, Filled

Call = Callable[..., Any]
BEGINS = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)


def lines_of(text: str) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines()]


def test_every_command_of_the_guide_works(
    page: Callable[[str], str], riskgen: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [BEGINS]
    monkeypatch.delenv("RISKGEN_HOME", raising=False)
    monkeypatch.setattr(clock, "utc_now", lambda: now[0])
    monkeypatch.setattr(Home, "now", lambda self: now[0].replace(tzinfo=None))
    monkeypatch.setattr("riskgen.service.homes.sound_library", cache(sound_library))
    at = ["front-desk"]
    monkeypatch.setattr("riskgen.service.desk.account_name", lambda: at[0])
    monkeypatch.chdir(tmp_path)
    lines = lines_of(page("docs/guide.md"))
    ran = set()
    for line in lines:
        program, *words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', line)]
        if program == "cd":
            monkeypatch.chdir(words[0])
            give_accounts(Path("school.yaml"))
            continue
        assert program == "riskgen", line
        if words[0] == "record":
            Path("went.yaml").write_text(went(riskgen(*words[:2], "--template").out), encoding="utf-8")
        if words[0] == "import":
            Path(words[2]).write_text(EXPORTED[words[1]], encoding="utf-8")
        if words[0] == "batch":
            fill_in(Path(words[1]))
        at[0] = next((words[place + 1] for place, word in enumerate(words) if word in ("--as", "--by")), "front-desk")
        result = riskgen(*words, typed="y\n")
        assert result.code == 0, (line, result.out, result.err)
        ran.add(words[0])
        now[0] += timedelta(minutes=10)
    assert ran >= {"init", "check", "forms", "assess", "authorise", "pack", "depart", "return", "record", "schedule"}
    assert ran >= {"import", "intake-sheet", "batch", "annual"}
    assert [visit["state"] for visit in json.loads(riskgen("list", "--json").out)] == ["closed", "assessed"]
    assert Path("visits/RA-2026-0002").is_dir()


EXPORTED = {
    "staff": "Staff Code,Surname,Forename,Job Title\nS-31,Invented,Quill,Teacher\n",
    "families": "Family Reference,Pupil Name,Year Group\nF-3001,Quagga Invented,Year 8\n",
}
"""What a school's own system might give out."""


def fill_in(sheet: Path) -> None:
    """One visit, as somebody might fill it in."""
    start = datetime(2027, 1, 13, 10, 30)
    Filled(sheet).put(FIRST, {**ROUTINE, "family.reference": "F-3001", "visit.start": start}).save()


def give_accounts(path: Path) -> None:
    """Each of the staff has an account of their own, which goes by their reference."""
    path.write_text(re.sub(r"\{id: (S-\d+),", r"{id: \1, account: \1,", path.read_text("utf-8")), encoding="utf-8")


def went(template: str) -> str:
    """The record's own file, filled in: all was done, and nothing is left to do."""
    said = {"outcome": "as-planned", "seen": "All was calm", "agreed": "nothing", "concern": "no", "incident": "no"}
    said |= {"actions": "none"}
    text = re.sub(r"^(  [A-Z]{2}-\w+):$", r"\1: done", template, flags=re.MULTILINE)
    for key, value in said.items():
        text = re.sub(rf"^{key}:.*$", f"{key}: {value}", text, flags=re.MULTILINE)
    return text


def test_the_commands_within_its_sentences_are_there_too(page: Callable[[str], str], riskgen: Call) -> None:
    for words in re.findall(r"`riskgen ([a-z][a-z-]*)", page("docs/guide.md")):
        assert riskgen(words, "--help").code == 0, words
