"""Invoices that were paid late or not at all, and the rates by which that is charged."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Date, Integer, Text, Uuid, bindparam, text

from app.models.billing.penalty import (
    INTEREST_DAYS,
    LateInvoice,
)
from app.models.money import Money
from app.repositories.base import Repository

BEFORE_ALL: Final = UUID(int=0)

# What came on the day itself or before was in time. A disputed invoice waits for its dispute.
_LATE: Final = text("""
SELECT i.organization_id, i.account_id, a.account_number, i.id, i.number, i.due_on,
       owed.total - owed.paid + coalesce(since.settled, 0) AS owed,
       since.days, since.amounts, charged.until AS charged_until
  FROM invoices i
  JOIN accounts a ON a.organization_id = i.organization_id AND a.id = i.account_id
 CROSS JOIN LATERAL (
   SELECT sum(p.total)::bigint AS total, sum(p.paid)::bigint AS paid,
          bool_or(p.disputed_at IS NOT NULL) AS is_disputed
     FROM invoice_parts p
    WHERE p.organization_id = i.organization_id AND p.invoice_id = i.id
      AND p.charge <> 'penalty'
 ) owed
 CROSS JOIN LATERAL (
   SELECT array_agg(t.effective_on ORDER BY t.effective_on, t.id) AS days,
          array_agg(s.amount ORDER BY t.effective_on, t.id) AS amounts,
          sum(s.amount)::bigint AS settled
     FROM invoice_allocations s
     JOIN ledger_transactions t ON t.id = s.transaction_id AND t.effective_on > i.due_on
    WHERE s.organization_id = i.organization_id AND s.invoice_id = i.id
      AND s.charge <> 'penalty'
 ) since
 CROSS JOIN LATERAL (
   SELECT max(CAST(l.basis ->> 'until' AS date)) AS until
     FROM invoices c
     JOIN invoice_lines l ON l.organization_id = c.organization_id AND l.invoice_id = c.id
    WHERE c.organization_id = i.organization_id AND c.account_id = i.account_id
      AND c.kind = 'penalty' AND l.basis ->> 'invoice_id' = CAST(i.id AS text)
 ) charged
 WHERE i.kind IN ('final', 'service', 'imported', 'corrective') AND i.total > 0
   AND i.due_on >= :oldest AND i.due_on < :until AND i.id > :after
   AND (CAST(:account_number AS text) IS NULL OR a.account_number = :account_number)
   AND (CAST(:number AS text) IS NULL OR i.number = :number)
   AND NOT owed.is_disputed AND owed.total - owed.paid + coalesce(since.settled, 0) > 0
   AND (charged.until IS NULL OR charged.until < :until)
 ORDER BY i.id LIMIT :most
""").bindparams(
    bindparam("oldest", type_=Date),
    bindparam("until", type_=Date),
    bindparam("after", type_=Uuid),
    bindparam("account_number", type_=Text),
    bindparam("number", type_=Text),
    bindparam("most", type_=Integer),
)


class LateInvoiceRepository(Repository):
    async def late(
        self,
        until: date,
        *,
        account_number: str | None = None,
        number: str | None = None,
        after: UUID = BEFORE_ALL,
        most: int,
    ) -> list[LateInvoice]:
        """Return the next invoices with late days up to `until` that are not charged yet.

        Those that were due within three years: what is older nobody can claim.
        """
        values = {
            "oldest": until - timedelta(days=INTEREST_DAYS),
            "until": until,
            "after": after,
            "account_number": account_number,
            "number": number,
            "most": most,
        }
        return [_late(row) for row in await self._session.execute(_LATE, values)]


def _late(row: Any) -> LateInvoice:
    return LateInvoice(
        organization_id=row.organization_id,
        account_id=row.account_id,
        account_number=row.account_number,
        invoice_id=row.id,
        number=row.number,
        due_on=row.due_on,
        owed=Money(row.owed),
        settled=[
            (day, Money(amount))
            for day, amount in zip(row.days or (), row.amounts or (), strict=True)
        ],
        charged_until=row.charged_until,
    )
