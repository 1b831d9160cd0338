"""Markers on families: putting one in, looking at it again, and letting it speak for itself in an assessment."""

import calendar
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from shlex import quote
from typing import Any

from riskgen.core.conditions import Value
from riskgen.core.marker import Kind, Marker, Review, due, markers_of
from riskgen.core.model import Staff
from riskgen.core.problem import Problem
from riskgen.core.struct import Struct, replace
from riskgen.core.visit import Entry, Happened, State, Who
from riskgen.files.schema import check, parse_date
from riskgen.files.text import clean, in_two
from riskgen.files.visit_columns import REFERENCE
from riskgen.files.yaml import read_yaml
from riskgen.intake.gather import COMMAND_LINE, Given
from riskgen.register.store import Reader
from riskgen.service.desk import Desk
from riskgen.service.faults import InvalidInput, Refused
from riskgen.service.homes import Home
from riskgen.service.references import is_reference
from riskgen.service.visits import role_names

REVIEW_MONTHS = 12
"""How far ahead the review of a marker may be set. Guidance asks for a review date and leaves the period to the
school; a year is riskgen's own default, so that no marker outlives a school year unseen."""
SAFEGUARDING = "safeguarding-lead"
REGISTER = "the register"
LONGEST = 2000
"""Characters of a text on a marker."""
SHOWS: Mapping[Kind, tuple[str, ...]] = {
    # A violent incident that was reported is aggression towards somebody as well.
    Kind.VIOLENCE: ("history.violence_reported", "history.aggression_known"),
    Kind.ANIMAL: ("household.animals", "household.animal_known_aggressive"),
}
"""The questions to which a marker that stands answers yes."""
_TEXT = {"type": "string"}
_SCHEMA: Mapping[str, Mapping[str, Any]] = {
    "what": _TEXT,
    "on": {**_TEXT, "check_with": "date"},
    "reported_by": _TEXT,
    "review_on": {**_TEXT, "check_with": "date"},
    "told": {**_TEXT, "allowed": ["yes", "no"]},
    "why_not_told": _TEXT,
}
FIELDS = tuple(_SCHEMA)
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")


class Draft(Struct, frozen=True):
    """A marker that is about to be put in."""

    family: str
    kind: Kind
    what: str
    on: date
    reported_by: str
    review_on: date
    told: bool
    why_not_told: str


# --- what markers say -----------------------------------------------------------------------------


def same_family(reference: str) -> str:
    """A family's reference in the one way in which it is compared: capitals, spaces and kinds of dashes make no odds.

    A marker that is missed over a space in a reference would be worse than none.
    """
    plain = unicodedata.normalize("NFKC", reference).translate(_DASHES)
    return "".join(plain.casefold().split())


def family_markers(reader: Reader, family: str) -> tuple[Marker, ...]:
    """All markers of a family, lifted ones too."""
    wanted = same_family(family)
    subjects = [name for name in reader.subjects_with(Happened.MARKED) if wanted and same_family(name) == wanted]
    return tuple(marker for events in reader.events_of(subjects).values() for marker in markers_of(events))


def all_markers(reader: Reader) -> tuple[Marker, ...]:
    """Every marker of the register, by family."""
    found = reader.events_of(reader.subjects_with(Happened.MARKED))
    return tuple(marker for events in found.values() for marker in markers_of(events))


def standing_markers(reader: Reader, families: Iterable[str]) -> dict[str, tuple[Marker, ...]]:
    """The markers that stand on some families, by `same_family`, for those who are out there.

    One that cannot be read is left out: it must not keep the rest from being seen.
    """
    wanted = {same_family(family) for family in families} - {""}
    if not wanted:
        return {}
    subjects = [name for name in reader.subjects_with(Happened.MARKED) if same_family(name) in wanted]
    found: dict[str, tuple[Marker, ...]] = {}
    for subject, events in reader.events_of(subjects, lenient=True).items():
        with suppress(KeyError, TypeError, ValueError):
            standing = tuple(marker for marker in markers_of(events) if marker.stands)
            found[same_family(subject)] = found.get(same_family(subject), ()) + standing
    return found


def visits_to_come(reader: Reader, family: str) -> tuple[Entry, ...]:
    """The visits to a family that are out, and those that have yet to leave."""
    wanted = same_family(family)
    states = (State.OUT, State.AUTHORISED, State.ASSESSED, State.DRAFT)
    return tuple(entry for entry in reader.find(states=states) if wanted and same_family(entry.family) == wanted)


