"""What the register says, and what is written into it, within one transaction."""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from typing import Any

from riskgen.core.visit import Entry, Event, Happened, State, Visit, Who, entry_of, visit_of
from riskgen.register import chain, queries
from riskgen.register.chain import (
    NOTHING_BEFORE,
    ChainFault,
    Row,
    event_of,
    event_with,
    head_of,
    moment,
    next_row,
    what_can_be_read,
    written,
)
from riskgen.register.database import UNCHANGED, Connection, RegisterFault
from riskgen.register.schema import (
    EVENT,
    META,
    OWN,
    PASSPHRASE,
    SAFE_WORD,
    SPENT_WORD,
    VISIT,
    VISITOR,
    get_meta,
    insert,
    put_meta,
    upsert,
)
from riskgen.register.statements import numbered

_REFERENCE = re.compile(r"RA-([0-9]{4})-([0-9]{4}|[1-9][0-9]{4,5})")
_LAST_NUMBER = 999_999
"""Of a year. A school stays within four digits; a trust of many schools may not."""
_ROW = "row {}"
"""Under which the table `meta` has the visit that was recorded from a row."""
_PAGE = 500
"""Rows, or subjects, that are asked for at a time."""
_PLAIN = ("family", "purpose", "outcome", "policy", "edition", "catalogue", "fingerprint")
_TIMES = ("start", "due_back")
_ENTRY = ("reference", "state", "after_the_fact", *_TIMES, *_PLAIN)


