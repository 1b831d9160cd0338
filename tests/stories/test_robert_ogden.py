"""Robert Ogden School: the Principal sanctions, exactly two go, they ring every two hours, and nobody waits long.

The policy is silent on what a missed call leads to, on visitors who do not come back, and on the safe word.
"""

from collections.abc import Callable
from typing import Any

REF = "RA-2026-0001"
PAIR = ("S-05", "S-07")
SCHOOLS_OWN = "The school's own steps, from school.yaml (not the policy's):"


def planned(school: Any, *visitors: str, **changes: object) -> tuple[str, ...]:
    """A visit of two hours and a long drive each way, with two calls to the office on the way."""
    times = {"visit__leave_at": "11:00", "visit__back_at": "15:30", "safety__check_in_times": "13:00, 14:45"}
    found: tuple[str, ...] = school.intake(
        "return-to-school", visitors or PAIR, minutes=120, **{**times, "approval__names_staff": "yes", **changes}
    )
    return found


def test_a_long_visit_after_an_absence_that_misses_its_call(open_school: Callable[..., Any]) -> None:
    school = open_school("robert-ogden")
    school.at("2026-03-03 15:00")

    # Accompanied always (RO-20), and no more than two at a time (RO-21): neither one nor three may go.
    for number, visitors in enumerate((("S-05",), ("S-05", "S-07", "S-11")), 1):
        told = school.assess(*planned(school, *visitors), start="2026-03-04 11:30")
        assert "DO NOT VISIT" in told
        assert ("RO-20", "RO-21")[number - 1] in told
        school.as_("S-05", "cancel", f"RA-2026-000{number}", "--reason", "Not two")
    ref = "RA-2026-0003"

    # Records on risks looked up (RO-03), or else nobody knows what they say and a person decides; outside agencies
    # written to (RO-18), the number of the mobile phone left with the Principal (RO-06), calls two hours apart (RO-07).
    plan = planned(
        school,
        background__cpoms_checked="no",
        agency__confirmed_in_writing="no",
        told__mobile_numbers="no",
        safety__check_in_times="13:00",
    )
    assert "REFER: a person must decide" in school.assess(*plan, start="2026-03-04 11:30")
    assert f"{ref} is referred" in school.may_not("S-01", "authorise", ref)
    school.at("2026-03-04 10:45")
    refused = school.refused("depart", ref)
    for clause in ("RO-03", "RO-06", "RO-07", "RO-18", "Nobody has authorised the visit (RO-10)"):
        assert clause in refused
    assert school.state(ref) == "assessed"
    settled = school.again(
        ref,
        background__cpoms_checked="yes",
        background__cpoms_risk="no",
        agency__confirmed_in_writing="yes",
        told__mobile_numbers="yes",
        safety__check_in_times="13:00, 14:45",
    )
    assert "RO-03" not in settled

    # Prior approval of the Principal and of nobody else (RO-10, RO-15); never of a visitor.
    assert "Principal may, under RO-10" in school.may_not("S-02", "authorise", ref)
    assert "nobody may authorise a visit of their own" in school.may_not("S-05", "authorise", ref)
    assert f"{ref} is authorised by S-01 under RO-10." in school.authorise(ref, "S-01")

    # Approval covers the staff who go by name (RO-15): with another colleague it is another visit.
    assert "It holds today." in school("show", ref)
    plan = planned(school, "S-05", "S-11", travel__driver="S-05")
    school.assess(*plan, "--reference", ref, "--force", start="2026-03-04 11:30")
    assert "It has lapsed, since this changed" in school("show", ref)
    refused = school.refused("depart", ref)
    assert "The authorisation by S-01" in refused
    assert "has lapsed, since this changed" in refused
    assert "nobody may authorise a visit of their own" in school.may_not("S-11", "authorise", ref)
    school.authorise(ref, "S-01")
    assert "It holds today." in school("show", ref)

    # Every two hours the visitors ring the office (RO-07), or sooner where they have said so.
    school.at("2026-03-04 11:00")
    out = school("depart", ref)
    assert "as agreed; at least every 120 minutes (RO-07)" in out
    assert "the school's own rule, as the policy says nothing" in out

    # At the door: with no word from the parents, twenty minutes and no longer (RO-22); with word, half an hour past the
    # agreed time (RO-24), and nobody goes in before they come (RO-23).
    school.at("2026-03-04 11:25")
    door = school("checkin", ref, "--where", "at-the-door")
    assert "(until 11:50, RO-22)" in door
    assert "(until 12:00, RO-24)" in door
    assert "Next call: by 13:00, as agreed" in door
    nobody = ("--set", "door.parent_present=no")
    school.at("2026-03-04 11:49")
    assert "DO NOT GO IN" in school("now", ref, *nobody)
    assert "Call the visit off (RO-22)" not in school.said[-1]
    school.at("2026-03-04 11:50")
    assert "Call the visit off (RO-22)" in school("now", ref, *nobody)
    word_sent = (*nobody, "--set", "door.lateness_notified=yes")
    school.at("2026-03-04 12:00")
    assert "Call the visit off" not in school("now", ref, *word_sent)
    assert "RO-23" in school.said[-1]
    school.later(minutes=1)
    assert "Call the visit off (RO-24)" in school("now", ref, *word_sent)
    # The parent comes just then, and has made an appointment: they may go in (RO-08).
    assert "YOU MAY GO IN" in school("now", ref, "--set", "door.parent_present=yes")
    school("checkin", ref, "--where", "inside")

    # The agreed call of one o'clock is missed. Silent on what follows: the school's own steps, marked as such.
    school.at("2026-03-04 13:00")
    assert "none of them late" in school("board")
    for minutes, late, step in (
        (1, "1 minute", "NOW, since 13:00: Ring the visitors on their mobiles"),
        (14, "15 minutes", "NOW, since 13:15: Treat them as overdue"),
    ):
        school.later(minutes=minutes)
        board = school("board")
        assert f"CHECK-IN MISSED by {late}" in board
        assert "The policy says nothing on what to do when a check-in is missed" in board
        assert SCHOOLS_OWN in board
        assert step in board
        assert "White hatchback, registration EX05 AMP" in board
    school("checkin", ref, "--where", "inside")
    assert "next check-in by 14:45 (as agreed)" in school("board")
    school.at("2026-03-04 14:40")
    school("checkin", ref, "--where", "left")
    assert "next check-in by 16:40 (RO-07)" in school("board")

    # Late back. Silent: at the due time nothing yet, then the school's own ladder, rung by rung.
    school.at("2026-03-04 15:30")
    assert "none of them late" in school("board")
    for when, late, step in (
        ("15:31", "1 minute", "NOW, since 15:30: Ring the visitors on their mobiles"),
        ("15:45", "15 minutes", "NOW, since 15:45: Tell the headteacher or a senior leader"),
        ("16:00", "30 minutes", "NOW, since 16:00: Ring 999"),
    ):
        school.at(f"2026-03-04 {when}")
        board = school("board")
        assert f"LATE by {late}, due back 15:30 (the agreed return)" in board
        assert "The policy says nothing on what to do when visitors are overdue" in board
        assert SCHOOLS_OWN in board
        assert step in board

    # Two hours since the last call, to the minute, are still in time (RO-07); a minute more is not.
    school.at("2026-03-04 16:40")
    assert "CHECK-IN MISSED" not in school("board")
    school.later(minutes=1)
    assert "CHECK-IN MISSED by 1 minute, due 16:40 (RO-07)" in school("board")

    # The safe word is heard. Silent again: the school's own steps, and the facts. Threatened staff ring 999 (RO-38).
    word = school.word(ref, "S-10")
    alarm = school("alarm", ref)
    assert "Robert Ogden School home visits policy does not say what to do." in alarm
    assert SCHOOLS_OWN in alarm
    assert "1. Ring 999 and give the address" in alarm
    assert word not in alarm
    assert "RO-38" in school("now", ref, "--set", "inside.threatened=yes")

    # Afterwards the minutes go on the pupil's file (RO-32) with copies to the parents (RO-33), and what was agreed into
    # the school's system (RO-34). An action is left, and the visit stays open until it is done.
    school.at("2026-03-04 16:55")
    school("return", ref, "--gone-home")
    assert school.word(ref, "S-01") == word
    action = "\n  - {what: Send the minutes to the parents, who: S-10, by: 2026-03-06}"
    went = school.went(ref, agreed="A shorter first week", RO_33="not-done", actions=action)
    reasoned = (
        (school.folder / went)
        .read_text(encoding="utf-8")
        .replace("because:  #", "because:\n  RO-33: The office sends them on Friday\n#")
    )
    (school.folder / went).write_text(reasoned, encoding="utf-8")
    recorded = school.as_("S-11", "record", ref, "--answers", went, typed="stop\n")
    assert "Still open (1)" in recorded
    assert "Late" not in recorded
    school.at("2026-03-06 12:00")
    (school.folder / "rest.yaml").write_text("done: [1]\n", encoding="utf-8")
    assert "the visit is closed" in school.as_("S-11", "record", ref, "--answers", "rest.yaml")
    assert "its safe word is erased" in school("show", ref, "--safe-word", ends=4)

    # A repeat is a visit of its own: undated, and nobody has approved it.
    repeated = school.as_("S-11", "repeat", ref)
    assert "RA-2026-0004 is drafted from RA-2026-0003: undated, and nobody has approved it." in repeated
    assert school.state("RA-2026-0004") == "draft"
    assert school.happened(ref)[-4:] == ["safe-word-shown", "recorded", "recorded", "closed"]
    shown = school("show", ref)
    for words in ("RO-33", "Why not: The office sends them on Friday", "A shorter first week", "Safe word heard"):
        assert words in shown
    school.sound()


