"""What a pack is for, what becomes of it when a visit changes, and that erasing a visit erases its packs."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from riskgen.core.assess import as_authorised, assess
from riskgen.core.conditions import All, Operator, Test
from riskgen.core.model import Action, Contact, Intake, Ladders, Rung, School
from riskgen.core.struct import replace
from riskgen.core.terms import Do, Outcome, Phase
from riskgen.core.visit import Event, Happened, Visit, Who, visit_of
from riskgen.forms.catalogue import Pack
from riskgen.library.load import Library
from riskgen.service import pack_state as pack_state_module
from riskgen.service.desk import Desk
from riskgen.service.erasing import forms_of
from riskgen.service.homes import Home
from riskgen.service.pack_state import pack_state, pack_today, packed_body
from riskgen.service.packing import _emergencies, pack_for
from riskgen.service.progress import Papers, _as_it_stood
from riskgen.service.standing import Weighed, with_approval, without_claims

ROOT = Path(__file__).parents[2]
REF = "RA-2026-0001"
AT = datetime(2026, 6, 17, 9, 0, tzinfo=UTC)
BEFORE = (Happened.ASSESSED, Happened.AUTHORISED)
OUT = (*BEFORE, Happened.DEPARTED)
BACK = (*OUT, Happened.RETURNED)


def visit(*happened: Happened, **bodies: dict[str, object]) -> Visit:
    """A visit to which these things have happened, in their order."""
    events = [
        Event(number, REF, each, AT, Who(), bodies.get(each.name.lower(), {}))
        for number, each in enumerate(happened, 1)
    ]
    return visit_of(REF, events)


@pytest.mark.parametrize(
    ("happened", "outcome", "pack"),
    [
        (BEFORE, Outcome.PROCEED, Pack.VISIT),
        (BEFORE, Outcome.PROCEED_WITH_CONDITIONS, Pack.VISIT),
        (BEFORE, Outcome.REFER, Pack.DECISION),
        (BEFORE, Outcome.DO_NOT_VISIT, Pack.DECISION),
        (OUT, Outcome.PROCEED, Pack.VISIT),
        (OUT, Outcome.REFER, Pack.VISIT),  # it is out: the office needs its card, whatever was decided
        ((*OUT, Happened.CALLED_OFF), Outcome.PROCEED, Pack.VISIT),  # and still out
        ((*OUT, Happened.CALLED_OFF, Happened.RETURNED), Outcome.PROCEED, Pack.RECORD),  # with the reason in writing
        (BACK, Outcome.PROCEED, Pack.RECORD),
        ((*BACK, Happened.RECORDED), Outcome.DO_NOT_VISIT, Pack.RECORD),
        ((*BACK, Happened.RECORDED, Happened.CLOSED), Outcome.PROCEED, Pack.RECORD),
        ((*BEFORE, Happened.CANCELLED), Outcome.PROCEED, Pack.CANCELLATION),
    ],
)
def test_what_a_pack_is_for(happened: tuple[Happened, ...], outcome: Outcome, pack: Pack) -> None:
    assert pack_for(visit(*happened), outcome) is pack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A school's folder with the pack of the visit in its place."""
    (tmp_path / "visits" / REF / "pack").mkdir(parents=True)
    return tmp_path


def test_a_pack_is_outdated_by_whatever_a_form_could_tell_of(example_school: School, folder: Path) -> None:
    def state(*happened: Happened) -> str:
        return pack_state(visit(*happened), example_school, folder)

    assert state(*BEFORE) == "none"
    packed = (*BEFORE, Happened.PACKED)
    assert state(*packed) == "current"
    assert state(*packed, Happened.WORD_SHOWN) == "current"
    for happened in (Happened.ASSESSED, Happened.OVERRIDDEN, Happened.AUTHORISED, Happened.CANCELLED):
        assert state(*packed, happened) == "outdated"
        assert state(*packed, happened, Happened.PACKED) == "current"