class Reader:
    """What the register says, within one snapshot. Made by `store.Register.read`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def events(self, subject: str) -> tuple[Event, ...]:
        """All that happened to a visit, a family, or the register itself (the empty subject), in order."""
        return self.events_of((subject,))[subject]

    def events_of(
        self, subjects: Iterable[str], unread: Collection[Happened] = (), *, lenient: bool = False
    ) -> dict[str, tuple[Event, ...]]:
        """The same for many at once; a subject that nothing happened to has none.

        Events of the kinds in `unread` come without their bodies: an assessment's is most of a visit, and a reader
        that is in a hurry may not need it. An event that cannot be read is a `RegisterFault`; to a `lenient` reader
        it comes without its body, and one of which not even kind and time can be read is left out.
        """
        wanted = list(dict.fromkeys(subjects))
        found: dict[str, list[Event]] = {subject: [] for subject in wanted}
        for start in range(0, len(wanted), _PAGE):
            page = wanted[start : start + _PAGE]
            for row in map(Row._make, self._connection.ask(queries.events_of(len(page)), **numbered(page))):
                bare = row._replace(body=None) if row.happened in unread else row
                if event := what_can_be_read(bare) if lenient else event_of(bare):
                    found[row.subject].append(event)
        return {subject: tuple(events) for subject, events in found.items()}

    def last(self) -> Event | None:
        """The last event, without its body where that cannot be read; None where there is none, or nothing of it can.

        It is asked for its number and its time by everybody who is about to write, whatever is wrong with it.
        """
        row = self._last_row()
        return what_can_be_read(row) if row else None

    def head(self) -> str:
        """The hash of the last event: who writes it down elsewhere can tell later that all is still there."""
        row = self._last_row()
        return row.hash if row else NOTHING_BEFORE

    def entry(self, reference: str) -> Entry | None:
        lines = self._connection.ask(queries.line(_ENTRY), reference=reference)
        visitors = self._connection.ask(queries.visitors(), reference=reference) if lines else ()
        return next(_entries(lines, visitors), None)

    def find(
        self,
        *,
        states: Collection[State] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        purpose: str = "",
        outcome: str = "",
        visitor: str = "",
        family: str = "",
        policy: str = "",
    ) -> tuple[Entry, ...]:
        """The visits of which all that is given is true, by their start and then their reference.

        Times are aware; `since` counts itself, `until` does not. A visit without a start is in no stretch of time.
        """
        wanted = {"purpose": purpose, "outcome": outcome, "family": family, "policy": policy}
        where = [getattr(VISIT.c, name) == value for name, value in wanted.items() if value]
        if states:
            where.append(VISIT.c.state.in_([state.value for state in states]))
        if since:
            where.append(VISIT.c.start >= written(since))
        if until:
            where += [VISIT.c.start != "", VISIT.c.start < written(until)]
        if visitor:
            theirs = VISITOR.select(VISITOR.c.reference).where(VISITOR.c.staff == visitor)
            where.append(VISIT.c.reference.in_(theirs))
        return self._entries(where)

    def starting(self, since: datetime, until: datetime) -> dict[str, datetime]:
        """The references of the visits that start in a stretch of time, with their starts and in their order.

        Times are aware; `since` counts itself, `until` does not.
        """
        found = self._connection.ask(queries.starting(), since=written(since), until=written(until))
        return {str(reference): moment(start) for reference, start in found}

    def visits(
        self, references: Iterable[str], unread: Collection[Happened] = (), *, lenient: bool = False
    ) -> dict[str, Visit]:
        """What has become of each visit; the rest as for `events_of`. An unknown reference is left out."""
        found = self.events_of(references, unread, lenient=lenient)
        return {name: visit_of(name, events) for name, events in found.items() if events}

    def by_now(self, known: Visit) -> Visit:
        """What has become of a visit by now; it is read again only where something happened that is not `known`."""
        last = self._connection.ask(queries.last_of(), subject=known.reference)
        happened = [event.number for event in known.events[-1:]]
        return known if [number for (number,) in last] == happened else self.visits([known.reference])[known.reference]

    def taken_elsewhere(self) -> dict[str, int]:
        """The highest reference of each year that the register was told of, `{"2026": 12}`: forms carried it already.

        What the register was started or mended with says so, under `references`.
        """
        kinds = [Happened.STARTED.value, Happened.REPAIRED.value]
        highest: dict[str, int] = {}
        for row in map(Row._make, self._connection.ask(queries.of_the_register(len(kinds)), **numbered(kinds))):
            for year, number in ((event_of(row).body or {}).get("references") or {}).items():
                highest[year] = max(highest.get(year, 0), number)
        return highest

    def subjects_with(self, *happened: Happened) -> tuple[str, ...]:
        """Every subject to which at least one of these has happened, in order of their names."""
        kinds = [kind.value for kind in happened]
        return tuple(
            subject for (subject,) in self._connection.ask(queries.subjects_with(len(kinds)), **numbered(kinds))
        )

    def all_events(self, after: int = 0) -> Iterator[Event]:
        """All events of the register in their order, a page at a time. To be used up while reading."""
        return map(event_of, self._all_rows(after))

    def verify(self) -> tuple[ChainFault, ...]:
        """What is wrong with the chain of events or with the states in the index; empty if all is as it was written."""
        head = get_meta(self._connection, "head") or head_of(0, NOTHING_BEFORE)
        return (*chain.faults(self._all_rows(), head), *self._states_in_index())

    def compare(self) -> tuple[ChainFault, ...]:
        """What is kept beside the chain and is not what the events say: lines of the index, passphrases.

        To be asked where the chain is whole. Raises `RegisterFault` for an event that cannot be read.
        """
        return (*self._index_faults(), *self._passphrase_faults())

    def safe_word(self, reference: str) -> bytes | None:
        """The sealed safe word of a visit."""
        found = self._connection.ask(queries.sealed(), reference=reference)
        return bytes(found[0][0]) if found else None

    def spent_words(self, since: datetime, among: Collection[str] | None = None) -> frozenset[str]:
        """The marks of the safe words that were given out since then, or that a visit still has.

        All of them, or those `among` a few, which takes little longer however many there are.
        """
        if among is None:
            spent = SPENT_WORD.select(SPENT_WORD.c.mark).where(SPENT_WORD.c.used_at >= written(since))
            found = self._connection.rows(spent.union(SAFE_WORD.select(SAFE_WORD.c.mark)))
            return frozenset(mark for (mark,) in found)
        found = self._connection.ask(queries.spent(len(among)), since=written(since), **numbered(among))
        given_out = frozenset(mark for (mark,) in found)
        if not (others := [mark for mark in among if mark not in given_out]):
            return given_out  # to look these up would be to go through the words of all visits
        found = self._connection.ask(queries.in_use(len(others)), **numbered(others))
        return given_out.union(mark for (mark,) in found)

    def passphrase(self, staff: str) -> str | None:
        """The hash of somebody's passphrase."""
        found = self._connection.rows(PASSPHRASE.select(PASSPHRASE.c.hashed).where(PASSPHRASE.c.staff == staff))
        return str(found[0][0]) if found else None

    def meta(self, name: str) -> str | None:
        return get_meta(self._connection, name)

    def recorded_row(self, mark: str) -> str | None:
        """The reference of the visit that was recorded from the row of a sheet that has this mark."""
        return get_meta(self._connection, _ROW.format(mark))

    def next_reference(self, year: int) -> str:
        """The next reference of a year. It is taken by `put_entry` in the same transaction, and free again if not.

        Raises `LookupError` when 999,999 have been taken.
        """
        last = self._connection.ask(queries.last_number(), year=year)
        number = max(last[0][0] if last else 0, self.taken_elsewhere().get(f"{year:04}", 0)) + 1
        if number > _LAST_NUMBER:
            raise LookupError(f"All references of {year} have been taken.")
        return f"RA-{year:04}-{number:04}"

    def _last_row(self) -> Row | None:
        found = self._connection.ask(queries.last_event())
        return Row(*found[0]) if found else None

    def _all_rows(self, after: int = 0) -> Iterator[Row]:
        while rows := self._connection.ask(queries.events_after(), after=after, most=_PAGE):
            yield from map(Row._make, rows)
            after = rows[-1][0]

    def _entries(self, where: list[Any]) -> tuple[Entry, ...]:
        query = VISIT.select(*queries.columns(VISIT, _ENTRY)).order_by(VISIT.c.start, VISIT.c.reference)
        named = VISITOR.select(VISITOR.c.reference, VISITOR.c.staff).order_by(VISITOR.c.reference, VISITOR.c.place)
        if where:
            query = query.where(*where)
            named = named.where(VISITOR.c.reference.in_(VISIT.select(VISIT.c.reference).where(*where)))
        return tuple(_entries(self._connection.rows(query), self._connection.rows(named)))

    def _index_faults(self) -> Iterator[ChainFault]:
        """Where a line of the index is not what the events add up to."""
        for page in _pages([reference for reference, _ in self._states()]):
            lines = {entry.reference: entry for entry in self._entries([VISIT.c.reference.in_(page)])}
            for reference, visit in self.visits(page).items():
                line = lines.get(reference)
                if line and not visit.erased and line != entry_of(visit):
                    yield ChainFault(0, f"The index does not have {reference} as it was recorded.")

    def _passphrase_faults(self) -> Iterator[ChainFault]:
        """Where a passphrase is not the one that was chosen."""
        chosen = {
            str(event.body["staff"]): event.body.get("digest")
            for event in self.events("")
            if event.happened is Happened.PASSPHRASE_SET and event.body
        }
        for staff, hashed in self._connection.rows(PASSPHRASE.select(PASSPHRASE.c.staff, PASSPHRASE.c.hashed)):
            if chosen.get(staff) != digest_of(hashed):
                yield ChainFault(0, f"The passphrase of {staff} is not the one that was chosen.")

    def _states_in_index(self) -> Iterator[ChainFault]:
        """Where the state in the index is not what the events add up to."""
        indexed = dict(self._connection.rows(VISIT.select(VISIT.c.reference, VISIT.c.state)))
        for reference, state in self._states():
            stands = indexed.pop(reference, None)
            if stands is None:
                yield ChainFault(0, f"{reference} is missing from the index of visits.")
            elif stands != state:
                yield ChainFault(0, f"The index has {reference} as {stands}, and what happened makes it {state}.")
        for reference in sorted(indexed):
            yield ChainFault(0, f"The index has {reference}, and nothing is written that happened to it.")

    def _states(self) -> Iterator[tuple[str, State]]:
        """Every visit and its state, without a look at what the events say."""
        columns = (EVENT.c.subject, EVENT.c.number, EVENT.c.happened)
        after = ""
        while True:
            subjects = EVENT.select(EVENT.c.subject).distinct().where(EVENT.c.subject > after)
            page = [name for (name,) in self._connection.rows(subjects.order_by(EVENT.c.subject).limit(_PAGE))]
            if not page:
                return
            query = EVENT.select(*columns).where(EVENT.c.subject.in_(page)).order_by(EVENT.c.subject, EVENT.c.number)
            for subject, rows in groupby(self._connection.rows(query), key=lambda row: str(row[0])):
                if _REFERENCE.fullmatch(subject):
                    yield subject, visit_of(subject, _bare(rows)).state
            after = page[-1]