def test_a_visit_that_is_called_off_at_the_door_because_it_is_not_safe(open_school: Callable[..., Any]) -> None:
    school = open_school("robert-ogden")
    school.at("2026-03-04 09:00")
    school.assess(*planned(school), start="2026-03-04 11:30")
    school.authorise(REF, "S-01")
    school.at("2026-03-04 11:00")
    school("depart", REF)

    # Adults whom nobody expected, and signs of drink: staff do not go in, and the visit is called off (RO-27).
    school.at("2026-03-04 11:32")
    school("checkin", REF, "--where", "at-the-door")
    advice = school("now", REF, "--set", "door.unexpected_adults=yes", "--set", "door.intoxicated=yes")
    assert "CALL THE VISIT OFF" in advice
    assert "RO-27" in advice

    # The reason goes to the Principal in writing (RO-28), so there is none without one.
    called_off = school.as_("S-05", "cancel", REF, "--for-safety", typed="\nTwo adults at the door had been drinking\n")
    assert "is called off, and still out" in called_off
    assert "(Visitors; RO-28)" in called_off
    assert "Why the visit was called off, in writing, to the Principal" in called_off
    assert "CALLED OFF, and still out" in school("board")
    school.at("2026-03-04 12:05")
    school("return", REF)
    empty = school("record", REF, "--template").out
    assert "outcome:" not in empty  # known already
    assert "RO-28" in empty
    went = school.went(REF, RO_31="did-not-arise", RO_33="did-not-arise", RO_34="did-not-arise")
    assert "is recorded: called off because it was not safe" in school.as_("S-05", "record", REF, "--answers", went)
    shown = school("show", REF)
    assert "Called off because it was not safe: Two adults at the door had been drinking" in shown
    assert "RO-28" in shown
    assert school.state(REF) == "closed"
    assert school.happened(REF) == [
        *("assessed", "authorised", "departed", "checked-in", "called-off", "returned", "recorded", "closed"),
    ]
    school.sound()


def test_a_visit_without_notice_stays_on_the_doorstep(open_school: Callable[..., Any]) -> None:
    school = open_school("robert-ogden")
    school.at("2026-03-04 09:00")

    # Attendance or safeguarding concerns allow a visit without notice (RO-25), nobody goes in without an appointment
    # (RO-08): read together, on the doorstep only.
    without = {
        "visit__unannounced": "yes",
        "visit__unannounced_ground": "attendance-concern",
        "visit__appointment": "no",
    }
    inside = school.assess(*planned(school, **without), start="2026-03-04 11:30")
    assert "DO NOT VISIT" in inside
    assert "RO-08 and RO-25" in inside
    assert "must not be made" in school.may_not("S-01", "authorise", REF)
    doorstep = school.again(REF, visit__will_enter="no")
    assert "DO NOT VISIT" not in doorstep
    assert "is authorised by S-01" in school.authorise(REF, "S-01")
    school.at("2026-03-04 11:00")
    school("depart", REF)
    school.at("2026-03-04 11:31")
    school("checkin", REF, "--where", "at-the-door")
    assert "DO NOT GO IN" in school("now", REF, "--set", "door.parent_present=yes")
    school("return", REF)
    school.sound()
