"""What somebody typed, as answers: one way for files, the command line, the terminal and worked cases.

The Cerberus schema is built from the questions, so that the data dictionary is the only place that says
what an answer may be.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from riskgen.core.conditions import Value
from riskgen.core.model import Question
from riskgen.core.problem import Problem
from riskgen.core.struct import Struct
from riskgen.core.terms import QuestionType
from riskgen.files.schema import check, nearest, parse_date, parse_moment, parse_time
from riskgen.files.text import clean, in_two
from riskgen.files.yaml import Document, Place

UNKNOWN = "unknown"
"""What to write for an answer that is not known; leaving the question out says the same."""

ALL_QUESTIONS = "data/questions.yaml lists every question."
_YES_NO = {"yes": True, "no": False, "true": True, "false": False}
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,9}")


class Answers(Struct, frozen=True):
    """Answers by question name, the place that each stood at, and the faults found."""

    values: Mapping[str, Value]
    given: frozenset[str]
    problems: tuple[Problem, ...]


def read_answers(
    document: Document,
    questions: Mapping[str, Question],
    staff: Iterable[str] | None = None,
    place: Place = (),
    beside: Iterable[str] = (),
    private: frozenset[str] = frozenset(),
) -> Answers:
    """The answers of a document, or of the part of it at `place`.

    They may stand under their groups (`history:` then `violence_reported: no`) or by full name
    (`history.violence_reported: no`). `staff` are the references that a staff question may hold;
    `beside` names entries that are not answers and are left alone. What answers a question that is personal, or is
    among `private`, is not repeated in messages.
    """
    flat, problems = _flatten(document, place, frozenset(beside), {name.partition(".")[0] for name in questions})
    sheet = Document(document.path, None, {(name,): document.line(where) for name, (_, where) in flat.items()})
    asked = {}
    for name, (raw, _) in flat.items():
        question = questions.get(name)
        if question is None:
            problems.append(sheet.problem((name,), "answer-unknown", *unknown_question(name, questions)))
        elif question.derived:
            hint = "Take the line out; riskgen works it out from other answers."
            problems.append(sheet.problem((name,), "answer-derived", f"'{name}' cannot be answered.", hint))
        elif _trimmed(raw) not in (None, "", UNKNOWN):
            asked[name] = _trimmed(raw)
    directory = tuple(staff) if staff is not None else None
    schema = {name: answer_rule(questions[name], directory) for name in asked}
    private |= frozenset(name for name in asked if questions[name].personal)
    faults = check(sheet, schema, data=asked, private=private)
    refused = {fault.field.partition("/")[0] for fault in faults}
    problems += faults
    values: dict[str, Value] = {}
    for name, raw in asked.items():
        if name in refused:
            continue
        value, reason = parse_answer(questions[name], raw)
        if reason:
            problems.append(sheet.problem((name,), "answer-text", *in_two(reason)))
        elif value is not None:
            values[name] = value
    return Answers(values, frozenset(flat), tuple(problems))


def unknown_question(name: str, questions: Mapping[str, Question]) -> tuple[str, str]:
    """What to say of a question that there is not, and how to mend it."""
    group, _, word = name.partition(".")
    words = {full.partition(".")[2]: full for full, question in questions.items() if question.group == group}
    if words and not word:
        return f"'{name}' is a group of questions, not a question.", f"Name one of its questions: {_a_few(words)}."
    elsewhere = next((full for full in questions if full.partition(".")[2] == word), "")
    close = words.get(nearest(word, words), "") if words else nearest(name, questions)
    meant = elsewhere or close
    return f"There is no question '{name}'.", f"Did you mean '{meant}'?" if meant else ALL_QUESTIONS


def _a_few(words: Mapping[str, str]) -> str:
    full = list(words.values())
    return f"{', '.join(full[:3])}{' and so on' if len(full) > 3 else ''}"


def answer_rule(question: Question, staff: tuple[str, ...] | None = None) -> dict[str, Any]:
    """The Cerberus rule for the answer to one question."""
    options = [option.id for option in question.options]
    match question.type:
        case QuestionType.YES_NO:
            return {"type": "string", "allowed": list(_YES_NO)}
        case QuestionType.CHOICE:
            return {"type": "string", "allowed": options} if options else {"type": "string"}
        case QuestionType.CHOICES:
            return {"type": "list", "schema": {"type": "string", "allowed": options}}
        case QuestionType.NUMBER:
            return {"type": "integer", "min": question.least, "max": question.most}
        case QuestionType.STAFF:
            known = (
                {"allowed": list(staff), "meta": {"options": "the references of the staff directory"}} if staff else {}
            )
            return {"type": "string", **known}
        case QuestionType.TEXT:
            return {"type": ["string", "integer"]}
        case QuestionType.DATE | QuestionType.TIME | QuestionType.TIMES | QuestionType.MOMENT:
            return {"check_with": question.type.value}


def parse_answer(question: Question, raw: Any) -> tuple[Value | None, str]:
    """The answer that a raw value stands for, or the reason why a text is refused.

    The value has been held against `answer_rule`.
    """
    text = str(raw)
    parsers: dict[QuestionType, Callable[[], Value | None]] = {
        QuestionType.YES_NO: lambda: _YES_NO[text],
        QuestionType.CHOICE: lambda: text,
        QuestionType.STAFF: lambda: text,
        QuestionType.CHOICES: lambda: frozenset(raw),
        QuestionType.NUMBER: lambda: int(raw),
        QuestionType.DATE: lambda: parse_date(text),
        QuestionType.TIME: lambda: parse_time(text),
        QuestionType.MOMENT: lambda: parse_moment(text),
        QuestionType.TIMES: lambda: tuple(found for part in _parts(raw) if (found := parse_time(part))),
    }
    if question.type is not QuestionType.TEXT:
        return parsers[question.type](), ""
    cleaned, reason = clean(text, one_line=not question.lines, longest=question.longest)
    return (None, f"'{question.name}' {reason.removeprefix('It ')}") if reason else (cleaned or None, "")


def typed_answer(question: Question, text: str, staff: tuple[str, ...] | None = None) -> tuple[Value | None, str]:
    """An answer typed at the terminal or given by `--set`: the value, or what is wrong with it in words."""
    raw: Any = _trimmed(text)
    if raw in (None, "", UNKNOWN):
        return None, ""
    if question.type is QuestionType.NUMBER and _WHOLE_NUMBER.fullmatch(raw):
        raw = int(raw)
    if question.type is QuestionType.CHOICES:
        raw = _parts(raw)
    if question.type is QuestionType.YES_NO:
        raw = {"y": "yes", "n": "no"}.get(raw.casefold(), raw.casefold())
    private = frozenset({question.name} if question.personal else ())
    rule = {question.name: answer_rule(question, staff)}
    problems = check(Document("", {question.name: raw}), rule, private=private)
    return (None, f"{problems[0].message} {problems[0].hint}".strip()) if problems else parse_answer(question, raw)


def written_answer(value: Value) -> Any:
    """A value as a file holds it, so that `read_answers` reads it back the same."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, str)):
        return value
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [f"{item:%H:%M}" for item in value]
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    return value.isoformat() if isinstance(value, date) else f"{value:%H:%M}"


