"""The cover sheet: how the visit stands, what is still open, and what is in the pack. It travels with the visitors."""

from stock_forms.blocks import standing, whom_to_ring
from stock_forms.package import Form, Page
from stock_forms.word import (
    Row,
    Xml,
    each_row,
    either,
    gap,
    header_row,
    heading,
    label,
    paragraph,
    table,
    text,
    tight,
    together,
    when,
    words,
)

TITLE = "Cover sheet of a home visit"
PAGE = Page(landscape=False, margin=680, top=680, bottom=624)


def _heading(words: str) -> Xml:
    """Closer to what stands above it than elsewhere: a long list of forms is to leave the sheet on one page."""
    return tight(heading(words), after=50, before=110)


def _visit() -> Xml:
    """Who goes where is left to the forms that follow: this sheet lies on top."""
    rows = [
        Row([label("Date"), words("{{ visit.date }}, {{ visit.start }} to {{ visit.end }}", strong=True)]),
        Row([label("Due back"), words("{{ visit.due_back }}")]),
        Row([label("Purpose"), words("{{ visit.purpose }}")]),
        Row([label("Visitors"), words("{{ visit.who }}")]),
        Row([label("Authorised"), words("{{ authorise.line_so_far }}")]),
    ]
    visit = table(PAGE.columns(16, 84), together(rows), caption="The visit")
    return _heading("The visit, and whom to ring") + visit + paragraph(style="Between") + whom_to_ring(PAGE)


def _conditions() -> Xml:
    row = Row([words("{{ item.number }}"), words("{{ item.condition }}", strong=True), words("{{ item.who }}")])
    conditions = table(
        PAGE.columns(6, 64, 30),
        [header_row("No.", "What is still to be done", "Who"), *each_row("item in conditions", 3, row)],
        caption="Still to be done before anybody leaves",
    )
    stays = text("Nobody goes as things stand. Should that change, this comes first.", "Lead")
    return _heading("Still to be done before anybody leaves") + either(
        "conditions",
        either("standing.may_go", "", stays) + conditions,
        either(
            "standing.may_go",
            text("Nothing is still to be done before leaving."),
            text("Nobody leaves, so there is nothing to do before leaving."),
        ),
    )


def _pack() -> Xml:
    row = Row(
        [
            words("{{ item.number }}"),
            words("{{ item.title }}"),
            words("{{ item.holder }}"),
            words("{{ item.source }}"),
        ]
    )
    forms = table(
        PAGE.columns(6, 51, 30, 13),
        [header_row("No.", "Form", "Who holds it", "Asked by"), *each_row("item in pack.forms", 4, row)],
        caption="The forms of this pack",
    )
    left = Row([words("{{ item.title }}"), words("{{ item.because }}")])
    left_out = table(
        PAGE.columns(63, 37),
        [header_row("Left out of this pack", "Why"), *each_row("item in pack.left_out", 2, left)],
        caption="Forms that are left out, and why",
    )
    return (
        _heading("What is in this pack")
        + either("pack.left_out", text("{{ pack.line }}", "Lead"), text("{{ pack.line }} None is left out.", "Lead"))
        + when("pack.forms", forms)
        + when("pack.left_out", paragraph(style="Between"), left_out)
    )


def form() -> Form:
    box = table([PAGE.text_width], [Row([standing("How the visit stands")])], caption="The decision", style="FormBox")
    body = (
        text("{{ title }}", "Title")
        + text("{{ reference }}. Made on {{ made_at }}. It says how things stood then.", "Subtitle")
        + box
        + _visit()
        + _conditions()
        + _pack()
        + gap()
    )
    return Form(TITLE, "Cover sheet", PAGE, body)
