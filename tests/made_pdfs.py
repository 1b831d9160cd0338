"""Small forms, and the PDFs that LibreOffice makes of them: all in one run, which is slow to start."""

import io
import subprocess
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pikepdf
from docx import Document
from docx.shared import Cm
from PIL import Image

from riskgen.forms.pdf import to_pdf

WORDS = ("First", "Second", "Third")


@dataclass(frozen=True)
class MadePdfs:
    """A PDF of each small form, by its name. `asked` is what LibreOffice wanted from elsewhere meanwhile."""

    of: Mapping[str, bytes]
    asked: tuple[str, ...]


def small_form(word: str, picture: str = "") -> bytes:
    """A heading, a table and two pages, with a title of its own; perhaps a picture that lies elsewhere."""
    made: Any = Document()
    made.core_properties.title = f"{word}, RA-2026-0001"
    made.core_properties.author = "Sample Author"
    made.core_properties.language = "en-GB"
    made.add_heading(f"{word} heading", 1)
    table = made.add_table(rows=2, cols=2)
    table.rows[1].cells[1].text = f"{word} cell"
    if picture:
        image = io.BytesIO()
        Image.new("RGB", (20, 20)).save(image, "PNG")
        made.add_picture(image, width=Cm(2))
    made.add_page_break()
    made.add_paragraph(f"{word} page two")
    result = io.BytesIO()
    made.save(result)
    return _linked(result.getvalue(), picture) if picture else result.getvalue()


def _linked(form: bytes, url: str) -> bytes:
    """The same form, its picture linked instead of held."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(form)) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "word/document.xml":
                content = content.replace(b"r:embed=", b"r:link=")
            elif name == "word/_rels/document.xml.rels":
                link = f'Target="{url}" TargetMode="External"'.encode()
                content = content.replace(b'Target="media/image1.png"', link)
            new.writestr(name, content)
    return result.getvalue()


def make_pdfs(soffice: str) -> MadePdfs:
    """The PDFs of three small forms. The last one has a picture that lies on a server of this computer's own."""
    with _server() as (url, asked):
        forms = {f"{word} & Co.docx": small_form(word, url if word == WORDS[-1] else "") for word in WORDS}
        return MadePdfs(to_pdf(forms, Path(soffice)), tuple(asked))


@contextmanager
def _server() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_error(404)

        do_GET = do_HEAD = do_OPTIONS = do_PROPFIND = answer  # noqa: N815  # as the library calls them

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/picture.png", asked
    finally:
        server.shutdown()
        server.server_close()


def text(content: bytes, pdftotext: str) -> str:
    """What a PDF says, pages ended by a form feed."""
    done = subprocess.run([pdftotext, "-layout", "-", "-"], input=content, capture_output=True, check=True)
    return done.stdout.decode()


def plain_pdf(title: str, words: str = "(words) Tj") -> bytes:
    """A PDF with one page and no tags."""
    with pikepdf.new() as made:
        made.add_blank_page()
        made.pages[0].Contents = made.make_stream(f"BT {words} ET".encode())
        made.docinfo["/Title"] = title
        return saved(made)


def saved(pdf: pikepdf.Pdf) -> bytes:
    result = io.BytesIO()
    pdf.save(result)
    return result.getvalue()


def page_count(content: bytes) -> int:
    """How many pages a PDF has."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return len(pdf.pages)
