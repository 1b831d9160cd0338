"""Birchwood Community High School: the safeguarding lead or a senior leader authorises, and a safe word is on the form.

The policy is silent on what the school does when it hears the safe word and when visitors are overdue.
"""

from collections.abc import Callable
from typing import Any

REF = "RA-2026-0001"
PAIR = ("S-07", "S-12")
SCHOOLS_OWN = "The school's own steps, from school.yaml (not the policy's):"


def planned(school: Any, *visitors: str, **changes: object) -> tuple[str, ...]:
    times = {"visit__leave_at": "10:10", "visit__back_at": "11:30"}
    found: tuple[str, ...] = school.intake("attendance", visitors or PAIR, **{**times, **changes})
    return found


def test_a_visit_about_attendance_with_a_late_return(open_school: Callable[..., Any]) -> None:
    school = open_school("bchs")
    school.at("2026-12-01 15:00")

    # Where there is any concern about the family, another member of staff goes too (BC-11): one alone does not.
    alone = school.assess(*planned(school, "S-07", history__concern="yes"), start="2026-12-02 10:30")
    assert "DO NOT VISIT" in alone
    assert "BC-11" in alone
    assert "must not be made" in school.may_not("S-03", "authorise", REF)
    school.as_("S-07", "cancel", REF, typed="Only with a colleague\n")
    ref = "RA-2026-0002"

    # Before the visit: the line manager knows address, reason and time of return (BC-12, BC-13, BC-14); a safe word is
    # agreed and stands on the form (BC-44); a mobile phone goes along (BC-15).
    plan = planned(
        school,
        told__manager_address="no",
        told__manager_reason="no",
        told__return_time="no",
        staff__mobile_taken="no",
        safety__word_recorded="no",
    )
    assert "PROCEED WITH CONDITIONS" in school.assess(*plan, start="2026-12-02 10:30")
    school.at("2026-12-02 10:00")
    refused = school.refused("depart", ref)
    for clause in ("BC-12", "BC-13", "BC-14", "BC-15", "BC-44", "Nobody has authorised the visit (BC-02)"):
        assert clause in refused
    school.again(
        ref,
        told__manager_address="yes",
        told__manager_reason="yes",
        told__return_time="yes",
        staff__mobile_taken="yes",
        safety__word_recorded="yes",
    )
    refused = school.refused("depart", ref)
    assert "BC-12" not in refused
    assert f"Have it authorised: riskgen authorise {ref} --by S-01 or S-02 or S-03 or S-04." in refused

    # Every visit is authorised by the safeguarding lead or a senior leader (BC-02): not by the line manager, not by a
    # visitor, and not by somebody who does not know the passphrase or does not mean it.
    assert "under BC-02" in school.may_not("S-09", "authorise", ref)
    assert "nobody may authorise a visit of their own" in school.may_not("S-07", "authorise", ref)
    assert "the answer was no" in school.as_("S-03", "authorise", ref, typed="n\n", ends=4)
    guessed = school("authorise", ref, "--by", "S-03", typed="let me in please\n" * 3 + "y\n", ends=4)
    assert "That is not the passphrase of S-03." in guessed
    assert school.state(ref) == "assessed"
    assert f"{ref} is authorised by S-03 under BC-02." in school.authorise(ref, "S-03")
    assert school.state(ref) == "authorised"

    # A dog has been heard of since (Appendix 1, animals): what was authorised is another visit now.
    again = school.again(ref, household__animals="yes", visit__animal_will_be_moved="yes")
    assert "Injury by a dog or another animal in the home" in again
    assert "The authorisation by S-03" in school.refused("depart", ref)
    assert "dog" in school.said[-1]
    school.authorise(ref, "S-02")

    # Out, with the time of return that the line manager was given (BC-14); the policy asks for no calls.
    school.at("2026-12-02 10:10")
    out = school("depart", ref)
    assert "no calls were agreed, and the policy asks for none" in out
    assert "the school's own rule, as the policy says nothing" in out
    assert "Silver saloon" not in school("board")  # the one who drives is known, and nobody is late

    # During the visit: in only on the invitation of a responsible adult (BC-20); ask a brother or sister no more than
    # whether a parent is there (BC-22); a delegated adult may be spoken to but not told why (BC-21, BC-23).
    school.at("2026-12-02 10:33")
    school("checkin", ref, "--where", "at-the-door")
    assert "BC-20" in school("now", ref, "--set", "door.invited_in=no")
    assert "BC-22" in school("now", ref, "--set", "door.only_siblings=yes")
    collide = school("now", ref, "--set", "door.delegated_adult=yes", "--set", "door.parent_present=no")
    assert "BC-21 and BC-23" in collide
    school("checkin", ref, "--where", "inside")

    # Overdue. Silent: nothing at the due time, then the school's own ladder.
    school.at("2026-12-02 11:30")
    assert "none of them late" in school("board")
    for when, late, step in (
        ("11:31", "1 minute", "NOW, since 11:30: Ring the visitors on their mobiles (School office)"),
        ("11:45", "15 minutes", "NOW, since 11:45: Tell the headteacher or a senior leader (School office)"),
        ("12:00", "30 minutes", "NOW, since 12:00: Ring 999"),
    ):
        school.at(f"2026-12-02 {when}")
        board = school("board")
        assert f"LATE by {late}, due back 11:30" in board
        assert "The policy says nothing on what to do when visitors are overdue" in board
        assert SCHOOLS_OWN in board
        assert step in board
        assert "Blue hatchback, registration EX07 AMP (Gray Invented)" in board

    # The same word on the telephone to the school means danger (BC-40). What the school then does is left open.
    word = school.word(ref, "S-12")
    assert word == school.word(ref, "S-10") == school.word(ref, "S-02")
    school.refuses_to_show_the_word_to(ref, "S-03", "S-09")  # S-03's authorisation lapsed
    alarm = school("alarm", ref)
    assert "Birchwood Community High School home visit policy does not say what to do." in alarm
    assert SCHOOLS_OWN in alarm
    assert "1. Ring 999 and give the address" in alarm
    assert "2. Tell the headteacher or a senior leader" in alarm
    assert word not in alarm
    board = school("board")
    assert "SAFE WORD HEARD at 12:00" in board
    assert board.out.index("SAFE WORD HEARD") < board.out.index("LATE by")

    # After the visit: not back at school, they ring to say that they have left (BC-31); a detailed report on CPOMS in a
    # timely manner (BC-34), here not in time by the school's own rule.
    school.at("2026-12-02 12:20")
    school("return", ref, "--gone-home")
    school.at("2026-12-04 09:00")
    went = school.went(ref, concern="yes", incident="yes", incident_text="A neighbour shouted.", BC_24="did-not-arise")
    recorded = school.as_("S-07", "record", ref, "--answers", went)
    assert "Late: 44 hours after the return." in recorded
    assert "BC-34: Record the visit on CPOMS promptly" in recorded
    assert "is over, and its safe word is erased" in school("show", ref, "--safe-word", ends=4)

    # Everything is there as it was; another such visit begins without a date and without anybody's approval.
    shown = school("show", ref)
    for words in ("By S-02", "Safe word heard", "Recorded late, 44 hours", "A neighbour shouted.", "BC-34"):
        assert words in shown
    assert school("list", "--visitor", "S-12", "--json").json[-1]["state"] == "closed"
    assert "undated, and nobody has approved it" in school.as_("S-07", "repeat", ref)
    assert "no date yet" in school("list")
    school.sound()


