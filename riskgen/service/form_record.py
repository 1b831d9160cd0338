"""The record of a visit as it was filled in on its form: read by the rules of a file that says how a visit went."""

import re
from collections.abc import Iterator
from typing import Any

from riskgen.core.problem import Problem
from riskgen.core.record import Ending, Further, Kept, VisitRecord
from riskgen.core.struct import Struct, field, names_of, replace
from riskgen.core.words import NOT_RECORDED, moment_words, yes_no
from riskgen.files.controls import RECORD, Control
from riskgen.files.spoken import date_said
from riskgen.files.text import folded, printed
from riskgen.files.yaml import Document
from riskgen.service.faults import InvalidInput
from riskgen.service.handed_in import HandedIn, Line, NotTaken, is_filled, said
from riskgen.service.record_file import record_in
from riskgen.service.records import Recording, record_of

TEXTS = ("why", "seen", "agreed", "incident_text")
_YES_NO = {"yes": "yes", "no": "no"}
_ENDINGS = {ending.words.casefold(): ending.value for ending in Ending}
_KEPT = {kept.words.casefold(): kept.value for kept in Kept}
_CLAUSE = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)+")
_TITLES = {
    "ending": "How the visit ended",
    "why": "Why it was not made as planned",
    "seen": "What was seen",
    "agreed": "What was agreed",
    "concern": "A safeguarding concern",
    "incident": "An incident",
    "incident_text": "What happened in the incident",
}


def said_on(handed: HandedIn, recording: Recording) -> VisitRecord:
    """What the form says of how the visit went. Raises `InvalidInput` with every fault of the form.

    An action that the register has already is left out, so that a form may be read twice.
    """
    sheet = _Sheet(handed)
    before = recording.record
    document = Document(handed.fields.shown, sheet.data)
    found, faults = record_in(document, recording.asked, len(before.further or ()))
    problems = (*sheet.problems, *map(sheet.at_its_field, faults))
    if problems:
        raise InvalidInput(problems)
    more = found.record
    if more.further is not None and before.further is not None:
        new = tuple(action for action in more.further if not _has(before.further, action))
        more = replace(more, further=new or None)
    return more


def taken_back(handed: HandedIn, before: VisitRecord, said: VisitRecord) -> tuple[VisitRecord, tuple[NotTaken, ...]]:
    """What a form says, without what would make lighter what the register has; and that, with what to do about it.

    A form may be older than what somebody has recorded since: it takes back no yes, no graver ending with its reason,
    and nothing that was not done; and it replaces no text, since nobody can tell which of two is the graver.
    """
    left: list[NotTaken] = []

    def leave(title: str, says: str, has: str) -> None:
        because = f"The register has: {has}. If that was a mistake, say so with 'riskgen record', which keeps both."
        left.append(NotTaken(f"{title}: {says}", (because,)))

    kept = said
    if before.concern and said.concern is False:
        kept = replace(kept, concern=None)
        leave(_TITLES["concern"], "No", "Yes")
    if before.incident and said.incident is False:
        kept = replace(kept, incident=None)
        leave(_TITLES["incident"], "No", "Yes")
    if before.ending and said.ending and said.ending.gravity < before.ending.gravity:
        kept = replace(kept, ending=None, why="")
        leave(_TITLES["ending"], said.ending.words, before.ending.words)
    not_done = {tick.clause for tick in before.clauses if tick.answer is Kept.NOT_DONE}
    lighter = [tick for tick in said.clauses if tick.clause in not_done and tick.answer is not Kept.NOT_DONE]
    for tick in lighter:
        leave(tick.clause, tick.answer.words, Kept.NOT_DONE.words)
    told: dict[str, Any] = {name: "" for name in TEXTS if getattr(before, name)}
    for name in told:
        if _is_another(getattr(before, name), getattr(kept, name)):
            left.append(NotTaken(_TITLES[name], (_HAS_A_TEXT,)))
    kept = replace(kept, **told)
    because = {tick.clause: tick.why for tick in before.clauses if tick.why}
    others = [tick for tick in said.clauses if tick not in lighter and because.get(tick.clause, tick.why) != tick.why]
    for tick in others:
        if _is_another(because[tick.clause], tick.why):
            left.append(NotTaken(f"{tick.clause}: why not", (_HAS_A_TEXT,)))
    left_out = (*lighter, *others)
    return replace(kept, clauses=tuple(tick for tick in kept.clauses if tick not in left_out)), tuple(left)


