"""Compiling a Word form: what docxtpl does to it for each document, done once for all of them.

docxtpl stays what reads a form. Its `patch_xml` makes Jinja sources of the parts; what it does to a filled document
is decided here, once, or marked in the sources. A form of which it cannot be shown that this comes to the same is
not compiled, and docxtpl itself fills it in (`by_docxtpl`).
"""

import io
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from riskgen.files.word import FOOTNOTES
from riskgen.files.zipped import SMALL, contents, packed
from riskgen.forms.compiled import PICTURE, Compiled
from riskgen.forms.finish import in_order
from riskgen.forms.grid import VARIES, OddTable, with_marks
from riskgen.forms.late import AS_XML, MARK, as_ascii
from riskgen.forms.sound import why_unsound
from riskgen.forms.tags import TAG
from riskgen.forms.tree import plain_tree

APPLICATION = (
    b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n"
    b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    b"<Application>riskgen</Application></Properties>"
)
"""In place of what Word noted of whoever made the form: company, manager, minutes of editing."""
_IN_THE_TEXT = re.compile(r"<w:t(?: [^>]*)?>(.*?)</w:t>", re.DOTALL)
_PICTURE = re.compile(r'(<wp:docPr\b[^>]*? id=")[^"]*(")')
_NO_MARKS = dict.fromkeys(map(ord, (MARK, VARIES, PICTURE)))
_WAYS_TO_WRITE_BRACKETS = ("{_{", "}_}", "{_%", "%_}")


class NotCompiled(Exception):  # noqa: N818  # it says what is so
    """A form that docxtpl itself has to fill in, and why."""


def compile_form(data: bytes, environment: Any) -> Compiled:
    """A form made ready, of the bytes of a .docx that `finish.prepared` has made. Raises `NotCompiled`, and Jinja's
    `TemplateError`."""
    from docxtpl import DocxTemplate

    template = DocxTemplate(io.BytesIO(data))
    template.init_docx()
    parts = contents(data)
    main = template.docx.part.partname.lstrip("/")
    sources = {main: _text_source(template, parts[main].decode())}
    for part in _others(template):
        name = part.partname.lstrip("/")
        sources[name] = _source(template, _xml_of(template, part))
    if any(AS_XML.encode() in content for name, content in parts.items() if name not in sources):
        raise NotCompiled("it has fields in a part that is not filled in")
    changing = {name: _plain(source) for name, source in sources.items() if name == main or _changes(source)}
    for source in changing.values():
        if fault := why_unsound(environment.parse(source.translate(_NO_MARKS))):
            raise NotCompiled(fault)
    nested, varying, pictured = (
        any(sign in source for source in changing.values()) for sign in ("<w:txbxContent", VARIES, PICTURE)
    )
    try:
        trees = {name: plain_tree(environment.parse(source)) for name, source in changing.items()}
    except ValueError as error:
        raise NotCompiled(str(error)) from error
    core, application = _properties(template.docx)
    kept = {
        name: packed(name, APPLICATION if name == application else content, SMALL)
        for name, content in parts.items()
        if name not in changing and name != core
    }
    return Compiled(main, core, nested, varying, pictured, tuple(in_order(parts)), trees, kept)


def by_docxtpl(
    data: bytes, values: Mapping[str, object], environment: Any, core: bytes
) -> tuple[str, dict[str, bytes]]:
    """The same form filled in by docxtpl: which part is its text, and every part. Raises Jinja's `TemplateError`, and
    what docxtpl raises for a document that is not as Word writes it."""
    from docxtpl import DocxTemplate

    template = DocxTemplate(io.BytesIO(data))
    template.render(dict(values), jinja_env=environment, autoescape=True)
    raw = io.BytesIO()
    template.docx.save(raw)
    parts = contents(raw.getvalue())
    for name, content in zip(_properties(template.docx), (core, APPLICATION), strict=True):
        if name:
            parts[name] = content
    return template.docx.part.partname.lstrip("/"), parts


def _properties(document: Any) -> tuple[str, str]:
    """The names of the parts with the properties of the document, and with those of the program that made it; empty
    where there is none. `finish.prepared` has seen to it that there is the first."""
    named = {relation.reltype.rpartition("/")[2]: relation for relation in document.part.package.rels.values()}
    found = (named.get(kind) for kind in ("core-properties", "extended-properties"))
    core, application = ("" if each is None else each.target_part.partname.lstrip("/") for each in found)
    return core, application


# --- sources ------------------------------------------------------------------------------------


def _others(template: Any) -> Iterator[Any]:
    """The other parts that docxtpl fills in: headers, footers and footnotes."""
    for uri in (template.HEADER_URI, template.FOOTER_URI):
        yield from (part for _, part in template.get_headers_footers(uri))
    for part in template.docx.part.package.parts:
        if part.content_type == FOOTNOTES:
            yield part


def _xml_of(template: Any, part: Any) -> str:
    return part.blob.decode("utf-8-sig") if part.content_type == FOOTNOTES else str(template.get_part_xml(part))


def _text_source(template: Any, whole: str) -> str:
    """The text as docxtpl reads it: its body, within the rest of the part, which stays as it is."""
    body = deepcopy(template.docx.element.body)
    source = _source(template, template.xml_to_string(body))
    begin, end = whole.find("<w:body"), whole.rfind("</w:body>") + len("</w:body>")
    around = (whole[:begin], whole[end:])
    if begin < 0 or any("{" in piece for piece in around):
        raise NotCompiled("its text is not in the usual place")
    opening, _, rest = source.partition(">")
    root = around[0][around[0].rfind("<w:document") :]
    opening = re.sub(r' xmlns:\w+="[^"]*"', lambda said: "" if said[0] in root else said[0], opening)
    source = f"{opening}>{rest}"
    try:
        source = with_marks(source)
    except OddTable as error:
        raise NotCompiled(str(error)) from error
    return around[0] + _PICTURE.sub(rf"\g<1>{PICTURE}\g<2>", source) + around[1]


def _source(template: Any, xml: str) -> str:
    source: str = template.patch_xml(xml).replace(AS_XML, MARK)
    if any(sign in source for sign in _WAYS_TO_WRITE_BRACKETS):
        raise NotCompiled("it writes curly brackets in docxtpl's own way")
    for text in _IN_THE_TEXT.findall(source):
        if re.search("[\n\t\a\f]", TAG.sub("", text)):
            raise NotCompiled("there are line breaks or tabs within its text")
    return source


def _plain(source: str) -> str:
    """The same in ASCII, but for what tags say."""
    if "<!--" in source or "<![CDATA[" in source or source.find("<?", 1) > 0:
        raise NotCompiled("it holds comments or the like, which Word does not write")
    between = TAG.split(source)
    tags = (*TAG.findall(source), "")
    return "".join(as_ascii(text) + tag for text, tag in zip(between, tags, strict=True))


def _changes(source: str) -> bool:
    return any(sign in source for sign in ("{{", "{%", "{#", MARK))
