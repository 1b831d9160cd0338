"""Authorising a visit, and overriding what the policy or the ratings say of it."""

from collections.abc import Iterable
from typing import Any

from riskgen.core.approval import DECISION, Override, Standing, hazards_to_accept, standing
from riskgen.core.assess import assess
from riskgen.core.model import Staff
from riskgen.core.problem import Problem
from riskgen.core.result import Assessment, Authorisation, Reason
from riskgen.core.struct import Struct, replace
from riskgen.core.terms import Outcome
from riskgen.core.visit import NOT_LEFT, Event, Happened, Visit, Who
from riskgen.service.desk import Desk, is_theirs, passphrase_chosen
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.homes import Home, policy_on
from riskgen.service.moves import check_move, make_move
from riskgen.service.staging import put_pack_aside
from riskgen.service.standing import (
    Weighed,
    changes_in_words,
    changes_since_assessed,
    override_of,
    reasons_in_words,
    weigh,
    who_may,
    with_approval,
)
from riskgen.service.visits import role_names


class Proposal(Struct, frozen=True):
    """What a person is asked to confirm. `conditions` are what the visit stays subject to.

    `by_policy` is False where the policy names nobody and the school's own roles stand in.
    """

    visit: Visit
    person: Staff
    weighed: Weighed
    rule: Authorisation
    by_policy: bool
    assessment: Assessment
    standing: Standing
    conditions: tuple[Reason, ...]
    accepts: tuple[str, ...]


def propose(home: Home, desk: Desk, reference: str, by: str) -> Proposal:
    """What it would mean if this person authorised the visit now. Raises `Refused` where they may not."""
    visit = desk.visit(reference)
    weighed = _ready(home, desk, visit, Happened.AUTHORISED)
    person = desk.staff(by)
    rule, by_policy = _may(home, weighed, person, "authorise")
    intake = with_approval(weighed.now.intake, person.id)
    assessment = assess(intake, weighed.policy, home.catalogue)
    overrides = tuple(map(override_of, weighed.overrides))
    accepts = hazards_to_accept(assessment, overrides)
    stands = standing(assessment, overrides, accepts)
    if stands.outcome > Outcome.PROCEED_WITH_CONDITIONS:
        raise Refused(_not_to_be_authorised(visit, stands), reasons=reasons_in_words(stands.open, assessment))
    texts = {todo.source: todo.condition for todo in assessment.conditions}
    conditions = tuple(replace(reason, says=texts.get(reason.source, reason.says)) for reason in stands.open)
    return Proposal(visit, person, weighed, rule, by_policy, assessment, stands, conditions, accepts)


def authorise(desk: Desk, proposal: Proposal, who: Who) -> Visit:
    """Record an authorisation that the person has confirmed. Raises ValueError if `who` is somebody else."""
    _in_person(desk, proposal.visit, proposal.person, who)
    assessed = proposal.visit.assessed
    body: dict[str, Any] = {
        "assessment": assessed.number if assessed else 0,
        "roles": [role for role in proposal.person.roles if role in proposal.rule.by],
        "clause": proposal.rule.clause,
        "by_policy": proposal.by_policy,
        "outcome": proposal.standing.outcome.id,
        "conditions": [reason.says for reason in proposal.conditions],
        "accepts": list(proposal.accepts),
        "names": [person.id for person in proposal.weighed.now.intake.visitors],
        "after_the_fact": bool(proposal.visit.after_the_fact),
    }
    return make_move(desk, proposal.visit, Happened.AUTHORISED, who, body)


class OverrideProposal(Struct, frozen=True):
    """An override that a person is asked to confirm, and how the visit stands without and with it.

    `rated` is the rating that now counts of the hazard, and empty for a referral.
    """

    visit: Visit
    person: Staff
    assessment: Assessment
    override: Override
    rated: str
    by_policy: bool
    before: Standing
    after: Standing