class Writer(Reader):
    """What is to be written, all of it or nothing. Made by `store.Register.write`. It reads what it has written."""

    def append(self, subject: str, happened: Happened, at: datetime, who: Who, body: Mapping[str, Any]) -> Event:
        """Add an event to the end of the chain; its body is the one that was given, which nobody reads back.

        `at` is aware. Raises `ValueError` for what JSON cannot hold.
        """
        last = self._connection.ask(queries.last_link())
        number, previous = last[0] if last else (0, NOTHING_BEFORE)
        row = next_row(number + 1, previous, subject, happened, at, who, body)
        insert(self._connection, EVENT, row._asdict())
        put_meta(self._connection, "head", head_of(row.number, row.hash))
        return event_with(row, body)

    def put_entry(self, entry: Entry) -> None:
        """Put a line into the index, or change all of it. Raises `ValueError` for what is not a visit's reference."""
        found = _REFERENCE.fullmatch(entry.reference)
        if not found:
            raise ValueError(f"{entry.reference} is not the reference of a visit.")
        values: dict[str, Any] = {name: getattr(entry, name) for name in ("reference", *_PLAIN)}
        values |= {name: written(at) if (at := getattr(entry, name)) else "" for name in _TIMES}
        values |= {"state": entry.state.value, "after_the_fact": int(entry.after_the_fact)}
        upsert(self._connection, VISIT, "reference", {**values, "year": int(found[1]), "number": int(found[2])})
        self._put_visitors(entry.reference, entry.visitors)

    def put_safe_word(self, reference: str, ciphertext: bytes, mark: str, at: datetime) -> None:
        """Keep the sealed safe word of a visit, instead of any it had. `mark` is a keyed hash of the word."""
        upsert(self._connection, SAFE_WORD, "reference", {"reference": reference, "sealed": ciphertext, "mark": mark})
        upsert(self._connection, SPENT_WORD, "mark", {"mark": mark, "used_at": written(at)})

    def erase_safe_word(self, reference: str) -> None:
        """Erase the sealed word. Its mark stays with its date, so that the word is not given out again too soon."""
        self._connection.run(SAFE_WORD.delete().where(SAFE_WORD.c.reference == reference))

    def forget_marks(self, before: datetime) -> None:
        """Forget the marks of words that were given out before then."""
        self._connection.do(queries.forget_marks(), before=written(before))

    def put_passphrase(self, staff: str, hashed: str) -> None:
        upsert(self._connection, PASSPHRASE, "staff", {"staff": staff, "hashed": hashed})

    def put_meta(self, name: str, value: str) -> None:
        """Keep a word about the register. Raises `ValueError` for the names it keeps for itself."""
        if name in OWN:
            raise ValueError(f"The register keeps {name} for itself.")
        put_meta(self._connection, name, value)

    def keep_row(self, mark: str, reference: str) -> None:
        """Keep which visit was recorded from the row of a sheet. `mark` is a keyed hash of what the row says."""
        put_meta(self._connection, _ROW.format(mark), reference)

    def forget_row(self, mark: str) -> None:
        self._connection.run(META.delete().where(META.c.name == _ROW.format(mark)))

    def erase_bodies(self, subject: str) -> int:
        """Erase what all events of a subject say, but for the events that tell of erasures; how many there were.

        The chain stays whole; `verify` is content once an `ERASED` event of the subject stands after them.
        """
        theirs = (
            (EVENT.c.subject == subject) & (EVENT.c.happened != Happened.ERASED.value) & (EVENT.c.body.is_null(False))
        )
        return int(self._connection.run(EVENT.update({EVENT.c.salt: None, EVENT.c.body: None}).where(theirs)))

    def forget_entry(self, reference: str) -> None:
        """Take what is personal out of a line of the index: family, visitors and purpose. The rest stays."""
        self._connection.run(
            VISIT.update({VISIT.c.family: "", VISIT.c.purpose: ""}).where(VISIT.c.reference == reference)
        )
        self._put_visitors(reference, ())

    def _put_visitors(self, reference: str, visitors: Iterable[str]) -> None:
        self._connection.do(queries.forget_visitors(), reference=reference)
        for place, staff in enumerate(visitors):
            insert(self._connection, VISITOR, {"reference": reference, "place": place, "staff": staff})


