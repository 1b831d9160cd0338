"""Sending files to the default printer. Nothing but paths, which hold a reference and no name, is handed to it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from riskgen.files.private import without_secrets
from riskgen.service.faults import EnvironmentFault

_LIMIT = 120
"""Seconds for each file to be taken by the printer's queue; on Windows, for Word to open it and print it."""
_FILE = "RISKGEN_FILE"
_POWERSHELL = ("System32", "WindowsPowerShell", "v1.0", "powershell.exe")
"""Within the system's own folder: by its name alone, Windows would look in the folder at hand first."""
_PRINT = f"Start-Process -FilePath $env:{_FILE} -Verb Print -Wait"
"""The path comes by the environment: what stands after -Command, PowerShell would read as part of the command."""
_BY_HAND = "or print the files by hand."
Run = Callable[..., Any]


def print_files(paths: Sequence[Path], run: Run = subprocess.run, platform: str = sys.platform) -> None:
    """Send files to the default printer, in order: PDFs with lp, on Windows each file with the program it opens in.

    Raises `EnvironmentFault`, which names the files that were sent and those that were not.
    """
    if platform != "win32":
        _has_printer(run)
    for number, path in enumerate(paths):
        command, given = _on_windows(path) if platform == "win32" else (["lp", "--", str(path)], {})
        unsure = ""
        try:
            done = run(command, capture_output=True, timeout=_LIMIT, check=False, env=without_secrets() | given)
            sent = done.returncode == 0
        except subprocess.TimeoutExpired:
            sent, unsure = False, f" {path.name} took longer than {_LIMIT} seconds, and may be printed yet."
        except OSError:
            sent = False
        if not sent:
            raise EnvironmentFault(
                f"Not all was printed. Sent to the printer: {_named(paths[:number])}. Not sent: "
                f"{_named(paths[number:])}.{unsure} Look at the printer, and print the rest by hand."
            )


def _on_windows(path: Path) -> tuple[list[str], dict[str, str]]:
    powershell = "\\".join((os.environ.get("SYSTEMROOT", r"C:\Windows"), *_POWERSHELL))
    return [powershell, "-NoProfile", "-NonInteractive", "-Command", _PRINT], {_FILE: str(path.absolute())}


def _has_printer(run: Run) -> None:
    if shutil.which("lp") is None:
        raise EnvironmentFault(
            "Nothing was printed: the command lp is missing. Install it (on Debian and Ubuntu: apt install "
            f"cups-client), {_BY_HAND}"
        )
    try:
        in_english = without_secrets() | {"LC_ALL": "C"}
        said = run(["lpstat", "-d"], capture_output=True, text=True, timeout=_LIMIT, check=False, env=in_english)
        found = said.returncode == 0 and ":" in said.stdout  # "system default destination: NAME", or that there is none
    except (OSError, subprocess.TimeoutExpired):
        found = False
    if not found:
        raise EnvironmentFault(
            "Nothing was printed: there is no default printer. Choose one in the settings of the system or with "
            f"lpoptions -d NAME, {_BY_HAND}"
        )


def _named(paths: Iterable[Path]) -> str:
    return ", ".join(path.name for path in paths) or "none"
