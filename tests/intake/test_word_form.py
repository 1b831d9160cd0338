"""Answers that people filled in on a Word form: read as those of a file are, and refused in the same words."""

import re
import sys
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

sys.path.insert(0, str(Path(__file__).parents[1]))

from handed_in import COUNTED, Value, W, box, changed, choice, day, document, field, fill, run

from riskgen.core.conditions import Value as Answer
from riskgen.core.model import Option, Question, School
from riskgen.core.terms import QuestionType, Stage
from riskgen.forms.blank import BLANK_FILE, make_blank
from riskgen.intake.gather import VISITORS, Given, intake_of, visit_problems
from riskgen.library.load import Library

ROOT = Path(__file__).parents[2]
PRIVATE = "Aunt Philomena"
KINDS = Question(
    "visit.kinds",
    "What kinds?",
    QuestionType.CHOICES,
    Stage.PLAN,
    options=(Option("a", "Talk, and listen"), Option("b", "Talk"), Option("c", "Look")),
)
SAME = Question(
    "visit.same",
    "Which?",
    QuestionType.CHOICE,
    Stage.PLAN,
    options=(Option("one", "Alike"), Option("two", "Alike"), Option("three", "Other")),
)


class Desk:
    """A school that forms are handed in to."""

    def __init__(self, library: Library, school: School, folder: Path) -> None:
        self.questions: dict[str, Question] = {**library.questions, KINDS.name: KINDS, SAME.name: SAME}
        self.school = school
        self.folder = folder

    def form(self, *body: str, data: bytes = b"", name: str = "form.docx") -> Path:
        path = self.folder / name
        path.write_bytes(data or document(*body, header=COUNTED * ("w:tag" in "".join(body))))
        return path

    def given(self, *body: str, data: bytes = b"", before: Given | None = None) -> Given:
        return (before or Given()).with_file(self.form(*body, data=data), self.questions, self.school)

    def file(self, text: str, before: Given | None = None) -> Given:
        path = self.folder / "file.yaml"
        path.write_text(text, encoding="utf-8")
        return (before or Given()).with_file(path, self.questions, self.school)

    def one(self, name: str, shows: str, **more: Any) -> Answer | None:
        """The answer that a text in the field of a question comes to; there must be no fault."""
        given = self.given(field(f"answer.{name}", shows=run(shows), title="The title", **more))
        assert given.problems == (), given.problems
        return given.answers.get(name)

    def fault(self, name: str, shows: str) -> str:
        given = self.given(field(f"answer.{name}", shows=run(shows), title="The title"))
        (problem,) = given.problems
        assert problem.path.endswith("form.docx, field 'The title'")
        assert problem.field.partition("/")[0] == name
        assert shows not in problem.message + problem.hint
        assert name not in given.answers
        return problem.message


@pytest.fixture
def desk(library: Library, example_school: School, tmp_path: Path) -> Desk:
    return Desk(library, example_school, tmp_path)


# --- each kind of answer --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shows", "value"),
    [
        ("history.violence_reported", "Yes", True),
        ("history.violence_reported", " no ", False),
        ("visit.purpose", "The pupil refuses to come to school", "school-refusal"),
        ("visit.purpose", "attendance", "attendance"),
        ("visit.minutes", "40", 40),
        ("visit.minutes", "40 minutes", 40),
        ("visit.minutes", "1 hour 30 minutes", 90),
        ("visit.absence_days", "12 days", 12),
        ("visit.start", "2026-12-02 10:30", datetime(2026, 12, 2, 10, 30)),
        ("visit.start", "Wednesday 2 December 2026, 10:30", datetime(2026, 12, 2, 10, 30)),
        ("visit.leave_at", "10.10 am", time(10, 10)),
        ("visit.back_at", "2:15 pm", time(14, 15)),
        ("safety.check_in_times", "10:30 and 11.10", (time(10, 30), time(11, 10))),
        ("safety.check_in_times", "10:30, 11:10; 12:00", (time(10, 30), time(11, 10), time(12, 0))),
        ("safety.check_in_times", "None agreed", ()),
        ("child.born_on", "2/12/2014", date(2014, 12, 2)),
        ("travel.driver", "S-07 Gray Invented", "S-07"),
        ("travel.driver", "Gray Invented", "S-07"),
        ("travel.driver", "s-07", "S-07"),
        ("family.name", "Tom & Jerry <x>", "Tom & Jerry <x>"),
        ("visit.kinds", "Talk, and listen, Look", frozenset({"a", "c"})),
        ("visit.kinds", "Talk", frozenset({"b"})),
        ("visit.kinds", "b, c", frozenset({"b", "c"})),
        ("visit.kinds", "None", frozenset()),
    ],
)
def test_an_answer_is_read_as_people_write_it(desk: Desk, name: str, shows: str, value: Answer) -> None:
    assert desk.one(name, shows) == value


