"""The stock Word forms: the files are what the script builds, and what it builds keeps the promises made for it."""

import io
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints
from xml.etree import ElementTree

import pytest
from docx import Document
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from riskgen.core.struct import asdict, is_struct, names_of
from riskgen.files.controls import AS_PROMPT, fields_of
from riskgen.files.word import open_parts
from riskgen.forms.catalogue import Holder, load_forms
from riskgen.forms.context import FormContext
from riskgen.forms.finish import LOGO, as_handed_out
from riskgen.forms.preflight import preflight
from riskgen.library.load import Library

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from build_forms import FORMS_DIR, blank_forms, stock_forms  # noqa: E402
from stock_forms.package import Head, docx  # noqa: E402
from stock_forms.risk_assessment import LIKELIHOOD_SPAN  # noqa: E402

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
ALL = stock_forms() | blank_forms()
NAMES = sorted(ALL)
FORMS = {name: docx(form) for name, form in ALL.items()}
ON_PAPER = [name for name in NAMES if ALL[name].head is Head.PAPER]
"""The forms that show the reference and the policy on each page."""
COME_BACK = [
    "intent-to-visit-office.docx",
    "intent-to-visit-travelling.docx",
    "risk-assessment.docx",
    "visit-record.docx",
]
VOCABULARY = {
    "form": {"id", "reference", "fingerprint", "count"},
    "record": {
        "ending", "why", "seen", "agreed", "concern", "incident", "incident_text", "none_further", "notes",
        "clause", "clause_answer", "clause_why", "action_what", "action_who", "action_by",
    },
    "authorise": {"decision", "reason", "name", "date"},
    "day": {"left_at", "check_in_at", "back_at"},
}  # fmt: skip
"""The tags that riskgen knows, by their first word. `answer.` is followed by a question; the rest is for people."""
FOR_PEOPLE = {"sign", "letter"}
REPEATED = {
    "answer.visit.visitors", "day.check_in_at", "record.action_what", "record.action_who", "record.action_by",
    "sign.done",
}  # fmt: skip
"""Tags that stand in several rows of a stock form; other rows repeat only once the form is filled in."""
SMALLEST_PRINT = 22  # half-points: 11 pt, at the head and foot of the page too


