"""The record of a visit: blank to fill in before, and filled with what the register holds once it has been recorded.

It is two forms. Copies of the first go into a pupil's file, to a classroom, or to parents; concerns and incidents
stand on the second, which goes no further than the line manager and the school's confidential file.
"""

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
    gap,
    header_row,
    heading,
    label,
    on_a_new_page,
    paragraph,
    run,
    table,
    text,
    together,
    when,
    words,
)

TITLE = "Record of a home visit"
CONFIDENTIAL = "Confidential part of the record of a home visit"
PAGE = Page(landscape=False, margin=794, top=794, bottom=737)
RECORDED = "record.recorded"
MISSING = "Not recorded"
CLAUSES = "What the policy asks, clause by clause"
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
ENDING_PROMPT = "Made as planned, in part, nobody in, not let in, called off, or something else"
"""The endings in short, for whoever fills it in with a pen."""
ANSWERS = ("Done", "Not done", "Did not arise")
YES_NO = ("Yes", "No")
ACTIONS = 5


def _visit() -> Xml:
    left = _time("record.left", "day.left_at", "Time of leaving")
    back = _time("record.back", "day.back_at", "Time of the return")
    rows = [
        Row([label("Family"), words("{{ family.name }} ({{ family.reference }})"), label("Child"), _child()]),
        Row([label("Visitors"), wide("{{ visit.who }}")]),
        Row([label("Purpose"), wide("{{ visit.purpose }}")]),
        Row([label("Planned"), wide("{{ visit.date }}, {{ visit.start }} to {{ visit.end }}")]),
        Row([label("Left"), by_hand(left), label("Back"), by_hand(back)]),
        Row([label("Authorised"), wide("{{ authorise.line_so_far }}")]),
    ]
    return heading("The visit") + table(PAGE.columns(15, 37, 11, 37), together(rows), caption="The visit")


def _child() -> Cell:
    return words("{{ child.name }}, {{ child.year_group }}")


def _time(field: str, tag: str, title: str) -> Xml:
    """A time of the register; until the visit is recorded, room for it."""
    missing = f'{field} == "{MISSING}" and not {RECORDED}'
    return run(f"{{% if {missing} %}}") + write_in(tag, title, "Time") + _else(f"{{{{ {field} }}}}")


# --- what is still missing ------------------------------------------------------------------------


def _still(prompt: str) -> str:
    """A prompt, which says of a record that has been begun that this is not in it yet."""
    return f"{{% if {RECORDED} %}}{MISSING} yet. {{% endif %}}{prompt}"


def _unless_said(field: str, control: Xml) -> Xml:
    """What the register has, or a field to fill in: a record may be written in several goes."""
    return run(f'{{% if {field} == "{MISSING}" %}}') + control + _else(f"{{{{ {field} }}}}")


def _else(content: str) -> Xml:
    return run(f"{{% else %}}{content}{{% endif %}}")


def _unless_not_asked(condition: str, content: Xml) -> Xml:
    """A dash for what was never to be said, which must not read as not recorded."""
    return run(f"{{% if {condition} %}}–{{% else %}}") + content + run("{% endif %}")


# --- how it went ----------------------------------------------------------------------------------


def _how_it_went() -> Xml:
    ending = choose("record.ending", "How the visit ended", ENDING_PROMPT, ENDINGS)
    why = _text("record.why", "Why it was not made as planned", "If it was not made as planned, say why")
    seen = _text("record.seen", "What was seen", "Who was there, and what you saw and heard")
    agreed = _text("record.agreed", "What was agreed", "What was agreed, and with whom")
    no_why = " or ".join(f'record.ending == "{ending}"' for ending in NEED_NO_WHY)
    rows = [
        Row([label("How it ended"), by_hand(_unless_said("record.ending", ending))]),
        Row([label("Why, if not as planned"), by_hand(_unless_not_asked(no_why, why))]),
        Row([label("Who was there, and what was seen"), _with_room("record.seen", seen, 14)]),
        Row([label("What was agreed, and with whom"), _with_room("record.agreed", agreed, 12)]),
    ]
    return heading("How it went") + table(PAGE.columns(24, 76), rows, caption="How it went")


def _text(field: str, title: str, prompt: str) -> Xml:
    """What the register has of a field of the record, whose control has the same name, or that control."""
    return _unless_said(field, write_in(field, title, _still(prompt), lines=True))


def _with_room(field: str, content: Xml, lines: int) -> Cell:
    """With lines left free for a pen, until there is something to print."""
    room = when(f'{field} == "{MISSING}"', text("", "TableText") * lines)
    return Cell(paragraph(content, style="TableText") + room + gap())


# --- safeguarding and incidents -------------------------------------------------------------------


def _concerns() -> Xml:
    concern = choose("record.concern", "A safeguarding concern", "Yes or No", YES_NO)
    incident = choose("record.incident", "An incident", "Yes or No", YES_NO)
    happened = _text("record.incident_text", "What happened in the incident", "If so, what happened")
    happened = _unless_not_asked('record.incident == "No"', happened)
    rows = [
        Row([label("Did the visit leave a safeguarding concern?"), by_hand(_unless_said("record.concern", concern))]),
        Row([label("Was there an incident?"), by_hand(_unless_said("record.incident", incident))]),
        Row([label("What happened"), _with_room("record.incident_text", happened, 2)]),
    ]
    tell = text("Tell the safeguarding lead of a concern at once, before you write.", "Lead")
    return (
        heading("Safeguarding and incidents")
        + when('record.concern != "No"', tell)
        + table(PAGE.columns(48, 52), together(rows), caption="Safeguarding and incidents")
    )


