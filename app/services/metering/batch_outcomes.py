from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.models.metering.reading_batch import BatchMode, ItemVerdict, Outcome
from app.models.period import Period


@dataclass(frozen=True, slots=True)
class BatchReceipt:
    account_id: UUID
    receipt_id: UUID
    readings: int


@dataclass(slots=True, kw_only=True)
class SubmittedBatch:
    """What became of each item, in the order in which they came."""

    period: Period
    mode: BatchMode
    dry_run: bool
    verdicts: Sequence[ItemVerdict]
    receipts: list[BatchReceipt] = field(default_factory=list)
    """One for each account, or more of an account with very many registers."""
    told: int = 0
    """How many SMS tell of a company that has begun to submit for another's account."""

    def count(self, outcome: Outcome) -> int:
        return sum(verdict.outcome is outcome for verdict in self.verdicts)
