"""What a form may print depends on who holds it."""

from pathlib import Path
from typing import Any

import pytest

from riskgen.forms.catalogue import FormEntry, Holder
from riskgen.forms.contract import documented_fields
from riskgen.forms.disclosure import PRINTED_FOR, among, kept_from
from riskgen.forms.preflight import preflight

PATHS = tuple(path for path, _, _ in documented_fields())


def held_by(*holders: Holder, secret: bool = False) -> FormEntry:
    return FormEntry("x", "X", Path("x.docx"), 1, holders, secret=secret)


def test_every_name_in_the_lists_is_a_field_or_a_group_of_fields() -> None:
    known = {part for path in PATHS for part in _with_parents(path)}
    assert not frozenset().union(*PRINTED_FOR.values()) - known


def _with_parents(path: str) -> list[str]:
    found = [path]
    while "." in path or path.endswith("[]"):
        path = path.removesuffix("[]") if path.endswith("[]") else path.rpartition(".")[0]
        found.append(path)
    return found


@pytest.mark.parametrize("holder", Holder)
def test_the_safe_word_is_on_no_form_but_the_one_that_is_listed_for_it(holder: Holder) -> None:
    assert kept_from(held_by(holder), "safe_word") is holder
    assert kept_from(held_by(Holder.OFFICE, secret=True), "safe_word") is None


def test_a_pupils_file_has_no_concern_and_no_other_family_in_it() -> None:
    kept = {path for path in PATHS if kept_from(held_by(Holder.MANAGER, Holder.PUPIL_FILE), path)}
    assert {"record.concern", "record.incident_text", "record.log[].text", "schedule.visits[].family"} <= kept
    assert not kept & {"record.seen", "record.agreed", "record.ending", "family.name"}


@pytest.mark.parametrize(
    "path",
    [
        "known[].answer",
        "visit.reason",
        "hazards[].name",
        "decision.outcome",
        "findings[].because",
        "conditions[].condition",
        "overrides[].reason",
        "cancellation.reason",
        "record.clauses[].why",
        "record.notes[].text",
        "visitors[].mobile",
    ],
)
def test_what_is_not_listed_for_a_pupils_file_is_not_in_it(path: str) -> None:
    assert path in PATHS
    assert kept_from(held_by(Holder.MANAGER, Holder.PUPIL_FILE), path) is Holder.PUPIL_FILE


@pytest.mark.parametrize("holder", sorted({each for each in Holder if each.at_school} - {Holder.PUPIL_FILE}))
def test_what_stays_at_school_may_print_everything_else(holder: Holder) -> None:
    assert [path for path in PATHS if kept_from(held_by(holder), path)] == ["safe_word"]


@pytest.mark.parametrize(
    "path",
    [
        "known[].answer",
        "visit.reason",
        "visit.unannounced_ground",
        "hazards[].because[].text",
        "decision.reasons[].facts",
        "schedule.visits[].family",
        "conditions[].because",
        "overrides[].reason",
        "hazards[].name",
        "hazards[].residual.name",
        "silences[].topic",
        "open_questions[].question",
        "family.name",
        "decision.instead",
        "record.seen",
    ],
)
def test_what_travels_says_nothing_of_why_anybody_worries(path: str) -> None:
    assert path in PATHS
    assert kept_from(held_by(Holder.VISITORS), path) is Holder.VISITORS
    assert kept_from(held_by(Holder.OFFICE, Holder.VISITORS), path) is Holder.VISITORS


@pytest.mark.parametrize(
    "group",
    [
        "preparations",
        "not_applicable",
        "remedies",
        "remedy_note",
        "policy.note",
        "cancellation",
        "findings",
        "contradictions",
    ],
)
def test_what_was_weighed_and_why_does_not_travel(group: str) -> None:
    paths = [group, *(path for path in PATHS if among(path, {group}))]
    assert len(paths) > 1
    assert {kept_from(held_by(Holder.OFFICE, Holder.VISITORS), path) for path in paths} == {Holder.VISITORS}


@pytest.mark.parametrize("path", ["family.address", "visit.purpose", "conditions[].condition", "duties.before[].says"])
def test_visitors_have_what_they_need_at_the_door(path: str) -> None:
    assert kept_from(held_by(Holder.VISITORS), path) is None


@pytest.mark.parametrize("holder", PRINTED_FOR)
def test_outside_the_school_what_is_not_listed_is_not_printed(holder: Holder) -> None:
    printed = {path for path in PATHS if kept_from(held_by(holder), path) is None}
    for secret in ("visit.reason", "visit.unannounced_ground", "decision.outcome", "hazards[].name", "known[].answer"):
        assert secret in PATHS
        assert secret not in printed
    assert "school.name" in printed


@pytest.mark.parametrize("holder", [Holder.FAMILY, Holder.AGENCY, Holder.LETTERBOX])
def test_who_is_not_of_the_school_does_not_learn_how_to_reach_its_visitors(holder: Holder) -> None:
    for path in ("visitors[].mobile", "visit.registration", "family.phone"):
        assert path in PATHS
        assert kept_from(held_by(holder), path) is holder


def test_a_letterbox_learns_nothing_of_the_family() -> None:
    printed = {path for path in PATHS if kept_from(held_by(Holder.LETTERBOX), path) is None}
    assert not [path for path in printed if path.startswith(("family", "child", "visit", "reference"))]


def test_the_check_names_each_field_that_would_give_something_away_once(form: Any) -> None:
    entry = form(
        "{{ visit.reason }}",
        "{%p for item in known %}",
        "{{ item.label }}: {{ item.answer }}",
        "{%p endfor %}",
        holders=(Holder.VISITORS,),
    )
    found = [problem for problem in preflight(entry) if problem.code == "form-discloses"]
    assert [problem.message for problem in found] == [
        "The form prints known, which must not reach this holder: visitors.",
        "The form prints visit.reason, which must not reach this holder: visitors.",
    ]
    assert preflight(form("{{ visit.reason }}", holders=(Holder.MANAGER,))) == ()


def test_a_list_may_be_walked_for_the_one_field_of_it_that_is_listed(form: Any) -> None:
    body = ("{%p for visitor in visitors %}", "{{ visitor.name }}", "{%p endfor %}")
    assert preflight(form(*body, holders=(Holder.FAMILY,))) == ()
    worse = tuple(line.replace("visitor.name", "visitor.mobile") for line in body)
    assert "visitors[].mobile" in preflight(form(*worse, holders=(Holder.FAMILY,)))[0].message
