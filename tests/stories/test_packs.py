"""The paper of a visit under each policy: which forms its pack has, what they say, and what they keep to themselves."""

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pikepdf
import pytest

from riskgen.cli import pack as pack_command
from riskgen.forms.rows import OTHERWISE_OPEN
from riskgen.service import pack_folder
from riskgen.service.faults import EnvironmentFault
from riskgen.service.packing import make_pack

sys.path.insert(0, str(Path(__file__).parents[1]))

from usual import ROUTINE

REF = "RA-2026-0001"
START = "2026-06-17 10:30"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
REFUSED = {
    "bchs": {"staff__objects": "yes"},
    "st-patricks": {"history__violence_reported": "yes"},
    "heather-avenue": {},
    "le-rocquier": {"history__aggression_known": "yes", "history__weapons_reported": "yes", "staff__objects": "yes"},
    "robert-ogden": {"staff__objects": "yes"},
}
EVERY_VISIT = (
    "cover-sheet",
    "intent-to-visit-office",
    "office-card",
    "risk-assessment",
    "intent-to-visit-travelling",
    "visit-checklist",
    "emergency-card",
    "visit-record",
    "visit-record-confidential",
)
OF_ITS_OWN = {
    "bchs": {"letter-to-family"},
    "st-patricks": {"letter-to-family"},
    "heather-avenue": {"visit-schedule", "induction-letter"},
    "le-rocquier": {"letter-to-family", "calling-card"},
    "robert-ogden": {"letter-to-family", "letter-to-agencies"},
}
AWAY_FROM_SCHOOL = ("travelling", "checklist", "emergency", "letter", "calling", "cover-sheet")

pytestmark = pytest.mark.of_a_file("the forms are files")


def forms(folder: Path) -> list[str]:
    """The ids of the Word forms of a folder, in print order."""
    return [re.sub(r"^RA-\d{4}-\d{4}_\d\d-|_\d{4}-\d\d-\d\d\.docx$", "", path.name) for path in documents(folder)]


