"""`riskgen forms`: a school's own Word forms; and forms that go the whole way round through Word."""

import json
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from handed_in import COUNTED, document, field, fill, run
from libreoffice import through_libreoffice

from riskgen.core.record import Ending
from riskgen.core.visit import State
from riskgen.files.controls import Kind, read_fields
from riskgen.service import clock
from riskgen.service.desk import open_desk
from riskgen.service.homes import Home
from riskgen.service.records import record_of

REF = "RA-2026-0001"
BLANK = "templates/forms/intent-to-visit-blank.docx"
Run = Callable[..., Any]


# --- list and export ------------------------------------------------------------------------------


def test_the_list_has_every_form_of_the_school(home: Path, riskgen: Run) -> None:
    report = json.loads(riskgen("forms", "list", "--json").out)
    shown = riskgen("forms", "list")
    assert {"intent-to-visit-office", "risk-assessment"} <= {form["id"] for form in report}
    assert set(report[0]) == {"id", "title", "holders", "packs", "at_assess", "if_called_for", "safe_word", "file"}
    assert [form["id"] for form in report if form["safe_word"]] == ["intent-to-visit-office"]
    for form in report:
        assert form["id"] in shown.out
        assert (home / form["file"]).exists()
    assert "carries the safe word" in shown.out
    assert f"{len(report)} forms and the blank form." in shown.out
    assert f"{len(report)} forms and the blank form in copies." in riskgen("forms", "export", "copies").out
    (home / "templates" / "forms" / "intent-to-visit-blank.docx").unlink()
    assert f"\n{len(report)} forms.\n" in riskgen("forms", "list").out


def test_outside_a_school_the_forms_are_those_that_came_with_riskgen(away: Path, riskgen: Run) -> None:
    result = riskgen("forms", "list")
    assert result.code == 0
    assert "that came with riskgen" in result.err


def test_copies_are_as_they_were_and_never_replace_what_is_there(home: Path, riskgen: Run) -> None:
    assert riskgen("forms", "export", "copies").code == 0
    for path in (home / "templates" / "forms").glob("*.docx"):
        assert (home / "copies" / path.name).read_bytes() == path.read_bytes()
    (home / "copies" / "risk-assessment.docx").write_bytes(b"edited")
    again = riskgen("forms", "export", "copies")
    assert again.code == 4
    assert "Nothing was saved" in again.said
    assert (home / "copies" / "risk-assessment.docx").read_bytes() == b"edited"
    assert riskgen("forms", "export", "copies", "--force").code == 0
    assert (home / "copies" / "risk-assessment.docx.bak").read_bytes() == b"edited"
    (home / "a-file").write_bytes(b"")
    nowhere = riskgen("forms", "export", "a-file/copies")
    assert nowhere.code == 5
    assert "A file stands where a folder is needed. Choose another folder. Nothing was saved." in nowhere.said


def test_a_form_that_is_not_there_is_told_before_anything_is_copied(home: Path, riskgen: Run) -> None:
    (home / "templates" / "forms" / "risk-assessment.docx").unlink()
    result = riskgen("forms", "export", "copies")
    assert result.code == 3
    assert "risk-assessment.docx" in result.said
    assert not (home / "copies").exists()


# --- check ----------------------------------------------------------------------------------------


def test_a_form_is_checked_as_the_one_whose_file_has_its_name(home: Path, riskgen: Run) -> None:
    riskgen("forms", "export", "copies")
    result = riskgen("forms", "check", "copies/risk-assessment.docx")
    assert (result.code, result.out.strip()) == (0, "No problems.")
    assert "as the form 'risk-assessment'" in result.err


def test_every_fault_of_a_form_is_told(home: Path, riskgen: Run) -> None:
    (home / "mine.docx").write_bytes(document(f"<w:p>{run('{{ safe_word }} {{ child.nmae }}')}</w:p>"))
    result = riskgen("forms", "check", "mine.docx")
    assert result.code == 3
    assert "safe_word" in result.said
    assert "child.nmae" in result.said
    report = json.loads(riskgen("forms", "check", "mine.docx", "--json").out)
    assert (report["file"], report["form"]) == ("mine.docx", None)
    assert {problem["code"] for problem in report["problems"]} >= {"form-safe-word"}


