"""Nobody decides through another's name, and nobody puts a word or a line into the register unseen."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.assess import assess
from riskgen.core.model import Intake, Staff
from riskgen.core.struct import replace
from riskgen.core.visit import State, Visit, Who
from riskgen.register.passphrase import hash_passphrase
from riskgen.service import clock
from riskgen.service.authorising import authorise, propose
from riskgen.service.desk import Desk, open_desk, set_passphrase, who_asks
from riskgen.service.faults import Refused
from riskgen.service.history import verify
from riskgen.service.homes import Home, make_home, open_home
from riskgen.service.recording import record_assessment
from riskgen.service.visits import Decided

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Typed:
    """Somebody types the same good passphrase whenever asked."""

    def passphrase(self, person: Staff) -> str:
        return "invented but long enough"

    def new_passphrase(self, person: Staff, why_not: str) -> str:
        assert not why_not
        return "invented but long enough"


@dataclass
class Office:
    home: Home
    desk: Desk
    visit: Visit

    def authorised(self, by: str) -> Visit:
        proposal = propose(self.home, self.desk, self.visit.reference, by)
        return authorise(self.desk, proposal, who_asks(self.desk, by, Typed()))


@pytest.fixture
def office(tmp_path: Path, routine: Mapping[str, Intake], monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A visit of S-07 that waits for its authorisation; S-07 and S-01 have accounts of their own."""
    monkeypatch.setattr("riskgen.forms.render.render", lambda form, context, made_at, logo: form.id.encode())
    monkeypatch.setattr(clock, "utc_now", lambda: NOW)
    make_home(tmp_path / "school", "bchs", force=False)
    path = tmp_path / "school" / "school.yaml"
    text = path.read_text("utf-8").replace("{id: S-07,", "{id: S-07, account: gray,")
    path.write_text(text.replace("{id: S-01,", "{id: S-01, account: avery,"), "utf-8")
    home = open_home(tmp_path / "school")
    intake = routine["bchs"]
    going = tuple(person for person in home.school.staff if person.id in ("S-07", "S-12"))
    intake = replace(intake, visitors=going, directory=home.school.staff)
    assert intake.start is not None
    policy = home.library.edition_on("bchs", intake.start.date())
    assert policy is not None
    with open_desk(home.folder, home.school) as desk:
        decided = Decided(intake, policy, assess(intake, policy, home.catalogue))
        recorded = record_assessment(home, desk, decided, Who())
        yield Office(home, desk, desk.visit(recorded.reference))


def at(monkeypatch: pytest.MonkeyPatch, account: str) -> None:
    monkeypatch.setattr("riskgen.service.desk.account_name", lambda: account)


def test_a_visitor_cannot_choose_the_passphrase_of_somebody_with_an_account(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "gray")
    with pytest.raises(Refused, match="S-01 has an account of their own"):
        office.authorised("S-01")
    at(monkeypatch, "avery")
    assert office.authorised("S-01").state is State.AUTHORISED


def test_a_passphrase_chosen_at_a_visitors_account_authorises_nothing_of_theirs(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "gray")
    with pytest.raises(Refused, match="S-07, who goes on this visit"):
        office.authorised("S-02")
    at(monkeypatch, "shared")
    with pytest.raises(Refused, match="S-07, who goes on this visit"):
        office.authorised("S-02")


def test_a_passphrase_that_a_visitor_helped_to_change_authorises_nothing_of_theirs(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "shared")
    set_passphrase(office.desk, office.desk.staff("S-02"), Typed(), Who("S-12", "shared", "passphrase"))
    with pytest.raises(Refused, match="S-12, who goes on this visit"):
        office.authorised("S-02")
    set_passphrase(office.desk, office.desk.staff("S-02"), Typed(), Who("S-03", "shared", "passphrase"))
    assert office.authorised("S-02").state is State.AUTHORISED


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE visit SET outcome = 'do-not-visit'", "The index does not have RA-2026-0001 as it was recorded."),
        ("UPDATE visit SET family = 'F-9'", "The index does not have RA-2026-0001 as it was recorded."),
        ("UPDATE visit SET start = '2026-01-01T00:00:00.000000Z'", "The index does not have RA-2026-0001 as it was"),
        ("UPDATE visit SET after_the_fact = 1", "The index does not have RA-2026-0001 as it was recorded."),
        ("DELETE FROM visit_visitor", "The index does not have RA-2026-0001 as it was recorded."),
        ("UPDATE passphrase SET hashed = :other", "The passphrase of S-02 is not the one that was chosen."),
        ("INSERT INTO passphrase VALUES ('S-03', :other)", "The passphrase of S-03 is not the one that was chosen."),
    ],
)
def test_what_is_kept_beside_the_chain_is_held_against_it(
    office: Office, monkeypatch: pytest.MonkeyPatch, statement: str, fault: str
) -> None:
    at(monkeypatch, "shared")
    office.authorised("S-02")
    assert verify(office.desk).faults == ()
    assert office.desk.register.path is not None
    with sqlite3.connect(office.desk.register.path) as database:
        given: dict[str, Any] = {"other": hash_passphrase("forged and long enough")} if ":other" in statement else {}
        database.execute(statement, given)
    database.close()
    (found,) = verify(office.desk).faults
    assert found.message.startswith(fault)
