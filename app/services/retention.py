from datetime import timedelta
from typing import Final

from app.clock import Clock
from app.database import Database
from app.models.idempotency_key import KEPT_FOR
from app.repositories.idempotency_keys import IdempotencyKeyRepository
from app.repositories.jobs import JobRepository
from app.repositories.limits import LimitRepository

FINISHED_JOBS_KEPT: Final = timedelta(days=7)
AT_ONCE: Final = 5_000
"""Rows deleted in one transaction: milliseconds, so that nobody waits for its locks."""


class RetentionService:
    """Forgets what nobody needs any more."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def forget_finished_jobs(self) -> int:
        """Delete the records of jobs done long ago and tell how many there were."""
        before = self._clock.now() - FINISHED_JOBS_KEPT
        total, deleted = 0, AT_ONCE
        while deleted == AT_ONCE:
            async with self._database.begin() as session:
                deleted = await JobRepository(session).delete_finished(before=before, limit=AT_ONCE)
            total += deleted
        return total

    async def forget_answered_requests(self) -> int:
        """Delete idempotency keys that nobody may repeat any more; tell how many there were."""
        before = self._clock.now() - KEPT_FOR
        total, deleted = 0, AT_ONCE
        while deleted == AT_ONCE:
            async with self._database.begin() as session:
                keys = IdempotencyKeyRepository(session)
                deleted = await keys.delete_forgotten(before=before, limit=AT_ONCE)
            total += deleted
        return total

    async def forget_limits(self) -> int:
        """Delete the rows of limits that limit nobody any more; tell how many there were."""
        now = self._clock.now()
        total, deleted = 0, AT_ONCE
        while deleted >= AT_ONCE:
            async with self._database.begin() as session:
                deleted = await LimitRepository(session).forget(now=now, limit=AT_ONCE)
            total += deleted
        return total
