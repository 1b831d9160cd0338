"""Every fault of a form is found before it is filled in, and named with the words near it."""

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from riskgen.forms.catalogue import FormEntry
from riskgen.forms.preflight import preflight

Build = Callable[..., FormEntry]
W14 = " xmlns:w14='http://schemas.microsoft.com/office/word/2010/wordml'"


def said(entry: FormEntry) -> str:
    return "\n".join(f"{problem.code}: {problem.message} {problem.hint}" for problem in preflight(entry))


def test_a_sound_form_has_no_fault(form: Build) -> None:
    entry = form(
        "{{ reference }} {% if copy.office %}{{ safe_word }}{% else %}{{ safe_word }}{% endif %}",
        "{%p if not hazards or decision.id == 'refer' and policy.review_overdue %}",
        "{{ decision.outcome }}",
        "{%p elif decision.id != “proceed” %}",
        "{%p else %}",
        "{%p endif %}",
        "{# a note for whoever edits the form #} 100% of {these} }",
        rows=(
            "{%tr for hazard in hazards %}",
            (
                "{% cellbg hazard.residual.colour %}{{ hazard.name }}: "
                "{% for line in hazard.because %}{{ line.text }}{% endfor %}"
            ),
            "{%tr endfor %}",
        ),
        header="{{ school.name }}",
        footer="{{policy.edition}}",
        secret=True,
        mandatory=("reference", "hazards[].name", "hazards", "decision.outcome"),
    )
    assert said(entry) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "Child: {{ child.nmae }}",
            "child has no field 'nmae'. It stands near 'Child: {{ child.nmae }}'. Did you mean child.name?",
        ),
        ("{{ chid.name }}", "'chid' is not a field. It stands near '{{ chid.name }}'. Did you mean child?"),
        ("{{ purpose }}", "Did you mean visit.purpose?"),
        ("{{ zzz }}", "riskgen fields lists every field"),
        ("{{ hazards }}", "hazards is a list"),
        ("{{ hazards.name }}", "'name' belongs to its entries"),
        ("{{ visit }}", "visit is a group of fields"),
        ("{{ copy.office }}", "copy.office is yes or no"),
        ("{{ reference.length }}", "reference is a single field"),
        ("{% if reference %}x{% endif %}", "reference is never empty"),
        ("{% if copy.ofice %}x{% endif %}", "copy has no field 'ofice'"),
        ("{% if hazards == 'x' %}x{% endif %}", "hazards is not text"),
        ("{% if decision.id in ['refer'] %}x{% endif %}", "only by == or !="),
        ("{% if decision.id == reference %}x{% endif %}", "only by == or !="),
        ("{% if decision.id == 'a' == 'b' %}x{% endif %}", "only by == or !="),
        ("{% for a in visit %}x{% endfor %}", "visit is not a list"),
        ("{% for a in reference %}x{% endfor %}", "reference is not a list"),
        ("{% for visit in hazards %}x{% endfor %}", "already stands for something else"),
        ("{% for a, b in hazards %}x{% endfor %}", "one thing only"),
        ("{% for a in hazards if copy.office %}x{% endfor %}", "may not have a condition"),
        ("{% for a in hazards recursive %}x{% endfor %}", "may not have a condition"),
        (
            "{% for a in hazards %}{% for b in hazards %}x{% endfor %}{% endfor %}",
            "only over a list of a, not over hazards",
        ),
        (
            "{% for a in steps %}{% for b in a.rows %}{% for c in a.rows %}x{% endfor %}{% endfor %}{% endfor %}",
            "only over a list of b, not over a.rows",
        ),
        ("{{ cycler.__init__.__globals__.os.popen('id') }}", "not a call"),
        ("{{ cycler }}", "'cycler' is not a field"),
        ("{{ self }}", "'self' is not a field"),
        ("{{ reference.__class__ }}", "has no '__class__'"),
        ("{{ visit.__class__ }}", "visit has no field '__class__'"),
        ("{{ reference | upper }}", "not a filter"),
        ("{{ reference + reference }}", "not this"),
        ("{{ 7*7 }}", "not this"),
        ("{{ 'x' * 10000000 }}", "not this"),
        ("{{ 'fixed' }}", "not a fixed value"),
        ("{{ hazards[0].name }}", "not square brackets"),
        ("{{ reference if copy.office }}", "not 'if' inside a field"),
        ("{% if range(10) %}x{% endif %}", "not a call"),
        ("{% for a in range(1000000) %}x{% endfor %}", "not a call"),
        ("{% if hazards is defined %}x{% endif %}", "not an 'is' test"),
        ("{% set x = 1 %}", "not a tag that forms know"),
        ("{% macro x() %}{% endmacro %}", "not a tag that forms know"),
        ("{% include 'x' %}", "not a tag that forms know"),
        ("{% raw %}{{ x }}{% endraw %}", "not a tag that forms know"),
        ("{% vm %}", "not a tag that forms know"),
        ("{% colspan 2 %}", "not a tag that forms know"),
        ("{%- if copy.office %}x{%- endif %}", "no {%- or -%}"),
        ("{{r visit.purpose }}", "would insert raw Word text"),
        ("{{p visit.purpose }}", "would insert raw Word text"),
        ("Name {{child.name} and more", "A tag is not closed, or not opened, near 'Name {{child.name} and more'"),
        ("child.name }} and more", "near 'child.name }} and more'"),
        ("{% if copy.office }x", "not closed"),
        ("{_{ reference }_}", "not closed"),
        ("Name: {child.name}", "'{child.name}' would be printed as it is"),
        ("{{ child..name }}", "'{{ child..name }}' cannot be read"),
        ("{{ child name }}", "cannot be read"),
        ("{{ }}", "cannot be read"),
        ("{% if %}x{% endif %}", "'{% if %}' cannot be read"),
        ("{% for hazard of hazards %}{{ hazard.name }}{% endfor %}", "'{% for hazard of hazards %}' cannot be read"),
        ("{% if copy.office %}x", "'{% if copy.office %}' is never closed"),
        ("x{% endif %}", "'{% endif %}' closes nothing"),
        ("{% else %}", "'{% else %}' closes nothing"),
        ("{% for a in hazards %}{% endif %}", "'{% endif %}' closes nothing"),
        ("{% for a in hazards %}x{% elif copy.office %}{% endfor %}", "'{% elif copy.office %}' closes nothing"),
        ("{%p if copy.office %}..{%p endif %}", "there are 2 such tags in it"),
        ("{%p if copy.office %} and more", "must stand alone in its paragraph, but there is something else"),
        ("{%tr for hazard in hazards %}", "stands outside a table"),
        ("{% cellbg decision.colour %}", "stands outside a table"),
        ("{% tr for hazard in hazards %}", "has a space too many"),
        ("{% p if copy.office %}", "has a space too many"),
        ('{%p if decision.id == "50%" %}', "may not hold % or curly brackets inside"),
    ],
)
def test_what_is_wrong_is_said(form: Build, text: str, words: str) -> None:
    assert words in said(form(text))


