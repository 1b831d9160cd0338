"""The syntax tree of a form, as Jinja has read it, kept as plain data and put together again.

Reading the source of a form takes as long as all else that Jinja does with it. What a form may say is for its grammar
to judge, each time. Here only kinds come back of which Jinja writes nothing into the code that it makes as it is, but
for names; and nothing but a name comes back as one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import nodes

_KINDS = frozenset({
    "Add", "And", "Compare", "CondExpr", "Const", "Filter", "For", "Getattr", "If", "Name", "Not", "Operand", "Or",
    "Output", "Template", "TemplateData",
})  # fmt: skip


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
    if kind not in _KINDS:
        raise ValueError(f"A tree may not hold {kind}.")
    return {kind: [_plain(getattr(value, name)) for name in value.fields]}


def tree_of(plain: Any) -> nodes.Template:
    """The tree again, for an environment to compile. Raises `ValueError` or `TypeError` for anything but what
    `plain_tree` made."""
    from jinja2 import nodes

    tree = _Again({name: getattr(nodes, name) for name in _KINDS}).node(plain)
    if not isinstance(tree, nodes.Template):
        raise ValueError("It is not the tree of a form.")
    return tree


class _Again:
    def __init__(self, kinds: dict[str, Any]) -> None:
        self.kinds = kinds

    def node(self, plain: Any) -> Any:
        if isinstance(plain, list):
            return [self.node(item) for item in plain]
        if plain is None or isinstance(plain, str | int):
            return plain
        ((kind, fields),) = plain.items() if isinstance(plain, dict) else (("", []),)
        if kind not in self.kinds:
            raise ValueError("It is not the tree of a form.")
        made = self.kinds[kind](*map(self.node, fields), lineno=1)
        if kind == "Name" and not (isinstance(made.name, str) and made.name.isascii() and made.name.isidentifier()):
            raise ValueError("A name is none.")
        return made
