"""The library is read together: what was shipped is whole, and one fault does not bury others."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from riskgen.library.check import check_library
from riskgen.library.load import DEFAULT_MATRIX, Library, load_library
from riskgen.library.policies import fingerprint

GOOD = Path(__file__).parents[1] / "broken" / "good" / "data"
POLICY = "policies/moor-lane/2026-09-01.yaml"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A copy of a small good library."""
    return Path(shutil.copytree(GOOD, tmp_path / "data"))


def change(folder: Path, name: str, *pairs: tuple[str, str]) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


# --- the whole -----------------------------------------------------------------------------------


def test_policies_have_their_editions_in_order(library: Library) -> None:
    assert set(library.policies) == {"bchs", "heather-avenue", "le-rocquier", "robert-ogden", "st-patricks"}
    for editions in library.policies.values():
        assert list(editions) == sorted(editions, key=lambda edition: edition.in_force)


def test_hazards_come_in_the_order_that_they_give(library: Library) -> None:
    assert [hazard.order for hazard in library.hazards] == sorted(hazard.order for hazard in library.hazards)


def test_default_matrix_serves_where_none_is_named(library: Library) -> None:
    assert library.catalogue().matrix == library.matrices[DEFAULT_MATRIX]
    assert library.catalogue("ucl-4x4").matrix.id == "ucl-4x4"


def test_messages_name_files_from_data_on(small: Path) -> None:
    change(small, POLICY, ("kind: required", "kind: requird"))
    _, problems = load_library(small)
    assert [problem.path for problem in problems] == [f"data/{POLICY}"]


def test_fingerprint_does_not_rest_on_line_endings_or_a_byte_order_mark(small: Path) -> None:
    before = load_library(small)[0].policies["moor-lane"][0].fingerprint
    text = (small / POLICY).read_text(encoding="utf-8")
    (small / POLICY).write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    assert load_library(small)[0].policies["moor-lane"][0].fingerprint == before == fingerprint(text)


def test_fingerprint_rests_on_every_word(small: Path) -> None:
    before = load_library(small)[0].policies["moor-lane"][0].fingerprint
    change(small, POLICY, ("every visit.", "every visits."))
    assert load_library(small)[0].policies["moor-lane"][0].fingerprint != before


# --- editions ------------------------------------------------------------------------------------


def later_edition(folder: Path, *pairs: tuple[str, str]) -> Library:
    """The small library with a second edition, in force from September 2027."""
    shutil.copyfile(folder / POLICY, folder / "policies/moor-lane/2027-09-01.yaml")
    change(folder, "policies/moor-lane/2027-09-01.yaml", ("in_force: 2026-09-01", "in_force: 2027-09-01"), *pairs)
    library, problems = load_library(folder)
    assert problems == ()
    return library


@pytest.mark.parametrize(
    ("day", "edition"),
    [
        (date(2026, 8, 31), None),
        (date(2026, 9, 1), "2026-09-01"),
        (date(2027, 8, 31), "2026-09-01"),
        (date(2027, 9, 1), "2027-09-01"),
        (date(2028, 8, 30), "2027-09-01"),
        (date(2028, 8, 31), None),
        (date(2030, 1, 1), None),
    ],
)
def test_edition_is_the_latest_begun_and_none_once_it_is_withdrawn(small: Path, day: date, edition: str | None) -> None:
    library = later_edition(small, ("id: moor-lane", "withdrawn: 2028-08-31\nid: moor-lane"))
    found = library.edition_on("moor-lane", day)
    assert (found and found.edition) == edition


def test_policy_there_is_not_has_no_edition(library: Library) -> None:
    assert library.edition_on("no-such-policy", date(2026, 12, 2)) is None


def test_worked_case_is_decided_under_the_edition_of_its_day(small: Path) -> None:
    later_edition(
        small, ("    met: {visit.approved", "    applies: {visit.minutes: {at_least: 60}}\n    met: {visit.approved")
    )
    assert check_library(small)[1] == ()  # all cases are of 2026
    change(small, "policies/moor-lane/examples.yaml", ("2026-12-02 10:30", "2027-12-02 10:30"))
    found = check_library(small)[1]
    assert {problem.code for problem in found} == {"example-differs"}
    assert "ML-01 is to be met and comes out as not-applicable" in found[0].message


