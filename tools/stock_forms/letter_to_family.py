"""The letter that tells a family of a visit: short, warm, and with nothing that the school would not say aloud."""

from stock_forms.controls import write_in
from stock_forms.letters import PAGE, close, dear_family, said, subject, to_family, when_and_who, whom_to_ring
from stock_forms.package import Form, Head
from stock_forms.word import Xml, gap, heading, paragraph, run, text, when

TITLE = "A visit to your home"


def _with_us() -> Xml:
    """Nobody opens the door to a person of whom the letter has not told."""
    name = write_in("letter.colleague", "Who comes from the other organisation, and which it is", "name, organisation")
    return when(
        "visit.joint", text("", "Between"), paragraph(run("Somebody comes with us: "), name, run("."), style="Letter")
    )


def form() -> Form:
    body = (
        to_family()
        + subject(TITLE)
        + dear_family()
        + said("We would like to visit you {{ visit.purpose_to_family }}.")
        + when_and_who()
        + _with_us()
        + heading("What happens")
        + said(
            "We will say who we are when you open the door. If you would like to check that we come from the school,",
            "please ring first. We hope to talk with you yourself, so please be at home at this time.",
        )
        + said("If you have a dog or another animal, please keep it in another room while we are with you.")
        + heading("If this does not suit you")
        + said(
            "Please ring us. We can find another day or time, or meet you at school, or talk on the telephone. Tell us",
            "too if you would like an interpreter, or if there is anything else that would help you.",
        )
        + whom_to_ring()
        + close()
        + gap()
    )
    return Form(TITLE, "Letter", PAGE, body, confidential=False, head=Head.LETTER)
