"""`depart`, `checkin`, `return`, `cancel` and `alarm`, as the office meets them."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.visit import Happened
from riskgen.service import alarms, clock
from riskgen.service.desk import open_desk
from riskgen.service.homes import Home

Run = Callable[..., Any]
REF = "RA-2026-0001"
WORDS = "four quiet green kettles"
NINE = datetime(2026, 11, 20, 9, 0)


class Clock:
    """The clock on the wall, which tests put forward."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall = NINE
        monkeypatch.setattr(clock, "utc_now", lambda: self.wall.replace(tzinfo=UTC))
        monkeypatch.setattr(Home, "now", lambda home: self.wall)

    def later(self, minutes: int) -> None:
        self.wall += timedelta(minutes=minutes)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch, _settled: None) -> Clock:
    monkeypatch.setattr("riskgen.service.desk.account_name", lambda: "front-desk")
    return Clock(monkeypatch)


def assess(riskgen: Run, *more: object) -> None:
    done = riskgen(
        *("assess", "families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-11-20 10:30"),
        *("--no-input", *more),
    )
    assert done.code == 0, done.err


@pytest.fixture
def assessed(home: Path, riskgen: Run, quick_forms: None, wall: Clock) -> Path:
    assess(riskgen)
    return home


@pytest.fixture
def out(assessed: Path, riskgen: Run, wall: Clock) -> Path:
    assert riskgen("authorise", REF, "--by", "S-01", typed=f"{WORDS}\n{WORDS}\ny\n").code == 0
    wall.later(70)
    assert riskgen("depart", REF).code == 0
    return assessed


def happened(home: Path) -> list[str]:
    with open_desk(home) as desk, desk.register.read() as reader:
        return [str(event.happened) for event in reader.events(REF)]


def break_the_policies(home: Path) -> None:
    for path in (home / "data" / "policies" / "bchs").glob("2*.yaml"):
        path.write_text("id: [broken", encoding="utf-8")


# --- leaving and coming back -----------------------------------------------------------------------


def test_leaving_is_refused_with_everything_that_is_open(assessed: Path, riskgen: Run) -> None:
    done = riskgen("depart", REF)
    assert done.code == 4
    assert "Nobody has authorised the visit (BC-02)" in done.said
    assert f"riskgen authorise {REF} --by S-01" in done.said
    assert happened(assessed) == ["assessed"]


def test_leaving_says_what_the_office_needs(assessed: Path, riskgen: Run, wall: Clock) -> None:
    assert riskgen("authorise", REF, "--by", "S-01", typed=f"{WORDS}\n{WORDS}\ny\n").code == 0
    wall.later(70)
    done = riskgen("depart", REF)
    assert done.code == 0, done.err
    for words in ("since 10:10", "11:30 (the agreed return)", "by 10:30, as agreed", "the school's own rule"):
        assert words in done.said


def test_an_approval_that_lapsed_is_named_with_what_changed(assessed: Path, riskgen: Run) -> None:
    assert riskgen("authorise", REF, "--by", "S-01", typed=f"{WORDS}\n{WORDS}\ny\n").code == 0
    again = riskgen("assess", "--reference", REF, "--set", "history.concern=yes", "--no-input", "--force")
    assert again.code == 0, again.err
    done = riskgen("depart", REF)
    assert done.code == 4
    assert "The authorisation by S-01" in done.said
    assert "it was “No”, it is now “Yes”" in done.said


def test_a_check_in_says_when_the_next_is_due(out: Path, riskgen: Run, wall: Clock) -> None:
    wall.later(18)
    done = riskgen("checkin", REF, "--where", "at-the-door")
    assert done.code == 0, done.err
    assert "does not say how long to wait" in done.said
    assert "Next call: by 11:10, as agreed" in done.said, "a call two minutes early is that call"
    wall.later(20)
    done = riskgen("checkin", REF, "--where", "inside", "--at", "10:40")
    assert "at 10:40, inside" in done.said


@pytest.mark.parametrize(("at", "words"), [("10:09", "before the visit left"), ("10:11", "has not come yet")])
def test_a_time_that_cannot_be_is_refused(out: Path, riskgen: Run, at: str, words: str) -> None:
    for command in ("checkin", "return"):
        done = riskgen(command, REF, "--at", at)
        assert (done.code, words in done.said) == (3, True)
    assert happened(out)[-1] == "departed"


