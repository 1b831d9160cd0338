"""What was given about a visit, from files, options and settings, put together; and what a visit cannot be without."""

from datetime import datetime
from pathlib import Path

import pytest

from riskgen.core.conditions import Value
from riskgen.core.model import Question, School
from riskgen.core.problem import Problem
from riskgen.intake.gather import COMMAND_LINE, VISITORS, Given, intake_of, visit_problems
from riskgen.library.load import Library

NOW = datetime(2026, 11, 30, 9, 0)
DATA = Path(__file__).parents[2] / "data"
WHOLE = "visit: {purpose: attendance, start: 2026-12-02 10:30, minutes: 40, visitors: [S-07, S-12]}\n"


class Desk:
    """A school with a folder to put files in."""

    def __init__(self, library: Library, school: School, folder: Path) -> None:
        self.questions: dict[str, Question] = dict(library.questions)
        self.school = school
        self.folder = folder

    def file(self, text: str, name: str = "F-1.yaml") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def given(self, *texts: str, settings: tuple[str, ...] = (), visitors: tuple[str, ...] = ()) -> Given:
        given = Given()
        for number, text in enumerate(texts):
            given = given.with_file(self.file(text, f"F-{number}.yaml"), self.questions, self.school)
        return given.with_settings(settings, self.questions, self.school).with_visitors(visitors)

    def problems(self, given: Given, now: datetime | None = NOW) -> tuple[Problem, ...]:
        intake, found = intake_of(given, self.school, self.questions)
        return found + visit_problems(given, intake, now)


@pytest.fixture
def desk(library: Library, example_school: School, tmp_path: Path) -> Desk:
    return Desk(library, example_school, tmp_path)


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted((DATA / "examples").glob("F-*.yaml")), ids=lambda path: path.stem)
def test_shipped_family_is_read_without_a_problem(desk: Desk, path: Path) -> None:
    given = Given().with_file(path, desk.questions, desk.school)
    assert given.problems == ()
    assert given.answers["family.reference"] == path.stem
    assert not given.unread


def test_what_a_family_file_leaves_out_or_calls_unknown_stays_unknown(desk: Desk) -> None:
    given = desk.given("history: {violence_reported: unknown, weapons_reported: }\nhousehold:\n")
    assert (given.answers, given.problems) == ({}, ())


def test_visit_may_stand_in_the_family_file(desk: Desk) -> None:
    given = desk.given("household: {animals: yes}\n" + WHOLE)
    intake, _ = intake_of(given, desk.school, desk.questions)
    assert desk.problems(given) == ()
    assert intake.start == datetime(2026, 12, 2, 10, 30)
    assert [person.id for person in intake.visitors] == ["S-07", "S-12"]
    assert intake.directory == desk.school.staff


def test_visitors_may_be_given_by_full_name(desk: Desk) -> None:
    assert desk.given("visit.visitors: [S-07]\n").visitors == ("S-07",)


def test_address_of_several_lines_is_kept(desk: Desk) -> None:
    given = desk.given("family:\n  address: |-\n    1 Example Street\n    Sampletown & <Co>\n")
    assert given.answers == {"family.address": "1 Example Street\nSampletown & <Co>"}


def test_origin_of_each_answer_is_its_file_and_line(desk: Desk) -> None:
    given = desk.given("household:\n  animals: no\nvisit.minutes: 40\n" + "visit.visitors: [S-07]\n")
    path = str(desk.folder / "F-0.yaml")
    lines = {"household.animals": 2, "visit.minutes": 3, VISITORS: 4}
    assert given.origins == {name: (path, line) for name, line in lines.items()}


# --- what goes before what -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "settings", "animals"),
    [
        (("household: {animals: yes}\n",), (), True),
        (("household: {animals: yes}\n", "household: {animals: no}\n"), (), False),
        (("household: {animals: yes}\n", "household: {animals: unknown}\n"), (), None),
        (("household: {animals: yes}\n", "visit: {minutes: 30}\n"), (), True),
        (("household: {animals: yes}\n", "household.animals: no\n"), (), False),
        (("household: {animals: yes}\n",), ("household.animals=no",), False),
        (("household: {animals: yes}\n",), ("household.animals=unknown",), None),
        (("household: {animals: yes}\n",), ("household.animals=",), None),
        (("household: {animals: yes}\n",), ("household.animals=no", "household.animals=yes"), True),
        (("household: {animals: yes}\n",), ("household.animals = no",), False),
    ],
)
def test_later_replaces_earlier_answer_by_answer(
    desk: Desk, texts: tuple[str, ...], settings: tuple[str, ...], animals: Value | None
) -> None:
    given = desk.given(*texts, settings=settings)
    assert given.problems == ()
    assert given.answers.get("household.animals") is animals


def test_later_file_that_errs_does_not_leave_the_earlier_answer(desk: Desk) -> None:
    given = desk.given("household: {animals: no}\n", "household: {animals: perhaps}\n")
    assert "household.animals" not in given.answers
    assert len(given.problems) == 1


def test_setting_that_errs_does_not_leave_the_answer_of_the_file(desk: Desk) -> None:
    given = desk.given("household: {animals: no}\n", settings=("household.animals=perhaps",))
    assert "household.animals" not in given.answers


