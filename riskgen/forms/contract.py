"""The template contract as data: every field that a form may print, its kind and its help text."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from riskgen.core.struct import Struct, names_of
from riskgen.forms.context import FormContext

FieldKind = Literal["text", "yes-no", "list", "group"]


class Field(Struct, frozen=True):
    """One field of the contract; `of` is the class of a group, or of the entries of a list."""

    name: str
    kind: FieldKind
    help: str
    of: type[Struct] | None = None


@cache
def shape(cls: type[Struct]) -> Mapping[str, Field]:
    """The fields of one class of the contract, by name."""
    hints = get_type_hints(cls, include_extras=True)
    return {name: _field(name, *get_args(hints[name])) for name in names_of(cls)}


def _field(name: str, hint: Any, words: str) -> Field:
    if hint is str:
        return Field(name, "text", words)
    if hint is bool:
        return Field(name, "yes-no", words)
    if get_origin(hint) is tuple:
        return Field(name, "list", words, get_args(hint)[0])
    return Field(name, "group", words, hint)


TYPE_WORDS: Mapping[FieldKind, str] = {"text": "text", "yes-no": "yes or no", "list": "list"}


def documented_fields() -> tuple[tuple[str, str, str], ...]:
    """Every field as (path, type in words, help), in order; `hazards[].name` is a field of each entry of a list."""
    return tuple(_walk(FormContext, ""))


def _walk(cls: type[Struct], before: str) -> Iterator[tuple[str, str, str]]:
    for item in shape(cls).values():
        path = before + item.name
        if item.kind != "group":
            yield path, TYPE_WORDS[item.kind], item.help
        if item.of is not None:
            yield from _walk(item.of, f"{path}[]." if item.kind == "list" else f"{path}.")
