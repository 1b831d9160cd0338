"""Dates and times as people write them on a form: `2 December 2026`, `2/12/2026`, `10.30 am`, `1 hour 30 minutes`.

The day comes before the month, as in Britain, and a year has four figures: what could mean two days means neither.
"""

import re
from datetime import date, datetime, time

from riskgen.files.schema import parse_date, parse_moment, parse_time
from riskgen.files.text import folded

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WRITTEN_OUT = re.compile(r"(?:([a-z]+)\.?,? +)?(\d{1,2})(?:st|nd|rd|th)?(?: of)? +([a-z]+)\.?,? +(\d{4})", re.ASCII)
_IN_FIGURES = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?: ?([ap])\.?m\.?)?", re.ASCII)
_LENGTH = re.compile(r"(?:(\d{1,3}) ?(?:hours?|hrs?|h)(?: and)?,? ?)?(?:(\d{1,4}) ?(?:minutes?|mins?|m))?", re.ASCII)
_PICTURE = re.compile(r"'([^']*)'|am/pm|y{4}|yy|d{1,4}|M{1,4}|H{1,2}|h{1,2}|m{1,2}|s{1,2}|.", re.IGNORECASE | re.DOTALL)


def date_said(text: str) -> date | None:
    """A date as somebody writes it, or None. A weekday that is not that of the date makes it none."""
    tidy = folded(text)
    if found := parse_date(tidy):
        return found
    if figures := _IN_FIGURES.fullmatch(tidy):
        return _date(int(figures[4]), int(figures[3]), int(figures[1]))
    words = _WRITTEN_OUT.fullmatch(tidy)
    if not words or (month := _place(words[3], _MONTHS)) is None:
        return None
    day = _date(int(words[4]), month + 1, int(words[2]))
    if day is None or (words[1] and _place(words[1], _DAYS) != day.weekday()):
        return None
    return day


def time_said(text: str) -> time | None:
    """A time of day as somebody writes it, or None. Figures alone, such as `10`, are none."""
    found = _CLOCK.fullmatch(folded(text))
    if not found or not (found[2] or found[3]):
        return None
    hour, minute = int(found[1]), found[2] or "00"
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "p" else 0)
    return parse_time(f"{hour}:{minute}")


def moment_said(text: str) -> datetime | None:
    """A date and a time as somebody writes them, or None."""
    if found := parse_moment(text):
        return found
    tidy = folded(text)
    parts = re.fullmatch(r"(.+?)(?:,| at)? +(\d{1,2}[:.]\d{2} ?[apm.]*|\d{1,2} ?[ap]\.?m\.?)", tidy, re.ASCII)
    day, clock = (date_said(parts[1]), time_said(parts[2])) if parts else (None, None)
    return datetime.combine(day, clock) if day and clock else None


def minutes_said(text: str) -> int | None:
    """A length of time in minutes: `40 minutes`, `1 hour 30 minutes`; or None."""
    found = _LENGTH.fullmatch(folded(text))
    if not found or not (found[1] or found[2]):
        return None
    return int(found[1] or 0) * 60 + int(found[2] or 0)


def pictured(moment: datetime, picture: str) -> str:
    """A date as Word shows it by a picture such as `dddd, d MMMM yyyy`, with the names of English."""

    def part(found: re.Match[str]) -> str:
        code = found[0]
        if found[1] is not None:
            return found[1]
        if code.lower() == "am/pm":
            return "AM" if moment.hour < 12 else "PM"
        if code[0] in "dD":
            return ("", str(moment.day), f"{moment.day:02}", f"{moment:%a}", f"{moment:%A}")[len(code)]
        if code[0] == "M":
            return ("", str(moment.month), f"{moment.month:02}", f"{moment:%b}", f"{moment:%B}")[len(code)]
        if code[0] in "yY" and len(code) > 1:
            return f"{moment.year:04}"[-len(code) :]
        number = {"H": moment.hour, "h": moment.hour % 12 or 12, "m": moment.minute, "s": moment.second}.get(code[0])
        return code if number is None else f"{number:0{len(code)}}"

    return _PICTURE.sub(part, picture)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _place(word: str, names: tuple[str, ...]) -> int | None:
    """Which name a word is, written out or by its first three letters; `sept` too."""
    short = {"sept": "sep", "tues": "tue", "thur": "thu", "thurs": "thu"}.get(word, word)
    return next((number for number, name in enumerate(names) if short in (name, name[:3])), None)
