"""One data file while it is being read: its entries, and the faults found so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from riskgen.core.conditions import All, Condition, Not, Operator, Test, Value
from riskgen.core.conditions import Any as AnyOf
from riskgen.core.model import Problem, Question, QuestionType
from riskgen.files.answers import answer_rule, parse_answer
from riskgen.files.schema import Schema, check
from riskgen.files.yaml import Document, Place, read_yaml

_FITS = {
    Operator.IS: frozenset(QuestionType) - {QuestionType.TEXT, QuestionType.CHOICES, QuestionType.TIMES},
    Operator.ONE_OF: frozenset({QuestionType.CHOICE}),
    Operator.INCLUDES: frozenset({QuestionType.CHOICES}),
    Operator.AT_LEAST: frozenset({QuestionType.NUMBER}),
    Operator.AT_MOST: frozenset({QuestionType.NUMBER}),
    Operator.BEFORE: frozenset({QuestionType.DATE, QuestionType.TIME, QuestionType.MOMENT}),
    Operator.AFTER: frozenset({QuestionType.DATE, QuestionType.TIME, QuestionType.MOMENT}),
}
_NEVER = Test("", Operator.IS, False)


@dataclass
class Source:
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
        found = check(self.document, schema)
        self.problems += found
        return not found

    def check_entry(self, raw: Any, place: Place, schema: Schema) -> bool:
        """Hold one entry of the file against a schema."""
        found = check(self.document, schema, place, data=raw if raw is not None else "")
        self.problems += found
        return not found

    def condition(
        self, raw: Any, place: Place, questions: Mapping[str, Question], numbers: Mapping[str, int] | None = None
    ) -> Condition:
        """A condition as written. A fault leaves one behind that can stand in until the file is mended."""
        if not isinstance(raw, dict) or len(raw) != 1:
            hint = "Write one test on one question, such as {household.animals: {is: yes}}, or all, any or not."
            self.fault(place, "condition-form", "This is not a condition.", hint)
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
            self.fault(here, "condition-question", f"There is no question '{key}'.", near(key, questions))
            return _NEVER
        return self._test(question, value, here, numbers or {})

    def _test(self, question: Question, raw: Any, place: Place, numbers: Mapping[str, int]) -> Condition:
        known = [operator.value for operator in Operator]
        if not isinstance(raw, dict) or len(raw) != 1 or next(iter(raw)) not in known:
            self.fault(
                place,
                "condition-operator",
                f"A test on '{question.name}' takes one of: {', '.join(known)}.",
                "For example {is: yes}.",
            )
            return _NEVER
        ((word, operand),) = raw.items()
        operator = Operator(word)
        here = (*place, word)
        if question.type not in _FITS[operator]:
            fitting = ", ".join(item.value for item in Operator if question.type in _FITS[item]) or "nothing"
            hint = f"It takes: {fitting}."
            self.fault(here, "condition-operator", f"'{word}' does not fit a {question.type.value} question.", hint)
            return _NEVER
        if question.type is QuestionType.NUMBER and isinstance(operand, str):
            if operand not in numbers:
                hint = f"Numbers of this clause: {', '.join(numbers) or 'none'}."
                self.fault(here, "condition-number", f"The clause has no number '{operand}'.", hint)
                return _NEVER
            operand = numbers[operand]
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


def near(word: str, known: Mapping[str, Any]) -> str:
    """A hint that names the nearest known name, if one is near."""
    close = get_close_matches(word, list(known), 1)
    return f"Did you mean '{close[0]}'?" if close else ""


def text(raw: Any) -> str:
    """A scalar as text; numbers that stand where text may (a telephone number) come out as typed."""
    return "" if raw is None else str(raw).strip()


def several(raw: Any) -> tuple[str, ...]:
    """One word or a list of words, as a tuple."""
    if raw is None:
        return ()
    return tuple(str(item) for item in raw) if isinstance(raw, list) else (str(raw),)
