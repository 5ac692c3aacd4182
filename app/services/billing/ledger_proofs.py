from dataclasses import dataclass
from typing import Final

import structlog

from app.metrics import WorkerMetrics
from app.repositories.billing.ledger_proofs import BEFORE_ALL, LedgerProofRepository
from app.services.context import Context

PIECE: Final = 200
"""Accounts whose entries are added up in one statement: milliseconds for years of them."""
MOST_PIECES: Final = 50_000
"""Ten million accounts of the ledger; beyond them the proof says that it did not get through."""

log = structlog.get_logger()


class LedgerTooLong(RuntimeError):
    """The ledger has more accounts than one run looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerProofService:
    """Proves the ledger: each balance is the sum of its entries, and all together are zero."""

    context: Context
    metrics: WorkerMetrics

    async def prove(self) -> int:
        """Look at every account of the ledger, and tell how many differ from their entries.

        What differs goes to the log with its id, and to the metrics; nothing is corrected.

        :raises LedgerTooLong:
        """
        async with self.context.database.begin() as transaction:
            total = await LedgerProofRepository(transaction).total()
        differing, after = 0, BEFORE_ALL
        for _ in range(MOST_PIECES):
            # A transaction of its own for each piece: nothing is held open for minutes.
            async with self.context.database.begin() as transaction:
                proofs = await LedgerProofRepository(transaction).after(after, most=PIECE)
            for proof in (each for each in proofs if not each.holds):
                differing += 1
                log.error(
                    "ledger_differs",
                    ledger_account=str(proof.id),
                    balance=str(proof.balance),
                    entries=str(proof.entries),
                )
            if len(proofs) < PIECE:
                self.metrics.show_ledger(differing=differing, total=total.kopiykas)
                return differing
            after = proofs[-1].id
        raise LedgerTooLong(MOST_PIECES * PIECE)
