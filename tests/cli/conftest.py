"""The command, run in this process: a school's folder, a clock that stands still, data read once."""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from riskgen.cli.main import run
from riskgen.service import clock
from riskgen.service.homes import Home, make_home

NOW = datetime(2026, 11, 20, 9, 0)
SENTINEL = "Marzipanquagga"
"""A safe word that stands nowhere else, so that wherever it turns up it has leaked."""


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """All that it said, in one line, so that where lines were broken does not matter."""
        return " ".join((self.out + self.err).split())


def call(*arguments: object, typed: str = "") -> Result:
    """Run a command as somebody at a terminal would, who types `typed`."""
    with CliRunner().isolation(input=typed) as (out, err, _):
        code = run([str(argument) for argument in arguments])
        sys.stdout.flush()
        sys.stderr.flush()
        return Result(code, out.getvalue().decode(), err.getvalue().decode())


@pytest.fixture
def riskgen() -> Callable[..., Result]:
    return call


@pytest.fixture(autouse=True)
def _settled(
    monkeypatch: pytest.MonkeyPatch, data_is_read_once: None, forms_are_examined_once: None, quick_passphrases: None
) -> None:
    """No home from outside, a clock that stands still, and nothing worked out twice."""
    for name in ("RISKGEN_HOME", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Home, "now", lambda self: NOW)
    monkeypatch.setattr(clock, "utc_now", lambda: NOW.replace(tzinfo=UTC))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A school's folder as `init` makes it. Not to be changed."""
    folder = tmp_path_factory.mktemp("made") / "school"
    make_home(folder, "bchs", force=False)
    return folder


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A school's folder of one's own, and the working folder."""
    folder = tmp_path / "school"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder that is no school's."""
    folder = tmp_path / "away"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def quick_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms that take no time to fill, for tests that look at files and not into them."""
    monkeypatch.setattr(
        "riskgen.forms.render.render", lambda form, context, made_at, logo: f"{form.id} of {context.reference}".encode()
    )


@dataclass(frozen=True)
class Routine:
    """One visit that was assessed for good, with its forms filled."""

    home: Path
    result: Result
    answers: str

    def form(self, name: str) -> Path:
        return next((self.home / "visits").rglob(f"*_{name}_*.docx"))


@pytest.fixture(scope="session")
def routine(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Routine:
    """The routine visit under bchs, with a safe word that is typed and known. Not to be changed."""
    folder = tmp_path_factory.mktemp("routine") / "school"
    shutil.copytree(made, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Home, "now", lambda self: NOW)
        patch.chdir(folder)
        result = call(
            *("assess", "families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-12-02 10:30"),
            *("--type-safe-word", "--save-answers", "saved.yaml", "--json"),
            typed=f"\n{SENTINEL}\n{SENTINEL}\n",
        )
        assert result.code == 0, result.err
    return Routine(folder, result, (folder / "saved.yaml").read_text(encoding="utf-8"))


ODD_TEXTS = {
    "family.reference": "F-9 & <9>",
    "family.name": 'Tom & Jerry <risk> "O\'Brien" ]]> </w:t> {{7*7}} {% if x %} {_{ 5 < 6 && 7 > 2',
    "family.address": "1 Señor Straße\nمنزل علی\nנווה שאנן 7\nمی‌خواهم",
    "family.phone": "+44 (0)1632 960123 #4",
    "family.needs": "👨‍👩‍👧 speak 日本語, ไทย and Ελληνικά; =HYPERLINK(\"x\") 'quoted' “curled” – 50 %",
    "child.name": "José Ñuñez 😀 &amp; {{ reference }}",
    "child.year_group": "{# Year 8 #}",
    "visit.reason": "<script>alert(1)</script> \\ / | & more",
}
"""Text that must stand on the forms just as it was written."""


@pytest.fixture(scope="session")
def odd(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Routine:
    """A visit to a family of which nothing is known but odd texts. The only safe word to draw is a known one."""
    folder = tmp_path_factory.mktemp("odd") / "school"
    shutil.copytree(made, folder)
    (folder / "data" / "safe-words.txt").write_text(f"{SENTINEL}\n", encoding="utf-8")
    written = "".join(f"{name}: {json.dumps(text, ensure_ascii=False)}\n" for name, text in ODD_TEXTS.items())
    (folder / "family.yaml").write_text(written, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Home, "now", lambda self: NOW)
        patch.chdir(folder)
        result = call(
            *("assess", "family.yaml", "--start", "2026-12-02 10:30", "--minutes", "40", "--purpose", "attendance"),
            *("--visitor", "S-07", "--no-input", "--save-answers", "saved.yaml"),
        )
        assert result.code == 0, result.err
    return Routine(folder, result, (folder / "saved.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def odd_texts() -> dict[str, str]:
    return dict(ODD_TEXTS)


@pytest.fixture
def sentinel() -> str:
    return SENTINEL
