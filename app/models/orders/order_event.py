from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped

from app.errors import Conflict
from app.models.base import Base, Owned

MOST_MESSAGES = 500
"""In one order."""


class TooManyMessages(Conflict):
    """One order has so many messages that nobody reads them."""

    code = "too_many_messages"
    members = ("most",)


class OrderEvent(Owned, Base):
    """A status that an order has come to: when, by whom, and what the customer is told of it.

    Who of the staff it was and why stands in the audit trail, which customers' owners read.
    """

    __tablename__ = "order_events"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "order_id"], ["orders.organization_id", "orders.id"]
        ),
        Index("ix_order_events_order", "organization_id", "order_id"),
    )

    order_id: Mapped[UUID]
    happened_at: Mapped[datetime]
    status: Mapped[str]
    side: Mapped[str]
    comment: Mapped[str | None]


class OrderMessage(Owned, Base):
    """What the customer and the operator write to each other about an order."""

    __tablename__ = "order_messages"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "order_id"], ["orders.organization_id", "orders.id"]
        ),
        Index("ix_order_messages_order", "organization_id", "order_id"),
    )

    order_id: Mapped[UUID]
    side: Mapped[str]
    text: Mapped[str]
    sent_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    """When the other side first read it."""
