from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update

from app.models.accounts.account_link_request import WAITS_FOR, AccountLinkRequest
from app.models.accounts.blocked_company import BlockedCompany
from app.models.customers.organization import Organization
from app.models.messages.code_challenge import CodeChallenge, Purpose
from app.repositories.base import Repository


class BlockedCompanyRepository(Repository):
    async def add(self, blocked: BlockedCompany) -> bool:
        """Block a company; False when it is blocked already."""
        return await self._insert(blocked)

    async def is_own(self, tax_id: str, *, organization_id: UUID) -> bool:
        """Tell whether a tax id is that of the company itself."""
        found = await self._session.scalar(
            select(Organization.id).where(
                Organization.id == organization_id, Organization.tax_id == tax_id
            )
        )
        return found is not None

    async def remove(self, tax_id: str, *, organization_id: UUID) -> bool:
        """Unblock a company; False when it is not blocked."""
        done = await self._session.scalar(
            delete(BlockedCompany)
            .where(
                BlockedCompany.organization_id == organization_id, BlockedCompany.tax_id == tax_id
            )
            .returning(BlockedCompany.tax_id)
        )
        return done is not None

    async def count(self, organization_id: UUID) -> int:
        statement = select(func.count()).select_from(BlockedCompany)
        found = await self._session.scalar(
            statement.where(BlockedCompany.organization_id == organization_id)
        )
        return found or 0

    async def has(self, asking_id: UUID, *, organization_id: UUID) -> bool:
        """Tell whether a company has blocked the one that asks."""
        found = await self._session.scalar(
            select(BlockedCompany.tax_id)
            .join(Organization, Organization.tax_id == BlockedCompany.tax_id)
            .where(BlockedCompany.organization_id == organization_id, Organization.id == asking_id)
        )
        return found is not None

    async def list_by_tax_id(
        self, *, organization_id: UUID, after: str, limit: int
    ) -> list[BlockedCompany]:
        found = await self._session.scalars(
            select(BlockedCompany)
            .where(BlockedCompany.organization_id == organization_id, BlockedCompany.tax_id > after)
            .order_by(BlockedCompany.tax_id)
            .limit(limit)
        )
        return list(found)

    async def end_requests(self, tax_id: str, *, organization_id: UUID, now: datetime) -> None:
        """Mark the codes of a company's open requests as used: they cannot be confirmed.

        Of this and a confirmation at the same moment one changes the code's row first.
        """
        open_requests = (
            select(AccountLinkRequest.id)
            .join(Organization, Organization.id == AccountLinkRequest.organization_id)
            .where(
                AccountLinkRequest.account_organization_id == organization_id,
                AccountLinkRequest.confirmed_at.is_(None),
                AccountLinkRequest.created_at > now - WAITS_FOR,
                Organization.tax_id == tax_id,
            )
        )
        await self._session.execute(
            update(CodeChallenge)
            .where(
                CodeChallenge.subject_id.in_(open_requests),
                CodeChallenge.purpose == Purpose.ACCOUNT_LINK,
                CodeChallenge.used_at.is_(None),
            )
            .values(used_at=now)
            .execution_options(synchronize_session=False)
        )
