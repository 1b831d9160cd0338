"""What can be said only once a form is filled in: an id for each field, how many there are, and its properties.

Marks stand in the form where these belong. They are no characters, so no answer holds them, yet XML can.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from itertools import count

ID, TAG, COUNTED = "\ufdd2", "\ufdd3", "\ufdd4"
"""Before the id of each field; before its tag, where the field counts; and in place of how many count."""
_NAMESPACES = (
    'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
_LANGUAGE = "en-GB"
_LONGEST = 255
"""Characters of a property: what Word takes."""


def settle_late(texts: Mapping[str, str]) -> dict[str, str]:
    """The filled parts without the marks. Fields are numbered in the order of the names of their parts."""
    fields = sum(text.count(TAG) for text in texts.values())
    pieces = {name: texts[name].split(ID) for name in sorted(texts)}
    numbers = _Numbers(_number(piece) for name in pieces for piece in pieces[name][1:])
    return {
        name: _counted(first + "".join(map(numbers.put_in, others)), fields)
        for name, (first, *others) in pieces.items()
    }


def _counted(text: str, fields: int) -> str:
    return text.replace(TAG, "").replace(COUNTED, str(fields)) if fields else text


def _number(piece: str) -> str:
    """The id of a field, with which what stands behind its mark begins."""
    return piece[: piece.index('"')]


class _Numbers:
    """The ids of all fields. Word wants every id once, and a loop repeats its fields: the first of each keeps it."""

    def __init__(self, written: Iterable[str]) -> None:
        self.free = self._free(frozenset(written))
        self.used: set[str] = set()

    @staticmethod
    def _free(written: Collection[str]) -> Iterator[str]:
        return (number for number in map(str, count(1)) if number not in written)

    def put_in(self, piece: str) -> str:
        number = _number(piece)
        if number in self.used:
            return next(self.free) + piece[len(number) :]
        self.used.add(number)
        return piece


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
