"""The times of the day that somebody noted on the form of a visit: leaving, check-ins and coming back."""

from datetime import datetime, timedelta

from riskgen.core.problem import Problem
from riskgen.core.struct import Struct, replace
from riskgen.core.timers import due_back
from riskgen.core.visit import Happened, Visit, Who, at_of
from riskgen.core.words import NOT_RECORDED, moment_words
from riskgen.files.controls import DAY, Control
from riskgen.files.spoken import moment_said, time_said
from riskgen.intake.gather import LONGEST_WAY
from riskgen.service.desk import Desk
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.handed_in import HandedIn, Line, said, where
from riskgen.service.homes import Home
from riskgen.service.moves import check_in, come_back, depart, may_leave, moment_given, out_now

LONGEST_OUT = timedelta(hours=16)
"""A time of day that is earlier than that of leaving is of the next day, if that is no longer after it than this."""
LONGEST_JOURNEY = timedelta(minutes=LONGEST_WAY)
_LEFT, _CHECK_IN, _BACK = (f"{DAY}{name}" for name in ("left_at", "check_in_at", "back_at"))
_WORDS = {_LEFT: "Left", _CHECK_IN: "Heard of", _BACK: "Back"}


class Move(Struct, frozen=True):
    """A time that somebody noted on the form, and that the register does not have: what happened, and when."""

    tag: str
    title: str
    at: datetime
    place: str

    @property
    def words(self) -> str:
        return f"{_WORDS[self.tag]}, {moment_words(self.at)}"

    @property
    def comes_back(self) -> bool:
        return self.tag == _BACK

    @property
    def line(self) -> Line:
        return Line(self.tag, self.title, NOT_RECORDED, moment_words(self.at))


class Day(Struct, frozen=True):
    """The times of a form that are not in the register yet, in their order; and what is there otherwise."""

    moves: tuple[Move, ...] = ()
    notes: tuple[str, ...] = ()


def day_on(desk: Desk, handed: HandedIn) -> Day:
    """What the form notes of the day. Raises `InvalidInput` for what is no time, or cannot be when it happened."""
    return _Day(desk, handed).read()