def due_markers(reader: Reader, today: date) -> tuple[Marker, ...]:
    """The markers that are to be looked at again, the longest due first."""
    return tuple(sorted((m for m in all_markers(reader) if due(m, today)), key=lambda m: (m.review_on, m.family)))


def marker_answers(reader: Reader, family: str) -> dict[str, Value]:
    """What the markers that stand say of a family: nothing but yes. Empty without a family's reference."""
    standing = [marker for marker in family_markers(reader, family) if marker.stands]
    return {name: True for marker in standing for name in SHOWS[marker.kind]}


def not_looked_up(reader: Reader, answers: Mapping[str, Value]) -> frozenset[str]:
    """Where nobody says which family it is: the questions that markers answer, of whichever family they are.

    A "no" to these cannot be held against the register, and so is not known: a reference left out must not make a
    home look safer.
    """
    if answers.get(REFERENCE):
        return frozenset()
    kinds = {marker.kind for marker in all_markers(reader) if marker.stands}
    return frozenset(name for kind in kinds for name in SHOWS[kind] if answers.get(name) is False)


def looked_up(reader: Reader, given: Given) -> tuple[Given, tuple[str, ...]]:
    """What was given, with what the markers on the family say whatever the answers say; and a sentence for each change.

    Where nobody says which family it is, a no that a marker could belie is not known.
    """
    doubtful = not_looked_up(reader, given.answers)
    no_family = said_of_no_family(given.answers, doubtful)
    given = replace(given, answers={name: value for name, value in given.answers.items() if name not in doubtful})
    given, sentences = with_markers(given, marker_answers(reader, str(given.answers.get(REFERENCE) or "")))
    return given, (*no_family, *sentences)


def said_of_no_family(answers: Mapping[str, Value], doubtful: Iterable[str]) -> tuple[str, ...]:
    """That markers count for nothing where nobody says which family it is; `doubtful` is what is not known for that."""
    if answers.get(REFERENCE):
        return ()
    names = ", ".join(f"'{name}'" for name in sorted(doubtful))
    so = f": {names} is not known." if names else "."
    return (f"Nobody says which family it is ('{REFERENCE}'), so markers cannot be looked up{so}",)


def with_markers(given: Given, found: Mapping[str, Value]) -> tuple[Given, tuple[str, ...]]:
    """What was given, with what markers say instead of a no or of nothing; and a sentence for each answer so set."""
    new = {name: value for name, value in found.items() if given.answers.get(name) != value}
    if not new:
        return given, ()
    family = given.answers.get(REFERENCE)
    sentences = [
        f"'{name}' is yes because of a marker in the register{_instead(given, name)}. "
        f"To see it: riskgen marker list {quote(str(family))}."
        for name in new
    ]
    origins = {**given.origins, **dict.fromkeys(new, (REGISTER, 0))}
    return replace(given, answers={**given.answers, **new}, origins=origins), tuple(sentences)


def _instead(given: Given, name: str) -> str:
    if name not in given.answers:
        return "; nobody had answered it"
    path, line = given.origins.get(name, (COMMAND_LINE, 0))
    return f"; {path}{f', line {line},' if line else ''} says no"


# --- who may decide -------------------------------------------------------------------------------


def deciders(home: Home, today: date) -> tuple[str, ...]:
    """The roles that may decide on a marker: those that may authorise visits, by the policy in force today or by
    school.yaml where a policy names nobody, and the safeguarding lead.

    A marker bears on every later visit to the family, as an authorisation bears on one; and what is held of a family
    as a danger is the safeguarding lead's business whoever authorises. The same roles lift one.
    """
    policy = home.library.edition_on(home.school.policy, today)
    by_policy = [role for rule in (policy.authorise if policy else ()) for role in rule.by]
    return tuple(dict.fromkeys((*by_policy, *home.school.fallback_authorise, SAFEGUARDING)))


def one_who_decides(home: Home, desk: Desk, who: Who) -> Staff:
    """The person who asks. Raises `Refused` where nobody has shown who they are, or they may not decide."""
    person = identified(desk, who)
    roles = deciders(home, desk.wall(desk.now()).date())
    refuse_others(home, person, roles, "decides on markers")
    return person


