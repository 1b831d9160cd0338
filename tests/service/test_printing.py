"""Printing hands over paths and nothing else, and says what was printed and what was not."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from riskgen.service.faults import EnvironmentFault
from riskgen.service.printing import print_files

PATHS = (Path("pack/RA-2026-0001_office_2026-12-02.pdf"), Path("pack/RA-2026-0001_visitors_2026-12-02.pdf"))
POWERSHELL = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"


class Machine:
    """Notes what it is asked to run, and answers as it was told to."""

    def __init__(
        self, default: str = "system default destination: hall", refuses: int = -1, error: Exception | None = None
    ) -> None:
        self.default, self.refuses, self.error = default, refuses, error
        self.calls: list[list[str]] = []
        self.given: list[dict[str, str]] = []

    def __call__(self, command: list[str], **given: Any) -> Any:
        assert given["timeout"] > 0
        assert given["check"] is False
        assert "shell" not in given
        self.given.append(given["env"])
        if command == ["lpstat", "-d"]:
            return SimpleNamespace(returncode=0, stdout=self.default)
        self.calls.append(command)
        refused = len(self.calls) - 1 == self.refuses
        if refused and self.error:
            raise self.error
        return SimpleNamespace(returncode=1 if refused else 0)


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setenv("SYSTEMROOT", r"C:\Windows")
    monkeypatch.setenv("RISKGEN_KEY", "the key of the register")
    monkeypatch.setenv("PGPASSWORD", "the password of the server")


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_lp_gets_each_file_in_order_and_nothing_else(platform: str) -> None:
    machine = Machine()
    print_files(PATHS, machine, platform)
    assert machine.calls == [["lp", "--", str(path)] for path in PATHS]
    assert machine.given[0]["LC_ALL"] == "C"  # what lpstat says is read, so it has to say it in English


def test_on_windows_the_path_is_never_part_of_the_command() -> None:
    machine = Machine()
    awkward = Path("pack'; Remove-Item C:/ #/RA-2026-0001_office_2026-12-02.docx")
    print_files((*PATHS, awkward), machine, "win32")
    print_it = "Start-Process -FilePath $env:RISKGEN_FILE -Verb Print -Wait"
    assert machine.calls == [[POWERSHELL, "-NoProfile", "-NonInteractive", "-Command", print_it]] * 3
    assert [env["RISKGEN_FILE"] for env in machine.given] == [str(path.absolute()) for path in (*PATHS, awkward)]


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_no_program_is_told_a_secret(platform: str) -> None:
    machine = Machine()
    print_files(PATHS, machine, platform)
    for env in machine.given:
        assert env["SYSTEMROOT"] == r"C:\Windows"
        assert not [value for value in env.values() if "the key" in value or "the password" in value]


@pytest.mark.parametrize("error", [None, FileNotFoundError("lp")])
@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_what_was_printed_and_what_was_not_is_named(platform: str, error: Exception | None) -> None:
    machine = Machine(refuses=1, error=error)
    with pytest.raises(EnvironmentFault) as caught:
        print_files((*PATHS, Path("pack/RA-2026-0001_family_2026-12-02.pdf")), machine, platform)
    assert str(caught.value) == (
        "Not all was printed. Sent to the printer: RA-2026-0001_office_2026-12-02.pdf. Not sent: "
        "RA-2026-0001_visitors_2026-12-02.pdf, RA-2026-0001_family_2026-12-02.pdf. Look at the printer, and print the "
        "rest by hand."
    )
    assert len(machine.calls) == 2


def test_of_a_file_that_takes_too_long_nobody_knows_whether_it_is_printed() -> None:
    machine = Machine(refuses=0, error=subprocess.TimeoutExpired("lp", 1))
    with pytest.raises(EnvironmentFault, match=r"Sent to the printer: none\. Not sent: RA-2026-0001_office") as caught:
        print_files(PATHS, machine, "linux")
    assert "RA-2026-0001_office_2026-12-02.pdf took longer than 120 seconds, and may be printed yet." in str(
        caught.value
    )


@pytest.mark.parametrize("said", ["no system default destination", ""])
def test_without_a_default_printer_nothing_is_sent(said: str) -> None:
    machine = Machine(default=said)
    with pytest.raises(EnvironmentFault, match=r"Nothing was printed: there is no default printer\. Choose one"):
        print_files(PATHS, machine, "linux")
    assert machine.calls == []


@pytest.mark.parametrize("error", [FileNotFoundError("lpstat"), subprocess.TimeoutExpired("lpstat", 1)])
def test_a_printing_system_that_does_not_answer_has_no_default_printer(error: Exception) -> None:
    def silent(command: list[str], **_: Any) -> Any:
        assert command == ["lpstat", "-d"]
        raise error

    with pytest.raises(EnvironmentFault, match="there is no default printer"):
        print_files(PATHS, silent, "darwin")


def test_without_lp_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(
        EnvironmentFault, match=r"the command lp is missing\. Install it \(.* apt install cups-client\)"
    ):
        print_files(PATHS, Machine(), "linux")
