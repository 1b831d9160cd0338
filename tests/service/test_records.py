"""Writing down how a visit went: what the register has of it, and what two people at once may not do.

On both databases.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.assess import assess
from riskgen.core.model import Intake, RegisterPlace, School
from riskgen.core.plain import to_plain
from riskgen.core.record import Ending, Kept, Ticked, VisitRecord
from riskgen.core.struct import replace
from riskgen.core.visit import Entry, Happened, State, Who
from riskgen.library.load import Library
from riskgen.service import clock
from riskgen.service.desk import Desk, start_register
from riskgen.service.faults import Refused
from riskgen.service.moves import append_move
from riskgen.service.record_file import LONGEST, read_record, record_template, tidy
from riskgen.service.records import Recording, ready_to_record, record_of, record_visit
from riskgen.service.standing import intake_body

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REF = "RA-2026-0001"
OFFICE = Who("S-10", "office", "account")


@pytest.fixture
def desk(
    tmp_path: Path,
    library: Library,
    routine: Mapping[str, Intake],
    example_school: School,
    register_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    """A register with one visit of robert-ogden that came back two hours ago. There is no data beside it."""
    monkeypatch.setattr(clock, "utc_now", lambda: NOW)
    intake = routine["robert-ogden"]
    assert intake.start
    policy = library.edition_on("robert-ogden", intake.start.date())
    assert policy
    assessment = assess(intake, policy, library.catalogue(example_school.matrix))
    school = replace(example_school, register=RegisterPlace(register_url))
    found = Desk(tmp_path, school, start_register(tmp_path, school))
    body: dict[str, Any] = {
        "intake": intake_body(intake),
        "assessment": to_plain(assessment),
        "catalogue": "",
        "files": {},
        "roles": {},
        "sources": {},
        "start": None,
        "due_back": None,
        "after_the_fact": "",
    }
    with found.register.write() as writer:
        writer.append(REF, Happened.ASSESSED, NOW, OFFICE, body)
        writer.put_entry(Entry(REF, State.ASSESSED))
        visit = append_move(writer, found, writer.visits([REF])[REF], Happened.DEPARTED, OFFICE, {"outing": {}})
        at = (NOW - timedelta(hours=2)).isoformat()
        append_move(writer, found, visit, Happened.RETURNED, OFFICE, {"where": "school", "at": at})
    yield found
    found.register.close()


def whole(recording: Recording) -> VisitRecord:
    ticks = tuple(Ticked(duty.id, Kept.DONE) for duty in recording.asked)
    return VisitRecord(Ending.AS_PLANNED, "", "All well", "nothing", ticks, False, False, "", ())


def test_a_whole_record_closes_the_visit_in_one_go(desk: Desk) -> None:
    recording = ready_to_record(desk, REF)
    written = record_visit(desk, recording, whole(recording), OFFICE)
    assert (written.visit.state, written.open, written.late, written.hours) == (State.CLOSED, (), False, 2)
    assert record_of(desk.visit(REF)) == whole(recording)
    assert [event.happened for event in desk.visit(REF).events[-2:]] == [Happened.RECORDED, Happened.CLOSED]


def test_retention_can_tell_a_concern_and_an_incident_without_reading_the_record(desk: Desk) -> None:
    recording = ready_to_record(desk, REF)
    record_visit(desk, recording, VisitRecord(concern=True, incident=False), OFFICE)
    body = desk.visit(REF).records[-1].body or {}
    assert (body["concern"], body["incident"]) == (True, False)


def test_two_people_who_record_at_once_do_not_overwrite_each_other(desk: Desk) -> None:
    first, second = ready_to_record(desk, REF), ready_to_record(desk, REF)
    record_visit(desk, first, VisitRecord(seen="All well"), OFFICE)
    with pytest.raises(Refused, match="Somebody else has just changed"):
        record_visit(desk, second, VisitRecord(seen="A dog"), OFFICE)
    found = record_of(desk.visit(REF))
    assert found
    assert found.seen == "All well"


def test_a_record_that_fails_on_its_way_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = ready_to_record(desk, REF)
    real = append_move

    def fails_to_close(writer: Any, desk: Desk, visit: Any, happened: Happened, *rest: Any) -> Any:
        if happened is Happened.CLOSED:
            raise OSError("the disk is full")
        return real(writer, desk, visit, happened, *rest)

    monkeypatch.setattr("riskgen.service.records.append_move", fails_to_close)
    with pytest.raises(OSError, match="disk is full"):
        record_visit(desk, recording, whole(recording), OFFICE)
    assert desk.visit(REF).state is State.RETURNED


def test_without_the_data_a_late_record_is_late_all_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOW + timedelta(hours=23))
    written = record_visit(desk, ready_to_record(desk, REF), VisitRecord(seen="All well"), OFFICE)
    assert (written.late, written.hours, written.within_hours, written.late_clauses) == (True, 25, 24, ())


def test_a_clock_that_runs_behind_the_return_makes_no_negative_hours(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: NOW - timedelta(hours=5))
    written = record_visit(desk, ready_to_record(desk, REF), VisitRecord(seen="All well"), OFFICE)
    assert (written.late, written.hours) == (False, 0)


def test_a_template_that_nobody_filled_in_says_nothing(desk: Desk, tmp_path: Path) -> None:
    recording = ready_to_record(desk, REF)
    path = tmp_path / "went.yaml"
    path.write_text(record_template(recording), encoding="utf-8")
    said = read_record(path, recording.asked, 0)
    assert (said.record, said.done) == (VisitRecord(), ())


def test_the_template_fits_a_page(desk: Desk) -> None:
    lines = record_template(ready_to_record(desk, REF)).splitlines()
    assert [line for line in lines if len(line) > 110] == []


@pytest.mark.parametrize("name", LONGEST)
def test_every_text_may_be_as_long_as_it_says_and_no_longer(name: str) -> None:
    assert tidy(name, "x" * LONGEST[name]) == ("x" * LONGEST[name], "")
    kept, reason = tidy(name, "x" * (LONGEST[name] + 1))
    assert kept == ""
    assert f"{LONGEST[name] + 1} of {LONGEST[name]} characters" in reason
