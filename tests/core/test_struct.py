"""What plain data is made of."""

import pickle

import pytest

from riskgen.core.struct import Discreet, Struct, is_struct, names_of, optional_of, replace


class Plain(Struct, frozen=True):
    name: str
    number: int = 3
    more: tuple[str, ...] = ()


class Family(Discreet, frozen=True):
    name: str
    inner: tuple[Plain, ...] = ()


def test_fields_are_known_by_name_and_those_with_a_default_too() -> None:
    assert names_of(Plain) == names_of(Plain("a")) == ("name", "number", "more")
    assert optional_of(Plain) == ("number", "more")
    assert is_struct(Plain)
    assert not is_struct(Plain("a"))
    assert not is_struct(str)


def test_it_cannot_be_changed_and_a_changed_one_is_another() -> None:
    one = Plain("a")
    with pytest.raises(AttributeError):
        one.name = "b"  # type: ignore[misc]
    assert replace(one, name="b") == Plain("b") != one == Plain("a")
    with pytest.raises(TypeError):
        replace(one, nme="b")
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301  # our own


def test_what_is_discreet_shows_nothing_of_itself_in_whatever_it_is() -> None:
    family = Family("Sample", (Plain("Sample"),))
    assert repr(family) == f"{family}" == "<Family>"
    assert "Sample" not in repr([family, {"x": family}])
    assert list(family.__rich_repr__()) == []
    with pytest.raises(AttributeError) as raised:
        family.nme  # type: ignore[attr-defined]  # noqa: B018
    assert "Sample" not in str(raised.value)