@pytest.mark.parametrize(
    ("texts", "named", "visitors"),
    [
        (("visit: {visitors: [S-07]}\n",), (), ("S-07",)),
        (("visit: {visitors: [S-07]}\n", "visit: {visitors: [S-12]}\n"), (), ("S-12",)),
        (("visit: {visitors: [S-07]}\n", "visit: {minutes: 30}\n"), (), ("S-07",)),
        (("visit: {visitors: [S-07]}\n",), ("S-12",), ("S-12",)),
        ((), ("S-12", "S-07"), ("S-12", "S-07")),
    ],
)
def test_visitors_of_options_go_before_those_of_files(
    desk: Desk, texts: tuple[str, ...], named: tuple[str, ...], visitors: tuple[str, ...]
) -> None:
    assert desk.given(*texts, visitors=named).visitors == visitors


def test_value_of_a_setting_may_hold_an_equals_sign(desk: Desk) -> None:
    given = desk.given(settings=("family.reference=F=1 = x",))
    assert given.answers == {"family.reference": "F=1 = x"}


def test_problems_of_every_file_and_setting_come_together(desk: Desk) -> None:
    given = desk.given("household: {animal: no}\n", "visit: {minutes: forty}\n", settings=("door.zebra=1", "x"))
    assert [problem.code for problem in given.problems] == ["answer-unknown", "schema-type", "set-unknown", "set-form"]


def test_personal_answer_is_not_taken_from_the_command_line_and_not_repeated(desk: Desk) -> None:
    for name in (name for name, question in desk.questions.items() if question.personal):
        given = desk.given(settings=(f"{name}=Sentinel",))
        assert given.answers == {}
        assert [problem.code for problem in given.problems] == ["set-personal"]
        assert "Sentinel" not in str(given.problems)


# --- what a visit cannot be without --------------------------------------------------------------


def test_whole_visit_has_no_problem(desk: Desk) -> None:
    assert desk.problems(desk.given(WHOLE)) == ()


def test_everything_that_is_missing_is_said_at_once(desk: Desk) -> None:
    found = desk.problems(desk.given())
    assert [problem.message for problem in found] == [
        "The visit has no visitors.",
        "The visit has no purpose.",
        "The visit has no start.",
        "The visit has no length.",
    ]
    assert {(problem.path, problem.line) for problem in found} == {(COMMAND_LINE, 0)}


@pytest.mark.parametrize(
    ("start", "past"),
    [("2026-11-30 08:59", True), ("2026-11-30 09:00", False), ("2026-12-01 00:00", False), ("2019-01-01 10:00", True)],
)
def test_visit_in_the_past_is_refused_at_its_line(desk: Desk, start: str, past: bool) -> None:
    found = desk.problems(desk.given(WHOLE.replace("2026-12-02 10:30", start)))
    assert [(problem.code, problem.line) for problem in found] == ([("visit-past", 1)] if past else [])


def test_visit_in_the_past_may_be_compared_or_looked_at(desk: Desk) -> None:
    assert desk.problems(desk.given(WHOLE.replace("2026", "2020")), now=None) == ()


def test_past_start_of_an_option_is_not_blamed_on_the_file_it_replaces(desk: Desk) -> None:
    (problem,) = desk.problems(desk.given(WHOLE, settings=("visit.start=2020-01-01 10:00",)))
    assert (problem.path, problem.code) == (COMMAND_LINE, "visit-past")


@pytest.mark.parametrize("minutes", ["0", "-5"])
def test_visit_of_no_length_is_refused_once(desk: Desk, minutes: str) -> None:
    for given in (
        desk.given(WHOLE.replace("minutes: 40", f"minutes: {minutes}")),
        desk.given(WHOLE, settings=(f"visit.minutes={minutes}",)),
    ):
        (problem,) = desk.problems(given)
        assert "'visit.minutes' must be at least 1" in problem.message


@pytest.mark.parametrize(
    ("named", "code", "words"),
    [
        (("S-99",), "visitor-unknown", "'S-99' is not in the staff directory in school.yaml."),
        (("S-07", "S-07"), "visitor-twice", "'S-07' is named twice as a visitor."),
    ],
)
def test_visitor_of_an_option_is_held_against_the_directory(
    desk: Desk, named: tuple[str, ...], code: str, words: str
) -> None:
    (problem,) = desk.problems(desk.given(WHOLE, visitors=named))
    assert (problem.path, problem.code, problem.message) == (COMMAND_LINE, code, words)


def test_visitor_of_a_file_is_blamed_on_its_line(desk: Desk) -> None:
    given = desk.given("household: {animals: no}\n" + WHOLE.replace("S-12", "S-99"))
    (problem,) = desk.problems(given)
    assert (problem.path, problem.line, problem.code) == (str(desk.folder / "F-0.yaml"), 2, "visitor-unknown")


@pytest.mark.parametrize("written", ["S-07", "{S-07: yes}", "[S-07, 5]", "[[S-07]]"])
def test_visitors_that_are_no_list_of_references_are_one_fault(desk: Desk, written: str) -> None:
    found = desk.problems(desk.given(WHOLE.replace("[S-07, S-12]", written)))
    assert [problem.code for problem in found] == ["visitors-form"]


def test_file_that_cannot_be_read_is_not_said_to_lack_a_visit_as_well(desk: Desk) -> None:
    for text in ("visit: {purpose: attendance\n", "", "- a\n", "visit:\n\tminutes: 5\n"):
        assert len(desk.problems(desk.given(text))) == 1, text


def test_file_that_is_not_there_is_named(desk: Desk) -> None:
    given = Given().with_file(desk.folder / "none.yaml", desk.questions, desk.school)
    (problem,) = desk.problems(given)
    assert (problem.path, problem.code) == (str(desk.folder / "none.yaml"), "file-missing")
