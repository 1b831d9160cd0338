"""The safe word was heard: what the office needs at once, whatever state visit, register and policy files are in."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from riskgen.core.model import Intake, Ladders, Policy, Question, School
from riskgen.core.outing import Outing, outing_of
from riskgen.core.plain import to_plain
from riskgen.core.struct import Struct, replace
from riskgen.core.terms import QuestionType, Stage
from riskgen.core.visit import Entry, Happened, State, Visit, Who, at_of, entry_of
from riskgen.register.database import RegisterFault
from riskgen.register.store import Reader
from riskgen.service.board import check_ins, outing_in_index, was_signed_out
from riskgen.service.bodies import read_back
from riskgen.service.desk import Desk, desk_if_any
from riskgen.service.faults import EnvironmentFault, InvalidInput
from riskgen.service.homes import open_home, policy_on
from riskgen.service.makeshift import SHORT_WAIT, makeshift, school_or_makeshift
from riskgen.service.moves import outing_from

_TOLD = ("visit.purpose", "family.reference", "family.address", "family.phone")


class InUse(EnvironmentFault):
    """Somebody else is writing to the register, and nobody has the time to wait for them."""


class Alarm(Struct, frozen=True):
    """What is known of a visit when the safe word is heard. Moments are aware, in UTC.

    `signed_out` is False where nobody had signed the visit out: its outing is then made of the plan. `said_back` and
    `cancelled` are when the visit was recorded as being so, where it is not out. `whole` is False where something of
    it cannot be read. `policy_known` is False where the policy's files cannot be read, or what was copied of them,
    so that nobody can say what it asks.
    """

    visit: Visit
    outing: Outing
    left_at: datetime | None
    heard_at: datetime | None
    heard_where: str
    signed_out: bool
    said_back: datetime | None
    cancelled: datetime | None
    whole: bool
    policy_known: bool


class LookUp(Struct, frozen=True):
    """A visit, or None where the register knows nothing of it (any more); and the index lines of all that are out."""

    alarm: Alarm | None
    out: tuple[Entry, ...]


def school_or_bare(folder: Path) -> School:
    """The school; where school.yaml cannot be read, one that knows nothing."""
    try:
        return school_or_makeshift(folder)[0]
    except InvalidInput:
        return makeshift()


def look_up(folder: Path, school: School, reference: str) -> LookUp:
    """What is known of a visit. Raises `InUse` after a short wait, else `EnvironmentFault` where the register cannot
    be read."""
    try:
        with desk_if_any(folder, school, SHORT_WAIT) as desk:
            if desk is None:
                raise EnvironmentFault("There is no register in this school's folder. Nothing was saved.")
            return look(desk, reference)
    except EnvironmentFault as fault:
        if isinstance(fault.__cause__, RegisterFault) and fault.__cause__.code == "locked":
            raise InUse(str(fault)) from fault
        raise


def look(desk: Desk, reference: str) -> LookUp:
    with desk.register.read() as reader:
        out = reader.find(states=(State.OUT,))
        visit, line = _visit(reader, reference), reader.entry(reference)
    return LookUp(_alarm_of(desk, visit, line) if visit else None, out)


def _visit(reader: Reader, reference: str) -> Visit | None:
    return reader.visits([reference], lenient=True).get(reference) if reference else None


def _alarm_of(desk: Desk, visit: Visit, line: Entry | None) -> Alarm | None:
    """What is known of a visit; None where it has been erased, or was never one."""
    if visit.erased or not (line or visit.draft or visit.assessed or visit.departed):
        return None
    outing, whole, policy_known = _outing(desk, visit, line or entry_of(visit))
    calls, out = check_ins(visit), visit.state is State.OUT
    signed_out = visit.departed is not None and was_signed_out(visit)
    agree = line is None or line.state is visit.state  # else something that happened could not be read at all
    return Alarm(
        visit,
        outing,
        at_of(visit.departed) if visit.departed and signed_out else None,
        calls[-1].at if calls else None,
        calls[-1].where if calls else "",
        signed_out,
        at_of(visit.returned) if visit.returned and not out else None,
        at_of(visit.cancelled) if visit.cancelled and not out else None,
        whole and agree and all(event.body is not None for event in visit.events),
        policy_known,
    )


def _outing(desk: Desk, visit: Visit, line: Entry) -> tuple[Outing, bool, bool]:
    """Who went where: as it was written down at sign-out, else as planned, else as far as the index says; whether
    what was written down could be read; and whether the policy could."""
    if visit.departed:
        try:
            outing = outing_from(visit.departed)
            return outing, True, bool(outing.edition)
        except EnvironmentFault:
            pass
    try:
        outing, known = _planned(desk, read_back(Intake, visit.body, "intake", visit.reference))
        return outing, visit.departed is None, known
    except EnvironmentFault:
        return replace(outing_in_index(line, desk.school), edition=""), False, False


def _planned(desk: Desk, intake: Intake) -> tuple[Outing, bool]:
    """The outing of a visit by its plan, and whether the policy's files could be read for it."""
    now = desk.now()
    try:
        home = open_home(desk.folder)
        policy = policy_on(home, home.school.policy, intake.start or desk.wall(now))
        return outing_of(intake, policy, home.school, home.library.questions, now), True
    except InvalidInput:
        told = {name: Question(name, "", QuestionType.TEXT, Stage.PLAN) for name in _TOLD}
        nothing = Policy("", "The policy", date.min, (), ladders=Ladders())
        return replace(outing_of(intake, nothing, desk.school, told, now), edition=""), False


def raise_alarm(desk: Desk, alarm: Alarm, who: Who, named: str = "") -> None:
    """Record that the safe word was heard. `named` is who is said to be at the desk, where that was not shown.

    A visit that is not out by the register is out from now on, and the board shows it until it returns: whoever
    gives the safe word has not come back. Nothing stands in the way of that, nor does what cannot be read of it.
    """
    reference = alarm.visit.reference
    with desk.register.write() as writer:
        visit = _visit(writer, reference) or alarm.visit
        if visit.state is not State.OUT:
            departed: dict[str, Any] = {
                "outing": to_plain(alarm.outing),
                "left_at": (alarm.left_at or desk.now()).isoformat(),
                "signed_out": False,
            }
            writer.append(reference, Happened.DEPARTED, desk.now(), who, departed)
        said = {"named": named} if named and named != who.staff else {}
        writer.append(reference, Happened.ALARM, desk.now(), who, said)
        line = writer.entry(reference) or entry_of(visit)
        writer.put_entry(replace(line, state=State.OUT))
