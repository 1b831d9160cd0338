"""The small tables of the annual workbook: how many visits were so, by what, and what the ratings foresaw.

The same tables serve the school, as formulas, and the governors, as rounded numbers.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from riskgen.core.audit import What
from riskgen.core.model import Matrix
from riskgen.core.record import Ending
from riskgen.core.struct import Struct
from riskgen.core.words import NO, NOT_RECORDED, OUTCOMES, YES
from riskgen.core.yearly import ERASED, NOT_RATED, RECORDED_BEFORE, STATES
from riskgen.workbook.counts import MONTH, Count, Tally, months

_NOT_MADE = "Not made"
_FLAGS = (
    ("made", "The visitors left for it"),
    ("alone", "One member of staff alone"),
    ("short_notice", "At short notice (less than 24 hours)"),
    ("after_hours", "After hours (evening or weekend)"),
    ("overridden", "A person decided otherwise than the result"),
    ("after_the_fact", "Assessed only after it had gone out"),
    ("alarm", "The safe word was heard"),
    ("incident", "An incident"),
    ("concern", "A safeguarding concern"),
    ("recorded_late", "Recorded late"),
)
"""Fields of the register that are yes or no, and what is counted by them."""
_SEEN = (
    ("incident", "Incident"),
    ("concern", "Concern"),
    ("alarm", "Safe word heard"),
)
CUTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "Register": (
        (),
        (MONTH,),
        (MONTH, "made"),
        *((field,) for field in ("purpose", "outcome", "rating", "state")),
        *((field, "made") for field in ("purpose", "outcome", "rating")),
        *((field,) for field, _ in _FLAGS),
        ("rating", "ending"),
        *(("rating", field) for field, _ in _SEEN),
    ),
    "Hazards": (
        ("hazard",),
        ("hazard", "residual_rating"),
        ("matrix", "likelihood", "severity"),
        ("matrix", "residual_likelihood", "residual_severity"),
    ),
    "Compliance": (("what",), ("what", "look")),
}
"""What is counted together: every count of the workbook is one of these."""


class Line(Struct, frozen=True):
    """One line of a small table: what it counts, and the count of each column."""

    label: str | date
    counts: tuple[Count, ...]


class Block(Struct, frozen=True):
    """A small table. `over` are the heads of its columns, the first that of the labels; `chart` asks for a chart."""

    title: str
    over: tuple[str, ...]
    lines: tuple[Line, ...]
    chart: bool = False


def _register(*criteria: tuple[str, str | date | None]) -> Count:
    return Count("Register", criteria)


def summary(tally: Tally, first: date, last: date, ratings: Sequence[str]) -> tuple[Block, ...]:
    """The tables of the summary. `ratings` are the names of the ratings, the lowest first."""
    outcomes = [*OUTCOMES.values(), *_others(tally, "outcome", OUTCOMES.values())]
    return (
        Block(
            "Visits",
            ("", "Visits"),
            (
                Line("All visits of the register in this range", (_register(),)),
                *(Line(words, (_register(("state", words)),)) for words in (*STATES.values(), RECORDED_BEFORE, ERASED)),
            ),
        ),
        Block(
            "By month",
            ("Month", "Visits", "Went out"),
            tuple(
                Line(month, (_register((MONTH, month)), _register((MONTH, month), ("made", YES))))
                for month in months(first, last)
            ),
            chart=True,
        ),
        _by("purpose", "By purpose", "Purpose", sorted(tally.values("Register", "purpose"))),
        _by("outcome", "By the decision that stood", "Decision", outcomes),
        _by("rating", "By the rating that stood", "Rating", [*ratings, NOT_RATED]),
        Block(
            "How visits were made",
            ("", YES, NO, NOT_RECORDED, _NOT_MADE),
            tuple(
                Line(label, tuple(_register((field, value)) for value in (YES, NO, NOT_RECORDED, _NOT_MADE)))
                for field, label in _FLAGS
            ),
        ),
        Block(
            "What the audit found (the sheet Compliance)",
            ("What", "Rows", "To look at"),
            tuple(
                Line(
                    what.value,
                    (Count("Compliance", (("what", what),)), Count("Compliance", (("what", what), ("look", YES)))),
                )
                for what in What
            ),
        ),
        Block(
            "Hazards",
            ("Hazard", "Visits", *(f"{name}, residual" for name in ratings)),
            tuple(
                Line(
                    hazard,
                    (
                        Count("Hazards", (("hazard", hazard),)),
                        *(Count("Hazards", (("hazard", hazard), ("residual_rating", name))) for name in ratings),
                    ),
                )
                for hazard in sorted(tally.values("Hazards", "hazard"))
            ),
        ),
    )


def _by(field: str, title: str, head: str, values: Iterable[str]) -> Block:
    return Block(
        title,
        (head, "Visits", "Went out"),
        tuple(Line(value, (_register((field, value)), _register((field, value), ("made", YES)))) for value in values),
        chart=True,
    )


def _others(tally: Tally, field: str, known: Iterable[str]) -> list[str]:
    """Values that the register has beside those that are known, such as Not recorded."""
    return [value for value in tally.values("Register", field) if value not in set(known)]


def predicted(ratings: Sequence[str]) -> Block:
    """The rating that stood against what was recorded."""
    endings = [ending.words for ending in Ending]
    return Block(
        "The rating that stood, against what was recorded",
        ("Rating", "Visits", "Went out", *endings, NOT_RECORDED, *(label for _, label in _SEEN)),
        tuple(
            Line(
                rating,
                (
                    _register(("rating", rating)),
                    _register(("rating", rating), ("made", YES)),
                    *(_register(("rating", rating), ("ending", ending)) for ending in (*endings, NOT_RECORDED)),
                    *(_register(("rating", rating), (field, YES)) for field, _ in _SEEN),
                ),
            )
            for rating in (*ratings, NOT_RATED)
        ),
    )


def heat_map(matrix: Matrix, called: str, *, residual: bool) -> Block:
    """A risk matrix with the number of hazards in each cell; the highest likelihood first, as it is drawn.

    `called` is its name in the rows.
    """
    likelihood, severity = ("residual_likelihood", "residual_severity") if residual else ("likelihood", "severity")
    when = "with the control measures that are in place (residual)" if residual else "before control measures (initial)"
    return Block(
        f"{called}: {when}",
        ("Likelihood down, severity across", *(level.name for level in matrix.severity)),
        tuple(
            Line(
                row.name,
                tuple(
                    Count("Hazards", (("matrix", called), (likelihood, row.name), (severity, column.name)))
                    for column in matrix.severity
                ),
            )
            for row in reversed(matrix.likelihood)
        ),
    )
