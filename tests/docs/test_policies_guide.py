"""A policy owner who knows no Python follows docs/policies.md to the letter, and it works.

`moor-lane` holds what an owner would write: a policy, its worked cases, a hazard, and entries for forms.yaml and
steps.yaml. The questions and the matrix are those of the guide, word for word; the Word form is made below.
"""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from docx import Document
from docx.document import Document as WordDocument

from riskgen.cli.main import cli
from riskgen.files.answers import read_answers
from riskgen.files.yaml import parse_yaml
from riskgen.forms.catalogue import load_forms
from riskgen.forms.emergencies import load_emergencies
from riskgen.forms.steps import load_steps
from riskgen.library.examples import EXAMPLES_SCHEMA
from riskgen.library.imports import read_chosen
from riskgen.library.load import Library, load_library
from riskgen.library.school import read_school
from riskgen.library.source import Source
from riskgen.service.homes import Home

WRITTEN = Path(__file__).parent / "moor-lane"
NOW = datetime(2026, 11, 20, 9, 0)
VISIT = (
    "families/F-0123.yaml",
    "--answers",
    "visits-planned/visit-F-0123.yaml",
    "--start",
    "2026-12-02 10:30",
    "--set",
    "household.pond=yes",
    "--set",
    "visit.away_from_water=yes",
)
KINDS = {
    "policy": "in_force:",
    "conditions": "{any: [<condition>",
    "now": "now:",
    "worked cases": "base:",
    "hazard": "persons_at_risk:",
    "matrix": "grid:",
    "question": "questions:",
    "form": "file: forms/",
    "steps": "risks:",
    "emergencies": "facts:",
}
"""Words by which each example of the guide is known."""


def block(blocks: tuple[str, ...], kind: str) -> str:
    mark = KINDS[kind]
    return next(text for text in blocks if re.search(rf"^\s*(- )?{re.escape(mark)}", text, re.MULTILINE))


# --- the owner's work ---------------------------------------------------------------------------


def word_form(path: Path) -> None:
    """A form as somebody makes it in Word, which splits what people type into pieces as it pleases."""
    document: WordDocument = Document()
    document.core_properties.title = "Hazards at a glance"
    document.add_heading("Hazards at a glance")
    line = document.add_paragraph("{{ school.name }}: visit {{ refer")
    line.add_run("ence }}").bold = True
    line.add_run(" on {{ visit.date }}")
    table = document.add_table(rows=4, cols=2)
    rows = (
        ("Hazard", "Risk"),
        ("{%tr for hazard in hazards %}", ""),
        ("{{ hazard.name }}", "{% cellbg hazard.residual.colour %}{{ hazard.residual.name }}"),
        ("{%tr endfor %}", ""),
    )
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    for text in ("{%p if copy.office %}", "This copy stays at school.", "{%p endif %}", "{{ copy.label }}"):
        document.add_paragraph(text)
    document.save(str(path))


def follow_the_guide(school: Path, guide: tuple[str, ...]) -> None:
    """Put everything where the guide says that it goes."""
    shutil.copytree(WRITTEN / "data", school / "data", dirs_exist_ok=True)
    (school / "data" / "matrices" / "three-by-three.yaml").write_text(block(guide, "matrix"), encoding="utf-8")
    append(school / "data" / "questions.yaml", block(guide, "question").removeprefix("questions:\n"))
    append(school / "templates" / "forms.yaml", (WRITTEN / "forms-entry.yaml").read_text(encoding="utf-8"))
    append(school / "templates" / "steps.yaml", (WRITTEN / "steps-entry.yaml").read_text(encoding="utf-8"))
    word_form(school / "templates" / "forms" / "hazards-at-a-glance.docx")
    for cases in (school / "data" / "policies").glob("*/examples.yaml"):
        if cases.parent.name != "moor-lane":
            replace(cases, "base:\n", "base:\n  household.pond: no\n")
    replace(school / "school.yaml", "policy: bchs\n", "policy: moor-lane\nmatrix: three-by-three\n")


def append(path: Path, text: str) -> None:
    path.write_text(f"{path.read_text(encoding='utf-8').rstrip()}\n{text}", encoding="utf-8")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert f"\n{old}" in text or text.startswith(old), path.name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture(scope="module", autouse=True)
def _clock_stands_still() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Home, "now", lambda home: NOW)
        patch.delenv("RISKGEN_HOME", raising=False)
        yield


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory, guide_blocks: tuple[str, ...]) -> Path:
    folder = tmp_path_factory.mktemp("owner") / "myschool"
    made = CliRunner().invoke(cli, ["init", str(folder), "--policy", "bchs"])
    assert made.exit_code == 0, made.output
    follow_the_guide(folder, guide_blocks)
    return folder


@dataclass(frozen=True)
class Assessed:
    """What `riskgen assess --json` printed, and where the forms are."""

    report: dict[str, Any]
    forms: Path

    def form(self, name: str) -> str:
        (path,) = self.forms.glob(f"*{name}*.docx")
        return " ".join(text_of(path).split())


