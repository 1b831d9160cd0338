"""PDFs of Word forms, through LibreOffice: many documents in one run of it, and each result looked at.

LibreOffice reports success on a missing file and on rubbish, so nothing that it says of itself is believed: a PDF
counts only if it opens, is tagged, has a language, and bears the title of the very document that it was made from.
"""

import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

_AT_LEAST, _EACH = 60, 15
"""Seconds that LibreOffice may take to start, and for each document."""
_OPTIONS = (
    "pdf:writer_pdf_Export:"
    '{"UseTaggedPDF":{"type":"boolean","value":"true"},"PDFUACompliance":{"type":"boolean","value":"true"},'
    '"ExportFormFields":{"type":"boolean","value":"false"}}'
)
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""
"""A profile of its own: no macro runs, and nothing is fetched from elsewhere."""
_USUAL_PLACES = {
    "darwin": ("/Applications/LibreOffice.app/Contents/MacOS/soffice",),
    "win32": (
        r"C:\Program Files\LibreOffice\program\soffice.exe",
        r"C:\Program Files (x86)\LibreOffice\program\soffice.exe",
    ),
}
_INSTALL = (
    "Install LibreOffice 7.4 or later (on Debian and Ubuntu: apt install libreoffice-writer; elsewhere from "
    "libreoffice.org), or say where it is in school.yaml, after 'libreoffice:'."
)
_TITLE = "{http://purl.org/dc/elements/1.1/}title"


class PdfFault(Exception):  # noqa: N818  # it says what is wrong
    """No PDF could be made; the message says why, and how to mend it."""


def find_libreoffice(named: str = "") -> Path:
    """LibreOffice: the program that is named, else on the path, else in its usual place. Raises `PdfFault`."""
    if named:
        found = shutil.which(named)
        if found is None:
            raise PdfFault(f"There is no program '{named}', which school.yaml names as LibreOffice. {_INSTALL}")
        return Path(found)
    for name in ("soffice", "libreoffice", *_USUAL_PLACES.get(sys.platform, ())):
        if found := shutil.which(name):
            return Path(found)
    raise PdfFault(f"LibreOffice was not found on this computer. {_INSTALL}")


def to_pdf(documents: Mapping[str, bytes], program: Path) -> dict[str, bytes]:
    """A tagged PDF of each document, by the document's own name, all in one run. Raises `PdfFault`.

    The documents lie in a private folder for as long as that takes; it is removed whatever happens.
    """
    if not documents:
        return {}
    with tempfile.TemporaryDirectory(prefix="riskgen-") as place:
        folder = Path(place)
        for part in ("in", "out", "profile/user"):
            (folder / part).mkdir(parents=True)
        (folder / "profile" / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
        # Numbers for names: nothing of a document's own name can mean anything to LibreOffice.
        numbered = {name: folder / "in" / f"{number}.docx" for number, name in enumerate(documents)}
        for name, path in numbered.items():
            path.write_bytes(documents[name])
        _run(program, folder, list(numbered.values()))
        return {
            name: _looked_at(folder / "out" / f"{path.stem}.pdf", name, documents[name])
            for name, path in numbered.items()
        }


def _run(program: Path, folder: Path, paths: list[Path]) -> None:
    profile = (folder / "profile").as_uri()
    command = [str(program), "--headless", "--norestore", "--nolockcheck", f"-env:UserInstallation={profile}"]
    command += ["--convert-to", _OPTIONS, "--outdir", str(folder / "out"), *map(str, paths)]
    limit = _AT_LEAST + _EACH * len(paths)
    try:
        running = subprocess.Popen(  # noqa: S603  # a program that the school names or the system has
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # so that what it starts can be ended with it
            env={**os.environ, "SAL_USE_VCLPLUGIN": "svp"},
        )
    except OSError as error:
        raise PdfFault(f"LibreOffice cannot be started: {error.strerror}. {_INSTALL}") from error
    try:
        running.wait(limit)
    except subprocess.TimeoutExpired as error:
        raise PdfFault(f"LibreOffice took longer than {limit} seconds. Close it where it is open and try again.") from (
            error
        )
    finally:
        _end(running)


def _end(running: "subprocess.Popen[bytes]") -> None:
    """End LibreOffice and whatever it has started, if it has not ended by itself."""
    if running.poll() is not None:
        return
    if sys.platform == "win32":
        running.kill()
    else:
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()


# --- what came out --------------------------------------------------------------------------------


def _looked_at(path: Path, name: str, document: bytes) -> bytes:
    """The PDF, if it is one of that document. Raises `PdfFault`."""
    if not path.is_file():
        raise PdfFault(f"LibreOffice made no PDF of {name}. Try again; if that does not help, install it anew.")
    content = path.read_bytes()
    for fault in _faults(content, document):
        raise PdfFault(f"What LibreOffice made of {name} is of no use: {fault}. Install LibreOffice 7.4 or later.")
    return content


def _faults(content: bytes, document: bytes) -> Iterator[str]:
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if not len(pdf.pages):
                yield "it has no page"
            marks, tree = pdf.Root.get("/MarkInfo"), pdf.Root.get("/StructTreeRoot")
            if marks is None or not marks.get("/Marked") or tree is None or "/K" not in tree:
                yield "it is not tagged for screen readers"
            if "/Lang" not in pdf.Root:
                yield "it names no language"
            if str(pdf.docinfo.get("/Title", "")) != _title(document):
                yield "it is of another document"
    except pikepdf.PdfError:
        yield "it cannot be opened"


def _title(document: bytes) -> str:
    """The title in a document's properties, which every filled form has: its own and the reference."""
    with zipfile.ZipFile(io.BytesIO(document)) as package:
        root = ElementTree.fromstring(package.read("docProps/core.xml"))  # noqa: S314  # written by this program
    return root.findtext(_TITLE) or ""
