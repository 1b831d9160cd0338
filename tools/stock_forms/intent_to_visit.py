"""The Intent-to-Visit form: who goes where and when, the step analysis, and what the office does.

The office copy carries the safe word; the copy that travels says only that the office holds it.
"""

from stock_forms.controls import filled_in, pick_date, tick, write_in
from stock_forms.package import Form, Page
from stock_forms.word import (
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
    label,
    paragraph,
    run,
    table,
    text,
    together,
    words,
)

TITLE = "Lone Working & Home Visits Step Analysis of Risk Assessment Intent to Visit"
PAGE = Page(landscape=False, margin=964)


def _opening() -> Xml:
    return text(TITLE, "Title") + text("{{ copy.label }}. {{ visit.date }}. Made on {{ made_at }}.", "Subtitle")


def _decision() -> Xml:
    """On both copies: nobody must be able to take the form of a visit that is not to be made for leave to go."""
    outcome = Cell(paragraph(bold("{{ decision.outcome }}"), style="BoxText"), fill_field="decision.colour")
    meaning = Cell(text("{{ decision.meaning }}", "TableText"))
    return table(PAGE.columns(38, 62), [Row([outcome, meaning])], caption="The decision", style="FormBox") + gap()


def _safe_word(office: bool) -> Xml:
    if not office:
        travelling = Cell(
            text("Safe word", "BoxLabel") + text("Known to the visitors and held by the school office.", "BoxText")
        )
        return table([PAGE.text_width], [Row([travelling])], caption="The safe word")
    word = paragraph(filled_in("safe-word", "Safe word", run("{{ safe_word }}")), style="SafeWord", centred=True)
    keep = paragraph(bold("Keep at school. Do not let this copy travel."), style="Notice", centred=True)
    held = Cell(text("Safe word", "BoxLabel") + word + keep)
    return table([PAGE.text_width], [Row([held])], caption="The safe word", style="FormBox")


def _where(office: bool) -> Xml:
    """The family's name stays at school: whoever finds the travelling copy does not learn who was visited."""
    rows = [
        *([Row([label("Family"), _wide("{{ family.name }}")])] if office else []),
        Row([label("Purpose"), _wide("{{ visit.purpose }}")]),
        Row([label("Address"), _wide("{{ family.address }}", strong=True)]),
        Row([label("Telephone"), words("{{ family.phone }}"), label("Going in"), words("{{ visit.entry }}")]),
        Row([label("Family told"), _wide("{{ visit.announced }}")]),
    ]
    return heading("Where and why") + table(PAGE.columns(18, 30, 18, 34), together(rows), caption="Where and why")


def _wide(content: str, span: int = 3, *, strong: bool = False) -> Cell:
    return Cell(paragraph(run(content, bold=strong), style="TableText"), span=span)


def _times() -> Xml:
    times = [words(f"{{{{ visit.{name} }}}}", strong=True) for name in ("leave", "start", "end", "back")]
    rows = [
        header_row("Date", "Leave at", "Visit starts", "Visit ends", "Back at"),
        Row([words("{{ visit.date }}"), *times]),
        Row([label("Check-ins at"), _wide("{{ visit.check_in_times }}", 4, strong=True)]),
        Row([label("Rule on check-ins"), _wide("{{ visit.check_in_rule }}", 4)]),
    ]
    caption = "Times out and back, and check-ins"
    return heading(caption) + table(PAGE.columns(32, 17, 17, 17, 17), together(rows), caption=caption)


def _visitors() -> Xml:
    row = Row(
        [
            Cell(text("{{ visitor.name }}", "TableLabel") + text("{{ visitor.roles }}", "TableText")),
            words("{{ visitor.mobile }}", strong=True),
            words("{{ visitor.vehicle }}"),
            words("{{ visitor.registration }}"),
        ]
    )
    return (
        heading("Visitors")
        + text("{{ visit.company }}. By car: {{ visit.by_car }}. Driver: {{ visit.driver }}.", "Lead")
        + table(
            PAGE.columns(38, 20, 24, 18),
            [
                header_row("Name and role", "Mobile", "Vehicle", "Registration"),
                *each_row("visitor in visitors", 4, row),
            ],
            caption="Visitors",
        )
    )


def _signing(name: Cell, says: str, tag: str) -> Row:
    return Row(
        [
            name,
            by_hand(tick(f"{tag}-confirms", says), run(f" {says}")),
            by_hand(write_in(f"{tag}-signature", f"Signature: {tag}", "Sign here")),
            by_hand(pick_date(f"{tag}-date", f"Date of signature: {tag}")),
        ],
        tall=True,
    )


