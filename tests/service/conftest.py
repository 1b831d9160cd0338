"""A school's folder, made once."""

import pytest

from riskgen.service.homes import Home, make_home, open_home


@pytest.fixture(scope="session")
def school(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An opened school. Its folder is not to be changed."""
    folder = tmp_path_factory.mktemp("service") / "school"
    make_home(folder, "bchs", force=False)
    return open_home(folder)


@pytest.fixture(autouse=True)
def _nothing_is_worked_out_twice(data_is_read_once: None, quick_passphrases: None) -> None:
    """Data that has not changed is read once, and passphrases are hashed with little work."""
