"""Staff and families from a school's own system: columns are found, kept, and nothing is guessed or lost."""

import difflib
import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from riskgen.files.yaml import parse_yaml, read_yaml
from riskgen.service import importing

Run = Callable[..., Any]
STAFF = ("Staff Code", "Forename", "Surname", "Job Title", "Mobile")
PUPILS = ("Adno", "Legal Forename", "Legal Surname", "Year Group", "Date of Birth", "House Number", "Street", "Town")
PUPILS += ("Postcode", "Contact Telephone")
NOBODY_ELSE = ("S-01", "Avery", "Invented", "Headteacher", "07700 900001")
ROBIN = ("4021", "Robin", "Invented", "8", date(2013, 4, 5), 12, "Example Street", "Sampletown", "ZZ1 1ZZ")
ROBIN += ("01632 960444",)


def workbook(path: Path, *rows: Iterable[Any], formats: dict[str, str] | None = None) -> Path:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(tuple(row))
    for address, number_format in (formats or {}).items():
        made.active[address].number_format = number_format
    made.save(path)
    return path


def staff(home: Path) -> dict[str, Any]:
    """The entries of the staff directory, by reference."""
    data: Any = read_yaml(home / "school.yaml").data
    return {entry["id"]: entry for entry in data["staff"]}


def family(home: Path, reference: str) -> Any:
    return read_yaml(home / "families" / f"{reference}.yaml").data


def everything(home: Path) -> dict[str, bytes]:
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def lines_changed(before: str, after: str) -> list[str]:
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


@pytest.fixture
def unchanged(home: Path, tmp_path: Path) -> Callable[[], bool]:
    """Whether nothing in the school's folder has changed."""
    before = everything(home)
    return lambda: everything(home) == before


# --- staff --------------------------------------------------------------------------------------------


def test_new_people_are_added_and_changed_fields_replaced_and_all_else_stays(
    riskgen: Run, home: Path, tmp_path: Path
) -> None:
    text = (home / "school.yaml").read_text(encoding="utf-8").replace("staff:\n", "staff:   # the directory\n")
    (home / "school.yaml").write_text(text, encoding="utf-8")
    source = workbook(
        tmp_path / "staff.xlsx",
        ["Staff list, autumn term"],
        STAFF,
        NOBODY_ELSE,
        ("S-05", "Ellis", "Invented", "Class Teacher", "07700 900055"),
        ("S-20", "Nova", "Invented", "Attendance Officer", None),
    )
    result = riskgen("import", "staff", source, typed="y\n")
    assert result.code == 0, result.said
    assert staff(home)["S-20"] == {"id": "S-20", "name": "Nova Invented", "roles": ["attendance-officer"]}
    after = (home / "school.yaml").read_text(encoding="utf-8")
    changed = lines_changed(text, after)
    assert [line[2:].split(",")[0] for line in changed if line[0] == "-"] == ["  - {id: S-05"]
    assert "07700 900055" in after
    assert "staff:   # the directory" in after
    assert (home / "school.yaml.bak").read_text(encoding="utf-8") == text
    assert riskgen("check").code == 0


def test_what_changes_is_shown_by_its_cell_and_not_by_what_stands_there(
    riskgen: Run, home: Path, tmp_path: Path, unchanged: Callable[[], bool]
) -> None:
    source = workbook(tmp_path / "staff.xlsx", STAFF, ("S-05", "Ellis", "Renamed", "Class Teacher", "07700 900055"))
    result = riskgen("import", "staff", source, "--dry-run")
    assert result.code == 0
    assert "S-05: mobile changed (E2)" in result.said
    assert "S-05: name changed (B2)" in result.said
    assert "S-05 (B2) keeps roles, mobile, car, insurance and account." in result.said
    assert "give them another reference" in result.said
    assert "Nothing was saved (--dry-run)." in result.said
    assert "900055" not in result.said
    assert "Renamed" not in result.said
    assert unchanged()


def test_without_a_yes_nothing_is_saved(
    riskgen: Run, tmp_path: Path, home: Path, unchanged: Callable[[], bool]
) -> None:
    source = workbook(tmp_path / "staff.xlsx", STAFF, ("S-05", "Ellis", "Invented", "Class Teacher", "07700 900055"))
    result = riskgen("import", "staff", source, typed="\n")
    assert result.code == 4
    assert "Nothing was saved." in result.said
    assert unchanged()


def test_an_empty_cell_says_nothing(riskgen: Run, home: Path, tmp_path: Path) -> None:
    source = workbook(tmp_path / "staff.xlsx", STAFF, ("S-05", None, None, None, None), ("s-01", *NOBODY_ELSE[1:]))
    result = riskgen("import", "staff", source, "--no-input")
    assert result.code == 0
    assert "There is nothing to change. Which columns were chosen was kept in imports.yaml." in result.said
    assert not (home / "school.yaml.bak").exists()
    assert staff(home)["S-05"]["mobile"] == "07700 900005"
    assert len(staff(home)) == 13


