"""A visit on its way: out, heard of, back; or called off. Each move is checked and leaves an event."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from riskgen.core.outing import Outing, outing_of
from riskgen.core.plain import to_plain
from riskgen.core.problem import Problem
from riskgen.core.struct import Struct, replace
from riskgen.core.terms import Outcome
from riskgen.core.timers import to_wall
from riskgen.core.visit import NOT_LEFT, OPEN, Event, Happened, State, Visit, Who, entry_of, may_happen
from riskgen.core.words import moment_words
from riskgen.files.schema import parse_moment, parse_time
from riskgen.register.store import Reader, Writer
from riskgen.service.bodies import read_back
from riskgen.service.desk import Desk
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.homes import Home
from riskgen.service.staging import put_pack_aside
from riskgen.service.standing import (
    Weighed,
    changes_in_words,
    changes_since_assessed,
    override_of,
    reasons_in_words,
    weigh,
    who_may,
)

TOO_EARLY = timedelta(hours=12)
"""How long before its start a visit may leave. One that leaves earlier is not what was assessed for that day."""
WORDS = {
    Happened.ASSESSED: "be assessed again",
    Happened.DEPARTED: "leave",
    Happened.CHECKED_IN: "check in",
    Happened.RETURNED: "return",
    Happened.CANCELLED: "be cancelled",
    Happened.CALLED_OFF: "be called off",
    Happened.RECORDED: "be recorded",
    Happened.CLOSED: "be closed",
    Happened.AUTHORISED: "be authorised",
    Happened.OVERRIDDEN: "be overridden",
}
STATES = {State.DRAFT: "a draft", State.RETURNED: "back", State.CLOSED: "over"}
"""What a state is called after "it is", where its own name will not do."""
_NOT_SIGNED_OUT = (
    "Nobody has signed it out. If it has left, say when: riskgen depart {reference} --at HH:MM. "
    "If it will not be made: riskgen cancel {reference}."
)
_MAY_NOT_GO = (
    "As it stands nobody goes: riskgen show {reference} says why. If it has left all the same, ring the visitors, then "
    "record it as what it was: riskgen cancel {reference}, and riskgen assess --after-the-fact with the same answers."
)
_HINTS = {
    State.DRAFT: "It has not been assessed: riskgen assess --reference {reference}.",
    State.ASSESSED: _NOT_SIGNED_OUT,
    State.AUTHORISED: _NOT_SIGNED_OUT,
    State.OUT: "Once everybody is safe: riskgen return {reference}.",
    State.RETURNED: "To say how it went: riskgen record {reference}.",
    State.RECORDED: "To add to its record: riskgen record {reference}.",
    State.CLOSED: "For another like it: riskgen repeat {reference}.",
    State.CANCELLED: "For another like it: riskgen repeat {reference}.",
}


def make_move(desk: Desk, visit: Visit, happened: Happened, who: Who, body: Mapping[str, Any]) -> Visit:
    """Make a move from the visit as the caller saw it. Raises `Refused` if it has changed meanwhile or may not."""
    seen = visit.events[-1].number if visit.events else 0
    with desk.register.write() as writer:
        current = writer.visits([visit.reference])[visit.reference]
        if current.events[-1].number != seen:
            raise Refused(
                f"Somebody else has just changed {visit.reference}. Look at it again with 'riskgen show "
                f"{visit.reference}', and repeat what you did. Nothing was saved."
            )
        return append_move(writer, desk, current, happened, who, body)


def append_move(
    writer: Writer, desk: Desk, visit: Visit, happened: Happened, who: Who, body: Mapping[str, Any]
) -> Visit:
    """Append an event to a visit within a transaction, bring its index line up to date, and forget its safe word once
    it is over. Raises `Refused` where the visit's state does not allow it."""
    check_move(visit, happened)
    reference = visit.reference
    writer.append(reference, happened, desk.now(), who, body)
    after = writer.visits([reference], lenient=True)[reference]
    entry = writer.entry(reference)
    if entry is not None:
        outcome = entry_of(after).outcome or entry.outcome
        writer.put_entry(replace(entry, state=after.state, outcome=outcome))
    if after.state not in OPEN:
        writer.erase_safe_word(reference)
    return after


