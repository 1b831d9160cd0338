"""Everything about people in the shipped data is plainly invented: no name, number or place could be somebody's."""

import re
from pathlib import Path

import pytest

from riskgen.core.model import School

DATA = Path(__file__).parents[2] / "data"
FILES = sorted(DATA.rglob("*.yaml"))
EXAMPLES = sorted((DATA / "examples").glob("*.yaml"))
INVENTED = re.compile(r"^(07700 900\d{3}|01632 960\d{3})$")
"""The ranges that Ofcom keeps free for drama."""
NUMBER = re.compile(r"(?<![\d-])(?:\+44|0)[\d ()-]{8,}\d")


def field(path: Path, key: str) -> list[str]:
    return re.findall(rf"\b{key}: *([^,}}\n]+)", path.read_text(encoding="utf-8"))


def test_there_are_families_and_a_visit_to_try_the_program_on() -> None:
    assert {path.name for path in EXAMPLES} >= {"school.yaml", "F-0123.yaml", "visit-F-0123.yaml"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(DATA).as_posix())
def test_every_telephone_number_is_one_kept_for_invention(path: Path) -> None:
    numbers = [found.strip() for found in NUMBER.findall(path.read_text(encoding="utf-8"))]
    assert [number for number in numbers if not INVENTED.match(number)] == []


def test_numbers_are_found_where_there_are_some() -> None:
    assert len(NUMBER.findall((DATA / "examples" / "school.yaml").read_text(encoding="utf-8"))) >= 10
    assert NUMBER.findall("phone: 020 7946 0000, mobile: +447911 123456") == ["020 7946 0000", "+447911 123456"]


def test_every_person_of_the_school_is_called_invented(example_school: School) -> None:
    people = [*(person.name for person in example_school.staff), *(person.name for person in example_school.contacts)]
    assert len(people) >= 13
    assert [name for name in people if name and not name.endswith((" Invented", " Sample"))] == []
    assert "invented" in example_school.name.lower()
    assert len({person.name for person in example_school.staff}) == len(example_school.staff)


def test_registrations_read_as_examples(example_school: School) -> None:
    plates = [person.registration for person in example_school.staff if person.registration]
    assert plates
    assert [plate for plate in plates if not re.fullmatch(r"EX\d\d AMP", plate)] == []


@pytest.mark.parametrize("path", [path for path in EXAMPLES if path.name.startswith("F-")], ids=lambda path: path.stem)
def test_every_family_is_plainly_a_sample(path: Path) -> None:
    names = field(path, "name")
    assert len(names) == 2
    assert [name for name in names if not re.match(r"(Sample|Placeholder|Specimen) (family|child)$", name)] == []
    text = path.read_text(encoding="utf-8")
    assert "Example Street" in text
    assert "ZZ1 1ZZ" in text
    assert field(path, "reference") == [path.stem]
