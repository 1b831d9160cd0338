"""Filling in a Word form.

A form is checked before it is filled in; whatever Jinja is then given to compile is checked once more, as it stands,
and runs in a sandbox; and the same case gives the same bytes. What can be done once for a form, as long as it, the
logo and the school's name stay the same, is done once, and kept (`compiled`).
"""

import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from xml.parsers import expat

from riskgen import __version__
from riskgen.core.problem import Problem
from riskgen.core.struct import asdict, is_struct, names_of, replace
from riskgen.files import cache as disk
from riskgen.files.word import read_document
from riskgen.files.zipped import joined, packed
from riskgen.forms import context
from riskgen.forms.catalogue import FormEntry
from riskgen.forms.compiled import Compiled, Filler, NotText, put_in, text_of
from riskgen.forms.grammar import read_tree
from riskgen.forms.late import core_part, settle_late
from riskgen.forms.preflight import examine, given_away

_BRACKETS, _HIDDEN = "{}", "\ufdd0\ufdd1"
"""Curly brackets in answers, while docxtpl itself is at work: it would take `{_{` for a way to write `{{`.

These two are no characters, so no answer holds them, yet XML can.
"""
_AT_ONCE = 32
"""Forms that a process holds ready: those of a few schools."""


class FormFault(Exception):  # noqa: N818  # it holds faults
    """A form that cannot be filled in. Nothing has been written."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))


def render(entry: FormEntry, given: context.FormContext, made_at: datetime, logo: bytes = b"") -> bytes:
    """A form filled in, as the bytes of a .docx. Raises `FormFault` with every fault of the form.

    `logo` is a picture, PNG or JPEG; without one, the place that the form keeps for it is taken out.
    """
    data, problems = read_document(entry.file, entry.called)
    if problems:
        raise FormFault(problems)
    form = _ready(entry, data, logo, given.school.name)
    values = asdict(given)
    core = core_part(f"{given.title}, {given.reference}", given.school.name, made_at)
    return form.fill(values, core, given.safe_word if entry.secret else "")


class _Ready:
    """A form that can be filled in at once. `filler` is None where docxtpl itself has to do it."""

    def __init__(self, entry: FormEntry, prepared: Callable[[], bytes], filler: Filler | None) -> None:
        self.entry, self.prepared, self.filler = entry, prepared, filler
        self.shown = entry.called

    def fill(self, values: Mapping[str, object], core: bytes, word: str = "") -> bytes:
        """The document. Raises `FormFault`, also where the text does not say a word that it has to say."""
        with _in_words(self.shown):
            if self.filler is None:
                return self._by_docxtpl(values, core, word)
            texts = self.filler.texts(values)
            _must_say(texts[self.filler.form.main], put_in(word), self.shown)
            return self.filler.document(texts, core)

    def _by_docxtpl(self, values: Mapping[str, object], core: bytes, word: str) -> bytes:
        from riskgen.forms.compile import by_docxtpl
        from riskgen.forms.finish import in_order, texts_of

        try:
            main, parts = by_docxtpl(self.prepared(), values, _environment(self.entry, _hidden), core)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            what = f"The form cannot be filled in ({type(error).__name__}): it is not as Word writes it."
            raise _fault(self.shown, what, "Open it in Word and save it again; look at its tables.") from error
        texts = {name: _checked(text, name, self.shown) for name, text in texts_of(parts).items()}
        _must_say(texts[main], word, self.shown)
        parts |= {name: text.encode() for name, text in settle_late(texts).items()}
        return joined(packed(name, parts[name]) for name in in_order(parts))


@lru_cache(maxsize=_AT_ONCE)
def _ready(entry: FormEntry, data: bytes, logo: bytes, school: str) -> _Ready:
    """Raises `FormFault` with every fault of the form. What was made ready has none, and is not looked at again."""
    from jinja2.exceptions import TemplateError

    def prepared() -> bytes:
        return _prepared(data, logo, school, entry.called)

    environment = _environment(entry, put_in)
    key = disk.key_of("form", _editions(), repr(replace(entry, file=Path())), data, logo, school)
    try:
        if held := disk.kept(key):
            return _Ready(entry, prepared, Filler(Compiled.from_bytes(held), environment))
    except (ValueError, KeyError, TypeError, RecursionError, zipfile.BadZipFile, TemplateError, FormFault):
        pass  # as if nothing had been kept
    if problems := examine(entry, data):
        raise FormFault(problems)
    from riskgen.forms.compile import NotCompiled, compile_form

    with _in_words(entry.called):
        try:
            compiled = compile_form(prepared(), environment)
        except NotCompiled:
            return _Ready(entry, prepared, None)
        filler = Filler(compiled, environment)
    disk.keep(key, compiled.to_bytes())
    return _Ready(entry, prepared, filler)


@cache
def _editions() -> str:
    """Everything but the form itself that what is made of it depends on."""
    code = disk.edition_of("riskgen.core", "riskgen.files", "riskgen.forms", "docxtpl", "docx", "lxml", "jinja2")
    return f"{__version__};{sys.version};{code}"


def _prepared(data: bytes, logo: bytes, school: str, shown: str) -> bytes:
    from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError

    from riskgen.forms.finish import SplitPrompt, prepared

    try:
        return prepared(data, logo, school)
    except SplitPrompt as error:
        message = f"The prompt of the field '{error}' has tags in several paragraphs."
        raise _fault(shown, message, "Put it into one paragraph, with {% if … %} rather than {%p if … %}.") from error
    except (InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError, ZeroDivisionError) as error:
        raise _fault(shown, "The school's logo is damaged.", "Save the picture again, as PNG or JPEG.") from error


def _fault(shown: str, message: str, hint: str = "Run riskgen check.") -> FormFault:
    return FormFault([Problem(shown, 0, "form-render", message, hint)])


@contextmanager
def _in_words(shown: str) -> Iterator[None]:
    from jinja2.exceptions import SecurityError, TemplateError

    try:
        yield
    except NotText as error:
        raise _fault(shown, f"Something that is not text would be printed ({error}).") from error
    except SecurityError as error:
        raise _fault(shown, f"The form tries to run code, which it may not: {error}.") from error
    except TemplateError as error:
        raise _fault(shown, f"The form cannot be filled in: {error.message}.") from error


def _must_say(text: str, word: str, shown: str) -> None:
    """Raise `FormFault` where the text of a filled form does not print the safe word that it is there for."""
    if put_in(word) not in text:
        raise _fault(shown, "The copy for the office does not print the safe word.", "Put the field safe_word back.")


# --- what Jinja may do --------------------------------------------------------------------------


def _environment(entry: FormEntry, put: Callable[[str], str]) -> Any:
    """`put` makes of a text what stands for it until the document is filled in, and escapes it."""
    from jinja2 import StrictUndefined
    from jinja2.compiler import CodeGenerator
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    names = _names_of_fields()

    class Printing(CodeGenerator):
        """Prints what `finalize` gives. That is escaped: to do it once more would take a tenth of the time of a form.

        What has the name of a field of the contract is taken as it is: it can be nothing that the sandbox would refuse.
        """

        def visit_Getattr(self, node: Any, frame: Any) -> None:  # noqa: N802  # Jinja's name
            if node.attr not in names:
                super().visit_Getattr(node, frame)
                return
            self.visit(node.node, frame)
            self.write(f".{node.attr}")

        def _output_child_pre(self, node: Any, frame: Any, finalize: Any) -> None:
            self.write(finalize.src)

        def _output_child_post(self, node: Any, frame: Any, finalize: Any) -> None:
            self.write(")")

    class Checked(ImmutableSandboxedEnvironment):
        """Compiles nothing that the grammar of forms does not allow or that the holder of the form must not see, and
        prints nothing but text."""

        code_generator_class = Printing

        def compile(self, source: Any, *args: Any, **options: Any) -> Any:
            tree = self.parse(source) if isinstance(source, str) else source
            reading = read_tree(tree)
            found = [(fault.code, fault.message, fault.hint) for fault in reading.faults]
            if faults := found or [*given_away(entry, reading.used)]:
                raise FormFault(Problem(entry.called, 0, *fault) for fault in faults)
            return super().compile(tree, *args, **options)

    return Checked(undefined=StrictUndefined, autoescape=True, finalize=put)


@cache
def _names_of_fields() -> frozenset[str]:
    """The names of all fields of the contract, and of the lists and groups in it."""
    return frozenset(name for kind in vars(context).values() if is_struct(kind) for name in names_of(kind))


def _hidden(text: str) -> str:
    from markupsafe import escape

    return escape(text_of(text).translate(str.maketrans(_BRACKETS, _HIDDEN)))


def _checked(text: str, name: str, shown: str) -> str:
    """A part that docxtpl has filled in, with its curly brackets back. Brackets until now are tags that were left."""
    if any(tag in text for tag in ("{{", "{%", "{#")) and name.startswith("word/"):
        raise _fault(shown, f"A tag was left over in {name}.", "Look at the tags in the form, and run riskgen check.")
    for character, hidden in zip(_BRACKETS, _HIDDEN, strict=True):
        text = text.replace(hidden, character).replace(f"&#{ord(hidden)};", character)
    try:
        expat.ParserCreate().Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise _fault(shown, f"The filled form is not well-formed in {name}: {error}.") from error
    return text
