"""Recording an assessment: the visit, its safe word and its forms, all or none."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from riskgen.core.model import Intake
from riskgen.core.outing import outing_of
from riskgen.core.plain import to_plain
from riskgen.core.result import ToDo
from riskgen.core.struct import Struct
from riskgen.core.timers import due_back, to_utc
from riskgen.core.visit import Body, Entry, Event, Happened, State, Visit, Who, entry_of, may_happen, visit_of
from riskgen.files.controls import VISITORS
from riskgen.files.publish import REPLACE
from riskgen.files.visit_columns import REFERENCE
from riskgen.intake.gather import Given
from riskgen.register.cipher import mark, marks, open_sealed, seal
from riskgen.register.database import RegisterFault
from riskgen.register.store import Reader, Writer
from riskgen.service import clock
from riskgen.service.bodies import read_back
from riskgen.service.desk import Desk
from riskgen.service.faults import Refused
from riskgen.service.homes import Home
from riskgen.service.markers import same_family
from riskgen.service.paper import (
    Filled,
    fill_forms,
    fill_forms_of,
    pick_safe_word,
    ready_to_fill,
    refuse_safe_word,
    refuse_to_replace,
)
from riskgen.service.progress import case_by_now, papers_by_now, still_as_assessed
from riskgen.service.references import VISITS, next_reference
from riskgen.service.staging import finish, hashes, settle, stage
from riskgen.service.standing import intake_body, still_holding
from riskgen.service.visits import Decided, role_names, source_names

WORD_RESTS = timedelta(days=366)
"""How long a safe word is not used again: twelve months, and never a day less."""
REGISTER = "the register"
OF_ANOTHER = (
    "The register has given their reference to no visit yet; perhaps it was put back to an older copy. Move them "
    f"elsewhere, or run 'riskgen doctor', which gives no visit the reference of forms in '{VISITS}'."
)
"""What to do where the forms of a new visit are there already."""
_NOTHING = "Nothing was saved."


class Recorded(Struct, frozen=True):
    """An assessment as the register has it now.

    `kept_word` says that the safe word is still the one of before, `kept_approval` that the authorisation still holds.
    `still_to_do` is what keeps the visitors from leaving once people's decisions are counted in.
    """

    reference: str
    files: tuple[Path, ...]
    kept_word: bool
    kept_approval: bool = False
    still_to_do: tuple[ToDo, ...] = ()


class RecordedMeanwhile(Refused):
    """The row of a sheet was recorded by somebody else, as the visit of this reference."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"Somebody else has just recorded that row as {reference}. {_NOTHING}")
        self.reference = reference


