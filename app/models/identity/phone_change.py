from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import Conflict, NotFound
from app.models.base import Base, Identified, new_id
from app.models.identity.member import Member
from app.models.messages.code_challenge import CodeChallenge, Purpose

WAITS_FOR: Final = timedelta(hours=1)
"""How long a change that was not confirmed may still ask for its codes again."""
BOTH: Final = (Purpose.PHONE_CHANGE_OLD, Purpose.PHONE_CHANGE_NEW)
"""A change takes a code of each phone: whoever has one of them only, changes nothing."""


class PhoneChangeClosed(Conflict):
    """Confirmed, out of guesses, or the phone has been changed in another way meanwhile."""

    code = "phone_change_closed"


class OwnerNotFound(NotFound):
    """No company with this tax id has opened its cabinet."""

    code = "owner_not_found"


class PhoneChange(Identified, Base):
    """A member's new phone, waiting for the codes sent to the old one and to the new."""

    __tablename__ = "phone_changes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "member_id"], ["members.organization_id", "members.id"]
        ),
    )

    organization_id: Mapped[UUID]
    member_id: Mapped[UUID]
    new_phone: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]

    @classmethod
    def wish(cls, member: Member, *, new_phone: str, now: datetime) -> Self:
        return cls(
            id=new_id(),
            organization_id=member.organization_id,
            member_id=member.id,
            new_phone=new_phone,
            created_at=now,
        )

    def challenges(self, member: Member, now: datetime) -> list[CodeChallenge]:
        """Return the challenges for the old phone and for the new one."""
        return [
            CodeChallenge.issue(
                organization_id=self.organization_id,
                purpose=purpose,
                subject_id=self.id,
                phone=phone,
                now=now,
            )
            for purpose, phone in zip(BOTH, (member.phone, self.new_phone), strict=True)
        ]

    def require_waiting(self, now: datetime) -> None:
        """Let pass a change that still waits for its codes.

        :raises PhoneChangeClosed: confirmed, or too old.
        """
        if self.confirmed_at is not None or now >= self.created_at + WAITS_FOR:
            raise PhoneChangeClosed
