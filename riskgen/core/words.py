"""Facts in words, so that every reason reads the same on screen, on paper and in JSON."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time

from riskgen.core.conditions import Condition, Value, deciding
from riskgen.core.model import Facts, Question
from riskgen.core.result import CalledFor
from riskgen.core.terms import Do, Outcome, QuestionType
from riskgen.core.visit import State

YES, NO = "Yes", "No"
NOT_RECORDED = "Not recorded"
NOT_WORKED_OUT = "Not known"
"""Of a derived question: nobody records its answer, it is worked out from others."""

STATES: Mapping[State, str] = {
    State.ASSESSED: "Not authorised yet",
    State.AUTHORISED: "Authorised",
    State.OUT: "Out",
    State.RETURNED: "Back",
    State.RECORDED: "Back, and recorded",
    State.CLOSED: "Back, and closed",
    State.CANCELLED: "Cancelled",
}
"""How a visit stands that is no draft any more."""
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.PROCEED: "Proceed",
    Outcome.PROCEED_WITH_CONDITIONS: "Proceed with conditions",
    Outcome.REFER: "Refer to a person who decides",
    Outcome.DO_NOT_VISIT: "Do not visit",
}
DO_WORDS = {
    Do.LEAVE: "Leave",
    Do.CANCEL: "Call the visit off",
    Do.DO_NOT_GO_IN: "Do not go in",
    Do.RING: "Ring",
    Do.WAIT: "Wait",
    Do.LEAVE_CARD: "Leave a calling card",
    Do.ASK: "Ask",
    Do.REFRAIN: "Refrain from",
    Do.GO_IN: "You may go in",
    Do.RECORD: "Write down",
}
_OF_THEIR_OWN = (Do.LEAVE, Do.CANCEL, Do.DO_NOT_GO_IN, Do.GO_IN)
"""Words that are whole without a detail."""


def answer_words(question: Question, value: Value | None) -> str:
    """An answer as it is printed. What is not recorded says so; it is never blank and never "No"."""
    if value is None:
        return NOT_WORKED_OUT if question.derived else NOT_RECORDED
    if isinstance(value, bool):
        return yes_no(value)
    if isinstance(value, (datetime, date, time)):
        return moment_words(value)
    if isinstance(value, frozenset):
        labels = [option.label for option in question.options if option.id in value]
        return ", ".join(labels) or "None"
    if isinstance(value, tuple):
        return ", ".join(moment_words(item) for item in value) or "None"
    if isinstance(value, int):
        unit = question.unit.removesuffix("s") if value == 1 else question.unit
        return f"{value} {unit}".strip()
    if question.type is QuestionType.CHOICE:
        return next((option.label for option in question.options if option.id == value), value)
    return value


def yes_no(value: bool | None) -> str:
    """Yes or no; of what nobody has said, that it is not recorded."""
    return NOT_RECORDED if value is None else YES if value else NO


def moment_words(value: datetime | date | time) -> str:
    """`Wednesday 2 December 2026, 10:30`, `2 December 2026` or `10:30`."""
    if isinstance(value, datetime):
        return f"{value:%A} {value.day} {value:%B %Y}, {value:%H:%M}"
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    return f"{value:%H:%M}"


def lower_first(text: str) -> str:
    """Text as it goes on within a sentence. Words such as DSL or SENCO stay as they are."""
    return text[:1].lower() + text[1:] if len(text) > 1 and not text[1].isupper() else text


def fact(question: Question, facts: Facts) -> str:
    """One fact: the question as it is asked, and its answer."""
    return f"{question.label} {answer_words(question, facts.get(question.name))}"


def facts_behind(
    conditions: Iterable[Condition | None], facts: Facts, catalogue: Mapping[str, Question]
) -> tuple[str, ...]:
    """The facts that make conditions come out as they do, each once. Personal text is left out."""
    names = dict.fromkeys(name for condition in conditions for name in deciding(condition, facts))
    asked = (catalogue[name] for name in names)
    return tuple(fact(question, facts) for question in asked if not question.personal)


def action_words(action: CalledFor) -> str:
    """What to do, as an instruction."""
    detail = lower_first(action.detail)
    colon = ":" if detail and action.do in _OF_THEIR_OWN else ""
    return f"{DO_WORDS[action.do]}{colon} {detail}".rstrip()
