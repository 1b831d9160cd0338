"""The card that is left where nobody opens. Anybody may read it, so it says nothing of the family or of the visit."""

from stock_forms.controls import write_in
from stock_forms.package import A6, Form, Head, Page
from stock_forms.word import Row, Xml, bold, by_hand, each, gap, heading, label, paragraph, run, table, text, together

TITLE = "Calling card"


PAGE = Page(landscape=False, margin=567, paper=A6, top=1020, bottom=680)

BY_HAND = "\u2003" * 8
"""Room for a pen: the card is filled in at the door, where a printed prompt would only be in the way."""


def _called() -> Xml:
    rows = [
        Row([label("Day"), by_hand(write_in("sign.day", "Day of the call", BY_HAND))], tall=True),
        Row([label("Time"), by_hand(write_in("sign.time", "Time of the call", BY_HAND))], tall=True),
        Row([label("Who called"), by_hand(write_in("sign.caller", "Name of whoever called", BY_HAND))], tall=True),
    ]
    return table(PAGE.columns(34, 66), together(rows), caption="When we called, and who")


def _whom_to_ring() -> Xml:
    """By name and not by role: that an education welfare officer called is nobody else's business."""
    each_one = paragraph(run("{{ contact.name }}: "), bold("{{ contact.phone }}"), style="Letter")
    return heading("Please ring us") + each("contact in form.contacts", each_one)


def form() -> Form:
    body = (
        text("Sorry that we missed you", "Title")
        + text("We came to see you today, but there was no answer.", "Letter")
        + _called()
        + _whom_to_ring()
        + gap()
    )
    return Form(TITLE, "Calling card", PAGE, body, confidential=False, head=Head.CARD)
