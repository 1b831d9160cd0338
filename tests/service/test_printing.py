"""Printing hands over paths and nothing else, and says what was not printed."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from riskgen.service.faults import EnvironmentFault
from riskgen.service.printing import print_files

PATHS = (Path("pack/RA-2026-0001_office_2026-12-02.pdf"), Path("pack/RA-2026-0001_visitors_2026-12-02.pdf"))


class Machine:
    """Notes what it is asked to run, and answers as it was told to."""

    def __init__(self, default: str = "system default destination: hall", refuses: int = -1) -> None:
        self.default, self.refuses = default, refuses
        self.calls: list[tuple[list[str], Any]] = []

    def __call__(self, command: list[str], **given: Any) -> Any:
        if command[0] == "lpstat":
            return SimpleNamespace(returncode=0, stdout=self.default)
        self.calls.append((command, given.get("env") or {}))
        return SimpleNamespace(returncode=1 if len(self.calls) - 1 == self.refuses else 0)


@pytest.fixture(autouse=True)
def _has_lp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_lp_gets_each_file_in_order(platform: str) -> None:
    machine = Machine()
    print_files(PATHS, machine, platform)
    assert [command for command, _ in machine.calls] == [["lp", "--", str(path)] for path in PATHS]


def test_on_windows_the_path_is_never_part_of_the_command() -> None:
    machine = Machine()
    print_files(PATHS, machine, "win32")
    assert [env["RISKGEN_FILE"] for _, env in machine.calls] == [str(path) for path in PATHS]
    for command, _ in machine.calls:
        assert command[:2] == ["powershell", "-NoProfile"]
        assert "Start-Process -FilePath $env:RISKGEN_FILE -Verb Print" in command[-1]
        assert not any("RA-2026" in word for word in command)


def test_what_was_not_printed_is_named() -> None:
    with pytest.raises(EnvironmentFault, match="These were not printed") as caught:
        print_files(PATHS, Machine(refuses=1), "linux")
    assert PATHS[1].name in str(caught.value)
    assert PATHS[0].name not in str(caught.value)


def test_a_printer_that_takes_too_long_is_one_that_did_not_print() -> None:
    def slow(command: list[str], **given: Any) -> Any:
        if command[0] == "lpstat":
            return SimpleNamespace(returncode=0, stdout="system default destination: hall")
        raise subprocess.TimeoutExpired(command, 1)

    with pytest.raises(EnvironmentFault, match="These were not printed"):
        print_files(PATHS, slow, "linux")


def test_without_a_default_printer_nothing_is_sent() -> None:
    machine = Machine(default="no system default destination")
    with pytest.raises(EnvironmentFault, match="there is no default printer"):
        print_files(PATHS, machine, "linux")
    assert machine.calls == []


def test_without_lp_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(EnvironmentFault, match=r"the command lp is missing\. Install cups-client"):
        print_files(PATHS, Machine(), "linux")
