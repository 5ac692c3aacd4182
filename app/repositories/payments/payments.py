"""Payments as they are begun, moved and settled; what members read is in `payment_views`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, text, update

from app.models.billing.allocation import OpenPart
from app.models.billing.books import ChargeClass
from app.models.billing.invoice import InvoiceKind
from app.models.money import Money
from app.models.payments.payment import (
    Payment,
    PaymentEvent,
    PaymentPosting,
    PaymentTarget,
)
from app.repositories.base import Repository

_SETTLED: Final = text("""
SELECT i.organization_id, i.account_id, i.id, i.number, i.kind, i.due_on, a.charge,
       q.disputed_at IS NOT NULL AS is_disputed, sum(a.amount)::bigint AS settled
  FROM payment_postings p
  JOIN invoice_allocations a ON a.transaction_id = p.transaction_id
  JOIN invoices i ON i.organization_id = a.organization_id AND i.id = a.invoice_id
  JOIN invoice_parts q ON q.organization_id = a.organization_id AND q.invoice_id = a.invoice_id
   AND q.charge = a.charge
 WHERE p.payment_id = :payment_id
 GROUP BY i.organization_id, i.account_id, i.id, i.number, i.kind, i.due_on, a.charge,
       q.disputed_at
HAVING sum(a.amount) > 0
 ORDER BY i.due_on DESC, i.number DESC, a.charge DESC
""").bindparams(bindparam("payment_id", type_=Uuid))
_CREDITED: Final = text("""
SELECT l.organization_id, l.account_id, -sum(e.amount)::bigint AS credited
  FROM payment_postings p
  JOIN ledger_entries e ON e.transaction_id = p.transaction_id
  JOIN ledger_accounts l ON l.id = e.ledger_account_id AND l.account_id IS NOT NULL
 WHERE p.payment_id = :payment_id
 GROUP BY l.organization_id, l.account_id
HAVING sum(e.amount) < 0
 ORDER BY l.organization_id, l.account_id
""").bindparams(bindparam("payment_id", type_=Uuid))


@dataclass(frozen=True, slots=True)
class Received:
    """A payment that a line of a bank's statement is, and for which account."""

    payment: Payment
    target: PaymentTarget
    line_id: UUID


class PaymentRepository(Repository):
    async def add(self, payment: Payment, targets: Sequence[PaymentTarget]) -> bool:
        """Add a payment; false if one of its invoices is being paid already."""
        self._session.add(payment)
        await self._session.flush()
        added = [await self._insert(target) for target in targets]
        return all(added)

    async def lock(self, payment_id: UUID) -> Payment | None:
        """Return a payment that nobody else changes until the transaction ends."""
        return await self._session.scalar(
            select(Payment)
            .where(Payment.id == payment_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )

    async def get(self, payment_id: UUID) -> Payment | None:
        return await self._session.get(Payment, payment_id)

    async def targets(self, payment_id: UUID) -> list[PaymentTarget]:
        found = await self._session.scalars(
            select(PaymentTarget)
            .where(PaymentTarget.payment_id == payment_id)
            .order_by(PaymentTarget.position)
        )
        return list(found)

    async def open_on(self, invoice_ids: Iterable[UUID]) -> Payment | None:
        """Return the payment under way for any of these invoices."""
        return await self._session.scalar(
            select(Payment)
            .join(PaymentTarget, PaymentTarget.payment_id == Payment.id)
            .where(PaymentTarget.invoice_id.in_(list(invoice_ids)), PaymentTarget.is_open)
            .limit(1)
        )

    async def close_targets(self, payment_id: UUID) -> None:
        """Let the invoices be paid by another payment."""
        await self._session.execute(
            update(PaymentTarget)
            .where(PaymentTarget.payment_id == payment_id, PaymentTarget.is_open)
            .values(is_open=False)
            .execution_options(synchronize_session=False)
        )

    async def note(self, payment: Payment, *, source: str, now: datetime, **details: Any) -> None:
        """Add to a payment's history what it has become."""
        self._session.add(_event(payment, source, now, details))
        await self._session.flush()

    async def add_received(self, received: Sequence[Received], *, now: datetime) -> None:
        """Add payments whose money the bank has already: nobody else pays their targets."""
        self._session.add_all(each.payment for each in received)
        await self._session.flush()
        self._session.add_all(each.target for each in received)
        self._session.add_all(
            _event(each.payment, "statement", now, {"line": str(each.line_id)}) for each in received
        )
        await self._session.flush()

    async def add_postings(self, made: Iterable[tuple[UUID, UUID]]) -> None:
        """Note which transactions of the ledger payments have made."""
        self._session.add_all(
            PaymentPosting(payment_id=payment_id, transaction_id=transaction_id)
            for payment_id, transaction_id in made
        )
        await self._session.flush()

    async def settled(self, payment_id: UUID) -> list[OpenPart]:
        """Return what a payment has settled and not taken back, the last to be paid first.

        `outstanding` of each is how much that is.
        """
        rows = await self._session.execute(_SETTLED, {"payment_id": payment_id})
        return [_part(row) for row in rows]

    async def credited(self, payment_id: UUID) -> dict[tuple[UUID, UUID], Money]:
        """Return how much of a payment stands in favour of each account, settled or in advance."""
        rows = await self._session.execute(_CREDITED, {"payment_id": payment_id})
        return {(row.organization_id, row.account_id): Money(row.credited) for row in rows}

    async def due(self, *, now: datetime, limit: int) -> list[UUID]:
        """Return payments whose acquirer is to be asked, the longest due first."""
        found = await self._session.scalars(
            select(Payment.id).where(Payment.poll_at <= now).order_by(Payment.poll_at).limit(limit)
        )
        return list(found)


def _event(payment: Payment, source: str, now: datetime, details: dict[str, Any]) -> PaymentEvent:
    return PaymentEvent(
        payment_id=payment.id,
        happened_at=now,
        source=source,
        status=payment.status,
        details=details,
    )


def _part(row: Any) -> OpenPart:
    return OpenPart(
        organization_id=row.organization_id,
        account_id=row.account_id,
        invoice_id=row.id,
        number=row.number,
        charge=ChargeClass(row.charge),
        due_on=row.due_on,
        outstanding=Money(row.settled),
        is_planned=row.kind == InvoiceKind.PLANNED,
        is_disputed=row.is_disputed,
    )
