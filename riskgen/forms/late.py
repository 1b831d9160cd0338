"""What can be said only once a form is filled in: an id for each field, how many there are, and its properties.

Marks stand in the form where these belong. They are no characters, so no answer holds them, yet XML can.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape

ID, TAG, COUNTED = "\ufdd2", "\ufdd3", "\ufdd4"
"""Before the id of each field; before its tag, where the field counts; and in place of how many count."""
_NUMBER = re.compile(f'{ID}(-?[0-9]+)"')
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
    count = str(sum(text.count(TAG) for text in texts.values()))
    ids = {number for text in texts.values() for number in _NUMBER.findall(text)}
    used: set[str] = set()
    following = 1

    def own(found: re.Match[str]) -> str:
        """The first field of an id keeps it; Word wants every id once, and a loop repeats its fields."""
        nonlocal following
        number = found[1]
        if number in used:
            while str(following) in ids:
                following += 1
            number = str(following)
            ids.add(number)
        used.add(number)
        return f'{number}"'

    return {
        name: _NUMBER.sub(own, text).replace(TAG, "").replace(COUNTED, count) if ID in text or TAG in text else text
        for name, text in sorted(texts.items())
    }


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
