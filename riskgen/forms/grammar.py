"""What a Word form may say: print a field, repeat over a list, leave something out. Nothing else.

The check walks the syntax tree that Jinja makes of a form, typed by the contract in `context`. There are
no calls, filters, sums or subscripts, and an inner loop runs over a list of the outer loop's item only,
so that a form can neither run code nor do more work than there is data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

from riskgen.core.struct import Struct, field
from riskgen.forms.context import FormContext
from riskgen.forms.contract import documented_fields, shape

if TYPE_CHECKING:
    from jinja2 import nodes

UNREADABLE = "_unreadable_"
"""Stands for what another message has already complained of; any part of it is taken as right."""

_FOREIGN = {
    "Call": "a call",
    "Filter": "a filter (|)",
    "Test": "an 'is' test",
    "Getitem": "square brackets",
    "Const": "a fixed value",
    "Assign": "'set'",
    "AssignBlock": "'set'",
    "Macro": "'macro'",
    "CondExpr": "'if' inside a field",
    "List": "a list",
    "Tuple": "a list",
    "Dict": "curly brackets inside a field",
}


class Fault(Struct, frozen=True):
    line: int
    code: str
    message: str
    hint: str = ""


class Thing(Struct, frozen=True):
    """What an expression stands for; `path` is its place in the contract."""

    kind: Literal["text", "yes-no", "list", "group", "anything"]
    path: str = ""
    of: type | None = None


ANYTHING = Thing("anything")


class Reading(Struct):
    """What one walk has found: faults, and the fields that the form uses."""

    faults: list[Fault] = field(default_factory=list)
    used: set[str] = field(default_factory=set)


def read_tree(tree: nodes.Template) -> Reading:
    """Walk the syntax tree of a form, or of a part of one."""
    walk = _Walk()
    scope = {name: Thing(item.kind, name, item.of) for name, item in shape(FormContext).items()}
    scope[UNREADABLE] = ANYTHING
    walk.body(tree.body, scope, innermost="")
    return walk.reading


class _Walk:
    def __init__(self) -> None:
        self.reading = Reading()

    def fault(self, node: nodes.Node, code: str, message: str, hint: str = "") -> None:
        self.reading.faults.append(Fault(node.lineno, f"form-{code}", message, hint))

    def body(self, body: Iterable[nodes.Node], scope: Mapping[str, Thing], innermost: str) -> None:
        from jinja2 import nodes

        for node in body:
            match node:
                case nodes.Output():
                    for part in node.nodes:
                        if not isinstance(part, nodes.TemplateData):
                            self.printed(part, scope)
                case nodes.For():
                    self.loop(node, scope, innermost)
                case nodes.If():
                    self.condition(node.test, scope)
                    for branch in (node.body, node.elif_, node.else_):
                        self.body(branch, scope, innermost)
                case _:
                    self.foreign(node)

    def printed(self, node: nodes.Expr, scope: Mapping[str, Thing]) -> None:
        thing = self.thing(node, scope)
        if thing and thing.kind == "list":
            hint = f"Repeat a row over it: {{%tr for item in {_text(node)} %}}."
            self.fault(node, "type", f"{_text(node)} is a list and cannot be printed as it is.", hint)
        elif thing and thing.kind == "group" and thing.of:
            hint = f"Name one of its fields: {', '.join(f'{_text(node)}.{name}' for name in shape(thing.of))}."
            self.fault(node, "type", f"{_text(node)} is a group of fields and cannot be printed as it is.", hint)
        elif thing and thing.kind == "yes-no":
            message = f"{_text(node)} is yes or no and cannot be printed."
            self.fault(node, "type", message, f"Use it in a condition: {{% if {_text(node)} %}}.")

    def loop(self, node: nodes.For, scope: Mapping[str, Thing], innermost: str) -> None:
        from jinja2 import nodes

        if node.test or node.recursive:
            self.fault(node, "not-allowed", "A loop may not have a condition of its own.", "Put an if inside the loop.")
        item = ANYTHING
        thing = self.thing(node.iter, scope)
        if thing and thing.kind == "list":
            item = Thing("group", f"{thing.path}[]", thing.of)
            if innermost and _root(node.iter) not in (innermost, UNREADABLE):
                message = f"A loop inside another may run only over a list of {innermost}, not over {_text(node.iter)}."
                self.fault(node, "loop", message, "Close the outer loop first.")
        elif thing and thing.kind != "anything":
            self.fault(node, "type", f"{_text(node.iter)} is not a list, so nothing can be repeated over it.")
        inner = dict(scope)
        name = ""
        if not isinstance(node.target, nodes.Name):
            self.fault(node, "not-allowed", "A loop may name one thing only.", "Write: for hazard in hazards.")
        else:
            name = node.target.name
            if name in scope:
                message = f"The loop calls its item '{name}', which already stands for something else."
                self.fault(node, "loop", message, "Choose another name.")
            inner[name] = item
        self.body(node.body, inner, name)
        self.body(node.else_, scope, innermost)

    def condition(self, node: nodes.Node, scope: Mapping[str, Thing]) -> None:
        from jinja2 import nodes

        match node:
            case nodes.And() | nodes.Or():
                self.condition(node.left, scope)
                self.condition(node.right, scope)
            case nodes.Not():
                self.condition(node.node, scope)
            case nodes.Compare():
                self.comparison(node, scope)
            case _:
                thing = self.thing(node, scope)
                if thing and thing.kind in ("text", "group"):
                    hint = f'Compare it: {_text(node)} == "…".' if thing.kind == "text" else ""
                    message = f"{_text(node)} is never empty, so it cannot be a condition by itself."
                    self.fault(node, "type", message, hint)

    def comparison(self, node: nodes.Compare, scope: Mapping[str, Thing]) -> None:
        from jinja2 import nodes

        thing = self.thing(node.expr, scope)
        if thing and thing.kind not in ("text", "anything"):
            self.fault(node, "type", f"{_text(node.expr)} is not text and cannot be compared.")
        for operand in node.ops:
            fixed = isinstance(operand.expr, nodes.Const) and isinstance(operand.expr.value, str)
            if operand.op not in ("eq", "ne") or not fixed or len(node.ops) > 1:
                hint = 'For example: decision.id == "refer".'
                self.fault(node, "not-allowed", "A field may be compared only by == or != with text in quotes.", hint)
                return

    def thing(self, node: nodes.Node, scope: Mapping[str, Thing]) -> Thing | None:
        """What an expression stands for, or None if there is no such thing (and then a fault is noted)."""
        from jinja2 import nodes

        match node:
            case nodes.Name():
                found = scope.get(node.name)
                if found is None:
                    self.unknown(node, f"'{node.name}' is not a field.", node.name, scope, _ending_in(node.name))
            case nodes.Getattr():
                base = self.thing(node.node, scope)
                if base is None or base.kind == "anything":
                    return base
                found = self.part(node, base)
            case _:
                self.foreign(node)
                return None
        if found and found.path:
            self.reading.used.add(found.path)
        return found

    def part(self, node: nodes.Getattr, base: Thing) -> Thing | None:
        whole = _text(node.node)
        if base.kind == "list":
            self.fault(node, "type", f"{whole} is a list: '{node.attr}' belongs to its entries.", "Repeat over it.")
            return None
        if base.of is None:
            self.fault(node, "unknown-field", f"{whole} is a single field and has no '{node.attr}'.")
            return None
        known = shape(base.of)
        if node.attr in known:
            item = known[node.attr]
            return Thing(item.kind, f"{base.path}.{item.name}", item.of)
        self.unknown(node, f"{whole} has no field '{node.attr}'.", node.attr, known, (), f"{whole}.")
        return None

    def unknown(
        self,
        node: nodes.Node,
        message: str,
        name: str,
        known: Iterable[str],
        elsewhere: tuple[str, ...],
        before: str = "",
    ) -> None:
        names = [item for item in known if item != UNREADABLE]
        close = list(elsewhere) or [before + item for item in get_close_matches(name, names, 1)]
        hint = f"Did you mean {close[0]}?" if close else "riskgen fields lists every field."
        self.fault(node, "unknown-field", message, hint)

    def foreign(self, node: nodes.Node) -> None:
        name = type(node).__name__
        what = _FOREIGN.get(name, "this")
        message = f"A form may hold only fields, for and if, not {what}."
        self.fault(node, "not-allowed", message, "riskgen fields lists what may be printed, already written out.")


def _ending_in(name: str) -> tuple[str, ...]:
    """Fields outside lists that end in a name, for somebody who wrote `purpose` for `visit.purpose`."""
    paths = (path for path, _, _ in documented_fields())
    return tuple(path for path in paths if path.rpartition(".")[2] == name and "[" not in path)[:1]


def _chain(node: nodes.Node) -> Iterator[str]:
    from jinja2 import nodes

    while isinstance(node, nodes.Getattr):
        yield node.attr
        node = node.node
    yield node.name if isinstance(node, nodes.Name) else "…"


def _text(node: nodes.Node) -> str:
    return ".".join(reversed(list(_chain(node))))


def _root(node: nodes.Node) -> str:
    return list(_chain(node))[-1]
