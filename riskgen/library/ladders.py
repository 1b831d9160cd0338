"""Reading the ladders of a policy, or a school's own: what is done step by step when something goes wrong."""

from collections.abc import Mapping
from typing import Any

from riskgen.core.model import Clause, Ladders, Rung
from riskgen.files.schema import Schema
from riskgen.files.yaml import Place
from riskgen.library.source import NEEDED, TEXT, Source, near, text

MINUTES = {"type": "integer", "min": 0, "max": 1440}
_LADDER = {
    "type": "list",
    "schema": {"type": "dict", "schema": {"after_minutes": MINUTES, "do": NEEDED, "who": NEEDED, "clause": TEXT}},
}
LADDERS_SCHEMA: Schema = {"overdue": _LADDER, "missed_check_in": _LADDER, "safe_word": _LADDER}


def read_ladders(source: Source, place: Place, raw: Mapping[str, Any], clauses: Mapping[str, Clause] | None) -> Ladders:
    """The three ladders. A school's own fallback has no clauses to name, and passes None for them."""

    def ladder(name: str) -> tuple[Rung, ...]:
        rungs = []
        for index, item in enumerate(raw.get(name) or ()):
            clause = text(item.get("clause"))
            if clauses is not None and not clause:
                hint = "Add 'clause' with the id of the clause that asks for it."
                source.fault((*place, name, index), "ladder-clause", "This step names no clause.", hint)
            elif clauses is not None:
                known_clause(source, (*place, name, index, "clause"), clause, clauses)
            rungs.append(Rung(text(item["do"]), text(item["who"]), clause, item.get("after_minutes")))
        return tuple(rungs)

    return Ladders(ladder("overdue"), ladder("missed_check_in"), ladder("safe_word"))


def known_clause(source: Source, place: Place, name: str, clauses: Mapping[str, Clause]) -> None:
    """A fault at that place, unless the policy has a clause of that name."""
    if name not in clauses:
        source.fault(
            place,
            "clause-unknown",
            f"The policy has no clause '{name}'.",
            near(name, clauses, "Name the clause that this rests on."),
        )
