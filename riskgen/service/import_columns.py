"""Which columns of an export hold what: read, recognised by their headers, chosen, and kept for the next time."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from riskgen.core.problem import Problem
from riskgen.core.struct import Struct
from riskgen.files.edit import CannotEdit, edit_yaml
from riskgen.files.visit_columns import column_letter
from riskgen.files.yaml import Place, Plain
from riskgen.intake.gather import COMMAND_LINE
from riskgen.library.imports import (
    IMPORTS_FILE,
    Chosen,
    Guide,
    Kind,
    Sort,
    Wanted,
    folded_header,
    load_guide,
    no_choices,
    read_chosen,
)
from riskgen.library.source import Source
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.homes import Home, packaged
from riskgen.workbook.reading import Cell, Table, read_table

FIRST_ROWS = 20
"""Within how many rows that hold something the headers are looked for; titles and dates of a report stand above."""
_HEAD = (
    "# Which columns of your exports hold what, and which roles a job title stands for. 'riskgen import' keeps it up\n"
    "# to date, and you may change it. docs/school.md says what each entry means.\n"
)


class Column(Struct, frozen=True):
    """A column with a header."""

    number: int
    header: str

    @property
    def letters(self) -> str:
        return column_letter(self.number)

    @property
    def folded(self) -> str:
        return folded_header(self.header)


class Export(Struct, frozen=True):
    """A file that was read: its columns, the rows below its headers, and single cells that could not be read."""

    sort: Sort
    shown: str
    sheet: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    unread: tuple[Problem, ...]
    guide: Guide
    chosen: Chosen

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        return self.guide.wanted[self.sort]

    def not_read(self, found: "Match") -> tuple[Column, ...]:
        """The columns from which nothing is taken."""
        read = {column.number for columns in found.columns.values() for column in columns}
        return tuple(column for column in self.columns if column.number not in read)

    def named(self, cell: Cell) -> str:
        """A cell as messages name it: `D7 (Postcode)`."""
        header = next((column.header for column in self.columns if column.number == cell.column), "")
        return f"{cell.address} ({header})" if header else cell.address

    def problem(self, cell: Cell, code: str, message: str, hint: str = "") -> Problem:
        return Problem(self.shown, cell.row, code, f"{self.named(cell)} {message}", hint, field=cell.address)


class Unclear(Struct, frozen=True):
    """A field of which nobody can tell in which column it is. `candidates` are those that it may be."""

    wanted: Wanted
    candidates: tuple[Column, ...]
    why: str


class Match(Struct, frozen=True):
    """The columns of each field, in the order in which they are joined, and the fields that are not clear."""

    columns: Mapping[str, tuple[Column, ...]]
    unclear: tuple[Unclear, ...] = ()

    def with_choice(self, field: str, columns: Sequence[Column]) -> "Match":
        """Say of a field which columns it is; none where the file does not have it."""
        left = tuple(each for each in self.unclear if each.wanted.field != field)
        return Match({**self.columns, field: tuple(columns)}, left)


def open_export(home: Home, sort: Sort, path: Path, sheet: str = "", given: Mapping[str, Sequence[str]] = {}) -> Export:
    """Read an export and find its headers. `given` are headers by field, as `--column` takes them.

    Raises `InvalidInput` for a file that cannot be read, or in which no header is known.
    """
    guide, chosen = _guide(home), choices(home)[sort]
    table, problems = read_table(path, (sheet,) if sheet else ())
    if table is None:
        raise InvalidInput(problems)
    known = {header for wanted in guide.wanted[sort] for header in wanted.known}
    for headers in (*chosen.columns.values(), *given.values()):
        known |= set(map(folded_header, headers))
    at = _header_row(table, known)
    if at is None:
        message = f"No row among the first {FIRST_ROWS} has a header that is known."
        hint = "Export it again with headers, or name the columns with --column FIELD=HEADER."
        raise InvalidInput([Problem(table.shown, 0, "import-header", message, hint)])
    columns = tuple(Column(cell.column, " ".join(str(cell.value).split())) for cell in table.rows[at])
    row = table.rows[at][0].row
    unread = tuple(problem for problem in problems if problem.line > row)
    return Export(sort, table.shown, table.sheet, columns, tuple(table.rows[at + 1 :]), unread, guide, chosen)


def _header_row(table: Table, known: set[str]) -> int | None:
    """Where the first row is that has two known headers, or else one."""
    counts = [
        len({folded for cell in row if (folded := folded_header(str(cell.value))) in known})
        for row in table.rows[:FIRST_ROWS]
    ]
    return next((at for least in (2, 1) for at, count in enumerate(counts) if count >= least), None)


def _guide(home: Home) -> Guide:
    """The school's own list of headers; in a folder made by an older riskgen, the one that came with this one."""
    own = home.folder / "data"
    folder = own if (own / IMPORTS_FILE).exists() else packaged("data")
    guide, problems = load_guide(folder, home.library.questions)
    if guide is None:
        raise InvalidInput(problems)
    return guide