def test_roles_are_added_and_never_taken_away(riskgen: Run, home: Path, tmp_path: Path) -> None:
    source = workbook(tmp_path / "staff.xlsx", STAFF, ("S-03", "Casey", "Invented", "SENDCo; Deputy Head", None))
    result = riskgen("import", "staff", source, "--no-input")
    assert result.code == 0
    assert staff(home)["S-03"]["roles"] == ["safeguarding-lead", "senior-leader", "senco"]
    assert "S-03: roles added senco (D2)" in result.said


def test_a_job_title_that_nobody_knows_is_a_fault_or_is_asked_once(
    riskgen: Run, home: Path, tmp_path: Path, unchanged: Callable[[], bool]
) -> None:
    source = workbook(tmp_path / "staff.xlsx", STAFF, ("S-20", "Nova", "Invented", "Learning Mentor", None))
    result = riskgen("import", "staff", source, "--no-input")
    assert result.code == 3
    assert "D2 (Job Title) holds a job title of which no role is known." in result.said
    assert "imports.yaml" in result.said
    assert unchanged()
    result = riskgen("import", "staff", source, typed="caretaker\npastoral, teacher\ny\n")
    assert result.code == 0, result.said
    assert staff(home)["S-20"]["roles"] == ["pastoral", "teacher"]
    again = workbook(tmp_path / "again.xlsx", STAFF, ("S-21", "Otis", "Invented", "learning  mentor", None))
    assert riskgen("import", "staff", again, "--no-input").code == 0
    assert staff(home)["S-21"]["roles"] == ["pastoral", "teacher"]
    assert riskgen("check").code == 0


def test_a_role_by_hand_in_the_mapping_must_be_one(riskgen: Run, home: Path, tmp_path: Path) -> None:
    (home / "imports.yaml").write_text("staff:\n  roles:\n    Learning Mentor: pastorale\n", encoding="utf-8")
    assert "There is no role 'pastorale'." in riskgen("check").said
    source = workbook(tmp_path / "staff.xlsx", STAFF, NOBODY_ELSE)
    result = riskgen("import", "staff", source, "--no-input")
    assert result.code == 3
    assert "imports.yaml:3" in result.said


def test_nobody_is_removed_unless_it_is_wished_and_no_visitor_of_an_open_visit_is(
    riskgen: Run, home: Path, tmp_path: Path, quick_forms: None
) -> None:
    assert riskgen(
        *("assess", "families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-12-02 10:30"),
        "--no-input",
    ).code in (0, 4)
    source = workbook(tmp_path / "staff.xlsx", STAFF, NOBODY_ELSE)
    assert riskgen("import", "staff", source, "--no-input").code == 0
    assert len(staff(home)) == 13
    before = (home / "school.yaml").read_text(encoding="utf-8")
    result = riskgen("import", "staff", source, "--no-input", "--remove-missing")
    assert result.code == 0
    assert list(staff(home)) == ["S-01", "S-07", "S-12"]
    assert "S-07: visitor of RA-2026-0001" in result.said
    assert all(line[0] == "-" for line in lines_changed(before, (home / "school.yaml").read_text(encoding="utf-8")))
    assert riskgen("check").code == 0


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ((1042, "Nova", "Invented", "Teacher"), "A2 (Staff Code) is not of the right form for a reference."),
        ((None, "Nova", "Invented", "Teacher"), "stands in a row without a reference (row 2)"),
        (("S-20", None, None, "Teacher"), "A2 (Staff Code) is a new person without a name."),
        (("S-20", "Nova", "Invented", None), "is a new person without a job title."),
        (("S-20", date(2026, 5, 1), "Invented", "Teacher"), "B2 (Forename) holds a date or a time where text belongs."),
        (("S-20", "Nova", True, "Teacher"), "C2 (Surname) holds TRUE or FALSE"),
        (("S-20", "N" * 250, "Invented", "Teacher"), "is too long"),
        (("S-20", "Nova", "=1+1", "Teacher"), "C2 holds a formula without a result."),
        (("S-20", "Nova", "Invented", "Teacher", 77), ""),
    ],
)
def test_what_cannot_be_taken_in_is_named_by_its_cell(
    riskgen: Run, tmp_path: Path, home: Path, unchanged: Callable[[], bool], row: tuple[Any, ...], words: str
) -> None:
    result = riskgen("import", "staff", workbook(tmp_path / "staff.xlsx", STAFF, row), "--no-input")
    if not words:
        assert result.code == 0
        return
    assert result.code == 3
    assert words in result.said
    assert "Nothing was saved." in result.said
    assert "Nova" not in result.said
    assert unchanged()