def _signatures() -> Xml:
    authoriser = by_hand(write_in("authoriser-name", "Name of the authoriser", "Name of the authoriser"))
    visitor = _signing(words("{{ visitor.name }}", strong=True), "Plan and safe word known", "visitor")
    return (
        heading("Who authorises")
        + paragraph(
            run("{{ authorise.line }}. Authorised so far: "), bold("{{ authorise.authorised_by }}"), style="Lead"
        )
        + table(
            PAGE.columns(27, 29, 26, 18),
            together(
                [
                    header_row("Name", "Confirms", "Signature", "Date"),
                    *each_row("visitor in visitors", 4, visitor),
                    _signing(authoriser, "The visit is authorised", "authoriser"),
                ]
            ),
            caption="Signatures",
        )
    )


def _steps() -> Xml:
    band = Row([Cell(text("{{ step.number }}. {{ step.name }}", "TableBand"), fill=HEAD_FILL, span=3)])
    row = Row([words("{{ row.hazard }}"), words("{{ row.control }}"), words("{{ row.source }}")])
    rows = each_row("step in steps", 3, band, *each_row("row in step.rows", 3, row))
    return heading("Step analysis") + table(
        PAGE.columns(24, 61, 15),
        [header_row("Hazard", "Control", "Source"), *rows],
        caption="Step analysis: hazard and control at each step",
    )


def _ladder(title: str, name: str) -> Xml:
    """One ladder. The line above it stands out where it is not the policy that lays the ladder down."""
    path = f"ladders.{name}"
    row = Row(
        [
            words("{{ rung.after }}", strong=True),
            words("{{ rung.do }}"),
            words("{{ rung.who }}"),
            words("{{ rung.clause }}"),
        ],
        with_next=True,
    )
    rungs = table(
        PAGE.columns(18, 46, 20, 16),
        [header_row("When", "What", "Who", "Source"), *each_row(f"rung in {path}.rows", 4, row)],
        caption=title,
    )
    agreed = write_in(
        f"agreed-{name.replace('_', '-')}", f"{title}: what was agreed", "Write what was agreed", lines=True
    )
    space = table([PAGE.text_width], [Row([by_hand(agreed)], tall=True)], caption=f"{title}: what was agreed")
    line = f"{{{{ {path}.line }}}}"
    return (
        heading(title, 2)
        + either(f"{path}.from_policy", text(line, "Lead"), text(line, "Notice", keep_next=True))
        + either(f"{path}.rows", rungs, space)
    )


def _contacts() -> Xml:
    contact = Row([words("{{ contact.role }}"), words("{{ contact.name }}"), words("{{ contact.phone }}", strong=True)])
    office = Row([words("School office"), words("{{ school.name }}"), words("{{ school.office_phone }}", strong=True)])
    return heading("Whom to ring", 2) + table(
        PAGE.columns(44, 32, 24),
        [header_row("Role", "Name", "Telephone"), office, *each_row("contact in school.contacts", 3, contact)],
        caption="Whom to ring",
    )


def _office_record() -> Xml:
    moments = (
        ("left", "Left"),
        ("check-in-1", "First check-in"),
        ("check-in-2", "Second check-in"),
        ("check-in-3", "Third check-in"),
        ("back", "Back, or home safely"),
        ("closed", "Form closed and safe word destroyed"),
    )
    rows = [
        Row(
            [
                label(name),
                by_hand(write_in(f"{tag}-at", f"{name}: time", "Time")),
                by_hand(write_in(f"{tag}-by", f"{name}: taken by", "Initials")),
                by_hand(write_in(f"{tag}-note", f"{name}: note", "Note")),
            ]
        )
        for tag, name in moments
    ]
    return heading("Kept by the office on the day") + table(
        PAGE.columns(32, 14, 16, 38),
        together([header_row("What", "Time", "Taken by", "Note"), *rows]),
        caption="Kept by the office on the day",
    )


def form(office: bool) -> Form:
    """The office copy, or the copy that travels."""
    body = (
        _opening()
        + _decision()
        + _safe_word(office)
        + _where(office)
        + _times()
        + _visitors()
        + _signatures()
        + heading("What the school office does")
        + _ladder("The visitors are overdue", "overdue")
        + _ladder("A check-in is missed", "missed_check_in")
        + _ladder("The safe word is heard", "safe_word")
        + _contacts()
        + (_office_record() if office else "")
        + _steps()
        + gap()
    )
    return Form(TITLE, "Intent to Visit", PAGE, body)
