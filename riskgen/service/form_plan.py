"""Answers that were changed on the form of a visit, held against what was printed there."""

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time

from riskgen.core.conditions import Value
from riskgen.core.model import Question, Staff
from riskgen.core.problem import Problem
from riskgen.core.struct import Struct, replace
from riskgen.core.terms import QuestionType
from riskgen.core.words import NOT_RECORDED
from riskgen.files.controls import ANSWER, NOBODY, NOT_LISTED, VISITORS, Control
from riskgen.files.spoken import date_said, moment_said, time_said
from riskgen.files.text import folded, printed
from riskgen.forms.phrases import NO_CAR, answer, clock, day, duration, listed, weekday
from riskgen.intake.gather import Given
from riskgen.intake.said import person_said
from riskgen.intake.sheet import Sheet
from riskgen.intake.word_form import is_said, sheet_of
from riskgen.service.desk import Desk
from riskgen.service.faults import InvalidInput
from riskgen.service.handed_in import HandedIn, Line, said
from riskgen.service.homes import Home
from riskgen.service.markers import looked_up
from riskgen.service.recording import given_again
from riskgen.service.visits import Decided, decide

_BY_CAR, _DRIVER = "travel.by_car", "travel.driver"


class Plan(Struct, frozen=True):
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
        given, sentences = looked_up(reader, given)
    decided = decide(home, given)
    return Plan(given, decided, tuple(_lines(home, handed, given)), given.lapsed, sentences)


def _told_of_the_form(problems: Iterable[Problem]) -> Iterator[Problem]:
    for each in problems:
        if each.code == "family-mixed":
            message = "It names another family than the one that the visit is to."
            each = replace(each, message=message, hint="For a visit to another family, assess a new one.")
        yield each


def emptied(handed: HandedIn) -> tuple[str, ...]:
    """The titles of fields that stand empty though there is an answer, or visitors: they change nothing. A box that is
    not ticked stands empty where the answer is yes, and else is as it was printed."""
    answers, visitors = handed.basis.intake.answers, handed.basis.intake.visitors

    def is_emptied(name: str, group: list[Control]) -> bool:
        if name == VISITORS:
            return bool(visitors) and not any(map(_names_somebody, group))
        says_no_yes = answers.get(name) is True or any(each.ticked is None for each in group)
        return name in answers and not any(map(is_said, group)) and says_no_yes

    found = (group[0].title for name, group in _groups(handed).items() if is_emptied(name, group))
    return tuple(dict.fromkeys(found))


def _names_somebody(control: Control) -> bool:
    return said(control) not in ("", NOBODY)


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
        if name == _DRIVER:
            on_foot = [control for control in filled if folded(control.text) == folded(NO_CAR)]
            filled = [control for control in filled if control not in on_foot]
            if intake.answers.get(_BY_CAR) is not False:
                changed += [replace(control, tag=ANSWER + _BY_CAR, text="No") for control in on_foot]
        question = questions.get(name)
        if name == VISITORS:
            filled = [control for control in filled if _names_somebody(control)]
            if not _same_visitors(filled, intake.visitors, home.school.staff):
                changed += filled
        elif question is None:
            changed += filled
        else:
            value = intake.answers.get(name)
            as_printed = _printed(question, value, staff)
            if any(_plain(question, control.text) not in as_printed for control in filled if control.ticked is None):
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
    words = {answer(question, value, staff), printed(answer(question, value, staff))}
    if value is None:
        words.add(NOT_RECORDED)
    elif isinstance(value, datetime):
        words |= {weekday(value), day(value), clock(value)}
    elif isinstance(value, tuple):
        words.add(listed(map(clock, value)) or "None agreed")
    elif question.type is QuestionType.NUMBER and isinstance(value, int):
        words |= {str(value), duration(value)}
    elif question.type is QuestionType.STAFF:
        words |= {str(value), *(f"{each.id} {each.name}" for each in staff if each.id == value)}
    return frozenset(_plain(question, each) for each in words)


def _whole_moment(controls: list[Control], value: Value | None) -> list[Control]:
    """The start, where the form gives its day or its time alone: the other half is what was printed beside it."""
    if not isinstance(value, datetime):
        return controls
    days: set[date] = set()
    times: set[time] = set()
    for control in controls:
        text = control.text
        if moment := moment_said(text):
            days.add(moment.date())
            times.add(moment.time())
        elif at := time_said(text):
            times.add(at)
        elif on := date_said(text):
            days.add(on)
        else:
            return controls
    if len(days) > 1 or len(times) > 1:
        return controls  # which are answers that differ
    start = datetime.combine(next(iter(days), value.date()), next(iter(times), value.time()))
    return [replace(controls[0], text=f"{start:%Y-%m-%d %H:%M}")]


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
