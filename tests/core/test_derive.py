"""Every derived question: what it comes to, and that it is unknown while what it needs is unknown."""

from datetime import date, datetime, time
from typing import Any

import pytest

from riskgen.core.conditions import Value
from riskgen.core.derive import DERIVATIONS, authorise_rule, derived_facts
from riskgen.core.model import AuthoriseRule, Facts, Intake, Policy, Staff

HEAD = Staff(
    "S-01",
    "Avery Invented",
    ("headteacher",),
    "07700 900001",
    "Grey estate car",
    "EX01 AMP",
    "business",
    date(2026, 12, 2),
)
LEADER = Staff(
    "S-02", "Blair Invented", ("senior-leader", "teacher"), "07700 900002", "Van", "", "social", date(2026, 12, 1)
)
TEACHER = Staff("S-05", "Ellis Invented", ("teacher",))
POLICY = Policy(
    "moor-lane",
    "Moor Lane",
    date(2026, 9, 1),
    (),
    review_due=date(2026, 12, 1),
    authorise=(
        AuthoriseRule(("headteacher",), "ML-02", ("senior-leader",)),
        AuthoriseRule(("headteacher", "senior-leader"), "ML-01"),
    ),
)
START = datetime(2026, 12, 2, 10, 30)
NOBODY_NAMED = Policy("silent", "Silent", date(2026, 9, 1), ())


def derived(
    name: str, *visitors: Staff, policy: Policy = POLICY, evening_from: time | None = None, **answers: Value
) -> Value | None:
    facts: Facts = {key.replace("__", ".", 1): value for key, value in answers.items()}
    return DERIVATIONS[name](facts, Intake(facts, visitors, (HEAD, LEADER, TEACHER), evening_from), policy)


# --- the visitors --------------------------------------------------------------------------------


def test_without_visitors_everything_about_them_is_unknown() -> None:
    about = ("staff_count", "visitor_roles", "visitor_may_authorise", "head_visits", "mobile_numbers_known")
    assert [derived(name) for name in about] == [None] * 5


def test_visitors_are_counted() -> None:
    assert derived("staff_count", TEACHER) == 1
    assert derived("staff_count", TEACHER, LEADER) == 2


def test_roles_of_all_visitors_are_taken_together() -> None:
    assert derived("visitor_roles", HEAD, LEADER) == {"headteacher", "senior-leader", "teacher"}


def test_whether_a_visitor_may_authorise_depends_on_the_policy() -> None:
    assert derived("visitor_may_authorise", TEACHER) is False
    assert derived("visitor_may_authorise", TEACHER, LEADER) is True
    assert derived("visitor_may_authorise", LEADER, policy=NOBODY_NAMED) is False


def test_head_is_known_among_the_visitors() -> None:
    assert derived("head_visits", LEADER) is False
    assert derived("head_visits", LEADER, HEAD) is True


def test_one_visitor_without_a_number_is_enough_to_miss_one() -> None:
    assert derived("mobile_numbers_known", HEAD, LEADER) is True
    assert derived("mobile_numbers_known", HEAD, TEACHER) is False


# --- who authorised ------------------------------------------------------------------------------


def test_first_rule_that_fits_the_visitors_says_who_authorises() -> None:
    assert authorise_rule(POLICY, (TEACHER,)) == POLICY.authorise[1]
    assert authorise_rule(POLICY, (TEACHER, LEADER)) == POLICY.authorise[0]
    assert authorise_rule(POLICY, ()) == POLICY.authorise[1]
    assert authorise_rule(NOBODY_NAMED, (TEACHER,)) is None


@pytest.mark.parametrize(
    ("visitor", "by", "right"),
    [
        (TEACHER, "S-01", True),
        (TEACHER, "S-02", True),
        (TEACHER, "S-05", False),
        (LEADER, "S-01", True),
        (LEADER, "S-02", False),
        (TEACHER, "S-99", False),
    ],
)
def test_visit_is_authorised_by_a_role_that_the_policy_names_for_these_visitors(
    visitor: Staff, by: str, right: bool
) -> None:
    assert derived("right_person", visitor, approval__by=by) is right


def test_nobody_authorises_a_visit_of_their_own() -> None:
    assert derived("right_person", HEAD, approval__by="S-01") is False
    both = derived("right_person", TEACHER, HEAD, approval__by="S-01")
    assert both is False


