"""A line of a bank becomes a payment of an account, and is taken back again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.database import Transaction
from app.models.base import new_id
from app.models.billing.books import Book, BookKind
from app.models.money import ZERO, Money
from app.models.payments.matching.rules import KnownAccount, Rule
from app.models.payments.payment import Payment, PaymentMethod, PaymentStatus, PaymentTarget
from app.models.payments.statement import (
    MOST_ASSIGNMENTS,
    LineAssigned,
    LineNotAssignable,
    LineNotAssigned,
    LineState,
    StatementLine,
)
from app.repositories.payments.payments import PaymentRepository, Received
from app.services.payments.settling import Movement, Receipt, Settling

UNIDENTIFIED: Final = Book(kind=BookKind.UNIDENTIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Whose a line's money is, which invoices it names, and by which rule we know."""

    account: KnownAccount
    invoice_ids: Sequence[UUID]
    rule: Rule


def require_assignable(line: StatementLine) -> None:
    """Let pass a line whose money stands with nobody.

    :raises LineAssigned, LineNotAssignable:
    """
    if line.state == LineState.MATCHED:
        raise LineAssigned
    if line.amount <= ZERO or line.assignments >= MOST_ASSIGNMENTS:
        raise LineNotAssignable


async def assign(
    transaction: Transaction,
    assignments: Sequence[tuple[StatementLine, Assignment]],
    *,
    now: datetime,
) -> list[Payment]:
    """Set lines that are locked against the debts of accounts, in their order; all at once.

    :raises LineAssigned, LineNotAssignable: see `require_assignable`.
    """
    received: list[Received] = []
    receipts: list[Receipt] = []
    for line, assignment in assignments:
        require_assignable(line)
        payment = _payment(line, assignment, now)
        target = _target(payment, assignment)
        received.append(Received(payment, target, line.id))
        moved = _movement(line, payment, line.amount, "in")
        receipts.append(Receipt(movement=moved, targets=[target], named=assignment.invoice_ids))
    settling = Settling(transaction, now=now)
    await settling.lock([each.target for each in received])
    await PaymentRepository(transaction).add_received(received, now=now)
    await settling.receive(*receipts)
    for (line, assignment), each in zip(assignments, received, strict=True):
        line.payment_id, line.state = each.payment.id, LineState.MATCHED.value
        line.rule, line.assignments = assignment.rule.value, line.assignments + 1
    return [each.payment for each in received]


async def take_back(transaction: Transaction, line: StatementLine, *, now: datetime) -> Payment:
    """Undo what a line has settled, by a posting of its own; a person decides anew.

    :raises LineNotAssigned:
    """
    payments, settling = PaymentRepository(transaction), Settling(transaction, now=now)
    payment = await payments.lock(line.payment_id) if line.payment_id else None
    if payment is None:
        raise LineNotAssigned
    await settling.lock(await payments.targets(payment.id))
    await settling.give_back(_movement(line, payment, payment.received, "out"))
    payment.status, payment.received = PaymentStatus.CANCELLED.value, ZERO
    line.payment_id, line.state, line.rule = None, LineState.WAITING.value, Rule.NONE.value
    await payments.note(payment, source="operator", now=now, line=str(line.id))
    return payment


def _payment(line: StatementLine, assignment: Assignment, now: datetime) -> Payment:
    return Payment(
        id=new_id(),
        organization_id=assignment.account.organization_id,
        method=PaymentMethod.BANK_TRANSFER.value,
        amount=line.amount,
        received=line.amount,
        status=PaymentStatus.SUCCEEDED.value,
        purpose=line.purpose,
        matched_by=assignment.rule.value,
        payer=line.payer,
        polls=0,
        created_at=now,
        settled_at=now,
    )


def _target(payment: Payment, assignment: Assignment) -> PaymentTarget:
    """Return the whole sum for the account: how much is for which invoice, allocation decides."""
    account = assignment.account
    return PaymentTarget(
        payment_id=payment.id,
        position=0,
        account_organization_id=account.organization_id,
        account_id=account.account_id,
        invoice_id=None,
        amount=payment.amount,
        is_open=False,
    )


def _movement(line: StatementLine, payment: Payment, amount: Money, way: str) -> Movement:
    return Movement(
        payment=payment,
        amount=amount,
        through=UNIDENTIFIED,
        key=f"{line.id}/{payment.id}/{way}",
        effective_on=line.booked_on,
    )