def identified(desk: Desk, who: Who) -> Staff:
    """The person who asks. Raises `Refused` where nobody has shown who they are."""
    if not (who.staff and who.proof):
        raise Refused(
            "This needs a person who shows who they are: add --as and your staff reference. Nothing was saved."
        )
    return desk.staff(who.staff)


def refuse_others(home: Home, person: Staff, roles: Iterable[str], does: str) -> None:
    """Raise `Refused` where a person holds none of the roles that this is left to."""
    allowed = frozenset(roles)
    if not allowed & set(person.roles):
        policy = home.library.policies.get(home.school.policy, ())
        names = role_names(home, policy[-1]) if policy else {}
        able = [each.id for each in home.school.staff if allowed & set(each.roles)]
        raise Refused(
            f"{person.id} is not one who {does}. Who does:",
            reasons=[names.get(role, role) for role in roles],
            after=f"In the staff directory: {', '.join(able) or 'nobody'}. Nothing was saved.",
        )


# --- putting one in -------------------------------------------------------------------------------


def read_details(path: Path, today: date) -> dict[str, str]:
    """What a file says of a marker, by `FIELDS`. Raises `InvalidInput`; no message repeats what the file says."""
    document = read_yaml(path)
    problems = list(document.problems)
    if document.data is not None:
        problems += check(document, _SCHEMA, private=frozenset(_SCHEMA))
    if problems or not isinstance(document.data, dict):
        raise InvalidInput(problems)
    details = {str(name): str(value) for name, value in document.data.items()}
    for name, raw in details.items():
        if wrong := wrong_with(name, raw, today):
            problems.append(document.problem((name,), "marker-detail", *_wrong(name, wrong)))
    if problems:
        raise InvalidInput(problems)
    return details


def wrong_with(name: str, raw: str, today: date) -> str:
    """What is wrong with one detail of a marker, and how to mend it; empty if nothing is."""
    if name in ("on", "review_on"):
        return _wrong_day(name, parse_date(raw.strip()), today)
    if name == "told":
        return "" if raw.strip().casefold() in ("yes", "no", "y", "n") else "It is not yes or no. Type one of them."
    tidy, reason = clean(raw, one_line=False, longest=LONGEST)
    return reason or ("" if tidy else "It is empty. Write it down.")


def _wrong_day(name: str, day: date | None, today: date) -> str:
    if day is None:
        return "It is not a date. Write it such as 2026-12-02."
    if name == "on":
        return "It is a day to come. Give the day on which it happened." if day > today else ""
    last = months_on(today, REVIEW_MONTHS)
    if today < day <= last:
        return ""
    return f"A review is to be on a day to come, at most {REVIEW_MONTHS} months ahead. Choose one until {last}."


