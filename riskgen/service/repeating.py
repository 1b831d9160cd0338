"""A new visit from an old one: undated, unapproved, and with nothing that reassures taken over."""

from collections.abc import Mapping

from riskgen.core.conditions import Value
from riskgen.core.model import Intake, Question
from riskgen.core.struct import Struct, replace
from riskgen.core.terms import Stage
from riskgen.core.visit import Happened, Visit, Who, entry_of
from riskgen.intake.gather import LAPSES
from riskgen.service.bodies import read_back
from riskgen.service.desk import Desk
from riskgen.service.faults import Refused
from riskgen.service.homes import Home
from riskgen.service.references import next_reference
from riskgen.service.standing import intake_body

OF_THAT_DAY = frozenset({"visit.start", "visit.leave_at", "visit.back_at", "visit.absence_days"})
"""Answers that were true of one day only, and speak neither for a visit nor against it."""
DROPPED_GROUPS = frozenset({*LAPSES, "background", "policy"})


class Repeated(Struct, frozen=True):
    """A draft made of an earlier visit. `again` are the questions to be answered again; `warns` what was kept because
    it speaks against a visit.
    """

    reference: str
    origin: str
    again: tuple[Question, ...]
    warns: tuple[Question, ...]
    gone: tuple[str, ...]


def repeat(home: Home, desk: Desk, reference: str, who: Who) -> Repeated:
    """Draft a visit like an earlier one. Raises `Refused` where the records of that have been erased."""
    visit = desk.visit(reference)
    before = _intake_of(visit)
    questions = home.library.questions
    kept = {name: value for name, value in before.answers.items() if _taken_over(questions.get(name), value)}
    directory = {person.id for person in home.school.staff}
    going = tuple(person for person in before.visitors if person.id in directory)
    intake = replace(before, answers=kept, visitors=going)
    with desk.register.write() as writer:
        new = next_reference(writer, desk.wall(desk.now()).year)
        writer.append(
            new, Happened.DRAFTED, desk.now(), who, {"from": reference, "intake": intake_body(intake), "files": {}}
        )
        writer.put_entry(entry_of(writer.visits([new])[new]))
    again = tuple(questions[name] for name in before.answers if name not in kept and name in questions)
    warns = tuple(questions[name] for name, value in kept.items() if _warns(questions[name], value))
    return Repeated(new, reference, again, warns, tuple(p.id for p in before.visitors if p.id not in directory))


def _intake_of(visit: Visit) -> Intake:
    if not visit.body:
        raise Refused(f"The records of {visit.reference} were erased, so it cannot be repeated. Nothing was saved.")
    return read_back(Intake, visit.body, "intake", visit.reference)


def _taken_over(question: Question | None, value: Value) -> bool:
    """Whether an answer says the same of another day. What spoke for the visit is never taken over."""
    if question is None or question.derived or question.name in OF_THAT_DAY or question.group in DROPPED_GROUPS:
        return False
    if question.stage not in (Stage.BACKGROUND, Stage.PLAN):
        return False
    return not question.worse or _warns(question, value)


def _warns(question: Question, value: Value) -> bool:
    return bool(question.worse) and value is (question.worse == "yes")


def group_counts(questions: tuple[Question, ...], groups: Mapping[str, str]) -> dict[str, int]:
    """How many questions there are of each group, by the label of the group."""
    counts: dict[str, int] = {}
    for question in questions:
        label = groups.get(question.group, question.group)
        counts[label] = counts.get(label, 0) + 1
    return counts
