"""Sending files to the default printer. Nothing but paths, which hold a reference and no name, is handed to it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from riskgen.service.faults import EnvironmentFault

_LIMIT = 60
"""Seconds for each file to be taken by the printer's queue."""
_FILE = "RISKGEN_FILE"
_WINDOWS = [
    "powershell",
    "-NoProfile",
    "-NonInteractive",
    "-Command",
    f"Start-Process -FilePath $env:{_FILE} -Verb Print -Wait",
]
"""The path comes by the environment: what stands after -Command, PowerShell would read as part of the command."""
Run = Callable[..., Any]


def print_files(paths: Sequence[Path], run: Run = subprocess.run, platform: str = sys.platform) -> None:
    """Send files to the default printer, in order: PDFs with lp, on Windows each file with the program it opens in.

    Raises `EnvironmentFault`, which names the files that were not sent.
    """
    if platform != "win32":
        _has_printer(run)
    for number, path in enumerate(paths):
        try:
            command, given = (_WINDOWS, {_FILE: str(path)}) if platform == "win32" else (["lp", "--", str(path)], {})
            done = run(command, capture_output=True, timeout=_LIMIT, check=False, env={**os.environ, **given})
            sent = done.returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            sent = False
        if not sent:
            left = ", ".join(each.name for each in paths[number:])
            raise EnvironmentFault(f"These were not printed: {left}. Look at the printer, and print them by hand.")


def _has_printer(run: Run) -> None:
    if shutil.which("lp") is None:
        raise EnvironmentFault(
            "Nothing was printed: the command lp is missing. Install cups-client, or print the files by hand."
        )
    try:
        said = run(["lpstat", "-d"], capture_output=True, text=True, timeout=_LIMIT, check=False)
        found = said.returncode == 0 and ":" in said.stdout
    except (OSError, subprocess.TimeoutExpired):
        found = False
    if not found:
        raise EnvironmentFault(
            "Nothing was printed: there is no default printer. Choose one with lpoptions -d NAME, or print the files "
            "by hand."
        )
