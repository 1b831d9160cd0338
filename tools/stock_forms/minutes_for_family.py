"""The family's copy of the minutes: what was agreed and what happens next, and nothing else of the record.

Whoever sends it can change what it says of both: an action may be the school's own business.
"""

from stock_forms.controls import filled_in
from stock_forms.letters import PAGE, close, dear_family, said, subject, to_family, whom_to_ring
from stock_forms.package import Form, Head
from stock_forms.word import Row, Xml, by_hand, each_row, either, gap, header_row, heading, paragraph, run, table

TITLE = "What we agreed at our visit"


def _actions() -> Xml:
    titles = {"what": "What is to be done", "who": "Who does it", "by": "By which day", "state": "How it stands"}
    cells = [by_hand(filled_in(f"letter.action_{name}", title, run(_of(name)))) for name, title in titles.items()]
    head = header_row("What", "Who", "By", "Done?")
    rows = each_row("item in record.further", 4, Row(cells))
    plan = table(PAGE.columns(40, 22, 22, 16), [head, *rows], caption="What happens next")
    return either("record.further", plan, said("{{ record.further_line }}."))


def _of(name: str) -> str:
    return f"{{{{ item.{name} }}}}"


def form() -> Form:
    agreed = filled_in("letter.agreed", "What was agreed", run("{{ record.agreed }}")).replace(
        "<w:text/>", "<w:richText/>"
    )
    body = (
        to_family()
        + subject(TITLE)
        + dear_family()
        + said(
            "Thank you for talking with us on {{ visit.date }}. Here is what we agreed, and what happens next.",
            "Please keep this letter.",
        )
        + heading("What we agreed")
        + paragraph(agreed, style="Letter")
        + heading("What happens next")
        + _actions()
        + heading("If you remember it differently")
        + said("Please ring us, and we will put it right. Tell us too if you would like help with reading this letter.")
        + whom_to_ring()
        + close()
        + gap()
    )
    return Form(TITLE, "Letter", PAGE, body, confidential=False, head=Head.LETTER)
