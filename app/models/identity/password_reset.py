from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Conflict
from app.models.base import Base, Identified, new_id
from app.models.identity.member import Member
from app.models.messages.code_challenge import CodeChallenge, Purpose
from app.models.messages.message import Message
from app.texts import DEFAULT

WAITS_FOR: Final = timedelta(hours=1)
"""How long a reset that was not confirmed may still ask for its code again."""


class PasswordResetClosed(Conflict):
    """Completed, out of guesses, or too old."""

    code = "password_reset_closed"


class PasswordReset(Identified, Base):
    """A request for a new password; for an account without an owner a row is kept just the same."""

    __tablename__ = "password_resets"

    organization_id: Mapped[UUID | None]
    member_id: Mapped[UUID | None]
    """Whose password it is; None when there is no such account, which nobody can tell."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    completed_at: Mapped[datetime | None]

    @classmethod
    def open(cls, member: Member | None, now: datetime) -> Self:
        return cls(
            id=new_id(),
            organization_id=member.organization_id if member else None,
            member_id=member.id if member else None,
            created_at=now,
        )

    def challenge(self, member: Member | None, now: datetime) -> CodeChallenge:
        """Return the challenge for the member's phone; for nobody, one that no phone answers."""
        return CodeChallenge.issue(
            organization_id=self.organization_id or new_id(),
            purpose=Purpose.PASSWORD_RESET,
            subject_id=self.id,
            phone=member.phone if member else "",
            now=now,
        )

    def require_waiting(self, now: datetime) -> None:
        """Let pass a reset that still waits for its code.

        :raises PasswordResetClosed: completed, or too old.
        """
        if self.completed_at is not None or now >= self.created_at + WAITS_FOR:
            raise PasswordResetClosed


def addressed_to(member: Member | None, challenge: CodeChallenge, now: datetime) -> Member | None:
    """Return the member whose phone the code was made for, if they are still let in (O7)."""
    if member is None or not member.is_let_in(now) or member.phone != challenge.phone:
        return None
    return member


def letter_to(member: Member | None, challenge: CodeChallenge, now: datetime) -> Message:
    """Return the message with the code; for nobody, one that is not kept."""
    locale = member.locale if member else DEFAULT.value
    return Message.carrying(challenge, locale=locale, now=now)
