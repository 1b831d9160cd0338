"""Tables out of files that other people made: what is read, what is refused, and that neither takes the machine."""

import io
import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from riskgen.core.problem import Problem
from riskgen.workbook import package, reading
from riskgen.workbook.reading import Table, read_table

SHEET = "xl/worksheets/sheet1.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"


# --- files to read ------------------------------------------------------------------------------------


def book(path: Path, rows: Any = (), change: Callable[[Any], None] = lambda _: None) -> Path:
    """A workbook as openpyxl makes it."""
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    change(made)
    made.save(path)
    return path


def altered(path: Path, parts: Mapping[str, Callable[[bytes], bytes]], more: Mapping[str, bytes] = {}) -> Path:
    """The same workbook with other parts in it."""
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    held |= {name: alter(held[name]) for name, alter in parts.items()} | dict(more)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    return path


def sheet_of(path: Path, rows: str, after: str = "", before: str = "") -> Path:
    """A workbook whose one sheet has these rows, as XML, and whose formulas have been worked out."""
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    xml = f"<?xml version='1.0'?>{before}{head}<sheetData>{rows}</sheetData>{after}</worksheet>"
    return altered(book(path), {SHEET: lambda _: xml.encode(), "xl/workbook.xml": worked_out})


def worked_out(xml: bytes) -> bytes:
    assert b'fullCalcOnLoad="1"' in xml
    return xml.replace(b'fullCalcOnLoad="1"', b"")


def text_cell(address: str, text: str) -> str:
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'


def values(path: Path, *sheets: str) -> list[list[Any]]:
    """What is read of a file that has nothing wrong with it."""
    table, problems = read_table(path, sheets)
    assert problems == ()
    assert table is not None
    return [[cell.value for cell in row] for row in table.rows]


def refused(path: Path, *sheets: str) -> Problem:
    """Why a file is not read at all."""
    table, problems = read_table(path, sheets)
    assert table is None
    (problem,) = problems
    assert problem.path == str(path)
    assert problem.hint or problem.message
    return problem


