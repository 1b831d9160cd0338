"""Whatever people write into a field is printed by every form as they wrote it, or was refused at the door."""

import io
import re
import zipfile
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from riskgen.core.struct import Struct, asdict, replace
from riskgen.files.text import clean
from riskgen.files.word import open_parts
from riskgen.forms.catalogue import FormEntry, load_forms
from riskgen.forms.preflight import _read
from riskgen.forms.render import render

ROOT = Path(__file__).resolve().parents[2]
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MADE = datetime(2026, 7, 25, 9, 0)
COMPARED = r"^duties\.emergency\.\d+\.who$"
"""Fields that forms only compare, and print nowhere."""
FORMS = load_forms(ROOT / "templates")[0]
NAUGHTY = (
    'O\'Brien & Sons <b>bold</b> "quoted" ‘curly’',
    "]]></w:t></w:r><!-- -->&amp;&#0;",
    "{{7*7}} {% if x %} {# note #} {{ safe_word }} }} {_{ %}",
    "first line\nsecond & third\tafter a tab",
    "José Ng Null None undefined -1 =1+1 @SUM('x')",
    "مرحبا بالعالم שלום فارسی‌ها",
    "👨‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "W" * 300 + " " + "w" * 300,
    "%s %d %(x)s ${HOME} `ls` $(ls) \\n \\u0000",
    "'; DROP TABLE visits; --",
)


def test_each_of_them_gets_past_the_door_as_it_is() -> None:
    for text in NAUGHTY:
        assert clean(text, one_line=False, longest=1000) == (text, None)


@pytest.mark.parametrize("text", ["a\x01b", "a\x0cb", "a\ufffeb", "a\ud800b", "a\x00b", "\u200b\u2060", "a\u0085b"])
def test_what_no_document_can_hold_is_refused_there_in_words(text: str) -> None:
    kept, reason = clean(text, one_line=False, longest=1000)
    assert kept == ""
    assert reason


@pytest.mark.parametrize("entry", FORMS, ids=[form.id for form in FORMS])
def test_every_field_of_every_form_prints_what_it_holds(entry: FormEntry, context: Any) -> None:
    printed, held = "", {}
    for yes in (False, True):  # between them, and the third one, both sides of every condition
        made, held = _filled_with_them(context(), yes)
        printed += _printed(render(entry, made, MADE))
    printed += _printed(render(entry, _with_gaps(made), MADE))
    used = _used(entry)
    asked = {path: text for path, text in held.items() if re.sub(r"\.\d+\.", "[].", path) in used}
    asked = {path: text for path, text in asked.items() if not re.search(COMPARED, path)}
    assert len(asked) >= 5
    for path, text in asked.items():
        assert text in printed, path


def _with_gaps(made: Any) -> Any:
    """The same with ladders that nobody has written, clauses of a record that were not done, and no plan."""
    ladders = {name: replace(ladder, rows=()) for name, ladder in asdict(made.ladders).items()}
    clauses = tuple(replace(clause, answer="Not done") for clause in made.record.clauses)
    emergency = tuple(replace(clause, who="Visitors") for clause in made.duties.emergency)
    made = replace(made, duties=replace(made.duties, emergency=emergency))
    return replace(
        made, ladders=replace(made.ladders, **ladders), record=replace(made.record, clauses=clauses, further=())
    )


def _filled_with_them(made: Any, yes: bool) -> tuple[Any, dict[str, str]]:
    """The context with one of them, and a number of its own, in each of its texts; and which text each path holds.

    `yes` is the answer to every yes-or-no of it.
    """
    held: dict[str, str] = {}
    numbers = count()

    def fill(value: Any, path: str) -> Any:
        if isinstance(value, Struct):
            filled = {name: fill(inside, _below(path, name)) for name, inside in asdict(value).items()}
            return replace(value, **filled)
        if isinstance(value, tuple):
            return tuple(fill(item, f"{path}.{number}") for number, item in enumerate(value))
        if isinstance(value, str) and not path.endswith("colour"):
            number = next(numbers)
            held[path] = f"{NAUGHTY[number % len(NAUGHTY)]} #{number}#"
            return held[path]
        return yes if isinstance(value, bool) else value

    return fill(made, ""), held


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _used(entry: FormEntry) -> set[str]:
    parts, problems = open_parts(entry.file.read_bytes(), entry.called)
    assert problems == ()
    return set().union(*(_read(part)[1] for part in parts if part.filled))


def _printed(data: bytes) -> str:
    """All paragraphs of a filled form, with their line breaks and tabs."""
    lines = []
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            if name.startswith("word/") and name.endswith(".xml"):
                root = ElementTree.fromstring(package.read(name))
                lines += ["".join(_pieces(paragraph)) for paragraph in root.iter(f"{W}p")]
    return "\n".join(lines)


def _pieces(paragraph: ElementTree.Element) -> Any:
    for item in paragraph.iter():
        if item.tag == f"{W}t":
            yield item.text or ""
        elif item.tag == f"{W}br":
            yield "\n"
        elif item.tag == f"{W}tab":
            yield "\t"
