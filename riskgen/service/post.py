"""What goes with the forms: a calendar entry that tells a passer-by nothing, and drafts of e-mails for letters."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from unicodedata import category
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from riskgen.files.word import W, open_parts

_LABEL_AND_WORDS = 2
"""Cells of a row that says something of one thing."""
_PARAGRAPH = f"{W}p"
_SAID_AGAIN = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_NOT_IN_A_LINE = ("Cc", "Zl", "Zp")
"""Unicode's categories of control characters and of what ends a line or a paragraph."""
_WORD = ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document")


def calendar_entry(reference: str, start: datetime, end: datetime, zone: str, made_at: datetime) -> bytes:
    """An entry for a calendar (iCalendar, RFC 5545): "School visit", the reference, and the time, and nothing else.

    The moments are those of the school's clock; `zone` is its time zone. Telephones show entries to whoever looks.
    Raises `ValueError` for a reference that runs over a line.
    """
    from icalendar import Calendar, Event

    def moment(wall: datetime) -> datetime:
        return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)

    event = Event()
    event.add("uid", f"{_one_line(reference)}@riskgen")
    event.add("summary", f"School visit {reference}")
    event.add("dtstart", moment(start))
    if end > start:  # RFC 5545 has no entry that ends as it begins; one without an end takes up no time
        event.add("dtend", moment(end))
    event.add("dtstamp", moment(made_at))
    event.add("class", "PRIVATE")
    calendar = Calendar()
    calendar.add("prodid", "-//riskgen//riskgen//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def draft(subject: str, text: str, name: str, letter: bytes) -> bytes:
    """A draft of an e-mail, to be opened in a mail program: nobody to send it to, the text, and the letter with it.

    Raises `ValueError` for a subject or a name that runs over a line, which could smuggle in another header.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _one_line(subject)
    message["X-Unsent"] = "1"  # Outlook and others then open it to be written, not to be read
    message.set_content(text)
    message.add_attachment(letter, maintype=_WORD[0], subtype=_WORD[1], filename=_one_line(name))
    message.set_boundary(f"riskgen-{sha256(letter).hexdigest()[:32]}")  # the same letter, the same draft
    return message.as_bytes()


def _one_line(words: str) -> str:
    if any(category(character) in _NOT_IN_A_LINE for character in words):
        raise ValueError("A subject, a reference or the name of a file has to be one line.")
    return words


def letter_text(document: bytes) -> str:
    """The words of a filled letter, paragraph by paragraph, without what stands at the head and foot of its pages."""
    parts, _ = open_parts(document, "the letter")
    body = next((part.root for part in parts if part.words == "the text"), None)
    lines = [line.strip() for line in _lines(body)] if body is not None else []
    return "\n\n".join(line for line in lines if line) + "\n"


def _lines(whole: Element) -> Iterator[str]:
    """Paragraphs one by one, and the cells of a row in one line."""
    for item in whole:
        if item.tag == f"{W}tr":
            cells = [" ".join(filter(None, map(_words, _paragraphs(cell)))) for cell in item.iter(f"{W}tc")]
            yield (": " if len(cells) == _LABEL_AND_WORDS else ", ").join(filter(None, cells))
        elif item.tag == _PARAGRAPH:
            yield _words(item)
            yield from _lines(item)
        elif item.tag != _SAID_AGAIN:
            yield from _lines(item)


def _paragraphs(whole: Element) -> Iterator[Element]:
    """In reading order; what a box of text says anew for an older Word is left out."""
    for item in whole:
        if item.tag == _PARAGRAPH:
            yield item
        if item.tag != _SAID_AGAIN:
            yield from _paragraphs(item)


def _words(paragraph: Element) -> str:
    return "".join(_pieces(paragraph))


def _pieces(paragraph: Element) -> Iterator[str]:
    """The text of a paragraph, without that of paragraphs inside it, which a box of text holds."""
    for item in paragraph:
        if item.tag == f"{W}t":
            yield item.text or ""
        elif item.tag in (f"{W}br", f"{W}cr"):
            yield "\n"
        elif item.tag == f"{W}tab":
            yield " "
        elif item.tag == f"{W}noBreakHyphen":
            yield "-"
        elif item.tag not in (_PARAGRAPH, f"{W}pPr", _SAID_AGAIN):
            yield from _pieces(item)
