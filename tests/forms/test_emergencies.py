"""The emergency card: what the policy asks, then the school's own steps, and every fault of the file by its line."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from riskgen.core.model import Intake, Question
from riskgen.core.moment import advise
from riskgen.core.result import Advice, CalledFor
from riskgen.core.struct import replace
from riskgen.core.terms import Do, Phase
from riskgen.core.truth import Truth
from riskgen.forms.context import Emergency
from riskgen.forms.emergencies import SCHOOLS_OWN, EmergencyPlan, emergency_rows, load_emergencies
from riskgen.library.load import Library

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PLAN = EmergencyPlan("threatened", "You are threatened", {"inside.threatened": True}, ("Get out", "Ring 999"))
SILENT = "The policy says nothing on this. These steps are the school's own."


def row(*actions: CalledFor, plan: EmergencyPlan = PLAN) -> Emergency:
    """The row that is printed for one emergency, for which the policy asks for these actions."""
    (found,) = emergency_rows([(plan, Advice(Phase.EMERGENCY, Truth.NO, actions, (), (), ()))])
    return found


def asked(do: Do, detail: str = "", clause: str = "ML-01") -> CalledFor:
    return CalledFor(do, detail, clause, "Says so.", ())


def steps(emergency: Emergency) -> list[tuple[str, str]]:
    return [(step.text, step.source) for step in emergency.steps]


# --- what is printed ----------------------------------------------------------------------------


def test_steps_come_in_the_order_in_which_to_act_and_among_equals_the_policys_first() -> None:
    found = row(
        asked(Do.REFRAIN, "Arguing", "ML-03"),
        asked(Do.RING, "The school, and say the safe word", "ML-02"),
        asked(Do.LEAVE),
    )
    assert found.from_policy
    assert found.number == "1"
    assert steps(found) == [
        ("Leave.", "ML-01"),
        ("Get out.", SCHOOLS_OWN),
        ("Ring 999.", SCHOOLS_OWN),
        ("Ring the school, and say the safe word.", "ML-02"),
        ("Refrain from arguing.", "ML-03"),
    ]


def test_a_policy_that_says_nothing_is_said_to_say_nothing() -> None:
    found = row()
    assert not found.from_policy
    assert found.line == SILENT
    assert steps(found) == [("Get out.", SCHOOLS_OWN), ("Ring 999.", SCHOOLS_OWN)]


def test_what_belongs_to_the_doorstep_is_no_step_of_an_emergency() -> None:
    calm = [asked(do) for do in (Do.GO_IN, Do.DO_NOT_GO_IN, Do.LEAVE_CARD, Do.WAIT, Do.ASK)]
    assert not row(*calm).from_policy


def test_a_step_that_the_policy_asks_for_already_is_printed_once() -> None:
    plan = replace(PLAN, own=("Ring 999, if you are in doubt", "Ring the school"))
    found = row(asked(Do.RING, "999 from a mobile phone"), plan=plan)
    assert steps(found) == [("Ring 999 from a mobile phone.", "ML-01"), ("Ring the school.", SCHOOLS_OWN)]


@pytest.fixture(scope="session")
def printed(library: Library, routine: Mapping[str, Intake]) -> Mapping[str, Mapping[str, Emergency]]:
    """The stock emergencies under each policy, by policy and by id."""
    plans, problems = load_emergencies(TEMPLATES, library.questions)
    assert problems == ()
    found = {}
    for name, intake in routine.items():
        assert intake.start is not None
        edition = library.edition_on(name, intake.start.date())
        assert edition is not None
        advised = [
            (plan, advise(replace(intake, answers={**intake.answers, **plan.facts}), edition, library.catalogue()))
            for plan in plans
        ]
        found[name] = {plan.id: each for plan, each in zip(plans, emergency_rows(advised), strict=True)}
    return found


def test_under_each_policy_each_emergency_has_steps_and_says_999(
    printed: Mapping[str, Mapping[str, Emergency]],
) -> None:
    for policy, emergencies in printed.items():
        assert list(emergencies) == ["threatened", "kept-from-leaving", "child-in-danger", "ill-or-hurt", "broken-down"]
        for emergency in emergencies.values():
            said = [step.text for step in emergency.steps]
            assert any("999" in words for words in said), f"{policy}: {emergency.name}"
            assert any("school" in words or "safeguarding lead" in words for words in said), policy
            assert len(said) == len(set(said)), f"{policy}: {emergency.name} says something twice"


def test_whoever_is_threatened_or_kept_in_rings_the_school_and_says_the_safe_word(
    printed: Mapping[str, Mapping[str, Emergency]],
) -> None:
    for policy, emergencies in printed.items():
        for name in ("threatened", "kept-from-leaving"):
            calls = [step.text for step in emergencies[name].steps if "Ring the school" in step.text]
            assert any("the safe word" in words for words in calls), policy
            assert not any(words == "Ring the school." for words in calls), policy


def test_a_silent_policy_is_silent_on_the_card(printed: Mapping[str, Mapping[str, Emergency]]) -> None:
    assert {emergency.line for emergency in printed["le-rocquier"].values()} == {SILENT}
    assert printed["robert-ogden"]["threatened"].from_policy
    assert not printed["robert-ogden"]["ill-or-hurt"].from_policy


def test_the_silent_call_is_printed_with_its_correct_use(printed: Mapping[str, Mapping[str, Emergency]]) -> None:
    sources = {step.source: step.text for step in printed["robert-ogden"]["threatened"].steps}
    assert (
        sources["RO-38"]
        == "Ring 999 from a mobile phone; if you cannot speak, press 55 when the operator prompts you to."
    )


# --- the file -----------------------------------------------------------------------------------

GOOD = "- {id: a, name: Something happens, facts: [inside.threatened], own: [Ring 999]}"


def faults(folder: Path, text: str, questions: Mapping[str, Question]) -> str:
    (folder / "emergencies.yaml").write_text(text, encoding="utf-8")
    found, problems = load_emergencies(folder, questions)
    assert not (found and problems)
    return "\n".join(f"{problem.line}: {problem.message} {problem.hint}" for problem in problems)


def test_an_emergency_is_read(tmp_path: Path, library: Library) -> None:
    assert faults(tmp_path, GOOD, library.questions) == ""
    (plan,) = load_emergencies(tmp_path, library.questions)[0]
    assert plan == EmergencyPlan("a", "Something happens", {"inside.threatened": True}, ("Ring 999",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: b", "1: The file must be a list of emergencies."),
        (f"{GOOD}\n{GOOD.replace(', own: [Ring 999]', '')}", "2: "),
        (GOOD.replace("own: [Ring 999]", "own: []"), "is empty"),
        (GOOD.replace("own", "does"), "'does' is not known here"),
        (
            GOOD.replace("threatened", "threatend"),
            "1: 'inside.threatend' is not a question that is answered by yes or no.",
        ),
        (f"{GOOD}\n{GOOD.replace('inside.threatened', 'door.minutes_waited')}", "2: 'door.minutes_waited' is not"),
        (GOOD.replace("inside.threatened", "visit.evening"), "'visit.evening' is not"),
    ],
)
def test_faults_are_named_with_their_lines(tmp_path: Path, library: Library, text: str, words: str) -> None:
    assert words in faults(tmp_path, text, library.questions)


def test_a_file_that_is_missing_is_a_fault(tmp_path: Path, library: Library) -> None:
    found, problems = load_emergencies(tmp_path, library.questions)
    assert found == ()
    assert len(problems) == 1
