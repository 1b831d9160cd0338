"""The shipped list keeps its laws; a word is drawn, or judged, so that it gives nothing away."""

import re
from collections.abc import Sequence
from itertools import combinations, permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgen.library.safe_words import (
    _DRAWS,
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
    words = ("teapot", "walnut", "button", "velvet", "tulip")
    assert choose_safe_word(words, avoid, first) == "velvet"
    assert offered == [words, words, words, ("velvet", "tulip")]  # drawn three times before all are looked at


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


@pytest.mark.parametrize(("text", "accepted"), [("a" * 40, True), ("a" * 41, False), ("amber " * 7 + "ab", False)])
def test_word_may_be_as_long_as_a_register_can_keep(text: str, accepted: bool) -> None:
    reason = acceptable_safe_word(text, ())
    assert (reason is None) == accepted
    assert accepted or "at most 40" in str(reason)


def test_spent_word_is_refused_whatever_it_is_written_like() -> None:
    asked = []

    def spent(word: str) -> bool:
        asked.append(word)
        return word == "crème brûlée"

    reason = acceptable_safe_word(" cre\u0300me brûlée ", (), spent)
    assert reason is not None
    assert "is in use for another visit, or was within the last twelve months" in reason
    assert "crème" not in reason
    assert acceptable_safe_word("velvet", (), spent) is None
    assert asked == ["crème brûlée", "velvet"]


# --- words of other visits -------------------------------------------------------------------------

lists = st.lists(st.text("abcdefgh", min_size=4, max_size=6), max_size=6, unique=True)


def test_spent_words_are_not_drawn() -> None:
    kept = {"teapot", "walnut"}
    assert choose_safe_word(["teapot", "walnut", "velvet"], (), spent=kept.intersection) == "velvet"


def test_pair_is_drawn_only_when_no_single_word_is_left() -> None:
    spent = set(WORDS)
    drawn = choose_safe_word(WORDS, (), spent=spent.intersection)
    first, second = drawn.split(" ")
    assert first != second
    assert {first, second} <= spent
    assert acceptable_safe_word(drawn, (), spent.__contains__) is None
    assert choose_safe_word(WORDS, (), spent=(spent - {"velvet"}).intersection) in {"velvet"} & set(WORDS)


def test_no_part_of_a_pair_meets_what_is_to_be_avoided() -> None:
    words = ("teapot", "walnut", "velvet", "tulip")
    for _ in range(50):
        drawn = choose_safe_word(words, ["Walnut Cottage", "Velvets"], spent=set(words).intersection)
        assert set(drawn.split()) == {"teapot", "tulip"}


def test_pair_that_was_spent_the_other_way_round_is_spent() -> None:
    spent = {"teapot", "walnut", "velvet", "teapot walnut", "velvet teapot"}
    drawn = {choose_safe_word(("teapot", "walnut", "velvet"), (), spent=spent.intersection) for _ in range(50)}
    assert drawn <= {"walnut velvet", "velvet walnut"}


def test_two_words_of_which_one_is_part_of_the_other_make_no_pair() -> None:
    with pytest.raises(NoSafeWordLeft):
        choose_safe_word(("button", "buttonhole"), (), spent={"button", "buttonhole"}.intersection)


@pytest.mark.parametrize("words", [(), ("teapot",), ("teapot", "teapot")])
def test_too_few_words_for_a_pair_leave_none(words: tuple[str, ...]) -> None:
    with pytest.raises(NoSafeWordLeft):
        choose_safe_word(words, (), spent=set)


def test_pair_is_found_without_asking_of_every_pair() -> None:
    asked: list[str] = []

    def spent(words: Sequence[str]) -> list[str]:
        asked.extend(words)
        return [word for word in words if " " not in word]

    choose_safe_word(WORDS, (), spent=spent)
    assert len(asked) <= 3 * len(WORDS) + _DRAWS


def test_every_pair_is_drawn_once_in_a_while() -> None:
    words = ("teapot", "walnut", "velvet")
    drawn = {choose_safe_word(words, (), spent=set(words).intersection) for _ in range(400)}
    assert drawn == {f"{one} {other}" for one, other in permutations(words, 2)}


@given(lists, lists, st.data())
def test_drawing_on_and_on_gives_every_word_and_pair_once_and_then_says_that_none_is_left(
    words: list[str], avoid: list[str], data: st.DataObject
) -> None:
    free = [word for word in words if not any(word in text or text in word for text in avoid)]
    pairs = {frozenset(pair) for pair in combinations(free, 2) if pair[0] not in pair[1] and pair[1] not in pair[0]}
    drawn: list[str] = []
    while True:
        try:
            word = choose_safe_word(
                words, avoid, lambda left: data.draw(st.sampled_from(list(left))), set(drawn).intersection
            )
        except NoSafeWordLeft:
            break
        drawn.append(word)
    singles, doubles = drawn[: len(free)], drawn[len(free) :]
    assert sorted(singles) == sorted(free)
    assert len(doubles) == len(pairs)
    assert {frozenset(double.split(" ")) for double in doubles} == pairs