def bad_cells(path: Path) -> tuple[Table, dict[str, str]]:
    """The rest of a file, and by address what is wrong with single cells of it."""
    table, problems = read_table(path)
    assert table is not None
    assert all(problem.line == int(problem.field.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for problem in problems)
    return table, {problem.field: f"{problem.message} {problem.hint}" for problem in problems}


# --- what is read -------------------------------------------------------------------------------------


def test_a_table_has_the_cells_that_hold_something_and_where_they_stand(tmp_path: Path) -> None:
    table, problems = read_table(book(tmp_path / "a.xlsx", [["Name", None, "Age"], [], ["Gray Invented", "  ", 0]]))
    assert problems == ()
    assert table is not None
    assert (table.shown, table.sheet) == (str(tmp_path / "a.xlsx"), "Sheet")
    assert [[(cell.address, cell.value) for cell in row] for row in table.rows] == [
        [("A1", "Name"), ("C1", "Age")],
        [("A3", "Gray Invented"), ("C3", 0)],
    ]
    assert [cell.row for cell in table.rows[1]] == [3, 3]


def test_numbers_typed_as_text_stay_text_and_formats_are_told(tmp_path: Path) -> None:
    def formats(made: Any) -> None:
        made.active["B1"].number_format = "@"
        made.active["C1"].number_format = "00000000000"

    table, _ = read_table(book(tmp_path / "a.xlsx", [["0042", 42, 7700900123, 1.5, True, 3.0]], formats))
    assert table is not None
    cells = table.rows[0]
    assert [cell.value for cell in cells] == ["0042", 42, 7700900123, 1.5, True, 3]
    assert type(cells[5].value) is int
    assert [cell.number_format for cell in cells[:3]] == ["General", "@", "00000000000"]


@pytest.mark.parametrize("epoch", [1900, 1904])
def test_dates_are_right_in_both_epochs(tmp_path: Path, epoch: int) -> None:
    def change(made: Any) -> None:
        if epoch == 1904:
            made.epoch = CALENDAR_MAC_1904
        made.active.append([date(2026, 12, 2), datetime(2026, 12, 2, 10, 30), time(9, 5), datetime(2026, 12, 2)])
        made.active["D1"].number_format = '[$-809]dddd d mmmm yyyy" hrs"'

    path = book(tmp_path / "a.xlsx", [], change)
    assert values(path) == [[date(2026, 12, 2), datetime(2026, 12, 2, 10, 30), time(9, 5), date(2026, 12, 2)]]
    with zipfile.ZipFile(path) as archive:
        assert (b"date1904" in archive.read("xl/workbook.xml")) == (epoch == 1904)


@pytest.mark.parametrize("serial", [0, 1, 59, 60])
def test_the_days_that_excel_counts_wrongly_are_faults(tmp_path: Path, serial: int) -> None:
    def as_date(made: Any) -> None:
        made.active["A1"].number_format = "yyyy-mm-dd"

    table, wrong = bad_cells(book(tmp_path / "a.xlsx", [[serial, 5]], as_date))
    assert [cell.value for cell in table.rows[0]] == [5]
    assert "A1 holds a day before March 1900." in wrong["A1"]
    assert values(book(tmp_path / "b.xlsx", [[61]], as_date)) == [[date(1900, 3, 1)]]


def test_a_day_in_1904_is_sure_where_counting_begins_then(tmp_path: Path) -> None:
    def change(made: Any) -> None:
        made.epoch = CALENDAR_MAC_1904
        made.active.append([date(1904, 1, 31)])

    assert values(book(tmp_path / "a.xlsx", [], change)) == [[date(1904, 1, 31)]]


def test_lengths_of_time_are_times_of_day_or_faults(tmp_path: Path) -> None:
    made = book(tmp_path / "a.xlsx", [[timedelta(hours=9, minutes=30), timedelta(hours=30)]])
    table, wrong = bad_cells(made)
    assert [cell.value for cell in table.rows[0]] == [time(9, 30)]
    assert "a length of time" in wrong["B1"]


def test_a_date_that_cannot_be_is_a_fault(tmp_path: Path) -> None:
    def as_date(made: Any) -> None:
        made.active["A1"].number_format = "yyyy-mm-dd"

    _, wrong = bad_cells(book(tmp_path / "a.xlsx", [[-5, 1]], as_date))
    assert list(wrong) == ["A1"]


def test_an_error_of_excel_is_a_fault_and_its_words_as_text_are_not(tmp_path: Path) -> None:
    error = '<row r="1"><c r="A1" t="e"><v>#N/A</v></c>' + text_cell("B1", "#N/A") + "</row>"
    table, wrong = bad_cells(sheet_of(tmp_path / "a.xlsx", error))
    assert [cell.value for cell in table.rows[0]] == ["#N/A"]
    assert "error of Excel" in wrong["A1"]
    assert "empty the cell" in wrong["A1"]


def test_a_formula_is_taken_by_its_result_and_is_a_fault_without_one(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>1+1</f></c>'
        '<c r="C1"><f>C2</f><v></v></c><c r="D1" t="str"><f>""</f><v></v></c>'
        '<c r="E1" t="str"><f>"x"</f><v>x</v></c><c r="F1" s="0"/></row>'
    )
    table, wrong = bad_cells(sheet_of(tmp_path / "a.xlsx", rows))
    assert [(cell.address, cell.value) for cell in table.rows[0]] == [("A1", 2), ("E1", "x")]
    assert list(wrong) == ["B1", "C1"]
    assert "Open the file in Excel, and save it." in wrong["B1"]


def test_a_result_that_was_put_there_unworked_is_not_believed(tmp_path: Path) -> None:
    """XlsxWriter, among others, writes 0 as the result of every formula, and that Excel is to work them all out."""
    rows = '<row r="1"><c r="A1"><v>0</v></c><c r="B1"><f>1+1</f><v>0</v></c><c r="C1"><f>5+5</f><v>10</v></c></row>'
    path = sheet_of(tmp_path / "a.xlsx", rows)
    assert values(path) == [[0, 0, 10]]
    altered(path, {"xl/workbook.xml": lambda xml: xml.replace(b"<calcPr", b'<calcPr fullCalcOnLoad="1"')})
    table, wrong = bad_cells(path)
    assert [cell.address for cell in table.rows[0]] == ["A1", "C1"]
    assert "B1 holds a formula without a result." in wrong["B1"]


def test_a_formula_in_the_last_row_or_column_is_not_overlooked(tmp_path: Path) -> None:
    _, wrong = bad_cells(book(tmp_path / "a.xlsx", [["a"], ["b", None, "=1+1"], [None, None, None, "=1+1"]]))
    assert list(wrong) == ["C2", "D3"]


@pytest.mark.parametrize("lead", ["=cmd|'/c calc'!A0", "+1", "-1", "@SUM(1)"])
def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path, lead: str) -> None:
    def as_text(made: Any) -> None:
        made.active["A1"].value, made.active["A1"].data_type = lead, "s"

    assert values(book(tmp_path / "a.xlsx", [], as_text)) == [[lead]]
    (tmp_path / "a.csv").write_text(f'Name,Other\n"{lead}",x\n', encoding="utf-8")
    assert values(tmp_path / "a.csv") == [["Name", "Other"], [lead, "x"]]


