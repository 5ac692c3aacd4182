"""What the acquirer reports about a payment, written into it: once, and only forward."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.clock import kyiv_date
from app.database import Transaction
from app.models.billing.books import Book, BookKind
from app.models.money import ZERO, Money
from app.models.payments.acquiring import Charge, ChargeStatus
from app.models.payments.actions import PaymentAction
from app.models.payments.charges import Change, change_of, require_fit
from app.models.payments.instruction import InstructionStatus
from app.models.payments.payment import OPEN, Payment, PaymentStatus
from app.repositories.audit_events import AuditWriter
from app.repositories.payments.instructions import InstructionRepository
from app.repositories.payments.payments import PaymentRepository
from app.services.payments.settling import Movement, Receipt, Settling

ACTIONS: Final = {
    PaymentStatus.SUCCEEDED: PaymentAction.PAYMENT_SUCCEEDED,
    PaymentStatus.FAILED: PaymentAction.PAYMENT_FAILED,
    PaymentStatus.EXPIRED: PaymentAction.PAYMENT_FAILED,
    PaymentStatus.CANCELLED: PaymentAction.PAYMENT_CANCELLED,
    PaymentStatus.REFUNDED: PaymentAction.PAYMENT_REFUNDED,
    PaymentStatus.PARTIALLY_REFUNDED: PaymentAction.PAYMENT_REFUNDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    charge: Charge
    source: str
    """`notification` or `poll`."""


async def apply(
    transaction: Transaction, payment: Payment, report: Report, *, now: datetime
) -> bool:
    """Move a payment that is locked to where the acquirer says it is, with its money.

    Returns whether that is news.

    :raises PaymentMismatched: the report is about something else.
    """
    require_fit(payment, report.charge)
    payment.provider_ref = payment.provider_ref or report.charge.provider_ref
    if report.charge.status is ChargeStatus.HELD and payment.held_at is None:
        payment.held_at = report.charge.modified_at
    change = change_of(payment, report.charge)
    if change is not None:
        await _follow(transaction, payment, change, source=report.source, now=now)
    instruction = await InstructionRepository(transaction).under_way(payment.id)
    if instruction is not None and instruction.is_done_by(payment):
        instruction.end(InstructionStatus.DONE, now=now)
    return change is not None


async def _follow(
    transaction: Transaction, payment: Payment, change: Change, *, source: str, now: datetime
) -> None:
    payments, settling = PaymentRepository(transaction), Settling(transaction, now=now)
    targets = await payments.targets(payment.id)
    await settling.lock(targets)
    movement = _movement(payment, change, now)
    _become(payment, change, now)
    if payment.state not in OPEN:
        await payments.close_targets(payment.id)
    if movement is not None and movement.amount > ZERO:
        await settling.receive(Receipt(movement=movement, targets=targets))
    elif movement is not None:
        await settling.give_back(_turned(movement))
    await payments.note(payment, source=source, now=now, received=str(change.received))
    await record(transaction, payment, ACTIONS.get(payment.state), now=now)


async def record(
    transaction: Transaction, payment: Payment, action: PaymentAction | None, *, now: datetime
) -> None:
    """Write what has happened into the trails of all companies whose accounts it concerns."""
    if action is None:
        return
    targets = await PaymentRepository(transaction).targets(payment.id)
    companies = {payment.organization_id, *(each.account_organization_id for each in targets)}
    for company_id in sorted(companies):
        trail = AuditWriter.of_nobody(transaction, company_id, now)
        await trail.record(action, subject_id=payment.id, amount=str(payment.amount))


def _become(payment: Payment, change: Change, now: datetime) -> None:
    payment.status = change.status.value
    payment.received = change.received
    payment.modified_at = change.modified_at
    payment.failure = change.failure
    if change.status is PaymentStatus.SUCCEEDED and payment.settled_at is None:
        payment.settled_at = now
    if payment.state not in OPEN:
        payment.poll_at = None


def _movement(payment: Payment, change: Change, now: datetime) -> Movement | None:
    amount = change.received - payment.received
    if not amount:
        return None
    return Movement(
        payment=payment,
        amount=amount,
        through=Book(kind=BookKind.CLEARING, name=payment.gateway or ""),
        key=f"{payment.id}/{change.received.kopiykas}/{change.modified_at.isoformat()}",
        effective_on=kyiv_date(now),
    )


def _turned(movement: Movement) -> Movement:
    return Movement(
        payment=movement.payment,
        amount=Money(0) - movement.amount,
        through=movement.through,
        key=movement.key,
        effective_on=movement.effective_on,
    )
