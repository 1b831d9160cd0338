"""Everything that was given about one visit, put together and held against common sense."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, time
from pathlib import Path
from typing import Any

from riskgen.core.conditions import Value
from riskgen.core.model import Intake, Question, School
from riskgen.core.problem import Problem
from riskgen.core.struct import Struct, field, replace
from riskgen.files.answers import read_answers, typed_answer, unknown_question
from riskgen.files.controls import VISITORS, is_word_file
from riskgen.files.visit_columns import REFERENCE
from riskgen.files.yaml import Document, read_yaml
from riskgen.intake.sheet import Sheet
from riskgen.intake.word_form import read_word_form

COMMAND_LINE = "the command line"
DAY = 24 * 60
LONGEST_WAY = 6 * 60
"""Minutes; nobody is longer on the way to a family's door than that."""
NIGHT_BEGINS, NIGHT_IS_OVER = time(23, 0), time(3, 0)
"""Between these it is dark on every day of the year wherever the five schools are."""

LAPSES = ("approval", "assessment", "contact", "safety", "told")
"""Groups of answers about one visit: they say nothing of the next, and an authorisation lapses with what it was for."""
WHAT_LAPSES_IT = ("visit.start", "visit.purpose")
"""Another date or another purpose makes another visit; so do other visitors."""


class Given(Struct, frozen=True):
    """What was given so far. Later files and options replace single answers of earlier ones.

    `origins` says at which file and line an answer stood; `unread` that some file could not be made out,
    so that nobody can say what is missing; `lapsed` names answers that were given for another visit.
    """

    answers: Mapping[str, Value] = field(default_factory=dict)
    visitors: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    origins: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    unread: bool = False
    lapsed: tuple[str, ...] = ()

    def with_file(self, path: Path, questions: Mapping[str, Question], school: School) -> "Given":
        """Add the answers of a family file, a visit file, a file of saved answers, or a Word form that was filled."""
        read = read_word_form if is_word_file(path) else _read_file
        return self.with_sheet(read(path, questions, school))

    def with_sheet(self, sheet: Sheet) -> "Given":
        """Add what a file says. What was given for another visit lapses; another family is a fault."""
        before = self._for_another_visit(sheet.values, sheet.visitors)
        kept = {name: value for name, value in before.answers.items() if name not in sheet.given}
        return replace(
            before,
            answers={**kept, **sheet.values},
            visitors=sheet.visitors or self.visitors,
            problems=self.problems + sheet.problems + before._other_family(sheet),
            origins={**self.origins, **{name: sheet.place(name) for name in sheet.given}},
            unread=self.unread or sheet.unread,
        )

    def with_settings(self, settings: Iterable[str], questions: Mapping[str, Question], school: School) -> "Given":
        """Add answers written `name=value`, as `--set` takes them."""
        new: dict[str, Value | None] = {}
        origins, problems = dict(self.origins), []
        staff = tuple(person.id for person in school.staff)
        for setting in settings:
            name, equals, raw = setting.partition("=")
            question = questions.get(name.strip())
            if not equals:
                hint = "Write --set as name=value, for example --set door.parent_present=no."
                # What is not a question is not repeated: it may be a name or an address.
                shown = f"'{name.strip()}'" if question else "A --set"
                problems.append(_fault("set-form", f"{shown} has no value.", hint))
            elif name.strip() == VISITORS:
                problems.append(_fault("set-unknown", "Visitors are not set.", "Name each with --visitor."))
            elif question is None:
                problems.append(_fault("set-unknown", *unknown_question(name.strip(), questions)))
            elif question.derived:
                hint = "riskgen works it out from other answers."
                problems.append(_fault("set-unknown", f"'{name.strip()}' cannot be set.", hint))
            elif question.personal:
                hint = (
                    "What is typed on the command line stays in its history. Put it into the file of the family or of "
                    "the visit."
                )
                problems.append(
                    _fault(
                        "set-personal", f"'{name.strip()}' is personal and is not taken from the command line.", hint
                    )
                )
            else:
                value, reason = typed_answer(question, raw, staff)
                if reason:
                    problems.append(replace(_fault("set-value", reason), field=question.name))
                new[question.name] = value
                origins[question.name] = (COMMAND_LINE, 0)
        known = {name: value for name, value in new.items() if value is not None}
        before = self._for_another_visit(known, ())
        answers = {name: value for name, value in before.answers.items() if name not in new} | known
        return replace(before, answers=answers, origins=origins, problems=self.problems + tuple(problems))

    def with_visitors(self, visitors: tuple[str, ...]) -> "Given":
        """Name who goes; an empty tuple changes nothing."""
        if not visitors:
            return self
        before = self._for_another_visit({}, visitors)
        return replace(before, visitors=visitors, origins={**self.origins, VISITORS: (COMMAND_LINE, 0)})

    def _for_another_visit(self, new: Mapping[str, Value], visitors: tuple[str, ...]) -> "Given":
        """Without the answers that lapse, where the date, the purpose or the visitors turn out to be others."""
        other = any(name in new and self.answers.get(name, new[name]) != new[name] for name in WHAT_LAPSES_IT)
        other = other or bool(visitors and self.visitors and set(visitors) != set(self.visitors))
        lapsed = tuple(name for name in self.answers if other and name.partition(".")[0] in LAPSES)
        kept = {name: value for name, value in self.answers.items() if name not in lapsed}
        return replace(self, answers=kept, lapsed=(*self.lapsed, *lapsed))

    def _other_family(self, sheet: Sheet) -> tuple[Problem, ...]:
        """A fault where a file is about another family than the files before it: the two must never mix."""
        own, other = self.answers.get(REFERENCE), sheet.values.get(REFERENCE)
        if own is None or other is None or own == other:
            return ()
        path, _ = self.origins.get(REFERENCE, (COMMAND_LINE, 0))
        message = f"This file is about another family than {path}."
        hint = "Give the files of one family only."
        return (Problem(*sheet.place(REFERENCE), "family-mixed", message, hint, field=REFERENCE),)


