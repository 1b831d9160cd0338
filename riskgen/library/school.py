"""Reading `school.yaml`: the school, its contacts, its staff directory, and its own fallback."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from riskgen.core.model import Contact, Question, School, Staff
from riskgen.files.schema import Schema, named, parse_date, parse_time
from riskgen.files.text import clean, in_two
from riskgen.library.policies import LADDERS_SCHEMA, known_roles, read_ladders
from riskgen.library.source import Source, near, text

_TEXT = {"type": ["string", "integer"], "minlength": 1}
_NEEDED = {**_TEXT, "required": True}
SCHOOL_SCHEMA: Schema = {
    "school": {
        "type": "dict",
        "required": True,
        "schema": {"name": _NEEDED, "office_phone": _NEEDED, "timezone": _TEXT},
    },
    "policy": {"type": "string", "required": True},
    "matrix": {"type": "string"},
    "evening_from": {"check_with": "time"},
    "contacts": {
        "type": "list",
        "schema": {"type": "dict", "schema": {"role": _NEEDED, "name": _TEXT, "phone": _NEEDED}},
    },
    "fallback": {"type": "dict", "schema": LADDERS_SCHEMA},
    "staff": {
        "type": "list",
        "required": True,
        "minlength": 1,
        "schema": {
            "type": "dict",
            "schema": {
                "id": {
                    "type": "string",
                    "regex": "[A-Za-z][A-Za-z0-9-]*",
                    "required": True,
                    "meta": {"form": "letters, digits and hyphens, beginning with a letter, such as S-07"},
                },
                "name": _NEEDED,
                "roles": {"type": "list", "required": True, "minlength": 1, "schema": {"type": "string"}},
                "mobile": _TEXT,
                "vehicle": _TEXT,
                "registration": _TEXT,
                "insurance": {
                    "type": "dict",
                    "schema": {
                        "class": {"type": "string", "allowed": ["business", "social"]},
                        "expires": {"check_with": "date"},
                    },
                },
            },
        },
    },
}
DEFAULT_TIMEZONE = "Europe/London"
_LONGEST = 200


def read_school(
    source: Source,
    questions: Mapping[str, Question],
    policies: Mapping[str, Any] | None,
    matrices: Mapping[str, Any],
) -> School | None:
    """The school, or None with the faults in `source`.

    With None for `policies` the policy in use is not looked up: the invented school's may have been deleted.
    """
    if not source.readable or not source.fits(SCHOOL_SCHEMA):
        return None
    data: Any = source.document.data
    before = len(source.problems)
    _clean_texts(source, data)
    if policies is not None and data["policy"] not in policies:
        source.fault(
            ("policy",),
            "school-policy",
            f"There is no policy '{data['policy']}' in data/policies.",
            near(data["policy"], policies),
        )
    if data.get("matrix") and data["matrix"] not in matrices:
        source.fault(
            ("matrix",),
            "school-matrix",
            f"There is no matrix '{data['matrix']}' in data/matrices.",
            near(data["matrix"], matrices),
        )
    zone = text(data["school"].get("timezone")) or DEFAULT_TIMEZONE
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        source.fault(
            ("school", "timezone"),
            "school-timezone",
            f"'{zone}' is not a time zone.",
            "Write it like Europe/London or Europe/Jersey.",
        )
    staff: list[Staff] = []
    for index, raw in enumerate(data["staff"]):
        known_roles(source, ("staff", index, "roles"), raw["roles"], questions)
        if any(person.id == raw["id"] for person in staff):
            source.fault(
                ("staff", index, "id"),
                "staff-twice",
                f"Two people have the reference '{raw['id']}'.",
                "Give each a reference of their own.",
            )
        insurance = raw.get("insurance") or {}
        staff.append(
            Staff(
                text(raw["id"]),
                text(raw["name"]),
                tuple(raw["roles"]),
                text(raw.get("mobile")),
                text(raw.get("vehicle")),
                text(raw.get("registration")),
                text(insurance.get("class")),
                parse_date(text(insurance.get("expires"))),
            )
        )
    if len(source.problems) > before:
        return None
    return School(
        text(data["school"]["name"]),
        text(data["school"]["office_phone"]),
        zone,
        text(data["policy"]),
        tuple(staff),
        tuple(
            Contact(text(raw["role"]), text(raw.get("name")), text(raw["phone"])) for raw in data.get("contacts") or ()
        ),
        read_ladders(source, ("fallback",), data.get("fallback") or {}, None),
        text(data.get("matrix")),
        parse_time(text(data.get("evening_from"))),
    )


def _clean_texts(source: Source, value: Any, place: tuple[str | int, ...] = ()) -> None:
    """Refuse, in every text of the file, what would damage a Word form."""
    if isinstance(value, dict):
        for key, item in value.items():
            _clean_texts(source, item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _clean_texts(source, item, (*place, index))
    elif isinstance(value, str):
        _, reason = clean(value, one_line=True, longest=_LONGEST)
        if reason:
            source.fault(place, "school-text", *in_two(f"{named(place)} {reason.removeprefix('It ')}"))
