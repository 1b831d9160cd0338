"""The letter that confirms a visit to the local authority, social services or another party."""

from stock_forms.controls import choose, write_in
from stock_forms.letters import MISSING, PAGE, address, close, dear, said, subject, whom_to_ring
from stock_forms.package import Form, Head
from stock_forms.word import Row, Xml, by_hand, gap, heading, label, paragraph, run, table, text, together, when, words

TITLE = "A visit to a family's home"
TOLD = ("We have told you of it by telephone.", "We have not been able to tell you by telephone.")

FAMILY_TOLD = ("The family has been told the date and time", "The family has not been told yet")


def _to_whom() -> Xml:
    return address(
        write_in("letter.addressee", "Name of the person", "Name of the person"),
        write_in("letter.organisation", "Name of the organisation", "Organisation"),
        write_in("letter.address", "Address", "Address", lines=True),
        more=2,
    )


def _facts() -> Xml:
    rows = [
        Row([label("Child"), words("{{ child.name }}, {{ child.year_group }}. Family: {{ family.name }}")]),
        Row([label("Address"), words("{{ family.address }}")]),
        Row([label("Why we visit"), words("{{ visit.purpose }}", strong=True)]),
        Row([label("When"), words("{{ visit.date }}, {{ visit.start }} to {{ visit.end }}", strong=True)]),
        Row([label("Our staff"), words("{{ visit.who }}")]),
        Row([label("Going in"), words("{{ visit.entry }}")]),
        Row([label("The family"), by_hand(_family_told())]),
    ]
    return table(PAGE.columns(20, 80), together(rows), caption="The visit")


def _family_told() -> Xml:
    """What is not recorded, whoever sends the letter knows."""
    choice = choose("letter.family_told", "Whether the family has been told", "Choose: told, or not yet", FAMILY_TOLD)
    missing = f'{{% if visit.announced == "{MISSING}" %}}'
    return run(missing) + choice + run("{% else %}{{ visit.announced }}{% endif %}")


def _unannounced() -> Xml:
    return when(
        "visit.unannounced",
        text("", "Between"),
        said("The family has not been told of this visit. Please say nothing of it to them before we have been."),
    )


def _joint() -> Xml:
    """Two organisations, two sets of rules: each names its own, so that neither is taken for the only one."""
    name = write_in("letter.colleague", "Who comes from the other organisation", "name")
    phone = write_in("letter.colleague_phone", "Their telephone number", "telephone")
    protocol = write_in("letter.protocol", "The other organisation's protocol", "Name and date of your protocol")
    rows = [
        Row([label("Our rules"), words("{{ policy.name }}")]),
        Row([label("Your rules"), by_hand(protocol)]),
        Row([label("Who comes from you"), by_hand(name, run(", "), phone)]),
    ]
    return when(
        "visit.joint",
        heading("We visit together"),
        said(
            "Your organisation's rules and ours both hold for this visit. Please tell us before it where yours ask for",
            "more, or for something else, so that we can agree what we do.",
        ),
        table(PAGE.columns(30, 70), together(rows), caption="Whose rules hold on a joint visit"),
    )


def form() -> Form:
    told = choose("letter.told", "Whether they were told by telephone", "Choose: told by telephone, or not", TOLD)
    body = (
        _to_whom()
        + subject(TITLE)
        + dear(write_in("letter.greeting", "Greeting", "name"))
        + paragraph(run("Staff of our school plan to visit this family at home. "), told, style="Letter")
        + _facts()
        + _unannounced()
        + _joint()
        + heading("If you know of a risk")
        + said(
            "If you know of anything that could put our staff, your staff or the family at risk, please ring us before",
            "the visit.",
        )
        + whom_to_ring()
        + close()
        + gap()
    )
    return Form(TITLE, "Letter", PAGE, body, head=Head.LETTER)
