"""YAML is read as plain data with its lines, the same by both readers, and never raises."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml.error import YAMLError

from riskgen.files import yaml
from riskgen.files.yaml import DEEPEST, LARGEST, Document, parse_yaml, read_yaml

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(path for part in ("data", "templates") for path in (ROOT / part).rglob("*.yaml"))
ODD = {
    "times in a list": "a: [10:30, 11:15]\n",
    "times in a group": "{a: 10:30}\n",
    "no colon": "a:b\n",
    "emoji and right-to-left": "a: 👨‍👩‍👧 مرحبا\n",
    "carriage returns": "a: 1\r\nb: |\r\n  x\r\n  y\r\n",
    "folded and kept": "a: >-\n  one\n  two\n\n  three\nb: |+\n  x\n\nc: d\n",
    "comments": "# one\na: b # two\n# three\n",
    "document marks": "---\na: b\n...\n",
    "an old directive": "%YAML 1.1\n---\na: no\n",
    "quotes": "a: 'it''s'\nb: \"say \\\"x\\\"\\n\\u00e9\"\n",
    "question mark": "a: ?x\n",
    "long form of a name": "? a\n: b\n",
    "nothing": "a:\nb: ~\nc: null\nd: ''\n",
    "nested": "- - a\n  - - b\n- {c: [d, {e: f}]}\n",
    "duplicate": "a: {x: 1}\nb: 2\na: {x: 3}\n",
    "merge without an alias": "<<: {a: b}\n",
    "top-level list": "- a\n- 1\n",
    "top-level text": "just words\n",
}


def parse(text: str) -> Document:
    return parse_yaml(text, "a.yaml")


def code_of(text: str) -> str:
    document = parse(text)
    assert document.data is None
    (problem,) = document.problems
    return problem.code


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("NO", "NO"),
        ("on", "on"),
        ("true", "true"),
        ("12:30", "12:30"),
        ("09:05", "09:05"),
        ("1:2:3", "1:2:3"),
        ("2026-12-02", "2026-12-02"),
        ("2024-02-30", "2024-02-30"),
        ("2026-12-02 10:30", "2026-12-02 10:30"),
        ("0123", "0123"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1.5", "1.5"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("+5", "+5"),
        ("07700 900123", "07700 900123"),
        ("99999999999999999999", "99999999999999999999"),
        ("Null", "Null"),
        ("=", "="),
        ("5", 5),
        ("0", 0),
        ("-5", -5),
        ("'5'", "5"),
        ('"yes"', "yes"),
        ("", None),
        ("~", None),
        ("null", None),
        ("'null'", "null"),
        ("''", ""),
    ],
)
def test_scalar_is_a_whole_number_or_the_text_that_was_typed(written: str, read: str | int | None) -> None:
    assert parse(f"a: {written}\n").data == {"a": read}


def test_name_of_an_entry_is_always_text() -> None:
    assert parse("1: a\nyes: b\n'': c\n").data == {"1": "a", "yes": "b", "": "c"}


def test_times_in_square_brackets_stay_text() -> None:
    assert parse("a: [10:30, 11:15]\n").data == {"a": ["10:30", "11:15"]}


def test_every_entry_keeps_its_line() -> None:
    document = parse("# note\na: 1\nb:\n  - c: 2\n    d: |\n      x\n  - e\n")
    lines = {("a",): 2, ("b",): 3, ("b", 0, "c"): 4, ("b", 0, "d"): 5, ("b", 1): 7}
    assert {place: document.line(place) for place in lines} == lines


def test_place_that_is_not_there_has_the_line_of_what_would_hold_it() -> None:
    document = parse("a: 1\nb:\n  c: 2\n")
    assert document.line(("b", "x", 3)) == 2
    assert document.line(("x",)) == 1


def test_problem_names_its_entry() -> None:
    problem = parse("a:\n  - b: 1\n").problem(("a", 0, "b"), "some-code", "Wrong.", "Mend it.")
    assert (problem.path, problem.line, problem.field) == ("a.yaml", 2, "a/0/b")


def test_what_is_pasted_from_elsewhere_unawares_does_no_harm() -> None:
    document = parse("a: one\u2028t\ufeffwo\nb: 2\n")
    assert document.data == {"a": "one two", "b": 2}
    assert document.line(("b",)) == 2


def test_same_name_twice_is_a_fault_that_leaves_the_first() -> None:
    document = parse("a:\n  x: 1\nb: 2\na:\n  x: 3\n")
    assert document.data == {"a": {"x": 1}, "b": 2}
    assert [(problem.code, problem.line) for problem in document.problems] == [("yaml-duplicate", 4)]
    assert "line 1" in document.problems[0].hint
    assert document.line(("a", "x")) == 2


def test_every_duplicate_is_named_at_once() -> None:
    assert [problem.line for problem in parse("a: 1\na: 2\nb: {c: 1, c: 2}\na: 3\n").problems] == [2, 3, 4]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &x b\n", "yaml-anchor"),
        ("a: *x\n", "yaml-anchor"),
        ("a: &x [1]\nb: *x\n", "yaml-anchor"),
        ("<<: *x\n", "yaml-anchor"),
        ("a: !x b\n", "yaml-tag"),
        ("a: !!str 5\n", "yaml-tag"),
        ("a: !!python/object/apply:os.system [id]\n", "yaml-tag"),
        ("!!map {a: b}\n", "yaml-tag"),
        ("a: 1\n---\nb: 2\n", "yaml-documents"),
        ("[" * 5000, "yaml-depth"),
        ("{a: " * 30 + "1" + "}" * 30, "yaml-depth"),
        ("- " * 30 + "a\n", "yaml-depth"),
        ("? [a]\n: b\n", "yaml-key"),
        ("? {a: b}\n: c\n", "yaml-key"),
        ("", "yaml-empty"),
        ("# only a note\n", "yaml-empty"),
        ("---\n", "yaml-empty"),
        ("~\n", "yaml-empty"),
        ("null\n", "yaml-empty"),
        ("a: 1\n\tb: 2\n", "yaml-syntax"),
        ("a: b: c\n", "yaml-syntax"),
        ('"""', "yaml-syntax"),
        ("a: x\x01y\n", "yaml-character"),
        ("a: x\x00y\n", "yaml-character"),
        ("a: x\x85y\n", "yaml-character"),
    ],
)
def test_what_could_deceive_is_refused(text: str, code: str) -> None:
    assert code_of(text) == code


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a: 1\nb: "open\nc: 2\nd: 3\n', 2),
        ("a: 1\nb: [x, y\nc: 2\n", 2),
        ("a: 1\nb: {x: 1\nc: 2\n", 2),
        ("a: 1\nwords\nc: 2\n", 2),
        ("a: 1\nb: c: d\n", 2),
        ("a: 1\n\tb: 2\n", 2),
        ("a: 1\nb: x\x01\n", 2),
    ],
)
def test_line_is_the_one_to_mend_not_the_one_where_the_reader_gave_up(text: str, line: int) -> None:
    (problem,) = parse(text).problems
    assert problem.line == line


