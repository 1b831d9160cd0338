"""The content controls of a Word document, by their tags: the fields that people fill in, and what stands in each.

What shows is what counts. Where a program has changed what a field shows and not what it holds, or the other way
round, that is a fault: one of the two is not what somebody meant.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element
from zlib import crc32

from riskgen.core.problem import Problem
from riskgen.core.struct import Struct, replace
from riskgen.core.words import NOT_RECORDED, NOT_WORKED_OUT
from riskgen.files.answers import UNKNOWN
from riskgen.files.shown import NOT_SHOWN, character_of, is_deleted_row, is_on, shown_text
from riskgen.files.spoken import date_said, moment_said, pictured
from riskgen.files.text import PROMPT_MARK, clean, described, folded, is_prompt
from riskgen.files.word import Part, W, open_parts, read_document

W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"

ANSWER = "answer."
"""How the tag of a field begins that holds the answer to a question."""
RECORD, AUTHORISE, DAY = "record.", "authorise.", "day."
BRINGS_BACK = (ANSWER, RECORD, AUTHORISE, DAY)
"""How the tags begin of fields that are read. All others are for people only."""
VISITORS = "visit.visitors"
"""Stands among the answers, though it is no question: who goes is the staff directory's."""
NOBODY = "Nobody"
"""The entry of a list of visitors for a place that stays empty."""
WORD_FILES = frozenset({".docx", ".docm", ".doc", ".dotx", ".dotm", ".odt", ".rtf"})
"""Endings of files that are taken for Word documents. Only the first can be read; of the others it is said why not."""
TICKED, UNTICKED = "\u2612\u2611", "\u2610"
"""The marks of a tick box that every program knows. A form may declare others of its own."""
UNSAID = frozenset({"", NOT_RECORDED.casefold(), NOT_WORKED_OUT.casefold(), UNKNOWN})
"""What a field shows, `folded`, where it says nothing."""
MOST_FIELDS = 2_000
DEEPEST_FIELD = 8
"""Fields within fields. Each holds the text of those inside it, so that a few more could fill the memory."""
LONGEST_TITLE = 80
COUNT = "form.count"
"""The tag of the field in which a form says with which fields it was written, itself among them: `fields_print`."""
NOT_COUNTED = "0"
"""What stands there before the form is handed out."""
ROWS = (
    (f"{RECORD}action_what", f"{RECORD}action_who", f"{RECORD}action_by"),
    (f"{DAY}check_in_at",),
    (f"{ANSWER}{VISITORS}",),
)
"""The tags of rows that people may add where a form has too few. Each row has one field of each tag."""
NOT_LISTED = "form-list"
"""The code of a fault: a drop-down shows what is not in its list."""
AS_PROMPT = "form-prompt"
"""The code of a fault: nobody can tell whether a field shows its prompt or what somebody put there."""
PROMPT_STYLE = "Placeholder Text"
"""The style of prompts, by its name in Word, which is the same in every language."""
_PROMPT_STYLE_ID = "PlaceholderText"
_FRESH = "Take a fresh form, and fill it in with Word, or LibreOffice 24.2 or later."
_FILL_IN = "a field of the kind FILLIN,"
"""What LibreOffice 7.4 makes of a field that holds whole paragraphs."""


class Kind(StrEnum):
    """What a field is to the person who fills it in."""

    TEXT = "text"
    LIST = "drop-down"
    COMBO = "combo"
    DATE = "date"
    TICK = "tick box"


_KINDS = {
    W + "dropDownList": Kind.LIST,
    W + "comboBox": Kind.COMBO,
    W + "date": Kind.DATE,
    W14 + "checkbox": Kind.TICK,
}
_NO_FIELDS = frozenset({"group", "picture", "docPartObj", "docPartList", "bibliography", "citation", "equation"})
_REPEATING = frozenset({"repeatingSection", "repeatingSectionItem"})
"""Kinds of content controls that nobody types into: they hold others, or what Word puts there."""


