"""Holding a request at a known point: where it waits for PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from app.database import Database
from tests.worker.processes import until

HOLD = text("SELECT 1 FROM readings FOR UPDATE")
"""Rows and not the table, which would stop a statement before it has been sent whole."""
WHO_WAITS = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
WAITING = text(f"SELECT count(*) {WHO_WAITS}")
END_WAITING = text(f"SELECT pg_terminate_backend(pid, 5000) {WHO_WAITS}")


@asynccontextmanager
async def corrections_held_up(database: Database) -> AsyncIterator[None]:
    """Let nobody supersede a reading that is there, until the block ends."""
    async with database.begin() as transaction:
        await transaction.execute(HOLD)
        yield


async def until_somebody_waits(database: Database) -> None:
    async def is_so() -> bool:
        async with database.begin() as transaction:
            return bool(await transaction.scalar(WAITING))

    await until(is_so)


async def end_who_waits(database: Database) -> None:
    """End the connection of whoever waits, before it gets what it waits for."""
    async with database.begin() as transaction:
        await transaction.execute(END_WAITING)