_HAS_A_TEXT = "The register has another text already. Add to it with 'riskgen record', which keeps both."


def _is_another(has: str, says: str) -> bool:
    """Whether a text of a form would replace another; it is the same also where it comes back as it was printed."""
    return bool(has and says) and folded(printed(has)) != folded(printed(says))


def _has(actions: tuple[Further, ...], action: Further) -> bool:
    return any((each.what, each.who, each.by) == (action.what, action.who, action.by) for each in actions)


def stays_on_paper(handed: HandedIn) -> Iterator[str]:
    """The titles of fields that were filled in and that the register has no place for."""
    known = {RECORD + name for name in (*_TITLES, *_OTHERS)}
    for control in handed.fields.of(RECORD):
        if control.tag not in known and is_filled(control):
            yield control.title


_OTHERS = ("none_further", "clause", "clause_answer", "clause_why", "action_what", "action_who", "action_by")


# --- from fields to what a file would say -------------------------------------------------------------


class _Sheet(Struct):
    """The fields of one form as the entries of a file, and where each entry stands on the form."""

    handed: HandedIn
    data: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        controls = self.handed.fields.of(RECORD)
        for control in controls:
            name = control.tag.removeprefix(RECORD)
            if name in _TITLES and is_filled(control):
                self._simple(name, control)
        self._clauses(controls)
        self._actions(controls)

    def at_its_field(self, problem: Problem) -> Problem:
        """A fault of the entry that a field was made into, told of the field."""
        steps = problem.field.split("/")
        known = ("/".join(steps[:count]) for count in range(len(steps), 0, -1))
        at = next((self.places[name] for name in known if name in self.places), problem.path)
        hint = (
            "Choose 'Not done' beside it, or take the reason out." if problem.code == "record-because" else problem.hint
        )
        return replace(problem, path=at, line=0, hint=hint)

    def _fault(self, at: str, code: str, message: str, hint: str) -> None:
        self.problems.append(Problem(at, 0, code, message, hint))

    def _put(self, entry: str, value: Any, at: str) -> None:
        """Set an entry, once; said again it has to be the same."""
        if self.data.get(entry, value) != value:
            self._fault(at, "record-twice", "It is answered twice on the form, and not the same.", "Keep one of them.")
        self.data[entry] = value
        self.places[entry] = at

    def _chosen(self, control: Control, choices: dict[str, str], names: tuple[str, ...], at: str) -> str:
        found = choices.get(folded(said(control)), "")
        if not found:
            hint = f"Choose one of: {'; '.join(names)}."
            self._fault(at, "record-choice", "What stands there is not one of the choices.", hint)
        return found

    def _simple(self, name: str, control: Control) -> None:
        at = self.handed.where(control)
        if name in TEXTS:
            self._put(name, control.text, at)
        elif name == "ending":
            if found := self._chosen(control, _ENDINGS, tuple(ending.words for ending in Ending), at):
                self._put("outcome", found, at)
        elif found := self._chosen(control, _YES_NO, ("Yes", "No"), at):
            self._put(name, found, at)

    # --- rows ---

    def _clauses(self, controls: tuple[Control, ...]) -> None:
        answers: dict[str, str] = {}
        because: dict[str, str] = {}
        clause = ""
        for control in controls:
            if control.tag == f"{RECORD}clause":
                clause = (control.text.split() or [""])[0].strip(":.,;")
                continue
            name = control.tag.removeprefix(f"{RECORD}clause_")
            if name not in ("answer", "why") or control.tag == name or not is_filled(control):
                continue
            if not _CLAUSE.fullmatch(clause):
                hint = "Take a fresh form, and leave its rows as they are."
                message = "It stands in a row that does not say which clause it is about."
                self._fault(self.handed.where(control), "record-row", message, hint)
                continue
            at = self.handed.where(control, clause)
            if name == "why":
                self._in_row(because, "because", clause, control.text, at)
            elif found := self._chosen(control, _KEPT, tuple(kept.words for kept in Kept), at):
                self._in_row(answers, "clauses", clause, found, at)
        self.data |= {name: rows for name, rows in (("clauses", answers), ("because", because)) if rows}

    def _in_row(self, rows: dict[str, str], entry: str, clause: str, value: str, at: str) -> None:
        if rows.setdefault(clause, value) != value:
            message = f"{clause} is answered twice on the form, and not the same."
            self._fault(at, "record-twice", message, "Keep one of them.")
        self.places[f"{entry}/{clause}"] = at

    def _actions(self, controls: tuple[Control, ...]) -> None:
        rows: list[dict[str, str]] = []
        places: list[dict[str, str]] = []
        for control in controls:
            name = control.tag.removeprefix(f"{RECORD}action_")
            if control.tag == name:
                continue
            if name == "what":
                rows.append({})
                places.append({})
            if not is_filled(control):
                continue
            if not rows:
                message = "It stands in a row that does not say what is to be done."
                self._fault(self.handed.where(control), "record-row", message, "Take a fresh form.")
                continue
            rows[-1][name] = _day(control) if name == "by" else control.text
            places[-1][name] = self.handed.where(control, f"row {len(rows)}")
        filled = [(row, where) for row, where in zip(rows, places, strict=True) if row]
        for index, (_, where) in enumerate(filled):
            self.places |= {f"actions/{index}/{name}": at for name, at in where.items()}
            self.places[f"actions/{index}"] = next(iter(where.values()))
        none = next((each for each in controls if each.tag == f"{RECORD}none_further" and each.ticked), None)
        if none and filled:
            message = "It says that nothing further is to be done, and beside it stands what is."
            hint = "Take the tick out, or empty the rows of the action plan."
            self._fault(self.handed.where(none), "record-none-further", message, hint)
        elif filled:
            self.data["actions"] = [row for row, _ in filled]
        elif none:
            self.data["actions"] = "none"


