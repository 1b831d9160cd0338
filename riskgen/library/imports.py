"""Reading `data/imports.yaml`, by which columns of an export are known, and the school's own `imports.yaml`."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from riskgen.core.model import Question
from riskgen.core.problem import Problem
from riskgen.core.struct import Struct, field
from riskgen.core.terms import QuestionType
from riskgen.files.schema import Schema
from riskgen.files.text import folded
from riskgen.library.policies import ROLES_QUESTION, known_roles
from riskgen.library.source import NEEDED, TEXT, WORDS, YES_NO, Source, near, several, text

IMPORTS_FILE = "imports.yaml"
"""In `data/` it says how columns are known; in the school's folder it keeps which were chosen."""


class Sort(StrEnum):
    """What an export is of."""

    STAFF = "staff"
    FAMILIES = "families"


class Kind(StrEnum):
    """What the cells of a column hold, and so what must not happen to them on their way through Excel."""

    TEXT = "text"
    PHONE = "phone"
    POSTCODE = "postcode"
    DATE = "date"
    ROLES = "roles"


class Join(StrEnum):
    """What stands between the columns that make up a field together."""

    SPACE = "space"
    LINES = "lines"

    @property
    def between(self) -> str:
        return " " if self is Join.SPACE else "\n"


class Part(Struct, frozen=True):
    """A column that makes up a field together with others. `headers` are as `folded_header` gives them."""

    headers: tuple[str, ...]
    kind: Kind
    same_line: bool = False


class Wanted(Struct, frozen=True):
    """A field of ours, and by which columns it is known."""

    field: str
    label: str
    kind: Kind
    needed: bool
    join: Join
    headers: tuple[str, ...]
    otherwise: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def known(self) -> frozenset[str]:
        """Every header that says something of the field."""
        return frozenset((*self.headers, *self.otherwise, *(header for part in self.parts for header in part.headers)))


class Guide(Struct, frozen=True):
    """What `data/imports.yaml` says. `titles` gives the roles that a job title, by `folded`, stands for."""

    wanted: Mapping[Sort, tuple[Wanted, ...]]
    titles: Mapping[str, tuple[str, ...]]


class Chosen(Struct, frozen=True):
    """What the school's `imports.yaml` keeps of one sort of export: the headers of each field, none for a field that
    the export does not have, and the roles of job titles, these by `folded`."""

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_KINDS: Schema = {"type": "string", "allowed": [kind.value for kind in Kind if kind is not Kind.ROLES]}
_WANTED: Mapping[str, Any] = {
    "field": NEEDED,
    "label": TEXT,
    "needed": YES_NO,
    "kind": {"type": "string", "allowed": [kind.value for kind in Kind]},
    "join": {"type": "string", "allowed": [join.value for join in Join]},
    "headers": WORDS,
    "otherwise": WORDS,
    "parts": {
        "type": "list",
        "schema": {
            "type": "dict",
            "schema": {"headers": {**WORDS, "required": True, "minlength": 1}, "kind": _KINDS, "same_line": YES_NO},
        },
    },
}
_SORT: Mapping[str, Any] = {"type": "list", "required": True, "schema": {"type": "dict", "schema": _WANTED}}
GUIDE_SCHEMA: Schema = {
    "note": TEXT,
    Sort.STAFF.value: _SORT,
    Sort.FAMILIES.value: _SORT,
    "titles": {"type": "dict", "valuesrules": WORDS},
}
_HEADERS = {"type": ["string", "list"], "schema": TEXT}
_CHOSEN: Mapping[str, Any] = {
    "columns": {"type": "dict", "valuesrules": _HEADERS},
    "roles": {"type": "dict", "valuesrules": _HEADERS},
}
CHOSEN_SCHEMA: Schema = {
    Sort.STAFF.value: {"type": "dict", "schema": _CHOSEN},
    Sort.FAMILIES.value: {"type": "dict", "schema": {"columns": _CHOSEN["columns"]}},
}
STAFF_FIELDS = ("id", "name", "roles", "mobile", "vehicle", "registration")
"""What an export may say of a member of staff. What gives rights or says who is insured is the school's own to enter:
accounts and insurance."""
FAMILY_GROUPS = ("family", "child")
"""Groups of questions that an export may answer. What the school has found out itself never comes from one."""
REFERENCE = {Sort.STAFF: "id", Sort.FAMILIES: "family.reference"}
"""The field by which a row is matched with what there is."""


def folded_header(header: str) -> str:
    """A header as it is compared: without regard to capitals, punctuation, and spaces between words."""
    return " ".join(re.findall(r"\w+", header.casefold().replace("'", "").replace("’", "").replace("_", " ")))