def test_what_cannot_be_read_in_a_column_that_is_not_taken_is_nobodys_concern(
    riskgen: Run, home: Path, tmp_path: Path
) -> None:
    rows = (("S-20", "Nova", "Invented", "Teacher", None, "=1+1"),)
    source = workbook(tmp_path / "staff.xlsx", (*STAFF, "Notes"), *rows)
    assert riskgen("import", "staff", source, "--no-input").code == 0


def test_two_rows_that_contradict_each_other_are_a_fault_and_two_that_agree_are_one(
    riskgen: Run, home: Path, tmp_path: Path
) -> None:
    row = ("S-20", "Nova", "Invented", "Teacher", None)
    agree = workbook(tmp_path / "a.xlsx", STAFF, row, ("s-20", None, None, None, "07700 900020"))
    contradict = workbook(tmp_path / "b.xlsx", STAFF, row, ("S-20", "Nova", "Other", "Teacher", None))
    result = riskgen("import", "staff", contradict, "--no-input")
    assert result.code == 3
    assert "B3 (Forename) says otherwise than row 2, which has the same reference." in result.said
    assert riskgen("import", "staff", agree, "--no-input").code == 0
    assert staff(home)["S-20"]["mobile"] == "07700 900020"


def test_a_file_in_which_school_yaml_cannot_be_changed_by_a_program_is_left_alone(
    riskgen: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from riskgen.files.edit import CannotEdit

    def cannot(*_: object) -> str:
        raise CannotEdit

    monkeypatch.setattr("riskgen.service.import_staff.edit_yaml", cannot)
    source = workbook(tmp_path / "staff.xlsx", STAFF, ("S-20", "Nova", "Invented", "Teacher", None))
    result = riskgen("import", "staff", source, "--no-input")
    assert result.code == 4
    assert "Enter the staff by hand. Nothing was saved." in result.said


def test_a_directory_that_would_not_pass_the_check_is_not_written(
    riskgen: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unchanged: Callable[[], bool]
) -> None:
    monkeypatch.setattr("riskgen.service.import_staff._edited", lambda *_: b"school: {}\n")
    source = workbook(tmp_path / "staff.xlsx", STAFF, ("S-20", "Nova", "Invented", "Teacher", None))
    result = riskgen("import", "staff", source, "--no-input")
    assert result.code == 3
    assert "school.yaml" in result.said
    assert unchanged()


def test_a_file_that_somebody_changes_meanwhile_is_not_overwritten(
    riskgen: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(plan: importing.Plan) -> importing.Written:
        (home / "school.yaml").write_text("theirs", encoding="utf-8")
        return importing.carry_out(plan)

    monkeypatch.setattr("riskgen.cli.import_.carry_out", meanwhile)
    source = workbook(tmp_path / "staff.xlsx", STAFF, ("S-20", "Nova", "Invented", "Teacher", None))
    result = riskgen("import", "staff", source, "--no-input")
    assert result.code == 4
    assert "was changed meanwhile" in result.said
    assert (home / "school.yaml").read_text(encoding="utf-8") == "theirs"


def test_somebody_of_another_name_is_taken_for_the_same_person_only_where_somebody_says_so(
    riskgen: Run, home: Path, tmp_path: Path, unchanged: Callable[[], bool]
) -> None:
    row = ("S-01", "Nova", "Stranger", "Headteacher", "07700 900001")
    source = workbook(tmp_path / "staff.xlsx", STAFF, row)
    result = riskgen("import", "staff", source, "--no-input")
    assert result.code == 3
    assert "B2 is another name than S-01 has (name)." in result.said
    assert "keeps roles, mobile, car, insurance and account" in result.said
    assert "import without --no-input" in result.said
    assert "Nothing was saved." in result.said
    assert riskgen("import", "staff", source, typed="n\n").code == 4
    assert riskgen("import", "staff", source, typed="y\nn\n").code == 4
    assert unchanged()
    result = riskgen("import", "staff", source, typed="y\ny\n")
    assert result.code == 0
    assert "S-01: is each the same person as before, with a new name?" in result.said
    assert "Stranger" not in result.said
    assert staff(home)["S-01"]["name"] == "Nova Stranger"


def test_capitals_and_spaces_make_nobody_another_person(riskgen: Run, home: Path, tmp_path: Path) -> None:
    source = workbook(tmp_path / "staff.xlsx", STAFF, ("S-01", "AVERY", "Invented", "Headteacher", None))
    assert riskgen("import", "staff", source, "--no-input").code == 0
    assert staff(home)["S-01"]["name"] == "AVERY Invented"


@pytest.mark.parametrize("title", ["Headteacher?", "(Headteacher)", "Head-teacher", "Teacher; ?", "?"])
def test_a_title_of_which_nobody_was_sure_gives_no_roles(
    riskgen: Run, home: Path, tmp_path: Path, unchanged: Callable[[], bool], title: str
) -> None:
    source = workbook(tmp_path / "staff.xlsx", STAFF, ("S-20", "Nova", "Invented", title, None))
    result = riskgen("import", "staff", source, "--no-input")
    assert result.code == 3
    assert "D2 (Job Title) holds a job title of which no role is known." in result.said
    assert unchanged()


# --- columns ------------------------------------------------------------------------------------------


def test_columns_that_are_not_read_are_named(riskgen: Run, home: Path, tmp_path: Path) -> None:
    headers = (*STAFF, "Leaving Date", "Notes")
    source = workbook(tmp_path / "a.xlsx", headers, (*NOBODY_ELSE, date(2026, 7, 1), "gone"))
    result = riskgen("import", "staff", source, "--no-input", "--json")
    assert "Not read: F 'Leaving Date', G 'Notes'." in result.said
    assert json.loads(result.out)["not_read"] == ["Leaving Date", "Notes"]
    wide = workbook(tmp_path / "b.xlsx", (*STAFF, *(f"More {number}" for number in range(60))), NOBODY_ELSE)
    assert "and 20 more." in riskgen("import", "staff", wide, "--no-input").said
    assert "Not read" not in riskgen("import", "staff", workbook(tmp_path / "c.xlsx", STAFF, NOBODY_ELSE)).said


def test_the_choice_of_columns_is_kept_for_the_next_time(riskgen: Run, home: Path, tmp_path: Path) -> None:
    odd = ("Ref", "Legal Forename", "Preferred Forename", "Surname", "What they do", "Mobile")
    row = ("S-20", "Novalie", "Nova", "Invented", "Teacher", None)
    first = workbook(tmp_path / "first.xlsx", odd, row)
    result = riskgen("import", "staff", first, "--no-input")
    assert result.code == 3
    assert "--column id=HEADER" in result.said
    assert "'Legal Forename' or 'Preferred Forename'" in result.said
    result = riskgen("import", "staff", first, typed="Z\nA\nc,d\nE\ny\n")
    assert result.code == 0, result.said
    assert staff(home)["S-20"]["name"] == "Nova Invented"
    kept: Any = read_yaml(home / "imports.yaml").data
    assert kept["staff"]["columns"] == {
        "id": "Ref",
        "name": ["Preferred Forename", "Surname"],
        "roles": "What they do",
        "mobile": "Mobile",
    }
    moved = workbook(
        tmp_path / "moved.xlsx", ("Extra", *odd[::-1]), (1, *("S-21", "B", "C", "D", "Teacher", None)[::-1])
    )
    before = (home / "imports.yaml").read_bytes()
    assert riskgen("import", "staff", moved, "--no-input").code == 0
    assert staff(home)["S-21"]["name"] == "C D"
    assert (home / "imports.yaml").read_bytes() == before


def test_a_column_that_was_renamed_is_asked_for_again(riskgen: Run, home: Path, tmp_path: Path) -> None:
    assert riskgen("import", "staff", workbook(tmp_path / "a.xlsx", STAFF, NOBODY_ELSE), "--no-input").code == 0
    renamed = workbook(tmp_path / "b.xlsx", (*STAFF[:4], "Mobile Number"), ("S-05", None, None, None, "07700 900055"))
    result = riskgen("import", "staff", renamed, "--no-input")
    assert result.code == 3
    assert "imports.yaml takes it from the column 'Mobile', which the file does not have" in result.said
    assert "or --column mobile= if the file does not have it" in result.said
    assert riskgen("import", "staff", renamed, "--no-input", "--column", "mobile=mobile  number").code == 0
    assert staff(home)["S-05"]["mobile"] == "07700 900055"
    assert riskgen("import", "staff", renamed, "--no-input").code == 0


def test_a_field_that_the_file_does_not_have_is_not_asked_for_again(riskgen: Run, home: Path, tmp_path: Path) -> None:
    headers = (*STAFF, "Mobile Number")
    source = workbook(tmp_path / "a.xlsx", headers, ("S-05", "Ellis", "Invented", "Class Teacher", "1", "2"))
    assert riskgen("import", "staff", source, typed="none\n").code == 0
    kept: Any = read_yaml(home / "imports.yaml").data
    assert kept["staff"]["columns"]["mobile"] == []
    assert riskgen("import", "staff", source, "--no-input").code == 0
    assert staff(home)["S-05"]["mobile"] == "07700 900005"


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("colour=Mobile", "An export cannot give 'colour'. It may be: id, name"),
        ("mobile=Handy", "The file has no column 'Handy'. It has: 'Staff Code'"),
        ("id=", "The column of 'id' is needed."),
    ],
)
def test_a_column_that_cannot_be_is_refused(riskgen: Run, home: Path, tmp_path: Path, option: str, words: str) -> None:
    source = workbook(tmp_path / "a.xlsx", STAFF, NOBODY_ELSE)
    result = riskgen("import", "staff", source, "--no-input", "--column", option)
    assert result.code == 3
    assert words in result.said
    assert riskgen("import", "staff", source, "--column", "mobile").code == 2