def choices(home: Home) -> Mapping[Sort, Chosen]:
    """What was chosen before. Raises `InvalidInput` with the faults of the school's imports.yaml."""
    path = home.folder / IMPORTS_FILE
    if not path.exists():
        return no_choices()
    source = Source.read(path, IMPORTS_FILE)
    found = read_chosen(source, home.library.questions)
    if found is None or source.problems:
        raise InvalidInput(source.problems)
    return found


# --- matching -----------------------------------------------------------------------------------------


def match(export: Export, given: Mapping[str, Sequence[str]]) -> Match:
    """The columns that each field is in: as given, else as kept from last time, else by what their headers are.

    Raises `InvalidInput` for what was given and cannot be.
    """
    problems = list(_wrongly_given(export, given))
    if problems:
        raise InvalidInput(problems)
    columns: dict[str, tuple[Column, ...]] = {}
    unclear: list[Unclear] = []
    for wanted in export.wanted:
        if wanted.field in given:
            found: tuple[Column, ...] | Unclear = _by_headers(export, wanted, given[wanted.field])
        elif wanted.field in export.chosen.columns:
            found = _by_headers(export, wanted, export.chosen.columns[wanted.field])
        else:
            found = _recognised(export, wanted)
        if isinstance(found, Unclear):
            unclear.append(found)
        elif found or not wanted.needed:
            columns[wanted.field] = found
        else:
            unclear.append(Unclear(wanted, (), "no column is known for it"))
    return Match(columns, tuple(unclear))


def _wrongly_given(export: Export, given: Mapping[str, Sequence[str]]) -> Iterable[Problem]:
    fields = [wanted.field for wanted in export.wanted]
    for field, headers in given.items():
        if field not in fields:
            hint = f"It may be: {', '.join(fields)}."
            yield Problem(COMMAND_LINE, 0, "import-column", f"An export cannot give '{field}'.", hint)
        for header in headers:
            if not _with_header(export, header):
                there = ", ".join(f"'{column.header}'" for column in export.columns)
                message = f"The file has no column '{header}'."
                yield Problem(COMMAND_LINE, 0, "import-column", message, f"It has: {there}.")
        if not headers and any(wanted.field == field and wanted.needed for wanted in export.wanted):
            message = f"The column of '{field}' is needed."
            yield Problem(COMMAND_LINE, 0, "import-column", message, f"Write --column {field}=HEADER.")


def _by_headers(export: Export, wanted: Wanted, headers: Sequence[str]) -> tuple[Column, ...] | Unclear:
    found = [_with_header(export, header) for header in headers]
    for header, columns in zip(headers, found, strict=True):
        if not columns:
            why = f"{IMPORTS_FILE} takes it from the column '{header}', which the file does not have"
            return Unclear(wanted, _likely(export, wanted), why)
        if len(columns) > 1:
            return Unclear(wanted, columns, f"several columns are called '{header}'")
    return tuple(columns[0] for columns in found)


