"""Opening a Word document without trusting it: how large it is, what is in it, what it points at.

Python's own readers of zip and XML open it, and nothing is unpacked before its size is known. A document that could
fetch something from elsewhere, run something, or take the program's memory is refused with the reason.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from riskgen.core.problem import Problem
from riskgen.core.struct import Struct

LARGEST_FILE = 20_000_000
LARGEST_PART = 5_000_000
MOST_PARTS = 1_000
GREATEST_RATIO = 100
SMALL = 100_000
"""Bytes below which a part may be packed as tightly as it likes."""
DEEPEST = 250

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_SAVE_AGAIN = "Open it in Word and save it as a Word document (.docx), without a password."

_FORBIDDEN_RELATIONS = {
    "aFChunk": "another document inserted as it stands (altChunk)",
    "activeXControlBinary": "an ActiveX control",
    "attachedTemplate": "an attached template",
    "attachedToolbars": "attached toolbars",
    "control": "an ActiveX control",
    "frame": "a frame",
    "mailMergeHeaderSource": "a mail merge source",
    "mailMergeSource": "a mail merge source",
    "oleObject": "an embedded object",
    "package": "an embedded document",
    "subDocument": "a subdocument",
    "vbaProject": "macros",
    "wordVbaData": "macros",
}
_FORBIDDEN_ELEMENTS = {
    "altChunk": "another document inserted as it stands (altChunk)",
    "object": "an embedded object",
    "OLEObject": "an embedded object",
    "control": "an ActiveX control",
    "subDoc": "a subdocument",
}
_FIELD_CODES = frozenset({
    "PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "DATE", "TIME", "TITLE", "STYLEREF", "REF", "PAGEREF", "NOTEREF",
    "TOC", "TC", "SEQ", "SYMBOL", "HYPERLINK", "FORMTEXT", "FORMCHECKBOX", "FORMDROPDOWN",
})  # fmt: skip
"""Fields that Word works out from the document alone. DDE, INCLUDE, LINK, MACROBUTTON and the like are not here."""


class Relation(Struct, frozen=True):
    kind: str
    target: str
    external: bool


class Part(Struct, frozen=True):
    """One XML part; `filled` says whether fields in it are filled in."""

    name: str
    root: Element
    filled: bool

    @property
    def words(self) -> str:
        stem = posixpath.basename(self.name).removesuffix(".xml").rstrip("0123456789")
        known = {"document": "the text", "header": "a header", "footer": "a footer", "footnotes": "the footnotes"}
        also = {"core": "the document properties", "comments": "the comments", "endnotes": "the endnotes"}
        return (known if self.filled else also).get(stem, self.name)


class _Refused(Exception):  # noqa: N818  # it never leaves this room
    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.problem = (f"form-{code}", message, hint)


def read_document(path: Path, shown: str) -> tuple[bytes, tuple[Problem, ...]]:
    """The bytes of a file, unless there is none, or it is too large even to look into."""
    if path.is_dir():
        return b"", (Problem(shown, 0, "form-unreadable", "It is a folder, not a file.", "Name one form in it."),)
    try:
        if path.stat().st_size > LARGEST_FILE:
            message = _too_large("The file", LARGEST_FILE)
            return b"", (Problem(shown, 0, "form-size", message, "Make images smaller."),)
        return path.read_bytes(), ()
    except FileNotFoundError:
        return b"", (Problem(shown, 0, "form-missing", "There is no such file.", "Check the name in forms.yaml."),)
    except OSError as error:
        reason = f"The file cannot be read: {error.strerror}."
        return b"", (Problem(shown, 0, "form-unreadable", reason, "Close it in Word, or check who may read it."),)


def open_parts(data: bytes, shown: str) -> tuple[tuple[Part, ...], tuple[Problem, ...]]:
    """All XML parts of a document, and everything in it that a form must not hold."""
    problems: list[Problem] = []
    try:
        with _archive(data) as archive:
            names = _names(archive)
            types = _Types(_parse(archive.read("[Content_Types].xml"), "[Content_Types].xml"))
            xml = {name: _parse(archive.read(name), name) for name in names if types.is_xml(name)}
    except _Refused as refused:
        return (), (Problem(shown, 0, *refused.problem),)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, zlib.error) as error:
        message = f"The file is damaged: {error}."
        return (), (Problem(shown, 0, "form-damaged", message, _SAVE_AGAIN),)
    relations = {name: tuple(_relations(root)) for name, root in xml.items() if name.endswith(".rels")}
    main = _main_part(relations, xml)
    if main is None or types.of(main) != _DOCX:
        return (), (Problem(shown, 0, "form-not-docx", *_other_kind(types.of(main or ""))),)
    filled = _filled(main, relations, types)
    parts = tuple(Part(name, root, name in filled) for name, root in xml.items() if not name.endswith(".rels"))
    for name, found in relations.items():
        problems += (Problem(shown, 0, *words) for words in _bad_relations(name, found))
    for content_type in types.all():
        if re.search("vbaProject|activeX|oleObject|macroEnabled", content_type):
            problems.append(Problem(shown, 0, *_must_not(f"a part of the type {content_type}")))
    for part in parts:
        problems += (Problem(shown, 0, *words) for words in _bad_elements(part))
    return parts, tuple(dict.fromkeys(problems))


# --- the archive --------------------------------------------------------------------------------


def _archive(data: bytes) -> zipfile.ZipFile:
    if len(data) > LARGEST_FILE:
        raise _Refused("size", _too_large("The file", LARGEST_FILE), "Make images smaller.")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise _Refused("not-docx", "The file is in the old .doc format, or it has a password.", _SAVE_AGAIN)
    if not data.startswith(b"PK"):
        raise _Refused("not-docx", "The file is not a Word document.", _SAVE_AGAIN)
    return zipfile.ZipFile(io.BytesIO(data))


def _names(archive: zipfile.ZipFile) -> list[str]:
    """The names in the archive, after its declared sizes have been held against the limits.

    The declared sizes can be trusted as limits: zipfile reads no further than they say.
    """
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_PARTS:
        raise _Refused("size", f"The file has {len(entries)} parts; at most {MOST_PARTS} are allowed.")
    if sum(entry.file_size for entry in entries) > LARGEST_FILE:
        raise _Refused("size", _too_large("What the file unpacks to", LARGEST_FILE), "Make images smaller.")
    for entry in entries:
        if entry.flag_bits & 1:
            raise _Refused("not-docx", "The file has a password.", _SAVE_AGAIN)
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # Word packs in no other way, and zipfile unpacks others without regard to how much is asked for.
            raise _Refused("damaged", f"The part {entry.filename} is packed as Word packs none.", _SAVE_AGAIN)
        if entry.filename.endswith((".xml", ".rels")) and entry.file_size > LARGEST_PART:
            raise _Refused("size", _too_large(f"The part {entry.filename}", LARGEST_PART))
        if entry.file_size > SMALL and entry.file_size > GREATEST_RATIO * max(entry.compress_size, 1):
            raise _Refused("size", f"The part {entry.filename} is packed more than {GREATEST_RATIO} times.")
    names = [entry.filename for entry in entries]
    if len({name.lower() for name in names}) < len(names):
        raise _Refused("damaged", "The file holds two parts of one name.", _SAVE_AGAIN)
    if "[Content_Types].xml" not in names:
        raise _Refused("not-docx", "The file is not a Word document.", _SAVE_AGAIN)
    return names


def _too_large(what: str, limit: int) -> str:
    return f"{what} is larger than {limit // 1_000_000} MB."


def _parse(data: bytes, name: str) -> Element:
    """One XML part as elements, with comments kept (they are filled in too). DOCTYPE and depth are refused."""
    if len(data) > LARGEST_PART:
        raise _Refused("size", _too_large(f"The part {name}", LARGEST_PART))
    builder = TreeBuilder(insert_comments=True, insert_pis=True)
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise _Refused("size", f"The part {name} is nested more than {DEEPEST} deep.")
        builder.start(_name(tag), {_name(key): value for key, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_name(tag))

    def doctype(*_: object) -> None:
        raise _Refused("doctype", f"The part {name} declares a document type, which Word never does.", _SAVE_AGAIN)

    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.CommentHandler = builder.comment
    parser.ProcessingInstructionHandler = builder.pi
    parser.StartDoctypeDeclHandler = doctype
    try:
        data.decode("utf-8-sig")
        parser.Parse(data, True)
        return builder.close()
    except (expat.ExpatError, UnicodeDecodeError) as error:
        raise _Refused("damaged", f"The part {name} cannot be read: {error}.", _SAVE_AGAIN) from error


def _name(tag: str) -> str:
    return "{" + tag if "}" in tag else tag


# --- what the parts are and point at ------------------------------------------------------------


class _Types:
    """[Content_Types].xml: the type of each part."""

    def __init__(self, root: Element) -> None:
        self._by_ending: dict[str, str] = {}
        self._by_name: dict[str, str] = {}
        for item in root:
            content_type = item.get("ContentType", "")
            if ending := item.get("Extension"):
                self._by_ending[ending.lower()] = content_type
            elif name := item.get("PartName"):
                self._by_name[name.lstrip("/")] = content_type

    def of(self, name: str) -> str:
        return self._by_name.get(name) or self._by_ending.get(name.rpartition(".")[2].lower(), "")

    def is_xml(self, name: str) -> bool:
        return name.endswith((".xml", ".rels")) or self.of(name).endswith("xml")

    def all(self) -> Iterator[str]:
        yield from self._by_ending.values()
        yield from self._by_name.values()


def _relations(root: Element) -> Iterator[Relation]:
    for item in root.iter():
        if item.get("Type"):
            kind = item.get("Type", "").rstrip("/").rpartition("/")[2]
            yield Relation(kind, item.get("Target", ""), item.get("TargetMode") == "External")


def _main_part(relations: dict[str, tuple[Relation, ...]], xml: dict[str, Element]) -> str | None:
    for relation in relations.get("_rels/.rels", ()):
        if relation.kind == "officeDocument" and not relation.external:
            name = _resolve("", relation.target)
            return name if name in xml else None
    return None


def _filled(main: str, relations: dict[str, tuple[Relation, ...]], types: _Types) -> set[str]:
    """The parts that are filled in: the text, its headers and footers, and footnotes."""
    folder, base = posixpath.split(main)
    found = {main}
    for relation in relations.get(f"{folder}/_rels/{base}.rels", ()):
        name = _resolve(folder, relation.target)
        if relation.kind in ("header", "footer") or types.of(name) == FOOTNOTES:
            found.add(name)
    return found


def _resolve(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _other_kind(content_type: str) -> tuple[str, str]:
    if "macroEnabled" in content_type:
        return "The file is a Word document with macros (.docm or .dotm).", _SAVE_AGAIN
    if "template" in content_type:
        return "The file is a Word template (.dotx).", _SAVE_AGAIN
    return "The file is not a Word document of the usual kind (.docx).", _SAVE_AGAIN


def _must_not(what: str) -> tuple[str, str, str]:
    return "form-forbidden", f"The form holds {what}, which a form must not.", "Take it out in Word and save the form."


def _bad_relations(name: str, relations: Iterable[Relation]) -> Iterator[tuple[str, str, str]]:
    for relation in relations:
        if relation.kind in _FORBIDDEN_RELATIONS:
            yield _must_not(_FORBIDDEN_RELATIONS[relation.kind])
        elif relation.external and not (relation.kind == "hyperlink" and _web(relation.target)):
            message = f"The form points at {relation.target} outside itself ({relation.kind}, in {name})."
            hint = "Put images into the form itself; links may begin with https: or mailto: only."
            yield "form-outside", message, hint


def _web(target: str) -> bool:
    try:
        return urlsplit(target).scheme.lower() in ("http", "https", "mailto")
    except ValueError:
        return False


def _bad_elements(part: Part) -> Iterator[tuple[str, str, str]]:
    for element in part.root.iter():
        local = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
        if local in _FORBIDDEN_ELEMENTS:
            yield _must_not(_FORBIDDEN_ELEMENTS[local])
    for code in _field_codes(part.root):
        name, _, rest = code.strip().partition(" ")
        if name.upper() not in _FIELD_CODES:
            yield _must_not(f"a field of the kind {name or 'that is put together from others'}")
        elif name.upper() == "HYPERLINK" and not _safe_link(rest.strip()):
            message = f"The form links to {rest.strip()}."
            yield "form-outside", message, "Links may begin with https: or mailto: only."


def _safe_link(rest: str) -> bool:
    """Whether a HYPERLINK field leads to a place in the document, or to the web."""
    return rest.startswith("\\l ") or _web(rest.strip('"“”').partition('"')[0])


def _field_codes(root: Element) -> Iterator[str]:
    """The code of every Word field, simple or put together from runs. A code begins anew with each field inside it."""
    codes: list[str | None] = []  # of the fields that are open; None once a code is complete
    for element in root.iter():
        if element.tag == W + "fldSimple":
            yield element.get(W + "instr", "")
        elif element.tag == W + "fldChar":
            kind = element.get(W + "fldCharType")
            if kind == "begin":
                codes.append("")
            elif codes:
                if (code := codes.pop()) is not None:
                    yield code
                if kind == "separate":
                    codes.append(None)
        elif element.tag in (W + "instrText", W + "delInstrText"):
            if not codes:
                yield element.text or ""
            elif (so_far := codes[-1]) is not None:
                codes[-1] = so_far + (element.text or "")
