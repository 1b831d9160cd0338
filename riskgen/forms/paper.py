"""From an assessment to what a form sees: the contract of `context`, filled in for one case."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from operator import is_
from typing import Any

from riskgen.core.apart import BACKGROUND
from riskgen.core.conditions import Value
from riskgen.core.derive import APPROVAL_GROUP, APPROVED_BY, RIGHT_PERSON
from riskgen.core.model import Policy, Staff
from riskgen.core.result import PolicyStamp, ToConfirm
from riskgen.core.struct import is_struct, names_of
from riskgen.core.terms import Outcome, QuestionType
from riskgen.core.timers import due_back, to_wall
from riskgen.core.words import NOT_RECORDED, OUTCOMES, lower_first, moment_words
from riskgen.files.text import printed
from riskgen.forms import afterwards, rows
from riskgen.forms import context as form
from riskgen.forms.case import Case, Progress
from riskgen.forms.catalogue import FormEntry, Holder
from riskgen.forms.emergencies import emergency_rows
from riskgen.forms.phrases import (
    COLOURS,
    NO_CAR,
    clock,
    day,
    duration,
    later,
    listed,
    local,
    meaning,
    person,
    weekday,
)
from riskgen.forms.steps import asked, step_rows

PREPARED = ("contact", "agency", "staff", "travel", "told", "safety", "assessment")
_MOST_CHANGES = 3
"""Changes that let an authorisation lapse, as a box of a form has room for; `riskgen show` lists all."""


def form_context(case: Case, entry: FormEntry, safe_word: str | None = None) -> form.FormContext:
    """What one form sees. Only a form that forms.yaml lists for it is ever handed the safe word."""
    result, policy = case.assessment, case.policy
    at_school = all(holder.at_school for holder in entry.holders)
    named = None if at_school else case.of_any_family.named
    settled = None if at_school else case.of_any_family.settled
    of_family = [item for item in asked(policy, result) if item.id not in case.of_any_family.named] if at_school else []
    own: dict[str, Any] = {
        "form": _form(case, entry),
        "title": title_of(case.policy, entry),
        "copy": _copy(entry),
        "safe_word": (safe_word or NOT_RECORDED) if entry.secret else NOT_RECORDED,
        "authorise": _authorise(case, at_school),
        "conditions": rows.conditions(result, rows.source_names(policy, result), settled),
        "duties": rows.duties(asked(policy, result, named)),
        "family_duties": tuple(map(rows.clause, of_family)),
        "steps": step_rows(case.steps, policy, result, named),
    }
    return form.FormContext(**_of_visit(case), **{name: _safe(value) for name, value in own.items()})


@lru_cache(maxsize=2)
def _of_visit(case: Case) -> Mapping[str, Any]:
    """What all forms of a visit see alike: most of what there is, and worked out once for all of them."""
    result, policy = case.assessment, case.policy
    made_at = local(case.made_at, case.school.timezone)
    names = rows.source_names(policy, result)
    by_hand = {each.hazard: each.demands for each in case.progress.overrides if each.holds}
    known = _known(case, BACKGROUND, everything=True)
    seen: dict[str, Any] = {
        "reference": case.reference,
        "made_on": day(made_at),
        "made_at": f"{day(made_at)}, {clock(made_at)}",
        "review_on": _review_on(case.start),
        "school": form.School(
            name=case.school.name,
            office_phone=case.school.office_phone,
            contacts=tuple(form.Contact(item.role, item.name or "–", item.phone) for item in case.school.contacts),
        ),
        "policy": _policy(policy, result.policy),
        "visit": _visit(case),
        "visitors": tuple(_visitor(case, item) for item in case.intake.visitors),
        "family": form.Family(*(case.words(f"family.{name}") for name in names_of(form.Family))),
        "child": form.Child(*(case.words(f"child.{name}") for name in names_of(form.Child))),
        "known": known,
        "known_summary": _summary(known),
        "preparations": _known(case, PREPARED, everything=False),
        "matrix": rows.matrix(result.matrix),
        "hazards": tuple(
            rows.hazard(number, item, by_hand.get(item.id, Outcome.PROCEED))
            for number, item in enumerate(result.hazards, start=1)
        ),
        "decision": _decision(case, names),
        "standing": afterwards.standing(case),
        "overrides": afterwards.overrides(case),
        "findings": rows.findings(policy, result),
        "not_applicable": rows.not_applicable(result),
        "clauses": tuple(map(rows.clause, policy.clauses)),
        "open_questions": rows.open_questions(_still_open(case), result, names),
        "remedies": rows.remedies(result.remedies),
        "remedy_note": rows.remedy_note(result),
        "silences": rows.silences(result),
        "contradictions": rows.contradictions(result),
        "ladders": rows.ladders(policy.ladders, case.school.fallback, _due_back(case)),
        "emergencies": emergency_rows(case.emergencies),
        "pack": afterwards.pack(case),
        "record": afterwards.record(case),
        "cancellation": afterwards.cancellation(case),
        "schedule": afterwards.schedule(case),
    }
    return {name: _safe(value) for name, value in seen.items()}


def _review_on(start: datetime | None) -> str:
    """An assessment is made for one visit."""
    return f"{day(start)}, after the visit, and before any further visit" if start else NOT_RECORDED


def _safe(value: Any) -> Any:
    """The same, with nothing in it that a Word document cannot hold, and nothing blank. What is so already, as nearly
    all is, is not made anew."""
    if isinstance(value, str):
        if value.isprintable() and value and not value.isspace():
            return value
        tidy = printed(value)
        return tidy if tidy.strip() else NOT_RECORDED
    if isinstance(value, tuple):
        after = tuple(map(_safe, value))
        return value if all(map(is_, after, value)) else after
    if names := _names(value.__class__):
        before = [getattr(value, name) for name in names]
        after = tuple(map(_safe, before))
        return value if all(map(is_, after, before)) else value.__class__(*after)
    return value


@cache
def _names(kind: type) -> Sequence[str]:
    """The fields of a class of the contract; none of any other."""
    return names_of(kind) if is_struct(kind) else ()


# --- the school, its policy, and whose copy it is -----------------------------------------------


def _policy(policy: Policy, stamp: PolicyStamp) -> form.Policy:
    if policy.review_due is None:
        review = "The policy names no review date."
    elif stamp.review_overdue:
        review = f"The policy was to be reviewed by {day(policy.review_due)}; on the day of the visit that has passed."
    else:
        review = f"The policy is to be reviewed by {day(policy.review_due)}."
    return form.Policy(
        name=policy.name,
        edition=f"Edition in force from {day(policy.in_force)}",
        fingerprint=stamp.fingerprint[:12],
        review_line=review,
        review_overdue=stamp.review_overdue,
        note=policy.note or "None",
    )


def title_of(policy: Policy, entry: FormEntry) -> str:
    """What a form is called: by the policy's own name for it, where it has one."""
    call = policy.call(entry.id)
    return (call.title if call else "") or entry.title


