"""`riskgen batch`: from a filled-in sheet to visits, forms, and a copy of the sheet with what became of each row."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from riskgen.files.publish import CannotWrite
from riskgen.files.visit_columns import column_letter
from riskgen.service import batch_record, visits
from riskgen.service.desk import open_desk
from riskgen.service.homes import make_home, open_home

sys.path.insert(0, str(Path(__file__).parents[1]))

from sheets import FIRST, ROUTINE, Filled
from usual import ROUTINE as USUAL

Run = Callable[..., Any]
SENTINELS = ("Marzipan Terrace", "Philomena", "F-0001", "F-0002", "F-0003")
"""What stands in the sheet of each row, and is to stand in no message."""


def fill(path: Path, count: int, **changes: Any) -> Filled:
    """Put visits into an empty sheet, each to its own family on its own day."""
    filled = Filled(path)
    for number in range(count):
        start = datetime(2026, 12, 2, 10, 30) + timedelta(days=number)
        filled.put(FIRST + number, {**ROUTINE, "family.reference": f"F-{number:04}", "visit.start": start})
        filled.put(FIRST + number, {"family.address": "1 Marzipan Terrace", "family.name": "Philomena Invented"})
    filled.put(FIRST + 1, {name.replace("__", "."): value for name, value in changes.items()})
    filled.save()
    return filled


@pytest.fixture
def sheet(home: Path, riskgen: Run) -> Callable[..., Path]:
    """A sheet with so many visits; changes are made to the second."""

    def make(count: int, **changes: Any) -> Path:
        assert riskgen("intake-sheet", "-o", "visits.xlsx", "--rows", "50", "--force").code == 0
        return fill(home / "visits.xlsx", count, **changes).path

    return make


def references(home: Path) -> list[str]:
    with open_desk(home) as desk, desk.register.read() as reader:
        assert reader.verify() == ()
        return sorted(entry.reference for entry in reader.find())


def became(path: Path) -> list[tuple[Any, ...]]:
    """Reference, decision and problems of each row, as the copy of the sheet has them."""
    filled = Filled(path)
    columns = [filled.columns[name] for name in ("result.reference", "result.decision", "result.problems")]
    rows = (tuple(filled.page.cell(row, column).value for column in columns) for row in range(FIRST, FIRST + 10))
    return [row for row in rows if any(row)]


def full(*given: Any, **named: Any) -> Any:
    raise CannotWrite("The disk is full.", ())


def silent(said: str) -> bool:
    return not any(sentinel in said for sentinel in SENTINELS)


@pytest.mark.usefixtures("quick_forms")
def test_every_row_is_recorded_its_forms_written_and_the_sheet_given_back(
    home: Path, riskgen: Run, sheet: Callable[..., Path]
) -> None:
    sheet(3)
    result = riskgen("batch", "visits.xlsx", "-o", "packs")
    assert result.code == 0
    assert "3: REFER" in result.out
    assert "riskgen list" in result.said
    assert "A register was made, and a key" in result.said
    assert silent(result.said)
    wanted = ["RA-2026-0001", "RA-2026-0002", "RA-2026-0003"]
    assert references(home) == wanted
    assert sorted(path.name for path in (home / "packs").iterdir()) == wanted
    assert [len(list((home / "packs" / name).iterdir())) for name in wanted] == [3, 3, 3]
    assert [row[:2] for row in became(home / "visits.checked.xlsx")] == [(name, "Refer") for name in wanted]


@pytest.mark.usefixtures("quick_forms")
def test_run_again_with_the_sheet_or_with_its_copy_it_does_only_what_is_not_done(
    home: Path, riskgen: Run, sheet: Callable[..., Path]
) -> None:
    sheet(2)
    assert riskgen("batch", "visits.xlsx").code == 0
    for name in ("visits.xlsx", "visits.checked.xlsx"):
        result = riskgen("batch", name, "--json")
        assert result.code == 0, result.said
        report = json.loads(result.out)
        assert [(row["state"], row["reference"]) for row in report["rows"]] == [
            ("before", "RA-2026-0001"),
            ("before", "RA-2026-0002"),
        ]
        assert report["result"] == "visits.checked.xlsx"
    assert references(home) == ["RA-2026-0001", "RA-2026-0002"]
    Filled(home / "visits.checked.xlsx").put(FIRST, {"visit.minutes": 55}).save()
    result = riskgen("batch", "visits.checked.xlsx", "--result", "other.xlsx")
    assert result.code == 3
    assert "riskgen assess --reference RA-2026-0001" in result.said
    assert (home / "other.xlsx").exists()


@pytest.mark.usefixtures("quick_forms")
def test_faults_are_listed_by_row_and_column_and_nothing_is_recorded(
    home: Path, riskgen: Run, sheet: Callable[..., Path]
) -> None:
    sheet(3, visit__minutes="as Philomena likes", visit__start=datetime(2026, 1, 2, 10, 30))
    result = riskgen("batch", "visits.xlsx", "-o", "packs")
    assert result.code == 3
    assert f"visits.xlsx:{FIRST + 1} (visit.minutes)" in result.said
    assert f"visits.xlsx:{FIRST + 1} (visit.start)" in result.said
    assert "Nothing was recorded" in result.said
    assert "--keep-going" in result.said
    assert silent(result.said)
    assert not (home / "packs").exists()
    assert not (home / "register.db").exists()
    page = load_workbook(home / "visits.checked.xlsx")["Visits"]
    columns = Filled(home / "visits.xlsx").columns
    for name in ("visit.minutes", "visit.start"):
        assert page.cell(FIRST + 1, columns[name]).comment is not None
    assert riskgen("batch", "visits.xlsx", "-o", "packs", "--keep-going").code == 3
    assert references(home) == ["RA-2026-0001", "RA-2026-0002"]
    assert [bool(row[0]) for row in became(home / "visits.checked.xlsx")] == [True, False, True]


@pytest.mark.usefixtures("quick_forms")
def test_of_many_faults_the_first_are_listed_and_the_others_counted(
    home: Path, riskgen: Run, sheet: Callable[..., Path]
) -> None:
    filled = Filled(sheet(30))
    for number in range(30):
        filled.put(FIRST + number, {"visit.minutes": "long"})
    filled.save()
    result = riskgen("batch", "visits.xlsx")
    assert result.code == 3
    assert result.said.count("(visit.minutes)") == 20
    assert "and 10 more" in result.said
    assert "30 problems." in result.said


@pytest.mark.usefixtures("quick_forms")
def test_a_dry_run_decides_on_all_rows_and_writes_nothing_but_words(
    home: Path, riskgen: Run, sheet: Callable[..., Path]
) -> None:
    sheet(3, visit__minutes="long")
    before = sorted(home.rglob("*"))
    result = riskgen("batch", "visits.xlsx", "--dry-run")
    assert result.code == 3
    assert "2: REFER (not recorded)" in result.out
    assert "1: with faults" in result.out
    assert sorted(home.rglob("*")) == before
    assert riskgen("batch", "visits.xlsx", "--dry-run", "--pdf").code == 2


@pytest.mark.usefixtures("quick_forms")
def test_markers_in_the_register_count_and_the_copy_says_so(
    home: Path, riskgen: Run, sheet: Callable[..., Path]
) -> None:
    sheet(1)
    assert riskgen("batch", "visits.xlsx").code == 0
    from riskgen.core.marker import Kind
    from riskgen.core.visit import Who
    from riskgen.service.markers import Draft, add_marker

    with open_desk(home) as desk:
        day = datetime(2026, 11, 1).date()
        add_marker(
            desk,
            Draft("F-0001", Kind.VIOLENCE, "Threats.", day, "S-02", day + timedelta(days=90), True, ""),
            Who("S-02"),
        )
    sheet(2)
    result = riskgen("batch", "visits.xlsx")
    assert result.code == 0
    assert f"changed answers of 1 row: {FIRST + 1}." in result.said
    assert silent(result.said)
    assert "because of a marker" in became(home / "visits.checked.xlsx")[1][2]


@pytest.mark.usefixtures("quick_forms")
def test_what_is_said_of_a_row_before_is_how_its_visit_stands_by_now(
    home: Path, riskgen: Run, sheet: Callable[..., Path]
) -> None:
    from riskgen.core.marker import Kind
    from riskgen.core.visit import Who
    from riskgen.service.markers import Draft, add_marker
    from riskgen.service.moves import call_off

    sheet(3)
    assert riskgen("batch", "visits.xlsx").code == 0
    with open_desk(home) as desk:
        day = datetime(2026, 11, 1).date()
        draft = Draft("F-0000", Kind.VIOLENCE, "Threats.", day, "S-02", day + timedelta(days=90), True, "")
        add_marker(desk, draft, Who("S-02"))
        call_off(desk, desk.visit("RA-2026-0002"), Who("S-02"), "The family is away.", False)
    result = riskgen("batch", "visits.xlsx", "--json")
    assert result.code == 0
    assert f"What was recorded may hold no longer for 2 rows: {FIRST}, {FIRST + 1}." in result.said
    assert "Markers in the register changed" not in result.said
    rows = json.loads(result.out)["rows"]
    assert [(row["stands"], row["holds"]) for row in rows] == [
        ("assessed", False),
        ("cancelled", False),
        ("assessed", True),
    ]
    marked, cancelled, same = became(home / "visits.checked.xlsx")
    assert marked[1] == "Refer, when it was assessed: see what is said of it"
    assert "A marker has been put on the family" in marked[2]
    assert cancelled[1] == "Cancelled"
    assert "riskgen repeat RA-2026-0002" in cancelled[2]
    assert same[1:] == ("Refer", None)


@pytest.mark.usefixtures("quick_forms")
def test_forms_elsewhere_are_said_to_be_out_of_reach(home: Path, riskgen: Run, sheet: Callable[..., Path]) -> None:
    sheet(1)
    assert "out of reach of 'riskgen retention'" in riskgen("batch", "visits.xlsx", "-o", "packs").said
    sheet(2)
    assert "out of reach" not in riskgen("batch", "visits.xlsx", "-o", home / "visits").said
    assert sorted(path.name for path in (home / "visits").iterdir()) == ["RA-2026-0002"]


# --- the copy of the sheet ------------------------------------------------------------------------


def test_a_csv_file_is_refused_at_once(home: Path, riskgen: Run) -> None:
    names = "family.reference,visit.purpose,visit.start,visit.minutes,visit.visitors.1"
    (home / "visits.csv").write_text(f"{names}\nF-0001,attendance,2026-12-02 10:30,40,S-07\n")
    for more in ((), ("--dry-run",)):
        result = riskgen("batch", "visits.csv", *more)
        assert (result.code, "Save it as an Excel workbook (.xlsx)" in result.said) == (3, True)
    assert not (home / "register.db").exists()


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("A70:XFD2000", "are merged"),
        ("nonsense", "cannot be loaded whole (ValueError)"),
        (f"{{result}}{FIRST}:{{result}}{FIRST + 1}", "are merged"),
    ],
)
def test_a_sheet_of_which_no_copy_can_be_made_is_refused_before_anything_is_recorded(
    home: Path, riskgen: Run, sheet: Callable[..., Path], where: str, words: str
) -> None:
    path = sheet(2)
    result = column_letter(Filled(path).columns["result.decision"])
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    merged = f'</sheetData><mergeCells count="1"><mergeCell ref="{where.format(result=result)}"/></mergeCells>'
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"</sheetData>", merged.encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for part, content in parts.items():
            package.writestr(part, content)
    for more in ((), ("--dry-run",)):
        result = riskgen("batch", "visits.xlsx", *more)
        assert (result.code, words in result.said) == (3, True), result.said
    assert silent(result.said)
    assert not (home / "register.db").exists()


@pytest.mark.usefixtures("quick_forms")
@pytest.mark.parametrize("fault", [ValueError("of Philomena"), "disk"])
def test_where_the_copy_fails_in_the_end_it_is_said_what_was_recorded(
    home: Path, riskgen: Run, sheet: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    from riskgen.workbook import marking

    real = marking.mark

    def fails_in_the_end(*given: Any) -> Any:
        if any(texts["result.reference"] for texts in given[5].values()):
            raise fault
        return real(*given)

    sheet(2)
    if fault == "disk":
        monkeypatch.setattr(visits, "publish", full)
    else:
        monkeypatch.setattr(marking, "mark", fails_in_the_end)
    result = riskgen("batch", "visits.xlsx", "--json")
    assert result.code == 5
    assert "Nothing" not in result.said
    assert "The copy of the sheet was not written" in result.said
    assert "2 rows recorded by this run" in result.said
    assert "What became of each row" not in result.said
    assert json.loads(result.out)["result"] is None
    assert silent(result.said)
    assert references(home) == ["RA-2026-0001", "RA-2026-0002"]
    assert not (home / "visits.checked.xlsx").exists()


@pytest.mark.usefixtures("quick_forms")
def test_the_copy_is_of_the_sheet_that_was_read_though_somebody_saves_it_meanwhile(
    home: Path, riskgen: Run, sheet: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = batch_record.record_assessment

    def saved_meanwhile(*given: Any, **named: Any) -> Any:
        filled = Filled(home / "visits.xlsx")
        filled.page.insert_rows(FIRST)
        filled.save()
        return real(*given, **named)

    sheet(2)
    with monkeypatch.context() as patch:
        patch.setattr(batch_record, "record_assessment", saved_meanwhile)
        assert riskgen("batch", "visits.xlsx").code == 0
    copy = Filled(home / "visits.checked.xlsx")
    families, results = (copy.columns[name] for name in ("family.reference", "result.reference"))
    rows = [[copy.page.cell(FIRST + row, column).value for column in (families, results)] for row in (0, 1)]
    assert rows == [["F-0000", "RA-2026-0001"], ["F-0001", "RA-2026-0002"]]


@pytest.mark.usefixtures("quick_forms")
def test_stopped_while_the_copy_is_written_it_is_written_all_the_same(
    home: Path, riskgen: Run, sheet: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from riskgen.cli import batch

    real = batch.put_in_place

    def interrupted(*given: Any, **named: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return real(*given, **named)

    sheet(1)
    monkeypatch.setattr(batch, "put_in_place", interrupted)
    result = riskgen("batch", "visits.xlsx")
    assert (result.code, "Nothing" in result.said) == (0, False)
    assert (home / "visits.checked.xlsx").exists()


def test_a_row_that_says_what_another_does_is_marked_at_its_first_answer(
    home: Path, riskgen: Run, sheet: Callable[..., Path]
) -> None:
    filled = Filled(sheet(2))
    again = {name: filled.page.cell(FIRST, column).value for name, column in filled.columns.items() if "." in name}
    filled.put(FIRST + 1, {name: value for name, value in again.items() if name != "sheet.missing"}).save()
    assert riskgen("batch", "visits.xlsx").code == 3
    copy = Filled(home / "visits.checked.xlsx")
    comment = copy.page.cell(FIRST + 1, copy.columns["family.reference"]).comment
    assert "says the same as row 5" in comment.text


def test_a_sheet_without_visits_a_file_that_is_none_and_odd_options_are_told(
    home: Path, riskgen: Run, sheet: Callable[..., Path]
) -> None:
    assert riskgen("intake-sheet", "-o", "empty.xlsx").code == 0
    result = riskgen("batch", "empty.xlsx")
    assert (result.code, "holds no visit" in result.said) == (3, True)
    assert riskgen("batch", "nowhere.xlsx").code == 3
    assert riskgen("batch", "empty.xlsx", "--jobs", "0").code == 2
    assert riskgen("batch", "empty.xlsx", "--jobs", "2", "--scheduler", "tcp://127.0.0.1:1").code == 2


def test_a_cluster_that_is_out_of_reach_or_not_installed_ends_it_with_nothing_saved(
    home: Path, riskgen: Run, sheet: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet(1)
    monkeypatch.setattr("riskgen.service.workers.SECONDS_TO_CONNECT", 1)
    result = riskgen("batch", "visits.xlsx", "--scheduler", "tcp://127.0.0.1:1")
    assert result.code == 5
    assert "cannot be reached" in result.said
    assert "can be read on the way" in result.said
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = riskgen("batch", "visits.xlsx", "--scheduler", "tcp://127.0.0.1:1")
    assert result.code == 5
    assert "riskgen[cluster]" in result.said
    assert not (home / "register.db").exists()


@pytest.mark.usefixtures("quick_forms")
def test_a_folder_that_cannot_be_written_to_is_told_before_anything_is_done(
    home: Path, riskgen: Run, sheet: Callable[..., Path]
) -> None:
    sheet(1)
    (home / "packs").write_text("")
    result = riskgen("batch", "visits.xlsx", "-o", "packs/deeper")
    assert result.code == 5
    assert not (home / "register.db").exists()


def test_where_visits_cannot_be_written_to_another_folder_is_no_way_out(
    home: Path, riskgen: Run, sheet: Callable[..., Path]
) -> None:
    sheet(1)
    (home / "visits").write_text("")
    result = riskgen("batch", "visits.xlsx", "-o", "newpacks")
    assert result.code == 5
    assert "Choose another folder" not in result.said
    assert "/visits before they go elsewhere: ask who looks after it." in result.said
    assert not (home / "register.db").exists()


@pytest.mark.usefixtures("quick_forms")
def test_a_full_disk_half_way_leaves_what_was_recorded_and_says_how_to_go_on(
    home: Path, riskgen: Run, sheet: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from riskgen.files.publish import CannotWrite
    from riskgen.service import staging

    real, left = staging.publish, [3]

    def full(files: Any, force: bool = False) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise CannotWrite("The disk is full.", ())
        return real(files, force)

    sheet(4)
    with monkeypatch.context() as patch:
        patch.setattr(staging, "publish", full)
        result = riskgen("batch", "visits.xlsx")
    assert result.code == 5
    assert "3 rows recorded by this run, 1 not come to" in result.said
    assert "The disk is full." in result.said
    assert [bool(row[0]) for row in became(home / "visits.checked.xlsx")] == [True, True, True, False]
    assert riskgen("batch", "visits.xlsx").code == 0
    assert len(references(home)) == 4


@pytest.mark.usefixtures("quick_forms")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_told_to_stop_it_ends_between_two_rows_with_the_copy_written(
    home: Path, riskgen: Run, sheet: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    real = batch_record.record_assessment

    def interrupted(*given: Any, **named: Any) -> Any:
        if len(list((home / "packs").glob("RA-*"))) == 1:
            os.kill(os.getpid(), getattr(signal, name))
        return real(*given, **named)

    sheet(4)
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = [signal.getsignal(number) for number in numbers]
    with monkeypatch.context() as patch:
        patch.setattr(batch_record, "record_assessment", interrupted)
        result = riskgen("batch", "visits.xlsx", "-o", "packs")
    assert result.code == 130
    assert "2 rows recorded by this run, 2 not come to" in result.said
    assert "Run the same command again" in result.said
    assert [signal.getsignal(number) for number in numbers] == handlers
    assert len(became(home / "visits.checked.xlsx")) == 4
    assert riskgen("batch", "visits.xlsx", "-o", "packs").code == 0
    assert len(list((home / "packs").iterdir())) == 4


def test_told_to_stop_while_rows_are_checked_it_saves_nothing(
    home: Path, riskgen: Run, sheet: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from riskgen.service import batch

    real = batch.bundle_of

    def interrupted(*given: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return real(*given)

    sheet(2)
    monkeypatch.setattr(batch, "bundle_of", interrupted)
    result = riskgen("batch", "visits.xlsx")
    assert (result.code, "Nothing was saved." in result.said) == (130, True)
    assert not (home / "register.db").exists()


@pytest.mark.usefixtures("quick_forms")
@pytest.mark.parametrize("changed", [False, True])
def test_forms_of_a_run_that_died_between_two_of_them_are_brought_to_those_that_are_there(
    home: Path, riskgen: Run, sheet: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, changed: bool
) -> None:
    def dies(home: Path, register: Any, visit: Any, names: Any, target: Path) -> Any:
        target.mkdir(parents=True)
        (name, *_) = names
        content = (home / "visits" / f".riskgen-{visit.reference}.tmp" / name).read_bytes()
        (target / name).write_bytes(b"changed by staff" if changed else content)
        (target / ".riskgen-0123456789abcdef.tmp").write_bytes(content)
        raise KeyboardInterrupt

    sheet(2)
    with monkeypatch.context() as patch:
        patch.setattr("riskgen.service.recording.settle", dies)
        assert riskgen("batch", "visits.xlsx", "-o", "packs").code == 130
    assert riskgen("batch", "visits.xlsx", "-o", "packs").code == 0
    packs, visits = (
        [len(list(path.iterdir())) for path in sorted((home / name).iterdir())] for name in ("packs", "visits")
    )
    assert (packs, visits) == (([1, 3], [3]) if changed else ([3, 3], []))


@pytest.mark.usefixtures("quick_forms")
def test_forms_of_a_run_that_died_before_they_were_in_place_are_brought_where_it_would_have_put_them(
    home: Path, riskgen: Run, sheet: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*given: Any) -> Any:
        raise KeyboardInterrupt

    sheet(2)
    with monkeypatch.context() as patch:
        patch.setattr("riskgen.service.recording.settle", dies)
        assert riskgen("batch", "visits.xlsx", "-o", "packs").code == 130
    assert references(home) == ["RA-2026-0001"]
    assert not (home / "packs").exists()
    result = riskgen("batch", "visits.xlsx", "-o", "packs")
    assert result.code == 0
    assert "The forms of RA-2026-0001, left unfinished by an earlier run" in result.said
    assert [len(list((home / "packs" / name).iterdir())) for name in references(home)] == [3, 3]
    assert list((home / "visits").iterdir()) == []


@pytest.mark.usefixtures("quick_forms")
def test_every_key_of_its_json_is_documented(home: Path, riskgen: Run, sheet: Callable[..., Path]) -> None:
    sheet(2, visit__minutes="long")
    report = json.loads(riskgen("batch", "visits.xlsx", "--json").out)
    page = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
    shape = page.partition("## batch")[2].partition("| key |")[0]
    keys = {*report, *report["rows"][1], *report["rows"][1]["problems"][0]} | {row["state"] for row in report["rows"]}
    assert keys <= set(shape.split('"'))


@pytest.mark.usefixtures("soffice")
def test_a_real_pdf_is_made_beside_each_form(home: Path, riskgen: Run, sheet: Callable[..., Path]) -> None:
    sheet(2)
    result = riskgen("batch", "visits.xlsx", "-o", "packs", "--pdf")
    assert result.code == 0, result.said
    forms = sorted(path.with_suffix("").name for path in (home / "packs").rglob("*.docx"))
    assert len(forms) == 6
    assert sorted(path.with_suffix("").name for path in (home / "packs").rglob("*.pdf")) == forms


@pytest.mark.usefixtures("quick_forms")
def test_without_libreoffice_the_word_files_are_there_and_later_the_pdfs_are_made(
    home: Path, riskgen: Run, sheet: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from riskgen.forms import pdf

    def missing(*given: Any) -> Path:
        raise pdf.PdfFault("LibreOffice was not found on this computer.")

    runs = []

    def converted(documents: dict[str, bytes], program: Path) -> dict[str, bytes]:
        runs.append(len(documents))
        return {name: b"%PDF of " + name.encode() for name in documents}

    copy = [sheet(3).with_name("visits.checked.xlsx")]
    monkeypatch.setattr(batch_record, "FORMS_AT_ONCE", 4)
    monkeypatch.setattr(pdf, "find_libreoffice", missing)
    result = riskgen("batch", "visits.xlsx", "-o", "packs", "--pdf")
    assert result.code == 5
    assert "The Word files are there all the same." in result.said
    assert len(list((home / "packs").rglob("*.docx"))) == 9
    monkeypatch.setattr(pdf, "find_libreoffice", lambda *given: Path("soffice"))
    monkeypatch.setattr(pdf, "to_pdf", converted)
    with monkeypatch.context() as patch:
        patch.setattr(visits, "publish", lambda files, force: full() if files.keys().isdisjoint(copy) else None)
        result = riskgen("batch", "visits.xlsx", "-o", "packs", "--pdf")
    assert (result.code, "Nothing" in result.said) == (5, False)
    assert "The disk is full. The Word files are there all the same." in result.said
    runs.clear()
    result = riskgen("batch", "visits.xlsx", "-o", "packs", "--pdf")
    assert result.code == 0, result.said
    assert "9: PDFs made" in result.out
    assert runs == [4, 4, 1]
    for path in (home / "packs").rglob("*.docx"):
        assert path.with_suffix(".pdf").read_bytes() == b"%PDF of " + path.name.encode()


def at_one_policy(policy: str, tmp_path: Path, riskgen: Run, row: Mapping[str, Any]) -> tuple[str, ...]:
    """A school with one visit in a sheet; the options that name the school."""
    make_home(tmp_path / policy, policy, force=False)
    at = ("--home", str(tmp_path / policy))
    assert riskgen("intake-sheet", "-o", str(tmp_path / "v.xlsx"), "--rows", "5", *at).code == 0
    purpose, visitors = USUAL[policy]
    options = open_home(tmp_path / policy).library.questions["visit.purpose"].options
    label = next(option.label for option in options if option.id == purpose)
    going = {f"visit.visitors.{place}": visitor for place, visitor in enumerate(visitors, 1)}
    plain = {name: value for name, value in ROUTINE.items() if "visitors" not in name}
    Filled(tmp_path / "v.xlsx").put(FIRST, {**plain, **going, "visit.purpose": label, **row}).save()
    return at


@pytest.mark.parametrize("policy", list(USUAL))
@pytest.mark.parametrize("family", ["F-0123", "F-0456"])
def test_it_comes_to_what_assess_does_with_the_familys_file_and_the_row(
    policy: str, family: str, tmp_path: Path, riskgen: Run
) -> None:
    at = at_one_policy(policy, tmp_path, riskgen, {"family.reference": family})
    both = (str(tmp_path / policy / "families" / f"{family}.yaml"), str(tmp_path / "v.xlsx"))
    alone = riskgen("assess", *both, "--dry-run", "--no-input", "--json", *at)
    result = riskgen("batch", str(tmp_path / "v.xlsx"), "-o", str(tmp_path / "packs"), "--json", *at)
    assert (alone.code, result.code) == (0, 0), alone.err + result.err
    (row,) = json.loads(result.out)["rows"]
    assert row["outcome"] == json.loads(alone.out)["decision"]["outcome"]
    assert (row["outcome"] in ("refer", "do-not-visit")) or family == "F-0123"
    assert [len(row["files"]), row["state"]] == [3, "recorded"]
    with open_desk(tmp_path / policy) as desk:
        answers = desk.visit(row["reference"]).body["intake"]["answers"]
    assert answers["family.address"].endswith("ZZ1 1ZZ")


@pytest.mark.parametrize("policy", list(USUAL))
def test_a_no_in_the_row_against_a_yes_in_the_familys_file_is_never_recorded(
    policy: str, tmp_path: Path, riskgen: Run
) -> None:
    row = {"family.reference": "f-0456", "history.violence_reported": "No"}
    at = at_one_policy(policy, tmp_path, riskgen, row)
    result = riskgen("batch", str(tmp_path / "v.xlsx"), *at)
    assert result.code == 3
    assert f"v.xlsx:{FIRST} (history.violence_reported)" in result.said
    assert "families/F-0456.yaml, line" in result.said
    page = load_workbook(tmp_path / "v.checked.xlsx")["Visits"]
    column = Filled(tmp_path / "v.xlsx").columns["history.violence_reported"]
    assert "Correct one of them." in page.cell(FIRST, column).comment.text


# --- a real command, in a process of its own ------------------------------------------------------


@pytest.fixture
def started(home: Path, riskgen: Run) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start the command in the school's folder, with a sheet of nine visits of next year."""
    assert riskgen("intake-sheet", "-o", "visits.xlsx", "--rows", "50").code == 0
    filled = fill(home / "visits.xlsx", 9)
    year = datetime.now().year + 1
    for number in range(9):
        filled.put(FIRST + number, {"visit.start": datetime(year, 3, 2 + number, 10, 30)})
    filled.save()
    running = []

    def start(*more: str, stream: int = subprocess.PIPE) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", "from riskgen.cli.main import main; main()"]
        process = subprocess.Popen(
            [*command, "batch", "visits.xlsx", "-o", "packs", *more],
            stdout=stream,
            stderr=stream,
            text=True,
            cwd=home,
            start_new_session=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def until(there: Callable[[], Any], process: "subprocess.Popen[str]") -> None:
    for _ in range(600):
        if there() or process.poll() is not None:
            return
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGHUP])
def test_killed_or_interrupted_half_way_and_run_again_every_row_is_recorded_once(
    home: Path, started: Callable[..., Any], number: signal.Signals
) -> None:
    process = started("--jobs", "2")
    until(lambda: len(list((home / "packs").glob("RA-*"))) >= 2, process)
    if number is signal.SIGKILL:
        process.kill()
    else:
        os.killpg(process.pid, number)  # as a terminal does on Ctrl-C, and when its window is closed
    _, err = process.communicate(timeout=60)
    assert process.returncode == (-9 if number is signal.SIGKILL else 130), err
    done = references(home)
    assert 2 <= len(done) < 9
    assert (number is signal.SIGKILL) != (home / "visits.checked.xlsx").exists()
    again = started("--jobs", "2", "--json")
    out, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    rows = json.loads(out)["rows"]
    assert [row["reference"] for row in rows if row["state"] == "before"] == done
    assert len({row["reference"] for row in rows}) == 9
    assert references(home) == sorted(row["reference"] for row in rows)
    assert sorted(path.name for path in (home / "packs").iterdir()) == references(home)
    assert all(len(list(path.iterdir())) == 3 for path in (home / "packs").iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal that can be closed")
def test_with_its_window_closed_half_way_it_still_writes_the_copy(home: Path, started: Callable[..., Any]) -> None:
    window, inside = os.openpty()
    process = started("--jobs", "2", stream=inside)
    os.close(inside)
    shown = b""
    while b"11%" not in shown.partition(b"Recording")[2]:
        shown += os.read(window, 1000)
    os.close(window)
    os.killpg(process.pid, signal.SIGHUP)
    process.wait(timeout=60)
    done = references(home)
    assert 1 <= len(done) < 9
    assert [row[0] for row in became(home / "visits.checked.xlsx")[: len(done)]] == done


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_processes_end_with_the_command_that_started_them_even_if_it_is_killed(
    home: Path, started: Callable[..., Any]
) -> None:
    process = started("--jobs", "2")
    until(lambda: (home / "packs").is_dir(), process)
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False
    )
    children = [int(pid) for pid in listed.stdout.split()]
    assert len(children) >= 2
    for pid in children:  # the key of the register is not in reach of those who do the work
        assert "RISKGEN_KEY" not in Path(f"/proc/{pid}/environ").read_text()
    process.kill()
    process.communicate()

    def alive(pid: int) -> bool:
        state = Path(f"/proc/{pid}/stat")
        return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"

    for _ in range(200):
        if not any(alive(pid) for pid in children):
            break
        time.sleep(0.1)
    assert not any(alive(pid) for pid in children)
