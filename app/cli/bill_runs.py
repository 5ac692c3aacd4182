"""What a run of bills came to, as a table for people or as JSON for programs."""

import json
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from app.models.billing.bill_run import BillRun

DRY = "Nothing was issued: this was a dry run."
MORE = "... and {more} more"


def tell_run(run: "BillRun", *, as_json: bool, dry_run: bool) -> None:
    """Print the documents, the sums, and each account that was not billed with the reason."""
    if as_json:
        typer.echo(json.dumps(_as_json(run), ensure_ascii=False))
        return
    _print(run)
    if dry_run:
        typer.echo(DRY)


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
    Console(markup=False).print(table)
    if more := run.documents - len(run.shown):
        typer.echo(MORE.format(more=more))
    for problem in run.problems:
        typer.echo(f"{problem.account_number}: not billed, {problem.code}", err=True)
    if more := run.refused - len(run.problems):
        typer.echo(MORE.format(more=more), err=True)
