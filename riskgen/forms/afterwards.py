"""What people have done about a visit since it was assessed, as forms print it: decisions, pack, record, schedule."""

from collections.abc import Iterable, Iterator

from riskgen.core.audit import RECORD
from riskgen.core.record import Ending, Ticked, VisitRecord, duties
from riskgen.core.result import Finding
from riskgen.core.terms import Outcome, Phase
from riskgen.core.words import NOT_RECORDED, OUTCOMES, moment_words, yes_no
from riskgen.forms import context as form
from riskgen.forms.case import CalledOff, Case, Deed, Planned
from riskgen.forms.phrases import COLOURS, clock, day, listed, meaning, weekday

EVERY_VISIT = "Every visit"


def signed(deed: Deed) -> str:
    """`Blair Invented, Wednesday 2 December 2026, 09:10`."""
    return f"{deed.by}, {moment_words(deed.at)}"


def standing(case: Case) -> form.Standing:
    """How the visit stands: as it was worked out, or as a person has decided."""
    computed, called_off = case.assessment.decision.outcome, case.progress.called_off
    outcome = case.progress.outcome if case.progress.outcome is not None else computed
    holding = [each for each in case.progress.overrides if each.holds]
    if called_off:
        line = f"The visit was called off by {signed(called_off.deed)}."
    elif holding:
        by = signed(holding[-1].deed)
        decided = f"Decided otherwise by {by}" if outcome is not computed else f"Counted in: what was decided by {by}"
        reason = "the written reason is in the risk assessment"
        line = f"riskgen worked out: {OUTCOMES[computed].lower()}. {decided}; {reason}."
    else:
        line = "As worked out from the policy and the risk ratings."
    return form.Standing(
        outcome=_outcome(case, outcome),
        id=outcome.id,
        meaning=_meaning(case, outcome),
        colour=COLOURS[Outcome.DO_NOT_VISIT if called_off else _no_milder(case, outcome)],
        line=line,
        may_go=called_off is None and outcome <= Outcome.PROCEED_WITH_CONDITIONS,
        called_off=called_off is not None,
    )


def _outcome(case: Case, outcome: Outcome) -> str:
    if _still_out(case):
        return "Called off, and still out"
    if case.progress.called_off:
        return "Called off"
    return OUTCOMES[outcome] + (", once it is authorised" if _waits_for_leave(case, outcome) else "")


def _waits_for_leave(case: Case, outcome: Outcome) -> bool:
    """Whether a visit that might go ahead is still to be authorised: it must not look as if it could go as it is."""
    progress = case.progress
    needed = bool(case.assessment.authorise.by or case.school.fallback_authorise)
    given = progress.authorised is not None and not progress.lapsed
    has_yet_to_leave = progress.left is None and progress.called_off is None
    return needed and not given and has_yet_to_leave and outcome <= Outcome.PROCEED_WITH_CONDITIONS


def _no_milder(case: Case, outcome: Outcome) -> Outcome:
    return max(outcome, Outcome.PROCEED_WITH_CONDITIONS) if _waits_for_leave(case, outcome) else outcome


def _still_out(case: Case) -> bool:
    """Whether a visit was called off while it was out, and nobody has said that everybody is safe."""
    off = case.progress.called_off
    return off is not None and off.had_left and case.progress.back is None


def _meaning(case: Case, outcome: Outcome) -> str:
    """What it means for the visitors; of a visit that has been, nobody is still told that it may go."""
    if _still_out(case):
        return "Tell the visitors. They are out until the office has heard that everybody is safe."
    if case.progress.called_off:
        return "Nobody goes: this visit has been called off."
    if case.progress.back:
        return "The visit has been. This is what was decided before it."
    words = meaning(outcome, bool(case.assessment.conditions))
    if not _waits_for_leave(case, outcome):
        return words
    return f"{words} {'Its authorisation has lapsed.' if case.progress.lapsed else 'Nobody has authorised it yet.'}"


def overrides(case: Case) -> tuple[form.Override, ...]:
    return tuple(
        form.Override(
            what=each.what,
            computed=each.computed,
            to=each.to,
            by=each.deed.by,
            on=moment_words(each.deed.at),
            reason=each.reason,
            holds="Holds" if each.holds else "No longer holds: the visit has changed since",
        )
        for each in case.progress.overrides
    )


def pack(case: Case) -> form.PackList:
    return form.PackList(
        line=case.pack.line,
        forms=tuple(
            form.PackForm(str(item.number), item.title, item.holder, item.clause or EVERY_VISIT)
            for item in case.pack.forms
        ),
        left_out=tuple(form.LeftOut(title, because) for title, because in case.pack.left_out),
    )


def cancellation(case: Case) -> form.Cancellation:
    off = case.progress.called_off
    if off is None:
        return form.Cancellation("The visit has not been called off", *[NOT_RECORDED] * 4)
    return form.Cancellation(
        kind="Called off after the visitors had left" if off.had_left else "Cancelled before the visitors left",
        on=moment_words(off.deed.at),
        by=off.deed.by,
        reason=off.reason,
        for_safety=yes_no(off.for_safety),
    )


# --- how it went --------------------------------------------------------------------------------


