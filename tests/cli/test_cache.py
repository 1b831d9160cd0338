"""`riskgen cache`: where it is, what is in it, and clearing it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from riskgen.files.cache import keep, kept, key_of

KEY = key_of("tried", "")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RISKGEN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_it_says_where_it_is_and_how_much_it_has(riskgen: Callable[..., Any], folder: Path) -> None:
    assert riskgen("cache").out.split("\n") == [str(folder), "0 files, 0 kB.", ""]
    keep(KEY, b"x" * 1500)
    assert riskgen("cache").out.split("\n") == [str(folder), "1 file, 2 kB.", ""]
    keep(KEY, b"x" * 2_000_000)
    assert "1 file, 2.0 MB." in riskgen("cache").out


def test_clearing_says_what_went(riskgen: Callable[..., Any], folder: Path) -> None:
    keep(KEY, b"data")
    found = riskgen("cache", "clear")
    assert (found.code, found.said) == (0, f"Removed 1 file from {folder}.")
    assert kept(KEY) is None
    assert riskgen("cache", "clear").said == f"Removed 0 files from {folder}."


@pytest.mark.parametrize("line", [("cache",), ("cache", "clear")])
def test_where_none_is_used_it_says_so(
    riskgen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, line: tuple[str, ...]
) -> None:
    monkeypatch.setenv("RISKGEN_CACHE", "off")
    found = riskgen(*line)
    assert (found.code, found.said) == (0, "No cache is used, since RISKGEN_CACHE is 'off'.")


def test_what_cannot_be_removed_is_named(
    riskgen: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(KEY, b"data")

    def refused(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, os.strerror(13), str(path))

    monkeypatch.setattr(Path, "unlink", refused)
    found = riskgen("cache", "clear")
    assert found.code == 5
    assert f"{KEY}.kept" in found.said.replace(" ", "")


def test_a_cache_that_is_damaged_changes_nothing_of_a_command(
    riskgen: Callable[..., Any], home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from riskgen.library.kept import sound_library

    monkeypatch.setattr("riskgen.service.homes.sound_library", sound_library)
    first = riskgen("policy", "list")
    (held,) = folder.iterdir()
    held.write_bytes(b"nothing of sense")
    assert riskgen("policy", "list") == first
    folder.chmod(0o500)
    held.write_bytes(b"nothing of sense")
    try:
        assert riskgen("policy", "list") == first
    finally:
        folder.chmod(0o700)