def test_a_visit_in_the_night_when_the_clocks_go_forward(open_school: Callable[..., Any]) -> None:
    school = open_school("bchs")
    school.at("2026-03-28 22:00")

    # Evening visits are strongly advised against (BC-43); a senior leader decides on this one in writing. The hour from
    # one to two does not exist that night.
    plan = school.intake(
        "emergency-safeguarding",
        PAIR,
        minutes=60,
        visit__leave_at="00:10",
        visit__back_at="02:30",
        travel__dark="yes",
        contact__told="no",
    )
    assert "BC-43" in school.assess(*plan, start="2026-03-29 00:30")
    assert "REFER" in school.said[-1]
    school.as_("S-02", "override", REF, typed="The child cannot wait until morning\ny\n")
    school.authorise(REF, "S-03")
    school.at("2026-03-29 00:10")
    school("depart", REF)
    school.at("2026-03-29 00:59")
    school("checkin", REF, "--where", "inside")
    school.later(minutes=1)
    assert "Who is out: Sunday 29 March 2026, 02:00" in school("board")
    school("return", REF, "--at", "01:30", ends=3)  # there was no such time
    school.later(minutes=30)
    assert "none of them late" in school("board")
    school.later(minutes=1)
    assert "LATE by 1 minute, due back 02:30" in school("board")
    school.at("2026-03-29 03:00")
    assert "NOW, since 03:00: Ring 999" in school("board")
    school("return", REF)
    shown = school("show", REF, "--json").json
    assert shown["departed"]["at"] == "2026-03-29T00:10:00+00:00"
    assert shown["returned"]["at"] == "2026-03-29T02:00:00+00:00"
    school.sound()


def test_a_call_that_was_agreed_for_a_time_that_is_past_is_not_taken_for_tomorrows(
    open_school: Callable[..., Any],
) -> None:
    school = open_school("bchs")
    school.at("2026-03-03 15:00")
    times = {"visit__leave_at": "10:10", "visit__back_at": "11:30", "safety__check_in_times": "10:20"}
    school.assess(*school.intake("attendance", ("S-07", "S-12"), **times), start="2026-03-04 10:30")
    school.authorise(REF, "S-03")
    school.at("2026-03-04 10:25")
    refused = school.refused("depart", REF)
    assert "The check-in agreed for 10:20 is past by now: agree another time." in refused
    school.at("2026-03-04 10:15")
    assert "10:20" in school("depart", REF)
