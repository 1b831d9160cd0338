"""LibreOffice makes PDFs of forms; nothing that it says of itself is believed."""

import io
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pikepdf
import pytest
from docx import Document

from riskgen.forms import pdf
from riskgen.forms.binding import Bound, bind
from riskgen.forms.pdf import PdfFault, find_libreoffice, to_pdf

WORDS = ("First", "Second", "Third")


def document(word: str) -> bytes:
    """A small document with a heading, a table and two pages, whose title is its own."""
    made = Document()
    made.core_properties.title = f"{word}, RA-2026-0001"
    made.core_properties.language = "en-GB"
    made.add_heading(f"{word} heading", 1)
    table = made.add_table(rows=2, cols=2)
    table.rows[1].cells[1].text = f"{word} cell"
    made.add_page_break()
    made.add_paragraph(f"{word} page two")
    result = io.BytesIO()
    made.save(result)
    return result.getvalue()


@pytest.fixture(scope="module")
def made(soffice: str) -> Mapping[str, bytes]:
    """Three documents as PDFs, all of one run of LibreOffice."""
    return to_pdf({f"{word} & Co.docx": document(word) for word in WORDS}, Path(soffice))


def text(content: bytes, pdftotext: str) -> str:
    done = subprocess.run([pdftotext, "-layout", "-", "-"], input=content, capture_output=True, check=True)
    return done.stdout.decode()


def test_each_document_becomes_a_tagged_pdf_of_its_own(made: Mapping[str, bytes], pdftotext: str) -> None:
    assert list(made) == [f"{word} & Co.docx" for word in WORDS]
    for word, content in zip(WORDS, made.values(), strict=True):
        assert f"{word} page two" in text(content, pdftotext)
        with pikepdf.open(io.BytesIO(content)) as found:
            assert len(found.pages) == 2
            assert found.Root.MarkInfo.Marked
            assert found.docinfo["/Title"] == f"{word}, RA-2026-0001"


# --- what may go wrong ----------------------------------------------------------------------------

StandIn = Callable[[str], Path]


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    """A program that is called as LibreOffice is, and does as this piece of Python says with `source` and `target`."""

    def make(body: str) -> Path:
        path = tmp_path / "soffice"
        lines = [
            f"#!{sys.executable}",
            "import sys, time, os, subprocess",
            "from pathlib import Path",
            "source = Path(sys.argv[-1])",
            "target = Path(sys.argv[sys.argv.index('--outdir') + 1]) / (source.stem + '.pdf')",
            body,
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return make


def plain_pdf(title: str) -> bytes:
    """A PDF with one page and no tags."""
    with pikepdf.new() as made:
        made.add_blank_page()
        made.docinfo["/Title"] = title
        result = io.BytesIO()
        made.save(result)
    return result.getvalue()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("pass", "made no PDF of a.docx"),
        ("sys.exit(1)", "made no PDF of a.docx"),
        ("target.write_bytes(os.urandom(300))", "it cannot be opened"),
        ("target.write_bytes(b'')", "it cannot be opened"),
        (f"target.write_bytes({plain_pdf('First, RA-2026-0001')!r})", "it is not tagged for screen readers"),
        (f"target.write_bytes({plain_pdf('Another, RA-2026-0002')!r})", "it is not tagged"),
    ],
)
def test_what_libreoffice_calls_a_success_is_looked_at(stand_in: StandIn, body: str, words: str) -> None:
    with pytest.raises(PdfFault, match=words):
        to_pdf({"a.docx": document("First")}, stand_in(body))


def test_a_pdf_of_another_document_is_refused(stand_in: StandIn, made: Mapping[str, bytes], tmp_path: Path) -> None:
    other = tmp_path / "other.pdf"
    other.write_bytes(made["Second & Co.docx"])
    program = stand_in(f"target.write_bytes(Path({str(other)!r}).read_bytes())")
    with pytest.raises(PdfFault, match="it is of another document"):
        to_pdf({"a.docx": document("First")}, program)


def test_a_program_that_hangs_is_ended_with_all_that_it_started(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pdf, "_AT_LEAST", 1)
    monkeypatch.setattr(pdf, "_EACH", 0)
    noted = tmp_path / "child"
    body = (
        f"child = subprocess.Popen(['sleep', '600'])\nPath({str(noted)!r}).write_text(str(child.pid))\ntime.sleep(600)"
    )
    with pytest.raises(PdfFault, match="took longer than 1 seconds"):
        to_pdf({"a.docx": document("First")}, stand_in(body))
    assert _has_ended(int(noted.read_text()))


