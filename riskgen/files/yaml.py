"""YAML 1.2 as plain data, with the line of every entry kept for messages.

Scalars are few on purpose: whole numbers and text. `yes`, `no`, `12:30`, `2026-12-02` and `0123` all
stay the text that somebody typed; what they mean is for the schema of the file to say. Anchors, tags
and duplicate keys are refused, because each can make a file say something other than it seems to.
"""

import re
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from riskgen.core.model import Problem

Place = tuple[str | int, ...]
Plain = str | int | None | list["Plain"] | dict[str, "Plain"]

LARGEST = 1_000_000
"""Bytes; a policy of a hundred clauses is about 40,000."""
DEEPEST = 20
"""Levels of nesting; the deepest shipped file has nine."""

_PURE = find_spec("_ruamel_yaml") is None
"""The reader in C is some twenty times faster; the one in Python serves where it is missing."""

_WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,8})\Z")


@dataclass(frozen=True)
class Document:
    """What one file holds. `data` is None when there are problems that leave nothing to read."""

    path: str
    data: Plain
    lines: dict[Place, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def line(self, place: Place) -> int:
        """The line (from 1) of the entry at a place, or of the nearest entry that holds it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def problem(self, place: Place, code: str, message: str, hint: str = "") -> Problem:
        return Problem(self.path, self.line(place), code, message, hint, field="/".join(map(str, place)))


def read_yaml(path: Path, shown: str = "") -> Document:
    """Read one file. `shown` is how messages name it. Never raises for what a file may hold."""
    name = shown or str(path)

    def fault(line: int, code: str, message: str, hint: str = "") -> Document:
        return Document(name, None, problems=(Problem(name, line, code, message, hint),))

    try:
        if path.stat().st_size > LARGEST:
            return fault(
                1,
                "yaml-size",
                f"The file is larger than {LARGEST:,} bytes.",
                "Split it, or check that it is the right file.",
            )
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return fault(1, "file-missing", "There is no such file.", "Check the name and the folder.")
    except IsADirectoryError:
        return fault(1, "file-missing", "This is a folder, not a file.", "Name a file inside it.")
    except UnicodeDecodeError as error:
        return fault(
            1, "yaml-encoding", f"The file is not UTF-8 text (byte {error.start + 1}).", "Save it again as UTF-8."
        )
    except OSError as error:
        return fault(1, "file-unreadable", f"The file cannot be read: {error.strerror}.", "Check who may read it.")
    return parse_yaml(text, name)


def parse_yaml(text: str, name: str) -> Document:
    """As `read_yaml`, for text that has been read already."""
    try:
        builder = _build(text, name, _PURE)
    except YAMLError:
        # The reader in C knows YAML 1.1 and stumbles over `[10:30, 11:15]`; the other has the last word.
        try:
            builder = _build(text, name, pure=True)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            detail = (error.problem or error.context or "it cannot be read").rstrip(".")
            return Document(name, None, problems=(_malformed(name, mark.line + 1 if mark else 1, detail),))
        except YAMLError as error:
            return Document(name, None, problems=(_malformed(name, 1, str(error).splitlines()[0].rstrip(".")),))
    if builder.refused:
        return Document(name, None, problems=(builder.refused,))
    if builder.root is _NOTHING:
        empty = Problem(name, 1, "yaml-empty", "The file is empty.", "Fill it in, or delete it.")
        return Document(name, None, problems=(empty,))
    return Document(name, builder.root, builder.lines, tuple(builder.problems))


def _build(text: str, name: str, pure: bool) -> "_Builder":
    builder = _Builder(name)
    for event in YAML(typ="safe", pure=pure).parse(text):
        builder.take(event)
        if builder.refused:
            break
    return builder


def _malformed(name: str, line: int, detail: str) -> Problem:
    hint = "Look at the indentation, the colons and the quotes on this line and the one above."
    return Problem(name, line, "yaml-syntax", f"The file is not well-formed YAML: {detail}.", hint)


_NOTHING: Any = object()


class _Builder:
    """Plain data from parser events, without recursion, so that depth is checked before it can hurt."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Any = _NOTHING
        self.lines: dict[Place, int] = {}
        self.problems: list[Problem] = []
        self.refused: Problem | None = None
        self._open: list[tuple[Any, Place]] = []
        self._keys: list[tuple[str, int] | None] = []
        self._documents = 0

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        line = event.start_mark.line + 1
        if kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                self._refuse(
                    line,
                    "yaml-documents",
                    "The file holds more than one document.",
                    "Take out the lines that hold only ---.",
                )
        elif kind == "AliasEvent" or getattr(event, "anchor", None):
            self._refuse(
                line,
                "yaml-anchor",
                "Anchors and aliases (& and *) are not allowed.",
                "Write the text out in full, or put it in quotes.",
            )
        elif getattr(event, "tag", None):
            self._refuse(line, "yaml-tag", "Tags (!) are not allowed.", "Put text that begins with ! in quotes.")
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._begin({} if kind == "MappingStartEvent" else [], line)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._open.pop()
            self._keys.pop()
        elif kind == "ScalarEvent":
            self._scalar(event, line)

    def _refuse(self, line: int, code: str, message: str, hint: str) -> None:
        self.refused = Problem(self.name, line, code, message, hint)

    def _begin(self, container: Any, line: int) -> None:
        if len(self._open) >= DEEPEST:
            self._refuse(
                line,
                "yaml-depth",
                f"Entries are nested more than {DEEPEST} deep.",
                "Check the brackets and the indentation.",
            )
            return
        place = self._put(container, line)
        self._open.append((container, place))
        self._keys.append(None)

    def _scalar(self, event: Any, line: int) -> None:
        text = str(event.value)
        if self._open and isinstance(self._open[-1][0], dict) and self._keys[-1] is None:
            self._keys[-1] = (text, line)
            return
        value: Plain = text
        if event.implicit[0]:  # written without quotes
            if text in ("", "~", "null"):
                value = None
            elif _WHOLE_NUMBER.match(text):
                value = int(text)
        self._put(value, line)

    def _put(self, value: Any, line: int) -> Place:
        """Add a value where the parser stands, and return its place."""
        if not self._open:
            self.root = value
            self.lines[()] = line
            return ()
        container, here = self._open[-1]
        if isinstance(container, list):
            place = (*here, len(container))
            container.append(value)
            self.lines[place] = line
            return place
        key = self._keys[-1]
        if key is None:
            self._refuse(
                line, "yaml-key", "The name of an entry must be plain text.", "Check the brackets on this line."
            )
            return here
        self._keys[-1] = None
        name, key_line = key
        place = (*here, name)
        if name in container:
            first = self.lines[place]
            self.problems.append(
                Problem(
                    self.name,
                    key_line,
                    "yaml-duplicate",
                    f"'{name}' stands here twice.",
                    f"It stood first on line {first}. Keep one of them.",
                )
            )
            return place
        container[name] = value
        self.lines[place] = key_line
        return place