def check_move(visit: Visit, happened: Happened) -> None:
    """Raise `Refused`, with what to do instead, where a move may not be made."""
    if visit.erased:
        raise Refused(f"The records of {visit.reference} were erased on {visit.erased.at:%Y-%m-%d}. Nothing was saved.")
    if not may_happen(visit, happened):
        hint = (_MAY_NOT_GO if _nobody_goes(visit) else _HINTS[visit.state]).format(reference=visit.reference)
        words = WORDS.get(happened, happened.value)
        state = STATES.get(visit.state, visit.state.value)
        raise Refused(f"{visit.reference} cannot {words}: it is {state}. {hint} Nothing was saved.")


def _nobody_goes(visit: Visit) -> bool:
    """Whether a visit has yet to leave, and is referred or must not be made, so that it would not be signed out."""
    outcome = entry_of(visit).outcome
    return visit.state in NOT_LEFT and bool(outcome and Outcome.from_id(outcome) > Outcome.PROCEED_WITH_CONDITIONS)


# --- times ----------------------------------------------------------------------------------------


def moment_given(desk: Desk, text: str, since: datetime | None = None) -> datetime:
    """A moment that somebody gives, in UTC: a time of today at the school, or a date and a time; without one, now.

    Raises `InvalidInput` for one that lies ahead, or before `since`. Of an hour that occurs twice, the first that
    does neither counts: what was heard earlier falls due earlier.
    """
    now = desk.now()
    if not text:
        return now
    clock = parse_time(text.strip())
    wall = datetime.combine(desk.wall(now), clock) if clock else parse_moment(text)
    if wall is None:
        raise _wrong_time(f"'{text}' is no time.", 'Write it like 10:40, or "2026-12-02 10:40" for another day.')
    zone = ZoneInfo(desk.school.timezone)
    moments = sorted({wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)})
    moments = [each for each in moments if to_wall(each, zone.key) == wall]
    if not moments:
        raise _wrong_time(f"There is no {moment_words(wall)}: the clocks go forward.", "Give another time.")
    if moments[0] > now:
        hint = "For a time of yesterday give the date as well." if clock else "Give the time when it happened."
        raise _wrong_time(f"{moment_words(wall)} has not come yet.", hint)
    # What is given to the minute may fall into the very minute of leaving.
    found = next((each for each in moments if each <= now and (since is None or each >= _minute(since))), None)
    if found is None and since is not None:
        raise _wrong_time(
            f"{moment_words(wall)} is before the visit left ({moment_words(desk.wall(since))}).", "Give a later time."
        )
    return max(found or now, since or found or now)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _wrong_time(message: str, hint: str) -> InvalidInput:
    return InvalidInput([Problem("the command line", 0, "time-wrong", message, hint, field="--at")])


# --- leaving --------------------------------------------------------------------------------------


class Leaving(Struct, frozen=True):
    """A visit that may leave, when it does (in UTC), and what the office will know of it.

    `nobody` says that neither the policy nor school.yaml names anybody who authorises, so that nobody has.
    """

    visit: Visit
    weighed: Weighed
    outing: Outing
    at: datetime
    afterwards: bool
    nobody: bool


def may_leave(home: Home, desk: Desk, reference: str, at: str = "") -> Leaving:
    """A visit at sign-out; `at` says when it left, if not now. Raises `Refused` with all that stands in the way."""
    visit = desk.visit(reference)
    with desk.register.read() as reader:
        return _leaving(home, desk, reader, visit, moment_given(desk, at), bool(at))


