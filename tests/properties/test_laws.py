"""The laws that hold for every visit under every policy, and so are tried with visits that nobody thought of.

`weigh` works out, from the parts of the core, what each clause, hazard, topic and contradiction calls for
on its own. The laws are held piece by piece: in the outcome alone, one strict piece would hide the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import combinations, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskgen.core import conditions
from riskgen.core.assess import BEFORE_LEAVING, assess
from riskgen.core.conditions import Condition, Value, evaluate, questions
from riskgen.core.derive import derived_facts
from riskgen.core.matrix import hazard_questions, rate
from riskgen.core.model import Catalogue, Facts, Intake, Matrix, Policy, Question, School
from riskgen.core.moment import advise
from riskgen.core.result import Finding, RatedHazard
from riskgen.core.rules import contradictions, find, known_before_leaving, silences
from riskgen.core.struct import replace
from riskgen.core.terms import Outcome, QuestionType, Stage, Status
from riskgen.core.truth import Truth
from riskgen.library.load import Library
from riskgen.library.reach import telling_values

POLICIES = ("bchs", "heather-avenue", "le-rocquier", "robert-ogden", "st-patricks")
MOST_ALTERED = 6
"""Answers in which a visit may differ from a worked case, so that one strict reason does not drown all others."""


def tried(examples: int) -> settings:
    """The same visits on every run, so that a failure is a failure of the change at hand."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )


# --- visits that nobody thought of ---------------------------------------------------------------


@dataclass(frozen=True)
class Ground:
    """What visits under one policy are made of."""

    policy: Policy
    library: Library
    school: School
    worked: tuple[Intake, ...]
    rests_on: Mapping[str, frozenset[str]]


@pytest.fixture(params=POLICIES, scope="session")
def ground(
    request: pytest.FixtureRequest,
    library: Library,
    example_school: School,
    intakes: Mapping[str, Mapping[str, Intake]],
) -> Ground:
    policy = library.policies[request.param][-1]
    worked = tuple(intakes[request.param].values())
    return Ground(policy, library, example_school, worked, rests_on(policy, library.catalogue()))


def rests_on(policy: Policy, catalogue: Catalogue) -> dict[str, frozenset[str]]:
    """For each clause and hazard, and for topics and contradictions taken together: the questions they rest on."""
    found = {
        clause.id: frozenset(name for part in (clause.applies, clause.unless, clause.met) for name in questions(part))
        for clause in policy.clauses
    }
    found |= {hazard.id: frozenset(hazard_questions(hazard)) for hazard in catalogue.hazards}
    rest = [topic.raised_by for topic in catalogue.topics] + [declared.when for declared in policy.contradictions]
    return found | {"rest": frozenset(name for part in rest for name in questions(part))}


def test_every_policy_is_tried(library: Library) -> None:
    assert set(POLICIES) == set(library.policies)


def values(question: Question, school: School) -> st.SearchStrategy[Value]:
    match question.type:
        case QuestionType.YES_NO:
            return st.booleans()
        case QuestionType.CHOICE:
            return st.sampled_from([option.id for option in question.options])
        case QuestionType.CHOICES:
            return st.frozensets(st.sampled_from([option.id for option in question.options]), max_size=3)
        case QuestionType.NUMBER:
            near = st.integers(question.least, min(question.most, question.least + 35))
            return near | st.integers(question.least, question.most)
        case QuestionType.DATE:
            return st.dates(date(2025, 1, 1), date(2026, 12, 31))
        case QuestionType.TIME:
            return st.times(time(7), time(21))
        case QuestionType.TIMES:
            return st.lists(st.times(time(7), time(21)), max_size=4).map(tuple)
        case QuestionType.MOMENT:
            return st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31))
        case QuestionType.STAFF:
            return st.sampled_from([person.id for person in school.staff])
        case QuestionType.TEXT:
            return st.just("Sample text")


def answerable(library: Library, *stages: Stage) -> list[Question]:
    return [question for question in library.questions.values() if question.stage in stages and not question.derived]


@st.composite
def visits(draw: st.DrawFn, ground: Ground, *stages: Stage) -> Intake:
    """A worked case with a few answers altered or forgotten, or else a visit of which anything may be said."""
    asked = {question.name: values(question, ground.school) for question in answerable(ground.library, *stages)}
    who = st.lists(st.sampled_from(ground.school.staff), min_size=1, max_size=3, unique_by=lambda person: person.id)
    evening_from = draw(st.sampled_from([None, time(16, 30), time(18)]))
    if draw(st.integers(0, 3)) == 0:
        wild = draw(st.fixed_dictionaries({}, optional=asked))
        return Intake(wild, tuple(draw(who)), ground.school.staff, evening_from)
    worked = draw(st.sampled_from(ground.worked))
    answers = {name: value for name, value in worked.answers.items() if name in asked}
    altered = st.lists(st.sampled_from(list(asked)), max_size=MOST_ALTERED, unique=True)
    for name in draw(altered):
        answers[name] = draw(asked[name])
    for name in draw(altered):
        answers.pop(name, None)
    visitors = worked.visitors if draw(st.booleans()) else tuple(draw(who))
    return Intake(answers, visitors, ground.school.staff, evening_from)