def test_a_fault_is_found_in_a_branch_not_taken_and_inside_loops(form: Build) -> None:
    found = said(
        form(
            "{% if copy.office %}{% else %}{{ child.nmae }}{% endif %}",
            "{% for hazard in hazards %}{% for line in hazard.because %}{{ line.txt }}{% endfor %}"
            "{% else %}{{ hazrds }}{% endfor %}",
        )
    )
    assert "child.name" in found
    assert "Did you mean line.text?" in found
    assert "Did you mean hazards?" in found


def test_all_faults_come_at_once_each_with_its_part(form: Build) -> None:
    entry = form(
        "{{ a1 }} {{ b.c }",
        "{{ child.nmae }}",
        header="{{ schol.name }}",
        footer="{{ polcy.name }}",
        mandatory=("reference",),
    )
    problems = preflight(entry)
    text = "\n".join(problem.message for problem in problems)
    assert len(problems) == 6
    for words in (
        "In the text: 'a1'",
        "near '{{ a1 }} {{ b.c }'",
        "'nmae'",
        "In a header: 'schol'",
        "In a footer: 'polcy'",
        "reference",
    ):
        assert words in text
    assert {problem.path for problem in problems} == {"templates/form.docx"}


def test_one_mistake_in_a_loop_is_one_fault(form: Build) -> None:
    assert len(preflight(form("{% for h in hazzards %}{{ h.name }}{{ h.anything }}{% endfor %}"))) == 1
    assert len(preflight(form("{% for h of hazards %}{{ h.name }}{{ h.anything }}{% endfor %}"))) == 1


def test_a_missing_mandatory_field_is_named(form: Build) -> None:
    entry = form("{{ reference }}", mandatory=("reference", "decision.outcome", "hazards[].name"))
    found = said(entry)
    assert "does not print decision.outcome, which forms.yaml calls mandatory" in found
    assert "hazards[].name" in found
    assert "print reference" not in found


def test_the_safe_word_belongs_to_forms_that_are_listed_for_it(form: Build) -> None:
    assert "form-safe-word" in said(form("{{ safe_word }}"))
    assert said(form("{{ safe_word }}", secret=True)) == ""


