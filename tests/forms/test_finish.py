"""The last touches: only what people fill in can be changed, and the logo stands where the form keeps its place."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm

from riskgen.forms.catalogue import FormEntry
from riskgen.forms.finish import LOGO
from riskgen.forms.render import FormFault, render

Build = Callable[..., FormEntry]
MADE = datetime(2026, 7, 25, 9, 0)
CONTROL = (
    f"<w:sdt {nsdecls('w')}><w:sdtPr><w:alias w:val='Name'/><w:tag w:val='sign.name'/><w:id w:val='7'/><w:text/>"
    "</w:sdtPr>"
    "<w:sdtContent><w:r><w:t>Name</w:t></w:r></w:sdtContent></w:sdt>"
)


def picture(wide: int, high: int) -> bytes:
    """A plain PNG of that many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x20\x40\x80" * wide for _ in range(high))
    header = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def with_place(document: Any) -> None:
    """A place for a logo, twelve millimetres square, at the head of the page."""
    run = document.sections[0].header.paragraphs[0].add_run()
    run.add_picture(io.BytesIO(picture(4, 4)), width=Mm(12), height=Mm(12))
    next(run._r.iter(qn("wp:docPr"))).set("name", LOGO)


def with_control(document: Any) -> None:
    document.paragraphs[0]._p.append(parse_xml(CONTROL))


def opened(data: bytes) -> Any:
    return Document(io.BytesIO(data))


def drawings(data: bytes) -> list[Any]:
    return list(opened(data).sections[0].header._element.iter(qn("w:drawing")))


def test_a_form_with_controls_is_protected_so_that_only_they_can_be_changed(form: Build, context: Any) -> None:
    data = render(form("x", change=with_control), context(), MADE)
    settings = opened(data).settings.element
    protection = settings.find(qn("w:documentProtection"))
    assert protection.get(qn("w:edit")) == "forms"
    assert protection.get(qn("w:enforcement")) == "1"


def test_a_form_with_none_stays_as_it_is(form: Build, context: Any) -> None:
    settings = opened(render(form("x"), context(), MADE)).settings.element
    assert settings.find(qn("w:documentProtection")) is None


def test_a_protection_of_the_schools_own_is_left_alone(form: Build, context: Any) -> None:
    def change(document: Any) -> None:
        with_control(document)
        own = parse_xml(f"<w:documentProtection {nsdecls('w')} w:edit='readOnly' w:enforcement='1'/>")
        document.settings.element.insert(0, own)

    settings = opened(render(form("x", change=change), context(), MADE)).settings.element
    assert [item.get(qn("w:edit")) for item in settings.iter(qn("w:documentProtection"))] == ["readOnly"]


def test_without_a_logo_its_place_is_taken_out(form: Build, context: Any) -> None:
    assert drawings(render(form("x", change=with_place), context(), MADE)) == []


def test_a_logo_keeps_its_shape_and_says_whose_it_is(form: Build, context: Any) -> None:
    made = context()
    data = render(form("x", change=with_place), made, MADE, picture(300, 100))
    (drawing,) = drawings(data)
    extent = next(drawing.iter(qn("wp:extent")))
    assert int(extent.get("cy")) == Mm(12)
    assert int(extent.get("cx")) == 3 * Mm(12)
    assert next(drawing.iter(qn("wp:docPr"))).get("descr") == f"Logo of {made.school.name}"
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        held = [package.read(name) for name in package.namelist() if name.startswith("word/media/")]
    assert picture(300, 100) in held


def test_a_very_wide_logo_is_made_smaller_rather_than_run_off_the_page(form: Build, context: Any) -> None:
    (drawing,) = drawings(render(form("x", change=with_place), context(), MADE, picture(2000, 100)))
    extent = next(drawing.iter(qn("wp:extent")))
    assert int(extent.get("cx")) == 5 * Mm(12)
    assert int(extent.get("cy")) == 5 * Mm(12) // 20


@pytest.mark.parametrize("damaged", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", picture(3, 3)[:20]])
def test_a_damaged_logo_is_a_fault_in_words(form: Build, context: Any, damaged: bytes) -> None:
    with pytest.raises(FormFault) as caught:
        render(form("x", change=with_place), context(), MADE, damaged)
    assert "The school's logo is damaged." in str(caught.value)


def test_the_same_case_with_a_logo_gives_the_same_bytes(form: Build, context: Any) -> None:
    entry = form("x", change=with_place)
    assert render(entry, context(), MADE, picture(9, 9)) == render(entry, context(), MADE, picture(9, 9))