def _read_file(path: Path, questions: Mapping[str, Question], school: School) -> Sheet:
    """The answers of a file in YAML."""
    return answers_in(read_yaml(path), questions, school)


def answers_in(document: Document, questions: Mapping[str, Question], school: School) -> Sheet:
    """The answers of a file in YAML that has been read."""
    if document.data is None:
        return Sheet(document.path, problems=document.problems, unread=True)
    found = read_answers(document, questions, [person.id for person in school.staff], beside=(VISITORS,))
    visitors, problems = _visitors_of(document)
    given = found.given | ({VISITORS} if visitors else frozenset())
    return Sheet(
        document.path,
        found.values,
        given,
        visitors,
        {name: (document.path, _line(document, name)) for name in given},
        document.problems + found.problems + problems,
        not isinstance(document.data, dict),
    )


def intake_of(given: Given, school: School, questions: Mapping[str, Question]) -> tuple[Intake, tuple[Problem, ...]]:
    """The intake, and every fault found in what was given, visitors included."""
    directory = {person.id: person for person in school.staff}
    problems = list(given.problems)
    at = given.origins.get(VISITORS, (COMMAND_LINE, 0))
    for index, name in enumerate(given.visitors):
        if name not in directory:
            message = f"'{name}' is not in the staff directory in school.yaml."
            problems.append(
                Problem(*at, "visitor-unknown", message, f"It has: {', '.join(directory)}.", field=VISITORS)
            )
        elif name in given.visitors[:index]:
            message = f"'{name}' is named twice as a visitor."
            problems.append(Problem(*at, "visitor-twice", message, "Name each visitor once.", field=VISITORS))
    visitors = tuple(directory[name] for name in dict.fromkeys(given.visitors) if name in directory)
    problems += _clashing_answers(given, questions)
    return Intake(dict(given.answers), visitors, school.staff, school.evening_from), tuple(problems)


def _clashing_answers(given: Given, questions: Mapping[str, Question]) -> Iterator[Problem]:
    """A yes that implies another yes, beside a no to that other: one of the two is a mistake."""
    for question in questions.values():
        if (
            question.implies
            and given.answers.get(question.name) is True
            and given.answers.get(question.implies) is False
        ):
            words = f"'{question.name}' is yes, but '{question.implies}' is no."
            yield _at(given, question.name, "answers-clash", words, "Correct one of them.")


