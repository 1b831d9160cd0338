"""A recorded visit at this moment: its answers, and what the clock knows once the visitors have checked in."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from riskgen.core.model import Staff
from riskgen.core.struct import Struct, replace
from riskgen.core.timers import LATE, WAITED, to_utc
from riskgen.core.visit import State, Visit
from riskgen.intake.gather import Given
from riskgen.register.store import Reader
from riskgen.service.board import INSIDE, arrived_at, check_ins, left_at, outing_of_visit
from riskgen.service.desk import Desk
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.homes import Home
from riskgen.service.markers import visits_to_come
from riskgen.service.recording import REGISTER, given_again
from riskgen.service.standing import weigh
from riskgen.service.visits import Request, gather

SINCE_CHECK_IN = "inside.minutes_since_check_in"
PARENT = "door.parent_present"
CLOCK = "the clock"


def given_now(home: Home, desk: Desk, reference: str, request: Request) -> Given:
    """What is known of a recorded visit: its answers, the authorisation that holds, then files and options.

    Of a visit that is out, minutes that nobody gave are counted from its check-ins. Raises `InvalidInput` for a
    reference that the register does not have, and `Refused` for a visit that was erased or never assessed.
    """
    visit = desk.visit(reference)
    with desk.register.read() as reader:
        weighed = weigh(home, reader, visit)
    recorded = replace(given_again(visit), answers=dict(weighed.now.intake.answers))
    given = gather(home, request, recorded)
    if visit.state is not State.OUT:
        return given
    counted = _minutes(home, visit, given, desk.now())
    known = {name: value for name, value in counted.items() if _nobody_said(given, name)}
    return replace(
        given,
        answers={**given.answers, **known},
        origins={**given.origins, **dict.fromkeys(known, (CLOCK, 0))},
    )


class Touched(Struct, frozen=True):
    """A visit that a marker, put on its family just now, has to do with: it is `out`, or has yet to leave.

    `lapsed` says that it was authorised, and no longer is.
    """

    reference: str
    out: bool
    visitors: tuple[Staff, ...]
    lapsed: bool


def touched_by_marker(home: Home, desk: Desk, family: str) -> tuple[Touched, ...]:
    """Those who are out first."""
    with desk.register.read() as reader:
        lines = visits_to_come(reader, family)
        visits = reader.visits((line.reference for line in lines), lenient=True)
        found = [
            Touched(
                line.reference,
                line.state is State.OUT,
                outing_of_visit(visits.get(line.reference), line, desk.school).visitors,
                line.state is State.AUTHORISED and not _holds(home, reader, visits.get(line.reference)),
            )
            for line in lines
        ]
    return tuple(sorted(found, key=lambda each: not each.out))


def _holds(home: Home, reader: Reader, visit: Visit | None) -> bool:
    """Whether the authorisation of a visit still holds; not where that cannot be worked out."""
    try:
        return visit is not None and weigh(home, reader, visit).approval is not None
    except (Refused, InvalidInput, EnvironmentFault):
        return False


def _minutes(home: Home, visit: Visit, given: Given, now: datetime) -> Mapping[str, int]:
    """Whole minutes: at the door while nobody is known to have come, and since the last call once inside.

    Nobody waits before the agreed start, so minutes at the door count from there for those who are early.
    """
    calls, start = check_ins(visit), given.answers.get("visit.start")
    agreed = to_utc(start, home.school.timezone) if isinstance(start, datetime) else None
    arrived = arrived_at(calls)
    found: dict[str, timedelta] = {}
    if arrived and given.answers.get(PARENT) is not True:
        found[WAITED] = now - max(arrived, agreed or arrived)
        if agreed:
            found[LATE] = now - agreed
    # An answer about the inside brings up all the questions of the inside, so this one comes only once they are there.
    inside = (bool(calls) and calls[-1].where == INSIDE) or any(name.startswith("inside.") for name in given.answers)
    if inside:
        found[SINCE_CHECK_IN] = now - (calls[-1].at if calls else left_at(visit))
    return {
        name: min(max(past // timedelta(minutes=1), 0), home.library.questions[name].most)
        for name, past in found.items()
        if name in home.library.questions
    }


def _nobody_said(given: Given, name: str) -> bool:
    return given.origins.get(name, (REGISTER, 0))[0] == REGISTER
