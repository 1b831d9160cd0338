"""The step analysis, from the journey to the return: what could go wrong, and what the visitors do about it.

templates/steps.yaml says which hazards and topics belong to which step. The words come from the clauses
of the policy that apply and from the control measures of the hazards that apply.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from riskgen.core.model import Clause, Hazard, Policy
from riskgen.core.problem import Problem
from riskgen.core.result import Assessment, RatedHazard
from riskgen.core.struct import Struct
from riskgen.core.terms import Kind, Phase, Status
from riskgen.core.truth import Truth
from riskgen.files.lists import Row, Rows, read_list, sound_list
from riskgen.files.yaml import Document
from riskgen.forms import context as form
from riskgen.forms.emergencies import EMERGENCY_CALL, SCHOOLS_OWN
from riskgen.forms.phrases import sentence

NOTHING_FOR_ALL = "Nothing is laid down for every visit. Talk it over beforehand."
"""On paper that travels, which leaves out what only the family's background calls for."""
NO_CONTROL = "Neither the policy nor a hazard says what to do here. Talk it over beforehand."
DUTIES = (Kind.REQUIRED, Kind.FORBIDDEN, Kind.ADVISED)


class Risk(Struct, frozen=True):
    """One row of a step. Its controls are clauses on `topics` in `phases`, and `controls` as `hazard.control`.

    `own` are the school's own steps, of which those are left out that a clause says already.
    `when` names hazards: once all of them are ruled out and no clause applies, the row is left out.
    """

    hazard: str
    topics: tuple[str, ...] = ()
    phases: tuple[Phase, ...] = ()
    controls: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    when: tuple[str, ...] = ()


class StepPlan(Struct, frozen=True):
    id: str
    name: str
    risks: tuple[Risk, ...]


def asked(policy: Policy, assessment: Assessment, named: Collection[str] | None = None) -> tuple[Clause, ...]:
    """The duties that apply, or may, among those that may be `named` where not all may."""
    ruled_out = {finding.id for finding in assessment.findings if finding.status is Status.NOT_APPLICABLE}
    return tuple(
        clause
        for clause in policy.clauses
        if clause.kind in DUTIES and clause.id not in ruled_out and (named is None or clause.id in named)
    )


def step_rows(
    plans: Collection[StepPlan], policy: Policy, assessment: Assessment, named: Collection[str] | None = None
) -> tuple[form.Step, ...]:
    """The steps as they are printed, with the clauses and hazards that may be `named`.

    Each clause stands in the first row that asks for it.
    """
    waiting = [*asked(policy, assessment, named)]
    hazards = {
        hazard.id: (number, hazard)
        for number, hazard in enumerate(assessment.hazards, start=1)
        if named is None or hazard.id in named
    }
    gap = NO_CONTROL if named is None else NOTHING_FOR_ALL
    steps = []
    for number, plan in enumerate(plans, start=1):
        rows = []
        for risk in plan.risks:
            taken = [clause for clause in waiting if _answers(clause, risk)]
            waiting = [clause for clause in waiting if clause not in taken]
            row = _row(risk, taken, hazards, gap, numbered=named is None)
            if row:
                rows.append(row)
        steps.append(form.Step(str(number), plan.name, tuple(rows) or (form.StepRow("Anything unforeseen", gap, "–"),)))
    return tuple(steps)


def _answers(clause: Clause, risk: Risk) -> bool:
    return bool(set(clause.topics) & set(risk.topics)) and bool(set(clause.phases) & set(risk.phases))


