"""Databases for tests: migrated once, copied by PostgreSQL, emptied and used again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, event, pool, text
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    create_async_engine,
)
from typing_extensions import override

from app.database import Database, create_engine

ROOT = Path(__file__).parents[1]
CONNECTIONS: Final = 200
"""As many as any race has tasks: nobody waits at the gate, where nothing can go wrong."""
SECONDS_TO_LEAVE: Final = 2.0
LOOKS: Final = 100

GREETING: Final = "SET application_name = 'tests'; SET lock_timeout = '30s';"
"""A race asks who wins, on a slow machine too, and not who waited too long."""
STRUCTURE: Final = """
    SELECT md5(string_agg(concat_ws(' ', c.oid, c.relname, a.attname, a.atttypid), ',' ORDER BY
                          c.oid, a.attnum))
    FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace
"""
"""A test that changes tables keeps its database to itself."""
TABLES: Final = """
    SELECT quote_ident(tablename), quote_literal(quote_ident(tablename)) FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""
IS_FILLED: Final = "SELECT {1} WHERE EXISTS (SELECT FROM {0})"
_OTHERS: Final = """
    FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
      AND pid <> pg_backend_pid() AND application_name <> 'tests'
"""
OTHERS: Final = "SELECT count(*)" + _OTHERS
DISCONNECT_OTHERS: Final = "SELECT pg_terminate_backend(pid, 2000)" + _OTHERS
DEADLOCKS: Final = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


class Killed(BaseException):
    """The process is gone: nothing of ours catches this."""


class SavepointDatabase(Database):
    """The product's way to the database, inside one transaction that the test undoes."""

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection.engine, places=1)
        self._connection = connection
        self.commits_left: int | None = None
        """After so many commits the process is killed, before the next; None: it lives."""

    @override
    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        async with (
            self._place(),
            AsyncSession(
                self._connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
            ) as transaction,
            transaction.begin(),
        ):
            yield transaction
            if self.commits_left == 0:
                self.commits_left = None
                raise Killed
            if self.commits_left is not None:
                self.commits_left -= 1

    @override
    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        async with self._place(), self._connection.begin_nested():
            yield self._connection


@dataclass
class Borrowed:
    """A database that one test has to itself for a while, and a pool of connections to it."""

    url: URL
    engine: AsyncEngine
    structure: str
    used: set[asyncpg.Connection] = field(default_factory=set)
    """Connections on which the test has worked: what they counted is still to be reported."""
    deadlocks: int = 0
    """How many the tests before have seen."""

    def __post_init__(self) -> None:
        event.listen(self.engine.sync_engine, "connect", self._greet)
        event.listen(self.engine.sync_engine, "checkout", self._note)

    def _greet(self, connection: Any, _record: Any) -> None:
        connection.run_async(lambda driver: driver.execute(GREETING))

    def _note(self, connection: Any, _record: Any, _proxy: Any) -> None:
        self.used.add(connection.driver_connection)


class Databases:
    """Lends empty, migrated databases to tests, and looks at each when it comes back.

    To make a database takes most of a second, to empty one some milliseconds.
    """

    def __init__(self, server: URL, template: str) -> None:
        self._server = server
        self._template = template
        self._free: list[Borrowed] = []
        self._everything = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._everything.aclose()

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Borrowed]:
        borrowed = self._free.pop() if self._free else await self._make()
        try:
            yield borrowed
            is_as_made = await _take_back(borrowed)
        except BaseException:
            # What may not be empty is not lent again, and keeps no connections.
            await borrowed.engine.dispose()
            raise
        if is_as_made:
            self._free.append(borrowed)
        else:
            await borrowed.engine.dispose()

    async def _make(self) -> Borrowed:
        url = await self._everything.enter_async_context(
            new_database(self._server, template=self._template)
        )
        engine = create_engine(url.render_as_string(hide_password=False), pool_size=CONNECTIONS)
        self._everything.push_async_callback(engine.dispose)
        async with _connected(url) as connection:
            return Borrowed(url, engine, await connection.fetchval(STRUCTURE))


async def _take_back(borrowed: Borrowed) -> bool:
    """Empty the database, and tell whether it is as it was made.

    The test in which transactions have blocked each other fails.
    """
    for connection in borrowed.used:
        if not connection.is_closed():
            await connection.execute("SELECT pg_stat_force_next_flush()")
    borrowed.used.clear()
    async with _connected(borrowed.url) as connection:
        await _others_leave(connection)
        before, borrowed.deadlocks = borrowed.deadlocks, await _deadlocks(connection)
        _refuse_deadlocks(borrowed.deadlocks - before)
        if await connection.fetchval(STRUCTURE) != borrowed.structure:
            return False
        await connection.execute(GREETING + "SET session_replication_role = replica")
        tables = await connection.fetch(TABLES)
        questions = " UNION ALL ".join(IS_FILLED.format(*row) for row in tables)
        filled = await connection.fetch(questions)
        for (table,) in filled:
            await connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a table's quoted name
    return True


async def _others_leave(connection: asyncpg.Connection) -> None:
    """Wait for processes that are just ending; disconnect whoever stays."""
    for _ in range(LOOKS):
        if not await connection.fetchval(OTHERS):
            return
        await asyncio.sleep(SECONDS_TO_LEAVE / LOOKS)
    await connection.execute(DISCONNECT_OTHERS)


async def _deadlocks(connection: asyncpg.Connection) -> int:
    counted: int = await connection.fetchval(DEADLOCKS)
    return counted


def _refuse_deadlocks(number: int) -> None:
    assert number == 0, f"{number} deadlocks: PostgreSQL ended a transaction to free another"


@asynccontextmanager
async def _connected(url: URL) -> AsyncIterator[asyncpg.Connection]:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain, timeout=10, command_timeout=30)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def new_database(server: URL, *, template: str = "template0") -> AsyncIterator[URL]:
    """Make a database for what changes tables, or moves them; other tests borrow one."""
    name = f"cabinet_{uuid4().hex}"
    admin = create_async_engine(server, isolation_level="AUTOCOMMIT", poolclass=pool.NullPool)
    async with admin.connect() as connection:
        await connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    try:
        yield server.set(database=name)
    finally:
        async with admin.connect() as connection:
            await connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


@asynccontextmanager
async def new_engine(url: URL) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(url.render_as_string(hide_password=False))
    try:
        yield engine
    finally:
        await engine.dispose()


async def migrate(url: URL, revision: str = "head") -> None:
    # In a thread: migrations/env.py runs an event loop of its own.
    move = command.downgrade if revision == "base" else command.upgrade
    await asyncio.to_thread(move, alembic_config(url), revision)


def alembic_config(url: URL) -> Config:
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = url
    return config
