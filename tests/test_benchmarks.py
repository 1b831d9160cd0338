"""The benchmarks still run, and what they measure is a sound register. How long anything takes is not looked at."""

import importlib.util
import json
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from riskgen.core.visit import State

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def filling(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    specification = importlib.util.spec_from_file_location("filling", BENCHMARKS / "filling.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, "filling", module)  # where a class looks for its own module
    specification.loader.exec_module(module)
    return module


def test_a_filled_register_is_as_sound_as_one_that_was_written_event_by_event(
    filling: ModuleType, tmp_path: Path
) -> None:
    now = filling.utc_now()
    _, kinds = filling.samples(tmp_path / "school", now + timedelta(days=2))
    with filling.fill(tmp_path / "register.db", kinds, 7, 3, now) as register, register.read() as reader:
        assert reader.verify() == ()
        assert [len(reader.find(states=(state,))) for state in (State.OUT, State.CLOSED)] == [3, 4]


@pytest.mark.parametrize("database", [(), ("--postgresql",)], ids=["sqlite", "postgresql"])
def test_the_benchmark_of_the_board_runs_and_tells_what_it_measured(database: tuple[str, ...]) -> None:
    command = (sys.executable, str(BENCHMARKS / "board.py"), "--visits", "5", "--out", "2", "--times", "1", *database)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("5 visits, 2 out, ")
    assert "the board, all in all" in done.stdout
    assert "the same rows" in done.stdout


def test_the_benchmark_of_the_annual_workbook_runs_and_tells_what_it_measured() -> None:
    command = (sys.executable, str(BENCHMARKS / "annual.py"), "--visits", "5", "--times", "1")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "  5 visits: " in done.stdout
    assert "openpyxl, write-only takes" in done.stdout


def test_the_benchmark_of_a_batch_runs_and_tells_what_it_measured() -> None:
    command = (sys.executable, str(BENCHMARKS / "batch.py"), "--rows", "2", "--times", "1", "--growth", "1")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line.split()[:2] for line in done.stdout.splitlines()[-5:]]
    assert rows == [["2", "1"], ["2", "2"], ["2", "1"], ["2", "2"], ["1", "2"]]


def test_the_benchmark_of_forms_runs_and_tells_what_it_measured() -> None:
    command = (sys.executable, str(BENCHMARKS / "forms.py"), "--times", "1")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("docxtpl takes ") >= 2
    assert done.stdout.count("the limit takes ") == 2
    if shutil.which("npm"):
        assert done.stdout.count("docxtemplater takes ") == 2


def test_figures_become_a_table_and_a_picture(tmp_path: Path) -> None:
    results, picture = tmp_path / "RESULTS.md", tmp_path / "speed.svg"
    results.with_suffix(".json").write_text(json.dumps({"forms.py": [FIGURE]}), encoding="utf-8")
    command = (sys.executable, str(BENCHMARKS / "all.py"), "--tiny", "--only", "decide.py")
    done = subprocess.run(
        (*command, "--to", str(results), "--picture", str(picture)), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    table = results.read_text(encoding="utf-8")
    assert "| One form | a peer & others | at least twice | 3 (2 to 4) times |" in table
    assert "| Decide one visit under one policy, library loaded |" in table
    drawn = ElementTree.parse(picture).getroot()  # our own
    assert "One form" in "".join(drawn.itertext())
    assert "3 ×" in "".join(drawn.itertext())


FIGURE = {"work": "One form", "against": "a peer & others", "reach": "at least twice", "ratios": [2, 3, 4]}


def test_the_benchmark_of_a_start_runs_and_tells_what_it_measured() -> None:
    command = (sys.executable, str(BENCHMARKS / "start.py"), "--times", "1")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *_, help_, two, three = done.stdout.splitlines()
    assert help_.startswith("riskgen --help takes ")
    assert two.startswith("riskgen assess, two forms takes ")
    assert three.startswith("riskgen assess, three forms takes ")


def test_the_benchmark_of_deciding_runs_and_tells_what_it_measured() -> None:
    command = (sys.executable, str(BENCHMARKS / "decide.py"), "--times", "1", "--altered", "5")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    policies = ("bchs", "heather-avenue", "le-rocquier", "robert-ogden", "st-patricks", "all, altered")
    assert all(f"\n{name} " in done.stdout for name in policies)
    shares = [float(line.split()[-1]) for line in done.stdout.partition("where the time")[2].splitlines()[1:]]
    assert len(shares) == 9
    assert 99 < sum(shares) < 101
