"""How a recorded visit stands today: under today's data, with the approvals and overrides that still hold."""

from collections.abc import Iterable, Mapping
from typing import Any

from riskgen.core.approval import (
    Basis,
    Change,
    Override,
    Standing,
    changes,
    lapses,
    standing,
)
from riskgen.core.assess import assess
from riskgen.core.derive import APPROVAL_GROUP, APPROVED_BY, NAMES_STAFF
from riskgen.core.model import Catalogue, Intake, Policy, Staff
from riskgen.core.plain import to_plain
from riskgen.core.problem import Problem
from riskgen.core.result import Assessment, Authorisation, Reason
from riskgen.core.struct import Struct, replace
from riskgen.core.visit import Event, Visit
from riskgen.files.visit_columns import REFERENCE
from riskgen.register.store import Reader
from riskgen.service.bodies import read_back
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.homes import Home, policy_on
from riskgen.service.markers import marker_answers, not_looked_up

ASSESSED_AGAIN = Change("assessment", "The assessment", "the one that was authorised", "made again, otherwise")
"""Why an authorisation has lapsed though the answers are what they were: in between they were others."""


class Weighed(Struct, frozen=True):
    """A visit as it was assessed (`then`) and as it stands now.

    `approval` is the authorisation that holds; `lapsed` says by which changes one no longer does. `now` counts the
    approval in; `standing` the overrides too.
    """

    visit: Visit
    policy: Policy
    then: Basis
    now: Basis
    approval: Event | None
    lapsed: tuple[Change, ...]
    overrides: tuple[Event, ...]
    lapsed_overrides: tuple[Event, ...]
    standing: Standing


def intake_body(intake: Intake) -> dict[str, Any]:
    """An intake as an event keeps it: with those who go, without the rest of the staff directory."""
    plain: dict[str, Any] = to_plain(replace(intake, directory=()))
    return plain


def basis_of(event: Event) -> Basis:
    """What was assessed, as it was. Raises `EnvironmentFault` for a body that this edition of riskgen cannot read."""
    body = event.body or {}
    return Basis(
        read_back(Intake, body, "intake", event.subject),
        read_back(Assessment, body, "assessment", event.subject),
        read_back(str, body, "catalogue", event.subject),
    )


def assessed_event(visit: Visit) -> Event:
    """The last assessment of a visit. Raises `Refused` where there is none, or it has been erased."""
    if visit.erased:
        raise Refused(f"The records of {visit.reference} were erased on {visit.erased.at:%Y-%m-%d}. Nothing was saved.")
    if visit.assessed is None:
        raise Refused(
            f"{visit.reference} is a draft: it has not been assessed. "
            f"Assess it first: riskgen assess --reference {visit.reference}. Nothing was saved."
        )
    return visit.assessed


def without_claims(intake: Intake) -> Intake:
    """Without what a file says of an authorisation: only the register's counts."""
    kept = {name: value for name, value in intake.answers.items() if name.partition(".")[0] != APPROVAL_GROUP}
    return replace(intake, answers=kept)


def with_approval(intake: Intake, by: str) -> Intake:
    """With an authorisation, which always names those who go."""
    return replace(intake, answers={**intake.answers, APPROVED_BY: by, NAMES_STAFF: True})


def weigh(home: Home, reader: Reader, visit: Visit) -> Weighed:
    """How a visit stands now. A marker that was put on the family since counts as an answer that changed.

    Raises `InvalidInput` where a visitor has left the directory or no edition of the policy is in force.
    """
    event = assessed_event(visit)
    then = basis_of(event)
    intake = _marked(reader, without_claims(_as_of_now(home, then.intake)))
    if intake.start is None:
        raise Refused(f"{visit.reference} has no start. Nothing was saved.")
    policy = policy_on(home, home.school.policy, intake.start)
    catalogue = home.catalogue
    printed = home.catalogue_print
    now = Basis(intake, assess(intake, policy, catalogue), printed)

    def changed_since(given: Event) -> tuple[Change, ...]:
        return _changed_since(visit, given, now, policy, catalogue)

    approval = visit.authorised
    lapsed: tuple[Change, ...] = ()
    if approval is not None:
        lapsed = changed_since(approval) or (() if visit.approval_stands else (ASSESSED_AGAIN,))
        approval = None if lapsed else approval
    holding = tuple(each for each in visit.standing_overrides if not changed_since(each))
    accepted: tuple[str, ...] = ()
    if approval is not None:
        approved = with_approval(intake, approval.who.staff)
        now = Basis(approved, assess(approved, policy, catalogue), printed)
        accepted = tuple((approval.body or {}).get("accepts") or ())
    return Weighed(
        visit,
        policy,
        then,
        now,
        approval,
        lapsed,
        holding,
        tuple(each for each in visit.overrides if each not in holding),
        standing(now.assessment, map(override_of, holding), accepted),
    )


