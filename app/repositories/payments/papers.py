"""What papers say about an account, beside its money."""

from uuid import UUID

from sqlalchemy import select

from app.models.customers.account import Account
from app.models.customers.organization import Organization
from app.models.payments.papers import Customer
from app.repositories.base import Repository


class PaperRepository(Repository):
    async def customer(self, key: tuple[UUID, UUID]) -> Customer:
        """Return whose account it is."""
        rows = await self._session.execute(
            select(Organization.name, Organization.tax_id, Account)
            .join(Account, Account.organization_id == Organization.id)
            .where(Account.organization_id == key[0], Account.id == key[1])
        )
        name, tax_id, account = rows.one()
        return Customer(
            name=name,
            tax_id=tax_id,
            account_number=account.account_number,
            address=account.address,
            contract_number=account.contract_number,
            contract_date=account.contract_date,
        )
