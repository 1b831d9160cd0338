"""What the policy asks at one moment of a visit, and whether the visitors may go in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from riskgen.core.conditions import All, Value
from riskgen.core.model import Clause, Contradiction, Intake
from riskgen.core.moment import KEEPS_OUT, advise
from riskgen.core.result import Advice
from riskgen.core.struct import replace
from riskgen.core.terms import Do, Kind, Outcome, Phase, Stage
from riskgen.core.truth import Truth
from riskgen.library.load import Library

PROCEED, CONDITIONS, REFER, FORBID = Outcome
YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
START = datetime(2026, 12, 2, 10, 30)


def advised(make: Any, *clauses: Clause, policy: Any = None, topics: Any = (), **answers: Value | None) -> Advice:
    """Ask for advice under a policy that lets visitors in once they are asked in, and under these clauses.

    The visitors mean to go in, unless an answer says otherwise; None forgets an answer.
    """
    questions = [make.question(name) for name in ("plan.a", "plan.b")]
    questions += [
        make.question("visit.start", "moment"),
        make.question("door.invited", stage=Stage.DOOR),
        make.question("door.dog", stage=Stage.DOOR),
        make.question("door.minutes_waited", "number", Stage.DOOR, most=600),
        make.question("door.minutes_late", "number", Stage.DOOR, most=600),
        make.question("visit.will_enter"),
        make.question("inside.threat", stage=Stage.INSIDE),
        make.question("inside.fire", stage=Stage.INSIDE, emergency=True),
        make.question("inside.calm", stage=Stage.INSIDE),
        make.question("journey.crash", stage=Stage.DOOR),
        make.question("after.left", stage=Stage.AFTER),
        make.question("office.overdue", stage=Stage.OFFICE),
    ]
    entry = at(make, "ML-in", make.act("go-in", make.is_("door.invited")), topics=("entry",))
    answers = {name: value for name, value in {"visit__will_enter": True, **answers}.items() if value is not None}
    return advise(
        make.intake(make.staff(), **answers),
        policy or make.policy(entry, *clauses),
        make.catalogue(*questions, topics=(make.topic("entry", every_visit=True), *topics)),
    )


def at(make: Any, name: str, *actions: Any, **more: Any) -> Clause:
    clause: Clause = make.clause(name, **{"phases": (Phase.DURING,), **more, "actions": actions})
    return clause


def done(advice: Advice) -> list[tuple[str, str]]:
    return [(item.clause, item.do.value) for item in advice.actions]


def ask(advice: Advice) -> list[str]:
    return [item.question for item in advice.to_confirm]


# --- what is called for --------------------------------------------------------------------------


def test_entry_is_carried_out_once_its_when_is_known_to_hold(make: Any) -> None:
    clause = at(make, "ML-01", make.act("record", make.is_("door.dog"), detail="The dog"))
    found = advised(make, clause, door__dog=True, door__invited=False)
    (item,) = found.actions
    assert (item.do, item.detail, item.clause, item.says) == (Do.RECORD, "The dog", "ML-01", "ML-01 says so.")
    assert item.because == ("About door.dog? Yes",)
    assert done(advised(make, clause, door__dog=False, door__invited=False)) == []
    assert done(advised(make, clause, door__invited=False)) == []


def test_duty_is_called_for_unless_its_clause_is_ruled_out(make: Any) -> None:
    clause = at(make, "ML-01", make.act("ring", make.is_("door.dog"), detail="Them"), applies=make.is_("plan.a"))
    calls = [
        done(advised(make, clause, door__dog=True, **more)) for more in ({}, {"plan__a": True}, {"plan__a": False})
    ]
    assert calls == [[("ML-01", "ring")], [("ML-01", "ring")], []]


def test_exemption_lifts_a_duty_only_when_proved(make: Any) -> None:
    clause = at(
        make,
        "ML-01",
        make.act("refrain", make.is_("door.dog"), detail="It"),
        unless=make.is_("plan.a"),
        unless_clause="ML-02",
    )
    calls = [
        done(advised(make, clause, door__dog=True, **more)) for more in ({}, {"plan__a": False}, {"plan__a": True})
    ]
    assert calls == [[("ML-01", "refrain")], [("ML-01", "refrain")], []]


def test_strictest_comes_first(make: Any) -> None:
    actions = [
        make.act(do.value, make.is_("door.dog"), detail="x") for do in reversed(Do) if do not in (Do.WAIT, Do.ASK)
    ]
    found = advised(make, at(make, "ML-01", *actions), door__dog=True, door__invited=True)
    assert [item.do for item in found.actions] == [
        Do.LEAVE,
        Do.CANCEL,
        Do.RING,
        Do.LEAVE_CARD,
        Do.REFRAIN,
        Do.RECORD,
    ]


@pytest.mark.parametrize("going", ["leave", "cancel"])
def test_nobody_who_is_told_to_go_is_told_to_wait_or_to_ask_as_well(make: Any, going: str) -> None:
    waiting = [make.act("wait", minutes=5, counting="door.minutes_waited"), make.act("ask", detail="Them")]
    stay = advised(make, at(make, "ML-01", *waiting), door__dog=True)
    assert [do for _, do in done(stay)] == ["wait", "ask"]
    go = advised(make, at(make, "ML-01", *waiting, make.act(going, make.is_("door.dog"))), door__dog=True)
    assert [do for _, do in done(go)] == [going]


# --- waiting -------------------------------------------------------------------------------------


def waits(make: Any, counting: str, **answers: Value) -> list[str]:
    clause = at(make, "ML-01", make.act("wait", minutes=20, counting=counting))
    return [item.detail for item in advised(make, clause, **answers).actions if item.do is Do.WAIT]


def test_wait_says_how_long_in_all_and_how_much_is_left(make: Any) -> None:
    assert waits(make, "door.minutes_waited") == ["until 20 minutes in all"]
    assert waits(make, "door.minutes_waited", door__minutes_waited=0) == ["until 20 minutes in all; 20 more"]
    assert waits(make, "door.minutes_waited", door__minutes_waited=19) == ["until 20 minutes in all; 1 more"]
    assert waits(make, "door.minutes_waited", door__minutes_waited=25) == ["until 20 minutes in all; 0 more"]


def test_lateness_counts_from_the_agreed_time_and_so_names_the_hour(make: Any) -> None:
    assert waits(make, "door.minutes_late", visit__start=START) == ["until 20 minutes in all (until 10:50)"]
    waited = waits(make, "door.minutes_waited", visit__start=START)
    assert waited == ["until 20 minutes in all"]


# --- may they go in ------------------------------------------------------------------------------


def test_visitors_may_go_in_when_a_clause_lets_them_and_nothing_keeps_them_out(make: Any) -> None:
    found = advised(make, door__invited=True)
    assert (found.may_enter, done(found)) == (YES, [("ML-in", "go-in")])


def test_without_a_clause_that_lets_them_in_nobody_knows(make: Any) -> None:
    assert advised(make, door__invited=False).may_enter is UNKNOWN
    assert advised(make).may_enter is UNKNOWN


def test_permission_counts_only_where_its_clause_is_known_to_apply(make: Any) -> None:
    entry = at(
        make, "ML-in", make.act("go-in", make.is_("door.invited")), topics=("entry",), applies=make.is_("plan.a")
    )
    found = [advised(make, policy=make.policy(entry), door__invited=True, **more) for more in ({}, {"plan__a": True})]
    assert [each.may_enter for each in found] == [UNKNOWN, YES]
    assert [done(each) for each in found] == [[], [("ML-in", "go-in")]]


@pytest.mark.parametrize("do", sorted(KEEPS_OUT))
def test_whatever_keeps_visitors_out_shuts_the_door_and_takes_the_permission_away(make: Any, do: Do) -> None:
    clause = at(make, "ML-01", make.act(do.value, make.is_("door.dog"), minutes=5, counting="door.minutes_waited"))
    found = advised(make, clause, door__invited=True, door__dog=True)
    assert (found.may_enter, done(found)) == (NO, [("ML-01", do.value)])
    assert advised(make, clause, door__invited=True, door__dog=False).may_enter is YES


@pytest.mark.parametrize("do", sorted(KEEPS_OUT))
def test_door_stays_shut_while_what_could_keep_visitors_out_is_not_known(make: Any, do: Do) -> None:
    clause = at(make, "ML-01", make.act(do.value, make.is_("door.dog"), minutes=5, counting="door.minutes_waited"))
    found = advised(make, clause, door__invited=True)
    assert (found.may_enter, done(found), ask(found)) == (UNKNOWN, [], ["door.dog"])


def test_duty_that_keeps_out_nobody_may_be_open(make: Any) -> None:
    clause = at(make, "ML-01", make.act("ring", make.is_("door.dog"), detail="Them"))
    found = advised(make, clause, door__invited=True)
    assert (found.may_enter, ask(found)) == (YES, ["door.dog"])


def test_unknown_scope_of_a_clause_that_keeps_out_shuts_the_door(make: Any) -> None:
    clause = at(make, "ML-01", make.act("do-not-go-in", make.is_("door.dog")), applies=make.is_("plan.a"))
    assert advised(make, clause, door__invited=True, door__dog=True).may_enter is NO
    assert advised(make, clause, door__invited=True).may_enter is UNKNOWN
    assert advised(make, clause, door__invited=True, plan__a=False).may_enter is YES


def test_what_has_not_come_up_inside_does_not_hold_visitors_at_the_door(make: Any) -> None:
    clause = at(make, "ML-01", make.act("leave", make.is_("inside.threat")))
    assert advised(make, clause, door__invited=True).may_enter is YES
    inside = advised(make, clause, door__invited=True, inside__calm=True)
    assert (inside.may_enter, ask(inside)) == (UNKNOWN, ["inside.threat"])


@pytest.mark.parametrize(
    ("outcome", "kind", "may_enter"),
    [
        (FORBID, Kind.REQUIRED, NO),
        (REFER, Kind.REQUIRED, UNKNOWN),
        (CONDITIONS, Kind.REQUIRED, UNKNOWN),
        (CONDITIONS, Kind.FORBIDDEN, UNKNOWN),
        (CONDITIONS, Kind.ADVISED, YES),
        (REFER, Kind.ADVISED, UNKNOWN),
        (PROCEED, Kind.REQUIRED, YES),
    ],
)
def test_plan_that_is_not_in_order_does_not_come_into_order_at_the_door(
    make: Any, outcome: Outcome, kind: Kind, may_enter: Truth
) -> None:
    clause = make.clause("ML-01", outcome, met=make.is_("plan.a"), kind=kind)
    assert advised(make, clause, door__invited=True, plan__a=False).may_enter is may_enter
    assert advised(make, clause, door__invited=True, plan__a=True).may_enter is YES


def test_visit_that_the_plan_forbids_says_so_at_the_door_with_its_clause(make: Any) -> None:
    clause = make.clause("ML-01", FORBID, met=make.is_("plan.a"))
    found = advised(make, clause, door__invited=True, plan__a=False)
    (item,) = found.actions
    assert (item.do, item.clause, item.says) == (Do.DO_NOT_GO_IN, "ML-01", "ML-01 says so.")
    assert (item.detail, item.because) == ("Do something other than ML-01.", ("About plan.a? No",))


def test_visit_that_was_planned_for_the_doorstep_or_may_have_been_stays_there(make: Any) -> None:
    planned = advised(make, door__invited=True, visit__will_enter=False)
    assert (planned.may_enter, ask(planned)) == (UNKNOWN, [])
    unsaid = advised(make, door__invited=True, visit__will_enter=None)
    assert (unsaid.may_enter, ask(unsaid)) == (UNKNOWN, ["visit.will_enter"])


def test_what_was_left_undone_is_said_at_the_door_but_not_to_somebody_who_must_go(make: Any) -> None:
    clauses = [
        make.clause(f"ML-{outcome.id}", outcome, met=make.is_("plan.a")) for outcome in (PROCEED, CONDITIONS, REFER)
    ]
    clauses.append(make.clause("ML-open", CONDITIONS, met=make.is_("plan.b")))
    clauses.append(at(make, "ML-go", make.act("leave", make.is_("door.dog"))))
    found = advised(make, *clauses, plan__a=False, door__dog=False)
    assert [(reason.source, reason.facts) for reason in found.unmet] == [
        ("ML-proceed-with-conditions", ("About plan.a? No",)),
        ("ML-refer", ("About plan.a? No",)),
    ]
    assert advised(make, *clauses, plan__a=False, door__dog=True).unmet == ()
    assert advised(make, *clauses, plan__a=False, after__left=True).unmet == ()


def test_policy_that_says_nothing_of_going_in_lets_nobody_in_and_is_reported(make: Any) -> None:
    elsewhere = at(make, "ML-01", make.act("go-in", make.is_("door.invited")), topics=("conduct",))
    found = advised(make, policy=make.policy(elsewhere), door__invited=True)
    assert found.may_enter is UNKNOWN
    assert [silence.topic for silence in found.silences] == ["entry"]


def test_silence_that_is_raised_at_the_door_is_for_a_person(make: Any) -> None:
    topics = (make.topic("animals", make.is_("door.dog")),)
    raised = advised(make, topics=topics, door__invited=True, door__dog=True)
    assert (raised.may_enter, [silence.topic for silence in raised.silences]) == (UNKNOWN, ["animals"])
    may_be = advised(make, topics=topics, door__invited=True)
    assert (may_be.may_enter, may_be.silences, ask(may_be)) == (UNKNOWN, (), ["door.dog"])
    assert advised(make, topics=topics, door__invited=True, door__dog=False).may_enter is YES


def test_contradiction_at_the_door_is_for_a_person(make: Any) -> None:
    entry = at(make, "ML-in", make.act("go-in", make.is_("door.invited")), topics=("entry",))
    declared = Contradiction(("ML-in",), "It collides.", (Phase.DURING,), make.is_("door.dog"))
    policy = make.policy(entry, contradictions=(declared,))
    found = [
        advised(make, policy=policy, door__invited=True, **more)
        for more in ({"door__dog": True}, {}, {"door__dog": False})
    ]
    assert [each.may_enter for each in found] == [UNKNOWN, UNKNOWN, YES]
    assert [len(each.contradictions) for each in found] == [1, 0, 0]


# --- the phase and the questions -----------------------------------------------------------------


def test_phase_is_during_until_they_have_left_and_emergency_when_such_a_clause_speaks(make: Any) -> None:
    ring = make.act("ring", make.is_("inside.threat"), detail="999")
    emergency = at(make, "ML-01", ring, phases=(Phase.EMERGENCY,))
    mixed = at(make, "ML-01", ring, phases=(Phase.DURING, Phase.EMERGENCY))
    assert advised(make, emergency).phase is Phase.DURING
    assert advised(make, emergency, inside__threat=True).phase is Phase.EMERGENCY
    assert advised(make, emergency, inside__threat=True, after__left=True).phase is Phase.EMERGENCY
    assert advised(make, mixed, inside__threat=True).phase is Phase.DURING
    assert advised(make, emergency, inside__threat=False, after__left=True).phase is Phase.AFTER
    assert advised(make, emergency, after__left=False).phase is Phase.DURING


def test_emergency_is_one_whatever_the_policy_says_of_it(make: Any) -> None:
    assert advised(make, inside__fire=True).phase is Phase.EMERGENCY
    assert advised(make, inside__fire=True, after__left=True).phase is Phase.EMERGENCY
    assert advised(make, inside__fire=False).phase is Phase.DURING


@pytest.mark.parametrize("urgent", ["leave", "cancel", "emergency"])
def test_nobody_in_a_hurry_is_asked_about_anything_but_what_was_reported(make: Any, urgent: str) -> None:
    clauses = [
        make.clause("ML-01", CONDITIONS, met=make.is_("plan.a")),
        at(make, "ML-02", make.act("cancel", make.is_("door.dog"))),
        at(make, "ML-03", make.act("ring", All((make.is_("inside.threat"), make.is_("inside.calm"))), detail="999")),
    ]
    answers: dict[str, Value] = {"inside__threat": True}
    if urgent == "emergency":
        answers["inside__fire"] = True
    else:
        clauses.append(at(make, "ML-04", make.act(urgent, make.is_("inside.threat"))))
    assert ask(advised(make, *clauses, **answers)) == ["inside.calm"]
    calm = ask(advised(make, *clauses[:3], inside__threat=True))
    assert set(calm) == {"door.dog", "door.invited", "inside.calm", "plan.a"}


def test_duty_called_for_on_a_scope_or_an_exemption_not_yet_known_asks_for_them(make: Any) -> None:
    clause = at(
        make,
        "ML-01",
        make.act("ring", make.is_("inside.threat"), detail="999"),
        applies=make.is_("inside.calm"),
        unless=make.is_("door.dog"),
        unless_clause="ML-02",
    )
    found = advised(make, clause, door__invited=True, inside__threat=True)
    assert ("ML-01", "ring") in done(found)
    assert [(item.question, item.needed_by) for item in found.to_confirm] == [
        ("inside.calm", ("ML-01",)),
        ("door.dog", ("ML-01",)),
    ]
    assert ask(advised(make, clause, door__invited=True, inside__threat=True, door__dog=True)) == []


def test_once_they_have_left_or_the_office_reports_the_door_is_asked_about_no_more(make: Any) -> None:
    clause = at(make, "ML-01", make.act("cancel", make.is_("door.dog")))
    assert sorted(ask(advised(make, clause))) == ["door.dog", "door.invited"]
    assert ask(advised(make, clause, after__left=True)) == []
    assert ask(advised(make, clause, office__overdue=True)) == []
    assert ask(advised(make, clause, after__left=True, door__invited=True)) == ["door.dog"]


def test_questions_of_the_door_come_before_those_of_the_plan(make: Any) -> None:
    clause = make.clause("ML-01", CONDITIONS, met=make.is_("plan.a"))
    keeping = at(make, "ML-02", make.act("cancel", make.is_("door.dog")))
    assert ask(advised(make, clause, keeping, door__invited=True)) == ["door.dog", "plan.a"]


# --- the boundaries of robert-ogden --------------------------------------------------------------


@pytest.fixture(scope="module")
def at_the_door(library: Library, routine: Mapping[str, Intake]) -> Any:
    policy, catalogue, planned = library.policies["robert-ogden"][-1], library.catalogue(), routine["robert-ogden"]

    def ring_in(**answers: Value) -> Advice:
        door = {f"door.{name}": value for name, value in answers.items()}
        return advise(replace(planned, answers={**planned.answers, **door}), policy, catalogue)

    return ring_in


def called(advice: Advice, clause: str) -> list[str]:
    return [item.do.value for item in advice.actions if item.clause == clause]


@pytest.mark.parametrize(("minutes", "do"), [(0, "wait"), (19, "wait"), (20, "cancel"), (21, "cancel")])
@pytest.mark.parametrize("word", [{}, {"lateness_notified": False}])
def test_without_word_visitors_call_it_off_at_twenty_minutes(
    at_the_door: Any, minutes: int, do: str, word: dict[str, bool]
) -> None:
    found = at_the_door(parent_present=False, minutes_waited=minutes, **word)
    assert called(found, "RO-22") == [do]
    assert called(found, "RO-24") == []
    assert found.may_enter is NO


@pytest.mark.parametrize(("minutes", "do"), [(0, "wait"), (29, "wait"), (30, "wait"), (31, "cancel")])
def test_with_word_visitors_call_it_off_only_past_thirty_minutes(at_the_door: Any, minutes: int, do: str) -> None:
    found = at_the_door(parent_present=False, lateness_notified=True, minutes_late=minutes, minutes_waited=minutes)
    assert called(found, "RO-24") == [do]
    assert called(found, "RO-22") == []
    assert found.may_enter is NO


def test_wait_for_a_parent_who_sent_word_names_the_hour(at_the_door: Any) -> None:
    found = at_the_door(parent_present=False, lateness_notified=True, minutes_late=12)
    (detail,) = [item.detail for item in found.actions if item.clause == "RO-24"]
    assert detail == "until 30 minutes in all; 18 more (until 11:00)"


def test_visitor_who_does_not_know_the_minutes_is_asked_for_them(at_the_door: Any) -> None:
    found = at_the_door(parent_present=False, lateness_notified=False)
    assert called(found, "RO-22") == []
    assert "door.minutes_waited" in ask(found)
    assert found.may_enter is NO


def test_after_the_visit_nobody_is_told_to_stay_out_because_of_the_plan(
    library: Library, routine: Mapping[str, Intake]
) -> None:
    base = routine["st-patricks"]
    policy = library.policies["st-patricks"][-1]
    for more, told in (({"door.parent_present": True}, True), ({"after.left": True}, False)):
        answers = {**base.answers, "history.violence_reported": True, **more}
        found = advise(replace(base, answers=answers), policy, library.catalogue())
        assert (Do.DO_NOT_GO_IN in {item.do for item in found.actions}) is told
        assert found.may_enter is Truth.NO
