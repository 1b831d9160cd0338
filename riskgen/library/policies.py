"""Reading one edition of a policy."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from riskgen.core.conditions import Condition, Not
from riskgen.core.model import (
    Action,
    AuthoriseRule,
    Clause,
    Contradiction,
    Do,
    Effect,
    Kind,
    Ladders,
    Outcome,
    Phase,
    Policy,
    Question,
    QuestionType,
    Rung,
    Topic,
)
from riskgen.files.schema import Schema, parse_date
from riskgen.files.yaml import Place
from riskgen.library.source import Source, near, several, text

_TEXT = {"type": "string"}
_NEEDED = {"type": "string", "required": True}
_GROUP = {"type": "dict"}
_CLAUSE_ID = {"type": "string", "regex": r"[A-Z][A-Z0-9]*-[A-Z0-9]+", "required": True}
_WORDS = {"type": "list", "schema": _TEXT}
_WORD_OR_WORDS = {"type": ["string", "list"], "schema": _TEXT}
_MINUTES = {"type": "integer", "min": 0, "max": 1440}
_LADDER = {
    "type": "list",
    "schema": {"type": "dict", "schema": {"after_minutes": _MINUTES, "do": _NEEDED, "who": _NEEDED, "clause": _TEXT}},
}
LADDERS_SCHEMA: Schema = {"overdue": _LADDER, "missed_check_in": _LADDER, "safe_word": _LADDER}

CLAUSE_SCHEMA: Schema = {
    "id": _CLAUSE_ID,
    "clause": _NEEDED,
    "kind": {"type": "string", "allowed": [kind.value for kind in Kind], "required": True},
    "phase": {**_WORD_OR_WORDS, "required": True},
    "topic": {**_WORD_OR_WORDS, "required": True},
    "says": _NEEDED,
    "numbers": {
        "type": "dict",
        "keysrules": {"type": "string", "regex": "[a-z_]+"},
        "valuesrules": {"type": "integer", "min": 0},
    },
    "applies": _GROUP,
    "unless": {"type": "dict", "schema": {"when": {"type": "dict", "required": True}, "clause": _NEEDED}},
    "met": {"type": "dict", "excludes": "breached"},
    "breached": {"type": "dict", "excludes": "met"},
    "broken": {
        "type": "dict",
        "schema": {
            "decision": {"type": "string", "allowed": [outcome.id for outcome in Outcome], "required": True},
            "condition": _TEXT,
            "instead": _TEXT,
        },
    },
    "who": _TEXT,
    "now": {
        "type": "list",
        "schema": {
            "type": "dict",
            "schema": {
                "do": {"type": "string", "allowed": [do.value for do in Do], "required": True},
                "when": _GROUP,
                "detail": _TEXT,
                "minutes": {"type": ["integer", "string"]},
                "counting": _TEXT,
            },
        },
    },
}
POLICY_SCHEMA: Schema = {
    "id": {"type": "string", "regex": r"[a-z][a-z0-9-]*", "required": True},
    "name": _NEEDED,
    "in_force": {"check_with": "date", "required": True},
    "review_due": {"check_with": "date"},
    "withdrawn": {"check_with": "date"},
    "note": _TEXT,
    "words": {"type": "dict", "valuesrules": _TEXT},
    "authorise": {
        "type": "list",
        "schema": {
            "type": "dict",
            "schema": {"visitors": _WORDS, "by": {**_WORDS, "required": True, "minlength": 1}, "clause": _NEEDED},
        },
    },
    "check_in": {"type": "dict", "schema": {"every_minutes": {**_MINUTES, "required": True}, "clause": _NEEDED}},
    "ladders": {"type": "dict", "schema": LADDERS_SCHEMA},
    "contradictions": {
        "type": "list",
        "schema": {
            "type": "dict",
            "schema": {
                "clauses": {**_WORDS, "required": True, "minlength": 2},
                "phase": {**_WORD_OR_WORDS, "required": True},
                "when": {"type": "dict", "required": True},
                "because": _NEEDED,
            },
        },
    },
    "clauses": {"type": "list", "required": True, "minlength": 1, "schema": {"type": "dict", "schema": CLAUSE_SCHEMA}},
}
_WEIGHED = frozenset({Kind.REQUIRED, Kind.FORBIDDEN, Kind.ADVISED})
ROLES_QUESTION = "visit.visitor_roles"
"""The question whose options are the roles that staff may hold."""


def read_policy(
    source: Source, questions: Mapping[str, Question], topics: tuple[Topic, ...], raw_text: str
) -> Policy | None:
    """One edition of a policy, or None where the file cannot be made out. Faults are in `source`."""
    if not source.readable or not source.fits(POLICY_SCHEMA):
        return None
    data: Any = source.document.data
    known_topics = {topic.id: topic for topic in topics}
    clauses: dict[str, Clause] = {}
    for index, raw in enumerate(data["clauses"]):
        clause = _clause(source, ("clauses", index), raw, questions, known_topics)
        if clause.id in clauses:
            source.fault(
                ("clauses", index, "id"),
                "clause-twice",
                f"There are two clauses '{clause.id}'.",
                f"The first is on line {clauses[clause.id].line}.",
            )
        clauses[clause.id] = clause
    for index, raw in enumerate(data["clauses"]):
        named = (raw.get("unless") or {}).get("clause")
        if named:
            _known_clause(source, ("clauses", index, "unless", "clause"), named, clauses)
    check_in = data.get("check_in") or {}
    if check_in:
        _known_clause(source, ("check_in", "clause"), check_in["clause"], clauses)
    in_force = parse_date(data["in_force"])
    if in_force is None:
        return None
    return Policy(
        text(data["id"]),
        text(data["name"]),
        in_force,
        tuple(clauses.values()),
        parse_date(text(data.get("review_due"))),
        parse_date(text(data.get("withdrawn"))),
        text(data.get("note")),
        {key: text(value) for key, value in (data.get("words") or {}).items()},
        tuple(
            _authorise(source, index, raw, questions, clauses) for index, raw in enumerate(data.get("authorise") or ())
        ),
        tuple(
            _contradiction(source, index, raw, questions, clauses)
            for index, raw in enumerate(data.get("contradictions") or ())
        ),
        check_in.get("every_minutes"),
        text(check_in.get("clause")),
        read_ladders(source, ("ladders",), data.get("ladders") or {}, clauses),
        fingerprint(raw_text),
        source.document.path,
    )


def fingerprint(raw_text: str) -> str:
    """SHA-256 of a data file as text, so that line endings do not matter."""
    return hashlib.sha256("\n".join(raw_text.splitlines()).encode()).hexdigest()


def read_ladders(source: Source, place: Place, raw: Mapping[str, Any], clauses: Mapping[str, Clause] | None) -> Ladders:
    """The three ladders. A school's own fallback has no clauses to name, and passes None for them."""

    def ladder(name: str) -> tuple[Rung, ...]:
        rungs = []
        for index, item in enumerate(raw.get(name) or ()):
            clause = text(item.get("clause"))
            if clauses is not None:
                _known_clause(source, (*place, name, index, "clause"), clause, clauses)
            rungs.append(Rung(text(item["do"]), text(item["who"]), clause, item.get("after_minutes")))
        return tuple(rungs)

    return Ladders(ladder("overdue"), ladder("missed_check_in"), ladder("safe_word"))


