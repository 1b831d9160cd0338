"""Every fault that Cerberus finds is said in words of ours, once, where it stands."""

from datetime import date, datetime, time
from typing import Any

import pytest

from riskgen.core.problem import Problem
from riskgen.files.schema import Schema, check, nearest, parse_date, parse_moment, parse_time
from riskgen.files.yaml import parse_yaml

SCHEMA: Schema = {
    "name": {"type": "string", "required": True, "minlength": 1, "maxlength": 10},
    "colour": {"type": "string", "allowed": ["red", "green"]},
    "colours": {"type": "list", "allowed": ["red", "green"]},
    "size": {"type": "integer", "min": 1, "max": 9},
    "code": {"type": "string", "regex": "[a-z]+", "meta": {"form": "small letters"}},
    "words": {"type": "list", "minlength": 2, "maxlength": 3, "schema": {"type": "string"}},
    "either": {"type": ["string", "list"]},
    "text": {"type": ["string", "integer"]},
    "day": {"check_with": "date"},
    "clock": {"check_with": "time"},
    "moment": {"check_with": "moment"},
    "clocks": {"check_with": "times"},
    "met": {"type": "dict", "minlength": 1, "excludes": "breached"},
    "breached": {"type": "dict"},
    "numbers": {
        "type": "dict",
        "keysrules": {"type": "string", "regex": "[a-z]+", "meta": {"form": "small letters"}},
        "valuesrules": {"type": "integer"},
    },
    "parts": {
        "type": "list",
        "schema": {"type": "dict", "schema": {"id": {"type": "string", "required": True}, "of": {"type": "string"}}},
    },
    "groups": {"type": "dict", "valuesrules": {"type": "dict", "schema": {"label": {"type": "string"}}}},
    "any": {"empty": False},
    "odd": {"forbidden": ["x"]},
}


def problems(text: str, schema: Schema = SCHEMA) -> tuple[Problem, ...]:
    return check(parse_yaml(text, "a.yaml"), schema)


def only(text: str) -> tuple[str, str]:
    (problem,) = problems(f"name: x\n{text}\n")
    return problem.code, f"{problem.message} {problem.hint}".strip()


def test_what_fits_has_no_problems() -> None:
    text = "name: x\nsize: 3\nparts: [{id: a}]\ngroups: {a: {label: b}}\nnumbers: {n: 1}\nclocks: [10:30]\n"
    assert problems(text) == ()


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("colr: red", "schema-unknown", "'colr' is not known here. Did you mean 'colour'?"),
        ("COLOUR: red", "schema-unknown", "'COLOUR' is not known here. Did you mean 'colour'?"),
        ("size:3: x", "schema-unknown", "'size:3' is not known here. Put a space after the colon."),
        ("parts: [{id: a, xyz: b}]", "schema-unknown", "'xyz' is not known here. Known here: id, of."),
        ("groups: {a: {lable: b}}", "schema-unknown", "'lable' is not known here. Did you mean 'label'?"),
        ("parts: [{of: a}]", "schema-required", "'parts, entry 1' lacks 'id'. Add it."),
        ("colour:", "schema-nullable", "'colour' is empty. Fill it in, or take the line out."),
        ("parts: [{id: }]", "schema-nullable", "'parts, entry 1, id' is empty. Fill it in."),
        ("size: x", "schema-type", "'size' must be a whole number, not 'x'. Write it in digits, without quotes and "),
        ("size: [1]", "schema-type", "'size' must be a whole number, not a list."),
        (
            "words: a",
            "schema-type",
            "'words' must be a list, not text. Write it in square brackets, such as",
        ),
        ("met: a", "schema-type", "'met' must be a group of entries, not text. Write each entry below it as 'name: "),
        ("either: 5", "schema-type", "'either' must be text or a list, not a number."),
        ("text: [a]", "schema-type", "'text' must be text, not a list. Put text in double quotes if it looks like a "),
        ("colour: 5", "schema-type", "'colour' is '5', which is not one of its options. Choose one of: red, green."),
        ("colour: [red]", "schema-type", "'colour' must be one word, not a list. Choose one of: red, green."),
        ("colour: rad", "schema-allowed", "'colour' is 'rad', which is not one of its options. Did you mean 'red'?"),
        ("colour: RED", "schema-allowed", "Did you mean 'red'?"),
        ("colours: [red, blue]", "schema-allowed", "'colours' is 'blue', which is not one of its options. Choose one"),
        ("size: 0", "schema-min", "'size' must be at least 1, not 0."),
        ("size: 10", "schema-max", "'size' must be at most 9, not 10."),
        ("words: [a]", "schema-minlength", "'words' must hold at least 2 entries. Add what is missing."),
        ("met: {}", "schema-minlength", "'met' is empty. Fill it in, or take the line out."),
        ("words: [a, b, c, d]", "schema-maxlength", "'words' holds 4 entries; it may hold 3. Take some out."),
        ("code: A1", "schema-regex", "'code' is 'A1', which is not of the right form. It takes small letters."),
        ("numbers: {N: 1}", "schema-regex", "'numbers, N' is 'N', which is not of the right form. It takes small lett"),
        ("met: {a: 1}\nbreached: {b: 1}", "schema-excludes", "'met' cannot stand beside 'breached'. Keep one of them."),
        ("any: []", "schema-empty", "'any' is empty. Fill it in, or take the line out."),
        ("day: 2024-02-30", "schema-form", "'day' must be a date such as 2026-12-02, not '2024-02-30'."),
        ("day: 5", "schema-form", "'day' must be a date such as 2026-12-02, not '5'."),
        ("day: [a]", "schema-form", "'day' must be a date such as 2026-12-02."),
        ("clock: 24:00", "schema-form", "'clock' must be a time such as 12:30, not '24:00'."),
        ("clock: 1230", "schema-form", "'clock' must be a time such as 12:30, not '1230'."),
        ("moment: 2026-12-02", "schema-form", "'moment' must be a date and time such as 2026-12-02 10:30, not '2026-"),
        ("clocks: 10:30, noon", "schema-form", "'clocks' must be times such as 11:30, 13:15, not '10:30, noon'."),
        ("odd: x", "schema-forbidden", "'odd' is not right. Compare it with the entries beside it."),
    ],
)
def test_fault_is_said_in_words_and_how_to_mend_it(text: str, code: str, words: str) -> None:
    found, said = only(text)
    assert found == code
    assert words in said


