"""The emergency card: what visitors do when something goes wrong. Small enough for a pocket, without the safe word."""

from stock_forms.package import A5, Form, Head, Page
from stock_forms.word import Cell, Row, Xml, bold, each, gap, heading, paragraph, run, table, text, tight

TITLE = "Emergency card"
PAGE = Page(landscape=False, margin=567, paper=A5, top=737, bottom=567)


def _first() -> Xml:
    """Above all else, since a policy may name somebody at school before it names 999."""
    school = paragraph(run("Then ring the school: "), bold("{{ school.office_phone }}"), style="TableText")
    silent = paragraph(
        bold("If you cannot speak, "),
        run(
            "ring 999 from a mobile phone and press 55 when the operator prompts you to. It works on mobile phones "
            "only, not before the prompt, and does not by itself say where you are."
        ),
        style="TableText",
    )
    rows = [
        Row(
            [
                Cell(text("{{ title }}", "Title"), middle=True),
                Cell(tight(heading("In danger? Ring 999 first.")) + school),
            ]
        ),
        Row([Cell(silent, span=2)]),
    ]
    return table(PAGE.columns(46, 54), rows, caption="First of all", style="FormBox") + gap()


def _emergency() -> Xml:
    """One emergency in one frame, as tight as it goes: the card has one page."""
    name = paragraph(
        run("{{ item.name }}", bold=True),
        run("{% if not item.from_policy %}. The policy says nothing on this.{% endif %}"),
        style="TableText",
        keep_next=True,
    )
    step = '{{ step.text }}{% if step.source != "School\'s own" %} {{ step.source }}{% endif %}'
    steps = each("step in item.steps", text(step, "TableList"))
    return table([PAGE.text_width], [Row([Cell(name + steps + gap())])], caption="One emergency") + gap()


def form() -> Form:
    body = _first() + each("item in emergencies", _emergency()) + gap()
    foot = "Emergency card. A step without a clause is the school's own"
    return Form(TITLE, foot, PAGE, body, confidential=False, head=Head.CARD)
