"""`riskgen board` and `riskgen now REF`: the register opened, the picture on the screen."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskgen.cli.show_board import show_board
from riskgen.core.model import Ladders, Rung, Staff
from riskgen.core.outing import Outing
from riskgen.core.plain import to_plain
from riskgen.core.struct import replace
from riskgen.core.visit import Entry, Happened, State, Who
from riskgen.register.database import RegisterFault
from riskgen.service import clock
from riskgen.service.board import board_of, look
from riskgen.service.desk import Desk, open_desk

Run = Callable[..., Any]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
VISIT = (
    *("families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-11-20 08:30"),
    *("--set", "visit.leave_at=08:10", "--set", "visit.back_at=09:30", "--set", "safety.check_in_times=08:30, 09:10"),
)
GONE = Outing(
    policy="The policy",
    edition="2025-09-01",
    start=NOW - timedelta(minutes=60),
    due_back=NOW + timedelta(minutes=30),
    due_rests_on="the agreed return",
    check_in_minutes=None,
    check_in_clause="",
    agreed=(),
    waits=(),
    ladders=Ladders(),
    fallback=Ladders(),
    visitors=(Staff("S-07", "Gray Invented", ("teacher",), "07700 900007", "Blue hatchback", "EX07 AMP"),),
    driver="S-07",
    purpose="An attendance concern",
    family="F-0123",
    address="1 Example Street\nSampletown",
    family_phone="01632 960123",
    office_phone="01632 960001",
    contacts=(),
)
LATE = replace(GONE, due_back=NOW - timedelta(minutes=35))
POLICY = Ladders(
    overdue=(
        Rung("Ring their mobiles", "School office", "P-1", 0),
        Rung("Tell the headteacher", "School office", "P-2", 30),
        Rung("Ring the police", "Headteacher", "P-3", None),
        Rung("Go there", "Nobody", "P-4", 60),
    )
)


def leave(folder: Path, number: int, outing: Outing, *after: tuple[Happened, dict[str, Any]]) -> str:
    """Put a visit into the register that has left, and what happened to it since."""
    reference = f"RA-2026-{number:04}"
    left = NOW - timedelta(minutes=75)
    body = {"outing": to_plain(outing), "left_at": left.isoformat(), "after_the_fact": False}
    with open_desk(folder) as desk, desk.register.write() as writer:
        for happened, said in ((Happened.ASSESSED, {}), (Happened.DEPARTED, body), *after):
            writer.append(reference, happened, left, Who(), said)
        state = writer.visits([reference])[reference].state
        writer.put_entry(Entry(reference, state, due_back=outing.due_back))
    return reference


def move(folder: Path, reference: str, happened: Happened, body: dict[str, Any], state: State = State.OUT) -> None:
    """Have something happen to a visit that was recorded."""
    with open_desk(folder) as desk, desk.register.write() as writer:
        writer.append(reference, happened, NOW, Who(), body)
        entry = writer.entry(reference)
        assert entry is not None
        writer.put_entry(replace(entry, state=state))


# --- the board -----------------------------------------------------------------------------------


def test_with_nobody_out_the_board_says_so_and_when(riskgen: Run, home: Path) -> None:
    result = riskgen("board")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "Who is out: Friday 20 November 2026, 09:00 (Europe/London)",
        "Nobody is out.",
    ]


def test_the_late_stand_first_with_every_step_the_numbers_and_the_facts_for_the_police(
    riskgen: Run, home: Path
) -> None:
    leave(home, 1, GONE)
    leave(home, 2, replace(LATE, ladders=POLICY))
    result = riskgen("board")
    assert result.code == 0
    assert "2 visits are out: 1 late." in result.said
    assert result.said.index("RA-2026-0002 LATE by 35 minutes, due back 08:25 (the agreed return)") < result.said.index(
        "RA-2026-0001 due back 09:30"
    )
    for words in (
        "by the policy (The policy, edition of 2025-09-01)",
        "- due since 08:25: Ring their mobiles (School office, P-1)",
        "> NOW, since 08:55: Tell the headteacher (School office, P-2)",
        "- when you judge it right: Ring the police (Headteacher, P-3)",
        "- next, at 09:25: Go there (Nobody, P-4)",
        "Who: Gray Invented, 07700 900007",
        "telephone 01632 960123",
        "Went to: 1 Example Street, Sampletown",
        "Vehicle: Blue hatchback, registration EX07 AMP (Gray Invented)",
        "Times: left 07:45; due back 08:25",
        "Designated safeguarding lead, Casey Invented: 01632 960003",
    ):
        assert words in result.said
    assert result.said.count("Facts for the police") == 1


def test_where_the_policy_is_silent_the_schools_steps_are_marked_as_its_own(riskgen: Run, home: Path) -> None:
    own = Ladders(overdue=(Rung("Ring the visitors", "School office", "", 0),))
    leave(home, 1, replace(LATE, fallback=own))
    said = riskgen("board").said
    assert "The policy says nothing on what to do when visitors are overdue (The policy, edition of" in said
    assert "The school's own steps, from school.yaml (not the policy's): > NOW, since 08:25: Ring the visitors" in said


def test_where_nobody_wrote_what_to_do_the_board_says_so_and_names_999(riskgen: Run, home: Path) -> None:
    leave(home, 1, LATE)
    said = riskgen("board").said
    assert "The school has written down no steps of its own either" in said
    assert "If in doubt about anybody's safety, ring 999." in said


def test_when_the_safe_word_was_heard_only_that_ladder_is_on_the_screen(riskgen: Run, home: Path) -> None:
    steps = replace(POLICY, safe_word=(Rung("Ring 999 at once", "Anybody", "P-9", 0),))
    leave(home, 1, replace(LATE, ladders=steps), (Happened.ALARM, {}))
    said = riskgen("board").said
    assert "RA-2026-0001 SAFE WORD HEARD at 07:45" in said
    assert "LATE by 35 minutes" in said
    assert "NOW, since 07:45: Ring 999 at once (Anybody, P-9)" in said
    assert "Ring their mobiles" not in said


def test_what_the_policy_says_on_a_lesser_trouble_stands_beside_a_silence_on_the_greater(
    riskgen: Run, home: Path
) -> None:
    steps = Ladders(missed_check_in=(Rung("Ring them back", "School office", "P-5", 0),))
    leave(home, 1, replace(LATE, agreed=(NOW - timedelta(minutes=5),), ladders=steps))
    said = riskgen("board").said
    assert "CHECK-IN MISSED by 5 minutes, due 08:55 (as agreed)" in said
    assert "The policy says nothing on what to do when visitors are overdue" in said
    assert "Ring them back (School office, P-5)" in said


def test_what_is_unusual_about_a_visit_is_said_in_words(riskgen: Run, home: Path) -> None:
    leave(home, 1, replace(GONE, due_back=None), (Happened.CALLED_OFF, {"reason": "secret reason"}))
    said = riskgen("board").said
    assert "RA-2026-0001 DUE TIME NOT KNOWN" in said
    assert "To settle: no time to be back was written down" in said
    assert "CALLED OFF, and still out" in said
    assert "secret reason" not in said


def test_a_policy_that_could_not_be_read_is_not_called_silent(riskgen: Run, home: Path) -> None:
    leave(home, 1, replace(LATE, edition=""))
    said = riskgen("board").said
    assert "What the policy says on what to do when visitors are overdue cannot be told here. Look it up." in said
    assert "says nothing" not in said


def test_an_alarm_after_the_return_says_that_they_were_recorded_as_back(riskgen: Run, home: Path) -> None:
    body = {"outing": to_plain(GONE), "left_at": NOW.isoformat(), "signed_out": False}
    leave(home, 1, GONE, (Happened.RETURNED, {"where": "school"}), (Happened.DEPARTED, body), (Happened.ALARM, {}))
    assert "RECORDED AS BACK at 07:45, but an alarm has been raised since." in riskgen("board").said


def test_the_next_step_is_told_beside_the_picture(riskgen: Run, home: Path) -> None:
    reference = leave(home, 1, GONE)
    assert f"'riskgen return {reference}' once everybody is safe" in " ".join(riskgen("board").err.split())


def test_a_visit_of_another_day_is_told_with_its_day(riskgen: Run, home: Path) -> None:
    leave(home, 1, replace(GONE, due_back=NOW - timedelta(days=1)))
    assert "LATE by 24 hours, due back 09:00 on Thursday 19 November" in riskgen("board").said


def test_times_are_those_of_the_schools_own_clock_also_when_the_hour_comes_twice(
    riskgen: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    leave(home, 1, replace(GONE, due_back=due))
    monkeypatch.setattr(clock, "utc_now", lambda: due + timedelta(minutes=60))
    said = riskgen("board").said
    assert "Who is out: Sunday 25 October 2026, 01:30" in said
    assert "LATE by 1 hour, due back 01:30 BST" in said


def test_every_line_fits_a_terminal_of_80_columns_and_no_number_is_broken(riskgen: Run, home: Path) -> None:
    many = tuple(Staff(f"S-{n}", "N" * n, ("teacher",), f"07700 9{n:05}") for n in range(3, 12))
    leave(home, 1, replace(LATE, visitors=many, ladders=POLICY))
    out = riskgen("board").out
    assert max(map(len, out.splitlines())) <= 80
    assert all(person.mobile in out for person in many)


def test_a_broken_policy_keeps_nobody_from_seeing_who_is_out(riskgen: Run, home: Path) -> None:
    leave(home, 1, GONE)
    for path in (home / "data").rglob("*.yaml"):
        path.write_text("clauses: [", encoding="utf-8")
    assert "RA-2026-0001" in riskgen("board").said


def test_visits_that_nobody_wrote_down_in_time_follow_below(riskgen: Run, home: Path) -> None:
    for number in range(1, 13):
        leave(home, number, replace(GONE, due_back=NOW - timedelta(days=2)), (Happened.RETURNED, {"where": "school"}))
    said = riskgen("board").said
    assert "Nobody is out. Back, and how it went is not written down (the school asks for it within 24 hours)" in said
    assert "RA-2026-0001, was due back 09:00 on Wednesday 18 November: riskgen record RA-2026-0001" in said
    assert said.endswith("- and 2 more")


def test_the_json_is_the_report_and_nothing_else(riskgen: Run, home: Path) -> None:
    leave(home, 1, LATE)
    result = riskgen("board", "--json")
    assert (result.code, result.err) == (0, "")
    report = json.loads(result.out)
    assert (report["at"], report["timezone"]) == ("2026-11-20T09:00:00+00:00", "Europe/London")
    assert [(each["reference"], each["overdue_by_minutes"]) for each in report["out"]] == [("RA-2026-0001", 35)]


# --- watching ------------------------------------------------------------------------------------


class Night:
    """Stands for `time.sleep`: lets things happen between two pictures, and then presses Ctrl-C."""

    def __init__(self, *between: Callable[[], None]) -> None:
        self.between = list(between)
        self.slept: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        if not self.between:
            raise KeyboardInterrupt
        self.between.pop(0)()


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Night]:
    def between(*happening: Callable[[], None]) -> Night:
        made = Night(*happening)
        monkeypatch.setattr("riskgen.cli.board.time.sleep", made)
        return made

    return between


def test_watching_shows_what_is_new_each_time_and_ends_quietly(
    riskgen: Run, home: Path, night: Callable[..., Night]
) -> None:
    asleep = night(lambda: leave(home, 1, GONE) and None)
    result = riskgen("board", "--watch")
    assert (result.code, result.err) == (0, "")
    assert asleep.slept == [15, 15]
    first, second = result.out.split("Who is out:")[1:]
    assert "Nobody is out." in first
    assert "1 visit is out, none of them late." in " ".join(second.split())
    assert "\x1b" not in result.out


def test_watching_outlives_a_register_that_cannot_be_read_and_says_how_old_the_picture_is(
    riskgen: Run, home: Path, night: Callable[..., Night], monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(home, 1, GONE)

    def later_and_locked() -> None:
        monkeypatch.setattr(clock, "utc_now", lambda: NOW + timedelta(minutes=31))

        def locked(desk: Desk) -> Any:
            raise RegisterFault("locked", "The register was in use by another program. Nothing was changed.")

        monkeypatch.setattr("riskgen.cli.board.look", locked)

    def free_again() -> None:
        monkeypatch.setattr("riskgen.cli.board.look", look)

    night(later_and_locked, free_again)
    result = riskgen("board", "--watch", "--every", "5")
    assert result.code == 0
    before, during, after = (" ".join(part.split()) for part in result.out.split("Drawn again every 5 seconds")[:3])
    assert "LATE" not in before
    assert "THE REGISTER CANNOT BE READ JUST NOW" in during
    assert "in use by another program" in during
    assert "What follows was read 31 minutes ago" in during
    assert "RA-2026-0001 LATE by 1 minute" in during  # the clock goes on all the same
    assert "CANNOT BE READ" not in after
    assert "RA-2026-0001 LATE by 1 minute" in after


def test_watching_a_register_that_was_never_read_sends_people_to_the_paper(
    riskgen: Run, home: Path, night: Callable[..., Night]
) -> None:
    (home / "register.db").write_bytes(b"not a register at all, but long enough to be looked at")
    night()
    result = riskgen("board", "--watch")
    assert result.code == 0
    assert "Nobody can tell from here who is out. Look at the paper copies in the office." in result.said
    assert "Nobody is out" not in result.said


def test_on_a_small_screen_the_most_urgent_stay_and_the_rest_is_counted(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leave(home, 1, LATE)
    for number in range(2, 9):
        leave(home, number, GONE)
    with open_desk(home) as desk:
        picture = board_of(look(desk), NOW)
    show_board(picture)
    whole = capsys.readouterr().out.splitlines()
    show_board(picture, 20)
    assert capsys.readouterr().out.splitlines() == [
        *whole[:19],
        f"AND {len(whole) - 19} MORE LINES: make the window taller, or run 'riskgen board'.",
    ]
    assert "LATE" in whole[3]
    show_board(picture, len(whole))
    assert capsys.readouterr().out.splitlines() == whole


def test_watching_and_json_do_not_go_together(riskgen: Run, home: Path) -> None:
    assert riskgen("board", "--watch", "--json").code == 2


def test_a_damaged_register_is_told_with_its_own_code_where_nobody_watches(riskgen: Run, home: Path) -> None:
    (home / "register.db").write_bytes(b"not a register at all, but long enough to be looked at")
    result = riskgen("board")
    assert (result.code, result.out) == (5, "")


# --- this moment ---------------------------------------------------------------------------------


@pytest.fixture
def assessed(riskgen: Run, home: Path, quick_forms: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """A visit that was assessed under robert-ogden, to start at 08:30."""
    text = (home / "school.yaml").read_text(encoding="utf-8")
    (home / "school.yaml").write_text(text.replace("policy: bchs", "policy: robert-ogden"), encoding="utf-8")
    with monkeypatch.context() as earlier:
        earlier.setattr("riskgen.service.homes.Home.now", lambda self: datetime(2026, 11, 20, 7, 0))
        result = riskgen("assess", *VISIT, "--no-input", "--json")
    assert result.code == 0, result.err
    return str(json.loads(result.out)["reference"])


def at_the_door(folder: Path, reference: str, minutes: int, where: str = "at-the-door") -> None:
    move(folder, reference, Happened.DEPARTED, {"left_at": (NOW - timedelta(minutes=50)).isoformat()})
    at = NOW - timedelta(minutes=minutes)
    move(folder, reference, Happened.CHECKED_IN, {"where": where, "at": at.isoformat()})


NOT_THERE = ("--set", "door.parent_present=no", "--set", "door.lateness_notified=no")


def test_minutes_at_the_door_are_counted_from_the_check_in(riskgen: Run, home: Path, assessed: str) -> None:
    at_the_door(home, assessed, 12)
    result = riskgen("now", assessed, *NOT_THERE)
    assert result.code == 0, result.err
    assert "Wait until 20 minutes in all; 8 more (RO-22)" in result.said


def test_nobody_waits_before_the_agreed_start(riskgen: Run, home: Path, assessed: str) -> None:
    at_the_door(home, assessed, 45)
    assert (
        "For how many minutes have the visitors waited at the door? 30 minutes"
        in riskgen("now", assessed, *NOT_THERE).said
    )


def test_minutes_late_are_counted_from_the_agreed_start(riskgen: Run, home: Path, assessed: str) -> None:
    at_the_door(home, assessed, 12)
    result = riskgen("now", assessed, "--set", "door.parent_present=no", "--set", "door.lateness_notified=yes")
    assert "By how many minutes is the parent or carer late? 30 minutes" in result.said


def test_what_was_said_goes_before_what_the_clock_knows(riskgen: Run, home: Path, assessed: str) -> None:
    at_the_door(home, assessed, 12)
    result = riskgen("now", assessed, *NOT_THERE, "--set", "door.minutes_waited=3")
    assert "20 minutes in all; 17 more (RO-22)" in result.said
    unknown = riskgen("now", assessed, *NOT_THERE, "--set", "door.minutes_waited=unknown")
    assert "waited at the door? (door.minutes_waited" in unknown.said


def test_minutes_since_the_last_call_are_counted_once_inside(riskgen: Run, home: Path, assessed: str) -> None:
    move(home, assessed, Happened.DEPARTED, {"left_at": (NOW - timedelta(minutes=200)).isoformat()})
    at = NOW - timedelta(minutes=130)
    move(home, assessed, Happened.CHECKED_IN, {"where": "inside", "at": at.isoformat()})
    said = riskgen("now", assessed, "--set", "door.parent_present=yes").said
    assert "Ring the school office, to say where you are (RO-07)" in said
    assert "130 minutes" in said
    assert "waited at the door" not in said


def test_a_visit_that_has_not_left_has_only_its_answers(riskgen: Run, home: Path, assessed: str) -> None:
    result = riskgen("now", assessed, *NOT_THERE)
    assert result.code == 0
    assert "waited at the door? (door.minutes_waited" in result.said


def test_a_reference_and_its_answers_give_what_the_files_give(riskgen: Run, home: Path, assessed: str) -> None:
    by_files = riskgen("now", *VISIT, *NOT_THERE, "--json")
    by_reference = riskgen("now", assessed, *NOT_THERE, "--json")
    assert by_reference.code == 0
    assert json.loads(by_reference.out) == json.loads(by_files.out)


def test_an_authorisation_in_the_register_counts(riskgen: Run, home: Path, assessed: str) -> None:
    asked = '"approval.by"'
    assert asked in riskgen("now", assessed, "--json").out
    with open_desk(home) as desk:
        number = desk.visit(assessed).events[-1].number
        with desk.register.write() as writer:
            writer.append(assessed, Happened.AUTHORISED, NOW, Who("S-01"), {"assessment": number, "accepts": []})
    assert asked not in riskgen("now", assessed, "--json").out


def test_an_unknown_reference_is_told_and_no_register_is_made(riskgen: Run, home: Path) -> None:
    result = riskgen("now", "RA-2026-0099")
    assert (result.code, (home / "register.db").exists()) == (3, False)  # it is for looking only
    assert "There is no visit of the reference 'RA-2026-0099'" in result.said


def test_one_visit_is_named_at_a_time(riskgen: Run, home: Path) -> None:
    assert riskgen("now", "RA-2026-0001", "RA-2026-0002").code == 2


def test_watching_goes_on_without_school_file_and_says_so_above_the_picture(
    riskgen: Run, home: Path, night: Callable[..., Night]
) -> None:
    leave(home, 1, GONE)
    (home / "school.yaml").write_text("school: [", encoding="utf-8")
    night()
    result = riskgen("board", "--watch")
    assert result.code == 0
    assert result.out.startswith("Warning: school.yaml cannot be read")
    assert result.out.index("school.yaml:1") < result.out.index("Who is out") < result.out.index("RA-2026-0001")


def test_with_the_safe_word_heard_the_next_step_is_not_a_check_in(riskgen: Run, home: Path) -> None:
    reference = leave(home, 1, GONE, (Happened.ALARM, {}))
    following = " ".join(riskgen("board").err.split())
    assert f"'riskgen alarm {reference}'" in following
    assert f"'riskgen return {reference}' once everybody is safe" in following
    assert "checkin" not in following
