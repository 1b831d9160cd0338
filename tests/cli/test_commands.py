"""Every command does its work, says what comes next, and ends with the exit code that it promises."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from riskgen import __version__
from riskgen.cli.main import COMMANDS, SECTIONS, cli

Run = Callable[..., Any]
VISIT = ("families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-12-02 10:30")


def every_command() -> list[tuple[str, ...]]:
    context = click.Context(cli)
    names: list[tuple[str, ...]] = []
    for name in COMMANDS:
        command = cli.get_command(context, name)
        inner = list(command.commands) if isinstance(command, click.Group) else []
        names += [(name,), *((name, each) for each in inner)]
    return names


# --- help and usage -----------------------------------------------------------------------------


def test_help_lists_every_command_with_a_line_on_each() -> None:
    result = CliRunner().invoke(cli, ["--help"])
    assert result.exit_code == 0
    helped = {name: words for section in SECTIONS.values() for name, (_, words) in section.items()}
    assert set(helped) == set(COMMANDS)
    for name, words in helped.items():
        assert name in result.output
        assert words in result.output


@pytest.mark.parametrize("command", every_command(), ids=" ".join)
def test_every_command_has_help_with_an_example(command: tuple[str, ...], riskgen: Run) -> None:
    result = riskgen(*command, "--help")
    assert result.code == 0
    if command != ("policy",):
        assert f"riskgen {' '.join(command)}" in result.out.partition("Example:")[2]


def test_the_version_is_told(riskgen: Run) -> None:
    assert riskgen("--version").out == f"riskgen, version {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("asess",), "There is no command 'asess'. Did you mean 'assess'?"),
        (("xyzzy",), "'riskgen --help' lists the commands."),
        (("assess", "--colour"), "No such option"),
        (("init", "myschool"), "--policy"),
        (("init",), "DIR"),
        (("policy", "show", "bchs", "--phase", "never"), "'never'"),
        (("policy", "explain"), "CLAUSE"),
        (("check", "extra"), "extra"),
        (("assess", "--no-input", "--type-safe-word"), "Choose one."),
    ],
)
def test_wrong_usage_is_explained_and_ends_with_2(
    arguments: tuple[str, ...], words: str, riskgen: Run, away: Path
) -> None:
    result = riskgen(*arguments)
    assert result.code == 2
    assert words in result.said
    assert result.out == ""
    assert list(away.iterdir()) == []


def test_no_command_at_all_shows_help_and_ends_with_2(riskgen: Run) -> None:
    result = riskgen()
    assert result.code == 2
    assert "riskgen demo" in result.said


@pytest.mark.parametrize(
    "arguments",
    [
        ("annual", "2026-27", "-o", "there.xlsx"),
        ("assess", *VISIT, "--no-input", "--save-answers", "there.yaml"),
        ("assess", *VISIT, "--no-input", "--output", "there"),
        ("backup", "there.xlsx"),
        ("batch", "missing.xlsx", "-o", "there"),
        ("batch", "missing.xlsx", "--result", "there.xlsx"),
        ("demo", "--output", "there"),
        ("forms", "blank", "there.docx"),
        ("forms", "export", "there"),
        ("init", "there", "--policy", "bchs"),
        ("intake-sheet", "-o", "there.xlsx"),
        ("pack", "RA-2026-0001", "--output", "there"),
        ("schedule", "--output", "there.docx"),
    ],
    ids=lambda arguments: f"{arguments[0]} {arguments[-2]}",
)
@pytest.mark.usefixtures("home", "quick_forms")
def test_what_is_only_written_need_not_be_readable(
    arguments: tuple[str, ...], riskgen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("there.xlsx", "there.docx", "there.yaml"):
        Path(name).write_text("")
    Path("there").mkdir()
    there = {"there", "there.xlsx", "there.docx", "there.yaml"}  # not to be read, also for one who may read all
    monkeypatch.setattr(os, "access", lambda path, mode, **named: mode != os.R_OK or Path(path).name not in there)
    result = riskgen(*arguments)
    assert result.code != 2, result.said
    assert "is not readable" not in result.said


# --- each command -------------------------------------------------------------------------------


def test_demo_needs_no_set_up_and_says_what_to_do_next(
    riskgen: Run, away: Path, quick_forms: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = riskgen("demo")
    assert result.code == 0
    assert "PROCEED WITH CONDITIONS" in result.out
    assert "riskgen init myschool --policy bchs" in result.said
    names = {path.name for path in (away / "riskgen-demo").iterdir()}
    assert names == {
        "RA-0000-0001_intent-to-visit-office_2026-11-23.docx",
        "RA-0000-0001_intent-to-visit-travelling_2026-11-23.docx",
        "RA-0000-0001_risk-assessment_2026-11-23.docx",
    }


def test_demo_goes_where_it_is_told_and_does_not_overwrite(riskgen: Run, away: Path, quick_forms: None) -> None:
    assert riskgen("demo", "--output", "elsewhere").code == 0
    again = riskgen("demo", "--output", "elsewhere")
    assert again.code == 4
    assert "--force" in again.err
    assert riskgen("demo", "--output", "elsewhere", "--force").code == 0
    assert len(list((away / "elsewhere").glob("*.docx.bak"))) == 3
    assert not (away / "riskgen-demo").exists()


def test_demo_ignores_the_school_that_is_set(riskgen: Run, away: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKGEN_HOME", "/nowhere/at/all")
    monkeypatch.setattr("riskgen.forms.render.render", lambda *given: b"form")
    assert riskgen("demo").code == 0


def test_assess_shows_the_decision_its_reasons_and_the_next_step(riskgen: Run, home: Path, quick_forms: None) -> None:
    result = riskgen("assess", *VISIT, "--no-input")
    assert result.code == 0
    assert result.out.startswith("RA-2026-0001  Birchwood Community High School home visit policy")
    for words in ("PROCEED WITH CONDITIONS", "Risk ratings", "Conditions still open", "Who authorises", "BC-02"):
        assert words in result.out
    assert "alone carries the safe word, and stays at school" in result.said
    assert "riskgen pack RA-2026-0001" in result.said
    for path in (home / "visits" / "RA-2026-0001").iterdir():
        assert path.name in result.err


def test_a_visit_that_must_not_be_made_is_a_result_and_no_fault(riskgen: Run, home: Path) -> None:
    result = riskgen("assess", "families/F-0456.yaml", *VISIT[1:], "--no-input", "--dry-run")
    assert result.code == 0
    assert "DO NOT VISIT" in result.out
    assert "Because" in result.out


def test_a_dry_run_writes_no_forms_and_takes_no_reference(riskgen: Run, home: Path) -> None:
    before = sorted(home.rglob("*"))
    result = riskgen("assess", *VISIT, "--no-input", "--dry-run")
    assert result.code == 0
    assert result.out.startswith("RA-DRAFT  ")
    assert "Nothing was recorded and no forms were written" in result.err
    assert sorted(home.rglob("*")) == before


def test_compare_puts_every_policy_side_by_side_and_names_what_decides(riskgen: Run, home: Path) -> None:
    result = riskgen("compare", "families/F-0456.yaml", *VISIT[1:])
    assert result.code == 0
    for policy in ("bchs", "heather-avenue", "le-rocquier", "robert-ogden", "st-patricks"):
        assert policy in result.out
    assert "SP-07" in result.out
    assert "Ratings are residual." in result.out
    assert max(map(len, result.out.splitlines())) <= 80


def test_compare_works_without_a_school_and_says_whose_data_it_uses(riskgen: Run, away: Path, made: Path) -> None:
    result = riskgen("compare", made / VISIT[0], made / VISIT[1], *VISIT[2:])
    assert result.code == 0
    assert "came with riskgen" in result.err
    assert list(away.iterdir()) == []


def test_compare_takes_a_day_on_which_only_some_policies_were_in_force(riskgen: Run, home: Path) -> None:
    result = riskgen("compare", *VISIT[:2], "--start", "2018-12-05 10:30", "--json")
    assert list(json.loads(result.out)) == ["st-patricks"]
    none = riskgen("compare", *VISIT[:2], "--start", "1999-12-05 10:30")
    assert none.code == 3
    assert "No policy has an edition in force on 1999-12-05" in none.said


def test_now_says_what_to_do_with_the_clause_and_writes_nothing(riskgen: Run, home: Path) -> None:
    text = (home / "school.yaml").read_text().replace("policy: bchs", "policy: robert-ogden")
    (home / "school.yaml").write_text(text)
    before = sorted(home.rglob("*"))
    door = ("--set", "door.parent_present=no", "--set", "door.lateness_notified=no")
    waiting = riskgen("now", *VISIT, *door, "--set", "door.minutes_waited=19")
    assert waiting.code == 0
    assert "DO NOT GO IN" in waiting.out
    assert "Wait until 20 minutes in all; 1 more (RO-22)" in waiting.said
    over = riskgen("now", *VISIT, *door, "--set", "door.minutes_waited=20")
    assert "Call the visit off" in over.said
    assert "(RO-22)" in over.said
    assert sorted(home.rglob("*")) == before


def test_now_takes_a_visit_that_has_begun(riskgen: Run, home: Path) -> None:
    assert riskgen("now", *VISIT[:2], "--start", "2026-11-20 08:30").code == 0
    assert riskgen("now", "families/F-0123.yaml").code == 0


def test_check_finds_nothing_wrong_with_what_came_with_riskgen(riskgen: Run, away: Path) -> None:
    result = riskgen("check")
    assert result.code == 0, result.err
    assert "Checked the data and forms that came with riskgen." in result.err
    assert "5 policies with 181 clauses" in result.said
    assert list(away.iterdir()) == []


def test_policy_list_shows_every_edition(riskgen: Run, away: Path) -> None:
    result = riskgen("policy", "list")
    assert result.code == 0
    assert "bchs            2025-09-01" in result.out
    assert "came with riskgen" in result.err
    found = json.loads(riskgen("policy", "list", "--json").out)
    assert [row["id"] for row in found] == ["bchs", "heather-avenue", "le-rocquier", "robert-ogden", "st-patricks"]
    assert set(found[0]) == {"id", "name", "edition", "review_due", "withdrawn", "fingerprint"}


def test_policy_show_can_be_held_to_one_phase(riskgen: Run, home: Path) -> None:
    whole = json.loads(riskgen("policy", "show", "bchs", "--json").out)
    before = json.loads(riskgen("policy", "show", "bchs", "--phase", "before", "--json").out)
    assert 0 < len(before["clauses"]) < len(whole["clauses"])
    assert all("before" in clause["phases"] for clause in before["clauses"])
    assert set(whole["clauses"][0]) == {"id", "location", "kind", "phases", "topics", "says"}
    printed = riskgen("policy", "show", "bchs", "--phase", "emergency").out
    assert "The policy says nothing on" in printed


def test_policy_explain_gives_the_conditions_in_words(riskgen: Run, home: Path) -> None:
    result = riskgen("policy", "explain", "ro-22")
    assert result.code == 0
    assert result.out.startswith("RO-22  ")
    assert "At the moment" in result.out
    assert "Written in data/policies/robert-ogden/2024-11-01.yaml, line " in result.out
    found = json.loads(riskgen("policy", "explain", "SP-07", "--json").out)
    assert found["policy"] == "st-patricks"
    assert found["broken"].startswith("The visit is not to be made. Instead: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("policy", "show", "bhcs"), "There is no policy 'bhcs'. Did you mean 'bchs'?"),
        (("policy", "show", "bchs", "--edition", "1999-01-01"), "has no edition of 1999-01-01. There is: 2025-09-01."),
        (("policy", "explain", "BC-9999"), "There is no clause 'BC-9999'."),
    ],
)
def test_an_unknown_policy_edition_or_clause_is_named(
    arguments: tuple[str, ...], words: str, riskgen: Run, away: Path
) -> None:
    result = riskgen(*arguments)
    assert result.code == 3
    assert words in result.said


def test_fields_lists_all_or_those_with_one_beginning(riskgen: Run) -> None:
    everything = json.loads(riskgen("fields", "--json").out)
    assert all(set(row) == {"field", "type", "help"} and all(row.values()) for row in everything)
    assert "safe_word" in {row["field"] for row in everything}
    some = riskgen("fields", "visitors").out
    assert "visitors[].mobile  (" in some
    assert "hazards" not in some.split("\n")[0]
    none = riskgen("fields", "zzz")
    assert (none.code, none.out) == (0, "")
    assert "No field begins with 'zzz'." in none.err


# --- the screen ---------------------------------------------------------------------------------


def test_colour_is_for_a_terminal_that_wants_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["assess", *VISIT, "--no-input", "--dry-run"]
    assert "\x1b[" in CliRunner().invoke(cli, arguments, color=True).output
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in CliRunner().invoke(cli, arguments, color=True).output


@pytest.mark.parametrize("policy", ["bchs", "le-rocquier"])
def test_no_line_is_wider_than_the_screen(policy: str, riskgen: Run, home: Path) -> None:
    text = (home / "school.yaml").read_text().replace("policy: bchs", f"policy: {policy}")
    (home / "school.yaml").write_text(text)
    result = riskgen("assess", "families/F-0789.yaml", *VISIT[1:], "--no-input", "--dry-run")
    policy_line, *rest = result.out.splitlines()
    assert "edition of" in policy_line
    assert max(map(len, rest)) <= 80
