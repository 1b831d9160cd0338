"""The sheet of planned visits: made, filled in, read back equal, and given back with its faults marked."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from riskgen.core.struct import replace

sys.path.insert(0, str(Path(__file__).parents[1]))

from libreoffice import through_libreoffice
from sheets import EXAMPLE_AT, FIRST, NAME_ROW, ROUTINE, Filled, typed

from riskgen.core.conditions import Value
from riskgen.core.model import Option, Question
from riskgen.core.problem import Problem
from riskgen.core.terms import QuestionType, Stage
from riskgen.files.visit_columns import NEEDED, RESULTS, ROWS, VISITORS, asked_in_sheet, column_letter
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
    assert names == ["sheet.missing", *RESULTS, *needed, *rest]
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
    assert len(rules) == len(filled.columns) - 1 - len(RESULTS)
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


def test_it_is_printed_without_pages_of_nothing_and_with_its_foot(
    school: Home, calc: str, pdftotext: str, tmp_path: Path
) -> None:
    write_intake_sheet(school, tmp_path / "visits.xlsx", ROWS, force=False)
    command = [calc, "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--convert-to", "pdf"]
    command += ["--outdir", str(tmp_path), str(tmp_path / "visits.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    told = subprocess.run([pdftotext, "-layout", tmp_path / "visits.pdf", "-"], capture_output=True, check=True)
    pages = told.stdout.decode().split("\f")
    visits = [page for page in pages if "Visits, page" in page]
    assert len(visits) > 8
    assert sum("EXAMPLE" not in page for page in visits) <= 2
    for page in Filled(tmp_path / "visits.xlsx").book:
        if page.sheet_state == "visible":
            assert page.page_margins.bottom - page.page_margins.footer >= 0.4


def test_rows_of_the_dictionary_are_no_higher_than_their_words(filled: Filled) -> None:
    page = filled.book["Dictionary"]
    heights = {page.cell(row, 7).value: page.row_dimensions[row].height for row in range(2, page.max_row + 1)}
    assert heights["visit.visitors.1"] < 32  # two lines
    assert heights["family.name"] < 20
    text = next(page.cell(row, 3).value for row in range(2, 9) if page.cell(row, 7).value == "visit.purpose")
    lines = len(text) / page.column_dimensions["C"].width / 1.33  # characters of the font that stand on a unit of width
    assert 12 * lines < heights["visit.purpose"] < 15 * lines


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
        f"E{EXAMPLE_AT} has the reference of the example, and other answers stand beside it."
    ]


def test_a_visit_in_the_row_of_the_example_with_a_reference_of_its_own_is_a_visit(home: Home, filled: Filled) -> None:
    (row,), _ = read(home, filled.put(EXAMPLE_AT, ROUTINE).save())
    assert row.sheet.problems == ()


@pytest.mark.parametrize("policy", ["bchs", "heather-avenue", "le-rocquier", "robert-ogden", "st-patricks"])
def test_the_example_fits_every_policy_and_is_never_a_visit(policy: str, tmp_path: Path) -> None:
    make_home(tmp_path / "school", policy, force=False)
    school = open_home(tmp_path / "school")
    write_intake_sheet(school, tmp_path / "visits.xlsx", 5, force=False)
    filled = Filled(tmp_path / "visits.xlsx")
    example = {name: filled.page.cell(EXAMPLE_AT, column).value for name, column in filled.columns.items()}
    for name in ("child.year_group", "child.born_on", "visit.reason", "visit.absence_days", "approval.by"):
        assert example[name] is None
    assert example["travel.by_car"] == "Yes"
    assert example["travel.driver"] == example["visit.visitors.1"] == "S-07 Gray Invented"
    assert read(school, filled.path) == ([], ())
    strangers = tuple(replace(each, name=f"{each.id} Other") for each in school.school.staff)
    assert read(replace(school, school=replace(school.school, staff=strangers)), filled.path) == ([], ())


@pytest.mark.parametrize("who", ["S-01", "Not known"])
def test_a_driver_of_ones_own_makes_a_visit_of_the_example(home: Home, filled: Filled, who: str) -> None:
    (row,), _ = read(home, filled.put(EXAMPLE_AT, {"travel.driver": who}).save())
    assert "sheet-example" in [problem.code for problem in row.sheet.problems]


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
    assert problems[0].message == f"Column {column_letter(last + 1)} is none of riskgen's, and is left alone."


def test_a_fault_of_the_columns_leaves_no_rows(home: Home, filled: Filled) -> None:
    filled.put(FIRST, ROUTINE).page.cell(NAME_ROW, filled.columns["visit.start"]).value = "visit.strat"
    rows, problems = read(home, filled.save())
    assert rows == []
    assert [(problem.code, problem.field) for problem in problems] == [("sheet-column-renamed", "visit.start")]


def test_a_row_that_lacks_what_is_needed_has_a_fault(home: Home, filled: Filled) -> None:
    (row,), _ = read(home, filled.put(FIRST, {**ROUTINE, "visit.start": None}).save())
    assert [(problem.line, problem.field) for problem in row.sheet.problems] == [(FIRST, "visit.start")]


def test_of_a_column_of_ones_own_nothing_is_told_but_its_letter(home: Home, filled: Filled) -> None:
    own = filled.page.max_column + 1
    filled.put(FIRST, ROUTINE).page.cell(2, own).value = "Aunt Philomena hits"
    (row,), (note,) = read(home, filled.save())
    assert row.sheet.problems == ()
    assert note.message == f"Column {column_letter(own)} is none of riskgen's, and is left alone."


@pytest.mark.parametrize(
    "values",
    [
        ROUTINE,
        {"history.violence_reported": "Yes"},
        {"family.needs": "Aunt Philomena hits", "visit.visitors.1": "S-07"},
        {"visit.start": datetime(2026, 12, 2, 10, 30)},
        {"family.reference": "F-0123", "visit.minutes": "Not known"},
    ],
)
@pytest.mark.parametrize("row", [1, 4])
def test_a_visit_above_the_names_is_not_lost(home: Home, filled: Filled, row: int, values: Any) -> None:
    filled.page.insert_rows(1, 3)
    filled.put(row, values).put(FIRST + 3, ROUTINE)
    if row == 4:  # over the groups
        for name in set(filled.columns) - set(values):
            filled.page.cell(row, filled.columns[name]).value = None
    rows, problems = read(home, filled.save())
    assert rows == []
    assert [(problem.code, problem.line) for problem in problems] == [("sheet-row-above", row)]
    assert "Philomena" not in str(problems)
    assert "below row 6" in problems[0].hint


def test_a_title_above_the_names_is_no_visit(home: Home, filled: Filled) -> None:
    filled.page.insert_rows(1, 2)
    filled.put(1, {"family.reference": "Visits of the autumn term"}).put(2, {"visit.start": "from our office"})
    filled.put(FIRST + 2, ROUTINE)
    (row,), problems = read(home, filled.save())
    assert (row.sheet.problems, problems) == ((), ())


def test_a_visitor_is_not_lost_with_the_name_of_the_column(home: Home, filled: Filled) -> None:
    filled.put(FIRST, ROUTINE).page.cell(NAME_ROW, filled.columns["visit.visitors.2"]).value = "Second visitor"
    rows, (problem,) = read(home, filled.save())
    assert rows == []
    assert "It was 'visit.visitors.2' (Who goes? Visitor 2), most likely." in problem.message


# --- merged cells ---------------------------------------------------------------------------------


def test_an_answer_merged_over_rows_is_not_that_of_the_first_alone(home: Home, filled: Filled) -> None:
    for number in range(3):
        filled.put(FIRST + number, {**ROUTINE, "visit.start": datetime(2026, 12, 2 + number, 10)})
    filled.put(FIRST, {"history.violence_reported": "Yes"})
    letter = column_letter(filled.columns["history.violence_reported"])
    filled.page.merge_cells(f"{letter}{FIRST}:{letter}{FIRST + 2}")
    rows, (problem,) = read(home, filled.save())
    assert rows == []
    assert problem.message.startswith(f"{letter}5:{letter}7 (Has violence ever been reported in the home,")
    assert "Merge & Centre" in problem.hint
    assert (problem.code, problem.line, problem.severity) == ("sheet-merged", FIRST, "fault")
    copy = marked(home, filled.path)
    assert "are merged" in copy.page[f"{letter}5"].comment.text


def test_two_visitors_in_one_merged_cell_are_told_of(home: Home, filled: Filled) -> None:
    filled.put(FIRST, ROUTINE).page.merge_cells("I5:J5")
    _, (problem,) = read(home, filled.save())
    assert problem.message.startswith("I5:J5 (Who goes?) are merged")


def test_merged_cells_above_the_visits_and_beside_them_do_not_matter(home: Home, filled: Filled) -> None:
    own = column_letter(filled.page.max_column + 1)
    filled.put(FIRST, ROUTINE).page.merge_cells("F1:J1")
    filled.page.merge_cells(f"{own}{FIRST}:{own}{FIRST + 9}")
    filled.page[f"{own}{FIRST}"].value = "ours"
    (row,), problems = read(home, filled.save())
    assert row.sheet.problems == ()
    assert [problem.severity for problem in problems] == ["note"]


def test_of_very_many_merged_cells_only_some_are_told(home: Home, filled: Filled) -> None:
    for row in range(FIRST, FIRST + 30):
        filled.page.merge_cells(f"I{row}:J{row}")
    _, problems = read(home, filled.save())
    assert len(problems) == 21
    assert problems[-1].message == "More than 20 groups of cells are merged."


# --- which row was recorded as what ---------------------------------------------------------------


@pytest.mark.parametrize("text", ["Aunt Philomena hits", "RA-26-1", "F-0123"])
def test_what_is_no_reference_of_a_visit_is_not_repeated(home: Home, filled: Filled, text: str) -> None:
    (row,), _ = read(home, filled.put(FIRST, {**ROUTINE, "result.reference": text}).save())
    (problem,) = row.sheet.problems
    assert problem.message == f"B{FIRST} (Reference) holds no reference of a visit."
    assert (problem.code, problem.field, row.reference) == ("sheet-reference", "result.reference", "")
    assert text not in problem.hint
    copy = marked(home, filled.path)
    assert copy.page[f"B{FIRST}"].value == text  # so that running the copy does not pass over it
    assert "holds no reference" in copy.page[f"B{FIRST}"].comment.text


def test_a_reference_is_known_in_small_letters(home: Home, filled: Filled) -> None:
    (row,), _ = read(home, filled.put(FIRST, {**ROUTINE, "result.reference": " ra-2026-0007 "}).save())
    assert (row.reference, row.sheet.problems) == ("RA-2026-0007", ())


def test_a_reference_that_excel_has_broken_is_a_fault(home: Home, filled: Filled) -> None:
    filled.put(FIRST, ROUTINE)
    put_raw(filled, "result.reference", "#REF!", "e")
    (row,), _ = read(home, filled.save())
    assert row.sheet.problems[0].message.startswith(f"B{FIRST} (Reference) holds an error of Excel")


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
    rows, original, found = read_rows(home, path)
    assert original is not None
    results = dict(results or {})
    problems = list(found)
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
    assert set(cells) == {"G6", "H7", "J6"}
    assert all(cell.fill.fgColor.rgb == "FFFFC6CE" for cell in cells.values())
    assert "holds a date and no time of day" in cells["G6"].comment.text
    results = {
        name: [copy.page.cell(row, copy.columns[name]).value for row in (5, 6, 7)]
        for name in copy.columns
        if "result" in name
    }
    assert results["result.reference"][0] == "RA-2026-0001"
    assert results["result.decision"][0] == "Proceed"
    assert "G6 (When does the visit start?)" in results["result.problems"][1]
    assert "H7 (How many minutes" in results["result.problems"][2]
    assert [copy.page.cell(2, copy.columns[name]).value for name in results] == ["Reference", "Decision", "Problems"]
    assert subprocess.run([ooxml_validator, copy.path], capture_output=True, check=False).returncode == 0


def test_what_became_of_rows_stands_beside_the_first_column_and_is_folded_away_until_then(
    home: Home, filled: Filled
) -> None:
    assert [filled.columns[name] for name in RESULTS] == [2, 3, 4]
    assert all(filled.page.column_dimensions[letter].hidden for letter in "BCD")
    assert [filled.page.cell(row, 2).value for row in (1, 2, 4)] == [
        "Filled in by riskgen: leave it empty",
        "Reference",
        None,
    ]
    copy = marked(home, filled.put(FIRST, {**ROUTINE, "visit.minutes": 0}).save())
    assert copy.columns == filled.columns
    assert not any(copy.page.column_dimensions[letter].hidden for letter in "BCD")
    assert sum(copy.page.column_dimensions[letter].width for letter in "ABCDE") <= 130  # these stand still on a screen
    assert "H5 (How many minutes" in copy.page["D5"].value


def test_they_are_unfolded_where_libreoffice_saved_the_sheet(
    home: Home, filled: Filled, calc: str, tmp_path: Path, ooxml_validator: str
) -> None:
    path = through_libreoffice(calc, filled.put(FIRST, {**ROUTINE, "visit.minutes": 0}).save(), tmp_path / "saved")
    copy = marked(home, path)
    hidden = [each for each in copy.page.column_dimensions.values() if each.hidden and each.min <= 4 and each.max >= 2]
    assert hidden == []
    assert subprocess.run([ooxml_validator, copy.path], capture_output=True, check=False).returncode == 0


def test_a_sheet_without_those_columns_gets_them_at_its_end(home: Home, filled: Filled) -> None:
    last = max(filled.columns.values())
    for column in (2, 3, 4):
        for row in range(1, FIRST):
            filled.page.cell(row, column).value = None
    filled.page.merge_cells(start_row=FIRST, start_column=last + 2, end_row=FIRST, end_column=last + 3)
    copy = marked(home, filled.put(FIRST, {**ROUTINE, "visit.minutes": 0}).save(), {FIRST: RowWords("", "", "Short")})
    assert [copy.columns[name] for name in RESULTS] == [last + 4, last + 5, last + 6]
    assert copy.page.cell(FIRST, last + 6).value == "Short"


def test_a_comment_and_a_fill_of_ones_own_outlive_every_copy(home: Home, filled: Filled) -> None:
    filled.put(FIRST, {**ROUTINE, "visit.minutes": 0, "visit.start": "soon"})
    for name in ("visit.minutes", "visit.purpose"):
        cell = filled.page.cell(FIRST, filled.columns[name])
        cell.comment, cell.fill = Comment("Ring first.\n\nThen ask.", "Avery"), PatternFill("solid", fgColor="FFFFFF00")
    copy = marked(home, filled.save())
    own, ours = (copy.page.cell(FIRST, copy.columns[name]) for name in ("visit.minutes", "visit.start"))
    assert "a whole number from 1 to 480" in own.comment.text
    assert "Ring first.\n\nThen ask." in own.comment.text
    assert own.fill.fgColor.rgb == "FFFFFF00"
    assert ours.fill.fgColor.rgb == "FFFFC6CE"
    copy = marked(home, copy.path)
    assert copy.page.cell(FIRST, copy.columns["visit.minutes"]).comment.text.count("Ring first.") == 1
    copy = marked(home, copy.put(FIRST, {"visit.minutes": 40, "visit.start": ROUTINE["visit.start"]}).save())
    for name in ("visit.minutes", "visit.purpose"):
        cell = copy.page.cell(FIRST, copy.columns[name])
        assert (cell.comment.text, cell.comment.author) == ("Ring first.\n\nThen ask.", "Avery")
        assert cell.fill.fgColor.rgb == "FFFFFF00"
    mended = copy.page.cell(FIRST, copy.columns["visit.start"])
    assert (mended.comment, mended.fill.fill_type) == (None, None)


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
    assert copy.page.freeze_panes == "F4"
    assert len(copy.page.data_validations.dataValidation) == len(copy.columns) - 1 - 3
    assert copy.page.column_dimensions["E"].number_format == "@"
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
