from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped

from app.models.base import Base, Owned


class Member(Owned, Base):
    """A person who may sign in to an organization's cabinet."""

    __tablename__ = "members"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        # One phone to one organization; a removed member's phone is free again.
        Index(
            "uq_members_phone", "phone", unique=True, postgresql_where=text("removed_at IS NULL")
        ),
        Index(
            "uq_members_owner",
            "organization_id",
            unique=True,
            postgresql_where=text("role = 'owner' AND removed_at IS NULL"),
        ),
    )

    phone: Mapped[str]
    full_name: Mapped[str | None]
    role: Mapped[str]
    locale: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
