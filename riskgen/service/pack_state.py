"""Whether the pack of a visit still holds: what has happened to the visit, and what has changed, since it was made."""

from riskgen.core.terms import Outcome
from riskgen.core.visit import Event, Happened, Visit
from riskgen.forms.catalogue import Pack
from riskgen.service.homes import Home
from riskgen.service.standing import Weighed, changes_since_assessed

NONE, CURRENT, OUTDATED, NOT_KNOWN = "none", "current", "outdated", "not-known"
"""How a pack may stand; not known is one of a visit that cannot be held against today's data."""


def pack_state(visit: Visit) -> str:
    """Whether a pack of the visit was made, and whether anything that it tells of has happened since."""
    made = last_packed(visit)
    if made is None:
        return NONE
    return CURRENT if made.number > last_told_of(visit) else OUTDATED


def pack_today(home: Home, visit: Visit, weighed: Weighed) -> str:
    """As `pack_state`, of a visit that has yet to leave, held against today's data too: a marker on the family, say,
    changes the visit though nothing has happened to it."""
    state = pack_state(visit)
    if state != CURRENT:
        return state
    stopped = weighed.standing.outcome > Outcome.PROCEED_WITH_CONDITIONS and not _made_so(visit)
    return OUTDATED if stopped or changes_since_assessed(home, weighed) else CURRENT


def last_packed(visit: Visit) -> Event | None:
    """The event of the pack that was made last."""
    return next((event for event in reversed(visit.events) if event.happened is Happened.PACKED), None)


def _made_so(visit: Visit) -> bool:
    """Whether the last pack was made as one of a visit that nobody may make."""
    made = last_packed(visit)
    return made is not None and (made.body or {}).get("pack") == Pack.DECISION.value


def last_told_of(visit: Visit) -> int:
    """The number of the last event that any form could tell of."""
    quiet = (Happened.WORD_SHOWN, Happened.PACKED)
    return max((event.number for event in visit.events if event.happened not in quiet), default=0)
