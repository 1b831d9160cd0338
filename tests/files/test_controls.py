"""The fields of a Word form: what each shows and holds, and where the two are at odds."""

import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from handed_in import block, box, changed, choice, day, document, field, fill, prompt, run
from libreoffice import through_libreoffice

from riskgen.files import controls
from riskgen.files.controls import Control, Fields, Kind, fields_print, read_fields
from riskgen.files.text import PROMPT_MARK, as_prompt

Write = Callable[..., Path]


@pytest.fixture
def form(tmp_path: Path) -> Write:
    def write(*body: str, header: str = "", data: bytes = b"") -> Path:
        path = tmp_path / "form.docx"
        path.write_bytes(data or document(*body, header=header))
        return path

    return write


def only(path: Path) -> Control:
    found = read_fields(path)
    assert found.problems == ()
    (control,) = found.controls
    return control


def codes(found: Fields) -> list[str]:
    return [problem.code for problem in found.problems]


# --- what a field shows ---------------------------------------------------------------------------


def test_fields_come_in_the_order_of_the_document_and_those_of_the_header_last(form: Write) -> None:
    path = form(
        field("answer.b", shows=run("two")),
        choice("answer.a", "Yes", "No", shows="No"),
        header=field("form.reference", shows=run("RA-2026-0001")),
    )
    found = read_fields(path)
    assert [(each.tag, each.text) for each in found.controls] == [
        ("answer.b", "two"),
        ("answer.a", "No"),
        ("form.reference", "RA-2026-0001"),
    ]
    assert [each.tag for each in found.of("answer.")] == ["answer.b", "answer.a"]


def test_every_kind_is_known(form: Write) -> None:
    path = form(
        field("a.text"),
        block("a.block", run("x")),
        choice("a.list", "x"),
        choice("a.combo", "x", kind="comboBox"),
        day("a.date"),
        box("a.box"),
        '<w:sdt><w:sdtPr><w:tag w:val="a.group"/><w:group/></w:sdtPr><w:sdtContent>'
        f"{field('a.inner', shows=run('in it'))}</w:sdtContent></w:sdt>",
        "<w:sdt><w:sdtPr><w:docPartObj/></w:sdtPr><w:sdtContent><w:p/></w:sdtContent></w:sdt>",
    )
    found = read_fields(path)
    assert {each.tag: each.kind for each in found.controls} == {
        "a.text": Kind.TEXT,
        "a.block": Kind.TEXT,
        "a.list": Kind.LIST,
        "a.combo": Kind.COMBO,
        "a.date": Kind.DATE,
        "a.box": Kind.TICK,
        "a.inner": Kind.TEXT,
    }


def test_a_field_that_is_filled_in_and_has_lost_its_tag_is_a_fault(form: Write) -> None:
    kept = field("a", shows=run("x"))
    for lost in (field("", shows=run("Yes"), title="Violence"), box("", ticked=True, title="Violence")):
        (problem,) = read_fields(form(kept, lost)).problems
        assert problem.code == "form-untagged"
        assert "field 'Violence'" in problem.path
    quiet = (field("", title="Empty"), field("", shows=run("Not recorded")), box(""))
    around = f"<w:sdt><w:sdtPr/><w:sdtContent>{field('b', shows=run('y'))}</w:sdtContent></w:sdt>"
    assert read_fields(form(kept, *quiet, around)).problems == ()


@pytest.mark.parametrize(
    ("tags", "whole"),
    [
        (("a", "b", "b", "form.count"), True),
        (("b", "a", "form.count", "b"), True),
        (("a", "b", "form.count"), False),
        (("a", "b", "b", "b", "form.count"), False),
        (("a", "a", "b", "form.count"), False),
        (("a", "b", "b", "c", "form.count"), False),
        (("a", "b", "b"), False),
    ],
)
def test_a_form_with_other_fields_than_it_was_written_with_is_not_whole(
    form: Write, tags: tuple[str, ...], whole: bool
) -> None:
    fields = [field(tag, shows=run("x")) for tag in ("a", "b", "b")]
    path = form(*fields, header=field("form.count", shows=run(fields_print(tags))))
    assert codes(read_fields(path)) == ([] if whole else ["form-fields-gone"])


