"""What is kept comes back as it was, or not at all; whatever is wrong with the folder stops nobody."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from riskgen.files import cache
from riskgen.files.cache import clear, edition_of, found, keep, kept, key_of

KEY = key_of("tried", "a part")
posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes are those of POSIX")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RISKGEN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_what_is_kept_comes_back(folder: Path) -> None:
    assert kept(KEY) is None
    keep(KEY, b"\0 anything")
    assert kept(KEY) == b"\0 anything"
    assert [path.name for path in folder.iterdir()] == [f"{KEY}.kept"]


def test_a_key_tells_parts_apart_however_they_are_cut() -> None:
    keys = {key_of("tried", *parts) for parts in (("ab", "c"), ("a", "bc"), ("abc",), ("ab", "c", ""), (b"ab", "d"))}
    assert len(keys) == 5
    assert key_of("tried", "ab") == key_of("tried", b"ab") != key_of("other", "ab")


def test_the_edition_of_code_tells_a_file_that_was_changed_added_or_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / "some_code"
    package.mkdir()
    one, two = package / "__init__.py", package / "two.py"
    seen = set()

    def edition() -> str:
        cache._stamp.cache_clear()
        return edition_of("some_code", "another_code")

    one.write_text("raise RuntimeError")  # it is not imported
    assert edition() == edition()
    seen.add(edition())
    os.utime(one, ns=(0, 1))
    seen.add(edition())
    two.write_text("")
    seen.add(edition())
    two.rename(package / "three.py")
    seen.add(edition())
    (tmp_path / "another_code").mkdir()
    (tmp_path / "another_code" / "__init__.py").write_text("")
    seen.add(edition())
    (package / ".#two.py").symlink_to("somebody@somewhere")  # as an editor leaves it
    assert edition()
    assert len(seen) == 5


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 40])
def test_what_is_damaged_is_not_there(folder: Path, damage: bytes) -> None:
    keep(KEY, b"sound")
    (folder / f"{KEY}.kept").write_bytes(damage)
    assert kept(KEY) is None
    keep(KEY, b"sound")
    assert kept(KEY) == b"sound"


def test_one_changed_byte_is_damage(folder: Path) -> None:
    keep(KEY, b"sound")
    path = folder / f"{KEY}.kept"
    path.write_bytes(path.read_bytes().replace(b"sound", b"sounD"))
    assert kept(KEY) is None


def test_a_folder_that_cannot_be_made_keeps_nothing(folder: Path) -> None:
    folder.write_text("a file of that name")
    keep(KEY, b"data")
    assert kept(KEY) is None
    assert clear() == (folder, 0)
    assert folder.read_text() == "a file of that name"


def test_a_full_disk_leaves_nothing_half_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        keep(KEY, b"data")
    assert kept(KEY) is None
    assert list(folder.iterdir()) == []


@posix
@pytest.mark.parametrize("mode", [0o770, 0o707])
def test_a_folder_in_which_others_may_write_is_not_used(folder: Path, mode: int) -> None:
    keep(KEY, b"data")
    folder.chmod(mode)
    assert kept(KEY) is None
    keep(key_of("tried", "another"), b"data")
    assert len(list(folder.iterdir())) == 1


@posix
def test_somebody_elses_folder_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(KEY, b"data")
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    assert kept(KEY) is None


@posix
def test_a_new_folder_is_closed_to_others(folder: Path) -> None:
    keep(KEY, b"data")
    assert folder.stat().st_mode & 0o777 == 0o700


def test_off_keeps_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RISKGEN_CACHE", "off")
    monkeypatch.chdir(tmp_path)
    keep(KEY, b"data")
    assert kept(KEY) is None
    assert (clear(), found()) == ((None, 0), (None, ()))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the user's cache lies in another place")
def test_without_a_variable_it_is_among_the_users_own_caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RISKGEN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache._usual.cache_clear()
    try:
        assert found()[0] == tmp_path / "riskgen"
    finally:
        cache._usual.cache_clear()


def test_what_was_used_longest_ago_makes_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_KEPT", 2)
    keys = [key_of("tried", name) for name in "abc"]
    for number, key in enumerate(keys[:2]):
        keep(key, b"data")
        os.utime(folder / f"{key}.kept", ns=(number, number))
    assert kept(keys[0]) == b"data"  # used again just now
    keep(keys[2], b"data")
    assert [kept(key) for key in keys] == [b"data", None, b"data"]


def test_clearing_removes_what_is_riskgens_own_and_nothing_else(folder: Path) -> None:
    keep(KEY, b"data")
    (folder / ".riskgen-0123456789abcdef.tmp").write_text("half")
    (folder / "mine.kept").write_text("mine")
    assert clear() == (folder, 2)
    assert [path.name for path in folder.iterdir()] == ["mine.kept"]


def test_two_processes_at_once_leave_one_whole_file(folder: Path) -> None:
    code = "import sys; from riskgen.files.cache import keep\n"
    code += "for _ in range(50): keep(sys.argv[1], sys.argv[2].encode())"
    running = [subprocess.Popen([sys.executable, "-c", code, KEY, text * 5000]) for text in "ab"]
    seen = set()
    while any(process.poll() is None for process in running):
        seen.add(kept(KEY))
    assert [process.wait() for process in running] == [0, 0]
    assert seen - {None} <= {b"a" * 5000, b"b" * 5000}
    assert kept(KEY) is not None
    assert len(list(folder.iterdir())) == 1
