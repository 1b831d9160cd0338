"""A year of a school in one workbook: what is counted, what the audit finds, and what nobody is to read."""

import gc
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from riskgen.service import annual

sys.path.insert(0, str(Path(__file__).parents[1]))

from libreoffice import through_libreoffice
from usual import ROUTINE

pytestmark = pytest.mark.of_a_file("the workbook is a file")

PLAN = {"visit__leave_at": "10:10", "visit__back_at": "11:30"}
ATTACK = '=HYPERLINK("http://127.0.0.1/","calm")'


@dataclass
class Year:
    """A school with a year of visits, and how to make and read its workbook."""

    school: Any
    policy: str
    made: int = 0

    def visit(self, day: str, family: str = "F-2001", **changes: object) -> str:
        """Assess a visit two days before, at nine; its start is at half past ten."""
        purpose, visitors = ROUTINE[self.policy]
        who = changes.pop("visitors", visitors)
        answers = {**PLAN, "family__reference": family, **changes}
        plan = self.school.intake(purpose, who, **answers)
        before = date.fromisoformat(day).toordinal() - 2
        self.school.at(f"{date.fromordinal(before).isoformat()} 09:00")
        self.school.assess(*plan, start=f"{day} 10:30")
        self.made += 1
        return f"RA-{day[:4]}-{self.made:04}"

    def goes(self, reference: str, day: str, back: str = "11:20") -> None:
        """Authorised, signed out, and back."""
        self.school.authorise(reference, "S-01")
        self.school.at(f"{day} 10:10")
        self.school("depart", reference)
        self.school.at(f"{day} {back}")
        self.school("return", reference)

    def recorded(self, reference: str, at: str, **said: object) -> None:
        self.school.at(at)
        self.school("record", reference, "--answers", self.school.went(reference, **said), "--no-input")

    def workbook(self, *arguments: str, name: str = "annual.xlsx") -> Path:
        self.school("annual", *arguments, "-o", name)
        return Path(self.school.folder / name)


@pytest.fixture
def year(open_school: Callable[..., Any]) -> Callable[[str], Year]:
    return lambda policy: Year(open_school(policy), policy)


def full_year(found: Year) -> Year:
    """A year in which everything happens that an auditor would ask about."""
    went = found.visit("2026-01-14")
    found.goes(went, "2026-01-14")
    found.recorded(went, "2026-01-14 13:00")

    incident = found.visit("2026-01-21", "F-2002")
    found.goes(incident, "2026-01-21", back="12:00")
    text = "A visitor was shouted at on the doorstep."
    found.recorded(incident, "2026-01-21 13:00", incident="yes", incident_text=text, concern="yes")

    for day in ("2026-02-04", "2026-02-11"):
        nobody = found.visit(day, "F-2003", child__name="-1 Sample child")
        found.goes(nobody, day)
        found.recorded(nobody, f"{day} 13:00", outcome="nobody-in", agreed=f"'{ATTACK}'", seen='"#N/A"')

    cancelled = found.visit("2026-02-18", "F-2004")
    found.school("cancel", cancelled, "--reason", "The family asked for another day.", typed="y\n")

    refused = found.visit("2026-03-04", "F-2005", staff__objects="yes", history__weapons_reported="yes")
    assert refused

    late = found.visit("2026-03-11", "F-2006")
    found.goes(late, "2026-03-11")
    found.recorded(late, "2026-03-16 09:00")

    forgotten = found.visit("2026-03-18", "F-2007")
    found.goes(forgotten, "2026-03-18")

    found.school.at("2026-03-25 12:00")
    purpose, visitors = ROUTINE[found.policy]
    plan = found.school.intake(purpose, visitors, **PLAN, family__reference="F-2008")
    found.school("assess", *plan, "--start", "2026-03-25 10:30", "--no-input", "--after-the-fact", "An emergency.")
    found.made += 1

    out = found.visit("2026-04-01", "F-2009")
    found.school.authorise(out, "S-01")
    found.school.at("2026-04-01 10:10")
    found.school("depart", out)
    found.school.at("2026-04-20 09:00")
    return found