def text_of(path: Path) -> str:
    """All that a Word form says, one paragraph a line."""
    mark = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    document: Any = Document(str(path))
    paragraphs = document.element.body.iter(f"{mark}p")
    return "\n".join("".join(piece.text or "" for piece in each.iter(f"{mark}t")) for each in paragraphs)


@pytest.fixture(scope="module")
def assessed(school: Path) -> Assessed:
    forms = school / "visits" / "trial"
    result = call(school, "assess", *VISIT, "--no-input", "--json", "--output", str(forms))
    return Assessed(json.loads(result), forms)


def call(school: Path, command: str, *arguments: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(school)
        result = CliRunner().invoke(cli, [command, *arguments])
    assert result.exit_code == 0, result.output or result.exception
    return result.stdout


def test_the_check_is_clean(school: Path) -> None:
    problems = json.loads(call(school, "check", "--json"))["problems"]
    assert [problem for problem in problems if problem["severity"] == "fault"] == []
    assert "open-water" not in json.dumps(problems), "a control measure answers each harm"


def test_other_policies_may_go_and_the_worked_cases_still_count(school: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    unused = shutil.ignore_patterns("bchs", "heather-avenue", "le-rocquier", "robert-ogden", "st-patricks")
    shutil.copytree(school, alone, ignore=unused)
    replace(alone / "data" / "examples" / "school.yaml", "policy: bchs\n", "policy: moor-lane\n")
    assert "with 12 clauses" in call(alone, "check")
    cases = alone / "data" / "policies" / "moor-lane" / "examples.yaml"
    replace(cases, "    answers: {visit.back_at: 11:41}\n", "    answers: {visit.back_at: 11:40}\n")
    with pytest.raises(AssertionError, match="ninety-one minutes"):
        call(alone, "check")


def test_there_are_enough_worked_cases_of_every_sort() -> None:
    text = (WRITTEN / "data" / "policies" / "moor-lane" / "examples.yaml").read_text(encoding="utf-8")
    shows = re.findall(r"^    shows: (\S+)$", text, re.MULTILINE)
    assert len(shows) >= 8
    assert {"go", "stop", "condition", "silence", "unknown", "boundary"} <= set(shows)


def test_the_policy_decides_on_its_own_matrix(assessed: Assessed) -> None:
    report = assessed.report
    assert (report["policy"]["id"], report["policy"]["edition"]) == ("moor-lane", "2026-09-01")
    assert report["decision"]["outcome"] == "refer"
    assert [reason["clause"] for reason in report["decision"]["because"]] == ["animals"], "a dog; the policy is silent"
    assert report["authorise"] == {"by": ["headteacher", "senior-leader"], "clause": "ML-02"}
    assert {finding["id"] for finding in report["findings"]} == {f"ML-{number:02}" for number in range(1, 13)}


def test_the_hazard_is_rated_by_its_question_and_its_control(assessed: Assessed) -> None:
    (water,) = [hazard for hazard in assessed.report["hazards"] if hazard["id"] == "open-water"]
    assert (water["initial"]["likelihood"], water["initial"]["severity"]) == ("Possible", "Grave")
    assert (water["initial"]["rating"], water["residual"]["rating"]) == ("H", "M")
    assert [control["in_place"] for control in water["controls"]] == ["yes"]
    assert "open-water" in {condition["source"] for condition in assessed.report["conditions"]}


def test_everything_stands_on_the_risk_assessment(assessed: Assessed) -> None:
    paper = assessed.form("risk-assessment")
    for words in (
        "Falling into open water near the home",
        "The visitors keep to a path away from the water",
        "Is there open water at the home?",
        "A matrix of three levels",
        "Expected to happen",
        "Lasting harm or death",
        "ML-02",
        "Have the visit authorised",
        "Principal, or member of the senior leadership team",
    ):
        assert words in paper, words


def test_the_step_analysis_has_the_new_step(assessed: Assessed) -> None:
    paper = assessed.form("travelling")
    assert "In the garden" in paper
    assert "Water that somebody could fall into" in paper
    assert "At least every 1 hour 30 minutes (ML-07)" in paper


def test_the_new_form_is_filled(assessed: Assessed) -> None:
    paper = assessed.form("hazards-at-a-glance")
    assert "Example School (invented): visit RA-2026-0001 on Wednesday 2 December 2026" in paper
    assert "Falling into open water near the home Medium" in paper
    assert "This copy stays at school." in paper, "hazards are not for the visitors to carry"
    assert "{" not in paper


def test_the_policy_can_be_read_and_asked_at_the_door(school: Path) -> None:
    assert "12 clauses" in call(school, "policy", "list")
    assert "at least 2 members of staff" in " ".join(call(school, "policy", "explain", "ML-06").split()).lower()
    door = ("--set", "door.parent_present=no", "--set", "door.minutes_waited=20", "--json")
    advice = json.loads(call(school, "now", *VISIT, *door))
    asked = {(action["clause"], action["do"]) for action in advice["actions"]}
    assert {("ML-10", "cancel"), ("ML-10", "leave-card"), ("ML-09", "do-not-go-in")} == asked
    assert advice["may_enter"] == "no"


# --- the examples of the guide ------------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path, root: Path) -> Path:
    """The shipped data, for an example to be put into."""
    return Path(shutil.copytree(root / "data", tmp_path / "data"))


def test_every_example_of_the_guide_is_held_here(guide_blocks: tuple[str, ...]) -> None:
    found = [block(guide_blocks, kind) for kind in KINDS]
    assert sorted(found) == sorted(guide_blocks), "an example of the guide is not tested below, or is gone"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "conditions"])
