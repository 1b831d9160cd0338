"""How long filling in a form takes, beside docxtpl, docxtemplater and the limit: `python benchmarks/forms.py --help`.

Each has its template loaded. docxtpl and docxtemplater take a template apart anew for each document; that is what they
offer. The limit is packing the finished parts that change and writing them out: less cannot be done.
"""

import io
import json
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import msgspec
from docx import Document
from docxtpl import DocxTemplate
from results import Figure, in_turn, keep, machine, ratios, spread

from riskgen.core.struct import asdict
from riskgen.files import zipped
from riskgen.forms import render as room
from riskgen.forms.catalogue import FormEntry, Holder
from riskgen.forms.context import FormContext
from riskgen.forms.late import core_part
from riskgen.forms.paper import form_context
from riskgen.service.homes import make_home, open_home
from riskgen.service.paper import case_of, forms_of
from riskgen.service.visits import Request, decide, gather

FAMILY, VISIT, START = "families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "2090-12-06 10:30"
MADE_AT = datetime(2090, 12, 1, 9, 0)
LEVELS = (6, zipped.QUICK)
AT_ONCE = 20
"""Documents of riskgen in one turn: one alone is too short to be measured well."""
PACKAGES = ("docxtemplater@3.68", "pizzip@3")
NODE = """
const fs = require("fs"), PizZip = require("pizzip"), Docxtemplater = require("docxtemplater");
const content = fs.readFileSync("equal.docx"), values = JSON.parse(fs.readFileSync("values.json", "utf8"));
function fill(level) {
  const made = new Docxtemplater(new PizZip(content), { paragraphLoop: true, linebreaks: true });
  made.render(values);
  return made.getZip().generate({ type: "nodebuffer", compression: "DEFLATE", compressionOptions: { level } });
}
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const level = Number(line), began = process.hrtime.bigint();
  const made = fill(level);
  const took = Number(process.hrtime.bigint() - began) / 1e9;
  fs.writeFileSync("theirs.docx", made);
  console.log(took);
});
"""


@click.command()
@click.option("--times", default=30, show_default=True, help="How many turns.")
def main(times: int) -> None:
    """Fill in the risk assessment of a sample visit, and a smaller form that docxtemplater can fill in as well."""
    click.echo(machine())
    with tempfile.TemporaryDirectory(prefix="riskgen-benchmark-") as name:
        folder = Path(name)
        entry, context = _sample(folder / "school")
        equal = _equal(folder)
        for level in LEVELS:
            _against_docxtpl(entry, context, level, times)
        with _docxtemplater(folder, context) as theirs:
            if theirs is None:
                click.echo("docxtemplater: not measured, since there is no npm here")
                return
            for level in LEVELS:
                _against_docxtemplater(equal, context, level, times, theirs)
            _same_words(folder, equal, context)


def _sample(folder: Path) -> tuple[FormEntry, FormContext]:
    make_home(folder, "bchs", force=False)
    home = open_home(folder)
    request = Request((folder / FAMILY, folder / VISIT), start=START)
    case = case_of(home, decide(home, gather(home, request)), "RA-2090-0001", MADE_AT)
    entry = next(each for each in forms_of(home) if each.id == "risk-assessment")
    return entry, form_context(case, entry)


def _filled(entry: FormEntry, context: FormContext) -> Callable[[], bytes]:
    """Filling in a form that is loaded, by riskgen."""
    ready = room._ready(entry, entry.file.read_bytes(), b"", context.school.name)
    if ready.filler is None:
        raise SystemExit("The form is not compiled.")
    values = _values(context)
    core = core_part(context.title, context.school.name, MADE_AT)
    return lambda: ready.fill(values, core)


def _values(context: FormContext) -> dict[str, Any]:
    return asdict(context)


