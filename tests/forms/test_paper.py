"""From a real case to the contract: written out, never blank, and with the safe word where it belongs only."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.assess import assess
from riskgen.core.model import Ladders, Rung, Staff
from riskgen.core.struct import Struct, asdict, replace
from riskgen.core.terms import Outcome
from riskgen.core.words import lower_first
from riskgen.files.text import mend
from riskgen.forms.case import Case, Deed, Overridden, Progress
from riskgen.forms.catalogue import FormEntry, Holder, load_forms
from riskgen.forms.context import FormContext
from riskgen.forms.paper import form_context
from riskgen.forms.phrases import duration, later, listed, sentence
from riskgen.forms.steps import load_steps
from riskgen.intake.gather import Given, intake_of
from riskgen.library.load import Library, load_library
from riskgen.library.school import read_school
from riskgen.library.source import Source

ROOT = Path(__file__).resolve().parents[2]
POLICIES = ("bchs", "heather-avenue", "le-rocquier", "robert-ogden", "st-patricks")
START = datetime(2026, 12, 2, 10, 30)
MakeCase = Callable[..., Case]


@pytest.fixture(scope="module")
def library() -> Library:
    loaded, problems = load_library(ROOT / "data")
    assert problems == ()
    return loaded


@pytest.fixture(scope="module")
def make(library: Library) -> MakeCase:
    school = read_school(
        Source.read(ROOT / "data/examples/school.yaml", "school.yaml"),
        library.questions,
        library.policies,
        library.matrices,
    )
    assert school
    steps, problems = load_steps(ROOT / "templates", {topic.id for topic in library.topics}, library.hazards)
    assert problems == ()
    groups = {group.id: group.label for group in library.groups.values()}

    def build(policy: str = "bchs", prepared: bool = True, visitors: tuple[str, ...] = (), **answers: Any) -> Case:
        given = Given().with_file(ROOT / "data/examples/F-0123.yaml", library.questions, school)
        if prepared:
            given = given.with_file(ROOT / "data/examples/visit-F-0123.yaml", library.questions, school)
        intake, faults = intake_of(given.with_visitors(visitors) if visitors else given, school, library.questions)
        assert faults == ()
        facts = {
            **intake.answers,
            "visit.start": START,
            **{name.replace("__", "."): value for name, value in answers.items()},
        }
        intake = replace(intake, answers={name: value for name, value in facts.items() if value is not None})
        edition = library.edition_on(policy, START.date())
        assert edition
        result = assess(intake, edition, library.catalogue())
        made_at = datetime(2026, 11, 25, 9, 5, tzinfo=UTC)
        return Case("RA-2026-0012", made_at, school, edition, intake, result, library.questions, groups, steps)

    return build


FORMS = {form.id: form for form in load_forms(ROOT / "templates")[0]}
OFFICE, ASSESSMENT, TRAVELLING = (
    FORMS[name] for name in ("intent-to-visit-office", "risk-assessment", "intent-to-visit-travelling")
)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)
    elif isinstance(value, Struct):
        for inside in asdict(value).values():
            yield from texts(inside)
    else:
        assert isinstance(value, bool)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("prepared", [True, False])
def test_every_text_is_written_out_and_none_is_blank(make: MakeCase, policy: str, prepared: bool) -> None:
    context = form_context(make(policy, prepared, visitors=("S-07", "S-12")), ASSESSMENT)
    for text in texts(context):
        assert text.strip()
        assert "None" not in text or text == "None" or "None agreed" in text
        assert not any(mark in text for mark in ("Truth.", "Outcome.", "datetime", "frozenset", "<"))
    assert all(step.rows for step in context.steps)
    assert context.hazards
    assert context.decision.reasons


def test_the_visit_is_in_words(make: MakeCase) -> None:
    visit = form_context(make(), ASSESSMENT).visit
    assert visit.date == "Wednesday 2 December 2026"
    assert (visit.start, visit.end, visit.minutes) == ("10:30", "11:10", "40 minutes")
    assert visit.purpose == "There is an attendance concern"
    assert visit.check_in_times == "10:30 and 11:10"
    assert visit.company == "Two members of staff go together"
    assert not visit.alone
    assert visit.driver == "Gray Invented"
    assert visit.registration == "EX07 AMP"
    assert visit.entry == "The visitors mean to go in"


def test_what_is_not_recorded_says_so(make: MakeCase) -> None:
    context = form_context(make(prepared=False, visitors=("S-10",)), ASSESSMENT)
    visit = context.visit
    for text in (visit.purpose, visit.minutes, visit.end, visit.leave, visit.back, visit.check_in_times, visit.driver):
        assert text == "Not recorded"
    for text in (visit.entry, visit.announced, visit.by_car, visit.vehicle, context.authorise.authorised_by):
        assert text == "Not recorded"
    assert context.visitors[0].mobile == "Not recorded"
    assert context.visitors[0].insurance == "Not recorded"
    assert visit.alone


def test_what_is_known_tells_no_from_not_recorded(make: MakeCase) -> None:
    context = form_context(make(history__violence_reported=False, history__weapons_reported=None), ASSESSMENT)
    known = {item.label: item for item in context.known}
    assert known["Has violence ever been reported in the home, or by somebody who lives there?"].answer == "No"
    weapon = known["Has a weapon been reported in the home?"]
    assert (weapon.answer, weapon.recorded, weapon.group) == ("Not recorded", False, "What is known of the home")
    assert context.known_summary.startswith(
        f"{sum(not item.recorded for item in context.known)} of {len(context.known)} "
    )


def test_no_car_means_no_driver(make: MakeCase) -> None:
    visit = form_context(make(travel__by_car=False), ASSESSMENT).visit
    assert visit.driver == visit.vehicle == visit.registration == "No car is used"


def test_other_words_for_the_visit(make: MakeCase) -> None:
    one = form_context(
        make(visit__will_enter=False, visit__unannounced=True, visit__unannounced_ground="collusion"), OFFICE
    )
    assert one.visit.entry == "The visitors stay on the doorstep"
    assert one.visit.announced == "Unannounced"
    assert one.visit.unannounced_ground == "a parent or carer may be covering for the pupil"
    two = form_context(make(contact__told=False, safety__check_in_times=(), visit__minutes=150), OFFICE)
    assert two.visit.announced == "The family has not been told yet"
    assert two.visit.check_in_times == "None agreed"
    assert two.visit.minutes == "2 hours 30 minutes"
    three = form_context(make(safety__check_in_times=(time(11, 0),)), OFFICE)
    assert three.visit.check_in_times == "11:00"


def test_the_safe_word_goes_to_the_office_copy_only(make: MakeCase) -> None:
    case = make()
    for entry in FORMS.values():
        context = form_context(case, entry, "marmalade")
        found = [text for text in texts(context) if "marmalade" in text]
        assert found == (["marmalade"] if entry is OFFICE else [])
        assert context.copy.office is (all(holder.at_school for holder in entry.holders))
    assert form_context(case, TRAVELLING, "marmalade").safe_word == "Not recorded"
    assert form_context(case, OFFICE, None).safe_word == "Not recorded"


def test_authorisation_names_roles_and_whoever_has_authorised(make: MakeCase) -> None:
    plain = form_context(make(), ASSESSMENT).authorise
    assert plain.line == "Safeguarding Lead, or member of the senior leadership team, or headteacher or principal"
    assert plain.clause == "BC-02"
    named = form_context(make(approval__by="S-03"), ASSESSMENT).authorise
    assert named.authorised_by == "Casey Invented"
    nobody_in_register = "Nobody has authorised the visit in the register"
    assert named.line_so_far == f"{nobody_in_register}; the answers name Casey Invented."
    assert plain.line_so_far == f"{nobody_in_register}."
    wrong = form_context(make(approval__by="S-07"), ASSESSMENT).authorise
    assert wrong.authorised_by == "Gray Invented, who may not authorise this visit"
    nobody = form_context(make("le-rocquier"), ASSESSMENT).authorise
    assert nobody.line == "The policy names nobody who authorises the visit"
    assert nobody.clause == "None"


def test_policy_lines(make: MakeCase) -> None:
    overdue = form_context(make("st-patricks"), ASSESSMENT).policy
    assert overdue.review_overdue
    assert "has passed" in overdue.review_line
    assert overdue.edition.startswith("Edition in force from 1 September 2017")
    current = form_context(make(), ASSESSMENT).policy
    assert not current.review_overdue
    assert len(current.fingerprint) <= 12


def test_ladders_come_from_the_policy_or_say_whose_they_are(make: MakeCase) -> None:
    own = form_context(make("heather-avenue"), OFFICE).ladders
    assert own.overdue.from_policy
    assert all(rung.clause.startswith("HA-") for rung in own.overdue.rows)
    case = make()
    fallback = form_context(case, OFFICE).ladders.overdue
    assert not fallback.from_policy
    assert "school's own fallback" in fallback.line
    assert [rung.after for rung in fallback.rows] == ["At once", "After 15 minutes", "After 30 minutes"]
    assert {rung.clause for rung in fallback.rows} == {"School's own"}
    bare = form_context(replace(case, school=replace(case.school, fallback=Ladders())), OFFICE).ladders.overdue
    assert bare.rows == ()
    assert "before anybody leaves" in bare.line
    steps = Ladders(overdue=(Rung("Ring", "", ""), Rung("Ring again", "", "")))
    following = form_context(replace(case, school=replace(case.school, fallback=steps)), OFFICE).ladders.overdue
    assert [(rung.after, rung.who) for rung in following.rows] == [
        ("At once", "School office"),
        ("Next", "School office"),
    ]


def test_the_matrix_runs_from_high_to_low_and_has_a_colour_for_each_cell(make: MakeCase, library: Library) -> None:
    case = make()
    for matrix in library.matrices.values():
        shown = form_context(replace(case, assessment=replace(case.assessment, matrix=matrix)), ASSESSMENT).matrix
        assert [row.likelihood for row in shown.rows] == [level.name for level in reversed(matrix.likelihood)]
        assert all(len(row.cells) == len(shown.severities) for row in shown.rows)
        assert {cell.rating for row in shown.rows for cell in row.cells} == {rating.rating for rating in shown.ratings}


def test_hazards_list_controls_in_place_and_further_ones_apart(make: MakeCase) -> None:
    hazard = form_context(make(staff__mobile_taken=False), ASSESSMENT).hazards[0]
    further = [item.measure for item in hazard.further]
    assert "The visitors carry a mobile phone" in further
    assert not set(further) & {line.text for line in hazard.controls_in_place}
    assert len(hazard.controls) == len(further) + len(hazard.controls_in_place)
    assert {item.by_when for item in hazard.further} == {"The rating does not ask for it"}
    assert not any(item.needed for item in hazard.controls)
    assert {item.state for item in hazard.controls} <= {"In place", "Not in place", "Not confirmed"}
    assert hazard.because


def test_a_measure_is_to_be_put_in_place_before_leaving_only_where_the_rating_asks_for_it(make: MakeCase) -> None:
    case = make(history__violence_reported=True)
    for rated, hazard in zip(case.assessment.hazards, form_context(case, ASSESSMENT).hazards, strict=True):
        asked = rated.outcome > Outcome.PROCEED
        words = {"Before leaving"} if asked else {"The rating does not ask for it"}
        assert {item.by_when for item in hazard.further} <= words
        assert [item.needed for item in hazard.controls] == [asked and not item.confirmed for item in hazard.controls]
    assert {item.outcome > Outcome.PROCEED for item in case.assessment.hazards} == {True, False}


@pytest.mark.parametrize(
    ("computed", "by_hand", "holds", "asked"),
    [
        (Outcome.PROCEED, Outcome.PROCEED_WITH_CONDITIONS, True, True),
        (Outcome.PROCEED, Outcome.REFER, True, True),
        (Outcome.PROCEED, Outcome.REFER, False, False),
        (Outcome.PROCEED, Outcome.PROCEED, True, False),
        (Outcome.REFER, Outcome.PROCEED, True, True),
    ],
)
def test_of_a_rating_and_the_one_that_a_person_gave_the_stricter_says_whether_a_measure_is_needed(
    make: MakeCase, computed: Outcome, by_hand: Outcome, holds: bool, asked: bool
) -> None:
    case = make(staff__mobile_taken=False)
    first, second, *more = (replace(each, outcome=Outcome.PROCEED) for each in case.assessment.hazards)
    hazards = (replace(first, outcome=computed), second, *more)
    deed = Deed("Casey Invented", case.made_at)
    given = Overridden("The residual rating", "Low", "Medium", "Known", deed, holds, first.id, by_hand)
    case = replace(case, assessment=replace(case.assessment, hazards=hazards), progress=Progress(overrides=(given,)))
    one, two = form_context(case, ASSESSMENT).hazards[:2]
    assert {item.by_when for item in one.further} == {"Before leaving" if asked else "The rating does not ask for it"}
    assert any(item.needed for item in one.controls) is asked
    assert not any(item.needed for item in two.controls)


def test_what_proceed_with_conditions_means_depends_on_whether_any_is_open(make: MakeCase) -> None:
    case = make(staff__know_policy=False)
    assert case.assessment.decision.outcome is Outcome.PROCEED_WITH_CONDITIONS
    waiting, settled = "once every condition of the risk assessment has been met", "none of them is open any more"
    assert waiting in form_context(case, ASSESSMENT).decision.meaning
    done = replace(case, assessment=replace(case.assessment, conditions=()))
    for meaning in (form_context(done, entry) for entry in (ASSESSMENT, TRAVELLING)):
        assert settled in meaning.decision.meaning
        assert settled in meaning.standing.meaning
        assert waiting not in meaning.decision.meaning + meaning.standing.meaning


def test_who_authorised_is_no_open_question_once_somebody_has(make: MakeCase) -> None:
    case = make()
    asked = "Who has authorised the visit?"
    assert asked in [item.question for item in form_context(case, ASSESSMENT).open_questions]
    given = Deed("Casey Invented", datetime(2026, 12, 1, 9, 0))
    for progress, still in ((Progress(authorised=given), False), (Progress(authorised=given, lapsed=True), True)):
        context = form_context(replace(case, progress=progress), ASSESSMENT)
        assert (asked in [item.question for item in context.open_questions]) is still


def test_what_let_an_authorisation_lapse_is_named_at_school_alone(make: MakeCase) -> None:
    given = Deed("Casey Invented", datetime(2026, 12, 1, 9, 0))
    changed = ("Who goes", "Is violence reported?", "The purpose", "The start")
    case = replace(make(), progress=Progress(authorised=given, lapsed=True, lapsed_by=changed))
    gone = "The authorisation by Casey Invented, Tuesday 1 December 2026, 09:00 has lapsed:"
    travelling = FormEntry("x", "A form of our own", Path("x.docx"), 1, (Holder.VISITORS, Holder.OFFICE))
    assert form_context(case, travelling).authorise.line_so_far == f"{gone} something has changed since. Ask again."
    named = "“Who goes”, “Is violence reported?”, “The purpose” and more"
    assert form_context(case, ASSESSMENT).authorise.line_so_far == f"{gone} this has changed since: {named}. Ask again."
    case = replace(case, progress=replace(case.progress, lapsed_by=()))  # where it is not known
    assert form_context(case, ASSESSMENT).authorise.line_so_far == f"{gone} something has changed since. Ask again."


def test_findings_show_what_was_weighed_the_gravest_first(make: MakeCase) -> None:
    context = form_context(make(staff__objects=True, told__manager_address=None), ASSESSMENT)
    statuses = [finding.status for finding in context.findings]
    assert statuses == sorted(statuses, key=["Broken", "To confirm", "Met"].index)
    assert statuses[0] == "Broken"
    assert {"BC-42"} <= {finding.clause for finding in context.findings if finding.status == "Broken"}
    assert all(finding.status == "Not applicable" for finding in context.not_applicable)
    assert context.decision.id == "do-not-visit"
    assert context.decision.outcome == "Do not visit"
    assert context.decision.has_instead


def test_duties_are_those_that_may_apply(make: MakeCase) -> None:
    context = form_context(make("robert-ogden"), ASSESSMENT)
    ruled_out = {finding.clause for finding in context.not_applicable}
    for group in (context.duties.before, context.duties.during, context.duties.after, context.duties.emergency):
        assert group
        assert not ruled_out & {item.clause for item in group}
        assert {item.kind for item in group} <= {"Required", "Forbidden", "Advised"}
    assert "RO-01" in {item.clause for item in context.duties.during}
    assert len(context.clauses) == 44


def test_old_text_that_cannot_be_printed_is_mended(make: MakeCase) -> None:
    context = form_context(make(visit__reason="a\x01b\r\nc", family__name="  "), ASSESSMENT)
    assert context.visit.reason == mend("a\x01b\r\nc") == "a\ufffdb\nc"
    assert context.family.name == "Not recorded"


def test_moments_are_shown_as_the_clocks_of_the_school_show_them(make: MakeCase) -> None:
    case = make()
    summer = replace(case, made_at=datetime(2026, 7, 1, 9, 0, tzinfo=UTC))
    assert form_context(summer, ASSESSMENT).made_at == "1 July 2026, 10:00"
    assert form_context(case, ASSESSMENT).made_at == "25 November 2026, 09:05"
    assert later(datetime(2026, 3, 29, 0, 30), 60, "Europe/London") == datetime(2026, 3, 29, 2, 30)


def test_phrases() -> None:
    assert [duration(number) for number in (1, 40, 60, 61, 120)] == [
        "1 minute",
        "40 minutes",
        "1 hour",
        "1 hour 1 minute",
        "2 hours",
    ]
    assert [listed(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert [lower_first(text) for text in ("Head", "DSL at once", "A", "")] == ["head", "DSL at once", "A", ""]
    assert [sentence(text) for text in ("Do", "Do.", "Do?", "")] == ["Do.", "Do.", "Do?", ""]


def test_a_person_who_has_left_the_directory_is_shown_by_reference(make: MakeCase) -> None:
    case = make(approval__by="S-99")
    assert form_context(case, ASSESSMENT).authorise.authorised_by.startswith("S-99")


def test_insurance_is_shown_with_its_expiry(make: MakeCase) -> None:
    case = make()
    staff = Staff("S-90", "New Invented", ("teacher", "office"), insurance_expires=date(2027, 1, 31))
    shown = form_context(replace(case, intake=replace(case.intake, visitors=(staff,))), ASSESSMENT).visitors[0]
    assert shown.insurance == "Class not recorded, until 31 January 2027"
    assert shown.roles == "Teacher and school office"


def test_a_form_entry_decides_the_title(make: MakeCase) -> None:
    entry = FormEntry("x", "A form of our own", Path("x.docx"), 1, (Holder.VISITORS,))
    context: FormContext = form_context(make(), entry, "marmalade")
    assert context.title == "A form of our own"
    assert context.safe_word == "Not recorded"
