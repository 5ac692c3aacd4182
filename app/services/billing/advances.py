from dataclasses import dataclass
from typing import Final

from app.clock import kyiv_date
from app.repositories.billing.advances import AdvanceRepository
from app.repositories.billing.ledger_proofs import BEFORE_ALL
from app.services.context import Context

PIECE: Final = 200
"""Accounts that are found in one statement."""
MOST_PIECES: Final = 500
"""Of one run; the next one finds the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceService:
    """Keeps advances in step with debts, whatever moved the one or the other.

    An invoice takes what is free when it is issued. What comes later without a debt of its own
    (a compensation, a payment that lost its match) is looked after here.
    """

    context: Context

    async def even_out(self) -> int:
        """Set the advances of each account right, and tell of how many they were not."""
        moved, after = 0, BEFORE_ALL
        for _ in range(MOST_PIECES):
            async with self.context.database.begin() as transaction:
                found = await AdvanceRepository(transaction).uneven(after=after, most=PIECE)
            for _, key in found:
                now = self.context.clock.now()
                # One account in each transaction: a payment of another one waits for nobody.
                async with self.context.database.begin() as transaction:
                    advances = AdvanceRepository(transaction)
                    moved += await advances.even_out(key, on=kyiv_date(now), now=now)
            if len(found) < PIECE:
                break
            after = found[-1][0]
        return moved
