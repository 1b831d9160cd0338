"""The tables of a form: hazards, matrix, findings, conditions, duties, ladders."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from riskgen.core.model import Clause, Ladders, Matrix, Policy, Rung
from riskgen.core.result import Assessment, Finding, RatedHazard, Rating, Remedy, ToConfirm, ToDo
from riskgen.core.terms import Outcome, Phase, Status
from riskgen.core.truth import Truth
from riskgen.core.words import OUTCOMES, lower_first
from riskgen.forms import context as form
from riskgen.forms.emergencies import SCHOOLS_OWN
from riskgen.forms.phrases import (
    SILENCES,
    STATES,
    STATUSES,
    TRUTHS,
    duration,
    listed,
    sentence,
)


def lines(texts: tuple[str, ...]) -> tuple[form.Line, ...]:
    return tuple(form.Line(text) for text in texts)


def source_names(policy: Policy, assessment: Assessment) -> Mapping[str, str]:
    """What the sources of reasons are called: hazards and topics by name, clauses by their id."""
    return {
        policy.id: policy.name,
        **{silence.topic: silence.label for silence in assessment.silences},
        **{hazard.id: hazard.name for hazard in assessment.hazards},
    }


# --- hazards and the matrix ---------------------------------------------------------------------


def matrix(value: Matrix) -> form.Matrix:
    bands = {band.id: band for band in value.ratings}

    def cells(row: tuple[str, ...]) -> tuple[form.MatrixCell, ...]:
        return tuple(form.MatrixCell(rating, bands[rating].name, bands[rating].colour) for rating in row)

    rows = [
        form.MatrixRow(level.name, level.guidance, cells(row))
        for level, row in zip(value.likelihood, value.grid, strict=True)
    ]
    return form.Matrix(
        name=value.name,
        source=value.source,
        severities=tuple(form.MatrixLevel(level.name, level.guidance) for level in value.severity),
        rows=tuple(reversed(rows)),
        ratings=tuple(
            form.MatrixRating(band.id, band.name, band.colour, band.guidance, OUTCOMES[band.demands])
            for band in value.ratings
        ),
    )


BEFORE_LEAVING = "Before leaving"
NOT_NEEDED = "The rating does not ask for it"


def hazard(number: int, value: RatedHazard, stands: Outcome = Outcome.PROCEED) -> form.Hazard:
    """A hazard as it is printed. Where its rating lets the visit proceed, no further measure has to be put in place.

    `stands` is what the rating demands that a person has given it: of the two the stricter counts.
    """
    certain = value.applies is Truth.YES
    needed = max(value.outcome, stands) > Outcome.PROCEED
    by_when = BEFORE_LEAVING if needed else NOT_NEEDED
    return form.Hazard(
        number=str(number),
        name=value.name,
        applies="Applies" if certain else "May apply: whether it does is not recorded",
        certain=certain,
        persons_at_risk=listed(value.persons_at_risk),
        harms=listed([value.harms[0], *map(lower_first, value.harms[1:])]) if value.harms else "",
        harm_rows=lines(value.harms),
        unanswered=lines(value.unanswered_harms),
        controls=tuple(
            form.Control(
                item.measure,
                TRUTHS[item.in_place],
                STATES[item.in_place],
                item.in_place is Truth.YES,
                needed and item.in_place is not Truth.YES,
                item.kind.capitalize(),
                item.who or "Visitors",
                "Done" if item.in_place is Truth.YES else by_when,
            )
            for item in value.controls
        ),
        controls_in_place=lines(tuple(item.measure for item in value.controls if item.in_place is Truth.YES)),
        further=tuple(
            form.FurtherControl(item.measure, item.who or "Visitors", by_when)
            for item in value.controls
            if item.in_place is not Truth.YES
        ),
        initial=rating(value.initial),
        residual=rating(value.residual),
        because=lines(value.because),
    )


def rating(value: Rating) -> form.Rating:
    return form.Rating(value.rating, value.name, value.colour, value.likelihood, value.severity, str(value.score))


# --- clauses ------------------------------------------------------------------------------------


def findings(policy: Policy, assessment: Assessment) -> tuple[form.Finding, ...]:
    """What was weighed before leaving and applies or may, the gravest first."""
    order = (Status.BROKEN, Status.TO_CONFIRM, Status.MET)
    weighed = [item for item in assessment.findings if item.status in order and _weighed(policy.clause(item.id))]
    return tuple(finding(item) for item in sorted(weighed, key=lambda item: order.index(item.status)))


def _weighed(clause: Clause | None) -> bool:
    return clause is None or (clause.met is not None and clause.broken is not None)


def not_applicable(assessment: Assessment) -> tuple[form.Finding, ...]:
    return tuple(finding(item) for item in assessment.findings if item.status is Status.NOT_APPLICABLE)


def finding(item: Finding) -> form.Finding:
    return form.Finding(
        clause=item.id,
        location=item.location,
        kind=item.kind.value.capitalize(),
        says=item.says,
        status=STATUSES[item.status],
        because=" ".join(map(sentence, item.because)) or "It needs no fact.",
        calls_for=OUTCOMES[item.outcome],
    )


def clause(item: Clause) -> form.Clause:
    return form.Clause(item.id, item.location, item.kind.value.capitalize(), item.says, item.who or "Visitors")


def duties(asked: tuple[Clause, ...]) -> form.Duties:
    """What the policy asks at each time; a clause that holds always stands with those during the visit.

    One for during the visit and for emergencies too stands with the former only: nobody reads it twice.
    """

    def of(*phases: Phase) -> tuple[form.Clause, ...]:
        return tuple(clause(item) for item in asked if set(item.phases) & set(phases))

    during = _in_turn([item for item in asked if set(item.phases) & {Phase.DURING, Phase.ALWAYS}])
    emergency = [item for item in asked if Phase.EMERGENCY in item.phases and item not in during]
    return form.Duties(of(Phase.BEFORE), tuple(map(clause, during)), of(Phase.AFTER), tuple(map(clause, emergency)))


_TURNS = {
    **dict.fromkeys(("vehicle", "transport", "parking", "whereabouts"), 0),
    **dict.fromkeys(("entry", "no-answer", "lateness"), 1),
    **dict.fromkeys(("rooms", "alone-with-pupil", "animals", "threat", "ill-visitor", "substances"), 2),
}
"""On the way, at the door, in the home: where a clause belongs, by the first of its topics."""


def _in_turn(clauses: list[Clause]) -> list[Clause]:
    """Clauses in the order of a visit. One that belongs to no place stays with the one before it in the policy."""
    turn, turns = 0, dict[str, int]()
    for item in clauses:
        turn = _TURNS.get(item.topics[0], turn) if item.topics else turn
        turns[item.id] = turn
    return sorted(clauses, key=lambda item: turns[item.id])


# --- what is still to be done -------------------------------------------------------------------


OTHERWISE_OPEN = "Settle whatever else the risk assessment says is still to be done"


def conditions(
    assessment: Assessment, names: Mapping[str, str], named: Collection[str] | None = None
) -> tuple[form.Condition, ...]:
    """What is still to be done. A hazard is named only in why, which does not travel: a family could read the rest.

    Where only some clauses may be `named`, one line stands for all conditions of others, however many there are.
    """
    hazards = {
        hazard.id: (f"Hazard {number}", hazard.name) for number, hazard in enumerate(assessment.hazards, start=1)
    }

    def row(number: int, item: ToDo) -> form.Condition:
        condition, because = item.condition, item.because
        source, name = hazards.get(item.source, (names.get(item.source, item.source), ""))
        if name:
            told = condition.removeprefix(f"{name}: ").rstrip(".")
            condition, because = (
                f"{told[:1].upper()}{told[1:]} ({lower_first(source)} of the risk assessment)",
                f"{name}. {because}",
            )
        return form.Condition(str(number), condition, item.who or "Line manager", source, because)

    told = [item for item in assessment.conditions if named is None or item.source in (*named, SCHOOLS_OWN)]
    rows = [row(number, item) for number, item in enumerate(told, start=1)]
    if len(told) < len(assessment.conditions):
        rows.append(form.Condition(str(len(rows) + 1), OTHERWISE_OPEN, "Line manager", "Risk assessment", "–"))
    return tuple(rows)


def open_questions(
    items: Iterable[ToConfirm], assessment: Assessment, names: Mapping[str, str]
) -> tuple[form.OpenQuestion, ...]:
    short = {hazard.id: f"Hazard {number}" for number, hazard in enumerate(assessment.hazards, start=1)}
    return tuple(
        form.OpenQuestion(
            str(number),
            item.label,
            "; ".join(short.get(source, names.get(source, source)) for source in item.needed_by),
            OUTCOMES[item.outcome],
        )
        for number, item in enumerate(items, start=1)
    )


def remedies(items: tuple[Remedy, ...]) -> tuple[form.Remedy, ...]:
    return tuple(
        form.Remedy(
            number=str(number),
            changes=lines(tuple(change.how for change in item.changes)),
            text=" ".join(sentence(change.how) for change in item.changes),
            outcome=OUTCOMES[item.outcome],
        )
        for number, item in enumerate(items, start=1)
    )


def remedy_note(assessment: Assessment) -> str:
    if assessment.remedy_note:
        return assessment.remedy_note
    if assessment.remedies:
        return "Each of these would by itself let the visit go ahead."
    if assessment.decision.outcome <= Outcome.PROCEED_WITH_CONDITIONS:
        return "No change to the plan is needed."
    return "No change to the plan that could still be made would let the visit go ahead."


# --- silences, contradictions, ladders ----------------------------------------------------------


def silences(assessment: Assessment) -> tuple[form.Silence, ...]:
    return tuple(form.Silence(item.label, item.because, SILENCES[item.outcome]) for item in assessment.silences)


def contradictions(assessment: Assessment) -> tuple[form.Contradiction, ...]:
    return tuple(
        form.Contradiction(
            clauses=listed(item.clauses),
            says=lines(tuple(f"{name}: {says}" for name, says in zip(item.clauses, item.says, strict=False))),
            because=item.because,
            calls_for=OUTCOMES[item.outcome],
        )
        for item in assessment.contradictions
    )


def ladders(policy: Ladders, school: Ladders, due_back: datetime | None) -> form.Ladders:
    """The three ladders. `due_back` is when the visitors are due, by the school's clock, if that is known."""
    return form.Ladders(
        overdue=_ladder(policy.overdue, school.overdue, "what the school does when visitors are overdue", due_back),
        missed_check_in=_ladder(
            policy.missed_check_in, school.missed_check_in, "what the school does when a check-in is missed"
        ),
        safe_word=_ladder(policy.safe_word, school.safe_word, "what the school does when it hears the safe word"),
    )


