"""The prices that the regulator sets for all customers."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.cli.exports import load_export
from app.cli.operator import OperatorName, Reason, operator_act

tariffs = typer.Typer(help="Load the prices that the regulator sets.", no_args_is_help=True)

LOADED = "Prices: {added} new, {changed} changed, {same} as they were."


@tariffs.callback()
def family() -> None:
    """Load the prices that the regulator sets."""


@tariffs.command()
def load(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A CSV file with the columns of tariffs.csv."),
    ],
    *,
    operator: OperatorName,
    reason: Reason,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Bring the prices up to date with a file: all of it, or nothing.

    The file is that of the register's export (docs/register.md). The next bill run corrects months
    that are billed already. The command may be repeated.
    """
    from app.services.registry.load import RegistryService

    act = operator_act(operator, reason)
    loaded = load_export(
        lambda database, clock, numbers: RegistryService(
            database=database, clock=clock, account_numbers=numbers
        ).load_tariffs(file, act=act),
        account_number_pattern="",
    )
    if as_json:
        typer.echo(json.dumps(asdict(loaded)))
    else:
        typer.echo(LOADED.format(added=loaded.added, changed=loaded.changed, same=loaded.same))
