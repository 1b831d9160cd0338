"""Safe words: drawing one from the school's list, or judging one that somebody chose.

No reason or message here repeats the word, so that neither can give it away on a screen or in a log.
"""

import re
import secrets
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from pathlib import Path

SHORTEST = 4
"""Letters. Shorter words are lost on a bad line, and too often a part of other words."""
LONGEST = 40
"""Characters, spaces among them. More is no word that anybody could let fall in a call."""
_DRAWS = 3
"""How often a word is drawn, or two, before all are looked at for those that will do: in a long list most will, and
to look at all takes longer. Each that will do is as likely either way."""

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
    """Every word of the list, and every two together, is in use or part of a name or an address of the visit."""


def load_safe_words(path: Path) -> tuple[str, ...]:
    """The words of a list, in its order: one on each line, without empty lines and notes (`#`)."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def _never(word: str) -> bool:
    return False


def none_spent(words: Sequence[str]) -> Collection[str]:
    """Where nothing is kept of the words of other visits, none is spent."""
    return ()


def choose_safe_word(
    words: Iterable[str],
    avoid: Iterable[str],
    choose: Callable[[Sequence[str]], str] = secrets.choice,
    spent: Callable[[Sequence[str]], Collection[str]] = none_spent,
) -> str:
    """A word of the list that is no part of the texts to avoid: names, addresses and words already in use.

    `spent` tells which of some words are in use for another visit, or were within the last twelve months; it is asked
    of many at once, since asking may be slow. When every word is spent, two words of the list make one, such as
    "amber lantern". `choose` draws from what is left.
    Raises `NoSafeWordLeft` if there is nothing.
    """
    avoided, listed = _words_of(*avoid), tuple(dict.fromkeys(words))
    for _ in range(_DRAWS if listed else 0):
        word = choose(listed)
        if not _overlaps(_of_word(word), avoided) and not spent((word,)):
            return word
    allowed = tuple(word for word in listed if not _overlaps(_of_word(word), avoided))
    used = spent(allowed)
    left = tuple(word for word in allowed if word not in used)
    return choose(left) if left else _choose_pair(allowed, choose, spent)


def _choose_pair(
    words: Sequence[str],
    choose: Callable[[Sequence[str]], str],
    spent: Callable[[Sequence[str]], Collection[str]],
) -> str:
    """Two words of the list that are not spent together, in either order. Only pairs of the first are looked at."""
    for _ in range(_DRAWS if words else 0):
        first, second = choose(words), choose(words)
        if _make_a_pair(first, second) and not spent(_both_ways(first, second)):
            return f"{first} {second}"
    firsts = list(words)
    while firsts:
        first = choose(tuple(firsts))
        seconds = [second for second in words if _make_a_pair(first, second)]
        used = spent([pair for second in seconds for pair in _both_ways(first, second)])
        left = tuple(f"{first} {second}" for second in seconds if not {*_both_ways(first, second)} & {*used})
        if left:
            return choose(left)
        firsts.remove(first)
    raise NoSafeWordLeft("No safe word is left that is neither in use nor part of a name or an address.")


def _make_a_pair(first: str, second: str) -> bool:
    return len(first) + len(second) < LONGEST and not _overlaps(_of_word(first), _of_word(second))


def _both_ways(first: str, second: str) -> tuple[str, str]:
    return f"{first} {second}", f"{second} {first}"


def acceptable_safe_word(text: str, avoid: Iterable[str], spent: Callable[[str], bool] = _never) -> str | None:
    """Why a word or phrase that somebody chose will not do as a safe word; None if it will."""
    word = unicodedata.normalize("NFC", text.strip())
    if not _LETTERS_AND_SINGLE_SPACES.fullmatch(word):
        return "A safe word is made of letters only, with a single space between words."
    if len(word.replace(" ", "")) < SHORTEST:
        return f"A safe word needs at least {SHORTEST} letters."
    if len(word) > LONGEST:
        return f"A safe word has at most {LONGEST} characters."
    chosen = _words_of(word)
    if chosen & ALARM_WORDS:
        return "A word of alarm, such as help or police, would warn whoever overhears it."
    if _overlaps(chosen, _words_of(*avoid)):
        return "A safe word must not be part of a name or an address of the visit, or be in use for another visit."
    if spent(word):
        return "That safe word is in use for another visit, or was within the last twelve months."
    return None


def _words_of(*texts: str) -> frozenset[str]:
    """The words of texts, without regard to capitals and accents."""
    found: set[str] = set()
    for text in texts:
        plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
        found.update(_LETTERS.findall(plain.casefold()))
    return frozenset(found)


@lru_cache(maxsize=1024)
def _of_word(word: str) -> frozenset[str]:
    """As `_words_of` a word of the list: the same ones are held against every visit."""
    return _words_of(word)


def _overlaps(chosen: Iterable[str], avoided: Collection[str]) -> bool:
    """Whether a word of one is a word of the other, or a part of it that is long enough to be heard as a word."""
    for one in chosen:
        if one in avoided:
            return True
        for other in avoided:
            # Where a long one is part of the other, that is as long; a short one is no part that counts.
            if len(other) >= SHORTEST and (other in one or (len(one) >= SHORTEST and one in other)):
                return True
    return False