PLANNED = (Stage.BACKGROUND, Stage.PLAN)


def catalogues(ground: Ground) -> st.SearchStrategy[Catalogue]:
    return st.sampled_from(sorted(ground.library.matrices)).map(ground.library.catalogue)


def without(intake: Intake, name: str) -> Intake:
    return replace(intake, answers={key: value for key, value in intake.answers.items() if key != name})


def with_(intake: Intake, name: str, value: Value) -> Intake:
    return replace(intake, answers={**intake.answers, name: value})


# --- what each piece calls for -------------------------------------------------------------------


Hazards = Mapping[str, RatedHazard | None]


@dataclass(frozen=True)
class Weighed:
    """What each piece calls for before leaving, the hazards as rated, and the conditions listed."""

    facts: Facts
    findings: Mapping[str, Finding]
    hazards: Hazards
    rest: Mapping[str, Outcome]

    @property
    def pieces(self) -> dict[str, Outcome]:
        found = {name: finding.outcome for name, finding in self.findings.items()}
        return found | {f"hazard {name}": rated.outcome for name, rated in self.hazards.items() if rated} | self.rest

    @property
    def outcome(self) -> Outcome:
        return max(self.pieces.values(), default=Outcome.PROCEED)

    @property
    def to_do(self) -> frozenset[str]:
        """The clauses that add a condition."""
        return frozenset(
            name
            for name, finding in self.findings.items()
            if finding.status in (Status.BROKEN, Status.TO_CONFIRM)
            and finding.effect.outcome is Outcome.PROCEED_WITH_CONDITIONS
        )


def weigh(
    intake: Intake, ground: Ground, catalogue: Catalogue, like: Weighed | None = None, assumed: Facts | None = None
) -> Weighed:
    """Weigh a visit. What rests on no fact that differs from those of `like` is taken over: it saves minutes."""
    policy, asked = ground.policy, catalogue.questions
    facts = derived_facts(intake, policy, asked, assumed)
    keep = known_before_leaving(asked)
    changed = {name for name in {*facts, *like.facts} if facts.get(name) != like.facts.get(name)} if like else set()

    def same(piece: str) -> bool:
        return like is not None and changed.isdisjoint(ground.rests_on[piece])

    findings = {
        clause.id: like.findings[clause.id] if like and same(clause.id) else find(clause, facts, asked, keep)
        for clause in policy.clauses
    }
    hazards = {
        hazard.id: like.hazards[hazard.id] if like and same(hazard.id) else rate(hazard, facts, catalogue.matrix, asked)
        for hazard in catalogue.hazards
    }
    if like and same("rest"):
        return Weighed(facts, findings, hazards, like.rest)
    silent = silences(policy, catalogue.topics, facts, asked, keep)
    rest = {f"silence on {silence.topic}": silence.outcome for silence in silent}
    for collision in contradictions(policy, facts, asked, keep, BEFORE_LEAVING):
        rest[" against ".join(collision.clauses)] = collision.outcome
    return Weighed(facts, findings, hazards, rest)


def resting_on(ground: Ground) -> list[str]:
    """The answers that anything in a decision may rest on, through derived questions too."""
    asked = ground.library.questions
    named = frozenset().union(*ground.rests_on.values(), {"visit.start", "visit.minutes"})
    named |= {base for name in named for base in asked[name].derived_from}
    return [name for name, question in asked.items() if name in named and not question.derived]


def fell(before: Weighed, after: Weighed, most: Outcome) -> dict[str, tuple[str, str]]:
    """The pieces that came out milder, where anything above `most` counts as no more than that."""
    return {
        name: (outcome.id, after.pieces.get(name, Outcome.PROCEED).id)
        for name, outcome in before.pieces.items()
        if after.pieces.get(name, Outcome.PROCEED) < min(outcome, most)
    }


def lowered(before: Hazards, after: Hazards, matrix: Matrix) -> dict[str, str]:
    """The hazards that were dropped, or rated lower in any way, initially or with controls."""
    order = [band.id for band in matrix.ratings]

    def heights(rated: RatedHazard) -> list[int]:
        both = (rated.initial, rated.residual)
        return [height for rating in both for height in (rating.score, order.index(rating.rating))]

    found = {}
    for name, rated in before.items():
        again = after[name]
        if rated and again is None:
            found[name] = "dropped"
        elif rated and again and any(new < old for old, new in zip(heights(rated), heights(again), strict=True)):
            found[name] = f"{rated.initial} {rated.residual} fell to {again.initial} {again.residual}"
    return found


