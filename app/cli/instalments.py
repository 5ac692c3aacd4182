"""Instalments: the schedules that contracts have, and the invoices they ask for."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.bill_runs import tell_run
from app.cli.exports import AccountNumberPattern, load_export
from app.cli.operator import OperatorName, Reason, operator_act
from app.cli.use_case import run_use_case

if TYPE_CHECKING:
    from app.origin import OperatorAct

LOADED = "Accounts: {changed} changed, {same} the same."


def schedules(
    directory: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Where instalments.csv or planned_energy.csv is."),
    ],
    *,
    operator: OperatorName,
    reason: Reason,
    account_number_pattern: AccountNumberPattern = "",
) -> None:
    """Load how accounts pay before their energy is known: schedules, and declared plans."""
    from app.services.billing.schedule_imports import ScheduleImportService

    act = operator_act(operator, reason)
    loaded = load_export(
        lambda database, clock, numbers: ScheduleImportService(
            database=database, clock=clock, account_numbers=numbers
        ).load(directory, act=act),
        account_number_pattern=account_number_pattern,
    )
    typer.echo(LOADED.format(changed=loaded.changed, same=loaded.same))


def instalments(
    *,
    account: Annotated[str, typer.Option(metavar="NUMBER", help="One account only.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be issued; keep nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    operator: OperatorName = "",
    reason: Reason = "",
) -> None:
    """Issue the instalments that are due by today, as the worker does every hour."""
    from app.services.billing.instalments import InstalmentService

    act: OperatorAct | None = None if dry_run else operator_act(operator, reason)
    run = run_use_case(
        lambda database, clock: InstalmentService(database=database, clock=clock).issue(
            account_number="".join(account.split()) or None, act=act, dry_run=dry_run
        )
    )
    tell_run(run, as_json=as_json, dry_run=dry_run)