def still_holding(home: Home, visit: Visit, intake: Intake, policy: Policy) -> tuple[bool, tuple[int, ...]]:
    """Whether the authorisation of a visit holds when it is assessed again with this intake, and which overrides do.

    What lapses here has lapsed for good, though the answers may later be put back: somebody is to look again.
    """
    plain = without_claims(intake)
    now = Basis(plain, assess(plain, policy, home.catalogue), home.catalogue_print)

    def holds(given: Event) -> bool:
        return not _changed_since(visit, given, now, policy, home.catalogue)

    kept = visit.authorised is not None and visit.approval_stands and holds(visit.authorised)
    return kept, tuple(each.number for each in visit.standing_overrides if holds(each))


def _changed_since(visit: Visit, given: Event, now: Basis, policy: Policy, catalogue: Catalogue) -> tuple[Change, ...]:
    """The changes by which an approval or an override no longer holds."""
    base = basis_of(next(event for event in visit.events if event.number == int((given.body or {})["assessment"])))
    return lapses(replace(base, intake=without_claims(base.intake)), now, policy, catalogue)


def _marked(reader: Reader, intake: Intake) -> Intake:
    """The intake with what the markers that stand by now say of the family."""
    found = marker_answers(reader, str(intake.answers.get(REFERENCE) or ""))
    doubtful = not_looked_up(reader, intake.answers)
    known = {name: value for name, value in intake.answers.items() if name not in doubtful}
    return replace(intake, answers={**known, **found})


def override_of(event: Event) -> Override:
    body: Mapping[str, Any] = event.body or {}
    return Override(
        str(body["what"]), str(body["to"]), str(body["reason"]), event.who.staff, str(body.get("clause") or "")
    )


def changes_since_assessed(home: Home, weighed: Weighed) -> tuple[Change, ...]:
    """What differs from what was assessed: policy, hazards, visitors, and what follows from the staff directory or
    from school.yaml. Answers cannot, without an assessment."""
    then = replace(weighed.then, intake=without_claims(weighed.then.intake))
    return changes(then, weighed.now, home.catalogue.questions)


def who_may(home: Home, weighed: Weighed) -> tuple[Authorisation, bool]:
    """Who authorises this visit, and whether that is the policy's rule; else it is the school's own."""
    return who_authorises(home, weighed.now.assessment, weighed.now.intake.visitors)


def who_authorises(home: Home, assessment: Assessment, visitors: Iterable[Staff]) -> tuple[Authorisation, bool]:
    """Who authorises a visit of these visitors, and whether that is the policy's rule; else it is the school's own."""
    rule = assessment.authorise
    if rule.by:
        return rule, True
    roles = home.school.fallback_authorise
    going = {person.id for person in visitors}
    eligible = tuple(
        person.id for person in home.school.staff if set(person.roles) & set(roles) and person.id not in going
    )
    return Authorisation(roles, "", rule.says, eligible), False


def reasons_in_words(reasons: Iterable[Reason], assessment: Assessment) -> tuple[str, ...]:
    """Reasons, one a line: by the condition that would settle each, where there is one, else by what is said."""
    texts = {todo.source: f"{todo.condition} ({todo.who})" for todo in assessment.conditions}
    clauses = {finding.id for finding in assessment.findings}
    found = []
    for reason in reasons:
        says = texts.get(reason.source) or reason.says
        found.append(f"{reason.source}: {says}" if reason.source in clauses else says)
    return tuple(dict.fromkeys(found))


def changes_in_words(changed: Iterable[Change]) -> tuple[str, ...]:
    """What is no longer as it was, one a line."""
    return tuple(
        f"{change.label}: it was “{change.before}”, it is now “{change.after}”."
        if change.before or change.after
        else f"{change.label}: the answer is another."
        for change in changed
    )


def _as_of_now(home: Home, intake: Intake) -> Intake:
    """The intake with those who go as the staff directory has them now."""
    directory = {person.id: person for person in home.school.staff}
    gone = [person.id for person in intake.visitors if person.id not in directory]
    if gone:
        message = f"No longer in the staff directory in school.yaml: {', '.join(gone)}."
        hint = "Assess the visit again with others: riskgen assess --reference REF --visitor ID."
        raise InvalidInput([Problem("school.yaml", 0, "visitor-unknown", message, hint)])
    visitors: tuple[Staff, ...] = tuple(directory[person.id] for person in intake.visitors)
    return replace(intake, visitors=visitors, directory=home.school.staff, evening_from=home.school.evening_from)
