"""What the documents say of the register: every key of its JSON, every state and event, and README as it is written."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.marker import Kind
from riskgen.core.record import Ending, Kept
from riskgen.core.timers import Trouble
from riskgen.core.visit import Happened, State
from riskgen.library.kept import sound_library
from riskgen.service import clock
from riskgen.service.homes import Home
from riskgen.service.reviews import Why

ROOT = Path(__file__).parents[2]
PLAN = ("families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-12-02 10:30", "--no-input")
FIRST, SECOND, THIRD, FOURTH = (f"RA-2026-000{number}" for number in range(1, 5))
Call = Callable[..., Any]
Keys = Callable[..., set[str]]


class Wall:
    """A clock that stands until it is set, in UTC, which in winter is the school's time too."""

    def __init__(self) -> None:
        self.now = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)

    def set(self, text: str) -> None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def wall() -> Iterator[Wall]:
    """The clock of the program; and data that is read once, forms that take no time, and S-01 at the desk."""
    standing = Wall()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("RISKGEN_HOME", raising=False)
        patch.setattr(clock, "utc_now", lambda: standing.now)
        patch.setattr(Home, "now", lambda self: standing.now.replace(tzinfo=None))
        patch.setattr("riskgen.service.homes.sound_library", cache(sound_library))
        patch.setattr("riskgen.service.desk.account_name", lambda: "front-desk")
        patch.setattr("riskgen.forms.render.render", lambda form, context, made_at, logo: context.reference.encode())
        yield standing


# --- one school, three years ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def told(
    wall: Wall, riskgen: Call, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Mapping[str, list[Any]], list[Any]]:
    """What the commands print with --json, by the heading of docs/json.md; and markers as the plain list has them."""
    found: dict[str, list[Any]] = {}

    def run(*words: str, typed: str = "", code: int = 0) -> str:
        result = riskgen(*words, "--home", folder, typed=typed)
        assert result.code == code, (words, result.out, result.err)
        return str(result.out)

    def tell(heading: str, *words: str, typed: str = "", code: int = 0) -> Any:
        found.setdefault(heading, []).append(
            json.loads(run(*heading.split(), *words, "--json", typed=typed, code=code))
        )
        return found[heading][-1]

    folder = _school(riskgen, tmp_path_factory.mktemp("told") / "bchs", "bchs")
    plan = [str(folder / word) if word.endswith(".yaml") else word for word in PLAN]
    for _ in range(3):
        run("assess", *plan)
    run("override", FIRST, "--hazard", "animal", "--rating", "M", "--reason", "Seen last week", typed="y\n")
    run("authorise", FIRST, "--by", "S-01", typed="y\n")
    run("authorise", SECOND, "--by", "S-01", typed="y\n")
    run("assess", "--reference", SECOND, "--minutes", "50", "--no-input", "--force")
    tell("show", SECOND)
    tell("repeat", FIRST)
    tell("show", FOURTH)
    run("cancel", THIRD, "--for-safety", "--reason", "Told to stay away")
    tell("show", THIRD)
    wall.set("2026-12-02 10:00")
    run("depart", FIRST)
    run("checkin", FIRST, "--where", "at-the-door")
    run("cancel", FIRST, "--reason", "The parent asked us to leave")
    wall.set("2026-12-02 11:50")
    tell("board")
    run("alarm", FIRST)
    tell("board")
    run("return", FIRST)
    wall.set("2026-12-04 12:00")
    tell("board")
    tell("record", FIRST, "--answers", _went(folder, "outcome: as-planned"), "--no-input")
    tell("show", FIRST)
    clauses = re.findall(r"^  ([A-Z][A-Z0-9-]+):$", run("record", FIRST, "--template"), re.MULTILINE)
    kept = "\n".join(f"  {name}: done" for name in clauses)
    said = f"seen: All well\nagreed: nothing\nclauses:\n{kept}\nconcern: yes\nincident: no\n"
    actions = "actions:\n  - {what: Ring the parent, who: S-07, by: 2026-12-03}\n"
    tell("record", FIRST, "--answers", _went(folder, said + actions), "--no-input")
    tell("review")
    run("record", FIRST, "--answers", _went(folder, "done: [1]"), "--no-input")
    tell("show", FIRST)
    tell("list")
    (folder / "marker.yaml").write_text(
        "what: Shouted\non: 2026-12-02\nreported_by: S-07\nreview_on: 2027-05-01\ntold: no\nwhy_not_told: Danger\n",
        encoding="utf-8",
    )
    run("marker", "add", "F-0123", "--kind", "violence", "--answers", str(folder / "marker.yaml"), typed="y\n")
    plain = tell("marker list")
    marker = plain["markers"][0]["marker"]
    run("marker", "review", marker, "--keep-until", "2027-11-01", "--reason", "Still so")
    tell("marker list", "F-0123")
    run("retention", "hold", SECOND, "--reason", "A claim")
    wall.set("2031-01-10 09:00")
    due = tell("retention due")
    assert all(due[name] for name in ("erase", "held", "unknown", "not_over"))
    tell("retention apply", due["code"], "--dry-run")
    tell("retention apply", due["code"], typed="y\n")
    tell("show", THIRD)
    tell("backup", str(folder.parent / "copy.db"))
    tell("doctor")
    tell("history", "--verify")
    _tamper(folder / "register.db")
    tell("history", "--verify", code=5)

    folder = _school(riskgen, tmp_path_factory.mktemp("waiting") / "ogden", "robert-ogden")
    family = str(folder / "families" / "F-0123.yaml")
    visit = ("--purpose", "attendance", "--start", "2031-01-10 08:50", "--minutes", "30", "--visitor", "S-07")
    run("assess", family, *visit, "--no-input", "--after-the-fact", "A call came in")
    reference = tell("list")[0]["reference"]
    run("checkin", reference, "--where", "at-the-door")
    (folder / "marker.yaml").write_text(
        "what: Shouted\non: 2031-01-09\nreported_by: S-07\nreview_on: 2031-05-01\ntold: yes\n", encoding="utf-8"
    )
    run("marker", "add", "F-0123", "--kind", "violence", "--answers", str(folder / "marker.yaml"), typed="y\n")
    tell("board")
    tell("show", reference)
    return found, [plain]


