"""The Intent-to-Visit form: who goes where and when, the step analysis, and what the office does.

The office copy carries the safe word; the copy that travels says only that the office holds it.
"""

from stock_forms.blocks import ANNOUNCED, OF_THE_FAMILY, ladders, signing, whom_to_ring, wide
from stock_forms.controls import filled_in, form_line, tick, write_in
from stock_forms.package import Form, Page
from stock_forms.word import (
    HEAD_FILL,
    Cell,
    Row,
    Xml,
    bold,
    by_hand,
    each_row,
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
PAGE = Page(landscape=False, margin=680, top=680, bottom=624)


def _opening() -> Xml:
    return text("{{ title }}", "Title") + text("{{ copy.label }}. {{ visit.date }}. Made on {{ made_at }}.", "Subtitle")


def _decision() -> Xml:
    """On both copies: nobody must be able to take the form of a visit that is not to be made for leave to go."""
    outcome = Cell(text("{{ standing.outcome }}", "RatingWord"), fill_field="standing.colour", middle=True)
    meaning = Cell(text("{{ standing.meaning }}", "TableText") + text("{{ standing.line }}", "TableText"))
    return table(PAGE.columns(38, 62), [Row([outcome, meaning])], caption="The decision", style="FormBox") + gap()


def _safe_word(office: bool) -> Xml:
    if not office:
        travelling = Cell(
            text("Safe word", "BoxLabel") + text("Known to the visitors and held by the school office.", "BoxText")
        )
        return table([PAGE.text_width], [Row([travelling])], caption="The safe word")
    word = paragraph(run("{{ safe_word }}"), style="SafeWord", centred=True)
    keep = paragraph(bold("Keep at school. Do not let this copy travel."), style="Notice", centred=True)
    held = Cell(text("Safe word", "BoxLabel") + word + keep)
    return table([PAGE.text_width], [Row([held])], caption="The safe word", style="FormBox")


def _where(office: bool) -> Xml:
    """The family's name stays at school: whoever finds the travelling copy does not learn who was visited."""
    rows = [
        *([Row([label("Family"), wide("{{ family.name }}")])] if office else []),
        Row([label("Purpose"), wide("{{ visit.purpose }}")]),
        Row([label("Address"), wide("{{ family.address }}", strong=True)]),
        Row([label("Telephone"), words("{{ family.phone }}"), label("Going in"), words("{{ visit.entry }}")]),
        Row([label("Family told"), wide(ANNOUNCED if office else "{{ visit.announced }}")]),
    ]
    return heading("Where and why") + table(PAGE.columns(18, 30, 18, 34), together(rows), caption="Where and why")


def _times() -> Xml:
    """What may still change before leaving is a control: a form that comes back says what was changed."""
    leave = _plan("answer.visit.leave_at", "Leave at", "visit.leave")
    back = _plan("answer.visit.back_at", "Back at", "visit.back")
    check_ins = filled_in("answer.safety.check_in_times", "Check-ins at", bold("{{ visit.check_in_times }}"))
    starts, ends = (words(f"{{{{ visit.{name} }}}}", strong=True) for name in ("start", "end"))
    rows = [
        header_row("Date", "Leave at", "Visit starts", "Visit ends", "Back at"),
        Row([words("{{ visit.date }}"), leave, starts, ends, back]),
        Row([label("Check-ins at"), Cell(paragraph(check_ins, style="TableText"), span=4)]),
        Row([label("Rule on check-ins"), wide("{{ visit.check_in_rule }}", 4)]),
        Row([label("Counted as late from"), wide("{{ visit.due_back }}", 4, strong=True)]),
    ]
    caption = "Times out and back, and check-ins"
    return heading(caption) + table(PAGE.columns(32, 17, 17, 17, 17), together(rows), caption=caption)


def _plan(tag: str, title: str, field: str) -> Cell:
    return by_hand(filled_in(tag, title, bold(f"{{{{ {field} }}}}")))


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


def _signatures() -> Xml:
    authoriser = by_hand(write_in("sign.authoriser_name", "Name of the authoriser", "Name of the authoriser"))
    visitor = words("{{ visitor.name }}", strong=True)
    rows = [
        header_row("Name", "Confirms", "Signature", "Date"),
        *each_row("visitor in visitors", 4, _confirming(visitor, "Plan and safe word known", "visitor")),
        _confirming(authoriser, "The visit is authorised", "authoriser"),
    ]
    return (
        heading("Who authorises")
        + paragraph(run("{{ authorise.line }}. "), bold("{{ authorise.line_so_far }}"), style="Lead")
        + table(PAGE.columns(27, 31, 24, 18), together(rows), caption="Signatures")
    )


def _confirming(name: Cell, says: str, who: str) -> Row:
    confirms = by_hand(tick(f"sign.{who}_confirms", says), run(f" {says}"))
    return signing([name, confirms], who, who)


def _steps(office: bool) -> Xml:
    band = Row([Cell(text("{{ step.number }}. {{ step.name }}", "TableBand"), fill=HEAD_FILL, span=3)])
    row = Row([words("{{ row.hazard }}"), words("{{ row.control }}"), words("{{ row.source }}")])
    rows = each_row("step in steps", 3, band, *each_row("row in step.rows", 3, row))
    lead = "" if office else text(OF_THE_FAMILY, "Lead")
    # Where it travels, a source is called "Risk assessment" rather than by the number of a hazard.
    widths = PAGE.columns(23, 66, 11) if office else PAGE.columns(22, 63, 15)
    return (
        heading("Step analysis")
        + lead
        + table(
            widths,
            [header_row("Hazard", "Control", "Source"), *rows],
            caption="Step analysis: hazard and control at each step",
        )
    )


def _office_record() -> Xml:
    """The times of the day. Those that riskgen reads back are `day.*`; initials and notes are for people."""
    moments = (
        ("day.left_at", "left", "Left"),
        ("day.check_in_at", "check_in_1", "First check-in"),
        ("day.check_in_at", "check_in_2", "Second check-in"),
        ("day.check_in_at", "check_in_3", "Third check-in"),
        ("day.back_at", "back", "Back, or home safely"),
        ("sign.closed_at", "closed", "Form closed and safe word destroyed"),
    )
    rows = [
        Row(
            [
                label(name),
                by_hand(write_in(tag, f"{name}: time", "Time")),
                by_hand(write_in(f"sign.{short}_by", f"{name}: taken by", "Initials")),
                by_hand(write_in(f"sign.{short}_note", f"{name}: note", "Note")),
            ],
            tall=True,
        )
        for tag, short, name in moments
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
        + ladders(PAGE)
        + heading("Whom to ring")
        + whom_to_ring(PAGE)
        + (_office_record() if office else "")
        + form_line()
        + _steps(office)
        + gap()
    )
    return Form(TITLE, "Intent to Visit", PAGE, body)
