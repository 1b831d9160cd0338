"""`riskgen cache`: where riskgen keeps what it has worked out once, how much that is, and clearing it."""

from pathlib import Path

import click

from riskgen.cli.problems import counted
from riskgen.cli.words import wrapped
from riskgen.files.cache import VARIABLE, clear, found
from riskgen.service.faults import EnvironmentFault

_NONE = f"No cache is used, since {VARIABLE} is 'off'."


@click.group("cache", invoke_without_command=True)
@click.pass_context
def cache_command(ctx: click.Context) -> None:
    """Say where the cache is, how many files it has, and how large they are.

    It has what riskgen has worked out once from the files of a school and
    would else work out each time: nothing of a family, a visit or a person.

    \b
    Example:
      riskgen cache
      riskgen cache clear
    """
    if ctx.invoked_subcommand:
        return
    folder, files = _looked_at()
    if folder is None:
        click.echo(_NONE)
        return
    click.echo(folder)
    click.echo(f"{counted(len(files), 'file')}, {_size(sum(path.stat().st_size for path in files))}.")


@cache_command.command("clear")
def clear_command() -> None:
    """Remove all that is kept. The next command works it out again, and nothing is lost.

    \b
    Example:
      riskgen cache clear
    """
    try:
        folder, number = clear()
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        raise EnvironmentFault(
            f"The cache cannot be cleared: {error.strerror or error}{where}. Remove its files yourself, or set "
            f"{VARIABLE} to 'off' and do without."
        ) from error
    click.echo(_NONE if folder is None else wrapped(f"Removed {counted(number, 'file')} from {folder}."))


def _looked_at() -> tuple[Path | None, tuple[Path, ...]]:
    try:
        return found()
    except OSError as error:
        raise EnvironmentFault(f"The cache cannot be looked into: {error.strerror or error}.") from error


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{-(-size // 1000)} kB"
