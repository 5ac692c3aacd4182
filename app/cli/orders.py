"""The operator's work on orders, until the back office exists."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from app.cli.failure import refuse
from app.cli.operator import OperatorName, Reason, operator_act
from app.cli.terminal import plain
from app.cli.use_case import run_use_case
from app.devdb import state_folder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.clock import Clock
    from app.database import Database
    from app.models.orders.attachment import OrderAttachment
    from app.models.orders.order_detail import OrderDetail, OrderSummary
    from app.models.orders.order_status import OrderStatus
    from app.origin import OperatorAct
    from app.services.orders.operator import OrderOperatorService

orders = typer.Typer(help="Work on what customers have ordered.", no_args_is_help=True)

BAD_DAY = "The day {text!r} is not written YYYY-MM-DD."
BAD_ANSWERS = "The answers {text!r} are no JSON object."
BAD_AMOUNT = "The amount {text!r} is not written 1234.50."

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="For example Z-2026-000123.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


class Target(StrEnum):
    """Where the staff moves an order; a quote and a rejection have commands of their own."""

    NEEDS_INFO = "needs_info"
    REGISTERED = "registered"
    PAID = "paid"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    ACT_SIGNED = "act_signed"


@orders.callback()
def family() -> None:
    """Work on what customers have ordered."""


@orders.command("list")
def list_orders(
    status: Annotated[str, typer.Option(help="Only these; all that is open if left out.")] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """List orders to work on, the earliest due first."""
    which = _status(status) if status else None
    found = _run(lambda staff: staff.work_list(status=which))
    rows = [_row(each) for each in found]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    _print(rows)


@orders.command()
def show(number: Number, *, as_json: AsJson = False) -> None:
    """Show an order: answers, messages, history."""
    _tell(_run(lambda staff: staff.show(number)), as_json=as_json)


@orders.command()
def move(
    number: Number,
    target: Annotated[Target, typer.Argument()],
    *,
    comment: Annotated[str, typer.Option(help="What the customer reads.")] = "",
    operator: OperatorName,
    reason: Reason,
) -> None:
    """Move an order; a question (needs_info) wants a comment."""
    act, to = operator_act(operator, reason), _status(target.value)
    _tell(_run(lambda staff: staff.move(number, to, comment=comment or None, act=act)))


@orders.command()
def reject(
    number: Number,
    *,
    act: Annotated[str, typer.Option(help="The act of law.")],
    clause: Annotated[str, typer.Option(help="Its clause.")],
    comment: Annotated[str, typer.Option(help="What the customer reads.")],
    operator: OperatorName,
    reason: Reason,
) -> None:
    """Reject an order, by an act and its clause. What was paid is to be paid back."""
    by = operator_act(operator, reason)
    _tell(
        _run(lambda staff: staff.reject(number, basis=act, clause=clause, comment=comment, act=by))
    )


@orders.command()
def quote(
    number: Number,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Hryvnias with VAT: 1234.50.")],
    *,
    valid_until: Annotated[str, typer.Option(metavar="DATE", help="The last day to accept it.")],
    operator: OperatorName,
    reason: Reason,
) -> None:
    """Tell the customer what the order will cost."""
    from app.models.money import AmountUnreadable, Money

    act = operator_act(operator, reason)
    try:
        last_day = date.fromisoformat(valid_until)
    except ValueError:
        refuse(BAD_DAY.format(text=valid_until))
    try:
        money = Money.parse(amount)
    except AmountUnreadable:
        refuse(BAD_AMOUNT.format(text=amount))
    _tell(_run(lambda staff: staff.quote(number, amount=money, valid_until=last_day, act=act)))


@orders.command()
def schedule(
    number: Number,
    starts_at: Annotated[str, typer.Argument(metavar="MOMENT", help="Kyiv's: 2026-12-01T09:00.")],
    *,
    operator: OperatorName,
    reason: Reason,
) -> None:
    """Book a slot for an order, or move its appointment."""
    from app.clock import KYIV

    act = operator_act(operator, reason)
    try:
        moment = datetime.fromisoformat(starts_at)
    except ValueError:
        refuse(f"The moment {starts_at!r} is not written 2026-12-01T09:00.")
    moment = moment if moment.tzinfo else moment.replace(tzinfo=KYIV)
    _tell(_run(lambda staff: staff.schedule(number, moment, act=act)))


@orders.command()
def message(
    number: Number,
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    *,
    operator: OperatorName,
    reason: Reason,
) -> None:
    """Write to the customer; what they have written counts as read."""
    act = operator_act(operator, reason)
    _tell(_run(lambda staff: staff.say(number, text=text, act=act)))


@orders.command("open")
def open_after(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The customer's order.")],
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="For example quality_fix.")],
    *,
    answers: Annotated[
        str, typer.Option(help='What its form asks, as JSON: \'{"kind": "works"}\'.')
    ] = "{}",
    operator: OperatorName,
    reason: Reason,
) -> None:
    """Open an order of a service of the staff's own, after an order of a customer."""
    act, told = operator_act(operator, reason), _answers(answers)
    _tell(_run(lambda staff: staff.open_after(number, service, told, act=act)))


