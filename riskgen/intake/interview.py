"""Which question to put to a person next, why, and the answers as a file that can be used again."""

import re
from collections.abc import Iterable, Mapping

from riskgen.core.conditions import Value
from riskgen.core.model import Question
from riskgen.core.result import Assessment, ToConfirm
from riskgen.files.answers import written_answer

_PLAIN = re.compile("[A-Za-z][A-Za-z0-9-]*")
"""What needs no quotes in YAML, whatever stands around it, `null` excepted."""
_ABOUT_ONE_VISIT = (
    "# Answers about one visit. They may hold personal data: keep this file as you keep the pupil's file."
)


def next_question(assessment: Assessment, asked: frozenset[str]) -> ToConfirm | None:
    """The open question that weighs most among those not asked yet; None when nothing is left to ask."""
    return next((item for item in assessment.to_confirm if item.question not in asked), None)


def why_asked(item: ToConfirm, names: Mapping[str, str]) -> str:
    """What needs the answer: clauses by id, hazards and topics by name."""
    return "; ".join(names.get(source, source) for source in item.needed_by)


def answers_file(
    answers: Mapping[str, Value],
    visitors: Iterable[str],
    questions: Mapping[str, Question],
    about: str = _ABOUT_ONE_VISIT,
) -> str:
    """Answers as YAML, by group and in the order of the questions, for another time. `about` is the comment above."""
    groups: dict[str, list[str]] = {}
    for name, question in questions.items():
        if name in answers and not question.derived:
            word = name.partition(".")[2]
            groups.setdefault(question.group, []).append(f"  {word}: {_yaml(written_answer(answers[name]))}")
    named = list(visitors)
    if named:
        groups.setdefault("visit", []).append(f"  visitors: {_yaml(named)}")
    lines = [about]
    for group, entries in groups.items():
        lines += [f"{group}:", *entries]
    return "\n".join(lines if groups else [*lines, "{}"]) + "\n"


def _yaml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_yaml(item) for item in value)}]"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text != "null":
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
