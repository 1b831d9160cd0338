"""The filled stock forms under every policy: what they say, and whether Word and LibreOffice can open them."""

import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from riskgen.files.controls import AS_PROMPT, read_fields
from riskgen.files.text import without_marks
from riskgen.forms.catalogue import Holder

GOLDEN = Path(__file__).parents[1] / "golden"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
HOW = "If the change is meant, run pytest tests/forms/test_filled_forms.py --update-golden and read the difference."


def test_every_form_says_what_it_said_before(filled_forms, request) -> None:
    said = {f"{form.policy}/{form.form}.txt": text_of(form.path) for form in filled_forms}
    if request.config.getoption("--update-golden"):
        for name, text in said.items():
            path = GOLDEN / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    kept = {path.relative_to(GOLDEN).as_posix(): path.read_text(encoding="utf-8") for path in GOLDEN.rglob("*.txt")}
    assert sorted(said) == sorted(kept), HOW
    for name, text in said.items():
        assert text == kept[name], f"{name}. {HOW}"


def test_only_the_office_copy_says_the_safe_word(filled_forms) -> None:
    for form in filled_forms:
        assert ("sentinelword" in text_of(form.path)) == (form.form == "intent-to-visit-office"), form


def test_no_form_leaves_a_tag_or_a_none_behind(filled_forms) -> None:
    for form in filled_forms:
        text = text_of(form.path)
        assert not [mark for mark in ("{{", "}}", "{%", "%}", "None\n", "Undefined") if mark in text], form


def test_a_prompt_is_no_answer_where_its_flag_is_dropped(filled_forms, tmp_path) -> None:
    """In what is printed as well, where some prompts are put together from the record so far."""
    other = tmp_path / "form.docx"
    for form in filled_forms:
        with zipfile.ZipFile(form.path) as old, zipfile.ZipFile(other, "w") as new:
            for name in old.namelist():
                new.writestr(name, old.read(name).replace(b"<w:showingPlcHdr/>", b""))
        before, after = read_fields(form.path), read_fields(other)
        assert [each.code for each in (*before.problems, *after.problems) if each.code == AS_PROMPT] == [], form
        fields = [[(each.tag, each.prompts, each.text) for each in read.controls] for read in (before, after)]
        assert fields[0] == fields[1], form


def test_every_form_passes_the_open_xml_validator(filled_forms, ooxml_validator) -> None:
    for form in filled_forms:
        done = subprocess.run([ooxml_validator, form.path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        assert json.loads(done.stdout)["errors"] == []


def test_every_form_opens_in_libreoffice_with_all_its_pages(filled_forms, soffice, pdftotext, tmp_path) -> None:
    copies = {tmp_path / f"{form.policy}-{form.form}.docx": form for form in filled_forms}
    for copy, form in copies.items():
        copy.write_bytes(form.path.read_bytes())
    profile = (tmp_path / "profile").as_uri()
    command = [soffice, "--headless", f"-env:UserInstallation={profile}", "--convert-to", "pdf", "--outdir", tmp_path]
    subprocess.run([*command, *copies], capture_output=True, check=True, timeout=300)
    for copy, form in copies.items():
        pdf = copy.with_suffix(".pdf")
        done = subprocess.run([pdftotext, "-layout", pdf, "-"], capture_output=True, text=True, check=True)
        pages = done.stdout.split("\f")[:-1]
        assert pages, copy
        told = set(re.findall(r"\w+", done.stdout))
        if not any(part in form.form for part in ("card", "letter", "minutes-for-family")):  # these leave the school
            for number, page in enumerate(pages, 1):
                assert form.reference in page, (copy, number)
                assert f"Page {number} of {len(pages)}" in page, (copy, number)
        lost = _words(form.path) - told  # what another reader makes of it is what was written
        assert not lost, copy


def _words(path: Path) -> set[str]:
    """Every word of a document's text."""
    with zipfile.ZipFile(path) as package:
        root = ElementTree.fromstring(package.read("word/document.xml"))
    return set(re.findall(r"\w+", "\n".join("".join(_runs(item)) for item in root.iter(f"{W}p"))))


def test_no_form_gives_away_what_its_holder_must_not_see(filled_forms) -> None:
    for form in filled_forms:
        text = text_of(form.path)
        if all(holder.at_school for holder in form.holders):
            continue
        assert "F-0123" not in text, form
        assert "Has violence ever been reported" not in text, form
        if Holder.LETTERBOX in form.holders:
            assert not any(word in text for word in ("Sample", "Example Street", "RA-20", "07700 900012")), form
        if Holder.VISITORS in form.holders:
            assert "Sample family" not in text, form


def text_of(path: Path) -> str:
    """What each part of a document says, paragraph by paragraph, cells with bars between."""
    lines: list[str] = []
    with zipfile.ZipFile(path) as package:
        for name in sorted(package.namelist()):
            if name.startswith("word/") and name.endswith(".xml"):
                said = list(_lines(ElementTree.fromstring(package.read(name))))
                lines += [f"=== {name}", *said, ""] if any(said) else []
    return "\n".join(lines)


def _lines(element: ElementTree.Element) -> Iterator[str]:
    for child in element:
        if child.tag == f"{W}tr":
            cells = [" / ".join(line for line in _lines(cell) if line) for cell in child.iter(f"{W}tc")]
            yield "| " + " | ".join(cells)
        elif child.tag == f"{W}p":
            yield "".join(_runs(child))
        else:
            yield from _lines(child)


def _runs(paragraph: ElementTree.Element) -> Iterator[str]:
    for node in paragraph.iter():
        if node.tag == f"{W}t":
            yield without_marks(node.text or "")
        elif node.tag in (f"{W}tab", f"{W}br"):
            yield " "
