"""The command as a process of its own: odd consoles, closed pipes, Ctrl-C, and nothing imported that is not used."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from riskgen.library.kept import sound_library

ROOT = Path(__file__).parents[2]
VISIT = ("families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2090-12-06 10:30")
DRY = ("assess", *VISIT, "--dry-run")
posix = pytest.mark.skipif(os.name != "posix", reason="closes file descriptors, which only POSIX has")


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RISKGEN", "PYTHONIO", "LC_"))}
    return {**kept, "PYTHONPATH": str(ROOT), "RISKGEN_CACHE": os.environ["RISKGEN_CACHE"], **more}


def started(*arguments: str, before: tuple[str, ...] = (), env: dict[str, str] | None = None, **how: Any) -> Any:
    command = [*before, sys.executable, "-m", "riskgen", *arguments]
    return subprocess.Popen(command, env=env or environment(), stderr=subprocess.PIPE, **how)


def ended(process: Any, typed: bytes | None = None) -> tuple[int, bytes, bytes]:
    out, err = process.communicate(typed, timeout=60)
    assert b"Traceback" not in err, err.decode(errors="replace")
    assert b"Exception ignored" not in err, err.decode(errors="replace")
    return process.returncode, out or b"", err


def test_a_console_that_lacks_a_sign_shows_another(home: Path) -> None:
    (home / "school.yaml").write_text(
        (home / "school.yaml").read_text("utf-8").replace("Lane Invented", "Łukasz ☒ Invented"), "utf-8"
    )
    env = environment(PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    bare = ("assess", "families/F-0789.yaml", *VISIT[1:], "--no-input", "--dry-run")
    code, out, _ = ended(started(*bare, env=env, cwd=home, stdout=subprocess.PIPE))
    assert code == 0
    out.decode("cp1252")
    code, _, err = ended(started(*DRY, "--set", "visit.purpose=☒", env=env, cwd=home))
    assert code == 3
    assert b"'?'" in err


@posix
def test_a_pipe_that_is_closed_ends_quietly(home: Path) -> None:
    for arguments in (("fields",), ("fields", "--json"), ("--help",)):
        reading, writing = os.pipe()
        os.close(reading)
        process = started(*arguments, stdout=writing, cwd=home)
        os.close(writing)
        assert ended(process) == (0, b"", b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_output_that_goes_to_a_full_disk_is_told(home: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        code, _, err = ended(started("fields", stdout=full, cwd=home))
    assert code == 5
    assert b"No space left" in err


@posix
@pytest.mark.parametrize(
    ("closed", "arguments"), [("<&-", DRY), (">&-", ("fields",)), ("<&- >&- 2>&-", ("policy", "explain", "none"))]
)
def test_a_console_that_is_not_there_is_no_trouble(closed: str, arguments: tuple[str, ...], home: Path) -> None:
    before = ("sh", "-c", f'exec "$@" {closed}', "sh")
    code = ended(started(*arguments, before=before, cwd=home, stdout=subprocess.PIPE))[0]
    assert code == (3 if "none" in arguments else 0)


def test_without_a_terminal_the_questions_end_at_once(home: Path) -> None:
    code, out, _ = ended(started(*DRY, "--json", cwd=home, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE))
    assert code == 0
    assert [item["question"] for item in json.loads(out)["to_confirm"]] == ["approval.by"]


def test_answers_in_another_encoding_are_asked_again(home: Path) -> None:
    how = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": environment(PYTHONUTF8="1")}
    code, out, err = ended(started(*DRY, "--json", cwd=home, **how), b"\xff\xfe\nS-03\n")
    assert code == 0
    assert err.count(b"a staff reference such as S-07:") == 2
    assert json.loads(out)["to_confirm"] == []


@posix
def test_ctrl_c_keeps_the_answers_when_asked_to(home: Path) -> None:
    arguments = ("assess", "families/F-0123.yaml", "--purpose", "attendance", "--minutes", "40", "--visitor", "S-07")
    kept = ("--start", "2090-12-06 10:30", "--save-answers", "kept.yaml")
    process = started(*arguments, *kept, cwd=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(b"yes\n")
    process.stdin.flush()
    heard = b""
    while heard.count(b"\n? ") < 2:  # until the second question is put
        heard += os.read(process.stderr.fileno(), 4096)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    code, out, err = ended(process)
    assert code == 130
    assert out == b""
    assert b"--answers kept.yaml" in b" ".join(err.split())
    assert "minutes: 40" in (home / "kept.yaml").read_text()
    assert not (home / "visits").exists()


_WATCH = """
import sys
before = set(sys.modules)  # what the environment brings in before any program
import contextlib, io
from riskgen.cli.main import run
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    code = run(sys.argv[1:])
found = [name for name in set(sys.modules) - before if getattr(sys.modules[name], "__spec__", None)]
print(code, *found)
"""


def imported(folder: Path, *arguments: str) -> set[str]:
    """Every module that a command imports in a process of its own, in which it does what it is to do."""
    found = subprocess.run(
        [sys.executable, "-c", _WATCH, *arguments],
        cwd=folder,
        env=environment(RISKGEN_KEY=os.environ["RISKGEN_KEY"]),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    code, *names = found.stdout.split()
    assert code == "0"
    return set(names)


def libraries(modules: set[str]) -> set[str]:
    """The libraries among modules, Python's own and riskgen apart."""
    tops = {name.partition(".")[0] for name in modules} - {"__mp_main__", "riskgen"}
    return {name for name in tops if name not in sys.stdlib_module_names and not name.startswith("_sysconfigdata")}


