"""The risk assessment: the decision first, then what to do about it, then what it rests on, then who signs."""

from stock_forms.blocks import ANNOUNCED, called_off, signing, standing
from stock_forms.controls import choose, form_line, pick_date, tick, write_in
from stock_forms.package import Form, Page
from stock_forms.word import (
    AMBER,
    HEAD_FILL,
    LABEL_FILL,
    Cell,
    Row,
    Xml,
    bold,
    by_hand,
    each,
    each_row,
    either,
    either_row,
    gap,
    header_row,
    heading,
    label,
    listed,
    paragraph,
    run,
    table,
    text,
    together,
    when,
    words,
)

TITLE = "Home visit risk assessment"
PAGE = Page(landscape=True, margin=850)
MOST_LEVELS = 5
LIKELIHOOD_SPAN = 3  # columns of the grid, so that the words beside each row have room


def _opening() -> Xml:
    return (
        text("{{ title }}", "Title")
        + text("{{ visit.date }}. Family {{ family.reference }}. Made on {{ made_at }}.", "Subtitle")
        + when("policy.review_overdue", text("{{ policy.review_line }}", "Notice"))
    )


def _decision() -> Xml:
    """How the visit stands, beside what was worked out: a person may have decided otherwise."""
    computed = (
        text("What was worked out from the policy and the ratings", "BoxLabel")
        + text("{{ decision.outcome }}", "RatingWord")
        + text("{{ decision.meaning }}", "BoxText")
    )
    instead = when(
        "decision.has_instead", text("What to do instead", "BoxLabel"), text("{{ decision.instead }}", "BoxText")
    )
    authorise = (
        text("Who must authorise", "BoxLabel")
        + text("{{ authorise.line }}", "BoxText")
        + text("{{ authorise.line_so_far }}", "BoxText")
    )
    box = table(
        PAGE.columns(45, 55),
        [Row([standing("How the visit stands"), Cell(computed + instead + authorise)])],
        caption="The decision",
        style="FormBox",
    )
    off = when("standing.called_off", heading("Why it was called off", 2), called_off(PAGE))
    return heading("The decision") + box + off + heading("Why", 2) + _reasons() + _overrides()


def _overrides() -> Xml:
    row = Row(
        [
            words("{{ item.what }}", strong=True),
            words("{{ item.computed }}"),
            words("{{ item.to }}", strong=True),
            words("{{ item.by }}, {{ item.on }}"),
            words("{{ item.reason }}"),
            words("{{ item.holds }}"),
        ]
    )
    overrides = table(
        PAGE.columns(17, 13, 13, 18, 27, 12),
        [
            header_row("What", "Worked out", "Decided", "By whom, and when", "Reason in writing", "Does it hold?"),
            *each_row("item in overrides", 6, row),
        ],
        caption="What people have decided against the result",
    )
    return heading("What people have decided against the result", 2) + either(
        "overrides", overrides, text("Nobody has decided anything against the result.")
    )


def _reasons() -> Xml:
    row = Row(
        [
            words("{{ reason.source }}", strong=True),
            words("{{ reason.location }}"),
            words("{{ reason.says }}"),
            listed("fact in reason.fact_rows", "{{ fact.text }}"),
            words("{{ reason.calls_for }}"),
        ]
    )
    reasons = table(
        PAGE.columns(14, 14, 27, 32, 13),
        [
            header_row("Source", "Where", "What it says", "Facts", "Calls for"),
            *each_row("reason in decision.reasons", 5, row),
        ],
        caption="Reasons for the decision",
    )
    return either("decision.reasons", reasons, text("Nothing stands against the visit."))


def _visit() -> Xml:
    pairs = (
        ("Purpose", "{{ visit.purpose }}", "Date", "{{ visit.date }}"),
        (
            "Why it is needed",
            "{{ visit.reason }}",
            "Visit",
            "{{ visit.start }} to {{ visit.end }} ({{ visit.minutes }})",
        ),
        ("Family", "{{ family.name }}", "Out and back", "Leave: {{ visit.leave }}. Back: {{ visit.back }}"),
        ("Child", "{{ child.name }}", "Year group", "{{ child.year_group }}"),
        ("Address", "{{ family.address }}", "Telephone", "{{ family.phone }}"),
        ("Language, culture and access", "{{ family.needs }}", "Family told", ANNOUNCED),
        ("Company", "{{ visit.company }}", "Going in", "{{ visit.entry }}"),
        ("Driver", "{{ visit.driver }}", "By car", "{{ visit.by_car }}"),
        ("Rule on check-ins", "{{ visit.check_in_rule }}", "Check-ins at", "{{ visit.check_in_times }}"),
    )
    rows = [Row([label(left), words(field), label(right), words(other)]) for left, field, right, other in pairs]
    rows = [*together(rows[:4]), *rows[4:]]
    return heading("The visit") + table(PAGE.columns(14, 38, 13, 35), rows, caption="The visit") + _visitors()


