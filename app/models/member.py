from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Index, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import kyiv_date
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
    frozen_at: Mapped[datetime | None]
    """Since when the owner keeps this member out; lifting it gives everything back."""
    expires_on: Mapped[date | None]
    """The last day, in Kyiv, on which this member may do anything."""
    account_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    """The only accounts this member sees; None means all of the cabinet's."""
    password_reset_at: Mapped[datetime | None]
    """When the password was last replaced by SMS: for a day after, a thief of the phone's
    number may not change the phone or invite anybody."""

    def is_let_in(self, now: datetime) -> bool:
        """Tell whether the member may sign in: neither removed nor frozen, nor past the last day.

        The CTE `caller` asks the same of every statement of a signed-in member.
        """
        is_expired = self.expires_on is not None and self.expires_on < kyiv_date(now)
        return self.removed_at is None and self.frozen_at is None and not is_expired
