"""`riskgen marker` as somebody at the terminal sees it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

ROW = {"marker", "family", "kind", "on", "decided_by", "decided_on", "review_on", "due", "stands", "told"}
WHOLE = ROW | {"what", "reported_by", "why_not_told", "reviews"}
DETAILS = """\
what: Somebody pushed a Quaggacolleague
on: 2026-11-02
reported_by: Quaggareporter
review_on: 2027-06-30
told: no
why_not_told: Quaggareason
"""
PERSONAL = ("Quaggacolleague", "Quaggareporter", "Quaggareason")


@pytest.fixture(autouse=True)
def _known_account(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sits at this computer is the safeguarding lead."""
    monkeypatch.setattr("riskgen.service.desk.account_name", lambda: "lead")
    path = home / "school.yaml"
    text = path.read_text(encoding="utf-8").replace("{id: S-03,", "{id: S-03, account: lead,")
    path.write_text(text, encoding="utf-8")
    (home / "marker.yaml").write_text(DETAILS, encoding="utf-8")


@pytest.fixture
def marked(riskgen: Callable[..., Any]) -> str:
    result = riskgen("marker", "add", "F-0123", "--kind", "violence", "--answers", "marker.yaml", typed="y\n")
    assert result.code == 0, result.err
    return str(result.out.split()[0])


def test_add_asks_for_what_is_missing_until_it_can_be_taken(riskgen: Callable[..., Any]) -> None:
    typed = "2027-01-01\n2026-11-02\nA dog bit a colleague\nS-08\n2027-06-30\nyes\ny\n"
    result = riskgen("marker", "add", "f-0123", "--kind", "animal", typed=typed)
    assert (result.code, result.out) == (0, "M-2 is on F-0123.\n")
    assert "It is a day to come" in result.said
    assert "Next: look at it again by 2027-06-30: riskgen marker review M-2." in result.said
    assert "Why not" not in result.said


def test_add_takes_everything_from_a_file_and_asks_once_whether_that_is_meant(riskgen: Callable[..., Any]) -> None:
    result = riskgen("marker", "add", "F-0123", "--kind", "violence", "--answers", "marker.yaml", typed="n\n")
    assert result.code != 0
    assert "Nothing was saved." in result.err
    assert "There is no marker." in riskgen("marker", "list").out


def test_a_reference_that_nobody_knows_is_pointed_out(riskgen: Callable[..., Any]) -> None:
    result = riskgen("marker", "add", "F-0124", "--kind", "violence", "--answers", "marker.yaml", typed="y\n")
    assert "Neither the register nor the folder 'families' knows F-0124." in result.said


@pytest.mark.parametrize(
    "wrong",
    [("--on", "2027-01-01"), ("--review", "2030-01-01"), ("--review", "soon")],
)
def test_an_option_that_cannot_be_is_refused_before_anything_is_asked(
    riskgen: Callable[..., Any], wrong: tuple[str, str]
) -> None:
    result = riskgen("marker", "add", "F-0123", "--kind", "violence", *wrong)
    assert result.code == 2
    assert wrong[0] in result.err


