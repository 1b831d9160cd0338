"""What the annual workbook says of itself: what every column means, and where it comes from."""

from collections.abc import Mapping
from datetime import date, datetime

from riskgen.core.audit import What
from riskgen.core.model import Question
from riskgen.core.struct import Struct
from riskgen.core.words import moment_words
from riskgen.workbook.columns import ROW_SHEETS
from riskgen.workbook.pages import Page
from riskgen.workbook.styles import Look, Styles


class Edition(Struct, frozen=True):
    """An edition of a policy that visits of the range were decided under, and how many."""

    policy: str
    edition: str
    fingerprint: str
    review_due: date | None
    visits: int


class About(Struct, frozen=True):
    """What the workbook says of itself. `made_at` is wall time; `events` and `head` are those of the audit chain."""

    school: str
    title: str
    first: date
    last: date
    made_at: datetime
    by: str
    version: str
    events: int
    head: str
    editions: tuple[Edition, ...] = ()
    notes: tuple[str, ...] = ()


def dictionary(styles: Styles, questions: Mapping[str, Question], governors: bool) -> Page:
    """What each column means, and the question whose answer it is; for governors what each count means."""
    page = Page(styles, (34.0, 90.0) if governors else (34.0, 70.0, 22.0, 60.0))
    page.title("Dictionary")
    page.note(
        "“Not recorded” means that nobody has said; it is never a No. An empty cell is something that did not happen."
    )
    for sheet in () if governors else ROW_SHEETS:
        page.section(f"The sheet {sheet.title}")
        page.note(sheet.about)
        page.row([(head, Look.HEAD) for head in ("Column", "What it means", "Question", "The question, and its hint")])
        for column in sheet.columns:
            question = questions.get(column.question)
            asked = f"{question.label} {question.hint}".strip() if question else ""
            page.row([(text, Look.LABEL) for text in (column.head, column.meaning, column.question, asked)])
    page.section("What the audit looks for")
    page.row([(head, Look.HEAD) for head in ("What", "What it means")])
    for what in What:
        page.row([(text, Look.LABEL) for text in (what.value, what.meaning)])
    return page


def about_page(styles: Styles, about: About, governors: bool) -> Page:
    """Range, school, editions, version, the head of the audit chain, when and by whom."""
    page = Page(styles, (34.0, 90.0))
    page.title("About this workbook")
    facts = (
        ("School", about.school),
        ("For", "Governors: totals only, rounded, without names" if governors else "The school: confidential"),
        ("First day", moment_words(about.first)),
        ("Last day", moment_words(about.last)),
        ("Made at", moment_words(about.made_at)),
        ("Made by", about.by),
        ("Made with", f"riskgen {about.version}"),
        *(() if governors else (("Events in the register", f"{about.events}"),)),
        ("Hash of the last event", about.head),
    )
    page.section("Where it comes from")
    for label, value in facts:
        page.row([(label, Look.LABEL), (value, Look.LABEL)])
    page.note("“riskgen history --verify” checks that no event was changed. Hold what stands here against it.")
    page.section("Editions of policies that visits were decided under")
    page.row([(head, Look.HEAD) for head in ("Policy", "Edition, review date, visits, fingerprint")])
    for edition in about.editions:
        due = moment_words(edition.review_due) if edition.review_due else "no day"
        words = f"In force from {edition.edition}, to be reviewed by {due}, "
        words += f"visits: {edition.visits}, " if not governors else ""
        words += f"fingerprint {edition.fingerprint[:12]}"
        page.row([(edition.policy, Look.LABEL), (words, Look.LABEL)])
    if about.notes:
        page.section("To be known")
        for note in about.notes:
            page.note(note)
    return page
