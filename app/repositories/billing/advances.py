"""Advances and the debts that they pay: which do not fit, and what fits them again."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.base import new_id
from app.models.billing.allocation import Allocation, OpenPart, allocate
from app.models.billing.books import Book, ChargeClass
from app.models.billing.posting import Posting, PostingKind
from app.models.money import ZERO, Money
from app.repositories.base import Repository
from app.repositories.billing.invoices import InvoiceRepository, Key
from app.repositories.billing.ledger import Ledger

# An advance that is owed has been used and then taken away: its payment went back.
_UNEVEN: Final = text("""
SELECT k.id, k.organization_id, k.account_id
  FROM ledger_accounts k
 WHERE k.kind = 'advances' AND k.id > :after
   AND (k.balance > 0 OR (k.balance < 0 AND EXISTS (
         SELECT FROM invoices i
           JOIN invoice_parts p ON p.organization_id = i.organization_id AND p.invoice_id = i.id
            AND p.paid < p.total AND p.disputed_at IS NULL
          WHERE i.organization_id = k.organization_id AND i.account_id = k.account_id
            AND i.kind <> 'planned')))
 ORDER BY k.id LIMIT :most
""").bindparams(bindparam("after", type_=Uuid), bindparam("most", type_=Integer))

_USED: Final = text("""
SELECT i.id, i.number, i.due_on, a.charge, q.disputed_at IS NOT NULL AS is_disputed,
       sum(a.amount)::bigint AS used
  FROM invoices i
  JOIN invoice_allocations a ON a.organization_id = i.organization_id AND a.invoice_id = i.id
  JOIN invoice_parts q ON q.organization_id = a.organization_id AND q.invoice_id = a.invoice_id
   AND q.charge = a.charge
  JOIN ledger_transactions t ON t.id = a.transaction_id
   AND t.source IN ('advance', 'advance_use', 'advance_return')
 WHERE i.organization_id = :organization_id AND i.account_id = :account_id
 GROUP BY i.id, i.number, i.due_on, a.charge, q.disputed_at
HAVING sum(a.amount) > 0
 ORDER BY max(t.recorded_at) DESC, i.number DESC, a.charge
""").bindparams(bindparam("organization_id", type_=Uuid), bindparam("account_id", type_=Uuid))


class AdvanceRepository(Repository):
    def __init__(self, session: AsyncSession) -> None:
        super().__init__(session)
        self._invoices = InvoiceRepository(session)
        self._ledger = Ledger(session)

    async def uneven(self, *, after: UUID, most: int) -> list[tuple[UUID, Key]]:
        """Return the next accounts whose advances may not fit their debts, by ledger account."""
        rows = await self._session.execute(_UNEVEN, {"after": after, "most": most})
        return [(row.id, (row.organization_id, row.account_id)) for row in rows]

    async def even_out(self, key: Key, *, on: date, now: datetime) -> bool:
        """Let free advances pay what is owed, or take back what no advance is left for.

        The last invoice that an advance has paid is owed again first. Tells whether anything
        had to move.
        """
        await self._invoices.lock_accounts([key])
        owed = [each for each in await self._invoices.open_parts([key]) if not each.is_planned]
        used = await self._used(key)
        advances = Book.advances(*key)
        held = await self._ledger.hold({advances, *(part.book for part in [*owed, *used])})
        # What was paid for an instalment that still runs pays nothing else.
        free = -held[advances] - await self._invoices.earmarked(key)
        if free < ZERO:
            back = _backwards(-free, used)
            return await self._move("advance_return", advances, back, on, now)
        found = allocate(free, owed).allocations
        return await self._move("advance_use", advances, found, on, now)

    async def _used(self, key: Key) -> list[OpenPart]:
        values = {"organization_id": key[0], "account_id": key[1]}
        rows = await self._session.execute(_USED, values)
        return [
            OpenPart(
                organization_id=key[0],
                account_id=key[1],
                invoice_id=row.id,
                number=row.number,
                charge=ChargeClass(row.charge),
                due_on=row.due_on,
                outstanding=Money(row.used),
                is_disputed=row.is_disputed,
            )
            for row in rows
        ]

    async def _move(
        self,
        source: str,
        advances: Book,
        allocations: Sequence[Allocation],
        on: date,
        now: datetime,
    ) -> bool:
        if not allocations:
            return False
        posting = Posting.of(
            source,
            str(new_id()),
            PostingKind.ADJUSTMENT,
            on,
            *((each.part.book, -each.amount) for each in allocations),
            *((advances, each.amount) for each in allocations),
        )
        await self._ledger.post(posting, now=now)
        await self._invoices.mark_paid(allocations, transaction_id=posting.id)
        return True


def _backwards(amount: Money, used: Sequence[OpenPart]) -> list[Allocation]:
    """Return what is owed again, as negative allocations, in the order given."""
    back = []
    for part in used:
        taken = min(amount, part.outstanding)
        if taken > ZERO:
            back.append(Allocation(part, -taken))
            amount -= taken
    return back
