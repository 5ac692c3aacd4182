"""Bills: what the operator issues for settled energy, and what its own billing has issued."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.bill_runs import tell_run
from app.cli.exports import AccountNumberPattern, load_export
from app.cli.failure import refuse
from app.cli.operator import OperatorName, Reason, operator_act
from app.cli.use_case import run_use_case

if TYPE_CHECKING:
    from app.clock import Clock
    from app.database import Database
    from app.models.money import Money
    from app.models.period import Period
    from app.origin import OperatorAct

billing = typer.Typer(help="Issue invoices.", no_args_is_help=True)

BAD_MONTH = "The month {text!r} is not written YYYY-MM."
TERMS = "Invoices of this account are due in {days} working days from now on."
ALREADY = "That was so already; nothing was changed."
DISPUTED = "{amount} UAH of {number} are disputed; no payment is set against them."
OWED_AGAIN = "{amount} UAH of {number} are owed as before."
LOADED = "Invoices: {added} added, {same} the same."


@billing.callback()
def family() -> None:
    """Issue invoices."""


@billing.command()
def issue(
    period: Annotated[str, typer.Argument(metavar="YYYY-MM", help="The month to bill.")],
    *,
    account: Annotated[str, typer.Option(metavar="NUMBER", help="One account only.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be issued; keep nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    operator: OperatorName = "",
    reason: Reason = "",
) -> None:
    """Bill a settled month: final invoices, and corrections of months that have changed since.

    What stands already is not issued again, however often this is run.
    """
    from app.services.billing.invoice_issues import InvoiceIssueService

    month = _month(period)
    act: OperatorAct | None = None if dry_run else operator_act(operator, reason)
    run = run_use_case(
        lambda database, clock: InvoiceIssueService(database=database, clock=clock).issue(
            month,
            account_number="".join(account.split()) or None,
            act=act,
            dry_run=dry_run,
        )
    )
    tell_run(run, as_json=as_json, dry_run=dry_run)


@billing.command()
def load(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where invoices.csv and invoice_lines.csv are.")
    ],
    *,
    operator: OperatorName,
    reason: Reason,
    account_number_pattern: AccountNumberPattern = "",
) -> None:
    """Load the invoices of the operator's own billing: all of them, or none."""
    from app.services.billing.invoice_imports import InvoiceImportService

    act = operator_act(operator, reason)
    loaded = load_export(
        lambda database, clock, numbers: InvoiceImportService(
            database=database, clock=clock, account_numbers=numbers
        ).load(directory, act=act),
        account_number_pattern=account_number_pattern,
    )
    typer.echo(LOADED.format(added=loaded.added, same=loaded.same))


@billing.command()
def terms(
    account: Annotated[str, typer.Argument(metavar="NUMBER", help="The account.")],
    *,
    due_days: Annotated[
        int, typer.Option("--due-days", min=1, max=60, help="Working days, at the most 60.")
    ],
    operator: OperatorName,
    reason: Reason,
) -> None:
    """Say in how many working days an account's invoices are due from now on."""
    from app.services.billing.payment_terms import PaymentTermsService

    number, act = "".join(account.split()), operator_act(operator, reason)
    changed = run_use_case(
        lambda database, clock: PaymentTermsService(database=database, clock=clock).set_due_days(
            number, due_days, act=act
        )
    )
    typer.echo(TERMS.format(days=due_days) if changed else ALREADY)


@billing.command()
def dispute(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The invoice.")],
    *,
    ends: Annotated[
        bool, typer.Option("--ends", help="The dispute has ended: it is owed as before.")
    ] = False,
    operator: OperatorName = "",
    reason: Reason = "",
) -> None:
    """Take what is owed of an invoice out of the ordinary debt, or put it back there."""
    from app.services.billing.disputes import DisputeService

    act = operator_act(operator, reason)

    async def work(database: "Database", clock: "Clock") -> "Money":
        service = DisputeService(database=database, clock=clock)
        return await (service.end if ends else service.begin)(number.strip(), act=act)

    moved = run_use_case(work)
    text = OWED_AGAIN if ends else DISPUTED
    typer.echo(text.format(amount=moved, number=number) if moved else ALREADY)


def _month(text: str) -> "Period":
    from app.models.period import Period

    try:
        return Period.parse(text)
    except ValueError:
        refuse(BAD_MONTH.format(text=text))
