"""`riskgen read`: a form that comes back filled in, from the office's chair."""

import base64
import json
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from handed_in import COUNTED, Value, box, changed, choice, day, document, field, fill, run
from libreoffice import through_libreoffice

from riskgen.core.record import Ending, Kept
from riskgen.core.visit import Happened, State, Visit, Who
from riskgen.files.text import as_prompt, printed
from riskgen.register.cipher import open_sealed
from riskgen.service import clock
from riskgen.service.desk import open_desk
from riskgen.service.faults import Refused
from riskgen.service.handed_in import handed_in, open_form
from riskgen.service.homes import Home, open_home
from riskgen.service.moves import append_move
from riskgen.service.paper import case_print
from riskgen.service.reading import read_form, take_in
from riskgen.service.records import duties, record_of
from riskgen.service.standing import basis_of

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REF = "RA-2026-0001"
OFFICE = Who("S-10", "office", "account")
Run = Callable[..., Any]
PRIVATE = "Aunt Philomena shouted"


@pytest.fixture(autouse=True)
def _at_the_desk(monkeypatch: pytest.MonkeyPatch, quick_forms: None) -> None:
    monkeypatch.setattr("riskgen.service.desk.account_name", lambda: "front-desk")


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: moment)
    monkeypatch.setattr(Home, "now", lambda self: moment.replace(tzinfo=None))


def assess(riskgen: Run, *more: str) -> None:
    result = riskgen(
        *("assess", "families/F-0123.yaml", "visits-planned/visit-F-0123.yaml"),
        *("--start", "2026-11-20 10:30", "--no-input", *more),
    )
    assert result.code == 0, result.said


def visit(home: Path, reference: str = REF) -> Visit:
    with open_desk(home) as desk:
        return desk.visit(reference)


def events(home: Path) -> int:
    with open_desk(home) as desk, desk.register.read() as reader:
        last = reader.last()
        return last.number if last else 0


def identity(home: Path, reference: str = REF, form: str = "a-form") -> str:
    """The fields by which riskgen knows a form, as they are printed at the head of each."""
    assessed = visit(home, reference).assessed
    assert assessed
    basis = basis_of(assessed)
    known = {
        "form.id": form,
        "form.reference": reference,
        "form.fingerprint": case_print(reference, basis.intake, basis.assessment, basis.catalogue),
    }
    return COUNTED + "".join(field(tag, shows=run(text)) for tag, text in known.items())


def record_form(home: Path, values: Mapping[str, Value], reference: str = REF, clauses: tuple[str, ...] = ()) -> Path:
    """The record of a visit, filled in."""
    assessed = visit(home, reference).assessed
    assert assessed
    asked = clauses or tuple(duty.id for duty in duties(basis_of(assessed).assessment))
    rows = [
        field("record.clause", shows=run(clause), title="Clause")
        + choice("record.clause_answer", *(kept.words for kept in Kept), title="What became of the clause")
        + field("record.clause_why", title="Why it was not done")
        for clause in asked
    ]
    actions = [
        field("record.action_what", title="What is to be done")
        + field("record.action_who", title="Who does it")
        + day("record.action_by", title="By which day")
        for _ in range(2)
    ]
    lines = '<w:text w:multiLine="1"/>'
    body = (
        choice("record.ending", *(ending.words for ending in Ending), title="How the visit ended"),
        field("record.why", lines, title="Why it was not made as planned"),
        field("record.seen", lines, title="What was seen"),
        field("record.agreed", lines, title="What was agreed"),
        choice("record.concern", "Yes", "No", title="A safeguarding concern"),
        choice("record.incident", "Yes", "No", title="An incident"),
        field("record.incident_text", lines, title="What happened"),
        *actions,
        box("record.none_further", title="Nothing further is to be done"),
        *rows,
        field("record.notes", title="Notes"),
        field("sign.reader", title="Read by"),
    )
    path = home / "record.docx"
    path.write_bytes(fill(document(*body, header=identity(home, reference, "visit-record")), values))
    return path


def go_and_come_back(home: Path, moment: datetime = NOW - timedelta(hours=1)) -> None:
    """The visit is signed out and comes back, whatever stands in the way."""
    with open_desk(home) as desk, desk.register.write() as writer:
        there = append_move(writer, desk, writer.visits([REF])[REF], Happened.DEPARTED, OFFICE, {"outing": {}})
        append_move(writer, desk, there, Happened.RETURNED, OFFICE, {"where": "school", "at": moment.isoformat()})


@pytest.fixture
def back(home: Path, riskgen: Run) -> Path:
    """The folder of a school whose visit under bchs came back an hour ago."""
    assess(riskgen)
    go_and_come_back(home)
    return home


def whole(home: Path, **other: Value) -> dict[str, Value]:
    """All that a record needs, by tag."""
    assessed = visit(home).assessed
    assert assessed
    count = len(duties(basis_of(assessed).assessment))
    return {
        "record.ending": "Made as planned",
        "record.seen": "All well",
        "record.agreed": "Nothing",
        "record.concern": "No",
        "record.incident": "No",
        "record.none_further": True,
        "record.clause_answer": ["Done"] * count,
        **{f"record.{name}": value for name, value in other.items()},
    }


# --- the record of a visit ------------------------------------------------------------------------


def test_a_whole_record_closes_the_visit(back: Path, riskgen: Run) -> None:
    result = riskgen("read", record_form(back, whole(back)), "--yes")
    assert result.code == 0, result.said
    assert "How the visit ended: Not recorded -> Made as planned" in result.said
    assert "the visit is closed, and its safe word is erased" in result.said
    assert visit(back).state is State.CLOSED


def test_nothing_is_stored_unless_somebody_says_yes(back: Path, riskgen: Run) -> None:
    form, before = record_form(back, whole(back)), events(back)
    for words, typed in (((), "n\n"), ((), "\n"), (("--dry-run",), "")):
        result = riskgen("read", form, *words, typed=typed)
        assert result.code == (0 if words else 4)
        assert "Nothing was saved" in result.said
    assert events(back) == before
    assert riskgen("read", form, typed="y\n").code == 0
    assert visit(back).state is State.CLOSED


def test_what_is_left_open_on_the_form_stays_open(back: Path, riskgen: Run) -> None:
    result = riskgen("read", record_form(back, {"record.ending": "Nobody was in, or nobody opened"}), "--yes")
    assert result.code == 0, result.said
    assert "Still open" in result.said
    record = record_of(visit(back))
    assert record
    assert (record.ending, record.concern, record.incident, record.further) == (Ending.NOBODY_IN, None, None, None)