@pytest.mark.parametrize("words", ["Not recorded", "Not known", "not known", "unknown"])
def test_what_is_not_known_is_unknown_and_never_no(desk: Desk, words: str) -> None:
    for name in ("history.violence_reported", "visit.minutes", "visit.purpose", "family.name"):
        assert desk.one(name, words) is None
    before = desk.file("history: {violence_reported: no}\n")
    after = desk.given(field("answer.history.violence_reported", shows=run(words)), before=before)
    assert "history.violence_reported" not in after.answers


def test_a_prompt_says_nothing_at_all(desk: Desk) -> None:
    before = desk.file("history: {violence_reported: no}\n")
    after = desk.given(field("answer.history.violence_reported"), field("answer.visit.minutes"), before=before)
    assert after.answers == {"history.violence_reported": False}
    assert after.problems == ()


def test_a_ticked_box_is_yes_and_one_that_is_not_ticked_says_nothing(desk: Desk) -> None:
    assert desk.given(box("answer.history.violence_reported", True)).answers == {"history.violence_reported": True}
    assert desk.given(box("answer.history.violence_reported", False)).answers == {}


@pytest.mark.parametrize(
    ("name", "shows", "words"),
    [
        ("history.violence_reported", PRIVATE, "The answer to 'history.violence_reported' is not one of its options."),
        ("visit.purpose", PRIVATE, "The answer to 'visit.purpose' is not one of its options."),
        ("visit.minutes", PRIVATE, "'visit.minutes' must be a whole number, not text."),
        ("visit.minutes", "900", "'visit.minutes' must be at most 480."),
        ("visit.start", "2 December 2026", "'visit.start' must be a date and time such as 2026-12-02 10:30."),
        ("visit.leave_at", "1030", "'visit.leave_at' must be a time such as 12:30."),
        ("safety.check_in_times", "10:30 and later", "'safety.check_in_times' must be times such as 11:30, 13:15."),
        ("child.born_on", "2/12/14", "'child.born_on' must be a date such as 2026-12-02."),
        (
            "travel.driver",
            PRIVATE,
            "The answer to 'travel.driver' is not one of the references of the staff directory.",
        ),
        ("travel.driver", "S-07 Lane Invented", "is not one of the references"),
        ("family.name", "a\u0085b", "U+0085"),
        ("family.name", "\ufdd0", "U+FDD0"),
        ("family.name", "\u200d\u200d", "cannot be seen"),
        ("family.name", "x" * 5000, "is too long: 5000 of 200 characters"),
        ("visit.same", "Neither", "is not one of its options"),
    ],
)
def test_what_cannot_be_made_out_is_refused_by_its_title_and_not_repeated(
    desk: Desk, name: str, shows: str, words: str
) -> None:
    assert words in desk.fault(name, shows)


@pytest.mark.parametrize(
    ("written", "name", "shows"),
    [
        ('child: {name: "a\\x85b"}\n', "child.name", "a\u0085b"),
        (f"child: {{name: {'x' * 300}}}\n", "child.name", "x" * 300),
        ("child: {born_on: soon}\n", "child.born_on", "soon"),
    ],
)
def test_a_fault_has_the_words_that_a_file_has(desk: Desk, written: str, name: str, shows: str) -> None:
    (in_file,) = desk.file(written).problems
    assert desk.fault(name, shows) == in_file.message


@pytest.mark.parametrize(
    "text",
    [
        'Tom & Jerry <risk> "O\'Brien" ]]> </w:t>',
        "{{7*7}} {% x %} {# y #}",
        "👨‍👩‍👧 speak 日本語",
        "منزل علی می‌خواهم",
        "line one\nline two\n\nline four",
    ],
)
def test_odd_texts_come_back_as_they_were_typed(desk: Desk, text: str) -> None:
    data = fill(
        document(field("answer.visit.reason", '<w:text w:multiLine="1"/>'), header=COUNTED),
        {"answer.visit.reason": text},
    )
    assert desk.given(data=data).answers["visit.reason"] == text


