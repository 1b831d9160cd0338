"""Holding plain data against a Cerberus schema, with every fault in words, at its file and line.

Cerberus finds the faults; the words are ours, so that they read the same for every file that
schools edit and for every way of giving an answer.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import Any

from cerberus import Validator
from cerberus import errors as codes
from cerberus.schema import UnvalidatedSchema

from riskgen.core.problem import Problem
from riskgen.files.yaml import Document, Place

Schema = Mapping[str, Any]

_TYPE_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "list": "a list",
    "dict": "a group of entries",
}
_TYPE_HINTS = {
    "string": "Put text in double quotes if it looks like a number, holds a colon, or begins with [ or {.",
    "integer": "Write it in digits, without quotes and without a nought in front, such as 40.",
    "list": "Write it in square brackets, such as [one, two], or each entry on a line that begins with '- '.",
    "dict": "Write each entry below it as 'name: value', indented, with a space after the colon.",
}
_EMPTY = "Fill it in, or take the line out."
_WHOLE: Any = object()
"""Stands for the whole document where no part of it is given; None may be a part."""


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


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name that somebody most likely meant, or an empty text. Capitals do not count."""
    folded = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), folded, 1)
    return folded[close[0]] if close else ""


def check(
    document: Document, schema: Schema, place: Place = (), data: Any = _WHOLE, private: frozenset[str] = frozenset()
) -> tuple[Problem, ...]:
    """Every fault of a document, or of the part of it at `place`, against a schema for a group of entries.

    What stands under a `private` name of the group is not repeated in messages.
    """
    value = document.data if data is _WHOLE else data
    if value is None:
        return (document.problem(place, "schema-nullable", f"{named(place)} is empty.", _EMPTY),)
    if not isinstance(value, dict):
        message = f"{named(place)} must be {_TYPE_WORDS['dict']}, not {_kind(value)}."
        return (document.problem(place, "schema-type", message, _TYPE_HINTS["dict"]),)
    checker = _Checker(UnvalidatedSchema(schema))  # which our tests hold against Cerberus, and not each run
    checker.validate(value, normalize=False)
    errors = list(_single(checker._errors))
    meant = {misspelt for error in errors if (misspelt := _misspelt(error, errors))}
    found = []
    for error in errors:
        if error.code == codes.REQUIRED_FIELD.code and error.document_path in meant:
            continue  # it is there, misspelt, and said to be unknown
        at = (*place, *error.document_path)
        message, hint = _words(error, at, schema, error.document_path[0] in private)
        found.append(document.problem(at, f"schema-{_rule(error)}", message, hint))
    return tuple(found)


def check_rows(document: Document, schema: Schema, of: str) -> tuple[list[dict[str, Any]], tuple[Problem, ...]]:
    """The entries of a document that must be a list `of` something, each held against the schema; with faults, none."""
    if document.problems:
        return [], document.problems
    rows: Any = document.data
    if not isinstance(rows, list):
        message = f"The file must be a list of {of}."
        return [], (document.problem((), "schema-type", message, "Begin each with '- id:'."),)
    problems = tuple(fault for number, row in enumerate(rows) for fault in check(document, schema, (number,), row))
    return ([] if problems else rows), problems


def _single(errors: Any) -> Iterator[Any]:
    """Single errors, without the groups that Cerberus puts them in."""
    for error in errors:
        if error.child_errors:
            yield from _single(error.child_errors)
        else:
            yield error


def _misspelt(error: Any, errors: list[Any]) -> Place:
    """The place of the missing entry that an unknown one was most likely meant to be; else nothing."""
    if error.code != codes.UNKNOWN_FIELD.code:
        return ()
    group = error.document_path[:-1]
    missing = [
        other.document_path[-1]
        for other in errors
        if other.code == codes.REQUIRED_FIELD.code and other.document_path[:-1] == group
    ]
    close = nearest(str(error.document_path[-1]).partition(":")[0], missing)
    return (*group, close) if close else ()


def _rule(error: Any) -> str:
    """The rule that an error breaks: `unknown` for a name that the schema lacks, `form` for our own checks."""
    return "form" if error.code == codes.CUSTOM.code else str(error.rule or "unknown")


