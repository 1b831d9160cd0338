"""The smallest sets of changes to the plan that would let a visit go ahead."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Protocol

from riskgen.core.derive import derived_facts
from riskgen.core.model import Catalogue, Facts, Intake, Policy
from riskgen.core.result import Remedy, RemedyChange
from riskgen.core.struct import Struct
from riskgen.core.terms import Outcome
from riskgen.core.words import answer_words

MOST_CHANGES = 4
"""Changes in one set; a plan that needs more is another plan."""
MOST_TRIES = 1_500
"""Sets that are tried before the search stops and says so; each takes about 0.3 ms. Of 1,000 worked cases of the five
policies with answers forgotten and turned, the longest search needs fewer than 500 (benchmarks/decide.py)."""

NOTHING_TO_CHANGE = "No change to the plan would allow this visit: what stands against it cannot be changed beforehand."
SETTLE_FIRST = (
    "No change to the plan alone would allow this visit. Settle the open questions first, then assess it again."
)

Candidate = tuple[str, int]


class Weighed(Protocol):
    """What came of a piece."""

    @property
    def outcome(self) -> Outcome: ...


class Piece(Struct, frozen=True):
    """One of the pieces that a decision is the strictest of: a clause, a hazard, a topic or a contradiction.

    `rests_on` names every question that it looks at; `now` is what came of it, None if nothing did.
    """

    rests_on: frozenset[str]
    weigh: Callable[[Facts], Weighed | None]
    now: Weighed | None


def find_remedies(
    intake: Intake, policy: Policy, catalogue: Catalogue, facts: Facts, pieces: Iterable[Piece], unsettled: bool = False
) -> tuple[tuple[Remedy, ...], str]:
    """The remedies of a visit that may not go ahead, smallest first, and a sentence that says what was looked for.

    `pieces` are all that weigh in a decision, as the `facts` of the visit make them come out. A set of changes can
    help only if it touches a question of each piece that keeps the visit from going ahead, so only such sets are
    tried, at most `MOST_TRIES`. `unsettled` says that some questions are still open.
    """
    strictest_first = sorted(pieces, key=lambda piece: -_calls_for(piece.now))
    blockers = [piece.rests_on for piece in strictest_first if _calls_for(piece.now) >= Outcome.REFER]
    candidates = _candidates(frozenset().union(*blockers), catalogue, intake)
    touching = {frozenset(at for at, (name, _) in enumerate(candidates) if name in asked) for asked in blockers}
    if not all(touching):
        return (), SETTLE_FIRST if unsettled else NOTHING_TO_CHANGE
    found: list[Remedy] = []
    solved: list[frozenset[Candidate]] = []
    tries = 0
    for chosen in (chosen for size in range(1, MOST_CHANGES + 1) for chosen in _sets(candidates, touching, size)):
        if any(smaller <= set(chosen) for smaller in solved):
            continue
        if tries == MOST_TRIES:
            return tuple(found), f"The search stopped after {MOST_TRIES:,} sets of changes; there may be others."
        tries += 1
        assumed = {name: catalogue.questions[name].changes[index].to for name, index in chosen}
        reached = _outcome(strictest_first, facts, derived_facts(intake, policy, catalogue.questions, assumed))
        if reached < Outcome.REFER:
            solved.append(frozenset(chosen))
            found.append(Remedy(tuple(_change(name, index, catalogue) for name, index in chosen), reached))
    if found:
        return tuple(found), ""
    return (), f"No set of up to {MOST_CHANGES} changes to the plan would allow this visit."


def _sets(
    candidates: tuple[Candidate, ...], untouched: Collection[frozenset[int]], size: int, start: int = 0
) -> Iterator[tuple[Candidate, ...]]:
    """Each set of so many candidates, in their order, with no question twice and one of each of the `untouched`.

    These hold places of candidates. Once the last place of one is passed, nothing can touch it any more.
    """
    if size == 0:
        if not untouched:
            yield ()
        return
    for at in range(start, min(map(max, untouched), default=len(candidates) - 1) + 1):
        left = [places for places in untouched if at not in places]
        for others in _sets(candidates, left, size - 1, at + 1):
            if all(candidates[at][0] != name for name, _ in others):
                yield (candidates[at], *others)


def _outcome(pieces: Iterable[Piece], facts: Facts, altered: Facts) -> Outcome:
    """What the altered facts lead to: the strictest of all pieces, or the first that keeps the visit from going ahead.

    A piece that looks at nothing that was altered comes out as it does now.
    """
    changed = {name for name, _ in facts.items() ^ altered.items()}
    reached = Outcome.PROCEED
    for piece in pieces:
        found = piece.now if changed.isdisjoint(piece.rests_on) else piece.weigh(altered)
        reached = max(reached, _calls_for(found))
        if reached >= Outcome.REFER:
            break
    return reached


def _calls_for(found: Weighed | None) -> Outcome:
    return found.outcome if found else Outcome.PROCEED


def _candidates(asked: frozenset[str], catalogue: Catalogue, intake: Intake) -> tuple[Candidate, ...]:
    """Every change of one of these questions that is not already so, in the order of the questions."""
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