class Control(Struct, frozen=True):
    """One field. `text` is what it shows, raw; empty while it still shows its prompt (`prompts`).

    `value` is that of the entry chosen from its list; `moment` what a date holds beside what it shows; `ticked` is
    None for all but a tick box. `options` are the entries of a list as they show.
    """

    tag: str
    title: str
    kind: Kind
    text: str
    prompts: bool = False
    value: str = ""
    moment: datetime | None = None
    ticked: bool | None = None
    options: tuple[str, ...] = ()


class Fields(Struct, frozen=True):
    """The fields of a document in its order, and every fault. Faults of one field have its tag as their `field`."""

    shown: str
    controls: tuple[Control, ...] = ()
    problems: tuple[Problem, ...] = ()

    def of(self, *beginnings: str) -> tuple[Control, ...]:
        """The fields whose tags begin so."""
        return tuple(control for control in self.controls if control.tag.startswith(beginnings))

    @property
    def counts(self) -> tuple[str, ...]:
        """With which fields the form says that it was written; nothing before it was handed out."""
        found = (control.text.strip() for control in self.controls if control.tag == COUNT)
        return tuple(said for said in found if said not in ("", NOT_COUNTED))

    def faults(self, *beginnings: str) -> tuple[Problem, ...]:
        """The faults of the document itself, and those of the fields whose tags begin so."""
        return tuple(each for each in self.problems if not each.field or each.field.startswith(beginnings))


def is_word_file(path: Path) -> bool:
    return path.suffix.lower() in WORD_FILES


def read_fields(path: Path, shown: str = "") -> Fields:
    """The fields of a file that was handed in. With a fault of the file itself there are no fields."""
    name = shown or str(path)
    data, problems = read_document(path, name)
    if problems:
        return Fields(name, problems=tuple(map(_handed_in, problems)))
    parts, problems = open_parts(data, name)
    if any(_FILL_IN in each.message for each in problems):
        problems = (_no_tags(name), *(each for each in problems if _FILL_IN not in each.message))
    return Fields(name, problems=problems) if problems else fields_of(parts, name)


def _handed_in(problem: Problem) -> Problem:
    """A fault of a file, without advice that is only for a school's own forms."""
    hints = {"form-missing": "Check the name and the folder.", "form-size": "Check that it is the right file."}
    words = hints.get(problem.code, problem.hint)
    return Problem(problem.path, problem.line, problem.code, problem.message, words)


def fields_of(parts: Iterable[Part], shown: str) -> Fields:
    """The fields of a document that has been opened: those of the text first, then of headers and footers."""
    opened = tuple(parts)
    filled = [part for part in opened if part.filled]
    quiet = frozenset({_PROMPT_STYLE_ID, *(each for part in opened for each in _prompt_styles(part.root))})
    filled.sort(key=lambda part: (part.root.tag not in (W + "document", STRICT + "document"), part.name))
    if any(part.root.tag == STRICT + "document" for part in filled):
        hint = "Open it in Word and save it as a Word document (*.docx), not as a Strict Open XML Document."
        message = "The form was saved as a Strict Open XML Document, which cannot be read."
        return Fields(shown, problems=(Problem(shown, 0, "form-strict", message, hint),))
    found: list[_Found] = []
    tags: list[str] = []
    for part in filled:
        for element, depth in _elements(part.root, 1):
            if depth > DEEPEST_FIELD or len(found) >= MOST_FIELDS:
                return Fields(shown, problems=(_too_many(shown),))
            tags += [tag] if (tag := _tag(element)) else []
            if kind := _kind(element):
                found.append(_Found(element, kind, quiet))
    tagged = [each for each in found if each.tag]
    problems = [problem for each in tagged for problem in each.problems(shown)]
    if not found:
        problems.append(_no_fields(shown))
    elif not tagged:
        problems.append(_no_tags(shown))
    else:
        problems += (_untagged(shown, each.title) for each in found if not each.tag and each.says_something())
    controls = tuple(each.control() for each in tagged)
    fields = Fields(shown, controls, tuple(problems))
    whole = all(_is_whole(said, tags) for said in fields.counts)
    return fields if whole else replace(fields, problems=(*problems, _fewer(shown)))


