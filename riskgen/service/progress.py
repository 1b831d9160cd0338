"""What has become of a recorded visit, in the words and names that forms print; and what its forms are made from."""

from datetime import date
from typing import Any

from riskgen.core.approval import DECISION, standing
from riskgen.core.assess import as_authorised
from riskgen.core.matrix import band_of
from riskgen.core.model import Clause, Intake, Ladders, Policy
from riskgen.core.outing import Outing
from riskgen.core.result import Assessment, Finding, Reason, ToDo
from riskgen.core.struct import Struct, replace
from riskgen.core.terms import Outcome
from riskgen.core.visit import NOT_LEFT, Event, Visit, at_of
from riskgen.core.words import OUTCOMES, lower_first
from riskgen.forms.case import CalledOff, Case, Deed, Overridden, Progress
from riskgen.forms.emergencies import SCHOOLS_OWN
from riskgen.register.store import Reader
from riskgen.service.desk import Desk
from riskgen.service.faults import Refused
from riskgen.service.homes import Home
from riskgen.service.moves import outing_from
from riskgen.service.paper import case_of, case_print
from riskgen.service.records import notes_on, record_of
from riskgen.service.standing import (
    Weighed,
    assessed_event,
    basis_of,
    changes_in_words,
    changes_since_assessed,
    override_of,
    weigh,
    who_may,
)
from riskgen.service.visits import Decided, role_names


class Papers(Struct, frozen=True):
    """What the forms of a visit are made from.

    `decided` is the visit as it was assessed, with the authorisation that holds counted in while it has not left;
    `as_assessed` the intake and the result alone, from which its fingerprint is taken, and `catalogue` the data's.
    """

    visit: Visit
    decided: Decided
    as_assessed: tuple[Intake, Assessment]
    catalogue: str
    outcome: Outcome
    progress: Progress


def papers_of(home: Home, desk: Desk, reference: str) -> Papers:
    """What the forms of a visit are made from, by now.

    Raises `Refused` for a draft, for what was erased, and for a visit that has yet to leave and is no longer as it was
    assessed: its paper would be of another visit.
    """
    visit = desk.visit(reference)
    with desk.register.read() as reader:
        weighed = still_as_assessed(home, reader, visit)
    return papers_by_now(home, desk, visit, weighed)


def papers_by_now(home: Home, desk: Desk, visit: Visit, weighed: Weighed | None) -> Papers:
    """What the forms of a visit are made from, as it stands: `weighed`, or None once it has left or was called off.

    Raises `Refused` for a draft and for what was erased.
    """
    then = basis_of(assessed_event(visit))
    if weighed:
        intake, policy = weighed.now.intake, weighed.policy
        assessment = replace(weighed.now.assessment, conditions=_still_to_do(home, weighed))
    else:
        intake = then.intake
        policy = _policy_as_it_was(home, visit, then.assessment)
        assessment = _as_it_stood(visit, then.assessment, policy)
    outcome = weighed.standing.outcome if weighed else _outcome_then(visit, assessment)
    return Papers(
        visit,
        Decided(replace(intake, directory=home.school.staff), policy, assessment),
        (then.intake, then.assessment),
        then.catalogue,
        outcome,
        _progress(home, desk, visit, then.assessment, outcome, weighed),
    )


def case_by_now(home: Home, desk: Desk, papers: Papers) -> Case:
    """What the forms of a visit are made from, with all that people have done. Raises `InvalidInput` as `case_of`."""
    reference = papers.visit.reference
    return replace(
        case_of(home, papers.decided, reference, desk.wall(desk.now())),
        fingerprint=case_print(reference, *papers.as_assessed, papers.catalogue),
        progress=papers.progress,
    )


def papers_as_assessed(home: Home, desk: Desk, reference: str) -> Decided:
    """A visit as it was assessed, whatever has become of it since. Raises `Refused` for a draft and an erased one."""
    visit = desk.visit(reference)
    then = basis_of(assessed_event(visit))
    return Decided(then.intake, _policy_as_it_was(home, visit, then.assessment), then.assessment)


