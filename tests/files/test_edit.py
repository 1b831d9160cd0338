"""Single entries of people's files are changed, and all else in them stays as it was written."""

import difflib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskgen.files.edit import CannotEdit, edit_yaml
from riskgen.files.yaml import parse_yaml

DATA = Path(__file__).parents[2] / "data"
FILE = """\
# The head of the file.
school:
  name: "Moor Lane"    # quoted
  phone: 0123
  opened: 2026-12-02
  open: no
  at: 12:30
  extra:
  none: ~
staff:
  # the first
  - {id: S-01, name: 'Avery', roles: [headteacher, senior-leader]}   # in one line

  # the second
  - id: S-02
    name: Blair
    roles:
      - teacher   # of the third class
last: |-
  one
  two
"""


def changed(before: str, after: str) -> list[str]:
    """The lines that went and that came."""
    found = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in found if line[0] in "+-"]


def test_one_value_is_changed_and_nothing_else() -> None:
    after = edit_yaml(FILE, {("staff", 1, "name"): "Blair Invented"})
    assert changed(FILE, after) == ["-     name: Blair", "+     name: Blair Invented"]


def test_what_is_added_stands_last_and_is_read_as_it_was_given() -> None:
    new = {"id": "S-03", "name": "null", "mobile": "07700900003", "roles": ["office"], "note": "a: b #c", "room": "12"}
    after = edit_yaml(FILE, {("staff", 2): new, ("school", "deep", "er"): "x"})
    data = parse_yaml(after, "").data
    assert isinstance(data, dict)
    assert data["staff"][2] == new
    assert data["school"]["deep"] == {"er": "x"}
    assert all(line.startswith("+") for line in changed(FILE, after))
    assert "    roles: [office]" in after


def test_entries_are_taken_out_by_their_places_before() -> None:
    after = edit_yaml(FILE, {("staff", 2): {"id": "S-03"}}, [("staff", 0), ("staff", 1)])
    data = parse_yaml(after, "").data
    assert isinstance(data, dict)
    assert data["staff"] == [{"id": "S-03"}]
    assert "# The head of the file." in after
    assert '"Moor Lane"    # quoted' in after


def test_text_over_several_lines_is_written_so() -> None:
    after = edit_yaml("family:\n  name: x\n", {("family", "address"): "1 Example Street\nSampletown"})
    assert after == "family:\n  name: x\n  address: |-\n    1 Example Street\n    Sampletown\n"
    flow = edit_yaml("family: {name: x}\n", {("family", "address"): "1 Example Street\nSampletown"})
    assert parse_yaml(flow, "").data == {"family": {"name": "x", "address": "1 Example Street\nSampletown"}}


def test_a_file_without_anything_in_it_gets_its_first_entry_below_its_comment() -> None:
    assert edit_yaml("# why\n", {("staff", "columns", "id"): "Code"}) == "# why\nstaff:\n  columns:\n    id: Code\n"
    assert edit_yaml("", {("a",): ["b"]}) == "a: [b]\n"
    assert edit_yaml("a:\nb: c\n", {("a", "d"): "e"}) == "a:\n  d: e\nb: c\n"


@pytest.mark.parametrize("name", ["examples/school.yaml", "examples/F-0456.yaml", "retention.yaml", "topics.yaml"])
def test_shipped_files_stay_as_they_are_but_for_the_change(name: str) -> None:
    text = (DATA / name).read_text(encoding="utf-8")
    after = edit_yaml(text, {("added",): "x"}) if isinstance(parse_yaml(text, "").data, dict) else ""
    assert after in (text + "added: x\n", "")


@pytest.mark.parametrize(
    "text", ["a:\n- b\n- c\n", "a:\n    - b\n    - c\n", "a:\n    d: e\n", "a:\n\n  # why\n  - b\n"]
)
def test_indentation_stays_as_people_have_it(text: str) -> None:
    assert edit_yaml(text, {("z",): "1"}) == text + 'z: "1"\n'


def test_line_ends_and_marks_of_windows_stay() -> None:
    text = "\ufeffa: b\r\nc: d\r\n"
    assert edit_yaml(text, {("c",): "e"}) == "\ufeffa: b\r\nc: e\r\n"


@pytest.mark.parametrize("text", ["- a\n", "a: [\n", "a: &x b\nc: *x\n", "a: b\na: c\n"])
def test_what_cannot_be_edited_is_said_so(text: str) -> None:
    with pytest.raises(CannotEdit):
        edit_yaml(text, {("z",): "1"})


@settings(max_examples=60, deadline=None)
@given(
    st.text(
        st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\u2028\u2029\ufeff\x85"), max_size=20
    )
)
def test_whatever_text_is_put_in_is_read_back_the_same(text: str) -> None:
    try:
        after = edit_yaml(FILE, {("staff", 0, "name"): text, ("staff", 1, "name"): text})
    except CannotEdit:
        return
    data = parse_yaml(after, "").data
    assert isinstance(data, dict)
    assert [each["name"] for each in data["staff"]] == [text, text]
