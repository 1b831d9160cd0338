"""Checking a Word form before it is ever filled in: every fault of it, all at once, and nothing run.

Needs neither docxtpl nor lxml, so that `riskgen check` stays quick. What passes here can only print
fields of the contract; the sandbox in `render` is a second wall.
"""

import re
from collections.abc import Iterator

from riskgen.core.problem import Problem
from riskgen.files.word import Part, open_parts, read_document
from riskgen.forms.catalogue import FormEntry
from riskgen.forms.disclosure import SAFE_WORD, among, kept_from
from riskgen.forms.grammar import Fault, read_tree
from riskgen.forms.tags import as_template, find_tags, unfilled

_NO_CHARACTER = re.compile("[\ufdd0-\ufdef]")


def preflight(entry: FormEntry) -> tuple[Problem, ...]:
    """Every fault of one form of the catalogue; none if it may be filled in."""
    data, problems = read_document(entry.file, entry.called)
    return problems or examine(entry, data)


def examine(entry: FormEntry, data: bytes) -> tuple[Problem, ...]:
    """As `preflight`, for a document that has been read already."""
    shown = entry.called
    parts, problems = open_parts(data, shown)
    found = list(problems)
    used: set[str] = set()
    for part in parts:
        if _holds_no_character(part):
            message = f"There is a sign that is no character in {part.words} (U+FDD0 to U+FDEF)."
            found.append(Problem(shown, 0, "form-forbidden", message, "Type the text there again."))
        if part.filled:
            faults, fields = _read(part)
            used |= fields
            found += (Problem(shown, 0, fault.code, fault.message, fault.hint) for fault in faults)
        elif unfilled(part):
            message = f"There is a tag in {part.words}, where nothing is filled in."
            found.append(Problem(shown, 0, "form-misplaced", message, "Move it into the text, a header or a footer."))
    if parts:
        found += (Problem(shown, 0, *words) for words in _held_to(entry, used))
    return tuple(dict.fromkeys(found))


def _holds_no_character(part: Part) -> bool:
    """Whether a part holds what Word never writes, and what marks are made of while a form is filled in."""
    texts = ((element.text or "", element.tail or "", *element.attrib.values()) for element in part.root.iter())
    return any(_NO_CHARACTER.search(text) for each in texts for text in each)


def _read(part: Part) -> tuple[list[Fault], set[str]]:
    """The faults of one part, each saying where, and the fields that it uses."""
    from jinja2 import Environment

    tags = find_tags(part)
    faults = [Fault(0, code, f"In {part.words}: {message}", hint) for code, message, hint in tags.faults]
    source, owners, block_faults = as_template(tags.tags)
    reading = read_tree(Environment(autoescape=True).parse(source))
    for fault in (*block_faults, *reading.faults):
        owner = owners[fault.line - 1]
        near = "" if owner.near in fault.message else f" It stands near '{owner.near}'."
        faults.append(Fault(0, fault.code, f"In {part.words}: {fault.message}{near}", fault.hint))
    return faults, reading.used


def _held_to(entry: FormEntry, used: set[str]) -> Iterator[tuple[str, str, str]]:
    for path in entry.mandatory:
        if path not in used:
            message = f"The form does not print {path}, which forms.yaml calls mandatory."
            yield "form-mandatory", message, f"Put {{{{ {path} }}}} into the form." if "[" not in path else ""
    if entry.secret and SAFE_WORD not in used:
        message = "The form does not print the safe word, but forms.yaml says that it carries it."
        hint = f"Put {{{{ {SAFE_WORD} }}}} into the form, or take safe_word out of forms.yaml."
        yield "form-mandatory", message, hint
    yield from given_away(entry, used)


def given_away(entry: FormEntry, used: set[str]) -> Iterator[tuple[str, str, str]]:
    """Fields that whoever holds the form, or finds it, must not see. What is below one of them is not told again."""
    told: list[str] = []
    for path in sorted(used):
        holder = kept_from(entry, path)
        if holder is None or among(path, told):
            continue
        told.append(path)
        if path == SAFE_WORD:
            message = "The form prints safe_word, but forms.yaml does not list it as a form that holds the safe word."
            hint = "Take it out: the safe word belongs on the office copy of the Intent-to-Visit form."
            yield "form-safe-word", message, hint
        else:
            message = f"The form prints {path}, which must not reach this holder: {holder.words.lower()}."
            yield "form-discloses", message, "Take it out: what is meant for this holder may not say it."