@pytest.mark.parametrize("says", ["3", "many", "three 1a2b3c4d", "3 1a2b3c4d"])
def test_a_form_that_does_not_say_clearly_which_fields_it_has_is_not_whole(form: Write, says: str) -> None:
    path = form(field("a", shows=run("x")), field("b"), header=field("form.count", shows=run(says)))
    assert codes(read_fields(path)) == ["form-fields-gone"]


ACTION = ("record.action_what", "record.action_who", "record.action_by")


@pytest.mark.parametrize(
    ("now", "whole"),
    [
        ((*ACTION * 2, "day.check_in_at", "a"), True),
        ((*ACTION * 3, *["day.check_in_at"] * 3, "a"), True),
        ((*ACTION * 3, "day.check_in_at"), False),  # a field lost, and a row doubled
        ((*ACTION, ACTION[0], ACTION[2], "day.check_in_at", "a"), False),
        ((*ACTION * 2, ACTION[0], ACTION[2], "day.check_in_at", "a"), False),
        ((*ACTION, "day.check_in_at", "a"), False),
        ((*ACTION * 2, "a"), False),
    ],
)
def test_people_may_add_rows_and_lose_no_field(form: Write, now: tuple[str, ...], whole: bool) -> None:
    then = fields_print((*ACTION * 2, "day.check_in_at", "a", "form.count"))
    path = form(*map(field, now), header=field("form.count", shows=run(then)))
    assert codes(read_fields(path)) == ([] if whole else ["form-fields-gone"])


def test_a_field_that_shows_its_prompt_is_empty(form: Write) -> None:
    control = only(form(field("a", title="Who goes")))
    assert (control.prompts, control.text, control.title) == (True, "", "Who goes")


def test_an_entry_of_a_list_that_stands_for_no_choice_is_empty(form: Write) -> None:
    kind = '<w:dropDownList><w:listItem w:displayText="Choose" w:value=""/><w:listItem w:value="x"/></w:dropDownList>'
    assert only(form(field("a", kind, run("Choose")))).text == ""
    chosen = only(form(field("a", kind, run("x"))))
    assert (chosen.text, chosen.value, chosen.options) == ("x", "x", ("Choose", "x"))


@pytest.mark.parametrize(
    ("shows", "text"),
    [
        ("<w:r><w:t>one</w:t><w:br/><w:t>two</w:t><w:cr/><w:t>three</w:t></w:r>", "one\ntwo\nthree"),
        ("<w:r><w:t>a</w:t></w:r><w:r><w:t>b</w:t><w:tab/><w:t>c</w:t></w:r>", "ab\tc"),
        ("<w:r><w:t>kept</w:t></w:r><w:del><w:r><w:delText> gone</w:delText></w:r></w:del>", "kept"),
        ("<w:r><w:t>kept</w:t></w:r><w:ins><w:r><w:t> added</w:t></w:r></w:ins>", "kept added"),
        ("<w:moveFrom><w:r><w:t>x</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>y</w:t></w:r></w:moveTo>", "y"),
        ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:t>seen</w:t></w:r>", "seen"),
        ("<w:r><w:t>R</w:t><w:noBreakHyphen/><w:t>1</w:t></w:r>", "R\u20111"),
        ("<w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink>", "link"),
        ("<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>7</w:t></w:r>", "7"),
    ],
)
def test_text_is_what_somebody_sees(form: Write, shows: str, text: str) -> None:
    assert only(form(field("a", shows=shows))).text == text


def test_paragraphs_come_back_as_lines_with_the_empty_ones(form: Write) -> None:
    assert only(form(block("a", run("one"), "", run("three")))).text == "one\n\nthree"


def test_a_line_whose_end_was_deleted_goes_on(form: Write) -> None:
    joined = f'<w:pPr><w:rPr><w:del w:id="1" w:author="x"/></w:rPr></w:pPr>{run("one ")}'
    assert only(form(block("a", joined, run("two")))).text == "one two"


