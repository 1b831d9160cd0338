"""The board as a function of what happened and of the time: no database, no clock, no file.

But for what it reads from the register: that is on both databases.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.marker import markers_of
from riskgen.core.model import Contact, Ladders, RegisterPlace, Rung, School, Staff
from riskgen.core.outing import Outing
from riskgen.core.plain import to_plain
from riskgen.core.struct import replace
from riskgen.core.timers import LATE, WAITED, Trouble, Wait
from riskgen.core.visit import Entry, Event, Happened, State, Visit, Who, visit_of
from riskgen.service.board import Board, Heard, Out, Seen, Whose, board_of, look
from riskgen.service.board_report import board_report
from riskgen.service.desk import Desk, open_desk

NOW = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
GRAY = Staff("S-07", "Gray Invented", ("teacher",), "07700 900007", "Blue hatchback", "EX07 AMP")
LANE = Staff("S-12", "Lane Invented", ("teacher",), "07700 900012", "Silver saloon", "EX12 AMP")
OWN = Ladders(overdue=(Rung("Ring them", "Office", "P-1", 0), Rung("Ring 999", "Head", "P-2", 20)))
FALLBACK = Ladders(
    overdue=(Rung("Ring the visitors", "Office", "", 0),),
    safe_word=(Rung("Ring 999 for them", "Office", "", 0), Rung("Tell the headteacher", "Office", "", 0)),
)
SCHOOL = School(
    "Example School", "01632 960001", "Europe/London", "bchs", (GRAY, LANE), (Contact("Head", "", "01632 960002"),)
)
MEET = Wait("P-9", "Wait for 20 minutes.", 20, WAITED)
LATER = Wait("P-10", "Wait for 30 minutes.", 30, LATE)


MARK = {
    "kind": "violence", "what": "w", "on": "2026-11-01", "reported_by": "r", "review_on": "2027-06-30", "told": True,
    "why_not_told": "",
}  # fmt: skip


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def outing(**changes: Any) -> Outing:
    given: dict[str, Any] = {
        "policy": "The policy",
        "edition": "2025-09-01",
        "start": ago(60),
        "due_back": ago(-30),
        "due_rests_on": "the agreed return",
        "check_in_minutes": None,
        "check_in_clause": "",
        "agreed": (),
        "waits": (),
        "ladders": Ladders(),
        "fallback": Ladders(),
        "visitors": (GRAY, LANE),
        "driver": "S-07",
        "purpose": "An attendance concern",
        "family": "F-0123",
        "address": "1 Example Street",
        "family_phone": "01632 960123",
        "office_phone": "01632 960001",
        "contacts": (),
    }
    return Outing(**(given | changes))


def visit(
    reference: str,
    gone: Outing,
    *after: tuple[Happened, datetime, Mapping[str, Any]],
    assessed: Mapping[str, Any] | None = None,
    departed: Mapping[str, Any] | None = None,
    left: datetime | None = None,
) -> Visit:
    left = left or ago(75)
    body = {"outing": to_plain(gone), "left_at": left.isoformat(), "after_the_fact": False}
    happened = [
        (Happened.ASSESSED, ago(900), assessed or {}),
        (Happened.DEPARTED, left, body if departed is None else {**body, **departed}),
        *after,
    ]
    events = (Event(number, reference, each, at, Who(), said) for number, (each, at, said) in enumerate(happened, 1))
    return visit_of(reference, events)


def heard(
    minutes: float, where: str = "", written: float | None = None
) -> tuple[Happened, datetime, Mapping[str, Any]]:
    at = ago(minutes if written is None else written)
    return Happened.CHECKED_IN, at, {"where": where, "at": ago(minutes).isoformat()}


def alarm(minutes: float) -> tuple[Happened, datetime, Mapping[str, Any]]:
    return Happened.ALARM, ago(minutes), {}


def board(*visits: Visit, entries: tuple[Entry, ...] = (), now: datetime = NOW, school: School = SCHOOL) -> Board:
    lines = tuple(Entry(each.reference, State.OUT) for each in visits)
    return board_of(Seen(school, lines + entries, {each.reference: each for each in visits}), now)


def only(one: Visit) -> Out:
    (out,) = board(one).out
    return out


def test_the_most_urgent_stand_first_and_each_kind_in_the_order_of_its_times() -> None:
    late = outing(due_back=ago(10))
    shown = board(
        visit("RA-2026-0001", outing(due_back=ago(-5))),
        visit("RA-2026-0002", outing(due_back=ago(-3))),
        visit("RA-2026-0003", outing(due_back=None, due_rests_on="")),
        visit("RA-2026-0004", outing(agreed=(ago(2),))),
        visit("RA-2026-0005", late),
        visit("RA-2026-0006", outing(due_back=ago(40))),
        visit("RA-2026-0007", outing(), alarm(1)),
        visit("RA-2026-0008", late, alarm(4)),
    )
    assert [each.reference[-1] for each in shown.out] == ["8", "7", "6", "5", "4", "3", "2", "1"]
    assert [each.steps[0].trouble if each.steps else None for each in shown.out] == [
        *(Trouble.SAFE_WORD, Trouble.SAFE_WORD, Trouble.OVERDUE, Trouble.OVERDUE, Trouble.MISSED_CHECK_IN),
        *(None, None, None),
    ]


def test_what_the_index_has_as_out_is_shown_whatever_was_written_down_of_it() -> None:
    back = visit("RA-2026-0001", outing(), (Happened.RETURNED, ago(1), {"where": "school"}))
    nothing = Entry("RA-2026-0002", State.OUT, "F-0123", visitors=("S-07",), due_back=ago(3))
    (lost, told) = board(back, entries=(nothing,)).out
    assert (told.reference, told.whole, told.from_index, told.said_back) == ("RA-2026-0001", False, False, ago(1))
    assert (lost.reference, lost.whole, lost.from_index, lost.left_at) == ("RA-2026-0002", False, True, None)
    assert lost.clock.overdue


def test_one_event_that_cannot_be_read_is_marked_and_hides_nothing_else() -> None:
    whole = visit("RA-2026-0001", outing(), heard(20, "inside"), alarm(3))
    spoilt = replace(whole.events[2], body=None)
    torn = visit_of("RA-2026-0001", (*whole.events[:2], spoilt, whole.events[3]))
    out = only(torn)
    assert (out.whole, out.from_index, out.outing, out.clock.alarm_at) == (False, False, outing(), ago(3))


def test_an_alarm_on_a_cancelled_visit_does_not_forget_that_it_was() -> None:
    events = (
        Event(1, "RA-2026-0001", Happened.ASSESSED, ago(900), Who(), {}),
        Event(2, "RA-2026-0001", Happened.CANCELLED, ago(90), Who(), {}),
        Event(3, "RA-2026-0001", Happened.DEPARTED, ago(2), Who(), {"outing": to_plain(outing()), "signed_out": False}),
        Event(4, "RA-2026-0001", Happened.ALARM, ago(2), Who(), {}),
    )
    out = only(visit_of("RA-2026-0001", events))
    assert (out.cancelled, out.said_back, out.signed_out, out.left_at) == (ago(90), None, False, None)


def test_only_markers_put_in_after_they_left_are_told() -> None:
    one = visit("RA-2026-0001", outing())
    line = Entry("RA-2026-0001", State.OUT, "f - 0123")
    marks = tuple(
        Event(number, "F-0123", Happened.MARKED, ago(minutes), Who("S-03"), MARK)
        for number, minutes in ((8, 80), (9, 20))
    )
    seen = Seen(SCHOOL, (line,), {one.reference: one}, {"f-0123": markers_of(marks)})
    (out,) = (picture := board_of(seen, NOW)).out
    assert [marker.id for marker in out.marked] == ["M-9"]
    assert board_report(picture)["out"][0]["markers"] == [{"kind": "violence", "added_at": "2026-11-20T12:40:00+00:00"}]


def test_the_ladder_of_the_policy_goes_before_the_schools_and_says_which_step_is_due() -> None:
    (steps,) = only(visit("RA-2026-0001", outing(due_back=ago(20), ladders=OWN, fallback=FALLBACK))).steps
    assert steps.whose is Whose.POLICY
    assert [rung.clause for rung in steps.earlier] == ["P-1"]
    assert [rung.clause for rung in steps.current] == ["P-2"]
    assert [steps.due_at(rung) for rung in steps.ladder.due] == [ago(20), NOW]


def test_the_step_to_come_is_told_with_its_time() -> None:
    (steps,) = only(visit("RA-2026-0001", outing(due_back=ago(19), ladders=OWN))).steps
    assert [rung.clause for rung in steps.current] == ["P-1"]
    assert (steps.ladder.next, steps.ladder.next_at) == (OWN.overdue[1], ago(-1))


def test_steps_of_the_same_minute_are_all_to_be_done_now() -> None:
    (steps,) = only(visit("RA-2026-0001", outing(fallback=FALLBACK), alarm(3))).steps
    assert (steps.whose, steps.earlier, steps.current) == (Whose.SCHOOL, (), FALLBACK.safe_word)


def test_where_neither_has_a_ladder_the_steps_are_nobodys() -> None:
    (steps,) = only(visit("RA-2026-0001", outing(due_back=ago(1)))).steps
    assert (steps.whose, steps.ladder.due, steps.current) == (Whose.NOBODY, (), ())


def test_each_trouble_has_steps_the_most_urgent_first() -> None:
    out = only(visit("RA-2026-0001", outing(due_back=ago(5), agreed=(ago(9),), ladders=OWN), alarm(2)))
    assert [(steps.trouble, steps.since) for steps in out.steps] == [
        (Trouble.SAFE_WORD, ago(2)),
        (Trouble.OVERDUE, ago(5)),
        (Trouble.MISSED_CHECK_IN, ago(9)),
    ]


def test_at_the_door_they_wait_from_their_arrival_or_the_agreed_start_whichever_the_clause_counts() -> None:
    gone = outing(start=ago(10), waits=(MEET, LATER))
    early = only(visit("RA-2026-0001", gone, heard(14, "at-the-door"), heard(4, "at-the-door")))
    assert [(each.clause, each.until) for each in early.waiting] == [("P-9", ago(-10)), ("P-10", ago(-20))]
    later = only(visit("RA-2026-0001", gone, heard(6, "at-the-door")))
    assert [each.until for each in later.waiting] == [ago(-14), ago(-20)]


@pytest.mark.parametrize("where", ["", "inside", "left", "on-the-way"])
def test_nobody_waits_at_a_door_where_they_no_longer_stand(where: str) -> None:
    out = only(visit("RA-2026-0001", outing(waits=(MEET,)), heard(14, "at-the-door"), heard(4, where)))
    assert out.waiting == ()
    assert out.heard == Heard(ago(4), where)


def test_a_call_written_down_after_a_later_one_does_not_hide_that() -> None:
    out = only(visit("RA-2026-0001", outing(), heard(5, "inside"), heard(20, "at-the-door", written=1)))
    assert out.heard == Heard(ago(5), "inside")


def test_what_is_unusual_about_a_visit_is_marked() -> None:
    plain = only(visit("RA-2026-0001", outing()))
    assert (plain.called_off, plain.after_the_fact, plain.signed_out, plain.whole) == (False, False, True, True)
    odd = only(
        visit(
            "RA-2026-0001",
            outing(),
            (Happened.CALLED_OFF, ago(1), {"reason": "r", "for_safety": True}),
            assessed={"after_the_fact": "An emergency"},
            departed={"signed_out": False},
        )
    )
    assert (odd.called_off, odd.after_the_fact, odd.signed_out, odd.whole) == (True, True, False, True)


def test_an_alarm_that_signed_a_visit_out_does_not_say_when_it_left() -> None:
    out = only(visit("RA-2026-0001", outing(), alarm(1), departed={"signed_out": False}))
    assert (out.left_at, out.signed_out, out.said_back) == (None, False, None)


def test_an_alarm_after_the_return_counts_from_when_it_was_raised_and_the_return_is_told() -> None:
    body = {"outing": to_plain(outing()), "left_at": ago(75).isoformat(), "signed_out": False}
    again = (Happened.RETURNED, ago(20), {"where": "school"}), (Happened.DEPARTED, ago(3), body), alarm(3)
    out = only(visit("RA-2026-0001", outing(), alarm(50), *again))
    assert (out.clock.alarm_at, out.said_back, out.left_at, out.signed_out) == (ago(3), ago(20), ago(75), True)


def test_what_a_policy_says_that_could_not_be_read_is_not_known() -> None:
    assert only(visit("RA-2026-0001", outing())).policy_known
    assert not only(visit("RA-2026-0001", outing(edition=""))).policy_known


@pytest.mark.parametrize("body", [{"outing": None}, {"outing": {"policy": 1}}, {"outing": "?"}])
def test_a_visit_whose_papers_cannot_be_read_is_shown_all_the_same_from_the_index(body: Mapping[str, Any]) -> None:
    line = Entry("RA-2026-0001", State.OUT, "F-0123", "attendance", visitors=("S-07", "S-99"), due_back=ago(3))
    torn = visit("RA-2026-0001", outing(), departed=body)
    school = School("Example School", "", "Europe/London", "bchs", (GRAY,), fallback=FALLBACK)
    (out,) = board_of(Seen(school, (line,), {"RA-2026-0001": torn}), NOW).out
    assert (out.whole, out.policy_known) == (False, False)
    assert [person.name for person in out.outing.visitors] == ["Gray Invented", "S-99"]
    assert (out.outing.family, out.outing.purpose, out.clock.overdue) == ("F-0123", "attendance", True)
    assert out.steps[0].whose is Whose.SCHOOL


def test_all_vehicles_are_told_where_nobody_knows_who_drives() -> None:
    assert only(visit("RA-2026-0001", outing())).drivers == (GRAY,)
    assert only(visit("RA-2026-0001", outing(driver=""))).drivers == (GRAY, LANE)


def test_the_clause_of_the_next_check_in_is_named_only_where_it_is_the_policys() -> None:
    gone = outing(check_in_minutes=120, check_in_clause="P-7", agreed=(ago(-40),))
    assert only(visit("RA-2026-0001", gone)).check_in_clause == ""
    assert only(visit("RA-2026-0001", gone, left=ago(115))).check_in_clause == "P-7"


@pytest.mark.parametrize(
    ("due", "state", "shown"),
    [
        (ago(24 * 60 + 1), State.RETURNED, True),
        (ago(24 * 60), State.RETURNED, False),
        (ago(24 * 60 + 1), State.RECORDED, False),
    ],
)
def test_what_should_have_been_recorded_by_now_is_told_after_the_schools_own_hours(
    due: datetime, state: State, shown: bool
) -> None:
    line = Entry("RA-2026-0001", state, due_back=due)
    assert board(entries=(line,)).unrecorded == ((line,) if shown else ())


@pytest.mark.parametrize(("seconds", "behind"), [(60, False), (61, True)])
def test_a_clock_that_runs_behind_what_happened_is_noticed(seconds: int, behind: bool) -> None:
    one = visit("RA-2026-0001", outing(), left=NOW)
    assert board(one, now=NOW - timedelta(seconds=seconds)).clock_behind is behind


def test_the_night_the_clocks_go_back_holds_nobody_an_hour_longer() -> None:
    due = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 01:30 for the first time; the second comes an hour later
    night = visit("RA-2026-0001", outing(start=due, due_back=due), left=due - timedelta(minutes=90))
    (out,) = (picture := board(night, now=due + timedelta(minutes=45))).out
    assert (out.clock.overdue, out.clock.overdue_by_minutes) == (True, 45)
    report = board_report(picture)
    assert (report["at"], report["out"][0]["due_back"]) == ("2026-10-25T01:15:00+00:00", "2026-10-25T01:30:00+01:00")


def test_the_report_has_the_documented_keys_all_the_way_down() -> None:
    full = visit(
        "RA-2026-0001",
        outing(due_back=ago(5), ladders=OWN, waits=(MEET,)),
        heard(3, "at-the-door"),
    )
    late = Entry("RA-2026-0009", State.RETURNED, due_back=ago(9000))
    report = board_report(board(full, entries=(late,)))
    assert set(report) == {
        *("at", "timezone", "clock_behind", "out", "contacts", "record_within_hours", "unrecorded"),
    }
    (out,) = report["out"]
    assert set(out) == {
        *("reference", "troubles", "safe_word_heard_at", "due_back", "due_rests_on", "overdue_by_minutes"),
        *("next_check_in", "check_in_clause", "missed_by_minutes", "left_at", "last_heard", "waiting"),
        *(
            "called_off",
            "after_the_fact",
            "signed_out",
            "said_back_at",
            "whole",
            "policy",
            "purpose",
            "family",
            "address",
        ),
        *("family_phone", "visitors", "driver", "vehicles", "steps", "markers"),
    }
    assert set(out["last_heard"]) == {"at", "where"}
    assert [set(each) for each in out["waiting"]] == [{"until", "clause", "says"}]
    assert set(out["policy"]) == {"name", "edition", "known"}
    assert [set(each) for each in out["visitors"]] == 2 * [{"id", "name", "mobile"}]
    assert [set(each) for each in out["vehicles"]] == [{"visitor", "vehicle", "registration"}]
    (steps,) = out["steps"]
    assert set(steps) == {"trouble", "since", "whose", "earlier", "now", "judged", "next"}
    assert [set(rung) for rung in (*steps["now"], steps["next"])] == 2 * [{"due_at", "do", "who", "clause"}]
    assert report["contacts"] == [{"role": "Head", "name": "", "phone": "01632 960002"}]
    assert report["unrecorded"] == [{"reference": "RA-2026-0009", "due_back": "2026-11-14T07:00:00+00:00"}]


# --- what is read from the register ---------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path, register_url: str) -> Iterator[Desk]:
    with open_desk(tmp_path, replace(SCHOOL, register=RegisterPlace(register_url))) as opened:
        yield opened


def enter(desk: Desk, *visits: Visit) -> None:
    """Write visits into the register as they happened."""
    with desk.register.write() as writer:
        for each in visits:
            for event in each.events:
                writer.append(event.subject, event.happened, event.at, event.who, event.body or {})
            writer.put_entry(Entry(each.reference, each.state, visitors=("S-07", "S-12"), due_back=ago(9000)))


def test_a_register_shows_what_was_put_into_it(desk: Desk) -> None:
    after = [heard(4, "at-the-door"), alarm(2)]
    out = visit("RA-2026-0001", outing(due_back=ago(5), ladders=OWN, fallback=FALLBACK, waits=(MEET,)), *after)
    safe = visit("RA-2026-0002", outing())
    back = visit("RA-2026-0003", outing(), (Happened.RETURNED, ago(1), {"where": "school"}))
    gone = visit(
        "RA-2026-0004", outing(), (Happened.RETURNED, ago(1), {"where": "school"}), (Happened.RECORDED, NOW, {})
    )
    enter(desk, out, safe, back, gone)
    shown = board_of(look(desk), NOW)
    assert shown.out == board(out, safe).out
    assert [each.reference for each in shown.out] == ["RA-2026-0001", "RA-2026-0002"]
    assert shown.unrecorded == (Entry("RA-2026-0003", State.RETURNED, visitors=("S-07", "S-12"), due_back=ago(9000)),)


def test_what_was_assessed_is_left_unread_and_its_flag_kept(desk: Desk) -> None:
    enter(desk, visit("RA-2026-0001", outing(), assessed={"after_the_fact": "An emergency"}))
    seen = look(desk)
    assert seen.visits["RA-2026-0001"].body == {}
    with desk.register.write() as writer:
        writer.put_entry(replace(seen.entries[0], after_the_fact=True))
    (out,) = board_of(look(desk), NOW).out
    assert (out.after_the_fact, out.whole, out.policy_known) == (True, True, True)


def test_an_empty_register_shows_nobody(desk: Desk) -> None:
    assert look(desk) == Seen(desk.school, (), {})
