"""The sheet of planned visits: made, filled in, read back equal, and given back with its faults marked."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

sys.path.insert(0, str(Path(__file__).parents[1]))

from libreoffice import through_libreoffice
from sheets import EXAMPLE_AT, FIRST, NAME_ROW, ROUTINE, Filled, typed

from riskgen.core.conditions import Value
from riskgen.core.model import Option, Question
from riskgen.core.problem import Problem
from riskgen.core.terms import QuestionType, Stage
from riskgen.files.visit_columns import NEEDED, VISITORS, asked_in_sheet
from riskgen.service.faults import InvalidInput
from riskgen.service.homes import Home, make_home, open_home
from riskgen.service.intake_sheet import Original, Row, RowWords, marked_copy, one_visit, read_rows
from riskgen.service.new_intake_sheet import own_purposes, write_intake_sheet

SEVERAL = Question(
    "visit.kinds",
    "=SUM(1;1) or what else?",
    QuestionType.CHOICES,
    Stage.PLAN,
    hint="+44 is no formula",
    options=(Option("a", "Talk, and listen"), Option("b", "=1+1"), Option("c", "Look")),
)
ODD_TEXTS = (
    "007700",
    "=1+1",
    "+44",
    "-1",
    "@home",
    "#N/A",
    "TRUE",
    "1/2",
    "2 Dec",
    "12:30",
    "Tom & <Jerry>",
    "ümlaut 日本 👨‍👩‍👧",
)


@pytest.fixture(scope="module")
def home(school: Home) -> Home:
    """A school with a question of each type, one of them with a label that looks like a formula."""
    questions = {**school.library.questions, SEVERAL.name: SEVERAL}
    return replace(school, library=replace(school.library, questions=questions))


@pytest.fixture(scope="module")
def made(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "visits.xlsx"
    write_intake_sheet(home, path, 60, force=False)
    return path


@pytest.fixture
def filled(made: Path, tmp_path: Path) -> Filled:
    path = tmp_path / "visits.xlsx"
    path.write_bytes(made.read_bytes())
    return Filled(path)


def read(home: Home, path: Path) -> tuple[list[Row], tuple[Problem, ...]]:
    rows, _, problems = read_rows(home, path)
    return list(rows), problems


def original_of(home: Home, path: Path) -> Original:
    _, original, problems = read_rows(home, path)
    assert original is not None, problems
    return original


# --- round trip -----------------------------------------------------------------------------------


def answers_of(question: Question, home: Home) -> Iterator[Value | None]:
    """Every kind of answer that a question takes."""
    match question.type:
        case QuestionType.YES_NO:
            yield from (True, False, None)
        case QuestionType.CHOICE:
            yield from (*(option.id for option in question.options), *(() if question.name in NEEDED else (None,)))
        case QuestionType.CHOICES:
            yield from (frozenset({"a"}), frozenset({"a", "b", "c"}), frozenset({"b"}), frozenset(), None)
        case QuestionType.NUMBER:
            yield from (question.least, question.most, *(() if question.name in NEEDED else (None,)))
        case QuestionType.DATE:
            yield from (date(2024, 2, 29), date(1900, 3, 1), date(2026, 12, 31), None)
        case QuestionType.TIME:
            yield from (time(0, 1), time(9, 5), time(23, 59), None)
        case QuestionType.TIMES:
            yield from ((time(11, 30),), (time(9, 5), time(13, 15), time(16)), (), None)
        case QuestionType.MOMENT:
            yield from (datetime(2026, 12, 2, hour, minute) for hour in (0, 7, 23) for minute in (1, 20, 59))
        case QuestionType.STAFF:
            yield from (*(person.id for person in home.school.staff), None)
        case QuestionType.TEXT:
            yield from (text for text in ODD_TEXTS if len(text) <= question.longest)
            yield "x" * question.longest
            if question.lines:
                yield "1 Example Street\nSampletown\nZZ1 1ZZ"


def every_answer(home: Home) -> list[dict[str, Value | None]]:
    """Rows in which each question gets every kind of answer at least once."""
    asked = asked_in_sheet(home.library.questions.values())
    kinds = {question.name: list(answers_of(question, home)) for question in asked}
    return [
        {name: values[number % len(values)] for name, values in kinds.items()}
        for number in range(max(map(len, kinds.values())))
    ]


def fill(filled: Filled, home: Home, wanted: list[dict[str, Value | None]]) -> Path:
    staff = home.school.staff
    for number, answers in enumerate(wanted):
        row = FIRST + number
        filled.put(row, {name: typed(home.library.questions[name], value) for name, value in answers.items()})
        going = staff[number % len(staff)], staff[(number + 1) % len(staff)]
        filled.put(row, {f"{VISITORS}.{place}": f"{who.id} {who.name}" for place, who in enumerate(going, 1)})
    return filled.save()


def assert_read_back(home: Home, path: Path, wanted: list[dict[str, Value | None]]) -> None:
    rows, problems = read(home, path)
    assert problems == ()
    assert [row.number for row in rows] == [FIRST + number for number in range(len(wanted))]
    staff = [person.id for person in home.school.staff]
    for number, (row, answers) in enumerate(zip(rows, wanted, strict=True)):
        assert row.sheet.problems == ()
        assert row.sheet.values == {name: value for name, value in answers.items() if value is not None}
        assert row.sheet.given == {*answers, VISITORS}
        assert row.sheet.visitors == (staff[number % len(staff)], staff[(number + 1) % len(staff)])


def test_every_answer_to_every_question_is_read_back_as_it_was_given(home: Home, filled: Filled) -> None:
    wanted = every_answer(home)
    assert_read_back(home, fill(filled, home, wanted), wanted)


def test_it_is_read_back_as_it_was_given_when_libreoffice_saved_it(
    home: Home, filled: Filled, calc: str, tmp_path: Path
) -> None:
    wanted = every_answer(home)
    path = through_libreoffice(calc, fill(filled, home, wanted), tmp_path / "saved")
    assert_read_back(home, path, wanted)


# --- what it is when it is empty ------------------------------------------------------------------


def test_the_empty_sheet_holds_no_visit(home: Home, made: Path) -> None:
    assert read(home, made) == ([], ())


def test_the_open_xml_sdk_finds_no_fault(made: Path, ooxml_validator: str) -> None:
    done = subprocess.run([ooxml_validator, made], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_columns_are_the_questions_what_is_needed_first_and_in_words(home: Home, filled: Filled) -> None:
    names = list(filled.columns)
    needed = [*NEEDED[:4], *(f"{VISITORS}.{number}" for number in range(1, 5))]
    rest = [question.name for question in asked_in_sheet(home.library.questions.values())][4:]
    assert names == ["sheet.missing", *needed, *rest]
    marked = [name for name, column in filled.columns.items() if "Needed." in str(filled.page.cell(2, column).value)]
    assert marked == [*NEEDED[:4], f"{VISITORS}.1"]


def test_text_that_looks_like_a_formula_stays_text(made: Path) -> None:
    with zipfile.ZipFile(made) as package:
        sheets = {name: package.read(name).decode() for name in package.namelist() if "worksheets/sheet" in name}
    assert sum("=SUM(1;1)" in text for text in sheets.values()) == 2  # as a heading, and in the dictionary
    for text in sheets.values():
        assert "<f>SUM(1;1)" not in text
        assert 't="e"' not in text
    book = Filled(made).book
    formulas = {
        (page.title, cell.column_letter) for page in book for row in page for cell in row if cell.data_type == "f"
    }
    assert formulas == {("Visits", "A")}


def test_messages_of_validations_keep_to_the_limits_of_excel(filled: Filled) -> None:
    rules = filled.page.data_validations.dataValidation
    assert len(rules) == len(filled.columns) - 1
    for rule in rules:
        assert 0 < len(rule.promptTitle) <= 32
        assert 0 < len(rule.prompt) <= 255
        assert 0 < len(rule.errorTitle) <= 32
        assert 0 < len(rule.error) <= 225
        assert rule.showInputMessage
        assert rule.showErrorMessage
        assert str(rule.sqref).endswith(str(FIRST + 59))


def rule_of(filled: Filled, name: str) -> Any:
    letter = filled.page.cell(NAME_ROW, filled.columns[name]).column_letter
    rules = filled.page.data_validations.dataValidation
    return next(rule for rule in rules if str(rule.sqref).startswith(f"{letter}{EXAMPLE_AT}"))


def offered(filled: Filled, name: str) -> list[Any]:
    """The entries of the list that a cell offers."""
    area = filled.book.defined_names[rule_of(filled, name).formula1].attr_text
    title, _, cells = area.partition("!")
    assert filled.book[title].sheet_state == "hidden"
    return [row[0].value for row in filled.book[title][cells.replace("$", "")]]


def test_cells_offer_what_may_be_chosen(home: Home, filled: Filled) -> None:
    assert offered(filled, "history.concern") == ["Yes", "No", "Not known"]
    assert offered(filled, "visit.visitors.3")[6] == "S-07 Gray Invented"
    assert offered(filled, "travel.driver") == [f"{person.id} {person.name}" for person in home.school.staff]
    grounds = home.library.questions["visit.unannounced_ground"].options
    assert offered(filled, "visit.unannounced_ground") == [*(option.label for option in grounds), "Not known"]
    assert "Talk, and listen; =1+1; Look" in rule_of(filled, SEVERAL.name).prompt
    assert rule_of(filled, "visit.minutes").formula2 == "480"
    assert rule_of(filled, "family.reference").formula1 == "40"


def test_only_the_policys_own_purposes_are_offered_and_others_may_still_be_typed(home: Home, filled: Filled) -> None:
    labels = offered(filled, "visit.purpose")
    assert len(labels) == 13  # its list has eleven points, one of them two reasons; and it foresees emergencies
    assert "There is an attendance concern" in labels
    assert "Something else" not in labels
    assert rule_of(filled, "visit.purpose").errorStyle == "warning"
    other = filled.put(FIRST, {**ROUTINE, "visit.purpose": "Something else"}).save()
    (row,), _ = read(home, other)
    assert (row.sheet.values["visit.purpose"], row.sheet.problems) == ("other", ())


@pytest.mark.parametrize(
    ("policy", "count"),
    [("bchs", 13), ("heather-avenue", 1), ("le-rocquier", 25), ("robert-ogden", 8), ("st-patricks", 11)],
)
def test_each_policy_leaves_its_own_purposes_open(policy: str, count: int, tmp_path: Path) -> None:
    make_home(tmp_path / "school", policy, force=False)
    assert len(own_purposes(open_home(tmp_path / "school"))) == count


def test_it_names_no_library_and_nobody(made: Path) -> None:
    with zipfile.ZipFile(made) as package:
        properties = "".join(package.read(name).decode() for name in package.namelist() if name.startswith("docProps"))
    assert "openpyxl" not in properties.casefold()
    assert "<dc:creator" not in properties
    assert ">en-GB<" in properties
    assert "Planned visits, Example School (invented)" in properties


def test_the_example_shows_nobody_of_the_school(home: Home, made: Path) -> None:
    staff = tuple(replace(each, name=f"{each.id} Real") for each in home.school.staff)
    other = replace(home, school=replace(home.school, staff=staff))
    path = made.with_name("other.xlsx")
    write_intake_sheet(other, path, 5, force=False)
    values = [str(cell.value) for cell in Filled(path).page[EXAMPLE_AT]]
    assert "S-07 Gray Invented" in values
    assert not [value for value in values if "Real" in value]


# --- what still is missing ------------------------------------------------------------------------


def test_the_first_column_says_in_words_what_a_row_lacks(filled: Filled, calc: str, tmp_path: Path) -> None:
    filled.put(FIRST, ROUTINE).put(FIRST + 1, {"family.name": "Sample"})
    filled.put(FIRST + 2, {**ROUTINE, "visit.start": " ", "visit.visitors.1": None})
    filled.put(FIRST + 3, {name: value for name, value in ROUTINE.items() if "visitors" not in name})
    path = through_libreoffice(calc, filled.save(), tmp_path / "saved")
    page = load_workbook(path, data_only=True)["Visits"]
    said = [page.cell(row, 1).value or "" for row in range(FIRST, FIRST + 5)]
    assert said == [
        "Nothing",
        "reference; purpose; start; minutes; visitors",
        "start",
        "visitors",
        "",
    ]
    assert page.cell(EXAMPLE_AT, 1).value == "Example, not a visit"


# --- the example ----------------------------------------------------------------------------------


def test_the_example_is_no_visit_wherever_it_stands(home: Home, filled: Filled) -> None:
    example = {name: filled.page.cell(EXAMPLE_AT, column).value for name, column in filled.columns.items()}
    filled.put(FIRST + 5, example).put(FIRST, ROUTINE)
    rows, _ = read(home, filled.save())
    assert [row.number for row in rows] == [FIRST]


@pytest.mark.parametrize(
    "changed",
    [
        {"family.name": "Gray"},
        {"visit.start": datetime(2027, 1, 5, 9)},
        {"visit.visitors.1": "S-01"},
        {"agency.joint_visit": "Yes"},
    ],
)
def test_a_visit_written_over_the_example_is_not_left_out_silently(home: Home, filled: Filled, changed: Any) -> None:
    (row,), _ = read(home, filled.put(EXAMPLE_AT, changed).save())
    faults = [problem for problem in row.sheet.problems if problem.code == "sheet-example"]
    assert [fault.message for fault in faults] == [
        f"B{EXAMPLE_AT} has the reference of the example, and other answers stand beside it."
    ]


def test_a_visit_in_the_row_of_the_example_with_a_reference_of_its_own_is_a_visit(home: Home, filled: Filled) -> None:
    (row,), _ = read(home, filled.put(EXAMPLE_AT, ROUTINE).save())
    assert row.sheet.problems == ()


# --- the columns ----------------------------------------------------------------------------------


def test_a_moved_column_is_found_and_an_extra_one_is_told_of(home: Home, filled: Filled) -> None:
    filled.put(FIRST, {**ROUTINE, "family.name": "Sample"})
    last = filled.page.max_column
    for row in range(1, FIRST + 1):
        cell = filled.page.cell(row, filled.columns["family.name"])
        filled.page.cell(row, last + 3).value, cell.value = cell.value, None
    filled.page.cell(2, last + 1).value = "Our notes"
    filled.page.cell(FIRST, last + 2).value = "seen"
    (row,), problems = read(home, filled.save())
    assert row.sheet.values["family.name"] == "Sample"
    assert [problem.severity for problem in problems] == ["note", "note"]
    assert "(Our notes)" in problems[0].message


def test_a_fault_of_the_columns_leaves_no_rows(home: Home, filled: Filled) -> None:
    filled.put(FIRST, ROUTINE).page.cell(NAME_ROW, filled.columns["visit.start"]).value = "visit.strat"
    rows, problems = read(home, filled.save())
    assert rows == []
    assert [(problem.code, problem.field) for problem in problems] == [("sheet-column-renamed", "visit.start")]


def test_a_row_that_lacks_what_is_needed_has_a_fault(home: Home, filled: Filled) -> None:
    (row,), _ = read(home, filled.put(FIRST, {**ROUTINE, "visit.start": None}).save())
    assert [(problem.line, problem.field) for problem in row.sheet.problems] == [(FIRST, "visit.start")]


# --- one visit ------------------------------------------------------------------------------------


def test_one_row_is_like_any_file_of_answers(home: Home, filled: Filled) -> None:
    sheet = one_visit(home, filled.put(FIRST, {**ROUTINE, "visit.start": None}).save())
    assert sheet.problems == ()  # what it lacks may be given as an option
    assert sheet.values["visit.minutes"] == 40
    assert not sheet.unread


@pytest.mark.parametrize(
    ("count", "words"), [(0, "holds no visit"), (2, "holds 2 visits, and one is assessed at a time")]
)
def test_no_row_and_several_are_refused(home: Home, filled: Filled, count: int, words: str) -> None:
    for number in range(count):
        filled.put(FIRST + number, ROUTINE)
    (problem,) = one_visit(home, filled.save()).problems
    assert words in problem.message
    assert ("riskgen batch" in problem.hint) is (count == 2)


# --- given back -----------------------------------------------------------------------------------


def marked(home: Home, path: Path, results: Mapping[int, RowWords] | None = None) -> Filled:
    rows, original, _ = read_rows(home, path)
    assert original is not None
    results = dict(results or {})
    problems = []
    for row in rows:
        problems += row.sheet.problems
        said = "\n".join(f"{each.message} {each.hint}" for each in row.sheet.problems)
        before = results.get(row.number, RowWords())
        results[row.number] = replace(before, problems=before.problems or said)
    path.write_bytes(marked_copy(original, problems, results))
    return Filled(path)


def test_faulty_cells_are_marked_and_commented_and_rows_have_their_results(
    home: Home, filled: Filled, ooxml_validator: str
) -> None:
    filled.put(FIRST, ROUTINE).put(FIRST + 1, {**ROUTINE, "visit.start": date(2026, 12, 2), "visit.visitors.2": "S-99"})
    filled.put(FIRST + 2, {**ROUTINE, "visit.minutes": None})
    copy = marked(home, filled.save(), {FIRST: RowWords("RA-2026-0001", "Proceed"), FIRST + 1: RowWords()})
    cells = {cell.coordinate: cell for row in copy.page for cell in row if cell.comment}
    assert set(cells) == {"D6", "E7", "G6"}
    assert all(cell.fill.fgColor.rgb == "FFFFC7CE" for cell in cells.values())
    assert "holds a date and no time of day" in cells["D6"].comment.text
    results = {
        name: [copy.page.cell(row, copy.columns[name]).value for row in (5, 6, 7)]
        for name in copy.columns
        if "result" in name
    }
    assert results["result.reference"][0] == "RA-2026-0001"
    assert results["result.decision"][0] == "Proceed"
    assert "D6 (When does the visit start?)" in results["result.problems"][1]
    assert "E7 (How many minutes" in results["result.problems"][2]
    assert [copy.page.cell(2, copy.columns[name]).value for name in results] == ["Reference", "Decision", "Problems"]
    assert subprocess.run([ooxml_validator, copy.path], capture_output=True, check=False).returncode == 0


def test_what_comes_back_can_be_mended_and_handed_in_again(home: Home, filled: Filled) -> None:
    copy = marked(
        home, filled.put(FIRST, {**ROUTINE, "visit.minutes": 0}).save(), {FIRST: RowWords("", "", "Too short")}
    )
    (row,), problems = read(home, copy.path)
    assert problems == ()
    assert row.sheet.problems
    copy.put(FIRST, {"visit.minutes": 40, "result.reference": "RA-2026-0007"})
    (row,), problems = read(home, copy.save())
    assert (row.sheet.problems, row.reference, problems) == ((), "RA-2026-0007", ())
    again = marked(home, copy.path, {FIRST: RowWords("RA-2026-0007", "Proceed")})
    cell = again.page.cell(FIRST, again.columns["visit.minutes"])
    assert cell.comment is None
    assert cell.fill.fill_type is None
    assert again.page.cell(FIRST, again.columns["result.problems"]).value in (None, "")
    assert again.columns.keys() == copy.columns.keys()


def test_all_else_is_as_it_was(home: Home, filled: Filled) -> None:
    filled.put(FIRST, {**ROUTINE, "visit.minutes": 0, "family.phone": "01632 960123"})
    own = filled.page.max_column + 1
    filled.page.cell(2, own).value, filled.page.cell(FIRST, own).value = "Our notes", "kept"
    before = {cell.coordinate: cell.value for row in filled.page for cell in row if cell.value is not None}
    area = filled_area(filled.path)
    copy = marked(home, filled.save())
    after = {cell.coordinate: cell.value for row in copy.page for cell in row if cell.value is not None}
    assert {at: after.get(at) for at in before} == before
    assert copy.page.freeze_panes == "C4"
    assert len(copy.page.data_validations.dataValidation) == len(copy.columns) - 1 - 3
    assert copy.page.column_dimensions["B"].number_format == "@"
    assert copy.book["Lists"].sheet_state == "hidden"
    assert "INDEX(" in area
    assert filled.page.auto_filter.ref == copy.page.auto_filter.ref


def filled_area(path: Path) -> str:
    with zipfile.ZipFile(path) as package:
        return package.read("xl/workbook.xml").decode().partition("Print_Area")[2].partition("</")[0]


def test_the_area_to_be_printed_survives_a_marked_copy(home: Home, made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.xlsx"
    problem = Problem("", FIRST, "any", f"B{FIRST} is empty.")
    copy.write_bytes(marked_copy(original_of(home, made), [problem], {}))
    assert filled_area(copy) == filled_area(made) != ""


def test_what_formulas_came_to_survives_a_marked_copy(home: Home, filled: Filled, calc: str, tmp_path: Path) -> None:
    filled.put(FIRST, {**ROUTINE, "visit.minutes": 0})
    minutes = filled.page.cell(FIRST, filled.columns["visit.minutes"]).coordinate
    filled.page.cell(FIRST, filled.columns["visit.absence_days"]).value = f"={minutes}+6"
    path = through_libreoffice(calc, filled.save(), tmp_path / "saved")
    copy = marked(home, path)
    (row,), _ = read(home, copy.path)
    assert row.sheet.values["visit.absence_days"] == 6


def test_a_file_that_cannot_be_read_is_not_copied(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "visits.xlsx"
    path.write_bytes(b"no workbook")
    rows, original, problems = read_rows(home, path)
    assert (list(rows), original, len(problems)) == ([], None, 1)


def test_what_openpyxl_cannot_load_whole_is_told_and_not_raised(
    home: Home, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = original_of(home, filled.put(FIRST, ROUTINE).save())

    def fails(*given: object, **named: object) -> object:
        raise TypeError("of Philomena")

    monkeypatch.setattr("openpyxl.load_workbook", fails)
    with pytest.raises(InvalidInput) as refused:
        marked_copy(original, (), {})
    (problem,) = refused.value.problems
    assert "cannot be loaded whole (TypeError)" in problem.message
    assert "Philomena" not in problem.message


def test_the_copy_is_of_what_was_read_and_not_of_what_is_there_by_now(home: Home, filled: Filled) -> None:
    original = original_of(home, filled.put(FIRST, ROUTINE).save())
    filled.put(FIRST, {**ROUTINE, "family.reference": "F-0999"}).save()
    path = filled.path.with_name("copy.xlsx")
    path.write_bytes(marked_copy(original, (), {FIRST: RowWords("RA-2026-0001", "Proceed")}))
    copy = Filled(path)
    assert copy.page.cell(FIRST, copy.columns["family.reference"]).value == "F-0123"
    assert copy.page.cell(FIRST, copy.columns["result.reference"]).value == "RA-2026-0001"


def test_a_fault_of_no_cell_is_marked_at_the_first_answer_of_its_row(home: Home, filled: Filled) -> None:
    filled.put(FIRST, {name: value for name, value in ROUTINE.items() if name != "family.reference"})
    original = original_of(home, filled.save())
    said = [
        Problem("visits.xlsx", FIRST, "row-twice", "The row says the same as row 4."),
        Problem("visits.xlsx", FIRST, "any", "It has no column.", field="visit.nonsense"),
        Problem("visits.xlsx", FIRST + 9, "any", "It has no answer."),
    ]
    filled.path.write_bytes(marked_copy(original, said, {}))
    copy = Filled(filled.path)
    comments = {cell.coordinate: cell.comment.text for row in copy.page for cell in row if cell.comment}
    purpose = copy.page.cell(FIRST, copy.columns["visit.purpose"]).coordinate
    assert comments == {purpose: "The row says the same as row 4.\nIt has no column."}


def test_cells_merged_over_a_million_are_not_loaded(home: Home, filled: Filled) -> None:
    filled.put(FIRST, ROUTINE).save()
    with zipfile.ZipFile(filled.path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    name = "xl/worksheets/sheet1.xml"
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A70:XFD2000"/></mergeCells>'
    parts[name] = parts[name].replace(b"</sheetData>", merged)
    with zipfile.ZipFile(filled.path, "w", zipfile.ZIP_DEFLATED) as package:
        for part, content in parts.items():
            package.writestr(part, content)
    with pytest.raises(InvalidInput) as refused:
        marked_copy(original_of(home, filled.path), [Problem("", FIRST, "any", f"B{FIRST} is empty.")], {})
    assert "cells are merged" in refused.value.problems[0].message


# --- cells that cannot be read --------------------------------------------------------------------


def put_raw(filled: Filled, name: str, value: Any, kind: str) -> str:
    cell = filled.page.cell(FIRST, filled.columns[name])
    cell.value, cell.data_type = value, kind
    return str(cell.coordinate)


@pytest.mark.parametrize(
    ("name", "field", "value", "kind", "words"),
    [
        ("visit.minutes", "visit.minutes", "=1+40", "f", "holds a formula without a result"),
        ("visit.minutes", "visit.minutes", "#N/A", "e", "holds an error of Excel"),
        ("visit.visitors.2", "visit.visitors/2", "#REF!", "e", "holds an error of Excel"),
    ],
)
def test_a_cell_that_cannot_be_read_is_a_fault_of_its_question(
    home: Home, filled: Filled, name: str, field: str, value: str, kind: str, words: str
) -> None:
    filled.put(FIRST, ROUTINE)
    at = put_raw(filled, name, value, kind)
    (row,), problems = read(home, filled.save())
    assert problems == ()
    (problem,) = row.sheet.problems
    assert problem.message.startswith(f"{at} (")
    assert words in problem.message
    assert (problem.line, problem.field) == (FIRST, field)
    copy = marked(home, filled.path)
    assert words in copy.page[at].comment.text


def test_a_row_with_nothing_but_such_a_cell_is_not_passed_over(home: Home, filled: Filled) -> None:
    put_raw(filled, "family.name", "#N/A", "e")
    (row,), _ = read(home, filled.save())
    assert row.sheet.problems[0].field == "family.name"


def test_such_a_cell_in_a_column_of_ones_own_does_not_matter(home: Home, filled: Filled) -> None:
    filled.put(FIRST, ROUTINE)
    own = filled.page.max_column + 1
    filled.page.cell(2, own).value, filled.page.cell(FIRST, own).value = "Days to go", "=TODAY()-1"
    (row,), problems = read(home, filled.save())
    assert row.sheet.problems == ()
    assert [problem.severity for problem in problems] == ["note"]


def test_a_csv_file_with_the_names_is_read_and_cannot_be_marked(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    names = "family.reference,visit.purpose,visit.start,visit.minutes,visit.visitors.1,family.phone"
    path.write_text(f"{names}\nF-0123,attendance,2026-12-02 10:30,40,S-07,01632 960123\n")
    (row,), problems = read(home, path)
    assert (row.number, row.sheet.problems, problems) == (2, (), ())
    assert row.sheet.values["family.phone"] == "01632 960123"
    with pytest.raises(InvalidInput):
        marked_copy(original_of(home, path), (), {})
