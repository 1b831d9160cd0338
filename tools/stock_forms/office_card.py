"""The card for the wall or beside the telephone: who is out, when to act, what to do, and what to say to the police.

One page, read in a hurry by whoever happens to be in the office. The safe word is not on it, since a wall has eyes.
"""

from stock_forms.blocks import LADDERS, agreed, wide
from stock_forms.controls import write_in
from stock_forms.package import Form, Page
from stock_forms.word import (
    AMBER,
    HEAD_FILL,
    Cell,
    Row,
    Xml,
    bold,
    by_hand,
    each_row,
    either,
    gap,
    header_row,
    heading,
    if_row,
    label,
    paragraph,
    run,
    table,
    text,
    together,
    words,
)

TITLE = "Card for the school office"
PAGE = Page(landscape=False, margin=794, top=794, bottom=737)


def _first() -> Xml:
    """Above all else, since a ladder may name somebody at school first."""
    danger = paragraph(
        bold("Is anybody in danger now? Ring 999 first. You need nobody's leave."), style="BoxText", centred=True
    )
    return table([PAGE.text_width], [Row([Cell(danger)])], caption="First of all", style="FormBox")


def _out() -> Xml:
    name, mobile = Cell(text("{{ visitor.name }}", "TableLabel"), span=2), wide("{{ visitor.mobile }}", 2, strong=True)
    heads = [Cell(text(head, "TableHead"), fill=HEAD_FILL, span=2) for head in ("Visitor", "Mobile")]
    rows = [
        Row(heads, header=True),
        *each_row("visitor in visitors", 4, Row([name, mobile])),
        Row(
            [
                label("Vehicle"),
                words("{{ visit.vehicle }}"),
                label("Registration"),
                words("{{ visit.registration }}", strong=True),
            ]
        ),
        Row([label("Where"), wide("{{ family.address }}", strong=True)]),
        Row(
            [
                label("Times"),
                words("Leave: {{ visit.leave }}. Visit: {{ visit.start }}"),
                label("Check-ins"),
                words("{{ visit.check_in_times }}"),
            ]
        ),
        Row([label("Due back"), Cell(text("{{ visit.due_back }}", "RatingWord"), span=3)]),
    ]
    out = table(PAGE.columns(14, 38, 16, 32), together(rows), caption="Who is out")
    return heading("Who is out on {{ visit.date }}") + out


def _late() -> Xml:
    """The three ladders in one table, each with whose it is in the line that opens it."""
    where = " The word is on the office copy of the Intent-to-Visit form; do not write it here."
    rows = [header_row("When", "Who does what")]
    for name, title in LADDERS:
        path, more = f"ladders.{name}", where if name == "safe_word" else ""
        whose = (
            f"{{% if {path}.from_policy %}} The policy's own steps.{{% else %}}{{% if {path}.rows %}}"
            " The policy says nothing: the school's own steps.{% endif %}{% endif %}"
        )
        band = paragraph(bold(f"{title}."), run(whose + more), style="TableText")
        nobodys = paragraph(bold(f"{{{{ {path}.line }}}}"), style="TableText")
        rows += [
            Row([Cell(band, fill=HEAD_FILL, span=2)], with_next=True),
            *each_row(f"rung in {path}.rows", 2, _rung(clock=name == "overdue")),
            *if_row(f"not {path}.rows", 2, Row([Cell(nobodys, fill=AMBER, span=2)], with_next=True)),
            *if_row(f"not {path}.rows", 2, agreed(name, title, 2)),
        ]
    caption = "If they are late, miss a check-in, or say the safe word"
    return heading(caption) + table(PAGE.columns(27, 73), rows, caption=caption)


def _rung(*, clock: bool) -> Row:
    """One step. Only lateness is counted from a time that is known beforehand."""
    at = '{% if rung.at != "–" %}, {{ rung.at }}{% endif %}' if clock else ""
    do = paragraph(bold("{{ rung.who }}: "), run("{{ rung.do }}"), style="TableText")
    return Row([words(f"{{{{ rung.after }}}}{at}", strong=True), Cell(do)])


def _script() -> Xml:
    """What the police ask for, in the order in which it is easily said."""
    mobiles = "{% for visitor in visitors %} {{ visitor.name }}, mobile {{ visitor.mobile }}.{% endfor %}"
    staff = either(
        "visit.alone",
        _said(f"One member of our staff is on a home visit alone:{mobiles}"),
        _said(f"Members of our staff are on a home visit together:{mobiles}"),
    )
    said = (
        _said("My name is …, I am ringing from {{ school.name }}, telephone {{ school.office_phone }}.")
        + staff
        + _said("They were last known to be at: {{ family.address }}")
        + _said("They were due back on {{ visit.due_back }}. We last heard from them at …")
        + _said("Vehicle: {{ visit.vehicle }}. Registration: {{ visit.registration }}.")
    )
    number = write_in("sign.police_number", "Police incident number", "number")
    rung_at = write_in("sign.police_rung_at", "Time of the call to the police", "time")
    notes = Row(
        [
            by_hand(run("Police incident number: "), number),
            by_hand(run("Rung at: "), rung_at),
        ]
    )
    caption = "What to say to the police, and what to note of the call"
    return heading("What to say to the police") + table(
        PAGE.columns(64, 36), together([Row([Cell(said, span=2)]), notes]), caption=caption
    )


def _said(words_to_say: str) -> Xml:
    return text(words_to_say, "TableList")


def _others() -> Xml:
    contact = Row([words("{{ contact.role }}"), words("{{ contact.name }}"), words("{{ contact.phone }}", strong=True)])
    return table(
        PAGE.columns(46, 32, 22),
        [header_row("Whom to ring", "Name", "Telephone"), *each_row("contact in school.contacts", 3, contact)],
        caption="Whom to ring",
    )


def form() -> Form:
    body = (
        text("{{ title }}", "Title")
        + _first()
        + _out()
        + _late()
        + _script()
        + paragraph(style="Between")
        + _others()
        + text(
            "Only the office watches these times: no alarm goes off by itself. Take the card down when all are back.",
            "Small",
        )
        + gap()
    )
    return Form(TITLE, "Office card", PAGE, body)
