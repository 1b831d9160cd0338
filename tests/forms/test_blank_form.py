"""The blank Intent to Visit: it asks all that can be answered before leaving, once each, and holds nothing else."""

import io
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from riskgen.core.model import Question
from riskgen.core.terms import QuestionType
from riskgen.files.controls import Control, Kind, read_fields
from riskgen.library.load import Library

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from build_forms import FORMS_DIR, blank_forms  # noqa: E402
from stock_forms.package import docx  # noqa: E402

NAME = "intent-to-visit-blank.docx"
ASKED = {
    "family", "child", "history", "household", "background",
    "visit", "contact", "agency", "staff", "travel", "told", "safety",
}  # fmt: skip
VISITORS = "answer.visit.visitors"
KINDS = {
    QuestionType.YES_NO: Kind.LIST,
    QuestionType.CHOICE: Kind.LIST,
    QuestionType.STAFF: Kind.LIST,
    QuestionType.DATE: Kind.DATE,
}


@pytest.fixture(scope="module")
def asked(library: Library) -> dict[str, Question]:
    """The questions that can be answered before leaving and are not worked out from others."""
    return {name: each for name, each in library.questions.items() if each.group in ASKED and not each.derived}


@pytest.fixture(scope="module")
def controls() -> tuple[Control, ...]:
    fields = read_fields(FORMS_DIR / NAME)
    assert fields.problems == ()
    return fields.controls


def test_the_file_is_what_the_script_builds() -> None:
    built = docx(blank_forms()[NAME])
    assert parts((FORMS_DIR / NAME).read_bytes()) == parts(built), "run tools/build_forms.py"


def parts(data: bytes) -> dict[str, str | bytes]:
    """Every part of a package, as normalised XML where it is XML."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {
            name: ElementTree.canonicalize(archive.read(name).decode())
            if name.endswith((".xml", ".rels"))
            else archive.read(name)
            for name in archive.namelist()
        }


def test_every_such_question_has_one_control_and_there_is_no_other(
    controls: tuple[Control, ...], asked: dict[str, Question]
) -> None:
    tags = [control.tag for control in controls if control.tag.startswith("answer.")]
    assert sorted(tag for tag in tags if tag != VISITORS) == sorted(f"answer.{name}" for name in asked)
    assert tags.count(VISITORS) == 4
    others = {control.tag: control.text for control in controls if not control.tag.startswith("answer.")}
    assert others == {"form.id": "intent-to-visit-blank", "form.count": "0"}  # put in when it is handed out


def test_each_control_is_titled_by_its_question_and_fits_its_type(
    controls: tuple[Control, ...], asked: dict[str, Question]
) -> None:
    for control in controls:
        question = asked.get(control.tag.removeprefix("answer."))
        if question is None:
            continue
        assert control.title[:60] == question.label[:60], control.tag
        assert control.kind is KINDS.get(question.type, Kind.TEXT), control.tag
        assert control.prompts, f"{control.tag} looks as if it had been answered"


def test_drop_downs_say_yes_no_and_not_known_or_what_may_be_chosen(
    controls: tuple[Control, ...], asked: dict[str, Question]
) -> None:
    for control in controls:
        question = asked.get(control.tag.removeprefix("answer."))
        if question is not None and question.type is QuestionType.YES_NO:
            assert control.options == ("Yes", "No", "Not known"), control.tag
        elif question is not None and question.type is QuestionType.CHOICE:
            assert control.options == tuple(option.label for option in question.options), control.tag
        elif question is not None and question.type is QuestionType.STAFF:
            assert control.options == (), f"{control.tag} is filled with the school's own staff"


def test_who_where_when_and_why_come_first(controls: tuple[Control, ...]) -> None:
    tags = [control.tag for control in controls if control.tag.startswith("answer.")]
    first = tags[: tags.index("answer.history.violence_reported")]
    assert set(first) >= {
        VISITORS,
        "answer.family.address",
        "answer.visit.start",
        "answer.visit.purpose",
        "answer.visit.reason",
        "answer.visit.back_at",
    }
    assert tags.index("answer.background.checked") < tags.index("answer.told.manager_address")


def test_nothing_in_it_is_filled_in_and_nobody_is_asked_for_the_safe_word() -> None:
    with zipfile.ZipFile(FORMS_DIR / NAME) as archive:
        everything = {name: archive.read(name).decode(errors="replace") for name in archive.namelist()}
    assert not [name for name, text in everything.items() if "{{" in text or "{%" in text]
    assert "Do not write the safe word on this form." in everything["word/document.xml"]


def test_the_open_xml_sdk_finds_no_fault(ooxml_validator: str) -> None:
    import subprocess

    done = subprocess.run([ooxml_validator, FORMS_DIR / NAME], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
