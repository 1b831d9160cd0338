"""The forms of a visit: whether they can be written, the safe word that one of them carries, and what is in each."""

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from riskgen.core.apart import of_any_family
from riskgen.core.model import Intake, School
from riskgen.core.plain import fingerprint
from riskgen.core.problem import Problem
from riskgen.core.result import Assessment
from riskgen.core.struct import Discreet
from riskgen.files.publish import REPLACE, PublishError, check_folder
from riskgen.forms.case import Case
from riskgen.forms.catalogue import FormEntry, load_forms
from riskgen.forms.emergencies import EmergencyPlan, load_emergencies
from riskgen.forms.steps import load_steps
from riskgen.library.load import Library
from riskgen.library.safe_words import NoSafeWordLeft, acceptable_safe_word, choose_safe_word, none_spent
from riskgen.library.school import read_school
from riskgen.library.source import Source
from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused
from riskgen.service.homes import FORMS_FILE, SCHOOL_FILE, STEPS_FILE, Home, read_safe_words
from riskgen.service.references import VISITS
from riskgen.service.standing import intake_body, without_claims
from riskgen.service.visits import Decided, put_in_place

_KEPT_APART = ("family.name", "family.address", "child.name", "family.needs", "family.phone")
"""Answers that a safe word must have nothing to do with."""
_EMERGENCIES = "templates/emergencies.yaml"
LARGEST_LOGO = 2_000_000
"""Bytes. It is in every form."""
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


def forms_of(home: Home) -> tuple[FormEntry, ...]:
    """The forms of the school. Raises `InvalidInput` with the faults of forms.yaml."""
    forms, problems = home.forms
    if problems:
        raise InvalidInput(problems)
    return forms


def templates_print(home: Home) -> str:
    """A fingerprint of all that says how forms are printed, sound or not: the Word forms, and what fills them."""
    forms, _ = home.forms
    files = {name: home.folder / name for name in (FORMS_FILE, STEPS_FILE, _EMERGENCIES)}
    files |= {form.called: form.file for form in forms}
    return fingerprint({name: _hash(path) for name, path in files.items()})


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def check_forms(folder: Path, library: Library) -> tuple[Problem, ...]:
    """Every fault of forms.yaml, steps.yaml and each Word form."""
    from riskgen.forms.preflight import preflight

    forms, problems = load_forms(folder / "templates", FORMS_FILE)
    found = list(problems)
    if library.questions:
        topics = [topic.id for topic in library.topics]
        found += load_steps(folder / "templates", topics, library.hazards, STEPS_FILE)[1]
        found += load_emergencies(folder / "templates", library.questions, _EMERGENCIES)[1]
    if forms:
        found += _called_for_in_vain(library, forms)
    for form in forms:
        found += (problem for problem in preflight(form) if problem not in found)
    return (*found, *_logo_faults(folder))


def _logo_faults(folder: Path) -> tuple[Problem, ...]:
    """What is wrong with the logo that school.yaml names. What else is wrong there, others say."""
    school = read_school(Source.read(folder / SCHOOL_FILE, SCHOOL_FILE)) if (folder / SCHOOL_FILE).exists() else None
    try:
        if school:
            read_logo(folder, school)
    except InvalidInput as error:
        return error.problems
    return ()


def _called_for_in_vain(library: Library, forms: Iterable[FormEntry]) -> Iterator[Problem]:
    """A fault for each form that a policy calls for, and that is not among the school's forms."""
    known = {form.id for form in forms}
    for policy in (edition for editions in library.policies.values() for edition in editions):
        for call in policy.forms:
            if call.form not in known:
                message = f"{call.clause} calls for the form '{call.form}', which templates/forms.yaml does not have."
                hint = "Add it there, or correct the name under 'forms'."
                yield Problem(policy.path, 0, "form-unknown", message, hint)


def emergencies_of(home: Home) -> tuple[EmergencyPlan, ...]:
    """The emergencies of the card. Raises `InvalidInput` with the faults of emergencies.yaml."""
    plans, problems = load_emergencies(home.templates, home.library.questions, _EMERGENCIES)
    if problems:
        raise InvalidInput(problems)
    return plans


def can_write(folder: Path) -> None:
    """Raise `EnvironmentFault` if a folder cannot be written to, before anybody is asked anything."""
    try:
        check_folder(folder)
    except PublishError as error:
        raise EnvironmentFault(f"{error} Nothing was saved.") from error


