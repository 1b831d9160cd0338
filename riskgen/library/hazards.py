"""Reading `hazards/*.yaml` and `matrices/*.yaml`."""

from collections.abc import Mapping
from typing import Any

from riskgen.core.matrix import LIKELIHOOD_STEPS, SEVERITY_STEPS, STEPS
from riskgen.core.model import Control, Factor, Harm, Hazard, Level, Matrix, Question, RatingBand
from riskgen.core.terms import Outcome
from riskgen.files.schema import Schema
from riskgen.library.source import GROUP, ID, NEEDED, TEXT, WORDS, Source, near, text

HIERARCHY_OF_CONTROL = ("eliminate", "substitute", "isolate", "engineering", "administrative", "personal")
"""From most to least effective (HSE, ISO 45001 clause 8.1.2)."""

_STEP = {"type": "integer", "min": 0, "max": STEPS - 1}
_STEPS = {"type": "dict", "schema": {"likelihood": _STEP, "severity": _STEP}}

HAZARD_SCHEMA: Schema = {
    "id": ID,
    "hazard": NEEDED,
    "order": {"type": "integer", "min": 0},
    "persons_at_risk": {"type": "list", "required": True, "minlength": 1, "schema": TEXT},
    "harms": {
        "type": "list",
        "required": True,
        "minlength": 1,
        "schema": {"type": "dict", "schema": {"id": ID, "harm": NEEDED}},
    },
    "applies": GROUP,
    "baseline": {
        "type": "dict",
        "required": True,
        "schema": {
            "likelihood": {"type": "string", "allowed": list(LIKELIHOOD_STEPS), "required": True},
            "severity": {"type": "string", "allowed": list(SEVERITY_STEPS), "required": True},
        },
    },
    "factors": {
        "type": "list",
        "schema": {
            "type": "dict",
            "schema": {
                "when": {**GROUP, "required": True},
                "likelihood": _STEP,
                "severity": _STEP,
                "because": NEEDED,
            },
        },
    },
    "controls": {
        "type": "list",
        "schema": {
            "type": "dict",
            "schema": {
                "id": ID,
                "kind": {"type": "string", "allowed": list(HIERARCHY_OF_CONTROL), "required": True},
                "measure": NEEDED,
                "in_place": {**GROUP, "required": True},
                "lowers": _STEPS,
                "answers": WORDS,
                "who": TEXT,
                "source": TEXT,
            },
        },
    },
    "source": TEXT,
}
_LEVELS = {
    "type": "list",
    "required": True,
    "minlength": 2,
    "maxlength": STEPS,
    "schema": {
        "type": "dict",
        "schema": {
            "name": NEEDED,
            "guidance": NEEDED,
            "steps": {
                "type": "list",
                "required": True,
                "minlength": 1,
                "schema": {"type": "integer", "min": 1, "max": STEPS},
            },
        },
    },
}
MATRIX_SCHEMA: Schema = {
    "id": ID,
    "name": NEEDED,
    "source": NEEDED,
    "likelihood": _LEVELS,
    "severity": _LEVELS,
    "ratings": {
        "type": "list",
        "required": True,
        "minlength": 2,
        "schema": {
            "type": "dict",
            "schema": {
                "id": {
                    "type": "string",
                    "regex": "[A-Z][A-Z0-9]{0,3}",
                    "required": True,
                    "meta": {"form": "up to four capital letters and digits, such as L"},
                },
                "name": NEEDED,
                "guidance": NEEDED,
                "colour": {
                    "type": "string",
                    "regex": "[0-9A-Fa-f]{6}",
                    "required": True,
                    "meta": {"form": "six digits and letters from A to F, such as C6E0B4"},
                },
                "demands": {"type": "string", "allowed": [outcome.id for outcome in Outcome], "required": True},
            },
        },
    },
    "grid": {"type": "list", "required": True, "schema": WORDS},
}


def read_hazard(source: Source, questions: Mapping[str, Question]) -> Hazard | None:
    """One hazard, or None with the faults in `source`."""
    if not source.readable or not source.fits(HAZARD_SCHEMA):
        return None
    data: Any = source.document.data
    harms = tuple(Harm(text(raw["id"]), text(raw["harm"])) for raw in data["harms"])
    factors = tuple(
        Factor(
            source.condition(raw["when"], ("factors", index, "when"), questions),
            text(raw["because"]),
            raw.get("likelihood", 0),
            raw.get("severity", 0),
        )
        for index, raw in enumerate(data.get("factors") or ())
    )
    for index, factor in enumerate(factors):
        if not factor.likelihood and not factor.severity:
            source.fault(
                ("factors", index),
                "factor-idle",
                "This factor raises nothing.",
                "Give it a likelihood or a severity, or take it out.",
            )
    controls = tuple(
        _control(source, index, raw, harms, questions) for index, raw in enumerate(data.get("controls") or ())
    )
    _each_once(source, "controls", [control.id for control in controls])
    _each_once(source, "harms", [harm.id for harm in harms])
    applies = data.get("applies")
    return Hazard(
        text(data["id"]),
        text(data["hazard"]),
        tuple(text(item) for item in data["persons_at_risk"]),
        harms,
        LIKELIHOOD_STEPS.index(data["baseline"]["likelihood"]) + 1,
        SEVERITY_STEPS.index(data["baseline"]["severity"]) + 1,
        source.condition(applies, ("applies",), questions) if applies else None,
        factors,
        controls,
        text(data.get("source")),
        data.get("order", 0),
    )


