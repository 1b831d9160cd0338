"""What many tests share: the shipped library, the invented school, and the worked cases as intakes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.conditions import Value
from riskgen.core.model import Intake, School
from riskgen.files.answers import read_answers
from riskgen.files.schema import parse_moment
from riskgen.files.yaml import read_yaml
from riskgen.library.check import example_school as read_example_school
from riskgen.library.load import WORKED_CASES, Library, load_library

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="session")
def library() -> Library:
    found, problems = load_library(DATA)
    assert problems == ()
    return found


@pytest.fixture(scope="session")
def example_school(library: Library) -> School:
    found, problems = read_example_school(DATA, library)
    assert found is not None, problems
    return found


@pytest.fixture(scope="session")
def worked_cases(library: Library) -> Mapping[str, Mapping[str, Any]]:
    """The worked cases as they are written, by policy."""
    return {name: _plain(DATA / "policies" / name / WORKED_CASES) for name in library.policies}


@pytest.fixture(scope="session")
def intakes(
    library: Library, example_school: School, worked_cases: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Mapping[str, Intake]]:
    """The worked cases as intakes, by policy and then by name. Answers of `now` are among the answers."""
    found: dict[str, dict[str, Intake]] = {}
    staff = {person.id: person for person in example_school.staff}
    for policy, written in worked_cases.items():
        document = read_yaml(DATA / "policies" / policy / WORKED_CASES)
        for index, case in enumerate(written["cases"]):
            answers: dict[str, Value] = {}
            for place in (("base",), ("cases", index, "answers"), ("cases", index, "now")):
                if (written if place == ("base",) else case).get(place[-1]):
                    given = read_answers(document, library.questions, staff, place)
                    assert given.problems == ()
                    answers = {name: value for name, value in answers.items() if name not in given.given}
                    answers |= given.values
            visit = {**written["visit"], **(case.get("visit") or {})}
            start = parse_moment(str(visit["start"]))
            assert start is not None
            answers |= {"visit.start": start, "visit.purpose": visit["purpose"], "visit.minutes": visit["minutes"]}
            visitors = tuple(staff[name] for name in visit["visitors"])
            intake = Intake(answers, visitors, example_school.staff, example_school.evening_from)
            found.setdefault(policy, {})[str(case["name"])] = intake
    return found


def _plain(path: Path) -> Mapping[str, Any]:
    data: Any = read_yaml(path).data
    assert isinstance(data, dict)
    return data
