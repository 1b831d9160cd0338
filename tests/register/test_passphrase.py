"""Passphrases are kept as hashes, are right however they were typed, and weak ones are refused."""

import pytest
from argon2 import PasswordHasher

from riskgen.register.database import RegisterFault
from riskgen.register.passphrase import hash_passphrase, is_right, too_weak

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PHRASE = "seven grey herons"


def test_right_passphrase_is_right_and_any_other_is_not() -> None:
    hashed = hash_passphrase(PHRASE, CHEAP)
    assert is_right(hashed, PHRASE, CHEAP)
    for other in ("", "seven grey heron", "Seven grey herons", PHRASE + " ", hashed):
        assert not is_right(hashed, other, CHEAP)


def test_usual_cost_is_argon2id_and_opens_what_it_made() -> None:
    hashed = hash_passphrase(PHRASE)
    assert hashed.startswith("$argon2id$")
    assert is_right(hashed, PHRASE)


def test_hash_holds_no_passphrase_and_is_never_the_same() -> None:
    made = {hash_passphrase(PHRASE, CHEAP) for _ in range(5)}
    assert len(made) == 5
    assert not any(word in hashed for hashed in made for word in PHRASE.split())


@pytest.mark.parametrize(
    ("set_as", "typed"),
    [
        ("crème brûlée at tea", "cre\u0300me bru\u0302le\u0301e at tea"),
        ("１２ ｈｅｒｏｎｓ fly", "12 herons fly"),
        ("ﬁne weather", "fine weather"),
    ],
)
def test_what_looks_alike_is_the_same_passphrase(set_as: str, typed: str) -> None:
    assert is_right(hash_passphrase(set_as, CHEAP), typed, CHEAP)


def test_bytes_that_are_no_text_are_a_passphrase_all_the_same() -> None:
    hashed = hash_passphrase("herons\udcff\udcfe flying", CHEAP)
    assert is_right(hashed, "herons\udcff\udcfe flying", CHEAP)
    assert not is_right(hashed, "herons\udcff flying", CHEAP)


@pytest.mark.parametrize("hashed", ["", "plain", "$argon2id$v=19$m=8,t=1,p=1$", "$argon2id$v=19$m=8,t=1,p=1$é$x", "é"])
def test_what_is_no_hash_is_damage_and_never_lets_anybody_in(hashed: str) -> None:
    with pytest.raises(RegisterFault) as caught:
        is_right(hashed, PHRASE, CHEAP)
    assert caught.value.code == "damaged"
    assert str(caught.value).endswith("Nothing was saved.")
    assert PHRASE not in str(caught.value)


@pytest.mark.parametrize("text", [PHRASE, "0123456789", "schöne grüne wiese", "S-02 likes seven grey herons"])
def test_good_passphrase_is_accepted(text: str) -> None:
    assert too_weak(text, "S-02") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "at least 10 characters"),
        ("nine char", "at least 10 characters"),
        ("   short    ", "at least 10 characters"),
        ("ﬁve ﬁve", "at least 10 characters"),
        ("aaaaaaaaaa", "different"),
        ("AaAaAaAaAa", "different"),
        ("----------", "different"),
        ("1 2 1 2 1 2 1", "different"),
        ("Staff-0002", "staff reference"),
        ("staff 0002", "staff reference"),
        ("staff-0002 STAFF-0002", "staff reference"),
    ],
)
def test_weak_passphrase_is_refused_with_the_reason(text: str, reason: str) -> None:
    found = too_weak(text, "staff-0002")
    assert found is not None
    assert reason in found
    assert not text or text not in found


def test_without_a_staff_reference_only_the_text_itself_counts() -> None:
    assert too_weak("staff-0002") is None
