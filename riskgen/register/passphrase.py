"""Passphrases of staff who share one account of the computer: hashed with Argon2id, never kept."""

import unicodedata
from typing import TYPE_CHECKING

from riskgen.register.database import RegisterFault

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 10
"""Characters."""
FEWEST = 4
"""Different characters."""


def hash_passphrase(text: str, hasher: "PasswordHasher | None" = None) -> str:
    """What the register keeps of a passphrase. `hasher` sets the cost; by default that of the library."""
    return (hasher or _usual()).hash(_same(text))


def is_right(hashed: str, text: str, hasher: "PasswordHasher | None" = None) -> bool:
    """Whether the text is the passphrase. Raises `RegisterFault` damaged if what was kept is no hash."""
    from argon2.exceptions import VerificationError, VerifyMismatchError

    try:
        return (hasher or _usual()).verify(hashed, _same(text))
    except VerifyMismatchError:
        return False
    except (ValueError, VerificationError):  # a hash that is none is a ValueError, as is one that is not ASCII
        raise RegisterFault(
            "damaged",
            "What the register keeps of this person's passphrase cannot be read. Run riskgen doctor; somebody who may "
            "do so can then give the person a new passphrase. Nothing was saved.",
        ) from None


def too_weak(text: str, staff: str = "") -> str | None:
    """Why a passphrase will not do for the person of that staff reference; None if it will."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if len(plain) < SHORTEST:
        return f"A passphrase needs at least {SHORTEST} characters. Three or four words are easy to keep in mind."
    letters, reference = _letters(plain), _letters(unicodedata.normalize("NFKC", staff))
    if len(set(letters)) < FEWEST:
        return f"A passphrase needs at least {FEWEST} different letters or figures."
    if reference and not letters.replace(reference, ""):
        return "A passphrase must not be the staff reference."
    return None


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _same(text: str) -> bytes:
    """One form for what looks alike, so that another keyboard or system gives the same passphrase."""
    return unicodedata.normalize("NFKC", text).encode("utf-8", "surrogatepass")


def _usual() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()
