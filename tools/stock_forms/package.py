"""A Word document as a package of parts: written from scratch, so that nothing in it comes from elsewhere."""

import io
import re
import zipfile
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import count
from xml.sax.saxutils import escape

from stock_forms.styles import fonts, numbering, settings, styles
from stock_forms.word import Xml, bold, field, paragraph, run

DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
ROOT = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    f' xmlns:r="{OFFICE}/relationships"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" mc:Ignorable="w14"'
)
PICTURE = "http://schemas.openxmlformats.org/drawingml/2006/picture"
DRAWING = (
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    f' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:pic="{PICTURE}"'
)
# The oldest time a zip archive can hold: the same bytes come out whenever the form is built.
STAMP = (1980, 1, 1, 0, 0, 0)
WRITTEN = "2026-09-01T08:00:00Z"

# Part, its content type, and the kind of relation that the document has to it.
PARTS = {
    "styles": (f"{WORD}.styles+xml", "rId1"),
    "numbering": (f"{WORD}.numbering+xml", "rId2"),
    "settings": (f"{WORD}.settings+xml", "rId3"),
    "fontTable": (f"{WORD}.fontTable+xml", "rId4"),
    "header1": (f"{WORD}.header+xml", "rId5"),
    "footer1": (f"{WORD}.footer+xml", "rId6"),
}


LOGO = "school-logo"
"""The name of the picture that keeps the place of the school's logo, which is put there when a form is filled."""
LOGO_HEIGHT = 432000  # 12 mm, in English Metric Units
LOGO_FILE = "media/logo.png"
# A pale square, as bytes: compressing it anew might give others on another computer.
PLACEHOLDER = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABgAAAAYCAAAAADFHGIkAAAAGElEQVR42mNYhgMwLHuBFYxKjEogS+AAABDw8lg8KpG0AAAAAElFTkSuQmCC"
)

A4 = (11906, 16838)
A5 = (8391, 11906)
A6 = (5953, 8391)