def test_control_characters_are_faults_that_name_the_cell(tmp_path: Path) -> None:
    rows = '<row r="1">' + text_cell("A1", "one_x000D_\ntwo") + text_cell("B1", "a_x0001_b") + "</row>"
    table, wrong = bad_cells(sheet_of(tmp_path / "a.xlsx", rows))
    assert [cell.value for cell in table.rows[0]] == ["one\ntwo"]
    assert "B1 holds the character U+0001 (start of heading)" in wrong["B1"]
    (tmp_path / "a.csv").write_bytes(b"Name,Other\nGray\x00,x\n")
    _, wrong = bad_cells(tmp_path / "a.csv")
    assert "U+0000 (null)" in wrong["A2"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_faults_are_told_one_by_one_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "csv":
        path.write_bytes(b"\x00,\x00\n\x00\n")
    else:
        book(path, [["=1", "=1"], ["=1"]])
    monkeypatch.setattr(reading, "MOST_FAULTS", 3)
    assert list(bad_cells(path)[1]) == ["A1", "B1", "A2"]
    monkeypatch.setattr(reading, "MOST_FAULTS", 2)
    assert refused(path).message.startswith("More than 2 cells cannot be read. A1 holds ")


def test_text_longer_than_a_cell_holds_is_a_fault(tmp_path: Path) -> None:
    fits, too_long = "x" * 32_767, "y" * 32_768
    table, wrong = bad_cells(sheet_of(tmp_path / "a.xlsx", f'<row r="1">{text_cell("A1", fits)}</row>'))
    assert not wrong
    (tmp_path / "a.csv").write_text(f"{fits},{too_long}\n", encoding="utf-8")
    table, wrong = bad_cells(tmp_path / "a.csv")
    assert [cell.value for cell in table.rows[0]] == [fits]
    assert "too long: 32768 of 32767" in wrong["B1"]


def test_what_a_sheet_says_of_its_own_size_is_not_believed(tmp_path: Path) -> None:
    lying = altered(
        book(tmp_path / "a.xlsx", [["a", "b"], ["c", "d"]]), {SHEET: lambda xml: xml.replace(b"A1:B2", b"A1")}
    )
    assert values(lying) == [["a", "b"], ["c", "d"]]
    assert values(sheet_of(tmp_path / "b.xlsx", "<row><c><v>1</v></c><c><v>2</v></c></row>")) == [[1, 2]]


def test_the_file_is_closed_again(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [["a"]])
    read_table(path)
    if Path("/proc/self/fd").is_dir():
        assert str(path) not in {str(each.resolve()) for each in Path("/proc/self/fd").iterdir()}
    path.unlink()


@pytest.mark.parametrize("shared", [True, False])
def test_what_xlsxwriter_saves_is_read(tmp_path: Path, shared: bool) -> None:
    """As XlsxWriter 3.2 writes it: strings in a part of their own, or, in its mode of constant memory, in the cells."""
    texts = ["Name", " 0042"]
    cells = [f't="s"><v>{n}</v>' for n in range(2)]
    if not shared:
        cells = [f't="inlineStr"><is><t xml:space="preserve">{text}</t></is>' for text in texts]
    rows = f'<row r="1" spans="1:3"><c r="A1" {cells[0]}</c><c r="B1" {cells[1]}</c><c r="C1" t="b"><v>1</v></c></row>'
    items = "".join(f'<si><t xml:space="preserve">{text}</t></si>' for text in texts)
    table = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{items}</sst>'
    path = sheet_of(tmp_path / "a.xlsx", rows)
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    named = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'"/></Types>'
    types = {package.TYPES: lambda xml: xml if kind in xml else xml.replace(b"</Types>", named)}
    assert values(altered(path, types, {"xl/sharedStrings.xml": table.encode()})) == [["Name", "0042", True]]


def test_what_libreoffice_saves_is_read(tmp_path: Path, calc: str) -> None:
    rows = [["Name", "Born"], ["Gray Invented", date(2012, 3, 4)], ["=1+1", 1.5]]
    source = book(tmp_path / "in.xlsx", rows)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    out = tmp_path / "out"
    command = [calc, profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", out, source]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert values(out / "in.xlsx") == [["Name", "Born"], ["Gray Invented", date(2012, 3, 4)], [2, 1.5]]


# --- which sheet --------------------------------------------------------------------------------------


def several(made: Any) -> None:
    made.active.title = "Lists"
    made.active.sheet_state = "hidden"
    for title in ("Staff", "Other"):
        made.create_sheet(title).append([title])


def test_the_sheet_that_is_wanted_or_the_first_that_can_be_seen(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [["hidden"]], several)
    assert values(path) == [["Staff"]]
    assert values(path, "Other", "Staff") == [["Other"]]
    assert values(path, "Visits", " OTHER ") == [["Other"]]


def test_a_sheet_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    problem = refused(book(tmp_path / "a.xlsx", [["hidden"]], several), "Visits", "Families")
    assert problem.message == "There is no sheet 'Visits' or 'Families'."
    assert "'Staff', 'Other'" in problem.hint
    assert "Lists" not in problem.hint


def test_a_hidden_sheet_is_not_read_unseen(tmp_path: Path) -> None:
    assert refused(book(tmp_path / "a.xlsx", [["hidden"]], several), "Lists").message == "The sheet 'Lists' is hidden."


def entitled(*titles: str) -> Callable[[Any], None]:
    """Sheets of those titles, each with its own in brackets in its first cell."""

    def change(made: Any) -> None:
        made.remove(made.active)
        for title in titles:
            made.create_sheet("x").append([f"[{title}]"])
            made.worksheets[-1]._WorkbookChild__title = title  # Excel has no two that differ only by capitals

    return change


@pytest.mark.parametrize("titles", [("Visits", "Visits "), ("Visits ", "Visits"), ("VISITS", "visits", "Visits")])
def test_of_sheets_of_nearly_one_title_the_very_one_is_read(tmp_path: Path, titles: tuple[str, ...]) -> None:
    assert values(book(tmp_path / "a.xlsx", change=entitled(*titles)), "Visits") == [["[Visits]"]]


def test_between_sheets_of_nearly_one_title_nobody_chooses(tmp_path: Path) -> None:
    problem = refused(book(tmp_path / "a.xlsx", change=entitled("Visits ", "VISITS", "Other")), "Visits")
    assert problem.message == "Several sheets differ only in spaces or capitals: 'Visits', 'VISITS'."
    assert problem.hint == "Name the one that is meant 'Visits', just so."


def test_titles_are_told_without_what_a_terminal_would_obey(tmp_path: Path) -> None:
    def retitled(xml: bytes) -> bytes:
        return xml.replace(b'name="Sheet"', f'name="a\u009b31m\u202e{"b" * 500}"'.encode())

    hint = refused(altered(book(tmp_path / "a.xlsx", [["a"]]), {"xl/workbook.xml": retitled}), "Visits").hint
    assert f"'a\ufffd31m{'b' * 25}'." in hint


def test_of_very_many_sheets_only_some_are_told(tmp_path: Path) -> None:
    def many(made: Any) -> None:
        for number in range(30):
            made.create_sheet(f"S{number}")

    assert refused(book(tmp_path / "a.xlsx", [], many), "Visits").hint.count("'") == 20


def test_an_empty_sheet_and_an_empty_file_say_so(tmp_path: Path) -> None:
    assert refused(book(tmp_path / "a.xlsx")).message == "The sheet 'Sheet' is empty."
    (tmp_path / "a.csv").write_text(" \n,,\n", encoding="utf-8")
    assert refused(tmp_path / "a.csv").message == "The file is empty."
    (tmp_path / "b.csv").touch()
    assert refused(tmp_path / "b.csv").message == "The file is empty."


# --- CSV ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_as_programs_save_it(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = f'"Na{delimiter}me"{delimiter}Street\r\nZoë{delimiter}"1 Long Road{delimiter}\r\nSampletown ""Old"""\r\n'
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    assert values(tmp_path / "a.csv") == [
        [f"Na{delimiter}me", "Street"],
        ["Zoë", f'1 Long Road{delimiter}\nSampletown "Old"'],
    ]


def test_a_row_of_csv_is_numbered_as_excel_shows_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('A,B\n"1\n2",x\n\n0042,y\n', encoding="utf-8")
    table, _ = read_table(tmp_path / "a.csv")
    assert table is not None
    assert [[cell.address for cell in row] for row in table.rows] == [["A1", "B1"], ["A2", "B2"], ["A4", "B4"]]
    assert table.rows[2][0].value == "0042"


def test_a_row_of_csv_with_more_fields_than_heads_keeps_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Name,Street\nGray Invented,1 Long Road,Sampletown\n", encoding="utf-8")
    assert values(tmp_path / "a.csv") == [["Name", "Street"], ["Gray Invented", "1 Long Road", "Sampletown"]]


def test_csv_that_is_not_whole_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('A,B\n1,"open\n2,x\n', encoding="utf-8")
    problem = refused(tmp_path / "a.csv")
    assert problem.message == "A line cannot be read as CSV."
    assert problem.line > 1
    (tmp_path / "b.csv").write_bytes(b"A,B\n\x81\x8d,x\n")
    assert "CSV UTF-8" in refused(tmp_path / "b.csv").hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x\n" * 5_001, "The table has more than 5,000 rows."),
        ("," * 300 + "x\n", "The table has more than 300 columns."),
        (("x," * 299 + "x\n") * 1_700, "The table has more than 500,000 cells."),
    ],
)
def test_csv_is_read_up_to_the_limits(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    assert refused(tmp_path / "a.csv").message == message


def test_csv_of_the_largest_size_that_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n" * 5_000 + "\n" * 9_000 + "," * 500, encoding="utf-8")
    assert len(values(tmp_path / "a.csv")) == 5_000


# --- what is not a workbook ---------------------------------------------------------------------------


def test_what_is_not_there_or_is_a_folder(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.xlsx").message == "There is no such file."
    assert refused(tmp_path).message == "This is a folder, not a file."


def test_a_name_that_no_file_can_have_and_what_is_no_file(tmp_path: Path) -> None:
    assert "cannot be read" in refused(tmp_path / ("x" * 300 + ".xlsx")).message
    assert refused(Path("a\x00.xlsx")).message == "There is no such file."
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "a.csv")  # reading it would never end
        assert refused(tmp_path / "a.csv").message == "This is not a file."


@pytest.mark.parametrize("name", ["a.ods", "a.numbers", "a.ODS", "a.docx"])
def test_files_of_other_programs_are_told_by_their_name(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    problem = refused(tmp_path / name)
    assert f"({Path(name).suffix.lower()})" in problem.message
    assert "(.xlsx)" in problem.hint


def test_what_is_no_workbook_is_told_how_to_become_one(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"<html>not a workbook</html>")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "c.xlsx").write_bytes(b"PK\x03\x04 and then nothing")
    with zipfile.ZipFile(tmp_path / "d.xlsx", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    assert refused(tmp_path / "a.xlsx").message == "The file is not an Excel workbook."
    assert refused(tmp_path / "b.pdf").message == "The file is a PDF (.pdf)."
    assert "damaged" in refused(tmp_path / "c.xlsx").message
    assert refused(tmp_path / "d.xlsx").message == "The file is not an Excel workbook."
    for name in ("a.xlsx", "b.pdf", "c.xlsx", "d.xlsx"):
        assert ".xlsx" in refused(tmp_path / name).hint


def test_a_word_document_is_no_workbook(tmp_path: Path) -> None:
    form = next((Path(__file__).parents[2] / "templates" / "forms").glob("*.docx"))
    shutil.copy(form, tmp_path / "a.xlsx")
    assert refused(tmp_path / "a.xlsx").message == "The file is not an Excel workbook."


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.csv"])
def test_an_old_or_encrypted_workbook_is_to_be_saved_again(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096))
    problem = refused(tmp_path / name)
    assert problem.message == "The file has a password, or is in the old .xls format."
    assert problem.hint == "Open it in Excel, and save it as an Excel workbook (.xlsx), without a password."


def test_a_zip_with_a_password_is_refused(tmp_path: Path) -> None:
    data = bytearray(book(tmp_path / "a.xlsx", [["a"]]).read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    (tmp_path / "a.xlsx").write_bytes(data)
    assert refused(tmp_path / "a.xlsx").message == "The file has a password."


MAIN = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


@pytest.mark.parametrize(
    "kind",
    [
        b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        b"application/vnd.ms-excel.template.macroEnabled.main+xml",
        b"application/vnd.ms-excel.macrosheet+xml",
        b"application/vnd.ms-office.activeX+xml",
    ],
)
def test_a_workbook_with_macros_is_refused(tmp_path: Path, kind: bytes) -> None:
    def with_kind(xml: bytes) -> bytes:
        return xml.replace(MAIN, kind) if b"main" in kind else xml.replace(b"</Types>", _default(kind) + b"</Types>")

    problem = refused(altered(book(tmp_path / "a.xlsm", [["a"]]), {package.TYPES: with_kind}))
    assert problem.code == "table-macros"
    assert ".xlsx" in problem.hint


def _default(kind: bytes) -> bytes:
    return b'<Default Extension="bin" ContentType="' + kind + b'"/>'


def test_macros_are_found_whatever_the_types_say(tmp_path: Path) -> None:
    path = altered(book(tmp_path / "a.xlsx", [["a"]]), {}, {"xl/vbaProject.bin": b"macros"})
    assert refused(path).code == "table-macros"


def test_a_binary_and_a_strict_workbook_are_to_be_saved_again(tmp_path: Path) -> None:
    binary = b"application/vnd.ms-excel.sheet.binary.macroEnabled.main"
    path = altered(book(tmp_path / "a.xlsb", [["a"]]), {package.TYPES: lambda xml: xml.replace(MAIN, binary)})
    assert "binary workbook (.xlsb)" in refused(path).message
    main, strict = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", package._STRICT.encode()
    path = altered(book(tmp_path / "a.xlsx", [["a"]]), {SHEET: lambda xml: xml.replace(main, strict)})
    assert "Strict" in refused(path).message


def test_links_to_other_programs_are_refused_and_other_links_not_followed(tmp_path: Path) -> None:
    link = (
        '<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<{0} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" {1}/></externalLink>'
    )
    dde = link.format("ddeLink", 'ddeService="cmd" ddeTopic="/c calc"').encode()
    other = link.format("externalBook", 'r:id="rId1"').encode()
    cells = '<row r="1"><c r="A1"><f>[1]Sheet1!A1</f><v>5</v></c></row>'
    assert refused(altered(sheet_of(tmp_path / "a.xlsx", cells), {}, {"xl/externalLinks/externalLink1.xml": dde}))
    relation = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath" '
        b'Target="http://192.0.2.1/other.xlsx" TargetMode="External"/></Relationships>'
    )
    more = {
        "xl/externalLinks/externalLink1.xml": other,
        "xl/externalLinks/_rels/externalLink1.xml.rels": relation,
    }
    assert values(altered(sheet_of(tmp_path / "b.xlsx", cells), {}, more)) == [[5]]


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="0"><c r="A1"><v>1</v></c></row>',
        '<row r="99999999999"><c r="A1"><v>1</v></c></row>',
        '<row r="1e3"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="XFE1"><v>1</v></c></row>',
        '<row r="1"><c r="ZZZZ1"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>77</v></c></row>',
        '<row r="1"><c r="A1"><v>many</v></c></row>',
        '<row r="1"><c r="A1" s="77"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="n"><v>' + "9" * 5_000 + "</v></c></row>",
        '<row r="1"><c r="A1">',
        '<row r="2"><c r="A2"><v>2</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1"><c r="B1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
        '<row r="1"><c r="A7"><v>1</v></c></row>',
    ],
)
def test_nonsense_in_a_sheet_is_a_damaged_file(tmp_path: Path, rows: str) -> None:
    assert "damaged" in refused(sheet_of(tmp_path / "a.xlsx", rows)).message