def _ladder(
    policy: tuple[Rung, ...], school: tuple[Rung, ...], subject: str, begins: datetime | None = None
) -> form.Ladder:
    if policy:
        return form.Ladder("The policy lays these steps down.", True, _rungs(policy, begins))
    if school:
        line = f"The policy says nothing on {subject}. These steps are the school's own fallback."
        return form.Ladder(line, False, _rungs(school, begins))
    line = f"Neither the policy nor the school says {subject}. Agree it, and write it here, before anybody leaves."
    return form.Ladder(line, False, ())


def _rungs(rungs: tuple[Rung, ...], begins: datetime | None) -> tuple[form.Rung, ...]:
    return tuple(
        form.Rung(
            rung.do,
            rung.who or "School office",
            _when(rung, place),
            _at(rung, place, begins),
            rung.clause or SCHOOLS_OWN,
        )
        for place, rung in enumerate(rungs)
    )


def _at(rung: Rung, place: int, begins: datetime | None) -> str:
    """The time on the clock at which a step is due; a dash where that follows from no number."""
    if begins is None or (rung.after_minutes is None and place):
        return "–"
    return f"{begins + timedelta(minutes=rung.after_minutes or 0):%H:%M}"


def _when(rung: Rung, place: int) -> str:
    if rung.after_minutes is None:
        return "Next" if place else "At once"
    return f"After {duration(rung.after_minutes)}" if rung.after_minutes else "At once"


def reasons(policy: Policy, assessment: Assessment, names: Mapping[str, str]) -> tuple[form.Reason, ...]:
    rows = []
    for reason in (*assessment.decision.because, *assessment.decision.also):
        source = policy.clause(reason.source)
        rows.append(
            form.Reason(
                source=names.get(reason.source, reason.source),
                location=source.location if source else "–",
                says=reason.says,
                facts=" ".join(map(sentence, reason.facts)) or "–",
                fact_rows=lines(reason.facts),
                calls_for=OUTCOMES[reason.outcome],
            )
        )
    return tuple(rows)