def rows(sheet: Worksheet, head: int = 1) -> list[dict[str, Any]]:
    """The rows of a table by the heads of its columns."""
    heads, *found = sheet.iter_rows(min_row=head, values_only=True)
    there = [dict(zip(heads, row, strict=True)) for row in found if any(value is not None for value in row)]
    return [row for row in there if next(iter(row.values())) != "There is none in these days."]


def head_of(sheet: Worksheet, first: str) -> int:
    """The last row that begins with this text."""
    return max(cell.row for cell in sheet["A"] if cell.value == first)


def numbers(sheet: Worksheet, title: str) -> dict[Any, tuple[Any, ...]]:
    """A small table of a page: what stands beside each label."""
    begins = next(cell.row for cell in sheet["A"] if cell.value == title) + 2
    found = {}
    for row in sheet.iter_rows(min_row=begins, values_only=True):
        if row[0] is None:
            break
        found[row[0]] = tuple(value for value in row[1:] if value is not None)
    return found


@pytest.mark.parametrize("policy", ROUTINE)
def test_a_year_is_counted_and_audited(
    year: Callable[[str], Year], policy: str, calc: str, ooxml_validator: str, tmp_path: Path
) -> None:
    found = full_year(year(policy))
    book = found.workbook("2025-26")
    sheets = openpyxl.load_workbook(book, data_only=True)
    assert sheets.sheetnames == SHEETS

    register = rows(sheets["Register"])
    assert [row["Reference"] for row in register] == [f"RA-2026-{number:04}" for number in range(1, 11)]
    assert [row["State"] for row in register] == [
        "Over",
        "Over",
        "Over",
        "Over",
        "Cancelled",
        "Assessed",
        "Over",
        "Back, nothing recorded",
        "Out",
        "Out",
    ]
    assert register[0]["Date"] == datetime(2026, 1, 14)
    assert [row["Incident"] for row in register] == [
        "No", "Yes", "No", "No", "Not made", "Not made", "No", "Not recorded", "Not recorded", "Not recorded",
    ]  # fmt: skip
    assert [row["At short notice"] for row in register].count("Yes") == 1
    assert register[6]["Recorded late"] == "Yes"
    assert register[5]["Decision that stood"] in ("Do not visit", "Refer to a person who decides")

    audit = rows(sheets["Compliance"])
    told = {(row["Reference"], row["What"]): row for row in audit}
    assert told["RA-2026-0007", "Recorded late"]["To look at"] == "No"
    for expected in (
        ("RA-2026-0006", "Neither left nor cancelled"),
        ("RA-2026-0008", "No record"),
        ("RA-2026-0009", "Assessed after it had gone out"),
        ("RA-2026-0009", "No authorisation"),
        ("RA-2026-0010", "No return recorded"),
    ):
        assert told[expected]["To look at"] == "Yes"
    assert not [row for row in audit if row["Reference"] == "RA-2026-0001" and row["To look at"] == "Yes"]
    assert all(row["To look at"] == sum_of(audit, row["Reference"]) for row in register)

    summary = sheets["Summary"]
    assert numbers(summary, "Visits")["All visits of the register in this range"] == (10,)
    assert numbers(summary, "By month")[datetime(2026, 3, 1)] == (4, 3)
    assert numbers(summary, "How visits were made")["An incident"] == (1, 4, 3, 2)
    audited = numbers(summary, "What the audit found (the sheet Compliance)")
    assert sum(count for count, _ in audited.values()) == len(audit)

    seen = sheets["Predicted and seen"]
    assert [row["Reference"] for row in rows(seen, head_of(seen, "Reference"))] == ["RA-2026-0002"]
    missing = rows(sheets["Missing children"])
    assert [(row["Reference"], row["Attempt"]) for row in missing] == [("RA-2026-0003", 1), ("RA-2026-0004", 2)]
    assert {row["How it ended"] for row in missing} == {"Nobody was in, or nobody opened"}
    assert is_text(sheets["Missing children"], ATTACK, "-1 Sample child", "#N/A")

    validated = subprocess.run([ooxml_validator, book], capture_output=True, text=True, check=False)
    assert validated.returncode == 0, validated.stdout
    assert_recalculates(book, calc, tmp_path)
    assert no_word_of_the_wise(found, book)


