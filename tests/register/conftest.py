"""A register on each kind of database; every test that asks for one runs on both."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from riskgen.core.visit import Who
from riskgen.register.store import Register, create_register


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a register can be made, and none is."""
    if request.param == "sqlite":
        return tmp_path / "register.db"
    new_database: Callable[[], str] = request.getfixturevalue("new_database")
    return new_database()


@pytest.fixture
def register(where: Path | str) -> Iterator[Register]:
    """An open register with its first event."""
    with create_register(where, datetime(2026, 3, 2, 8, tzinfo=UTC), {"school": "example"}, Who()) as made:
        yield made