def months_on(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _wrong(name: str, reason: str) -> tuple[str, str]:
    message, hint = in_two(reason)
    return f"'{name}': {message[0].lower()}{message[1:]}", hint


def was_told(details: Mapping[str, str]) -> bool:
    return details.get("told", "").strip().casefold() in ("yes", "y")


def made_of(family: str, kind: Kind, details: Mapping[str, str], today: date) -> Draft:
    """The marker that details make. Raises `InvalidInput` with everything that is wrong or missing."""
    told = was_told(details)
    problems = []
    for name in FIELDS:
        if name == "why_not_told" and told:
            continue
        wrong = wrong_with(name, details[name], today) if name in details else "It is missing. Add it."
        if wrong:
            problems.append(Problem(COMMAND_LINE, 0, "marker-detail", *_wrong(name, wrong), field=name))
    if told and "why_not_told" in details:
        message = "'why_not_told' is given, but 'told' is yes."
        problems.append(Problem(COMMAND_LINE, 0, "marker-told", message, "Correct one of them.", field="why_not_told"))
    if problems:
        raise InvalidInput(problems)
    tidy = {name: clean(raw, one_line=False, longest=LONGEST)[0] for name, raw in details.items()}
    on, review_on = (date.fromisoformat(tidy[name]) for name in ("on", "review_on"))
    reason = "" if told else tidy["why_not_told"]
    return Draft(family, kind, tidy["what"], on, tidy["reported_by"], review_on, told, reason)


def family_named(home: Home, desk: Desk, text: str) -> tuple[str, bool]:
    """A family's reference as the register has it, and whether the register or the folder `families` knows it.

    Raises `InvalidInput` for what cannot be one.
    """
    tidy, reason = clean(text, one_line=True, longest=home.library.questions[REFERENCE].longest or LONGEST)
    if not tidy or reason or is_reference(tidy):
        message = "That is not the reference of a family."
        hint = "Give it as the family's file has it, such as F-0123."
        raise InvalidInput([Problem(COMMAND_LINE, 0, "family-reference", message, hint)])
    wanted = same_family(tidy)
    with desk.register.read() as reader:
        marked = [name for name in reader.subjects_with(Happened.MARKED) if same_family(name) == wanted]
        if marked:
            return marked[0], True
        if reader.find(family=tidy):
            return tidy, True
    files = (home.folder / "families").glob("*.yaml") if (home.folder / "families").is_dir() else ()
    named = next((path.stem for path in files if same_family(path.stem) == wanted), "")
    return named or tidy, bool(named)


def add_marker(desk: Desk, draft: Draft, who: Who) -> Marker:
    """Put a marker in."""
    body = {
        "kind": draft.kind.value,
        "what": draft.what,
        "on": draft.on.isoformat(),
        "reported_by": draft.reported_by,
        "review_on": draft.review_on.isoformat(),
        "told": draft.told,
        "why_not_told": draft.why_not_told,
    }
    with desk.register.write() as writer:
        event = writer.append(draft.family, Happened.MARKED, desk.now(), who, body)
    return markers_of([event])[0]


# --- looking at it again --------------------------------------------------------------------------


def find_marker(desk: Desk, named: str, family: str = "") -> Marker:
    """A marker that stands, by its id. Raises `InvalidInput` where there is none, `Refused` where it was lifted."""
    with desk.register.read() as reader:
        markers = family_markers(reader, family) if family else all_markers(reader)
    found = next((marker for marker in markers if marker.id == named.strip().upper()), None)
    if found is None:
        message = f"There is no marker of that id{' on that family' if family else ''}."
        hint = "'riskgen marker list' shows the markers that stand. Ids look like M-12."
        raise InvalidInput([Problem(COMMAND_LINE, 0, "marker-unknown", message, hint)])
    if found.lifted:
        raise Refused(f"{found.id} was lifted on {desk.wall(found.lifted):%Y-%m-%d}. Nothing was saved.")
    return found


def review_marker(desk: Desk, marker: Marker, until: date | None, reason: str, who: Who) -> Marker:
    """Keep a marker until a new date, or lift it (`until` is None). Raises `Refused` if it was reviewed meanwhile."""
    with desk.register.write() as writer:
        now = next((each for each in markers_of(writer.events(marker.family)) if each.id == marker.id), None)
        if now != marker:
            raise Refused(f"Somebody else has just reviewed {marker.id}. Look at it again. Nothing was saved.")
        body = {"marker": marker.id, "until": until.isoformat() if until else None, "reason": reason}
        event = writer.append(marker.family, Happened.MARKER_REVIEWED, desk.now(), who, body)
    review = Review(event.at, who.staff, until, reason)
    return replace(marker, review_on=until or marker.review_on, reviews=(*marker.reviews, review))


# --- telling --------------------------------------------------------------------------------------


def markers_report(desk: Desk, markers: Iterable[Marker], whole: bool) -> dict[str, Any]:
    """The shape of `riskgen marker list --json`; `whole` adds what happened, for the markers of one family."""
    today = desk.wall(desk.now()).date()
    return {"today": today.isoformat(), "markers": [_row(desk, marker, today, whole) for marker in markers]}


def _row(desk: Desk, marker: Marker, today: date, whole: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "marker": marker.id,
        "family": marker.family,
        "kind": marker.kind.value,
        "on": marker.on.isoformat(),
        "decided_by": marker.decided_by,
        "decided_on": f"{desk.wall(marker.added):%Y-%m-%d}",
        "review_on": marker.review_on.isoformat(),
        "due": due(marker, today),
        "stands": marker.stands,
        "told": marker.told,
    }
    if whole:
        row |= {
            "what": marker.what,
            "reported_by": marker.reported_by,
            "why_not_told": marker.why_not_told,
            "reviews": [
                {
                    "on": f"{desk.wall(review.at):%Y-%m-%d}",
                    "by": review.by,
                    "until": review.until.isoformat() if review.until else None,
                    "reason": review.reason,
                }
                for review in marker.reviews
            ],
        }
    return row
