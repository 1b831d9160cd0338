"""Taking in a Word form that was filled in: first what it would change, then, once that is confirmed, changing it.

Everything goes through the same use cases as the commands, so that a form can do nothing that its reader could not
do by typing.
"""

from collections.abc import Callable, Iterable
from typing import Any

from riskgen.core.approval import standing
from riskgen.core.problem import Problem
from riskgen.core.record import VisitRecord, added
from riskgen.core.struct import Struct, replace
from riskgen.core.visit import Happened, State, Visit, Who, may_happen
from riskgen.files.controls import RECORD
from riskgen.service.authorising import Proposal, authorise, propose
from riskgen.service.desk import Desk
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.form_day import Day, Move, day_on, make_the_move, may_move, why_not_back
from riskgen.service.form_decision import Decision, decision_on, notes_on_authorising, what_to_do_instead
from riskgen.service.form_plan import Plan, emptied, plan_on
from riskgen.service.form_record import record_lines, said_on, stays_on_paper, taken_back
from riskgen.service.handed_in import AUTHORISER, HandedIn, Line, NotTaken, kept_on_paper, refusal
from riskgen.service.homes import Home
from riskgen.service.moves import check_move
from riskgen.service.paper import can_write, sound_paper
from riskgen.service.recording import Recorded, can_assess, record_assessment
from riskgen.service.records import Recording, Written, record_visit, recording_of, written_report
from riskgen.service.references import VISITS
from riskgen.service.standing import override_of, still_holding, weigh

VISIT_PAST = "visit-past"
"""The code of the fault that a visit starts in the past."""
ANSWERS = "The answers that were changed"


class Reading(Struct, frozen=True):
    """What a form would change. `not_taken` is what stands on it and cannot be taken in as things are.

    `again` says what follows: from assessing the visit again with the changed plan, or for an authorisation the
    conditions that remain.
    """

    handed: HandedIn
    lines: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()
    not_taken: tuple[NotTaken, ...] = ()
    plan: Plan | None = None
    again: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    recording: Recording | None = None
    record: VisitRecord | None = None
    decision: Decision | None = None
    proposal: Proposal | None = None

    @property
    def visit(self) -> Visit:
        return self.handed.visit


class Taken(Struct, frozen=True):
    """What became of it: what was stored, in words, and what was not, with the reasons."""

    visit: Visit
    stored: tuple[str, ...]
    not_taken: tuple[NotTaken, ...]
    recorded: Recorded | None = None
    written: Written | None = None
    authorised: Proposal | None = None


class WhoAuthorises(Exception):  # noqa: N818  # it says what is missing
    """The form authorises a visit, and nobody has said who they are."""


def read_form(home: Home, desk: Desk, handed: HandedIn, by: str = "") -> Reading:
    """What a form would change; nothing is stored. `by` is the person at the desk, who would authorise.

    Raises `InvalidInput` with the faults of the form, `Refused` where it may not be taken in at all, and
    `WhoAuthorises`.
    """
    reading = Reading(handed, notes=_on_paper(handed))
    problems: list[Problem] = []
    for look in (_plan, _decision, _day, _record):
        try:
            reading = look(home, desk, reading, by)
        except InvalidInput as error:
            problems += error.problems
    if problems:
        raise InvalidInput(problems)
    return reading


def _on_paper(handed: HandedIn) -> tuple[str, ...]:
    made = kept_on_paper(handed)
    if not made:
        return ()
    words = ", ".join(f"'{title}'" for title in dict.fromkeys(control.title for control in made))
    told = f"Ticked or signed, and kept on paper only: {words}. Nothing follows from them in the register."
    if any(control.tag.startswith(AUTHORISER) for control in made):
        told += f" A visit is authorised with 'riskgen authorise {handed.visit.reference}'."
    return (told,)


def _plan(home: Home, desk: Desk, reading: Reading, by: str) -> Reading:
    handed, visit = reading.handed, reading.visit
    if titles := emptied(handed):
        words = ", ".join(f"'{title}'" for title in titles)
        how = "To take an answer out, write 'Not known' there; to have others go, name them. A box cannot say no: "
        how += f"riskgen assess --reference {visit.reference} --force asks."
        note = f"Left empty, and so as it was: {words}. {how}"
        reading = replace(reading, notes=(*reading.notes, note))
    if not may_happen(visit, Happened.ASSESSED):
        return _too_late(home, desk, reading)
    try:
        plan = plan_on(home, desk, handed)
    except InvalidInput as error:
        if any(each.code != VISIT_PAST for each in error.problems):
            raise
        return _left(reading, error)  # the times of the day on the same form are wanted all the same
    if plan is None:
        return reading
    return replace(
        reading,
        plan=plan,
        lines=(*reading.lines, *plan.lines),
        again=_what_again_means(home, visit, plan),
        notes=(*reading.notes, *plan.sentences),
    )


