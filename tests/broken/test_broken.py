"""One file a mistake: put in the place of a good one, it is named with its line, in plain words, and nothing else is.

A broken file says at its top what must come of it:

    # place: hazards/animal.yaml    where it goes, unless it is the place of its folder
    # expect: code schema-unknown   the code of the one problem
    # expect: line 7                its line
    # expect: Did you mean 'order'? words that its message or its hint must hold; as many of these as wanted
    # with: set visit.minutes=0     for families: an option (set, visitor)
    # without: topics.yaml          a good file that is taken away first
"""

import ast
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from riskgen.core.problem import Problem
from riskgen.forms.catalogue import load_forms
from riskgen.intake.gather import Given, intake_of, visit_problems
from riskgen.library.check import check_library, example_school
from riskgen.library.examples import EXAMPLES_SCHEMA
from riskgen.library.hazards import HAZARD_SCHEMA, MATRIX_SCHEMA
from riskgen.library.imports import CHOSEN_SCHEMA, GUIDE_SCHEMA
from riskgen.library.policies import POLICY_SCHEMA
from riskgen.library.questions import QUESTIONS_SCHEMA, TOPIC_SCHEMA
from riskgen.library.retention import RETENTION_SCHEMA
from riskgen.library.school import SCHOOL_SCHEMA, read_school
from riskgen.library.source import Source

HERE = Path(__file__).parent
GOOD = HERE / "good"
ROOMS = [HERE.parents[1] / "riskgen" / room for room in ("files", "library", "intake")]
NOW = datetime(2026, 11, 30, 9, 0)
PLACES = {
    "questions": "data/questions.yaml",
    "topics": "data/topics.yaml",
    "hazards": "data/hazards/animal.yaml",
    "matrices": "data/matrices/somerset.yaml",
    "policies": "data/policies/moor-lane/2026-09-01.yaml",
    "examples": "data/policies/moor-lane/examples.yaml",
    "retention": "data/retention.yaml",
    "imports": "data/imports.yaml",
    "school": "data/examples/school.yaml",
    "families": "families/F-1.yaml",
    "forms-yaml": "templates/forms.yaml",
}
ELSEWHERE = {
    "file-unreadable": "tests/files/test_yaml.py",
    "answers-clash": "tests/intake/test_clashing.py",
    "clause-unless": "tests/library/test_exemptions.py",
    "retention-missing": "tests/library/test_retention.py",
    "family-mixed": "tests/intake/test_clashing.py",
    "visit-times": "tests/intake/test_clashing_times.py",
    "yaml-size": "tests/files/test_yaml.py",
}
"""Codes that no file kept here can bring about, and the tests that do."""
DOCUMENTS = [
    HERE.parent / name
    for name in (
        "forms/test_word.py",
        "files/test_controls.py",
        "intake/test_word_form.py",
        "intake/test_row.py",
        "service/test_intake_sheet.py",
    )
]
"""The tests of the codes of Word documents and workbooks."""
OF_DOCUMENTS = ("form-", "sheet-")


@dataclass(frozen=True)
class Broken:
    """A broken file, and what it says must come of it."""

    path: Path
    place: str
    line: int
    code: str
    words: tuple[str, ...]
    options: tuple[str, ...]
    without: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> "Broken":
        notes = re.findall(r"^# (\w+): (.*?)\r?$", path.read_bytes().decode("utf-8-sig", "replace"), re.MULTILINE)
        said = [value for key, value in notes if key == "expect"]
        place = next((value for key, value in notes if key == "place"), "")
        return cls(
            path,
            f"data/{place}" if place else PLACES[path.parent.name],
            int(next(value[5:] for value in said if re.fullmatch(r"line \d+", value))),
            next(value[5:] for value in said if value.startswith("code ")),
            tuple(value for value in said if not value.startswith(("code ", "line "))),
            tuple(value for key, value in notes if key == "with"),
            tuple(value for key, value in notes if key == "without"),
        )


FILES = sorted(path for path in HERE.glob("*/*") if path.is_file())
BROKEN = [Broken.read(path) for path in FILES]


@cache
def problems_of(broken: Broken) -> tuple[Problem, ...]:
    """Everything that riskgen says of a good home in which one file is replaced by a broken one."""
    with TemporaryDirectory() as folder:
        return _problems(broken, Path(folder) / "home")


