"""Kleene's tables, cell by cell."""

from itertools import product

import pytest

from riskgen.core.truth import Truth, all_, any_, not_, of

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN


def test_plain_values_are_yes_and_no_and_none_is_unknown() -> None:
    assert [of(True), of(False), of(None)] == [YES, NO, UNKNOWN]


def test_not_turns_yes_and_no_round_and_leaves_unknown() -> None:
    assert [not_(YES), not_(NO), not_(UNKNOWN)] == [NO, YES, UNKNOWN]


@pytest.mark.parametrize(
    ("one", "other", "both", "either"),
    [
        (YES, YES, YES, YES),
        (YES, NO, NO, YES),
        (YES, UNKNOWN, UNKNOWN, YES),
        (NO, NO, NO, NO),
        (NO, UNKNOWN, NO, UNKNOWN),
        (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)
def test_all_and_any_follow_kleene_whichever_comes_first(one: Truth, other: Truth, both: Truth, either: Truth) -> None:
    assert all_([one, other]) is all_([other, one]) is both
    assert any_([one, other]) is any_([other, one]) is either


def test_all_of_nothing_holds_and_any_of_nothing_does_not() -> None:
    assert all_([]) is YES
    assert any_([]) is NO


def test_more_parts_are_decided_as_two_by_two() -> None:
    for one, two, three in product(Truth, repeat=3):
        assert all_([one, two, three]) is all_([all_([one, two]), three])
        assert any_([one, two, three]) is any_([any_([one, two]), three])


def test_not_of_all_is_any_of_nots() -> None:
    for one, two in product(Truth, repeat=2):
        assert not_(all_([one, two])) is any_([not_(one), not_(two)])
