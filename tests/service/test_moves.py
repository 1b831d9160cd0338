"""A visit on its way, under each policy: what stands in the way of leaving, and the times of what happens.

On both databases.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.assess import assess
from riskgen.core.model import Intake, RegisterPlace
from riskgen.core.struct import replace
from riskgen.core.timers import to_utc
from riskgen.core.visit import Event, Happened, State, Visit, Who, at_of, entry_of
from riskgen.service import clock
from riskgen.service.alarms import Alarm, look, raise_alarm
from riskgen.service.authorising import authorise, propose
from riskgen.service.desk import Desk, open_desk
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.homes import Home, make_home, open_home
from riskgen.service.moves import (
    call_off,
    check_in,
    come_back,
    depart,
    make_move,
    may_leave,
    moment_given,
    outing_from,
)
from riskgen.service.recording import record_assessment
from riskgen.service.safety import wanted_of_a_visit_called_off
from riskgen.service.visits import Decided

OFFICE = Who("S-10", "front-desk", "passphrase")


@dataclass
class Office:
    """A school's office under one policy, an hour before the routine visit of that policy."""

    home: Home
    desk: Desk
    intake: Intake
    now: datetime

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def assessed(self, reference: str = "", **answers: Any) -> Visit:
        known = {**self.intake.answers, **{name.replace("__", ".", 1): value for name, value in answers.items()}}
        self.intake = replace(self.intake, answers={name: value for name, value in known.items() if value is not None})
        start = self.intake.start
        assert start is not None
        policy = self.home.library.edition_on(self.home.school.policy, start.date())
        assert policy is not None
        decided = Decided(self.intake, policy, assess(self.intake, policy, self.home.catalogue))
        recorded = record_assessment(self.home, self.desk, decided, OFFICE, reference=reference, force=True)
        return self.desk.visit(recorded.reference)

    def authorised(self, visit: Visit, by: str = "S-01") -> Visit:
        return authorise(self.desk, propose(self.home, self.desk, visit.reference, by), Who(by, "", "passphrase"))

    def out(self) -> Visit:
        visit = self.authorised(self.assessed())
        return depart(self.home, self.desk, may_leave(self.home, self.desk, visit.reference), OFFICE)

    def refused(self, reference: str, at: str = "") -> list[str]:
        """Everything that stands in the way of leaving."""
        with pytest.raises(Refused) as refused:
            may_leave(self.home, self.desk, reference, at)
        assert "Nothing was saved." in refused.value.after
        return list(refused.value.reasons)


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Home]:
    made: dict[str, Home] = {}

    def home(policy: str) -> Home:
        if policy not in made:
            folder = tmp_path_factory.mktemp("moves") / policy
            make_home(folder, policy, force=False)
            made[policy] = open_home(folder)
        return made[policy]

    return home


@pytest.fixture
def office_of(
    homes: Callable[[str], Home],
    routine: Mapping[str, Intake],
    register_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[str], Office]]:
    monkeypatch.setattr("riskgen.forms.render.render", lambda form, context, made_at, logo: form.id.encode())
    with ExitStack() as stack:

        def office(policy: str) -> Office:
            home = homes(policy)
            for name in ("templates", "data", "school.yaml"):
                (tmp_path / name).symlink_to(home.folder / name)
            intake = routine[policy]
            assert intake.start is not None
            now = to_utc(intake.start, home.school.timezone) - timedelta(hours=1)
            home = replace(home, folder=tmp_path, school=replace(home.school, register=RegisterPlace(register_url)))
            made = Office(home, None, intake, now)  # type: ignore[arg-type]
            monkeypatch.setattr(clock, "utc_now", lambda: made.now)
            made.desk = stack.enter_context(open_desk(tmp_path, home.school))
            return made

        yield office


@pytest.fixture
def office(office_of: Callable[[str], Office]) -> Office:
    return office_of("bchs")


def told(event: Event | None) -> Mapping[str, Any]:
    assert event is not None
    assert event.body is not None
    return event.body


# --- leaving ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["bchs", "heather-avenue", "le-rocquier", "robert-ogden", "st-patricks"])
def test_the_routine_visit_of_every_policy_goes_out_and_comes_back(
    office_of: Callable[[str], Office], policy: str
) -> None:
    office = office_of(policy)
    visit = office.out()
    assert visit.state is State.OUT
    outing = outing_from(visit.departed)  # type: ignore[arg-type]
    assert [person.id for person in outing.visitors] == [person.id for person in office.intake.visitors]
    assert outing.due_back is not None
    office.later(minutes=90)
    assert come_back(office.desk, visit, OFFICE, "school", office.now).state is State.RETURNED


