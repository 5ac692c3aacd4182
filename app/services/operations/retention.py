from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.clock import Clock
from app.database import Database
from app.metrics import WorkerMetrics
from app.models.retention import RetentionTerms
from app.repositories.retention import RetentionRepository, RetentionRule

AT_ONCE: Final = 5_000
"""Rows deleted in one transaction: milliseconds, so that nobody waits for its locks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionService:
    """Deletes old rows, by the rules that each subject lists."""

    database: Database
    clock: Clock
    terms: RetentionTerms
    rules: Sequence[RetentionRule]
    metrics: WorkerMetrics

    async def purge(self) -> dict[str, int]:
        """Delete or clear some old rows of each rule; tell how many, by the rule's name.

        Each rule is a transaction of its own: whoever stops in between has lost no work, and
        several workers share it.

        :raises ExceptionGroup: some rules failed, the others were carried out.
        """
        purged: dict[str, int] = {}
        failures = []
        for rule in self.rules:
            try:
                purged[rule.name] = await self._purge(rule)
            except Exception as failure:  # noqa: BLE001 - one rule must not keep the others
                failures.append(failure)
        if failures:
            raise ExceptionGroup("purge", failures)
        return {name: rows for name, rows in purged.items() if rows}

    async def _purge(self, rule: RetentionRule) -> int:
        before = self.clock.now() - rule.kept(self.terms)
        async with self.database.begin() as transaction:
            rows = await RetentionRepository(transaction).purge(rule, before=before, limit=AT_ONCE)
        self.metrics.count_purged(rule.name, rows)
        return rows