def can_stage(home: Home) -> None:
    """Raise `EnvironmentFault` if forms cannot be put together where that is always done, wherever they are to go."""
    try:
        check_folder(home.folder / VISITS)
    except PublishError as error:
        reason = error.__cause__.strerror if isinstance(error.__cause__, OSError) else ""
        raise EnvironmentFault(
            f"{error.paths[0]} cannot be written{f' ({reason})' if reason else ''}. Forms are put together in "
            f"{home.folder / VISITS} before they go elsewhere: ask who looks after it. Nothing was saved."
        ) from error


def can_place(home: Home, decided: Decided, folder: Path, reference: str, force: bool) -> None:
    """As `can_write`, and raise `Refused` where a form of a known reference would be overwritten."""
    can_write(folder)
    forms = forms_of(home)
    if reference and decided.intake.start and not force:
        paths = [folder / file_name(reference, form.id, decided.intake.start) for form in forms]
        refuse_to_replace(paths)


def can_keep(path: Path, force: bool) -> None:
    """Raise `Refused` or `EnvironmentFault` if answers cannot be kept there, before anybody is asked anything."""
    if path.is_dir():
        raise EnvironmentFault(f"There is a folder of the name {path}. Nothing was saved.")
    if not force:
        refuse_to_replace([path])
    can_write(path.parent)


def refuse_to_replace(paths: Iterable[Path], hint: str = REPLACE) -> None:
    """Raise `Refused` where something has one of these names already; `hint` says what to do then."""
    present = [path for path in paths if os.path.lexists(path)]
    if present:
        raise Refused(f"Already there: {', '.join(map(str, present))}. {hint} Nothing was saved.", present)


def sound_paper(home: Home) -> None:
    """Raise `InvalidInput` with the faults of what an assessment writes, before anybody is asked anything.

    A fault in a form that only a pack has is no reason to put off an assessment.
    """
    from riskgen.forms.preflight import preflight

    problems = (*home.steps[1], *read_safe_words(home.folder)[1])
    for form in forms_of(home):
        problems += preflight(form) if form.at_assess else ()
    if problems := tuple(dict.fromkeys((*problems, *_logo_faults(home.folder)))):
        raise InvalidInput(problems)


def pick_safe_word(home: Home, decided: Decided, spent: Callable[[Sequence[str]], Collection[str]] = none_spent) -> str:
    """A safe word that has nothing to do with the family, by the system's own randomness.

    `spent` says which of some words another open visit has, or had in the last twelve months.
    """
    words, problems = read_safe_words(home.folder)
    if problems:
        raise InvalidInput(problems)
    try:
        return choose_safe_word(words, words_to_avoid(decided), spent=spent)
    except NoSafeWordLeft as error:
        raise EnvironmentFault(f"{error} Add words to data/safe-words.txt. Nothing was saved.") from error


def refuse_safe_word(word: str, decided: Decided) -> str | None:
    """Why a safe word that somebody typed will not do, or None."""
    return acceptable_safe_word(word, words_to_avoid(decided))


def words_to_avoid(decided: Decided) -> tuple[str, ...]:
    answers = decided.intake.answers
    return tuple(str(answers[name]) for name in _KEPT_APART if name in answers) + tuple(
        person.name for person in decided.intake.visitors
    )


def write_forms(
    home: Home, decided: Decided, folder: Path, reference: str, safe_word: str, made_at: datetime, force: bool
) -> tuple[Path, ...]:
    """Fill every form and put them all in place, or none. Returns the files, in print order.

    Raises `InvalidInput` for a form that cannot be filled, `Refused` where files would be overwritten.
    """
    files = {
        folder / name: content for name, content in fill_forms(home, decided, reference, safe_word, made_at).items()
    }
    put_in_place(files, force)
    return tuple(files)


def ready_to_fill() -> None:
    """Load what fills Word forms, which takes most of a second."""
    import riskgen.forms.paper
    import riskgen.forms.render  # noqa: F401


class Filled(Discreet, frozen=True):
    """The forms of an assessment, filled in beforehand for the reference that the visit is likely to get.

    `blank` stands in the forms `secret` where the safe word belongs, so that whoever filled them in was never told it.
    """

    reference: str
    files: Mapping[str, bytes]
    secret: frozenset[str]
    blank: str

    def with_word(self, word: str) -> dict[str, bytes]:
        """The forms as they are to be. Raises `ValueError` where a word cannot be put into one."""
        from riskgen.forms.finish import with_word

        return {
            name: with_word(content, self.blank, word) if name in self.secret else content
            for name, content in self.files.items()
        }


