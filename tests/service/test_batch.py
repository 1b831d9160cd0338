"""Rows in, visits out: each checked first, recorded once, whoever did the work and whatever died meanwhile."""

import errno
import io
import os
import pickle
import shutil
import signal
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.conditions import Value
from riskgen.core.marker import Kind
from riskgen.core.model import RegisterPlace
from riskgen.core.problem import Problem
from riskgen.core.struct import replace
from riskgen.core.visit import State, Visit, Who
from riskgen.intake.gather import Given
from riskgen.intake.sheet import Sheet
from riskgen.register.cipher import mark_of_row, open_sealed
from riskgen.service import batch_work, clock
from riskgen.service.batch import AT_A_TIME, Checked, check_rows
from riskgen.service.batch_record import record_rows
from riskgen.service.batch_rows import RowState, entered
from riskgen.service.batch_work import Answers, Asked, Task, bundle_of, work
from riskgen.service.desk import Desk, open_desk
from riskgen.service.erasing import _erase_from_register
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.homes import Home
from riskgen.service.intake_sheet import Row
from riskgen.service.markers import Draft, add_marker
from riskgen.service.moves import call_off
from riskgen.service.paper import fill_beforehand, fill_forms
from riskgen.service.recording import given_again, record_assessment
from riskgen.service.repeating import repeat
from riskgen.service.visits import Request, decide, gather
from riskgen.service.workers import Crew, Stopped, Workers, cluster, here, processes

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
OFFICE = Who("S-10", "office", "account")
FORMS = 3
"""Forms of an assessment."""


def answers(school: Home) -> Given:
    """A visit that may go ahead, as a row would say it."""
    files = tuple(school.folder / name for name in ("families/F-0123.yaml", "visits-planned/visit-F-0123.yaml"))
    return gather(school, Request(files))


@dataclass
class Office:
    """A school's folder of one's own, with the register open, and rows to put into it."""

    home: Home
    desk: Desk
    given: Given
    output: Path

    def row(self, number: int, reference: str = "", **changes: Value) -> Row:
        """A row of its own family and time; `changes` are answers by their names, with two underscores for the dot."""
        start = datetime(2026, 12, 1, 10, 30) + timedelta(days=number)
        new = {"family.reference": f"F-{number:04}", "visit.start": start}
        new |= {name.replace("__", "."): value for name, value in changes.items()}
        values = {**self.given.answers, **new}
        places = dict.fromkeys(values, ("visits.xlsx", number))
        return Row(number, Sheet("visits.xlsx", values, frozenset(values), self.given.visitors, places), reference)

    def rows(self, count: int, first: int = 2) -> list[Row]:
        return [self.row(number) for number in range(first, first + count)]

    def check(self, rows: list[Row], gather: Callable[[], Any] = here) -> Checked:
        with Workers(gather, lambda: False) as workers:
            return check_rows(self.home, self.desk, entered(self.home, rows), workers, lambda count: None)

    def record(
        self, rows: list[Row], gather: Callable[[], Any] = here, stopped: Callable[[], bool] = lambda: False
    ) -> list[RowState]:
        """Check all rows and record the good ones. What was done before somebody stopped or something was in the way
        is in `so_far`."""
        self.so_far: list[RowState] = []
        with Workers(gather, stopped) as workers:
            checked = check_rows(self.home, self.desk, entered(self.home, rows), workers, lambda count: None)
            for result in record_rows(self.home, self.desk, OFFICE, checked, workers, self.output, stopped):
                self.so_far.append(result)
        return self.so_far

    def visits(self) -> dict[str, Visit]:
        """The visits of the register, which has to be sound, with forms for each."""
        with self.desk.register.read() as reader:
            assert reader.verify() == ()
            found = reader.visits(entry.reference for entry in reader.find())
        for reference, visit in found.items():
            assert visit.assessed is not None
            assert visit.assessed.body is not None
            names = sorted(path.name for path in (self.output / reference).iterdir())
            assert names == sorted(visit.assessed.body["files"])
            assert len(names) == FORMS
        return found

    def once_each(self, count: int) -> None:
        """So many visits with references that follow each other, no two of the same family."""
        found = self.visits()
        assert sorted(found) == [f"RA-2026-{number:04}" for number in range(1, count + 1)]
        families = [visit.body["intake"]["answers"]["family.reference"] for visit in found.values()]
        assert len(set(families)) == count

    def word(self, reference: str) -> str:
        key = self.desk.key()
        with self.desk.register.read() as reader:
            return open_sealed(key, self.desk.register.id, reference, reader.safe_word(reference) or b"")


