"""What the letters, the cards, the checklist and the record say for real cases, and what they keep to themselves."""

import io
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from riskgen.core.apart import told_of_family
from riskgen.core.assess import assess
from riskgen.core.conditions import Value
from riskgen.core.model import Intake, Question, School
from riskgen.core.moment import advise
from riskgen.core.record import Ending, Further, Kept, Ticked, VisitRecord, duties
from riskgen.core.struct import replace
from riskgen.core.terms import QuestionType
from riskgen.files.controls import Control, Kind, fields_of, fields_print
from riskgen.files.text import without_marks
from riskgen.files.word import open_parts
from riskgen.forms.case import CalledOff, Case, Deed, Progress
from riskgen.forms.catalogue import FormEntry, load_forms
from riskgen.forms.emergencies import SCHOOLS_OWN, load_emergencies
from riskgen.forms.paper import form_context
from riskgen.forms.rows import OTHERWISE_OPEN
from riskgen.library.load import Library
from riskgen.service.homes import Home
from riskgen.service.paper import case_of, fill
from riskgen.service.visits import Decided

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from stock_forms import visit_record  # noqa: E402

POLICIES = ("bchs", "heather-avenue", "le-rocquier", "robert-ogden", "st-patricks")
FAMILY: Mapping[str, Value] = {
    "family.reference": "F-0123",
    "family.name": "Sample family",
    "family.address": "1 Example Street\nSampletown\nZZ1 1ZZ",
    "family.phone": "01632 960123",
    "child.name": "Robin Sample",
    "child.year_group": "Year 8",
    "visit.reason": "An invented reason",
}
MADE_AT = datetime(2026, 11, 30, 9, 0)
CaseOf = Callable[..., Case]
BY = Deed("Gray Invented", datetime(2026, 12, 2, 15, 0))


@pytest.fixture(scope="module")
def entries() -> Mapping[str, FormEntry]:
    found, problems = load_forms(ROOT / "templates")
    assert problems == ()
    return {entry.id: entry for entry in found}


@pytest.fixture(scope="module")
def case(library: Library, example_school: School, routine: Mapping[str, Intake]) -> CaseOf:
    """A visit that may go ahead, under a policy, with further answers and with what people have done."""
    home = Home(ROOT, library, example_school)
    plans, problems = load_emergencies(ROOT / "templates", library.questions)
    assert problems == ()

    def make(policy: str, answers: Mapping[str, Value | None] | None = None, progress: Progress | None = None) -> Case:
        given = {**routine[policy].answers, **FAMILY, **(answers or {})}
        known = {name: value for name, value in given.items() if value is not None}
        intake = replace(routine[policy], answers=known)
        assert intake.start is not None
        edition = library.edition_on(policy, intake.start.date())
        assert edition is not None
        advised = tuple(
            (plan, advise(replace(intake, answers={**intake.answers, **plan.facts}), edition, home.catalogue))
            for plan in plans
        )
        decided = Decided(intake, edition, assess(intake, edition, home.catalogue))
        made = case_of(home, decided, "RA-2026-0012", MADE_AT)
        return replace(made, emergencies=advised, progress=progress or Progress())

    return make


def said(filled: bytes) -> str:
    """All that a form says, head and foot included, one paragraph a line."""
    mark = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    document: Any = Document(io.BytesIO(filled))
    section = document.sections[0]
    roots = (section.header._element, document.element.body, section.footer._element)
    paragraphs = (each for root in roots for each in root.iter(f"{mark}p"))
    text = "\n".join("".join(piece.text or "" for piece in each.iter(f"{mark}t")) for each in paragraphs)
    return without_marks(text)


def controls(filled: bytes) -> tuple[Control, ...]:
    parts, problems = open_parts(filled, "form.docx")
    assert problems == ()
    fields = fields_of(parts, "form.docx")
    assert fields.problems == ()
    return fields.controls


