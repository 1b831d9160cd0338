"""A compiled form comes out as docxtpl's own, part by part; what cannot be shown to, docxtpl fills in itself."""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import canonicalize

import pytest
from docx import Document
from docx.enum.text import WD_BREAK
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docxtpl import Listing, RichText, RichTextParagraph
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from riskgen.core.struct import Struct, asdict, replace
from riskgen.files.controls import read_fields
from riskgen.files.text import is_prompt
from riskgen.files.zipped import contents, joined, packed
from riskgen.forms import render as room
from riskgen.forms.catalogue import FormEntry, Holder, load_forms
from riskgen.forms.compile import NotCompiled, by_docxtpl, compile_form
from riskgen.forms.compiled import Compiled, Filler, put_in
from riskgen.forms.finish import as_handed_out, prepared
from riskgen.forms.late import core_part
from riskgen.forms.preflight import preflight

from .conftest import edited
from .test_finish import picture, with_place
from .test_render import add_footnotes

Build = Callable[..., FormEntry]
TEMPLATES = Path(__file__).parents[2] / "templates"
STOCK = load_forms(TEMPLATES)[0]
CORE = core_part("A title", "A school", room.datetime(2026, 11, 28))


def canonical(parts: Mapping[str, bytes]) -> dict[str, str | bytes]:
    return {
        name: canonicalize(content.decode()) if name.endswith((".xml", ".rels")) else content
        for name, content in parts.items()
        if name != "docProps/core.xml"
    }


# --- every form that we ship --------------------------------------------------------------------------


def contexts(made: Any) -> Iterator[Any]:
    """A context in which everything is there, one in which nothing is, and some in between."""
    yield made
    yield changed(made, flag=False)
    yield changed(made, flag=False, most=0)
    yield changed(made, most=1)
    yield changed(made, text="Not recorded")
    yield changed(made, text="one & <two>\nthree {{ four }} {_{ {% five")


def changed(value: Any, **how: Any) -> Any:
    """The same context with its flags, texts and the lengths of its lists changed throughout."""
    if isinstance(value, bool):
        return how.get("flag", value)
    if isinstance(value, str):
        return how.get("text", value) if len(value) != 6 else value  # colours stay colours
    if isinstance(value, tuple):
        return tuple(changed(item, **how) for item in value[: how.get("most")])
    if isinstance(value, Struct):
        return replace(value, **{name: changed(inside, **how) for name, inside in asdict(value).items()})
    return value


@pytest.mark.parametrize("entry", STOCK, ids=[entry.id for entry in STOCK])
@pytest.mark.parametrize("logo", [b"", picture(30, 10)], ids=["no logo", "logo"])
def test_a_form_that_we_ship_comes_out_as_docxtpl_makes_it(entry: FormEntry, logo: bytes, context: Any) -> None:
    ready = room._ready(entry, entry.file.read_bytes(), logo, "A school")
    assert ready.filler is not None, "it is not compiled"
    for number, made in enumerate(contexts(context())):
        values = asdict(made)
        mine, theirs = ready.fill(values, CORE), ready._by_docxtpl(values, CORE, "")
        assert list(contents(mine)) == list(contents(theirs)), number
        assert canonical(contents(mine)) == canonical(contents(theirs)), number


# --- whatever docxtpl can do --------------------------------------------------------------------------


def environment() -> Any:
    """As the forms' own, but for what a template may say."""

    def put(value: object) -> object:
        return put_in(escape(value)) if isinstance(value, str) or hasattr(value, "__html__") else value

    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True, finalize=put)


def plain() -> Any:
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)


@dataclass(frozen=True)
class Row:
    name: str
    colour: str = "C6E0B4"
    cells: tuple[str, ...] = ("a", "b", "c")


