"""A visit is what its events add up to; in each state some moves may be made and no others."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from riskgen.core.visit import (
    AFTER_THE_FACT,
    MAY_HAPPEN,
    OPEN,
    Event,
    Happened,
    State,
    Visit,
    Who,
    may_happen,
    visit_of,
)

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REACHED = {
    State.DRAFT: [Happened.DRAFTED],
    State.ASSESSED: [Happened.ASSESSED],
    State.AUTHORISED: [Happened.ASSESSED, Happened.AUTHORISED],
    State.OUT: [Happened.ASSESSED, Happened.DEPARTED],
    State.RETURNED: [Happened.ASSESSED, Happened.DEPARTED, Happened.RETURNED],
    State.RECORDED: [Happened.ASSESSED, Happened.DEPARTED, Happened.RETURNED, Happened.RECORDED],
    State.CLOSED: [Happened.ASSESSED, Happened.DEPARTED, Happened.RETURNED, Happened.RECORDED, Happened.CLOSED],
    State.CANCELLED: [Happened.ASSESSED, Happened.CANCELLED],
}
ALLOWED = """
                draft assessed authorised out returned recorded closed cancelled
assessed        yes   yes      yes        -   -        -        -      -
overridden      -     yes      yes        -   -        -        -      -
authorised      -     yes      yes        -   -        -        -      -
approval-kept   -     yes      -          -   -        -        -      -
departed        -     yes      yes        -   -        -        -      -
checked-in      -     -        -          yes -        -        -      -
called-off      -     -        -          yes -        -        -      -
returned        -     -        -          yes -        -        -      -
recorded        -     -        -          -   yes      yes      -      -
closed          -     -        -          -   yes      yes      -      -
cancelled       yes   yes      yes        -   -        -        -      -
alarm-raised    yes   yes      yes        yes yes      yes      yes    yes
"""
"""Every move in every state, written out once more, so that no change to the rules goes unseen."""


def happenings(*kinds: Happened, **body: Any) -> tuple[Event, ...]:
    return tuple(
        Event(number, "RA-2026-0001", kind, AT + timedelta(minutes=number), Who("S-02"), body)
        for number, kind in enumerate(kinds, 1)
    )


def visit_in(state: State, **body: Any) -> Visit:
    return visit_of("RA-2026-0001", happenings(*REACHED[state], **body))


def table() -> list[tuple[Happened, State, bool]]:
    header, *rows = [line.split() for line in ALLOWED.strip().splitlines()]
    return [
        (Happened(move), State(state), cell == "yes")
        for move, *cells in rows
        for state, cell in zip(header, cells, strict=True)
    ]


@pytest.mark.parametrize("state", State)
def test_every_state_is_reached(state: State) -> None:
    assert visit_in(state).state is state


@pytest.mark.parametrize(("move", "state", "allowed"), table())
def test_each_move_may_be_made_in_its_states_alone(move: Happened, state: State, allowed: bool) -> None:
    assert may_happen(visit_in(state), move) is allowed


def test_the_table_above_has_every_move_with_rules() -> None:
    assert {move for move, _, _ in table()} >= set(MAY_HAPPEN)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("move", [Happened.AUTHORISED, Happened.OVERRIDDEN])
def test_a_visit_that_went_out_first_is_decided_afterwards(state: State, move: Happened) -> None:
    before = state in MAY_HAPPEN[move]
    assert may_happen(visit_in(state, after_the_fact="no time"), move) is (before or state in AFTER_THE_FACT[move])
    assert AFTER_THE_FACT[move] == {State.OUT, State.RETURNED, State.RECORDED}


@pytest.mark.parametrize("move", Happened)
def test_nothing_happens_to_a_visit_that_was_erased(move: Happened) -> None:
    erased = visit_of("RA-2026-0001", happenings(*REACHED[State.CLOSED], Happened.ERASED))
    assert erased.state is State.CLOSED
    assert not may_happen(erased, move)


def test_an_authorisation_moves_a_visit_only_before_it_leaves() -> None:
    out = visit_of("RA-2026-0001", happenings(Happened.ASSESSED, Happened.DEPARTED, Happened.AUTHORISED))
    assert (out.state, out.authorised is not None) == (State.OUT, True)


def test_another_assessment_puts_an_authorised_visit_back() -> None:
    again = visit_of("RA-2026-0001", happenings(Happened.ASSESSED, Happened.AUTHORISED, Happened.ASSESSED))
    assert again.state is State.ASSESSED
    assert again.assessed is not None
    assert again.assessed.number == 3


def test_a_visit_that_is_called_off_is_still_out() -> None:
    called_off = visit_of("RA-2026-0001", happenings(Happened.ASSESSED, Happened.DEPARTED, Happened.CALLED_OFF))
    assert called_off.state is State.OUT
    assert called_off.called_off is not None


def test_that_a_visit_went_out_first_stays_with_it_for_ever() -> None:
    first = happenings(Happened.ASSESSED, after_the_fact="no time")
    later = tuple(Event(number, "RA-2026-0001", Happened.ASSESSED, AT, Who(), {}) for number in (2, 3))
    assert visit_of("RA-2026-0001", first + later).after_the_fact == "no time"


def test_a_visit_that_is_over_is_not_open() -> None:
    assert set(State) - OPEN == {State.CLOSED, State.CANCELLED}


def test_a_legal_hold_lasts_until_it_is_lifted() -> None:
    held = happenings(Happened.ASSESSED, Happened.HELD, reason="a claim")
    assert visit_of("RA-2026-0001", held).held == "a claim"
    lifted = Event(3, "RA-2026-0001", Happened.RELEASED, AT, Who(), {})
    assert visit_of("RA-2026-0001", (*held, lifted)).held == ""


def test_all_events_of_a_kind_are_kept_in_order() -> None:
    visit = visit_of(
        "RA-2026-0001",
        happenings(Happened.ASSESSED, Happened.DEPARTED, Happened.CHECKED_IN, Happened.ALARM, Happened.CHECKED_IN),
    )
    assert [event.number for event in visit.check_ins] == [3, 5]
    assert [event.number for event in visit.alarms] == [4]
    assert len(visit.events) == 5
