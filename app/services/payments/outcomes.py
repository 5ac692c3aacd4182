"""A payment as a member sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.models.money import Money, total
from app.models.payments.payment import Payment
from app.repositories.payments.payment_views import AllocatedRow, PaymentRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPayment:
    payment: Payment
    is_own: bool
    """Begun by the caller's company, or brought by a bank for it."""
    amount: Money
    """Of another company's payment only what concerns accounts that the caller sees."""
    unallocated: Money
    """What waits in advance for the next invoice."""
    allocations: Sequence[AllocatedRow]

    @classmethod
    def of(cls, row: PaymentRow, *, seen_by: UUID) -> "ShownPayment":
        is_own = row.payment.organization_id == seen_by
        return cls(
            payment=row.payment,
            is_own=is_own,
            amount=row.payment.amount if is_own else row.asked,
            unallocated=row.credited - total(each.amount for each in row.allocations),
            allocations=row.allocations,
        )
