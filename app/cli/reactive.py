"""What reactive energy is charged by."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.exports import AccountNumberPattern, load_export
from app.cli.operator import OperatorName, Reason, operator_act

LOADED = """\
New or changed: {equivalents} equivalents of points, {prices} prices, {surcharges} surcharges."""


def reactive(
    directory: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="Where reactive_equivalents.csv, _prices.csv or _surcharges.csv is.",
        ),
    ],
    *,
    operator: OperatorName,
    reason: Reason,
    account_number_pattern: AccountNumberPattern = "",
) -> None:
    """Load what reactive energy is charged by; the next bill run uses it."""
    from app.services.billing.reactive_imports import ReactiveImportService

    act = operator_act(operator, reason)
    loaded = load_export(
        lambda database, clock, numbers: ReactiveImportService(
            database=database, clock=clock, account_numbers=numbers
        ).load(directory, act=act),
        account_number_pattern=account_number_pattern,
    )
    typer.echo(
        LOADED.format(
            equivalents=loaded.equivalents,
            prices=loaded.prices,
            surcharges=loaded.surcharges,
        )
    )
