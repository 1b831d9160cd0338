"""Each floor imports only from floors below it, and each outside library is known in one room only."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "riskgen"
FLOORS = (("core",), ("files",), ("library", "intake", "forms", "register", "workbook"), ("service",), ("cli",))
"""From the ground up. Rooms of one floor do not know each other."""
BELOW = {
    room: {lower for floor in FLOORS[:height] for lower in floor}
    for height, rooms in enumerate(FLOORS)
    for room in rooms
}
ONLY_IN = {
    "msgspec": "core",
    "docxtpl": "forms",
    "jinja2": "forms",
    "markupsafe": "forms",
    "docx": "forms",
    "lxml": "forms",
    "ruamel": "files",
    "cerberus": "files",
    "click": "cli",
    "peewee": "register",
    "playhouse": "register",
    "psycopg": "register",
    "cryptography": "register",
    "argon2": "register",
    "keyring": "register",
    "pikepdf": "forms",
    "icalendar": "service",
    "openpyxl": "workbook",
    "defusedxml": "workbook",
    "distributed": "service",
}
"""Outside libraries, and the one room that knows each."""
ANYWHERE = {"platformdirs", "tzdata"}
"""Outside libraries that more than one room above the core may come to need."""
ENTRANCES = {"__init__.py", "__main__.py"}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


def room_of(path: Path) -> str:
    """The room in which a module stands; empty for the entrances of the package itself."""
    inside = path.relative_to(PACKAGE).parts
    return inside[0] if len(inside) > 1 else ""


def imported(path: Path) -> Iterator[str]:
    """Every module that a module imports, at the top or anywhere inside, by its whole name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(ROOT).with_suffix("").parts[: -node.level] if node.level else ()
            base = ".".join((*package, *((node.module,) if node.module else ())))
            yield from (f"{base}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Call) and "import" in ast.unparse(node.func):
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def outside(name: str) -> str:
    """The outside library that an import brings in; empty for Python's own and ours."""
    top = name.partition(".")[0]
    return "" if top == "riskgen" or top in sys.stdlib_module_names else top


def test_every_room_has_its_floor() -> None:
    rooms = {room_of(path) for path in modules()} - {""}
    assert rooms == set(BELOW)


def test_nothing_but_the_entrances_stands_outside_the_rooms() -> None:
    assert {path.name for path in modules() if not room_of(path)} <= ENTRANCES


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_module_imports_only_from_its_own_room_and_from_below(path: Path) -> None:
    room = room_of(path)
    allowed = {room} | BELOW[room] if room else set(BELOW)
    rooms = {name.split(".")[1] for name in imported(path) if name.startswith("riskgen.")}
    assert rooms - allowed - {"__version__"} == set()


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_module_knows_only_the_outside_libraries_of_its_room(path: Path) -> None:
    room = room_of(path)
    found = {library for name in imported(path) if (library := outside(name))}
    allowed = {library for library, where in ONLY_IN.items() if where == room}
    if room not in ("core", ""):
        allowed |= ANYWHERE
    assert found - allowed == set()


def test_each_outside_library_is_used_where_it_is_said_to_be() -> None:
    used = {(outside(name), room_of(path)) for path in modules() for name in imported(path) if outside(name)}
    assert {("docxtpl", "forms"), ("ruamel", "files"), ("cerberus", "files"), ("click", "cli")} <= used
    assert {("peewee", "register"), ("cryptography", "register"), ("argon2", "register")} <= used


def test_imports_are_found_however_they_are_written(tmp_path: Path) -> None:
    module = ROOT / "riskgen" / "core" / "tried.py"
    written = (
        "import os, click\nfrom riskgen import forms\nfrom ..cli import main\nfrom . import words\n"
        "def late():\n    import docxtpl.engine\n    return importlib.import_module('cerberus')\n"
    )

    class Written(type(module)):  # type: ignore[misc]
        def read_text(self, *_: object, **__: object) -> str:
            return written

    assert set(imported(Written(module))) == {
        "os",
        "click",
        "riskgen.forms",
        "riskgen.cli.main",
        "riskgen.core.words",
        "docxtpl.engine",
        "cerberus",
    }