@pytest.mark.parametrize(("policy", "clause"), [("bchs", "BC-02"), ("robert-ogden", "RO-10"), ("st-patricks", "SP-01")])
def test_nobody_leaves_without_the_authorisation_that_the_policy_wants(
    office_of: Callable[[str], Office], policy: str, clause: str
) -> None:
    office = office_of(policy)
    assert f"Nobody has authorised the visit ({clause})." in office.refused(office.assessed().reference)


@pytest.mark.parametrize("policy", ["heather-avenue", "le-rocquier"])
def test_where_the_policy_names_nobody_the_schools_own_rule_holds_and_is_marked_as_that(
    office_of: Callable[[str], Office], policy: str
) -> None:
    office = office_of(policy)
    visit = office.assessed()
    (reason,) = office.refused(visit.reference)
    assert reason == (
        "Nobody has authorised the visit (the school's own rule in school.yaml, as the policy names nobody)."
    )
    visit = office.authorised(visit)
    assert not told(visit.authorised)["by_policy"]
    leaving = may_leave(office.home, office.desk, visit.reference)
    assert not leaving.nobody
    assert depart(office.home, office.desk, leaving, OFFICE).state is State.OUT


@pytest.mark.parametrize("policy", ["heather-avenue", "le-rocquier"])
def test_where_neither_names_anybody_the_visit_leaves_and_that_is_said(
    office_of: Callable[[str], Office], policy: str
) -> None:
    office = office_of(policy)
    office.home = replace(office.home, school=replace(office.home.school, fallback_authorise=()))
    visit = office.assessed()
    leaving = may_leave(office.home, office.desk, visit.reference)
    assert leaving.nobody
    visit = depart(office.home, office.desk, leaving, OFFICE)
    assert (visit.state, visit.authorised) == (State.OUT, None)


WARNED = ("history__violence_reported", "history__weapons_reported", "history__aggression_known")


@pytest.mark.parametrize("answer", WARNED)
def test_what_warns_takes_the_authorisation_away_though_it_rates_like_the_unknown_before(
    office: Office, answer: str
) -> None:
    visit = office.authorised(office.assessed(**{answer: None}))
    office.assessed(visit.reference, **{answer: True})
    assert "has lapsed" in " ".join(office.refused(visit.reference))


def test_an_authorisation_that_has_lapsed_does_not_come_back_with_the_old_answers(office: Office) -> None:
    visit = office.authorised(office.assessed())
    before = office.intake.answers["visit.minutes"]
    office.assessed(visit.reference, visit__minutes=90)
    again = office.assessed(visit.reference, visit__minutes=before)
    assert again.state is State.ASSESSED
    assert "has lapsed" in " ".join(office.refused(visit.reference))
    assert office.authorised(again).state is State.AUTHORISED
    assert may_leave(office.home, office.desk, visit.reference)


@pytest.mark.parametrize("name", ["visit__back_at", "visit__leave_at", "safety__check_in_times"])
@pytest.mark.parametrize("known", [True, False])
def test_when_the_office_begins_to_worry_is_not_moved_after_the_authorisation(
    office_of: Callable[[str], Office], name: str, known: bool
) -> None:
    office = office_of("robert-ogden")
    times = {"visit__back_at": time(11, 15), "visit__leave_at": time(9, 50), "safety__check_in_times": (time(10, 40),)}
    visit = office.authorised(office.assessed(**({**times} if known else {**times, name: None})))
    later = {"visit__back_at": time(12, 0), "visit__leave_at": time(9, 55), "safety__check_in_times": (time(11, 0),)}
    office.assessed(visit.reference, **{name: later[name]})
    assert "has lapsed" in " ".join(office.refused(visit.reference))


def test_a_marker_that_is_set_while_somebody_signs_out_still_stops_the_visit(office: Office) -> None:
    visit = office.authorised(office.assessed(family__reference="F-0123"))
    leaving = may_leave(office.home, office.desk, visit.reference)
    body = {
        "kind": "violence",
        "what": "invented",
        "on": "2026-01-01",
        "reported_by": "S-08",
        "decided_by": "S-03",
        "review_on": "2027-01-01",
        "told": True,
        "why_not_told": "",
    }
    with office.desk.register.write() as writer:
        writer.append("F-0123", Happened.MARKED, office.now, Who("S-03", "", "passphrase"), body)
    with pytest.raises(Refused, match="may not leave"):
        depart(office.home, office.desk, leaving, OFFICE)
    assert office.desk.visit(visit.reference).state is State.AUTHORISED