def test_line_ends_of_windows_are_lines_and_one_line_texts_have_none(desk: Desk) -> None:
    two = fill(document(field("answer.visit.reason"), header=COUNTED), {"answer.visit.reason": "one\r\ntwo"})
    assert desk.given(data=two).answers["visit.reason"] == "one\ntwo"
    name = fill(document(field("answer.family.name"), header=COUNTED), {"answer.family.name": "one\ntwo"})
    (problem,) = desk.given(data=name).problems
    assert "several lines" in problem.message


def test_overrides_of_direction_go_from_a_name(desk: Desk) -> None:
    assert desk.one("family.name", "Ali\u202egninraw") == "Aligninraw"


def test_what_shows_was_chosen_whatever_the_list_has_behind_it(desk: Desk) -> None:
    items = '<w:listItem w:displayText="Yes" w:value="no"/><w:listItem w:displayText="No" w:value="yes"/>'
    kind = f"<w:dropDownList>{items}</w:dropDownList>"
    given = desk.given(field("answer.history.violence_reported", kind, run("Yes")))
    assert given.answers == {"history.violence_reported": True}


def test_options_that_read_the_same_are_told_by_what_is_behind_them(desk: Desk) -> None:
    items = '<w:listItem w:displayText="Alike" w:value="two"/>'
    given = desk.given(field("answer.visit.same", f"<w:dropDownList>{items}</w:dropDownList>", run("Alike")))
    assert given.answers == {"visit.same": "two"}
    (problem,) = desk.given(field("answer.visit.same", shows=run("Alike"))).problems
    assert "is not one of its options" in problem.message


def test_a_start_may_stand_in_two_fields_one_for_the_day_and_one_for_the_time(desk: Desk) -> None:
    day_first = day("answer.visit.start", "2 December 2026", "2026-12-02T00:00:00Z")
    clock = field("answer.visit.start", shows=run("10:30"))
    for body in ((day_first, clock), (clock, day_first)):
        assert desk.given(*body).answers["visit.start"] == datetime(2026, 12, 2, 10, 30)


def test_a_date_without_a_time_is_no_start(desk: Desk) -> None:
    given = desk.given(day("answer.visit.start", "2 December 2026", "2026-12-02T00:00:00Z"))
    assert "visit.start" not in given.answers
    assert [problem.code for problem in given.problems] == ["schema-form"]


def test_a_question_answered_twice_has_to_be_answered_the_same(desk: Desk) -> None:
    same = [field("answer.visit.minutes", shows=run(text)) for text in ("40", "40 minutes")]
    assert desk.given(*same).answers["visit.minutes"] == 40
    (problem,) = desk.given(*(field("answer.visit.minutes", shows=run(text)) for text in ("40", "50"))).problems
    assert problem.code == "answer-twice"


def test_a_field_for_no_question_or_one_that_is_worked_out_is_a_fault(desk: Desk) -> None:
    unknown = desk.given(field("answer.visit.purposes", shows=run("x"), title="P"))
    assert "Did you mean 'visit.purpose'?" in unknown.problems[0].hint
    derived = desk.given(field("answer.visit.staff_count", shows=run("2"), title="P"))
    assert derived.problems[0].code == "answer-derived"
    assert "line" not in derived.problems[0].hint


# --- who goes -------------------------------------------------------------------------------------


def visitor(shows: str) -> str:
    return field("answer.visit.visitors", shows=run(shows), title="Visitor")


def test_visitors_are_named_by_reference_one_field_each(desk: Desk) -> None:
    given = desk.given(
        visitor("S-07 Gray Invented"), field("answer.visit.visitors"), visitor("S-12"), visitor("Nobody")
    )
    assert given.visitors == ("S-07", "S-12")
    assert given.problems == ()
    assert given.origins[VISITORS] == (str(desk.folder / "form.docx") + ", field 'Visitor'", 0)


@pytest.mark.parametrize("shows", [PRIVATE, "S-99 Nobody Known", "S-07 Lane Invented", "S-07 Gray"])
def test_somebody_who_is_not_of_the_staff_is_refused_without_the_name(desk: Desk, shows: str) -> None:
    given = desk.given(visitor(shows))
    (problem,) = given.problems
    assert problem.code == "visitor-unknown"
    assert shows not in problem.message + problem.hint
    assert given.visitors == ()


def test_a_visitor_named_twice_is_told_at_the_field(desk: Desk) -> None:
    given = desk.given(visitor("S-07"), visitor("S-07 Gray Invented"))
    _, problems = intake_of(given, desk.school, desk.questions)
    assert [problem.code for problem in problems] == ["visitor-twice"]
    assert "field 'Visitor'" in problems[0].path


# --- a form among other files ---------------------------------------------------------------------


