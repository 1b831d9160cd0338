"""A list that was found sound is taken as it was, until anything that it was found sound by is another."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.problem import Problem
from riskgen.core.struct import Struct
from riskgen.files import cache, lists
from riskgen.files.cache import found
from riskgen.files.lists import Found, Row, Rows, read_list, sound_list
from riskgen.files.yaml import Document

SCHEMA = {"id": {"type": "string", "required": True}, "order": {"type": "integer"}}
LIST = "- id: one\n  order: 3\n- id: two\n"


class Thing(Struct, frozen=True):
    id: str
    order: int


def thing(row: Row) -> Thing:
    return Thing(row["id"], row.get("order", 0))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RISKGEN_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "things.yaml"
    path.write_text(LIST, "utf-8")
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that have really been read."""
    done: list[Path] = []

    read = lists.check_rows

    def counted(document: Document, *rest: Any) -> Any:
        done.append(Path(document.path))
        return read(document, *rest)

    monkeypatch.setattr(lists, "check_rows", counted)
    return done


def no_fault(document: Document, rows: Rows) -> Iterator[Problem]:
    return iter(())


def of_two(document: Document, rows: Rows) -> Iterator[Problem]:
    if len(rows) > 1:
        yield document.problem((1, "id"), "thing-second", "There is a second.", "Take it out.")


def read(file: Path, faults: lists.Faults = no_fault) -> Found[Thing]:
    return read_list(file, "things.yaml", SCHEMA, "things", faults, thing)


def sound(file: Path, *names: str, of: str = "things", faults: lists.Faults = no_fault) -> Found[Thing]:
    return sound_list(file, of, Thing, names, partial(read, file, faults))


def test_what_was_kept_is_what_would_be_read(file: Path, reads: list[Path]) -> None:
    assert sound(file) == sound(file) == ((Thing("one", 3), Thing("two", 0)), ())
    assert len(reads) == 1
    assert sound(file) == read(file)
    assert len(reads) == 2


def test_a_change_of_the_file_or_of_the_names_that_it_was_held_against_is_seen(file: Path, reads: list[Path]) -> None:
    sound(file, "a", "b")
    sound(file, "a", "b")
    sound(file, "ab")
    sound(file, "a", "b", of="others")
    file.write_text(LIST + " ", "utf-8")
    sound(file, "a", "b")
    assert len(reads) == 4


def test_another_version_reads_for_itself(file: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    sound(file)
    monkeypatch.setattr(lists, "__version__", "9")
    sound(file)
    assert len(reads) == 2


@pytest.mark.parametrize("package", ["riskgen.core", "riskgen.files", "riskgen.forms", "cerberus", "ruamel.yaml"])
def test_another_edition_of_whoever_reads_it_reads_for_itself(
    file: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    sound(file)
    stamp = cache._stamp
    monkeypatch.setattr(cache, "_stamp", lambda name: "another" if name == package else stamp(name))
    sound(file)
    assert len(reads) == 2


@pytest.mark.parametrize("text", ["- id: one\n  odd: 1\n", "id: one\n", "- id: one\n- id: [", "", None])
def test_a_list_with_a_fault_is_told_each_time_and_never_kept(file: Path, text: str | None) -> None:
    file.unlink()
    if text is not None:
        file.write_text(text, "utf-8")
    things, problems = sound(file)
    assert sound(file) == (things, problems) == read(file)
    assert things == ()
    assert problems
    assert found()[1] == ()


def test_what_else_is_wrong_counts_as_much(file: Path) -> None:
    (problem,) = sound(file, faults=of_two)[1]
    assert problem.line == 3
    assert found()[1] == ()


def test_a_file_saved_while_it_was_read_is_not_mistaken_for_the_one_before(file: Path) -> None:
    def meanwhile(document: Document, rows: Rows) -> Iterator[Problem]:
        file.write_text("- id: three\n", "utf-8")
        return iter(())

    assert sound(file, faults=meanwhile)[0][0] == Thing("one", 3)
    assert found()[1] == ()
    assert sound(file)[0] == (Thing("three", 0),)


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff", b"3", b"[3]", b"[{}]", b'{"id": "one"}', b'[{"id": "one", "order": "x"}]', b"[" * 200_000],
    ids=range(8),
)
def test_what_is_kept_and_is_no_list_is_read_anew(
    file: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    before = sound(file)
    monkeypatch.setattr(cache, "kept", lambda key: data)
    assert sound(file) == before
    assert len(reads) == 2
