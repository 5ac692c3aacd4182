from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from app.models import Account, AccountLink, Member, Organization, Session
from app.repositories.base import Repository


class OwnershipRepository(Repository):
    async def account_numbers(self, organization_id: UUID) -> Sequence[str]:
        """Return the numbers of all the company's accounts: each has a bill of its own."""
        found = await self._session.scalars(
            select(Account.account_number).where(Account.organization_id == organization_id)
        )
        return found.all()

    async def find(self, tax_id: str) -> Organization | None:
        return await self._session.scalar(
            select(Organization).where(Organization.tax_id == tax_id).with_for_update()
        )

    async def release(self, organization: Organization, *, now: datetime) -> None:
        """Undo a claim: nobody is signed in or a member, and nothing is linked any more."""
        for table, over in (
            # Members before sessions, as whoever writes locks them.
            (Member, Member.removed_at),
            (Session, Session.ended_at),
            (AccountLink, AccountLink.ended_at),
        ):
            await self._session.execute(
                update(table)
                .where(table.organization_id == organization.id, over.is_(None))
                .values({over: now})
            )
        organization.registered_at = None

    async def prove(self, organization_id: UUID, *, now: datetime) -> bool:
        """Record that the company is its owner's; False when that was known already."""
        done = await self._session.scalar(
            update(Organization)
            .where(Organization.id == organization_id, Organization.ownership_proven_at.is_(None))
            .values(ownership_proven_at=now)
            .returning(Organization.id)
        )
        return done is not None
