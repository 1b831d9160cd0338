"""Everything that was given about one visit, put together and held against common sense."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from pathlib import Path
from typing import Any

from riskgen.core.conditions import Value
from riskgen.core.model import Intake, Question, School
from riskgen.core.problem import Problem
from riskgen.files.answers import read_answers, typed_answer, unknown_question
from riskgen.files.yaml import Document, read_yaml

VISITORS = "visit.visitors"
"""Stands among the answers of a file, though it is not a question: who goes is the staff directory's."""
COMMAND_LINE = "the command line"


@dataclass(frozen=True)
class Given:
    """What was given so far. Later files and options replace single answers of earlier ones.

    `origins` says at which file and line an answer stood; `unread` that some file could not be made out,
    so that nobody can say what is missing.
    """

    answers: Mapping[str, Value] = field(default_factory=dict)
    visitors: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    origins: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    unread: bool = False

    def with_file(self, path: Path, questions: Mapping[str, Question], school: School) -> "Given":
        """Add the answers of a family file, a visit file, or a file of saved answers."""
        document = read_yaml(path)
        if document.data is None:
            return replace(self, problems=self.problems + document.problems, unread=True)
        staff = [person.id for person in school.staff]
        found = read_answers(document, questions, staff, beside=(VISITORS,))
        visitors, problems = _visitors_of(document)
        kept = {name: value for name, value in self.answers.items() if name not in found.given}
        named = found.given | ({VISITORS} if visitors else frozenset())
        origins = {name: (document.path, _line(document, name)) for name in named}
        return replace(
            self,
            answers={**kept, **found.values},
            visitors=visitors or self.visitors,
            problems=self.problems + document.problems + found.problems + problems,
            origins={**self.origins, **origins},
            unread=self.unread or not isinstance(document.data, dict),
        )

    def with_settings(self, settings: Iterable[str], questions: Mapping[str, Question], school: School) -> "Given":
        """Add answers written `name=value`, as `--set` takes them."""
        answers, origins, problems = dict(self.answers), dict(self.origins), []
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
                hint = "What is typed on the command line stays in its history. Put it in the family file."
                problems.append(
                    _fault(
                        "set-personal", f"'{name.strip()}' is personal and is not taken from the command line.", hint
                    )
                )
            else:
                value, reason = typed_answer(question, raw, staff)
                if reason:
                    problems.append(replace(_fault("set-value", reason), field=question.name))
                answers.pop(question.name, None)
                origins[question.name] = (COMMAND_LINE, 0)
                if value is not None:
                    answers[question.name] = value
        return replace(self, answers=answers, origins=origins, problems=self.problems + tuple(problems))

    def with_visitors(self, visitors: tuple[str, ...]) -> "Given":
        """Name who goes; an empty tuple changes nothing."""
        if not visitors:
            return self
        return replace(self, visitors=visitors, origins={**self.origins, VISITORS: (COMMAND_LINE, 0)})


def intake_of(given: Given, school: School) -> tuple[Intake, tuple[Problem, ...]]:
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
    return Intake(dict(given.answers), visitors, school.staff, school.evening_from), tuple(problems)


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
        hint = "Give the date and time of a visit that is still to come."
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
    """Times out and back that cannot belong to this visit: left over from an earlier one, or mistyped.

    A visit that runs past midnight is left alone.
    """
    start, minutes = intake.start, intake.answers.get("visit.minutes")
    leave, back = intake.answers.get("visit.leave_at"), intake.answers.get("visit.back_at")
    if start is None or not isinstance(minutes, int):
        return
    minute = start.hour * 60 + start.minute + minutes
    if minute >= 24 * 60:
        return
    end = time(minute // 60, minute % 60)
    hint = "Put the times of this visit."
    if isinstance(leave, time) and leave > start.time():
        words = f"The visitors leave at {leave:%H:%M}, after the visit starts ({start:%H:%M})."
        yield _at(given, "visit.leave_at", words, hint)
    if isinstance(back, time) and back < end:
        words = f"The visitors are back at {back:%H:%M}, before the visit ends ({end:%H:%M})."
        yield _at(given, "visit.back_at", words, hint)


def _at(given: Given, name: str, message: str, hint: str) -> Problem:
    path, line = given.origins.get(name, (COMMAND_LINE, 0))
    return Problem(path, line, "visit-times", message, hint, field=name)


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