def test_two_columns_of_one_header_are_not_guessed_between(riskgen: Run, home: Path, tmp_path: Path) -> None:
    source = workbook(tmp_path / "a.xlsx", (*STAFF, "mobile"), (*NOBODY_ELSE, "07700 900099"))
    result = riskgen("import", "staff", source, "--no-input")
    assert result.code == 3
    assert "more than one column may hold it" in result.said


def test_a_file_without_known_headers_shows_nothing_of_itself(riskgen: Run, home: Path, tmp_path: Path) -> None:
    source = workbook(tmp_path / "a.xlsx", NOBODY_ELSE, NOBODY_ELSE)
    result = riskgen("import", "staff", source, "--no-input")
    assert result.code == 3
    assert "No row among the first 20 has a header that is known." in result.said
    assert "Avery" not in result.said


def test_a_folder_of_an_older_riskgen_knows_headers_too(riskgen: Run, home: Path, tmp_path: Path) -> None:
    (home / "data" / "imports.yaml").unlink()
    source = workbook(tmp_path / "a.xlsx", STAFF, ("S-20", "Nova", "Invented", "Teacher", None))
    assert riskgen("check").code == 0
    assert riskgen("import", "staff", source, "--no-input").code == 0


@pytest.mark.parametrize("name", ["missing.xlsx", "old.xls", "empty.csv", "not.xlsx"])
def test_a_file_that_cannot_be_read_ends_in_words(
    riskgen: Run, home: Path, tmp_path: Path, name: str, unchanged: Callable[[], bool]
) -> None:
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    (tmp_path / "empty.csv").touch()
    (tmp_path / "not.xlsx").write_bytes(b"not a workbook")
    result = riskgen("import", "families", tmp_path / name, "--no-input")
    assert result.code == 3
    assert "Nothing was saved." in result.said
    assert unchanged()


