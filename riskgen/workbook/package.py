"""Looking at a workbook before anything opens it: how large it is, what is in it, how far its sheets reach.

openpyxl believes what a workbook says of itself, and pays for it in memory. So every XML part goes through a parser
here first that keeps nothing but counts, and openpyxl gets those parts and no others. Macros, and links to other
programs (DDE), are refused. Links to other workbooks are neither followed nor read: a cell that has its value from one
has the value that was last saved.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from xml.parsers import expat

from riskgen.core.struct import Struct, field
from riskgen.files.visit_columns import column_letter, column_number

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
_BAD_ARCHIVE = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, struct.error, zlib.error)

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_PLAIN = frozenset(f"{space}}}{name}" for space in (_MAIN, _STRICT) for name in ("row", "c", "v", "f", "is", "t", "si"))
_AFTER_THE_ROWS = frozenset({"conditionalFormatting", "dataValidations", "mergeCells", "extLst"})
"""Parts of a sheet that hold lists of ranges, each of which openpyxl makes an object of. They stand below the rows, and
there they are never read."""
MOST_MERGED = 10_000
"""Merged ranges of a sheet that are kept."""
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z")
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_TEMPLATE = "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml"

SAVE_AGAIN = "Open it in Excel, and save it as an Excel workbook (.xlsx), without a password."


class Merged(Struct, frozen=True):
    """A range of cells merged into one. Rows and columns count from 1."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def cells(self) -> str:
        """As Excel writes it: `C5:C7`."""
        return f"{column_letter(self.left)}{self.top}:{column_letter(self.right)}{self.bottom}"


class Extent(Struct, frozen=True):
    """How far the cells of one sheet reach that hold something, and those whose formula was never worked out.

    Of merged ranges one more is kept than `MOST_MERGED`, where there are so many.
    """

    rows: frozenset[int] = frozenset()
    cells: int = 0
    last_column: int = 0
    farthest: str = ""
    uncomputed: frozenset[tuple[int, int]] = frozenset()
    merged: tuple[Merged, ...] = ()


class Package(Struct, frozen=True):
    """A workbook that may be opened: its counted parts, all others empty. `extents` are by the part of the sheet."""

    content: io.BytesIO
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
        content = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(content, "w") as counted:
            names, counter, types = _names(archive), _Counter(archive, counted), _Types()
            counter.take(TYPES, types)
            types.judge()
            sheets = {name: _Sheet() for name in names if name != TYPES and name.lower().endswith((".xml", ".rels"))}
            for name, sheet in sheets.items():
                counter.take(name, sheet)
            for name in {*names} - {TYPES, *sheets}:
                counted.writestr(name, b"")
    except (*_BAD_ARCHIVE, expat.ExpatError, ValueError, LookupError) as error:  # the last two of names and encodings
        raise damaged() from error
    stale = any(sheet.to_be_worked_out for sheet in sheets.values())
    return Package(content, {name: sheet.extent(stale) for name, sheet in sheets.items() if sheet.is_one})


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

    These can be trusted as limits: zipfile unpacks no further than they say, and then finds the sum to be wrong. Of
    the ways to pack that holds for the one that workbooks use; of others it unpacks all that it has read at once.
    """
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_PARTS:
        raise _too_much("parts")
    if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
        raise _too_large("What the file unpacks to", LARGEST_UNPACKED)
    for entry in entries:
        if entry.flag_bits & 1:
            raise Refused("old", "The file has a password.", SAVE_AGAIN)
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise damaged()
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


class _Part(Struct):
    """What is told of one part while it goes by."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag begins."""

    def end(self, tag: str) -> None:
        """A tag ends."""

    def text(self, text: str) -> None:
        """A piece of text."""


class _Types(_Part):
    """[Content_Types].xml: of what kind the parts are."""

    found: set[str] = field(default_factory=set)

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
    """Takes parts through a parser that builds nothing, and keeps them. DOCTYPE, depth and sheer number are refused."""

    def __init__(self, archive: zipfile.ZipFile, counted: zipfile.ZipFile) -> None:
        self._archive, self._counted = archive, counted
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
        with self._archive.open(name) as file, self._counted.open(name, "w") as copy:
            while chunk := file.read(_CHUNK):
                copy.write(chunk)
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


