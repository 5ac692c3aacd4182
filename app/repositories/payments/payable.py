"""What a member may pay: invoices and accounts of the cabinet, and by what right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text

from app.access import Credentials, LinkScope, Reach
from app.models.billing.allocation import OpenPart
from app.models.billing.invoice import Invoice
from app.models.payments.slip import Debt, debt_of
from app.repositories.base import Repository
from app.repositories.billing.invoices import InvoiceRepository
from app.repositories.callers import CALLER, LINKED, caller_binds, caller_values


@dataclass(frozen=True, slots=True)
class Payable:
    """An account that the cabinet shows, and one of its invoices where one was asked for."""

    organization_id: UUID
    account_id: UUID
    account_number: str
    reach: Reach
    invoice_id: UUID | None = None
    number: str | None = None

    @property
    def key(self) -> tuple[UUID, UUID]:
        return self.organization_id, self.account_id


_INVOICES: Final = text(f"""
WITH {CALLER}, {LINKED}
SELECT l.account_organization_id AS organization_id, l.account_id, a.account_number,
       l.is_own, l.scope, i.id AS invoice_id, i.number
  FROM linked l
  JOIN invoices i ON i.organization_id = l.account_organization_id
   AND i.account_id = l.account_id AND i.id = ANY(:invoice_ids)
  JOIN accounts a ON a.organization_id = i.organization_id AND a.id = i.account_id
""").bindparams(*caller_binds(), bindparam("invoice_ids", type_=ARRAY(Uuid)))  # noqa: S608 - constants
_ACCOUNT: Final = text(f"""
WITH {CALLER}, {LINKED}
SELECT l.account_organization_id AS organization_id, l.account_id, a.account_number,
       l.is_own, l.scope, CAST(NULL AS uuid) AS invoice_id, CAST(NULL AS text) AS number
  FROM linked l
  JOIN accounts a ON a.organization_id = l.account_organization_id AND a.id = l.account_id
 WHERE l.account_id = :account_id
""").bindparams(*caller_binds(), bindparam("account_id", type_=Uuid))  # noqa: S608 - constants


class PayableRepository(Repository):
    async def invoices(
        self, credentials: Credentials, invoice_ids: Sequence[UUID], *, now: datetime
    ) -> list[Payable]:
        """Return those of the invoices that the caller's cabinet shows, in the order asked."""
        values = caller_values(credentials, now) | {"invoice_ids": list(invoice_ids)}
        rows = await self._session.execute(_INVOICES, values)
        found = {row.invoice_id: _payable(row) for row in rows}
        return [found[each] for each in invoice_ids if each in found]

    async def account(
        self, credentials: Credentials, account_id: UUID, *, now: datetime
    ) -> Payable | None:
        """Return an account if the caller's cabinet shows it."""
        values = caller_values(credentials, now) | {"account_id": account_id}
        row = (await self._session.execute(_ACCOUNT, values)).one_or_none()
        return None if row is None else _payable(row)

    async def debt(self, of: Payable) -> Debt | None:
        """Return what is owed of an invoice, disputed parts left out; None: nothing."""
        invoice = await self.invoice(of.organization_id, of.invoice_id)
        parts = [each for each in await self.open_parts(of) if not each.is_disputed]
        if invoice is None or not parts:
            return None
        return debt_of(invoice, of.account_number, parts)

    async def open_parts(self, of: Payable) -> list[OpenPart]:
        """Return what is owed of an invoice by class of charge, disputed parts too."""
        parts = await InvoiceRepository(self._session).open_parts([of.key])
        return [each for each in parts if each.invoice_id == of.invoice_id]

    async def invoice(self, organization_id: UUID, invoice_id: UUID | None) -> Invoice | None:
        return await self._session.get(Invoice, (organization_id, invoice_id))


def _payable(row: Any) -> Payable:
    return Payable(
        organization_id=row.organization_id,
        account_id=row.account_id,
        account_number=row.account_number,
        reach=Reach(row.is_own, LinkScope(row.scope)),
        invoice_id=row.invoice_id,
        number=row.number,
    )