def test_coming_back_says_when_the_record_is_due(out: Path, riskgen: Run, wall: Clock) -> None:
    wall.later(60)
    done = riskgen("return", REF, "--gone-home", "--at", "11:05")
    assert done.code == 0, done.err
    for words in ("safe at home, 11:05", "Saturday 21 November 2026, 11:05", "24 hours", f"riskgen record {REF}"):
        assert words in done.said


def test_a_sign_out_that_was_forgotten_says_what_to_do(assessed: Path, riskgen: Run) -> None:
    done = riskgen("return", REF)
    assert done.code == 4
    assert f"riskgen depart {REF} --at" in done.said


def test_word_of_the_visitors_is_taken_from_anybody(out: Path, riskgen: Run) -> None:
    """A passphrase that nobody has, is wrong, or is not typed keeps nobody from writing down that people are safe."""
    for named in ("S-10", "S-99", "S-01"):
        done = riskgen("checkin", REF, "--as", named, typed="wrong words\n" * 3)
        assert done.code == 0, done.err
        assert "no name is recorded" in done.said
    done = riskgen("return", REF, "--as", "S-01")
    assert (done.code, "no name is recorded" in done.said) == (0, True)


def test_broken_policy_files_keep_nobody_out(out: Path, riskgen: Run) -> None:
    break_the_policies(out)
    assert riskgen("checkin", REF).code == 0
    assert riskgen("cancel", REF, "--for-safety", "--reason", "a reason").code == 0
    assert riskgen("return", REF).code == 0


def test_a_clock_that_is_behind_is_told_and_nothing_stopped(out: Path, riskgen: Run, wall: Clock) -> None:
    assert "Warning" not in riskgen("checkin", REF).said
    wall.later(-30)
    done = riskgen("checkin", REF)
    assert "The clock of this computer says" in done.said
    assert happened(out)[-1] == "checked-in"


# --- calling off -----------------------------------------------------------------------------------


def test_a_reason_is_always_asked(assessed: Path, riskgen: Run) -> None:
    assert riskgen("cancel", REF).code == 130
    done = riskgen("cancel", REF, typed="\n \nThe pupil is ill.\n")
    assert (done.code, "is cancelled" in done.said) == (0, True)
    assert f"destroy what still bears it: the office copies in visits/{REF}, and its packs, with paper" in done.said
    assert happened(assessed) == ["assessed", "cancelled"]


def test_calling_off_a_visit_that_is_out_leaves_it_out(out: Path, riskgen: Run) -> None:
    done = riskgen("cancel", REF, "--for-safety", "--reason", "It did not feel right.")
    assert done.code == 0, done.err
    assert "still out" in done.said
    assert "says nothing of a visit that was called off for safety" in done.said
    assert riskgen("return", REF).code == 0


def test_robert_ogden_wants_the_reason_in_writing_and_sets_limits_to_waiting(
    home: Path, riskgen: Run, quick_forms: None, wall: Clock
) -> None:
    school = home / "school.yaml"
    school.write_text(school.read_text("utf-8").replace("policy: bchs", "policy: robert-ogden"), "utf-8")
    wall.later(95)
    assess(riskgen, "--after-the-fact", "no time")
    done = riskgen("checkin", REF, "--where", "at-the-door")
    assert done.code == 0, done.err
    assert "until 10:55" in done.said, "20 minutes from the arrival, without word"
    assert "until 11:00" in done.said, "30 minutes from the agreed start, with word"
    assert "RO-07" in done.said
    done = riskgen("cancel", REF, "--for-safety", "--reason", "It did not feel right.")
    assert "RO-28" in done.said
    assert "in writing, to the Principal" in done.said


# --- the safe word ---------------------------------------------------------------------------------

FACTS = ("Gray Invented", "07700 900007", "EX07 AMP", "1 Example Street", "F-0123", "11:30")


def test_an_alarm_prints_steps_facts_and_numbers_and_is_recorded(out: Path, riskgen: Run) -> None:
    done = riskgen("alarm", REF)
    assert done.code == 0, done.err
    for words in ("does not say what to do", "(not the policy's)", *FACTS, "10:10", "01632 960003"):
        assert words in " ".join(done.out.split())
    numbers = done.out[done.out.index("Numbers to ring") :].splitlines()
    assert numbers[1].strip().startswith("- 999")
    assert happened(out)[-1] == "alarm-raised"