def fields_print(tags: Iterable[str]) -> str:
    """With which fields a form is written, from the tags of all of them: how many there are, and a fingerprint of the
    tags and of how often each is there, to which it makes no difference how many rows there are of a kind that people
    may add."""
    counts = Counter(tags)
    total = counts.total()
    for row in ROWS:
        fewest = min(counts[tag] for tag in row)
        counts.subtract(dict.fromkeys(row, fewest))
    words = "\n".join(sorted(f"{tag} {count}" for tag, count in counts.items() if count))
    return f"{total} {crc32(words.encode()):08x}"


def _is_whole(said: str, tags: Iterable[str]) -> bool:
    """Whether a form has the fields that it was written with, and at least as many rows."""
    then, now = said.split(), fields_print(tags).split()
    return len(then) == 2 and then[0].isdecimal() and int(then[0]) <= int(now[0]) and then[1] == now[1]


def named(shown: str, title: str) -> str:
    """Where a field stands, for messages."""
    return f"{shown}, field '{title}'"


def _too_many(shown: str) -> Problem:
    message = f"The form has more than {MOST_FIELDS} fields, or fields within fields more than {DEEPEST_FIELD} deep."
    return Problem(shown, 0, "form-size", message, "Check that it is the right file.")


def _no_fields(shown: str) -> Problem:
    message = "There is no field in it that people fill in (no content control)."
    hint = "Fill in the form as riskgen wrote it, in Word, without copying its text into another document."
    return Problem(shown, 0, "form-no-fields", message, hint)


def _no_tags(shown: str) -> Problem:
    message = (
        "Its fields have lost their names: it was saved by LibreOffice 7.4 or another program that drops the names of "
        "the fields, so nobody can tell which answer belongs where."
    )
    return Problem(shown, 0, "form-no-tags", message, _FRESH)


def _untagged(shown: str, title: str) -> Problem:
    message = "It is filled in, and has lost its name (its tag), so that nobody can tell what it answers."
    return Problem(named(shown, title), 0, "form-untagged", message, _FRESH)


def uncounted(shown: str, hint: str = _FRESH) -> Problem:
    """A fault: a form does not say with which fields it was written, so that nobody can tell whether one is lost."""
    message = f"It does not say with which fields it was written: it has no field with the tag {COUNT}."
    return Problem(shown, 0, "form-no-count", message, hint)


def _fewer(shown: str) -> Problem:
    message = (
        "It has fewer fields than it was written with, or others: some were taken out or lost, and what was filled in "
        "there."
    )
    return Problem(shown, 0, "form-fields-gone", message, _FRESH)


# --- finding them ---------------------------------------------------------------------------------


def _elements(element: Element, depth: int) -> Iterator[tuple[Element, int]]:
    """Every content control that is not deleted, outer ones first, with how deep it stands in others."""
    for child in element:
        if child.tag in NOT_SHOWN or is_deleted_row(child):
            continue
        is_control = child.tag == W + "sdt"
        if is_control:
            yield child, depth
        yield from _elements(child, depth + is_control)


def _kind(element: Element) -> Kind | None:
    properties = element.find(W + "sdtPr")
    for item in properties if properties is not None else ():
        tag = str(item.tag)
        if kind := _KINDS.get(tag):
            return kind
        local = tag.rpartition("}")[2]
        if (tag.startswith(W) and local in _NO_FIELDS) or local in _REPEATING:
            return None
    return Kind.TEXT


