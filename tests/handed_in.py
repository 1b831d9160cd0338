"""Word forms as people hand them in: built with fields of every kind, and filled by tag as Word fills them."""

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from riskgen.files.controls import COUNT, fields_print

W_NAME = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
W14_NAME = "http://schemas.microsoft.com/office/word/2010/wordml"
W, W14 = f"{{{W_NAME}}}", f"{{{W14_NAME}}}"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NAMES = (
    f'xmlns:w="{W_NAME}" xmlns:w14="{W14_NAME}" xmlns:r="{_OFFICE}"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="w14"'
)
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/>'
    f'<Override PartName="/word/header1.xml" ContentType="{_WORD}.header+xml"/></Types>'
)
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
QUIET = '<w:rPr><w:rStyle w:val="PlaceholderText"/></w:rPr>'
Value = str | bool | date | None | Sequence[str | bool | date | None]


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def prompt(text: str) -> str:
    """A run as Word shows a prompt."""
    return f'<w:r>{QUIET}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def field(tag: str, kind: str = "<w:text/>", shows: str = "", title: str = "", prompts: bool = False) -> str:
    """A field in a paragraph of its own. `shows` is XML; without it the field shows a prompt."""
    flag = "<w:showingPlcHdr/>" if prompts or not shows else ""
    names = (f"<w:alias w:val={quoteattr(title)}/>" if title else "") + (f"<w:tag w:val={quoteattr(tag)}/>" * bool(tag))
    return (
        f"<w:p><w:sdt><w:sdtPr>{names}{flag}{kind}</w:sdtPr>"
        f"<w:sdtContent>{shows or prompt('Click here')}</w:sdtContent></w:sdt></w:p>"
    )


def block(tag: str, *paragraphs: str, title: str = "") -> str:
    """A field that holds whole paragraphs, given as XML of runs."""
    alias = f"<w:alias w:val={quoteattr(title)}/>" if title else ""
    content = "".join(f"<w:p>{each}</w:p>" for each in paragraphs)
    names = f"<w:sdtPr>{alias}<w:tag w:val={quoteattr(tag)}/></w:sdtPr>"
    return f"<w:sdt>{names}<w:sdtContent>{content}</w:sdtContent></w:sdt>"


def choice(tag: str, *options: str, shows: str = "", title: str = "", kind: str = "dropDownList") -> str:
    items = "".join(f"<w:listItem w:displayText={quoteattr(item)} w:value={quoteattr(item)}/>" for item in options)
    return field(tag, f"<w:{kind}>{items}</w:{kind}>", run(shows) if shows else "", title)


def day(tag: str, shows: str = "", full_date: str = "", title: str = "", picture: str = "d MMMM yyyy") -> str:
    held = f' w:fullDate="{full_date}"' if full_date else ""
    kind = f'<w:date{held}><w:dateFormat w:val="{picture}"/><w:lid w:val="en-GB"/></w:date>'
    return field(tag, kind, run(shows) if shows else "", title)


def box(tag: str, ticked: bool = False, mark: str = "", title: str = "", state: str = "2612") -> str:
    kind = (
        f'<w14:checkbox><w14:checked w14:val="{int(ticked)}"/><w14:checkedState w14:val="{state}"/>'
        '<w14:uncheckedState w14:val="2610"/></w14:checkbox>'
    )
    return field(tag, kind, run(mark or ("\u2612" if ticked else "\u2610")), title)


_HOW_MANY = "how many"
COUNTED = field(COUNT, shows=run(_HOW_MANY))
"""The field in which a form says which fields it has."""


def document(*body: str, header: str = "", parts: Mapping[str, str] | None = None) -> bytes:
    """A Word document of these paragraphs, and of a header. It says in `COUNTED` which fields it has."""
    tags = re.findall('<w:tag w:val="([^"]*)"', "".join(body) + header)
    header = header.replace(_HOW_MANY, fields_print(tags))
    rels = f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" Type="{_OFFICE}'
    section = '<w:sectPr><w:headerReference w:type="default" r:id="rId1"/></w:sectPr>'
    written = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": f'{rels}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'{rels}/header" Target="header1.xml"/></Relationships>',
        "word/document.xml": f"<w:document {_NAMES}><w:body>{''.join(body)}<w:p/>{section}</w:body></w:document>",
        "word/header1.xml": f"<w:hdr {_NAMES}>{header}<w:p/></w:hdr>",
        **(parts or {}),
    }
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in written.items():
            archive.writestr(name, content.encode("utf-8"))
    return raw.getvalue()


def fill(data: bytes, values: Mapping[str, Value]) -> bytes:
    """The form with fields set by their tags, as Word sets them.

    A list sets the fields of that tag one after the other, and None leaves one as it is; an empty text empties it. A
    tag that the form does not have is an error of the test.
    """
    left = {tag: list(value) if isinstance(value, (list, tuple)) else value for tag, value in values.items()}
    met: set[str] = set()

    def set_all(content: bytes) -> bytes:
        root = etree.fromstring(content)
        for control in root.iter(W + "sdt"):
            tag = control.find(f"{W}sdtPr/{W}tag")
            name = tag.get(W + "val") if tag is not None else None
            if name not in left:
                continue
            met.add(name)
            wanted = left[name]
            value = (wanted.pop(0) if wanted else None) if isinstance(wanted, list) else wanted
            if value is not None:
                _set(control, value)
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))

    filled = changed(data, lambda name: name.startswith("word/") and name.endswith(".xml"), set_all)
    assert set(left) == met, f"the form has no field {sorted(set(left) - met)}"
    assert not any(isinstance(each, list) and each for each in left.values()), "more values than fields"
    return filled


def changed(data: bytes, which: Callable[[str], bool], change: Callable[[bytes], bytes]) -> bytes:
    """The document with some of its parts changed."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if which(name) else old.read(name))
    return result.getvalue()


def _set(control: Any, value: str | bool | date) -> None:
    properties, content = control.find(W + "sdtPr"), control.find(W + "sdtContent")
    flag = properties.find(W + "showingPlcHdr")
    if flag is not None:
        properties.remove(flag)
    if isinstance(value, bool):
        tick = properties.find(W14 + "checkbox")
        tick.find(W14 + "checked").set(W14 + "val", str(int(value)))
        value = "\u2612" if value else "\u2610"
    elif isinstance(value, date):
        properties.find(W + "date").set(W + "fullDate", f"{value.isoformat()}T00:00:00Z")
        value = f"{value.day} {value:%B %Y}"
    elif value == "":
        properties.insert(0, etree.Element(W + "showingPlcHdr"))
        _show(
            content,
            "Click or tap here to enter text.",
            etree.fromstring(QUIET.replace(">", f" xmlns:w='{W_NAME}'>", 1)),
        )
        return
    _show(content, value)


def _show(content: Any, text: str, look: Any = None) -> None:
    """Put a text into a field, in the look of its first run unless that is a prompt, with a break for each line."""
    holder = content.find(f".//{W}p")
    holder = content if holder is None else holder
    first = holder.find(W + "r")
    if look is None and first is not None and first.find(f"{W}rPr/{W}rStyle") is None:
        look = first.find(W + "rPr")
    for other in content.findall(W + "p")[1:]:
        content.remove(other)
    for child in list(holder):
        if child.tag != W + "pPr":
            holder.remove(child)
    made = etree.SubElement(holder, W + "r")
    if look is not None:
        made.append(look)
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")):
        if number:
            etree.SubElement(made, W + "br")
        piece = etree.SubElement(made, W + "t")
        piece.text = line
        piece.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
