"""The process dies at every point at which `assess` and `depart` change anything: register, forms and chain agree.

On both databases; on a server at every statement that writes, and in a file at everything done to files as well.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from riskgen.core.visit import Happened, State

Run = Callable[..., Any]
Look = Callable[[Path], dict[str, Any]]
ASSESS = ("assess", "answers.yaml", "--no-input")
REF = "RA-2026-0001"
STATEMENTS = {"before INSERT", "before COMMIT", "after COMMIT"}
FILES = {"before os.rename", "before fsync", "while writing"}

pytestmark = pytest.mark.usefixtures("fork")


def on(url: str) -> str:
    return " (postgresql: statements only)" if url else " (sqlite)"


def test_the_first_visit_of_all_is_there_or_not(
    at_every_point: Run, riskgen: Run, in_step: Look, another_home: Callable[[], Path], on_both: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, report: Run,
) -> None:  # fmt: skip
    """The register and its key are made as well."""
    monkeypatch.delenv("RISKGEN_KEY")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))
    schools: list[Path] = []

    def anew() -> tuple[str, ...]:
        schools.append(another_home())
        return ASSESS

    def look(through: bool) -> None:
        again = riskgen(*ASSESS)
        assert again.code == 0, again.err
        assert len(in_step(schools[-1])) in ((2,) if through else (1, 2))

    points = at_every_point(anew, look)
    told = "{assess_first} write points of the first assess, register and key included" + on(on_both)
    report(told, assess_first=len(points))
    assert STATEMENTS | {"before CREATE"} | (set() if on_both else FILES) <= set(points)
    assert len(points) > (40 if on_both else 60)


def test_a_visit_is_there_with_its_whole_pack_or_not_at_all(
    at_every_point: Run, riskgen: Run, in_step: Look, home: Path, on_both: str, report: Run
) -> None:
    assert riskgen(*ASSESS).code == 0
    known, ends = len(in_step(home)), []

    def look(through: bool) -> None:
        nonlocal known
        assert riskgen(*ASSESS).code == 0
        now = len(in_step(home))
        ends.append(now - known == 2)
        assert now - known == 2 if through else now - known in (1, 2)
        known = now

    points = at_every_point(lambda: ASSESS, look)
    report("{assess} write points of assess" + on(on_both), assess=len(points))
    assert ends == sorted(ends), "a visit that was there is there no more"
    assert 0 < sum(ends) < len(ends)
    assert STATEMENTS | (set() if on_both else FILES) <= set(points)
    assert riskgen("doctor").code == 0


def test_a_visit_that_is_assessed_again_keeps_its_old_forms_or_has_all_the_new_ones(
    at_every_point: Run, riskgen: Run, in_step: Look, home: Path, on_both: str, edition: Callable[[str], None],
    report: Run,
) -> None:  # fmt: skip
    assert riskgen(*ASSESS).code == 0
    folder, editions = home / "visits" / REF, 0

    def later() -> tuple[str, ...]:
        nonlocal editions
        editions += 1
        edition(f"edition {editions}")
        return (*ASSESS, "--reference", REF, "--force")

    before: dict[str, bytes] = {path.name: path.read_bytes() for path in folder.iterdir()}

    def look(through: bool) -> None:
        nonlocal before
        assert riskgen("depart", REF).code == 4  # nobody has authorised it; what was left is finished all the same
        in_step(home)
        now = {name: (folder / name).read_bytes() for name in before}
        new = {name: f"{name.split('_')[1]} of {REF}, edition {editions}".encode() for name in before}
        assert now in ((new,) if through else (before, new))
        kept = {path.read_bytes() for path in folder.iterdir()}
        assert set(before.values()) <= kept, "a form that was there is lost"
        before = now

    points = at_every_point(later, look)
    report("{assess_again} write points of assessing again" + on(on_both), assess_again=len(points))
    assert STATEMENTS | (set() if on_both else FILES) <= set(points)


def test_a_visit_is_out_or_still_to_leave(
    at_every_point: Run, riskgen: Run, in_step: Look, home: Path, on_both: str, authorised: Callable[[], str],
    report: Run,
) -> None:  # fmt: skip
    reference, ends = "", [False]

    def depart() -> tuple[str, ...]:
        nonlocal reference
        reference = authorised() if not reference or ends[-1] else reference
        return "depart", reference

    def look(through: bool) -> None:
        visit = in_step(home)[reference]
        ends.append(visit.state is State.OUT)
        assert ends[-1] or (not through and visit.state is State.AUTHORISED)
        assert [event.happened for event in visit.events].count(Happened.DEPARTED) == ends[-1]
        board = riskgen("board", "--json")  # nothing that was left behind is in the way
        assert board.code == 0
        assert (reference in board.out) == ends[-1]

    points = at_every_point(depart, look)
    report("{depart} write points of depart" + on(on_both), depart=len(points))
    assert ends == sorted(ends)
    assert set(points) >= STATEMENTS
    assert riskgen("return", reference).code == 0