def test_a_deleted_row_and_a_deleted_field_are_not_there(form: Write) -> None:
    row = "<w:tbl><w:tr>{}<w:tc>{}</w:tc></w:tr></w:tbl>"
    gone = row.format('<w:trPr><w:del w:id="1" w:author="x"/></w:trPr>', field("a", shows=run("gone")))
    assert only(form(gone, row.format("", field("a", shows=run("kept"))))).text == "kept"


def test_a_copy_for_older_programs_is_not_read_twice(form: Write) -> None:
    both = "<mc:Choice Requires='wps'>{0}</mc:Choice><mc:Fallback>{0}</mc:Fallback>".format(
        field("a", shows=run("once"))
    )
    assert only(form(f"<mc:AlternateContent>{both}</mc:AlternateContent>")).text == "once"


def test_the_prompt_of_a_field_inside_another_is_no_text_of_the_outer_one(form: Write) -> None:
    inner = field("b").removeprefix("<w:p>").removesuffix("</w:p>")
    found = read_fields(form(block("a", run("said ") + inner)))
    assert [each.text for each in found.controls] == ["said ", ""]


@pytest.mark.parametrize(
    "text",
    [
        'Tom & Jerry <risk> "O\'Brien" ]]> </w:t>',
        "{{7*7}} {% x %} {# y #}",
        "👨‍👩‍👧 😀 می‌خواهم منزل علی",
        "one\ntwo\n\nfour",
        "x" * 5000,
        "\u202eltr",
    ],
)
def test_what_was_typed_comes_back_as_typed(form: Write, text: str) -> None:
    data = fill(document(field("a", '<w:text w:multiLine="1"/>')), {"a": text})
    assert only(form(data=data)).text == text


def test_a_field_filled_with_windows_line_ends_has_lines(form: Write) -> None:
    assert only(form(data=fill(document(field("a")), {"a": "one\r\ntwo"}))).text == "one\ntwo"


def test_a_title_that_cannot_be_printed_gives_way_to_the_tag(form: Write) -> None:
    assert only(form(field("answer.a", shows=run("x"), title="bad\u0085\u0090"))).title == "answer.a"
    assert len(only(form(field("a", shows=run("x"), title="long " * 99))).title) <= controls.LONGEST_TITLE


# --- dates and ticks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shows", "held", "picture"),
    [
        ("2 December 2026", "2026-12-02T00:00:00Z", "d MMMM yyyy"),
        ("Wednesday 2 December 2026", "2026-12-02T00:00:00Z", "dddd d MMMM yyyy"),
        ("02/12/2026", "2026-12-02T00:00:00Z", "dd/MM/yyyy"),
        ("2 Dec 26", "2026-12-02T00:00:00Z", "d MMM yy"),
        ("2 December 2026", "2026-12-02T00:00:00", "d MMMM yyyy"),
    ],
)
def test_a_date_that_shows_what_it_holds_is_sound(form: Write, shows: str, held: str, picture: str) -> None:
    control = only(form(day("a", shows, held, picture=picture)))
    assert (control.text, control.moment) == (shows, datetime(2026, 12, 2))


@pytest.mark.parametrize(
    ("shows", "held"),
    [
        ("3 December 2026", "2026-12-02T00:00:00Z"),
        ("soon", "2026-12-02T00:00:00Z"),
        ("2 December 2026", "not a date"),
        ("Not recorded", "2026-12-02T00:00:00Z"),
    ],
)
def test_a_date_that_shows_another_than_it_holds_is_a_fault(form: Write, shows: str, held: str) -> None:
    found = read_fields(form(day("a", shows, held, title="By which day")))
    assert codes(found) == ["form-date"]
    assert "field 'By which day'" in found.problems[0].path
    assert shows not in found.problems[0].message


def test_a_date_that_was_typed_and_never_picked_is_what_it_shows(form: Write) -> None:
    control = only(form(day("a", "2/12/2026")))
    assert (control.text, control.moment) == ("2/12/2026", None)