def record(case: Case) -> form.Record:
    """How the visit went, and for each clause for during and after it what became of it."""
    progress = case.progress
    said = progress.record or _to_begin_with(progress.called_off)
    ticks = {tick.clause: tick for tick in said.clauses}
    asked = duties(case.assessment)
    return form.Record(
        recorded=progress.record is not None,
        kept=tuple(_kept(case, asked)),
        left=moment_words(progress.left) if progress.left else NOT_RECORDED,
        back=moment_words(progress.back) if progress.back else NOT_RECORDED,
        ending=said.ending.words if said.ending else NOT_RECORDED,
        why=said.why,
        seen=said.seen,
        agreed=said.agreed,
        concern=yes_no(said.concern),
        incident=yes_no(said.incident),
        incident_text=said.incident_text,
        clauses=tuple(_clause(finding, ticks.get(finding.id)) for finding in asked),
        further=_further(said),
        further_line=_further_line(said),
        by=signed(progress.recorded) if progress.recorded else NOT_RECORDED,
        notes=tuple(map(form.Line, progress.notes)),
        log=tuple(map(form.Line, log_text(case))),
    )


def _to_begin_with(called_off: CalledOff | None) -> VisitRecord:
    """What is known before anybody has recorded anything: of a visit that was called off, that it was, and why."""
    if called_off is None or called_off.for_safety is None:
        return VisitRecord()
    return VisitRecord(Ending.CALLED_OFF_FOR_SAFETY if called_off.for_safety else Ending.CALLED_OFF, called_off.reason)


def _kept(case: Case, asked: Iterable[Finding]) -> Iterator[form.Clause]:
    """The clauses on where a record goes, by when, and who gets a copy of it."""
    for finding in asked:
        clause = case.policy.clause(finding.id)
        if clause and RECORD in clause.topics and Phase.AFTER in finding.phases:
            kind = finding.kind.value.capitalize()
            yield form.Clause(finding.id, finding.location, kind, finding.says, finding.who or "Visitors")


def _clause(finding: Finding, tick: Ticked | None) -> form.RecordClause:
    answer = tick.answer.words if tick else NOT_RECORDED
    return form.RecordClause(finding.id, finding.says, answer, tick.why if tick else "", tick is not None)


def _further(said: VisitRecord) -> tuple[form.FurtherAction, ...]:
    return tuple(
        form.FurtherAction(
            str(number), action.what, action.who, day(action.by), "Done" if action.done else "Still to be done"
        )
        for number, action in enumerate(said.further or (), start=1)
    )


def _further_line(said: VisitRecord) -> str:
    """What is to follow, in a few words: that nobody has said is not that nothing is."""
    if not said.further:
        return NOT_RECORDED if said.further is None else "Nothing further is to be done"
    return f"{len(said.further)} action{'s' if len(said.further) > 1 else ''}"


def log_text(case: Case) -> Iterator[str]:
    """The text for the school's log, line by line: what happened and who did what, with nothing left blank."""
    progress = case.progress
    said = progress.record or VisitRecord()
    when = f"{weekday(case.start)}, {clock(case.start)}" if case.start else NOT_RECORDED
    yield f"Home visit {case.reference}, {when}."
    yield f"Visitors: {listed(person.name for person in case.intake.visitors) or NOT_RECORDED}."
    yield f"Purpose: {case.words('visit.purpose')}."
    given = progress.authorised
    yield f"Authorised by: {signed(given) if given and not progress.lapsed else NOT_RECORDED}."
    yield f"Outcome: {said.ending.words if said.ending else NOT_RECORDED}.{f' {said.why}' if said.why else ''}"
    yield f"Seen: {said.seen or NOT_RECORDED}"
    yield f"Agreed: {said.agreed or NOT_RECORDED}"
    yield f"Safeguarding concern: {yes_no(said.concern)}."
    yield f"Incident: {yes_no(said.incident)}.{f' {said.incident_text}' if said.incident_text else ''}"
    if said.further is None:
        yield f"Still to be done: {NOT_RECORDED}."
    for number, action in enumerate(said.further or (), start=1):
        state = "done" if action.done else f"by {day(action.by)}"
        yield f"Action {number}: {action.what} ({action.who}, {state})."
    if said.further == ():
        yield "Still to be done: nothing."


# --- the schedule -------------------------------------------------------------------------------


def schedule(case: Case) -> form.Schedule:
    """The visits of a day or a term, and what is missing from it."""
    lacking = [visit.reference for visit in case.schedule if not _whole(visit)]
    complete = "Every visit has its visitors, date, times and place."
    if lacking:
        complete = f"Not complete: visitors, times or place are not recorded for {listed(lacking)}."
    return form.Schedule(case.period, complete, tuple(map(_planned, case.schedule)))


def _whole(visit: Planned) -> bool:
    times_and_place = (visit.leave, visit.end, visit.back, visit.place)
    return bool(visit.start and visit.visitors) and NOT_RECORDED not in times_and_place


def _planned(visit: Planned) -> form.ScheduledVisit:
    return form.ScheduledVisit(
        reference=visit.reference,
        date=weekday(visit.start) if visit.start else NOT_RECORDED,
        leave=visit.leave,
        start=clock(visit.start),
        end=visit.end,
        back=visit.back,
        family=visit.family,
        place=visit.place,
        visitors=listed(person.name for person in visit.visitors),
        mobiles=listed(person.mobile or NOT_RECORDED for person in visit.visitors),
        vehicle=visit.vehicle,
        state=visit.state,
    )