def _pages(names: list[str]) -> Iterator[list[str]]:
    return (names[start : start + _PAGE] for start in range(0, len(names), _PAGE))


def digest_of(hashed: str) -> str:
    """What the event of choosing a passphrase keeps of its hash, so that another in its place is found."""
    return hashlib.sha256(hashed.encode()).hexdigest()


def _entries(lines: Iterable[tuple[Any, ...]], named: Iterable[tuple[Any, ...]]) -> Iterator[Entry]:
    """Entries from lines of the index, in their order, and from the references with those who go."""
    visitors: dict[str, list[str]] = {}
    for reference, staff in named:
        visitors.setdefault(reference, []).append(staff)
    for line in lines:
        row = dict(zip(_ENTRY, line, strict=True))
        yield _entry(row, visitors.get(row["reference"], ()))


def _entry(row: dict[str, Any], visitors: Iterable[str]) -> Entry:
    try:
        row["state"] = State(row["state"])
        row |= {name: moment(text) if (text := row[name]) else None for name in _TIMES}
    except ValueError:
        message = f"The index has {row['reference']} in a way that cannot be read: it has been changed. {UNCHANGED}"
        raise RegisterFault("damaged", message) from None
    return Entry(**{**row, "after_the_fact": bool(row["after_the_fact"]), "visitors": tuple(visitors)})


def _bare(rows: Iterable[tuple[Any, ...]]) -> Iterator[Event]:
    """Events that only say what happened; kinds that are not known are left to the check of the chain."""
    for subject, number, happened in rows:
        with suppress(ValueError):
            yield Event(number, subject, Happened(happened), datetime.min, Who(), None)