# --- families -----------------------------------------------------------------------------------------


def test_a_new_family_gets_a_file_of_its_own(riskgen: Run, home: Path, tmp_path: Path) -> None:
    result = riskgen("import", "families", workbook(tmp_path / "p.xlsx", PUPILS, ROBIN), typed="y\n")
    assert result.code == 0, result.said
    assert family(home, "4021") == {
        "family": {
            "reference": "4021",
            "address": "12 Example Street\nSampletown\nZZ1 1ZZ",
            "phone": "01632 960444",
        },
        "child": {"name": "Robin Invented", "year_group": "8", "born_on": "2013-04-05"},
    }
    assert "Robin" not in result.said
    assert "960444" not in result.said
    assess = ("assess", "families/4021.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-12-02 10:30")
    assert riskgen(*assess, "--no-input", "--dry-run").code == 0


def test_a_csv_of_an_older_system_is_read_with_its_days_first(riskgen: Run, home: Path, tmp_path: Path) -> None:
    text = 'UPN;Forename;Surname;DOB;Address\r\nA4021;Zoë;Invented;05/04/2013;"12 Example Street\r\nSampletown"\r\n'
    (tmp_path / "p.csv").write_bytes(text.encode("cp1252"))
    assert riskgen("import", "families", tmp_path / "p.csv", "--no-input").code == 0
    found = family(home, "A4021")
    assert found["child"] == {"name": "Zoë Invented", "born_on": "2013-04-05"}
    assert found["family"]["address"] == "12 Example Street\nSampletown"


def test_a_family_that_is_there_changes_only_with_force_and_only_in_what_the_export_has(
    riskgen: Run, home: Path, tmp_path: Path
) -> None:
    headers = ("Family Reference", "Pupil Name", "Contact Telephone", "Year Group")
    rows = (("f-0123", "Sample child", "01632 960999", None), ("F-9001", "Robin Invented", None, "Year 7"))
    source = workbook(tmp_path / "p.xlsx", headers, *rows)
    path = home / "families" / "F-0123.yaml"
    text = path.read_text(encoding="utf-8")
    result = riskgen("import", "families", source, "--no-input")
    assert result.code == 4
    assert "Left as they are: 1 file of families that are there already." in result.said
    assert "F-0123: family.phone changed (C2)" in result.said
    assert path.read_text(encoding="utf-8") == text
    assert family(home, "F-9001")["child"]["name"] == "Robin Invented"
    result = riskgen("import", "families", source, "--no-input", "--force")
    assert result.code == 0
    assert lines_changed(text, path.read_text(encoding="utf-8")) == [
        "-   phone: 01632 960123",
        "+   phone: 01632 960999",
    ]
    assert path.with_name("F-0123.yaml.bak").read_text(encoding="utf-8") == text
    assert not (home / "families" / "f-0123.yaml.bak").exists() or (home / "families" / "F-0123.yaml").samefile(path)
    assert "there is nothing to change" in riskgen("import", "families", source, "--no-input", "--force").said