@pytest.fixture
def office(school: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, register_url: str) -> Iterator[Office]:
    monkeypatch.setattr(clock, "utc_now", lambda: NOW)
    for name in ("templates", "data", "school.yaml"):
        (tmp_path / name).symlink_to(school.folder / name)
    given = answers(school)
    home = replace(school, folder=tmp_path, school=replace(school.school, register=RegisterPlace(register_url)))
    with open_desk(tmp_path, home.school) as desk:
        yield Office(home, desk, given, tmp_path / "packs")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms that take no time to fill. They say their reference and, where they carry it, the safe word."""

    def render(form: Any, context: Any, made_at: datetime, logo: bytes) -> bytes:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as package:
            package.writestr("word/document.xml", f"{form.id} of {context.reference} {context.safe_word or ''}")
        return made.getvalue()

    monkeypatch.setattr("riskgen.forms.render.render", render)


def texts(path: Path) -> str:
    with zipfile.ZipFile(path) as package:
        return package.read("word/document.xml").decode()


def codes(results: Any) -> dict[int, list[str]]:
    return {result.number: [problem.code for problem in result.problems] for result in results if result.problems}


# --- recording ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("quick")
def test_each_row_is_a_visit_with_its_forms_and_a_word_of_its_own(office: Office) -> None:
    results = office.record(office.rows(9))
    assert [(result.number, result.reference) for result in results] == [
        (number + 1, f"RA-2026-{number:04}") for number in range(1, 10)
    ]
    assert {result.outcome for result in results} == {"proceed-with-conditions"}
    office.once_each(9)
    assert not list((office.home.folder / "visits").iterdir())
    words = {result.reference: office.word(result.reference) for result in results}
    assert len(set(words.values())) == 9
    for result in results:
        for path in result.files:
            said = texts(path)
            assert result.reference in said
            assert (words[result.reference] in said) == ("office" in path.name)


def test_a_form_that_got_its_word_afterwards_is_the_same_as_one_filled_in_with_it(office: Office) -> None:
    decided = decide(office.home, Given().with_sheet(office.row(2).sheet))
    filled = fill_beforehand(office.home, decided, "RA-2026-0001", "blankblank", NOW)
    assert len(filled.secret) == 1
    for word in ("velvet", "crème brûlée"):
        assert filled.with_word(word) == fill_forms(office.home, decided, "RA-2026-0001", word, NOW)
    with pytest.raises(ValueError, match="letters"):
        filled.with_word("a<b")
    with pytest.raises(ValueError, match="blank"):
        replace(filled, blank="qqqqqqqq").with_word("velvet")


def test_real_processes_record_what_one_process_would(office: Office) -> None:
    results = office.record(office.rows(5), lambda: processes(2))
    assert len(results) == 5
    office.once_each(5)
    word = office.word("RA-2026-0001")
    (form,) = (path for path in results[0].files if "office" in path.name)
    assert word in texts(form)
    assert "2026" in texts(form)


@pytest.mark.usefixtures("quick")
def test_a_reference_that_another_desk_takes_meanwhile_is_left_to_it(office: Office) -> None:
    decided = decide(office.home, Given().with_sheet(office.row(90).sheet))

    @contextmanager
    def with_another_desk() -> Iterator[Crew]:
        with here() as crew:
            yield Crew(_Interrupting(crew.executor, at=4), 2)

    class _Interrupting(Executor):
        def __init__(self, executor: Executor, at: int) -> None:
            self.executor, self.left = executor, at

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            self.left -= 1
            if self.left == 0:  # the forms of the rows before are filled in by now, and not yet recorded
                record_assessment(office.home, office.desk, decided, OFFICE, within=office.output)
            return self.executor.submit(fn, *args, **kwargs)

    results = office.record(office.rows(AT_A_TIME * 3), with_another_desk)
    assert len(results) == AT_A_TIME * 3
    office.once_each(AT_A_TIME * 3 + 1)
    for result in results:
        assert all(result.reference in texts(path) for path in result.files)
    assert "RA-2026-0001" not in {result.reference for result in results}


@pytest.mark.usefixtures("quick")
def test_what_is_in_the_way_of_all_stops_it_and_what_was_recorded_stays(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from riskgen.files.publish import CannotWrite
    from riskgen.service import staging

    real, left = staging.publish, [5]

    def full(files: Any, force: bool = False) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise CannotWrite("The disk is full.", ())
        return real(files, force)

    monkeypatch.setattr(staging, "publish", full)
    monkeypatch.setattr(staging, "_moved", lambda staged, target: False)  # as from one disk to another
    with pytest.raises(EnvironmentFault, match="full"):
        office.record(office.rows(6))
    assert [result.number for result in office.so_far] == [2, 3, 4]
    monkeypatch.undo()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("error", [errno.EXDEV, 0])
def test_forms_are_put_into_another_folder_whether_or_not_it_is_on_the_same_disk(
    office: Office, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    office.output.mkdir()
    moved, real = [], Path.rename

    def rename(path: Path, target: Path) -> Path:
        if target.parent == office.output and error:
            raise OSError(error, os.strerror(error))
        moved.append(target)
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    results = office.record(office.rows(2))
    office.once_each(2)
    assert [path.parent for result in results for path in result.files] == [
        office.output / result.reference for result in results for _ in range(FORMS)
    ]
    assert bool(moved) == (not error)
    assert [path.stat().st_mode & 0o777 for path in office.output.iterdir()] == [0o700, 0o700]
    assert not list((office.home.folder / "visits").glob(".*"))


def test_what_comes_back_rests_on_the_policy_as_it_is_here(office: Office) -> None:
    task = Task(bundle_of(office.home), office.home.now(), (Asked(2, Given().with_sheet(office.row(2).sheet)),))
    answer = work(task).rows[0]
    assert answer.decided(office.home) is None  # no forms were asked for
    asked = replace(task.rows[0], reference="RA-2026-0001")
    answer = work(replace(task, rows=(asked,), blank="x" * 32)).rows[0]
    decided = answer.decided(office.home)
    assert decided is not None
    library = office.home.library
    assert any(decided.policy is edition for editions in library.policies.values() for edition in editions)
    changed = {
        name: tuple(replace(edition, fingerprint="another") for edition in editions)
        for name, editions in library.policies.items()
    }
    with pytest.raises(EnvironmentFault, match="policies were changed"):
        answer.decided(replace(office.home, library=replace(library, policies=changed)))


@pytest.mark.usefixtures("quick")
def test_a_folder_that_cannot_be_written_to_stops_it(office: Office) -> None:
    office.output.write_text("a file")
    with pytest.raises(EnvironmentFault, match="RA-2026-0001"):
        office.record(office.rows(2))
    assert [(result.number, result.reference, result.files) for result in office.so_far] == [(2, "RA-2026-0001", ())]


@pytest.mark.usefixtures("quick")
def test_a_visit_that_is_assessed_again_keeps_no_pdf_of_before_for_the_one_that_counts(office: Office) -> None:
    office.output = office.home.folder / "visits"
    (result,) = office.record(office.rows(1))
    made = [path.with_suffix(".pdf") for path in result.files]
    for path in made:
        path.write_bytes(b"%PDF")
    again = decide(office.home, Given().with_sheet(office.row(2, visit__minutes=45).sheet))
    record_assessment(office.home, office.desk, again, OFFICE, reference=result.reference, force=True)
    assert not any(path.exists() for path in made)
    assert all(path.with_name(f"{path.name}.bak").exists() for path in made)


# --- run again ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("quick")
def test_run_again_it_does_only_what_is_not_done(office: Office) -> None:
    office.record(office.rows(3))
    checked = office.check([*office.rows(3), office.row(9)])
    assert [(row.number) for row in checked.to_record] == [9]
    before = [result for result in checked.states.values() if result.before]
    assert [(result.number, result.reference, result.outcome) for result in before] == [
        (2, "RA-2026-0001", "proceed-with-conditions"),
        (3, "RA-2026-0002", "proceed-with-conditions"),
        (4, "RA-2026-0003", "proceed-with-conditions"),
    ]
    office.record([*office.rows(3), office.row(9)])
    office.once_each(4)


@pytest.mark.usefixtures("quick")
def test_a_row_is_known_again_whatever_became_of_its_visit(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    (result,) = office.record(office.rows(1))
    moved = decide(office.home, Given().with_sheet(office.row(2, visit__start=datetime(2026, 12, 20, 10, 30)).sheet))
    record_assessment(
        office.home, office.desk, moved, OFFICE, reference=result.reference, within=office.output, force=True
    )
    assert office.check(office.rows(1)).states[2].before
    monkeypatch.setattr(clock, "utc_now", lambda: NOW + timedelta(days=60))  # its start is in the past by now
    assert office.check(office.rows(1)).states[2].before
    written = replace(office.row(2), reference=result.reference)
    assert office.check([written]).states[2].before


@pytest.mark.usefixtures("quick")
def test_rows_that_are_written_a_little_otherwise_are_the_same(office: Office) -> None:
    office.record(office.rows(1))
    other = office.row(2, family__reference="f- 0002")
    turned = replace(other, sheet=replace(other.sheet, visitors=tuple(reversed(other.sheet.visitors))))
    assert office.check([turned]).states[2].before


@pytest.mark.usefixtures("quick")
def test_rows_at_odds_with_the_register_are_faults_that_say_what_to_do(office: Office) -> None:
    office.record(office.rows(2))
    rows = [
        office.row(2, visit__minutes=55),
        office.row(3, "RA-2026-0002", visit__minutes=55),
        office.row(4, "RA-2026-0077"),
        office.row(5, "RA-2026-0001"),
    ]
    checked = office.check(rows)
    assert codes(checked.faulty) == {
        2: ["row-visit-known"],
        3: ["row-changed"],
        4: ["reference-unknown"],
        5: ["row-changed"],
    }
    for number, reference in ((2, "RA-2026-0001"), (3, "RA-2026-0002")):
        (problem,) = checked.states[number].problems
        assert f"riskgen assess --reference {reference}" in problem.hint
        assert problem.line == number
    assert checked.to_record == ()


@pytest.mark.usefixtures("quick")
def test_a_visit_that_was_called_off_leaves_its_time_free_for_another(office: Office) -> None:
    (result,) = office.record(office.rows(1))
    call_off(office.desk, office.desk.visit(result.reference), OFFICE, "The family is away.", False)
    assert [row.number for row in office.check([office.row(2, visit__minutes=55)]).to_record] == [2]
    assert office.check(office.rows(1)).states[2].before


@pytest.mark.usefixtures("quick")
def test_rows_that_say_the_same_or_are_the_same_visit_are_faults(office: Office) -> None:
    row = office.row(2)
    twin, rival = replace(row, number=5), replace(office.row(2, visit__minutes=55), number=7)
    unnamed = [office.row(number, family__reference="", visit__minutes=number) for number in (10, 11)]
    same_time = [
        replace(
            each,
            sheet=replace(each.sheet, values={**each.sheet.values, "visit.start": row.sheet.values["visit.start"]}),
        )
        for each in unnamed
    ]
    checked = office.check([row, office.row(3), twin, rival, *same_time])
    assert codes(checked.faulty) == {5: ["row-twice"], 7: ["row-twice"]}
    assert "row 2" in checked.states[5].problems[0].message
    assert [each.number for each in checked.to_record] == [2, 3, 10, 11]


@pytest.mark.usefixtures("quick")
def test_a_row_that_somebody_else_records_meanwhile_is_not_recorded_twice(office: Office) -> None:
    rows = office.rows(2)
    with Workers(here, lambda: False) as workers:
        checked = check_rows(office.home, office.desk, entered(office.home, rows), workers, lambda count: None)
        office.record(rows)
        results = list(record_rows(office.home, office.desk, OFFICE, checked, workers, office.output, lambda: False))
    assert [(result.reference, result.before) for result in results] == [("RA-2026-0001", True), ("RA-2026-0002", True)]
    office.once_each(2)


@pytest.mark.usefixtures("quick")
def test_nothing_is_left_of_a_row_once_its_visit_is_erased(office: Office) -> None:
    office.record(office.rows(2))
    marks = "SELECT count(*) FROM meta WHERE substr(name, 1, 4) = 'row '"
    with office.desk.register.read():
        assert office.desk.register.connection.execute(marks).fetchone()[0] == 2
    with office.desk.register.write() as writer:
        from riskgen.library.retention import What
        from riskgen.service.retention import Item

        _erase_from_register(office.desk, writer, Item("RA-2026-0001", What.VISIT, "closed"), OFFICE, 0)
    with office.desk.register.read() as reader:
        assert office.desk.register.connection.execute(marks).fetchone()[0] == 1
        assert reader.verify() == ()
    checked = office.check([office.row(2, "RA-2026-0001"), office.row(3)])
    assert codes(checked.faulty) == {2: ["row-erased"]}
    assert checked.states[3].before


@pytest.mark.usefixtures("quick")
def test_a_row_with_a_faulty_cell_is_never_taken_for_recorded(office: Office) -> None:
    office.record(office.rows(1))
    row = office.row(2)
    bad = Problem("visits.xlsx", 2, "answer-value", "Not yes or no.", field="travel.dark")
    checked = office.check([replace(row, sheet=replace(row.sheet, problems=(bad,)))])
    assert codes(checked.faulty) == {2: ["answer-value"]}
    assert not checked.states[2].before


@pytest.mark.usefixtures("quick")
def test_of_two_batches_at_once_that_differ_in_an_answer_only_one_records_the_visit(office: Office) -> None:
    with Workers(here, lambda: False) as workers:
        rows = [office.row(2, visit__minutes=55), office.row(3)]
        checked = check_rows(office.home, office.desk, entered(office.home, rows), workers, lambda count: None)
        office.record(office.rows(1))
        results = list(record_rows(office.home, office.desk, OFFICE, checked, workers, office.output, lambda: False))
    assert codes(results) == {2: ["row-visit-known"]}
    assert "RA-2026-0001" in results[0].problems[0].message
    assert [result.reference for result in results] == ["", "RA-2026-0002"]
    office.once_each(2)


def again(office: Office, reference: str, row: Row) -> None:
    """Assess a visit again with a row, as `assess --reference REF ROW --force` does."""
    given = given_again(office.desk.visit(reference)).with_sheet(row.sheet)
    decided = decide(office.home, given)
    record_assessment(office.home, office.desk, decided, OFFICE, reference=reference, within=office.output, force=True)


@pytest.mark.usefixtures("quick")
def test_a_row_that_was_changed_is_recorded_once_its_visit_was_assessed_again_with_it(office: Office) -> None:
    office.record(office.rows(2))
    named = office.row(2, "RA-2026-0001", visit__minutes=55)
    unnamed = office.row(3, visit__minutes=55)
    assert codes(office.check([named, unnamed]).faulty) == {2: ["row-changed"], 3: ["row-visit-known"]}
    again(office, "RA-2026-0001", named)
    again(office, "RA-2026-0002", unnamed)
    states = office.check([named, unnamed]).states
    assert [(state.before, state.reference) for state in states.values()] == [
        (True, "RA-2026-0001"),
        (True, "RA-2026-0002"),
    ]
    assert codes(office.check([replace(named, sheet=office.row(2, visit__minutes=50).sheet)]).faulty)


@pytest.mark.usefixtures("quick")
def test_an_answer_taken_out_of_a_row_still_counts_until_it_is_not_known(office: Office) -> None:
    office.record([office.row(2, travel__dark=True)])
    emptied = without(office.row(2, "RA-2026-0001"), "travel.dark")
    again(office, "RA-2026-0001", emptied)
    (problem,) = office.check([emptied]).states[2].problems
    assert problem.code == "row-changed"
    assert "'Not known'" in problem.hint
    not_known = replace(emptied, sheet=replace(emptied.sheet, given=emptied.sheet.given | {"travel.dark"}))
    again(office, "RA-2026-0001", not_known)
    assert office.check([not_known]).states[2].before


@pytest.mark.usefixtures("quick")
def test_what_somebody_answered_beside_the_row_does_not_make_it_another(office: Office) -> None:
    office.record([without(office.row(2), "travel.dark")])
    changed = without(office.row(2, "RA-2026-0001", visit__minutes=55), "travel.dark")
    again(office, "RA-2026-0001", office.row(2, visit__minutes=55, travel__dark=True))
    assert office.check([changed]).states[2].before


@pytest.mark.usefixtures("quick")
def test_a_row_whose_visit_was_cancelled_says_so_and_how_to_plan_it_anew(office: Office) -> None:
    (result,) = office.record(office.rows(1))
    call_off(office.desk, office.desk.visit(result.reference), OFFICE, "The family is away.", False)
    state = office.check(office.rows(1)).states[2]
    assert (state.before, state.stands, state.holds) == (True, State.CANCELLED, False)
    assert f"{result.reference} was cancelled" in state.notes[0]
    new = repeat(office.home, office.desk, result.reference, OFFICE).reference
    assert f"riskgen repeat {result.reference}" in state.notes[0]
    (problem,) = office.check([office.row(2, new)]).states[2].problems
    assert "has not been assessed yet" in problem.message
    assert f"riskgen assess --reference {new} ROW.xlsx" in problem.hint
    again(office, new, office.row(2))
    for row in (office.row(2), office.row(2, new)):  # with its reference in the row, or without
        state = office.check([row]).states[2]
        assert (state.before, state.reference, state.stands) == (True, new, State.ASSESSED)
    later = office.row(2, visit__start=datetime(2026, 12, 22, 10, 30))
    assert [row.number for row in office.check([later]).to_record] == [2]


@pytest.mark.usefixtures("quick")
def test_a_row_that_is_in_the_register_says_where_its_decision_may_hold_no_longer(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.record(office.rows(2))
    assert [state.holds for state in office.check(office.rows(2)).states.values()] == [True, True]
    draft = Draft("F-0002", Kind.VIOLENCE, "Threats.", date(2026, 11, 1), "S-02", date(2027, 3, 1), True, "")
    add_marker(office.desk, draft, Who("S-02", "", "passphrase"))
    states = office.check(office.rows(2)).states
    assert [states[2].holds, states[3].holds] == [False, True]
    assert any("marker has been put on the family" in note for note in states[2].notes)
    assert any("would come to 'do-not-visit'" in note for note in states[2].notes)
    assert states[2].outcome == "proceed-with-conditions"
    monkeypatch.setattr("riskgen.service.batch_again.weigh", raises(InvalidInput(())))
    assert "cannot be worked out" in office.check(office.rows(2)).states[3].notes[0]


def raises(error: Exception) -> Callable[..., Any]:
    def fails(*given: object, **named: object) -> object:
        raise error

    return fails


@pytest.mark.usefixtures("quick")
def test_a_row_of_a_visit_that_is_out_and_one_that_changed_since_say_so(office: Office) -> None:
    decided = decide(office.home, Given().with_sheet(office.row(2).sheet))
    mark = mark_of_row(office.desk.key(), entered(office.home, [office.row(2)])[0].says)
    record_assessment(
        office.home, office.desk, decided, OFFICE, within=office.output, after_the_fact="An emergency.", row=mark
    )
    state = office.check(office.rows(1)).states[2]
    assert (state.before, state.stands, state.notes) == (True, State.OUT, ())
    (problem,) = office.check([office.row(2, "RA-2026-0001", visit__minutes=55)]).states[2].problems
    assert "cannot be assessed again" in problem.message
    assert "riskgen assess" not in problem.hint


@pytest.mark.usefixtures("quick")
def test_forms_of_a_reference_that_the_register_does_not_know_are_kept_and_the_doctor_is_named(office: Office) -> None:
    (office.output / "RA-2026-0001").mkdir(parents=True)
    (name,) = (
        each
        for each in fill_forms(
            office.home, decide(office.home, Given().with_sheet(office.row(2).sheet)), "RA-2026-0001", "velvet", NOW
        )
        if "office" in each
    )
    (office.output / "RA-2026-0001" / name).write_text("of another visit")
    with pytest.raises(Refused, match="riskgen doctor") as refused:
        office.record(office.rows(1))
    assert "--force" not in str(refused.value)
    assert (office.output / "RA-2026-0001" / name).read_text() == "of another visit"


# --- the families' files --------------------------------------------------------------------------


def without(row: Row, *prefixes: str) -> Row:
    """A row with some cells empty."""
    kept = {name: value for name, value in row.sheet.values.items() if not name.startswith(prefixes)}
    return replace(row, sheet=replace(row.sheet, values=kept, given=frozenset(kept)))


def bare(office: Office, family: str = "F-0456", number: int = 2, **changes: Value) -> Row:
    """A row that says of a family its reference alone, but for the changes."""
    row = without(office.row(number), "family.", "child.", "history.", "household.", "background.")
    changed = {name.replace("__", "."): value for name, value in changes.items()}
    values = {**row.sheet.values, "family.reference": family, **changed}
    return replace(row, sheet=replace(row.sheet, values=values, given=frozenset(values)))


@pytest.fixture
def families(office: Office, school: Home) -> Path:
    """The example families' files in the school's folder."""
    return shutil.copytree(school.folder / "families", office.home.folder / "families")


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("family", ["F-0456", "f-0456", "F\u20110456 "])
def test_empty_cells_are_answered_by_the_familys_file(office: Office, families: Path, family: str) -> None:
    assert "violence_reported: yes" in (families / "F-0456.yaml").read_text()
    (result,) = office.record([bare(office, family)])
    assert (result.outcome, result.problems, result.notes) == ("do-not-visit", (), ())
    (visit,) = office.visits().values()
    said = visit.body["intake"]["answers"]
    assert said["history.violence_reported"] is True
    assert (said["family.reference"], said["family.name"]) == ("F-0456", "Placeholder family")
    assert office.check([bare(office, family)]).states[2].before


@pytest.mark.usefixtures("quick", "families")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("history.violence_reported", False),
        ("history.violence_reported", None),
        ("history.weapons_reported", True),
        ("household.unsafe_building", True),
        ("background.checked", None),
        ("family.name", "Philomena Invented"),
        ("child.name", None),
    ],
)
def test_a_row_that_says_otherwise_of_a_family_than_its_file_is_a_fault_of_the_cell(
    office: Office, name: str, value: Value | None
) -> None:
    row = bare(office)
    values = {**row.sheet.values, **({name: value} if value is not None else {})}
    row = replace(row, sheet=replace(row.sheet, values=values, given=row.sheet.given | {name}))
    checked = office.check([row])
    (problem,) = checked.states[2].problems
    assert (problem.code, problem.field, problem.path, problem.line) == ("family-otherwise", name, "visits.xlsx", 2)
    assert office.home.library.questions[name].label in problem.message
    assert "families/F-0456.yaml, line " in problem.message
    assert "Correct one of them." in problem.hint
    assert "Philomena" not in problem.message
    assert checked.to_record == ()


@pytest.mark.usefixtures("quick", "families")
def test_an_address_in_the_row_counts_with_a_note_and_what_only_looks_otherwise_does_not_differ(office: Office) -> None:
    row = bare(office, family__address="9 New Street", family__name="placeholder  Family", history__concern=True)
    (result,) = office.record([row])
    assert result.problems == ()
    (note,) = result.notes
    assert office.home.library.questions["family.address"].label in note
    assert "The row counts." in note
    assert "New Street" not in note
    assert not result.marked
    (visit,) = office.visits().values()
    assert visit.body["intake"]["answers"]["family.address"] == "9 New Street"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("name", "text", "code", "words"),
    [
        ("twin.yaml", "family:\n  reference: f-0456\n", "family-files", "F-0456.yaml and families/twin.yaml"),
        ("F-0456.yaml", "family:\n\treference: x\n", "family-unread", "families/F-0456.yaml cannot be read"),
        ("F-0456.yaml", "- a list\n", "family-unread", "families/F-0456.yaml cannot be read"),
        ("F-0456.yaml", "history:\n  concern: perhaps\n", "schema-allowed", "families/F-0456.yaml, line 2: "),
        (
            "F-0456.yaml",
            "household:\n  animal_known_aggressive: yes\n  animals: no\n",
            "answers-clash",
            "families/F-0456.yaml, line 2: 'household.animal_known_aggressive' is yes",
        ),
    ],
)
def test_a_familys_file_that_does_not_do_is_a_fault_of_its_rows(
    office: Office, families: Path, name: str, text: str, code: str, words: str
) -> None:
    (families / name).write_text(text)
    checked = office.check([bare(office), bare(office, "F-0123", 3)])
    assert codes(checked.faulty) == {2: [code]}
    (problem,) = checked.states[2].problems
    assert words in problem.message
    assert (problem.path, problem.line) == ("visits.xlsx", 2)


@pytest.mark.usefixtures("quick")
def test_a_file_that_cannot_be_read_may_be_any_familys_that_has_no_other(office: Office, families: Path) -> None:
    (families / "gray.yaml").write_text("family: [")
    checked = office.check([bare(office, "F-0999"), bare(office, "F-0123", 3)])
    assert codes(checked.faulty) == {2: ["family-unread"]}


@pytest.mark.usefixtures("quick")
def test_a_familys_file_that_changes_does_not_make_the_row_another_and_is_told(office: Office, families: Path) -> None:
    office.record([bare(office, "F-0123")])
    path = families / "F-0123.yaml"
    path.write_text(path.read_text().replace("weapons_reported: no", "weapons_reported: yes"))
    state = office.check([bare(office, "F-0123")]).states[2]
    assert (state.before, state.holds) == (True, False)
    assert "families/F-0123.yaml says something else of the family" in state.notes[0]


# --- checking -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("quick")
def test_every_fault_of_every_row_is_found_and_nothing_is_written(office: Office) -> None:
    bad = Problem("visits.xlsx", 4, "answer-value", "Not a number.", field="visit.minutes")
    faulty = office.row(4)
    faulty = replace(faulty, sheet=replace(faulty.sheet, problems=(bad,)))
    checked = office.check(
        [
            office.row(2),
            office.row(3, visit__start=datetime(2026, 1, 5, 10, 30)),
            faulty,
            office.row(5, travel__dark=False),
        ]
    )
    assert codes(checked.faulty) == {3: ["visit-past"], 4: ["answer-value"]}
    assert "assessed by itself: riskgen assess --after-the-fact" in checked.states[3].problems[0].hint
    assert [row.number for row in checked.to_record] == [2, 5]
    assert office.visits() == {}


@pytest.mark.usefixtures("quick")
def test_without_a_register_rows_can_be_checked_and_none_is_made(office: Office) -> None:
    with Workers(here, lambda: False) as workers:
        checked = check_rows(office.home, None, entered(office.home, office.rows(2)), workers, lambda count: None)
    assert len(checked.to_record) == 2


@pytest.mark.usefixtures("quick")
def test_markers_on_the_family_count_whatever_the_row_says(office: Office) -> None:
    draft = Draft("f-0002", Kind.VIOLENCE, "Threats.", date(2026, 11, 1), "S-02", date(2027, 3, 1), True, "")
    add_marker(office.desk, draft, Who("S-02", "", "passphrase"))
    results = office.record(office.rows(2))
    assert results[0].outcome != results[1].outcome
    assert any("history.violence_reported" in note for note in results[0].notes)
    assert results[1].notes == ()
    assert [result.marked for result in results] == [True, False]
    assert office.check(office.rows(2)).states[2].before  # a marker does not make the row another
    nobody = without(office.row(4, history__violence_reported=False), "family.reference")
    state = office.check([nobody]).states[4]
    assert not state.marked  # as it is the reference that is missing
    assert any("markers cannot be looked up" in note for note in state.notes)


# --- those who do the work ------------------------------------------------------------------------


def test_what_goes_to_workers_and_comes_back_shows_nothing_where_it_is_printed(office: Office) -> None:
    bundle = bundle_of(office.home)
    row = Given().with_sheet(office.row(2, family__name="Gray Invented").sheet)
    task = Task(bundle, NOW.replace(tzinfo=None), (Asked(2, row, "RA-2026-0001"),), "blankblank")
    done = work(pickle.loads(pickle.dumps(task)))  # noqa: S301  # what was just made
    for each in (task, task.rows[0], bundle, done, done.rows[0], done.rows[0].filled):
        assert "Gray" not in repr(each)
        assert "F-" not in repr(each)
    assert b"Gray Invented" in pickle.dumps(task)
    with zipfile.ZipFile(io.BytesIO(bundle.files)) as files:
        assert not any("safe-words" in name for name in files.namelist())
    assert bundle.school.register == RegisterPlace()
    assert bundle.school.staff == office.home.school.staff


def test_no_fault_of_a_row_is_raised(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*given: object, **named: object) -> object:
        raise RuntimeError("about Gray Invented")

    monkeypatch.setattr(batch_work, "decide", fails)
    task = Task(bundle_of(office.home), NOW.replace(tzinfo=None), (Asked(2, Given()),))
    assert work(task).rows[0].failed == "RuntimeError"
    checked = office.check(office.rows(2))
    assert codes(checked.faulty) == {2: ["row-failed"], 3: ["row-failed"]}
    assert not any("Gray" in problem.message for result in checked.faulty for problem in result.problems)


def test_a_worker_of_another_edition_is_not_believed(office: Office) -> None:
    assert work(replace(Task(bundle_of(office.home), NOW, ()), version="0.0.1")).rows == ()

    class Old(Executor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            future: Future[Any] = Future()
            future.set_result(Answers((), version="0.0.1"))
            return future

    @contextmanager
    def old() -> Iterator[Crew]:
        yield Crew(Old(), 1)

    with pytest.raises(EnvironmentFault, match=r"riskgen 0\.0\.1"):
        office.check(office.rows(1), old)


class Deadly(Executor):
    """Does the work here, but is broken by tasks with a row of a deadly number."""

    def __init__(self, deadly: Callable[[int], bool], error: BaseException) -> None:
        self.deadly, self.error, self.broken = deadly, error, False

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        if self.broken:
            raise BrokenExecutor
        future: Future[Any] = Future()
        if any(self.deadly(row.number) for row in args[0].rows):
            self.broken = True
            future.set_exception(self.error)
        else:
            future.set_result(fn(*args, **kwargs))
        return future


def deadly(on: Callable[[int], bool], error: BaseException | None = None) -> Callable[[], Any]:
    @contextmanager
    def crew() -> Iterator[Crew]:
        yield Crew(Deadly(on, error or BrokenExecutor()), 3)

    return crew


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("error", [BrokenExecutor(), CancelledError(), SystemExit(143)])
def test_a_row_that_kills_whoever_works_on_it_is_found_out_and_the_others_are_done(
    office: Office, error: BaseException
) -> None:
    results = office.record(office.rows(20), deadly(lambda number: number == 7, error))
    assert [result.number for result in results] == [number for number in range(2, 22) if number != 7]
    office.once_each(19)
    assert codes(office.check(office.rows(20), deadly(lambda number: number == 7)).faulty) == {7: ["row-died"]}


@pytest.mark.usefixtures("quick")
def test_where_every_process_dies_it_is_said_that_they_do(office: Office) -> None:
    with pytest.raises(EnvironmentFault, match="die one after another"):
        office.check(office.rows(9), deadly(lambda number: True))


@pytest.mark.usefixtures("quick")
def test_workers_that_cannot_do_the_work_are_told_of(office: Office) -> None:
    with pytest.raises(EnvironmentFault, match="ModuleNotFoundError"):
        office.check(office.rows(1), deadly(lambda number: True, ModuleNotFoundError("riskgen")))


def test_a_process_that_is_killed_costs_no_row_and_doubles_none(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riskgen.service.batch.AT_A_TIME", 2)  # so that much is still to be handed out by then
    pools = []

    @contextmanager
    def watched() -> Iterator[Crew]:
        with processes(2) as crew:
            pools.append(crew.executor)
            yield crew

    killed = []

    def kill_one() -> bool:
        """Asked while it is waited for an answer: once some rows are recorded, a process is killed."""
        if not killed and len(getattr(office, "so_far", ())) >= 3:
            process = next(iter(pools[-1]._processes))
            os.kill(process, signal.SIGKILL)
            killed.append(process)
        return False

    results = office.record(office.rows(40), watched, kill_one)
    assert killed
    assert len(pools) > 1
    assert [result.number for result in results] == list(range(2, 42))
    office.once_each(40)


DIE_WHILE_ANSWERING = """
import os, signal, struct, sys
frame = sys._getframe()
while "result_queue" not in frame.f_locals:
    frame = frame.f_back