def test_the_prompt_of_a_date_hides_what_it_held_before(form: Write) -> None:
    held = field("a", '<w:date w:fullDate="2026-12-02T00:00:00Z"/>', prompt("day month year"), prompts=True)
    control = only(form(held))
    assert (control.text, control.moment) == ("", None)


@pytest.mark.parametrize(("ticked", "mark"), [(True, "\u2612"), (True, "\u2611"), (False, "\u2610")])
def test_a_box_that_shows_its_state_is_sound(form: Write, ticked: bool, mark: str) -> None:
    assert only(form(box("a", ticked, mark))).ticked is ticked


@pytest.mark.parametrize(
    ("ticked", "mark"), [(False, "\u2612"), (False, "\u2611"), (True, "\u2610"), (True, "yes"), (True, "  ")]
)
def test_a_box_whose_mark_and_state_disagree_is_a_fault(form: Write, ticked: bool, mark: str) -> None:
    found = read_fields(form(box("a", ticked, mark, title="Nothing further")))
    assert codes(found) == ["form-tick"]
    assert "field 'Nothing further'" in found.problems[0].path
    assert "save the form" in found.problems[0].hint


def test_a_form_may_have_marks_of_its_own(form: Write) -> None:
    wing = '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>'
    kind = (
        '<w14:checkbox><w14:checked w14:val="1"/><w14:checkedState w14:val="00FE" w14:font="Wingdings"/></w14:checkbox>'
    )
    assert only(form(field("a", kind, wing))).ticked is True
    assert codes(read_fields(form(box("a", True, "\u2610", state="2610")))) == ["form-tick"]


def test_a_text_that_is_not_in_its_list_is_a_fault_unless_the_list_takes_others(form: Write) -> None:
    found = read_fields(form(choice("a", "Yes", "No", shows="Maybe Tom", title="Is it so")))
    assert codes(found) == ["form-list"]
    assert "Tom" not in found.problems[0].message + found.problems[0].hint + found.problems[0].path
    assert only(form(choice("a", "Yes", "No", shows="Maybe", kind="comboBox"))).text == "Maybe"


def test_faults_are_told_for_the_fields_that_are_read(form: Write) -> None:
    found = read_fields(form(box("sign.kept", False, "\u2612"), choice("answer.a", "Yes", shows="No")))
    assert [each.field for each in found.faults("answer.")] == ["answer.a"]
    assert [each.field for each in found.faults("sign.")] == ["sign.kept"]


# --- documents that cannot be read ----------------------------------------------------------------


def test_a_document_without_fields_is_refused(form: Write) -> None:
    found = read_fields(form("<w:p/>"))
    assert codes(found) == ["form-no-fields"]
    assert found.controls == ()


def test_a_form_whose_fields_have_lost_their_names_is_refused(form: Write) -> None:
    found = read_fields(form(field("", shows=run("x")), choice("", "Yes", shows="Yes")))
    assert codes(found) == ["form-no-tags"]
    assert "LibreOffice 7.4" in found.problems[0].message
    assert "24.2" in found.problems[0].hint


def test_a_form_saved_by_libreoffice_7_4_is_refused_with_the_reason(form: Write, soffice: str, tmp_path: Path) -> None:
    path = form(
        field("form.reference", shows=run("RA-2026-0001")),
        field("answer.a", shows=run("x"), title="A"),
        choice("answer.b", "Yes", "No", shows="Yes"),
        day("answer.c"),
        box("answer.d", True),
    )
    saved = read_fields(through_libreoffice(soffice, path, tmp_path / "saved"))
    if saved.controls:
        pytest.skip("this LibreOffice keeps the names of the fields")
    assert codes(saved) == ["form-no-tags"]


def test_whole_paragraphs_that_libreoffice_made_other_fields_of_are_refused_with_the_same_reason(
    form: Write, soffice: str, tmp_path: Path
) -> None:
    path = form(block("answer.a", run("one"), run("two")), field("answer.b", shows=run("x")))
    saved = read_fields(through_libreoffice(soffice, path, tmp_path / "saved"))
    if saved.controls:
        pytest.skip("this LibreOffice keeps the names of the fields")
    assert "form-no-tags" in codes(saved)
    assert not any("FILLIN" in problem.message for problem in saved.problems)