def still_as_assessed(home: Home, reader: Reader, visit: Visit) -> Weighed | None:
    """How a visit that has yet to leave stands; None for one that has left, or was called off.

    Raises `Refused` where it is no longer as it was assessed.
    """
    if visit.state not in NOT_LEFT:
        return None
    weighed = weigh(home, reader, visit)
    changed = changes_since_assessed(home, weighed)
    if changed:
        raise Refused(
            f"{visit.reference} is no longer as it was assessed:",
            reasons=changes_in_words(changed),
            after=(f"Assess it again first: riskgen assess --reference {visit.reference} --force. Nothing was saved."),
        )
    return weighed


def _still_to_do(home: Home, weighed: Weighed) -> tuple[ToDo, ...]:
    """What keeps the visitors from leaving once people's decisions are counted in, the authorisation among it.

    While the visit is not to be made as things stand, it is everything that the assessment lists.
    """
    listed = weighed.now.assessment.conditions
    if weighed.standing.outcome > Outcome.PROCEED_WITH_CONDITIONS:
        return listed
    kept = tuple(todo for reason in weighed.standing.open for todo in _settling(reason, weighed))
    rule, by_policy = who_may(home, weighed)
    if weighed.approval or not rule.by or any(todo.source == rule.clause for todo in kept):
        return kept
    names = role_names(home, weighed.policy)
    who = " or ".join(names.get(role, role) for role in rule.by)
    source = rule.clause if by_policy else SCHOOLS_OWN
    return (ToDo("Have the visit authorised", who, source, rule.says), *kept)


def _settling(reason: Reason, weighed: Weighed) -> tuple[ToDo, ...]:
    """What would settle an open reason: as the assessment lists it, or for a hazard by the rating that a person has
    given it."""
    assessment = weighed.now.assessment
    rated = next((each for each in weighed.standing.overrides if each.what == reason.source), None)
    hazard = next((each for each in assessment.hazards if each.id == reason.source), None)
    if rated and hazard:
        band = band_of(assessment.matrix, rated.to)
        because = f"The residual rating is {hazard.residual.name}; a person has made it {band.name}."
        return (ToDo(f"{hazard.name}: {lower_first(band.guidance)}", "Line manager", hazard.id, because),)
    listed = tuple(todo for todo in assessment.conditions if todo.source == reason.source)
    return listed or (ToDo(reason.says, "Line manager", reason.source, " ".join(reason.facts)),)


def _as_it_stood(visit: Visit, assessment: Assessment, policy: Policy) -> Assessment:
    """What was assessed, as it stood when the visit left or was called off: with the authorisation that held then.

    A visit is signed out only once nothing is open; one that left otherwise keeps what was open.
    """
    if visit.authorised and visit.approval_stands:
        assessment = as_authorised(assessment, visit.authorised.who.staff, policy)
    return assessment if _left_with_things_open(visit) else replace(assessment, conditions=())


def _outcome_then(visit: Visit, assessment: Assessment) -> Outcome:
    return standing(assessment, map(override_of, visit.standing_overrides)).outcome


def _left_with_things_open(visit: Visit) -> bool:
    """Whether a visit went out before it was assessed, or without having been signed out."""
    body = (visit.departed.body if visit.departed else None) or {}
    return bool(visit.after_the_fact) or body.get("signed_out") is False


def _policy_as_it_was(home: Home, visit: Visit, assessment: Assessment) -> Policy:
    """The edition that decided; where the school has changed it since, as much of it as the register has."""
    stamp = assessment.policy
    editions = home.library.policies.get(stamp.id, ())
    kept = next((each for each in editions if each.fingerprint == stamp.fingerprint), None)
    if kept:
        return kept
    edition = next((each for each in editions if each.edition == stamp.edition), None)
    outing = outing_from(visit.departed) if visit.departed and "outing" in (visit.departed.body or {}) else None
    return _from_the_register(assessment, outing, edition)