# --- the cards and the checklist ----------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES)
def test_the_checklist_has_a_box_for_each_clause_in_the_order_of_the_visit(
    case: CaseOf, entries: Mapping[str, FormEntry], policy: str
) -> None:
    made = case(policy)
    filled = fill(made, entries["visit-checklist"], "")
    text = said(filled)
    places = [text.index(words) for words in ("Before you leave", "On the way, at the door", "When you have left")]
    assert places == sorted(places)
    assert "no condition is open" in text
    for finding in duties(made.assessment):
        clause = made.policy.clause(finding.id)
        if clause and clause.kind.value in ("required", "forbidden", "advised"):
            assert f"\n{finding.id}\n" in text
    ticks = [control for control in controls(filled) if control.tag == "sign.done"]
    assert len(ticks) > 5
    assert not any(control.ticked for control in ticks)


def test_what_is_still_open_comes_first_and_without_why(case: CaseOf, entries: Mapping[str, FormEntry]) -> None:
    made = case("bchs", {"staff.know_policy": False})
    text = said(fill(made, entries["visit-checklist"], ""))
    assert text.index("settle these first") < text.index("Before you leave")
    assert "Have every visitor read the home visit policy (Visitors)\nBC-07" in text
    assert made.assessment.conditions[0].because not in text


def test_what_travels_names_no_hazard_in_a_condition_and_no_number_of_one(
    case: CaseOf, entries: Mapping[str, FormEntry]
) -> None:
    made = case("bchs", {"history.violence_reported": True})
    for name in ("visit-checklist", "cover-sheet"):
        text = said(fill(made, entries[name], ""))
        assert text.count(OTHERWISE_OPEN) == 1
        assert not re.search(r"(?i)hazard \d", text)
        assert "aggressive, abusive or violent" not in text
    at_school = said(fill(made, entries["risk-assessment"], ""))
    assert "has been put in place (hazard 1 of the risk assessment)" in at_school
    assert "aggressive, abusive or violent" in at_school


BACKGROUNDS: tuple[Mapping[str, Value], ...] = (
    {"history.concern": True, "background.safeguarding_services": True, "background.services_asked": None},
    {"household.animals": True, "household.animal_known_aggressive": True},
    dict.fromkeys(("history.concern", "household.animals", "background.safeguarding_services")),
)
"""Families that differ from the one of the routine visit, and from each other, in what is known of them."""


@pytest.mark.parametrize("policy", POLICIES)
def test_what_travels_asks_the_same_of_a_visit_to_any_family(
    case: CaseOf, entries: Mapping[str, FormEntry], policy: str
) -> None:
    away = [entry for entry in entries.values() if not all(holder.at_school for holder in entry.holders)]
    assert {"cover-sheet", "visit-checklist", "intent-to-visit-travelling"} <= {entry.id for entry in away}
    cases = [case(policy), *(case(policy, background) for background in BACKGROUNDS)]
    for entry in away:
        seen = [form_context(made, entry) for made in cases]
        assert seen[0].duties.during
        assert {each.duties for each in seen} == {seen[0].duties}
        assert {each.steps for each in seen} == {seen[0].steps}
        assert {each.family_duties for each in seen} == {()}
    told = "A family's background may ask more of you: go through the risk assessment with your manager."
    for made in cases:
        for name in ("visit-checklist", "intent-to-visit-travelling"):
            assert said(fill(made, entries[name], "")).count(told) == 1


def _values(question: Question) -> tuple[Value | None, ...]:
    """Answers of every kind that a question may have, and none."""
    chosen = tuple(option.id for option in question.options)
    match question.type:
        case QuestionType.YES_NO:
            return (None, True, False)
        case QuestionType.CHOICE:
            return (None, *chosen)
        case QuestionType.CHOICES:
            return (None, frozenset[str](), frozenset(chosen), *(frozenset({each}) for each in chosen))
        case QuestionType.NUMBER:
            return (None, question.least, question.most)
        case _:
            return (None,)


def test_every_question_on_the_family_is_known_to_be_one(library: Library) -> None:
    outside = {name for name, each in library.questions.items() if each.of_family}
    assert outside == {"agency.involved", "visit.concern", "visit.concern_mitigated", "visit.head_concerned"}
    assert outside <= told_of_family(library.questions)


