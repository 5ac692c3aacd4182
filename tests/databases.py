"""Databases for tests: migrated once, then copied by PostgreSQL, which takes milliseconds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, pool, text
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    create_async_engine,
)
from typing_extensions import override

from app.database import Database, create_engine

ROOT = Path(__file__).parents[1]


class SavepointDatabase(Database):
    """The product's way to the database, inside one transaction that the test undoes."""

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection.engine, places=1)
        self._connection = connection

    @override
    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        async with (
            self._place(),
            AsyncSession(
                self._connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
            ) as session,
            session.begin(),
        ):
            yield session

    @override
    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        async with self._place(), self._connection.begin_nested():
            yield self._connection


@asynccontextmanager
async def new_database(server: URL, *, template: str = "template0") -> AsyncIterator[URL]:
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
async def new_engine(server: URL, *, template: str) -> AsyncIterator[AsyncEngine]:
    async with new_database(server, template=template) as url:
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
