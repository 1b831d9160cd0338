"""The step analysis draws its controls from the clauses and hazards that apply."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from riskgen.core.model import Clause, Policy
from riskgen.core.result import Finding, RatedControl
from riskgen.core.struct import names_of, replace
from riskgen.core.terms import Kind, Phase, Status
from riskgen.core.truth import Truth
from riskgen.forms.emergencies import SCHOOLS_OWN
from riskgen.forms.steps import NO_CONTROL, NOTHING_FOR_ALL, Risk, StepPlan, load_steps, step_rows
from riskgen.library.load import load_library

ROOT = Path(__file__).resolve().parents[2]


def clause(name: str, topic: str, phase: Phase = Phase.DURING, kind: Kind = Kind.REQUIRED) -> Clause:
    return Clause(name, "Section 1", kind, (phase,), (topic,), f"Says {name}")


def assessed(ruled_out: tuple[str, ...] = (), controls: Mapping[str, Truth] | None = None) -> Any:
    rated = tuple(
        RatedControl(name, "isolate", f"Measure {name}", state, "") for name, state in (controls or {}).items()
    )
    hazards = (SimpleNamespace(id="animal", controls=rated),) if controls else ()
    findings = tuple(SimpleNamespace(id=name, status=Status.NOT_APPLICABLE) for name in ruled_out)
    return SimpleNamespace(findings=findings, hazards=hazards)


def policy(*clauses: Clause) -> Policy:
    return Policy("p", "P", date(2026, 1, 1), clauses)


def plan(*risks: Risk) -> tuple[StepPlan, ...]:
    return (StepPlan("door", "At the door", risks),)


def test_clauses_of_the_topic_and_phase_are_taken_once() -> None:
    risks = (Risk("One", ("entry",), (Phase.DURING,)), Risk("Two", ("entry", "rooms"), (Phase.DURING,)))
    clauses = (
        clause("A", "entry"),
        clause("B", "entry", Phase.AFTER),
        clause("C", "rooms"),
        clause("D", "entry", kind=Kind.PERMITTED),
        clause("E", "entry"),
    )
    (step,) = step_rows(plan(*risks), policy(*clauses), assessed(ruled_out=("E",)))
    assert [(row.hazard, row.control, row.source) for row in step.rows] == [
        ("One", "Says A.", "A"),
        ("Two", "Says C.", "C"),
    ]


def test_controls_that_are_not_confirmed_say_so() -> None:
    risk = Risk("Dog", controls=("animal.moved", "animal.calm", "animal.none"), when=("animal",))
    (step,) = step_rows(plan(risk), policy(), assessed(controls={"moved": Truth.YES, "calm": Truth.UNKNOWN}))
    assert step.rows[0].control == "Measure moved.\nMeasure calm (not confirmed)."
    assert step.rows[0].source == "Hazard 1"


def test_a_risk_that_nothing_answers_says_so_unless_it_is_ruled_out() -> None:
    risks = (Risk("Late", ("lateness",), (Phase.DURING,)), Risk("Dog", controls=("animal.moved",), when=("animal",)))
    (step,) = step_rows(plan(*risks), policy(), assessed())
    assert [(row.hazard, row.control) for row in step.rows] == [("Late", NO_CONTROL)]
    (alone,) = step_rows(plan(risks[1]), policy(), assessed())
    assert [row.control for row in alone.rows] == [NO_CONTROL]


def test_the_schools_own_steps_stand_with_999_first_and_none_is_said_twice() -> None:
    risk = Risk("Danger", ("entry",), (Phase.DURING,), own=("Ring 999", "Ring the school, and say where you are"))
    asks = clause("A", "entry")
    (step,) = step_rows(plan(risk), policy(asks), assessed())
    assert step.rows[0].control == "Ring 999.\nSays A.\nRing the school, and say where you are."
    assert step.rows[0].source == f"{SCHOOLS_OWN}\nA"
    told = replace(asks, says="In danger, ring 999, and then ring the school.")
    (step,) = step_rows(plan(risk), policy(told), assessed())
    assert step.rows[0].control == "In danger, ring 999, and then ring the school."


def test_where_only_some_may_be_named_the_others_are_not_said_to_be_missing() -> None:
    risks = (Risk("Late", ("entry",), (Phase.DURING,)), Risk("Dog", controls=("animal.moved",)))
    case = assessed(controls={"moved": Truth.YES})
    (step,) = step_rows(plan(*risks), policy(clause("A", "entry")), case, frozenset())
    assert [(row.hazard, row.control) for row in step.rows] == [("Late", NOTHING_FOR_ALL), ("Dog", NOTHING_FOR_ALL)]


def test_the_stock_steps_name_topics_and_controls_that_exist() -> None:
    library, _ = load_library(ROOT / "data")
    steps, problems = load_steps(ROOT / "templates", {topic.id for topic in library.topics}, library.hazards)
    assert problems == ()
    assert [step.name for step in steps] == ["Journey", "Arrival", "At the door", "Inside", "Leaving", "Return"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- {id: a, name: A, risks: [{hazard: H, topics: [entri]}]}", "'entri' is not known here"),
        ("- {id: a, name: A, risks: [{hazard: H, controls: [moved]}]}", "A control is written hazard.control."),
        ("- {id: a, name: A, risks: [{hazard: H, when: [animal]}]}", "'animal' is not known here"),
        ("- {id: a, name: A, risks: [{hazard: H, phases: [later]}]}", "not one of its options"),
        ("- {id: a, name: A, risks: []}", "is empty"),
        ("a: b", "must be a list of steps"),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "steps.yaml").write_text(text, encoding="utf-8")
    steps, problems = load_steps(tmp_path, {"entry"}, ())
    assert steps == ()
    assert words in "\n".join(f"{problem.message} {problem.hint}" for problem in problems)


def test_steps_that_were_found_sound_are_held_against_other_names_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISKGEN_CACHE", str(tmp_path / "cache"))
    library, _ = load_library(ROOT / "data")
    topics = {topic.id for topic in library.topics}
    first = load_steps(ROOT / "templates", topics, library.hazards, kept=True)
    assert load_steps(ROOT / "templates", topics, library.hazards, kept=True) == first
    assert first == load_steps(ROOT / "templates", topics, library.hazards)
    assert load_steps(ROOT / "templates", set(), library.hazards, kept=True)[1] != ()
    assert load_steps(ROOT / "templates", topics, (), kept=True)[1] != ()


def test_findings_are_only_asked_for_their_status() -> None:
    assert {"id", "status"} <= set(names_of(Finding))
