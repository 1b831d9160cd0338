"""The queries that are made with every visit, as statements; what is asked now and then is put together where it is.

`Slot`s say which values each is to be asked with.
"""

from collections.abc import Iterable
from typing import Any

from riskgen.register.chain import Row
from riskgen.register.schema import EVENT, SAFE_WORD, SPENT_WORD, VISIT, VISITOR
from riskgen.register.statements import Slot, slots, statement


def columns(table: Any, names: Iterable[str]) -> list[Any]:
    return [getattr(table.c, name) for name in names]


@statement
def events_of(count: int) -> Any:
    theirs = EVENT.c.subject.in_(slots(count))
    return EVENT.select(*columns(EVENT, Row._fields)).where(theirs).order_by(EVENT.c.number)


@statement
def of_the_register(count: int) -> Any:
    wanted = (EVENT.c.subject == "") & EVENT.c.happened.in_(slots(count))
    return EVENT.select(*columns(EVENT, Row._fields)).where(wanted).order_by(EVENT.c.number)


@statement
def events_after() -> Any:
    query = EVENT.select(*columns(EVENT, Row._fields)).where(EVENT.c.number > Slot("after"))
    return query.order_by(EVENT.c.number).limit(Slot("most"))


@statement
def last_event() -> Any:
    return EVENT.select(*columns(EVENT, Row._fields)).order_by(EVENT.c.number.desc()).limit(1)


@statement
def last_link() -> Any:
    return EVENT.select(EVENT.c.number, EVENT.c.hash).order_by(EVENT.c.number.desc()).limit(1)


@statement
def last_of() -> Any:
    theirs = EVENT.select(EVENT.c.number).where(EVENT.c.subject == Slot("subject"))
    return theirs.order_by(EVENT.c.number.desc()).limit(1)


@statement
def subjects_with(count: int) -> Any:
    return EVENT.select(EVENT.c.subject).distinct().where(EVENT.c.happened.in_(slots(count))).order_by(EVENT.c.subject)


@statement
def line(names: tuple[str, ...]) -> Any:
    return VISIT.select(*columns(VISIT, names)).where(VISIT.c.reference == Slot("reference"))


@statement
def visitors() -> Any:
    theirs = VISITOR.c.reference == Slot("reference")
    return VISITOR.select(VISITOR.c.reference, VISITOR.c.staff).where(theirs).order_by(VISITOR.c.place)


@statement
def starting() -> Any:
    then = (VISIT.c.start >= Slot("since")) & (VISIT.c.start < Slot("until"))
    return VISIT.select(VISIT.c.reference, VISIT.c.start).where(then).order_by(VISIT.c.start, VISIT.c.reference)


@statement
def last_number() -> Any:
    of_year = VISIT.select(VISIT.c.number).where(VISIT.c.year == Slot("year"))
    return of_year.order_by(VISIT.c.number.desc()).limit(1)


@statement
def sealed() -> Any:
    return SAFE_WORD.select(SAFE_WORD.c.sealed).where(SAFE_WORD.c.reference == Slot("reference"))


@statement
def spent(among: int) -> Any:
    since = SPENT_WORD.c.used_at >= Slot("since")
    return SPENT_WORD.select(SPENT_WORD.c.mark).where(since & SPENT_WORD.c.mark.in_(slots(among)))


@statement
def in_use(among: int) -> Any:
    return SAFE_WORD.select(SAFE_WORD.c.mark).where(SAFE_WORD.c.mark.in_(slots(among)))


@statement
def forget_marks() -> Any:
    return SPENT_WORD.delete().where(SPENT_WORD.c.used_at < Slot("before"))


@statement
def forget_visitors() -> Any:
    return VISITOR.delete().where(VISITOR.c.reference == Slot("reference"))
