"""PDFs of Word forms, through LibreOffice: many documents in one run of it, and each result looked at.

LibreOffice reports success on a missing file and on rubbish, so nothing that it says of itself is believed: a PDF
counts only if it opens, has text, is tagged, has a language, and bears the title of the very document that it was
made from, which holds the reference of the visit.
"""

import io
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from riskgen.files.private import StillThere, private_folder, without_secrets

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
_INSIDE = ("Contents/MacOS/soffice", "program/soffice.exe", "program/soffice")
"""Where the program is in the folder that LibreOffice is installed in."""
_INSTALL = (
    "Install LibreOffice 7.4 or later (on Debian and Ubuntu: apt install libreoffice-writer; on Windows and macOS: "
    "from libreoffice.org), or say where it is in school.yaml, after 'libreoffice:'."
)
_NO_ENTRY = "One that came as a Snap or a Flatpak may not read the folder that it is given; install the usual kind."
_TITLE = "{http://purl.org/dc/elements/1.1/}title"


class PdfFault(Exception):  # noqa: N818  # it says what is wrong
    """No PDF could be made; the message says why, and how to mend it."""


def find_libreoffice(named: str = "", apart_from: Path | None = None) -> Path:
    """LibreOffice: the program that is named, else on the path, else in its usual place. Raises `PdfFault`.

    What is named is a program on the path or a whole path, also of the folder that LibreOffice is installed in, but
    never one in the folder `apart_from`: several people may write there, and all forms would be handed to it.
    """
    if named:
        whole = os.path.expanduser(named)  # noqa: PTH111  # Path's own raises where it knows no such home
        found = _first(named, whole, *(str(Path(whole, program)) for program in _INSIDE))
        if found is None:
            raise PdfFault(f"There is no program '{named}', which school.yaml names as LibreOffice. {_INSTALL}")
        if apart_from and found.resolve().is_relative_to(apart_from.resolve()):
            raise PdfFault(
                f"'{named}', which school.yaml names as LibreOffice, lies in the school's folder, and is not run. "
                f"{_INSTALL}"
            )
        return found
    found = _first("soffice", "libreoffice", *_USUAL_PLACES.get(sys.platform, ()))
    if found is None:
        raise PdfFault(f"LibreOffice was not found on this computer. {_INSTALL}")
    return found


def _first(*names: str) -> Path | None:
    """The first that is a program. What lies in the folder at hand is none: Windows would look there before elsewhere,
    and whoever may write there could have others run a program of theirs."""
    found = (shutil.which(name) for name in names)
    return next((Path(path) for path in found if path and Path(path).is_absolute()), None)


def to_pdf(documents: Mapping[str, bytes], program: Path) -> dict[str, bytes]:
    """A tagged PDF of each filled form, by the form's own name, all in one run of LibreOffice. Raises `PdfFault`.

    The forms lie in a private folder for as long as that takes; it is removed whatever happens.
    """
    if not documents:
        return {}
    try:
        with private_folder() as folder:
            return _converted(documents, program, folder)
    except StillThere as error:
        raise PdfFault(str(error)) from error
    except OSError as error:
        raise PdfFault(f"The forms cannot be put where LibreOffice would read them: {error.strerror}.") from error


def _converted(documents: Mapping[str, bytes], program: Path, folder: Path) -> dict[str, bytes]:
    for part in ("in", "out", "temporary", "profile/user"):
        (folder / part).mkdir(parents=True)
    (folder / "profile" / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
    # Numbers for names: nothing of a form's own name can mean anything to LibreOffice.
    numbered = {name: folder / "in" / f"{number}.docx" for number, name in enumerate(documents)}
    for name, path in numbered.items():
        path.write_bytes(documents[name])
    _run(program, folder, list(numbered.values()))
    return {
        name: _looked_at(folder / "out" / f"{path.stem}.pdf", name, documents[name]) for name, path in numbered.items()
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
            env=_environment(folder / "temporary"),
        )
    except OSError as error:
        raise PdfFault(f"LibreOffice cannot be started: {error.strerror}. {_INSTALL}") from error
    try:
        running.wait(limit)
    except subprocess.TimeoutExpired as error:
        raise PdfFault(
            f"LibreOffice took longer than {limit} seconds, and was ended. Close other programs and try again."
        ) from error
    finally:
        _end(running)


def _environment(temporary: Path) -> dict[str, str]:
    """What LibreOffice is told of its surroundings: no secrets, no screen, and a place for copies of its own."""
    places = dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(temporary))
    return {**without_secrets(), **places, "SAL_USE_VCLPLUGIN": "svp"}


def _end(running: "subprocess.Popen[bytes]") -> None:
    """End LibreOffice and whatever it has started and left: soffice is only the beginning of it."""
    if sys.platform == "win32":
        if running.poll() is None:
            taskkill = Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "taskkill.exe")
            with suppress(OSError):
                subprocess.run([taskkill, "/T", "/F", "/PID", str(running.pid)], capture_output=True, check=False)  # noqa: S603  # the system's own
            running.kill()
    else:
        with suppress(
            ProcessLookupError, PermissionError
        ):  # all have ended; macOS answers so where they wait to be seen
            os.killpg(running.pid, signal.SIGKILL)
    running.wait()


# --- what came out --------------------------------------------------------------------------------


def _looked_at(path: Path, name: str, document: bytes) -> bytes:
    """The PDF, if it is one of that form. Raises `PdfFault`."""
    if not path.is_file():
        raise PdfFault(f"LibreOffice made no PDF of {name}. Try again, or install it anew. {_NO_ENTRY}")
    content = path.read_bytes()
    for fault in _faults(content, _title(document)):
        raise PdfFault(f"What LibreOffice made of {name} is of no use: {fault}. Install LibreOffice 7.4 or later.")
    return content


def _faults(content: bytes, title: str) -> Iterator[str]:
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if not _has_text(pdf):
                yield "it has no text"
            marks, tree = pdf.Root.get("/MarkInfo"), pdf.Root.get("/StructTreeRoot")
            if marks is None or not marks.get("/Marked") or tree is None or not {"/K", "/ParentTree"} <= tree.keys():
                yield "it is not tagged for screen readers"
            if "/Lang" not in pdf.Root:
                yield "it names no language"
            if not title or str(pdf.docinfo.get("/Title", "")) != title:
                yield "it is of another document"
    except (
        pikepdf.PdfError,
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
    ):  # what stands where something else should
        yield "it cannot be opened"


def _has_text(pdf: Any) -> bool:
    import pikepdf

    return any(pikepdf.parse_content_stream(page, "Tj TJ") for page in pdf.pages)


def _title(document: bytes) -> str:
    """The title in a form's properties: filling a form in gives it its own and the reference."""
    try:
        with zipfile.ZipFile(io.BytesIO(document)) as package:
            root = ElementTree.fromstring(package.read("docProps/core.xml"))  # noqa: S314  # written by this program
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError):
        return ""
    return root.findtext(_TITLE) or ""
