"""Asking at the terminal: what matters and why, never more than that, and nothing answered is lost."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import riskgen.cli.ask

Run = Callable[..., Any]
PLAN = ("families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-12-02 10:30")
BARE = (
    *("families/F-0123.yaml", "--start", "2026-12-02 10:30", "--minutes", "40", "--purpose", "attendance"),
    *("--visitor", "S-07", "--visitor", "S-12"),
)
DRY = ("--dry-run", "--json")
MOVED = "? Has an adult agreed to put any animal in another room"
WHO = "? Who has authorised the visit?"


def asked(err: str) -> list[str]:
    """The questions that were put, each once as often as it was put."""
    return [line.removeprefix("? ") for line in err.splitlines() if line.startswith("? ")]


def interrupt_at(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """Have a typed word act as Ctrl-C does."""
    real = riskgen.cli.ask.typed_answer

    def typed_answer(question: Any, text: str, staff: Any) -> Any:
        if text.strip() == word:
            raise KeyboardInterrupt
        return real(question, text, staff)

    monkeypatch.setattr(riskgen.cli.ask, "typed_answer", typed_answer)


def test_a_missing_answer_is_asked_for_with_the_clause_that_needs_it(riskgen: Run, home: Path) -> None:
    result = riskgen("assess", *PLAN, *DRY, typed="S-03\n")
    assert result.code == 0
    assert WHO in result.err
    assert "Needed by BC-02." in result.err
    assert json.loads(result.out)["decision"]["outcome"] == "proceed"


def test_a_question_that_a_hazard_needs_names_the_hazard(riskgen: Run, home: Path) -> None:
    result = riskgen("assess", *PLAN, "--set", "travel.bad_weather=unknown", *DRY, typed="\n\n")
    assert "Needed by Driving to and from the visit" in " ".join(result.err.split())


def test_enter_means_not_known_and_is_not_asked_again(riskgen: Run, home: Path) -> None:
    silent = riskgen("assess", *PLAN, *DRY, "--no-input")
    result = riskgen("assess", *PLAN, *DRY, typed="\n\n\n\n")
    assert result.err.count(WHO) == 1
    assert result.out == silent.out


@pytest.mark.parametrize("word", ["unknown", "  ", "UNKNOWN "])
def test_unknown_may_be_said_in_words(word: str, riskgen: Run, home: Path) -> None:
    result = riskgen("assess", *PLAN, *DRY, typed=f"{word}\nS-03\n")
    assert result.err.count(WHO) == 1


@pytest.mark.parametrize("bad", ["S-99", "the head", "yes", "\x01", "😀"])
def test_a_bad_answer_is_explained_and_asked_again(bad: str, riskgen: Run, home: Path) -> None:
    result = riskgen("assess", *PLAN, *DRY, typed=f"{bad}\nS-03\n")
    assert result.code == 0
    assert result.err.count("a staff reference such as S-07:") == 2
    assert result.err.count(WHO) == 1
    assert "'approval.by'" in result.err
    assert json.loads(result.out)["decision"]["outcome"] == "proceed"


@pytest.mark.parametrize("word", ["stop", "STOP", " Stop "])
def test_stop_ends_the_questions_and_the_rest_stays_unknown(word: str, riskgen: Run, home: Path) -> None:
    result = riskgen("assess", *BARE, *DRY, typed=f"yes\n{word}\nyes\nyes\n")
    assert result.code == 0
    assert len(asked(result.err)) == 2
    assert json.loads(result.out)["to_confirm"]


def test_the_end_of_input_ends_the_questions(riskgen: Run, home: Path) -> None:
    silent = riskgen("assess", *BARE, *DRY, "--no-input")
    result = riskgen("assess", *BARE, *DRY, typed="")
    assert result.code == 0
    assert len(asked(result.err)) == 1
    assert result.out == silent.out


def test_what_weighs_most_is_asked_first_and_all_that_is_open_is_asked(riskgen: Run, home: Path) -> None:
    open_questions = json.loads(riskgen("assess", *BARE, *DRY, "--no-input").out)["to_confirm"]
    result = riskgen("assess", *BARE, *DRY, typed="\n" * 200)
    words = " ".join(result.err.split())
    places = [words.index(f"? {item['label']}") for item in open_questions]
    assert places == sorted(places)
    assert len(asked(result.err)) == len(open_questions)
    assert f"{len(open_questions) - 1} more to ask." in words


def test_an_answer_takes_the_questions_with_it_that_no_longer_matter(riskgen: Run, home: Path) -> None:
    gaps = ("--set", "household.animals=unknown", "--set", "visit.animal_will_be_moved=unknown")
    without = riskgen("assess", *PLAN, *gaps, *DRY, typed="\n" * 9)
    assert MOVED in " ".join(without.err.split())
    result = riskgen("assess", *PLAN, *gaps, *DRY, typed="no\n" + "\n" * 9)
    assert asked(result.err)[0] == "Is there a dog or another animal in the home?"
    assert MOVED not in " ".join(result.err.split())


def test_no_input_never_asks(riskgen: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def asking(*given: Any) -> None:
        raise AssertionError("somebody was asked")

    monkeypatch.setattr("riskgen.cli.assess.ask_open_questions", asking)
    monkeypatch.setattr("riskgen.cli.assess.ask_safe_word", asking)
    monkeypatch.setattr("riskgen.forms.render.render", lambda *given: b"form")
    assert riskgen("assess", *BARE, "--no-input").code == 0
    assert riskgen("compare", *BARE).code == 0
    assert riskgen("now", *BARE).code == 0


def test_questions_are_on_stderr_so_that_stdout_stays_json(riskgen: Run, home: Path) -> None:
    result = riskgen("assess", *BARE, *DRY, typed="yes\nno\nperhaps\n\nstop\n")
    assert json.loads(result.out)["reference"] == "RA-DRAFT"


def test_nothing_is_asked_when_nothing_is_open(riskgen: Run, home: Path) -> None:
    result = riskgen("assess", *PLAN, "--set", "approval.by=S-03", *DRY, typed="yes\n")
    assert result.err.strip() == ""


def test_answers_are_kept_and_give_the_same_result_again(riskgen: Run, home: Path) -> None:
    first = riskgen("assess", *BARE, *DRY, "--save-answers", "kept.yaml", typed="yes\nno\n" * 12 + "stop\n")
    assert first.code == 0
    assert "Your answers are in kept.yaml." in first.err
    again = riskgen("assess", "--answers", "kept.yaml", *DRY, "--no-input")
    assert again.code == 0
    assert again.out == first.out
    if os.name == "posix":
        assert (home / "kept.yaml").stat().st_mode & 0o077 == 0


def test_every_kind_of_answer_survives_being_kept(riskgen: Run, home: Path) -> None:
    (home / "more.yaml").write_text(
        'family: {name: "O\'Brien: #1 & <Söhne> \\\\ \\"x\\" 😀"'
        ", reference: F-0123, phone: '0123', needs: \"two\\nlines\\tand a tab\"}\n"
        "child: {name: 'null', year_group: '007'}\n"
        "safety: {check_in_times: '10:45, 11:00'}\n",
        encoding="utf-8",
    )
    first = riskgen("assess", *PLAN, "--answers", "more.yaml", *DRY, "--no-input", "--save-answers", "one.yaml")
    assert first.code == 0, first.err
    again = riskgen("assess", "--answers", "one.yaml", *DRY, "--no-input", "--save-answers", "two.yaml")
    assert again.out == first.out
    assert (home / "one.yaml").read_bytes() == (home / "two.yaml").read_bytes()


def test_answers_are_not_kept_over_a_file_and_this_is_said_before_asking(riskgen: Run, home: Path) -> None:
    kept = home / "kept.yaml"
    kept.write_text("precious\n")
    result = riskgen("assess", *BARE, *DRY, "--save-answers", "kept.yaml", typed="yes\n" * 200)
    assert result.code == 4
    assert asked(result.err) == []
    assert kept.read_text() == "precious\n"
    forced = riskgen("assess", *BARE, *DRY, "--save-answers", "kept.yaml", "--force", typed="")
    assert forced.code == 0
    assert (home / "kept.yaml.bak").read_text() == "precious\n"


@pytest.mark.parametrize(("place", "code"), [("families", 5), ("school.yaml/kept.yaml", 5)])
def test_a_place_where_no_answers_can_be_kept_is_told_before_asking(
    place: str, code: int, riskgen: Run, home: Path
) -> None:
    result = riskgen("assess", *BARE, *DRY, "--save-answers", place, typed="yes\n" * 200)
    assert result.code == code
    assert asked(result.err) == []


def test_an_interruption_keeps_the_answers_when_asked_to(
    riskgen: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_at(monkeypatch, "^C")
    result = riskgen("assess", *BARE, "--save-answers", "kept.yaml", typed="no\nno\n^C\n")
    assert result.code == 130
    assert "Go on with --answers kept.yaml --save-answers kept.yaml" in result.said
    assert not (home / "visits").exists()
    answered = riskgen("assess", *BARE, *DRY, typed="no\nno\nstop\n")
    resumed = riskgen("assess", "--answers", "kept.yaml", *DRY, "--no-input")
    assert resumed.out == answered.out


def test_an_interruption_otherwise_leaves_nothing(riskgen: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt_at(monkeypatch, "^C")
    before = sorted(home.rglob("*"))
    result = riskgen("assess", *BARE, typed="no\n^C\n")
    assert result.code == 130
    assert "Stopped. Nothing was saved." in result.err
    assert sorted(home.rglob("*")) == before


def test_an_interruption_at_the_safe_word_keeps_the_answers_too(riskgen: Run, home: Path) -> None:
    result = riskgen("assess", *PLAN, "--type-safe-word", "--save-answers", "kept.yaml", typed="S-03\n")
    assert result.code == 130
    assert "approval:\n  by: S-03\n" in (home / "kept.yaml").read_text()
    assert list((home / "visits").rglob("*.docx")) == [] if (home / "visits").exists() else True


def test_what_every_visit_needs_is_asked_first(riskgen: Run, home: Path) -> None:
    typed = "attendance\n2026-12-02 10:30\nforty\n40\nS-99\nS-07, S-12\nstop\n"
    result = riskgen("assess", "families/F-0123.yaml", *DRY, typed=typed)
    assert result.code == 0, result.err
    first = [line for line in result.err.splitlines() if line.startswith("? ")][:4]
    assert first[:3] == [
        "? What is the visit for?",
        "? When does the visit start?",
        "? How many minutes is the visit expected to last?",
    ]
    assert first[3] == "? Who goes?"
    assert "Use the references above" in result.err


def test_an_interruption_of_the_first_questions_keeps_them_too(
    riskgen: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_at(monkeypatch, "^C")
    typed = "attendance\n2026-12-02 10:30\n^C\n"
    result = riskgen("assess", "families/F-0123.yaml", "--save-answers", "kept.yaml", typed=typed)
    assert result.code == 130
    kept = (home / "kept.yaml").read_text(encoding="utf-8")
    assert "purpose: attendance" in kept
    assert 'start: "2026-12-02 10:30"' in kept


def test_nothing_is_asked_where_nothing_could_be_written(riskgen: Run, home: Path) -> None:
    (home / "visits").write_text("a file where the folder should be")
    result = riskgen("assess", "families/F-0123.yaml", typed="attendance\n")
    assert (result.code, asked(result.err)) == (5, [])
