"""Holding plain data against a Cerberus schema, with every fault in words, at its file and line.

Cerberus finds the faults; the words are ours, so that they read the same for every file that
schools edit and for every way of giving an answer.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import Any

from cerberus import Validator
from cerberus import errors as codes

from riskgen.core.model import Problem
from riskgen.files.yaml import Document, Place

Schema = Mapping[str, Any]

_TYPE_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "list": "a list",
    "dict": "a group of entries",
    "boolean": "yes or no",
}


class _Checker(Validator):  # type: ignore[misc]  # Cerberus has no type annotations
    """Cerberus, with the checks that plain text needs here."""

    def _check_with_date(self, field: str, value: Any) -> None:
        if not isinstance(value, str) or parse_date(value) is None:
            self._error(field, "must be a date such as 2026-12-02")

    def _check_with_time(self, field: str, value: Any) -> None:
        if not isinstance(value, str) or parse_time(value) is None:
            self._error(field, "must be a time such as 12:30")

    def _check_with_moment(self, field: str, value: Any) -> None:
        if not isinstance(value, str) or parse_moment(value) is None:
            self._error(field, "must be a date and time such as 2026-12-02 10:30")

    def _check_with_times(self, field: str, value: Any) -> None:
        parts = value if isinstance(value, list) else str(value).split(",")
        if any(parse_time(str(part).strip()) is None for part in parts):
            self._error(field, "must be times such as 11:30, 13:15")


def parse_date(text: str) -> date | None:
    """A date as `2026-12-02`, or None."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_time(text: str) -> time | None:
    """A time of day as `12:30` or `9:05`, or None."""
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text, re.ASCII)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return time(int(found[1]), int(found[2]))


def parse_moment(text: str) -> datetime | None:
    """A date and time as `2026-12-02 10:30` (or with a T between), or None."""
    day, _, hour = text.strip().replace("T", " ").partition(" ")
    when, clock = parse_date(day), parse_time(hour.strip())
    return datetime.combine(when, clock) if when and clock else None


def check(document: Document, schema: Schema, place: Place = (), data: Any = None) -> tuple[Problem, ...]:
    """Every fault of a document, or of the part of it at `place`, against a schema for a group of entries."""
    value = document.data if data is None else data
    if not isinstance(value, dict):
        return (
            document.problem(place, "schema-type", f"{_named(place)} must be a group of entries, not {_kind(value)}."),
        )
    checker = _Checker(schema)
    checker.validate(value, normalize=False)
    return tuple(_problems(checker._errors, document, place, schema))


def _problems(errors: Any, document: Document, base: Place, schema: Schema) -> list[Problem]:
    found: list[Problem] = []
    for error in errors:
        if error.child_errors:
            found += _problems(error.child_errors, document, base, schema)
            continue
        place = (*base, *error.document_path)
        message, hint = _words(error, place, schema)
        found.append(document.problem(place, f"schema-{error.rule or 'unknown'}", message, hint))
    return found


def _words(error: Any, place: Place, schema: Schema) -> tuple[str, str]:
    name = _named(place)
    constraint = error.constraint
    match error.code:
        case codes.UNKNOWN_FIELD.code:
            known = _known_fields(schema, error.document_path)
            close = get_close_matches(str(place[-1]), known, 1)
            hint = f"Did you mean '{close[0]}'?" if close else f"Known here: {', '.join(known)}." if known else ""
            return f"'{place[-1]}' is not known here.", hint
        case codes.REQUIRED_FIELD.code:
            return f"{_named(place[:-1])} lacks '{place[-1]}'.", "Add it."
        case codes.NOT_NULLABLE.code:
            return f"{name} is empty.", "Fill it in, or take the line out."
        case codes.BAD_TYPE.code:
            wanted = constraint if isinstance(constraint, str) else constraint[0]
            return f"{name} must be {_TYPE_WORDS.get(wanted, wanted)}, not {_kind(error.value)}.", ""
        case codes.UNALLOWED_VALUE.code | codes.UNALLOWED_VALUES.code:
            allowed = [str(item) for item in constraint]
            close = get_close_matches(str(error.value), allowed, 1)
            hint = f"Did you mean '{close[0]}'?" if close else f"Choose one of: {', '.join(allowed)}."
            return f"{name} is {_shown(error.value)}, which is not one of its options.", hint
        case codes.MIN_VALUE.code:
            return f"{name} must be at least {constraint}.", ""
        case codes.MAX_VALUE.code:
            return f"{name} must be at most {constraint}.", ""
        case codes.MIN_LENGTH.code:
            return f"{name} must hold at least {constraint}.", ""
        case codes.MAX_LENGTH.code:
            return f"{name} is too long: {len(error.value)} of {constraint} characters.", "Shorten it."
        case codes.REGEX_MISMATCH.code:
            return f"{name} is {_shown(error.value)}, which is not of the right form.", ""
        case codes.EXCLUDES_FIELD.code:
            return f"{name} cannot stand beside {error.info[0]}.", "Keep one of them."
        case _:
            info = error.info[0] if error.info else "is not right"
            return f"{name} {info}.", ""


def _known_fields(schema: Schema, path: Place) -> list[str]:
    """The names that a schema knows at the place that holds `path`."""
    here: Any = schema
    for step in path[:-1]:
        rules = here.get(step) if isinstance(step, str) and step in here else here
        if isinstance(step, int):
            continue
        while isinstance(rules, Mapping) and "schema" in rules and ("type" in rules or len(rules) == 1):
            rules = rules["schema"]
        if isinstance(rules, Mapping) and "valuesrules" in rules:
            rules = rules["valuesrules"].get("schema", {})
        here = rules if isinstance(rules, Mapping) else {}
    return [str(key) for key in here]


def _named(place: Place) -> str:
    """A place as people say it: `clauses, entry 3, kind`."""
    words = [f"entry {step + 1}" if isinstance(step, int) else str(step) for step in place]
    return f"'{', '.join(words)}'" if words else "The file"


def _kind(value: Any) -> str:
    if value is None:
        return "empty"
    return {str: "text", int: "a number", list: "a list", dict: "a group of entries"}.get(type(value), "something else")


def _shown(value: Any) -> str:
    text = str(value)
    return f"'{text if len(text) <= 40 else text[:39] + '…'}'"