def test_a_form_may_be_checked_as_another(home: Path, riskgen: Run) -> None:
    (home / "mine.docx").write_bytes(document(f"<w:p>{run('{{ visit.reason }}')}</w:p>"))
    assert riskgen("forms", "check", "mine.docx").code == 0
    travelling = riskgen("forms", "check", "mine.docx", "--as-form", "intent-to-visit-travelling")
    assert travelling.code == 3
    assert "must not reach this holder" in travelling.said
    nothing = riskgen("forms", "check", "mine.docx", "--as-form", "nothing")
    assert nothing.code == 3
    assert "There is: " in nothing.said


def test_a_field_for_a_question_that_there_is_not_is_a_fault_of_any_form(home: Path, riskgen: Run) -> None:
    (home / "mine.docx").write_bytes(document(field("answer.visit.purpos", shows=run("x"), title="Purpose")))
    result = riskgen("forms", "check", "mine.docx")
    assert result.code == 3
    assert "field 'Purpose'" in result.said
    assert "Did you mean 'visit.purpose'?" in result.said


def test_a_prompt_that_would_be_taken_for_what_somebody_typed_is_a_fault_of_any_form(home: Path, riskgen: Run) -> None:
    unstyled = field("day.left_at", shows=run("Time"), title="Left", prompts=True)
    (home / "mine.docx").write_bytes(document(unstyled, field("day.back_at"), header=COUNTED))
    result = riskgen("forms", "check", "mine.docx")
    assert result.code == 3
    assert "field 'Left'" in result.said
    assert "A prompt has the style 'Placeholder Text'" in result.said
    assert "1 problem" in result.said


def test_a_form_that_is_read_says_with_which_fields_it_was_written(home: Path, riskgen: Run) -> None:
    (home / "mine.docx").write_bytes(document(field("day.back_at"), field("sign.name")))
    result = riskgen("forms", "check", "mine.docx")
    assert result.code == 3
    assert "a locked text field with the tag form.count" in result.said
    (home / "mine.docx").write_bytes(document(field("sign.name")))
    assert riskgen("forms", "check", "mine.docx").code == 0


@pytest.mark.parametrize("content", [b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"PK\x03\x04" + b"\0" * 50, None])
def test_a_file_that_is_no_form_is_named(home: Path, riskgen: Run, content: bytes | None) -> None:
    if content is not None:
        (home / "mine.docx").write_bytes(content)
    assert riskgen("forms", "check", "mine.docx").code == 3


def test_check_looks_at_the_blank_form_too(home: Path, riskgen: Run) -> None:
    assert riskgen("check").code == 0
    (home / BLANK).write_bytes(document(field("answer.visit.purpos", shows=run("x"), title="Purpose")))
    result = riskgen("check")
    assert result.code == 3
    assert "Its tag is 'answer.visit.purpos'" in result.said
    (home / BLANK).write_bytes(document(field("answer.visit.purpose"), f"<w:p>{run('{{ school.name }}')}</w:p>"))
    tagged = riskgen("check")
    assert tagged.code == 3
    assert "nothing is filled in on a blank form" in tagged.said
    (home / BLANK).unlink()
    assert riskgen("check").code == 0


# --- the blank form -------------------------------------------------------------------------------


