"""A document is looked at before it is opened, and what could reach out or run is refused."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from riskgen.core.struct import replace
from riskgen.files import word
from riskgen.forms.catalogue import FormEntry
from riskgen.forms.preflight import preflight

Build = Callable[..., FormEntry]
RELATIONS = "word/_rels/document.xml.rels"
TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def said(entry: FormEntry) -> str:
    return "\n".join(f"{problem.message} {problem.hint}" for problem in preflight(entry))


def before(mark: bytes, xml: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(mark, xml + mark, 1)


def relation(kind: str, target: str, mode: str = "External") -> Callable[[bytes], bytes]:
    xml = f'<Relationship Id="rIdX" Type="{TYPE}/{kind}" Target="{target}" TargetMode="{mode}"/>'
    return before(b"</Relationships>", xml.encode())


def in_body(xml: str) -> Callable[[bytes], bytes]:
    return before(b"<w:sectPr", xml.encode())


def field(code: str) -> str:
    def char(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    words = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in code.split("|"))
    return f"<w:p>{char('begin')}{words}{char('separate')}<w:r><w:t>x</w:t></w:r>{char('end')}</w:p>"


# --- kinds of file ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old .doc format, or it has a password"),
        (b"{\\rtf1 hello}", "not a Word document"),
        (b"", "not a Word document"),
        (b"PK\x03\x04" + b"\0" * 50, "damaged"),
    ],
)
def test_other_kinds_of_file_are_named(form: Build, content: bytes, words: str) -> None:
    entry = form("x")
    entry.file.write_bytes(content)
    assert words in said(entry)
    assert "without a password" in said(entry)


def test_a_missing_file_is_named(form: Build) -> None:
    entry = form("x")
    entry.file.unlink()
    assert "There is no such file" in said(entry)


def test_a_part_that_does_not_unpack_is_damaged(form: Build) -> None:
    entry = form()
    data = bytearray(entry.file.read_bytes())
    with zipfile.ZipFile(entry.file) as archive:
        largest = max(archive.infolist(), key=lambda part: part.compress_size)
    at = largest.header_offset + 30 + len(largest.filename)
    data[at : at + largest.compress_size] = b"\xff" * largest.compress_size
    entry.file.write_bytes(data)
    assert "damaged" in said(entry)


def test_a_truncated_file_is_damaged(form: Build) -> None:
    entry = form("x")
    entry.file.write_bytes(entry.file.read_bytes()[:-500])
    assert "damaged" in said(entry)


def test_an_archive_that_is_no_document_is_named(form: Build) -> None:
    entry = form("x")
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("a.txt", "x")
    entry.file.write_bytes(raw.getvalue())
    assert "not a Word document" in said(entry)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (b"application/vnd.ms-word.document.macroEnabled.main+xml", "with macros (.docm"),
        (b"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml", "template (.dotx)"),
    ],
)
def test_documents_with_macros_and_templates_are_named(form: Build, kind: bytes, words: str) -> None:
    plain = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    entry = form("x", parts={"[Content_Types].xml": lambda content: content.replace(plain, kind)})
    assert words in said(entry)


def test_an_encrypted_archive_is_named(form: Build) -> None:
    entry = form("x")
    data = bytearray(entry.file.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.index(mark) + offset] |= 1
    entry.file.write_bytes(bytes(data))
    assert "password" in said(entry)


# --- size ---------------------------------------------------------------------------------------


def test_a_bomb_is_refused_before_it_is_unpacked(form: Build) -> None:
    assert "packed more than 100 times" in said(form("x", parts={"word/big.bin": b"\0" * 4_000_000}))
    assert "larger than 5 MB" in said(form("x", parts={"word/big.xml": b" " * 5_000_001}))


@pytest.mark.parametrize("way", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_way_of_packing_that_unpacks_all_at_once_is_refused(form: Build, way: int) -> None:
    """A few hundred bytes of these would take a gigabyte, whatever size they declare."""
    entry = form("x")
    with zipfile.ZipFile(entry.file, "a") as package:
        package.writestr("word/small.bin", b"x" * 10, way)
    assert "word/small.bin is packed as Word packs none" in said(entry)


def test_what_unpacks_to_too_much_is_refused(form: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = form("x")
    monkeypatch.setattr(word, "LARGEST_FILE", 30_000)
    assert "larger than" in said(entry)


def test_too_many_parts_are_refused(form: Build) -> None:
    assert "at most 1000" in said(form("x", parts={f"word/{number}.bin": b"x" for number in range(1000)}))


def test_deep_nesting_is_refused(form: Build) -> None:
    deep = "<w:p>" * 300 + "</w:p>" * 300
    assert "nested more than 250 deep" in said(form("x", parts={"word/document.xml": in_body(deep)}))


def test_two_parts_of_one_name_are_refused(form: Build) -> None:
    entry = form("x")
    with zipfile.ZipFile(entry.file, "a") as archive:
        archive.writestr("WORD/document.xml", "<x/>")
    assert "two parts of one name" in said(entry)


@pytest.mark.parametrize("part", ["word/document.xml", "word/styles.xml", RELATIONS])
def test_a_document_type_is_refused(form: Build, part: str) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY c SYSTEM "file:///etc/hostname">]>'

    def insert(content: bytes) -> bytes:
        head, mark, rest = content.partition(b"?>")
        return head + mark + bomb + rest

    assert "document type" in said(form("x", parts={part: insert}))


def test_a_part_that_is_not_well_formed_is_named(form: Build) -> None:
    assert "word/document.xml cannot be read" in said(form("x", parts={"word/document.xml": b"<w:document"}))


# --- what could reach out or run ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("attachedTemplate", "https://evil.example/t.dotm"),
        ("image", "https://evil.example/pixel.png"),
        ("image", "file://///evil.example/share/x.png"),
        ("hyperlink", "file:///C:/Windows/x.exe"),
        ("hyperlink", "javascript:alert(1)"),
        ("oleObject", "https://evil.example/x"),
        ("frame", "https://evil.example/x"),
        ("mailMergeSource", "file:///x.mdb"),
        ("somethingNew", "https://evil.example/x"),
    ],
)
def test_what_points_outside_is_refused(form: Build, kind: str, target: str) -> None:
    codes = {problem.code for problem in preflight(form("x", parts={RELATIONS: relation(kind, target)}))}
    assert codes & {"form-outside", "form-forbidden"}


@pytest.mark.parametrize(
    "target", ["https://www.example.org/policy", "http://example.org", "mailto:office@example.org"]
)
def test_links_to_the_web_are_fine(form: Build, target: str) -> None:
    assert said(form("x", parts={RELATIONS: relation("hyperlink", target)})) == ""


@pytest.mark.parametrize(
    "kind", ["aFChunk", "oleObject", "package", "control", "vbaProject", "subDocument", "attachedTemplate"]
)
def test_what_is_embedded_is_refused(form: Build, kind: str) -> None:
    entry = form("x", parts={RELATIONS: relation(kind, "embeddings/x.bin", "Internal"), "word/embeddings/x.bin": b"x"})
    assert "form-forbidden" in {problem.code for problem in preflight(entry)}


def test_parts_of_forbidden_kinds_are_refused_even_if_nothing_points_at_them(form: Build) -> None:
    override = b'<Override PartName="/word/vbaProject.bin" ContentType="application/vnd.ms-office.vbaProject"/>'
    entry = form("x", parts={"[Content_Types].xml": before(b"</Types>", override), "word/vbaProject.bin": b"x"})
    assert "vbaProject" in said(entry)


@pytest.mark.parametrize(
    "xml", ["<w:altChunk/>", "<w:p><w:r><w:object/></w:r></w:p>", "<w:subDoc/>", "<w:p><w:r><w:control/></w:r></w:p>"]
)
def test_forbidden_elements_are_refused(form: Build, xml: str) -> None:
    assert "which a form must not" in said(form("x", parts={"word/document.xml": in_body(xml)}))


@pytest.mark.parametrize(
    "xml",
    [
        field('DDEAUTO c:\\\\windows\\\\cmd.exe "/k calc"'),
        field(" DDE |x y"),
        field("D|DE|AUTO x"),
        field('INCLUDETEXT "https://evil.example/x"'),
        field('INCLUDEPICTURE "https://evil.example/x"'),
        field("LINK Excel.Sheet x"),
        field("MACROBUTTON x"),
        field('HYPERLINK "file:///x"'),
        field('HYPERLINK "file:///x" \\l "https://x"'),
        field("QUOTE 68 68 69"),
        '<w:p><w:fldSimple w:instr="DDEAUTO x"/></w:p>',
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        + field("QUOTE 1")[5:-6]
        + '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>',
    ],
)
def test_fields_that_fetch_or_run_are_refused(form: Build, xml: str) -> None:
    problems = preflight(form("x", parts={"word/document.xml": in_body(xml)}))
    assert {problem.code for problem in problems} & {"form-outside", "form-forbidden"}


@pytest.mark.parametrize(
    "code", ["PAGE", " NUMPAGES  \\* MERGEFORMAT ", 'HYPERLINK "https://example.org"', 'HYPERLINK \\l "part"', "DATE"]
)
def test_fields_that_word_works_out_are_fine(form: Build, code: str) -> None:
    assert said(form("x", parts={"word/document.xml": in_body(field(code))})) == ""


def test_a_document_as_large_as_allowed_is_not_read_whole_if_larger(tmp_path: Path, form: Build) -> None:
    large = tmp_path / "large.docx"
    with large.open("wb") as file:
        file.truncate(word.LARGEST_FILE + 1)
    assert "larger than 20 MB" in said(replace(form("x"), file=large))


def test_a_file_that_is_not_there_and_one_that_cannot_be_read_are_told_apart(tmp_path: Path) -> None:
    _, (missing,) = word.read_document(tmp_path / "none.docx", "none.docx")
    assert (missing.code, missing.message) == ("form-missing", "There is no such file.")
    _, (folder,) = word.read_document(tmp_path, "folder.docx")
    assert folder.code == "form-unreadable"
