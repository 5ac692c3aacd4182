from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped

from app.models.base import Base, Owned

IDLE_LIFETIME = timedelta(days=14)
ABSOLUTE_LIFETIME = timedelta(days=90)
PREDECESSOR_GRACE = timedelta(seconds=30)
"""How long the refresh token before the current one still gives the same successor (A6)."""


class Session(Owned, Base):
    """A signed-in device of a member. Of its refresh token only the hash is stored."""

    __tablename__ = "sessions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "member_id"], ["members.organization_id", "members.id"]
        ),
    )

    member_id: Mapped[UUID]
    generation: Mapped[int]
    """How many times the refresh token has been rotated."""
    refresh_hash: Mapped[bytes]
    rotated_at: Mapped[datetime]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """When the session ends if nobody refreshes it; never later than 90 days after `created_at`."""
    ended_at: Mapped[datetime | None]
    device: Mapped[str | None]
    address: Mapped[str | None]

    def extend(self, now: datetime) -> None:
        self.last_seen_at = now
        self.expires_at = min(now + IDLE_LIFETIME, self.created_at + ABSOLUTE_LIFETIME)
