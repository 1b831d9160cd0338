"""One visit as the register has it: the record as it was, and how it stands today."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from riskgen.core.approval import Change
from riskgen.core.record import Open, VisitRecord, duties, still_open
from riskgen.core.report import assessment_report
from riskgen.core.result import Assessment
from riskgen.core.struct import Struct
from riskgen.core.visit import NOT_LEFT, OPEN, Entry, Event, Happened, Visit, Who, at_of, entry_of
from riskgen.register.cipher import open_sealed
from riskgen.service.bodies import read_back
from riskgen.service.desk import Desk
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.finding import entry_report
from riskgen.service.homes import Home, open_home
from riskgen.service.moves import append_move
from riskgen.service.pack_state import CURRENT, NOT_KNOWN, last_packed, pack_state, pack_today
from riskgen.service.records import notes_on, record_of
from riskgen.service.references import VISITS
from riskgen.service.standing import Weighed, weigh

OFFICE = "office"
"""The role that may see every safe word: it is the office that hears it on the telephone."""
UNCHANGED, CHANGED, MISSING = "unchanged", "changed", "missing"


class Approval(Struct, frozen=True):
    """Whether the authorisation holds: `none`, `holds`, `lapsed`, `used` once the visit has left, or `not-known`
    where it could not be held against today's data. `over` is one of a visit that was cancelled.
    `lapsed_overrides` are the numbers of the overrides that hold no longer.
    """

    stands: str
    lapsed: tuple[Change, ...] = ()
    lapsed_overrides: frozenset[int] = frozenset()


class Stands(Struct, frozen=True):
    """How a visit stands once people's decisions are counted in, beside what was computed; outcomes by their ids.

    `decided_by` are those whose overrides count; `authorised_by` whose authorisation holds, or held when it left.
    Both outcomes are empty for a draft and once erased.
    """

    outcome: str = ""
    computed: str = ""
    decided_by: tuple[str, ...] = ()
    authorised_by: str = ""


class Shown(Struct, frozen=True):
    """A visit, what was assessed as it was then, and what can be said of it today.

    `pack` is `none`, `current`, `outdated` once something has happened or changed since it was made, or `not-known`
    where the visit could not be held against today's data.
    """

    visit: Visit
    entry: Entry | None
    assessment: Assessment | None
    record: VisitRecord | None
    approval: Approval
    stands: Stands
    files: tuple[tuple[str, str], ...]
    pack: str
    notes: tuple[str, ...]


def show(desk: Desk, reference: str) -> Shown:
    """A visit as it was recorded. Faults of today's data are no hindrance; they only leave open what has lapsed."""
    visit = desk.visit(reference)
    with desk.register.read() as reader:
        entry = reader.entry(reference)
    body = visit.assessed.body if visit.assessed else None
    assessment = read_back(Assessment, body, "assessment", reference) if body else None
    home, weighed = _weighed(desk, visit)
    return Shown(
        visit,
        entry,
        assessment,
        record_of(visit),
        _approval(visit, weighed),
        _stands(visit, assessment, weighed) if assessment else Stands(),
        _files(desk.folder, visit),
        pack_today(home, desk, visit, weighed) if home and weighed else _pack(desk, visit),
        notes_on(visit, assessment, desk.school) if visit.departed and not visit.erased else (),
    )


def _decided(visit: Visit) -> bool:
    """Whether somebody has decided something on a visit that has not left, so that it may have lapsed by now."""
    return visit.state in NOT_LEFT and visit.decided_on


def _weighed(desk: Desk, visit: Visit) -> tuple[Home | None, Weighed | None]:
    """The school, and how a visit that has yet to leave stands under today's data; nothing where that cannot be read,
    and where nobody has decided anything or made a pack, so that nothing can have lapsed."""
    if not _decided(visit) and (visit.state not in NOT_LEFT or last_packed(visit) is None):
        return None, None
    try:
        home = open_home(desk.folder)
        with desk.register.read() as reader:
            return home, weigh(home, reader, visit)
    except (InvalidInput, Refused, EnvironmentFault):
        return None, None


def _approval(visit: Visit, weighed: Weighed | None) -> Approval:
    given = visit.authorised is not None
    if not _decided(visit):
        return Approval("used" if given and visit.departed else "over" if given else "none")
    if weighed is None:
        return Approval("not-known")
    stands = "none" if not given else "lapsed" if weighed.lapsed else "holds"
    return Approval(stands, weighed.lapsed, frozenset(event.number for event in weighed.lapsed_overrides))


def _stands(visit: Visit, assessment: Assessment, weighed: Weighed | None) -> Stands:
    """By today's data where it was weighed; else by what was decided on the last assessment, as the index has it."""
    computed = assessment.decision.outcome.id
    if weighed:
        by = dict.fromkeys(event.who.staff for event in weighed.overrides)
        return Stands(
            weighed.standing.outcome.id, computed, tuple(by), weighed.approval.who.staff if weighed.approval else ""
        )
    approved = visit.authorised.who.staff if visit.authorised and visit.approval_stands else ""
    counted = visit.standing_overrides
    by = dict.fromkeys(event.who.staff for event in counted)
    return Stands(entry_of(visit).outcome, computed, tuple(by), approved)


