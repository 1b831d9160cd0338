"""Reading `questions.yaml` and `topics.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from riskgen.core.derive import DERIVATIONS
from riskgen.core.model import Change, Option, Question, QuestionType, Stage, Topic
from riskgen.files.schema import Schema
from riskgen.library.source import Source, near, text

_YES_NO = {"type": "string", "allowed": ["yes", "no"]}
_TEXT = {"type": "string"}
_NAME = {"type": "string", "regex": r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*"}
_ID = {"type": "string", "regex": r"[a-z][a-z0-9-]*"}

QUESTIONS_SCHEMA: Schema = {
    "groups": {
        "type": "list",
        "required": True,
        "schema": {
            "type": "dict",
            "schema": {
                "id": {"type": "string", "regex": "[a-z][a-z0-9_]*", "required": True},
                "label": {**_TEXT, "required": True},
                "stage": {"type": "string", "allowed": [stage.value for stage in Stage], "required": True},
            },
        },
    },
    "questions": {
        "type": "list",
        "required": True,
        "schema": {
            "type": "dict",
            "schema": {
                "name": {**_NAME, "required": True},
                "label": {**_TEXT, "required": True},
                "hint": _TEXT,
                "type": {"type": "string", "allowed": [kind.value for kind in QuestionType], "required": True},
                "options": {
                    "type": "list",
                    "minlength": 2,
                    "schema": {
                        "type": "dict",
                        "schema": {"id": {**_ID, "required": True}, "label": {**_TEXT, "required": True}},
                    },
                },
                "unit": _TEXT,
                "least": {"type": "integer"},
                "most": {"type": "integer"},
                "longest": {"type": "integer", "min": 1, "max": 10_000},
                "lines": _YES_NO,
                "personal": _YES_NO,
                "worse": _YES_NO,
                "changes": {
                    "type": "list",
                    "schema": {
                        "type": "dict",
                        "schema": {"to": {"required": True}, "how": {**_TEXT, "required": True}},
                    },
                },
                "derived": _TEXT,
                "derived_from": {"type": "list", "schema": _NAME},
            },
        },
    },
}
TOPIC_SCHEMA: Schema = {
    "id": {**_ID, "required": True},
    "label": {**_TEXT, "required": True},
    "question": {**_TEXT, "required": True},
    "every_visit": _YES_NO,
    "raised_by": {"type": "dict"},
}


@dataclass(frozen=True)
class Group:
    """A group of questions, and the stage of a visit at which their answers can first be known."""

    id: str
    label: str
    stage: Stage


def read_questions(source: Source) -> tuple[dict[str, Question], dict[str, Group]]:
    """Every question by name, in the order written, and every group."""
    if not source.readable or not source.fits(QUESTIONS_SCHEMA):
        return {}, {}
    data: Any = source.document.data
    groups = {str(raw["id"]): Group(str(raw["id"]), text(raw["label"]), Stage(raw["stage"])) for raw in data["groups"]}
    questions: dict[str, Question] = {}
    for index, raw in enumerate(data["questions"]):
        place = ("questions", index)
        name = str(raw["name"])
        if name in questions:
            source.fault(
                (*place, "name"),
                "question-twice",
                f"There are two questions '{name}'.",
                "Rename or remove one of them.",
            )
            continue
        group = groups.get(name.partition(".")[0])
        if group is None:
            source.fault(
                (*place, "name"),
                "question-group",
                f"'{name}' belongs to no group.",
                near(name.partition(".")[0], groups),
            )
            continue
        questions[name] = _question(source, place, raw, group)
    for index, raw in enumerate(data["questions"]):
        for at, name in enumerate(raw.get("derived_from") or ()):
            if name not in questions:
                source.fault(
                    ("questions", index, "derived_from", at),
                    "question-unknown",
                    f"There is no question '{name}'.",
                    near(name, questions),
                )
    return questions, groups


def _question(source: Source, place: tuple[str | int, ...], raw: Mapping[str, Any], group: Group) -> Question:
    kind = QuestionType(raw["type"])
    options = tuple(Option(text(item["id"]), text(item["label"])) for item in raw.get("options") or ())
    if (kind in (QuestionType.CHOICE, QuestionType.CHOICES)) != bool(options):
        source.fault(
            place, "question-options", f"'{raw['name']}': a choice needs options, and nothing else takes them."
        )
    if kind is QuestionType.NUMBER and "most" not in raw:
        source.fault(place, "question-number", f"'{raw['name']}': a number needs 'most', the greatest sensible answer.")
    if raw.get("worse") and kind is not QuestionType.YES_NO:
        source.fault((*place, "worse"), "question-worse", "'worse' is for yes-no questions.", "Take it out.")
    derived = text(raw.get("derived"))
    if derived and derived not in DERIVATIONS:
        source.fault(
            (*place, "derived"), "question-derived", f"riskgen has no function '{derived}'.", near(derived, DERIVATIONS)
        )
    bare = Question(
        str(raw["name"]),
        text(raw["label"]),
        kind,
        group.stage,
        text(raw.get("hint")),
        options,
        text(raw.get("unit")),
        raw.get("least", 0),
        raw.get("most", 0),
        raw.get("longest", 200),
        raw.get("lines") == "yes",
        raw.get("personal") == "yes",
        text(raw.get("worse")),
        (),
        derived,
        tuple(raw.get("derived_from") or ()),
    )
    changes = []
    for index, item in enumerate(raw.get("changes") or ()):
        value = source.answer(bare, item["to"], (*place, "changes", index, "to"))
        if value is not None:
            changes.append(Change(value, text(item["how"])))
    return replace(bare, changes=tuple(changes))


def read_topics(source: Source, questions: Mapping[str, Question]) -> tuple[Topic, ...]:
    """Every topic on which a policy may be silent."""
    if not source.readable:
        return ()
    data = source.document.data
    if not isinstance(data, list):
        source.fault((), "topics-list", "The file must be a list of topics.", "Begin each with '- id:'.")
        return ()
    topics: dict[str, Topic] = {}
    for index, raw in enumerate(data):
        found = source.check_entry(raw, (index,), TOPIC_SCHEMA)
        if not found or not isinstance(raw, dict):
            continue
        name = text(raw["id"])
        if name in topics:
            source.fault(
                (index, "id"), "topic-twice", f"There are two topics '{name}'.", "Rename or remove one of them."
            )
            continue
        raised_by = raw.get("raised_by")
        condition = source.condition(raised_by, (index, "raised_by"), questions) if raised_by else None
        topics[name] = Topic(
            name, text(raw["label"]), text(raw["question"]), condition, raw.get("every_visit") == "yes"
        )
    return tuple(topics.values())