def test_a_form_replaces_single_answers_of_the_files_before_it(desk: Desk) -> None:
    before = desk.file("visit: {minutes: 40, purpose: attendance, visitors: [S-07]}\n")
    after = desk.given(field("answer.visit.minutes", shows=run("50")), before=before)
    assert (after.answers["visit.minutes"], after.answers["visit.purpose"]) == (50, "attendance")
    assert after.visitors == ("S-07",)
    assert "field 'answer.visit.minutes'" in after.origins["visit.minutes"][0]


def test_another_date_on_a_form_makes_what_was_agreed_lapse(desk: Desk) -> None:
    before = desk.file("visit: {start: 2026-12-02 10:30}\ncontact: {told: yes}\n")
    after = desk.given(field("answer.visit.start", shows=run("2026-12-09 10:30")), before=before)
    assert after.lapsed == ("contact.told",)


def test_a_form_about_another_family_is_never_mixed_in(desk: Desk) -> None:
    before = desk.file("family: {reference: F-0123}\n")
    after = desk.given(field("answer.family.reference", shows=run("F-0456")), before=before)
    assert [problem.code for problem in after.problems] == ["family-mixed"]
    turned = desk.file(
        "family: {reference: F-0123}\n", before=desk.given(field("answer.family.reference", shows=run("F-9")))
    )
    assert "form.docx, field" in turned.problems[0].message


def test_what_a_form_gets_wrong_is_not_said_to_be_missing_as_well(desk: Desk) -> None:
    given = desk.given(field("answer.visit.minutes", shows=run("long")))
    intake, problems = intake_of(given, desk.school, desk.questions)
    missing = visit_problems(given, intake, None)
    assert "length" not in " ".join(problem.message for problem in missing)
    assert len(problems) == 1


# --- files that are no blank form -----------------------------------------------------------------


def test_a_form_of_a_visit_is_for_read(desk: Desk) -> None:
    given = desk.given(
        field("form.reference", shows=run("RA-2026-0001")), field("answer.visit.minutes", shows=run("40"))
    )
    assert [problem.code for problem in given.problems] == ["form-of-a-visit"]
    assert re.fullmatch(r"To take it in: riskgen read '?/.*/form\.docx'?", given.problems[0].hint)  # where it lies
    assert given.unread  # nobody is told besides that a form of another kind leaves this and that out


def test_a_form_without_answers_says_what_it_is_not(desk: Desk) -> None:
    given = desk.given(field("record.seen", shows=run("x")))
    assert [problem.code for problem in given.problems] == ["form-no-answers"]
    assert given.unread


def test_a_box_that_contradicts_its_mark_is_a_fault_of_its_question(desk: Desk) -> None:
    given = desk.given(box("answer.history.violence_reported", False, "\u2612", title="Violence"))
    (problem,) = given.problems
    assert (problem.code, problem.field) == ("form-tick", "history.violence_reported")


@pytest.mark.parametrize("header", ["", field("form.count"), field("form.count", shows=run("0"))])
def test_a_form_that_does_not_say_with_which_fields_it_was_written_is_refused(desk: Desk, header: str) -> None:
    given = desk.given(data=document(field("answer.visit.reason", shows=run("x")), header=header))
    assert [problem.code for problem in given.problems] == ["form-no-count"]


def test_a_form_that_lost_its_names_is_refused(desk: Desk) -> None:
    given = desk.given(field("", shows=run("x")))
    assert [problem.code for problem in given.problems] == ["form-no-tags"]
    assert given.unread


@pytest.mark.parametrize("name", ["form.doc", "form.docm", "form.dotx", "FORM.DOCX", "form.odt", "form.rtf"])
def test_files_of_word_and_its_like_are_never_taken_for_text(desk: Desk, name: str) -> None:
    path = desk.folder / name
    path.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    given = Given().with_file(path, desk.questions, desk.school)
    assert [problem.code for problem in given.problems] == ["form-not-docx"]
    assert "without a password" in given.problems[0].hint


def test_a_form_that_points_outside_itself_is_refused(desk: Desk) -> None:
    relation = (
        b'<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        b'attachedTemplate" Target="http://example.invalid/x.dotm" TargetMode="External"/></Relationships>'
    )
    data = changed(
        document(field("answer.visit.minutes", shows=run("40"))),
        lambda name: name == "word/_rels/document.xml.rels",
        lambda xml: xml.replace(b"</Relationships>", relation),
    )
    given = desk.given(data=data)
    assert [problem.code for problem in given.problems] == ["form-forbidden"]
    assert given.answers == {}