def _school(riskgen: Call, folder: Path, policy: str) -> Path:
    assert riskgen("init", folder, "--policy", policy).code == 0
    path = folder / "school.yaml"
    text = path.read_text(encoding="utf-8").replace("{id: S-01, ", "{id: S-01, account: front-desk, ")
    judged = "  overdue:\n    - {do: Ring the next of kin, who: Headteacher}\n"
    path.write_text(text.replace("  overdue:\n", judged), encoding="utf-8")
    return folder


def _went(folder: Path, text: str) -> str:
    path = folder / "went.yaml"
    path.write_text(f"{text}\n", encoding="utf-8")
    return str(path)


def _tamper(register: Path) -> None:
    with sqlite3.connect(register) as connection:
        guards = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in guards:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE event SET staff = 'S-02' WHERE number = 3")
    connection.close()


HEADINGS = ("repeat", "board", "record", "list", "history", "review", "marker list")
HEADINGS += ("retention due", "retention apply", "backup", "doctor")


@pytest.mark.parametrize("heading", HEADINGS)
def test_every_key_of_the_register_s_json_is_documented_and_there(
    heading: str, told: tuple[Mapping[str, list[Any]], list[Any]], keys_documented: Keys, keys_in: Keys
) -> None:
    assert keys_in(told[0][heading]) == keys_documented(heading)


def test_the_plain_list_of_markers_does_not_say_what_happened(
    told: tuple[Mapping[str, list[Any]], list[Any]], keys_documented: Keys, keys_in: Keys
) -> None:
    assert keys_in(told[1]) == keys_documented("marker list", 0)