def fill_beforehand(home: Home, decided: Decided, reference: str, blank: str, made_at: datetime) -> Filled:
    """As `fill_forms`, with a blank for the safe word."""
    filled = _filled(home, case_of(home, decided, reference, made_at), blank)
    files = {name: content for name, (_, content) in filled.items()}
    return Filled(reference, files, frozenset(name for name, (form, _) in filled.items() if form.secret), blank)


def fill_forms(home: Home, decided: Decided, reference: str, safe_word: str, made_at: datetime) -> dict[str, bytes]:
    """The forms of an assessment, filled in: what the files are called and what is in them, in print order.

    `made_at` is the school's wall time. Raises `InvalidInput` for a form that cannot be filled.
    """
    return fill_forms_of(home, case_of(home, decided, reference, made_at), safe_word)


def fill_forms_of(home: Home, case: Case, safe_word: str) -> dict[str, bytes]:
    """As `fill_forms`, of what the forms are made from."""
    return {name: content for name, (_, content) in _filled(home, case, safe_word).items()}


def _filled(home: Home, case: Case, safe_word: str) -> dict[str, tuple[FormEntry, bytes]]:
    start = case.intake.start or case.made_at
    return {
        file_name(case.reference, form.id, start): (form, fill(case, form, safe_word))
        for form in forms_of(home)
        if form.at_assess
    }


def case_of(home: Home, decided: Decided, reference: str, made_at: datetime) -> Case:
    """What the forms of one visit are made from. Raises `InvalidInput` for faults of steps.yaml."""
    steps, problems = home.steps
    if problems:
        raise InvalidInput(problems)
    return Case(
        reference,
        made_at,
        home.school,
        decided.policy,
        decided.intake,
        decided.assessment,
        home.library.questions,
        {group.id: group.label for group in home.library.groups.values()},
        steps,
        of_any_family(decided.intake, decided.policy, home.library.questions, home.library.hazards),
        fingerprint=case_print(reference, decided.intake, decided.assessment, home.catalogue_print),
        logo=read_logo(home.folder, home.school),
    )


def read_logo(folder: Path, school: School) -> bytes:
    """The school's logo; nothing where it has none. Raises `InvalidInput` for a file that no form could hold."""
    if not school.logo:
        return b""
    try:
        path = folder / school.logo
        large = path.stat().st_size > LARGEST_LOGO
        content = b"" if large else path.read_bytes()
    except OSError as error:
        raise InvalidInput([_logo_fault(f"The logo cannot be read: {error.strerror}.")]) from error
    if large:
        raise InvalidInput([_logo_fault(f"The logo is larger than {LARGEST_LOGO // 1_000_000} MB.")])
    if not content.startswith(_PICTURES):
        raise InvalidInput([_logo_fault("The logo is not a picture of the kind PNG or JPEG.")])
    return content


def _logo_fault(message: str) -> Problem:
    hint = "Put a PNG or JPEG picture into the school's folder, and its name after 'logo:'."
    return Problem(SCHOOL_FILE, 0, "school-logo", message, hint, field="logo")


def case_print(reference: str, intake: Intake, assessment: Assessment, catalogue: str) -> str:
    """A short fingerprint of one visit: its answers, the policy, and the data that decided, such as 1a2b-3c4d-5e6f.

    Every form carries it, so that a form that comes back can be held against the assessment that it was made from.
    What is said of an authorisation does not count.
    """
    digest = fingerprint(reference, intake_body(without_claims(intake)), assessment.policy.fingerprint, catalogue)
    return "-".join(digest[at : at + 4] for at in (0, 4, 8))


def fill(case: Case, form: FormEntry, safe_word: str) -> bytes:
    """One form, filled in. Only one that forms.yaml lists for it is handed the safe word. Raises `InvalidInput`."""
    from riskgen.forms.paper import form_context
    from riskgen.forms.render import FormFault, render

    try:
        return render(form, form_context(case, form, safe_word if form.secret else None), case.made_at, case.logo)
    except FormFault as error:
        raise InvalidInput(error.problems) from error


def file_name(reference: str, form: str, start: datetime) -> str:
    """Reference, form and date; never a name."""
    return f"{reference}_{form}_{start:%Y-%m-%d}.docx"