@pytest.mark.parametrize("planned", [True, False])
@pytest.mark.parametrize("policy", POLICIES)
def test_no_answer_on_the_family_can_be_told_from_what_travels(
    library: Library,
    example_school: School,
    routine: Mapping[str, Intake],
    entries: Mapping[str, FormEntry],
    policy: str,
    planned: bool,
) -> None:
    home, plan, private = Home(ROOT, library, example_school), routine[policy], told_of_family(library.questions)
    assert plan.start
    edition = library.edition_on(policy, plan.start.date())
    assert edition
    kept = {name: value for name, value in plan.answers.items() if planned or name.startswith("visit.start")}

    def travels(name: str, value: Value | None) -> tuple[object, ...]:
        answers = {each: said for each, said in {**kept, name: value}.items() if said is not None}
        intake = replace(plan, answers=answers)
        decided = Decided(intake, edition, assess(intake, edition, home.catalogue))
        seen = form_context(case_of(home, decided, "RA-2026-0012", MADE_AT), entries["visit-checklist"])
        open_ones = [(item.condition, item.who, item.source) for item in seen.conditions]
        line = (OTHERWISE_OPEN, "Line manager", "Risk assessment")
        assert open_ones.count(line) <= 1
        assert not any(re.search(r"(?i)(hazard|condition) \d", " ".join(each)) for each in open_ones)
        others = tuple(each for each in open_ones if each != line)
        lines.append(len(others) < len(open_ones))
        return seen.duties, seen.steps, seen.family_duties, seen.clauses, others

    lines: list[bool] = []
    for name in sorted(private):
        question = library.questions[name]
        if not question.derived:
            first, *rest = (travels(name, value) for value in _values(question))
            assert all(each == first for each in rest), name
    assert any(lines)


def test_what_a_family_calls_for_is_on_the_risk_assessment_and_travels_as_one_line_that_says_nothing_of_it(
    case: CaseOf, entries: Mapping[str, FormEntry]
) -> None:
    for policy, answers, clause in (
        ("bchs", {"history.concern": True}, "BC-11"),
        ("bchs", {"household.animals": True}, "BC-H5"),
        ("robert-ogden", BACKGROUNDS[0], "RO-04"),
    ):
        made = case(policy, answers)
        at_school = said(fill(made, entries["risk-assessment"], ""))
        assert f"\n{clause}\n" in at_school[at_school.index("What the policy asks because of") :]
        for name in ("visit-checklist", "intent-to-visit-travelling", "cover-sheet"):
            assert clause not in said(fill(made, entries[name], "")), name
    (open_one,) = [item for item in made.assessment.conditions if item.source == "RO-04"]
    for name in ("visit-checklist", "cover-sheet"):
        text = said(fill(made, entries[name], ""))
        assert open_one.condition not in text
        assert text.count(OTHERWISE_OPEN) == 1


def test_the_step_of_a_child_in_danger_says_what_the_card_says(case: CaseOf, entries: Mapping[str, FormEntry]) -> None:
    for policy in POLICIES:
        context = form_context(case(policy), entries["intent-to-visit-travelling"])
        (row,) = [row for step in context.steps for row in step.rows if row.hazard == "A child in danger"]
        assert "ring 999" in row.control.casefold(), policy
        assert "Ring the school, and ask for the safeguarding lead." in row.control
        assert SCHOOLS_OWN in row.source.split("\n")
    silent = form_context(case("le-rocquier"), entries["emergency-card"])
    own = [step.text for item in silent.emergencies if item.name.startswith("A child") for step in item.steps]
    context = form_context(case("le-rocquier"), entries["intent-to-visit-travelling"])
    assert "\n".join(own) in [row.control for step in context.steps for row in step.rows]


def test_the_checklist_says_what_visitors_do_about_a_child_and_not_what_the_office_does(
    case: CaseOf, entries: Mapping[str, FormEntry]
) -> None:
    for policy, clauses, others in (
        ("bchs", ("BC-26", "BC-27"), ()),
        ("heather-avenue", ("HA-12",), ("HA-31", "HA-33")),
    ):
        text = said(fill(case(policy), entries["visit-checklist"], ""))
        about = text[text.index("If something is wrong") : text.index("When you have left")]
        assert all(f"\n{clause}\n" in about for clause in clauses)
        assert not any(clause in text for clause in others)


