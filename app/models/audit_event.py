from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Owned


class AuditEvent(Owned, Base):
    """Who did what in an organization's cabinet, when and from where; written with the deed."""

    __tablename__ = "audit_events"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        Index("ix_audit_events_happened", "organization_id", "happened_at"),
    )

    happened_at: Mapped[datetime] = mapped_column(index=True)
    action: Mapped[str]
    member_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    address: Mapped[str | None]
    details: Mapped[dict[str, Any]]
