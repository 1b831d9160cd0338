"""Files packed together (ZIP), the same bytes for the same parts, and parts that are carried over as they are packed.

`zipfile` packs every part anew and writes the clock into each. Only what Word and Excel use of the format is written:
deflated parts below 4 GB, names in UTF-8 (APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16).
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable
from typing import NamedTuple

QUICK, SMALL = 1, 9
"""How hard zlib tries: for what is written once for each document, and for what is packed once and carried over."""
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_VERSION, _IN_UTF8, _DEFLATED = 20, 0x800, 8
_NO_TIME, _FIRST_DAY = 0, 1 << 5 | 1
"""1 January 1980, midnight, in the format's own way: no clock."""


class Packed(NamedTuple):
    """One part as it lies in the file; `size` is that of its content, in bytes."""

    name: str
    checksum: int
    size: int
    data: bytes


def packed(name: str, content: bytes, level: int = QUICK) -> Packed:
    """A part, deflated. `level` is zlib's, from 1 to 9."""
    return Packed(name, zlib.crc32(content), len(content), zlib.compress(content, level, -zlib.MAX_WBITS))


def joined(parts: Iterable[Packed]) -> bytes:
    """The file that holds the parts, in their order."""
    pieces: list[bytes] = []
    index: list[bytes] = []
    at = 0
    for name, checksum, size, data in parts:
        called = name.encode()
        flags = 0 if name.isascii() else _IN_UTF8
        common = (_VERSION, flags, _DEFLATED, _NO_TIME, _FIRST_DAY, checksum, len(data), size, len(called), 0)
        index += _CENTRAL.pack(b"PK\x01\x02", _VERSION, *common, 0, 0, 0, 0, at), called
        head = _LOCAL.pack(b"PK\x03\x04", *common)
        pieces += head, called, data
        at += len(head) + len(called) + len(data)
    listed = b"".join(index)
    count = len(index) // 2
    return b"".join((*pieces, listed, _END.pack(b"PK\x05\x06", 0, 0, count, count, len(listed), at, 0)))


def parts_of(data: bytes) -> tuple[Packed, ...]:
    """The parts of a file as they lie in it, all deflated, as `joined` writes them. Raises `zipfile.BadZipFile`."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return tuple(_part(entry, data) for entry in archive.infolist())


def _part(entry: zipfile.ZipInfo, data: bytes) -> Packed:
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile(f"{entry.filename} is packed in another way.")
    at = entry.header_offset
    called, extra = struct.unpack_from("<2H", data, at + _LOCAL.size - 4)
    begin = at + _LOCAL.size + called + extra
    return Packed(entry.filename, entry.CRC, entry.file_size, data[begin : begin + entry.compress_size])


def content_of(part: Packed) -> bytes:
    """What a part holds. Raises `zipfile.BadZipFile` where it is not what was packed."""
    try:
        content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(part.data, part.size + 1)
    except zlib.error as error:
        raise zipfile.BadZipFile(f"{part.name} is damaged.") from error
    if len(content) != part.size or zlib.crc32(content) != part.checksum:
        raise zipfile.BadZipFile(f"{part.name} is damaged.")
    return content


def contents(data: bytes) -> dict[str, bytes]:
    """What is in any such file, by name, in its order. Raises `zipfile.BadZipFile`."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
