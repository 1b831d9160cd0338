"""A risk matrix that is taken holds every law of a matrix."""

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgen.core.matrix import STEPS, rating_at
from riskgen.core.model import Matrix
from riskgen.files.yaml import parse_yaml
from riskgen.library.hazards import read_matrix
from riskgen.library.load import Library
from riskgen.library.source import Source

NAMES = sorted(path.stem for path in (Path(__file__).parents[2] / "data" / "matrices").glob("*.yaml"))


def ranks(matrix: Matrix) -> list[list[int]]:
    order = [band.id for band in matrix.ratings]
    return [
        [order.index(rating_at(matrix, likelihood, severity).rating) for severity in range(1, STEPS + 1)]
        for likelihood in range(1, STEPS + 1)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_shipped_matrix_rates_every_pair_of_steps_and_never_falls(library: Library, name: str) -> None:
    table = ranks(library.matrices[name])
    for row, column in product(range(STEPS), range(STEPS)):
        assert column == 0 or table[row][column - 1] <= table[row][column]
        assert row == 0 or table[row - 1][column] <= table[row][column]


@pytest.mark.parametrize("name", NAMES)
def test_shipped_matrix_says_of_each_level_and_rating_what_it_means(library: Library, name: str) -> None:
    matrix = library.matrices[name]
    assert all(len(item.guidance) > 20 for item in (*matrix.likelihood, *matrix.severity, *matrix.ratings))


def test_default_matrix_gives_low_medium_and_high(library: Library) -> None:
    assert [band.id for band in library.catalogue().matrix.ratings] == ["L", "M", "H"]


RATINGS = ("L", "M", "H")
CELLS = st.sampled_from(RATINGS)
GRIDS = st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=3, max_size=3)


def written(grid: list[list[str]]) -> str:
    levels = "\n".join(
        f"  - {{name: {name}, steps: {steps}, guidance: g}}"
        for name, steps in (("a", "[1, 2]"), ("b", "[3]"), ("c", "[4, 5]"))
    )
    ratings = "\n".join(
        f"  - {{id: {rating}, name: {rating}, colour: C6E0B4, demands: proceed, guidance: g}}" for rating in RATINGS
    )
    rows = "\n".join(f"  - [{', '.join(row)}]" for row in grid)
    return (
        f"id: m\nname: m\nsource: s\nlikelihood:\n{levels}\nseverity:\n{levels}\nratings:\n{ratings}\ngrid:\n{rows}\n"
    )


@given(GRIDS)
def test_grid_is_taken_exactly_if_every_rating_is_used_and_none_falls(grid: list[list[str]]) -> None:
    ranked = [[RATINGS.index(cell) for cell in row] for row in grid]
    rises = all(row == sorted(row) for row in ranked) and all(
        list(column) == sorted(column) for column in zip(*ranked, strict=True)
    )
    sound = rises and {cell for row in grid for cell in row} == set(RATINGS)
    source = Source(parse_yaml(written(grid), "m.yaml"))
    matrix = read_matrix(source)
    assert (matrix is not None) == sound == (source.problems == [])
    if matrix:
        assert ranks(matrix) == [[ranked[r][c] for c in (0, 0, 1, 2, 2)] for r in (0, 0, 1, 2, 2)]
