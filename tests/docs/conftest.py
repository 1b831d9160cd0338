"""The documents as text, the examples in them, and the command run in this process."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from riskgen.cli.main import run

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def guide_blocks() -> tuple[str, ...]:
    """Every YAML example of the guide for policy owners, in order."""
    return yaml_blocks("docs/policies.md")


@pytest.fixture(scope="session")
def school_blocks() -> tuple[str, ...]:
    """Every YAML example of the page on the school's folder, in order."""
    return yaml_blocks("docs/school.md")


def yaml_blocks(name: str) -> tuple[str, ...]:
    return tuple(re.findall(r"^```yaml\n(.*?)^```$", page(name), re.DOTALL | re.MULTILINE))


@cache
def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(name: str, heading: str) -> str:
    """A section of a page, from its heading to the next one of its level."""
    found = re.search(rf"^## {re.escape(heading)}(?: [^\n]*)?\n(.*?)(?=^## |\Z)", page(name), re.DOTALL | re.MULTILINE)
    assert found, f"{name} has no section '{heading}'"
    return found[1]


@pytest.fixture(scope="session", name="page")
def _page() -> Callable[[str], str]:
    return page


@pytest.fixture(scope="session", name="section")
def _section() -> Callable[[str, str], str]:
    return section


# --- the shapes of --json -------------------------------------------------------------------------


@pytest.fixture(scope="session")
def keys_in() -> Callable[[Any], set[str]]:
    """Every key of a JSON value, with the keys above it; the entries of a list are not told apart."""
    return lambda value: set(_paths(value))


@pytest.fixture(scope="session")
def keys_documented() -> Callable[..., set[str]]:
    """The same for the shapes that stand under a heading of docs/json.md: for all of them together, or for one."""

    def documented(heading: str, which: int | None = None) -> set[str]:
        found = _shapes(heading)
        return set().union(*(_written(each) for each in (found if which is None else found[which : which + 1])))

    return documented


def _paths(value: Any, before: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield f"{before}{key}"
            yield from _paths(item, f"{before}{key}.")
    elif isinstance(value, list):
        for item in value:
            yield from _paths(item, before)


def _shapes(heading: str) -> list[str]:
    """The shapes under a heading, with names such as EVENT replaced by what they stand for."""
    named = _named_shapes()
    text = section("docs/json.md", heading)
    shapes = [block for block in _BLOCK.findall(text) if block not in named.values()]
    for name, shape in named.items():
        inside = shape.strip().removeprefix("{").removesuffix("}")
        shapes = [each.replace(f"{name} + {{", f"{{{inside}, ").replace(name, f"{{{inside}}}") for each in shapes]
    return shapes or re.findall(r"`(\[?\{[^`]*)`", text)


_BLOCK = re.compile(r"^```\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@cache
def _named_shapes() -> Mapping[str, str]:
    """Shapes that stand for themselves under a line such as "with each RECORD", by that name."""
    found = re.findall(
        r"^(?:An|with each) ([A-Z]+)\b[^\n]*\n\n```\n(.*?)^```$", page("docs/json.md"), re.DOTALL | re.MULTILINE
    )
    return dict(found)


def _written(shape: str) -> set[str]:
    """The keys of a shape as docs/json.md writes it: a string is a key where it follows a bracket or a comma."""
    found: set[str] = set()
    above: list[str] = []
    key, last = "", ""
    for piece in re.findall(r'"[^"]*"|[{}\[\]:,|]', shape):
        if piece == "{":
            above.append(key)
        elif piece == "}":
            above.pop()
        elif re.fullmatch(r'"[a-z_]+"', piece) and last in ("{", ","):
            key = piece.strip('"')
            found.add(".".join([*above[1:], key]))
        last = piece
    return found


# --- the command ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def riskgen() -> Callable[..., Result]:
    """Run a command as somebody at a terminal would, who types `typed`."""

    def call(*arguments: object, typed: str = "") -> Result:
        with CliRunner().isolation(input=typed) as (out, err, _):
            code = run([str(argument) for argument in arguments])
            sys.stdout.flush()
            sys.stderr.flush()
            return Result(code, out.getvalue().decode(), err.getvalue().decode())

    return call
