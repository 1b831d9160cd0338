"""Answers of every type: what is taken, what is refused and in which words, and that nothing is lost on the way."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgen.core.conditions import Value
from riskgen.core.model import Option, Question
from riskgen.core.problem import Problem
from riskgen.core.struct import replace
from riskgen.core.terms import QuestionType, Stage
from riskgen.files.answers import Answers, answer_rule, read_answers, typed_answer, unknown_question, written_answer
from riskgen.files.text import clean
from riskgen.files.yaml import Document, parse_yaml
from riskgen.library.load import Library

OPTIONS = (Option("red", "Red"), Option("green", "Green"), Option("dark-blue", "Dark blue"))
STAFF = ("S-07", "S-12")
QUESTIONS = {
    question.name: question
    for question in (
        Question("a.yes_no", "?", QuestionType.YES_NO, Stage.PLAN),
        Question("a.choice", "?", QuestionType.CHOICE, Stage.PLAN, options=OPTIONS),
        Question("a.choices", "?", QuestionType.CHOICES, Stage.PLAN, options=OPTIONS),
        Question("a.number", "?", QuestionType.NUMBER, Stage.PLAN, least=1, most=480),
        Question("a.text", "?", QuestionType.TEXT, Stage.PLAN, longest=40),
        Question("a.lines", "?", QuestionType.TEXT, Stage.PLAN, longest=400, lines=True),
        Question("b.date", "?", QuestionType.DATE, Stage.PLAN),
        Question("b.time", "?", QuestionType.TIME, Stage.PLAN),
        Question("b.times", "?", QuestionType.TIMES, Stage.PLAN),
        Question("b.moment", "?", QuestionType.MOMENT, Stage.PLAN),
        Question("b.staff", "?", QuestionType.STAFF, Stage.PLAN),
        Question("b.derived", "?", QuestionType.NUMBER, Stage.PLAN, derived="staff_count"),
    )
}


def answers(text: str, questions: Mapping[str, Question] = QUESTIONS) -> Answers:
    return read_answers(parse_yaml(text, "f.yaml"), questions, STAFF)


def said(problems: tuple[Problem, ...]) -> str:
    return " ".join(f"{problem.message} {problem.hint}" for problem in problems)


# --- what is taken -------------------------------------------------------------------------------

TAKEN = [
    ("a.yes_no", "yes", True),
    ("a.yes_no", "no", False),
    ("a.yes_no", "'no'", False),
    ("a.yes_no", "true", True),
    ("a.choice", "dark-blue", "dark-blue"),
    ("a.choices", "[red, green]", frozenset({"red", "green"})),
    ("a.choices", "[]", frozenset()),
    ("a.number", "40", 40),
    ("a.number", "480", 480),
    ("a.text", "Ng", "Ng"),
    ("a.text", "5", "5"),
    ("a.text", "Null", "Null"),
    ("a.text", "0123", "0123"),
    ("a.text", "12:30", "12:30"),
    ("a.text", '"  Tom & Jerry <x> \\"y\\"  "', 'Tom & Jerry <x> "y"'),
    ("a.lines", "|-\n    one\n    two", "one\ntwo"),
    ("b.date", "2026-12-02", date(2026, 12, 2)),
    ("b.time", "9:05", time(9, 5)),
    ("b.time", "12:30", time(12, 30)),
    ("b.times", "10:30, 11:15", (time(10, 30), time(11, 15))),
    ("b.times", "[10:30, 11:15]", (time(10, 30), time(11, 15))),
    ("b.times", "10:30", (time(10, 30),)),
    ("b.times", "[]", ()),
    ("b.moment", "2026-12-02 10:30", datetime(2026, 12, 2, 10, 30)),
    ("b.staff", "S-07", "S-07"),
]


@pytest.mark.parametrize(("name", "written", "value"), TAKEN)
def test_answer_of_a_file_becomes_its_value_under_its_group_and_by_its_full_name(
    name: str, written: str, value: Value
) -> None:
    group, _, word = name.partition(".")
    for text in (f"{group}:\n  {word}: {written}\n", f"{name}: {written}\n"):
        found = answers(text)
        assert found.problems == ()
        assert found.values == {name: value}
        assert type(found.values[name]) is type(value)
        assert found.given == {name}


@pytest.mark.parametrize("written", ["unknown", "", "~", "''", '" "'])
@pytest.mark.parametrize("name", [name for name in QUESTIONS if not QUESTIONS[name].derived])
def test_unknown_or_nothing_is_no_answer_but_counts_as_spoken_of(name: str, written: str) -> None:
    found = answers(f"{name}: {written}\n")
    assert (found.values, found.given, found.problems) == ({}, {name}, ())


def test_group_with_nothing_below_it_is_left_alone() -> None:
    assert answers("a:\nb: {}\n") == Answers({}, frozenset(), ())


@pytest.mark.parametrize("text", ["O'Brien", "José", "Jose\u0301", "👨‍👩‍👧", "مرحبا", "می‌خواهم", "-", "{{7*7}}", "]]>"])
def test_text_of_people_is_kept_exactly(text: str) -> None:
    document = Document("f.yaml", {"a": {"text": text}})
    kept = read_answers(document, QUESTIONS).values["a.text"]
    assert kept == (text if text != "Jose\u0301" else "José")


def test_entries_beside_the_answers_are_left_alone() -> None:
    document = parse_yaml("a: {who: [S-07], number: 5}\n", "f.yaml")
    assert read_answers(document, QUESTIONS, beside=("a.who",)).values == {"a.number": 5}


def test_answers_may_stand_inside_a_larger_file() -> None:
    document = parse_yaml("x: 1\ncases:\n  - answers:\n      a: {number: 900}\n", "f.yaml")
    found = read_answers(document, QUESTIONS, place=("cases", 0, "answers"))
    assert [(problem.line, problem.field) for problem in found.problems] == [(4, "a.number")]


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("a.yes_no: NO", "'a.yes_no' is 'NO', which is not one of its options. Did you mean 'no'?"),
        ("a.yes_no: maybe", "Choose one of: yes, no"),
        ("a.yes_no: 1", "'a.yes_no' is '1', which is not one of its options."),
        ("a.yes_no: [yes]", "'a.yes_no' must be one word, not a list."),
        ("a: {yes_no: {yes: 1}}", "'a.yes_no' must be one word, not a group of entries."),
        ("a.choice: blue", "Did you mean 'dark-blue'?"),
        ("a.choice: Red", "Did you mean 'red'?"),
        ("a.choices: red", "'a.choices' must be a list, not text."),
        (
            "a.choices: [red, gren]",
            "'a.choices, entry 2' is 'gren', which is not one of its options. Did you",
        ),
        ("a.choices: [red, [green]]", "'a.choices, entry 2' must be one word, not a list."),
        ("a.number: 0", "'a.number' must be at least 1, not 0."),
        ("a.number: 481", "'a.number' must be at most 480, not 481."),
        ("a.number: -5", "must be at least 1"),
        ("a.number: 040", "'a.number' must be a whole number, not '040'."),
        ("a.number: 12:30", "must be a whole number, not '12:30'"),
        ("a.number: 1.5", "must be a whole number, not '1.5'"),
        ("a.number: '40'", "without quotes"),
        ("a.number: 40 minutes", "must be a whole number, not '40 minutes'"),
        ("a.text: [x]", "'a.text' must be text, not a list."),
        ("a.text: {x: y}", "There is no question"),
        ("a: {text: {x: y}}", "'a.text' must be text, not a group of entries."),
        ('a.text: "x\\ny"', "'a.text' runs over several lines. Write it on one line."),
        (f"a.text: {'x' * 41}", "'a.text' is too long: 41 of 40 characters. Shorten it."),
        ('a.text: "x\\ay"', "'a.text' holds the character U+0007 (bell), which cannot be printed. Type it again"),
        ('a.lines: "x\\fy"', "'a.lines' holds the character U+000C (form feed)"),
        ('a.text: "\\u200b"', "'a.text' holds only characters that cannot be seen"),
        ("b.date: 2024-02-30", "'b.date' must be a date such as 2026-12-02, not '2024-02-30'."),
        ("b.date: 02/12/2026", "must be a date such as 2026-12-02"),
        ("b.time: 0905", "'b.time' must be a time such as 12:30, not '0905'."),
        ("b.time: 930", "must be a time such as 12:30, not '930'"),
        ("b.times: [10:30, 11.15]", "'b.times' must be times such as 11:30, 13:15."),
        ("b.moment: 2026-12-02", "'b.moment' must be a date and time such as 2026-12-02 10:30, not '2026-12-02'."),
        (
            "b.staff: S-70",
            "'b.staff' is 'S-70', which is not one of the references of the staff directory. Did you",
        ),
        ("b.derived: 2", "'b.derived' cannot be answered. Take the line out; riskgen works it out"),
        ("a.numbr: 2", "There is no question 'a.numbr'. Did you mean 'a.number'?"),
        ("b.number: 2", "There is no question 'b.number'. Did you mean 'a.number'?"),
        ("c.zebra: 2", "There is no question 'c.zebra'. data/questions.yaml lists every question."),
        (
            "b: yes",
            "'b' is a group of questions, not a question. Name one of its questions: b.date, b.time, b.times",
        ),
        ("- a", "Answers stand in groups, each with its name."),
        ("words", "Answers stand in groups, each with its name."),
    ],
)
def test_answer_that_cannot_be_is_refused_once_and_in_words(written: str, words: str) -> None:
    found = answers(written + "\n")
    assert len(found.problems) == 1, found.problems
    assert words in said(found.problems)
    assert found.values == {}


def test_question_answered_twice_is_named() -> None:
    found = answers("a:\n  number: 5\na.number: 6\n")
    assert [(problem.code, problem.line) for problem in found.problems] == [("answer-twice", 3)]


def test_all_faults_come_at_once_and_sound_answers_are_kept() -> None:
    found = answers("a:\n  yes_no: NO\n  number: 5\n  zebra: 1\nb:\n  time: 25:00\n  date: 2026-12-02\n")
    assert sorted(problem.line for problem in found.problems) == [2, 4, 6]
    assert found.values == {"a.number": 5, "b.date": date(2026, 12, 2)}
    assert found.given == {"a.yes_no", "a.number", "a.zebra", "b.time", "b.date"}


def test_choice_whose_options_are_missing_takes_any_word_so_that_one_fault_stays_one() -> None:
    assert answer_rule(replace(QUESTIONS["a.choice"], options=())) == {"type": "string"}


def test_word_of_another_group_is_found() -> None:
    assert unknown_question("visit.number", QUESTIONS)[1] == "Did you mean 'a.number'?"


# --- typed at the terminal -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("a.yes_no", " Y\n", True),
        ("a.yes_no", "NO", False),
        ("a.number", "40", 40),
        ("a.number", "040", 40),
        ("a.choice", "red ", "red"),
        ("a.choices", "red, green", frozenset({"red", "green"})),
        ("a.choices", "red", frozenset({"red"})),
        ("a.text", "  Tom & Jerry ", "Tom & Jerry"),
        ("a.text", "40", "40"),
        ("b.times", "10:30, 11:15", (time(10, 30), time(11, 15))),
        ("b.moment", "2026-12-02 10:30\n", datetime(2026, 12, 2, 10, 30)),
        ("b.staff", "S-12", "S-12"),
        ("a.number", "unknown", None),
        ("a.yes_no", "", None),
        ("a.text", "\n", None),
    ],
)
def test_typed_answer_is_taken(name: str, typed: str, value: Value | None) -> None:
    assert typed_answer(QUESTIONS[name], typed, STAFF) == (value, "")


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("a.yes_no", "perhaps", "'a.yes_no' is 'perhaps', which is not one of its options. Choose one of: yes, no"),
        ("a.number", "--5", "'a.number' must be a whole number, not '--5'."),
        ("a.number", "٤٠", "'a.number' must be a whole number"),
        ("a.number", "9" * 5000, "'a.number' must be a whole number"),
        ("a.number", "-1", "'a.number' must be at least 1, not -1."),
        ("a.choices", "red, gren", "'gren', which is not one of its options."),
        ("a.text", "x\x07y", "'a.text' holds the character U+0007 (bell), which cannot be printed. Type it again"),
        ("b.date", "tomorrow", "'b.date' must be a date such as 2026-12-02, not 'tomorrow'."),
        ("b.staff", "S-99", "'b.staff' is 'S-99', which is not one of the references of the staff directory."),
    ],
)
def test_typed_answer_that_cannot_be_is_refused_in_words(name: str, typed: str, words: str) -> None:
    value, reason = typed_answer(QUESTIONS[name], typed, STAFF)
    assert value is None
    assert words in reason


@given(st.sampled_from(sorted(QUESTIONS)), st.text(max_size=60))
def test_whatever_is_typed_it_is_an_answer_or_a_reason(name: str, typed: str) -> None:
    value, reason = typed_answer(QUESTIONS[name], typed, STAFF)
    assert (value is None) or reason == ""
    assert reason == "" or re.match(r"'|The answer to '", reason)


# --- there and back ------------------------------------------------------------------------------

VALUES: dict[QuestionType, st.SearchStrategy[Value]] = {
    QuestionType.YES_NO: st.booleans(),
    QuestionType.CHOICE: st.sampled_from([option.id for option in OPTIONS]),
    QuestionType.CHOICES: st.frozensets(st.sampled_from([option.id for option in OPTIONS])),
    QuestionType.NUMBER: st.integers(1, 480),
    QuestionType.DATE: st.dates(),
    QuestionType.TIME: st.times().map(lambda value: value.replace(second=0, microsecond=0)),
    QuestionType.TIMES: st.lists(st.times().map(lambda value: value.replace(second=0, microsecond=0))).map(tuple),
    QuestionType.MOMENT: st.datetimes().map(lambda value: value.replace(second=0, microsecond=0)),
    QuestionType.STAFF: st.sampled_from(STAFF),
}
TEXTS = st.text(min_size=1, max_size=40).filter(
    lambda text: clean(text, one_line=True, longest=40) == (text, None) and text != "unknown"
)


@pytest.mark.parametrize("name", [name for name in QUESTIONS if QUESTIONS[name].type in VALUES and name != "b.derived"])
@given(data=st.data())
def test_written_answer_reads_back_the_same(name: str, data: Any) -> None:
    value = data.draw(VALUES[QUESTIONS[name].type])
    document = Document("f.yaml", {name: written_answer(value)})
    found = read_answers(document, QUESTIONS, STAFF)
    assert (found.problems, found.values) == ((), {name: value})


@given(TEXTS)
def test_written_text_reads_back_the_same(text: str) -> None:
    found = read_answers(Document("f.yaml", {"a.text": written_answer(text)}), QUESTIONS)
    assert (found.problems, found.values) == ((), {"a.text": text})


def test_every_type_of_question_is_tried_there_and_back() -> None:
    assert set(VALUES) | {QuestionType.TEXT} == set(QuestionType)


# --- what is personal stays out of messages ------------------------------------------------------

SENTINEL = "Sentinel Street"


@pytest.mark.parametrize("kind", list(QuestionType))
@pytest.mark.parametrize(
    "raw",
    [SENTINEL, f"{SENTINEL}\x07", f"{SENTINEL}\nx", SENTINEL * 99, [SENTINEL], {SENTINEL: SENTINEL}, [{SENTINEL: 1}]],
)
def test_personal_answer_of_any_type_is_never_repeated(kind: QuestionType, raw: Any) -> None:
    question = Question("p.q", "?", kind, Stage.BACKGROUND, options=OPTIONS, most=9, personal=True)
    found = read_answers(Document("f.yaml", {"p": {"q": raw}}), {"p.q": question}, STAFF)
    assert SENTINEL not in said(found.problems)
    if isinstance(raw, str):
        assert SENTINEL not in typed_answer(question, raw, STAFF)[1]


def test_personal_questions_that_were_shipped_are_never_repeated(library: Library) -> None:
    for name, question in library.questions.items():
        if question.personal:
            text = f"{SENTINEL}\x00"
            found = read_answers(Document("f.yaml", {name: text}), library.questions)
            assert len(found.problems) == 1
            assert name in found.problems[0].message
            assert SENTINEL not in said(found.problems) + typed_answer(question, text)[1]
