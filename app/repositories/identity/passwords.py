from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.access import Role
from app.clock import kyiv_date
from app.models.customers.account import Account
from app.models.customers.account_link import AccountLink
from app.models.customers.organization import Organization
from app.models.identity.member import MOST_TOLD, Member
from app.repositories.base import Repository


class PasswordRepository(Repository):
    """Reads what replacing a password needs: the member, locked, and the members to tell."""

    async def get(self, member_id: UUID, *, organization_id: UUID) -> Member | None:
        return await self._session.get(Member, (organization_id, member_id))

    async def lock(self, member_id: UUID, *, organization_id: UUID) -> Member | None:
        """Return the member as they are now, holding sign-ins off until the transaction ends."""
        return await self._session.scalar(
            select(Member)
            .where(Member.organization_id == organization_id, Member.id == member_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )

    async def identifiers(self, member: Member) -> list[str]:
        """Return what a stranger may know of the member and the company (A1)."""
        tax_id = select(Organization.tax_id).where(Organization.id == member.organization_id)
        numbers = (
            select(Account.account_number)
            .join(
                AccountLink,
                (AccountLink.account_organization_id == Account.organization_id)
                & (AccountLink.account_id == Account.id),
            )
            .where(
                AccountLink.organization_id == member.organization_id,
                AccountLink.ended_at.is_(None),
            )
        )
        found = await self._session.scalars(tax_id.union_all(numbers))
        return [member.phone, *found]

    async def people_to_tell(self, concerned: Member, *, now: datetime) -> Sequence[Member]:
        """Return who hears what has happened to a member: they, the owner, then the oldest.

        At most `MOST_TOLD`, and nobody who is not let in.
        """
        comes_first = [Member.id == concerned.id, Member.role == Role.OWNER]
        found = await self._session.scalars(
            select(Member)
            .where(
                Member.organization_id == concerned.organization_id,
                Member.removed_at.is_(None),
                Member.frozen_at.is_(None),
                Member.cabinet_frozen_at.is_(None) | (Member.role == Role.OWNER),
                Member.expires_on.is_(None) | (Member.expires_on >= kyiv_date(now)),
            )
            .order_by(*(each.desc() for each in comes_first), Member.id)
            .limit(MOST_TOLD)
        )
        return found.all()
