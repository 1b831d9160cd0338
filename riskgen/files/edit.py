"""Changing single entries of a file in YAML that people wrote, and leaving all else in it as they wrote it.

Every scalar is taken as the text that stands there, so that nothing is written back otherwise than it was: not `0123`,
not `12:30`, not `no`. What comes out is read again, and has to say what was meant and nothing else.
"""

import copy
import io
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString
from ruamel.yaml.tag import Tag

from riskgen.files.yaml import Place, Plain, parse_yaml

_TEXT = Tag(suffix="tag:yaml.org,2002:str")
_OTHER_THAN_TEXT = re.compile(r"-?[0-9]*\Z|~\Z|null\Z")
"""What would be read as a number or as nothing, were it not in quotes."""
_ENTRY = re.compile(r"^( *)[^\s#-][^\n]*:[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*( *)- ", re.MULTILINE)
_NESTED = re.compile(r"^[^\s#-][^\n]*:[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*( +)[^\s#-]", re.MULTILINE)
_ANY_WIDTH = 1_000_000


class CannotEdit(Exception):  # noqa: N818  # it says what happened
    """The file is written in a way in which single entries cannot be changed. Nothing was."""


def edit_yaml(text: str, puts: Mapping[Place, Plain], takes: Sequence[Place] = ()) -> str:
    """The text with other values at some places, and without the entries at others.

    Groups that a place leads through are made where there are none; the number after the last of a list adds to it.
    Places count as they were before; those to take out are in the order of the file.
    Comments and the order of entries stay. Raises `CannotEdit`.
    """
    mark, plain = ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)
    ends = "\r\n" if "\r\n" in plain else "\n"
    plain = plain.replace("\r\n", "\n")
    before = parse_yaml(plain, "") if plain.strip() else None
    round_trip = _as_written(plain)  # which makes nothing but lists, groups and text, whatever tags there are
    try:
        root = round_trip.load(plain)
        lead = plain if root is None else ""
        root = CommentedMap() if root is None else root
        if not isinstance(root, CommentedMap):
            raise CannotEdit
        meant: Any = copy.deepcopy(before.data) if before and before.data is not None else {}
        for data, new in ((root, True), (meant, False)):
            _change(data, puts, takes, new)
        stream = io.StringIO()
        round_trip.dump(root, stream)
    except (YAMLError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise CannotEdit from error
    written = lead + stream.getvalue()
    after = parse_yaml(written, "")
    if after.problems or after.data != meant:
        raise CannotEdit
    return mark + written.replace("\n", ends)


def _as_written(text: str) -> YAML:
    """A reader and writer that indents as the text does."""
    yaml = YAML(typ="rt", pure=True)
    yaml.Resolver = _AllText
    yaml.preserve_quotes = True
    yaml.width = _ANY_WIDTH
    entry, nested = _ENTRY.search(text), _NESTED.search(text)
    offset = len(entry[2]) - len(entry[1]) if entry else 2
    yaml.indent(mapping=len(nested[1]) if nested else 2, sequence=offset + 2, offset=offset)
    return yaml


class _AllText(VersionedResolver):
    """Knows no numbers, no dates and no nothing: only text."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        return _TEXT if kind is ScalarNode else super().resolve(kind, value, implicit)


def _change(root: Any, puts: Mapping[Place, Plain], takes: Sequence[Place], new: bool) -> None:
    for place, value in puts.items():
        here = root
        for step, following in pairwise(place):
            if isinstance(here, dict) and not here.get(step):
                here[step] = ([] if isinstance(following, int) else {}) if not new else _empty(following)
            here = here[step]
        last: Any = place[-1]
        wanted = _written(value) if new else value
        if isinstance(here, list) and last == len(here):
            here.append(wanted)
        else:
            here[last] = wanted
    for place in reversed(takes):
        here = root
        for step in place[:-1]:
            here = here[step]
        del here[place[-1]]


def _empty(following: str | int) -> CommentedMap | CommentedSeq:
    return CommentedSeq() if isinstance(following, int) else CommentedMap()


def _written(value: Plain) -> Any:
    """A value as it is to be written: lists on one line, text over several lines below, the rest as plain as can be."""
    if isinstance(value, dict):
        made = CommentedMap()
        for key, item in value.items():
            made[_written(key)] = _written(item)
        return made
    if isinstance(value, list):
        row = CommentedSeq([_written(item) for item in value])
        row.fa.set_flow_style()
        return row
    if value is None or isinstance(value, int):
        return "" if value is None else str(value)
    if "\n" in value:
        return LiteralScalarString(value)
    return DoubleQuotedScalarString(value) if _OTHER_THAN_TEXT.match(value) else value
