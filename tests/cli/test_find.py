"""`riskgen show`, `list` and `history`: what the register has, and who may see the safe word."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskgen.cli import show_visit
from riskgen.cli.show import show_assessment
from riskgen.core.result import Assessment, ToConfirm
from riskgen.core.struct import replace
from riskgen.core.terms import Outcome
from riskgen.core.visit import Entry, Happened, State, Who
from riskgen.service import clock, desk
from riskgen.service.desk import open_desk
from riskgen.service.moves import append_move
from riskgen.service.standing import basis_of

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REF = "RA-2026-0001"
OFFICE = Who("S-10", "office", "account")
HEAD = Who("S-01", "head", "account")
SENTINEL = "Marzipanquagga"


def move(home: Path, happened: Happened, who: Who = OFFICE, **body: Any) -> None:
    with open_desk(home) as opened, opened.register.write() as writer:
        append_move(writer, opened, writer.visits([REF])[REF], happened, who, body)


def authorise(home: Path) -> None:
    with open_desk(home) as opened:
        assessed = opened.visit(REF).assessed
        number = assessed.number if assessed else 0
    move(
        home, Happened.AUTHORISED, HEAD, assessment=number, roles=["headteacher"], clause="BC-04", by_policy=True,
        outcome="proceed-with-conditions", conditions=["Charge the phone"], accepts=["driving"], names=["S-07", "S-12"],
        after_the_fact=False,
    )  # fmt: skip


@pytest.fixture
def assessed(home: Path, riskgen: Callable[..., Any], quick_forms: None) -> Path:
    """A school's folder with one visit, whose safe word is known."""
    result = riskgen(
        *("assess", "families/F-0123.yaml", "visits-planned/visit-F-0123.yaml"),
        *("--start", "2026-12-02 10:30", "--type-safe-word"),
        typed=f"stop\n{SENTINEL}\n{SENTINEL}\n",
    )
    assert result.code == 0, result.said
    return home


def asked_by(monkeypatch: pytest.MonkeyPatch, home: Path, staff: str) -> None:
    """The account at the desk is that of somebody, as school.yaml has it."""
    path = home / "school.yaml"
    text = path.read_text(encoding="utf-8").replace(f"id: {staff},", f"id: {staff}, account: desk-account,")
    assert "desk-account" in text
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(desk, "account_name", lambda: "desk-account")


# --- show -----------------------------------------------------------------------------------------


def test_the_whole_story_of_a_visit_is_shown(assessed: Path, riskgen: Callable[..., Any]) -> None:
    authorise(assessed)
    move(assessed, Happened.DEPARTED, outing={}, left_at=(NOW - timedelta(hours=2)).isoformat())
    move(assessed, Happened.CHECKED_IN, where="at-the-door", at=(NOW - timedelta(hours=1)).isoformat())
    move(assessed, Happened.RETURNED, where="school", at=NOW.isoformat())
    result = riskgen("show", REF)
    assert result.code == 0, result.said
    for words in (
        "RA-2026-0001 is back",
        "By S-01, as Headteacher or principal, under BC-04; Friday 20 November 2026, 09:00.",
        "Subject to: Charge the phone",
        "With the rating accepted of: Driving to and from the visit",
        "2026-11-20 08:00 Heard of, at-the-door",
        "As it was assessed on Friday 20 November 2026, 09:00",
        "Risk ratings",
        "there, as it was written",
    ):
        assert words in result.said, words
    ours = result.out.partition("As it was assessed")[0]
    assert [line for line in ours.splitlines() if len(line) > 80] == []


def test_the_forms_are_held_against_what_was_written(assessed: Path, riskgen: Callable[..., Any]) -> None:
    first, second, *_ = sorted((assessed / "visits" / REF).glob("*.docx"))
    first.write_bytes(b"something else")
    second.unlink()
    files = {entry["name"]: entry["is"] for entry in json.loads(riskgen("show", REF, "--json").out)["files"]}
    assert (files[first.name], files[second.name]) == ("changed", "missing")
    assert "unchanged" in files.values()