@pytest.mark.parametrize(
    ("header", "field", "name"), [("Pupil Name", "child", "Other child"), ("Family", "family", "Other family")]
)
def test_a_family_of_another_name_is_the_same_only_where_somebody_says_so(
    riskgen: Run, home: Path, tmp_path: Path, unchanged: Callable[[], bool], header: str, field: str, name: str
) -> None:
    source = workbook(tmp_path / "p.xlsx", ("Family Reference", header), ("F-0123", name))
    assert riskgen("import", "families", source, "--no-input", "--dry-run").code == 4
    result = riskgen("import", "families", source, "--no-input", "--force")
    assert result.code == 3
    assert f"B2 is another name than F-0123 has ({field}.name)." in result.said
    assert "Nothing was saved." in result.said
    assert unchanged()
    dry = riskgen("import", "families", source, "--no-input", "--force", "--dry-run", "--json")
    assert json.loads(dry.out)["renamed"] == ["F-0123"]
    assert riskgen("import", "families", source, "--force", typed="y\nn\n").code == 4
    assert unchanged()
    result = riskgen("import", "families", source, "--force", typed="y\ny\n")
    assert "F-0123: is each the same family as before" in result.said
    assert family(home, "F-0123")[field]["name"] == name
    assert name not in result.said


def test_answers_are_put_where_the_school_writes_them(riskgen: Run, home: Path, tmp_path: Path) -> None:
    path = home / "families" / "by-hand.yaml"
    path.write_text("family.reference: F-77  # ours\nhistory.concern: no\n", encoding="utf-8")
    source = workbook(tmp_path / "p.xlsx", ("Reference", "Contact Telephone"), ("F-77", "01632 960777"))
    assert riskgen("import", "families", source, "--no-input", "--force").code == 0
    assert path.read_text(encoding="utf-8") == (
        "family.reference: F-77  # ours\nhistory.concern: no\nfamily:\n  phone: 01632 960777\n"
    )


@pytest.mark.parametrize(
    ("value", "formats", "stored"),
    [
        (7700900123, "General", "07700900123"),
        (1632960123, "0", "01632960123"),
        (447700900123, "General", "+447700900123"),
        (7700900123, "00000000000", "07700900123"),
        ("07700 900123", "General", "07700 900123"),
        ("+44 7700 900123", "@", "+44 7700 900123"),
        (101, "General", "101"),
    ],
)
def test_a_nought_that_excel_dropped_is_put_back_where_that_is_sure(
    riskgen: Run, home: Path, tmp_path: Path, value: Any, formats: str, stored: str
) -> None:
    headers = ("Reference", "Contact Telephone")
    source = workbook(tmp_path / "p.xlsx", headers, ("F-77", value), formats={"B2": formats})
    result = riskgen("import", "families", source, "--no-input")
    assert result.code == 0, result.said
    assert str(family(home, "F-77")["family"]["phone"]) == stored
    mended = isinstance(value, int) and len(stored) > len(str(value)) and formats != "0" * 11
    assert ("B2 (Contact Telephone) was a number without its leading" in result.said) == mended


@pytest.mark.parametrize(
    ("header", "value", "words"),
    [
        ("Contact Telephone", "7700900123", "B2 (Contact Telephone) is a telephone number without its leading nought"),
        ("Contact Telephone", "447700900123", "without its leading nought or plus"),
        ("Contact Telephone", 77009001234, "which lost its beginning or its end"),
        ("Contact Telephone", 7.70090012e30, "B2 holds a number too long for Excel to keep exactly."),
        ("Contact Telephone", date(2026, 1, 2), "holds a date or a time where a telephone number belongs."),
        ("Postcode", datetime(2026, 12, 1), "B2 (Postcode) holds a date or a time where a postcode belongs."),
        ("Postcode", 100000, "B2 (Postcode) holds a number where a postcode belongs."),
        ("House Number", date(2026, 4, 3), "B2 (House Number) holds a date or a time"),
        ("Date of Birth", 41000, "B2 (Date of Birth) holds a number where a date belongs."),
        ("Date of Birth", "4 March", "B2 (Date of Birth) holds no date."),
        ("Date of Birth", "31/02/2013", "holds no date."),
        ("Date of Birth", "04/03-2013", "holds no date."),
        ("Date of Birth", date(2027, 1, 1), "holds a day that is still to come."),
        ("Year Group", "x" * 41, "B2 (Year Group) is too long: 41 of 40 characters."),
        ("Year Group", "8\n9", "runs over several lines"),
    ],
)
def test_what_excel_has_spoilt_is_a_fault_that_names_the_cell(
    riskgen: Run, tmp_path: Path, home: Path, unchanged: Callable[[], bool], header: str, value: Any, words: str
) -> None:
    source = workbook(tmp_path / "p.xlsx", ("Reference", header), ("F-77", value))
    result = riskgen("import", "families", source, "--no-input")
    assert result.code == 3
    assert words in result.said
    assert f"{source}:2" in result.err
    assert unchanged()


