"""Holding a request at a known point: where it waits for PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from app.database import Database
from tests.worker.processes import until

HOLD = text("LOCK TABLE readings IN EXCLUSIVE MODE")
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
END_WAITING = text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
)


@asynccontextmanager
async def writes_held_up(database: Database) -> AsyncIterator[None]:
    """Let nobody write a reading until the block ends."""
    async with database.begin() as session:
        await session.execute(HOLD)
        yield


async def until_somebody_waits(database: Database) -> None:
    async def is_so() -> bool:
        async with database.begin() as session:
            return bool(await session.scalar(WAITING))

    await until(is_so)


async def end_who_waits(database: Database) -> None:
    """End the connection of whoever waits, before it gets what it waits for."""
    async with database.begin() as session:
        await session.execute(END_WAITING)
