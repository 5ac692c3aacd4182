from uuid import UUID

from sqlalchemy import select

from app.models import CodeChallenge, Invitation, Message, Organization
from app.models.code_challenge import Purpose
from app.repositories.base import Repository


class InvitationRepository(Repository):
    def add(self, invitation: Invitation) -> None:
        self._session.add(invitation)

    async def get(self, invitation_id: UUID) -> tuple[Invitation, CodeChallenge, Message] | None:
        """Return an invitation with its code and the newest message that carries it."""
        row = (
            await self._session.execute(
                select(Invitation, CodeChallenge, Message)
                .join(CodeChallenge, CodeChallenge.subject_id == Invitation.id)
                .join(Message, Message.challenge_id == CodeChallenge.id)
                .where(Invitation.id == invitation_id, CodeChallenge.purpose == Purpose.INVITATION)
                .order_by(Message.created_at.desc(), Message.id.desc())
                .limit(1)
            )
        ).one_or_none()
        return None if row is None else (row[0], row[1], row[2])

    async def lock(self, invitation_id: UUID) -> Invitation:
        return await self._session.get_one(Invitation, invitation_id, with_for_update=True)

    async def tax_id(self, invitation: Invitation) -> str:
        """Return the tax id of the company, which no password may contain (A1)."""
        found = await self._session.scalars(
            select(Organization.tax_id).where(Organization.id == invitation.organization_id)
        )
        return found.one()
