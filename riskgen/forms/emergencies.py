"""The emergency card: what visitors do under this policy when something goes wrong.

templates/emergencies.yaml names each emergency and the facts that it stands for. What to do is what the engine advises
for these facts, so that the card and `riskgen now` never say two things. The school's own steps are put among them in
the order in which people act: get away, ring 999, ring the school, and only then what not to do.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from riskgen.core.conditions import Value
from riskgen.core.model import Question
from riskgen.core.problem import Problem
from riskgen.core.result import Advice
from riskgen.core.struct import Struct
from riskgen.core.terms import Do, QuestionType
from riskgen.core.words import action_words
from riskgen.files.lists import Row, Rows, read_list
from riskgen.files.yaml import Document
from riskgen.forms import context as form
from riskgen.forms.phrases import sentence

SCHOOLS_OWN = "School's own"
_ASKED = "What the policy asks, with the school's own steps among it, in the order in which to act."
_SILENT = "The policy says nothing on this. These steps are the school's own."
_NOT_NOW = frozenset({Do.GO_IN, Do.DO_NOT_GO_IN, Do.LEAVE_CARD, Do.WAIT, Do.ASK})
"""What belongs to the doorstep: nobody who is in danger is to read it."""
_RING, EMERGENCY_CALL = "Ring ", "Ring 999"


class EmergencyPlan(Struct, frozen=True):
    """One emergency: the facts that it stands for, and the school's own steps, which follow what the policy says."""

    id: str
    name: str
    facts: Mapping[str, Value]
    own: tuple[str, ...]


def emergency_rows(found: Iterable[tuple[EmergencyPlan, Advice]]) -> tuple[form.Emergency, ...]:
    """The emergencies as they are printed, each with its steps in the order in which to act."""
    return tuple(_row(number, plan, advice) for number, (plan, advice) in enumerate(found, start=1))


def _row(number: int, plan: EmergencyPlan, advice: Advice) -> form.Emergency:
    asked = [action for action in advice.actions if action.do not in _NOT_NOW]
    steps = [form.EmergencyStep(sentence(action_words(action)), action.clause) for action in asked]
    line = _ASKED if steps else _SILENT
    own = [form.EmergencyStep(sentence(text), SCHOOLS_OWN) for text in plan.own if not _said(text, steps)]
    # Sorting is stable: among steps of one kind, what the policy asks stands first.
    ranked = [(_turn(step.text, action.do), step) for step, action in zip(steps, asked, strict=True)]
    ranked += [(_turn(step.text), step) for step in own]
    in_turn = [step for _, step in sorted(ranked, key=lambda each: each[0])]
    return form.Emergency(str(number), plan.name, bool(steps), line, tuple(dict.fromkeys(in_turn)))


def _turn(text: str, do: Do | None = None) -> int:
    """When a step comes: getting away, 999, any other call, and then all else that a policy asks."""
    if text.startswith(EMERGENCY_CALL):
        return 1
    if text.startswith(_RING):
        return 2
    return 0 if do in (None, Do.LEAVE, Do.CANCEL) else 3


def _said(own: str, steps: Iterable[form.EmergencyStep]) -> bool:
    """Whether the policy already asks for a step of the school's own, up to its first comma: a card has little room."""
    return any(step.text.startswith(own.partition(",")[0]) for step in steps)


# --- templates/emergencies.yaml -----------------------------------------------------------------

_TEXT = {"type": "string", "minlength": 1, "maxlength": 200}
_SCHEMA: dict[str, Any] = {
    "id": {**_TEXT, "required": True, "regex": "[a-z0-9]+(-[a-z0-9]+)*"},
    "name": {**_TEXT, "required": True},
    "facts": {"type": "list", "required": True, "minlength": 1, "schema": _TEXT},
    "own": {"type": "list", "required": True, "minlength": 1, "schema": _TEXT},
}


def load_emergencies(
    templates: Path, questions: Mapping[str, Question], shown: str = ""
) -> tuple[tuple[EmergencyPlan, ...], tuple[Problem, ...]]:
    """The emergencies, and every fault of emergencies.yaml; its facts are yes-or-no questions that are answered yes."""
    shown = shown or f"{templates.name}/emergencies.yaml"
    faults = partial(_unknown_facts, questions=questions)
    return read_list(templates / "emergencies.yaml", shown, _SCHEMA, "emergencies", faults, _plan)


def _plan(row: Row) -> EmergencyPlan:
    return EmergencyPlan(row["id"], row["name"], dict.fromkeys(row["facts"], True), tuple(row["own"]))


def _unknown_facts(document: Document, rows: Rows, questions: Mapping[str, Question]) -> Iterable[Problem]:
    for number, row in enumerate(rows):
        for place, name in enumerate(row["facts"]):
            question = questions.get(name)
            if question is None or question.type is not QuestionType.YES_NO or question.derived:
                message = f"'{name}' is not a question that is answered by yes or no."
                hint = "Name one of data/questions.yaml, such as inside.threatened."
                yield document.problem((number, "facts", place), "emergency-unknown", message, hint)