class _Sheet(_Part):
    """What is counted while a sheet goes by. Rows and cells may leave out where they are: then they follow on.

    They stand in order, as Excel writes them: openpyxl would leave out, without a word, a row that comes too late.
    """

    is_one: bool = False
    to_be_worked_out: bool = False
    row: int = 0
    column: int = 0
    cells: int = 0
    rows: set[int] = field(default_factory=set)
    farthest: tuple[int, int] = (0, 0)
    zeros: set[tuple[int, int]] = field(default_factory=set)
    uncomputed: set[tuple[int, int]] = field(default_factory=set)
    merged: list[Merged] = field(default_factory=list)
    _rows_are_over: bool = False
    _depth: int = 0
    _kind: str = ""
    _formula: bool = False
    _value: str = ""
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
        if name == "calcPr":
            self.to_be_worked_out = attributes.get("fullCalcOnLoad") in ("1", "true")
        if not self.is_one:
            return
        if name in _AFTER_THE_ROWS and not self._rows_are_over:
            raise damaged()
        match name:
            case "row":
                row = int(attributes["r"]) if "r" in attributes else self.row + 1
                if not self.row < row <= MOST_ROWS:
                    raise damaged()
                self.row, self.column = row, 0
            case "c":
                row, column = _place(attributes["r"]) if "r" in attributes else (self.row, self.column + 1)
                if row != self.row or not self.column < column <= MOST_COLUMNS:
                    raise damaged()
                self.column = column
                self._kind, self._formula, self._value = attributes.get("t", ""), False, ""
            case "f":
                self._formula = True
            case "v" | "is":
                self._in_value = True
            case "mergeCell" if len(self.merged) <= MOST_MERGED and (merged := _merged(attributes.get("ref", ""))):
                self.merged.append(merged)

    def text(self, text: str) -> None:
        if self._in_value:
            self._value = (self._value + text)[:2]  # enough to know a zero

    def end(self, tag: str) -> None:
        self._depth -= 1
        if not self.is_one:
            return
        match tag.rpartition("}")[2]:
            case "sheetData":
                self._rows_are_over = True
            case "v" | "is":
                self._in_value = False
            case "c" if self._value:
                self.cells += 1
                self.rows.add(self.row)
                self.farthest = max(self.farthest, (self.column, self.row))
                if self._formula and self._value == "0":
                    self.zeros.add((self.row, self.column))
            case "c" if self._formula and self._kind != "str":
                self.rows.add(self.row)
                self.farthest = max(self.farthest, (self.column, self.row))
                self.uncomputed.add((self.row, self.column))

    def extent(self, stale: bool) -> Extent:
        """How far it reaches. In a `stale` workbook all formulas are still to be worked out.

        Then 0 is what XlsxWriter and others put as the result of a formula that they cannot work out.
        """
        column, row = self.farthest
        uncomputed = self.uncomputed | self.zeros if stale else self.uncomputed
        farthest = f"{column_letter(column)}{row}"
        merged = tuple(self.merged)
        return Extent(frozenset(self.rows), self.cells, column, farthest, frozenset(uncomputed), merged)


def _place(address: str) -> tuple[int, int]:
    """The row and the column of an address. Raises `Refused` if it is none."""
    found = _ADDRESS.match(address)
    if not found:
        raise damaged()
    return int(found[2]), column_number(found[1])


def _merged(ref: str) -> Merged | None:
    """The range of a reference such as `C5:C7`; None for a single cell, and for what is no range."""
    first, _, last = ref.partition(":")
    if not (_ADDRESS.match(first) and _ADDRESS.match(last)) or first == last:
        return None
    (top, left), (bottom, right) = _place(first), _place(last)
    return Merged(min(top, bottom), min(left, right), max(top, bottom), max(left, right))