def visit_problems(given: Given, intake: Intake, now: datetime | None) -> tuple[Problem, ...]:
    """What a visit cannot be without. `now` is the school's wall time; None lets the visit lie in the past.

    What was given but faulty is not said to be missing as well.
    """
    problems = []
    faulty = {problem.field.partition("/")[0] for problem in given.problems}

    def missing(name: str, what: str, option: str) -> None:
        meant = any(f"'{name}'" in problem.hint for problem in given.problems)  # it was given, misspelt
        if not (given.unread or meant or {name, name.partition(".")[0]} & faulty):
            hint = f"Give {option}, or answer '{name}' in a file."
            problems.append(replace(_fault("visit-incomplete", f"The visit has no {what}.", hint), field=name))

    if not given.visitors:
        missing(VISITORS, "visitors", "--visitor once for each member of staff who goes")
    if "visit.purpose" not in intake.answers:
        missing("visit.purpose", "purpose", "--purpose")
    start = intake.start
    if start is None:
        missing("visit.start", "start", '--start "2026-12-02 10:30"')
    elif now is not None and start < now:
        path, line = given.origins.get("visit.start", (COMMAND_LINE, 0))
        hint = (
            "Give a time that is still to come. A visit that went out already is assessed by itself: riskgen assess "
            "--after-the-fact."
        )
        problems.append(
            Problem(
                path,
                line,
                "visit-past",
                f"The visit starts in the past ({start:%Y-%m-%d %H:%M}).",
                hint,
                field="visit.start",
            )
        )
    if "visit.minutes" not in intake.answers:
        missing("visit.minutes", "length", "--minutes")
    return (*problems, *_clashing_times(given, intake))


def _clashing_times(given: Given, intake: Intake) -> Iterator[Problem]:
    """Times out, back and of check-ins that cannot belong to this visit: left over from another, or mistyped.

    Times are of the day, so a way of more than `LONGEST_WAY` tells that one stands on the wrong side of the visit.
    """
    start, minutes = intake.start, intake.answers.get("visit.minutes")
    leave, back = intake.answers.get("visit.leave_at"), intake.answers.get("visit.back_at")
    if start is None or not isinstance(minutes, int):
        return
    if intake.answers.get("travel.dark") is False and not NIGHT_IS_OVER <= start.time() < NIGHT_BEGINS:
        words = f"The visit starts at {start:%H:%M}, but 'travel.dark' is no."
        yield _at(given, "travel.dark", "visit-times", words, "At that hour it is dark. Correct one of them.")
    begins = _minute(start.time())
    ends = begins + minutes
    hint = "Put the times of this visit."
    if isinstance(leave, time) and (begins - _minute(leave)) % DAY > LONGEST_WAY:
        words = f"The visitors leave at {leave:%H:%M}, and the visit starts at {start:%H:%M}."
        yield _at(given, "visit.leave_at", "visit-times", words, hint)
    if isinstance(back, time) and (_minute(back) - ends) % DAY > LONGEST_WAY:
        words = f"The visitors are back at {back:%H:%M}, and the visit ends at {ends % DAY // 60:02}:{ends % 60:02}."
        yield _at(given, "visit.back_at", "visit-times", words, hint)
    calls = intake.answers.get("safety.check_in_times")
    if isinstance(leave, time) and isinstance(back, time) and isinstance(calls, tuple):
        away = (_minute(back) - _minute(leave)) % DAY
        if any((_minute(call) - _minute(leave)) % DAY > away for call in calls):
            words = f"A check-in is planned for a time when the visitors are not out ({leave:%H:%M} to {back:%H:%M})."
            yield _at(given, "safety.check_in_times", "visit-times", words, hint)


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _at(given: Given, name: str, code: str, message: str, hint: str) -> Problem:
    path, line = given.origins.get(name, (COMMAND_LINE, 0))
    return Problem(path, line, code, message, hint, field=name)


def _visitors_of(document: Document) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    data: Any = document.data
    if not isinstance(data, dict):
        return (), ()
    group = data.get("visit")
    place: tuple[str, ...] = ("visit", "visitors") if isinstance(group, dict) and "visitors" in group else (VISITORS,)
    raw = group["visitors"] if isinstance(group, dict) and "visitors" in group else data.get(VISITORS)
    if raw is None:
        return (), ()
    if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
        hint = "For example [S-07, S-12]."
        message = f"'{VISITORS}' must be a list of staff references."
        return (), (replace(document.problem(place, "visitors-form", message, hint), field=VISITORS),)
    return tuple(raw), ()


def _line(document: Document, name: str) -> int:
    group, _, word = name.partition(".")
    return document.line((group, word)) if (group, word) in document.lines else document.line((name,))


def _fault(code: str, message: str, hint: str = "") -> Problem:
    """A fault of what was typed as an option."""
    return Problem(COMMAND_LINE, 0, code, message, hint)
