"""The visit schedule: names, dates, times and places of every planned visit, for the headteacher and the office."""

from stock_forms.blocks import signing
from stock_forms.package import Form, Page
from stock_forms.word import (
    Cell,
    Row,
    Xml,
    bold,
    each_row,
    either,
    gap,
    header_row,
    heading,
    label,
    paragraph,
    run,
    table,
    text,
    together,
    when,
    words,
)

TITLE = "Schedule of home visits"
PAGE = Page(landscape=True, margin=850)


def _visits() -> Xml:
    times = Cell(
        text("{{ item.date }}", "TableLabel")
        + paragraph(bold("{{ item.start }}"), run(" to "), bold("{{ item.end }}"), style="TableText")
        + text("Leave {{ item.leave }}", "TableText")
        + text("Back {{ item.back }}", "TableText")
    )
    row = Row(
        [
            times,
            _two("{{ item.family }}", "{{ item.place }}"),
            _two("{{ item.visitors }}", "{{ item.mobiles }}"),
            words("{{ item.vehicle }}"),
            _two("{{ item.state }}", "{{ item.reference }}"),
        ]
    )
    visits = table(
        PAGE.columns(19, 27, 24, 15, 15),
        [
            header_row("When", "Family and place", "Visitors and mobiles", "Vehicle", "State"),
            *each_row("item in schedule.visits", 5, row),
        ],
        caption="The visits of the period",
    )
    return heading("The visits") + either("schedule.visits", visits, text("No visit is planned in this period."))


def _two(first: str, second: str) -> Cell:
    return Cell(text(first, "TableLabel") + text(second, "TableText"))


def _copies() -> Xml:
    """A schedule that lies in a drawer helps nobody: who has been given a copy is signed for."""
    rows = [
        header_row("Copy left with", "Signature", "Date"),
        signing([label("Headteacher")], "headteacher", "headteacher"),
        signing([label("School office")], "office", "school office"),
    ]
    return heading("Who has a copy") + table(PAGE.columns(30, 46, 24), together(rows), caption="Who has a copy")


def form() -> Form:
    body = (
        text("{{ title }}", "Title")
        + text("{{ schedule.period }}. Made on {{ made_at }}.", "Subtitle")
        + text("For the headteacher and the school office only. It names families: it does not travel.", "Notice")
        + text("{{ schedule.complete }}")
        + when('form.clause != "None"', text("{{ form.clause }} asks for it: {{ form.says }}"))
        + _visits()
        + _copies()
        + gap()
    )
    return Form(TITLE, "Visit schedule", PAGE, body)
