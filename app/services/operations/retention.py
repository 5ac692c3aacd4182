from typing import Final

from app.clock import Clock
from app.database import Database
from app.metrics import WorkerMetrics
from app.models.retention import Erasure, Kind, Terms
from app.repositories.operations.retention import RetentionRepository

AT_ONCE: Final = 5_000
"""Rows deleted in one transaction: milliseconds, so that nobody waits for its locks."""


class RetentionService:
    """Forgets what nobody needs any more; models/retention.py says what, and when."""

    def __init__(
        self, *, database: Database, clock: Clock, terms: Terms, metrics: WorkerMetrics
    ) -> None:
        self._database = database
        self._clock = clock
        self._terms = terms
        self._metrics = metrics

    async def forget(self) -> dict[Kind | Erasure, int]:
        """Delete or clear some of each kind whose time is over; tell how many, until none is left.

        Each kind is a transaction of its own: whoever stops in between has lost no work, and
        several workers share it.

        :raises ExceptionGroup: some kinds failed, the others were looked after.
        """
        forgotten: dict[Kind | Erasure, int] = {}
        failures = []
        for kind in (*Kind, *Erasure):
            try:
                forgotten[kind] = await self._forget(kind)
            except Exception as failure:  # noqa: BLE001 - one kind must not keep the others
                failures.append(failure)
        if failures:
            raise ExceptionGroup("forget", failures)
        return {kind: rows for kind, rows in forgotten.items() if rows}

    async def _forget(self, kind: Kind | Erasure) -> int:
        before = self._clock.now() - self._terms.of(kind)
        async with self._database.begin() as session:
            rows = await RetentionRepository(session).forget(kind, before=before, limit=AT_ONCE)
        self._metrics.count_forgotten(kind, rows)
        return rows