# --- the blank form of the school, whole ------------------------------------------------------------


@pytest.fixture(scope="module")
def blank(library: Library, example_school: School) -> bytes:
    return make_blank((ROOT / "templates" / BLANK_FILE).read_bytes(), example_school, library.questions)


def answered(question: Question) -> tuple[Value, Answer]:
    """Something to fill in for a question, and the answer that it is."""
    match question.type:
        case QuestionType.YES_NO:
            return "No", False
        case QuestionType.CHOICE:
            return question.options[-1].label, question.options[-1].id
        case QuestionType.STAFF:
            return "S-07 Gray Invented", "S-07"
        case QuestionType.NUMBER:
            return f"{max(question.least, 1)} {question.unit}".strip(), max(question.least, 1)
        case QuestionType.DATE:
            return date(2014, 5, 6), date(2014, 5, 6)
        case QuestionType.TIME:
            return "10:10", time(10, 10)
        case QuestionType.TIMES:
            return "10:20, 10:40", (time(10, 20), time(10, 40))
        case QuestionType.MOMENT:
            return "2026-12-02 10:30", datetime(2026, 12, 2, 10, 30)
        case _:
            return f"About {question.name} & more", f"About {question.name} & more"


def test_every_field_of_the_blank_form_comes_back_as_it_was_filled_in(desk: Desk, blank: bytes) -> None:
    from riskgen.files.controls import read_fields

    tags = [control.tag for control in read_fields(desk.form(data=blank)).of("answer.")]
    names = [tag.removeprefix("answer.") for tag in dict.fromkeys(tags) if tag != f"answer.{VISITORS}"]
    assert len(names) > 80
    pairs = {name: answered(desk.questions[name]) for name in names}
    filled = fill(
        blank,
        {f"answer.{name}": value for name, (value, _) in pairs.items()}
        | {f"answer.{VISITORS}": ["S-07 Gray Invented", "S-12 Lane Invented", "Nobody", None]},
    )
    given = desk.given(data=filled)
    assert given.problems == ()
    assert given.visitors == ("S-07", "S-12")
    assert given.answers == {name: answer for name, (_, answer) in pairs.items()}


def test_the_blank_form_as_it_is_says_nothing(desk: Desk, blank: bytes) -> None:
    given = desk.given(data=blank)
    assert (given.answers, given.visitors, given.problems) == ({}, (), ())


def test_each_list_of_the_blank_form_has_a_way_back_to_not_known(desk: Desk, blank: bytes) -> None:
    read: Callable[[str], Answer | None] = lambda shows: desk.given(  # noqa: E731
        data=fill(blank, {"answer.history.violence_reported": shows, "answer.visit.purpose": "Not known"})
    ).answers.get("history.violence_reported")
    assert (read("Yes"), read("Not known")) == (True, None)


def test_a_field_of_a_list_that_is_not_in_it_is_refused(desk: Desk) -> None:
    given = desk.given(choice("answer.visit.purpose", "Attendance", shows=PRIVATE, title="Purpose"))
    assert [problem.code for problem in given.problems] == ["form-list"]
    assert PRIVATE not in given.problems[0].message


def bare(data: bytes, tag: str, take: str) -> bytes:
    """The form with one field that has lost its tag, or of which nothing but the text is left."""

    def change(xml: bytes) -> bytes:
        root = etree.fromstring(xml)
        for control in root.iter(W + "sdt"):
            found = control.find(f"{W}sdtPr/{W}tag")
            if found is not None and found.get(W + "val") == tag:
                if take == "tag":
                    found.getparent().remove(found)
                else:
                    content = control.find(f"{W}sdtContent")
                    for child in list(content):
                        control.addprevious(child)
                    control.getparent().remove(control)
                return bytes(etree.tostring(root))
        raise AssertionError(tag)

    return changed(data, lambda name: name == "word/document.xml", change)


@pytest.mark.parametrize(
    ("take", "code"), [("tag", {"form-untagged", "form-fields-gone"}), ("all", {"form-fields-gone"})]
)
@pytest.mark.parametrize("name", ["history.violence_reported", "family.reference"])
def test_an_answer_is_never_lost_with_its_field(desk: Desk, blank: bytes, take: str, code: set[str], name: str) -> None:
    said, _ = answered(desk.questions[name])
    filled = fill(blank, {f"answer.{name}": "Yes" if name.startswith("history") else said})
    assert desk.given(data=filled).problems == ()
    given = desk.given(data=bare(filled, f"answer.{name}", take))
    assert {problem.code for problem in given.problems} == code
    assert given.unread