def test_a_strict_document_is_named_as_one(form: Write) -> None:
    strict = changed(
        document(field("a", shows=run("x"))),
        lambda name: name == "word/document.xml",
        lambda content: content.replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        ),
    )
    assert codes(read_fields(form(data=strict))) == ["form-strict"]


def test_a_missing_file_is_not_looked_for_among_the_forms_of_the_school(tmp_path: Path) -> None:
    (problem,) = read_fields(tmp_path / "nowhere.docx").problems
    assert problem.message == "There is no such file."
    assert "forms.yaml" not in problem.hint


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old .doc format, or it has a password"),
        (b"PK\x03\x04" + b"\0" * 50, "damaged"),
        (b"{\\rtf1}", "not a Word document"),
    ],
)
def test_other_kinds_of_file_are_named(form: Write, content: bytes, words: str) -> None:
    (problem,) = read_fields(form(data=content)).problems
    assert words in problem.message


@pytest.mark.parametrize("bad", [b"&#1;", b"&#xD800;", b"&#xFFFE;", b"\xed\xa0\x80", b"\x08"])
def test_characters_that_xml_cannot_hold_make_a_damaged_file(form: Write, bad: bytes) -> None:
    broken = changed(
        document(field("a", shows=run("PLACE"))),
        lambda name: name == "word/document.xml",
        lambda content: content.replace(b"PLACE", bad),
    )
    assert codes(read_fields(form(data=broken))) == ["form-damaged"]


def test_entities_are_never_expanded(form: Write) -> None:
    bomb = changed(
        document(field("a", shows=run("PLACE"))),
        lambda name: name == "word/document.xml",
        lambda content: b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + content.replace(b"PLACE", b"&e;"),
    )
    assert codes(read_fields(form(data=bomb))) == ["form-doctype"]


def test_fields_within_fields_cannot_fill_the_memory(form: Write) -> None:
    nest = f"<w:p>{run('x' * 10)}</w:p>"
    for number in range(controls.DEEPEST_FIELD + 1):
        tag = f'<w:sdtPr><w:tag w:val="a{number}"/></w:sdtPr>'
        nest = f"<w:sdt>{tag}<w:sdtContent>{nest}</w:sdtContent></w:sdt>"
    found = read_fields(form(nest))
    assert (codes(found), found.controls) == (["form-size"], ())


def test_a_form_of_thousands_of_fields_is_refused(form: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controls, "MOST_FIELDS", 3)
    assert codes(read_fields(form(*[field("a")] * 3))) == []
    assert codes(read_fields(form(*[field("a")] * 4))) == ["form-size"]


def test_a_date_that_word_fills_in_reads_back_as_it(form: Write) -> None:
    data = fill(document(day("a"), box("b")), {"a": date(2026, 12, 2), "b": True})
    found = read_fields(form(data=data))
    assert found.problems == ()
    assert (found.controls[0].moment, found.controls[1].ticked) == (datetime(2026, 12, 2), True)


def test_a_list_that_shows_a_choice_and_is_stored_as_showing_its_prompt_is_a_fault(form: Write) -> None:
    chosen = choice("x.y", "Yes", "No", shows="Yes", title="A concern")
    assert codes(read_fields(form(chosen))) == []
    items = '<w:dropDownList><w:listItem w:value="Yes"/></w:dropDownList>'
    for shows, found in ((prompt("Yes"), ["form-prompt"]), (prompt("Choose"), [])):
        assert codes(read_fields(form(field("x.y", items, shows, prompts=True)))) == found


# --- prompts ----------------------------------------------------------------------------------------

MARKED = as_prompt("Click to write")