def test_a_form_may_be_read_twice_and_doubles_nothing(back: Path, riskgen: Run) -> None:
    actions: dict[str, Value] = {
        "action_what": ["Ring the school nurse", None],
        "action_who": ["S-07", None],
        "action_by": [date(2026, 12, 9), None],
        "none_further": False,
    }
    form = record_form(back, whole(back, **actions))
    assert riskgen("read", form, "--yes").code == 0
    record, count = record_of(visit(back)), events(back)
    again = riskgen("read", form, "--yes")
    assert again.code == 0, again.said
    assert "changes nothing" in again.said
    assert "Nothing was saved" in again.said
    assert (record_of(visit(back)), events(back)) == (record, count)
    assert record
    assert record.further
    assert [(each.what, each.who, each.by) for each in record.further] == [
        ("Ring the school nurse", "S-07", date(2026, 12, 9))
    ]


def test_a_form_of_a_closed_visit_changes_nothing_or_is_refused(back: Path, riskgen: Run) -> None:
    assert riskgen("read", record_form(back, whole(back)), "--yes").code == 0
    assert riskgen("read", record_form(back, whole(back)), "--yes").code == 0
    other = riskgen("read", record_form(back, whole(back, seen="Something else")), "--yes")
    assert other.code == 4
    assert "it is over" in other.said


def test_lines_come_back_as_they_were_typed(back: Path, riskgen: Run) -> None:
    text = 'Tom & Jerry <b>\nsaid "no" ]]> {{7*7}} {% x %}\n👨‍👩‍👧 منزل'
    assert riskgen("read", record_form(back, whole(back, seen=text)), "--yes").code == 0
    record = record_of(visit(back))
    assert record
    assert record.seen == text


def test_personal_texts_are_shown_by_their_title_alone(back: Path, riskgen: Run) -> None:
    form = record_form(back, whole(back, seen=PRIVATE, agreed=PRIVATE, concern="Yes"))
    shown = riskgen("read", form, "--dry-run")
    printed = riskgen("read", form, "--dry-run", "--json")
    assert "What was seen: filled in" in shown.said
    assert "A safeguarding concern: Not recorded -> Yes" in shown.said
    lines = {line["title"]: line for line in json.loads(printed.out)["changes"]}
    assert (lines["What was seen"]["how"], lines["What was seen"]["after"]) == ("filled in", None)
    assert "Philomena" not in shown.out + shown.err + printed.out + printed.err


def test_what_was_recorded_before_is_said_to_change(back: Path, riskgen: Run) -> None:
    assert riskgen("read", record_form(back, {"record.seen": "One", "record.concern": "No"}), "--yes").code == 0
    again = riskgen("read", record_form(back, {"record.seen": "Two", "record.concern": "Yes"}), "--dry-run")
    assert "What was seen: The register has another text already" in again.said
    assert "A safeguarding concern: No -> Yes" in again.said


def test_a_concern_says_whom_to_tell(back: Path, riskgen: Run) -> None:
    result = riskgen("read", record_form(back, whole(back, concern="Yes")), "--yes")
    assert "It left a safeguarding concern. Tell these now" in result.said


def test_notes_that_the_register_has_no_place_for_are_said_to_stay_on_paper(back: Path, riskgen: Run) -> None:
    result = riskgen("read", record_form(back, whole(back, notes=PRIVATE)), "--yes")
    assert "'Notes' stays on the paper" in result.said
    assert "Philomena" not in result.said


