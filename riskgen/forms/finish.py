"""What a form needs besides its text: the logo in its place, all locked but what people fill in, its fields counted.

All of it is seen to before a form is filled in, once for as long as form, logo and school stay the same. What cannot
be known so early is marked, and settled afterwards (`late`).
"""

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from riskgen.files.controls import COUNT
from riskgen.files.shown import MC, is_on
from riskgen.files.text import as_prompt, without_marks
from riskgen.files.word import FOOTNOTES
from riskgen.files.zipped import content_of, contents, joined, packed, parts_of
from riskgen.forms.late import END, FIELDS, ID, PROMPT, TAG, as_ascii, settle_late

_FALLBACK = f"{MC}Fallback"
LOGO = "school-logo"
"""The name of the picture that keeps the logo's place in a form."""
_WIDEST = 5
"""A logo may be so many times as wide as the place kept for it; its height stays."""
_BEFORE_PROTECTION = frozenset({
    "writeProtection", "view", "zoom", "removePersonalInformation", "removeDateAndTime", "doNotDisplayPageBoundaries",
    "displayBackgroundShape", "printPostScriptOverText", "printFractionalCharacterWidth", "printFormsData",
    "embedTrueTypeFonts", "embedSystemFonts", "saveSubsetFonts", "saveFormsData", "mirrorMargins",
    "alignBordersAndEdges", "bordersDoNotSurroundHeader", "bordersDoNotSurroundFooter", "gutterAtTop",
    "hideSpellingErrors", "hideGrammaticalErrors", "activeWritingStyle", "proofState", "formsDesign",
    "attachedTemplate", "linkStyles", "stylePaneFormatFilter", "stylePaneSortMethod", "documentType", "mailMerge",
    "revisionView", "trackRevisions", "doNotTrackMoves", "doNotTrackFormatting",
})  # fmt: skip
"""What the schema of settings.xml (ECMA-376, CT_Settings) wants before the protection of a document."""


def protect(document: Any) -> None:
    """Let people change only the content controls of a form that has any. A protection of its own is left as it is.

    There is no password: whoever has to change more can lift it in Word.
    """
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    settings = document.settings.element
    has_controls = next(document.element.body.iter(qn("w:sdt")), None) is not None
    if not has_controls or settings.find(qn("w:documentProtection")) is not None:
        return
    protection = OxmlElement("w:documentProtection")
    protection.set(qn("w:edit"), "forms")
    protection.set(qn("w:enforcement"), "1")
    before = [child for child in settings if str(child.tag).rpartition("}")[2] in _BEFORE_PROTECTION]
    settings.insert(settings.index(before[-1]) + 1 if before else 0, protection)


def settle_logo(document: Any, logo: bytes, school: str) -> None:
    """Put the school's logo where the form keeps a place for it; without a logo, take the place out.

    Raises docx's own errors for bytes that are no picture: whoever reads the file has looked at it first.
    """
    for part, drawing in list(_places(document)):
        if logo:
            _put_logo(part, drawing, logo, school)
        else:
            run = drawing.getparent()  # with whatever room the form leaves beside the logo
            run.getparent().remove(run)


def parts_with_elements(document: Any) -> Iterator[Any]:
    """The text of a python-docx document, and its headers and footers: each part of it that has elements."""
    related = (relation.target_part for relation in document.part.rels.values() if not relation.is_external)
    return (part for part in (document.part, *related) if hasattr(part, "element"))


