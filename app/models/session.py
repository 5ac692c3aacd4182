from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.access import Credentials
from app.models.base import Base, Owned, new_id
from app.models.member import Member
from app.origin import Origin
from app.security.session_tokens import SessionTokens, Tokens

IDLE_LIFETIME = timedelta(days=14)
ABSOLUTE_LIFETIME = timedelta(days=90)
CABINETS_OF_A_NUMBER = 2
"""How many owners may sign in by one account number: its own company's, and the one
whose cabinet has shown it longest, with consent. Each costs a hash, also where there is nobody
(A3)."""

KNOWN_FOR = timedelta(days=90)
"""How long a device stays a member's own after they last used the cabinet on it (A4)."""
PREDECESSOR_GRACE = timedelta(seconds=30)
"""How long the refresh token before the current one still gives the same successor (A6)."""


class Session(Owned, Base):
    """A signed-in device of a member. Of its refresh token only the hash is stored."""

    __tablename__ = "sessions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "member_id"], ["members.organization_id", "members.id"]
        ),
        Index("ix_sessions_member", "organization_id", "member_id"),
    )

    member_id: Mapped[UUID]
    generation: Mapped[int]
    """How many times the refresh token has been rotated."""
    refresh_hash: Mapped[bytes]
    rotated_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(index=True)
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """When the session ends if nobody refreshes it; never later than 90 days after `created_at`."""
    ended_at: Mapped[datetime | None]
    device: Mapped[str | None]
    address: Mapped[str | None]

    @classmethod
    def start(
        cls, member: Member, *, session_tokens: SessionTokens, origin: Origin, now: datetime
    ) -> tuple[Self, Tokens]:
        """Sign a member in on a device: the session to keep, and the tokens to give out."""
        credentials = Credentials(member.organization_id, new_id(), member.id)
        session = cls(
            organization_id=credentials.organization_id,
            id=credentials.session_id,
            member_id=credentials.member_id,
            generation=0,
            refresh_hash=session_tokens.refresh_hash(credentials),
            rotated_at=now,
            created_at=now,
            last_seen_at=now,
            expires_at=now + IDLE_LIFETIME,
            device=origin.device,
            address=origin.address,
        )
        tokens = session_tokens.issue(
            credentials, generation=0, expires_at=session.expires_at, now=now
        )
        return session, tokens

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.organization_id, self.id, self.member_id)

    def is_alive(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.expires_at

    def rotate(self, *, refresh_hash: bytes, now: datetime) -> None:
        """Give out a new refresh token; the one before it stays good for a moment."""
        self.generation += 1
        self.refresh_hash = refresh_hash
        self.rotated_at = now
        self.extend(now)

    def is_predecessor(self, generation: int, now: datetime) -> bool:
        """Tell whether a token is the last but one and still gives the same successor (A6)."""
        in_grace = now <= self.rotated_at + PREDECESSOR_GRACE
        return generation == self.generation - 1 and in_grace

    def extend(self, now: datetime) -> None:
        self.last_seen_at = now
        self.expires_at = min(now + IDLE_LIFETIME, self.created_at + ABSOLUTE_LIFETIME)
