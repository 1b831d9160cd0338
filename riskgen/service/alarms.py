"""The safe word was heard: what the office needs at once, whatever state visit and policy files are in."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from riskgen.core.model import Intake, Ladders, Policy, Question, School
from riskgen.core.outing import Outing, outing_of
from riskgen.core.plain import to_plain
from riskgen.core.terms import QuestionType, Stage
from riskgen.core.visit import Happened, State, Visit, Who, at_of
from riskgen.library.school import DEFAULT_TIMEZONE
from riskgen.service.bodies import read_back
from riskgen.service.desk import Desk, desk_if_any, open_desk, school_alone, unknown_reference
from riskgen.service.faults import EnvironmentFault, InvalidInput
from riskgen.service.homes import open_home, policy_on
from riskgen.service.moves import append_unchecked, outing_from

_TOLD = ("visit.purpose", "family.reference", "family.address", "family.phone")


@dataclass(frozen=True)
class Alarm:
    """What is known of a visit when the safe word is heard. Moments are aware, in UTC.

    `signed_out` is False where nobody had signed the visit out: its outing is then made of the plan. `policy_known`
    is False where the policy's files cannot be read either, so that nobody can say what it asks.
    """

    visit: Visit
    outing: Outing
    left_at: datetime | None
    heard_at: datetime | None
    heard_where: str
    signed_out: bool
    policy_known: bool


def school_or_bare(folder: Path) -> School:
    """The school; where school.yaml cannot be read, one that knows nothing but finds a register in the folder."""
    try:
        return school_alone(folder)
    except InvalidInput:
        return School("", "", DEFAULT_TIMEZONE, "", ())


def look_up(folder: Path, school: School, reference: str) -> tuple[Alarm | None, tuple[str, ...]]:
    """What is known of a visit, and the references of all that are out. None for a visit that the register does not
    have, or knows nothing of any more. Raises `EnvironmentFault` where the register cannot be read."""
    try:
        with desk_if_any(folder, school) as desk:
            if desk:
                return _look_up(desk, reference)
    except EnvironmentFault:  # the tables of an older riskgen are brought up to date by opening them as usual
        with open_desk(folder, school) as desk:
            return _look_up(desk, reference)
    raise EnvironmentFault("There is no register in this school's folder. Nothing was saved.")


def _look_up(desk: Desk, reference: str) -> tuple[Alarm | None, tuple[str, ...]]:
    with desk.register.read() as reader:
        out = tuple(entry.reference for entry in reader.find(states=(State.OUT,)))
    try:
        return alarm_of(desk, reference), out
    except InvalidInput:
        return None, out


def alarm_of(desk: Desk, reference: str) -> Alarm:
    """What is known of a visit. Raises `InvalidInput` for one that the register knows nothing of (any more)."""
    visit = desk.visit(reference)
    if visit.departed and visit.departed.body:
        heard = visit.check_ins[-1] if visit.check_ins else None
        return Alarm(
            visit,
            outing_from(visit.departed),
            at_of(visit.departed),
            at_of(heard) if heard else None,
            str((heard.body or {}).get("where") or "") if heard else "",
            visit.departed.body.get("signed_out") is not False,
            True,
        )
    if "intake" not in visit.body:
        raise unknown_reference(reference, "What it held has been erased.")
    outing, known = _planned(desk, read_back(Intake, visit.body, "intake", reference))
    return Alarm(visit, outing, None, None, "", False, known)


def _planned(desk: Desk, intake: Intake) -> tuple[Outing, bool]:
    """The outing of a visit that nobody signed out, and whether the policy's files could be read for it."""
    now = desk.now()
    try:
        home = open_home(desk.folder)
        policy = policy_on(home, home.school.policy, intake.start or desk.wall(now))
        return outing_of(intake, policy, home.school, home.library.questions, now), True
    except InvalidInput:
        told = {name: Question(name, "", QuestionType.TEXT, Stage.PLAN) for name in _TOLD}
        nothing = Policy("", "The policy", date.min, (), ladders=Ladders())
        return replace(outing_of(intake, nothing, desk.school, told, now), edition=""), False


def raise_alarm(desk: Desk, alarm: Alarm, who: Who, named: str = "") -> Visit:
    """Record that the safe word was heard. `named` is who is said to be at the desk, where that was not shown.

    A visit that is not out by the register is out from now on, and the board shows it until it returns: whoever
    gives the safe word has not come back.
    """
    with desk.register.write() as writer:
        visit = writer.visits([alarm.visit.reference])[alarm.visit.reference]
        if visit.state is not State.OUT:
            body: dict[str, Any] = {
                "outing": to_plain(alarm.outing),
                "left_at": (alarm.left_at or desk.now()).isoformat(),
                "signed_out": False,
            }
            append_unchecked(writer, desk, visit.reference, Happened.DEPARTED, who, body)
        body = {"named": named} if named and named != who.staff else {}
        return append_unchecked(writer, desk, visit.reference, Happened.ALARM, who, body)
