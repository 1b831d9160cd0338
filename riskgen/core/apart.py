"""A visit apart from what is known of the family: all that paper which leaves the school may be made from.

Whoever finds such paper must not be able to tell from what it asks of the visitors what the school knows of a family.
"""

from collections.abc import Collection, Mapping

from riskgen.core.conditions import Condition, evaluate, restrict, unknowns
from riskgen.core.derive import derived_facts
from riskgen.core.model import Hazard, Intake, Policy, Question
from riskgen.core.rules import known_before_leaving
from riskgen.core.struct import Struct, replace
from riskgen.core.truth import Truth

BACKGROUND = ("history", "household", "background")
"""The groups of questions that say what is known of the family."""


def told_of_family(questions: Mapping[str, Question]) -> frozenset[str]:
    """The questions that say what is known of the family, with those that follow from their answers."""
    found = {name for name, question in questions.items() if question.group in BACKGROUND or question.of_family}
    while more := {name for name, question in questions.items() if _rests_on(question, found)} - found:
        found |= more
    return frozenset(found)


def _rests_on(question: Question, names: Collection[str]) -> bool:
    return any(name in names for name in (*question.derived_from, question.rests_on))


def apart(intake: Intake, questions: Mapping[str, Question]) -> Intake:
    """The same visit with nothing answered that is known of the family."""
    private = told_of_family(questions)
    return replace(intake, answers={name: value for name, value in intake.answers.items() if name not in private})


class OfAnyFamily(Struct, frozen=True):
    """The ids of what paper that leaves the school may be made from, whatever is known of the family.

    `named` are the clauses and hazards that apply, or may. One of which only what is known of the family could tell
    whether it applies is not among them. `settled` are the clauses among these of which that could not tell either
    whether they are kept.
    """

    named: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()


def of_any_family(
    intake: Intake, policy: Policy, questions: Mapping[str, Question], hazards: Collection[Hazard]
) -> OfAnyFamily:
    """What may be asked, and told to be still open, of a visit to any family. No hazard is told to be open: how it is
    rated, and which number it has, follows from what is known."""
    private = told_of_family(questions)
    facts = derived_facts(apart(intake, questions), policy, questions)
    keep = known_before_leaving(questions)

    def tells(condition: Condition | None) -> bool:
        return bool(private & set(unknowns(restrict(condition, keep), facts)))

    def may_hold(applies: Condition | None) -> bool:
        return evaluate(restrict(applies, keep), facts) is not Truth.NO and not tells(applies)

    def excepted(unless: Condition | None) -> bool:
        part = restrict(unless, keep)
        return part is not None and (evaluate(part, facts) is Truth.YES or tells(unless))

    known = (clause for clause in policy.clauses if clause.id not in policy.gone)
    clauses = [clause for clause in known if may_hold(clause.applies) and not excepted(clause.unless)]
    return OfAnyFamily(
        frozenset({clause.id for clause in clauses} | {hazard.id for hazard in hazards if may_hold(hazard.applies)}),
        frozenset(clause.id for clause in clauses if not tells(clause.met)),
    )
