"""A blank Intent to Visit, for staff to fill in with Word and hand to `riskgen assess`.

It asks each question that can be answered before leaving and is not worked out from others, with the tag
`answer.QUESTION`. Nothing in it is filled in by docxtpl; the school's own options and staff are put into its
drop-downs when it is handed out.
"""

from collections.abc import Iterable, Iterator, Mapping

from riskgen.core.model import Question
from riskgen.core.terms import QuestionType
from riskgen.library.questions import Group
from stock_forms.controls import choose, how_many, locked, pick_date, write_in
from stock_forms.package import Form, Head, Page
from stock_forms.word import Cell, Row, Xml, by_hand, header_row, heading, paragraph, run, table, text, tight

TITLE = "Intent to Visit, to be filled in"
PAGE = Page(landscape=False, margin=964)
FORM = "intent-to-visit-blank"
ASKED = (
    "family", "child", "history", "household", "background",
    "visit", "contact", "agency", "staff", "travel", "told", "safety",
)  # fmt: skip
"""The groups of questions that can be answered before leaving, in the order of the form."""
FIRST = (
    "family.reference",
    "family.name",
    "child.name",
    "child.year_group",
    "family.address",
    "family.phone",
    "visit.purpose",
    "visit.reason",
    "visit.start",
    "visit.minutes",
    "visit.leave_at",
    "visit.back_at",
    "visit.will_enter",
    "travel.by_car",
    "travel.driver",
    "family.needs",
    "child.born_on",
)
"""Who, where, when and why: what the office needs at once."""
VISITORS = 4
VISITORS_TAG = "answer.visit.visitors"
YES_NO = ("Yes", "No", "Not known")
PROMPTS = {
    QuestionType.TIME: "Time, such as 10:30",
    QuestionType.TIMES: "Times, such as 11:30, 13:15",
    QuestionType.MOMENT: "Such as 2 December 2026, 10:30",
    QuestionType.NUMBER: "Number",
    QuestionType.TEXT: "Write here",
}

PICTURED = (QuestionType.STAFF, QuestionType.MOMENT, QuestionType.TIMES)
"""Types whose hint says how an answer is typed at a terminal; here the prompt or the list says it."""


def asked(questions: Mapping[str, Question]) -> tuple[Question, ...]:
    """The questions of the form, in the order of questions.yaml."""
    return tuple(each for each in questions.values() if each.group in ASKED and not each.derived)


def control(question: Question) -> Xml:
    tag, title = f"answer.{question.name}", question.label
    if question.type is QuestionType.YES_NO:
        return choose(tag, title, "Choose", YES_NO)
    if question.type is QuestionType.CHOICE:
        return choose(tag, title, "Choose", [option.label for option in question.options])
    if question.type is QuestionType.STAFF:
        return choose(tag, title, "Choose", ())
    if question.type is QuestionType.DATE:
        return pick_date(tag, title)
    prompt = PROMPTS[question.type]
    if question.unit:
        prompt = f"Number of {question.unit}"
    return write_in(tag, title, prompt, lines=question.lines)


def _row(question: Question) -> Row:
    hint = tight(text(question.hint, "Small")) if question.hint and question.type not in PICTURED else ""
    return Row([Cell(text(question.label, "TableText") + hint), by_hand(control(question))])


def _visitors() -> Iterator[Row]:
    for number in range(1, VISITORS + 1):
        title = f"Visitor {number}"
        yield Row([Cell(text(title, "TableText")), by_hand(choose(VISITORS_TAG, title, "Choose", ()))])


def _section(title: str, rows: Iterable[Row], question: int = 76) -> Xml:
    """`question` is how many hundredths of the width the questions take. Most answers are a word."""
    widths = PAGE.columns(question, 100 - question)
    return heading(title) + table(widths, [header_row("Question", "Answer"), *rows], caption=title)


def form(questions: Mapping[str, Question], groups: Mapping[str, Group]) -> Form:
    first = [questions[name] for name in FIRST if name in questions]
    rest = [each for each in asked(questions) if each not in first]
    body = (
        text(TITLE, "Title")
        + paragraph(
            run(
                "Fill in what you know, in Word, and hand the file to whoever makes the risk assessment. What you "
                "leave as it is counts as not known, never as no. Do not write the safe word on this form."
            ),
            style="Lead",
        )
        + _section("Who goes, where, when and why", [*_visitors(), *map(_row, first)], question=56)
    )
    for group in ASKED:
        if mine := [each for each in rest if each.group == group]:
            body += _section(groups[group].label, map(_row, mine))
    which = locked("form.id", "Which form this is", run(FORM))
    body += paragraph(run("For riskgen: "), which, run(" "), how_many(), style="FormLine")
    return Form(TITLE, "Intent to Visit", PAGE, body, head=Head.BLANK)
