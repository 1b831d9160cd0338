"""A form's tree comes back from what is kept as it was, and nothing comes back as code."""

import json
from typing import Any

import pytest
from jinja2 import Environment

from riskgen.forms.tree import plain_tree, tree_of

FORM = (
    "<a>{{ visit.date }}</a>{% for item in hazards %}{% if item.name == 'x' or not item.bad %}{{ item.name }}"
    "{% elif item.bad and other %}-{% else %}{% endif %}{% else %}none{% endfor %}\n"
)


def test_a_tree_comes_back_as_it_was() -> None:
    tree = Environment(autoescape=True).parse(FORM)
    assert tree_of(json.loads(json.dumps(plain_tree(tree)))) == tree


def test_the_code_of_a_tree_that_came_back_is_that_of_the_form() -> None:
    environment = Environment(autoescape=True)
    tree = environment.parse(FORM)
    assert environment.compile(tree_of(plain_tree(tree)), raw=True) == environment.compile(tree, raw=True)


@pytest.mark.parametrize("form", ["{% set x = 1 %}", "{{ x() }}", "{% import 'x' as y %}", "{{ x[1] }}", "{{ 1.5 }}"])
def test_what_no_form_may_say_is_not_kept(form: str) -> None:
    with pytest.raises(ValueError, match="may not hold"):
        plain_tree(Environment(autoescape=True).parse(form))


@pytest.mark.parametrize(
    "plain",
    [
        {"Template": [[{"Output": [[{"Name": ["x\nimport os", "load"]}]]}]]},
        {"Template": [[{"For": [{"Name": ["y=1;", "store"]}, {"Name": ["x", "load"]}, [], [], None, False]}]]},
        {"Template": [[{"For": [{"Name": ["loop", "store"]}, {"Name": ["x", "load"]}, [], [], None, False]}]]},
        {"Template": [[{"Output": [[{"Name": [["x"], "load"]}]]}]]},
        {"Template": [[{"Import": [{"Const": ["x"]}, "y", False]}]]},
        {"Template": [[{"Output": [[{"Const": [7.5]}]]}]]},
        {"Template": ["text"]},
        {"Template": [None]},
        {"Template": [["text"]]},
        {"Template": [[{"Output": [["text"]]}]]},
        {"Template": [[{"Output": [[{"TemplateData": [5]}]]}]]},
        {"Template": [[{"Output": [[{"Name": ["title", "store"]}]]}]]},
        {"Template": [[{"Output": [[{"Getattr": [{"Name": ["visit", "load"]}, ["date"], "load"]}]]}]]},
        {"Template": [[{"If": [None, [], [], []]}]]},
        {"Template": [[{"If": [{"Name": ["x", "load"]}, [], [{"Output": [[]]}], []]}]]},
        {"Template": [[{"If": [{"Compare": [{"Name": ["x", "load"]}, ["y"]]}, [], [], []]}]]},
        {"Template": [[], []]},
        {"Output": [[]]},
        {"Template": [[]], "Output": [[]]},
        {"Template": 3},
        {},
        "text",
        None,
    ],
)
def test_anything_else_is_no_tree(plain: Any) -> None:
    with pytest.raises(ValueError, match="not the tree of a form"):
        tree_of(plain)
