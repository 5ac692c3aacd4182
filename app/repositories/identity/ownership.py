from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update

from app.access import Role
from app.models.audit_event import AuditEvent
from app.models.customers.account import Account
from app.models.customers.account_link import AccountLink
from app.models.customers.organization import Organization
from app.models.identity.actions import IdentityAction
from app.models.identity.invitation import Invitation
from app.models.identity.member import Member
from app.models.identity.session import EndReason, Session
from app.repositories.base import Repository


@dataclass(frozen=True, slots=True)
class SharedAccount:
    """An account that another company saw until now."""

    holder_id: UUID
    account_id: UUID


@dataclass(frozen=True, slots=True)
class Claimed:
    """A company that was claimed in this transaction."""

    organization: Organization
    is_proven: bool
    has_superseded: bool
    """Somebody else's claim, which nobody had proven, has ended by it."""


class OwnershipRepository(Repository):
    """Reads and changes who owns a company; every change locks the company's row first.

    The row is locked without its key, so that nobody waits who only refers to the company.
    """

    async def account_numbers(self, organization_id: UUID) -> Sequence[str]:
        """Return the numbers of all the company's accounts: each has a bill of its own."""
        found = await self._session.scalars(
            select(Account.account_number).where(Account.organization_id == organization_id)
        )
        return found.all()

    async def get_one(self, organization_id: UUID) -> Organization:
        return await self._session.get_one(Organization, organization_id)

    async def lock(self, organization_id: UUID) -> Organization:
        """Return the company as it is now; its ownership stays so until the transaction ends."""
        found = await self._session.scalars(
            select(Organization)
            .where(Organization.id == organization_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        return found.one()

    async def lock_by_tax_id(self, tax_id: str) -> Organization | None:
        return await self._session.scalar(
            select(Organization)
            .where(Organization.tax_id == tax_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )

    async def claim(self, organization_id: UUID, *, phone: str, now: datetime) -> Claimed | None:
        """Register a company for whoever holds this phone; None when it is not open to it."""
        organization = await self.lock(organization_id)
        if not organization.is_open_to(phone, now):
            return None
        has_superseded = organization.registered_at is not None
        if has_superseded:
            await self.release(organization, now=now)
        way = organization.claim(phone, now)
        return Claimed(organization, way is not None, has_superseded)

    async def lock_lapsed(self, *, before: datetime, limit: int) -> Sequence[Organization]:
        """Return companies that were claimed before a moment and never proven, oldest first.

        What somebody is deciding about right now is left out; the next look finds it.
        """
        found = await self._session.scalars(
            select(Organization)
            .where(Organization.registered_at <= before, Organization.ownership_proven_at.is_(None))
            .order_by(Organization.registered_at)
            .limit(limit)
            .with_for_update(key_share=True, skip_locked=True)
        )
        return found.all()

    async def find(self, tax_id: str) -> Organization | None:
        return await self._session.scalar(select(Organization).where(Organization.tax_id == tax_id))

    async def owner(self, organization: Organization) -> Member:
        """Return whoever has claimed the company."""
        found = await self._session.scalars(
            select(Member).where(
                Member.organization_id == organization.id,
                Member.role == Role.OWNER,
                Member.removed_at.is_(None),
            )
        )
        return found.one()

    async def claimed_from(self, owner: Member) -> str | None:
        """Return the address from which the owner signed up, as long as the trail is kept."""
        return await self._session.scalar(
            select(AuditEvent.address)
            .where(
                AuditEvent.organization_id == owner.organization_id,
                AuditEvent.member_id == owner.id,
                AuditEvent.action == IdentityAction.SIGNED_UP,
            )
            .order_by(AuditEvent.happened_at)
            .limit(1)
        )

    async def release(self, organization: Organization, *, now: datetime) -> list[SharedAccount]:
        """Undo a claim, and return what other companies saw by its consent.

        Nobody is signed in, invited or a member, and nothing is linked any more. Members go
        before sessions and invitations, as whoever writes locks them; and once more after the
        invitations, which whoever is joining right now holds.
        """
        organization.give_up()
        await self._remove_members(organization, now=now)
        await self._session.execute(
            update(Invitation)
            .where(
                Invitation.organization_id == organization.id,
                Invitation.accepted_at.is_(None),
                Invitation.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=now)
        )
        await self._remove_members(organization, now=now)
        await self._session.execute(
            update(Session)
            .where(Session.organization_id == organization.id, Session.ended_at.is_(None))
            .values(ended_at=now, end_reason=EndReason.CLAIM_ENDED)
        )
        ended = await self._session.execute(
            update(AccountLink)
            .where(
                or_(
                    AccountLink.organization_id == organization.id,
                    AccountLink.account_organization_id == organization.id,
                ),
                AccountLink.ended_at.is_(None),
            )
            .values(ended_at=now)
            .returning(AccountLink.organization_id, AccountLink.account_id)
        )
        return [SharedAccount(*row) for row in ended if row[0] != organization.id]

    async def _remove_members(self, organization: Organization, *, now: datetime) -> None:
        await self._session.execute(
            update(Member)
            .where(Member.organization_id == organization.id, Member.removed_at.is_(None))
            .values(removed_at=now)
        )