def _too_late(home: Home, desk: Desk, reading: Reading) -> Reading:
    """Answers that were changed on the form of a visit that is past assessing: told, and left."""
    try:
        changed = plan_on(home, desk, reading.handed) is not None
    except InvalidInput:
        changed = True
    if not changed:
        return reading
    try:
        can_assess(reading.visit)
    except Refused as error:
        return _left(reading, error)
    return reading


def _left(reading: Reading, error: Refused | InvalidInput) -> Reading:
    left = NotTaken(ANSWERS, refusal(error))
    return replace(reading, not_taken=(*reading.not_taken, left))


def _what_again_means(home: Home, visit: Visit, plan: Plan) -> tuple[str, ...]:
    """What follows from assessing a visit again, said before it is done."""
    kept, overrides = still_holding(home, visit, plan.decided.intake, plan.decided.policy)
    lapsing = [each for each in visit.standing_overrides if each.number not in overrides]
    held = tuple(override_of(each) for each in visit.standing_overrides if each.number in overrides)
    after = standing(plan.decided.assessment, held).outcome
    words = [f"{visit.reference} is assessed again with these answers, and its forms are written anew."]
    words.append(f"The decision is then: {after.id}.")
    if visit.approval_stands:
        stays = "The authorisation still holds." if kept else "The authorisation lapses, and has to be given again."
        words.append(stays)
    if lapsing:
        words.append(f"What was decided by {', '.join(each.who.staff for each in lapsing)} holds no longer.")
    return tuple(words)


def _decision(home: Home, desk: Desk, reading: Reading, by: str) -> Reading:
    decision = decision_on(reading.handed)
    if decision is None:
        return reading
    visit = reading.visit
    if not decision.yes:
        if visit.state is State.CANCELLED:  # it has been acted on
            return replace(reading, decision=decision)
        left = NotTaken(f"{decision.title}: {decision.words}", what_to_do_instead(visit))
        return replace(reading, decision=decision, not_taken=(*reading.not_taken, left))
    if reading.plan:
        words = (
            "Answers were changed on the same form, so it is not clear which plan was authorised. Once they are taken "
            f"in, have it authorised as it then is: riskgen authorise {visit.reference} --by ID."
        )
        return replace(reading, not_taken=(*reading.not_taken, NotTaken("The authorisation", (words,))))
    if visit.departed and visit.authorised and not visit.after_the_fact:
        return reading  # it has been used
    if not by:
        raise WhoAuthorises
    if _authorised_by(home, desk, visit, by):
        return reading
    try:
        proposal = propose(home, desk, visit.reference, by)
    except Refused as error:
        if not reading.handed.fields.of(RECORD) and not _noted(reading):
            raise
        left = NotTaken("The authorisation", refusal(error))
        return replace(reading, not_taken=(*reading.not_taken, left))
    notes = notes_on_authorising(decision, proposal.person, desk)
    return replace(
        reading,
        decision=decision,
        proposal=proposal,
        again=(*reading.again, *(f"Subject to this condition: {reason.says}" for reason in proposal.conditions)),
        lines=(*reading.lines, decision.line),
        notes=(*reading.notes, *notes),
    )


def _authorised_by(home: Home, desk: Desk, visit: Visit, by: str) -> bool:
    """Whether that person has authorised the visit, and it still holds."""
    if visit.authorised is None or visit.authorised.who.staff != by:
        return False
    with desk.register.read() as reader:
        return weigh(home, reader, visit).approval is not None


def _noted(reading: Reading) -> bool:
    return any(control.text.strip() for control in reading.handed.fields.of("day."))


def _day(home: Home, desk: Desk, reading: Reading, by: str) -> Reading:
    day: Day = day_on(desk, reading.handed)
    reading = replace(reading, notes=(*reading.notes, *day.notes))
    if not day.moves:
        return reading
    kept = day.moves
    if why := why_not_back(desk, reading.visit):
        kept = tuple(move for move in day.moves if not move.comes_back)
        left = tuple(NotTaken(move.words, (why,)) for move in day.moves if move.comes_back)
        reading = replace(reading, not_taken=(*reading.not_taken, *left))
    if not kept:
        return reading
    first, rest = kept[0], kept[1:]
    if not (reading.plan or reading.proposal):  # else it will be another visit by the time that it leaves
        try:
            may_move(home, desk, reading.visit, first)
        except (Refused, InvalidInput) as error:
            also = (NotTaken(first.words, refusal(error)), *_after_that(move.words for move in rest))
            return replace(reading, not_taken=(*reading.not_taken, *also))
    return replace(reading, moves=kept, lines=(*reading.lines, *(move.line for move in kept)))


def _after_that(rest: Iterable[str]) -> tuple[NotTaken, ...]:
    """What is left because something before it is."""
    return tuple(NotTaken(words, ("What came before it was not taken in.",)) for words in rest)


