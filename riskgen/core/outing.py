"""What the office must know of a visit that is out, copied when it leaves: no later edit of the data can hide it."""

from collections.abc import Mapping
from datetime import datetime

from riskgen.core.model import Contact, Intake, Ladders, Policy, Question, School, Staff
from riskgen.core.struct import Struct
from riskgen.core.timers import Wait, agreed_times, due_back, to_utc, waits
from riskgen.core.words import NOT_RECORDED, answer_words


class Outing(Struct, frozen=True):
    """Who is where, until when, and what the policy (`ladders`) or else the school (`fallback`) does if that fails.

    Moments are aware, in UTC. Texts that nobody gave say that they are not recorded. `due_rests_on` says what
    `due_back` rests on.
    """

    policy: str
    edition: str
    start: datetime | None
    due_back: datetime | None
    due_rests_on: str
    check_in_minutes: int | None
    check_in_clause: str
    agreed: tuple[datetime, ...]
    waits: tuple[Wait, ...]
    ladders: Ladders
    fallback: Ladders
    visitors: tuple[Staff, ...]
    driver: str
    purpose: str
    family: str
    address: str
    family_phone: str
    office_phone: str
    contacts: tuple[Contact, ...]


def outing_of(
    intake: Intake, policy: Policy, school: School, questions: Mapping[str, Question], left_at: datetime
) -> Outing:
    """The outing of a visit that leaves at a moment (aware)."""
    back, rests_on = due_back(intake, school.timezone)

    def words(name: str) -> str:
        question = questions.get(name)
        value = intake.answers.get(name)
        return NOT_RECORDED if question is None or value is None else answer_words(question, value)

    return Outing(
        policy.name,
        policy.edition,
        to_utc(intake.start, school.timezone) if intake.start else None,
        back,
        rests_on,
        policy.check_in_minutes,
        policy.check_in_clause,
        agreed_times(intake, school.timezone, left_at),
        waits(policy.clauses),
        policy.ladders,
        school.fallback,
        intake.visitors,
        str(intake.answers.get("travel.driver") or ""),
        words("visit.purpose"),
        words("family.reference"),
        words("family.address"),
        words("family.phone"),
        school.office_phone,
        school.contacts,
    )
