"""Deciding on visits: under the school's policy, under every policy, and at this moment."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from riskgen.core.assess import assess
from riskgen.core.model import Intake, Policy
from riskgen.core.moment import advise
from riskgen.core.problem import Problem
from riskgen.core.result import Advice, Assessment
from riskgen.core.struct import Struct, replace
from riskgen.files.publish import Content, PublishError, WouldOverwrite, publish
from riskgen.intake.gather import COMMAND_LINE, Given, intake_of, visit_problems
from riskgen.intake.interview import answers_file
from riskgen.library.policies import ROLES_QUESTION
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.homes import Home, policy_on
from riskgen.service.intake_sheet import is_sheet_file, one_visit

FARTHEST = 100
"""Years ahead within which a visit must lie."""


class Decided(Struct, frozen=True):
    """One visit, the policy that was applied to it, and the result."""

    intake: Intake
    policy: Policy
    assessment: Assessment


class Request(Struct, frozen=True):
    """What a person asked for: where the answers are, and what the options say."""

    files: tuple[Path, ...] = ()
    settings: tuple[str, ...] = ()
    visitors: tuple[str, ...] = ()
    purpose: str = ""
    start: str = ""
    minutes: str = ""
    edition: str = ""

    def as_settings(self) -> tuple[str, ...]:
        """The options of their own as answers, before any `--set`."""
        named = {"visit.purpose": self.purpose, "visit.start": self.start, "visit.minutes": self.minutes}
        return tuple(f"{name}={value}" for name, value in named.items() if value) + self.settings


def gather(home: Home, request: Request, given: Given | None = None) -> Given:
    """All that was given, later things replacing earlier ones: what there was, files in order, then options."""
    given = given or Given()
    for path in request.files:
        if is_sheet_file(path):
            given = given.with_sheet(one_visit(home, path))
        else:
            given = given.with_file(path, home.library.questions, home.school)
    given = given.with_visitors(request.visitors)
    return given.with_settings(request.as_settings(), home.library.questions, home.school)


def decide(
    home: Home, given: Given, edition: str = "", after_the_fact: bool = False, now: datetime | None = None
) -> Decided:
    """Decide on a visit. Raises `InvalidInput` with everything that is wrong with what was given.

    A visit lies ahead, but for one that went out before it was assessed, which does not. `now` is the school's wall
    time, where that of this machine does not count.
    """
    now = now or home.now()
    intake, start = _visit(home, given, now, ahead=not after_the_fact)
    if after_the_fact and start > now:
        place = given.origins.get("visit.start", (COMMAND_LINE, 0))
        message = f"The visit starts in the future ({start:%Y-%m-%d %H:%M}), so it has not gone out yet."
        raise InvalidInput(
            [Problem(*place, "visit-future", message, "Assess it without --after-the-fact.", field="visit.start")]
        )
    chosen = policy_on(home, home.school.policy, start, edition)
    return Decided(intake, chosen, assess(intake, chosen, home.catalogue))


def compare(home: Home, given: Given) -> tuple[Decided, ...]:
    """The same visit under every policy that has an edition in force on its day."""
    intake, start = _visit(home, given, home.now(), ahead=False)
    editions = [home.library.edition_on(name, start.date()) for name in home.library.policies]
    found = tuple(Decided(intake, edition, assess(intake, edition, home.catalogue)) for edition in editions if edition)
    if not found:
        place = given.origins.get("visit.start", (COMMAND_LINE, 0))
        message = f"No policy has an edition in force on {start:%Y-%m-%d}."
        hint = "'riskgen policy list' shows when each came into force."
        raise InvalidInput([Problem(*place, "edition-none", message, hint)])
    return found


def _visit(home: Home, given: Given, now: datetime, ahead: bool) -> tuple[Intake, datetime]:
    """The visit that was given, and when it starts. It may lie in the past, unless it is to lie `ahead`."""
    intake, problems = intake_of(given, home.school, home.library.questions)
    problems += visit_problems(given, intake, now if ahead else None) + _no_such_time(home, given, intake, now)
    if problems or intake.start is None:
        raise InvalidInput(problems)
    return intake, intake.start


def _no_such_time(home: Home, given: Given, intake: Intake, now: datetime) -> tuple[Problem, ...]:
    """A slip of the keys, such as 2126 for 2026, or an hour that is left out when the clocks go forward."""
    if intake.start is None:
        return ()
    place = given.origins.get("visit.start", (COMMAND_LINE, 0))
    if intake.start.year < now.year + FARTHEST:
        there = intake.start.replace(tzinfo=ZoneInfo(home.school.timezone))
        if there.astimezone(UTC).astimezone(there.tzinfo).replace(tzinfo=None) == intake.start:
            return ()
        message = f"There is no {intake.start:%H:%M} on {intake.start:%Y-%m-%d}: the clocks go forward."
        return (Problem(*place, "visit-clock", message, "Choose another time.", field="visit.start"),)
    message = f"The visit starts {FARTHEST} years or more from now ({intake.start:%Y-%m-%d})."
    return (Problem(*place, "visit-far", message, "Check the year.", field="visit.start"),)


def advise_now(home: Home, given: Given, edition: str = "") -> tuple[Advice, Policy]:
    """What the policy asks at this moment. A visit that has no start yet is taken to be on now."""
    if "visit.start" not in given.answers:
        given = replace(given, answers={**given.answers, "visit.start": home.now()})
    intake, problems = intake_of(given, home.school, home.library.questions)
    problems += _no_such_time(home, given, intake, home.now())
    if problems:
        raise InvalidInput(problems)
    start = intake.start or home.now()
    chosen = policy_on(home, home.school.policy, start, edition)
    return advise(intake, chosen, home.catalogue), chosen


def save_answers(home: Home, given: Given, path: Path, force: bool) -> None:
    """Write the answers to a file that `--answers` reads back. Raises `Refused` rather than overwrite one."""
    text = answers_file(given.answers, given.visitors, home.library.questions)
    put_in_place({path: text.encode()}, force)


def put_in_place(files: Mapping[Path, Content], force: bool, otherwise: str = "Nothing was saved.") -> tuple[Path, ...]:
    """Publish finished files, with the faults of publishing told as those of a use case. `otherwise` says how things
    are where nothing was published."""
    try:
        return publish(files, force)
    except PublishError as error:
        words = str(error) if error.left else f"{error} {otherwise}"
        if isinstance(error, WouldOverwrite):
            raise Refused(words, error.paths) from error
        raise EnvironmentFault(words) from error


def source_names(home: Home) -> dict[str, str]:
    """Hazards and topics by name; clauses are known by their ids."""
    names = {hazard.id: hazard.name for hazard in home.library.hazards}
    names |= {topic.id: topic.label for topic in home.library.topics}
    return names


def role_names(home: Home, policy: Policy) -> dict[str, str]:
    """What roles are called, by id: in the policy's own words where it has them."""
    return {option.id: option.label for option in home.library.questions[ROLES_QUESTION].options} | dict(policy.words)