def _flatten(
    document: Document, place: Place, beside: frozenset[str], groups: set[str]
) -> tuple[dict[str, tuple[Any, Place]], list[Problem]]:
    data: Any = document.data
    for step in place:
        data = data[step]
    problems: list[Problem] = []
    flat: dict[str, tuple[Any, Place]] = {}
    if not isinstance(data, dict):
        hint = "For example 'history:' and, indented on the line below it, 'violence_reported: no'."
        return {}, [document.problem(place, "answer-file", "Answers stand in groups, each with its name.", hint)]
    for key, value in data.items():
        here = (*place, key)
        if key in beside:
            continue
        nested = (
            {f"{key}.{word}": (item, (*here, word)) for word, item in value.items()}
            if isinstance(value, dict)
            else {key: (value, here)}
        )
        if value is None and key in groups:
            continue  # a group with nothing below it yet
        for name, item in nested.items():
            if name in beside:
                continue
            if name in flat:
                problems.append(
                    document.problem(item[1], "answer-twice", f"'{name}' is answered twice.", "Keep one of them.")
                )
            flat[name] = item
    return flat, problems


def _trimmed(raw: Any) -> Any:
    return raw.strip() if isinstance(raw, str) else raw


def _parts(raw: Any) -> list[str]:
    parts = raw if isinstance(raw, list) else str(raw).split(",")
    return [str(part).strip() for part in parts if str(part).strip()]
