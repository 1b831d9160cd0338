"""Safe words: drawing one from the school's list, or judging one that somebody chose.

No reason or message here repeats the word, so that neither can give it away on a screen or in a log.
"""

import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

SHORTEST = 4
"""Letters. Shorter words are lost on a bad line, and too often a part of other words."""

ALARM_WORDS = frozenset(
    {
        "alarm",
        "ambulance",
        "assault",
        "attack",
        "danger",
        "dangerous",
        "emergency",
        "fire",
        "gun",
        "help",
        "hostage",
        "hurt",
        "knife",
        "mayday",
        "murder",
        "police",
        "rescue",
        "sos",
        "threat",
        "trouble",
        "violence",
        "violent",
        "weapon",
    }
)
"""Words that would warn whoever overhears the call. A safe word must pass unnoticed."""

_LETTERS = re.compile(r"[^\W\d_]+")
_LETTERS_AND_SINGLE_SPACES = re.compile(r"[^\W\d_]+( [^\W\d_]+)*")


class NoSafeWordLeft(Exception):  # noqa: N818  # it says what happened, and that is its name
    """Every word of the list is in use, or is part of a name or an address of the visit."""


def load_safe_words(path: Path) -> tuple[str, ...]:
    """The words of a list, in its order: one on each line, without empty lines and notes (`#`)."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def choose_safe_word(
    words: Iterable[str], avoid: Iterable[str], choose: Callable[[Sequence[str]], str] = secrets.choice
) -> str:
    """A word of the list that is no part of the texts to avoid: names, addresses and words already in use.

    `choose` draws from the words that are left. Raises `NoSafeWordLeft` if there are none.
    """
    avoided = _words_of(*avoid)
    left = tuple(word for word in words if not _overlaps(_words_of(word), avoided))
    if not left:
        raise NoSafeWordLeft("No safe word is left that is neither in use nor part of a name or an address.")
    return choose(left)


def acceptable_safe_word(text: str, avoid: Iterable[str]) -> str | None:
    """Why a word or phrase that somebody chose will not do as a safe word; None if it will."""
    word = unicodedata.normalize("NFC", text.strip())
    if not _LETTERS_AND_SINGLE_SPACES.fullmatch(word):
        return "A safe word is made of letters only, with a single space between words."
    if len(word.replace(" ", "")) < SHORTEST:
        return f"A safe word needs at least {SHORTEST} letters."
    chosen = _words_of(word)
    if chosen & ALARM_WORDS:
        return "A word of alarm, such as help or police, would warn whoever overhears it."
    if _overlaps(chosen, _words_of(*avoid)):
        return "A safe word must not be part of a name or an address of the visit, or be in use for another visit."
    return None


def _words_of(*texts: str) -> frozenset[str]:
    """The words of texts, without regard to capitals and accents."""
    found: set[str] = set()
    for text in texts:
        plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
        found.update(_LETTERS.findall(plain.casefold()))
    return frozenset(found)


def _overlaps(chosen: Iterable[str], avoided: Iterable[str]) -> bool:
    """Whether a word of one is a word of the other, or a part of it that is long enough to be heard as a word."""
    pairs = [sorted((one, other), key=len) for one in chosen for other in avoided]
    return any(short == long or (len(short) >= SHORTEST and short in long) for short, long in pairs)
