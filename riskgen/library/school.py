"""Reading `school.yaml`: the school, its contacts, its staff directory, and its own fallback."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from riskgen.core.model import RECORD_WITHIN_HOURS, Contact, Question, RegisterPlace, School, Staff
from riskgen.files.schema import Schema, named, parse_date, parse_time
from riskgen.files.text import clean, in_two
from riskgen.library.ladders import LADDERS_SCHEMA, read_ladders
from riskgen.library.policies import known_roles
from riskgen.library.source import WORDS, Source, near, several, text

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
    "fallback": {"type": "dict", "schema": {**LADDERS_SCHEMA, "authorise": {**WORDS, "minlength": 1}}},
    "register": {
        "type": "dict",
        "schema": {"url": _TEXT, "key": {"type": "string", "allowed": ["file", "keyring"]}, "key_file": _TEXT},
    },
    "record_within_hours": {"type": "integer", "min": 1, "max": 744},
    "logo": _TEXT,
    "libreoffice": _TEXT,
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
                "account": {"type": ["string", "integer", "list"], "minlength": 1, "schema": _TEXT},
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
LONGEST_TEXT = 200


def read_school(
    source: Source,
    questions: Mapping[str, Question] | None = None,
    policies: Mapping[str, Any] | None = None,
    matrices: Mapping[str, Any] | None = None,
) -> School | None:
    """The school, or None with the faults in `source`.

    What is left out is not looked up: roles without `questions`, the policy in use without `policies`, the matrix
    without `matrices`. So who is out can be told from this file alone, whatever is wrong with the data.
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
    if matrices is not None and data.get("matrix") and data["matrix"] not in matrices:
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
    fallback = data.get("fallback") or {}
    authorise = several(fallback.get("authorise"))
    if questions is not None:
        known_roles(source, ("fallback", "authorise"), authorise, questions)
        for index, raw in enumerate(data["staff"]):
            known_roles(source, ("staff", index, "roles"), raw["roles"], questions)
    staff = _staff(source, data["staff"])
    register = _register(source, data.get("register") or {})
    logo = _logo(source, text(data.get("logo")))
    if len(source.problems) > before:
        return None
    return School(
        text(data["school"]["name"]),
        text(data["school"]["office_phone"]),
        zone,
        text(data["policy"]),
        staff,
        tuple(
            Contact(text(raw["role"]), text(raw.get("name")), text(raw["phone"])) for raw in data.get("contacts") or ()
        ),
        read_ladders(source, ("fallback",), fallback, None),
        text(data.get("matrix")),
        parse_time(text(data.get("evening_from"))),
        register,
        data.get("record_within_hours", RECORD_WITHIN_HOURS),
        authorise,
        logo,
        text(data.get("libreoffice")),
    )


def _logo(source: Source, name: str) -> str:
    """The name of a picture inside the school's folder. Whether it is one, whoever prints it says."""
    path = PurePosixPath(name)
    if name and (path.is_absolute() or ".." in path.parts or set(name) & set("\\:")):
        hint = "Put the picture into the school's folder, and write its name like logo.png."
        source.fault(("logo",), "school-logo", "The logo is not a file inside the school's folder.", hint)
    return name


def _staff(source: Source, entries: list[Mapping[str, Any]]) -> tuple[Staff, ...]:
    """The staff directory, in which a reference and an account each mean one person."""
    staff: list[Staff] = []
    owners: dict[str, str] = {}  # accounts without regard to capitals, as Windows has them
    for index, raw in enumerate(entries):
        if any(person.id == raw["id"] for person in staff):
            source.fault(
                ("staff", index, "id"),
                "staff-twice",
                f"Two people have the reference '{raw['id']}'.",
                "Give each a reference of their own.",
            )
        accounts = tuple(account.strip() for account in several(raw.get("account")))
        for account in accounts:
            if owners.setdefault(account.casefold(), raw["id"]) != raw["id"]:
                source.fault(
                    ("staff", index, "account"),
                    "staff-account-twice",
                    f"The account '{account}' is given to {owners[account.casefold()]} and to {raw['id']}.",
                    "Where several people share an account, give it to nobody: each then names themselves.",
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
                accounts,
            )
        )
    return tuple(staff)


def _register(source: Source, raw: Mapping[str, Any]) -> RegisterPlace:
    """Where the register is. No message repeats the URL, which may hold a password."""
    url, key, key_file = text(raw.get("url")), text(raw.get("key")) or RegisterPlace().key, text(raw.get("key_file"))
    here = ("register", "url")
    try:
        parts = urlsplit(url)
        secret = parts.password is not None or "password" in parse_qs(parts.query, keep_blank_values=True)
        right = parts.scheme == "postgresql" and url.startswith("postgresql://") and len(parts.path) > 1
    except ValueError:
        secret, right = False, False
    if url and secret:
        source.fault(
            here,
            "register-password",
            "The URL of the register holds a password.",
            "Take it out, and put it into the variable PGPASSWORD or the file .pgpass of each account.",
        )
    elif url and not right:
        source.fault(
            here,
            "register-url",
            "The URL of the register is not one of a PostgreSQL database.",
            "Write it like postgresql://riskgen@server/riskgen, or leave it out to keep a file in this folder.",
        )
    if key_file and key != "file":
        source.fault(
            ("register", "key_file"),
            "register-key",
            "A file is named for a key that is to be in the keyring.",
            "Take 'key_file' out, or write key: file.",
        )
    return RegisterPlace(url, key, key_file)


def _clean_texts(source: Source, value: Any, place: tuple[str | int, ...] = ()) -> None:
    """Refuse, in every text of the file, what would damage a Word form."""
    if isinstance(value, dict):
        for key, item in value.items():
            _clean_texts(source, item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _clean_texts(source, item, (*place, index))
    elif isinstance(value, str):
        _, reason = clean(value, one_line=True, longest=LONGEST_TEXT)
        if reason:
            source.fault(place, "school-text", *in_two(f"{named(place)} {reason.removeprefix('It ')}"))
