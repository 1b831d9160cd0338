"""templates/forms.yaml: which Word forms there are, who holds each, in which packs it is, and what it must print."""

from enum import StrEnum
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from riskgen.core.problem import Problem
from riskgen.core.struct import Struct, replace
from riskgen.files.lists import Row, Rows, read_list, sound_list
from riskgen.files.yaml import Document
from riskgen.forms.contract import documented_fields


class Holder(StrEnum):
    """Who holds a form once it is printed. `LETTERBOX` is whoever finds what was left at the door."""

    OFFICE = "office"
    MANAGER = "manager"
    HEADTEACHER = "headteacher"
    PUPIL_FILE = "pupil-file"
    VISITORS = "visitors"
    FAMILY = "family"
    AGENCY = "agency"
    LETTERBOX = "letterbox"

    @property
    def words(self) -> str:
        return _HOLDERS[self]

    @property
    def at_school(self) -> bool:
        """Whether what this holder has stays at school."""
        return self in _AT_SCHOOL


_HOLDERS = {
    Holder.OFFICE: "School office",
    Holder.MANAGER: "Line manager",
    Holder.HEADTEACHER: "Headteacher",
    Holder.PUPIL_FILE: "Pupil's file",
    Holder.VISITORS: "Visitors",
    Holder.FAMILY: "The family",
    Holder.AGENCY: "The other agency",
    Holder.LETTERBOX: "Left at the door, where anybody may read it",
}
_AT_SCHOOL = frozenset({Holder.OFFICE, Holder.MANAGER, Holder.HEADTEACHER, Holder.PUPIL_FILE})


class Pack(StrEnum):
    """What a pack of forms is for.

    `DECISION`: the visit is referred, or must not be made. `VISIT`: it may go ahead. `RECORD`: it has been.
    `CANCELLATION`: it was called off.
    """

    DECISION = "decision"
    VISIT = "visit"
    RECORD = "record"
    CANCELLATION = "cancellation"


class FormEntry(Struct, frozen=True):
    """One form. `secret`: it carries the safe word. `at_assess`: `riskgen assess` writes it, and not a pack alone.

    `if_called_for`: it is in a pack only where the policy calls for it.
    """

    id: str
    title: str
    file: Path
    order: int
    holders: tuple[Holder, ...]
    secret: bool = False
    mandatory: tuple[str, ...] = ()
    packs: tuple[Pack, ...] = (Pack.VISIT,)
    at_assess: bool = True
    if_called_for: bool = False
    shown: str = ""

    def __post_init__(self) -> None:
        """Raises `ValueError` where a form that leaves the office would carry the safe word, wherever it comes from."""
        if self.secret and self.holders != (Holder.OFFICE,):
            raise ValueError("Only the office holds a form with the safe word.")

    @property
    def called(self) -> str:
        """How messages name the file."""
        return self.shown or str(self.file)


_TEXT = {"type": "string", "minlength": 1, "maxlength": 200}
_YES_NO = {"type": "string", "allowed": ["yes", "no"]}
_HOLDER = [holder.value for holder in Holder]
_ENTRY: dict[str, Any] = {
    "id": {**_TEXT, "required": True, "regex": "[a-z0-9]+(-[a-z0-9]+)*"},
    "title": {**_TEXT, "required": True},
    "file": {**_TEXT, "required": True},
    "order": {"type": "integer", "required": True},
    "holder": {
        "type": ["string", "list"],
        "required": True,
        "allowed": _HOLDER,
        "minlength": 1,
        "schema": {"type": "string"},
    },
    "packs": {"type": "list", "minlength": 1, "schema": {"type": "string", "allowed": [pack.value for pack in Pack]}},
    "at_assess": _YES_NO,
    "if_called_for": _YES_NO,
    "safe_word": _YES_NO,
    "mandatory": {"type": "list", "schema": {"type": "string"}},
}