def _row(
    risk: Risk, clauses: list[Clause], hazards: Mapping[str, tuple[int, RatedHazard]], gap: str, *, numbered: bool
) -> form.StepRow | None:
    """A row of a step, if there is one. Hazards are `numbered` at school alone: a number tells of a family."""
    said = [clause.says.casefold() for clause in clauses]
    own = [text for text in risk.own if not any(text.partition(",")[0].casefold() in words for words in said)]
    first = [text for text in own if text.startswith(EMERGENCY_CALL)]
    controls = {sentence(text): SCHOOLS_OWN for text in first}
    controls |= {sentence(clause.says): clause.id for clause in clauses}
    controls |= {sentence(text): SCHOOLS_OWN for text in own if text not in first}
    for number, measure in _measures(risk, hazards):
        controls.setdefault(measure, f"Hazard {number}" if numbered else "Risk assessment")
    if controls:
        sources = dict.fromkeys(controls.values())
        return form.StepRow(risk.hazard, "\n".join(controls), "\n".join(sources))
    if risk.when and not any(name in hazards for name in risk.when):
        return None
    return form.StepRow(risk.hazard, gap, "–")


DOUBT = {Truth.YES: "", Truth.NO: " (not in place)", Truth.UNKNOWN: " (not confirmed)"}


def _measures(risk: Risk, hazards: Mapping[str, tuple[int, RatedHazard]]) -> Iterator[tuple[int, str]]:
    for name in risk.controls:
        hazard_id, _, control_id = name.partition(".")
        number, hazard = hazards.get(hazard_id, (0, None))
        for control in hazard.controls if hazard else ():
            if control.id == control_id:
                yield number, sentence(control.measure.rstrip(".") + DOUBT[control.in_place])


# --- templates/steps.yaml -----------------------------------------------------------------------

_NAMES = {"type": "list", "schema": {"type": "string"}}
_SCHEMA: dict[str, Any] = {
    "id": {"type": "string", "required": True, "regex": "[a-z0-9]+(-[a-z0-9]+)*"},
    "name": {"type": "string", "required": True, "minlength": 1},
    "risks": {
        "type": "list",
        "required": True,
        "minlength": 1,
        "schema": {
            "type": "dict",
            "schema": {
                "hazard": {"type": "string", "required": True, "minlength": 1},
                "topics": _NAMES,
                "phases": {"type": "list", "schema": {"type": "string", "allowed": [phase.value for phase in Phase]}},
                "controls": _NAMES,
                "own": _NAMES,
                "when": _NAMES,
            },
        },
    },
}


def load_steps(
    templates: Path, topics: Collection[str], hazards: Collection[Hazard], shown: str = "", *, kept: bool = False
) -> tuple[tuple[StepPlan, ...], tuple[Problem, ...]]:
    """The steps, and every fault of steps.yaml; topics, hazards and controls that it names must exist.

    `kept`: as they were found sound before, where nothing has changed since.
    """
    known = {
        "topics": sorted(topics),
        "controls": sorted(f"{hazard.id}.{control.id}" for hazard in hazards for control in hazard.controls),
        "when": sorted(hazard.id for hazard in hazards),
    }
    names = (f"{key}: {name}" for key, group in known.items() for name in group)
    path, shown = templates / "steps.yaml", shown or f"{templates.name}/steps.yaml"
    read = partial(read_list, path, shown, _SCHEMA, "steps", partial(_faults, known=known), _plan)
    return sound_list(path, "steps", StepPlan, names, read) if kept else read()


def _plan(row: Row) -> StepPlan:
    return StepPlan(row["id"], row["name"], tuple(_risk(risk) for risk in row["risks"]))


def _risk(row: Row) -> Risk:
    phases = tuple(Phase(phase) for phase in row.get("phases", ())) or (Phase.DURING, Phase.ALWAYS)
    names = {key: tuple(row.get(key, ())) for key in ("topics", "controls", "own", "when")}
    return Risk(row["hazard"], phases=phases, **names)


def _faults(document: Document, rows: Rows, known: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    for number, row in enumerate(rows):
        for index, risk in enumerate(row["risks"]):
            for key, names in known.items():
                for place, name in enumerate(risk.get(key, ())):
                    if name not in names:
                        message = f"'{name}' is not known here."
                        hint = "A control is written hazard.control." if key == "controls" else "Check its spelling."
                        yield document.problem((number, "risks", index, key, place), "steps-unknown", message, hint)
