"""What other programs are given: a folder that is gone afterwards, and surroundings without secrets."""

import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from riskgen.files.private import StillThere, private_folder, secrets_aside, without_secrets


@pytest.mark.parametrize("ending", [ValueError, KeyboardInterrupt, SystemExit])
def test_it_is_the_owners_alone_and_goes_however_the_work_ends(temporary: Path, ending: type[BaseException]) -> None:
    def work() -> None:
        with private_folder() as folder:
            assert folder.parent == temporary
            assert sys.platform == "win32" or folder.stat().st_mode & 0o777 == 0o700
            (folder / "in").mkdir()
            (folder / "in" / "a.docx").write_bytes(b"an address")
            raise ending

    with pytest.raises(ending):
        work()
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)])
def test_it_goes_where_the_program_is_told_to_end_and_other_handlers_come_back(
    temporary: Path, number: signal.Signals
) -> None:
    def work() -> None:
        with private_folder():
            os.kill(os.getpid(), number)
            time.sleep(1)

    with pytest.raises(SystemExit) as caught:
        work()
    assert caught.value.code == 128 + number
    assert list(temporary.iterdir()) == []
    assert signal.getsignal(number) is signal.SIG_DFL


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_signal_that_is_ignored_goes_on_being_ignored(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with private_folder():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_thread_that_is_not_the_first_may_have_one_too(temporary: Path) -> None:
    seen = []

    def work() -> None:
        with private_folder() as folder:
            seen.append(folder)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(seen) == 1
    assert list(temporary.iterdir()) == []


def test_what_a_run_left_that_was_killed_goes_with_the_next_one(temporary: Path, tmp_path: Path) -> None:
    old, new, other = (temporary / name for name in ("riskgen-private-old", "riskgen-private-new", "somebody-elses"))
    kept = tmp_path / "kept"
    for folder in (old, new, other, kept):
        folder.mkdir()
        (folder / "a.docx").write_bytes(b"an address")
    (old / "link").symlink_to(kept)
    long_ago = time.time() - 7 * 3600
    for folder in (old, other):
        os.utime(folder, (long_ago, long_ago))
    with private_folder():
        pass
    assert {path.name for path in temporary.iterdir()} == {new.name, other.name}
    assert (kept / "a.docx").is_file()


def test_a_folder_that_will_not_go_is_named(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskgen.files.private._PAUSES", (0.0,))
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    with (
        pytest.raises(StillThere, match="Remove it by hand: it may hold addresses") as caught,
        private_folder() as made,
    ):
        pass
    assert str(made) in str(caught.value)


def test_other_programs_are_told_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKGEN_KEY", "secret")
    monkeypatch.setenv("PGPASSWORD", "secret")
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert "secret" not in without_secrets().values()
    assert without_secrets()["LANG"] == "en_GB.UTF-8"


def test_secrets_are_aside_for_as_long_as_a_process_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKGEN_KEY", "a key")
    monkeypatch.setenv("PGPASSWORD", "a password")
    monkeypatch.setenv("RISKGEN_CACHE", "a folder")
    before = dict(os.environ)

    def start() -> None:
        with secrets_aside():
            assert not {"RISKGEN_KEY", "PGPASSWORD"} & set(os.environ)
            assert os.environ["PATH"] == before["PATH"]
            assert os.environ["RISKGEN_CACHE"] == "a folder"  # no secret: and they would fill another
            raise ValueError("whatever")

    with pytest.raises(ValueError, match="whatever"):
        start()
    assert dict(os.environ) == before