def _several(task: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(AT_ONCE):
            task()

    return run


def _limit(document: bytes, level: int) -> Callable[[], object]:
    """Packing what changes in a document, and writing out all of it."""
    parts = zipped.parts_of(document)
    changing = {part.name: zipped.content_of(part) for part in parts if _changes(part.name)}

    def run() -> bytes:
        pieces = [
            zipped.packed(part.name, changing[part.name], level).data if part.name in changing else part.data
            for part in parts
        ]
        return b"".join(pieces)

    return run


def _changes(name: str) -> bool:
    return bool(re.match(r"word/(document|header\d*|footer\d*)\.xml", name)) or name == "docProps/core.xml"


@contextmanager
def _at(level: int) -> Iterator[None]:
    """riskgen and docxtpl both pack at this level of zlib."""
    theirs = partial(zipfile.ZipFile, compresslevel=level)

    def ours(name: str, content: bytes, _: int = 0) -> zipped.Packed:
        return zipped.packed(name, content, level)

    with patch("riskgen.forms.compiled.packed", ours), patch("docx.opc.phys_pkg.ZipFile", theirs):
        yield


def _docxtpl(entry: FormEntry, context: FormContext) -> Callable[[], None]:
    data, values = entry.file.read_bytes(), _values(context)

    def run() -> None:
        template = DocxTemplate(io.BytesIO(data))
        template.render(values, autoescape=True)
        template.save(io.BytesIO())

    return run


def _against_docxtpl(entry: FormEntry, context: FormContext, level: int, times: int) -> None:
    with _at(level):
        ours = _filled(entry, context)
        size = len(ours())
        tasks = {
            "riskgen": _several(ours),
            "the limit": _several(_limit(ours(), level)),
            "docxtpl": _docxtpl(entry, context),
        }
        taken = in_turn(tasks, times)
    taken = {name: [each / AT_ONCE for each in taken[name]] if name != "docxtpl" else taken[name] for name in taken}
    click.echo(f"\nthe risk assessment, zlib {level} ({size:,} bytes), milliseconds")
    _tell(taken)
    work = f"One risk assessment, template loaded, zlib {level}{', the default' if level == zipped.QUICK else ''}"
    keep(
        Figure(
            work,
            "docxtpl",
            "at least 45 times faster" if level == 6 else "at least 75 times faster",
            ratios(taken["docxtpl"], taken["riskgen"]),
        ),
        Figure(work, "the limit", "within 3 times", ratios(taken["riskgen"], taken["the limit"]), faster=False),
    )


def _tell(taken: dict[str, list[float]]) -> None:
    for name, seconds in taken.items():
        click.echo(f"{name:<16}{spread([1000 * each for each in seconds])}")
    for name in taken:
        if name != "riskgen":
            click.echo(f"{name} takes {spread(ratios(taken[name], taken['riskgen']))} times as long as riskgen")


# --- an equivalent template -----------------------------------------------------------------------

GROUPS = {
    "visit": (
        "purpose",
        "reason",
        "date",
        "start",
        "end",
        "minutes",
        "who",
        "company",
        "due_back",
        "driver",
        "vehicle",
    ),
    "family": ("reference", "name", "address", "phone", "needs"),
    "child": ("name", "year_group"),
    "decision": ("outcome", "meaning", "instead"),
    "policy": ("name", "edition", "review_line"),
}
LISTS = {"known": ("group", "label", "answer"), "clauses": ("clause", "kind", "says", "who")}


def _equal(folder: Path) -> FormEntry:
    """A form of two dozen fields, hazards with their measures, a part that is left out and two long tables: in
    docxtpl's way of writing, and the same in docxtemplater's, as `equal.docx`."""
    for name, ours in (("ours.docx", True), ("equal.docx", False)):
        document = Document()
        section = document.sections[0]
        section.header.paragraphs[0].text = _field("school.name", ours)
        section.footer.paragraphs[0].text = _field("reference", ours)
        document.add_heading(_field("title", ours))
        table = document.add_table(rows=0, cols=2)
        for path in (f"{group}.{each}" for group, names in GROUPS.items() for each in names):
            cells = table.add_row().cells
            cells[0].text, cells[1].text = path, _field(path, ours)
        for line in _lines(ours):
            document.add_paragraph(line)
        for group, columns in LISTS.items():
            _listing(document, group, columns, ours)
        document.save(str(folder / name))
    return FormEntry("equal", "An equal form", folder / "ours.docx", 1, (Holder.OFFICE,))


def _field(path: str, ours: bool) -> str:
    return f"{{{{ {path} }}}}" if ours else f"{{{path.replace('.', '_')}}}"


def _lines(ours: bool) -> list[str]:
    if ours:
        return [
            "{%p if decision.has_instead %}",
            "{{ decision.instead }}",
            "{%p endif %}",
            "{%p for hazard in hazards %}",
            "{{ hazard.number }}: {{ hazard.name }}",
            "{%p for control in hazard.controls %}",
            "{{ control.measure }} ({{ control.state }}), {{ control.who }}, {{ control.by_when }}",
            "{%p endfor %}",
            "{%p endfor %}",
        ]
    return [
        "{#decision_has_instead}",
        "{decision_instead}",
        "{/decision_has_instead}",
        "{#hazards}",
        "{number}: {name}",
        "{#controls}",
        "{measure} ({state}), {who}, {by_when}",
        "{/controls}",
        "{/hazards}",
    ]


def _listing(document: Any, group: str, columns: tuple[str, ...], ours: bool) -> None:
    table = document.add_table(rows=1, cols=len(columns))
    for cell, name in zip(table.rows[0].cells, columns, strict=True):
        cell.text = name
    if ours:
        table.add_row().cells[0].text = f"{{%tr for item in {group} %}}"
    texts = [_field(f"item.{name}" if ours else name, ours) for name in columns]
    if not ours:
        texts[0], texts[-1] = f"{{#{group}}}{texts[0]}", f"{texts[-1]}{{/{group}}}"
    for cell, text in zip(table.add_row().cells, texts, strict=True):
        cell.text = text
    if ours:
        table.add_row().cells[0].text = "{%tr endfor %}"


def _flat(values: Any, before: str = "") -> dict[str, Any]:
    """Groups within groups as one, with the names of fields put together: docxtemplater looks no deeper by itself."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{before}{name}_")
        else:
            flat[before + name] = [_flat(item) for item in value] if isinstance(value, list | tuple) else value
    return flat


# --- docxtemplater --------------------------------------------------------------------------------


@contextmanager
def _docxtemplater(folder: Path, context: FormContext) -> Iterator[Callable[[int], float] | None]:
    """Has docxtemplater fill in `equal.docx` at a level of zlib, and says how many seconds it took."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        yield None
        return
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", *PACKAGES]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603  # by name and version
    (folder / "fill.js").write_text(NODE, encoding="utf-8")
    (folder / "values.json").write_text(json.dumps(_flat(msgspec.to_builtins(context))), encoding="utf-8")
    process = subprocess.Popen(  # noqa: S603  # the program above
        [node, "fill.js"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdin is not None  # noqa: S101
        assert process.stdout is not None  # noqa: S101
        given, said = process.stdin, process.stdout

        def theirs(level: int) -> float:
            given.write(f"{level}\n")
            given.flush()
            return float(said.readline())

        yield theirs
        given.close()


def _against_docxtemplater(
    entry: FormEntry, context: FormContext, level: int, times: int, theirs: Callable[[int], float]
) -> None:
    with _at(level):
        ours = _filled(entry, context)
        size = len(ours())
        tasks: dict[str, Callable[[], float | None]] = {
            "riskgen": _several(ours),
            "docxtemplater": lambda: theirs(level),
            "docxtpl": _docxtpl(entry, context),
        }
        taken = in_turn(tasks, times)
    taken["riskgen"] = [each / AT_ONCE for each in taken["riskgen"]]
    click.echo(f"\na form that docxtemplater can fill in too, zlib {level} ({size:,} bytes), milliseconds")
    _tell(taken)
    keep(
        Figure(
            f"One form of {sum(map(len, GROUPS.values()))} fields and four lists, template loaded, zlib {level}",
            "docxtemplater, an equivalent template",
            "at least 15 times faster",
            ratios(taken["docxtemplater"], taken["riskgen"]),
        )
    )


def _same_words(folder: Path, entry: FormEntry, context: FormContext) -> None:
    """Raise `SystemExit` unless both say the same: otherwise it would be no comparison."""
    ours, theirs = io.BytesIO(_filled(entry, context)()), folder / "theirs.docx"
    said = [re.findall(r"<w:t(?: [^>]*)?>([^<]*)</w:t>", Document(each).element.body.xml) for each in (ours, theirs)]
    if "".join(said[0]) != "".join(said[1]):
        raise SystemExit("The two forms do not say the same.")


if __name__ == "__main__":
    main()
