"""Building blocks for the core: small invented questions, clauses, hazards and policies, made in one line each."""

from datetime import date, time
from typing import Any as Whatever

import pytest

from riskgen.core.conditions import Condition, Operator, Test, Value
from riskgen.core.model import (
    Action,
    Catalogue,
    Change,
    Clause,
    Effect,
    Harm,
    Hazard,
    Intake,
    Level,
    Matrix,
    Option,
    Policy,
    Question,
    RatingBand,
    Staff,
    Topic,
)
from riskgen.core.terms import Do, Kind, Outcome, Phase, QuestionType, Stage


class Make:
    """Each function gives one noun of the core, with defaults that do not matter to the test at hand."""

    def question(
        self,
        name: str,
        kind: str = "yes-no",
        stage: Stage = Stage.PLAN,
        changes: tuple[Change, ...] = (),
        **more: Whatever,
    ) -> Question:
        return Question(name, f"About {name}?", QuestionType(kind), stage, changes=changes, **more)

    def choice(self, name: str, *options: str) -> Question:
        return self.question(name, "choice", options=tuple(Option(each, each.title()) for each in options))

    def is_(self, name: str, value: Value = True) -> Test:
        return Test(name, Operator.IS, value)

    def test(self, name: str, operator: str, operand: Value) -> Test:
        return Test(name, Operator(operator), operand)

    def clause(self, name: str, outcome: Outcome | None = None, **more: Whatever) -> Clause:
        """A clause; with an outcome it weighs, and `met` says on what."""
        phases = more.pop("phases", (Phase.BEFORE,))
        effect = {"condition": f"Mend {name}"} if outcome is Outcome.PROCEED_WITH_CONDITIONS else {}
        if outcome is Outcome.DO_NOT_VISIT:
            effect = {"instead": f"Do something other than {name}"}
        broken = None if outcome is None else Effect(outcome, **effect)
        told = {"kind": Kind.REQUIRED, "topics": ("approval",), "says": f"{name} says so.", "who": "Visitors", **more}
        return Clause(name, f"Section {name}", phases=phases, broken=broken, **told)

    def act(self, do: str, when: Condition | None = None, **more: Whatever) -> Action:
        return Action(Do(do), when, **more)

    def policy(self, *clauses: Clause, **more: Whatever) -> Policy:
        return Policy("moor-lane", "Moor Lane School policy", date(2026, 9, 1), clauses, fingerprint="abc", **more)

    def topic(self, name: str, raised_by: Condition | None = None, every_visit: bool = False) -> Topic:
        return Topic(name, name.title(), f"What of {name}?", raised_by, every_visit)

    def hazard(self, name: str = "dog", likelihood: int = 3, severity: int = 3, **more: Whatever) -> Hazard:
        told = {"persons_at_risk": ("Visiting staff",), "harms": (Harm("bite", "Bite"),), **more}
        return Hazard(name, f"Harm by {name}", likelihood=likelihood, severity=severity, **told)

    def matrix(self, *demands: Outcome) -> Matrix:
        """Five by five, low below 9, medium below 15, high from there; `demands` of the three, mildest first."""
        asked = demands or (Outcome.PROCEED, Outcome.PROCEED_WITH_CONDITIONS, Outcome.DO_NOT_VISIT)
        levels = tuple(Level(word, "", (step,)) for step, word in enumerate(("One", "Two", "Three", "Four", "Five"), 1))
        bands = tuple(
            RatingBand(name, word, f"Guidance for {word}.", "C6E0B4", demand)
            for name, word, demand in zip("LMH", ("Low", "Medium", "High"), asked, strict=True)
        )
        grid = tuple(
            tuple("L" if row * column < 9 else "M" if row * column < 15 else "H" for column in range(1, 6))
            for row in range(1, 6)
        )
        return Matrix("tried", "Tried matrix", "Invented", levels, levels, bands, grid)

    def catalogue(
        self,
        *questions: Question,
        topics: tuple[Topic, ...] = (),
        hazards: tuple[Hazard, ...] = (),
        matrix: Matrix | None = None,
    ) -> Catalogue:
        return Catalogue({each.name: each for each in questions}, topics, hazards, matrix or self.matrix())

    def staff(self, name: str = "S-01", *roles: str, **more: Whatever) -> Staff:
        return Staff(name, f"{name} Invented", roles or ("teacher",), **more)

    def intake(
        self, *visitors: Staff, evening_from: time | None = None, also: tuple[Staff, ...] = (), **answers: Value
    ) -> Intake:
        """Answers are given as `group__word`; `also` are in the directory but stay at school."""
        named = {name.replace("__", ".", 1): value for name, value in answers.items()}
        return Intake(named, visitors, (*visitors, *also), evening_from)


@pytest.fixture(scope="session")
def make() -> Make:
    return Make()
