"""The school's own file: what it holds, and what it may leave out."""

from datetime import date, time
from pathlib import Path

import pytest

from riskgen.core.model import Contact, RegisterPlace, Rung, School
from riskgen.files.yaml import parse_yaml
from riskgen.library.load import Library
from riskgen.library.school import DEFAULT_TIMEZONE, read_school
from riskgen.library.source import Source

LEAST = """
school: {name: Invented School, office_phone: 01632 960001}
policy: bchs
staff:
  - {id: S-1, name: Kit Invented, roles: [teacher]}
"""
MOST = """
school: {name: "Tom & Jerry's <School>", office_phone: 960001, timezone: Europe/Jersey}
policy: bchs
matrix: ucl-4x4
evening_from: 17:30
contacts:
  - {role: Police, phone: 101}
register: {url: "postgresql://riskgen@server/riskgen", key_file: S:/keys/riskgen.key}
record_within_hours: 48
fallback:
  authorise: [senior-leader]
  overdue:
    - {after_minutes: 15, do: Ring, who: Office}
    - {do: Ring again, who: Office}
staff:
  - id: S-1
    name: O'Brien
    roles: [teacher, line-manager]
    account: [obrien, 4711]
    mobile: 07700 900001
    vehicle: Blue hatchback
    registration: EX01 AMP
    insurance: {class: business, expires: 2030-08-31}
"""


def read(text: str, library: Library) -> School:
    source = Source(parse_yaml(text, "school.yaml"))
    school = read_school(source, library.questions, library.policies, library.matrices)
    assert source.problems == []
    assert school is not None
    return school


def test_what_is_left_out_is_not_recorded(library: Library) -> None:
    school = read(LEAST, library)
    (person,) = school.staff
    assert (person.mobile, person.vehicle, person.insurance_class, person.insurance_expires) == ("", "", "", None)
    assert (school.timezone, school.matrix, school.evening_from, school.contacts) == (DEFAULT_TIMEZONE, "", None, ())
    assert school.fallback.overdue == school.fallback.safe_word == ()
    assert (person.accounts, school.fallback_authorise) == ((), ())
    assert (school.register, school.record_within_hours) == (RegisterPlace("", "file", ""), 24)


def test_what_is_written_is_kept(library: Library) -> None:
    school = read(MOST, library)
    (person,) = school.staff
    assert (school.name, school.office_phone) == ("Tom & Jerry's <School>", "960001")
    assert (school.timezone, school.matrix, school.evening_from) == ("Europe/Jersey", "ucl-4x4", time(17, 30))
    assert school.contacts == (Contact("Police", "", "101"),)
    assert school.fallback.overdue == (Rung("Ring", "Office", "", 15), Rung("Ring again", "Office", "", None))
    assert (person.name, person.roles, person.mobile) == ("O'Brien", ("teacher", "line-manager"), "07700 900001")
    assert (person.insurance_class, person.insurance_expires) == ("business", date(2030, 8, 31))
    assert (person.accounts, school.fallback_authorise) == (("obrien", "4711"), ("senior-leader",))
    place = RegisterPlace("postgresql://riskgen@server/riskgen", "file", "S:/keys/riskgen.key")
    assert (school.register, school.record_within_hours) == (place, 48)


def test_an_account_is_one_word_or_a_list() -> None:
    source = Source(parse_yaml(LEAST.replace("roles:", "account: kit, roles:"), "school.yaml"))
    school = read_school(source)
    assert school is not None
    assert school.staff[0].accounts == ("kit",)


def test_one_person_may_be_given_the_same_account_twice_over() -> None:
    source = Source(parse_yaml(LEAST.replace("roles:", "account: [kit, Kit], roles:"), "school.yaml"))
    assert read_school(source) is not None
    assert source.problems == []


def test_a_school_can_be_read_without_its_data(library: Library) -> None:
    text = MOST.replace("bchs", "deleted").replace("ucl-4x4", "deleted").replace("line-manager", "deleted")
    source = Source(parse_yaml(text, "school.yaml"))
    assert read_school(source, library.questions, library.policies, library.matrices) is None
    assert len(source.problems) == 3
    alone = Source(parse_yaml(text, "school.yaml"))
    school = read_school(alone)
    assert alone.problems == []
    assert school is not None
    assert school.fallback.overdue[0].do == "Ring"


@pytest.mark.parametrize("text", ["", "school: [", LEAST + "evening_from: late\n", MOST.replace("Jersey", "Jersie")])
def test_what_is_wrong_with_the_file_itself_is_said_all_the_same(text: str) -> None:
    document = parse_yaml(text, "school.yaml")
    source = Source(document, list(document.problems))
    assert read_school(source) is None
    assert source.problems


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://riskgen:sentinel@server/riskgen",
        "postgresql://:sentinel@server/riskgen",
        "postgresql://riskgen@server/riskgen?password=sentinel",
        "postgresql://riskgen@server/riskgen?sslmode=require&password=sentinel",
        "postgres://riskgen:sentinel@server/riskgen",
        "postgresql://riskgen:sentinel@[server/riskgen",
        "postgresql:riskgen:sentinel@server/riskgen",
        "host=server password=sentinel",
        "sentinel",
        "[sentinel]",
    ],
)
def test_no_message_about_a_url_repeats_it(url: str) -> None:
    text = LEAST + f"register:\n  url: {url}\n"
    source = Source(parse_yaml(text, "school.yaml"))
    assert read_school(source) is None
    assert len(source.problems) == 1
    assert "sentinel" not in repr(source.problems)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///riskgen",
        "postgresql://server:5433/riskgen",
        "postgresql://riskgen@server/riskgen?sslmode=verify-full",
        "postgresql://riskgen@[::1]/riskgen",
    ],
)
def test_every_usual_way_to_name_a_database_will_do(url: str) -> None:
    source = Source(parse_yaml(LEAST + f'register: {{url: "{url}", key: keyring}}\n', "school.yaml"))
    school = read_school(source)
    assert source.problems == []
    assert school is not None
    assert school.register == RegisterPlace(url, "keyring", "")


def test_the_invented_school_names_who_decides_where_a_policy_names_nobody() -> None:
    path = Path(__file__).parents[2] / "data" / "examples" / "school.yaml"
    school = read_school(Source.read(path, path.name))
    assert school is not None
    assert school.fallback_authorise == ("headteacher", "senior-leader")
    assert {role for person in school.staff for role in person.roles} >= set(school.fallback_authorise)


def test_all_faults_of_the_file_come_at_once(library: Library) -> None:
    text = MOST.replace("bchs", "bhcs").replace("Jersey", "Jersie").replace("line-manager", "boss")
    source = Source(parse_yaml(text, "school.yaml"))
    assert read_school(source, library.questions, library.policies, library.matrices) is None
    assert [problem.code for problem in source.problems] == ["school-policy", "school-timezone", "role-unknown"]