def _leaving(home: Home, desk: Desk, reader: Reader, visit: Visit, left: datetime, afterwards: bool) -> Leaving:
    check_move(visit, Happened.DEPARTED)
    weighed = weigh(home, reader, visit)
    reasons: list[str] = []
    rule, by_policy = who_may(home, weighed)
    waits_for = weighed.standing.open
    if weighed.lapsed and visit.authorised:
        given = f"{visit.authorised.who.staff} on {desk.wall(visit.authorised.at):%Y-%m-%d at %H:%M}"
        reasons.append(f"The authorisation by {given} has lapsed, since this changed:")
        reasons += changes_in_words(weighed.lapsed)
    elif weighed.approval is None:
        reasons += changes_in_words(changes_since_assessed(home, weighed))
        if rule.by:
            whose = rule.clause if by_policy else "the school's own rule in school.yaml, as the policy names nobody"
            reasons.append(f"Nobody has authorised the visit ({whose}).")
            waits_for = tuple(reason for reason in waits_for if reason.source != rule.clause)
    for lapsed in weighed.lapsed_overrides:
        if not _decided_since(weighed, lapsed):
            what = override_of(lapsed)
            reasons.append(f"What {what.by} decided on '{what.what}' no longer holds, since the visit is another.")
    reasons += reasons_in_words(waits_for, weighed.now.assessment)
    outing = outing_of(weighed.now.intake, weighed.policy, home.school, home.library.questions, left)
    reasons += _at_another_time(outing, left, desk)
    reasons += _before_it_was_decided(visit, weighed, left, desk)
    if reasons:
        only_approval = weighed.approval is None and len(reasons) == 1 and not waits_for
        may_not = "may not be signed out" if afterwards else "may not leave yet"
        raise Refused(
            f"{visit.reference} {may_not}:",
            reasons=reasons,
            after=f"{_how_to_settle(weighed, rule.eligible, afterwards, only_approval)} Nothing was saved.",
        )
    return Leaving(visit, weighed, outing, left, afterwards, not rule.by and weighed.approval is None)


def _decided_since(weighed: Weighed, lapsed: Event) -> bool:
    """Whether somebody has since looked at the visit as it is now: authorised it, or decided the same thing again."""
    again = [each for each in weighed.overrides if override_of(each).what == override_of(lapsed).what]
    holding = [*again, *([weighed.approval] if weighed.approval else [])]
    return any(each.number > lapsed.number for each in holding)


def depart(home: Home, desk: Desk, leaving: Leaving, who: Who) -> Visit:
    """Sign a visit out, if it may still leave: somebody may have changed it, or marked the family, meanwhile."""
    with desk.register.write() as writer:
        current = writer.visits([leaving.visit.reference])[leaving.visit.reference]
        again = _leaving(home, desk, writer, current, leaving.at, leaving.afterwards)
        body = {"outing": to_plain(again.outing), "left_at": again.at.isoformat(), "after_the_fact": False}
        return append_move(writer, desk, current, Happened.DEPARTED, who, body)


def _at_another_time(outing: Outing, left: datetime, desk: Desk) -> tuple[str, ...]:
    if outing.start and outing.start - left > TOO_EARLY:
        earliest = moment_words(desk.wall(outing.start - TOO_EARLY))
        planned = moment_words(desk.wall(outing.start))
        return (f"It is planned for another day, {planned}. It can be signed out from {earliest} on.",)
    if outing.due_back and outing.due_back <= left:
        return (f"By its plan it would be back by now: {moment_words(desk.wall(outing.due_back))}.",)
    # A time of day that is past by now stands for tomorrow's; then nobody would miss the call.
    past = [each for each in outing.agreed if each - left > TOO_EARLY and outing.due_back and each > outing.due_back]
    return tuple(
        f"The check-in agreed for {desk.wall(each):%H:%M} is past by now: agree another time." for each in past
    )


