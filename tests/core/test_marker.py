"""Markers are what their events add up to, and stand until somebody lifts them."""

from datetime import UTC, date, datetime
from typing import Any

from riskgen.core.marker import Kind, Review, due, markers_of
from riskgen.core.visit import Event, Happened, Who

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BODY = {
    "kind": "violence",
    "what": "A push at the door",
    "on": "2026-11-02",
    "reported_by": "S-08",
    "review_on": "2027-06-30",
    "told": False,
    "why_not_told": "A child would be at risk",
}


def event(number: int, happened: Happened, body: dict[str, Any] | None, by: str = "S-03") -> Event:
    return Event(number, "F-0123", happened, AT, Who(by, "desk", "account"), body)


def reviewed(number: int, until: str | None, marker: str = "M-12") -> Event:
    return event(number, Happened.MARKER_REVIEWED, {"marker": marker, "until": until, "reason": "Seen since"}, "S-01")


def test_a_marker_keeps_everything_that_it_rests_on() -> None:
    (marker,) = markers_of([event(12, Happened.MARKED, BODY)])
    assert (marker.id, marker.family, marker.kind) == ("M-12", "F-0123", Kind.VIOLENCE)
    assert (marker.what, marker.on, marker.reported_by) == ("A push at the door", date(2026, 11, 2), "S-08")
    assert (marker.decided_by, marker.added, marker.review_on) == ("S-03", AT, date(2027, 6, 30))
    assert (marker.told, marker.why_not_told) == (False, "A child would be at risk")
    assert marker.stands
    assert marker.lifted is None


def test_a_marker_that_is_kept_has_a_new_review_date_and_its_history() -> None:
    (marker,) = markers_of([event(12, Happened.MARKED, BODY), reviewed(13, "2028-05-01")])
    assert marker.review_on == date(2028, 5, 1)
    assert marker.reviews == (Review(AT, "S-01", date(2028, 5, 1), "Seen since"),)
    assert marker.stands


def test_a_marker_that_is_lifted_no_longer_stands_and_is_never_due() -> None:
    (marker,) = markers_of([event(12, Happened.MARKED, BODY), reviewed(13, None)])
    assert not marker.stands
    assert marker.lifted == AT
    assert not due(marker, date(2040, 1, 1))


def test_a_review_is_of_its_own_marker_only() -> None:
    one, other = markers_of([event(12, Happened.MARKED, BODY), event(14, Happened.MARKED, BODY), reviewed(15, None)])
    assert (one.stands, other.stands) == (False, True)


def test_a_marker_whose_review_date_has_come_stands_and_is_due() -> None:
    (marker,) = markers_of([event(12, Happened.MARKED, BODY)])
    assert not due(marker, date(2027, 6, 29))
    assert due(marker, date(2027, 6, 30))
    assert due(marker, date(2037, 1, 1))
    assert marker.stands


def test_what_was_erased_is_no_marker_and_what_comes_after_is_one() -> None:
    erased = [event(12, Happened.MARKED, None), event(13, Happened.MARKER_REVIEWED, None)]
    assert markers_of(erased) == ()
    (later,) = markers_of([*erased, event(20, Happened.ERASED, {"rule": "marker"}), event(21, Happened.MARKED, BODY)])
    assert later.id == "M-21"