def test_every_condition_that_is_open_is_listed(office: Office) -> None:
    visit = office.authorised(office.assessed(told__manager_address=False, told__return_time=False))
    found = " ".join(office.refused(visit.reference))
    conditions = office.desk.visit(visit.reference).body["assessment"]["conditions"]
    assert len(conditions) == 2
    for todo in conditions:
        assert todo["condition"] in found


def test_a_condition_that_is_settled_lets_it_leave_under_the_same_authorisation(office: Office) -> None:
    visit = office.authorised(office.assessed(told__manager_address=False))
    assert office.refused(visit.reference)
    office.assessed(visit.reference, told__manager_address=True)
    assert (
        depart(office.home, office.desk, may_leave(office.home, office.desk, visit.reference), OFFICE).state
        is State.OUT
    )


def test_an_answer_that_is_worse_takes_the_authorisation_away(office: Office) -> None:
    visit = office.authorised(office.assessed())
    office.assessed(visit.reference, history__concern=True)
    found = office.refused(visit.reference)
    assert "authorisation by S-01" in found[0]
    assert "lapsed" in found[0]
    assert found[1].endswith("it was “No”, it is now “Yes”.")


def test_a_policy_edited_since_takes_the_authorisation_away(office: Office) -> None:
    visit = office.authorised(office.assessed())
    editions = office.home.library.policies["bchs"]
    edited = {"bchs": tuple(replace(each, fingerprint="edited") for each in editions)}
    library = replace(office.home.library, policies={**office.home.library.policies, **edited})
    office.home = replace(office.home, library=library)
    assert any(reason.startswith("The policy:") for reason in office.refused(visit.reference))


def test_a_hazard_edited_since_takes_the_authorisation_away(office: Office) -> None:
    visit = office.authorised(office.assessed())
    first, *others = office.home.library.hazards
    library = replace(office.home.library, hazards=(replace(first, source="edited"), *others))
    office.home = replace(office.home, library=library)
    assert any(reason.startswith("The hazards,") for reason in office.refused(visit.reference))


def test_other_visitors_or_other_roles_take_the_authorisation_away(office: Office) -> None:
    visit = office.authorised(office.assessed())
    goes = office.intake.visitors[0].id
    staff = tuple(
        replace(person, roles=(*person.roles, "office")) if person.id == goes else person
        for person in office.home.school.staff
    )
    office.home = replace(office.home, school=replace(office.home.school, staff=staff))
    assert any(reason.startswith("Who goes:") for reason in office.refused(visit.reference))


def test_a_visitor_who_is_no_longer_in_the_directory_is_told(office: Office) -> None:
    visit = office.authorised(office.assessed())
    goes = office.intake.visitors[0].id
    staff = tuple(person for person in office.home.school.staff if person.id != goes)
    office.home = replace(office.home, school=replace(office.home.school, staff=staff))
    with pytest.raises(InvalidInput) as invalid:
        may_leave(office.home, office.desk, visit.reference)
    assert goes in invalid.value.problems[0].message


def test_it_does_not_leave_on_another_day(office: Office) -> None:
    visit = office.authorised(office.assessed())
    office.later(days=-1)
    assert any("another day" in reason for reason in office.refused(visit.reference))
    office.later(days=2)
    assert any("would be back by now" in reason for reason in office.refused(visit.reference))


# --- when it left ----------------------------------------------------------------------------------


def test_a_sign_out_that_was_forgotten_is_made_good(office: Office) -> None:
    visit = office.authorised(office.assessed())
    office.later(minutes=200)
    back_by = office.refused(visit.reference)
    assert any("would be back by now" in reason for reason in back_by)
    left = office.desk.wall(office.now - timedelta(minutes=150))
    out = depart(
        office.home, office.desk, may_leave(office.home, office.desk, visit.reference, f"{left:%H:%M}"), OFFICE
    )
    assert told(out.departed)["left_at"] == to_utc(left, "Europe/London").isoformat()
    assert out.departed is not None
    assert out.departed.at == office.now


def test_nobody_signs_out_from_before_it_was_decided(office: Office) -> None:
    visit = office.assessed()
    office.later(minutes=30)
    visit = office.authorised(visit)
    office.later(minutes=20)
    before = office.desk.wall(office.now - timedelta(minutes=40))
    found = office.refused(visit.reference, f"{before:%H:%M}")
    assert len(found) == 1
    assert "authorised only afterwards" in found[0]


