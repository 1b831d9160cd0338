"""Every key that `riskgen forms` and `riskgen read` print stands in the documents, and the other way round."""

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from handed_in import COUNTED, document, field, fill, run

from riskgen.core.visit import Happened, Who
from riskgen.files.controls import read_fields
from riskgen.service import clock
from riskgen.service.desk import open_desk
from riskgen.service.homes import Home
from riskgen.service.moves import append_move

REF = "RA-2026-0001"
Call = Callable[..., Any]
Keys = Callable[..., set[str]]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def school(riskgen: Call, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A school with a visit that has come back."""
    folder = tmp_path_factory.mktemp("forms") / "bchs"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("RISKGEN_HOME", raising=False)
        patch.setattr(clock, "utc_now", lambda: NOW)
        patch.setattr(Home, "now", lambda self: NOW.replace(tzinfo=None))
        assert riskgen("init", folder, "--policy", "bchs").code == 0
        plan = (folder / "families" / "F-0123.yaml", folder / "visits-planned" / "visit-F-0123.yaml")
        made = riskgen("assess", *plan, "--start", "2026-11-20 10:30", "--no-input", "--home", folder)
        assert made.code == 0, made.err
        with open_desk(folder) as desk, desk.register.write() as writer:
            who = Who("S-10", "office", "account")
            visit = append_move(writer, desk, writer.visits([REF])[REF], Happened.DEPARTED, who, {"outing": {}})
            append_move(writer, desk, visit, Happened.RETURNED, who, {"where": "school", "at": NOW.isoformat()})
        yield folder


def test_every_key_of_read_is_documented_and_there(
    school: Path, riskgen: Call, tmp_path: Path, keys_documented: Keys, keys_in: Keys
) -> None:
    office = next((school / "visits" / REF).glob("*_intent-to-visit-office_*.docx"))
    changed = tmp_path / "changed.docx"
    changed.write_bytes(fill(office.read_bytes(), {"answer.visit.back_at": "12:59"}))
    left = json.loads(riskgen("read", changed, "--dry-run", "--json", "--home", school).out)
    assert left["not_taken"]
    record = tmp_path / "record.docx"
    known = ("form.id", "form.reference", "form.fingerprint")
    head = COUNTED + "".join(field(control.tag, shows=run(control.text)) for control in read_fields(office).of(*known))
    record.write_bytes(document(field("record.seen", shows=run("All well"), title="What was seen"), header=head))
    stored = json.loads(riskgen("read", record, "--yes", "--json", "--home", school).out)
    assert stored["record"]
    there = keys_in([left, stored])
    assert keys_documented("read") == {key for key in there if not key.startswith("record.")}
    assert keys_in(stored["record"]) <= keys_documented("record")


@pytest.mark.parametrize("command", ["list", "check"])
def test_every_key_of_forms_is_documented_and_there(
    school: Path, riskgen: Call, tmp_path: Path, keys_documented: Keys, keys_in: Keys, command: str
) -> None:
    form = tmp_path / "form.docx"
    form.write_bytes(document(field("answer.visit.purpos", shows=run("x"))))
    words = ("check", form) if command == "check" else ("list",)
    report = json.loads(riskgen("forms", *words, "--json", "--home", school).out)
    assert keys_documented(f"forms {command}") == keys_in(report)
