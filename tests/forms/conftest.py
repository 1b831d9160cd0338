"""Small Word forms built on the spot, and a context in which every field holds its own path."""

import io
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from riskgen.core.struct import replace

sys.path.append(str(Path(__file__).parents[1]))
from made_pdfs import MadePdfs, make_pdfs

from riskgen.forms.catalogue import FormEntry, Holder
from riskgen.forms.context import FormContext
from riskgen.forms.contract import shape

Build = Callable[..., FormEntry]


@pytest.fixture
def form(tmp_path: Path) -> Build:
    """Build a form: `body` holds paragraphs, `rows` tables of one column; `change` edits the document itself."""

    def build(
        *body: str,
        rows: tuple[str, ...] = (),
        header: str = "",
        footer: str = "",
        title: str = "",
        change: Callable[[Any], None] | None = None,
        parts: Mapping[str, Callable[[bytes], bytes] | bytes] | None = None,
        **entry: Any,
    ) -> FormEntry:
        document = Document()
        for text in body:
            document.add_paragraph(text)
        if rows:
            table = document.add_table(rows=len(rows), cols=1)
            for row, text in zip(table.rows, rows, strict=True):
                row.cells[0].text = text
            document.add_paragraph("")
        document.sections[0].header.paragraphs[0].text = header
        document.sections[0].footer.paragraphs[0].text = footer
        document.core_properties.title = title
        if change:
            change(document)
        raw = io.BytesIO()
        document.save(raw)
        path = tmp_path / "form.docx"
        path.write_bytes(edited(raw.getvalue(), parts or {}))
        return replace(
            FormEntry("trial", "A trial form", path, 1, (Holder.OFFICE,), shown="templates/form.docx"), **entry
        )

    return build


def edited(data: bytes, parts: Mapping[str, Callable[[bytes], bytes] | bytes]) -> bytes:
    """The same document with some parts changed or added."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            change = parts.get(name, lambda content: content)
            new.writestr(name, change if isinstance(change, bytes) else change(old.read(name)))
        for name, content in parts.items():
            if name not in old.namelist() and isinstance(content, bytes):
                new.writestr(name, content)
    return result.getvalue()


@dataclass(frozen=True)
class Filler:
    """Makes contexts; lists hold two entries, and texts their own path and number, for example `hazards.0.name`."""

    def __call__(self, **changes: Any) -> FormContext:
        context: FormContext = replace(self.make(FormContext, ""), **changes)
        return context

    def make(self, cls: type, before: str) -> Any:
        values: dict[str, Any] = {}
        for item in shape(cls).values():
            path = before + item.name
            match item.kind:
                case "text":
                    values[item.name] = "C6E0B4" if item.name == "colour" else path
                case "yes-no":
                    values[item.name] = True
                case "list":
                    assert item.of
                    values[item.name] = tuple(self.make(item.of, f"{path}.{number}.") for number in (0, 1))
                case "group":
                    assert item.of
                    values[item.name] = self.make(item.of, f"{path}.")
        return cls(**values)


@pytest.fixture(scope="session")
def made_pdfs(soffice: str) -> MadePdfs:
    """Three small forms as PDFs."""
    return make_pdfs(soffice)


@pytest.fixture
def context() -> Filler:
    return Filler()