def test_a_time_is_of_today_and_never_ahead(office: Office) -> None:
    wall = office.desk.wall(office.now)
    assert moment_given(office.desk, f"{wall - timedelta(minutes=5):%H:%M}") == office.now - timedelta(minutes=5)
    assert moment_given(office.desk, f"{wall:%Y-%m-%d %H:%M}") == office.now
    with pytest.raises(InvalidInput) as ahead:
        moment_given(office.desk, f"{wall + timedelta(minutes=1):%H:%M}")
    assert "has not come yet" in ahead.value.problems[0].message
    for nonsense in ("soon", "25:00", "10.30", "2026-13-01 10:00"):
        with pytest.raises(InvalidInput):
            moment_given(office.desk, nonsense)


def test_a_time_is_never_before_the_visit_left(office: Office) -> None:
    since = office.now - timedelta(minutes=10, seconds=-30)
    wall = office.desk.wall(since)
    assert moment_given(office.desk, f"{wall:%H:%M}", since) == since, "the minute of leaving is not before it"
    with pytest.raises(InvalidInput) as before:
        moment_given(office.desk, f"{wall - timedelta(minutes=1):%H:%M}", since)
    assert "before the visit left" in before.value.problems[0].message


def test_an_hour_that_comes_twice_is_the_first_that_can_be(office: Office) -> None:
    """On 25 October 2026 it is 01:30 at 00:30 and at 01:30 UTC."""
    office.now = datetime(2026, 10, 25, 3, 0, tzinfo=UTC)
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert moment_given(office.desk, "01:30") == first
    assert moment_given(office.desk, "01:30", first + timedelta(minutes=15)) == second
    office.now = second - timedelta(minutes=10)
    assert moment_given(office.desk, "01:30") == first


def test_an_hour_that_the_clocks_leave_out_is_refused(office: Office) -> None:
    office.now = datetime(2027, 3, 28, 9, 0, tzinfo=UTC)
    with pytest.raises(InvalidInput) as invalid:
        moment_given(office.desk, "01:30")
    assert "the clocks go forward" in invalid.value.problems[0].message


# --- out -------------------------------------------------------------------------------------------


def test_a_check_in_keeps_when_it_was_beside_when_it_was_entered(office: Office) -> None:
    visit = office.out()
    office.later(minutes=30)
    heard = office.now - timedelta(minutes=10)
    after = check_in(office.desk, visit, Who(), "inside", heard)
    assert (after.check_ins[0].at, at_of(after.check_ins[0])) == (office.now, heard)
    assert told(after.check_ins[0])["where"] == "inside"
    assert after.state is State.OUT


@pytest.mark.parametrize("moved", ["assessed", "returned", "cancelled"])
def test_who_is_not_out_neither_checks_in_nor_returns(office: Office, moved: str) -> None:
    visit = office.assessed() if moved != "returned" else office.out()
    if moved == "returned":
        visit = come_back(office.desk, visit, OFFICE, "school", office.now)
    if moved == "cancelled":
        visit = call_off(office.desk, visit, OFFICE, "a reason", False)
    for move in (check_in, come_back):
        with pytest.raises(Refused) as refused:
            move(office.desk, visit, OFFICE, "", office.now)
        words = str(refused.value)
        assert "Nothing was saved." in words
        hint = {"assessed": "riskgen depart", "returned": "riskgen record", "cancelled": "riskgen repeat"}[moved]
        assert hint in words
    assert len(office.desk.visit(visit.reference).events) == len(visit.events)


def test_nobody_is_told_to_sign_out_a_visit_that_is_referred(office: Office) -> None:
    visit = office.assessed(**{"agency.joint_visit": True})
    assert entry_of(visit).outcome == "refer"
    for move in (check_in, come_back):
        with pytest.raises(Refused) as refused:
            move(office.desk, visit, OFFICE, "", office.now)
        words = str(refused.value)
        assert "As it stands nobody goes" in words
        assert "riskgen assess --after-the-fact" in words
        assert "riskgen depart" not in words


def test_a_visit_that_is_cancelled_loses_its_safe_word(office: Office) -> None:
    visit = office.assessed()
    with office.desk.register.read() as reader:
        assert reader.safe_word(visit.reference)
    assert call_off(office.desk, visit, OFFICE, "a reason", False).state is State.CANCELLED
    with office.desk.register.read() as reader:
        assert reader.safe_word(visit.reference) is None
        entry = reader.entry(visit.reference)
    assert entry is not None
    assert entry.state is State.CANCELLED


