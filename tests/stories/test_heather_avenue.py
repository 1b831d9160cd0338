"""Heather Avenue Infant School: an induction visit by a pair, late back, with a ladder of the policy's own.

The policy is silent on who authorises, on check-ins, and on records kept by a certain time; it speaks of the code word.
"""

from collections.abc import Callable
from typing import Any

REF = "RA-2026-0001"
PAIR = ("S-05", "S-06")
"""The child's class teacher and a teaching assistant."""


def planned(school: Any, **changes: object) -> tuple[str, ...]:
    times = {"visit__leave_at": "10:10", "visit__back_at": "11:30"}
    found: tuple[str, ...] = school.intake("reception-induction", PAIR, **times, **changes)
    return found


def test_an_induction_visit_of_a_pair_that_is_late_back(open_school: Callable[..., Any]) -> None:
    school = open_school("heather-avenue")
    school.at("2026-06-16 14:00")

    # In the term before Reception (HA-01), always as a pair (HA-02): a teacher alone does not go.
    alone = school.intake("reception-induction", ("S-05",), visit__leave_at="10:10", visit__back_at="11:30")
    assert "DO NOT VISIT" in school.assess(*alone, start="2026-06-17 10:30")
    school.as_("S-05", "cancel", REF, "--reason", "Nobody to go with")

    # The schedule stays behind (HA-04), so does the car's registration (HA-10); a code word is agreed (HA-11).
    plan = planned(school, told__schedule_left="no", told__vehicle="no", safety__word_agreed="no")
    assessed = school.assess(*plan, start="2026-06-17 10:30")
    assert "PROCEED WITH CONDITIONS" in assessed
    ref = "RA-2026-0002"
    assert ref in assessed
    school.at("2026-06-17 10:05")
    refused = school.refused("depart", ref)
    for words in ("HA-04: Leave a copy of the visit schedule", "HA-10: Give the headteacher", "HA-11: Agree a safe"):
        assert words in refused
    settled = school.again(ref, told__schedule_left="yes", told__vehicle="yes", safety__word_agreed="yes")
    assert "Conditions still open" not in settled
    assert "The safe word is still the same." in settled

    # Silent on who authorises: the school's own rule is shown as the school's, and no visitor may use it.
    assert "The policy does not say who authorises the visit." in settled
    assert "S-05 is one of the visitors" in school.may_not("S-05", "authorise", ref)
    assert "by the school's own rule in school.yaml" in school.may_not("S-07", "authorise", ref)
    assert "this policy does not say who authorises a visit" in school.authorise(ref, "S-01")
    assert f"{ref} is authorised by S-01 by the school's own rule." in school.said[-1]

    # What was agreed with the family changes, so that what was authorised is another visit.
    changed = school.again(ref, visit__back_at="11:45")
    assert "PROCEED" in changed
    shown = school("show", ref)
    assert "It has lapsed, since this changed" in shown
    assert "The authorisation by S-01" in school.refused("depart", ref)
    school.authorise(ref, "S-04")

    # The code word is for the visitors, the office and who authorised (HA-11), not for anybody else.
    word = school.word(ref, "S-10")
    assert school.word(ref, "S-05") == school.word(ref, "S-04") == word
    school.refuses_to_show_the_word_to(ref, "S-01", "S-07")

    # Headteacher and office know who is out, where, and on which number (HA-29, HA-30).
    school.at("2026-06-17 10:10")
    out = school("depart", ref)
    assert "Ring the mobile phones of the visitors" in out
    assert "the policy asks for none" in out  # silent on check-ins
    board = school("board")
    for words in ("1 visit is out, none of them late", "Ellis Invented, 07700 900005", "F-2001", "7 Example Street"):
        assert words in board

    # At the door: without the parent it does not go ahead (HA-15), nor beside a pet that may be dangerous (HA-20).
    school.at("2026-06-17 10:31")
    heard = school("checkin", ref, "--where", "at-the-door")
    assert "The policy does not say how long to wait at the door." in heard
    assert "HA-15" in school("now", ref, "--set", "door.parent_present=no")
    assert "HA-20" in school("now", ref, "--set", "door.dangerous_animal=yes", "--set", "door.animal_moved=no")
    assert "YOU MAY GO IN" in school("now", ref, "--set", "door.parent_present=yes", "--set", "door.invited_in=yes")

    # Not back when agreed, and no word: the office rings them (HA-31); the police if nobody answers and there is
    # cause for concern (HA-32), which is judged and has no minute.
    school.at("2026-06-17 11:45")
    assert "none of them late" in school("board")
    for minutes, late in ((1, "1 minute"), (15, "16 minutes"), (14, "30 minutes")):
        school.later(minutes=minutes)
        board = school("board")
        assert f"LATE by {late}, due back 11:45 (the agreed return)" in board
        assert "What to do, by the policy (Heather Avenue Infant School home visit policy, edition of" in board
        assert "NOW, since 11:45: Ring the mobile phones" in board
        assert "(School office, HA-31)" in board
        assert "when you judge it right: Ring the police if nobody answers" in board
        assert "not the policy's" not in board
    assert school("list", "--state", "overdue", "--json").json[0]["reference"] == ref

    # A visitor rings and uses the code word (HA-12): 999 at once (HA-33), what the police need (HA-34), and the
    # headteacher is told (HA-35).
    alarm = school("alarm", ref)
    for words in (
        *("What Heather Avenue Infant School home visit policy says", "1. Ring 999 at once"),
        *("HA-33", "2. Give the police the visitors' names", "HA-34", "3. Tell the headteacher", "HA-35"),
        *("White hatchback, registration EX05 AMP", "7 Example Street", "at the door"),
    ):
        assert words in alarm
    assert "not the policy's" not in alarm
    assert word not in alarm
    assert "SAFE WORD HEARD at 12:15" in school("board")

    # Back at school, and everything talked over with a senior leader (HA-28); notes in the blue folder (HA-18),
    # written up and shared (HA-25). Written down two days later, against the school's own rule: late.
    school.at("2026-06-17 12:40")
    school("return", ref)
    assert "Nobody is out." in school("board")
    school.at("2026-06-19 13:00")
    assert ref in school("board")
    assert ref in school("review")
    went = school.went(
        ref,
        HA_27="did-not-arise",
        outcome="in-part",
        why="The child was asleep.",
        incident="yes",
        incident_text="The dog barred the way.",
    )
    recorded = school.as_("S-05", "record", ref, "--answers", went)
    assert "Late: 48 hours after the return. The school's own rule" in recorded
    assert "HA-25: Write up the notes" in recorded
    assert "closed, and its safe word is erased" in recorded
    assert f"{ref} is over, and its safe word is erased." in school("show", ref, "--safe-word", ends=4)

    # It stands as it was: authorised twice, late, heard, recorded late.
    assert school.happened(ref) == [
        *("assessed", "assessed", "authorised", "assessed", "authorised"),
        *("safe-word-shown", "safe-word-shown", "safe-word-shown", "departed", "checked-in", "alarm-raised"),
        *("returned", "recorded", "closed"),
    ]
    shown = school("show", ref)
    assert "Recorded late, 48 hours after the return" in shown
    assert "HA-28" in shown
    assert "Safe word heard" in shown
    assert [(each["reference"], each["state"]) for each in school("list", "--json").json] == [
        (REF, "cancelled"),
        (ref, "closed"),
    ]
    school.sound()
