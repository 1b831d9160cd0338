"""The checklist of a visit: what the policy asks before, during and after it, each with a box to tick."""

from stock_forms.blocks import OF_THE_FAMILY
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
    table,
    text,
    tight,
    words,
)

TITLE = "Checklist for a home visit"
PAGE = Page(landscape=False, margin=567, top=737, bottom=624)
STANDS = "{{ standing.outcome }}{% if not conditions %}: no condition is open{% endif %}"
TIMES = (
    ("before", "Before you leave"),
    ("during", "On the way, at the door and in the home"),
    ("after", "When you have left"),
)


def _ticked(*cells: Cell, with_next: bool = False) -> Row:
    return Row([by_hand(tick("sign.done", "Done")), *cells], with_next=with_next)


def _band(name: str) -> Row:
    return Row([Cell(text(name, "TableBand"), fill=HEAD_FILL, span=3)], with_next=True)


def _still_open() -> list[Row]:
    """What would keep the visitors at school comes first, and without why: this paper travels."""
    condition = Cell(text("{{ item.condition }} ({{ item.who }})", "TableText"))
    return [
        *if_row("conditions", 3, _band("Still open: settle these first")),
        *each_row("item in conditions", 3, _ticked(condition, words("{{ item.source }}"))),
    ]


def _asked(name: str, title: str) -> list[Row]:
    """What is done last stays on one page: it is short, and no line of it is to be overlooked on a page of its own."""
    nothing = Row([Cell(text("The policy asks nothing at this time.", "TableText"), span=3)])
    return [
        _band(title),
        *each_row(
            f"item in duties.{name}",
            3,
            _ticked(words("{{ item.says }}"), words("{{ item.clause }}"), with_next=name == "after"),
        ),
        *if_row(f"not duties.{name}", 3, nothing),
    ]


def _if_wrong() -> list[Row]:
    """What visitors do themselves when something goes wrong. There is nothing to tick: it may never happen."""
    asked = Row([Cell(text("{{ item.says }}", "TableText"), span=2), words("{{ item.clause }}")])
    return [
        *if_row("duties.emergency", 3, _band("If something is wrong: see the emergency card too")),
        *each_row("item in duties.emergency", 3, *if_row('item.who == "Visitors"', 3, asked)),
    ]


def _list() -> Xml:
    rows = [header_row("Done", "What to do", "Clause"), *_still_open()]
    for name, title in TIMES:
        rows += _asked(name, title)
        rows += _if_wrong() if name == "during" else []
    caption = "What to do before, during and after the visit"
    opening = tight(heading(STANDS), after=40) + tight(text(OF_THE_FAMILY, "Lead"), after=60)
    return opening + table(PAGE.columns(8, 82, 10), rows, caption=caption)


def form() -> Form:
    when_and_who = text("{{ visit.date }} at {{ visit.start }}. Visitors: {{ visit.who }}.", "Subtitle")
    opening = text("{{ title }}", "Title") + tight(when_and_who, after=60)
    return Form(TITLE, "Checklist", PAGE, opening + _list())
