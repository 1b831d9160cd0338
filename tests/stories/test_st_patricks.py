"""St Patrick's Catholic College: pairs go with a senior leader's authority, never where violence was ever reported.

The policy is silent on the safe word, overdue visitors, check-ins, and who authorises the headteacher's own visit.
"""

from collections.abc import Callable
from typing import Any

REF = "RA-2026-0001"
PAIR = ("S-07", "S-12")
SCHOOLS_OWN = "The school's own steps, from school.yaml (not the policy's):"


def planned(school: Any, *visitors: str, purpose: str = "attendance", **changes: object) -> tuple[str, ...]:
    times = {"visit__leave_at": "10:10", "visit__back_at": "11:30"}
    found: tuple[str, ...] = school.intake(purpose, visitors or PAIR, **{**times, **changes})
    return found


def test_a_visit_about_attendance_with_a_late_return(open_school: Callable[..., Any]) -> None:
    school = open_school("st-patricks")
    school.at("2026-12-01 15:00")

    # Visits are conducted in pairs (SP-12): one alone is put to a person.
    assert "REFER" in school.assess(*planned(school, "S-07"), start="2026-12-02 10:30")
    assert "SP-12" in school.may_not("S-02", "authorise", REF)

    # With a companion, but purpose and names are not on CPOMS yet (SP-11), the background is not looked up (SP-13), and
    # there is no phone (SP-14).
    plan = planned(school, told__cpoms_before="no", background__checked="no", staff__mobile_taken="no")
    again = school.assess(*plan, "--reference", REF, "--force", start="2026-12-02 10:30")
    assert "PROCEED WITH CONDITIONS" in again
    assert "The policy's own review date (2019-07-31) has passed." in again
    school.at("2026-12-02 10:00")
    refused = school.refused("depart", REF)
    for clause in ("SP-11", "SP-13", "SP-14", "Nobody has authorised the visit (SP-01)"):
        assert clause in refused
    settled = school.again(REF, told__cpoms_before="yes", background__checked="yes", staff__mobile_taken="yes")
    assert "SP-11" not in settled

    # Authorised by the headteacher or a senior leader (SP-01), not by the safeguarding deputy, never by a visitor.
    assert "under SP-01" in school.may_not("S-13", "authorise", REF)
    assert "nobody may authorise a visit of their own" in school.may_not("S-12", "authorise", REF)
    assert f"{REF} is authorised by S-02 under SP-01." in school.authorise(REF, "S-02")

    # The parents now want it for another reason than was authorised; that reason is among the six (SP-06).
    plan = planned(school, purpose="school-refusal")
    school.assess(*plan, "--reference", REF, "--force", start="2026-12-02 10:30")
    refused = school.refused("depart", REF)
    assert "The authorisation by S-02" in refused
    assert "has lapsed, since this changed" in refused
    school.authorise(REF, "S-01")

    # Out. Silent on calls to the office.
    school.at("2026-12-02 10:10")
    assert "no calls were agreed, and the policy asks for none" in school("depart", REF)
    school.at("2026-12-02 10:31")
    school("checkin", REF, "--where", "at-the-door")

    # In only if a responsible adult invites them (SP-20), not without any adult (SP-21); neither upstairs nor into a
    # child's bedroom (SP-24, SP-25).
    assert "SP-20" in school("now", REF, "--set", "door.invited_in=no")
    assert "SP-21" in school("now", REF, "--set", "door.adult_present=no")
    rooms = school("now", REF, "--set", "inside.upstairs_asked=yes", "--set", "inside.bedroom_asked=yes")
    assert "SP-24" in rooms
    assert "SP-25" in rooms

    # Late. Silent: the school's own ladder, and marked as the school's.
    school.at("2026-12-02 11:30")
    assert "none of them late" in school("board")
    for when, late, step in (
        ("11:31", "1 minute", "NOW, since 11:30: Ring the visitors on their mobiles"),
        ("11:45", "15 minutes", "NOW, since 11:45: Tell the headteacher or a senior leader"),
        ("12:00", "30 minutes", "NOW, since 12:00: Ring 999"),
    ):
        school.at(f"2026-12-02 {when}")
        board = school("board")
        assert f"LATE by {late}, due back 11:30" in board
        assert "The policy says nothing on what to do when visitors are overdue" in board
        assert SCHOOLS_OWN in board
        assert step in board

    # The safe word is heard. Silent as well.
    word = school.word(REF, "S-07")
    assert word == school.word(REF, "S-10") == school.word(REF, "S-01")
    school.refuses_to_show_the_word_to(REF, "S-02", "S-13")
    alarm = school("alarm", REF)
    assert "home visits policy and procedures does not say what to do." in alarm
    assert SCHOOLS_OWN in alarm
    assert word not in alarm

    # Not back at school: they ring to say that they have left (SP-30). Everything on CPOMS (SP-29), a short incident
    # log of every visit (SP-32), as soon as possible while it is remembered (SP-33): here two days later, by the
    # school's own rule too late.
    school.at("2026-12-02 12:15")
    school("return", REF, "--gone-home")
    school.at("2026-12-04 12:15")
    went = school.went(REF, SP_26="did-not-arise", SP_27="did-not-arise", SP_34="did-not-arise")
    recorded = school.as_("S-12", "record", REF, "--answers", went)
    assert "Late: 48 hours after the return." in recorded
    for clause in ("SP-29", "SP-32", "SP-33"):
        assert clause in recorded
    assert "is over, and its safe word is erased" in school("show", REF, "--safe-word", ends=4)
    shown = school("show", REF)
    for words in ("By S-01", "Recorded late, 48 hours", "Safe word heard", "Did not arise"):
        assert words in shown
    assert school.state(REF) == "closed"
    assert "undated, and nobody has approved it" in school.as_("S-12", "repeat", REF)
    school.sound()


