"""The checklist of a visit: what the policy asks before, during and after it, each with a box to tick."""

from stock_forms.controls import tick
from stock_forms.package import Form, Page
from stock_forms.word import (
    HEAD_FILL,
    Cell,
    Row,
    Xml,
    by_hand,
    each_row,
    header_row,
    heading,
    if_row,
    paragraph,
    run,
    table,
    text,
    words,
)

TITLE = "Checklist for a home visit"
PAGE = Page(landscape=False, margin=964)
TIMES = (
    ("before", "Before you leave"),
    ("during", "On the way, at the door and in the home"),
    ("after", "When you have left"),
)


def _ticked(says: str, source: str) -> Row:
    return Row([by_hand(tick("sign.done", "Done")), words(says), words(source)])


def _band(name: str) -> Row:
    return Row([Cell(text(name, "TableBand"), fill=HEAD_FILL, span=3)])


def _nothing(says: str) -> Row:
    return Row([Cell(text(says, "TableText"), span=3)])


def _still_open() -> list[Row]:
    """What would keep the visitors at school comes first, and without why: this paper travels."""
    return [
        _band("Still open: settle these first"),
        *each_row("item in conditions", 3, _ticked("{{ item.condition }} ({{ item.who }}).", "{{ item.source }}")),
        *if_row("not conditions", 3, _nothing("Nothing is open.")),
    ]


def _asked(name: str, title: str) -> list[Row]:
    return [
        _band(title),
        *each_row(f"item in duties.{name}", 3, _ticked("{{ item.says }}", "{{ item.clause }}")),
        *if_row(f"not duties.{name}", 3, _nothing("The policy asks nothing at this time.")),
    ]


def _list() -> Xml:
    rows = [header_row("Done", "What to do", "Source"), *_still_open()]
    for name, title in TIMES:
        rows += _asked(name, title)
    return heading("In the order of the visit") + table(
        PAGE.columns(8, 76, 16), rows, caption="What to do before, during and after the visit"
    )


def form() -> Form:
    opening = (
        text("{{ title }}", "Title")
        + text("{{ visit.date }} at {{ visit.start }}. Visitors: {{ visit.who }}.", "Subtitle")
        + paragraph(run("{{ standing.outcome }}. ", bold=True), run("{{ standing.meaning }}"), style="Lead")
    )
    return Form(TITLE, "Checklist", PAGE, opening + _list())
