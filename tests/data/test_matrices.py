"""The matrices, band for band as in real use, and the laws that hold for every one."""

import pytest

from riskgen.core.matrix import STEPS, rating_at
from riskgen.core.model import Matrix
from riskgen.core.terms import Outcome
from riskgen.library.load import DEFAULT_MATRIX, Library

BY_PRODUCT = {
    "npsa-2008": (5, ((3, "L"), (6, "M"), (12, "H"), (25, "E"))),
    "somerset": (5, ((8, "L"), (14, "M"), (25, "H"))),
    "beckfoot-upper-heaton": (5, ((6, "L"), (10, "M"), (25, "H"))),
    "woodlands-academy": (5, ((8, "L"), (15, "M"), (25, "H"))),
    "ucl-4x4": (4, ((2, "L"), (6, "M"), (9, "H"), (16, "I"))),
    "church-of-scotland-3x3": (3, ((1, "MIN"), (2, "TOL"), (4, "MOD"), (6, "SUB"), (9, "INT"))),
}
"""The number of levels, and the greatest product of two levels at which each rating is still given."""
BY_GRID = {
    "scottish-exemplar": ("L L LM M M", "L LM LM M MH", "L LM M MH MH", "L LM M MH H", "LM M MH H H"),
}
DEMANDS = {
    "npsa-2008": "E",
    "somerset": "H",
    "beckfoot-upper-heaton": "H",
    "woodlands-academy": "H",
    "ucl-4x4": "H I",
    "church-of-scotland-3x3": "SUB INT",
    "scottish-exemplar": "H",
}
"""The ratings at which nobody goes."""
MATRICES = sorted({*BY_PRODUCT, *BY_GRID})


@pytest.fixture(params=MATRICES)
def matrix(request: pytest.FixtureRequest, library: Library) -> Matrix:
    found: Matrix = library.matrices[request.param]
    return found


def test_no_matrix_is_shipped_that_is_not_held_here(library: Library) -> None:
    assert sorted(library.matrices) == MATRICES == sorted(DEMANDS)


@pytest.mark.parametrize("name", BY_PRODUCT)
def test_bands_are_those_of_the_source(library: Library, name: str) -> None:
    size, bands = BY_PRODUCT[name]
    expected = tuple(
        tuple(next(rating for most, rating in bands if row * column <= most) for column in range(1, size + 1))
        for row in range(1, size + 1)
    )
    assert library.matrices[name].grid == expected


@pytest.mark.parametrize("name", BY_GRID)
def test_true_grid_is_that_of_the_source(library: Library, name: str) -> None:
    assert library.matrices[name].grid == tuple(tuple(row.split()) for row in BY_GRID[name])


@pytest.mark.parametrize(
    ("name", "likelihood", "severity"),
    [
        (
            "npsa-2008",
            "Rare, Unlikely, Possible, Likely, Almost certain",
            "Negligible, Minor, Moderate, Major, Catastrophic",
        ),
        (
            "scottish-exemplar",
            "Very unlikely, Unlikely, Possible, Likely, Very likely",
            "Negligible, Minor, Moderate, Significant, Severe",
        ),
    ],
)
def test_levels_have_the_names_of_the_source(library: Library, name: str, likelihood: str, severity: str) -> None:
    matrix = library.matrices[name]
    assert ", ".join(level.name for level in matrix.likelihood) == likelihood
    assert ", ".join(level.name for level in matrix.severity) == severity


def test_default_gives_low_medium_and_high(library: Library) -> None:
    bands = library.matrices[DEFAULT_MATRIX].ratings
    assert [(band.id, band.demands) for band in bands] == [
        ("L", Outcome.PROCEED),
        ("M", Outcome.PROCEED_WITH_CONDITIONS),
        ("H", Outcome.DO_NOT_VISIT),
    ]


def test_nobody_goes_at_the_ratings_at_which_the_source_stops(matrix: Matrix) -> None:
    stops = [band.id for band in matrix.ratings if band.demands is Outcome.DO_NOT_VISIT]
    assert " ".join(stops) == DEMANDS[matrix.id]


def test_scottish_middle_ratings_call_for_somebody_to_step_in(library: Library) -> None:
    demands = {band.id: band.demands for band in library.matrices["scottish-exemplar"].ratings}
    assert demands["M"] is demands["MH"] is Outcome.REFER
    assert demands["LM"] is Outcome.PROCEED


def test_matrix_is_rectangular_and_uses_every_rating(matrix: Matrix) -> None:
    assert len(matrix.grid) == len(matrix.likelihood)
    assert {len(row) for row in matrix.grid} == {len(matrix.severity)}
    assert {cell for row in matrix.grid for cell in row} == {band.id for band in matrix.ratings}


def test_rating_and_what_it_demands_never_fall_as_a_step_rises(matrix: Matrix) -> None:
    order = [band.id for band in matrix.ratings]
    demands = [band.demands for band in matrix.ratings]
    assert demands == sorted(demands)
    for low in range(1, STEPS):
        for other in range(1, STEPS + 1):
            for one, next_ in (((low, other), (low + 1, other)), ((other, low), (other, low + 1))):
                before, after = rating_at(matrix, *one), rating_at(matrix, *next_)
                assert order.index(before.rating) <= order.index(after.rating)
                assert before.score <= after.score


def test_levels_cover_the_five_steps_once_and_in_order_and_say_what_they_mean(matrix: Matrix) -> None:
    for levels in (matrix.likelihood, matrix.severity):
        assert [step for level in levels for step in level.steps] == [1, 2, 3, 4, 5]
        assert len({level.name for level in levels}) == len(levels)
        guidance = [level.guidance for level in levels]
        assert len(set(guidance)) == len(levels)
        assert all(len(words.split()) >= 5 for words in guidance)
    bands = [(band.name, band.colour) for band in matrix.ratings]
    assert len({name for name, _ in bands}) == len(bands)
    assert all(band.guidance and len(band.colour) == 6 for band in matrix.ratings)
