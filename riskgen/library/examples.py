"""Running the worked cases of a policy: what its owner says must come out, held against what does."""

from collections.abc import Iterable, Mapping
from typing import Any

from riskgen.core.assess import assess
from riskgen.core.conditions import Value
from riskgen.core.model import Intake, School, Staff
from riskgen.core.moment import advise
from riskgen.core.problem import Problem
from riskgen.core.result import Advice, Assessment
from riskgen.core.struct import Struct
from riskgen.core.terms import Status
from riskgen.files.answers import read_answers
from riskgen.files.schema import Schema
from riskgen.files.yaml import Place
from riskgen.library.load import Library
from riskgen.library.source import Source, near, several, text

SHOWS = ("go", "stop", "condition", "silence", "contradiction", "unknown", "boundary")
FEWEST_CASES = 8
"""Worked cases a policy needs before its owner can sign it (docs/policies.md)."""

_WORDS = {"type": "list", "schema": {"type": "string"}}
_SETS = {"type": "list", "schema": _WORDS}
_ANSWERS = {"type": "dict"}
_VISIT_ENTRIES: dict[str, dict[str, Any]] = {
    "purpose": {"type": "string"},
    "start": {"check_with": "moment"},
    "minutes": {"type": "integer", "min": 1},
    "visitors": {**_WORDS, "minlength": 1},
}
_VISIT = {"type": "dict", "schema": _VISIT_ENTRIES}
EXAMPLES_SCHEMA: Schema = {
    "base": _ANSWERS,
    "visit": {
        "type": "dict",
        "required": True,
        "schema": {**_VISIT_ENTRIES, "start": {**_VISIT_ENTRIES["start"], "required": True}},
    },
    "cases": {
        "type": "list",
        "required": True,
        "minlength": 1,
        "schema": {
            "type": "dict",
            "schema": {
                "name": {"type": "string", "required": True},
                "shows": {"type": ["string", "list"], "allowed": list(SHOWS), "required": True},
                "visit": _VISIT,
                "answers": _ANSWERS,
                "now": _ANSWERS,
                "matrix": {"type": "string"},
                "expect": {
                    "type": "dict",
                    "required": True,
                    "minlength": 1,
                    "schema": {
                        "decision": {
                            "type": "string",
                            "allowed": ["proceed", "proceed-with-conditions", "refer", "do-not-visit"],
                        },
                        "because": _WORDS,
                        "conditions": _WORDS,
                        "findings": {
                            "type": "dict",
                            "valuesrules": {"type": "string", "allowed": [status.value for status in Status]},
                        },
                        "silences": _WORDS,
                        "contradictions": _SETS,
                        "authorise": _WORDS,
                        "ratings": {"type": "dict", "valuesrules": {"type": "string"}},
                        "to_confirm": _WORDS,
                        "remedies": _SETS,
                        "may_enter": {"type": "string", "allowed": ["yes", "no", "unknown"]},
                        "do": {"type": "dict", "valuesrules": _WORDS},
                    },
                },
            },
        },
    },
}


def run_examples(source: Source, name: str, library: Library, school: School) -> tuple[Problem, ...]:
    """Every difference between what the worked cases of a policy say and what riskgen concludes.

    Each case is decided under the edition in force on the day of its visit.
    """
    if not source.readable or not source.fits(EXAMPLES_SCHEMA):
        return tuple(source.problems)
    data: Any = source.document.data
    if len(data["cases"]) < FEWEST_CASES:
        message = f"There are {len(data['cases'])} worked cases; a policy needs at least {FEWEST_CASES}."
        source.fault(("cases",), "examples-few", message, "Add what is missing: 'shows' says what a case is for.")
    staff = {person.id: person for person in school.staff}
    common = _part(source, (), data, ("base",), library, staff)
    for index, case in enumerate(data["cases"]):
        place: Place = ("cases", index)
        own = _part(source, place, case, ("answers", "now"), library, staff)
        matrix = text(case.get("matrix"))
        if matrix and matrix not in library.matrices:
            hint = near(matrix, library.matrices)
            source.fault((*place, "matrix"), "example-matrix", f"There is no matrix '{matrix}'.", hint)
        elif common and own:
            _run(source, place, case, name, library, _intake(common, own, school))
    return tuple(source.problems)