def _clause(
    source: Source, place: Place, raw: Mapping[str, Any], questions: Mapping[str, Question], topics: Mapping[str, Topic]
) -> Clause:
    numbers = dict(raw.get("numbers") or {})
    kind = Kind(raw["kind"])
    phases = _phases(source, (*place, "phase"), raw["phase"])
    named = several(raw["topic"])
    for name in named:
        if name not in topics:
            source.fault((*place, "topic"), "topic-unknown", f"There is no topic '{name}'.", near(name, topics))

    def condition(key: str, value: Any, *below: str) -> Condition | None:
        return source.condition(value, (*place, key, *below), questions, numbers) if value else None

    unless = raw.get("unless") or {}
    met = condition("met", raw.get("met"))
    breached = condition("breached", raw.get("breached"))
    if breached is not None:
        met = Not(breached)
    weighed = kind in _WEIGHED and (Phase.BEFORE in phases or Phase.ALWAYS in phases)
    if weighed and (met is None or not raw.get("broken")):
        hint = "Add 'met' (or 'breached') and 'broken'."
        source.fault(
            place,
            "clause-unweighed",
            f"{raw['id']} is {kind.value} before the visit, but does not say what meets it or what follows.",
            hint,
        )
    if raw.get("broken") and met is None:
        source.fault(
            (*place, "broken"),
            "clause-broken",
            f"{raw['id']} says what follows when it is broken, but not what meets it.",
            "Add 'met' or 'breached'.",
        )
    return Clause(
        text(raw["id"]),
        text(raw["clause"]),
        kind,
        phases,
        named,
        _filled(source, (*place, "says"), text(raw["says"]), numbers),
        condition("applies", raw.get("applies")),
        condition("unless", unless.get("when"), "when"),
        text(unless.get("clause")),
        met,
        _effect(source, (*place, "broken"), raw.get("broken"), text(raw.get("who")), numbers),
        tuple(
            _action(source, (*place, "now", index), item, questions, numbers)
            for index, item in enumerate(raw.get("now") or ())
        ),
        numbers,
        text(raw.get("who")),
        source.document.path,
        source.document.line(place),
    )