def test_the_checklist_has_waiting_for_a_colleague_at_the_door_before_the_rooms(
    case: CaseOf, entries: Mapping[str, FormEntry]
) -> None:
    text = said(fill(case("bchs"), entries["visit-checklist"], ""))
    places = [text.index(f"\n{clause}\n") for clause in ("BC-17", "BC-20", "BC-38", "BC-24", "BC-30", "BC-31")]
    assert places == sorted(places)


def test_the_card_has_each_emergency_and_the_schools_number_and_not_the_word(
    case: CaseOf, entries: Mapping[str, FormEntry]
) -> None:
    for policy in POLICIES:
        text = said(fill(case(policy), entries["emergency-card"], "sentinelword"))
        assert "In danger? Ring 999 first." in text
        assert "01632 960001" in text
        assert "press 55 when the operator prompts you to" in text
        assert "does not by itself say where you are" in text
        for name in ("You are threatened", "Somebody keeps you from leaving", "A child is in danger now"):
            assert name in text
        assert "sentinelword" not in text
        assert "Sample" not in text, "nothing of the family"
    silent = said(fill(case("le-rocquier"), entries["emergency-card"], ""))
    assert silent.count("The policy says nothing on this.") == 5


def test_the_card_fits_on_one_page_under_each_policy(
    case: CaseOf, entries: Mapping[str, FormEntry], tmp_path: Path, soffice: str
) -> None:
    if not shutil.which("pdfinfo"):
        pytest.skip("pdfinfo is not installed")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    for policy in POLICIES:
        (tmp_path / f"{policy}.docx").write_bytes(fill(case(policy), entries["emergency-card"], ""))
    cards = sorted(tmp_path.glob("*.docx"))
    command = [soffice, "--headless", profile, "--convert-to", "pdf", "--outdir", str(tmp_path), *map(str, cards)]
    subprocess.run(command, capture_output=True, check=True)
    for card in cards:
        info = subprocess.run(["pdfinfo", card.with_suffix(".pdf")], capture_output=True, text=True, check=True).stdout
        assert "Pages:           1\n" in info, card.stem
        assert "(A5)" in info or "419" in info, card.stem


def test_the_calling_card_says_nothing_of_the_family_or_the_visit(
    case: CaseOf, entries: Mapping[str, FormEntry]
) -> None:
    text = said(fill(case("le-rocquier"), entries["calling-card"], ""))
    for words in ("Sample", "Robin", "Example Street", "RA-2026", "refuse", "attend", "welfare", "Confidential"):
        assert words not in text, words
    assert "Harper Invented: 07700 900008" in text, "the education welfare officer, whom LR-09 names"
    assert "01632 960001" in text


# --- the letters --------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", [policy for policy in POLICIES if policy != "heather-avenue"])
def test_the_letter_says_when_who_and_why_and_nothing_that_worries(
    case: CaseOf, entries: Mapping[str, FormEntry], policy: str
) -> None:
    made = case(policy)
    text = said(fill(made, entries["letter-to-family"], ""))
    assert "1 Example Street" in text
    assert "We would like to visit you " in text
    assert "\nWho comes\n" in text
    for person in made.intake.visitors:
        assert person.name in text
    for words in (
        "risk",
        "Risk assessment",
        "concern",
        "violen",
        "An invented reason",
        "F-0123",
        "Confidential",
        "Not rec",
    ):
        assert words not in text, words


def test_a_letter_says_of_no_name_that_it_is_missing(case: CaseOf, entries: Mapping[str, FormEntry]) -> None:
    made = case("heather-avenue", {"family.name": None, "child.name": None})
    text = said(fill(made, entries["induction-letter"], ""))
    assert "Dear parent or carer," in text
    assert "Soon your child will start in Reception" in text
    assert "Not recorded" not in text


def test_the_induction_letter_names_the_child_and_what_happens(case: CaseOf, entries: Mapping[str, FormEntry]) -> None:
    text = said(fill(case("heather-avenue"), entries["induction-letter"], ""))
    for words in (
        "Soon Robin Sample will start",
        "two of us",
        "pets",
        "A parent or carer has to be there",
        "Please ring us",
    ):
        assert words in text, words


