from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.access import Caller, Role
from app.models.customers.organization import Organization
from app.models.identity.member import Member
from app.models.identity.phone_change import PhoneChange
from app.repositories.base import Repository


class PhoneChangeRepository(Repository):
    def add(self, change: PhoneChange) -> None:
        self._session.add(change)

    async def lock(self, change_id: UUID, *, caller: Caller) -> PhoneChange | None:
        """Return a change that the caller has asked for; nobody else's exists for them."""
        return await self._session.scalar(
            select(PhoneChange)
            .where(
                PhoneChange.id == change_id,
                PhoneChange.organization_id == caller.organization_id,
                PhoneChange.member_id == caller.member_id,
            )
            .with_for_update(key_share=True)
        )

    async def lock_owner(self, tax_id: str) -> Member | None:
        """Return the owner of the cabinet of the company with a tax id."""
        return await self._session.scalar(
            select(Member)
            .join(Organization, Organization.id == Member.organization_id)
            .where(
                Organization.tax_id == tax_id,
                Member.role == Role.OWNER,
                Member.removed_at.is_(None),
            )
            .with_for_update(of=Member, key_share=True)
        )

    async def replace_phone(self, member: Member, phone: str) -> bool:
        """Give a member another phone; False when it belongs to somebody already."""
        try:
            async with self._session.begin_nested():
                await self._session.execute(
                    update(Member)
                    .where(Member.organization_id == member.organization_id, Member.id == member.id)
                    .values(phone=phone)
                )
        except IntegrityError:
            return False
        return True