def parts(data: bytes) -> dict[str, str]:
    """Every part of a package, XML normalised."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    return {
        name: content.hex() if name.endswith(".png") else ElementTree.canonicalize(content.decode())
        for name, content in found.items()
    }


def part(data: bytes, name: str) -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return ElementTree.fromstring(archive.read(name))  # made by this repository


def document(data: bytes) -> ElementTree.Element:
    return part(data, "word/document.xml")


def words(element: ElementTree.Element) -> str:
    return "".join(text.text or "" for text in element.iter(f"{W}t"))


def sample(kind: Any, levels: int, word: str, office: bool) -> Any:
    """A value for every field of the contract: lists of two, and matrices of the size asked for."""
    if is_struct(kind):
        hints = get_type_hints(kind)
        return kind(**{name: sample(hints[name], levels, name, office) for name in names_of(kind)})
    if get_origin(kind) is tuple:
        size = levels if word in ("severities", "rows", "cells") else 2
        return tuple(sample(get_args(kind)[0], levels, word, office) for _ in range(size))
    if kind is bool:
        return office if word == "office" else True
    return "C6E0B4" if word == "colour" else f"{word} <&> \U0001f600"


def fill(name: str, *, levels: int = 3, office: bool = True) -> bytes:
    template = DocxTemplate(io.BytesIO(FORMS[name]))
    context = sample(FormContext, levels, "", office)
    environment = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    template.render(asdict(context), environment)
    saved = io.BytesIO()
    template.save(saved)
    return saved.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_what_the_script_builds(name: str) -> None:
    hint = "Change the form in tools/stock_forms and run tools/build_forms.py"
    assert parts((FORMS_DIR / name).read_bytes()) == parts(FORMS[name]), hint


@pytest.mark.parametrize("name", NAMES)
def test_building_again_gives_the_same_bytes(name: str) -> None:
    assert docx((stock_forms() | blank_forms())[name]) == FORMS[name]


def test_the_catalogue_lists_the_stock_forms_and_each_passes_the_check() -> None:
    entries, problems = load_forms(ROOT / "templates")
    assert not problems
    assert {entry.file.name for entry in entries} == set(stock_forms())
    assert [problem for entry in entries for problem in preflight(entry)] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_prompt_is_no_answer_where_its_flag_is_dropped(name: str) -> None:
    def prompting(data: bytes) -> list[tuple[str, bool, str]]:
        opened, problems = open_parts(data, name)
        assert problems == ()
        found = fields_of(opened, name)
        assert [each.code for each in found.problems if each.code == AS_PROMPT] == []
        return [(each.tag, each.prompts, each.text) for each in found.controls]

    made, raw = as_handed_out(Document(io.BytesIO(FORMS[name]))), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(raw, "w") as new:
        for part_name in old.namelist():
            new.writestr(part_name, old.read(part_name).replace(b"<w:showingPlcHdr/>", b""))
    assert prompting(raw.getvalue()) == prompting(made)


@pytest.mark.parametrize("name", NAMES)
def test_no_row_splits_and_every_listing_repeats_its_head(name: str) -> None:
    for table in document(FORMS[name]).iter(f"{W}tbl"):
        assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in table.iter(f"{W}tr"))
        if "{%tr for" in words(table) and words(table.findall(f"{W}tr")[0]).startswith("{%tr"):
            pytest.fail(f"a listing without a head: {words(table)[:60]}")
        if any("{%tr for" in words(row) for row in table.iter(f"{W}tr")):
            assert table.find(f"{W}tr/{W}trPr/{W}tblHeader") is not None


@pytest.mark.parametrize("name", NAMES)
def test_every_table_has_a_name_for_screen_readers(name: str) -> None:
    assert all(table.find(f"{W}tblPr/{W}tblCaption") is not None for table in document(FORMS[name]).iter(f"{W}tbl"))


@pytest.mark.parametrize("name", NAMES)
def test_content_controls_have_titles_and_tags_that_riskgen_or_people_know(name: str, library: Library) -> None:
    controls = list(document(FORMS[name]).iter(f"{W}sdt"))
    tags = [value(control, "tag") for control in controls]
    numbers = [number.get(f"{W}val") for control in controls for number in control.iter(f"{W}id")]
    assert all(value(control, "alias") for control in controls)
    for tag in tags:
        word, _, rest = tag.partition(".")
        assert rest in known_after(word, library) if word not in FOR_PEOPLE else re.fullmatch("[a-z_0-9]+", rest), tag
    assert {tag for tag in tags if tags.count(tag) > 1} <= REPEATED
    assert len(set(numbers)) == len(numbers)


def known_after(word: str, library: Library) -> set[str]:
    return {*library.questions, "visit.visitors"} if word == "answer" else VOCABULARY[word]


def value(control: ElementTree.Element, name: str) -> str:
    found = control.find(f"{W}sdtPr/{W}{name}")
    return "" if found is None else found.get(f"{W}val", "")


@pytest.mark.parametrize("name", NAMES)
def test_no_control_can_be_deleted_and_what_names_the_form_cannot_be_changed(name: str) -> None:
    for control in document(FORMS[name]).iter(f"{W}sdt"):
        fixed = value(control, "tag").startswith("form.")
        assert value(control, "lock") in ({"sdtContentLocked"} if fixed else {"sdtLocked", "sdtContentLocked"})


@pytest.mark.parametrize("name", COME_BACK)
def test_a_form_that_comes_back_says_which_form_of_which_assessment_it_is(name: str) -> None:
    controls = {value(control, "tag"): words(control) for control in document(FORMS[name]).iter(f"{W}sdt")}
    assert controls["form.id"] == "{{ form.id }}"
    assert controls["form.reference"] == "{{ reference }}"
    assert controls["form.fingerprint"] == "{{ form.fingerprint }}"


@pytest.mark.parametrize("name", COME_BACK)
def test_each_kind_of_field_that_people_fill_in_is_a_control(name: str) -> None:
    kinds = {child.tag.partition("}")[2] for sdt in document(FORMS[name]).iter(f"{W}sdtPr") for child in sdt}
    assert {"text", "date", "checkbox"} <= kinds
    if name in ("risk-assessment.docx", "visit-record.docx"):
        assert "dropDownList" in kinds


def test_the_times_of_a_visit_come_back_from_both_copies_and_those_of_the_day_from_the_offices() -> None:
    tags = {
        copy: {value(control, "tag") for control in document(FORMS[f"intent-to-visit-{copy}.docx"]).iter(f"{W}sdt")}
        for copy in ("office", "travelling")
    }
    plan = {"answer.visit.leave_at", "answer.visit.back_at", "answer.safety.check_in_times"}
    assert plan <= tags["office"] & tags["travelling"]
    assert {tag for tag in tags["office"] if tag.startswith("day.")} == {f"day.{it}" for it in VOCABULARY["day"]}
    assert not [tag for tag in tags["travelling"] if tag.startswith("day.")]


@pytest.mark.parametrize("name", NAMES)
def test_properties_name_the_form_and_nobody_else(name: str) -> None:
    core = part(FORMS[name], "docProps/core.xml")
    found = {child.tag.partition("}")[2]: child.text for child in core}
    assert found["title"] == ALL[name].title
    assert found["language"] == "en-GB"
    assert set(found) == {"title", "language", "created", "modified"}
    with zipfile.ZipFile(io.BytesIO(FORMS[name])) as archive:
        assert not any(b"python" in archive.read(entry).lower() for entry in archive.namelist())


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_the_one_that_is_asked_for(name: str) -> None:
    size = next(document(FORMS[name]).iter(f"{W}pgSz"))
    page = ALL[name].page
    assert (size.get(f"{W}w"), size.get(f"{W}h")) == (str(page.width), str(page.height))
    assert ("landscape" if page.landscape else None) == size.get(f"{W}orient")


@pytest.mark.parametrize("name", ON_PAPER)
def test_each_page_shows_school_reference_edition_place_in_the_pack_and_number(name: str) -> None:
    header = words(part(FORMS[name], "word/header1.xml"))
    assert all(field in header for field in ("{{ school.name }}", "{{ policy.edition }}", "{{ reference }}"))
    footer = part(FORMS[name], "word/footer1.xml")
    assert [field.get(f"{W}instr") for field in footer.iter(f"{W}fldSimple")] == ["PAGE", "NUMPAGES"]
    assert words(footer).endswith("{{ form.place }}. Page 1 of 1")
    assert "Confidential: holds personal data" in words(footer)


def test_what_goes_to_a_family_or_through_a_letterbox_does_not_call_itself_confidential() -> None:
    entries, _ = load_forms(ROOT / "templates")
    outside = [entry.file.name for entry in entries if {Holder.FAMILY, Holder.LETTERBOX} & set(entry.holders)]
    assert outside
    for name in outside:
        around = words(part(FORMS[name], "word/header1.xml")) + words(part(FORMS[name], "word/footer1.xml"))
        assert "Confidential" not in around
        assert "{{ reference }}" not in around


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_says_what_it_shows_and_the_logo_keeps_its_place(name: str) -> None:
    pictures = [
        picture
        for at in ("word/document.xml", "word/header1.xml", "word/footer1.xml")
        for picture in part(FORMS[name], at).iter(f"{WP}docPr")
    ]
    without = ALL[name].head in (Head.CARD, Head.BLANK)
    assert [picture.get("name") for picture in pictures] == ([] if without else [LOGO])
    assert all(picture.get("descr") == "Logo of the school" for picture in pictures)


@pytest.mark.parametrize("name", NAMES)
def test_styles_exist_are_legible_and_english(name: str) -> None:
    sheet = part(FORMS[name], "word/styles.xml")
    sizes = {style.get(f"{W}styleId", ""): style.find(f"{W}rPr/{W}sz") for style in sheet.iter(f"{W}style")}
    shown = [part(FORMS[name], f"word/{at}.xml") for at in ("document", "header1", "footer1")]
    used = {mark.get(f"{W}val", "") for it in shown for mark in it.iter(f"{W}pStyle")}
    assert used <= set(sizes)
    for style in used - {"Between", "Gap"}:
        size = sizes[style]
        assert size is not None
        assert int(size.get(f"{W}val", "0")) >= SMALLEST_PRINT, style
    assert all(int(size.get(f"{W}val", "0")) >= SMALLEST_PRINT for it in shown for size in it.iter(f"{W}sz"))
    for spacer in ("Between", "Gap"):
        assert not any(words(it) for it in shown[0].iter(f"{W}p") if style_of(it) == spacer)
    language = sheet.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}lang")
    assert language is not None
    assert language.get(f"{W}val") == "en-GB"


def style_of(paragraph: ElementTree.Element) -> str:
    mark = paragraph.find(f"{W}pPr/{W}pStyle")
    return "" if mark is None else mark.get(f"{W}val", "")


@pytest.mark.parametrize("name", NAMES)
def test_headings_come_in_order(name: str) -> None:
    """A letter begins with an address, so that a window envelope shows it; all else begins with its title."""
    styles = [style_of(it) for it in document(FORMS[name]).iter(f"{W}p")]
    headings = [style for style in styles if style.startswith(("Title", "Heading"))]
    assert headings[0] == "Title"
    assert headings.count("Title") == 1
    assert styles[0] == "Title" or ALL[name].head is Head.LETTER
    levels = [int(style[-1]) for style in headings[1:]]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("levels", [3, 4, 5])
def test_the_matrix_takes_any_size_and_keeps_the_width_of_the_page(levels: int) -> None:
    page = stock_forms()["risk-assessment.docx"].page.text_width
    filled = document(fill("risk-assessment.docx", levels=levels))
    grid = next(table for table in filled.iter(f"{W}tbl") if is_matrix(table))
    widths = [int(column.get(f"{W}w", "0")) for column in grid.iter(f"{W}gridCol")]
    assert len(widths) == levels + LIKELIHOOD_SPAN
    assert [len(row.findall(f"{W}tc")) for row in grid.iter(f"{W}tr")] == [levels + 1] * (levels + 1)
    assert page - 10 <= sum(widths) <= page
    assert max(widths) - min(widths) < 10


def is_matrix(table: ElementTree.Element) -> bool:
    caption = table.find(f"{W}tblPr/{W}tblCaption")
    return caption is not None and caption.get(f"{W}val", "").startswith("Risk matrix")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("office", [True, False])
def test_filled_in_each_cell_ends_with_a_paragraph_and_each_colour_has_words(name: str, office: bool) -> None:
    filled = document(fill(name, office=office))
    for cell in filled.iter(f"{W}tc"):
        assert cell[-1].tag == f"{W}p"
        shade = cell.find(f"{W}tcPr/{W}shd")
        if shade is not None and shade.get(f"{W}fill") == "C6E0B4":
            assert words(cell).strip()
    assert "{" not in words(filled)
    if name in stock_forms():
        assert "<&> \U0001f600" in words(filled)


def test_only_the_office_copy_prints_the_safe_word_and_tells_people_to_keep_it_at_school() -> None:
    line = "Keep at school. Do not let this copy travel."
    for name in NAMES:
        said = words(document(fill(name, office=name.endswith("office.docx"))))
        assert (line in said) == (name == "intent-to-visit-office.docx")
        assert ("safe_word <&>" in said) == (name == "intent-to-visit-office.docx")


def variants() -> Iterator[tuple[str, bytes]]:
    for name in NAMES:
        yield name, FORMS[name]
        yield f"filled-{name}", fill(name, levels=5)


@pytest.mark.skipif(not shutil.which("ooxml-validator"), reason="the Open XML SDK validator is not installed")
def test_the_open_xml_sdk_finds_no_fault_before_or_after_filling_in(tmp_path: Path) -> None:
    for name, data in variants():
        (tmp_path / name).write_bytes(data)
        done = subprocess.run(["ooxml-validator", tmp_path / name], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
