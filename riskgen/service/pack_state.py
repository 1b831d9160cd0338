"""Whether the pack of a visit still holds: what has happened to the visit, and what has changed, since it was made.

Only the pack in its usual place counts: what was put elsewhere nobody can put aside.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskgen.core.model import RegisterPlace, School
from riskgen.core.plain import fingerprint
from riskgen.core.struct import replace
from riskgen.core.terms import Outcome
from riskgen.core.visit import NOT_LEFT, Event, Happened, State, Visit
from riskgen.service.desk import Desk
from riskgen.service.homes import Home
from riskgen.service.references import VISITS
from riskgen.service.staging import PACK
from riskgen.service.standing import Weighed, changes_since_assessed

if TYPE_CHECKING:
    from riskgen.forms.case import Planned
    from riskgen.forms.catalogue import Pack  # with all that forms may say, for which a list of visits has no use


NONE, CURRENT, OUTDATED, NOT_KNOWN = "none", "current", "outdated", "not-known"
"""How a pack may stand; not known is one of a visit that cannot be held against today's data."""


_RINGS = NOT_LEFT | {State.OUT}
"""States of a visit by whose paper somebody may yet ring somebody."""


def usual_place(folder: Path, reference: str) -> Path:
    """Where the pack of a visit lies in a school's folder."""
    return folder / VISITS / reference / PACK


def packed_body(
    school: School,
    pack: "Pack",
    word: bool,
    files: Mapping[str, str],
    elsewhere: bool,
    templates: str = "",
    schedule: str = "",
) -> dict[str, Any]:
    """What the event says that a pack was made: what there is to hold against what holds later.

    `templates` and `schedule` are `templates_print` and `schedule_print`; nothing where they do not matter to it.
    """
    return {
        "pack": pack.value,
        "safe_word": word,
        "files": dict(files),
        "elsewhere": elsewhere,
        "school": _as_printed(school),
        "templates": templates,
        "schedule": schedule,
    }


def _as_printed(school: School) -> str:
    """A fingerprint of what forms print of school.yaml, and of whatever else it may say one day."""
    printed = replace(
        school,
        staff=tuple(replace(person, accounts=()) for person in school.staff),
        policy="",
        matrix="",
        evening_from=None,
        register=RegisterPlace(),
        record_within_hours=0,
        libreoffice="",
    )
    return fingerprint(printed)


def pack_state(visit: Visit, school: School, folder: Path) -> str:
    """Whether a pack of the visit was made, and whether anything that it tells of has happened or, of what
    school.yaml says, changed since, or it lies in its place in the school's `folder` no more. Of a pack that an earlier
    riskgen made, what school.yaml said is not known."""
    made = last_packed(visit)
    if made is None:
        return NONE
    if not usual_place(folder, visit.reference).is_dir():
        return OUTDATED
    printed = (made.body or {}).get("school")
    changed = visit.state in _RINGS and printed is not None and printed != _as_printed(school)
    return OUTDATED if changed or made.number < last_told_of(visit) else CURRENT


def pack_today(home: Home, desk: Desk, visit: Visit, weighed: Weighed) -> str:
    """As `pack_state`, of a visit that has yet to leave, held against today's data too: a marker on the family, say,
    changes the visit though nothing has happened to it. So do the templates, and the other visits of its schedule."""
    state = pack_state(visit, home.school, home.folder)
    if state != CURRENT:
        return state
    stopped = weighed.standing.outcome > Outcome.PROCEED_WITH_CONDITIONS and not _made_so(visit)
    another = stopped or changes_since_assessed(home, weighed) or _printed_otherwise(home, desk, visit, weighed)
    return OUTDATED if another else CURRENT


def _printed_otherwise(home: Home, desk: Desk, visit: Visit, weighed: Weighed) -> bool:
    """Whether forms, or the schedule of the day, would print another pack. Of one of an earlier riskgen neither is
    known."""
    from riskgen.forms.phrases import local
    from riskgen.service.paper import templates_print
    from riskgen.service.scheduling import schedule_of

    made = last_packed(visit)
    body = (made.body if made else None) or {}
    if body.get("templates") and body["templates"] != templates_print(home):
        return True
    start = weighed.now.intake.start
    if not body.get("schedule") or start is None:
        return False
    on = local(start, home.school.timezone).date()
    return bool(body["schedule"] != schedule_print(schedule_of(home, desk, on, on)))


def schedule_print(schedule: "tuple[Planned, ...]") -> str:
    """A fingerprint of a schedule as it is printed."""
    return fingerprint(schedule)


def last_packed(visit: Visit) -> Event | None:
    """The event of the pack that was made last in its usual place."""
    made = (event for event in reversed(visit.events) if event.happened is Happened.PACKED)
    return next((event for event in made if not (event.body or {}).get("elsewhere")), None)


def _made_so(visit: Visit) -> bool:
    """Whether the last pack was made as one of a visit that nobody may make."""
    from riskgen.forms.catalogue import Pack

    made = last_packed(visit)
    return made is not None and (made.body or {}).get("pack") == Pack.DECISION.value


def last_told_of(visit: Visit) -> int:
    """The number of the last event that any form could tell of."""
    quiet = (Happened.WORD_SHOWN, Happened.PACKED)
    return max((event.number for event in visit.events if event.happened not in quiet), default=0)