def test_text_that_is_too_long_says_how_long() -> None:
    (problem,) = problems("name: abcdefghijklm\n")
    assert problem.message == "'name' is too long: 13 of 10 characters."


def test_value_that_is_shown_is_cut_short() -> None:
    _, said = only(f"colour: {'x' * 200}")
    assert "x" * 39 + "…'" in said
    assert len(said) < 200


def test_misspelt_name_is_not_said_to_lack_as_well() -> None:
    assert [problem.code for problem in problems("nam: x\n")] == ["schema-unknown"]
    assert [problem.code for problem in problems("name: x\nparts: [{idd: a}]\n")] == ["schema-unknown"]


def test_name_that_lacks_beside_an_unlike_unknown_one_is_still_said_to_lack() -> None:
    assert sorted(problem.code for problem in problems("zebra: x\n")) == ["schema-required", "schema-unknown"]


def test_all_faults_come_at_once_each_with_its_line_and_its_entry() -> None:
    found = problems("name: x\nsize: 99\nparts:\n  - {id: a}\n  - id: 5\n    of: b\nwrong: 1\n")
    assert sorted((problem.line, problem.field) for problem in found) == [(2, "size"), (5, "parts/1/id"), (7, "wrong")]


def test_line_of_what_lacks_is_that_of_the_entry_that_lacks_it() -> None:
    (problem,) = problems("name: x\nparts:\n  - {id: a}\n  - {of: b}\n")
    assert problem.line == 4


@pytest.mark.parametrize(
    ("part", "code", "message"),
    [
        (None, "schema-nullable", "'entry 2' is empty."),
        ("a", "schema-type", "'entry 2' must be a group of entries, not text."),
        (["a"], "schema-type", "'entry 2' must be a group of entries, not a list."),
        (3, "schema-type", "'entry 2' must be a group of entries, not a number."),
        ({}, "schema-required", "'entry 2' lacks 'name'."),
    ],
)
def test_part_of_a_file_is_checked_where_it_stands(part: Any, code: str, message: str) -> None:
    (problem,) = check(parse_yaml("- a\n- b\n", "a.yaml"), SCHEMA, (1,), part)
    assert (problem.code, problem.message, problem.line) == (code, message, 2)


def test_file_that_is_no_group_is_said_to_be_none() -> None:
    (problem,) = problems("- a\n")
    assert problem.message == "The file must be a group of entries, not a list."


@pytest.mark.parametrize("value", ["sentinel", ["sentinel"], {"sentinel": "sentinel"}, "x" * 11 + "sentinel"])
@pytest.mark.parametrize("name", list(SCHEMA))
def test_private_value_is_never_repeated(name: str, value: Any) -> None:
    document = parse_yaml("name: x\n", "a.yaml")
    found = check(document, {name: SCHEMA[name]}, data={name: value}, private=frozenset({name}))
    if name in ("numbers", "groups", "met", "breached"):
        return  # the names in a group are the school's, not a person's
    assert "sentinel" not in " ".join(f"{problem.message} {problem.hint}" for problem in found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-12-02", date(2026, 12, 2)),
        ("2024-02-29", date(2024, 2, 29)),
        ("2024-02-30", None),
        ("2026-1-2", None),
        ("02/12/2026", None),
        ("0000-01-01", None),
        ("２０２６-12-02", None),
        ("2026-12-02 ", None),
        ("", None),
    ],
)
def test_date_is_read_in_one_form(text: str, found: date | None) -> None:
    assert parse_date(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12:30", time(12, 30)),
        ("9:05", time(9, 5)),
        ("00:00", time(0, 0)),
        ("24:00", None),
        ("12:60", None),
        ("12.30", None),
        ("12:30:00", None),
        ("noon", None),
        ("١٢:٣٠", None),
    ],
)
def test_time_is_read_in_one_form(text: str, found: time | None) -> None:
    assert parse_time(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-12-02 10:30", datetime(2026, 12, 2, 10, 30)),
        ("2026-12-02T10:30", datetime(2026, 12, 2, 10, 30)),
        ("  2026-12-02   9:30 ", datetime(2026, 12, 2, 9, 30)),
        ("2026-12-02", None),
        ("10:30", None),
        ("2026-12-02 10:30:15", None),
        ("2026-13-02 10:30", None),
    ],
)
def test_moment_is_a_date_and_a_time(text: str, found: datetime | None) -> None:
    assert parse_moment(text) == found


def test_nearest_name_is_found_whatever_its_capitals_and_only_if_it_is_near() -> None:
    assert nearest("REQUIRD", ["required", "advised"]) == "required"
    assert nearest("required", ["Required"]) == "Required"
    assert nearest("zebra", ["required", "advised"]) == ""
    assert nearest("", []) == ""
