"""Whether a form is well-formed XML whatever is filled in.

docxtpl has a parser mend what comes out of a form. Here it is shown beforehand that there is nothing to mend: whatever
a block leaves out or repeats, the same elements are open behind it as before it. Then no document has to be parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from jinja2 import nodes

_PIECE = re.compile(
    r"<(?P<close>/)?(?P<name>[\w:.-]+)(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*\s*(?P<empty>/)?>"
    r"|<!--.*?-->|<\?.*?\?>",
    re.DOTALL,
)
_LEFT_OVER = re.compile(r"\{[{%#]")


class _Unsound(Exception):  # noqa: N818  # it never leaves this room
    pass


def why_unsound(tree: nodes.Template) -> str | None:
    """Why a source, as Jinja reads it, may come out as something else than XML; None if it cannot."""
    walk = _Walk()
    try:
        walk.through(tree.body)
        walk.end()
        expat.ParserCreate(namespace_separator=" ").Parse("".join(walk.sample).encode(), True)
    except _Unsound as found:
        return str(found)
    except expat.ExpatError as error:
        return f"it is not well-formed ({error})"
    return None


class _Walk:
    """`open` are the elements that are open, `begun` a tag that has begun and not ended; `sample` is one of the
    documents that can come out."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.begun = ""
        self.sample: list[str] = []

    def through(self, body: Iterable[nodes.Node]) -> None:
        from jinja2 import nodes

        for node in body:
            match node:
                case nodes.Output():
                    for item in node.nodes:
                        self.text(item.data if isinstance(item, nodes.TemplateData) else "x")
                case nodes.For():
                    self.block([node.body, node.else_])
                case nodes.If():
                    self.block([node.body, *(each.body for each in node.elif_), node.else_])
                case _:
                    raise _Unsound(f"it holds a block that is not understood ({type(node).__name__})")

    def text(self, text: str) -> None:
        if _LEFT_OVER.search(text):
            raise _Unsound("a tag is left over")
        self.sample.append(text)
        text = self.begun + text
        last = text.rfind("<")
        complete = last < 0 or text.find(">", last) >= 0
        self.begun = "" if complete else text[last:]
        for piece in _PIECE.finditer(text if complete else text[:last]):
            if piece["close"]:
                if not self.open or self.open.pop() != piece["name"]:
                    raise _Unsound(f"an element {piece['name']} is closed that was not open")
            elif piece["name"] and not piece["empty"]:
                self.open.append(piece["name"])

    def block(self, branches: Iterable[Iterable[nodes.Node]]) -> None:
        before, begun, sample = list(self.open), self.begun, self.sample
        first: list[str] | None = None
        for branch in branches:
            self.open, self.begun, self.sample = list(before), begun, []
            self.through(branch)
            first = self.sample if first is None else first
            if begun and any(sign in "".join(self.sample) for sign in "<>\"'"):
                raise _Unsound("a block within a tag holds more than text")
            if self.open != before or bool(self.begun) != bool(begun):
                raise _Unsound("a block leaves out or repeats half of an element")
        self.open, self.begun, self.sample = before, begun, [*sample, *(first or ())]

    def end(self) -> None:
        if self.open or self.begun:
            raise _Unsound("an element stays open")