class TakenMeanwhile(Refused):
    """Somebody else has recorded a visit to the same family at the same time, which has this reference."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"Somebody else has just recorded {reference}, for this family and this time. {_NOTHING}")
        self.reference = reference


def visits_at(reader: Reader, family: str, start: datetime | None, zone: str) -> Iterator[Entry]:
    """The visits to a family (`same_family`) that start at a time on the school's wall, but for those that were called
    off. None where either is not known."""
    if not family or start is None:
        return
    at = to_utc(start, zone)
    for reference in reader.starting(at, at + timedelta(minutes=1)):
        entry = reader.entry(reference)
        if entry and entry.state is not State.CANCELLED and same_family(entry.family) == family:
            yield entry


def given_again(visit: Visit) -> Given:
    """The answers of a visit, to go on from."""
    body = visit.body
    if not body:
        raise Refused(f"The records of {visit.reference} were erased. Nothing was saved.")
    intake = read_back(Intake, body, "intake", visit.reference)
    names = (*intake.answers, *([VISITORS] if intake.visitors else []))
    return Given(
        dict(intake.answers),
        tuple(person.id for person in intake.visitors),
        origins=dict.fromkeys(names, (REGISTER, 0)),
    )


def can_assess(visit: Visit) -> None:
    """Raise `Refused` where a visit is past assessing again."""
    if not may_happen(visit, Happened.ASSESSED):
        raise Refused(
            f"{visit.reference} is {visit.state.value} and cannot be assessed again. "
            f"For another visit like it: riskgen repeat {visit.reference}. Nothing was saved."
        )


def record_assessment(
    home: Home,
    desk: Desk,
    decided: Decided,
    who: Who,
    *,
    reference: str = "",
    output: Path | None = None,
    within: Path | None = None,
    safe_word: str = "",
    after_the_fact: str = "",
    force: bool = False,
    seen: Visit | None = None,
    row: str = "",
    filled: Filled | None = None,
) -> Recorded:
    """Record an assessment and write its forms. Without a `reference` the visit gets the next one of the year.

    Its forms go to the folder `output`, or else to one of its reference `within` another, which is usually `visits`.
    Without a `safe_word` one is chosen, or kept where the visit has one. `seen` is the visit that the answers went on
    from. `row` is the mark of the row of a sheet that says it all, which is recorded once only (`RecordedMeanwhile`),
    and not beside another visit to that family at that time (`TakenMeanwhile`).
    `filled` are forms for the reference that the visit is likely to get; if it gets another, they are filled in anew.

    What people have decided on the visit and still holds is counted in on its forms, as in its pack.

    Raises `Refused` where forms would be overwritten, the visit is past assessing or no longer as it was seen or
    decided on, `InvalidInput` for a form that cannot be filled; then nothing is saved.
    """
    key = desk.key()
    new = not reference
    ready_to_fill()  # which takes a second, and others wait while the register is held
    staged = False
    try:
        with desk.register.write() as writer:
            if row:
                _not_yet_recorded(home, writer, decided.intake, row)
            now = clock.utc_now()  # only now, so that the times of events follow each other
            before: tuple[Event, ...] = ()
            decided_on: Visit | None = None
            still_to_do = decided.assessment.conditions
            kept_approval = False
            overrides: tuple[int, ...] = ()
            if reference:
                visit = writer.visits([reference])[reference]
                _still_as_seen(visit, seen)
                before = visit.events
                if visit.assessed:
                    kept_approval, overrides = still_holding(home, visit, decided.intake, decided.policy)
                if visit.decided_on:
                    decided_on = visit
            else:
                reference = next_reference(writer, desk.wall(now).year)
            word, kept = _word(home, desk, writer, decided, reference, key, safe_word, now)
            body = {**_body(home, decided, after_the_fact), "overrides": list(overrides)}
            if decided_on:
                coming = _once_recorded(decided_on, now, who, body, kept_approval)
                papers = papers_by_now(home, desk, coming, still_as_assessed(home, writer, coming))
                still_to_do = papers.decided.assessment.conditions
                files = fill_forms_of(home, case_by_now(home, desk, papers), word)
            else:
                files = _fitting(filled, reference, word) or fill_forms(home, decided, reference, word, desk.wall(now))
            body["files"] = hashes(files)
            target = output or (within or home.folder / VISITS) / reference
            if not force:
                refuse_to_replace([target / name for name in files], OF_ANOTHER if new else REPLACE)
            if row:
                body["row"] = row  # so that what is kept of the row beside the events can be erased with them
                writer.keep_row(row, reference)
            happened = [writer.append(reference, Happened.ASSESSED, now, who, body)]
            writer.forget_marks(now - WORD_RESTS)
            writer.put_safe_word(reference, seal(key, desk.register.id, reference, word), mark(key, word), now)
            if kept_approval:
                happened.append(writer.append(reference, Happened.APPROVAL_KEPT, now, who, {}))
            if after_the_fact:
                happened.append(writer.append(reference, Happened.DEPARTED, now, who, _went_out(home, decided, body)))
            visit = visit_of(reference, (*before, *happened))
            writer.put_entry(entry_of(visit))
            staged = True
            stage(home.folder, writer, reference, files)
    except BaseException:
        if staged:
            with suppress(RegisterFault):
                finish(home.folder, desk.register)  # asks the register whether the last step was saved
        raise
    paths = settle(home.folder, desk.register, visit, tuple(files), target)
    return Recorded(reference, paths, kept, kept_approval, still_to_do)


def _not_yet_recorded(home: Home, writer: Writer, intake: Intake, row: str) -> None:
    if other := writer.recorded_row(row):
        raise RecordedMeanwhile(other)
    family = same_family(str(intake.answers.get(REFERENCE) or ""))
    for entry in visits_at(writer, family, intake.start, home.school.timezone):
        raise TakenMeanwhile(entry.reference)


def _fitting(filled: Filled | None, reference: str, word: str) -> dict[str, bytes]:
    """Forms that were filled in beforehand, if they are those of this visit."""
    if filled and filled.reference == reference:
        with suppress(ValueError):  # this form takes no word afterwards
            return filled.with_word(word)
    return {}


def _still_as_seen(visit: Visit, seen: Visit | None) -> None:
    can_assess(visit)
    if seen and visit.events[-1].number != seen.events[-1].number:
        raise Refused(
            f"Somebody else has just changed {visit.reference}. Look at it again with 'riskgen show "
            f"{visit.reference}', and repeat what you did. Nothing was saved."
        )


def _once_recorded(visit: Visit, at: datetime, who: Who, body: Body, kept_approval: bool) -> Visit:
    """A visit as it is once this assessment is recorded, so that its forms can tell what people have decided on it."""
    happened = (Happened.ASSESSED, *([Happened.APPROVAL_KEPT] if kept_approval else []))
    last = visit.events[-1].number
    coming = (
        Event(number, visit.reference, each, at, who, body if each is Happened.ASSESSED else {})
        for number, each in enumerate(happened, last + 1)
    )
    return visit_of(visit.reference, (*visit.events, *coming))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _body(home: Home, decided: Decided, after_the_fact: str) -> dict[str, Any]:
    """What the event of an assessment says, but for its forms: all that it takes to show it as it was."""
    zone, start = home.school.timezone, decided.intake.start
    back, rests_on = due_back(decided.intake, zone)
    return {
        "intake": intake_body(decided.intake),
        "assessment": to_plain(decided.assessment),
        "catalogue": home.catalogue_print,
        "roles": role_names(home, decided.policy),
        "sources": source_names(home),
        "start": to_utc(start, zone).isoformat() if start else None,
        "due_back": back.isoformat() if back else None,
        "due_rests_on": rests_on,
        "after_the_fact": after_the_fact,
    }


def _went_out(home: Home, decided: Decided, body: Body) -> dict[str, Any]:
    """The departure of a visit that left before it was assessed: when it was to start, for want of better."""
    left = _moment(body["start"]) or clock.utc_now()
    outing = outing_of(decided.intake, decided.policy, home.school, home.library.questions, left)
    return {"outing": to_plain(outing), "left_at": left.isoformat(), "after_the_fact": True}


def _word(
    home: Home, desk: Desk, writer: Writer, decided: Decided, reference: str, key: bytes, typed: str, now: datetime
) -> tuple[str, bool]:
    """The safe word of a visit, and whether it is the one that the visit already had."""
    if sealed := writer.safe_word(reference):
        before = open_sealed(key, desk.register.id, reference, sealed)
        if typed == before or (not typed and refuse_safe_word(before, decided) is None):
            return before, True

    def spent(words: Sequence[str]) -> frozenset[str]:
        marked = marks(key, words)
        found = writer.spent_words(now - WORD_RESTS, frozenset(marked.values()))
        return frozenset(word for word in words if marked[word] in found)

    if not typed:
        return pick_safe_word(home, decided, spent), False
    if spent([typed]):
        raise Refused(
            "That safe word is in use for another visit, or was within the last twelve months. Choose another. "
            "Nothing was saved."
        )
    return typed, False
