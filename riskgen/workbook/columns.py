"""The columns of the annual workbook: what each is called, what it means, and how it is shown.

A column is a field of a row of `core.yearly` or `core.audit`; the sheet "Dictionary" prints what stands here.
"""

from collections.abc import Mapping

from riskgen.core.audit import AuditLine
from riskgen.core.struct import Struct
from riskgen.core.yearly import AttemptRow, HazardRow, SurpriseRow, VisitRow
from riskgen.workbook.styles import Look


class Column(Struct, frozen=True):
    """One column. `field` is that of the row; `look` and `width` (in characters) are how it is shown.

    `question` names the question of `questions.yaml` whose answer it is, where it is one.
    """

    field: str
    head: str
    meaning: str
    width: int = 14
    look: Look = Look.TEXT
    question: str = ""


class RowSheet(Struct, frozen=True):
    """A sheet with a row for each thing of a kind, as an Excel table of the name `table`."""

    title: str
    table: str
    rows: type
    about: str
    columns: tuple[Column, ...]
    never_empty: str = "reference"
    """The field that every row has, by which it is known whether the row is shown."""

    def head(self, field: str) -> str:
        """What the column of a field is called. Raises `StopIteration` for a field without one."""
        return next(column.head for column in self.columns if column.field == field)


SHOWN = Column(
    "shown",
    "Counted",
    "1 while the row is shown, 0 while a filter hides it. The totals count by it, so that they follow the filter.",
    10,
    Look.NUMBER,
)
"""The last column of every sheet that totals count."""
_REFERENCE = Column("reference", "Reference", "The reference of the visit in the register.", 14)
_DAY = Column("day", "Date", "The day for which the visit was planned.", 12, Look.DATE)