def test_a_number_without_bounds_is_a_fault(tmp_path: Path) -> None:
    _, wrong = bad_cells(sheet_of(tmp_path / "a.xlsx", '<row r="1"><c r="A1"><v>1e999</v></c></row>'))
    assert "a number too long" in wrong["A1"]


# --- bombs --------------------------------------------------------------------------------------------


def test_openpyxl_reads_with_defusedxml(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import defusedxml.ElementTree
    from openpyxl.xml import functions

    assert openpyxl.DEFUSEDXML
    assert functions.iterparse is defusedxml.ElementTree.iterparse
    monkeypatch.setattr(openpyxl, "DEFUSEDXML", False)
    assert "OPENPYXL_DEFUSEDXML" in refused(book(tmp_path / "a.xlsx", [["a"]])).message


LAUGHS = "<!DOCTYPE w [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
)
BILLION = LAUGHS + "]>"
EXTERNAL = "<!DOCTYPE w [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"


@pytest.mark.parametrize("doctype", [BILLION, EXTERNAL, "<!DOCTYPE w SYSTEM 'http://192.0.2.1/w.dtd'>"])
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml", "docProps/core.xml", package.TYPES])
def test_document_types_are_refused_in_every_part(tmp_path: Path, doctype: str, part: str) -> None:
    def declared(xml: bytes) -> bytes:
        declaration, _, rest = xml.partition(b"?>") if xml.startswith(b"<?xml") else (b"", b"", xml)
        return (declaration + b"?>" if declaration else b"") + doctype.encode() + rest

    assert refused(altered(book(tmp_path / "a.xlsx", [["a"]]), {part: declared})).code == "table-doctype"


