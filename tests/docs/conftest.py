"""The documents as text, and the examples in them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def guide_blocks() -> tuple[str, ...]:
    """Every YAML example of the guide for policy owners, in order."""
    return yaml_blocks("policies.md")


@pytest.fixture(scope="session")
def school_blocks() -> tuple[str, ...]:
    """Every YAML example of the page on the school's folder, in order."""
    return yaml_blocks("school.md")


def yaml_blocks(page: str) -> tuple[str, ...]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return tuple(re.findall(r"^```yaml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
