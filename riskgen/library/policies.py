"""Reading one edition of a policy."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from riskgen.core.conditions import Condition, Not
from riskgen.core.model import (
    Action,
    AuthoriseRule,
    Clause,
    Contradiction,
    Effect,
    FormCall,
    Policy,
    Question,
    Topic,
)
from riskgen.core.terms import Do, Kind, Outcome, Phase, QuestionType
from riskgen.files.schema import Schema, parse_date
from riskgen.files.yaml import Place
from riskgen.library.ladders import LADDERS_SCHEMA, MINUTES, known_clause, read_ladders
from riskgen.library.source import GROUP, ID, NEEDED, TEXT, WORDS, Source, near, several, text

_CLAUSE_ID = {
    "type": "string",
    "regex": r"[A-Z][A-Z0-9]*-[A-Z0-9]+",
    "required": True,
    "meta": {"form": "capital letters, a hyphen, and digits or capital letters, such as ML-01"},
}
_WORD_OR_WORDS = {"type": ["string", "list"], "minlength": 1, "schema": TEXT}
CLAUSE_SCHEMA: Schema = {
    "id": _CLAUSE_ID,
    "clause": NEEDED,
    "kind": {"type": "string", "allowed": [kind.value for kind in Kind], "required": True},
    "phase": {**_WORD_OR_WORDS, "required": True},
    "topic": {**_WORD_OR_WORDS, "required": True},
    "says": NEEDED,
    "numbers": {
        "type": "dict",
        "keysrules": {
            "type": "string",
            "regex": "[a-z_]+",
            "meta": {"form": "small letters and underscores, such as minutes"},
        },
        "valuesrules": {"type": "integer", "min": 0},
    },
    "applies": GROUP,
    "unless": {"type": "dict", "schema": {"when": {**GROUP, "required": True}, "clause": NEEDED}},
    "met": {**GROUP, "excludes": "breached"},
    "breached": GROUP,
    "broken": {
        "type": "dict",
        "schema": {
            "decision": {"type": "string", "allowed": [outcome.id for outcome in Outcome], "required": True},
            "condition": TEXT,
            "instead": TEXT,
        },
    },
    "who": TEXT,
    "now": {
        "type": "list",
        "schema": {
            "type": "dict",
            "schema": {
                "do": {"type": "string", "allowed": [do.value for do in Do], "required": True},
                "when": GROUP,
                "detail": TEXT,
                "minutes": {"type": ["integer", "string"]},
                "counting": TEXT,
            },
        },
    },
}
POLICY_SCHEMA: Schema = {
    "id": ID,
    "name": NEEDED,
    "in_force": {"check_with": "date", "required": True},
    "review_due": {"check_with": "date"},
    "withdrawn": {"check_with": "date"},
    "note": TEXT,
    "words": {"type": "dict", "valuesrules": TEXT},
    "authorise": {
        "type": "list",
        "schema": {
            "type": "dict",
            "schema": {"visitors": WORDS, "by": {**WORDS, "required": True, "minlength": 1}, "clause": NEEDED},
        },
    },
    "check_in": {"type": "dict", "schema": {"every_minutes": {**MINUTES, "required": True}, "clause": NEEDED}},
    "ladders": {"type": "dict", "schema": LADDERS_SCHEMA},
    "contradictions": {
        "type": "list",
        "schema": {
            "type": "dict",
            "schema": {
                "clauses": {**WORDS, "required": True, "minlength": 2},
                "phase": {**_WORD_OR_WORDS, "required": True},
                "when": {**GROUP, "required": True},
                "because": NEEDED,
            },
        },
    },
    "forms": {
        "type": "list",
        "schema": {
            "type": "dict",
            "schema": {"form": ID, "clause": NEEDED, "when": GROUP, "title": TEXT, "contact": TEXT},
        },
    },
    "clauses": {"type": "list", "required": True, "minlength": 1, "schema": {"type": "dict", "schema": CLAUSE_SCHEMA}},
}
_WEIGHED = frozenset({Kind.REQUIRED, Kind.FORBIDDEN, Kind.ADVISED})
ROLES_QUESTION = "visit.visitor_roles"
"""The question whose options are the roles that staff may hold."""


def read_policy(source: Source, questions: Mapping[str, Question], topics: tuple[Topic, ...] | None) -> Policy | None:
    """One edition of a policy, or None where the file cannot be made out. Faults are in `source`.

    Without `topics`, those that clauses name are taken as they are.
    """
    if not source.readable or not source.fits(POLICY_SCHEMA):
        return None
    data: Any = source.document.data
    known_topics = None if topics is None else {topic.id: topic for topic in topics}
    clauses: dict[str, Clause] = {}
    for index, raw in enumerate(data["clauses"]):
        clause = _clause(source, ("clauses", index), raw, questions, known_topics)
        if clause.id in clauses:
            source.fault(
                ("clauses", index, "id"),
                "clause-twice",
                f"There are two clauses '{clause.id}'.",
                f"The first is on line {clauses[clause.id].line}. Give one of them an id of its own.",
            )
        clauses[clause.id] = clause
    for index, raw in enumerate(data["clauses"]):
        named = (raw.get("unless") or {}).get("clause")
        if named:
            known_clause(source, ("clauses", index, "unless", "clause"), named, clauses)
    check_in = data.get("check_in") or {}
    if check_in:
        known_clause(source, ("check_in", "clause"), check_in["clause"], clauses)
    in_force = parse_date(data["in_force"])
    if in_force is None:
        return None
    for key in ("review_due", "withdrawn"):
        day = parse_date(text(data.get(key)))
        if day and (day < in_force or (key == "withdrawn" and day == in_force)):
            message = f"'{key}' ({day}) must come after 'in_force' ({in_force})."
            source.fault((key,), "policy-dates", message, "Check both dates.")
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
        fingerprint(source.document.text),
        source.document.path,
        _form_calls(source, data.get("forms") or (), questions, clauses),
    )


def fingerprint(raw_text: str) -> str:
    """SHA-256 of a data file as text, so that line endings do not matter."""
    return hashlib.sha256("\n".join(raw_text.splitlines()).encode()).hexdigest()


def _clause(
    source: Source,
    place: Place,
    raw: Mapping[str, Any],
    questions: Mapping[str, Question],
    topics: Mapping[str, Topic] | None,
) -> Clause:
    numbers = dict(raw.get("numbers") or {})
    kind = Kind(raw["kind"])
    phases = _phases(source, (*place, "phase"), raw["phase"])
    named = several(raw["topic"])
    for name in named:
        if topics is not None and name not in topics:
            hint = near(name, topics, "data/topics.yaml lists every topic.")
            source.fault((*place, "topic"), "topic-unknown", f"There is no topic '{name}'.", hint)

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
    if outcome is Outcome.PROCEED_WITH_CONDITIONS and not raw.get("condition"):
        hint = "Add 'condition': what is still to be done, as an instruction."
        source.fault(place, "effect-condition", "The visit is to proceed with a condition, but none is named.", hint)
    if outcome is not Outcome.PROCEED_WITH_CONDITIONS and raw.get("condition"):
        message = f"A condition goes only with proceed-with-conditions, not with {outcome.id}."
        hint = "Take 'condition' out, or change the decision."
        source.fault((*place, "condition"), "effect-condition", message, hint)
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
                near(minutes, numbers, "Write the minutes in digits, without quotes."),
            )
        minutes = numbers.get(minutes, 0)
    waits = [key for key in ("minutes", "counting") if key in raw]
    if waits and (do is not Do.WAIT or len(waits) < 2):
        hint = "Give 'wait' both, or neither." if do is Do.WAIT else f"Take {' and '.join(waits)} out."
        source.fault(place, "action-wait", "'minutes' and 'counting' go together, and only with 'wait'.", hint)
    counted = questions.get(counting)
    if counting and (counted is None or counted.type is not QuestionType.NUMBER):
        source.fault(
            (*place, "counting"),
            "action-counting",
            f"'{counting}' is not a question that takes a number.",
            near(counting, (name for name, each in questions.items() if each.type is QuestionType.NUMBER)),
        )
    if do in (Do.RING, Do.RECORD, Do.ASK, Do.REFRAIN) and not raw.get("detail"):
        what = "whom" if do is Do.RING else "what"
        source.fault(place, "action-detail", f"'{do.value}' does not say {what}.", f"Add 'detail': {what}.")
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
            source.fault(place, "phase-unknown", f"There is no phase '{word}'.", near(word, list(Phase)))
    return tuple(phases)


def _filled(source: Source, place: Place, words: str, numbers: Mapping[str, int]) -> str:
    """Words with each {number} of the clause written out."""

    def number(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in numbers:
            hint = near(name, numbers, f"Add it below 'numbers', such as {name}: 20.")
            source.fault(place, "number-unknown", f"The clause has no number '{name}'.", hint)
        return str(numbers.get(name, name))

    return re.sub(r"\{(\w+)\}", number, words)


def _authorise(
    source: Source, index: int, raw: Mapping[str, Any], questions: Mapping[str, Question], clauses: Mapping[str, Clause]
) -> AuthoriseRule:
    place = ("authorise", index)
    for key in ("visitors", "by"):
        known_roles(source, (*place, key), raw.get(key) or (), questions)
    known_clause(source, (*place, "clause"), raw["clause"], clauses)
    return AuthoriseRule(several(raw["by"]), text(raw["clause"]), several(raw.get("visitors")))


def known_roles(source: Source, place: Place, named: Iterable[str], questions: Mapping[str, Question]) -> None:
    """Every role named is one that staff may hold. Where the question that lists them lacks, that is fault enough."""
    roles = [option.id for option in questions[ROLES_QUESTION].options] if ROLES_QUESTION in questions else []
    for at, role in enumerate(named):
        if roles and role not in roles:
            hint = near(role, roles, f"The options of '{ROLES_QUESTION}' in data/questions.yaml list every role.")
            source.fault((*place, at), "role-unknown", f"There is no role '{role}'.", hint)


def _contradiction(
    source: Source, index: int, raw: Mapping[str, Any], questions: Mapping[str, Question], clauses: Mapping[str, Clause]
) -> Contradiction:
    place = ("contradictions", index)
    for at, name in enumerate(raw["clauses"]):
        known_clause(source, (*place, "clauses", at), name, clauses)
    when = source.condition(raw["when"], (*place, "when"), questions)
    return Contradiction(
        several(raw["clauses"]), text(raw["because"]), _phases(source, (*place, "phase"), raw["phase"]), when
    )


def _form_calls(
    source: Source,
    entries: Iterable[Mapping[str, Any]],
    questions: Mapping[str, Question],
    clauses: Mapping[str, Clause],
) -> tuple[FormCall, ...]:
    """The forms that the policy calls for, each once: of two entries for one form, one would count for nothing."""
    calls: dict[str, FormCall] = {}
    for index, raw in enumerate(entries):
        call = _form_call(source, index, raw, questions, clauses)
        if call.form in calls:
            message = f"The form '{call.form}' is called for twice."
            hint = "Keep one of them, and put what both depend on into its 'when'."
            source.fault(("forms", index, "form"), "form-twice", message, hint)
        calls[call.form] = call
    return tuple(calls.values())


def _form_call(
    source: Source, index: int, raw: Mapping[str, Any], questions: Mapping[str, Question], clauses: Mapping[str, Clause]
) -> FormCall:
    """A form that the policy calls for. Whether there is such a form, the school's templates say."""
    place = ("forms", index)
    known_clause(source, (*place, "clause"), raw["clause"], clauses)
    contact = text(raw.get("contact"))
    known_roles(source, (*place, "contact"), [contact] if contact else [], questions)
    when = source.condition(raw["when"], (*place, "when"), questions) if raw.get("when") else None
    return FormCall(text(raw["form"]), text(raw["clause"]), when, text(raw.get("title")), contact)
