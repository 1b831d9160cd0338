"""What is kept as JSON comes back as it was, and a message about what cannot be read never repeats it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskgen.core.assess import assess
from riskgen.core.conditions import All, Not, Operator, Test, Value
from riskgen.core.conditions import Any as AnyOf
from riskgen.core.model import Catalogue, Contact, Effect, Factor, Intake, Ladders, Policy, Rung, School, Staff
from riskgen.core.moment import advise
from riskgen.core.plain import fingerprint, from_plain, to_plain
from riskgen.core.result import Assessment, PolicyStamp, RatedControl
from riskgen.core.struct import Struct, asdict, names_of, replace
from riskgen.core.terms import Outcome
from riskgen.core.truth import Truth
from riskgen.core.visit import Entry, Event, Happened, State, Who
from riskgen.library.load import Library

Cases = Mapping[str, Mapping[str, Intake]]
POLICIES = ("bchs", "heather-avenue", "le-rocquier", "robert-ogden", "st-patricks")


def kept(value: Any) -> Any:
    """A value, written as JSON and read again."""
    return from_plain(type(value), json.loads(json.dumps(to_plain(value), allow_nan=False)))


def answered(value: Value) -> Intake:
    return Intake({"group.word": value}, ())


# --- everything that is kept ----------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES)
def test_every_worked_case_comes_back_exactly_as_it_was(library: Library, intakes: Cases, policy: str) -> None:
    catalogue = library.catalogue()
    assert len(intakes[policy]) >= 20
    for intake in intakes[policy].values():
        assert intake.start is not None
        edition = library.edition_on(policy, intake.start.date())
        assert edition is not None
        assessment, advice = assess(intake, edition, catalogue), advise(intake, edition, catalogue)
        assert kept(intake) == intake
        assert kept(assessment) == assessment
        assert repr(kept(assessment.decision)) == repr(assessment.decision)
        assert kept(advice) == advice


def test_the_school_comes_back_as_it_was(example_school: School) -> None:
    school = replace(
        example_school,
        evening_from=time(17, 30),
        contacts=(Contact("DSL", "Invented", "01632 960001"),),
        fallback=Ladders(overdue=(Rung("Ring", "Office", "", 0), Rung("Judge", "Office", ""))),
    )
    assert kept(school) == school


def test_the_catalogue_comes_back_as_it_was_conditions_and_all(library: Library) -> None:
    catalogue = library.catalogue()
    assert kept(catalogue) == catalogue


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_comes_back_but_for_the_files_that_it_stood_in(library: Library, policy: str) -> None:
    for edition in library.policies[policy]:
        clauses = tuple(replace(clause, path="", line=0) for clause in edition.clauses)
        assert clauses != edition.clauses
        assert kept(edition) == replace(edition, clauses=clauses, path="")


def test_what_the_register_holds_comes_back_as_it_was() -> None:
    at = datetime(2026, 10, 25, 1, 30, 5, 250, tzinfo=UTC)
    event = Event(
        7, "RA-2026-0001", Happened.DEPARTED, at, Who("S-01", "office", "account"), {"deep": [1, {"a": None}]}
    )
    entry = Entry("RA-2026-0001", State.OUT, visitors=("S-01",), start=at, due_back=None)
    assert kept(event) == event
    assert kept(replace(event, body=None)) == replace(event, body=None)
    assert kept(entry) == entry
    assert to_plain(event)["at"] == "2026-10-25T01:30:05.000250+00:00"


# --- values ---------------------------------------------------------------------------------------

offsets = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(
    lambda gap: timezone(timedelta(minutes=gap // timedelta(minutes=1)))
)
values = st.one_of(
    st.booleans(),
    st.integers(),
    st.text(),
    st.dates(),
    st.times(),
    st.datetimes(),
    st.datetimes(timezones=offsets),
    st.frozensets(st.text()),
    st.lists(st.times()).map(tuple),
)


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(value=values)
def test_any_answer_comes_back_with_its_kind_and_its_value(value: Value) -> None:
    back = kept(answered(value)).answers["group.word"]
    assert type(back) is type(value)
    assert back == value
    assert kept(Test("group.word", Operator.IS, value)) == Test("group.word", Operator.IS, value)
    if isinstance(value, datetime):
        assert back.utcoffset() == value.utcoffset()


def test_values_of_every_kind_are_among_those_tried() -> None:
    assert len(get_args(Value)) == 8  # a ninth has to be added to `values`, and to what is kept


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (True, True),
        (1, 1),
        ("yes", "yes"),
        (date(2026, 12, 2), {"date": "2026-12-02"}),
        (datetime(2026, 12, 2, 10, 30), {"moment": "2026-12-02T10:30"}),
        (datetime(2026, 12, 2, 10, 30, 1), {"moment": "2026-12-02T10:30:01"}),
        (datetime(2026, 12, 2, 10, 30, tzinfo=UTC), {"moment": "2026-12-02T10:30+00:00"}),
        (time(10, 30), {"time": "10:30"}),
        ((time(13, 15), time(11, 30)), {"times": ["13:15", "11:30"]}),
        ((), {"times": []}),
        (frozenset({"c", "a", "b"}), {"choices": ["a", "b", "c"]}),
        (frozenset(), {"choices": []}),
    ],
)
def test_an_answer_says_its_kind_where_json_has_no_such_kind(value: Value, plain: Any) -> None:
    assert to_plain(answered(value))["answers"] == {"group.word": plain}
    assert to_plain(value) == plain


def test_an_hour_that_occurs_twice_keeps_its_instant_but_not_the_name_of_its_zone() -> None:
    for fold, offset in ((0, timedelta(hours=1)), (1, timedelta(0))):
        moment = datetime(2026, 10, 25, 1, 30, tzinfo=ZoneInfo("Europe/London"), fold=fold)
        back = kept(answered(moment)).answers["group.word"]
        assert back.astimezone(UTC) == moment.astimezone(UTC)
        assert back.utcoffset() == offset


def test_conditions_of_the_same_parts_are_told_apart() -> None:
    parts = (Test("a.b", Operator.IS, True), Not(Test("a.c", Operator.ONE_OF, frozenset({"x"}))))
    factors = [Factor(AnyOf(parts), "Because"), Factor(All(parts), "Because"), Factor(Not(All(parts)), "Because")]
    assert [kept(each) for each in factors] == factors
    assert len({fingerprint(each) for each in factors}) == 3


def test_outcomes_are_kept_by_their_names_and_truths_by_their_words() -> None:
    assert to_plain(Effect(Outcome.DO_NOT_VISIT))["outcome"] == "do-not-visit"
    assert to_plain(Outcome.REFER) == "refer"
    assert to_plain(RatedControl("a", "b", "c", Truth.UNKNOWN, ""))["in_place"] == "unknown"
    assert to_plain([Truth.NO, None, {"a": (Outcome.PROCEED,)}]) == ["no", None, {"a": ["proceed"]}]


# --- other editions of the program ----------------------------------------------------------------


def test_a_field_of_a_later_edition_takes_its_default_and_one_that_is_gone_is_passed_over() -> None:
    plain = {"id": "S-01", "name": "Invented", "roles": ["teacher"], "shoe_size": 42}
    assert from_plain(Staff, plain) == Staff("S-01", "Invented", ("teacher",))
    assert from_plain(Policy, {"id": "a", "name": "b", "in_force": "2026-09-01", "clauses": []}) == Policy(
        "a", "b", date(2026, 9, 1), ()
    )


STAMP = to_plain(PolicyStamp("bchs", "Invented", "2025-09-01", "abc", date(2027, 9, 1), False))
SENTINEL = "Sentinel Family"


@pytest.mark.parametrize(
    ("cls", "data", "where"),
    [
        (Staff, {"id": "S-01", "roles": []}, "Staff.name"),
        (Staff, [], "Staff "),
        (Staff, {"id": "S-01", "name": 7, "roles": []}, "Staff.name"),
        (Staff, {"id": "S-01", "name": "", "roles": SENTINEL}, "Staff.roles"),
        (Staff, {"id": "S-01", "name": "", "roles": ["a", "b", 3]}, "Staff.roles[2]"),
        (Staff, {"id": "S-01", "name": "", "roles": [], "insurance_expires": SENTINEL}, "Staff.insurance_expires"),
        (Staff, {"id": "S-01", "name": "", "roles": [], "insurance_expires": 1}, "Staff.insurance_expires"),
        (PolicyStamp, {**STAMP, "review_overdue": 1}, "PolicyStamp.review_overdue"),
        (PolicyStamp, {**STAMP, "review_overdue": None}, "PolicyStamp.review_overdue"),
        (Rung, {"do": "", "who": "", "clause": "", "after_minutes": True}, "Rung.after_minutes"),
        (Rung, {"do": "", "who": "", "clause": "", "after_minutes": 1.0}, "Rung.after_minutes"),
        (Effect, {"outcome": SENTINEL}, "Effect.outcome"),
        (Effect, {"outcome": 0}, "Effect.outcome"),
        (Effect, {"outcome": ["refer"]}, "Effect.outcome"),
        (Intake, {"answers": [], "visitors": []}, "Intake.answers"),
        (Intake, {"answers": {"a.b": None}, "visitors": []}, "Intake.answers[a.b]"),
        (Intake, {"answers": {"a.b": [SENTINEL]}, "visitors": []}, "Intake.answers[a.b]"),
        (Intake, {"answers": {"a.b": {"name": SENTINEL}}, "visitors": []}, "Intake.answers[a.b]"),
        (Intake, {"answers": {"a.b": {"date": SENTINEL}}, "visitors": []}, "Intake.answers[a.b]"),
        (Intake, {"answers": {"a.b": {"moment": "2026-12-02"}}, "visitors": []}, "Intake.answers[a.b]"),
        (Intake, {"answers": {"a.b": {"times": ["10:30", SENTINEL]}}, "visitors": []}, "Intake.answers[a.b][1]"),
        (Intake, {"answers": {}, "visitors": [{"id": SENTINEL, "name": SENTINEL}]}, "Intake.visitors[0].roles"),
        (Intake, {"answers": {}, "visitors": [], "evening_from": SENTINEL}, "Intake.evening_from"),
        (Factor, {"when": {"none": {}}, "because": ""}, "Factor.when"),
        (Factor, {"when": {"not": {"part": {"test": {}}}}, "because": ""}, "Factor.when.part.question"),
    ],
)
def test_what_is_missing_or_of_the_wrong_kind_is_named_but_not_repeated(cls: type, data: Any, where: str) -> None:
    with pytest.raises(ValueError, match="cannot be read: it is") as caught:
        from_plain(cls, data)
    assert str(caught.value).startswith(where.strip() + " ")
    assert SENTINEL not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_row_of_the_wrong_length_is_refused(library: Library, intakes: Cases) -> None:
    name, cases = next(iter(intakes.items()))
    intake = next(iter(cases.values()))
    plain = to_plain(assess(intake, library.policies[name][-1], library.catalogue()))
    with pytest.raises(ValueError, match=r"Assessment\.excluded_hazards\[0\] cannot be read"):
        from_plain(Assessment, {**plain, "excluded_hazards": [["one"]]})
    with pytest.raises(ValueError, match=r"Assessment\.excluded_hazards\[0\]\[1\] cannot be read"):
        from_plain(Assessment, {**plain, "excluded_hazards": [["one", 2]]})


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (Staff("S-01", None, ()), "Staff.name"),  # type: ignore[arg-type]
        (Staff("S-01", "", ["a"]), "Staff.roles"),  # type: ignore[arg-type]
        (Staff("S-01", "", (), insurance_expires=datetime(2026, 1, 1)), "Staff.insurance_expires"),
        (Rung("", "", "", 1.5), "Rung.after_minutes"),  # type: ignore[arg-type]
        (Effect(2), "Effect.outcome"),  # type: ignore[arg-type]
        (Intake({"a.b": 1.5}, ()), "Intake.answers[a.b]"),  # type: ignore[dict-item]
        (Intake({"a.b": frozenset({1})}, ()), "Intake.answers[a.b][0]"),  # type: ignore[dict-item]
        (Intake({}, (Rung("", "", ""),)), "Intake.visitors[0]"),  # type: ignore[arg-type]
    ],
)
def test_nothing_is_kept_that_could_not_be_read_again(value: Any, where: str) -> None:
    with pytest.raises(ValueError, match="cannot be kept") as caught:
        to_plain(value)
    assert str(caught.value).startswith(where + " ")


# --- fingerprints ---------------------------------------------------------------------------------


def test_a_fingerprint_is_the_same_in_every_process(library: Library) -> None:
    told = (
        "from riskgen.core.conditions import Operator, Test\n"
        "from riskgen.core.plain import fingerprint\n"
        "print(fingerprint(Test('a.b', Operator.ONE_OF, frozenset({'one', 'two', 'three', 'four', 'five'}))))\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", told],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("0", "1", "2")
    }
    here = fingerprint(Test("a.b", Operator.ONE_OF, frozenset({"one", "two", "three", "four", "five"})))
    assert found == {here}
    assert len(here) == 64


def every_change(value: Any) -> list[tuple[str, Any]]:
    """A value with one leaf changed, for each of its leaves; each with where that is."""
    if isinstance(value, bool):
        return [("", not value)]
    if isinstance(value, Outcome):
        return [("", Outcome((value + 1) % 4))]
    if isinstance(value, int):
        return [("", value + 1)]
    if isinstance(value, str) and type(value) is str:
        return [("", value + "x")]
    if isinstance(value, str):
        return [("", next(other for other in type(value) if other is not value))]
    if isinstance(value, frozenset):
        return [("", value | {"another"})]
    if isinstance(value, tuple):
        found = [("", value[:-1])] if value else []
        for index, item in enumerate(value):
            changed = [(*value[:index], new, *value[index + 1 :]) for _, new in every_change(item)]
            found += [(f"[{index}]", new) for new in changed]
        return found
    if isinstance(value, Mapping):
        return [(f"[{key}]", {**value, key: new}) for key, item in value.items() for _, new in every_change(item)]
    if isinstance(value, Struct):
        found = []
        for name, inside in asdict(value).items():
            found += [(f".{name}{at}", replace(value, **{name: new})) for at, new in every_change(inside)]
        return found
    return []


def test_a_fingerprint_changes_with_everything_that_is_decided_with(library: Library) -> None:
    catalogue = library.catalogue()
    small = Catalogue(
        dict(list(catalogue.questions.items())[:12]), catalogue.topics[:2], catalogue.hazards[:2], catalogue.matrix
    )
    changes = every_change(small)
    assert {at.split("[")[0] for at, _ in changes} == {".questions", ".topics", ".hazards", ".matrix.id"} | {
        f".matrix.{name}" for name in names_of(catalogue.matrix)
    }
    prints = {fingerprint(changed) for _, changed in changes}
    assert fingerprint(small) not in prints
    assert len(changes) > 500
    assert fingerprint(replace(small)) == fingerprint(small)


def test_every_hazard_of_the_library_counts_in_its_fingerprint(library: Library) -> None:
    catalogue = library.catalogue()
    seen = {fingerprint(catalogue)}
    for index, hazard in enumerate(catalogue.hazards):
        for changed in (
            replace(hazard, likelihood=hazard.likelihood % 5 + 1),
            replace(hazard, severity=hazard.severity % 5 + 1),
            replace(hazard, factors=hazard.factors[1:] if hazard.factors else hazard.factors),
            replace(hazard, controls=hazard.controls[1:]),
        ):
            if changed == hazard:
                continue
            hazards = (*catalogue.hazards[:index], changed, *catalogue.hazards[index + 1 :])
            seen.add(fingerprint(replace(catalogue, hazards=hazards)))
    assert len(seen) > 3 * len(catalogue.hazards)


def test_where_a_clause_stands_in_its_file_does_not_count(library: Library) -> None:
    edition = library.policies["bchs"][-1]
    moved = replace(
        edition,
        path="elsewhere",
        clauses=tuple(replace(each, line=each.line + 1, path="x") for each in edition.clauses),
    )
    assert fingerprint(moved) == fingerprint(edition)
    reworded = replace(edition, clauses=(replace(edition.clauses[0], says="Other."), *edition.clauses[1:]))
    assert fingerprint(reworded) != fingerprint(edition)


def test_several_values_have_one_fingerprint_in_which_each_counts() -> None:
    one, two = Rung("a", "b", "c"), Rung("d", "e", "f")
    assert len({fingerprint(), fingerprint(one), fingerprint(one, two), fingerprint(two, one)}) == 4
    assert fingerprint({"a": one, "b": two}) == fingerprint({"b": two, "a": one})


def test_a_class_whose_fields_cannot_be_kept_says_so() -> None:
    class Odd(Struct, frozen=True):
        where: complex

    with pytest.raises(TypeError, match="not a kind of value that can be kept"):
        to_plain(Odd(1j))
