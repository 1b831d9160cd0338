"""A library that was kept is the one that would be read, and never one that has changed since."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.struct import Struct, asdict
from riskgen.files import cache as cache_room
from riskgen.files.cache import found
from riskgen.library import kept
from riskgen.library.check import check_library
from riskgen.library.kept import sound_library
from riskgen.library.load import Library, load_library

DATA = Path(__file__).parents[2] / "data"
GOOD = Path(__file__).parents[1] / "broken" / "good" / "data"
POLICY = "policies/moor-lane/2026-09-01.yaml"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RISKGEN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A copy of a small good library."""
    return Path(shutil.copytree(GOOD, tmp_path / "data"))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that have really been read."""
    done: list[Path] = []

    def read(folder: Path) -> Any:
        done.append(folder)
        return load_library(folder)

    monkeypatch.setattr(kept, "load_library", read)
    return done


def parts(value: Any, where: str = "") -> list[tuple[str, type, Any]]:
    """All that a value is made of, with its kinds: to Python True is 1, and a text of YAML is any other text."""
    if isinstance(value, Struct):
        inner = [(f".{name}", inside) for name, inside in asdict(value).items()]
    elif isinstance(value, Mapping):
        inner = [(f"[{key!r}]", held) for key, held in value.items()]
    elif isinstance(value, tuple):
        inner = [(f"[{number}]", held) for number, held in enumerate(value)]
    elif isinstance(value, frozenset):
        inner = [("", held) for held in sorted(value)]
    else:
        return [(where, type(value), value)]
    return [(where, type(value), len(inner)), *(part for step, held in inner for part in parts(held, where + step))]


@pytest.mark.parametrize("folder", [DATA, GOOD], ids=["shipped", "small"])
def test_what_was_kept_is_what_would_be_read_in_every_field(folder: Path, reads: list[Path]) -> None:
    read, problems = load_library(folder)
    assert problems == ()
    assert sound_library(folder) == (read, ())
    again, problems = sound_library(folder)
    assert len(reads) == 1
    assert problems == ()
    assert parts(again) == parts(read)
    clauses = [clause for editions in again.policies.values() for policy in editions for clause in policy.clauses]
    assert all(clause.path and clause.line for clause in clauses)


def test_a_copy_elsewhere_is_the_same_library_in_its_own_folder(tmp_path: Path, reads: list[Path]) -> None:
    homes = [Path(shutil.copytree(GOOD, tmp_path / name / "data")) for name in ("one", "two")]
    assert [sound_library(folder)[0].folder for folder in homes] == homes
    assert reads == homes[:1]


def test_a_folder_of_another_name_is_read_for_itself_since_messages_name_it(tmp_path: Path, reads: list[Path]) -> None:
    sound_library(GOOD)
    other = Path(shutil.copytree(GOOD, tmp_path / "other"))
    policy = sound_library(other)[0].policies["moor-lane"][0]
    assert policy.path == f"other/{POLICY}"
    assert len(reads) == 2


def _change(folder: Path) -> None:
    text = (folder / POLICY).read_text("utf-8")
    (folder / POLICY).write_text(text.replace("every visit.", "every visits."), "utf-8")


def _stray(folder: Path) -> None:
    (folder / "hazards" / "new.yml").write_text("", "utf-8")


def _stray_folder(folder: Path) -> None:
    (folder / "hazards" / "new.yaml").mkdir()


def _gone(folder: Path) -> None:
    next((folder / "hazards").glob("*.yaml")).unlink()


def _moved(folder: Path) -> None:
    (folder / POLICY).rename((folder / POLICY).with_name("2026-09-02.yaml"))


@pytest.mark.parametrize("change", [_change, _stray, _stray_folder, _gone, _moved])
def test_what_changes_in_the_folder_is_seen_at_once(
    small: Path, reads: list[Path], change: Callable[[Path], None]
) -> None:
    before = sound_library(small)
    change(small)
    assert sound_library(small) != before
    assert len(reads) == 2


def test_the_same_size_and_time_hide_no_change(small: Path, reads: list[Path]) -> None:
    sound_library(small)
    status = (small / POLICY).stat()
    text = (small / POLICY).read_bytes()
    (small / POLICY).write_bytes(text.replace(b"every visit.", b"every Visit."))
    os.utime(small / POLICY, ns=(status.st_atime_ns, status.st_mtime_ns))
    sound_library(small)
    assert len(reads) == 2


@pytest.mark.parametrize("other", ["riskgen.__version__", "riskgen.library.kept.edition_of"])
def test_another_edition_of_riskgen_reads_for_itself(
    small: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    sound_library(small)
    monkeypatch.setattr(other, "9" if other.endswith("_") else lambda *packages: "9")
    sound_library(small)
    assert len(reads) == 2


@pytest.mark.parametrize("name", ["riskgen.core", "riskgen.files", "riskgen.library", "cerberus", "ruamel.yaml"])
def test_another_edition_of_whoever_reads_with_us_counts_too(
    small: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    sound_library(small)
    stamp = cache_room._stamp
    monkeypatch.setattr(cache_room, "_stamp", lambda package: "another" if package == name else stamp(package))
    sound_library(small)
    assert len(reads) == 2


def test_a_library_with_a_fault_is_not_kept(small: Path, cache: Path) -> None:
    (small / POLICY).write_text("no policy", "utf-8")
    assert sound_library(small)[1] == load_library(small)[1] != ()
    assert found()[1] == ()


def test_a_library_that_breaks_a_law_is_not_kept(small: Path, reads: list[Path]) -> None:
    for path in (small / "hazards").iterdir():
        path.unlink()
    for _ in range(2):
        assert [problem.code for problem in sound_library(small)[1]] == ["hazards-none"]
    assert found()[1] == ()
    assert len(reads) == 2


def test_a_file_saved_while_it_was_read_is_not_mistaken_for_the_one_before(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(folder: Path) -> Any:
        result = load_library(folder)
        _change(folder)
        return result

    monkeypatch.setattr(kept, "load_library", slow)
    sound_library(small)
    assert found()[1] == ()


def test_what_is_behind_a_link_is_read_each_time(small: Path, tmp_path: Path, reads: list[Path]) -> None:
    (small / "policies" / "moor-lane").rename(tmp_path / "elsewhere")
    try:
        (small / "policies" / "moor-lane").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    except OSError:
        pytest.skip("links take a right here")
    assert sound_library(small)[1] == sound_library(small)[1] == ()
    assert len(reads) == 2


def test_a_folder_that_is_itself_a_link_is_kept(tmp_path: Path, reads: list[Path]) -> None:
    try:
        (tmp_path / "data").symlink_to(GOOD, target_is_directory=True)
    except OSError:
        pytest.skip("links take a right here")
    assert sound_library(tmp_path / "data") == sound_library(tmp_path / "data")
    assert len(reads) == 1


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"questions": 1}', b"\xff", None])
def test_what_is_kept_and_is_no_library_is_read_anew(
    small: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch, data: bytes | None
) -> None:
    library = sound_library(small)
    monkeypatch.setattr(cache_room, "kept", lambda key: data)
    assert sound_library(small) == library
    assert len(reads) == 2


def test_checking_takes_nothing_that_was_kept(small: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    sound_library(small)
    library = sound_library(small)[0]
    wrong = Library(small, {}, {}, (), (), {}, {})
    monkeypatch.setattr(kept, "_unpacked", lambda folder, data: wrong)
    assert sound_library(small)[0] is wrong
    assert check_library(small)[0] == library
