"""Files are complete or absent, all or none; nothing is lost, whatever dies in between."""

import errno
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from riskgen.files import publish as publish_module
from riskgen.files.publish import CannotWrite, FileInUse, WouldOverwrite, check_folder, publish

needs_posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX links, permissions or fork")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_new_files_are_written_for_their_owner_only(tmp_path: Path) -> None:
    files = {tmp_path / "pack" / "a.docx": b"one", tmp_path / "pack" / "b.docx": b"two"}
    assert publish(files) == ()
    assert contents(tmp_path / "pack") == {"a.docx": b"one", "b.docx": b"two"}
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "pack" / "a.docx").stat().st_mode) == 0o600


def test_nothing_is_overwritten_and_all_that_stands_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "b").write_bytes(b"old")
    with pytest.raises(WouldOverwrite) as caught:
        publish({tmp_path / name: b"new" for name in "abc"})
    assert caught.value.paths == (tmp_path / "a", tmp_path / "b")
    assert "--force" in str(caught.value)
    assert contents(tmp_path) == {"a": b"old", "b": b"old"}


def test_force_keeps_what_was_there_and_every_older_copy(tmp_path: Path) -> None:
    target = tmp_path / "a.docx"
    target.write_bytes(b"first")
    assert publish({target: b"second"}, force=True) == (tmp_path / "a.docx.bak",)
    assert publish({target: b"third"}, force=True) == (tmp_path / "a.docx.bak2",)
    assert contents(tmp_path) == {"a.docx": b"third", "a.docx.bak": b"first", "a.docx.bak2": b"second"}


def test_a_folder_of_the_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(CannotWrite, match="folder"):
        publish({tmp_path / "a": b"new"}, force=True)


@needs_posix
@pytest.mark.parametrize("force", [False, True])
def test_nothing_is_written_through_a_link(tmp_path: Path, force: bool) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    link = tmp_path / "a.docx"
    link.symlink_to(victim)
    if force:
        publish({link: b"new"}, force=True)
        assert not link.is_symlink()
        assert link.read_bytes() == b"new"
        assert (tmp_path / "a.docx.bak").is_symlink()
    else:
        with pytest.raises(WouldOverwrite):
            publish({link: b"new"})
    assert victim.read_bytes() == b"precious"


@needs_posix
def test_a_dangling_link_counts_as_there(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "nowhere")
    with pytest.raises(WouldOverwrite):
        publish({tmp_path / "a": b"new"})
    assert not (tmp_path / "nowhere").exists()


def test_a_name_taken_meanwhile_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.link

    def taken(source: Any, target: Any, **options: Any) -> None:
        Path(target).write_bytes(b"somebody else's")
        real(source, target, **options)

    monkeypatch.setattr(os, "link", taken)
    with pytest.raises(WouldOverwrite):
        publish({tmp_path / "a": b"new"})
    assert contents(tmp_path) == {"a": b"somebody else's"}


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP])
@pytest.mark.parametrize("force", [False, True])
def test_a_file_system_without_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, force: bool
) -> None:
    monkeypatch.setattr(os, "link", failing(code))
    target = tmp_path / "a"
    if force:
        target.write_bytes(b"old")
    publish({target: b"new"}, force=force)
    assert contents(tmp_path) == ({"a": b"new", "a.bak": b"old"} if force else {"a": b"new"})


def failing(code: int, after: int = 0, act: Callable[..., Any] | None = None, once: bool = False) -> Callable[..., Any]:
    """Something that works `after` times, and then fails, for good or once."""
    count = 0

    def call(*args: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        if act and (count <= after or (once and count > after + 1)):
            return act(*args, **options)
        raise OSError(code, os.strerror(code))

    return call


@pytest.mark.parametrize("name", ["open", "fsync", "link", "replace"])
@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_fault_at_any_step_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, after: int, code: int
) -> None:
    old = {"a": b"old a", "b": b"old b"}
    for file, content in old.items():
        (tmp_path / file).write_bytes(content)
    monkeypatch.setattr(os, name, failing(code, after, getattr(os, name), once=True))
    with pytest.raises(CannotWrite) as caught:
        publish({tmp_path / "a": b"new", tmp_path / "b": b"new"}, force=True)
    assert caught.value.paths
    assert contents(tmp_path) == old