def _problems(broken: Broken, home: Path) -> tuple[Problem, ...]:
    kind = broken.path.parent.name
    shutil.copytree(GOOD, home)
    for name in broken.without:
        (home / "data" / name).unlink()
    target = home / broken.place
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(broken.path, target)
    if kind == "forms-yaml":
        return load_forms(home / "templates")[1]
    library, problems = check_library(home / "data")
    if kind == "school":  # as the school's own file is read, whose policy must be there
        source = Source.read(target, broken.place)
        read_school(source, library.questions, library.policies, library.matrices)
        return tuple(source.problems)
    if kind != "families":
        return problems
    school, faults = example_school(home / "data", library)
    assert school is not None, (problems, faults)
    options = [option.split(" ", 1) for option in broken.options]
    given = Given().with_file(target, library.questions, school)
    given = given.with_settings((value for key, value in options if key == "set"), library.questions, school)
    given = given.with_visitors(tuple(value for key, value in options if key == "visitor"))
    intake, found = intake_of(given, school, library.questions)
    return problems + found + visit_problems(given, intake, NOW)


@pytest.mark.parametrize("broken", BROKEN, ids=[f"{broken.path.parent.name}/{broken.path.stem}" for broken in BROKEN])
def test_mistake_is_named_with_its_line_and_nothing_else_is(broken: Broken) -> None:
    problems = problems_of(broken)
    assert [problem.code for problem in problems] == [broken.code], problems
    (problem,) = problems
    assert problem.line == broken.line, problem
    assert broken.words
    assert [words for words in broken.words if words not in f"{problem.message} {problem.hint}"] == [], problem


@pytest.mark.parametrize("broken", BROKEN, ids=[f"{broken.path.parent.name}/{broken.path.stem}" for broken in BROKEN])
def test_message_is_plain_and_says_how_to_mend_it(broken: Broken) -> None:
    for problem in problems_of(broken):
        assert re.match(r"'?[\w(/.-]", problem.message), problem
        assert problem.message.endswith("."), problem
        assert "!" not in problem.message.replace("with !", ""), problem
        assert not re.search(r"\b(None|dict|str|regex|schema|null|Cerberus|tuple|token|scalar)\b", problem.message)
        assert problem.hint == "" or problem.hint[-1] in ".?", problem
        assert problem.hint or problem.code in SPEAKS_FOR_ITSELF, problem


SPEAKS_FOR_ITSELF = {"schema-min", "schema-max", "schema-form", "set-value", "answer-text", "text-unprintable"}
"""Problems whose message says already what to do."""


def test_good_files_have_nothing_wrong_with_them() -> None:
    library, problems = check_library(GOOD / "data")
    assert problems == ()
    assert load_forms(GOOD / "templates")[1] == ()
    school, _ = example_school(GOOD / "data", library)
    assert school is not None
    given = Given().with_file(GOOD / PLACES["families"], library.questions, school)
    intake, problems = intake_of(given, school, library.questions)
    assert problems + visit_problems(given, intake, NOW) == ()


def test_every_code_of_the_source_has_a_broken_file() -> None:
    known = {broken.code for broken in BROKEN} | set(ELSEWHERE)
    emitted = set(_codes_in_source()) | set(_codes_of_schemas())
    documents = {code for code in emitted - known if code.startswith(OF_DOCUMENTS)}  # which are no text
    tests = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    assert sorted(code for code in documents if code not in tests) == []
    assert sorted(emitted - known - documents) == []
    forms = {code for code in known if code.startswith("form-")}  # of the room of the Word forms
    assert sorted(known - emitted - forms) == []


def _codes_in_source() -> Iterator[str]:
    """Texts that look like a code and are handed to something that makes a problem."""
    for path in sorted(path for room in ROOMS for path in room.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name.strip("_") in ("at", "fault", "problem", "Problem", "refuse", "refused"):
                texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
                yield from (text for text in texts if re.fullmatch(r"[a-z]+(-[a-z]+)+", str(text)))


def _codes_of_schemas() -> Iterator[str]:
    """What Cerberus may find with the schemas of the library."""
    yield from ("schema-unknown", "schema-nullable")
    for schema in (
        QUESTIONS_SCHEMA,
        TOPIC_SCHEMA,
        HAZARD_SCHEMA,
        MATRIX_SCHEMA,
        POLICY_SCHEMA,
        EXAMPLES_SCHEMA,
        SCHOOL_SCHEMA,
        RETENTION_SCHEMA,
        GUIDE_SCHEMA,
        CHOSEN_SCHEMA,
    ):
        for rules in schema.values():
            yield from _rules_of(rules)


def _rules_of(rules: dict[str, object]) -> Iterator[str]:
    for rule, value in rules.items():
        if rule == "schema" and isinstance(value, dict) and rules.get("type") == "dict":
            for below in value.values():
                yield from _rules_of(below)
        elif rule in ("schema", "valuesrules", "keysrules") and isinstance(value, dict):
            yield from _rules_of(value)
        elif rule != "meta":
            yield "schema-form" if rule == "check_with" else f"schema-{rule}"
