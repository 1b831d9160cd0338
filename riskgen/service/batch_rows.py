"""The rows of a sheet as they were entered, each with what the file of its family says."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from riskgen.core.apart import BACKGROUND
from riskgen.core.conditions import Value
from riskgen.core.model import Question
from riskgen.core.plain import to_plain
from riskgen.core.problem import Problem
from riskgen.core.struct import Discreet, Struct, replace
from riskgen.core.visit import State
from riskgen.files.text import folded
from riskgen.files.visit_columns import REFERENCE
from riskgen.intake.gather import COMMAND_LINE, Given
from riskgen.intake.sheet import Sheet
from riskgen.service.family_files import Known, known_families
from riskgen.service.homes import Home
from riskgen.service.intake_sheet import Row
from riskgen.service.markers import same_family

START = "visit.start"
_NAMES = ("family.name", "child.name")
_WHO_THEY_ARE = ("family", "child")
"""The groups of questions that say who a family is, and where."""


class Entered(Discreet, frozen=True):
    """A row as it was entered.

    `own` is what the row says by itself, and `says` a text that is the same for all rows that say the same. `given` is
    what is decided on: the file of the family and then the row, as `assess FILE ROW` takes them, with every fault.
    `file` names that file, and `notes` say where the row counts against it.
    """

    number: int
    own: Given
    given: Given
    reference: str
    shown: str
    says: str
    file: str = ""
    notes: tuple[str, ...] = ()

    @property
    def whom_and_when(self) -> tuple[str, datetime | None]:
        """The family, by `same_family`, and the start; empty and None where the row does not say."""
        family, start = self.own.answers.get(REFERENCE), self.own.answers.get(START)
        return same_family(str(family or "")), start if isinstance(start, datetime) else None

    def problem(self, code: str, message: str, hint: str, field: str = "") -> Problem:
        return Problem(self.shown, self.number, code, message, hint, field=field)

    def its_own(self, problem: Problem) -> Problem:
        """A fault as one of this row, though it stands in something that the row rests on, such as a family's file."""
        if (problem.path, problem.line) == (self.shown, self.number):
            return problem
        line = f", line {problem.line}" if problem.line else ""
        where = "" if problem.path in ("", COMMAND_LINE) else f"{problem.path}{line}: "
        return replace(problem, path=self.shown, line=self.number, message=f"{where}{problem.message}")


class RowState(Struct, frozen=True):
    """What became of a row. With a `reference` it is in the register, since `before` this run or by now.

    `notes` say what is to be told of it, and `marked` that markers changed answers of it. `stands` is the state of a
    visit that was there before, and `holds` whether its outcome still holds, as far as can be told. One without
    reference, outcome and problems has not been come to.
    """

    number: int
    reference: str = ""
    outcome: str = ""
    before: bool = False
    files: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    marked: bool = False
    stands: State | None = None
    holds: bool = True


def entered(home: Home, rows: Iterable[Row]) -> tuple[Entered, ...]:
    """Rows as they go on. They are all that is kept of a sheet: it may be large."""
    families, unread = known_families(home)
    return tuple(_entered(home, row, families, unread) for row in rows)


def _entered(home: Home, row: Row, families: Mapping[str, Sequence[Known]], unread: Sequence[Problem]) -> Entered:
    own = Given().with_sheet(row.sheet)
    alone = Entered(row.number, own, own, row.reference.strip().upper(), row.sheet.shown, _says(own))
    family, _ = alone.whom_and_when
    files = families.get(family, ()) if family else ()
    if len(files) == 1:
        return _with_file(alone, row.sheet, files[0], home.library.questions)
    if files:
        names = " and ".join(each.document.path for each in files)
        words, hint = f"{names} are files of this family.", "Keep one of them, or correct the reference in the other."
        return _at_fault(alone, alone.problem("family-files", words, hint, REFERENCE))
    if family and unread:
        words = f"{unread[0].path} cannot be read, and may be the file of this family. {unread[0].message}"
        return _at_fault(alone, alone.problem("family-unread", words, unread[0].hint, REFERENCE))
    return alone


def _at_fault(row: Entered, *problems: Problem) -> Entered:
    return replace(row, given=replace(row.given, problems=(*row.given.problems, *problems)))


def _with_file(row: Entered, sheet: Sheet, known: Known, questions: Mapping[str, Question]) -> Entered:
    """A row with its family's file taken in before it."""
    path = known.document.path
    reference = {REFERENCE: known.values[REFERENCE]} if REFERENCE in known.values else {}
    given = Given().with_sheet(known.sheet).with_sheet(replace(sheet, values={**sheet.values, **reference}))
    given = replace(given, problems=tuple(map(row.its_own, given.problems)))
    problems, notes = [], []
    for question in _otherwise(sheet, known.values, questions):
        at = known.sheet.place(question.name)[1]
        if question.group in BACKGROUND or question.name in _NAMES:
            words = f"The answer to '{question.label}' is not that of {path}, line {at}."
            hint = "Correct one of them. An empty cell leaves the answer to the file."
            problems.append(row.problem("family-otherwise", words, hint, question.name))
        else:
            notes.append(f"The answer to '{question.label}' is not that of {path}, line {at}. The row counts.")
    if given.lapsed:
        notes.append(f"What {path} says of another visit does not count for this one: {', '.join(given.lapsed)}.")
    return _at_fault(replace(row, given=given, file=path, notes=tuple(notes)), *problems)


def _otherwise(sheet: Sheet, answers: Mapping[str, Value], questions: Mapping[str, Question]) -> Iterator[Question]:
    """The questions on a family that a row answers otherwise than its file. "Not known" is otherwise too."""
    faulty = {problem.field.partition("/")[0] for problem in sheet.problems}
    for name, question in questions.items():
        asked = name != REFERENCE and question.group in (*BACKGROUND, *_WHO_THEY_ARE)
        both = name in sheet.given and name in answers and name not in faulty
        if asked and both and _as_compared(sheet.values.get(name)) != _as_compared(answers[name]):
            yield question


def _as_compared(value: Value | None) -> Value | None:
    return folded(value) if isinstance(value, str) else value


def comparable(answers: Mapping[str, Value]) -> dict[str, Value]:
    """Answers with the family's reference in the one way in which it is compared."""
    family = answers.get(REFERENCE)
    return {**answers, REFERENCE: same_family(str(family))} if family else dict(answers)


def _says(given: Given) -> str:
    """What a row says, in a hash: answers, and who goes in whatever order. Ways of writing a reference make no odds."""
    plain = [to_plain(comparable(given.answers)), sorted(given.visitors)]
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
