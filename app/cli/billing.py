"""Bills: what the operator issues for settled energy, and what its own billing has issued."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.failure import fail, refuse
from app.cli.operator import OperatorName, Reason, operator_act
from app.cli.use_case import run_use_case

if TYPE_CHECKING:
    from app.clock import Clock
    from app.database import Database
    from app.models.billing.bill_run import BillRun
    from app.models.money import Money
    from app.models.period import Period
    from app.origin import OperatorAct

billing = typer.Typer(help="Issue invoices.", no_args_is_help=True)

BAD_MONTH = "The month {text!r} is not written YYYY-MM."
DRY = "Nothing was issued: this was a dry run."
MORE = "... and {more} more"
BAD_PATTERN = """\
CABINET_ACCOUNT_NUMBER_PATTERN is not a regular expression: {error}."""
NOTHING_LOADED = "Nothing was loaded: {count} problems. Correct the files and load them again."
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
    if as_json:
        typer.echo(json.dumps(_as_json(run), ensure_ascii=False))
        return
    _print(run)
    if dry_run:
        typer.echo(DRY)


@billing.command()
def load(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where invoices.csv and invoice_lines.csv are.")
    ],
    *,
    operator: OperatorName,
    reason: Reason,
    account_number_pattern: Annotated[
        str,
        typer.Option(
            envvar="CABINET_ACCOUNT_NUMBER_PATTERN",
            metavar="PATTERN",
            help="What an account number looks like.",
        ),
    ] = "",
) -> None:
    """Load the invoices of the operator's own billing: all of them, or none."""
    from app.adapters.register_export import ExportMissing, ExportRefused
    from app.identifiers import AccountNumbers
    from app.services.billing.invoice_imports import InvoiceImportService
    from app.settings import Settings

    act = operator_act(operator, reason)
    default = Settings.model_fields["account_number_pattern"].default
    try:
        numbers = AccountNumbers(account_number_pattern or default)
        loaded = run_use_case(
            lambda database, clock: InvoiceImportService(
                database=database, clock=clock, account_numbers=numbers
            ).load(directory, act=act)
        )
    except re.error as error:
        refuse(BAD_PATTERN.format(error=error))
    except ExportMissing as missing:
        refuse(f"There are no invoices to load: {missing}.")
    except ExportRefused as refused:
        for problem in refused.problems:
            typer.echo(str(problem), err=True)
        if refused.problems.left_out:
            typer.echo(MORE.format(more=refused.problems.left_out), err=True)
        fail(NOTHING_LOADED.format(count=len(refused.problems)))
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


def _as_json(run: "BillRun") -> dict[str, object]:
    return {
        "accounts": run.accounts,
        "documents": run.documents,
        "refused": run.refused,
        "net": str(run.net),
        "vat": str(run.vat),
        "total": str(run.total),
        "currency": run.total.currency.value,
        "items": [
            {
                "account_number": each.account_number,
                "number": each.number,
                "kind": each.kind.value,
                "period": str(each.period) if each.period else None,
                "net": str(each.net),
                "vat": str(each.vat),
                "total": str(each.total),
            }
            for each in run.shown
        ],
        "problems": [
            {"account_number": each.account_number, "code": each.code} for each in run.problems
        ],
    }


def _print(run: "BillRun") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Account", "Number", "Kind", "Month", title="Invoices")
    for heading in ("net", "VAT", "total"):
        table.add_column(heading, justify="right")
    for each in run.shown:
        words = (each.account_number, each.number or "-", each.kind.value, str(each.period or ""))
        table.add_row(*words, str(each.net), str(each.vat), str(each.total))
    table.add_section()
    counted = (f"{run.documents} documents", f"{run.accounts} accounts", "", "")
    table.add_row(*counted, str(run.net), str(run.vat), str(run.total))
    Console().print(table)
    if more := run.documents - len(run.shown):
        typer.echo(MORE.format(more=more))
    for problem in run.problems:
        typer.echo(f"{problem.account_number}: not billed, {problem.code}", err=True)
    if more := run.refused - len(run.problems):
        typer.echo(MORE.format(more=more), err=True)
