"""The `riskgen` command: its sub-commands are imported only when they are used."""

import gc
import importlib
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import click

from riskgen import __version__

SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "To begin": {
        "demo": ("school", "See it work: a sample family and visit, filled forms, no set-up."),
        "init": ("school", "Make a school's own folder."),
        "import": ("import_", "Take staff or families in from the school's own system."),
        "check": ("check", "Find every fault in data, policies and Word forms."),
    },
    "Before the visit": {
        "assess": ("assess", "Decide on a visit, record it, and write its forms."),
        "intake-sheet": ("intake_sheet", "An empty Excel sheet for a year's planned visits."),
        "batch": ("batch", "Assess every row of an intake sheet."),
        "override": ("authorise", "Decide a referral, or change a rating, with a written reason."),
        "authorise": ("authorise", "Authorise a visit, as a person whom the policy names."),
        "pack": ("pack", "Every form that the policy and the visit call for."),
        "schedule": ("pack", "The visits of a day or a term, for the head and the office."),
        "repeat": ("record", "Make a new visit from an old one."),
        "cancel": ("out", "Call a visit off."),
    },
    "On the day": {
        "depart": ("out", "Sign a visit out."),
        "board": ("board", "Who is out, and who is late."),
        "now": ("now", "Say what the policy asks at this moment."),
        "checkin": ("out", "Record that the visitors were heard of."),
        "alarm": ("out", "The safe word was heard: what to do, at once."),
        "return": ("out", "Record that everybody is back, or safe at home."),
    },
    "Afterwards": {
        "record": ("record", "Write down how a visit went."),
        "read": ("read", "Take in a filled Word form, after showing what it would change."),
        "show": ("find", "Show a visit as it was recorded."),
        "list": ("find", "Find visits."),
        "history": ("find", "Every event of a visit; check the chain."),
        "review": ("review", "What is due to be looked at again."),
    },
    "In Excel": {
        "annual": ("annual", "The visits of a year in a workbook that adds up."),
    },
    "To look after": {
        "forms": ("forms", "A school's own Word forms: list, export, check, a blank one."),
        "marker": ("marker", "Markers of violence and animals on a family."),
        "retention": ("retention", "What may be erased, and erasing it."),
        "passphrase": ("authorise", "Choose the passphrase that shows who you are."),
        "backup": ("upkeep", "Copy the register, safely."),
        "doctor": ("upkeep", "Look for trouble with the register, and mend it."),
        "cache": ("cache", "Where things worked out once are kept; clear it."),
    },
    "To read": {
        "compare": ("compare", "Hold the same visit against every policy."),
        "policy": ("policy", "List policies, show one, explain a clause."),
        "fields": ("fields", "List everything that a Word form may print."),
    },
}
"""Each command with its module and what it does, as `--help` shows them. Its function is `<command>_command`, with an
underscore for a hyphen."""
COMMANDS = {name: f"riskgen.cli.{module}" for section in SECTIONS.values() for name, (module, _) in section.items()}
WRONG_USAGE, INVALID, REFUSED, ENVIRONMENT = 2, 3, 4, 5
_INTERRUPTED = 130
_SIGNALLED = 128
"""What the number of a signal is added to, for the exit code of whoever was ended by it."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called for, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        function = f"{cmd_name.replace('-', '_')}_command"
        command: click.Command = getattr(importlib.import_module(COMMANDS[cmd_name]), function)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        widest = max(map(len, COMMANDS))
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), words) for name, (_, words) in commands.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean '{close[0]}'?" if close else " 'riskgen --help' lists the commands."
            raise click.UsageError(f"There is no command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="riskgen")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Decide on a home visit under the school's own policy, and write its paper.

    Start with 'riskgen demo', or make a school's folder with
    'riskgen init myschool --policy bchs'.
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit: 0 done, 2 wrong usage, 3 invalid input, 4 refused, 5 environment."""
    # A console that lacks a sign shows another one rather than stopping. What is typed in another encoding
    # than the console's own reaches the check of answers, which refuses it in words.
    for stream, errors in ((sys.stdout, "replace"), (sys.stderr, "replace"), (sys.stdin, "surrogateescape")):
        reconfigure: Callable[..., Any] | None = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors=errors)
    code = run(arguments)
    gc.freeze()  # all goes with the process; to look through it first takes an eighth of the time of `assess`
    sys.exit(code)


def run(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code."""
    try:
        code = cli.main(arguments, prog_name="riskgen", standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.UsageError as error:
        usage = error.ctx.get_usage() + "\n" if error.ctx else ""
        click.echo(f"{usage}{error.format_message()}", err=True)
        return WRONG_USAGE
    except click.Abort:
        click.echo("\nStopped. Nothing was saved.", err=True)
        return _INTERRUPTED
    except SystemExit as error:
        if isinstance(error.code, int) and error.code > _SIGNALLED:  # told to end, in the middle of something
            return error.code
        return _no_more_output()  # how Click answers a pipe that was closed while it wrote
    except BrokenPipeError:
        return _no_more_output()
    except Exception as error:
        code = _tell_fault(error)
        if code is None:
            raise
        return code


def _tell_fault(error: Exception) -> int | None:
    """Say what riskgen found wrong, and nothing was saved; the exit code. None for what nobody foresaw.

    Apart from `run`, so that what only faults need is not imported for `--help`.
    """
    from riskgen.cli.words import item, wrapped
    from riskgen.service.faults import EnvironmentFault, InvalidInput, Refused

    match error:
        case InvalidInput():
            from riskgen.cli.problems import print_problems

            print_problems(error.problems)
            click.echo("Nothing was saved.", err=True)
            return INVALID
        case Refused():
            click.echo(wrapped(str(error)), err=True)
            for reason in error.reasons:
                click.echo(item(reason), err=True)
            if error.after:
                click.echo(wrapped(error.after), err=True)
            return REFUSED
        case EnvironmentFault():
            click.echo(wrapped(str(error)), err=True)
            return ENVIRONMENT
        case OSError():  # the output goes to a file on a full disk, say
            _no_more_output()
            where = f" ({error.filename})" if error.filename else ""
            words = f"riskgen cannot go on: {error.strerror or error}{where}."
            advice = "See that this account may read and write there, and look with 'riskgen list' at what was saved."
            click.echo(wrapped(f"{words} {advice}"), err=True)
            return ENVIRONMENT
    return None


def _no_more_output() -> int:
    """Whoever read the output has heard enough; keep the interpreter from complaining at exit."""
    if sys.__stdout__:
        with suppress(OSError, ValueError):  # a stream that is no file
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())
    return 0