@orders.command("act")
def add_act(
    number: Number,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="PDF, JPEG, PNG, P7S or ASiC-E.")],
    *,
    operator: OperatorName,
    reason: Reason,
    files_folder: Annotated[
        Path | None,
        typer.Option(
            envvar="CABINET_FILES_FOLDER", help="Where attachments are kept; the sandbox's own."
        ),
    ] = None,
    clamd_address: Annotated[
        str | None,
        typer.Option(envvar="CABINET_CLAMD_ADDRESS", help="The antivirus daemon's host and port."),
    ] = None,
) -> None:
    """Add the act of what was done; the customer can download it."""
    act = operator_act(operator, reason)
    try:
        source = file.open("rb")
    except OSError as error:
        refuse(f"{file} cannot be read: {error.strerror}.")
    with source:
        folder = files_folder or state_folder() / "files"
        run_use_case(_adding(number, source, folder, clamd_address, act))
    typer.echo("The customer can download it.")


def _adding(
    number: str, source: BinaryIO, folder: Path, clamd: str | None, act: "OperatorAct"
) -> "Callable[[Database, Clock], Awaitable[OrderAttachment]]":
    from app.adapters.files.intake import FileIntake
    from app.adapters.files.scanner import Scanner
    from app.adapters.files.storage import FolderStorage
    from app.services.orders.operator_files import OperatorFileService

    intake, storage = FileIntake(Scanner(clamd or None)), FolderStorage(folder)
    return lambda database, clock: OperatorFileService(
        database=database, clock=clock, intake=intake, storage=storage
    ).add_act(number, source, Path(source.name).name, act=act)


def _run(work: "Callable[[OrderOperatorService], Awaitable[Any]]") -> Any:
    from app.services.orders.operator import OrderOperatorService

    return run_use_case(
        lambda database, clock: work(OrderOperatorService(database=database, clock=clock))
    )


def _answers(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        refuse(BAD_ANSWERS.format(text=text))
    return told


def _status(text: str) -> "OrderStatus":
    from app.models.orders.order_status import OrderStatus

    try:
        return OrderStatus(text)
    except ValueError:
        refuse(f"There is no status {text!r}: {', '.join(OrderStatus)}.")


def _row(summary: "OrderSummary") -> dict[str, str]:
    from app.models.orders.order_status import Side

    order, clock = summary.order, summary.clock
    due = clock.due.shifted_on.isoformat() if clock.due else ""
    ours = ", ".join(summary.moves_of(Side.OPERATOR))
    return {
        "number": order.number or "",
        "service": order.service_code,
        "account": summary.on_account.account_number,
        "status": order.status,
        "due": due,
        "late": "yes" if order.overdue_on else "",
        "can be moved to": ours,
    }


def _tell(detail: "OrderDetail", *, as_json: bool = False) -> None:
    order = detail.order
    told = _row(detail) | {
        "answers": order.answers,
        "contact": f"{order.contact_name}, {order.contact_phone}",
        "history": [f"{each.happened_at:%Y-%m-%d %H:%M} {each.status}" for each in detail.events],
        "messages": [f"{each.side}: {each.text}" for each in detail.messages],
    }
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    for name, value in told.items():
        typer.echo(f"{name + ':':18}{_line(value)}")


def _line(value: Any) -> str:
    if isinstance(value, list):
        # A line of theirs stays below its own beginning: it is none of somebody else's.
        return "".join("\n  " + plain(each).replace("\n", "\n    ") for each in value)
    return plain(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _print(rows: Sequence[dict[str, str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*(rows[0] if rows else ("number", "status")))
    for row in rows:
        table.add_row(*map(plain, row.values()))
    Console(markup=False).print(table)