# --- clause by clause -----------------------------------------------------------------------------


def _clauses() -> Xml:
    number = locked("record.clause", "Clause", run("{{ item.clause }}"))
    answer = choose("record.clause_answer", "What became of the clause", "Choose", ANSWERS)
    why = write_in("record.clause_why", "Why it was not done", "If not done, why")
    reason = '{% if item.answer == "Not done" %}{{ item.why }}{% else %}–{% endif %}'
    cells = [
        by_hand(number),
        words("{{ item.says }}"),
        by_hand(run("{% if not item.recorded %}") + answer + _else("{{ item.answer }}")),
        by_hand(run("{% if not item.recorded %}") + why + _else(reason)),
    ]
    asked = table(
        PAGE.columns(10, 54, 15, 21),
        [
            header_row("Clause", "What it says", "Done?", "If not, why"),
            *each_row("item in record.clauses", 4, Row(cells)),
        ],
        caption=CLAUSES,
    )
    nothing = text("The policy asks nothing of the visitors during the visit or after it.", "Lead")
    how = when(f"not {RECORDED}", text("Beside each clause: done, not done, or did not arise.", "Lead"))
    return heading(CLAUSES) + either("record.clauses", how + asked, nothing)


# --- what follows ---------------------------------------------------------------------------------


def _plan() -> Xml:
    """On the second page while there is still everything to write: the first is all room for what was seen."""
    line = Row(
        [
            by_hand(write_in("record.action_what", "What is to be done", "What")),
            by_hand(write_in("record.action_who", "Who does it", "Who")),
            by_hand(pick_date("record.action_by", "By which day")),
        ],
        tall=True,
    )
    to_fill = (
        when(RECORDED, text(f"{MISSING} yet: what is still to be done, or that nothing is.", "Lead"))
        + table(
            PAGE.columns(56, 22, 22),
            together([header_row("What is to be done", "Who", "By"), *[line] * ACTIONS]),
            caption="Action plan",
        )
        + paragraph(
            tick("record.none_further", "Nothing further is to be done"), run(" Nothing further is to be done.")
        )
    )
    action = Row([words(f"{{{{ item.{name} }}}}") for name in ("number", "what", "who", "by", "state")])
    recorded = table(
        PAGE.columns(7, 38, 20, 20, 15),
        [header_row("No.", "What is to be done", "Who", "By", "State"), *each_row("item in record.further", 5, action)],
        caption="Action plan",
    )
    none = text("{{ record.further_line }}.", "Lead")
    plan = either("record.further", recorded, none)
    title = heading("Action plan")
    return either(RECORDED, title, on_a_new_page(title)) + either(f'record.further_line == "{MISSING}"', to_fill, plan)


def _kept() -> Xml:
    """Where the policy says where it goes, its clauses stand above, to be answered for once and not twice."""
    clauses = "{% for item in record.kept %}{{ item.clause }}, {% endfor %}"
    asked = f"The policy says where it goes, by when, or who gets a copy: see {clauses}above."
    silent = text(
        "The policy says nothing on a record of the visit. Where it goes, by when, and who gets a copy is for the "
        "school to say.",
        "Lead",
    )
    return heading("Where this record goes") + either("record.kept", text(asked, "Lead"), silent)


def _log() -> Xml:
    """Each line is a paragraph of its own, so that they can be marked and copied in one go."""
    return when(
        RECORDED,
        heading("Text for the log"),
        text("For CPOMS or the school's own system: copy the lines below and paste them there.", "Lead"),
        each("line in record.log", text("{{ line.text }}", "BoxText")),
    )


def _notes() -> Xml:
    more = write_in("record.notes", "Notes", "Anything else that belongs with this record", lines=True)
    lines = when(f"not {RECORDED}", text("", "TableText") * 4)
    room = Cell(paragraph(more, style="TableText") + lines + gap())
    return (
        heading("Notes")
        + when("record.notes", each("note in record.notes", text("{{ note.text }}")))
        + table([PAGE.text_width], [Row([room])], caption="Notes")
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


def _opening() -> Xml:
    return text("{{ title }}", "Title") + text("{{ visit.date }}. {{ form.holder }}.", "Subtitle")


def form() -> Form:
    """What copies are made of."""
    apart = "Concerns, incidents and the log are on a form of their own, the confidential part of the record."
    body = _opening() + _visit() + _how_it_went() + _plan() + text(apart, "Lead") + _signatures() + form_line()
    return Form(TITLE, "Record", PAGE, body)


def confidential() -> Form:
    """What goes no further than the line manager and the school's confidential file."""
    whose = "{{ family.name }} ({{ family.reference }}). Visitors: {{ visit.who }}."
    body = (
        _opening()
        + text(whose, "Lead")
        + text("For the line manager and the school's confidential file only. Make no copy for anybody else.", "Lead")
        + _concerns()
        + _clauses()
        + _kept()
        + _log()
        + _notes()
        + _signatures()
        + form_line()
    )
    return Form(CONFIDENTIAL, "Record, second part", PAGE, body)