def test_an_alarm_under_a_policy_that_has_steps_prints_those(
    home: Path, riskgen: Run, quick_forms: None, wall: Clock
) -> None:
    school = home / "school.yaml"
    school.write_text(school.read_text("utf-8").replace("policy: bchs", "policy: heather-avenue"), "utf-8")
    assess(riskgen)
    done = riskgen("alarm", REF.lower())
    assert done.code == 0, done.err
    first = done.out.splitlines()[3].strip()
    assert first.startswith("1. Ring 999 at once")
    assert "HA-33" in done.said
    assert "own steps" not in done.said
    assert "nobody signed this visit out" in done.said


def test_an_alarm_asks_nothing_whoever_is_named(out: Path, riskgen: Run) -> None:
    for named in ("S-01", "S-10", "S-99"):
        done = riskgen("alarm", REF, "--as", named)
        assert (done.code, "assphrase" in done.said) == (0, False)


@pytest.mark.parametrize("signed_out", [True, False])
def test_broken_policy_files_keep_no_alarm_back(
    request: pytest.FixtureRequest, assessed: Path, riskgen: Run, signed_out: bool
) -> None:
    if signed_out:
        request.getfixturevalue("out")
    break_the_policies(assessed)
    done = riskgen("alarm", REF)
    assert done.code == 0, done.err
    for words in FACTS:
        assert words in " ".join(done.out.split())
    assert ("its files cannot be read" in done.said) is not signed_out
    assert happened(assessed)[-1] == "alarm-raised"


def test_a_broken_school_file_keeps_no_alarm_back(out: Path, riskgen: Run) -> None:
    kept = (out / "school.yaml").read_text("utf-8")
    (out / "school.yaml").write_text("school: [", encoding="utf-8")
    done = riskgen("alarm", REF)
    assert done.code == 0, done.err
    for words in FACTS:
        assert words in " ".join(done.out.split())
    (out / "school.yaml").write_text(kept, encoding="utf-8")
    assert happened(out)[-1] == "alarm-raised"