def test_a_pack_is_outdated_by_what_it_prints_of_the_school_until_the_visit_is_back(
    example_school: School, folder: Path
) -> None:
    packed = packed_body(example_school, Pack.VISIT, False, {}, elsewhere=False)
    ladders = Ladders((Rung("Ring them", "School office", ""),))
    changed = replace(example_school, contacts=(Contact("School office", "Gray Invented", "01632 960999"),))
    staff = (replace(example_school.staff[0], mobile="07700 900999"), *example_school.staff[1:])
    for school in (changed, replace(example_school, staff=staff), replace(example_school, fallback=ladders)):
        assert pack_state(visit(*BEFORE, Happened.PACKED, packed=packed), school, folder) == "outdated"
        assert pack_state(visit(*OUT, Happened.PACKED, packed=packed), school, folder) == "outdated"
        assert pack_state(visit(*BACK, Happened.PACKED, packed=packed), school, folder) == "current"
        assert pack_state(visit(*OUT, Happened.PACKED), school, folder) == "current"  # made by an earlier riskgen
    accounts = (replace(example_school.staff[0], accounts=("gray",)), *example_school.staff[1:])
    same = replace(example_school, staff=accounts, libreoffice="soffice")
    assert pack_state(visit(*OUT, Happened.PACKED, packed=packed), same, folder) == "current"


def test_a_pack_that_was_put_elsewhere_does_not_count(example_school: School, folder: Path) -> None:
    elsewhere = packed_body(example_school, Pack.VISIT, False, {}, elsewhere=True)
    assert pack_state(visit(*BEFORE, Happened.PACKED, packed=elsewhere), example_school, folder) == "none"


def test_a_pack_that_lies_in_its_place_no_more_is_not_current(example_school: School, folder: Path) -> None:
    made = visit(*BEFORE, Happened.PACKED, packed=packed_body(example_school, Pack.VISIT, False, {}, elsewhere=False))
    place = folder / "visits" / REF / "pack"
    assert pack_state(made, example_school, folder) == "current"
    place.rename(place.with_name("pack.bak"))
    assert pack_state(made, example_school, folder) == "outdated"
    place.write_bytes(b"")  # a file is no pack
    assert pack_state(made, example_school, folder) == "outdated"


@pytest.mark.parametrize("outcome", [Outcome.PROCEED_WITH_CONDITIONS, Outcome.REFER, Outcome.DO_NOT_VISIT])
@pytest.mark.parametrize("pack", [Pack.VISIT, Pack.DECISION])
def test_a_pack_to_go_with_holds_no_longer_once_nobody_may_go(
    library: Library,
    example_school: School,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    outcome: Outcome,
    pack: Pack,
) -> None:
    monkeypatch.setattr(pack_state_module, "changes_since_assessed", lambda *_: ())
    made = visit(*BEFORE, Happened.PACKED, packed=packed_body(example_school, pack, False, {}, elsewhere=False))
    home, weighed = Home(folder, library, example_school), SimpleNamespace(standing=SimpleNamespace(outcome=outcome))
    weighed.now = SimpleNamespace(intake=Intake({}, (), ()))
    stopped = pack is Pack.VISIT and outcome > Outcome.PROCEED_WITH_CONDITIONS
    state = pack_today(home, cast(Desk, None), made, cast(Weighed, weighed))
    assert state == ("outdated" if stopped else "current")


def test_the_emergency_card_is_the_same_for_every_family(
    library: Library, example_school: School, routine: Mapping[str, Intake]
) -> None:
    plan = routine["bchs"]
    assert plan.start
    edition = library.edition_on("bchs", plan.start.date())
    assert edition
    when = Test("household.animals", Operator.IS, True)
    watch = Action(Do.LEAVE, All((Test("inside.threatened", Operator.IS, True), when)), "Mind the dog")
    clause = replace(edition.clauses[0], id="BC-99", phases=(Phase.EMERGENCY,), applies=None, actions=(watch,))
    policy, home = replace(edition, clauses=(*edition.clauses, clause)), Home(ROOT, library, example_school)

    def card(animals: bool) -> object:
        intake = replace(plan, answers={**plan.answers, "household.animals": animals})
        return _emergencies(home, cast(Papers, SimpleNamespace(decided=SimpleNamespace(intake=intake, policy=policy))))

    assert card(True) == card(False)


