"""The safe word is on the office copy and nowhere else: no screen, no other file, no argument, no message."""

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from riskgen.cli.main import COMMANDS, cli
from riskgen.core.visit import Event
from riskgen.register.store import open_register

Run = Callable[..., Any]
PLAN = ("families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-12-02 10:30")
READY = (*PLAN, "--set", "approval.by=S-03")
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")


def places(folder: Path, word: str) -> Iterator[str]:
    """Where a word stands: in file names, in files, and in the parts of the files that are archives."""
    spellings = {spelt.encode(code) for spelt in (word, word.lower(), word.upper()) for code in ENCODINGS}

    def holds(content: bytes) -> bool:
        return any(spelling in content for spelling in spellings)

    for path in sorted(folder.rglob("*")):
        if word.casefold() in str(path).casefold():
            yield f"the name of {path}"
        if not path.is_file():
            continue
        if holds(path.read_bytes()):
            yield path.name
        if path.name == "register.db":
            yield from (f"event {event.number}" for event in history(path) if holds(repr(event).encode()))
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for entry in archive.infolist():
                    if holds(archive.read(entry)) or word in entry.filename or holds(entry.comment + entry.extra):
                        yield f"{path.name.split('_')[1]}: {entry.filename}"
                if holds(archive.comment):
                    yield f"{path.name}: comment"


def history(path: Path) -> tuple[Event, ...]:
    """What the register says, which is compressed in its file."""
    with open_register(path, read_only=True) as register, register.read() as reader:
        return tuple(reader.all_events())


def test_a_word_that_was_typed_is_in_the_body_of_the_office_copy_alone(routine: Any, sentinel: str) -> None:
    assert list(places(routine.home, sentinel)) == ["intent-to-visit-office: word/document.xml"]
    for said in (routine.result.out, routine.result.err, routine.answers):
        assert sentinel.casefold() not in said.casefold()


def test_a_word_that_was_drawn_is_in_its_list_and_the_body_of_the_office_copy(odd: Any, sentinel: str) -> None:
    assert list(places(odd.home, sentinel)) == ["safe-words.txt", "intent-to-visit-office: word/document.xml"]
    for said in (odd.result.out, odd.result.err, odd.answers):
        assert sentinel.casefold() not in said.casefold()


def test_the_travelling_copy_says_who_holds_the_word(routine: Any) -> None:
    with zipfile.ZipFile(routine.form("intent-to-visit-travelling")) as archive:
        text = archive.read("word/document.xml").decode().casefold()
    assert "safe word" in text
    assert "office" in text


def test_no_option_and_no_argument_takes_a_word() -> None:
    context = click.Context(cli)
    commands = [command for name in COMMANDS if (command := cli.get_command(context, name))]
    commands += [inner for group in commands if isinstance(group, click.Group) for inner in group.commands.values()]
    about = [
        parameter
        for command in commands
        for parameter in command.params
        if any("word" in name or "safe" in name for name in (parameter.name or "", *parameter.opts))
        and parameter.name != "for_safety"
    ]
    assert {parameter.name for parameter in about} == {"type_safe_word", "safe_word"}
    assert all(isinstance(parameter, click.Option) and parameter.is_flag for parameter in about)


def test_no_question_asks_for_the_word(riskgen: Run, home: Path, sentinel: str) -> None:
    for name in ("safety.word", "safe_word", "safety.safe_word"):
        result = riskgen("assess", *READY, "--no-input", "--set", f"{name}={sentinel}")
        assert result.code == 3
        assert sentinel not in result.said


@pytest.mark.usefixtures("quick_forms")
@pytest.mark.parametrize(
    ("weak", "reason"),
    [
        ("cat", "at least 4 letters"),
        ("help", "word of alarm"),
        ("Call the POLICE", "word of alarm"),
        ("Sample", "name or an address"),
        ("sampletown", "name or an address"),
        ("gray", "name or an address"),
        ("Marzipan7", "letters only"),
        ("marzi\u202epan", "letters only"),
        ("marzi  pan", "single space"),
    ],
)
def test_a_word_that_is_too_weak_is_refused_without_repeating_it(
    weak: str, reason: str, riskgen: Run, home: Path, sentinel: str
) -> None:
    result = riskgen("assess", *READY, "--type-safe-word", typed=f"{weak}\n{weak}\n{sentinel}\n{sentinel}\n")
    assert result.code == 0
    assert reason in result.said
    assert f" {weak}" not in result.err.replace("such as help or police", "").replace(str(home), "")
    assert sentinel not in result.said


@pytest.mark.usefixtures("quick_forms")
def test_a_slip_of_the_keys_is_asked_again(riskgen: Run, home: Path, sentinel: str) -> None:
    result = riskgen("assess", *READY, "--type-safe-word", typed=f"{sentinel}\n{sentinel}s\n{sentinel}\n{sentinel}\n")
    assert result.code == 0
    assert "do not match" in result.said
    assert sentinel not in result.said


def test_nothing_is_written_where_no_word_is_given(riskgen: Run, home: Path) -> None:
    before = sorted(home.rglob("*"))
    result = riskgen("assess", *READY, "--type-safe-word", typed="")
    assert result.code == 130
    assert sorted(home.rglob("*")) == before


@pytest.mark.usefixtures("quick_forms")
def test_a_drawn_word_is_no_part_of_a_name_of_the_visit(riskgen: Run, home: Path) -> None:
    words = home / "data" / "safe-words.txt"
    words.write_text("Sampletown\nInvented\nsample\n")
    result = riskgen("assess", *READY, "--no-input")
    assert result.code == 5
    assert "Add words to data/safe-words.txt. Nothing was saved." in result.said
    assert not list(home.glob("visits/*"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "The list of safe words cannot be read"),
        (b"\xff\xfe", "not UTF-8 text"),
        (b"velvet\nhelp\n", "data/safe-words.txt:2"),
        (b"velvet\n\nb4d\n", "data/safe-words.txt:3"),
    ],
)
def test_a_fault_in_the_list_is_told_before_asking(content: bytes | None, words: str, riskgen: Run, home: Path) -> None:
    path = home / "data" / "safe-words.txt"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    for extra in ((), ("--no-input",)):
        result = riskgen("assess", *PLAN, *extra, typed="S-03\n")
        assert result.code == 3
        assert words in result.said
        assert "? " not in result.err
    assert not list(home.glob("visits/*"))


@pytest.mark.usefixtures("quick_forms")
def test_the_demonstration_shows_no_word_either(
    riskgen: Run, away: Path, monkeypatch: pytest.MonkeyPatch, sentinel: str
) -> None:
    seen: list[str] = []

    def choose(words: Any) -> str:
        seen.append(sentinel)
        return sentinel

    monkeypatch.setattr("riskgen.service.demo.pick_safe_word", lambda home, decided: choose(()))
    result = riskgen("demo")
    assert result.code == 0
    assert seen == [sentinel]
    assert sentinel not in result.said
    assert list(places(away, sentinel)) == []