def test_a_prompt_of_the_stock_forms_is_one_also_where_its_flag_was_dropped(form: Write) -> None:
    for shows in (prompt(MARKED), run(MARKED), run(MARKED[:5]) + run(MARKED[5:])):
        control = only(form(field("a", shows=shows)))
        assert (control.prompts, control.text) == (True, "")
    dated = only(form(day("a", as_prompt("day month year"))))
    listed = only(form(choice("a", "Yes", "No", shows=MARKED)))
    assert (dated.text, dated.moment, listed.text, listed.value) == ("", None, "", "")
    inner = field("b", shows=run(MARKED)).removeprefix("<w:p>").removesuffix("</w:p>")
    assert [each.text for each in read_fields(form(block("a", run("said ") + inner))).controls] == ["said ", ""]


@pytest.mark.parametrize("flagged", [True, False])
@pytest.mark.parametrize("styled", [True, False])
def test_what_was_typed_between_the_marks_of_a_prompt_is_a_fault(form: Write, flagged: bool, styled: bool) -> None:
    look = prompt if styled else run
    seal = MARKED.removeprefix(f"{PROMPT_MARK}Click to write")
    inside = [f"{PROMPT_MARK}Yes{PROMPT_MARK}", f"{PROMPT_MARK}Yes{seal}", f"{MARKED[:-1]} Yes{PROMPT_MARK}"]
    items = '<w:dropDownList><w:listItem w:value="Yes"/><w:listItem w:value="No"/></w:dropDownList>'
    for text in (*inside, MARKED.replace("write", "say")):
        for kind in ("<w:text/>", items):
            found = read_fields(form(field("answer.a", kind, look(text), "Address", flagged)))
            assert "form-prompt" in codes(found)
            assert all("field 'Address'" in each.path for each in found.problems)
            assert all("Yes" not in each.message + each.hint for each in found.problems)
    assert codes(read_fields(form(field("answer.a", shows=look(MARKED), prompts=flagged)))) == []


def test_a_prompt_is_one_whatever_spaces_a_program_puts_into_it(form: Write) -> None:
    shows = MARKED.replace("Click to", "Click\u00a0 to")
    assert only(form(field("a", shows=run(shows)))).prompts


def test_a_date_that_was_picked_and_still_shows_its_prompt_is_a_fault(form: Write) -> None:
    assert codes(read_fields(form(day("a", MARKED, "2026-12-02T00:00:00Z")))) == ["form-date"]


@pytest.mark.parametrize(
    "text", [f"{MARKED}1 Example Street", f"1 Example Street{MARKED}", f"{PROMPT_MARK}1 Example", f"1{PROMPT_MARK}2"]
)
def test_what_stands_beside_a_prompt_or_a_part_of_it_is_a_fault(form: Write, text: str) -> None:
    found = read_fields(form(field("answer.a", shows=run(text), title="Address")))
    assert codes(found) == ["form-prompt"]
    assert "field 'Address'" in found.problems[0].path
    assert "Example" not in found.problems[0].message + found.problems[0].hint


def test_what_was_typed_while_the_flag_of_the_prompt_stayed_is_a_fault(form: Write) -> None:
    for tag, code in (("answer.a", "form-prompt"), ("", "form-untagged")):
        typed = field(tag, shows=run("1 Example Street"), title="Address", prompts=True)
        (problem,) = read_fields(form(field("b", shows=run("x")), typed)).problems
        assert (problem.code, "field 'Address'" in problem.path) == (code, True)
        assert "Example" not in problem.message + problem.hint
    both = field("a", shows=prompt("Click here") + run("1 Example Street"), prompts=True)
    assert codes(read_fields(form(both))) == ["form-prompt"]


def test_a_prompt_is_known_by_its_style_whatever_its_id_and_its_words(form: Write) -> None:
    names = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    style = '<w:style w:type="character" w:styleId="Testun"><w:name w:val="Placeholder Text"/></w:style>'
    styles = {"word/styles.xml": f"<w:styles {names}>{style}</w:styles>"}
    own = field("a", shows=prompt("Rhowch").replace("PlaceholderText", "Testun"), prompts=True)
    assert codes(read_fields(form(data=document(own, parts=styles)))) == []
    assert codes(read_fields(form(own))) == ["form-prompt"]
    assert codes(read_fields(form(data=fill(document(field("a", shows=run("x"))), {"a": ""})))) == []