def test_a_visit_that_is_called_off_is_still_out_and_keeps_its_safe_word(office: Office) -> None:
    visit = office.out()
    after = call_off(office.desk, visit, OFFICE, "a reason", True)
    assert (after.state, told(after.called_off)["for_safety"]) == (State.OUT, True)
    with office.desk.register.read() as reader:
        assert reader.safe_word(visit.reference)


@pytest.mark.parametrize(
    ("policy", "clauses"), [("robert-ogden", ["RO-28"]), ("bchs", []), ("heather-avenue", []), ("st-patricks", [])]
)
def test_what_the_policy_wants_of_a_visit_called_off_for_safety(
    office_of: Callable[[str], Office], policy: str, clauses: list[str]
) -> None:
    office = office_of(policy)
    visit = call_off(office.desk, office.assessed(), OFFICE, "a reason", True)
    wanted = wanted_of_a_visit_called_off(office.desk, visit)
    assert wanted is not None
    assert [step.clause for step in wanted.steps] == clauses


def test_of_two_people_at_once_one_is_told(office: Office) -> None:
    visit = office.authorised(office.assessed())
    mine, theirs = (may_leave(office.home, office.desk, visit.reference) for _ in range(2))
    out = depart(office.home, office.desk, theirs, OFFICE)
    with pytest.raises(Refused, match="it is out"):
        depart(office.home, office.desk, mine, OFFICE)
    assert office.desk.visit(visit.reference).events == out.events


def test_no_move_is_made_from_what_is_no_longer_so(office: Office) -> None:
    seen = office.assessed()
    office.authorised(seen)
    with pytest.raises(Refused, match="Somebody else"):
        make_move(office.desk, seen, Happened.CANCELLED, OFFICE, {})
    assert office.desk.visit(seen.reference).state is State.AUTHORISED


# --- the safe word was heard -----------------------------------------------------------------------


def heard(office: Office, visit: Visit) -> Alarm:
    found = look(office.desk, visit.reference).alarm
    assert found is not None
    return found


def raised(office: Office, visit: Visit, who: Who = Who(), named: str = "") -> Visit:  # noqa: B008  # frozen
    raise_alarm(office.desk, heard(office, visit), who, named)
    return office.desk.visit(visit.reference)


def test_an_alarm_goes_by_what_was_written_down_when_they_left(office: Office) -> None:
    visit = office.out()
    office.later(minutes=30)
    visit = check_in(office.desk, visit, OFFICE, "at-the-door", office.now)
    alarm = heard(office, visit)
    assert (alarm.signed_out, alarm.policy_known, alarm.heard_where) == (True, True, "at-the-door")
    assert (alarm.left_at, alarm.heard_at) == (office.now - timedelta(minutes=30), office.now)
    after = raised(office, visit)
    assert (after.state, len(after.alarms)) == (State.OUT, 1)


@pytest.mark.parametrize("policy", ["bchs", "heather-avenue"])
def test_an_alarm_of_a_visit_that_nobody_signed_out_puts_it_out(
    office_of: Callable[[str], Office], policy: str
) -> None:
    office = office_of(policy)
    visit = office.assessed()
    alarm = heard(office, visit)
    assert (alarm.signed_out, alarm.left_at) == (False, None)
    assert bool(alarm.outing.ladders.safe_word) is (policy == "heather-avenue")
    after = raised(office, visit)
    assert after.state is State.OUT
    assert told(after.departed)["signed_out"] is False
    assert come_back(office.desk, after, OFFICE, "school", office.now).state is State.RETURNED


@pytest.mark.parametrize("moved", ["returned", "cancelled"])
def test_whoever_gives_the_safe_word_has_not_come_back(office: Office, moved: str) -> None:
    if moved == "returned":
        visit = come_back(office.desk, office.out(), OFFICE, "school", office.now)
    else:
        visit = call_off(office.desk, office.assessed(), OFFICE, "a reason", False)
    after = raised(office, visit)
    assert (after.state, len(after.alarms)) == (State.OUT, 1)
    with office.desk.register.read() as reader:
        assert [entry.reference for entry in reader.find(states=(State.OUT,))] == [visit.reference]


def test_an_alarm_keeps_who_is_said_to_be_at_the_desk(office: Office) -> None:
    after = raised(office, office.out(), Who("", "front-desk", ""), "S-10")
    assert (after.alarms[0].who.staff, told(after.alarms[0])) == ("", {"named": "S-10"})
