"""Facts, times and people in words, as they are printed on a form."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from riskgen.core.conditions import Value
from riskgen.core.model import Question, Staff
from riskgen.core.terms import Outcome, QuestionType, Status
from riskgen.core.truth import Truth
from riskgen.core.words import NOT_RECORDED, OUTCOMES, answer_words, moment_words

NO_CAR = "No car is used"
SILENCES: Mapping[Outcome, str] = {**OUTCOMES, Outcome.PROCEED: "Nothing; it is shown so that it is known"}
MEANINGS: Mapping[Outcome, str] = {
    Outcome.PROCEED: "Nothing in the policy or in the ratings stands in the way of the visit.",
    Outcome.PROCEED_WITH_CONDITIONS: "The visit may go ahead once every condition of the risk assessment has been met.",
    Outcome.REFER: "Nobody goes until somebody who may authorise the visit has decided, and has written down why.",
    Outcome.DO_NOT_VISIT: "Nobody goes to the home for this visit as it is planned.",
}
_NOTHING_OPEN = "The visit may go ahead. It was to go ahead on conditions, and none of them is open any more."


def meaning(outcome: Outcome, conditions: bool) -> str:
    """What an outcome means for the visitors. `conditions` says whether any is still open."""
    if outcome is Outcome.PROCEED_WITH_CONDITIONS and not conditions:
        return _NOTHING_OPEN
    return MEANINGS[outcome]


COLOURS: Mapping[Outcome, str] = {
    Outcome.PROCEED: "C6E0B4",
    Outcome.PROCEED_WITH_CONDITIONS: "FFE699",
    Outcome.REFER: "F8CBAD",
    Outcome.DO_NOT_VISIT: "F4B6B6",
}
STATUSES: Mapping[Status, str] = {
    Status.MET: "Met",
    Status.BROKEN: "Broken",
    Status.TO_CONFIRM: "To confirm",
    Status.NOT_APPLICABLE: "Not applicable",
}
TRUTHS: Mapping[Truth, str] = {Truth.YES: "Yes", Truth.NO: "No", Truth.UNKNOWN: NOT_RECORDED}
STATES: Mapping[Truth, str] = {Truth.YES: "In place", Truth.NO: "Not in place", Truth.UNKNOWN: "Not confirmed"}


def day(value: date) -> str:
    """`2 December 2026`."""
    return moment_words(value.date() if isinstance(value, datetime) else value)


def weekday(value: datetime) -> str:
    """`Wednesday 2 December 2026`."""
    return f"{value:%A} {day(value)}"


def clock(value: Value | None) -> str:
    """`10:30`, from a time or a moment."""
    return f"{value:%H:%M}" if isinstance(value, (time, datetime)) else NOT_RECORDED


def local(value: datetime, zone: str) -> datetime:
    """A moment as the clocks of the school show it. One without a zone is taken to be so already."""
    return value.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if value.tzinfo else value


def later(start: datetime, minutes: int, zone: str) -> datetime:
    """The time on the school's clocks some minutes after another, also in a night when they change."""
    there = start.replace(tzinfo=start.tzinfo or ZoneInfo(zone)).astimezone(UTC) + timedelta(minutes=minutes)
    return local(there, zone)


def duration(minutes: int) -> str:
    """`40 minutes`, `1 hour`, `2 hours 30 minutes`."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} hour{'s' if hours > 1 else ''}"] if hours else []
    if rest or not hours:
        parts.append(f"{rest} minute{'' if rest == 1 else 's'}")
    return " ".join(parts)


def listed(items: Iterable[str], joint: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    parts = list(items)
    return f" {joint} ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def sentence(text: str) -> str:
    return text if not text or text[-1] in ".?:" else f"{text}."


def person(staff_id: Value | None, directory: Iterable[Staff]) -> Staff | None:
    return next((staff for staff in directory if staff.id == staff_id), None)


def answer(question: Question, value: Value | None, directory: Iterable[Staff]) -> str:
    """An answer in words; a member of staff by name."""
    if question.type is QuestionType.STAFF and value is not None:
        found = person(value, directory)
        return found.name if found else str(value)
    return answer_words(question, value)
