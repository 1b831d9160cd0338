"""Parts that several forms have in common: how the visit stands, whom to ring, what the office does, a signature."""

from collections.abc import Sequence

from stock_forms.controls import pick_date, write_in
from stock_forms.package import Page
from stock_forms.word import (
    AMBER,
    HEAD_FILL,
    Cell,
    Row,
    Xml,
    by_hand,
    each_row,
    either_row,
    header_row,
    if_row,
    label,
    paragraph,
    run,
    table,
    text,
    together,
    words,
)

ANNOUNCED = "{{ visit.announced }}{% if visit.unannounced %}: {{ visit.unannounced_ground }}{% endif %}"
"""Whether the family is told, and why it is not: for forms that stay at school."""
OF_THE_FAMILY = "A family's background may ask more of you: go through the risk assessment with your manager."
"""On paper that travels: the same for every family, so that it tells nothing of any."""
LADDERS = (
    ("overdue", "The visitors are overdue"),
    ("missed_check_in", "A check-in is missed"),
    ("safe_word", "The safe word is heard"),
)
"""The three ladders, by their names in the contract, with what starts each."""


def standing(title: str) -> Cell:
    """How the visit stands, in words that nobody can miss; the colour only underlines them."""
    return Cell(
        text(title, "BoxLabel")
        + text("{{ standing.outcome }}", "BoxWord")
        + text("{{ standing.meaning }}", "BoxText")
        + text("{{ standing.line }}", "BoxText"),
        fill_field="standing.colour",
    )


def called_off(page: Page) -> Xml:
    """That the visit was called off: when, by whom, and why."""
    said = (("What was done", "kind"), ("When", "on"), ("By whom", "by"), ("For safety?", "for_safety"))
    rows = [Row([label(title), words(f"{{{{ cancellation.{name} }}}}")]) for title, name in said]
    reason = Row([label("Reason"), Cell(text("{{ cancellation.reason }}", "BoxText"))])
    return table(page.columns(22, 78), together([*rows, reason]), caption="What happened, and why")


def wide(content: str, span: int = 3, *, strong: bool = False) -> Cell:
    """A cell of plain words over several columns."""
    return Cell(paragraph(run(content, bold=strong), style="TableText"), span=span)


def whom_to_ring(page: Page) -> Xml:
    """The school office and the school's contacts, with their numbers."""
    office = Row([words("School office"), words("{{ school.name }}"), words("{{ school.office_phone }}", strong=True)])
    contact = Row([words("{{ contact.role }}"), words("{{ contact.name }}"), words("{{ contact.phone }}", strong=True)])
    return table(
        page.columns(46, 32, 22),
        [header_row("Whom to ring", "Name", "Telephone"), office, *each_row("contact in school.contacts", 3, contact)],
        caption="Whom to ring",
    )


def ladders(page: Page) -> Xml:
    """What the office does, step by step, and whose steps they are.

    Where neither policy nor school has any, there is room to write down what was agreed.
    """
    rows = [header_row("When", "What", "Who", "Source")]
    for name, title in LADDERS:
        rows += _ladder(f"ladders.{name}", title, name)
    return table(page.columns(22, 43, 19, 16), rows, caption="What the school office does, step by step")


def _ladder(path: str, title: str, name: str) -> list[Row]:
    line = f"{{{{ {path}.line }}}}"
    owns = Cell(paragraph(run(line, bold=True), style="TableText"), fill=AMBER, span=4)
    rung = [words("{{ rung.after }}", strong=True), *(words(f"{{{{ rung.{it} }}}}") for it in ("do", "who", "clause"))]
    return [
        Row([Cell(text(title, "TableBand"), fill=HEAD_FILL, span=4)], with_next=True),
        *either_row(f"{path}.from_policy", 4, Row([wide(line, 4)], with_next=True), Row([owns], with_next=True)),
        *each_row(f"rung in {path}.rows", 4, Row(rung)),
        *if_row(f"not {path}.rows", 4, agreed(name, title, 4)),
    ]


def agreed(name: str, title: str, columns: int) -> Row:
    """Room to write down what was agreed, where neither policy nor school lays down any steps."""
    space = write_in(f"sign.agreed_{name}", f"{title}: what was agreed", "Write what was agreed", lines=True)
    return Row([Cell(paragraph(space, style="TableText"), span=columns)], tall=True)


def signing(before: Sequence[Cell], tag: str, title: str) -> Row:
    """A row to sign in: a signature and its date, after whatever says who signs."""
    return Row(
        [
            *before,
            by_hand(write_in(f"sign.{tag}", f"Signature: {title}", "Sign here")),
            by_hand(pick_date(f"sign.{tag}_date", f"Date of signature: {title}")),
        ],
        tall=True,
    )
