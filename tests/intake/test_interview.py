"""Questions are asked in the order that they weigh, with what needs them; answers are kept so that they read back."""

from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgen.core.assess import assess
from riskgen.core.conditions import Value
from riskgen.core.model import Intake, Question, School
from riskgen.core.result import Assessment
from riskgen.core.terms import Outcome, QuestionType, Stage
from riskgen.files.answers import read_answers
from riskgen.files.text import clean
from riskgen.files.yaml import parse_yaml
from riskgen.intake.gather import VISITORS, Given
from riskgen.intake.interview import answers_file, next_question, why_asked
from riskgen.library.load import Library

NOTE = Question("f.note", "?", QuestionType.TEXT, Stage.PLAN, longest=400, lines=True)


# --- which question comes next -------------------------------------------------------------------


@pytest.fixture
def assessment(library: Library, example_school: School) -> Assessment:
    """A visit of which almost nothing is known, under the strictest of policies."""
    answers: dict[str, Value] = {"visit.start": datetime(2026, 12, 2, 10, 30), "visit.minutes": 40}
    policy = library.edition_on("bchs", date(2026, 12, 2))
    assert policy is not None
    return assess(Intake(answers, example_school.staff[6:8], example_school.staff), policy, library.catalogue())


def test_questions_come_in_the_order_that_they_weigh_each_once(assessment: Assessment) -> None:
    asked: frozenset[str] = frozenset()
    order = []
    while found := next_question(assessment, asked):
        order.append(found)
        asked |= {found.question}
    assert order == list(assessment.to_confirm)
    assert len(asked) == len(order) > 20
    weights = [item.outcome for item in order]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] >= Outcome.REFER


def test_question_is_asked_for_something(assessment: Assessment, library: Library) -> None:
    names = {hazard.id: hazard.name for hazard in library.hazards}
    for item in assessment.to_confirm:
        assert why_asked(item, names)
    animals = next(item for item in assessment.to_confirm if item.question == "household.animals")
    assert "Injury by a dog or another animal in the home" in why_asked(animals, names)


def test_nothing_is_left_to_ask_once_all_was_asked(assessment: Assessment) -> None:
    assert next_question(assessment, frozenset(item.question for item in assessment.to_confirm)) is None


# --- answers as a file ---------------------------------------------------------------------------


def round_trip(answers: Mapping[str, Value], questions: Mapping[str, Question]) -> Mapping[str, Value]:
    document = parse_yaml(answers_file(answers, (), questions), "kept.yaml")
    assert document.problems == ()
    found = read_answers(document, questions)
    assert found.problems == ()
    return found.values


AWKWARD = [
    "yes", "no", "true", "null", "Null", "~", "0123", "5", "-5", "-0", "1e3", "0x1F", "12:30", "2026-12-02", "- a",
    "-a", "--- a", "---", "...", "# not a note", "a # b", "a: b", "a:", ":", "?", "? a", "*a", "&a", "!a", "!!str",
    "%a", "@a", "`a", "|", ">", "[a]", "{a: b}", "{{7*7}}", "'", '"', '""', "''", 'say "x"', "it's", "\\", "\\n",
    "C:\\dir\\x", '\\"', "a\nb", "a\n\n  b", "a\tb", "a, b", "a,b", "<<", "=", "Tom & Jerry <risk>", "]]>", "José",
    "مرحبا", "می‌خواهم",
    "👨‍👩‍👧", "Zoë\u00a0X", "Unknown", "not unknown", "ـ", "x" * 400,
]  # fmt: skip


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_text_is_kept_exactly(text: str) -> None:
    assert round_trip({"f.note": text}, {"f.note": NOTE}) == {"f.note": text}


@given(st.text(min_size=1, max_size=100))
def test_any_text_that_is_taken_is_kept_exactly(text: str) -> None:
    kept, reason = clean(text, one_line=False, longest=400)
    if not reason and kept not in ("", "unknown"):
        assert round_trip({"f.note": kept}, {"f.note": NOTE}) == {"f.note": kept}


def test_answers_of_every_type_are_kept_exactly(library: Library) -> None:
    kept: dict[QuestionType, Value] = {
        QuestionType.YES_NO: False,
        QuestionType.NUMBER: 0,
        QuestionType.TEXT: "no",
        QuestionType.DATE: date(2026, 12, 2),
        QuestionType.TIME: time(9, 5),
        QuestionType.TIMES: (time(10, 30), time(11, 15)),
        QuestionType.MOMENT: datetime(2026, 12, 2, 10, 30),
        QuestionType.STAFF: "S-07",
    }
    answers: dict[str, Value] = {}
    for question in library.questions.values():
        if question.derived:
            continue
        if question.type is QuestionType.CHOICE:
            answers[question.name] = question.options[0].id
        elif question.type is QuestionType.CHOICES:
            answers[question.name] = frozenset(option.id for option in question.options)
        elif question.type is QuestionType.NUMBER:
            answers[question.name] = question.least
        else:
            answers[question.name] = kept[question.type]
    assert round_trip(answers, library.questions) == answers
    assert len(answers) > 100


def test_what_is_worked_out_is_not_kept(library: Library) -> None:
    text = answers_file({"visit.evening": True, "visit.minutes": 40}, (), library.questions)
    assert "evening" not in text
    assert "minutes: 40" in text


def test_answers_stand_in_groups_in_the_order_of_the_questions_below_a_note(library: Library) -> None:
    answers: dict[str, Value] = {"visit.minutes": 40, "household.animals": False, "family.reference": "F-1"}
    lines = answers_file(answers, ("S-07", "S-12"), library.questions).splitlines()
    assert lines[0].startswith("# ")
    assert "personal data" in lines[0]
    assert lines[1:] == [
        "family:",
        "  reference: F-1",
        "household:",
        "  animals: no",
        "visit:",
        "  minutes: 40",
        "  visitors: [S-07, S-12]",
    ]


def test_kept_file_is_taken_again_with_its_visitors(library: Library, example_school: School) -> None:
    answers: dict[str, Value] = {"household.animals": True, "visit.start": datetime(2026, 12, 2, 10, 30)}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "kept.yaml"
        path.write_text(answers_file(answers, ("S-07",), library.questions), encoding="utf-8")
        given = Given().with_file(path, library.questions, example_school)
    assert (given.answers, given.visitors, given.problems) == (answers, ("S-07",), ())
    assert VISITORS in given.origins


def test_nothing_given_is_a_file_that_reads_back_as_nothing(library: Library) -> None:
    text = answers_file({}, (), library.questions)
    found = read_answers(parse_yaml(text, "kept.yaml"), library.questions)
    assert (found.values, found.problems) == ({}, ())
