"""A workbook of any length, in the memory of one row: rows go to a file of their own while they are read, and then into
the skeleton that a library has made.

The skeleton is a workbook with every sheet, style, table, chart and print setting, and no row in it. Its parts are
copied; where a sheet has rows, they take the place of its empty `sheetData`.
"""

import re
import shutil
import zipfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import IO

from riskgen.files.visit_columns import column_letter

_NO_ROWS = re.compile(rb"<sheetData\s*/>|<sheetData></sheetData>")
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"\s*/>')
_PART = "xl/worksheets/sheet{}.xml"
_BUFFER = 1 << 20
_LEVEL = 3
"""Of zlib. Level 6 takes twice as long over rows, for a file a tenth smaller."""


MOST_ROWS = 1_048_576
"""Of a sheet, in every Excel since 2007."""


class TooManyRows(ValueError):  # noqa: N818  # it says what happened
    """More rows than a sheet can hold."""


class Rows(AbstractContextManager["Rows"]):
    """The rows of one sheet on their way to a file. `last` is the number of the last row, `columns` of the widest."""

    def __init__(self, path: Path, columns: int) -> None:
        self.path, self.columns, self.last = path, columns, 0
        self._file: IO[str] = path.open("w", encoding="utf-8", newline="\n", buffering=_BUFFER)

    def add(self, xml: str) -> None:
        """Add the next row, as `cells` makes it with the number `next`. Raises `TooManyRows`."""
        if self.last == MOST_ROWS:
            raise TooManyRows(f"A sheet of Excel holds {MOST_ROWS:,} rows, and there are more.")
        self._file.write(xml)
        self.last += 1

    @property
    def next(self) -> int:
        return self.last + 1

    def close(self) -> None:
        """Put everything on the disk; then the rows can be taken into a workbook."""
        self._file.close()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def assemble(skeleton: IO[bytes], rows: Mapping[int, Rows], target: Path, amended: Mapping[str, bytes]) -> None:
    """Write the workbook: the skeleton, with the rows of its sheets by their place from 1.

    `amended` are parts of the skeleton that are written otherwise than it has them. Raises `OSError`.
    """
    parts = {_PART.format(place): each for place, each in rows.items()}
    with (
        zipfile.ZipFile(skeleton) as source,
        zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as book,
    ):
        for info in source.infolist():
            content = amended.get(info.filename) or source.read(info)
            part = zipfile.ZipInfo(info.filename, date_time=(1980, 1, 1, 0, 0, 0))
            part.compress_type = zipfile.ZIP_DEFLATED
            with book.open(part, "w", force_zip64=info.filename in parts) as file:
                if info.filename in parts:
                    _with_rows(content, parts[info.filename], file)
                else:
                    file.write(content)


def _with_rows(sheet: bytes, rows: Rows, file: IO[bytes]) -> None:
    """The XML of a sheet with its rows, and with the extent that they give it."""
    empty = _NO_ROWS.search(sheet)
    if not empty:
        raise ValueError("The skeleton has rows of its own.")
    before, after = sheet[: empty.start()], sheet[empty.end() :]
    extent = f'<dimension ref="A1:{column_letter(rows.columns)}{max(rows.last, 1)}"/>'.encode()
    file.write(_DIMENSION.sub(extent, before, count=1) + b"<sheetData>")
    with rows.path.open("rb") as source:
        shutil.copyfileobj(source, file, _BUFFER)
    file.write(b"</sheetData>" + after)
