"""Looking at a workbook before anything opens it: how large it is, what is in it, how far its sheets reach.

openpyxl believes what a workbook says of itself, and pays for it in memory. So every XML part goes through a parser
here first that keeps nothing but counts. What could run or fetch something as the workbook is opened is refused.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

LARGEST_FILE = 20_000_000
LARGEST_UNPACKED = 40_000_000
"""Bytes of all parts. A sheet of 5,000 rows with 200 cells in each takes about 35 MB, all of it in one part."""
MOST_PARTS = 1_000
GREATEST_RATIO = 100
SMALL = 100_000
"""Bytes below which a part may be packed as tightly as it likes."""
DEEPEST = 100
LONGEST_TAG = 1_000_000
"""Bytes of one tag with its attributes. The longest that Excel writes, a list of ranges, is a twentieth of it."""
MOST_ELEMENTS = 3_000_000
"""Elements that hold rows, cells and texts: a million cells, each with its text in it."""
MOST_OTHERS = 200_000
"""All other elements, which become much larger things in memory: styles, pieces of formatted text, and the like."""
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""What a sheet of Excel has."""
TYPES = "[Content_Types].xml"
_CHUNK = 1 << 16

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_PLAIN = frozenset(f"{space}}}{name}" for space in (_MAIN, _STRICT) for name in ("row", "c", "v", "f", "is", "t", "si"))
_ADDRESS = re.compile(r"([A-Z]{1,3})[0-9]{1,7}\Z")
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_TEMPLATE = "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml"

SAVE_AGAIN = "Open it in Excel, and save it as an Excel workbook (.xlsx), without a password."


@dataclass(frozen=True)
class Extent:
    """How far the cells of one sheet reach that hold something, and those whose formula was never worked out."""

    rows: frozenset[int] = frozenset()
    cells: int = 0
    last_column: int = 0
    farthest: str = ""
    uncomputed: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class Package:
    """A workbook that may be opened. `extents` are by the name of the sheet's part."""

    data: bytes
    extents: Mapping[str, Extent]


class Refused(Exception):  # noqa: N818  # it never leaves this room
    """A file that is not read any further: why, and how to mend it."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint = f"table-{code}", message, hint


def look_into(data: bytes) -> Package:
    """The bytes of a workbook after everything in it was held against the limits. Raises `Refused`."""
    if len(data) > LARGEST_FILE:
        raise _too_large("The file", LARGEST_FILE)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused("old", "The file has a password, or is in the old .xls format.", SAVE_AGAIN)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names, counter, types = _names(archive), _Counter(archive), _Types()
            counter.take(TYPES, types)
            types.judge()
            sheets = {name: _Sheet() for name in names if name.lower().endswith((".xml", ".rels"))}
            for name, sheet in sheets.items():
                counter.take(name, sheet)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise damaged() from error
    except (expat.ExpatError, ValueError, LookupError) as error:  # of XML, of names, and of encodings
        raise damaged() from error
    return Package(data, {name: sheet.extent() for name, sheet in sheets.items() if sheet.is_one})


def column_letters(column: int) -> str:
    """A column as Excel names it: 3 is C."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def damaged() -> Refused:
    return Refused("damaged", "The file is damaged, or not a workbook as Excel writes it.", SAVE_AGAIN)


def _too_large(what: str, limit: int) -> Refused:
    hint = "Copy the sheet's table alone into a new workbook, as values."
    return Refused("size", f"{what} is larger than {limit // 1_000_000} MB.", hint)


def _too_much(what: str) -> Refused:
    hint = "Copy the sheet's table alone into a new workbook, as values."
    return Refused("size", f"The file holds more {what} than are read.", hint)


# --- the archive ------------------------------------------------------------------------------------


def _names(archive: zipfile.ZipFile) -> list[str]:
    """The names of the parts, after the sizes that they declare have been held against the limits.

    These can be trusted as limits: zipfile unpacks no further than they say, and then finds the sum to be wrong.
    """
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_PARTS:
        raise _too_much("parts")
    if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
        raise _too_large("What the file unpacks to", LARGEST_UNPACKED)
    for entry in entries:
        if entry.flag_bits & 1:
            raise Refused("old", "The file has a password.", SAVE_AGAIN)
        if entry.file_size > SMALL and entry.file_size > GREATEST_RATIO * max(entry.compress_size, 1):
            hint = "Copy the sheet's table alone into a new workbook, as values."
            raise Refused("size", f"A part of the file is packed more than {GREATEST_RATIO} times.", hint)
    names = [entry.filename for entry in entries]
    if len({name.lower() for name in names}) < len(names):
        raise damaged()
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise _macros()
    if TYPES not in names:
        raise Refused("not-workbook", "The file is not an Excel workbook.", SAVE_AGAIN)
    return names


def _macros() -> Refused:
    hint = "Save it as an Excel workbook without macros (.xlsx)."
    return Refused("macros", "The workbook holds macros or controls, which riskgen does not open.", hint)


