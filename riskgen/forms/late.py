"""What can be said only once a form is filled in: an id for each field, a seal for each prompt, what fields there are,
and the properties of the document.

Marks stand in the form where these belong: a sign, and a letter that says what is meant.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from itertools import count

from riskgen.files.controls import fields_print
from riskgen.files.text import as_prompt, without_marks

AS_XML = "\ufdd2"
"""The sign in a form that Word's own tools read: no character, so that no answer holds it, yet XML can."""
MARK = "\x0e"
"""The sign in a form that is being filled in. XML cannot hold it, so that neither form nor answer does."""
ID, TAG, FIELDS, PROMPT, END = (AS_XML + letter for letter in "itfpe")
"""Before the id of each field; before its tag, where the field counts; in place of the words that say with which
fields the form was written; and around the words of a prompt in which something is filled in."""
_NAMESPACES = (
    'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
_REFERENCE = re.compile("&(?:#([0-9]+)|#x([0-9a-fA-F]+)|(lt|gt|amp|quot|apos));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_LANGUAGE = "en-GB"
_LONGEST = 255
"""Characters of a property: what Word takes."""


def settle_late(texts: Mapping[str, str]) -> dict[str, str]:
    """The filled parts without the marks. Fields are numbered in the order of the names of their parts."""
    pieces = {name: pieces_of(texts[name].replace(AS_XML, MARK), MARK) for name in sorted(texts)}
    marked = [piece for others in pieces.values() for piece in others[1:]]
    tags = [_plain(_value(piece)) for piece in marked if piece[0] == TAG[-1]]
    settle = _Settle(fields_print(tags), (_value(piece) for piece in marked if piece[0] == ID[-1]))
    return {name: first + "".join(map(settle.piece, others)) for name, (first, *others) in pieces.items()}


def pieces_of(text: str, sign: str) -> list[str]:
    """What stands before, between and behind a sign: as `split` has it, which looks at every letter, and takes several
    times as long where a long text has few."""
    pieces: list[str] = []
    done = 0
    while (at := text.find(sign, done)) >= 0:
        pieces.append(text[done:at])
        done = at + 1
    return [*pieces, text[done:]]


def _value(piece: str) -> str:
    """The attribute with which a piece begins, behind its letter."""
    return piece[1 : piece.index('"')]


class _Settle:
    """Takes the pieces of a form, each from one mark to the next, in their order."""

    def __init__(self, said: str, ids: Iterable[str]) -> None:
        self.said = said
        self.free = self._free(frozenset(ids))
        self.used: set[str] = set()

    @staticmethod
    def _free(written: Collection[str]) -> Iterator[str]:
        return (number for number in map(str, count(1)) if number not in written)

    def piece(self, piece: str) -> str:
        letter, rest = piece[0], piece[1:]
        if letter == ID[-1]:
            return self.numbered(rest)
        if letter == FIELDS[-1]:
            return self.said + rest
        return _sealed(rest) if letter == PROMPT[-1] else rest

    def numbered(self, rest: str) -> str:
        """Word wants every id once, and a loop repeats its fields: the first of each keeps it."""
        number = rest[: rest.index('"')]
        if number in self.used:
            return next(self.free) + rest[len(number) :]
        self.used.add(number)
        return rest


def _sealed(words: str) -> str:
    """A prompt with the seal that fits its words; a line break in it becomes a space."""
    return as_ascii(escape(as_prompt(without_marks(_plain(re.sub("(?:<[^>]*>)+", " ", words)))), quote=False))


def _plain(xml: str) -> str:
    """The text that a piece of XML without tags says. HTML would read more into it."""
    if "&" not in xml:
        return xml
    return _REFERENCE.sub(
        lambda found: _NAMED[found[3]] if found[3] else chr(int(found[1]) if found[1] else int(found[2], 16)), xml
    )


def as_ascii(xml: str) -> str:
    """XML that says the same in ASCII alone: Python looks through it, and puts it together, in half of the time."""
    return xml if xml.isascii() else xml.encode("ascii", "xmlcharrefreplace").decode("ascii")


def core_part(title: str, school: str, made_at: datetime) -> bytes:
    """The part with the properties of the document: title, school, language and date, and nothing of the form's
    author. `made_at` is aware, or in UTC."""
    moment = made_at.astimezone(UTC) if made_at.tzinfo else made_at
    stamp = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    by = escape(school[:_LONGEST])
    return (
        "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n"
        f"<cp:coreProperties {_NAMESPACES}><dc:title>{escape(title[:_LONGEST])}</dc:title><dc:creator>{by}</dc:creator>"
        f"<cp:lastModifiedBy>{by}</cp:lastModifiedBy><dc:language>{_LANGUAGE}</dc:language>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{stamp}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{stamp}</dcterms:modified></cp:coreProperties>'
    ).encode()