def prepared(data: bytes, logo: bytes, school: str) -> bytes:
    """A form ready to be filled in, as the bytes of a .docx.

    Raises docx's own errors for a logo that is no picture: whoever reads the file has looked at it first.
    """
    from docx import Document

    document = Document(io.BytesIO(data))
    properties = document.core_properties._element
    for child in list(properties):
        properties.remove(child)  # they are written anew, and nothing of theirs is filled in
    relations = document.part.package.rels
    for key in [key for key, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
        del relations[key]  # a picture of the empty form
    settle_logo(document, logo, school)
    protect(document)
    mark_fields(document)
    raw = io.BytesIO()
    document.save(raw)
    return raw.getvalue()


def as_handed_out(document: Any) -> bytes:
    """A python-docx document in which nothing is filled in by us: its fields counted, as the bytes of a .docx."""
    mark_fields(document)
    raw = io.BytesIO()
    document.save(raw)
    parts = contents(raw.getvalue())
    parts |= {name: text.encode() for name, text in settle_late(texts_of(parts)).items()}
    return joined(packed(name, parts[name]) for name in in_order(parts))


def texts_of(parts: Mapping[str, bytes]) -> dict[str, str]:
    """The parts of a file that may hold marks: all XML. A form in which it is not in UTF-8 is refused."""
    return {name: content.decode() for name, content in parts.items() if name.endswith((".xml", ".rels"))}


def in_order(names: Iterable[str]) -> list[str]:
    """The names of parts as they follow each other in a file: what the parts are first, as Word wants it."""
    return sorted(names, key=lambda name: (name != "[Content_Types].xml", name != "_rels/.rels"))


def with_word(document: bytes, blank: str, word: str) -> bytes:
    """A filled form with a safe word instead of the `blank` that it was filled in with. Where a form does nothing with
    the word but print it in its text, it is the same as if it had been filled in with the word.

    Raises `ValueError` where the blank does not stand in it, or the word is not made of letters and spaces.
    """
    if not all(letter.isalpha() or letter == " " for letter in word):
        raise ValueError("A safe word is made of letters and spaces.")
    found = 0
    parts = []
    try:
        for part in parts_of(document):
            content = content_of(part)
            found += (here := content.count(blank.encode()))
            parts.append(packed(part.name, content.replace(blank.encode(), as_ascii(word).encode())) if here else part)
    except zipfile.BadZipFile as error:
        raise ValueError("The form is no Word document.") from error
    if not found:
        raise ValueError("The blank for the safe word does not stand in the form.")
    return joined(parts)


def mark_fields(document: Any) -> None:
    """Have every field of a form numbered; mark its prompts, so that nothing else is taken for one when it comes back;
    and have the form say which fields it has, so that it shows when one is lost.

    What depends on what is filled in is settled late. A loop may repeat a field.
    """
    from docx.oxml.ns import qn

    for control in (each for root in _roots(document) for each in root.iter(qn("w:sdt"))):
        properties, texts = control.find(qn("w:sdtPr")), list(control.iter(qn("w:t")))
        number, tag, prompts = (
            None if properties is None else properties.find(qn(name)) for name in ("w:id", "w:tag", "w:showingPlcHdr")
        )
        if number is not None:
            number.set(qn("w:val"), ID + number.get(qn("w:val"), ""))
        said = "" if tag is None else tag.get(qn("w:val"), "").strip()
        if is_on(prompts, qn("w:val")):
            words = "".join(item.text or "" for item in texts)
            if "{" not in words:
                _put(texts, as_prompt(without_marks(words)))
            else:  # as it was examined: not a sign more or less within its tags
                _in_one(texts, said)
                _put(texts, f"{PROMPT}{words}{END}")
        if said == COUNT:
            _put(texts, FIELDS)
        if tag is not None and said and next(control.iterancestors(_FALLBACK), None) is None:
            tag.set(qn("w:val"), TAG + said)


def _roots(document: Any) -> Iterator[Any]:
    """The elements of each part that is filled in. python-docx keeps footnotes as bytes; they are put back changed."""
    from docx.opc.oxml import parse_xml, serialize_part_xml

    yield from (part.element for part in parts_with_elements(document))
    for part in document.part.package.iter_parts():
        if part.content_type == FOOTNOTES:
            root = parse_xml(part.blob)
            yield root
            part._blob = serialize_part_xml(root)


class SplitPrompt(Exception):  # noqa: N818  # it says what was found
    """A prompt with tags in several paragraphs, which cannot be told from an answer when it comes back."""


def _in_one(texts: list[Any], tag: str) -> None:
    from docx.oxml.ns import qn

    if len({next(item.iterancestors(qn("w:p")), None) for item in texts}) > 1:
        raise SplitPrompt(tag)


def _put(texts: list[Any], words: str) -> None:
    """Have the first of some pieces of text say it all."""
    for place, item in enumerate(texts):
        item.text = words if place == 0 else ""


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Each place kept for the logo, with the part that it is in."""
    from docx.oxml.ns import qn

    for part in parts_with_elements(document):
        for drawing in part.element.iter(qn("w:drawing")):
            if any(item.get("name") == LOGO for item in drawing.iter(qn("wp:docPr"))):
                yield part, drawing


def _put_logo(part: Any, drawing: Any, logo: bytes, school: str) -> None:
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml.ns import qn

    held = part.package.get_or_add_image_part(io.BytesIO(logo))
    key, image = part.relate_to(held, RELATIONSHIP_TYPE.IMAGE), held.image
    for blip in drawing.iter(qn("a:blip")):
        blip.set(qn("r:embed"), key)
    for item in drawing.iter(qn("wp:docPr")):
        # Whoever fills in the form would take a curly bracket for a tag.
        item.set("descr", "Logo of the school" if set(school) & set("{}") else f"Logo of {school}")
    sizes = [*drawing.iter(qn("wp:extent")), *drawing.iter(qn("a:ext"))]
    for size in (item for item in sizes if item.get("cy")):
        high, wide = int(size.get("cy")), int(size.get("cx"))
        fitting = high * image.px_width // image.px_height
        size.set("cx", str(min(fitting, wide * _WIDEST)))
        if fitting > wide * _WIDEST:
            size.set("cy", str(high * wide * _WIDEST // fitting))