def _run(source: Source, place: Place, case: Mapping[str, Any], name: str, library: Library, intake: Intake) -> None:
    """Decide one case, and set down every difference."""
    policy = library.edition_on(name, intake.start.date()) if intake.start else None
    if policy is None:
        editions = ", ".join(edition.edition for edition in library.policies[name])
        message = f"No edition of '{name}' is in force on the day of the visit."
        hint = f"Give 'start' a day under one of: {editions}."
        source.fault((*place, "visit"), "example-edition", message if intake.start else "The visit has no start.", hint)
        return
    catalogue = library.catalogue(text(case.get("matrix")))
    found = _concluded(assess(intake, policy, catalogue))
    if "now" in case:
        found.update(_advised(advise(intake, policy, catalogue)))
    for key, wanted in case["expect"].items():
        here = (*place, "expect", key)
        if key not in found:
            hint = "Add 'now' with what is known at the door or later."
            source.fault(here, "example-now", f"'{key}' can be expected only of a case with 'now'.", hint)
        elif difference := _difference(key, wanted, found[key]):
            message = f"In the worked case '{text(case['name'])}', {difference}"
            source.fault(here, "example-differs", message, "Mend the policy, or the case if it is the case that errs.")


class _Part(Struct, frozen=True):
    """What the file says for all cases, or one case for itself. `given` are the questions that it speaks of."""

    values: Mapping[str, Value]
    given: frozenset[str]
    visitors: tuple[Staff, ...]


def _part(
    source: Source,
    place: Place,
    raw: Mapping[str, Any],
    keys: tuple[str, ...],
    library: Library,
    staff: Mapping[str, Staff],
) -> _Part | None:
    """The answers and the visit that stand at a place, or None where they are faulty."""
    before = len(source.problems)
    values: dict[str, Value] = {}
    given: set[str] = set()
    for key in keys:
        if raw.get(key):
            answers = read_answers(source.document, library.questions, staff, (*place, key))
            source.problems += answers.problems
            values = {name: value for name, value in values.items() if name not in answers.given} | dict(answers.values)
            given |= answers.given
    visit = raw.get("visit") or {}
    for key in ("purpose", "start", "minutes"):
        if key in visit:
            value = source.answer(library.questions[f"visit.{key}"], visit[key], (*place, "visit", key))
            if value is not None:
                values[f"visit.{key}"] = value
    named = several(visit.get("visitors"))
    for at, person in enumerate(named):
        if person not in staff:
            message = f"'{person}' is not in the staff directory of the worked cases, examples/school.yaml."
            source.fault((*place, "visit", "visitors", at), "example-staff", message, near(person, staff))
    if len(source.problems) > before:
        return None
    return _Part(values, frozenset(given), tuple(staff[person] for person in named))


def _intake(common: _Part, own: _Part, school: School) -> Intake:
    """One visit: what holds for all cases, with what the case says instead."""
    kept = {name: value for name, value in common.values.items() if name not in own.given}
    return Intake({**kept, **own.values}, own.visitors or common.visitors, school.staff, school.evening_from)


def _concluded(result: Assessment) -> dict[str, Any]:
    return {
        "decision": result.decision.outcome.id,
        "because": [reason.source for reason in result.decision.because],
        "conditions": [item.source for item in result.conditions],
        "findings": {finding.id: finding.status.value for finding in result.findings},
        "silences": [silence.topic for silence in result.silences],
        "contradictions": [list(item.clauses) for item in result.contradictions],
        "authorise": list(result.authorise.by),
        "ratings": {hazard.id: hazard.residual.rating for hazard in result.hazards},
        "to_confirm": [item.question for item in result.to_confirm],
        "remedies": [sorted(change.question for change in remedy.changes) for remedy in result.remedies],
    }


def _advised(advice: Advice) -> dict[str, Any]:
    do: dict[str, list[str]] = {}
    for item in advice.actions:
        do.setdefault(item.clause, []).append(item.do.value)
    return {
        "may_enter": advice.may_enter.value,
        "do": do,
        "silences": [silence.topic for silence in advice.silences],
        "contradictions": [list(item.clauses) for item in advice.contradictions],
        "to_confirm": [item.question for item in advice.to_confirm],
    }


def _difference(key: str, wanted: Any, found: Any) -> str:
    """What differs, in words. A list may hold more than is expected of it, but nothing where nothing is."""
    if isinstance(wanted, dict):
        wrong = [
            f"{name} is to be {_shown(value)} and comes out as {_shown(found.get(name))}"
            for name, value in wanted.items()
            if (sorted(found.get(name, [])) != sorted(value) if isinstance(value, list) else found.get(name) != value)
        ]
        return f"under '{key}', {'; '.join(wrong)}." if wrong else ""
    if not isinstance(wanted, list):
        return "" if found == wanted else f"'{key}' is to be {wanted} and comes out as {found}."
    if not wanted:
        return f"'{key}' is to be empty and holds {_shown(found)}." if found else ""
    missing = [
        item
        for item in wanted
        if (sorted(item) not in [sorted(each) for each in found] if isinstance(item, list) else item not in found)
    ]
    return f"'{key}' is to hold {_shown(missing)} and holds {_shown(found)}." if missing else ""


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(_shown(item) if isinstance(item, str) else f"[{_shown(item)}]" for item in value) or "nothing"
    return str(value)
