"""Le Rocquier School, Jersey: one visitor may go, nobody has to approve, and a card is left where nobody opens.

The policy is silent on approval, check-ins, the safe word, overdue visitors, and a record after the visit. Jersey keeps
the time of London: on 25 October 2026 the clocks go back at two in the morning.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

REF = "RA-2026-0001"
JERSEY = "Europe/Jersey"
OFFICER = "S-08"
"""The education welfare officer."""
SCHOOLS_OWN = "The school's own steps, from school.yaml (not the policy's):"


def test_nobody_is_in_and_the_officer_is_late_back(open_school: Callable[..., Any]) -> None:
    school = open_school("le-rocquier", JERSEY)
    school.at("2026-06-17 09:00")

    # A student refuses school; one member of staff may go alone (LR-02), after ringing the parents (LR-04), with a
    # mobile phone (LR-10), once the senior team has been told (LR-11), signed out at the office (LR-12).
    plan = school.intake(
        "school-refusal",
        (OFFICER,),
        visit__leave_at="10:10",
        visit__back_at="11:30",
        contact__phoned="no",
        told__senior_team="no",
        told__signing_out="no",
    )
    assessed = school.assess(*plan, start="2026-06-17 10:30")
    assert "PROCEED WITH CONDITIONS" in assessed
    assert "The policy does not say who authorises the visit." in assessed
    school.at("2026-06-17 10:10")
    refused = school.refused("depart", REF)
    for clause in ("LR-04: Telephone", "LR-11: Tell a member of the senior team", "LR-12: Sign out"):
        assert clause in refused
    assert "PROCEED" in school.again(REF, contact__phoned="yes", told__senior_team="yes", told__signing_out="yes")

    # Silent on approval, so nobody has to give one, and the visit may leave as it is. Where a senior leader gives one
    # all the same, it is by the school's own rule; the visitor may not, nor a colleague without that role.
    assert "nobody may authorise a visit of their own" in school.may_not(OFFICER, "authorise", REF)
    assert "as the policy names nobody" in school.may_not("S-07", "authorise", REF)
    assert "by the school's own rule" in school.authorise(REF, "S-02")
    school.again(REF, visit__minutes="50")
    assert "has lapsed, since this changed" in school.refused("depart", REF)
    assert "by the school's own rule" in school.authorise(REF, "S-02")
    out = school("depart", REF)
    assert "no calls were agreed, and the policy asks for none" in out

    # Nobody opens: a calling card with the details of the education welfare officer (LR-09).
    school.at("2026-06-17 10:32")
    assert "The policy does not say how long to wait at the door." in school("checkin", REF, "--where", "at-the-door")
    advice = school("now", REF, "--set", "door.anyone_answers=no")
    assert "Leave a calling card with the contact details of the education welfare officer (LR-09)" in advice
    school("checkin", REF, "--where", "left")

    # Not back when agreed. Silent: every step is the school's own and says so.
    school.at("2026-06-17 11:30")
    assert "none of them late" in school("board")
    for when, late, step in (
        ("11:31", "1 minute", "NOW, since 11:30: Ring the visitors on their mobiles"),
        ("11:45", "15 minutes", "NOW, since 11:45: Tell the headteacher or a senior leader"),
        ("12:00", "30 minutes", "NOW, since 12:00: Ring 999"),
    ):
        school.at(f"2026-06-17 {when}")
        board = school("board")
        assert "(Europe/Jersey)" in board
        assert f"LATE by {late}, due back 11:30" in board
        assert "The policy says nothing on what to do when visitors are overdue" in board
        assert SCHOOLS_OWN in board
        assert step in board

    # Silent on the safe word too.
    word = school.word(REF, OFFICER)
    assert word == school.word(REF, "S-10") == school.word(REF, "S-02")
    school.refuses_to_show_the_word_to(REF, "S-01", "S-07")
    alarm = school("alarm", REF)
    assert "Le Rocquier School home visits policy does not say what to do." in alarm
    assert SCHOOLS_OWN in alarm
    assert "Red hatchback, registration EX08 AMP" in alarm
    assert word not in alarm

    # Back, and signed in at the office (LR-12). Silent on a record, which the school asks for within its own hours.
    school.at("2026-06-17 12:10")
    school("return", REF)
    school.at("2026-06-18 12:10")
    went = school.went(REF, outcome="nobody-in", LR_08="did-not-arise")
    recorded = school.as_(OFFICER, "record", REF, "--answers", went)
    assert "nobody was in, or nobody opened" in recorded
    assert "Late" not in recorded  # a day, to the minute
    assert "is over, and its safe word is erased" in school("show", REF, "--safe-word", ends=4)
    assert "Nobody was in, or nobody opened" in school("show", REF)
    assert "by the school's own rule, the policy naming nobody" in school.said[-1]
    assert school.state(REF) == "closed"
    assert "undated, and nobody has approved it" in school.as_(OFFICER, "repeat", REF)
    school.sound()


def test_an_unannounced_visit_is_the_officers(open_school: Callable[..., Any]) -> None:
    school = open_school("le-rocquier", JERSEY)
    school.at("2026-06-17 09:00")
    without_notice = {
        "visit__unannounced": "yes",
        "contact__phoned": "no",
        "contact__told": "no",
        "visit__leave_at": "10:10",
        "visit__back_at": "11:30",
    }

    # In rare cases without notice (LR-05), as a rule by the welfare officer (LR-06), for a reason that the policy
    # gives (LR-07); for another one a person decides.
    plan = school.intake("school-refusal", (OFFICER,), visit__unannounced_ground="other", **without_notice)
    assert "REFER" in school.assess(*plan, start="2026-06-17 10:30")
    assert "LR-07" in school.refused("depart", REF)
    decided = school.as_("S-01", "override", REF, typed="Agreed with children's services\ny\n")
    assert "Worked out, and kept beside it: REFER" in decided
    shown = school("show", REF)
    assert "it was refer, and S-01 made it proceed-with-conditions" in shown
    assert "Reason: Agreed with children's services" in shown

    # It was decided for a visit of forty minutes; for a longer one it has to be decided again.
    school.again(REF, visit__minutes="50")
    lost = "What S-01 decided on 'decision' no longer holds"
    assert lost in school.refused("depart", REF)
    school.as_("S-01", "override", REF, typed="Still agreed\ny\n")
    assert lost not in school.refused("depart", REF)

    # With a reason of the policy's own it goes, and what was decided before is no longer needed.
    again = school.again(REF, visit__unannounced_ground="attendance-concern")
    assert "REFER" not in again
    school.at("2026-06-17 10:10")
    assert "You accept these ratings, on their conditions" in school.authorise(REF, "S-01")
    school("depart", REF)
    school.at("2026-06-17 11:00")
    school("return", REF)
    assert "made it proceed-with-conditions" in school("show", REF)
    school.sound()


def test_a_visit_in_the_night_when_the_clocks_go_back(open_school: Callable[..., Any]) -> None:
    school = open_school("le-rocquier", JERSEY)
    school.at("2026-10-24 23:00")

    # An emergency in the night: the officer goes after midnight and is due at half past two. The hour from one to two
    # comes twice, so three hours and a half pass and not two and a half. Silent on the evening: a person decides.
    plan = school.intake(
        "welfare",
        (OFFICER,),
        minutes=60,
        visit__leave_at="00:00",
        visit__back_at="02:30",
        travel__dark="yes",
        travel__park_well_lit="yes",
    )
    assert "evening" in school.assess(*plan, start="2026-10-25 00:30")
    school.as_("S-01", "override", REF, typed="Children's services are on their way\ny\n")
    school.authorise(REF, "S-01")
    school.at("2026-10-25 00:00")
    school("depart", REF)
    school.at("2026-10-25 01:10")
    assert "last heard of" not in school("board")
    school("checkin", REF, "--where", "inside")
    school.at("2026-10-25 01:20", fold=1)
    board = school("board")
    assert "last heard of 01:10 BST" in board
    assert "none of them late" in board
    school.at("2026-10-25 02:30")
    assert "none of them late" in school("board")
    school.later(minutes=1)
    assert "LATE by 1 minute, due back 02:30" in school("board")
    school.later(minutes=29)
    assert "NOW, since 03:00: Ring 999" in school("board")
    school.at("2026-10-25 03:05")
    school("return", REF)
    shown = school("show", REF, "--json").json
    left, back = (datetime.fromisoformat(shown[each]["at"]) for each in ("departed", "returned"))
    assert back - left == timedelta(hours=4, minutes=5)
    times = [event["at"] for event in school("history", REF, "--json").json["events"]]
    assert times == sorted(times)
    school.sound()
