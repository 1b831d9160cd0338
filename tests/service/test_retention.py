"""What may be erased and when; and that erasing leaves nothing, breaks nothing, and can be finished when it died.

On both databases.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.marker import Kind, Marker
from riskgen.core.model import RegisterPlace
from riskgen.core.struct import replace
from riskgen.core.visit import Happened, State, Who, entry_of
from riskgen.library.retention import When
from riskgen.register.database import RegisterFault
from riskgen.service import clock, erasing
from riskgen.service.desk import Desk, open_desk
from riskgen.service.erasing import Plan, erase, forms_of, give_back_room
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.homes import Home
from riskgen.service.markers import add_marker, made_of, review_marker
from riskgen.service.moves import append_move
from riskgen.service.references import VISITS
from riskgen.service.retention import Due, Item, due_now, held_subject, hold, release, was_of, who_erases

HEAD = Who("S-01", "desk", "passphrase")
BORN = date(2012, 3, 4)
SECRET = "Quaggaseen"  # noqa: S105  # a word that stands nowhere else
FORMS = ("{}_risk-assessment_2026-12-02.docx", "{}_intent-to-visit-office_2026-12-02.docx")


@dataclass
class Clock:
    now: datetime = datetime(2026, 12, 2, 12, 0, tzinfo=UTC)

    def to(self, text: str) -> None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture(autouse=True)
def at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moving = Clock()
    monkeypatch.setattr(clock, "utc_now", lambda: moving.now)
    return moving


@pytest.fixture
def home(school: Home, register_url: str, tmp_path: Path) -> Home:
    folder = tmp_path / "school"
    shutil.copytree(school.folder, folder, ignore=shutil.ignore_patterns("register.db*", VISITS))
    return replace(school, folder=folder, school=replace(school.school, register=RegisterPlace(register_url)))


@pytest.fixture
def desk(home: Home) -> Iterator[Desk]:
    with open_desk(home.folder, home.school) as opened:
        yield opened


def assessed(
    desk: Desk, family: str = "F-0123", born: date | None = None, child: str = "Sample child", **more: Any
) -> str:
    """A visit that was assessed, with its forms and its safe word."""
    with desk.register.write() as writer:
        reference = writer.next_reference(2026)
        answers: dict[str, Any] = {
            "family.reference": family,
            "visit.purpose": "home-tutoring",
            "child.name": child,
            "family.address": SECRET * 300,
        }
        if born:
            answers["child.born_on"] = {"date": born.isoformat()}
        body = {
            "intake": {"answers": answers, "visitors": [{"id": "S-07"}]},
            "start": "2026-12-02T10:30:00+00:00",
            "files": {name.format(reference): "0" * 64 for name in FORMS},
            "after_the_fact": "",
            **more,
        }
        writer.append(reference, Happened.ASSESSED, desk.now(), HEAD, body)
        writer.put_entry(entry_of(writer.visits([reference])[reference]))
        writer.put_safe_word(reference, b"sealed-" + reference.encode(), f"mark-{reference}", desk.now())
    folder = desk.folder / VISITS / reference
    folder.mkdir(parents=True)
    for name in FORMS:
        (folder / name.format(reference)).write_bytes(b"form")
    return reference


def closed(desk: Desk, concern: bool = False, incident: bool = False, **more: Any) -> str:
    """A visit that is over."""
    reference = assessed(desk, **more)
    for happened, body in (
        (Happened.DEPARTED, {"outing": {}}),
        (Happened.RETURNED, {"where": "school"}),
        (Happened.RECORDED, {"record": {"seen": SECRET}, "concern": concern, "incident": incident}),
        (Happened.CLOSED, {}),
    ):
        move(desk, reference, happened, body)
    return reference


def move(desk: Desk, reference: str, happened: Happened, body: dict[str, Any]) -> None:
    with desk.register.write() as writer:
        append_move(writer, desk, writer.visits([reference])[reference], happened, HEAD, body)


def cancelled(desk: Desk) -> str:
    reference = assessed(desk)
    move(desk, reference, Happened.CANCELLED, {"reason": SECRET, "for_safety": False})
    return reference


def marker(desk: Desk, family: str = "F-0123") -> Marker:
    details = {"what": SECRET, "on": "2026-11-02", "reported_by": "S-08", "review_on": "2027-06-30", "told": "yes"}
    return add_marker(desk, made_of(family, Kind.VIOLENCE, details, desk.now().date()), HEAD)


def due(home: Home, desk: Desk) -> Due:
    with desk.register.read() as reader:
        return due_now(home, desk, reader)


def named(items: tuple[Item, ...]) -> list[str]:
    return [item.subject for item in items]


def erase_all(home: Home, desk: Desk) -> Plan:
    return erase(home, desk, due(home, desk).code, HEAD)


# --- what is due ----------------------------------------------------------------------------------


def test_a_visit_is_due_on_the_same_day_years_after_it_was_closed(home: Home, desk: Desk, at: Clock) -> None:
    reference = closed(desk)
    at.to("2029-12-01 12:00")
    assert (named(due(home, desk).erase), due(home, desk).later, due(home, desk).code) == ([], 1, "")
    at.to("2029-12-02 12:00")
    (item,) = due(home, desk).erase
    assert (item.subject, item.since, item.due, item.state) == (
        reference,
        date(2026, 12, 2),
        date(2029, 12, 2),
        "closed",
    )
    assert item.rule is not None
    assert item.rule.id == "visit-other"


def test_days_are_those_of_the_school(home: Home, desk: Desk, at: Clock) -> None:
    at.to("2027-06-30 23:30")  # 1 July in British summer time
    closed(desk)
    assert due(home, desk).later == 1
    at.to("2030-06-30 12:00")
    assert due(home, desk).erase == ()
    at.to("2030-07-01 12:00")
    assert len(due(home, desk).erase) == 1


def test_a_cancelled_visit_comes_under_its_own_rule(home: Home, desk: Desk, at: Clock) -> None:
    cancelled(desk)
    at.to("2029-12-02 12:00")
    (item,) = due(home, desk).erase
    assert item.rule is not None
    assert (item.rule.id, item.why) == ("visit-cancelled", "It was cancelled.")


def test_a_visit_that_is_not_over_is_kept_for_ever(home: Home, desk: Desk, at: Clock) -> None:
    before, out = assessed(desk), assessed(desk)
    move(desk, out, Happened.DEPARTED, {"outing": {}})
    at.to("2126-01-01 12:00")
    found = due(home, desk)
    assert (found.erase, named(found.not_over)) == ((), [before, out])


def test_a_legal_hold_keeps_a_record_until_it_is_lifted(home: Home, desk: Desk, at: Clock) -> None:
    reference = closed(desk)
    hold(desk, held_subject(desk, reference), "An inquiry", HEAD)
    at.to("2030-01-01 12:00")
    found = due(home, desk)
    assert (found.erase, named(found.held), found.code) == ((), [reference], "")
    with pytest.raises(Refused, match="under legal hold since 2026-12-02"):
        hold(desk, held_subject(desk, reference), "Again", HEAD)
    release(home, desk, held_subject(desk, reference), "The inquiry is over", HEAD)
    assert named(due(home, desk).erase) == [reference]
    with pytest.raises(Refused, match="is not under legal hold"):
        release(home, desk, held_subject(desk, reference), "Again", HEAD)


def test_a_visit_that_is_still_open_can_be_held(home: Home, desk: Desk) -> None:
    reference = assessed(desk)
    hold(desk, held_subject(desk, reference), "A claim", HEAD)
    assert (named(due(home, desk).held), due(home, desk).not_over) == ([reference], ())


def test_who_may_set_and_lift_a_hold(home: Home, desk: Desk) -> None:
    record = held_subject(desk, closed(desk))
    with pytest.raises(Refused, match="add --as"):
        hold(desk, record, "A claim", Who("", "desk", ""))
    hold(desk, record, "A claim", Who("S-07", "desk", "passphrase"))
    with pytest.raises(Refused, match="S-07 is not one who erases"):
        release(home, desk, record, "Over", Who("S-07", "desk", "passphrase"))


def test_a_hold_on_nothing_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInput):
        held_subject(desk, "RA-2026-0404")


def test_a_concern_is_kept_by_the_date_of_birth_that_the_visit_has(home: Home, desk: Desk, at: Clock) -> None:
    closed(desk, concern=True, born=BORN)
    at.to("2037-03-03 12:00")
    assert (due(home, desk).erase, due(home, desk).later) == ((), 1)
    at.to("2037-03-04 12:00")
    (item,) = due(home, desk).erase
    assert (item.since, item.due) == (BORN, date(2037, 3, 4))


def test_without_a_date_of_birth_a_concern_is_never_due_and_listed_apart(home: Home, desk: Desk, at: Clock) -> None:
    reference = closed(desk, concern=True)
    at.to("2126-01-01 12:00")
    assert (due(home, desk).erase, named(due(home, desk).unknown)) == ((), [reference])


@pytest.mark.parametrize(
    ("files", "known"),
    [
        (["family.reference: f-0123\nchild.name: sample  child\nchild.born_on: 2012-03-04\n"], True),
        (["family.reference: F-0123\nchild.name: Other child\nchild.born_on: 2012-03-04\n"], False),
        (["family.reference: F-0999\nchild.name: Sample child\nchild.born_on: 2012-03-04\n"], False),
        (["family.reference: F-0123\nchild.born_on: 2012-03-04\n"], False),
        (
            [
                "family.reference: F-0123\nchild.name: Sample child\nchild.born_on: 2012-03-04\n",
                "family.reference: F-0123\nchild.name: Sample child\nchild.born_on: 2012-04-03\n",
            ],
            False,
        ),
    ],
)
def test_the_family_file_has_the_date_of_birth_of_the_same_child_only(
    home: Home, desk: Desk, at: Clock, files: list[str], known: bool
) -> None:
    closed(desk, concern=True)
    for number, text in enumerate(files):
        (home.folder / "families" / f"more-{number}.yaml").write_text(text, encoding="utf-8")
    at.to("2050-01-01 12:00")
    assert (len(due(home, desk).erase), len(due(home, desk).unknown)) == ((1, 0) if known else (0, 1))


def test_an_alarm_and_a_visit_called_off_for_safety_are_incidents_whatever_the_record_says(desk: Desk) -> None:
    plain, alarm, unsafe = closed(desk), assessed(desk), assessed(desk)
    for reference in (alarm, unsafe):
        move(desk, reference, Happened.DEPARTED, {"outing": {}})
    move(desk, alarm, Happened.ALARM, {})
    move(desk, unsafe, Happened.CALLED_OFF, {"reason": SECRET, "for_safety": True})
    assert was_of(desk.visit(plain)) == frozenset()
    assert was_of(desk.visit(alarm)) == {When.INCIDENT}
    assert was_of(desk.visit(unsafe)) == {When.INCIDENT}


def test_the_first_rule_that_is_about_a_visit_counts(home: Home, desk: Desk) -> None:
    closed(desk, concern=True, incident=True)
    (item,) = due(home, desk).unknown
    assert item.rule is not None
    assert item.rule.id == "visit-concern"


def test_years_may_count_from_the_visit(home: Home, desk: Desk, at: Clock) -> None:
    path = home.folder / "data" / "retention.yaml"
    text = path.read_text(encoding="utf-8").replace("from: closed", "from: visit")
    path.write_text(text, encoding="utf-8")
    at.to("2026-12-20 12:00")
    closed(desk)
    never_timed = assessed(desk, start=None)
    move(desk, never_timed, Happened.CANCELLED, {"reason": "", "for_safety": False})
    at.to("2029-12-02 12:00")
    assert len(due(home, desk).erase) == 1
    at.to("2029-12-20 12:00")  # one that never had a day counts from when it was called off
    assert len(due(home, desk).erase) == 2


def test_markers_that_stand_are_never_due_whatever_their_review_date(home: Home, desk: Desk, at: Clock) -> None:
    marker(desk)
    at.to("2126-01-01 12:00")
    assert (due(home, desk).erase, named(due(home, desk).not_over)) == ((), ["F-0123"])


def test_the_markers_of_a_family_are_due_once_the_last_has_ended(home: Home, desk: Desk, at: Clock) -> None:
    one, other = marker(desk), marker(desk)
    review_marker(desk, one, None, "Over", HEAD)
    at.to("2028-05-05 12:00")
    assert named(due(home, desk).not_over) == ["F-0123"]
    review_marker(desk, other, None, "Over", HEAD)
    at.to("2029-05-04 12:00")
    assert (due(home, desk).erase, due(home, desk).later) == ((), 1)
    at.to("2029-05-05 12:00")
    (item,) = due(home, desk).erase
    assert (item.subject, item.markers, item.due) == ("F-0123", (one.id, other.id), date(2029, 5, 5))


def test_a_faulty_schedule_erases_nothing(home: Home, desk: Desk) -> None:
    (home.folder / "data" / "retention.yaml").write_text("records: []\n", encoding="utf-8")
    with pytest.raises(InvalidInput):
        due(home, desk)


# --- the code, and who may ------------------------------------------------------------------------


def test_the_code_stands_for_precisely_that_list(home: Home, desk: Desk, at: Clock) -> None:
    first = closed(desk)
    at.to("2026-12-05 12:00")
    closed(desk)
    at.to("2029-12-02 12:00")
    code = due(home, desk).code
    at.to("2029-12-04 12:00")
    assert due(home, desk).code == code
    at.to("2029-12-05 12:00")
    longer = due(home, desk).code
    assert longer != code
    with pytest.raises(Refused, match="not the code of the list as it is now"):
        erase(home, desk, code, HEAD)
    hold(desk, held_subject(desk, first), "A claim", HEAD)
    release(home, desk, held_subject(desk, first), "Over", HEAD)
    assert named(due(home, desk).erase)[0] == first
    assert due(home, desk).code != longer
    for wrong in (longer, "", "0000000000"):
        with pytest.raises(Refused):
            erase(home, desk, wrong, HEAD)
    assert desk.visit(first).erased is None


def test_only_the_head_and_the_safeguarding_lead_erase(home: Home, desk: Desk, at: Clock) -> None:
    reference = closed(desk)
    at.to("2030-01-01 12:00")
    for who in (Who("S-02", "desk", "passphrase"), Who("S-07", "desk", "passphrase"), Who("S-01", "desk", ""), Who()):
        with pytest.raises(Refused):
            erase(home, desk, due(home, desk).code, who)
    assert desk.visit(reference).erased is None
    for who in (HEAD, Who("S-03", "desk", "account")):
        who_erases(home, desk, who)


def test_where_there_is_neither_those_who_decide_on_markers_erase(home: Home, desk: Desk) -> None:
    staff = tuple(person for person in home.school.staff if person.id not in ("S-01", "S-03"))
    without = replace(home, school=replace(home.school, staff=staff))
    who_erases(without, desk, Who("S-02", "desk", "passphrase"))
    with pytest.raises(Refused):
        who_erases(without, desk, Who("S-07", "desk", "passphrase"))


# --- erasing --------------------------------------------------------------------------------------


def test_erasing_leaves_a_tombstone_and_a_sound_chain(home: Home, desk: Desk, at: Clock) -> None:
    reference, other = closed(desk), assessed(desk)
    at.to("2029-12-02 12:00")
    erase_all(home, desk)
    visit = desk.visit(reference)
    assert visit.erased is not None
    assert [event.number for event in visit.events if event.body is not None] == [visit.erased.number]
    assert visit.erased.who == HEAD
    body = dict(visit.erased.body or {})
    assert len(body.pop("sha256")) == 64
    assert body == {
        "what": "visit",
        "rule": "visit-other",
        "keep_years": 3,
        "from": "closed",
        "since": "2026-12-02",
        "due_on": "2029-12-02",
        "events": 5,
        "files": 2,
        "markers": 0,
        "after_the_fact": "",
    }
    with desk.register.read() as reader:
        assert reader.verify() == ()
        entry = reader.entry(reference)
        assert entry is not None
        assert (entry.family, entry.purpose, entry.visitors, entry.state) == ("", "", (), State.CLOSED)
        assert reader.safe_word(other) is not None
        assert reader.visits([other])[other].body
        assert reader.spent_words(datetime.min.replace(tzinfo=UTC)) == {f"mark-{other}"}
    assert due(home, desk).erase == ()
    with pytest.raises(Refused, match="was erased on 2029-12-02"):
        held_subject(desk, reference)


def test_the_flag_of_a_visit_recorded_after_the_fact_outlives_its_reason(home: Home, desk: Desk, at: Clock) -> None:
    reference = closed(desk, after_the_fact=SECRET)
    at.to("2030-01-01 12:00")
    erase_all(home, desk)
    assert desk.visit(reference).after_the_fact == "yes"


def test_a_tombstone_tells_no_date_of_birth(home: Home, desk: Desk, at: Clock) -> None:
    reference = closed(desk, concern=True, born=BORN)
    at.to("2050-01-01 12:00")
    erase_all(home, desk)
    visit = desk.visit(reference)
    assert visit.erased is not None
    body = visit.erased.body or {}
    assert (body["from"], body["since"], body["due_on"]) == ("birth", None, None)
    assert "03-04" not in str(body)


def test_markers_are_erased_and_a_new_one_can_follow(home: Home, desk: Desk, at: Clock) -> None:
    review_marker(desk, marker(desk), None, "Over", HEAD)
    at.to("2027-12-02 12:00")
    erase_all(home, desk)
    at.to("2027-01-01 12:00")
    new = marker(desk)
    with desk.register.read() as reader:
        assert reader.verify() == ()
    (item,) = due(home, desk).not_over
    assert item.markers == (new.id,)


def stored(path: Path, subject: str) -> list[bytes]:
    """Every salt and body of a subject as the file holds it, in pieces that stand on one page."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT salt, body FROM event WHERE subject = ?", (subject,)).fetchall()
    return [blob[:24] for row in rows for blob in row if blob] + [row[1][-8:] for row in rows if row[1]]