class _Part:
    """What is told of one part while it goes by."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag begins."""

    def end(self, tag: str) -> None:
        """A tag ends."""

    def text(self, text: str) -> None:
        """A piece of text."""


class _Types(_Part):
    """[Content_Types].xml: of what kind the parts are."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.found.add(attributes.get("ContentType", ""))

    def judge(self) -> None:
        """Refuse what is no workbook, and what holds something that could run."""
        if any("binary" in kind for kind in self.found):
            raise Refused("not-workbook", "The file is a binary workbook (.xlsb).", SAVE_AGAIN)
        if any(re.search("vbaProject|macro|activeX", kind, re.IGNORECASE) for kind in self.found):
            raise _macros()
        if not {_WORKBOOK, _TEMPLATE} & self.found:
            raise Refused("not-workbook", "The file is not an Excel workbook.", SAVE_AGAIN)


# --- the parts --------------------------------------------------------------------------------------


class _Counter:
    """Takes parts through a parser that builds nothing. DOCTYPE, depth and sheer number are refused."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._plain = self._others = self._depth = 0

    def take(self, name: str, part: _Part) -> None:
        def started(tag: str, attributes: dict[str, str]) -> None:
            self._count(tag)
            part.start(tag, attributes)

        def ended(tag: str) -> None:
            self._depth -= 1
            part.end(tag)

        self._depth = 0
        parser = expat.ParserCreate(namespace_separator="}")
        parser.StartElementHandler = started
        parser.EndElementHandler = ended
        parser.CharacterDataHandler = part.text
        parser.StartDoctypeDeclHandler = _refuse_doctype
        read = 0
        with self._archive.open(name) as file:
            while chunk := file.read(_CHUNK):
                parser.Parse(chunk, False)
                read += len(chunk)
                if read - parser.CurrentByteIndex > LONGEST_TAG:
                    raise _too_large("One tag in the file", LONGEST_TAG)
        parser.Parse(b"", True)

    def _count(self, tag: str) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise damaged()
        if tag in _PLAIN:
            self._plain += 1
            if self._plain > MOST_ELEMENTS:
                raise _too_much("cells")
        else:
            self._others += 1
            if self._others > MOST_OTHERS:
                raise _too_much("styles and other formatting")


def _refuse_doctype(*_: object) -> None:
    raise Refused("doctype", "The file declares a document type, which no workbook of Excel does.", SAVE_AGAIN)


@dataclass
class _Sheet(_Part):
    """What is counted while a sheet goes by. Rows and cells may leave out where they are: then they follow on."""

    is_one: bool = False
    row: int = 0
    column: int = 0
    in_row: int = 0
    cells: int = 0
    rows: set[int] = field(default_factory=set)
    farthest: tuple[int, int] = (0, 0)
    uncomputed: set[tuple[int, int]] = field(default_factory=set)
    _depth: int = 0
    _kind: str = ""
    _formula: bool = False
    _value: bool = False
    _in_value: bool = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        space, _, name = tag.rpartition("}")
        if self._depth == 1:
            if space == _STRICT:
                hint = "Save it as 'Excel Workbook (.xlsx)', and not as 'Strict Open XML'."
                raise Refused("strict", "The workbook is saved as Strict Open XML.", hint)
            self.is_one = name == "worksheet"
        if name == "ddeLink":
            hint = "Take the link out in Excel: Data, Edit Links, Break Link."
            raise Refused("dde", "The workbook holds a link to another program (DDE).", hint)
        if not self.is_one:
            return
        match name:
            case "row":
                self.row = int(attributes["r"]) if "r" in attributes else self.row + 1
                self.column = self.in_row = 0
                if not 1 <= self.row <= MOST_ROWS:
                    raise damaged()
            case "c":
                self.column = _column(attributes["r"]) if "r" in attributes else self.column + 1
                self.in_row += 1
                if max(self.column, self.in_row) > MOST_COLUMNS:
                    raise damaged()
                self._kind, self._formula, self._value = attributes.get("t", ""), False, False
            case "f":
                self._formula = True
            case "v" | "is":
                self._in_value = True

    def text(self, text: str) -> None:
        if self._in_value:
            self._value = True

    def end(self, tag: str) -> None:
        self._depth -= 1
        if not self.is_one:
            return
        match tag.rpartition("}")[2]:
            case "v" | "is":
                self._in_value = False
            case "c" if self._value:
                self.cells += 1
                self.rows.add(self.row)
                self.farthest = max(self.farthest, (self.column, self.row))
            case "c" if self._formula and self._kind != "str":
                self.rows.add(self.row)
                self.uncomputed.add((self.row, self.column))

    def extent(self) -> Extent:
        column, row = self.farthest
        columns = {column, *(column for _, column in self.uncomputed)}
        farthest = f"{column_letters(column)}{row}"
        return Extent(frozenset(self.rows), self.cells, max(columns), farthest, frozenset(self.uncomputed))


def _column(address: str) -> int:
    found = _ADDRESS.match(address)
    if not found:
        raise damaged()
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column
