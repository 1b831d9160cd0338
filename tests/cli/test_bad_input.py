"""What is wrong, where, and how to mend it; all at once; nothing written and nobody asked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
FAMILY = "families/F-0123.yaml"
PLAN = "visits-planned/visit-F-0123.yaml"
START = ("--start", "2026-12-02 10:30")
VISIT = (FAMILY, PLAN, *START)


@pytest.fixture
def refused(riskgen: Run, home: Path) -> Run:
    """Assess, and hold what must hold whenever something is wrong with what was given."""

    def assess(*arguments: object, command: str = "assess") -> str:
        before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
        result = riskgen(command, *arguments, typed="yes\n" * 300)
        assert result.code == 3, result.said
        assert result.out == ""
        assert "? " not in result.err.replace("? Did", "")
        assert "Nothing was saved." in result.err
        assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
        return str(result.said)

    return assess


# --- the visit ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((FAMILY, PLAN, "--start", "2026-11-20 08:59"), "The visit starts in the past (2026-11-20 08:59)."),
        ((FAMILY, PLAN, "--start", "2016-12-02 10:30"), "The visit starts in the past (2016-12-02 10:30)."),
        ((FAMILY, PLAN, "--start", "2126-12-02 10:30"), "100 years or more from now (2126-12-02). Check the year."),
        ((FAMILY, PLAN, "--start", "9999-12-31 23:59"), "Check the year."),
        ((FAMILY, "--start", "2027-03-28 01:30", "--no-input"), "There is no 01:30 on 2027-03-28"),
        ((FAMILY, PLAN, "--no-input"), 'The visit has no start. Give --start "2026-12-02 10:30"'),
        ((FAMILY, PLAN, "--start", "2026-02-30 10:30"), "must be a date and time such as 2026-12-02 10:30"),
        ((FAMILY, PLAN, "--start", "tomorrow"), "'visit.start'"),
        ((*VISIT, "--minutes", "0"), "'visit.minutes' must be at least"),
        ((*VISIT, "--minutes", "-5"), "'visit.minutes' must be at least"),
        ((*VISIT, "--minutes", "99999"), "'visit.minutes' must be at most"),
        ((*VISIT, "--minutes", "9" * 5000), "'visit.minutes'"),
        ((*VISIT, "--minutes", "forty"), "'visit.minutes' must be a whole number"),
        ((*VISIT, "--visitor", "S-99"), "'S-99' is not in the staff directory in school.yaml. It has: S-01,"),
        ((*VISIT, "--visitor", "S-07", "--visitor", "S-07"), "'S-07' is named twice as a visitor."),
        ((*VISIT, "--purpose", "atendance"), "Did you mean 'attendance'?"),
        ((*VISIT, "--edition", "2019-09-01"), "The edition 2019-09-01 of the policy 'bchs' is not in force"),
        ((*VISIT, "--edition", "soon"), "Editions: 2025-09-01."),
        ((*VISIT, "--reference", "12"), "References look like RA-2026-0001."),
        ((*VISIT, "--reference", "../RA-2026-0001"), "References look like RA-2026-0001."),
        ((*VISIT, "--reference", "RA-2026-0001"), "There is no visit of the reference 'RA-2026-0001'"),
        (("families/F-9999.yaml", *START), "families/F-9999.yaml:1 There is no such file."),
        (("families", *START), "This is a folder, not a file."),
    ],
)
def test_a_visit_that_cannot_be_is_refused_with_the_reason(
    arguments: tuple[str, ...], words: str, refused: Run
) -> None:
    assert words in refused(*arguments)


@pytest.mark.parametrize("missing", ["visitors", "purpose", "start", "length"])
def test_a_visit_without_what_makes_it_one_is_refused(missing: str, refused: Run, home: Path) -> None:
    given = {
        "visitors": ("--visitor", "S-07"),
        "purpose": ("--purpose", "attendance"),
        "start": START,
        "length": ("--minutes", "40"),
    }
    words = refused(FAMILY, "--no-input", *(word for name, words in given.items() if name != missing for word in words))
    assert f"The visit has no {missing}." in words
    assert "1 problem." in words


def test_a_visit_on_the_stroke_is_not_in_the_past(riskgen: Run, home: Path) -> None:
    now = ("--start", "2026-11-20 09:00", "--set", "visit.leave_at=08:30")
    assert riskgen("assess", FAMILY, PLAN, *now, "--no-input", "--dry-run").code == 0


def test_a_policy_that_was_withdrawn_decides_nothing(refused: Run, home: Path) -> None:
    policy = home / "data" / "policies" / "bchs" / "2025-09-01.yaml"
    text = policy.read_text().replace("in_force: 2025-09-01\n", "in_force: 2025-09-01\nwithdrawn: 2026-12-01\n", 1)
    policy.write_text(text)
    words = refused(*VISIT)
    assert "No edition of the policy 'bchs' is in force on 2026-12-02." in words
    assert "2025-09-01 until 2026-12-01" in words


def test_data_that_breaks_a_law_decides_nothing(refused: Run, riskgen: Run, home: Path) -> None:
    assert riskgen("assess", *VISIT, "--no-input", "--dry-run").code == 0
    (home / "data" / "matrices" / "somerset.yaml").unlink()
    assert "The default matrix 'somerset' is missing." in refused(*VISIT)


def test_all_problems_are_told_at_once_each_with_its_place(refused: Run, home: Path) -> None:
    (home / "family.yaml").write_text(
        'family:\n  name: "Sample\\a family"\n  adress: 1 Example Street\nhousehold:\n  animals: maybe\n'
        "visit:\n  minutes: 0\n  visitors: S-07\n"
    )
    words = refused("family.yaml", "none.yaml", "--start", "2020-01-01 10:30", "--set", "family.name=x", "--set", "y")
    for place, fault in (
        ("family.yaml:2 ", "'family.name'"),
        ("family.yaml:3 ", "Did you mean 'family.address'?"),
        ("family.yaml:5 ", "'household.animals'"),
        ("family.yaml:7 ", "'visit.minutes' must be at least"),
        ("family.yaml:8 ", "'visit.visitors' must be a list"),
        ("none.yaml:1 ", "There is no such file."),
        ("the command line ", "'family.name' is personal"),
        ("the command line ", "--set as name=value"),
        ("the command line ", "The visit starts in the past"),
    ):
        assert place in words
        assert fault in words


@pytest.mark.parametrize("command", ["assess", "compare", "now"])
def test_every_command_that_takes_a_visit_is_as_strict(command: str, refused: Run, home: Path) -> None:
    (home / "family.yaml").write_text("household:\n  animals: maybe\n")
    words = refused("family.yaml", PLAN, *START, "--visitor", "S-99", command=command)
    assert "family.yaml:2" in words
    assert "'household.animals'" in words
    assert "'S-99'" in words


# --- text ---------------------------------------------------------------------------------------

TEXTS = ["family.reference", "family.name", "family.address", "family.phone", "family.needs", "child.name"]


@pytest.mark.parametrize(
    ("name", "character"),
    [
        *((name, "\\a") for name in (*TEXTS, "child.year_group", "visit.reason")),
        *(("family.name", character) for character in ("\\0", "\\x0c", "\\x85", "\\uFFFE", "\\uFDD0")),
    ],
)
def test_a_control_character_is_refused_naming_the_field_and_the_line(
    name: str, character: str, refused: Run, home: Path
) -> None:
    group, _, word = name.partition(".")
    (home / "family.yaml").write_text(f'# A family.\n{group}:\n  {word}: "Secretname{character} and more"\n')
    words = refused("family.yaml", PLAN, *START)
    assert "family.yaml:3" in words
    assert f"'{name}'" in words
    assert "U+" in words
    assert "Secretname" not in words


def test_a_control_character_in_the_file_itself_is_refused_at_its_line(refused: Run, home: Path) -> None:
    (home / "family.yaml").write_bytes(b"family:\n  name: Secretname\x01\n")
    words = refused("family.yaml", PLAN, *START)
    assert "family.yaml:2" in words
    assert "U+0001" in words
    assert "Secretname" not in words


def test_half_a_surrogate_pair_is_refused(refused: Run, home: Path) -> None:
    (home / "family.yaml").write_text('family:\n  name: "Secretname\\uD800"\n')
    words = refused("family.yaml", PLAN, *START)
    assert "family.yaml:2" in words
    assert "Secretname" not in words


@pytest.mark.parametrize(("name", "length", "limit"), [("family.name", 201, 200), ("family.needs", 500_000, 1000)])
def test_text_that_is_too_long_is_refused_with_both_lengths_and_never_cut(
    name: str, length: int, limit: int, refused: Run, home: Path
) -> None:
    group, _, word = name.partition(".")
    (home / "family.yaml").write_text(f"{group}:\n  {word}: {'x' * length}\n")
    words = refused("family.yaml", PLAN, *START)
    assert f"'{name}'" in words
    assert f"{length} of {limit} characters" in words
    assert "xxx" not in words


@pytest.mark.parametrize("name", ["Null", "Ng", "No", "O'Brien", "Jos\u00e9", "Jose\u0301", "True", "123", "12:30"])
def test_no_name_is_invalid(name: str, riskgen: Run, home: Path) -> None:
    (home / "family.yaml").write_text(f'family:\n  name: "{name}"\nchild:\n  name: "{name}"\n', encoding="utf-8")
    assert riskgen("assess", "family.yaml", PLAN, *START, "--no-input", "--dry-run").code == 0


# --- personal data ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*TEXTS[1:], "child.year_group", "visit.reason"])
def test_personal_data_is_not_taken_from_the_command_line(name: str, refused: Run) -> None:
    words = refused(*VISIT, "--set", f"{name}=Secretname")
    assert f"'{name}' is personal and is not taken from the command line." in words
    assert "Put it into the file of the family or of the visit." in words
    assert "Secretname" not in words


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("family.nmae=Secretname", "'family.nmae'"),
        ("visit.staff_count=Secretname", "'visit.staff_count'"),
        ("=Secretname", "the command line"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_without_repeating_its_value(
    setting: str, words: str, refused: Run
) -> None:
    said = refused(*VISIT, "--set", setting)
    assert words in said
    assert "Secretname" not in said


@pytest.mark.parametrize(
    "text",
    [
        "family:\n  name: Secretname\n  name: Secretname\n",
        "family:\n  name: [Secretname]\n",
        "family:\n  name: {first: Secretname}\n",
        'family:\n  name: "Secretname\n',
        "family:\n  name: Secretname: again\n",
        "family:\n\tname: Secretname\n",
        "family:\n  name: !Secretname x\n",
        "family:\n  name: &Secretname x\n",
        "family:\n  name: *Secretname\n",
        "family:\n  name: @Secretname\n",
        "family:\n  name: 'Secretname' x\n",
        "family:\n  address: |x Secretname\n",
        "family: Secretname\n",
        "Secretname\n",
        "[Secretname]\n",
    ],
)
def test_messages_about_a_family_file_never_repeat_what_stands_in_it(text: str, refused: Run, home: Path) -> None:
    (home / "family.yaml").write_text(text)
    words = refused("family.yaml", PLAN, *START)
    assert "family.yaml:" in words
    assert "Secretname" not in words


def test_what_is_known_of_the_family_is_on_no_screen(riskgen: Run, home: Path) -> None:
    private = ("Sample family", "Example Street", "ZZ1 1ZZ", "01632 960123", "Shoes off", "Sample child", "Year 8")
    for command in ("assess", "compare", "now"):
        for options in ((), ("--json",)):
            extra = ("--dry-run",) if command == "assess" else ()
            result = riskgen(command, *VISIT, *options, *extra, typed="\n" * 9)
            assert result.code == 0
            assert not [text for text in private if text in result.said]


# --- YAML ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("household:\n  animals: yes\n  animals: no\n", 3, "stands here twice"),
        ("household: {animals: yes}\nhousehold.animals: no\n", 2, "answered twice"),
        ("household:\n  animals: &a yes\n", 2, "anchor"),
        ("household:\n  animals: *a\n", 2, "alias"),
        ("household:\n  animals: !!python/object:os.system yes\n", 2, "tag"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", 1, "anchor"),
        ("household: " + "[" * 5000 + "\n", 1, "nested"),
        ("household:\n  animals: " + "x" * 1_100_000 + "\n", 1, "larger than"),
        ("---\nhousehold: {animals: yes}\n---\nhousehold: {animals: no}\n", 3, "more than one document"),
        ("household:\n  animals: [yes\n", 2, "bracket"),
        ("household:\n  animal: yes\n", 2, "Did you mean 'household.animals'?"),
        ("household:\n  animals: 1\n", 2, "yes"),
        ("assessment:\n  updated_on: 2024-02-30\n", 2, "'assessment.updated_on' must be a date"),
        ("safety:\n  check_in_times: 10:75\n", 2, "'safety.check_in_times' must be times such as"),
        ("visit:\n  staff_count: 2\n", 2, "cannot be answered"),
        ("visit:\n  visitors: S-07\n", 2, "must be a list"),
        ("", 1, "empty"),
        ("just words\n", 1, "group"),
        ("- a list\n", 1, "group"),
    ],
)
def test_a_file_that_says_something_else_than_it_seems_is_refused_at_its_line(
    text: str, line: int, words: str, refused: Run, home: Path
) -> None:
    (home / "family.yaml").write_text(text)
    said = refused(PLAN, "family.yaml", *START)
    assert f"family.yaml:{line} " in said
    assert words in said


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\xff\xfef\x00", "UTF-8"), (b"family:\n  name: Jos\xe9\n", "UTF-8"), (b"\x00" * 40, "character")],
)
def test_a_file_that_is_no_text_is_refused(content: bytes, words: str, refused: Run, home: Path) -> None:
    (home / "family.yaml").write_bytes(content)
    assert words in refused("family.yaml", PLAN, *START)


@pytest.mark.parametrize("written", ["12:30", "09:05", "9:05", '"12:30"'])
def test_a_time_is_a_time(written: str, riskgen: Run, home: Path) -> None:
    times = f"visit:\n  start: 2026-12-02 14:00\n  leave_at: {written}\n  back_at: 15:30\n"
    (home / "times.yaml").write_text(f"{times}safety:\n  check_in_times: unknown\n")
    kept = riskgen("assess", FAMILY, PLAN, "times.yaml", "--dry-run", "--no-input", "--save-answers", "kept.yaml")
    assert kept.code == 0, kept.err
    hour, _, minute = written.strip('"').partition(":")
    assert f'leave_at: "{int(hour):02}:{minute}"' in (home / "kept.yaml").read_text()


@pytest.mark.parametrize("word", ["yes", "no", "true", "false", "unknown", '"no"', "~", ""])
def test_yes_and_no_are_what_they_say(word: str, riskgen: Run, home: Path) -> None:
    (home / "more.yaml").write_text(f"household:\n  animals: {word}\n")
    kept = riskgen("assess", *VISIT, "more.yaml", "--dry-run", "--no-input", "--save-answers", "kept.yaml")
    assert kept.code == 0, kept.err
    wanted = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}.get(word.strip('"'))
    line = [line for line in (home / "kept.yaml").read_text().splitlines() if line.startswith("  animals:")]
    assert line == ([f"  animals: {wanted}"] if wanted else [])


def test_a_reference_with_noughts_in_front_stays_as_it_is(riskgen: Run, home: Path) -> None:
    (home / "more.yaml").write_text("family:\n  reference: 0123\n  phone: 01632960123\n")
    riskgen("assess", "more.yaml", PLAN, *START, "--dry-run", "--no-input", "--save-answers", "kept.yaml")
    kept = (home / "kept.yaml").read_text()
    assert 'reference: "0123"' in kept
    assert 'phone: "01632960123"' in kept
