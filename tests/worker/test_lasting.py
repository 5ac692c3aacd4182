"""The worker lasts: no fault of the queue's connection ends it, and being told to stop does."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.database import Database
from app.metrics import WorkerMetrics
from app.models.base import new_id
from app.repositories.jobs import JobRepository
from app.repositories.messages.jobs import SEND_MESSAGE
from app.services.background import BackgroundWork, ScheduledWork
from app.worker import Worker
from tests.databases import Databases
from tests.worker.processes import until

FAULTS = (
    asyncpg.InternalClientError("got result for unknown protocol state 3"),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.CannotConnectNowError("the database system is starting up"),
    asyncpg.UndefinedTableError("pgqueuer"),
    ConnectionResetError("reset by peer"),
    TimeoutError(),
    ExceptionGroup("several", [OSError("one")]),
    RuntimeError("not foreseen"),
)


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[None]:
    working = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
async def test_the_queue_is_served_again_after_whatever_befell_it(
    databases: Databases, metrics: WorkerMetrics, fault: Exception
) -> None:
    faults: Iterator[Exception] = iter([fault])
    done: list[UUID] = []

    async with databases.lend() as own:
        database = Database(own.engine)
        address = own.url.set(drivername="postgresql").render_as_string(hide_password=False)

        async def connect() -> Any:
            for each in faults:
                raise each
            return await asyncpg.connect(address)

        async def note(job_id: UUID) -> None:
            done.append(job_id)

        async def is_done() -> bool:
            return bool(done)

        worker = Worker(
            connect=connect, work=BackgroundWork(jobs={SEND_MESSAGE: note}), metrics=metrics
        )
        wanted = new_id()
        async with running(worker):
            async with database.begin() as transaction:
                await JobRepository(transaction).enqueue(SEND_MESSAGE, wanted)
            await until(is_done)

    assert done == [wanted]


@pytest.mark.parametrize("stop_seconds", [0.1, 0.4])
async def test_a_worker_told_to_stop_does_so_in_a_bounded_time(
    metrics: WorkerMetrics, stop_seconds: float
) -> None:
    begun = asyncio.Event()

    async def hang() -> None:
        begun.set()
        await asyncio.Event().wait()

    async def no_connection() -> Any:
        raise ConnectionRefusedError

    worker = Worker(
        connect=no_connection,
        work=BackgroundWork(scheduled=[ScheduledWork("hang", 1.0, hang)]),
        metrics=metrics,
        stop_seconds=stop_seconds,
    )
    working = asyncio.create_task(worker.run())
    await begun.wait()
    started = time.monotonic()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(working, 5)

    assert stop_seconds <= time.monotonic() - started < stop_seconds + 1
