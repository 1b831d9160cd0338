"""What is so stands in the documents, and what the documents say is so."""

import ast
import importlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import riskgen
from riskgen.cli import main
from riskgen.core.assess import assess
from riskgen.core.conditions import Operator
from riskgen.core.derive import DERIVATIONS
from riskgen.core.matrix import LIKELIHOOD_STEPS, SEVERITY_STEPS
from riskgen.core.model import Intake, School
from riskgen.core.moment import advise
from riskgen.core.report import advice_report, assessment_report
from riskgen.core.struct import replace
from riskgen.core.terms import Do, Kind, Outcome, Phase, QuestionType, Stage, Status
from riskgen.forms import catalogue, emergencies, steps
from riskgen.forms.context import FormContext
from riskgen.forms.contract import documented_fields, shape
from riskgen.library import examples, hazards, imports, policies, questions, retention
from riskgen.library import school as school_file
from riskgen.library.load import Library

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CHANGELOG.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))))
Keys = Callable[..., set[str]]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


@cache
def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(name: str, heading: str) -> str:
    """A section of a page, from its heading to the next one of its level."""
    found = re.search(rf"^## {re.escape(heading)}(?: [^\n]*)?\n(.*?)(?=^## |\Z)", page(name), re.DOTALL | re.MULTILINE)
    assert found, f"{name} has no section '{heading}'"
    return found[1]


def code(text: str) -> str:
    """What stands in code blocks and between back-ticks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    rest = re.sub(r"^```\w*\n.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return "\n".join([*blocks, *re.findall(r"`([^`]+)`", rest)])


def names(word: str, text: str) -> bool:
    return bool(re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text))


# --- commands -----------------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command, and every sub-command, with its name as it is typed."""
    context = click.Context(main.cli)
    for name in main.cli.list_commands(context):
        command = main.cli.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", each) for sub, each in command.commands.items())


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_every_command_has_help_with_an_example(name: str) -> None:
    shown = CliRunner().invoke(main.cli, [*name.split(), "--help"], prog_name="riskgen")
    assert shown.exit_code == 0
    assert re.search(rf"Example:\n\s+riskgen {name}\b", shown.output), "no example"
    assert max(map(len, shown.output.splitlines())) <= 80


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_every_command_and_option_is_documented(name: str) -> None:
    top, _, sub = name.partition(" ")
    words = code(section("docs/commands.md", f"riskgen {top}"))
    assert not sub or f"riskgen {name}" in words
    for option in (item for item in dict(commands())[name].params if isinstance(item, click.Option)):
        assert option.help
        for spelling in option.opts:
            assert names(spelling, words), f"{spelling} of riskgen {name} is not documented"


@pytest.mark.parametrize("name", ["README.md", "docs/commands.md", "docs/school.md", "docs/json.md", "CHANGELOG.md"])
def test_every_command_and_option_that_is_documented_is_there(name: str) -> None:
    for heading, text in re.findall(r"^(## [^\n]+)\n(.*?)(?=^## |\Z)", page(name), re.DOTALL | re.MULTILINE):
        about = re.match(r"## riskgen ([\w-]+)", heading)
        for line in code(text).replace("\\\n", " ").splitlines():
            if line.startswith(OTHERS):
                continue
            for words in re.split(r"(?=\briskgen )", line):
                named = re.match(r"riskgen ([a-z][a-z-]*)", words)
                assert not named or named[1] in main.COMMANDS, line
                of = named or about
                given = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", words))
                assert given <= (options_of(of[1]) if of else every_option()), line


OTHERS = ("python3 ", "py ", "pip ", "npm ", "createuser ", "createdb ")
"""Programs of others that the documents have people run."""


def options_of(top: str) -> set[str]:
    """The options of a command and of its sub-commands."""
    family = [command for name, command in commands() if name.partition(" ")[0] == top]
    return {opt for command in family for item in command.params for opt in item.opts} | {"--help"}


def every_option() -> set[str]:
    return set().union(*map(options_of, main.COMMANDS))


def test_every_command_stands_in_the_readme_and_the_help() -> None:
    listed = CliRunner().invoke(main.cli, ["--help"]).output
    for name in main.COMMANDS:
        assert f"  {name} " in listed
        assert f"riskgen {name}" in code(page("README.md"))
    headings = re.findall(r"^## riskgen ([\w-]+)", page("docs/commands.md"), re.MULTILINE)
    assert headings == list(main.COMMANDS), "in the order of the help"


