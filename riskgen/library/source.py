"""One data file while it is being read: its entries, and the faults found so far."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from riskgen.core.conditions import All, Condition, Not, Operator, Test, Value
from riskgen.core.conditions import Any as AnyOf
from riskgen.core.model import Question
from riskgen.core.problem import Problem
from riskgen.core.struct import Struct, field
from riskgen.core.terms import QuestionType
from riskgen.files.answers import answer_rule, parse_answer, unknown_question
from riskgen.files.schema import Schema, check, named, nearest
from riskgen.files.text import clean, in_two
from riskgen.files.yaml import Document, Place, read_yaml

TEXT: Schema = {"type": "string", "minlength": 1}
NEEDED: Schema = {**TEXT, "required": True}
YES_NO: Schema = {"type": "string", "allowed": ["yes", "no"]}
GROUP: Schema = {"type": "dict", "minlength": 1}
WORDS: Schema = {"type": "list", "schema": TEXT}
ID: Schema = {
    "type": "string",
    "regex": "[a-z][a-z0-9-]*",
    "required": True,
    "meta": {"form": "small letters, digits and hyphens, beginning with a letter, such as animal-moved"},
}
MOST_CHOICES = 12
"""A hint lists what may stand in a place only while somebody would read the list."""

_FITS = {
    Operator.IS: frozenset(QuestionType) - {QuestionType.TEXT, QuestionType.CHOICES, QuestionType.TIMES},
    Operator.ONE_OF: frozenset({QuestionType.CHOICE}),
    Operator.INCLUDES: frozenset({QuestionType.CHOICES}),
    Operator.AT_LEAST: frozenset({QuestionType.NUMBER}),
    Operator.AT_MOST: frozenset({QuestionType.NUMBER}),
    Operator.BEFORE: frozenset({QuestionType.DATE, QuestionType.TIME, QuestionType.MOMENT}),
    Operator.AFTER: frozenset({QuestionType.DATE, QuestionType.TIME, QuestionType.MOMENT}),
}
_ANY_LENGTH = 1_000_000
_NEVER = Test("", Operator.IS, False)


class Source(Struct):
    """A file that is being read. Faults collect in `problems`; nothing is raised."""

    document: Document
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path, shown: str) -> "Source":
        document = read_yaml(path, shown)
        return cls(document, list(document.problems))

    @property
    def readable(self) -> bool:
        """Whether there is anything to go on with."""
        return self.document.data is not None

    def fault(self, place: Place, code: str, message: str, hint: str = "") -> None:
        self.problems.append(self.document.problem(place, code, message, hint))

    def fits(self, schema: Schema) -> bool:
        """Hold the file against a schema. What does not fit is not read any further."""
        return self.check_entry(self.document.data, (), schema)

    def check_entry(self, raw: Any, place: Place, schema: Schema) -> bool:
        """Hold one entry of the file against a schema."""
        found = check(self.document, schema, place, raw) or tuple(self._unprintable(raw, place))
        self.problems += found
        return not found

    def _unprintable(self, value: Any, place: Place) -> Iterator[Problem]:
        """Every text that would damage a Word form."""
        if isinstance(value, dict):
            for key, item in value.items():
                yield from self._unprintable(item, (*place, key))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from self._unprintable(item, (*place, index))
        elif isinstance(value, str):
            _, reason = clean(value, one_line=False, longest=_ANY_LENGTH)
            if reason:
                message, hint = in_two(f"{named(place)} {reason.removeprefix('It ')}")
                hint = f"{hint} In double quotes, a backslash is written twice." if "\\" in self.document.text else hint
                yield self.document.problem(place, "text-unprintable", message, hint)

    def condition(
        self, raw: Any, place: Place, questions: Mapping[str, Question], numbers: Mapping[str, int] | None = None
    ) -> Condition:
        """A condition as written. A fault leaves one behind that can stand in until the file is mended."""
        if not isinstance(raw, dict) or not raw:
            hint = "Write one test on one question, such as {household.animals: {is: yes}}, or all, any or not."
            self.fault(place, "condition-form", "This is not a condition.", hint)
            return _NEVER
        if len(raw) > 1:
            message = f"A condition is one test, and here are {len(raw)} side by side: {', '.join(map(str, raw))}."
            hint = "Put them below 'all' if each must hold, or 'any' if one is enough, each after '- '."
            self.fault(place, "condition-form", message, hint)
            return _NEVER
        ((key, value),) = raw.items()
        here = (*place, key)
        if key in ("all", "any"):
            if not isinstance(value, list) or not value:
                self.fault(
                    here,
                    "condition-form",
                    f"'{key}' takes a list of conditions.",
                    "Put each on a line of its own that begins with '- '.",
                )
                return _NEVER
            parts = tuple(self.condition(part, (*here, index), questions, numbers) for index, part in enumerate(value))
            return All(parts) if key == "all" else AnyOf(parts)
        if key == "not":
            return Not(self.condition(value, here, questions, numbers))
        question = questions.get(key)
        if question is None:
            self.fault(here, "condition-question", *unknown_question(str(key), questions))
            return _NEVER
        return self._test(question, value, here, numbers or {})

    def _test(self, question: Question, raw: Any, place: Place, numbers: Mapping[str, int]) -> Condition:
        fitting = [operator.value for operator in Operator if question.type in _FITS[operator]]
        takes = f"It takes: {', '.join(fitting)}."

        def refused(where: Place, code: str, message: str, hint: str) -> Condition:
            self.fault(where, code, message, hint)
            return _NEVER

        if not fitting:
            message = f"No condition can rest on '{question.name}', whose answer is of the type {question.type.value}."
            return refused(place, "condition-operator", message, "Use a question of another type.")
        if not isinstance(raw, dict) or not raw:
            return refused(place, "condition-operator", f"The test on '{question.name}' lacks a comparison.", takes)
        if len(raw) > 1:
            message = f"The test on '{question.name}' makes {len(raw)} comparisons at once."
            return refused(place, "condition-operator", message, "Put a test for each below 'all'.")
        ((word, operand),) = raw.items()
        here = (*place, word)
        if word not in fitting:
            known = word in list(Operator)
            what = f"does not fit a {question.type.value} question" if known else "is not a comparison"
            return refused(here, "condition-operator", f"'{word}' {what}.", takes)
        operator = Operator(word)
        if question.type is QuestionType.NUMBER and isinstance(operand, str):
            if operand not in numbers:
                hint = (
                    f"Write it in digits, without quotes{f', or name one of: {_listed(numbers)}' if numbers else ''}."
                )
                return refused(here, "condition-number", f"There is no number '{operand}' here.", hint)
            operand = numbers[operand]
        if operand == []:
            return refused(here, "condition-form", f"'{word}' is empty.", "Name one value at least.")
        operands = operand if operator is Operator.ONE_OF and isinstance(operand, list) else [operand]
        values = [self.answer(question, item, here) for item in operands]
        if any(value is None for value in values):
            return _NEVER
        if operator is Operator.ONE_OF:
            return Test(question.name, operator, frozenset(str(value) for value in values))
        return Test(question.name, operator, values[0] if values[0] is not None else False)

    def answer(self, question: Question, raw: Any, place: Place) -> Value | None:
        """A value that an answer to the question may have, or None with a fault."""
        if question.type is QuestionType.CHOICES:
            rule = {"type": "string", "allowed": [option.id for option in question.options]}
        else:
            rule = answer_rule(question)
        held = Document(self.document.path, None, {(question.name,): self.document.line(place)})
        found = check(held, {question.name: rule}, data={question.name: raw})
        self.problems += found
        if found:
            return None
        if question.type is QuestionType.CHOICES:
            return str(raw)
        return parse_answer(question, raw)[0]


def near(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """A hint that names the nearest known name; else all of them, if they are few."""
    names = list(known)
    close = nearest(word, names)
    if close:
        return f"Did you mean '{close}'?"
    return f"Choose one of: {_listed(names)}." if 0 < len(names) <= MOST_CHOICES else otherwise


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def text(raw: Any) -> str:
    """A scalar as text; numbers that stand where text may (a telephone number) come out as typed."""
    return "" if raw is None else str(raw).strip()


def several(raw: Any) -> tuple[str, ...]:
    """One word or a list of words, as a tuple."""
    if raw is None:
        return ()
    return tuple(str(item) for item in raw) if isinstance(raw, list) else (str(raw),)
