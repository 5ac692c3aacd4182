from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped

from app.models.base import Base, Owned


class ReadingReceipt(Owned, Base):
    """Proof that a member handed in readings: who, when, for which period, with what digest."""

    __tablename__ = "reading_receipts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "account_id"], ["accounts.organization_id", "accounts.id"]
        ),
    )

    account_id: Mapped[UUID]
    period: Mapped[date]
    submitted_by: Mapped[UUID]
    submitted_at: Mapped[datetime]
    digest: Mapped[str]
    """SHA-256 over the submitted values, so that a printed receipt can be held against ours."""
