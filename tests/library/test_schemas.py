"""Schemas are schemas. They are ours, so they are held against Cerberus here, and not each time they are used."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from cerberus import SchemaError

import riskgen
from riskgen.files.answers import answer_rule
from riskgen.files.schema import _Checker
from riskgen.library.load import Library
from riskgen.service import record_file


def schemas() -> Iterator[Any]:
    """Every schema that a module of riskgen has by the name of one."""
    for module in pkgutil.walk_packages(riskgen.__path__, "riskgen."):
        if module.name.rpartition(".")[2] != "__main__":
            for name, value in vars(importlib.import_module(module.name)).items():
                if name.endswith("_SCHEMA"):
                    yield pytest.param(value, id=f"{module.name}.{name}")


@pytest.mark.parametrize("schema", list(schemas()))
def test_a_schema_is_one_that_cerberus_knows(schema: Mapping[str, Any]) -> None:
    _Checker(schema)


def test_what_answers_are_held_against_is_a_schema_for_every_question(library: Library) -> None:
    for question in library.questions.values():
        _Checker({question.name: answer_rule(question, ("S-01", "S-02"))})
        _Checker({question.name: answer_rule(question)})


def test_cerberus_would_refuse_what_is_none() -> None:
    with pytest.raises(SchemaError):
        _Checker({"name": {"type": "string", "requird": True}})


def test_what_the_record_of_a_visit_is_held_against_is_a_schema() -> None:
    _Checker(record_file._schema(("BC-01", "BC-02")))