def _visitors() -> Xml:
    fields = ("roles", "mobile", "vehicle", "registration", "insurance")
    row = Row([words("{{ visitor.name }}", strong=True), *(words(f"{{{{ visitor.{name} }}}}") for name in fields)])
    return heading("Visitors", 2) + table(
        PAGE.columns(18, 24, 14, 15, 12, 17),
        [
            header_row("Name", "Role", "Mobile", "Vehicle", "Registration", "Insurance"),
            *each_row("visitor in visitors", 6, row),
        ],
        caption="The visitors",
    )


def _conditions() -> Xml:
    done = by_hand(
        tick("sign.condition", "Condition done"),
        run(" "),
        write_in("sign.condition_by", "Done by and when", "Initials, date"),
    )
    row = Row(
        [
            words("{{ item.number }}"),
            words("{{ item.condition }}", strong=True),
            words("{{ item.who }}"),
            Cell(paragraph(bold("{{ item.source }}"), run(": {{ item.because }}"), style="TableText")),
            done,
        ]
    )
    conditions = table(
        PAGE.columns(4, 28, 16, 39, 13),
        [header_row("No.", "What is still to be done", "Who", "Why", "Done"), *each_row("item in conditions", 5, row)],
        caption="Conditions",
    )
    return heading("Before anybody leaves: conditions") + either(
        "conditions", conditions, text("Nothing is still to be done before leaving.")
    )


def _open_questions() -> Xml:
    row = Row(
        [
            words("{{ item.number }}"),
            words("{{ item.question }}", strong=True),
            words("{{ item.needed_by }}"),
            words("{{ item.calls_for }}"),
            by_hand(write_in("sign.answer", "Answer", "Write the answer")),
        ]
    )
    questions = table(
        PAGE.columns(4, 33, 33, 13, 17),
        [
            header_row("No.", "Question", "Needed by", "Until it is answered", "Answer"),
            *each_row("item in open_questions", 5, row),
        ],
        caption="Open questions",
    )
    return heading("Still to be found out: open questions") + either(
        "open_questions",
        text("An answer counts once the visit has been assessed again with it.", "Lead") + questions,
        text("No question that matters for the decision is open."),
    )


def _remedies() -> Xml:
    row = Row(
        [
            words("{{ remedy.number }}"),
            listed("change in remedy.changes", "{{ change.text }}"),
            words("{{ remedy.outcome }}", strong=True),
        ]
    )
    remedies = table(
        PAGE.columns(4, 70, 26),
        [header_row("No.", "Change all of this", "and the decision is"), *each_row("remedy in remedies", 3, row)],
        caption="Changes that would let the visit go ahead",
    )
    return heading("What would let the visit go ahead") + either(
        "standing.may_go",
        text("No change to the plan is needed: the visit may go ahead, once any conditions above are met."),
        text("{{ remedy_note }}") + when("remedies", remedies),
    )


def _rating(path: str) -> Cell:
    """A rating by word and colour both."""
    return Cell(
        text(f"{{{{ {path}.name }}}}", "RatingWord")
        + text(f"{{{{ {path}.likelihood }}}}, {{{{ {path}.severity }}}}", "TableText"),
        fill_field=f"{path}.colour",
    )


def _hazard() -> Row:
    name = text("{{ hazard.number }}. {{ hazard.name }}", "TableBand") + either(
        "hazard.certain", "", text("{{ hazard.applies }}", "Missing")
    )
    unanswered = when(
        "hazard.unanswered",
        text("No control measure answers:", "Missing"),
        each("harm in hazard.unanswered", text("{{ harm.text }}", "Missing")),
    )
    return Row(
        [
            Cell(name + gap(), fill=LABEL_FILL),
            Cell(text("{{ hazard.persons_at_risk }}", "TableText"), fill=LABEL_FILL),
            Cell(text("{{ hazard.harms }}", "TableText") + unanswered + gap(), fill=LABEL_FILL),
            _rating("hazard.initial"),
            _rating("hazard.residual"),
        ],
    )


