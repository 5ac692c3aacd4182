from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from app.errors import Conflict
from app.models.base import Base, Owned
from app.models.money import Money


class FeeStatus(StrEnum):
    QUOTED = "quoted"
    """Told to the customer, who has not agreed yet."""
    DUE = "due"
    """To be invoiced."""
    INVOICED = "invoiced"
    PAID = "paid"
    WITHDRAWN = "withdrawn"
    """The order ended before it was paid; an invoice of it is to be cancelled."""
    CANCELLED = "cancelled"
    """Withdrawn, and its invoice corrected."""
    REFUND_DUE = "refund_due"
    """The order ended after it was paid and before the work began; it is to be paid back."""
    REFUNDED = "refunded"
    """Paid back, as an advance of the account."""


class QuoteExpired(Conflict):
    """The sum was told for a time, and the time has passed."""

    code = "quote_expired"
    members = ("valid_until",)


class OrderFee(Owned, Base):
    """What the customer pays for an order: at most one row for each."""

    __tablename__ = "order_fees"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "order_id"], ["orders.organization_id", "orders.id"]
        ),
        UniqueConstraint("organization_id", "order_id"),
        CheckConstraint("amount > 0 AND vat >= 0 AND vat < amount", name="amount_possible"),
        Index(
            "ix_order_fees_due",
            "id",
            postgresql_where=text("status IN ('due', 'withdrawn', 'refund_due')"),
        ),
        Index("ix_order_fees_invoiced", "id", postgresql_where=text("status = 'invoiced'")),
    )

    order_id: Mapped[UUID]
    kind: Mapped[str]
    amount: Mapped[Money]
    """With VAT."""
    vat: Mapped[Money]
    status: Mapped[str]
    valid_until: Mapped[date | None]
    """The last day on which a quote can be accepted."""
    invoice_id: Mapped[UUID | None]
    changed_at: Mapped[datetime]

    def end(self, *, has_begun: bool, now: datetime) -> None:
        """Follow the end of its order: what is paid is owed back unless the work has begun."""
        if self.status == FeeStatus.PAID:
            if has_begun:
                return
            self.status = FeeStatus.REFUND_DUE.value
        elif self.status in {FeeStatus.QUOTED, FeeStatus.DUE, FeeStatus.INVOICED}:
            self.status = FeeStatus.WITHDRAWN.value
        self.changed_at = now

    def require_valid(self, today: date) -> None:
        """Let pass a quote that can be accepted today.

        :raises QuoteExpired:
        """
        if self.valid_until is not None and today > self.valid_until:
            raise QuoteExpired(valid_until=self.valid_until)
