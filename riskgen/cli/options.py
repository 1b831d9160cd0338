"""Options that several commands share."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

F = TypeVar("F", bound=Callable[..., Any])

HOME = click.option(
    "--home",
    metavar="DIR",
    help="The school's folder. Otherwise $RISKGEN_HOME, or the folder you are in.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
AS = click.option(
    "--as", "as_", metavar="ID", default="", help="Who you are, from the staff directory; asks for your passphrase."
)
WRITTEN = click.Path(path_type=Path, readable=False)
"""A file or folder to be written. What is there may be out of the reader's reach: it is not read."""
WRITTEN_FOLDER = click.Path(path_type=Path, readable=False, file_okay=False)

FORCE = click.option("--force", is_flag=True, help="Replace files that are there; the old ones stay as .bak.")

EDITION = click.option("--edition", metavar="DATE", default="", help="Insist on one edition of the policy.")


def visit_options(function: F) -> F:
    """The family file, the options that describe a visit, and the `Request` made of them."""

    @click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
    @click.option("--purpose", metavar="PURPOSE", default="", help="What the visit is for, for example attendance.")
    @click.option("--start", metavar="WHEN", default="", help='When it starts, for example "2026-12-02 10:30".')
    @click.option("--minutes", metavar="N", default="", help="How many minutes it is expected to last.")
    @click.option(
        "--visitor", "visitors", metavar="ID", multiple=True, help="Who goes, from the staff directory; once each."
    )
    @click.option(
        "--answers",
        "more",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="More answers, such as saved ones.",
    )
    @click.option(
        "--set", "settings", multiple=True, metavar="NAME=VALUE", help="One answer, for example staff.know_policy=yes."
    )
    @wraps(function)
    def with_request(
        files: tuple[Path, ...],
        purpose: str,
        start: str,
        minutes: str,
        visitors: tuple[str, ...],
        more: tuple[Path, ...],
        settings: tuple[str, ...],
        edition: str = "",
        **others: Any,
    ) -> Any:
        from riskgen.service.visits import Request

        request = Request(files + more, settings, visitors, purpose, start, minutes, edition=edition)
        return function(request=request, **others)

    return cast(F, with_request)
