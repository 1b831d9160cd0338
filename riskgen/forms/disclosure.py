"""Which fields a form may print, by who holds it: what is lost with a form must endanger nobody.

What stays at school may print everything but the safe word, which stands on one form only. What travels with the
visitors says what they need at the door, and nothing of why anybody worries about the family. What leaves the school
for good, or may be read by anybody, prints only what is listed here.
"""

from collections.abc import Collection, Mapping

from riskgen.forms.catalogue import FormEntry, Holder

SAFE_WORD = "safe_word"
KEPT_FROM_VISITORS = frozenset({
    "schedule",
    "known",
    "known_summary",
    "preparations",
    "overrides",
    "record",
    "cancellation",
    "not_applicable",
    "visit.reason",
    "family.name",
    "child",
    "hazards",
    "decision",
    "findings",
    "conditions[].because",
    "silences",
    "contradictions",
    "open_questions",
    "remedies",
    "remedy_note",
    "policy.note",
})  # fmt: skip
"""Fields, with all below them, that a form which travels with the visitors may not print."""
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
PRINTED_FOR: Mapping[Holder, frozenset[str]] = {
    Holder.FAMILY: _ABOUT_THE_SCHOOL | _ABOUT_THE_VISIT | _AGREED,
    Holder.AGENCY: _ABOUT_THE_SCHOOL
    | _ABOUT_THE_VISIT
    | {"visit.purpose", "visit.entry", "visit.announced", "visit.unannounced", "visit.company", "child.year_group"},
    Holder.LETTERBOX: _ABOUT_THE_SCHOOL,
}
"""For each holder outside the school, all that a form may print, with what is below."""


def kept_from(entry: FormEntry, path: str) -> Holder | None:
    """The holder of a form who must not see a field of the contract; None where all of them may.

    The safe word is kept from every form but the one that forms.yaml lists for it.
    """
    if _among(path, {SAFE_WORD}):
        return None if entry.secret else entry.holders[0]
    return next((holder for holder in entry.holders if not _may_see(holder, path)), None)


def _may_see(holder: Holder, path: str) -> bool:
    if holder.at_school:
        return True
    if holder is Holder.VISITORS:
        return not _among(path, KEPT_FROM_VISITORS)
    return _among(path, PRINTED_FOR[holder]) or _holds_one_of(path, PRINTED_FOR[holder])


def _holds_one_of(path: str, names: Collection[str]) -> bool:
    """Whether a group or a list is only on the way to a field that may be printed, as `visitors` to its names."""
    return any(name.startswith((f"{path}.", f"{path}[")) for name in names)


def _among(path: str, names: Collection[str]) -> bool:
    """Whether a field, or something that it is below, is one of those named: `hazards[].because[].text` is."""
    return any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in names)