@pytest.mark.parametrize(
    "reference",
    [
        "Invented",
        "../../F-1",
        "F 1",
        "F-1.yaml",
        "COM1",
        "RA-2026-0001",
        "F" * 40 + "1",
        "Robin-1",
        "é1",
        "1\\2",
        "C:1",
    ],
)
def test_a_reference_is_safe_as_the_name_of_a_file_and_gives_nobody_away(
    riskgen: Run, tmp_path: Path, home: Path, unchanged: Callable[[], bool], reference: str
) -> None:
    source = workbook(tmp_path / "p.xlsx", ("Reference", "Pupil Name"), (reference, "Robin Invented"))
    result = riskgen("import", "families", source, "--no-input")
    assert result.code == 3
    assert "A2 (Reference)" in result.said
    assert reference not in result.out + result.err.replace(str(tmp_path), "")
    assert unchanged()


def test_noughts_that_a_format_shows_belong_to_a_reference(riskgen: Run, home: Path, tmp_path: Path) -> None:
    source = workbook(tmp_path / "p.xlsx", ("Adno", "Year"), (4021, "Year 8"), formats={"A2": "000000"})
    assert riskgen("import", "families", source, "--no-input").code == 0
    assert family(home, "004021")["family"]["reference"] == "004021"


@pytest.mark.parametrize(
    ("value", "format_"), [(4021, "General"), (4021, "0"), (4021, "@"), (4021, "000"), (4.5, "0000")]
)
def test_a_reference_of_which_noughts_may_be_lost_is_not_that_of_another_family(
    riskgen: Run, home: Path, tmp_path: Path, unchanged: Callable[[], bool], value: Any, format_: str
) -> None:
    source = workbook(tmp_path / "p.xlsx", ("Adno", "Year"), (value, "Year 8"), formats={"A2": format_})
    result = riskgen("import", "families", source, "--no-input")
    assert result.code == 3
    assert "A2 (Adno) holds a number, and Excel drops the noughts that one begins with." in result.said
    assert "Format the cell as text, and type the reference again" in result.said
    assert "4021" not in result.said
    assert unchanged()


@pytest.mark.parametrize("day", ["05/04/2013 00:00:00", "2013-04-05T00:00", "5 April 2013", "5.4.2013"])
def test_days_are_read_as_people_and_programs_write_them(riskgen: Run, home: Path, tmp_path: Path, day: str) -> None:
    (tmp_path / "p.csv").write_text(f"Reference,DOB\nF-77,{day}\n", encoding="utf-8")
    assert riskgen("import", "families", tmp_path / "p.csv", "--no-input").code == 0
    assert family(home, "F-77")["child"]["born_on"] == "2013-04-05"


