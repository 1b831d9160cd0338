"""templates/forms.yaml: which Word forms there are, who carries each, and what each must print."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from riskgen.core.problem import Problem
from riskgen.files.schema import check
from riskgen.files.yaml import Document, read_yaml
from riskgen.forms.context import documented_fields

Holder = Literal["office", "visitors"]


@dataclass(frozen=True)
class FormEntry:
    """One form. `secret`: this copy carries the safe word. `names_word`: some copy of its file does."""

    id: str
    title: str
    file: Path
    order: int
    holder: Holder
    secret: bool = False
    mandatory: tuple[str, ...] = ()
    names_word: bool = False
    shown: str = ""

    @property
    def called(self) -> str:
        """How messages name the file."""
        return self.shown or str(self.file)


_TEXT = {"type": "string", "minlength": 1, "maxlength": 200}
_ENTRY: dict[str, Any] = {
    "id": {**_TEXT, "required": True, "regex": "[a-z0-9]+(-[a-z0-9]+)*"},
    "title": {**_TEXT, "required": True},
    "file": {**_TEXT, "required": True},
    "order": {"type": "integer", "required": True},
    "holder": {"type": "string", "required": True, "allowed": ["office", "visitors"]},
    "safe_word": {"type": "string", "allowed": ["yes", "no"]},
    "mandatory": {"type": "list", "schema": {"type": "string"}},
}


def load_forms(templates: Path, shown: str = "") -> tuple[tuple[FormEntry, ...], tuple[Problem, ...]]:
    """The forms in the order of the pack, and every fault of forms.yaml. With faults, no forms."""
    document = read_yaml(templates / "forms.yaml", shown or f"{templates.name}/forms.yaml")
    if document.problems:
        return (), document.problems
    rows: Any = document.data
    if not isinstance(rows, list):
        problem = document.problem((), "schema-type", "The file must be a list of forms.", "Begin each with '- id:'.")
        return (), (problem,)
    problems = tuple(fault for number, row in enumerate(rows) for fault in check(document, _ENTRY, (number,), row))
    problems = problems or tuple(_faults(document, rows))
    if problems:
        return (), problems
    with_word = {row["file"] for row in rows if _carries(row)}
    entries = [_entry(row, templates, row["file"] in with_word) for row in rows]
    return tuple(sorted(entries, key=lambda entry: entry.order)), ()


def _entry(row: dict[str, Any], templates: Path, names_word: bool) -> FormEntry:
    return FormEntry(
        id=row["id"],
        title=row["title"],
        file=templates.joinpath(*PurePosixPath(row["file"]).parts),
        order=row["order"],
        holder=row["holder"],
        secret=_carries(row),
        mandatory=tuple(row.get("mandatory", ())),
        names_word=names_word,
        shown=f"{templates.name}/{row['file']}",
    )


def _carries(row: dict[str, Any]) -> bool:
    return bool(row.get("safe_word") == "yes")


def _faults(document: Document, rows: list[dict[str, Any]]) -> list[Problem]:
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
        if _carries(row) and row["holder"] != "office":
            message = f"The form '{row['id']}' travels with the visitors and must not carry the safe word."
            hint = "Take out safe_word, or make the office its holder."
            faults.append(document.problem((number, "safe_word"), "form-safe-word", message, hint))
        for index, name in enumerate(row.get("mandatory", ())):
            if name not in known:
                message = f"'{name}' is not a field that a form can print."
                hint = "riskgen fields lists every field."
                faults.append(document.problem((number, "mandatory", index), "form-mandatory", message, hint))
    return faults


def _inside(name: str) -> bool:
    """Whether a file name stays within its folder on every system."""
    path = PurePosixPath(name)
    return path.suffix == ".docx" and not path.is_absolute() and ".." not in path.parts and not set(name) & set("\\:")