def documents(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.docx"))


def document(folder: Path, form: str) -> Path:
    return next(path for path in documents(folder) if form in path.name)


def text(path: Path) -> str:
    """All that a document says, in one line."""
    with zipfile.ZipFile(path) as package:
        roots = [ElementTree.fromstring(package.read(name)) for name in package.namelist() if name.endswith(".xml")]
    paragraphs = (
        "".join(node.text or "" for node in item.iter(f"{W}t")) for root in roots for item in root.iter(f"{W}p")
    )
    return " ".join(" ".join(paragraphs).split())


def everything(path: Path) -> bytes:
    """Every byte that a file holds, unpacked."""
    content = path.read_bytes()
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return b"".join(package.read(name) for name in package.namelist())


def _numbered(path: Path) -> bool:
    """Whether a form says which one of the pack it is. What is handed over does not."""
    return not any(part in path.name for part in ("letter", "card"))


def pack_of(school: Any, reference: str = REF) -> Path:
    folder: Path = school.folder / "visits" / reference / "pack"
    return folder


def opened(open_school: Callable[..., Any], name: str, *visitors: str, **changes: object) -> Any:
    """A school with one visit that was assessed the day before."""
    school = open_school(name)
    school.at("2026-06-16 14:00")
    purpose, usual = ROUTINE[name]
    plan = school.intake(purpose, visitors or usual, visit__leave_at="10:10", visit__back_at="11:30", **changes)
    school.assess(*plan, start=START)
    return school


def goes(school: Any) -> None:
    """The visit is authorised, and leaves."""
    school.authorise(REF, "S-01")
    school.at("2026-06-17 10:10")
    school("depart", REF)


def returns(school: Any) -> None:
    school.at("2026-06-17 11:20")
    school("return", REF)


# --- which forms ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ROUTINE)
def test_a_visit_that_may_go_ahead_has_all_its_paper(open_school: Callable[..., Any], name: str) -> None:
    school = opened(open_school, name)
    school.authorise(REF, "S-01")
    said = school.as_("S-10", "pack", REF)
    folder = pack_of(school)
    assert set(forms(folder)) == {*EVERY_VISIT, *OF_ITS_OWN[name]}
    numbers = [path.name.split("_")[1][:2] for path in documents(folder)]
    assert numbers == [f"{number:02}" for number in range(1, len(numbers) + 1)]
    assert forms(folder)[0] == "cover-sheet"
    for path in documents(folder):
        words = text(path)
        assert not re.search(r"\{\{|\{%|Undefined", words), path.name
        assert f"Form {int(path.name.split('_')[1][:2])} of {len(numbers)}" in words or not _numbered(path), path.name
    assert "Avery Invented" in text(document(folder, "risk-assessment"))
    assert "Lone Working" in said
    assert school("show", REF, "--json").json["pack"] == "current"


@pytest.mark.parametrize("name", REFUSED)
def test_a_visit_that_must_not_be_made_has_no_paper_to_go_with(open_school: Callable[..., Any], name: str) -> None:
    visitors = ("S-05",) if name == "heather-avenue" else ()
    school = opened(open_school, name, *visitors, **REFUSED[name])
    said = school.as_("S-10", "pack", REF, "--json").json
    assert said["outcome"] == "do-not-visit"
    assert said["pack"] == "decision"
    folder = pack_of(school)
    assert forms(folder) == ["cover-sheet", "risk-assessment"]
    assert sorted(path.suffix for path in folder.iterdir()) == [".docx", ".docx"]
    cover = text(document(folder, "cover-sheet"))
    assert "Do not visit" in cover
    assert "Only once the visit may go ahead." in cover
    assert [found["because"] for found in said["left_out"]] == ["Only once the visit may go ahead."]


@pytest.mark.parametrize("name", ROUTINE)
def test_a_visit_that_nobody_has_authorised_does_not_look_as_if_it_could_go(
    open_school: Callable[..., Any], name: str
) -> None:
    school = opened(open_school, name)
    school.as_("S-10", "pack", REF)
    cover = document(pack_of(school), "cover-sheet")
    assert ", once it is authorised" in text(cover)
    assert "Nobody has authorised it yet." in text(cover)
    assert b"C6E0B4" not in everything(cover)  # the green of a visit that may go
    school.authorise(REF, "S-01")
    school.as_("S-10", "pack", REF, "--force")
    cover = document(pack_of(school), "cover-sheet")
    assert "once it is authorised" not in text(cover)


def test_a_visit_that_is_referred_waits_for_a_person_and_then_has_its_paper(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs", agency__joint_visit="yes")
    assert school.as_("S-10", "pack", REF, "--json").json["pack"] == "decision"
    assert forms(pack_of(school)) == ["cover-sheet", "risk-assessment"]
    reason = "Both protocols were gone through with the other agency & agreed"
    school.as_("S-03", "override", REF, "--reason", reason, typed="y\n")
    assert school("show", REF, "--json").json["pack"] == "outdated"
    school.as_("S-10", "pack", REF, "--force")
    folder = pack_of(school)
    assert set(EVERY_VISIT) <= set(forms(folder))
    assessment, cover = text(document(folder, "risk-assessment")), text(document(folder, "cover-sheet"))
    assert reason in assessment
    assert "Casey Invented" in assessment
    assert "Decided otherwise by Casey Invented" in cover
    assert reason not in cover
    assert (folder.parent / "pack.bak").is_dir()


def test_a_hazard_that_a_person_has_rated_higher_is_still_to_be_settled(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    rated = ("override", REF, "--hazard", "aggression", "--rating", "M")
    school.as_("S-03", *rated, "--reason", "Two neighbours are at odds", typed="y\n")
    said = school.as_("S-10", "pack", REF)
    assert "An aggressive, abusive or violent parent" in said
    for form in ("cover-sheet", "visit-checklist"):
        words = text(document(pack_of(school), form))
        assert OTHERWISE_OPEN in words, form
        assert "azard 1 of" not in words, form
        assert "ggressive, abusive" not in words, form
    cover = text(document(pack_of(school), "cover-sheet"))
    assert "Counted in: what was decided by Casey Invented" in cover
    assert "As worked out" not in cover
    assert "Two neighbours" not in cover
    assessment = text(document(pack_of(school), "risk-assessment"))
    assert "a person has made it Medium" in assessment
    assert "Before leaving" in assessment
    school.authorise(REF, "S-01")  # who accepts the rating
    school.as_("S-10", "pack", REF)
    assert OTHERWISE_OPEN not in text(document(pack_of(school), "cover-sheet"))


def test_what_a_policy_calls_for_depends_on_the_visit(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs", visit__unannounced="yes", visit__unannounced_ground="welfare-in-doubt")
    said = school.as_("S-10", "pack", REF, "--dry-run", "--json").json
    found = [form["form"] for form in said["forms"]]
    assert "letter-to-family" not in found
    assert said["files"] == []
    assert not pack_of(school).exists()
    if said["pack"] == "visit":
        assert any("BC-03 does not call for it" in each["because"] for each in said["left_out"])


def test_a_joint_visit_of_le_rocquier_writes_to_the_agency(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "le-rocquier", agency__joint_visit="yes", agency__both_protocols="yes")
    school.authorise(REF, "S-01")
    found = [form["form"] for form in school.as_("S-10", "pack", REF, "--dry-run", "--json").json["forms"]]
    assert "letter-to-agencies" in found


def test_before_anybody_has_authorised_it_no_paper_says_that_nothing_is_left_to_do(
    open_school: Callable[..., Any],
) -> None:
    school = opened(open_school, "heather-avenue")
    said = school.as_("S-10", "pack", REF)
    assert "Have the visit authorised" in said
    assert "settle what is still to be done" in said
    cover = text(document(pack_of(school), "cover-sheet"))
    assert "Have the visit authorised" in cover
    assert "Nothing is still to be done" not in cover
    assert "once all that is still to be done has been done" in cover
    school.authorise(REF, "S-01")
    assert "print it" in school.as_("S-10", "pack", REF)  # the one before it is out of date and makes way
    cover = text(document(pack_of(school), "cover-sheet"))
    assert "Have the visit authorised" not in cover
    assert "Nothing is still to be done" in cover


def test_a_pack_is_out_of_date_once_its_templates_or_its_schedule_would_print_another(
    open_school: Callable[..., Any],
) -> None:
    def state() -> str:
        return str(school("show", REF, "--json").json["pack"])

    school = opened(open_school, "heather-avenue")
    school.authorise(REF, "S-01")
    school.as_("S-10", "pack", REF)
    assert state() == "current"
    for name in ("forms/cover-sheet.docx", "steps.yaml", "emergencies.yaml", "forms.yaml"):
        path = school.folder / "templates" / name
        before = path.read_bytes()
        path.write_bytes(before + (b"\n- id: no-form\n" if name.endswith(".yaml") else b"\0"))
        assert state() == "outdated", name
        path.write_bytes(before)
        assert state() == "current", name
    purpose, usual = ROUTINE["heather-avenue"]
    plan = school.intake(purpose, usual, visit__leave_at="14:10", visit__back_at="15:30")
    school.assess(*plan, start="2026-06-17 14:30")
    assert state() == "outdated"
    school.as_("S-10", "pack", REF)  # without --force
    assert state() == "current"
    other = school.intake(purpose, usual, visit__leave_at="14:10", visit__back_at="15:30")
    school.assess(*other, start="2026-06-18 14:30")
    assert state() == "current"  # which is another day
    shutil.rmtree(pack_of(school))
    assert state() == "outdated"


def test_a_clause_that_todays_edition_has_no_more_does_not_travel(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    goes(school)
    edition = school.folder / "data" / "policies" / "bchs" / "2025-09-01.yaml"
    before, words = edition.read_text(encoding="utf-8"), "Park somewhere well lit."
    start, end = before.index("  - id: BC-17\n"), before.index("  - id: BC-18\n")
    school.as_("S-10", "pack", REF)
    assert words in text(document(pack_of(school), "visit-checklist"))
    edition.write_text(before[:start] + before[end:], encoding="utf-8")
    school.as_("S-10", "pack", REF, "--force")
    assert "BC-18" in text(document(pack_of(school), "visit-checklist"))
    for form in ("visit-checklist", "travelling"):
        assert "BC-17" not in text(document(pack_of(school), form)), form
    assert "BC-17" in text(document(pack_of(school), "risk-assessment"))


def test_what_happens_to_a_visit_while_its_pack_is_made_makes_it_no_pack(
    open_school: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(*arguments: Any, **options: Any) -> Any:
        made = make_pack(*arguments, **options)
        happens()
        return made

    def authorises() -> None:
        school.authorise(REF, "S-01")

    def marks() -> None:
        marker = ("marker", "add", "F-2001", "--kind", "violence", "--on", "2026-06-01", "--review", "2027-06-01")
        school.as_("S-03", *marker, "--told", "yes", typed="Shouted and pushed\nA neighbour\ny\n")

    school = opened(open_school, "bchs")
    monkeypatch.setattr(pack_command, "make_pack", meanwhile)
    happens = authorises
    assert "Somebody else has just changed" in school.refused("pack", REF)
    happens = marks
    assert "is no longer as it was assessed" in school.refused("pack", REF)
    assert not pack_of(school).exists()
    assert school("show", REF, "--json").json["pack"] == "none"


def test_without_its_folder_a_pack_has_no_safe_word_to_lose(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    school.authorise(REF, "S-01")
    school.as_("S-10", "pack", REF)
    shutil.rmtree(pack_of(school))
    school("pack", REF)
    assert not any("office.docx" in path.name for path in documents(pack_of(school)))


def test_two_copies_of_one_form_are_told_apart(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    forms_in = school.as_("S-10", "pack", REF, "--dry-run", "--json").json["forms"]
    titles = [form["title"] for form in forms_in]
    assert len(set(titles)) == len(titles)
    assert [title.rpartition(" (")[2] for title in titles if "Intent to Visit" in title] == [
        "school office)",
        "visitors)",
    ]


def test_a_wrong_reference_is_told_before_anybody_chooses_a_passphrase(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    said = school("pack", "RA-2026-0099", "--as", "S-10", ends=3)
    assert "There is no visit of the reference 'RA-2026-0099'" in said
    assert "passphrase" not in said


# --- the safe word, and other things that must not travel -----------------------------------------


def test_the_safe_word_is_in_one_form_and_only_for_those_who_may_know_it(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    without = school("pack", REF)
    assert "shown who they are" in without
    assert "intent-to-visit-office" not in forms(pack_of(school))
    school.as_("S-10", "pack", REF, "--force")
    word = school.word(REF, "S-10").encode()
    holding = [path.name for path in sorted(pack_of(school).iterdir()) if word in everything(path)]
    assert holding == [document(pack_of(school), "intent-to-visit-office").name]
    assert word.decode() not in school.said[-3].out + school.said[-3].err
    assert school.happened(REF)[-4:] == ["pack-made", "safe-word-shown", "pack-made", "safe-word-shown"]


def test_a_pack_without_the_safe_word_does_not_replace_one_that_has_it_by_accident(
    open_school: Callable[..., Any],
) -> None:
    school = opened(open_school, "bchs")
    school.as_("S-10", "pack", REF)
    school.authorise(REF, "S-01")  # so that the pack is out of date and would make way
    refused = school.refused("pack", REF)
    assert "has the form with the safe word" in refused
    assert "Add --as" in refused
    assert "intent-to-visit-office" in forms(pack_of(school))
    assert not (pack_of(school).parent / "pack.bak").exists()
    assert "Keep its office copy, which has the safe word" in school("pack", REF, "--force")
    assert "intent-to-visit-office" not in forms(pack_of(school))
    assert "intent-to-visit-office" in forms(pack_of(school).parent / "pack.bak")
    assert "Destroy it." in school.as_("S-10", "pack", REF, "--force")


@pytest.mark.parametrize("name", ROUTINE)
def test_what_leaves_the_school_says_nothing_of_the_familys_background(
    open_school: Callable[..., Any], name: str
) -> None:
    school = opened(
        open_school,
        name,
        visit__reason="Because of the thing that nobody may read on paper",
    )
    school.authorise(REF, "S-01")
    school.as_("S-10", "pack", REF)
    for path in documents(pack_of(school)):
        words = text(path)
        if any(part in path.name for part in AWAY_FROM_SCHOOL):
            assert "nobody may read" not in words, path.name
            assert "Is there a dog or another animal" not in words, path.name
        if "calling" in path.name:
            for secret in ("Storybook", "Example Street", "01632 960777", REF, "F-2001", "refus", "07700 900007"):
                assert secret not in words, secret
        if "letter" in path.name:
            assert ("Storybook child" in words) is ("family" not in path.name), path.name
            for secret in ("F-2001", "07700", "EX07"):
                assert secret not in words, (path.name, secret)
        if "travelling" in path.name or "checklist" in path.name or "emergency" in path.name:
            assert "Storybook" not in words, path.name


@pytest.mark.parametrize("name", ["bchs", "robert-ogden"])  # the others refer a visit to such a family
def test_what_the_visitors_carry_asks_the_same_whatever_is_known_of_the_family(
    open_school: Callable[..., Any], name: str
) -> None:
    school = opened(open_school, name)
    known = {"history__concern": "yes", "household__animals": "yes", "visit__animal_will_be_moved": "yes"}
    school.as_("S-10", "pack", REF)
    plain = _asked_of_the_visitors(pack_of(school))
    school.again(REF, **known, staff__animal_briefed="yes")
    school.as_("S-10", "pack", REF, "--force")
    assert "visit-checklist" in forms(pack_of(school)), "a visit that may still go ahead"
    assert _asked_of_the_visitors(pack_of(school)) == plain


def _asked_of_the_visitors(folder: Path) -> list[str]:
    """What their forms ask, below what is still open and how the visit stands."""
    begins = (("visit-checklist", "Before you leave"), ("emergency-card", "You are threatened"))
    return [text(document(folder, form)).partition(words)[2] for form, words in begins]


def test_a_policy_that_has_changed_since_a_visit_left_gives_nothing_of_the_family_away(
    open_school: Callable[..., Any],
) -> None:
    school = opened(
        open_school, "bchs", household__animals="yes", visit__animal_will_be_moved="yes", staff__animal_briefed="yes"
    )
    school.authorise(REF, "S-01")
    school.at("2026-06-17 10:10")
    school.as_("S-07", "depart", REF)
    edition = next((school.folder / "data" / "policies" / "bchs").glob("2*.yaml"))
    edition.write_text(edition.read_text("utf-8").replace("Park somewhere well lit.", "Park in the light."), "utf-8")
    school.as_("S-10", "pack", REF)
    words = text(document(pack_of(school), "visit-checklist"))
    assert "Park somewhere well lit." in words
    assert "BC-H5" not in words


def test_a_calendar_entry_and_a_draft_tell_a_passer_by_nothing(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    school.authorise(REF, "S-01")
    school.as_("S-10", "pack", REF)
    entry = next(pack_of(school).glob("*.ics")).read_text("utf-8")
    assert f"SUMMARY:School visit {REF}" in entry
    assert not re.search("Storybook|Example|Invented|07700|attendance", entry)
    draft = message_from_bytes(next(pack_of(school).glob("*.eml")).read_bytes(), policy=policy.default)
    assert draft["subject"] == f"School visit {REF}"
    assert draft["x-unsent"] == "1"
    assert draft["to"] is None
    body = draft.get_body(("plain",))
    assert body is not None
    assert "We would like to visit you" in body.get_content()


def test_another_family_is_never_in_a_pack(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    other = {"family__reference": "F-3002", "family__name": "Otherwise family", "family__address": "9 Elsewhere Lane"}
    plan = school.intake("attendance", ROUTINE["bchs"][1], child__name="Otherwise child", **other)
    school.assess(*plan, start="2026-06-17 13:30")
    school.as_("S-10", "pack", REF)
    school.as_("S-10", "pack", "RA-2026-0002")
    for reference, strange in ((REF, b"therwise|Elsewhere|F-3002"), ("RA-2026-0002", b"Storybook|7 Example|F-2001")):
        for path in pack_of(school, reference).iterdir():
            assert not re.search(strange, everything(path)), path.name


# --- as things change -----------------------------------------------------------------------------


def test_a_pack_is_not_made_twice_by_accident_nor_of_a_visit_that_is_another_by_now(
    open_school: Callable[..., Any],
) -> None:
    school = opened(open_school, "bchs")
    school.authorise(REF, "S-01")
    school.as_("S-10", "pack", REF)
    before = {path.name: path.read_bytes() for path in pack_of(school).iterdir()}
    refused = school.refused("pack", REF)
    assert "Use --force to make it anew" in refused
    assert {path.name: path.read_bytes() for path in pack_of(school).iterdir()} == before
    written = school.folder / "school.yaml"
    written.write_text(written.read_text("utf-8").replace("expires: 2030-08-31", "expires: 2026-01-01"), "utf-8")
    refused = school.refused("pack", REF, "--force")
    assert "is no longer as it was assessed" in refused
    assert f"riskgen assess --reference {REF} --force" in refused
    school.again(REF)
    assert not pack_of(school).exists()
    assert school("show", REF, "--json").json["pack"] == "outdated"


def test_an_authorisation_that_lapsed_is_printed_as_lapsed(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    school.authorise(REF, "S-01")
    school.again(REF, visit__minutes="60")
    school.as_("S-10", "pack", REF)
    assert "has lapsed" in text(document(pack_of(school), "cover-sheet"))
    assert "Authorised by Avery" not in text(document(pack_of(school), "cover-sheet"))


def test_the_reason_of_a_cancellation_goes_to_the_principal_in_writing(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "robert-ogden")
    school.as_("S-05", "cancel", REF, "--for-safety", "--reason", "An unexpected adult & a loose dog")
    said = school.as_("S-10", "pack", REF, "--json").json
    assert said["pack"] == "cancellation"
    assert forms(pack_of(school)) == ["cover-sheet", "risk-assessment", "cancellation-note"]
    note = text(document(pack_of(school), "cancellation-note"))
    assert "An unexpected adult & a loose dog" in note
    assert "Ellis Invented" in note
    assessment = text(document(pack_of(school), "risk-assessment"))
    assert "Why it was called off" in assessment
    assert "An unexpected adult & a loose dog" in assessment
    cover = text(document(pack_of(school), "cover-sheet"))
    assert "Called off" in cover
    assert "loose dog" not in cover


def test_the_risk_assessment_says_why_a_visit_was_called_off_where_no_note_is_asked_for(
    open_school: Callable[..., Any],
) -> None:
    school = opened(open_school, "bchs")
    school.as_("S-10", "pack", REF)
    assert "called off" not in text(document(pack_of(school), "risk-assessment"))
    school.as_("S-07", "cancel", REF, "--for-safety", "--reason", "A loose dog")
    school.as_("S-10", "pack", REF)
    assert forms(pack_of(school)) == ["cover-sheet", "risk-assessment"]
    assessment = text(document(pack_of(school), "risk-assessment"))
    for words in ("A loose dog", "Gray Invented", "Cancelled before the visitors left"):
        assert words in assessment, words


def test_a_visit_called_off_on_the_way_has_a_record_and_the_reason_in_writing(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "robert-ogden")
    goes(school)
    school.as_("S-05", "cancel", REF, "--for-safety", "--reason", "A crowd at the door")
    assert school.as_("S-10", "pack", REF, "--json").json["pack"] == "visit"
    assert {"office-card", "cancellation-note"} <= set(forms(pack_of(school)))
    cover = text(document(pack_of(school), "cover-sheet"))
    assert "Called off, and still out" in cover
    assert "Nobody goes" not in cover
    returns(school)
    school.as_("S-10", "pack", REF)  # the old one makes way, as it is out of date
    assert {"visit-record", "cancellation-note"} <= set(forms(pack_of(school)))
    assert "after the visitors had left" in text(document(pack_of(school), "cancellation-note"))


@pytest.mark.parametrize(
    "said", [{"concern": "yes"}, {"concern": ""}, {"outcome": "nobody-in"}, {"actions": ""}, {"agreed": ""}]
)
def test_no_minutes_for_the_family_where_there_is_a_concern_or_nothing_was_agreed(
    open_school: Callable[..., Any], said: dict[str, str]
) -> None:
    school = opened(open_school, "robert-ogden")
    goes(school)
    returns(school)
    school("record", REF, "--answers", school.went(REF, **said), "--no-input")
    school.as_("S-10", "pack", REF)
    assert forms(pack_of(school)) == ["cover-sheet", "risk-assessment", "visit-record", "visit-record-confidential"]
    assert "the safeguarding lead says what the family may be sent" in text(document(pack_of(school), "cover-sheet"))


def test_the_record_of_a_visit_is_printed_as_it_was_written(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "robert-ogden")
    goes(school)
    returns(school)
    actions = '[{what: "Ring the family", who: "Ellis", by: 2026-06-24}]'
    went = school.went(REF, seen='"A calm talk & tea"', agreed="To ring on Monday", actions=actions)
    school("record", REF, "--answers", went, "--no-input")
    assert school.as_("S-10", "pack", REF, "--json").json["pack"] == "record"
    folder = pack_of(school)
    record_forms = ["visit-record", "visit-record-confidential"]
    assert forms(folder) == ["cover-sheet", "risk-assessment", *record_forms, "minutes-for-family"]
    minutes = text(document(folder, "minutes-for-family"))
    assert "To ring on Monday" in minutes
    assert "Ring the family" in minutes
    assert "A calm talk" not in minutes
    assert "RO-" not in minutes
    record = text(document(folder, "visit-record"))
    for words in (
        "Minutes of a home visit and action plan",
        "A calm talk & tea",
        "To ring on Monday",
        "Ring the family",
    ):
        assert words in record
    log = next(folder.glob("*_log-text_*.txt")).read_text("utf-8-sig")
    assert "Seen: A calm talk & tea" in log
    assert "Action 1: Ring the family (Ellis, by 24 June 2026)." in log

    # Years later the school's policy is another; the record says what it said.
    edition = next((school.folder / "data" / "policies" / "robert-ogden").glob("2*.yaml"))
    changed = edition.read_text("utf-8").replace("Carry a mobile phone for the whole of the visit.", "Carry two.")
    edition.write_text(changed, "utf-8")
    school.as_("S-10", "pack", REF, "--force")
    again = text(document(pack_of(school), "visit-record-confidential"))
    assert "Carry a mobile phone for the whole of the visit." in again
    assert "Carry two." not in again


@pytest.mark.parametrize("name", ["bchs", "st-patricks", "robert-ogden"])
@pytest.mark.parametrize("ends", ["out", "back", "cancelled"])
def test_no_paper_denies_an_authorisation_that_stood(open_school: Callable[..., Any], name: str, ends: str) -> None:
    school = opened(open_school, name)
    school.as_("S-10", "pack", REF)
    assert "Who has authorised the visit?" in text(document(pack_of(school), "risk-assessment"))
    if ends == "cancelled":
        school.authorise(REF, "S-01")
        school.as_("S-01", "cancel", REF, "--reason", "Nobody is at home")
    else:
        goes(school)
    if ends == "back":
        returns(school)
    outcome = school.as_("S-10", "pack", REF, "--json").json["outcome"]
    words = text(document(pack_of(school), "risk-assessment"))
    assert "Authorised by Avery Invented" in words
    assert "Who has authorised the visit?" not in words
    assert "Have the visit authorised" not in words
    assert outcome == "proceed"


def test_drafts_have_no_pack(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    school.as_("S-10", "repeat", REF)
    assert "is a draft" in school.refused("pack", "RA-2026-0002")


# --- the schedule ---------------------------------------------------------------------------------


def test_the_schedule_of_a_term_has_every_visit_and_says_what_is_missing(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "heather-avenue")
    other = {"family__reference": "F-3002", "family__name": "Otherwise family", "family__address": None}
    plan = school.intake("reception-induction", ("S-05", "S-04"), **other)
    school.assess(*plan, start="2026-06-18 10:30")
    said = school("schedule", "--from", "2026-06-15", "--to", "2026-06-26")
    assert "It stays at school" in said
    words = text(school.folder / "schedules" / "visit-schedule_2026-06-15_2026-06-26.docx")
    for expected in ("Storybook family", "Otherwise family", "7 Example Street", "10:10", "Ellis Invented", "EX05 AMP"):
        assert expected in words
    assert "Not complete" in words
    assert "RA-2026-0002" in words
    assert "No visit starts on" in school.refused("schedule", "--from", "2026-07-01")
    school.as_("S-10", "pack", REF)
    in_pack = text(document(pack_of(school), "visit-schedule"))
    refused = school.intake("reception-induction", ("S-05",), family__reference="F-4003")
    school.assess(*refused, start="2026-06-19 10:30")
    school("schedule", "--from", "2026-06-19")
    assert "Not to be made" in text(school.folder / "schedules" / "visit-schedule_2026-06-19_2026-06-19.docx")
    assert "Storybook family" in in_pack
    assert "Otherwise family" not in in_pack  # another day


# --- PDFs and the printer -------------------------------------------------------------------------


def test_each_holder_has_one_pdf_of_their_own_forms(
    open_school: Callable[..., Any], soffice: str, pdftotext: str
) -> None:
    school = opened(open_school, "bchs")
    school.authorise(REF, "S-01")
    school.as_("S-10", "pack", REF, "--pdf")
    word = school.word(REF, "S-10")
    books = {path.name.split("_")[1]: path for path in pack_of(school).glob("*.pdf")}
    assert set(books) == {"office", "manager", "pupil-file", "visitors", "family"}
    said = {
        holder: subprocess.run([pdftotext, path, "-"], capture_output=True, text=True, check=True).stdout
        for holder, path in books.items()
    }
    assert [holder for holder, words in said.items() if word in words] == ["office"]
    assert "Storybook" not in said["visitors"]
    for holder, words in said.items():
        assert words.strip(), holder
        with pikepdf.open(books[holder]) as book:
            assert book.Root.MarkInfo.Marked
            with book.open_outline() as outline:
                assert len(outline.root) >= 1
    assert "pack-made" in school.happened(REF)


def test_without_libreoffice_the_word_files_are_there_all_the_same(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    written = school.folder / "school.yaml"
    written.write_text(written.read_text("utf-8") + "libreoffice: /nowhere/soffice\n", "utf-8")
    said = school.as_("S-10", "pack", REF, "--pdf", ends=5)
    assert "There is no program '/nowhere/soffice'" in said
    assert "The Word files are there all the same." in said
    assert len(documents(pack_of(school))) >= len(EVERY_VISIT)
    assert list(pack_of(school).glob("*.pdf")) == []


def test_what_would_be_wrong_to_send_is_not_made(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    said = school.as_("S-10", "pack", REF, "--json").json  # nobody has authorised it
    assert any(each["because"] == "Only once the visit has been authorised." for each in said["left_out"])
    sent = (".eml", ".ics")
    assert not [path for path in pack_of(school).iterdir() if path.suffix in sent or "letter" in path.name]
    school.authorise(REF, "S-01")
    school.as_("S-10", "pack", REF)
    assert {path.suffix for path in pack_of(school).iterdir()} == {".docx", *sent}
    school.at("2026-06-17 10:10")
    school("depart", REF)
    said = school.as_("S-10", "pack", REF, "--json").json
    assert said["pack"] == "visit"
    assert any("too late to announce it" in each["because"] for each in said["left_out"])
    assert not [path for path in pack_of(school).iterdir() if path.suffix in (".eml", ".ics")]


def test_a_visit_whose_day_has_passed_has_no_paper_to_go_with(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    school.authorise(REF, "S-01")
    school.at("2026-06-22 09:00")
    assert "would be back by now" in school.refused("pack", REF)


def test_what_a_person_or_a_marker_stops_takes_the_pack_with_it(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    school.authorise(REF, "S-01")
    school.as_("S-10", "pack", REF)
    marker = ("marker", "add", "F-2001", "--kind", "violence", "--on", "2026-06-01", "--review", "2027-06-01")
    school.as_("S-03", *marker, "--told", "yes", typed="Shouted and pushed\nA neighbour\ny\n")
    assert school("show", REF, "--json").json["pack"] == "outdated"
    refused = school.refused("pack", REF, "--force")
    assert "no longer as it was assessed" in refused
    assert "was put aside as pack.bak" in refused
    assert not pack_of(school).exists()
    school("schedule", "--from", "2026-06-17")
    assert "Authorised" not in text(school.folder / "schedules" / "visit-schedule_2026-06-17_2026-06-17.docx")
    school.as_("S-07", "cancel", REF, "--for-safety", "--reason", "Violence was reported")
    assert [path.name for path in pack_of(school).parent.iterdir() if path.is_dir()] == ["pack.bak"]


def test_a_cancelled_visit_has_its_pack_put_aside(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    school.authorise(REF, "S-01")
    school.as_("S-10", "pack", REF)
    school.as_("S-07", "cancel", REF, "--reason", "Nobody is at home")
    assert not pack_of(school).exists()
    assert (pack_of(school).parent / "pack.bak").is_dir()


def test_a_marker_takes_the_pack_with_it_before_anybody_has_decided(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    school.as_("S-10", "pack", REF)
    assert school("show", REF, "--json").json["pack"] == "current"
    marker = ("marker", "add", "F-2001", "--kind", "violence", "--on", "2026-06-01", "--review", "2027-06-01")
    school.as_("S-03", *marker, "--told", "yes", typed="Shouted and pushed\nA neighbour\ny\n")
    shown = school("show", REF, "--json").json
    assert (shown["pack"], shown["approval"]) == ("outdated", "none")
    assert "something has happened or changed since" in school("show", REF)
    assert "was put aside as pack.bak" in school.refused("pack", REF)
    assert not pack_of(school).exists()


def test_a_pack_that_was_made_after_an_authorisation_lapsed_is_current(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    school.authorise(REF, "S-01")
    school.again(REF, visit__minutes="60")
    school.as_("S-10", "pack", REF)
    assert school("show", REF, "--json").json["pack"] == "current"


def test_whether_a_pack_holds_is_not_known_where_the_data_cannot_be_read(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    school.as_("S-10", "pack", REF)
    (school.folder / "data" / "topics.yaml").write_text("nonsense", "utf-8")
    assert school("show", REF, "--json").json["pack"] == "not-known"
    assert "cannot be told" in school("show", REF)


def test_what_cannot_be_written_elsewhere_says_that_nothing_was_saved(
    open_school: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    school = opened(open_school, "bchs")
    (school.folder / "a-file").write_bytes(b"")
    for words in (("pack", REF, "--output", "a-file/pack"), ("schedule", "--output", "a-file/schedule.docx")):
        said = school(*words, *(("--from", "2026-06-17") if "schedule" in words else ()), ends=5)
        assert "A file stands where a folder is needed. Choose another folder. Nothing was saved." in said
    assert school.happened(REF) == ["assessed"]
    school("schedule", "--from", "2026-06-17", "--output", "schedule.docx")
    again = school.refused("schedule", "--from", "2026-06-17", "--output", "schedule.docx")
    assert "kept as .bak. Nothing was saved." in again
    assert "ends in .docx" in school("schedule", "--from", "2026-06-17", "--output", "schedule.pdf", ends=2)

    school.as_("S-10", "pack", REF, "--output", "elsewhere")
    before = {path.name: path.read_bytes() for path in (school.folder / "elsewhere").iterdir()}
    assert "kept as .bak. Nothing was saved." in school.refused("pack", REF, "--output", "elsewhere")

    def full(files: object, force: bool) -> None:
        raise EnvironmentFault("The disk is full. Nothing was saved.")

    monkeypatch.setattr(pack_folder, "put_in_place", full)
    said = school("pack", REF, "--output", "elsewhere", "--force", ends=5)  # without the safe word's form
    assert "The disk is full. Nothing was saved." in said
    assert {path.name: path.read_bytes() for path in (school.folder / "elsewhere").iterdir()} == before
    assert school.happened(REF)[-1] == "pack-made"
    assert school.happened(REF).count("pack-made") == 1


def test_a_pack_put_elsewhere_leaves_no_form_of_an_earlier_one_beside_it(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    school.authorise(REF, "S-01")
    school.as_("S-10", "pack", REF, "--output", "elsewhere")
    school.as_("S-07", "cancel", REF, "--reason", "Nobody is at home")
    school.as_("S-10", "pack", REF, "--output", "elsewhere", "--force")
    left = [path.name for path in (school.folder / "elsewhere").iterdir() if path.suffix != ".bak"]
    assert sorted(re.sub(r"^RA-2026-0001_\d\d-|_2026.*$", "", name) for name in left) == [
        "cover-sheet",
        "risk-assessment",
    ]


def test_a_pack_put_elsewhere_does_not_make_an_outdated_one_current(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    school.as_("S-10", "pack", REF)
    school.authorise(REF, "S-01")
    school.as_("S-10", "pack", REF, "--output", "elsewhere")
    assert school("show", REF, "--json").json["pack"] == "outdated"
    school.as_("S-10", "pack", REF, "--output", pack_of(school))  # which is the usual place
    assert school("show", REF, "--json").json["pack"] == "current"
    assert (pack_of(school).parent / "pack.bak").is_dir()


def test_a_pack_with_the_telephone_numbers_of_yesterday_is_out_of_date(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    school.authorise(REF, "S-01")
    school.as_("S-10", "pack", REF)
    written = school.folder / "school.yaml"
    before = written.read_text("utf-8")
    assert "07700 900007" in before
    written.write_text(before.replace("07700 900007", "07700 900999"), "utf-8")
    assert school("show", REF, "--json").json["pack"] == "outdated"
    school.as_("S-10", "pack", REF)  # makes way by itself
    assert school("show", REF, "--json").json["pack"] == "current"
    assert "07700 900999" in text(document(pack_of(school), "office-card"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_being_told_to_end_while_a_pack_is_put_in_place_leaves_the_one_before(
    open_school: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    school = opened(open_school, "bchs")
    school.as_("S-10", "pack", REF)
    before = {path.name: path.read_bytes() for path in pack_of(school).iterdir()}
    rename, told = Path.rename, []

    def ended(path: Path, target: Path) -> Path:
        if target == pack_of(school) and not told:
            told.append(path)
            os.kill(os.getpid(), getattr(signal, name))
            time.sleep(1)
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", ended)
    school.as_("S-10", "pack", REF, "--force", ends=128 + getattr(signal, name))
    assert told
    assert {path.name: path.read_bytes() for path in pack_of(school).iterdir()} == before
    assert {path.name for path in (school.folder / "visits").iterdir()} == {REF}
    assert not [path for path in pack_of(school).parent.iterdir() if ".bak" in path.name]
    assert school("show", REF, "--json").json["pack"] == "current"


def test_libreoffice_is_not_taken_from_the_schools_own_folder(open_school: Callable[..., Any]) -> None:
    school = opened(open_school, "bchs")
    program = school.folder / "soffice"
    program.write_text("#!/bin/sh\ntouch stolen\n", "utf-8")
    program.chmod(0o755)
    written = school.folder / "school.yaml"
    written.write_text(written.read_text("utf-8") + f"libreoffice: {program}\n", "utf-8")
    assert "lies in the school's folder, and is not run" in school.as_("S-10", "pack", REF, "--pdf", ends=5)
    assert not (school.folder / "stolen").exists()