SHEETS = [
    "Summary",
    "Register",
    "Hazards",
    "Matrix",
    "Compliance",
    "Predicted and seen",
    "Missing children",
    "Dictionary",
    "About",
]


def sum_of(audit: list[dict[str, Any]], reference: str) -> int:
    return sum(row["Reference"] == reference and row["To look at"] == "Yes" for row in audit)


def is_text(sheet: Worksheet, *texts: str) -> bool:
    """Whether each of these stands in a cell of the sheet, as text."""
    found = {cell.value: cell.data_type for row in sheet.iter_rows() for cell in row if cell.value in texts}
    return found == dict.fromkeys(texts, "s")


def formulas(book: Path, values: Path) -> dict[str, tuple[str, Any]]:
    """Every formula of a workbook, and what it comes to in another one, by sheet and cell."""
    written, worked_out = openpyxl.load_workbook(book), openpyxl.load_workbook(values, data_only=True)
    return {
        f"{sheet.title}!{cell.coordinate}": (cell.value, worked_out[sheet.title][cell.coordinate].value)
        for sheet in written
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def without_values(book: Path, target: Path) -> Path:
    """The workbook with no value beside its formulas: LibreOffice keeps those that are there."""
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(target, "w") as stripped:
        for name in source.namelist():
            content = source.read(name)
            if name.startswith("xl/worksheets/"):
                content = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", content)
            stripped.writestr(name, content)
    return target


def assert_recalculates(book: Path, calc: str, folder: Path) -> None:
    """LibreOffice comes to what stands in the file; Python counted that."""
    bare = without_values(book, folder / "bare.xlsx")
    assert {value for _, value in formulas(book, bare).values()} == {None}
    before, after = formulas(book, book), formulas(book, through_libreoffice(calc, bare, folder / "again"))
    assert len(before) > 100
    assert after == before


def everything(book: Path) -> str:
    """All XML of a workbook."""
    with zipfile.ZipFile(book) as package:
        return "".join(package.read(name).decode() for name in package.namelist())


def no_word_of_the_wise(found: Year, book: Path) -> bool:
    """Whether no safe word of any visit is in the workbook."""
    word = found.school.word("RA-2026-0010", "S-10")
    return bool(word) and not re.search(rf"\b{word}\b", everything(book), re.I)


def audited(found: Year, *arguments: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The lines of the audit, by the reference and by what each is about."""
    sheet = openpyxl.load_workbook(found.workbook(*arguments), data_only=True)["Compliance"]
    return {(row["Reference"], row["What"]): row for row in rows(sheet)}


def test_the_audit_tells_what_people_decided_and_did_not_do(year: Callable[[str], Year]) -> None:
    found = year("bchs")
    school = found.school
    reason = "Both protocols were gone through with the other agency."
    decided = found.visit("2026-01-14", agency__joint_visit="yes")
    school.as_("S-03", "override", decided, "--reason", reason, typed="y\n")
    found.goes(decided, "2026-01-14")
    action = '[{what: "Ring 01632 960777", who: "S-07", by: 2026-01-20}]'
    went = school.went(decided, BC_18="not-done", actions=action, seen="")
    text = (school.folder / went).read_text(encoding="utf-8")
    text = text.replace("because:  #", "because:\n  BC-18: It rained on the way\n#")
    (school.folder / went).write_text(text, encoding="utf-8")
    school.at("2026-01-14 13:00")
    school("record", decided, "--answers", went, "--no-input")

    raised = found.visit("2026-01-28", "F-2003")
    rated = ("override", raised, "--hazard", "aggression", "--rating", "M", "--reason", "Neighbours are at odds")
    school.as_("S-03", *rated, typed="y\n")

    undecided = found.visit("2026-02-04", "F-2002", agency__joint_visit="yes")
    school.at("2026-02-04 10:40")
    school("alarm", undecided)
    school("return", undecided)
    school.at("2026-02-05 09:00")

    told = audited(found, "2025-26")
    assert told[decided, "Decided otherwise"]["Who"] == "Casey Invented"
    found_rows = rows(openpyxl.load_workbook(school.folder / "annual.xlsx", data_only=True)["Compliance"])
    said = [row["What was found"] for row in found_rows if row["What"] == "Decided otherwise"]
    assert len(said) == 2
    assert any(reason in words for words in said)
    assert any(words.startswith("The rating of ") and "“Medium”: Neighbours are at odds" in words for words in said)
    kept = told[decided, "Clause not kept on the visit"]
    assert (kept["Clause"], kept["What was found"], kept["To look at"]) == ("BC-18", "It rained on the way", "Yes")
    late = told[decided, "Action past its day"]
    assert late["What was found"] == "Ring 01632 960777 (Gray Invented), by 20 January 2026"
    assert told[decided, "Record not complete"]["What was found"] == "What was seen."
    assert told[undecided, "Went out though nobody had decided it"]["To look at"] == "Yes"
    assert told[undecided, "No authorisation"]["Clause"] == "BC-02"
    assert not [key for key in told if key[0] == decided and key[1] in ("No authorisation", "No record")]


def test_the_audit_tells_of_an_authorisation_that_came_late(year: Callable[[str], Year]) -> None:
    found = year("bchs")
    found.school.at("2026-03-25 12:00")
    plan = found.school.intake(*ROUTINE["bchs"], **PLAN)
    went_out = ("--start", "2026-03-25 10:30", "--no-input", "--after-the-fact", "An emergency.")
    found.school("assess", *plan, *went_out)
    found.school.as_("S-02", "authorise", "RA-2026-0001", typed="y\n")
    told = audited(found, "2025-26")
    assert ("RA-2026-0001", "Authorised only after it had gone out") in told
    assert ("RA-2026-0001", "No authorisation") not in told


def test_a_policy_past_its_review_date_is_one_line_and_an_erased_visit_a_state(year: Callable[[str], Year]) -> None:
    found = year("robert-ogden")
    for day in ("2026-10-07", "2026-10-14"):
        found.visit(day)
    told = audited(found, "2026-27")
    line = told[None, "Policy past its review date"]
    assert "2 visits were decided under the edition of 2024-11-01" in line["What was found"]
    assert (line["To look at"], line["Date"]) == ("Yes", datetime(2026, 9, 30))


def test_a_policy_past_its_review_date_is_still_counted_when_everything_is_worked_out_anew(
    year: Callable[[str], Year], calc: str, tmp_path: Path
) -> None:
    found = year("robert-ogden")
    found.visit("2026-10-07")
    book = found.workbook("2026-27")
    summary = openpyxl.load_workbook(book, data_only=True)["Summary"]
    title = "What the audit found (the sheet Compliance)"
    assert numbers(summary, title)["Policy past its review date"] == (1, 1)
    assert_recalculates(book, calc, tmp_path)


def test_a_visit_that_is_moved_meanwhile_is_there_once_as_it_was(
    year: Callable[[str], Year], monkeypatch: pytest.MonkeyPatch
) -> None:
    school = year("bchs").school
    school.at("2026-10-01 09:00")
    for day, family in (("2026-10-14", "F-2001"), ("2026-10-21", "F-2002"), ("2026-11-11", "F-2003")):
        school.assess(*school.intake(*ROUTINE["bchs"], **PLAN, family__reference=family), start=f"{day} 10:30")
    monkeypatch.setattr("riskgen.service.annual._AT_A_TIME", 1)
    moved: list[str] = []
    original = annual.visit_row

    def row_and_move(*read: Any) -> Any:
        if not moved:
            moved.append("both")
            school.assess("--reference", "RA-2026-0001", "--force", start="2026-11-20 10:30")
            school.assess("--reference", "RA-2026-0003", "--force", start="2026-10-28 10:30")
        return original(*read)

    monkeypatch.setattr(annual, "visit_row", row_and_move)
    school("annual", "--from", "2026-10-01", "--to", "2026-10-31", "-o", "october.xlsx")
    register = rows(openpyxl.load_workbook(school.folder / "october.xlsx", data_only=True)["Register"])
    assert moved
    assert [(row["Reference"], row["Date"]) for row in register] == [
        ("RA-2026-0001", datetime(2026, 10, 14)),
        ("RA-2026-0002", datetime(2026, 10, 21)),
    ]


def test_no_garbage_is_looked_for_while_visits_are_read_and_some_afterwards(
    year: Callable[[str], Year], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search takes a fifth of the command and finds nothing; a fault on the way does not leave it off."""
    found = year("bchs")
    found.visit("2026-01-14")
    searching, visit_read = [], annual._visit_read

    def seen(*parts: Any) -> Any:
        searching.append(gc.isenabled())
        return visit_read(*parts)

    monkeypatch.setattr(annual, "_visit_read", seen)
    found.workbook("2025-26")
    assert (searching, gc.isenabled()) == ([False], True)

    monkeypatch.setattr(annual, "_visit_read", lambda *parts: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        found.workbook("2025-26", name="again.xlsx")
    assert gc.isenabled()


def test_a_visit_called_off_on_the_way_as_not_safe_is_among_the_surprises(year: Callable[[str], Year]) -> None:
    found = year("bchs")
    visit = found.visit("2026-01-14")
    found.school.authorise(visit, "S-01")
    found.school.at("2026-01-14 10:10")
    found.school("depart", visit)
    found.school("cancel", visit, "--for-safety", "--reason", "A man shouted threats.", typed="y\n")
    found.school("return", visit)
    sheets = openpyxl.load_workbook(found.workbook("2025-26"), data_only=True)
    seen = sheets["Predicted and seen"]
    assert [row["How it ended"] for row in rows(seen, head_of(seen, "Reference"))] == [
        "Called off because it was not safe"
    ]


def test_an_alarm_after_the_record_asks_for_another(year: Callable[[str], Year]) -> None:
    found = year("bchs")
    visit = found.visit("2026-01-14")
    found.goes(visit, "2026-01-14")
    found.recorded(visit, "2026-01-14 13:00")
    found.school.at("2026-01-14 15:00")
    found.school("alarm", visit)
    found.school.at("2026-01-14 16:00")
    found.school("return", visit)
    found.school.at("2026-02-14 16:00")
    told = audited(found, "2025-26")
    assert "nothing is recorded since" in told[visit, "No record"]["What was found"]
    register = rows(openpyxl.load_workbook(found.school.folder / "annual.xlsx", data_only=True)["Register"])
    assert register[0]["State"] == "Back again, recorded before"


def test_a_decision_that_came_late_is_told_as_one(year: Callable[[str], Year]) -> None:
    found = year("bchs")
    found.school.at("2026-03-25 12:00")
    plan = found.school.intake(*ROUTINE["bchs"], **PLAN, agency__joint_visit="yes")
    found.school("assess", *plan, "--start", "2026-03-25 10:30", "--no-input", "--after-the-fact", "An emergency.")
    found.school.at("2026-04-25 12:00")
    found.school.as_("S-03", "override", "RA-2026-0001", "--reason", "It had to be", typed="y\n")
    told = audited(found, "2025-26")
    assert told["RA-2026-0001", "Decided only after it had gone out"]["To look at"] == "Yes"
    said = told["RA-2026-0001", "Decided otherwise"]["What was found"]
    assert said == "The referral was made “Proceed with conditions”: It had to be"


def test_what_was_erased_is_not_recorded_and_still_in_its_month(year: Callable[[str], Year]) -> None:
    found = year("bchs")
    visit = found.visit("2026-01-14")
    found.goes(visit, "2026-01-14")
    found.recorded(visit, "2026-01-19 13:00")
    found.school.at("2060-01-07 09:00")
    code = found.school("retention", "due", "--json").json["code"]
    found.school.as_("S-01", "retention", "apply", code, typed="y\n")
    sheets = openpyxl.load_workbook(found.workbook("2025-26"), data_only=True)
    (row,) = rows(sheets["Register"])
    assert (row["State"], row["Recorded late"], row["Authorised by"]) == ("Erased", "Not recorded", None)
    assert numbers(sheets["Summary"], "By month")[datetime(2026, 1, 1)][0] == 1
    assert rows(sheets["Compliance"]) == []


def test_a_matrix_that_was_edited_has_a_map_of_its_own(year: Callable[[str], Year], calc: str, tmp_path: Path) -> None:
    found = year("bchs")
    found.visit("2026-01-14")
    for path in (found.school.folder / "data" / "matrices").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("name: Possible", "name: Perhaps"), encoding="utf-8")
    found.visit("2026-01-21", "F-2002")
    book = found.workbook("2025-26")
    sheets = openpyxl.load_workbook(book, data_only=True)
    maps = [cell.value for cell in sheets["Matrix"]["A"] if str(cell.value).endswith("(initial)")]
    assert len(maps) == 2
    counted = sum(sum(line) for title in maps for line in numbers(sheets["Matrix"], title).values())
    assert counted == len(rows(sheets["Hazards"]))
    assert_recalculates(book, calc, tmp_path)


def test_totals_follow_a_filter_and_a_correction(year: Callable[[str], Year], calc: str, tmp_path: Path) -> None:
    """What a reader does in Excel: hides rows by a filter, and corrects a cell."""
    found = year("bchs")
    for day in ("2026-01-14", "2026-01-21", "2026-02-04"):
        found.visit(day)
    book = openpyxl.load_workbook(found.workbook("2025-26"))
    register = book["Register"]
    register.row_dimensions[2].hidden = True
    heads = [cell.value for cell in register[1]]
    register.cell(4, heads.index("Incident") + 1).value = "Yes"
    register.cell(4, heads.index("Date") + 1).value = datetime(2026, 5, 6)
    changed = tmp_path / "changed.xlsx"
    book.save(changed)
    after = openpyxl.load_workbook(through_libreoffice(calc, changed, tmp_path / "again"), data_only=True)["Summary"]
    assert numbers(after, "Visits")["All visits of the register in this range"] == (2,)
    months = numbers(after, "By month")
    assert [months[datetime(2026, month, 1)][0] for month in (1, 2, 5)] == [1, 0, 1]
    assert numbers(after, "How visits were made")["An incident"][0] == 1


def test_governors_see_totals_and_nobody(year: Callable[[str], Year], ooxml_validator: str) -> None:
    found = full_year(year("bchs"))
    found.school.as_("S-03", "annual", "2025-26", "-o", "annual.xlsx", "--for", "governors")
    book = Path(found.school.folder / "annual.xlsx")
    sheets = openpyxl.load_workbook(book, data_only=True)
    assert sheets.sheetnames == ["Summary", "Matrix", "Predicted and seen", "Dictionary", "About"]
    assert numbers(sheets["Summary"], "Visits")["All visits of the register in this range"] == (10,)
    assert numbers(sheets["Summary"], "By month")[datetime(2026, 3, 1)] == ("fewer than 5", "fewer than 5")
    text = everything(book)
    for personal in (
        "F-200",
        "RA-2026",
        "Invented,",
        "Gray",
        "Lane",
        "Storybook",
        "Sampletown",
        "Sample child",
        "S-07",
    ):
        assert personal not in text
    assert not formulas(book, book)
    assert "fewer than 5 · Medium" in [cell.value for row in sheets["Matrix"].iter_rows() for cell in row]
    assert subprocess.run([ooxml_validator, book], capture_output=True, check=False).returncode == 0


def test_a_year_without_a_visit_is_a_workbook_too(
    year: Callable[[str], Year], calc: str, ooxml_validator: str, tmp_path: Path
) -> None:
    found = year("bchs")
    found.visit("2026-01-14")
    book = found.workbook("2019-20")
    sheets = openpyxl.load_workbook(book, data_only=True)
    assert rows(sheets["Register"]) == []
    assert sheets["Register"]["A3"].value == "There is none in these days."
    assert "No visit was planned for any of them" in found.school.said[-1]
    assert subprocess.run([ooxml_validator, book], capture_output=True, check=False).returncode == 0
    assert_recalculates(book, calc, tmp_path)


def test_a_workbook_is_not_replaced_unasked(year: Callable[[str], Year]) -> None:
    found = year("bchs")
    found.visit("2026-01-14")
    book = found.workbook("2025-26")
    before = book.read_bytes()
    assert "Already there: annual.xlsx" in found.school.refused("annual", "2025-26", "-o", "annual.xlsx")
    assert book.read_bytes() == before
    found.school("annual", "2025-26", "-o", "annual.xlsx", "--force")
    assert (found.school.folder / "annual.xlsx.bak").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "first", "last"),
    [
        (("2025-26",), "2025-09-01", "2026-08-31"),
        (("2025/26",), "2025-09-01", "2026-08-31"),
        (("1999-00",), "1999-09-01", "2000-08-31"),
        (("2023-2024",), "2023-09-01", "2024-08-31"),
        (("--calendar-year", "2026"), "2026-01-01", "2026-12-31"),
        (("--from", "2026-01-14", "--to", "2026-01-14"), "2026-01-14", "2026-01-14"),
    ],
)
def test_which_days_are_meant(year: Callable[[str], Year], arguments: tuple[str, ...], first: str, last: str) -> None:
    found = year("bchs")
    found.visit("2026-01-14")
    report = found.school("annual", *arguments, "-o", "annual.xlsx", "--json").json
    assert (report["from"], report["to"]) == (first, last)
    assert report["visits"] == int(first <= "2026-01-14" <= last)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "No year is given."),
        (("2025-27",), "'2025-27' is not a school year."),
        (("2025",), "'2025' is not a school year."),
        (("2025-26", "--calendar-year", "2026"), "More than one stretch of days is given."),
        (("--calendar-year", "26"), "--calendar-year must be a year such as 2026."),
        (("--calendar-year", "9999"), "--calendar-year must be a year such as 2026."),
        (("0001-02",), "'0001-02' is not a school year."),
        (("--from", "2026-01-01", "--to", "9999-12-31"), "--from and --to must be from 1901 to 2999."),
        (("--from", "2026-01-01"), "--from and --to must both be days"),
        (("--from", "2026-02-01", "--to", "2026-01-01"), "--from is later than --to."),
    ],
)
def test_days_that_are_none(year: Callable[[str], Year], arguments: tuple[str, ...], words: str) -> None:
    found = year("bchs")
    found.visit("2026-01-14")
    assert words in found.school("annual", *arguments, "-o", "annual.xlsx", ends=3)
    assert not (found.school.folder / "annual.xlsx").exists()


def test_the_edges_of_a_school_year(year: Callable[[str], Year]) -> None:
    """31 August is of one year, 1 September of the next, whatever the clocks do."""
    found = year("bchs")
    found.visit("2026-08-31")
    found.visit("2026-09-01")
    counted = [
        found.school("annual", span, "-o", f"{span}.xlsx", "--json").json["visits"] for span in ("2025-26", "2026-27")
    ]
    assert counted == [1, 1]
