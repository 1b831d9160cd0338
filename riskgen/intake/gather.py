"""Everything that was given about one visit, put together and held against common sense."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from riskgen.core.conditions import Value
from riskgen.core.model import Intake, Problem, Question, School
from riskgen.files.answers import read_answers, typed_answer
from riskgen.files.yaml import Document, read_yaml

VISITORS = "visit.visitors"
"""Stands among the answers of a file, though it is not a question: who goes is the staff directory's."""
COMMAND_LINE = "the command line"


@dataclass(frozen=True)
class Given:
    """What was given so far. Later files and options replace single answers of earlier ones."""

    answers: Mapping[str, Value] = field(default_factory=dict)
    visitors: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    origins: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def with_file(self, path: Path, questions: Mapping[str, Question], school: School) -> "Given":
        """Add the answers of a family file, a visit file, or a file of saved answers."""
        document = read_yaml(path)
        if document.data is None:
            return Given(self.answers, self.visitors, self.problems + document.problems, self.origins)
        staff = [person.id for person in school.staff]
        found = read_answers(document, questions, staff, beside=(VISITORS,))
        visitors, problems = _visitors_of(document)
        kept = {name: value for name, value in self.answers.items() if name not in found.given}
        origins = {name: (document.path, _line(document, name)) for name in found.given}
        return Given(
            {**kept, **found.values},
            visitors or self.visitors,
            self.problems + document.problems + found.problems + problems,
            {**self.origins, **origins},
        )

    def with_settings(self, settings: Iterable[str], questions: Mapping[str, Question], school: School) -> "Given":
        """Add answers written `name=value`, as `--set` takes them."""
        answers, problems = dict(self.answers), []
        staff = tuple(person.id for person in school.staff)
        for setting in settings:
            name, equals, raw = setting.partition("=")
            question = questions.get(name.strip())
            if not equals:
                problems.append(
                    _fault("set-form", "Write --set as name=value, for example --set door.parent_present=no.")
                )
            elif question is None or question.derived:
                why = "is worked out and cannot be set" if question else "is not a question"
                problems.append(
                    _fault("set-unknown", f"'{name.strip()}' {why}.", "data/questions.yaml lists every question.")
                )
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
                    problems.append(_fault("set-value", reason))
                answers.pop(question.name, None)
                if value is not None:
                    answers[question.name] = value
        return Given(answers, self.visitors, self.problems + tuple(problems), self.origins)

    def with_visitors(self, visitors: tuple[str, ...]) -> "Given":
        """Name who goes; an empty tuple changes nothing."""
        return Given(self.answers, visitors or self.visitors, self.problems, self.origins)


def intake_of(given: Given, school: School) -> tuple[Intake, tuple[Problem, ...]]:
    """The intake, and every fault found in what was given, visitors included."""
    directory = {person.id: person for person in school.staff}
    problems = list(given.problems)
    for index, name in enumerate(given.visitors):
        if name not in directory:
            hint = f"It has: {', '.join(directory)}."
            problems.append(_fault("visitor-unknown", f"'{name}' is not in the staff directory in school.yaml.", hint))
        elif name in given.visitors[:index]:
            problems.append(
                _fault("visitor-twice", f"'{name}' is named twice as a visitor.", "Name each visitor once.")
            )
    visitors = tuple(directory[name] for name in dict.fromkeys(given.visitors) if name in directory)
    return Intake(dict(given.answers), visitors, school.staff, school.evening_from), tuple(problems)


def visit_problems(given: Given, intake: Intake, now: datetime | None) -> tuple[Problem, ...]:
    """What a visit cannot be without. `now` is the school's wall time; None lets the visit lie in the past."""
    problems = []

    def missing(name: str, what: str, option: str) -> None:
        problems.append(
            _fault("visit-incomplete", f"The visit has no {what}.", f"Give {option}, or answer '{name}' in a file.")
        )

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
    return tuple(problems)


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
        return (), (
            document.problem(place, "visitors-form", "'visit.visitors' must be a list of staff references.", hint),
        )
    return tuple(raw), ()


def _line(document: Document, name: str) -> int:
    group, _, word = name.partition(".")
    return document.line((group, word)) if (group, word) in document.lines else document.line((name,))


def _fault(code: str, message: str, hint: str = "") -> Problem:
    return Problem(COMMAND_LINE, 0, code, message, hint)
