"""Filling in a Word form: the only room that knows docxtpl.

docxtpl is held on a short lead. A form is checked before it is filled in; whatever Jinja is then given to
compile is checked once more, as it stands, and runs in a sandbox; the result is read strictly, and is
built so that the same case gives the same bytes.
"""

import io
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any
from xml.parsers import expat

from riskgen.core.problem import Problem
from riskgen.files.word import read_document
from riskgen.forms.catalogue import FormEntry
from riskgen.forms.context import FormContext
from riskgen.forms.finish import parts_of, protect, repacked, settle_fields, settle_logo
from riskgen.forms.grammar import read_tree
from riskgen.forms.preflight import examine

_HIDDEN = {"{": "\ufdd0", "}": "\ufdd1"}
"""Curly brackets in answers, while docxtpl is at work: it would take `{_{` for a way to write `{{`.

These two are no characters, so no answer holds them, yet XML can.
"""
_LANGUAGE = "en-GB"
_APPLICATION = (
    b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n"
    b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    b"<Application>riskgen</Application></Properties>"
)
"""In place of what Word noted of whoever made the form: company, manager, minutes of editing."""


class FormFault(Exception):  # noqa: N818  # it holds faults
    """A form that cannot be filled in. Nothing has been written."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))


def render(entry: FormEntry, context: FormContext, made_at: datetime, logo: bytes = b"") -> bytes:
    """A form filled in, as the bytes of a .docx. Raises `FormFault` with every fault of the form.

    `logo` is a picture, PNG or JPEG; without one, the place that the form keeps for it is taken out.
    """
    data, problems = read_document(entry.file, entry.called)
    if problems := problems or examine(entry, data):
        raise FormFault(problems)
    shown = entry.called
    document = _filled(data, context, shown)
    if entry.secret and not _says(document, context.safe_word):
        raise _fault(shown, "The copy for the office does not print the safe word.", "Put the field safe_word back.")
    _settle_properties(document, context, made_at)
    _settle_controls(document)
    settle_fields(document)
    _settle_logo(document, logo, context, shown)
    protect(document)
    raw = io.BytesIO()
    document.save(raw)
    return repacked(raw.getvalue(), lambda name, content: _finished(content, name, shown))


def _fault(shown: str, message: str, hint: str = "Run riskgen check.") -> FormFault:
    return FormFault([Problem(shown, 0, "form-render", message, hint)])


def _filled(data: bytes, context: FormContext, shown: str) -> Any:
    """The python-docx document with every field filled in."""
    from docxtpl import DocxTemplate
    from jinja2.exceptions import SecurityError, TemplateError

    template = DocxTemplate(io.BytesIO(data))
    values = {item.name: getattr(context, item.name) for item in fields(context)}
    try:
        template.render(values, jinja_env=_environment(shown), autoescape=True)
    except SecurityError as error:
        raise _fault(shown, f"The form tries to run code, which it may not: {error}.") from error
    except TemplateError as error:
        raise _fault(shown, f"The form cannot be filled in: {error.message}.") from error
    return template.docx


def _says(document: Any, word: str) -> bool:
    """Whether the body of a filled form holds a word, in one run or in several."""
    from docx.oxml.ns import qn

    return word in "".join(node.text or "" for node in document.element.body.iter(qn("w:t")))


def _environment(shown: str) -> Any:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from markupsafe import Markup, escape

    class Checked(ImmutableSandboxedEnvironment):
        """Compiles nothing that the grammar of forms does not allow, and prints nothing but text."""

        def compile(self, source: Any, *args: Any, **options: Any) -> Any:
            tree = self.parse(source)
            if faults := read_tree(tree).faults:
                raise FormFault(Problem(shown, 0, fault.code, fault.message, fault.hint) for fault in faults)
            return super().compile(tree, *args, **options)

    def printed(value: object) -> Markup:
        if not isinstance(value, str):
            if isinstance(value, StrictUndefined):
                str(value)  # raises, naming what is missing
            raise _fault(shown, f"Something that is not text would be printed ({type(value).__name__}).")
        return Markup("".join(_HIDDEN.get(character, character) for character in escape(value)))  # noqa: S704  # escaped

    return Checked(undefined=StrictUndefined, autoescape=True, finalize=printed)


# --- the document as a whole --------------------------------------------------------------------


def _settle_properties(document: Any, context: FormContext, made_at: datetime) -> None:
    """Title, school, language and date; nothing of the form's author, and nothing of python-docx."""
    properties = document.core_properties
    element = properties._element
    for child in list(element):
        element.remove(child)
    moment = made_at.astimezone(UTC).replace(tzinfo=None, microsecond=0) if made_at.tzinfo else made_at
    properties.title = f"{context.title}, {context.reference}"[:255]
    properties.author = properties.last_modified_by = context.school.name[:255]
    properties.language = _LANGUAGE
    properties.created = properties.modified = moment
    relations = document.part.package.rels
    for key in [key for key, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
        del relations[key]  # a picture of the empty form


def _settle_logo(document: Any, logo: bytes, context: FormContext, shown: str) -> None:
    from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError

    try:
        settle_logo(document, logo, context.school.name)
    except (InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError, ZeroDivisionError) as error:
        raise _fault(shown, "The school's logo is damaged.", "Save the picture again, as PNG or JPEG.") from error


def _settle_controls(document: Any) -> None:
    """Give content controls that a loop has repeated an id each; Word wants every id once."""
    from docx.oxml.ns import qn

    every = (item for part in parts_of(document) for item in part.element.iter(qn("w:id")))
    ids = [item for item in every if item.getparent().tag == qn("w:sdtPr")]
    seen = {item.get(qn("w:val")) for item in ids}
    first: set[str] = set()
    following = 1
    for item in ids:
        if item.get(qn("w:val")) in first:
            while str(following) in seen:
                following += 1
            item.set(qn("w:val"), str(following))
            seen.add(str(following))
        first.add(item.get(qn("w:val")))


# --- the file -----------------------------------------------------------------------------------


def _finished(content: bytes, name: str, shown: str) -> bytes:
    """A part with its curly brackets back. Whatever brackets it held until now are tags that were left over."""
    if name == "docProps/app.xml":
        return _APPLICATION
    if not name.endswith((".xml", ".rels")):
        return content
    if any(tag in content for tag in (b"{{", b"{%", b"{#")) and name.startswith("word/"):
        raise _fault(shown, f"A tag was left over in {name}.", "Look at the tags in the form, and run riskgen check.")
    for character, hidden in _HIDDEN.items():
        content = content.replace(hidden.encode(), character.encode())
        content = content.replace(f"&#{ord(hidden)};".encode(), character.encode())
    try:
        expat.ParserCreate().Parse(content, True)
    except expat.ExpatError as error:
        raise _fault(shown, f"The filled form is not well-formed in {name}: {error}.") from error
    return content
