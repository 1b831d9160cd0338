"""Finding the tags in a Word form: where each stands, and whether it stands where it may.

Word splits what people type into pieces; docxtpl joins them again, and so does this room, in the same
way, so that what is checked is what will be filled in. From the tags it makes a small Jinja template, one
tag a line, for `grammar` to check.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from riskgen.core.struct import Struct
from riskgen.files.word import Part, W
from riskgen.forms.context import FormContext
from riskgen.forms.contract import shape
from riskgen.forms.grammar import UNREADABLE, Fault

TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_OPENING = re.compile(r"\{[{%#]")
_BROKEN = re.compile(r"\{[{%#]|[}%]\}|\{_[{%]|[}%]_\}")
"""What is left once whole tags are out; `{_{` is docxtpl's way of printing `{{`."""
_SINGLE = re.compile(r"(?<!\{)\{\s*([a-z_]+)(?:\.[a-z_.]+)?\s*\}(?!\})")
_STATEMENT = re.compile(r"\{%(tr|tc|p|r)?\s+(\w+)\b\s*(.*?)\s*%\}\Z", re.DOTALL)
_QUOTES = str.maketrans("“”‘’", "\"\"''")
_WHOLE = {"tr": ("tr", "row"), "tc": ("tc", "cell"), "p": ("p", "paragraph")}
"""For each prefix, the element that its tag removes, and what people call it."""
_CLOSES = {"endfor": "for", "endif": "if", "else": "for or if", "elif": "if"}
_BY_HAND = {"dropDownList": "drop-down list", "date": "date picker", "checkbox": "tick box"}


class Tag(Struct, frozen=True):
    """One tag. `source` is what Jinja gets to see, `inside` the element within which its block must close."""

    text: str
    prefix: str
    word: str
    rest: str
    near: str
    inside: Element | None
    order: tuple[int, int]

    @property
    def source(self) -> str:
        if self.word == "cellbg" or not self.word:
            return f"{{{{ {self.rest} }}}}"
        return f"{{% {self.word} {self.rest} %}}"


class Found(Struct, frozen=True):
    """What one part holds: a fault a complaint, and the tags in the order in which they take effect."""

    tags: tuple[Tag, ...]
    faults: tuple[tuple[str, str, str], ...]


def find_tags(part: Part) -> Found:
    root = part.root
    if part.words == "the text":
        body = root.find(W + "body")  # docxtpl fills in no more than the body
        root = root if body is None else body
    return _Finder(root).find()


def unfilled(part: Part) -> bool:
    """Whether a part in which nothing is filled in holds a tag."""
    values = (value for element in part.root.iter() for value in element.attrib.values())
    return bool(re.search(r"\{[{%]", "".join(part.root.itertext()))) or any(re.search(r"\{[{%]", v) for v in values)