@pytest.mark.parametrize(
    ("values", "title", "words"),
    [
        ({"record.seen": "x" * 5000}, "What was seen", "too long: 5000 of 4000"),
        ({"record.seen": "half\u0085"}, "What was seen", "U+0085"),
        ({"record.agreed": "\ufdd0"}, "What was agreed", "U+FDD0"),
        ({"record.agreed": "\u200d\u2060"}, "What was agreed", "cannot be seen"),
        (
            {"record.agreed": "\u200bWrite here\u200b Nothing"},
            "What was agreed",
            "Part of its prompt stands in it still",
        ),
        ({"record.clause_why": ["Aunt", *[None] * 99]}, "Why it was not done", "does not say that it was not done"),
        ({"record.action_what": ["Ring", None]}, "What is to be done", "lacks 'who'"),
        (
            {
                "record.action_what": ["Ring", None],
                "record.action_who": ["S-07", None],
                "record.action_by": ["next week", None],
            },
            "By which day' (row 1)",
            "must be a date",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_by_the_title_of_its_field(
    back: Path, riskgen: Run, values: dict[str, Value], title: str, words: str
) -> None:
    rows = len(whole(back)["record.clause_answer"])  # type: ignore[arg-type]
    values = {
        tag: value[:rows] if isinstance(value, list) and len(value) > 9 else value for tag, value in values.items()
    }
    before = events(back)
    result = riskgen("read", record_form(back, values), "--yes")
    assert result.code == 3
    assert title in result.said
    assert words in result.said
    assert "Nothing was saved" in result.said
    assert events(back) == before


def test_overrides_of_direction_stay_in_lines_and_go_from_one_line_texts(back: Path, riskgen: Run) -> None:
    values = whole(back, seen="a\u202eb", action_what=["x\u202ey", None], action_who=["S-07", None])
    values |= {"record.none_further": False, "record.action_by": [date(2026, 12, 9), None]}
    assert riskgen("read", record_form(back, values), "--yes").code == 0
    record = record_of(visit(back))
    assert record
    assert record.further
    assert (record.seen, record.further[0].what) == ("a\u202eb", "xy")


def test_a_tick_that_contradicts_its_mark_is_refused(back: Path, riskgen: Run) -> None:
    form = record_form(back, whole(back))
    data = form.read_bytes()
    form.write_bytes(
        changed(
            data,
            lambda name: name == "word/document.xml",
            lambda xml: xml.replace("\u2612".encode(), "\u2610".encode()),
        )
    )
    result = riskgen("read", form, "--yes")
    assert result.code == 3
    assert "field 'Nothing further is to be done'" in result.said
    assert "another program has changed one of the two" in result.said


def test_nothing_further_and_an_action_contradict_each_other(back: Path, riskgen: Run) -> None:
    values = whole(back, action_what=["Ring", None], action_who=["S-07", None], action_by=[date(2026, 12, 9), None])
    result = riskgen("read", record_form(back, values), "--yes")
    assert result.code == 3
    assert "nothing further is to be done, and beside it stands what is" in result.said


def test_a_clause_of_another_policy_is_refused(back: Path, riskgen: Run) -> None:
    values: dict[str, Value] = {"record.clause_answer": ["Done"]}
    result = riskgen("read", record_form(back, values, clauses=("RO-22",)), "--yes")
    assert result.code == 3
    assert "'RO-22' is not known here" in result.said
    assert "(RO-22)" in result.said


def test_a_row_that_names_no_clause_is_refused_without_its_words(back: Path, riskgen: Run) -> None:
    values: dict[str, Value] = {"record.clause_answer": ["Done"]}
    result = riskgen("read", record_form(back, values, clauses=(PRIVATE,)), "--yes")
    assert result.code == 3
    assert "does not say which clause" in result.said
    assert "Philomena" not in result.said


def test_an_ending_that_is_none_is_refused_without_its_words(back: Path, riskgen: Run) -> None:
    form = back / "other.docx"
    body = field("record.ending", shows=run(PRIVATE), title="How it ended")
    form.write_bytes(document(body, header=identity(back)))
    result = riskgen("read", form, "--yes")
    assert result.code == 3
    assert "Made as planned" in result.said
    assert "Philomena" not in result.said


def test_a_visit_that_is_still_out_or_never_left_cannot_be_recorded(home: Path, riskgen: Run) -> None:
    assess(riskgen)
    result = riskgen("read", record_form(home, whole(home)), "--yes")
    assert result.code == 4
    assert "Nobody has signed it out" in result.said
    assert "Nothing was saved" in result.said


# --- which form it is -----------------------------------------------------------------------------


def test_a_form_of_an_assessment_that_was_made_again_is_out_of_date(home: Path, riskgen: Run) -> None:
    assess(riskgen)
    form = record_form(home, whole(home))
    assert riskgen("assess", "--reference", REF, "--minutes", "50", "--no-input", "--force").code == 0
    go_and_come_back(home)
    result = riskgen("read", form, "--yes")
    assert result.code == 4
    assert "out of date" in result.said
    assert f"riskgen pack {REF}" in result.said
    assert "Nothing was saved" in result.said
    assert record_of(visit(home)) is None


def test_a_form_of_one_visit_cannot_be_taken_for_that_of_another(home: Path, riskgen: Run) -> None:
    assess(riskgen)
    other = riskgen(
        *("assess", "families/F-0456.yaml", "--purpose", "attendance", "--minutes", "40", "--visitor", "S-07"),
        *("--start", "2026-11-20 14:00", "--no-input"),
    )
    assert other.code == 0, other.said
    form = home / "mixed.docx"
    head = identity(home, "RA-2026-0002").replace("RA-2026-0002", REF)
    form.write_bytes(document(field("record.seen", shows=run("x")), header=head))
    go_and_come_back(home)
    result = riskgen("read", form, "--yes")
    assert result.code == 4
    assert f"does not belong to {REF} as it was last assessed" in result.said


@pytest.mark.parametrize(
    ("tag", "head", "words"),
    [
        ("record.seen", {REF: "RA-2026-0009"}, "There is no visit of the reference 'RA-2026-0009'"),
        ("record.seen", {REF: PRIVATE}, "does not say clearly which visit it is of"),
        ("sign.reader", {"a-form": "cover-sheet"}, "'cover-sheet' has nothing to bring back"),
        ("answer.visit.minutes", None, "riskgen assess {form}"),
    ],
    ids=["no-such-visit", "identity-changed", "for-people-only", "blank"],
)
def test_a_form_of_no_visit_or_that_brings_nothing_is_refused_by_its_name_alone(
    home: Path, riskgen: Run, tag: str, head: Mapping[str, str] | None, words: str
) -> None:
    assess(riskgen)
    form = home / "a.docx"
    known = "" if head is None else identity(home)
    for old, new in (head or {}).items():
        known = known.replace(old, new)
    form.write_bytes(document(field(tag, shows=run("40")), header=known))
    result = riskgen("read", form, "--yes")
    assert result.code == 3
    assert words.format(form=form) in result.said
    assert "a.docx" in result.said
    assert "Philomena" not in result.said


def test_without_a_register_none_is_made(home: Path, riskgen: Run) -> None:
    form = home / "a.docx"
    head = COUNTED + "".join(
        field(tag, shows=run(text))
        for tag, text in (("form.id", "a"), ("form.reference", REF), ("form.fingerprint", "1a2b-3c4d-5e6f"))
    )
    form.write_bytes(document(field("record.seen", shows=run("x")), header=head))
    for words in ((), ("--dry-run",)):
        result = riskgen("read", form, *words)
        assert result.code == 4
        assert "There is no register yet" in result.said
    assert not (home / "register.db").exists()


def test_a_form_saved_by_a_program_that_drops_names_is_refused(
    back: Path, riskgen: Run, soffice: str, tmp_path: Path
) -> None:
    saved = through_libreoffice(soffice, record_form(back, whole(back)), tmp_path / "saved")
    result = riskgen("read", saved, "--yes")
    if result.code == 0:
        pytest.skip("this LibreOffice keeps the names of the fields")
    assert result.code == 3
    assert "LibreOffice 7.4" in result.said
    assert record_of(visit(back)) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old .doc format"),
        (b"PK\x03\x04" + b"\0" * 50, "damaged"),
        (b"hello", "not a Word document"),
        (None, "There is no such file"),
    ],
)
def test_files_that_are_no_form_are_refused(home: Path, riskgen: Run, content: bytes | None, words: str) -> None:
    form = home / "a.docx"
    if content is not None:
        form.write_bytes(content)
    result = riskgen("read", form)
    assert result.code == 3
    assert words in result.said
    assert "Nothing was saved" in result.said


# --- the plan of the visit ------------------------------------------------------------------------


def plan_form(home: Path, values: Mapping[str, Value], **printed: str) -> Path:
    """The Intent-to-Visit form of a visit, with the answers that were printed."""
    shown = {
        "visit.leave_at": "10:10",
        "visit.back_at": "11:45",
        "safety.check_in_times": "10:30 and 11:10",
        "visit.minutes": "40 minutes",
        "visit.start": "Friday 20 November 2026, 10:30",
        "family.address": "1 Example Street",
        **{name.replace("__", "."): text for name, text in printed.items()},
    }
    titles = {"visit.leave_at": "Leave at", "visit.back_at": "Back at", "family.address": "Address of the home"}
    fields = [field(f"answer.{name}", shows=run(text), title=titles.get(name, name)) for name, text in shown.items()]
    times = [
        field("day.left_at", title="Left"),
        *(field("day.check_in_at", title="Check-in") for _ in range(3)),
        field("day.back_at", title="Back, or home safely"),
    ]
    path = home / "intent.docx"
    path.write_bytes(fill(document(*fields, *times, header=identity(home, form="intent-to-visit-office")), values))
    return path


PLANNED = ("--set", "visit.leave_at=10:10", "--set", "visit.back_at=11:45")


def printed_address(home: Path) -> dict[str, str]:
    """The answers of the sample family as they are printed."""
    answers = visit(home).body["intake"]["answers"]
    return {"family__address": str(answers["family.address"])}


def test_a_form_as_it_was_printed_changes_nothing(home: Path, riskgen: Run) -> None:
    assess(riskgen, *PLANNED)
    before = events(home)
    data = fill(plan_form(home, {}).read_bytes(), {"answer.family.address": printed_address(home)["family__address"]})
    (home / "intent.docx").write_bytes(data)
    result = riskgen("read", "intent.docx", "--yes")
    assert result.code == 0, result.said
    assert "changes nothing" in result.said
    assert events(home) == before


def changed_plan(home: Path, **values: Value) -> Path:
    address = printed_address(home)["family__address"]
    named = {name.replace("__", "."): value for name, value in values.items()}
    return plan_form(home, {"answer.family.address": address, **named})


def test_a_changed_answer_is_assessed_again_and_lapses_the_authorisation(home: Path, riskgen: Run) -> None:
    assess(riskgen, *PLANNED)
    with open_desk(home) as desk, desk.register.write() as writer:
        there = writer.visits([REF])[REF]
        assert there.assessed
        body = {"assessment": there.assessed.number, "accepts": []}
        append_move(writer, desk, there, Happened.AUTHORISED, Who("S-02", "", "account"), body)
    assert visit(home).state is State.AUTHORISED
    form = changed_plan(home, answer__visit__back_at="12.15 pm")
    shown = riskgen("read", form, "--dry-run")
    assert "Back at: 11:45 -> 12:15" in shown.said
    assert "The authorisation lapses" in shown.said
    assert visit(home).state is State.AUTHORISED
    result = riskgen("read", form, "--yes")
    assert result.code == 0, result.said
    after = visit(home)
    assert after.state is State.ASSESSED
    assert not after.approval_stands
    assert after.body["intake"]["answers"]["visit.back_at"] == {"time": "12:15"}
    assert riskgen("read", form, "--yes").code == 4, "the form is of the assessment before"


def test_a_personal_answer_is_told_by_its_title_alone(home: Path, riskgen: Run) -> None:
    assess(riskgen, *PLANNED)
    result = riskgen("read", changed_plan(home, answer__family__address="2 Philomena Road"), "--yes")
    assert result.code == 0, result.said
    assert "Address of the home: changed" in result.said
    assert "Philomena" not in result.said
    assert visit(home).body["intake"]["answers"]["family.address"] == "2 Philomena Road"


def test_a_time_alone_changes_the_hour_and_keeps_the_day(home: Path, riskgen: Run) -> None:
    assess(riskgen, *PLANNED)
    result = riskgen("read", changed_plan(home, answer__visit__start="10:45"), "--yes")
    assert result.code == 0, result.said
    assert visit(home).body["intake"]["answers"]["visit.start"] == {"moment": "2026-11-20T10:45"}


@pytest.mark.parametrize(
    ("texts", "start"),
    [
        (("2 December 2026", "10:45"), "2026-12-02T10:45"),
        (("10:45", "10:45"), "2026-11-20T10:45"),
        (("Friday 20 November 2026, 10:45", "10:45"), "2026-11-20T10:45"),
        (("10:45", "10:30"), ""),
        (("2 December 2026", "10:45", "10:50"), ""),
        (("2 December 2026", "3 December 2026", "10:45"), ""),
        (("Friday 20 November 2026, 10:30", "10:45"), ""),
    ],
)
def test_a_start_in_parts_has_to_be_one_start(home: Path, riskgen: Run, texts: tuple[str, ...], start: str) -> None:
    assess(riskgen, *PLANNED)
    form = home / "start.docx"
    form.write_bytes(
        document(
            *(field("answer.visit.start", shows=run(text), title="Start") for text in texts), header=identity(home)
        )
    )
    result = riskgen("read", form, "--yes")
    assert result.code == (0 if start else 3), result.said
    assert start or "'visit.start' is answered twice, and not the same" in result.said
    stored = visit(home).body["intake"]["answers"]["visit.start"]["moment"]
    assert stored == (start or "2026-11-20T10:30")


def test_that_no_car_is_used_is_as_printed_only_where_that_is_known(home: Path, riskgen: Run) -> None:
    form = home / "car.docx"

    def no_car() -> Path:
        row = field("answer.travel.driver", shows=run("No car is used"), title="Driver")
        form.write_bytes(document(row, header=identity(home)))
        return form

    assess(riskgen, *PLANNED, "--set", "travel.by_car=unknown", "--set", "travel.driver=unknown")
    assert "travel.by_car" not in visit(home).body["intake"]["answers"]
    result = riskgen("read", no_car(), "--yes")
    assert result.code == 0, result.said
    assert "Do the visitors travel by car?: Not recorded -> No" in result.said
    assert visit(home).body["intake"]["answers"]["travel.by_car"] is False
    assert "changes nothing" in riskgen("read", no_car(), "--yes").said
    assert riskgen("assess", "--reference", REF, "--set", "travel.by_car=yes", "--no-input", "--force").code == 0
    assert "Do the visitors travel by car?: Yes -> No" in riskgen("read", no_car(), "--dry-run").said


def test_a_plan_without_a_family_says_that_no_marker_was_looked_up(home: Path, riskgen: Run) -> None:
    done = riskgen(
        *("assess", "--purpose", "attendance", "--minutes", "40", "--visitor", "S-07"),
        *("--start", "2026-11-20 14:00", "--no-input"),
    )
    assert done.code == 0, done.said
    assert "markers cannot be looked up" in done.said
    form = home / "minutes.docx"
    form.write_bytes(document(field("answer.visit.minutes", shows=run("50")), header=identity(home)))
    assert "markers cannot be looked up" in riskgen("read", form, "--yes").said


def test_a_field_left_empty_is_told_and_changes_nothing(home: Path, riskgen: Run) -> None:
    assess(riskgen, *PLANNED)
    result = riskgen("read", changed_plan(home, answer__visit__back_at=""), "--yes")
    assert result.code == 0, result.said
    assert "Left empty, and so as it was: 'Back at'" in result.said
    taken = riskgen("read", changed_plan(home, answer__visit__back_at="Not known"), "--yes")
    assert "Back at: 11:45 -> Not recorded" in taken.said
    assert "visit.back_at" not in visit(home).body["intake"]["answers"]


def test_what_is_wrong_with_an_answer_has_the_words_of_a_file(home: Path, riskgen: Run) -> None:
    assess(riskgen, *PLANNED)
    form = changed_plan(home, answer__visit__minutes="900 minutes", answer__visit__leave_at=PRIVATE)
    before = events(home)
    result = riskgen("read", form, "--yes")
    assert result.code == 3
    assert "'visit.minutes' must be at most 480" in result.said
    assert "'visit.leave_at' must be a time such as 12:30" in result.said
    assert "field 'Leave at'" in result.said
    assert "Philomena" not in result.said
    assert events(home) == before


def test_another_family_is_never_mixed_in(home: Path, riskgen: Run) -> None:
    assess(riskgen, *PLANNED)
    form = home / "family.docx"
    form.write_bytes(document(field("answer.family.reference", shows=run("F-0456")), header=identity(home)))
    result = riskgen("read", form, "--yes")
    assert result.code == 3
    assert "another family" in result.said


def test_other_visitors_by_name_or_reference(home: Path, riskgen: Run) -> None:
    assess(riskgen, *PLANNED)
    going = [person["name"] for person in visit(home).body["intake"]["visitors"]]
    form = home / "who.docx"

    def who(*names: str) -> Path:
        rows = [field("answer.visit.visitors", shows=run(name), title="Visitor") for name in names]
        form.write_bytes(document(*rows, header=identity(home)))
        return form

    assert "changes nothing" in riskgen("read", who(*reversed(going))).said
    for cleared in (("",), ("", ""), ("Nobody",), ("Not known",)):
        left_out = riskgen("read", who(*cleared), "--yes")
        assert "Left empty, and so as it was: 'Visitor'" in left_out.said
        assert "changes nothing" in left_out.said
    nobody = riskgen("read", who("Philomena Smith"))
    assert nobody.code == 3
    assert "Philomena" not in nobody.said
    wrong = riskgen("read", who("S-07 Lane Invented"))
    assert wrong.code == 3
    result = riskgen("read", who("S-05 Ellis Invented"), "--yes")
    assert result.code == 0, result.said
    assert "-> S-05 Ellis Invented" in result.said
    assert [person["id"] for person in visit(home).body["intake"]["visitors"]] == ["S-05"]


def test_markers_count_whatever_the_form_says(home: Path, riskgen: Run) -> None:
    assess(riskgen, *PLANNED)
    (home / "marker.yaml").write_text(
        "what: Shouted\non: 2026-11-19\nreported_by: S-07\nreview_on: 2027-05-01\ntold: yes\n", encoding="utf-8"
    )
    added = riskgen(
        *("marker", "add", "F-0123", "--kind", "violence", "--answers", "marker.yaml", "--as", "S-01"),
        typed="long enough pass\nlong enough pass\ny\n",
    )
    assert added.code == 0, added.said
    result = riskgen("read", changed_plan(home, answer__visit__minutes="50"), "--yes")
    assert result.code == 0, result.said
    assert "because of a marker in the register" in result.said
    assert visit(home).body["intake"]["answers"]["history.violence_reported"] is True


# --- the day --------------------------------------------------------------------------------------


TYPED = "long enough pass\nlong enough pass\n"


def may_go(home: Path, riskgen: Run) -> None:
    """The visit, authorised."""
    assess(riskgen)
    given = riskgen("authorise", REF, "--by", "S-01", typed=f"{TYPED}y\n")
    assert given.code == 0, given.said


def test_the_times_of_the_day_become_moves_in_their_order(
    home: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go(home, riskgen)
    form = day_form(
        home, {"day.left_at": "10:10", "day.check_in_at": ["10.35 am", "11:05", None], "day.back_at": "11:40"}
    )
    at(monkeypatch, datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    result = riskgen("read", form, "--yes")
    assert result.code == 0, result.said
    after = visit(home)
    assert after.state is State.RETURNED
    assert after.departed
    assert after.departed.body
    assert after.departed.body["left_at"] == "2026-11-20T10:10:00+00:00"
    assert [(each.body or {})["at"][11:16] for each in after.check_ins] == ["10:35", "11:05"]
    assert after.returned
    assert (after.returned.body or {})["at"] == "2026-11-20T11:40:00+00:00"
    assert (after.returned.body or {})["where"] == ""  # the form says that they are safe, and not where
    count = events(home)
    again = riskgen("read", form, "--yes")
    assert again.code == 0, again.said
    assert "changes nothing" in again.said
    assert events(home) == count


def day_form(home: Path, values: Mapping[str, Value]) -> Path:
    times = [
        field("day.left_at", title="Left"),
        *(field("day.check_in_at", title="Check-in") for _ in range(3)),
        field("day.back_at", title="Back, or home safely"),
    ]
    path = home / "day.docx"
    path.write_bytes(fill(document(*times, header=identity(home)), values))
    return path


def test_times_of_the_day_may_be_read_on_another_day(home: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    may_go(home, riskgen)
    form = day_form(home, {"day.left_at": "10:10", "day.back_at": "11:40"})
    at(monkeypatch, datetime(2026, 11, 23, 8, 0, tzinfo=UTC))
    result = riskgen("read", form, "--yes")
    assert result.code == 0, result.said
    returned = visit(home).returned
    assert returned
    assert (returned.body or {})["at"] == "2026-11-20T11:40:00+00:00"


def test_what_a_move_is_refused_for_is_said_with_its_reasons(
    home: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assess(riskgen)
    form = day_form(home, {"day.left_at": "10:10", "day.back_at": "11:40"})
    at(monkeypatch, datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    before = events(home)
    result = riskgen("read", form, "--yes")
    assert result.code == 4
    assert "may not be signed out" in result.said
    assert "authorise" in result.said
    assert "Nothing was saved" in result.said
    assert events(home) == before


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"day.left_at": "soon"}, "It is no time"),
        ({"day.left_at": "23:50"}, "has not come yet"),
        ({"day.left_at": "10:10", "day.back_at": "09:50"}, "is before the visit left"),
        ({"day.left_at": "10:10", "day.check_in_at": ["noon", None, None]}, "It is no time"),
    ],
)
def test_a_time_that_cannot_be_is_refused_by_its_title(
    home: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch, values: dict[str, Value], words: str
) -> None:
    may_go(home, riskgen)
    form = day_form(home, values)
    at(monkeypatch, datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    result = riskgen("read", form, "--yes")
    assert result.code == 3
    assert words in result.said
    assert "field '" in result.said
    assert visit(home).departed is None


@pytest.mark.parametrize("where", ["register", "form"])
def test_nobody_is_back_before_they_were_last_heard_of(
    home: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    may_go(home, riskgen)
    at(monkeypatch, datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    heard: Value = ["11:30", None, None]
    if where == "register":
        at(monkeypatch, datetime(2026, 11, 20, 10, 10, tzinfo=UTC))
        assert riskgen("depart", REF).code == 0
        at(monkeypatch, datetime(2026, 11, 20, 11, 30, 40, tzinfo=UTC))
        assert riskgen("checkin", REF).code == 0
        at(monkeypatch, datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
        heard = None
    before = events(home)
    early = {"day.left_at": "10:10", "day.check_in_at": heard, "day.back_at": "11:20"}
    result = riskgen("read", day_form(home, early), "--yes")
    assert result.code == 3
    assert "field 'Back, or home safely'" in result.said
    assert "before the visit was last heard of (Friday 20 November 2026, 11:30)" in result.said
    assert events(home) == before
    assert riskgen("read", day_form(home, {**early, "day.back_at": "11:30"}), "--yes").code == 0
    assert visit(home).state is State.RETURNED


def test_a_time_that_the_register_has_otherwise_is_told_and_kept(
    home: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go(home, riskgen)
    at(monkeypatch, datetime(2026, 11, 20, 10, 10, tzinfo=UTC))
    assert riskgen("depart", REF).code == 0
    at(monkeypatch, datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    result = riskgen("read", day_form(home, {"day.left_at": "10:20", "day.back_at": "11:40"}), "--yes")
    assert result.code == 0, result.said
    assert "Left: the register has Friday 20 November 2026, 10:10, and keeps it" in result.said
    assert visit(home).state is State.RETURNED


def test_answers_changed_on_the_form_of_a_visit_that_is_out_are_told_and_left(
    home: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go(home, riskgen)
    at(monkeypatch, datetime(2026, 11, 20, 10, 10, tzinfo=UTC))
    assert riskgen("depart", REF).code == 0
    at(monkeypatch, datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    form = changed_plan(home, answer__visit__minutes="50", day__back_at="11:40")
    result = riskgen("read", form, "--yes")
    assert result.code == 4
    assert "cannot be assessed again" in result.said
    assert visit(home).state is State.RETURNED, "what can be taken in is"


def test_answers_changed_on_the_form_of_a_visit_that_has_begun_leave_the_times_of_the_day(
    home: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assess(riskgen, *PLANNED)
    given = riskgen("authorise", REF, "--by", "S-01", typed=f"{TYPED}y\n")
    assert given.code == 0, given.said
    form = changed_plan(home, answer__visit__back_at="12:15", day__left_at="10:10", day__back_at="12:10")
    at(monkeypatch, datetime(2026, 11, 20, 12, 30, tzinfo=UTC))
    result = riskgen("read", form, "--yes")
    assert result.code == 4
    assert "starts in the past" in result.said
    after = visit(home)
    assert after.state is State.RETURNED
    assert after.body["intake"]["answers"]["visit.back_at"] == {"time": "11:45"}


def test_what_was_typed_while_the_flag_of_a_prompt_stayed_is_never_lost(home: Path, riskgen: Run) -> None:
    assess(riskgen, *PLANNED)
    form = home / "flag.docx"
    yes = choice("answer.history.violence_reported", "Yes", "No", shows="Yes", title="Violence")
    typed = field("answer.family.address", shows=run("2 Philomena Road"), title="Address", prompts=True)
    for body in (typed, yes.replace("</w:sdtPr>", "<w:showingPlcHdr/></w:sdtPr>")):
        form.write_bytes(document(body, header=identity(home)))
        result = riskgen("read", form, "--yes")
        assert result.code == 3
        assert "stored as if it still showed its prompt" in result.said
        assert "Nothing was saved" in result.said
        assert "Philomena" not in result.said


@pytest.mark.parametrize("count", ["", field("form.count", shows=run("0"))])
def test_a_form_that_does_not_say_with_which_fields_it_was_written_is_refused(
    home: Path, riskgen: Run, count: str
) -> None:
    assess(riskgen, *PLANNED)
    form = home / "count.docx"
    head = identity(home).replace(COUNTED, count)
    form.write_bytes(document(field("answer.visit.reason", shows=run("x")), header=head))
    result = riskgen("read", form, "--yes")
    assert result.code == 3
    assert "It does not say with which fields it was written" in result.said


def test_a_prompt_that_another_program_has_made_text_of_is_no_answer(home: Path, riskgen: Run) -> None:
    assess(riskgen, *PLANNED)
    form = home / "prompt.docx"
    body = field("answer.family.phone", shows=run(as_prompt("Click to write")), title="Telephone")
    form.write_bytes(document(body, header=identity(home)))
    assert "changes nothing" in riskgen("read", form, "--yes").said


def test_a_printed_text_with_the_mark_of_prompts_in_it_comes_back_as_it_was(home: Path, riskgen: Run) -> None:
    family = home / "families" / "F-0123.yaml"
    text = family.read_text(encoding="utf-8")
    family.write_text(text.replace("Example Street", "Exam\u200bple Street"), encoding="utf-8")
    assess(riskgen, *PLANNED)
    address = printed_address(home)["family__address"]
    assert "\u200b" in address
    form = home / "address.docx"
    data = document(field("answer.family.address", shows=run("x")), header=identity(home))
    form.write_bytes(fill(data, {"answer.family.address": printed(address)}))
    assert "changes nothing" in riskgen("read", form, "--yes").said


# --- an alarm ---


def out_with_an_alarm(home: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The visit, out since 10:10, its safe word heard at 11:00; by now it is noon."""
    may_go(home, riskgen)
    for moment, command in (((10, 10), "depart"), ((11, 0), "alarm")):
        at(monkeypatch, datetime(2026, 11, 20, *moment, tzinfo=UTC))
        assert riskgen(command, REF).code == 0
    at(monkeypatch, datetime(2026, 11, 20, 12, 0, tzinfo=UTC))


@pytest.mark.parametrize("came_back", ["10:50", "11:40"])
def test_no_form_ends_an_alarm(home: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch, came_back: str) -> None:
    out_with_an_alarm(home, riskgen, monkeypatch)
    form = day_form(home, {"day.left_at": "10:10", "day.check_in_at": ["10:30", None, None], "day.back_at": came_back})
    result = riskgen("read", form, "--yes")
    assert result.code == 4
    assert result.out.startswith("SAFE WORD HEARD at 11:00: a form does not end it\nFirst: ")
    assert "The safe word was heard at Friday 20 November 2026, 11:00." in result.said
    assert f"'riskgen return {REF}' once everybody is safe" in result.said
    after = visit(home)
    assert (after.state, len(after.check_ins), len(after.standing_alarms)) == (State.OUT, 1, 1)
    assert riskgen("return", REF).code == 0
    assert "SAFE WORD" not in riskgen("read", form, "--yes").said


def test_an_alarm_stands_before_whatever_a_form_is_refused_for(
    home: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    out_with_an_alarm(home, riskgen, monkeypatch)
    for form in (record_form(home, whole(home)), day_form(home, {"day.back_at": "soon"})):
        result = riskgen("read", form, "--yes", "--json")
        assert result.err.startswith("SAFE WORD HEARD at 11:00: a form does not end it")
        assert "Nothing was saved" in result.said


def test_an_alarm_that_is_raised_while_a_form_is_read_stands_too(
    home: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go(home, riskgen)
    at(monkeypatch, datetime(2026, 11, 20, 10, 10, tzinfo=UTC))
    assert riskgen("depart", REF).code == 0
    at(monkeypatch, datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    form, school = day_form(home, {"day.back_at": "11:40"}), open_home(home)
    with open_desk(home, school.school) as desk:
        reading = read_form(school, desk, handed_in(desk, open_form(form)))
        assert riskgen("alarm", REF).code == 0
        with pytest.raises(Refused, match="The safe word was heard"):
            take_in(school, desk, reading, OFFICE)
    assert visit(home).state is State.OUT


# --- two at once ----------------------------------------------------------------------------------


def test_what_somebody_else_has_changed_since_is_not_written_over(back: Path, riskgen: Run) -> None:
    form = record_form(back, whole(back))
    school = open_home(back)
    with open_desk(back, school.school) as desk:
        reading = read_form(school, desk, handed_in(desk, open_form(form)))
        with desk.register.write() as writer:
            append_move(writer, desk, writer.visits([REF])[REF], Happened.HELD, OFFICE, {"reason": "A claim"})
        with pytest.raises(Refused, match="Somebody else has just changed"):
            take_in(school, desk, reading, OFFICE)
    assert record_of(visit(back)) is None


def test_what_is_refused_half_way_is_told_with_what_is_stored(
    home: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go(home, riskgen)
    form = day_form(home, {"day.left_at": "10:10", "day.check_in_at": ["10:30", None, None], "day.back_at": "11:40"})
    at(monkeypatch, datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    school = open_home(home)
    with open_desk(home, school.school) as desk:
        reading = read_form(school, desk, handed_in(desk, open_form(form)))

        def refuse(*_: object) -> None:
            raise Refused("It cannot be. Nothing was saved.")

        monkeypatch.setattr("riskgen.service.form_day.check_in", refuse)
        taken = take_in(school, desk, reading, OFFICE)
    assert taken.stored == ("Left, Friday 20 November 2026, 10:10",)
    assert [(each.what, each.because) for each in taken.not_taken] == [
        ("Heard of, Friday 20 November 2026, 10:30", ("It cannot be.",)),
        ("Back, Friday 20 November 2026, 11:40", ("What came before it was not taken in.",)),
    ]
    assert visit(home).state is State.OUT


def test_an_authorisation_that_has_lapsed_is_asked_for_again(home: Path, riskgen: Run) -> None:
    may_go(home, riskgen)
    policy = home / "data" / "policies" / "bchs" / "2025-09-01.yaml"
    assert riskgen("read", decision_form(home, "Authorised"), "--as", "S-01", "--yes", typed=TYPED).code == 0
    policy.write_text(policy.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    result = riskgen("read", decision_form(home, "Authorised"), "--as", "S-01", "--yes", typed=TYPED)
    assert result.code == 4
    assert "no longer what was assessed" in result.said


# --- authorising ----------------------------------------------------------------------------------


def decision_form(home: Path, decision: str, name: str = "", reason: str = "") -> Path:
    choices = ("Authorised", "Authorised with the conditions above", "Not authorised")
    body = (
        choice("authorise.decision", *choices, shows=decision, title="Decision"),
        field("authorise.reason", shows=run(reason) if reason else "", title="Reason"),
        field("authorise.name", shows=run(name) if name else "", title="Name"),
        day("authorise.date", title="Date"),
    )
    path = home / "decision.docx"
    path.write_bytes(document(*body, header=identity(home)))
    return path


def test_a_form_authorises_only_with_the_proof_of_who_it_is(home: Path, riskgen: Run) -> None:
    assess(riskgen)
    form = decision_form(home, "Authorised", "Avery Invented")
    nobody = riskgen("read", form, "--yes")
    assert nobody.code == 2
    assert "--as ID" in nobody.said
    result = riskgen("read", form, "--as", "S-01", typed=f"{TYPED}y\n")
    assert result.code == 0, result.said
    after = visit(home)
    assert after.state is State.AUTHORISED
    assert after.authorised
    assert (after.authorised.who.staff, after.authorised.who.proof) == ("S-01", "passphrase")
    count = events(home)
    again = riskgen("read", form, "--as", "S-01", typed="long enough pass\n")
    assert (again.code, events(home)) == (0, count)
    assert "changes nothing" in again.said


def test_a_wrong_passphrase_or_a_no_stores_nothing(home: Path, riskgen: Run) -> None:
    assess(riskgen)
    form = decision_form(home, "Authorised with the conditions above")
    assert riskgen("read", form, "--as", "S-01", typed=f"{TYPED}n\n").code == 4
    assert riskgen("read", form, "--as", "S-01", "--yes", typed="wrong wrong\n" * 3).code == 4
    assert visit(home).state is State.ASSESSED


def test_a_name_on_the_form_that_is_another_is_said(home: Path, riskgen: Run) -> None:
    assess(riskgen)
    form = decision_form(home, "Authorised", "Blair Invented", reason=PRIVATE)
    result = riskgen("read", form, "--as", "S-01", "--yes", typed=f"{TYPED}y\n")  # which it asks all the same
    assert result.code == 0, result.said
    assert "names somebody else than S-01" in result.said
    assert "The reason stays on the form" in result.said
    assert "Philomena" not in result.said
    given = visit(home).authorised
    assert given
    assert given.who.staff == "S-01"


def test_a_visitor_authorises_no_visit_of_their_own(home: Path, riskgen: Run) -> None:
    assess(riskgen)
    result = riskgen("read", decision_form(home, "Authorised"), "--as", "S-07", "--yes", typed=TYPED)
    assert result.code == 4
    assert "nobody may authorise a visit of their own" in result.said
    assert visit(home).authorised is None


def test_not_authorised_stores_nothing_and_says_what_to_do(home: Path, riskgen: Run) -> None:
    assess(riskgen)
    count = events(home)
    form = decision_form(home, "Not authorised", reason=PRIVATE)
    result = riskgen("read", form, "--yes")
    assert result.code == 4
    assert "changes nothing" not in result.said
    assert "Decision: Not authorised" in result.said
    assert f"riskgen cancel {REF}" in result.said
    assert f"riskgen assess --reference {REF} --force, and then riskgen authorise {REF}" in result.said
    assert f"riskgen override {REF}" in result.said
    assert "Nothing was saved" in result.said
    assert events(home) == count
    (left,) = json.loads(riskgen("read", form, "--json").out)["not_taken"]
    assert left["what"] == "Decision: Not authorised"
    assert riskgen("cancel", REF, "--reason", "It was not authorised").code == 0
    assert riskgen("read", form).code == 0, "it has been acted on"


def test_not_authorised_is_told_all_the_more_of_a_visit_that_has_left(
    home: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go(home, riskgen)
    form = decision_form(home, "Not authorised")
    at(monkeypatch, datetime(2026, 11, 20, 10, 10, tzinfo=UTC))
    for command, words in (("depart", "It is out all the same"), ("return", "It was made all the same")):
        assert riskgen(command, REF).code == 0
        result = riskgen("read", form)
        assert (result.code, words in result.said) == (4, True)


def test_nothing_is_authorised_as_json_since_nobody_would_see_what_it_rests_on(home: Path, riskgen: Run) -> None:
    assess(riskgen)
    form = decision_form(home, "Authorised")
    for more in ((), ("--yes",)):
        result = riskgen("read", form, "--json", "--as", "S-01", *more, typed=f"{TYPED}y\n")
        assert result.code == 2
        assert "--dry-run" in result.said
        assert "Nothing was saved" in result.said
    assert visit(home).state is State.ASSESSED
    looked = riskgen("read", form, "--json", "--as", "S-01", "--dry-run")
    assert looked.code == 0, looked.said
    assert [line["field"] for line in json.loads(looked.out)["changes"]] == ["authorise.decision"]


def test_a_form_on_which_nobody_has_decided_changes_nothing(home: Path, riskgen: Run) -> None:
    assess(riskgen)
    result = riskgen("read", decision_form(home, ""), "--yes")
    assert result.code == 0
    assert "changes nothing" in result.said


def test_a_plan_changed_on_the_form_that_authorises_it_is_not_authorised(home: Path, riskgen: Run) -> None:
    assess(riskgen)
    form = home / "both.docx"
    body = (
        field("answer.visit.minutes", shows=run("50"), title="Minutes"),
        choice("authorise.decision", "Authorised", "Not authorised", shows="Authorised"),
    )
    form.write_bytes(document(*body, header=identity(home)))
    result = riskgen("read", form, "--as", "S-01", "--yes", typed=TYPED)
    assert result.code == 4
    assert "not clear which plan was authorised" in result.said
    after = visit(home)
    assert (after.state, after.body["intake"]["answers"]["visit.minutes"]) == (State.ASSESSED, 50)


# --- the report -----------------------------------------------------------------------------------


def test_the_report_has_the_keys_that_are_documented(back: Path, riskgen: Run) -> None:
    result = riskgen("read", record_form(back, whole(back)), "--yes", "--json")
    report = json.loads(result.out)
    assert set(report) == {
        *("reference", "form", "changes", "means", "notes", "stored", "not_taken", "state", "files", "record"),
    }
    assert report["state"] == "closed"
    assert report["stored"] == ["How the visit went"]
    assert report["record"]["state"] == "closed"
    assert set(report["changes"][0]) == {"field", "title", "how", "before", "after"}


def test_the_report_of_a_plan_names_the_forms_and_not_the_safe_word(home: Path, riskgen: Run) -> None:
    assess(riskgen, *PLANNED)
    with open_desk(home) as desk, desk.register.read() as reader:
        sealed, register = reader.safe_word(REF), desk.register.id
    assert sealed
    word = open_sealed(base64.b64decode(os.environ["RISKGEN_KEY"]), register, REF, sealed)
    result = riskgen("read", changed_plan(home, answer__visit__minutes="50"), "--yes", "--json")
    assert result.code == 0, result.said
    assert json.loads(result.out)["files"]
    assert word not in result.out + result.err


def test_a_form_takes_no_yes_back_that_somebody_has_recorded_since(back: Path, riskgen: Run) -> None:
    worried = record_form(back, {"record.concern": "Yes", "record.incident": "Yes", "record.seen": "Bruises"})
    assert riskgen("read", worried, "--yes").code == 0
    older = record_form(back, {"record.concern": "No", "record.incident": "No", "record.agreed": "To ring"})
    result = riskgen("read", older, "--yes")
    assert result.code == 4
    assert "A safeguarding concern: No: The register has: Yes." in result.said
    record = record_of(visit(back))
    assert record
    assert (record.concern, record.incident, record.agreed) == (True, True, "To ring")


@pytest.mark.parametrize(
    ("has", "says", "taken"),
    [
        (Ending.CALLED_OFF_FOR_SAFETY, Ending.AS_PLANNED, False),
        (Ending.CALLED_OFF_FOR_SAFETY, Ending.CALLED_OFF, False),
        (Ending.NOT_LET_IN, Ending.AS_PLANNED, False),
        (Ending.NOT_LET_IN, Ending.NOBODY_IN, True),
        (Ending.AS_PLANNED, Ending.CALLED_OFF_FOR_SAFETY, True),
    ],
)
def test_a_form_makes_no_ending_lighter_than_the_register_has_it(
    back: Path, riskgen: Run, has: Ending, says: Ending, taken: bool
) -> None:
    why = {"record.why": "A dog"} if has.needs_why else {}
    assert riskgen("read", record_form(back, {"record.ending": has.words, **why}), "--yes").code == 0
    other: dict[str, Value] = {"record.ending": says.words, "record.agreed": "To ring"}
    other |= {"record.why": "Another reason"} if says.needs_why else {}
    result = riskgen("read", record_form(back, other), "--yes")
    assert result.code == (0 if taken else 4), result.said
    assert (f"How the visit ended: {says.words}: The register has: {has.words}." in result.said) is not taken
    record = record_of(visit(back))
    assert record
    assert (record.ending, record.agreed) == (says if taken else has, "To ring")
    assert record.why == ("A dog" if why else "Another reason")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("why", "Why it was not made as planned"),
        ("seen", "What was seen"),
        ("agreed", "What was agreed"),
        ("incident_text", "What happened in the incident"),
    ],
)
def test_a_form_replaces_no_text_that_the_register_has(back: Path, riskgen: Run, name: str, title: str) -> None:
    def read(text: str) -> Any:
        form = record_form(back, {"record.ending": "Something else", f"record.{name}": text, "record.incident": "Yes"})
        return riskgen("read", form, "--yes")

    def has() -> str:
        record = record_of(visit(back))
        return str(getattr(record, name))

    assert read("He raised a knife").code == 0
    older = read("Voices were raised")
    assert older.code == 4
    assert f"{title}: The register has another text already. Add to it with 'riskgen record'" in older.said
    assert "Voices" not in older.said
    assert "knife" not in older.said
    assert has() == "He raised a knife"
    assert read(" He  raised a knife ").code == 0
    assert has() == "He raised a knife"


def test_a_form_replaces_no_reason_why_something_was_not_done(back: Path, riskgen: Run) -> None:
    rows = len(whole(back)["record.clause_answer"])  # type: ignore[arg-type]
    rest: list[None] = [None] * (rows - 1)

    def read(why: str | None, *more: str) -> Any:
        answers = ["Not done", *(more or rest)]
        values: dict[str, Value] = {"record.clause_answer": answers, "record.clause_why": [why, *rest]}
        return riskgen("read", record_form(back, values), "--yes")

    assert read("He barred the way").code == 0
    done = ["Done"] * (rows - 1)
    older = read("Forgotten", *done)
    assert older.code == 4
    assert ": why not: The register has another text already" in older.said
    assert "changes nothing" in read("He barred  the way", *done).said
    assert "changes nothing" in read(None, *done).said
    record = record_of(visit(back))
    assert record
    assert record.clauses[0].why == "He barred the way"
    assert [tick.answer for tick in record.clauses[1:]] == [Kept.DONE] * (rows - 1)


def test_a_form_says_of_nothing_done_that_the_register_has_as_not_done(back: Path, riskgen: Run) -> None:
    rows = len(whole(back)["record.clause_answer"])  # type: ignore[arg-type]
    rest: list[None] = [None] * (rows - 1)
    worse = record_form(back, {"record.clause_answer": ["Not done", *rest], "record.clause_why": ["Forgotten", *rest]})
    assert riskgen("read", worse, "--yes").code == 0
    older = record_form(back, {"record.clause_answer": ["Done"] * rows})
    result = riskgen("read", older, "--yes")
    assert result.code == 4
    assert "Done: The register has: Not done." in result.said
    record = record_of(visit(back))
    assert record
    assert [tick.answer for tick in record.clauses] == [Kept.NOT_DONE, *[Kept.DONE] * (rows - 1)]
    assert record.clauses[0].why == "Forgotten"
