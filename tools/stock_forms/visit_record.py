"""The record of a visit: blank to fill in before, and filled with what the register holds once it has been recorded."""

from stock_forms.blocks import signing, wide
from stock_forms.controls import choose, form_line, locked, pick_date, tick, write_in
from stock_forms.package import Form, Page
from stock_forms.word import (
    Cell,
    Row,
    Xml,
    bold,
    by_hand,
    each,
    each_row,
    either,
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

TITLE = "Record of a home visit"
PAGE = Page(landscape=False, margin=964)
RECORDED = "record.recorded"
ENDINGS = (
    "Made as planned",
    "Made in part",
    "Nobody was in, or nobody opened",
    "Somebody was in, but the visitors were not let in",
    "Called off because it was not safe",
    "Called off for another reason",
    "Something else",
)
"""The words of riskgen.core.record.Ending; a test holds the two to each other."""
NEED_NO_WHY = ("Made as planned", "Nobody was in, or nobody opened")
ANSWERS = ("Done", "Not done", "Did not arise")
YES_NO = ("Yes", "No")
ACTIONS = 5


def _visit() -> Xml:
    rows = [
        Row([label("Family"), words("{{ family.name }} ({{ family.reference }})"), label("Child"), _child()]),
        Row([label("Visitors"), wide("{{ visit.who }}")]),
        Row([label("Purpose"), wide("{{ visit.purpose }}")]),
        Row([label("Planned"), wide("{{ visit.date }}, {{ visit.start }} to {{ visit.end }}")]),
        Row([label("Left"), words("{{ record.left }}"), label("Back"), words("{{ record.back }}")]),
        Row([label("Authorised"), wide("{{ authorise.line_so_far }}")]),
    ]
    return heading("The visit") + table(PAGE.columns(15, 37, 11, 37), together(rows), caption="The visit")


def _child() -> Cell:
    return words("{{ child.name }}, {{ child.year_group }}")


# --- how it went ----------------------------------------------------------------------------------


def _how_it_went() -> Xml:
    to_fill = _answers(
        choose("record.ending", "How the visit ended", "Choose how it ended", ENDINGS),
        write_in("record.why", "Why it was not made as planned", "If it was not made as planned, say why", lines=True),
        write_in("record.seen", "What was seen", "Who was there, and what you saw", lines=True),
        write_in("record.agreed", "What was agreed", "What was agreed, and with whom", lines=True),
        room=5,
    )
    recorded = _answers(
        run("{{ record.ending }}"),
        _only_if(f"not ({' or '.join(map(_ended, NEED_NO_WHY))})", "record.why"),
        run("{{ record.seen }}"),
        run("{{ record.agreed }}"),
    )
    return heading("How it went") + either(RECORDED, recorded, to_fill)


def _ended(words: str) -> str:
    return f'record.ending == "{words}"'


def _only_if(condition: str, field: str) -> Xml:
    """A field where it is called for, and else a dash: what was never to be said must not read as not recorded."""
    return run(f"{{% if {condition} %}}{{{{ {field} }}}}{{% else %}}–{{% endif %}}")


def _answers(ending: Xml, why: Xml, seen: Xml, agreed: Xml, *, room: int = 0) -> Xml:
    """`room` is how many lines stay free for a pen below what was seen and agreed."""
    rows = [
        Row([label("How it ended"), by_hand(ending)]),
        Row([label("Why, if not as planned"), by_hand(why)], tall=room > 0),
        Row([label("What was seen"), _with_room(seen, room)]),
        Row([label("What was agreed, and with whom"), _with_room(agreed, room)]),
    ]
    return table(PAGE.columns(24, 76), rows, caption="How it went")


def _with_room(content: Xml, lines: int) -> Cell:
    return Cell(paragraph(content, style="TableText") + text("", "TableText") * lines)


# --- safeguarding and incidents -------------------------------------------------------------------


def _concerns() -> Xml:
    to_fill = _concern_rows(
        choose("record.concern", "A safeguarding concern", "Yes or No", YES_NO),
        choose("record.incident", "An incident", "Yes or No", YES_NO),
        write_in("record.incident_text", "What happened in the incident", "If so, what happened", lines=True),
    )
    recorded = _concern_rows(
        run("{{ record.concern }}"),
        run("{{ record.incident }}"),
        _only_if('record.incident != "No"', "record.incident_text"),
    )
    return heading("Safeguarding and incidents") + either(RECORDED, recorded, to_fill)


def _concern_rows(concern: Xml, incident: Xml, happened: Xml) -> Xml:
    rows = [
        Row([label("Did the visit leave a safeguarding concern?"), by_hand(concern)]),
        Row([label("Was there an incident?"), by_hand(incident)]),
        Row([label("What happened"), by_hand(happened)]),
    ]
    return table(PAGE.columns(48, 52), together(rows), caption="Safeguarding and incidents")


# --- clause by clause -----------------------------------------------------------------------------


def _clauses() -> Xml:
    number = locked("record.clause", "Clause", run("{{ item.clause }}"))
    answer = choose("record.clause_answer", "What became of the clause", "Choose", ANSWERS)
    why = write_in("record.clause_why", "Why it was not done", "If not done, why")
    to_fill = Row([by_hand(number), words("{{ item.says }}"), by_hand(answer), by_hand(why)])
    reason = _only_if('item.answer == "Not done"', "item.why")
    recorded = Row([words("{{ item.clause }}"), words("{{ item.says }}"), words("{{ item.answer }}"), by_hand(reason)])
    nothing = text("The policy asks nothing of the visitors during the visit or after it.", "Lead")
    return heading("What the policy asks, clause by clause") + either(
        "record.clauses", either(RECORDED, _clause_table(recorded), _clause_table(to_fill)), nothing
    )


def _clause_table(row: Row) -> Xml:
    head = header_row("Clause", "What it says", "Done?", "If not, why")
    return table(
        PAGE.columns(10, 54, 15, 21),
        [head, *each_row("item in record.clauses", 4, row)],
        caption="What the policy asks, clause by clause",
    )


# --- what follows ---------------------------------------------------------------------------------


def _plan() -> Xml:
    line = Row(
        [
            by_hand(write_in("record.action_what", "What is to be done", "What")),
            by_hand(write_in("record.action_who", "Who does it", "Who")),
            by_hand(pick_date("record.action_by", "By which day")),
        ],
        tall=True,
    )
    to_fill = table(
        PAGE.columns(56, 22, 22),
        together([header_row("What is to be done", "Who", "By"), *[line] * ACTIONS]),
        caption="Action plan",
    ) + paragraph(tick("record.none_further", "Nothing further is to be done"), run(" Nothing further is to be done."))
    action = Row([words(f"{{{{ item.{name} }}}}") for name in ("number", "what", "who", "by", "state")])
    recorded = table(
        PAGE.columns(6, 40, 20, 20, 14),
        [header_row("", "What is to be done", "Who", "By", "State"), *each_row("item in record.further", 5, action)],
        caption="Action plan",
    )
    none = text("No further action is recorded.", "Lead")
    return heading("Action plan") + either(RECORDED, either("record.further", recorded, none), to_fill)


def _kept() -> Xml:
    row = Row([by_hand(tick("sign.kept", "Done")), words("{{ item.says }}"), words("{{ item.clause }}")])
    asked = table(
        PAGE.columns(8, 78, 14),
        [header_row("Done", "What the policy asks", "Clause"), *each_row("item in record.kept", 3, row)],
        caption="Where this record goes",
    )
    silent = text(
        "The policy says nothing on a record of the visit. Where it goes, by when, and who gets a copy is for the "
        "school to say.",
        "Lead",
    )
    return heading("Where this record goes") + either("record.kept", asked, silent)


def _log() -> Xml:
    """Each line is a paragraph of its own, so that they can be marked and copied in one go."""
    return when(
        RECORDED,
        heading("Text for the log"),
        text("For CPOMS or the school's own system: copy the lines below and paste them there.", "Lead"),
        each("line in record.log", text("{{ line.text }}", "BoxText")),
    )


def _notes() -> Xml:
    return (
        heading("Notes")
        + when("record.notes", each("note in record.notes", text("{{ note.text }}")))
        + table(
            [PAGE.text_width],
            [
                Row(
                    [
                        by_hand(
                            write_in("record.notes", "Notes", "Anything else that belongs with this record", lines=True)
                        )
                    ],
                    tall=True,
                )
            ],
            caption="Notes",
        )
    )


def _signatures() -> Xml:
    reader = by_hand(write_in("sign.reader_name", "Name of whoever has read this record", "Read by (name)"))
    visitor = words("{{ visitor.name }}", strong=True)
    rows = [
        header_row("Name", "Signature", "Date"),
        *each_row("visitor in visitors", 3, signing([visitor], "visitor", "visitor")),
        signing([reader], "reader", "whoever has read this record"),
    ]
    return (
        heading("Signatures")
        + when(RECORDED, paragraph(run("Recorded in the register by: "), bold("{{ record.by }}"), style="Lead"))
        + table(PAGE.columns(36, 40, 24), together(rows), caption="Signatures")
    )


def form() -> Form:
    opening = text("{{ title }}", "Title") + text("{{ visit.date }}. {{ form.holder }}.", "Subtitle")
    body = (
        opening
        + _visit()
        + _how_it_went()
        + _concerns()
        + _plan()
        + _clauses()
        + _kept()
        + _log()
        + _notes()
        + _signatures()
        + form_line()
    )
    return Form(TITLE, "Record", PAGE, body)
