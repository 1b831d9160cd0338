"""A sealed safe word opens with its key, for its visit and unchanged, and otherwise gives nothing away."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgen.library.safe_words import LONGEST
from riskgen.register.cipher import PADDED, mark, open_sealed, seal
from riskgen.register.database import RegisterFault

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))
ID = "0123456789abcdef" * 2
VISIT = "RA-2026-0001"
WORD = "sentinelword"

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=LONGEST)


def refused(key: bytes, register_id: str, reference: str, sealed: bytes) -> str:
    with pytest.raises(RegisterFault) as caught:
        open_sealed(key, register_id, reference, sealed)
    assert caught.value.code == "key-wrong"
    assert caught.value.__cause__ is None
    return str(caught.value)


@given(words)
def test_every_word_that_may_be_chosen_opens_as_it_was_sealed(word: str) -> None:
    assert open_sealed(KEY, ID, VISIT, seal(KEY, ID, VISIT, word)) == word


@given(words)
def test_length_of_a_word_does_not_show(word: str) -> None:
    assert len(seal(KEY, ID, VISIT, word)) == len(seal(KEY, ID, VISIT, "a"))


@pytest.mark.parametrize("word", ["", "a" * PADDED, "é" * PADDED])
def test_word_that_does_not_fit_is_never_cut(word: str) -> None:
    with pytest.raises(ValueError, match="bytes long") as caught:
        seal(KEY, ID, VISIT, word)
    assert not word or word not in str(caught.value)


def test_longest_word_that_fits_opens() -> None:
    word = "a" * (PADDED - 1)
    assert open_sealed(KEY, ID, VISIT, seal(KEY, ID, VISIT, word)) == word


def test_same_word_is_never_sealed_alike() -> None:
    assert len({seal(KEY, ID, VISIT, WORD)[1:13] for _ in range(200)}) == 200


def test_neither_word_nor_key_stands_in_what_is_kept() -> None:
    kept = seal(KEY, ID, VISIT, WORD) + mark(KEY, WORD).encode()
    for hidden in (WORD.encode(), WORD.encode("utf-16-le"), KEY[:8], KEY.hex()[:16].encode()):
        assert hidden not in kept


def test_another_key_does_not_open_and_the_message_says_what_to_do() -> None:
    message = refused(OTHER, ID, VISIT, seal(KEY, ID, VISIT, WORD))
    assert VISIT in message
    assert "office" in message
    assert message.endswith("Nothing was changed.")
    assert WORD not in message


@pytest.mark.parametrize(
    ("register_id", "reference"), [(ID, "RA-2026-0002"), (ID[::-1], VISIT), (ID, ""), (ID + VISIT, "")]
)
def test_word_moved_to_another_visit_or_register_does_not_open(register_id: str, reference: str) -> None:
    assert WORD not in refused(KEY, register_id, reference, seal(KEY, ID, VISIT, WORD))


def test_change_of_any_byte_is_found() -> None:
    sealed = seal(KEY, ID, VISIT, WORD)
    for at in range(len(sealed)):
        for change in (1, 0x80):
            refused(KEY, ID, VISIT, sealed[:at] + bytes([sealed[at] ^ change]) + sealed[at + 1 :])


@given(st.binary(max_size=300))
def test_what_was_never_sealed_does_not_open(kept: bytes) -> None:
    refused(KEY, ID, VISIT, kept)


@pytest.mark.parametrize("change", [lambda s: s[:-1], lambda s: s + b"\0", lambda s: s[:13], lambda s: s[1:]])
def test_text_that_was_cut_or_added_to_does_not_open(change: object) -> None:
    assert callable(change)
    refused(KEY, ID, VISIT, change(seal(KEY, ID, VISIT, WORD)))


# --- marks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Amber Lantern", " amber  lantern\n", "AMBER\tLANTERN", "amber lantern"])
def test_mark_is_the_same_however_a_word_is_written(text: str) -> None:
    assert mark(KEY, text) == mark(KEY, "amber lantern")


@pytest.mark.parametrize(("one", "other"), [("crème", "cre\u0300me"), ("CRÈME", "crème"), ("straße", "STRASSE")])
def test_mark_is_the_same_for_capitals_and_accents_however_they_are_stored(one: str, other: str) -> None:
    assert mark(KEY, one) == mark(KEY, other)


def test_mark_tells_words_and_keys_apart() -> None:
    marks = {mark(KEY, WORD), mark(OTHER, WORD), mark(KEY, "velvet"), mark(KEY, "vel vet"), mark(KEY, "vet vel")}
    assert len(marks) == 5
    assert all(re.fullmatch("[0-9a-f]{64}", found) for found in marks)


def test_mark_stays_the_same_from_version_to_version() -> None:
    assert mark(KEY, "teapot") == "ad4bc1cd48772ffd5c2aa30faaa14ff491a5239c4f6499639788ffebb2baff2c"