def propose_override(home: Home, desk: Desk, reference: str, by: str, what: str, to: str) -> OverrideProposal:
    """What an override of the referral (`what` is `decision`) or of a hazard's rating would do; its reason comes later.

    Raises `Refused` where the person may not, or there is nothing to override, and `InvalidInput` for a hazard or a
    rating that there is not.
    """
    visit = desk.visit(reference)
    weighed = _ready(home, desk, visit, Happened.OVERRIDDEN)
    person = desk.staff(by)
    rule, by_policy = _may(home, weighed, person, "override")
    assessment = weighed.now.assessment
    rated = ""
    if what == DECISION:
        _referred(visit, weighed)
        to = Outcome.PROCEED_WITH_CONDITIONS.id
    else:
        rated = _rated(assessment, weighed.overrides, what, to)
    override = Override(what, to, "", person.id, rule.clause)
    held = tuple(map(override_of, weighed.overrides))
    accepted = tuple(((weighed.approval.body or {}) if weighed.approval else {}).get("accepts") or ())
    after = standing(assessment, (*held, override), accepted)
    return OverrideProposal(visit, person, assessment, override, rated, by_policy, weighed.standing, after)


def override(desk: Desk, proposal: OverrideProposal, reason: str, who: Who) -> Visit:
    """Record an override that the person has confirmed, with their reason.

    Raises ValueError if `who` is somebody else or the reason is empty.
    """
    _in_person(desk, proposal.visit, proposal.person, who)
    if not reason.strip():
        raise ValueError("An override has a reason.")
    assessed, given = proposal.visit.assessed, proposal.override
    body = {
        "assessment": assessed.number if assessed else 0,
        "what": given.what,
        "to": given.to,
        "reason": reason,
        "clause": given.clause,
        "by_policy": proposal.by_policy,
        "computed": proposal.before.computed.id,
        "outcome": proposal.after.outcome.id,
    }
    after = make_move(desk, proposal.visit, Happened.OVERRIDDEN, who, body)
    put_pack_aside(desk.folder, after.reference)
    return after


def _in_person(desk: Desk, visit: Visit, person: Staff, who: Who) -> None:
    """Raise unless it is the person who decides, and no visitor had a hand in the passphrase that shows it."""
    if who.staff != person.id or not who.proof:
        raise ValueError("Nobody decides in the name of somebody else.")
    if who.proof != "passphrase":
        return
    with desk.register.read() as reader:
        chosen = passphrase_chosen(reader, person.id)
    if chosen is None:
        return
    going = {str(each["id"]) for each in (visit.body.get("intake") or {}).get("visitors") or ()}
    at_account = {each.id for each in desk.school.staff if is_theirs(chosen.who.account, each)}
    if hands := going & ({chosen.who.staff} | at_account):
        raise Refused(
            f"The passphrase of {person.id} was chosen with {', '.join(sorted(hands))}, who goes on this visit, so it "
            f"cannot authorise it. {person.id} chooses another with somebody else beside them: riskgen passphrase --as "
            f"ID --for {person.id}. Nothing was saved."
        )


def _ready(home: Home, desk: Desk, visit: Visit, happened: Happened) -> Weighed:
    """The visit as it stands, where this may happen to it and it is still as it was assessed."""
    check_move(visit, happened)
    with desk.register.read() as reader:
        weighed = weigh(home, reader, visit)
    changed = changes_since_assessed(home, weighed)
    if changed:
        again = f"Assess it again first: riskgen assess --reference {visit.reference} --force."
        gone = "It has gone out and cannot be assessed again. Write down what was decided when you record the visit."
        raise Refused(
            f"{visit.reference} is no longer what was assessed:",
            reasons=changes_in_words(changed),
            after=f"{again if visit.state in NOT_LEFT else gone} Nothing was saved.",
        )
    return weighed


