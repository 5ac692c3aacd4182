"""Access to PostgreSQL: a connection pool behind a fair queue. No queries are here."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from traceback import walk_tb
from typing import Any, Final

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app.errors import Busy, DatabaseUnavailable

POOL_SIZE: Final = 8
LONGEST_WAIT: Final = 1.0
"""Seconds a request waits for a connection before it is told to come back later (R6)."""
LONGEST_SILENCE: Final = 12.0
"""Seconds we wait for an answer from a server that may have frozen, or vanished with its network.

Longer than `statement_timeout`, so that a living server speaks first.
"""

GONE: Final = ("08", "57P", "25006", "28", "3D000", "55000", "53", "58")
"""SQLSTATEs of a server that is away: connection lost, shutting down, became read-only, does not
let us in, or lacks the disk, memory or files that it needs."""
OVERTAKEN: Final = ("40001", "40P01", "55P03", "57014", "53300")
"""SQLSTATEs of a server that is too busy: deadlock, lock or statement timeout, too many clients."""

_LOST: Final = (
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    # A migration has changed what the statement returns; the next connection prepares it anew.
    asyncpg.InvalidCachedStatementError,
)
"""How the driver says that a connection is gone, or no longer makes sense to it, as when the
server's last words arrive in the middle of a new question."""
_ENVIRONMENT: Final = sys.stdlib_module_names | {"uvloop"}


def create_engine(
    url: str, *, pool_size: int = POOL_SIZE, longest_silence: float | None = LONGEST_SILENCE
) -> AsyncEngine:
    """Return the pool.

    No pre-ping: it costs a round trip on every request. A connection that ended while it lay in
    the pool is known to have, at no cost; one that is lost unnoticed costs one request a 503.

    :param longest_silence: None where a statement may take as long as it likes.
    """
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        # The gate lets nobody in for whom there is no connection; if it ever does, not for long.
        pool_timeout=LONGEST_WAIT,
        # What an error repeats of a statement may be somebody's phone.
        hide_parameters=True,
        skip_autocommit_rollback=True,
        connect_args={
            "timeout": 5,
            "command_timeout": longest_silence,
            "server_settings": {
                "application_name": "cabinet",
                "jit": "off",
                "lock_timeout": "4000",
                "statement_timeout": "10000",
            },
        },
    )
    event.listen(engine.sync_engine, "checkout", _renew_what_has_ended)
    return engine


Transaction = AsyncSession
"""What `Database.begin` opens, and use cases hand to repositories."""
Connection = AsyncConnection
"""What `Database.connect` opens, and use cases hand to views."""


class Database:
    """Opens transactions: `begin` for several steps, `connect` for single statements.

    Waiting is first come, first served, which neither SQLAlchemy's nor asyncpg's pool promises,
    and it ends: after `longest_wait` seconds the caller gets a refusal, not a hanging request.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        places: int = POOL_SIZE,
        longest_wait: float = LONGEST_WAIT,
    ) -> None:
        self._engine = engine
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._gate = asyncio.Semaphore(places)
        self._longest_wait = longest_wait

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
            async with asyncio.timeout(self._longest_wait):
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
        if _is_overtaken(error):
            raise Busy(retry_after=1) from error
        if is_lost(error):
            raise DatabaseUnavailable(retry_after=2) from error


def is_lost(error: BaseException) -> bool:
    """Tell whether PostgreSQL, or the connection to it, is away: a new connection may help.

    The one list of it, for the API, the worker and the commands. Of the operating system's errors
    only those count that the driver met: a file that cannot be read is no database that is away.
    """
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    cause = driver_error(error)
    if isinstance(cause, OSError):
        return _is_raised_by_driver(cause)
    if isinstance(cause, _LOST):
        # What cannot be sent as a parameter is our bug, although the driver files it here.
        return not isinstance(cause, ValueError)
    return _sqlstate(error).startswith(GONE)


def _renew_what_has_ended(pooled: Any, _record: Any, _proxy: Any) -> None:
    # The driver has seen the end of the connection: after a restart no request need meet it.
    if pooled.driver_connection.is_closed():
        raise InvalidatePoolError


def _sqlstate(error: BaseException) -> str:
    return getattr(driver_error(error), "sqlstate", None) or ""


def _is_overtaken(error: BaseException) -> bool:
    return isinstance(error, PoolExhausted) or _sqlstate(error).startswith(OVERTAKEN)


def _is_raised_by_driver(error: OSError) -> bool:
    """Tell whether the last code that ran, but for Python's own, was the driver's."""
    ran = [frame.f_globals.get("__name__", "") for frame, _ in walk_tb(error.__traceback__)]
    packages = [name.partition(".")[0] for name in ran]
    return next((each for each in reversed(packages) if each not in _ENVIRONMENT), "") == "asyncpg"


def driver_error(error: BaseException) -> BaseException:
    """Return what the driver itself has said."""
    return error.driver_exception if isinstance(error, DBAPIError) else error
