"""A Word document as a package of parts: written from scratch, so that nothing in it comes from elsewhere."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Page:
    """An A4 page, in twentieths of a point."""

    landscape: bool
    margin: int

    @property
    def width(self) -> int:
        return 16838 if self.landscape else 11906

    @property
    def height(self) -> int:
        return 11906 if self.landscape else 16838

    @property
    def text_width(self) -> int:
        return self.width - 2 * self.margin

    def columns(self, *shares: int) -> list[int]:
        """Column widths in proportion to the shares; the last takes what rounding leaves over."""
        widths = [self.text_width * share // sum(shares) for share in shares]
        return [*widths[:-1], self.text_width - sum(widths[:-1])]

    def xml(self) -> Xml:
        turned = ' w:orient="landscape"' if self.landscape else ""
        return (
            '<w:sectPr><w:headerReference w:type="default" r:id="rId5"/>'
            '<w:footerReference w:type="default" r:id="rId6"/>'
            f'<w:pgSz w:w="{self.width}" w:h="{self.height}"{turned}/><w:pgMar w:top="1077" w:right="{self.margin}"'
            f' w:bottom="907" w:left="{self.margin}" w:header="510" w:footer="454" w:gutter="0"/></w:sectPr>'
        )


@dataclass(frozen=True)
class Form:
    """A form; `short` names it at the foot of each page."""

    title: str
    short: str
    page: Page
    body: Xml


def _header() -> Xml:
    tab = "<w:r><w:tab/></w:r>"
    first = paragraph(bold("{{ school.name }}"), tab, run("{{ reference }}"), style="Header")
    second = paragraph(run("{{ policy.name }}. {{ policy.edition }}"), style="HeaderEnd")
    return f"<w:hdr {ROOT}>{first}{second}</w:hdr>"


def _footer(short: str) -> Xml:
    tab = "<w:r><w:tab/></w:r>"
    line = paragraph(
        run(f"{short}. Confidential: holds personal data"),
        tab,
        run("Page "),
        field("PAGE"),
        run(" of "),
        field("NUMPAGES"),
        style="Footer",
    )
    return f"<w:ftr {ROOT}>{line}</w:ftr>"


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
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
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


def parts(form: Form) -> dict[str, Xml]:
    """Every part of the package by name, without the XML declaration."""
    relations = {id_: (f"{OFFICE}/relationships/{name.rstrip('1')}", f"{name}.xml") for name, (_, id_) in PARTS.items()}
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
        "word/document.xml": f"<w:document {ROOT}><w:body>{form.body}{form.page.xml()}</w:body></w:document>",
        "word/_rels/document.xml.rels": _relationships(relations),
        "word/styles.xml": styles(form.page.text_width),
        "word/numbering.xml": numbering(),
        "word/settings.xml": settings(),
        "word/fontTable.xml": fonts(),
        "word/header1.xml": _header(),
        "word/footer1.xml": _footer(form.short),
    }


def docx(form: Form) -> bytes:
    """The package as bytes: the same form gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, xml in parts(form).items():
            entry = zipfile.ZipInfo(name, date_time=STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, DECLARATION + xml)
    return buffer.getvalue()
