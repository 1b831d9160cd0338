"""What the program as a whole never does: talk to a network, start programs, run text as code, write elsewhere."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

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
    if event in ("os.system", "os.startfile", "webbrowser.open", "ctypes.dlopen", "pickle.find_class", "code.__new__"):
        heard.append(event)
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
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    env.pop("RISKGEN_HOME", None)
    found = subprocess.run(
        [sys.executable, "-c", _WATCHED, str(tmp_path), json.dumps(lines)],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    report = json.loads(found.stderr.splitlines()[-1])
    assert report == {"codes": [0] * len(lines), "heard": []}
    assert {path.name for path in tmp_path.iterdir()} == {"school", "demo", "kept.yaml"}


_ABROAD = {
    *("socket", "ssl", "http", "ftplib", "smtplib", "imaplib", "telnetlib", "xmlrpc", "socketserver", "webbrowser"),
    *("urllib.request", "urllib3", "requests", "httpx", "aiohttp", "asyncio"),
}
_PROGRAMS = {"subprocess", "multiprocessing", "pty", "ctypes"}
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
    assert not {name for name in imported if name in forbidden or name.partition(".")[0] in forbidden - {"code"}}
    assert not called & {"eval", "exec", "compile", "__import__", "input", "breakpoint"}
    assert not called & {"os.system", "os.popen", "os.startfile", "yaml.load", "yaml.unsafe_load"}


def test_only_the_forms_know_docxtpl_and_chance_comes_from_the_system() -> None:
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert "docxtpl" not in text or path.parent.name == "forms", path
        assert "import random" not in text, path