def _effect(
    source: Source, place: Place, raw: Mapping[str, Any] | None, who: str, numbers: Mapping[str, int]
) -> Effect | None:
    if raw is None:
        return None
    outcome = Outcome.from_id(raw["decision"])
    if (outcome is Outcome.PROCEED_WITH_CONDITIONS) != bool(raw.get("condition")):
        source.fault(
            place,
            "effect-condition",
            "'condition' goes with proceed-with-conditions, and only with it.",
            "Say what is to be done, as an instruction.",
        )
    if outcome is Outcome.DO_NOT_VISIT and not raw.get("instead"):
        source.fault(
            place, "effect-instead", "A clause that forbids the visit must say what to do instead.", "Add 'instead'."
        )
    if outcome is Outcome.PROCEED_WITH_CONDITIONS and not who:
        source.fault(place, "effect-who", "A condition needs somebody who sees to it.", "Add 'who' to the clause.")
    return Effect(
        outcome,
        _filled(source, (*place, "condition"), text(raw.get("condition")), numbers),
        who,
        _filled(source, (*place, "instead"), text(raw.get("instead")), numbers),
    )


def _action(
    source: Source, place: Place, raw: Mapping[str, Any], questions: Mapping[str, Question], numbers: Mapping[str, int]
) -> Action:
    do, counting, minutes = Do(raw["do"]), text(raw.get("counting")), raw.get("minutes", 0)
    if isinstance(minutes, str):
        if minutes not in numbers:
            source.fault(
                (*place, "minutes"),
                "condition-number",
                f"The clause has no number '{minutes}'.",
                near(minutes, numbers),
            )
        minutes = numbers.get(minutes, 0)
    if (do is Do.WAIT) != bool(counting and minutes) and (do is not Do.WAIT or minutes or counting):
        source.fault(place, "action-wait", "'minutes' and 'counting' go together, and only with 'wait'.")
    counted = questions.get(counting)
    if counting and (counted is None or counted.type is not QuestionType.NUMBER):
        source.fault(
            (*place, "counting"),
            "action-counting",
            f"'{counting}' is not a question that takes a number.",
            near(counting, questions),
        )
    if do in (Do.RING, Do.RECORD, Do.ASK, Do.REFRAIN) and not raw.get("detail"):
        source.fault(place, "action-detail", f"'{do.value}' needs a 'detail': whom or what.")
    when = raw.get("when")
    condition = source.condition(when, (*place, "when"), questions, numbers) if when else None
    return Action(
        do, condition, _filled(source, (*place, "detail"), text(raw.get("detail")), numbers), minutes, counting
    )


def _phases(source: Source, place: Place, raw: Any) -> tuple[Phase, ...]:
    phases = []
    for word in several(raw):
        if word in list(Phase):
            phases.append(Phase(word))
        else:
            source.fault(place, "phase-unknown", f"There is no phase '{word}'.", f"Choose from: {', '.join(Phase)}.")
    return tuple(phases)


def _filled(source: Source, place: Place, words: str, numbers: Mapping[str, int]) -> str:
    """Words with each {number} of the clause written out."""

    def number(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in numbers:
            source.fault(place, "number-unknown", f"The clause has no number '{name}'.", near(name, numbers))
        return str(numbers.get(name, name))

    return re.sub(r"\{(\w+)\}", number, words)


def _authorise(
    source: Source, index: int, raw: Mapping[str, Any], questions: Mapping[str, Question], clauses: Mapping[str, Clause]
) -> AuthoriseRule:
    place = ("authorise", index)
    roles = {option.id: option for option in questions[ROLES_QUESTION].options} if ROLES_QUESTION in questions else {}
    for key in ("visitors", "by"):
        for at, role in enumerate(raw.get(key) or ()):
            if role not in roles:
                source.fault((*place, key, at), "role-unknown", f"There is no role '{role}'.", near(role, roles))
    _known_clause(source, (*place, "clause"), raw["clause"], clauses)
    return AuthoriseRule(several(raw["by"]), text(raw["clause"]), several(raw.get("visitors")))


def _contradiction(
    source: Source, index: int, raw: Mapping[str, Any], questions: Mapping[str, Question], clauses: Mapping[str, Clause]
) -> Contradiction:
    place = ("contradictions", index)
    for at, name in enumerate(raw["clauses"]):
        _known_clause(source, (*place, "clauses", at), name, clauses)
    when = source.condition(raw["when"], (*place, "when"), questions)
    return Contradiction(
        several(raw["clauses"]), text(raw["because"]), _phases(source, (*place, "phase"), raw["phase"]), when
    )


def _known_clause(source: Source, place: Place, name: str, clauses: Mapping[str, Clause]) -> None:
    if name not in clauses:
        source.fault(
            place,
            "clause-unknown",
            f"The policy has no clause '{name}'.",
            near(name, clauses) or "Name the clause that this rests on.",
        )