class _Finder:
    def __init__(self, root: Element) -> None:
        self.root = root
        self.parents = {child: parent for parent in root.iter() for child in parent}
        self.tags: list[Tag] = []
        self.faults: list[tuple[str, str, str]] = []

    def fault(self, code: str, message: str, hint: str = "") -> None:
        self.faults.append((f"form-{code}", message, hint))

    def find(self) -> Found:
        openings = 0
        place: dict[Element, int] = {}
        for number, element in enumerate(self.root.iter()):
            place[element] = number
            self.elsewhere(element)
            if element.tag == W + "p":
                pieces = list(self.pieces(element))
                openings += len(_OPENING.findall("".join(text for text, _ in pieces)))
                self.paragraph(element, pieces, number)
        if len(_OPENING.findall("".join(self.texts()))) != openings:
            message = "A curly bracket at the end of one paragraph would join with one at the start of the next."
            self.fault("tag", message, "Type the tag again, all in one paragraph.")
        ordered = [self.in_effect(tag, place) for tag in self.tags]
        return Found(tuple(sorted(ordered, key=lambda tag: tag.order)), tuple(dict.fromkeys(self.faults)))

    def texts(self) -> Iterator[str]:
        return (element.text or "" for element in self.root.iter(W + "t"))

    def elsewhere(self, element: Element) -> None:
        """Tags where they would be filled in but must not be: attributes, comments, field codes, deleted text."""
        texts = [element.tail or ""]
        if element.tag != W + "t":
            texts.append(element.text or "")
        texts += element.attrib.values()
        for text in texts:
            if _OPENING.search(text):
                message = f"There is a tag outside the text proper, near '{_near(text, 0)}'."
                hint = "Take it out of names, alternative texts, field codes and tracked changes; accept all changes."
                self.fault("tag", message, hint)

    def pieces(self, paragraph: Element) -> Iterator[tuple[str, Element]]:
        """The texts of a paragraph with their elements, without the paragraphs of text boxes inside it."""
        waiting = list(reversed(paragraph))
        while waiting:
            element = waiting.pop()
            if element.tag == W + "t":
                yield element.text or "", element
            elif element.tag != W + "p":
                waiting.extend(reversed(element))

    def paragraph(self, paragraph: Element, pieces: list[tuple[str, Element]], number: int) -> None:
        text = "".join(piece for piece, _ in pieces)
        if "{" not in text and "}" not in text:
            return
        for found in TAG.finditer(text):
            self.tag(found, text, paragraph, pieces, number)
        rest = TAG.sub(lambda found: "\0" * len(found[0]), text)
        if broken := _BROKEN.search(rest):
            message = f"A tag is not closed, or not opened, near '{_near(text, broken.start())}'."
            self.fault("tag", message, "A field stands between {{ and }}, anything else between {% and %}.")
        for single in _SINGLE.finditer(rest):
            if single[1] in shape(FormContext):
                self.fault("tag", f"'{single[0]}' would be printed as it is.", "Use two curly brackets on each side.")

    def tag(
        self,
        found: re.Match[str],
        text: str,
        paragraph: Element,
        pieces: list[tuple[str, Element]],
        number: int,
    ) -> None:
        raw = found[0]
        near = _near(text, found.start())
        if raw.startswith("{#"):
            if re.search(r"[{}%<>]", raw[2:-2]):
                message = f"A comment holds a curly bracket, % or an angle bracket, near '{near}'."
                self.fault("tag", message, "Say it in words, or take the comment out.")
            return
        first, last = _holder(pieces, found.start()), _holder(pieces, found.end() - 1)
        containers = [self.parents.get(self.parents.get(element, element)) for element in (first, last)]
        if containers[0] is not containers[1]:
            message = f"A tag runs across the edge of a link, a tracked change or a form field, near '{near}'."
            self.fault("tag", message, "Type it again in one go.")
            return
        self.by_hand(first, raw)
        inside, straight = containers[0], re.sub(r"\s+", " ", raw.translate(_QUOTES))
        if straight.startswith("{{"):
            if re.match(r"\{\{(tr|tc|p|r) ", straight):
                self.fault("tag", f"'{raw}' would insert raw Word text.", "Print fields as {{ field }}.")
            else:
                self.tags.append(Tag(raw, "", "", straight[2:-2].strip(), near, inside, (number, found.start())))
            return
        statement = _STATEMENT.match(straight)
        if not statement:
            hint = "Write {% if … %}, or {%p if … %} for a whole paragraph and {%tr for … %} for a row; no {%- or -%}."
            self.fault("tag", f"'{raw}' is not a tag that forms know, near '{near}'.", hint)
            return
        prefix, word, rest = statement[1] or "", statement[2], statement[3]
        if word in _WHOLE or (not prefix and word == "r"):
            self.fault("tag", f"'{raw}' has a space too many.", f"Write {{%{word} without a space between.")
        elif word not in ("for", "if", "elif", "else", "endif", "endfor", "cellbg") or (word == "cellbg" and prefix):
            self.fault("tag", f"'{raw}' is not a tag that forms know.", "Forms know for, if, elif, else and cellbg.")
        elif prefix and re.search("[}%]", rest):
            self.fault("tag", f"'{raw}' may not hold % or curly brackets inside.", "Compare with another word.")
        else:
            if prefix in _WHOLE:
                inside = self.alone(prefix, raw, paragraph)
            self.tags.append(Tag(raw, prefix, word, rest, near, inside, (number, found.start())))

    def alone(self, prefix: str, raw: str, paragraph: Element) -> Element | None:
        """Complain of a tag that would take its neighbours with it, and say within what its block must close."""
        name, called = _WHOLE[prefix]
        whole: Element | None = paragraph
        while whole is not None and whole.tag != W + name:
            whole = self.parents.get(whole)
        if whole is None:
            self.fault("tag", f"'{raw}' stands outside a table.", "Use {%p … %} for a paragraph.")
            return None
        text = "".join(element.text or "" for element in whole.iter(W + "t")).strip()
        if text != raw:
            others = [found[0] for found in TAG.finditer(text) if found[0].startswith("{%" + prefix + " ")]
            what = f"are {len(others)} such tags" if len(others) > 1 else "is something else"
            message = f"'{raw}' must stand alone in its {called}, but there {what} in it, near '{_near(text, 0)}'."
            self.fault("tag", message, f"Give each tag a {called} of its own, which is not printed.")
        return self.parents.get(whole)

    def by_hand(self, element: Element | None, raw: str) -> None:
        """Complain of a field printed into a content control whose state would then contradict its text."""
        while element is not None:
            properties = element.find(W + "sdtPr") if element.tag == W + "sdt" else None
            for item in properties if properties is not None else ():
                kind = item.tag.rpartition("}")[2]
                if kind in _BY_HAND:
                    message = f"'{raw}' stands in a {_BY_HAND[kind]}, which is for people to fill in."
                    self.fault("control", message, "Move the field out of it, or make it a text control.")
                elif kind == "dataBinding":
                    message = f"'{raw}' stands in a control bound to other data, which Word would print instead."
                    self.fault("control", message, "Use a plain text control.")
            element = self.parents.get(element)

    def in_effect(self, tag: Tag, place: dict[Element, int]) -> Tag:
        """docxtpl moves a cell's colour to the start of the cell, before anything else in it."""
        if tag.word != "cellbg":
            return tag
        cell = tag.inside
        while cell is not None and cell.tag != W + "tc":
            cell = self.parents.get(cell)
        if cell is None:
            self.fault("tag", f"'{tag.text}' stands outside a table.", "Only cells have a colour.")
            return tag
        return Tag(tag.text, "", "cellbg", tag.rest, tag.near, cell, (place[cell], 0))


