from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from app.models.base import Base, Identified


class Delivery(StrEnum):
    """How far a message has come, as the product knows it."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Message(Identified, Base):
    """An SMS to be written and sent. It holds no text: a code must not lie in a table (O6)."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_messages_challenge", "challenge_id"),
    )

    organization_id: Mapped[UUID]
    challenge_id: Mapped[UUID]
    phone: Mapped[str]
    locale: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    """When the worker should look at it again; None once its fate is known."""
    give_up_at: Mapped[datetime]
    """After this moment the text is of no use to anybody."""
    starts: Mapped[int]
    """How many times sending began; more than one may mean a duplicate at the receiver."""
    checks: Mapped[int]
    """How many times the gateway was asked whether it has arrived."""
    gateway_id: Mapped[str | None]
    failure: Mapped[str | None]
