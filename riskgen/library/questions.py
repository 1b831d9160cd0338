"""Reading `questions.yaml` and `topics.yaml`."""

from collections.abc import Mapping
from typing import Any

from riskgen.core.derive import DERIVATIONS
from riskgen.core.model import Change, Option, Question, Topic
from riskgen.core.struct import Struct, replace
from riskgen.core.terms import QuestionType, Stage
from riskgen.files.schema import Schema
from riskgen.files.yaml import Place
from riskgen.library.source import GROUP, ID, NEEDED, TEXT, YES_NO, Source, near, text

_NAME = {
    "type": "string",
    "regex": r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*",
    "meta": {"form": "a group, a full stop and a word, in small letters, such as household.pond"},
}
_GROUP_ID = {
    "type": "string",
    "regex": "[a-z][a-z0-9_]*",
    "required": True,
    "meta": {"form": "small letters, digits and underscores, beginning with a letter, such as household"},
}
GREATEST = 999_999_999
"""The longest number that a file can hold."""
NEEDED_QUESTIONS = {
    "visit.purpose": QuestionType.CHOICE,
    "visit.start": QuestionType.MOMENT,
    "visit.minutes": QuestionType.NUMBER,
    "visit.visitor_roles": QuestionType.CHOICES,
}
"""Questions that riskgen itself rests on; any other may be taken out."""

QUESTIONS_SCHEMA: Schema = {
    "groups": {
        "type": "list",
        "required": True,
        "schema": {
            "type": "dict",
            "schema": {
                "id": _GROUP_ID,
                "label": NEEDED,
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
                "label": NEEDED,
                "hint": TEXT,
                "type": {"type": "string", "allowed": [kind.value for kind in QuestionType], "required": True},
                "options": {
                    "type": "list",
                    "minlength": 2,
                    "schema": {
                        "type": "dict",
                        "schema": {"id": ID, "label": NEEDED, "to_family": TEXT},
                    },
                },
                "unit": TEXT,
                "least": {"type": "integer"},
                "most": {"type": "integer"},
                "longest": {"type": "integer", "min": 1, "max": 10_000},
                "lines": YES_NO,
                "personal": YES_NO,
                "of_family": YES_NO,
                "worse": YES_NO,
                "emergency": YES_NO,
                "rests_on": _NAME,
                "implies": _NAME,
                "changes": {
                    "type": "list",
                    "schema": {
                        "type": "dict",
                        "schema": {"to": {"required": True}, "how": NEEDED},
                    },
                },
                "derived": TEXT,
                "derived_from": {"type": "list", "schema": _NAME},
            },
        },
    },
}
TOPIC_SCHEMA: Schema = {
    "id": ID,
    "label": NEEDED,
    "question": NEEDED,
    "every_visit": YES_NO,
    "raised_by": GROUP,
}


class Group(Struct, frozen=True):
    """A group of questions, and the stage of a visit at which their answers can first be known."""

    id: str
    label: str
    stage: Stage


def read_questions(source: Source) -> tuple[dict[str, Question], dict[str, Group]]:
    """Every question by name, in the order written, and every group."""
    if not source.readable or not source.fits(QUESTIONS_SCHEMA):
        return {}, {}
    data: Any = source.document.data
    groups: dict[str, Group] = {}
    for index, raw in enumerate(data["groups"]):
        if raw["id"] in groups:
            message = f"There are two groups '{raw['id']}'."
            source.fault(("groups", index, "id"), "group-twice", message, "Rename or remove one of them.")
        groups.setdefault(raw["id"], Group(raw["id"], text(raw["label"]), Stage(raw["stage"])))
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
                near(name.partition(".")[0], groups, "The groups stand at the top of the file."),
            )
            group = Group(name.partition(".")[0], "", Stage.PLAN)  # so that what rests on it is not faulted too
        questions[name] = _question(source, place, raw, group)
    for index, raw in enumerate(data["questions"]):
        named: list[tuple[Place, str]] = [
            (("derived_from", at), name) for at, name in enumerate(raw.get("derived_from") or ())
        ]
        named += [((key,), raw[key]) for key in ("rests_on", "implies") if key in raw]
        for where, name in named:
            if name not in questions:
                source.fault(
                    ("questions", index, *where),
                    "question-unknown",
                    f"There is no question '{name}'.",
                    near(name, questions),
                )
    for name, kind in NEEDED_QUESTIONS.items():
        if name not in questions:
            hint = "Put it back."
            source.fault(("questions",), "question-needed", f"riskgen needs the question '{name}'.", hint)
        elif questions[name].type is not kind:
            at = [raw["name"] for raw in data["questions"]].index(name)
            message = f"riskgen needs the question '{name}' to be of the type {kind.value}."
            source.fault(("questions", at, "type"), "question-needed", message, "Put the type back.")
    return questions, groups


def _question(source: Source, place: tuple[str | int, ...], raw: Mapping[str, Any], group: Group) -> Question:
    kind = QuestionType(raw["type"])
    options = tuple(
        Option(text(item["id"]), text(item["label"]), text(item.get("to_family"))) for item in raw.get("options") or ()
    )
    named, chosen = f"'{raw['name']}'", kind in (QuestionType.CHOICE, QuestionType.CHOICES)
    if chosen and not options:
        hint = "Add 'options', two at least."
        source.fault(place, "question-options", f"{named} is of the type {kind.value} and lacks options.", hint)
    elif options and not chosen:
        message = f"{named} is of the type {kind.value}, which takes no options."
        source.fault((*place, "options"), "question-options", message, "Take them out, or make its type 'choice'.")
    for index, option in enumerate(options):
        if option.id in [other.id for other in options[:index]]:
            message = f"{named} has two options '{option.id}'."
            source.fault((*place, "options", index), "question-options", message, "Give each an id of its own.")
    if kind is QuestionType.NUMBER and "most" not in raw:
        hint = "Add 'most', the greatest answer that makes sense."
        source.fault(place, "question-number", f"{named} is a number and has no upper limit.", hint)
    least = raw.get("least", 0)
    if least > raw.get("most", GREATEST):
        source.fault((*place, "least"), "question-number", f"'least' of {named} is more than 'most'.", "Swap them.")
        least = 0  # so that what rests on it is not faulted too
    if raw.get("worse") and kind is not QuestionType.YES_NO:
        source.fault((*place, "worse"), "question-worse", "'worse' is only for yes-no questions.", "Take it out.")
    derived = text(raw.get("derived"))
    if derived and derived not in DERIVATIONS:
        source.fault(
            (*place, "derived"),
            "question-derived",
            f"riskgen has no function '{derived}'.",
            near(derived, DERIVATIONS, "Take 'derived' out; the question is then asked."),
        )
    bare = Question(
        str(raw["name"]),
        text(raw["label"]),
        kind,
        group.stage,
        text(raw.get("hint")),
        options,
        text(raw.get("unit")),
        least,
        raw.get("most", GREATEST),
        raw.get("longest", 200),
        raw.get("lines") == "yes",
        raw.get("personal") == "yes",
        raw.get("of_family") == "yes",
        text(raw.get("worse")),
        raw.get("emergency") == "yes",
        text(raw.get("rests_on")),
        text(raw.get("implies")),
        derived=derived,
        derived_from=tuple(raw.get("derived_from") or ()),
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