def test_what_cannot_be_undone_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in "ab":
        (tmp_path / file).write_bytes(b"old")
    monkeypatch.setattr(os, "replace", failing(errno.EIO, 1, os.replace))
    with pytest.raises(CannotWrite, match=r"a is in place already, and what it replaced is .*a\.bak"):
        publish({tmp_path / "a": b"new", tmp_path / "b": b"new"}, force=True)
    assert contents(tmp_path) == {"a": b"new", "a.bak": b"old", "b": b"old"}


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC))
    with pytest.raises(CannotWrite, match="disk is full"):
        publish({tmp_path / "new" / "a": b"x"})
    assert list(tmp_path.iterdir()) == []


def test_a_file_open_in_word_is_tried_again_and_then_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    monkeypatch.setattr(os, "replace", failing(errno.EACCES))
    with pytest.raises(FileInUse, match="Close it in Word"):
        publish({target: b"new"}, force=True)
    assert 2 <= sum(waited) <= 3
    assert contents(tmp_path) == {"a": b"old"}


def test_a_file_closed_in_time_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"old")
    real, tries = os.replace, iter([True, True, False])

    def busy(source: Any, target: Any) -> None:
        if next(tries, False):
            raise PermissionError(errno.EACCES, "in use")
        real(source, target)

    monkeypatch.setattr(os, "replace", busy)
    publish({tmp_path / "a": b"new"}, force=True)
    assert (tmp_path / "a").read_bytes() == b"new"


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "link", interrupted)
    with pytest.raises(KeyboardInterrupt):
        publish({tmp_path / "a": b"x"})
    assert list(tmp_path.iterdir()) == []


@needs_posix
@pytest.mark.parametrize("name", ["open", "fsync", "link", "replace", "unlink"])
@pytest.mark.parametrize("call", [1, 2, 3, 4])
@pytest.mark.parametrize("force", [False, True])
def test_death_at_any_step_leaves_each_file_complete_or_absent(
    tmp_path: Path, name: str, call: int, force: bool
) -> None:
    if force:
        (tmp_path / "a").write_bytes(b"old")
        (tmp_path / "b").write_bytes(b"old")
    child = os.fork()
    if child == 0:
        real, count = getattr(os, name), 0

        def dying(*args: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == call:
                os._exit(9)
            return real(*args, **options)

        setattr(os, name, dying)
        publish({tmp_path / "a": b"new", tmp_path / "b": b"new"}, force=force)
        os._exit(0)
    os.waitpid(child, 0)
    for file in "ab":
        path = tmp_path / file
        if force:
            assert path.read_bytes() in (b"old", b"new")
            if path.read_bytes() == b"new":
                assert (tmp_path / f"{file}.bak").read_bytes() == b"old"
        else:
            assert not path.exists() or path.read_bytes() == b"new"


def test_what_a_dead_run_left_is_swept_away_later(tmp_path: Path) -> None:
    stale, fresh = tmp_path / ".riskgen-0123.tmp", tmp_path / ".riskgen-4567.tmp"
    for path in (stale, fresh):
        path.write_bytes(b"address")
    os.utime(stale, (time.time() - 7200,) * 2)
    publish({tmp_path / "a": b"x"})
    assert not stale.exists()
    assert fresh.exists()


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "pack").write_bytes(b"")
    with pytest.raises(CannotWrite, match="pack"):
        publish({tmp_path / "pack" / "a": b"x"})


def test_a_long_name_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="cannot be written"):
        publish({tmp_path / ("x" * 300): b"x"})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_tried_before_anybody_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_folder(tmp_path / "not" / "yet")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(os, "open", failing(errno.EACCES))
    with pytest.raises(CannotWrite, match="may not write"):
        check_folder(tmp_path)


def test_a_trial_file_that_somebody_else_has_swept_up_is_no_fault(tmp_path, monkeypatch) -> None:
    write = publish_module._write

    def swept(path: Path, content: bytes) -> None:
        write(path, content)
        path.unlink()

    monkeypatch.setattr(publish_module, "_write", swept)
    check_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []
