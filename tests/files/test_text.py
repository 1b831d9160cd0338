"""Text is made safe to store and print, or refused with the reason."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgen.files import text as room
from riskgen.files.text import clean, described, mend, printed

PLAIN = "Tom & Jerry's <risk> \"quoted\" ]]> {{7*7}} 👨‍👩‍👧 O'Brien Ng Null"
PERSIAN = "می‌خواهم"
ARABIC = "مرحبا بالعالم"


@pytest.mark.parametrize("text", [PLAIN, PERSIAN, ARABIC, "a\tb", "José", "", "x" * 200])
def test_what_people_write_is_kept_as_it_is(text: str) -> None:
    assert clean(text, one_line=True, longest=200) == (text, None)


def test_both_normal_forms_of_a_name_become_one() -> None:
    assert clean("Jose\u0301", one_line=True, longest=20) == ("José", None)


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\u2028", "\u2029", "\n"])
def test_line_ends_become_one_kind(ends: str) -> None:
    assert clean(f"one{ends}two", one_line=False, longest=20) == ("one\ntwo", None)


@pytest.mark.parametrize(
    ("character", "named"),
    [
        ("\x00", "U+0000 (null)"),
        ("\x01", "U+0001 (start of heading)"),
        ("\x07", "U+0007 (bell)"),
        ("\x0c", "U+000C (form feed)"),
        ("\x1b", "U+001B (escape)"),
        ("\x85", "U+0085 (a control character)"),
        ("\ud800", "U+D800 (half of a surrogate pair)"),
        ("\ufffe", "U+FFFE (not a character)"),
        ("\U0001ffff", "U+1FFFF (not a character)"),
        ("\ufdd0", "U+FDD0 (not a character)"),
    ],
)
def test_what_cannot_be_printed_is_refused_by_name(character: str, named: str) -> None:
    text, reason = clean(f"a{character}b", one_line=False, longest=20)
    assert text == ""
    assert reason is not None
    assert named in reason


def test_bidi_overrides_go_from_one_line_only() -> None:
    assert clean("Ali\u202egnp.exe", one_line=True, longest=20) == ("Alignp.exe", None)
    assert clean("Ali\u202ex", one_line=False, longest=20) == ("Ali\u202ex", None)


def test_a_byte_order_mark_goes() -> None:
    assert clean("\ufeffAli", one_line=True, longest=20) == ("Ali", None)


@pytest.mark.parametrize("text", ["\u200b", "\u200d\u200c", "\u3164", "\u2800 \u2800", "\u00ad"])
def test_text_that_nobody_can_see_is_refused(text: str) -> None:
    assert "cannot be seen" in (clean(text, one_line=True, longest=20)[1] or "")


def test_a_line_too_many_is_refused() -> None:
    assert "one line" in (clean("a\nb", one_line=True, longest=20)[1] or "")


@pytest.mark.parametrize("length", [201, 32_768, 5_000_000])
def test_long_text_is_refused_and_never_cut(length: int) -> None:
    text, reason = clean("x" * length, one_line=True, longest=200)
    assert text == ""
    assert f"{length} of 200 characters" in (reason or "")


@given(st.text(max_size=60), st.booleans())
def test_what_is_accepted_is_safe_and_stays_as_it_is(text: str, one_line: bool) -> None:
    result, reason = clean(text, one_line=one_line, longest=1000)
    if reason is None:
        assert clean(result, one_line=one_line, longest=1000) == (result, None)
        assert mend(result) == result
        assert unicodedata.is_normalized("NFC", result)
    else:
        assert result == ""


def test_a_form_prints_no_text_that_could_be_taken_for_a_prompt() -> None:
    assert printed("1 Exam\u200bple\x01") == "1 Example\ufffd"


def test_old_text_is_mended_visibly() -> None:
    assert mend("a\x01b\ud800c\r\nd") == "a\ufffdb\ufffdc\nd"


def test_ordinary_characters_are_described_too() -> None:
    assert described("\u202e") == "U+202E (right-to-left override)"


def test_what_python_can_print_needs_no_mending() -> None:
    """The shortcut of `mend` leaves no sign as it is that the rules below it would change."""
    for number in range(sys.maxunicode + 1):
        sign = chr(number)
        assert not sign.isprintable() or room._UNPRINTABLE.sub("\ufffd", room._LINE_ENDS.sub("\n", sign)) == sign
