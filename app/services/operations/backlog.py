from app.clock import Clock
from app.database import Database
from app.metrics import WorkerMetrics
from app.models.limits import Limits
from app.repositories.jobs import JobRepository
from app.repositories.limits import LimitRepository
from app.repositories.messages.messages import MessageRepository


class BacklogService:
    """Shows operators what waits for the worker, whichever worker it is."""

    def __init__(
        self, *, database: Database, clock: Clock, metrics: WorkerMetrics, limits: Limits
    ) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._limits = limits

    async def measure(self) -> None:
        """Look at the jobs that are due, the messages that have not left, and the money left."""
        now = self._clock.now()
        async with self._database.begin() as session:
            jobs = await JobRepository(session).waiting(now)
            messages = await MessageRepository(session).waiting(now)
            shares = self._limits.shares()
            left = await LimitRepository(session).left(list(shares.values()), now=now)
        self._metrics.show_waiting(jobs=jobs, messages=messages)
        self._metrics.show_money(dict(zip(shares, left, strict=True)))
