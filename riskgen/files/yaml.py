"""YAML 1.2 as plain data, with the line of every entry kept for messages.

Scalars are few on purpose: whole numbers and text. `yes`, `no`, `12:30`, `2026-12-02` and `0123` all
stay the text that somebody typed; what they mean is for the schema of the file to say. Anchors, tags
and duplicate keys are refused, because each can make a file say something other than it seems to.
"""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from riskgen.core.problem import Problem
from riskgen.core.struct import Struct, field
from riskgen.files.text import described

Place = tuple[str | int, ...]
Plain = str | int | None | list["Plain"] | dict[str, "Plain"]

LARGEST = 1_000_000
"""Bytes; a policy of a hundred clauses is about 40,000."""
DEEPEST = 20
"""Levels of nesting; the deepest shipped file has nine."""

_PURE = find_spec("_ruamel_yaml") is None
"""The reader in C is some twenty times faster; the one in Python serves where it is missing."""

_WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,8})\Z")

_NEXT_LINE = "\x85"
"""Ends a line in YAML 1.1 and not in 1.2, so that the two readers would differ."""
_PASTED = {0x2028: " ", 0x2029: " ", 0xFEFF: None}
"""Separators and byte order marks, which the readers differ on too. People paste them from elsewhere unawares."""

_COMPLAINTS = (
    ("character '\\t'", "A tab stands where only spaces may.", "Replace the tab by spaces."),
    (
        "cannot start any token",
        "A text begins with a character that YAML keeps for itself.",
        "Put the text in double quotes.",
    ),
    (
        "mapping values are not allowed",
        "A colon stands where none can be.",
        "Put text that holds a colon in double quotes, and look at the indentation.",
    ),
    (
        "could not find expected ':'",
        "There is no 'name: value' on this line.",
        "Put a colon and a space after the name. If the line goes on with the text above, indent it further.",
    ),
    (
        "<block end>, but found '<scalar>'",
        "Text follows a quotation mark or a bracket that closes.",
        'Put the whole text in double quotes, and each double quote inside it as \\".',
    ),
    (
        "expected <block end>",
        "The indentation of this line does not fit the lines above it.",
        "Begin it in the same column as the entries beside it.",
    ),
    (
        "unexpected end of stream",
        "A quotation mark is opened here and never closed.",
        "Close it. Text that holds one goes in quotes of the other kind.",
    ),
    (
        "unknown escape character",
        "A backslash in double quotes begins a code that YAML does not know.",
        "Write it twice, or put the text in single quotes.",
    ),
    (
        "expected ',' or",
        "A bracket is opened here and not closed, or a comma is missing.",
        "Close the bracket, and put text that holds brackets, commas or colons in double quotes.",
    ),
    (
        "expected the node content",
        "Something is missing before a comma or a bracket.",
        "Look at the commas and brackets on this line, and put text that begins with one in double quotes.",
    ),
    ("expected alphabetic or numeric", "A text begins with & or *.", "Put it in double quotes."),
    (
        "expected a comment or a line break",
        "A text begins with | or >.",
        "Put it in double quotes, or begin it on the next line, indented.",
    ),
)
"""Words of the parser, and what they mean to somebody who has never met one. The first that fits counts."""
_FROM_THE_START = frozenset(
    {
        "while scanning a simple key",
        "while scanning a quoted scalar",
        "while parsing a flow sequence",
        "while parsing a flow mapping",
    }
)
"""Where the parser notices a fault far below the line that somebody must mend."""


class Document(Struct, frozen=True):
    """What one file holds. `data` is None when there are problems that leave nothing to read.

    `text` is the file as it was read, for fingerprints.
    """

    path: str
    data: Plain
    lines: dict[Place, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    text: str = ""

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
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        return fault(1, "file-missing", "There is no such file.", "Check the name and the folder.")
    except IsADirectoryError:
        return fault(1, "file-missing", "This is a folder, not a file.", "Name a file inside it.")
    except UnicodeDecodeError as error:
        return fault(
            content.count(b"\n", 0, error.start) + 1,
            "yaml-encoding",
            "The file is not UTF-8 text.",
            "Save it again with the encoding UTF-8; most editors offer it under Save as.",
        )
    except OSError as error:
        return fault(1, "file-unreadable", f"The file cannot be read: {error.strerror}.", "Check who may read it.")
    return parse_yaml(text, name)


def parse_yaml(text: str, name: str) -> Document:
    """As `read_yaml`, for text that has been read already."""
    if _NEXT_LINE in text:
        return Document(name, None, problems=(_unprintable(name, text, text.index(_NEXT_LINE)),))
    plain = text.translate(_PASTED)
    try:
        builder = _build(plain, name, _PURE)
    except YAMLError:
        # The reader in C knows YAML 1.1 and stumbles over `[10:30, 11:15]`; the other has the last word.
        try:
            builder = _build(plain, name, pure=True)
        except YAMLError as error:
            return Document(name, None, problems=(_malformed(name, plain, error),))
    if builder.refused:
        return Document(name, None, problems=(builder.refused,))
    if builder.root is None:
        empty = Problem(name, 1, "yaml-empty", "The file is empty.", "Fill it in, or delete it.")
        return Document(name, None, problems=(empty,))
    return Document(name, builder.root, builder.lines, tuple(builder.problems), text)


def _build(text: str, name: str, pure: bool) -> "_Builder":
    builder = _Builder(name)
    for event in YAML(typ="safe", pure=pure).parse(text):
        builder.take(event)
        if builder.refused:
            break
    return builder


def _malformed(name: str, text: str, error: YAMLError) -> Problem:
    """What a parser could not make out, in plain words and at the line to mend."""
    if isinstance(error, ReaderError):
        return _unprintable(name, text, error.position)
    detail, line = str(error).split("\n")[0], 1
    if isinstance(error, MarkedYAMLError):
        detail = error.problem or error.context or detail
        mark = error.context_mark if error.context in _FROM_THE_START else error.problem_mark
        line = mark.line + 1 if mark else 1
    plain = ("The file cannot be read as YAML.", "Look at the indentation, the colons and the quotes on this line.")
    words = next((words for fragment, *words in _COMPLAINTS if fragment in detail), plain)
    return Problem(name, line, "yaml-syntax", *words)


def _unprintable(name: str, text: str, position: int) -> Problem:
    message = f"The line holds the character {described(text[position])}, which cannot be printed."
    line = text.count("\n", 0, position) + 1
    return Problem(name, line, "yaml-character", message, "Type the text again without it.")


class _Builder:
    """Plain data from parser events, without recursion, so that depth is checked before it can hurt."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Any = None
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
                "A text begins with & or *, which would make it an anchor or an alias.",
                "Put it in double quotes, or write out in full what it stands for.",
            )
        elif getattr(event, "tag", None):
            hint = "Put it in double quotes."
            self._refuse(line, "yaml-tag", "A text begins with !, which would make it a tag.", hint)
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
            return (*place, "again")  # so that the lines of the first stay those of the first
        container[name] = value
        self.lines[place] = key_line
        return place
