"""`riskgen now` on the screen: what a person at the office reads while the visitors are on the telephone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from riskgen.cli.show_advice import show_advice
from riskgen.core.result import Advice, Reason, ToConfirm
from riskgen.core.terms import Outcome, Phase
from riskgen.core.truth import Truth

REF = "RA-2026-0001"
VISIT = ("families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-11-20 10:30")


def advice(questions: int = 0, unmet: tuple[Reason, ...] = ()) -> Advice:
    asked = [
        ToConfirm(f"door.question_{each}", f"Question {each}?", ("RO-01",), Outcome.REFER) for each in range(questions)
    ]
    return Advice(Phase.DURING, Truth.UNKNOWN, (), (), (), tuple(asked), unmet)


def test_nobody_at_the_doorstep_is_asked_who_authorised_a_recorded_visit(
    home: Path, riskgen: Callable[..., Any], quick_forms: None
) -> None:
    by_files = riskgen("now", *VISIT)
    assert "(approval." in by_files.said
    assert riskgen("assess", *VISIT, "--no-input").code == 0
    result = riskgen("now", REF)
    assert result.code == 0, result.said
    assert "(approval." not in result.said
    assert "By the register, nobody's authorisation of this visit holds." in result.said
    asked = json.loads(riskgen("now", REF, "--json").out)["to_confirm"]
    assert any(each["question"].startswith("approval.") for each in asked), "programs are told all"


def test_every_fact_that_was_left_undone_has_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    facts = ("For how many days has the pupil been absent? 2 days", "Is the headteacher concerned? No")
    show_advice(advice(unmet=(Reason("RO-14", "A welfare check.", facts, Outcome.REFER),)), "A policy", {})
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in lines if line in facts] == list(facts)
    assert "- RO-14: A welfare check." in lines


def test_everything_to_find_out_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    show_advice(advice(30), "A policy", {})
    out = capsys.readouterr().out
    assert out.count("needed by") == 30
    assert "--json" not in out