def load_forms(
    templates: Path, shown: str = "", *, kept: bool = False
) -> tuple[tuple[FormEntry, ...], tuple[Problem, ...]]:
    """The forms in the order of the pack, and every fault of forms.yaml. With faults, no forms.

    `kept`: as they were found sound before, where nothing has changed since.
    """
    path, shown = templates / "forms.yaml", shown or f"{templates.name}/forms.yaml"
    read = partial(read_list, path, shown, _ENTRY, "forms", _faults, _entry)
    forms, problems = sound_list(path, "forms", FormEntry, (), read) if kept else read()
    there = (replace(form, file=templates / form.file, shown=f"{templates.name}/{form.shown}") for form in forms)
    return tuple(sorted(there, key=lambda form: form.order)), problems


def _entry(row: Row) -> FormEntry:
    """A form, with its file as forms.yaml names it."""
    return FormEntry(
        id=row["id"],
        title=row["title"],
        file=Path(*PurePosixPath(row["file"]).parts),
        order=row["order"],
        holders=_holders(row),
        secret=_yes(row, "safe_word"),
        mandatory=tuple(row.get("mandatory", ())),
        packs=tuple(map(Pack, row.get("packs", (Pack.VISIT,)))),
        at_assess=row.get("at_assess") != "no",
        if_called_for=_yes(row, "if_called_for"),
        shown=row["file"],
    )


def _holders(row: Row) -> tuple[Holder, ...]:
    named = row["holder"]
    return tuple(map(Holder, [named] if isinstance(named, str) else named))


def _yes(row: Row, key: str) -> bool:
    return bool(row.get(key) == "yes")


def _faults(document: Document, rows: Rows) -> list[Problem]:
    known = {path for path, _, _ in documented_fields()}
    seen: dict[str, int] = {}
    faults: list[Problem] = []
    for number, row in enumerate(rows):
        line = document.line((number, "id"))
        if row["id"] in seen:
            message = f"The form '{row['id']}' stands here twice; first on line {seen[row['id']]}."
            faults.append(document.problem((number, "id"), "form-twice", message, "Give one of them another id."))
        seen.setdefault(row["id"], line)
        if not _inside(row["file"]):
            message = f"'{row['file']}' is not a .docx inside the templates folder."
            hint = "Write it like forms/risk-assessment.docx."
            faults.append(document.problem((number, "file"), "form-file", message, hint))
        if _yes(row, "safe_word") and _holders(row) != (Holder.OFFICE,):
            message = f"The form '{row['id']}' leaves the school office and must not carry the safe word."
            hint = "Take out safe_word, or make the office its only holder."
            faults.append(document.problem((number, "safe_word"), "form-safe-word", message, hint))
        if outside := _written_too_early(row):
            message = f"The form '{row['id']}' would go to {outside} though nobody goes, or the visit was called off."
            hint = "Take decision and cancellation out of packs, or change who holds it."
            faults.append(document.problem((number, "packs"), "form-too-early", message, hint))
        for index, name in enumerate(row.get("mandatory", ())):
            if name not in known:
                message = f"'{name}' is not a field that a form can print."
                hint = "riskgen fields lists every field."
                faults.append(document.problem((number, "mandatory", index), "form-mandatory", message, hint))
    return faults


def _written_too_early(row: Row) -> str:
    """Who outside the school would get a form of a visit that nobody makes; empty where nobody would."""
    early = {Pack.DECISION, Pack.CANCELLATION} & set(map(Pack, row.get("packs", ())))
    outside = [holder for holder in _holders(row) if not holder.at_school and holder is not Holder.VISITORS]
    return ", ".join(holder.words.lower() for holder in outside) if early else ""


def _inside(name: str) -> bool:
    """Whether a file name stays within its folder on every system."""
    path = PurePosixPath(name)
    return path.suffix == ".docx" and not path.is_absolute() and ".." not in path.parts and not set(name) & set("\\:")