VALUES: dict[str, object] = {
    "word": "Tom & Jerry <risk> \"quoted\" 'single'",
    "lines": "one\ntwo\n\nthree",
    "tabs": "one\ttwo\nthree\tfour",
    "number": 3,
    "rate": 2.5,
    "yes": True,
    "no": False,
    "rows": (Row("first"), Row("second & last", "FFC7CE")),
    "wide": ("a", "b", "c", "d", "e"),
    "rich": RichText("plain & bold", bold=True, color="ff0000", style="Strong"),
    "paragraphs": RichTextParagraph(RichText("rich", italic=True), parastyle="Quote"),
    "listing": Listing("a & b\nc\td\ae\ff"),
}

FEATURES: dict[str, Callable[[Any], None]] = {}


def feature(make: Callable[[Any], None]) -> Callable[[Any], None]:
    FEATURES[make.__name__] = make
    return make


@feature
def fields_and_filters(document: Any) -> None:
    document.add_paragraph(
        "{{ word }} {{ number }} {{ rate }} {{ word|upper }} {{ number + 1 }} {{ rows|length }} {{ yes }}"
    )
    document.add_paragraph(
        "{{word}}{{ number }}{# a comment #} {{ 'a' if yes else 'b' }} {{ “typographic” }} {{ ‘quotes’ }}"
    )


@feature
def a_tag_in_pieces(document: Any) -> None:
    paragraph = document.add_paragraph("before {")
    for text in ("{ wo", "rd }", "} after {% i", "f yes %}seen{% endif", " %}."):
        paragraph.add_run(text).bold = True


@feature
def conditions_and_loops(document: Any) -> None:
    for text in (
        "{% if yes %}a{% elif no %}b{% else %}c{% endif %}",
        "{% for row in rows %}{{ loop.index }}{{ row.name }} {% endfor %}",
    ):
        document.add_paragraph(text)


@feature
def whole_paragraphs(document: Any) -> None:
    for text in (
        "{%p if yes %}",
        "seen",
        "{%p else %}",
        "not seen",
        "{%p endif %}",
        "{%p for row in rows %}",
        "{{ row.name }}",
    ):
        document.add_paragraph(text)
    for text in ("{%p endfor %}", "{#p a comment #}", "end"):
        document.add_paragraph(text)


@feature
def whole_runs(document: Any) -> None:
    paragraph = document.add_paragraph("before ")
    for text in ("{%r if yes %}", "seen", "{%r endif %}", "{%r for row in rows %}", "{{ row.name }}", "{%r endfor %}"):
        paragraph.add_run(text)


@feature
def joined_paragraphs(document: Any) -> None:
    for text in ("first", "{%- if yes %} joined", "{% endif -%}", "last"):
        document.add_paragraph(text)


