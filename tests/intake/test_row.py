"""Rows of a sheet of planned visits as answers: what a cell may hold, and what is said of one that holds aught else."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import pytest

from riskgen.core.model import Option, Question, School
from riskgen.core.problem import Problem
from riskgen.core.struct import replace
from riskgen.core.terms import QuestionType, Stage
from riskgen.files.visit_columns import NEEDED, VISITORS, asked_in_sheet, column_letter, looks_like_a_name
from riskgen.intake.gather import Given
from riskgen.intake.row import Head, is_begun, missing_from, read_head, sheet_of_row
from riskgen.intake.sheet import Sheet
from riskgen.library.load import Library

PRIVATE = "Aunt Philomena"
KINDS = Question(
    "visit.kinds",
    "What kinds?",
    QuestionType.CHOICES,
    Stage.PLAN,
    options=(Option("a", "Talk, and listen"), Option("b", "Talk; then listen"), Option("c", "Look")),
)
ROOM = Question(
    "visit.room", "Which room?", QuestionType.CHOICE, Stage.PLAN, options=(Option("1", "1"), Option("b", "B"))
)
NAMES = ("family.reference", "visit.purpose", "visit.start", "visit.minutes", "visit.visitors.1", "visit.visitors.2")


@dataclass(frozen=True)
class Cell:
    row: int
    column: int
    value: Any
    number_format: str = "General"


class Desk:
    """A school that rows are read for. Each column has the name of its question in row 3."""

    def __init__(self, library: Library, school: School) -> None:
        self.questions = {**library.questions, KINDS.name: KINDS, ROOM.name: ROOM}
        self.school = school

    def head(self, *names: str, labels: tuple[str, ...] = (), row: int = 3) -> Head:
        rows = [tuple(Cell(row - 1, number, label) for number, label in enumerate(labels, 1) if label)]
        rows.append(tuple(Cell(row, number, name) for number, name in enumerate(names, 1) if name))
        return read_head("visits.xlsx", rows, self.questions)

    def row(self, values: dict[str, Any], shows: str = "General") -> Sheet:
        cells = [Cell(7, number, value, shows) for number, value in enumerate(values.values(), 1)]
        return sheet_of_row(self.head(*values), 7, cells, self.questions, self.school)

    def one(self, name: str, value: Any, shows: str = "General") -> Any:
        """The answer that one cell holds; it has no fault."""
        sheet = self.row({name: value}, shows)
        assert sheet.problems == ()
        assert name in sheet.given
        return sheet.values.get(name)

    def fault(self, name: str, value: Any, shows: str = "General") -> Problem:
        """What is wrong with one cell. It counts for nothing, and nothing of it is repeated."""
        sheet = self.row({name: value}, shows)
        (problem,) = sheet.problems
        assert name not in sheet.values
        assert (problem.path, problem.line) == ("visits.xlsx", 7)
        assert problem.message.startswith("A7 (")
        assert problem.hint
        assert PRIVATE not in problem.message + problem.hint
        return problem


@pytest.fixture
def desk(library: Library, example_school: School) -> Desk:
    return Desk(library, example_school)


# --- what a cell may hold -------------------------------------------------------------------------

HELD: tuple[tuple[str, Any, Any], ...] = (
    ("history.concern", "Yes", True),
    ("history.concern", " no ", False),
    ("history.concern", "NO", False),
    ("history.concern", True, True),
    ("history.concern", False, False),
    ("history.concern", "Not known", None),
    ("history.concern", "unknown", None),
    ("visit.purpose", "There is an attendance concern", "attendance"),
    ("visit.purpose", "there is an  ATTENDANCE\u00a0concern ", "attendance"),
    ("visit.purpose", "attendance", "attendance"),
    ("visit.room", 1, "1"),
    ("visit.minutes", 40, 40),
    ("visit.minutes", 40.0, 40),
    ("visit.minutes", "40", 40),
    ("visit.minutes", "40 minutes", 40),
    ("visit.minutes", "1 hour 10 minutes", 70),
    ("visit.start", datetime(2026, 12, 2, 10, 30), datetime(2026, 12, 2, 10, 30)),
    ("visit.start", datetime(2026, 12, 2, 10, 29, 59, 999_999), datetime(2026, 12, 2, 10, 30)),
    ("visit.start", "2 December 2026, 10.30 am", datetime(2026, 12, 2, 10, 30)),
    ("visit.start", "2026-12-02 10:30", datetime(2026, 12, 2, 10, 30)),
    ("visit.leave_at", time(10, 10), time(10, 10)),
    ("visit.leave_at", "10.10", time(10, 10)),
    ("safety.check_in_times", "11:30; 13:15", (time(11, 30), time(13, 15))),
    ("safety.check_in_times", time(11, 30), (time(11, 30),)),
    ("safety.check_in_times", "None", ()),
    ("child.born_on", date(2014, 5, 17), date(2014, 5, 17)),
    ("child.born_on", datetime(2014, 5, 17), date(2014, 5, 17)),
    ("child.born_on", "17/5/2014", date(2014, 5, 17)),
    ("travel.driver", "S-07 Gray Invented", "S-07"),
    ("travel.driver", "s-07", "S-07"),
    ("visit.kinds", "Talk, and listen; Look", frozenset({"a", "c"})),
    ("visit.kinds", "talk; then listen ; c", frozenset({"b", "c"})),
    ("visit.kinds", "None", frozenset()),
    ("child.year_group", 8, "8"),
    ("family.name", 4.5, "4.5"),
    ("family.reference", " F-0123\u00a0 ", "F-0123"),
    ("family.reference", "=1+1", "=1+1"),
    ("family.address", "1 Example\u00a0Street\r\nSampletown\n", "1 Example Street\nSampletown"),
    ("family.phone", "07700 900123", "07700 900123"),
)


@pytest.mark.parametrize(("name", "value", "answer"), HELD)
def test_a_cell_holds_its_answer_however_it_was_typed(desk: Desk, name: str, value: Any, answer: Any) -> None:
    assert desk.one(name, value) == answer


def test_noughts_that_only_the_format_shows_are_kept(desk: Desk) -> None:
    assert desk.one("family.reference", 7700, "00000") == "07700"
    assert desk.one("family.reference", 7700, "0000") == "7700"
    assert desk.one("family.phone", 1632960123, "00000000000") == "01632960123"


@pytest.mark.parametrize(("value", "shows"), [(123, "General"), (123, "0"), (123, "@"), (12345, "0000"), (-12, "0000")])
def test_a_reference_of_which_noughts_may_be_lost_is_not_that_of_another_family(
    desk: Desk, value: int, shows: str
) -> None:
    assert "type the reference again" in desk.fault("family.reference", value, shows).hint


def test_blank_cells_say_nothing(desk: Desk) -> None:
    sheet = desk.row({"history.concern": "  ", "family.name": "\u00a0", "visit.minutes": 5})
    assert sheet.given == {"visit.minutes"}
    assert sheet.problems == ()


def test_what_is_not_known_takes_the_place_of_an_earlier_answer(desk: Desk) -> None:
    given = Given(answers={"history.concern": True}).with_sheet(desk.row({"history.concern": "Not known"}))
    assert given.answers == {}


def test_an_answer_stands_at_its_row(desk: Desk) -> None:
    assert desk.row({"visit.minutes": 40}).place("visit.minutes") == ("visits.xlsx", 7)


# --- what a cell may not hold ---------------------------------------------------------------------

AS_TEXT = "Give the cell the format Text"
REFUSED: tuple[tuple[str, Any, str, str], ...] = (
    ("history.concern", PRIVATE, "does not say yes, no or not known", "Choose Yes, No or Not known."),
    ("history.concern", 1, "does not say yes, no or not known", "Choose"),
    (
        "visit.purpose",
        "There is an attendence concern",
        "not hold one",
        "Did you mean 'There is an attendance concern'?",
    ),
    ("visit.purpose", PRIVATE, "does not hold one of the answers", "Choose one of the list."),
    ("visit.room", PRIVATE, "does not hold one of the answers", "Choose one of: 1; B."),
    ("visit.kinds", f"Look; {PRIVATE}", "does not hold answers that there are", "Talk, and listen; Talk; then listen"),
    ("visit.minutes", 0, "a whole number from 1 to 480", "from 1 to 480 (minutes)"),
    ("visit.minutes", 481, "a whole number from 1 to 480", "Type"),
    ("visit.minutes", 12.5, "a whole number from 1 to 480", "Type"),
    ("visit.minutes", time(0, 40), "into which Excel has turned", AS_TEXT),
    ("visit.minutes", PRIVATE, "a whole number from 1 to 480", "Type"),
    ("visit.start", date(2026, 12, 2), "a date and no time of day", "2 Dec 2026 10:30"),
    ("visit.start", datetime(2026, 12, 2), "a date and no time of day", "2 Dec 2026 10:30"),
    ("visit.start", "2026-12-02", "does not hold a date and a time", "2 Dec 2026 10:30"),
    ("visit.start", 46358.4375, "does not hold a date and a time", "2 Dec 2026 10:30"),
    ("visit.leave_at", datetime(2026, 12, 2, 10, 30), "does not hold a time of day", "10:30"),
    ("visit.leave_at", 10.3, "does not hold a time of day", "10:30"),
    ("safety.check_in_times", "11:30; soon", "does not hold times of day", "semicolons"),
    ("child.born_on", "2/12/26", "does not hold a date", "2 Dec 2026"),
    ("child.born_on", PRIVATE, "does not hold a date", "2 Dec 2026"),
    ("travel.driver", "S-07 Lane Invented", "a reference with the name of another", "staff directory"),
    ("travel.driver", PRIVATE, "names nobody of the staff directory", "staff directory"),
    ("family.address", datetime(2026, 1, 1), "into which Excel has turned what was typed", AS_TEXT),
    ("family.name", True, "TRUE or FALSE", AS_TEXT),
    ("family.phone", 1632960123, "the nought that it may have begun with is lost", AS_TEXT),
    ("family.needs", 0.05, "holds a number, into which Excel has turned", AS_TEXT),
    ("family.reference", 123, "Excel drops the noughts that one begins with", "Format the cell as text"),
    ("family.reference", 123.0, "Excel drops the noughts", "type the reference again"),
    ("family.reference", 4.5, "Excel drops the noughts", "type the reference again"),
    ("family.name", f"{PRIVATE}\nand more", "runs over several lines", "Write it on one line."),
    ("family.name", PRIVATE * 20, "is too long: 280 of 200 characters", "Shorten it."),
    ("family.name", f"{PRIVATE}\x07", "holds the character U+0007 (bell)", "Type it again without that."),
    ("family.name", "\u200b", "holds only characters that cannot be seen", "Type the text again."),
)


@pytest.mark.parametrize(("name", "value", "words", "hint"), REFUSED)
def test_a_faulty_cell_is_told_of_in_words(desk: Desk, name: str, value: Any, words: str, hint: str) -> None:
    problem = desk.fault(name, value, "0%" if value == 0.05 else "General")
    label = desk.questions[name].label
    assert problem.message.startswith(f"A7 ({label}) ")
    assert words in problem.message
    assert hint in problem.hint
    assert (problem.code, problem.field) == ("sheet-answer", name)


@pytest.mark.parametrize(
    "value", [10**400, float("inf"), float("nan"), 1e308, -1, datetime.max, date.max, time.max, date.min]
)
def test_nothing_that_a_cell_may_hold_stops_the_reading(desk: Desk, value: Any) -> None:
    for name in ("family.reference", "family.phone", "visit.minutes", "visit.start", "visit.purpose", "travel.driver"):
        sheet = desk.row({name: value})
        assert len(sheet.problems) + len(sheet.values) == 1


def test_every_faulty_cell_of_a_row_is_told_of(desk: Desk) -> None:
    sheet = desk.row({"visit.minutes": 0, "history.concern": "perhaps", "visit.start": "soon"})
    assert [problem.message[:2] for problem in sheet.problems] == ["A7", "B7", "C7"]


# --- who goes -------------------------------------------------------------------------------------


def test_visitors_stand_in_columns_of_their_own_or_together(desk: Desk) -> None:
    sheet = desk.row(
        {"visit.visitors.2": "S-12", "visit.visitors.1": " s-07 Gray  Invented", "visit.visitors.3": "Nobody"}
    )
    assert sheet.visitors == ("S-12", "S-07")
    assert VISITORS in sheet.given
    assert desk.row({"visit.visitors": "S-07 Gray Invented; Lane Invented"}).visitors == ("S-07", "S-12")


@pytest.mark.parametrize("written", [PRIVATE, "S-99", "S-07 Lane Invented", "S-07; S-99", 7, "S-07 and S-12"])
def test_a_visitor_who_is_nobody_or_two_people_is_a_fault(desk: Desk, written: Any) -> None:
    sheet = desk.row({"visit.visitors.2": written})
    (problem,) = sheet.problems
    assert sheet.visitors == ()
    assert problem.message.startswith("A7 (Who goes?) names nobody of the staff directory")
    assert problem.field == "visit.visitors/2"
    assert PRIVATE not in problem.message + problem.hint
    assert problem.hint == "Choose from the list, or write the reference alone, such as S-01."
    few = replace(desk.school, staff=desk.school.staff[:3])
    sheet = sheet_of_row(desk.head("visit.visitors.2"), 7, [Cell(7, 1, written)], desk.questions, few)
    assert sheet.problems[0].hint.endswith("There is: S-01, S-02, S-03.")


# --- the columns ----------------------------------------------------------------------------------


def test_columns_are_found_by_name_wherever_they_stand(desk: Desk) -> None:
    head = desk.head("", "Visit.Minutes ", "sheet.missing", "family.reference", *NAMES[1:3], "visit.visitors.1")
    assert head.problems == ()
    assert (head.column("visit.minutes"), head.column("family.reference"), head.column(VISITORS)) == (2, 4, 7)
    assert head.row == 3


@pytest.mark.parametrize(
    ("name", "label", "meant"),
    [
        ("visit.strat", "", "visit.start"),
        ("", "Needed. When does the visit start?", "visit.start"),
        ("", "when does  the visit start?", "visit.start"),
        ("When does the visit start?", "", "visit.start"),
        ("vist.start", "When is it?", "visit.start"),
    ],
)
def test_a_renamed_column_is_a_fault_that_says_which_it_was(desk: Desk, name: str, label: str, meant: str) -> None:
    names = [each for each in NAMES if each != "visit.start"]
    head = desk.head(*names, name, labels=("",) * 5 + (label,))
    (problem,) = head.problems
    assert problem.message.startswith("F3 ")
    assert f"'{meant}'" in problem.message
    assert problem.field == meant
    assert problem.hint == f"If so, write {meant} into the cell."
    assert problem.code == "sheet-column-renamed"


def test_a_name_of_no_question_is_a_fault_and_a_heading_of_ones_own_is_not(desk: Desk) -> None:
    head = desk.head(*NAMES, "household.pond", "Our notes", labels=("",) * 8 + ("Done by",))
    (problem,) = head.problems
    assert problem.message == "G3 has the name 'household.pond', and there is no question of that name."
    assert problem.code == "sheet-column-unknown"
    assert head.others == {8, 9}
    note = head.note(8)
    assert (note.code, note.severity) == ("sheet-column-extra", "note")
    assert note.message == "Column H is none of riskgen's, and is left alone."


def test_a_column_of_a_visitor_whose_name_was_written_over_is_known_by_its_label(desk: Desk) -> None:
    labels = ("",) * 5 + ("Who goes? Visitor 2",)
    (problem,) = desk.head(*NAMES[:5], "Second visitor", labels=labels).problems
    assert problem.message == (
        "F3 has another name than that of a question. It was 'visit.visitors.2' (Who goes? Visitor 2), most likely."
    )
    assert problem.hint == "If so, write visit.visitors.2 into the cell."
    assert (problem.code, problem.field) == ("sheet-column-renamed", "visit.visitors/2")


def test_the_only_visitor_whose_name_was_written_over_is_not_missed_as_well(desk: Desk) -> None:
    labels = ("",) * 4 + ("Needed. Who goes? Visitor 1",)
    (problem,) = desk.head(*NAMES[:4], "Teacher", labels=labels).problems
    assert problem.code == "sheet-column-renamed"


def test_a_second_column_with_a_label_of_ours_is_no_column_of_ones_own(desk: Desk) -> None:
    labels = ("",) * 6 + ("When does the visit start?",)
    (problem,) = desk.head(*NAMES, "Start, if moved", labels=labels).problems
    assert problem.code == "sheet-column-renamed"
    assert problem.hint.startswith("Column C has that name. Keep one of the two")


@pytest.mark.parametrize("above", [1, 2])
def test_a_label_counts_however_far_above_its_name_it_stands(desk: Desk, above: int) -> None:
    rows = [(Cell(3 - above, 6, "Who goes? Visitor 2"),), *((Cell(2, 6, "Mr. T"),) for _ in range(above - 1))]
    rows.append(tuple(Cell(3, number, name) for number, name in enumerate((*NAMES[:5], "Second"), 1)))
    assert [problem.field for problem in read_head("visits.xlsx", rows, desk.questions).problems] == [
        "visit.visitors/2"
    ]


def test_a_question_twice_is_a_fault(desk: Desk) -> None:
    (problem,) = desk.head(*NAMES, "visit.start").problems
    assert problem.message == "G3 has the name 'visit.start', and so has column C."
    assert problem.code == "sheet-column-twice"


def test_what_is_worked_out_cannot_be_answered(desk: Desk) -> None:
    (problem,) = desk.head(*NAMES, "visit.evening").problems
    assert problem.message.startswith("G3 (Is any of the visit in the evening?) is worked out")
    assert problem.code == "sheet-column-derived"


@pytest.mark.parametrize("name", NEEDED)
def test_a_column_that_no_sheet_can_be_without_is_missed(desk: Desk, name: str) -> None:
    (problem,) = desk.head(*(each for each in NAMES if not each.startswith(name))).problems
    assert problem.code == "sheet-column-missing"
    assert problem.field == name
    assert "Write visit.visitors.1 into row 3" in problem.hint if name == VISITORS else name in problem.hint


def test_a_sheet_without_names_is_refused(desk: Desk) -> None:
    (problem,) = desk.head("Family", "Date", "Minutes").problems
    assert "no row with the names of the questions" in problem.message
    assert "riskgen intake-sheet" in problem.hint
    assert problem.code == "sheet-head"


def test_results_and_what_is_missing_are_columns_of_riskgens_own(desk: Desk) -> None:
    head = desk.head("sheet.missing", *NAMES, "result.reference", "result.decision", "result.problems")
    assert head.problems == ()
    assert not is_begun(head, [Cell(7, 1, "purpose"), Cell(7, 8, "RA-2026-0001")])
    assert is_begun(head, [Cell(7, 2, "F-1")])


# --- what a row lacks -----------------------------------------------------------------------------


def test_a_row_is_missed_what_no_visit_can_be_without(desk: Desk) -> None:
    head = desk.head(*NAMES)
    cells = [Cell(7, 1, "F-1"), Cell(7, 2, "not known"), Cell(7, 4, "soon")]
    sheet = sheet_of_row(head, 7, cells, desk.questions, desk.school)
    found = missing_from(head, 7, sheet, desk.questions)
    assert [(problem.message[:2], problem.field) for problem in found] == [
        ("B7", "visit.purpose"),
        ("C7", "visit.start"),
        ("E7", "visit.visitors"),
    ]
    assert {problem.code for problem in found} == {"sheet-missing"}
    assert "is not known, and no visit can be without it" in found[0].message
    assert "is empty, and no visit can be without it" in found[1].message


# --- names ----------------------------------------------------------------------------------------


def test_what_a_visit_needs_comes_first_and_the_rest_by_group(desk: Desk) -> None:
    asked = asked_in_sheet(desk.questions.values())
    names = [question.name for question in asked]
    assert names[:4] == list(NEEDED[:4])
    assert set(names) == {q.name for q in desk.questions.values() if q.stage.before_leaving and not q.derived}
    groups = [question.group for question in asked[4:]]
    assert [g for n, g in enumerate(groups) if n == 0 or groups[n - 1] != g] == list(dict.fromkeys(groups))


@pytest.mark.parametrize(
    ("number", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (52, "AZ"), (703, "AAA"), (16384, "XFD")]
)
def test_columns_have_letters(number: int, letters: str) -> None:
    assert column_letter(number) == letters


@pytest.mark.parametrize(("text", "is_one"), [("visit.start", True), ("Our notes", False), ("e.g. this", False)])
def test_a_name_has_its_shape(text: str, is_one: bool) -> None:
    assert looks_like_a_name(text) is is_one
