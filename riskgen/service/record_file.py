"""A file that says how a visit went: the empty one to fill in, and reading it back."""

import textwrap
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from riskgen.core.problem import Problem
from riskgen.core.record import Ending, Further, Kept, Ticked, VisitRecord
from riskgen.core.result import Finding
from riskgen.core.struct import Struct
from riskgen.files.schema import Schema, check, parse_date
from riskgen.files.text import clean, in_two
from riskgen.files.yaml import Document, Place, read_yaml
from riskgen.service.faults import InvalidInput
from riskgen.service.records import Recording

LONGEST = {"why": 1000, "seen": 4000, "agreed": 2000, "incident_text": 4000, "what": 300, "who": 60}
"""Characters that each text may have; a reason for what was not done has those of `why`."""
LINES = frozenset({"why", "seen", "agreed", "incident_text"})
YES_NO = ("yes", "no")


class Said(Struct, frozen=True):
    """What a file says of how a visit went. `done` are the numbers of further actions that are done."""

    record: VisitRecord
    done: tuple[int, ...] = ()


def tidy(name: str, text: str) -> tuple[str, str]:
    """A text of a record as it is kept and nothing, or nothing and the reason why it is refused."""
    cleaned, reason = clean(text, one_line=name not in LINES, longest=LONGEST[name])
    return cleaned, reason or ""


def record_template(recording: Recording) -> str:
    """A file to fill in for one visit: what its record still lacks, clause by clause in the policy's words."""
    reference, lacking = recording.visit.reference, {item.what for item in recording.open}
    lines = [
        f"# How the visit {reference} went. Fill it in, then: riskgen record {reference} --answers FILE",
        "# What is left empty stays open. It will hold personal data: keep it as you keep the pupil's file.",
    ]

    def line(key: str, note: str) -> None:
        if key in lacking:
            lines.append(f"{key}:  # {note}")

    line("outcome", f"one of {', '.join(Ending)}")
    if {"outcome", "why"} & lacking:
        lines.append("why:  # where it was not made as planned")
    line("seen", "what was seen, without names where they are not needed")
    line("agreed", "what was agreed, and with whom; nothing, if nothing was")
    asked = [finding for finding in recording.asked if finding.id in lacking]
    if asked:
        lines.append(f"clauses:  # {', '.join(Kept)}")
    for finding in asked:
        lines += textwrap.wrap(finding.says, 80, initial_indent="  # ", subsequent_indent="  # ")
        lines.append(f"  {finding.id}:")
    if asked:
        lines += ["because:  # for each clause that was not done, why", f'  # {asked[0].id}: "why it was not done"']
    line("concern", "yes or no: did the visit leave a safeguarding concern")
    line("incident", "yes or no: was there an incident")
    if {"incident", "incident_text"} & lacking:
        lines.append("incident_text:  # what happened, where there was one")
    line("actions", "none, or a list of what is to be done, by whom, and by which day")
    if "actions" in lacking:
        lines.append("  # - {what: ..., who: ..., by: 2026-12-09}")
    waiting = [item for item in recording.open if item.what.startswith("action ")]
    if waiting:
        lines += [f"# {item.what}: {item.says}" for item in waiting]
        lines.append("done: []  # the numbers of the actions that have been done")
    return "\n".join(lines) + "\n"


def read_record(path: Path, asked: Iterable[Finding], actions: int) -> Said:
    """What a file says. `actions` is how many further actions are recorded. Raises `InvalidInput` with every fault."""
    document = read_yaml(path)
    if document.data is None:
        raise InvalidInput(document.problems)
    said, faults = record_in(document, asked, actions)
    problems = (*document.problems, *faults)
    if problems:
        raise InvalidInput(problems)
    return said


def record_in(document: Document, asked: Iterable[Finding], actions: int) -> tuple[Said, tuple[Problem, ...]]:
    """What a document says, and every fault of it; however it came about that it says so."""
    reader = _Reader(document, tuple(finding.id for finding in asked), actions)
    return reader.said(), tuple(reader.problems)