CLICK = {"click", "colorama"}  # colorama on Windows alone
DATA = CLICK | {"msgspec", "typing_extensions", "ruamel", "_ruamel_yaml", "ruamel_yaml_clib", "cerberus"}
"""Every file that a school edits is YAML, held against a schema each time that it is read."""
REGISTER = DATA | {"peewee", "tzdata"}
KEY = {"cryptography", "_cffi_backend", "platformdirs"}
"""What seals a safe word, and says where the key of it and the cache are."""
EXAMINING = FILLING = {"jinja2", "markupsafe"}
MAY_IMPORT = {
    ("--help",): CLICK,
    ("--version",): CLICK,
    ("fields",): DATA,
    ("policy", "list"): DATA,
    ("policy", "explain", "BC-02"): DATA,
    ("compare", *VISIT): DATA,
    ("now", *VISIT): REGISTER,
    ("check",): REGISTER | EXAMINING,
    ("import", "staff", "staff.csv", "--dry-run"): REGISTER,
    (*DRY, "--no-input"): REGISTER,
    ("assess", *VISIT, "--no-input"): REGISTER | KEY | FILLING,
    ("board",): REGISTER,
    ("list",): REGISTER,
    ("show", "RA-2026-0001"): REGISTER,
}
"""The libraries that a command may import: those that it cannot do without, and no other ever."""


@pytest.mark.parametrize("line", MAY_IMPORT, ids=lambda line: " ".join(line[:2]))
def test_a_command_imports_only_what_it_cannot_do_without(line: tuple[str, ...], routine: Any, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(routine.home, tmp_path / "school"))
    (folder / "staff.csv").write_text("Staff Code,Name,Job Title\nS-01,Avery Invented,Head\n", encoding="utf-8")
    sound_library(folder / "data")  # so that it is kept, as the forms are below
    if line[0] == "assess":
        imported(folder, *line, "--set", "visit.minutes=30", "--start", "2090-12-07 10:30")
    modules = imported(folder, *line)
    assert libraries(modules) - MAY_IMPORT[line] == set()
    if line != ("check",):  # which takes nothing that was kept
        assert "riskgen.library.check" not in modules


def test_garbage_is_looked_for_seldom_and_not_once_more_at_the_end() -> None:
    program = (
        "import gc\nfrom riskgen.cli.main import main\ntry: main(['--version'])\n"
        "except SystemExit as end: print(end.code, gc.get_threshold()[0], gc.get_freeze_count() > 1000)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "0 100000 True"


def test_help_imports_nothing_of_riskgen_but_the_names_of_its_commands() -> None:
    modules = imported(ROOT, "--help")
    assert {name for name in modules if name.startswith("riskgen")} == {"riskgen", "riskgen.cli", "riskgen.cli.main"}
    assert modules & {"dataclasses", "json.decoder", "zoneinfo", "sqlite3", "zipfile", "socket"} == set()


@pytest.mark.parametrize("line", [("board",), ("list",)], ids=lambda line: line[0])
def test_who_is_out_and_a_list_of_visits_wait_for_nothing_that_forms_say(line: tuple[str], routine: Any) -> None:
    assert {name for name in imported(routine.home, *line) if name.startswith("riskgen.forms.")} == set()
