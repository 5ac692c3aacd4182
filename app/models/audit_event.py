from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.audit_actions import Action
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which events: of one kind, from a moment on, before another."""

    action: Action | None = None
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """What happened, and what whoever did it is called."""

    event: AuditEvent
    member_name: str | None