def _form(case: Case, entry: FormEntry) -> form.Form:
    call = case.policy.call(entry.id)
    clause = case.policy.clause(call.clause) if call else None
    number = next((item.number for item in case.pack.forms if item.form == entry.id), None)
    return form.Form(
        id=entry.id,
        holder=listed([entry.holders[0].words, *(lower_first(holder.words) for holder in entry.holders[1:])]),
        place=f"Form {number} of {len(case.pack.forms)}" if number else "Not part of a pack",
        fingerprint=case.fingerprint,
        clause=clause.id if clause else "None",
        says=clause.says if clause else "The policy says nothing on this form.",
        contacts=_contacts(case, call.contact if call else ""),
    )


def _contacts(case: Case, role: str) -> tuple[form.Contact, ...]:
    """Those whom the policy has a form name, and the school office in any case."""
    named = [person for person in case.school.staff if role in person.roles]
    office = form.Contact("School office", case.school.name, case.school.office_phone)
    return (*(form.Contact(case.role(role), person.name, person.mobile) for person in named), office)


def _copy(entry: FormEntry) -> form.Copy:
    at_school = all(holder.at_school for holder in entry.holders)
    if entry.holders == (Holder.OFFICE,):
        return form.Copy(at_school, "Office copy: stays at school")
    if entry.holders == (Holder.VISITORS,):
        return form.Copy(at_school, "Visitors' copy: travels with the visitors")
    return form.Copy(at_school, f"For: {'; '.join(holder.words for holder in entry.holders)}")