@pytest.mark.of_a_file("whatever bytes are left in it; a server's are its own")
def test_nothing_of_what_was_erased_stays_in_the_file(home: Home, desk: Desk, at: Clock) -> None:
    path = desk.register.path
    assert path is not None
    reference = closed(desk, family="Quaggafamily", child="é" * 3000 + os.urandom(4000).hex())
    review_marker(desk, marker(desk, "Q-1"), None, SECRET, HEAD)
    sought = [*stored(path, reference), *stored(path, "Q-1"), b"Quaggafamily", b"home-tutoring"]
    held = path.read_bytes()
    assert len(sought) > 15
    assert all(piece in held for piece in sought)
    at.to("2030-01-01 12:00")
    erase_all(home, desk)
    held = path.read_bytes()
    found = [piece for piece in sought if len(piece) > 8 and piece in held]
    assert found == []
    assert {entry.name for entry in home.folder.glob("register.db*")} == {"register.db"}


def test_forms_and_their_kept_copies_go_and_what_others_put_there_stays(home: Home, desk: Desk, at: Clock) -> None:
    reference = closed(desk)
    folder = home.folder / VISITS / reference
    form = FORMS[0].format(reference)
    for name in (f"{form}.bak", f"{form}.bak2", f"{Path(form).stem}.pdf", ".riskgen-0123.tmp"):
        (folder / name).write_bytes(b"old")
    (folder / form).write_bytes(b"filled in since")
    elsewhere = home.folder / "elsewhere.docx"
    elsewhere.write_bytes(b"not ours")
    others = {"letter.docx", f"~${form}", f"{form}.bak.txt", "linked.docx", "scans"}
    (folder / "scans").mkdir()
    (folder / "linked.docx").symlink_to(elsewhere)
    for name in others - {"linked.docx", "scans"}:
        (folder / name).write_bytes(b"theirs")
    at.to("2030-01-01 12:00")
    done = erase_all(home, desk)
    assert len(done.files) == 6
    assert {path.name for path in done.left} == others
    assert {path.name for path in folder.iterdir()} == others
    assert elsewhere.read_bytes() == b"not ours"