def test_every_exit_code_is_in_the_table() -> None:
    table = {
        int(found) for found in re.findall(r"^\| (\d+) \|", section("docs/commands.md", "Exit codes"), re.MULTILINE)
    }
    assert table == exit_codes()


def exit_codes() -> set[int]:
    """What the functions of the command line return, or hand to `exit`, as a number or by the name of one."""
    found = set()
    for path in (ROOT / "riskgen" / "cli").glob("*.py"):
        module = importlib.import_module(f"riskgen.cli.{path.stem}")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            given: list[ast.AST] = []
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("exit", "Exit")
            ):
                given = list(node.args)
            elif isinstance(node, ast.Return) and path.stem == "main" and node.value:
                given = [node.value]
            for part in (part for whole in given for part in ast.walk(whole)):
                value = part.value if isinstance(part, ast.Constant) else None
                value = getattr(module, part.id, None) if isinstance(part, ast.Name) else value
                if type(value) is int:
                    found.add(value)
    return found


# --- the shapes of --json -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def reports(
    library: Library, example_school: School, intakes: Mapping[str, Mapping[str, Intake]]
) -> tuple[list[Any], list[Any]]:
    """The reports of worked cases that, between them, use every key: of `assess`, and of `now`."""
    assessed, advised = [], []
    for name in ("bchs", "st-patricks"):
        policy = library.policies[name][-1]
        for intake in intakes[name].values():
            assessed.append(assessment_report(assess(intake, policy, library.catalogue()), "RA-2026-0001", ["a.docx"]))
            if any(name.startswith(("door.", "inside.", "after.")) for name in intake.answers):
                advised.append(advice_report(advise(intake, policy, library.catalogue())))
        first = next(iter(intakes[name].values()))
        unmet = replace(first, answers={**first.answers, "staff.know_policy": False, "door.parent_present": True})
        advised.append(advice_report(advise(unmet, policy, library.catalogue())))
    return assessed, advised


def test_every_key_of_assess_is_documented_and_there(
    reports: tuple[list[Any], list[Any]], keys_documented: Keys, keys_in: Keys
) -> None:
    assert keys_documented("assess") == keys_in(reports[0])


def test_every_key_of_now_is_documented_and_there(
    reports: tuple[list[Any], list[Any]], keys_documented: Keys, keys_in: Keys
) -> None:
    assert keys_documented("now") == keys_in(reports[1])


@pytest.mark.parametrize("heading", re.findall(r"^## (.+)$", page("docs/json.md"), re.MULTILINE))
def test_the_table_of_keys_speaks_of_keys_that_are_there(heading: str, keys_documented: Keys) -> None:
    there = keys_documented(heading)
    table = re.search(r"^\| key \|.*?(?=^$|\Z)", section("docs/json.md", heading), re.DOTALL | re.MULTILINE)
    for row in re.findall(r"^\| (`[^|]+) \|", table[0] if table else "", re.MULTILINE):
        for name in re.findall(r"`([^`]+)`", row):
            assert any(f".{path}".endswith(f".{name}") for path in there), name