def test_an_alarm_that_cannot_be_recorded_is_printed_first(
    out: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from riskgen.register.database import RegisterFault

    def full(*_: object, **__: object) -> None:
        raise RegisterFault("full", "The disk is full. Nothing was saved.")

    monkeypatch.setattr("riskgen.register.records.Writer.append", full)
    done = riskgen("alarm", REF)
    assert done.code == 5
    for words in FACTS:
        assert words in " ".join(done.out.split())
    assert "The alarm is not in the register" in " ".join(done.err.split())
    assert happened(out)[-1] == "departed"


@pytest.mark.parametrize("wrong", ["damaged", "gone"])
def test_without_a_register_an_alarm_says_what_always_holds(out: Path, riskgen: Run, wrong: str) -> None:
    register = out / "register.db"
    if wrong == "gone":
        register.unlink()
    else:
        register.write_bytes(b"\0" * 5000)
    done = riskgen("alarm", REF)
    assert done.code == 5, done.err
    assert "999" in done.out.splitlines()[1]
    assert "office copy of the Intent-to-Visit form" in " ".join(done.out.split())
    assert register.exists() is (wrong == "damaged"), "no register is made beside the one that is lost"


def test_outside_the_school_s_folder_an_alarm_says_what_always_holds(away: Path, riskgen: Run) -> None:
    done = riskgen("alarm", REF)
    assert done.code == 3
    assert "999" in done.out


def test_a_reference_that_there_is_not_names_those_that_are_out(out: Path, riskgen: Run) -> None:
    done = riskgen("alarm", "RA-2026-0009")
    assert done.code == 3
    assert "999" in done.out
    assert f"Out now - {REF}: Gray Invented (S-07)" in done.said


def test_no_move_says_the_safe_word(home: Path, riskgen: Run, quick_forms: None, wall: Clock, sentinel: str) -> None:
    shutil.rmtree(home / "visits", ignore_errors=True)
    done = riskgen(
        *("assess", "families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-11-20 10:30"),
        "--type-safe-word",
        typed=f"\n{sentinel}\n{sentinel}\n",
    )
    assert done.code == 0, done.err
    said = riskgen("authorise", REF, "--by", "S-01", typed=f"{WORDS}\n{WORDS}\ny\n").said
    wall.later(70)
    for command in (("depart",), ("checkin",), ("alarm",), ("cancel", "--reason", "a reason"), ("return",)):
        done = riskgen(command[0], REF, *command[1:])
        assert done.code == 0, done.err
        said += done.said
    assert sentinel.casefold() not in said.casefold()


# --- the safe word, where something is in the way ---------------------------------------------------


def spoil(home: Path, happened: Happened, reference: str = REF, column: str = "body = x'00'") -> None:
    """Make what was written down of something unreadable, behind the back of the triggers."""
    with closing(sqlite3.connect(home / "register.db")) as database, database:
        for trigger in ("event_in_turn", "event_kept", "event_stays"):
            database.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        done = database.execute(
            f"UPDATE event SET {column} WHERE subject = ? AND happened = ?",  # noqa: S608  # no word from outside
            (reference, happened.value),
        )
        assert done.rowcount


def break_the_school(home: Path) -> str:
    """Make school.yaml unreadable; what it said."""
    kept = (home / "school.yaml").read_text("utf-8")
    (home / "school.yaml").write_text("school: [", encoding="utf-8")
    return kept


def test_999_stands_there_before_the_register_is_opened(
    out: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(*_: object) -> None:
        written: Any = sys.stdout.buffer
        said.append(written.getvalue().decode())
        raise KeyboardInterrupt

    said: list[str] = []
    monkeypatch.setattr("riskgen.service.alarms.look_up", look_up)
    riskgen("alarm", REF)
    assert said == [f"SAFE WORD HEARD: {REF}\nIf anybody may be in danger, ring 999 now.\n"]


def test_a_register_in_use_is_not_waited_for_before_the_school_s_numbers_are_told(
    out: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riskgen.service.alarms.SHORT_WAIT", 0.05)
    monkeypatch.setattr("riskgen.register.database.WAIT", 0.1)
    writer = sqlite3.connect(out / "register.db", isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    done = riskgen("alarm", REF)
    writer.close()
    assert done.code == 5
    assert "ring 999 now" in done.out
    for words in ("from school.yaml (not the policy's)", "Numbers to ring, from school.yaml", "01632 960003"):
        assert words in done.said
    assert "The alarm is not in the register" in done.said
    assert happened(out)[-1] == "departed"


def test_a_register_that_is_free_again_gets_the_alarm_and_gives_the_facts(
    out: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_use(*_: object) -> None:
        raise alarms.InUse("It is in use.")

    monkeypatch.setattr("riskgen.service.alarms.look_up", in_use)
    done = riskgen("alarm", REF)
    assert done.code == 0, done.err
    assert done.said.index("01632 960003") < done.said.index("Gray Invented") < done.said.index("Recorded.")
    assert happened(out)[-1] == "alarm-raised"
    assert riskgen("alarm", "RA-2026-0009").code == 3


@pytest.mark.parametrize("fault", [BrokenPipeError(32, "closed"), OSError(28, "No space left"), KeyboardInterrupt()])
def test_an_alarm_is_recorded_whether_or_not_it_can_be_printed(
    out: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    def closed(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr("riskgen.cli.out.show_heard", closed)
    monkeypatch.setattr("riskgen.cli.out.show_alarm", closed)
    monkeypatch.setattr("riskgen.cli.out.tell_warnings", closed)
    riskgen("alarm", REF)
    assert happened(out)[-1] == "alarm-raised"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_an_alarm_is_recorded_where_the_disk_of_the_output_is_full(out: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-m", "riskgen", "alarm", REF], cwd=out, stdout=full, stderr=full)
    assert done.returncode
    assert happened(out)[-1] == "alarm-raised"


def test_an_alarm_without_a_reference_names_999_the_contacts_and_who_is_out(out: Path, riskgen: Run) -> None:
    done = riskgen("alarm")
    assert done.code == 2
    assert done.out.startswith("SAFE WORD HEARD\n")
    for words in ("ring 999 now", "01632 960003", f"Out now - {REF}: Gray Invented (S-07)", "Nothing is recorded"):
        assert words in done.said
    assert happened(out)[-1] == "departed"
    (out / "register.db").write_bytes(b"\0" * 5000)
    done = riskgen("alarm")
    assert (done.code, "01632 960003" in done.said) == (2, True)


@pytest.mark.parametrize("column", ["body = x'00'", "happened = 'flown'", "at = 'yesterday'"])
def test_an_alarm_is_raised_on_a_visit_of_which_something_cannot_be_read(out: Path, riskgen: Run, column: str) -> None:
    spoil(out, Happened.DEPARTED, column=column)
    done = riskgen("alarm", REF)
    assert done.code == 0, done.err
    for words in ("Not all that the register has of this visit can be read", *FACTS):
        assert words in done.said
    assert "nobody signed this visit out" not in done.said
    board = riskgen("board")
    assert f"{REF} SAFE WORD HEARD" in board.said
    spoil(out, Happened.ASSESSED)
    done = riskgen("alarm", REF)
    assert (done.code, "Gray Invented" in done.said, "F-0123" in done.said) == (0, True, True)


def test_one_spoilt_visit_hides_no_other_from_the_board(out: Path, riskgen: Run, wall: Clock) -> None:
    wall.later(25)
    assess(riskgen, "--after-the-fact", "no time")
    spoil(out, Happened.DEPARTED)
    assert riskgen("checkin", "RA-2026-0002").code == 0
    spoil(out, Happened.CHECKED_IN, "RA-2026-0002")
    said = riskgen("board").said
    assert "2 visits are out" in said
    assert "What was written down at sign-out cannot be read" in said
    assert "Something that was written down of it cannot be read" in said
    report = json.loads(riskgen("board", "--json").out)
    assert [(each["reference"], each["whole"]) for each in report["out"]] == [(REF, False), ("RA-2026-0002", False)]


def test_after_a_return_the_police_are_told_that_they_were_recorded_as_back(
    out: Path, riskgen: Run, wall: Clock
) -> None:
    wall.later(20)
    assert riskgen("return", REF).code == 0
    wall.later(20)
    done = riskgen("alarm", REF)
    assert done.code == 0, done.err
    assert "recorded as back at Friday 20 November 2026, 10:30" in done.said
    assert "10:10" in done.said
    assert "RECORDED AS BACK at 10:30, but an alarm has been raised since." in riskgen("board").said


def test_after_a_cancellation_the_police_are_told_of_that(assessed: Path, riskgen: Run) -> None:
    assert riskgen("cancel", REF, "--reason", "The pupil is ill.").code == 0
    done = riskgen("alarm", REF)
    assert done.code == 0, done.err
    assert "cancelled at Friday 20 November 2026, 09:00" in done.said
    board = riskgen("board").said
    assert "CANCELLED at 09:00, but an alarm has been raised since." in board
    assert "signed" not in done.said
    assert "NOT SIGNED OUT" not in board
    assert riskgen("return", REF).code == 0


def test_a_draft_can_be_in_danger_and_come_back(assessed: Path, riskgen: Run) -> None:
    assert riskgen("repeat", REF).code == 0
    draft = "RA-2026-0002"
    done = riskgen("alarm", draft)
    assert done.code == 0, done.err
    assert "nobody signed this visit out" in done.said
    assert "NOT SIGNED OUT" in riskgen("board").said
    assert riskgen("checkin", draft).code == 0
    assert riskgen("return", draft).code == 0
    again = riskgen("alarm", draft).said
    assert "recorded as back at" in again
    assert "signed" not in again


def test_a_check_in_does_not_end_an_alarm_and_says_so_first(out: Path, riskgen: Run) -> None:
    assert riskgen("alarm", REF).code == 0
    done = riskgen("checkin", REF)
    assert done.code == 0, done.err
    first, second = done.out.splitlines()[:2]
    assert first == "SAFE WORD HEARD at 10:10: a check-in does not end it"
    assert second.startswith("First: ")
    assert f"riskgen alarm {REF}" in done.said
    following = riskgen("board").err
    assert (f"riskgen alarm {REF}" in following, "checkin" in following) == (True, False)
    assert riskgen("return", REF).code == 0


def test_a_return_from_before_the_alarm_does_not_end_it(out: Path, riskgen: Run, wall: Clock) -> None:
    wall.later(30)
    assert riskgen("alarm", REF).code == 0
    wall.later(10)
    done = riskgen("return", REF, "--at", "10:30")
    assert done.code == 4
    assert "The safe word was heard at Friday 20 November 2026, 10:40" in done.said
    assert "Nothing was saved" in done.said
    assert happened(out)[-1] == "alarm-raised"
    assert riskgen("return", REF, "--at", "10:45").code == 0


# --- leaving, where something is odd ---------------------------------------------------------------


def test_leaving_warns_of_visitors_who_are_out_already_and_stops_nobody(out: Path, riskgen: Run, wall: Clock) -> None:
    wall.later(-70)
    times = {"visit.leave_at": "12:40", "visit.back_at": "14:00", "safety.check_in_times": "13:30"}
    changed = [part for name, at in times.items() for part in ("--set", f"{name}={at}")]
    assess(riskgen, "--start", "2026-11-20 13:00", *changed)
    assert riskgen("authorise", "RA-2026-0002", "--by", "S-01", typed=f"{WORDS}\ny\n").code == 0
    wall.later(70)
    done = riskgen("depart", "RA-2026-0002")
    assert done.code == 0, done.err
    assert f"S-07 is already out on {REF}. If they are back: riskgen return {REF}" in done.said
    assert "more than 2 hours before its planned start, 13:00" in done.said


def test_an_ordinary_leaving_warns_of_nothing(assessed: Path, riskgen: Run, wall: Clock) -> None:
    assert riskgen("authorise", REF, "--by", "S-01", typed=f"{WORDS}\n{WORDS}\ny\n").code == 0
    wall.later(70)
    assert "Warning" not in riskgen("depart", REF).said


# --- without school.yaml ---------------------------------------------------------------------------


def test_a_broken_school_file_keeps_nobody_from_the_board_or_from_coming_back(out: Path, riskgen: Run) -> None:
    kept = break_the_school(out)
    for command in (("board",), ("board", "--json"), ("checkin", REF), ("return", REF)):
        done = riskgen(*command)
        assert done.code == 0, done.err
        assert done.err.startswith("Warning: school.yaml cannot be read")
        assert "school.yaml:1" in done.err
        if command == ("board", "--json"):
            assert json.loads(done.out)["out"][0]["reference"] == REF
    assert "By when the record is due stands in school.yaml" in done.said
    (out / "school.yaml").write_text(kept, encoding="utf-8")
    assert happened(out)[-2:] == ["checked-in", "returned"]


def test_without_school_file_the_times_are_in_the_zone_that_the_register_began_with(
    home: Path, riskgen: Run, quick_forms: None, wall: Clock
) -> None:
    path = home / "school.yaml"
    text = path.read_text("utf-8")
    assert "timezone: Europe/London" in text
    path.write_text(text.replace("timezone: Europe/London", "timezone: Europe/Athens"), "utf-8")
    wall.later(95)
    assess(riskgen, "--after-the-fact", "no time")
    break_the_school(home)
    assert "(Europe/Athens)" in riskgen("board").said


@pytest.mark.parametrize("command", ["board", "checkin", "return"])
def test_a_broken_school_file_is_told_where_the_register_is_not_in_the_folder(
    out: Path, riskgen: Run, command: str
) -> None:
    words = ("board",) if command == "board" else (command, REF)
    (out / "school.yaml").write_text("register: {url: 'postgresql://a.example/b'}\nschool: [", encoding="utf-8")
    assert (riskgen(*words).code, "school.yaml" in riskgen(*words).err) == (3, True)
    (out / "school.yaml").write_text("school: [", encoding="utf-8")
    (out / "register.db").unlink()
    assert riskgen(*words).code == 3


@pytest.mark.parametrize("command", ["checkin", "return", "cancel", "alarm"])
def test_no_move_makes_a_register(home: Path, riskgen: Run, command: str) -> None:
    done = riskgen(command, REF)
    assert done.code == 5
    assert "There is no register" in done.said
    assert not (home / "register.db").exists()


# --- who is at the desk ----------------------------------------------------------------------------


def test_a_wrong_passphrase_is_said_before_it_is_asked_again(assessed: Path, riskgen: Run) -> None:
    assert riskgen("authorise", REF, "--by", "S-01", typed=f"{WORDS}\n{WORDS}\nn\n").code == 4
    done = riskgen("authorise", REF, "--by", "S-01", typed=f"wrong words\nwrong words\n{WORDS}\ny\n")
    assert done.code == 0, done.err
    assert done.err.count("That is not it.") == 2


@pytest.mark.parametrize("command", [("checkin", REF, "--where", "inside"), ("return", REF)])
def test_a_spoilt_departure_keeps_nobody_from_saying_that_they_are_safe(
    out: Path, riskgen: Run, command: tuple[str, ...]
) -> None:
    spoil(out, Happened.DEPARTED)
    assert riskgen(*command).code == 0
    state = "returned" if command[0] == "return" else "out"
    assert state in riskgen("list").out
