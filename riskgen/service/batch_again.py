"""Rows of a sheet held against the register: recorded before, at odds with it, or new to it."""

from collections.abc import Iterator
from shlex import quote

from riskgen.core.apart import BACKGROUND
from riskgen.core.model import Intake
from riskgen.core.problem import Problem
from riskgen.core.struct import replace
from riskgen.core.terms import Outcome
from riskgen.core.visit import NOT_LEFT, Entry, Happened, State, Visit, may_happen
from riskgen.files.visit_columns import REFERENCE
from riskgen.register.store import Reader
from riskgen.service.batch_rows import START, Entered, RowState, comparable
from riskgen.service.bodies import read_back
from riskgen.service.erasing import rows_of
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.homes import Home
from riskgen.service.markers import looked_up, marker_answers
from riskgen.service.recording import visits_at
from riskgen.service.standing import weigh


def held_against(home: Home, reader: Reader, row: Entered, mark: str) -> RowState | None:
    """A row that is in the register, or that is at odds with it; None for one that is new to it, or faulty in itself.

    A row that is faulty is never taken for recorded: what its faulty cells were to say is not among its answers.
    """
    reference = reader.recorded_row(mark)
    visit = reader.visits([reference]).get(reference) if reference else None
    known = visit if visit and mark in rows_of(visit.events) and row.reference in ("", visit.reference) else None
    if known and row.given.problems:
        return None
    if known and known.state is not State.CANCELLED:
        return _before(home, reader, row, known)
    named = [row.reference] if row.reference else [entry.reference for entry in _same_visits(home, reader, row)]
    for other in reader.visits(named).values():
        if not row.given.problems and _says_by_now(reader, row, other):
            return _before(home, reader, row, other)
    if known:
        return _before(home, reader, row, known)
    if row.reference:
        return RowState(row.number, problems=(_at_odds(reader, row, mark),))
    return RowState(row.number, problems=(visit_known(row, named[0]),)) if named else None


def visit_known(row: Entered, reference: str) -> Problem:
    """The fault of a row to whose family there is another visit at its time."""
    words = f"{reference} is a visit to this family at this time, and was not recorded from this row as it stands."
    hint = f"If it is the same visit, {_again(row, reference)} Otherwise correct the row; or take it out."
    return row.problem("row-visit-known", words, hint, START)


def _again(row: Entered, reference: str) -> str:
    """How a visit comes to be as a row says it."""
    file = f"{quote(row.file)} " if row.file else ""
    return (
        f"assess that again, from a sheet with this row alone: riskgen assess --reference {reference} {file}ROW.xlsx "
        "--force. An answer that is to count no longer is 'Not known' there: an empty cell leaves it as it is."
    )


def _at_odds(reader: Reader, row: Entered, mark: str) -> Problem:
    """What is wrong with a row that says as which visit it was recorded."""
    visit = reader.visits([row.reference]).get(row.reference)
    if visit is None:
        words = f"The row has the reference {row.reference}, and the register has no such visit."
        return row.problem("reference-unknown", words, "Take the reference out of the row, to have it recorded.")
    if visit.erased:
        words = f"The row was recorded as {row.reference}, whose records have been erased."
        return row.problem("row-erased", words, "Take the row out of the sheet.")
    words = f"The row has the reference {row.reference}, and says something else than was recorded."
    if visit.state is State.DRAFT:
        words = f"The row has the reference {row.reference}, which has not been assessed yet."
    if may_happen(visit, Happened.ASSESSED):
        hint = f"To have the visit as the row says it, {_again(row, row.reference)}"
    else:
        words = f"{words} That visit is {visit.state.value}, and cannot be assessed again."
        hint = "Put the row back as it was, or take it out."
    return row.problem("row-changed", words, f"{hint} If the row is another visit, take the reference out of it.")


def _same_visits(home: Home, reader: Reader, row: Entered) -> Iterator[Entry]:
    family, start = row.whom_and_when
    return visits_at(reader, family, start, home.school.timezone)


def _says_by_now(reader: Reader, row: Entered, visit: Visit) -> bool:
    """Whether the last assessment of a visit says what a row says, though it was not recorded from it as it stands.

    What somebody has answered since beside the row does not count. What was recorded from a row and is in it no longer
    does.
    """
    if visit.assessed is None or not visit.assessed.body:
        return False
    intake = read_back(Intake, visit.assessed.body, "intake", visit.reference)
    given, _ = looked_up(reader, row.given)
    wanted = comparable(given.answers)
    from_rows = {
        name
        for event in visit.events
        if event.body and event.body.get("row")
        for name in read_back(Intake, event.body, "intake", visit.reference).answers
    }
    said = {name: value for name, value in comparable(intake.answers).items() if name in wanted or name in from_rows}
    return said == wanted and sorted(person.id for person in intake.visitors) == sorted(given.visitors)


# --- recorded before ------------------------------------------------------------------------------


def _before(home: Home, reader: Reader, row: Entered, visit: Visit) -> RowState:
    """A row that is in the register, with what is to be told of how its visit stands by now."""
    entry = reader.entry(visit.reference)
    state = RowState(row.number, visit.reference, entry.outcome if entry else "", before=True, stands=visit.state)
    if visit.state is State.CANCELLED:
        words = (
            f"{visit.reference} was cancelled. To plan the visit anew: give the row another time, with no reference in "
            f"it; or riskgen repeat {visit.reference}, and put the reference of the new visit into the row."
        )
        return replace(state, notes=(words,), holds=False)
    if visit.state not in NOT_LEFT:
        return state
    notes = tuple(_since(home, reader, row, visit, state.outcome))
    return replace(state, notes=notes, holds=not notes)


def _since(home: Home, reader: Reader, row: Entered, visit: Visit, outcome: str) -> Iterator[str]:
    """By what the outcome of a visit that has yet to leave may hold no longer, a sentence for each."""
    reference = visit.reference
    look = f"To see how it stands: riskgen show {reference}."
    try:
        weighed = weigh(home, reader, visit)
    except (InvalidInput, Refused, EnvironmentFault):
        yield f"How {reference} stands by now cannot be worked out. {look}"
        return
    then = weighed.then.intake.answers
    marked = marker_answers(reader, str(then.get(REFERENCE) or ""))
    if any(then.get(name) != value for name, value in marked.items()):
        yield f"A marker has been put on the family since {reference} was assessed. {look}"
    now = weighed.standing.outcome
    if now.id != outcome and (now > Outcome.from_id(outcome) or weighed.approval is None):  # which makes it milder
        yield f"By today's data and markers {reference} would come to '{now.id}'. {look}"
    by_file = {*row.given.answers} - {*row.own.answers, *marked}
    of_family = (name for name in by_file if name.partition(".")[0] in BACKGROUND)
    if any(then.get(name) != row.given.answers[name] for name in of_family):
        yield (
            f"{row.file} says something else of the family than {reference} was assessed with. Correct the file, or "
            f"assess the visit again: riskgen assess --reference {reference} {quote(row.file)} --force."
        )
