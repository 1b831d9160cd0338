"""`riskgen record` and `riskgen repeat`, from the office's chair."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.visit import Happened, State, Visit, Who
from riskgen.service import clock
from riskgen.service.desk import open_desk
from riskgen.service.moves import append_move

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REF = "RA-2026-0001"
OFFICE = Who("S-10", "office", "account")


def assess(riskgen: Callable[..., Any], *more: str) -> None:
    result = riskgen(
        *("assess", "families/F-0123.yaml", "visits-planned/visit-F-0123.yaml"),
        *("--start", "2026-11-20 10:30", "--no-input", *more),
    )
    assert result.code == 0, result.said


def go_and_come_back(home: Path, at: datetime, *between: tuple[Happened, dict[str, Any]]) -> None:
    """The visit is signed out and comes back at a moment, whatever stands in the way."""
    with open_desk(home) as desk, desk.register.write() as writer:
        visit = append_move(writer, desk, writer.visits([REF])[REF], Happened.DEPARTED, OFFICE, {"outing": {}})
        for happened, body in between:
            visit = append_move(writer, desk, visit, happened, OFFICE, body)
        append_move(writer, desk, visit, Happened.RETURNED, OFFICE, {"where": "school", "at": at.isoformat()})


def visit(home: Path, reference: str = REF) -> Visit:
    with open_desk(home) as desk:
        return desk.visit(reference)


def filled_in(template: str, **answers: str) -> str:
    """The template with every clause done and everything said, but for what is given."""
    text = re.sub(r"^(  [A-Z]{2}-\w+):$", r"\1: done", template, flags=re.M)
    said = {
        "outcome": "as-planned",
        "seen": "All well",
        "agreed": "nothing",
        "concern": "no",
        "incident": "no",
        "actions": "none",
        **answers,
    }
    for key, value in said.items():
        text = re.sub(rf"^{key}:.*$", f"{key}: {value}", text, flags=re.M)
    return text


@pytest.fixture
def back(home: Path, riskgen: Callable[..., Any], quick_forms: None) -> Path:
    """The folder of a school whose visit under bchs came back an hour ago."""
    assess(riskgen)
    go_and_come_back(home, NOW - timedelta(hours=1))
    return home


@pytest.fixture
def template(back: Path, riskgen: Callable[..., Any]) -> str:
    result = riskgen("record", REF, "--template")
    assert result.code == 0, result.said
    return str(result.out)


def test_a_template_filled_in_closes_the_visit_and_erases_its_safe_word(
    back: Path, template: str, riskgen: Callable[..., Any]
) -> None:
    (back / "went.yaml").write_text(filled_in(template), encoding="utf-8")
    result = riskgen("record", REF, "--answers", "went.yaml", "--no-input")
    assert result.code == 0, result.said
    assert "the visit is closed, and its safe word is erased" in result.said
    assert visit(back).state is State.CLOSED
    with open_desk(back) as desk, desk.register.read() as reader:
        assert reader.safe_word(REF) is None
        assert reader.entry(REF).state is State.CLOSED
        assert reader.verify() == ()


def test_the_template_holds_every_clause_that_is_asked_for_in_the_words_of_the_policy(template: str) -> None:
    assert "  BC-34:" in template
    assert "Record the visit on CPOMS promptly" in template
    assert template.index("  BC-20:") < template.index("  BC-34:"), "during comes before after"
    assert "  BC-01:" not in template


def test_what_a_file_lacks_stays_open_and_is_listed(back: Path, riskgen: Callable[..., Any]) -> None:
    (back / "went.yaml").write_text("outcome: nobody-in\n", encoding="utf-8")
    result = riskgen("record", REF, "--answers", "went.yaml", "--no-input", "--json")
    report = json.loads(result.out)
    assert report["state"] == "recorded"
    assert {"seen", "agreed", "BC-34", "concern", "incident", "actions"} <= {item["what"] for item in report["open"]}
    assert "outcome" not in {item["what"] for item in report["open"]}
    assert visit(back).state is State.RECORDED


def test_the_report_has_the_keys_that_are_documented(back: Path, template: str, riskgen: Callable[..., Any]) -> None:
    (back / "went.yaml").write_text(filled_in(template, seen=""), encoding="utf-8")
    report = json.loads(riskgen("record", REF, "--answers", "went.yaml", "--no-input", "--json").out)
    assert set(report) == {
        *("reference", "state", "outcome", "late", "hours_after_return", "within_hours", "late_clauses", "open"),
        *("notes", "tell", "tell_clauses"),
    }
    assert set(report["open"][0]) == {"what", "says"}


def test_recording_again_adds_until_nothing_is_open(back: Path, template: str, riskgen: Callable[..., Any]) -> None:
    action = "\n  - {what: Send the minutes, who: S-07, by: 2026-11-25}"
    (back / "went.yaml").write_text(filled_in(template, agreed="", actions=action), encoding="utf-8")
    first = riskgen("record", REF, "--answers", "went.yaml", "--no-input")
    assert "Send the minutes (S-07, by 2026-11-25)" in first.said
    second = riskgen("record", REF, "--template").out
    assert "BC-34" not in second
    assert "agreed:" in second
    assert "done: []" in second
    (back / "rest.yaml").write_text("agreed: To ring on Monday\ndone: [1]\n", encoding="utf-8")
    assert "closed" in riskgen("record", REF, "--answers", "rest.yaml", "--no-input").said
    assert [event.happened for event in visit(back).events[-3:]] == [
        Happened.RECORDED,
        Happened.RECORDED,
        Happened.CLOSED,
    ]


def test_at_a_terminal_it_asks_clause_by_clause(back: Path, riskgen: Callable[..., Any]) -> None:
    clauses = len(re.findall(r"^  BC-\w+:$", riskgen("record", REF, "--template").out, flags=re.M))
    typed = "in-part\nThe child was ill\nAll well\nnothing\n" + "n\nNo time\n" + "y\n" * (clauses - 2) + "-\n"
    result = riskgen("record", REF, typed=typed + "no\nno\nno\n")
    assert result.code == 0, result.said
    assert visit(back).state is State.CLOSED
    ticks = visit(back).records[-1].body["record"]["clauses"]
    assert ticks[0]["answer"] == "not-done"
    assert ticks[0]["why"] == "No time"
    assert ticks[-1]["answer"] == "did-not-arise"


def test_stopping_keeps_what_was_said_and_asks_only_the_rest_the_next_time(
    back: Path, riskgen: Callable[..., Any]
) -> None:
    assert riskgen("record", REF, typed="as-planned\nAll well\nstop\n").code == 0
    again = riskgen("record", REF, typed="nothing\nstop\n")
    assert "How did the visit end?" not in again.said
    assert "What was agreed" in again.said
    record = visit(back).records[-1].body["record"]
    assert (record["ending"], record["seen"], record["agreed"]) == ("as-planned", "All well", "nothing")


def test_a_text_that_is_too_long_is_asked_for_again(back: Path, riskgen: Callable[..., Any]) -> None:
    result = riskgen("record", REF, typed=f"as-planned\n{'x' * 4001}\nAll well\nstop\n")
    assert "4001 of 4000" in result.said
    assert visit(back).records[-1].body["record"]["seen"] == "All well"


def test_saying_nothing_records_nothing(back: Path, riskgen: Callable[..., Any]) -> None:
    result = riskgen("record", REF, typed="")
    assert result.code == 4
    assert "Nothing was saved" in result.said
    assert visit(back).state is State.RETURNED


FAULTY = {
    "outcome: as-plannd\n": "Did you mean 'as-planned'?",
    "incident: perhaps\n": "'incident'",
    "clauses:\n  BC-99: done\n": "BC-99",
    "clauses:\n  BC-34: sometimes\n": "BC-34",
    'because:\n  BC-34: "private words"\n': "does not say that it was not done",
    "actions:\n  - {what: private words, who: S-07, by: soon}\n": "2026-12-02",
    "actions:\n  - {what: private words, who: S-07}\n": "'by'",
    "done: [1]\n": "There is no further action 1",
    'seen: "private words \\x07"\n': "cannot be printed",
    f"agreed: {'private words ' * 150}\n": "of 2000 characters",
    "[]\n": "",
}


@pytest.mark.parametrize("text", FAULTY)
def test_a_faulty_file_is_refused_whole_and_its_texts_are_not_repeated(
    text: str, back: Path, riskgen: Callable[..., Any]
) -> None:
    (back / "went.yaml").write_text(text, encoding="utf-8")
    result = riskgen("record", REF, "--answers", "went.yaml", "--no-input")
    assert result.code == 3
    assert FAULTY[text] in result.said
    assert "Nothing was saved" in result.said
    assert "private words" not in result.said
    assert visit(back).records == ()


def test_a_visit_that_is_out_or_was_never_out_is_refused_with_what_to_do(
    home: Path, riskgen: Callable[..., Any], quick_forms: None
) -> None:
    assess(riskgen)
    result = riskgen("record", REF, "--template")
    assert result.code == 4
    assert "riskgen depart" in result.said
    with open_desk(home) as desk, desk.register.write() as writer:
        append_move(writer, desk, writer.visits([REF])[REF], Happened.DEPARTED, OFFICE, {"outing": {}})
    result = riskgen("record", REF, typed="as-planned\n")
    assert result.code == 4
    assert "riskgen return" in result.said


def test_a_late_record_is_flagged_for_ever_by_the_rule_of_the_school(
    back: Path, riskgen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOW + timedelta(hours=30))
    (back / "went.yaml").write_text("outcome: as-planned\nseen: All well\n", encoding="utf-8")
    result = riskgen("record", REF, "--answers", "went.yaml", "--no-input")
    assert "Late: 31 hours after the return" in result.said
    assert "school's own rule" in result.said
    assert "BC-34: Record the visit on CPOMS promptly" in result.out.split("Still open")[0].replace("\n    ", " ")
    body = visit(back).records[0].body
    assert (body["late"], body["hours"], body["within_hours"]) == (True, 31, 24)
    assert "Recorded late, 31 hours after the return" in riskgen("show", REF).said


def test_a_record_at_the_last_minute_is_not_late(
    back: Path, riskgen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOW + timedelta(hours=23))
    (back / "went.yaml").write_text("outcome: as-planned\n", encoding="utf-8")
    assert "Late" not in riskgen("record", REF, "--answers", "went.yaml", "--no-input").said
    assert visit(back).records[0].body["late"] is False


def test_an_action_done_later_does_not_make_the_record_late(
    back: Path, template: str, riskgen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    action = "\n  - {what: Send the minutes, who: S-07, by: 2026-11-25}"
    (back / "went.yaml").write_text(filled_in(template, actions=action), encoding="utf-8")
    riskgen("record", REF, "--answers", "went.yaml", "--no-input")
    monkeypatch.setattr(clock, "utc_now", lambda: NOW + timedelta(days=9))
    assert "closed" in riskgen("record", REF, typed="yes\n").said
    assert [event.body["late"] for event in visit(back).records] == [False, False]


def test_st_patricks_wants_it_written_down_while_it_is_remembered(
    away: Path, riskgen: Callable[..., Any], quick_forms: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert riskgen("init", "school", "--policy", "st-patricks").code == 0
    monkeypatch.chdir(away / "school")
    assess(riskgen)
    go_and_come_back(away / "school", NOW - timedelta(hours=48))
    Path("went.yaml").write_text("outcome: as-planned\n", encoding="utf-8")
    report = json.loads(riskgen("record", REF, "--answers", "went.yaml", "--no-input", "--json").out)
    assert "SP-33" in {clause["clause"] for clause in report["late_clauses"]}
    assert "SP-31" not in {clause["clause"] for clause in report["late_clauses"]}, "it is on another topic"


def test_a_broken_policy_keeps_nobody_from_recording(back: Path, template: str, riskgen: Callable[..., Any]) -> None:
    for path in (back / "data" / "policies" / "bchs").glob("*.yaml"):
        path.write_text("broken: [", encoding="utf-8")
    (back / "went.yaml").write_text(filled_in(template), encoding="utf-8")
    assert "closed" in riskgen("record", REF, "--answers", "went.yaml", "--no-input").said


def test_a_visit_that_nobody_authorised_is_recorded_and_it_is_said(
    back: Path, template: str, riskgen: Callable[..., Any]
) -> None:
    (back / "went.yaml").write_text(filled_in(template), encoding="utf-8")
    assert "Nobody has authorised it" in riskgen("record", REF, "--answers", "went.yaml", "--no-input").said
    assert "Nobody has authorised it" in riskgen("show", REF).said


def test_the_reason_for_calling_off_for_safety_is_not_asked_for_twice(
    home: Path, riskgen: Callable[..., Any], quick_forms: None
) -> None:
    assess(riskgen)
    go_and_come_back(home, NOW, (Happened.CALLED_OFF, {"reason": "A dog at the gate", "for_safety": True}))
    template = riskgen("record", REF, "--template").out
    assert "outcome:" not in template
    assert "why:" not in template
    riskgen("record", REF, typed="A dog\nstop\n")
    record = visit(home).records[-1].body["record"]
    assert (record["ending"], record["why"]) == ("called-off-for-safety", "A dog at the gate")


def test_no_input_without_a_file_is_wrong_usage(back: Path, riskgen: Callable[..., Any]) -> None:
    result = riskgen("record", REF, "--no-input")
    assert result.code == 2
    assert "--answers" in result.said


# --- whom to tell, and what is kept with the record ---------------------------------------------


def test_a_concern_is_told_at_once_to_the_contacts_of_the_school_under_the_clause_of_the_policy(
    back: Path, template: str, riskgen: Callable[..., Any]
) -> None:
    (back / "went.yaml").write_text(filled_in(template, concern="yes"), encoding="utf-8")
    result = riskgen("record", REF, "--answers", "went.yaml", "--no-input")
    assert visit(back).state is State.CLOSED
    assert "Designated safeguarding lead: Casey Invented, 01632 960003" in result.out
    assert "BC-33: Take any child protection concern to the safeguarding lead" in result.said
    assert result.out.index("Casey Invented") < result.out.index("Nothing is open")
    assert "Next: nothing" not in result.said
    assert "Next: tell those named above" in result.said


def test_an_incident_is_told_to_the_contacts_though_the_policy_cannot_be_read(
    back: Path, template: str, riskgen: Callable[..., Any]
) -> None:
    for path in (back / "data" / "policies" / "bchs").glob("*.yaml"):
        path.write_text("broken: [", encoding="utf-8")
    text = filled_in(template, incident="yes", concern="yes", incident_text="A fall", seen="")
    (back / "went.yaml").write_text(text, encoding="utf-8")
    result = riskgen("record", REF, "--answers", "went.yaml", "--no-input")
    assert "a safeguarding concern and an incident" in result.said
    assert "01632 960003" in result.said
    assert "BC-33" not in result.said
    assert "tell those named above, if nobody has yet; then record the rest" in result.said


def test_the_clauses_on_an_incident_are_told_too(
    away: Path, riskgen: Callable[..., Any], quick_forms: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert riskgen("init", "school", "--policy", "st-patricks").code == 0
    monkeypatch.chdir(away / "school")
    assess(riskgen)
    go_and_come_back(away / "school", NOW)
    Path("went.yaml").write_text("incident: yes\n", encoding="utf-8")
    report = json.loads(riskgen("record", REF, "--answers", "went.yaml", "--no-input", "--json").out)
    assert [clause["clause"] for clause in report["tell_clauses"]] == ["SP-34"]
    assert {"role", "name", "phone"} == set(report["tell"][0])


def test_without_a_concern_nobody_is_to_be_told(back: Path, template: str, riskgen: Callable[..., Any]) -> None:
    (back / "went.yaml").write_text(filled_in(template), encoding="utf-8")
    report = json.loads(riskgen("record", REF, "--answers", "went.yaml", "--no-input", "--json").out)
    assert (report["tell"], report["tell_clauses"]) == ([], [])


def test_a_visit_whose_safe_word_was_heard_is_not_simply_as_planned(
    home: Path, riskgen: Callable[..., Any], quick_forms: None
) -> None:
    assess(riskgen)
    go_and_come_back(home, NOW, (Happened.ALARM, {}))
    result = riskgen("record", REF, typed="as-planned\nstop\n")
    assert "And yet - " in result.said
    assert "Its safe word was heard." in result.said
    assert "Its safe word was heard." in visit(home).records[-1].body["notes"]
    assert "Its safe word was heard." in riskgen("show", REF).said


@pytest.mark.parametrize(
    ("outcome", "words"), [("do-not-visit", "it was not to be made"), ("refer", "nobody has decided it")]
)
def test_a_visit_that_was_not_to_go_out_says_so_for_ever(
    outcome: str, words: str, home: Path, riskgen: Callable[..., Any], quick_forms: None
) -> None:
    assess(riskgen)
    with open_desk(home) as desk, desk.register.write() as writer:
        before = writer.visits([REF])[REF]
        body = {"assessment": before.events[-1].number, "what": "driving", "to": "H", "reason": "", "outcome": outcome}
        append_move(writer, desk, before, Happened.OVERRIDDEN, OFFICE, body)
    go_and_come_back(home, NOW)
    riskgen("record", REF, typed="nobody-in\nstop\n")
    assert any(words in note for note in visit(home).records[-1].body["notes"])
    assert words in riskgen("show", REF).said


def test_a_note_that_was_mended_since_is_shown_as_it_stood(back: Path, riskgen: Callable[..., Any]) -> None:
    riskgen("record", REF, typed="nobody-in\nstop\n")
    with open_desk(back) as desk, desk.register.write() as writer:
        number = writer.visits([REF])[REF].events[0].number
        writer.append(REF, Happened.AUTHORISED, NOW, OFFICE, {"assessment": number, "after_the_fact": True})
    said = riskgen("show", REF).said
    assert "As it stood when it was recorded: Nobody has authorised it" in said
    assert "It was authorised only after it had gone out." in said


# --- alarms ---------------------------------------------------------------------------------------


def alarmed_and_back(riskgen: Callable[..., Any], reference: str) -> None:
    assert riskgen("alarm", reference).code == 0
    result = riskgen("return", reference)
    assert result.code == 0, result.said


def test_a_draft_that_came_out_by_an_alarm_is_recorded_without_clauses(back: Path, riskgen: Callable[..., Any]) -> None:
    draft = json.loads(riskgen("repeat", REF, "--json").out)["reference"]
    alarmed_and_back(riskgen, draft)
    template = riskgen("record", draft, "--template").out
    assert "clauses:" not in template
    (back / "went.yaml").write_text(filled_in(template, agreed=""), encoding="utf-8")
    result = riskgen("record", draft, "--answers", "went.yaml", "--no-input")
    assert result.code == 0, result.said
    assert "It went out without ever having been assessed." in result.said
    assert "What was agreed." in riskgen("show", draft).said
    assert riskgen("record", draft, typed="nothing\n").code == 0
    assert visit(back, draft).state is State.CLOSED


def test_a_visit_that_an_alarm_reopened_closes_again_though_nothing_new_is_said(
    back: Path, template: str, riskgen: Callable[..., Any]
) -> None:
    (back / "went.yaml").write_text(filled_in(template), encoding="utf-8")
    assert riskgen("record", REF, "--answers", "went.yaml", "--no-input").code == 0
    alarmed_and_back(riskgen, REF)
    assert visit(back).state is State.RETURNED
    result = riskgen("record", REF, typed="")
    assert result.code == 0, result.said
    assert visit(back).state is State.CLOSED
    assert "Nobody had signed it out when its safe word was heard." in visit(back).records[-1].body["notes"]


# --- repeat ---------------------------------------------------------------------------------------


def test_a_repeated_visit_is_undated_unapproved_and_keeps_only_what_warns(
    back: Path, riskgen: Callable[..., Any]
) -> None:
    old = visit(back).body["intake"]["answers"]
    result = riskgen("repeat", REF)
    assert result.code == 0, result.said
    assert "riskgen assess --reference RA-2026-0002 --start" in result.said
    new = visit(back, "RA-2026-0002")
    answers = new.body["intake"]["answers"]
    assert (new.state, new.body["from"], new.body["files"]) == (State.DRAFT, REF, {})
    groups = {name.partition(".")[0] for name in answers}
    gone = {"approval", "assessment", "background", "contact", "safety", "told", "door", "inside", "journey", "after"}
    assert not groups & {*gone, "office"}
    assert not {"visit.start", "visit.leave_at", "visit.back_at"} & set(answers)
    assert answers["family.reference"] == old["family.reference"]
    assert answers["visit.purpose"] == old["visit.purpose"]
    kept = {name: value for name, value in answers.items() if name.startswith(("history.", "household."))}
    assert kept == {name: True for name, value in old.items() if name.startswith(("history.", "household.")) and value}
    assert any(old[name] is False for name in old if name.startswith("history.")), "there was something to drop"


def test_a_repeated_visit_is_found_and_can_be_assessed(back: Path, riskgen: Callable[..., Any]) -> None:
    report = json.loads(riskgen("repeat", REF, "--json").out)
    assert set(report) == {"reference", "from", "again", "warns"}
    listed = json.loads(riskgen("list", "--state", "draft", "--json").out)
    assert [entry["reference"] for entry in listed] == [report["reference"]]
    result = riskgen("assess", "--reference", report["reference"], "--start", "2026-12-09 10:30", "--no-input")
    assert result.code == 0, result.said
    assert visit(back, report["reference"]).state is State.ASSESSED


def test_what_reassured_about_another_day_is_asked_again(back: Path, riskgen: Callable[..., Any]) -> None:
    again = json.loads(riskgen("repeat", REF, "--json").out)["again"]
    assert {"visit.appointment", "background.checked", "history.violence_reported", "staff.id_worn"} <= set(again)