def _has_ended(process: int) -> bool:
    """Whether a process is gone, or waits only to be told so."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    os.kill(process, signal.SIGKILL)
    return False


@pytest.mark.parametrize("body", ["pass", "target.write_bytes(b'x')", "sys.exit(3)"])
def test_nothing_of_the_documents_is_left_behind(
    stand_in: StandIn, body: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    with pytest.raises(PdfFault):
        to_pdf({"a.docx": document("First")}, stand_in(body))
    assert list(place.iterdir()) == []


def test_no_name_of_a_document_reaches_the_command_line(stand_in: StandIn, tmp_path: Path) -> None:
    noted = tmp_path / "arguments"
    program = stand_in(f"Path({str(noted)!r}).write_text(repr(sys.argv))")
    with pytest.raises(PdfFault):
        to_pdf({"--secret name.docx": document("First")}, program)
    assert "secret" not in noted.read_text(encoding="utf-8")


def test_a_program_that_is_not_there_is_told_of_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PdfFault, match=r"was not found on this computer\. Install LibreOffice"):
        find_libreoffice()
    with pytest.raises(PdfFault, match=r"which school\.yaml names as LibreOffice"):
        find_libreoffice("/nowhere/soffice")
    with pytest.raises(PdfFault, match="cannot be started"):
        to_pdf({"a.docx": document("First")}, Path("/nowhere/soffice"))


def test_no_documents_need_no_libreoffice() -> None:
    assert to_pdf({}, Path("/nowhere/soffice")) == {}


# --- bound into one -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def book(made: Mapping[str, bytes]) -> bytes:
    return bind([Bound(name, content) for name, content in made.items()], "Office: RA-2026-0001")


def test_bound_pages_follow_each_other_and_are_listed(book: bytes, pdftotext: str) -> None:
    pages = text(book, pdftotext).split("\f")[:-1]
    assert len(pages) == 6
    for number, word in enumerate(WORDS):
        assert f"{word} heading" in pages[2 * number]
        assert f"{word} page two" in pages[2 * number + 1]
    with pikepdf.open(io.BytesIO(book)) as found, found.open_outline() as outline:
        assert [item.title for item in outline.root] == [f"{word} & Co.docx" for word in WORDS]
        assert found.Root.Lang == "en-GB"
        assert found.Root.ViewerPreferences.DisplayDocTitle
        assert found.docinfo["/Title"] == "Office: RA-2026-0001"


def test_a_bound_pdf_stays_tagged_from_the_root_to_every_page(book: bytes) -> None:
    with pikepdf.open(io.BytesIO(book)) as found:
        root = found.Root.StructTreeRoot
        (whole,) = list(root.K)
        assert [str(part.S) for part in whole.K] == ["/Part"] * 3
        reached = set()
        waiting = [whole]
        while waiting:
            element = waiting.pop()
            if "/Pg" in element:
                reached.add(element.Pg.objgen)
            kids = element.get("/K", [])
            for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
                if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                    assert kid.P.objgen == element.objgen
                    waiting.append(kid)
        assert reached == {page.obj.objgen for page in found.pages}
        numbers = dict(pikepdf.NumberTree(root.ParentTree).items())
        named = [int(page.obj.StructParents) for page in found.pages]
        assert len(set(named)) == len(named)
        assert set(named) <= set(numbers)
        assert root.ParentTreeNextKey > max(numbers)
        for page in found.pages:  # what the tree says of a page leads back to that page
            entries = numbers[int(page.obj.StructParents)]
            pages = {entry.Pg.objgen for entry in entries if isinstance(entry, pikepdf.Dictionary) and "/Pg" in entry}
            assert pages <= {page.obj.objgen}


def test_the_same_parts_give_the_same_bytes(made: Mapping[str, bytes], book: bytes) -> None:
    assert bind([Bound(name, content) for name, content in made.items()], "Office: RA-2026-0001") == book


def test_styles_of_one_name_that_mean_two_things_are_kept_apart(made: Mapping[str, bytes]) -> None:
    def meaning(content: bytes, role: str) -> bytes:
        with pikepdf.open(io.BytesIO(content)) as changed:
            changed.Root.StructTreeRoot.RoleMap = pikepdf.Dictionary({"/Own": pikepdf.Name(role)})
            first = changed.Root.StructTreeRoot.K
            first = first[0] if isinstance(first, pikepdf.Array) else first
            kids = first.K if isinstance(first.K, pikepdf.Array) else [first.K]
            kids[0].S = pikepdf.Name.Own
            result = io.BytesIO()
            changed.save(result)
        return result.getvalue()

    one, other, *_ = made.values()
    joined = bind([Bound("one", meaning(one, "/H1")), Bound("other", meaning(other, "/P"))], "Both")
    with pikepdf.open(io.BytesIO(joined)) as found:
        root = found.Root.StructTreeRoot
        assert {name: str(role) for name, role in root.RoleMap.items()} == {"/Own": "/H1", "/Own-2": "/P"}
        (whole,) = list(root.K)
        assert [str(part.K[0].S) for part in whole.K] == ["/Own", "/Own-2"]
