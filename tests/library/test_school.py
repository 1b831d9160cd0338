"""The school's own file: what it holds, and what it may leave out."""

from datetime import date, time

from riskgen.core.model import Contact, Rung, School
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
fallback:
  overdue:
    - {after_minutes: 15, do: Ring, who: Office}
    - {do: Ring again, who: Office}
staff:
  - id: S-1
    name: O'Brien
    roles: [teacher, line-manager]
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


def test_what_is_written_is_kept(library: Library) -> None:
    school = read(MOST, library)
    (person,) = school.staff
    assert (school.name, school.office_phone) == ("Tom & Jerry's <School>", "960001")
    assert (school.timezone, school.matrix, school.evening_from) == ("Europe/Jersey", "ucl-4x4", time(17, 30))
    assert school.contacts == (Contact("Police", "", "101"),)
    assert school.fallback.overdue == (Rung("Ring", "Office", "", 15), Rung("Ring again", "Office", "", None))
    assert (person.name, person.roles, person.mobile) == ("O'Brien", ("teacher", "line-manager"), "07700 900001")
    assert (person.insurance_class, person.insurance_expires) == ("business", date(2030, 8, 31))


def test_all_faults_of_the_file_come_at_once(library: Library) -> None:
    text = MOST.replace("bchs", "bhcs").replace("Jersey", "Jersie").replace("line-manager", "boss")
    source = Source(parse_yaml(text, "school.yaml"))
    assert read_school(source, library.questions, library.policies, library.matrices) is None
    assert [problem.code for problem in source.problems] == ["school-policy", "school-timezone", "role-unknown"]
