"""Reading `data/retention.yaml`: how long the school keeps its records, and counting from there."""

from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from riskgen.core.problem import Problem
from riskgen.core.struct import Struct
from riskgen.files.schema import Schema
from riskgen.library.source import ID, NEEDED, TEXT, Source, text

RETENTION_FILE = "retention.yaml"


class What(StrEnum):
    """The kinds of records that the register keeps of people."""

    VISIT = "visit"
    MARKER = "marker"


class When(StrEnum):
    """What a visit must have been for a line to be about it. `any` is every record that no line above it is about."""

    CONCERN = "concern"
    INCIDENT = "incident"
    CANCELLED = "cancelled"
    ANY = "any"


class Since(StrEnum):
    """The day from which years are counted."""

    VISIT = "visit"
    BIRTH = "birth"
    CLOSED = "closed"
    LAPSED = "lapsed"

    @property
    def words(self) -> str:
        return _SINCE_WORDS[self]


_SINCE_WORDS = {
    Since.VISIT: "the day of the visit",
    Since.BIRTH: "the child's date of birth",
    Since.CLOSED: "the day on which the visit was closed or cancelled",
    Since.LAPSED: "the day on which the marker ended",
}
_COUNTS_FROM: Mapping[What, tuple[Since, ...]] = {
    What.VISIT: (Since.VISIT, Since.BIRTH, Since.CLOSED),
    What.MARKER: (Since.LAPSED,),
}

RETENTION_SCHEMA: Schema = {
    "note": TEXT,
    "records": {
        "type": "list",
        "required": True,
        "minlength": 1,
        "schema": {
            "type": "dict",
            "schema": {
                "id": ID,
                "label": NEEDED,
                "what": {"type": "string", "allowed": [what.value for what in What], "required": True},
                "when": {"type": "string", "allowed": [when.value for when in When]},
                "keep_years": {"type": "integer", "min": 1, "max": 100, "required": True},
                "from": {"type": "string", "allowed": [since.value for since in Since], "required": True},
                "source": NEEDED,
            },
        },
    },
}


class RetentionRule(Struct, frozen=True):
    """One line of the schedule: these records are kept for so many whole years from that day."""

    id: str
    label: str
    what: What
    when: When
    keep_years: int
    since: Since
    source: str


class Schedule(Struct, frozen=True):
    """How long records are kept. A schedule that was read without fault has a line for every record."""

    note: str
    rules: tuple[RetentionRule, ...]

    def rule_for(self, what: What, was: Collection[When] = ()) -> RetentionRule:
        """The first line that is about a record of this kind; `was` is what is true of the visit."""
        return next(rule for rule in self.rules if rule.what is what and (rule.when is When.ANY or rule.when in was))


def due_on(rule: RetentionRule, since: date | None) -> date | None:
    """The first day on which a record may be erased: the same day of the year, `keep_years` later.

    29 February is followed by 1 March in a year that has none, so that nothing goes a day early. None where the
    day to count from is not known, or the years run beyond the calendar: then the record is never due.
    """
    if since is None:
        return None
    year = since.year + rule.keep_years
    try:
        return since.replace(year=year)
    except ValueError:
        return date(year, 3, 1) if year <= date.max.year else None


def load_schedule(folder: Path) -> tuple[Schedule | None, tuple[Problem, ...]]:
    """The schedule of a `data/` folder; with any fault, None."""
    shown = f"{folder.name}/{RETENTION_FILE}"
    if not (folder / RETENTION_FILE).exists():
        message = "There is no schedule of how long records are kept."
        hint = (
            "Put the file back. riskgen init with --force adds what a school's folder lacks, and changes nothing else."
        )
        return None, (Problem(shown, 1, "retention-missing", message, hint),)
    source = Source.read(folder / RETENTION_FILE, shown)
    return read_schedule(source), tuple(source.problems)


def read_schedule(source: Source) -> Schedule | None:
    """The school's schedule, or None with the faults in `source`."""
    if not source.readable or not source.fits(RETENTION_SCHEMA):
        return None
    data: Any = source.document.data
    before = len(source.problems)
    rules: list[RetentionRule] = []
    for index, raw in enumerate(data["records"]):
        rule = RetentionRule(
            text(raw["id"]),
            text(raw["label"]),
            What(raw["what"]),
            When(raw.get("when", When.ANY)),
            raw["keep_years"],
            Since(raw["from"]),
            text(raw["source"]),
        )
        _check(source, index, rule, rules)
        rules.append(rule)
    for what in What:
        if len(source.problems) == before and not any(rule.what is what and rule.when is When.ANY for rule in rules):
            source.fault(
                ("records",),
                "retention-rest",
                f"No line says how long every other {what} is kept.",
                f"Add a line for '{what}' without 'when', below the others.",
            )
    return Schedule(text(data.get("note")), tuple(rules)) if len(source.problems) == before else None


def _check(source: Source, index: int, rule: RetentionRule, above: list[RetentionRule]) -> None:
    """What one line may say, beside those above it."""
    place = ("records", index)
    if any(other.id == rule.id for other in above):
        source.fault(
            (*place, "id"), "retention-twice", f"There are two lines '{rule.id}'.", "Give one of them an id of its own."
        )
    if rule.what is not What.VISIT and rule.when is not When.ANY:
        message = f"'{rule.when}' is said of visits, not of a {rule.what}."
        source.fault((*place, "when"), "retention-when", message, "Take 'when' out.")
    if rule.since not in _COUNTS_FROM[rule.what]:
        message = f"The years of a {rule.what} cannot be counted from '{rule.since}'."
        source.fault((*place, "from"), "retention-from", message, f"It takes: {', '.join(_COUNTS_FROM[rule.what])}.")
    hides = [other for other in above if other.what is rule.what and other.when in (rule.when, When.ANY)]
    if hides:
        source.fault(
            place,
            "retention-hidden",
            f"'{rule.id}' is never used: '{hides[0].id}' stands above it and is about the same records.",
            "Put it above that line, or take one of them out.",
        )
