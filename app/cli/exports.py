"""Loading a folder of files: how an account number looks, and what is said when rows are wrong."""

import re
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from app.cli.failure import fail, refuse
from app.cli.use_case import run_use_case

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.clock import Clock
    from app.database import Database
    from app.identifiers import AccountNumbers

MORE = "... and {more} more"
BAD_PATTERN = """\
CABINET_ACCOUNT_NUMBER_PATTERN is not a regular expression: {error}."""
NOTHING_LOADED = "Nothing was loaded: {count} problems. Correct the files and load them again."
NOT_THERE = "There is nothing to load: {missing}."

AccountNumberPattern = Annotated[
    str,
    typer.Option(
        envvar="CABINET_ACCOUNT_NUMBER_PATTERN",
        metavar="PATTERN",
        help="What an account number looks like.",
    ),
]

Loaded = TypeVar("Loaded")


def load_export(
    load: "Callable[[Database, Clock, AccountNumbers], Awaitable[Loaded]]",
    *,
    account_number_pattern: str,
) -> "Loaded":
    """Load a folder, or end the command with every row that is wrong."""
    from app.adapters.register_export import ExportMissing, ExportRefused
    from app.identifiers import AccountNumbers
    from app.settings import Settings

    default = Settings.model_fields["account_number_pattern"].default
    try:
        numbers = AccountNumbers(account_number_pattern or default)
        return run_use_case(lambda database, clock: load(database, clock, numbers))
    except re.error as error:
        refuse(BAD_PATTERN.format(error=error))
    except ExportMissing as missing:
        refuse(NOT_THERE.format(missing=missing))
    except ExportRefused as refused:
        for problem in refused.problems:
            typer.echo(str(problem), err=True)
        if refused.problems.left_out:
            typer.echo(MORE.format(more=refused.problems.left_out), err=True)
        fail(NOTHING_LOADED.format(count=len(refused.problems)))
