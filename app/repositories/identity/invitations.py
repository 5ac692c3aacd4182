from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from app.models.customers.organization import Organization
from app.models.identity.invitation import Invitation
from app.models.messages.code_challenge import CodeChallenge, Purpose
from app.models.messages.message import Message
from app.repositories.base import Repository

Offered = tuple[Invitation, CodeChallenge, Message]
"""An invitation with its code and the newest message that carries it."""

_OFFERED: Final = (
    select(Invitation, CodeChallenge, Message)
    .join(CodeChallenge, CodeChallenge.subject_id == Invitation.id)
    .join(Message, Message.challenge_id == CodeChallenge.id)
    .where(CodeChallenge.purpose == Purpose.INVITATION)
    .ext(distinct_on(Invitation.id))
    .order_by(Invitation.id.desc(), Message.created_at.desc(), Message.id.desc())
)


class InvitationRepository(Repository):
    def add(self, invitation: Invitation) -> None:
        self._session.add(invitation)

    async def get(self, invitation_id: UUID) -> Offered | None:
        """Return an invitation with its code and the newest message that carries it."""
        row = (await self._session.execute(_OFFERED.where(Invitation.id == invitation_id))).first()
        return None if row is None else (row[0], row[1], row[2])

    async def list_newest(
        self, *, organization_id: UUID, before: UUID | None, limit: int
    ) -> list[Offered]:
        """Return a company's invitations, those made last before the others."""
        statement = _OFFERED.where(Invitation.organization_id == organization_id).limit(limit)
        if before is not None:
            statement = statement.where(Invitation.id < before)
        rows = await self._session.execute(statement)
        return [(row[0], row[1], row[2]) for row in rows]

    async def lock_of(self, invitation_id: UUID, *, organization_id: UUID) -> Invitation | None:
        """Return an invitation of this company; nobody else's exists for it."""
        return await self._session.scalar(
            select(Invitation)
            .where(Invitation.id == invitation_id, Invitation.organization_id == organization_id)
            .with_for_update(key_share=True)
        )

    async def lock(self, invitation_id: UUID) -> Invitation:
        return await self._session.get_one(
            Invitation, invitation_id, with_for_update={"key_share": True}
        )

    async def tax_id(self, invitation: Invitation) -> str:
        """Return the tax id of the company, which no password may contain (A1)."""
        found = await self._session.scalars(
            select(Organization.tax_id).where(Organization.id == invitation.organization_id)
        )
        return found.one()