def test_a_nought_that_is_lost_from_text_may_be_found_in_a_workbook(riskgen: Run, home: Path, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("Reference,Contact Telephone\nF-77,7700900123\n", encoding="utf-8")
    result = riskgen("import", "families", tmp_path / "p.csv", "--no-input")
    assert result.code == 3
    assert "Or export it as an Excel workbook (.xlsx)" in result.said


def test_children_of_one_reference_are_not_mixed(
    riskgen: Run, home: Path, tmp_path: Path, unchanged: Callable[[], bool]
) -> None:
    rows = (("F-77", "Robin Invented"), ("F-77", "Sky Invented"))
    source = workbook(tmp_path / "p.xlsx", ("Family ID", "Pupil Name"), *rows)
    result = riskgen("import", "families", source, "--no-input")
    assert result.code == 3
    assert "B3 (Pupil Name) says otherwise than row 2" in result.said
    assert unchanged()


def test_two_files_of_one_reference_are_not_chosen_between(riskgen: Run, home: Path, tmp_path: Path) -> None:
    (home / "families" / "copy.yaml").write_text("family: {reference: F-0123}\n", encoding="utf-8")
    source = workbook(tmp_path / "p.xlsx", ("Reference", "Year"), ("F-0123", "Year 9"))
    result = riskgen("import", "families", source, "--no-input", "--force")
    assert result.code == 3
    assert "families/F-0123.yaml and families/copy.yaml both have" in result.said


def test_a_file_of_another_family_is_not_replaced_for_its_name(riskgen: Run, home: Path, tmp_path: Path) -> None:
    (home / "families" / "f-77.yaml").write_text("family: {reference: F-78}\n", encoding="utf-8")
    rows = (("F-77", "Year 9"), ("F-0123", "Year 9"))
    source = workbook(tmp_path / "p.xlsx", ("Reference", "Year"), *rows)
    result = riskgen("import", "families", source, "--no-input", "--force")
    assert result.code == 3
    assert "A2 (Reference) is the name of families/f-77.yaml" in result.said
    assert read_yaml(home / "families" / "f-77.yaml").data == {"family": {"reference": "F-78"}}


def test_a_familys_file_that_cannot_be_read_stands_in_the_way(
    riskgen: Run, home: Path, tmp_path: Path, unchanged: Callable[[], bool]
) -> None:
    (home / "families" / "F-0456.yaml").write_text("family: [\n", encoding="utf-8")
    source = workbook(tmp_path / "p.xlsx", ("Reference", "Year"), ("F-77", "Year 9"))
    result = riskgen("import", "families", source, "--no-input")
    assert result.code == 3
    assert "families/F-0456.yaml" in result.said
    assert not (home / "families" / "F-77.yaml").exists()


def test_unknown_in_a_cell_is_no_answer(riskgen: Run, home: Path, tmp_path: Path) -> None:
    source = workbook(tmp_path / "p.xlsx", ("Reference", "Year", "Contact Telephone"), ("F-77", "Unknown", "x"))
    assert riskgen("import", "families", source, "--no-input").code == 0
    assert family(home, "F-77") == {"family": {"reference": "F-77", "phone": "x"}}


def test_text_that_would_be_a_formula_stays_text(riskgen: Run, home: Path, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("Reference,Pupil Name\nF-77,\"=cmd|'/c calc'!A0\"\n", encoding="utf-8")
    assert riskgen("import", "families", tmp_path / "p.csv", "--no-input").code == 0
    assert family(home, "F-77")["child"]["name"] == "=cmd|'/c calc'!A0"


# --- what is told -------------------------------------------------------------------------------------


def test_the_report_has_its_shape_and_no_personal_text(riskgen: Run, home: Path, tmp_path: Path) -> None:
    headers = ("Reference", "Pupil Name", "Contact Telephone")
    rows = (("F-0123", "Robin Invented", "01632 960999"), ("F-77", "Sky Invented", 7700900123))
    source = workbook(tmp_path / "p.xlsx", headers, *rows)
    result = riskgen("import", "families", source, "--no-input", "--json")
    assert result.code == 4
    report = json.loads(result.out)
    assert report["sort"] == "families"
    assert report["columns"]["child.name"] == ["Pupil Name"]
    assert (report["rows"], report["new"], report["left"]) == (2, ["F-77"], ["F-0123"])
    assert {"who": "F-0123", "field": "family.phone", "how": "changed", "cell": "C2"} in report["changed"]
    assert [note["cell"] for note in report["notes"]] == ["C3"]
    assert [Path(path).name for path in report["written"]] == ["F-77.yaml", "imports.yaml"]
    assert not {word for word in ("Robin", "Sky", "960999", "900123") if word in result.out + result.err}


def test_many_families_come_in_at_once(riskgen: Run, home: Path, tmp_path: Path) -> None:
    rows = ((f"F-{number}", f"Child {number} Invented", "Year 7") for number in range(1_000, 1_400))
    source = workbook(tmp_path / "p.xlsx", ("Reference", "Pupil Name", "Year"), *rows)
    result = riskgen("import", "families", source, "--no-input")
    assert result.code == 0
    assert len(list((home / "families").glob("F-1*.yaml"))) == 400
    assert "Written: 401 files." in result.said


def test_a_dry_run_keeps_not_even_the_columns(
    riskgen: Run, home: Path, tmp_path: Path, unchanged: Callable[[], bool]
) -> None:
    source = workbook(tmp_path / "p.xlsx", ("Reference", "Year"), ("F-77", "Year 9"))
    result = riskgen("import", "families", source, "--dry-run", "--json")
    assert result.code == 0
    assert json.loads(result.out)["written"] == []
    assert unchanged()


def test_check_knows_what_is_kept(riskgen: Run, home: Path) -> None:
    (home / "imports.yaml").write_text("staff:\n  columns:\n    account: Login\n", encoding="utf-8")
    result = riskgen("check")
    assert result.code == 3
    assert "An export cannot give 'account'." in result.said
    assert parse_yaml((home / "imports.yaml").read_text(encoding="utf-8"), "").data