def _may(home: Home, weighed: Weighed, person: Staff, what: str) -> tuple[Authorisation, bool]:
    rule, by_policy = who_may(home, weighed)
    if any(person.id == visitor.id for visitor in weighed.now.intake.visitors):
        raise Refused(
            f"{person.id} is one of the visitors, and nobody may {what} a visit of their own. Nothing was saved."
        )
    if not rule.by:
        raise Refused(
            f"The policy does not say who may {what} a visit, and school.yaml does not either. Name the school's own "
            "roles there under fallback, authorise. Nothing was saved."
        )
    if person.id not in rule.eligible:
        names = role_names(home, weighed.policy)
        roles = " or ".join(names.get(role, role) for role in rule.by)
        whose = (
            f"under {rule.clause}"
            if by_policy
            else "by the school's own rule in school.yaml, as the policy names nobody"
        )
        others = f" May do so: {', '.join(rule.eligible)}." if rule.eligible else " Nobody in the staff directory may."
        raise Refused(f"{person.id} may not {what} this visit: {roles} may, {whose}.{others} Nothing was saved.")
    return rule, by_policy


def _not_to_be_authorised(visit: Visit, stands: Standing) -> str:
    if stands.outcome is Outcome.DO_NOT_VISIT:
        return f"{visit.reference} must not be made, so it cannot be authorised. Nothing was saved. It fails on:"
    return (
        f"{visit.reference} is referred: somebody has to decide it before it can be authorised. Settle what is open "
        f"and assess it again, or decide it in writing with 'riskgen override {visit.reference}'. Nothing was saved. "
        "It is referred by:"
    )


def _referred(visit: Visit, weighed: Weighed) -> None:
    if weighed.standing.outcome is Outcome.DO_NOT_VISIT:
        raise Refused(
            f"{visit.reference} must not be made. Nobody can override that; a rating alone can be. Nothing was saved.",
            reasons=reasons_in_words(weighed.standing.open, weighed.now.assessment),
        )
    if weighed.standing.outcome < Outcome.REFER:
        raise Refused(f"{visit.reference} is not referred, so there is no referral to override. Nothing was saved.")


def _rated(assessment: Assessment, held: Iterable[Event], hazard: str, rating: str) -> str:
    """The rating that counts by now.

    Raises `InvalidInput` unless there is such a hazard in the assessment and such a rating in its matrix, and
    `Refused` where it is rated so already.
    """
    problems = []
    rated = {each.id: each.residual.rating for each in assessment.hazards}
    names = {band.id: band.name for band in assessment.matrix.ratings}
    if hazard not in rated:
        message = f"The hazard '{hazard}' is not part of this assessment."
        problems.append(Problem("the command line", 0, "hazard-unknown", message, f"There is: {', '.join(rated)}."))
    if rating not in names:
        known = ", ".join(f"{each} ({name})" for each, name in names.items())
        message = f"'{rating}' is no rating of the matrix {assessment.matrix.name}."
        problems.append(Problem("the command line", 0, "rating-unknown", message, f"There is: {known}."))
    if problems:
        raise InvalidInput(problems)
    rated |= {each.what: each.to for each in map(override_of, held) if each.what in rated}
    if rated[hazard] == rating:
        raise Refused(f"The rating of '{hazard}' is {names[rating]} already. Nothing was saved.")
    return rated[hazard]


def may_reset(home: Home, person: Staff) -> None:
    """Raise `Refused` unless a person may have others choose a new passphrase: the headteacher, and whoever the
    policy, or else the school, lets authorise visits."""
    policy = policy_on(home, home.school.policy, home.now())
    roles = {role for rule in policy.authorise for role in rule.by} or set(home.school.fallback_authorise)
    if not {*roles, "headteacher"} & set(person.roles):
        eligible = ", ".join(each.id for each in home.school.staff if {*roles, "headteacher"} & set(each.roles))
        raise Refused(
            f"{person.id} may not do that: only who may authorise visits can help somebody to a new passphrase. "
            f"May do so: {eligible}. Nothing was saved."
        )
