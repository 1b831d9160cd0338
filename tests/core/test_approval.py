"""What an approval or an override covers, when it lapses, and how a visit stands with them."""

from datetime import datetime
from typing import Any

import pytest

from riskgen.core.approval import (
    DECISION,
    UNKNOWN,
    Basis,
    Override,
    changes,
    hazards_to_accept,
    lapses,
    standing,
)
from riskgen.core.assess import as_authorised, assess
from riskgen.core.conditions import All
from riskgen.core.model import AuthoriseRule, Catalogue, Control, Factor, Intake, Policy
from riskgen.core.struct import replace
from riskgen.core.terms import Outcome, Status

CONDITION, REFER, FORBID = Outcome.PROCEED_WITH_CONDITIONS, Outcome.REFER, Outcome.DO_NOT_VISIT
START = datetime(2026, 12, 2, 10, 30)


class Case:
    """A policy with one condition (told), one referral (odd) and one hazard (a dog), over a handful of questions."""

    def __init__(self, make: Any) -> None:
        self.make = make
        self.catalogue: Catalogue = make.catalogue(
            make.question("visit.start", "moment"),
            make.question("told.head"),
            make.question("told.office"),
            make.question("visit.odd"),
            make.question("home.dog"),
            make.question("home.wild"),
            make.question("family.name", "text", personal=True),
            make.question("approval.by", "staff"),
            make.question("travel.by_car"),
            make.question("travel.driver", "staff"),
            make.question(
                "travel.insurance_current",
                derived="insurance_current",
                derived_from=("travel.by_car", "travel.driver"),
            ),
            make.question("assessment.updated_on", "date"),
            make.question(
                "assessment.age_days",
                "number",
                derived="assessment_age",
                derived_from=("assessment.updated_on", "visit.start"),
            ),
            hazards=(
                make.hazard(
                    "dog",
                    3,
                    3,
                    applies=make.is_("home.dog"),
                    factors=(Factor(make.is_("home.wild"), "it is wild", 1, 1),),
                    controls=(Control("shut", "isolate", "Shut it away", make.is_("told.office"), -1),),
                ),
            ),
        )
        self.policy: Policy = make.policy(
            make.clause("A-1", CONDITION, met=make.is_("told.head")),
            make.clause("A-2", REFER, met=make.is_("visit.odd", False)),
            make.clause("A-3", CONDITION, met=make.test("assessment.age_days", "at_most", 30)),
        )
        self.staff = make.staff("S-07", "teacher")

    def intake(self, **answers: Any) -> Intake:
        known = {
            "visit__start": START,
            "visit__odd": False,
            "home__dog": True,
            "home__wild": False,
            "told__head": False,
            **answers,
        }
        found: Intake = self.make.intake(
            self.staff, **{name: value for name, value in known.items() if value is not None}
        )
        return found

    def basis(self, intake: Intake | None = None, catalogue: str = "one", **answers: Any) -> Basis:
        intake = intake or self.intake(**answers)
        return Basis(intake, assess(intake, self.policy, self.catalogue), catalogue)

    def lapsed(self, before: Basis, now: Basis) -> list[str]:
        return [change.what for change in lapses(before, now, self.policy, self.catalogue)]


@pytest.fixture
def case(make: Any) -> Case:
    return Case(make)


# --- when an approval lapses -----------------------------------------------------------------------


def test_nothing_lapses_where_nothing_changed(case: Case) -> None:
    assert case.lapsed(case.basis(), case.basis()) == []


def test_it_lapses_when_an_answer_changes(case: Case) -> None:
    found = changes(case.basis(), case.basis(home__wild=True), case.catalogue.questions)
    assert [(each.what, each.before, each.after) for each in found] == [("home.wild", "No", "Yes")]
    assert case.lapsed(case.basis(), case.basis(home__wild=True)) == ["home.wild"]


def test_it_lapses_when_an_answer_is_given_that_no_condition_asked_for(case: Case) -> None:
    found = changes(case.basis(), case.basis(travel__by_car=True), case.catalogue.questions)
    assert [(each.what, each.before, each.after) for each in found] == [("travel.by_car", UNKNOWN, "Yes")]
    assert case.lapsed(case.basis(), case.basis(travel__by_car=True)) == ["travel.by_car"]


def test_it_lapses_when_an_answer_is_taken_back(case: Case) -> None:
    assert case.lapsed(case.basis(), case.basis(home__wild=None)) == ["home.wild"]


def test_a_condition_that_is_met_is_what_it_waited_for(case: Case) -> None:
    assert case.lapsed(case.basis(), case.basis(told__head=True)) == []