@tried(60)
@given(data=st.data())
def test_decision_is_the_strictest_of_its_pieces_and_lists_every_condition(ground: Ground, data: st.DataObject) -> None:
    intake, catalogue = data.draw(visits(ground, *PLANNED)), data.draw(catalogues(ground))
    pieces = weigh(intake, ground, catalogue)
    result = assess(intake, ground.policy, catalogue)
    assert result.decision.outcome is pieces.outcome
    assert list(result.hazards) == [rated for rated in pieces.hazards.values() if rated]
    conditional = {rated.id for rated in result.hazards if rated.outcome is Outcome.PROCEED_WITH_CONDITIONS}
    assert {item.source for item in result.conditions} == pieces.to_do | conditional


# --- the first law: unknown is never "no" --------------------------------------------------------


@tried(40)
@given(data=st.data())
def test_forgetting_an_answer_drops_no_hazard_lowers_no_rating_and_softens_nothing(
    ground: Ground, data: st.DataObject
) -> None:
    intake, catalogue = data.draw(visits(ground, *PLANNED)), data.draw(catalogues(ground))
    known = weigh(intake, ground, catalogue)
    for name in resting_on(ground):
        if name in intake.answers:
            forgotten = weigh(without(intake, name), ground, catalogue, known)
            assert (name, fell(known, forgotten, Outcome.REFER)) == (name, {})
            assert (name, lowered(known.hazards, forgotten.hazards, catalogue.matrix)) == (name, {})
            assert (name, known.to_do - forgotten.to_do) == (name, frozenset())


@tried(60)
@given(data=st.data())
def test_whatever_some_answer_would_call_for_an_unknown_calls_for_up_to_a_referral(
    ground: Ground, data: st.DataObject
) -> None:
    intake, catalogue = data.draw(visits(ground, *PLANNED)), data.draw(catalogues(ground))
    name = data.draw(st.sampled_from(resting_on(ground)))
    unknown = weigh(without(intake, name), ground, catalogue)
    for value in every_answer(catalogue.questions[name], data, ground):
        answered = weigh(with_(intake, name, value), ground, catalogue, unknown)
        assert (value, fell(answered, unknown, Outcome.REFER)) == (value, {})
        assert (value, answered.to_do - unknown.to_do) == (value, frozenset())
        assert unknown.outcome >= min(answered.outcome, Outcome.REFER)


def every_answer(question: Question, data: st.DataObject, ground: Ground) -> list[Value]:
    """All answers where they can be counted, and some of the others."""
    if question.type is QuestionType.YES_NO:
        return [True, False]
    if question.type is QuestionType.CHOICE:
        return [option.id for option in question.options]
    if question.type is QuestionType.STAFF:
        return [person.id for person in ground.school.staff]
    return data.draw(st.lists(values(question, ground.school), min_size=3, max_size=5))


# --- controls, worse answers, sameness -----------------------------------------------------------


def smallest_proofs(condition: Condition, facts: Facts, asked: Mapping[str, Question]) -> list[dict[str, Value]]:
    """The fewest changed answers that prove a condition; several where there are several such ways."""
    found: dict[str, list[conditions.Test]] = {}
    for test in conditions.tests(condition):
        found.setdefault(test.question, []).append(test)
    ways = []
    for chosen in product(*(telling_values(asked[name], held) for name, held in found.items())):
        answers = dict(zip(found, chosen, strict=True))
        if evaluate(condition, {**facts, **answers}) is Truth.YES:
            ways.append({name: value for name, value in answers.items() if facts.get(name) != value})
    fewest = min(len(way) for way in ways)
    return [way for way in ways if len(way) == fewest]


@tried(40)
@given(data=st.data())
def test_confirming_a_control_raises_no_rating(ground: Ground, data: st.DataObject) -> None:
    intake, catalogue = data.draw(visits(ground, *PLANNED)), data.draw(catalogues(ground))
    asked, matrix = catalogue.questions, catalogue.matrix
    facts = derived_facts(intake, ground.policy, asked)
    before = {hazard.id: rate(hazard, facts, matrix, asked) for hazard in catalogue.hazards}
    for control in (control for hazard in catalogue.hazards for control in hazard.controls):
        for proof in smallest_proofs(control.in_place, facts, asked):
            after = before | {
                hazard.id: rate(hazard, {**facts, **proof}, matrix, asked)
                for hazard in catalogue.hazards
                if not ground.rests_on[hazard.id].isdisjoint(proof)
            }
            assert (control.id, proof, lowered(after, before, matrix)) == (control.id, proof, {})


