"""LibreOffice makes PDFs of forms; nothing that it says of itself is believed."""

import io
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from made_pdfs import WORDS, MadePdfs, page_count, plain_pdf, saved, small_form, text

from riskgen.forms import pdf
from riskgen.forms.pdf import PdfFault, find_libreoffice, to_pdf

ROOT = Path(__file__).parents[2]


def test_each_form_becomes_a_tagged_pdf_of_its_own(made_pdfs: MadePdfs, pdftotext: str) -> None:
    assert list(made_pdfs.of) == [f"{word} & Co.docx" for word in WORDS]
    for word, content in zip(WORDS, made_pdfs.of.values(), strict=True):
        assert f"{word} page two" in text(content, pdftotext)
        assert page_count(content) == 2
        with pikepdf.open(io.BytesIO(content)) as found:
            assert found.Root.MarkInfo.Marked
            assert found.docinfo["/Title"] == f"{word}, RA-2026-0001"


def test_nothing_is_fetched_from_elsewhere(made_pdfs: MadePdfs) -> None:
    assert made_pdfs.asked == ()


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


def giving(content: bytes, tmp_path: Path) -> str:
    """What a stand-in does to give this content for a PDF."""
    path = tmp_path / "given.pdf"
    path.write_bytes(content)
    return f"target.write_bytes(Path({str(path)!r}).read_bytes())"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("pass", "made no PDF of a.docx"),
        ("sys.exit(1)", "made no PDF of a.docx"),
        ("target.write_bytes(os.urandom(300))", "it cannot be opened"),
        ("target.write_bytes(b'')", "it cannot be opened"),
        ("target.write_bytes(b'%PDF-1.7\\n')", "it cannot be opened"),
    ],
)
def test_what_libreoffice_calls_a_success_is_looked_at(
    stand_in: StandIn, temporary: Path, body: str, words: str
) -> None:
    with pytest.raises(PdfFault, match=words):
        to_pdf({"a.docx": small_form("First")}, stand_in(body))
    assert list(temporary.iterdir()) == []


def without(*keys: str) -> Callable[[pikepdf.Pdf], None]:
    def change(found: pikepdf.Pdf) -> None:
        for key in keys:
            del found.Root[key]

    return change


def _tree_without_parents(found: pikepdf.Pdf) -> None:
    del found.Root.StructTreeRoot["/ParentTree"]


def _not_marked(found: pikepdf.Pdf) -> None:
    found.Root.MarkInfo.Marked = False


def _number_for_a_tree(found: pikepdf.Pdf) -> None:
    found.Root.StructTreeRoot = 7


def _without_words(found: pikepdf.Pdf) -> None:
    for page in found.pages:
        page.Contents = found.make_stream(b"")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without("/MarkInfo"), "it is not tagged for screen readers"),
        (without("/StructTreeRoot"), "it is not tagged for screen readers"),
        (_not_marked, "it is not tagged for screen readers"),
        (_tree_without_parents, "it is not tagged for screen readers"),
        (_number_for_a_tree, "it cannot be opened"),
        (without("/Lang"), "it names no language"),
        (_without_words, "it has no text"),
    ],
)
def test_a_pdf_that_serves_nobody_is_refused(
    stand_in: StandIn, made_pdfs: MadePdfs, tmp_path: Path, change: Callable[[pikepdf.Pdf], None], words: str
) -> None:
    with pikepdf.open(io.BytesIO(made_pdfs.of["First & Co.docx"])) as found:
        change(found)
        body = giving(saved(found), tmp_path)
    with pytest.raises(PdfFault, match=words):
        to_pdf({"a.docx": small_form("First")}, stand_in(body))


def test_a_pdf_without_tags_or_pages_is_refused(stand_in: StandIn, tmp_path: Path) -> None:
    with pytest.raises(PdfFault, match="it is not tagged for screen readers"):
        to_pdf({"a.docx": small_form("First")}, stand_in(giving(plain_pdf("First, RA-2026-0001"), tmp_path)))
    with pikepdf.new() as empty, pytest.raises(PdfFault, match="it has no text"):
        to_pdf({"a.docx": small_form("First")}, stand_in(giving(saved(empty), tmp_path)))


def test_a_pdf_of_another_form_is_refused(stand_in: StandIn, made_pdfs: MadePdfs, tmp_path: Path) -> None:
    program = stand_in(giving(made_pdfs.of["Second & Co.docx"], tmp_path))
    with pytest.raises(PdfFault, match="it is of another document"):
        to_pdf({"a.docx": small_form("First")}, program)
    assert to_pdf({"a.docx": small_form("Second")}, program) == {"a.docx": made_pdfs.of["Second & Co.docx"]}
    with pikepdf.open(io.BytesIO(made_pdfs.of["First & Co.docx"])) as found:
        del found.docinfo["/Title"]
        program = stand_in(giving(saved(found), tmp_path))
    with pytest.raises(PdfFault, match="it is of another document"):
        to_pdf({"a.docx": b"no form at all, and so without a title"}, program)


# --- the private folder, and what LibreOffice is told ---------------------------------------------


