"""Workbooks are what the standard says, whoever writes them with openpyxl."""

import io
import re
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.styles import Font

from riskgen.workbook.skeleton import page_sheet
from riskgen.workbook.valid import FONT_ORDER, cut, mend_fonts, new_workbook, put_text, saved

MADE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def book() -> Any:
    made = new_workbook("A title", MADE)
    made.create_sheet("One")
    return made


def part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(name).decode()


def test_the_order_of_a_font_leaves_nothing_out() -> None:
    mend_fonts()
    flags = dict.fromkeys(("b", "i", "strike", "outline", "shadow", "condense", "extend"), True)
    shape = {"name": "Calibri", "charset": 1, "family": 2, "sz": 11, "color": "FF112233", "u": "single"}
    font = Font(**flags, **shape, vertAlign="superscript", scheme="minor")
    assert tuple(child.tag for child in font.to_tree()) == FONT_ORDER
    assert len(set(FONT_ORDER)) == 15  # as many as openpyxl knows


def test_a_workbook_with_fonts_passes_the_open_xml_validator(book: Any, tmp_path: Path, ooxml_validator: str) -> None:
    book["One"]["A1"].value = "bold"
    book["One"]["A1"].font = Font(name="Calibri", size=9, bold=True, italic=True, underline="single", color="FF112233")
    (tmp_path / "book.xlsx").write_bytes(saved(book))
    done = subprocess.run([ooxml_validator, tmp_path / "book.xlsx"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "#N/A", "0123", "\tx", "TRUE", "plain"])
def test_text_stays_text(book: Any, text: str) -> None:
    put_text(book["One"]["A1"], text)
    data = saved(book)
    sheet = part(data, "xl/worksheets/sheet1.xml")
    assert "<f>" not in sheet
    assert 't="e"' not in sheet
    assert load_workbook(io.BytesIO(data))["One"]["A1"].value == text


def test_what_xml_cannot_hold_is_seen(book: Any) -> None:
    put_text(book["One"]["A1"], "a\x07b\ufffe")
    assert load_workbook(io.BytesIO(saved(book)))["One"]["A1"].value == "a\ufffdb\ufffd"


@pytest.mark.parametrize("value", ["", "A & <B>", 6, 2.5, True, "#N/A"])
def test_a_formula_is_saved_with_what_it_comes_to(book: Any, value: Any) -> None:
    page = book["One"]
    page["A1"].value = '=IF(B1<2,"<&>",1)'
    page["A1"].font = Font(name="Calibri", size=9)
    data = saved(book, {("xl/worksheets/sheet1.xml", "A1"): value})
    assert load_workbook(io.BytesIO(data), data_only=True)["One"]["A1"].value == (value or None)
    assert load_workbook(io.BytesIO(data))["One"]["A1"].value == '=IF(B1<2,"<&>",1)'


def test_a_formula_that_nobody_has_worked_out_is_saved_without_a_value(book: Any) -> None:
    book["One"]["A1"].value = "=B1"
    assert re.search('<c r="A1"><f>B1</f></c>', part(saved(book, {}), "xl/worksheets/sheet1.xml"))


def test_properties_name_the_title_and_the_language_and_nobody(book: Any) -> None:
    data = saved(book)
    core, app = part(data, "docProps/core.xml"), part(data, "docProps/app.xml")
    assert ">A title<" in core
    assert ">en-GB<" in core
    assert "2026-11-20T09:00:00Z" in core
    assert "creator" not in core
    assert "openpyxl" not in (core + app).casefold()


@pytest.mark.parametrize(("text", "longest", "found"), [("four", 4, "four"), ("five of", 5, "five…"), ("", 3, "")])
def test_text_is_cut_visibly(text: str, longest: int, found: str) -> None:
    assert cut(text, longest) == found


def test_the_foot_of_a_page_has_room_for_its_letters(book: Any) -> None:
    margins = page_sheet(book, "Page", (20, 20)).page_margins
    assert margins.bottom - margins.footer >= 0.4