def _controls() -> list[Row]:
    """One row for each control measure, so that a long list breaks well across pages."""
    measure = Cell(text("{{ control.measure }}", "TableText"), span=2)
    who = words("{{ control.who }}. {{ control.by_when }}")
    as_it_is = Row([measure, who, Cell(text("{{ control.state }}", "TableText"), span=2)])
    now = tick("sign.control", "Control measure now in place")
    state = paragraph(bold("{{ control.state }}"), run("   "), now, run(" Now in place"), style="TableText")
    further = Row([measure, who, Cell(state, fill=AMBER, span=2)])
    return each_row("control in hazard.controls", 5, *either_row("control.needed", 5, further, as_it_is))


def _hazards() -> Xml:
    why = text("Why hazard {{ hazard.number }} is rated so", "TableLabel") + each(
        "line in hazard.because", text("{{ line.text }}", "TableList")
    )
    rows = each_row("hazard in hazards", 5, _hazard(), *_controls(), Row([Cell(why + gap(), span=5)]))
    second = [("Control measure", 2), ("Who, and by when", 1), ("In place?", 2)]
    heads = [
        header_row("Hazard", "Persons at risk", "Potential harm", "Initial rating", "Residual rating"),
        Row([Cell(text(name, "TableHead"), fill=HEAD_FILL, span=span) for name, span in second], header=True),
    ]
    lead = (
        "The initial rating is the risk without control measures. The residual rating counts only those that are"
        " confirmed in place. The shaded ones are further control measures, still to be put in place. Each rating names"
        " its likelihood and its severity."
    )
    return (
        heading("Hazards, control measures and risk ratings")
        + text(lead, "Lead")
        + table(PAGE.columns(30, 15, 29, 13, 13), [*heads, *rows], caption="Hazards, control measures and risk ratings")
    )


def _each_cell(loop: str, cell: Cell) -> list[Cell]:
    return [Cell(text(f"{{%tc for {loop} %}}")), cell, Cell(text("{%tc endfor %}"))]


def _level(name: str, guidance: str) -> Xml:
    return paragraph(bold(f"{{{{ {name} }}}}: "), run(f"{{{{ {guidance} }}}}"), style="TableText")


def _matrix() -> Xml:
    """The matrix as a coloured grid, laid out for the largest; docxtpl takes out columns that a smaller one lacks."""
    corner = Cell(text("Likelihood (down), severity (across)", "TableHead"), fill=LABEL_FILL, span=LIKELIHOOD_SPAN)
    severity = Cell(_level("level.name", "level.guidance"), fill=LABEL_FILL)
    likelihood = Cell(_level("row.likelihood", "row.guidance"), fill=LABEL_FILL, span=LIKELIHOOD_SPAN)
    rating = Cell(
        paragraph(run("{{ cell.name }}"), style="RatingWord", centred=True), fill_field="cell.colour", middle=True
    )
    grid = table(
        PAGE.columns(*[1] * (MOST_LEVELS + LIKELIHOOD_SPAN)),
        [
            Row([corner, *_each_cell("level in matrix.severities", severity)], header=True, with_next=True),
            *each_row(
                "row in matrix.rows", 4, Row([likelihood, *_each_cell("cell in row.cells", rating)], with_next=True)
            ),
        ],
        caption="Risk matrix: likelihood down, severity across",
        loose=True,
    )
    meaning = Row(
        [
            Cell(text("{{ rating.name }}", "RatingWord"), fill_field="rating.colour"),
            words("{{ rating.guidance }}"),
            words("{{ rating.demands }}"),
        ]
    )
    ratings = table(
        PAGE.columns(14, 66, 20),
        [header_row("Rating", "What it means", "Calls for"), *each_row("rating in matrix.ratings", 3, meaning)],
        caption="What the ratings mean",
    )
    return (
        heading("The risk matrix")
        + text("{{ matrix.name }}. Source: {{ matrix.source }}", "Lead")
        + grid
        + paragraph(style="Between")
        + ratings
    )


def _known() -> Xml:
    question = [words("{{ item.group }}"), words("{{ item.label }}")]
    recorded = Row([*question, words("{{ item.answer }}")])
    missing = Row([*question, Cell(paragraph(bold("{{ item.answer }}"), style="TableText"), fill=AMBER)])
    rows = each_row("item in known", 3, *either_row("item.recorded", 3, recorded, missing))
    return (
        heading("What is known of the family and the home")
        + text("{{ known_summary }}", "Lead")
        + table(
            PAGE.columns(23, 49, 28),
            [header_row("Subject", "Question", "Answer"), *rows],
            caption="What is known of the family and the home",
        )
    )