os.write(frame.f_locals["result_queue"]._writer.fileno(), struct.pack("!i", 1000) + b"half")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_that_is_killed_in_the_middle_of_an_answer_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskgen.service.workers._LOOK_ROUND", 0.5)
    with Workers(lambda: processes(2), lambda: False) as workers:
        future = workers._present().executor.submit(exec, DIE_WHILE_ANSWERING)
        assert workers._result(future) is None


def test_memory_is_bounded_since_few_tasks_are_in_hand_at_once(office: Office) -> None:
    handed_out = []

    class Counting(Executor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            handed_out.append(args[0])
            future: Future[Any] = Future()
            future.set_result(fn(*args, **kwargs))
            return future

    @contextmanager
    def counting() -> Iterator[Crew]:
        yield Crew(Counting(), 3)

    bundle = bundle_of(office.home)
    tasks = (Task(bundle, NOW, ()) for _ in range(50))
    with Workers(counting, lambda: False) as workers:
        for number, _ in enumerate(workers.in_order(tasks), 1):
            assert len(handed_out) <= number + 2


@pytest.mark.usefixtures("quick")
def test_who_stops_it_between_two_rows_keeps_what_was_recorded(office: Office) -> None:
    with pytest.raises(Stopped):
        office.record(office.rows(9), stopped=lambda: len(getattr(office, "so_far", ())) == 5)
    assert [result.number for result in office.so_far] == [2, 3, 4, 5, 6]
    office.record(office.rows(9))
    assert [result.number for result in office.so_far] == [7, 8, 9, 10]
    office.once_each(9)


def test_who_stops_it_while_a_task_is_waited_for_is_heard(office: Office) -> None:
    never: Future[Any] = Future()

    class Slow(Executor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            return never

    @contextmanager
    def slow() -> Iterator[Crew]:
        yield Crew(Slow(), 2)

    asked = iter([False, False, True])
    with Workers(slow, lambda: next(asked)) as workers, pytest.raises(Stopped):
        check_rows(office.home, office.desk, entered(office.home, office.rows(3)), workers, lambda count: None)
    assert never.cancelled()


# --- a cluster ------------------------------------------------------------------------------------


@pytest.fixture
def of_two(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """A real cluster of two workers on this machine."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=str(tmp_path / "dask")
    ) as made:
        yield made


@pytest.mark.of_a_file("it is about those who do the work")
def test_a_cluster_of_which_one_worker_is_killed_half_way_does_every_row_once(office: Office, of_two: Any) -> None:
    killed = []

    def kill_one() -> bool:
        if not killed and len(getattr(office, "so_far", ())) >= 4:
            worker = of_two.workers[0]
            os.kill(worker.process.process.pid, signal.SIGKILL)
            killed.append(worker)
        return False

    results = office.record(office.rows(16), lambda: cluster(of_two.scheduler_address), kill_one)
    assert killed
    assert [result.number for result in results] == list(range(2, 18))
    office.once_each(16)


@pytest.mark.of_a_file("it is about those who do the work")
def test_a_cluster_that_goes_away_ends_it_and_what_was_recorded_stays(
    office: Office, of_two: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riskgen.service.workers.SECONDS_TO_CONNECT", 1)
    gone = []

    def leave() -> bool:
        if not gone and len(getattr(office, "so_far", ())) >= 2:
            gone.append(of_two.close())
        return False

    with pytest.raises(EnvironmentFault, match="cannot be reached"):
        office.record(office.rows(60), lambda: cluster(of_two.scheduler_address), leave)
    assert gone
    office.once_each(len(office.so_far))


@pytest.mark.of_a_file("it is about those who do the work")
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x", "tls://127.0.0.1:1"])
def test_a_scheduler_out_of_reach_is_told_of(office: Office, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr("riskgen.service.workers.SECONDS_TO_CONNECT", 1)
    with pytest.raises(EnvironmentFault, match="cannot be reached"):
        office.check(office.rows(1), lambda: cluster(address))


@pytest.mark.of_a_file("it is about those who do the work")
def test_where_the_library_of_clusters_is_not_installed_it_is_said_how_to_install_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(EnvironmentFault, match=r"riskgen\[cluster\]"):
        office.check(office.rows(1), lambda: cluster("tcp://127.0.0.1:1"))