def _words(error: Any, place: Place, schema: Schema, private: bool) -> tuple[str, str]:
    """The message and the hint for one error."""
    name = named(place)
    constraint = error.constraint
    rules = _rules_at(schema, error.document_path)
    given = "something else" if private else _shown(error.value)
    match error.code:
        case codes.UNKNOWN_FIELD.code:
            known = list(_rules_at(schema, error.document_path[:-1]).get("schema", ()))
            close = nearest(str(place[-1]), known)
            hint = f"Did you mean '{close}'?" if close else f"Known here: {', '.join(known)}." if known else ""
            hint = "Put a space after the colon." if ":" in str(place[-1]) else hint
            return f"'{place[-1]}' is not known here.", hint
        case codes.REQUIRED_FIELD.code:
            return f"{named(place[:-1])} lacks '{place[-1]}'.", "Add it."
        case codes.NOT_NULLABLE.code:
            return f"{name} is empty.", "Fill it in." if rules.get("required") else _EMPTY
        case codes.BAD_TYPE.code if "allowed" in rules and "list" not in constraint:
            return _not_allowed(name, error.value, rules, private)
        case codes.BAD_TYPE.code:
            wanted = [constraint] if isinstance(constraint, str) else list(constraint)
            if wanted == ["string", "integer"]:
                wanted = ["string"]  # where text may stand, digits are text too
            what = " or ".join(_TYPE_WORDS.get(word, word) for word in wanted)
            said = given if isinstance(error.value, str) and wanted == ["integer"] and not private else ""
            return f"{name} must be {what}, not {said or _kind(error.value)}.", _TYPE_HINTS.get(wanted[0], "")
        case codes.UNALLOWED_VALUE.code:
            return _not_allowed(name, error.value, rules, private)
        case codes.UNALLOWED_VALUES.code:
            return _not_allowed(name, error.info[0][0], rules, private)
        case codes.MIN_VALUE.code:
            return f"{name} must be at least {constraint}{'' if private else f', not {error.value}'}.", ""
        case codes.MAX_VALUE.code:
            return f"{name} must be at most {constraint}{'' if private else f', not {error.value}'}.", ""
        case codes.MIN_LENGTH.code if constraint > 1:
            return f"{name} must hold at least {constraint} entries.", "Add what is missing."
        case codes.MIN_LENGTH.code | codes.EMPTY_NOT_ALLOWED.code:
            return f"{name} is empty.", "Fill it in." if rules.get("required") else _EMPTY
        case codes.MAX_LENGTH.code if isinstance(error.value, str):
            return f"{name} is too long: {len(error.value)} of {constraint} characters.", "Shorten it."
        case codes.MAX_LENGTH.code:
            return f"{name} holds {len(error.value)} entries; it may hold {constraint}.", "Take some out."
        case codes.REGEX_MISMATCH.code:
            if "keysrules" in error.schema_path:  # the fault is in a name, not in what stands under it
                rules = _rules_at(schema, error.document_path[:-1])["keysrules"]
            form = rules.get("meta", {}).get("form")
            return f"{name} is {given}, which is not of the right form.", f"It takes {form}." if form else ""
        case codes.EXCLUDES_FIELD.code:
            return f"{name} cannot stand beside {error.info[0]}.", "Keep one of them."
        case codes.CUSTOM.code:
            said = "" if private or isinstance(error.value, (dict, list)) else f", not {given}"
            return f"{name} {error.info[0]}{said}.", ""
        case _:  # a rule that no schema uses yet
            return f"{name} is not right.", "Compare it with the entries beside it."


def _not_allowed(name: str, value: Any, rules: Mapping[str, Any], private: bool) -> tuple[str, str]:
    allowed = [str(item) for item in rules["allowed"]]
    choose = f"Choose one of: {', '.join(allowed)}."
    kind = rules.get("meta", {}).get("options", "its options")
    if isinstance(value, (dict, list)):
        return f"{name} must be one word, not {_kind(value)}.", choose
    if private:
        return f"The answer to {name} is not one of {kind}.", choose
    close = nearest(str(value), allowed)
    return f"{name} is {_shown(value)}, which is not one of {kind}.", f"Did you mean '{close}'?" if close else choose


def _rules_at(schema: Schema, path: Place) -> Mapping[str, Any]:
    """What a schema says of the entry at a path."""
    here: Mapping[str, Any] = {"schema": schema}
    for step in path:
        below = here.get("schema", {})
        here = below if isinstance(step, int) else below.get(step) or here.get("valuesrules", {})
    return here


def named(place: Place) -> str:
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
