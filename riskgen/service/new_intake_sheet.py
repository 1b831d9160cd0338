"""An empty intake sheet for a school: its questions as columns, its own staff and its policy's purposes as lists."""

from pathlib import Path

from riskgen.core.conditions import Value
from riskgen.core.conditions import questions as rests_on
from riskgen.core.model import Option, Policy, Question
from riskgen.core.rules import find, known_before_leaving
from riskgen.core.terms import Outcome, QuestionType, Status
from riskgen.core.words import NOT_WORKED_OUT, answer_words
from riskgen.files.visit_columns import (
    NEEDED,
    NEEDED_MARK,
    PURPOSE,
    REFERENCE,
    VISITOR_PLACES,
    asked_in_sheet,
    visitor_column,
    visitor_label,
)
from riskgen.intake.example import EXAMPLE_VISITORS, example_answers
from riskgen.intake.said import how_to_answer
from riskgen.service import clock
from riskgen.service.homes import Home
from riskgen.service.visits import put_in_place

_LACKING = {REFERENCE: "reference", PURPOSE: "purpose", "visit.start": "start", "visit.minutes": "minutes"}
_VISITORS_LACKING = "visitors"
_YES_NO, _STAFF = "yes_no", "staff"


def write_intake_sheet(home: Home, path: Path, rows: int, force: bool) -> None:
    """Write an empty intake sheet for a school. Raises `Refused` rather than overwrite one, and `EnvironmentFault`."""
    put_in_place({path: _made(home, rows)}, force)


def own_purposes(home: Home) -> tuple[Option, ...]:
    """The purposes that the school's policy leaves open, in any edition that is or will be in force.

    One is left out only where it alone breaks a clause, so that the visit would be referred or not made. All, where
    the policy limits none.
    """
    question, today = home.library.questions[PURPOSE], home.now().date()
    current = home.library.edition_on(home.school.policy, today)
    later = [each for each in home.library.policies.get(home.school.policy, ()) if each.in_force > today]
    editions = [each for each in (current, *later) if each]
    open_to = tuple(
        option for option in question.options if any(not _rules_out(home, each, option.id) for each in editions)
    )
    return open_to or question.options


def _rules_out(home: Home, policy: Policy, purpose: str) -> bool:
    questions = home.library.questions
    keep = known_before_leaving(questions)
    found = (find(clause, {PURPOSE: purpose}, questions, keep) for clause in policy.clauses)
    return any(each.status is Status.BROKEN and each.outcome >= Outcome.REFER for each in found)


def _made(home: Home, rows: int) -> bytes:
    from riskgen.workbook.intake_sheet import Column, Entries, make_intake_sheet

    questions, staff = home.library.questions, home.school.staff
    asked_by, purposes = _asked_by(home), own_purposes(home)
    example = example_answers(questions, purposes[0].id)
    lists = {
        _YES_NO: Entries("Yes or no", ("Yes", "No", NOT_WORKED_OUT)),
        _STAFF: Entries("Staff", tuple(f"{person.id} {person.name}" for person in staff)),
    }
    columns = []
    for question in asked_in_sheet(questions.values()):
        limited = question.name == PURPOSE and len(purposes) < len(question.options)
        entries = ""
        if question.type is QuestionType.YES_NO:
            entries = _YES_NO
        elif question.type is QuestionType.STAFF:
            entries = _STAFF
        elif question.type is QuestionType.CHOICE:
            entries = question.name
            offered = [option.label for option in (purposes if limited else question.options)]
            unknown = () if question.name in NEEDED else (NOT_WORKED_OUT,)
            lists[entries] = Entries(question.label, tuple(dict.fromkeys((*offered, *unknown))))
        columns.append(
            Column(
                question.name,
                home.library.groups[question.group].label,
                f"{NEEDED_MARK if question.name in NEEDED else ''}{question.label}",
                question.type,
                _PURPOSE_HOW if limited else how_to_answer(question),
                question.hint,
                _purpose_answers(purposes, question) if limited else how_to_answer(question, every_option=True),
                asked_by.get(question.name, ""),
                _LACKING.get(question.name, ""),
                entries,
                limited,
                question.least,
                question.most,
                question.longest,
                question.lines,
                _in_example(question, example.get(question.name)),
            )
        )
    at = sum(column.name in _LACKING for column in columns)
    columns[at:at] = [
        Column(
            visitor_column(number),
            home.library.groups["visit"].label,
            f"{NEEDED_MARK if number == 1 else ''}{visitor_label(number)}",
            QuestionType.STAFF,
            "Choose a member of staff from the list, one in each of these columns.",
            answers="Choose a member of staff from the list, such as S-07 Gray Invented, or type the reference alone.",
            needed=_VISITORS_LACKING,
            entries=_STAFF,
            example=EXAMPLE_VISITORS[number - 1] if number <= len(EXAMPLE_VISITORS) else None,
        )
        for number in range(1, VISITOR_PLACES + 1)
    ]
    title = f"Planned visits, {home.school.name}"
    return make_intake_sheet(title, columns, lists, clock.utc_now(), rows)


_PURPOSE_HOW = "Choose one of the list: these are the purposes of the school's policy. The Dictionary names the others."


def _purpose_answers(purposes: tuple[Option, ...], question: Question) -> str:
    own = "; ".join(option.label for option in purposes)
    others = "; ".join(option.label for option in question.options if option not in purposes)
    return (
        f"Choose one of the list, the purposes of the school's policy: {own}. If the visit is for something else, say "
        f"so, and type one of these instead: {others}. The policy then has somebody decide on it."
    )


def _in_example(question: Question, value: Value | None) -> Value | None:
    """An answer as the example row shows it: numbers, dates and times as such, all else in words."""
    if value is None or question.type in (
        QuestionType.NUMBER,
        QuestionType.DATE,
        QuestionType.TIME,
        QuestionType.MOMENT,
    ):
        return value
    return (
        answer_words(question, value).replace(", ", "; ") if isinstance(value, tuple) else answer_words(question, value)
    )


def _asked_by(home: Home) -> dict[str, str]:
    """For each question the clauses of the school's policy, and the hazards, that rest on it."""
    questions = home.library.questions
    edition = home.library.edition_on(home.school.policy, home.now().date())
    found: dict[str, dict[str, None]] = {}

    def note(name: str, source: str) -> None:
        for each in (name, *questions[name].derived_from):
            found.setdefault(each, {})[source] = None

    for clause in edition.clauses if edition else ():
        for condition in (clause.applies, clause.unless, clause.met):
            for name in rests_on(condition):
                note(name, clause.id)
    for hazard in home.library.hazards:
        parts = (
            hazard.applies,
            *(factor.when for factor in hazard.factors),
            *(control.in_place for control in hazard.controls),
        )
        for condition in parts:
            for name in rests_on(condition):
                note(name, hazard.name)
    return {name: "; ".join(sources) for name, sources in found.items()}