def test_the_programs_own_reader_reads_each_example(kind: str, guide_blocks: tuple[str, ...]) -> None:
    assert parse_yaml(block(guide_blocks, kind), kind).problems == ()


def test_the_examples_of_data_are_accepted(data: Path, guide_blocks: tuple[str, ...]) -> None:
    (data / "hazards" / "animal.yaml").write_text(block(guide_blocks, "hazard"), encoding="utf-8")
    (data / "matrices" / "three-by-three.yaml").write_text(block(guide_blocks, "matrix"), encoding="utf-8")
    append(data / "questions.yaml", block(guide_blocks, "question").removeprefix("questions:\n"))
    edition = data / "policies" / "moor-lane" / "2026-09-01.yaml"
    edition.parent.mkdir()
    edition.write_text(completed_policy(guide_blocks), encoding="utf-8")
    library, problems = load_library(data)
    assert problems == ()
    policy = library.policies["moor-lane"][0]
    assert policy.ladders.overdue[0].after_minutes == 0
    assert [action.do for action in policy.clauses[-2].actions] == ["cancel", "wait"]
    assert "household.pond" in library.questions


def completed_policy(blocks: tuple[str, ...]) -> str:
    """The policy of the guide with the clauses that it only names, the example of `now`, and those of conditions."""
    text = block(blocks, "policy")
    missing = sorted(set(re.findall(r"ML-\d+", text)) - set(re.findall(r"id: (ML-\d+)", text)))
    for name in missing:
        text += duty(name)
    entries = block(blocks, "now").replace("\n", "\n    ").rstrip()
    text += duty("ML-98") + f"    numbers: {{minutes: 20}}\n    {entries}\n"
    written = block(blocks, "conditions").replace("<condition>", "{household.animals: {is: yes}}").splitlines()
    parts = "".join(f"        - {line}\n" for line in written)
    return f"{text}{duty('ML-99')}    numbers: {{minutes: 20}}\n    applies:\n      all:\n{parts}"


def duty(name: str) -> str:
    return (
        f"  - id: {name}\n    clause: Elsewhere\n    kind: required\n    phase: after\n    topic: record\n"
        "    says: Something is done.\n"
    )


def test_the_worked_cases_are_accepted(library: Library, tmp_path: Path, guide_blocks: tuple[str, ...]) -> None:
    path = tmp_path / "examples.yaml"
    path.write_text(block(guide_blocks, "worked cases"), encoding="utf-8")
    source = Source.read(path, path.name)
    assert source.fits(EXAMPLES_SCHEMA), source.problems
    written: Any = source.document.data
    places: list[tuple[str | int, ...]] = [("base",)]
    for index, case in enumerate(written["cases"]):
        places += [("cases", index, key) for key in ("answers", "now") if key in case]
    for place in places:
        assert read_answers(source.document, library.questions, (), place).problems == ()


def test_the_entries_of_templates_are_accepted(library: Library, tmp_path: Path, guide_blocks: tuple[str, ...]) -> None:
    (tmp_path / "forms.yaml").write_text(block(guide_blocks, "form"), encoding="utf-8")
    (tmp_path / "steps.yaml").write_text(block(guide_blocks, "steps"), encoding="utf-8")
    (tmp_path / "emergencies.yaml").write_text(block(guide_blocks, "emergencies"), encoding="utf-8")
    assert load_emergencies(tmp_path, library.questions)[1] == ()
    assert load_forms(tmp_path)[1] == ()
    assert load_steps(tmp_path, [topic.id for topic in library.topics], library.hazards)[1] == ()


def test_the_examples_on_the_schools_folder_are_accepted(
    library: Library, tmp_path: Path, school_blocks: tuple[str, ...]
) -> None:
    school, family, kept = school_blocks
    (tmp_path / "school.yaml").write_text(school, encoding="utf-8")
    source = Source.read(tmp_path / "school.yaml", "school.yaml")
    assert read_school(source, library.questions, library.policies, library.matrices), source.problems
    assert read_answers(parse_yaml(family, "family"), library.questions).problems == ()
    source = Source(parse_yaml(kept, "imports.yaml"))
    assert read_chosen(source, library.questions), source.problems