def test_senior_leaders_need_the_headteacher_and_the_headteacher_has_nobody(open_school: Callable[..., Any]) -> None:
    school = open_school("st-patricks")
    school.at("2026-12-02 09:00")

    # A senior leader's visit is authorised by the headteacher and nobody else (SP-02), however senior.
    plan = planned(school, "S-04", "S-07")
    school.assess(*plan, start="2026-12-02 10:30")
    assert "under SP-02" in school.may_not("S-02", "authorise", REF)
    assert f"{REF} is authorised by S-01 under SP-02." in school.authorise(REF, "S-01")

    # Who authorises the headteacher's own visit is left open (SP-02): not the headteacher, and nobody in their stead.
    plan = planned(school, "S-01", "S-07", visit__leave_at="13:10", visit__back_at="14:30")
    own = school.assess(*plan, start="2026-12-02 13:30")
    ref = "RA-2026-0002"
    assert "SP-02" in own
    refused = [school.may_not(person, "authorise", ref) for person in ("S-01", "S-02", "S-03")]
    assert "a visit of their own" in refused[0]
    assert all("Nobody in the staff directory may." in each for each in refused[1:])
    school.at("2026-12-02 13:10")
    assert "SP-02" in school.refused("depart", ref)
    assert school.state(ref) == "assessed"
    school.as_("S-07", "cancel", ref, "--reason", "Nobody may authorise it")
    assert school.state(ref) == "cancelled"
    school.sound()


def test_no_visit_where_violence_was_reported_not_even_in_an_emergency(open_school: Callable[..., Any]) -> None:
    school = open_school("st-patricks")
    school.at("2026-12-02 09:00")

    # Where violence was ever reported in the home, the family is met at school (SP-07), and nobody can set that aside.
    told = school.assess(*planned(school, history__violence_reported="yes"), start="2026-12-02 10:30")
    assert "DO NOT VISIT" in told
    assert "Instead: Meet the family on the school premises" in told
    assert "must not be made" in school.may_not("S-01", "authorise", REF)
    assert "Nobody can override that" in school.may_not("S-01", "override", REF)
    assert "SP-07" in school.refused("depart", REF)

    # Emergency safeguarding visits are foreseen (SP-04), yet no meeting in a home with violence (SP-07): both are
    # shown, and the stricter stands.
    plan = planned(school, purpose="emergency-safeguarding", history__violence_reported="yes", contact__told="no")
    told = school.assess(*plan, "--reference", REF, "--force", start="2026-12-02 10:30")
    assert "SP-04 and SP-07" in told
    assert "DO NOT VISIT" in told
    assert "Nobody can override that" in school.may_not("S-01", "override", REF)
    assert "SP-07" in school.refused("depart", REF)
    assert "its safe word forgotten" in school.as_("S-07", "cancel", REF, "--reason", "Seen at school instead")
    assert "is over, and its safe word is erased" in school("show", REF, "--safe-word", ends=4)
    assert school.happened(REF) == ["assessed", "assessed", "cancelled"]
    assert "SP-07" in school("show", REF)
    school.sound()


def test_an_emergency_visit_that_went_out_first_is_marked_for_ever(open_school: Callable[..., Any]) -> None:
    school = open_school("st-patricks")
    school.at("2026-12-02 10:50")

    # An emergency safeguarding visit may come unannounced (SP-04). This one left before anybody had assessed it.
    plan = planned(school, purpose="emergency-safeguarding", contact__told="no")
    assessed = school(
        "assess", *plan, "--start", "2026-12-02 10:30", "--no-input", "--after-the-fact", "A child was in danger"
    )
    assert "this visit is now out, and the board counts it" in assessed
    board = school("board")
    assert "AFTER THE FACT: went out before it was assessed." in board
    assert "due back 11:30" in board

    # Authorised all the same (SP-01), and marked as given afterwards; not by a visitor.
    assert "nobody may authorise a visit of their own" in school.may_not("S-07", "authorise", REF)
    assert f"{REF} is authorised by S-02 under SP-01, afterwards." in school.authorise(REF, "S-02")
    school.at("2026-12-02 11:31")
    assert "LATE by 1 minute" in school("board")
    school.at("2026-12-02 11:40")
    school("return", REF)
    recorded = school.as_("S-07", "record", REF, "--answers", school.went(REF))
    assert "It went out before it was assessed." in recorded
    assert "It was authorised only after it had gone out." in recorded

    # Closed, and still marked, wherever it is shown; another like it is not.
    shown = school("show", REF)
    for words in (
        "It went out before it was assessed.",
        "A child was in danger",
        "Given after the visit had gone out.",
    ):
        assert words in shown
    assert f"{REF} *" in school("list")
    school.as_("S-07", "repeat", REF)
    marked = {line["reference"]: line["after_the_fact"] for line in school("list", "--json").json}
    assert marked == {REF: True, "RA-2026-0002": False}
    school.sound()