def _files(folder: Path, visit: Visit) -> tuple[tuple[str, str], ...]:
    """The forms of the last assessment, and whether each lies in its usual place as it was written."""
    place = folder / VISITS / visit.reference
    found = []
    for name, digest in (visit.body.get("files") or {}).items():
        try:
            same = hashlib.sha256((place / name).read_bytes()).hexdigest() == digest
        except OSError:
            found.append((name, MISSING))
            continue
        found.append((name, UNCHANGED if same else CHANGED))
    return tuple(found)


def _pack(desk: Desk, visit: Visit) -> str:
    """As `pack_state`, of a visit that was not held against today's data, which one that has yet to leave would be."""
    state = pack_state(visit, desk.school, desk.folder)
    return NOT_KNOWN if state == CURRENT and visit.state in NOT_LEFT else state


def show_word(desk: Desk, reference: str, who: Who) -> str:
    """The safe word of a visit, to those who may know it. That it was shown is recorded first.

    Raises `Refused` for others, for whoever has not shown who they are, and where the word has been erased.
    """
    _check_word(desk, desk.visit(reference), who)
    key = desk.key()
    with desk.register.write() as writer:
        visit = writer.visits([reference])[reference]
        _check_word(desk, visit, who)
        sealed = writer.safe_word(reference)
        if sealed is None:
            raise Refused(f"{reference} has no safe word. Nothing was saved.")
        word = open_sealed(key, desk.register.id, reference, sealed)
        append_move(writer, desk, visit, Happened.WORD_SHOWN, who, {})
    return word


def _check_word(desk: Desk, visit: Visit, who: Who) -> None:
    """Raise `Refused` unless this visit has a safe word that this person may know."""
    reference = visit.reference
    if visit.state not in OPEN or visit.erased:
        raise Refused(f"{reference} is over, and its safe word is erased. Nothing was saved.")
    if visit.assessed is None:
        raise Refused(f"{reference} is a draft, and gets its safe word when it is assessed. Nothing was saved.")
    if not (who.staff and who.proof):
        raise Refused(
            "A safe word is shown only to somebody who has shown who they are: add --as and your staff reference. "
            "Nothing was saved."
        )
    if not may_know_word(desk, visit, who.staff):
        raise Refused(
            f"The safe word of {reference} is shown only to its visitors, to the office, and to whoever authorised "
            "it. Nothing was saved."
        )


def may_know_word(desk: Desk, visit: Visit, staff: str) -> bool:
    """Whether a person is one of those who may know the safe word of a visit. That it is them, they have to show."""
    going = {str(person["id"]) for person in visit.body["intake"]["visitors"]}
    office = any(person.id == staff and OFFICE in person.roles for person in desk.school.staff)
    return staff in going or office or bool(visit.authorised and visit.authorised.who.staff == staff)


def open_items(shown: Shown) -> tuple[Open, ...]:
    """What the record of a visit still lacks; nothing before there is one."""
    if shown.record is None:
        return ()
    return still_open(shown.record, duties(shown.assessment) if shown.assessment else ())


def shown_report(shown: Shown, now: datetime) -> dict[str, Any]:
    """A visit in the shape of `riskgen show --json`. Times are in UTC."""
    visit, assessment = shown.visit, shown.assessment
    return {
        **entry_report(shown.entry or Entry(visit.reference, visit.state), now),
        "after_the_fact": bool(visit.after_the_fact),
        "why_after_the_fact": visit.after_the_fact,
        "held": visit.held,
        "erased": _event(visit.erased),
        "draft": _event(visit.draft, "from"),
        "assessed": _event(visit.assessed),
        "assessment": assessment_report(assessment, visit.reference, [name for name, _ in shown.files])
        if assessment
        else None,
        "authorised": _event(visit.authorised, *_AUTHORISED),
        "approval": shown.approval.stands,
        "standing": shown.stands.outcome,
        "computed": shown.stands.computed,
        "decided_by": list(shown.stands.decided_by),
        "lapsed_by": [
            {"what": each.what, "label": each.label, "before": each.before, "after": each.after}
            for each in shown.approval.lapsed
        ],
        "overrides": [_event(event, *_OVERRIDDEN) for event in visit.overrides],
        "lapsed_overrides": sorted(shown.approval.lapsed_overrides),
        "departed": _event(visit.departed, "after_the_fact"),
        "check_ins": [_event(event, "where") for event in visit.check_ins],
        "alarms": [_event(event) for event in visit.alarms],
        "called_off": _event(visit.called_off, "reason", "for_safety"),
        "returned": _event(visit.returned, "where"),
        "records": [_event(event, *_RECORDED) for event in visit.records],
        "open": [{"what": item.what, "says": item.says} for item in open_items(shown)],
        "cancelled": _event(visit.cancelled, "reason", "for_safety"),
        "notes": list(shown.notes),
        "files": [{"name": name, "is": state} for name, state in shown.files],
        "pack": shown.pack,
    }


_AUTHORISED = ("roles", "clause", "by_policy", "outcome", "conditions", "accepts", "names", "after_the_fact")
_OVERRIDDEN = ("what", "to", "computed", "outcome", "reason", "clause", "by_policy")
_RECORDED = ("record", "late", "hours", "within_hours", "late_clauses", "notes")


def _event(event: Event | None, *keys: str) -> dict[str, Any] | None:
    """When something happened as it was told, when it was entered, by whom, and some of what it says."""
    if event is None:
        return None
    body = event.body or {}
    who = {"by": event.who.staff, "account": event.who.account, "proof": event.who.proof}
    told = {"at": at_of(event).isoformat(), "entered": event.at.isoformat()}
    return {"number": event.number, **told, **who, **{key: body.get(key) for key in keys}}