# --- the visit and who goes ---------------------------------------------------------------------


def _visit(case: Case) -> form.Visit:
    minutes, start = case.value("visit.minutes"), case.start
    length = minutes if isinstance(minutes, int) else None
    driver = _driver(case)
    no_car = NO_CAR if case.value("travel.by_car") is False else NOT_RECORDED
    return form.Visit(
        purpose=case.words("visit.purpose"),
        purpose_to_family=_to_family(case),
        reason=case.words("visit.reason"),
        date=weekday(start) if start else NOT_RECORDED,
        start=clock(start),
        end=clock(later(start, length, case.school.timezone)) if start and length else NOT_RECORDED,
        minutes=duration(length) if length else NOT_RECORDED,
        leave=clock(case.value("visit.leave_at")),
        back=clock(case.value("visit.back_at")),
        due_back=_due(case),
        check_in_times=_check_in_times(case),
        check_in_rule=_check_in_rule(case.policy),
        who=listed(person.name for person in case.intake.visitors),
        company=_company(len(case.intake.visitors)),
        alone=len(case.intake.visitors) == 1,
        entry=_entry(case.value("visit.will_enter")),
        announced=_announced(case),
        unannounced=case.value("visit.unannounced") is True,
        unannounced_ground=lower_first(case.words("visit.unannounced_ground")),
        joint=case.value("agency.joint_visit") is True,
        by_car=case.words("travel.by_car"),
        driver=driver.name if driver else no_car,
        vehicle=driver.vehicle if driver else no_car,
        registration=driver.registration if driver else no_car,
    )


def _to_family(case: Case) -> str:
    """The purpose as the family reads it, within a sentence."""
    question, chosen = case.questions.get("visit.purpose"), case.value("visit.purpose")
    option = next((item for item in question.options if item.id == chosen), None) if question else None
    if option is None:
        return "to talk with you"
    return option.to_family or f"for this reason: {lower_first(option.label)}"


def _due_back(case: Case) -> datetime | None:
    """When the visitors are due back, by the school's clock."""
    moment, _ = due_back(case.intake, case.school.timezone)
    return to_wall(moment, case.school.timezone) if moment else None


def _due(case: Case) -> str:
    moment = _due_back(case)
    return moment_words(moment) if moment else NOT_RECORDED


def _entry(will_enter: Value | None) -> str:
    if will_enter is None:
        return NOT_RECORDED
    return "The visitors mean to go in" if will_enter else "The visitors stay on the doorstep"


def _driver(case: Case) -> Staff | None:
    if case.value("travel.by_car") is False:
        return None
    return person(case.value("travel.driver"), case.directory)


def _check_in_times(case: Case) -> str:
    times = case.value("safety.check_in_times")
    if not isinstance(times, tuple):
        return NOT_RECORDED
    return listed(map(clock, times)) or "None agreed"


def _check_in_rule(policy: Policy) -> str:
    if policy.check_in_minutes is None:
        return "The policy does not ask for check-ins"
    return f"At least every {duration(policy.check_in_minutes)} ({policy.check_in_clause})"


def _company(count: int) -> str:
    if count < 2:
        return "One member of staff goes alone" if count else NOT_RECORDED
    number = {2: "Two", 3: "Three", 4: "Four"}.get(count, str(count))
    return f"{number} members of staff go together"


def _announced(case: Case) -> str:
    if case.value("visit.unannounced") is True:
        return "Unannounced"
    told = case.value("contact.told")
    if told is None:
        return NOT_RECORDED
    return "The family has been told the date and time" if told else "The family has not been told yet"


