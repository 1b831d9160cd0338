"""The shipped list keeps its laws; a word is drawn, or judged, so that it gives nothing away."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from riskgen.library.safe_words import (
    ALARM_WORDS,
    NoSafeWordLeft,
    acceptable_safe_word,
    choose_safe_word,
    load_safe_words,
)

WORDS = load_safe_words(Path(__file__).parents[2] / "data" / "safe-words.txt")


def distance(one: str, other: str) -> int:
    """Levenshtein distance: letters to change, add or take away."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        above, row = row, [i]
        for j, right in enumerate(other, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (left != right)))
    return row[-1]


# --- the shipped list ----------------------------------------------------------------------------


def test_list_is_long_enough_for_a_year_of_visits() -> None:
    assert len(WORDS) >= 200


def test_words_are_plain_lower_case_letters() -> None:
    assert [word for word in WORDS if not re.fullmatch("[a-z]{4,12}", word)] == []


def test_list_is_in_order_and_holds_no_word_twice() -> None:
    assert list(WORDS) == sorted(set(WORDS))


def test_no_two_words_begin_alike() -> None:
    assert len({word[:3] for word in WORDS}) == len(WORDS)


def test_every_two_words_are_at_least_three_letters_apart() -> None:
    assert [pair for pair in combinations(WORDS, 2) if distance(*pair) < 3] == []


def test_every_word_would_be_accepted_if_somebody_typed_it() -> None:
    assert {word: reason for word in WORDS if (reason := acceptable_safe_word(word, ()))} == {}


def test_no_word_is_part_of_another_or_holds_a_word_of_alarm() -> None:
    assert [pair for pair in combinations(WORDS, 2) if pair[0] in pair[1] or pair[1] in pair[0]] == []
    assert [word for word in WORDS if any(alarm in word for alarm in ALARM_WORDS)] == []


# --- reading a list ------------------------------------------------------------------------------


def test_notes_and_empty_lines_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes("\ufeff# A note\r\n\r\n  teapot \r\nwalnut\r\n".encode())
    assert load_safe_words(path) == ("teapot", "walnut")


# --- drawing a word ------------------------------------------------------------------------------


def test_only_words_that_are_left_are_drawn_from() -> None:
    offered: list[tuple[str, ...]] = []

    def first(words: object) -> str:
        assert isinstance(words, tuple)
        offered.append(words)
        return str(words[0])

    avoid = ["TEAPOT", "Walnut Tree Cottage\n1 Example Street", "Buttonhole"]
    assert choose_safe_word(["teapot", "walnut", "button", "velvet", "tulip"], avoid, first) == "velvet"
    assert offered == [("velvet", "tulip")]


@pytest.mark.parametrize(
    "text", ["Mélón Street", "melon-tree", "The Melonhouse", "MELON", "12 melon, ZZ1 1ZZ", "Melo's"]
)
def test_word_that_meets_a_text_to_avoid_is_never_drawn(text: str) -> None:
    with pytest.raises(NoSafeWordLeft):
        choose_safe_word(["melon"], [text])


@pytest.mark.parametrize("text", ["", "2 On Rd", "Me", "Lemon Street", "ZZ1 1ZZ"])
def test_word_that_meets_no_text_to_avoid_stays(text: str) -> None:
    assert choose_safe_word(["melon"], [text]) == "melon"


def test_all_words_in_use_leaves_none_and_the_message_holds_no_word() -> None:
    with pytest.raises(NoSafeWordLeft) as caught:
        choose_safe_word(WORDS, WORDS)
    assert not any(word in str(caught.value).split() for word in WORDS)


def test_no_words_at_all_leaves_none() -> None:
    with pytest.raises(NoSafeWordLeft):
        choose_safe_word([], [])


def test_last_word_left_is_found() -> None:
    assert choose_safe_word(WORDS, WORDS[1:]) == WORDS[0]


def test_unless_told_otherwise_the_draw_is_from_the_whole_list() -> None:
    assert {choose_safe_word(("teapot", "walnut"), ()) for _ in range(200)} == {"teapot", "walnut"}


# --- judging a word that somebody chose ------------------------------------------------------------


@pytest.mark.parametrize("text", ["teapot", " Teapot ", "green teapot", "crème brûlée", "cre\u0300me", "tea cup"])
def test_good_word_is_accepted(text: str) -> None:
    assert acceptable_safe_word(text, ["Sample family", "1 Example Street"]) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "letters only"),
        ("tea-pot", "letters only"),
        ("teapot2", "letters only"),
        ("tea  pot", "letters only"),
        ("tea\tpot", "letters only"),
        ("tea_pot", "letters only"),
        ("teapot\x00", "letters only"),
        ("🫖", "letters only"),
        ("tea", "at least 4 letters"),
        ("a b c", "at least 4 letters"),
        ("Police", "alarm"),
        ("send help", "alarm"),
        ("Emergency", "alarm"),
        ("fire", "alarm"),
        ("danger", "alarm"),
        ("sample", "part of a name"),
        ("Samples", "part of a name"),
        ("EXAMPLE street", "part of a name"),
        ("velvet", "in use"),
    ],
)
def test_poor_word_is_refused_with_the_reason(text: str, reason: str) -> None:
    assert reason in (acceptable_safe_word(text, ["Sample family", "1 Example Street", "velvet"]) or "")


@pytest.mark.parametrize("text", ["xyzzyq7", "xyz", "xyzzyq"])
def test_reason_never_repeats_the_word(text: str) -> None:
    reason = acceptable_safe_word(text, ["xyzzyq"])
    assert reason is not None
    assert text not in reason