def _day(control: Control) -> str:
    """A day as a file has it; what cannot be made out stays as it stands, to be refused."""
    on = date_said(control.text) or (control.moment.date() if control.moment else None)
    return on.isoformat() if on else control.text


# --- what it would change -----------------------------------------------------------------------------


def record_lines(handed: HandedIn, recording: Recording, record: VisitRecord) -> Iterator[Line]:
    """What the register would have of the visit that it does not have yet, line by line."""
    before = record_of(recording.visit) or VisitRecord()
    titles = {control.tag.removeprefix(RECORD): control.title for control in handed.fields.of(RECORD)}
    for name in names_of(VisitRecord):
        old, new = getattr(before, name), getattr(record, name)
        if name in _TITLES and old != new:
            title = titles.get(name) or _TITLES[name]
            yield Line(f"{RECORD}{name}", title, _words(old), _words(new), name in TEXTS)
    yield from _clause_lines(before, record)
    if record.further == () and before.further is None:
        yield Line(f"{RECORD}none_further", "Further actions", NOT_RECORDED, "Nothing is to follow")
    known = len(before.further or ())
    for number, action in enumerate((record.further or ())[known:], known + 1):
        words = f"{action.what} ({action.who}, by {moment_words(action.by)})"
        yield Line(f"{RECORD}action_what", f"Further action {number}", "", words, private=True)


def _clause_lines(before: VisitRecord, after: VisitRecord) -> Iterator[Line]:
    old = {tick.clause: tick for tick in before.clauses}
    for tick in after.clauses:
        was = old.get(tick.clause)
        if was is None or was.answer is not tick.answer:
            words = was.answer.words if was else NOT_RECORDED
            yield Line(f"{RECORD}clause_answer", tick.clause, words, tick.answer.words)
        if tick.why != (was.why if was else ""):
            yield Line(f"{RECORD}clause_why", f"{tick.clause}: why not", was.why if was else "", tick.why, private=True)


def _words(value: Any) -> str:
    if isinstance(value, Ending):
        return value.words
    if isinstance(value, bool):
        return yes_no(value)
    return str(value) if value else NOT_RECORDED
