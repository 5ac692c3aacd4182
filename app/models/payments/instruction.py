"""What the operator has an acquirer do with a payment: give money back, take or let go a hold."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Conflict, Invalid
from app.models.base import Base, Identified
from app.models.money import ZERO, Money
from app.models.payments.payment import OPEN, POLLS, Payment

HOLD_LIVES: Final = timedelta(days=9)
"""How long an acquirer blocks a sum on a card; then it lets it go by itself."""
MOST_CALLS: Final = 5
"""An instruction that did not arrive is given again so often."""
MOST_LOOKS: Final = 200
"""Hourly for more than a week; then a person has to ask the acquirer."""


class InstructionKind(StrEnum):
    REFUND = "refund"
    CAPTURE = "capture"
    """Take what is held, or a part; the rest is let go."""
    RELEASE = "release"
    """Let go what is held."""


class InstructionStatus(StrEnum):
    GIVEN = "given"
    DONE = "done"
    FAILED = "failed"


class PaymentNotRefundable(Conflict):
    """No card has paid it, or all of it went back already."""

    code = "payment_not_refundable"


class RefundExceedsPaid(Invalid):
    """More than what came in and has not gone back."""

    code = "refund_exceeds_paid"


class PaymentNotHeld(Conflict):
    """No sum is blocked on a card for this payment."""

    code = "payment_not_held"


class CaptureExceedsHeld(Invalid):
    """More than what is blocked on the card."""

    code = "capture_exceeds_held"


class InstructionUnderWay(Conflict):
    """The acquirer has another instruction about this payment and has not done it yet."""

    code = "payment_instruction_under_way"


class PaymentInstruction(Identified, Base):
    """Committed before the acquirer hears of it, so that a call is never forgotten."""

    __tablename__ = "payment_instructions"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        # Of two at once nobody could tell which of them a report is about.
        Index(
            "uq_payment_instructions_given",
            "payment_id",
            unique=True,
            postgresql_where=text("status = 'given'"),
        ),
        Index("ix_payment_instructions_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    kind: Mapped[str]
    amount: Mapped[Money]
    received_before: Mapped[Money]
    """What of the payment was with us when this was given."""
    status: Mapped[str]
    act: Mapped[dict[str, Any]]
    """Who has given it, who has approved it, and why."""
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    failure: Mapped[str | None]
    due_at: Mapped[datetime | None]
    """When it is looked after next; None when it has ended."""
    calls: Mapped[int] = mapped_column(SmallInteger, default=0)
    looks: Mapped[int] = mapped_column(SmallInteger, default=0)

    @property
    def is_given(self) -> bool:
        return self.status == InstructionStatus.GIVEN

    def is_done_by(self, payment: Payment) -> bool:
        """Tell whether the payment has become what was wanted, whoever told us."""
        if self.kind == InstructionKind.REFUND:
            return payment.received <= self.received_before - self.amount
        if self.kind == InstructionKind.CAPTURE:
            return payment.received > ZERO
        return payment.state not in OPEN

    def end(self, status: InstructionStatus, *, now: datetime, failure: str | None = None) -> None:
        self.status, self.ended_at, self.failure = status.value, now, failure
        self.due_at = None

    def next_look(self, now: datetime) -> datetime:
        return now + POLLS[min(self.looks, len(POLLS) - 1)]