def test_a_folder_with_nothing_else_in_it_goes_and_others_stay(home: Home, desk: Desk, at: Clock) -> None:
    reference, other = closed(desk), assessed(desk)
    at.to("2030-01-01 12:00")
    erase_all(home, desk)
    assert not (home.folder / VISITS / reference).exists()
    assert len(list((home.folder / VISITS / other).iterdir())) == len(FORMS)


def test_a_folder_that_is_a_link_is_not_followed(home: Home, desk: Desk, tmp_path: Path) -> None:
    reference = closed(desk)
    folder = home.folder / VISITS / reference
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")
    assert forms_of(home.folder, desk.visit(reference)) == ((), (folder,))


def test_what_is_out_of_reach_is_named(home: Home, desk: Desk, at: Clock) -> None:
    closed(desk)
    with desk.register.write() as writer:
        writer.append("", Happened.BACKED_UP, desk.now(), HEAD, {"file": "copy.db", "events": 1, "head": ""})
    (home.folder / "register.db.before-v2").write_bytes(b"")
    at.to("2030-01-01 12:00")
    said = " ".join(erase_all(home, desk).beyond)
    for words in ("copy.db of 2026-12-02", "register.db.before-v2", "Paper", "e-mail", "--output"):
        assert words in said


# --- when it dies half way ------------------------------------------------------------------------


