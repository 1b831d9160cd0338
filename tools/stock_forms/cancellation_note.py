"""The note to the headteacher on a visit that was called off: when, by whom, and the reason in writing."""

from stock_forms.blocks import called_off, signing
from stock_forms.controls import tick, write_in
from stock_forms.package import Form, Page
from stock_forms.word import (
    Cell,
    Row,
    Xml,
    by_hand,
    gap,
    header_row,
    heading,
    label,
    run,
    table,
    text,
    together,
    when,
    words,
)

TITLE = "Note on a home visit that was called off"
PAGE = Page(landscape=False, margin=964)


def _row(name: str, content: str) -> Row:
    return Row([label(name), words(content)])


def _visit() -> Xml:
    rows = [
        _row("Planned for", "{{ visit.date }}, {{ visit.start }} to {{ visit.end }}"),
        _row("Visitors", "{{ visit.who }}"),
        _row("Family", "{{ family.name }} ({{ family.reference }}). Child: {{ child.name }}, {{ child.year_group }}"),
        _row("Purpose", "{{ visit.purpose }}"),
        _row("Authorised", "{{ authorise.line_so_far }}"),
    ]
    return heading("The visit") + table(PAGE.columns(22, 78), together(rows), caption="The visit")


def _next() -> Xml:
    """Called off is not over: the reason for the visit is still there, and nobody may take the matter for settled."""
    rows = [
        Row(
            [label("What happens instead"), _room("sign.instead", "What happens instead", "What is done instead")],
            tall=True,
        ),
        Row(
            [label("Who has been told"), _room("sign.told", "Who has been told", "The family, agencies, others")],
            tall=True,
        ),
    ]
    caption = "What happens next"
    return heading(caption) + table(PAGE.columns(22, 78), together(rows), caption=caption)


def _room(tag: str, title: str, prompt: str) -> Cell:
    return by_hand(write_in(tag, title, prompt, lines=True))


def _signatures() -> Xml:
    writer = words("{{ cancellation.by }}", strong=True)
    head = by_hand(tick("sign.read", "Read"), run(" Headteacher or principal: read"))
    rows = [
        header_row("Name", "Signature", "Date"),
        signing([writer], "writer", "whoever called the visit off"),
        signing([head], "head", "headteacher or principal"),
    ]
    return heading("Signatures") + table(PAGE.columns(40, 38, 22), together(rows), caption="Signatures")


def form() -> Form:
    body = (
        text("{{ title }}", "Title")
        + text("To the headteacher or principal. {{ visit.date }}.", "Subtitle")
        + heading("What happened, and why")
        + called_off(PAGE)
        + _visit()
        + heading("What the policy asks")
        + when('form.clause != "None"', text("{{ form.clause }}: {{ form.says }}", "Lead"))
        + when('form.clause == "None"', text("{{ form.says }}", "Lead"))
        + _next()
        + _signatures()
        + gap()
    )
    return Form(TITLE, "Cancellation", PAGE, body)
