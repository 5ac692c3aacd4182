"""What a report of the acquirer changes about a payment: states only go forward."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.errors import Conflict
from app.models.money import ZERO, Money
from app.models.payments.acquiring import UAH, Charge, ChargeStatus
from app.models.payments.payment import OPEN, Payment, PaymentStatus

UNPAID: Final = {
    ChargeStatus.CREATED: PaymentStatus.CREATED,
    ChargeStatus.PROCESSING: PaymentStatus.PROCESSING,
    ChargeStatus.HELD: PaymentStatus.PROCESSING,
    ChargeStatus.FAILED: PaymentStatus.FAILED,
    ChargeStatus.EXPIRED: PaymentStatus.EXPIRED,
}
"""States in which no money has come; the page of a failed one may still be paid on."""
RANKS: Final = {
    PaymentStatus.CREATED: 0,
    PaymentStatus.PROCESSING: 1,
    PaymentStatus.CANCELLED: 2,
    PaymentStatus.EXPIRED: 2,
    PaymentStatus.FAILED: 2,
    PaymentStatus.SUCCEEDED: 3,
    PaymentStatus.PARTIALLY_REFUNDED: 4,
    PaymentStatus.REFUNDED: 5,
}
"""Which of two reports with the same moment of the acquirer is the later one."""


class PaymentMismatched(Conflict):
    """The acquirer speaks of a payment of ours with another amount, currency or name."""

    code = "payment_mismatched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a payment becomes."""

    status: PaymentStatus
    received: Money
    modified_at: datetime
    failure: str | None


def require_fit(payment: Payment, charge: Charge) -> None:
    """Refuse a report about something else, whoever has signed it.

    :raises PaymentMismatched:
    """
    is_ours = (
        charge.amount == payment.amount
        and charge.currency == UAH
        and charge.reference == str(payment.id)
        and payment.provider_ref in {None, charge.provider_ref}
        and charge.received <= payment.amount
    )
    if not is_ours:
        raise PaymentMismatched


def change_of(payment: Payment, charge: Charge) -> Change | None:
    """Return what the report changes; None if we know this, or something later, already.

    Money that came in counts also for a payment that we took for failed, expired or cancelled.
    """
    status = _status_of(payment, charge)
    if status is None:
        return None
    if not _is_news(payment, charge, status):
        return None
    return Change(
        status=status,
        received=charge.received,
        modified_at=charge.modified_at,
        failure=charge.failure if status is PaymentStatus.FAILED else None,
    )


def _status_of(payment: Payment, charge: Charge) -> PaymentStatus | None:
    if charge.status is ChargeStatus.UNKNOWN:
        return None
    if charge.status not in {ChargeStatus.SUCCEEDED, ChargeStatus.REVERSED}:
        return UNPAID[charge.status]
    if charge.received == ZERO:
        was_held = payment.held_at is not None and payment.state in OPEN
        return PaymentStatus.CANCELLED if was_held else PaymentStatus.REFUNDED
    if charge.received < payment.amount:
        return PaymentStatus.PARTIALLY_REFUNDED
    return PaymentStatus.SUCCEEDED


def _is_news(payment: Payment, charge: Charge, status: PaymentStatus) -> bool:
    known = payment.state
    if (status, charge.received) == (known, payment.received):
        return False
    if payment.modified_at is None:
        return RANKS[status] >= RANKS[known] or charge.received > ZERO
    if charge.modified_at < payment.modified_at or not _may_follow(known, status):
        return False
    is_later = charge.modified_at > payment.modified_at
    return is_later or RANKS[status] > RANKS[known] or charge.received < payment.received


def _may_follow(known: PaymentStatus, status: PaymentStatus) -> bool:
    """Tell whether a later report may say this: what was paid is never unpaid, only given back."""
    if RANKS[known] >= RANKS[PaymentStatus.SUCCEEDED]:
        return RANKS[status] >= RANKS[PaymentStatus.SUCCEEDED]
    # A cancelled or expired page that is only created or processing again has no money in it.
    return known in {PaymentStatus.CREATED, PaymentStatus.PROCESSING, PaymentStatus.FAILED} or (
        RANKS[status] >= RANKS[PaymentStatus.SUCCEEDED]
    )
