"""A member is removed, or signed out, while a request of theirs is on its way."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from httpx import Response
from sqlalchemy import Update, text, update

from app.database import Database
from app.models.identity.member import Member
from app.models.identity.session import Session
from tests.factories.people import SignedIn
from tests.fakes.clock import NOON

LONGEST = 10.0
"""Seconds that a write may take to meet the removal."""


def removal(who: SignedIn) -> list[Update]:
    """Return what ends access; the owner is never removed, but signed out."""
    session_ends = update(Session).where(Session.id == who.credentials.session_id)
    statements = [session_ends.values(ended_at=NOON)]
    if who.member.role != "owner":
        removed = update(Member).where(Member.id == who.member.id)
        statements.insert(0, removed.values(removed_at=NOON))
    return statements


def freeze(who: SignedIn) -> list[Update]:
    """Return what shuts a colleague out while the owner has frozen the cabinet."""
    shut = update(Member).where(Member.id == who.member.id)
    return [shut.values(cabinet_frozen_at=NOON)]


@asynccontextmanager
async def under_way(
    database: Database, who: SignedIn, end: Callable[[SignedIn], list[Update]] = removal
) -> AsyncIterator[None]:
    """The end of somebody's access has happened, and commits when the block ends."""
    async with database.begin() as transaction:
        for statement in end(who):
            await transaction.execute(statement)
        yield


async def wait_for_lock(database: Database, writing: "asyncio.Task[Response]") -> None:
    """Wait until the write waits for a lock, or has been answered."""
    waits = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(LONGEST):
        while not writing.done():
            async with database.begin() as transaction:
                if await transaction.scalar(waits):
                    return
            await asyncio.sleep(0.01)