def _record(home: Home, desk: Desk, reading: Reading, by: str) -> Reading:
    handed = reading.handed
    if not handed.fields.of(RECORD):
        return reading
    kept_apart = tuple(
        f"'{title}' stays on the paper: the register has no place for it." for title in stays_on_paper(handed)
    )
    reading = replace(reading, notes=(*reading.notes, *kept_apart))
    recording = recording_of(reading.visit)
    said = said_on(handed, recording)
    kept, left = taken_back(handed, recording.record, said)
    reading = replace(reading, not_taken=(*reading.not_taken, *left))
    record = added(recording.record, kept)
    lines = tuple(record_lines(handed, recording, record))
    changes = bool(lines) and not (record == recording.record and said == VisitRecord())
    if not changes and not left:
        return reading
    if not any(move.comes_back for move in reading.moves):  # else it is back by the time that this is stored
        check_move(reading.visit, Happened.RECORDED)
    if not changes:
        return reading
    return replace(reading, recording=recording, record=record, lines=(*reading.lines, *lines))


# --- storing it -------------------------------------------------------------------------------------


def ready_to_take(home: Home, desk: Desk, reading: Reading) -> None:
    """Find what would go wrong in the end before anybody confirms anything. Raises as storing would."""
    if reading.plan:
        can_write(home.folder / VISITS)
        sound_paper(home)
        desk.key()


def take_in(home: Home, desk: Desk, reading: Reading, who: Who) -> Taken:
    """Store what was confirmed, in its order: the plan, the authorisation, the day, the record.

    What comes later rests on what comes before, so with the first that is refused the rest is left. Raises as that use
    case does where nothing has been stored by then.
    """
    stored: list[str] = []
    left = list(reading.not_taken)
    taken = Taken(reading.visit, (), ())
    reference = reading.visit.reference
    acts = _acts(home, desk, reading, who)
    for number, (words, act) in enumerate(acts, start=1):
        try:
            taken = act(taken)
        except (Refused, InvalidInput) as error:
            if not stored:
                raise
            left += (NotTaken(words, refusal(error)), *_after_that(later for later, _ in acts[number:]))
            break
        except EnvironmentFault as error:
            if not stored:
                raise
            done = "; ".join(stored)
            raise EnvironmentFault(f"{error} What came before it is stored: {done}.") from error
        stored.append(words)
    return replace(taken, visit=desk.visit(reference, lenient=True), stored=tuple(stored), not_taken=tuple(left))


_Act = tuple[str, Callable[[Taken], Taken]]


def _acts(home: Home, desk: Desk, reading: Reading, who: Who) -> list[_Act]:
    """What there is to be stored, each with the words for it."""
    acts: list[_Act] = []
    visit = reading.visit
    if plan := reading.plan:

        def assess_again(taken: Taken, plan: Plan = plan) -> Taken:
            recorded = record_assessment(
                home, desk, plan.decided, who, reference=visit.reference, force=True, seen=visit
            )
            return replace(taken, recorded=recorded)

        acts.append((ANSWERS, assess_again))
    if proposal := reading.proposal:

        def give_leave(taken: Taken, proposal: Proposal = proposal) -> Taken:
            authorise(desk, proposal, who)
            return replace(taken, authorised=proposal)

        acts.append(("The authorisation", give_leave))
    for move in reading.moves:

        def note(taken: Taken, move: Move = move) -> Taken:
            return replace(taken, visit=make_the_move(home, desk, visit.reference, move, who))

        acts.append((move.words, note))
    if reading.recording and reading.record:

        def write_down(
            taken: Taken, recording: Recording = reading.recording, record: VisitRecord = reading.record
        ) -> Taken:
            return replace(taken, written=record_visit(desk, recording, record, who))

        acts.append(("How the visit went", write_down))
    return acts


def reading_report(reading: Reading, taken: Taken | None) -> dict[str, Any]:
    """A form in the shape of `riskgen read --json`. Of personal texts it has only that they change."""
    recorded = taken.recorded if taken else None
    written = taken.written if taken else None
    left = taken.not_taken if taken else reading.not_taken
    return {
        "reference": reading.visit.reference,
        "form": reading.handed.form,
        "changes": [
            {
                "field": line.what,
                "title": line.title,
                "how": line.how,
                "before": None if line.private else line.before,
                "after": None if line.private else line.after,
            }
            for line in reading.lines
        ],
        "means": list(reading.again),
        "notes": list(reading.notes),
        "stored": list(taken.stored) if taken else [],
        "not_taken": [{"what": each.what, "because": list(each.because)} for each in left],
        "state": (taken.visit if taken else reading.visit).state.value,
        "files": [str(path) for path in recorded.files] if recorded else [],
        "record": written_report(written) if written else None,
    }