def test_what_was_claimed_of_an_approval_makes_nothing_worse(case: Case) -> None:
    """A file said who approved; the register counts its own approvals alone. Otherwise the visit got better."""
    make = case.make
    case.catalogue = make.catalogue(
        *case.catalogue.questions.values(),
        make.question("approval.right_person", derived="right_person", derived_from=("approval.by",)),
        make.question("visit.needed"),
        hazards=case.catalogue.hazards,
    )
    both = [make.is_("visit.needed"), make.is_("approval.right_person")]
    case.policy = make.policy(
        *case.policy.clauses,
        make.clause("A-4", CONDITION, met=All(tuple(both))),
        authorise=(AuthoriseRule(("headteacher",), "A-4"),),
    )
    head = make.staff("S-01", "headteacher")

    def basis(**answers: Any) -> Basis:
        return case.basis(replace(case.intake(**{"visit__needed": True, **answers}), directory=(case.staff, head)))

    claimed, met = basis(approval__by="S-01"), basis(told__head=True)
    assert "A-4" not in [todo.source for todo in claimed.assessment.conditions]
    assert "A-4" in [todo.source for todo in met.assessment.conditions]
    assert case.lapsed(claimed, met) == []
    assert case.lapsed(basis(), basis(visit__needed=False)) == ["visit.needed"]


def test_a_condition_that_opens_again_is_worse(case: Case) -> None:
    assert case.lapsed(case.basis(told__head=True), case.basis(told__head=False)) == ["told.head"]


def test_a_condition_met_hides_no_other_change(case: Case) -> None:
    assert case.lapsed(case.basis(), case.basis(told__head=True, home__wild=True)) == ["home.wild", "told.head"]


def test_another_day_is_another_visit_though_a_condition_rests_on_it(case: Case) -> None:
    """Whether an assessment is recent enough depends on the day; that does not make the day a condition."""
    later = START.replace(day=9)
    assert case.lapsed(case.basis(), case.basis(visit__start=later)) == ["visit.start"]


def test_it_lapses_when_the_policy_is_edited(case: Case) -> None:
    now = case.basis()
    stamp = replace(now.assessment.policy, fingerprint="another")
    assert case.lapsed(case.basis(), replace(now, assessment=replace(now.assessment, policy=stamp))) == ["policy"]


def test_it_lapses_when_the_hazards_are_edited(case: Case) -> None:
    assert case.lapsed(case.basis(), case.basis(catalogue="another")) == ["hazards"]


def test_it_lapses_when_others_go(case: Case) -> None:
    other = replace(case.intake(), visitors=(case.make.staff("S-08", "teacher"),))
    found = changes(case.basis(), case.basis(other), case.catalogue.questions)
    assert [(each.what, each.before, each.after) for each in found] == [
        ("visitors", "S-07 (teacher)", "S-08 (teacher)")
    ]
    assert case.lapsed(case.basis(), case.basis(other)) == ["visitors"]


def test_it_lapses_when_the_roles_of_those_who_go_change(case: Case) -> None:
    promoted = replace(case.intake(), visitors=(replace(case.staff, roles=("headteacher",)),))
    assert case.lapsed(case.basis(), case.basis(promoted)) == ["visitors"]


def test_the_order_of_visitors_and_of_roles_is_no_change(case: Case) -> None:
    two = (case.make.staff("S-07", "teacher", "office"), case.make.staff("S-08", "teacher"))
    turned = (two[1], replace(two[0], roles=("office", "teacher")))
    one, other = (replace(case.intake(), visitors=each) for each in (two, turned))
    assert case.lapsed(case.basis(one), case.basis(other)) == []


def test_it_lapses_when_what_follows_from_the_directory_changes(case: Case) -> None:
    """Nobody answered otherwise, yet the driver's insurance has run out by the directory."""
    day = START.date()
    insured, lapsed = (
        replace(
            case.intake(travel__by_car=True, travel__driver="S-07"),
            visitors=(person,),
            directory=(person,),
        )
        for person in (
            case.make.staff("S-07", "teacher", insurance_expires=day),
            case.make.staff("S-07", "teacher", insurance_expires=day.replace(day=1)),
        )
    )
    assert case.lapsed(case.basis(insured), case.basis(lapsed)) == ["travel.insurance_current"]


def test_a_telephone_number_in_the_directory_is_no_change(case: Case) -> None:
    other = replace(case.intake(), visitors=(replace(case.staff, mobile="07700 900999"),))
    assert case.lapsed(case.basis(), case.basis(other)) == []


def test_who_approved_is_no_change(case: Case) -> None:
    assert case.lapsed(case.basis(), case.basis(approval__by="S-02")) == []


