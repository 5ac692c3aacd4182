from dataclasses import dataclass

from app.clock import Clock
from app.database import Database
from app.metrics import WorkerMetrics
from app.models.limits import Limits
from app.repositories.jobs import JobRepository
from app.repositories.limits import LimitRepository
from app.repositories.messages.messages import MessageRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class BacklogService:
    """Measures what waits for the workers, for /metrics."""

    database: Database
    clock: Clock
    metrics: WorkerMetrics
    limits: Limits

    async def measure(self) -> None:
        """Measure the due jobs, the messages not sent, and the rest of the budget for SMS."""
        now = self.clock.now()
        async with self.database.begin() as transaction:
            jobs = await JobRepository(transaction).waiting(now)
            messages = await MessageRepository(transaction).waiting(now)
            shares = self.limits.shares()
            left = await LimitRepository(transaction).left(list(shares.values()), now=now)
        self.metrics.show_waiting(jobs=jobs, messages=messages)
        self.metrics.show_money(dict(zip(shares, left, strict=True)))
