"""`depart`, `checkin`, `return`, `cancel` and `alarm`, as the office meets them."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskgen.service import clock
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
    first = done.out.splitlines()[2].strip()
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

    def full(*_: object) -> None:
        raise RegisterFault("full", "The disk is full. Nothing was saved.")

    monkeypatch.setattr("riskgen.service.alarms.append_unchecked", full)
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
    assert f"Out now: {REF}" in done.said


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