def test_a_joint_visit_has_room_for_the_other_organisations_rules(
    case: CaseOf, entries: Mapping[str, FormEntry]
) -> None:
    alone = fill(case("robert-ogden"), entries["letter-to-agencies"], "")
    joint = fill(case("le-rocquier", {"agency.joint_visit": True}), entries["letter-to-agencies"], "")
    assert "We visit together" not in said(alone)
    assert "letter.protocol" not in {control.tag for control in controls(alone)}
    assert "Your organisation's rules and ours both hold for this visit." in said(joint)
    assert {"letter.addressee", "letter.organisation", "letter.protocol", "letter.colleague"} <= {
        control.tag for control in controls(joint)
    }
    assert "Robin Sample, Year 8" in said(joint)
    assert "An invented reason" not in said(joint)


def test_the_letters_of_a_visit_tell_of_whoever_comes_too_and_what_is_not_to_be_told(
    case: CaseOf, entries: Mapping[str, FormEntry]
) -> None:
    alone, joint = case("le-rocquier"), case("le-rocquier", {"agency.joint_visit": True})
    assert "Somebody comes with us" not in said(fill(alone, entries["letter-to-family"], ""))
    assert "Somebody comes with us: name, organisation." in said(fill(joint, entries["letter-to-family"], ""))
    quiet = case("robert-ogden", {"visit.unannounced": True})
    asked = "Please say nothing of it to them"
    assert asked in said(fill(quiet, entries["letter-to-agencies"], ""))
    assert asked not in said(fill(case("robert-ogden"), entries["letter-to-agencies"], ""))


def test_a_letter_to_an_agency_never_says_that_something_is_not_recorded(
    case: CaseOf, entries: Mapping[str, FormEntry]
) -> None:
    filled = fill(case("robert-ogden", {"contact.told": None}), entries["letter-to-agencies"], "")
    assert "letter.family_told" in {control.tag for control in controls(filled)}
    assert "Not recorded" not in said(filled)


def test_the_familys_minutes_hold_what_was_agreed_and_what_follows_and_can_be_changed(
    case: CaseOf, entries: Mapping[str, FormEntry]
) -> None:
    action = Further("Send work home", "Gray Invented", date(2026, 12, 9))
    record = VisitRecord(Ending.IN_PART, "Cut short", "A bruise", "To ring", (), False, True, "A dog bit", (action,))
    made = case("robert-ogden", progress=Progress(record=record, recorded=BY))
    filled = fill(made, entries["minutes-for-family"], "")
    for words in ("To ring", "Send work home", "Gray Invented", "9 December 2026", "1 Example Street"):
        assert words in said(filled), words
    for words in ("Cut short", "A bruise", "A dog bit", "RO-", "Not recorded", "Confidential", "incident"):
        assert words not in said(filled), words
    held = {control.tag: control.text for control in controls(filled)}
    assert held["letter.agreed"] == "To ring"
    assert held["letter.action_what"] == "Send work home"


# --- the record and the note --------------------------------------------------------------------


def parts_of_record(made: Case, entries: Mapping[str, FormEntry]) -> tuple[bytes, bytes]:
    """What goes into the pupil's file, and the confidential part."""
    return fill(made, entries["visit-record"], ""), fill(made, entries["visit-record-confidential"], "")


def record_controls(made: Case, entries: Mapping[str, FormEntry]) -> list[Control]:
    return [control for part in parts_of_record(made, entries) for control in controls(part)]


def record_says(made: Case, entries: Mapping[str, FormEntry]) -> str:
    return "\n".join(map(said, parts_of_record(made, entries)))


