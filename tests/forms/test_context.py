"""The contract is plain data, and all of it is documented."""

import pytest

from riskgen.forms.context import FormContext
from riskgen.forms.contract import documented_fields, shape

FIELDS = documented_fields()


def test_every_field_has_a_path_of_its_own_a_type_and_help() -> None:
    paths = [path for path, _, _ in FIELDS]
    assert len(paths) == len(set(paths)) > 200
    for path, kind, words in FIELDS:
        assert kind in ("text", "yes or no", "list"), path
        assert words, path
        assert words[0].isupper(), path
        assert not words.endswith("."), path


def test_fields_of_groups_and_lists_are_named_as_forms_name_them() -> None:
    paths = {path: kind for path, kind, _ in FIELDS}
    assert paths["visit.purpose"] == "text"
    assert paths["copy.office"] == "yes or no"
    assert paths["hazards"] == "list"
    assert paths["hazards[].residual.name"] == "text"
    assert paths["steps[].rows[].control"] == "text"
    assert "visit" not in paths


def test_a_context_cannot_be_changed(context: object) -> None:
    made = context()  # type: ignore[operator]
    with pytest.raises(AttributeError):
        made.reference = "x"


def test_shape_tells_lists_from_groups() -> None:
    fields = shape(FormContext)
    assert fields["hazards"].kind == "list"
    assert fields["visit"].kind == "group"
    assert fields["reference"].of is None
