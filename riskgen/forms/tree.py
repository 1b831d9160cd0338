"""The syntax tree of a form, as Jinja has read it, kept as plain data and put together again.

Reading the source of a form takes as long as all else that Jinja does with it. What a form may say is for its grammar
to judge, each time; here a tree only comes back if Jinja could have read it. Jinja writes names into the code that it
makes, as they are: nothing but a name comes back as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import nodes

_FIELDS = {
    "Add": ("node", "node"),
    "And": ("node", "node"),
    "Compare": ("node", "operands"),
    "CondExpr": ("node", "node", "node or none"),
    "Const": ("value",),
    "Filter": ("node", "text", "nodes", "nodes", "node or none", "node or none"),
    "For": ("target", "node", "nodes", "nodes", "node or none", "flag"),
    "Getattr": ("node", "text", "load"),
    "If": ("node", "nodes", "ifs", "nodes"),
    "Name": ("name", "load"),
    "Not": ("node",),
    "Operand": ("text", "node"),
    "Or": ("node", "node"),
    "Output": ("nodes",),
    "Template": ("nodes",),
    "TemplateData": ("text",),
}
"""What each field of a node is, by the node's kind, in Jinja's order."""
_SEARCHED = ("For", "Template")
"""Kinds in which Jinja searches all that is within them for blocks, imports and a loop that calls its item `loop`. None
of these come back, so that there is nothing to be found: the searches take a quarter of the time of a form's code."""


def plain_tree(tree: nodes.Template) -> Any:
    """Lists, texts, numbers and groups: a node is `{kind: [its fields]}`. Raises `ValueError` for a kind that
    cannot be kept."""
    return _plain(tree)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int):
        return value
    kind = type(value).__name__
    if kind not in _FIELDS:
        raise ValueError(f"A tree may not hold {kind}.")
    return {kind: [_plain(getattr(value, name)) for name in value.fields]}


def tree_of(plain: Any) -> nodes.Template:
    """The tree again, for an environment to compile. Raises `ValueError` for anything but what `plain_tree` made, and
    `RecursionError` for what is too deep."""
    from jinja2 import nodes

    tree: nodes.Template = _Again(nodes).node(plain, "Template")
    return tree


def _nothing(_: Any) -> Iterator[nodes.Node]:
    return iter(())


class _Again:
    def __init__(self, nodes: Any) -> None:
        self.nodes = nodes

    def node(self, plain: Any, wanted: str = "") -> Any:
        """A node, if it is of the kind that is wanted, if any is."""
        kind, fields = next(iter(plain.items())) if isinstance(plain, dict) and len(plain) == 1 else ("", None)
        sorts = _FIELDS.get(kind, ())
        if not sorts or wanted not in ("", kind) or not isinstance(fields, list) or len(fields) != len(sorts):
            raise ValueError("It is not the tree of a form.")
        made = getattr(self.nodes, kind)(*map(self.field, sorts, fields), lineno=1)
        if kind in _SEARCHED:
            made.find_all = _nothing
        return made

    def field(self, sort: str, plain: Any) -> Any:
        match sort, plain:
            case "node" | "node or none", dict():
                return self.node(plain)
            case "nodes", list():
                return [self.node(item) for item in plain]
            case "ifs", list():
                return [self.node(item, "If") for item in plain]
            case "operands", list():
                return [self.node(item, "Operand") for item in plain]
            case "target", {"Name": [name, "store"]} if name != "loop":
                return self.nodes.Name(self.field("name", name), "store", lineno=1)
            case ("name", str()) if plain.isascii() and plain.isidentifier():
                return plain
            case ("text", str()) | ("value", str() | int()) | ("flag", bool()) | ("load", "load"):
                return plain
            case "node or none", None:
                return None
        raise ValueError("It is not the tree of a form.")