def test_every_word_that_a_result_may_hold_is_documented() -> None:
    assess_words, now_words = section("docs/json.md", "assess"), section("docs/json.md", "now")
    for word in (*(outcome.id for outcome in Outcome), *Status):
        assert f'"{word}"' in assess_words
    for word in Do:
        assert f"`{word}`" in now_words
    outcomes = re.findall(r"^\| `([a-z][a-z-]*)` \|", section("docs/commands.md", "riskgen assess"), re.MULTILINE)
    assert sorted(outcomes) == sorted(outcome.id for outcome in Outcome)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What the commands that report on data print, by command. The folder that is checked is an empty one."""
    folder = tmp_path_factory.mktemp("empty")
    (folder / "school.yaml").touch()
    found = {}
    for command in ("check", "policy list", "policy show bchs", "policy explain RO-22", "fields"):
        home = ["--home", str(folder)] if command == "check" else []
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("RISKGEN_HOME", raising=False)
            patch.chdir(ROOT)
            found[command] = json.loads(CliRunner().invoke(main.cli, [*command.split(), "--json", *home]).stdout)
    return found


@pytest.mark.parametrize("command", ["check", "policy list", "fields"])
def test_every_other_shape_is_documented_and_there(
    command: str, printed: Mapping[str, Any], keys_documented: Keys, keys_in: Keys
) -> None:
    assert printed[command]
    assert keys_documented(command.split()[0], 0) == keys_in(printed[command])


def test_every_key_of_a_policy_is_documented_and_there(printed: Mapping[str, Any], keys_in: Keys) -> None:
    words = code(section("docs/json.md", "policy"))
    reports = [printed[command] for command in printed if command.startswith("policy")]
    there = {path.rpartition(".")[2] for report in reports for path in keys_in(report)}
    named = {*re.findall(r"^([a-z_]+)$", words, re.MULTILINE), *re.findall(r'"([a-z_]+)"', words)}
    assert named == there


# --- fields and questions -----------------------------------------------------------------------


def test_every_field_of_a_form_has_help_in_a_sentence() -> None:
    seen: set[type] = set()
    waiting: list[type] = [FormContext]
    helps = [words for _, _, words in documented_fields()]
    while waiting:
        if (cls := waiting.pop()) not in seen:
            seen.add(cls)
            helps += [item.help for item in shape(cls).values()]
            waiting += [item.of for item in shape(cls).values() if item.of]
    for words in helps:
        assert re.match(r"[A-Z][a-z]*\b", words), words
        assert not words.endswith((".", " ", ",")), f"help ends without a full stop: {words}"
        assert "  " not in words


def test_every_question_is_one_with_a_group(library: Library) -> None:
    for question in library.questions.values():
        assert question.label.endswith("?"), question.name
        assert question.label[0].isupper(), question.name
        assert question.group in library.groups, question.name
        assert not question.hint or question.hint.endswith((".", "?")), question.name
        assert all(option.label[0].isupper() for option in question.options), question.name


def test_every_function_that_works_an_answer_out_is_documented_by_one_question(library: Library) -> None:
    named = [question.derived for question in library.questions.values() if question.derived]
    assert sorted(named) == sorted(DERIVATIONS)


# --- what schools may write ---------------------------------------------------------------------


def keys_of(schema: Mapping[str, Any]) -> Iterator[str]:
    """Every key that a schema accepts."""
    for key, rule in schema.items():
        yield key
        while rule.get("schema") and "list" in rule.get("type", ()):
            rule = rule["schema"]
        if rule.get("type") == "dict":
            yield from keys_of(rule.get("schema", {}))


SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "clause": policies.CLAUSE_SCHEMA,
    "policy": policies.POLICY_SCHEMA,
    "hazard": hazards.HAZARD_SCHEMA,
    "matrix": hazards.MATRIX_SCHEMA,
    "questions": questions.QUESTIONS_SCHEMA,
    "topic": questions.TOPIC_SCHEMA,
    "worked cases": examples.EXAMPLES_SCHEMA,
    "forms": catalogue._ENTRY,
    "steps": steps._SCHEMA,
    "emergencies": emergencies._SCHEMA,
    "school": school_file.SCHOOL_SCHEMA,
    "retention": retention.RETENTION_SCHEMA,
    "imports": imports.GUIDE_SCHEMA,
}


@pytest.mark.parametrize("kind", SCHEMAS)
def test_every_key_that_may_be_written_is_documented(kind: str) -> None:
    pages = (
        ("docs/policies.md", "docs/school.md") if kind in ("school", "retention", "imports") else ("docs/policies.md",)
    )
    words = "\n".join(code(page(name)) for name in pages)  # the ladders of both are written alike
    known = set(keys_of(SCHEMAS[kind]))
    assert known
    assert {key for key in known if not names(key, words)} == set()


def test_the_walk_goes_down_to_the_last_key() -> None:
    assert {"do", "counting", "instead"} <= set(keys_of(policies.POLICY_SCHEMA))
    assert {"in_place", "because"} <= set(keys_of(hazards.HAZARD_SCHEMA))
    assert {"may_enter", "purpose"} <= set(keys_of(examples.EXAMPLES_SCHEMA))


@pytest.mark.parametrize(
    "words",
    [
        [phase.value for phase in Phase],
        [kind.value for kind in Kind],
        [do.value for do in Do],
        [outcome.id for outcome in Outcome],
        [status.value for status in Status],
        [stage.value for stage in Stage],
        [kind.value for kind in QuestionType],
        [operator.value for operator in Operator],
        [*LIKELIHOOD_STEPS, *SEVERITY_STEPS],
        [*hazards.HIERARCHY_OF_CONTROL],
        [*examples.SHOWS],
        [*questions.NEEDED_QUESTIONS],
        [pack.value for pack in catalogue.Pack],
        [holder.value for holder in catalogue.Holder],
        ["overdue", "missed_check_in", "safe_word", "all", "any", "not"],
    ],
    ids=lambda words: words[0],
)
def test_every_word_that_may_be_written_is_documented(words: list[str]) -> None:
    guide = code(page("docs/policies.md"))
    assert [word for word in words if not names(word, guide)] == []


def test_every_comparison_fits_the_types_that_the_guide_says() -> None:
    from riskgen.library.source import _FITS

    table = dict(
        re.findall(
            r"^\| ((?:`\w+`(?:, )?)+) \| (`(?:yes-no|choice|number|date).*?) \|$",
            page("docs/policies.md"),
            re.MULTILINE,
        )
    )
    for operator, types in _FITS.items():
        (row,) = [said for named, said in table.items() if f"`{operator}`" in named]
        assert {word for word in re.findall(r"`([a-z-]+)`", row) if word in list(QuestionType)} == set(types)


def test_every_role_is_documented(library: Library) -> None:
    words = code(page("docs/school.md"))
    roles = [option.id for option in library.questions[policies.ROLES_QUESTION].options]
    assert [role for role in roles if not names(role, words)] == []


# --- the documents themselves -------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    here = ROOT / name
    for target in re.findall(r"\]\(([^)\s]+)\)", page(name)):
        assert not re.match(r"[a-z]+:", target), f"{target} leads out of the project"
        path, _, anchor = target.partition("#")
        found = (here.parent / path).resolve() if path else here
        assert found.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_one_line_runs_the_demonstration_and_one_the_tests() -> None:
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", page("README.md"), re.DOTALL | re.MULTILINE)
    setting_up = [(kind, text) for kind, text in blocks if "venv" in text]
    assert [kind for kind, _ in setting_up] == ["sh", "powershell", "sh", "powershell"]
    assert all(text.count("\n") == 1 for _, text in setting_up)
    does = ["riskgen demo", "riskgen demo", "-m pytest", "-m pytest"]
    assert all(words in text.replace("\\", "/") for words, (_, text) in zip(does, setting_up, strict=True))
    marked = re.search(r"^<!-- test line -->\n```sh\n(.*)\n```$", page("README.md"), re.MULTILINE)
    assert marked
    assert f"{marked[1]}\n" == setting_up[2][1]


def test_the_changes_begin_with_this_version() -> None:
    versions = re.findall(r"^## (\S+)", page("CHANGELOG.md"), re.MULTILINE)
    assert versions[0] == riskgen.__version__
    assert len(set(versions)) == len(versions)


def test_the_changes_count_what_is_there(library: Library) -> None:
    text = page("CHANGELOG.md")
    clauses = sum(len(editions[-1].clauses) for editions in library.policies.values())
    counted = re.search(r"\b(\d+) clauses\b", text)
    assert counted, "the latest count"
    assert int(counted[1]) == clauses
    for name in library.policies:
        assert name in text
        assert f"`{name}`" in page("README.md")


def test_decision_records_are_numbered_without_gaps() -> None:
    assert [path.name[:5] for path in DECISIONS] == [f"{number:04}-" for number in range(1, len(DECISIONS) + 1)]
    for number, path in enumerate(DECISIONS, start=1):
        assert path.read_text(encoding="utf-8").startswith(f"# {number}. "), path.name


MADE_UP = ROOT / "tests" / "register" / "test_place.py"
"""A test of network shares, which makes up the mounts of a machine."""


def test_nothing_names_a_path_of_one_machine() -> None:
    starts = "|".join(("work", "tmp", "home", "root", "Users", "mnt", "opt", "var"))
    path_of_a_machine = re.compile(rf"(?<![\w.~)\]}}>-])/(?:{starts})/\w|[A-Z]:\\(?:Users|Temp)\b")
    for file in sorted(text_files()):
        found = path_of_a_machine.search(file.read_text(encoding="utf-8", errors="replace"))
        assert not found, f"{file.relative_to(ROOT)}: {found}"


def text_files() -> Iterator[Path]:
    yield from (path for path in ROOT.iterdir() if path.suffix in (".md", ".toml", ".cfg"))
    for folder in ("riskgen", "data", "docs", "templates", "tests", "tools", ".ci"):
        for path in (ROOT / folder).rglob("*"):
            if (
                path != MADE_UP
                and path.is_file()
                and (path.suffix in (".py", ".md", ".yaml", ".txt") or folder == ".ci")
            ):
                yield path
