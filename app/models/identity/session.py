from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto
from typing import Final, Self
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.access import Credentials
from app.models.base import Base, Owned, new_id
from app.models.identity.member import Member
from app.origin import Origin
from app.security.session_tokens import DeviceMark, SessionTokens, Tokens

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
MOST_SESSIONS: Final = 10
"""How many sessions a member may have at a time; one more ends the oldest."""


class EndReason(StrEnum):
    """Why a session has ended."""

    SIGNED_OUT = "signed_out"
    CROWDED_OUT = "crowded_out"
    """Its member has signed in on many other devices since."""
    ENDED_ELSEWHERE = "ended_elsewhere"
    """Its member ended it from another device."""
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason, not a password
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a reason, not a password
    PHONE_CHANGED = "phone_changed"
    TOKEN_REUSED = "token_reused"  # noqa: S105 - a reason, not a token
    REMOVED = "removed"
    CLAIM_ENDED = "claim_ended"
    BY_OPERATOR = "by_operator"


HARMLESS: Final = frozenset({EndReason.SIGNED_OUT, EndReason.CROWDED_OUT})
"""After these a device is still its member's; after any other it may be a thief's (A4)."""
DOUBTFUL: Final = frozenset(
    {
        EndReason.ENDED_ELSEWHERE,
        EndReason.PASSWORD_CHANGED,
        EndReason.PASSWORD_RESET,
        EndReason.TOKEN_REUSED,
    }
)
"""A thief can end the owner's session so, and the owner the thief's."""
LONG_KNOWN: Final = timedelta(hours=24)
"""A device that had been signed in for so long may still ask for a reset out of a share of its own,
whoever has ended its session: so a thief who is quick takes no owner's way back."""


class Verdict(Enum):
    """What becomes of a refresh token that was presented."""

    SUCCESSOR = auto()
    """A new successor."""
    SAME_AGAIN = auto()
    """The successor that was given before: the answer may have been lost."""
    REUSED = auto()
    """Nothing: it is in two hands."""


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
    predecessor: Mapped[int | None]
    """The generation that was presented at the last rotation."""
    rotated_by: Mapped[bytes | None]
    """By what the device that presented it is known again, see `DeviceMark`."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """When the session ends if nobody refreshes it; never later than 90 days after `created_at`."""
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    device_hash: Mapped[bytes | None]
    """Of the device's token; None where a client was never given one."""
    device: Mapped[str | None]
    address: Mapped[str | None]

    @classmethod
    def start(
        cls, member: Member, *, session_tokens: SessionTokens, origin: Origin, now: datetime
    ) -> tuple[Self, Tokens]:
        """Sign a member in on a device: the session to keep, and the tokens to give out."""
        credentials = Credentials(member.organization_id, new_id(), member.id)
        origin = session_tokens.named(origin)
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
            device_hash=session_tokens.mark(origin).token_hash,
            device=origin.device,
            address=origin.address,
        )
        tokens = session_tokens.issue(
            credentials,
            generation=0,
            expires_at=session.expires_at,
            now=now,
            device_token=origin.device_token,
        )
        return session, tokens

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.organization_id, self.id, self.member_id)

    def is_alive(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.expires_at

    def lets_in(self, member: Member | None, now: datetime) -> bool:
        """Tell whether the session is alive, and its member one who is let in.

        The CTE `caller` asks the same in SQL of every statement of a signed-in member.
        """
        return self.is_alive(now) and member is not None and member.is_let_in(now)

    def end(self, reason: EndReason, now: datetime) -> None:
        """End the session, for every token of it."""
        self.ended_at = now
        self.end_reason = reason

    def judge(self, generation: int, device: DeviceMark, now: datetime) -> Verdict:
        """Judge the refresh token of a generation (A6).

        The predecessor is good for the device that presented it, as long as nobody has presented
        its successor: the answer was lost. After the grace it gives a new successor, so that the
        one in somebody else's hands is found out; and the device must be known by its token.
        """
        if generation == self.generation:
            return Verdict.SUCCESSOR
        before = self.generation - 1 if self.predecessor is None else self.predecessor
        # Rows of the release before say neither; its rule was the grace alone.
        is_same_device = self.rotated_by in {None, device.token_hash, device.looks}
        if generation != before or not is_same_device:
            return Verdict.REUSED
        if now <= self.rotated_at + PREDECESSOR_GRACE:
            return Verdict.SAME_AGAIN
        is_proven = self.rotated_by is not None and self.rotated_by == device.token_hash
        return Verdict.SUCCESSOR if is_proven else Verdict.REUSED

    def rotate(
        self, generation: int, device: DeviceMark, *, session_tokens: SessionTokens, now: datetime
    ) -> None:
        """Give out a new refresh token to the device that presented one."""
        self.predecessor = generation
        self.rotated_by = device.strongest
        self.generation += 1
        self.refresh_hash = session_tokens.refresh_hash(
            self.credentials, generation=self.generation
        )
        self.rotated_at = now
        self.extend(now)

    def extend(self, now: datetime) -> None:
        self.last_seen_at = now
        self.expires_at = min(now + IDLE_LIFETIME, self.created_at + ABSOLUTE_LIFETIME)


@dataclass(frozen=True, slots=True)
class ShownSession:
    """A session as its member sees it."""

    id: UUID
    device: str | None
    address: str | None
    created_at: datetime
    last_seen_at: datetime
    is_current: bool
