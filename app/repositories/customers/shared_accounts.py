from uuid import UUID

from sqlalchemy import select

from app.models.customers.account_link import AccountLink
from app.repositories.base import Repository


class SharedAccountRepository(Repository):
    async def shared_by(self, account_id: UUID, *, organization_id: UUID) -> UUID | None:
        """Return whose account it is, if a cabinet shows it and it is another company's."""
        return await self._session.scalar(
            select(AccountLink.account_organization_id).where(
                AccountLink.organization_id == organization_id,
                AccountLink.account_id == account_id,
                AccountLink.account_organization_id != organization_id,
                AccountLink.ended_at.is_(None),
            )
        )
