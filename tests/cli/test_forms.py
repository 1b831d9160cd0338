"""The forms as the command writes them: what was given stands there exactly; a form at fault writes nothing."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from docx import Document

Run = Callable[..., Any]
VISIT = ("families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-12-02 10:30")
ASSESS = ("assess", *VISIT, "--no-input")
FORMS = ("intent-to-visit-office", "intent-to-visit-travelling", "risk-assessment")
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def text_of(path: Path) -> str:
    """All that a form shows: a line for each paragraph and each line break."""
    lines = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("word/") and name.endswith(".xml"):
                for paragraph in ET.fromstring(archive.read(name)).iter(f"{W}p"):  # made by riskgen
                    parts = (
                        item.text or "" if item.tag == f"{W}t" else "\n" for item in paragraph.iter() if _shown(item)
                    )
                    lines.append("".join(parts))
    return "\n".join(lines)


def _shown(item: ET.Element) -> bool:
    return item.tag in (f"{W}t", f"{W}br")


# --- what stands on them ------------------------------------------------------------------------


def test_every_text_stands_on_a_form_exactly_as_it_was_given(odd: Any, odd_texts: dict[str, str]) -> None:
    texts = [text_of(odd.form(form)) for form in FORMS]
    for name, wanted in odd_texts.items():
        for line in wanted.split("\n"):
            assert any(line in text for text in texts), name


def test_odd_text_survives_being_kept_and_used_again(odd: Any, odd_texts: dict[str, str]) -> None:
    from ruamel.yaml import YAML

    kept = YAML(typ="safe").load(odd.answers)
    for name, wanted in odd_texts.items():
        group, _, word = name.partition(".")
        assert kept[group][word] == wanted


def test_what_was_not_recorded_says_so_and_is_never_blank_or_none(odd: Any) -> None:
    for form in FORMS:
        text = text_of(odd.form(form))
        assert "Not recorded" in text
        for leftover in ("None", "Undefined", "{{ ", "{%p", "{%tr"):
            assert leftover not in text.replace("{{ reference }}", "")


def test_the_properties_tell_of_the_school_and_the_form_and_nothing_else(routine: Any, odd: Any) -> None:
    for form in FORMS:
        path = routine.form(form)
        properties = Document(str(path)).core_properties
        assert "RA-2026-0001" in properties.title
        assert properties.author == "Example School (invented)"
        assert properties.language == "en-GB"
        assert properties.created.year == 2026
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.startswith("docProps/"):
                    content = archive.read(name)
                    for trace in (b"python-docx", b"2013", b"Sample", b"Example Street", b"Gray"):
                        assert trace not in content
    with zipfile.ZipFile(odd.form("risk-assessment")) as archive:
        assert b"Jerry" not in archive.read("docProps/core.xml")


def test_rtl_overrides_are_taken_out_and_joiners_are_kept(riskgen: Run, home: Path) -> None:
    (home / "family.yaml").write_text(
        'family: {name: "Ali\\u202Egpj.exe\\u202C", reference: "\\uFEFFF-1"}\nchild: {name: "می\\u200Cخواهم"}\n',
        "utf-8",
    )
    result = riskgen("assess", "family.yaml", *VISIT[1:], "--no-input", "--dry-run", "--save-answers", "kept.yaml")
    assert result.code == 0, result.err
    kept = (home / "kept.yaml").read_text("utf-8")
    assert 'name: "Aligpj.exe"' in kept
    assert "می\u200cخواهم" in kept
    assert "F-1" in kept


# --- a school's own form ------------------------------------------------------------------------


def form(home: Path, name: str = "intent-to-visit-office") -> Path:
    return home / "templates" / "forms" / f"{name}.docx"


def edit(path: Path, change: Callable[[Any], Any]) -> None:
    """Open a form as staff do in Word, change it and save it."""
    document = Document(str(path))
    change(document)
    document.save(str(path))


def test_a_form_that_the_school_has_changed_is_used_as_it_is(riskgen: Run, home: Path) -> None:
    def change(document: Any) -> None:
        document.paragraphs[0].insert_paragraph_before("Our own words for {{ school.name }}, {{ visit.date }}")
        document.add_paragraph("{% for person in visitors %}{{ person.name }}; {% endfor %}")

    edit(form(home), change)
    listed = "- {id: own-form, title: Our own, file: forms/intent-to-visit-office.docx, order: 1, holder: office}\n"
    (home / "templates" / "forms.yaml").write_text(listed.replace("office}", "office, safe_word: yes}"))
    result = riskgen(*ASSESS)
    assert result.code == 0, result.err
    (written,) = (home / "visits").rglob("*.docx")
    assert written.name == "RA-2026-0001_own-form_2026-12-02.docx"
    text = text_of(written)
    assert "Our own words for Example School (invented), " in text
    assert "Gray Invented; Lane Invented; " in text


@pytest.fixture
def refused(riskgen: Run, home: Path) -> Callable[[], str]:
    """Assess with forms at fault, and hold what must then hold."""

    def assess() -> str:
        for arguments in (ASSESS, ("assess", *VISIT)):
            result = riskgen(*arguments, typed="S-03\n")
            assert result.code == 3, result.said
            assert "Nothing was saved." in result.err
            assert "? " not in result.err.replace("Did you mean", "")
            assert not list(home.glob("visits/*"))
        return str(result.said)

    return assess


def test_a_misspelt_field_is_named_with_its_form(refused: Callable[[], str], home: Path, riskgen: Run) -> None:
    edit(form(home), lambda document: document.add_paragraph("Of {{ family.adress }}."))
    words = refused()
    assert "templates/forms/intent-to-visit-office.docx" in words
    assert "family.adress" in words
    assert "family.address" in words


def test_every_fault_of_every_form_is_told_at_once(refused: Callable[[], str], home: Path) -> None:
    edit(form(home), lambda document: document.add_paragraph("{{ nmae }} {% if x %} {{ visit.dat }}"))
    edit(form(home, "risk-assessment"), lambda document: document.sections[0].header.add_paragraph("{{ hazrds }}"))
    words = refused()
    for fault in ("nmae", "visit.dat", "hazrds", "templates/forms/risk-assessment.docx"):
        assert fault in words


def test_a_form_that_lost_what_it_must_print_is_refused(refused: Callable[[], str], home: Path) -> None:
    def change(document: Any) -> None:
        for node in document.element.body.iter(f"{W}t"):
            node.text = (node.text or "").replace("safe_word", "reference")

    edit(form(home), change)
    assert "safe_word" in refused()


def test_a_form_that_travels_may_not_print_the_safe_word(refused: Callable[[], str], home: Path) -> None:
    edit(form(home, "risk-assessment"), lambda document: document.add_paragraph("{{ safe_word }}"))
    words = refused()
    assert "safe_word" in words
    assert "templates/forms/risk-assessment.docx" in words


_POPEN = "__globals__.os.popen('touch stolen').read()"
PAYLOADS = (
    "{{ cycler.__init__." + _POPEN + " }}",
    "{{ lipsum." + _POPEN + " }}",
    "{{ self.__init__." + _POPEN + " }}",
    "{{ reference.__class__.__mro__[-1].__subclasses__() }}",
    "{% set x = joiner.__init__." + _POPEN + " %}{{ x }}",
    "{% for x in cycler.__init__." + _POPEN + " %}{% endfor %}",
    "{% if lipsum." + _POPEN + " %}{% endif %}",
    "{{ reference|attr('__class__') }}",
    "{{ reference.format(reference) }}",
    "{% include 'school.yaml' %}",
    "{% import 'os' as os %}",
    "{% macro m() %}{% endmacro %}{{ m() }}",
    "{{ 'x' * 1000000000 }}",
    "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
)


def _in_table(document: Any, text: str) -> None:
    document.tables[0].rows[0].cells[0].add_paragraph(text)


def _in_title(document: Any, text: str) -> None:
    document.core_properties.title = text[:255]


PLACES: dict[str, Callable[[Any, str], Any]] = {
    "body": lambda document, text: document.add_paragraph(text),
    "table": _in_table,
    "header": lambda document, text: document.sections[0].header.add_paragraph(text),
    "footer": lambda document, text: document.sections[0].footer.add_paragraph(text),
    "title": _in_title,
}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_code_in_a_form_is_refused_and_does_not_run(payload: str, riskgen: Run, home: Path) -> None:
    edit(form(home), lambda document: document.add_paragraph(payload))
    result = riskgen(*ASSESS)
    assert result.code == 3
    assert "templates/forms/intent-to-visit-office.docx" in result.said
    assert not (home / "stolen").exists()
    assert not list(home.glob("visits/*"))


@pytest.mark.parametrize("place", PLACES)
def test_code_is_refused_wherever_it_stands(place: str, riskgen: Run, home: Path) -> None:
    edit(form(home), lambda document: PLACES[place](document, PAYLOADS[0]))
    result = riskgen(*ASSESS)
    assert result.code == 3
    assert not (home / "stolen").exists()
    assert not list(home.glob("visits/*"))


def _external(kind: str, target: str) -> Callable[[Any], None]:
    return lambda document: document.part.relate_to(target, kind, is_external=True)


def _field(code: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        from docx.oxml import OxmlElement

        field = OxmlElement("w:fldSimple")
        field.set(f"{W}instr", code)
        document.add_paragraph()._p.append(field)

    return change


@pytest.mark.parametrize(
    "change",
    [
        _external(f"{RELATIONSHIPS}/attachedTemplate", "https://example.invalid/a.dotm"),
        _external(f"{RELATIONSHIPS}/image", "https://example.invalid/a.png"),
        _external(f"{RELATIONSHIPS}/hyperlink", "file:///etc/passwd"),
        _external(f"{RELATIONSHIPS}/oleObject", "https://example.invalid/a"),
        _external(f"{RELATIONSHIPS}/frame", "https://example.invalid/a"),
        _field('DDEAUTO c:\\\\windows\\\\cmd.exe "/k calc"'),
        _field("INCLUDETEXT https://example.invalid/a"),
        _field("INCLUDEPICTURE https://example.invalid/a"),
    ],
)
def test_a_form_that_would_fetch_or_run_something_is_refused(
    change: Callable[[Any], None], riskgen: Run, home: Path
) -> None:
    edit(form(home), change)
    result = riskgen(*ASSESS)
    assert result.code == 3
    assert "templates/forms/intent-to-visit-office.docx" in result.said


def _archive(**parts: bytes) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return raw.getvalue()


def _macros(data: bytes) -> bytes:
    plain = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    raw = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(raw, "w") as new:
        for name in old.namelist():
            macro = b"application/vnd.ms-word.document.macroEnabled.main+xml"
            new.writestr(name, old.read(name).replace(plain, macro))
    return raw.getvalue()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"not a document",
        lambda data: data[: len(data) // 2],
        lambda data: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
        lambda data: _archive(hello_xml=b"<a/>"),
        lambda data: _archive(word__document_xml=b" " * 30_000_000),
        _macros,
    ],
    ids=["empty", "text", "half", "doc-or-password", "other-archive", "bomb", "macros"],
)
def test_a_file_that_is_no_word_form_is_refused(damage: Callable[[bytes], bytes], riskgen: Run, home: Path) -> None:
    form(home).write_bytes(damage(form(home).read_bytes()))
    result = riskgen(*ASSESS)
    assert result.code == 3
    assert "templates/forms/intent-to-visit-office.docx" in result.said
    assert not list(home.glob("visits/*"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("file: forms/intent-to-visit-office.docx", "file: ../../escape.docx", "templates/forms.yaml:"),
        ("file: forms/intent-to-visit-office.docx", "file: forms/none.docx", "templates/forms/none.docx"),
        ("holder: office", "holder: nobody", "templates/forms.yaml:"),
        ("holder: visitors", "holder: visitors\n  safe_word: yes", "must not carry the safe word"),
        ("- id: risk-assessment", "- id: ../risk", "templates/forms.yaml:"),
        ("- id: risk-assessment", "- id: intent-to-visit-office", "stands here twice"),
        ("visitors[].mobile", "visitors[].mobil", "visitors[].mobil"),
    ],
)
def test_a_fault_in_forms_yaml_is_told_before_asking(
    old: str, new: str, words: str, refused: Callable[[], str], home: Path
) -> None:
    path = home / "templates" / "forms.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    assert words in refused()


def test_a_fault_in_steps_yaml_is_told_before_asking(refused: Callable[[], str], home: Path) -> None:
    path = home / "templates" / "steps.yaml"
    path.write_text(path.read_text() + "surplus: [\n")
    assert "templates/steps.yaml:" in refused()


def test_check_finds_faults_in_forms_as_well(riskgen: Run, home: Path) -> None:
    edit(form(home), lambda document: document.add_paragraph("Of {{ family.adress }}."))
    result = riskgen("check")
    assert result.code == 3
    assert "templates/forms/intent-to-visit-office.docx" in result.said
    assert "family.adress" in result.said


def test_a_fault_in_a_form_of_the_pack_alone_puts_off_no_assessment(riskgen: Run, home: Path) -> None:
    form(home, "calling-card").write_bytes(b"no Word document at all")
    kept = home / "kept.yaml"
    assert riskgen("assess", *VISIT, "--no-input", "--save-answers", kept).code == 0
    result = riskgen("check")
    assert result.code == 3
    assert "templates/forms/calling-card.docx" in result.said
