"""The stock Word forms: the files are what the script builds, and what it builds keeps the promises made for it."""

import io
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints
from xml.etree import ElementTree

import pytest
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from riskgen.forms.catalogue import load_forms
from riskgen.forms.context import FormContext
from riskgen.forms.preflight import preflight

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from build_forms import FORMS_DIR, stock_forms  # noqa: E402
from stock_forms.package import docx  # noqa: E402
from stock_forms.risk_assessment import LIKELIHOOD_SPAN  # noqa: E402

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NAMES = sorted(stock_forms())
FORMS = {name: docx(form) for name, form in stock_forms().items()}
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
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{item.name: sample(hints[item.name], levels, item.name, office) for item in fields(kind)})
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
    template.render({item.name: getattr(context, item.name) for item in fields(context)}, environment)
    saved = io.BytesIO()
    template.save(saved)
    return saved.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_what_the_script_builds(name: str) -> None:
    hint = "Change the form in tools/stock_forms and run tools/build_forms.py"
    assert parts((FORMS_DIR / name).read_bytes()) == parts(FORMS[name]), hint


@pytest.mark.parametrize("name", NAMES)
def test_building_again_gives_the_same_bytes(name: str) -> None:
    assert docx(stock_forms()[name]) == FORMS[name]


def test_the_catalogue_lists_the_stock_forms_and_each_passes_the_check() -> None:
    entries, problems = load_forms(ROOT / "templates")
    assert not problems
    stock = [entry for entry in entries if entry.file.name in FORMS]
    assert {entry.file.name for entry in stock} == set(FORMS)
    assert [problem for entry in stock for problem in preflight(entry)] == []


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
def test_content_controls_have_titles_and_tags_of_their_own(name: str) -> None:
    controls = list(document(FORMS[name]).iter(f"{W}sdt"))
    titles = [value(control, "alias") for control in controls]
    tags = [value(control, "tag") for control in controls]
    numbers = [number.get(f"{W}val") for control in controls for number in control.iter(f"{W}id")]
    assert controls
    assert all(titles)
    assert all(re.fullmatch(r"[a-z0-9-]+", tag) for tag in tags)
    assert len(set(tags)) == len(tags)
    assert len(set(numbers)) == len(numbers)


def value(control: ElementTree.Element, name: str) -> str:
    found = control.find(f"{W}sdtPr/{W}{name}")
    return "" if found is None else found.get(f"{W}val", "")


@pytest.mark.parametrize("name", NAMES)
def test_each_kind_of_field_that_people_fill_in_is_a_control(name: str) -> None:
    kinds = {child.tag.partition("}")[2] for sdt in document(FORMS[name]).iter(f"{W}sdtPr") for child in sdt}
    assert {"text", "date", "checkbox"} <= kinds
    if name == "risk-assessment.docx":
        assert "dropDownList" in kinds


@pytest.mark.parametrize("name", NAMES)
def test_properties_name_the_form_and_nobody_else(name: str) -> None:
    core = part(FORMS[name], "docProps/core.xml")
    found = {child.tag.partition("}")[2]: child.text for child in core}
    assert found["title"] == stock_forms()[name].title
    assert found["language"] == "en-GB"
    assert set(found) == {"title", "language", "created", "modified"}
    with zipfile.ZipFile(io.BytesIO(FORMS[name])) as archive:
        assert not any(b"python" in archive.read(entry).lower() for entry in archive.namelist())


@pytest.mark.parametrize("name", NAMES)
def test_a4_with_reference_school_edition_and_page_numbers(name: str) -> None:
    size = next(document(FORMS[name]).iter(f"{W}pgSz"))
    assert {size.get(f"{W}w"), size.get(f"{W}h")} == {"11906", "16838"}
    header = words(part(FORMS[name], "word/header1.xml"))
    assert all(field in header for field in ("{{ school.name }}", "{{ policy.edition }}", "{{ reference }}"))
    footer = part(FORMS[name], "word/footer1.xml")
    assert [field.get(f"{W}instr") for field in footer.iter(f"{W}fldSimple")] == ["PAGE", "NUMPAGES"]
    assert "Page 1 of 1" in words(footer)


@pytest.mark.parametrize("name", NAMES)
def test_styles_exist_are_legible_and_english(name: str) -> None:
    sheet = part(FORMS[name], "word/styles.xml")
    sizes = {style.get(f"{W}styleId", ""): style.find(f"{W}rPr/{W}sz") for style in sheet.iter(f"{W}style")}
    used = {mark.get(f"{W}val", "") for mark in document(FORMS[name]).iter(f"{W}pStyle")}
    assert used <= set(sizes)
    for style in used - {"Between", "Gap"}:
        size = sizes[style]
        assert size is not None
        assert int(size.get(f"{W}val", "0")) >= SMALLEST_PRINT, style
    language = sheet.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}lang")
    assert language is not None
    assert language.get(f"{W}val") == "en-GB"


@pytest.mark.parametrize("name", NAMES)
def test_headings_come_in_order(name: str) -> None:
    styles = [mark.get(f"{W}val", "") for mark in document(FORMS[name]).iter(f"{W}pStyle")]
    levels = [int(style[-1]) for style in styles if style.startswith("Heading")]
    assert styles[0] == "Title"
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
    assert "school.name" not in words(filled)
    assert "purpose <&> \U0001f600" in words(filled)


def test_only_the_office_copy_tells_people_to_keep_it_at_school() -> None:
    line = "Keep at school. Do not let this copy travel."
    copies = {
        True: fill("intent-to-visit-office.docx", office=True),
        False: fill("intent-to-visit-travelling.docx", office=False),
    }
    assert line in words(document(copies[True]))
    assert line not in words(document(copies[False]))
    assert "safe-word" in {value(control, "tag") for control in document(copies[True]).iter(f"{W}sdt")}
    assert "safe-word" not in {value(control, "tag") for control in document(copies[False]).iter(f"{W}sdt")}


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