def test_a_document_type_in_another_encoding_is_found(tmp_path: Path) -> None:
    xml = f"<?xml version='1.0' encoding='utf-16'?>{EXTERNAL}<worksheet>&a;</worksheet>"
    path = altered(book(tmp_path / "a.xlsx"), {SHEET: lambda _: xml.encode("utf-16")})
    assert refused(path).code == "table-doctype"


def test_a_part_that_unpacks_to_much_is_refused_by_what_it_declares(tmp_path: Path) -> None:
    path = altered(book(tmp_path / "a.xlsx", [["a"]]), {}, {"xl/media/image1.png": bytes(41_000_000)})
    assert path.stat().st_size < 100_000
    assert refused(path).message == "What the file unpacks to is larger than 40 MB."
    path = altered(book(tmp_path / "b.xlsx", [["a"]]), {}, {"xl/media/image1.png": bytes(30_000_000)})
    assert refused(path).message == "A part of the file is packed more than 100 times."


def test_a_part_that_unpacks_to_more_than_it_declares_is_read_no_further(tmp_path: Path) -> None:
    rows = "<row r='1'><c r='A1'><v>1</v></c></row>" + " " * 30_000_000
    path = sheet_of(tmp_path / "a.xlsx", rows)
    data = bytearray(path.read_bytes())
    at = 0
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo(SHEET)
    true_size = entry.file_size.to_bytes(4, "little")
    while (at := data.find(true_size, at)) >= 0:
        data[at : at + 4] = (50_000).to_bytes(4, "little")
    path.write_bytes(data)
    assert "damaged" in refused(path).message