def _from_the_register(assessment: Assessment, outing: Outing | None, edition: Policy | None) -> Policy:
    """A policy of the clauses that findings have copied. What was not copied is taken from the edition of today."""
    clauses = tuple(_clause_of(found, edition.clause(found.id) if edition else None) for found in assessment.findings)
    stamp = assessment.policy
    today: dict[str, Any] = {"words": edition.words, "forms": edition.forms} if edition else {}
    return Policy(
        stamp.id,
        stamp.name,
        date.fromisoformat(stamp.edition),
        clauses,
        stamp.review_due,
        check_in_minutes=outing.check_in_minutes if outing else None,
        check_in_clause=outing.check_in_clause if outing else "",
        ladders=outing.ladders if outing else Ladders(),
        fingerprint=stamp.fingerprint,
        gone=frozenset(clause.id for clause in clauses if edition is None or edition.clause(clause.id) is None),
        **today,
    )


def _clause_of(found: Finding, today: Clause | None) -> Clause:
    """A clause as it was. When it applies is not copied, and tells which paper may name it."""
    more: dict[str, Any] = {"applies": today.applies, "unless": today.unless} if today else {}
    topics = today.topics if today else ()
    return Clause(found.id, found.location, found.kind, found.phases, topics, found.says, who=found.who, **more)


# --- what people have done ------------------------------------------------------------------------


def _progress(
    home: Home, desk: Desk, visit: Visit, assessment: Assessment, outcome: Outcome, weighed: Weighed | None
) -> Progress:
    given = visit.authorised
    holds = weighed.approval is not None if weighed else visit.approval_stands
    holding = {event.number for event in (weighed.overrides if weighed else visit.standing_overrides)}
    return Progress(
        outcome=outcome,
        authorised=_deed(desk, visit, given) if given else None,
        lapsed=given is not None and not holds,
        lapsed_by=tuple(change.label for change in weighed.lapsed) if weighed else (),
        overrides=tuple(_overridden(desk, visit, assessment, each, each.number in holding) for each in visit.overrides),
        called_off=_called_off(desk, visit),
        left=desk.wall(at_of(visit.departed)) if visit.departed else None,
        back=desk.wall(at_of(visit.returned)) if visit.returned else None,
        record=record_of(visit),
        recorded=_deed(desk, visit, visit.records[-1]) if visit.records else None,
        notes=notes_on(visit, assessment, home.school) if visit.departed else (),
    )


def _deed(desk: Desk, visit: Visit, event: Event) -> Deed:
    return Deed(name_of(desk, visit, event.who.staff), desk.wall(at_of(event)))


def name_of(desk: Desk, visit: Visit, staff: str) -> str:
    """What a person is called: by the directory, else by what the visit was assessed with, else by the reference."""
    if not staff:
        return "somebody who is not named"
    known = {str(each["id"]): str(each["name"]) for each in (visit.body.get("intake") or {}).get("visitors") or ()}
    known |= {person.id: person.name for person in desk.school.staff}
    return known.get(staff, staff)


def _overridden(desk: Desk, visit: Visit, assessment: Assessment, event: Event, holds: bool) -> Overridden:
    body = event.body or {}
    what, to, reason = str(body["what"]), str(body["to"]), str(body["reason"])
    hazard = next((each for each in assessment.hazards if each.id == what), None)
    if what == DECISION:
        words = ("The referral", OUTCOMES[assessment.decision.outcome], OUTCOMES[Outcome.from_id(to)])
    elif hazard:
        band = band_of(assessment.matrix, to)
        words = (f"The residual rating of: {hazard.name}", hazard.residual.name, band.name)
        return Overridden(*words, reason, _deed(desk, visit, event), holds, what, band.demands)
    else:  # the hazard is no longer one of this visit, and the override holds no longer
        words = (what, "–", to)
    return Overridden(*words, reason, _deed(desk, visit, event), holds)


def _called_off(desk: Desk, visit: Visit) -> CalledOff | None:
    event = visit.cancelled or visit.called_off
    if event is None:
        return None
    body = event.body or {}
    said = body.get("for_safety")
    return CalledOff(
        _deed(desk, visit, event),
        str(body.get("reason") or ""),
        visit.departed is not None,
        said if isinstance(said, bool) else None,
    )
