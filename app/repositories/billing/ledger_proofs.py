"""The balances of the ledger beside the sums of its entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Integer, Numeric, Uuid, bindparam, func, select, text, type_coerce

from app.models.billing.ledger import LedgerAccount
from app.models.money import Money
from app.repositories.base import Repository

BEFORE_ALL: Final = UUID(int=0)

# One statement sees one state of both tables, whatever is posted meanwhile.
_PIECE: Final = text("""
SELECT piece.id, piece.balance, coalesce(sum(entry.amount), 0)::bigint AS entries
  FROM (SELECT id, balance FROM ledger_accounts WHERE id > :after ORDER BY id LIMIT :most) piece
  LEFT JOIN ledger_entries entry ON entry.ledger_account_id = piece.id
 GROUP BY piece.id, piece.balance
 ORDER BY piece.id
""").bindparams(bindparam("after", type_=Uuid), bindparam("most", type_=Integer))


@dataclass(frozen=True, slots=True)
class BookProof:
    """An account of the ledger: its balance, and the sum of its entries."""

    id: UUID
    balance: Money
    entries: Money

    @property
    def holds(self) -> bool:
        return self.balance == self.entries


class LedgerProofRepository(Repository):
    async def total(self) -> Money:
        """Return the sum of all balances; every transaction adds up to zero, and so does it."""
        summed = select(func.sum(type_coerce(LedgerAccount.balance, Numeric)))
        return Money(int(await self._session.scalar(summed) or 0))

    async def after(self, book_id: UUID, *, most: int) -> Sequence[BookProof]:
        """Return the next accounts in the order of their ids, each with the sum of its entries."""
        rows = await self._session.execute(_PIECE, {"after": book_id, "most": most})
        return [BookProof(row.id, Money(row.balance), Money(row.entries)) for row in rows]