def test_a_personal_answer_is_not_repeated(case: Case) -> None:
    found = changes(case.basis(), case.basis(family__name="of no concern"), case.catalogue.questions)
    assert [(each.what, each.before, each.after) for each in found] == [("family.name", "", "")]


# --- how a visit stands ----------------------------------------------------------------------------


def override(what: str, to: str) -> Override:
    return Override(what, to, "a reason", "S-02", "A-1")


def test_without_people_a_visit_stands_as_worked_out(case: Case) -> None:
    stands = standing(case.basis(visit__odd=True).assessment)
    assert (stands.outcome, stands.computed) == (REFER, REFER)
    assert stands.open[0].source == "A-2"
    assert stands.decided == ()


def test_a_referral_that_a_person_decides_leaves_the_conditions(case: Case) -> None:
    stands = standing(case.basis(visit__odd=True).assessment, [override(DECISION, CONDITION.id)])
    assert (stands.outcome, stands.computed) == (CONDITION, REFER)
    assert "A-2" in [reason.source for reason in stands.decided]
    assert "A-1" in [reason.source for reason in stands.open]
    assert "A-2" not in [reason.source for reason in stands.open]


def test_a_rating_that_a_person_raises_counts_from_then_on(case: Case) -> None:
    assessment = case.basis(told__head=True).assessment
    assert standing(assessment).outcome is CONDITION
    stands = standing(assessment, [override("dog", "H")])
    assert (stands.outcome, stands.open[0].source) == (FORBID, "dog")
    assert "a person has made it High" in stands.open[0].says


def test_a_rating_that_a_person_lowers_counts_from_then_on(case: Case) -> None:
    assessment = case.basis(told__head=True, home__wild=True).assessment
    assert standing(assessment).outcome is FORBID
    assert standing(assessment, [override("dog", "M")]).outcome is CONDITION
    assert "dog" not in [reason.source for reason in standing(assessment, [override("dog", "L")]).open]


def test_the_last_override_of_one_thing_holds(case: Case) -> None:
    assessment = case.basis().assessment
    stands = standing(assessment, [override("dog", "H"), override("dog", "L")])
    assert "dog" not in [reason.source for reason in stands.open]
    assert [given.to for given in stands.overrides] == ["L"]


def test_nobody_overrides_that_a_visit_must_not_be_made(case: Case) -> None:
    assessment = case.basis(home__wild=True).assessment
    assert standing(assessment, [override(DECISION, CONDITION.id)]).outcome is FORBID


def test_a_rating_on_a_condition_is_open_until_it_is_accepted(case: Case) -> None:
    assessment = case.basis(told__head=True).assessment
    assert hazards_to_accept(assessment) == ("dog",)
    assert "dog" in [reason.source for reason in standing(assessment).open]
    stands = standing(assessment, (), ("dog",))
    assert "dog" not in [reason.source for reason in stands.open]
    assert "dog" in [reason.source for reason in stands.decided]


def test_accepting_a_rating_accepts_no_higher_one(case: Case) -> None:
    assessment = case.basis(told__head=True, home__wild=True).assessment
    assert hazards_to_accept(assessment) == ()
    assert standing(assessment, (), ("dog",)).open[0].source == "dog"


def test_an_authorisation_that_is_counted_in_afterwards_meets_what_waited_for_it_alone(make: Any) -> None:
    right, told = make.is_("approval.right_person"), make.is_("told.head")
    catalogue = make.catalogue(*map(make.question, ("approval.right_person", "told.head", "told.office", "visit.odd")))
    policy = make.policy(
        make.clause("alone", CONDITION, met=right),
        make.clause("both", CONDITION, met=All((right, told))),
        make.clause("other", CONDITION, met=told),
        make.clause("off", CONDITION, applies=make.is_("visit.odd"), met=right),
    )
    intake = make.intake(make.staff("S-07"), told__office=True, visit__odd=False)
    before = assess(intake, policy, catalogue)
    edited = replace(policy, clauses=(*policy.clauses[:2], replace(policy.clauses[2], met=make.is_("told.office"))))

    def met(by: Policy) -> list[str]:
        found = as_authorised(before, "S-01", by)
        assert [each.question for each in found.to_confirm] == ["told.head"]
        assert [each.source for each in found.conditions] == ["both", "other"]
        assert {each.id for each in found.findings if each.status is Status.NOT_APPLICABLE} == {"off"}
        return [each.id for each in found.findings if each.status is Status.MET]

    assert met(policy) == ["alone"]
    assert met(replace(policy, clauses=())) == ["alone"]  # the school has edited it since
    assert met(edited) == ["alone"]  # what it asks else today is nothing of the authorisation's
