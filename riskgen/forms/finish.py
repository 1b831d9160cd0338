"""The last touches to a form: the logo in its place, all locked but what people fill in, and no clock in the file."""

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from riskgen.files.controls import COUNT, fields_print
from riskgen.files.shown import MC, is_on
from riskgen.files.text import as_prompt, without_marks

_STAMP = (1980, 1, 1, 0, 0, 0)
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


def parts_of(document: Any) -> Iterator[Any]:
    """The text of a python-docx document, and its headers, footers and notes: each part of it that has elements."""
    related = (relation.target_part for relation in document.part.rels.values() if not relation.is_external)
    return (part for part in (document.part, *related) if hasattr(part, "element"))


def repacked(data: bytes, finished: Callable[[str, bytes], bytes] = lambda _, content: content) -> bytes:
    """The same parts in a file that depends on nothing but them: content types first, no clock.

    `finished` makes of the name and the content of a part what is put in its place.
    """
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name != "_rels/.rels")):
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            new.writestr(entry, finished(name, old.read(name)))
    return result.getvalue()


def with_word(document: bytes, blank: str, word: str) -> bytes:
    """A filled form with a safe word instead of the `blank` that it was filled in with: the same bytes as if it had
    been filled in with the word.

    Raises `ValueError` where the blank does not stand in it, or the word is not made of letters and spaces.
    """
    if not all(letter.isalpha() or letter == " " for letter in word):
        raise ValueError("A safe word is made of letters and spaces.")
    found = 0

    def finished(_: str, content: bytes) -> bytes:
        nonlocal found
        found += content.count(blank.encode())
        return content.replace(blank.encode(), word.encode())

    try:
        made = repacked(document, finished)
    except zipfile.BadZipFile as error:
        raise ValueError("The form is no Word document.") from error
    if not found:
        raise ValueError("The blank for the safe word does not stand in the form.")
    return made


def settle_fields(document: Any) -> None:
    """Mark every prompt of a form, so that nothing else is taken for one when it comes back; and have the form say
    which fields it has, so that it shows when one is lost."""
    from docx.oxml.ns import qn

    def tag(control: Any) -> str:
        found = control.find(f"{qn('w:sdtPr')}/{qn('w:tag')}")
        return str(found.get(qn("w:val"), "")).strip() if found is not None else ""

    controls = [each for part in parts_of(document) for each in part.element.iter(qn("w:sdt"))]
    for control in controls:
        texts = list(control.iter(qn("w:t")))
        if texts and is_on(control.find(f"{qn('w:sdtPr')}/{qn('w:showingPlcHdr')}"), qn("w:val")):
            _put(texts, as_prompt(without_marks("".join(item.text or "" for item in texts))))
    shown = [tag(each) for each in controls if tag(each) and not any(each.iterancestors(_FALLBACK))]
    for control in (each for each in controls if tag(each) == COUNT):
        _put(list(control.iter(qn("w:t"))), fields_print(shown))


def _put(texts: list[Any], words: str) -> None:
    """Have the first of some pieces of text say it all."""
    for number, item in enumerate(texts):
        item.text = words if number == 0 else ""


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Each place kept for the logo, with the part that it is in."""
    from docx.oxml.ns import qn

    for part in parts_of(document):
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
        item.set("descr", f"Logo of {school}")
    sizes = [*drawing.iter(qn("wp:extent")), *drawing.iter(qn("a:ext"))]
    for size in (item for item in sizes if item.get("cy")):
        high, wide = int(size.get("cy")), int(size.get("cx"))
        fitting = high * image.px_width // image.px_height
        size.set("cx", str(min(fitting, wide * _WIDEST)))
        if fitting > wide * _WIDEST:
            size.set("cy", str(high * wide * _WIDEST // fitting))