def test_all_forms_go_through_one_run_in_a_folder_that_nobody_else_may_open(
    stand_in: StandIn, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISKGEN_KEY", "the key of the register")
    monkeypatch.setenv("PGPASSWORD", "the password of the server")
    noted = tmp_path / "noted"
    program = stand_in(
        "folder = target.parent.parent\n"
        f"with Path({str(noted)!r}).open('a') as file:\n"
        "    print(oct(folder.stat().st_mode & 0o777), *sys.argv[1:], sep='\\n', file=file)\n"
        "    print(*(f'{name}={value}' for name, value in os.environ.items()), sep='\\n', file=file)"
    )
    with pytest.raises(PdfFault):
        to_pdf({"--secret name.docx": small_form("First"), "b.docx": small_form("Second")}, program)
    mode, *lines = noted.read_text(encoding="utf-8").splitlines()
    assert mode == "0o700"
    assert [Path(line).name for line in lines if line.endswith(".docx")] == ["0.docx", "1.docx"]
    (options,) = [line for line in lines if line.startswith("pdf:writer_pdf_Export:")]
    assert "UseTaggedPDF" in options
    assert "PDFUACompliance" in options
    (profile,) = [line for line in lines if line.startswith("-env:UserInstallation=file:///")]
    (place,) = {line.partition("=")[2] for line in lines if line.startswith(("TMPDIR=", "TMP=", "TEMP="))}
    assert Path(place).parent == Path(profile.partition("file://")[2]).parent
    assert Path(place).parent.parent == temporary
    for secret in ("secret name", "the key of the register", "the password of the server"):
        assert secret not in noted.read_text(encoding="utf-8")


def test_no_macro_may_run(stand_in: StandIn, tmp_path: Path) -> None:
    kept = tmp_path / "kept.xcu"
    settings = "target.parent.parent / 'profile' / 'user' / 'registrymodifications.xcu'"
    with pytest.raises(PdfFault):
        to_pdf({"a.docx": small_form("First")}, stand_in(f"Path({str(kept)!r}).write_bytes(({settings}).read_bytes())"))
    said = kept.read_text(encoding="utf-8")
    assert '"MacroSecurityLevel" oor:op="fuse"><value>3<' in said
    assert '"DisableMacrosExecution" oor:op="fuse"><value>true<' in said


def hanging(noted: Path) -> str:
    """What a stand-in does to hang, with a child that would go on for long."""
    return (
        f"child = subprocess.Popen(['sleep', '600'])\nPath({str(noted)!r}).write_text(str(child.pid))\ntime.sleep(600)"
    )


def test_a_program_that_hangs_is_ended_with_all_that_it_started(
    stand_in: StandIn, temporary: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pdf, "_AT_LEAST", 1)
    monkeypatch.setattr(pdf, "_EACH", 0)
    noted = tmp_path / "child"
    with pytest.raises(PdfFault, match="took longer than 1 seconds"):
        to_pdf({"a.docx": small_form("First")}, stand_in(hanging(noted)))
    assert _has_ended(int(noted.read_text()))
    assert list(temporary.iterdir()) == []


def test_what_a_program_leaves_running_is_ended_too(stand_in: StandIn, tmp_path: Path) -> None:
    noted = tmp_path / "child"
    with pytest.raises(PdfFault, match="made no PDF"):
        to_pdf({"a.docx": small_form("First")}, stand_in(hanging(noted).replace("time.sleep(600)", "os._exit(0)")))
    assert _has_ended(int(noted.read_text()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whoever_ends_riskgen_ends_libreoffice_and_leaves_no_form_behind(
    stand_in: StandIn, tmp_path: Path, number: signal.Signals
) -> None:
    noted, place, form = tmp_path / "child", tmp_path / "temporary", tmp_path / "a.docx"
    place.mkdir()
    form.write_bytes(small_form("First"))
    program = stand_in(hanging(noted))
    code = (
        "import sys\nfrom pathlib import Path\nfrom riskgen.forms.pdf import to_pdf\n"
        "to_pdf({'a.docx': Path(sys.argv[1]).read_bytes()}, Path(sys.argv[2]))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(place)}
    running = subprocess.Popen([sys.executable, "-c", code, form, program], env=env, stderr=subprocess.PIPE)
    for _ in range(200):
        if noted.is_file() and noted.read_text():
            break
        time.sleep(0.05)
    assert len(list(place.iterdir())) == 1
    running.send_signal(number)
    running.communicate(timeout=20)
    assert running.returncode != 0
    assert _has_ended(int(noted.read_text()))
    assert list(place.iterdir()) == []


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


def test_a_disk_without_room_is_a_fault_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere/at/all")
    with pytest.raises(PdfFault, match="cannot be put where LibreOffice would read them: No such file or directory"):
        to_pdf({"a.docx": small_form("First")}, Path("/nowhere/soffice"))


# --- finding it -----------------------------------------------------------------------------------


def test_a_program_that_is_not_there_is_told_of_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PdfFault, match=r"was not found on this computer\. Install LibreOffice"):
        find_libreoffice()
    with pytest.raises(PdfFault, match=r"which school\.yaml names as LibreOffice"):
        find_libreoffice("/nowhere/soffice")
    with pytest.raises(PdfFault, match="cannot be started"):
        to_pdf({"a.docx": small_form("First")}, Path("/nowhere/soffice"))


@pytest.mark.parametrize("inside", ["soffice", "program/soffice", "Contents/MacOS/soffice"])
def test_it_is_found_where_the_school_says_also_by_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    program = tmp_path / "Office" / inside
    program.parent.mkdir(parents=True)
    program.touch(0o700)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(program.parent))
    assert find_libreoffice() == program
    assert find_libreoffice("soffice") == program
    named = program if inside == "soffice" else tmp_path / "Office"
    monkeypatch.setenv("PATH", "")
    assert find_libreoffice(str(named)) == program
    assert find_libreoffice(f"~/{named.relative_to(tmp_path)}") == program


def test_a_program_in_the_folder_at_hand_is_not_taken_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "soffice").touch(0o700)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".")
    with pytest.raises(PdfFault, match="was not found"):
        find_libreoffice()
    with pytest.raises(PdfFault, match="There is no program"):
        find_libreoffice("./soffice")


def test_no_forms_need_no_libreoffice() -> None:
    assert to_pdf({}, Path("/nowhere/soffice")) == {}
