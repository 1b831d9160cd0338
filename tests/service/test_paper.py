"""References are taken once, by one; file names tell of nobody; safe words keep away from the family."""

import os
from datetime import datetime
from pathlib import Path

import pytest

from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.homes import Home, read_safe_words
from riskgen.service.paper import (
    MOST_VISITS,
    can_keep,
    file_name,
    give_up,
    known_reference,
    pick_safe_word,
    refuse_safe_word,
    take_reference,
    words_to_avoid,
)
from riskgen.service.visits import Decided, Request, decide, gather


@pytest.fixture(scope="module")
def decided(school: Home) -> Decided:
    plan = school.folder / "visits-planned" / "visit-F-0123.yaml"
    request = Request((school.folder / "families" / "F-0123.yaml", plan), start="2027-03-02 10:30")
    return decide(school, gather(school, request), may_be_past=True)


def test_references_are_counted_from_the_highest_and_gaps_are_not_filled(tmp_path: Path) -> None:
    assert take_reference(tmp_path / "new" / "visits", 2026) == "RA-2026-0001"
    (tmp_path / "RA-2026-0007").mkdir()
    (tmp_path / "RA-2026-0003").mkdir()
    assert take_reference(tmp_path, 2026) == "RA-2026-0008"
    assert take_reference(tmp_path, 2027) == "RA-2027-0001"


@pytest.mark.parametrize("other", ["RA-2026-12345", "RA-2026-١٢٣٤", "ra-2026-0009", "RA-2026-0009x", "RA-2026-0009\n"])
def test_folders_that_only_look_like_references_do_not_count(other: str, tmp_path: Path) -> None:
    (tmp_path / other).mkdir()
    assert take_reference(tmp_path, 2026) == "RA-2026-0001"


def test_a_file_of_that_name_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "RA-2026-0001").touch()
    assert take_reference(tmp_path, 2026) == "RA-2026-0002"


def test_a_full_year_is_refused(tmp_path: Path) -> None:
    (tmp_path / f"RA-2026-{MOST_VISITS}").mkdir()
    with pytest.raises(Refused, match="9,999 references of 2026"):
        take_reference(tmp_path, 2026)


def test_visits_that_cannot_be_listed_are_a_fault_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "visits").touch()
    with pytest.raises(EnvironmentFault, match="Nothing was saved"):
        take_reference(tmp_path / "visits", 2026)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, which only POSIX has")
def test_eight_processes_never_get_one_reference(tmp_path: Path) -> None:
    go, told = os.pipe(), os.pipe()
    children = []
    for _ in range(8):
        child = os.fork()
        if not child:
            code = 70
            try:
                os.read(go[0], 1)
                for _ in range(25):
                    os.write(told[1], f"{take_reference(tmp_path, 2026)}\n".encode())
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    os.write(go[1], b"." * 8)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 8
    os.close(told[1])
    with os.fdopen(told[0]) as lines:
        taken = [line.strip() for line in lines]
    assert sorted(taken) == [f"RA-2026-{number:04}" for number in range(1, 201)]


def test_a_reference_is_handed_back_only_if_nothing_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / take_reference(tmp_path, 2026)
    (folder / "form.docx").touch()
    give_up(folder)
    assert folder.exists()
    (folder / "form.docx").unlink()
    give_up(folder)
    assert not folder.exists()
    give_up(folder)


def test_a_reference_is_known_only_where_its_folder_is(tmp_path: Path) -> None:
    (tmp_path / "RA-2026-0001").mkdir()
    assert known_reference(tmp_path, "RA-2026-0001") == "RA-2026-0001"
    for other in ("RA-2026-0002", "", "..", "RA-2026-0001/..", "RA-2026-0001\n", "RA-٢٠٢٦-0001"):
        with pytest.raises(InvalidInput):
            known_reference(tmp_path, other)


def test_a_file_name_is_made_of_reference_form_and_date_alone() -> None:
    assert file_name("RA-2026-0001", "risk-assessment", datetime(2026, 12, 2, 10, 30)) == (
        "RA-2026-0001_risk-assessment_2026-12-02.docx"
    )


def test_answers_are_kept_only_where_there_is_nothing_yet(tmp_path: Path) -> None:
    can_keep(tmp_path / "kept.yaml", force=False)
    (tmp_path / "kept.yaml").touch()
    with pytest.raises(Refused, match="--force"):
        can_keep(tmp_path / "kept.yaml", force=False)
    can_keep(tmp_path / "kept.yaml", force=True)
    with pytest.raises(EnvironmentFault, match="folder"):
        can_keep(tmp_path, force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.yaml"]


def test_the_shipped_safe_words_are_all_good(school: Home) -> None:
    words, problems = read_safe_words(school.folder)
    assert problems == ()
    assert len(words) >= 100


def test_a_safe_word_has_nothing_to_do_with_the_family_or_the_visitors(school: Home, decided: Decided) -> None:
    avoided = " ".join(words_to_avoid(decided))
    for name in ("Sample family", "Example Street", "Sample child", "01632 960123", "Gray Invented", "Lane Invented"):
        assert name in avoided
    for name in ("Sampletown", "invented", "STREET"):
        assert refuse_safe_word(name, decided)
    assert refuse_safe_word(pick_safe_word(school, decided), decided) is None


def test_safe_words_are_drawn_and_not_always_the_same(school: Home, decided: Decided) -> None:
    assert len({pick_safe_word(school, decided) for _ in range(30)}) > 5


def test_a_pack_that_another_process_puts_in_place_meanwhile_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "glob", lambda self, pattern: iter([self / "gone"]))
    assert take_reference(tmp_path / "visits", 2026) == "RA-2026-0001"
