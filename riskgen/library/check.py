"""Everything that can be wrong with a school's data, beyond what each file can tell of itself."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from riskgen.core.conditions import questions
from riskgen.core.model import Clause, Hazard, Policy, School
from riskgen.core.problem import Problem
from riskgen.core.struct import replace
from riskgen.core.terms import Phase
from riskgen.core.truth import Truth
from riskgen.library.examples import run_examples
from riskgen.library.imports import IMPORTS_FILE, load_guide
from riskgen.library.load import DEFAULT_MATRIX, WORKED_CASES, Library, load_library, shown
from riskgen.library.reach import reachable
from riskgen.library.retention import load_schedule
from riskgen.library.school import read_school
from riskgen.library.source import Source

EXAMPLE_SCHOOL = "examples/school.yaml"
_TESTS = "Look at its 'met' or 'breached': the tests there rule each other out, or rule nothing out."


def check_library(folder: Path) -> tuple[Library, tuple[Problem, ...]]:
    """Read and check `data/`, worked cases included. Notes are among the problems, marked as such."""
    library, problems = load_library(folder)
    if not library.questions:  # everything rests on them; other faults would only bury theirs
        return library, problems
    problems = problems or _beyond(folder, library)
    if (folder / IMPORTS_FILE).exists():  # a folder made by an older riskgen goes without
        problems += load_guide(folder, library.questions)[1]
    return library, problems + load_schedule(folder)[1]


def _beyond(folder: Path, library: Library) -> tuple[Problem, ...]:
    """What the files of a library do not tell of themselves."""
    found = [*_whole(library)]
    if found:  # worked cases need all of these
        return tuple(found)
    school, problems = example_school(folder, library)
    found += problems
    for name, editions in library.policies.items():
        faults = [fault for policy in editions for fault in policy_laws(policy, library)]
        if school and not faults:  # the worked cases would only repeat what is wrong with a clause
            faults += _worked_cases(folder, name, library, school)
        found += faults
    for hazard in library.hazards:
        found += _unanswered_harms(folder, hazard)
    return tuple(found)


def example_school(folder: Path, library: Library) -> tuple[School | None, tuple[Problem, ...]]:
    """The invented school whose staff the worked cases and the demonstration use."""
    source = Source.read(folder / EXAMPLE_SCHOOL, f"{folder.name}/{EXAMPLE_SCHOOL}")
    school = read_school(source, library.questions, None, library.matrices)
    return school, tuple(source.problems)


def library_laws(library: Library) -> Iterator[Problem]:
    """What must hold of a library that has been read: it is whole, and every clause can come out each way."""
    yield from _whole(library)
    for editions in library.policies.values():
        for policy in editions:
            yield from policy_laws(policy, library)


def _whole(library: Library) -> Iterator[Problem]:
    name = library.folder.name
    if DEFAULT_MATRIX not in library.matrices:
        yield Problem(
            f"{name}/matrices",
            0,
            "matrix-default",
            f"The default matrix '{DEFAULT_MATRIX}' is missing.",
            "Put its file back.",
        )
    if not library.hazards:
        yield Problem(f"{name}/hazards", 0, "hazards-none", "There is no hazard.", "Put the hazard files back.")
    for topic in sorted({topic.id for topic in library.topics} & {hazard.id for hazard in library.hazards}):
        message = f"A topic and a hazard are both called '{topic}'."
        yield Problem(
            f"{name}/topics.yaml", 1, "id-shared", message, "Reasons name them, so give one of them another id."
        )
    if not library.policies:
        yield Problem(f"{name}/policies", 0, "policies-none", "There is no policy.", "Put a policy's folder back.")


def policy_laws(policy: Policy, library: Library) -> Iterator[Problem]:
    """Every clause can come out each way that it should."""
    for clause in policy.clauses:
        yield from _clause_laws(clause, policy, library)


def _clause_laws(clause: Clause, policy: Policy, library: Library) -> Iterator[Problem]:
    def fault(code: str, message: str, hint: str) -> Problem:
        return Problem(policy.path, clause.line, code, f"{clause.id}: {message}", hint)

    if clause.applies and Truth.YES not in reachable(clause.applies, library.questions):
        yield fault("clause-unreachable", "no answers make it apply.", "The tests of 'applies' rule each other out.")
    if clause.met and clause.broken:
        verdicts = reachable(clause.met, library.questions)
        if Truth.YES not in verdicts:
            yield fault("clause-unreachable", "no answers meet it.", _TESTS)
        if Truth.NO not in verdicts:
            yield fault("clause-unreachable", "no answers break it.", _TESTS)
        later = [name for name in questions(clause.met) if not library.questions[name].stage.before_leaving]
        planned = Phase.BEFORE in clause.phases or Phase.ALWAYS in clause.phases
        if planned and len(later) == len(questions(clause.met)):
            yield fault(
                "clause-too-late",
                "it is decided before leaving but rests only on what is known later.",
                "Use a question that can be answered before leaving.",
            )
    stages = {library.questions[name].stage.before_leaving for name in questions(clause.unless)}
    if len(stages) == 2:  # before leaving half of it would be left out, and the other half would prove it
        yield fault(
            "clause-unless",
            "its exemption mixes what is known before leaving with what is known only later.",
            "Let 'unless' rest on the one or the other.",
        )
    for action in clause.actions:
        if action.when and Truth.YES not in reachable(action.when, library.questions):
            yield fault(
                "clause-unreachable",
                f"no answers set off '{action.do.value}'.",
                "The tests of 'when' rule each other out.",
            )


def _worked_cases(folder: Path, policy: str, library: Library, school: School) -> tuple[Problem, ...]:
    path = folder / "policies" / policy / WORKED_CASES
    if not path.exists():
        hint = f"Write '{WORKED_CASES}' beside the policy."
        last = library.policies[policy][-1].path
        return (Problem(last, 1, "examples-none", f"The policy '{policy}' has no worked cases.", hint),)
    return run_examples(Source.read(path, shown(folder, path)), policy, library, school)


def _unanswered_harms(folder: Path, hazard: Hazard) -> Iterator[Problem]:
    answered = {harm for control in hazard.controls for harm in control.answers}
    left = [harm.label for harm in hazard.harms if harm.id not in answered]
    if left:
        path = f"{folder.name}/hazards/{hazard.id}.yaml"
        message = f"{hazard.name}: no control measure answers {_listed(left)}."
        hint = "Forms say so. Add a control measure if the school has one."
        yield replace(Problem(path, 1, "harm-unanswered", message, hint), severity="note")


def _listed(items: Iterable[str]) -> str:
    words = [item[:1].lower() + item[1:] for item in items]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
