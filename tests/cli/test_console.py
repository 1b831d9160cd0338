"""The command as a process of its own: odd consoles, closed pipes, Ctrl-C, and nothing imported that is not used."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

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
import contextlib, io, sys
from riskgen.cli.main import run
for line in {lines!r}:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = run(line)
    loaded = sorted({{name.partition(".")[0] for name in sys.modules}} & {heavy!r})
    print(code, loaded, line)
"""


def test_what_a_command_does_not_use_it_does_not_import(home: Path) -> None:
    heavy = {"docxtpl", "docx", "lxml", "openpyxl", "pikepdf", "PIL", "icalendar", "distributed", "dask", "defusedxml"}
    lines = [
        ["--help"],
        ["fields"],
        ["policy", "list"],
        ["policy", "explain", "BC-02"],
        [*DRY, "--no-input"],
        ["compare", *VISIT],
        ["now", *VISIT],
        ["check"],
        ["import", "staff", "staff.csv", "--dry-run"],
    ]
    (home / "staff.csv").write_text("Staff Code,Name,Job Title\nS-01,Avery Invented,Head\n", encoding="utf-8")
    code = _WATCH.format(lines=lines, heavy=heavy)
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=home,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert found.stdout.splitlines() == [f"0 [] {line}" for line in lines]


def test_help_imports_nothing_but_click_and_the_standard_library() -> None:
    code = _WATCH.format(lines=[["--help"]], heavy={"ruamel", "cerberus", "jinja2", "zoneinfo", "platformdirs"})
    found = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout == "0 [] ['--help']\n"
