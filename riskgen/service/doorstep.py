"""A recorded visit at this moment: its answers, and what the clock knows once the visitors have checked in."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from riskgen.core.timers import LATE, WAITED, to_utc
from riskgen.core.visit import State, Visit
from riskgen.intake.gather import Given
from riskgen.service.board import INSIDE, arrived_at, check_ins, left_at
from riskgen.service.desk import Desk
from riskgen.service.homes import Home
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
    weighed = weigh(home, desk, visit)
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