def _holder(pieces: list[tuple[str, Element]], offset: int) -> Element:
    """The text element that holds the character at an offset of the joined text."""
    for text, element in pieces:
        if offset < len(text):
            return element
        offset -= len(text)
    return pieces[-1][1]


def _near(text: str, offset: int) -> str:
    start = max(0, offset - 25)
    words = re.sub(r"\s+", " ", text[start : offset + 45]).strip()
    return f"{'…' if start else ''}{words}{'…' if offset + 45 < len(text) else ''}"


# --- blocks -------------------------------------------------------------------------------------


def as_template(tags: tuple[Tag, ...]) -> tuple[str, tuple[Tag, ...], tuple[Fault, ...]]:
    """A Jinja template of the tags, the tag of each of its lines, and the faults in how blocks open and close.

    The template is always well-formed: what is faulty is mended or left out once it has been noted.
    """
    lines: list[str] = []
    owners: list[Tag] = []
    faults: list[Fault] = []
    blocks: list[Tag] = []

    def put(source: str, tag: Tag) -> None:
        lines.append(source)
        owners.append(tag)

    def fault(tag: Tag, message: str, hint: str = "") -> None:
        faults.append(Fault(len(lines) + 1, "form-tag", message, hint))
        owners.append(tag)
        lines.append("")

    for tag in tags:
        source = tag.source
        if not _parses(source, tag.word):
            fault(tag, f"'{tag.text}' cannot be read, near '{tag.near}'.", "Look at its spelling, dots and quotes.")
            source = _stand_in(tag)
        if tag.word in ("for", "if"):
            blocks.append(tag)
        elif tag.word in _CLOSES:
            opener = blocks[-1] if blocks else None
            if opener is None or opener.word not in _CLOSES[tag.word].split(" or "):
                fault(tag, f"'{tag.text}' closes nothing, near '{tag.near}'.", f"Put a {_CLOSES[tag.word]} before it.")
                continue
            if opener.prefix != tag.prefix:
                message = f"'{opener.text}' is answered by '{tag.text}': the two must be of one kind."
                fault(tag, message, f"Write {{%{opener.prefix} {tag.word} %}}.")
            elif opener.inside is not tag.inside:
                message = f"'{opener.text}' and its '{tag.text}' do not stand in the same table, cell or paragraph."
                fault(tag, message, "Move one of them.")
            if tag.word.startswith("end"):
                blocks.pop()
        put(source, tag)
    for tag in reversed(blocks):
        hint = f"Put {{%{tag.prefix} end{tag.word} %}} after it."
        fault(tag, f"'{tag.text}' is never closed, near '{tag.near}'.", hint)
        put(f"{{% end{tag.word} %}}", tag)
    return "\n".join(lines), tuple(owners), tuple(faults)


def _parses(source: str, word: str) -> bool:
    from jinja2 import Environment, TemplateSyntaxError

    whole = {
        "for": f"{source}{{% endfor %}}",
        "if": f"{source}{{% endif %}}",
        "elif": f"{{% if x %}}{source}{{% endif %}}",
        "else": f"{{% if x %}}{source}{{% endif %}}",
        "endif": f"{{% if x %}}{source}",
        "endfor": f"{{% for x in y %}}{source}",
    }.get(word, source)
    try:
        Environment(autoescape=True).parse(whole)
    except TemplateSyntaxError:
        return False
    return True


def _stand_in(tag: Tag) -> str:
    """What stands for a tag that cannot be read, so that the rest can still be checked."""
    if tag.word == "for":
        target = re.match(r"\w+", tag.rest)
        return f"{{% for {target[0] if target and target[0].isidentifier() else 'item'} in {UNREADABLE} %}}"
    if tag.word in ("if", "elif"):
        return f"{{% {tag.word} {UNREADABLE} %}}"
    return f"{{% {tag.word} %}}" if tag.word in _CLOSES else ""