def test_an_approval_that_holds_lapses_when_the_policy_changes(assessed: Path, riskgen: Callable[..., Any]) -> None:
    authorise(assessed)
    assert json.loads(riskgen("show", REF, "--json").out)["approval"] == "holds"
    path = next((assessed / "data" / "policies" / "bchs").glob("2*.yaml"))
    path.write_text(path.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    edited = path.read_text(encoding="utf-8").replace("Dress suitably for the visit.", "Dress well for the visit.")
    path.write_text(edited, encoding="utf-8")
    report = json.loads(riskgen("show", REF, "--json").out)
    assert report["approval"] == "lapsed"
    assert [change["what"] for change in report["lapsed_by"]] == ["policy"]
    assert "It has lapsed, since this changed" in riskgen("show", REF).said


def test_the_record_is_shown_though_todays_data_cannot_be_read(assessed: Path, riskgen: Callable[..., Any]) -> None:
    authorise(assessed)
    (assessed / "data" / "questions.yaml").write_text("broken: [", encoding="utf-8")
    result = riskgen("show", REF)
    assert result.code == 0
    assert "It could not be held against today's data" in result.said
    assert "Risk ratings" in result.said


def test_overrides_are_shown_with_both_values_and_the_reason(assessed: Path, riskgen: Callable[..., Any]) -> None:
    with open_desk(assessed) as opened:
        visit = opened.visit(REF)
    assert visit.assessed
    assert visit.assessed.body
    hazard = visit.assessed.body["assessment"]["hazards"][0]
    move(
        assessed, Happened.OVERRIDDEN, HEAD, assessment=visit.assessed.number, what=hazard["id"], to="H",
        reason="Heard something today", clause="BC-04", by_policy=True, computed="refer", outcome="refer",
    )  # fmt: skip
    said = riskgen("show", REF).said
    assert f"it was {hazard['residual']['rating']}, and S-01 made it H (BC-04)." in said
    assert "Reason: Heard something today" in said


def decide(home: Path, what: str, to: str, outcome: str) -> None:
    with open_desk(home) as opened:
        number = opened.visit(REF).events[0].number
    move(
        home, Happened.OVERRIDDEN, HEAD, assessment=number, what=what, to=to, reason="As agreed", clause="BC-04",
        by_policy=True, computed="refer", outcome=outcome,
    )  # fmt: skip


@pytest.fixture
def referred(home: Path, riskgen: Callable[..., Any], quick_forms: None) -> Path:
    result = riskgen(
        *("assess", "families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-12-02 10:30"),
        *("--no-input", "--set", "agency.joint_visit=yes"),
    )
    assert result.code == 0, result.said
    return home


def test_how_a_referral_that_was_decided_stands_is_said_first(referred: Path, riskgen: Callable[..., Any]) -> None:
    assert "Now stands at REFER, as computed." in riskgen("show", REF).said
    decide(referred, "decision", "proceed-with-conditions", "proceed-with-conditions")
    words = "PROCEED WITH CONDITIONS, by S-01's decision; computed: REFER."
    result = riskgen("show", REF)
    assert f"Now stands at {words}" in result.said
    assert result.out.index("Now stands at") < result.out.index("What happened")
    report = json.loads(riskgen("show", REF, "--json").out)
    assert (report["standing"], report["computed"]) == ("proceed-with-conditions", "refer")
    assert report["decided_by"] == ["S-01"]
    assert "conditions" in next(line for line in riskgen("list").out.splitlines() if REF in line)
    move(referred, Happened.DEPARTED, outing={})
    assert f"Stood at {words}" in riskgen("show", REF).said


def test_a_rating_that_was_raised_stands_against_the_visit(assessed: Path, riskgen: Callable[..., Any]) -> None:
    before = json.loads(riskgen("show", REF, "--json").out)
    hazard = before["assessment"]["hazards"][0]["id"]
    decide(assessed, hazard, "H", "do-not-visit")
    report = json.loads(riskgen("show", REF, "--json").out)
    assert report["computed"] == before["computed"]
    strictness = ["proceed", "proceed-with-conditions", "refer", "do-not-visit"]
    assert strictness.index(report["standing"]) > strictness.index(before["computed"])
    assert "by S-01's decision; computed:" in riskgen("show", REF).said


def test_a_decision_that_lapsed_no_longer_counts(referred: Path, riskgen: Callable[..., Any]) -> None:
    decide(referred, "decision", "proceed-with-conditions", "proceed-with-conditions")
    path = next((referred / "data" / "policies" / "bchs").glob("2*.yaml"))
    text = path.read_text(encoding="utf-8").replace("Dress suitably for the visit.", "Dress well for the visit.")
    path.write_text(text, encoding="utf-8")
    said = riskgen("show", REF).said
    assert "Now stands at REFER, as computed. What a person decided on it before no longer holds." in said
    assert json.loads(riskgen("show", REF, "--json").out)["decided_by"] == []


def test_a_referral_with_nothing_left_to_find_out_names_who_may_decide(
    capsys: pytest.CaptureFixture[str], referred: Path, riskgen: Callable[..., Any]
) -> None:
    with open_desk(referred) as opened:
        assessment = basis_of(opened.visit(REF).assessed).assessment
    note = "No change to the plan would allow this visit."
    settled = replace(assessment, to_confirm=(), remedies=(), remedy_note=note)
    assert settled.authorise.eligible

    def shown(found: Assessment) -> str:
        show_assessment(found, REF, {}, {})
        return " ".join(capsys.readouterr().out.split())

    may = f"{note} As it is planned, a person may decide it in writing:"
    assert f"{may} {' or '.join(settled.authorise.eligible)} (" in shown(settled)
    nobody = replace(settled.authorise, by=(), clause="", eligible=())
    assert f"{may} whoever holds one of the school's own roles" in shown(replace(settled, authorise=nobody))
    some_open = ToConfirm("visit.appointment", "Is there an appointment?", ("BC-01",), Outcome.REFER)
    assert "a person may decide it in writing" not in shown(replace(settled, to_confirm=(some_open,)))


def test_the_keys_of_show_are_those_that_are_documented(assessed: Path, riskgen: Callable[..., Any]) -> None:
    report = json.loads(riskgen("show", REF, "--json").out)
    assert set(report) == {
        *("reference", "state", "overdue", "family", "purpose", "outcome", "visitors", "start", "due_back"),
        *("after_the_fact", "why_after_the_fact", "policy", "edition", "held", "erased", "draft", "assessed"),
        *("assessment", "authorised", "approval", "lapsed_by", "overrides", "lapsed_overrides", "departed"),
        *("check_ins", "alarms", "called_off", "returned", "records", "open", "cancelled", "notes", "files"),
        *("standing", "computed", "decided_by", "pack"),
    }
    assert set(report["assessed"]) == {"number", "at", "entered", "by", "account", "proof"}
    assert report["approval"] == "none"


def test_what_an_erased_visit_leaves_is_shown(assessed: Path, riskgen: Callable[..., Any]) -> None:
    move(assessed, Happened.CANCELLED, reason="The family moved", for_safety=False)
    with open_desk(assessed) as opened, opened.register.write() as writer:
        writer.erase_bodies(REF)
        writer.forget_entry(REF)
        writer.append(REF, Happened.ERASED, NOW, OFFICE, {"rule": "visit-cancelled"})
    result = riskgen("show", REF)
    assert result.code == 0, result.said
    assert "erased under the retention schedule" in result.said
    assert "The family moved" not in result.said
    assert "F-0123" not in result.said
    assert json.loads(riskgen("show", REF, "--json").out)["erased"]["by"] == "S-10"


@pytest.mark.parametrize("command", ["show", "history"])
def test_a_reference_that_there_is_not_is_refused(command: str, assessed: Path, riskgen: Callable[..., Any]) -> None:
    for wrong in ("RA-2026-0009", "yesterday"):
        result = riskgen(command, wrong)
        assert result.code == 3
        assert "There is no visit of the reference" in result.said


# --- the safe word --------------------------------------------------------------------------------


@pytest.mark.parametrize(("staff", "may"), [("S-07", True), ("S-10", True), ("S-01", True), ("S-05", False)])
def test_the_safe_word_is_for_visitors_the_office_and_the_authoriser(
    staff: str, may: bool, assessed: Path, riskgen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    authorise(assessed)
    asked_by(monkeypatch, assessed, staff)
    result = riskgen("show", REF, "--safe-word")
    with open_desk(assessed) as opened:
        last = opened.visit(REF).events[-1]
    if may:
        assert (result.code, result.out) == (0, f"{SENTINEL}\n")
        assert "off paper" in result.err
        assert (last.happened, last.who.staff, last.body) == (Happened.WORD_SHOWN, staff, {})
    else:
        assert result.code == 4
        assert SENTINEL not in result.said
        assert last.happened is not Happened.WORD_SHOWN


def test_nobody_is_shown_the_safe_word_without_showing_who_they_are(
    assessed: Path, riskgen: Callable[..., Any]
) -> None:
    result = riskgen("show", REF, "--safe-word")
    assert result.code == 4
    assert "--as" in result.said
    assert SENTINEL not in result.said


def test_somebody_who_may_authorise_but_did_not_is_not_shown_the_safe_word(
    assessed: Path, riskgen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_by(monkeypatch, assessed, "S-01")
    assert riskgen("show", REF, "--safe-word").code == 4


def test_the_safe_word_of_a_visit_that_is_over_is_gone(
    assessed: Path, riskgen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_by(monkeypatch, assessed, "S-10")
    move(assessed, Happened.CANCELLED, reason="", for_safety=False)
    result = riskgen("show", REF, "--safe-word")
    assert result.code == 4
    assert "erased" in result.said


def test_the_safe_word_is_never_part_of_json_nor_of_anything_else(assessed: Path, riskgen: Callable[..., Any]) -> None:
    assert riskgen("show", REF, "--safe-word", "--json").code == 2
    for command in (("show", REF), ("show", REF, "--json"), ("list",), ("history",), ("history", "--json")):
        assert SENTINEL not in riskgen(*command).said


# --- list -----------------------------------------------------------------------------------------

FIRST = Entry(
    "RA-2026-0002", State.OUT, "F-0456", "attendance", "proceed", ("S-07", "S-12"),
    datetime(2026, 11, 20, 8, 0, tzinfo=UTC), datetime(2026, 11, 20, 8, 59, tzinfo=UTC), False, "bchs", "2025-09-01",
)  # fmt: skip
SECOND = replace(FIRST, reference="RA-2026-0003", visitors=("S-05",), due_back=NOW, after_the_fact=True)
LAST_OF_DAY = replace(
    FIRST, reference="RA-2026-0004", state=State.CLOSED, start=datetime(2026, 7, 1, 22, 59, tzinfo=UTC)
)


@pytest.fixture
def several(home: Path) -> Path:
    """Three visits in the index: one overdue, one not yet, and one that began a minute before midnight in July."""
    with open_desk(home) as opened, opened.register.write() as writer:
        for entry in (FIRST, SECOND, LAST_OF_DAY):
            writer.append(entry.reference, Happened.DRAFTED, NOW, OFFICE, {})
            writer.put_entry(entry)
    return home


def found(riskgen: Callable[..., Any], *options: str) -> list[str]:
    result = riskgen("list", *options, "--json")
    assert result.code == 0, result.said
    return [entry["reference"][-1] for entry in json.loads(result.out)]


def test_visits_are_found_by_what_is_known_of_them(several: Path, riskgen: Callable[..., Any]) -> None:
    assert found(riskgen) == ["4", "2", "3"]
    assert found(riskgen, "--visitor", "S-05") == ["3"]
    assert found(riskgen, "--state", "out") == ["2", "3"]
    assert found(riskgen, "--state", "overdue") == ["2"]
    assert found(riskgen, "--purpose", "illness") == []
    assert found(riskgen, "--outcome", "proceed", "--state", "closed") == ["4"]
    assert found(riskgen, "--family", "F-0456", "--visitor", "S-12") == ["4", "2"]


def test_days_are_days_at_the_school_and_inclusive(several: Path, riskgen: Callable[..., Any]) -> None:
    assert found(riskgen, "--from", "2026-07-01", "--to", "2026-07-01") == ["4"]
    assert found(riskgen, "--from", "2026-07-02") == ["2", "3"]
    assert found(riskgen, "--to", "2026-11-19") == ["4"]


def test_the_table_fits_the_terminal_and_says_what_is_late(several: Path, riskgen: Callable[..., Any]) -> None:
    result = riskgen("list")
    assert [line for line in result.out.splitlines() if len(line) > 80] == []
    late = next(line for line in result.out.splitlines() if "RA-2026-0002" in line)
    assert "OVERDUE" in late
    assert "S-07 S-12, F-0456" in late
    assert "RA-2026-0003 *" in result.out
    assert "* went out before it was assessed" in result.out
    assert "3 visits." in result.out


def test_a_long_reference_of_a_family_stays_within_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    entry = replace(FIRST, family="F " * 20, visitors=tuple(f"S-{number}" for number in range(10, 20)))
    show_visit.show_entries((entry,), "Europe/London", NOW)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_nothing_found_says_so(several: Path, riskgen: Callable[..., Any]) -> None:
    result = riskgen("list", "--family", "F-9999")
    assert result.code == 0
    assert "No visit fits; leave out an option to see more." in result.said


@pytest.mark.parametrize("options", [(), ("--family", "F-9999")])
def test_a_register_without_a_visit_says_so(options: tuple[str, ...], home: Path, riskgen: Callable[..., Any]) -> None:
    with open_desk(home):
        pass
    result = riskgen("list", *options)
    assert result.code == 0
    assert "No visit has been recorded yet." in result.said
    assert "leave out an option" not in result.said
    assert json.loads(riskgen("list", *options, "--json").out) == []


def test_what_nobody_has_authorised_and_what_has_lapsed_is_marked(assessed: Path, riskgen: Callable[..., Any]) -> None:
    assert "assessed: not authorised, or no longer" in riskgen("list").said
    authorise(assessed)
    said = riskgen("list").said
    assert "not authorised" not in said
    assert "LAPSED" not in said
    path = next((assessed / "data" / "policies" / "bchs").glob("2*.yaml"))
    text = path.read_text(encoding="utf-8").replace("Dress suitably for the visit.", "Dress well for the visit.")
    path.write_text(text, encoding="utf-8")
    out = riskgen("list").out
    assert "LAPSED" in next(line for line in out.splitlines() if REF in line)
    assert "LAPSED: authorised once" in out
    assert max(map(len, out.splitlines())) <= 80
    path.write_text("broken: [", encoding="utf-8")
    assert (riskgen("list").code, "LAPSED" in riskgen("list").said) == (0, False)


@pytest.mark.parametrize(
    ("option", "word", "hint"),
    [
        ("--purpose", "atendance", "'attendance'"),
        ("--outcome", "reffer", "'refer'"),
        ("--state", "closd", "'closed'"),
        ("--visitor", "S-71", "S-"),
        ("--from", "soon", "2026-12-02"),
    ],
)
def test_words_that_there_are_not_are_refused_with_the_nearest(
    option: str, word: str, hint: str, several: Path, riskgen: Callable[..., Any]
) -> None:
    result = riskgen("list", option, word)
    assert result.code == 3
    assert hint in result.said


def test_the_keys_of_list_are_those_that_are_documented(several: Path, riskgen: Callable[..., Any]) -> None:
    assert set(json.loads(riskgen("list", "--json").out)[0]) == {
        *("reference", "state", "overdue", "family", "purpose", "outcome", "visitors", "start", "due_back"),
        *("after_the_fact", "policy", "edition"),
    }


def test_visits_are_found_though_the_data_cannot_be_read(several: Path, riskgen: Callable[..., Any]) -> None:
    (several / "data" / "questions.yaml").write_text("broken: [", encoding="utf-8")
    assert found(riskgen, "--purpose", "attendance") == ["4", "2", "3"]
    assert found(riskgen, "--purpose", "whatever") == []


# --- history --------------------------------------------------------------------------------------


def test_every_event_says_when_what_and_who_and_nothing_personal(assessed: Path, riskgen: Callable[..., Any]) -> None:
    move(assessed, Happened.CANCELLED, reason="The family moved", for_safety=True)
    result = riskgen("history", REF)
    assert "2026-11-20 09:00:00 Cancelled: because it was not safe, by S-10 (account)" in result.said
    assert "The family moved" not in result.said


def test_the_whole_register_is_listed_and_can_be_cut_short(assessed: Path, riskgen: Callable[..., Any]) -> None:
    move(assessed, Happened.CANCELLED, reason="", for_safety=False)
    whole = json.loads(riskgen("history", "--json").out)["events"]
    assert [event["number"] for event in whole] == list(range(1, len(whole) + 1))
    assert (whole[0]["happened"], whole[-1]["happened"]) == ("register-started", "cancelled")
    assert json.loads(riskgen("history", "--limit", "1", "--json").out)["events"] == whole[-1:]
    assert len(json.loads(riskgen("history", REF, "--limit", "1", "--json").out)["events"]) == 1


def test_the_keys_of_history_are_those_that_are_documented(assessed: Path, riskgen: Callable[..., Any]) -> None:
    report = json.loads(riskgen("history", REF, "--verify", "--json").out)
    assert set(report) == {"events", "verified"}
    assert set(report["events"][0]) == {"number", "subject", "happened", "at", "who", "about", "erased"}
    assert set(report["events"][0]["who"]) == {"staff", "account", "proof"}
    assert set(report["verified"]) == {"sound", "events", "head", "faults"}
    assert json.loads(riskgen("history", "--json").out)["verified"] is None


def test_a_passphrase_is_told_with_whose_it_was_and_who_helped(home: Path, riskgen: Callable[..., Any]) -> None:
    helper = Who("S-02", "office", "passphrase")
    with open_desk(home) as opened, opened.register.write() as writer:
        writer.append("", Happened.PASSPHRASE_SET, NOW, helper, {"staff": "S-06", "digest": "0"})
        writer.append("", Happened.PASSPHRASE_SET, NOW, helper, {"staff": "S-02", "digest": "0"})
    said = riskgen("history").said
    assert "A passphrase of S-06 was chosen, with S-02 beside, by S-02 (passphrase)" in said
    assert "A passphrase of S-02 was chosen, by S-02 (passphrase)" in said
    events = json.loads(riskgen("history", "--json").out)["events"]
    assert [event["about"] for event in events] == ["", "S-06", "S-02"]


def test_one_event_is_one_event(home: Path, riskgen: Callable[..., Any]) -> None:
    with open_desk(home):
        pass
    assert "The chain is whole: 1 event. The hash" in riskgen("history", "--verify").said


def test_an_authorisation_that_was_kept_reads_well(assessed: Path, riskgen: Callable[..., Any]) -> None:
    authorise(assessed)
    with open_desk(assessed) as opened, opened.register.write() as writer:
        writer.append(REF, Happened.APPROVAL_KEPT, NOW, OFFICE, {})
    assert "Authorisation left standing, by S-10 (account)" in riskgen("history", REF).said


def test_a_whole_chain_shows_its_number_and_its_hash(assessed: Path, riskgen: Callable[..., Any]) -> None:
    result = riskgen("history", "--verify")
    with open_desk(assessed) as opened, opened.register.read() as reader:
        head, last = reader.head(), reader.last()
    assert result.code == 0
    assert last
    assert f"The chain is whole: {last.number} events." in result.said
    assert head in result.out


def test_a_chain_that_was_tampered_with_ends_with_exit_5(assessed: Path, riskgen: Callable[..., Any]) -> None:
    connection = sqlite3.connect(assessed / "register.db")
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        connection.execute(f'DROP TRIGGER "{name}"')
    connection.execute("UPDATE event SET staff = 'S-05' WHERE subject = ?", (REF,))
    connection.commit()
    connection.close()
    result = riskgen("history", "--verify")
    assert result.code == 5
    assert "was changed after it was written" in result.said
    report = json.loads(riskgen("history", "--verify", "--json").out)
    assert report["verified"]["sound"] is False
    assert report["verified"]["faults"]


def test_the_hour_that_comes_twice_is_told_with_its_offset(
    several: Path, riskgen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for hour in (0, 1):
        monkeypatch.setattr(clock, "utc_now", lambda hour=hour: datetime(2026, 10, 25, hour, 30, tzinfo=UTC))
        with open_desk(several) as opened, opened.register.write() as writer:
            writer.append("RA-2026-0002", Happened.HELD, opened.now(), OFFICE, {"reason": "asked for"})
    said = riskgen("history", "RA-2026-0002").said
    assert "2026-10-25 01:30:00 +0100" in said
    assert "2026-10-25 01:30:00 +0000" in said