@feature
def rows_and_colours(document: Any) -> None:
    table = document.add_table(rows=4, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Name", "Colour"
    table.rows[1].cells[0].text = "{%tr for row in rows %}"
    table.rows[2].cells[0].text, table.rows[2].cells[1].text = (
        "{{ row.name }}",
        "{% cellbg row.colour %}{{ row.colour }}",
    )
    table.rows[3].cells[0].text = "{%tr endfor %}"


@feature
def more_columns_than_there_were(document: Any) -> None:
    table = document.add_table(rows=2, cols=3)
    for cell, text in zip(
        table.rows[0].cells, ("{%tc for item in wide %}", "{{ item }}", "{%tc endfor %}"), strict=True
    ):
        cell.text = text
    table.rows[1].cells[0].text = "x"


@feature
def fewer_columns_than_there_were(document: Any) -> None:
    table = document.add_table(rows=2, cols=6)
    for row in table.rows:
        texts = ("fixed", "{%tc for item in rows %}", "{{ item.name }}", "{%tc endfor %}")
        for cell, text in zip(row.cells[:4], texts, strict=True):
            cell.text = text
        for cell in row.cells[4:]:
            cell.text = "{%tc if no %}"
        row.cells[5].text = "{%tc endif %}"


@feature
def a_cell_over_several_columns(document: Any) -> None:
    table = document.add_table(rows=2, cols=3)
    table.rows[0].cells[0].text = "{% colspan number %}wide"
    for cell in table.rows[0].cells[1:]:
        cell._tc.getparent().remove(cell._tc)
    table.rows[1].cells[0].text = "{{ word }}"


@feature
def cells_merged_downwards(document: Any) -> None:
    table = document.add_table(rows=3, cols=2)
    table.rows[0].cells[0].text = "{%tr for row in rows %}"
    table.rows[1].cells[0].text, table.rows[1].cells[1].text = "{% vm %}{{ word }}", "{{ row.name }}"
    table.rows[2].cells[0].text = "{%tr endfor %}"


@feature
def cells_merged_across(document: Any) -> None:
    table = document.add_table(rows=2, cols=3)
    for cell, text in zip(
        table.rows[0].cells, ("{%tc for row in rows %}", "{% hm %}{{ word }}", "{%tc endfor %}"), strict=True
    ):
        cell.text = text
    for cell, text in zip(
        table.rows[1].cells, ("{%tc for row in rows %}", "{{ row.name }}", "{%tc endfor %}"), strict=True
    ):
        cell.text = text


@feature
def rich_text(document: Any) -> None:
    document.add_paragraph("before {{r rich }} after")
    document.add_paragraph("{{p paragraphs }}")
    document.add_paragraph("end")


@feature
def line_breaks(document: Any) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    run = paragraph.add_run("[{{ lines }}]")
    run.bold = True
    document.add_paragraph("plain {{ lines }}")


@feature
def tabs_and_paragraphs_of_a_listing(document: Any) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    paragraph.add_run("[{{ tabs }}]").italic = True
    paragraph.add_run(" {{ listing }}").bold = True


@feature
def headers_footers_and_notes(document: Any) -> None:
    section = document.sections[0]
    section.header.paragraphs[0].text, section.footer.paragraphs[0].text = (
        "{{ word }}",
        "{% if yes %}{{ lines }}{% endif %}",
    )
    section.different_first_page_header_footer = True
    section.first_page_header.paragraphs[0].text = "First: {{ number }}"
    add_footnotes(document, "See {{ word }}")


@feature
def drawings(document: Any) -> None:
    document.add_paragraph("{%p for row in rows %}")
    document.add_picture(io.BytesIO(picture(4, 4)))
    document.add_paragraph("{%p endfor %}")
    document.add_picture(io.BytesIO(picture(5, 5)))


@feature
def a_block_over_several_runs(document: Any) -> None:
    paragraph = document.add_paragraph()
    for text in ("{% if yes %}", "a", "{% else %}b", "{% endif %}"):
        paragraph.add_run(text).add_break(WD_BREAK.LINE)


@feature
def a_text_box(document: Any) -> None:
    box = (
        f"<w:r {nsdecls('w')} xmlns:v='urn:schemas-microsoft-com:vml'><w:pict><v:shape><v:textbox><w:txbxContent>"
        "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>{{ lines }}</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape>"
        "</w:pict></w:r>"
    )
    paragraph = document.add_paragraph("before ")
    paragraph._p.append(parse_xml(box))
    paragraph.add_run("after {{ tabs }}")


def template(make: Callable[[Any], None]) -> bytes:
    document = Document()
    make(document)
    raw = io.BytesIO()
    document.save(raw)
    return prepared(raw.getvalue(), b"", "A school")


def by_itself(data: bytes) -> dict[str, bytes]:
    return by_docxtpl(data, VALUES, plain(), CORE)[1]


@pytest.mark.parametrize("make", FEATURES.values(), ids=FEATURES)
def test_a_feature_of_docxtpl_comes_out_as_docxtpl_makes_it(make: Callable[[Any], None]) -> None:
    data = template(make)
    filler = Filler(compile_form(data, environment()), environment())
    mine = contents(filler.document(filler.texts(VALUES), CORE))
    assert canonical(mine) == canonical(by_itself(data))


# --- what is not compiled -----------------------------------------------------------------------------


def nested_tables(document: Any) -> None:
    outer = document.add_table(rows=1, cols=1)
    outer.rows[0].cells[0].add_table(rows=1, cols=2)


def half_an_element(document: Any) -> None:
    document.add_paragraph("{% if no %}a")
    document.add_table(rows=1, cols=2).rows[0].cells[0].text = "b{% endif %}"


def breaks_in_the_text(document: Any) -> None:
    document.add_paragraph("{{ word }}")
    document.paragraphs[-1].runs[0]._r.find(qn("w:t")).text = "one\ntwo {{ word }}"


def brackets_written_out(document: Any) -> None:
    document.add_paragraph("{_{ word }_}")


@pytest.mark.parametrize("make", [nested_tables, half_an_element, breaks_in_the_text, brackets_written_out])
def test_what_cannot_be_shown_to_come_out_the_same_is_not_compiled(make: Callable[[Any], None]) -> None:
    with pytest.raises(NotCompiled):
        compile_form(template(make), environment())


def test_a_form_that_is_not_compiled_is_filled_in_all_the_same(form: Build, context: Any) -> None:
    entry = form("{{ reference }}", change=nested_tables)
    assert room._ready(entry, entry.file.read_bytes(), b"", "A school").filler is None
    assert (
        b"RA-2026-0001"
        in contents(room.render(entry, context(reference="RA-2026-0001"), room.datetime(2026, 1, 1)))[
            "word/document.xml"
        ]
    )


# --- the file -----------------------------------------------------------------------------------------


def test_a_compiled_form_is_the_same_when_it_has_been_kept(context: Any) -> None:
    entry = STOCK[0]
    compiled = compile_form(prepared(entry.file.read_bytes(), b"", "A school"), room._environment(entry, put_in))
    again = Compiled.from_bytes(compiled.to_bytes())
    assert again == compiled


# --- what was once let through --------------------------------------------------------------------------

MADE = room.datetime(2026, 11, 28)


def a_prompt(*paragraphs: str, tag: str = "answer.x") -> Any:
    content = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    return parse_xml(
        f"<w:sdt {nsdecls('w')}><w:sdtPr><w:tag w:val='{tag}'/><w:id w:val='7'/><w:showingPlcHdr/></w:sdtPr>"
        f"<w:sdtContent>{content}</w:sdtContent></w:sdt>"
    )


def at_the_end(element: Any) -> Callable[[Any], None]:
    return lambda document: document.element.body.insert(0, element)


def test_no_tag_comes_about_by_what_is_done_to_a_form_before_it_is_filled_in(form: Build, context: Any) -> None:
    hidden = "{\u200b{\u200bsafe_word\u200b}\u200b}"
    entry = form("x", change=at_the_end(a_prompt(hidden)), holders=(Holder.FAMILY,))
    document = contents(room.render(entry, context(safe_word="marmalade"), MADE))["word/document.xml"]
    assert b"marmalade" not in document
    assert b"safe_word" in document  # as it was written


def test_whatever_is_compiled_must_be_fit_for_its_holder(
    form: Build, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "examine", lambda entry, data: ())
    with pytest.raises(room.FormFault, match="safe_word"):
        room.render(form("{{ safe_word }}", holders=(Holder.FAMILY,)), context(safe_word="marmalade"), MADE)


def test_a_school_whose_name_looks_like_a_tag_puts_none_into_the_form(form: Build, context: Any) -> None:
    made = context(safe_word="marmalade")
    made = replace(made, school=replace(made.school, name="St {{ safe_word }} {# x"))
    parts = contents(room.render(form("x", change=with_place), made, MADE, picture(9, 9)))
    assert not any(b"marmalade" in content for content in parts.values())


@pytest.mark.parametrize("text", ["{# {{p safe_word }} #}", "{# {{ #} {{ reference }}", "{# </w:t> #}", "{# 5 % #}"])
def test_a_comment_holds_nothing_that_could_become_a_tag_or_word_of_its_own(form: Build, text: str) -> None:
    assert "A comment holds" in " ".join(problem.message for problem in preflight(form(text)))


def test_a_sign_that_marks_are_made_of_is_refused(form: Build) -> None:
    assert "U+FDD0" in " ".join(problem.message for problem in preflight(form("a\ufdd2")))


def as_docxtpl(entry: FormEntry, made: Any) -> None:
    """Hold a form that is compiled against docxtpl."""
    ready = room._ready(entry, entry.file.read_bytes(), b"", "A school")
    assert ready.filler is not None
    values = asdict(made)
    assert canonical(contents(ready.fill(values, CORE))) == canonical(contents(ready._by_docxtpl(values, CORE, "")))


def test_names_that_only_the_body_declares_stay_declared(form: Build, context: Any) -> None:
    w15 = b'xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml"'

    def change(data: bytes) -> bytes:
        control = b"<w:sdt><w:sdtPr><w15:color w:val='FF0000'/></w:sdtPr><w:sdtContent><w:p/></w:sdtContent></w:sdt>"
        assert w15 not in data
        return data.replace(b"<w:body>", b"<w:body " + w15 + b">" + control)

    as_docxtpl(form("{{ reference }}", parts={"word/document.xml": change}), context())


def test_notes_may_begin_with_a_byte_order_mark(form: Build, context: Any) -> None:
    entry = form("x", change=lambda document: add_footnotes(document, "See {{ reference }}"))
    path = "word/footnotes.xml"
    entry.file.write_bytes(edited(entry.file.read_bytes(), {path: lambda data: b"\xef\xbb\xbf" + data}))
    as_docxtpl(entry, context())


def test_a_colour_with_a_line_break_in_it_breaks_no_tag(form: Build, context: Any) -> None:
    entry = form("{{ title }}", rows=("{% cellbg reference %}x",))
    as_docxtpl(entry, context(reference="one\ntwo\nthree", title="four\nfive"))


def test_columns_without_any_width_stay(form: Build, context: Any) -> None:
    def change(document: Any) -> None:
        table = document.add_table(rows=1, cols=3)
        for column in table._tbl.tblGrid:
            column.set(qn("w:w"), "0")
        for cell, text in zip(
            table.rows[0].cells, ("{%tc for item in hazards %}", "{{ item.name }}", "{%tc endfor %}"), strict=True
        ):
            cell.text = text

    as_docxtpl(form("x", change=change), context(hazards=context().hazards * 3))


def test_a_prompt_with_tags_in_several_paragraphs_is_told_of(form: Build, context: Any) -> None:
    entry = form("x", change=at_the_end(a_prompt("Say", "{%p if hazards %}", "x", "{%p endif %}")))
    with pytest.raises(room.FormFault, match=r"answer\.x.*several paragraphs"):
        room.render(entry, context(), MADE)


def test_fields_and_prompts_read_back_wherever_they_stand_and_whatever_they_are_called(
    form: Build, context: Any, tmp_path: Path
) -> None:
    """In a footnote too, and with a sign that HTML takes for another than XML does."""
    note = '<w:sdt><w:sdtPr><w:tag w:val="sign.n"/></w:sdtPr><w:sdtContent><w:p/></w:sdtContent></w:sdt>'
    count = (
        f"<w:sdt {nsdecls('w')}><w:sdtPr><w:tag w:val='form.count'/><w:text/></w:sdtPr><w:sdtContent>"
        "<w:p><w:r><w:t>0</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )

    def change(document: Any) -> None:
        add_footnotes(document, "See {{ reference }}")
        for element in (parse_xml(count), a_prompt("{{ title }}: say &#146;what&#146;", tag="sign.It&#146;s")):
            document.element.body.insert(0, element)

    entry = form("x", change=change)
    path = "word/footnotes.xml"
    entry.file.write_bytes(
        edited(
            entry.file.read_bytes(),
            {path: lambda data: data.replace(b"</w:footnote>", note.encode() + b"</w:footnote>")},
        )
    )
    made = tmp_path / "made.docx"
    made.write_bytes(room.render(entry, context(title="A & B"), MADE))
    read = read_fields(made)
    assert [problem.code for problem in read.problems] == []
    assert [control.prompts for control in read.controls if control.tag.startswith("sign.It")] == [True]


def test_properties_stand_in_the_part_that_the_file_has_for_them(form: Build, context: Any) -> None:
    entry = form("{{ reference }}")
    odd = "package/services/metadata/core-properties/x.psmdcp"
    data = contents(entry.file.read_bytes())
    data[odd] = data.pop("docProps/core.xml")
    for name in ("[Content_Types].xml", "_rels/.rels"):
        data[name] = data[name].replace(b"docProps/core.xml", odd.encode())
    entry.file.write_bytes(joined(packed(name, content) for name, content in data.items()))
    parts = contents(room.render(entry, context(), MADE))
    assert b"<dc:title>" in parts[odd]
    assert "docProps/core.xml" not in parts
    as_docxtpl(entry, context())


@pytest.mark.parametrize("package", ["riskgen.core", "riskgen.files", "riskgen.forms", "docxtpl", "docx", "jinja2"])
def test_a_form_that_another_edition_of_the_code_made_ready_is_not_taken(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room._editions.cache_clear()
    before = room._editions()
    stamp = room.disk._stamp
    monkeypatch.setattr(room.disk, "_stamp", lambda name: "another" if name == package else stamp(name))
    room._editions.cache_clear()
    assert room._editions() != before
    monkeypatch.undo()
    room._editions.cache_clear()


@pytest.mark.parametrize("about", ["[]", '{"main": "a", "core": "b", "nested": false, "order": 3}', "{}"])
def test_a_kept_form_that_is_none_is_as_if_none_had_been_kept(about: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Compiled.from_bytes(joined([packed("compiled.json", about.encode())]))


@pytest.mark.parametrize("tree", ['{"Template": ["x"]}', '{"Import": []}', "[]", "{", '{"Not": [' * 100_000])
def test_a_kept_form_whose_tree_is_none_is_made_anew(
    tree: str, form: Build, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = form("{{ reference }}")
    wanted = room.render(entry, context(), MADE)
    room._ready.cache_clear()
    parts = contents(compile_form(prepared(entry.file.read_bytes(), b"", "A school"), environment()).to_bytes())
    parts["tree/word/document.xml"] = tree.encode()
    spoilt = joined(packed(name, content) for name, content in parts.items())
    monkeypatch.setattr(room.disk, "kept", lambda key: spoilt)
    assert room.render(entry, context(), MADE) == wanted


def nested_with(element: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        nested_tables(document)
        document.element.body.insert(0, element)

    return change


def test_a_prompt_that_docxtpl_fills_in_has_the_seal_of_what_it_says(form: Build, context: Any, tmp_path: Path) -> None:
    entry = form("x", change=nested_with(a_prompt("Say {{ title }}", tag="sign.x")))
    assert room._ready(entry, entry.file.read_bytes(), b"", "A school").filler is None
    made = tmp_path / "made.docx"
    made.write_bytes(room.render(entry, context(title="{curly} & more"), MADE))
    (control,) = read_fields(made).controls
    assert is_prompt(control_text(made))
    assert control.prompts


def control_text(path: Path) -> str:
    control = next(Document(str(path)).element.body.iter(qn("w:sdt")))
    return "".join(item.text or "" for item in control.iter(qn("w:t")))


def test_a_form_that_is_handed_out_blank_keeps_no_mark_in_its_notes() -> None:
    document = Document()
    add_footnotes(document, "note")
    (notes,) = (part for part in document.part.package.iter_parts() if part.partname == "/word/footnotes.xml")
    field = (
        b"<w:sdt><w:sdtPr><w:tag w:val='sign.n'/><w:id w:val='3'/></w:sdtPr><w:sdtContent><w:p/></w:sdtContent></w:sdt>"
    )
    notes._blob = notes.blob.replace(b"</w:footnote>", field + b"</w:footnote>")
    parts = contents(as_handed_out(document))
    assert b'w:val="sign.n"' in parts["word/footnotes.xml"]
    assert not any(
        "\ufdd2".encode() in content or b"\x0e" in content for name, content in parts.items() if name.endswith(".xml")
    )
