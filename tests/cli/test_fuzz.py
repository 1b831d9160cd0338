"""Whatever somebody types or does to a file ends with an exit code and words, never with a traceback."""

import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
VISIT = ("families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-12-02 10:30")
CODES = {0, 2, 3, 4, 5, 130}
SPLINTERS = (
    *("{{", "}}", "{%", "%}", "{#", ": ", "- ", "\n", "\t", "'", '"', "[", "]", "{", "}", "&a ", "*a", "!t ", "|"),
    *(">", "#", "%", "\x00", "\x1b", "\u202e", "\ufeff", "\ud7ff", "9" * 400, "-1", "1e400", "null", "~", "yes"),
    *("no", "<", "&#0;", "{% for x in y %}", "{% endfor %}", "{% if x %}", "{{ x }}", "2024-02-30", "24:00", "é"),
    *("😀", "\r", "...", "---\n"),
)
WORDS = (
    *("assess", "compare", "now", "policy", "list", "show", "explain", "fields", "init", "demo", "new", "bchs"),
    *("BC-02", "families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "school.yaml", "data"),
    *("templates/forms/none.docx", ".", "--help", "--version", "--json", "--home", "--set", "--answers", "--visitor"),
    *("--start", "--minutes", "--purpose", "--no-input", "--dry-run", "--force", "--reference", "--output"),
    *("--save-answers", "--edition", "--phase", "--policy", "--type-safe-word", "--", "-", "", " ", "=", "a=b"),
    *("visit.minutes=", "household.animals=yes", "door.minutes_late=31", "S-07", "S-99", "40", "-1"),
    *("2026-12-02 10:30", "0001-01-01 00:00", "9999-12-31 23:59", "RA-2026-0001", "attendance", "\udcff", "\u202e"),
    *("😀", "x" * 300, "../..", "/dev/null", "~", "%s", "{}", "visit.purpose=\udcff"),
)


def mangled(text: str, dice: random.Random) -> str:
    """A text with a few pieces taken out, doubled or put in."""
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(text) + 1)
        match dice.randrange(4):
            case 0:
                text = text[:at] + text[at + dice.randint(1, 40) :]
            case 1:
                text = text[:at] + text[at : at + dice.randint(1, 80)] + text[at:]
            case _:
                text = text[:at] + dice.choice(SPLINTERS) + text[at:]
    return text


def held(result: Any, output: Path | None = None) -> None:
    """What must hold however a command ends."""
    assert result.code in CODES
    assert result.code == 0 or result.err.strip()
    assert "Traceback" not in result.err
    if output and result.code:
        assert not output.exists()


@pytest.mark.usefixtures("quick_forms")
@pytest.mark.parametrize("seed", range(4))
def test_any_words_on_the_command_line(seed: int, riskgen: Run, home: Path) -> None:
    dice = random.Random(seed)  # noqa: S311  # nothing secret
    for _ in range(40):
        given = [dice.choice(WORDS) for _ in range(dice.randint(1, 7))]
        start = dice.choice((["assess", *VISIT], ["now", *VISIT], ["compare", *VISIT], []))
        result = riskgen(*start, *given, typed=dice.choice(("", "\n\n", "S-03\nyes\n\x00\n")))
        assert result.code in CODES, (start, given)
        assert result.code == 0 or result.err.strip(), (start, given)


@pytest.mark.parametrize("seed", range(2))
def test_any_damage_to_a_family_file_or_a_plan(seed: int, riskgen: Run, home: Path) -> None:
    dice = random.Random(100 + seed)  # noqa: S311
    texts = [(home / name).read_text() for name in VISIT[:2]]
    for _ in range(40):
        for name, text in zip(VISIT[:2], texts, strict=True):
            (home / name).write_bytes(mangled(text, dice).encode("utf-8", "surrogatepass"))
        command = dice.choice((("assess", "--dry-run"), ("now",), ("compare",)))
        held(riskgen(*command, *VISIT, "--set", "travel.dark=no"))


@pytest.mark.usefixtures("quick_forms")
@pytest.mark.parametrize("name", ["school.yaml", "templates/forms.yaml", "templates/steps.yaml", "data/safe-words.txt"])
def test_any_damage_to_a_small_file_of_the_school(name: str, riskgen: Run, home: Path) -> None:
    dice = random.Random(name)  # noqa: S311
    text = (home / name).read_text()
    for number in range(12):
        (home / name).write_bytes(mangled(text, dice).encode("utf-8", "surrogatepass"))
        held(riskgen("assess", *VISIT, "--no-input", "--output", f"out{number}"), home / f"out{number}")


@pytest.mark.parametrize("seed", range(4))
def test_any_damage_to_the_data(seed: int, riskgen: Run, home: Path) -> None:
    dice = random.Random(200 + seed)  # noqa: S311
    path = dice.choice(sorted((home / "data").rglob("*.yaml")))
    path.write_bytes(mangled(path.read_text(), dice).encode("utf-8", "surrogatepass"))
    held(riskgen("assess", *VISIT, "--no-input", "--dry-run"))


@pytest.mark.parametrize("seed", range(2))
def test_any_damage_to_the_data_is_no_trouble_to_check(seed: int, riskgen: Run, home: Path) -> None:
    dice = random.Random(300 + seed)  # noqa: S311
    for path in dice.sample(sorted((home / "data").rglob("*.yaml")), 3):
        path.write_bytes(mangled(path.read_text(), dice).encode("utf-8", "surrogatepass"))
    assert riskgen("check").code in CODES


@pytest.mark.parametrize("seed", range(2))
def test_any_damage_to_a_form(seed: int, riskgen: Run, home: Path) -> None:
    dice = random.Random(400 + seed)  # noqa: S311
    listed = "- {id: own-form, title: Our own, file: forms/risk-assessment.docx, order: 1, holder: office}\n"
    (home / "templates" / "forms.yaml").write_text(listed)
    path = home / "templates" / "forms" / "risk-assessment.docx"
    sound = path.read_bytes()
    for number in range(8):
        raw = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(sound)) as old, zipfile.ZipFile(raw, "w") as new:
            broken = dice.choice([name for name in old.namelist() if name.endswith((".xml", ".rels"))])
            broken = dice.choice((broken, "word/document.xml"))
            for name in old.namelist():
                content = old.read(name)
                if name == broken:
                    content = mangled(content.decode(), dice).encode("utf-8", "surrogatepass")
                new.writestr(name, content)
        damaged = bytearray(raw.getvalue())
        if number % 4 == 0:
            damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
        path.write_bytes(bytes(damaged))
        held(riskgen("assess", *VISIT, "--no-input", "--output", f"out{number}"), home / f"out{number}")