def test_the_blank_form_has_the_schools_own_name_purposes_and_staff(home: Path, riskgen: Run) -> None:
    school = home / "school.yaml"
    text = school.read_text(encoding="utf-8").replace("Example School (invented)", "Tom & Jerry's <School>")
    school.write_text(text.replace("Gray Invented", "Gray & Sons Invented"), encoding="utf-8")
    questions = home / "data" / "questions.yaml"
    questions.write_text(
        questions.read_text(encoding="utf-8").replace(
            "label: The pupil refuses to come to school", "label: Refuses & worse"
        ),
        encoding="utf-8",
    )
    result = riskgen("forms", "blank", "blank.docx")
    assert result.code == 0, result.said
    fields = read_fields(home / "blank.docx")
    assert fields.problems == ()
    lists = {control.tag: control.options for control in fields.controls if control.kind is Kind.LIST}
    assert "S-07 Gray & Sons Invented" in lists["answer.visit.visitors"]
    assert "S-07 Gray & Sons Invented" in lists["answer.travel.driver"]
    assert "Refuses & worse" in lists["answer.visit.purpose"]
    assert lists["answer.history.violence_reported"] == ("Yes", "No", "Not known")
    with zipfile.ZipFile(home / "blank.docx") as archive:
        header = "".join(ElementTree.fromstring(archive.read("word/header1.xml")).itertext())
        assert "documentProtection" in archive.read("word/settings.xml").decode()
    assert header.startswith("Tom & Jerry's <School>")


def test_the_same_school_gets_the_same_bytes(home: Path, riskgen: Run) -> None:
    for name in ("one.docx", "two.docx"):
        assert riskgen("forms", "blank", name).code == 0
    assert (home / "one.docx").read_bytes() == (home / "two.docx").read_bytes()


def test_a_blank_form_never_replaces_a_file_unasked(home: Path, riskgen: Run) -> None:
    (home / "blank.docx").write_bytes(b"mine")
    result = riskgen("forms", "blank", "blank.docx")
    assert result.code == 4
    assert "Nothing was saved" in result.said
    assert (home / "blank.docx").read_bytes() == b"mine"
    assert riskgen("forms", "blank", "blank.docx", "--force").code == 0
    assert (home / "blank.docx.bak").read_bytes() == b"mine"


def test_a_name_that_is_no_word_document_is_refused(home: Path, riskgen: Run) -> None:
    assert riskgen("forms", "blank", "blank.pdf").code == 2
    assert not (home / "blank.pdf").exists()


def test_a_school_of_an_older_riskgen_is_told_how_to_get_the_form(home: Path, riskgen: Run) -> None:
    (home / BLANK).unlink()
    result = riskgen("forms", "blank", "blank.docx")
    assert result.code == 3
    assert "made by an older riskgen" in result.said
    assert "--policy bchs --force" in result.said
    made = riskgen("init", home, "--policy", "bchs", "--force")
    assert made.code == 0
    assert riskgen("forms", "blank", "blank.docx").code == 0


def test_there_is_no_blank_form_of_no_school(away: Path, riskgen: Run) -> None:
    assert riskgen("forms", "blank", "blank.docx").code == 3


