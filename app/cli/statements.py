"""Statements of banks: loaded, looked through, and assigned by hand where no rule knows whose."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import typer

from app.cli.failure import fail, refuse
from app.cli.operator import OperatorName, Reason, operator_act
from app.cli.terminal import plain
from app.cli.use_case import run_use_case

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.clock import Clock
    from app.database import Database
    from app.models.money import Money
    from app.models.payments.statement import StatementLine
    from app.services.payments.statements import StatementService, StatementSummary

Result = TypeVar("Result")

statements = typer.Typer(help="Load statements of banks.", no_args_is_help=True)

NOT_LOADED = "Nothing was loaded: {reason}."
REPEATED = "This very file was loaded before; nothing was changed."
BAD_LINE = "The line {text!r} is not one of `statements list`."
ONE_OF_TWO = "Give either --invoice or --account."
ASSIGNED = "The money stands with account {account} now."
PAID_OUT = "{left} UAH of cards are still with {acquirer}."
BAD_FEE = "The fee {text!r} is not an amount in hryvnias."
UNASSIGNED = "The money waits for a person again."
MOST_MATCHES = 10_000
"""Batches of lines that one command looks at: more than a file may have."""


@statements.callback()
def family() -> None:
    """Load statements of banks."""


@statements.command()
def load(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    *,
    profile: Annotated[
        str, typer.Option(metavar="NAME", help="The bank's form; by default it is recognized.")
    ] = "",
    iban: Annotated[
        str, typer.Option(help="The operator's account, for a form that does not name it.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    operator: OperatorName = "",
    reason: Reason = "",
) -> None:
    """Add the lines of a statement that are new, and find whose money they are."""
    from app.adapters.bank_statements.refusals import StatementMissing, StatementRefused

    act = operator_act(operator, reason)

    async def work(service: "StatementService") -> "StatementSummary":
        summary = await service.load(file, profile=profile or None, iban=iban, act=act)
        for _ in range(MOST_MATCHES):
            if not await service.match():
                break
        return summary

    try:
        summary = _run(work)
    except (StatementMissing, StatementRefused) as refusal:
        fail(NOT_LOADED.format(reason=refusal))
    counts = {
        "lines": summary.lines,
        "added": summary.added,
        "same": summary.same,
        "outgoing": summary.outgoing,
        "not_final": summary.not_final,
    }
    if as_json:
        typer.echo(json.dumps({"repeated": summary.is_repeated, **counts}))
        return
    typer.echo(REPEATED if summary.is_repeated else _listed(counts))


@statements.command("list")
def list_lines(
    *,
    unmatched: Annotated[
        bool, typer.Option("--unmatched", help="Only those that wait for a person.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List lines of statements, newest first, up to a thousand."""
    lines = _run(lambda service: service.newest(only_unmatched=unmatched))
    if as_json:
        typer.echo(json.dumps([_as_json(line) for line in lines], ensure_ascii=False))
        return
    _print(lines)


@statements.command()
def assign(
    line: Annotated[str, typer.Argument(metavar="LINE", help="Its id in `statements list`.")],
    *,
    invoice: Annotated[str, typer.Option(metavar="NUMBER", help="The invoice it pays.")] = "",
    account: Annotated[str, typer.Option(metavar="NUMBER", help="The account it is for.")] = "",
    operator: OperatorName = "",
    reason: Reason = "",
) -> None:
    """Say whose money a line is; who paid for somebody else is remembered."""
    act, line_id = operator_act(operator, reason), _line_id(line)
    if bool(invoice) is bool(account):
        refuse(ONE_OF_TWO)
    found = _run(
        lambda service: service.assign(
            line_id, invoice or account, is_invoice=bool(invoice), act=act
        )
    )
    typer.echo(ASSIGNED.format(account=found))


@statements.command()
def payout(
    line: Annotated[str, typer.Argument(metavar="LINE", help="Its id in `statements list`.")],
    *,
    fee: Annotated[
        str, typer.Option(metavar="UAH", help="What the acquirer has kept of it.")
    ] = "0",
    acquirer: Annotated[str, typer.Option(metavar="NAME", help="Who pays out.")] = "monobank",
    operator: OperatorName = "",
    reason: Reason = "",
) -> None:
    """Say that a line is what an acquirer pays out of the money of cards."""
    from app.services.payments.payouts import PayoutService

    act, line_id, kept = operator_act(operator, reason), _line_id(line), _fee(fee)
    left = run_use_case(
        lambda database, clock: PayoutService(database=database, clock=clock).post(
            line_id, acquirer.strip(), fee=kept, act=act
        )
    )
    typer.echo(PAID_OUT.format(acquirer=acquirer.strip(), left=left))


@statements.command()
def unassign(
    line: Annotated[str, typer.Argument(metavar="LINE", help="Its id in `statements list`.")],
    *,
    operator: OperatorName = "",
    reason: Reason = "",
) -> None:
    """Take a line's money back from where it was set, by a posting of its own."""
    from app.models.payments.statement import LineNotAssigned
    from app.services.payments.payouts import PayoutService
    from app.services.payments.statements import StatementService

    act, line_id = operator_act(operator, reason), _line_id(line)

    async def work(database: "Database", clock: "Clock") -> None:
        try:
            await PayoutService(database=database, clock=clock).undo(line_id, act=act)
        except LineNotAssigned:
            await StatementService(database=database, clock=clock).unassign(line_id, act=act)

    run_use_case(work)
    typer.echo(UNASSIGNED)


def _run(work: "Callable[[StatementService], Awaitable[Result]]") -> "Result":
    from app.services.payments.statements import StatementService

    def with_service(database: "Database", clock: "Clock") -> "Awaitable[Result]":
        return work(StatementService(database=database, clock=clock))

    return run_use_case(with_service)


def _line_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        refuse(BAD_LINE.format(text=text))


def _fee(text: str) -> "Money":
    from app.models.money import ZERO, AmountUnreadable, Money

    try:
        fee = Money.parse(text)
    except AmountUnreadable:
        refuse(BAD_FEE.format(text=text))
    if fee < ZERO:
        refuse(BAD_FEE.format(text=text))
    return fee


def _as_json(line: "StatementLine") -> dict[str, object]:
    return {
        "id": str(line.id),
        "booked_on": line.booked_on.isoformat(),
        "amount": str(line.amount),
        "currency": line.amount.currency.value,
        "payer": line.payer,
        "purpose": line.purpose,
        "state": line.state,
        "rule": line.rule,
        "candidates": line.candidates,
        "payment_id": str(line.payment_id) if line.payment_id else None,
    }


def _print(lines: "Sequence[StatementLine]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Lines of statements")
    table.add_column("line", no_wrap=True)
    for heading in ("booked", "amount", "payer", "state", "rule", "purpose"):
        table.add_column(heading, overflow="fold")
    for line in lines:
        payer = " ".join(filter(None, (line.payer.get("name"), line.payer.get("tax_id"))))
        cells = (str(line.id), str(line.booked_on), str(line.amount), plain(payer), line.state)
        table.add_row(*cells, line.rule or "", plain(line.purpose))
    Console(markup=False).print(table)


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in counts.items())
