"""The whole library of a school: every question, topic, hazard, matrix and policy, read together."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TypeVar

from riskgen.core.model import Catalogue, Hazard, Matrix, Policy, Question, Topic
from riskgen.core.problem import Problem
from riskgen.core.struct import Struct
from riskgen.library.hazards import read_hazard, read_matrix
from riskgen.library.policies import read_policy
from riskgen.library.questions import Group, read_questions, read_topics
from riskgen.library.source import Source

DEFAULT_MATRIX = "somerset"
"""Gives L, M and H, as Appendix 1 of the bchs policy does."""
T = TypeVar("T")

WORKED_CASES = "examples.yaml"


class Library(Struct, frozen=True):
    """What `data/` holds. `policies` maps a policy to its editions, oldest first."""

    folder: Path
    questions: Mapping[str, Question]
    groups: Mapping[str, Group]
    topics: tuple[Topic, ...]
    hazards: tuple[Hazard, ...]
    matrices: Mapping[str, Matrix]
    policies: Mapping[str, tuple[Policy, ...]]

    def catalogue(self, matrix: str = "") -> Catalogue:
        """What visits are decided with. Raises `KeyError` for a matrix that the library lacks."""
        return Catalogue(self.questions, self.topics, self.hazards, self.matrices[matrix or DEFAULT_MATRIX])

    def edition_on(self, policy: str, day: date) -> Policy | None:
        """The edition of a policy in force on a day: the latest that has begun and is not withdrawn."""
        begun = [edition for edition in self.policies.get(policy, ()) if edition.in_force <= day]
        if not begun:
            return None
        latest = begun[-1]
        return None if latest.withdrawn and day >= latest.withdrawn else latest


def load_library(folder: Path) -> tuple[Library, tuple[Problem, ...]]:
    """Read `data/`. All faults come back together; with any, the library is not to be used."""
    problems: list[Problem] = []

    def each(paths: list[Path], read: Callable[[Source], T | None]) -> list[tuple[Path, T]]:
        found = []
        for path in paths:
            source = Source.read(path, shown(folder, path))
            result = read(source)
            problems.extend(source.problems)
            if result is not None:
                found.append((path, result))
        return found

    questions, groups = next((found for _, found in each([folder / "questions.yaml"], read_questions)), ({}, {}))
    if not questions:  # everything else rests on them; its faults would only bury theirs
        return Library(folder, {}, {}, (), (), {}, {}), tuple(problems)
    before = len(problems)
    topics = next(
        (found for _, found in each([folder / "topics.yaml"], lambda source: read_topics(source, questions))), ()
    )
    sound_topics = topics if len(problems) == before else None  # clauses are not blamed for a topic that is faulty
    hazards = each(sorted((folder / "hazards").glob("*.yaml")), lambda source: read_hazard(source, questions))
    matrices = each(sorted((folder / "matrices").glob("*.yaml")), read_matrix)
    editions = each(
        sorted(path for path in (folder / "policies").glob("*/*.yaml") if path.name != WORKED_CASES),
        lambda source: read_policy(source, questions, sound_topics),
    )
    problems += _strays(folder)
    policies: dict[str, tuple[Policy, ...]] = {}
    for path, policy in editions:
        problems += _misplaced(folder, path, policy)
        policies[policy.id] = tuple(
            sorted((*policies.get(policy.id, ()), policy), key=lambda edition: edition.in_force)
        )
    for path, named in [(path, hazard.id) for path, hazard in hazards] + [
        (path, matrix.id) for path, matrix in matrices
    ]:
        if path.stem != named:
            problems.append(
                Problem(
                    shown(folder, path),
                    1,
                    "file-name",
                    f"The file is called '{path.stem}' and its id is '{named}'.",
                    "Make them the same.",
                )
            )
    library = Library(
        folder,
        questions,
        groups,
        topics,
        tuple(sorted((hazard for _, hazard in hazards), key=lambda hazard: (hazard.order, hazard.id))),
        {matrix.id: matrix for _, matrix in matrices},
        policies,
    )
    return library, tuple(problems)


def shown(folder: Path, path: Path) -> str:
    """How messages name a file of the library: from `data/` on, with forward slashes."""
    return f"{folder.name}/{path.relative_to(folder).as_posix()}"


def _strays(folder: Path) -> list[Problem]:
    """Files that somebody may believe to count, though their name or place hides them from riskgen."""
    hint = "riskgen reads hazards/<hazard>.yaml, matrices/<matrix>.yaml and policies/<policy>/<date>.yaml."
    found = []
    for part, levels in (("hazards", 1), ("matrices", 1), ("policies", 2)):
        for path in sorted((folder / part).rglob("*")):
            if path.suffix.casefold() not in (".yaml", ".yml"):
                continue
            if path.suffix != ".yaml" or len(path.relative_to(folder / part).parts) != levels:
                found.append(Problem(shown(folder, path), 1, "file-ignored", "This file is not read.", hint))
    return found


def _misplaced(folder: Path, path: Path, policy: Policy) -> list[Problem]:
    found = []
    if path.parent.name != policy.id:
        found.append(
            Problem(
                shown(folder, path),
                1,
                "file-name",
                f"The folder is called '{path.parent.name}' and the policy's id is '{policy.id}'.",
                "Make them the same.",
            )
        )
    if path.stem != policy.edition:
        found.append(
            Problem(
                shown(folder, path),
                1,
                "file-name",
                f"The file is called '{path.stem}' and the edition is in force from {policy.edition}.",
                "Make them the same.",
            )
        )
    return found
