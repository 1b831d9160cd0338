"""The annual workbook: which visits are of the year, what is read of each, and where the file goes."""

import gc
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from riskgen import __version__
from riskgen.core.audit import AuditLine, Rules, What, audit
from riskgen.core.model import Intake
from riskgen.core.problem import Problem
from riskgen.core.result import Assessment, PolicyStamp
from riskgen.core.struct import Struct, replace
from riskgen.core.timers import midnight
from riskgen.core.visit import Event, Happened, State, Who, visit_of
from riskgen.core.words import YES
from riskgen.core.yearly import VisitRead, attempt_row, hazard_rows, nobody_met, surprise_row, visit_row
from riskgen.files.private import private_folder
from riskgen.files.schema import parse_date
from riskgen.register.store import Reader
from riskgen.service.bodies import read_back
from riskgen.service.desk import Desk
from riskgen.service.faults import EnvironmentFault, InvalidInput
from riskgen.service.homes import Home
from riskgen.service.paper import can_keep
from riskgen.service.records import clauses_by_topic, record_of
from riskgen.service.visits import put_in_place
from riskgen.workbook.about import About, Edition
from riskgen.workbook.annual import AnnualRows
from riskgen.workbook.stream import TooManyRows

SCHOOL_YEAR_BEGINS = (9, 1)
"""1 September: the school year of England and Wales, and of Jersey."""
_SCHOOL_YEAR = re.compile(r"(\d{4})[-/](\d{2}|\d{4})", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_AT_A_TIME = 20
"""Visits that are read at once; what is known of one takes some hundred kilobytes of memory."""
FIRST_YEAR, LAST_YEAR = 1901, 2999
"""Years that Excel can count the days of, and that somebody may mean."""
POLICY_STATUS = "policy-status"
"""The topic of clauses on the review of the policy itself."""


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for garbage that holds itself: what events are turned into holds none, and with so many objects the
    search takes a fifth of the whole command."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class Span(Struct, frozen=True):
    """The days that a workbook is about, the last with them, and what they are called."""

    first: date
    last: date
    title: str


class Made(Struct, frozen=True):
    """A workbook that was made: where it is, and what went into it."""

    path: Path
    span: Span
    visits: int
    to_look_at: int


def span_of(year: str = "", since: str = "", until: str = "", calendar_year: str = "") -> Span:
    """The days of a school year (`2025-26`), of a calendar year, or from one day to another.

    Raises `InvalidInput` for what is none of these, or more than one.
    """
    given = [bool(year), bool(since or until), bool(calendar_year)]
    if sum(given) != 1:
        words = "More than one stretch of days is given." if any(given) else "No year is given."
        hint = "Give a school year such as 2025-26, or --from and --to, or --calendar-year 2026."
        raise _invalid("year-missing", words, hint)
    if year:
        return _school_year(year)
    if calendar_year:
        if not _YEAR.fullmatch(calendar_year) or not FIRST_YEAR <= int(calendar_year) <= LAST_YEAR:
            raise _invalid("year-form", "--calendar-year must be a year such as 2026.", "")
        number = int(calendar_year)
        return Span(date(number, 1, 1), date(number, 12, 31), f"Home visits in {calendar_year}")
    first, last = parse_date(since), parse_date(until)
    if first is None or last is None:
        raise _invalid("date-form", "--from and --to must both be days such as 2026-12-02.", "Give both.")
    if first > last:
        raise _invalid("dates-order", "--from is later than --to.", "Put the earlier day first.")
    if first.year < FIRST_YEAR or last.year > LAST_YEAR:
        raise _invalid("date-form", f"--from and --to must be from {FIRST_YEAR} to {LAST_YEAR}.", "")
    return Span(first, last, f"Home visits from {first:%d/%m/%Y} to {last:%d/%m/%Y}")


def _school_year(text: str) -> Span:
    found = _SCHOOL_YEAR.fullmatch(text)
    begins = int(found[1]) if found else 0
    if not found or not FIRST_YEAR <= begins < LAST_YEAR or f"{begins + 1:04}"[-len(found[2]) :] != found[2]:
        hint = "Write both years, the second one after the first: 2025-26. It runs from 1 September to 31 August."
        raise _invalid("year-form", f"'{text}' is not a school year.", hint)
    month, day = SCHOOL_YEAR_BEGINS
    first = date(begins, month, day)
    last = date(begins + 1, month, day) - timedelta(days=1)
    return Span(first, last, f"Home visits in the school year {begins}-{(begins + 1) % 100:02}")


def make_annual(
    home: Home, desk: Desk, span: Span, who: Who, target: Path, *, governors: bool = False, force: bool = False
) -> Made:
    """Write the workbook of a span of days.

    The register is read a few visits at a time, so that nobody else has to wait; what happens to it meanwhile is not
    in the workbook. Raises `InvalidInput`, `Refused` where there is a file already, and `EnvironmentFault`.
    """
    can_keep(target, force)
    try:
        return _made(_Year(home, desk, span), home, desk, span, who, target, governors, force)
    except TooManyRows as error:
        raise _invalid("rows-too-many", f"{error} Nothing was saved.", "Choose fewer days.") from error


def _made(
    year: "_Year", home: Home, desk: Desk, span: Span, who: Who, target: Path, governors: bool, force: bool
) -> Made:
    title = f"{span.title}: {home.school.name}"
    with private_folder() as folder, AnnualRows(folder, title, desk.now(), governors=governors) as rows:
        for read in year.reads():
            lines = tuple(audit(read.visit, read.assessment, read.record, read.day, year.rules))
            to_look_at = sum(line.look == YES for line in lines)
            row = visit_row(read, year.rules, year.purposes, to_look_at)
            matrix = read.assessment.matrix if read.assessment else None
            rows.add(row, hazard_rows(read), lines, surprise_row(read, row), matrix)
            year.count(read, to_look_at)
        for line in year.past_review():
            rows.add_audit(line)
        for attempt, read in () if governors else year.attempts():
            rows.add_attempt(attempt_row(read, visit_row(read, year.rules, year.purposes, 0), attempt, year.rules))
        about = About(
            home.school.name,
            span.title,
            span.first,
            span.last,
            desk.wall(desk.now()),
            "The school" if governors else _by(who, year.rules),
            __version__,
            year.last,
            year.head,
            year.editions(),
            () if governors else year.notes(),
        )
        book = folder / "annual.xlsx"
        try:
            rows.write(about, home.library.questions, book)
        except OSError as error:
            raise EnvironmentFault(f"The workbook could not be made: {error.strerror}. Nothing was saved.") from error
        put_in_place({target: book}, force)
    return Made(target, span, year.visits, year.to_look_at)


class _Year:
    """What is read of the register for a span of days, and what adds up on the way."""

    def __init__(self, home: Home, desk: Desk, span: Span) -> None:
        self._desk, self._span = desk, span
        zone = desk.school.timezone
        with desk.register.read() as reader:
            last = reader.last()
            self.last, self.head = (last.number if last else 0), reader.head()
            self._listed = reader.starting(midnight(span.first, zone), midnight(span.last + timedelta(days=1), zone))
            self._drafts = sum(entry.start is None for entry in reader.find(states=(State.DRAFT,)))
        purpose = home.library.questions.get("visit.purpose")
        self.purposes = {option.id: option.label for option in purpose.options} if purpose else {}
        self.rules = Rules(
            zone,
            desk.now(),
            desk.school.record_within_hours,
            bool(desk.school.fallback_authorise),
            {person.id: person.name for person in desk.school.staff},
            clauses_by_topic(home),
        )
        self.visits = self.to_look_at = self._erased = 0
        self._decided: Counter[PolicyStamp] = Counter()
        self._families: dict[str, None] = {}
        self._without_family: list[str] = []

    def reads(self) -> Iterator[VisitRead]:
        """Every visit of the span, by its start."""
        references = list(self._listed)
        for place in range(0, len(references), _AT_A_TIME):
            with self._desk.register.read() as reader:
                found = self._read(reader, references[place : place + _AT_A_TIME])
            yield from found

    @_uncollected()
    def _read(self, reader: Reader, references: list[str]) -> list[VisitRead]:
        """Visits as they were when the workbook was begun; of those that were erased since, nothing is left to read."""
        found = []
        for reference, events in reader.events_of(references).items():
            erased = any(event.happened is Happened.ERASED for event in events)
            then = tuple(event for event in events if erased or event.number <= self.last)
            read = _visit_read(reference, then, self._desk.wall(self._listed[reference])) if then else None
            if read and read.day and self._span.first <= read.day <= self._span.last:
                found.append(read)
        return found

    def count(self, read: VisitRead, to_look_at: int) -> None:
        """Take note of a visit: of the edition that decided it, and of a home at which nobody was met."""
        self.visits += 1
        self.to_look_at += to_look_at
        self._erased += read.visit.erased is not None
        if read.assessment:
            self._decided[read.assessment.policy] += 1
        if nobody_met(read):
            family = str(read.intake.answers.get("family.reference") or "") if read.intake else ""
            if family:
                self._families[family] = None
            else:
                self._without_family.append(read.visit.reference)

    def attempts(self) -> Iterator[tuple[int, VisitRead]]:
        """Every visit that went out to a home at which nobody was met at least once, family by family, numbered."""
        for family in sorted(self._families):
            with self._desk.register.read() as reader:
                entries = reader.find(family=family)
                found = self._read(reader, [entry.reference for entry in entries if entry.reference in self._listed])
            yield from enumerate((read for read in found if read.visit.departed), 1)
        for reference in self._without_family:
            with self._desk.register.read() as reader:
                yield from enumerate(self._read(reader, [reference]), 1)

    def past_review(self) -> Iterator[AuditLine]:
        """A line of the audit for each edition under which visits were decided after its own review date."""
        for stamp, count in self._decided.items():
            if stamp.review_overdue:
                clauses = ", ".join(self.rules.topics.get((stamp.id, stamp.edition, POLICY_STATUS), ()))
                many = f"{count} visit{'s were' if count > 1 else ' was'} decided under the edition of {stamp.edition}"
                self.to_look_at += 1
                found = f"{stamp.name}: {many}."
                yield AuditLine("", stamp.review_due, What.REVIEW_PAST, clauses, "", found, "", None, "", YES)

    def editions(self) -> tuple[Edition, ...]:
        """The editions that decided visits of the span, with how many."""
        found: dict[str, Edition] = {}
        for stamp, count in self._decided.items():
            before = found.get(stamp.fingerprint)
            edition = before or Edition(stamp.name, stamp.edition, stamp.fingerprint, stamp.review_due, 0)
            found[stamp.fingerprint] = replace(edition, visits=edition.visits + count)
        return tuple(found.values())

    def notes(self) -> tuple[str, ...]:
        """What the numbers do not show by themselves."""
        notes = []
        if self._drafts:
            notes.append(f"Drafts without a start belong to no year and are not counted: {self._drafts}.")
        if self._erased:
            notes.append(f"Visits whose records were erased have a reference and a state only: {self._erased}.")
        return tuple(notes)


def _visit_read(reference: str, events: tuple[Event, ...], listed: datetime) -> VisitRead:
    visit = visit_of(reference, events)
    assessed = visit.assessed.body if visit.assessed else None
    return VisitRead(
        visit,
        read_back(Intake, visit.body, "intake", reference) if visit.body else None,
        read_back(Assessment, assessed, "assessment", reference) if assessed else None,
        record_of(visit),
        listed,
    )


def _by(who: Who, rules: Rules) -> str:
    """Who made it."""
    return f"{rules.name(who.staff)} ({who.staff})" if who.staff else "Nobody named"


def _invalid(code: str, message: str, hint: str) -> InvalidInput:
    return InvalidInput([Problem("the command line", 0, code, message, hint)])
