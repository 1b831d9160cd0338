"""Content controls: the fields that people fill in by hand, each with a tag and a title.

A control cannot be deleted by mistake, and those of `locked` cannot be changed either. In a repeating row the copies
of a control share its tag; each is given an id of its own when the form is filled.
"""

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr
from zlib import crc32

from riskgen.files.controls import NOT_COUNTED
from stock_forms.styles import QUIET
from stock_forms.word import Xml, paragraph, run

UNTICKED = "2610"
TICKED = "2612"
SYMBOLS = "MS Gothic"


def _control(tag: str, title: str, kind: Xml, content: Xml, *, prompts: bool = False, fixed: bool = False) -> Xml:
    number = f'<w:id w:val="{crc32(tag.encode()) >> 1}"/>'
    lock = f'<w:lock w:val="{"sdtContentLocked" if fixed else "sdtLocked"}"/>'
    showing = "<w:showingPlcHdr/>" if prompts else ""
    return (
        f"<w:sdt><w:sdtPr><w:alias w:val={quoteattr(title)}/><w:tag w:val={quoteattr(tag)}/>{number}{lock}{showing}"
        f"{kind}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"
    )


def _prompt(words: str) -> Xml:
    """What a control says while it is empty, quietly also where a program does not know the style."""
    return run(words, style="PlaceholderText", colour=QUIET)


def write_in(tag: str, title: str, prompt: str, *, lines: bool = False) -> Xml:
    kind = '<w:text w:multiLine="1"/>' if lines else "<w:text/>"
    return _control(tag, title, kind, _prompt(prompt), prompts=True)


def filled_in(tag: str, title: str, content: Xml) -> Xml:
    """A text control that already holds what the program fills in."""
    return _control(tag, title, "<w:text/>", content)


def locked(tag: str, title: str, content: Xml) -> Xml:
    """A text control that nobody can change: what riskgen knows the form by when it comes back."""
    return _control(tag, title, "<w:text/>", content, fixed=True)


def pick_date(tag: str, title: str, prompt: str = "day month year") -> Xml:
    kind = (
        '<w:date><w:dateFormat w:val="d MMMM yyyy"/><w:lid w:val="en-GB"/><w:storeMappedDataAs w:val="date"/>'
        '<w:calendar w:val="gregorian"/></w:date>'
    )
    return _control(tag, title, kind, _prompt(prompt), prompts=True)


def choose(tag: str, title: str, prompt: str, options: Sequence[str]) -> Xml:
    items = "".join(f"<w:listItem w:displayText={quoteattr(item)} w:value={quoteattr(item)}/>" for item in options)
    kind = f"<w:dropDownList>{items}</w:dropDownList>"
    return _control(tag, title, kind, _prompt(prompt), prompts=True)


def tick(tag: str, title: str) -> Xml:
    kind = (
        f'<w14:checkbox><w14:checked w14:val="0"/><w14:checkedState w14:val="{TICKED}" w14:font="{SYMBOLS}"/>'
        f'<w14:uncheckedState w14:val="{UNTICKED}" w14:font="{SYMBOLS}"/></w14:checkbox>'
    )
    font = f'<w:rFonts w:ascii="{SYMBOLS}" w:eastAsia="{SYMBOLS}" w:hAnsi="{SYMBOLS}" w:hint="eastAsia"/>'
    box = f"<w:r><w:rPr>{font}</w:rPr><w:t>{chr(int(UNTICKED, 16))}</w:t></w:r>"
    return _control(tag, title, kind, box)


def how_many() -> Xml:
    """Which fields the form has: put in when it is filled in or handed out."""
    return locked("form.count", "Which fields this form has", run(NOT_COUNTED))


def form_line() -> Xml:
    """Which form of which assessment this is: below all that people fill in, on every form that comes back."""
    return paragraph(
        run("For riskgen: "),
        locked("form.id", "Which form this is", run("{{ form.id }}")),
        run(" "),
        locked("form.reference", "Reference of the assessment", run("{{ reference }}")),
        run(" "),
        locked("form.fingerprint", "Fingerprint of the assessment", run("{{ form.fingerprint }}")),
        run(" "),
        how_many(),
        style="FormLine",
    )