@pytest.mark.parametrize("policy", POLICIES)
def test_concerns_are_on_the_confidential_part_alone(
    case: CaseOf, entries: Mapping[str, FormEntry], policy: str
) -> None:
    record = VisitRecord(Ending.IN_PART, "Cut short", "All calm", "To ring", (), True, True, "A shove in the hall", ())
    for progress in (Progress(), Progress(record=record, recorded=BY, notes=("Recorded late.",))):
        for_file, apart = parts_of_record(case(policy, progress=progress), entries)
        assert not {"record.concern", "record.incident", "record.incident_text"} & {
            control.tag for control in controls(for_file)
        }
        assert "A shove in the hall" not in said(for_file)
        assert "Recorded late." not in said(for_file)
        assert "safeguarding concern" not in said(for_file)
        assert "Did the visit leave a safeguarding concern?" in said(apart)
        assert ("A shove in the hall" in said(apart)) is (progress.record is not None)


def test_the_choices_of_the_record_are_those_of_the_register() -> None:
    assert tuple(ending.words for ending in Ending) == visit_record.ENDINGS
    assert tuple(kept.words for kept in Kept) == visit_record.ANSWERS
    assert tuple(ending.words for ending in Ending if not ending.needs_why) == visit_record.NEED_NO_WHY


@pytest.mark.parametrize("policy", POLICIES)
def test_the_blank_record_asks_all_that_a_record_holds(
    case: CaseOf, entries: Mapping[str, FormEntry], policy: str
) -> None:
    made = case(policy)
    found = record_controls(made, entries)
    kinds = {control.tag: control.kind for control in found}
    assert kinds["record.ending"] is kinds["record.concern"] is kinds["record.incident"] is Kind.LIST
    assert {kinds[f"record.{name}"] for name in ("why", "seen", "agreed", "incident_text")} == {Kind.TEXT}
    assert kinds["record.none_further"] is Kind.TICK
    asked = [finding.id for finding in duties(made.assessment)]
    assert [control.text for control in found if control.tag == "record.clause"] == asked
    rows = [control.tag for control in found if control.tag.startswith("record.clause")]
    assert rows == ["record.clause", "record.clause_answer", "record.clause_why"] * len(asked)
    actions = [control.tag for control in found if control.tag.startswith("record.action")]
    assert actions == ["record.action_what", "record.action_who", "record.action_by"] * 5
    for name, part in zip(("visit-record", "visit-record-confidential"), parts_of_record(made, entries), strict=True):
        held = {control.tag: control.text for control in controls(part) if control.tag.startswith("form.")}
        count = fields_print(control.tag for control in controls(part))
        assert held == {
            "form.id": name,
            "form.reference": "RA-2026-0012",
            "form.fingerprint": made.fingerprint,
            "form.count": count,
        }


def test_the_record_is_called_what_the_policy_calls_it_and_says_where_it_goes(
    case: CaseOf, entries: Mapping[str, FormEntry]
) -> None:
    minutes = record_says(case("robert-ogden"), entries)
    assert minutes.count("Minutes of a home visit and action plan") == 1
    assert minutes.count("Put the minutes of the visit on the pupil's file.") == 1
    assert "see RO-28, RO-32, RO-33, RO-34, above." in minutes
    silent = record_says(case("le-rocquier"), entries)
    assert "\nRecord of a home visit\n" in silent
    assert "The policy says nothing on a record of the visit." in silent


def test_once_recorded_it_prints_what_the_register_holds(case: CaseOf, entries: Mapping[str, FormEntry]) -> None:
    asked = [finding.id for finding in duties(case("bchs").assessment)]
    ticks = (Ticked(asked[0], Kept.NOT_DONE, "The lamp was out"), Ticked(asked[1], Kept.DONE))
    action = Further("Send work home", "Lane Invented", date(2026, 12, 9))
    record = VisitRecord(Ending.IN_PART, "Cut short", "All calm", "To ring", ticks, False, False, "", (action,))
    progress = Progress(record=record, recorded=BY, notes=("Recorded late.",))
    made = case("bchs", progress=progress)
    text = record_says(made, entries)
    for words in ("Made in part", "Cut short", "All calm", "The lamp was out", "Send work home", "9 December 2026"):
        assert words in text, words
    assert "Action 1: Send work home (Lane Invented, by 9 December 2026)." in text, "the text for the log"
    assert "Recorded late." in text
    fields = [control.tag for control in record_controls(made, entries) if control.tag.startswith("record.")]
    assert fields.count("record.clause_answer") == len(asked) - 2, "what is still missing can be filled in"
    assert set(fields) == {"record.clause", "record.clause_answer", "record.clause_why", "record.notes"}