@pytest.mark.parametrize("packed", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_way_of_packing_that_unpacks_all_at_once_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: int
) -> None:
    """zipfile holds these to their declared size only after it has unpacked them: 700 bytes made 900 MB."""
    with zipfile.ZipFile(book(tmp_path / "a.xlsx", [["a"]]), "a") as archive:
        archive.writestr("xl/other.xml", b"<a/>", compress_type=packed)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("it was unpacked"))
    assert "damaged" in refused(tmp_path / "a.xlsx").message


def test_openpyxl_gets_no_part_that_was_not_counted(tmp_path: Path) -> None:
    """A part may have any name: one that does not end as XML is not counted, and is empty to openpyxl."""
    path = book(tmp_path / "a.xlsx", [["a"]])
    with zipfile.ZipFile(path) as archive:
        sheet, workbook = archive.read(SHEET), archive.read("xl/workbook.xml")
    altered(path, {RELATIONS: lambda xml: xml.replace(b"sheet1.xml", b"sheet1.dat")}, {SHEET[:-3] + "dat": sheet})
    with zipfile.ZipFile(package.look_into(path.read_bytes()).content) as counted:
        assert counted.read(SHEET[:-3] + "dat") == b""
        assert counted.read("xl/workbook.xml") == workbook
    assert "damaged" in refused(path).message


