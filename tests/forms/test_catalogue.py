"""templates/forms.yaml is read, and every fault of it named with its line."""

import json
import shutil
from pathlib import Path

import pytest

from riskgen.core.plain import to_plain
from riskgen.files import cache, lists
from riskgen.forms.catalogue import FormEntry, Holder, Pack, load_forms

STOCK = Path(__file__).resolve().parents[2] / "templates"
ENTRY = "- {id: a, title: A form, file: forms/a.docx, order: 1, holder: office"


def faults(folder: Path, text: str) -> str:
    (folder / "forms.yaml").write_text(text, encoding="utf-8")
    forms, problems = load_forms(folder)
    assert not (forms and problems)
    return "\n".join(f"{problem.line}: {problem.message} {problem.hint}" for problem in problems)


def test_the_stock_forms() -> None:
    forms, problems = load_forms(STOCK)
    assert problems == ()
    assert [(form.id, form.holders) for form in forms] == [
        ("cover-sheet", (Holder.VISITORS, Holder.OFFICE)),
        ("intent-to-visit-office", (Holder.OFFICE,)),
        ("office-card", (Holder.OFFICE,)),
        ("risk-assessment", (Holder.MANAGER, Holder.OFFICE)),
        ("visit-schedule", (Holder.HEADTEACHER, Holder.OFFICE)),
        ("intent-to-visit-travelling", (Holder.VISITORS,)),
        ("visit-checklist", (Holder.VISITORS,)),
        ("emergency-card", (Holder.VISITORS,)),
        ("calling-card", (Holder.LETTERBOX,)),
        ("letter-to-family", (Holder.FAMILY,)),
        ("induction-letter", (Holder.FAMILY,)),
        ("letter-to-agencies", (Holder.AGENCY,)),
        ("visit-record", (Holder.MANAGER, Holder.PUPIL_FILE)),
        ("visit-record-confidential", (Holder.MANAGER,)),
        ("minutes-for-family", (Holder.FAMILY,)),
        ("cancellation-note", (Holder.HEADTEACHER,)),
    ]
    by_id = {form.id: form for form in forms}
    assert [form.id for form in forms if form.secret] == ["intent-to-visit-office"]
    assert [form.id for form in forms if form.at_assess] == [
        "intent-to-visit-office",
        "risk-assessment",
        "intent-to-visit-travelling",
    ]
    assert by_id["intent-to-visit-office"].called == "templates/forms/intent-to-visit-office.docx"
    assert {"decision.outcome", "standing.outcome"} <= set(by_id["risk-assessment"].mandatory)


def test_only_the_cover_sheet_and_the_assessment_are_in_the_pack_of_a_visit_that_may_not_go() -> None:
    forms, _ = load_forms(STOCK)
    everywhere = {form.id for form in forms if set(form.packs) == set(Pack)}
    assert everywhere == {"cover-sheet", "risk-assessment"}
    assert {form.id for form in forms if Pack.DECISION in form.packs} == everywhere


def test_forms_that_were_found_sound_are_those_that_would_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISKGEN_CACHE", str(tmp_path / "cache"))
    (tmp_path / "templates").mkdir()
    shutil.copy(STOCK / "forms.yaml", tmp_path / "templates")
    read = load_forms(STOCK)
    assert load_forms(STOCK, kept=True) == load_forms(STOCK, kept=True) == read
    monkeypatch.setattr(lists, "check_rows", lambda *_: pytest.fail("It was read anew."))
    assert load_forms(STOCK, kept=True) == read
    elsewhere, _ = load_forms(tmp_path / "templates", kept=True)
    assert [form.file for form in elsewhere] == [tmp_path / "templates" / "forms" / form.file.name for form in read[0]]


def test_a_form_of_somebody_else_with_the_safe_word_does_not_come_about_even_from_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISKGEN_CACHE", str(tmp_path / "cache"))
    with pytest.raises(ValueError, match="Only the office"):
        FormEntry("x", "X", Path("x.docx"), 1, (Holder.VISITORS,), secret=True)
    load_forms(STOCK, kept=True)
    held = [to_plain(form) | {"secret": True} for form in load_forms(STOCK)[0]]
    monkeypatch.setattr(cache, "kept", lambda key: json.dumps(held).encode())
    assert load_forms(STOCK, kept=True) == load_forms(STOCK)


def test_forms_come_in_the_order_of_the_pack(tmp_path: Path) -> None:
    text = f"{ENTRY}}}\n- {{id: b, title: B, file: b.docx, order: 0, holder: visitors}}\n"
    assert faults(tmp_path, text) == ""
    assert [form.id for form in load_forms(tmp_path)[0]] == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("forms: x", "1: The file must be a list of forms."),
        (f"{ENTRY}, carrier: x}}", "1: 'carrier' is not known here."),
        ("- {id: a, title: A form, file: forms/a.docx, order: 1}", "lacks 'holder'"),
        (ENTRY.replace("office", "ofice") + "}", "Did you mean 'office'?"),
        (ENTRY.replace("1", "one") + "}", "must be a whole number"),
        (f"{ENTRY}}}\n{ENTRY}}}", "2: The form 'a' stands here twice; first on line 1."),
        (f"{ENTRY}, mandatory: [decision.outcom]}}", "'decision.outcom' is not a field that a form can print"),
        (ENTRY.replace("office", "visitors") + ", safe_word: yes}", "must not carry the safe word"),
        (ENTRY.replace("forms/a.docx", "../a.docx") + "}", "not a .docx inside the templates folder"),
        (ENTRY.replace("forms/a.docx", "/a.docx") + "}", "not a .docx inside the templates folder"),
        (ENTRY.replace("forms/a.docx", "'C:\\a.docx'") + "}", "not a .docx inside the templates folder"),
        (ENTRY.replace("forms/a.docx", "a.doc") + "}", "not a .docx inside the templates folder"),
        ("- just text", "must be a group of entries"),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, words: str) -> None:
    assert words in faults(tmp_path, text)


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    assert load_forms(tmp_path)[1]
