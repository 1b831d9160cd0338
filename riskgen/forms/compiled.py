"""A Word form made ready once, and filled in any number of times: a render of the parts that change, and no more.

What is the same in every document lies here packed already. What changes is a Jinja source that docxtpl has made of
the form (see `compile`), as the tree that Jinja has read (see `tree`); filling it in needs neither docxtpl nor lxml. A
compiled form is data, and is kept as such: a file of parts like a Word document, so that nothing in it can run but what
Jinja's sandbox lets it.
"""

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from riskgen.core.struct import Struct
from riskgen.files.zipped import SMALL, Packed, content_of, joined, packed, parts_of
from riskgen.forms.grid import fitted
from riskgen.forms.late import as_ascii, pieces_of, settle_late
from riskgen.forms.tree import tree_of

PICTURE = "\x10"
"""Stands for the id of a drawing of the text, which docxtpl numbers anew once all is filled in."""
_FIRST_PICTURE = 1001
_HELD = {"\n": "\x11", "\t": "\x12", "\a": "\x13", "\f": "\x14"}
"""What docxtpl turns into breaks, tabs and paragraphs, and what stands for it until all is filled in: so that only a
document that has some is searched for them."""
_TO_HELD = str.maketrans(_HELD)
_BREAK = '</w:t><w:br/><w:t xml:space="preserve">'
_ABOUT = "compiled.json"
_TOLD = ("main", "core", "nested", "varying", "pictured", "order")


class Compiled(Struct, frozen=True):
    """A form made ready. `order` names every part in the order of the file; each is kept as it is, or made of its
    tree (see `tree`), but for the properties of the document, which are made anew.

    `main` is the part that is the text, `core` the one with the properties; `nested` says that there are paragraphs
    within others (text boxes), `varying` that there are tables of which the columns are to be fitted, `pictured` that
    there are drawings to be numbered.
    """

    main: str
    core: str
    nested: bool
    varying: bool
    pictured: bool
    order: tuple[str, ...]
    trees: Mapping[str, Any]
    kept: Mapping[str, Packed]

    def to_bytes(self) -> bytes:
        trees = (packed(f"tree/{name}", json.dumps(tree).encode(), SMALL) for name, tree in self.trees.items())
        kept = (part._replace(name=f"kept/{name}") for name, part in self.kept.items())
        about = {name: getattr(self, name) for name in _TOLD}
        return joined((packed(_ABOUT, json.dumps(about).encode(), SMALL), *trees, *kept))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Compiled":
        """Raises `ValueError`, `KeyError`, `TypeError` or `BadZipFile` for anything but what `to_bytes` made."""
        held = {part.name: part for part in parts_of(data)}
        about = json.loads(content_of(held.pop(_ABOUT)))
        trees, kept = {}, {}
        for name, part in held.items():
            kind, _, called = name.partition("/")
            if kind == "tree":
                trees[called] = json.loads(content_of(part))
            else:
                kept[called] = part._replace(name=called)
        if set(about["order"]) != {about["core"], *trees, *kept} or about["main"] not in trees:
            raise ValueError("Parts are missing, or there are others.")
        return cls(**{name: about[name] for name in _TOLD} | {"order": tuple(about["order"])}, trees=trees, kept=kept)


class Filler:
    """A compiled form with its trees turned into Jinja templates of an environment."""

    def __init__(self, form: Compiled, environment: Any) -> None:
        """The environment's `finalize` passes what is printed through `put_in`. Raises Jinja's `TemplateError`, and
        what `tree_of` raises."""
        self.form = form
        self.templates = {name: environment.from_string(tree_of(tree)) for name, tree in form.trees.items()}

    def texts(self, values: Mapping[str, object]) -> dict[str, str]:
        """The parts that change, filled in. Raises Jinja's `TemplateError`."""
        return {name: self._settled(template.render(values)) for name, template in self.templates.items()}

    def document(self, texts: Mapping[str, str], core: bytes) -> bytes:
        """The whole file; `core` is the part with the properties of the document."""
        kept = self.form.kept
        made = {self.form.core: core, **{name: text.encode() for name, text in settle_late(texts).items()}}
        return joined(packed(name, made[name]) if name in made else kept[name] for name in self.form.order)

    def _settled(self, text: str) -> str:
        if self.form.varying:
            text = fitted(text)
        if self.form.pictured:
            first, *others = pieces_of(text, PICTURE)
            text = first + "".join(f"{number}{other}" for number, other in enumerate(others, _FIRST_PICTURE))
        return self._broken(text) if any(mark in text for mark in _HELD.values()) else text

    def _broken(self, text: str) -> str:
        """Line breaks of values as Word has them. Whatever needs to know about its paragraph, docxtpl sees to."""
        line, *others = _HELD.values()
        if not self.form.nested and not any(mark in text for mark in others):
            return _with_breaks(pieces_of(text, line))
        from docxtpl import DocxTemplate

        for sign, mark in _HELD.items():
            text = text.replace(mark, sign)
        resolved: str = DocxTemplate.resolve_listing(None, text)
        return resolved


def _with_breaks(pieces: list[str]) -> str:
    """Text again, with breaks between its pieces; a space within an attribute, which can hold no break."""
    joined_up, within = [pieces[0]], False
    for before, piece in pairwise(pieces):
        opens, closes = before.rfind("<"), before.rfind(">")
        within = opens > closes if opens != closes else within
        joined_up += (" " if within else _BREAK, piece)
    return "".join(joined_up)


class NotText(Exception):  # noqa: N818  # it says what is so
    """Something else than text that would be printed, and its type."""


def put_in(value: str) -> str:
    """A text as it is put into a source: escaped, with marks in place of what becomes breaks. Raises `NotText`, and
    Jinja's `UndefinedError`, for anything else: a form may print whatever it can name."""
    if (
        isinstance(value, str)
        and value.isascii()
        and value.isprintable()
        and not ("&" in value or "<" in value or ">" in value or "'" in value or '"' in value)
    ):  # as nearly all is
        return value
    from markupsafe import Markup, escape

    return Markup(as_ascii(escape(text_of(value).translate(_TO_HELD))))  # noqa: S704  # escaped


def text_of(value: object) -> str:
    """A value that is printed, if it is text. Raises `NotText`, and Jinja's `UndefinedError`."""
    if isinstance(value, str):
        return value
    from jinja2 import Undefined

    if isinstance(value, Undefined):
        str(value)  # raises, naming what is missing
    raise NotText(type(value).__name__)