@tried(25)
@given(data=st.data())
def test_worse_answer_makes_nothing_milder(ground: Ground, data: st.DataObject) -> None:
    intake, catalogue = data.draw(visits(ground, *PLANNED)), data.draw(catalogues(ground))
    known = weigh(intake, ground, catalogue)
    resting = frozenset().union(*ground.rests_on.values())
    for question in catalogue.questions.values():
        if question.worse and question.name in resting and question.stage.before_leaving:
            worse = question.worse == "yes"
            bad = weigh(intake, ground, catalogue, known, {question.name: worse})
            good = weigh(intake, ground, catalogue, known, {question.name: not worse})
            assert (question.name, fell(good, bad, Outcome.DO_NOT_VISIT)) == (question.name, {})
            assert (question.name, lowered(good.hazards, bad.hazards, catalogue.matrix)) == (question.name, {})


@tried(25)
@given(data=st.data())
def test_same_visit_gives_the_same_assessment_in_whatever_order_answers_were_given(
    ground: Ground, data: st.DataObject
) -> None:
    intake, catalogue = data.draw(visits(ground, *PLANNED)), data.draw(catalogues(ground))
    turned = replace(intake, answers=dict(reversed(intake.answers.items())))
    first, second = assess(intake, ground.policy, catalogue), assess(turned, ground.policy, catalogue)
    assert first == second
    assert intake.answers == dict(reversed(turned.answers.items()))


# --- at the door ---------------------------------------------------------------------------------


@tried(30)
@given(data=st.data())
def test_forgetting_an_answer_never_opens_the_door(ground: Ground, data: st.DataObject) -> None:
    catalogue = ground.library.catalogue()
    intake = data.draw(visits(ground, *PLANNED, Stage.DOOR))
    if advise(intake, ground.policy, catalogue).may_enter is Truth.YES:
        return
    at_the_door = [name for name in intake.answers if name.startswith("door.")]
    others = data.draw(st.lists(st.sampled_from(sorted(intake.answers) or ["visit.start"]), max_size=5, unique=True))
    for name in {*at_the_door, *others}:
        may_enter = advise(without(intake, name), ground.policy, catalogue).may_enter
        assert (name, may_enter is Truth.YES) == (name, False)


@pytest.mark.parametrize("policy", [name for name in POLICIES if name != "le-rocquier"])
def test_where_visitors_may_go_in_no_answer_still_missing_could_keep_them_out(
    policy: str, library: Library, example_school: School, intakes: Mapping[str, Mapping[str, Intake]]
) -> None:
    """Held for every question on its own: if the visitors may go in without it, they may whatever it says."""
    catalogue, edition = library.catalogue(), library.policies[policy][-1]

    def may_enter(intake: Intake) -> bool:
        return advise(intake, edition, catalogue).may_enter is Truth.YES

    open_doors = [intake for intake in intakes[policy].values() if may_enter(intake)]
    assert open_doors
    for question in answerable(library, *PLANNED, Stage.DOOR):
        answers = {QuestionType.YES_NO: [True, False], QuestionType.CHOICE: [item.id for item in question.options]}
        if question.group != "journey" and question.type in answers:
            for intake in open_doors:
                if may_enter(without(intake, question.name)):
                    shut = [
                        value for value in answers[question.type] if not may_enter(with_(intake, question.name, value))
                    ]
                    assert (question.name, shut) == (question.name, [])


# --- remedies ------------------------------------------------------------------------------------


def test_remedies_are_the_fewest_changes_under_which_the_visit_decided_as_a_whole_goes_ahead(ground: Ground) -> None:
    """Of all single changes and pairs of changes to any question, also those that no reason names."""
    catalogue = ground.library.catalogue()
    worked = [(intake, assess(intake, ground.policy, catalogue)) for intake in ground.worked]
    intake, result = max(worked, key=lambda case: len(case[1].remedies))
    assert result.remedies
    changes = [
        (question.name, change)
        for question in catalogue.questions.values()
        for change in question.changes
        if intake.answers.get(question.name) != change.to
    ]
    found: dict[frozenset[tuple[str, str]], Outcome] = {}
    for chosen in (*combinations(changes, 1), *combinations(changes, 2)):
        told = frozenset((name, change.how) for name, change in chosen)
        assumed = {name: change.to for name, change in chosen}
        if len(assumed) == len(chosen) and not any(smaller <= told for smaller in found):
            outcome = weigh(intake, ground, catalogue, assumed=assumed).outcome
            if outcome < Outcome.REFER:
                found[told] = outcome
    proposed = {
        frozenset((change.question, change.how) for change in remedy.changes): remedy.outcome
        for remedy in result.remedies
    }
    assert {told: outcome for told, outcome in proposed.items() if len(told) <= 2} == found