def _recognised(export: Export, wanted: Wanted) -> tuple[Column, ...] | Unclear:
    """The column that holds the whole field; else those that make it up; else none."""
    for headers in (wanted.headers, wanted.otherwise if not _having(export, wanted.known) else ()):
        found = _having(export, headers)
        if len(found) > 1:
            return Unclear(wanted, found, "more than one column may hold it")
        if found:
            return found
    parts = [_having(export, part.headers) for part in wanted.parts]
    if any(len(columns) > 1 for columns in parts):
        return Unclear(wanted, tuple(column for part in parts for column in part), "more than one column may hold it")
    if any(parts):
        return tuple(column for columns in parts for column in columns)
    return _having(export, wanted.otherwise)


def _likely(export: Export, wanted: Wanted) -> tuple[Column, ...]:
    return _having(export, wanted.known)


def _having(export: Export, headers: Iterable[str]) -> tuple[Column, ...]:
    wanted = set(headers)
    return tuple(column for column in export.columns if column.folded in wanted)


def _with_header(export: Export, header: str) -> tuple[Column, ...]:
    return _having(export, (folded_header(header),))


def refuse_unclear(found: Match) -> None:
    """Raise `InvalidInput` for every field that is not clear, where nobody can be asked."""
    problems = []
    for each in found.unclear:
        field = each.wanted.field
        among = " or ".join(f"'{column.header}'" for column in each.candidates)
        message = f"It is not clear which column holds '{field}' ({each.wanted.label}): {each.why}."
        none = "" if each.wanted.needed else f", or --column {field}= if the file does not have it"
        hint = f"{f'It may be {among}. ' if among else ''}Write --column {field}=HEADER{none}."
        problems.append(Problem(COMMAND_LINE, 0, "import-unclear", message, hint, field=field))
    if problems:
        raise InvalidInput(problems)


def kind_of(wanted: Wanted, column: Column) -> Kind:
    """What a column of a field holds: what is said of the part that it is known as, if it is, else of the field."""
    return next((part.kind for part in wanted.parts if column.folded in part.headers), wanted.kind)


def on_the_line_of_the_next(wanted: Wanted, column: Column) -> bool:
    """Whether what a column holds stands on one line with what comes after it, as a house number does."""
    return any(part.same_line for part in wanted.parts if column.folded in part.headers)


# --- keeping ------------------------------------------------------------------------------------------


def kept_choices(
    home: Home, export: Export, found: Match, roles: Mapping[str, Sequence[str]] = {}
) -> dict[Path, bytes]:
    """The school's imports.yaml with what was chosen now; nothing if it says that already.

    `roles` are those of job titles, as they are written in the export. Raises `Refused` where the file cannot be
    changed by a program.
    """
    path = home.folder / IMPORTS_FILE
    before = path.read_bytes().decode() if path.exists() else _HEAD
    sort = export.sort.value
    puts: dict[Place, Plain] = {}
    for wanted in export.wanted:
        field = wanted.field
        headers = tuple(column.header for column in found.columns.get(field, ()))
        kept = export.chosen.columns.get(field)
        if kept is None and not headers and not isinstance(_recognised(export, wanted), Unclear):
            continue  # it was neither there nor asked for; another time it may be
        if kept is None or tuple(map(folded_header, kept)) != tuple(map(folded_header, headers)):
            puts[(sort, "columns", field)] = headers[0] if len(headers) == 1 else list(headers)
    for title, named in roles.items():
        puts[(sort, "roles", title)] = named[0] if len(named) == 1 else list(named)
    if not puts:
        return {}
    try:
        return {path: edit_yaml(before, puts).encode()}
    except CannotEdit as error:
        message = (
            f"{IMPORTS_FILE} is written in a way that riskgen cannot change. Delete it, and choose the columns anew."
        )
        raise Refused(f"{message} Nothing was saved.") from error