def _visitor(case: Case, staff: Staff) -> form.Visitor:
    insurance = staff.insurance_class.capitalize()
    if staff.insurance_expires:
        insurance = f"{insurance or 'Class not recorded'}, until {day(staff.insurance_expires)}"
        if case.start and staff.insurance_expires < case.start.date():
            insurance += ", which is before the visit"
    roles = [case.role(role) for role in staff.roles]
    return form.Visitor(
        name=staff.name,
        roles=listed([*roles[:1], *map(lower_first, roles[1:])]),
        mobile=staff.mobile,
        vehicle=staff.vehicle,
        registration=staff.registration,
        insurance=insurance,
    )


# --- what is known and what was decided ---------------------------------------------------------


def _known(case: Case, groups: Collection[str], everything: bool) -> tuple[form.Known, ...]:
    """Answers by group. Not everything: only what is recorded, or is missing and needed."""
    needed = {item.question for item in case.assessment.to_confirm}
    return tuple(
        form.Known(
            group=case.groups.get(question.group, question.group.capitalize()),
            label=question.label,
            answer=case.words(name),
            recorded=case.value(name) is not None,
        )
        for name, question in case.questions.items()
        if question.group in groups
        and question.type is not QuestionType.TEXT
        and (everything or name in needed or case.value(name) is not None)
    )


def _still_open(case: Case) -> tuple[ToConfirm, ...]:
    """The open questions; who authorised the visit is none where the register has it."""
    given = case.progress.authorised is not None and not case.progress.lapsed
    return tuple(
        item for item in case.assessment.to_confirm if not (given and item.question.partition(".")[0] == APPROVAL_GROUP)
    )


def _summary(known: Iterable[form.Known]) -> str:
    answers = [item.recorded for item in known]
    missing = answers.count(False)
    if not missing:
        return "Every question has an answer."
    verb = "has" if missing == 1 else "have"
    return f"{missing} of {len(answers)} questions {verb} no answer. Not recorded never means no."


def _decision(case: Case, names: Mapping[str, str]) -> form.Decision:
    decision = case.assessment.decision
    return form.Decision(
        outcome=OUTCOMES[decision.outcome],
        id=decision.outcome.id,
        meaning=meaning(decision.outcome, bool(case.assessment.conditions)),
        colour=COLOURS[decision.outcome],
        instead=decision.instead or "Nothing is suggested",
        has_instead=bool(decision.instead),
        reasons=rows.reasons(case.policy, case.assessment, names),
    )


def _authorise(case: Case, at_school: bool) -> form.Authorise:
    """What has changed since an authorisation may be an answer on the family, so that only paper at school names it."""
    rule, given = case.assessment.authorise, case.progress.authorised
    roles = [case.role(role) for role in rule.by]
    by = afterwards.signed(given) if given else case.words(APPROVED_BY)
    if given is None and case.value(APPROVED_BY) is not None and case.value(RIGHT_PERSON) is False:
        by += ", who may not authorise this visit"
    named = ", or ".join([*roles[:1], *map(lower_first, roles[1:])])
    return form.Authorise(
        line=named or "The policy names nobody who authorises the visit",
        clause=rule.clause or "None",
        says=rule.says or "The policy says nothing on who authorises the visit.",
        authorised_by=by if not case.progress.lapsed else NOT_RECORDED,
        holds=given is not None and not case.progress.lapsed,
        line_so_far=_so_far(case.progress, at_school, by if case.value(APPROVED_BY) is not None else ""),
    )


def _so_far(progress: Progress, at_school: bool, named: str) -> str:
    """`named` is whom the answers name, who has not for that authorised anything."""
    given = progress.authorised
    if given is None:
        return f"Nobody has authorised the visit in the register{f'; the answers name {named}' if named else ''}."
    if progress.lapsed:
        told = [f"“{label}”" for label in progress.lapsed_by[:_MOST_CHANGES]] if at_school else []
        more = " and more" if len(progress.lapsed_by) > len(told) else ""
        since = f"this has changed since: {', '.join(told)}{more}" if told else "something has changed since"
        return f"The authorisation by {afterwards.signed(given)} has lapsed: {since}. Ask again."
    return f"Authorised by {afterwards.signed(given)}."
