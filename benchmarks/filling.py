"""A register with a great many visits in it, each with the bodies of a real one."""

import hashlib
import json
import secrets
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from riskgen.core.outing import outing_of
from riskgen.core.plain import to_plain
from riskgen.core.record import Ending, VisitRecord
from riskgen.core.struct import Struct, replace
from riskgen.core.visit import Entry, Happened, State, Who
from riskgen.register.chain import canonical, head_of, written
from riskgen.register.schema import put_meta
from riskgen.register.store import Register, create_register
from riskgen.service.desk import open_desk
from riskgen.service.homes import Home, make_home, open_home
from riskgen.service.recording import record_assessment
from riskgen.service.visits import Request, decide, gather

SAMPLES = (
    ("F-0123.yaml", ("S-07", "S-12"), "attendance"),
    ("F-0456.yaml", ("S-05", "S-06"), "welfare"),
    ("F-0789.yaml", ("S-08", "S-11"), "attendance"),
)
A_YEAR = 9999
"""References of one year."""
AT_A_TIME = 1000
"""Visits in one transaction."""
OFFICE = Who("S-10", "office", "account")
NOTE = "Everybody was at home and well. What was agreed was gone through once more, and the next step is written down. "


class Sample(Struct, frozen=True):
    """What really was written down for one visit: its index line, and the bodies of its two longest events."""

    entry: Entry
    assessed: "Packed"
    departed: str


def samples(folder: Path, start: datetime) -> tuple[Home, tuple[Sample, ...]]:
    """A school made in `folder`, and sample visits that were assessed there, forms and all. `start` is aware."""
    make_home(folder, "robert-ogden", force=False)
    home = open_home(folder)
    found = []
    with open_desk(folder, home.school) as desk:
        for family, visitors, purpose in SAMPLES:
            settings = ("travel.driver=" + visitors[0], "safety.check_in_times=10:30")
            when = f"{desk.wall(start):%Y-%m-%d %H:%M}"
            request = Request((folder / "families" / family,), settings, visitors, purpose, when, "60")
            decided = decide(home, gather(home, request))
            reference = record_assessment(home, desk, decided, OFFICE).reference
            visit = desk.visit(reference)
            with desk.register.read() as reader:
                entry = reader.entry(reference)
            if entry is None or visit.assessed is None:
                raise RuntimeError("A visit that was just recorded is not there.")
            outing = outing_of(decided.intake, decided.policy, home.school, home.library.questions, start)
            found.append(
                Sample(
                    entry,
                    Packed(visit.assessed.body or {}),
                    json.dumps({"outing": to_plain(outing), "left_at": start.isoformat(), "after_the_fact": False}),
                )
            )
    return home, tuple(found)


def fill(where: str | Path, kinds: tuple[Sample, ...], visits: int, out: int, now: datetime) -> Register:
    """A register with so many visits, the last of which are out; the others are over, half an hour apart and more.

    Through the register's own `append` 100,000 visits take half an hour, most of it for putting the same words into
    SQL and packing the same texts. So each text is packed once, rows go in many at a time, and only the chain is made
    event by event. `Register.verify` finds no fault with the result.
    """
    register = create_register(
        where, now - timedelta(days=8000), {"references": {}, "timezone": "Europe/London"}, Who()
    )
    mark = "?" if register.path else "%s"
    numbers = iter(range(visits))
    while some := list(islice(numbers, AT_A_TIME)):
        with register.write() as writer:
            last = writer.last()
            chain = _Chain(last.number if last else 0, writer.head())
            lines: list[tuple[Any, ...]] = []
            named: list[tuple[Any, ...]] = []
            for number in some:
                entry, events = _visit(kinds[number % len(kinds)], number, visits, out, now)
                for happened, at, packed in events:
                    chain.add(entry.reference, happened, at, packed)
                lines.append(_line(entry))
                named += [(entry.reference, place, staff) for place, staff in enumerate(entry.visitors)]
            cursor = register.connection.database.cursor()
            for table, rows in (("event", chain.rows), ("visit", lines), ("visit_visitor", named)):
                marks = ", ".join([mark] * len(rows[0]))
                cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608  # our own names
            put_meta(register.connection, "head", head_of(chain.number, chain.previous))
    return register