class _Reader:
    """One file, read once; every fault is kept in `problems`, without the words of the record."""

    def __init__(self, document: Document, clauses: tuple[str, ...], actions: int) -> None:
        self.document, self.clauses, self.actions = document, clauses, actions
        self.problems: list[Problem] = []

    def said(self) -> Said:
        raw: Any = self.document.data
        data = _filled(raw) if isinstance(raw, dict) else raw
        personal = frozenset({"why", "seen", "agreed", "incident_text", "because", "actions"})
        self.problems += check(self.document, _schema(self.clauses), data=data, private=personal)
        if self.problems:
            return Said(VisitRecord())
        texts = {name: self._text((name,), data.get(name, ""), name) for name in LINES}
        record = VisitRecord(
            Ending(data["outcome"]) if "outcome" in data else None,
            clauses=self._ticked(data.get("clauses") or {}, data.get("because") or {}),
            concern=_yes_no(data.get("concern")),
            incident=_yes_no(data.get("incident")),
            further=self._further(data.get("actions")),
            **texts,
        )
        return Said(record, self._done(data.get("done") or ()))

    def _text(self, place: Place, raw: Any, name: str) -> str:
        cleaned, reason = tidy(name, str(raw))
        if reason:
            self.problems.append(self.document.problem(place, "record-text", *in_two(reason)))
        return cleaned

    def _ticked(self, answers: Mapping[str, str], because: Mapping[str, Any]) -> tuple[Ticked, ...]:
        found = []
        for clause, word in answers.items():
            why = self._text(("because", clause), because.get(clause, ""), "why")
            if Kept(word) is Kept.NOT_DONE or not why:
                found.append(Ticked(clause, Kept(word), why))
        for clause in because:
            if answers.get(clause) != Kept.NOT_DONE:
                message = f"There is a reason for {clause}, but it does not say that it was not done."
                hint = f"Under clauses, write {clause}: not-done; or take the reason out."
                self.problems.append(self.document.problem(("because", clause), "record-because", message, hint))
        return tuple(found)

    def _further(self, raw: Any) -> tuple[Further, ...] | None:
        if raw is None:
            return None
        found = []
        for index, entry in enumerate(raw if isinstance(raw, list) else ()):
            what, who = (self._text(("actions", index, key), entry[key], key) for key in ("what", "who"))
            found.append(Further(what, who, parse_date(str(entry["by"])) or date.max))
        return tuple(found)

    def _done(self, numbers: Iterable[int]) -> tuple[int, ...]:
        for index, number in enumerate(numbers):
            if number > self.actions:
                message = f"There is no further action {number}."
                hint = f"The last is action {self.actions}." if self.actions else "None has been recorded."
                self.problems.append(self.document.problem(("done", index), "record-done", message, hint))
        return tuple(numbers)


def _filled(raw: dict[str, Any]) -> dict[str, Any]:
    """Without what was left empty, which stays open."""
    kept = {name: value for name, value in raw.items() if value not in (None, "", {})}
    for name in ("clauses", "because"):
        if isinstance(kept.get(name), dict):
            kept[name] = {clause: value for clause, value in kept[name].items() if value not in (None, "")}
    if kept.get("actions") == "none":
        kept["actions"] = []
    return kept


def _yes_no(word: str | None) -> bool | None:
    return None if word is None else word == "yes"


def _schema(clauses: Iterable[str]) -> Schema:
    asked = tuple(clauses)
    words: Schema = {"type": ["string", "integer"]}
    yes_no: Schema = {"type": "string", "allowed": list(YES_NO)}
    action: Schema = {
        "what": {**words, "required": True},
        "who": {**words, "required": True},
        "by": {"check_with": "date", "required": True},
    }
    return {
        "outcome": {"type": "string", "allowed": [ending.value for ending in Ending]},
        **dict.fromkeys(sorted(LINES), words),
        "clauses": {
            "type": "dict",
            "schema": {name: {"type": "string", "allowed": [kept.value for kept in Kept]} for name in asked},
        },
        "because": {"type": "dict", "schema": dict.fromkeys(asked, words)},
        "concern": yes_no,
        "incident": yes_no,
        "actions": {"type": "list", "schema": {"type": "dict", "schema": action}},
        "done": {"type": "list", "schema": {"type": "integer", "min": 1}},
    }
