"""Eight people at once: references without gap or duplicate, whole packs, a safe word each, and one who wins.

On both databases.
"""

import os
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from riskgen.cli.main import run
from riskgen.core.visit import Happened, State, Who
from riskgen.register.cipher import open_sealed
from riskgen.service.authorising import authorise, propose
from riskgen.service.desk import open_desk
from riskgen.service.faults import Refused
from riskgen.service.homes import open_home

PEOPLE = 8
ASSESS = ("assess", "answers.yaml", "--no-input")
Tell = Callable[[str], None]

pytestmark = pytest.mark.usefixtures("on_both")


@pytest.fixture
def at_once(fork: Callable[..., Any]) -> Callable[..., list[tuple[int, list[str]]]]:
    """Have eight processes do the same at the same time; how each ended and what it said."""

    def go(work: Callable[[Tell], int]) -> list[tuple[int, list[str]]]:
        waiting, starting = os.pipe()

        def when_told(tell: Tell) -> int:
            tell("ready")
            os.read(waiting, 1)
            return work(tell)

        children = [fork(when_told) for _ in range(PEOPLE)]
        assert [child.wait_for_a_word() for child in children] == ["ready"] * PEOPLE
        os.write(starting, b"." * PEOPLE)
        ends = [child.end() for child in children]
        os.close(waiting)
        os.close(starting)
        return ends

    return go


def words_of(home: Path, references: list[str]) -> set[str]:
    with open_desk(home) as desk:
        key = desk.key()
        with desk.register.read() as reader:
            sealed = {reference: reader.safe_word(reference) for reference in references}
        return {open_sealed(key, desk.register.id, name, text or b"") for name, text in sealed.items()}


@pytest.mark.parametrize("begun", [True, False], ids=["with a register", "the very first of all"])
def test_eight_at_once_get_eight_references_packs_and_words(
    begun: bool, at_once: Any, riskgen: Any, in_step: Callable[[Path], dict[str, Any]], home: Path
) -> None:
    if begun:
        assert riskgen(*ASSESS).code == 0
    ends = at_once(lambda tell: max(run(list(ASSESS)) for _ in range(2)))
    assert [code for code, _ in ends] == [0] * PEOPLE, ends
    found = in_step(home)  # without gap or duplicate, each with its whole pack
    assert len(found) == begun + 2 * PEOPLE
    assert len(words_of(home, list(found))) == len(found)


def test_eight_who_put_their_forms_elsewhere_have_them_all(
    at_once: Any, visits: Callable[[Path], dict[str, Any]], home: Path, riskgen: Any
) -> None:
    assert riskgen(*ASSESS).code == 0
    ends = at_once(lambda tell: run([*ASSESS, "--output", "out"]))
    assert [code for code, _ in ends] == [0] * PEOPLE, ends
    references = set(visits(home))
    places = [path for folder in (home / "out", home / "visits") for path in folder.rglob("*.docx")]
    assert Counter(path.name.split("_")[0] for path in places) == dict.fromkeys(references, 3)
    assert not list((home / "visits").glob(".riskgen-RA-*"))


def test_eight_who_sign_the_same_visit_out_are_told_but_for_one(
    at_once: Any, riskgen: Any, in_step: Callable[[Path], dict[str, Any]], home: Path, authorised: Callable[[], str]
) -> None:
    reference = authorised()

    def leave(tell: Tell) -> int:
        with redirect_stderr(StringIO()) as said:
            code = run(["depart", reference])
        tell(said.getvalue())
        return code

    ends = at_once(leave)
    assert Counter(code for code, _ in ends) == {0: 1, 4: PEOPLE - 1}, ends
    for code, said in ends:
        words = " ".join(said)
        assert code == 0 or "Somebody else has just changed" in words or "it is out" in words
        assert code == 0 or "Nothing was saved." in words
    visit = in_step(home)[reference]
    assert visit.state is State.OUT
    assert [event.happened for event in visit.events].count(Happened.DEPARTED) == 1


def test_eight_who_authorise_the_same_visit_are_told_but_for_one(
    at_once: Any, riskgen: Any, in_step: Callable[[Path], dict[str, Any]], home: Path
) -> None:
    assert riskgen(*ASSESS).code == 0
    school = open_home(home)
    with open_desk(home, school.school) as desk:
        (reference,) = in_step(home)
        proposal = propose(school, desk, reference, "S-01")

    def agree(tell: Tell) -> int:
        with open_desk(home, school.school) as desk:
            try:
                authorise(desk, proposal, Who("S-01", "", "passphrase"))
            except Refused as refused:
                tell(str(refused))
                return 4
        return 0

    ends = at_once(agree)
    assert Counter(code for code, _ in ends) == {0: 1, 4: PEOPLE - 1}, ends
    assert all(code == 0 or "Somebody else has just changed" in " ".join(said) for code, said in ends)
    visit = in_step(home)[reference]
    assert [event.happened for event in visit.events].count(Happened.AUTHORISED) == 1


def test_eight_who_assess_the_same_visit_again_never_undo_each_others_answers(
    at_once: Any, riskgen: Any, in_step: Callable[[Path], dict[str, Any]], home: Path
) -> None:
    assert riskgen(*ASSESS).code == 0
    (reference,) = in_step(home)
    ends = at_once(lambda tell: run(["assess", "--reference", reference, "--no-input", "--force"]))
    codes = Counter(code for code, _ in ends)
    assert set(codes) <= {0, 4}
    assert codes[0] >= 1
    visit = in_step(home)[reference]
    assert [event.happened for event in visit.events].count(Happened.ASSESSED) == 1 + codes[0]
