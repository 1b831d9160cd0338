"""What all letters have in common: the address for a window envelope, the greeting, the facts, the close."""

from stock_forms.controls import filled_in, write_in
from stock_forms.package import Page
from stock_forms.word import (
    HEAD_FILL,
    Cell,
    Row,
    Xml,
    each,
    each_row,
    gap,
    header_row,
    label,
    paragraph,
    run,
    table,
    text,
    tight,
    together,
    words,
)

PAGE = Page(landscape=False, margin=1247, top=2722, bottom=794)
"""The text begins 48 mm below the edge of the paper, where the window of a DL envelope does."""
ADDRESS_LINES = 6
"""What the window shows. The date stands below it."""
MISSING = "Not recorded"


def said(*words: str) -> Xml:
    """One paragraph of a letter."""
    return text(" ".join(words), "Letter")


def named(field: str, otherwise: str) -> str:
    """A name from the school's records, or other words where it has none: no letter says that a name is missing."""
    return f'{{% if {field} == "{MISSING}" %}}{otherwise}{{% else %}}{{{{ {field} }}}}{{% endif %}}'


def address(*lines: Xml, more: int = 0) -> Xml:
    """The address, one control a line. `more` counts lines that the last of them may run on for."""
    room = ADDRESS_LINES - len(lines) - more
    return "".join(map(_line, [*lines, *[""] * room]))


def _line(content: Xml) -> Xml:
    """A line of the window. It has no style, so that the subject is the first thing in the letter that has one."""
    return f'<w:p><w:pPr><w:spacing w:before="0" w:after="0"/></w:pPr>{content}</w:p>'


def to_family() -> Xml:
    """The family's address, and a greeting that whoever sends the letter may change."""
    name = filled_in("letter.addressee", "To whom the letter goes", run(named("family.name", "Parent or carer")))
    return address(name, run("{{ family.address }}"), more=2)


def dear_family() -> Xml:
    return dear(filled_in("letter.greeting", "Greeting", run(named("family.name", "parent or carer"))))


def dear(name: Xml) -> Xml:
    return paragraph(run("Dear "), name, run(","), style="Letter")


def subject(title: str) -> Xml:
    return text("{{ made_on }}. Our reference: {{ reference }}") + text(title, "Title")


def when_and_who() -> Xml:
    people = Cell(each("visitor in visitors", text("{{ visitor.name }}, {{ visitor.roles }}", "TableText")) + gap())
    rows = [
        Row([Cell(text("Our visit to you", "TableHead"), fill=HEAD_FILL, span=2)], header=True),
        Row([label("Day"), words("{{ visit.date }}", strong=True)]),
        Row([label("Time"), words("{{ visit.start }} to {{ visit.end }}", strong=True)]),
        Row([label("Who comes"), people]),
    ]
    return table(PAGE.columns(22, 78), together(rows), caption="The visit")


def whom_to_ring() -> Xml:
    """It goes with the signature, so that none stands alone on a page."""
    cells = [words("{{ contact.role }}"), words("{{ contact.name }}"), words("{{ contact.phone }}", strong=True)]
    rows = each_row("contact in form.contacts", 3, Row(cells, with_next=True))
    head = header_row("Whom to ring", "Name", "Telephone")
    return table(PAGE.columns(40, 34, 26), [head, *rows], caption="Whom to ring")


def close() -> Xml:
    """The end of a letter, which stays together, with room to sign."""
    role = write_in("sign.role", "Role of whoever signs", "role")
    return (
        text("", "Between")
        + text("Yours sincerely", "Letter", keep_next=True)
        + paragraph(write_in("sign.signature", "Signature", "Sign here"), style="Letter", keep_next=True)
        + text("", "Letter", keep_next=True)
        + tight(paragraph(write_in("sign.name", "Name of whoever signs", "Name"), run(", "), role, style="Letter"))
    )