class Packed:
    """What an event says, ready for the table: as it is hashed, and compressed."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.content = canonical(body)
        self.compressed = zlib.compress(self.content)


class _Chain:
    """Events in the making, each tied to the one before as `register.chain.next_row` does it."""

    def __init__(self, number: int, previous: str) -> None:
        self.number, self.previous = number, previous
        self.rows: list[tuple[Any, ...]] = []

    def add(self, subject: str, happened: Happened, at: datetime, body: Packed) -> None:
        self.number += 1
        salt = secrets.token_bytes(32)
        digest = hashlib.sha256(salt + body.content).hexdigest()
        bound = (self.number, subject, happened.value, written(at), OFFICE.staff, OFFICE.account, OFFICE.proof)
        link = hashlib.sha256(canonical((*bound, digest, self.previous))).hexdigest()
        self.rows.append((*bound, salt, body.compressed, digest, self.previous, link))
        self.previous = link


def _line(entry: Entry) -> tuple[Any, ...]:
    """A row of the table `visit`, its columns in their order."""
    year, number = map(int, entry.reference.split("-")[1:])
    start, due_back = (written(at) if at else "" for at in (entry.start, entry.due_back))
    return (
        *(entry.reference, year, number, entry.state.value, entry.family, entry.purpose, entry.outcome),
        *(start, due_back, int(entry.after_the_fact), entry.policy, entry.edition, entry.catalogue, entry.fingerprint),
    )


def _visit(
    sample: Sample, number: int, visits: int, out: int, now: datetime
) -> tuple[Entry, list[tuple[Happened, datetime, Packed]]]:
    """One visit, an hour long, with all that happens to it."""
    reference = f"RA-{now.year - (visits - 1) // A_YEAR + number // A_YEAR:04}-{number % A_YEAR + 1:04}"
    left = visits - number
    is_out = left <= out
    start = now - (timedelta(minutes=10 + 2 * left) if is_out else timedelta(days=2, minutes=30 * left))
    back = start + timedelta(hours=1)
    departed = json.loads(sample.departed)
    departed["left_at"] = (start - timedelta(minutes=15)).isoformat()
    departed["outing"] |= {"start": start.isoformat(), "due_back": back.isoformat()}
    arrived = {"where": "at-the-door", "at": start.isoformat()}
    events = [
        (Happened.ASSESSED, start - timedelta(days=2), sample.assessed),
        (Happened.AUTHORISED, start - timedelta(days=1), AUTHORISED),
        (Happened.DEPARTED, start - timedelta(minutes=15), Packed(departed)),
        (Happened.CHECKED_IN, start, Packed(arrived)),
    ]
    if not is_out:
        events += [
            (Happened.RETURNED, back, Packed({"where": "school", "at": back.isoformat()})),
            (Happened.RECORDED, back + timedelta(hours=1), RECORDED),
            (Happened.CLOSED, back + timedelta(hours=2), CLOSED),
        ]
    state = State.OUT if is_out else State.CLOSED
    return replace(sample.entry, reference=reference, state=state, start=start, due_back=back), events


AUTHORISED = Packed({"assessment": 1, "accepts": [], "role": "headteacher"})
RECORDED = Packed(
    {
        "record": to_plain(
            VisitRecord(Ending.AS_PLANNED, seen=NOTE * 3, agreed=NOTE * 2, concern=False, incident=False, further=())
        ),
        "concern": False,
        "incident": False,
        "late": False,
        "hours": 1,
        "within_hours": 24,
        "late_clauses": [],
        "notes": [],
    }
)
CLOSED = Packed({})


def utc_now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
