"""Payments as members see them: those of their company, and those for accounts in the cabinet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Text, Uuid, bindparam, select, text

from app.access import Credentials, Permission, scopes_allowing
from app.models.money import Money
from app.models.payments.payment import Payment, PaymentFilter
from app.repositories.base import Repository
from app.repositories.callers import CALLER, LINKED, caller_binds, caller_values

_SCOPES: Final = [scope.value for scope in scopes_allowing(Permission.VIEW_BILLS)]
_SHOWN: Final = f"""
WITH {CALLER}, {LINKED},
shown AS MATERIALIZED (
  SELECT l.account_organization_id, l.account_id FROM linked l
   WHERE l.is_own OR l.scope = ANY(:scopes)
)"""  # noqa: S608 - made of constants, values are bound
_BINDS: Final = (*caller_binds(), bindparam("scopes", type_=ARRAY(Text)))
_OPTIONAL: Final = (
    bindparam("payment_id", type_=Uuid),
    bindparam("account_id", type_=Uuid),
    bindparam("status", type_=Text),
    bindparam("after", type_=Uuid),
    bindparam("limit", type_=Integer),
)
# A member who is limited to some accounts sees the payments for those only.
_FIND: Final = text(f"""{_SHOWN}
SELECT p.id
  FROM (
    SELECT t.payment_id
      FROM shown s
      JOIN payment_targets t ON t.account_organization_id = s.account_organization_id
       AND t.account_id = s.account_id
     WHERE CAST(:account_id AS uuid) IS NULL OR s.account_id = :account_id
    UNION
    SELECT own.id FROM caller
      JOIN payments own ON own.organization_id = caller.organization_id
     WHERE caller.account_ids IS NULL AND CAST(:account_id AS uuid) IS NULL
  ) found
  JOIN payments p ON p.id = found.payment_id
 WHERE p.id < :after
   AND (CAST(:payment_id AS uuid) IS NULL OR p.id = :payment_id)
   AND (CAST(:status AS text) IS NULL OR p.status = :status)
 ORDER BY p.id DESC LIMIT :limit
""").bindparams(*_BINDS, *_OPTIONAL)  # noqa: S608 - constants
_TARGETS: Final = text(f"""{_SHOWN}
SELECT t.payment_id, sum(t.amount)::bigint AS amount
  FROM payment_targets t
  JOIN shown s ON s.account_organization_id = t.account_organization_id
   AND s.account_id = t.account_id
 WHERE t.payment_id = ANY(:payment_ids)
 GROUP BY t.payment_id
""").bindparams(*_BINDS, bindparam("payment_ids", type_=ARRAY(Uuid)))  # noqa: S608 - constants
_CREDITED: Final = text(f"""{_SHOWN}
SELECT p.payment_id, -sum(e.amount)::bigint AS credited
  FROM payment_postings p
  JOIN ledger_entries e ON e.transaction_id = p.transaction_id
  JOIN ledger_accounts l ON l.id = e.ledger_account_id
  JOIN shown s ON s.account_organization_id = l.organization_id AND s.account_id = l.account_id
 WHERE p.payment_id = ANY(:payment_ids)
 GROUP BY p.payment_id
""").bindparams(*_BINDS, bindparam("payment_ids", type_=ARRAY(Uuid)))  # noqa: S608 - constants
_ALLOCATED: Final = text(f"""{_SHOWN}
SELECT p.payment_id, i.id AS invoice_id, i.number, i.account_id, sum(a.amount)::bigint AS amount
  FROM payment_postings p
  JOIN invoice_allocations a ON a.transaction_id = p.transaction_id
  JOIN invoices i ON i.organization_id = a.organization_id AND i.id = a.invoice_id
  JOIN shown s ON s.account_organization_id = i.organization_id AND s.account_id = i.account_id
 WHERE p.payment_id = ANY(:payment_ids)
 GROUP BY p.payment_id, i.id, i.number, i.account_id
HAVING sum(a.amount) > 0
 ORDER BY i.number
""").bindparams(*_BINDS, bindparam("payment_ids", type_=ARRAY(Uuid)))  # noqa: S608 - constants
NEWEST: Final = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class AllocatedRow:
    invoice_id: UUID
    number: str
    account_id: UUID
    amount: Money


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment, and as much of it as concerns accounts that the caller sees."""

    payment: Payment
    asked: Money
    credited: Money
    allocations: Sequence[AllocatedRow]


class PaymentViewRepository(Repository):
    async def newest(
        self,
        credentials: Credentials,
        chosen: PaymentFilter,
        *,
        after: UUID,
        limit: int,
        now: datetime,
    ) -> list[PaymentRow]:
        """Return payments that the caller may see, newest first."""
        values = {"payment_id": None, "after": after, "limit": limit}
        filters = {"account_id": chosen.account_id, "status": chosen.status}
        return await self._found(credentials, values | filters, now)

    async def one(
        self, credentials: Credentials, payment_id: UUID, *, now: datetime
    ) -> PaymentRow | None:
        values = {"payment_id": payment_id, "after": NEWEST, "limit": 1}
        filters = {"account_id": None, "status": None}
        return next(iter(await self._found(credentials, values | filters, now)), None)

    async def _found(
        self, credentials: Credentials, values: dict[str, Any], now: datetime
    ) -> list[PaymentRow]:
        common = caller_values(credentials, now) | {"scopes": _SCOPES}
        ids = list(await self._session.scalars(_FIND, common | values))
        if not ids:
            return []
        asked = common | {"payment_ids": ids}
        targets = {row.payment_id: row for row in await self._session.execute(_TARGETS, asked)}
        credited = {row.payment_id: row for row in await self._session.execute(_CREDITED, asked)}
        allocated = list(await self._session.execute(_ALLOCATED, asked))
        found = await self._session.scalars(
            select(Payment).where(Payment.id.in_(ids)).execution_options(populate_existing=True)
        )
        by_id = {payment.id: payment for payment in found}
        return [
            PaymentRow(
                payment=by_id[each],
                asked=Money(targets[each].amount) if each in targets else Money(0),
                credited=Money(credited[each].credited) if each in credited else Money(0),
                allocations=[
                    AllocatedRow(row.invoice_id, row.number, row.account_id, Money(row.amount))
                    for row in allocated
                    if row.payment_id == each
                ],
            )
            for each in ids
        ]