def test_others_may_not_add_a_marker(riskgen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskgen.service.desk.account_name", lambda: "")
    result = riskgen("marker", "add", "F-0123", "--kind", "violence", "--answers", "marker.yaml", typed="y\n")
    assert result.code == 4
    assert "add --as" in result.err
    typed = "long enough a phrase\n" * 2
    result = riskgen("marker", "add", "F-0123", "--kind", "violence", "--as", "S-07", typed=typed)
    assert result.code == 4
    assert "S-07 is not one who decides on markers. Who does:" in result.err


def test_what_happened_is_told_of_one_family_only(riskgen: Callable[..., Any], marked: str) -> None:
    every, one = riskgen("marker", "list"), riskgen("marker", "list", "F-0123")
    assert every.out.startswith(f"{marked}  F-0123  violence, stands")
    assert not any(word in every.said for word in PERSONAL)
    assert all(word in one.out for word in PERSONAL)
    assert riskgen("marker", "list", "F-0456").out == "There is no marker.\n"


def test_json_has_these_keys_and_no_others(riskgen: Callable[..., Any], marked: str) -> None:
    every = json.loads(riskgen("marker", "list", "--json").out)
    assert set(every) == {"today", "markers"}
    assert [set(row) for row in every["markers"]] == [ROW]
    assert riskgen("marker", "review", marked, "--keep-until", "2027-10-01", "--reason", "Seen since").code == 0
    one = json.loads(riskgen("marker", "list", "F-0123", "--json").out)
    assert [set(row) for row in one["markers"]] == [WHOLE]
    assert one["markers"][0]["reviews"] == [
        {"on": "2026-11-20", "by": "S-03", "until": "2027-10-01", "reason": "Seen since"}
    ]


def test_due_markers_are_those_whose_review_date_has_come(
    riskgen: Callable[..., Any], marked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert riskgen("marker", "list", "--due").out == "There is no marker that is due.\n"
    monkeypatch.setattr("riskgen.service.clock.utc_now", lambda: datetime(2027, 6, 30, 9, tzinfo=UTC))
    result = riskgen("marker", "list", "--due")
    assert "stands, and was to be looked at again by 2027-06-30" in result.out
    assert f"Next: {marked} to be looked at again: riskgen marker review {marked}." in result.said


def test_a_marker_is_kept_or_lifted_with_a_reason(riskgen: Callable[..., Any], marked: str) -> None:
    kept = riskgen("marker", "review", marked, typed="n\n2027-10-01\n\nSeen since\n")
    assert kept.out == f"{marked} stands, to be looked at again on 2027-10-01.\n"
    lifted = riskgen("marker", "review", marked, "F-0123", "--lift", typed="Moved away\n")
    assert lifted.out == f"{marked} is lifted.\n"
    one = riskgen("marker", "list", "F-0123")
    assert "kept until 2027-10-01: Seen since" in one.said
    assert "lifted: Moved away" in one.said
    assert "There is no marker." in riskgen("marker", "list").out
    assert riskgen("marker", "review", marked, "--lift").code == 4


def test_nothing_is_lifted_when_nobody_answers(riskgen: Callable[..., Any], marked: str) -> None:
    assert riskgen("marker", "review", marked, typed="").code == 130
    assert riskgen("marker", "review", marked, "--lift", typed="").code == 130
    assert riskgen("marker", "review", marked, "--lift", "--keep-until", "2027-10-01").code == 2
    assert marked in riskgen("marker", "list").out


def test_a_marker_that_there_is_not_is_refused(riskgen: Callable[..., Any]) -> None:
    result = riskgen("marker", "review", "M-99", "--lift", "--reason", "x")
    assert result.code == 3
    assert "There is no marker of that id." in result.said


@pytest.mark.parametrize("command", [(), ("add",), ("review",), ("list",)])
def test_help_has_an_example_and_fits_the_screen(riskgen: Callable[..., Any], command: tuple[str, ...]) -> None:
    shown = riskgen("marker", *command, "--help").out
    assert "Example:" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_lists_fit_the_screen(riskgen: Callable[..., Any], marked: str) -> None:
    for arguments in (("list",), ("list", "F-0123"), ("list", "--due")):
        result = riskgen("marker", *arguments)
        assert max(map(len, (result.out + result.err).splitlines())) <= 80


# --- visits that are under way ---------------------------------------------------------------------


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """Puts the clock to a time of the day of the visits."""

    def put(hour: int, minute: int) -> None:
        now = datetime(2026, 11, 20, hour, minute)
        monkeypatch.setattr("riskgen.service.clock.utc_now", lambda: now.replace(tzinfo=UTC))
        monkeypatch.setattr("riskgen.service.homes.Home.now", lambda self: now)

    return put


def authorise(riskgen: Callable[..., Any], reference: str) -> None:
    done = riskgen(
        *("assess", "families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-11-20 10:30"),
        "--no-input",
    )
    assert done.code == 0, done.err
    words = "four quiet green kettles\n"
    done = riskgen("authorise", reference, "--by", "S-01", typed=f"{words * (2 if reference[-1] == '1' else 1)}y\n")
    assert done.code == 0, done.err


def test_a_marker_names_those_who_are_out_first_and_the_board_and_check_ins_tell_it(
    riskgen: Callable[..., Any], quick_forms: None, wall: Callable[[int, int], None]
) -> None:
    out, planned, unauthorised = "RA-2026-0001", "RA-2026-0002", "RA-2026-0003"
    authorise(riskgen, out)
    authorise(riskgen, planned)
    assert riskgen("repeat", out).code == 0
    wall(10, 10)
    assert riskgen("depart", out).code == 0
    wall(10, 40)
    assert "A marker of violence" not in riskgen("board").said
    done = riskgen("marker", "add", "f-0123", "--kind", "violence", "--answers", "marker.yaml", typed="y\n")
    assert done.code == 0, done.err
    lines = [line for line in done.out.splitlines() if line.startswith("RA-")]
    assert lines[0].startswith(f"{out} IS OUT: ring the visitors now: S-07 07700 900007")
    assert f"{planned} is planned: its authorisation has lapsed, and riskgen depart will refuse." in done.said
    assert f"{unauthorised} is planned: from now on the marker counts in it." in done.said
    assert riskgen("depart", planned).code == 4
    wall(10, 45)
    for command in (("board",), ("checkin", out)):
        words = "A marker of violence stands on this family since 10:40, after they left. Tell them."
        assert words in riskgen(*command).said
    (told,) = json.loads(riskgen("board", "--json").out)["out"][0]["markers"]
    assert (told["kind"], told["added_at"]) == ("violence", "2026-11-20T10:40:00+00:00")


def test_a_marker_that_was_known_when_they_left_is_not_told_as_new(
    riskgen: Callable[..., Any], marked: str, quick_forms: None, home: Path
) -> None:
    from riskgen.core.visit import Entry, Happened, State, Who
    from riskgen.service.desk import open_desk

    left = datetime(2026, 11, 20, 9, 1, tzinfo=UTC)
    with open_desk(home) as desk, desk.register.write() as writer:
        writer.append("RA-2026-0001", Happened.DEPARTED, left, Who(), {"left_at": left.isoformat()})
        writer.put_entry(Entry("RA-2026-0001", State.OUT, "F-0123"))
    assert "A marker of violence" not in riskgen("board").said
