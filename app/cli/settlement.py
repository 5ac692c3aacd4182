"""Closing settlement periods by hand."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.failure import refuse
from app.cli.operator import OperatorName, Reason, operator_act
from app.cli.use_case import run_use_case
from app.cli.windows import UsuallyCloses, UsuallyOpens, keep_usual_rule, usual_rule

if TYPE_CHECKING:
    from app.models.metering.settling.tally import Tally
    from app.models.period import Period

settlement = typer.Typer(help="Close settlement periods.", no_args_is_help=True)

BAD_PERIOD = "The period {text!r} is not a month written YYYY-MM."
ROWS = (
    ("accounts", "accounts settled"),
    ("registers", "their registers"),
    ("energy", "whole kWh taken from the network"),
    ("unknown_points", "metering points that nobody can tell"),
    ("prolonged", "registers unread for three months or more"),
    ("corrected_months", "earlier months corrected"),
    ("failed", "accounts that could not be settled, see the log"),
)
ESTIMATED = "registers estimated: {method}"
NOTHING = "Everything of {period} was settled already; nothing was changed."
STILL_OPEN = "Groups whose readings are still taken, left for later: {groups}"
DRY = "A dry run: nothing was changed."


@settlement.callback()
def family(
    window_opens_days_before: UsuallyOpens = 2,
    window_closes_on_day: UsuallyCloses = 3,
) -> None:
    """Close settlement periods."""
    keep_usual_rule(window_opens_days_before, window_closes_on_day)


@settlement.command()
def close(
    period: Annotated[str, typer.Argument(metavar="YYYY-MM", help="The month to close.")],
    *,
    operator: OperatorName,
    reason: Reason,
    account: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Only this account.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and keep nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Settle a month whose window has closed: estimate who was not read, and fix what is billed.

    The worker does so by itself; this is for months that it no longer looks at, and for accounts
    that came late. Each account is settled when the window of its group has closed. What is
    settled already is left alone, so the command may be repeated.
    """
    from app.services.metering.settlements import SettlementService

    month, act = _period(period), operator_act(operator, reason)
    rule = usual_rule()
    tally = run_use_case(
        lambda database, clock: SettlementService(
            database=database, clock=clock, window_rule=rule
        ).close(month, act=act, account_number=account, dry_run=dry_run, progress=_progress)
    )
    if as_json:
        typer.echo(json.dumps({"period": period, "is_dry_run": dry_run} | tally.told()))
        return
    _tell(tally, period, dry_run=dry_run)


def _progress(tally: "Tally") -> None:
    typer.echo(f"{tally.accounts} accounts", err=True)


def _tell(tally: "Tally", period: str, *, dry_run: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    if tally.still_open:
        typer.echo(STILL_OPEN.format(groups=", ".join(tally.still_open)))
    if not (tally.accounts or tally.failed):
        typer.echo(NOTHING.format(period=period))
        return
    counts = tally.told()
    table = Table("", title=f"Settlement of {period}")
    table.add_column("", justify="right")
    for name, meaning in ROWS:
        table.add_row(meaning, str(counts[name]))
    for method, registers in counts["estimated"].items():
        table.add_row(ESTIMATED.format(method=method), str(registers))
    Console().print(table)
    if dry_run:
        typer.echo(DRY)


def _period(text: str) -> "Period":
    from app.models.period import Period

    try:
        return Period.parse(text)
    except ValueError:
        refuse(BAD_PERIOD.format(text=text))
