"""Text as people give it: made safe to store and print, or refused with the reason.

Word documents are XML, and a single control character in one field makes the library that fills them
drop every ampersand in the fields after it. So nothing that XML cannot hold gets past this door.
"""

import re
import unicodedata
from zlib import crc32

_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029]")
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Bidirectional overrides and isolates: in a name they can make it read as another."""
PROMPT_MARK = "\u200b"
"""Stands unseen at both ends of a prompt: it is known as one also where a program has dropped the flag of its field."""
_SEAL_SIGNS, _SEAL_LENGTH = "\u200c\u200d", 16
"""What nobody sees either, for the bits 0 and 1 of a prompt's seal, and how many there are."""
_BYTE_ORDER_MARK = "\ufeff"
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
    + "]"
)
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols by category that nevertheless show nothing."""
# fmt: off
_CONTROL_NAMES = (
    "null", "start of heading", "start of text", "end of text",
    "end of transmission", "enquiry", "acknowledge", "bell",
    "backspace", "tab", "line feed", "line tabulation",
    "form feed", "carriage return", "shift out", "shift in",
    "data link escape", "device control one", "device control two", "device control three",
    "device control four", "negative acknowledge", "synchronous idle", "end of transmission block",
    "cancel", "end of medium", "substitute", "escape",
    "file separator", "group separator", "record separator", "unit separator",
)
# fmt: on


def clean(text: str, one_line: bool, longest: int) -> tuple[str, str | None]:
    """The text to store and None, or an empty text and the reason why it is refused.

    Nothing is cut short. Empty text is not refused: whether an answer is needed is not for this room.
    """
    tidy = _LINE_ENDS.sub("\n", text.replace(_BYTE_ORDER_MARK, ""))
    bad = _UNPRINTABLE.search(tidy)
    if bad:
        return "", f"It holds the character {described(bad[0])}, which cannot be printed. Type it again without that."
    if one_line:
        tidy = _OVERRIDES.sub("", tidy)
    tidy = unicodedata.normalize("NFC", tidy.strip())
    if one_line and "\n" in tidy:
        return "", "It runs over several lines. Write it on one line."
    if tidy and not any(map(_shows, tidy)):
        return "", f"It holds only characters that cannot be seen, such as {described(tidy[0])}. Type the text again."
    if len(tidy) > longest:
        return "", f"It is too long: {len(tidy)} of {longest} characters. Shorten it."
    return tidy, None


def in_two(reason: str) -> tuple[str, str]:
    """A reason of `clean` as what is wrong and how to mend it."""
    wrong, _, mending = reason.partition(". ")
    return f"{wrong.rstrip('.')}.", mending


def mend(text: str) -> str:
    """Text that was stored before it could be refused: what cannot be printed becomes U+FFFD, visibly."""
    if text.isprintable():  # as nearly all is; then none of the signs below is in it
        return text
    return _UNPRINTABLE.sub("\ufffd", _LINE_ENDS.sub("\n", text))


def as_prompt(words: str) -> str:
    """Words as the prompt of a field: with a mark at both ends, and within them a seal that fits these words alone."""
    return f"{PROMPT_MARK}{words}{_seal(words)}{PROMPT_MARK}"


def without_marks(prompt: str) -> str:
    """The words of a text as `as_prompt` made it, or of a part of one."""
    return re.sub(f"[{PROMPT_MARK}{_SEAL_SIGNS}]", "", prompt)


def is_prompt(text: str) -> bool:
    """Whether a text is a prompt as `as_prompt` made it: other words between the same marks are not."""
    tidy = text.strip()
    inner = tidy[1:-1]
    whole = tidy.startswith(PROMPT_MARK) and tidy.endswith(PROMPT_MARK) and PROMPT_MARK not in inner
    words, seal = inner[:-_SEAL_LENGTH], inner[-_SEAL_LENGTH:]
    return whole and seal == _seal(words)


def _seal(words: str) -> str:
    """A checksum of words, whatever spaces are between them: a program may take one for another."""
    number = crc32("".join(words.split()).encode())
    return "".join(_SEAL_SIGNS[number >> place & 1] for place in range(_SEAL_LENGTH))


def printed(text: str) -> str:
    """Text as forms print it: mended, and without the mark of prompts, which it could be taken for on its way back."""
    if text.isprintable():  # which the mark is not
        return text
    return mend(text).replace(PROMPT_MARK, "")


def folded(text: str) -> str:
    """A text as it is compared: without regard to capital letters, and to how many spaces are between its words."""
    return " ".join(text.casefold().split())


def described(character: str) -> str:
    """A character as U+XXXX with its name, for messages."""
    number = ord(character)
    if number < len(_CONTROL_NAMES):
        name = _CONTROL_NAMES[number]
    elif 0xD800 <= number <= 0xDFFF:
        name = "half of a surrogate pair"
    elif number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF:
        name = "not a character"
    else:
        name = unicodedata.name(character, "a control character").lower()
    return f"U+{number:04X} ({name})"


def _shows(character: str) -> bool:
    return not (character.isspace() or character in _BLANK or unicodedata.category(character) in ("Cf", "Mn"))