def _before_it_was_decided(visit: Visit, weighed: Weighed, left: datetime, desk: Desk) -> tuple[str, ...]:
    """Leaving first and deciding afterwards is an emergency visit, which is recorded as what it was."""
    decided = [("assessed", visit.assessed), ("authorised", weighed.approval)]
    return tuple(
        f"It was {what} only afterwards: {moment_words(desk.wall(event.at))}."
        for what, event in decided
        if event and left < _minute(event.at)
    )


def _how_to_settle(weighed: Weighed, eligible: tuple[str, ...], has_left: bool, only_approval: bool) -> str:
    reference = weighed.visit.reference
    if has_left:
        return (
            "If it left all the same, ring the visitors, then record it as what it was: riskgen cancel "
            f"{reference}, and riskgen assess --after-the-fact with the same answers."
        )
    authorise = f"ave it authorised: riskgen authorise {reference} --by {' or '.join(eligible)}."
    if only_approval:
        return f"H{authorise}" if eligible else "Nobody in the staff directory may authorise it."
    settle = f"Say what has been settled, or give the new time, with 'riskgen assess --reference {reference} --force'."
    hazards = {hazard.id for hazard in weighed.now.assessment.hazards}
    to_accept = any(reason.source in hazards for reason in weighed.standing.open)
    return f"{settle} Then h{authorise}" if eligible and (weighed.approval is None or to_accept) else settle


# --- out ------------------------------------------------------------------------------------------


def outing_from(event: Event) -> Outing:
    """What the office was left with when a visit departed."""
    return read_back(Outing, event.body, "outing", event.subject)


def out_now(visit: Visit, happened: Happened) -> Event:
    """The departure of a visit that is out. Raises `Refused` where the visit is not, so the move may not be made."""
    check_move(visit, happened)
    if visit.departed is None:
        raise ValueError(f"{visit.reference} is out and never left.")
    return visit.departed


def check_in(desk: Desk, visit: Visit, who: Who, where: str, at: datetime) -> Visit:
    """Record that the visitors were heard of. `where`: `on-the-way`, `at-the-door`, `inside`, `left` or empty."""
    reference, body = visit.reference, {"where": where, "at": at.isoformat()}
    with desk.register.write() as writer:
        current = writer.visits([reference], lenient=True)[reference]
        return append_move(writer, desk, current, Happened.CHECKED_IN, who, body)


def come_back(desk: Desk, visit: Visit, who: Who, where: str, at: datetime) -> Visit:
    """Record that everybody is safe. `where` is `school`, `home`, or empty where nobody has said.

    Raises `Refused` for a time before the safe word was last heard: that does not say that anybody is safe since.
    """
    reference = visit.reference
    with desk.register.write() as writer:
        current = writer.visits([reference], lenient=True)[reference]
        heard = max((event.at for event in current.standing_alarms), default=at)
        if at < heard:
            raise Refused(
                f"The safe word was heard at {moment_words(desk.wall(heard))}, and a return from before that does not "
                f"end the alarm. Once everybody is safe: riskgen return {reference}, without --at. Nothing was saved."
            )
        body = {"where": where, "at": at.isoformat()}
        return append_move(writer, desk, current, Happened.RETURNED, who, body)


def how_called_off(visit: Visit) -> Happened:
    """A visit that has not left is cancelled; one that is out is called off, and stays out until it returns.

    Raises `Refused` where there is nothing left to call off.
    """
    happened = Happened.CALLED_OFF if visit.state is State.OUT else Happened.CANCELLED
    check_move(visit, happened)
    return happened


def call_off(desk: Desk, visit: Visit, who: Who, reason: str, for_safety: bool) -> Visit:
    """Cancel a visit, or call off one that is out, which it may have become while the reason was typed."""
    with desk.register.write() as writer:
        current = writer.visits([visit.reference])[visit.reference]
        body = {"reason": reason, "for_safety": for_safety}
        happened = how_called_off(current)
        after = append_move(writer, desk, current, happened, who, body)
    if happened is Happened.CANCELLED:
        put_pack_aside(desk.folder, visit.reference)
    return after
