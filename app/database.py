"""The way to PostgreSQL: a pool behind a fair gate, and no queries."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app.errors import Busy, Unavailable

POOL_SIZE: Final = 8
LONGEST_WAIT: Final = 1.0
"""Seconds a request waits for a connection before it is told to come back later (R6)."""

GONE: Final = ("08", "57P", "25006")
"""SQLSTATEs of a server that is away: connection lost, shutting down, became read-only."""
OVERTAKEN: Final = ("40001", "40P01", "55P03", "57014", "53300")
"""SQLSTATEs of a server that is too busy: deadlock, lock or statement timeout, too many clients."""


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"


def create_engine(url: str, *, pool_size: int = POOL_SIZE) -> AsyncEngine:
    """Return the pool.

    No pre-ping: it costs a round trip on every request, while a lost connection costs one
    request one 503, after which the pool has renewed itself.
    """
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        # What an error repeats of a statement may be somebody's phone.
        hide_parameters=True,
        skip_autocommit_rollback=True,
        connect_args={
            "timeout": 5,
            "server_settings": {
                "application_name": "cabinet",
                "jit": "off",
                "lock_timeout": "4000",
                "statement_timeout": "10000",
            },
        },
    )


class Database:
    """Opens transactions: `begin` for several steps, `connect` for single statements.

    Waiting is first come, first served, which neither SQLAlchemy's nor asyncpg's pool promises,
    and it ends: beyond `LONGEST_WAIT` the caller gets a refusal instead of a hanging request.
    """

    def __init__(self, engine: AsyncEngine, *, places: int = POOL_SIZE) -> None:
        self._engine = engine
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._gate = asyncio.Semaphore(places)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that commits when the block ends and rolls back when it raises."""
        async with self._place(), self._sessions.begin() as session:
            yield session

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection on which each statement is a transaction of its own.

        No BEGIN, COMMIT or ROLLBACK travels: what hot paths run on, one statement for a read,
        one guarded statement for a write.
        """
        async with self._place(), self._autocommit.connect() as connection:
            yield connection

    async def close(self) -> None:
        await self._engine.dispose()

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                await self._gate.acquire()
        except TimeoutError:
            raise Busy(retry_after=1) from None
        try:
            with translated_failures():
                yield
        finally:
            self._gate.release()


class translated_failures:  # noqa: N801 - reads as the `with` statement it is
    """Turn the driver's complaints about an absent or crowded server into our refusals."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None:
            return
        state = _sqlstate(error)
        if state.startswith(OVERTAKEN):
            raise Busy(retry_after=1) from error
        if state.startswith(GONE) or _is_lost(error):
            raise DatabaseUnavailable(retry_after=2) from error


def _sqlstate(error: BaseException) -> str:
    if isinstance(error, DBAPIError):
        return getattr(error.orig, "sqlstate", None) or ""
    if isinstance(error, asyncpg.PostgresError):
        return error.sqlstate or ""
    return ""


def _is_lost(error: BaseException) -> bool:
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, InterfaceError)
    return isinstance(error, OSError | asyncpg.InterfaceError)
