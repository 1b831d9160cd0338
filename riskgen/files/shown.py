"""What somebody sees of a part of a Word document: its text, without what is deleted, hidden, or only prompts."""

from collections.abc import Collection
from xml.etree.ElementTree import Element

from riskgen.files.text import PROMPT_MARK, is_prompt
from riskgen.files.word import W

MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
NOT_SHOWN = frozenset({
    MC + "Fallback",
    *(W + name for name in ("del", "moveFrom", "pPr", "rPr", "sdtPr", "sdtEndPr")),
    *(W + name for name in ("instrText", "delText", "delInstrText", "rt")),
})  # fmt: skip
"""What is not text: tracked deletions, codes of fields, and a second copy for programs that are too old."""


def is_deleted_row(element: Element) -> bool:
    """Whether it is a row of a table that somebody deleted while changes were tracked."""
    return element.tag == W + "tr" and element.find(f"{W}trPr/{W}del") is not None


def is_on(element: Element | None, attribute: str) -> bool:
    """A switch of Word: on where it is there, unless it says that it is off."""
    return element is not None and element.get(attribute, "1").lower() not in ("0", "false", "off")


def shown_text(part: Element, but: Collection[str] = ()) -> str:
    """The text of a part of a document as somebody sees it, each paragraph on a line of its own; `but` names styles
    of text that is left out."""
    lines = _Lines(but)
    lines.add(part)
    return "".join(lines.pieces)


class _Lines:
    def __init__(self, but: Collection[str]) -> None:
        self.but = but
        self.pieces: list[str] = []
        self._joined = True

    def add(self, element: Element) -> None:
        for child in element:
            tag = child.tag
            if tag in NOT_SHOWN or is_deleted_row(child):
                continue
            if tag == W + "p":
                if not self._joined:
                    self.pieces.append("\n")
                self.add(child)
                self._joined = child.find(f"{W}pPr/{W}rPr/{W}del") is not None  # the end of the line was deleted
            elif tag == W + "t":
                self.pieces.append(child.text or "")
            elif tag in _SIGNS:
                self.pieces.append(_SIGNS[str(tag)])
            elif tag == W + "sym":
                self.pieces.append(character_of(child.get(W + "char", "")))
            elif tag == W + "sdt":
                properties = child.find(W + "sdtPr")
                prompts = properties is not None and is_on(properties.find(W + "showingPlcHdr"), W + "val")
                if not prompts:
                    self._add_field(child)
            elif not (tag == W + "r" and self._is_left_out(child)):
                self.add(child)

    def _add_field(self, element: Element) -> None:
        before = len(self.pieces)
        self.add(element)
        own = self.pieces[before:]
        if any(PROMPT_MARK in piece for piece in own) and is_prompt("".join(own)):
            del self.pieces[before:]

    def _is_left_out(self, run: Element) -> bool:
        style = run.find(f"{W}rPr/{W}rStyle")
        named = style is not None and style.get(W + "val") in self.but
        return named or is_on(run.find(f"{W}rPr/{W}vanish"), W + "val")


_SIGNS = {
    W + "br": "\n",
    W + "cr": "\n",
    W + "tab": "\t",
    W + "ptab": "\t",
    W + "noBreakHyphen": "\u2011",
}


def character_of(code: str) -> str:
    """The character of a number in hexadecimal, as Word writes symbols; empty for what is none."""
    try:
        return chr(int(code, 16))
    except (ValueError, OverflowError):
        return ""