def test_a_file_that_cannot_be_deleted_stops_everything_and_running_it_again_goes_on(
    home: Home, desk: Desk, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = closed(desk), closed(desk)
    at.to("2030-01-01 12:00")
    code = due(home, desk).code
    unlink = Path.unlink
    in_use = home.folder / VISITS / second / FORMS[0].format(second)

    def refuse(self: Path, missing_ok: bool = False) -> None:
        if self == in_use:
            raise PermissionError(13, "Permission denied")
        unlink(self, missing_ok=missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        with pytest.raises(EnvironmentFault, match="register still has everything"):
            erase(home, desk, code, HEAD)
    assert not any(desk.visit(reference).erased for reference in (first, second))
    assert in_use.exists()
    assert named(erase(home, desk, code, HEAD).due.erase) == [first, second]
    assert not list((home.folder / VISITS).iterdir())


def die_after(count: int, owner: Any, name: str) -> None:
    """Have this process end at once, as if killed, when a function is called for the time after so many."""
    function: Callable[..., Any] = getattr(owner, name)
    calls = iter(range(count))

    def counted(*arguments: Any, **named: Any) -> Any:
        if next(calls, None) is None:
            os._exit(9)
        return function(*arguments, **named)

    setattr(owner, name, counted)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a process that can be split in two")
@pytest.mark.parametrize(
    ("owner", "name", "count"),
    [(Path, "unlink", n) for n in range(4)]
    + [(Path, "rmdir", 0), (Path, "rmdir", 1), (erasing, "_erase_from_register", 1), (erasing, "compact", 0)],
)
def test_killed_at_any_point_it_is_finished_by_running_it_again(
    home: Home, at: Clock, owner: Any, name: str, count: int
) -> None:
    with open_desk(home.folder, home.school) as desk:
        references = [closed(desk), closed(desk)]
        at.to("2030-01-01 12:00")
        code = due(home, desk).code
    child = os.fork()
    if child == 0:
        try:
            die_after(count, owner, name)
            with open_desk(home.folder, home.school) as desk:
                erase(home, desk, code, HEAD)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 9
    with open_desk(home.folder, home.school) as desk:
        with desk.register.read() as reader:
            assert reader.verify() == ()
        erased = [bool(desk.visit(reference).erased) for reference in references]
        if name == "compact":
            assert erased == [True, True]
            assert give_back_room(desk)
        else:
            assert erased == [False, False]
            assert due(home, desk).code == code
            erase(home, desk, code, HEAD)
        with desk.register.read() as reader:
            assert reader.verify() == ()
            assert reader.meta("room-to-give-back") == ""
        assert all(desk.visit(reference).erased for reference in references)
        assert not list((home.folder / VISITS).iterdir())


def test_a_register_in_use_is_compacted_later(
    home: Home, desk: Desk, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = closed(desk)
    at.to("2030-01-01 12:00")

    def busy(register: object) -> None:
        raise RegisterFault("locked", "Somebody is using it.")

    with monkeypatch.context() as patch:
        patch.setattr(erasing, "compact", busy)
        done = erase_all(home, desk)
        assert not give_back_room(desk)
    assert done.beyond[0].startswith("The room that it took in the register")
    assert desk.visit(reference).erased
    assert give_back_room(desk)
