"""Card payments: money given back, and money taken or let go that is held on a card."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final, TypeVar
from uuid import UUID

import typer

from app.cli.failure import refuse
from app.cli.operator import OperatorName, Reason, operator_act
from app.cli.use_case import run_use_case

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.clock import Clock
    from app.database import Database
    from app.models.money import Money
    from app.models.payments.instruction import PaymentInstruction
    from app.services.payments.instructions import InstructionService

Result = TypeVar("Result")

payments = typer.Typer(help="Give card payments back; take or let go what is held.")

BAD_PAYMENT: Final = "The payment {text!r} is not an id as the API shows it."
BAD_AMOUNT: Final = "The amount {text!r} is not written like 1234.50, or is not above zero."
TWO_PERSONS: Final = "A refund takes two persons: --approved-by names another one than --operator."
GIVEN: Final = "{kind} of {amount} UAH is noted; the worker tells the acquirer."

PaymentId = Annotated[str, typer.Argument(metavar="PAYMENT", help="Its id, as the API shows it.")]
Amount = Annotated[
    str, typer.Option(metavar="UAH", help="A part of it; by default all that there is.")
]


@payments.callback()
def family() -> None:
    """Give card payments back; take or let go what is held."""


@payments.command()
def refund(
    payment: PaymentId,
    *,
    amount: Amount = "",
    approved_by: Annotated[
        str, typer.Option("--approved-by", metavar="NAME", help="The second person.")
    ] = "",
    operator: OperatorName = "",
    reason: Reason = "",
) -> None:
    """Have money given back to the card that has paid."""
    act, approved_by = operator_act(operator, reason), approved_by.strip()
    if not approved_by or approved_by == act.operator:
        refuse(TWO_PERSONS)
    payment_id, part = _id(payment), _money(amount)
    given = _run(lambda service: service.refund(payment_id, part, approved_by=approved_by, act=act))
    _tell(given)


@payments.command()
def capture(
    payment: PaymentId, *, amount: Amount = "", operator: OperatorName = "", reason: Reason = ""
) -> None:
    """Have the money taken that is held on a card; what is left of it is let go."""
    act, payment_id, part = operator_act(operator, reason), _id(payment), _money(amount)
    _tell(_run(lambda service: service.capture(payment_id, part, act=act)))


@payments.command()
def release(payment: PaymentId, *, operator: OperatorName = "", reason: Reason = "") -> None:
    """Have the money let go that is held on a card."""
    act, payment_id = operator_act(operator, reason), _id(payment)
    _tell(_run(lambda service: service.release(payment_id, act=act)))


@payments.command()
def instructions(
    *, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """List what acquirers were told to do, newest first, up to a thousand."""
    given = _run(lambda service: service.newest())
    if as_json:
        typer.echo(json.dumps([_as_json(each) for each in given], ensure_ascii=False))
        return
    _print(given)


def _run(work: "Callable[[InstructionService], Awaitable[Result]]") -> "Result":
    from app.services.payments.instructions import InstructionService

    def with_service(database: "Database", clock: "Clock") -> "Awaitable[Result]":
        return work(InstructionService(database=database, clock=clock))

    return run_use_case(with_service)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        refuse(BAD_PAYMENT.format(text=text))


def _money(text: str) -> "Money | None":
    from app.models.money import ZERO, AmountUnreadable, Money

    if not text:
        return None
    try:
        amount = Money.parse(text)
    except AmountUnreadable:
        amount = ZERO
    if amount <= ZERO:
        refuse(BAD_AMOUNT.format(text=text))
    return amount


def _tell(given: "PaymentInstruction") -> None:
    typer.echo(GIVEN.format(kind=given.kind.capitalize(), amount=given.amount))


def _as_json(given: "PaymentInstruction") -> dict[str, object]:
    return {
        "id": str(given.id),
        "payment_id": str(given.payment_id),
        "kind": given.kind,
        "amount": str(given.amount),
        "currency": given.amount.currency.value,
        "status": given.status,
        "failure": given.failure,
        "given_at": given.given_at.isoformat(),
        "ended_at": given.ended_at.isoformat() if given.ended_at else None,
        "act": given.act,
    }


def _print(given: "Sequence[PaymentInstruction]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Instructions to acquirers")
    table.add_column("payment", no_wrap=True)
    for heading in ("given", "kind", "amount", "status", "by", "reason"):
        table.add_column(heading, overflow="fold")
    for each in given:
        who = " + ".join(filter(None, (each.act.get("operator"), each.act.get("approved_by"))))
        status = " ".join(filter(None, (each.status, each.failure)))
        cells = (str(each.given_at.date()), each.kind, str(each.amount), status, who)
        table.add_row(str(each.payment_id), *cells, each.act.get("reason", ""))
    Console(markup=False).print(table)