def _prompt_styles(root: Element) -> Iterator[str]:
    """The ids of the style of prompts, where this is the part that has the styles."""
    for style in root.iter(W + "style") if root.tag == W + "styles" else ():
        name = style.find(W + "name")
        if name is not None and name.get(W + "val", "").casefold() == PROMPT_STYLE.casefold():
            yield style.get(W + "styleId", "")


def _tag(element: Element) -> str:
    found = element.find(f"{W}sdtPr/{W}tag")
    return found.get(W + "val", "").strip() if found is not None else ""


class _Found:
    """One content control as it stands in the document."""

    def __init__(self, element: Element, kind: Kind, quiet: frozenset[str]) -> None:
        self.kind = kind
        properties = element.find(W + "sdtPr")
        self.properties = properties if properties is not None else Element("none")
        self.tag = _tag(element)
        self.holds_others = any(each is not element for each in element.iter(W + "sdt"))
        self.flagged = is_on(self.properties.find(W + "showingPlcHdr"), W + "val")
        content = element.find(W + "sdtContent")
        self.shows = shown_text(content) if content is not None else ""
        self.prompts = self.flagged or is_prompt(self.shows)
        self.written_over = False
        if self.flagged and content is not None and not is_prompt(self.shows):
            self.written_over = PROMPT_MARK in self.shows or bool(shown_text(content, quiet).strip())
        self.details = self.properties.find(next((name for name, each in _KINDS.items() if each is kind), "none"))

    def _said(self, name: str) -> str:
        found = self.properties.find(W + name)
        return found.get(W + "val", "") if found is not None else ""

    @property
    def title(self) -> str:
        """What people know the field by. One that cannot be printed is left out for the tag."""
        for words in (self._said("alias"), self.tag):
            tidy, reason = clean(_spaced(words)[:LONGEST_TITLE], one_line=True, longest=LONGEST_TITLE)
            if tidy and not reason:
                return tidy
        return "without a title"

    @property
    def text(self) -> str:
        """What it shows, unless that is its prompt, or an entry of its list that stands for no choice."""
        item = self._chosen()
        empty = self.prompts or (item is not None and item.get(W + "value") == "")
        return "" if empty else self.shows

    def _items(self) -> tuple[Any, ...]:
        return tuple(self.details.iter(W + "listItem")) if self.details is not None else ()

    def _chosen(self) -> Element | None:
        if self.prompts or self.kind not in (Kind.LIST, Kind.COMBO):
            return None
        shown = _spaced(self.shows)
        return next((item for item in self._items() if _spaced(_as_shown(item)) == shown), None)

    @property
    def _full_date(self) -> str:
        known = self.kind is Kind.DATE and not self.flagged and self.details is not None
        return self.details.get(W + "fullDate", "") if known and self.details is not None else ""

    @property
    def moment(self) -> datetime | None:
        try:
            return datetime.fromisoformat(self._full_date.strip()).replace(
                tzinfo=None
            )  # a time of the wall in any zone
        except ValueError:
            return None

    @property
    def ticked(self) -> bool | None:
        if self.kind is not Kind.TICK or self.details is None:
            return None
        state = self.details.find(W14 + "checked")
        return state is not None and is_on(state, W14 + "val")

    def says_something(self) -> bool:
        """Whether somebody has filled it in. What holds other fields says what they say."""
        if self.holds_others:
            return False
        return bool(self.ticked) if self.kind is Kind.TICK else self.written_over or folded(self.text) not in UNSAID

    def control(self) -> Control:
        item = self._chosen()
        return Control(
            self.tag,
            self.title,
            self.kind,
            "" if self.kind is Kind.TICK else self.text,
            self.prompts,
            item.get(W + "value", "") if item is not None else "",
            self.moment,
            self.ticked,
            tuple(map(_as_shown, self._items())),
        )

    # --- what does not fit ---

    def problems(self, shown: str) -> Iterator[Problem]:
        """Where what the field shows and what it holds are at odds. What it shows is not repeated."""
        at = named(shown, self.title)
        if self.kind is not Kind.TICK and (self.written_over or self._left_prompting()):
            message = "It shows what somebody put there, and is stored as if it still showed its prompt."
            hint = f"Put it in again in Word, and save the form. A prompt has the style '{PROMPT_STYLE}'."
            yield Problem(at, 0, AS_PROMPT, message, hint, field=self.tag)
        elif not self.prompts and PROMPT_MARK in self.shows:
            message = f"Part of its prompt stands in it still, or else {described(PROMPT_MARK)}, which nobody sees."
            hint = "Empty the field in Word, put in again what is to stand there, and save the form."
            yield Problem(at, 0, AS_PROMPT, message, hint, field=self.tag)
        checks = {Kind.TICK: self._tick_faults, Kind.DATE: self._date_faults, Kind.LIST: self._list_faults}
        for code, message, hint in checks[self.kind]() if self.kind in checks else ():
            yield Problem(at, 0, code, message, hint, field=self.tag)

    def _left_prompting(self) -> bool:
        """Whether a list shows one of its entries, and is stored as showing its prompt: nobody knows which holds."""
        shown = _spaced(self.shows)
        entries = [_spaced(_as_shown(item)) for item in self._items() if item.get(W + "value")]
        return self.prompts and self.kind in (Kind.LIST, Kind.COMBO) and shown in entries

    def _tick_faults(self) -> Iterator[tuple[str, str, str]]:
        hint = "Click on the box in Word until it is as it was meant, and save the form."
        mark = _plain(self.shows.strip())
        own = {name: self._state(name) for name in ("checkedState", "uncheckedState")}
        ticked = set(TICKED) | ({own["checkedState"]} - set(UNTICKED))
        unticked = set(UNTICKED) | ({own["uncheckedState"]} - set(TICKED))
        if mark not in ticked | unticked:
            yield "form-tick", "It shows neither a ticked box nor an empty one.", hint
        elif (mark in ticked) != bool(self.ticked) or mark in ticked & unticked:
            held = ("a ticked box", "not ticked") if mark in ticked else ("an empty box", "ticked")
            message = f"It shows {held[0]}, and is stored as {held[1]}: another program has changed one of the two."
            yield "form-tick", message, hint

    def _state(self, name: str) -> str:
        state = self.details.find(W14 + name) if self.details is not None else None
        return _plain(character_of(state.get(W14 + "val", ""))) if state is not None else ""

    def _date_faults(self) -> Iterator[tuple[str, str, str]]:
        held = self._full_date
        if not held or not self.shows.strip():
            return
        moment = self.moment
        if moment is None or not self._shows(moment):
            message = "The date that it shows is not the one that it holds: another program has changed one of the two."
            yield "form-date", message, "Pick the date again in Word, and save the form."

    def _shows(self, moment: datetime) -> bool:
        shown = _spaced(self.shows)
        if said := moment_said(shown):
            return said == moment
        if day := date_said(shown):
            return day == moment.date()
        found = self.details.find(W + "dateFormat") if self.details is not None else None
        picture = found.get(W + "val", "") if found is not None else ""
        return bool(picture) and folded(pictured(moment, picture)) == folded(shown)

    def _list_faults(self) -> Iterator[tuple[str, str, str]]:
        if folded(self.text) not in UNSAID and self._chosen() is None and self._items():
            message = "What it shows is not among the choices of its list: another program has changed it."
            yield NOT_LISTED, message, "Choose an entry of the list in Word, and save the form."


def _as_shown(item: Element) -> str:
    """An entry of a list as it shows: by its words, or else by its value."""
    return item.get(W + "displayText", "") or item.get(W + "value", "")


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _plain(mark: str) -> str:
    """A character of a symbol font as its place in that font, without the private range that Word puts it into."""
    return chr(ord(mark) - 0xF000) if len(mark) == 1 and 0xF000 <= ord(mark) <= 0xF0FF else mark
