"""What paying late comes to: proposed by the rules, charged when a person confirms it."""

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.exports import load_export
from app.cli.failure import refuse
from app.cli.operator import OperatorName, Reason, operator_act
from app.cli.use_case import run_use_case

if TYPE_CHECKING:
    from app.models.billing.penalty import LateCharge
    from app.services.billing.penalties import Proposals

penalties = typer.Typer(help="Charge for paying late.", no_args_is_help=True)

Until = Annotated[
    str, typer.Option(metavar="YYYY-MM-DD", help="The last day that counts; yesterday, unasked.")
]
LOADED = "New or changed: {rates} discount rates, {moratoria} moratoria."
BAD_DAY = "The day {text!r} is not written YYYY-MM-DD."
PROPOSED = "{invoices} invoices, {total} UAH in all. Nothing is charged until it is confirmed."
CONFIRMED = "Invoice {number}: {total} UAH without VAT, due on {due_on}."


@penalties.callback()
def family() -> None:
    """Charge for paying late."""


@penalties.command()
def rates(
    directory: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Where discount_rates.csv or penalty_moratoria.csv is."),
    ],
    *,
    operator: OperatorName,
    reason: Reason,
) -> None:
    """Load the discount rates of the National Bank, and the days that an act leaves free."""
    from app.services.billing.penalties import PenaltyService

    act = operator_act(operator, reason)
    loaded = load_export(
        lambda database, clock, _numbers: PenaltyService(database=database, clock=clock).load_rates(
            directory, act=act
        ),
        account_number_pattern="",
    )
    typer.echo(LOADED.format(rates=loaded.rates, moratoria=loaded.moratoria))


@penalties.command()
def propose(
    *,
    until: Until = "",
    account: Annotated[str, typer.Option(metavar="NUMBER", help="One account only.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell what late days come to that nobody has charged yet; nothing is changed."""
    from app.services.billing.penalties import PenaltyService

    day = _day(until)
    found = run_use_case(
        lambda database, clock: PenaltyService(database=database, clock=clock).propose(
            day, account_number="".join(account.split()) or None
        )
    )
    if as_json:
        typer.echo(json.dumps(_as_json(found), ensure_ascii=False))
        return
    _print(found)


@penalties.command()
def confirm(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The invoice that was late.")],
    *,
    until: Until = "",
    operator: OperatorName,
    reason: Reason,
) -> None:
    """Charge what paying an invoice late comes to; the same days are never charged twice."""
    from app.services.billing.penalties import PenaltyService

    act, day = operator_act(operator, reason), _day(until)
    invoice = run_use_case(
        lambda database, clock: PenaltyService(database=database, clock=clock).confirm(
            number.strip(), day, act=act
        )
    )
    typer.echo(CONFIRMED.format(number=invoice.number, total=invoice.total, due_on=invoice.due_on))


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse(BAD_DAY.format(text=text))


def _as_json(found: "Proposals") -> dict[str, object]:
    return {
        "invoices": found.invoices,
        "total": str(found.total),
        "currency": found.total.currency.value,
        "items": [
            {
                "account_number": each.late.account_number,
                "number": each.late.number,
                "due_on": each.late.due_on.isoformat(),
                "until": each.until.isoformat(),
                "days": _days(each),
                "penalty": str(each.penalty_sum),
                "interest": str(each.interest_sum),
                "total": str(each.total),
            }
            for each in found.shown
        ],
    }


def _days(charge: "LateCharge") -> int:
    return sum(each.days for each in charge.interest)


def _print(found: "Proposals") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Account", "Invoice", "Due", title="Paid late")
    for heading in ("days", "penalty", "3 % a year", "total"):
        table.add_column(heading, justify="right")
    for each in found.shown:
        late = each.late
        sums = (str(each.penalty_sum), str(each.interest_sum), str(each.total))
        table.add_row(late.account_number, late.number, str(late.due_on), str(_days(each)), *sums)
    Console(markup=False).print(table)
    typer.echo(PROPOSED.format(invoices=found.invoices, total=found.total))
