"""Where neither the policy nor the school says what to do, somebody is told before it is needed."""

import shutil
from pathlib import Path

import pytest

from riskgen.service.homes import SCHOOL_FILE, check_data, make_home


@pytest.mark.parametrize(("policy", "notes"), [("bchs", 3), ("heather-avenue", 1)])
def test_ladders_that_nobody_wrote_are_noted(tmp_path: Path, policy: str, notes: int) -> None:
    make_home(tmp_path / "school", policy, force=False)
    assert [problem.code for problem in check_data(tmp_path / "school")[1]] == ["harm-unanswered"]
    school = tmp_path / "school" / SCHOOL_FILE
    text = school.read_text(encoding="utf-8")
    school.write_text(text[: text.index("fallback:")] + text[text.index("staff:") :], encoding="utf-8")
    problems = check_data(tmp_path / "school")[1]
    found = [problem for problem in problems if problem.code == "fallback-none"]
    assert len(found) == notes
    assert {problem.severity for problem in found} == {"note"}


def test_a_school_without_any_policy_is_told_so(tmp_path: Path) -> None:
    make_home(tmp_path / "school", "bchs", force=False)
    shutil.rmtree(tmp_path / "school" / "data" / "policies")
    codes = {problem.code for problem in check_data(tmp_path / "school")[1]}
    assert {"policies-none", "school-policy"} <= codes
