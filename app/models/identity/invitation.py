from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Self
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Index, Uuid
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import override

from app.clock import kyiv_date
from app.errors import Conflict
from app.models.base import Base, Identified, new_id
from app.models.identity.member import Member
from app.models.limits import Limits
from app.models.limits.kinds import LimitUse
from app.models.messages.code_challenge import CodeChallenge, Purpose
from app.models.messages.code_progress import CodeProgress
from app.origin import Origin

WAITS_FOR: Final = timedelta(hours=24)
"""How long an invitation that nobody accepted may still ask for its code again."""


class InvitationClosed(Conflict):
    """Accepted, withdrawn, out of guesses, or too old."""

    code = "invitation_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitee:
    """Whom the owner wants in the cabinet, and with which rights."""

    phone: str
    full_name: str
    role: str
    account_ids: list[UUID] | None
    expires_on: date | None


class Invitation(Identified, Base):
    """An offer of membership on its way to a phone, accepted with the code sent there."""

    __tablename__ = "invitations"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id"], ["organizations.id"]),
        Index("ix_invitations_organization", "organization_id", "id"),
    )

    organization_id: Mapped[UUID]
    phone: Mapped[str]
    full_name: Mapped[str]
    role: Mapped[str]
    account_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    expires_on: Mapped[date | None]
    locale: Mapped[str]
    invited_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(index=True)
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    @classmethod
    def offer(cls, invitee: Invitee, *, by: Member, now: datetime) -> Self:
        """Offer membership in the owner's name and language."""
        return cls(
            id=new_id(),
            organization_id=by.organization_id,
            phone=invitee.phone,
            full_name=invitee.full_name,
            role=invitee.role,
            account_ids=invitee.account_ids,
            expires_on=invitee.expires_on,
            locale=by.locale,
            invited_by=by.id,
            created_at=now,
        )

    def challenge(self, now: datetime) -> CodeChallenge:
        return CodeChallenge.issue(
            organization_id=self.organization_id,
            purpose=Purpose.INVITATION,
            subject_id=self.id,
            phone=self.phone,
            now=now,
        )

    def sending(self, limits: Limits, origin: Origin) -> list[LimitUse]:
        """Return what sending the code uses up."""
        return limits.inviting(
            phone=self.phone, organization_id=self.organization_id, address=origin.address
        )

    def require_waiting(self, now: datetime) -> None:
        """Let pass an invitation that can still be accepted.

        :raises InvitationClosed: accepted, withdrawn, too old, or its last day is over.
        """
        is_answered = self.accepted_at is not None or self.withdrawn_at is not None
        is_over = self.expires_on is not None and self.expires_on < kyiv_date(now)
        if is_answered or is_over or now >= self.created_at + WAITS_FOR:
            raise InvitationClosed

    def withdraw(self, now: datetime) -> bool:
        """Take the offer back; False when that has been done already.

        :raises InvitationClosed: whoever was invited is a member by now.
        """
        if self.accepted_at is not None:
            raise InvitationClosed
        is_first = self.withdrawn_at is None
        self.withdrawn_at = self.withdrawn_at or now
        return is_first

    def accept(self, *, password_hash: str, now: datetime) -> Member:
        """Return the member that accepting makes of the invited person."""
        self.accepted_at = now
        return Member(
            organization_id=self.organization_id,
            id=new_id(),
            phone=self.phone,
            full_name=self.full_name,
            role=self.role,
            locale=self.locale,
            password_hash=password_hash,
            created_at=now,
            expires_on=self.expires_on,
            account_ids=self.account_ids,
        )


class InvitationProgress(CodeProgress[Invitation]):
    __slots__ = ()
    WHEN_USED = "accepted"

    @property
    @override
    def status(self) -> str:
        return "withdrawn" if self.subject.withdrawn_at is not None else super().status