def test_a_workbook_with_a_sheet_that_is_a_chart_is_read(tmp_path: Path) -> None:
    def charted(made: Any) -> None:
        chart = BarChart()
        chart.add_data(Reference(made.active, min_col=1, min_row=1, max_row=2))
        made.create_chartsheet("Chart", 0).add_chart(chart)

    assert values(book(tmp_path / "a.xlsx", [["a"], [1]], charted)) == [["a"], [1]]


def test_too_many_parts_are_refused(tmp_path: Path) -> None:
    path = altered(book(tmp_path / "a.xlsx"), {}, {f"xl/media/{number}.png": b"" for number in range(1_001)})
    assert refused(path).message == "The file holds more parts than are read."


def test_a_file_too_large_to_look_into_is_refused(tmp_path: Path) -> None:
    for name in ("a.xlsx", "a.csv"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(20_000_001)
        assert refused(tmp_path / name).message == "The file is larger than 20 MB."


def test_two_parts_of_one_name_are_refused(tmp_path: Path) -> None:
    path = altered(book(tmp_path / "a.xlsx", [["a"]]), {}, {SHEET.upper(): b"<x/>"})
    assert "damaged" in refused(path).message


def test_a_merged_range_over_a_million_columns_costs_nothing(tmp_path: Path) -> None:
    merged = '<mergeCells count="2"><mergeCell ref="A2:XFD1048576"/><mergeCell ref="A1:ZZZZ99999999"/></mergeCells>'
    rows = '<row r="1"><c r="A1"><v>1</v></c></row>'
    assert values(sheet_of(tmp_path / "a.xlsx", rows, after=merged)) == [[1]]


def test_merged_ranges_are_told_and_single_cells_are_none(tmp_path: Path) -> None:
    refs = ("B2:B4", "C2:D2", "A1", "A1:A1", "D9:C8", "nonsense")
    merged = "".join(f'<mergeCell ref="{ref}"/>' for ref in refs)
    rows = '<row r="1"><c r="A1"><v>1</v></c></row>'
    table, problems = read_table(sheet_of(tmp_path / "a.xlsx", rows, after=f"<mergeCells>{merged}</mergeCells>"))
    assert table is not None
    assert problems == ()
    assert [each.cells for each in table.merged] == ["B2:B4", "C2:D2", "C8:D9"]


def test_more_merged_ranges_than_are_kept_are_refused(tmp_path: Path) -> None:
    merged = "".join(f'<mergeCell ref="A{row}:B{row}"/>' for row in range(2, package.MOST_MERGED + 3))
    rows = '<row r="1"><c r="A1"><v>1</v></c></row>'
    problem = refused(sheet_of(tmp_path / "a.xlsx", rows, after=f"<mergeCells>{merged}</mergeCells>"))
    assert problem.message == "The sheet has more than 10,000 groups of merged cells."


@pytest.mark.parametrize("name", ["conditionalFormatting", "dataValidations", "mergeCells"])
def test_lists_of_ranges_count_for_nothing_below_the_rows_and_are_damage_above_them(tmp_path: Path, name: str) -> None:
    ranges = " ".join(f"A{row}" for row in range(1, 100_000))
    lists = f'<{name} sqref="{ranges}"><dataValidation sqref="{ranges}"/></{name}>' * 10
    row = '<row r="1"><c r="A1"><v>1</v></c></row>'
    assert values(sheet_of(tmp_path / "a.xlsx", row, after=lists)) == [[1]]
    assert "damaged" in refused(sheet_of(tmp_path / "b.xlsx", lists + row)).message
    above = altered(
        tmp_path / "a.xlsx", {SHEET: lambda xml: xml.replace(b"<sheetData>", f"{lists}<sheetData>".encode())}
    )
    assert "damaged" in refused(above).message


def test_a_stray_cell_is_named(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    problem = refused(sheet_of(tmp_path / "a.xlsx", rows))
    assert "XFD1048576" in problem.message
    assert "stray cell" in problem.hint


def test_a_stray_formula_is_named(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><f>1+1</f></c></row>'
    assert "XFD1," in refused(sheet_of(tmp_path / "a.xlsx", rows)).message


def test_stray_cells_without_anything_in_them_do_not_count(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="0"/></row><row r="900000"><c r="A900000"><v>2</v></c></row>'
        '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    )
    assert values(sheet_of(tmp_path / "a.xlsx", rows)) == [[1], [2]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ('<row><c t="n"><v>1</v></c></row>' * 5_001, "The table has 5,001 rows; at most 5,000 are read."),
        ("<row>" + "<c/>" * 300 + "<c><v>1</v></c></row>", "The table has something in KO1, and at most 300"),
        (("<row>" + "<c><v>1</v></c>" * 299 + "</row>") * 1_700, "The table has 508,300 cells; at most 500,000"),
    ],
)
def test_a_sheet_is_read_up_to_the_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: str, message: str
) -> None:
    monkeypatch.setattr(package, "GREATEST_RATIO", 100_000)
    monkeypatch.setattr(reading, "_collect", lambda *_: pytest.fail("it was read"))
    assert refused(sheet_of(tmp_path / "a.xlsx", rows)).message.startswith(message)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("<row/>" * 1_050_000, "damaged"),
        (("<row>" + "<c/>" * 10_000 + "</row>") * 300, "more cells than are read"),
        ("<row>" + "<c/>" * 17_000 + "</row>", "damaged"),
        ("<other/>" * 210_000, "more styles and other formatting"),
        ("<a>" * 101, "damaged"),
        ("<row " + " ".join(f'a{n}="1"' for n in range(120_000)) + "/>", "One tag in the file is larger than 1 MB."),
    ],
    ids=["rows", "cells", "cells-of-one-row", "others", "depth", "attributes"],
)
def test_sheer_numbers_are_refused_before_anything_is_made_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: str, message: str
) -> None:
    monkeypatch.setattr(package, "GREATEST_RATIO", 100_000)
    monkeypatch.setattr(reading, "_opened", lambda _: pytest.fail("it was opened"))
    assert message in refused(sheet_of(tmp_path / "a.xlsx", rows)).message


