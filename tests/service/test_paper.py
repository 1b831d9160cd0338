"""What counts as a reference; file names that tell of nobody; safe words keep away from the family."""

from datetime import datetime
from pathlib import Path

import pytest

from riskgen.forms import catalogue, steps
from riskgen.service.faults import EnvironmentFault, Refused
from riskgen.service.homes import Home, read_safe_words
from riskgen.service.paper import (
    can_keep,
    check_forms,
    file_name,
    pick_safe_word,
    refuse_safe_word,
    words_to_avoid,
)
from riskgen.service.references import VISITS, highest_folders, is_reference
from riskgen.service.visits import Decided, Request, decide, gather


@pytest.fixture(scope="module")
def decided(school: Home) -> Decided:
    plan = school.folder / "visits-planned" / "visit-F-0123.yaml"
    request = Request((school.folder / "families" / "F-0123.yaml", plan), start="2026-03-03 10:30")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Home, "now", lambda self: datetime(2026, 2, 20, 9, 0))
        return decide(school, gather(school, request))


def test_checking_takes_no_list_that_was_kept(school: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert school.forms[0]
    assert school.steps[0]
    for room in (catalogue, steps):
        monkeypatch.setattr(room, "sound_list", lambda *_: pytest.fail("It was taken from the cache."))
    assert check_forms(school.folder, school.library) == ()


def folder_of(folder: Path, *references: str) -> Path:
    for reference in references:
        (folder / VISITS / reference).mkdir(parents=True)
        (folder / VISITS / reference / "form.docx").touch()
    return folder


def test_the_highest_of_each_year_counts_and_gaps_are_not_filled(tmp_path: Path) -> None:
    assert highest_folders(tmp_path) == {}
    folder_of(tmp_path, "RA-2026-0007", "RA-2026-0003", "RA-2025-0815")
    assert highest_folders(tmp_path) == {"2026": 7, "2025": 815}


@pytest.mark.parametrize(
    "other", ["RA-2026-01234", "RA-2026-1234567", "RA-2026-١٢٣٤", "ra-2026-0009", "RA-2026-0009x", "RA-2026-0009\n"]
)
def test_folders_that_only_look_like_references_do_not_count(other: str, tmp_path: Path) -> None:
    assert highest_folders(folder_of(tmp_path, other)) == {}


def test_a_file_of_that_name_and_a_folder_without_forms_do_not_count(tmp_path: Path) -> None:
    folder_of(tmp_path, "RA-2026-0001")
    (tmp_path / VISITS / "RA-2026-0002").touch()
    (tmp_path / VISITS / "RA-2026-0003").mkdir()
    assert highest_folders(tmp_path) == {"2026": 1}


@pytest.mark.parametrize("reference", ["", "..", "RA-2026-0001/..", "RA-2026-0001\n", "RA-٢٠٢٦-0001", "RA-2026-00001"])
def test_what_only_looks_like_a_reference_is_none(reference: str) -> None:
    assert not is_reference(reference)
    assert is_reference("RA-2026-0001")


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