class _Day:
    def __init__(self, desk: Desk, handed: HandedIn) -> None:
        self.desk, self.handed, self.visit = desk, handed, handed.visit
        self.problems: list[Problem] = []
        self.notes: list[str] = []

    def read(self) -> Day:
        departed = at_of(self.visit.departed) if self.visit.departed else None
        left = self._once(_LEFT, departed, None)
        since = self.desk.wall(departed) if departed else left.at if left else None
        known = {self.desk.wall(at_of(event)) for event in self.visit.check_ins}
        heard = [move for control in self._filled(_CHECK_IN) if (move := self._move(control, since))]
        new = {move.at: move for move in heard if move.at not in known}
        back = self._once(_BACK, at_of(self.visit.returned) if self.visit.returned else None, since)
        last = max((*known, *new), default=None)
        if back and last and back.at < last:
            message = f"It is before the visit was last heard of ({moment_words(last)})."
            self._fault(back.place, message, "Give a later time, or correct that of the check-in.")
        moves = [*([left] if left else []), *(new[at] for at in sorted(new)), *([back] if back else [])]
        if self.problems:
            raise InvalidInput(self.problems)
        return Day(tuple(moves), tuple(self.notes))

    def _filled(self, tag: str) -> list[Control]:
        return [control for control in self.handed.fields.of(tag) if control.tag == tag and said(control)]

    def _once(self, tag: str, known: datetime | None, since: datetime | None) -> Move | None:
        """A time that there is one of. What the register has already stays as it is there."""
        moves = [move for control in self._filled(tag) if (move := self._move(control, since))]
        if any(move.at != moves[0].at for move in moves):
            self._fault(moves[1].place, "It stands on the form twice, and not the same.", "Keep one of them.")
        if not moves:
            return None
        if known is None:
            return moves[0]
        if self.desk.wall(known) != moves[0].at:
            has = moment_words(self.desk.wall(known))
            self.notes.append(f"{moves[0].title}: the register has {has}, and keeps it.")
        return None

    def _move(self, control: Control, since: datetime | None) -> Move | None:
        at = where(self.handed.fields, control)
        wall = self._wall(said(control), since)
        if wall is None:
            self._fault(at, "It is no time.", "Write it like 10:40, or 2026-12-02 10:40 for another day.")
            return None
        try:
            moment_given(self.desk, f"{wall:%Y-%m-%d %H:%M}", self._aware(since))
        except InvalidInput as error:
            self.problems += (replace(each, path=at, field=control.tag) for each in error.problems)
            return None
        return Move(control.tag, control.title, wall, at)

    def _aware(self, since: datetime | None) -> datetime | None:
        return moment_given(self.desk, f"{since:%Y-%m-%d %H:%M}") if since else None

    def _wall(self, text: str, since: datetime | None) -> datetime | None:
        """A moment by the clock on the wall. A time alone is of the day of the visit, and of a day beside it only where
        the visit is about midnight: to leave, near the start; everything else, soon after leaving."""
        if moment := moment_said(text):
            return moment
        found, start = time_said(text), self.handed.basis.intake.start
        if found is None or start is None:
            return None
        if since is None:
            same_day = datetime.combine(start.date(), found)
            near = (same_day + timedelta(days=days) for days in (-1, 1))
            return next((each for each in near if abs(each - start) <= LONGEST_JOURNEY), same_day)
        same_day = datetime.combine(since.date(), found)
        next_day = same_day + timedelta(days=1)
        return next_day if same_day < since and next_day <= self._latest(since) else same_day

    def _latest(self, since: datetime) -> datetime:
        """Until when a time of the next day can belong to the visit."""
        planned, _ = due_back(self.handed.basis.intake, self.desk.school.timezone)
        return max(since + LONGEST_OUT, self.desk.wall(planned) if planned else since)

    def _fault(self, at: str, message: str, hint: str) -> None:
        self.problems.append(Problem(at, 0, "time-wrong", message, hint, field=DAY))


def may_move(home: Home, desk: Desk, visit: Visit, move: Move) -> None:
    """Raise `Refused` or `InvalidInput` where a first move may not be made as things stand."""
    if move.tag == _LEFT:
        may_leave(home, desk, visit.reference, f"{move.at:%Y-%m-%d %H:%M}")
    else:
        out_now(visit, Happened.CHECKED_IN if move.tag == _CHECK_IN else Happened.RETURNED)


def why_not_back(desk: Desk, visit: Visit) -> str:
    """Why no form says that everybody is back, where the safe word was heard: it may be of before, or said under
    pressure. Empty where it was not heard."""
    if not visit.standing_alarms:
        return ""
    heard = moment_words(desk.wall(visit.standing_alarms[-1].at))
    return f"The safe word was heard at {heard}. 'riskgen return {visit.reference}' once everybody is safe."


def make_the_move(home: Home, desk: Desk, reference: str, move: Move, who: Who) -> Visit:
    """Record what the form notes, as `depart`, `checkin` and `return` do. Raises `Refused` and `InvalidInput`."""
    text = f"{move.at:%Y-%m-%d %H:%M}"
    if move.tag == _LEFT:
        return depart(home, desk, may_leave(home, desk, reference, text), who)
    visit = desk.visit(reference)
    if move.comes_back and (why := why_not_back(desk, visit)):
        raise Refused(why)
    happened = Happened.CHECKED_IN if move.tag == _CHECK_IN else Happened.RETURNED
    at = moment_given(desk, text, at_of(out_now(visit, happened)))
    if happened is Happened.CHECKED_IN:
        return check_in(desk, visit, who, "", at)
    return come_back(desk, visit, who, "", at)  # the form does not say where they are safe
