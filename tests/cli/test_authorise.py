"""`authorise`, `override` and `passphrase`, as people at the terminal meet them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from riskgen.service.desk import open_desk

Run = Callable[..., Any]
REF = "RA-2026-0001"
WORDS, OTHER = "four quiet green kettles", "seven slow brown teapots"


@pytest.fixture(autouse=True)
def _shared_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskgen.service.desk.account_name", lambda: "front-desk")


@pytest.fixture
def visit(home: Path, riskgen: Run, quick_forms: None) -> Path:
    assess(riskgen)
    return home


def assess(riskgen: Run, *more: object) -> Any:
    done = riskgen(
        *("assess", "families/F-0123.yaml", "visits-planned/visit-F-0123.yaml", "--start", "2026-11-20 10:30"),
        *("--no-input", *more),
    )
    assert done.code == 0, done.err
    return done


def happened(home: Path, subject: str = REF) -> list[str]:
    with open_desk(home) as desk, desk.register.read() as reader:
        return [f"{event.happened} {event.who.staff} {event.who.proof}".strip() for event in reader.events(subject)]


def test_somebody_shows_who_they_are_and_authorises(visit: Path, riskgen: Run) -> None:
    done = riskgen("authorise", REF, "--by", "S-02", typed=f"{WORDS}\n{WORDS}\ny\n")
    assert done.code == 0, done.err
    for words in ("BC-02", "5 Low", "S-07 Gray Invented", "Friday 20 November 2026, 10:30", f"riskgen depart {REF}"):
        assert words in done.said
    assert happened(visit) == ["assessed", "authorised S-02 passphrase"]


def test_a_no_records_nothing(visit: Path, riskgen: Run) -> None:
    for answer in ("n\n", "\n"):
        done = riskgen("authorise", REF, "--by", "S-02", typed=f"{WORDS}\n{WORDS}\n{answer}")
        assert (done.code, "the answer was no" in done.said) == (4, True)
    assert happened(visit) == ["assessed"]


def test_a_wrong_passphrase_records_nothing(visit: Path, riskgen: Run) -> None:
    assert riskgen("passphrase", "--as", "S-02", typed=f"{WORDS}\n{WORDS}\n").code == 0
    done = riskgen("authorise", REF, "--by", "S-02", typed=f"{OTHER}\n{OTHER}\n{OTHER}\ny\n")
    assert (done.code, "not the passphrase of S-02" in done.said) == (4, True)
    assert WORDS not in done.said + done.out
    assert happened(visit) == ["assessed"]


def test_an_account_of_one_person_needs_no_passphrase_but_a_yes(
    visit: Path, riskgen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = visit / "school.yaml"
    text = school.read_text("utf-8")
    school.write_text(
        text.replace("name: Blair Invented, roles", "name: Blair Invented, account: blair, roles"), "utf-8"
    )
    monkeypatch.setattr("riskgen.service.desk.account_name", lambda: "blair")
    assert riskgen("authorise", REF, typed="n\n").code == 4
    assert riskgen("authorise", REF, typed="y\n").code == 0
    assert happened(visit)[-1] == "authorised S-02 account"


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("S-07", "nobody may authorise a visit of their own"),
        ("S-10", "S-10 may not authorise this visit"),
        ("S-99", "is not in the staff directory"),
    ],
)
def test_who_may_not_is_told_before_anything_is_asked(visit: Path, riskgen: Run, by: str, words: str) -> None:
    done = riskgen("authorise", REF, "--by", by)
    assert done.code in (3, 4)
    assert words in done.said
    assert "Passphrase" not in done.said


def test_an_account_of_nobody_has_to_say_who_it_is(visit: Path, riskgen: Run) -> None:
    done = riskgen("authorise", REF)
    assert (done.code, "Say who you are" in done.said) == (2, True)


def test_conditions_that_remain_are_shown(home: Path, riskgen: Run, quick_forms: None) -> None:
    assess(riskgen, "--set", "told.manager_address=no")
    done = riskgen("authorise", REF, "--by", "S-01", typed=f"{WORDS}\n{WORDS}\ny\n")
    assert done.code == 0
    assert done.said.count("BC-12") == 2
    assert "riskgen assess --reference" in done.said


def test_a_condition_that_is_met_afterwards_leaves_the_visit_authorised(
    home: Path, riskgen: Run, quick_forms: None
) -> None:
    assess(riskgen, "--set", "told.manager_address=no")
    assert riskgen("authorise", REF, "--by", "S-01", typed=f"{WORDS}\n{WORDS}\ny\n").code == 0
    again = ("assess", "--reference", REF, "--force", "--no-input")
    done = riskgen(*again, "--set", "told.manager_address=yes")
    assert (done.code, "The authorisation still holds." in done.said) == (0, True)
    assert happened(home)[-2:] == ["assessed", "approval-kept"]
    assert "authorised" in riskgen("list").out
    done = riskgen(*again, "--set", "told.manager_address=no")
    assert "The authorisation still holds." in done.said
    done = riskgen(*again, "--set", "travel.dark=yes")
    assert (done.code, "The authorisation still holds." in done.said) == (0, False)
    assert happened(home)[-1] == "assessed"
    assert "lapsed" in riskgen("review").said


def test_where_the_policy_names_nobody_that_is_said(home: Path, riskgen: Run, quick_forms: None) -> None:
    school = home / "school.yaml"
    school.write_text(school.read_text("utf-8").replace("policy: bchs", "policy: heather-avenue"), "utf-8")
    assess(riskgen)
    typed = f"{WORDS}\n{WORDS}\ny\n"
    done = riskgen("override", REF, "--by", "S-01", "--reason", "It is needed.", typed=typed)
    assert (done.code, "the school's own rule" in done.said) == (0, True)
    done = riskgen("authorise", REF, "--by", "S-01", typed=f"{WORDS}\ny\n")
    assert (done.code, "this policy does not say who authorises a visit" in done.said) == (0, True)
    assert "The referral, by S-01" in done.said
    assert "authorised by S-01 by the school's own rule" in done.said


def test_a_rating_raised_after_the_authorisation_has_to_be_accepted(visit: Path, riskgen: Run) -> None:
    assert riskgen("authorise", REF, "--by", "S-01", typed=f"{WORDS}\n{WORDS}\ny\n").code == 0
    given = ("--hazard", "driving", "--rating", "M", "--reason", "Ice is forecast.")
    assert riskgen("override", REF, "--by", "S-01", *given, typed=f"{WORDS}\ny\n").code == 0
    done = riskgen("depart", REF)
    assert (done.code, "made it Medium" in done.said, f"riskgen authorise {REF}" in done.said) == (4, True, True)
    done = riskgen("authorise", REF, "--by", "S-01", typed=f"{WORDS}\ny\n")
    assert (done.code, "You accept these ratings" in done.said) == (0, True)
    assert riskgen("depart", REF).code == 0


# --- overrides -------------------------------------------------------------------------------------


def test_a_referral_that_no_open_question_settles_is_put_to_a_person(
    home: Path, riskgen: Run, quick_forms: None
) -> None:
    done = assess(riskgen, "--set", "agency.joint_visit=yes")
    assert "Questions still open" in done.said
    assert f"Have it decided in writing: riskgen override {REF}".lower() in done.said.lower()
    assert "Settle the open questions" not in done.said
    assert f"riskgen depart {REF}" not in done.said


def test_a_referral_is_decided_at_the_terminal(home: Path, riskgen: Run, quick_forms: None) -> None:
    assess(riskgen, "--set", "agency.joint_visit=yes")
    assert riskgen("authorise", REF, "--by", "S-02").code == 4
    typed = f"{WORDS}\n{WORDS}\n\n   \nThe agency leads, and we follow its plan.\ny\n"
    done = riskgen("override", REF, "--by", "S-02", typed=typed)
    assert done.code == 0, done.err
    assert done.out.index("REFER") < done.out.index("PROCEED WITH CONDITIONS")
    assert "Worked out, and kept beside it: REFER" in done.said
    assert f"'riskgen pack {REF}' writes them as it stands" in done.said
    assert happened(home)[-1] == "overridden S-02 passphrase"
    done = riskgen("authorise", REF, "--by", "S-02", typed=f"{WORDS}\ny\n")
    assert done.code == 0
    assert "The referral, by S-02: The agency leads, and we follow its plan." in done.said
    assert "Conditions: none besides the decision by S-02" in done.said


def test_conditions_that_remain_are_not_denied(home: Path, riskgen: Run, quick_forms: None) -> None:
    assess(riskgen, "--set", "agency.joint_visit=yes", "--set", "told.manager_address=no")
    given = ("override", REF, "--by", "S-01", "--reason", "The agency leads.")
    assert riskgen(*given, typed=f"{WORDS}\n{WORDS}\ny\n").code == 0
    done = riskgen("authorise", REF, "--by", "S-01", typed=f"{WORDS}\ny\n")
    assert (done.code, "The referral, by S-01: The agency leads." in done.said) == (0, True)
    assert "Conditions: none" not in done.said


def test_a_rating_is_changed_with_its_hazard(visit: Path, riskgen: Run) -> None:
    typed = f"{WORDS}\n{WORDS}\ny\n"
    done = riskgen(
        *("override", REF, "--by", "S-02", "--hazard", "driving", "--rating", "M", "--reason", "Ice is forecast."),
        typed=typed,
    )
    assert done.code == 0, done.err
    assert "Low, to become Medium" in done.said


@pytest.mark.parametrize("given", [("--hazard", "driving"), ("--rating", "M")])
def test_a_hazard_and_a_rating_go_together(visit: Path, riskgen: Run, given: tuple[str, str]) -> None:
    assert riskgen("override", REF, "--by", "S-02", *given).code == 2


def test_a_no_overrides_nothing(home: Path, riskgen: Run, quick_forms: None) -> None:
    assess(riskgen, "--set", "agency.joint_visit=yes")
    done = riskgen("override", REF, "--by", "S-02", "--reason", "a reason", typed=f"{WORDS}\n{WORDS}\nn\n")
    assert (done.code, happened(home)) == (4, ["assessed"])


# --- passphrases -----------------------------------------------------------------------------------


def test_a_passphrase_is_changed_with_the_old_one(visit: Path, riskgen: Run) -> None:
    assert riskgen("passphrase", "--as", "S-02", typed=f"{WORDS}\n{WORDS}\n").code == 0
    assert riskgen("passphrase", "--as", "S-02", typed=f"{OTHER}\n" * 5).code == 4
    assert riskgen("passphrase", "--as", "S-02", typed=f"{WORDS}\n{OTHER}\n{OTHER}\n").code == 0
    assert riskgen("authorise", REF, "--by", "S-02", typed=f"{OTHER}\ny\n").code == 0


def test_who_forgot_theirs_types_a_new_one_beside_somebody_who_may(visit: Path, riskgen: Run) -> None:
    for person in ("S-01", "S-02"):
        assert riskgen("passphrase", "--as", person, typed=f"{WORDS}\n{WORDS}\n").code == 0
    done = riskgen("passphrase", "--as", "S-01", "--for", "S-02", typed=f"{WORDS}\n{OTHER}\n{OTHER}\n")
    assert done.code == 0, done.err
    assert happened(visit, "")[-1] == "passphrase-set S-01 passphrase"
    assert riskgen("authorise", REF, "--by", "S-02", typed=f"{OTHER}\ny\n").code == 0


def test_who_may_not_authorise_gives_nobody_a_new_passphrase(visit: Path, riskgen: Run) -> None:
    done = riskgen("passphrase", "--as", "S-07", "--for", "S-02", typed=f"{WORDS}\n" * 4)
    assert (done.code, "may not do that" in done.said) == (4, True)
    assert happened(visit, "") == ["register-started"]
