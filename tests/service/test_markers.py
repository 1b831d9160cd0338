"""Who may mark a family, what a marker must say, and that it wins over a no; on both databases."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from riskgen.core.marker import Kind, Marker
from riskgen.core.model import RegisterPlace
from riskgen.core.struct import replace
from riskgen.core.visit import Entry, Happened, State, Who
from riskgen.intake.gather import Given
from riskgen.service import clock
from riskgen.service.desk import Desk, open_desk
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.homes import Home
from riskgen.service.markers import (
    SHOWS,
    add_marker,
    deciders,
    due_markers,
    family_markers,
    family_named,
    find_marker,
    made_of,
    marker_answers,
    months_on,
    one_who_decides,
    read_details,
    review_marker,
    same_family,
    with_markers,
    wrong_with,
)

TODAY = date(2026, 11, 20)
LEAD = Who("S-03", "desk", "passphrase")
DETAILS = {
    "what": "A push at the door",
    "on": "2026-11-02",
    "reported_by": "S-08",
    "review_on": "2027-06-30",
    "told": "no",
    "why_not_told": "A child would be at risk",
}


@pytest.fixture(autouse=True)
def _stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: datetime(2026, 11, 20, 9, 0, tzinfo=UTC))


@pytest.fixture
def home(school: Home, tmp_path: Path) -> Home:
    folder = tmp_path / "school"
    shutil.copytree(school.folder, folder, ignore=shutil.ignore_patterns("register.db*"))
    return replace(school, folder=folder)


@pytest.fixture
def desk(home: Home, register_url: str) -> Iterator[Desk]:
    with open_desk(home.folder, replace(home.school, register=RegisterPlace(register_url))) as opened:
        yield opened


def mark(desk: Desk, family: str = "F-0123", kind: Kind = Kind.VIOLENCE, **details: str) -> Marker:
    return add_marker(desk, made_of(family, kind, DETAILS | details, TODAY), LEAD)


# --- what markers say of the facts ----------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
def test_every_fact_that_a_marker_shows_is_a_yes_or_no_question_for_which_yes_is_worse(home: Home, kind: Kind) -> None:
    assert SHOWS[kind]
    for name in SHOWS[kind]:
        assert home.library.questions[name].worse == "yes"


def test_a_standing_marker_answers_yes_and_nothing_else_does(desk: Desk) -> None:
    mark(desk, "F-0123", Kind.VIOLENCE)
    mark(desk, "F-0456", Kind.ANIMAL)
    with desk.register.read() as reader:
        assert marker_answers(reader, "F-0123") == {"history.violence_reported": True, "history.aggression_known": True}
        assert marker_answers(reader, "F-0456") == {
            "household.animals": True,
            "household.animal_known_aggressive": True,
        }
        assert marker_answers(reader, "F-0789") == {}
        assert marker_answers(reader, "") == {}


def test_a_marker_past_its_review_date_counts_and_a_lifted_one_does_not(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = mark(desk)
    monkeypatch.setattr(clock, "utc_now", lambda: datetime(2031, 1, 1, tzinfo=UTC))
    with desk.register.read() as reader:
        assert due_markers(reader, date(2031, 1, 1)) == (marker,)
        assert marker_answers(reader, "F-0123")
    review_marker(desk, marker, None, "Moved away", LEAD)
    with desk.register.read() as reader:
        assert due_markers(reader, date(2031, 1, 1)) == ()
        assert marker_answers(reader, "F-0123") == {}


@pytest.mark.parametrize("written", ["f-0123", " F-0123 ", "F\u20130123", "F- 0123"])
def test_a_marker_is_not_missed_over_how_a_reference_is_written(desk: Desk, written: str) -> None:
    mark(desk)
    with desk.register.read() as reader:
        assert marker_answers(reader, written)


def test_references_that_differ_by_more_are_of_different_families() -> None:
    assert same_family("F-1-23") != same_family("F-12-3")


def test_due_markers_come_with_the_longest_due_first(desk: Desk) -> None:
    later, sooner = mark(desk, "F-1", review_on="2027-06-30"), mark(desk, "F-2", review_on="2027-01-31")
    with desk.register.read() as reader:
        assert due_markers(reader, date(2027, 7, 1)) == (sooner, later)
        assert due_markers(reader, date(2027, 1, 31)) == (sooner,)
        assert due_markers(reader, date(2027, 1, 30)) == ()


def test_a_marker_wins_over_no_and_over_nothing_and_says_so_without_personal_text() -> None:
    given = Given(
        {"family.reference": "F-0123", "history.violence_reported": False},
        origins={"history.violence_reported": ("families/F-0123.yaml", 4)},
    )
    found = {"history.violence_reported": True, "history.aggression_known": True}
    marked, sentences = with_markers(given, found)
    assert marked.answers == {"family.reference": "F-0123", **found}
    assert {marked.origins[name] for name in found} == {("the register", 0)}
    assert sentences == (
        (
            "'history.violence_reported' is yes because of a marker in the register; families/F-0123.yaml, line 4, "
            "says no. To see it: riskgen marker list F-0123."
        ),
        (
            "'history.aggression_known' is yes because of a marker in the register; nobody had answered it. "
            "To see it: riskgen marker list F-0123."
        ),
    )


def test_a_marker_has_nothing_to_add_to_a_yes() -> None:
    given = Given({"family.reference": "F-0123", "household.animals": True})
    assert with_markers(given, {"household.animals": True}) == (given, ())


# --- who decides ----------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["bchs", "heather-avenue", "le-rocquier", "robert-ogden", "st-patricks"])
def test_those_who_authorise_visits_and_the_safeguarding_lead_decide(home: Home, policy: str) -> None:
    theirs = replace(home, school=replace(home.school, policy=policy))
    edition = home.library.edition_on(policy, TODAY)
    assert edition is not None
    by_policy = {role for rule in edition.authorise for role in rule.by}
    assert set(deciders(theirs, TODAY)) == by_policy | set(home.school.fallback_authorise) | {"safeguarding-lead"}


def test_others_do_not_decide_nor_does_anybody_unseen(home: Home, desk: Desk) -> None:
    with pytest.raises(Refused, match="S-07 is not one who decides on markers"):
        one_who_decides(home, desk, Who("S-07", "desk", "passphrase"))
    for unseen in (Who("", "desk", ""), Who("S-03", "desk", "")):
        with pytest.raises(Refused, match="add --as"):
            one_who_decides(home, desk, unseen)
    assert one_who_decides(home, desk, LEAD).id == "S-03"


# --- what a marker must say -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "raw", "says"),
    [
        ("on", "2026-11-21", "a day to come"),
        ("on", "yesterday", "not a date"),
        ("review_on", "2026-11-20", "at most 12 months"),
        ("review_on", "2027-11-21", "at most 12 months"),
        ("told", "perhaps", "not yes or no"),
        ("what", "  ", "empty"),
        ("what", "\x07", "cannot be printed"),
        ("reported_by", "", "empty"),
        ("why_not_told", "x" * 2001, "too long"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(name: str, raw: str, says: str) -> None:
    assert says in wrong_with(name, raw, TODAY)
    with pytest.raises(InvalidInput):
        made_of("F-0123", Kind.VIOLENCE, DETAILS | {name: raw}, TODAY)


@pytest.mark.parametrize(
    ("name", "raw"), [("on", "2026-11-20"), ("review_on", "2026-11-21"), ("review_on", "2027-11-20")]
)
def test_the_first_and_the_last_day_are_taken(name: str, raw: str) -> None:
    assert wrong_with(name, raw, TODAY) == ""


@pytest.mark.parametrize("name", list(DETAILS))
def test_nothing_of_a_marker_may_be_missing(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        made_of("F-0123", Kind.VIOLENCE, {key: value for key, value in DETAILS.items() if key != name}, TODAY)
    assert name in {problem.field for problem in caught.value.problems}


def test_a_person_who_was_told_needs_no_reason_and_may_have_none() -> None:
    told = {key: value for key, value in DETAILS.items() if key != "why_not_told"} | {"told": "yes"}
    assert made_of("F-0123", Kind.VIOLENCE, told, TODAY).why_not_told == ""
    with pytest.raises(InvalidInput, match="1 problem"):
        made_of("F-0123", Kind.VIOLENCE, DETAILS | {"told": "yes"}, TODAY)


@pytest.mark.parametrize(
    ("day", "then"),
    [
        (date(2026, 11, 20), date(2027, 11, 20)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2026, 12, 31), date(2027, 12, 31)),
    ],
)
def test_twelve_months_on_is_the_same_day_or_the_last_of_its_month(day: date, then: date) -> None:
    assert months_on(day, 12) == then


def test_faults_of_a_file_are_told_at_their_lines_without_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "marker.yaml"
    path.write_text("what: Secretpush\non: Secretday\ntold: Secrettold\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_details(path, TODAY)
    assert {problem.line for problem in caught.value.problems} == {2, 3}
    assert not any("Secret" in problem.message + problem.hint for problem in caught.value.problems)


# --- finding and reviewing ------------------------------------------------------------------------


def test_a_family_is_called_as_the_register_or_its_file_calls_it(home: Home, desk: Desk) -> None:
    assert family_named(home, desk, "f-0123") == ("F-0123", True)
    assert family_named(home, desk, "G-1") == ("G-1", False)
    mark(desk, "G-1")
    assert family_named(home, desk, "g-1") == ("G-1", True)
    with desk.register.write() as writer:
        writer.put_entry(Entry("RA-2026-0001", State.DRAFT, family="H-1"))
        writer.append("RA-2026-0001", Happened.DRAFTED, desk.now(), LEAD, {})
    assert family_named(home, desk, "H-1") == ("H-1", True)


@pytest.mark.parametrize("named", ["", "RA-2026-0001", "x" * 41, "two\nlines"])
def test_what_is_no_reference_of_a_family_is_refused(home: Home, desk: Desk, named: str) -> None:
    with pytest.raises(InvalidInput):
        family_named(home, desk, named)


def test_a_marker_is_found_by_its_id_while_it_stands(desk: Desk) -> None:
    marker = mark(desk)
    assert find_marker(desk, marker.id.lower()) == marker
    assert find_marker(desk, marker.id, "f-0123") == marker
    for wrong in (("M-999", ""), (marker.id, "F-0456")):
        with pytest.raises(InvalidInput):
            find_marker(desk, *wrong)
    lifted = review_marker(desk, marker, None, "Moved away", LEAD)
    with desk.register.read() as reader:
        assert family_markers(reader, "F-0123") == (lifted,)
    with pytest.raises(Refused, match="was lifted on 2026-11-20"):
        find_marker(desk, marker.id)


def test_two_reviews_at_once_do_not_hide_each_other(desk: Desk) -> None:
    seen = mark(desk)
    review_marker(desk, seen, date(2027, 10, 1), "Seen since", LEAD)
    with pytest.raises(Refused, match="just reviewed"):
        review_marker(desk, seen, None, "Moved away", LEAD)
