"""The Word forms that policies call for, each with its clause, and the purposes of a visit as the family reads them."""

import re
import shutil
from pathlib import Path

import pytest

from riskgen.core.conditions import Value, evaluate
from riskgen.core.model import FormCall
from riskgen.core.truth import Truth
from riskgen.library.load import Library, load_library

GOOD = Path(__file__).parents[1] / "broken" / "good" / "data"
POLICY = "policies/moor-lane/2026-09-01.yaml"
CALLED = {
    "bchs": {"letter-to-family": "BC-03", "visit-record": "BC-34"},
    "heather-avenue": {"visit-schedule": "HA-05", "induction-letter": "HA-07", "visit-record": "HA-17"},
    "le-rocquier": {"letter-to-family": "LR-04", "letter-to-agencies": "LR-03", "calling-card": "LR-09"},
    "robert-ogden": {
        "letter-to-family": "RO-16",
        "letter-to-agencies": "RO-18",
        "visit-record": "RO-31",
        "minutes-for-family": "RO-33",
        "cancellation-note": "RO-28",
    },
    "st-patricks": {"letter-to-family": "SP-03", "visit-record": "SP-32"},
}


def call(library: Library, policy: str, form: str) -> FormCall:
    return next(each for each in library.policies[policy][-1].forms if each.form == form)


@pytest.mark.parametrize("policy", CALLED)
def test_each_policy_calls_for_its_forms_by_clause(library: Library, policy: str) -> None:
    assert {each.form: each.clause for each in library.policies[policy][-1].forms} == CALLED[policy]


def test_a_record_is_called_what_the_policy_calls_it(library: Library) -> None:
    assert call(library, "robert-ogden", "visit-record").title == "Minutes of a home visit and action plan"
    assert call(library, "heather-avenue", "visit-record").title == "Notes of a home visit for the child's blue folder"
    assert call(library, "bchs", "visit-record").title == "Record of a home visit for CPOMS"
    assert call(library, "le-rocquier", "calling-card").contact == "education-welfare-officer"


@pytest.mark.parametrize(
    ("policy", "form", "question", "ruled_out"),
    [
        *((policy, "letter-to-family", "visit.unannounced", True) for policy in CALLED if policy != "heather-avenue"),
        ("le-rocquier", "letter-to-agencies", "agency.joint_visit", False),
        ("heather-avenue", "induction-letter", "visit.purpose", "attendance"),
    ],
)
def test_a_form_is_left_out_only_where_an_answer_rules_it_out(
    library: Library, policy: str, form: str, question: str, ruled_out: Value
) -> None:
    when = call(library, policy, form).when
    assert when is not None
    assert evaluate(when, {}) is Truth.UNKNOWN
    assert evaluate(when, {question: ruled_out}) is Truth.NO


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("{form: letter, clause: ML-77}", "ML-77"),
        ("{form: letter, clause: ML-01, contact: nobody}", "nobody"),
        ("{form: letter, clause: ML-01, when: {visit.unanounced: {is: yes}}}", "visit.unanounced"),
        ("{form: letter, clause: ML-01, titel: Letter}", "titel"),
        ("{clause: ML-01}", "lacks 'form'"),
    ],
)
def test_a_call_that_cannot_be_meant_is_a_fault_with_its_line(tmp_path: Path, written: str, words: str) -> None:
    folder = Path(shutil.copytree(GOOD, tmp_path / "data"))
    path = folder / POLICY
    text = path.read_text(encoding="utf-8").replace("\nclauses:\n", f"\nforms:\n  - {written}\nclauses:\n", 1)
    path.write_text(text, encoding="utf-8")
    _, problems = load_library(folder)
    line = text.splitlines().index(f"  - {written}") + 1
    assert [(problem.line, words in problem.message) for problem in problems] == [(line, True)]


def test_every_purpose_has_words_for_the_family(library: Library) -> None:
    """The words go on within "We would like to visit you …."."""
    for option in library.questions["visit.purpose"].options:
        words = option.to_family
        assert re.match(r"(to|because|so that|as|at|before|while) ", words), option.id
        assert words[-1].isalpha(), option.id
        assert not re.search(r"\b(refus|fail|collu|suspect|concern|violen|allegation|truan|pupil)", words), option.id
