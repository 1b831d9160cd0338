"""The files of families in the school's folder, by the references of the families."""

from collections.abc import Mapping
from pathlib import Path

from riskgen.core.conditions import Value
from riskgen.core.problem import Problem
from riskgen.core.struct import Struct
from riskgen.files.visit_columns import REFERENCE
from riskgen.files.yaml import Document, read_yaml
from riskgen.intake.gather import answers_in
from riskgen.intake.sheet import Sheet
from riskgen.service.homes import Home
from riskgen.service.markers import same_family

FAMILIES = "families"


class Known(Struct, frozen=True):
    """A family's file that is there. What is wrong with its answers is among the problems of `sheet`."""

    path: Path
    before: bytes
    document: Document
    sheet: Sheet

    @property
    def values(self) -> Mapping[str, Value]:
        return self.sheet.values


def known_families(home: Home) -> tuple[dict[str, list[Known]], list[Problem]]:
    """The families' files by their reference (`same_family`), and what is wrong with those that cannot be read.

    A file that does not say of which family it is, is of the one that it is named after. One that cannot be read may be
    any family's.
    """
    folder = home.folder / FAMILIES
    found: dict[str, list[Known]] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
        document = read_yaml(path, f"{FAMILIES}/{path.name}")
        sheet = answers_in(document, home.library.questions, home.school)
        if sheet.unread or document.problems:
            problems += document.problems or sheet.problems
            continue
        reference = same_family(str(sheet.values.get(REFERENCE, ""))) or same_family(path.stem)
        found.setdefault(reference, []).append(Known(path, path.read_bytes(), document, sheet))
    return found, problems
