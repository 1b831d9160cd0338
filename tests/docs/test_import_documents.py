"""What is documented of imports is there, and what is there is documented."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from riskgen.library.imports import CHOSEN_SCHEMA, FAMILY_GROUPS, STAFF_FIELDS, Join, Kind, Sort, fields_of
from riskgen.library.load import Library
from riskgen.service.homes import make_home
from riskgen.workbook import package, reading

Call = Callable[..., Any]
Keys = Callable[..., set[str]]


def test_every_key_of_import_is_documented_and_there(
    riskgen: Call, tmp_path: Path, keys_documented: Keys, keys_in: Keys
) -> None:
    make_home(tmp_path / "school", "bchs", force=False)
    home = ("--home", tmp_path / "school", "--no-input", "--json")
    book = Workbook()
    for row in (("Reference", "Phone"), ("F-0123", 1632960999)):
        book.active.append(row)
    book.save(tmp_path / "p.xlsx")
    reports = [json.loads(riskgen("import", "families", tmp_path / "p.xlsx", *home).out)]
    (tmp_path / "s.csv").write_text("Staff Code,Name,Job Title\nS-01,Avery Invented,SENCo\n", encoding="utf-8")
    reports.append(json.loads(riskgen("import", "staff", tmp_path / "s.csv", *home).out))
    there = {key for key in keys_in(reports) if not key.startswith("columns.")}
    assert keys_documented("import") == there | {"kept.who", "kept.because"}


def test_every_field_that_may_be_imported_is_documented(library: Library, section: Callable[[str, str], str]) -> None:
    words = section("docs/commands.md", "riskgen import")
    assert FAMILY_GROUPS == ("family", "child")
    for field in (*STAFF_FIELDS, *fields_of(Sort.FAMILIES, library.questions)):
        assert f"`{field}`" in words, field


def test_every_word_of_the_files_of_imports_is_documented(section: Callable[[str, str], str]) -> None:
    words = section("docs/school.md", "Imports")
    chosen = {sort.value for sort in Sort} | set(CHOSEN_SCHEMA["staff"]["schema"])
    for word in (*Kind, *Join, *chosen, "titles", "note"):
        assert f"`{word}`" in words or f"{word}:" in words, word


def test_the_limits_of_a_table_are_those_that_are_documented(section: Callable[[str, str], str], root: Path) -> None:
    words = section("docs/commands.md", "riskgen import")
    for limit in (
        f"{package.LARGEST_FILE // 1_000_000} MB",
        f"{reading.MOST_ROWS:,} rows",
        f"{reading.MOST_COLUMNS} columns",
        f"{reading.MOST_CELLS:,} cells",
    ):
        assert limit in " ".join(words.split())
    decision = (root / "docs" / "decisions" / "0019-reading-workbooks.md").read_text(encoding="utf-8")
    for number in (package.MOST_ELEMENTS, package.MOST_OTHERS, package.MOST_PARTS, package.GREATEST_RATIO):
        assert f"{number:,}" in decision