def test_the_blank_form_is_sound_for_word(home: Path, riskgen: Run, ooxml_validator: str) -> None:
    import subprocess

    assert riskgen("forms", "blank", "blank.docx").code == 0
    found = subprocess.run([ooxml_validator, "blank.docx"], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_the_blank_form_opens_in_libreoffice_and_loses_its_names_in_an_old_one(
    home: Path, riskgen: Run, soffice: str, tmp_path: Path
) -> None:
    assert riskgen("forms", "blank", "blank.docx").code == 0
    saved = through_libreoffice(soffice, home / "blank.docx", tmp_path / "saved")
    with zipfile.ZipFile(saved) as archive:
        text = "".join(ElementTree.fromstring(archive.read("word/document.xml")).itertext())
    assert "Has a weapon been reported in the home?" in text
    result = riskgen("assess", saved, "--no-input", "--dry-run")
    if "LibreOffice 7.4" not in result.said:
        pytest.skip("this LibreOffice keeps the names of the fields")
    assert result.code == 3


# --- round trips ----------------------------------------------------------------------------------


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def set_to(text: str) -> None:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
        monkeypatch.setattr(clock, "utc_now", lambda: moment)
        monkeypatch.setattr(Home, "now", lambda self: moment.replace(tzinfo=None))

    return set_to


def test_a_visit_goes_all_the_way_on_forms(home: Path, riskgen: Run, wall: Callable[[str], None]) -> None:
    """A blank form is filled in and assessed; the pack's forms are filled in and taken in, until the visit is over."""
    wall("2026-11-20T08:00")
    assert riskgen("forms", "blank", "blank.docx").code == 0
    plan = {
        "answer.family.reference": "F-0999",
        "answer.family.address": "1 Sample Street\nSampletown",
        "answer.visit.purpose": "Attendance",
        "answer.visit.start": "20 November 2026, 10.30 am",
        "answer.visit.minutes": "40",
        "answer.visit.leave_at": "10:10",
        "answer.visit.back_at": "11:40",
        "answer.visit.visitors": ["S-07 Gray Invented", "S-12 Lane Invented", None, None],
    }
    blank = home / "blank.docx"
    labels = {control.tag: control.options for control in read_fields(blank).controls}
    plan["answer.visit.purpose"] = labels["answer.visit.purpose"][1]
    blank.write_bytes(fill(blank.read_bytes(), plan))
    rest = home / "rest.yaml"
    rest.write_text((home / "families" / "F-0123.yaml").read_text("utf-8").replace("F-0123", "F-0999"), "utf-8")
    planned = home / "visits-planned" / "visit-F-0123.yaml"
    first = riskgen("assess", rest, planned, "--answers", blank, "--no-input")
    assert first.code == 0, first.said
    with open_desk(home) as desk:
        answers = desk.visit(REF).body["intake"]["answers"]
    assert answers["family.address"] == "1 Sample Street\nSampletown"
    assert answers["visit.start"] == {"moment": "2026-11-20T10:30"}

    form = next((home / "visits" / REF).glob("*_risk-assessment_*.docx"))
    untouched = riskgen("read", form)
    assert (untouched.code, "changes nothing" in untouched.said) == (0, True), untouched.said
    form.write_bytes(fill(form.read_bytes(), {"authorise.decision": "Authorised", "authorise.name": "Avery Invented"}))
    typed = "long enough pass\nlong enough pass\ny\n"
    given = riskgen("read", form, "--as", "S-01", typed=typed)
    assert given.code == 0, given.said
    assert f"{REF} is authorised by S-01" in given.said

    office = next((home / "visits" / REF).glob("*_intent-to-visit-office_*.docx"))
    same = riskgen("read", office)
    assert (same.code, "changes nothing" in same.said) == (0, True), same.said
    wall("2026-11-20T12:00")
    times = {"day.left_at": "10:10", "day.check_in_at": ["10:35", "11:10", None], "day.back_at": "11:38"}
    office.write_bytes(fill(office.read_bytes(), times))
    gone = riskgen("read", office, "--yes")
    assert gone.code == 0, gone.said
    with open_desk(home) as desk:
        assert desk.visit(REF).state is State.RETURNED

    assert riskgen("pack", REF).code == 0
    parts = [
        next((home / "visits" / REF / "pack").glob(f"*-{name}_*.docx"))
        for name in ("visit-record", "visit-record-confidential")
    ]
    clauses = [control for control in read_fields(parts[1]).controls if control.tag == "record.clause"]
    said: tuple[dict[str, Any], dict[str, Any]] = (
        {
            "record.ending": Ending.AS_PLANNED.words,
            "record.seen": "All well & quiet\n<nothing> else",
            "record.agreed": "A call next week",
            "record.action_what": ["Ring the parent", None, None, None, None],
            "record.action_who": ["S-07", None, None, None, None],
            "record.action_by": [date(2026, 11, 27), None, None, None, None],
        },
        {"record.concern": "No", "record.incident": "No", "record.clause_answer": ["Done"] * len(clauses)},
    )
    for part, values in zip(parts, said, strict=True):
        part.write_bytes(fill(part.read_bytes(), values))
        written = riskgen("read", part, "--yes")
        assert written.code == 0, written.said
    with open_desk(home) as desk:
        visit = desk.visit(REF)
    kept = record_of(visit)
    assert kept
    assert visit.state is State.RECORDED
    assert (kept.seen, len(kept.clauses)) == ("All well & quiet\n<nothing> else", len(clauses))
    for part in parts:
        twice = riskgen("read", part, "--yes")
        assert (twice.code, "changes nothing" in twice.said) == (0, True)
