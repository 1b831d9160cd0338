"""A filled form holds what it was given, exactly, and nothing else; code in a form does not run."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import markupsafe
import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment, is_internal_attribute

from riskgen.core.struct import replace
from riskgen.files.text import clean, mend
from riskgen.forms import render as room
from riskgen.forms.catalogue import FormEntry, Holder
from riskgen.forms.compiled import NotText
from riskgen.forms.context import FormContext
from riskgen.forms.contract import documented_fields
from riskgen.forms.render import FormFault, render

Build = Callable[..., FormEntry]
FORM = FormEntry("trial", "A trial form", Path("form.docx"), 1, (Holder.OFFICE,))
MADE = datetime(2026, 11, 25, 9, 0)
FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"


def text_of(data: bytes) -> str:
    """The words of the text, tables included, a paragraph a line."""
    body = Document(io.BytesIO(data)).element.body
    return "\n".join(paragraph_text(paragraph) for paragraph in body.iter(qn("w:p")))


def paragraph_text(paragraph: Any) -> str:
    pieces = {qn("w:br"): "\n", qn("w:tab"): "\t"}
    return "".join(
        item.text or "" if item.tag == qn("w:t") else pieces.get(item.tag, "")
        for item in paragraph.iter(qn("w:t"), qn("w:br"), qn("w:tab"))
    )


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# --- the contract -------------------------------------------------------------------------------


def whole_contract() -> list[str]:
    """Paragraphs that print every documented field, inside as many loops as it takes."""
    body: list[str] = []
    open_loops: list[str] = []
    for path, kind, _ in documented_fields():
        lists = path.split("[].")[:-1]
        while open_loops and open_loops != lists[: len(open_loops)]:
            open_loops.pop()
            body.append("{%p endfor %}")
        for name in lists[len(open_loops) :]:
            outer = f"item{len(open_loops)}." if open_loops else ""
            open_loops.append(name)
            body.append(f"{{%p for item{len(open_loops)} in {outer}{name} %}}")
        last = path.rpartition("[].")[2]
        field = f"item{len(open_loops)}.{last}" if open_loops else last
        if kind == "text":
            body.append(f"{path}={{{{ {field} }}}}")
        elif kind == "yes or no":
            body.append(f"{path}={{% if {field} %}}True{{% endif %}}")
    return body + ["{%p endfor %}"] * len(open_loops)


def test_what_is_documented_is_what_is_passed(form: Build, context: Any) -> None:
    entry = form(*whole_contract(), secret=True, mandatory=tuple(path for path, _, _ in documented_fields()))
    printed = set(text_of(render(entry, context(), MADE)).splitlines())
    for path, kind, _ in documented_fields():
        for number in ("0", "1") if "[]" in path else ("",):
            value = "True" if kind == "yes or no" else path.replace("[]", f".{number}")
            value = "C6E0B4" if path.endswith("colour") else value
            assert kind == "list" or f"{path}={value}" in printed


# --- text ---------------------------------------------------------------------------------------

HARD = [
    'Tom & Jerry\'s <risk> "quoted" ]]> </w:t>',
    "{{7*7}} {% if x %} {# c #} {_{ x }_} {_% %_} {",
    "}} %} { {",
    "👨‍👩‍👧 O'Brien José",
    "مرحبا بالعالم",
    "می‌خواهم",
    "one\ntwo\tthree",
    "&amp; &lt; &#123;",
    "=SUM(A1) None Undefined",
]


@pytest.mark.parametrize("text", HARD)
def test_text_is_printed_exactly(form: Build, context: Any, text: str) -> None:
    entry = form("Before {{ reference }} after", rows=("{{ family.address }}",), header="{{ school.name }}")
    made = context(reference=text)
    made = replace(made, family=replace(made.family, address=text), school=replace(made.school, name=text))
    data = render(entry, made, MADE)
    assert f"Before {text} after" in text_of(data)
    document = Document(io.BytesIO(data))
    assert paragraph_text(document.tables[0].cell(0, 0).paragraphs[0]._p) == text
    assert paragraph_text(document.sections[0].header.paragraphs[0]._p) == text


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_any_text_that_is_taken_in_survives(form: Build, context: Any, text: str) -> None:
    accepted, reason = clean(text, one_line=False, longest=1000)
    if reason is None:
        data = render(
            form("[{{ reference }}]", "{{ title }}"), context(reference=accepted, title="next & <last>"), MADE
        )
        words = text_of(data)
        assert unicodedata.normalize("NFC", f"[{accepted}]") in words
        assert "next & <last>" in words


def test_a_control_character_in_old_data_harms_nothing_after_it(form: Build, context: Any) -> None:
    made = context(reference=mend("ok\x01"), title="Tom & Jerry <risk>")
    assert "ok\ufffd Tom & Jerry <risk>" in text_of(render(form("{{ reference }} {{ title }}"), made, MADE))


def test_loops_and_conditions_repeat_and_leave_out(form: Build, context: Any) -> None:
    entry = form(
        "{%p if copy.office %}",
        "office only",
        "{%p else %}",
        "visitors only",
        "{%p endif %}",
        rows=(
            "{%tr for hazard in hazards %}",
            (
                "{% cellbg hazard.residual.colour %}{{ hazard.number }}:"
                "{% for line in hazard.because %} {{ line.text }}{% endfor %}"
            ),
            "{%tr endfor %}",
        ),
    )
    made = context()
    data = render(entry, made, MADE)
    rows = [row.cells[0].text for row in Document(io.BytesIO(data)).tables[0].rows]
    assert rows == [
        "hazards.0.number: hazards.0.because.0.text hazards.0.because.1.text",
        "hazards.1.number: hazards.1.because.0.text hazards.1.because.1.text",
    ]
    assert b'w:fill="C6E0B4"' in parts_of(data)["word/document.xml"]
    assert "office only" in text_of(data)
    assert "visitors only" not in text_of(data)
    travelling = replace(made, copy=replace(made.copy, office=False), hazards=())
    words = text_of(render(entry, travelling, MADE))
    assert "visitors only" in words
    assert "hazards.0" not in words


# --- code in forms ------------------------------------------------------------------------------

PAYLOADS = [
    "{{ cycler.__init__.__globals__.os.popen('touch PWNED').read() }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "{{ reference.__class__.__mro__[1].__subclasses__() }}",
    "{{ visit.__init__.__globals__ }}",
    "{{ self._TemplateReference__context.cycler.__init__.__globals__.os.system('touch PWNED') }}",
    "{% set x = lipsum.__globals__['os'].system('touch PWNED') %}",
    "{{ 'x' * 10**8 }}",
    "{% for a in hazards %}{% for b in hazards %}{% for c in hazards %}x{% endfor %}{% endfor %}{% endfor %}",
]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("where", ["body", "header", "title", "footnote"])
def test_code_in_a_form_does_not_run(
    form: Build, context: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, payload: str, where: str
) -> None:
    monkeypatch.chdir(tmp_path)
    match where:
        case "body":
            entry = form(payload)
        case "header":
            entry = form("x", header=payload)
        case "title":
            entry = form("x", title=payload)
        case _:
            entry = form("x", change=lambda document: add_footnotes(document, payload))
    with pytest.raises(FormFault) as caught:
        render(entry, context(), MADE)
    assert caught.value.problems
    assert {problem.path for problem in caught.value.problems} == {"templates/form.docx"}
    assert not (tmp_path / "PWNED").exists()


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("where", ["body", "header", "footnote"])
def test_the_second_wall_holds_without_the_first(
    form: Build, context: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, payload: str, where: str
) -> None:
    monkeypatch.setattr(room, "examine", lambda entry, data: ())
    test_code_in_a_form_does_not_run(form, context, tmp_path, monkeypatch, payload, where)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_properties_of_a_form_are_not_even_read(
    form: Build, context: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, payload: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(room, "examine", lambda entry, data: ())
    parts = parts_of(render(form("x", title=payload), context(), MADE))
    assert not any(payload.encode() in content or b"__globals__" in content for content in parts.values())
    assert not (tmp_path / "PWNED").exists()


def test_the_sandbox_holds_without_either(context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "read_tree", lambda tree: type("Nothing", (), {"faults": (), "used": ()}))
    environment = room._environment(FORM, room.put_in)
    with pytest.raises(SecurityError):
        environment.from_string("{{ cycler.__init__.__globals__.os.popen('id') }}").render()
    with pytest.raises(NotText):
        environment.from_string("{{ flag }}").render(flag=True)


def add_footnotes(document: Any, text: str) -> None:
    from xml.sax.saxutils import escape

    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    note = f"<w:footnote w:id='2'><w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p></w:footnote>"
    xml = f"<w:footnotes {nsdecls('w')}>{note}</w:footnotes>"
    part = Part(PackURI("/word/footnotes.xml"), FOOTNOTES, xml.encode(), document.part.package)
    document.part.relate_to(part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes")


def test_footnotes_are_filled_in(form: Build, context: Any) -> None:
    entry = form("x", change=lambda document: add_footnotes(document, "See {{ policy.name }}"))
    data = parts_of(render(entry, context(reference="x"), MADE))
    assert b"See policy.name" in data["word/footnotes.xml"]


def test_a_fault_of_the_form_is_said_before_anything_is_filled_in(form: Build, context: Any) -> None:
    with pytest.raises(FormFault, match="child has no field 'nmae'"):
        render(form("{{ child.nmae }}"), context(), MADE)


def test_a_tag_that_is_left_over_is_noticed(form: Build, context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "examine", lambda entry, data: ())
    with pytest.raises(FormFault, match="left over"):
        render(form("{% raw %}{{ x }}{% endraw %}"), context(), MADE)


# --- the file -----------------------------------------------------------------------------------


def test_the_same_case_gives_the_same_bytes(form: Build, context: Any) -> None:
    entry = form("{{ reference }}", header="{{ title }}")
    assert render(entry, context(), MADE) == render(entry, context(), MADE)
    names = list(parts_of(render(entry, context(), MADE)))
    assert names[:2] == ["[Content_Types].xml", "_rels/.rels"]


def test_the_properties_are_the_schools_and_hold_no_trace_of_the_tools(form: Build, context: Any) -> None:
    def sign(document: Any) -> None:
        properties = document.core_properties
        properties.author, properties.comments, properties.keywords = "Somebody Invented", "secret", "secret"
        properties.last_printed = datetime(2020, 1, 1)

    made = replace(context(reference="RA-2026-0012", title="Risk & assessment"))
    made = replace(made, school=replace(made.school, name="Moor Lane {{School}}"))
    moment = datetime(2026, 7, 25, 10, 0, tzinfo=ZoneInfo("Europe/London"))
    data = render(form("x", change=sign), made, moment)
    properties = Document(io.BytesIO(data)).core_properties
    assert properties.title == "Risk & assessment, RA-2026-0012"
    assert properties.author == properties.last_modified_by == "Moor Lane {{School}}"
    assert properties.language == "en-GB"
    assert properties.created == properties.modified == datetime(2026, 7, 25, 9, 0, tzinfo=UTC)
    parts = parts_of(data)
    for name in ("docProps/core.xml", "docProps/app.xml"):
        assert not re.search(rb"python-docx|Invented|secret|2013|2020|Macintosh", parts[name])
    assert not any("thumbnail" in name for name in parts)


def test_the_safe_word_is_nowhere_but_where_it_is_printed(form: Build, context: Any) -> None:
    entry = form("{% if copy.office %}{{ safe_word }}{% endif %}", secret=True)
    made = context(safe_word="marmalade")
    holding = [name for name, content in parts_of(render(entry, made, MADE)).items() if b"marmalade" in content]
    assert holding == ["word/document.xml"]


def test_controls_that_a_loop_repeats_get_an_id_each(form: Build, context: Any) -> None:
    control = (
        f"<w:sdt {nsdecls('w')}><w:sdtPr><w:tag w:val='x'/><w:id w:val='7'/><w:text/></w:sdtPr>"
        "<w:sdtContent><w:r><w:t>{{ hazard.name }}</w:t></w:r></w:sdtContent></w:sdt>"
    )

    def change(document: Any) -> None:
        document.paragraphs[1]._p.append(parse_xml(control))
        document.sections[0].header.paragraphs[0]._p.append(parse_xml(control.replace("hazard.name", "reference")))

    entry = form("{%p for hazard in hazards %}", "", "{%p endfor %}", change=change)
    data = render(entry, context(), MADE)
    xml = b"".join(content for name, content in parts_of(data).items() if name.startswith("word/"))
    ids = re.findall(rb'<w:id w:val="(\d+)"/>', xml)
    assert len(ids) == len(set(ids)) == 3


def test_a_context_is_given_whole(context: Any) -> None:
    assert isinstance(context(), FormContext)


@pytest.mark.parametrize("sign", "<>&'\"\u00e9\n")
def test_whatever_is_printed_is_escaped_once(sign: str) -> None:
    environment = room._environment(FORM, room.put_in)
    said = environment.from_string("{{ title }}").render(title=f"a{sign}amp;b")
    assert said == {"\n": "a\x11amp;b", "\u00e9": "a&#233;amp;b"}.get(sign, f"a{markupsafe.escape(sign)}amp;b")


def test_no_field_has_a_name_that_the_sandbox_would_refuse() -> None:
    sandbox = SandboxedEnvironment(autoescape=True)
    for name in room._names_of_fields():
        assert name.isidentifier()
        assert not any(is_internal_attribute(kind, name) for kind in (str, (lambda: 0), type, (i for i in ())))
        assert sandbox.is_safe_attribute("", name, None)


def test_a_field_that_there_is_not_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "read_tree", lambda tree: type("Nothing", (), {"faults": (), "used": ()}))
    environment = room._environment(FORM, room.put_in)
    for source in ("{{ family.nope }}", "{{ nope.name }}", "{{ nope }}"):
        with pytest.raises(UndefinedError, match="nope"):
            environment.from_string(source).render(family="x")
