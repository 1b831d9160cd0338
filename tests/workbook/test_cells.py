"""Cells as Excel stores them, and rows that go into a skeleton."""

import zipfile
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest
from defusedxml.ElementTree import fromstring

from riskgen.workbook.cells import LONGEST_TEXT, Cell, Formula, height_of, row_of, row_xml, serial, text_xml
from riskgen.workbook.skeleton import with_words
from riskgen.workbook.stream import Rows, TooManyRows, assemble
from riskgen.workbook.styles import Look, Styles
from riskgen.workbook.valid import new_workbook

AT = datetime(2026, 12, 2, 10, 30)
TEXTS = (
    "=1+1",
    '=HYPERLINK("http://127.0.0.1/","x")',
    "+44 7700 900123",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "#N/A",
    "#REF!",
    "TRUE",
    "0012",
    "1E5",
    "2026-12-02",
    "Tom & Jerry <risk> \"'",
    "]]>",
    "{{7*7}}",
    " leading and trailing ",
    "two\nlines",
    "José 👨\u200d👩\u200d👧 ا",
)


def book_of(folder: Path, *rows: tuple[object, ...]) -> Path:
    """A workbook with one sheet of such rows, by our own writer."""
    book = new_workbook("A title", AT.astimezone())
    book.create_sheet("Rows")
    styles = Styles(book)
    looks = {str: Look.TEXT, datetime: Look.MOMENT, date: Look.DATE, time: Look.TIME, int: Look.NUMBER}
    with Rows(folder / "rows", max(map(len, rows))) as made:
        for row in rows:
            made.add(row_of(made.next, row, [styles.number(looks.get(type(value), Look.TEXT)) for value in row]))
    skeleton, amended = with_words(book, ())
    assemble(skeleton, {1: made}, folder / "book.xlsx", amended)
    return folder / "book.xlsx"


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_text_and_the_same(tmp_path: Path, text: str) -> None:
    cell = openpyxl.load_workbook(book_of(tmp_path, (text,)))["Rows"]["A1"]
    assert (cell.value, cell.data_type) == (text, "s")


def test_what_excel_would_unpack_is_kept_whole() -> None:
    """Excel reads `_x0041_` as the letter A, and `_x005F_` as the line below the letters."""
    assert (
        text_xml("_x0041_ is no A; _x00 and _xyz_ are harmless") == "_x005F_x0041_ is no A; _x00 and _xyz_ are harmless"
    )


def test_dates_are_dates_and_numbers_are_numbers(tmp_path: Path) -> None:
    row = (date(2026, 2, 28), AT, time(23, 59), 0, 12, Formula("1+1", 2))
    sheet = openpyxl.load_workbook(book_of(tmp_path, row), data_only=True)["Rows"]
    read = [cell.value for cell in sheet[1]]
    assert read == [datetime(2026, 2, 28), AT, time(23, 59), 0, 12, 2]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(1900, 3, 1), 61),
        (date(2026, 12, 2), 46358),
        (datetime(2026, 12, 2, 12), 46358.5),
        (time(6), 0.25),
    ],
)
def test_how_excel_counts_days(value: date | time, expected: float) -> None:
    assert serial(value) == expected


def test_what_xml_cannot_hold_is_marked() -> None:
    assert text_xml("a\x00b\x0bc\ufffe") == "a\ufffdb\ufffdc\ufffd"
    fromstring(row_of(1, ["\x1b[31m \ud800"], [0]))


def test_text_that_gets_no_second_look_needs_none() -> None:
    """Whatever the character, at the end of a text and within it: rows by the thousand say what any cell would."""
    for text in (f"a{chr(point)}{after}" for point in range(0x10000) for after in ("", "b")):
        made = row_of(1, [text], [0])
        assert f">{text_xml(text)}</t>" in made
        assert 'xml:space="preserve"' in made or not text.endswith(" ")


def test_text_that_begins_as_a_formula_does_has_the_style_that_says_so() -> None:
    made = row_of(1, ["=1", "1=1", "-", "a", None], [3, 3, 4, 4, 4], quoted=[7, 7, 8, 8, 8])
    assert [cell.get("s") for cell in fromstring(made)] == ["7", "3", "8", "4"]


def test_text_longer_than_a_cell_says_that_it_was_cut() -> None:
    made = text_xml("x" * (LONGEST_TEXT + 1))
    assert len(made) == LONGEST_TEXT
    assert made.endswith("… (cut here: it is longer than a cell can hold)")
    assert text_xml("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT


def test_a_row_is_as_tall_as_its_longest_text() -> None:
    assert height_of([("short", 20), (None, 1), (3, 1)]) == 0
    assert height_of([("short", 20), ("x" * 50, 20)]) == 45
    assert height_of([("a\nb", 20)]) == 30
    assert row_xml(3, [Cell("a", 1)], 30).startswith('<row r="3" ht="30">')


def test_a_workbook_says_how_far_its_rows_reach(tmp_path: Path) -> None:
    with zipfile.ZipFile(book_of(tmp_path, ("a", "b"), ("c",))) as package:
        assert b'<dimension ref="A1:B2"/>' in package.read("xl/worksheets/sheet1.xml")


def test_more_rows_than_a_sheet_can_hold_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskgen.workbook.stream.MOST_ROWS", 2)
    with pytest.raises(TooManyRows, match="holds 2 rows"):
        book_of(tmp_path, ("a",), ("b",), ("c",))


def test_rows_do_not_overwrite_a_file_that_is_there(tmp_path: Path) -> None:
    book_of(tmp_path, ("a",))
    with pytest.raises(FileExistsError):
        book_of(tmp_path, ("b",))
