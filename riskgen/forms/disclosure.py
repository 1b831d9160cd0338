"""Which fields a form may print, by who holds it: what is lost with a form must endanger nobody.

What stays at school may print everything but the safe word, which stands on one form only. What goes into a pupil's
file or leaves the school prints only what is listed here, so that a new field reaches nobody by oversight. What
travels with the visitors says what they need at the door, and nothing of who the family is or why anybody worries about
it.
"""

from collections.abc import Collection, Mapping

from riskgen.forms.catalogue import FormEntry, Holder

SAFE_WORD = "safe_word"
_ABOUT_THE_SCHOOL = frozenset({"title", "school", "form.contacts", "copy"})
_ABOUT_THE_VISIT = frozenset({
    "reference",
    "made_on",
    "form",
    "policy.name",
    "family.name",
    "family.address",
    "child.name",
    "visit.purpose_to_family",
    "visit.date",
    "visit.start",
    "visit.end",
    "visit.minutes",
    "visit.joint",
    "visit.who",
    "visitors[].name",
    "visitors[].roles",
})  # fmt: skip
_AGREED = frozenset({
    "record.agreed",
    "record.further_line",
    "record.further[].what",
    "record.further[].who",
    "record.further[].by",
    "record.further[].state",
})  # fmt: skip
_ON_THE_WAY = frozenset({
    "made_at", "review_on", "policy.edition", "policy.fingerprint", "policy.review_line", "policy.review_overdue",
    "visit.purpose", "visit.leave", "visit.back", "visit.due_back", "visit.check_in_times", "visit.check_in_rule",
    "visit.company", "visit.alone", "visit.entry", "visit.announced", "visit.unannounced", "visit.by_car",
    "visit.driver", "visit.vehicle", "visit.registration", "visitors",
    "family.reference", "family.address", "family.phone", "family.needs",
    "conditions[].number", "conditions[].condition", "conditions[].who", "conditions[].source",
    "matrix", "standing", "authorise", "clauses", "duties", "steps", "ladders", "emergencies", "pack",
})  # fmt: skip
"""What visitors need: where and when, who goes, what to do, and whom to ring."""
_IN_A_FILE = frozenset({
    "made_at", "policy.name", "policy.edition", "visit.purpose", "visit.leave", "visit.back", "family.reference",
    "child.year_group", "authorise.line_so_far", "record.recorded", "record.left", "record.back", "record.ending",
    "record.why", "record.seen", "record.by", "record.further[].number",
})  # fmt: skip
"""What a record in a pupil's file needs: copies of it go to a classroom or to parents. So it says nothing of concerns,
of incidents, of what was weighed, or of other families."""
PRINTED_FOR: Mapping[Holder, frozenset[str]] = {
    Holder.PUPIL_FILE: _ABOUT_THE_SCHOOL | _ABOUT_THE_VISIT | _AGREED | _IN_A_FILE,
    Holder.VISITORS: _ABOUT_THE_SCHOOL | (_ABOUT_THE_VISIT - {"family.name", "child.name"}) | _ON_THE_WAY,
    Holder.FAMILY: _ABOUT_THE_SCHOOL | _ABOUT_THE_VISIT | _AGREED,
    Holder.AGENCY: _ABOUT_THE_SCHOOL
    | _ABOUT_THE_VISIT
    | {"visit.purpose", "visit.entry", "visit.announced", "visit.unannounced", "visit.company", "child.year_group"},
    Holder.LETTERBOX: _ABOUT_THE_SCHOOL,
}
"""For each holder who is not to see everything, all that a form may print, with what is below."""


def kept_from(entry: FormEntry, path: str) -> Holder | None:
    """The holder of a form who must not see a field of the contract; None where all of them may.

    The safe word is kept from every form but the one that forms.yaml lists for it.
    """
    if among(path, {SAFE_WORD}):
        return None if entry.secret else entry.holders[0]
    return next((holder for holder in entry.holders if not _may_see(holder, path)), None)


def _may_see(holder: Holder, path: str) -> bool:
    listed = PRINTED_FOR.get(holder)
    return listed is None or among(path, listed) or _holds_one_of(path, listed)


def _holds_one_of(path: str, names: Collection[str]) -> bool:
    """Whether a group or a list is only on the way to a field that may be printed, as `visitors` to its names."""
    return any(name.startswith((f"{path}.", f"{path}[")) for name in names)


def among(path: str, names: Collection[str]) -> bool:
    """Whether a field, or something that it is below, is one of those named: `hazards[].because[].text` is."""
    return any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in names)