def test_a_record_that_was_begun_has_fields_for_what_is_missing_and_no_others(
    case: CaseOf, entries: Mapping[str, FormEntry]
) -> None:
    record = VisitRecord(Ending.AS_PLANNED, seen="All calm", concern=False)
    made = case("bchs", progress=Progress(record=record, recorded=BY))
    found = {control.tag for control in record_controls(made, entries) if control.tag.startswith("record.")}
    assert {"record.agreed", "record.incident", "record.action_what", "record.none_further"} <= found
    assert not found & {"record.ending", "record.why", "record.seen", "record.concern"}
    assert "Not recorded yet. What was agreed, and with whom" in record_says(made, entries)


def test_that_nobody_said_what_follows_is_not_that_nothing_does(case: CaseOf, entries: Mapping[str, FormEntry]) -> None:
    nothing = Progress(record=VisitRecord(Ending.AS_PLANNED, further=()), recorded=BY)
    unsaid = Progress(record=VisitRecord(Ending.AS_PLANNED), recorded=BY)
    assert "\nNothing further is to be done.\n" in said(
        fill(case("bchs", progress=nothing), entries["visit-record"], "")
    )
    assert "Not recorded yet: what is still to be done" in said(
        fill(case("bchs", progress=unsaid), entries["visit-record"], "")
    )


def test_the_record_of_a_visit_that_was_called_off_begins_with_why(
    case: CaseOf, entries: Mapping[str, FormEntry]
) -> None:
    progress = Progress(called_off=CalledOff(BY, "A crowd at the door", True, True))
    filled = fill(case("robert-ogden", progress=progress), entries["visit-record"], "")
    assert "Called off because it was not safe" in said(filled)
    assert "A crowd at the door" in said(filled)
    assert not {"record.ending", "record.why"} & {control.tag for control in controls(filled)}


def test_no_row_of_a_record_is_lost_where_a_page_ends(
    case: CaseOf, entries: Mapping[str, FormEntry], tmp_path: Path, soffice: str
) -> None:
    """LibreOffice drops a row below a head that ends a page to the hair."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed")
    off = CalledOff(BY, "A crowd at the door", True, True)
    stages = {"blank": Progress(), "back": Progress(left=BY.at, back=BY.at), "off": Progress(called_off=off)}
    asked = {}
    for policy in POLICIES:
        for name, progress in stages.items():
            made = case(policy, progress=progress)
            path = tmp_path / f"{policy}-{name}.docx"
            path.write_bytes(fill(made, entries["visit-record-confidential"], ""))
            asked[path.with_suffix(".pdf")] = [finding.id for finding in duties(made.assessment)]
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [soffice, "--headless", profile, "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*command, *map(str, tmp_path.glob("*.docx"))], capture_output=True, check=True)
    for pdf, clauses in asked.items():
        text = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
        assert [clause for clause in clauses if clause not in text] == [], pdf.stem


def test_what_was_never_to_be_said_does_not_read_as_not_recorded(
    case: CaseOf, entries: Mapping[str, FormEntry]
) -> None:
    asked = [finding.id for finding in duties(case("bchs").assessment)]
    ticks = tuple(Ticked(name, Kept.DONE) for name in asked)
    record = VisitRecord(Ending.AS_PLANNED, "", "All calm", "Nothing", ticks, False, False, "", ())
    made = case("bchs", progress=Progress(record=record, recorded=BY, left=BY.at, back=BY.at, authorised=BY))
    assert "Not recorded" not in record_says(made, entries)


def test_the_note_to_the_headteacher_gives_the_reason_and_the_clause(
    case: CaseOf, entries: Mapping[str, FormEntry]
) -> None:
    progress = Progress(called_off=CalledOff(BY, "Somebody was shouting & throwing things.", True, True))
    text = said(fill(case("robert-ogden", progress=progress), entries["cancellation-note"], ""))
    assert "Somebody was shouting & throwing things." in text
    assert "Called off after the visitors had left" in text
    assert "RO-28: Where a visit was called off because it was not safe" in text