def test_authorisation_is_unknown_while_nobody_is_named_on_either_side() -> None:
    assert derived("right_person", TEACHER) is None
    assert derived("right_person", TEACHER, policy=NOBODY_NAMED, approval__by="S-01") is None


# --- the evening ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "minutes", "evening"),
    [
        ("10:30", 40, False),
        ("15:00", 60, False),  # over at 16:00 exactly
        ("15:00", 61, None),  # neither day nor evening for certain
        ("17:00", 60, None),  # over at 18:00 exactly
        ("17:00", 61, True),
        ("18:00", 10, True),
        ("17:59", 1, None),
        ("06:00", 30, False),
        ("05:59", 30, True),
        ("10:30", 480, True),
        ("17:30", 480, True),  # over at 01:30 of the next day
    ],
)
def test_without_an_hour_of_the_school_only_what_nobody_disputes_is_day_or_evening(
    start: str, minutes: int, evening: bool | None
) -> None:
    begins = datetime.combine(START, time.fromisoformat(start))
    assert derived("evening", visit__start=begins, visit__minutes=minutes) is evening


@pytest.mark.parametrize(
    ("start", "minutes", "evening"),
    [
        ("16:29", 1, False),  # over at 16:30 exactly
        ("16:29", 2, True),
        ("16:30", 1, True),
        ("15:00", 61, False),  # no doubt any more
        ("05:59", 1, True),
        ("06:00", 1, False),
    ],
)
def test_hour_of_the_school_settles_every_visit(start: str, minutes: int, evening: bool) -> None:
    begins = datetime.combine(START, time.fromisoformat(start))
    found = derived("evening", visit__start=begins, visit__minutes=minutes, evening_from=time(16, 30))
    assert found is evening


def test_hour_of_the_school_may_be_later_than_the_usual_one() -> None:
    late = datetime(2026, 12, 2, 18, 30)
    assert derived("evening", visit__start=late, visit__minutes=20, evening_from=time(19)) is False
    assert derived("evening", visit__start=late, visit__minutes=20) is True


def test_evening_is_unknown_without_a_start_and_mostly_without_a_length() -> None:
    assert derived("evening", visit__minutes=40) is None
    assert derived("evening", visit__start=START) is None
    assert derived("evening", visit__start=START, evening_from=time(18)) is None
    assert derived("evening", visit__start=datetime(2026, 12, 2, 18)) is True


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 2)])
def test_days_on_which_clocks_change_are_days_like_any_other(day: date) -> None:
    assert derived("evening", visit__start=datetime.combine(day, time(15)), visit__minutes=60) is False
    assert derived("evening", visit__start=datetime.combine(day, time(17)), visit__minutes=61) is True
    assert derived("longest_gap", visit__leave_at=time(0, 30), visit__back_at=time(3, 30)) == 180


# --- check-ins -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "gap"),
    [
        ((), 150),
        ((time(11),), 90),
        ((time(11), time(12)), 60),
        ((time(12), time(11)), 60),  # in whatever order they are given
        ((time(9), time(13)), 150),  # before leaving and after the return: no check-ins of this visit
        ((time(10), time(12, 30)), 150),  # at the very moments of leaving and of return
        ((time(12, 29),), 149),
    ],
)
def test_longest_gap_runs_from_leaving_through_each_call_to_the_return(times: tuple[time, ...], gap: int) -> None:
    known: dict[str, Value] = {"visit__leave_at": time(10), "visit__back_at": time(12, 30)}
    assert derived("longest_gap", safety__check_in_times=times, **known) == gap


def test_without_check_in_times_the_gap_is_the_whole_time_away() -> None:
    assert derived("longest_gap", visit__leave_at=time(10), visit__back_at=time(12)) == 120


def test_gap_is_unknown_without_both_ends_in_order() -> None:
    assert derived("longest_gap", visit__leave_at=time(10)) is None
    assert derived("longest_gap", visit__back_at=time(12)) is None
    assert derived("longest_gap", visit__leave_at=time(12), visit__back_at=time(12)) is None
    assert derived("longest_gap", visit__leave_at=time(12), visit__back_at=time(10)) is None


# --- the vehicle ---------------------------------------------------------------------------------


def test_without_a_known_driver_nothing_is_known_of_the_vehicle() -> None:
    about = ("vehicle_recorded", "insurance_current", "insurance_business")
    assert [derived(name, visit__start=START) for name in about] == [None] * 3
    assert [derived(name, visit__start=START, travel__driver="S-99") for name in about] == [None] * 3


