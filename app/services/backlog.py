from app.clock import Clock
from app.database import Database
from app.metrics import WorkerMetrics
from app.repositories.jobs import JobRepository
from app.repositories.messages import MessageRepository


class BacklogService:
    """Shows operators what waits for the worker, whichever worker it is."""

    def __init__(self, *, database: Database, clock: Clock, metrics: WorkerMetrics) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics

    async def measure(self) -> None:
        """Look at the jobs that are due and at the messages that have not left."""
        now = self._clock.now()
        async with self._database.begin() as session:
            jobs = await JobRepository(session).waiting(now)
            messages = await MessageRepository(session).waiting(now)
        self._metrics.show_waiting(jobs=jobs, messages=messages)