# --- several faults ------------------------------------------------------------------------------


def test_faults_of_all_files_come_at_once(small: Path) -> None:
    change(small, "hazards/animal.yaml", ("kind: isolate", "kind: isolation"))
    change(small, "matrices/somerset.yaml", ("  - [L, H]", "  - [L, X]"))
    change(small, POLICY, ("phase: before", "phase: befor"), ("by: [headteacher]", "by: [nobody]"))
    _, problems = check_library(small)
    assert {Path(problem.path).name for problem in problems} == {"animal.yaml", "somerset.yaml", "2026-09-01.yaml"}
    assert {"schema-allowed", "matrix-rating", "phase-unknown", "role-unknown"} <= {
        problem.code for problem in problems
    }


@pytest.mark.parametrize(
    ("name", "pairs", "codes"),
    [
        ("topics.yaml", (("- {id: approval", "- {id: approvals!"),), {"schema-regex"}),
        ("topics.yaml", (("question: Who", "qestion: Who"),), {"schema-unknown"}),
        (
            "questions.yaml",
            (("name: visit.approved", "name: visits.approved"),),
            {"question-group", "condition-question"},
        ),
        ("questions.yaml", (("- {id: door, label: At the door, stage: door}", ""),), {"question-group"}),
        ("questions.yaml", (("name: visit.visitor_roles", "name: visit.roles"),), {"question-needed"}),
        ("questions.yaml", (("type: yes-no, worse", "typ: yes-no, worse"),), {"schema-unknown"}),
    ],
)
def test_one_fault_does_not_bring_others_where_it_is_used(
    small: Path, name: str, pairs: tuple[tuple[str, str], ...], codes: set[str]
) -> None:
    change(small, name, *pairs)
    _, problems = check_library(small)
    assert {problem.code for problem in problems} <= codes
    assert len(problems) <= 3


def test_file_that_is_not_utf_8_does_not_stop_the_others_from_being_read(small: Path) -> None:
    (small / POLICY).write_bytes("name: Café\n".encode("latin-1"))
    change(small, "hazards/animal.yaml", ("kind: isolate", "kind: isolation"))
    assert [problem.code for problem in load_library(small)[1]] == ["schema-allowed", "yaml-encoding"]


def test_folder_without_anything_is_a_fault_and_no_more() -> None:
    _, problems = check_library(Path("no-such-folder"))
    assert [problem.code for problem in problems] == ["file-missing"]


# --- whatever stands in a file -------------------------------------------------------------------

Change = Callable[[str], str]
CUTS: dict[str, Change] = {
    "cut in the middle": lambda text: text[: len(text) // 2],
    "cut near the end": lambda text: text[:-7],
    "turned round": lambda text: "\n".join(reversed(text.splitlines())),
    "all in capitals": str.upper,
    "without colons": lambda text: text.replace(":", ""),
    "without brackets": lambda text: text.replace("{", "").replace("}", ""),
    "with other brackets": lambda text: text.replace("{", "[").replace("}", "]"),
    "without lines": lambda text: text.replace("\n", " "),
    "without indentation": lambda text: "\n".join(line.strip() for line in text.splitlines()),
    "every line twice": lambda text: "\n".join(line for line in text.splitlines() for _ in range(2)),
    "yes and no turned to numbers": lambda text: text.replace("yes", "1").replace("no", "0"),
    "with fancy quotes": lambda text: text.replace(": ", ": “"),
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize("name", sorted(path.relative_to(GOOD).as_posix() for path in GOOD.rglob("*.yaml")))
def test_mangled_file_never_raises(small: Path, name: str, cut: Change) -> None:
    text = (small / name).read_text(encoding="utf-8")
    (small / name).write_text(cut(text), encoding="utf-8")
    _, problems = check_library(small)
    assert all(problem.message and problem.path for problem in problems)