def test_vehicle_is_recorded_only_with_its_registration() -> None:
    assert derived("vehicle_recorded", travel__driver="S-01") is True
    assert derived("vehicle_recorded", travel__driver="S-02") is False
    assert derived("vehicle_recorded", travel__driver="S-05") is False


def test_insurance_covers_its_last_day_and_not_the_next() -> None:
    assert derived("insurance_current", visit__start=START, travel__driver="S-01") is True
    assert derived("insurance_current", visit__start=START, travel__driver="S-02") is False
    assert derived("insurance_current", visit__start=START, travel__driver="S-05") is None
    assert derived("insurance_current", travel__driver="S-01") is None


def test_class_of_insurance_is_read_and_unknown_where_not_recorded() -> None:
    assert derived("insurance_business", travel__driver="S-01") is True
    assert derived("insurance_business", travel__driver="S-02") is False
    assert derived("insurance_business", travel__driver="S-05") is None


# --- the assessment and the policy ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("updated", "days"),
    [(date(2026, 12, 2), 0), (date(2026, 12, 1), 1), (date(2025, 12, 2), 365), (date(2026, 12, 9), 0)],
)
def test_age_of_the_assessment_is_in_days_before_the_visit(updated: date, days: int) -> None:
    assert derived("assessment_age", visit__start=START, assessment__updated_on=updated) == days


def test_age_of_the_assessment_is_unknown_without_either_date() -> None:
    assert derived("assessment_age", visit__start=START) is None
    assert derived("assessment_age", assessment__updated_on=date(2026, 12, 1)) is None


def test_policy_is_in_date_on_its_last_day_and_overdue_on_the_next() -> None:
    assert derived("review_overdue", visit__start=datetime(2026, 12, 1, 23, 59)) is False
    assert derived("review_overdue", visit__start=datetime(2026, 12, 2, 0, 0)) is True
    assert derived("review_overdue") is None
    assert derived("review_overdue", policy=NOBODY_NAMED) is False


# --- all facts together --------------------------------------------------------------------------


def test_derived_facts_stand_beside_the_answers_and_cannot_be_answered(make: Any) -> None:
    questions = [
        make.question("visit.staff_count", "number", derived="staff_count"),
        make.question("travel.vehicle_recorded", derived="vehicle_recorded"),
        make.question("home.dog"),
    ]
    catalogue = {each.name: each for each in questions}
    answers: Facts = {"visit.staff_count": 9, "travel.vehicle_recorded": True, "home.dog": False, "no.such": True}
    facts = derived_facts(Intake(answers, (TEACHER, HEAD)), POLICY, catalogue)
    assert facts == {"visit.staff_count": 2, "home.dog": False}
    assert len(answers) == 4


def test_assumed_facts_replace_answers_and_derivations_and_feed_them(make: Any) -> None:
    questions = [
        make.question("visit.staff_count", "number", derived="staff_count"),
        make.question("visit.start", "moment"),
        make.question("policy.review_overdue", derived="review_overdue"),
    ]
    catalogue = {each.name: each for each in questions}
    assumed: Facts = {"visit.staff_count": 2, "visit.start": datetime(2026, 12, 1, 9)}
    facts = derived_facts(Intake({"visit.start": START}, (TEACHER,)), POLICY, catalogue, assumed)
    assert facts == {**assumed, "policy.review_overdue": False}


def test_a_no_counts_only_once_the_check_behind_it_was_made(make: Any) -> None:
    check, risk = make.question("home.checked"), make.question("home.risk", rests_on="home.checked")
    questions = {question.name: question for question in (check, risk)}
    for checked, said, known in (
        (True, False, False),
        (False, False, None),
        (None, False, None),
        (None, True, True),
        (False, True, True),
    ):
        answers = {"home.risk": said} | ({} if checked is None else {"home.checked": checked})
        facts = derived_facts(Intake(answers, ()), make.policy(), questions)
        assert facts.get("home.risk") is known


def test_a_yes_stands_for_what_it_implies_where_that_was_forgotten(make: Any) -> None:
    animals, fierce = make.question("home.animals"), make.question("home.fierce", implies="home.animals")
    questions = {question.name: question for question in (animals, fierce)}
    for answers, known in (({"home.fierce": True}, True), ({"home.fierce": False}, None), ({}, None)):
        assert derived_facts(Intake(answers, ()), make.policy(), questions).get("home.animals") is known