@pytest.mark.parametrize("stands", [True, False])
def test_only_an_authorisation_that_held_when_the_visit_left_counts(
    library: Library, intakes: Mapping[str, Mapping[str, Intake]], stands: bool
) -> None:
    given = next(iter(intakes["bchs"].values()))
    assert given.start
    policy = library.edition_on("bchs", given.start.date())
    assert policy
    plain = assess(without_claims(given), policy, library.catalogue())
    again = () if stands else (Happened.ASSESSED,)
    left = visit(Happened.ASSESSED, Happened.AUTHORISED, *again, Happened.DEPARTED)
    assert left.approval_stands is stands
    assert ("approval.by" in _as_it_stood(left, plain, policy).facts) is stands


@pytest.mark.parametrize("name", ["bchs", "st-patricks", "heather-avenue", "le-rocquier", "robert-ogden"])
def test_an_authorisation_counts_afterwards_as_it_did_when_it_was_given(
    library: Library, intakes: Mapping[str, Mapping[str, Intake]], name: str
) -> None:
    counted = 0
    for given in intakes[name].values():
        assert given.start
        policy = library.edition_on(name, given.start.date())
        assert policy
        plain = without_claims(given)
        unsaid = assess(plain, policy, library.catalogue())
        claimed = assess(with_approval(plain, plain.visitors[0].id), policy, library.catalogue())
        for by, before in ((by, before) for by in unsaid.authorise.eligible[:1] for before in (unsaid, claimed)):
            then = assess(with_approval(plain, by), policy, library.catalogue())
            later = as_authorised(before, by, policy)
            changed = as_authorised(before, by, replace(policy, clauses=()))  # the school has edited it since
            assert before is claimed or changed.findings == later.findings
            assert later.decision.outcome is then.decision.outcome
            assert later.facts == then.facts
            assert {each.id: (each.status, each.outcome) for each in later.findings} == {
                each.id: (each.status, each.outcome) for each in then.findings
            }
            assert [each.question for each in later.to_confirm] == [each.question for each in then.to_confirm]
            assert [each.source for each in later.conditions] == [each.source for each in then.conditions]
            counted += 1
    assert counted or name in ("heather-avenue", "le-rocquier")  # which name nobody who authorises


def test_erasing_a_visit_takes_its_packs_too_and_nothing_that_is_not_ours(tmp_path: Path) -> None:
    folder = tmp_path / "visits" / REF
    ours = ["a.docx", "pack/01.docx", "pack/01.docx.bak", "pack.bak/01.docx", "pack.bak2/02.pdf"]
    others = ["notes.txt", "pack/photo.jpg", "other/01.docx"]
    for name in (*ours, *others):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    made = visit(
        Happened.ASSESSED,
        Happened.PACKED,
        assessed={"files": {"a.docx": ""}},
        packed={"files": {"01.docx": "", "02.pdf": ""}},
    )
    found, left = forms_of(tmp_path, made)
    assert {path.relative_to(folder).as_posix() for path in found} == set(ours)
    assert {path.relative_to(folder).as_posix() for path in left} == {"notes.txt", "pack/photo.jpg", "other"}


def test_erasing_follows_no_link_out_of_a_pack(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "01.docx").write_bytes(b"x")
    folder = tmp_path / "visits" / REF
    folder.mkdir(parents=True)
    (folder / "pack").symlink_to(elsewhere)
    made = visit(Happened.ASSESSED, Happened.PACKED, packed={"files": {"01.docx": ""}})
    assert forms_of(tmp_path, made)[0] == ()