@dataclass(frozen=True)
class Page:
    """A page, in twentieths of a point. Its head and foot are half as far from the edge of the paper as its text."""

    landscape: bool
    margin: int
    paper: tuple[int, int] = A4
    top: int = 1020
    bottom: int = 907

    @property
    def width(self) -> int:
        return self.paper[1 if self.landscape else 0]

    @property
    def height(self) -> int:
        return self.paper[0 if self.landscape else 1]

    @property
    def text_width(self) -> int:
        return self.width - 2 * self.margin

    def columns(self, *shares: int) -> list[int]:
        """Column widths in proportion to the shares; the last takes what rounding leaves over."""
        widths = [self.text_width * share // sum(shares) for share in shares]
        return [*widths[:-1], self.text_width - sum(widths[:-1])]

    def xml(self) -> Xml:
        turned = ' w:orient="landscape"' if self.landscape else ""
        edge = min(self.bottom // 2, 510)
        return (
            '<w:sectPr><w:headerReference w:type="default" r:id="rId5"/>'
            '<w:footerReference w:type="default" r:id="rId6"/>'
            f'<w:pgSz w:w="{self.width}" w:h="{self.height}"{turned}/><w:pgMar w:top="{self.top}"'
            f' w:right="{self.margin}" w:bottom="{self.bottom}" w:left="{self.margin}" w:header="{edge}"'
            f' w:footer="{edge}" w:gutter="0"/></w:sectPr>'
        )


class Head(Enum):
    """What stands at the head and foot of each page.

    `PAPER`: the school, the reference and the policy; the form's place in the pack. `LETTER`: only the school and its
    telephone, as on letter paper. `CARD`: the same for a small card, without a logo and without page numbers. `BLANK`:
    only the name of the form, for one that is handed out before there is anything to fill in.
    """

    PAPER = "paper"
    LETTER = "letter"
    CARD = "card"
    BLANK = "blank"


@dataclass(frozen=True)
class Form:
    """A form; `short` names it at the foot of each page, which also says whether it holds personal data."""

    title: str
    short: str
    page: Page
    body: Xml
    confidential: bool = True
    head: Head = Head.PAPER


TAB = "<w:r><w:tab/></w:r>"


def _logo() -> Xml:
    """The place of the logo, with some room after it; where the school has none, the whole run goes."""
    size = f'cx="{LOGO_HEIGHT}" cy="{LOGO_HEIGHT}"'
    return (
        f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {size}/>'
        f'<wp:docPr id="1" name="{LOGO}" descr="Logo of the school"/>'
        f'<a:graphic><a:graphicData uri="{PICTURE}"><pic:pic><pic:nvPicPr><pic:cNvPr id="1" name="{LOGO}"'
        ' descr="Logo of the school"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="rId1"/><a:stretch>'
        f'<a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline>'
        '</w:drawing><w:t xml:space="preserve">  </w:t></w:r>'
    )


def _header(form: Form) -> Xml:
    school, phone = bold("{{ school.name }}"), run("{{ school.office_phone }}")
    lines = {
        Head.PAPER: paragraph(_logo(), school, TAB, bold("{{ reference }}"), style="Header")
        + paragraph(run("{{ policy.name }}. {{ policy.edition }}"), style="HeaderEnd"),
        Head.LETTER: paragraph(_logo(), school, TAB, phone, style="HeaderEnd"),
        Head.CARD: paragraph(school, TAB, phone, style="HeaderEnd"),
        Head.BLANK: paragraph(bold(form.short), style="HeaderEnd"),
    }
    return f"<w:hdr {ROOT} {DRAWING}>{lines[form.head]}</w:hdr>"


def _footer(form: Form) -> Xml:
    name = f"{form.short}. Confidential: holds personal data" if form.confidential else form.short
    place = [run("{{ form.place }}. ")] if form.head is Head.PAPER else []
    number = [run("Page "), field("PAGE"), run(" of "), field("NUMPAGES")]
    after = [TAB, *place, *number] if form.head is not Head.CARD else []
    return f"<w:ftr {ROOT}>{paragraph(run(name), *after, style='Footer')}</w:ftr>"


def _content_types() -> Xml:
    kinds = {f"/word/{name}.xml": kind for name, (kind, _) in PARTS.items()} | {
        "/word/document.xml": f"{WORD}.document.main+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "/docProps/app.xml": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
    }
    overrides = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in kinds.items())
    return (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
        f"{overrides}</Types>"
    )


def _relationships(entries: Mapping[str, tuple[str, str]]) -> Xml:
    body = "".join(
        f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>' for name, (kind, target) in entries.items()
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{body}</Relationships>'


def _core(title: str) -> Xml:
    stamp = f'<dcterms:{{0}} xsi:type="dcterms:W3CDTF">{WRITTEN}</dcterms:{{0}}>'
    return (
        f'<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title><dc:language>en-GB</dc:language>"
        f"{stamp.format('created')}{stamp.format('modified')}</cp:coreProperties>"
    )


def _app() -> Xml:
    return f'<Properties xmlns="{OFFICE}/extended-properties"><Application>riskgen</Application></Properties>'


def _numbered(body: Xml) -> Xml:
    """The same, each content control with an id of its own; those that share a tag had the same one."""
    seen: set[str] = set()
    spare = count(1)

    def own(found: re.Match[str]) -> str:
        number = found[1]
        while number in seen:
            number = str(next(spare))
        seen.add(number)
        return f'<w:id w:val="{number}"/>'

    return re.sub(r'<w:id w:val="(\d+)"/>', own, body)


def parts(form: Form) -> dict[str, Xml]:
    """Every part of the package that is XML, by name, without the XML declaration."""
    relations = {id_: (f"{OFFICE}/relationships/{name.rstrip('1')}", f"{name}.xml") for name, (_, id_) in PARTS.items()}
    body = f"<w:body>{_numbered(form.body)}{form.page.xml()}</w:body>"
    package_relations = {
        "rId1": (f"{OFFICE}/relationships/officeDocument", "word/document.xml"),
        "rId2": (f"{PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
        "rId3": (f"{OFFICE}/relationships/extended-properties", "docProps/app.xml"),
    }
    return {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relationships(package_relations),
        "docProps/core.xml": _core(form.title),
        "docProps/app.xml": _app(),
        "word/document.xml": f"<w:document {ROOT}>{body}</w:document>",
        "word/_rels/document.xml.rels": _relationships(relations),
        "word/styles.xml": styles(form.page.text_width),
        "word/numbering.xml": numbering(),
        "word/settings.xml": settings(),
        "word/fontTable.xml": fonts(),
        "word/header1.xml": _header(form),
        "word/_rels/header1.xml.rels": _relationships({"rId1": (f"{OFFICE}/relationships/image", LOGO_FILE)}),
        "word/footer1.xml": _footer(form),
    }


def docx(form: Form) -> bytes:
    """The package as bytes: the same form gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        written = {name: (DECLARATION + xml).encode() for name, xml in parts(form).items()}
        for name, content in (*written.items(), (f"word/{LOGO_FILE}", PLACEHOLDER)):
            entry = zipfile.ZipInfo(name, date_time=STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()
