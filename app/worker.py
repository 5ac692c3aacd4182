"""The worker: the second composition root. It does all work for which no request waits.

Jobs wake it at once (PgQueuer). Scheduled work looks in the tables for what is due, so that a queue
that loses a job, or all of them, loses no work.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx
import structlog
from pgqueuer import PgQueuer
from pgqueuer.errors import FailingListenerError
from pgqueuer.models import Job as QueuedJob
from sqlalchemy.ext.asyncio import AsyncEngine

from app.adapters.sms import SmsGateway
from app.composition import acquirer_http, background_work, clock_of, context_of, ports_of
from app.database import Database, create_engine, is_lost
from app.errors import Unavailable
from app.logs import configure_logs
from app.metrics import MetricsServer, WorkerMetrics
from app.repositories.jobs import Job
from app.services.background import BackgroundWork, ScheduledWork, UseCase
from app.services.ports import Ports
from app.settings import Settings, SettingsRefused

JOBS_AT_ONCE: Final = 32
BATCH: Final = 10
POLL: Final = timedelta(seconds=10)
"""How often the queue is looked at when no notification comes."""
HEARTBEAT: Final = timedelta(seconds=60)
"""After this silence a job counts as orphaned. Well above the longest pause of a healthy worker
(a call of 10 s to the gateway): a job taken over from the living is done twice."""
RECONNECT_SECONDS: Final = 1.0
BREATH_SECONDS: Final = 0.1
"""Between two runs that follow each other at once: others use the database too."""
STATEMENT_SECONDS: Final = 10.0
GATEWAY_TIMEOUT: Final = httpx.Timeout(8.0, connect=3.0)

STOP_SECONDS: Final = 14.0
"""How long work under way may take after we were told to stop: longer than a call to the gateway,
shorter than whoever told us waits before it kills. What is cut off falls due again by itself."""

log = structlog.get_logger("worker")


async def run(settings: Settings, *, host: str) -> None:
    """Work until cancelled, then finish what is under way."""
    configure_logs()
    await work(settings, host=host)


async def work(settings: Settings, *, host: str = "127.0.0.1") -> None:
    """Do what `run` does, writing the log that is configured already.

    :raises SettingsRefused: the port for metrics is taken.
    """
    metrics = WorkerMetrics()
    server = MetricsServer(metrics.registry)
    _serve_metrics(server, host, settings.worker_metrics_port)
    engine = create_engine(settings.database_url, pool_size=settings.database_pool_size)
    http = httpx.AsyncClient(
        base_url=str(settings.sms_url),
        headers={"Authorization": f"Bearer {settings.sms_token.get_secret_value()}"},
        timeout=GATEWAY_TIMEOUT,
        limits=httpx.Limits(max_connections=2 * JOBS_AT_ONCE),
    )
    try:
        async with http, acquirer_http(settings) as acquirer:
            sms = SmsGateway(http, sender=settings.sms_sender)
            ports = ports_of(settings, acquirer)
            await _compose(settings, engine, sms, ports, metrics).run()
    finally:
        server.close()
        await engine.dispose()


def _serve_metrics(server: MetricsServer, host: str, port: int | None) -> None:
    try:
        server.open(host=host, port=port)
    except OSError as error:
        raise SettingsRefused(
            "The configuration is impossible:\n"
            f"  CABINET_WORKER_METRICS_PORT: {port} cannot be listened on ({error.strerror}); "
            "choose a port that is free"
        ) from None


def _compose(
    settings: Settings, engine: AsyncEngine, sms: SmsGateway, ports: Ports, metrics: WorkerMetrics
) -> "Worker":
    database = Database(engine, places=settings.database_pool_size)
    context = context_of(settings, database, clock_of(settings), ports=ports)
    return Worker(
        connect=partial(_connect, engine),
        work=background_work(context, settings, sms=sms, metrics=metrics),
        metrics=metrics,
    )


async def _connect(engine: AsyncEngine) -> Any:
    """Open the queue's own connection, outside the pool: it listens as long as it lives.

    The address has to lead to PostgreSQL itself: behind a transaction pooler nobody can listen.
    """
    _, options = engine.dialect.create_connect_args(engine.url)
    options.pop("prepared_statement_cache_size", None)  # SQLAlchemy's own, unknown to asyncpg
    return await asyncpg.connect(**options, timeout=5, command_timeout=STATEMENT_SECONDS)


class Worker:
    """Serves the queue and does the scheduled work until cancelled."""

    def __init__(
        self,
        *,
        connect: Callable[[], Awaitable[Any]],
        work: BackgroundWork,
        metrics: WorkerMetrics,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self._connect = connect
        self._background = work
        self._metrics = metrics
        self._stop_seconds = stop_seconds
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled, then finish what is under way; a second cancel ends that too.

        What is not finished after `stop_seconds` is cut off.
        """
        work = asyncio.create_task(self._work())
        log.info("worker_started")
        try:
            await asyncio.shield(work)
        finally:
            self._stopping.set()
            try:
                async with asyncio.timeout(self._stop_seconds):
                    await work
            except TimeoutError:
                log.warning("worker_cut_off")
            log.info("worker_stopped")

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._serve_queue())
            for scheduled in self._background.scheduled:
                tasks.create_task(self._repeat(scheduled))

    async def _serve_queue(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._serve_connection()
            except Exception as error:
                # Sweeps send without the queue; a queue that fails must not end them.
                if is_lost(error) or isinstance(error, FailingListenerError):
                    log.warning("queue_lost", error=type(error).__name__)
                else:
                    log.exception("queue_failed")
            await self._pause(RECONNECT_SECONDS)

    async def _serve_connection(self) -> None:
        connection = await self._connect()
        queue = PgQueuer.from_asyncpg_connection(connection)
        for job, use_case in self._background.jobs.items():
            queue.entrypoint(job)(partial(self._perform, job, use_case))
        # PgQueuer itself would notice a lost connection only at its next poll.
        connection.add_termination_listener(lambda _: queue.shutdown.set())
        stop = asyncio.create_task(self._stopping.wait())
        stop.add_done_callback(lambda _: queue.shutdown.set())
        try:
            # PgQueuer.run and not the command `pgq run`, which fails to start (typer 0.29).
            with self._metrics.listening():
                await queue.run(
                    dequeue_timeout=POLL,
                    batch_size=BATCH,
                    max_concurrent_tasks=JOBS_AT_ONCE,
                    heartbeat_timeout=HEARTBEAT,
                    shutdown_on_listener_failure=True,
                )
        finally:
            stop.cancel()
            connection.terminate()

    async def _perform(self, name: Job, use_case: UseCase, job: QueuedJob) -> None:
        """Do one job. An id is all that it carries, and all of it that is logged (O6)."""
        subject = (job.payload or b"").decode()
        line = log.bind(job=name, subject=subject, queued_as=job.id)
        await _do(self._timed(name, partial(use_case, UUID(subject))), line)

    async def _repeat(self, scheduled: ScheduledWork) -> None:
        while not self._stopping.is_set():
            run = self._timed(scheduled.name, scheduled.do)
            outcome = await _do(run, log.bind(round=scheduled.name), quiet=True)
            is_unfinished = scheduled.until_nothing_is_left and outcome
            await self._pause(BREATH_SECONDS if is_unfinished else scheduled.every)

    def _timed(
        self, name: str, work: Callable[[], Awaitable[object]]
    ) -> Callable[[], Awaitable[object]]:
        async def timed() -> object:
            with self._metrics.working(name):
                return await work()

        return timed

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


async def _do(work: Callable[[], Awaitable[object]], line: Any, *, quiet: bool = False) -> object:
    """Do a piece of work, log one line and tell what came of it, None if it failed.

    Quietly: log only if there was something to do.

    A failure ends here: the rows that the work is about say themselves when they are due again.
    (PgQueuer's own count of attempts does not grow when a worker is killed.)
    """
    started = time.monotonic()
    try:
        outcome = await work()
    except Unavailable as unavailable:
        line.warning("failed", error=unavailable.code)
    except Exception:  # noqa: BLE001 - one bad piece of work must not stop the others
        line.exception("failed")
    else:
        if outcome or not quiet:
            line.info("done", outcome=outcome, ms=round((time.monotonic() - started) * 1000))
        return outcome
    return None