REGISTER = RowSheet(
    "Register",
    "Register",
    VisitRow,
    "A row for each visit that was planned for a day of the range, however it ended.",
    (
        _REFERENCE,
        Column("state", "State", "How far the visit has come. Of one that was erased nothing else is left.", 22),
        Column("day", "Date", "The day for which it was planned.", 12, Look.DATE, "visit.start"),
        Column("start", "Start", "The time at which it was to start.", 8, Look.TIME, "visit.start"),
        Column("minutes", "Minutes", "How long it was expected to last.", 10, Look.NUMBER, "visit.minutes"),
        Column("purpose", "Purpose", "What it was for.", 32, question="visit.purpose"),
        Column("family", "Family", "The family's reference; never its name.", 12, question="family.reference"),
        Column("visitors", "Visitors", "Who was to go, as they were called when it was assessed.", 28),
        Column("visitor_count", "How many went", "How many were to go.", 10, Look.NUMBER, "visit.staff_count"),
        Column("alone", "Alone", "Whether one member of staff was to go without another.", 10),
        Column(
            "notice_hours",
            "Notice in hours",
            "Whole hours from when it was first entered to its start.",
            10,
            Look.NUMBER,
        ),
        Column("short_notice", "At short notice", "Whether it was entered less than 24 hours before its start.", 10),
        Column(
            "after_hours",
            "After hours",
            "Whether any of it was to be in the evening, as the school has it, or on a Saturday or a Sunday.",
            12,
            question="visit.evening",
        ),
        Column("made", "Went out", "Whether the visitors left for it.", 10),
        Column("initial", "Initial rating", "The highest rating of its hazards before control measures.", 12),
        Column("residual", "Residual rating", "The highest rating with the control measures that are in place.", 12),
        Column(
            "rating",
            "Rating that stood",
            "The highest residual rating, with what people have made of single ratings counted in.",
            14,
        ),
        Column("decision", "Decision computed", "What the policy and the ratings called for.", 30),
        Column("outcome", "Decision that stood", "The same, with what people have decided counted in.", 30),
        Column("overridden", "Decided otherwise", "Whether a person's decision against the result stands.", 12),
        Column(
            "to_confirm",
            "Clauses to confirm",
            "How many clauses rest on answers that nobody had given when it was last assessed.",
            12,
            Look.NUMBER,
        ),
        Column("authorised_by", "Authorised by", "Whose authorisation stands, or stood when it left. Empty: nobody's."),
        Column("authorised_at", "Authorised at", "When that was given.", 17, Look.MOMENT),
        Column("left_at", "Left at", "When the visitors left. Empty: they did not.", 17, Look.MOMENT),
        Column("due_back", "Due back", "When they were due back, as agreed or else as planned.", 17, Look.MOMENT),
        Column("back_at", "Back at", "When everybody was back or safe. Empty: nobody has said so.", 17, Look.MOMENT),
        Column("minutes_late", "Minutes late", "Minutes by which they were back later than due.", 10, Look.NUMBER),
        Column("check_ins", "Check-ins", "How often the visitors were heard of on the way.", 10, Look.NUMBER),
        Column("alarm", "Safe word heard", "Whether an alarm was raised.", 10),
        Column("ending", "How it ended", "What the record says of how it ended.", 40),
        Column("concern", "Safeguarding concern", "Whether the record says that it left one.", 14),
        Column("incident", "Incident", "Whether the record says that there was one.", 12),
        Column("recorded_at", "Recorded at", "When it was first recorded. Empty: never.", 17, Look.MOMENT),
        Column("recorded_late", "Recorded late", "Whether that was later than the school allows.", 12),
        Column("actions_open", "Actions open", "Actions of the record that are not done.", 10, Look.NUMBER),
        Column("to_look_at", "To look at", "Lines of the sheet Compliance that nothing explains yet.", 10, Look.NUMBER),
        Column("after_the_fact", "Assessed late", "Whether it went out before it was assessed.", 10),
        Column("policy", "Policy", "The policy that was applied.", 44),
        Column("edition", "Edition", "The day from which that edition is in force.", 12),
        SHOWN,
    ),
)
HAZARDS = RowSheet(
    "Hazards",
    "Hazards",
    HazardRow,
    "A row for each visit and each hazard that applies to it, or may.",
    (
        _REFERENCE,
        _DAY,
        Column("hazard", "Hazard", "What may do harm.", 64),
        Column("applies", "Applies", "Yes; or Not recorded, where nothing rules it out.", 12),
        Column("matrix", "Matrix", "The risk matrix on which it is rated.", 28),
        Column("likelihood", "Initial likelihood", "How likely harm is before control measures.", 16),
        Column("severity", "Initial severity", "How severe it would be.", 16),
        Column("score", "Initial score", "The product of the two levels' places on the matrix.", 10, Look.NUMBER),
        Column("rating", "Initial rating", "What the matrix makes of the two.", 12),
        Column("residual_likelihood", "Residual likelihood", "The same with the measures that are in place.", 16),
        Column("residual_severity", "Residual severity", "The same with the measures that are in place.", 16),
        Column("residual_score", "Residual score", "The same with the measures that are in place.", 10, Look.NUMBER),
        Column("residual_rating", "Residual rating", "What the matrix makes of the two.", 12),
        Column("in_place", "Measures in place", "Control measures that are proved to be in place.", 10, Look.NUMBER),
        Column("not_confirmed", "Not confirmed", "Control measures of which nobody has said.", 12, Look.NUMBER),
        SHOWN,
    ),
)
COMPLIANCE = RowSheet(
    "Compliance",
    "Compliance",
    AuditLine,
    "The audit: a row for each visit and each clause that was broken, decided otherwise, recorded late or never; for "
    "missing authorisations, returns and records; and for policies past their review date.",
    (
        _REFERENCE,
        _DAY,
        Column("what", "What", "What the row is about; the Dictionary explains each kind.", 26, Look.LONG),
        Column("look", "To look at", "Yes where nothing explains it, or it is still to be done.", 10),
        Column("clause", "Clause", "The clause of the policy. Empty where the policy has none on it.", 12),
        Column("says", "What the clause says", "The clause in the words of the data.", 50, Look.LONG),
        Column("found", "What was found", "The facts, or the reason that somebody gave.", 60, Look.LONG),
        Column("who", "Who", "Who decided or recorded it.", 18),
        Column("at", "When", "When that was.", 17, Look.MOMENT),
        Column("made", "Went out", "Whether the visitors left for the visit.", 10),
        SHOWN,
    ),
    "what",
)
SURPRISES = RowSheet(
    "Predicted and seen",
    "Seen",
    SurpriseRow,
    "Below the counts: every visit with an incident, a concern or an alarm, and every one called off because it was "
    "not safe, beside the rating that it had.",
    (
        _REFERENCE,
        _DAY,
        Column("rating", "Rating that stood", "The highest residual rating, people's decisions counted in.", 18),
        Column("outcome", "Decision that stood", "What was decided on it.", 26),
        Column("ending", "How it ended", "What the record says of how it ended.", 32, Look.LONG),
        Column("incident", "Incident", "Whether there was one.", 14),
        Column("concern", "Safeguarding concern", "Whether it left one.", 14),
        Column("alarm", "Safe word heard", "Whether an alarm was raised.", 14),
    ),
)
MISSING = RowSheet(
    "Missing children",
    "Attempts",
    AttemptRow,
    "For a children-missing-education referral: every visit to a family at whose home nobody was met at least once, "
    "family by family, in order. It names children; send it only to whoever the referral goes to.",
    (
        Column("family", "Family", "The family's reference.", 12, question="family.reference"),
        Column("child", "Child", "The child's name.", 22, Look.LONG, question="child.name"),
        Column("born_on", "Born on", "The child's date of birth.", 12, Look.DATE, "child.born_on"),
        Column("year_group", "Year group", "The child's year group or class.", 12, question="child.year_group"),
        Column("address", "Address", "The home that was visited.", 30, Look.LONG, question="family.address"),
        Column("attempt", "Attempt", "Which of the visits to this family it was, from 1.", 9, Look.NUMBER),
        _REFERENCE,
        Column("day", "Date", "The day of the visit.", 12, Look.DATE, "visit.start"),
        Column("start", "Time", "The time at which it was to start.", 8, Look.TIME, "visit.start"),
        Column("visitors", "Visitors", "Who went.", 26, Look.LONG),
        Column("purpose", "Purpose", "What it was for.", 30, Look.LONG, question="visit.purpose"),
        Column("ending", "How it ended", "Whether anybody was met.", 28, Look.LONG),
        Column("why", "Why not as planned", "What the record says of why.", 30, Look.LONG),
        Column("seen", "What was seen", "What the record says was seen, of the child as of the home.", 40, Look.LONG),
        Column("agreed", "What was agreed", "What the record says was agreed.", 36, Look.LONG),
        Column("concern", "Safeguarding concern", "Whether it left one.", 14),
        Column("follows", "What follows", "The actions of the record, who does them and until when.", 40, Look.LONG),
    ),
)
ROW_SHEETS = (REGISTER, HAZARDS, COMPLIANCE, SURPRISES, MISSING)
COUNTED: Mapping[str, RowSheet] = {sheet.table: sheet for sheet in (REGISTER, HAZARDS, COMPLIANCE)}
"""The tables that totals count."""