def test_nesting_as_deep_as_allowed_is_read() -> None:
    assert parse("[" * DEEPEST + "]" * DEEPEST).problems == ()


def test_file_of_the_largest_size_is_read_and_a_larger_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: b\n".ljust(LARGEST, "#"))
    assert read_yaml(path).data is not None
    path.write_text("a: b\n".ljust(LARGEST + 1, "#"))
    (problem,) = read_yaml(path).problems
    assert (problem.code, problem.hint) == ("yaml-size", "Split it, or check that it is the right file.")


def test_byte_order_mark_at_the_start_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("a: é\n".encode("utf-8-sig"))
    assert read_yaml(path).data == {"a": "é"}
    assert read_yaml(path).text == "a: é\n"


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_other_encoding_is_refused_with_its_line(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("a: café\n".encode(encoding))
    (problem,) = read_yaml(path, "shown.yaml").problems
    assert (problem.path, problem.code, problem.line) == ("shown.yaml", "yaml-encoding", 1)


def test_file_that_is_not_there_and_folder_are_said_to_be_so(tmp_path: Path) -> None:
    found = [read_yaml(path).problems[0] for path in (tmp_path / "none.yaml", tmp_path)]
    assert [problem.code for problem in found] == ["file-missing", "file-missing"]
    assert [problem.message for problem in found] == ["There is no such file.", "This is a folder, not a file."]


def test_file_that_may_not_be_read_is_said_to_be_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: b\n")

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    (problem,) = read_yaml(path).problems
    assert problem.code == "file-unreadable"
    assert "Permission denied" in problem.message


# --- both readers --------------------------------------------------------------------------------


def outcome(text: str, pure: bool) -> Any:
    """All that a reader makes of a text; a text in place of it if the reader gives up."""
    try:
        built = yaml._build(text, "a.yaml", pure)
    except YAMLError:
        return "gives up"
    return built.root, built.lines, built.problems, built.refused


@pytest.mark.skipif(find_spec("_ruamel_yaml") is None, reason="the reader in C is not installed")
@pytest.mark.parametrize("path", SHIPPED, ids=[path.relative_to(ROOT).as_posix() for path in SHIPPED])
def test_both_readers_make_the_same_of_every_shipped_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert outcome(text, pure=False) == outcome(text, pure=True) != "gives up"


@pytest.mark.skipif(find_spec("_ruamel_yaml") is None, reason="the reader in C is not installed")
@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_both_readers_make_the_same_of_odd_files(text: str) -> None:
    quick, sure = outcome(text, pure=False), outcome(text, pure=True)
    assert sure != "gives up"
    assert quick in (sure, "gives up")  # where the quick one gives up, the other is asked


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_without_the_reader_in_c_all_is_read_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = parse(text)
    monkeypatch.setattr(yaml, "_PURE", True)
    assert parse(text) == usual


PIECES = st.sampled_from(
    [
        *("a", "b: ", "c:", "- ", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ", ", '"', "'", "|", ">", "#", " #", "?"),
        *(": ", "&x", "*x", "!t", "%", "@", "`", "---", "...", "\t", "\\", "10:30", "no", "05", "\r\n", "é", "👪", "~"),
        "\x85",
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_whatever_stands_in_a_file_it_is_data_or_a_problem_and_never_an_exception(text: str) -> None:
    document = parse(text)
    assert (document.data is None) <= bool(document.problems)
    assert all(1 <= problem.line <= text.count("\n") + text.count("\r") + 2 for problem in document.problems)


@pytest.mark.skipif(find_spec("_ruamel_yaml") is None, reason="the reader in C is not installed")
@given(st.lists(PIECES, max_size=25).map("".join))
def test_both_readers_agree_wherever_both_read(text: str) -> None:
    quick, sure = outcome(text, pure=False), outcome(text, pure=True)
    if "gives up" in (quick, sure) or "\x85" in text or not isinstance(sure[0], (dict, list)):
        return  # only a file of entries is ever used
    assert (quick[3] and quick[3].code) == (sure[3] and sure[3].code)
    assert quick[3] or quick[0] == sure[0]
