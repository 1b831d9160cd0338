"""Running the worked cases of a policy: what its owner says must come out, held against what does."""

from collections.abc import Iterable, Mapping
from typing import Any

from riskgen.core.assess import assess
from riskgen.core.model import Advice, Assessment, Intake, Problem, School, Status
from riskgen.core.moment import advise
from riskgen.files.answers import read_answers
from riskgen.files.schema import Schema, parse_moment
from riskgen.files.yaml import Place
from riskgen.library.load import Library
from riskgen.library.source import Source, several, text

SHOWS = ("go", "stop", "condition", "silence", "contradiction", "unknown", "boundary")
FEWEST_CASES = 8
"""Worked cases a policy needs before its owner can sign it (docs/policies.md)."""

_WORDS = {"type": "list", "schema": {"type": "string"}}
_SETS = {"type": "list", "schema": _WORDS}
_ANSWERS = {"type": "dict"}
_VISIT = {
    "type": "dict",
    "schema": {
        "purpose": {"type": "string"},
        "start": {"check_with": "moment"},
        "minutes": {"type": "integer", "min": 1},
        "visitors": {**_WORDS, "minlength": 1},
    },
}
EXAMPLES_SCHEMA: Schema = {
    "base": _ANSWERS,
    "visit": {**_VISIT, "required": True},
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
        source.fault(
            ("cases",),
            "examples-few",
            f"There are {len(data['cases'])} worked cases; a policy needs at least {FEWEST_CASES}.",
        )
    for index, case in enumerate(data["cases"]):
        place: Place = ("cases", index)
        intake = _intake(source, place, data, case, library, school)
        if intake is None:
            continue
        policy = library.edition_on(name, intake.start.date()) if intake.start else None
        if policy is None:
            message = f"No edition of '{name}' is in force on the day of the visit."
            source.fault((*place, "visit"), "example-edition", message)
            continue
        catalogue = library.catalogue(text(case.get("matrix")))
        expect = case["expect"]
        found = _concluded(assess(intake, policy, catalogue))
        if "now" in case:
            found.update(_advised(advise(intake, policy, catalogue)))
        for key, wanted in expect.items():
            if key not in found:
                source.fault((*place, "expect", key), "example-now", f"'{key}' needs 'now' in the case.")
                continue
            difference = _difference(key, wanted, found[key])
            if difference:
                source.fault(
                    (*place, "expect", key), "example-differs", f"Worked case '{text(case['name'])}': {difference}"
                )
    return tuple(source.problems)


def _intake(
    source: Source, place: Place, data: Mapping[str, Any], case: Mapping[str, Any], library: Library, school: School
) -> Intake | None:
    staff = {person.id: person for person in school.staff}
    values: dict[str, Any] = {}
    before = len(source.problems)
    for where in (("base",), (*place, "answers"), (*place, "now")):
        holder: Any = data if where == ("base",) else case
        if holder.get(where[-1]):
            answers = read_answers(source.document, library.questions, staff, where)
            source.problems += answers.problems
            values = {name: value for name, value in values.items() if name not in answers.given} | dict(answers.values)
    visit = {**data["visit"], **(case.get("visit") or {})}
    visitors = []
    for name in several(visit.get("visitors")):
        if name in staff:
            visitors.append(staff[name])
        else:
            source.fault(
                place,
                "example-staff",
                f"There is no '{name}' in the staff directory of the worked cases.",
                f"It has: {', '.join(staff)}.",
            )
    start = parse_moment(text(visit.get("start")))
    if start:
        values["visit.start"] = start
    values.update({f"visit.{key}": visit[key] for key in ("purpose", "minutes") if key in visit})
    return (
        Intake(values, tuple(visitors), school.staff, school.evening_from) if len(source.problems) == before else None
    )


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
            f"{name} is {_shown(found.get(name))}, not {_shown(value)}"
            for name, value in wanted.items()
            if (sorted(found.get(name, [])) != sorted(value) if isinstance(value, list) else found.get(name) != value)
        ]
        return f"{key}: {'; '.join(wrong)}." if wrong else ""
    if not isinstance(wanted, list):
        return "" if found == wanted else f"{key} is {found}, not {wanted}."
    if not wanted:
        return f"{key} is {_shown(found)}, not empty." if found else ""
    missing = [
        item
        for item in wanted
        if (sorted(item) not in [sorted(each) for each in found] if isinstance(item, list) else item not in found)
    ]
    return f"{key} lacks {_shown(missing)}; it has {_shown(found)}." if missing else ""


def _shown(value: Any) -> str:
    if value is None:
        return "not there"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(_shown(item) if isinstance(item, str) else f"[{_shown(item)}]" for item in value) or "nothing"
    return str(value)