# --- where tags may stand -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (("{%tr for h in hazards %}{%tr endfor %}",), "there are 2 such tags in it"),
        (("{%tr for h in hazards %} text", "{%tr endfor %}"), "there is something else in it"),
        (("{%tr for h in hazards %}", "{% endfor %}"), "the two must be of one kind"),
        (("{%tc for h in hazards %}", "{%tc endfor %}"), "do not stand in the same table, cell or paragraph"),
        (("{%p if copy.office %}", "{%p endif %}"), "do not stand in the same table, cell or paragraph"),
        (("{% if copy.office %}", "{% endif %}"), "do not stand in the same table, cell or paragraph"),
        (
            ("{%tr for h in hazards %}", "{% cellbg hh.residual.colour %}{{ h.name }}", "{%tr endfor %}"),
            "'hh' is not a field",
        ),
        (("{% for h in hazards %}{% cellbg h.residual.colour %}{{ h.name }}{% endfor %}",), "'h' is not a field"),
    ],
)
def test_tags_that_would_break_a_table_are_named(form: Build, rows: tuple[str, ...], words: str) -> None:
    assert words in said(form(rows=rows))


def test_tags_that_word_has_split_are_joined(form: Build) -> None:
    def split(document: Any) -> None:
        paragraph = document.paragraphs[0]
        for piece in ("Child: {", "{ chi", "ld.na", "me }", "}, {{ child.nm", "ae }}"):
            paragraph.add_run(piece).bold = piece.startswith("l")

    found = preflight(form("", change=split))
    assert [problem.message for problem in found] == [
        "In the text: child has no field 'nmae'. It stands near 'Child: {{ child.name }}, {{ child.nmae }}'."
    ]


def test_brackets_that_would_join_over_paragraphs_are_refused(form: Build) -> None:
    assert "would join" in said(form("an open {", "{ cycler }", "} bracket"))


def test_tags_in_comments_attributes_and_deleted_text_are_refused(form: Build) -> None:
    attribute = form(
        "x", change=lambda document: document.paragraphs[0].runs[0].font.__setattr__("name", "{{ reference }}")
    )
    assert "outside the text proper" in said(attribute)

    def into_body(xml: bytes) -> Callable[[bytes], bytes]:
        return lambda content: content.replace(b"<w:body>", b"<w:body>" + xml, 1)

    for xml in (
        b"<!-- {{ cycler.__init__ }} -->",
        b"<w:p><w:r><w:delText>{{ reference }}</w:delText></w:r></w:p>",
        b"<w:p>{{ reference }}</w:p>",
    ):
        assert "outside the text proper" in said(form("x", parts={"word/document.xml": into_body(xml)}))


def test_tags_where_nothing_is_filled_in_are_refused(form: Build) -> None:
    assert "a tag in the document properties" in said(form("x", title="{{ reference }}"))
    code = "{{ cycler.__init__.__globals__.os.popen('id') }}"
    assert "a tag in the document properties" in said(form("x", title=code))


def control(kind: str, text: str) -> Any:
    namespaces = nsdecls("w") + (W14 if "w14" in kind else "")
    return parse_xml(
        f"<w:sdt {namespaces}><w:sdtPr><w:tag w:val='x'/>{kind}</w:sdtPr>"
        f"<w:sdtContent><w:r><w:t>{text}</w:t></w:r></w:sdtContent></w:sdt>"
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("<w:text/>", ""),
        ("<w:dropDownList><w:listItem w:value='a'/></w:dropDownList>", "stands in a drop-down list"),
        ("<w:date/>", "stands in a date picker"),
        ("<w14:checkbox/>", "stands in a tick box"),
        ("<w:text/><w:dataBinding w:xpath='/a' w:storeItemID='x'/>", "bound to other data"),
    ],
)
def test_fields_in_controls_that_people_fill_in_are_refused(form: Build, kind: str, words: str) -> None:
    entry = form("x", change=lambda document: document.paragraphs[0]._p.append(control(kind, "{{ reference }}")))
    found = said(entry)
    assert words in found if words else not found


def test_a_block_may_not_cross_the_edge_of_a_control(form: Build) -> None:
    def change(document: Any) -> None:
        paragraph = document.paragraphs[0]
        paragraph.add_run("{% if copy.office %}")
        paragraph._p.append(control("<w:text/>", "x{% endif %}"))

    assert "do not stand in the same" in said(form("", change=change))


def test_a_tag_may_not_cross_the_edge_of_a_control(form: Build) -> None:
    def change(document: Any) -> None:
        paragraph = document.paragraphs[0]
        paragraph.add_run("{{ refer")
        paragraph._p.append(control("<w:text/>", "ence }}"))

    assert "runs across the edge" in said(form("", change=change))


def test_checking_needs_neither_docxtpl_nor_lxml(form: Build) -> None:
    entry = form("{{ reference }}")
    code = (
        "import sys; from pathlib import Path; from riskgen.forms.catalogue import FormEntry;"
        "from riskgen.forms.preflight import preflight;"
        f"assert not preflight(FormEntry('a', 'b', Path({str(entry.file)!r}), 1, ()));"
        "print([name for name in ('docx', 'docxtpl', 'lxml', 'openpyxl') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"\[\]\s*", done.stdout)