def _family_duties() -> Xml:
    """What the visitors hear of from their line manager: the paper that they take along does not say it."""
    row = Row([words("{{ item.clause }}", strong=True), words("{{ item.says }}"), words("{{ item.who }}")])
    duties = table(
        PAGE.columns(10, 70, 20),
        [header_row("Clause", "What it asks", "Who"), *each_row("item in family_duties", 3, row)],
        caption="What the policy asks because of what is known of the family",
    )
    lead = "The visitors' own paper leaves this out. Go through it with them before they leave."
    return heading("What the policy asks because of what is known, or not known, of the family", 2) + either(
        "family_duties", text(lead, "Lead") + duties, text("The policy asks nothing more because of it.")
    )


def _silences() -> Xml:
    row = Row([words("{{ item.topic }}", strong=True), words("{{ item.because }}"), words("{{ item.calls_for }}")])
    silences = table(
        PAGE.columns(22, 60, 18),
        [header_row("Subject", "Why it matters here", "Calls for"), *each_row("item in silences", 3, row)],
        caption="Where the policy says nothing",
    )
    return heading("Silences", 2) + either(
        "silences",
        text("What the policy does not mention, it does not thereby permit.", "Lead") + silences,
        text("The policy is silent on nothing that this visit raises."),
    )


def _contradictions() -> Xml:
    row = Row(
        [
            words("{{ item.clauses }}", strong=True),
            listed("line in item.says", "{{ line.text }}"),
            words("{{ item.because }}"),
            words("{{ item.calls_for }}"),
        ]
    )
    contradictions = table(
        PAGE.columns(14, 40, 28, 18),
        [
            header_row("Clauses", "What they say", "How they collide", "Calls for"),
            *each_row("item in contradictions", 4, row),
        ],
        caption="Where clauses of the policy collide",
    )
    return heading("Contradictions", 2) + either(
        "contradictions", contradictions, text("No two clauses collide on this visit.")
    )


def _signatures() -> Xml:
    assessor = by_hand(write_in("sign.assessor_name", "Name of the assessor", "Name"))
    authoriser = by_hand(write_in("authorise.name", "Name of the authoriser", "Name"))
    verdict = choose(
        "authorise.decision",
        "Decision of the authoriser",
        "Authorised, authorised with the conditions above, or not authorised",
        ("Authorised", "Authorised with the conditions above", "Not authorised"),
    )
    reason = write_in(
        "authorise.reason", "Reason of the authoriser", "Needed where this departs from the decision above", lines=True
    )
    signature = by_hand(write_in("sign.authoriser", "Signature: authoriser", "Sign here"))
    signed_on = by_hand(pick_date("authorise.date", "Date of signature: authoriser"))
    reviewed = by_hand(pick_date("sign.reviewed_on", "Date of review"))
    rows = [
        header_row("Who", "Name", "Signature", "Date"),
        signing([label("Assessor"), assessor], "assessor", "assessor"),
        *each_row(
            "visitor in visitors", 4, signing([label("Visitor"), words("{{ visitor.name }}")], "visitor", "visitor")
        ),
        Row([label("Authoriser"), authoriser, signature, signed_on], tall=True),
        Row([label("Authoriser's decision"), Cell(paragraph(verdict, style="TableText"), span=3)], tall=True),
        Row([label("Authoriser's reason"), Cell(paragraph(reason, style="TableText"), span=3)], tall=True),
        Row([label("Review"), words("{{ review_on }}"), label("Reviewed on"), reviewed]),
    ]
    lead = "Nobody authorises their own visit. An authorisation lapses when anything that was authorised changes."
    return (
        heading("Signatures and review")
        + text(lead, "Lead")
        + table(PAGE.columns(18, 34, 30, 18), together(rows), caption="Signatures and review")
        + text("Policy data {{ policy.fingerprint }}. {{ policy.review_line }}", "Small", keep_next=True)
    )


def form() -> Form:
    body = (
        _opening()
        + _decision()
        + _visit()
        + _conditions()
        + _open_questions()
        + _remedies()
        + _known()
        + _family_duties()
        + _hazards()
        + heading("Where the policy is silent or contradicts itself")
        + _silences()
        + _contradictions()
        + _signatures()
        + form_line()
        + _matrix()
        + gap()
    )
    return Form(TITLE, "Risk assessment", PAGE, body)
