"""How a visit went: what is still missing from it, and what is added to it."""

from collections.abc import Mapping
from datetime import date

import pytest

from riskgen.core.assess import assess
from riskgen.core.model import Intake, School
from riskgen.core.plain import from_plain, to_plain
from riskgen.core.record import Ending, Further, Kept, Ticked, VisitRecord, added, done, duties, still_open
from riskgen.core.result import Assessment, Finding
from riskgen.core.struct import replace
from riskgen.core.terms import Phase, Status
from riskgen.library.load import Library

SEND = Further("Send the minutes", "S-07", date(2026, 12, 9))
WHOLE = VisitRecord(Ending.AS_PLANNED, "", "All well", "nothing", (), False, False, "", ())


def lacking(record: VisitRecord, asked: tuple[Finding, ...] = ()) -> list[str]:
    return [item.what for item in still_open(record, asked)]


def assessed(policy: str, library: Library, routine: Mapping[str, Intake], school: School) -> Assessment:
    intake = routine[policy]
    assert intake.start
    edition = library.edition_on(policy, intake.start.date())
    assert edition
    return assess(intake, edition, library.catalogue(school.matrix))


def test_a_record_of_which_everything_has_been_said_lacks_nothing() -> None:
    assert lacking(WHOLE) == []


def test_what_nobody_has_said_is_open_and_never_a_no() -> None:
    assert lacking(VisitRecord()) == ["outcome", "seen", "agreed", "concern", "incident", "actions"]


@pytest.mark.parametrize("ending", [ending for ending in Ending if ending.needs_why])
def test_a_visit_that_was_not_made_as_planned_says_why(ending: Ending) -> None:
    assert lacking(replace(WHOLE, ending=ending)) == ["why"]
    assert lacking(replace(WHOLE, ending=ending, why="The dog was loose")) == []


def test_an_incident_is_described() -> None:
    assert lacking(replace(WHOLE, incident=True)) == ["incident_text"]


def test_a_further_action_is_open_until_it_is_done() -> None:
    waiting = replace(WHOLE, further=(SEND,))
    assert [item.words for item in still_open(waiting, ())] == ["action 1: Send the minutes (S-07, by 2026-12-09)"]
    assert lacking(done(waiting, [1])) == []
    with pytest.raises(LookupError):
        done(waiting, [2])


def test_what_is_said_again_replaces_and_what_is_not_said_stays() -> None:
    first = replace(WHOLE, clauses=(Ticked("RO-05", Kept.DONE), Ticked("RO-07", Kept.NOT_DONE)), further=(SEND,))
    ticks = (Ticked("RO-07", Kept.NOT_DONE, "No signal"),)
    after = added(first, VisitRecord(seen="A dog", clauses=ticks, further=(replace(SEND, what="Ring them"),)))
    assert (after.seen, after.agreed, after.incident) == ("A dog", "nothing", False)
    assert after.clauses == (Ticked("RO-05", Kept.DONE), *ticks)
    assert after.further
    assert [action.what for action in after.further] == ["Send the minutes", "Ring them"]
    assert added(first, VisitRecord()) == first


def test_a_record_is_the_same_after_it_has_been_kept() -> None:
    whole = replace(WHOLE, clauses=(Ticked("RO-05", Kept.NOT_DONE, "No signal"),), further=(SEND,))
    assert from_plain(VisitRecord, to_plain(whole)) == whole


@pytest.mark.parametrize("policy", ["bchs", "heather-avenue", "le-rocquier", "robert-ogden", "st-patricks"])
def test_every_clause_of_during_and_after_is_asked_for_unless_the_facts_rule_it_out(
    policy: str, library: Library, routine: Mapping[str, Intake], example_school: School
) -> None:
    assessment = assessed(policy, library, routine, example_school)
    asked = duties(assessment)
    wanted = {
        finding.id
        for finding in assessment.findings
        if {Phase.DURING, Phase.AFTER} & set(finding.phases) and finding.status is not Status.NOT_APPLICABLE
    }
    assert {finding.id for finding in asked} == wanted
    phases = [Phase.DURING in finding.phases for finding in asked]
    assert phases == sorted(phases, reverse=True), "during comes before after"


def test_a_clause_that_was_not_done_stays_open_until_somebody_says_why(
    library: Library, routine: Mapping[str, Intake], example_school: School
) -> None:
    asked = duties(assessed("robert-ogden", library, routine, example_school))[:3]
    ticks = (
        Ticked(asked[0].id, Kept.DONE),
        Ticked(asked[1].id, Kept.NOT_DONE),
        Ticked(asked[2].id, Kept.DID_NOT_ARISE),
    )
    assert lacking(replace(WHOLE, clauses=ticks), asked) == [asked[1].id]
