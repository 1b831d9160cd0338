"""The pack of a visit: every form that its policy and its state call for, in print order, filled in as things stand."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from riskgen.core.apart import apart
from riskgen.core.conditions import evaluate
from riskgen.core.model import Policy
from riskgen.core.moment import advise
from riskgen.core.record import Ending
from riskgen.core.result import Advice
from riskgen.core.struct import Struct, replace
from riskgen.core.terms import Outcome
from riskgen.core.timers import due_back
from riskgen.core.truth import Truth
from riskgen.core.visit import OPEN, Happened, State, Visit, Who
from riskgen.core.words import lower_first, moment_words
from riskgen.forms.afterwards import log_text
from riskgen.forms.case import Case, InPack, PackPlan
from riskgen.forms.catalogue import FormEntry, Holder, Pack
from riskgen.forms.emergencies import EmergencyPlan
from riskgen.forms.paper import title_of
from riskgen.forms.phrases import later, listed
from riskgen.register.cipher import open_sealed
from riskgen.service.desk import Desk
from riskgen.service.faults import Refused
from riskgen.service.homes import Home
from riskgen.service.moves import append_move
from riskgen.service.paper import emergencies_of, fill, forms_of, templates_print
from riskgen.service.progress import Papers, case_by_now, papers_of
from riskgen.service.scheduling import period_words, schedule_of
from riskgen.service.showing import may_know_word
from riskgen.service.staging import PACK
from riskgen.service.standing import who_authorises

_LINES = {
    Pack.VISIT: "The visit may go ahead. This is all of its paper, for those who go and for those who stay.",
    Pack.DECISION: "Nobody goes. This is what is needed to decide, and the record of why.",
    Pack.RECORD: "The visit has been. This is the record of it.",
    Pack.CANCELLATION: "The visit was called off. This is the record of why.",
}
_NOT_YET = "Only once the visit may go ahead."
_WORD_KEPT = (
    "It carries the safe word, which is given only to the visitors, the office and whoever authorised the visit, once "
    "they have shown who they are."
)
_NOT_FOR_THE_FAMILY = (
    "Only where the visit was made, and its record says what was agreed, what follows, and that there was neither a "
    "safeguarding concern nor an incident. Otherwise the safeguarding lead says what the family may be sent."
)
_LETTERS = (Holder.FAMILY, Holder.AGENCY)


class Written(Struct, frozen=True):
    """One file of a pack: its name, what is in it, and who holds it. `form` is empty for what is no Word form."""

    name: str
    content: bytes
    holders: tuple[Holder, ...] = ()
    form: str = ""
    title: str = ""


class Made(Struct, frozen=True):
    """A pack, made but not yet put in place.

    `word` says that the safe word is in it, `word_kept` that its form was left out, since nobody has shown that they
    may know it. `templates` is a fingerprint of all that says how its forms are printed.
    """

    papers: Papers
    case: Case
    pack: Pack
    files: tuple[Written, ...]
    word: bool
    word_kept: bool
    templates: str = ""


def pack_for(visit: Visit, outcome: Outcome) -> Pack:
    """What a pack of a visit is for, as it stands now."""
    if visit.state in (State.RETURNED, State.RECORDED, State.CLOSED):
        return Pack.RECORD
    if visit.state is State.OUT:
        return Pack.VISIT  # whatever was decided: while people are out the office needs its paper
    if visit.cancelled:
        return Pack.CANCELLATION
    return Pack.DECISION if outcome > Outcome.PROCEED_WITH_CONDITIONS else Pack.VISIT


def make_pack(home: Home, desk: Desk, reference: str, who: Who, *, dry_run: bool = False) -> Made:
    """Fill every form of the pack. Nothing is written but, where the safe word is in it, that it was shown.

    A `dry_run` only finds out what would be in it: its forms are empty, and no safe word is opened.

    Raises `Refused` as `papers_of` does, and `InvalidInput` for a form that cannot be filled.
    """
    papers, templates = papers_of(home, desk, reference), templates_print(home)
    pack = pack_for(papers.visit, papers.outcome)
    if pack is Pack.VISIT:
        _refuse_the_past(desk, papers)
    entries, left_out = _chosen(home, papers, pack, _may_have_word(desk, papers.visit, who))
    case = _case(home, desk, papers, pack, entries, left_out)
    secret = any(entry.secret for entry in entries)
    word = _shown_word(desk, papers.visit, who) if secret and not dry_run else ""
    start = case.start or case.made_at
    files = [
        Written(
            f"{reference}_{number:02}-{entry.id}_{start:%Y-%m-%d}.docx",
            b"" if dry_run else fill(case, entry, word),
            entry.holders,
            entry.id,
            told_apart(entry, case.policy, entries),
        )
        for number, entry in enumerate(entries, start=1)
    ]
    announced = pack is Pack.VISIT and not _not_to_be_sent(home, papers)
    beside = () if dry_run else tuple(_beside(case, announced, files, start))
    return Made(papers, case, pack, (*files, *beside), secret, _WORD_KEPT in dict(left_out).values(), templates)


def _refuse_the_past(desk: Desk, papers: Papers) -> None:
    """Raise `Refused` where a visit that has not left would be back by now: its paper would be of no use to anybody."""
    visit, intake = papers.visit, papers.decided.intake
    due, _ = due_back(intake, desk.school.timezone)
    if visit.state is not State.OUT and due and due <= desk.now():
        raise Refused(
            f"By its plan {visit.reference} would be back by now ({moment_words(desk.wall(due))}). Give it a new time: "
            f"riskgen assess --reference {visit.reference} --force --start WHEN; or call it off: riskgen cancel "
            f"{visit.reference}. Nothing was saved."
        )


def _case(
    home: Home,
    desk: Desk,
    papers: Papers,
    pack: Pack,
    entries: tuple[FormEntry, ...],
    left_out: tuple[tuple[str, str], ...],
) -> Case:
    case = case_by_now(home, desk, papers)
    forms = tuple(
        InPack(
            number,
            entry.id,
            told_apart(entry, case.policy, entries),
            listed([entry.holders[0].words, *(lower_first(holder.words) for holder in entry.holders[1:])]),
            call.clause if (call := case.policy.call(entry.id)) else "",
        )
        for number, entry in enumerate(entries, start=1)
    )
    case = replace(case, pack=PackPlan(_line(papers, pack), forms, left_out))
    if pack is not Pack.VISIT:
        return case
    on = (case.start or case.made_at).date()
    return replace(
        case,
        emergencies=_emergencies(home, papers),
        schedule=schedule_of(home, desk, on, on),
        period=period_words(on, on),
    )


def _line(papers: Papers, pack: Pack) -> str:
    """What a pack is for, in a sentence: nobody is to take it for leave to go while something is open."""
    if pack is Pack.VISIT and papers.visit.state is State.OUT:
        return "The visit is out. This is all of its paper, for those who have gone and for those who stay."
    if pack is Pack.VISIT and papers.decided.assessment.conditions:
        return "The visit may go ahead once all that is still to be done has been done. This is all of its paper."
    return _LINES[pack]


# --- which forms ----------------------------------------------------------------------------------


def _chosen(
    home: Home, papers: Papers, pack: Pack, may_have_word: bool
) -> tuple[tuple[FormEntry, ...], tuple[tuple[str, str], ...]]:
    """The forms of the pack, and those that are left out: their titles, and the reason that they share.

    What no clause calls for is not told of.
    """
    policy, facts = papers.decided.policy, papers.decided.assessment.facts
    called_off = {Pack.CANCELLATION} if papers.progress.called_off else set()
    chosen: list[FormEntry] = []
    left_out: dict[str, list[str]] = {}
    entries = forms_of(home)
    for entry in entries:
        call, title = policy.call(entry.id), told_apart(entry, policy, entries)
        if entry.if_called_for and call is None:
            continue
        if not {pack, *called_off} & set(entry.packs):
            if pack is Pack.DECISION and Pack.VISIT in entry.packs:
                left_out.setdefault(_NOT_YET, []).append(title)
        elif call and evaluate(call.when, facts) is Truth.NO:
            # Without the facts: the cover sheet travels.
            left_out.setdefault(f"{call.clause} does not call for it here.", []).append(title)
        elif pack is Pack.VISIT and _leaves_the_school(entry) and (why_not := _not_to_be_sent(home, papers)):
            left_out.setdefault(why_not, []).append(title)
        elif pack is Pack.RECORD and Holder.FAMILY in entry.holders and not _for_the_family(papers):
            left_out.setdefault(_NOT_FOR_THE_FAMILY, []).append(title)
        elif entry.secret and not may_have_word:
            left_out.setdefault(_WORD_KEPT, []).append(title)
        else:
            chosen.append(entry)
    return tuple(chosen), tuple(("; ".join(dict.fromkeys(titles)), because) for because, titles in left_out.items())


def _for_the_family(papers: Papers) -> bool:
    """Whether a family may be written to of a visit: what was put down in worry might not be safe to send home."""
    record = papers.progress.record
    if record is None or record.ending not in (Ending.AS_PLANNED, Ending.IN_PART) or papers.visit.alarms:
        return False
    untroubled = record.concern is False and record.incident is False
    return untroubled and bool(record.agreed) and record.further is not None


def _leaves_the_school(entry: FormEntry) -> bool:
    return any(not holder.at_school and holder is not Holder.VISITORS for holder in entry.holders)


def _not_to_be_sent(home: Home, papers: Papers) -> str:
    """Why nobody outside the school is written to of a visit as it stands; empty where they may be."""
    if papers.visit.state is State.OUT:
        return "The visit is out: it is too late to announce it."
    rule, _ = who_authorises(home, papers.decided.assessment, papers.decided.intake.visitors)
    holds = papers.progress.authorised is not None and not papers.progress.lapsed
    return "" if holds or not rule.by else "Only once the visit has been authorised."


def told_apart(entry: FormEntry, policy: Policy, entries: Iterable[FormEntry]) -> str:
    """The title of a form, with whose copy it is where another of these forms has the same."""
    title = title_of(policy, entry)
    shared = any(other.id != entry.id and title_of(policy, other) == title for other in entries)
    return f"{title} ({entry.holders[0].words.lower()})" if shared else title


def _may_have_word(desk: Desk, visit: Visit, who: Who) -> bool:
    return bool(visit.state in OPEN and who.staff and who.proof and may_know_word(desk, visit, who.staff))


def _shown_word(desk: Desk, visit: Visit, who: Who) -> str:
    """The safe word, and the event that it was shown. Raises `Refused` where it has been erased meanwhile."""
    key = desk.key()
    with desk.register.write() as writer:
        current = writer.visits([visit.reference])[visit.reference]
        sealed = writer.safe_word(visit.reference)
        if sealed is None:
            raise Refused(f"{visit.reference} is over, and its safe word is erased. Nothing was saved.")
        word = open_sealed(key, desk.register.id, visit.reference, sealed)
        append_move(writer, desk, current, Happened.WORD_SHOWN, who, {"in": PACK})
    return word


def _emergencies(home: Home, papers: Papers) -> tuple[tuple[EmergencyPlan, Advice], ...]:
    """What the policy asks in each emergency, and would not ask without it. The card of every family is the same."""
    intake, policy = apart(papers.decided.intake, home.library.questions), papers.decided.policy
    usual = {(each.do, each.detail, each.clause) for each in advise(intake, policy, home.catalogue).actions}

    def of(plan: EmergencyPlan) -> Advice:
        advice = advise(replace(intake, answers={**intake.answers, **plan.facts}), policy, home.catalogue)
        own = tuple(each for each in advice.actions if (each.do, each.detail, each.clause) not in usual)
        return replace(advice, actions=own)

    return tuple((plan, of(plan)) for plan in emergencies_of(home))


# --- what goes with the forms -----------------------------------------------------------------------


def _beside(case: Case, announced: bool, files: list[Written], start: datetime) -> Iterator[Written]:
    """A calendar entry, once a visit may be `announced`; drafts of e-mails for letters; and the text for the log."""
    from riskgen.service.post import calendar_entry, draft, letter_text

    stem = f"{case.reference}_{{}}_{start:%Y-%m-%d}"
    if announced and case.start:
        minutes = case.value("visit.minutes")
        end = later(case.start, minutes if isinstance(minutes, int) else 0, case.school.timezone)
        entry = calendar_entry(case.reference, case.start, end, case.school.timezone, case.made_at)
        yield Written(f"{stem.format('calendar')}.ics", entry, title="Calendar entry: School visit and the reference")
    for letter in files:
        if set(letter.holders) & set(_LETTERS):
            text = letter_text(letter.content)
            content = draft(f"School visit {case.reference}", text, letter.name, letter.content)
            name = f"{letter.name.removesuffix('.docx')}.eml"
            yield Written(name, content, title=f"Draft of an e-mail: {letter.title}")
    if case.progress.record:
        text = "\r\n".join(log_text(case)) + "\r\n"
        yield Written(f"{stem.format('log-text')}.txt", text.encode("utf-8-sig"), title="Text for the log, to paste")


def pack_report(made: Made, paths: Iterable[Path]) -> dict[str, Any]:
    """A pack in the shape of `riskgen pack --json`. The safe word is never in it."""
    plan = made.case.pack
    holders = {each.form: [holder.value for holder in each.holders] for each in made.files if each.form}
    return {
        "reference": made.papers.visit.reference,
        "pack": made.pack.value,
        "outcome": made.papers.outcome.id,
        "forms": [
            {
                "number": form.number,
                "form": form.form,
                "title": form.title,
                "holders": holders[form.form],
                "clause": form.clause,
            }
            for form in plan.forms
        ],
        "left_out": [{"title": title, "because": because} for title, because in plan.left_out],
        "safe_word_form": made.word,
        "files": [str(path) for path in paths],
    }
