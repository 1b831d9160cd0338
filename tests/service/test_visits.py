"""Choosing the edition, deciding, comparing and advising, as use cases."""

from datetime import date, datetime
from pathlib import Path

import pytest

from riskgen.core.struct import replace
from riskgen.core.terms import Outcome
from riskgen.service.demo import next_weekday
from riskgen.service.faults import InvalidInput
from riskgen.service.homes import Home, policy_on
from riskgen.service.policies import clause_named, conditions_in_words, policy_named, silent_topics
from riskgen.service.visits import Request, advise_now, compare, decide, gather, save_answers


def request(school: Home, **more: object) -> Request:
    files = (school.folder / "families" / "F-0123.yaml", school.folder / "visits-planned" / "visit-F-0123.yaml")
    return replace(Request(files, start="2026-12-02 10:30"), **more)  # type: ignore[arg-type]


def with_editions(school: Home, *days: date, withdrawn: date | None = None) -> Home:
    """The school with several editions of its policy, the last of them withdrawn if so said."""
    policy = school.library.policies["bchs"][-1]
    editions = [replace(policy, in_force=day, withdrawn=None) for day in days]
    editions[-1] = replace(editions[-1], withdrawn=withdrawn)
    return replace(
        school, library=replace(school.library, policies={**school.library.policies, "bchs": tuple(editions)})
    )


@pytest.mark.parametrize(
    ("day", "edition"),
    [
        (datetime(2024, 8, 31, 23, 59), None),
        (datetime(2024, 9, 1, 0, 0), "2024-09-01"),
        (datetime(2025, 8, 31, 23, 59), "2024-09-01"),
        (datetime(2025, 9, 1, 0, 0), "2025-09-01"),
        (datetime(2026, 8, 31, 23, 59), "2025-09-01"),
        (datetime(2026, 9, 1, 0, 0), None),
    ],
)
def test_the_edition_is_the_one_in_force_on_the_day(school: Home, day: datetime, edition: str | None) -> None:
    changed = with_editions(school, date(2024, 9, 1), date(2025, 9, 1), withdrawn=date(2026, 9, 1))
    if edition:
        assert policy_on(changed, "bchs", day).edition == edition
        assert policy_on(changed, "bchs", day, edition).edition == edition
    else:
        with pytest.raises(InvalidInput) as caught:
            policy_on(changed, "bchs", day)
        assert "2024-09-01; 2025-09-01 until 2026-09-01" in caught.value.problems[0].hint


def test_another_edition_than_the_one_in_force_is_refused(school: Home) -> None:
    changed = with_editions(school, date(2024, 9, 1), date(2025, 9, 1))
    with pytest.raises(InvalidInput) as caught:
        policy_on(changed, "bchs", datetime(2026, 12, 2), "2024-09-01")
    assert "2025-09-01 is." in caught.value.problems[0].message


def test_the_visit_is_decided_under_the_edition_of_its_day(school: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Home, "now", lambda self: datetime(2026, 11, 20, 9, 0))
    changed = with_editions(school, date(2024, 9, 1), date(2026, 12, 3))
    given = gather(changed, request(changed))
    assert decide(changed, given).assessment.policy.edition == "2024-09-01"


def test_later_answers_replace_earlier_ones_and_options_replace_both(school: Home) -> None:
    given = gather(school, request(school, settings=("travel.dark=yes", "travel.dark=no"), visitors=("S-03",)))
    assert given.answers["travel.dark"] is False
    assert given.visitors == ("S-03",)
    assert gather(school, request(school, settings=("travel.dark=unknown",))).answers.get("travel.dark") is None


def test_comparing_leaves_out_policies_with_no_edition_on_the_day(school: Home) -> None:
    names = [found.policy.id for found in compare(school, gather(school, request(school, start="2021-12-02 10:30")))]
    assert names == ["le-rocquier", "st-patricks"]


def test_advice_without_a_start_is_for_this_moment(school: Home) -> None:
    advice, policy = advise_now(school, gather(school, Request(settings=("door.parent_present=no",))))
    assert policy.id == "bchs"
    assert advice.to_confirm


def test_kept_answers_are_read_back_the_same(school: Home, tmp_path: Path) -> None:
    path = tmp_path / "kept.yaml"
    given = gather(school, request(school))
    save_answers(school, given, path, force=False)
    again = gather(school, Request((path,)))
    assert (dict(again.answers), again.visitors) == (dict(given.answers), given.visitors)
    assert again.problems == ()


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        (datetime(2026, 11, 20, 9, 0), datetime(2026, 11, 23, 10, 30)),  # a Friday
        (datetime(2026, 11, 22, 23, 59), datetime(2026, 11, 23, 10, 30)),  # a Sunday
        (datetime(2026, 11, 23, 0, 0), datetime(2026, 11, 24, 10, 30)),  # a Monday
    ],
)
def test_the_demonstration_is_on_the_next_working_day(now: datetime, wanted: datetime) -> None:
    assert next_weekday(now) == wanted


def test_every_clause_of_every_policy_can_be_explained_in_words(school: Home) -> None:
    for name in school.library.policies:
        policy = policy_named(school, name)
        assert silent_topics(school, policy)
        for clause in policy.clauses:
            assert clause_named(school, clause.id.lower()) == (policy, clause)
            parts = conditions_in_words(clause, school.library.questions)
            assert parts["applies"]
            assert bool(parts["met"]) == bool(clause.met)
            if clause.broken and clause.broken.outcome is Outcome.DO_NOT_VISIT:
                assert parts["broken"].startswith("The visit is not to be made.")
            assert len(parts["now"]) == len(clause.actions)
            for question in school.library.questions:
                assert question not in f"{parts['applies']} {parts['met']}".split()
