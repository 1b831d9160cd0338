"""Derived questions: facts that are worked out from other facts, the visitors and the policy.

Each function is documented as a question in `questions.yaml`. It returns None where what it needs is
unknown, so that a derived fact is never surer than the facts behind it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from itertools import pairwise

from riskgen.core.conditions import Value
from riskgen.core.model import AuthoriseRule, Facts, Intake, Policy, Question, Staff

Derivation = Callable[[Facts, Intake, Policy], Value | None]

APPROVAL_GROUP = "approval"
"""The group of the questions on the authorisation."""
APPROVED_BY, RIGHT_PERSON, NAMES_STAFF = (f"{APPROVAL_GROUP}.{name}" for name in ("by", "right_person", "names_staff"))
DAY_IS_OVER = time(18, 0)
"""Nobody calls later than this anything but evening (questions.yaml, visit.evening)."""
STILL_DAY = time(16, 0)
"""Nobody calls a visit that is over by then an evening visit (the same place)."""
NIGHT_IS_OVER = time(6, 0)
"""A visit that starts before this hour is a night visit, which is treated as an evening one."""


def derived_facts(
    intake: Intake, policy: Policy, questions: Mapping[str, Question], assumed: Facts | None = None
) -> dict[str, Value]:
    """All facts of a visit: the answers, with every derived question worked out.

    `assumed` facts replace answers and derivations alike; remedies are tried with it.
    """
    given = assumed or {}
    facts: dict[str, Value] = {name: value for name, value in intake.answers.items() if name in questions}
    facts.update(given)
    for question in questions.values():  # nobody can say that a check found nothing if the check was not made
        if question.rests_on and facts.get(question.name) is False and facts.get(question.rests_on) is not True:
            del facts[question.name]
        if question.implies and facts.get(question.name) is True:  # forgetting what is implied must not soften it
            facts.setdefault(question.implies, True)
    for question in questions.values():
        if question.derived and question.name not in given:
            value = DERIVATIONS[question.derived](facts, intake, policy)
            facts.pop(question.name, None)
            if value is not None:
                facts[question.name] = value
    return facts


def authorise_rule(policy: Policy, visitors: tuple[Staff, ...]) -> AuthoriseRule | None:
    """The rule that says who authorises this visit: the first whose visitors' roles fit."""
    held = {role for visitor in visitors for role in visitor.roles}
    return next((rule for rule in policy.authorise if not rule.visitors or held & set(rule.visitors)), None)


def _staff_count(facts: Facts, intake: Intake, policy: Policy) -> Value | None:
    return len(intake.visitors) or None


def _visitor_roles(facts: Facts, intake: Intake, policy: Policy) -> Value | None:
    return frozenset(role for visitor in intake.visitors for role in visitor.roles) or None


def _evening(facts: Facts, intake: Intake, policy: Policy) -> Value | None:
    start, minutes = facts.get("visit.start"), facts.get("visit.minutes")
    if not isinstance(start, datetime):
        return None
    end = start + timedelta(minutes=minutes) if isinstance(minutes, int) else None
    begins = intake.evening_from or DAY_IS_OVER
    if start.time() >= begins or start.time() < NIGHT_IS_OVER:
        return True
    if end is None:
        return None
    if end.date() > start.date() or end.time() > begins:
        return True
    return False if intake.evening_from or end.time() <= STILL_DAY else None


def _visitor_may_authorise(facts: Facts, intake: Intake, policy: Policy) -> Value | None:
    may = {role for rule in policy.authorise for role in rule.by}
    return any(may & set(visitor.roles) for visitor in intake.visitors) if intake.visitors else None


def _head_visits(facts: Facts, intake: Intake, policy: Policy) -> Value | None:
    return any("headteacher" in visitor.roles for visitor in intake.visitors) if intake.visitors else None


def _mobile_numbers_known(facts: Facts, intake: Intake, policy: Policy) -> Value | None:
    return all(visitor.mobile for visitor in intake.visitors) if intake.visitors else None


def _right_person(facts: Facts, intake: Intake, policy: Policy) -> Value | None:
    rule, by = authorise_rule(policy, intake.visitors), facts.get(APPROVED_BY)
    if rule is None or by is None:
        return None
    if any(visitor.id == by for visitor in intake.visitors):
        return False
    person = _person(intake, by)
    return person is not None and bool(set(person.roles) & set(rule.by))


def _longest_gap(facts: Facts, intake: Intake, policy: Policy) -> Value | None:
    leave, back = facts.get("visit.leave_at"), facts.get("visit.back_at")
    if not isinstance(leave, time) or not isinstance(back, time) or back <= leave:
        return None
    # Without check-in times the gap is the whole time away: the longest that it can be.
    times = facts.get("safety.check_in_times")
    calls = sorted(item for item in times if leave < item < back) if isinstance(times, tuple) else []
    points = [_minute(leave), *(_minute(item) for item in calls), _minute(back)]
    return max(later - earlier for earlier, later in pairwise(points))


def _vehicle_recorded(facts: Facts, intake: Intake, policy: Policy) -> Value | None:
    driver = _driver(facts, intake)
    return None if driver is None else bool(driver.vehicle and driver.registration)


def _insurance_current(facts: Facts, intake: Intake, policy: Policy) -> Value | None:
    driver, start = _driver(facts, intake), facts.get("visit.start")
    if driver is None or driver.insurance_expires is None or not isinstance(start, datetime):
        return None
    return driver.insurance_expires >= start.date()


def _insurance_business(facts: Facts, intake: Intake, policy: Policy) -> Value | None:
    driver = _driver(facts, intake)
    return None if driver is None or not driver.insurance_class else driver.insurance_class == "business"


def _assessment_age(facts: Facts, intake: Intake, policy: Policy) -> Value | None:
    updated, start = facts.get("assessment.updated_on"), facts.get("visit.start")
    if (
        not isinstance(start, datetime)
        or updated is None
        or isinstance(updated, (bool, int, str, tuple, frozenset, time))
    ):
        return None
    return max((start.date() - updated).days, 0)


def _review_overdue(facts: Facts, intake: Intake, policy: Policy) -> Value | None:
    start = facts.get("visit.start")
    if policy.review_due is None:
        return False
    return start.date() > policy.review_due if isinstance(start, datetime) else None


def _minute(value: time) -> int:
    return value.hour * 60 + value.minute


def _person(intake: Intake, staff_id: Value) -> Staff | None:
    return next((person for person in (*intake.directory, *intake.visitors) if person.id == staff_id), None)


def _driver(facts: Facts, intake: Intake) -> Staff | None:
    driver = facts.get("travel.driver")
    return None if driver is None else _person(intake, driver)


DERIVATIONS: Mapping[str, Derivation] = {
    "staff_count": _staff_count,
    "visitor_roles": _visitor_roles,
    "evening": _evening,
    "visitor_may_authorise": _visitor_may_authorise,
    "head_visits": _head_visits,
    "mobile_numbers_known": _mobile_numbers_known,
    "right_person": _right_person,
    "longest_gap": _longest_gap,
    "vehicle_recorded": _vehicle_recorded,
    "insurance_current": _insurance_current,
    "insurance_business": _insurance_business,
    "assessment_age": _assessment_age,
    "review_overdue": _review_overdue,
}
