"""The letter about a visit to a child who is about to start in Reception."""

from stock_forms.letters import PAGE, close, dear_family, named, said, subject, to_family, when_and_who, whom_to_ring
from stock_forms.package import Form, Head
from stock_forms.word import gap, heading

TITLE = "May we visit you before school starts?"


def form() -> Form:
    child = named("child.name", "your child")
    body = (
        to_family()
        + subject(TITLE)
        + dear_family()
        + said(
            f"Soon {child} will start in Reception with us, and we are looking forward to it. Before that, two of us",
            "would like to visit you at home, so that we can get to know each other where your child feels at ease.",
        )
        + when_and_who()
        + heading("What happens")
        + said(
            "One of us will talk with you. Tell us about your child, and ask us anything about school. The other will",
            "get to know your child, perhaps over a favourite toy. We will make a few notes, so that we can plan well.",
        )
        + said(
            "What you tell us stays with the people at school who need to know it. Only if we are worried that a child",
            "may not be safe do we have to pass it on.",
        )
        + said(
            "A parent or carer has to be there, or we cannot visit. If you have pets, please keep them in another room",
            "while we are with you.",
        )
        + heading("If this does not suit you")
        + said("Please ring us, and we will find another day or time. Tell us too if you would like an interpreter.")
        + whom_to_ring()
        + close()
        + gap()
    )
    return Form(TITLE, "Letter", PAGE, body, confidential=False, head=Head.LETTER)
