"""What an export of invoices is compared with: the register's accounts and earlier loads."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.models.billing.invoice import Invoice
from app.models.customers.account import Account
from app.models.money import Money
from app.repositories.base import Repository
from app.repositories.billing.invoices import Key


@dataclass(frozen=True, slots=True)
class StandingInvoice:
    """An invoice that has the number already."""

    key: Key
    issue_key: str
    net: Money
    total: Money


class ImportRepository(Repository):
    async def accounts(self, numbers: Sequence[str]) -> dict[str, Key]:
        rows = await self._session.execute(
            select(Account.account_number, Account.organization_id, Account.id).where(
                Account.account_number.in_(numbers)
            )
        )
        return {number: (organization_id, id_) for number, organization_id, id_ in rows}

    async def standing(self, numbers: Sequence[str]) -> dict[str, StandingInvoice]:
        rows = await self._session.scalars(select(Invoice).where(Invoice.number.in_(numbers)))
        return {
            each.number: StandingInvoice(
                (each.organization_id, each.account_id), each.issue_key, each.net, each.total
            )
            for each in rows
        }
