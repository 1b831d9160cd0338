"""What the program as a whole never does: talk to a network, start programs, run text as code, write elsewhere."""

import ast
import base64
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "riskgen").rglob("*.py"))

_WATCHED = """
import json, os, socket, sys

folder, heard = os.path.realpath(sys.argv[1]), []
inside = (folder + os.sep, os.devnull)

def listen(event, given):
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.spawn", "os.posix_spawn", "os.fork", "urllib.")):
        heard.append(event)
        raise PermissionError(event)
    if event in ("os.system", "os.startfile", "webbrowser.open", "pickle.find_class", "code.__new__"):
        heard.append(event)
    if event == "ctypes.dlopen" and given[0]:  # without a name it is Python itself
        heard.append(f"{event} {given[0]}")
    if event == "open" and isinstance(given[0], (str, bytes)) and isinstance(given[2], int):
        if given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            path = os.path.realpath(os.fsdecode(given[0]))
            if not path.startswith(inside):
                heard.append("wrote " + path)

def deaf(*given, **named):
    heard.append("socket")
    raise PermissionError("no network here")

socket.socket = socket.create_connection = socket.getaddrinfo = deaf
sys.addaudithook(listen)

from riskgen.cli.main import run

os.chdir(folder)
codes = [run(line) for line in json.loads(sys.argv[2])]
print(json.dumps({"codes": codes, "heard": heard}), file=sys.stderr)
"""


def test_every_command_works_without_a_network_and_writes_only_where_it_is_told(tmp_path: Path) -> None:
    visit = ["families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2090-12-06 10:30"]
    at_home = ["--home", "school"]
    visit = [f"school/{word}" if word.endswith(".yaml") else word for word in visit]
    lines = [
        ["init", "school", "--policy", "bchs"],
        ["demo", "--output", "demo"],
        ["assess", *visit, *at_home, "--no-input", "--save-answers", "kept.yaml"],
        ["compare", *visit, *at_home],
        ["now", *visit, *at_home, "--set", "door.parent_present=no"],
        ["check", *at_home],
        ["policy", "show", "bchs"],
        ["fields"],
        ["board", *at_home],
        ["list", *at_home],
        ["show", f"RA-{datetime.now(UTC).year}-0001", *at_home],
        ["history", "--verify", *at_home],
        ["cancel", f"RA-{datetime.now(UTC).year}-0001", "--reason", "The plan changed.", *at_home],
        ["backup", "kept.db", *at_home],
        ["doctor", *at_home],
    ]
    report = watched(tmp_path, lines)
    assert report == {"codes": [0] * len(lines), "heard": []}
    assert {path.name for path in tmp_path.iterdir()} == {"school", "demo", "kept.yaml", "kept.db", "cache"}


def watched(folder: Path, lines: list[list[str]], **environment: str | None) -> Any:
    """Run commands in a folder: how each ended, and what was heard of that ought not to be."""
    cache = str(folder / "cache")  # of its own: one that others have filled would not be written to
    own = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "RISKGEN_HOME": None, "RISKGEN_CACHE": cache}
    env = {**os.environ, **own, **environment}
    found = subprocess.run(
        [sys.executable, "-c", _WATCHED, str(folder), json.dumps(lines)],
        env={name: value for name, value in env.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return json.loads(found.stderr.splitlines()[-1])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the user's data lie in another place")
def test_the_key_goes_among_the_users_own_data_and_nowhere_else(tmp_path: Path) -> None:
    visit = ["school/families/F-0123.yaml", "school/visits-planned/visit-F-0123.yaml", "--start", "2090-12-06 10:30"]
    lines = [["init", "school", "--policy", "bchs"], ["assess", *visit, "--home", "school", "--no-input"]]
    report = watched(tmp_path, lines, RISKGEN_KEY=None, XDG_DATA_HOME=str(tmp_path / "user"))
    assert report == {"codes": [0, 0], "heard": []}
    files = [path for path in (tmp_path / "user").rglob("*") if path.is_file()]
    assert [path.relative_to(tmp_path / "user").parts[:-1] for path in files] == [("riskgen", "keys")]
    assert files[0].stat().st_mode & 0o777 == 0o600
    key = files[0].read_bytes().strip()
    spellings = (key, base64.b64decode(key), base64.b64decode(key).hex().encode())
    for path in (tmp_path / "school").rglob("*"):
        assert not path.is_file() or not any(spelling in path.read_bytes() for spelling in spellings), path


_ABROAD = {
    *("socket", "ssl", "http", "ftplib", "smtplib", "imaplib", "telnetlib", "xmlrpc", "socketserver", "webbrowser"),
    *("urllib.request", "urllib3", "requests", "httpx", "aiohttp", "asyncio"),
}
_PROGRAMS = {"subprocess", "multiprocessing", "pty", "ctypes"}
_MAY_RUN_ANOTHER = {("riskgen", "forms", "pdf.py"), ("riskgen", "service", "printing.py")}
"""LibreOffice and the printer, each with arguments of its own and no shell."""
_MAY_SHARE_ITS_WORK = {("riskgen", "service", "workers.py"), ("riskgen", "service", "batch_work.py")}
"""Processes of this very program, which do a part of a batch."""
_CODE = {"pickle", "shelve", "marshal", "code", "codeop", "runpy"}
_LOGS = {"logging", "syslog"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_reaches_for_the_network_other_programs_code_or_a_log(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported: set[str] = set()
    called: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            imported |= {str(node.module), *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called.add(node.func.id)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called.add(f"{ast.unparse(node.func.value)}.{node.func.attr}")
    forbidden = _ABROAD | _PROGRAMS | _CODE | _LOGS
    if path.relative_to(ROOT).parts == ("riskgen", "register", "database.py"):
        told = [ast.unparse(node) for node in tree.body if "logging." in ast.unparse(node)]
        assert told[0] == "logging.getLogger('peewee').setLevel(logging.WARNING)"  # it would log what is stored
        assert told[1:] == []
        imported.remove("logging")
    if path.relative_to(ROOT).parts in _MAY_SHARE_ITS_WORK:
        imported = {name for name in imported if name.partition(".")[0] != "multiprocessing"}
        calls = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
        said = [
            call for call in calls if call.startswith("logging.") and not call.startswith("logging.getLogger(name)")
        ]
        assert said == []  # it only silences others
        imported.discard("logging")
    if path.relative_to(ROOT).parts in _MAY_RUN_ANOTHER:
        imported.remove("subprocess")
        assert "shell" not in {word.arg for word in ast.walk(tree) if isinstance(word, ast.keyword)}
    assert not {name for name in imported if name in forbidden or name.partition(".")[0] in forbidden - {"code"}}
    assert not called & {"eval", "exec", "compile", "__import__", "input", "breakpoint"}
    assert not called & {"os.system", "os.popen", "os.startfile", "yaml.load", "yaml.unsafe_load"}


def test_only_the_forms_know_docxtpl_and_chance_comes_from_the_system() -> None:
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert "docxtpl" not in text or path.parent.name == "forms", path
        assert "import random" not in text, path