@pytest.mark.parametrize("seed", range(40))
def test_whatever_becomes_of_a_file_it_ends_in_a_table_or_in_words(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311  # for tests
    path = book(tmp_path / "a.xlsx", [["Name", date(2026, 1, 2)], ["Gray Invented", 5], ["=1+1", 1.5]])
    if seed % 2:
        data = bytearray(path.read_bytes())
        for _ in range(dice.randint(1, 20)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        path.write_bytes(data)
    else:

        def cut(xml: bytes) -> bytes:
            at = dice.randrange(len(xml))
            return xml[:at] + dice.choice((b"", b"&", b"<row>", b'"', b"</c>", b"9" * 400, b"\x00")) + xml[at + 3 :]

        parts = (SHEET, "xl/styles.xml", "xl/workbook.xml", package.TYPES, "xl/_rels/workbook.xml.rels")
        altered(path, {dice.choice(parts): cut})
    table, problems = read_table(path)
    assert table is not None or problems


MEASURED = """
import re, sys
from pathlib import Path
from riskgen.workbook.reading import read_table
table, problems = read_table(Path(sys.argv[1]))
print(len(table.rows) if table else problems[0].message)
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is asked of Linux")
def test_the_largest_table_fits_into_memory(tmp_path: Path, record_property: Callable[[str, str], None]) -> None:
    stream = io.StringIO()
    for row in range(1, 5_001):
        stream.write(f'<row r="{row}">')
        stream.writelines(f'<c r="A{row}" t="inlineStr"><is><t>text {row}</t></is></c>' for _ in range(1))
        stream.writelines(f"<c><v>{row * column}</v></c>" for column in range(99))
        stream.write("</row>")
    path = sheet_of(tmp_path / "a.xlsx", stream.getvalue())
    found = subprocess.run([sys.executable, "-c", MEASURED, path], capture_output=True, text=True, check=True)
    rows, peak = found.stdout.split()
    record_property("told", f"A table of 5,000 rows by 100 cells takes {peak} MB of memory to read.")
    assert int(rows) == 5_000
    assert int(peak) < 400, f"{peak} MB"