def load_guide(folder: Path, questions: Mapping[str, Question]) -> tuple[Guide | None, tuple[Problem, ...]]:
    """What `data/imports.yaml` of a folder says. Questions are needed for what fields may be, and roles."""
    source = Source.read(folder / IMPORTS_FILE, f"{folder.name}/{IMPORTS_FILE}")
    guide = read_guide(source, questions)
    return guide, tuple(source.problems)


def read_guide(source: Source, questions: Mapping[str, Question]) -> Guide | None:
    """What a file says of columns, or None with the faults in `source`."""
    if not source.readable or not source.fits(GUIDE_SCHEMA):
        return None
    data: Any = source.document.data
    before = len(source.problems)
    wanted = {sort: _wanted(source, sort, data[sort.value], questions) for sort in Sort}
    titles: dict[str, tuple[str, ...]] = {}
    options = questions[ROLES_QUESTION].options if ROLES_QUESTION in questions else ()
    roles = [option.id for option in options]
    for option in options:
        titles |= dict.fromkeys(map(folded, (option.id, option.label)), (option.id,))
    for role, words in (data.get("titles") or {}).items():
        if role not in roles:
            hint = near(role, roles, f"The options of '{ROLES_QUESTION}' in data/questions.yaml list every role.")
            source.fault(("titles", role), "role-unknown", f"There is no role '{role}'.", hint)
        titles |= dict.fromkeys(map(folded, words), (role,))
    return Guide(wanted, titles) if len(source.problems) == before else None


def _wanted(
    source: Source, sort: Sort, rows: Iterable[Mapping[str, Any]], questions: Mapping[str, Question]
) -> tuple[Wanted, ...]:
    found: list[Wanted] = []
    known = fields_of(sort, questions)
    words = [name.partition(".")[2] for name in known]
    for index, raw in enumerate(rows):
        name = text(raw["field"])
        if name not in known:
            hint = near(name, known, f"It may be: {', '.join(known)}.")
            source.fault((sort.value, index, "field"), "import-field", f"An export cannot give '{name}'.", hint)
            continue
        question = questions.get(name) if sort is Sort.FAMILIES else None
        label = text(raw.get("label")) or (question.label if question else name)
        kind = Kind(raw.get("kind", _kind_of(question)))
        word = name.partition(".")[2]
        own = [name, label, *([word] if words.count(word) == 1 else [])]  # 'name' is a family's and a child's
        parts = tuple(
            Part(_folded(part["headers"]), Kind(part.get("kind", kind)), part.get("same_line") == "yes")
            for part in raw.get("parts") or ()
        )
        in_parts = {header for part in parts for header in part.headers}
        whole = tuple(header for header in _folded([*own, *(raw.get("headers") or ())]) if header not in in_parts)
        others = _folded(raw.get("otherwise") or ())
        needed = raw.get("needed") == "yes" or name == REFERENCE[sort]
        found.append(Wanted(name, label, kind, needed, Join(raw.get("join", "space")), whole, others, parts))
    return tuple(found)


def fields_of(sort: Sort, questions: Mapping[str, Question]) -> tuple[str, ...]:
    """The fields that an export of a sort may give."""
    if sort is Sort.STAFF:
        return STAFF_FIELDS
    return tuple(
        name
        for name, question in questions.items()
        if question.group in FAMILY_GROUPS
        and not question.derived
        and question.type in (QuestionType.TEXT, QuestionType.DATE)
    )


def _kind_of(question: Question | None) -> Kind:
    return Kind.DATE if question and question.type is QuestionType.DATE else Kind.TEXT


def _folded(headers: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(folded_header, headers)))


def read_chosen(source: Source, questions: Mapping[str, Question]) -> Mapping[Sort, Chosen] | None:
    """What the school's own file keeps, or None with the faults in `source`."""
    if not source.readable or not source.fits(CHOSEN_SCHEMA):
        return None
    data: Any = source.document.data
    before = len(source.problems)
    found = {}
    for sort in Sort:
        raw = data.get(sort.value) or {}
        known = fields_of(sort, questions)
        columns = {name: several(headers) for name, headers in (raw.get("columns") or {}).items()}
        for name in columns:
            if name not in known:
                hint = near(name, known, f"It may be: {', '.join(known)}.")
                source.fault((sort.value, "columns", name), "import-field", f"An export cannot give '{name}'.", hint)
        roles = {title: several(named) for title, named in (raw.get("roles") or {}).items()}
        for title, named in roles.items():
            known_roles(source, (sort.value, "roles", title), named, questions)
        found[sort] = Chosen(columns, {folded(title): named for title, named in roles.items()})
    return found if len(source.problems) == before else None


def no_choices() -> Mapping[Sort, Chosen]:
    """What is kept where nothing was ever chosen."""
    return {sort: Chosen() for sort in Sort}
