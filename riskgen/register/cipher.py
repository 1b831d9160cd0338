"""Sealing a safe word so that it opens only with the key, only for its own visit and only unchanged.

A sealed word is: one byte for the form, a nonce of 12 bytes, and AES-256-GCM over the padded word. The reference
of the visit and the id of the register are bound in, so a word that is moved to another visit does not open.
"""

import hmac
import secrets
import unicodedata
from collections.abc import Iterable

from riskgen.register.database import RegisterFault

_FORM = b"\x01"
_NONCE = 12
"""Bytes; random for every sealing, which is safe for far more words than a school will ever have."""
_TAG = 16
PADDED = 192
"""Bytes that every word is padded to, its length in the first, so that its length does not show."""


def seal(key: bytes, register_id: str, reference: str, word: str) -> bytes:
    """The word of a visit, sealed. Raises `ValueError` for a word that is empty or longer than 191 bytes."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    plain = word.encode("utf-8")
    if not 0 < len(plain) < PADDED:
        raise ValueError(f"a safe word is 1 to {PADDED - 1} bytes long")
    padded = (bytes([len(plain)]) + plain).ljust(PADDED, b"\0")
    nonce = secrets.token_bytes(_NONCE)
    return _FORM + nonce + AESGCM(_derived(key, b"seal")).encrypt(nonce, padded, _bound(register_id, reference))


def open_sealed(key: bytes, register_id: str, reference: str, sealed: bytes) -> str:
    """The word that was sealed for this visit. Raises `RegisterFault` key-wrong if it does not open."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, rest = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    if sealed[:1] != _FORM or len(rest) != PADDED + _TAG:
        raise _will_not_open(reference)
    try:
        padded = AESGCM(_derived(key, b"seal")).decrypt(nonce, rest, _bound(register_id, reference))
    except InvalidTag:
        raise _will_not_open(reference) from None
    return padded[1 : 1 + padded[0]].decode("utf-8")


def mark(key: bytes, word: str) -> str:
    """64 hex digits by which a word that was used is known again without being kept.

    Capitals, ways of writing accents, and spaces make no difference. Without the key the mark tells nothing.
    """
    return marks(key, (word,))[word]


def marks(key: bytes, words: Iterable[str]) -> dict[str, str]:
    """The `mark` of each of many words."""
    derived = _derived(key, b"mark")
    return {word: hmac.digest(derived, _as_compared(word).encode("utf-8"), "sha256").hex() for word in words}


def _as_compared(word: str) -> str:
    same = unicodedata.normalize("NFC", unicodedata.normalize("NFC", word).casefold())
    return " ".join(same.split())


def mark_of_row(key: bytes, text: str) -> str:
    """64 hex digits by which a row of a sheet that was recorded is known again. Without the key they tell nothing."""
    return hmac.digest(_derived(key, b"row"), text.encode("utf-8"), "sha256").hex()


def _derived(key: bytes, purpose: bytes) -> bytes:
    """A key for one purpose only, so that neither use can weaken the other."""
    return hmac.digest(key, b"riskgen safe word: " + purpose, "sha256")


def _bound(register_id: str, reference: str) -> bytes:
    return b"\0".join((b"riskgen safe word", _FORM, register_id.encode(), reference.encode()))


def _will_not_open(reference: str) -> RegisterFault:
    return RegisterFault(
        "key-wrong",
        f"The safe word of {reference} does not open: the key is not the one it was sealed with, or the sealed word "
        "was changed. Read it from the office's copy of the form, and run riskgen doctor. Nothing was changed.",
    )