def _control(
    source: Source, index: int, raw: Mapping[str, Any], harms: tuple[Harm, ...], questions: Mapping[str, Question]
) -> Control:
    lowers = raw.get("lowers") or {}
    answers = tuple(text(item) for item in raw.get("answers") or ())
    known = {harm.id: harm for harm in harms}
    for at, harm in enumerate(answers):
        if harm not in known:
            source.fault(
                ("controls", index, "answers", at),
                "control-harm",
                f"This hazard has no harm '{harm}'.",
                near(harm, known),
            )
    return Control(
        text(raw["id"]),
        text(raw["kind"]),
        text(raw["measure"]),
        source.condition(raw["in_place"], ("controls", index, "in_place"), questions),
        lowers.get("likelihood", 0),
        lowers.get("severity", 0),
        answers,
        text(raw.get("who")),
        text(raw.get("source")),
    )


def _each_once(source: Source, where: str, ids: list[str]) -> None:
    for index, name in enumerate(ids):
        if name in ids[:index]:
            source.fault(
                (where, index, "id"), "id-twice", f"'{name}' stands here twice.", "Give each an id of its own."
            )


def read_matrix(source: Source) -> Matrix | None:
    """One risk matrix that holds every law of a matrix, or None with the faults in `source`."""
    if not source.readable or not source.fits(MATRIX_SCHEMA):
        return None
    data: Any = source.document.data
    matrix = Matrix(
        text(data["id"]),
        text(data["name"]),
        text(data["source"]),
        _levels(data["likelihood"]),
        _levels(data["severity"]),
        tuple(
            RatingBand(
                text(raw["id"]),
                text(raw["name"]),
                text(raw["guidance"]),
                text(raw["colour"]).upper(),
                Outcome.from_id(raw["demands"]),
            )
            for raw in data["ratings"]
        ),
        tuple(tuple(text(cell) for cell in row) for row in data["grid"]),
    )
    before = len(source.problems)
    _matrix_laws(source, matrix)
    return matrix if len(source.problems) == before else None


def _levels(raw: list[Mapping[str, Any]]) -> tuple[Level, ...]:
    return tuple(Level(text(item["name"]), text(item["guidance"]), tuple(item["steps"])) for item in raw)


def _matrix_laws(source: Source, matrix: Matrix) -> None:
    for axis, levels in (("likelihood", matrix.likelihood), ("severity", matrix.severity)):
        if [step for level in levels for step in level.steps] != list(range(1, STEPS + 1)):
            source.fault(
                (axis,),
                "matrix-steps",
                f"The levels of {axis} must cover the steps 1 to {STEPS} once each and in order.",
                "For three levels, such as [1, 2], [3] and [4, 5].",
            )
        _unlike(source, axis, [level.name for level in levels])
    _unlike(source, "ratings", [band.name for band in matrix.ratings])
    _each_once(source, "ratings", [band.id for band in matrix.ratings])
    order = {band.id: index for index, band in enumerate(matrix.ratings)}
    wide, high = len(matrix.severity), len(matrix.likelihood)
    if len(matrix.grid) != high:
        source.fault(
            ("grid",),
            "matrix-shape",
            f"The grid has {_counted(len(matrix.grid), 'row')}; likelihood has {_counted(high, 'level')}.",
            "Give one row for each level.",
        )
    for index, row in enumerate(matrix.grid):
        if len(row) != wide:
            source.fault(
                ("grid", index),
                "matrix-shape",
                f"This row has {_counted(len(row), 'rating')}; severity has {_counted(wide, 'level')}.",
                "Give one rating for each level.",
            )
        for at, cell in enumerate(row):
            if cell not in order:
                source.fault(
                    ("grid", index, at), "matrix-rating", f"'{cell}' is not one of the ratings.", near(cell, order)
                )
    sound = len(matrix.grid) == high and all(len(row) == wide and set(row) <= set(order) for row in matrix.grid)
    used = {cell for row in matrix.grid for cell in row}
    for index, band in enumerate(matrix.ratings):
        if sound and band.id not in used:
            source.fault(
                ("ratings", index),
                "matrix-unused",
                f"The rating '{band.id}' stands nowhere in the grid.",
                "Use it, or take it out.",
            )
        if index and band.demands < matrix.ratings[index - 1].demands:
            source.fault(
                ("ratings", index),
                "matrix-demands",
                f"'{band.id}' demands less than '{matrix.ratings[index - 1].id}', the rating before it.",
                "List ratings from mild to severe.",
            )
    if not sound:
        return
    for index, row in enumerate(matrix.grid):
        for at, cell in enumerate(row):
            left = row[at - 1] if at else cell
            above = matrix.grid[index - 1][at] if index else cell
            higher = max(left, above, key=order.__getitem__)
            if order[higher] > order[cell]:
                where = f"{matrix.likelihood[index].name} and {matrix.severity[at].name}"
                source.fault(
                    ("grid", index, at),
                    "matrix-falls",
                    f"The rating falls from '{higher}' to '{cell}' at {where}.",
                    "A rating may never fall as likelihood or severity rises.",
                )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _unlike(source: Source, where: str, names: list[str]) -> None:
    folded = [name.casefold() for name in names]
    for index, name in enumerate(folded):
        if name in folded[:index]:
            source.fault(
                (where, index, "name"),
                "matrix-name",
                f"Two of '{where}' are called '{names[index]}'.",
                "Give each a name of its own.",
            )
