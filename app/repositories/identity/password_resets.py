from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from app.models.identity.member import Member
from app.models.identity.password_reset import PasswordReset
from app.repositories.base import Repository


class PasswordResetRepository(Repository):
    def add(self, reset: PasswordReset) -> None:
        self._session.add(reset)

    async def get(self, reset_id: UUID) -> tuple[PasswordReset, Member | None] | None:
        """Return a reset and whose password it is about, if anybody's."""
        row = (
            await self._session.execute(
                select(PasswordReset, Member)
                .outerjoin(
                    Member,
                    (Member.organization_id == PasswordReset.organization_id)
                    & (Member.id == PasswordReset.member_id),
                )
                .where(PasswordReset.id == reset_id)
            )
        ).one_or_none()
        return None if row is None else (row[0], row[1])

    async def complete(self, reset_id: UUID, *, now: datetime) -> None:
        await self._session.execute(
            update(PasswordReset).where(PasswordReset.id == reset_id).values(completed_at=now)
        )