def test_every_key_of_show_is_documented_and_there(
    told: tuple[Mapping[str, list[Any]], list[Any]], keys_documented: Keys, keys_in: Keys
) -> None:
    there = keys_in(told[0]["show"])
    inside = {key for key in there if key.startswith("assessment.")}
    assert inside <= {f"assessment.{key}" for key in keys_documented("assess")}
    assert there - inside == keys_documented("show") | keys_documented("list")


# --- words ----------------------------------------------------------------------------------------


def test_every_state_of_a_visit_and_what_may_be_done_in_it_is_documented(section: Callable[[str, str], str]) -> None:
    rows = re.findall(r"^\| `([a-z]+)` \|", section("docs/commands.md", "States of a visit"), re.MULTILINE)
    assert rows == [state.value for state in State]
    named = re.findall(r"`([a-z]+)`", _row(section("docs/json.md", "list"), "state"))
    assert set(named) == {state.value for state in State}


def test_every_kind_of_event_is_documented(section: Callable[[str, str], str]) -> None:
    table = section("docs/commands.md", "riskgen history").partition("| event |")[2]
    cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    named = re.findall(r"`([a-z-]+)`", " ".join(cells))
    assert sorted(named) == sorted(happened.value for happened in Happened)


def test_every_word_that_the_register_s_json_may_hold_is_documented(section: Callable[[str, str], str]) -> None:
    for heading, words in (
        ("board", Trouble),
        ("record", Ending),
        ("marker list", Kind),
    ):
        assert all(f'"{word}"' in section("docs/json.md", heading) for word in words), heading
    assert all(f"`{word}`" in _row(section("docs/json.md", "show"), "records.record") for word in Kept)
    whys = re.findall(r"^\| `([a-z-]+)` \|", section("docs/json.md", "review"), re.MULTILINE)
    assert whys == ["why", *(why.value for why in Why)]


def test_everything_that_doctor_looks_at_is_documented(page: Callable[[str], str]) -> None:
    sources = "".join(
        (ROOT / "riskgen" / "service" / name).read_text(encoding="utf-8") for name in ("doctor.py", "surroundings.py")
    )
    checks = set(re.findall(r'Finding\(\s*"(\w+)"', sources))
    table = page("docs/school.md").partition("### What doctor looks at")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == checks


def _row(text: str, name: str) -> str:
    found = re.search(rf"^\| `{re.escape(name)}` \|(.*)\|$", text, re.MULTILINE)
    assert found, name
    return found[1]


# --- README as it is written ----------------------------------------------------------------------


def test_what_readme_has_people_type_works(
    wall: Wall, riskgen: Call, section: Callable[[str, str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From making the folder to a visit that is closed; what is typed is a first passphrase, a yes, and the record."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", section("README.md", "Use it"), re.DOTALL | re.MULTILINE)
    lines = [line.partition("  #")[0].strip() for line in "".join(blocks).replace("\\\n", " ").splitlines()]
    assert {"init", "check", "assess", "authorise", "depart", "checkin", "board", "return", "record"} <= {
        line.split()[1] for line in lines if line.startswith("riskgen ")
    }
    wall.set("2026-12-02 09:00")
    monkeypatch.chdir(tmp_path)
    for line in filter(None, lines):
        program, *words = _words(line)
        if program == "cd":
            monkeypatch.chdir(words[0])
            continue
        assert program == "riskgen", line
        result = riskgen(*words, typed=_typed(riskgen, words))
        assert result.code == 0, (line, result.out, result.err)
        wall.now += timedelta(minutes=15)
    assert json.loads(riskgen("list", "--json").out)[0]["state"] == "closed"


def _words(line: str) -> list[str]:
    return [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', line)]


def _typed(riskgen: Call, words: list[str]) -> str:
    if words[0] == "authorise":
        return "four words of mine\nfour words of mine\ny\n"
    if words[0] == "pack":
        return "other words of mine\nother words of mine\n"
    if words[0] == "record":
        asked = re.findall(r"^  [A-Z][A-Z0-9-]+:$", riskgen(*words, "--template").out, re.MULTILINE)
        return "\n".join(["as-planned", "All well", "nothing", *("y" for _ in asked), "no", "no", "no", ""])
    return ""
