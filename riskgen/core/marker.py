"""Markers on a family: that violence, or a dangerous animal, has been met there, on whose word, and until when.

A marker rests on one incident, accurately recorded; somebody has decided on it, and it is looked at again on a day
that is set. Until somebody lifts it, it stands: that its review date has passed is no word that the danger has.
"""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from riskgen.core.struct import Struct, replace
from riskgen.core.visit import Event, Happened


class Kind(StrEnum):
    """What a marker warns of. The values stand in the register for ever."""

    VIOLENCE = "violence"
    ANIMAL = "animal"


class Review(Struct, frozen=True):
    """That somebody looked at a marker again: it was kept until a day, or lifted, which has none. `at` is aware."""

    at: datetime
    by: str
    until: date | None
    reason: str


class Marker(Struct, frozen=True):
    """A marker as it stands now.

    `id` is made of the number of its event (`M-12`), `on` the day of the incident, `added` when it was put in (aware),
    and `decided_by` a staff reference. `why_not_told` is the reason where the person was not told of it.
    """

    id: str
    family: str
    kind: Kind
    what: str
    on: date
    reported_by: str
    added: datetime
    decided_by: str
    review_on: date
    told: bool
    why_not_told: str = ""
    reviews: tuple[Review, ...] = ()

    @property
    def stands(self) -> bool:
        return not self.reviews or self.reviews[-1].until is not None

    @property
    def lifted(self) -> datetime | None:
        """When it was lifted; None while it stands."""
        return None if self.stands else self.reviews[-1].at


def marker_id(event: Event) -> str:
    return f"M-{event.number}"


def markers_of(events: Iterable[Event]) -> tuple[Marker, ...]:
    """The markers that events, in their order, add up to. One whose events were erased is no longer among them."""
    found: dict[str, Marker] = {}
    for event in events:
        body = event.body or {}
        if event.happened is Happened.MARKED and body:
            found[marker_id(event)] = Marker(
                marker_id(event),
                event.subject,
                Kind(body["kind"]),
                str(body["what"]),
                date.fromisoformat(body["on"]),
                str(body["reported_by"]),
                event.at,
                event.who.staff,
                date.fromisoformat(body["review_on"]),
                bool(body["told"]),
                str(body["why_not_told"]),
            )
        elif event.happened is Happened.MARKER_REVIEWED and body.get("marker") in found:
            marker = found[body["marker"]]
            until = date.fromisoformat(body["until"]) if body["until"] else None
            review = Review(event.at, event.who.staff, until, str(body["reason"]))
            found[marker.id] = replace(marker, review_on=until or marker.review_on, reviews=(*marker.reviews, review))
    return tuple(found.values())


def due(marker: Marker, today: date) -> bool:
    """Whether a marker that stands is to be looked at again. It stands on until somebody has."""
    return marker.stands and marker.review_on <= today
