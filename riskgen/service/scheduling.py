"""The schedule of visits of a day or a term: who goes where, and when. It stays at school."""

from datetime import date, timedelta
from pathlib import Path

from riskgen.core.conditions import Value
from riskgen.core.model import Intake, Question
from riskgen.core.problem import Problem
from riskgen.core.struct import replace
from riskgen.core.terms import Outcome
from riskgen.core.timers import midnight
from riskgen.core.visit import NOT_LEFT, OPEN, State, Visit
from riskgen.core.words import NOT_RECORDED, STATES
from riskgen.forms.case import Planned
from riskgen.forms.phrases import NO_CAR, answer, clock, day, later, local, person
from riskgen.register.store import Reader
from riskgen.service.bodies import read_back
from riskgen.service.desk import Desk
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.homes import Home
from riskgen.service.paper import case_of, fill, forms_of
from riskgen.service.progress import papers_as_assessed
from riskgen.service.standing import weigh
from riskgen.service.visits import put_in_place

SCHEDULE_FORM = "visit-schedule"
"""The id of the Word form of a schedule in forms.yaml."""
FOLDER = "schedules"
"""Where schedules lie in the school's folder."""


def schedule_of(home: Home, desk: Desk, first: date, last: date) -> tuple[Planned, ...]:
    """The visits that start on these days, first and last among them, in their order; none that was called off."""
    zone = home.school.timezone
    with desk.register.read() as reader:
        entries = reader.find(
            states=frozenset({*OPEN, State.CLOSED}) - {State.DRAFT},
            since=midnight(first, zone),
            until=midnight(last + timedelta(days=1), zone),
        )
        visits = reader.visits(entry.reference for entry in entries)
        found = (visits[entry.reference] for entry in entries)
        return tuple(_planned(home, reader, visit) for visit in found if visit.body)


def write_schedule(home: Home, desk: Desk, first: date, last: date, target: Path | None, force: bool) -> Path:
    """The schedule of these days as a Word form, for the head and the office; where it was written.

    Raises `Refused` where no visit starts then or a file would be overwritten, and `InvalidInput` where the school has
    no form for it.
    """
    visits = schedule_of(home, desk, first, last)
    if not visits:
        raise Refused(f"No visit starts on {period_words(first, last)}. Nothing was saved.")
    form = next((each for each in forms_of(home) if each.id == SCHEDULE_FORM), None)
    if form is None:
        message = f"There is no form '{SCHEDULE_FORM}' in templates/forms.yaml."
        raise InvalidInput([Problem("templates/forms.yaml", 0, "form-missing", message, "Add it.")])
    carrier = papers_as_assessed(home, desk, visits[0].reference)
    case = case_of(home, carrier, f"{len(visits)} visit{'' if len(visits) == 1 else 's'}", desk.wall(desk.now()))
    content = fill(replace(case, fingerprint="", schedule=visits, period=period_words(first, last)), form, "")
    path = target or home.folder / FOLDER / f"{SCHEDULE_FORM}_{first:%Y-%m-%d}_{last:%Y-%m-%d}.docx"
    put_in_place({path: content}, force)
    return path


def period_words(first: date, last: date) -> str:
    """`Wednesday 2 December 2026`, or `2 December 2026 to 18 December 2026`."""
    return f"{first:%A} {day(first)}" if first == last else f"{day(first)} to {day(last)}"


def _planned(home: Home, reader: Reader, visit: Visit) -> Planned:
    intake = read_back(Intake, visit.body, "intake", visit.reference)
    answers, zone = intake.answers, home.school.timezone
    start, minutes = intake.start, answers.get("visit.minutes")
    local_start = local(start, zone) if start else None
    return Planned(
        reference=visit.reference,
        start=local_start,
        leave=clock(answers.get("visit.leave_at")),
        end=clock(later(local_start, minutes, zone)) if local_start and isinstance(minutes, int) else NOT_RECORDED,
        back=clock(answers.get("visit.back_at")),
        family=_words(home, answers.get("family.name"), "family.name"),
        place=_words(home, answers.get("family.address"), "family.address"),
        visitors=intake.visitors,
        vehicle=_vehicle(home, intake) or NOT_RECORDED,
        state=_state(home, reader, visit),
    )


def _state(home: Home, reader: Reader, visit: Visit) -> str:
    """Where a visit stands by now; one that nobody may make is never shown as if only a signature were missing."""
    if visit.state not in NOT_LEFT:
        return STATES.get(visit.state, visit.state.value)
    try:
        weighed = weigh(home, reader, visit)
    except (InvalidInput, Refused):
        return "To be assessed again"
    outcome = weighed.standing.outcome
    if outcome > Outcome.PROCEED_WITH_CONDITIONS:
        return "Not to be made" if outcome is Outcome.DO_NOT_VISIT else "Referred: nobody goes yet"
    if visit.authorised and weighed.approval is None:
        return "Authorisation lapsed"
    return STATES[State.AUTHORISED if weighed.approval else State.ASSESSED]


def _words(home: Home, value: Value | None, name: str) -> str:
    question: Question | None = home.library.questions.get(name)
    return answer(question, value, home.school.staff) if question else NOT_RECORDED


def _vehicle(home: Home, intake: Intake) -> str:
    """The driver's vehicle with its registration."""
    if intake.answers.get("travel.by_car") is False:
        return NO_CAR
    driver = person(intake.answers.get("travel.driver"), (*intake.visitors, *home.school.staff))
    return " ".join(filter(None, (driver.vehicle, driver.registration))) if driver else ""
