"""The smallest sets of changes to the plan that would let a visit go ahead."""

from collections.abc import Callable
from itertools import combinations

from riskgen.core.model import Catalogue, Facts, Intake, Policy
from riskgen.core.result import Remedy, RemedyChange
from riskgen.core.terms import Outcome
from riskgen.core.words import answer_words

MOST_CHANGES = 4
"""Changes in one set; a plan that needs more is another plan."""
MOST_TRIES = 1_500
"""Sets that are tried in full; the five policies with every answer forgotten need fewer than 100."""

NOTHING_TO_CHANGE = "No change to the plan would allow this visit: what stands against it cannot be changed beforehand."
SETTLE_FIRST = (
    "No change to the plan alone would allow this visit. Settle the open questions first, then assess it again."
)

OutcomeOf = Callable[[Intake, Policy, Catalogue, Facts], Outcome]
Candidate = tuple[str, int]


def find_remedies(
    intake: Intake,
    policy: Policy,
    catalogue: Catalogue,
    outcome: Outcome,
    blockers: tuple[frozenset[str], ...],
    outcome_of: OutcomeOf,
    unsettled: bool = False,
) -> tuple[tuple[Remedy, ...], str]:
    """The remedies, smallest first, and a sentence that says what was looked for.

    `blockers` holds, for each reason that keeps the visit from going ahead, the questions that it rests
    on. A set of changes can help only if it touches every one of them, so only such sets are tried.
    `unsettled` says that some questions are still open.
    """
    if outcome < Outcome.REFER:
        return (), ""
    candidates = _candidates(blockers, catalogue, intake)
    names = {name for name, _ in candidates}
    if any(not blocker & names for blocker in blockers):
        return (), SETTLE_FIRST if unsettled else NOTHING_TO_CHANGE
    found: list[Remedy] = []
    solved: list[frozenset[Candidate]] = []
    tries = 0
    for size in range(1, MOST_CHANGES + 1):
        for chosen in combinations(candidates, size):
            touched = {name for name, _ in chosen}
            if len(touched) < size or any(not blocker & touched for blocker in blockers):
                continue
            if any(smaller <= set(chosen) for smaller in solved):
                continue
            if tries == MOST_TRIES:
                return tuple(found), f"The search stopped after {MOST_TRIES:,} sets of changes; there may be others."
            tries += 1
            assumed = {name: catalogue.questions[name].changes[index].to for name, index in chosen}
            reached = outcome_of(intake, policy, catalogue, assumed)
            if reached < Outcome.REFER:
                solved.append(frozenset(chosen))
                found.append(Remedy(tuple(_change(name, index, catalogue) for name, index in chosen), reached))
    if found:
        return tuple(found), ""
    return (), f"No set of up to {MOST_CHANGES} changes to the plan would allow this visit."


def _candidates(blockers: tuple[frozenset[str], ...], catalogue: Catalogue, intake: Intake) -> tuple[Candidate, ...]:
    """Every change that could touch a blocker and is not already so, in the order of the questions."""
    asked = frozenset().union(*blockers)
    return tuple(
        (question.name, index)
        for question in catalogue.questions.values()
        if question.name in asked
        for index, change in enumerate(question.changes)
        if intake.answers.get(question.name) != change.to
    )


def _change(name: str, index: int, catalogue: Catalogue) -> RemedyChange:
    question = catalogue.questions[name]
    change = question.changes[index]
    return RemedyChange(name, answer_words(question, change.to), change.how)
