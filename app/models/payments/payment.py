"""Payments: what a customer has begun to pay or a bank has brought, and what became of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified
from app.models.money import ZERO, Money

VALID_FOR: Final = timedelta(hours=1)
"""How long the acquirer's page can be paid on."""
SMALLEST: Final = Money(100)
LARGEST_TRANSFER: Final = Money(99_999_999_999)
"""What a payment code holds: 999,999,999.99 UAH."""
MOST_INVOICES: Final = 100
"""Of one payment."""
POLLS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""When the acquirer is asked about a payment that it does not tell about; then every hour."""
POLLED_FOR: Final = timedelta(hours=24)
"""After the page has expired; then it is taken for unpaid, and asked about no more."""
STALE_AFTER: Final = timedelta(seconds=5)
"""How long an answer of the acquirer is good for whoever looks at a payment."""
CALL_LEASE: Final = timedelta(seconds=60)
"""After this long a payment without a page is one whose process died: nobody can pay it."""


class PaymentMethod(StrEnum):
    CARD = "card"
    BANK_TRANSFER = "bank_transfer"


class PaymentStatus(StrEnum):
    CREATED = "created"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially_refunded"


OPEN: Final = frozenset({PaymentStatus.CREATED, PaymentStatus.PROCESSING})
"""Somebody may still pay: its invoices wait for it."""
PAID: Final = frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.PARTIALLY_REFUNDED})


class Payment(Identified, Base):
    """One payment, which may settle accounts of several companies."""

    __tablename__ = "payments"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("received BETWEEN 0 AND amount", name="received_within_amount"),
        Index("ix_payments_organization", "organization_id", "id"),
        Index("ix_payments_poll", "poll_at", postgresql_where=text("poll_at IS NOT NULL")),
    )

    organization_id: Mapped[UUID]
    """Who has begun it, or whom the bank's money came for."""
    method: Mapped[str]
    gateway: Mapped[str | None]
    """Which acquirer; None for a bank's transfer."""
    amount: Mapped[Money]
    received: Mapped[Money] = mapped_column(default=ZERO)
    """What has come in and was not given back."""
    status: Mapped[str]
    purpose: Mapped[str]
    provider_ref: Mapped[str | None]
    """What the acquirer calls it; None until it has answered."""
    page_url: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    failure: Mapped[str | None]
    modified_at: Mapped[datetime | None]
    """The acquirer's own moment of the newest state that we know."""
    poll_at: Mapped[datetime | None]
    """When to ask the acquirer next; None when nothing more is expected."""
    polls: Mapped[int] = mapped_column(SmallInteger, default=0)
    asked_at: Mapped[datetime | None]
    """When somebody who looked at the payment made us ask the acquirer last."""
    matched_by: Mapped[str | None]
    """The rule that found whose money it is; None for a card."""
    payer: Mapped[dict[str, Any]]
    """Name, tax id and IBAN as the bank tells them."""
    created_by: Mapped[UUID | None]
    """The member; None for a bank's transfer."""
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    held_at: Mapped[datetime | None]
    """Since when the sum is blocked on the card and waits for the operator, if it was ever."""

    @property
    def state(self) -> PaymentStatus:
        return PaymentStatus(self.status)


class PaymentTarget(Base):
    """An invoice that a payment is for, or an account that it is paid to in advance."""

    __tablename__ = "payment_targets"
    __table_args__ = (
        ForeignKeyConstraint(["payment_id"], ["payments.id"]),
        ForeignKeyConstraint(
            ["account_organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
        ),
        CheckConstraint("amount > 0", name="amount_positive"),
        # Two tabs never charge twice: of several at once the second finds the first.
        Index(
            "uq_payment_targets_open_invoice",
            "account_organization_id",
            "invoice_id",
            unique=True,
            postgresql_where=text("is_open AND invoice_id IS NOT NULL"),
        ),
        Index("ix_payment_targets_account", "account_organization_id", "account_id"),
    )

    payment_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    account_organization_id: Mapped[UUID]
    account_id: Mapped[UUID]
    invoice_id: Mapped[UUID | None]
    amount: Mapped[Money]
    is_open: Mapped[bool]
    """Whether somebody may still pay."""


class PaymentEvent(Identified, Base):
    """What happened to a payment, in the order of our knowing it. Only added to."""

    __tablename__ = "payment_events"
    __table_args__ = (
        ForeignKeyConstraint(["payment_id"], ["payments.id"]),
        Index("ix_payment_events_payment", "payment_id"),
    )

    payment_id: Mapped[UUID]
    happened_at: Mapped[datetime]
    source: Mapped[str]
    """`member`, `notification`, `poll`, `statement` or `operator`."""
    status: Mapped[str]
    details: Mapped[dict[str, Any]]


class PaymentPosting(Base):
    """A transaction of the ledger that a payment has made: money that came, or went back."""

    __tablename__ = "payment_postings"
    __table_args__ = (
        ForeignKeyConstraint(["payment_id"], ["payments.id"]),
        ForeignKeyConstraint(["transaction_id"], ["ledger_transactions.id"]),
    )

    payment_id: Mapped[UUID] = mapped_column(primary_key=True)
    transaction_id: Mapped[UUID] = mapped_column(primary_key=True)


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """Which payments: for one account, in one state."""

    account_id: UUID | None = None
    status: str | None = None


def next_poll(*, polls: int, now: datetime, expires_at: datetime) -> datetime | None:
    """Return when the acquirer is asked again, after so many times; None when no longer."""
    wait = POLLS[min(polls, len(POLLS) - 1)]
    at = now + wait
    return at if at <= expires_at + POLLED_FOR else None
