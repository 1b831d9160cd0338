"""Answers that were changed on the form of a visit, held against what was printed there; and the times of the day."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from riskgen.core.conditions import Value
from riskgen.core.model import Question, Staff
from riskgen.core.problem import Problem
from riskgen.core.terms import QuestionType
from riskgen.core.timers import due_back
from riskgen.core.visit import Happened, Visit, Who, at_of
from riskgen.core.words import NOT_RECORDED, moment_words
from riskgen.files.controls import ANSWER, NOBODY, NOT_LISTED, VISITORS, Control
from riskgen.files.spoken import date_said, moment_said, time_said
from riskgen.files.text import folded, mend
from riskgen.forms.phrases import answer, clock, day, duration, listed, weekday
from riskgen.intake.gather import LONGEST_WAY, Given
from riskgen.intake.gather import REFERENCE as FAMILY
from riskgen.intake.sheet import Sheet
from riskgen.intake.word_form import is_said, person_said, sheet_of
from riskgen.service.desk import Desk
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.handed_in import DAY, HandedIn, Line, said, where
from riskgen.service.homes import Home
from riskgen.service.markers import marker_answers, not_looked_up, with_markers
from riskgen.service.moves import check_in, come_back, depart, may_leave, moment_given, out_now
from riskgen.service.recording import given_again
from riskgen.service.visits import Decided, decide

LONGEST_OUT = timedelta(hours=16)
"""A time of day that is earlier than that of leaving is of the next day, if that is no longer after it than this."""
LONGEST_JOURNEY = timedelta(minutes=LONGEST_WAY)


# --- the plan ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """A visit with the answers that were changed on its form, decided anew. `lapsed` names answers that go with them.

    `sentences` say what markers on the family have to do with it.
    """

    given: Given
    decided: Decided
    lines: tuple[Line, ...]
    lapsed: tuple[str, ...]
    sentences: tuple[str, ...]


def plan_on(home: Home, desk: Desk, handed: HandedIn) -> Plan | None:
    """What the form says of the plan, where that is another than was printed; else None.

    Raises `InvalidInput` with every fault of the answers, and of the visit as it would be with them.
    """
    sheet = _changes(home, handed)
    if sheet is None:
        return None
    before = given_again(handed.visit)
    given = before.with_sheet(sheet)
    if given.problems:
        raise InvalidInput(_told_of_the_form(given.problems))
    with desk.register.read() as reader:
        doubtful = not_looked_up(reader, given.answers)
        given = replace(given, answers={name: value for name, value in given.answers.items() if name not in doubtful})
        given, sentences = with_markers(given, marker_answers(reader, str(given.answers.get(FAMILY) or "")))
    decided = decide(home, given)
    return Plan(given, decided, tuple(_lines(home, handed, given)), given.lapsed, sentences)


def _told_of_the_form(problems: Iterable[Problem]) -> Iterator[Problem]:
    for each in problems:
        if each.code == "family-mixed":
            message = "It names another family than the one that the visit is to."
            each = replace(each, message=message, hint="For a visit to another family, assess a new one.")
        yield each


def emptied(handed: HandedIn) -> tuple[str, ...]:
    """The titles of fields that stand empty though there is an answer: they change nothing."""
    answers = handed.basis.intake.answers
    found = [
        group[0].title
        for name, group in _groups(handed).items()
        if name in answers and not any(map(is_said, group)) and all(control.ticked is None for control in group)
    ]
    return tuple(dict.fromkeys(found))


def _groups(handed: HandedIn) -> dict[str, list[Control]]:
    groups: dict[str, list[Control]] = {}
    for control in handed.fields.of(ANSWER):
        groups.setdefault(control.tag.removeprefix(ANSWER), []).append(control)
    return groups


def _changes(home: Home, handed: HandedIn) -> Sheet | None:
    """What the form answers otherwise than was printed; None where it does nowhere."""
    intake, questions = handed.basis.intake, home.library.questions
    staff = (*intake.visitors, *home.school.staff)
    changed: list[Control] = []
    for name, group in _groups(handed).items():
        filled = [control for control in group if is_said(control)]
        question = questions.get(name)
        if name == VISITORS:
            filled = [control for control in filled if said(control) and said(control) != NOBODY]
            if not _same_visitors(filled, intake.visitors, home.school.staff):
                changed += filled
        elif question is None:
            changed += filled
        else:
            value = intake.answers.get(name)
            printed = _printed(question, value, staff)
            if any(_plain(question, control.text) not in printed for control in filled if control.ticked is None):
                changed += _whole_moment(filled, value) if question.type is QuestionType.MOMENT else filled
            elif any(control.ticked and value is not True for control in filled):
                changed += filled
    sheet = sheet_of(handed.fields.shown, changed, questions, home.school)
    tags = {control.tag for control in changed}
    not_listed = tuple(
        replace(each, field=each.field.removeprefix(ANSWER))
        for each in handed.fields.problems
        if each.code == NOT_LISTED and each.field in tags
    )
    sheet = replace(sheet, problems=not_listed or sheet.problems)
    same = {name for name in sheet.given - {VISITORS} if sheet.values.get(name) == intake.answers.get(name)}
    going = {person.id for person in intake.visitors}
    if set(sheet.visitors) == going:
        same |= {VISITORS}
        sheet = replace(sheet, visitors=())
    faulty = {problem.field.partition("/")[0] for problem in sheet.problems}
    given = sheet.given - (same - faulty)
    if not given and not sheet.problems:
        return None
    return replace(sheet, given=given, values={name: value for name, value in sheet.values.items() if name in given})


def _same_visitors(controls: list[Control], going: Iterable[Staff], staff: Iterable[Staff]) -> bool:
    """Whether the form names those who go; nobody at all is nobody named."""
    visitors, directory = tuple(going), tuple(staff)
    if not controls:
        return True
    if len(controls) == 1 and controls[0].text.strip() == listed(person.name for person in visitors):
        return True
    found = [person_said(each.text, visitors) or person_said(each.text, directory) for each in controls]
    return "" not in found and set(found) == {person.id for person in visitors}


def _plain(question: Question, text: str) -> str:
    """A text as it is compared: what people wrote as it stands, everything else without regard to spaces."""
    if question.type is QuestionType.TEXT:
        return unicodedata.normalize("NFC", text.replace("\r\n", "\n").strip())
    return folded(text)


def _printed(question: Question, value: Value | None, staff: tuple[Staff, ...]) -> frozenset[str]:
    """Every way in which forms print an answer."""
    words = {answer(question, value, staff), mend(answer(question, value, staff))}
    if value is None:
        words |= {NOT_RECORDED, "No car is used"} if question.type is QuestionType.STAFF else {NOT_RECORDED}
    elif isinstance(value, datetime):
        words |= {weekday(value), day(value), clock(value)}
    elif isinstance(value, tuple):
        words.add(listed(map(clock, value)) or "None agreed")
    elif question.type is QuestionType.NUMBER and isinstance(value, int):
        words |= {str(value), duration(value)}
    elif question.type is QuestionType.STAFF:
        words |= {str(value), "No car is used", *(f"{each.id} {each.name}" for each in staff if each.id == value)}
    return frozenset(_plain(question, each) for each in words)


def _whole_moment(controls: list[Control], value: Value | None) -> list[Control]:
    """The start, where the form gives its day or its time alone: the other half is what was printed beside it."""
    if not isinstance(value, datetime):
        return controls
    on: date = value.date()
    at: time = value.time()
    for control in controls:
        text = control.text
        if moment_said(text):
            return controls
        if found := time_said(text):
            at = found
        elif picked := date_said(text):
            on = picked
        else:
            return controls
    return [replace(controls[0], text=f"{datetime.combine(on, at):%Y-%m-%d %H:%M}")]


def _lines(home: Home, handed: HandedIn, given: Given) -> Iterator[Line]:
    """Every answer that is another now, those first that stand on the form."""
    before, questions = handed.basis.intake, home.library.questions
    titles = {name: group[0].title for name, group in _groups(handed).items()}
    staff = (*before.visitors, *home.school.staff)
    old, new = tuple(person.id for person in before.visitors), given.visitors
    if set(old) != set(new):
        yield Line(ANSWER + VISITORS, "Who goes", _people(old, staff), _people(new, staff))
    names = dict.fromkeys((*titles, *before.answers, *given.answers))
    for name in names:
        question = questions.get(name)
        if question and before.answers.get(name) != given.answers.get(name):
            old_words, new_words = (answer(question, each.get(name), staff) for each in (before.answers, given.answers))
            yield Line(ANSWER + name, titles.get(name, question.label), old_words, new_words, question.personal)


def _people(ids: Iterable[str], staff: Iterable[Staff]) -> str:
    names = {person.id: person.name for person in staff}
    return ", ".join(f"{each} {names.get(each, '')}".strip() for each in ids) or NOT_RECORDED


# --- the day ----------------------------------------------------------------------------------------

_LEFT, _CHECK_IN, _BACK = (f"{DAY}{name}" for name in ("left_at", "check_in_at", "back_at"))
_WORDS = {_LEFT: "Left", _CHECK_IN: "Heard of", _BACK: "Back"}


@dataclass(frozen=True)
class Move:
    """A time that somebody noted on the form, and that the register does not have: what happened, and when."""

    tag: str
    title: str
    at: datetime
    place: str

    @property
    def words(self) -> str:
        return f"{_WORDS[self.tag]}, {moment_words(self.at)}"

    @property
    def line(self) -> Line:
        return Line(self.tag, self.title, NOT_RECORDED, moment_words(self.at))


@dataclass(frozen=True)
class Day:
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


def make_the_move(home: Home, desk: Desk, reference: str, move: Move, who: Who) -> Visit:
    """Record what the form notes, as `depart`, `checkin` and `return` do. Raises `Refused` and `InvalidInput`."""
    text = f"{move.at:%Y-%m-%d %H:%M}"
    if move.tag == _LEFT:
        return depart(home, desk, may_leave(home, desk, reference, text), who)
    visit = desk.visit(reference)
    happened = Happened.CHECKED_IN if move.tag == _CHECK_IN else Happened.RETURNED
    at = moment_given(desk, text, at_of(out_now(visit, happened)))
    if happened is Happened.CHECKED_IN:
        return check_in(desk, visit, who, "", at)
    return come_back(desk, visit, who, "school", at)


def refusal(error: Refused | InvalidInput) -> tuple[str, ...]:
    """Why something was refused, line by line."""
    if isinstance(error, InvalidInput):
        return tuple(f"{each.message} {each.hint}".strip() for each in error.problems)
    found = (str(error), *error.reasons, error.after)
    return tuple(tidy for each in found if (tidy := each.replace("Nothing was saved.", "").strip()))
